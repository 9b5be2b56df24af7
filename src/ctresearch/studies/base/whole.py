"""Files that are there whole or not at all, in a folder that one process changes at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRAFT = ".draft-"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, and move it there when it is safely on disk.

    Parameters
    ----------
    path : pathlib.Path
        Its place; the folder must exist.
    content : bytes
        What it holds.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "one.txt"
    >>> write_whole(path, b"1")
    >>> path.read_bytes()
    b'1'
    """
    handle, name = tempfile.mkstemp(prefix=_DRAFT, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def read_beginning(path: Path, most: int) -> bytes:
    """Read a small file that somebody sent, and no more of one that is large or has no end.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    most : int
        How many bytes at most.

    Returns
    -------
    bytes
        Its content, or the beginning of it.

    Examples
    --------
    >>> len(read_beginning(Path("/dev/zero"), 10))
    10
    """
    with path.open("rb") as file:
        return file.read(most)


@contextmanager
def locked(folder: Path, *below: Path) -> Iterator[None]:
    """Hold a folder, which is made where it is missing, and clear what dead processes left behind.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; the system lets go of it when the process dies.
    *below : pathlib.Path
        Folders whose folders hold drafts too, and which are changed only by who holds this one.

    Yields
    ------
    None

    Examples
    --------
    >>> with locked(Path(tempfile.mkdtemp())):
    ...     pass
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for place in (folder, *(one for parent in below for one in parent.glob("*/"))):
            for draft in place.glob(f"{_DRAFT}*"):
                draft.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)
