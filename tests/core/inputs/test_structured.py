"""JSON, YAML and XML from outside: a value, or a DocumentError."""

import pytest

from core.errors import DocumentError
from core.inputs import structured


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "1e999", "9" * 5_000, '{"a": NaN}', "", "{'a': 1}", '"' + "\\" * 99]
)
def test_json_that_cannot_be_held_is_refused(text):
    with pytest.raises(DocumentError, match="JSON"):
        structured.from_json(text, "a.json")


def test_brackets_in_strings_are_no_depth():
    assert structured.from_json('["' + "[" * 1000 + '"]', "a.json") == ["[" * 1000]


def test_a_lone_surrogate_becomes_one_replacement_character():
    assert structured.from_json('"a\\ud800b"', "a.json") == "a\ufffdb"


def test_yaml_scalars_stay_the_text_they_are():
    assert structured.from_yaml("a: [yes, 007, 1.0, null]", "a.yaml") == {
        "a": ["yes", "007", "1.0", "null"]
    }


@pytest.mark.parametrize("text", ["a: &x [1]\nb: *x", "[" * 1000, "a: [", "\x00"])
def test_yaml_that_cannot_be_held_is_refused(text):
    with pytest.raises(DocumentError, match="YAML"):
        structured.from_yaml(text, "a.yaml")


@pytest.mark.parametrize(
    "data",
    [b"", b"<a>", b"<a>" * 100 + b"</a>" * 100, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
)
def test_xml_that_cannot_be_held_is_refused(data):
    with pytest.raises(DocumentError, match="XML"):
        structured.from_xml(data, "a.xml")
