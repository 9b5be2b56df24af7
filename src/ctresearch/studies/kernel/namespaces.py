"""Namespaces: a kernel that has no network, sees no other process, and finds nothing but what was opened for it.

A process leaves the namespaces of its parent and forks the first process of a new one, which builds a root of its own:
an empty file system in which each opened file and folder stands at its own place. What was not opened is not forbidden
there, it does not exist: neither its bytes nor its size, its date or the target of a link. When the first process
ends, however it ends, the system ends every other one in its namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ctresearch.studies.kernel.landlock import c_library, prctl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps by which opened files and folders come to stand at their own places below another root.

    Parameters
    ----------
    steps : tuple of tuple
        ``link``, ``file`` or ``folder``; its path; the target of a link; flags of a mount.
    placed : frozenset of str
        What stands there afterwards, with all beneath it.

    Examples
    --------
    >>> Plan().with_paths(["/no/such/file"], 0) == Plan()
    True
    """

    steps: tuple[tuple[str, str, str, int], ...] = ()
    placed: frozenset[str] = frozenset()

    def with_paths(self, paths: Iterable[str], flags: int) -> Plan:
        """Return a plan that shows more.

        Parameters
        ----------
        paths : iterable of str
            Files and folders, absolute; those that do not exist are passed over.
        flags : int
            Flags of their mounts.

        Returns
        -------
        Plan
            With these after the others, each folder before what lies in it.

        Examples
        --------
        >>> [step[:2] for step in Plan().with_paths(["/dev/null"], 0).steps]
        [('file', '/dev/null')]
        """
        steps, placed = list(self.steps), set(self.placed)
        for path in sorted(map(os.path.normpath, paths)):
            _place(path, flags, steps, placed)
        return Plan(tuple(steps), frozenset(placed))


@cache
def plan_for_all(read: tuple[str, ...], devices: tuple[str, ...]) -> Plan:
    """Plan what is opened for every kernel, which a server works out once, before it forks the first.

    Parameters
    ----------
    read, devices : tuple of str
        Files and folders.

    Returns
    -------
    Plan
        Those that exist.

    Examples
    --------
    >>> plan_for_all((), ()).steps
    ()
    """
    return Plan().with_paths(read, _BIND | _RECURSIVE).with_paths(devices, _BIND)


def build_root(root: Path, plan: Plan, read: Sequence[str], write: Sequence[str]) -> None:
    """Change to a root in which nothing stands but what is opened.

    Parameters
    ----------
    root : pathlib.Path
        An empty folder to build it on.
    plan : Plan
        What is opened for every kernel.
    read, write : sequence of str
        Files and folders that are opened for this one; those that do not exist are passed over.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> build_root.__name__
    'build_root'
    """
    top, here = str(root), os.getcwd()  # noqa: PTH109
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", top, "tmpfs", _NO_SUID | _NO_DEVICES, _SMALL)
    for step in plan.with_paths(read, _BIND | _RECURSIVE).with_paths(write, _BIND).steps:
        _show(top, *step)
    for folder, kind, flags, data in (
        ("/proc", "proc", _NO_SUID | _NO_DEVICES | _NO_EXECUTION, None),
        ("/dev/shm", "tmpfs", _NO_SUID | _NO_DEVICES, _SHARED),  # noqa: S108
    ):
        os.makedirs(top + folder, exist_ok=True)  # noqa: PTH103
        _mount(kind, top + folder, kind, flags, data)
    os.symlink("/proc/self/fd", f"{top}/dev/fd")  # noqa: PTH211
    os.chdir(top)
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


def _place(path: str, flags: int, steps: list[tuple[str, str, str, int]], placed: set[str]) -> None:
    """Plan to show a file or folder at its own place, and the links that lead to it."""
    parts, at = path.strip("/").split("/"), ""
    for number, part in enumerate(parts):
        at = f"{at}/{part}"
        if at in placed:
            return
        if os.path.islink(at):  # noqa: PTH114
            target = os.readlink(at)  # noqa: PTH115
            if ("link", at, target, 0) not in steps:
                steps.append(("link", at, target, 0))
            further = os.path.join(os.path.dirname(at), target, *parts[number + 1 :])  # noqa: PTH118, PTH120
            _place(os.path.normpath(further), flags, steps, placed)
            return
    if os.path.exists(path):  # noqa: PTH110
        steps.append(("folder" if os.path.isdir(path) else "file", path, "", flags))  # noqa: PTH112
        placed.add(path)


def _show(top: str, kind: str, path: str, target: str, flags: int) -> None:
    """Take one step of a plan below a root; strings, since a run waits for some fifty of them."""
    shown = top + path
    os.makedirs(shown if kind == "folder" else os.path.dirname(shown), exist_ok=True)  # noqa: PTH103, PTH120
    if kind == "link":
        os.symlink(target, shown)  # noqa: PTH211
        return
    if kind == "file":
        os.close(os.open(shown, os.O_WRONLY | os.O_CREAT, 0o644))
    _mount(path, shown, None, flags)


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
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
    if getattr(c_library(), name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
