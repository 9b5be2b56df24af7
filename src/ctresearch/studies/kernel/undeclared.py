"""Says which file, module or network a cell asked for in vain, since the study does not declare it.

Inside the seal a file that was not opened cannot be told from one that is not there. So the kernel notes what the error
of a cell names, and the runner, which sees the whole machine, looks whether there is such a file.
"""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.studies.asked.project import MANIFEST
from ctresearch.studies.door.current import FILE_VARIABLE
from ctresearch.studies.kernel.audit import NO_NETWORK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.studies.kernel.opened import Opened

ASKED = "asked.json"
_MOST, _LONGEST, _BYTES = 50, 2000, 2**16
_IN_WORDS = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"|((?:/|\w+[/.])[^\s'\",;:()]+)")
_OFFLINE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.ECONNREFUSED}
_OFFLINE_WORDS = ("Name or service not known", "Temporary failure in name resolution", "Network is unreachable")


def note_errors(shell: Any) -> None:
    """Have a kernel note of each error what it asked for.

    Parameters
    ----------
    shell : ipykernel.zmqshell.ZMQInteractiveShell
        The kernel's shell.

    Examples
    --------
    >>> note_errors(None)
    """
    run_file = os.environ.get(FILE_VARIABLE)
    if shell is None or run_file is None:
        return
    file, shown = Path(run_file).parent / ASKED, shell._showtraceback

    def show(etype: Any, evalue: Any, stb: Any) -> None:
        """Note, and then do what is done anyway."""
        if isinstance(evalue, BaseException):
            file.write_text(json.dumps(what_was_asked(evalue)), encoding="utf-8")
        shown(etype, evalue, stb)

    shell._showtraceback = show


def what_was_asked(error: BaseException) -> dict[str, Any]:
    """Gather the files, modules and network that an error names, and those before it.

    Parameters
    ----------
    error : BaseException
        What a cell raised.

    Returns
    -------
    dict
        ``files`` and ``modules``, and whether it was the ``network``.

    Examples
    --------
    >>> what_was_asked(FileNotFoundError(2, "No such file", "old.csv"))
    {'files': ['old.csv'], 'modules': [], 'network': False}
    """
    files: list[str] = []
    modules: list[str] = []
    network = False
    for one in _chain(error):
        named = [name for name in (getattr(one, "filename", None), getattr(one, "filename2", None)) if name]
        files += [os.fsdecode(name) for name in named if isinstance(name, (str, bytes, os.PathLike))]
        if not named and not isinstance(one, ImportError):
            words = ("".join(groups) for groups in _IN_WORDS.findall(str(one)[:_LONGEST]))
            files += [word for word in words if Path(word).suffix and Path(word).name != MANIFEST]
        if isinstance(one, ModuleNotFoundError) and one.name:
            modules.append(one.name)
        unreachable = isinstance(one, socket.gaierror) or (
            isinstance(one, OSError) and (one.errno in _OFFLINE or NO_NETWORK in str(one))
        )
        network = network or unreachable or any(words in str(one)[:_LONGEST] for words in _OFFLINE_WORDS)
    return {"files": files[:_MOST], "modules": modules[:_MOST], "network": network}


def undeclared(private: Path, opened: Opened, near: Sequence[Path], shown: str | None = None) -> str | None:
    """Say in a sentence what a cell asked for that the study does not declare.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder, with what it noted.
    opened : Opened
        What was opened.
    near : sequence of pathlib.Path
        Folders in which to look for what was named without its folder.
    shown : str, optional
        Code of the notebook, where nothing else may be repeated; ``None`` where any name may.

    Returns
    -------
    str or None
        ``None`` where the error is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> from ctresearch.studies.kernel.opened import Opened
    >>> folder, home = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    >>> _ = (home / "old.csv").write_text("1"), (folder / ASKED).write_text('{"files": ["old.csv"]}')
    >>> undeclared(folder, Opened(), [home]).partition(":")[0]
    "it asked for 'old.csv', which study.toml does not declare"
    """
    asked = _read(private / ASKED)
    own = str(private)

    def name_of(path: str) -> str:
        """Name a file, if its name may be repeated."""
        name = Path(path).name or path
        return repr(name) if shown is None or name in shown else "a file"

    for path in _places(asked, near, own):
        if os.path.lexists(path) and not opened.covers(path):
            return (
                f"it asked for {name_of(path)}, which study.toml does not declare: name it under [data] and read it "
                "with run.data(NAME); a run reads nothing else, and writes only into the folder it works in"
            )
    for module in asked.get("modules", ()):
        found = next(_modules(str(module), near), None)
        if found is not None and not opened.covers(found):
            said = repr(module) if shown is None or str(module) in shown else "a module"
            return (
                f"it imports {said} from a file that study.toml does not declare: name it under [code], as "
                f"{str(module).partition('.')[0] if said != 'a module' else 'NAME'} = {name_of(found)}"
            )
    for path in _places(asked, (), own):
        folder = Path(path).parent
        if folder.is_dir() and not opened.covers(str(folder)):
            return (
                f"it wrote or looked for {name_of(path)} outside of its own folder: keep outputs with run.save, and "
                "write what is needed meanwhile into the folder it works in"
            )
    if asked.get("network"):
        return "it asked for the network, and a run has none: fetch the data before and declare the file under [data]"
    return None


def _places(asked: dict[str, Any], near: Sequence[Path], own: str) -> Iterator[str]:
    """List where what was asked for may lie on this machine, the kernel's own folder excepted."""
    for name in asked.get("files", ()):
        words = str(name).partition("://")[2] or str(name)
        try:
            found = [words] if words.startswith("/") else [str(folder / words) for folder in near]
            yield from (path for path in map(os.path.normpath, found) if not path.startswith(own) and "\0" not in path)
        except (ValueError, OSError):
            continue


def _modules(module: str, near: Sequence[Path]) -> Iterator[str]:
    """List the files that a module may be on this machine."""
    path = module.replace(".", "/")
    for folder in near:
        yield from (str(one) for one in (folder / f"{path}.py", folder / path / "__init__.py") if one.is_file())


def _read(file: Path) -> dict[str, Any]:
    """Read what a kernel noted: a plain small file, or nothing."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return {}
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return {}
        try:
            content = json.loads(opened.read(_BYTES))
        except (ValueError, RecursionError):
            return {}
    return content if isinstance(content, dict) else {}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Go from an error to what caused it, and on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen and len(seen) < _MOST:
        seen.add(id(error))
        yield error
        inner = getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
