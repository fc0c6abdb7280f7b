"""Questions as SQuAD, Hugging Face and pandas write them; what is odd in one costs only itself, and is told."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import datasets, drafts
from core.errors import DataSetError, PortalError
from core.tasks.question_answering import dataset, placing
from core.tasks.question_answering.formats import answers
from core.tasks.question_answering.formats.asked import Said

LAKE = "Lake Tesso lies 412 metres above the sea. In winter it freezes. In winter people skate."
ROWS = [
    {"id": "0", "context": LAKE, "question": "How high?", "answers": {"text": ["412 metres"], "answer_start": [16]}},
    {"id": "1", "context": LAKE, "question": "When do people skate?", "answers": {"text": ["winter"], "answer_start": [67]}},
    {"id": "2", "context": LAKE, "question": "Who owns it?", "answers": {"text": [], "answer_start": []}},
]  # fmt: skip
FOUND = [(["412 metres"], 16), (["winter"], 67), ([], -1)]


def read(name: str, content: str | bytes, **choices: str) -> drafts.Draft:
    raw = content.encode() if isinstance(content, str) else content
    return dataset.read(io.BytesIO(raw), name, choices)


def found(draft: drafts.Draft) -> list[tuple[list[str], int]]:
    return [(one.row["answers"], one.row["start"]) for one in draft.samples]


def kinds(draft: drafts.Draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


def lines(rows=ROWS) -> str:
    return "\n".join(map(json.dumps, rows))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.json", json.dumps(ROWS)),
        ("flat.json", json.dumps({"version": "1", "data": ROWS})),
        ("rows.jsonl", lines()),
        ("lines.json", lines()),
        ("dicts.csv", pd.DataFrame(ROWS).to_csv(index=False)),
        ("dicts.tsv", pd.DataFrame(ROWS).to_csv(index=False, sep="\t")),
    ],
)
def test_flat_records_as_hugging_face_writes_them(name, content):
    draft = read(name, content)
    assert (found(draft), kinds(draft)) == (FOUND, [])
    assert draft.facts["unanswered"] == 1


def test_arrays_as_pandas_prints_them_from_parquet():
    rows = [
        {**row, "answers": {"text": np.array(row["answers"]["text"], dtype=object), "answer_start": np.array(row["answers"]["answer_start"], dtype=np.int32)}}
        for row in ROWS
    ]  # fmt: skip
    table = pd.DataFrame(rows).to_csv(index=False)
    assert "array(" in table
    assert found(read("a.csv", table)) == FOUND


def test_json_in_the_cells_of_a_table():
    rows = [{**row, "answers": json.dumps(row["answers"])} for row in ROWS]
    assert found(read("a.csv", pd.DataFrame(rows).to_csv(index=False))) == FOUND


@pytest.mark.parametrize("written", ["67", "67.0", " 67.0 ", 67.0, 67])
def test_an_offset_is_a_number_however_it_is_written(written):
    table = pd.DataFrame([{"context": LAKE, "question": "?", "answer": "winter", "answer_start": written}])  # fmt: skip
    assert found(read("a.csv", table.to_csv(index=False))) == [(["winter"], 67)]
    record = {"context": LAKE, "question": "?", "answers": [{"text": "winter", "answer_start": written}]}  # fmt: skip
    assert found(read("a.jsonl", json.dumps(record))) == [(["winter"], 67)]


@pytest.mark.parametrize("written", ["soon", -5, 1.5, True, "9" * 5_000, 1e300])
def test_what_is_no_offset_is_told(written):
    record = {"context": LAKE, "question": "?", "answers": [{"text": "412", "answer_start": written}]}  # fmt: skip
    draft = read("a.json", json.dumps([record]))
    assert (found(draft), kinds(draft)) == ([(["412"], 16)], ["offset"])


def test_a_plausible_answer_is_none_and_the_flag_of_version_2_counts():
    context = {"context": LAKE, "qas": [
        {"id": "1", "question": "Who owns it?", "answers": [], "is_impossible": True, "plausible_answers": [{"text": "people", "answer_start": 74}]},
        {"id": "2", "question": "Who sold it?", "answers": []},
        {"id": "3", "question": "Who bought it?", "is_impossible": True},
        {"id": "4", "question": "Who skates?", "answers": [{"text": "people", "answer_start": 74}], "is_impossible": True},
    ]}  # fmt: skip
    draft = read("dev.json", json.dumps({"version": "v2.0", "data": [{"paragraphs": [context]}]}))
    assert found(draft) == [([], -1)] * 4
    assert kinds(draft) == ["impossible"]
    assert "“people”" in str(draft.problems[0])


@pytest.mark.parametrize(
    "broken",
    [
        3,
        {"context": LAKE},
        {"question": "?"},
        {"context": LAKE, "question": "?"},
        {"context": 3, "question": "?", "answers": []},
        {"paragraphs": 3},
        {"paragraphs": [{"qas": []}]},
        {"paragraphs": [{"context": LAKE, "qas": {}}]},
    ],
)
def test_a_broken_question_costs_only_itself(broken):
    draft = read("a.json", json.dumps([ROWS[0], broken, ROWS[1]]))
    assert found(draft) == FOUND[:2]
    assert kinds(draft) == ["no_question"]
    assert "a.json #2" in str(draft.problems[0])


def test_a_broken_line_costs_only_itself():
    draft = read("a.jsonl", lines(ROWS[:1]) + "\n{broken\n[1]\n" + "[" * 5_000 + "\n" + lines(ROWS[1:]))  # fmt: skip
    assert found(draft) == FOUND
    assert sorted(kinds(draft)) == ["no_question", "unreadable", "unreadable"]
    assert "a.jsonl:2" in str(draft.problems[0])


def test_several_answers_are_kept_and_the_ones_that_are_not_there_told():
    said = {"text": ["412 metres", "412", "Napoleon"], "answer_start": [16, 16, 3]}
    draft = read("a.json", json.dumps([{**ROWS[0], "answers": said}]))
    assert found(draft) == [(["412 metres", "412"], 16)]
    assert kinds(draft) == ["no_such_answer"]


def test_repeated_questions_are_told_apart_by_how_they_repeat():
    other = {**ROWS[0], "answers": {"text": ["412"], "answer_start": [16]}}
    asked = [ROWS[0], ROWS[0], other, {**ROWS[0], "question": "how  high?"}]
    draft = read("a.json", json.dumps([{**row, "id": str(i)} for i, row in enumerate(asked)]))
    assert kinds(draft) == ["duplicate", "conflict", "alike"]
    assert draft.fatal == {1}


def test_questions_that_differ_in_a_vowel_sign_are_two():
    rows = [{**ROWS[2], "id": q, "question": q} for q in ("का क्या है?", "की क्या है?", "🙂?", "🙁?")]
    assert kinds(read("a.json", json.dumps(rows))) == []


def test_a_passage_in_a_language_of_no_model_is_told():
    czech = "Maják byl postaven v roce 1871. Natřen na červeno byl teprve o třicet let později, po válce, a to rukou."  # fmt: skip
    row = {
        "context": czech,
        "question": "Kdy?",
        "answers": {"text": ["1871"], "answer_start": [26]},
    }
    draft = read("a.json", json.dumps([row]))
    assert draft.facts["language"] is None
    assert "Czech (cs)" in str(draft.problems[0])
    assert read("a.json", json.dumps([row]), language="pl").facts["language"] == "pl"


@pytest.mark.parametrize(
    "cell",
    [
        "{'text': __import__('os').system('true'), 'answer_start': [1]}",
        "{'text': ['a' 'b'], 'answer_start': [1]}",
        "[" * 1_000 + "]" * 1_000,
        "[" + "-" * 5_000 + "1]",
        "{'text': [x for x in 'ab']}",
        "[1] the first",
    ],
)
def test_a_cell_that_is_no_data_is_a_plain_text(cell):
    assert answers.from_cell(drafts.Draft(), cell, "", "x") == [Said(cell)]


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip), max_size=3), st.data())  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_answers_printed_by_python_come_back(words, data):
    starts = data.draw(st.lists(st.integers(0, 10**6), min_size=len(words), max_size=len(words)))
    cell = str({"text": words, "answer_start": starts})
    expected = [Said(word, at) for word, at in zip(words, starts, strict=True)]
    assert answers.from_cell(drafts.Draft(), cell, "", "x") == expected


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["data", "paragraphs", "context", "qas", "question", "answers", "text", "answer_start", "id"]),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSONS)
@settings(max_examples=50, deadline=None)
def test_any_json_gives_a_draft_or_a_portal_error(value):
    with contextlib.suppress(PortalError):
        datasets.add("question_answering", "x", read("a.json", json.dumps(value)))


def test_questions_about_one_passage_share_its_text():
    rows = [{**ROWS[0], "id": str(i), "question": f"How high is {i}?"} for i in range(50)]
    draft = read("a.json", json.dumps(rows))
    assert len({id(one.row["passage"]) for one in draft.samples}) == 1


def test_a_long_passage_for_each_of_many_questions_is_refused(monkeypatch):
    monkeypatch.setattr(placing, "MOST", 2 * len(LAKE))
    with pytest.raises(DataSetError, match="3 questions together have"):
        read("a.json", json.dumps(ROWS))
