"""People followed over years: a table of lists a year, and one for the whole period that counts nobody twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import CellError, DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.names import name_key, read_names
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.lists.lists_card import histories_card
from ctresearch.prevalence.lists.table_input import Appearances, patterns_of, read_appearances

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.check import Check
    from ctresearch.core.scope import Scope
    from ctresearch.prevalence.lists.cells import Array

MOST_YEARS = 50
_NOTHING: tuple[Check, ...] = ()
PERIOD = "period"  # what results call all years together


@dataclass(frozen=True, eq=False, repr=False)
class PanelHistories:
    """Tables of the same lists by year, from records that say who each person is.

    Parameters
    ----------
    years : mapping of str to CaptureHistories
        Who was on which lists in each year; somebody listed in two years is in both tables.
    period : CaptureHistories
        Who was on which lists at any time; everybody once.
    absent : mapping of str to tuple of str
        Lists on which nobody was in a year.

    Examples
    --------
    >>> seen = pd.DataFrame({"who": [1, 1, 1, 2, 2, 3, 3], "where": ["a", "b", "a", "a", "b", "a", "b"],
    ...                      "year": [2020, 2020, 2021, 2020, 2021, 2021, 2021]})
    >>> PanelHistories.from_long(seen, person="who", source="where", year="year")
    3 people on 2 lists in 2 years: 2020 2, 2021 3; 2 in more than one year
    """

    years: Mapping[str, CaptureHistories]
    period: CaptureHistories
    absent: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        person: str,
        source: str,
        year: str,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> PanelHistories:
        """Read a table with one row for every time a person appears on a list.

        Parameters
        ----------
        frame : pandas.DataFrame
            The appearances.
        person, source, year : str
            Columns that say who, on which list and when. A person must have one identifier in all years: without it
            people seen in two years cannot be told from two people, and no number for the period exists.
        merge_names : bool
            Take names that differ in case, accents, spaces or type alone for one: of lists, people and years. Every
            estimate then says so. Without it they are refused.
        scope : Scope, optional
            Whom the table counts.

        Returns
        -------
        PanelHistories
            The tables.

        Raises
        ------
        DataError
            If a column is missing or has gaps, there are fewer than two years, or nobody is seen in two.

        Examples
        --------
        >>> seen = pd.DataFrame({"who": [1, 1, 1, 2, 2], "where": ["a", "b", "a", "a", "b"],
        ...                      "year": [2020, 2020, 2021, 2020, 2021]})
        >>> PanelHistories.from_long(seen, person="who", source="where", year="year").period.n_observed
        2
        """
        has_columns("the table of appearances", is_frame("the table of appearances", frame), [person, source, year])
        if frame[[person, year]].isna().any(axis=None):
            raise DataError(
                f"{person!r} or {year!r} is missing in {int(frame[[person, year]].isna().any(axis=1).sum())} rows; "
                "people can only be counted once over years if every row says who and when"
            )
        period = CaptureHistories.from_long(
            frame[[person, source]], person=person, source=source, merge_names=merge_names, scope=scope
        )
        seen = read_appearances(frame, person, source, merge=merge_names)
        when, said = _read_years(frame, year, merge=merge_names)
        period = replace(period, checks=(*period.checks, *said))
        if len(when) < 2 or len(when) > MOST_YEARS:
            raise DataError(f"{year!r} has {len(when)} values, must have from 2 to {MOST_YEARS}")
        years = {name: _one_year(seen, rows, period) for name, rows in when.items()}
        if sum(table.n_observed for table in years.values()) == period.n_observed:
            raise DataError(
                f"nobody of {period.n_observed:,} people is seen in two years; if identifiers in {person!r} start anew "
                "each year the same person counts as several: link the years first"
            )
        gone = {
            name: tuple(
                one for one, size in zip(table.lists, np.diag(table.overlaps().to_numpy()), strict=True) if not size
            )
            for name, table in years.items()
        }
        return cls(years, period, {name: lists for name, lists in gone.items() if lists})

    @property
    def repeated(self) -> int:
        """People-years beyond the first of each person: what adding up years would count too much of those seen."""
        return sum(table.n_observed for table in self.years.values()) - self.period.n_observed

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {table.n_observed:,}" for name, table in self.years.items())
        return (
            f"{self.period.n_observed:,} people on {len(self.period.lists)} lists in {len(self.years)} years: {sizes}; "
            f"{self.repeated:,} in more than one year"
        )

    def _repr_html_(self) -> str:
        return histories_card(self.period)


def _read_years(frame: pd.DataFrame, year: str, *, merge: bool) -> tuple[dict[str, Array], tuple[Check, ...]]:
    """Return which rows belong to each year; none may be called what all of them are called together."""
    column, said = frame[year], _NOTHING
    if merge:
        read = read_names(column, year, merge=True)
        said = read.checks("years")
        column = pd.Series([read.spellings[code] if code >= 0 else None for code in read.codes], dtype=object)
    groups = read_groups(pd.DataFrame({year: column.to_numpy()}), year)
    if any(name_key(name) == PERIOD for name in groups.names):
        raise CellError(f"column {year!r} has a value {PERIOD!r}, which stands for all years together", column=year)
    return groups.rows(), said


def _one_year(seen: Appearances, rows: Array, period: CaptureHistories) -> CaptureHistories:
    """Tabulate one year by the lists of the whole period."""
    codes, people = np.unique(seen.person[rows], return_inverse=True)
    patterns = patterns_of(replace(seen, person=people, source=seen.source[rows]))
    wide = pd.DataFrame({name: patterns >> i & 1 for i, name in enumerate(period.lists)}, index=range(len(codes)))
    return replace(CaptureHistories.from_records(wide, list(period.lists), scope=period.scope), checks=period.checks)
