"""Untrusted videos: frames within limits, upright and timed; and H.264 for the browser. By PyAV.

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
from typing import TYPE_CHECKING, cast

from PIL import Image

from core.errors import N_, VideoError
from core.inputs import upright
from core.inputs.reading import Reading
from core.inputs.uploads import check_size
from core.settings import settings

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.sidedata.sidedata import SideData
    from av.video.stream import VideoStream

SUFFIXES = (".mp4", ".mov", ".avi", ".m4v", ".mkv", ".webm")
USUAL_RATE = Fraction(25)  # where the file states none
H264 = {"crf": "23", "bf": "0"}
"""Without B-frames the last frame written is the last one shown, and keeps its length."""
TICKS = 90_000
"""Units of a second in which written frames are timed: the usual rates are whole numbers of them."""
AUDIO_S = 0.5
"""Sound may go on that long after the last frame without a word."""
LONGEST_S = 86_400
"""A frame that comes later than this comes at a time that nobody meant."""


@dataclass(frozen=True)
class VideoInfo:
    """`width` × `height` upright, in pixels; `rate` in frames a second, on average; `frames` 0 if not stated."""

    width: int
    height: int
    rate: Fraction
    frames: int


@dataclass(frozen=True)
class Frame:
    """An upright RGB image that is shown from `start` on, for `seconds` (where the next does not come before)."""

    image: Image.Image
    start: float
    seconds: float


def probe(data: bytes, name: str) -> VideoInfo:
    """What the video is, after its first frame was decoded.

    Raises:
        VideoError: empty, of another kind, damaged, without an image, or over
            `PORTAL_UPLOAD_MB`, `PORTAL_VIDEO_FRAMES` or `PORTAL_VIDEO_PIXELS`.
    """
    first = next(frames(data, name)).image
    with _opened(data, name, Reading()) as (container, stream):
        rate = _rate(stream).limit_denominator(1001)
        return VideoInfo(first.width, first.height, rate, _length(container, stream))


def frames(data: bytes, name: str, reading: Reading | None = None) -> Iterator[Frame]:
    """Every frame of the first video stream, one at a time, at the time the file gives it. `reading` takes what is
    left out and assumed: a damaged part, further streams.

    Raises:
        VideoError: as `probe`, and where no frame can be read.
    """
    reading = reading if reading is not None else Reading()
    with _opened(data, name, reading) as (container, stream):
        _refuse_long(_length(container, stream), name)
        stream.thread_type = "AUTO"
        clock = _Clock(container, stream)
        count = 0
        for frame in _decoded(container, stream, name, clock, reading):
            count += 1
            _refuse_long(count, name)
            yield Frame(_image(frame, stream, name, reading), *clock.read(frame))
        if not count:
            raise _no_image(name)
        clock.compare(container, stream, name, count, reading)


class _Clock:
    """When frames are shown, in seconds from the beginning of the file. Always later than the frame before."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.begin = (container.start_time or 0) / 1_000_000
        self.usual = float(1 / _rate(stream))
        self.next = 0.0
        """When the next frame comes if it does not say so: when the last one ends."""
        self.last = -1.0
        self.mended = 0

    def read(self, frame: VideoFrame) -> tuple[float, float]:
        """Start and length of a frame."""
        unit = float(frame.time_base or 0)
        stamp = frame.pts if frame.pts is not None else frame.dts
        start = self.next if stamp is None else max(0.0, stamp * unit - self.begin)
        if not self.last < start < self.last + LONGEST_S:
            start = self.next
            self.mended += 1
        lasts = (frame.duration or 0) * unit
        lasts = lasts if 0 < lasts < LONGEST_S else self.usual
        self.last, self.next = start, start + lasts
        return start, lasts

    def compare(
        self,
        container: InputContainer,
        stream: VideoStream,
        name: str,
        count: int,
        reading: Reading,
    ) -> None:
        """Note where the `count` frames that were read are not what the file says it has."""
        stated = (container.duration or 0) / 1_000_000
        slack = AUDIO_S if container.streams.audio else 2 * self.usual
        if not reading.problems and (count < stream.frames or self.next < stated - slack):
            reading.trouble(
                "early end",
                N_(
                    "{name} says that it lasts {stated:.2f} s; its frames end at {end:.2f} s. The {count} frames "
                    "that there are are used."
                ),
                name=name,
                stated=stated,
                end=self.next,
                count=count,
            )
        if self.mended:
            reading.trouble(
                "times",
                N_("{count} frames of {name} have no time that can be used; they follow evenly."),
                name=name,
                count=self.mended,
            )


def _decoded(
    container: InputContainer, stream: VideoStream, name: str, clock: _Clock, reading: Reading
) -> Iterator[VideoFrame]:
    """The frames that can be decoded; a damaged part is noted where there are frames beside it.

    Raises:
        av.FFmpegError: nothing can be decoded.
    """
    import av

    first: av.FFmpegError | None = None
    damaged = count = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            decoded = packet.decode() if packet is not None else []
        except av.FFmpegError as error:
            first = first or error
            damaged += 1
            if damaged > settings().video_frames:
                break
            continue  # the packets behind a damaged one may be whole; a broken file has none left
        if packet is None:
            break
        for frame in decoded:
            if isinstance(frame, av.VideoFrame):
                count += 1
                damaged += frame.is_corrupt
                yield frame
    if first and not count:
        raise first
    if damaged:
        reading.trouble(
            "damaged",
            N_(
                "{name} is damaged in {damaged} places. The {count} frames that can be read are used; the last one "
                "is at {seconds:.2f} s."
            ),
            name=name,
            damaged=damaged,
            count=count,
            seconds=clock.last,
        )


