"""How a passage and a question are put to a decoder, and the examples that show Gemma how to read: our own writing, none
of it from a test set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Example = tuple[str, Sequence[tuple[str, str]]]  # a passage, its questions with their answers

SCRIPT = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no blanks between words: an answer may begin and end at any character."""
HAN = re.compile(r"[\u3400-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")


@dataclass(frozen=True)
class Prompt:
    """The words that announce a passage, a question and an answer, and `examples` of all three.

    `gap` stands between the announcement and the answer.
    """

    passage: str
    question: str
    answer: str
    gap: str
    shown: tuple[Example, ...]

    @property
    def examples(self) -> str:
        """What every prompt begins with."""
        return "".join(
            f"{self.passage}{passage}"
            + "".join(f"{self.ask(text)}{self.gap}{answer}" for text, answer in asked)
            + "\n\n"
            for passage, asked in self.shown
        )

    def ask(self, question: str) -> str:
        """What follows a passage, up to the answer."""
        return f"\n{self.question}{question}\n{self.answer}"


_ENGLISH = (
    (
        "The violin has four strings, usually tuned in perfect fifths, and is played with a bow made of "
        "horsehair. It was developed in northern Italy in the sixteenth century. The most famous maker "
        "was Antonio Stradivari of Cremona, who built about 1,100 instruments. Because its wood came "
        "from a cold period, some people think that it grew unusually dense.",
        (
            ("How many strings does a violin have?", "four"),
            ("Who was the best-known violin maker?", "Antonio Stradivari"),
            ("Why might the wood have been so dense?", "its wood came from a cold period"),
        ),
    ),
    (
        "Lake Baikal in southern Siberia is the deepest lake in the world. It is fed by more than 300 "
        "rivers but drained by only one, the Angara. The lake is home to the nerpa, a small seal that "
        "lives nowhere else. In 1996 it was declared a World Heritage Site by UNESCO.",
        (
            ("What is the only river that flows out of the lake?", "the Angara"),
            ("When did Baikal become a World Heritage Site?", "1996"),
            ("What animal is found only there?", "the nerpa"),
        ),
    ),
)

_CHINESE = (
    (
        "二胡有两根弦，用马尾做的弓来拉。它起源于唐代，最早流行于北方的少数民族，当时叫作奚琴。"
        "最有名的二胡曲《二泉映月》是无锡的盲人音乐家华彦钧创作的，人们叫他阿炳。"
        "琴筒的一端蒙着蟒皮，因为蟒皮厚薄均匀，声音格外柔和。",
        (
            ("二胡有几根弦？", "两根"),
            ("《二泉映月》的作者是谁？", "华彦钧"),
            ("二胡的声音为什么柔和？", "蟒皮厚薄均匀"),
        ),
    ),
    (
        "青海湖位于青藏高原东北部，面积约四千五百平方公里，是中国最大的咸水湖。有四十多条河流入湖中，"
        "却没有一条流出。湖里的湟鱼每年夏天逆流而上产卵。一九九二年，青海湖被列入国际重要湿地名录。",
        (
            ("青海湖的面积有多大？", "约四千五百平方公里"),
            ("什么鱼逆流而上？", "湟鱼"),
            ("青海湖哪一年成为国际重要湿地？", "一九九二年"),
        ),
    ),
)

ENGLISH = Prompt("Passage: ", "Question: ", "Answer:", " ", _ENGLISH)
CHINESE = Prompt("文章：", "问题：", "答案：", "", _CHINESE)


def prompt_for(text: str) -> Prompt:
    """Chinese passages get Chinese examples, all others English ones."""
    chinese = _unspaced(text) and HAN.search(text) and not KANA.search(text)
    return CHINESE if chinese else ENGLISH


def showing(text: str) -> str:
    """How a window of a passage is shown to the decoder."""
    return prompt_for(text).passage + text


def asking(text: str, question: str) -> str:
    """What follows a window, up to the first token of the answer."""
    prompt = prompt_for(text)
    return prompt.ask(question) + prompt.gap.removesuffix(blank_before(text))


def blank_before(text: str) -> str:
    """What the first token of an answer begins with: a blank where words have one between them."""
    return "" if _unspaced(text) else " "


def template(text: str) -> str:
    """All that comes before the answer, with {passage} and {question}, for passages like `text`."""
    return prompt_for(text).passage + "{passage}" + asking(text, "{question}")


def _unspaced(text: str) -> bool:
    """Whether the words of `text` mostly stand together without blanks."""
    return sum(1 for _ in SCRIPT.finditer(text)) > len(text) / 4
