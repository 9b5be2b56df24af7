"""Standard errors and degrees of freedom that hold with few clusters or few rows.

A regression's residuals are corrected for leverage and its degrees of freedom matched by Satterthwaite's method
(:mod:`ctresearch.stats.clusters.bias_reduced` [1]_); a row without a cluster is a cluster of its own, which makes the
correction HC2 and the degrees of freedom Bell and McCaffrey's [2]_. Where an estimate comes as influence values, the
clusters' sums are taken for the steps of a jackknife over clusters, with one degree of freedom less than clusters [3]_.
With many units all this is what normal limits give, so these are then used, to the digit.

References
----------
.. [1] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
   hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
   https://doi.org/10.1080/07350015.2016.1247004
.. [2] Imbens, G. W. and Kolesar, M. (2016). Robust standard errors in small samples: some practical advice. Review of
   Economics and Statistics 98, 701-712. https://doi.org/10.1162/REST_a_00552
.. [3] Cameron, A. C. and Miller, D. L. (2015). A practitioner's guide to cluster-robust inference. Journal of Human
   Resources 50, 317-372. https://doi.org/10.3368/jhr.50.2.317
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import as_message, say
from ctresearch.stats.clusters.bias_reduced import robust_variance
from ctresearch.stats.regression.influence import FEW_CLUSTERS, check_clusters, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.clusters.bias_reduced import Correction
    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers

# Student's t with 200 degrees of freedom reaches .6 in 100 farther than the normal distribution, with 125 one in 100.
# From here on the correction is below what is printed, and would cost a decomposition for each cluster.
ENOUGH = 200
# Below four degrees of freedom Satterthwaite's approximation itself fails: true sizes of tests at .05 were seen to run
# well past it (Tipton 2015, Psychological Methods 20, 375-393).
TOO_FEW = 4.0
CORRECTED = "CR2, Satterthwaite's degrees of freedom"
"""What made the limits of an estimate whose clusters are corrected for their leverage, in words."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard error of an estimate.

    Parameters
    ----------
    std_error : float
        In the estimate's units.
    df : float
        Degrees of freedom of the limits; infinity for normal ones.

    Examples
    --------
    >>> Spread(0.2, 5.0).small
    True
    """

    std_error: float
    df: float

    @property
    def small(self) -> bool:
        """Whether limits are Student's."""
        return bool(np.isfinite(self.df))


@dataclass(frozen=True, slots=True)
class FittedRows:
    """What a regression leaves behind for the error of whatever rests on its coefficients.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    residual : numpy.ndarray
        Weighted residual of each row, shape (rows,).
    working : numpy.ndarray
        Weight of each row in the information, shape (rows,).
    inverse : numpy.ndarray
        Inverse information, columns by columns.
    clusters : numpy.ndarray or None
        Cluster of each row from 0, shape (rows,).

    Examples
    --------
    >>> FittedRows(np.ones((4, 1)), np.array([1.0, -1, 1, -1]), np.ones(4), np.array([[0.25]]), None).few
    True
    """

    design: Floats
    residual: Floats
    working: Floats
    inverse: Floats
    clusters: Integers | None

    @property
    def few(self) -> bool:
        """Whether there are so few clusters, or rows beyond columns, that normal limits would be too narrow."""
        rows, columns = self.design.shape
        return few_units(rows - columns if self.clusters is None else int(self.clusters.max()) + 1)


def few_units(units: int) -> bool:
    """Say whether units are so few that normal limits would be too narrow.

    Parameters
    ----------
    units : int
        Clusters, or rows beyond columns.

    Returns
    -------
    bool
        True below 201.

    Examples
    --------
    >>> few_units(200), few_units(201)
    (True, False)
    """
    return units <= ENOUGH


