"""The likelihood of dated entries of people who came onto at least one list.

Everybody is present throughout the window and on no list at its start. Onto list ``j`` a person comes at the rate
``exp(a_pj + sum of b_kj over the lists k already on)`` in piece ``p`` of the window. Entries and person-time by lists
already on are all that the likelihood depends on. Somebody is never seen with chance ``exp(-L)``, where ``L`` is the
rate onto any list, summed over the window; dividing by one minus that conditions on those seen [1]_.

References
----------
.. [1] Sanathanan, L. (1972). Estimating the size of a multinomial population. Annals of Mathematical Statistics 43,
   142-152. https://doi.org/10.1214/aoms/1177692709
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.referral.dated_entries import Exposure

_MAX_ITERATIONS, _MAX_HALVINGS = 200, 40
# No rate moves by more than a factor of twenty at a time: the likelihood given that one was seen is not concave.
_STRIDE = 3.0
# Squared decrement: half of it is what the log-likelihood can still gain.
_CONVERGED = 1e-10
# A rate of exp(-15) over the window is nobody among three million people.
_RUN_AWAY = 15.0
# Reciprocal condition of the scaled information: below it, another size of the population fits as well.
_SINGULAR = 1e-9


@dataclass(frozen=True, slots=True)
class Design:
    """Rows of the likelihood: ``matrix`` (R, P), ``entries`` and ``time`` (R,), ``unseen`` (R,).

    A row is a piece of the window, a set of lists already on and a list to come; ``unseen`` is the length of the piece
    in rows of people on no list yet, 0 in others: time at risk of each person who is never seen.
    """

    matrix: Array
    entries: Array
    time: Array
    unseen: Array
    people: int

    def with_columns(self, columns: Array) -> Design:
        """Return the design with further columns, shape (R, more)."""
        return Design(np.column_stack([self.matrix, columns]), self.entries, self.time, self.unseen, self.people)


@dataclass(frozen=True, slots=True)
class ReferralFit:
    """``theta`` (P,) coefficients, ``information`` (P, P), ``unseen`` people and its ``variance``, ``loglik``."""

    theta: Array
    information: Array
    unseen: float
    variance: float
    loglik: float

    @property
    def covariance(self) -> Array:
        """Covariance of the coefficients, shape (P, P)."""
        return np.asarray(np.linalg.inv(self.information))


def design_of(exposure: Exposure, arcs: Sequence[tuple[int, int]], pieces: int) -> tuple[Design, Array]:
    """Write the rows of a model.

    Parameters
    ----------
    exposure : Exposure
        Entries and time by piece; its pieces may be finer than those of the model, a multiple of them.
    arcs : sequence of tuple of int
        Referrals ``(from, to)`` whose rate ratio is free.
    pieces : int
        Pieces of the window in which rates are constant.

    Returns
    -------
    tuple
        The design, columns ``pieces`` times lists and then the arcs; and its rows as piece, lists already on and list,
        shape (R, 3).

    Examples
    --------
    >>> from ctresearch.prevalence.referral.dated_entries import Exposure
    >>> seen = Exposure(np.ones((1, 4, 2)), np.ones((1, 4)), np.ones(1), 4)
    >>> design_of(seen, [(0, 1)], 1)[0].matrix.tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]
    """
    fine, cells, lists = exposure.entries.shape
    piece, on, to = (part.ravel() for part in np.indices((fine, cells, lists)))
    may = (on >> to & 1) == 0
    may &= (exposure.time[piece, on] > 0) | (on == 0)
    piece, on, to = piece[may], on[may], to[may]
    matrix = np.zeros((piece.size, pieces * lists + len(arcs)))
    matrix[np.arange(piece.size), piece // (fine // pieces) * lists + to] = 1.0
    for place, (origin, target) in enumerate(arcs):
        matrix[:, pieces * lists + place] = (on >> origin & 1) * (to == target)
    unseen = np.where(on == 0, exposure.lengths[piece], 0.0)
    rows = np.column_stack([piece, on, to])
    return Design(matrix, exposure.entries[piece, on, to], exposure.time[piece, on], unseen, exposure.people), rows


def fit_referral(design: Design) -> ReferralFit:
    """Maximise the conditional likelihood.

    Parameters
    ----------
    design : Design
        The model.

    Returns
    -------
    ReferralFit
        The estimate.

    Raises
    ------
    FitError
        If the estimate does not exist, is not identified or is not reached.

    Examples
    --------
    >>> rows = Design(np.ones((1, 1)), np.array([50.0]), np.array([20.0]), np.ones(1), 50)
    >>> round(fit_referral(rows).unseen)
    21
    """
    theta, _ = fit_poisson(design, float(design.people), np.zeros(design.matrix.shape[1]))
    for _ in range(_MAX_ITERATIONS):
        loglik, score, information = evaluate(design, theta)
        values, vectors = np.linalg.eigh(information)
        safe = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
        step = vectors @ ((vectors.T @ score) / safe)
        if float(step @ score) < _CONVERGED and values.min() > 0:
            break
        step *= min(1.0, _STRIDE / max(float(np.abs(step).max()), 1e-300))
        theta = theta + _halved(lambda moved: evaluate(design, moved)[0], theta, step, loglik)
    else:
        raise FitError(f"the {theta.size} parameters of the model did not converge: choose fewer referrals or pieces")
    _refuse_unidentified(theta, information)
    return _with_unseen(design, theta, information, loglik)


def evaluate(design: Design, theta: Array) -> tuple[float, Array, Array]:
    """Return the conditional log-likelihood, its gradient and the observed information.

    Parameters
    ----------
    design : Design
        The model.
    theta : numpy.ndarray
        Coefficients, shape (P,).

    Returns
    -------
    tuple
        Log-likelihood, gradient (P,), information (P, P).

    Examples
    --------
    >>> rows = Design(np.ones((1, 1)), np.array([50.0]), np.array([30.0]), np.ones(1), 50)
    >>> round(evaluate(rows, np.zeros(1))[0], 3)
    -7.066
    """
    matrix = design.matrix
    linear = np.clip(matrix @ theta, -50.0, 50.0)
    rate = np.exp(linear)
    total = min(float(design.unseen @ rate), 500.0)  # beyond, nobody is ever missed
    odds = 1.0 / np.expm1(total)
    slope = matrix.T @ (design.unseen * rate)
    loglik = float(design.entries @ linear - design.time @ rate - design.people * np.log(-np.expm1(-total)))
    score = matrix.T @ (design.entries - design.time * rate) - design.people * odds * slope
    weight = design.time * rate + design.people * odds * design.unseen * rate
    information = matrix.T @ (weight[:, None] * matrix)
    information -= design.people * odds * (1.0 + odds) * np.outer(slope, slope)
    return loglik, score, information


def fit_poisson(design: Design, missing: float, start: Array) -> tuple[Array, float]:
    """Maximise the likelihood where the number of people never seen is given.

    Parameters
    ----------
    design : Design
        The model.
    missing : float
        People never seen.
    start : numpy.ndarray
        Where to begin, shape (P,).

    Returns
    -------
    tuple
        Coefficients, shape (P,), and the maximum of the log-likelihood.

    Examples
    --------
    >>> rows = Design(np.ones((1, 1)), np.array([50.0]), np.array([30.0]), np.ones(1), 50)
    >>> round(float(np.exp(fit_poisson(rows, 20.0, np.zeros(1))[0][0])), 6)
    1.0
    """
    matrix, time = design.matrix, design.time + missing * design.unseen

    def height(theta: Array) -> float:
        linear = np.clip(matrix @ theta, -50.0, 50.0)
        return float(design.entries @ linear - time @ np.exp(linear))

    theta, best = start, height(start)
    for _ in range(_MAX_ITERATIONS):
        weight = time * np.exp(np.clip(matrix @ theta, -50.0, 50.0))
        score = matrix.T @ (design.entries - weight)
        information = matrix.T @ (weight[:, None] * matrix)
        step = np.linalg.lstsq(information, score, rcond=1e-12)[0]
        if float(step @ score) < _CONVERGED:
            break
        theta = theta + _halved(height, theta, step, best)
        best = height(theta)
    return theta, best


def _halved(height: Callable[[Array], float], theta: Array, step: Array, before: float) -> Array:
    """Return a step, halved until the likelihood does not fall."""
    for _ in range(_MAX_HALVINGS):
        if height(theta + step) >= before - 1e-10 * (1.0 + abs(before)):
            break
        step = step * 0.5
    return step


def _refuse_unidentified(theta: Array, information: Array) -> None:
    """Refuse coefficients that run away and information that is all but singular."""
    if np.abs(theta).max() > _RUN_AWAY:
        count = int((np.abs(theta) > _RUN_AWAY).sum())
        raise FitError(
            f"the estimate does not exist: {count} of {theta.size} rates and rate ratios run to zero or beyond all "
            "bounds; leave out referrals that nearly nobody or nearly everybody followed"
        )
    scale = np.sqrt(np.diag(information))
    if not (scale > 0).all() or np.linalg.eigvalsh(information / np.outer(scale, scale)).min() < _SINGULAR:
        raise FitError(
            f"the {theta.size} parameters are not identified: another size of the population fits as well; leave a "
            "pair of lists without referral, or take fewer pieces"
        )


def _with_unseen(design: Design, theta: Array, information: Array, loglik: float) -> ReferralFit:
    """Add the number of people never seen, and its variance: of the count, and of the coefficients."""
    rate = design.unseen * np.exp(design.matrix @ theta)
    odds = 1.0 / float(np.expm1(rate.sum()))
    slope = -design.people * odds * (1.0 + odds) * (design.matrix.T @ rate)
    variance = design.people * odds * (1.0 + odds) + float(slope @ np.linalg.solve(information, slope))
    return ReferralFit(theta, information, design.people * odds, variance, loglik)
