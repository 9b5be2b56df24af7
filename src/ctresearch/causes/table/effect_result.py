"""What an effect estimate says, beside the effect: balance, overlap and the means of both arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.causes.table.balance import plot_balance, plot_overlap
from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.stats.regression.influence import standard_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers


HIDDEN_CAUSE = "hidden cause"
"""Name of the check that says how strong a hidden cause would have to be to undo an effect."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EffectResult(Result):
    """Effect of a treatment, with balance and overlap.

    Parameters
    ----------
    estimand : {"ate", "att", "atc"}
        Average over everybody, the treated or the untreated.
    balance : pandas.DataFrame, optional
        Standardised difference of each covariate ``before`` and ``after`` weighting; None without a treatment model.
    overlap : pandas.DataFrame, optional
        Shares of each arm by bins of the chance of treatment; None without a treatment model.
    coefficients : pandas.DataFrame, optional
        Log odds ratios of a penalised logistic regression with their profile limits; None elsewhere.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``effect``, ``mean_treated`` and
        ``mean_untreated``, with key column ``group`` where groups are estimated; the check ``hidden cause`` says how
        strong a hidden cause would have to be to undo the effect.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ctresearch.causes import InverseProbability
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"a": rng.integers(0, 2, 200), "x": rng.normal(size=200)})
    >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(
    ...     frame.assign(y=frame["a"] + frame["x"])
    ... )
    >>> list(result.balance.columns)
    ['before', 'after']
    """

    estimand: str
    balance: pd.DataFrame | None = table_field(optional=True)
    overlap: pd.DataFrame | None = table_field(optional=True)
    coefficients: pd.DataFrame | None = table_field(optional=True)

    def __post_init__(self) -> None:
        """Take limits away from an effect that does not stand, those in words too."""
        super().__post_init__()
        held = tuple(while_standing(c, self.checks) if c.name == HIDDEN_CAUSE else c for c in self.checks)
        object.__setattr__(self, "checks", held)

    def plot_balance(self, ax: Axes | None = None) -> Axes:
        """Draw the standardised differences before and after weighting.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Raises
        ------
        SpecificationError
            If the method has no treatment model.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.causes import InverseProbability
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": range(80)})
        >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> result.plot_balance().get_xlabel()
        'absolute standardised difference'
        """
        return plot_balance(_have(self.balance, "balance"), ax)

    def plot_overlap(self, ax: Axes | None = None) -> Axes:
        """Draw how the chances of treatment are spread in each arm.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Raises
        ------
        SpecificationError
            If the method has no treatment model.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.causes import InverseProbability
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": range(80)})
        >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> result.plot_overlap().get_xlabel()
        'chance of treatment'
        """
        return plot_overlap(_have(self.overlap, "overlap"), ax)


def effect_table(
    values: tuple[float, float], influence: tuple[Floats, Floats], clusters: Integers | None, level: float
) -> pd.DataFrame:
    """Return the effect and the means of both arms with normal limits.

    Parameters
    ----------
    values : tuple of float
        Means under no treatment and under treatment.
    influence : tuple of numpy.ndarray
        Their influence values, each of shape (rows,).
    clusters : numpy.ndarray or None
        Cluster of each row.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    pandas.DataFrame
        Terms ``effect``, ``mean_treated`` and ``mean_untreated``.

    Examples
    --------
    >>> import numpy as np
    >>> zero = np.array([0.1, -0.1])
    >>> effect_table((1.0, 3.0), (zero, -zero), None, 0.95)["estimate"].tolist()
    [2.0, 3.0, 1.0]
    """
    rows = {
        "effect": limits(values[1] - values[0], standard_error(influence[1] - influence[0], clusters), level),
        "mean_treated": limits(values[1], standard_error(influence[1], clusters), level),
        "mean_untreated": limits(values[0], standard_error(influence[0], clusters), level),
    }
    return estimates_table(rows)


def limits(estimate: float, error: float, level: float) -> tuple[float, float, float, float]:
    """Return an estimate, its standard error and normal limits.

    Parameters
    ----------
    estimate, error : float
        Point and standard error.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Estimate, standard error, lower and upper limit.

    Examples
    --------
    >>> [round(v, 2) for v in limits(0.0, 1.0, 0.95)]
    [0.0, 1.0, -1.96, 1.96]
    """
    from scipy.special import ndtri

    reach = float(ndtri((1 + level) / 2)) * error
    return estimate, error, estimate - reach, estimate + reach


def _have(table: pd.DataFrame | None, name: str) -> Any:
    """Return a table, or say that this method makes none."""
    if table is None:
        raise SpecificationError(
            f"{name} is None, since this method models no chance of treatment: use InverseProbability"
        )
    return table


def while_standing(check: Check, others: Iterable[Check]) -> Check:
    """Take the figures away from a judgement of an effect that does not stand.

    Parameters
    ----------
    check : Check
        How strong a hidden cause would have to be; it rests on the limits.
    others : iterable of Check
        What else was asked of the effect.

    Returns
    -------
    Check
        The same, or a review without figures.

    Examples
    --------
    >>> void = Check("adjustment", "fail", "Bias is left.", voids=True)
    >>> while_standing(Check("hidden cause", "pass", "3.1 each."), [void]).message
    'The effect does not stand, so there is nothing for a hidden cause to undo.'
    """
    if all(one.stands for one in others):
        return check
    return Check(HIDDEN_CAUSE, "review", "The effect does not stand, so there is nothing for a hidden cause to undo.")
