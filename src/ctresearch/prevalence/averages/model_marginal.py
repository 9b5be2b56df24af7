"""Marginal likelihoods of many log-linear models under one prior.

Terms are coded by +1 and -1, so that over a whole table all are orthogonal and the unit-information prior of every
coefficient is a standard normal. The Sabanes-Bove-Held prior gives that normal one unknown variance, the same for all
coefficients, with an inverse gamma prior; it is summed out. The prior of the intercept is flat.

References
----------
.. [1] Overstall, A. M. and King, R. (2014). conting: an R package for Bayesian analysis of complete and incomplete
   contingency tables. Journal of Statistical Software 58 (7). https://doi.org/10.18637/jss.v058.i07
.. [2] Sabanés Bové, D. and Held, L. (2011). Hyper-g priors for generalized linear models. Bayesian Analysis 6,
   387-410. https://doi.org/10.1214/11-BA615
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.core.parallel import map_chunks, split
from ctresearch.prevalence.averages.poisson_posterior import Target, find_mode

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# The hyper-prior of conting (Overstall and King), whose results are the reference: half of 0.001 each.
SBH_SHAPE = SBH_SCALE = 0.0005
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Setting:
    """A table and a prior.

    ``design`` (C, 2 ** lists) columns of all terms over the observed cells, in +1 and -1; ``counts`` (C,) people;
    ``shape`` and ``scale`` of the inverse gamma prior, both 0 for the unit-information prior.
    """

    design: Array
    counts: Array
    shape: float
    scale: float

    def target(self, terms: Array) -> Target:
        """Return the posterior of one model.

        Parameters
        ----------
        terms : numpy.ndarray
            Its terms, the intercept first, shape (P,).

        Returns
        -------
        Target
            Model, data and prior.
        """
        precision = (terms > 0).astype(np.float64)
        return Target(np.ascontiguousarray(self.design[:, terms]), self.counts, precision, self.shape, self.scale)


def setting(counts: Array, prior: str) -> Setting:
    """Set a table and a prior.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    prior : {"uip", "sbh"}
        Unit-information or Sabanes-Bove-Held.

    Returns
    -------
    Setting
        For the cells but the first.

    Examples
    --------
    >>> setting(np.array([0.0, 60.0, 40.0, 20.0]), "uip").design.astype(int).tolist()
    [[1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    """
    cells = np.arange(1, counts.size)[:, None]
    design = 1.0 - 2.0 * (np.bitwise_count(cells & np.arange(counts.size)) % 2)
    spread = (0.0, 0.0) if prior == "uip" else (SBH_SHAPE, SBH_SCALE)
    return Setting(design, counts[1:].astype(np.float64), *spread)


def log_laplace(of: Setting, models: Array) -> Array:
    """Approximate the log marginal likelihood of every model by Laplace's method.

    Parameters
    ----------
    of : Setting
        Table and prior.
    models : numpy.ndarray
        Whether a model holds a term, shape (M, 2 ** lists).

    Returns
    -------
    numpy.ndarray
        Shape (M,), up to a constant common to all; minus infinity where the mode was not found.

    Examples
    --------
    >>> of = setting(np.array([0.0, 60.0, 40.0, 20.0, 30.0, 10.0, 8.0, 3.0]), "uip")
    >>> independent = [True, True, True, False, True, False, False, False]
    >>> one_pair = [True, True, True, True, True, False, False, False]
    >>> pair = np.array([independent, one_pair])
    >>> log_laplace(of, pair).round(1).tolist()
    [417.1, 415.0]
    """
    chunks = [models[part.start : part.stop] for part in split(len(models), _CHUNK)]
    values: Array = np.concatenate(map_chunks(partial(_log_laplace, of.design, of.counts, of.shape, of.scale), chunks))
    return values


@kernel
def _log_laplace(design: Array, counts: Array, shape: float, scale: float, models: Array) -> Array:
    """Approximate the log marginal likelihoods of some models."""
    values = np.empty(len(models))
    for m in range(len(models)):
        terms = np.flatnonzero(models[m])
        columns = np.empty((counts.size, terms.size))
        for j in range(terms.size):
            copy_into(columns[:, j], design[:, terms[j]])
        precision = np.ones(terms.size)
        precision[0] = 0.0
        start = np.zeros(terms.size)
        start[0] = np.log(np.mean(counts) + 0.1)
        mode = find_mode(Target(columns, counts, precision, 0.0, 0.0), start)
        if shape > 0.0:  # from here, and not from zero, where the prior of one unknown variance has a spike
            mode = find_mode(Target(columns, counts, precision, shape, scale), mode.beta)
        values[m] = mode.log_laplace if mode.found else -np.inf
    return values
