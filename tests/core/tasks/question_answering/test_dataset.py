"""Questions to fine-tune on: SQuAD files, tables, the sample from tables of facts."""

from __future__ import annotations

import io
import json
import sqlite3

import pytest

from core import tasks
from core.data import drafts
from core.errors import DataSetError, DocumentError
from core.models import weights
from core.progress import Progress
from core.tasks.question_answering import dataset
from core.tasks.question_answering.facts import tables as facts

PASSAGE = "The tower was built in 1889 by Gustave Eiffel. It is 330 metres tall, and 330 is a lot."


def squad(*qas: dict) -> io.BytesIO:
    paragraph = {"context": PASSAGE, "qas": list(qas)}
    return io.BytesIO(json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}]}).encode())


def ask(question: str, *answers: tuple[str, int], **more: object) -> dict:
    texts = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": "1", "question": question, "answers": texts, **more}


def kinds(draft: drafts.Draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


def test_a_squad_file_is_read_with_all_its_answers_and_with_none():
    asked = [ask("How tall?", ("330 metres", 53), ("330", 53))]
    asked += [ask("How heavy?", is_impossible=True)]
    draft = dataset.read(squad(*asked), "dev.json")
    first, second = (item.row for item in draft.samples)
    assert (first["answers"], first["start"]) == (["330 metres", "330"], 53)
    assert (second["answers"], second["start"]) == ([], -1)
    assert draft.facts == {"language": "en", "unanswered": 1}


@pytest.mark.parametrize(("said", "found"), [(0, 53), (53, 53), (80, 74), (10**9, 74)])
def test_an_answer_is_looked_up_nearest_to_where_it_is_said_to_be(said, found):
    assert dataset.read(squad(ask("?", ("330", said))), "a.json").samples[0].row["start"] == found


def test_an_answer_that_is_not_in_the_passage_is_told():
    draft = dataset.read(squad(ask("Who?", ("Napoleon", 3))), "a.json")
    assert (kinds(draft), draft.samples) == (["no_such_answer"], [])
    assert "“Napoleon”" in str(draft.problems[0])


def test_offsets_follow_the_passage_as_it_is_kept():
    draft = dataset.read(
        io.BytesIO(b'{"context":"a\\r\\nb\\u0000c","question":"?","answer":"c"}'), "a.jsonl"
    )
    row = draft.samples[0].row
    assert row["passage"][row["start"] :] == "c"


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"data": 3}', b"{", b'{"data": [{"a": 1}]}'])
def test_other_json_is_refused_with_the_place(content):
    with pytest.raises(DataSetError, match="not in SQuAD's format"):
        dataset.read(io.BytesIO(content), "a.json")


def test_a_table_has_columns_by_their_usual_names():
    table = b"question,context,answer,start\nWho?,Ann and Ann met.,Ann,8\nWhy?,Ann and Ann met.,,\n"
    rows = [item.row for item in dataset.read(io.BytesIO(table), "a.csv").samples]
    assert [(r["answers"], r["start"]) for r in rows] == [(["Ann"], 8), ([], -1)]


def test_columns_may_be_named():
    table = io.BytesIO(b"q\tp\ta\nWho?\tAnn met Bob.\tBob\n")
    draft = dataset.read(table, "a.tsv", {"question": "q", "passage": "p", "answer": "a"})
    assert draft.samples[0].row["answers"] == ["Bob"]


def test_a_missing_column_is_named():
    with pytest.raises(DataSetError, match="no column for the passage"):
        dataset.read(io.BytesIO(b"question,answer\nWho?,Ann\n"), "a.csv")


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.json"), (b"", "a.csv"), (b"[1]", "a.jsonl")]
)
def test_files_without_questions_are_refused(content, name):
    with pytest.raises(DocumentError):
        dataset.read(io.BytesIO(content), name)


def test_empty_questions_and_copies_are_told():
    asked = [ask("How tall?", ("330", 53)), ask("how  tall", ("330", 53)), ask(" ")]
    assert sorted(kinds(dataset.read(squad(*asked), "a.json"))) == ["alike", "unreadable"]


def test_questions_about_like_passages_are_in_one_group():
    rows = [
        f"{3 * PASSAGE} Really.",
        3 * PASSAGE,
        "Something else altogether is said here, by Ann.",
    ]
    lines = [json.dumps({"passage": p, "question": "?", "answer": ""}) for p in rows]
    groups = [
        i.row["group"]
        for i in dataset.read(io.BytesIO("\n".join(lines).encode()), "a.jsonl").samples
    ]
    assert groups[0] == groups[1] != groups[2]


@pytest.fixture
def tables():
    """Twelve countries and twelve elements of nobody's, in the files of the real ones."""
    folder = weights.folder(facts.FACTS)
    folder.mkdir(parents=True)
    countries = {
        f"C{i}": {
            "name": f"Land{chr(65 + i)}",
            "capital": f"City{chr(65 + i)}",
            "areakm2": 1000 + i,
            "population": 5000 + i,
            "currencyname": "Crown",
            "phone": str(100 + i),
            "neighbours": f"C{(i + 1) % 12},C{(i + 2) % 12},C99",
            "tld": f".{chr(97 + i)}x",
            "continentcode": "EU",
        }
        for i in range(12)
    }
    countries["C99"] = {**countries["C0"], "name": "Nowhere", "capital": ""}
    (folder / "countries.json").write_text(json.dumps(countries), "utf-8")
    with sqlite3.connect(folder / "elements.db") as elements:
        elements.execute(
            "create table elements (name, symbol, atomic_number, discoverers, discovery_year, "
            "discovery_location, density, atomic_weight)"
        )
        rows = [(f"Stuff{chr(65 + i)}", f"S{i}", 200 + i, f"Dr {chr(65 + i)}", 1800 + i, "A/B", 1.5, 9.0)
                for i in range(12)]  # fmt: skip
        elements.executemany("insert into elements values (?,?,?,?,?,?,?,?)", rows)
    elements.close()
    weights.seal(facts.FACTS)
    return folder


def test_the_sample_asks_validation_about_other_things_in_other_words(tables):
    found = tasks.sample("question_answering", "facts", Progress())
    rows = {part: [r for r in found.rows if r["part"] == part] for part in ("train", "validation")}
    assert min(map(len, rows.values())) > 10
    passages = {part: " ".join(r["passage"] for r in some) for part, some in rows.items()}
    names = [f"Land{chr(65 + i)}" for i in range(12)] + [f"stuff{chr(97 + i)}" for i in range(12)]
    held_out = [name for name in names if name.lower() in passages["validation"].lower().split()]
    assert held_out
    questions = {part: {r["question"] for r in some} for part, some in rows.items()}
    for one in questions["validation"]:
        name = next(n for n in names if n in one)
        assert not any(one.replace(name, other) in questions["train"] for other in names)


def test_every_answer_of_the_sample_stands_where_it_is_said_to(tables):
    for row in tasks.sample("question_answering", "facts", Progress()).rows:
        if row["answers"]:
            start, (answer,) = row["start"], row["answers"]
            assert row["passage"][start : start + len(answer)] == answer
        else:
            assert row["start"] == -1


def test_wordings_of_the_two_parts_differ():
    for kinds_ in json.loads(facts.TEMPLATES.read_text("utf-8")).values():
        for parts in kinds_.values():
            for kind in ("say", "ask"):
                both = [set(parts[part][kind]) for part in ("train", "validation")]
                assert all(both)
                assert not both[0] & both[1]
