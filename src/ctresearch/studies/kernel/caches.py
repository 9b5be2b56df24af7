"""Caches that a sealed kernel is given, and those it leaves: nothing that a run wrote is read by the next one.

A kernel has a cache of its own that is gone with it. It begins with the list of the machine's fonts, made once outside
of any run, and is lent the kernels that were compiled before. What it compiles, kernels and Python modules alike, is
compiled again afterwards, outside, from the sources: by a worker at once, else when nobody waits for an answer any
more, which is before the next kernel of this process or at its end.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.compile import COMPILED, kernel_cache
from ctresearch.studies.kernel.compile_again import MOST_BYTES
from ctresearch.studies.kernel.kernel import bare
from ctresearch.studies.kernel.lending import lent_kernels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACES = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
_FONTS = "import matplotlib.font_manager"
_CACHE = "cache"
_SECONDS = 600  # a list is written by a notebook, which must not keep this machine busy for ever
_waiting: list[bytes] = []
"""Lists of what ended kernels compiled, not compiled again yet."""


@contextmanager
def lent_caches(private: Path, environment: dict[str, str]) -> Iterator[None]:
    """Give a kernel the caches there are, while the context lasts.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder.
    environment : dict of str to str
        Its environment variables; one is added.

    Yields
    ------
    None

    Examples
    --------
    >>> with lent_caches(Path(tempfile.mkdtemp()), asked := {}):
    ...     sorted(asked)
    ['CTRESEARCH_KERNELS']
    """
    _compile_waiting()
    own = private / _CACHE / "matplotlib"
    own.mkdir(parents=True, exist_ok=True)
    for file in _font_list().glob("*.json"):
        shutil.copyfile(file, own / file.name)
    with lent_kernels(private, environment):
        yield


def keep_compiled(private: Path) -> None:
    """Have compiled for the next runs, from the sources, what a kernel had to compile for itself.

    Python modules are left out where this process may not or shall not write what Python compiles beside them.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder, after its end.

    Examples
    --------
    >>> keep_compiled(Path(tempfile.mkdtemp()))
    """
    noted = private / _CACHE / "ctresearch" / "kernels" / COMPILED
    if noted.is_symlink() or not noted.is_file():
        return
    with noted.open("rb") as file:
        lines = file.read(MOST_BYTES).splitlines(keepends=True)
    wanted = [line for line in lines if not line.startswith(b'"') or _may_stand(line)]
    if not wanted:
        return
    _waiting.append(b"".join(wanted))
    if multiprocessing.parent_process() is not None:  # whoever ends a worker must find it at its task
        _compile_waiting()
    else:
        atexit.unregister(_compile_at_end)
        atexit.register(_compile_at_end)


def _may_stand(line: bytes) -> bool:
    """Say whether what Python compiles from a file may stand beside it."""
    folder = line.decode("utf-8", errors="replace").strip('"\n').rpartition("/")[0]
    return not (sys.dont_write_bytecode or sys.pycache_prefix) and os.access(folder, os.W_OK)


def forget_compiled() -> None:
    """Compile nothing again: somebody wants this process to end.

    Examples
    --------
    >>> forget_compiled()
    """
    _waiting.clear()


def _compile_at_end() -> None:
    """Compile after the answer is told, unless somebody waits for the end."""
    with contextlib.suppress(KeyboardInterrupt):
        _compile_waiting()


def _compile_waiting() -> None:
    """Compile what is on the lists."""
    while _waiting:
        _run("-m", "ctresearch.studies.kernel.compile_again", str(os.getpid()), content=_waiting.pop())


def _font_list() -> Path:
    """Return the folder of the list of the machine's fonts, made where there is none yet."""
    place = kernel_cache().parent / "fonts" / f"{version('matplotlib')}-system"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".fonts-", dir=place.parent))
        _run("-c", _FONTS, variables=dict.fromkeys(("MPLCONFIGDIR", *_PLACES), str(made)))
        try:
            made.rename(place)
        except OSError:  # another process was faster
            shutil.rmtree(made, ignore_errors=True)
    return place


def _run(*words: str, content: bytes = b"", variables: Mapping[str, str] | None = None) -> None:
    """Run Python as a process of its own, as bare as a kernel; what it does not do, the kernel does for itself."""
    kept = {name: os.environ[name] for name in (*_PLACES, "PYTHONDONTWRITEBYTECODE") if name in os.environ}
    command = [sys.executable, "-P", *words]
    with contextlib.suppress(subprocess.TimeoutExpired):
        environment = bare() | kept | dict(variables or {})
        subprocess.run(command, input=content, env=environment, check=False, capture_output=True, timeout=_SECONDS)
