"""The right codes and each coder's errors, where nobody knows the right codes: maximum likelihood by EM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@kernel
def climb_errors(  # noqa: PLR0912  # loops of one kernel, which numba compiles as they stand
    given: Floats, times: Floats, start: Floats, most: int, near: float
) -> tuple[Floats, Floats, Floats, float, int]:
    """Climb to the maximum of the likelihood.

    Parameters
    ----------
    given : numpy.ndarray
        Shape (units, coders, codes): how often each coder gave each code to each unit.
    times : numpy.ndarray
        Shape (units,): weights of the units.
    start : numpy.ndarray
        Shape (units, codes): chances of the right code to start from.
    most : int
        Rounds at most.
    near : float
        Stop where no chance moves by more.

    Returns
    -------
    shares : numpy.ndarray
        Shape (codes,): how often each code is right.
    errors : numpy.ndarray
        Shape (coders, codes, codes): chance of a code given, by the right one.
    right : numpy.ndarray
        Shape (units, codes): chance that each code is right.
    fit : float
        Logarithm of the likelihood.
    rounds : int
        Rounds that were made; ``most`` where it did not converge.
    """
    units, coders, codes = given.shape
    right = start.copy()
    shares, errors = np.zeros(codes), np.zeros((coders, codes, codes))
    fit = -np.inf
    for step in range(most):
        shares[:] = 0.0
        errors[:] = 0.0
        for u in range(units):
            for k in range(codes):
                weight = times[u] * right[u, k]
                shares[k] += weight
                for c in range(coders):
                    for g in range(codes):
                        errors[c, k, g] += weight * given[u, c, g]
        shares /= shares.sum()
        for c in range(coders):
            for k in range(codes):
                whole = errors[c, k].sum()
                for g in range(codes):
                    errors[c, k, g] = errors[c, k, g] / whole if whole > 0 else 1.0 / codes
        moved, fit = 0.0, 0.0
        for u in range(units):
            if times[u] == 0:  # not in this sample: its codes may have no chance at all
                continue
            own = np.empty(codes)
            for k in range(codes):
                own[k] = np.log(shares[k]) if shares[k] > 0 else -np.inf
                for c in range(coders):
                    for g in range(codes):
                        if given[u, c, g] > 0:
                            e = errors[c, k, g]
                            own[k] += given[u, c, g] * np.log(e) if e > 0 else -np.inf
            top = own.max()
            whole = 0.0
            for k in range(codes):
                own[k] = np.exp(own[k] - top)
                whole += own[k]
            fit += times[u] * (top + np.log(whole))
            for k in range(codes):
                moved = max(moved, abs(own[k] / whole - right[u, k]))
                right[u, k] = own[k] / whole
        if moved < near:
            return shares, errors, right, fit, step + 1
    return shares, errors, right, fit, most


def vote_shares(given: Floats) -> Floats:
    """Return the share of each unit's ratings that each code has: where the climb starts.

    Parameters
    ----------
    given : numpy.ndarray
        Shape (units, coders, codes).

    Returns
    -------
    numpy.ndarray
        Shape (units, codes).

    Examples
    --------
    >>> vote_shares(np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]])).round(2).tolist()
    [[0.33, 0.67]]
    """
    votes = given.sum(axis=1)
    return np.asarray(votes / votes.sum(axis=1, keepdims=True))
