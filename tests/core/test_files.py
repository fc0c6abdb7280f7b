"""What a failing disk looks like in words, and what is tried out of a data folder."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest

from core import files
from core.__main__ import COMMANDS, main
from core.errors import DiskError, DiskFullError, UsageError


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("words of SQLite")
    error.sqlite_errorname = f"SQLITE_{name}"
    return error


def os_error(number: int, name: str | None = "some/file") -> OSError:
    return OSError(number, os.strerror(number), name)


FAILURES = [
    (os_error(errno.ENOSPC), DiskFullError, "full"),
    (os_error(errno.EDQUOT), DiskFullError, "full"),
    (os_error(errno.EROFS), DiskError, "read-only"),
    (os_error(errno.EACCES), DiskError, "not allowed"),
    (os_error(errno.EIO), DiskError, "fails"),
    (RuntimeError("write failed: No space left on device"), DiskFullError, "full"),
    (sqlite3.OperationalError("database or disk is full"), DiskFullError, "full"),
    (sqlite_error("READONLY_DIRECTORY"), DiskError, "read-only"),
    (sqlite_error("IOERR_WRITE"), DiskError, "fails"),
    (sqlite_error("CANTOPEN"), DiskError, "not allowed"),
]


@pytest.mark.parametrize(("error", "kind", "word"), FAILURES, ids=lambda one: str(one)[:40])
def test_a_failure_of_the_disk_is_told_in_words(error, kind, word):
    found = files.disk_failure(error, "some/file")
    assert type(found) is kind
    assert word in str(found)
    assert "some/file" in str(found)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        os_error(errno.ENOENT),
        os_error(errno.EPERM, None),
        UsageError("x"),
        sqlite_error("CONSTRAINT"),
    ],
)
def test_other_failures_stay_what_they_are(error):
    assert files.disk_failure(error) is None


@pytest.mark.parametrize(("error", "kind", "word"), FAILURES, ids=lambda one: str(one)[:40])
def test_the_command_line_tells_it_in_a_line(error, kind, word, monkeypatch, capsys):
    def fail(_args):
        raise error

    monkeypatch.setitem(COMMANDS, "settings", (fail, None))
    assert main(["settings"]) == 1
    assert word in capsys.readouterr().err


def test_the_command_line_hides_no_other_error(monkeypatch):
    def fail(_args):
        raise ZeroDivisionError

    monkeypatch.setitem(COMMANDS, "settings", (fail, None))
    with pytest.raises(ZeroDivisionError):
        main(["settings"])


def test_a_folder_that_can_be_used_lacks_nothing_and_is_left_as_it_was(data):
    assert files.probe(data).trouble is None
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.ENOLCK])
def test_a_folder_that_cannot_be_written_says_so(data, monkeypatch, number):
    def fail(*_args, **_more):
        raise os_error(number, str(data))

    monkeypatch.setattr(files, "_try_out", fail)
    assert str(data) in str(files.probe(data).trouble)


def test_little_room_is_told(data, monkeypatch):
    monkeypatch.setattr(files, "LITTLE_MB", 1e12)
    assert "are free" in str(files.probe(data).trouble)


def test_the_settings_say_whether_the_folder_can_be_used(capsys):
    assert main(["settings"]) == 0
    assert "The data folder: writable" in capsys.readouterr().out


def test_a_folder_moved_aside_by_a_killed_process_is_put_back(data):
    target, old = data / "best", data / ".best.old"
    old.mkdir()
    (old / "model").write_text("kept", "utf-8")
    files.settle(target)
    assert (target / "model").read_text("utf-8") == "kept"


def test_a_folder_that_could_not_be_deleted_is_told(data, monkeypatch):
    (data / "run").mkdir()

    def refuse(path, **_more):
        raise os_error(errno.EROFS, str(path))

    monkeypatch.setattr(os, "rmdir", refuse)
    with pytest.raises(DiskError, match="read-only"):
        files.remove_tree(data / "run")
