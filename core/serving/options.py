"""Options of a prediction or a training: one field is the slider, the command-line flag and the validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import N_, UsageError
from core.rules import broken

O = TypeVar("O", bound="Options")  # noqa: E741 (the options of one application)


class Options(BaseModel):
    """Base of every application's options.

    A field carries default, bounds (`ge`, `le`), `title`, `description` and, in
    `json_schema_extra`, its slider `step`. The form, the CLI flags and the validation all read
    them here, so titles and descriptions are marked with `N_`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


def parse(model: type[O], values: Mapping[str, object]) -> O:
    """Validated options of the given kind.

    Raises:
        UsageError: a value is unknown or out of range; names the option, the value and the rule.
    """
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        raise UsageError(
            N_("The option {name} cannot be {value!r}: {rule}."),
            name=name,
            value=first.get("input"),
            rule=broken(first),
        ) from error
