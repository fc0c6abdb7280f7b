"""`python -m core bench predict|finetune|start`: our calls against the bare libraries, and the cold start.

Speed is a ratio of medians from one run: our call and the bare library call take turns on the same
inputs, so that a machine that slows down slows both. `OMP_NUM_THREADS=1` gives both one core, which
is steadier on a machine with other work.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core import tasks
from core.cli.bench_finetune import finetune
from core.errors import N_, NotReadyError, ResourceError, UsageError
from core.models import catalog, weights
from core.progress import Progress
from core.tasks.application import AnyPrediction, Application, Recipe

if TYPE_CHECKING:
    from playwright.sync_api import Page

BATCH = 8
SECONDS = 30.0  # a pair of calls is measured at least this long: quick ones need many rounds
ROOT = Path(__file__).parents[2]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["predict", "start", "finetune"])
    parser.add_argument("--rounds", type=int, default=5)


def bench(args: Namespace) -> int:
    """Measure our calls against the bare libraries, in one run."""
    if args.what == "start":
        return start()
    return finetune(args.rounds) if args.what == "finetune" else predict(args.rounds)


def predict(rounds: int) -> int:
    """Our `predict` against each application's recipe, single and in a batch of `BATCH`."""
    print(f"{'task':22}{'model':22}{'inputs':>7}{'ours ms':>10}{'bare ms':>10}{'ratio':>8}")
    for application in tasks.applications():
        prediction = application.prediction
        if prediction and (recipe := prediction.recipe()):
            _against_recipe(application, prediction, recipe, rounds)
    return 0


def _against_recipe(
    application: Application, prediction: AnyPrediction, recipe: Recipe, rounds: int
) -> None:
    entry = catalog.find(recipe.MODEL)
    bare = recipe.build(weights.require(entry))
    options = application.parse({})
    for count in (1, BATCH):
        given = inputs(prediction, count)
        ours = partial(
            tasks.predict, entry.task, given, options, model=entry.id, progress=Progress()
        )
        ms = median_ms(ours, partial(bare, given), rounds)
        print(
            f"{application.name:22}{entry.id:22}{len(given):7}{ms[0]:10.1f}{ms[1]:10.1f}"
            f"{ms[0] / ms[1]:8.2f}",
            flush=True,
        )


def median_ms(
    one: Callable[[], object], other: Callable[[], object], rounds: int, seconds: float = SECONDS
) -> tuple[float, float]:
    """Medians of two calls that take turns, after a warm-up of each.

    They do so for at least `rounds` rounds and at least `seconds`; who goes first changes every
    round, so that neither always finds the other's traces in the caches.
    """
    calls = (one, other)
    times: tuple[list[float], list[float]] = ([], [])
    for call in calls:
        call()
    end = time.perf_counter() + seconds
    while len(times[0]) < rounds or time.perf_counter() < end:
        for i in (0, 1) if len(times[0]) % 2 else (1, 0):
            begin = time.perf_counter()
            calls[i]()
            times[i].append(1000 * (time.perf_counter() - begin))
    return statistics.median(times[0]), statistics.median(times[1])


def inputs(prediction: AnyPrediction, count: int) -> list[object]:
    """`count` inputs that the application offers as examples.

    All differ: what occurs twice we compute once, and the comparison would be unfair.
    """
    examples: list[object] = prediction.examples()[:count]
    if not examples:
        raise NotReadyError(N_("The sample photographs are missing: fetch them first."))
    return examples


def start() -> int:
    """Cold start in a real browser: process start to home page, and to the first prediction."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ResourceError(
            N_("This drives a browser with playwright: pip install -r requirements-dev.txt")
        ) from error
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        begin = time.perf_counter()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            page = browser.new_page()
            _open(page, f"http://127.0.0.1:{port}/?lang=en")
            page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
            print(f"process start to home page rendered: {time.perf_counter() - begin:6.1f} s")
            first = next(one for one in tasks.applications() if one.prediction)
            page.goto(f"http://127.0.0.1:{port}/{first.name}?lang=en")
            page.get_by_text("forward").first.wait_for(timeout=120_000)
            print(f"process start to first prediction:   {time.perf_counter() - begin:6.1f} s")
        finally:
            server.terminate()
            server.wait()
            browser.close()
    return 0


def chromium() -> str:
    """The installed Chromium or Chrome.

    Raises:
        UsageError: there is none.
    """
    from shutil import which

    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := which(name):
            return path
    raise UsageError(N_("No Chromium was found. On Debian or Ubuntu: sudo apt install chromium"))


def _open(page: Page, url: str) -> None:
    """Go to a page of a server that is just starting."""
    from playwright.sync_api import Error

    for _attempt in range(600):
        try:
            page.goto(url)
            return
        except Error:
            time.sleep(0.05)
    raise NotReadyError(N_("The server did not start."))
