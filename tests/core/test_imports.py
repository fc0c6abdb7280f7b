"""Importing a library from several threads at once."""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from core import imports


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package that takes a while to define what its part needs, and then imports the part."""
    folder = tmp_path / "slowlibrary"
    folder.mkdir()
    top = "import time\ntime.sleep(0.5)\nearly = 1\nfrom slowlibrary.part import thing\n"
    (folder / "__init__.py").write_text(top)
    (folder / "part.py").write_text("from slowlibrary import early\nthing = early\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(imports, "LIBRARIES", (folder.name,))
    yield folder.name
    for name in [one for one in sys.modules if one.partition(".")[0] == folder.name]:
        del sys.modules[name]


def test_a_part_waits_for_the_thread_that_imports_the_whole(library):
    whole = threading.Thread(target=import_module, args=(library,))
    whole.start()
    while library not in sys.modules:
        time.sleep(0.01)
    assert imports.tried_twice(lambda: import_module(f"{library}.part").thing) == 1
    whole.join()


def test_an_import_that_fails_once_is_tried_again():
    calls = []

    def call() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise ImportError
        return len(calls)

    assert imports.tried_twice(call) == 2


def test_what_is_not_installed_is_said():
    with pytest.raises(ImportError, match="nowhere"):
        imports.tried_twice(lambda: import_module("nowhere.at_all"))


def test_what_a_person_wants_to_see_of_the_libraries_is_shown(monkeypatch):
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "info")
    monkeypatch.setattr(imports, "QUIET", {"TRANSFORMERS_VERBOSITY": "error"})
    imports.quiet_libraries()
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "info"


def test_a_deprecation_is_silenced_between_libraries_and_shown_where_the_call_is_ours():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        imports.quiet_libraries()
        for module in ("peft.tuners.lora", "core.serving.decoder", "torchmetrics"):
            warnings.warn_explicit(module, FutureWarning, "x.py", 1, module=module)
    assert [str(warning.message) for warning in shown] == ["core.serving.decoder", "torchmetrics"]
