"""Untrusted videos: frames within limits, turned upright; and H.264 for the browser. By PyAV.

The container is told from the first bytes and only that demuxer is used: left to guess, FFmpeg
would also take play lists, which open further files and addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from core.errors import N_, VideoError
from core.settings import settings

if TYPE_CHECKING:
    from av.container import InputContainer

SUFFIXES = (".mp4", ".mov", ".avi", ".m4v")
USUAL_RATE = Fraction(25)  # where the file states none


@dataclass(frozen=True)
class VideoInfo:
    """`width` × `height` upright, in pixels; `rate` in frames a second; `frames` 0 if not stated."""

    width: int
    height: int
    rate: Fraction
    frames: int


def probe(data: bytes, name: str) -> VideoInfo:
    """What the video is, after its first frame was decoded.

    Raises:
        VideoError: empty, not an mp4, mov or avi, damaged, without an image, or over
            `PORTAL_UPLOAD_MB`, `PORTAL_VIDEO_FRAMES` or `PORTAL_VIDEO_PIXELS`.
    """
    first = next(frames(data, name))
    with _opened(data, name) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
        return VideoInfo(
            first.width, first.height, rate.limit_denominator(1001), _length(container)
        )


def frames(data: bytes, name: str) -> Iterator[Image.Image]:
    """Every frame of the first video stream as an upright RGB image, one at a time.

    Raises:
        VideoError: as `probe`; a damaged part further on is found only when it is reached.
    """
    with _opened(data, name) as container:
        _refuse_long(_length(container), name)
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        count = 0
        for frame in container.decode(stream):
            _refuse_large(frame.width, frame.height, name)
            count += 1
            _refuse_long(count, name)
            image = frame.to_image()
            # degrees counter-clockwise, as phones note them; the same sense as Pillow's
            yield image.rotate(frame.rotation, expand=True) if frame.rotation else image
        if not count:
            raise _no_image(name)


def encode(images: Iterable[Image.Image], rate: Fraction, target: Path) -> None:
    """Write RGB images of one size as an H.264 mp4 that browsers play while it loads.

    4:2:0 sampling needs even sides: an odd one loses a pixel.
    """
    import av

    with av.open(target, "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = None
        for number, image in enumerate(images):
            if stream is None:
                # by its short name FFmpeg takes libx264 or whatever H.264 encoder it was built with
                stream = container.add_stream("h264", rate=rate, options={"crf": "23"})
                stream.width, stream.height = (max(2, side - side % 2) for side in image.size)
                stream.pix_fmt = "yuv420p"
            frame = av.VideoFrame.from_image(image).reformat(stream.width, stream.height, "yuv420p")
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[InputContainer]:
    """The demuxer on `data`; turns what FFmpeg finds wrong, now or later, into a VideoError."""
    import av

    if not data:
        raise VideoError(N_("{name} is empty (0 bytes). Choose another video."), name=name)
    if len(data) > settings().upload_mb * 1_000_000:
        raise VideoError(
            N_("{name} has {size:.0f} MB; the limit is {limit} MB (PORTAL_UPLOAD_MB)."),
            name=name,
            size=len(data) / 1e6,
            limit=settings().upload_mb,
        )
    try:
        with av.open(BytesIO(data), "r", format=_container(data, name)) as container:
            if not container.streams.video:
                raise _no_image(name)
            context = container.streams.video[0].codec_context
            _refuse_large(context.width, context.height, name)
            yield container
    except av.FFmpegError as error:
        raise VideoError(
            N_("{name} is damaged and cannot be read ({why}). Save it again or choose another."),
            name=name,
            why=error.strerror or type(error).__name__,
        ) from error


def _container(data: bytes, name: str) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "avi"
    if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    raise VideoError(N_("{name} is not a video this portal reads. Use MP4, MOV or AVI."), name=name)


def _length(container: InputContainer) -> int:
    """Frames by the file's own account, else by its duration; 0 if it states neither."""
    stream = container.streams.video[0]
    if stream.frames:
        return stream.frames
    rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
    return int((container.duration or 0) / 1_000_000 * rate)


def _refuse_long(count: int, name: str) -> None:
    if count > settings().video_frames:
        raise VideoError(
            N_(
                "{name} has {count} frames or more; the limit is {limit}. Cut it shorter, or raise "
                "PORTAL_VIDEO_FRAMES."
            ),
            name=name,
            count=count,
            limit=settings().video_frames,
        )


def _refuse_large(width: int, height: int, name: str) -> None:
    if width * height > settings().video_pixels:
        raise VideoError(
            N_(
                "{name} has frames of {width} × {height}; the limit is {limit:.1f} million pixels. "
                "Scale it down, or raise PORTAL_VIDEO_PIXELS."
            ),
            name=name,
            width=width,
            height=height,
            limit=settings().video_pixels / 1e6,
        )


def _no_image(name: str) -> VideoError:
    return VideoError(N_("{name} has no frames to look at. Choose another video."), name=name)
