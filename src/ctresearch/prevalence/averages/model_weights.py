"""Probabilities of log-linear models, and draws of the population from their mixture.

Laplace's method ranks all models. Those that hold nearly all of the probability are then weighed by importance
sampling, whose proposals also give the draws; the rest keep Laplace's value, shifted by the mean of the correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, streams
from ctresearch.prevalence.averages.importance import propose
from ctresearch.prevalence.averages.model_marginal import Setting, log_laplace
from ctresearch.prevalence.averages.poisson_chains import centre_of

if TYPE_CHECKING:
    from ctresearch.prevalence.averages.model_prior import TermPrior
    from ctresearch.prevalence.lists.cells import Array

COVERED = 0.999
PROPOSALS, LARGEST = 1000, 1e15
_MOST, _CHUNK = 500, 8


@dataclass(frozen=True, slots=True)
class Refined:
    """R models weighed by importance sampling.

    ``log_marginal`` (R,) up to a common constant; ``effective`` (R,) independent draws behind it; ``means`` (R, K)
    posterior draws of the mean number on no list; ``unobserved`` (R,) its posterior mean.
    """

    log_marginal: Array
    effective: Array
    means: Array
    unobserved: Array


@dataclass(frozen=True, slots=True)
class Weighed:
    """M models, R of them refined.

    ``probability`` (M,) and ``log_marginal`` (M,), the latter up to a common constant; ``places`` (R,) of the refined
    models, the most probable first; ``refined`` what is known of them; ``correction`` (R,) importance sampling less
    Laplace.
    """

    probability: Array
    log_marginal: Array
    places: Array
    refined: Refined
    correction: Array

    def draw(self, chains: int, draws: int, random: np.random.Generator) -> Array:
        """Draw the number on no list from the mixture of the refined models.

        Parameters
        ----------
        chains, draws : int
            How many; all are independent but for those that share a proposal.
        random : numpy.random.Generator
            Where the draws come from.

        Returns
        -------
        numpy.ndarray
            Whole numbers, shape (chains, draws).
        """
        share = self.probability[self.places]
        model = random.choice(share.size, size=(chains, draws), p=share / share.sum())
        means = self.refined.means[model, random.integers(0, self.refined.means.shape[1], (chains, draws))]
        drawn: Array = random.poisson(np.minimum(means, LARGEST))
        return drawn


def weigh_models(of: Setting, models: Array, seed: Seed, prior: TermPrior | None = None) -> Weighed:
    """Work out the probabilities of models.

    Parameters
    ----------
    of : Setting
        Table and prior.
    models : numpy.ndarray
        Whether a model holds a term, shape (M, 2 ** lists).
    seed : int or numpy.random.SeedSequence
        Where the random streams start.
    prior : TermPrior, optional
        Of models, which are equally probable at first without it.

    Returns
    -------
    Weighed
        The same for any number of workers.

    Raises
    ------
    FitError
        If the mode of a model is not found.

    Examples
    --------
    >>> from ctresearch.prevalence.averages.model_marginal import setting
    >>> of = setting(np.array([0.0, 60.0, 40.0, 20.0, 30.0, 10.0, 8.0, 3.0]), "uip")
    >>> found = weigh_models(of, np.array([[1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0]], dtype=bool), 1)
    >>> found.probability.round(2).tolist()
    [0.88, 0.12]
    """
    before = np.zeros(len(models)) if prior is None else prior.of_models(models)
    rough = log_laplace(of, models) + before
    order = np.argsort(-rough, kind="stable")
    mass = np.exp(rough[order] - logsumexp(rough)).cumsum()
    chosen = order[: min(int(np.searchsorted(mass, COVERED)) + 1, _MOST, order.size)]
    found = refine_models(of, models[chosen], seed)
    known = found.log_marginal + before[chosen]
    correction = known - rough[chosen]
    log_marginal = rough + correction.mean()
    log_marginal[chosen] = known
    best = np.argsort(-known, kind="stable")
    ordered = Refined(*(getattr(found, name)[best] for name in Refined.__dataclass_fields__))
    probability = np.exp(log_marginal - logsumexp(log_marginal))
    return Weighed(probability, log_marginal, chosen[best], ordered, correction[best])


def refine_models(of: Setting, models: Array, seed: Seed) -> Refined:
    """Weigh models by importance sampling.

    Parameters
    ----------
    of : Setting
        Table and prior.
    models : numpy.ndarray
        Whether a model holds a term, shape (R, 2 ** lists).
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Returns
    -------
    Refined
        In the order of ``models``.

    Raises
    ------
    FitError
        If the mode of a model is not found.

    Examples
    --------
    >>> from ctresearch.prevalence.averages.model_marginal import setting
    >>> of = setting(np.array([0.0, 60.0, 40.0, 20.0, 30.0, 10.0, 8.0, 3.0]), "uip")
    >>> refine_models(of, np.array([[1, 1, 1, 0, 1, 0, 0, 0]], dtype=bool), 1).means.shape
    (1, 1000)
    """
    parts = [models[part.start : part.stop] for part in split(len(models), _CHUNK)]
    work = list(zip(parts, streams(seed, len(parts)), strict=True))
    found = [one for part in map_chunks(partial(_refine, of), work) for one in part]
    columns = zip(*found, strict=True)
    return Refined(*(np.array(column) for column in columns))


def _refine(of: Setting, work: tuple[Array, np.random.Generator]) -> list[tuple[float, float, Array, float]]:
    """Weigh some models; return log marginal, effective draws, resampled means and their weighted mean."""
    models, random = work
    out = []
    for model in models:
        target = of.target(np.flatnonzero(model))
        found = propose(target, centre_of(target, [random]), PROPOSALS, random)
        # people on no list: every term is +1 there
        means = np.exp(np.minimum(found.betas.sum(axis=1), 700.0))
        weight = np.exp(found.log_weights - logsumexp(found.log_weights))
        picked = np.searchsorted(weight.cumsum(), (np.arange(PROPOSALS) + random.random()) / PROPOSALS)
        resampled = means[np.minimum(picked, PROPOSALS - 1)]
        out.append((found.log_marginal, found.effective, resampled, float(weight @ means)))
    return out
