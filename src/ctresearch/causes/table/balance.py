"""Balance of covariates and overlap of the chances of treatment, with their pictures.

References
----------
.. [1] Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates between treatment
   groups in propensity-score matched samples. Statistics in Medicine 28, 3083-3107. https://doi.org/10.1002/sim.3697
.. [2] Crump, R. K., Hotz, V. J., Imbens, G. W. and Mitnik, O. A. (2009). Dealing with limited overlap in estimation of
   average treatment effects. Biometrika 96, 187-199. https://doi.org/10.1093/biomet/asn055
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import FitError
from ctresearch.core.message import say
from ctresearch.core.plot import BLUE, GREY, ORANGE, new_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ctresearch.causes.effects.effect_equations import Estimand
    from ctresearch.stats.regression.generalized_linear import Floats

BALANCED, EDGE, NO_CHANCE, FEW_EFFECTIVE = 0.1, 0.01, 1e-8, 30.0
_NO_SPREAD = 1e-12


def balance_table(
    design: Floats, names: Sequence[str], treatment: Floats, before: Floats, weights: tuple[Floats, Floats]
) -> pd.DataFrame:
    """Return standardised differences of the covariates before and after weighting.

    Parameters
    ----------
    design : numpy.ndarray
        A constant, then the covariates, rows by columns.
    names : sequence of str
        Of the columns.
    treatment : numpy.ndarray
        0 or 1, shape (rows,).
    before : numpy.ndarray
        Survey weights, shape (rows,).
    weights : tuple of numpy.ndarray
        Normalised weights of the untreated and the treated, each 0 for the other arm, shape (rows,).

    Returns
    -------
    pandas.DataFrame
        Covariates by ``before`` and ``after``: difference of the means in pooled standard deviations before weighting.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [0.0, 1, 1, 2]])
    >>> a = np.array([0.0, 0, 1, 1])
    >>> balance_table(x, ["constant", "age"], a, np.ones(4), ((1 - a) / 2, a / 2)).loc["age", "before"].round(3)
    np.float64(2.0)
    """
    centred = design - design.mean(axis=0)  # lest the spread of a column such as a year drown in its square
    means, spreads = [], []
    for arm in (0, 1):
        share = (treatment == arm) * before
        share = share / share.sum()
        mean = share @ centred
        means.append(mean)
        spreads.append(share @ centred**2 - mean**2)
    spread = np.sqrt(np.maximum(sum(spreads) / 2, 0))
    varies = spread > _NO_SPREAD * (1 + np.abs(design).max(axis=0))
    differences = {"before": means[1] - means[0], "after": (weights[1] - weights[0]) @ centred}
    nothing = np.zeros(len(spread))
    values = {name: np.divide(one, spread, out=nothing.copy(), where=varies) for name, one in differences.items()}
    table = pd.DataFrame(values, index=pd.Index(names, name="covariate"))
    return table.iloc[1:]


def check_balance(table: pd.DataFrame) -> Check:
    """Say whether weighting balances the covariates.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`balance_table`.

    Returns
    -------
    Check
        Review where a standardised difference stays above 0.1.

    Examples
    --------
    >>> check_balance(pd.DataFrame({"before": [0.5], "after": [0.01]}, index=["age"])).status
    'pass'
    """
    if table.empty:
        return Check("balance", "pass", "There are no covariates to balance.")
    sizes = table.abs()
    before, worst = (str(sizes[when].idxmax()).partition("[")[0] for when in ("before", "after"))
    numbers = {"largest_before": float(sizes["before"].max()), "largest_after": float(sizes["after"].max())}
    said = say(
        "The largest standardised difference is {largest_before:.2f} ({before}) before and "
        "{largest_after:.2f} ({worst}) after",
        largest_before=numbers["largest_before"],
        before=before,
        largest_after=numbers["largest_after"],
        worst=worst,
    )
    if numbers["largest_after"] > BALANCED:
        return Check(
            "balance",
            "review",
            say(
                "{said}, above {balanced}: add powers or products to the treatment model.", said=said, balanced=BALANCED
            ),
            numbers,
        )
    return Check("balance", "pass", say("{said}.", said=said), numbers)


def check_overlap(chance: Floats, treatment: Floats, estimand: Estimand, weights: tuple[Floats, Floats]) -> Check:
    """Say whether every kind of person may be treated and untreated.

    Parameters
    ----------
    chance, treatment : numpy.ndarray
        Chance of treatment and 0 or 1, shape (rows,).
    estimand : {"ate", "att", "atc"}
        The target population.
    weights : tuple of numpy.ndarray
        Normalised weights of the untreated and the treated, shape (rows,).

    Returns
    -------
    Check
        Review where weights rest on few rows or many chances lie near the edge.

    Raises
    ------
    FitError
        If the arms do not overlap at all, or some chance is 0 or 1 where the target needs it otherwise.

    Examples
    --------
    >>> a = np.array([0.0, 1, 0, 1] * 20)
    >>> check_overlap(np.full(80, 0.5), a, "ate", ((1 - a) / 40, a / 40)).status
    'pass'
    """
    _refuse_no_overlap(chance, treatment, estimand)
    risk = np.zeros(len(chance), dtype=bool)
    if estimand in ("ate", "atc"):
        risk |= chance < EDGE
    if estimand in ("ate", "att"):
        risk |= chance > 1 - EDGE
    effective = [float(1 / (w @ w)) for w in weights]
    numbers = {
        "smallest_chance": float(chance.min()),
        "largest_chance": float(chance.max()),
        "share_at_edge": float(risk.mean()),
        "effective_untreated": effective[0],
        "effective_treated": effective[1],
    }
    said = say(
        "Chances of treatment run from {min:.3g} to {max:.3g}; the weights amount to "
        "{treated:,.0f} treated and {untreated:,.0f} untreated rows",
        min=chance.min(),
        max=chance.max(),
        treated=effective[1],
        untreated=effective[0],
    )
    if min(effective) < FEW_EFFECTIVE or risk.mean() > EDGE:
        return Check(
            "overlap",
            "review",
            say("{said}: few rows carry the estimate, so study the overlap alone.", said=said),
            numbers,
        )
    return Check("overlap", "pass", say("{said}.", said=said), numbers)


def plot_balance(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the standardised differences before and after weighting.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``before`` and ``after``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> plot_balance(pd.DataFrame({"before": [0.5], "after": [0.01]}, index=["age"])).get_xlabel()
    'absolute standardised difference'
    """
    ax = ax if ax is not None else new_axes(7.2, 1.4 + 0.3 * len(table))
    rows = np.arange(len(table))[::-1]
    ax.plot(table["before"].abs(), rows, "o", color=ORANGE, markerfacecolor="white", label="before")
    ax.plot(table["after"].abs(), rows, "s", color=BLUE, label="after")
    ax.axvline(BALANCED, color=GREY, linestyle="--", linewidth=1)
    ax.set_yticks(rows, [str(name) for name in table.index])
    ax.set_xlabel("absolute standardised difference")
    ax.legend()
    return ax


