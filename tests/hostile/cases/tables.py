"""Tables, and data sets of texts made from them."""

from __future__ import annotations

import json

from tests.hostile.case import Case, case
from tests.hostile.packing import packed

CSV: dict[str, bytes | str] = {
    "empty": b"",
    "blanks": b" \n \n",
    "NULs": b"text,label\n\0\0\0,\0\n" * 100,
    "only a head": b"text,label\n",
    "a lone quotation mark": b'text,label\n"good,a\n' + b"bad,b\n" * 1_000,
    "quotation marks everywhere": b'"' * 99_999,
    "a cell of 200 kB": "text,label\n" + "a" * 200_000 + ",b\n",
    "2,000 columns": ",".join(f"c{i}" for i in range(2_000)) + "\n" + "1," * 2_000 + "\n",
    "equal columns": "a," * 500 + "\n" + "1," * 500,
    "rows of different lengths": "text,label\n" + "".join("x," * (i % 50) + "\n" for i in range(2_000)),
    "separators of all kinds": "a;b,c\td|e\n" * 200,
    "no text": bytes(range(256)) * 40,
    "half an encoding": b"text,label\n\xff\xfe\xfa,\x81\n" * 10,
    "utf-16 that is cut off": "text,label\ngood,a\n".encode("utf-16")[:-1],
    "utf-32": "text,label\ngood,a\n".encode("utf-32"),
    "utf-7": b"+AHQAZQB4AHQ-,label\n",
    "half surrogate pairs": "text,label\n\ud800,\udfff\n" * 5,
    "right to left": "text,label\n\u202eabc,\u2066a\n" * 5,
    "formulas": 'text,label\n"=HYPERLINK(""http://elsewhere.example"")",+1\n@SUM(1),-2\n' * 5,
    "markup": "text,label\n![x](http://elsewhere.example/x.png),<img src=x onerror=alert(1)>\n" * 5,
    "braces": "text,label\n{0.__class__},{label}\n" * 5,
    "line separators": "text,label\na\u2028b\x85c\x0cd,e\n" * 5,
    "control characters": "text,label\n\x1b[2J\x07,\x00\n" * 5,
    "numbers": "text,label\n1e999,nan\n-inf,0x10\n" * 5,
    "a label that is a book": "text,label\n" + f"good,{'x' * 100_000}\nbad,b\n" * 2,
}  # fmt: skip
JSONL: dict[str, str] = {
    "arrays": "[1, 2]\n" * 100,
    "numbers": "7\n" * 100,
    "nulls": "null\n" * 100,
    "deep": "[" * 50_000 + "\n",
    "giant number": '{"text": ' + "9" * 50_000 + ', "label": "a"}\n',
    "half surrogate pairs": '{"text": "\\ud800", "label": "\\udfff"}\n' * 5,
    "NaN": '{"text": NaN, "label": Infinity}\n',
    "objects as values": '{"text": {"a": [1]}, "label": ["b"]}\n' * 5,
    "other keys in every line": "".join(json.dumps({f"k{i}": 1}) + "\n" for i in range(3_000)),
    "equal keys": '{"text": "a", "text": "b", "label": 1, "label": 2}\n' * 5,
    "not closed": '{"text": "a"\n' * 100,
}
TEXTS = ("sentiment", "translation", "question_answering")
SQUAD = {"data": [{"title": "t", "paragraphs": [{"context": "A tower.", "qas": [
    {"id": "1", "question": "What?", "answers": [{"text": "tower", "answer_start": 2}]}]}]}]}  # fmt: skip


def squad(**change: object) -> str:
    """A SQuAD file with one thing changed in its only question."""
    text = json.loads(json.dumps(SQUAD))
    text["data"][0]["paragraphs"][0]["qas"][0].update(change)
    return json.dumps(text)


ANSWERS: dict[str, object] = {
    "an offset of a million": [{"text": "tower", "answer_start": 10**6}],
    "a negative offset": [{"text": "tower", "answer_start": -5}],
    "an offset that is a text": [{"text": "tower", "answer_start": "two"}],
    "an offset that is true": [{"text": "tower", "answer_start": True}],
    "no offset": [{"text": "tower"}],
    "an empty answer": [{"text": "", "answer_start": 0}],
    "an answer that is a number": [{"text": 5, "answer_start": 0}],
    "answers that are an object": {"text": ["tower"], "answer_start": [2]},
    "answers that are a text": "tower",
    "answers that are null": None,
    "100,000 answers": [{"text": "tower", "answer_start": 2}] * 100_000,
}
OTHER: dict[str, object] = {
    "a list": [1, 2, 3], "a number": 7, "a text": "data", "data that is a text": {"data": "x"},
    "data of numbers": {"data": [1, 2]}, "paragraphs that are null": {"data": [{"paragraphs": None}]},
    "a context that is a list": {"data": [{"paragraphs": [{"context": ["a"], "qas": [{}]}]}]},
    "no questions": {"data": [{"paragraphs": [{"context": "a", "qas": []}]}]},
}  # fmt: skip

CASES: list[Case] = [
    *(case("table", name, "a.csv", content) for name, content in CSV.items()),
    *(case("sentiment", f"csv: {name}", "a.csv", content) for name, content in CSV.items()),
    *(case(app, f"csv: {name}", "a.csv", content, slow=True)
      for app in TEXTS[1:] for name, content in CSV.items()),
    *(case("table", f"jsonl: {name}", "a.jsonl", text) for name, text in JSONL.items()),
    *(case(app, f"jsonl: {name}", "a.jsonl", text, slow=app != "sentiment")
      for app in ("sentiment", "question_answering") for name, text in JSONL.items()),
    *(case("question_answering", f"squad: {name}", "a.json", squad(answers=value)) for name, value in ANSWERS.items()),
    *(case("question_answering", f"squad: {name}", "a.json", json.dumps(value)) for name, value in OTHER.items()),
    case("question_answering", "squad: a question that is a list", "a.json", squad(question=["What?"])),
    case("question_answering", "squad: a context of 5 MB", "a.json",
         lambda: json.dumps(SQUAD).replace("A tower.", "A tower. " * 600_000), slow=True),
    case("question_answering", "squad: 20,000 questions", "a.json", lambda: json.dumps(
        {"data": [{"paragraphs": [{"context": "A tower.", "qas": [
            {"id": str(i), "question": f"What {i}?", "answers": []} for i in range(20_000)]}]}]}), slow=True),
    case("table", "200,000 columns", "a.csv", lambda: ",".join(f"c{i}" for i in range(200_000)) + "\n1,2\n", slow=True),
    case("sentiment", "csv: 200,000 columns", "a.csv", lambda: ",".join(f"c{i}" for i in range(200_000)) + "\n1,2\n", slow=True),
    case("table", "a line of 100 MB", "a.csv", lambda: b"text,label\n" + b"a" * 100_000_000, slow=True),
    case("table to learn from", "1,000,000 rows", "a.csv", lambda: b"text,label\n" + b"a,b\n" * 1_000_000, slow=True),
    case("sentiment", "jsonl: 20,000 keys", "a.jsonl",
         lambda: "".join(json.dumps({f"k{i}": "x", "text": f"t{i}", "label": "a"}) + "\n" for i in range(20_000)), slow=True),
    case("table", "workbook that is a bomb", "a.xlsx", lambda: packed({"xl/worksheets/sheet1.xml": bytes(200_000_000)}), slow=True),
    case("table", "workbook that is no zip", "a.xlsx", b"PK\3\4"),
]  # fmt: skip
