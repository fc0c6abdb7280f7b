"""Pictures of every page in both themes, from the running app with its starters: `make screenshots`.

It works on a data folder of its own with the real weights in it. For the pages `training` and
`finetune` it trains a classifier on the textures sample three times and looks while the last one runs.
`--lang zh --width 390 --out FOLDER` looks at it as somebody else would.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from core import tasks  # noqa: E402
from core.cli.bench import chromium  # noqa: E402
from core.jobs import queue, store  # noqa: E402
from core.jobs.store import ENDED, Job  # noqa: E402
from core.progress import Progress  # noqa: E402
from core.settings import settings  # noqa: E402
from core.training.events import Epoch  # noqa: E402

PORT = 8598
TUNED = "image_classification"
LEARNT = ("training", "finetune")
PAGES = ("home", "models", *tasks.names(), *LEARNT)
SHORT = {"trainable": "head", "image_size": 96, "epochs": 10, "patience": 0}
LONG = {**SHORT, "trainable": "last", "epochs": 40, "learning_rate": 5e-5, "colour": 0.2}


def picture(browser: Browser, page: str, path: str, theme: str, args: argparse.Namespace) -> None:
    context = browser.new_context(
        viewport={"width": args.width, "height": 860}, color_scheme=theme, locale="en-US"
    )
    tab = context.new_page()
    tab.goto(f"http://127.0.0.1:{PORT}/{path}{'&' if '?' in path else '?'}lang={args.lang}")
    tab.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    tab.wait_for_timeout(3000)
    tab.locator("[data-test-script-state=notRunning]").wait_for(timeout=180_000)
    busy = tab.get_by_text(re.compile("^(Cancel|取消|⏳.*)$")).first
    busy.wait_for(state="detached", timeout=180_000)
    tab.wait_for_timeout(1500)
    height = tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    tab.set_viewport_size({"width": args.width, "height": min(height + 10, args.height)})
    tab.wait_for_timeout(800)
    tab.screenshot(path=args.out / f"{page}-{theme}.jpg", type="jpeg", quality=82)
    context.close()


def address(page: str) -> str:
    """Where a page is. The training that is shown is the last one, and those before it are compared."""
    trained = [job.id for job in store.jobs()]
    return {
        "home": "",
        "training": "training?" + "&".join(f"compare={job}" for job in trained[1:]),
        "finetune": f"{TUNED}?part=tune&job={trained[0] if trained else ''}",
    }.get(page, page)


def train() -> None:
    """Two short trainings that end, and one that still runs when this returns."""
    data = tasks.sample(TUNED, "textures", Progress())
    files = [data.file(row) for row in data.rows if row["part"] == "validation"]
    probes = [base64.b64encode(file.read_bytes()).decode() for file in (files[0], files[-1])]
    for name, pinned, options, epochs in (
        ("careful", [], {**SHORT, "learning_rate": 1e-4}, 1000),
        ("bold", [], {**SHORT, "learning_rate": 1e-2}, 1000),
        ("walls and lawns", probes, LONG, 6),
    ):
        request = {"base": "efficientnet-lite0", "options": options, "tracked": pinned}
        job = queue.submit(TUNED, data.id, name=name, **request)
        while (job := store.find(job.id)).state not in ENDED and _epochs(job) < epochs:
            queue.dispatch()
            time.sleep(0.5)


def _epochs(job: Job) -> int:
    return len(store.events_of(Epoch, job.id))


@contextmanager
def own_data() -> Iterator[None]:
    """A data folder for the pictures alone, with the weights that are there already."""
    weights = settings().data / "weights"
    with TemporaryDirectory(prefix="portal-") as folder:
        (Path(folder) / "weights").symlink_to(weights)
        os.environ["PORTAL_DATA"] = folder
        settings.cache_clear()
        try:
            yield
        finally:
            for job in store.jobs():
                queue.cancel(job.id)


@contextmanager
def server() -> Iterator[None]:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(PORT)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for_server()
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for_server() -> None:
    for _attempt in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", default="en")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1400, help="pages are cut off below this")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--pages", nargs="*", default=PAGES)
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with own_data(), server(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for page in sorted(args.pages, key=LEARNT.__contains__):
            if page in LEARNT and not store.jobs():
                train()
            for theme in args.themes:
                picture(browser, page, address(page), theme, args)
                print(f"{page} {theme}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
