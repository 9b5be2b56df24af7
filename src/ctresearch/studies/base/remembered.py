"""What is the same until something else changes, kept in the user's cache beside what it was worked out from.

A value is taken from there only while its key, which names everything it depends on, is the same to the letter. One
place holds one value, so the cache does not grow; one that cannot be read or written is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def remembered(place: str, key: str, make: Callable[[], Any]) -> Any:
    """Return a value from the cache, or work it out and keep it.

    Parameters
    ----------
    place : str
        What the value is; each environment of Python has its own.
    key : str
        All that the value depends on.
    make : callable
        Works it out, as plain values that JSON holds.

    Returns
    -------
    object
        The value.

    Examples
    --------
    >>> remembered("an example", "1", lambda: {"n": 3})
    {'n': 3}
    """
    file = _file(place)
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        if known["key"] == key:
            return known["value"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    value = make()
    with contextlib.suppress(OSError):
        _write(file, json.dumps({"key": key, "value": value}))
    return value


def stamps(folders: list[str]) -> str:
    """Name the state of what is installed in some folders: each distribution, and when its metadata were written.

    Parameters
    ----------
    folders : list of str
        Such as :data:`sys.path`.

    Returns
    -------
    str
        A hash of names, sizes and times.

    Examples
    --------
    >>> len(stamps(sys.path))
    64
    """
    digest = hashlib.sha256()
    for folder in folders:
        with contextlib.suppress(OSError):
            with os.scandir(folder or ".") as entries:
                names = sorted(one.name for one in entries if one.name.endswith((".dist-info", ".egg-info")))
            for name in names:
                digest.update(f"{folder}/{name} {_stamp(Path(folder, name))}\0".encode())
    return digest.hexdigest()


def _stamp(place: Path) -> str:
    """Return size and time of the metadata of a distribution."""
    for path in (place / "METADATA", place / "PKG-INFO", place):
        with contextlib.suppress(OSError):
            found = path.stat()
            return f"{found.st_size} {found.st_mtime_ns}"
    return ""


def _file(place: str) -> Path:
    """Return where a value is kept."""
    from platformdirs import user_cache_path

    name = hashlib.sha256(f"{sys.prefix}\0{sys.version}\0{place}".encode()).hexdigest()[:20]
    return user_cache_path("ctresearch", appauthor=False) / "remembered" / f"{name}.json"


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all, for nobody else to change."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
