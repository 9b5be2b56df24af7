"""What a linkage gives: who is on which lists, as counts, and how wrong that may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.render import as_card
from ctresearch.core.result import Result, table_field

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Linkage:
    """Linked lists as inclusion patterns, without any identifier.

    Parameters
    ----------
    lists : tuple of str
        Names of the lists.
    counts : pandas.DataFrame
        Persons by the lists they are on, by the best linkage: a 0/1 column for each list and ``count``.
    drawn : pandas.DataFrame
        The same for linkages drawn as the match probabilities allow, with a column ``draw``.
    error : Result
        Linkage error: ``false_match_rate``, ``missed_match_rate``, ``missed_by_blocking``, ``linked_pairs`` and
        ``persons``, with the checks of the linkage.
    model : pandas.DataFrame
        Each level of agreement with its chance among matches ``m``, among others ``u``, and its weight in bits.
    review : pandas.DataFrame
        Pairs that a clerk should look at: lists, row numbers counted from 0, match probability and agreements. It is
        about single persons and stays with the custodian.
    purpose, separation_from_enforcement : str
        What the linkage is for, and how it is kept apart from immigration enforcement.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core import estimates_table
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [6, 4, 2]})
    >>> error = Result(method="linkage", estimates=estimates_table({"persons": (12.0, 1.0, 11.0, 13.0)}), n=14)
    >>> linkage = Linkage(lists=("police", "charity"), counts=table, drawn=table.assign(draw=0), error=error,
    ...                   model=table, review=table, purpose="an example", separation_from_enforcement="invented data")
    >>> len(linkage.people()), len(linkage.tables())
    (12, 1)
    """

    lists: tuple[str, ...]
    counts: pd.DataFrame = table_field()
    drawn: pd.DataFrame = table_field()
    error: Result
    model: pd.DataFrame = table_field()
    review: pd.DataFrame = table_field()
    purpose: str
    separation_from_enforcement: str

    def people(self) -> pd.DataFrame:
        """Return one row a person, in order of the patterns, so that no row leads back to a record.

        Returns
        -------
        pandas.DataFrame
            A 0/1 column for each list, ready for ``CaptureHistories.from_records``.

        Examples
        --------
        See :class:`Linkage`.
        """
        counts = self.counts
        return counts.loc[counts.index.repeat(counts["count"]), list(self.lists)].reset_index(drop=True)

    def tables(self) -> list[pd.DataFrame]:
        """Return the counts of each drawn linkage.

        Returns
        -------
        list of pandas.DataFrame
            Tables like ``counts``, each ready for ``CaptureHistories.from_counts``.

        Examples
        --------
        See :class:`Linkage`.
        """
        return [part.drop(columns="draw").reset_index(drop=True) for _, part in self.drawn.groupby("draw")]

    def __repr__(self) -> str:
        return f"{int(self.counts['count'].sum()):,} persons on {len(self.lists)} lists\n{self.error.summary()}"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["lists"], people={"persons": int(self.counts["count"].sum())})
