"""Entry of the portal: `streamlit run app.py`. The pages start in pages/main.py.

Routes beside the pages: what the AGPL promises every visitor, the licence and the source that is running;
and the sample photographs, which browsers keep.
"""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.data import samples
from core.data.samples import Sample
from core.imports import quiet_libraries
from core.inputs import images
from pages._ui.kit.headers import SafeHeaders

ROOT = Path(__file__).parent
PARTS = (
    "app.py",
    "core",
    "pages",
    "tests",
    ".streamlit",
    ".ci",
    "Makefile",
    "LICENSE",
    "README.md",
)
PARTS += ("CHANGELOG.md", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "scripts")


def licence(request: Request) -> PlainTextResponse:
    return PlainTextResponse((ROOT / "LICENSE").read_text("utf-8"))


def source(request: Request) -> Response:
    """The running source as a zip file; no settings, uploads or weights are in these folders."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for part in PARTS:
            for path in [ROOT / part, *sorted((ROOT / part).rglob("*"))]:
                if (
                    path.is_file()
                    and "__pycache__" not in path.parts
                    and path.name != "secrets.toml"
                ):
                    bundle.write(path, path.relative_to(ROOT))
    headers = {"Content-Disposition": "attachment; filename=deep-learning-portal.zip"}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)


def example(request: Request) -> Response:
    """A sample photograph, small enough for a button."""
    sample = samples.find(request.path_params["name"])
    if sample is None:
        return Response(status_code=404)
    headers = {"Cache-Control": "max-age=86400"}
    return Response(_small(sample), media_type="image/jpeg", headers=headers)


@cache
def _small(sample: Sample) -> bytes:
    image = images.decode(sample.path.read_bytes(), sample.file.name)
    return images.jpeg(images.thumbnail(image, (208, 156)))


quiet_libraries()
app = st.App(
    "pages/main.py",
    routes=[
        Route("/licence", licence),
        Route("/source.zip", source),
        Route("/examples/{name}", example),
    ],
    middleware=[Middleware(SafeHeaders)],
)
