"""Compiled kernels, cached under the hash of the package source.

Numba's own cache looks at the file that holds the kernel and misses a changed callee in another file. Here the
cache folder's name is a hash of every source file of the package, so any change compiles anew and nothing stale runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


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
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda p: p.relative_to(root).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
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
    import numba
    from platformdirs import user_cache_path

    here = Path(function.__code__.co_filename)
    if not here.is_file():  # typed at a prompt: nothing to key a cache on
        return cast("Function", numba.njit(nogil=True)(function))
    folder = user_cache_path("ctresearch", appauthor=False) / "kernels" / source_hash()[:20]
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        return cast("Function", numba.njit(nogil=True, cache=True)(function))
    finally:
        config.CACHE_DIR = before
