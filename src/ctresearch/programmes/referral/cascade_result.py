"""What a referral cascade says: shares by stage, how waits end, medians with limits, and pictures of all three."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core import meaning as col
from ctresearch.core import plot, render
from ctresearch.core.errors import SpecificationError
from ctresearch.core.result import table_field
from ctresearch.programmes.referral.cascade_pictures import draw_cascade, draw_ends, draw_waits
from ctresearch.programmes.referral.cascade_table import REACHED
from ctresearch.programmes.referral.cascade_waits import at_even_times
from ctresearch.programmes.trials.trial_result import GroupedResult, by_group

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

STEP, WHOLE = "share of those at the stage before", "share of those detected"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CascadeResult(GroupedResult):
    """Shares that come to each stage, with counts and curves.

    Parameters
    ----------
    steps : pandas.DataFrame
        One row a group and stage: ``entered`` the stage before, ``reached``, ``refused``, ``other_ends``, ``waiting``
        still, ``median_wait`` (when half of those who entered had come on) with limits ``median_low`` and
        ``median_high``, ``followed`` (the time up to which shares are known) and ``share_of_consenting`` (come on by
        the horizon among those who had not refused by then).
    curve : pandas.DataFrame
        One row a group, stage, outcome and time.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. A term is a stage, by ``group``, ``since`` (the stage
        where waiting begins), ``outcome`` (``reached``, or why the wait ended) and ``time``.

    Examples
    --------
    >>> from ctresearch.data.synthetic import referral_paths
    >>> from ctresearch.programmes import ReferralCascade
    >>> result = ReferralCascade(horizon=180).fit(referral_paths(300, seed=1).frame)
    >>> result.steps["stage"].tolist()[:3]
    ['referred', 'presumed', 'identified']
    """

    terms: ClassVar = {"*": col.model(unit="share")}
    keys: ClassVar = {
        "group": col.key("Group"),
        "since": col.key("Waiting since"),
        "outcome": col.key("Outcome"),
        "time": col.key("Time"),
    }

    steps: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "stage": col.key("Stage"),
            "entered": col.count("People who entered the stage before"),
            "reached": col.count("People who reached it"),
            "refused": col.count("People who refused consent"),
            "other_ends": col.count("People whose path ended otherwise"),
            "waiting": col.count("People still waiting"),
            "median_wait": col.statistic("Median wait", kind="quantile", base="entered"),
            "median_low": col.model("Lower limit of the median wait"),
            "median_high": col.model("Upper limit of the median wait"),
            "followed": col.model("Time up to which shares are known"),
            "share_of_consenting": col.model("Share of those consenting who came on"),
        }
    )
    curve: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "stage": col.key("Stage"),
            "outcome": col.key("Outcome"),
            "time": col.key("Time"),
            "at_risk": col.statistic("People still waiting", "persons", kind="at risk"),
            "events": col.count("People who came on"),
            "share": col.model("Share"),
            **col.limits("Share"),
        }
    )

    @property
    def from_first(self) -> pd.DataFrame:
        """Shares of those at the first stage that come as far as each other one."""
        rows = self.estimates[self.estimates["outcome"] == REACHED]
        found: pd.DataFrame = rows[rows["since"] == self.estimates["since"].iloc[0]]
        return found

    @property
    def from_before(self) -> pd.DataFrame:
        """Shares of those at the stage before, by how the wait ended."""
        rows: pd.DataFrame = self.estimates[self.estimates["unit"] == STEP]
        return rows

    def curves(self, every: float = 30.0, horizon: float | None = None, *, least: int = 5) -> pd.DataFrame:
        """Read the curves at even times, as they may leave a study: their own steps are single people's.

        Parameters
        ----------
        every : float
            Distance of the times.
        horizon : float, optional
            The last of them; that of the shares by default.
        least : int
            Smallest number of people, above 0, behind a share that is given.

        Returns
        -------
        pandas.DataFrame
            ``group``, ``stage``, ``outcome``, ``time``, ``share`` and limits; missing beyond what was followed and
            where fewer than ``least`` people are behind it.

        Raises
        ------
        SpecificationError
            If an option is out of range, or the shares have horizons of their own and none is named.

        Examples
        --------
        >>> from ctresearch.data.synthetic import referral_paths
        >>> from ctresearch.programmes import ReferralCascade
        >>> result = ReferralCascade(horizon=180).fit(referral_paths(300, seed=1).frame)
        >>> result.curves(every=90)["time"].unique().tolist()
        [0.0, 90.0, 180.0]
        """
        times = self.estimates["time"].unique()
        if horizon is None and len(times) > 1:
            raise SpecificationError(
                f"horizon is None, must be named where stages were followed for different times, here {len(times)}"
            )
        last = float(times[0]) if horizon is None else horizon
        return at_even_times(self.curve, self.steps, every, last, least)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the shares that come on from each stage to the next.

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
        >>> from ctresearch.data.synthetic import referral_paths
        >>> from ctresearch.programmes import ReferralCascade
        >>> ReferralCascade(horizon=180).fit(referral_paths(300, seed=1).frame).plot().get_xlabel()
        'share of those at the stage before'
        """
        rows = self.from_before.query("outcome == 'reached'")
        return plot.forest(by_group(rows), title=render.title(self), label=STEP, ax=ax)

    def _within(self, unit: str) -> str:
        """Say within which time shares are given, if it is one."""
        times = self.estimates["time"].unique()
        return f", within {times[0]:g} {unit}" if len(times) == 1 else ""

    def plot_cascade(self, *, unit: str = "days", ax: Axes | None = None) -> Axes:
        """Draw the shares of those detected that come as far as each stage.

        Parameters
        ----------
        unit : str
            Of the times.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            One line a group.

        Examples
        --------
        >>> from ctresearch.data.synthetic import referral_paths
        >>> from ctresearch.programmes import ReferralCascade
        >>> ReferralCascade(horizon=180).fit(referral_paths(300, seed=1).frame).plot_cascade().get_ylabel()
        'share of those detected'
        """
        return draw_cascade(self.from_first, self.estimates["since"].iloc[0], self._within(unit), ax=ax)

    def plot_ends(self, *, unit: str = "days", ax: Axes | None = None) -> Axes:
        """Draw how the waits at each stage end.

        Parameters
        ----------
        unit : str
            Of the times.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            One bar a stage and group.

        Examples
        --------
        >>> from ctresearch.data.synthetic import referral_paths
        >>> from ctresearch.programmes import ReferralCascade
        >>> len(ReferralCascade(horizon=180).fit(referral_paths(300, seed=1).frame).plot_ends().get_yticks())
        12
        """
        return draw_ends(self.from_before, self._within(unit), ax=ax)

    def plot_waits(
        self, every: float = 30.0, horizon: float | None = None, *, least: int = 5, unit: str = "days"
    ) -> Axes:
        """Draw the share that has come on against the time waited, with bands, at even times.

        Parameters
        ----------
        every, horizon, least
            As :meth:`curves` takes them.
        unit : str
            Of the times.

        Returns
        -------
        matplotlib.axes.Axes
            The first of the panels, one a stage.

        Examples
        --------
        >>> from ctresearch.data.synthetic import referral_paths
        >>> from ctresearch.programmes import ReferralCascade
        >>> ReferralCascade(horizon=180).fit(referral_paths(300, seed=1).frame).plot_waits().get_title()
        'detected → referred'
        """
        return draw_waits(self.curves(every, horizon, least=least), str(self.estimates["since"].iloc[0]), unit)
