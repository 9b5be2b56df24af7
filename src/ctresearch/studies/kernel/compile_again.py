"""Compiles for the user's cache what a sealed run had to compile for itself.

No code that a run wrote is ever taken over, since whoever writes a notebook could have written it too. A run leaves a
list of functions of this package with the types of their arguments, and of the Python files that it had to compile
because it may write nothing beside them. A process of its own compiles both from the sources: ``python -m
ctresearch.studies.kernel.compile_again`` reads such a list on standard input.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import importlib.util
import json
import os
import py_compile
import struct
import sys
from typing import TYPE_CHECKING, Any

from ctresearch.core.compile import COMPILED, KERNELS_VARIABLE, kernel_cache, when_made
from ctresearch.studies.kernel.namespaces import end_with_parent
from ctresearch.studies.kernel.opened import interpreter

if TYPE_CHECKING:
    from pathlib import Path

_SCALARS = frozenset(
    [f"{kind}{size}" for kind in ("int", "uint") for size in (8, 16, 32, 64)]
    + ["float32", "float64", "complex128", "bool", "none"]
)
_MOST_LINES, MOST_BYTES = 10_000, 2**20
_HEADER = struct.Struct("<4sLLL")  # of compiled Python: version, how it is checked, time and size of the source
_OURS = "ctresearch."


def note_compiled(dispatcher: Any, file: Path) -> None:
    """Have a compiled function note in a file which types it is compiled for from now on.

    Parameters
    ----------
    dispatcher : numba dispatcher
        The function.
    file : pathlib.Path
        Where a line is added for each; a type that cannot be told is left out.

    Examples
    --------
    >>> note_compiled.__name__
    'note_compiled'
    """
    kept, function = dispatcher._cache, dispatcher.py_func
    save = kept.save_overload

    def save_and_note(signature: Any, data: Any) -> None:
        """Keep what was compiled, and note it."""
        save(signature, data)
        types = [_told(one) for one in getattr(signature, "args", signature)]
        if None not in types:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps([function.__module__, function.__qualname__, types]) + "\n")

    kept.save_overload = save_and_note


def note_all_compiled() -> None:
    """Note, in a sealed kernel, whatever is compiled from now on.

    Examples
    --------
    >>> note_all_compiled()
    """
    if KERNELS_VARIABLE in os.environ:
        noted = kernel_cache() / COMPILED
        when_made.append(lambda made: note_compiled(made, noted))
        note_sources(noted)


def note_sources(file: Path) -> None:
    """Have Python note in a file which sources it compiles from now on, in place of keeping what it compiled.

    Parameters
    ----------
    file : pathlib.Path
        Where a line is added for each.

    Examples
    --------
    >>> note_sources.__name__
    'note_sources'
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(_: object, source: str, *__: object) -> None:
        """Note one source; no failure to do so must stop an import."""
        with contextlib.suppress(OSError, ValueError):
            os.write(lines, f"{json.dumps(source, ensure_ascii=False)}\n".encode())

    importlib.machinery.SourceFileLoader._cache_bytecode = note  # type: ignore[attr-defined]


def compile_again(content: bytes) -> int:
    """Compile what a list names.

    Parameters
    ----------
    content : bytes
        The list; a line that is not understood is passed over.

    Returns
    -------
    int
        How many functions of this package were compiled, and how many sources of what is installed.

    Examples
    --------
    >>> compile_again(b'["os", "system", [["int64"]]]')
    0
    """
    lines = content.decode("utf-8", errors="replace").splitlines()[:_MOST_LINES]
    done = 0
    for line in dict.fromkeys(lines):
        try:
            read = json.loads(line)
            if isinstance(read, str):
                done += compile_source(read)
                continue
            module, name, types = read
            function = _kernel(module, name)
            function.compile(tuple(_meant(one) for one in types))
            done += 1
        except Exception:  # noqa: S112  (whatever the line is: the run compiles it again then)
            continue
    return done


def compile_source(source: str) -> bool:
    """Compile a Python file of the interpreter, its packages or this one for all later imports, unless that was done.

    Parameters
    ----------
    source : str
        Its path.

    Returns
    -------
    bool
        Whether it was compiled now.

    Examples
    --------
    >>> compile_source("/home/somebody/notes.txt")
    False
    """
    real = os.path.realpath(source)
    ours = any(real.startswith(os.path.realpath(one) + os.sep) for one in interpreter())
    if not (ours and source.endswith(".py") and os.path.isfile(real)) or _is_compiled(source):  # noqa: PTH113
        return False
    py_compile.compile(source, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    return True


def _is_compiled(source: str) -> bool:
    """Say whether what Python would read in place of a source was compiled from it as it is."""
    there = os.stat(source)  # noqa: PTH116
    time, size = int(there.st_mtime) & 0xFFFFFFFF, there.st_size & 0xFFFFFFFF
    try:
        with open(importlib.util.cache_from_source(source), "rb") as file:  # noqa: PTH123
            version, how, of_time, of_size = _HEADER.unpack(file.read(_HEADER.size))
    except (OSError, struct.error):
        return False
    return version == importlib.util.MAGIC_NUMBER and (how > 0 or (of_time, of_size) == (time, size))


def _kernel(module: str, name: str) -> Any:
    """Return a compiled function of this package."""
    from numba.core.dispatcher import Dispatcher

    if not module.startswith(_OURS):
        raise ValueError(f"module == {module!r}, must be of this package")
    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, Dispatcher):
        raise TypeError(f"{name} is no compiled function")
    return found


def _told(kind: Any) -> Any:
    """Write a type as plain words; ``None`` for one that has none."""
    types: Any = importlib.import_module("numba").types
    if isinstance(kind, types.Array):
        inner = _told(kind.dtype)
        return None if inner is None else ["array", inner, kind.ndim, kind.layout, kind.mutable, kind.aligned]
    if isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple):
        parts = [_told(one) for one in kind.types]
        return None if None in parts else ["tuple", parts]
    return str(kind) if str(kind) in _SCALARS else None


def _meant(told: Any) -> Any:
    """Read what :func:`_told` wrote."""
    types: Any = importlib.import_module("numba").types
    if isinstance(told, str):
        if told not in _SCALARS:
            raise ValueError(f"type == {told!r}, must be a scalar")
        return getattr(types, "boolean" if told == "bool" else told)
    if told[0] == "array":
        _, inner, dimensions, layout, mutable, aligned = told
        return types.Array(_meant(inner), int(dimensions), str(layout), readonly=not mutable, aligned=bool(aligned))
    if told[0] != "tuple":
        raise ValueError("a type must be a scalar, an array or a tuple")
    return types.BaseTuple.from_types(tuple(_meant(one) for one in told[1]))


if __name__ == "__main__":
    if sys.platform == "linux":
        end_with_parent()
    if os.getppid() == int(sys.argv[1]):  # it has not ended before it could take this process along
        compile_again(sys.stdin.buffer.read(MOST_BYTES))
