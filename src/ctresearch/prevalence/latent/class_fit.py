"""Maximum likelihood of latent classes: several starts, a quasi-Newton climb, Newton's last steps, information.

Latent classes have several maxima and parameters that run to the edge, so that how a maximum was found and what is
known there travel with the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.latent.class_likelihood import (
    Parameters,
    chances_of,
    log_likelihood,
    population_of,
    size_of,
)

if TYPE_CHECKING:
    from ctresearch.prevalence.latent.class_likelihood import ClassData
    from ctresearch.prevalence.lists.cells import Array

SAME = 1e-4
"""Log-likelihoods that differ by less are of one maximum."""
EDGE = 9.0
"""A logit beyond, a chance under one in 8,000, is taken for one at infinity."""
SCORE = 1e-5
"""Largest derivative of the log-likelihood by a parameter, per root of people seen, at what is called a maximum."""
_RANK = 1e-6
_FLAT = 1e-6
"""A parameter about which a person says less than this, in squared logits, counts as unknown."""
_FINALISTS, _ROUGH, _FINE, _NEWTON = 3, 40, 1000, 8
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class ClassFit:
    """A maximum with C classes and P parameters.

    ``vector`` (P,), classes with the most people first; ``covariance`` (P, P), NaN for parameters at the edge;
    ``edge`` (P,) which these are; ``loglik``; ``score`` the largest derivative per root of people; ``rank`` the
    smallest eigenvalue of the scaled information; ``reached`` how many of the starts that were followed to the end
    came to this maximum, of ``followed``; ``population`` and its ``std_error``.
    """

    classes: int
    vector: Array
    covariance: Array
    edge: Array
    loglik: float
    score: float
    rank: float
    reached: int
    followed: int
    population: float
    std_error: float

    @property
    def parameters(self) -> int:
        """How many."""
        return self.vector.size

    @property
    def converged(self) -> bool:
        """Whether it is a maximum."""
        return self.score < SCORE

    @property
    def identified(self) -> bool:
        """Whether the likelihood is curved in every direction that is not at the edge."""
        return self.rank > _RANK

    @property
    def usable(self) -> bool:
        """Whether there is an estimate."""
        return self.converged and self.identified and bool(np.isfinite(self.std_error))

    def bic(self, people: float) -> float:
        """Return the Bayesian information criterion."""
        return -2 * self.loglik + self.parameters * float(np.log(people))

    def aic(self) -> float:
        """Return Akaike's information criterion."""
        return -2 * self.loglik + 2 * self.parameters


def fit_classes(data: ClassData, classes: int, starts: int, random: np.random.Generator) -> ClassFit:
    """Maximise the likelihood from several starts.

    Parameters
    ----------
    data : ClassData
        The people.
    classes : int
        Number of classes.
    starts : int
        How many; the best three after a short climb are followed to the end.
    random : numpy.random.Generator
        Where starts come from.

    Returns
    -------
    ClassFit
        The best of the maxima.

    Examples
    --------
    >>> from ctresearch.prevalence.latent.class_likelihood import class_data
    >>> data = class_data(np.array([[0.0, 60, 40, 20]]), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> round(fit_classes(data, 1, 1, np.random.default_rng(1)).population, 6)
    240.0
    """
    begun = [_climb(data, classes, start, _ROUGH) for start in _starts(data, classes, starts, random)]
    begun.sort(key=lambda one: one[0])
    done = [_climb(data, classes, vector, _FINE) for _, vector in begun[:_FINALISTS]]
    done.sort(key=lambda one: one[0])
    reached = sum(value < done[0][0] + SAME for value, _ in done)
    return finish(data, classes, done[0][1], reached, len(done))


def refit_classes(data: ClassData, start: ClassFit) -> tuple[float, float]:
    """Return criterion and population at the maximum near an earlier fit, as a bootstrap needs them.

    Parameters
    ----------
    data : ClassData
        Other people.
    start : ClassFit
        Where to begin.

    Returns
    -------
    tuple of float
        BIC, and the population in persons.

    Examples
    --------
    >>> from ctresearch.prevalence.latent.class_likelihood import class_data
    >>> data = class_data(np.array([[0.0, 60, 40, 20]]), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> first = fit_classes(data, 1, 1, np.random.default_rng(1))
    >>> round(refit_classes(data.resampled(2 * data.counts), first)[1], 3)
    480.0
    """
    lost, vector = _climb(data, start.classes, np.clip(start.vector, -EDGE, EDGE), _FINE)
    bic = 2 * lost + start.parameters * float(np.log(data.people))
    return bic, population_of(vector, start.classes, data)[0]


def _starts(data: ClassData, classes: int, starts: int, random: np.random.Generator) -> list[Array]:
    """Return starts: classes that differ in how easily they are seen, then any."""
    seen = data.counts.sum(axis=0) @ data.bits.T / data.people
    mains = np.log(np.clip(seen, 0.02, 0.9) / (1 - np.clip(seen, 0.02, 0.9)))
    found = []
    for number in range(starts if classes > 1 else 1):
        shifts = random.normal(0, 1.5, (classes, mains.size)) if number else np.linspace(1.5, -1.5, classes)[:, None]
        shifts = shifts if classes > 1 else np.zeros((1, mains.size))
        blank = Parameters.read(np.zeros(size_of(classes, data)), classes, data)
        found.append(Parameters(blank.weights, mains + shifts, blank.effects, blank.pairs).vector())
    return found


