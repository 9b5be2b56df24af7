"""A zip file that has one form only.

Names in order, one fixed time, one compression, nothing between or behind the entries, and a seal: the archive's
comment is the SHA-256 of all bytes before its end record. Reading writes the archive anew from its entries and
compares, so a changed byte is found wherever it stands, and bombs, links and paths that lead out are refused before
anything is unpacked. The entries' compressed streams are taken as they are: another machine's zlib may pack the same
content into other bytes, and that is no tampering.
"""

from __future__ import annotations

import hashlib
import io
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ctresearch.studies.base.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MAX_FILES = 2000
MAX_BYTES = 512 * 2**20
MAX_RATIO = 200
_SMALL = 2**20
_KEPT = 32 * 2**20  # of two files so large what was packed last is kept in memory
_VERSION, _FLAGS, _DEFLATE = 20, 0x800, 8
_TIME, _DATE = 0, (1 << 5) | 1  # 1 January 1980, the first day a zip file knows
_UNIX, _MODE = 3 << 8, 0o100644 << 16
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file, packed."""

    name: bytes
    crc: int
    size: int
    stream: bytes


def pack(files: Mapping[str, bytes], *, effort: int = 9) -> bytes:
    """Write files as the one archive that holds them.

    Parameters
    ----------
    files : mapping of str to bytes
        Relative path with forward slashes to content.
    effort : int
        From 9, the smallest, to 0, as it is: right for an archive that goes into another one, which then packs like
        files together.

    Returns
    -------
    bytes
        The archive; the same files give the same bytes.

    Raises
    ------
    IntegrityError
        If a path leads out of the archive.

    Examples
    --------
    >>> pack({"a.txt": b"1", "b.txt": b"2"}) == pack({"b.txt": b"2", "a.txt": b"1"})
    True
    """
    entries = []
    for name in sorted(files):
        check_name(name)
        content = files[name]
        deflate = _deflate_once if _SMALL < len(content) <= _KEPT else _deflate
        entries.append(_Entry(name.encode(), zlib.crc32(content), len(content), deflate(content, effort)))
    return _assemble(entries)


def unpack(data: bytes) -> dict[str, bytes]:
    """Read an archive that :func:`pack` wrote, into memory, with every byte accounted for.

    Parameters
    ----------
    data : bytes
        The archive.

    Returns
    -------
    dict of str to bytes
        Path to content.

    Raises
    ------
    IntegrityError
        If it is not such an archive: damaged, changed, too large when unpacked, or with names that lead out.

    Examples
    --------
    >>> unpack(pack({"a.txt": b"1"}))
    {'a.txt': b'1'}
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise IntegrityError(f"this is not a zip file, or a damaged one: {error}") from error
    _check_listing(listed)
    files, entries = {}, []
    for one in listed:
        stream = _stream(data, one)
        content = _inflate(one, stream)
        files[one.filename] = content
        entries.append(_Entry(one.filename.encode(), zlib.crc32(content), len(content), stream))
    if sorted(files) != [one.filename for one in listed] or _assemble(entries) != data:
        raise IntegrityError(
            f"the archive of {len(listed):,} files is not byte for byte the one that its own entries give: it was "
            "changed, or packed by another tool"
        )
    return files


