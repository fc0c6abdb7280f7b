"""How often the encoding of a file is told rightly: a table of encodings × rows, on texts of your own.

    python -m scripts.encodings FOLDER

FOLDER has a UTF-8 file of lines for each language, called by its code (`de.txt`, `zh-TW.txt`). Of each, CSV files with
random lines are made, in every encoding that the language is written in; a file counts as right if its text comes back
to the letter. The constants of `core.inputs.encodings` were chosen on Django's translations: measure on others.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.inputs import encodings

WESTERN = ("cp1252", "mac-roman", "cp850")
CENTRAL = ("cp1250", "iso8859-2", "cp852")
BALTIC = ("cp1257",)
WIDE = ("utf-16-le", "utf-16-be")
USED = {
    **dict.fromkeys(
        ("de", "fr", "es", "sv", "pt", "it", "nl", "da", "nb", "fi", "is", "ca"), WESTERN
    ),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "hr", "sl", "ro"), CENTRAL),
    **dict.fromkeys(("lt", "lv", "et"), BALTIC),
    "tr": ("cp1254",),
    "vi": ("cp1258",),
    "ru": ("cp1251", "koi8-r", "cp866"),
    "uk": ("cp1251", "koi8-u"),
    "bg": ("cp1251",),
    "be": ("cp1251",),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "fa": ("cp1256",),
    "th": ("cp874",),
    "ja": ("cp932", "euc-jp", *WIDE),
    "ko": ("cp949", *WIDE),
    "zh": ("gb18030", *WIDE),
    "zh-TW": ("cp950", *WIDE),
}
ROWS = (1, 2, 4, 20, 50, 200)
FILES = 10
"""Files of each language, encoding and number of rows."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    print("| language, encoding |", " | ".join(f"{rows} rows" for rows in ROWS), "|")
    print("|---" * (len(ROWS) + 1) + "|")
    total = [[0, 0, 0] for _rows in ROWS]
    for language, encoding, lines in texts(folder):
        counts = [measured(lines, encoding, rows) for rows in ROWS]
        print(f"| {language} {encoding} |", " | ".join(map(shown, counts)), "|")
        for sums, one in zip(total, counts, strict=True):
            sums[:] = [a + b for a, b in zip(sums, one, strict=True)]
    print("| all |", " | ".join(map(shown, total)), "|")
    print(
        "\nRight of all files; in brackets those that are wrong without being told to be guessed."
    )


def texts(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Language, encoding, and the lines that the encoding can write."""
    for file in sorted(folder.glob("*.txt")):
        lines = file.read_text("utf-8").split("\n")
        for encoding in USED.get(file.stem, ()):
            good = [line for line in lines if line.strip() and _comes_back(line, encoding)]
            if len(good) >= 30:
                yield file.stem, encoding, good


def measured(lines: Sequence[str], encoding: str, rows: int) -> tuple[int, int, int]:
    """Files that are right, all files, and those that are wrong without a word."""
    right = silent = 0
    made = list(files(lines, encoding, rows))
    for text in made:
        data = text.encode(encoding)
        guess = encodings.guess(data)
        good = guess is not None and encodings.decoded(data, guess.encoding) == text
        right += good
        silent += not good and guess is not None and not guess.near
    return right, len(made), silent


def files(lines: Sequence[str], encoding: str, rows: int) -> Iterator[str]:
    """Semicolon CSV with labels in ASCII; only files with something beyond ASCII."""
    rng = random.Random(f"{encoding} {rows}")
    for _file in range(FILES):
        for _attempt in range(20):
            some = rng.sample(lines, min(rows, len(lines)))
            text = "text;label\n" + "".join(
                f"{line};{rng.choice(('good', 'bad'))}\n" for line in some
            )
            if not text.isascii():
                yield text
                break


def shown(counts: Sequence[int]) -> str:
    right, count, silent = counts
    return f"{right}/{count}" + (f" ({silent})" if silent else "")


def _comes_back(line: str, encoding: str) -> bool:
    try:
        return line.encode(encoding).decode(encoding) == line
    except UnicodeError:
        return False


if __name__ == "__main__":
    main()
