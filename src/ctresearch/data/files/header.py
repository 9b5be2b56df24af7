"""The names of a file's columns against those of a schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError
from ctresearch.data.contents.schema import schema, schemas
from ctresearch.data.files.first_row import reads_like_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.data.contents.schema import Schema

_STATA_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Names:
    """Which column of a file is which of a schema.

    Parameters
    ----------
    columns : dict of str to str
        Name in the file to the name to use, in the order of the file.
    renamed : dict of str to str
        Those among them that are not the same.
    """

    columns: dict[str, str]
    renamed: dict[str, str]


def match_names(header: Sequence[str], one: Schema) -> Names:
    """Match the names of a file to those of a schema.

    Case, spaces and punctuation do not count, names cut at the 32 characters of Stata are completed, and the other
    names that a schema knows are taken. Two columns never become one.

    Parameters
    ----------
    header : sequence of str
        Names as they stand in the file.
    one : Schema
        What they are matched to.

    Returns
    -------
    Names
        Every named column of the file; those that match nothing keep their name.

    Examples
    --------
    >>> match_names(["Iso3 code", "YEAR", "remark"], schema("glotip")).columns
    {'Iso3 code': 'Iso3_code', 'YEAR': 'Year', 'remark': 'remark'}
    """
    exact = {name for name in header if name in one.names}
    known = {plain(other): c.name for c in one.columns for other in (*c.variants, c.name) if c.name not in exact}
    known |= {key[:_STATA_LENGTH]: name for key, name in known.items() if len(key) > _STATA_LENGTH}
    columns: dict[str, str] = {}
    for name in header:
        meant = name if name in exact else known.get(plain(name), name)
        if name:
            columns[name] = name if meant != name and meant in columns.values() else meant
    return Names(columns, {name: meant for name, meant in columns.items() if name != meant})


def header_score(row: Sequence[str], one: Schema) -> float:
    """Say how well a row of cells serves as the header of a source.

    Parameters
    ----------
    row : sequence of str
        Cells of one of the first rows.
    one : Schema
        The source.

    Returns
    -------
    float
        Names of the schema among the cells; 0 where they are fewer than the source needs.

    Examples
    --------
    >>> header_score(["UNODC", "", ""], schema("glotip"))
    0.0
    """
    found = {meant for meant in match_names(row, one).columns.values() if meant in one.names}
    if one.extra == "flag":
        return 0.0 if reads_like_values(row) else float(len(set(filter(None, row))))
    return float(len(found)) if len(found) >= one.needs else 0.0


def check_header(header: Sequence[str], one: Schema, file: str) -> Names:
    """Match the names of a file, or say that the file is of another source.

    Parameters
    ----------
    header : sequence of str
        Names as they stand in the file.
    one : Schema
        The source that was named.
    file : str
        Name of the file, for the message.

    Returns
    -------
    Names
        The match.

    Raises
    ------
    DataError
        If the file has too few of the source's columns; the message says which source fits better.

    Examples
    --------
    >>> len(check_header(["year", "tier", "country"], schema("tip-tiers"), "tiers.csv").columns)
    3
    """
    if header_score(header, one) > 0:
        return match_names(header, one)
    scores = {name: header_score(header, schema(name)) for name in schemas() if schema(name).extra != "flag"}
    best = max(scores, key=lambda name: scores[name] / len(schema(name).columns))
    hint = f"it looks like {best!r}" if scores[best] > 0 else f"it must have at least {one.needs} of its columns"
    there = ", ".join(map(repr, header[:8])) + (", ..." if len(header) > 8 else "")
    raise DataError(f"{file} is not a file of {one.name!r}: its columns are {there}; {hint}")


def plain(name: str) -> str:
    """Reduce a name to lower-case letters and digits, as names are compared.

    Parameters
    ----------
    name : str
        Name of a column.

    Returns
    -------
    str
        Words joined by an underscore.

    Examples
    --------
    >>> plain(" Unit of measurement")
    'unit_of_measurement'

    A mark of a note after the name does not count:

    >>> plain("Year [note 1]")
    'year'
    """
    return "_".join(re.findall(r"[^\W_]+", re.sub(r"(?<=\S)\s*\[[^\[\]]*\]\s*$", "", name).casefold()))
