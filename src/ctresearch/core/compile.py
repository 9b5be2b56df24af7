"""Compiled kernels, cached under a hash of every file they can reach.

Numba's own cache looks at the file that holds the kernel and misses a changed callee in another file. Here the
cache folder's name is a hash of that file and of all files of the package it imports, so a change compiles anew what
it touches and nothing stale runs. A sealed run has a cache of its own, asks whoever started it for what was compiled
before, and never learns where that lies; what it compiled is compiled again for the user's cache by
:mod:`ctresearch.studies.kernel.compile_again`, from the sources.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
KERNELS_VARIABLE = "CTRESEARCH_KERNELS"
"""The socket at which a sealed run, whose cache is its own, asks for what was compiled before it."""
FILE_HEADER = struct.Struct("!HQ")
"""What stands before each file of an answer: lengths of its name and of its content; zeros at the end of all."""
if TYPE_CHECKING:
    ZERO: int
    """Where a kernel begins to count what it hands on: to numba a plain 0 is a type of its own, and whatever is called
    with it first and with a sum later would be compiled twice."""

    def copy_into(target: Any, source: Any) -> None:
        """Copy the values of an array of one dimension into another of the same length, inside a kernel.

        ``target[:] = source`` would do the same, and compile two seconds of words for the case that lengths differ.
        """


_SECONDS = 30
# Options of numba that change what is compiled, and that its own index does not tell apart.
_OPTIONS = {
    "OPT": 3,
    "LOOP_VECTORIZE": 1,
    "SLP_VECTORIZE": 0,
    "BOUNDSCHECK": None,
    "DEBUGINFO_DEFAULT": 0,
    "DISABLE_INTEL_SVML": 0,
    "LLVM_REFPRUNE_PASS": 1,
    "LLVM_REFPRUNE_FLAGS": "all",
    "DEBUG_NRT": 0,
}
# Division by zero gives infinity or nan, as numpy does, where numba would write a branch that raises after each one;
# and nothing of C calls these functions. Both make compiling cheaper.
_QUICK: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
COMPILED = "compiled.jsonl"
when_made: list[Callable[[Any], None]] = []
"""Told of each compiled function as it is made, before it is compiled for any types."""


def __getattr__(name: str) -> Any:
    """Make ``ZERO`` and ``copy_into`` for a file of kernels; those who only hash sources do without numpy and numba."""
    if name == "copy_into":
        globals()[name] = step_of_kernels(_copy_into)
        return globals()[name]
    if name != "ZERO":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import numpy as np

    return np.int64(0)


def _copy_into(target: Any, source: Any) -> None:
    """Copy one value after the other."""
    for i in range(len(target)):
        target[i] = source[i]


@cache
def source_hash(root: Path | None = None) -> str:
    """Hash the Python source of a package.

    Parameters
    ----------
    root : pathlib.Path, optional
        Folder of the package; ctresearch itself by default.

    Returns
    -------
    str
        SHA-256 over the names and bytes of all ``.py`` files, as 64 hexadecimal digits.

    Examples
    --------
    >>> len(source_hash())
    64
    """
    root = root or Path(__file__).resolve().parents[1]
    return hash_sources((name, _read(f"{root}/{name}")) for name in sorted(_sources(str(root))))


def hash_sources(sources: Iterable[tuple[str, bytes]]) -> str:
    """Hash source files by their names and bytes, wherever they stand.

    Parameters
    ----------
    sources : iterable of (str, bytes)
        Names below the package, with slashes, and contents; sorted by name.

    Returns
    -------
    str
        What :func:`source_hash` gives for a folder of these files.

    Examples
    --------
    >>> hash_sources([("a.py", b"1")]) == hash_sources([("b.py", b"1")])
    False
    """
    digest = hashlib.sha256()
    for name, content in sources:
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _read(path: str) -> bytes:
    """Read a file; a thousand path objects cost more than the bytes."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()


def _sources(root: str, inside: str = "") -> Iterator[str]:
    """Name the Python files below a folder, with slashes on every system."""
    with os.scandir(f"{root}/{inside}") as entries:
        for one in entries:
            if one.name.endswith(".py"):
                yield f"{inside}{one.name}"
            elif one.name != "__pycache__" and one.is_dir():
                yield from _sources(root, f"{inside}{one.name}/")


# At the left edge of the page: what stands in a function or under TYPE_CHECKING is nothing a kernel can call.
_IMPORT = re.compile(r"^from ([\w.]+) import (\([^)]*\)|[^\n]+)|^import ([\w., ]+)", re.MULTILINE)


@cache
def reached_files(file: Path) -> tuple[Path, ...]:
    """Return a source file and all files of its package that it imports on loading, directly or through others.

    The package's ``core`` is left out but for this file: it holds words and no numerics, no kernel takes anything from
    it, and an edit of an error message would otherwise compile the whole library anew.

    Parameters
    ----------
    file : pathlib.Path
        A file inside a package.

    Returns
    -------
    tuple of pathlib.Path
        Sorted, ``file`` among them.

    Examples
    --------
    >>> [path.name for path in reached_files(Path(__file__))]
    ['compile.py']
    """
    top = file.parent
    while (top.parent / "__init__.py").is_file():
        top = top.parent
    found, open_ends = {file}, [file]
    while open_ends:
        fresh = _imported(open_ends.pop(), top) - found
        found |= fresh
        open_ends += fresh
    return tuple(sorted(found))


