"""Folders for temporary files: one that a killed process left behind is cleared away by the next."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.studies.base.lock import acquire, release

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOCKET_PATH_LIMIT = 60
_PREFIX, _LOCK = "ctr-", "lock"
_SECONDS = 60  # a folder that is being made has its lock long before


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder of one's own: short enough for the names of sockets, readable by its owner alone, gone afterwards.

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
    folder, handle = _make()
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
    folder, handle = _make()
    atexit.register(_remove, folder, handle)
    return folder


def _make() -> tuple[Path, int | None]:
    """Make a folder and hold its lock; it gets its name when the lock is held."""
    base = Path(tempfile.gettempdir())
    base = base if len(str(base)) < _SOCKET_PATH_LIMIT else Path("/tmp")  # noqa: S108
    _clear_stale(base)
    made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=base))
    handle = acquire(made / _LOCK, wait=True)
    return made.rename(base / made.name.removeprefix(".")), handle


def _remove(folder: Path, handle: int | None) -> None:
    """Delete a folder and let its lock go."""
    shutil.rmtree(folder, ignore_errors=True)
    release(handle, folder / _LOCK)


def _clear_stale(base: Path) -> None:
    """Delete the folders of processes that were killed: those of ours whose lock is free."""
    for folder in (*base.glob(f"{_PREFIX}*"), *base.glob(f".{_PREFIX}*")):
        with contextlib.suppress(OSError):
            there = folder.lstat()
            in_the_making = folder.name.startswith(".") and time.time() - there.st_mtime < _SECONDS
            if there.st_uid != os.getuid() or not stat.S_ISDIR(there.st_mode) or in_the_making:
                continue
            if (handle := acquire(folder / _LOCK, wait=False)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)
