"""Runs a group of cases in this process, within limits: python -m tests.hostile.child GROUP FIRST FAST.

Prints a line of JSON before and after each case. A case that cannot be interrupted ends the process; whoever started it
goes on behind that case.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import time
from pathlib import Path

SECONDS = 20
"""Of processor time; the wall clock gets three times as much, because the machine may be busy."""
BYTES = 1_000_000_000
WRITES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link", "os.truncate"}


def watch(home: Path) -> list[str]:
    """A list that fills with every path outside `home` that is written to."""
    outside: list[str] = []

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            if not isinstance(mode, str | None) or not isinstance(flags, int):
                return
            if not (set(mode or "") & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR)):
                return
        elif event in WRITES:
            path = args[1] if event in ("os.rename", "os.symlink", "os.link") else args[0]
        else:
            return
        if isinstance(path, str | bytes | Path):
            where = os.path.abspath(os.fsdecode(path))
            if not where.startswith((str(home), "/dev/", "/proc/")):
                outside.append(where)

    sys.addaudithook(hook)
    return outside


def limited() -> None:
    """A gigabyte beyond what is in memory now."""
    import resource

    import psutil

    most = psutil.Process().memory_info().vms + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def verdict(entry: str, file: str, data: bytes) -> str:
    """ "" where the rule is kept, else what happened."""
    from core.errors import PortalError
    from tests.hostile.entries import ENTRIES

    started = time.process_time()
    try:
        ENTRIES[entry](file, data)
    except PortalError as error:
        try:
            json.dumps(error.as_json(), ensure_ascii=False).encode()
        except Exception as said:
            return f"its message cannot be said: {said!r}"
        if len(str(error)) > 3_000:
            return f"a message of {len(str(error))} characters"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]!r}"
    spent = time.process_time() - started
    return f"{spent:.0f} s of work" if spent > SECONDS else ""


def main(group: str, first: str, fast: str) -> None:
    from core.errors import Failure
    from core.tasks import trial
    from tests.hostile import cases

    chosen = cases.fast(group) if fast == "fast" else cases.group(group)

    def here(application: str, folder: Path) -> None:
        """This process is bounded already."""
        try:
            trial.trial(application, folder)
        except Exception as error:
            raise trial.refusal(Failure.of(error)) from error

    trial.bounded = here
    import tests.hostile.entries  # noqa: F401 (before the limit)

    cases.warm(group)
    made = [(one, i) for i, one in enumerate(chosen)][int(first) :]
    outside = watch(Path(os.environ["PORTAL_DATA"]).parent)
    limited()
    for one, i in made:
        print(json.dumps({"start": i, "name": one.name}), flush=True)
        faulthandler.dump_traceback_later(3 * SECONDS, exit=True)
        started = time.process_time()
        try:
            file, data = one.make()
            said = verdict(one.entry, file, data)
        except MemoryError:
            said = "MemoryError"
        faulthandler.cancel_dump_traceback_later()
        if outside:
            said, outside[:] = said or f"wrote {outside[0]}", []
        spent = round(time.process_time() - started, 2)
        print(json.dumps({"end": i, "said": said, "seconds": spent}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
