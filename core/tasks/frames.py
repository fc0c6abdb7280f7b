"""A video through a model that takes images: a result for every frame, and the frames drawn anew as a video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from PIL import Image

from core.errors import N_, PortalError
from core.inputs import images, video
from core.inputs.reading import Reading
from core.progress import Progress
from core.serving.options import Options
from core.serving.predictor import Result
from core.settings import settings
from core.tasks import pool

R = TypeVar("R")
AT_ONCE = 8


@dataclass(frozen=True)
class Watched(Generic[R]):
    """What a model said of a video: a result a frame, when each frame is shown (seconds), and what was noted while
    the video was read."""

    results: list[R]
    starts: list[float]
    reading: Reading


def predict(
    data: bytes,
    name: str,
    model: str,
    options: Options,
    progress: Progress,
    device: str | None = None,
) -> Watched[Result]:
    """One result a frame. The time limit is for each handful of frames, not for the video.

    Raises:
        VideoError: the video cannot be read. Otherwise as `ModelPool.predict`.
    """
    info = video.probe(data, name)
    results: list[Result] = []
    starts: list[float] = []
    reading = Reading()
    frames = video.frames(data, name, reading)
    while few := list(islice(frames, AT_ONCE)):
        progress.step(len(results), info.frames or None, N_("Looking at the frames"))
        part = Progress(seconds=settings().time_limit_s, cancelled=progress.cancelled)
        shown = [frame.image for frame in few]
        for result in pool.predict(model, shown, options, device_name=device, progress=part):
            if isinstance(result, PortalError):
                raise result
            results.append(result)
        starts += [frame.start for frame in few]
    progress.step(len(results), len(results))
    return Watched(results, starts, reading)


def render(
    data: bytes,
    name: str,
    results: Sequence[R],
    draw: Callable[[Image.Image, R], Image.Image],
    target: Path,
    progress: Progress,
) -> None:
    """Write the video with each frame as `draw` makes it from the frame and its result, at its own time. No network
    runs."""

    def drawn() -> Iterator[video.Frame]:
        for i, (frame, result) in enumerate(zip(video.frames(data, name), results, strict=False)):
            progress.step(i, len(results), N_("Drawing and encoding the video"))
            yield replace(frame, image=draw(frame.image, result))

    video.write(drawn(), target)
    progress.step(len(results), len(results))


def pan(photograph: bytes, name: str) -> bytes:
    """A two-second clip that moves across a photograph: something to try where no video is at hand."""
    image = images.decode(photograph, name)
    image.thumbnail((640, 640))
    height = image.height * 2 // 3
    stops = 32
    views = (
        image.crop((0, top, image.width, top + height))
        for top in (round((image.height - height) * i / (stops - 1)) for i in range(stops))
    )
    with TemporaryDirectory() as folder:
        target = Path(folder) / "pan.mp4"
        video.encode(views, Fraction(16), target)
        return target.read_bytes()
