"""What one chain of the latent-class model holds, and the sums that its steps share.

People fall into K classes. Class k has weight ``weight[k]``, and a person of it is on list j with odds ``odds[k, j]``,
whatever other lists hold that person. ``cell[m, k]`` is the chance of pattern m and class k together, ``total[m]`` its
sum over classes and ``base[k]`` the chance of class k and no list: all that the likelihood needs, kept up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.prevalence.lists.cells import Array, members, set_size

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.histories import CaptureHistories

# Next to the smallest number of double precision: weights below have no logarithm to trust.
_TINY = 1e-290


class Patterns(NamedTuple):
    """The M observed patterns of J lists: ``members`` (M, J) of lists, ``sizes`` (M,), and people ``counts`` (M,)."""

    members: Array
    sizes: Array
    counts: Array


class Prior(NamedTuple):
    """Gamma distribution of the concentration: ``shape`` and ``rate``."""

    shape: float
    rate: float


class State(NamedTuple):
    """Parameters and sums of a chain: see the module.

    ``weight``, ``log_weight``, ``base`` (K,); ``odds`` and ``miss``, the chance to be off a list, (K, J); ``cell``
    (M, K); ``total`` (M,); ``scalars`` (2,) holds the concentration and the chance of being on no list.
    """

    weight: Array
    log_weight: Array
    odds: Array
    miss: Array
    base: Array
    cell: Array
    total: Array
    scalars: Array


class Work(NamedTuple):
    """Memory of a step: ``on`` (K, J) people by class and list; ``size``, ``share``, ``new`` (K,); ``trial`` (J,)."""

    on: Array
    size: Array
    share: Array
    new: Array
    trial: Array


def observed_patterns(table: CaptureHistories) -> Patterns:
    """Return the patterns of a table in the form that chains take.

    Parameters
    ----------
    table : CaptureHistories
        The lists.

    Returns
    -------
    Patterns
        One row a pattern that somebody has.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> observed_patterns(CaptureHistories.from_published("korea")).sizes.tolist()
    [1, 1, 1, 2, 2, 3]
    """
    lists = len(table.lists)
    held = np.zeros((len(table.patterns), lists), dtype=np.int64)
    for row, pattern in zip(held, table.patterns, strict=True):
        found = members(int(pattern))
        row[: len(found)] = found
    return Patterns(held, set_size(table.patterns), table.frequencies.astype(np.int64))


def start(patterns: Patterns, classes: int, rng: np.random.Generator) -> State:
    """Draw where a chain starts: equal weights, and chances from near none to twice the share of each list.

    Parameters
    ----------
    patterns : Patterns
        The table.
    classes : int
        Number of classes.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    State
        Parameters and their sums.

    Examples
    --------
    >>> patterns = Patterns(np.array([[0, 0], [1, 0]]), np.array([1, 1]), np.array([5, 3]))
    >>> round(float(start(patterns, 2, np.random.default_rng(1)).weight.sum()), 6)
    1.0
    """
    rows, lists = patterns.members.shape
    listed = np.zeros(lists)
    for held, size, count in zip(*patterns, strict=True):
        listed[held[:size]] += count
    chance = np.clip(listed / patterns.counts.sum() * rng.uniform(0.05, 1.0, (classes, lists)), 1e-6, 1 - 1e-6)
    weight = np.full(classes, 1 / classes)
    state = State(
        weight,
        np.log(weight),
        chance / (1 - chance),
        1 - chance,
        np.empty(classes),
        np.empty((rows, classes)),
        np.empty(rows),
        np.ones(2),
    )
    fill_cells(patterns, state)
    return state


@kernel
def workspace(classes: int, lists: int) -> Work:
    """Allocate the memory of the steps."""
    return Work(
        np.zeros((classes, lists)), np.zeros(classes), np.zeros(classes, np.int64), np.zeros(classes), np.zeros(lists)
    )


@kernel
def fill_cells(patterns: Patterns, state: State) -> None:
    """Work all sums out from weights and chances."""
    nowhere = 0.0
    classes, lists = state.odds.shape
    for k in range(classes):
        product = state.weight[k]
        for j in range(lists):
            product *= state.miss[k, j]
        state.base[k] = product
        nowhere += product
    state.scalars[1] = nowhere
    for m in range(patterns.counts.size):
        total = 0.0
        for k in range(classes):
            product = state.base[k]
            for s in range(patterns.sizes[m]):
                product *= state.odds[k, patterns.members[m, s]]
            state.cell[m, k] = product
            total += product
        state.total[m] = total


@kernel
def prior_change(weight: Array, new: Array, log_last: float, concentration: float) -> float:
    """Return how the log prior of the weights changes; minus infinity where numbers are too small to tell.

    The stick-breaking prior is the last weight to the power of the concentration less one, over the product of what
    is left of the stick before each class from the second to the last but one. ``log_last`` is the change of the
    logarithm of the last weight.
    """
    change = (concentration - 1) * log_last
    old_left, new_left = 0.0, 0.0
    for k in range(weight.size - 1, 0, -1):
        old_left += weight[k]
        new_left += new[k]
        if k < weight.size - 1:
            if old_left < _TINY or new_left < _TINY:
                return -np.inf
            change -= np.log(new_left / old_left)
    return change
