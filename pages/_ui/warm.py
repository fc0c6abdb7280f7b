"""Heavy imports in the background after the first page is out, so that the first click is quick."""

from __future__ import annotations

import threading
from importlib import import_module

import streamlit as st

from core import catalog, device, weights
from core.device import Device
from core.errors import PortalError
from pages._ui import errors
from pages._ui.i18n import _

MODULES = ("torch", "torchvision", "timm", "transformers")


class _Warmth:
    """`device` is known when torch is imported; `error` when the configured one is not there."""

    def __init__(self) -> None:
        self.device: Device | None = None
        self.error: PortalError | None = None
        self.known = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        import gc

        try:
            self.device = device.choose()
        except PortalError as error:
            self.error = error
        self.known.set()
        weights.states(catalog.entries())  # probes the hosts, so that no page has to
        for module in MODULES:
            import_module(module)
        gc.collect()
        gc.freeze()  # modules never die: without this every collection walks through all of torch


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
            _("Device: **{name}** ({reason})").format(name=warmth.device.name, reason=reason)
        )


@st.fragment(run_every=1.0)
def _wait() -> None:
    if start().known.is_set():
        st.rerun()
    st.caption(_("Looking for a GPU …"))
