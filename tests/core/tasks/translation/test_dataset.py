"""Pairs of sentences from every kind of file, with what is wrong with them."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.data import datasets, drafts
from core.data.splits import parts
from core.errors import ArchiveError, DataSetError, DocumentError, InputError
from core.tasks.translation import dataset, samples
from core.training.options import TrainOptions

ENGLISH = ["The house is big.", "My brother reads a book.", "We drink cold water today."]
FRENCH = ["La maison est grande.", "Mon frère lit un livre.", "Nous buvons de l’eau froide."]
PAIRS = list(zip(ENGLISH, FRENCH, strict=True))


def read(name: str, content: str | bytes, **more: str) -> drafts.Draft:
    raw = content.encode() if isinstance(content, str) else content
    return dataset.read(io.BytesIO(raw), name, more)


def table(*rows: tuple[str, str], header: tuple[str, str] = ("en", "fr")) -> str:
    return "\n".join("\t".join(row) for row in (header, *rows))


def packed(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


def sentences(draft: drafts.Draft) -> list[tuple[str, str]]:
    return [(item.row["source"], item.row["target"]) for item in draft.samples]


def kinds(draft: drafts.Draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: fr_FR\\n"

msgid "The house is big."
msgstr "La maison est grande."

#, fuzzy
msgid "A guess"
msgstr "Une supposition"

msgid "%d house"
msgid_plural "%d houses"
msgstr[0] "%d maison"
msgstr[1] "%d maisons"

#~ msgid "Gone"
#~ msgstr "Parti"

msgid "My brother reads a book."
msgstr "Mon frère lit un livre."
"""
TMX = """<?xml version="1.0"?><tmx version="1.4"><header srclang="en-US"/><body>{}</body></tmx>"""
UNIT = '<tu><tuv xml:lang="fr-FR"><seg>{}</seg></tuv><tuv xml:lang="en-US"><seg>{}</seg></tuv></tu>'


def test_a_table_with_languages_as_columns():
    draft = read("pairs.tsv", table(*PAIRS))
    assert sentences(draft) == PAIRS
    assert draft.facts == {"source": "en", "target": "fr"}


def test_columns_can_be_chosen_and_the_direction_with_them():
    draft = read("p.tsv", table(*PAIRS), sentence="fr", translation="en")
    assert sentences(draft) == [(b, a) for a, b in PAIRS]
    assert draft.facts == {"source": "fr", "target": "en"}


@pytest.mark.parametrize("header", [("source", "target"), ("a", "b")])
def test_other_columns_are_guessed_and_their_languages_detected(header):
    draft = read("pairs.tsv", table(*PAIRS, header=header))
    assert sentences(draft) == PAIRS
    assert draft.facts == {"source": "en", "target": "fr"}


def test_a_po_file_without_its_fuzzy_obsolete_and_plural_messages():
    draft = read("django.po", PO)
    assert sentences(draft) == PAIRS[:2]
    assert draft.facts == {"source": "en", "target": "fr"}
    assert sorted(kinds(draft)) == ["fuzzy", "obsolete", "plural"]


def test_a_tmx_file_in_the_direction_of_its_header():
    draft = read("memory.tmx", TMX.format("".join(UNIT.format(b, a) for a, b in PAIRS)))
    assert sentences(draft) == PAIRS


@pytest.mark.parametrize(
    "names", [("p__en", "p__fr"), ("text_en__txt", "text_fr__txt"), ("a__txt", "b__txt")]
)
def test_a_zip_with_two_aligned_files(names):
    texts = ("\n".join(ENGLISH) + "\n", "\r\n".join(FRENCH))
    draft = read("pairs.zip", packed(**dict(zip(names, texts, strict=True)), README="Hello"))
    assert sentences(draft) == PAIRS


def test_files_that_are_not_aligned_are_refused():
    with pytest.raises(DataSetError, match=r"3 lines and p\.fr has 2"):
        read("p.zip", packed(p__en="\n".join(ENGLISH), p__fr="\n".join(FRENCH[:2])))


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("p.zip", b"no zip", ArchiveError),
        ("p.zip", packed(a__md="x"), DataSetError),
        ("p.docx", b"x", DataSetError),
        ("p.tmx", b"<tmx", DocumentError),
        ("p.tmx", b"<html/>", DataSetError),
        ("p.tmx", TMX.format("").encode(), DataSetError),
        ("p.po", b"Hello", InputError),
        ("p.csv", b"en\nHello\n", DataSetError),
        ("p.csv", b"", DocumentError),
        ("p.csv", b"a,b\n1,2\n3,4\n", DataSetError),
        ("p.csv", b"en,en #2\nThe house is big.,The house is small.\n", DataSetError),
    ],
)
def test_what_is_no_such_file_is_refused(name, content, error):
    with pytest.raises(error):
        datasets.add("translation", "p", read(name, content))


def test_entities_in_a_tmx_file_open_no_other_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", "utf-8")
    head = f'<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY x SYSTEM "file://{secret}">]>'
    body = TMX.format(UNIT.format("&x; La maison", "The house")).partition("?>")[2]
    try:
        found = str(sentences(read("m.tmx", head + body)))
    except InputError as error:
        found = str(error)
    assert "the secret" not in found


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (("The house is big.", ""), "empty"),
        (("The house is big." * 40, "La maison est grande."), "too_long"),
        (("Administration", "Administration"), "untranslated"),
        (("Delete %(name)s now", "Supprimer maintenant"), "placeholders"),
        (("Yes", "Oui, la maison est grande et mon frère lit un livre"), "lengths"),
        (PAIRS[0], "duplicate"),
    ],
)
def test_doubtful_pairs_are_named_and_left_out(row, kind):
    draft = read("p.tsv", table(*PAIRS, row))
    assert kinds(draft) == [kind]
    assert len(draft.kept(drop=True)) == 3


def test_languages_that_look_otherwise_are_told():
    draft = read("p.tsv", table(*PAIRS, header=("en", "de")))
    assert kinds(draft) == ["language"]
    assert "German" in str(draft.problems[0])


def test_near_duplicates_on_either_side_are_in_one_group():
    rows = [
        ("Please enter a valid date for this field.", "Saisissez une date valide."),
        ("Please enter a valid time for this field.", "Saisissez une heure valide."),
        ("The key opens it", "Mon frère lit un livre!"),
        *PAIRS,
    ]
    draft = read("p.tsv", table(*rows))
    groups = [item.row["group"] for item in draft.samples]
    assert groups[0] == groups[1]
    assert groups[2] == groups[4]
    assert len(set(groups)) == 4


def test_stored_pairs_can_be_divided():
    rows = [(f"{a} {word}", f"{b} {word}") for a, b in PAIRS for word in ("one", "now", "there")]
    stored = datasets.add("translation", "pairs", read("p.tsv", table(*rows)))
    found = parts(stored.rows, TrainOptions())
    sides = [{stored.rows[i]["group"] for i in part} for part in (found.train, found.validation)]
    assert not sides[0] & sides[1]


def test_a_sample_reads_the_files_of_its_language(tmp_path):
    sample = next(one for one in samples.SAMPLES if one.name == "django-fr")
    assert len({file.name for file in sample.files[0].source.files}) == 4
    for file in sample.files[0].source.files:
        (tmp_path / file.name).write_text(PO, "utf-8")
    draft = sample.build([tmp_path])
    assert sentences(draft)[:2] == PAIRS[:2]
    assert draft.licence == "BSD-3-Clause"
