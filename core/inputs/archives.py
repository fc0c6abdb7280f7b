"""Untrusted zip files: read member by member within limits; nothing is written by their names."""

from __future__ import annotations

import lzma
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import N_, ArchiveError
from core.inputs import zip_names
from core.inputs.reading import Reading
from core.settings import settings

MOST_DENSE = 200
"""Unpacked bytes per packed byte; images and texts stay far below, bombs far above."""
DEBRIS = ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store")
"""What desktops leave behind, in small letters; nobody misses it, so it is left out without a word."""
NESTED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")

DAMAGE = (
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
"""What reading a damaged, encrypted or oddly packed member raises."""
ENCRYPTED, UTF8 = 0x1, 0x800
"""Flags of a member."""
UNICODE_PATH = 0x7075
"""Info-ZIP's extra field: the name in UTF-8 beside the one in the computer's encoding."""


class Archive:
    """The ordinary files of a zip archive. Names are relative, clean and composed Unicode (NFC), each once; links,
    folders, hidden files and archives inside the archive are left out."""

    def __init__(self, file: zipfile.ZipFile, name: str, reading: Reading) -> None:
        self.name = name
        self._file, self._reading = file, reading
        self._members = dict(_members(file, name, reading))

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
        if info.flag_bits & ENCRYPTED:
            raise ArchiveError(
                N_("{member} in {name} is protected by a password. Pack it again without one."),
                member=member,
                name=self.name,
            )
        self._reading.give(info.compress_size)
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
        _refuse_many(source, name)
        file = zipfile.ZipFile(source)
    except UnicodeDecodeError as error:
        raise ArchiveError(
            N_("{name} holds a file name that is marked as UTF-8 and is not. Pack it again."),
            name=name,
        ) from error
    except DAMAGE as error:
        raise ArchiveError(
            N_("{name} is not a zip file that can be read. Pack it again as .zip."), name=name
        ) from error
    with file:
        yield Archive(file, name, Reading() if reading is None else reading)


END, ENTRY = b"PK\x05\x06", b"PK\x01\x02"
LONGEST_END = 22 + 65535
"""Bytes of the record at the end of a zip file with the longest comment."""
LONGEST_ENTRY = 1000
"""Bytes of one member in the archive's list: 46, its path and extra fields; more on average is no honest list."""


def _refuse_many(source: Path | IO[bytes], name: str) -> None:
    """Count the members before the library makes an object of each: the list stands at the end, after its size."""
    with source.open("rb") if isinstance(source, Path) else _kept(source) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LONGEST_END))
        tail = file.read()
        at = tail.rfind(END)
        if at < 0 or at + 22 > len(tail):
            return  # the library says what is wrong with it
        (length,) = struct.unpack("<I", tail[at + 12 : at + 16])
        limit = settings().archive_files
        # a list of 4 GB or more stands in another record; so long a list is refused in any case
        if length > limit * LONGEST_ENTRY + 1_000_000:
            raise _too_many(name, f"> {limit}")
        file.seek(max(0, size - len(tail) + at - length - 200))
        count = file.read(length + 200).count(ENTRY)
        if count > limit + 1:  # the signature may stand in a name by chance
            raise _too_many(name, count)


@contextmanager
def _kept(source: IO[bytes]) -> Iterator[IO[bytes]]:
    """A stream that stays open, at its place."""
    place = source.tell()
    try:
        yield source
    finally:
        source.seek(place)


def _too_many(name: str, count: object) -> ArchiveError:
    return ArchiveError(
        N_("{name} holds {count} files; the limit is {limit} (PORTAL_ARCHIVE_FILES)."),
        name=name,
        count=count,
        limit=settings().archive_files,
    )


