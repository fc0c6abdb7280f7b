"""A detector over a video: boxes for every frame, then the frames with boxes drawn, as H.264."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from core.errors import N_, PortalError
from core.inputs import images, video
from core.progress import Progress
from core.settings import settings
from core.tasks import pool
from core.tasks.object_detection.boxes import DetectionResult, refilter
from core.tasks.object_detection.draw import English, draw
from core.tasks.object_detection.options import DetectionOptions

AT_ONCE = 8


def detect(
    data: bytes,
    name: str,
    model: str,
    options: DetectionOptions,
    progress: Progress,
    device: str | None = None,
) -> list[DetectionResult]:
    """One result a frame. The time limit is for each handful of frames, not for the video.

    Raises:
        VideoError: the video cannot be read. Otherwise as `ModelPool.predict`.
    """
    info = video.probe(data, name)
    results: list[DetectionResult] = []
    pictures = video.frames(data, name)
    while few := list(islice(pictures, AT_ONCE)):
        progress.step(len(results), info.frames or None, N_("Looking for objects in the frames"))
        part = Progress(seconds=settings().time_limit_s, cancelled=progress.cancelled)
        for result in pool.predict(model, few, options, device_name=device, progress=part):
            if isinstance(result, PortalError):
                raise result
            results.append(result)
    progress.step(len(results), len(results))
    return results


def render(
    data: bytes,
    name: str,
    results: Sequence[DetectionResult],
    options: DetectionOptions,
    target: Path,
    progress: Progress,
    names: Mapping[str, str] = English,
) -> list[DetectionResult]:
    """Write the video with the boxes that `options` let through; the results under these options.

    No network runs: a slider calls only this again.
    """
    shown = [refilter(result, options) for result in results]

    def pictures() -> Iterator[Image.Image]:
        for i, (picture, result) in enumerate(zip(video.frames(data, name), shown, strict=False)):
            progress.step(i, len(shown), N_("Drawing the boxes and encoding the video"))
            yield draw(picture, result.boxes, names)

    video.encode(pictures(), video.probe(data, name).rate, target)
    progress.step(len(shown), len(shown))
    return shown


def pan(photograph: bytes, name: str) -> bytes:
    """A two-second clip that moves across a photograph: something to try where no video is at hand."""
    picture = images.decode(photograph, name)
    picture.thumbnail((640, 640))
    height = picture.height * 2 // 3
    stops = 32
    views = (
        picture.crop((0, top, picture.width, top + height))
        for top in (round((picture.height - height) * i / (stops - 1)) for i in range(stops))
    )
    with TemporaryDirectory() as folder:
        target = Path(folder) / "pan.mp4"
        video.encode(views, Fraction(16), target)
        return target.read_bytes()
