"""Heavy imports in the background after the first page is out, so that the first click is quick."""

from __future__ import annotations

import gc
import threading
import time
from importlib import import_module

import streamlit as st

from core import device, workers
from core.device import Device
from core.errors import PortalError
from core.imports import tried_twice
from core.models import catalog, weights
from pages._ui.kit import errors, text
from pages._ui.kit.i18n import _

PICTURES = ("torchvision", "timm")
LANGUAGE = ("transformers",)
PAUSE = 3.0
"""Seconds between the two, in which the first page's example is answered: threads share one lock on
Python code, so an import beside a model that is being built makes both slow."""


class _Warmth:
    """`device` is known when torch is imported; `error` when the configured one is not there."""

    def __init__(self) -> None:
        self.device: Device | None = None
        self.error: PortalError | None = None
        self.known = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        # probes the hosts, so that no page has to; it mostly waits, so it costs the imports nothing
        threading.Thread(target=weights.states, args=(catalog.entries(),), daemon=True).start()
        gc.disable()  # collections during the imports take a quarter of their time and find nothing
        try:
            self._look()
            for module in PICTURES:
                _import(module)
            time.sleep(PAUSE)
            for module in LANGUAGE:
                _import(module)
        finally:
            gc.enable()
            gc.collect()
            gc.freeze()  # modules never die: else every collection walks through all of torch
        workers.shared.warm()  # they import for themselves: after those who wait here

    def _look(self) -> None:
        """Find the device, which imports torch."""
        try:
            self.device = device.choose()
        except PortalError as error:
            self.error = error
        self.known.set()


def _import(module: str) -> None:
    tried_twice(lambda: import_module(module))


@st.cache_resource(show_spinner=False)
def start() -> _Warmth:
    return _Warmth()


def device_badge() -> None:
    """Which device will run the models, and why."""
    warmth = start()
    if not warmth.known.is_set():
        _wait()
    elif warmth.error:
        errors.show(warmth.error)
    elif warmth.device:
        reason = _(warmth.device.reason).format(detail=warmth.device.detail)
        st.caption(
            _("Device: **{name}** ({reason})").format(
                name=text.plain(warmth.device.name), reason=text.plain(reason)
            )
        )


@st.fragment(run_every=1.0)
def _wait() -> None:
    if start().known.is_set():
        st.rerun()
    st.caption(_("Looking for a GPU …"))
