"""What a disruption leaves of a group when those who choose whom to remove see a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, value_field
from ctresearch.networks.removal.disruption_result import OUTCOMES_HELD, STEPS_HELD, by_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

FIGURES = ("largest_component", "efficiency", "flow", "agreement")
"""Terms that have a value at each step."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DisruptionBandsResult(Result):
    """Figures of the whole group by step: median and band over draws of what was seen, beside those under full sight.

    Parameters
    ----------
    strategy, recovery : str
        What was done, and how the group answered.
    missing : str
        What was not seen.
    rate : float
        Which share of it.
    **fields
        Everything that :class:`ctresearch.core.Result` holds; terms as
        :func:`ctresearch.networks.missing.disruption_bands` lists them, key columns ``step`` and ``phase``, and
        ``full_sight`` with its limits ``full_low`` and ``full_high``.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import disruption_bands
    >>> made = disruption_bands(nx.star_graph(9), "degree", rate=0.0, steps=1, draws=20)
    >>> made.curve("largest_component").loc[1, ["estimate", "full_sight"]].tolist()
    [0.1, 0.1]
    """

    strategy: str = value_field(mark("Strategy"))
    recovery: str = value_field(mark("Recovery"))
    missing: str = value_field(mark("What is not seen"))
    rate: float = value_field(model("Share that is not seen"))

    terms: ClassVar[Mapping[str, Meaning]] = OUTCOMES_HELD | {
        "largest_component_loss": model("What not seeing costs, largest component", "share of the start"),
        "efficiency_loss": model("What not seeing costs, efficiency", "share of the start"),
        "flow_loss": model("What not seeing costs, separate chains", "chains"),
        "agreement": model("Removed actors whom full sight would have removed too"),
        "robustness": model("Largest component over the removals", "share of the start", headline=True),
        "robustness_loss": model("What not seeing costs, over the removals", "share of the start"),
        "recovered": model("Runs in which efficiency came back", "share of runs"),
        "time_to_recover": model("Rounds until efficiency came back", "rounds"),
        "time_to_recover_loss": model("What not seeing takes from the time to recover", "rounds"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = STEPS_HELD | {
        "full_sight": model("Under full sight"),
        "full_low": model("Under full sight, lower limit"),
        "full_high": model("Under full sight, upper limit"),
    }

    def curve(self, outcome: str) -> pd.DataFrame:
        """Return one figure by step.

        Parameters
        ----------
        outcome : {"largest_component", "efficiency", "flow", "agreement"}
            Which; with ``_loss`` after one of the first three, what not seeing leaves standing.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``step``.

        Raises
        ------
        SpecificationError
            If there is no such figure.

        Examples
        --------
        >>> import networkx as nx
        >>> from ctresearch.networks import disruption_bands
        >>> made = disruption_bands(nx.star_graph(9), "degree", rate=0.0, steps=1, draws=20)
        >>> made.curve("efficiency_loss")["estimate"].tolist()
        [0.0, 0.0]
        """
        from ctresearch.core.validate import one_of

        table = self.estimates
        by_step = [term for term in dict.fromkeys(table.index) if str(term).removesuffix("_loss") in FIGURES]
        one_of("outcome", outcome, tuple(by_step))
        return table.loc[[outcome]].set_index("step")

    def plot(self, ax: Axes | None = None, *, outcome: str = "largest_component") -> Axes:
        """Draw a figure by step with its band, and the dashed curve under full sight.

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
            If there is no such figure.

        Examples
        --------
        >>> import networkx as nx
        >>> from ctresearch.networks import disruption_bands
        >>> disruption_bands(nx.star_graph(9), rate=0.3, steps=2, draws=20).plot().get_ylabel()
        'largest component (share of the start)'
        """
        from ctresearch.core import plot

        curve = self.curve(outcome)
        low, high = (list(curve[limit].fillna(curve["estimate"])) for limit in ("ci_low", "ci_high"))
        ax = plot.trend(
            list(curve.index),
            list(curve["estimate"]),
            low=low,
            high=high,
            name=say(
                "{strategy}; recovery: {recovery}; {rate:.0%} of actors not seen"
                if self.missing == "actors"
                else "{strategy}; recovery: {recovery}; {rate:.0%} of ties not seen",
                strategy=self.strategy,
                recovery=self.recovery,
                rate=self.rate,
            ),
            xlabel="actors removed",
            ylabel=f"{outcome.replace('_', ' ')} ({curve['unit'].iloc[0]})",
            ax=ax,
        )
        if curve["full_sight"].notna().any():
            ax.plot(
                list(curve.index),
                list(curve["full_sight"]),
                color="black",
                linestyle="--",
                marker="s",
                markersize=3,
                label="under full sight",
            )
            ax.legend()
        if not outcome.endswith("_loss"):
            ax.set_ylim(bottom=0)
        plot.shows(ax, curve, {**self.roles(), "estimate": self.term_meaning(outcome)})
        return by_steps(ax, curve)
