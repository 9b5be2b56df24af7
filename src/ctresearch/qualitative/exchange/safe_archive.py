"""A zip archive from a stranger, read without trusting its names, sizes or promises."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError
from ctresearch.core.validate import file_path, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_FILES = 20_000
MOST_BYTES = 1_000_000_000
_RATIO, _SMALL = 200, 10_000_000  # text packs to a tenth; what packs to a two-hundredth and is large is a bomb
_SLIPS = re.compile(r"^[/\\]|^[A-Za-z]:|\\|(^|/)\.\.(/|$)|\x00")
_PIECE = 1 << 20


def read_archive(path: str | Path, *, most_bytes: int = MOST_BYTES) -> Mapping[str, bytes]:
    """Read every file of a zip archive into memory.

    Parameters
    ----------
    path : str or pathlib.Path
        The archive.
    most_bytes : int
        How large all files together may be once unpacked.

    Returns
    -------
    mapping of str to bytes
        Name inside the archive to content.

    Raises
    ------
    DataError
        If it is no zip archive, is broken or encrypted, names files outside itself or twice, holds links, or unpacks to
        more than it may.
    """
    file, most_bytes = file_path("path", path), whole_number("most_bytes", most_bytes, low=1)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir()]
            _refuse_names(archive.infolist())
            _refuse_sizes(infos, most_bytes)
            return MappingProxyType({one.filename: _read(archive, one) for one in infos})
    except FileNotFoundError:
        raise DataError("there is no such file: give the path of an archive") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, IsADirectoryError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"the file is no zip archive, or a broken one ({type(error).__name__}): export it again from the tool"
        ) from None


def _refuse_names(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead outside, names that stand twice, links, and what is encrypted."""
    names = [one.filename for one in infos]
    if len(names) > MOST_FILES:
        raise DataError(f"the archive holds {len(names):,} files, must hold at most {MOST_FILES:,}")
    slips = sum(bool(_SLIPS.search(one.orig_filename) or _SLIPS.search(one.filename)) for one in infos)
    if slips:
        raise DataError(f"{slips} names in the archive lead outside it, must be plain names below it: do not trust it")
    alike = len(names) - len({name.casefold() for name in names})
    if alike:
        raise DataError(f"{alike} files in the archive have the name of another, must have their own: do not trust it")
    links = sum(stat.S_ISLNK(one.external_attr >> 16) for one in infos)
    if links:
        raise DataError(f"the archive holds {links} links to other files, must hold files alone: do not trust it")
    locked = sum(one.flag_bits & 1 for one in infos)
    if locked:
        raise DataError(f"{locked} files in the archive are encrypted, must be open: export it without a password")


def _refuse_sizes(infos: list[zipfile.ZipInfo], most: int) -> None:
    """Refuse archives that say they unpack to too much."""
    whole = sum(one.file_size for one in infos)
    packed = sum(one.compress_size for one in infos)
    if whole > most:
        raise DataError(
            f"the archive unpacks to {whole:,} bytes, must be at most {most:,}: leave media out of the export"
        )
    if whole > _SMALL and whole > _RATIO * max(packed, 1):
        raise DataError(f"the archive unpacks to {whole // max(packed, 1):,} times its size: do not trust it")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one file, and stop where it is larger than it says."""
    found, left = [], info.file_size
    with archive.open(info) as stream:
        while piece := stream.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                raise DataError(
                    f"a file in the archive is larger than the {info.file_size:,} bytes it says: do not trust it"
                )
            found.append(piece)
    if left:
        raise DataError(f"a file in the archive is {left:,} bytes shorter than it says: export it again from the tool")
    return b"".join(found)
