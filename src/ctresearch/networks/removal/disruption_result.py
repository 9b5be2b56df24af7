"""What a disruption does to a group, step by step, and how strategies compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import key, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.networks.evidence.declared import headline

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

OUTCOMES_HELD = {
    "largest_component": model("Largest component", "share of the start"),
    "efficiency": model("Efficiency", "share of the start"),
    "flow": model("Separate chains from origin to destination", "chains"),
}
STEPS_HELD = {"step": key("Actors removed"), "phase": key("Phase")}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DisruptionResult(Result):
    """Outcomes of a disruption after each removal, with the band of the simulated runs.

    Parameters
    ----------
    strategy, recovery : str
        What was done, and how the group answered.
    runs : pandas.DataFrame
        Indexed by run: ``robustness``, the mean of ``largest_component`` over the removals, and ``time_to_recover``,
        rounds after the last removal until the efficiency is back; NaN where it is not within the horizon.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms ``largest_component`` and ``efficiency`` are shares
        of the start, ``flow`` a number of separate chains; key columns ``step`` and ``phase`` (``removal`` or
        ``recovery``). The estimate is the mean of the runs, ``std_error`` their standard deviation and the limits their
        quantiles, NaN where all runs agree: they say how much runs differ, not how sure the network is. ``raw`` holds
        who was removed in each run, in this process only.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import disrupt
    >>> left = disrupt(nx.star_graph(4), "degree", steps=1).curve("largest_component").loc[1, "estimate"]
    >>> print(f"{left:.0%} of a star holds together without its centre")
    20% of a star holds together without its centre
    """

    strategy: str = value_field(mark("Strategy"))
    recovery: str = value_field(mark("Recovery"))
    runs: pd.DataFrame = table_field(
        {
            "run": key("Run"),
            "robustness": model("Largest component over the removals", "share of the start", of="nobody"),
            "time_to_recover": model("Rounds until efficiency came back", "rounds", of="nobody"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = OUTCOMES_HELD | {
        "largest_component": headline(OUTCOMES_HELD["largest_component"])
    }
    keys: ClassVar[Mapping[str, Meaning]] = STEPS_HELD

    def curve(self, outcome: str) -> pd.DataFrame:
        """Return one outcome by step.

        Parameters
        ----------
        outcome : {"largest_component", "efficiency", "flow"}
            Which.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``step``.

        Raises
        ------
        SpecificationError
            If there is no such outcome.

        Examples
        --------
        >>> import networkx as nx
        >>> from ctresearch.networks import disrupt
        >>> disrupt(nx.path_graph(3), "degree", steps=1).curve("efficiency")["estimate"].tolist()
        [1.0, 0.0]
        """
        from ctresearch.core.validate import one_of

        table = self.estimates
        one_of("outcome", outcome, tuple(dict.fromkeys(table.index)))
        return table.loc[[outcome]].set_index("step")

    def plot(self, ax: Axes | None = None, *, outcome: str = "largest_component") -> Axes:
        """Draw an outcome by step with its band.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        outcome : str
            Which.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; the rounds of recovery after the last removal are shaded.

        Raises
        ------
        SpecificationError
            If there is no such outcome.

        Examples
        --------
        >>> import networkx as nx
        >>> from ctresearch.networks import disrupt
        >>> disrupt(nx.path_graph(4), "degree", steps=2, draws=20).plot().get_xlabel()
        'actors removed'
        """
        from ctresearch.core import plot

        curve = self.curve(outcome)
        has_band = bool(curve["ci_low"].notna().any())
        low, high = (curve[limit].fillna(curve["estimate"]) for limit in ("ci_low", "ci_high"))
        ax = plot.trend(
            list(curve.index),
            list(curve["estimate"]),
            low=list(low) if has_band else None,
            high=list(high) if has_band else None,
            name=say("{strategy}; recovery: {recovery}", strategy=self.strategy, recovery=self.recovery),
            xlabel="actors removed",
            ylabel=f"{outcome.replace('_', ' ')} ({curve['unit'].iloc[0]})",
            ax=ax,
        )
        ax.set_ylim(bottom=0)
        plot.shows(ax, curve, {**self.roles(), "estimate": self.term_meaning(outcome)})
        return by_steps(ax, curve)


def by_steps(ax: Axes, curve: pd.DataFrame) -> Axes:
    """Count steps in whole numbers along a picture, and shade the rounds of recovery.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The picture.
    curve : pandas.DataFrame
        Indexed by step, with the ``phase`` of each.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core import plot
    >>> curve = pd.DataFrame({"phase": ["removal", "recovery"]}, index=[1, 2])
    >>> by_steps(plot.new_axes(), curve).get_xlabel()
    'actors removed, then rounds of recovery (shaded)'
    """
    from matplotlib.ticker import MaxNLocator

    from ctresearch.core import plot

    later = curve.index[curve["phase"] == "recovery"]
    if len(later):
        ax.axvspan(later.min() - 1, later.max(), color=plot.GREY, alpha=0.12, linewidth=0)
        ax.set_xlabel("actors removed, then rounds of recovery (shaded)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax
