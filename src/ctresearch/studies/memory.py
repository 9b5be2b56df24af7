"""A watch over the memory of a kernel and the processes it starts."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import Self

import psutil  # type: ignore[import-untyped, unused-ignore]

_SECONDS = 0.25


class MemoryWatch:
    """Ends a process group that holds more memory than it may.

    The resident memory of the process and its children is looked at four times a second. A limit on address space
    would be simpler, but compiled kernels reserve far more of that than they use.

    Parameters
    ----------
    pid : int
        The kernel.
    limit_mb : int
        Megabytes it may hold.

    Examples
    --------
    >>> with MemoryWatch(os.getpid(), 10**6) as watch:
    ...     watch.exceeded
    False
    """

    def __init__(self, pid: int, limit_mb: int) -> None:
        self.exceeded = False
        self.peak_mb = 0.0
        self._pid, self._limit = pid, limit_mb
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        """Look until told to stop, or until the limit is passed."""
        while not self._done.wait(_SECONDS):
            held = _resident_mb(self._pid)
            self.peak_mb = max(self.peak_mb, held)
            if held > self._limit:
                self.exceeded = True
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._pid, signal.SIGKILL)
                return


def _resident_mb(pid: int) -> float:
    """Add up the resident memory of a process and its children; those that end meanwhile count nothing."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total / 2**20