@cache
def _imported(file: Path, top: Path) -> frozenset[Path]:
    """Return the files of the package below ``top`` that one file imports on loading."""
    names: list[str] = []
    for module, what, plain in _IMPORT.findall(file.read_text(encoding="utf-8")):
        if plain:
            names += [one.split(" as ")[0].strip() for one in plain.split(",")]
        else:
            words = [one.split(" as ")[0].strip() for one in what.strip("()").split(",")]
            names += [module, *(f"{module}.{word}" for word in words if word)]
    bases = [top.parent.joinpath(*name.split(".")) for name in names if name.split(".")[0] == top.name]
    there = [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py")]
    core = top / "core"
    return frozenset(p for p in there if p.is_file() and (p.parent != core or p.name == "compile.py"))


def kernel_cache() -> Path:
    """Return the folder in which compiled kernels are kept.

    Returns
    -------
    pathlib.Path
        In the user's cache; it may not exist yet.

    Examples
    --------
    >>> kernel_cache().name
    'kernels'
    """
    from platformdirs import user_cache_path

    return user_cache_path("ctresearch", appauthor=False) / "kernels"


@cache
def kernel_hash(file: Path) -> str:
    """Hash what the kernels of a file are compiled from.

    Parameters
    ----------
    file : pathlib.Path
        File that holds kernels.

    Returns
    -------
    str
        SHA-256 over the names and bytes of the files it reaches, as 64 hexadecimal digits.

    Examples
    --------
    >>> len(kernel_hash(Path(__file__)))
    64
    """
    digest = hashlib.sha256()
    for path in reached_files(file):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def kernel(function: Function) -> Function:
    """Compile a numerical function with numba, without the interpreter lock, and cache it.

    Parameters
    ----------
    function : callable
        Takes and returns arrays and numbers.

    Returns
    -------
    callable
        The compiled function; compilation happens at the first call.

    Examples
    --------
    >>> @kernel
    ... def double(x):
    ...     return 2 * x
    >>> double(3.0)
    6.0
    """
    return _compiled(function)


def step_of_kernels(function: Function) -> Function:
    """Write a numerical function into each kernel that calls it, before that is compiled.

    A kernel of its own is translated once by itself and once more in every kernel above it, which is most of what a
    first call costs: steps that stand in one place or two are better written out there. Called from Python, such a
    step is compiled as any kernel.

    Parameters
    ----------
    function : callable
        Takes and returns arrays and numbers.

    Returns
    -------
    callable
        The function.

    Examples
    --------
    >>> @step_of_kernels
    ... def double(x):
    ...     return 2 * x
    >>> @kernel
    ... def eight_times(x):
    ...     return double(double(double(x)))
    >>> eight_times(3.0)
    24.0
    """
    return _compiled(function, inline="always")


def _compiled(function: Function, **options: Any) -> Function:
    """Hand a function to numba, with a cache where there is a file to key it on."""
    import numba

    here = Path(function.__code__.co_filename)
    if not here.is_file():  # typed at a prompt
        return cast("Function", numba.njit(**_QUICK, **options)(function))
    folder = kernel_cache() / f"{kernel_hash(here)[:20]}{_other_options()}"
    given = os.environ.get(KERNELS_VARIABLE)
    if given is not None:
        fetch_compiled(given, folder, here)
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        made = numba.njit(cache=True, **_QUICK, **options)(function)
    finally:
        config.CACHE_DIR = before
    for told in when_made:
        told(made)
    return cast("Function", made)


def _other_options() -> str:
    """Tell machine code apart that was compiled with other options than numba's own, such as ``NUMBA_OPT=0``."""
    import numba

    config: Any = numba.config
    other = [f"{name}={getattr(config, name)}" for name, plain in _OPTIONS.items() if getattr(config, name) != plain]
    return f"-{hashlib.sha256(' '.join(other).encode()).hexdigest()[:8]}" if other else ""


def place_of(file: Path) -> str:
    """Name the folder in which numba keeps the kernels of a source file, below that of their hash.

    Parameters
    ----------
    file : pathlib.Path
        File that holds kernels.

    Returns
    -------
    str
        The last part of its folder's name and a hash of the whole.

    Examples
    --------
    >>> place_of(Path("/a/stats/steps.py")).partition("_")[0]
    'stats'
    """
    folder = str(file.absolute().parent)
    return f"{Path(folder).name}_{hashlib.sha1(folder.encode()).hexdigest()}"  # noqa: S324  (numba's name for it)


@cache
def fetch_compiled(socket_path: str, folder: Path, file: Path) -> None:
    """Ask whoever started this run for kernels that were compiled before, and keep them in a folder of one's own.

    Parameters
    ----------
    socket_path : str
        Where to ask.
    folder : pathlib.Path
        Folder of the hash; only a first process asks for each source file.
    file : pathlib.Path
        File that holds kernels.

    Examples
    --------
    >>> fetch_compiled("/nowhere", Path("/nowhere/1"), Path("/a/steps.py"))
    """
    import socket
    import tempfile

    place = folder / place_of(file)
    if place.is_dir():
        return
    with contextlib.suppress(OSError, struct.error), socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_SECONDS)
        asking.connect(socket_path)
        asking.sendall(f"{folder.name}/{place.name}\n".encode())
        with asking.makefile("rb") as answer:
            files = list(_files(answer))
        draft = Path(tempfile.mkdtemp(dir=_made(folder)))
        for name, content in files:
            (draft / name).write_bytes(content)
        draft.rename(place)  # another process of this run may have been faster, and this one's draft is left


def _made(folder: Path) -> Path:
    """Return a folder that exists."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _files(answer: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Read the files of an answer to its end; one that is cut short is an error."""
    while (header := FILE_HEADER.unpack(answer.read(FILE_HEADER.size)))[0]:
        name, content = answer.read(header[0]).decode(), answer.read(header[1])
        if len(content) != header[1]:
            raise OSError("the answer was cut short")
        yield name, content
