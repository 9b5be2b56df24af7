"""A Markov chain over the hierarchical models of more lists than can be enumerated.

One interaction at a time is proposed to come or go, where the model stays hierarchical, and taken by the ratio of
marginal likelihoods, which Laplace's method gives once a model.

References
----------
.. [1] Madigan, D. and York, J. (1995). Bayesian graphical models for discrete data. International Statistical Review
   63, 215-232. https://doi.org/10.2307/1403615
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, streams
from ctresearch.prevalence.averages.model_marginal import Setting, log_laplace
from ctresearch.prevalence.averages.model_prior import alike
from ctresearch.prevalence.loglinear.model_terms import interactions

if TYPE_CHECKING:
    from ctresearch.prevalence.averages.model_prior import TermPrior
    from ctresearch.prevalence.lists.cells import Array

CHAINS = 4
_WARM_UP = 0.3


def walk_models(of: Setting, order: int, draws: int, seed: Seed, prior: TermPrior | None = None) -> Array:
    """Walk over the hierarchical models of a table.

    Parameters
    ----------
    of : Setting
        Table and prior.
    order : int
        Largest number of lists that an interaction links.
    draws : int
        Models that each chain keeps, one after as many proposals as there are interactions up to 20.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.
    prior : TermPrior, optional
        Of models, which are equally probable at first without it.

    Returns
    -------
    numpy.ndarray
        Whether a model holds a term, shape (4, draws, 2 ** lists).

    Examples
    --------
    >>> from ctresearch.prevalence.averages.model_marginal import setting
    >>> of = setting(np.array([0.0, 60.0, 40.0, 20.0, 30.0, 10.0, 8.0, 3.0]), "uip")
    >>> walk_models(of, 2, 50, seed=1).shape
    (4, 50, 8)
    """
    lists = of.design.shape[1].bit_length() - 1
    work = list(zip(streams(seed, CHAINS), range(CHAINS), strict=True))
    return np.stack(map_chunks(partial(_one_chain, of, prior or alike(interactions(lists, order)), lists, draws), work))


def _one_chain(of: Setting, prior: TermPrior, lists: int, draws: int, start: tuple[np.random.Generator, int]) -> Array:
    """Run one chain: from independence if its number is even, else from a model grown at random."""
    (random, number), terms = start, prior.terms
    model = np.zeros(1 << lists, dtype=bool)
    model[[0, *(1 << i for i in range(lists))]] = True
    if number % 2:
        for term in terms[random.random(terms.size) < 0.5]:
            model[term] = _may_change(model, int(term), lists)
    known: dict[bytes, float] = {}
    value = _value(of, prior, model, known)
    kept, warm_up = np.empty((draws, model.size), dtype=bool), int(_WARM_UP * draws)
    for sweep in range(warm_up + draws):
        for term in random.choice(terms, min(terms.size, 20)):
            if not _may_change(model, int(term), lists):
                continue
            model[term] ^= True
            new = _value(of, prior, model, known)
            if np.log(random.random()) < new - value:
                value = new
            else:
                model[term] ^= True
        if sweep >= warm_up:
            kept[sweep - warm_up] = model
    return kept


def _value(of: Setting, prior: TermPrior, model: Array, known: dict[bytes, float]) -> float:
    """Return the log marginal likelihood of a model and its prior, worked out once."""
    key = np.packbits(model).tobytes()
    if key not in known:
        known[key] = float(log_laplace(of, model[None])[0] + prior.of_models(model[None])[0])
    return known[key]


def _may_change(model: Array, term: int, lists: int) -> bool:
    """Say whether a model stays hierarchical when a term comes or goes."""
    inside = [term ^ (1 << i) for i in range(lists) if term >> i & 1]
    above = [term | (1 << i) for i in range(lists) if not term >> i & 1]
    return not model[above].any() if model[term] else bool(model[inside].all())
