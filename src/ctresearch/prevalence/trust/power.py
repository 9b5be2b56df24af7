"""What a table of this size could show: how often its scores would find people who differ, and lists that repel.

Tables are drawn from populations with lists of the sizes at hand in which that is so, and scored as the table is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.trust.pair_scores import independent_population, scores_of_tables

if TYPE_CHECKING:
    from ctresearch.core.random import Seed
    from ctresearch.prevalence.lists.cells import Array

TABLES = 200
"""Tables drawn: a power near .8 has a Monte Carlo error of .03; of more than 12 lists a quarter of them."""
_MANY = 12
SOFT = 0.84
"""A common score above this is a sign that people differ; one table in five of people who are alike has it."""
REPEL_LEVEL = 0.1
"""One table in ten of independent lists has a pair whose score is below the bound for repulsion."""
CLEAR, MILD = (0.2, 6.0), (0.5, 3.0)
"""Share of the people who are likelier to be listed, and how many times: what the room's scenario has, and less."""
REPULSION = 5.0
"""By how much the odds of being on a second list are divided, as in the room's scenario of lists that repel."""
_SURE = 0.98
ENOUGH_POWER = 0.8
"""A common bar for a test that may be relied on."""


@dataclass(frozen=True, slots=True)
class Power:
    """Share of simulated tables in which a score is beyond its bound, by what is true in the population.

    ``hidden`` is the median error of the estimate for independent lists under the milder difference, as a share.
    """

    clear: float
    mild: float
    repulsion: float
    hidden: float

    @property
    def shows(self) -> bool:
        """Whether clear differences between people and lists that repel would both be seen."""
        return min(self.clear, self.repulsion) >= ENOUGH_POWER


def repel_bound(pairs: int) -> float:
    """Return the score below which a pair of lists is said to repel.

    Parameters
    ----------
    pairs : int
        Pairs of the table.

    Returns
    -------
    float
        A negative number.

    Examples
    --------
    >>> round(repel_bound(6), 2)
    -2.13
    """
    from scipy.special import ndtri

    return float(ndtri(REPEL_LEVEL / pairs))


def power_of(sizes: Array, people: float, seed: Seed) -> Power:
    """Work out what a table of this size could show.

    Parameters
    ----------
    sizes : numpy.ndarray
        People on each list, shape (lists,), at least three.
    people : float
        People on at least one list.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Returns
    -------
    Power
        All zero where no two lists overlap.

    Examples
    --------
    >>> power_of(np.array([160.0, 240, 320, 400]), 912.0, 0).clear > 0.8
    True
    """
    total = float(independent_population(sizes[None], np.array([people]))[0])
    if not np.isfinite(total):
        return Power(0.0, 0.0, 0.0, np.nan)
    draws = np.random.default_rng(seed)
    clear, _ = _differences(sizes, people, *CLEAR, draws)
    mild, hidden = _differences(sizes, people, *MILD, draws)
    return Power(clear, mild, _repulsion(sizes / total, total, draws), hidden)


def two_classes(sizes: Array, people: float, share: float, times: float) -> tuple[Array, float]:
    """Return the population of two classes of people that gives lists of these sizes.

    Parameters
    ----------
    sizes : numpy.ndarray
        People on each list, shape (lists,).
    people : float
        People on at least one list.
    share, times : float
        Share of the likelier people, and how many times as likely they are to be on each list.

    Returns
    -------
    tuple
        Chance of each pattern, shape (2 ** lists,), and the number of people.

    Examples
    --------
    >>> chances, total = two_classes(np.array([80.0, 60.0]), 120.0, 0.5, 3.0)
    >>> round(total * (1 - chances[0])), total > 240
    (120, True)
    """
    low = 1 / (1 - share + share * times)

    def chances_at(total: float) -> Array:
        chances = sizes / total
        likelier = np.minimum(times * low * chances, _SURE)
        return share * independent_chances(likelier) + (1 - share) * independent_chances(low * chances)

    under, over = people, 1e3 * people * len(sizes)
    for _ in range(100):  # halves down to rounding
        middle = (under + over) / 2
        under, over = (middle, over) if middle * (1 - chances_at(middle)[0]) < people else (under, middle)
    return chances_at(over), over


def independent_chances(chances: Array) -> Array:
    """Return the chance of each pattern where lists are independent.

    Parameters
    ----------
    chances : numpy.ndarray
        Chance of being on each list, shape (lists,).

    Returns
    -------
    numpy.ndarray
        Shape (2 ** lists,).

    Examples
    --------
    >>> independent_chances(np.array([0.5, 0.2])).round(2).tolist()
    [0.4, 0.4, 0.1, 0.1]
    """
    found = np.ones(1)
    for one in chances:
        found = np.concatenate([found * (1 - one), found * one])
    return found


def _differences(
    sizes: Array, people: float, share: float, times: float, draws: np.random.Generator
) -> tuple[float, float]:
    """Return how often a difference between people is seen, and the median error where independence is assumed."""
    chances, total = two_classes(sizes, people, share, times)
    scored = scores_of_tables(_tables(chances, total, _number(len(sizes)), draws))
    errors = scored.population[np.isfinite(scored.population)] / total - 1
    return float(np.mean(scored.common > SOFT)), float(np.median(errors)) if len(errors) else np.nan


def _repulsion(chances: Array, total: float, draws: np.random.Generator) -> float:
    """Return how often a pair that repels is seen, each pair in turn."""
    lists = len(chances)
    first, second = np.triu_indices(lists, 1)
    on = np.arange(1 << lists)[:, None] >> np.arange(lists) & 1
    number = _number(lists)
    seen, each = [], -(-number // len(first))
    for place in range(min(len(first), number)):
        both = on[:, first[place]] & on[:, second[place]] == 1
        bent = independent_chances(chances) * np.where(both, 1 / REPULSION, 1.0)
        scored = scores_of_tables(_tables(bent / bent.sum(), total, each, draws))
        seen.append(np.mean(np.fmin.reduce(scored.pairs, axis=1) < repel_bound(len(first))))
    return float(np.mean(seen))


def _number(lists: int) -> int:
    """Return how many tables are drawn."""
    return TABLES if lists <= _MANY else TABLES // 4


def _tables(chances: Array, total: float, number: int, draws: np.random.Generator) -> Array:
    """Draw tables of a population, shape (tables, 2 ** lists)."""
    return draws.multinomial(round(total), chances, size=number).astype(np.float64)
