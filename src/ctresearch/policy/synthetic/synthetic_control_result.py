"""What a synthetic control says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SyntheticControlResult(Result):
    """A unit under a law against the weighted mean of its donors, and how far chance alone would take it.

    Parameters
    ----------
    path : pandas.DataFrame
        Indexed by ``time``: ``treated``, ``synthetic``, ``gap`` and ``phase``, before or after.
    weights : pandas.DataFrame
        Indexed by ``unit``: ``weight`` of each donor.
    fit_before : pandas.DataFrame
        Indexed by ``what``, a predictor or the outcome: ``treated``, ``synthetic``, ``donors`` (their plain mean), and
        ``importance``, the share of the predictor.
    placebos : pandas.DataFrame
        Indexed by ``unit``, the treated one first: ``effect``, ``rmse_before``, ``rmse_after`` and ``ratio``.
    left_out : pandas.DataFrame
        Indexed by ``unit``, each donor with weight: ``effect`` and ``rmse_before`` without it.
    outcomes : pandas.DataFrame
        Indexed by ``outcome``: ``effect`` and ``rmse_before``, where several are followed with one set of weights.
    unit : str
        The treated unit.
    treated_from : int
        First period after.
    rmse_before, noise : float
        Root mean squared gap before; how much outcomes of donors move from one period to the next.
    p_placebo, p_shifts : float
        How often a donor, or another stretch of time, shows as much; ``NaN`` where it was not asked.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``effect``, the mean gap after.

    Examples
    --------
    >>> from ctresearch.data.synthetic import policy_panel
    >>> from ctresearch.policy import Panel, SyntheticControl
    >>> frame = policy_panel(24, 20, adoption={2014: 0.05}, effect=0.8, seed=3).frame
    >>> panel = Panel.from_frame(
    ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
    ... )
    >>> SyntheticControl().fit(panel).treated_from
    2014
    """

    n: int = value_field(count("Units", "units", of="nobody"))
    path: pd.DataFrame = table_field(
        {
            "time": key("Period"),
            "treated": model("Outcome of the treated unit"),
            "synthetic": model("Weighted mean of the donors"),
            "gap": model("Difference"),
            "phase": mark("Before or after"),
        }
    )
    weights: pd.DataFrame = table_field({"unit": key("Donor"), "weight": model("Weight")})
    fit_before: pd.DataFrame = table_field(
        {
            "what": key("What is matched"),
            "treated": model("Treated unit"),
            "synthetic": model("Weighted mean of the donors"),
            "donors": model("Plain mean of the donors"),
            "importance": model("Importance", reader="percent"),
        }
    )
    placebos: pd.DataFrame = table_field(
        {
            "unit": key("Unit given the treatment"),
            "effect": model("Mean difference after"),
            "rmse_before": model("Root mean squared difference before"),
            "rmse_after": model("Root mean squared difference after"),
            "ratio": model("After over before"),
        }
    )
    left_out: pd.DataFrame = table_field(
        {
            "unit": key("Donor left out"),
            "effect": model("Mean difference after, without it"),
            "rmse_before": model("Root mean squared difference before, without it"),
        }
    )
    outcomes: pd.DataFrame = table_field(
        {
            "outcome": key("Outcome"),
            "effect": model("Mean difference after"),
            "rmse_before": model("Root mean squared difference before"),
        }
    )
    unit: str = value_field(mark("Treated unit"))
    treated_from: int = value_field(mark("Treated from"))
    rmse_before: float = value_field(model("Root mean squared difference before"))
    noise: float = value_field(model("Usual change of an outcome from one period to the next"))
    p_placebo: float = value_field(model("Share of units whose difference grows as much"))
    p_shifts: float = value_field(model("Share of stretches of time with differences as large"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "effect": model("Mean difference from the synthetic control after the treatment", headline=True)
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the unit, its synthetic control, and the differences of the placebos' size.

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
        >>> from ctresearch.policy import Panel, SyntheticControl
        >>> frame = policy_panel(24, 20, adoption={2014: 0.05}, effect=0.8, seed=3).frame
        >>> panel = Panel.from_frame(
        ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
        ... )
        >>> SyntheticControl().fit(panel).plot().get_xlabel()
        'Period'
        """
        from ctresearch.policy.synthetic.plot_paths import plot_paths

        return plot_paths(self, self.path, ("treated unit", "its synthetic control"), self.treated_from, ax)
