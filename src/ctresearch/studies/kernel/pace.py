"""The pace of output: a kernel waits until what it printed was taken, so that output never piles up anywhere.

The transport drops nothing and would hold whatever comes, which for a cell that prints a gigabyte is several. So the
runner notes in a small shared file how many bytes it has taken, and the kernel goes no further ahead of it than a
window.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from pathlib import Path
from typing import Any

from ctresearch.studies.door.current import FILE_VARIABLE

TAKEN = "taken"
WINDOW = 16 * 2**20
_PIECE = 2**20
_NUMBER = struct.Struct("<Q")
_PAUSE = 0.002


class Taken:
    """How many bytes of output were taken, in a file that runner and kernel share.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> Taken(folder).add(5)
    >>> Taken(folder).total
    5
    """

    def __init__(self, private: Path) -> None:
        handle = os.open(private / TAKEN, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(handle).st_size < _NUMBER.size:
                os.truncate(handle, _NUMBER.size)
            self._shared = mmap.mmap(handle, _NUMBER.size)
        finally:
            os.close(handle)
        self._mine = self.total

    @property
    def total(self) -> int:
        """Bytes that were taken so far."""
        return int(_NUMBER.unpack_from(self._shared)[0])

    def add(self, size: int) -> None:
        """Note that more was taken.

        Parameters
        ----------
        size : int
            Bytes.

        Examples
        --------
        >>> Taken.add.__name__
        'add'
        """
        self._mine += size
        _NUMBER.pack_into(self._shared, 0, self._mine)


def hold_back(app: Any) -> None:
    """Have a kernel send no further ahead than a window.

    Parameters
    ----------
    app : ipykernel.kernelapp.IPKernelApp
        The kernel, with its channels open and its streams in place.

    Examples
    --------
    >>> hold_back(None)
    """
    import sys

    run_file = os.environ.get(FILE_VARIABLE)
    if app is None or run_file is None or not (Path(run_file).parent / TAKEN).is_file():
        return
    taken, thread, here = Taken(Path(run_file).parent), app.iopub_thread, os.getpid()
    pass_on, sent, lock = thread.send_multipart, [0], threading.Lock()

    def wait() -> None:
        """Wait for the reader, except where the output itself is sent."""
        while os.getpid() == here and sent[0] - taken.total > WINDOW:
            time.sleep(_PAUSE)

    def send(parts: Any, *given: Any, **options: Any) -> None:
        """Count a message, and wait for room before the next one."""
        with lock:
            sent[0] += sum(len(part) for part in parts)
        pass_on(parts, *given, **options)
        if threading.current_thread() is not thread.thread:
            wait()

    thread.send_multipart = send
    for stream in (sys.stdout, sys.stderr):
        _write_in_pieces(stream, wait, here)


def _write_in_pieces(stream: Any, wait: Any, here: int) -> None:
    """Cut what is written to a stream, and send each piece before the next one is written."""
    write, unsent = stream.write, [0]

    def write_pieces(text: str) -> int:
        """Write, one piece after the other."""
        if not isinstance(text, str) or os.getpid() != here:
            return int(write(text) or 0)
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            write(piece)
            unsent[0] += len(piece)
            if unsent[0] >= _PIECE:
                unsent[0] = 0
                stream.flush()
                wait()
        return len(text)

    stream.write = write_pieces


def count_taken(channel: Any, taken: Taken) -> None:
    """Have a runner note each message that it takes from a kernel.

    Parameters
    ----------
    channel : jupyter_client.channels.AsyncZMQSocketChannel
        The channel of outputs.
    taken : Taken
        Where to note it.

    Examples
    --------
    >>> count_taken.__name__
    'count_taken'
    """
    session, sockets = channel.session, channel.socket

    async def receive(**options: Any) -> Any:
        """Take one message."""
        parts = await sockets.recv_multipart(**options)
        taken.add(sum(len(part) for part in parts))
        return session.deserialize(session.feed_identities(parts)[1])

    channel._recv = receive
