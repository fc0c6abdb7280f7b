"""Untrusted zip files: read member by member within limits; nothing is written by their names."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import N_, ArchiveError
from core.inputs.reading import Reading
from core.settings import settings

MOST_DENSE = 200
"""Unpacked bytes per packed byte; images and texts stay far below, bombs far above."""


DAMAGE = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading a damaged, encrypted or oddly packed member raises."""


class Archive:
    """The ordinary files of a zip archive. Names are relative and clean; links and folders are left out."""

    def __init__(self, file: zipfile.ZipFile, name: str) -> None:
        self.name = name
        self._file = file
        self._members = dict(_members(file, name))

    @property
    def names(self) -> list[str]:
        """Paths inside the archive, with `/`, sorted."""
        return sorted(self._members)

    def size(self, member: str) -> int:
        """Bytes of one file, as the archive says."""
        return self._members[member].file_size

    def read(self, member: str) -> bytes:
        """The contents of one file.

        Raises:
            ArchiveError: encrypted, damaged, or longer than the archive said.
        """
        info = self._members[member]
        try:
            with self._file.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except DAMAGE as error:
            raise ArchiveError(
                N_("{member} in {name} is damaged or encrypted. Pack the archive again."),
                member=member,
                name=self.name,
            ) from error
        if len(data) > info.file_size:
            raise ArchiveError(
                N_("{member} in {name} is larger than it says. Pack the archive again."),
                member=member,
                name=self.name,
            )
        return data


@contextmanager
def opened(
    source: Path | IO[bytes], name: str, reading: Reading | None = None
) -> Iterator[Archive]:
    """Open a zip file and check it against the limits before anything is unpacked; `reading` takes what is assumed
    and left out.

    Raises:
        ArchiveError: no zip file, a path outside, or over PORTAL_ARCHIVE_FILES / PORTAL_ARCHIVE_MB.
    """
    try:
        file = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ArchiveError(
            N_("{name} is not a zip file that can be read. Pack it again as .zip."), name=name
        ) from error
    with file:
        yield Archive(file, name)


def _members(file: zipfile.ZipFile, name: str) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    infos = file.infolist()
    if len(infos) > settings().archive_files:
        raise ArchiveError(
            N_("{name} holds {count} files; the limit is {limit} (PORTAL_ARCHIVE_FILES)."),
            name=name,
            count=len(infos),
            limit=settings().archive_files,
        )
    unpacked = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    if unpacked > settings().archive_mb * 1_000_000 or unpacked > 1e7 + MOST_DENSE * packed:
        raise ArchiveError(
            N_("{name} unpacks to {size:.0f} MB; the limit is {limit} MB (PORTAL_ARCHIVE_MB)."),
            name=name,
            size=unpacked / 1e6,
            limit=min(settings().archive_mb, round(10 + MOST_DENSE * packed / 1e6)),
        )
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
            raise ArchiveError(
                N_("{name} holds a path that leaves its folder ({member}). It was not opened."),
                name=name,
                member=info.filename,
            )
        kind = stat.S_IFMT(info.external_attr >> 16)
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if info.is_dir() or kind not in (0, stat.S_IFREG) or hidden:
            continue  # folders, links and devices, what desktops leave behind
        yield str(path), info
