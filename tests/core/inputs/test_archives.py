"""Zip files from strangers."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from core.errors import ArchiveError
from core.inputs import archives


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
