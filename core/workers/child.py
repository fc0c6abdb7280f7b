"""A worker: `python -m core.workers.child [readers|all]`, started by `core.workers.process`.

It takes one task after the other, a line of JSON on stdin, and answers with lines of JSON on stdout: events while it
runs, as jobs write them (`core.training.events`), then `result` or `error`. Results of any size are files in the
task's folder. Nothing that comes from a visitor is unpickled here, and nothing that comes from here is in the server.

The argument says what to import while there is nothing to do: what readers need, or that and what trains.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, cast

from core.errors import PortalError
from core.imports import quiet_libraries, resolve
from core.plain import Json

if TYPE_CHECKING:
    from core.training.events import Event
    from core.workers.process import Message

READERS = (
    "core.tasks",
    "PIL.Image",
    "imagehash",
    "chardet",
    "datasketch",
    "pypdf",
)
TRAINERS = ("torch", "torchvision", "sklearn", "timm", "transformers")
WARM = {"readers": READERS, "all": READERS + TRAINERS}


class Talk:
    """What a task tells its parent while it runs; a `Listener` to a training."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def say(self, kind: str, data: object) -> None:
        self._out.write(json.dumps([kind, data]) + "\n")
        self._out.flush()

    def emit(self, event: Event) -> None:
        """An event, as a job would store it."""
        from core.training import events

        self.say(*events.to_json(event))

    def flush(self) -> None:
        """Nothing waits here."""


class Function(Protocol):
    """A task; each has its own names of what is asked."""

    def __call__(self, folder: Path, talk: Talk, /, **request: Json) -> Json: ...


def main(warm: str = "") -> int:
    quiet_libraries()
    # whatever libraries print, in Python or in C, must not get between the messages
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    cold = list(WARM.get(warm, ()))
    while True:
        while cold and requests.empty():  # whoever waits comes first, and needs only part of it
            import_module(cold.pop(0))
        _serve(json.loads(requests.get()), Talk(out))


def _listen(requests: queue.SimpleQueue[str]) -> None:
    """Hand on what comes. The end of stdin means that the parent is gone or wants this worker to end, whatever it is
    doing."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def _serve(message: Message, talk: Talk) -> None:
    """Run one task and say how it ended."""
    from core.workers import crossing, limits

    _settings(message["settings"])
    try:
        with limits.bounded(limits.Limits.from_json(message["limits"])):
            function = cast(Function, resolve(message["function"]))
            found = function(Path(message["folder"]), talk, **message["request"])
    except BaseException as error:
        trace = "" if isinstance(error, PortalError) else traceback.format_exc()
        talk.say("error", {**crossing.pack(error), "trace": trace})
        return
    talk.say("result", found)


def _settings(values: dict[str, str]) -> None:
    """The parent's settings are this process's: tests change them between two tasks."""
    from core.settings import settings

    known = {name: value for name, value in os.environ.items() if name.startswith("PORTAL_")}
    if known == values:
        return
    for name in known:
        del os.environ[name]
    os.environ.update(values)
    settings.cache_clear()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
