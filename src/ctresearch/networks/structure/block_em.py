"""Variational EM for stochastic block models, plain and degree-corrected, as one algorithm.

With block probabilities of the actors tau, both models give a pair (i, j) in blocks (q, l) the log-likelihood
``A_ij U_ql + s_i r_j V_ql``: for ties that are there or not [1]_, U is the log odds of a tie, V the log probability of
none and s = r = 1; with degree correction [2]_, where ties follow a Poisson law with mean ``s_i r_j w_ql``, U is log w,
V is -w, and s and r are the out- and in-degrees.

References
----------
.. [1] Daudin, J.-J., Picard, F. and Robin, S. (2008). A mixture model for random graphs. Statistics and Computing 18,
   173-183. https://doi.org/10.1007/s11222-007-9046-7
.. [2] Karrer, B. and Newman, M. E. J. (2011). Stochastic blockmodels and community structure in networks. Physical
   Review E 83, 016107. https://doi.org/10.1103/PhysRevE.83.016107
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INNER = 5
_TINY = 1e-10


@dataclass(frozen=True, slots=True)
class BlockData:
    """Ties and what multiplies the expectation of each pair.

    Parameters
    ----------
    ties : numpy.ndarray
        0 and 1, shape (actors, actors).
    sends, receives : numpy.ndarray
        Ones, or out- and in-degrees, shape (actors,).
    corrected : bool
        Whether they are degrees.
    directed : bool
        Whether ties have a direction; if not, each pair stands twice in ``ties``.

    Examples
    --------
    >>> BlockData(np.zeros((2, 2)), np.ones(2), np.ones(2), False, False).pairs
    1.0
    """

    ties: NDArray[np.float64]
    sends: NDArray[np.float64]
    receives: NDArray[np.float64]
    corrected: bool
    directed: bool

    @property
    def pairs(self) -> float:
        """Number of dyads."""
        n = len(self.ties)
        return n * (n - 1.0) / (1 if self.directed else 2)


@dataclass(frozen=True, slots=True)
class BlockFit:
    """A fitted block model.

    Parameters
    ----------
    tau : numpy.ndarray
        Probability of each block, shape (actors, blocks).
    shares : numpy.ndarray
        Share of actors in each block, shape (blocks,).
    rates : numpy.ndarray
        Probability of a tie between blocks, or its rate per product of degrees, shape (blocks, blocks).
    bound : float
        Lower bound of the log-likelihood that was reached.
    converged : bool
        Whether it had stopped to rise.

    Examples
    --------
    >>> BlockFit(np.ones((1, 1)), np.ones(1), np.zeros((1, 1)), 0.0, True).labels.tolist()
    [0]
    """

    tau: NDArray[np.float64]
    shares: NDArray[np.float64]
    rates: NDArray[np.float64]
    bound: float
    converged: bool

    @property
    def labels(self) -> NDArray[np.int64]:
        """Likeliest block of each actor, shape (actors,)."""
        return np.asarray(self.tau.argmax(axis=1), dtype=np.int64)


def fit_blocks(data: BlockData, tau: NDArray[np.float64], *, rounds: int = 500, close: float = 1e-8) -> BlockFit:
    """Raise the variational bound from given block probabilities until it stands.

    Parameters
    ----------
    data : BlockData
        The network.
    tau : numpy.ndarray
        Where to start, shape (actors, blocks).
    rounds : int
        Most rounds.
    close : float
        Rise of the bound, relative to its size, at which to stop.

    Returns
    -------
    BlockFit
        The fit.

    Examples
    --------
    >>> ties = np.kron(np.eye(2), np.ones((4, 4))) - np.eye(8)
    >>> data = BlockData(ties, np.ones(8), np.ones(8), False, False)
    >>> start = np.full((8, 2), 0.5) + np.outer(np.repeat([0.4, -0.4], 4), [1, -1])
    >>> fit_blocks(data, start).labels.tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    before = -np.inf
    for _ in range(rounds):
        shares, rates = _maximise(data, tau)
        for _ in range(_INNER):
            tau = _expect(data, tau, shares, rates)
        bound = _bound(data, tau, shares, rates)
        if abs(bound - before) <= close * (1 + abs(bound)):
            return BlockFit(tau, *_maximise(data, tau), bound, True)
        before = bound
    return BlockFit(tau, *_maximise(data, tau), before, False)


