"""Pictures of every page in both themes, from the running app with its starters: `make screenshots`.

`--lang zh --width 390 --out FOLDER` looks at it as somebody else would.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from core import tasks  # noqa: E402
from core.bench import chromium  # noqa: E402

PORT = 8598
PAGES = ("home", "models", *tasks.NAMES)


def picture(browser: Browser, page: str, theme: str, args: argparse.Namespace) -> None:
    context = browser.new_context(
        viewport={"width": args.width, "height": 860}, color_scheme=theme, locale="en-US"
    )
    tab = context.new_page()
    path = "" if page == "home" else page
    tab.goto(f"http://127.0.0.1:{PORT}/{path}?lang={args.lang}")
    tab.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    tab.wait_for_timeout(3000)
    busy = tab.get_by_text(re.compile("^(Cancel|取消|⏳.*)$")).first
    busy.wait_for(state="detached", timeout=180_000)
    tab.wait_for_timeout(1500)
    height = tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    tab.set_viewport_size({"width": args.width, "height": min(height + 10, args.height)})
    tab.wait_for_timeout(800)
    tab.screenshot(path=args.out / f"{page}-{theme}.jpg", type="jpeg", quality=82)
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", default="en")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1100, help="pages are cut off below this")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--pages", nargs="*", default=PAGES)
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(PORT)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for page in args.pages:
                for theme in args.themes:
                    picture(browser, page, theme, args)
                    print(f"{page} {theme}", flush=True)
            browser.close()
    finally:
        server.terminate()
        server.wait()


def _wait_for_server() -> None:
    for _attempt in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
