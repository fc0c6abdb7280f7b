"""Asking the models from a page, and what stands around every answer: model, device, time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core import tasks
from core.errors import PortalError
from core.models import catalog, weights
from core.serving.options import Options
from core.serving.predictor import Result
from core.tasks.application import Application
from pages._ui.kit import background, errors, text
from pages._ui.kit.i18n import _


def answers(
    task: Application,
    model: str,
    inputs: Sequence[Any],
    digests: Sequence[str],
    options: Options,
    *,
    name: str = "predict",
    shared: bool = False,
) -> list[Result | PortalError] | None:
    """A result or error per input; None while the model works (a bar is shown) or when it failed.

    `digests` identify the inputs. The answer is kept until inputs, weights or options change.
    """
    fingerprint = fingerprint_of(task, model, digests, options)
    predict = partial(tasks.predict, task.name, inputs, options, model=model or None)
    return background.run(name, fingerprint, predict, shared=shared)


def fingerprint_of(task: Application, model: str, digests: Sequence[str], options: Options) -> str:
    """What an answer depends on: model, its files, inputs and options."""
    chosen = [catalog.find(model)] if model else catalog.entries(task.name)
    files = [weights.manifest(w).get("files") for entry in chosen for w in entry.weights]
    key = json.dumps([task.name, model, list(digests), options.model_dump(mode="json"), files])
    return hashlib.sha256(key.encode()).hexdigest()


def good(results: Sequence[Result | PortalError]) -> list[Any]:
    """The results; errors among them are shown."""
    for result in results:
        if isinstance(result, PortalError):
            errors.show(result)
    return [result for result in results if not isinstance(result, PortalError)]


def made_by(result: Result) -> None:
    """Which weights answered, where, and how long each phase took."""
    timing = result.timing
    st.caption(
        _(
            "**{model}** on {device} · {total:.0f} ms = preprocess {pre:.0f} + forward {forward:.0f} + postprocess {post:.0f}"
        ).format(
            model=text.plain(_(catalog.find(result.model).title)),
            device=text.plain(result.device),
            total=timing.total,
            pre=timing.preprocess,
            forward=timing.forward,
            post=timing.postprocess,
        )
    )


def withhold_stale() -> None:
    """While a page is drawn anew, what is left of the answer before cannot be downloaded: it may belong
    to another input."""
    st.html("<style>[data-stale=true] [data-testid=stDownloadButton]{pointer-events:none}</style>")


def download(
    label: str, data: str | bytes | Callable[[], bytes], file_name: str, mime: str
) -> None:
    """A download button that does not run the page again. CSV gets the mark that Excel needs.

    A function is called only when the button is pressed.
    """
    if mime == "text/csv" and isinstance(data, str):
        data = data.encode("utf-8-sig")
    st.download_button(
        "💾 " + label, data, file_name, mime, key=f"download {file_name}", on_click="ignore"
    )


def as_json(results: Sequence[Result], labels: Sequence[str]) -> str:
    """The results as the command line prints them, one JSON object per line."""
    rows = [{"input": n} | r.as_json() for n, r in zip(labels, results, strict=True)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
