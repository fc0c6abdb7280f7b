"""Text files with the same sentences line by line, one file a language: two of them, or many in a zip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from core.data.drafts import Draft
from core.errors import N_, DataSetError, InputError
from core.inputs import archives, languages, texts
from core.inputs.archives import Archive
from core.tasks.translation.formats.units import Unit, pairs
from core.tasks.translation.pairs import Pair, checked

File = tuple[str, bytes]
"""Name and contents."""
PARTS = {
    "train": "train",
    "training": "train",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "dev": "validation",
    "devtest": "test",
    "test": "test",
}
"""What the parts of a division are called in names of files."""
LISTED = 10
"""Names in one message."""


class Side(NamedTuple):
    """A file of an archive that is named after a language; `rest` is the name without that, `tag` as it is spelt."""

    name: str
    tag: str
    rest: str

    @property
    def part(self) -> str:
        words = re.findall(r"[a-z]+", self.rest.lower())
        return next((PARTS[word] for word in words if word in PARTS), "")


def read(draft: Draft, first: File, second: File) -> Draft:
    """The pairs of two files.

    Raises:
        DataSetError: they have different numbers of lines. DocumentError: no text.
    """
    found = _aligned(draft, first, second)
    named = (_tag_and_rest(first[0])[0], _tag_and_rest(second[0])[0])
    return checked(draft, found, (_code(named[0]), _code(named[1])), first[0])


def read_zip(draft: Draft, source: Path | IO[bytes], name: str) -> Draft:
    """The pairs of a zip: files of one name but for the language belong together; several such groups (`train.en`,
    `train.fr`, `test.en`, …) are read one after the other, and a division that they name is kept.

    Raises:
        ArchiveError: no archive. DataSetError: no two files that belong together.
    """
    with archives.opened(source, name, draft) as archive:
        groups = _groups(archive, name)
        units = [Unit(rest, {tag: side.name for tag, side in sides.items()}) for rest, sides in groups.items()]  # fmt: skip
        taken, named = pairs(draft, units, declared="en")
        _tell_unused(draft, archive, taken)
        division = _division(draft, taken, groups)
        found: list[Pair] = []
        for one in taken:
            files = [(side, archive.read(side)) for side in (one.source, one.target)]
            try:
                lines = _aligned(draft, files[0], files[1], whole=len(taken) > 1)
            except InputError as error:
                if len(taken) == 1:
                    raise
                draft.unreadable(error)
                continue
            part = division.get(one.origin, "")
            found += [pair._replace(part=part) for pair in lines]
    return checked(draft, found, named, name)


def _groups(archive: Archive, name: str) -> Mapping[str, dict[str, Side]]:
    """Files that belong together by what their names have in common, each by its tag."""
    sides = [Side(n, *_tag_and_rest(n)) for n in archive.names]
    groups: dict[str, dict[str, Side]] = {}
    for side in sides:
        if side.tag:
            groups.setdefault(side.rest, {}).setdefault(side.tag, side)
    complete = {rest: group for rest, group in groups.items() if len(group) > 1}
    if complete:
        return complete
    named = [side for side in sides if side.tag]
    texts_ = [side for side in sides if side.name.lower().endswith(".txt")]
    two = named if len(named) == 2 else texts_
    if len(two) != 2:
        raise DataSetError(
            N_(
                "{name} should hold two text files with as many lines, named after their "
                "languages, such as pairs.en and pairs.fr."
            ),
            name=name,
        )
    first, second = two  # with a tag that names no language, where the file's name has none
    return {"": {side.tag or f"“{side.name}”": side for side in (first, second)}}


def _tag_and_rest(name: str) -> tuple[str, str]:
    """The language in a file's name, as it is spelt there, and the name without it: pairs.en, pairs.en.txt,
    text_pt-BR.txt, cs.txt, fr/pairs.txt."""
    path = PurePosixPath(name)
    folder = str(path.parent)
    if languages.of_word(path.suffix[1:]):
        return path.suffix[1:], f"{folder}/{path.stem}"
    if path.suffix.lower() not in ("", ".txt"):
        return "", name
    for pattern in (r"(?:^|.*[-_.])(?P<tag>[A-Za-z]{2,3}[-_][A-Za-z]{2,4})$", r"(?:^|.*[-_.])(?P<tag>[^-_.]+)$"):  # fmt: skip
        match = re.match(pattern, path.stem)
        if match and languages.of_word(match["tag"]):
            return match["tag"], f"{folder}/{path.stem[: match.start('tag')]}{path.suffix}"
    if languages.of_word(path.parent.name):
        return path.parent.name, f"{path.parent.parent}/{path.name}"
    return "", name


def _code(tag: str) -> str:
    return languages.of_tag(tag) if tag else ""


def _division(
    draft: Draft, taken: list[Pair], groups: Mapping[str, dict[str, Side]]
) -> dict[str, str]:
    """The part of each group by its name; none where the files name no part to train on."""
    parts = {one.origin: next(iter(groups[one.origin].values())).part for one in taken}
    if len(taken) < 2 or not any(parts.values()):
        return {}
    said = ", ".join(f"{one.source}: {parts[one.origin] or '–'}" for one in taken[:LISTED])
    if "train" in parts.values():
        draft.assume("division", N_("The division of the files is kept ({parts})."), parts=said)
        return {origin: part or "train" for origin, part in parts.items()}
    draft.trouble(
        "division",
        N_(
            "The files are divided ({parts}), but none is to train on: all are put together and divided anew."
        ),
        parts=said,
    )
    return {}


def _tell_unused(draft: Draft, archive: Archive, taken: list[Pair]) -> None:
    used = {side for one in taken for side in (one.source, one.target)}
    others = [name for name in archive.names if name not in used]
    if others:
        more = f", … ({len(others)})" if len(others) > LISTED else ""
        draft.trouble(
            "unused",
            N_("These files of the archive are not read: {names}."),
            names=", ".join(others[:LISTED]) + more,
        )


def _aligned(draft: Draft, first: File, second: File, whole: bool = False) -> list[Pair]:
    """The pairs of two files; `whole`: their origins begin with the name of the first."""
    sides = [_lines(draft, contents, name) for name, contents in (first, second)]
    counts = [len(lines) for lines in sides]
    shorter = min(counts)
    for (name, _), lines in zip((first, second), sides, strict=True):
        extra = lines[shorter:]
        if extra and not any(line.strip() for line in extra):
            draft.trouble(
                "trailing",
                N_("{name} ends with {count} empty lines more than the other; they are left out."),
                name=name,
                count=len(extra),
            )
            del lines[shorter:]
    if len(sides[0]) != len(sides[1]):
        raise _not_aligned((first[0], sides[0]), (second[0], sides[1]))
    before = f"{first[0]}:" if whole else "line "
    both = zip(*sides, strict=True)
    return [Pair(f"{before}{i}", a, b) for i, (a, b) in enumerate(both, 1)]


def _not_aligned(first: tuple[str, list[str]], second: tuple[str, list[str]]) -> DataSetError:
    blank = [sum(not line.strip() for line in lines) for _, lines in (first, second)]
    both = zip(first[1], second[1], strict=False)
    apart = (i for i, (a, b) in enumerate(both, 1) if bool(a.strip()) != bool(b.strip()))
    at = next(apart, min(len(first[1]), len(second[1])) + 1)
    return DataSetError(
        N_(
            "{first} has {count} lines and {second} has {other}: they are not aligned. Of these, {blank} "
            "and {blank_other} are empty; line {at} is the first that only one of them has text in."
        ),
        first=first[0],
        second=second[0],
        count=len(first[1]),
        other=len(second[1]),
        blank=blank[0],
        blank_other=blank[1],
        at=at,
    )


def _lines(draft: Draft, contents: bytes, name: str) -> list[str]:
    """Lines end where a file with such line ends has them: not at other characters that `splitlines` knows, nor at a
    lone carriage return in the midst of a sentence."""
    text = texts.decode(contents, name, draft).removeprefix("\ufeff").replace("\r\n", "\n")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return text.removesuffix("\n").split("\n")
