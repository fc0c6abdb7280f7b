"""Texts to try: our own writing (AGPL-3.0 like the rest), each with languages to put it into."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import N_


@dataclass(frozen=True)
class Example:
    name: str
    title: str
    text: str
    targets: tuple[str, ...]


EXAMPLES = (
    Example(
        "market",
        N_("French: at the market"),
        "Une femme achète des légumes au marché. Son fils porte un panier plein de pommes rouges.\n\n"
        "Il commence à pleuvoir. Ils rentrent vite à la maison.",
        ("en",),
    ),
    Example(
        "station",
        N_("German: at the station"),
        "Viele Menschen warten auf dem Bahnsteig. Ein Mann liest ein Buch und trinkt Kaffee. "
        "Der Zug kommt heute zehn Minuten zu spät.",
        ("en",),
    ),
    Example(
        "letter",
        N_("English: a letter"),
        "Dear Anna,\n\nthank you for your letter. The weather here is beautiful, and we swim in the "
        "lake every day. When will you visit us?\n\nBest wishes\nTom",
        ("fr", "es"),
    ),
    Example(
        "tea",
        N_("Chinese: tea"),
        "我们家旁边有一家小茶馆。每天早上，老人们在那里喝茶、下棋。周末的时候，我也喜欢去那里看书。",
        ("en",),
    ),
    Example(
        "coast",
        N_("Spanish: the coast"),
        "Un barco blanco sale del puerto. Dos niños juegan en la playa con su perro.",
        ("en", "it"),
    ),
)
