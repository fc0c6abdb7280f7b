"""Videos from strangers, read and written."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import VideoError
from core.inputs import video
from core.settings import settings


def written(
    kind: str = "mp4",
    codec: str = "mpeg4",
    size: tuple[int, int] = (64, 48),
    count: int = 6,
    turn: int = 0,
) -> bytes:
    """A clip whose top left quarter is red."""
    out = BytesIO()
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if turn:
            stream.set_display_rotation(turn)
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    return out.getvalue()


def sound_only() -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mov") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
    return out.getvalue()


def limit(monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    monkeypatch.setenv(name, str(value))
    settings.cache_clear()


@pytest.mark.parametrize("kind", ["mp4", "mov", "avi"])
def test_every_container_gives_its_frames(kind):
    pictures = list(video.frames(written(kind), "clip"))
    assert len(pictures) == 6
    assert pictures[0].size == (64, 48)


@pytest.mark.parametrize("kind", ["mp4", "mov", "avi"])
def test_probe_tells_size_rate_and_length(kind):
    assert video.probe(written(kind), "clip") == video.VideoInfo(64, 48, Fraction(10), 6)


def test_a_frame_turned_by_a_phone_comes_upright():
    # a phone held upright notes -90: to be shown turned a quarter clockwise
    upright = next(video.frames(written(turn=-90), "phone.mp4"))
    assert upright.size == (48, 64)
    red = upright.getpixel((upright.width - 6, 6))
    assert red[0] > 150 > red[2]


def test_an_empty_file_is_refused():
    with pytest.raises(VideoError, match="empty"):
        video.probe(b"", "clip.mp4")


@pytest.mark.parametrize("data", [b"hello" * 99, b"\x89PNG\r\n\x1a\n" * 20, b"#EXTM3U\nhttp://x/y"])
def test_what_is_no_video_is_refused(data):
    with pytest.raises(VideoError, match="MP4, MOV or AVI"):
        video.probe(data, "clip.mp4")


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_a_truncated_video_is_refused(share):
    data = written()
    with pytest.raises(VideoError):
        list(video.frames(data[: int(len(data) * share)], "clip.mp4"))


def test_a_video_with_sound_only_is_refused():
    with pytest.raises(VideoError, match="no frames"):
        video.probe(sound_only(), "song.mp4")


def test_a_video_without_frames_is_refused():
    with pytest.raises(VideoError):
        video.probe(written(count=0), "clip.mp4")


def test_too_many_frames_are_refused_naming_the_limit(monkeypatch):
    limit(monkeypatch, "PORTAL_VIDEO_FRAMES", 5)
    with pytest.raises(VideoError, match="PORTAL_VIDEO_FRAMES"):
        video.probe(written(), "clip.mp4")


def test_too_large_frames_are_refused_naming_the_limit(monkeypatch):
    limit(monkeypatch, "PORTAL_VIDEO_PIXELS", 1000)
    with pytest.raises(VideoError, match="PORTAL_VIDEO_PIXELS"):
        video.probe(written(), "clip.mp4")


def test_a_file_over_the_upload_limit_is_refused(monkeypatch):
    limit(monkeypatch, "PORTAL_UPLOAD_MB", 1)
    with pytest.raises(VideoError, match="PORTAL_UPLOAD_MB"):
        video.probe(written() + bytes(1_000_000), "clip.mp4")


def test_encoded_video_is_h264_with_even_sides(tmp_path: Path):
    target = tmp_path / "out.mp4"
    video.encode((Image.new("RGB", (65, 49), "green") for _ in range(3)), Fraction(10), target)
    with av.open(target) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (64, 48)


def test_encoded_video_can_start_before_it_is_loaded(tmp_path: Path):
    target = tmp_path / "out.mp4"
    video.encode((Image.new("RGB", (64, 48)) for _ in range(3)), Fraction(10), target)
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_colours_survive_the_round_trip(tmp_path: Path):
    target = tmp_path / "out.mp4"
    video.encode(
        (Image.new("RGB", (64, 48), (200, 40, 90)) for _ in range(3)), Fraction(10), target
    )
    shown = next(video.frames(target.read_bytes(), "out.mp4")).getpixel((30, 20))
    assert shown == pytest.approx((200, 40, 90), abs=6)
