"""Loaded models, shared by all visitors: load once, bounded memory, one lock per model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from core import device
from core.errors import N_, MemoryBudgetError, PortalError, ResourceError
from core.imports import tried_twice
from core.models import catalog, weights
from core.progress import Progress
from core.serving import memory
from core.serving.options import Options
from core.serving.predictor import Predictor, Result
from core.settings import settings

WAIT_PIECE = 0.2  # seconds between looks at cancel and deadline while waiting


@dataclass
class _Slot:
    """A model that is loaded or being loaded. `lock`: one prediction at a time."""

    entry: catalog.ModelEntry
    loaded: Future[Predictor] = field(default_factory=Future)
    lock: threading.Lock = field(default_factory=threading.Lock)
    used: float = field(default_factory=time.monotonic)
    visitors: int = 0
    nbytes: int = 0  # counted once: a network has hundreds of tensors


Load = Callable[[catalog.ModelEntry, device.Device], Predictor]


class ModelPool:
    """Predictors by model and device, least recently used out first.

    `load` builds a network and fills it; nothing else does. `budget_bytes` bounds the sum of `Predictor.nbytes` on
    each device; None: the setting, or half of what is free when the first model is loaded there.
    """

    def __init__(self, load: Load, budget_bytes: int | None = None) -> None:
        self._load_entry = load
        self._budget = budget_bytes
        self._budgets: dict[str, int] = {}
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._lock = threading.Lock()
        # transformers changes torch for all threads while it builds a network: two at once break
        self._loading = threading.Lock()

    def predict(
        self,
        model_id: str,
        inputs: Sequence[object],
        options: Options,
        *,
        device_name: str | None = None,
        progress: Progress | None = None,
    ) -> list[Result | PortalError]:
        """Run one batch on one model, loading it first if need be.

        Raises:
            NotReadyError, MemoryBudgetError, DeviceError: it cannot be loaded.
            TimeLimitError, CancelledError: stopped; a result that comes too late is thrown away.
        """
        progress = progress or Progress(seconds=settings().time_limit_s)
        with self.borrow(model_id, device_name=device_name, progress=progress) as predictor:
            results = predictor.predict(inputs, options, progress)
        # a library that cannot be interrupted may come back long after the visitor gave up
        progress.check()
        return list(results)

    @contextmanager
    def borrow(
        self,
        model_id: str,
        *,
        device_name: str | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Predictor]:
        """The loaded predictor of a model, alone with it while the block runs. It counts in the memory budget
        and is never trained: who trains takes a copy.

        Another model may be borrowed inside, but not the same one, whose lock is held: that waits for the time limit.
        All who borrow two take them in the same order (a reader, then the encoder that searches for it), so that
        no two wait for each other.

        Raises:
            NotReadyError, MemoryBudgetError, DeviceError: it cannot be loaded.
            TimeLimitError, CancelledError: stopped while waiting for it.
        """
        progress = progress or Progress(seconds=settings().time_limit_s)
        progress.step(0, None, N_("Loading the model"))
        slot = self._slot(catalog.find(model_id), device.choose(device_name))
        try:
            predictor = _wait(slot.loaded, progress)
            with _locked(slot.lock, progress):
                yield predictor
        finally:
            with self._lock:
                slot.visitors -= 1
                slot.used = time.monotonic()

    def loaded(self) -> dict[tuple[str, str], int]:
        """{(model id, device): bytes} of what is in memory now."""
        with self._lock:
            return {key: slot.nbytes for key, slot in self._slots.items() if _done(slot)}

    def drop(self, model_id: str) -> None:
        """Forget a model, on every device; a prediction under way keeps its own until it ends."""
        with self._lock:
            keys = [key for key in self._slots if key[0] == model_id]
            for key in keys:
                del self._slots[key]
        memory.give_back({key[1] for key in keys})

    def rest(self, seconds: float) -> None:
        """Forget the models that nobody has asked for that long."""
        before = time.monotonic() - seconds
        with self._lock:
            idle = [k for k, s in self._slots.items() if not s.visitors and s.used < before]
            for key in idle:
                del self._slots[key]
        if idle:
            memory.give_back({key[1] for key in idle})

    def _slot(self, entry: catalog.ModelEntry, where: device.Device) -> _Slot:
        """The slot of a model, with this caller counted in. Whoever creates it loads the model."""
        key = (entry.id, where.name)
        with self._lock:
            slot = self._slots.get(key)
            creator = slot is None or slot.entry != entry  # a model that was trained further
            if slot is None or creator:
                slot = self._slots[key] = _Slot(entry)
            # counted before the wait, so that nobody makes room by dropping what this caller is about to use
            slot.visitors += 1
        # outside the lock: loading takes seconds, and others come for models that are there already
        if creator:
            self._load(key, slot, entry, where)
        return slot

    def _load(
        self,
        key: tuple[str, str],
        slot: _Slot,
        entry: catalog.ModelEntry,
        where: device.Device,
    ) -> None:
        """Fill the slot. A failure goes to everybody who waits for it, and is forgotten."""
        try:
            weights.require(entry)
            # by the files' size before, so that memory is never filled in vain; by the tensors' own size after,
            # because four-bit or half-precision files unfold to several times as much
            self._make_room(where, int(entry.size_mb * 1e6), key)
            with self._loading:
                predictor = tried_twice(lambda: self._load_entry(entry, where))
            slot.nbytes = predictor.nbytes
            self._make_room(where, slot.nbytes, key)
            slot.loaded.set_result(predictor)
        except BaseException as error:
            # the next visitor tries again: files may have been fetched or memory freed meanwhile
            with self._lock:
                if self._slots.get(key) is slot:
                    del self._slots[key]
            slot.loaded.set_exception(_as_portal_error(error, entry.id))

    def _make_room(self, where: device.Device, need: int, key: tuple[str, str]) -> None:
        """Drop least recently used idle models until `need` bytes fit.

        Raises:
            MemoryBudgetError: they do not fit even so.
        """
        budget = self._budget_of(where)
        with self._lock:
            idle = sorted(
                (k for k, s in self._slots.items() if k[1] == where.name and _done(s) and k != key),
                key=lambda k: self._slots[k].used,
            )
            in_use = sum(self._slots[k].nbytes for k in idle)
            dropped = False
            for other in idle:
                if in_use + need <= budget:
                    break
                # dropping one in use would free nothing: its visitor holds the network
                if self._slots[other].visitors == 0:
                    in_use -= self._slots.pop(other).nbytes
                    dropped = True
        if dropped:
            memory.give_back({where.name})
        if in_use + need > budget:
            raise MemoryBudgetError(
                N_(
                    "The model needs {need:.0f} MB and {free:.0f} MB of the memory budget are free. "
                    "Choose a smaller model, wait until others are done, or raise PORTAL_MEMORY_MB."
                ),
                need=need / 1e6,
                free=max(0, budget - in_use) / 1e6,
            )

    def _budget_of(self, where: device.Device) -> int:
        if self._budget is not None:
            return self._budget
        if settings().memory_mb:
            return settings().memory_mb * 1_000_000
        # measured once: later, what the pool itself holds would count as taken by others
        return self._budgets.setdefault(where.name, device.free_bytes(where.kind) // 2)


def _done(slot: _Slot) -> bool:
    return slot.loaded.done() and slot.loaded.exception() is None


def _as_portal_error(error: BaseException, model_id: str) -> BaseException:
    if isinstance(error, PortalError) or not isinstance(error, Exception):
        return error
    wrapped = ResourceError(
        N_("{id} could not be loaded: {why}. Verify it on the Models page or fetch it again."),
        id=model_id,
        why=f"{type(error).__name__}: {error}",
    )
    wrapped.__cause__ = error
    return wrapped


def _wait(loaded: Future[Predictor], progress: Progress) -> Predictor:
    """The predictor, once whoever loads it is done; stays cancellable meanwhile."""
    while True:
        try:
            return loaded.result(timeout=WAIT_PIECE)
        except TimeoutError:
            progress.step(0, None, N_("Loading the model"))


class _locked:  # noqa: N801 (reads as a statement)
    """`with` a lock that is waited for in pieces, so that a cancel or deadline is noticed."""

    def __init__(self, lock: threading.Lock, progress: Progress) -> None:
        self.lock, self.progress = lock, progress

    def __enter__(self) -> None:
        while not self.lock.acquire(timeout=WAIT_PIECE):
            self.progress.step(0, None, N_("Waiting for another visitor's turn"))

    def __exit__(self, *_: object) -> None:
        self.lock.release()
