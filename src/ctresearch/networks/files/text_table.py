"""Tables as text, as analysts keep them: named columns, plain lists of ties, and matrices."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.data.files.encoding import detect_encoding, parse
from ctresearch.networks.files.fields import is_number, split_fields

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".csv", ".tsv", ".txt", ".edgelist", ".edges")
_LISTS = (".txt", ".edgelist", ".edges")
_COMMENTS = ("#", "%")
_ENDS = (
    ("source", "target"),
    ("from", "to"),
    ("sender", "receiver"),
    ("ego", "alter"),
    ("caller", "callee"),
    ("actor1", "actor2"),
    ("actor_1", "actor_2"),
    ("node1", "node2"),
    ("von", "nach"),
    ("origen", "destino"),
)
_WIDEST_LIST = 3  # two actors and a value


@dataclass(frozen=True, slots=True)
class TextTable:
    """What a text file holds.

    Parameters
    ----------
    kind : {"columns", "list", "matrix"}
        Ties under the names ``source`` and ``target``; ties without names; or a matrix with labels.
    table : pandas.DataFrame
        Cells as text; of a list the columns ``source``, ``target`` and, where there are values, ``weight``.

    Examples
    --------
    >>> TextTable("list", pd.DataFrame({"source": ["a"], "target": ["b"]})).kind
    'list'
    """

    kind: Literal["columns", "list", "matrix"]
    table: pd.DataFrame


def read_text_table(path: Path, *, two_mode: bool | None = None) -> TextTable:
    r"""Read a text file and find out what it holds.

    Parameters
    ----------
    path : pathlib.Path
        Cells parted by commas, semicolons, tabs or blanks; ``.txt``, ``.edgelist`` and ``.edges`` may have lines of
        comment that begin with ``#`` or ``%``.
    two_mode : bool, optional
        That it holds a matrix of actors by events, whatever stands in its first cell.

    Returns
    -------
    TextTable
        Kind and cells.

    Raises
    ------
    DataError
        If the file is empty, its rows have unequal lengths, or it could be read in several ways.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "ties.txt"
    >>> _ = path.write_text("0 1\n0 2\n")
    >>> read_text_table(path).table.to_numpy().tolist()
    [['0', '1'], ['0', '2']]
    """
    text = path.read_text(encoding=detect_encoding(path))
    plain = path.suffix.lower() in _LISTS
    if plain:
        text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(_COMMENTS))
    sign = _separator(text)
    rows = _cells(text, sign)
    if not rows:
        raise DataError(f"{path.name} holds no row: a table of ties or a matrix must stand in it")
    header = [cell.strip() for cell in rows[0]]
    ends = _ends(header)
    if ends is not None:
        return TextTable("columns", _named(path, rows, header, ends))
    if two_mode or _is_matrix(rows, header):
        return TextTable("matrix", _matrix(path, rows, header))
    if len(header) <= _WIDEST_LIST and (plain or all(map(is_number, header))):
        return TextTable("list", _list(path, rows))
    if len(header) == len(rows) > _WIDEST_LIST and all(map(is_number, header)):
        names = [str(i + 1) for i in range(len(rows))]
        return TextTable("matrix", _frame(path, rows, names).set_axis(names))
    raise DataError(
        f"{path.name} has no column 'source' and no column 'target', and its first cell is not empty as in a matrix: "
        "name the columns, or leave the first cell empty"
    )


def _ends(header: list[str]) -> tuple[int, int] | None:
    """Find the columns of the two actors by their names."""
    called = [cell.strip("\"'").lower() for cell in header]
    for source, target in _ENDS:
        if called.count(source) == called.count(target) == 1:
            return called.index(source), called.index(target)
    return None


def _named(path: Path, rows: list[list[str]], header: list[str], ends: tuple[int, int]) -> pd.DataFrame:
    """Read named columns; actors stay text, whatever they are called, and the last cells of a row may be left out."""
    if _lacks_corner(rows, header):  # the number of each row stands before it
        rows = [header, *(row[1:] for row in rows[1:])]
    names = [name or f"column {place}" for place, name in enumerate(header, start=1)]
    for place, name in zip(ends, ("source", "target"), strict=True):
        names[place] = name
    if len(set(names)) < len(names):
        raise DataError(
            f"{path.name} names {len(names) - len(set(names))} of {len(names)} columns like another: name each once"
        )
    whole = [row + [""] * (len(names) - len(row)) for row in rows[1:]]
    cells = _frame(path, whole, names).astype("str").apply(lambda column: column.str.strip()).replace("", None)
    named: pd.DataFrame = cells.apply(
        lambda column: column if column.name in {"source", "target"} else _as_numbers(column)
    )
    return named


def _as_numbers(column: pd.Series[str]) -> pd.Series[Any]:
    """Read a column as numbers, or as yes and no, where every cell of it that holds something is one."""
    held = column.dropna()
    if held.map(is_number).all():
        return pd.to_numeric(column)
    truth = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
    return column.map(truth).astype(bool) if column.isin(list(truth)).all() else column


def _separator(text: str) -> str:
    """Find what parts the cells of the first line; nothing stands for blanks."""
    first = text.lstrip("\n").partition("\n")[0]
    sign = max((",", ";", "\t"), key=first.count)
    return sign if sign in first and not first.rstrip().endswith("}") else ""


def _cells(text: str, sign: str) -> list[list[str]]:
    """Split the lines."""
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    if sign:
        return [[cell.strip() for cell in row] for row in parse(lines, sign, skip_blanks=True)]
    if lines and lines[0].rstrip().endswith("}"):  # as networkx writes lists of ties
        return [_with_attributes(line, place) for place, line in enumerate(lines, start=1)]
    return [split_fields(line) for line in lines]


def _with_attributes(line: str, place: int) -> list[str]:
    """Split a tie that carries its attributes in braces."""
    ends, _, inside = line.partition("{")
    try:
        attributes = ast.literal_eval("{" + inside.strip())
    except (SyntaxError, ValueError):
        raise DataError(f"line {place} of the list ends in braces that hold no attributes: correct it") from None
    return [*ends.split(), *([str(attributes["weight"])] if "weight" in attributes else [])]


def _is_matrix(rows: list[list[str]], header: list[str]) -> bool:
    """Recognise a matrix by its empty or missing first cell, or by equal labels on both sides."""
    if len(rows) < 2:
        return False
    labels = {row[0] for row in rows[1:]}
    if len(header) == len(rows) > _WIDEST_LIST and all(map(is_number, header)):
        if labels == set(header[1:]) and len(labels) == len(header) - 1:
            raise DataError(
                f"the first row and column hold {len(labels)} numbers that could be labels or ties: leave the first "
                "cell empty if they are labels, or write labels above and beside the matrix"
            )
        return False
    if _lacks_corner(rows, header):
        return len(header) >= _WIDEST_LIST or labels == set(header)
    return not header[0] or (len(header) > 2 and labels == set(header[1:]) and len(rows) == len(header))


def _lacks_corner(rows: list[list[str]], header: list[str]) -> bool:
    """Say whether the header is a cell shorter than the rows, as R writes tables."""
    return len(rows) > 1 and len(rows[1]) == len(header) + 1


def _matrix(path: Path, rows: list[list[str]], header: list[str]) -> pd.DataFrame:
    """Take the labels off a matrix."""
    header = ["", *header] if _lacks_corner(rows, header) else header
    table = _frame(path, rows[1:], header)
    index = pd.Index(table.iloc[:, 0], dtype=object, name=None)
    return table.iloc[:, 1:].set_axis(index).set_axis(pd.Index(header[1:], dtype=object), axis=1)


def _frame(path: Path, rows: list[list[str]], header: list[str]) -> pd.DataFrame:
    """Put the rows under their header."""
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise DataError(
                f"row {number} of {path.name}, header left out, has {len(row)} cells, must have {len(header)}: "
                "correct it"
            )
    return pd.DataFrame(rows, columns=pd.Index(header, dtype=object), dtype=object)


def _list(path: Path, rows: list[list[str]]) -> pd.DataFrame:
    """Read one tie a row: two actors and at most a value."""
    width = len(rows[0])
    rest = rows[1:]
    if width < 2:
        raise DataError(f"row 1 of {path.name} has {width} cell, must have two actors and at most a value: correct it")
    if len(rest) > 1 and not any(map(is_number, rows[0])) and all(is_number(cell) for row in rest for cell in row):
        raise DataError(
            f"row 1 of {path.name} looks like a header: name the columns 'source' and 'target', or leave it out"
        )
    table = _frame(path, rows, ["source", "target", "weight"][:width])
    if width == _WIDEST_LIST:
        wrong = ~table["weight"].map(is_number).to_numpy(dtype=bool)
        if wrong.any():
            raise DataError(
                f"row {int(wrong.argmax()) + 1}, column 3 of {path.name} holds no number, must hold the value of the "
                "tie: correct it"
            )
        table["weight"] = table["weight"].astype(float)
    return table
