"""What of the portal gets the hostile inputs, as a visitor's upload would reach it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from io import BytesIO

from core import tasks
from core.data import datasets
from core.data.drafts import Draft
from core.inputs import archives, documents, images, structured, tables, texts, video
from core.tasks import exports


def image(name: str, data: bytes) -> None:
    images.as_text(images.decode(data, name))


def archive(name: str, data: bytes) -> None:
    with archives.opened(BytesIO(data), name) as opened:
        for member in opened.names:
            opened.read(member)


def frames(name: str, data: bytes) -> None:
    for _ in video.frames(data, name):
        pass


def json_(name: str, data: bytes) -> None:
    json.dumps(structured.from_json(data.decode("utf-8", "surrogatepass"), name)).encode()


def yaml(name: str, data: bytes) -> None:
    json.dumps(structured.from_yaml(data.decode("utf-8", "surrogatepass"), name)).encode()


def xml(name: str, data: bytes) -> None:
    structured.from_xml(data, name)


def data_set(application: str, name: str, data: bytes) -> None:
    """Read, said, and stored."""
    draft = tasks.find(application).stored().read(BytesIO(data), name)
    _say(draft)
    if draft.samples:
        datasets.add(application, name, draft)


def aligned(name: str, data: bytes) -> None:
    _say(
        tasks.find("translation")
        .stored()
        .read_aligned((name, data), ("other.txt", b"Hello.\nYes.\n"))
    )


def classes(name: str, data: bytes) -> None:
    _say(
        tasks.find("image_classification")
        .stored()
        .read_classes({name: [("a.png", data)], "b": [(name, data)]})
    )


def model(name: str, data: bytes) -> None:
    exports.read_in(BytesIO(data), name)


def _say(draft: Draft) -> None:
    """All that a page and the command line print of a draft."""
    for one in (*draft.problems, *draft.assumptions):
        json.dumps(one.as_json(), ensure_ascii=False).encode()
    draft.why().encode()


ENTRIES: dict[str, Callable[[str, bytes], object]] = {
    "archive": archive,
    "image": image,
    "document": lambda name, data: documents.read(data, name),
    "table": lambda name, data: tables.read(data, name),
    "table to learn from": lambda name, data: tables.read(data, name, to_learn=True),
    "text": lambda name, data: texts.decode(data, name).encode(),
    "video": frames,
    "json": json_,
    "yaml": yaml,
    "xml": xml,
    "aligned": aligned,
    "classes": classes,
    "model": model,
    **{name: partial(data_set, name) for name in tasks.names() if tasks.find(name).data},
}
