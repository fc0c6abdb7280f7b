"""What visitors give: decoded and checked here, once, and kept only in their own session."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar

import streamlit as st
from PIL import Image

from core.data import samples
from core.data.samples import Sample
from core.errors import N_, CancelledError, ImageError, PortalError
from core.inputs import images
from core.inputs.reading import Reading
from core.models.weights import State
from core.progress import Progress
from core.settings import settings
from core.workers import reading
from pages._ui.kit import background, errors, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.models import fetching
from pages._ui.predict import notes

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class GivenImage:
    """A decoded image. `digest` identifies its bytes; an example's answers may be shared."""

    name: str
    image: Image.Image
    digest: str
    example: bool = False
    notes: Reading = field(default_factory=Reading)

    @cached_property
    def preview(self) -> bytes:
        """The image as a JPEG of at most 1,000 pixels a side, encoded once."""
        small = self.image.copy()
        small.thumbnail((1000, 1000))
        return images.jpeg(small)


class Read(Protocol[T_co]):
    """A function of `core.workers.reading` for one upload."""

    def __call__(
        self, name: str, content: bytes | memoryview, /, *, owner: str, progress: Progress
    ) -> T_co: ...


def decoded(upload: Any, read: Read[T], kind: str) -> T | PortalError | None:
    """What `read` finds in an uploaded file, or why it is refused; see `all_decoded`."""
    found = all_decoded([upload], read, kind)
    return found[0] if found else None


def all_decoded(uploads: Sequence[Any], read: Read[T], kind: str) -> list[T | PortalError] | None:
    """What `read` finds in each of the uploaded files, or why it is refused; None while a worker reads them (a bar is
    shown). Each is read once; `kind` says as what. Files that were taken away again are forgotten."""
    known = session.decoded
    there = {one.file_id: one for one in uploads}
    for old in [key for key in known if key[0] == kind and key[1] not in there]:
        del known[old]
    new = [one for one in there.values() if (kind, one.file_id) not in known]
    if new:
        name, owner = f"decode {kind}", background.visitor()

        def work(progress: Progress) -> bool:
            for i, one in enumerate(new):
                progress.step(i, len(new), N_("Reading"))
                known[kind, one.file_id] = _attempt(read, one, owner, progress)
            return True

        if not background.run(name, " ".join(one.file_id for one in new), work, stays=False):
            return None
        background.drop(name)
    return [known[kind, one.file_id] for one in uploads]


def _attempt(read: Read[T], upload: Any, owner: str, progress: Progress) -> T | PortalError:
    try:
        return read(upload.name, upload.getbuffer(), owner=owner, progress=progress)
    except CancelledError:
        raise
    except PortalError as error:
        return error


def _image(name: str, content: bytes | memoryview, *, owner: str, progress: Progress) -> GivenImage:
    image, noted = reading.image(name, content, owner=owner, progress=progress)
    return GivenImage(name, image, hashlib.sha256(content).hexdigest(), notes=noted)


def given_images(examples: Sequence[Sample]) -> list[GivenImage] | None:
    """Uploader, camera and example gallery; the images to look at now, None while they are read.

    Files that cannot be used are named with the reason, the others go on. The first example is
    taken when nothing was given.
    """
    upload_tab, camera_tab = st.tabs(["📁 " + _("Upload"), "📷 " + _("Camera")])
    with upload_tab:
        uploads = st.file_uploader(
            _("Images (JPEG, PNG, WebP, BMP, GIF, TIFF), several at once"),
            type=[suffix[1:] for suffix in images.SUFFIXES],
            accept_multiple_files=True,
            key=f"pictures {session.uploads}",
        )
    with camera_tab:
        uploads = list(uploads or []) + _camera()
    if len(uploads) > settings().images:
        errors.show(
            ImageError(
                N_(
                    "{count} images are more than the limit of {limit} (PORTAL_IMAGES); the first ones are used."
                ),
                count=len(uploads),
                limit=settings().images,
            )
        )
    good = []
    found = all_decoded(uploads[: settings().images], _image, "image")
    for image in found or []:
        if isinstance(image, PortalError):
            errors.show(image)
        else:
            notes.show(image.notes)
            good.append(image)
    example = gallery(examples, own=bool(uploads))
    if found is None:
        return None
    return good or ([example] if example else [])


def _camera() -> list[Any]:
    """A photograph from the camera, which is switched on only when asked for."""
    if not st.toggle(_("Switch the camera on"), key="camera on"):
        return []
    shot = st.camera_input(_("Take a photo"), key="camera", label_visibility="collapsed")
    return [shot] if shot else []


def gallery(examples: Sequence[Sample], *, own: bool) -> GivenImage | None:
    """A row of photographs to click; the chosen one, at first the first. None until fetched,
    and with `own` images of the visitor: then no example is marked or named."""
    ready = samples.ready(*examples)
    if not ready:
        st.caption(_("Example photographs"))
        fetching.offer([samples.PHOTOGRAPHS], State("downloadable"), key="samples")
        return None
    names = [sample.file.name for sample in ready]
    titles = [_(sample.title) for sample in ready]
    sample = ready[choose_example(names, titles, own=own, photographs=True)]
    if own:
        return None
    licence = sample.licence
    terms = text.link(_(licence.name), licence.url)
    st.caption(
        _("Example: {title}. Photograph: {credit} ({licence})").format(
            title=_(sample.title), credit=sample.credit, licence=terms
        )
    )
    return _example(str(sample.path))


def choose_example(
    names: Sequence[str], titles: Sequence[str], *, own: bool = False, photographs: bool = False
) -> int:
    """Examples side by side, a button each; the index of the one clicked last, which is marked unless
    something of the visitor's `own` is looked at. With `photographs`, the names are those of sample
    photographs, and each button shows its own."""
    st.caption(_("Or click an example"))
    chosen = session.example
    index = list(names).index(chosen) if chosen in names else 0
    if photographs:
        st.html(_photographs(names))
    with st.container(horizontal=True, gap="small"):
        for i, name in enumerate(names):
            kind = "primary" if i == index and not own else "secondary"
            width = 90 if photographs else "content"
            if st.button(titles[i], key=f"example {name}", type=kind, width=width):
                session.example = name
                # a new key empties the uploader: what was clicked last is what counts
                session.uploads += 1
                st.rerun()
    return index


def _photographs(names: Sequence[str]) -> str:
    """Style that puts photographs on the buttons of `choose_example`. They come by an address of their
    own (see app.py), so that the browser fetches each once and a rerun sends none."""
    rules = [
        f".st-key-example-{re.sub(r'[^a-zA-Z0-9_-]', '-', name)} button::before"
        f"{{background-image:url('./examples/{name}')}}"
        for name in names
    ]
    buttons = "[class*='st-key-example-'] button"
    return (
        f"<style>{buttons}{{flex-direction:column;gap:.25rem;padding:.3rem;height:auto}}"
        f"{buttons}::before{{content:'';width:100%;aspect-ratio:4/3;border-radius:.4rem;"
        f"background:center/cover no-repeat}}{''.join(rules)}</style>"
    )


@lru_cache(maxsize=32)
def _example(path: str) -> GivenImage:
    with open(path, "rb") as file:
        data = file.read()
    return GivenImage(
        path.rpartition("/")[2], images.decode(data, path), hashlib.sha256(data).hexdigest(), True
    )