def complete_likelihood(data: BlockData, labels: NDArray[np.int64], blocks: int) -> float:
    """Give the log-likelihood of ties and blocks together at the likeliest parameters.

    Parameters
    ----------
    data : BlockData
        The network.
    labels : numpy.ndarray
        Block of each actor, shape (actors,).
    blocks : int
        Number of blocks.

    Returns
    -------
    float
        Log-likelihood; without the factors of degrees, which no division changes.

    Examples
    --------
    >>> data = BlockData(np.ones((2, 2)) - np.eye(2), np.ones(2), np.ones(2), False, False)
    >>> round(complete_likelihood(data, np.array([0, 0]), 1), 6)
    -0.0
    """
    tau = np.eye(blocks)[labels]
    shares, rates = _maximise(data, tau)
    return _expected_likelihood(data, tau, shares, rates)


def _maximise(data: BlockData, tau: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give shares and rates, given the block probabilities."""
    found = tau.T @ data.ties @ tau
    sends, receives = tau * data.sends[:, None], tau * data.receives[:, None]
    possible = np.outer(sends.sum(axis=0), receives.sum(axis=0)) - sends.T @ receives
    rates = found / np.maximum(possible, _TINY)
    return tau.mean(axis=0), np.clip(rates, _TINY, None if data.corrected else 1 - _TINY)


def _weights(data: BlockData, rates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the weights U of ties and V of pairs."""
    if data.corrected:
        return np.log(rates), -rates
    return np.log(rates) - np.log1p(-rates), np.log1p(-rates)


def _expect(
    data: BlockData, tau: NDArray[np.float64], shares: NDArray[np.float64], rates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give block probabilities, given shares, rates and everybody else's probabilities."""
    of_ties, of_pairs = _weights(data, rates)
    score = np.log(np.maximum(shares, _TINY)) + _outgoing(
        data.ties, data.sends, data.receives, tau, (of_ties, of_pairs)
    )
    if data.directed:
        score += _outgoing(data.ties.T, data.receives, data.sends, tau, (of_ties.T, of_pairs.T))
    score -= score.max(axis=1, keepdims=True)
    new = np.exp(score)
    return np.asarray(new / new.sum(axis=1, keepdims=True))


def _outgoing(
    ties: NDArray[np.float64],
    sends: NDArray[np.float64],
    receives: NDArray[np.float64],
    tau: NDArray[np.float64],
    weights: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Score each actor in each block by the pairs that the actor starts."""
    others = (tau * receives[:, None]).sum(axis=0) - tau * receives[:, None]
    return np.asarray(ties @ tau @ weights[0].T + sends[:, None] * (others @ weights[1].T))


def _expected_likelihood(
    data: BlockData, tau: NDArray[np.float64], shares: NDArray[np.float64], rates: NDArray[np.float64]
) -> float:
    """Give the expected log-likelihood of ties and blocks."""
    score = _outgoing(data.ties, data.sends, data.receives, tau, _weights(data, rates))
    pairs = float((tau * score).sum()) / (1 if data.directed else 2)
    return pairs + float((tau @ np.log(np.maximum(shares, _TINY))).sum())


def _bound(data: BlockData, tau: NDArray[np.float64], shares: NDArray[np.float64], rates: NDArray[np.float64]) -> float:
    """Add the entropy of the block probabilities."""
    return _expected_likelihood(data, tau, shares, rates) - float((tau * np.log(np.maximum(tau, 1e-300))).sum())
