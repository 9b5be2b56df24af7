"""People followed over years: a table of lists for every year, and one for the whole period that counts nobody twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.histories import CaptureHistories

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.scope import Scope

MOST_YEARS = 50


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
        cls, frame: pd.DataFrame, *, person: str, source: str, year: str, scope: Scope | None = None
    ) -> PanelHistories:
        """Read a table with one row for every time a person appears on a list.

        Parameters
        ----------
        frame : pandas.DataFrame
            The appearances.
        person, source, year : str
            Columns that say who, on which list and when. A person must have one identifier in all years: without it
            people seen in two years cannot be told from two people, and no number for the period exists.
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
        when = frame[year].astype("str")
        spread = when.groupby(frame[person].to_numpy()).nunique()
        if not 2 <= when.nunique() <= MOST_YEARS:
            raise DataError(f"{year!r} has {when.nunique()} values, must have from 2 to {MOST_YEARS}")
        if spread.max() == 1:
            raise DataError(
                f"nobody of {len(spread):,} people is seen in two years; if identifiers in {person!r} start anew each "
                "year the same person counts as several: link the years first"
            )
        period = CaptureHistories.from_long(frame[[person, source]], person=person, source=source, scope=scope)
        years = {str(name): _one_year(rows, period, (person, source)) for name, rows in frame.groupby(when, sort=True)}
        gone = {name: tuple(one for one, size in zip(table.lists, np.diag(table.overlaps().to_numpy()), strict=True)
                            if not size) for name, table in years.items()}  # fmt: skip
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


def _one_year(rows: pd.DataFrame, period: CaptureHistories, columns: tuple[str, str]) -> CaptureHistories:
    """Tabulate one year by the lists of the whole period."""
    person, source = columns
    wide = pd.crosstab(rows[person], rows[source].astype("str")).clip(upper=1)
    wide = wide.reindex(columns=list(period.lists), fill_value=0).reset_index(drop=True)
    return CaptureHistories.from_records(wide, list(period.lists), scope=period.scope)
