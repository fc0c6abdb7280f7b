"""Pairs of sentences to learn a translation from: a table, TMX, PO, two aligned files, or a sample."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from core.data.datasets import SampleSet
from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import archives, tables, texts
from core.models.catalog import Licence, Weights
from core.models.sources import PackageFile, PackageSource
from core.settings import settings
from core.tasks.translation.pairs import Pair, checked, language

SOURCE_WORDS = ("source", "src", "original", "input")
TARGET_WORDS = ("target", "tgt", "translation", "output", "reference")


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A CSV or TSV table with a column of sentences and one of translations, a TMX or PO file, or a zip
    with two text files of as many lines. Columns that are not given are guessed; languages are recognised by
    the names of columns and files, else by what the sentences look like.

    Raises:
        DataSetError: it is none of these, or its languages cannot be recognised. ArchiveError, DocumentError.
    """
    draft = Draft(choices or {})
    suffix = Path(name).suffix.lower()
    if suffix == ".zip":
        return _zip(draft, source, name)
    data = _contents(source, name)
    if suffix == ".tmx":
        return _tmx(draft, data, name)
    if suffix == ".po":
        return _po(draft, [(name, data)])
    if suffix in (".csv", ".tsv"):
        return _table(draft, data, name)
    raise DataSetError(
        N_("{name} is not a CSV, TSV, TMX or PO file, nor a zip with two text files."), name=name
    )


def read_aligned(
    first: tuple[str, bytes],
    second: tuple[str, bytes],
    choices: Mapping[str, str] | None = None,
) -> Draft:
    """Two text files (name, contents) with a sentence on each line, the same on the same line.

    Raises:
        DataSetError: they have different numbers of lines.
    """
    return _aligned(Draft(choices or {}), first, second)


def _aligned(draft: Draft, first: tuple[str, bytes], second: tuple[str, bytes]) -> Draft:
    sides = [_lines(contents, name, draft) for name, contents in (first, second)]
    if len(sides[0]) != len(sides[1]):
        raise DataSetError(
            N_("{first} has {count} lines and {second} has {other}: they are not aligned."),
            first=first[0],
            second=second[0],
            count=len(sides[0]),
            other=len(sides[1]),
        )
    pairs = ((f"line {i}", a, b) for i, (a, b) in enumerate(zip(*sides, strict=True), 1))
    return checked(draft, pairs, (_code_of_file(first[0]), _code_of_file(second[0])), first[0])


# --- the kinds of files ---


def _zip(draft: Draft, source: Path | IO[bytes], name: str) -> Draft:
    with archives.opened(source, name, draft) as archive:
        coded = {n: _code_of_file(n) for n in archive.names}
        sides = [n for n, code in coded.items() if code]
        if len(sides) != 2:
            sides = [n for n in archive.names if n.lower().endswith(".txt")]
        if len(sides) != 2:
            raise DataSetError(
                N_(
                    "{name} should hold two text files with as many lines, named after their "
                    "languages, such as pairs.en and pairs.fr."
                ),
                name=name,
            )
        sides.sort(key=lambda n: (coded[n] != "en", n))
        first, second = ((n, archive.read(n)) for n in sides)
    return _aligned(draft, first, second)


def _table(draft: Draft, data: bytes, name: str) -> Draft:
    table = tables.read(data, name, to_learn=True, reading=draft)
    if len(table.columns) < 2:
        raise DataSetError(
            N_("{name} has one column; sentences and translations need two."), name=name
        )
    guessed = _guess_columns(table)
    source = draft.choose(
        "sentence",
        guessed[0],
        N_("The sentences are in the column “{taken}”."),
        options=table.columns,
    )
    target = draft.choose(
        "translation",
        guessed[1],
        N_("The translations are in the column “{taken}”."),
        options=table.columns,
    )
    sides = zip(table.column(source), table.column(target), strict=True)
    pairs = ((f"row {i}", a, b) for i, (a, b) in enumerate(sides, 2))
    return checked(draft, pairs, (language(source), language(target)), name)


def _guess_columns(table: tables.Table) -> tuple[str, str]:
    """By language, else by words such as "source" and "target", else those with the longest cells."""
    coded = [name for name in table.columns if language(name)]
    if len(coded) >= 2:
        return coded[0], coded[1]
    known = [
        next((c for c in table.columns if c.lower().startswith(words)), None)
        for words in (SOURCE_WORDS, TARGET_WORDS)
    ]
    if known[0] and known[1]:
        return known[0], known[1]
    wordiest = sorted(table.columns, key=lambda c: -sum(map(len, table.column(c))))[:2]
    first, second = sorted(wordiest, key=table.columns.index)
    return first, second


