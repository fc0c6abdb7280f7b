from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field, field_validator

from core.errors import PortalError, UsageError
from core.serving.options import Options, parse


class Knobs(Options):
    count: int = Field(1, ge=1, le=9)
    share: float = Field(0.5, gt=0, lt=1)
    kind: Literal["a", "b", "c"] = "a"
    each: bool = True
    word: str = Field("x", pattern="x+")
    even: int = 2

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("an even number is needed")
        return value


def refusal(**values: object) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(Knobs, values)
    return caught.value


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("count", 0, "it has to be at least 1"),
        ("count", 10, "it has to be at most 9"),
        ("count", "many", "it has to be a whole number"),
        ("count", 1.5, "it has to be a whole number"),
        ("share", 0, "it has to be more than 0.0"),
        ("share", 1, "it has to be less than 1.0"),
        ("share", "half", "it has to be a number"),
        ("kind", "d", "it has to be one of 'a', 'b', 'c'"),
        ("each", "perhaps", "it has to be true or false"),
        ("speed", 3, "there is no such option"),
        ("even", 3, "an even number is needed"),
    ],
)
def test_a_refused_option_says_the_rule(name, value, rule):
    assert str(refusal(**{name: value})) == f"The option {name} cannot be {value!r}: {rule}."


def test_the_rule_is_a_message_that_a_page_can_translate():
    rule = refusal(count=0).values["rule"]
    assert isinstance(rule, PortalError)
    assert rule.template == "it has to be at least {ge}"


def test_a_rule_we_have_no_words_for_comes_in_pydantics_words():
    assert "should match pattern" in str(refusal(word="y"))
