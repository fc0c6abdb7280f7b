"""The examples that show Gemma how to read: our own writing, none of it from a test set."""

from __future__ import annotations

_PASSAGES = (
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

EXAMPLES = "".join(
    f"Passage: {passage}\n"
    + "".join(f"Question: {question}\nAnswer: {answer}\n" for question, answer in asked)
    + "\n"
    for passage, asked in _PASSAGES
)
