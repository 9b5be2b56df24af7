"""Search for the model with the smallest criterion where there are too many to fit them all.

From the model of independence, the search moves to the best neighbour, one interaction more or one generator less, as
long as that lowers the criterion. It ends in a model that no neighbour beats, which need not be the best of all.

References
----------
.. [1] Silverman, B. W., Chan, L. and Vincent, K. (2024). Bootstrapping multiple systems estimates to account for
   model selection. Statistics and Computing 34, 44. https://doi.org/10.1007/s11222-023-10346-9
"""

from __future__ import annotations

from ctresearch.prevalence.lists.cells import Array, set_size
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model
from ctresearch.prevalence.loglinear.model_terms import can_enter, complete, generators_of, interactions
from ctresearch.prevalence.loglinear.poisson import ESTIMATED
from ctresearch.prevalence.loglinear.ranking import TIE


def downhill(counts: Array, lists: int, order: int, penalty: float) -> list[FittedModel]:
    """Walk downhill in a criterion over hierarchical models.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    lists, order : int
        Number of lists, and how many of them a term may link.
    penalty : float
        2 for AIC, the log of the number of people for BIC.

    Returns
    -------
    list of FittedModel
        All models that were fitted, the model chosen first.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([0, 60, 40, 25, 30, 4, 3, 1])
    >>> downhill(counts, 3, 2, np.log(counts.sum()))[0].terms.tolist()
    [0, 1, 2, 4, 3]
    """
    allowed = interactions(lists, order)
    best = fit_model(counts, complete([], lists))
    seen = {best.terms.tobytes(): best}
    while True:
        around = [terms for terms in neighbours(best.terms, lists, allowed) if terms.tobytes() not in seen]
        fits = [fit_model(counts, terms) for terms in around]
        seen |= {one.terms.tobytes(): one for one in fits}
        nearest = min(fits, key=lambda one: _criterion(one, penalty), default=best)
        if not _criterion(nearest, penalty) < _criterion(best, penalty) - TIE:
            return [best, *(one for one in seen.values() if one is not best)]
        best = nearest


def neighbours(terms: Array, lists: int, allowed: Array) -> list[Array]:
    """Return the models one step away.

    Parameters
    ----------
    terms : numpy.ndarray
        Terms of the model.
    lists : int
        Number of lists.
    allowed : numpy.ndarray
        Interactions that may be in a model.

    Returns
    -------
    list of numpy.ndarray
        First those with one generator less, then those with one term more.

    Examples
    --------
    >>> import numpy as np
    >>> [t.tolist() for t in neighbours(np.array([0, 1, 2, 3]), 2, np.array([3]))]
    [[0, 1, 2]]
    """
    tops = generators_of(terms)
    fewer = [terms[terms != top] for top in tops[set_size(tops) > 1]]
    more = [complete([*terms.tolist(), int(term)], lists) for term in can_enter(terms, allowed)]
    return fewer + more


def _criterion(one: FittedModel, penalty: float) -> float:
    """Return the criterion of a fit, infinite without an estimate."""
    return penalty * len(one.terms) - 2 * one.loglik if one.verdict == ESTIMATED else float("inf")
