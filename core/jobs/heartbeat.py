"""A thread of the server that looks after the queue and the store: queued runs start, those of dead workers are
marked, the store is checked and backed up, without anyone looking at a page; models that nobody asks leave the memory."""

from __future__ import annotations

import logging
import threading
import time
from functools import cache

from core import tasks
from core.jobs import queue, recovery
from core.settings import settings

EVERY_S = 3.0
log = logging.getLogger("portal")


@cache
def start() -> threading.Thread:
    """The server's one thread that looks after the queue; started by the first visit."""
    thread = threading.Thread(target=_beat, daemon=True, name="queue")
    thread.start()
    return thread


def _rest() -> None:
    tasks.pool.rest(60 * settings().idle_minutes)


def _beat() -> None:
    keeper = recovery.Keeper()
    while True:
        for look in (keeper.look, queue.dispatch, _rest):
            try:
                look()
            except Exception:  # a full disk now must not leave the queue unattended for ever
                log.exception("the queue could not be looked after")
        time.sleep(EVERY_S)
