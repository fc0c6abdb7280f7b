"""What can be reached: probes that never wait long, and the package index that pip is set up for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from core.errors import N_
from core.settings import settings

PROBE_SECONDS = 2.0
REMEMBER_SECONDS = 60.0
DEFAULT_INDEX = "https://pypi.org/simple/"


@dataclass
class _Probe:
    """One attempt to reach a host; `reason` is None when it answered."""

    started: float = field(default_factory=time.monotonic)
    finished: threading.Event = field(default_factory=threading.Event)
    reason: str | None = N_("{host} did not answer within 2 s")


_probes: dict[str, _Probe] = {}
_lock = threading.Lock()


def unreachable(urls: Collection[str]) -> dict[str, str]:
    """Which of `urls` cannot be reached now, with the (translatable) reason; `{host}` is the host.

    All hosts are tried at once: the call returns within `PROBE_SECONDS` however many there are.
    An answer is kept, and tried anew in the background when a minute old, so that only the first
    call ever waits. Name look-ups ignore time-outs, hence threads.
    """
    refused = {url: reason for url in urls if (reason := offline_by_choice(url))}
    probes = {url: _probe(origin(url)) for url in urls if url not in refused}
    deadline = time.monotonic() + PROBE_SECONDS
    for probe in probes.values():
        probe.finished.wait(max(0.0, deadline - time.monotonic()))
    return refused | {url: probe.reason for url, probe in probes.items() if probe.reason}


def offline_by_choice(url: str) -> str:
    """Why `url` is not even to be tried, or an empty string. HF_HUB_OFFLINE concerns the hub alone."""
    if settings().offline:
        return N_("offline mode is on (PORTAL_OFFLINE)")
    to_hub = url.startswith(hub_endpoint() + "/")
    if to_hub and os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
        return N_("offline mode is on (HF_HUB_OFFLINE)")
    return ""


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def forget() -> None:
    """Drop remembered answers, so that the next call tries again."""
    with _lock:
        _probes.clear()


def _probe(url: str) -> _Probe:
    with _lock:
        known = _probes.get(url)
        if known and time.monotonic() - known.started < REMEMBER_SECONDS:
            return known
        probe = _probes[url] = _Probe()
        if known:
            probe.reason = known.reason
            probe.finished.set()
    threading.Thread(target=_attempt, args=(url, probe), daemon=True).start()
    return probe


def _attempt(url: str, probe: _Probe) -> None:
    import requests

    try:
        requests.head(url, timeout=PROBE_SECONDS, allow_redirects=False)
        probe.reason = None
    except requests.RequestException:
        probe.reason = N_("{host} cannot be reached")
    finally:
        probe.finished.set()


def hub_endpoint() -> str:
    """The Hugging Face hub or the mirror named by `HF_ENDPOINT`."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


@dataclass(frozen=True)
class PackageIndex:
    """Where packages come from: simple-API addresses, best first, and how to connect."""

    urls: tuple[str, ...]
    cert: str | None = None
    proxy: str | None = None


@cache
def package_index() -> PackageIndex:
    """The index, certificate and proxy of pip's own configuration (files and environment)."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=False, capture_output=True, text=True
    ).stdout
    options = _parse(listing)
    urls = [options.get("index-url", DEFAULT_INDEX), *options.get("extra-index-url", "").split()]
    remote = tuple(url for url in urls if url.startswith(("http://", "https://")))
    return PackageIndex(
        urls=remote or (DEFAULT_INDEX,),  # pip may be set up for a folder alone
        cert=options.get("cert"),
        proxy=options.get("proxy"),
    )


def _parse(listing: str) -> dict[str, str]:
    """`section.name='value'` lines to {name: value}; the environment wins over files."""
    found: dict[str, tuple[int, str]] = {}
    rank = {"global": 0, "install": 1, "download": 2, ":env:": 3}
    for section, name, value in re.findall(r"^(\S+)\.([\w-]+)='(.*)'$", listing, re.MULTILINE):
        order = rank.get(section, -1)
        if order >= found.get(name, (-1, ""))[0]:
            found[name] = (order, value)
    return {name: value for name, (_, value) in found.items()}