def _image(frame: VideoFrame, stream: VideoStream, name: str, reading: Reading) -> Image.Image:
    from av.sidedata.sidedata import Type

    aspect = stream.sample_aspect_ratio
    size = upright.shape(frame.width, frame.height, aspect)
    _refuse_large(max(frame.width, size[0]), max(frame.height, size[1]), name)
    if size != (frame.width, frame.height):
        reading.assume(
            "pixels",
            N_(
                "The pixels of {name} are not square ({aspect} : 1): {width} × {height} are shown as "
                "{shown_width} × {shown_height}."
            ),
            name=name,
            aspect=f"{float(aspect or 1):.3g}",
            width=frame.width,
            height=frame.height,
            shown_width=size[0],
            shown_height=size[1],
        )
    parts = cast("Iterable[SideData]", frame.side_data)
    matrix = next((one for one in parts if one.type == Type.DISPLAYMATRIX), None)
    turn = upright.placement(bytes(matrix), name, reading) if matrix is not None else None
    return upright.upright(frame.to_image(), size, turn)


def encode(images: Iterable[Image.Image], rate: Fraction, target: Path) -> None:
    """Write RGB images of one size as `write` does, `rate` of them a second."""
    second = float(1 / rate)
    write((Frame(one, i * second, second) for i, one in enumerate(images)), target)


def write(frames: Iterable[Frame], target: Path) -> None:
    """Write frames of one size as an H.264 mp4 that browsers play while it loads, each at its own time.

    4:2:0 sampling needs even sides: an odd one loses a pixel.
    """
    import av

    lengths: dict[int, int] = {}
    with av.open(target, "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = None
        for one in frames:
            if stream is None:
                # by its short name FFmpeg takes libx264 or whatever H.264 encoder it was built with
                rate = Fraction(1 / one.seconds).limit_denominator(1001)
                stream = container.add_stream("h264", rate=rate, options=H264)
                stream.width, stream.height = (max(2, s - s % 2) for s in one.image.size)
                stream.pix_fmt = "yuv420p"
                stream.codec_context.time_base = Fraction(1, TICKS)
            frame = av.VideoFrame.from_image(one.image)
            frame = frame.reformat(stream.width, stream.height, "yuv420p")
            frame.pts, frame.time_base = round(one.start * TICKS), Fraction(1, TICKS)
            lengths[frame.pts] = round(one.seconds * TICKS)
            for packet in stream.encode(frame):
                packet.duration = lengths.get(packet.pts or 0, 0)
                container.mux(packet)
        for packet in stream.encode(None) if stream is not None else ():
            packet.duration = lengths.get(packet.pts or 0, 0)
            container.mux(packet)


@contextmanager
def _opened(
    data: bytes, name: str, reading: Reading
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The demuxer on `data` and its first stream of moving images; turns what FFmpeg finds wrong, now or later, into
    a VideoError."""
    import av

    if not data:
        raise VideoError(N_("{name} is empty (0 bytes). Choose another video."), name=name)
    check_size(data, name, VideoError)
    try:
        with av.open(BytesIO(data), "r", format=_container(data, name)) as container:
            stream = _stream(container, name, reading)
            context = stream.codec_context
            _refuse_large(context.width, context.height, name)
            yield container, stream
    except VideoError:
        raise
    except (
        Exception
    ) as error:  # besides FFmpeg's errors, whatever a file without a sound header leads to
        raise VideoError(
            N_("{name} is damaged and cannot be read ({why}). Save it again or choose another."),
            name=name,
            why=getattr(error, "strerror", "") or type(error).__name__,
        ) from error


def _stream(container: InputContainer, name: str, reading: Reading) -> VideoStream:
    from av.stream import Disposition

    streams = container.streams.video
    moving = [one for one in streams if not one.disposition & Disposition.attached_pic]
    if not moving and container.streams.audio:
        raise VideoError(
            N_("{name} has no frames to look at, only sound. Choose another video."), name=name
        )
    if not moving:
        raise _no_image(name)
    if len(moving) > 1:
        reading.assume(
            "streams",
            N_("{name} holds {count} videos; the first is read."),
            name=name,
            count=len(moving),
        )
    if container.streams.audio:
        reading.assume("sound", N_("The sound of {name} is left out."), name=name)
    return moving[0]


def _container(data: bytes, name: str) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "avi"
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    raise VideoError(
        N_("{name} is not a video this portal reads. Use MP4, MOV, AVI, MKV or WebM."),
        name=name,
    )


def _rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate
    return rate if rate and 0 < rate < 100_000 else USUAL_RATE


def _length(container: InputContainer, stream: VideoStream) -> int:
    """Frames by the file's own account, else by its duration; 0 if it states neither."""
    if stream.frames:
        return stream.frames
    return int((container.duration or 0) / 1_000_000 * _rate(stream))


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