def _tmx(draft: Draft, data: bytes, name: str) -> Draft:
    from translate.misc.xml_helpers import getXMLlang
    from translate.storage.tmx import tmxfile

    try:
        file = tmxfile.parsestring(data)
    except Exception as error:  # lxml's and the toolkit's own
        raise _broken(name, "TMX", error) from error
    header = file.document.getroot().find("header")
    units = [
        {language(getXMLlang(n) or ""): unit.getNodeText(n) or "" for n in unit.getlanguageNodes()}
        for unit in file.units
    ]
    there = list(dict.fromkeys(code for unit in units for code in unit if code))
    named = language(header.get("srclang") or "") if header is not None else ""
    source = named if named in there else next(iter(there), "")
    target = next((code for code in there if code != source), "")
    pairs = (
        (f"unit {i}", unit.get(source, ""), unit.get(target, "")) for i, unit in enumerate(units, 1)
    )
    return checked(draft, pairs, (source, target), name)


def _po(
    draft: Draft,
    files: Sequence[tuple[str, bytes]],
    target: str = "",
    longest: int | None = None,
) -> Draft:
    """`longest`: longer messages are not wanted, in characters."""
    from translate.storage.pypo import pofile

    pairs: list[Pair] = []
    left_out: Counter[str] = Counter()
    for name, data in files:
        try:
            file = pofile.parsestring(data)
        except Exception as error:
            raise _broken(name, "PO", error) from error
        target = target or language(file.gettargetlanguage() or "")
        for number, unit in enumerate(file.units, 1):
            if unit.isheader() or unit.isobsolete():
                continue
            if unit.hasplural() or unit.isfuzzy():
                left_out["plural" if unit.hasplural() else "fuzzy"] += 1
                continue
            if longest and len(str(unit.source)) > longest:
                continue
            pairs.append((f"{name}, message {number}", str(unit.source), str(unit.target)))
    draft = checked(draft, pairs, ("en", target), files[0][0])
    if left_out["plural"]:
        draft.trouble(
            "plural",
            N_("{count} messages with plural forms are left out."),
            count=left_out["plural"],
        )
    if left_out["fuzzy"]:
        draft.trouble(
            "fuzzy", N_("{count} messages marked as fuzzy are left out."), count=left_out["fuzzy"]
        )
    return draft


def _broken(name: str, kind: str, error: Exception) -> DataSetError:
    return DataSetError(
        N_("{name} is not a readable {kind} file: {why}"), name=name, kind=kind, why=error
    )


def _contents(source: Path | IO[bytes], name: str) -> bytes:
    limit = settings().upload_mb * 1_000_000
    if isinstance(source, Path):
        with source.open("rb") as file:
            data = file.read(limit + 1)
    else:
        source.seek(0)
        data = source.read(limit + 1)
    if len(data) > limit:
        raise DataSetError(
            N_("{name} has more than {limit} MB (PORTAL_UPLOAD_MB). Split it into parts."),
            name=name,
            limit=settings().upload_mb,
        )
    return data


def _lines(contents: bytes, name: str, draft: Draft) -> list[str]:
    """Not `splitlines`, which also breaks at characters that belong to a sentence."""
    text = texts.decode(contents, name, draft).replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff").removesuffix("\n").split("\n")


def _code_of_file(name: str) -> str:
    """By the end of the name: pairs.en, pairs.en.txt, text_en.txt, en.txt."""
    path = Path(name)
    if code := language(path.suffix.removeprefix(".")):
        return code
    return language(re.split(r"[-_.]", path.stem)[-1]) if path.suffix.lower() == ".txt" else ""


# --- samples ---

DJANGO = Licence(
    "BSD-3-Clause",
    "https://github.com/django/django/blob/main/LICENSE",
    N_("Translated by the volunteers whom each file names."),
)


SHORT = 80
"""Characters of the longest message of a sample. A batch takes the time of its longest sample, and the few
long ones would double that of the whole run."""


def _django_files(target: str, digests: dict[str, str]) -> Weights:
    files = tuple(
        PackageFile(
            "django",
            "5.2.19",
            "django-5.2.19-py3-none-any.whl",
            "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00",
            member,
            sha256,
            saved_as=f"{member.split('/')[-5]}.po",
        )
        for member, sha256 in digests.items()
    )
    return Weights(
        f"sample-django-{target}", PackageSource(files), DJANGO, size_mb=0.1, download_mb=8.3
    )


def _django(target: str, folders: Sequence[Path]) -> Draft:
    files = [(path.name, path.read_bytes()) for path in sorted(folders[0].glob("*.po"))]
    draft = _po(Draft(), files, target, SHORT)
    draft.licence = DJANGO.name
    return draft


def _sample(target: str, digests: dict[str, str]) -> SampleSet:
    return SampleSet(
        f"django-{target}",
        f"Django: en → {target}",
        N_("About 570 short messages of the web framework Django, translated by its volunteers."),
        partial(_django, target),
        (_django_files(target, digests),),
        base="gemma-3-270m",
        options={"epochs": 2, "patience": 1},
    )


SAMPLES = tuple(
    _sample(target, digests)
    for target, digests in json.loads(
        Path(__file__).with_name("django.json").read_text("utf-8")
    ).items()
)
"""In django.json: the SHA-256 of each language's files in Django's wheel."""
