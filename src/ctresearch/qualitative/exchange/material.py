"""What a coding tool knew: codes, segments, texts, and what could not be taken over."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.names import name_key
from ctresearch.qualitative.coding.code import SEPARATOR, Code
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.coding.segments import COLUMNS, CodedSegments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ctresearch.core.check import Check


@dataclass(frozen=True, slots=True, repr=False)
class CodedMaterial:
    """Codes, coded segments and texts out of a tool.

    Parameters
    ----------
    codebook : Codebook
        The codes.
    segments : CodedSegments
        What bears them, and the texts.
    cases : pandas.DataFrame
        One row a document or case with its variables; empty where the tool has none.
    report : tuple of Check
        What was taken over, and what was not.

    Examples
    --------
    >>> from ctresearch.qualitative import Code, read_coded_table
    >>> table = pd.DataFrame({"document": ["A"], "start": [0], "end": [9], "code": ["debt"]})
    >>> read_coded_table(table)
    CodedMaterial: 1 code; CodedSegments: 1 segment, 1 document, 1 code, 1 coder
    """

    codebook: Codebook
    segments: CodedSegments
    cases: pd.DataFrame
    report: tuple[Check, ...] = ()

    def __repr__(self) -> str:
        codes = len(self.codebook.codes)
        return f"CodedMaterial: {codes:,} code{'' if codes == 1 else 's'}; {self.segments!r}"

    def _repr_html_(self) -> str:
        return self.codebook._repr_html_() + self.segments._repr_html_()


def make_segments(rows: Iterable[tuple[object, ...]], texts: Mapping[str, str]) -> CodedSegments:
    """Build segments from rows that a reader has already checked.

    Parameters
    ----------
    rows : iterable of tuple
        Document, start, end, code, coder, memo.
    texts : mapping of str to str
        Document to text.

    Returns
    -------
    CodedSegments
        The segments; there may be none.
    """
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    table = table.astype({"start": "int64", "end": "int64"})
    return CodedSegments(table, MappingProxyType(dict(texts)))


def distinct(names: Iterable[str]) -> tuple[list[str], int]:
    """Give each name a spelling that no other has, by a number behind it, and count those that got one.

    Parameters
    ----------
    names : iterable of str
        Names as a tool holds them.

    Returns
    -------
    tuple
        Names in the same order, and how many were changed.

    Examples
    --------
    >>> distinct(["debt", "Debt", ""])
    (['debt', 'Debt (2)', 'unnamed'], 2)
    """
    seen: dict[str, int] = {}
    made, changed = [], 0
    for one in names:
        plain = one.strip().replace(SEPARATOR, " \u203a ") or "unnamed"
        name, turn = plain, 1
        while name_key(name) in seen:
            turn += 1
            name = f"{plain} ({turn})"
        seen[name_key(name)] = turn
        changed += name != one
        made.append(name)
    return made, changed


def make_codebook(
    rows: Sequence[tuple[str, str, Mapping[str, object]]], name: str
) -> tuple[Codebook, dict[str, str], int]:
    """Build a codebook from codes that name the one above them by an identifier.

    Parameters
    ----------
    rows : sequence of tuple
        Identifier, identifier of the code above (or empty), and the fields of the code, its name among them.
    name : str
        What the codebook is called.

    Returns
    -------
    tuple
        The codebook, key by identifier, and how many names were changed to tell codes apart.

    Raises
    ------
    DataError
        If a code stands below itself, or below one that is not there, or there is no code.
    """
    below: dict[str, list[int]] = {}
    known = {one[0] for one in rows}
    for i, (_, above, _) in enumerate(rows):
        below.setdefault(above if above in known else "", []).append(i)
    codes: list[Code] = []
    keys: dict[str, str] = {}
    changed, open_ends = 0, [("", "")]
    waiting: list[Code] = []
    while open_ends:
        identifier, parent = open_ends.pop()
        if waiting and identifier:
            codes.append(waiting.pop())
        inside = below.get(identifier, [])
        names, new = distinct(str(rows[i][2]["name"]) for i in inside)
        changed += new
        for i, one in list(zip(inside, names, strict=True))[::-1]:
            code = Code(**{**rows[i][2], "name": one, "parent": parent})  # type: ignore[arg-type]
            keys[rows[i][0]] = code.key
            waiting.append(code)
            open_ends.append((rows[i][0], code.key))
    if len(keys) < len(rows):
        raise DataError(f"{len(rows) - len(keys)} codes stand below themselves: the file is broken, export it again")
    if not codes:
        raise DataError("the file holds 0 codes, must hold at least one")
    return Codebook(tuple(codes), name=name), keys, changed
