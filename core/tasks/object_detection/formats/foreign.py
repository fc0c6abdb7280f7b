"""Formats that are recognised but not read, and files that belong to none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_
from core.plain import Json

OTHERS: dict[frozenset[str], str] = {
    frozenset({"shapes", "imagePath"}): "LabelMe",
    frozenset({"_via_img_metadata"}): "VGG Image Annotator",
    frozenset({"objects", "size"}): "Supervisely",
    frozenset({"items", "categories"}): "Datumaro",
    frozenset({"asset", "regions"}): "VoTT",
    frozenset({"image", "annotations"}): "CreateML",
    frozenset({"data", "annotations"}): "Label Studio JSON",
    frozenset({"image_id", "bbox"}): "COCO results",
}
"""What other formats are called, by keys of theirs."""
SILENT = (".md", ".html", ".py", ".ipynb", ".cache", ".pt", ".onnx", ".ini", ".log", "")
"""Endings of files that hold no data of a set of images."""


def name(draft: Draft, member: str, said: Json) -> None:
    """Tell that a JSON file is not read, and what it looks like."""
    first = said[0] if isinstance(said, list) and said else said
    keys = set(first) if isinstance(first, dict) else set()
    known = next((name for marks, name in OTHERS.items() if marks <= keys), "")
    if known:
        tell(draft, member, known)
    else:
        draft.trouble(
            "no_coco",
            N_("{origin} is no COCO file (images, annotations, categories); it is not read."),
            origin=member,
        )


def tell(draft: Draft, member: str, known: str) -> None:
    """Tell that a file is of a format that is not read."""
    draft.trouble(
        "other_format",
        N_(
            "{origin} looks like {format}, which is not read. Export it as YOLO, COCO or Pascal VOC."
        ),
        origin=member,
        format=known,
    )


def not_read(draft: Draft, paths: Iterable[PurePosixPath]) -> None:
    """Tell which files of an archive nothing reads, by their endings."""
    by_suffix: dict[str, list[PurePosixPath]] = {}
    for path in paths:
        by_suffix.setdefault(path.suffix.lower(), []).append(path)
    for suffix, some in by_suffix.items():
        if suffix not in SILENT:
            draft.trouble(
                "not_read",
                N_("{count} files ending in {suffix} are not read, such as {origin}."),
                count=len(some),
                suffix=suffix,
                origin=str(some[0]),
            )
