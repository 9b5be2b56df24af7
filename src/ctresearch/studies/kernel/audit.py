"""The last rung: what Python itself is about to do is looked at, and refused where it was not opened.

An audit hook sees what goes through Python. It does not see what a compiled library does on its own (Parquet, DuckDB,
Stata and XML readers open files themselves), so a run under it alone is marked *unsealed*. Beside landlock it closes
the network, of which landlock knows connections by TCP only.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NO_NETWORK = "the run has no network"
_NETWORK = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
_NETWORK |= {"socket.gethostbyname", "socket.gethostbyaddr"}
_FIRST_PATH = {
    *("os.listdir", "os.scandir", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.chown"),
    *("os.utime", "os.listxattr", "os.getxattr", "sqlite3.connect"),
}
_BOTH_PATHS = {"os.rename", "os.link", "os.symlink"}
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn"}
_UNIX = getattr(__import__("socket"), "AF_UNIX", None)


def watch_files(opened: Sequence[str]) -> None:
    """Refuse, for the rest of this process, what Python opens beside some files and folders, and other programs.

    Parameters
    ----------
    opened : sequence of str
        Files and folders, with all beneath them.

    Examples
    --------
    >>> watch_files.__name__
    'watch_files'
    """
    covers = _covered([os.path.realpath(one) for one in opened])

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        """Look at one event."""
        if event == "open" or event in _FIRST_PATH:
            _refuse_outside(covers, arguments[:1])
        elif event in _BOTH_PATHS:
            _refuse_outside(covers, arguments[:2])
        elif event in _PROGRAMS:
            raise PermissionError(errno.EACCES, "a run that is not sealed starts no other program", str(arguments[0]))

    sys.addaudithook(hook)


def watch_network(own: Sequence[str], *, cluster: bool = False) -> None:
    """Refuse, for the rest of this process, every connection that Python makes, but to sockets of its own.

    Parameters
    ----------
    own : sequence of str
        Folders in which sockets may lie.
    cluster : bool
        Whether connections are allowed all the same, to the scheduler of a cluster.

    Examples
    --------
    >>> watch_network([], cluster=True)
    """
    if cluster:
        return
    covers = _covered([os.path.realpath(one) for one in own])

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        """Look at one event."""
        if event in _NETWORK and not _is_own(covers, arguments):
            raise PermissionError(errno.ENETUNREACH, NO_NETWORK)

    sys.addaudithook(hook)


def _is_own(covers: Callable[[str], bool], arguments: tuple[Any, ...]) -> bool:
    """Say whether a socket lies in a folder of one's own."""
    if _UNIX is None or getattr(arguments[0], "family", None) != _UNIX or len(arguments) < 2:
        return False
    address = arguments[1]
    path = os.fsdecode(address) if isinstance(address, (str, bytes)) else ""
    return bool(path) and not path.startswith("\0") and covers(os.path.realpath(path))


def _refuse_outside(covers: Callable[[str], bool], paths: Sequence[Any]) -> None:
    """Refuse a path that was not opened; a handle was opened before."""
    for path in paths:
        if isinstance(path, (str, bytes, os.PathLike)) and not covers(os.path.realpath(os.fsdecode(path))):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fsdecode(path))


def _covered(opened: Sequence[str]) -> Callable[[str], bool]:
    """Make the question whether a path was opened."""
    exact, beneath = frozenset(opened), tuple(f"{one}{os.sep}" for one in opened)
    return lambda path: path in exact or path.startswith(beneath)
