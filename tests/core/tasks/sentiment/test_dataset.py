"""Labelled texts to fine-tune on: tables, zips, samples, and what is wrong with them."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from core import tasks
from core.data import drafts
from core.errors import ArchiveError, DocumentError, UsageError
from core.progress import Progress
from core.settings import settings
from core.tasks.sentiment import dataset, public_texts
from tests.core.inputs.workbook_files import xlsx

GOOD = [f"a really good film, number {word}" for word in ("one", "two", "three", "four")]
BAD = [f"an awful book about {word}" for word in ("cats", "dogs", "birds", "fish")]


def csv(*more: str, head: str = "id,text,label") -> bytes:
    rows = [f"{i},{t},good" for i, t in enumerate(GOOD)]
    rows += [f"{i},{t},bad" for i, t in enumerate(BAD)]
    return "\n".join([head, *(r.replace(", number", " number") for r in rows), *more]).encode()


def kinds(draft: drafts.Draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


def packed(files: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out


def test_texts_and_labels_are_found_by_themselves():
    draft = dataset.read(io.BytesIO(csv()), "a.csv")
    assert draft.samples[0].row["text"] == "a really good film number one"
    assert draft.facts == {"classes": ["bad", "good"], "language": "en"}
    assert not draft.problems


def test_columns_may_be_named():
    table = csv(head="opinion,note,kind")
    draft = dataset.read(io.BytesIO(table), "a.csv", {"text": "kind", "label": "note"})
    assert draft.samples[0].row["text"] == "good"


def test_without_a_usual_name_the_labels_are_the_column_with_the_fewest_values():
    draft = dataset.read(io.BytesIO(csv(head="a,b,c")), "a.csv")
    assert draft.facts["classes"] == ["bad", "good"]


def test_json_lines_are_read():
    lines = b'{"text": "fine", "label": 1}\n{"text": "poor", "label": 0}\n'
    assert dataset.read(io.BytesIO(lines), "a.jsonl").facts["classes"] == ["0", "1"]


def test_a_zip_has_a_file_or_a_folder_of_texts_per_class():
    files = {"good.txt": "\n".join(GOOD).encode()}
    files |= {f"reviews/bad/{i}.txt": text.encode() for i, text in enumerate(BAD)}
    draft = dataset.read(packed({**files, "x.png": b"\x89PNG"}), "a.zip")
    assert draft.facts["classes"] == ["bad", "good"]
    assert len(draft.samples) == 8
    assert kinds(draft) == ["not_a_text"]


def test_a_zip_with_a_path_outside_is_refused():
    with pytest.raises(ArchiveError):
        dataset.read(packed({"../good.txt": b"x"}), "a.zip")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("9,,good", "empty"),
        ("9,text without any,", "no_label"),
        (f"9,{'x' * 200},good", "unreadable"),
        ("9,text without any,NaN", "no_label"),
        ("9,caf\ufffd au lait is what they have,good", "lost"),
        (f"9,{BAD[0]},bad", "duplicate"),
        (f"9,{BAD[0].upper()},bad", "alike"),
        (f"9,{BAD[0]}!,good", "conflict"),
        ("9,neither here nor there,rare", "small_class"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(monkeypatch, row, kind):
    monkeypatch.setenv("PORTAL_TEXT_CHARS", "100")
    settings.cache_clear()
    assert kinds(dataset.read(io.BytesIO(csv(row)), "a.csv")) == [kind]


def test_near_duplicates_share_a_group():
    long = "the second half of the film dragged but its ending made up for the whole evening"
    draft = dataset.read(io.BytesIO(csv(f"9,{long},good", f"9,{long} then,good")), "a.csv")
    groups = [item.row["group"] for item in draft.samples]
    assert groups[-1] == groups[-2]
    assert groups[-1] not in groups[:-2]


def test_other_encodings_and_languages_are_read():
    rows = [f"{w}的电影真的很好看，我非常喜欢,好" for w in "甲乙丙丁"]
    rows += [f"{w}的书写得不好，浪费时间,坏" for w in "甲乙丙丁"]
    draft = dataset.read(io.BytesIO("\n".join(["文本,标签", *rows]).encode("gb18030")), "a.csv")
    assert draft.facts == {"classes": ["坏", "好"], "language": "zh"}


def test_a_column_of_ids_is_not_one_of_labels():
    rows = "\n".join(f"text number {i},{i}" for i in range(150))
    draft = dataset.read(io.BytesIO(f"text,label\n{rows}".encode()), "a.csv")
    assert "150 different labels" in draft.why()
    assert not draft.samples


def test_a_table_without_labels_tells_so_and_what_can_be_chosen():
    draft = dataset.read(io.BytesIO(b"text\ngood\nbad\n"), "a.csv")
    assert "no column of labels" in draft.why()
    assert not draft.samples
    assert {one.choice for one in draft.assumptions} == {"text", "label"}


def test_a_column_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="There are: id, text, label"):
        dataset.read(io.BytesIO(csv()), "a.csv", {"label": "mood"})


@pytest.mark.parametrize(("content", "name"), [(b"", "a.csv"), (b"{", "a.jsonl")])
def test_files_that_are_no_tables_are_refused(content, name):
    with pytest.raises(DocumentError):
        dataset.read(io.BytesIO(content), name)


@pytest.mark.parametrize("name", [one.name for one in public_texts.SAMPLES])
def test_samples_are_positive_and_negative_and_free_of_duplicates(packaged_texts, name):
    found = tasks.sample("sentiment", name, Progress())
    assert found.facts["classes"] == ["negative", "positive"]
    assert "duplicate" not in found.manifest.left_out
    assert found.manifest.licence == "MIT"


def columns_of(draft: drafts.Draft) -> dict[str, str]:
    return {one.choice: one.taken for one in draft.assumptions}


def table(head: str, *rows: str) -> io.BytesIO:
    return io.BytesIO("\n".join([head, *rows]).encode())


def test_names_of_columns_count_more_than_long_cells():
    rows = [f"{i},{'good' if i % 2 else 'bad'},short {i},{'a long profile ' * 9}" for i in range(8)]
    draft = dataset.read(table("id,sentiment,text,user_description", *rows), "a.csv")
    assert columns_of(draft) == {"text": "text", "label": "sentiment"}


def test_texts_that_are_shorter_than_their_labels_are_not_swapped():
    words = ["很好", "不错", "好用", "喜欢", "太贵", "失望", "难用", "不好"]
    rows = [f"{word},{'positive' if i < 4 else 'negative'}" for i, word in enumerate(words)]
    draft = dataset.read(table("text,label", *rows), "a.csv")
    assert [one.row["text"] for one in draft.samples] == words


def test_a_guess_among_several_columns_is_told_to_be_one():
    draft = dataset.read(table("a,b,c", *(f"{i},words of {i},{i % 2}" for i in range(8))), "a.csv")
    assert [one.guessed for one in draft.assumptions if one.choice in ("text", "label")] == [
        True
    ] * 2


LABELS = [
    "Positive",
    "positive",
    "POSITIVE",
    "positive ",
    "negative",
    "Negative",
    "ｎｅｇａｔｉｖｅ",
    "negative",
]
NUMBERS = ["1", "1.0", "1 ", "1", "0", "0.0", "0", "0"]


@pytest.mark.parametrize(
    ("labels", "apart", "joined"),
    [(LABELS, 6, ["negative", "positive"]), (NUMBERS, 4, ["0", "1"])],
)
def test_labels_that_look_the_same_are_told_and_joined_where_a_person_wants_it(
    labels, apart, joined
):
    texts = (
        "a warm soup",
        "dogs bark",
        "rain again",
        "old shoes",
        "blue sky",
        "no wifi",
        "he sings",
        "ok",
    )
    rows = [f"{text},{label}" for text, label in zip(texts, labels, strict=True)]
    draft = dataset.read(table("text,label", *rows), "a.csv")
    assert len(draft.facts["classes"]) == apart
    assert "similar_labels" in kinds(draft)
    draft = dataset.read(table("text,label", *rows), "a.csv", {"join_labels": "yes"})
    assert draft.facts["classes"] == joined
    assert not draft.problems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("This phone 👍", "This phone 👎"),
        ("C++", "C#"),
        ("rated 4.5", "rated 45"),
        ("so what :)", "so what :("),
        ("it fell by -5", "it fell by 5"),
        ("दिन अच्छा है", "दीन अच्छा है"),
        ("เขาไปไกล", "เขาไปใกล"),
    ],
)
def test_texts_that_differ_in_signs_only_are_not_the_same(one, other):
    draft = dataset.read(table("text,label", f"{one},good", f"{other},bad"), "a.csv")
    assert not {"duplicate", "conflict", "alike"} & set(kinds(draft))


def test_messages_name_the_line_of_the_file():
    draft = dataset.read(table("text,label", '"two', 'lines",good', "", ",bad"), "a.csv")
    assert "a.csv:5 has no text." in draft.why()


def test_what_can_be_read_in_another_way_is_a_draft_with_its_problems():
    draft = dataset.read(table("sep=;", "text;label", "only", "few"), "a.csv")
    assert not draft.samples
    assert "a.csv:3 has 1 cells for 2 columns" in draft.why()


def test_short_files_of_an_archive_are_weighed_together():
    words = [
        "Příjemná obsluha",
        "výborné jídlo",
        "určitě přijdeme",
        "poškozené zboží",
        "žádná odpověď",
    ]
    files = {
        f"{'good' if i < 3 else 'bad'}/{i}.txt": w.encode("cp1250") for i, w in enumerate(words)
    }
    draft = dataset.read(packed(files), "a.zip")
    assert sorted(str(one.row["text"]) for one in draft.samples) == sorted(words)
    assert columns_of(draft) == {"encoding": "cp1250"}


def test_a_workbook_and_a_json_array_are_read():
    rows = [["text", "label"], *([f"text {i}", "good" if i % 2 else "bad"] for i in range(8))]
    array = json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]])
    for data, name in ((xlsx({"Sheet1": rows}), "a.xlsx"), (array.encode(), "a.json")):
        draft = dataset.read(io.BytesIO(data), name)
        assert (len(draft.samples), draft.facts["classes"]) == (8, ["bad", "good"])