def influence_spread(
    influence: Floats, clusters: Integers | None, *, columns: int, inside: Floats | None = None
) -> Spread:
    """Return the error of an estimate from its influence values.

    Parameters
    ----------
    influence : numpy.ndarray
        Each row's share in the error, shape (rows,).
    clusters : numpy.ndarray or None
        Cluster of each row from 0.
    columns : int
        Parameters that the estimate rests on; rows are counted beyond them.
    inside : numpy.ndarray, optional
        Above 0 for the rows that the estimate is about, where it is about some; all by default.

    Returns
    -------
    Spread
        With clusters one degree of freedom less than there are; without, as many as rows beyond columns, and an error
        larger by the root of rows over that.

    Examples
    --------
    >>> found = influence_spread(np.array([0.3, -0.3, 0.4, -0.4]), np.array([0, 0, 1, 2]), columns=1)
    >>> found.df, round(found.std_error, 6)
    (2.0, 0.69282)
    """
    error = standard_error(influence, clusters)
    mine = np.ones(len(influence), dtype=bool) if inside is None else inside > 0
    if clusters is not None:
        count = len(np.unique(clusters[mine]))
        return Spread(error, float(max(count - 1, 1)) if few_units(count) else np.inf)
    rows = int(mine.sum())
    free = max(rows - columns, 1)
    return Spread(error * float(np.sqrt(rows / free)), float(free)) if few_units(free) else Spread(error, np.inf)


def arm_spread(
    influence: Floats, clusters: Integers, treatment: Floats, *, about: tuple[int, ...], inside: Floats | None = None
) -> Spread | None:
    """Return the error of an estimate from its influence values, where few whole clusters were treated.

    Clusters of one arm say nothing of how those of the other differ, so that each arm is corrected by its own number
    of clusters, and degrees of freedom are those of a comparison of two means of clusters.

    Parameters
    ----------
    influence : numpy.ndarray
        Each row's share in the error, shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    treatment : numpy.ndarray
        Arm of each row, 0 or 1, shape (rows,).
    about : tuple of int
        Arms whose means the estimate is made of.
    inside : numpy.ndarray, optional
        Above 0 for the rows that the estimate is about, where it is about some; all by default.

    Returns
    -------
    Spread or None
        None where clusters are many, one holds rows of both arms, or an arm has fewer than two clusters.

    Examples
    --------
    >>> own, village = np.array([0.3, -0.3, 0.4, -0.4]), np.array([0, 1, 2, 3])
    >>> found = arm_spread(own, village, np.array([0.0, 0, 1, 1]), about=(0, 1))
    >>> found.df, round(found.std_error, 6)
    (2.0, 1.0)
    """
    mine = np.ones(len(influence), dtype=bool) if inside is None else inside > 0
    units, first = np.unique(clusters[mine], return_index=True)
    arm = treatment[mine][first].astype(np.int64)
    whole = np.zeros(int(clusters.max()) + 1, dtype=np.int64)
    whole[units] = arm
    sizes = np.bincount(arm, minlength=2)
    if not few_units(len(units)) or (whole[clusters[mine]] != treatment[mine]).any() or sizes.min() < 2:
        return None
    sums = np.bincount(clusters, influence)[units]
    each = 1 / sizes[list(about)]
    df = float(each.sum() ** 2 / (each**2 / (sizes[list(about)] - 1)).sum())
    return Spread(float(np.sqrt(sums**2 @ (sizes / (sizes - 1))[arm])), df)


def regression_spread(rows: FittedRows, contrast: Floats, correction: Correction, own: Floats | None = None) -> Spread:
    """Return the error of a combination of a regression's coefficients, with few clusters or rows.

    Parameters
    ----------
    rows : FittedRows
        What the regression left.
    contrast : numpy.ndarray
        Derivative of the estimate with respect to the coefficients, shape (columns,).
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        How leverage is undone.
    own : numpy.ndarray, optional
        Each row's share in the error that does not come from the coefficients, shape (rows,).

    Returns
    -------
    Spread
        With Satterthwaite's degrees of freedom, and at most one less than clusters where rows have shares of their own.

    Examples
    --------
    >>> y, x = np.array([1.0, 3.0, 2.0, 6.0]), np.ones((4, 1))
    >>> rows = FittedRows(x, y - 3, np.ones(4), np.array([[0.25]]), None)
    >>> found = regression_spread(rows, np.ones(1), "kauermann_carroll")
    >>> round(found.std_error**2, 6), round(float(y.var(ddof=1)) / 4, 6), round(found.df, 6)
    (1.166667, 1.166667, 3.0)
    """
    count, columns = rows.design.shape
    groups = np.arange(count) if rows.clusters is None else rows.clusters
    scores = _sums(groups, rows.design * rows.residual[:, None])
    whitened = rows.design * np.sqrt(rows.working)[:, None]
    grams = _sums(groups, (whitened[:, :, None] * whitened[:, None, :]).reshape(count, -1))
    found = robust_variance(grams.reshape(-1, columns, columns), scores, rows.inverse, contrast, correction)
    units = len(grams)
    df = found.df if np.isfinite(found.df) else float(max(units - 1, 1))
    influence = found.influence
    if rows.clusters is None and correction == "none":
        influence = influence * np.sqrt((units - 1) / units)  # of rows, HC0 is the plain sum of squares
    if own is not None and np.abs(own).max() > 0:
        scale = 1.0 if rows.clusters is None else units / (units - 1)
        influence = influence + _sums(groups, own[:, None])[:, 0] * np.sqrt(scale)
        df = min(df, units - 1.0)
    return Spread(float(np.sqrt(influence @ influence)), df)


