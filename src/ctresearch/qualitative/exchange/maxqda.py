"""Coded segments that MAXQDA exports as a workbook."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.qualitative.coding.code import SEPARATOR
from ctresearch.qualitative.exchange.material import CodedMaterial, make_codebook, make_segments
from ctresearch.qualitative.exchange.safe_archive import read_archive

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = {
    "document": ("document name", "document", "dokumentname", "nombre del documento", "nom du document"),
    "code": ("code", "codigo"),
    "start": ("beginning", "anfang", "principio", "debut"),
    "end": ("end", "ende", "final", "fin"),
    "coder": ("created by", "author", "autor", "erstellt von", "creado por", "auteur", "cree par"),
    "memo": ("comment", "kommentar", "comentario", "commentaire"),
}
"""Column to the words over it in English, German, Spanish and French, in the form that :func:`name_key` gives."""
_NUMBER = re.compile(r"\d+")
_LEVEL = re.compile(r"\s*(?:\\|>)\s*")


def read_maxqda(path: str | Path) -> CodedMaterial:
    """Read a table of coded segments that MAXQDA exported (.xlsx).

    Parameters
    ----------
    path : str or pathlib.Path
        The workbook, its table in the first sheet with a header in the first row.

    Returns
    -------
    CodedMaterial
        Codes with their hierarchy, and segments. MAXQDA says in which paragraph a segment begins and ends, not at which
        character: places are paragraphs here, and the report says so.

    Raises
    ------
    DataError
        If it is no such workbook, or a place is not a number.

    Examples
    --------
    >>> read_maxqda("nothing.xlsx")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: there is no such file: give the path of an archive
    """
    read_archive(path)  # a workbook is a zip archive: refused before anything opens it
    frame = _sheet(path)
    found = _columns(frame)
    rows, lost = [], 0
    coded: dict[str, None] = {}
    for row in frame.to_dict("records"):
        start, end = (_NUMBER.search(str(row[found[one]])) for one in ("start", "end"))
        words = "" if pd.isna(row[found["code"]]) else str(row[found["code"]])
        code = SEPARATOR.join(part for part in _LEVEL.split(words) if part)
        if start is None or end is None or not code or pd.isna(row[found["document"]]):
            lost += 1
            continue
        coded[code] = None
        coder = str(row[found["coder"]]) if "coder" in found and pd.notna(row[found["coder"]]) else "unknown"
        memo = str(row[found["memo"]]) if "memo" in found and pd.notna(row[found["memo"]]) else ""
        first, last = int(start[0]) - 1, int(end[0])
        rows.append((str(row[found["document"]]), max(first, 0), max(last, first + 1), code, coder, memo))
    codebook, keys, renamed = make_codebook(_code_rows(coded), "MAXQDA export")
    keyed = [(row[0], row[1], row[2], keys[row[3]], row[4], row[5]) for row in rows]
    said = say(
        "{n:,} segments were read with places in paragraphs, since the export does not say at which character they "
        "begin; {lost} without a document, a code or a place were left out.",
        n=len(rows),
        lost=lost,
    )
    check = Check("taken over", "review", said, {"read": len(rows), "lost": lost, "renamed": renamed})
    return CodedMaterial(codebook, make_segments(keyed, {}), pd.DataFrame(columns=["case"]), (check,))


def _sheet(path: str | Path) -> pd.DataFrame:
    """Read the first sheet."""
    try:
        return pd.read_excel(path, sheet_name=0, engine="openpyxl", dtype=object)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, IndexError) as error:
        raise DataError(
            f"the file is no workbook ({type(error).__name__}), must be coded segments as MAXQDA exports them (.xlsx)"
        ) from None


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Find the columns by the words over them."""
    there = {name_key(one): one for one in frame.columns}
    found = {role: there[word] for role, words in _WORDS.items() for word in reversed(words) if word in there}
    lacks = [role for role in ("document", "code", "start", "end") if role not in found]
    if lacks:
        raise DataError(
            f"the workbook has no column for {lacks[0]}, must have document name, code, beginning and end: export "
            "coded segments as a table from MAXQDA"
        )
    return found


def _code_rows(coded: dict[str, None]) -> list[tuple[str, str, dict[str, object]]]:
    """Return the codes with all that stand above them."""
    every: dict[str, None] = {}
    for code in coded:
        parts = code.split(SEPARATOR)
        every |= {SEPARATOR.join(parts[: i + 1]): None for i in range(len(parts))}
    return [(key, SEPARATOR.join(key.split(SEPARATOR)[:-1]), {"name": key.split(SEPARATOR)[-1]}) for key in every]
