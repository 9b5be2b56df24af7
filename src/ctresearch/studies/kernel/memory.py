"""A watch over the memory of a kernel and the processes it starts."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import threading
from typing import Any, Self

import psutil  # type: ignore[import-untyped, unused-ignore]

_SECONDS, _TURNS = 0.25, 4


class MemoryWatch:
    """Ends a process group that holds more memory than it may.

    The resident memory of the process and its children is looked at four times a second; new children are looked for
    every second, since that means going through all processes of the machine. A limit on address space
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
        family: list[Any] = []
        for turn in itertools.count():  # looked at before it is waited for: a quick kernel holds memory too
            if turn % _TURNS == 0:
                family = _family(self._pid)
            held = _resident_mb(family)
            self.peak_mb = max(self.peak_mb, held)
            if held > self._limit:
                self.exceeded = True
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._pid, signal.SIGKILL)
                return
            if self._done.wait(_SECONDS):
                return


def _family(pid: int) -> list[Any]:
    """List a process and its children."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident_mb(family: list[Any]) -> float:
    """Add up the resident memory of processes; those that ended meanwhile count nothing."""
    total = 0
    for one in family:
        with contextlib.suppress(psutil.Error):
            total += one.memory_info().rss
    return total / 2**20
