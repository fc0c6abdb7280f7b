"""Who is served next: few workers, many visitors, one turn each."""

from __future__ import annotations

import atexit
import os
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import N_
from core.plain import Json, Row
from core.progress import Progress
from core.settings import settings
from core.training.events import Event
from core.workers import work
from core.workers.process import LOOK_S, Worker

MOST = 4
"""Workers where the setting leaves it to the number of cores: each holds the libraries in memory."""
TASKS = 100
"""Tasks after which a worker is replaced: libraries keep a little of everything."""
GROWN_MB = 500
"""The same for megabytes that it has not given back."""


@dataclass(eq=False)
class _Place:
    """Somebody in the queue, and the worker once it is their turn."""

    owner: str
    slow: bool
    worker: Worker | None = None


class Pool:
    """Workers, shared by all threads of this process.

    Owners (visitors) take turns, whoever was served longest ago first, and none has all workers at once; slow tasks (dry
    runs) have half of them, so that a photograph never waits for another visitor's dry run.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size
        self._changed = threading.Condition()
        self._queue: OrderedDict[str, deque[_Place]] = OrderedDict()
        self._idle: list[Worker] = []
        self._busy: dict[Worker, _Place] = {}
        self._warm = False
        atexit.register(self.close)

    @property
    def size(self) -> int:
        """How many workers there may be."""
        return self._size or settings().workers or max(2, min(os.cpu_count() or 1, MOST))

    @property
    def _slow(self) -> int:
        """How many of them slow work may have; these import most."""
        return max(1, self.size // 2)

    def warm(self) -> None:
        """Start all workers now, and have them import what they will need; from now on dead ones are replaced at
        once."""
        with self._changed:
            self._warm = True
            self._refill()

    def call(
        self,
        name: str,
        request: Row,
        *,
        folder: Path | None = None,
        owner: str = "",
        progress: Progress | None = None,
        hear: Callable[[Event], None] = lambda _event: None,
    ) -> Json:
        """The result of one of `work.TASKS`, once a worker has done it; larger results are files in `folder`.

        `progress` hears how far it is, how many are before this one, and ends the work when it is cancelled; `hear`
        gets the events of a training.

        Raises:
            PortalError: what the task raised. MemoryBudgetError, TimeLimitError: it came over the limits.
            CancelledError: stopped. ResourceError: the worker died.
        """
        progress = progress or Progress()
        task = work.TASKS[name]
        with self._turn(owner, task.slow, progress) as worker:
            allowed = task.limits()
            found = worker.run(task.dotted, request, folder or Path(), allowed, progress, hear)
            if task.last:
                worker.tasks = TASKS
            return found

    def close(self) -> None:
        """End all workers, and with them whatever they do."""
        with self._changed:
            self._warm = False
            for worker in [*self._idle, *self._busy]:
                worker.kill()
            self._idle = []

    @contextmanager
    def _turn(self, owner: str, slow: bool, progress: Progress) -> Iterator[Worker]:
        """A worker for the block, once it is this caller's turn."""
        place = _Place(owner, slow)
        with self._changed:
            self._queue.setdefault(owner, deque()).append(place)
            self._assign()
            try:
                while place.worker is None:
                    progress.ahead = self._ahead(place)
                    progress.step(0, None, N_("Waiting for a free worker"))
                    self._changed.wait(LOOK_S)
            except BaseException:
                self._leave(place)
                raise
            progress.ahead = None
        try:
            yield place.worker
        finally:
            with self._changed:
                self._take_back(place.worker)

    def _leave(self, place: _Place) -> None:
        """Out of the queue, whether it was this one's turn meanwhile or not."""
        if place.worker:
            self._take_back(place.worker)
        else:
            self._unqueue(place)

    def _unqueue(self, place: _Place) -> None:
        places = self._queue[place.owner]
        places.remove(place)
        self._queue.move_to_end(place.owner)
        if not places:
            del self._queue[place.owner]

    def _take_back(self, worker: Worker) -> None:
        self._busy.pop(worker, None)
        if not worker.alive:
            worker.kill()
        elif worker.tasks >= TASKS or worker.grown_mb > GROWN_MB:
            worker.retire()
        else:
            self._idle.append(worker)
        if self._warm:
            self._refill()
        self._assign()

    def _assign(self) -> None:
        """Give free workers to whoever may have one, the owner first who was served longest ago."""
        while place := self._next():
            worker = self._free(place.slow)
            if worker is None:
                return
            self._busy[worker] = place
            self._unqueue(place)
            place.worker = worker
            self._changed.notify_all()

    def _next(self) -> _Place | None:
        """Whose turn it is: nobody has all workers at once, and slow work has half of them."""
        most = max(1, self.size - 1)
        held = Counter(place.owner for place in self._busy.values())
        slow = sum(place.slow for place in self._busy.values())
        for owner, places in self._queue.items():
            if held[owner] < most:
                for place in places:
                    if not place.slow or slow < self._slow:
                        return place
        return None

    def _free(self, slow: bool) -> Worker | None:
        """An idle worker for such work, else a new one if there may be one more."""
        self._idle = [one for one in self._idle if one.alive]
        if self._idle:  # what has imported most is for what needs it
            worker = min(self._idle, key=lambda one: (one.warm == "readers") == slow)
            self._idle.remove(worker)
            return worker
        kind = self._missing()
        return None if kind is None else Worker(kind)

    def _refill(self) -> None:
        while (kind := self._missing()) is not None:
            self._idle.append(Worker(kind))

    def _missing(self) -> str | None:
        """The kind of worker to start next; None where all are there."""
        there = Counter(one.warm for one in (*self._idle, *self._busy))
        if there.total() >= self.size:
            return None
        if not self._warm:
            return ""
        return "all" if there["all"] < self._slow else "readers"

    def _ahead(self, place: _Place) -> int:
        """How many are served before this one, if all take turns."""
        turn = self._queue[place.owner].index(place)
        count, earlier = turn, 1
        for owner, places in self._queue.items():
            if owner == place.owner:
                earlier = 0
            else:
                count += min(len(places), turn + earlier)
        return count
