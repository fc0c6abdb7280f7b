"""The languages that files name are used or refused by name; what each format leaves out is told."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import datasets, drafts
from core.errors import DataSetError, InputError
from core.tasks.translation import dataset

ENGLISH = ["The door is open.", "Please wait a moment.", "Your file was saved.", "Choose a colour."]
FRENCH = ["La porte est ouverte.", "Veuillez patienter un instant.", "Votre fichier a été enregistré.", "Choisissez une couleur."]  # fmt: skip
CZECH = ["Dveře jsou otevřené.", "Prosím, počkejte chvíli.", "Váš soubor byl uložen.", "Vyberte barvu."]  # fmt: skip
UKRAINIAN = ["Двері відчинені.", "Зачекайте хвилинку.", "Ваш файл збережено.", "Виберіть колір."]
SWEDISH = ["Dörren är öppen.", "Vänta ett ögonblick.", "Din fil har sparats.", "Välj en färg."]
INDONESIAN = ["Pintunya terbuka.", "Mohon tunggu sebentar.", "Berkas Anda telah disimpan.", "Pilih satu warna."]  # fmt: skip
UNKNOWN = {"cs": ("Czech", CZECH), "uk": ("Ukrainian", UKRAINIAN), "id": ("Indonesian", INDONESIAN)}


def read(name: str, content: str | bytes, **choices: str) -> drafts.Draft:
    raw = content.encode() if isinstance(content, str) else content
    return dataset.read(io.BytesIO(raw), name, choices)


def csv(heads: tuple[str, ...], *columns: list[str]) -> str:
    return "\n".join("\t".join(row) for row in (heads, *zip(*columns, strict=True)))


def po(target: list[str], *header: str, source: list[str] = ENGLISH) -> str:
    head = 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in header)
    pairs = zip(source, target, strict=True)
    return head + "\n" + "".join(f'msgid "{a}"\nmsgstr "{b}"\n\n' for a, b in pairs)


def tmx(units: list[dict[str, str]], srclang: str = "en") -> str:
    body = "".join(
        "<tu>" + "".join(f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>' for tag, text in unit.items()) + "</tu>"
        for unit in units
    )  # fmt: skip
    return f'<?xml version="1.0"?><tmx version="1.4"><header srclang="{srclang}"/><body>{body}</body></tmx>'


def packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def pairs(draft: drafts.Draft) -> list[tuple[str, str]]:
    return [(str(one.row["source"]), str(one.row["target"])) for one in draft.samples]


def kinds(draft: drafts.Draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


def assumed(draft: drafts.Draft, choice: str) -> list[tuple[str, bool]]:
    return [(one.taken, one.guessed) for one in draft.assumptions if one.choice == choice]


def forms(code: str, texts: list[str]) -> dict[str, str | bytes]:
    """The same translation into a language in every format, naming it."""
    sides = [{"en": a, code: b} for a, b in zip(ENGLISH, texts, strict=True)]
    return {
        "table.tsv": csv(("en", code), ENGLISH, texts),
        "rows.jsonl": "\n".join(json.dumps({"translation": side}) for side in sides),
        "header.po": po(texts, "Content-Type: text/plain; charset=UTF-8", f"Language: {code}"),
        f"{code}.po": po(texts, "Content-Type: text/plain; charset=UTF-8"),
        "memory.tmx": tmx(sides),
        "aligned.zip": packed({"a.en": "\n".join(ENGLISH), f"a.{code}": "\n".join(texts)}),
    }


@pytest.mark.parametrize(
    ("code", "name"), [(code, name) for code in UNKNOWN for name in forms(code, CZECH)]
)
def test_a_language_that_the_file_names_and_no_model_knows_is_refused_by_name(code, name):
    title, texts = UNKNOWN[code]
    draft = read(name, forms(code, texts)[name])
    with pytest.raises(DataSetError, match=rf"is in {title} \({code}\)"):
        datasets.add("translation", "p", draft)


@pytest.mark.parametrize("name", list(forms("sv", SWEDISH)))
def test_a_language_that_the_file_names_is_used(name):
    draft = read(name, forms("sv", SWEDISH)[name])
    assert (draft.facts, pairs(draft)) == (
        {"source": "en", "target": "sv"},
        list(zip(ENGLISH, SWEDISH, strict=True)),
    )


@pytest.mark.parametrize(
    "head", ["Czech", "čeština", "ces", "cs-CZ", "cs_CZ", "捷克语", "target_cs"]
)
def test_columns_name_a_language_in_many_ways(head):
    draft = read("p.tsv", csv(("English", head), ENGLISH, CZECH))
    assert kinds(draft) == ["language_unsupported"]


@pytest.mark.parametrize(("texts", "title"), [(CZECH, "Czech"), (UKRAINIAN, "Ukrainian")])
def test_a_language_that_nobody_names_is_not_taken_for_the_nearest_known(texts, title):
    draft = read("p.tsv", csv(("source", "target"), ENGLISH, texts))
    assert draft.samples == []
    assert f"is in {title}" in draft.why()
    assert assumed(draft, "target")[0][1]


def test_a_detected_language_is_told_as_guessed_and_can_be_chosen():
    table = csv(("source", "target"), ENGLISH, CZECH)
    assert assumed(read("p.tsv", csv(("a", "b"), ENGLISH, FRENCH)), "target") == [("fr", True)]
    draft = read("p.tsv", table, target="pl")
    assert draft.facts == {"source": "en", "target": "pl"}
    assert assumed(draft, "target") == [("pl", False)]


def test_a_column_of_numbers_called_id_is_no_indonesian():
    table = csv(("id", "no", "en", "fr"), list("1234"), list("5678"), ENGLISH, FRENCH)
    assert pairs(read("p.tsv", table)) == list(zip(ENGLISH, FRENCH, strict=True))


def test_a_third_language_of_a_table_is_told_and_can_be_chosen():
    table = csv(("en", "cs", "fr"), ENGLISH, CZECH, FRENCH)
    draft = read("p.tsv", table)
    assert (draft.facts["target"], kinds(draft)) == ("fr", ["other_languages"])
    assert "cs" in str(draft.problems[0])
    assert "language_unsupported" in kinds(read("p.tsv", table, translation="cs"))


# --- TMX and XLIFF ---


def test_variants_of_a_language_are_told_apart_and_the_most_frequent_pair_is_taken():
    units = [{"en": "Software", "zh-TW": "軟體"}]
    units += [{"en": a, "zh-CN": f"软件 {i}", "zh-TW": f"軟體 {i}"} for i, a in enumerate(ENGLISH)]
    units += [
        {"en": "The file is saved.", "zh-CN": "文件已保存。"},
        {"en": "Wait.", "zh-CN": "等待。"},
    ]
    draft = read("m.tmx", tmx(units))
    assert assumed(draft, "pair") == [("en → zh-CN", False)]
    assert pairs(draft)[0] == (ENGLISH[0], "软件 0")
    assert kinds(draft).count("other_languages") == 2
    other = read("m.tmx", tmx(units), pair="en → zh-TW")
    assert pairs(other)[:2] == [("Software", "軟體"), (ENGLISH[0], "軟體 0")]


def test_the_direction_of_a_memory_can_be_turned():
    units = [{"fr": b, "en-US": a} for a, b in zip(ENGLISH, FRENCH, strict=True)]
    assert read("m.tmx", tmx(units)).facts == {"source": "en", "target": "fr"}
    assert read("m.tmx", tmx(units), pair="fr → en-US").facts == {"source": "fr", "target": "en"}


def test_codes_and_second_sentences_in_a_unit_are_told():
    unit = (
        '<tu><tuv xml:lang="en"><seg>The <bpt i="1">&lt;b&gt;</bpt>door<ept i="1">&lt;/b&gt;</ept> is '
        '<hi>open</hi>.</seg></tuv><tuv xml:lang="fr"><seg>La porte est ouverte.</seg></tuv>'
        '<tuv xml:lang="FR"><seg>Porte ouverte.</seg></tuv></tu>'
    )
    content = tmx([{"en": a, "fr": b} for a, b in zip(ENGLISH[1:], FRENCH[1:], strict=True)])
    draft = read("m.tmx", content.replace("<body>", "<body>" + unit))
    assert pairs(draft)[0] == ("The door is open.", "La porte est ouverte.")
    assert sorted(kinds(draft)) == ["codes", "variants"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "gb18030", "cp1252", "shift_jis"])
def test_a_memory_is_read_in_the_encoding_that_it_says(encoding):
    target = {"gb18030": ("zh", "门开着。"), "shift_jis": ("ja", "ドアが開いています。")}.get(encoding, ("fr", "La porte est fermée."))  # fmt: skip
    said = "utf-8" if encoding == "utf-8-sig" else encoding
    content = tmx([{"en": a, target[0]: f"{target[1]} {i}"} for i, a in enumerate(ENGLISH)])
    content = content.replace('version="1.0"?', f'version="1.0" encoding="{said}"?', 1)
    assert pairs(read("m.tmx", content.encode(encoding)))[0] == (ENGLISH[0], f"{target[1]} 0")


def test_a_memory_in_another_encoding_than_it_says_is_refused():
    content = tmx([{"en": "a", "fr": "été"}]).replace('"1.0"?', '"1.0" encoding="gbk"?', 1)
    with pytest.raises(DataSetError, match="says that its encoding is gbk"):
        read("m.tmx", content.encode("latin-1"))


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE t [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
        + tmx([{"en": "&b;", "fr": "x"}])[21:],
        "<tmx>" + "<a>" * 5_000 + "</a>" * 5_000 + "</tmx>",
        tmx([{"en": "x"}]).replace("</tmx>", ""),
    ],
)
def test_hostile_xml_is_refused(content):
    with pytest.raises(InputError):
        read("m.tmx", content)


def test_a_document_type_alone_is_no_harm():
    content = tmx([{"en": a, "fr": b} for a, b in zip(ENGLISH, FRENCH, strict=True)])
    content = content.replace("?><tmx", '?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx')
    assert len(read("m.tmx", content).samples) == 4


@pytest.mark.parametrize(
    ("file", "unit"),
    [
        ('<xliff version="1.2"><file source-language="en" target-language="{0}"><body>{1}</body></file></xliff>', "<trans-unit><source>{}</source><target>{}</target></trans-unit>"),
        ('<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="{0}"><file>{1}</file></xliff>', "<unit><segment><source>{}</source><target>{}</target></segment></unit>"),
    ],
)  # fmt: skip
def test_both_versions_of_xliff(file, unit):
    body = "".join(unit.format(*pair) for pair in zip(ENGLISH, FRENCH, strict=True))
    draft = read("m.xlf", file.format("fr-CA", body))
    assert pairs(draft) == list(zip(ENGLISH, FRENCH, strict=True))
    assert kinds(read("m.xliff", file.format("cs", body))) == ["language_unsupported"]


# --- PO ---


def test_messages_in_another_language_than_english_are_told():
    draft = read("x.po", po(ENGLISH, "Language: en", source=FRENCH))
    assert draft.facts == {"source": "fr", "target": "en"}
    assert assumed(draft, "source") == [("fr", True)]
    named = read("x.po", po(ENGLISH, "Language: en", "X-Source-Language: fr", source=FRENCH))
    assert assumed(named, "source") == [("fr", False)]


@pytest.mark.parametrize(
    ("charset", "encoding", "told"),
    [
        ("ISO-8859-1", "latin-1", []),
        ("iso-8859-1", "utf-8", ["charset"]),
        ("CHARSET", "utf-8", []),
        ("klingon", "utf-8", ["charset"]),
        ("punycode", "utf-8", ["charset"]),
        ("hex", "utf-8", ["charset"]),
    ],
)
def test_the_charset_stands_in_the_header(charset, encoding, told):
    content = po(FRENCH, f"Content-Type: text/plain; charset={charset}", "Language: fr")
    draft = read("x.po", content.encode(encoding))
    assert pairs(draft) == list(zip(ENGLISH, FRENCH, strict=True))
    assert kinds(draft) == told


def test_one_text_in_two_contexts_is_two_messages():
    more = 'msgctxt "noun"\nmsgid "Open"\nmsgstr "Ouverture"\n\nmsgctxt "verb"\nmsgid "Open"\nmsgstr "Ouvrir"\n'  # fmt: skip
    draft = read("x.po", po(FRENCH, "Language: fr") + more)
    assert pairs(draft)[-2:] == [("Open", "Ouverture"), ("Open", "Ouvrir")]


def test_a_line_that_is_none_of_po_is_told_with_its_number(capsys):
    draft = read("x.po", po(FRENCH, "Language: fr") + 'msgid "Lost"\nstray words\nmsgstr "Perdu"\n')
    assert ("Lost", "Perdu") in pairs(draft)
    assert "stray words" in str(draft.problems[0])
    assert "x.po:18" in str(draft.problems[0])
    assert capsys.readouterr().out == ""


def test_a_header_of_nonsense_harms_nothing():
    header = ["Language: fr", "POT-Creation-Date: soon", "Plural-Forms: nplurals=999; plural=((((", "Content-Type: x"]  # fmt: skip
    assert len(read("x.po", po(FRENCH, *header)).samples) == 4


def test_a_file_with_a_header_alone_has_no_pairs():
    with pytest.raises(DataSetError, match="no pairs"):
        read("x.po", 'msgid ""\nmsgstr ""\n"Language: fr\\n"\n')


# --- aligned files ---


def test_empty_lines_at_the_end_of_one_file_are_told():
    files = {"a.en": "\n".join(ENGLISH) + "\n", "a.fr": "\ufeff" + "\r\n".join(FRENCH) + "\r\n\r\n"}
    draft = read("p.zip", packed(files))
    assert pairs(draft) == list(zip(ENGLISH, FRENCH, strict=True))
    assert kinds(draft) == ["trailing"]


def test_files_that_are_not_aligned_say_where_they_part():
    files = {"a.en": "\n".join(ENGLISH), "a.fr": "\n".join([FRENCH[0], "", *FRENCH[1:]])}
    with pytest.raises(DataSetError, match=r"4 lines and a\.fr has 5.*0 and 1 are empty; line 2"):
        read("p.zip", packed(files))


def test_characters_that_are_no_line_ends_break_no_line():
    texts = [[f"{one}\u2028x\x85y\x0cz" for one in side] for side in (ENGLISH, FRENCH)]
    draft = dataset.read_aligned(*((f"a.{code}", "\n".join(side).encode()) for code, side in zip(("en", "fr"), texts, strict=True)))  # fmt: skip
    assert len(draft.samples) == 4


def test_several_parts_keep_their_division():
    files = {f"{part}.{code}": "\n".join(f"{one} {part}" for one in side)
             for part in ("train", "valid", "test") for code, side in (("en", ENGLISH), ("fr", FRENCH))}  # fmt: skip
    draft = read("p.zip", packed({**files, "README.md": "x"}))
    assert [one.row["part"] for one in draft.samples] == ["test"] * 4 + ["train"] * 4 + ["validation"] * 4  # fmt: skip
    assert kinds(draft) == ["unused"]
    assert any(one.kind == "division" for one in draft.assumptions)
    del files["train.en"]
    assert "division" in kinds(read("p.zip", packed(files)))


def test_a_part_that_is_not_aligned_costs_only_itself():
    files = {f"{part}.{code}": "\n".join(side) for part in "ab" for code, side in (("en", ENGLISH), ("fr", FRENCH))}  # fmt: skip
    draft = read("p.zip", packed({**files, "b.fr": "une\ndeux"}))
    assert len(draft.samples) == 4
    assert kinds(draft) == ["unreadable"]


def test_of_more_than_two_languages_two_are_taken_and_told():
    files = {f"a.{code}": "\n".join(side) for code, side in (("cs", CZECH), ("en", ENGLISH), ("fr", FRENCH), ("sv", SWEDISH))}  # fmt: skip
    draft = read("p.zip", packed(files))
    assert draft.facts == {"source": "en", "target": "fr"}
    assert "en → sv" in next(one.options for one in draft.assumptions if one.choice == "pair")
    assert read("p.zip", packed(files), pair="sv → fr").facts == {"source": "sv", "target": "fr"}


# --- round trips ---

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"], exclude_characters='"\\<>&'), min_size=1, max_size=8)  # fmt: skip
SENTENCES = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5, unique_by=lambda p: p)
CODES = st.sampled_from(["de", "ja", "zh-Hans", "pt_BR", "ar-EG", "hi", "ko-KR", "vi", "tr"])


@given(SENTENCES, CODES)
@settings(max_examples=25, deadline=None)
def test_sentences_come_back_from_tmx_and_po(sentences, tag):
    cases = {
        "m.tmx": tmx([{"en": a, tag: b} for a, b in sentences]),
        "x.po": po([b for _, b in sentences], f"Language: {tag}", "X-Source-Language: en", source=[a for a, _ in sentences]),
    }  # fmt: skip
    for name, content in cases.items():
        draft = read(name, content)
        assert pairs(draft) == sentences
        assert draft.facts == {"source": "en", "target": tag[:2]}
