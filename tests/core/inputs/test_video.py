"""Videos from strangers, read and written."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import hypothesis
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import VideoError
from core.inputs import video
from core.inputs.reading import Reading
from core.settings import settings


def written(
    kind: str = "mp4",
    codec: str = "mpeg4",
    size: tuple[int, int] = (64, 48),
    count: int = 6,
    turn: int = 0,
    matrix: tuple[int, ...] = (),
    times: tuple[float, ...] = (),
    aspect: Fraction | None = None,
    sound: bool = False,
) -> bytes:
    """A clip whose top left quarter is red. `matrix` is its display matrix, `times` are when its frames are shown."""
    out = BytesIO()
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if turn:
            stream.set_display_rotation(turn)
        if matrix:
            stream.set_display_matrix(matrix)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        if sound:
            heard = container.add_stream("aac", rate=8000, layout="mono")
        for i in range(len(times) or count):
            frame = av.VideoFrame.from_image(picture)
            if times:
                frame.pts, frame.time_base = round(times[i] * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            silence.sample_rate = 8000
            container.mux(heard.encode(silence))
            container.mux(heard.encode(None))
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
    assert pictures[0].image.size == (64, 48)


@pytest.mark.parametrize("kind", ["mp4", "mov", "avi"])
def test_probe_tells_size_rate_and_length(kind):
    assert video.probe(written(kind), "clip") == video.VideoInfo(64, 48, Fraction(10), 6)


def test_a_frame_turned_by_a_phone_comes_upright():
    # a phone held upright notes -90: to be shown turned a quarter clockwise
    upright = next(video.frames(written(turn=-90), "phone.mp4")).image
    assert upright.size == (48, 64)
    red = upright.getpixel((upright.width - 6, 6))
    assert red[0] > 150 > red[2]


def test_an_empty_file_is_refused():
    with pytest.raises(VideoError, match="empty"):
        video.probe(b"", "clip.mp4")


@pytest.mark.parametrize("data", [b"hello" * 99, b"\x89PNG\r\n\x1a\n" * 20, b"#EXTM3U\nhttp://x/y"])
def test_what_is_no_video_is_refused(data):
    with pytest.raises(VideoError, match="MP4, MOV, AVI"):
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
    shown = next(video.frames(target.read_bytes(), "out.mp4")).image.getpixel((30, 20))
    assert shown == pytest.approx((200, 40, 90), abs=6)


def read(data: bytes, name: str = "clip.mp4") -> tuple[list[video.Frame], Reading]:
    reading = Reading()
    return list(video.frames(data, name, reading)), reading


def starts(found: list[video.Frame]) -> list[float]:
    return [round(frame.start, 2) for frame in found]


def red_corner(image: Image.Image) -> str:
    """Which quarter of the clip is red now."""
    for name, at in {"tl": (0.25, 0.25), "tr": (0.75, 0.25), "bl": (0.25, 0.75)}.items():
        pixel = image.getpixel((int(at[0] * image.width), int(at[1] * image.height)))
        if pixel[0] > 150 > pixel[2]:
            return name
    return "br"


UNEVEN = (0.0, 0.1, 0.9, 3.0, 3.1)


@pytest.mark.parametrize("kind", ["mp4", "matroska"])
def test_frames_come_at_the_times_that_the_file_gives_them(kind):
    found, _ = read(written(kind, times=UNEVEN))
    assert starts(found) == list(UNEVEN)


def test_what_is_written_keeps_the_times_of_what_was_read(tmp_path: Path):
    found, _ = read(written(times=UNEVEN))
    video.write(found, tmp_path / "out.mp4")
    again, _ = read((tmp_path / "out.mp4").read_bytes())
    assert starts(again) == list(UNEVEN)
    assert again[-1].seconds == pytest.approx(found[-1].seconds, abs=0.01)


@given(
    gaps=st.lists(st.integers(20, 3000), min_size=1, max_size=6),
    side=st.integers(3, 40),
)
@hypothesis.settings(max_examples=15, deadline=None)
def test_any_gaps_between_frames_survive_writing(gaps, side):
    frames, start = [], 0.0
    for gap in gaps:
        frames.append(video.Frame(Image.new("RGB", (2 * side, side + 9)), start, gap / 1000))
        start += gap / 1000
    with TemporaryDirectory() as folder:
        target = Path(folder) / "out.mp4"
        video.write(frames, target)
        again, notes = read(target.read_bytes())
    assert [f.start for f in again] == pytest.approx([f.start for f in frames], abs=1e-4)
    assert not notes.problems


ONE = 1 << 16


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "corner"),
    [
        (1, 0, 0, 1, "tl"),
        (-1, 0, 0, 1, "tr"),  # a mirror, which is no half turn
        (1, 0, 0, -1, "bl"),
        (-1, 0, 0, -1, "br"),
        (0, 1, -1, 0, "tr"),  # a quarter clockwise
        (0, -1, 1, 0, "bl"),
        (0, 1, 1, 0, "tl"),  # the diagonals
        (0, -1, -1, 0, "br"),
    ],
)
def test_each_of_the_eight_display_matrices_is_followed(a, b, c, d, corner):
    matrix = (a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)
    found, notes = read(written(matrix=matrix))
    assert red_corner(found[0].image) == corner
    assert found[0].image.size == ((64, 48) if a else (48, 64))
    assert not notes.assumptions


def test_a_turn_that_is_no_quarter_is_told():
    cosine, sine = round(0.9 * ONE), round(0.436 * ONE)
    _, notes = read(written(matrix=(cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30)))
    assert "turned by 26°" in str(notes.assumptions[0])


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(2), (128, 48)), (Fraction(1, 2), (64, 96))])
def test_pixels_that_are_not_square_become_square_and_it_is_told(aspect, size):
    found, notes = read(written("mp4", aspect=aspect))
    assert found[0].image.size == size
    assert "not square" in str(notes.assumptions[0])


def test_stretched_frames_keep_to_the_limit_of_pixels(monkeypatch):
    limit(monkeypatch, "PORTAL_VIDEO_PIXELS", 64 * 48)
    with pytest.raises(VideoError, match="PORTAL_VIDEO_PIXELS"):
        read(written(aspect=Fraction(2)))


@pytest.mark.parametrize(
    ("kind", "codec"), [("matroska", "mpeg4"), ("webm", "libvpx-vp9"), ("mp4", "libx265")]
)
def test_further_containers_and_codecs_are_read(kind, codec):
    if codec not in av.codecs_available:
        pytest.skip(f"this build of FFmpeg has no {codec}")
    assert len(read(written(kind, codec))[0]) == 6


def test_a_cover_image_beside_sound_is_no_video():
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        heard = container.add_stream("aac", rate=8000, layout="mono")
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "rgb24"
        cover.disposition = Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_image(Image.new("RGB", (32, 32)))))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 8000
        container.mux(heard.encode(silence))
        container.mux(heard.encode(None))
    with pytest.raises(VideoError, match="only sound"):
        read(out.getvalue(), "song.m4a")


def test_sound_that_is_left_out_is_told():
    found, notes = read(written(sound=True))
    assert len(found) == 6
    assert [one.kind for one in notes.assumptions] == ["sound"]


@pytest.mark.parametrize("kind", ["matroska", "avi"])
def test_of_a_damaged_end_the_frames_before_it_are_used_and_it_is_told(kind):
    data = written(kind, count=80)
    found, notes = read(data[: int(len(data) * 0.8)], "cut.mkv")
    assert 0 < len(found) < 80
    assert "cut.mkv" in str(notes.problems[0])
    assert f" {len(found)} frames" in str(notes.problems[0])


def test_a_damaged_middle_costs_its_own_frames_only():
    data = bytearray(written("mp4", count=20))
    middle = data.index(b"mdat") + 2000
    data[middle : middle + 400] = bytes(400)
    found, notes = read(bytes(data))
    assert len(found) > 5
    assert len(notes.problems) == (len(found) < 20)


def test_one_frame_is_a_video():
    found, notes = read(written(count=1))
    assert (len(found), notes.problems) == (1, [])


@given(at=st.integers(0, 3000), new=st.binary(min_size=1, max_size=12))
@hypothesis.settings(max_examples=40, deadline=None)
def test_damage_anywhere_gives_frames_or_a_clear_refusal(at, new):
    data = bytearray(CLIP)
    at %= len(data)
    data[at : at + len(new)] = new
    with suppress(VideoError):
        assert read(bytes(data))[0]


CLIP = written("mp4", count=4)
