"""What several designs for one population say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from ctresearch.core import render
from ctresearch.core.meaning import key, mark, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

POOLED = "pooled"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignComparison(Result):
    """Designs for one population; the terms are their names, and ``pooled`` what they say together.

    Parameters
    ----------
    designs : pandas.DataFrame
        Indexed by ``design``: ``by_method``; ``estimate`` with limits; ``log_error``, its standard error on the log
        scale, missing where it has no limits above 0, so that it is not pooled; ``ratio`` to what all say together;
        ``weight``, its share of that; and ``bias_sd``, the standard deviation of the log bias between methods.
    headline : str
        The design whose estimate the study reports, chosen before any was seen; empty where none was.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.core import estimates_table
    >>> from ctresearch.prevalence import compare_designs
    >>> made = {
    ...     name: Result(method="m", estimates=estimates_table({"population": row}, unit="persons"), n=300)
    ...     for name, row in {"survey": (900, 90, 740, 1094), "lists": (1200, 150, 940, 1532)}.items()
    ... }
    >>> compare_designs(made).designs["ratio"].round(2).to_dict()
    {'survey': 0.87, 'lists': 1.17}
    """

    designs: pd.DataFrame = table_field(
        {
            "design": key("Design"),
            "by_method": mark("Method"),
            "estimate": model("Estimate"),
            "ci_low": model("Lower limit"),
            "ci_high": model("Upper limit"),
            "log_error": model("Standard error of the logarithm"),
            "ratio": model("Estimate over what all say together"),
            "weight": model("Share of what all say together", reader="percent"),
            "bias_sd": model("Standard deviation of the log bias between methods"),
        }
    )
    headline: str = value_field(mark("Design that is reported"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "*": model(""),
        POOLED: model("What all designs say together", headline=True),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each design with its limits, and what they say together.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture, logarithmic where estimates lie far apart.

        Examples
        --------
        >>> from ctresearch.core import estimates_table
        >>> from ctresearch.prevalence import compare_designs
        >>> table = estimates_table({"population": (900, 90, 740, 1094)}, unit="persons")
        >>> one = Result(method="m", estimates=table, n=300)
        >>> compare_designs({"survey": one, "lists": one}).plot().get_xlabel()
        'persons'
        """
        from ctresearch.core import plot

        table = self.estimates
        ends = table[["ci_low", "ci_high"]].to_numpy()
        far = bool((ends > 0).any() and pd.Series(ends.ravel()).max() > 3 * pd.Series(ends[ends > 0]).min())
        drawn = plot.forest(table, title=render.title(self), log=far, ax=ax)
        return plot.shows(drawn, table, self.roles())
