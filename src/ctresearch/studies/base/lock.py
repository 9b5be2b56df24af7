"""Locks on files that the system lets go when their process dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def acquire(file: Path, *, wait: bool) -> int | None:
    """Lock a file, which is made where it is missing.

    Parameters
    ----------
    file : pathlib.Path
        The file; its folder must exist.
    wait : bool
        Whether to wait for another process that holds it.

    Returns
    -------
    int or None
        Handle of the lock; ``None`` where another process holds it and ``wait`` is false.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "lock"
    >>> handle = acquire(file, wait=True)
    >>> acquire(file, wait=False) is None
    True
    >>> release(handle, file)
    """
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_ino == os.fstat(handle).st_ino:  # it was not deleted while we waited
                    return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def release(handle: int | None, file: Path) -> None:
    """Delete the lock file while it is still held, then let it go.

    Parameters
    ----------
    handle : int, optional
        What :func:`acquire` returned.
    file : pathlib.Path
        The file.

    Examples
    --------
    >>> import pathlib
    >>> release(None, pathlib.Path("never locked"))
    """
    if handle is not None:
        file.unlink(missing_ok=True)
        os.close(handle)
