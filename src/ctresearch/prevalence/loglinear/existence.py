"""Whether a log-linear model has a maximum-likelihood estimate, by linear programming where it is still open.

It does not exist when some direction of the coefficients leaves the fitted means of all observed cells alone and
lowers those of empty cells: the likelihood then rises for ever along it.

References
----------
.. [1] Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in log-linear models. Annals of
   Statistics 40, 996-1023. https://doi.org/10.1214/12-AOS986
.. [2] Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems estimation for sparse capture data:
   inferential challenges when there are nonoverlapping lists. Journal of the American Statistical Association 116,
   1297-1306. https://doi.org/10.1080/01621459.2019.1708748
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.prevalence.loglinear.poisson import (
    ESTIMATED,
    NO_MLE,
    NOT_IDENTIFIED,
    OPEN,
    fit,
    observed_cells,
    workspace,
)

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

STATUS = {NO_MLE: "no_mle", NOT_IDENTIFIED: "not_identified"}


@dataclass(frozen=True, slots=True)
class FittedModel:
    """One model fitted to one table of C cells.

    ``terms`` (P,) of the model; ``kept`` (K,) those with people in their margin; ``beta`` (K,) coefficients; ``means``
    (C,) fitted means, 0 in cells forced to zero. ``verdict`` is one of :mod:`ctresearch.prevalence.loglinear.poisson`,
    never ``OPEN``; ``loglik`` has no constant; ``unobserved`` is the mean of the cell of people on no list, NaN without
    an estimate.
    """

    terms: Array
    kept: Array
    beta: Array
    means: Array
    verdict: int
    loglik: float
    unobserved: float

    @property
    def status(self) -> str:
        """``ok``, ``ok_extended``, ``no_mle`` or ``not_identified``."""
        return status_word(self.verdict, len(self.kept) == len(self.terms))


def status_word(verdict: int, all_kept: bool) -> str:
    """Name a verdict as the ranking of models shows it.

    Parameters
    ----------
    verdict : int
        Of :mod:`ctresearch.prevalence.loglinear.poisson`.
    all_kept : bool
        Whether every term of the model has people in its margin.

    Returns
    -------
    str
        ``ok``, ``ok_extended``, ``no_mle`` or ``not_identified``.

    Examples
    --------
    >>> status_word(0, False)
    'ok_extended'
    """
    if verdict == ESTIMATED:
        return "ok" if all_kept else "ok_extended"
    return STATUS[verdict]


def fit_model(counts: Array, terms: Array, *, first: int = 1) -> FittedModel:
    """Fit one model and settle whether its estimate exists.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    terms : numpy.ndarray
        Terms of the model, the intercept first.
    first : int
        First cell that was observed: 1, or 0 where the number on no list is given too.

    Returns
    -------
    FittedModel
        The fit, with a verdict that is final.

    Raises
    ------
    FitError
        If the linear programme that settles existence does not end.

    Examples
    --------
    >>> two_lists = np.array([0, 60, 40, 20])
    >>> float(round(fit_model(two_lists, np.array([0, 1, 2])).unobserved, 6))
    120.0
    """
    cells, work = observed_cells(counts, first), workspace(counts.size, len(terms))
    found = fit(cells, terms, work)
    if found.verdict == OPEN:
        kept = work.kept[: found.kept].copy()
        if _recedes(cells.counts, kept, work.dead):
            found = found._replace(verdict=NO_MLE)
        else:
            found = fit(cells._replace(exists=True), terms, work)
            if found.verdict != ESTIMATED:  # it is so far out that double precision cannot tell its parameters apart
                found = found._replace(verdict=NOT_IDENTIFIED)
    return FittedModel(
        terms=terms,
        kept=work.kept[: found.kept].copy(),
        beta=work.beta[: found.kept].copy(),
        means=work.means.copy(),
        verdict=found.verdict,
        loglik=found.loglik,
        unobserved=found.unobserved if found.verdict == ESTIMATED else np.nan,
    )


def _recedes(counts: Array, kept: Array, dead: Array) -> bool:
    """Look for a direction along which the likelihood rises for ever.

    Scaled so that no mean falls by more than one unit of its logarithm, the best total fall is 0 where there is no
    such direction and at least 1 where there is one: a gap that rounding cannot close.
    """
    cells = np.flatnonzero(~dead)
    design = ((kept[None, :] & ~cells[:, None]) == 0).astype(float)
    observed = counts[cells] > 0
    return recedes(design[~observed], design[observed])


def recedes(empty: Array, observed: Array) -> bool:
    """Say whether some direction lowers means of empty cells, raises none and leaves those of observed cells alone.

    Parameters
    ----------
    empty, observed : numpy.ndarray
        Rows of the design for the cells without and with people, cells by coefficients.

    Returns
    -------
    bool
        Whether there is one: the maximum-likelihood estimate then does not exist.

    Raises
    ------
    FitError
        If the linear programme does not settle it.

    Examples
    --------
    >>> recedes(np.array([[1.0, 1.0]]), np.array([[1.0, 0.0]]))
    True
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    if not len(empty):
        return False
    answer = linprog(
        empty.sum(axis=0),
        A_ub=csr_array(np.vstack([empty, -empty])),
        b_ub=np.concatenate([np.zeros(len(empty)), np.ones(len(empty))]),
        A_eq=csr_array(observed),
        b_eq=np.zeros(len(observed)),
        bounds=(None, None),
        method="highs",
    )
    if answer.status != 0:
        raise FitError(f"the linear programme for existence stopped: {answer.message}")
    return bool(answer.fun < -0.5)
