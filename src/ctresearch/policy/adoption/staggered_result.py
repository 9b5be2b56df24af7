"""What staggered adoption says: averages, the event study and effects by cohort and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.result import table_field, value_field
from ctresearch.policy.outcomes.policy_result import PolicyResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_UNITS = col.count("Units that adopted", "units", of="nobody")
_PEOPLE = col.count("People where it was adopted")
_BAND = {
    "band_low": col.model("Lower limit of the band"),
    "band_high": col.model("Upper limit of the band"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StaggeredResult(PolicyResult):
    """Effects of a policy that units adopted at different times.

    Parameters
    ----------
    event_study : pandas.DataFrame
        One row a time since adoption (``since``): ``estimate``, ``std_error``, ``ci_low``, ``ci_high``, the uniform
        band ``band_low`` and ``band_high``, which holds everywhere at once, and ``units``, those that adopted.
    by_cohort, by_time : pandas.DataFrame
        The same by time of adoption (``cohort``), and by calendar time (``time``).
    group_time : pandas.DataFrame
        Effects by ``cohort`` and ``time``, with ``units`` and the comparison units ``compared``.
    covariance : pandas.DataFrame
        Of the event study, ``since`` by ``since``.
    estimator : str
        Which estimator.
    base : str
        Against what times before adoption are held: ``"varying"``, the time before each, or ``"universal"``, one time.
    anticipation : float
        How long before adoption the outcome may already move.
    critical_value : float
        By how many standard errors the band reaches.
    p_value : float
        Of no effect on average, where the inference gives one itself; NaN otherwise.
    **fields
        Everything that :class:`ctresearch.policy.PolicyResult` holds. Terms are ``simple`` (all treated cells),
        ``dynamic`` (mean over times since adoption), ``group`` (mean over units that adopted) and ``calendar`` (mean
        over times).

    Examples
    --------
    >>> from ctresearch.policy import StaggeredAdoption, simulate_adoption
    >>> result = StaggeredAdoption(method="regression").fit(simulate_adoption(units=60, effect=1.0, seed=1))
    >>> result.event_study["since"].tolist()
    [-6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    """

    terms: ClassVar = {
        "simple": col.model("Average effect where it was adopted", headline=True),
        "dynamic": col.model("Mean effect over times since adoption"),
        "group": col.model("Mean effect over units that adopted"),
        "calendar": col.model("Mean effect over calendar times"),
    }

    n: int = value_field(col.count("Units", "units", of="nobody"))
    event_study: pd.DataFrame = table_field(
        {"since": col.key("Time since adoption"), **col.limits("Effect"), **_BAND, "units": _UNITS}
    )
    by_cohort: pd.DataFrame = table_field(
        {"cohort": col.key("Time of adoption"), **col.limits("Effect"), **_BAND, "units": _UNITS}
    )
    by_time: pd.DataFrame = table_field({"time": col.key("Time"), **col.limits("Effect"), **_BAND, "units": _UNITS})
    group_time: pd.DataFrame = table_field(
        {
            "cohort": col.key("Time of adoption"),
            "time": col.key("Time"),
            **col.limits("Effect"),
            "units": _UNITS,
            "compared": col.count("Units compared", "units", of="nobody"),
        }
    )
    covariance: pd.DataFrame = table_field({"since": col.key("Time since adoption"), "*": col.model("Covariance")})
    estimator: str = value_field(col.mark("Estimator"), default="callaway-santanna")
    base: str = value_field(col.mark("Base of times before adoption"), default="varying")
    anticipation: float = value_field(col.model("Anticipation"), default=0.0)
    critical_value: float = value_field(col.model("Standard errors to the edge of the band"), default=float("nan"))
    p_value: float = value_field(col.model("P-value of no effect on average"), default=float("nan"))

    def _drop_limits(self) -> None:
        """Take bands away with the limits."""
        super()._drop_limits()
        for name in ("event_study", "by_cohort", "by_time"):
            table = getattr(self, name)
            gone = [one for one in _BAND if one in table.columns]
            object.__setattr__(self, name, table.assign(**dict.fromkeys(gone, np.nan)))
        object.__setattr__(self, "covariance", self.covariance * np.nan)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the event study with its limits and its band.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Effects by time since adoption: bars are limits of one, the grey band holds for all at once.

        Examples
        --------
        >>> from ctresearch.policy import StaggeredAdoption
        >>> from ctresearch.policy import simulate_adoption
        >>> result = StaggeredAdoption(method="regression").fit(simulate_adoption(units=60, effect=1.0, seed=1))
        >>> result.plot().get_xlabel()
        'time since adoption'
        """
        from ctresearch.policy.adoption.plot_event_study import plot_event_study

        return plot_event_study(self.event_study, self.roles("event_study"), title=render.title(self), ax=ax)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SectionsResult(StaggeredResult):
    """The same from repeated cross-sections, where people are counted.

    Parameters
    ----------
    **fields
        Everything that :class:`StaggeredResult` holds; ``units`` and ``compared`` count people.

    Examples
    --------
    >>> from ctresearch.policy import RepeatedSections, StaggeredAdoption
    >>> from ctresearch.policy import simulate_sections
    >>> StaggeredAdoption(method="regression").fit(simulate_sections(seed=1)).meanings()["n"].label
    'People'
    """

    n: int = value_field(col.count("People"))
    event_study: pd.DataFrame = table_field(
        {"since": col.key("Time since adoption"), **col.limits("Effect"), **_BAND, "units": _PEOPLE}
    )
    by_cohort: pd.DataFrame = table_field(
        {"cohort": col.key("Time of adoption"), **col.limits("Effect"), **_BAND, "units": _PEOPLE}
    )
    by_time: pd.DataFrame = table_field({"time": col.key("Time"), **col.limits("Effect"), **_BAND, "units": _PEOPLE})
    group_time: pd.DataFrame = table_field(
        {
            "cohort": col.key("Time of adoption"),
            "time": col.key("Time"),
            **col.limits("Effect"),
            "units": _PEOPLE,
            "compared": col.count("People compared"),
        }
    )
