"""Zip files from strangers."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest

from core.errors import ArchiveError
from core.inputs import archives
from core.inputs.reading import Reading


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], **more: object) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    out.seek(0)
    return out


def names(source) -> list[str]:
    with archives.opened(source, "a.zip") as archive:
        return archive.names


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_ordinary_files_are_read():
    with archives.opened(packed(("a/b.txt", b"hello")), "a.zip") as archive:
        assert archive.read("a/b.txt") == b"hello"


@pytest.mark.parametrize("path", ["../up.txt", "/etc/passwd", "a/../../b", "..\\up.txt", "C:\\x"])
def test_a_path_that_leaves_its_folder_closes_the_archive(path):
    with pytest.raises(ArchiveError, match="leaves its folder"):
        names(packed((path, b"x"), ("good.txt", b"x")))


def test_links_folders_and_desktop_leftovers_are_passed_over():
    members = (link("l"), b"/etc/passwd"), ("d/", b""), ("__MACOSX/x", b"x"), (".DS_Store", b"x")
    assert names(packed(*members, ("good.txt", b"x"))) == ["good.txt"]


def test_a_bomb_is_not_unpacked():
    with pytest.raises(ArchiveError, match="unpacks to"):
        names(packed(("zeros", b"\0" * 50_000_000)))


def test_too_many_files_name_the_limit(monkeypatch):
    monkeypatch.setenv("PORTAL_ARCHIVE_FILES", "2")
    with pytest.raises(ArchiveError, match="PORTAL_ARCHIVE_FILES"):
        names(packed(("a", b""), ("b", b""), ("c", b"")))


def test_too_many_bytes_name_the_limit(monkeypatch):
    monkeypatch.setenv("PORTAL_ARCHIVE_MB", "1")
    with pytest.raises(ArchiveError, match="PORTAL_ARCHIVE_MB"):
        names(packed(("a", bytes(range(256)) * 8000)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"no zip at all"])
def test_what_is_no_zip_file_is_refused(content):
    with pytest.raises(ArchiveError, match="not a zip file"):
        names(io.BytesIO(content))


def test_a_damaged_member_is_named():
    data = bytearray(packed(("a.txt", bytes(range(256)) * 20)).getvalue())
    data[45:60] = b"\xff" * 15
    with (
        archives.opened(io.BytesIO(bytes(data)), "a.zip") as archive,
        pytest.raises(ArchiveError, match=r"a\.txt in a\.zip"),
    ):
        archive.read("a.txt")


def unflagged(*members: tuple[bytes, bytes]) -> io.BytesIO:
    """A zip whose names are these bytes and do not say their encoding."""
    placeholders = {
        name: f"{i:0{len(name)}d}".encode() for i, (name, _content) in enumerate(members)
    }
    data = packed(*((placeholders[name].decode(), content) for name, content in members)).getvalue()
    for name, placeholder in placeholders.items():
        data = data.replace(placeholder, name)
    return io.BytesIO(data)


def read_with(source, **choices: str) -> tuple[list[str], Reading]:
    reading = Reading(choices)
    with archives.opened(source, "a.zip", reading) as archive:
        return archive.names, reading


def told(reading: Reading) -> list[str]:
    return [one.kind for one in (*reading.assumptions, *reading.problems)]


def test_names_in_the_encoding_of_windows_are_decoded_and_their_files_read():
    source = unflagged(("动物/猫/0.png".encode("gbk"), b"miau"))
    with archives.opened(source, "a.zip") as archive:
        assert archive.read("动物/猫/0.png") == b"miau"


def test_the_encoding_of_names_can_be_chosen():
    source = unflagged(("Äpfel/a.png".encode("cp437"), b"x"))
    names, reading = read_with(source, names_encoding="cp1252")
    assert (names, told(reading)) == (["Žpfel/a.png"], ["names_encoding"])


def test_the_unicode_name_beside_another_one_is_taken():
    raw = b"caf?/a.png"
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + "café/a.png".encode()
    info = zipfile.ZipInfo(raw.decode())
    info.extra = struct.pack("<HH", archives.UNICODE_PATH, len(field)) + field
    assert names(packed((info, b"x"))) == ["café/a.png"]


def test_folders_that_differ_in_composition_alone_are_one_and_told():
    names, reading = read_with(packed(("café/a.png", b"x"), ("cafe\u0301/b.png", b"x")))
    assert {name.rpartition("/")[0] for name in names} == {"café"}
    assert told(reading) == ["same_folder"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["café.png", "cafe\u0301.png"])
def test_two_files_of_one_name_are_both_kept_and_told(second):
    reading = Reading()
    with archives.opened(packed(("café.png", b"1"), (second, b"2")), "a.zip", reading) as archive:
        contents = [archive.read(name) for name in archive.names]
    assert (sorted(contents), told(reading)) == ([b"1", b"2"], ["same_name"])


def test_backslashes_divide_folders():
    assert names(packed(("set\\cat\\", b""), ("set\\cat\\0.png", b"x"))) == ["set/cat/0.png"]


def test_links_hidden_files_and_archives_inside_are_told_with_their_number():
    members = (link("l"), b"/x"), (".git/config", b"x"), (".git/head", b"x"), ("more.zip", b"x")
    _names, reading = read_with(packed(*members, ("Thumbs.db", b"x"), ("good.txt", b"x")))
    assert told(reading) == ["link", "hidden", "nested"]
    assert "2 hidden files" in str(reading.problems[1])


def test_members_are_counted_before_the_library_lists_them(monkeypatch):
    monkeypatch.setenv("PORTAL_ARCHIVE_FILES", "5")
    source = packed(*((f"{i}.txt", b"") for i in range(50)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(ArchiveError, match="50 files"):
        names(source)


def test_a_protected_file_says_so():
    data = bytearray(packed(("a.txt", b"secret")).getvalue())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with (
        archives.opened(io.BytesIO(bytes(data)), "a.zip") as archive,
        pytest.raises(ArchiveError, match="password"),
    ):
        archive.read("a.txt")
