"""Every failure a user can cause, as one tree. Each page, command and API turns it into words once.

PortalError
├── UsageError            the call itself is wrong: unknown task, model, option or value
├── InputError            what the user gave cannot be used
│   ├── ImageError        an image is broken, too large, or not an image
│   │   └── SkippedError  a file in a folder of images is none, which is no failure
│   ├── VideoError        a video has no readable frames, or too many
│   ├── TextError         a text is empty, too long, or not text
│   ├── DocumentError     a text, CSV, PDF or Word file cannot be read
│   ├── ArchiveError      a zip file is broken, too large, or reaches outside its folder
│   └── DataSetError      a data set is missing, empty, or has nothing to learn from
├── WeightsError          the files of a model
│   ├── NotReadyError     they are not on this computer yet
│   ├── OfflineError      the place they come from cannot be reached
│   ├── DownloadError     the transfer failed
│   └── IntegrityError    a file is not the one that was published
├── ResourceError         this computer cannot do it now
│   ├── MemoryBudgetError the model, or what is read, does not fit into the memory allowed
│   ├── TimeLimitError    the prediction, or the reading, took longer than the limit
│   ├── DeviceError       the requested device is not there
│   ├── DiskError         a file or folder cannot be read or written: read-only, not allowed, failing
│   │   └── DiskFullError there is no room left to write
│   └── TrainingError     the training cannot go on
│       └── DivergedError its loss is no longer a number
├── JobError              there is no such job, or it is not in a state for that
└── CancelledError        somebody pressed Cancel
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.plain import Json, Row


def N_(text: str) -> str:  # noqa: N802 (gettext spells it so)
    """Mark `text` for translation; the page translates it, `core` speaks English."""
    return text


LONGEST_WORD = 2_000
"""Characters of a value in a message; a name from outside may have any number of them."""


def sayable(value: object) -> object:
    """A value as a message can hold it: no lone surrogates, which no output encodes, and not endless."""
    if not isinstance(value, str):
        return value
    text = value if len(value) <= LONGEST_WORD else value[:LONGEST_WORD] + "…"
    return text.encode("utf-8", "replace").decode("utf-8")


class PortalError(Exception):
    """A failure with a stable `code` and a message that says what was wrong and what to do.

    `template` is the untranslated message with `{names}`; `values` fills them in, so that a page
    can translate the template first.
    """

    code = "error"

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = {name: sayable(value) for name, value in values.items()}
        super().__init__(template.format(**self.values) if values else template)

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "message": str(self)}


@dataclass(frozen=True)
class Failure:
    """A failure as plain data, for a job's row or another process: what `PortalError` holds. `values`
    that are neither numbers nor text become text, so that any of them can be stored."""

    code: str
    template: str
    values: Row = field(default_factory=dict)

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """What went wrong. Of an error that is not ours the message is its type and its own words."""
        if not isinstance(error, PortalError):
            return cls("unexpected", "{why}", {"why": f"{type(error).__name__}: {error}"})
        return cls(error.code, error.template, {k: _plain(v) for k, v in error.values.items()})

    def __str__(self) -> str:
        return self.template.format(**self.values) if self.values else self.template

    def to_json(self) -> Row:
        return {"code": self.code, "template": self.template, "values": dict(self.values)}

    @classmethod
    def from_json(cls, row: Mapping[str, Json]) -> Failure:
        """What `to_json` wrote; a row that lacks something gives what it has."""
        values = row.get("values")
        return cls(
            str(row.get("code", "error")),
            str(row.get("template", "")),
            dict(values) if isinstance(values, dict) else {},
        )


def kind_of(code: str) -> type[PortalError]:
    """The class of errors with this code; PortalError itself for a code that is none of ours."""
    kinds = [PortalError]
    for kind in kinds:
        if kind.code == code:
            return kind
        kinds += kind.__subclasses__()
    return PortalError


def _plain(value: object) -> Json:
    return value if isinstance(value, int | float | str) else str(value)


class UsageError(PortalError):
    code = "usage"


class InputError(PortalError):
    code = "input"


class ImageError(InputError):
    code = "image"


class SkippedError(ImageError):
    """A file beside images was passed over: told, but no failure."""

    code = "skipped"


class VideoError(InputError):
    code = "video"


class TextError(InputError):
    code = "text"


class DocumentError(InputError):
    code = "document"


class ArchiveError(InputError):
    code = "archive"


class DataSetError(InputError):
    code = "data"


class WeightsError(PortalError):
    code = "weights"


class NotReadyError(WeightsError):
    code = "not_ready"


class OfflineError(WeightsError):
    code = "offline"


class DownloadError(WeightsError):
    code = "download"


class IntegrityError(WeightsError):
    code = "integrity"


class ResourceError(PortalError):
    code = "resource"


class MemoryBudgetError(ResourceError):
    code = "memory"


class TimeLimitError(ResourceError):
    code = "time_limit"


class DeviceError(ResourceError):
    code = "device"


class DiskError(ResourceError):
    code = "disk"


class DiskFullError(DiskError):
    code = "disk_full"


class TrainingError(ResourceError):
    code = "training"


class DivergedError(TrainingError):
    code = "diverged"


class JobError(PortalError):
    code = "job"


class CancelledError(PortalError):
    code = "cancelled"
