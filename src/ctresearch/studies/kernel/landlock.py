"""Landlock: the kernel of Linux holds a process, and every child of it, to the files that were opened for it.

Rules are added to a ruleset by path, and a process puts itself under it for good; nothing it does later, in whatever
language, takes that back. What a version of the interface does not know yet is left out and told in the docs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION, _PATH_BENEATH, _NET_PORT = 1, 1, 2
_NO_NEW_PRIVILEGES = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REFER, _TRUNCATE, _DEVICE = 1 << 13, 1 << 14, 1 << 15
_FIRST = (1 << 13) - 1  # what the first version knows
_CONNECT, _TCP = 2, 3
_SCOPES = 3  # abstract sockets, signals
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE
_READ = _EXECUTE | _READ_FILE | _READ_DIR


@cache
def version() -> int:
    """Return which version of landlock this system has.

    Returns
    -------
    int
        From 1; 0 where there is none.

    Examples
    --------
    >>> version() >= 0
    True
    """
    if not hasattr(os, "O_PATH"):
        return 0
    return max(0, _syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION), refuse=False))


def restrict(
    read: Sequence[str], write: Sequence[str], listed: Sequence[str], *, network: bool = False, port: int | None = None
) -> None:
    """Put this process and its children under a ruleset for good.

    Parameters
    ----------
    read : sequence of str
        Files and folders that may be read and executed; those that do not exist are passed over.
    write : sequence of str
        Those that may be written to as well.
    listed : sequence of str
        Folders of which the names alone may be read.
    network : bool
        Whether this ruleset leaves the network to something else.
    port : int, optional
        A port to which connections may be made all the same.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> restrict.__name__
    'restrict'
    """
    known = version()
    files = _FIRST | (_REFER if known >= 2 else 0) | (_TRUNCATE if known >= 3 else 0) | (_DEVICE if known >= 5 else 0)
    tcp = 0 if network or known < 4 else _TCP
    attributes = struct.pack("=QQQ", files, tcp, _SCOPES if known >= 6 else 0)
    attributes = attributes[: 24 if known >= 6 else 16 if known >= 4 else 8]
    rules = _syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        for paths, rights in ((read, _READ), (write, files), (listed, _READ_DIR)):
            for path in paths:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                    _open_beneath(rules, path, rights & files)
        if tcp and port is not None:
            _syscall(_ADD, rules, _NET_PORT, struct.pack("=QQ", _CONNECT, port), 0)
        prctl(_NO_NEW_PRIVILEGES, 1)
        _syscall(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


@cache
def c_library() -> ctypes.CDLL:
    """Return the C library, loaded once.

    Returns
    -------
    ctypes.CDLL
        It keeps the number of an error.

    Examples
    --------
    >>> c_library() is c_library()
    True
    """
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Set an option of this process.

    Parameters
    ----------
    option, value : int
        Numbers of the option and its value.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> prctl.__name__
    'prctl'
    """
    if c_library().prctl(option, *(ctypes.c_ulong(one) for one in (value, 0, 0, 0))) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _open_beneath(rules: int, path: str, rights: int) -> None:
    """Add a file, or a folder with all beneath it, to a ruleset."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _ON_FILES
        if rights:
            _syscall(_ADD, rules, _PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


def _syscall(number: int, *arguments: object, refuse: bool = True) -> int:
    """Call the system by number."""
    done = int(c_library().syscall(ctypes.c_long(number), *arguments))
    if done < 0 and refuse:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done
