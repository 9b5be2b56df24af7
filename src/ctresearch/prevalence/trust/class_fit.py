"""Two classes of people fitted to a table: a population that differs from others of the same table in its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# The likelihood is flat towards rare classes that are hardly seen: a few thousand rounds decide what can be told.
_ROUNDS, _CLOSE = 3000, 1e-10
# Chances are kept this far from 0 and 1, so that a class cannot lose all its people.
_EDGE = 1e-6
_CLEARLY = 1.5


@dataclass(frozen=True, slots=True)
class TwoClasses:
    """Two classes of people that were fitted to a table.

    ``chances`` of each pattern (2 ** lists,), the number of people, the ``deviance`` of the observed cells, and whether
    one class is clearly likelier to be on every list, so that it is people who differ and not lists that reach
    different people.
    """

    chances: Array
    population: float
    deviance: float
    ordered: bool


def fit_two_classes(counts: Array) -> TwoClasses:
    """Fit two classes of people, each with its own chance of being on each list, by the EM algorithm [1]_.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.

    Returns
    -------
    TwoClasses
        The population in which the model is true. It is found from one start, with one class three times as likely to
        be listed as the other.

    References
    ----------
    .. [1] Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
       algorithm. Journal of the Royal Statistical Society B 39, 1-38.

    Examples
    --------
    >>> from ctresearch.prevalence import Scenario
    >>> found = fit_two_classes(2000 * Scenario.named("heterogeneous").chances)
    >>> round(found.deviance, 1), found.ordered
    (0.0, True)
    """
    lists = len(counts).bit_length() - 1
    on = (np.arange(len(counts))[:, None] >> np.arange(lists) & 1).astype(np.float64)
    people, seen = np.append(0.0, counts[1:]).astype(np.float64), float(counts[1:].sum())
    chances = np.clip((people @ on) / (2 * seen), _EDGE, 0.3)
    share, each = np.array([0.3, 0.7]), np.clip(np.vstack([1.8 * chances, 0.6 * chances]), _EDGE, 1 - _EDGE)
    before = -np.inf
    for _ in range(_ROUNDS):
        cells = share[:, None] * np.exp(np.log(each) @ on.T + np.log1p(-each) @ (1 - on.T))
        whole = cells.sum(axis=0)
        height = float(people[1:] @ np.log(whole[1:] / (1 - whole[0])))
        if height - before < _CLOSE * seen:
            break
        before, filled = height, people.copy()
        filled[0] = seen * whole[0] / (1 - whole[0])
        held = cells / whole * filled
        share = held.sum(axis=1) / filled.sum()
        each = np.clip(held @ on / held.sum(axis=1, keepdims=True), _EDGE, 1 - _EDGE)
    population = seen / (1 - whole[0])
    some = people[1:] > 0
    fitted = population * whole[1:]
    deviance = 2 * float(people[1:][some] @ np.log(people[1:][some] / fitted[some]))
    high, low = each[np.argsort(-each.mean(axis=1))]
    return TwoClasses(whole / whole.sum(), population, max(deviance, 0.0), bool((high > _CLEARLY * low).all()))
