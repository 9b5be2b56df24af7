"""What survival curves say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import in_range

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SurvivalResult(Result):
    """Restricted means and medians, with the curves they come from.

    Parameters
    ----------
    curve : pandas.DataFrame
        One row a stratum and time: ``at_risk``, ``events``, ``censored``, ``survival``, ``std_error``, ``ci_low``,
        ``ci_high``.
    horizon : float
        Where the restricted means end.
    log_rank : pandas.DataFrame
        ``chi_square``, ``df``, ``p_value`` of the log-rank test; empty with one stratum.
    by : str, optional
        Column of strata.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``restricted_mean`` and ``median`` by stratum.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.consequences import Survival
    >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "event": [1, 0, 1, 1]})
    >>> Survival(duration="months", event="event").fit(frame).horizon
    7.0
    """

    terms: ClassVar = {
        "restricted_mean": col.model("Mean time up to the horizon", headline=True),
        "median": col.model("Median time"),
    }
    keys: ClassVar = {"stratum": col.key("Stratum")}

    curve: pd.DataFrame = table_field(
        {
            "stratum": col.key("Stratum"),
            "time": col.key("Time"),
            "at_risk": col.statistic("People at risk", "persons", kind="at risk"),
            "events": col.count("Events", "events", base="at_risk"),
            "censored": col.count("People no longer followed", base="at_risk"),
            "survival": col.model("Share not yet ended"),
            **col.limits("Share not yet ended"),
        }
    )
    horizon: float = value_field(col.model("Horizon"))
    log_rank: pd.DataFrame = table_field(
        {
            "test": col.key("Test"),
            "chi_square": col.model("Chi-squared"),
            "df": col.model("Degrees of freedom"),
            "p_value": col.model("P-value"),
        }
    )
    by: str | None = value_field(col.mark("Groups by"), default=None)

    def at(self, time: float) -> pd.DataFrame:
        """Return the share without the event just after a time.

        Parameters
        ----------
        time : float
            From 0 on.

        Returns
        -------
        pandas.DataFrame
            Indexed by stratum: ``survival``, ``std_error``, ``ci_low``, ``ci_high``; ``NaN`` beyond the last time seen.

        Raises
        ------
        SpecificationError
            If the time is negative.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.consequences import Survival
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "event": [1, 0, 1, 1]})
        >>> float(Survival(duration="months", event="event").fit(frame).at(4).loc["all", "survival"])
        0.75
        """
        in_range("time", time, 0)
        columns, rows = ["survival", "std_error", "ci_low", "ci_high"], {}
        for stratum, part in self.curve.groupby("stratum", sort=False):
            past = part[part["time"] <= time]
            if time > part["time"].iloc[-1] and past["survival"].iloc[-1] > 0:
                rows[stratum] = [np.nan] * 4
            else:
                before = [1.0, 0.0, 1.0, 1.0] if self.stands else [1.0, np.nan, np.nan, np.nan]
                rows[stratum] = before if past.empty else list(past[columns].iloc[-1])
        import pandas as pd

        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("stratum")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the curves with their limits.

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
        >>> import pandas as pd
        >>> from ctresearch.consequences import Survival
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "event": [1, 0, 1, 1]})
        >>> Survival(duration="months", event="event").fit(frame).plot().get_ylabel()
        'share without the event'
        """
        from ctresearch.consequences.curves.plot_curves import step_curves

        return step_curves(
            self.curve,
            "survival",
            start=1.0,
            by="stratum",
            legend=self.by or "stratum",
            ylabel="share without the event",
            title=render.title(self),
            ax=ax,
        )
