"""What workers read comes back as it is, and stays private."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from PIL import Image

from core import tasks
from core.data import datasets, drafts
from core.data.drafts import Draft, Sample
from core.errors import CancelledError, DataSetError, ImageError, TextError
from core.progress import Progress
from core.workers import crossing, process, reading, work
from core.workers.work import Task

TABLE = (
    "text,label\n"
    + "".join(f"text number {i},{'ab'[i % 2]}\n" for i in range(8))
    + "text number 1,b\n"
)


def png(shade: int, size=(8, 6)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 100, 7)).save(out, "PNG")
    return out.getvalue()


def zipped(folder: Path) -> Path:
    path = folder / "images.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for i in range(6):
            bundle.writestr(f"{'ab'[i % 2]}/{i}.png", png(40 * i, (32, 32)))
        bundle.writestr("a/broken.png", b"no image")
    return path


def left(data: Path) -> list[str]:
    gc.collect()
    return [one.name for one in (data / "work").iterdir()]


def test_a_draft_of_texts_is_what_it_is_without_a_worker(data):
    here = tasks.find("sentiment").stored().read(io.BytesIO(TABLE.encode()), "t.csv", {})
    there = reading.draft("sentiment", [("t.csv", TABLE.encode())], {})
    assert [(s.row, s.origin) for s in there.samples] == [(s.row, s.origin) for s in here.samples]
    assert there.assumptions == here.assumptions
    assert list(map(str, there.problems)) == list(map(str, here.problems))
    for name in ("counts", "concerning", "fatal", "doubtful", "facts", "licence"):
        assert getattr(there, name) == getattr(here, name)


def test_the_images_of_a_draft_stay_on_disk_until_it_is_forgotten(data, tmp_path):
    draft = reading.draft("image_classification", [("i.zip", zipped(tmp_path))], {})
    assert all(one.content is None and one.path for one in draft.samples)
    assert Image.open(io.BytesIO(draft.samples[0].read())).size == (32, 32)
    assert "broken.png" in str(draft.problems[0])
    assert len(left(data)) == 1
    del draft
    assert left(data) == []


def test_a_stored_draft_is_the_data_set_that_it_is_without_a_worker(data, tmp_path):
    path = zipped(tmp_path)
    here = tasks.find("image_classification").stored().read(path, path.name, {})
    there = reading.draft("image_classification", [(path.name, path)], {})
    stored = datasets.add("image_classification", "images", there)
    del there
    gc.collect()
    assert stored.file(stored.rows[0]).read_bytes()
    assert datasets.add("image_classification", "images", here) == stored


def test_files_given_class_by_class_and_line_by_line_are_read(data):
    files = {
        label: [(f"{i}.png", png(9 * i + k)) for i in range(5)] for k, label in enumerate("ab")
    }
    assert len(reading.classes("image_classification", files).samples) == 10
    pair = [("x.en.txt", b"Hello.\nThank you.\n"), ("x.de.txt", b"Hallo.\nDanke.\n")]
    assert len(reading.draft("translation", pair, {}).samples) == 2


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (640, 480)])
def test_pixels_come_back_as_they_are(data, size):
    image, _notes = reading.image("x.png", png(200, size))
    assert (image.mode, image.size) == ("RGB", size)
    assert image.getcolors() == [(size[0] * size[1], (200, 100, 7))]
    assert left(data) == []


def test_tables_texts_and_documents_come_back_as_they_are(data):
    table, _notes = reading.table("t.csv", "a,b\n1,é\n2,\n".encode())
    assert (table.columns, table.rows) == (("a", "b"), (("1", "é"), ("2", "")))
    assert reading.text("t.txt", b"ein\r\nText\n")[0] == "ein\r\nText\n"
    assert reading.document("t.md", "# Größe".encode())[0] == "# Größe"
    assert reading.tracked("image_classification", "x.png", png(3))


def test_what_cannot_be_read_is_refused_with_the_readers_own_error(data):
    with pytest.raises(ImageError, match=r"x\.png"):
        reading.image("x.png", b"no image")
    with pytest.raises(DataSetError):
        reading.draft("image_classification", [("x.zip", zipped(data.parent))] * 2, {})
    assert left(data) == []


def test_a_text_that_nobody_can_use_does_not_come_back(data, monkeypatch):
    monkeypatch.setenv("PORTAL_TEXT_CHARS", "20")
    with pytest.raises(TextError, match="20"):
        reading.text("t.txt", b"x" * 21)


def test_an_upload_lies_in_a_folder_of_its_own_that_nobody_else_may_read(data, monkeypatch):
    monkeypatch.setitem(work.TASKS, "text", Task("tests.core.workers.hostile:look"))
    seen = {}
    monkeypatch.setattr(crossing, "unpack", lambda row: seen.update(row) or DataSetError("x"))
    for _visitor in range(2):
        with pytest.raises(DataSetError):
            reading.text("../../etc/passwd", b"secret")
        assert seen["values"] == {"why": "['upload']", "mode": "600", "folder": "700", "beside": 1}


def test_what_a_killed_server_left_behind_is_removed(data):
    for name in ("999999999 abc", f"{os.getpid()} abc", "own"):
        (data / "work" / name).mkdir(parents=True)
    reading.text("t.txt", b"text")
    assert sorted(left(data)) == sorted([f"{os.getpid()} abc", "own"])


def test_a_folder_that_cannot_be_written_does_not_keep_images_from_being_read(data):
    (data / "work").write_text("in the way")
    assert reading.image("x.png", png(1))[0].size == (8, 6)


def test_a_cancelled_reading_leaves_nothing(data, monkeypatch):
    monkeypatch.setitem(work.TASKS, "text", Task("tests.core.workers.hostile:linger"))
    progress = Progress(report=lambda *state: progress.cancelled.set())
    with pytest.raises(CancelledError):
        reading.text("t.txt", b"text", progress=progress)
    assert left(data) == []


def test_what_a_worker_says_of_a_suffix_names_no_other_place(tmp_path):
    draft = Draft()
    draft.add(Sample({"label": "a"}, "x", suffix="/../../x"))
    crossing.write_draft(draft, tmp_path)
    assert crossing.read_draft(tmp_path).samples[0].suffix == ""


def test_errors_inside_problems_stay_errors(tmp_path):
    draft = Draft()
    draft.trouble("odd", "{origin}: {why}", origin="x", why=ImageError("{name} is odd", name="y"))
    crossing.write_draft(draft, tmp_path)
    (problem,) = crossing.read_draft(tmp_path).problems
    assert isinstance(problem.values["why"], ImageError)
    assert str(problem) == "x: y is odd"


def test_contents_are_on_disk_as_soon_as_a_sample_is_added(tmp_path):
    draft = Draft()
    with drafts.spilling(tmp_path):
        draft.add(Sample({}, "x", b"content", ".png"))
    assert draft.samples[0].content is None
    assert draft.samples[0].read() == b"content"


def test_workers_end_with_a_server_that_is_killed(data):
    script = (
        "from core import workers; from core.workers import work; import json, os\n"
        "work.TASKS['name'] = work.Task('tests.core.workers.hostile:name')\n"
        "work.TASKS['spin'] = work.Task('tests.core.workers.hostile:spin')\n"
        "print(workers.call('name', {}), flush=True)\n"
        "workers.call('spin', {})\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script], cwd=process.ROOT, stdout=subprocess.PIPE, text=True
    )
    worker = json.loads(server.stdout.readline())
    time.sleep(0.5)
    server.kill()
    server.wait()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.1)
