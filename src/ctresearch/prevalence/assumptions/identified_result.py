"""What an identifying assumption says about a population, and how that moves when the assumption does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core import plot
from ctresearch.core.meaning import key, mark, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.lists.declared import POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

SENSITIVITY: Mapping[str, Meaning] = {
    "ratio": key("Interaction assumed, as a ratio"),
    "estimate": model("Estimated population", "persons"),
    "ci_low": model("Lower limit", "persons"),
    "ci_high": model("Upper limit", "persons"),
    "possible": model("Posterior probability that the table allows it", reader="percent"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IdentifiedResult(Result):
    """Population size under an identifying assumption.

    Parameters
    ----------
    assumption : str
        Its name.
    ratio : float
        Interaction that the estimates assume, as a ratio; 1 for none.
    sensitivity : pandas.DataFrame
        Indexed by ``ratio``, values assumed for the interaction: ``estimate``, ``ci_low``, ``ci_high``, and
        ``possible``, the posterior probability that the table allows the assumption. ``NaN`` where the table does not.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, IdentifiedPopulation
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> result = IdentifiedPopulation(version="plug_in", ratios=[0.5, 1, 2]).fit(table)
    >>> result.sensitivity["estimate"].round().to_dict()
    {0.5: 2355.0, 1.0: 1313.0, 2.0: 792.0}
    """

    assumption: str = value_field(mark("Identifying assumption"))
    ratio: float = value_field(model("Interaction assumed, as a ratio"))
    sensitivity: pd.DataFrame = table_field(SENSITIVITY)
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the population against the interaction assumed.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture, on logarithmic axes; the dashed line is the interaction that the estimates assume.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, IdentifiedPopulation
        >>> result = IdentifiedPopulation().fit(CaptureHistories.from_published("hav-taiwan"))
        >>> result.plot().get_ylabel()
        'population (persons)'
        """
        return draw_sensitivity(self, self.sensitivity, self.ratio, ax)


def draw_sensitivity(result: Result, rows: pd.DataFrame, ratio: float, ax: Axes | None) -> Axes:
    """Draw a sensitivity curve with its limits.

    Parameters
    ----------
    result : Result
        Whose method and roles the picture bears.
    rows : pandas.DataFrame
        Indexed by ``ratio``, with ``estimate``, ``ci_low`` and ``ci_high``.
    ratio : float
        What the estimates of the result assume.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, IdentifiedPopulation
    >>> result = IdentifiedPopulation().fit(CaptureHistories.from_published("hav-taiwan"))
    >>> draw_sensitivity(result, result.sensitivity, 1.0, None).get_xscale()
    'log'
    """
    ax = ax if ax is not None else plot.new_axes()
    drawn = rows.dropna(subset=["estimate"])
    with plot.style():
        ax.plot(drawn.index, drawn["estimate"], color=plot.BLUE, marker="o", markersize=3)
        ax.fill_between(drawn.index, drawn["ci_low"], drawn["ci_high"], color=plot.BLUE, alpha=0.2, linewidth=0)
        ax.axvline(ratio, color=plot.GREY, linewidth=1, linestyle="--")
        ax.set_xscale("log")
        ax.set_yscale("log")
    ax.set_xlabel("interaction assumed (ratio)")
    ax.set_ylabel("population (persons)")
    ax.set_title(str(result.method), loc="left")
    return plot.shows(ax, rows, result.roles("sensitivity"))
