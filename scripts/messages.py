"""Collect every message of core and pages into the catalogues: `make messages`.

New messages get an empty translation, gone ones leave; what is translated stays.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
HEADER = "# Messages of the portal. `make messages` keeps the list complete."
KEYWORDS = {"_": None, "N_": None}


def collect() -> Catalog:
    """All messages in the code, without line numbers: those would change with every edit."""
    catalog = Catalog(project="deep-learning-portal", charset="utf-8")
    for part in ("core", "pages"):
        for file, _line, message, _comments, _context in extract_from_dir(
            ROOT / part,
            method_map=[("**.py", "python")],
            keywords=KEYWORDS,
            directory_filter=lambda _folder: True,  # Babel alone would leave out `_ui`
        ):
            catalog.add(message, locations=[(f"{part}/{file}", None)])
    return catalog


def main() -> None:
    found = collect()
    for path in sorted((ROOT / "pages" / "_ui" / "kit" / "locale").glob("*/LC_MESSAGES/portal.po")):
        language = path.parts[-3]
        known = Catalog(locale=language)
        if path.exists():
            with path.open("rb") as file:
                known = read_po(file, locale=language)
        known.update(found, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.header_comment, known.fuzzy = HEADER, False
        with path.open("wb") as file:
            write_po(file, known, width=100, sort_by_file=True)
        missing = sum(1 for message in known if message.id and not message.string)
        print(f"{language}: {len(known)} messages, {missing} to translate")


if __name__ == "__main__":
    main()