def _members(
    file: zipfile.ZipFile, name: str, reading: Reading
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    infos = file.infolist()
    _refuse_large(infos, name)
    given: dict[str, int] = {}
    left_out: dict[str, list[str]] = {}
    for info, path in zip(infos, map(PurePosixPath, _paths(infos, reading)), strict=True):
        if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
            raise ArchiveError(
                N_("{name} holds a path that leaves its folder ({member}). It was not opened."),
                name=name,
                member=path,
            )
        if why := _unwanted(info, path):
            left_out.setdefault(why, []).append(str(path))
            continue
        yield _free(path, given, name, reading), info
    for why, members in left_out.items():
        if why in LEFT_OUT:
            reading.trouble(why, LEFT_OUT[why], count=len(members), member=members[0], name=name)


LEFT_OUT = {
    "link": N_(
        "{count} links in {name} are left out, such as {member}. Pack the files themselves."
    ),
    "hidden": N_("{count} hidden files in {name} are left out, such as {member}."),
    "nested": N_(
        "{count} archives inside {name} are not opened, such as {member}. Unpack them first."
    ),
}


def _unwanted(info: zipfile.ZipInfo, path: PurePosixPath) -> str:
    """Why a member is left out: a key of `LEFT_OUT`, or one that nobody has to be told; "": it is read."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    small = [part.lower() for part in path.parts]
    if any(part in DEBRIS or part.startswith(("._", "__macosx")) for part in small):
        return "debris"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link"
    if not path.parts or info.is_dir() or info.filename.endswith("\\"):
        return "folder"
    if any(part.startswith(".") for part in small):
        return "hidden"
    return "nested" if path.suffix.lower() in NESTED else ""


def _free(path: PurePosixPath, given: dict[str, int], name: str, reading: Reading) -> str:
    """The path, or another one where it is taken; which is told. `given` counts how often each was asked for."""
    count = given[str(path)] = given.get(str(path), 0) + 1
    if count == 1:
        return str(path)
    while str(other := path.with_name(f"{path.stem} ({count}){path.suffix}")) in given:
        count += 1
    given[str(other)] = 1
    reading.trouble(
        "same_name",
        N_("{name} holds {member} more than once; a later one is read as {other}."),
        name=name,
        member=str(path),
        other=other.name,
    )
    return str(other)


def _refuse_large(infos: Sequence[zipfile.ZipInfo], name: str) -> None:
    if len(infos) > settings().archive_files:
        raise _too_many(name, len(infos))
    unpacked = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    if unpacked > settings().archive_mb * 1_000_000 or unpacked > 1e7 + MOST_DENSE * packed:
        raise ArchiveError(
            N_("{name} unpacks to {size:.0f} MB; the limit is {limit} MB (PORTAL_ARCHIVE_MB)."),
            name=name,
            size=unpacked / 1e6,
            limit=min(settings().archive_mb, round(10 + MOST_DENSE * packed / 1e6)),
        )


def _paths(infos: Sequence[zipfile.ZipInfo], reading: Reading) -> list[str]:
    """The members' paths: decoded together where they do not say their encoding, with `/`, in composed Unicode.

    Macs write letters and their accents apart; folders that differ in that alone are told to be one.
    """
    said = [_said(info) for info in infos]
    # what the library took for the DOS encoding of America is bytes that it knows no better name for
    raw = [
        info.orig_filename.partition("\0")[0].encode("cp437")
        for info, name in zip(infos, said, strict=True)
        if name is None
    ]
    decoded = iter(zip_names.decode(reading, raw))
    paths: list[str] = []
    spelt: dict[str, str] = {}
    for name in said:
        path = (next(decoded) if name is None else name).replace("\\", "/")
        composed = unicodedata.normalize("NFC", path)
        folder, _, _file = composed.rpartition("/")
        if spelt.setdefault(folder, path.rpartition("/")[0]) != path.rpartition("/")[0]:
            reading.assume(
                "same_folder",
                N_(
                    "Two folders are called “{folder}”, written in two ways (composed and decomposed "
                    "Unicode); they are taken as one."
                ),
                folder=folder,
            )
        paths.append(composed)
    return paths


def _said(info: zipfile.ZipInfo) -> str | None:
    """The name of a member that says it is Unicode; None of one that does not."""
    if info.flag_bits & UTF8:
        return info.orig_filename.partition("\0")[0]
    raw, extra = info.orig_filename.encode("cp437"), info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == UNICODE_PATH and len(field) > 5 and field[0] == 1:
            (checksum,) = struct.unpack("<I", field[1:5])
            if checksum == zlib.crc32(
                raw
            ):  # else the name was changed by a program that did not know
                try:
                    return field[5:].decode("utf-8")
                except UnicodeDecodeError:
                    return None
    return None
