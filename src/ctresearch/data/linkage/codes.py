"""The coded list: what linkage sees in place of names and dates.

Every comparison that needs the plain values happens here, at the custodian's, and comes out as equality of keyed
digests [1]_: same spelling, same sound, a letter apart, day and month exchanged, a year apart. Without the key a code
cannot be tried against a directory of names. Codes of one purpose cannot be matched with those of another.

References
----------
.. [1] Schnell, R., Bachteler, T. and Reiher, J. (2009). Privacy-preserving record linkage using Bloom filters. BMC
   Medical Informatics and Decision Making 9, 41. https://doi.org/10.1186/1472-6947-9-41
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import name_key
from ctresearch.core.pseudonym import pseudonym
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.data.linkage.dates import date_parts, date_words
from ctresearch.data.linkage.spelling import plain_spelling, slips, sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMES = ("given", "family")
# Fifteen hexadecimal digits are 60 bits, the most whole digits that a signed integer of 64 bits holds.
_HEX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what.

    Parameters
    ----------
    given, family : str
        Columns of given and family names, in Latin letters.
    birth : str
        Column of dates of birth, whole or in part.
    also : tuple of str
        Columns that agree or do not, such as sex and nationality.

    Examples
    --------
    >>> Columns("given_name", "family_name", "birth_date", ("sex",)).all
    ('given_name', 'family_name', 'birth_date', 'sex')
    """

    given: str
    family: str
    birth: str
    also: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (self.given, self.family, self.birth, *self.also)


class Coder:
    """Keyed digests of values as whole numbers below 2 ** 60, remembered so that each value is digested once.

    Parameters
    ----------
    key : bytes
        The custodian's key.
    purpose : str
        What the codes are for.

    Examples
    --------
    >>> coder = Coder(b"k" * 32, "an example")
    >>> coder("sound", "mmd") == coder("sound", "mmd"), coder("sound", "mmd") == coder("spelling", "mmd")
    (True, False)
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        self._key, self._purpose = key, purpose
        self._known: dict[tuple[str, str], int] = {}

    def __call__(self, field: str, value: str) -> int:
        """Return the code of a value of a field."""
        known = self._known.get((field, value))
        if known is None:
            digest = pseudonym(value, self._key, purpose=f"{self._purpose}/{field}")
            known = self._known[field, value] = int(digest[:_HEX_DIGITS], 16)
        return known

    def column(self, field: str, values: Iterable[Any]) -> pd.Series[Any]:
        """Return the codes of a column; missing and empty values stay missing."""
        coded = [self(field, str(v)) if isinstance(v, str) and v else None for v in values]
        return pd.Series(coded, dtype="Int64")

    def sets(self, field: str, values: Iterable[Sequence[str]]) -> pd.Series[Any]:
        """Return the codes of a column of sets of values, each in ascending order."""
        return pd.Series([sorted(self(field, one) for one in several) for several in values], dtype=object)


def code_list(name: str, frame: pd.DataFrame, columns: Columns, coder: Coder) -> pd.DataFrame:
    """Code one list of persons.

    Parameters
    ----------
    name : str
        Name of the list, for messages.
    frame : pandas.DataFrame
        One row a person; a list must not hold a person twice.
    columns : Columns
        Which columns hold what.
    coder : Coder
        Makes the codes.

    Returns
    -------
    pandas.DataFrame
        ``unique_id`` counts the rows from 0; the rest are codes, or lists of codes. No identifier is in it.

    Raises
    ------
    DataError
        If a column is missing or holds what cannot be compared.

    Examples
    --------
    >>> people = pd.DataFrame({"given": ["Amina", "Amiina"], "family": ["Bah", "Bah"], "born": ["1999", "1999"]})
    >>> coded = code_list("police", people, Columns("given", "family", "born"), Coder(b"k" * 32, "an example"))
    >>> bool(coded.loc[0, "given_sound"] == coded.loc[1, "given_sound"])
    True
    """
    has_columns(f"list {name!r}", is_frame(f"list {name!r}", frame), columns.all)
    parts: dict[str, pd.Series[Any]] = {"unique_id": pd.Series(range(len(frame)))}
    for part, column in zip(NAMES, (columns.given, columns.family), strict=True):
        spelt = _spell(frame[column], name)
        heard = [sound(word) for word in spelt]
        # a sound means the same in both places, so that names in exchanged order can meet
        parts[f"{part}_spelling"] = coder.column(f"{part} spelling", spelt)
        parts[f"{part}_sound"] = coder.column("sound", heard)
        parts[f"{part}_spelling_slips"] = coder.sets("spelling slip", map(slips, spelt))
        parts[f"{part}_sound_slips"] = coder.sets("sound slip", map(slips, heard))
    coded = pd.DataFrame(parts | _code_birth(frame[columns.birth], coder))
    for number, column in enumerate(columns.also):
        values = [None if pd.isna(value) else name_key(value) for value in frame[column].astype(object)]
        coded[f"also_{number}"] = coder.column(f"also {column}", values)
    return coded


def _spell(column: pd.Series[Any], name: str) -> list[str]:
    """Write the names of a list in the letters a to z, and say which of its rows cannot be written so."""
    spelt, wrong, why = [], [], ""
    for row, value in enumerate(column, start=1):
        try:
            spelt.append(plain_spelling(value) if isinstance(value, str) else "")
        except DataError as error:
            wrong.append(row)
            why = why or str(error)
    if wrong:
        rows = f"row{'s' * (len(wrong) > 1)} {row_words(wrong)}"
        raise CellError(f"column {column.name!r} of list {name!r}, {rows}: {why}", column=str(column.name), rows=wrong)
    return spelt


def _code_birth(column: pd.Series[Any], coder: Coder) -> dict[str, pd.Series[Any]]:
    """Code the dates of birth in all forms in which two may agree."""
    parts = date_parts(column.reset_index(drop=True))
    coded = {
        f"birth_{form}": coder.column("date" if form == "exchanged" else str(form), values)
        for form, values in date_words(parts).items()
    }
    near = [() if pd.isna(y) else tuple(str(int(y) + step) for step in (-1, 0, 1)) for y in parts["year"]]
    return coded | {"birth_near": coder.sets("year", near)}
