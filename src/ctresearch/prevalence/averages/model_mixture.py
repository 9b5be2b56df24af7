"""The mixture over log-linear models, whether all are weighed or chains walk over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import Seed, generator, seed_sequence
from ctresearch.prevalence.averages.importance import bridge, log_weights_of, propose
from ctresearch.prevalence.averages.model_marginal import Setting, setting
from ctresearch.prevalence.averages.model_walk import CHAINS, walk_models
from ctresearch.prevalence.averages.model_weights import LARGEST, refine_models, weigh_models
from ctresearch.prevalence.averages.poisson_chains import centre_of, run_chains
from ctresearch.prevalence.loglinear.hierarchy import all_models

if TYPE_CHECKING:
    from ctresearch.prevalence.averages.model_prior import TermPrior
    from ctresearch.prevalence.lists.cells import Array

MAX_ORDERS = {3: 2, 4: 3, 5: 4, 6: 2}
"""Largest order of an interaction for which all models of a number of lists are weighed."""
_BRIDGE_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Mixture:
    """A posterior over log-linear models.

    ``unobserved`` (4, draws) the number on no list; ``models`` (R, 2 ** lists) whether a model holds a term,
    ``probability`` (R,) and ``means`` (R,) posterior mean on no list, the most probable first; ``inclusion``
    (2 ** lists,) probability of each term; ``count`` models in all; ``covered`` probability of those whose draws are
    used; ``effective`` independent proposals that the mixture of them rests on; ``bridge`` what bridge sampling
    changes.
    """

    unobserved: Array
    models: Array
    probability: Array
    means: Array
    inclusion: Array
    count: int
    covered: float
    effective: float
    bridge: float


def enumerate_models(
    counts: Array, prior: str, order: int, draws: int, seed: Seed, *, models_prior: TermPrior | None = None
) -> Mixture:
    """Weigh all hierarchical models of few lists.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    prior : {"uip", "sbh"}
        Of the coefficients.
    order : int
        Largest number of lists that an interaction links.
    draws : int
        Draws of each of four chains, which are independent here.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.
    models_prior : TermPrior, optional
        Of models, which are equally probable at first without it.

    Returns
    -------
    Mixture
        The posterior.

    Raises
    ------
    FitError
        If the mode of a model is not found.

    Examples
    --------
    >>> counts = np.array([0.0, 60.0, 40.0, 20.0, 30.0, 10.0, 8.0, 3.0])
    >>> enumerate_models(counts, "uip", 2, 100, seed=1).count
    8
    """
    of = setting(counts, prior)
    bits = np.arange(counts.size, dtype=np.uint64)
    models = (all_models(counts.size.bit_length() - 1, order)[:, None] >> bits & np.uint64(1)).astype(bool)
    weighing, drawing, checking = seed_sequence(seed).spawn(3)
    found = weigh_models(of, models, weighing, models_prior)
    share = found.probability[found.places]
    return Mixture(
        unobserved=found.draw(CHAINS, draws, generator(drawing)).astype(np.float64),
        models=models[found.places],
        probability=share,
        means=found.refined.unobserved,
        inclusion=found.probability @ models,
        count=len(models),
        covered=float(share.sum()),
        effective=_effective(share / share.sum(), found.refined.effective),
        bridge=_bridged(of, models[found.places[0]], generator(checking)),
    )


def sample_models(
    counts: Array, prior: str, order: int, draws: int, seed: Seed, *, models_prior: TermPrior | None = None
) -> Mixture:
    """Walk over the hierarchical models of many lists.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    prior : {"uip", "sbh"}
        Of the coefficients.
    order : int
        Largest number of lists that an interaction links.
    draws : int
        Draws of each of four chains.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.
    models_prior : TermPrior, optional
        Of models, which are equally probable at first without it.

    Returns
    -------
    Mixture
        The posterior.

    Raises
    ------
    FitError
        If the mode of a model is not found.

    Examples
    --------
    >>> counts = np.array([0.0, 60.0, 40.0, 20.0, 30.0, 10.0, 8.0, 3.0])
    >>> sample_models(counts, "uip", 2, 100, seed=1).unobserved.shape
    (4, 100)
    """
    of = setting(counts, prior)
    walking, weighing, drawing, checking = seed_sequence(seed).spawn(4)
    walked = walk_models(of, order, draws, walking, models_prior).reshape(CHAINS * draws, counts.size)
    models, place, visits = np.unique(walked, axis=0, return_inverse=True, return_counts=True)
    found, random = refine_models(of, models, weighing), generator(drawing)
    means = found.means[place.ravel(), random.integers(0, found.means.shape[1], place.size)]
    share, best = visits / visits.sum(), np.argsort(-visits, kind="stable")
    return Mixture(
        unobserved=random.poisson(np.minimum(means, LARGEST)).astype(np.float64).reshape(CHAINS, draws),
        models=models[best],
        probability=share[best],
        means=found.unobserved[best],
        inclusion=share @ models,
        count=len(models),
        covered=1.0,
        effective=_effective(share, found.effective),
        bridge=_bridged(of, models[best[0]], generator(checking)),
    )


def _effective(share: Array, effective: Array) -> float:
    """Return what proposals of many models are worth together: variances of a weighted mean add up."""
    return float(1 / np.sum(share**2 / effective))


def _bridged(of: Setting, model: Array, random: np.random.Generator) -> float:
    """Return what bridge sampling changes of the log marginal likelihood of a model by importance sampling."""
    target = of.target(np.flatnonzero(model))
    centre = centre_of(target, [random])
    proposals = propose(target, centre, CHAINS * _BRIDGE_DRAWS, random)
    posterior = run_chains(target, centre, CHAINS * _BRIDGE_DRAWS, [random]).betas[0]
    return bridge(log_weights_of(target, centre, posterior), proposals.log_weights) - proposals.log_marginal
