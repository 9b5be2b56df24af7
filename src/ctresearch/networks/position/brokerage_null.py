"""What brokerage chance would give: moments of the role counts when ties, or groups, fall at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RoleMoments:
    """Role counts under chance.

    Parameters
    ----------
    expected, std_dev : numpy.ndarray
        By actor and role, shape (actors, 5).
    tail : numpy.ndarray
        Share of random assignments with at least the count observed, shape (actors, 5); NaN where none were drawn.

    Examples
    --------
    >>> RoleMoments(np.zeros((1, 5)), np.ones((1, 5)), np.ones((1, 5))).expected.shape
    (1, 5)
    """

    expected: NDArray[np.float64]
    std_dev: NDArray[np.float64]
    tail: NDArray[np.float64]


def random_ties(groups: NDArray[np.int64], density: float, *, directed: bool) -> RoleMoments:
    """Give the moments when every tie is there with the same probability and groups are fixed [1]_.

    Two paths depend on each other if they share a start or an end, and then with covariance (d (1 - d))^3.

    Parameters
    ----------
    groups : numpy.ndarray
        Group of each actor, shape (actors,).
    density : float
        Probability of a tie.
    directed : bool
        Whether ties have a direction; without one each path counts in both directions.

    Returns
    -------
    RoleMoments
        Exact moments.

    References
    ----------
    .. [1] Gould, R. V. and Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126. https://doi.org/10.2307/270949

    Examples
    --------
    >>> random_ties(np.array([0, 1, 2]), 0.5, directed=True).expected[0].tolist()  # two liaison paths, 1/8 each
    [0.0, 0.0, 0.0, 0.0, 0.25]
    """
    size = np.bincount(groups).astype(float)
    chance, shared = density**2 * (1 - density), (density * (1 - density)) ** 3
    expected, variance = np.zeros((len(size), 5)), np.zeros((len(size), 5))
    for group in range(len(size)):
        for role, (paths, starts, ends) in enumerate(_paths(size[group] - 1, np.delete(size, group))):
            expected[group, role] = paths * chance
            mirrored = not directed and role not in (2, 3)  # each path and its reverse have the same role
            variance[group, role] = paths * chance * (1 - chance) * (1 + mirrored) + (starts + ends) * shared * (
                1 + mirrored
            )
    return RoleMoments(expected[groups], np.sqrt(variance)[groups], np.full((len(groups), 5), np.nan))


def _paths(own: float, others: NDArray[np.float64]) -> list[tuple[float, float, float]]:
    """Count, for each role, the possible paths and the ordered pairs of paths that share a start, or an end."""
    all_others = float(others.sum())
    coordinator = own * max(own - 1, 0.0)
    itinerant = others * (others - 1)
    gatekeeper = all_others * own
    liaison = others * (all_others - others)
    return [
        (coordinator, coordinator * (own - 2), coordinator * (own - 2)),
        (itinerant.sum(), (itinerant * (others - 2)).sum(), (itinerant * (others - 2)).sum()),
        (gatekeeper, gatekeeper * (own - 1), gatekeeper * (all_others - 1)),
        (gatekeeper, gatekeeper * (all_others - 1), gatekeeper * (own - 1)),
        (liaison.sum(), *2 * ((liaison * (all_others - others - 1)).sum(),)),
    ]


def random_groups(
    counts: NDArray[np.int64],
    groups: NDArray[np.int64],
    count: Callable[[NDArray[np.int64]], NDArray[np.int64]],
    draws: int,
    random: np.random.Generator,
) -> RoleMoments:
    """Give the moments when ties are fixed and the groups are dealt to the actors at random, sizes kept.

    Parameters
    ----------
    counts : numpy.ndarray
        Observed counts, shape (actors, 5).
    groups : numpy.ndarray
        Group of each actor, shape (actors,).
    count : callable
        Counts the roles under other groups.
    draws : int
        Random assignments.
    random : numpy.random.Generator
        Where they come from.

    Returns
    -------
    RoleMoments
        The exact expectation, and deviations and tails from the draws.

    Examples
    --------
    >>> one_path = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    >>> moments = random_groups(one_path, np.arange(3), lambda g: one_path, 10, np.random.default_rng(0))
    >>> moments.expected[1].tolist(), moments.tail[1, 4]
    ([0.0, 0.0, 0.0, 0.0, 1.0], np.float64(1.0))
    """
    total, squares, reached = (np.zeros(counts.shape) for _ in range(3))
    for _ in range(draws):
        dealt = count(random.permutation(groups)).astype(float)
        total += dealt
        squares += dealt**2
        reached += dealt >= counts
    variance = np.maximum(squares / draws - (total / draws) ** 2, 0.0)
    expected = np.outer(counts.sum(axis=1), _chances(groups))
    return RoleMoments(expected, np.sqrt(variance), (reached + 1) / (draws + 1))


def _chances(groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the chance of each role for a path of three actors, if groups were dealt at random."""
    n = len(groups)
    if n < 3:
        return np.zeros(5)
    size = np.bincount(groups).astype(float)
    triples = n * (n - 1.0) * (n - 2.0)
    alike = float((size * (size - 1) * (size - 2)).sum()) / triples
    two = float((size * (size - 1) * (n - size)).sum()) / triples
    return np.array([alike, two, two, two, 1 - alike - 3 * two])
