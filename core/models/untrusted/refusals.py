"""What is said of a file that is not taken."""

from __future__ import annotations

from pydantic import ValidationError

from core.errors import N_, ArchiveError, PortalError
from core.rules import broken

SHOWN = 80
"""Characters of a foreign value that are repeated in a message."""


def beyond(file: str, what: str, value: object, limit: object) -> ArchiveError:
    """A number of `file` is larger than what is taken."""
    return ArchiveError(
        N_("{file} says {what} = {value}; at most {limit} is taken."),
        file=file,
        what=what,
        value=str(value)[:SHOWN],
        limit=limit,
    )


def unknown(file: str, what: str, value: object) -> ArchiveError:
    """A value of `file` is none of those that are known here."""
    return ArchiveError(
        N_("{file} says {what} = “{value}”, which is not known here."),
        file=file,
        what=what,
        value=str(value)[:SHOWN],
    )


def unfit(file: str, why: PortalError | str) -> ArchiveError:
    """`file` is not what it has to be."""
    return ArchiveError(N_("{file} does not fit the model: {why}."), file=file, why=why)


def invalid(file: str, error: ValidationError) -> ArchiveError:
    """The first rule that the values of `file` break."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return ArchiveError(
        N_("{file} cannot be used: {field}: {rule}."),
        file=file,
        field=where[:SHOWN] or "–",
        rule=broken(first),
    )
