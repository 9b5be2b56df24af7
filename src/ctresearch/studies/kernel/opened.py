"""What is opened for a run: the interpreter, this package, the declared inputs, its own folders; nothing else."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE = Path(__file__).resolve().parents[2]
# Programs, libraries, fonts, languages and time zones of the system: read by the interpreter itself, the same for all.
_SYSTEM = (
    *("/bin", "/lib", "/lib32", "/lib64", "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec"),
    *("/usr/share", "/usr/local/lib", "/usr/local/share/fonts", "/sys/devices/system"),
    *(
        f"/etc/{name}"
        for name in (
            *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "timezone", "fonts", "nsswitch.conf", "hosts"),
            *("host.conf", "passwd", "group", "mime.types", "protocols", "services", "alternatives"),
        )
    ),
    *("/System", "/Library/Fonts", "/private/var/db/timezone"),
)
DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
OWN_PROCESS = ("/proc/self", *(f"/proc/{name}" for name in ("cpuinfo", "meminfo", "stat", "version", "filesystems")))
"""What may be read of processes and machine where there is no process namespace."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The files and folders that are opened for one run, beside those of the interpreter.

    Parameters
    ----------
    read : tuple of str
        Inputs that the study declares.
    write : tuple of str
        The kernel's own folder, and the one for its outputs.

    Examples
    --------
    >>> opened = Opened(("/data/lists.csv",), ("/tmp/own",))
    >>> opened.covers("/tmp/own/a.txt"), opened.covers("/data/other.csv")
    (True, False)
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Say whether a path may be read.

        Parameters
        ----------
        path : str
            An absolute path.

        Returns
        -------
        bool
            Whether it, or where it leads, lies in what is opened.

        Examples
        --------
        >>> Opened().covers(os.__file__)
        True
        """
        real = os.path.realpath(path)
        places = (*self.read, *self.write, *interpreter(), *DEVICES, "/proc", "/dev/shm", "/dev/fd")  # noqa: S108
        return any(real == one or real.startswith(one + os.sep) for one in map(os.path.realpath, places))


@cache
def interpreter() -> tuple[str, ...]:
    """List the files and folders that the interpreter, its packages and this library stand in.

    Returns
    -------
    tuple of str
        Those that exist, with the folders of the shared libraries that this process has loaded.

    Examples
    --------
    >>> any(os.__file__.startswith(one) for one in interpreter())
    True
    """
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")]
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        paths += [str(Path(prefix, name)) for name in ("bin", "lib", "lib64", "share", "ssl", "pyvenv.cfg")]
    described = _PACKAGE.parent.glob("ctresearch-*.dist-info")  # a result says of which version it is
    paths += [sys.executable, str(_PACKAGE), *map(str, described), *_SYSTEM, *_loaded()]
    return tuple(dict.fromkeys(str(Path(one).absolute()) for one in paths if one and Path(one).exists()))


def listed() -> tuple[str, ...]:
    """List the folders of which a kernel may read the names alone: that in which this package is looked for.

    Returns
    -------
    tuple of str
        One folder.

    Examples
    --------
    >>> len(listed())
    1
    """
    return (str(_PACKAGE.parent),)


def beside(environment: Iterable[str]) -> str:
    """Return the folder that a kernel must be told to find this package in, if any.

    Parameters
    ----------
    environment : iterable of str
        Folders of ``PYTHONPATH``.

    Returns
    -------
    str
        The package's own, where it was found through one of them; else nothing.

    Examples
    --------
    >>> beside(["/elsewhere"])
    ''
    """
    home = str(_PACKAGE.parent)
    return home if home in {os.path.realpath(one) for one in environment if one} else ""


def _loaded() -> list[str]:
    """List the folders of the shared libraries that this process has loaded."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    paths = {line.split(maxsplit=5)[-1] for line in lines if ".so" in line and "/" in line}
    return sorted({str(Path(one).parent) for one in paths if one.startswith("/") and Path(one).is_file()})