def _climb(data: ClassData, classes: int, start: Array, steps: int) -> tuple[float, Array]:
    """Climb by quasi-Newton steps; return minus the log-likelihood and where it ended."""
    from scipy.optimize import minimize

    people = data.people

    def down(vector: Array) -> tuple[float, Array]:
        value, gradient = log_likelihood(vector, classes, data)
        return -value / people, -gradient / people

    bounds = [(-2 * EDGE, 2 * EDGE)] * start.size
    options = {"maxiter": steps, "maxfun": 4 * steps, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 30}
    found = minimize(down, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return float(found.fun) * people, np.asarray(found.x)


def finish(data: ClassData, classes: int, vector: Array, reached: int, followed: int) -> ClassFit:
    """Take Newton's last steps and work out what is known at the maximum.

    Parameters
    ----------
    data : ClassData
        The people.
    classes : int
        Number of classes.
    vector : numpy.ndarray
        Near a maximum, shape (P,).
    reached, followed : int
        How many starts came here, of how many.

    Returns
    -------
    ClassFit
        The maximum.

    Examples
    --------
    >>> from ctresearch.prevalence.latent.class_likelihood import class_data
    >>> data = class_data(np.array([[0.0, 60, 40, 20]]), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> round(finish(data, 1, np.array([0.1, -0.3]), 1, 1).std_error, 3)
    37.947
    """
    of = partial(log_likelihood, classes=classes, data=data)
    for _ in range(_NEWTON):
        edge = _at_edge(vector)
        value, gradient = of(vector)
        information = _information(vector, classes, data, edge)
        if np.abs(gradient[~edge]).max(initial=0.0) < 1e-3 * SCORE * np.sqrt(data.people):
            break
        step = np.linalg.lstsq(information, np.where(edge, 0.0, gradient)[~edge], rcond=1e-10)[0]
        moved = vector.copy()
        moved[~edge] += step
        if np.abs(step).max(initial=0.0) > 1 or of(moved)[0] < value - 1e-9:
            break
        vector = moved
    return _summed(_ordered(vector, classes, data), classes, data, reached, followed)


def _summed(vector: Array, classes: int, data: ClassData, reached: int, followed: int) -> ClassFit:
    """Work out information, rank and the standard error at a maximum."""
    edge = _at_edge(vector)
    value, gradient = log_likelihood(vector, classes, data)
    information = _information(vector, classes, data, edge)
    values = _curvature(information, data.people)
    covariance = np.full((vector.size, vector.size), np.nan)
    population, sampling, slope = population_of(vector, classes, data)
    error = np.nan
    if values.min() > _RANK:
        inverse = np.linalg.inv(information)
        covariance[np.ix_(~edge, ~edge)] = inverse
        error = float(np.sqrt(sampling + slope[~edge] @ inverse @ slope[~edge]))
    score = float(np.abs(gradient[~edge]).max(initial=0.0) / np.sqrt(data.people))
    return ClassFit(
        classes, vector, covariance, edge, value, score, float(values.min()), reached, followed, population, error
    )


def _curvature(information: Array, people: float) -> Array:
    """Return the eigenvalues of the information in units of its own scale, where it has one."""
    scale = np.sqrt(np.maximum(np.diag(information), _FLAT * people))
    return np.asarray(np.linalg.eigvalsh(information / np.outer(scale, scale)) if scale.size else np.ones(1))


def _at_edge(vector: Array) -> Array:
    """Mark parameters that have run off, shape (P,): covariates are scaled, so that each is a logit."""
    return np.asarray(np.abs(vector) > EDGE)


def _information(vector: Array, classes: int, data: ClassData, edge: Array) -> Array:
    """Differentiate the gradient numerically, without parameters at the edge."""
    free = np.flatnonzero(~edge)
    rows = np.empty((free.size, free.size))
    for row, place in enumerate(free):
        step = np.zeros(vector.size)
        step[place] = _STEP
        up, down = (log_likelihood(vector + sign * step, classes, data)[1] for sign in (1, -1))
        rows[row] = (down - up)[free] / (2 * _STEP)
    return (rows + rows.T) / 2


def _ordered(vector: Array, classes: int, data: ClassData) -> Array:
    """Put the class with the most people, seen or not, first."""
    parameters = Parameters.read(vector, classes, data)
    chances = chances_of(parameters, data)
    people = data.counts.sum(axis=1) / np.maximum(1 - chances.unseen, 1e-300)
    order = np.argsort(-(people @ chances.classes), kind="stable")
    logits = np.vstack([np.zeros((1, data.weights.shape[1])), parameters.weights])[order]
    return Parameters((logits - logits[0])[1:], parameters.mains[order], parameters.effects, parameters.pairs).vector()
