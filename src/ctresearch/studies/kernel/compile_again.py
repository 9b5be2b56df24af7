"""Compiles for the user's cache what a sealed run had to compile for itself.

No machine code that a run wrote is ever taken over, since whoever writes a notebook could have written it too. A run
leaves a list of functions of this package with the types of their arguments, and a process of its own compiles those
from the sources: ``python -m ctresearch.studies.kernel.compile_again`` reads such a list on standard input.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from ctresearch.core.compile import COMPILED, KERNELS_VARIABLE, kernel_cache, when_made
from ctresearch.studies.kernel.namespaces import end_with_parent

if TYPE_CHECKING:
    from pathlib import Path

_SCALARS = frozenset(
    [f"{kind}{size}" for kind in ("int", "uint") for size in (8, 16, 32, 64)]
    + ["float32", "float64", "complex128", "bool", "none"]
)
_MOST_LINES, MOST_BYTES = 2000, 2**20
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
        when_made.append(lambda made: note_compiled(made, kernel_cache() / COMPILED))


def compile_again(content: bytes) -> int:
    """Compile what a list names.

    Parameters
    ----------
    content : bytes
        The list; a line that is not understood is passed over.

    Returns
    -------
    int
        How many functions it named of this package.

    Examples
    --------
    >>> compile_again(b'["os", "system", [["int64"]]]')
    0
    """
    lines = content.decode("utf-8", errors="replace").splitlines()[:_MOST_LINES]
    done = 0
    for line in dict.fromkeys(lines):
        try:
            module, name, types = json.loads(line)
            function = _kernel(module, name)
            function.compile(tuple(_meant(one) for one in types))
            done += 1
        except Exception:  # noqa: S112  (whatever the line is: the run compiles it again then)
            continue
    return done


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
