"""What a classification gives: a status for every row, why, and how many under other thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.render import as_card, few
from ctresearch.core.result import table_field

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.data.classification.definition import Definition


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Classification:
    """Rows of a questionnaire under a published definition. A status is a statistical one, never a legal finding.

    Parameters
    ----------
    definition : Definition
        The definition, with what the user decided written into it.
    status : pandas.DataFrame
        One row a row of the questionnaire, with its index: ``group`` (adult, child, age not known), ``lower`` and
        ``upper`` (0 or 1), and ``status``: yes, no, or undetermined where the answers given decide nothing.
    trace : pandas.DataFrame
        For each row the rules that hold or may hold, with the items answered yes and those missing.
    thresholds : pandas.DataFrame
        Persons with the status under each threshold, by group, ``lower`` and ``upper``.
    notes : tuple of str
        Items that were not asked, choices the documents leave open, and what was decided.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data import classify
    >>> rows = pd.DataFrame({"age": [30, 30, 30], "debt": [1, 1, 0], "no_freedom_to_leave": [1, None, 1]})
    >>> from ctresearch.data.classification import definition
    >>> rest = [item.name for item in definition("icls-2018").items if item.name not in rows]
    >>> classify(rows, "icls-2018", not_asked=rest).status["status"].tolist()
    ['yes', 'undetermined', 'no']
    """

    definition: Definition
    status: pd.DataFrame = table_field()
    trace: pd.DataFrame = table_field()
    thresholds: pd.DataFrame = table_field()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        table = self.status
        counts = table.groupby("group")[["lower", "upper"]].agg(["size", "sum"])
        lines = [
            f"{group}: {row['lower', 'sum']:,} to {row['upper', 'sum']:,} of {row['lower', 'size']:,}"
            for group, row in counts.iterrows()
        ]
        return "\n".join([self.definition.title, f"Status: {self.definition.status}", *lines, *self.notes])

    def _repr_html_(self) -> str:
        import pandas as pd

        table = self.status.groupby("group")[["lower", "upper"]].agg(["size", "sum"])
        ranges = {
            str(group): [few(row["lower", "sum"]), few(row["upper", "sum"]), few(row["lower", "size"])]
            for group, row in table.iterrows()
        }
        shown = pd.DataFrame.from_dict(ranges, orient="index", columns=["at least", "at most", "of"])
        return as_card(self, says=[self.definition.title, *self.notes], tables=[shown])