def information_spread(grams: Floats, scores: Floats, inverse: Floats, contrast: Floats) -> Spread:
    """Return the error of a combination of a likelihood's parameters, with few clusters.

    Parameters
    ----------
    grams : numpy.ndarray
        Information of each cluster, clusters by parameters by parameters.
    scores : numpy.ndarray
        Sum of each cluster's scores, clusters by parameters.
    inverse : numpy.ndarray
        Inverse of the whole information.
    contrast : numpy.ndarray
        Weights of the parameters, shape (parameters,).

    Returns
    -------
    Spread
        Corrected for leverage, with Satterthwaite's degrees of freedom.

    Examples
    --------
    >>> grams, scores = np.full((4, 1, 1), 2.0), np.array([[1.0], [-1.0], [2.0], [-2.0]])
    >>> found = information_spread(grams, scores, np.array([[1 / 8]]), np.ones(1))
    >>> round(found.std_error**2, 6), round(found.df, 6)
    (0.208333, 3.0)
    """
    found = robust_variance(grams, scores, inverse, contrast, "kauermann_carroll")
    return Spread(found.std_error, found.df if np.isfinite(found.df) else float(max(len(grams) - 1, 1)))


def check_limits(spreads: Sequence[Spread], clusters: Integers | None, how: str) -> tuple[Check, ...]:
    """Say which limits were used, and whether there are enough clusters for them.

    Parameters
    ----------
    spreads : sequence of Spread
        Of all estimates, that of most interest first.
    clusters : numpy.ndarray or None
        Cluster of each row from 0.
    how : str
        What made the degrees of freedom, in words.

    Returns
    -------
    tuple of Check
        ``clusters`` where there are clusters, and ``limits`` where they are Student's.

    Examples
    --------
    >>> print(check_limits([Spread(0.1, 5.23)], None, "HC2 with Satterthwaite's degrees of freedom")[0].message)
    Limits are those of Student's t with 5.2 degrees of freedom (HC2 with Satterthwaite's degrees of freedom).
    """
    small = [one for one in spreads if one.small]
    if not small:
        return check_clusters(clusters)
    first = spreads[0].df
    least = min(one.df for one in small)
    numbers = {"df": first, "smallest_df": least}
    said = say(
        "Limits are those of Student's t with {df:.1f} degrees of freedom ({how})"
        if spreads[0].small
        else "Limits are those of Student's t with {df:.1f} degrees of freedom or more ({how})",
        df=first if spreads[0].small else least,
        how=as_message(how),
    )
    few = least < TOO_FEW
    whole = say(
        "{said}; with fewer than {enough:.0f}, as some have, they can still be too narrow." if few else "{said}.",
        said=said,
        enough=TOO_FEW,
    )
    return (*_few_clusters(clusters), Check("limits", "review" if few else "pass", whole, numbers))


def _few_clusters(clusters: Integers | None) -> tuple[Check, ...]:
    """Say how many clusters there are, where limits allow for few of them."""
    checks = check_clusters(clusters)
    if clusters is None or checks[0].numbers["largest"] == 1 or checks[0].numbers["clusters"] >= FEW_CLUSTERS:
        return checks
    count = int(checks[0].numbers["clusters"])
    said = say("{count} clusters are few: limits allow for it, yet one unlike the others decides much.", count=count)
    return (Check("clusters", "review", said, checks[0].numbers),)


def _sums(groups: Integers, values: Floats) -> Floats:
    """Sum rows by group."""
    out = np.zeros((int(groups.max()) + 1, values.shape[1]))
    np.add.at(out, groups, values)
    return out