def plot_overlap(overlap: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how the chances of treatment are spread in each arm.

    Parameters
    ----------
    overlap : pandas.DataFrame
        Columns ``chance`` (lower edge of a bin), ``untreated`` and ``treated`` (shares).
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Treated above the line, untreated below.

    Examples
    --------
    >>> plot_overlap(overlap_table(np.array([0.2, 0.8]), np.array([0.0, 1.0]))).get_xlabel()
    'chance of treatment'
    """
    ax = ax if ax is not None else new_axes()
    width = float(np.diff(overlap["chance"]).min())
    ax.bar(overlap["chance"], overlap["treated"], width, align="edge", color=BLUE, label="treated")
    ax.bar(overlap["chance"], -overlap["untreated"], width, align="edge", color=ORANGE, label="untreated")
    ax.set_xlabel("chance of treatment")
    ax.set_ylabel("share of the arm")
    ax.legend()
    return ax


def overlap_table(chance: Floats, treatment: Floats, bins: int = 20) -> pd.DataFrame:
    """Count the chances of treatment in bins, as shares of each arm.

    Parameters
    ----------
    chance, treatment : numpy.ndarray
        Chance of treatment and 0 or 1, shape (rows,).
    bins : int
        Equal parts of 0 to 1.

    Returns
    -------
    pandas.DataFrame
        ``chance`` (lower edge), ``untreated`` and ``treated``.

    Examples
    --------
    >>> overlap_table(np.array([0.2, 0.8]), np.array([0.0, 1.0]), bins=2)["treated"].tolist()
    [0.0, 1.0]
    """
    edges = np.linspace(0, 1, bins + 1)
    shares = [np.histogram(chance[treatment == arm], edges)[0] / (treatment == arm).sum() for arm in (0, 1)]
    return pd.DataFrame({"chance": edges[:-1], "untreated": shares[0], "treated": shares[1]})


def _refuse_no_overlap(chance: Floats, treatment: Floats, estimand: Estimand) -> None:
    """Refuse chances of 0 or 1 where the target population needs both arms."""
    treated, untreated = chance[treatment == 1], chance[treatment == 0]
    none = untreated.max() < treated.min()
    low, high = chance.min() < NO_CHANCE, chance.max() > 1 - NO_CHANCE
    if none or (estimand != "att" and low) or (estimand != "atc" and high):
        raise FitError(
            f"there is no overlap: chances of treatment run from {untreated.min():.3g} to {untreated.max():.3g} among "
            f"the untreated and from {treated.min():.3g} to {treated.max():.3g} among the treated, must be above 0 and "
            "below 1 in both: leave out who could not be in the other arm, or a covariate that decides treatment"
        )
