"""Namespaces: a kernel that has no network, sees no other process, and finds nothing but what was opened for it.

A process leaves the namespaces of its parent and forks the first process of a new one, which builds a root of its own:
an empty file system in which each opened file and folder stands at its own place. What was not opened is not forbidden
there, it does not exist: neither its bytes nor its size, its date or the target of a link. When the first process
ends, however it ends, the system ends every other one in its namespace.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ctresearch.studies.kernel.landlock import prctl

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOUNTS, _NAMES, _IPC, _USERS, _PROCESSES, _NETWORK = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_NO_SUID, _NO_DEVICES, _NO_EXECUTION = 2, 4, 8
_DETACH = 2
_DEATH_SIGNAL, _DUMPABLE = 1, 4
_CAPABILITIES = 0x20080522
_SET_FLAGS, _UP = 0x8914, 0x41
_SMALL, _SHARED = "mode=755,size=16m", "mode=1777"
HOST = "ctresearch"


def leave() -> None:
    """Leave the namespaces of the parent; the next fork is the first process of the new ones.

    Raises
    ------
    OSError
        If the system refuses, as in many containers.

    Examples
    --------
    >>> leave.__name__
    'leave'
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", _USERS | _MOUNTS | _NETWORK | _PROCESSES | _IPC | _NAMES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    socket.sethostname(HOST)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:  # its own loopback, which leads nowhere else
        fcntl.ioctl(one, _SET_FLAGS, struct.pack("16sH14s", b"lo", _UP, b""))


def build_root(root: Path, read: Sequence[str], write: Sequence[str], devices: Sequence[str]) -> None:
    """Change to a root in which nothing stands but what is opened.

    Parameters
    ----------
    root : pathlib.Path
        An empty folder to build it on.
    read, write, devices : sequence of str
        Files and folders; those that do not exist are passed over.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> build_root.__name__
    'build_root'
    """
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", root, "tmpfs", _NO_SUID | _NO_DEVICES, _SMALL)
    placed: list[Path] = []
    here = Path.cwd()
    for paths, flags in ((read, _BIND | _RECURSIVE), (devices, _BIND), (write, _BIND)):
        for path in sorted(paths):
            _place(root, Path(os.path.normpath(path)), flags, placed)
    own, shared = root / "proc", root / "dev" / "shm"
    for folder in (own, shared):
        folder.mkdir(parents=True, exist_ok=True)
    _mount("proc", own, "proc", _NO_SUID | _NO_DEVICES | _NO_EXECUTION)
    _mount("tmpfs", shared, "tmpfs", _NO_SUID | _NO_DEVICES, _SHARED)
    (root / "dev" / "fd").symlink_to("/proc/self/fd")
    os.chdir(root)
    _call("syscall", *_pivot())
    _call("umount2", b".", _DETACH)
    os.chdir(here)


def drop_rights() -> None:
    """Give up every capability: the owner of a namespace could open doors in it.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> drop_rights.__name__
    'drop_rights'
    """
    _call("capset", struct.pack("=Ii", _CAPABILITIES, 0), bytes(24))
    prctl(_DUMPABLE, 1)


def end_with_parent() -> None:
    """Have the system end this process when the one that started it ends.

    Examples
    --------
    >>> end_with_parent.__name__
    'end_with_parent'
    """
    prctl(_DEATH_SIGNAL, signal.SIGKILL)


def adopt() -> None:
    """Become the parent of every descendant whose own parent ends, so that none can get away.

    Examples
    --------
    >>> adopt.__name__
    'adopt'
    """
    prctl(36, 1)


def keep(kernel: int) -> NoReturn:
    """Collect whatever ends in the namespace of this first process, and end with the kernel.

    Parameters
    ----------
    kernel : int
        The kernel, a child.

    Examples
    --------
    >>> keep.__name__
    'keep'
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(
        signal.SIGTERM, lambda *_: os.kill(kernel, signal.SIGKILL)
    )  # from outside: end it, and count its time
    prctl(_DUMPABLE, 0)
    while True:
        ended, status = os.wait()
        if ended == kernel:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _place(root: Path, path: Path, flags: int, placed: list[Path]) -> None:
    """Show a file or folder at its own place below the root, and the links that lead to it."""
    for at in [*reversed(path.parents), path][1:]:
        if at in placed:
            return
        if at.is_symlink():
            shown, target = _below(root, at), at.readlink()
            shown.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                shown.symlink_to(target)
            further = Path(os.path.normpath(at.parent / target / path.relative_to(at)))
            _place(root, further, flags, placed)
            return
    shown = _below(root, path)
    if path.is_dir():
        shown.mkdir(parents=True, exist_ok=True)
    elif path.exists():
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.touch()
    else:
        return
    _mount(str(path), shown, None, flags)
    placed.append(path)


def _below(root: Path, path: Path) -> Path:
    """Return the place of an absolute path below the root."""
    return root / path.relative_to("/")


def _mount(source: str, target: str | Path, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount, or say what the system refused."""
    words = (None if one is None else os.fsencode(one) for one in (source, target, kind))
    _call("mount", *words, ctypes.c_ulong(flags), None if data is None else data.encode())


def _pivot() -> tuple[object, ...]:
    """Return the call by which the working folder becomes the root; its number is another on each architecture."""
    numbers = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
    number = numbers.get(os.uname().machine)
    if number is None:
        raise OSError(f"pivot_root is not known on {os.uname().machine}")
    return ctypes.c_long(number), b".", b"."


def _call(name: str, *arguments: object) -> None:
    """Call the C library, and raise what the system says."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
