"""Work that may take longer than a moment: runs in a thread, shows progress, can be cancelled.

The thread calls no Streamlit function. The page looks in on it and, when it is done, runs again.
Quick answers appear at once; slow ones show a bar after `PATIENCE` seconds.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.imports import tried_twice
from core.progress import Progress
from core.serving import memory
from core.settings import settings
from pages._ui.kit import errors
from pages._ui.kit.i18n import _
from pages._ui.kit.state import Kept

T = TypeVar("T")
PATIENCE = 0.6
"""Seconds that a page waits for a quick answer, before it draws a bar."""
POLL = 0.4
KEPT = 256
"""Finished shared answers that are remembered, such as those for the examples."""
KEPT_BYTES = 64_000_000
"""What these may hold together."""
AWAY_S = 10.0
"""Seconds that a visitor may be disconnected before their work ends: networks fail for a moment."""


class _OfVisit(Progress):
    """Of work that ends when its visitor has gone."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__(seconds=seconds)
        self._session = visitor()
        self._seen = time.monotonic()

    def check(self) -> None:
        if not runtime.exists() or runtime.get_instance().is_active_session(self._session):
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > AWAY_S:
            self.cancelled.set()
        super().check()


class Work(threading.Thread):
    """One call `function(progress)` in a thread of its own. `fingerprint` says what it was asked to do; `unfinished`
    are the latest images on the way to the result, from models that have them. `asked` is the run of the visit that
    asked for it last."""

    def __init__(
        self, fingerprint: str, function: Callable[[Progress], Any], progress: Progress
    ) -> None:
        super().__init__(daemon=True)
        self.asked = 0
        self.stays = True
        self.fingerprint = fingerprint
        self.function = function
        self.progress = progress
        self.state: tuple[float, float | None, str] = (0.0, None, "")
        self.unfinished: Any = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Event()
        progress.report = lambda *state: setattr(self, "state", state)
        progress.preview = lambda shown: setattr(self, "unfinished", shown)

    @cached_property
    def nbytes(self) -> int:
        """About what the result holds."""
        return memory.size_of(self.result)

    def run(self) -> None:
        try:
            self.result = tried_twice(self.function, self.progress)
        except BaseException as error:
            self.error = error
        finally:
            del self.function  # it holds what it was given, such as an upload
            self.done.set()


class _Visit:
    """What is remembered of a visit for background work."""

    works: Kept[dict[str, Work]] = Kept(dict)
    """This visitor's, by name."""
    run: Kept[int] = Kept(int)
    """How often the whole page has run."""


_visit = _Visit()


def run(
    name: str,
    fingerprint: str,
    function: Callable[[Progress], T],
    *,
    shared: bool = False,
    limited: bool = True,
    stays: bool = True,
) -> T | None:
    """The result of `function(progress)`, or None while it runs or when it failed (both are shown).

    It runs once for each `fingerprint`. A visitor's older work of the same `name` is cancelled:
    moved sliders never queue up. `shared` work (an example's answer, a download) belongs to all
    visitors and is kept; what a visitor gave stays in their own session, and ends with their visit. `limited` work
    has to end within PORTAL_TIME_LIMIT_S. What `stays` goes on, and its result stays, while the visitor looks at another
    page; the rest ends with the first run of the page that does not ask for it.
    """
    works = _shared() if shared else _visit.works
    key = f"{name} {fingerprint}" if shared else name
    work = works.get(key)
    if work is None or work.fingerprint != fingerprint:
        if work is not None:
            work.progress.cancelled.set()
        seconds = settings().time_limit_s if limited else None
        progress = Progress(seconds=seconds) if shared else _OfVisit(seconds)
        work = works[key] = Work(fingerprint, function, progress)
        work.stays = stays
        work.start()
    work.asked = _visit.run
    if not work.done.wait(PATIENCE):
        _watch(key, shared)
        return None
    if work.error is not None:
        if shared:  # one visitor's failure or cancel is not the next one's answer
            works.pop(key, None)
        _failed(works, key, work.error)
        return None
    return work.result


def visitor() -> str:
    """Who the work is for: the id of the session, "" outside of one."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def begin() -> None:
    """The whole page starts to run."""
    _visit.run += 1


def end() -> None:
    """The whole page has run: what it did not ask for again and does not stay is ended and forgotten, for the visitor
    has left it or has chosen otherwise."""
    works, run = _visit.works, _visit.run
    for name in [name for name, one in works.items() if not one.stays and one.asked != run]:
        works.pop(name).progress.cancelled.set()


def running(name: str, fingerprint: str) -> bool:
    """Whether shared work of this name is under way, for any visitor."""
    work = _shared().get(f"{name} {fingerprint}")
    return work is not None and not work.done.is_set()


def forget(name: str, fingerprint: str) -> None:
    """Drop finished shared work, so that it can be started anew."""
    _shared().pop(f"{name} {fingerprint}", None)


def drop(name: str) -> None:
    """Forget what this visitor's work of this name gave: asked again, it is done again."""
    _visit.works.pop(name, None)


@st.fragment(run_every=POLL)
def _watch(key: str, shared: bool) -> None:
    """The bar and the Cancel button of work under way."""
    work = (_shared() if shared else _visit.works).get(key)
    if work is None or work.done.is_set():
        st.rerun()
    done, total, note = work.state
    text = _(note) or _("Working")
    if work.progress.ahead:
        text = _("{count} before yours").format(count=work.progress.ahead)
    with st.container(horizontal=True, vertical_alignment="center"):
        if total:
            st.progress(min(done / total, 1.0), text=f"{text} · {_amount(done, total)}")
        else:
            st.progress(0.0, text=f"{text} …")
        if st.button(_("Cancel"), key=f"cancel {key}"):
            work.progress.cancelled.set()
    if work.unfinished:
        st.image(work.unfinished, width=256)


def _amount(done: float, total: float) -> str:
    """`3 / 40`, in megabytes where the numbers are bytes."""
    if total > 1e5:
        return f"{done / 1e6:.1f} / {total / 1e6:.1f} MB"
    return f"{done:g} / {total:g}"


def _failed(works: dict[str, Work], key: str, error: BaseException) -> None:
    errors.show(error)
    if st.button(_("Try again"), key=f"retry {key}"):
        works.pop(key, None)
        st.rerun()


class _Recent(OrderedDict[str, Work]):
    """Shared work of all visitors; the oldest finished ones leave where there are too many, or they hold too much."""

    def __setitem__(self, key: str, work: Work) -> None:
        done = [(old, one.nbytes) for old, one in self.items() if one.done.is_set()]
        count, nbytes = len(self) + 1, sum(size for _key, size in done)
        super().__setitem__(key, work)
        for old, size in done:
            if count <= KEPT and nbytes <= KEPT_BYTES:
                break
            self.pop(old, None)
            count, nbytes = count - 1, nbytes - size


@st.cache_resource(show_spinner=False)
def _shared() -> dict[str, Work]:
    return _Recent()
