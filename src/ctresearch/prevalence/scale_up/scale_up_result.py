"""What a scale-up survey says, and how well it finds again what is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ctresearch.core import render
from ctresearch.core.meaning import count, key, limits, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

KNOWN_GROUPS: Mapping[str, Meaning] = {
    "known_group": key("Known group"),
    "size": model("Size that is known", "persons"),
    **limits("Size found from the other groups", "persons"),
    "ratio": model("Size found over size known"),
    "without": model("Estimated population without this group", "persons"),
}
SCALED_UP: Mapping[str, Meaning] = {
    "population": model("Estimated population", "persons", headline=True),
    "prevalence": model("Share of all people", reader="percent"),
    "mean_degree": model("People a respondent knows, on average", "persons"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BootstrapResult(Result):
    """A result whose limits are Student's, on the log scale, by the bootstrap of a survey.

    Parameters
    ----------
    freedom : int
        Degrees of freedom of the design: clusters less strata.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.core import estimates_table
    >>> table = estimates_table({"population": (100.0, 10.0, 81.0, 124.0)})
    >>> result = BootstrapResult(method="m", estimates=table, n=9, interval="log t", freedom=8)
    >>> round(float(result.confidence_interval(0.5).low["population"]), 1)
    93.2
    """

    freedom: int = value_field(count("Degrees of freedom of the design", "degrees", of="nobody"))
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model()}

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work limits out at another level."""
        table = self.estimates
        low, high = log_limits(table["estimate"], table["std_error"], level, self.freedom)
        return low, high


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScaleUpResult(BootstrapResult):
    """Population size by network scale-up.

    Parameters
    ----------
    known_groups : pandas.DataFrame
        Indexed by ``known_group``: its ``size``; the size that is found when it is treated as hidden and scaled up by
        the others, with limits; the ``ratio`` of the two; and ``without``, the hidden population when it is left out.
    killworth_std_error : float
        Killworth's standard error, for which all answers are independent draws. It leaves out the design of the survey
        and how unevenly people know each other, and is known to be too small: shown to be compared, never used.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``mean_degree``, in persons,
        and ``prevalence``, a share.

    Examples
    --------
    >>> from ctresearch.data.synthetic import scale_up_survey
    >>> from ctresearch.prevalence import ScaleUp
    >>> made = scale_up_survey(200, seed=1)
    >>> sizes = made.tables["known"].set_index("group")["size"].to_dict()
    >>> result = ScaleUp(hidden="hidden", known=sizes, population=1_000_000, bootstrap=200).fit(made.frame)
    >>> result.known_groups.loc["teachers", "ratio"].round(2)
    np.float64(0.99)
    """

    known_groups: pd.DataFrame = table_field(KNOWN_GROUPS)
    killworth_std_error: float = value_field(model("Killworth's standard error, too small", "persons"))
    terms: ClassVar[Mapping[str, Meaning]] = SCALED_UP

    def plot_known_groups(self, ax: Axes | None = None) -> Axes:
        """Draw each known group's size as the others find it, over what it is.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture, with a line at 1, where the group is found again.

        Examples
        --------
        >>> from ctresearch.data.synthetic import scale_up_survey
        >>> from ctresearch.prevalence import ScaleUp
        >>> made = scale_up_survey(200, seed=1)
        >>> sizes = made.tables["known"].set_index("group")["size"].to_dict()
        >>> scale_up = ScaleUp(hidden="hidden", known=sizes, population=1_000_000, bootstrap=200)
        >>> scale_up.fit(made.frame).plot_known_groups().get_xlabel()
        'size found over size known'
        """
        from ctresearch.core import plot

        table = self.known_groups
        ratios = table[["estimate", "ci_low", "ci_high"]].div(table["size"], axis=0).assign(unit="")
        drawn = plot.forest(
            ratios, title=render.title(self), label="size found over size known", reference=1.0, log=True, ax=ax
        )
        meant = {"known_group": key("Known group"), **limits("Size found over size known")}
        return plot.shows(drawn, ratios[["estimate", "ci_low", "ci_high"]], meant)


def log_limits(estimate: Any, std_error: Any, level: float, freedom: int) -> tuple[Any, Any]:
    """Return Student's limits on the log scale, for what is above 0.

    Parameters
    ----------
    estimate, std_error : array-like
        On the scale of counts, any shape.
    level : float
        Coverage aimed at.
    freedom : int
        Degrees of freedom.

    Returns
    -------
    tuple
        Lower and upper limits.

    Examples
    --------
    >>> low, high = log_limits(100.0, 10.0, 0.95, 8)
    >>> print(f"{low:.1f} to {high:.1f}")
    79.4 to 125.9
    """
    import numpy as np
    from scipy.special import stdtrit

    reach = np.exp(stdtrit(max(freedom, 1), (1 + level) / 2) * std_error / estimate)
    return estimate / reach, estimate * reach
