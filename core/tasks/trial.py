"""A model from elsewhere on trial: its files are checked, it is loaded as the pool would load it, and asked once.

    python -m core.tasks.trial APPLICATION FOLDER

`trial` may run in any process. `bounded` runs it in one of its own with limits on memory and time, because what a file
makes a library do is known only once the library has done it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from core.device import Device
from core.errors import (
    N_,
    ArchiveError,
    DiskFullError,
    Failure,
    NotReadyError,
    PortalError,
)
from core.models import finetuned, weights
from core.models.catalog import ModelEntry
from core.models.untrusted import folder as untrusted
from core.progress import Progress
from core.tasks import registry

ROOT = Path(__file__).parents[2]
SECONDS = 180
"""Processor time of a trial: a network of two gigabytes loads and answers in a tenth of it."""
WALL_SECONDS = 3 * SECONDS
"""The machine may be busy with others."""
SPARE_BYTES = 2_000_000_000
"""Memory beyond the libraries and `COPIES` of the model's files."""
COPIES = 4
"""A network of half precision is read, unfolded to single precision, and may be copied once."""


def trial(application: str, folder: Path) -> None:
    """Whether the model in `folder`, which is one of `models/`, can be used: its files, then an answer. One that needs
    files of a base which is not on this computer is judged by its own files.

    Raises:
        PortalError: says what is wrong with it.
    """
    untrusted.check(folder)
    entry = finetuned.read(folder, registry.config)
    known = registry.find(application)
    known.trained().admit(entry)
    if known.prediction and all(map(weights.is_ready, entry.weights)):
        _ask(application, entry)


def _ask(application: str, entry: ModelEntry) -> None:
    prediction = registry.find(application).predicting()
    predictor = registry.load(entry, Device("cpu", ""))
    asked = prediction.trial(entry)
    if asked is None:
        return
    value, options = asked
    (result,) = predictor.predict([value], options, Progress(seconds=WALL_SECONDS))
    if isinstance(result, PortalError):
        raise result
    try:
        json.dumps(result.as_json(), allow_nan=False)
    except ValueError as error:
        raise ArchiveError(N_("its answers are no numbers (NaN)")) from error


def bounded(application: str, folder: Path) -> None:
    """`trial` in a process of its own.

    Raises:
        ArchiveError: the model cannot be used here; says why. NotReadyError, DiskFullError.
    """
    command = [sys.executable, "-m", __name__, application, str(folder)]
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_SECONDS,
            env={**os.environ, "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"},
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow() from error
    if done.returncode == 0:
        return
    raise _failure(done.returncode, done.stdout.decode("utf-8", "replace"))


def refusal(failure: Failure) -> PortalError:
    """A failure of a trial as the error that names the model's fault."""
    kinds = {kind.code: kind for kind in (ArchiveError, NotReadyError, DiskFullError)}
    return kinds.get(failure.code, ArchiveError)(failure.template, **failure.values)


def _failure(code: int, printed: str) -> PortalError:
    """What the process said last, or how it ended where it could say nothing."""
    import signal

    lines = printed.strip().splitlines()
    try:
        said = json.loads(lines[-1])
        if isinstance(said, dict):
            return refusal(Failure.from_json(said))
    except (IndexError, ValueError):
        pass
    if -code in (getattr(signal, "SIGXCPU", None), getattr(signal, "SIGKILL", None)):
        return _too_slow()
    return ArchiveError(N_("it ended the process that tried it (exit status {code})"), code=code)


def _too_slow() -> ArchiveError:
    return ArchiveError(
        N_("loading it and asking it once took longer than {seconds} seconds"), seconds=SECONDS
    )


def _limit(folder: Path) -> None:
    """Bound this process; Windows knows no such limits, and there the time alone counts."""
    try:
        import resource
    except ImportError:
        return
    import psutil
    import torch  # noqa: F401 (its libraries are no part of the limit)

    entry = finetuned.read(folder, registry.config)
    stored = sum(map(weights.bytes_on_disk, entry.weights))
    most = psutil.Process().memory_info().vms + SPARE_BYTES + COPIES * stored
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(application: str, folder: str) -> int:
    """Try a model; a failure is printed as the last line."""
    try:
        _limit(Path(folder))
        trial(application, Path(folder))
    except MemoryError:
        error: BaseException = ArchiveError(N_("it needs more memory than a model of its size"))
    except BaseException as caught:  # Rust libraries panic with what is no Exception
        error = caught
    else:
        return 0
    print(json.dumps(Failure.of(error).to_json()), flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
