"""What a kernel tells of an error in a run on data that not everybody may see: its class, its line, our own sentence.

An error of pandas or numpy repeats what it met ("could not convert string to float: ..."), and a traceback repeats it
again. So in such a run nothing of an error leaves the kernel but its class, the line of the cell, and the message where
the library itself raised it, which names columns and rows and no cell. The rest is there for who runs the cell by hand.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

VARIABLE = "CTRESEARCH_WITHHOLD"
_PACKAGE = Path(__file__).resolve().parents[2]
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_BETWEEN = re.compile(r"[,;\t|]")
_LETTERS, _DIGITS = 3, 5


class Told(Exception):  # noqa: N818  (it stands for an error and is never raised)
    """What may be told of an error, in its place.

    Examples
    --------
    >>> str(Told("KeyError", 3))
    'KeyError in line 3 of the cell; its message may repeat a cell of the data and is withheld'
    """

    def __init__(self, name: str, line: int | None, own: str | None = None) -> None:
        place = "" if line is None else f" in line {line} of the cell"
        withheld = "its message may repeat a cell of the data and is withheld"
        super().__init__(f"{name}{place}; {withheld}" if own is None else f"{name}{place}: {own}")


def tell(error: BaseException) -> Told:
    """Say of an error what may leave the kernel.

    Parameters
    ----------
    error : BaseException
        What a cell raised.

    Returns
    -------
    Told
        Its class and line; its message too where this library raised an error of its own.

    Examples
    --------
    >>> try:
    ...     {}["Marie"]
    ... except KeyError as error:
    ...     "Marie" in str(tell(error))
    False
    """
    own = str(error) if _is_own(error) else None
    return Told(_class_name(error), _line(error), None if own is None or holds_a_cell(own, _input_files()) else own)


def guard(shell: Any) -> None:
    """Have a kernel tell of errors what :func:`tell` says, if its run asks for that.

    Parameters
    ----------
    shell : ipykernel.zmqshell.ZMQInteractiveShell
        The kernel's shell.

    Examples
    --------
    >>> guard(None)
    """
    if os.environ.get(VARIABLE) != "1":
        return
    shown = shell._showtraceback

    def show(etype: Any, evalue: Any, stb: Any) -> None:
        """Send what may be told in place of the error."""
        error = evalue if isinstance(evalue, BaseException) else sys.exc_info()[1]
        told = tell(error) if error is not None else Told("Error", None)
        shown(Told, told, [str(told)])

    shell._showtraceback = show


def holds_a_cell(message: str, files: Iterable[Path]) -> bool:
    r"""Say whether a message repeats a cell of a table: a second lock, should a message of ours ever do so.

    Parameters
    ----------
    message : str
        A message.
    files : iterable of pathlib.Path
        Tables as text; another kind of file cannot be looked into, and passes.

    Returns
    -------
    bool
        Whether a cell of three letters or five digits and more stands in it as words, or a word of one in quotation
        marks, as where a name was taken for the text of a formula. Names of columns do not count.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = path.write_text("name,age\nMarie Dupont,17\n")
    >>> holds_a_cell("column 'name': 'Marie Dupont' is text", [path]), holds_a_cell("column 'name' has text", [path])
    (True, False)
    """
    spoken = f" {' '.join(_WORD.findall(message))} "
    quoted = {
        word
        for pair in _QUOTED.findall(message)
        for part in pair
        for word in _WORD.findall(part)
        if len(word) >= _LETTERS
    }
    return any(f" {cell} " in spoken or not quoted.isdisjoint(cell.split()) for file in files for cell in _cells(file))


def _cells(file: Path) -> Iterator[str]:
    """List the cells of a table of text as words, once each; those of its first line are names of columns."""
    from ctresearch.privacy.reading.reading import decoded

    lines = (decoded(file.read_bytes()) or "").splitlines()
    names = {cell.strip() for cell in _BETWEEN.split(lines[0])} if lines else set()
    seen = {cell.strip() for line in lines[1:] for cell in _BETWEEN.split(line)} - names
    for cell in seen:
        words = " ".join(_WORD.findall(cell))
        if len(words) >= (_DIGITS if words.replace(" ", "").isdigit() else _LETTERS):
            yield words


def _input_files() -> list[Path]:
    """List the files that the run was given."""
    from ctresearch.studies.door.current import FILE_VARIABLE

    try:
        content = json.loads(Path(os.environ[FILE_VARIABLE]).read_text(encoding="utf-8"))
    except (KeyError, OSError):
        return []
    return [Path(one["path"]) for one in content["locators"].values() if "path" in one]


def _class_name(error: BaseException) -> str:
    """Name the class of an error; one that a notebook made may be named after anything, so it goes by its base."""
    home = type(error).__module__.partition(".")[0]
    kinds = type(error).__mro__ if home in {"__main__", "builtins"} else (type(error),)
    return next(kind.__name__ for kind in kinds if kind.__module__ != "__main__")


def _is_own(error: BaseException) -> bool:
    """Say whether this library raised one of its own errors, in its own code."""
    from ctresearch.core.errors import CtResearchError

    own_class = isinstance(error, CtResearchError) and type(error).__module__.startswith("ctresearch.")
    frames = list(_frames(error.__traceback__))
    return own_class and bool(frames) and _PACKAGE in Path(frames[-1][0]).parents


def _line(error: BaseException) -> int | None:
    """Return the line of the cell at which it stopped: the last one in the notebook's own code."""
    if isinstance(error, SyntaxError):
        return error.lineno
    lines = [line for file, line in _frames(error.__traceback__) if "ipykernel_" in file or file.startswith("<ipython")]
    return lines[-1] if lines else None


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    """Go through the files and lines of a traceback."""
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