def drop(data: bytes, paths: Collection[str]) -> bytes:
    """Take entries out of an archive that :func:`pack` wrote; the others keep their packed bytes.

    Parameters
    ----------
    data : bytes
        The archive.
    paths : collection of str
        What goes.

    Returns
    -------
    bytes
        The archive without them.

    Examples
    --------
    >>> drop(pack({"a.txt": b"1", "b.txt": b"2"}), ["b.txt"]) == pack({"a.txt": b"1"})
    True
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = [one for one in archive.infolist() if one.filename not in paths]
    return _assemble([_Entry(one.filename.encode(), one.CRC, one.file_size, _stream(data, one)) for one in kept])


def check_name(name: str) -> None:
    """Refuse a path that could lead out of a folder, or mean two files on some system.

    Parameters
    ----------
    name : str
        Path inside an archive.

    Raises
    ------
    IntegrityError
        If it is absolute, has a drive, a backslash, dots, empty parts or control characters.

    Examples
    --------
    >>> check_name("tables/models.csv")
    >>> check_name("../models.csv")
    Traceback (most recent call last):
    ...
    ctresearch.studies.base.errors.IntegrityError: the path '../models.csv' in the archive is refused, ...
    """
    parts = name.split("/")
    plain = all(part not in {"", ".", ".."} and part == part.strip() for part in parts)
    printable = name.isprintable() and unicodedata.normalize("NFC", name) == name
    if not (plain and printable and "\\" not in name and ":" not in name and len(name.encode()) < 2**10):
        raise IntegrityError(
            f"the path {name!r} in the archive is refused, must be relative, with forward slashes, without '..'"
        )


def _check_listing(listed: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse dangerous names, links, doubled files and bombs, from the directory alone."""
    if len(listed) > MAX_FILES:
        raise IntegrityError(f"the archive lists {len(listed)} files, must list at most {MAX_FILES}")
    total = sum(one.file_size for one in listed)
    if total > MAX_BYTES:
        raise IntegrityError(f"the archive unpacks to {total} bytes, must unpack to at most {MAX_BYTES}: a zip bomb?")
    seen: set[str] = set()
    for one in listed:
        check_name(one.filename)
        if one.filename.casefold() in seen:
            raise IntegrityError(f"the archive holds {one.filename!r} twice, names must differ by more than case")
        seen.add(one.filename.casefold())
        if one.external_attr != _MODE:
            raise IntegrityError(f"{one.filename!r} in the archive is no plain file: links and folders are refused")
        if one.file_size > max(_SMALL, MAX_RATIO * one.compress_size):
            raise IntegrityError(
                f"{one.filename!r} unpacks from {one.compress_size} to {one.file_size} bytes, "
                f"must stay under {MAX_RATIO} to 1: a zip bomb?"
            )


def _deflate(content: bytes, effort: int) -> bytes:
    """Pack one file."""
    packer = zlib.compressobj(effort, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


# A release packs the same wheel for the bundle, for its second build and for its store: two seconds each.
_deflate_once = lru_cache(maxsize=2)(_deflate)


def _stream(data: bytes, one: zipfile.ZipInfo) -> bytes:
    """Cut the compressed bytes of an entry out of the archive."""
    start = one.header_offset + _LOCAL.size + len(one.filename.encode())
    stream = data[start : start + one.compress_size]
    if one.compress_type != _DEFLATE or len(stream) != one.compress_size:
        raise IntegrityError(f"{one.filename!r} in the archive is cut short, or packed by another method than deflate")
    return stream


def _inflate(one: zipfile.ZipInfo, stream: bytes) -> bytes:
    """Unpack an entry, never beyond the size it claims."""
    unpacker = zlib.decompressobj(-15)
    try:
        content = unpacker.decompress(stream, one.file_size + 1)
    except zlib.error as error:
        raise IntegrityError(f"{one.filename!r} in the archive is damaged: {error}") from error
    if len(content) != one.file_size or not unpacker.eof or unpacker.unused_data:
        raise IntegrityError(f"{one.filename!r} in the archive does not unpack to the {one.file_size} bytes it claims")
    return content


def _assemble(entries: Sequence[_Entry]) -> bytes:
    """Write the archive of some entries, with its seal."""
    body, directory = bytearray(), bytearray()
    for one in entries:
        shared = (_FLAGS, _DEFLATE, _TIME, _DATE, one.crc, len(one.stream), one.size, len(one.name), 0)
        offset = len(body)
        body += _LOCAL.pack(b"PK\3\4", _VERSION, *shared) + one.name + one.stream
        directory += _CENTRAL.pack(b"PK\1\2", _VERSION | _UNIX, _VERSION, *shared, 0, 0, 0, _MODE, offset) + one.name
    seal = f"sha256 {hashlib.sha256(bytes(body + directory)).hexdigest()}".encode()
    end = _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(body), len(seal))
    return bytes(body + directory) + end + seal
