"""The store where something is wrong with it: a row, the file, its version, the disk it lies on."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import DiskError, DiskFullError, JobError
from core.jobs import database, queue, recovery, store
from core.jobs.request import Request
from core.settings import settings
from core.training.events import Resumed, Step


def made(name: str = "toy") -> store.Job:
    return store.create("sentiment", name, "cpu", Request(data="d", options={"epochs": 3}))


def step(number: int) -> Step:
    return Step(number, 10, 0.1, 0.001, 0.5, {"loss": 1.0})


def spoil(job: store.Job, column: str, value: object) -> None:
    with store.connected() as db:
        db.execute(f"UPDATE jobs SET {column} = ? WHERE id = ?", (value, job.id))


ROWS = [
    ("request", "{"),
    ("request", "[1]"),
    ("metrics", "nonsense"),
    ("metrics", '{"accuracy": "high"}'),
    ("error", "{]"),
    ("state", "flying"),
    ("created", "yesterday"),
    ("name", None),
]


@pytest.mark.parametrize(("column", "value"), ROWS)
def test_a_damaged_row_is_told_and_costs_only_itself(column, value):
    bad, good = made("bad"), made("good")
    spoil(bad, column, value)
    assert store.jobs() == [good]
    assert [one.id for one in store.damaged()] == [bad.id]
    with pytest.raises(JobError, match="damaged"):
        store.find(bad.id)


def test_a_damaged_row_can_be_deleted_with_its_folder(capsys):
    bad, good = made("bad"), made("good")
    store.change(good.id, state="stopped")
    good = store.find(good.id)
    spoil(bad, "request", "{")
    assert main(["jobs", "list", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["id"], "damaged" in one) for one in listed] == [(good.id, False), (bad.id, True)]
    assert main(["jobs", "delete", bad.id]) == 0
    assert (store.jobs(), store.damaged()) == ([good], [])
    assert not bad.folder.exists()


def test_a_row_whose_id_leads_elsewhere_is_deleted_without_what_lies_there(data):
    bad = made("bad")
    (data / "precious").mkdir()
    spoil(bad, "id", "../precious")
    (one,) = store.damaged()
    queue.delete(one.id)
    assert store.damaged() == []
    assert (data / "precious").exists()


def test_columns_of_a_later_version_are_passed_over():
    job = made()
    with store.connected() as db:
        db.execute("ALTER TABLE jobs ADD COLUMN mood TEXT DEFAULT 'good'")
    assert store.jobs() == [job]


def test_a_store_of_a_later_version_is_refused_and_not_touched():
    made()
    with store.connected() as db:
        db.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    for look in (store.jobs, lambda: made("other"), lambda: store.find("x")):
        with pytest.raises(JobError, match="later version"):
            look()
    with closing(sqlite3.connect(database.file())) as db:
        assert db.execute("SELECT name FROM jobs").fetchall() == [("toy",)]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES = {
    "cut": cut,
    "garbage": lambda path: path.write_bytes(b"\x00garbage" * 2000),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
}


def damage(how: str) -> None:
    """The file alone, as after a crash: what the log beside it held has gone into it."""
    with closing(sqlite3.connect(database.file())) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        Path(f"{database.file()}{suffix}").unlink(missing_ok=True)
    DAMAGES[how](database.file())


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_store_is_rebuilt_from_the_folders(how):
    first, second = made("first"), made("second")
    store.append(first.id, [(float(i), step(i)) for i in range(1, 4)])
    store.forget_after(first.id, 2)
    store.append(first.id, [(4.0, Resumed(2)), (5.0, step(3))])
    store.change(second.id, state="done", metrics={"accuracy": 0.5}, model="m")
    before, told = store.jobs(), store.events(first.id)
    damage(how)
    assert store.jobs() == before
    assert [(e.time, e.event) for e in store.events(first.id)] == [(e.time, e.event) for e in told]
    assert [path.exists() for path in recovery.set_aside()] == [True] * (how in ("cut", "garbage"))
    made("third")
    assert [job.name for job in store.jobs()] == ["third", "second", "first"]


def test_events_after_a_rebuilding_are_news_for_whoever_had_seen_all():
    job = made()
    store.append(job.id, [(1.0, step(1))])
    seen = store.events(job.id)[-1].n
    damage("gone")
    store.append(job.id, [(2.0, step(2))])
    assert store.events(job.id, after=seen)[-1].event.step == 2


def test_what_no_folder_holds_comes_from_the_backup():
    job = made()
    assert recovery.back_up()
    job.files.row.unlink()
    shutil.copy(database.file(), database.file().with_name("copy"))
    job.files.description.write_text(json.dumps(job.request.to_json()), "utf-8")
    damage("garbage")
    assert store.jobs() == [job]


def test_a_file_without_its_tables_is_damaged():
    job = made()
    with store.connected() as db:
        db.execute("DROP TABLE events")
    assert store.events(job.id) == []
    assert store.jobs() == [job]


def test_the_last_backups_are_kept_and_each_is_sound():
    for number in range(recovery.KEPT + 2):
        made(str(number))
        recovery.back_up()
    found = recovery.backups()
    assert [one.name for one in found] == [f"jobs-{i:06}.sqlite" for i in (5, 4, 3)]
    assert all(database.is_sound(one) for one in found)


def test_the_keeper_checks_first_and_backs_up_what_has_changed(monkeypatch):
    job = made()
    damage("garbage")
    keeper = recovery.Keeper()
    keeper.look()
    assert (store.jobs(), len(recovery.backups())) == ([job], 1)
    monkeypatch.setattr(recovery, "EVERY_S", 0.0)
    keeper.look()
    assert len(recovery.backups()) == 1
    made("other")
    keeper.look()
    assert len(recovery.backups()) == 2


def test_looking_at_an_empty_folder_creates_nothing(data):
    assert store.jobs() == []
    assert list(data.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A data folder on a file system of 1 MB of its own; `small_disk("ro")` makes it read-only."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("a file system can be mounted on Linux alone, by root")
    monkeypatch.setenv("PORTAL_DATA", str(place))
    settings.cache_clear()

    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)

    yield remount
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(folder: Path) -> None:
    try:
        with (folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        pass


def test_jobs_are_listed_from_a_read_only_folder(small_disk, capsys):
    job = made()
    small_disk("ro")
    assert main(["jobs", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == job.id


def test_what_was_written_last_is_read_from_a_read_only_folder_too(small_disk):
    job = made()
    with closing(
        sqlite3.connect(database.file())
    ) as open_elsewhere:  # keeps the log from being merged
        open_elsewhere.execute("SELECT * FROM jobs").fetchall()
        store.change(job.id, name="renamed")
        copies = {p: p.read_bytes() for p in database.folder().iterdir() if p.is_file()}
    for path, content in copies.items():
        if not path.name.endswith("-shm"):
            path.write_bytes(content)
    Path(f"{database.file()}-shm").unlink(missing_ok=True)
    small_disk("ro")
    assert [one.name for one in store.jobs()] == ["renamed"]


@pytest.mark.parametrize("verb", [["jobs", "delete"], ["jobs", "resume"]])
def test_a_read_only_folder_is_named_by_commands_that_write(small_disk, verb, capsys):
    job = made()
    store.change(job.id, state="interrupted")
    small_disk("ro")
    assert main([*verb, job.id]) == 1
    assert "read-only" in capsys.readouterr().err


def test_a_job_is_deleted_on_a_full_disk(small_disk):
    job = made()
    store.change(job.id, state="done")
    (job.folder / "best.bin").write_bytes(b"x" * 200_000)
    fill(settings().data)
    with pytest.raises(DiskFullError):
        made("other")
    queue.delete(job.id)
    assert store.jobs() == []
    assert not job.folder.exists()


def test_a_folder_that_cannot_be_deleted_keeps_its_row(monkeypatch):
    job = made()
    store.change(job.id, state="done")

    def refuse(folder, *_more):
        raise DiskError("no")

    monkeypatch.setattr(queue.files, "remove_tree", refuse)
    with pytest.raises(DiskError):
        queue.delete(job.id)
    assert [one.id for one in store.jobs()] == [job.id]
