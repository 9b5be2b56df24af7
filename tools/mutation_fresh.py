"""What a process started afresh is told: which of its functions is changed, or that its calls are noted.

A kernel of a run and a command see neither the memory nor the variables of the test that starts them. So the test runs
where one file has another content for it and for all that it starts: the one by which this environment finds the
package, which Python executes when it begins, sealed or not. There it finds words that change how a module of the
package is compiled, while no file of the package is touched: what is hashed, packed or compiled from it stays as it is.
Where the system lets no process see such a file, as outside of Linux, fresh processes see no mutant.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sysconfig
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutants import Mutant

_MOUNTS, _USERS, _PROCESSES = 0x20000, 0x10000000, 0x20000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18

_COMPILED = """
import importlib.machinery

def begin(read):
    loader = importlib.machinery.SourceFileLoader
    kept = loader.get_code

    def get_code(self, name):
        source = read(self.path)
        return kept(self, name) if source is None else compile(source, self.path, "exec", dont_inherit=True)

    loader.get_code = get_code
"""
_CHANGED = """
begin({sources!a}.get)
"""
_NOTED = """
import ast, builtins, mmap

try:
    with open({seen!a}, "r+b") as file:
        builtins.__noted_afresh__ = mmap.mmap(file.fileno(), 0)  # shared with all forks, and open before any seal
except OSError:
    places = {{}}
else:
    places = {places!a}

def noting(path):
    here = places.get(path)
    if here is None:
        return None
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    for one in tree.body:
        inside = one.name + "." if isinstance(one, ast.ClassDef) else ""
        for node in one.body if inside else [one]:
            place = here.get(inside + getattr(node, "name", "")) if isinstance(node, ast.FunctionDef) else None
            if place is not None:
                first = node.body[0]
                note = ast.parse(f"__noted_afresh__[{{place}}] = 1").body[0]
                for part in ast.walk(note):
                    ast.copy_location(part, first)
                node.body.insert(ast.get_docstring(node) is not None, note)
    return tree

begin(noting)
"""


class Noted:
    """Which functions are called by the processes that this one starts, in bytes that they share with it.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of the package.
    keys : sequence of str
        Its functions, each as the path of its file in the folder and its qualified name: ``current.py::Run.save``.
    """

    def __init__(self, folder: Path, keys: Sequence[str]) -> None:
        self._keys = keys
        places: dict[str, dict[str, int]] = {}
        for place, (path, _, name) in enumerate(key.partition("::") for key in keys):
            places.setdefault(str(folder / path), {})[name] = place
        with tempfile.TemporaryFile() as file:
            file.truncate(max(len(keys), 1))
            self._seen = mmap.mmap(file.fileno(), 0)
            kept = os.dup(file.fileno())  # open for as long as this process runs
        tell(_NOTED.format(seen=f"/proc/{os.getpid()}/fd/{kept}", places=places))

    def take(self) -> set[str]:
        """Return what was called since the last time."""
        called = {key for place, key in enumerate(self._keys) if self._seen[place]}
        self._seen[:] = bytes(len(self._seen))
        return called


def change(mutant: Mutant) -> None:
    """Let every process that this one starts from now on find a function changed."""
    tell(_CHANGED.format(sources={str(mutant.file): mutant.source}))


def tell(words: str) -> None:
    """Let every process that this one starts from now on begin with some words of Python."""
    found = _found_by()
    assert found is not None
    line = f"import sys; exec({_COMPILED + words!a}, {{}})"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".pth") as file:
        file.write(f"{found.read_text(encoding='utf-8').rstrip()}\n{line}\n")
        file.flush()
        _mount("none", "/", _RECURSIVE | _PRIVATE)
        _mount(file.name, str(found), _BIND)


def leave() -> bool:
    """Let this process and all it starts have files of their own; say whether the system allows it."""
    return _found_by() is not None and _apart_in(_MOUNTS)


def alone() -> bool:
    """Go on as one that sees no process but those it starts, and ends with all of them; say whether that is so.

    A mutant of what ends processes may end every one that it can see.
    """
    if not _may_be_alone():
        return False
    _go_alone()
    return True


@cache
def _may_be_alone() -> bool:
    """Try it in a fork, since there is no way back."""
    if tried := os.fork():
        return os.waitpid(tried, 0)[1] == 0
    ended = 1
    with suppress(OSError):
        _go_alone()
        ended = 0
    os._exit(ended)


def _go_alone() -> None:
    """Leave two processes behind: one that waits outside, and the first inside, which takes in orphans."""
    if not _apart_in(_MOUNTS | _PROCESSES):
        raise OSError("refused")
    if first := os.fork():
        _end_as(os.waitpid(first, 0)[1])
    _mount("none", "/", _RECURSIVE | _PRIVATE)
    _call("mount", b"proc", b"/proc", b"proc", ctypes.c_ulong(0), None)
    if second := os.fork():
        ended, status = os.wait()
        while ended != second:
            ended, status = os.wait()
        _end_as(status)


def _end_as(status: int) -> NoReturn:
    """End as a child did."""
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _apart_in(what: int) -> bool:
    """Have something of one's own, as whoever may or as a user of one's own; say whether the system allows it."""
    if not hasattr(ctypes.CDLL(None), "unshare"):
        return False
    user, group = os.getuid(), os.getgid()
    with suppress(OSError):
        _call("unshare", what)
        return True
    with suppress(OSError):
        _call("unshare", _USERS | what)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        return True
    return False


def _found_by() -> Path | None:
    """Return the file by which this environment finds the package, if it stands outside of it."""
    return next(iter(Path(sysconfig.get_path("purelib")).glob("_editable*ctresearch*.pth")), None)


def _mount(source: str, target: str, flags: int) -> None:
    """Show a file in the place of another."""
    _call("mount", source.encode(), target.encode(), None, ctypes.c_ulong(flags), None)


def _call(name: str, *arguments: object) -> None:
    """Call the C library, and raise what the system says."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
