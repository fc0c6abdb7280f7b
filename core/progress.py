"""One running piece of work: reports how far it is, can be cancelled, and has a deadline.

Whatever takes more than a moment (a download, a prediction over many frames, a translation) takes a
`Progress` and calls `step` between units. That call is the only place where work stops early.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import N_, CancelledError, TimeLimitError

if TYPE_CHECKING:
    from PIL import Image

Report = Callable[[float, float | None, str], None]


@dataclass
class Progress:
    """`report(done, total, note)` is called on every step; `seconds` is the time allowed, if any.

    `preview` gets unfinished images, one an input, where a model has them to show (a diffusion model's steps).
    """

    report: Report | None = None
    preview: Callable[[Sequence[Image.Image]], None] | None = None
    seconds: float | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    ahead: int | None = field(default=None, init=False)
    """How many are served before this one, while it waits for its turn."""

    def step(self, done: float, total: float | None = None, note: str = "") -> None:
        """Say that `done` of `total` units are done.

        Raises:
            CancelledError: `cancelled` was set.
            TimeLimitError: the time allowed is over.
        """
        self.check()
        if self.report:
            self.report(done, total, note)

    def check(self) -> None:
        """Raise if the work is to stop now; see `step`."""
        if self.cancelled.is_set():
            raise CancelledError(N_("Cancelled. Nothing was changed."))
        if self.seconds is not None and time.monotonic() - self.started > self.seconds:
            raise TimeLimitError(
                N_(
                    "This took longer than the limit of {seconds:g} s and was stopped. "
                    "Give it less at once, or raise PORTAL_TIME_LIMIT_S."
                ),
                seconds=self.seconds,
            )

    def left(self) -> float | None:
        """Seconds until the deadline, None without one."""
        if self.seconds is None:
            return None
        return max(0.0, self.seconds - (time.monotonic() - self.started))
