"""The pool of loaded models, with models of a known size and pace behind the real contracts."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from dataclasses import dataclass, replace

import pytest

from core.errors import CancelledError, MemoryBudgetError, ResourceError, TimeLimitError, UsageError
from core.models import catalog
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import BundledSource
from core.progress import Progress
from core.serving.options import Options
from core.serving.pool import ModelPool
from core.serving.predictor import Predictor, Result, Timing

MEGABYTE = 1_000_000
loads: list[str] = []
loading: list[str] = []
at_a_time: list[int] = []
shelf: dict[str, ModelEntry] = {}


class NumberResult(Result):
    value: int


@dataclass
class Pace:
    """How the fake behaves: seconds for a load and for each input; `fail` breaks loading."""

    load: float = 0.0
    each: float = 0.0
    fail: bool = False


pace = Pace()


class Doubler(Predictor):
    """Doubles numbers, slowly; keeps a note that a second visitor would overwrite."""

    @property
    def nbytes(self) -> int:
        return 10 * MEGABYTE

    def predict(self, inputs, options, progress):
        results = []
        for i, number in enumerate(inputs):
            progress.step(i, len(inputs))
            self.note = number
            time.sleep(pace.each)
            timing = Timing(preprocess=0, forward=1, postprocess=0)
            results.append(
                NumberResult(value=2 * self.note, model=self.entry.id, device="cpu", timing=timing)
            )
        return results


def load(entry, device):
    loads.append(entry.id)
    loading.append(entry.id)
    at_a_time.append(len(loading))
    time.sleep(pace.load)
    loading.remove(entry.id)
    if pace.fail:
        raise ValueError("broken file")
    return Doubler(entry, device)


@pytest.fixture(autouse=True)
def doublers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shelf with three models of 10 MB."""
    here = Weights("none", BundledSource("."), Licence("MIT"), 10)
    shelf.clear()
    shelf.update({name: ModelEntry(name, "doubling", name, "", (here,)) for name in "abc"})
    monkeypatch.setattr(catalog, "_fixed", [lambda: list(shelf.values())])
    loads.clear()
    pace.load, pace.each, pace.fail = 0.0, 0.0, False


LAZY = """
import sys, time, types
import tests.core.serving.test_pool
tests.core.serving.test_pool.asked.wait(30)
time.sleep(0.3)
sys.modules[__name__] = types.SimpleNamespace(**vars(sys.modules[__name__]), layer=1)
"""
"""A library that is imported as transformers is: the module that stays is not the one that ran."""


asked = threading.Event()


def load_with_library(entry, device):
    asked.set()
    from lazy_library import layer  # noqa: F401

    return Doubler(entry, device)


def values(pool: ModelPool, model: str, numbers: list[int], **more: object) -> list[int]:
    return [r.value for r in pool.predict(model, numbers, Options(), device_name="cpu", **more)]


def at_once(*calls) -> list[object]:
    """Run calls in threads; their results or errors."""
    results: list[object] = [None] * len(calls)

    def run(i: int) -> None:
        try:
            results[i] = calls[i]()
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_model_is_loaded_once():
    pool = ModelPool(load)
    assert values(pool, "a", [1]) == [2]
    assert values(pool, "a", [2, 3]) == [4, 6]
    assert loads == ["a"]


def test_a_model_that_was_trained_further_is_loaded_anew():
    pool = ModelPool(load)
    values(pool, "a", [1])
    shelf["a"] = replace(catalog.find("a"), made="later")
    values(pool, "a", [1])
    assert loads == ["a", "a"]


def test_a_load_in_progress_is_shared():
    pace.load = 0.3
    pool = ModelPool(load)
    assert at_once(*[lambda: values(pool, "a", [1])] * 4) == [[2]] * 4
    assert loads == ["a"]


def test_one_model_is_loaded_at_a_time():
    pool = ModelPool(load)
    pace.load = 0.2
    at_once(lambda: values(pool, "a", [1]), lambda: values(pool, "b", [1]))
    assert sorted(loads) == ["a", "b"]
    assert at_a_time[-2:] == [1, 1]


def test_two_visitors_on_one_model_do_not_mix_their_answers():
    pace.each = 0.01
    pool = ModelPool(load)
    numbers = [list(range(k, k + 10)) for k in (0, 100, 200)]
    answers = at_once(*[lambda n=n: values(pool, "a", n) for n in numbers])
    assert answers == [[2 * v for v in n] for n in numbers]


def test_the_least_recently_used_model_leaves_when_the_budget_is_full():
    pool = ModelPool(load, budget_bytes=25 * MEGABYTE)
    for model in ("a", "b", "a", "c"):
        values(pool, model, [1])
    assert {model for model, _ in pool.loaded()} == {"a", "c"}
    assert sum(pool.loaded().values()) <= 25 * MEGABYTE


def test_models_that_nobody_asks_leave_and_those_in_use_stay():
    pool = ModelPool(load)
    values(pool, "a", [1])
    with pool.borrow("b"):
        pool.rest(0.0)
        assert {model for model, _ in pool.loaded()} == {"b"}
    pool.rest(60.0)
    assert {model for model, _ in pool.loaded()} == {"b"}


def test_a_model_over_the_budget_is_refused_before_it_is_loaded():
    pool = ModelPool(load, budget_bytes=5 * MEGABYTE)
    with pytest.raises(MemoryBudgetError, match=r"needs 10 MB and 5 MB .* PORTAL_MEMORY_MB"):
        values(pool, "a", [1])
    assert loads == []


def test_a_model_in_use_is_not_dropped():
    pace.each = 0.5
    pool = ModelPool(load, budget_bytes=15 * MEGABYTE)
    values(pool, "a", [])

    def second():
        time.sleep(0.2)
        return values(pool, "b", [1])

    first, other = at_once(lambda: values(pool, "a", [1]), second)
    assert first == [2]
    assert isinstance(other, MemoryBudgetError)


