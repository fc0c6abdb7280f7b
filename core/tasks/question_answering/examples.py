"""Passages to try: our own writing (AGPL-3.0 like the rest), each with questions, the last without answer."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import N_


@dataclass(frozen=True)
class Example:
    name: str
    title: str
    passage: str
    questions: tuple[str, ...]


EXAMPLES = (
    Example(
        "telescope",
        N_("Telescope"),
        "The first telescopes were made in the Netherlands in 1608, when the spectacle maker Hans "
        "Lippershey applied for a patent. Galileo Galilei heard of the invention, built one himself and "
        "turned it to the sky. In January 1610 he saw four moons circling Jupiter. Isaac Newton replaced "
        "the front lens by a curved mirror in 1668, because a mirror does not split light into colours. "
        "Almost all large telescopes since then collect light with mirrors. The James Webb Space "
        "Telescope, launched in December 2021, has a mirror 6.5 metres wide made of 18 gold-plated "
        "segments and looks at infrared light from a point 1.5 million kilometres away from the Earth.",
        (
            "Who applied for a patent on the telescope?",
            "What did Galileo see in January 1610?",
            "Why did Newton use a mirror?",
            "How wide is the mirror of the James Webb Space Telescope?",
            "What does a telescope cost?",
        ),
    ),
    Example(
        "tea",
        N_("Tea"),
        "All true tea comes from the leaves of one evergreen shrub, Camellia sinensis. Whether it becomes "
        "green, oolong or black tea depends on how long the leaves react with the air after they are "
        "picked: green tea is heated at once to stop the reaction, black tea is left until the leaves are "
        "dark. Buddhist monks carried tea from China to Japan in the ninth century. Dutch traders brought "
        "it to Europe in 1610, and fifty years later it was sold in the coffee houses of London. Today "
        "China grows the most tea, followed by India and Kenya. A cup of black tea holds about half as "
        "much caffeine as a cup of coffee.",
        (
            "From which plant does tea come?",
            "Who brought tea to Japan?",
            "When did tea reach Europe?",
            "Which country grows the most tea?",
            "Who invented the tea bag?",
        ),
    ),
    Example(
        "backpropagation",
        N_("Neural networks"),
        "A neural network learns by changing its weights so that a loss, the distance between its output "
        "and the right answer, becomes smaller. Back-propagation finds out in which direction each weight "
        "has to move: it applies the chain rule of calculus from the last layer back to the first. David "
        "Rumelhart, Geoffrey Hinton and Ronald Williams made the method widely known with an article in "
        "Nature in 1986. In 2012 the network AlexNet, trained on two graphics cards, won the ImageNet "
        "competition with an error of 15.3 percent, more than ten points better than the second. The "
        "Transformer followed in 2017; it replaced recurrence by attention and can therefore be trained "
        "on all positions of a sentence at once.",
        (
            "What rule does back-propagation apply?",
            "In which journal did the article of 1986 appear?",
            "Which network won the ImageNet competition in 2012?",
            "What did the Transformer use instead of recurrence?",
            "How many people work on neural networks today?",
        ),
    ),
    Example(
        "grand-canal",
        N_("Grand Canal"),
        "京杭大运河北起北京，南到杭州，全长约一千八百公里，是世界上最长的人工河。它最早的一段开凿于公元前五世纪，"
        "由吴王夫差下令修建，目的是运送军队和粮食。隋炀帝在七世纪初征调数百万人，把各段水道连接起来。"
        "元朝把都城定在北京以后，运河改走山东，路程缩短了九百多公里。运河上最高的地方在山东汶上县的南旺，"
        "明代的白英在那里修坝引水，使船只能够翻过高地。二〇一四年，大运河被列入世界遗产名录。",
        (
            "大运河全长多少公里？",
            "谁下令开凿了最早的一段？",
            "大运河什么时候被列入世界遗产名录？",
            "运河最高的地方在哪里？",
            "大运河里有多少种鱼？",
        ),
    ),
    Example(
        "paper",
        N_("Paper"),
        "造纸术是中国古代的重要发明。东汉的蔡伦在公元一〇五年改进了造纸的方法，用树皮、麻头、破布和旧渔网做原料，"
        "使纸又便宜又容易书写。在此之前，人们把字写在竹简或丝绸上，竹简太重，丝绸太贵。"
        "八世纪中叶，造纸术随着被俘的工匠传到撒马尔罕，后来又经过巴格达和大马士革传到欧洲。"
        "十二世纪，西班牙建起了欧洲最早的造纸作坊之一。今天，世界上的纸大多用木浆制造，一半以上用来做包装。",
        (
            "谁改进了造纸的方法？",
            "蔡伦用什么做原料？",
            "造纸术先传到了哪座城市？",
            "今天的纸大多用什么制造？",
            "第一台造纸机是谁发明的？",
        ),
    ),
)
