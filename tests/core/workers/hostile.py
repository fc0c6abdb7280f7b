"""Tasks that do to a worker what hostile files do."""

from __future__ import annotations

import os
import signal
import time

from core.errors import DataSetError
from core.training.events import EarlyStop


def echo(_folder, _talk, *, value):
    print("a library prints")
    return value


def name(_folder, _talk):
    return os.getpid()


def hoard(_folder, _talk):
    """A little at a time, as a reader would; what fails must not be caught as a bad file."""
    held = []
    while True:
        held.append(bytearray(10_000_000))


def leap(_folder, _talk):
    return len([None] * 3_000_000_000)


def spin(_folder, _talk):
    """Catches what libraries raise, as readers do."""
    while True:
        try:
            while True:
                pass
        except Exception:
            continue


def spin_in_c(_folder, _talk):
    """No Python instruction comes for minutes: no signal handler runs."""
    return sum(range(10**11))


def sleep(_folder, _talk, *, seconds=60.0):
    time.sleep(seconds)


def die(_folder, _talk):
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(_folder, _talk):
    raise DataSetError("{name} is {why}", name="x", why=DataSetError("bad in {line}", line=3))


def crash(_folder, _talk):
    raise ZeroDivisionError("ours to mend")


def report(_folder, talk):
    talk.say("progress", [3, 4, "nearly"])
    talk.emit(EarlyStop(7))


def shout(_folder, talk):
    talk.say("x" * 3_000_000, None)
    time.sleep(60)


def look(folder, _talk, *, name, path, choices):
    """What there is to see of other visitors, told as an error."""
    mode, own = os.stat(path).st_mode & 0o777, os.stat(folder).st_mode & 0o777
    raise DataSetError(
        "{why}",
        why=str(sorted(os.listdir(folder))),
        mode=f"{mode:o}",
        folder=f"{own:o}",
        beside=len(os.listdir(folder.parent)),
    )


def linger(_folder, talk, **_request):
    talk.say("progress", [0, None, "Reading"])
    time.sleep(60)


def chatter(_folder, talk):
    while True:
        talk.say("progress", [0, None, ""])
