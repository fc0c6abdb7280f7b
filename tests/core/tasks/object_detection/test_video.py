"""A detector over a video, and the annotated video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from core.errors import CancelledError
from core.inputs import video
from core.models import weights
from core.progress import Progress
from core.tasks import find, pool
from core.tasks.frames import predict, render
from core.tasks.object_detection.draw import draw
from core.tasks.object_detection.predictor import DetectionResult, refilter

TASK = find("object_detection")
OPTIONS = TASK.parse({"confidence": 0.05})
FRAMES = 10


def detect(clip: bytes, progress: Progress) -> list[DetectionResult]:
    return predict(clip, "clip.mp4", "yolo11n", OPTIONS, progress).results


def write(clip: bytes, results: list[DetectionResult], target: Path) -> None:
    """The video with the boxes drawn in."""
    render(clip, "clip.mp4", results, lambda i, r: draw(i, r.boxes), target, Progress())


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    target = tmp_path / "clip.mp4"
    noise = Image.effect_noise((106, 64), 80).convert("RGB")
    moving = (noise.crop((i, 0, i + 96, 64)) for i in range(FRAMES))
    video.encode(moving, Fraction(5), target)
    return target.read_bytes()


def test_every_frame_gets_its_boxes(clip, tiny_yolo):
    tiny_yolo("yolo11n")
    results = detect(clip, Progress())
    assert len(results) == FRAMES
    assert all(result.boxes for result in results)


def test_progress_follows_the_frames(clip, tiny_yolo):
    tiny_yolo("yolo11n")
    seen: list[tuple[float, float | None]] = []
    detect(clip, Progress(lambda done, total, _: seen.append((done, total))))
    assert seen == [(0, FRAMES), (8, FRAMES), (FRAMES, FRAMES)]


def test_a_cancel_stops_between_frames(clip, tiny_yolo):
    tiny_yolo("yolo11n")
    progress = Progress()
    progress.report = lambda done, _total, _note: done and progress.cancelled.set()
    with pytest.raises(CancelledError):
        detect(clip, progress)


def test_the_annotated_video_is_h264_with_the_same_frames(clip, tiny_yolo, tmp_path):
    import av

    tiny_yolo("yolo11n")
    results = detect(clip, Progress())
    write(clip, results, tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as out:
        stream = out.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 5
        assert sum(1 for _ in out.decode(stream)) == FRAMES


def test_other_options_are_drawn_without_the_network(clip, tiny_yolo, tmp_path):
    entry = tiny_yolo("yolo11n")
    results = detect(clip, Progress())
    pool.drop("yolo11n")
    weights.remove(entry.weights[0])
    only_cats = TASK.parse({"classes": ["cat"]})
    shown = [refilter(result, only_cats) for result in results]
    write(clip, shown, tmp_path / "out.mp4")
    assert not any(result.boxes for result in shown)
    assert (tmp_path / "out.mp4").stat().st_size


def test_every_result_has_the_time_of_its_frame(clip, tiny_yolo):
    tiny_yolo("yolo11n")
    watched = predict(clip, "clip.mp4", "yolo11n", OPTIONS, Progress())
    assert watched.starts == pytest.approx([i / 5 for i in range(FRAMES)])
    assert not watched.reading.problems
