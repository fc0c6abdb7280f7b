"""Labelled texts to fine-tune on: tables, zips, samples, and what is wrong with them."""

from __future__ import annotations

import io
import zipfile

import pytest

from core import tasks
from core.data import drafts
from core.errors import ArchiveError, DataSetError, DocumentError
from core.progress import Progress
from core.settings import settings
from core.tasks.sentiment import dataset, public_texts

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
        ("9,caf\ufffd au lait is what they have,good", "encoding"),
        (f"9,{BAD[0].upper()},bad", "duplicate"),
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
    with pytest.raises(DataSetError, match="150 different labels"):
        dataset.read(io.BytesIO(f"text,label\n{rows}".encode()), "a.csv")


def test_a_single_column_has_no_labels():
    with pytest.raises(DataSetError, match="no column of labels"):
        dataset.read(io.BytesIO(b"text\ngood\nbad\n"), "a.csv")


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
