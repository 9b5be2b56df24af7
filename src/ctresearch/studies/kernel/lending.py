"""Lends a sealed kernel what was compiled before: it asks at a socket of its own, and never learns where that lies.

A folder that were opened for it would show its name, and with it whatever the environment of this process calls it. The
kernel writes what it is given into its own cache; nothing that it says leads anywhere but to machine code under two
hashes, and nothing that it wrote is read here.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ctresearch.core.compile import FILE_HEADER, KERNELS_VARIABLE, kernel_cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SOCKET = "kernels"
_ASKED = re.compile(rb"[0-9a-f]{20}/\w{1,100}_[0-9a-f]{40}")
_LONGEST = 200
_SECONDS = 30.0


@contextmanager
def lent_kernels(private: Path, environment: dict[str, str]) -> Iterator[None]:
    """Answer the questions of a kernel for what was compiled before, while the context lasts.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder, in which the socket lies.
    environment : dict of str to str
        Its environment variables; one is added.

    Yields
    ------
    None

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with lent_kernels(Path(tempfile.mkdtemp()), asked := {}):
    ...     list(asked)
    ['CTRESEARCH_KERNELS']
    """
    place, cache = private / _SOCKET, kernel_cache()
    with socket.socket(socket.AF_UNIX) as listening:
        try:
            listening.bind(str(place))
        except OSError:  # a hundred letters are the most that a socket's name may have: then nothing is lent
            yield
            return
        listening.listen()
        thread = threading.Thread(target=_serve, args=(listening, cache), name="lent-kernels", daemon=True)
        thread.start()
        environment[KERNELS_VARIABLE] = str(place)
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(_SECONDS)


def _serve(listening: socket.socket, cache: Path) -> None:
    """Answer one question after another until the socket is shut."""
    while True:
        try:
            asking, _ = listening.accept()
        except OSError:
            return
        with asking, contextlib.suppress(OSError):
            asking.settimeout(_SECONDS)
            _answer(asking, cache)


def _answer(asking: socket.socket, cache: Path) -> None:
    """Send the files of one folder of the cache, or none where the question is no such folder."""
    question = b""
    while not question.endswith(b"\n") and len(question) < _LONGEST:
        if not (more := asking.recv(_LONGEST)):
            return
        question += more
    folder = cache / question[:-1].decode() if _ASKED.fullmatch(question[:-1]) else None
    for file in sorted(folder.glob("*.nb?")) if folder is not None else ():
        content, name = file.read_bytes(), file.name.encode()
        asking.sendall(FILE_HEADER.pack(len(name), len(content)) + name + content)
    asking.sendall(FILE_HEADER.pack(0, 0))
