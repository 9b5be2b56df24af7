"""What a disruption leaves of a group when those who choose whom to remove see a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.result import Result
from ctresearch.networks.removal.disruption_result import by_steps

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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

    strategy: str
    recovery: str
    missing: str
    rate: float

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
            name=(
                f"{self.strategy}; recovery: {self.recovery}; {self.rate:.0%} of "
                f"{'actors' if self.missing == 'actors' else 'ties'} not seen"
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
        return by_steps(ax, curve)
