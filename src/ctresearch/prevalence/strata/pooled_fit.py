"""Log-linear models of several strata at once, whose interactions are the same or scatter around a common value.

Stratum ``s`` has an intercept and main effects of its own. Interaction ``j`` is ``m_j + b_sj`` there: ``m_j`` common,
``b_sj`` normal around zero with standard deviation ``tau``, or absent where all strata share it. For one ``tau`` the
coefficients have a normal posterior around their penalised maximum (Laplace), and the likelihood of ``tau`` follows
from the curvature there; ``tau`` itself is averaged over a grid by that likelihood.

References
----------
.. [1] Breslow, N. E. and Clayton, D. G. (1993). Approximate inference in generalized linear mixed models. Journal of
   the American Statistical Association 88, 9-25. https://doi.org/10.1080/01621459.1993.10594284
.. [2] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference for latent Gaussian models by using
   integrated nested Laplace approximations. Journal of the Royal Statistical Society B 71, 319-392.
   https://doi.org/10.1111/j.1467-9868.2008.00700.x
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.partial.interval_poisson import RangeFit, Ranges, exact_ranges, fit_ranges
from ctresearch.prevalence.partial.partial_model_fit import subset_design

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

# Standard deviations on the log scale: from interactions that are as good as equal to odds ratios that differ by a
# factor of seven.
TAUS = np.linspace(0.05, 1.95, 20)


@dataclass(frozen=True, slots=True)
class PooledDesign:
    """All strata in one table: S strata, J interactions.

    ``table`` the counts and design; ``intercepts`` (S,) columns of the intercepts; ``common`` (J,) columns of the
    common interactions; ``own`` columns of the deviations; ``terms`` (J,) patterns of the interactions.
    """

    table: Ranges
    intercepts: Array
    common: Array
    own: Array
    terms: Array


@dataclass(frozen=True, slots=True)
class PooledFit:
    """Fits over T values of ``tau``: ``taus``, ``weights`` (T,), the latter adding up to one; ``fits`` one each."""

    taus: Array
    weights: Array
    fits: tuple[RangeFit, ...]

    def mean(self) -> Array:
        """Return the coefficients, averaged over ``tau``, shape (P,); minus infinity where they were removed."""
        kept = self.fits[0].kept
        averaged = self.weights @ np.array([np.where(kept, one.beta, 0.0) for one in self.fits])
        return np.where(kept, averaged, -np.inf)


def pooled_design(counts: Sequence[Array], absent: Sequence[int], terms: Array, *, deviations: bool) -> PooledDesign:
    """Write several strata out as one table.

    Parameters
    ----------
    counts : sequence of numpy.ndarray
        People by cell, shape (2 ** lists,), by stratum.
    absent : sequence of int
        Pattern of the lists that a stratum does not have; no one can be on them there.
    terms : numpy.ndarray
        Terms of the model, the intercept and all main effects among them.
    deviations : bool
        Whether interactions may differ between strata.

    Returns
    -------
    PooledDesign
        The table.

    Examples
    --------
    >>> two = np.array([0.0, 30, 20, 10])
    >>> pooled_design([two, two], [0, 0], np.array([0, 1, 2]), deviations=False).table.design.shape
    (6, 6)
    """
    linking = terms[set_size(terms) > 1]
    alone = terms[set_size(terms) < 2]
    owners = [alone[(alone & gone) == 0] for gone in absent]
    moving = [linking[(linking & gone) == 0] if deviations else linking[:0] for gone in absent]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in owners])])
    shared, own = starts[-1], starts[-1] + len(linking)
    ends = np.concatenate([[0], np.cumsum([len(one) for one in moving])]) + own
    blocks, observed = [], []
    for s, table in enumerate(counts):
        cells = np.arange(1, table.size)
        cells = cells[(cells & absent[s]) == 0]
        block = np.zeros((len(cells), ends[-1]))
        block[:, starts[s] : starts[s + 1]] = subset_design(owners[s], cells)
        block[:, shared:own] = subset_design(linking, cells)
        block[:, ends[s] : ends[s + 1]] = subset_design(moving[s], cells)
        blocks.append(block)
        observed.append(table[cells])
    whole = exact_ranges(np.vstack(blocks), np.concatenate(observed))
    return PooledDesign(whole, starts[:-1], np.arange(shared, own), np.arange(own, ends[-1]), linking)


def fit_pooled(design: PooledDesign) -> PooledFit:
    """Fit all strata, and average over how much interactions differ.

    Parameters
    ----------
    design : PooledDesign
        The strata.

    Returns
    -------
    PooledFit
        One fit without deviations; with them one for each standard deviation from 0.05 to 1.95, evenly spaced, which
        amounts to a uniform prior. Where there is no estimate the only fit has the status that says so.

    Raises
    ------
    FitError
        If the estimate exists but the search does not reach it.

    Examples
    --------
    >>> two = np.array([0.0, 30, 20, 10])
    >>> found = fit_pooled(pooled_design([two, two], [0, 0], np.array([0, 1, 2]), deviations=False))
    >>> np.exp(found.mean()[[0, 3]]).round(6).tolist()
    [60.0, 60.0]
    """
    if not len(design.own):
        return PooledFit(np.zeros(1), np.ones(1), (fit_ranges(design.table),))
    fits: list[RangeFit] = []
    heights: list[float] = []
    for tau in TAUS:
        precision = np.zeros(design.table.design.shape[1])
        precision[design.own] = tau**-2
        found = fit_ranges(replace(design.table, precision=precision), exists=bool(fits))
        if found.status in ("no_mle", "not_identified"):
            return PooledFit(TAUS[:1], np.ones(1), (found,))
        fits.append(found)
        heights.append(laplace_height(found, precision))
    weights = np.exp(np.array(heights) - max(heights))
    return PooledFit(TAUS, weights / weights.sum(), tuple(fits))


def laplace_height(fitted: RangeFit, precision: Array) -> float:
    """Return the logarithm of the likelihood of a prior, coefficients integrated out by Laplace's method.

    Parameters
    ----------
    fitted : RangeFit
        The penalised fit.
    precision : numpy.ndarray
        Of each coefficient, shape (P,), 0 for those without a prior, which have a flat one.

    Returns
    -------
    float
        Without its constant.

    Examples
    --------
    >>> table = exact_ranges(np.ones((2, 1)), np.array([3.0, 5.0]))
    >>> round(laplace_height(fit_ranges(table), np.zeros(1)), 3)
    -4.529
    """
    there, known = fitted.kept, precision > 0
    penalty = float(precision[known] @ fitted.beta[known] ** 2) / 2
    _, volume = np.linalg.slogdet(fitted.covariance[np.ix_(there, there)])
    return float(fitted.loglik - penalty + np.log(precision[known]).sum() / 2 + volume / 2)


def sums_of_coefficients(fitted: PooledFit, columns: Array) -> tuple[Array, Array]:
    """Add coefficients up, averaged over how much interactions differ.

    Parameters
    ----------
    fitted : PooledFit
        The fits, with estimates.
    columns : numpy.ndarray
        How often each coefficient counts, shape (sums, P).

    Returns
    -------
    tuple of numpy.ndarray
        Estimates and standard errors, shape (sums,); minus infinity and NaN where a coefficient was removed.

    Examples
    --------
    >>> two = np.array([0.0, 30, 20, 10])
    >>> found = fit_pooled(pooled_design([two, two], [0, 0], np.array([0, 1, 2]), deviations=False))
    >>> np.exp(sums_of_coefficients(found, np.eye(6)[[0, 3]])[0]).round(6).tolist()
    [60.0, 60.0]
    """
    gone = columns @ ~fitted.fits[0].kept > 0
    each = np.array([columns @ np.where(one.kept, one.beta, 0.0) for one in fitted.fits])
    within = np.array([np.einsum("ij,jk,ik->i", columns, one.covariance, columns) for one in fitted.fits])
    mean = fitted.weights @ each
    spread = np.sqrt(fitted.weights @ (within + (each - mean) ** 2))
    return np.where(gone, -np.inf, mean), np.where(gone, np.nan, spread)


def draw_unobserved(fitted: PooledFit, intercepts: Array, draws: int, random: np.random.Generator) -> Array:
    """Draw the number on no list in each stratum.

    Parameters
    ----------
    fitted : PooledFit
        The fits, with estimates.
    intercepts : numpy.ndarray
        Columns of the intercepts, shape (S,).
    draws : int
        How many.
    random : numpy.random.Generator
        Where they come from.

    Returns
    -------
    numpy.ndarray
        Persons, shape (S, draws), in random order.

    Examples
    --------
    >>> two = np.array([0.0, 300, 200, 100])
    >>> found = fit_pooled(pooled_design([two, two], [0, 0], np.array([0, 1, 2]), deviations=False))
    >>> draw_unobserved(found, np.array([0, 3]), 500, np.random.default_rng(1)).shape
    (2, 500)
    """
    parts = []
    for one, share in zip(fitted.fits, random.multinomial(draws, fitted.weights), strict=True):
        spread = one.covariance[np.ix_(intercepts, intercepts)]
        logs = random.multivariate_normal(one.beta[intercepts], spread, size=share, method="svd")
        parts.append(random.poisson(np.exp(np.minimum(logs, 40.0))))
    values: Array = np.concatenate(parts).T
    return random.permutation(values, axis=1).astype(float)
