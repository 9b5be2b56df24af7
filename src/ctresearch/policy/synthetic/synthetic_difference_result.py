"""What a synthetic difference in differences says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import count, key, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SyntheticDifferenceResult(Result):
    """An effect on the treated, with the weights of units and of periods it was compared by.

    Parameters
    ----------
    path : pandas.DataFrame
        ``cohort`` (first period treated) and ``time``: ``treated``, the treated mean, ``synthetic``, the weighted mean
        moved to its level, and ``gap``.
    cohorts : pandas.DataFrame
        Indexed by ``cohort``: ``units``, ``periods`` after, ``effect``, ``share`` of the whole and ``rmse_before``.
    weights : pandas.DataFrame
        ``cohort``, ``unit`` and ``weight`` of the untreated.
    period_weights : pandas.DataFrame
        ``cohort``, ``time`` and ``weight`` of the periods before.
    compared : pandas.DataFrame
        Indexed by ``by``: the effect with weights of units and periods, of units alone, and without.
    noise : float
        How much outcomes of the untreated move from one period to the next.
    p_placebo : float
        Share of placebos as far from 0; ``NaN`` where none were made.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``effect``.

    Examples
    --------
    >>> from ctresearch.data.synthetic import policy_panel
    >>> from ctresearch.policy import Panel, SyntheticDifference
    >>> frame = policy_panel(24, 12, adoption={2008: 0.1}, seed=3).frame
    >>> panel = Panel.from_frame(
    ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
    ... )
    >>> SyntheticDifference(draws=20).fit(panel).cohorts["units"].tolist()
    [2]
    """

    n: int = value_field(count("Units", "units", of="nobody"))
    path: pd.DataFrame = table_field(
        {
            "cohort": key("First period treated"),
            "time": key("Period"),
            "treated": model("Mean of the treated"),
            "synthetic": model("Weighted mean of the untreated, at their level"),
            "gap": model("Difference"),
        }
    )
    cohorts: pd.DataFrame = table_field(
        {
            "cohort": key("First period treated"),
            "units": count("Treated units", "units", of="nobody"),
            "periods": model("Periods after"),
            "effect": model("Effect"),
            "share": model("Share of the whole", reader="percent"),
            "rmse_before": model("Root mean squared difference before"),
        }
    )
    weights: pd.DataFrame = table_field(
        {"cohort": key("First period treated"), "unit": key("Untreated unit"), "weight": model("Weight")}
    )
    period_weights: pd.DataFrame = table_field(
        {"cohort": key("First period treated"), "time": key("Period"), "weight": model("Weight")}
    )
    compared: pd.DataFrame = table_field({"by": key("Weights"), "effect": model("Effect")})
    noise: float = value_field(model("Usual change of an outcome from one period to the next"))
    p_placebo: float = value_field(model("Share of placebos as far from 0"))
    terms: ClassVar[Mapping[str, Meaning]] = {"effect": model("Mean effect on the treated", headline=True)}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the treated mean and what stands for it, for the cohort with the largest share.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Both paths, and a line where the treatment begins.

        Examples
        --------
        >>> from ctresearch.data.synthetic import policy_panel
        >>> from ctresearch.policy import Panel, SyntheticDifference
        >>> frame = policy_panel(24, 12, adoption={2008: 0.1}, seed=3).frame
        >>> panel = Panel.from_frame(
        ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
        ... )
        >>> SyntheticDifference(draws=20).fit(panel).plot().get_xlabel()
        'Period'
        """
        from ctresearch.policy.synthetic.plot_paths import plot_paths

        largest = int(self.cohorts.index[int(self.cohorts["share"].to_numpy().argmax())])
        path = self.path[self.path["cohort"] == largest].set_index("time")
        labels = ("mean of the treated", "weighted mean of the untreated")
        return plot_paths(self, path, labels, largest, ax)
