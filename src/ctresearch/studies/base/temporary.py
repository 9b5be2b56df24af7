"""Folders for temporary files: one that a killed process left behind is cleared away by the next."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.studies.base.lock import acquire

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOCKET_PATH_LIMIT = 60
_PREFIX, _LOCK = "ctr-", "lock"
_OURS = re.compile(r"\.?ctr-[a-z0-9_]{8}")
_SECONDS = 60  # a folder that is being made has its lock long before
_ELSEWHERE = ("/tmp", "/var/tmp")  # noqa: S108
_ROOM = 10**9  # bytes that a folder must have to spare, or inputs are not copied there


@contextmanager
def temporary_folder(*, elsewhere: bool = False) -> Iterator[Path]:
    """Make a folder of one's own: short enough for the names of sockets, readable by its owner alone, gone afterwards.

    Parameters
    ----------
    elsewhere : bool
        Whether it is made below another folder than the others are, as far as the machine has one.

    Yields
    ------
    pathlib.Path
        The folder, which holds nothing but its lock.

    Examples
    --------
    >>> with temporary_folder() as folder:
    ...     [path.name for path in folder.iterdir()]
    ['lock']
    >>> folder.exists()
    False
    """
    folder, handle = _make(_other_base() if elsewhere else _base())
    try:
        yield folder
    finally:
        _remove(folder, handle)


def folder_of_process() -> Path:
    """Make a folder of one's own that is gone with this process.

    Returns
    -------
    pathlib.Path
        The folder, readable by its owner alone.

    Examples
    --------
    >>> folder_of_process().is_dir()
    True
    """
    folder, handle = _make(_base())
    atexit.register(_remove, folder, handle)
    return folder


def _base() -> Path:
    """Return the folder for temporary files, or the usual one where names of sockets in it would be too long."""
    base = Path(tempfile.gettempdir())
    return base if len(str(base)) < _SOCKET_PATH_LIMIT else Path("/tmp")  # noqa: S108


def _other_base() -> Path:
    """Return another folder for temporary files that has room for them; the same where there is none."""
    usual = _base()
    others = (Path(one) for one in _ELSEWHERE if not usual.is_relative_to(one))
    return next((one for one in others if _has_room(one)), usual)


def _has_room(folder: Path) -> bool:
    """Say whether a folder may be written to and has a gigabyte to spare."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free > _ROOM


def _make(base: Path) -> tuple[Path, int | None]:
    """Make a folder and hold its lock; it gets its name when the lock is held."""
    for one in {base, _base(), _other_base()}:
        _clear_stale(one)
    made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=base))
    handle = acquire(made / _LOCK, wait=True)
    return made.rename(base / made.name.removeprefix(".")), handle


def _remove(folder: Path, handle: int | None) -> None:
    """Delete a folder and let its lock go."""
    _delete(folder)
    if handle is not None:
        os.close(handle)


def _delete(folder: Path) -> None:
    """Delete a folder, its lock last: one who is killed meanwhile, or still writes, leaves it with a lock."""
    with contextlib.suppress(OSError):
        for one in [path for path in folder.iterdir() if path.name != _LOCK]:
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink(missing_ok=True)
        if [path.name for path in folder.iterdir()] == [_LOCK]:
            shutil.rmtree(folder)


def _clear_stale(base: Path) -> None:
    """Delete the folders of processes that were killed: those of ours whose lock is free.

    A folder that a person made is never taken for one: it has no such name, is open to others, or holds no lock.
    """
    for folder in base.iterdir():
        if not _OURS.fullmatch(folder.name):
            continue
        with contextlib.suppress(OSError):
            there = folder.lstat()
            # Jupyter makes the folder of a kernel sticky
            closed = there.st_mode & ~stat.S_ISVTX == stat.S_IFDIR | 0o700
            if there.st_uid != os.getuid() or not closed:
                continue
            if not (folder / _LOCK).is_file():
                if time.time() - there.st_mtime > _SECONDS:
                    folder.rmdir()  # killed before it had a lock, and empty then
                continue
            if (handle := acquire(folder / _LOCK, wait=False)) is not None:
                try:
                    _delete(folder)
                finally:
                    os.close(handle)
