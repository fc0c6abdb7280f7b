"""What pydantic found wrong with a value, in our own words, so that they can be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import N_, PortalError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NUMBER = N_("it has to be a number")
WHOLE = N_("it has to be a whole number")
SWITCH = N_("it has to be true or false")
TEXT = N_("it has to be text")
SEVERAL = N_("it has to be a list")
RULES = {
    "greater_than": N_("it has to be more than {gt}"),
    "greater_than_equal": N_("it has to be at least {ge}"),
    "less_than": N_("it has to be less than {lt}"),
    "less_than_equal": N_("it has to be at most {le}"),
    "multiple_of": N_("it has to be a multiple of {multiple_of}"),
    "literal_error": N_("it has to be one of {expected}"),
    "extra_forbidden": N_("there is no such option"),
    "missing": N_("it is missing"),
    "finite_number": NUMBER,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "int_type": WHOLE,
    "bool_parsing": SWITCH,
    "bool_type": SWITCH,
    "string_type": TEXT,
    "list_type": SEVERAL,
    "tuple_type": SEVERAL,
}
"""{pydantic's error type: our sentence, filled in from the error's context}."""


def broken(first: ErrorDetails) -> PortalError | str:
    """The rule that a value breaks. One of a validator of ours comes as the validator's own words."""
    context = dict(first.get("ctx", {}))
    if first["type"] == "value_error":
        return str(context["error"])
    if first["type"] not in RULES:
        return first["msg"]
    if "expected" in context:  # pydantic writes "'a', 'b' or 'c'"
        context["expected"] = context["expected"].replace(" or ", ", ")
    return PortalError(RULES[first["type"]], **context)
