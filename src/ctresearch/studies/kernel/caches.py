"""Caches that a sealed kernel may read, and those it leaves: nothing that a run wrote is read by the next one.

A kernel has a cache of its own that is gone with it. It begins with the list of the machine's fonts, made once outside
of any run, and finds the kernels that were compiled before by their links. What it compiles is compiled again
afterwards, outside, from the sources: by a worker at once, else when nobody waits for an answer any more, which is
before the next kernel of this process or at its end.
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
from importlib.metadata import version
from pathlib import Path

from ctresearch.core.compile import COMPILED, KERNELS_VARIABLE, kernel_cache
from ctresearch.studies.kernel.compile_again import MOST_BYTES

_FONTS = "import matplotlib.font_manager"
_CACHE = "cache"
_SECONDS = 600  # a list is written by a notebook, which must not keep this machine busy for ever
_waiting: list[bytes] = []
"""Lists of what ended kernels compiled, not compiled again yet."""


def lend_caches(private: Path, environment: dict[str, str]) -> list[str]:
    """Give a kernel the caches there are.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder.
    environment : dict of str to str
        Its environment variables; one is added.

    Returns
    -------
    list of str
        Folders that it must be able to read.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> lend_caches(folder, {}) == [str(kernel_cache())]
    True
    """
    _compile_waiting()
    own = private / _CACHE / "matplotlib"
    own.mkdir(parents=True, exist_ok=True)
    for file in _font_list().glob("*.json"):
        shutil.copyfile(file, own / file.name)
    place = kernel_cache()
    place.mkdir(parents=True, exist_ok=True)
    environment[KERNELS_VARIABLE] = str(place)
    return [str(place)]


def keep_compiled(private: Path) -> None:
    """Have compiled for the next runs, from the sources, what a kernel had to compile for itself.

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
    with noted.open("rb") as lines:
        _waiting.append(lines.read(MOST_BYTES))
    if multiprocessing.parent_process() is not None:  # whoever ends a worker must find it at its task
        _compile_waiting()
    else:
        atexit.unregister(_compile_at_end)
        atexit.register(_compile_at_end)


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
    place = kernel_cache().parent / "fonts" / version("matplotlib")
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".fonts-", dir=place.parent))
        _run("-c", _FONTS, MPLCONFIGDIR=str(made), HOME=str(made))
        try:
            made.rename(place)
        except OSError:  # another process was faster
            shutil.rmtree(made, ignore_errors=True)
    return place


def _run(*words: str, content: bytes = b"", **variables: str) -> None:
    """Run Python as a process of its own; what it does not do, the kernel does for itself."""
    environment = {name: value for name, value in os.environ.items() if name != KERNELS_VARIABLE} | variables
    command = [sys.executable, "-P", *words]
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, input=content, env=environment, check=False, capture_output=True, timeout=_SECONDS)