def test_a_prediction_over_the_time_limit_is_stopped():
    pace.each = 0.1
    with pytest.raises(TimeLimitError, match=r"limit of 0\.25 s"):
        values(ModelPool(load), "a", list(range(50)), progress=Progress(seconds=0.25))


def test_a_result_that_comes_too_late_is_thrown_away():
    pace.each = 0.3
    with pytest.raises(TimeLimitError):
        values(ModelPool(load), "a", [1], progress=Progress(seconds=0.2))


def test_waiting_for_another_visitor_counts_against_the_limit():
    pace.each = 1.0
    pool = ModelPool(load)
    values(pool, "a", [])
    first, second = at_once(
        lambda: values(pool, "a", [1]),
        lambda: time.sleep(0.1) or values(pool, "a", [2], progress=Progress(seconds=0.3)),
    )
    assert first == [2]
    assert isinstance(second, TimeLimitError)


def test_cancelling_stops_between_inputs():
    pace.each = 0.05
    progress = Progress()
    threading.Timer(0.2, progress.cancelled.set).start()
    start = time.monotonic()
    with pytest.raises(CancelledError):
        values(ModelPool(load), "a", list(range(100)), progress=progress)
    assert time.monotonic() - start < 2


def test_a_failed_load_is_told_to_everybody_and_tried_again_next_time():
    pace.load, pace.fail = 0.2, True
    pool = ModelPool(load)
    errors = at_once(*[lambda: values(pool, "a", [1])] * 2)
    assert all(isinstance(error, ResourceError) for error in errors)
    assert "broken file" in str(errors[0])
    pace.fail = False
    assert values(pool, "a", [1]) == [2]


def test_one_visitors_cancel_during_a_load_is_not_the_others():
    pace.load = 0.5
    pool = ModelPool(load)
    impatient = Progress()
    threading.Timer(0.1, impatient.cancelled.set).start()
    first, second = at_once(
        lambda: values(pool, "a", [1], progress=impatient), lambda: values(pool, "a", [1])
    )
    assert isinstance(first, CancelledError)
    assert second == [2]


def test_what_is_borrowed_is_the_loaded_model_and_belongs_to_one_at_a_time():
    pool = ModelPool(load)
    inside: list[str] = []

    def use(name: str, seconds: float) -> None:
        with pool.borrow("a", device_name="cpu") as predictor:
            assert isinstance(predictor, Doubler)
            inside.append(f"{name} in")
            time.sleep(seconds)
            inside.append(f"{name} out")

    at_once(lambda: use("first", 0.4), lambda: time.sleep(0.1) or use("second", 0))
    assert inside == ["first in", "first out", "second in", "second out"]
    assert loads == ["a"]


def test_what_is_borrowed_is_not_dropped_for_another_model():
    pool = ModelPool(load, budget_bytes=15 * MEGABYTE)
    with pool.borrow("a", device_name="cpu"):
        with pytest.raises(MemoryBudgetError), pool.borrow("b", device_name="cpu"):
            pass
        assert pool.loaded() == {("a", "cpu"): 10 * MEGABYTE}
    assert values(pool, "b", [1]) == [2]


def test_what_was_borrowed_is_given_back_after_an_error():
    pool = ModelPool(load, budget_bytes=15 * MEGABYTE)
    with pytest.raises(RuntimeError), pool.borrow("a", device_name="cpu"):
        raise RuntimeError
    assert values(pool, "a", [1], progress=Progress(seconds=5)) == [2]  # the lock is free
    assert values(pool, "b", [1]) == [2]  # and so is its memory


def test_waiting_for_a_borrowed_model_is_given_up_with_the_wish_for_it():
    pool = ModelPool(load, budget_bytes=15 * MEGABYTE)
    with pool.borrow("a", device_name="cpu"), pytest.raises(TimeLimitError):
        values(pool, "a", [1], progress=Progress(seconds=0.3))
    assert values(pool, "b", [1]) == [2]


def test_another_model_can_be_borrowed_meanwhile():
    """As a reader does with the encoder that searches its passage, while others use either."""
    pool = ModelPool(load, budget_bytes=25 * MEGABYTE)

    def nested(number: int) -> list[int]:
        progress = Progress(seconds=30)
        with pool.borrow("a", device_name="cpu", progress=progress) as outer:
            with pool.borrow("b", device_name="cpu", progress=progress) as inner:
                doubled = [r.value for r in inner.predict([number], Options(), progress)]
            return [r.value for r in outer.predict(doubled, Options(), progress)]

    calls = [lambda n=n: nested(n) for n in range(4)]
    calls += [lambda n=n: values(pool, "b", [n]) for n in range(4)]
    assert at_once(*calls) == [[4 * n] for n in range(4)] + [[2 * n] for n in range(4)]
    assert set(pool.loaded()) == {("a", "cpu"), ("b", "cpu")}


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(UsageError, match="There is no model “z”"):
        values(ModelPool(load), "z", [1])


def test_a_library_that_another_thread_is_just_importing_is_waited_for(tmp_path, monkeypatch):
    (tmp_path / "lazy_library.py").write_text(LAZY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lazy_library", raising=False)
    asked.clear()
    elsewhere = threading.Thread(target=importlib.import_module, args=("lazy_library",))
    elsewhere.start()
    while "lazy_library" not in sys.modules:
        time.sleep(0.01)
    assert values(ModelPool(load_with_library), "a", [3]) == [6]
    elsewhere.join()
    del sys.modules["lazy_library"]  # it is no module, which others do not expect there
