"""What a trial says: the effect by age group, three ways to test it, the arms and how alike people of a cluster are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core import meaning as col
from ctresearch.core import plot, render
from ctresearch.core.result import Result, table_field

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GroupedResult(Result):
    """Estimates with the key column ``group``: adults, children, or all.

    Parameters
    ----------
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> table = estimates_table({"effect": (1, 1, 1, 1)}, group="adults")
    >>> GroupedResult(method="An example", estimates=table, n=3).estimates["group"].tolist()
    ['adults']
    """

    terms: ClassVar = {"*": col.model()}
    keys: ClassVar = {"group": col.key("Group"), "item": col.key("Question")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimates with their limits, by group, against no effect.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> from ctresearch.data.synthetic import campaign_trial
        >>> from ctresearch.programmes import ClusterTrial
        >>> trial = ClusterTrial(outcome="knows_signs", treatment="campaign", cluster="village")
        >>> trial.fit(campaign_trial(12, 20, seed=1).frame).plot().get_xlabel()
        'difference in mean knows_signs'
        """
        return plot.forest(by_group(self.estimates), title=render.title(self), reference=0.0, ax=ax)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrialResult(GroupedResult):
    """Effects with their tests and the arms behind them.

    Parameters
    ----------
    tests : pandas.DataFrame
        One row a group and test: ``estimate``, ``ci_low``, ``ci_high``, ``p_value`` and, where it has them, ``df``.
        Limits that reach no end are missing.
    arms : pandas.DataFrame
        One row a group and arm: ``clusters``, ``persons``, ``smallest`` and ``largest`` cluster, and ``mean`` outcome.
    clustering : pandas.DataFrame
        One row a group: ``icc`` (within an arm) and ``design_effect`` at the trial's sizes.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms have the key column ``group``.

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_trial
    >>> from ctresearch.programmes import ClusterTrial
    >>> trial = ClusterTrial(outcome="knows_signs", treatment="campaign", cluster="village")
    >>> trial.fit(campaign_trial(12, 20, seed=1).frame).tests["test"].tolist()
    ['t', 'wild bootstrap', 'randomisation']
    """

    tests: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "test": col.key("Test"),
            **col.limits("Effect"),
            "p_value": col.model("P-value"),
            "df": col.model("Degrees of freedom"),
        }
    )
    arms: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "arm": col.key("Arm"),
            "clusters": col.count("Clusters", "clusters", of="group"),
            "persons": col.count("People"),
            "smallest": col.count("People in the smallest cluster"),
            "largest": col.count("People in the largest cluster"),
            "mean": col.statistic("Mean outcome", base="persons"),
        }
    )
    clustering: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "icc": col.model("Correlation within clusters"),
            "design_effect": col.model("Design effect"),
        }
    )


def by_group(estimates: pd.DataFrame) -> pd.DataFrame:
    """Write the group into the term, so that rows of a picture can be told apart.

    Parameters
    ----------
    estimates : pandas.DataFrame
        With the key column ``group``.

    Returns
    -------
    pandas.DataFrame
        The same rows; the index as it was where there is one group.

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> table = estimates_table({"a": (1, 1, 1, 1), "b": (1, 1, 1, 1)}, group=["adults", "children"])
    >>> by_group(table).index.tolist()
    ['a, adults', 'b, children']
    """
    if estimates["group"].nunique() < 2:
        return estimates
    return estimates.set_axis(
        [f"{term}, {group}" for term, group in zip(estimates.index, estimates["group"], strict=True)]
    )
