"""Randomisation inference: how the effect would be spread, had the clusters been drawn otherwise.

The design that was used gives the distribution of the estimate under the sharp null that the programme changes no
person's outcome by anything but a constant [1]_. It holds with any number of clusters.

References
----------
.. [1] Rosenbaum, P. R. (2002). Covariance adjustment in randomized experiments and observational studies. Statistical
   Science 17, 286-327.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import Seed, generator
from ctresearch.stats.regression.generalized_linear import Floats, inverse_information

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.regression.influence import Integers

# an allocation that gives the same effect counts as reached, though sums in another order round differently
_EQUAL = 1e-9
# allocations at a time: enough to make products of matrices fast, few enough to fit into memory
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class RandomisationTest:
    """The effect under every draw of the design, or many.

    Parameters
    ----------
    effects : tuple of numpy.ndarray
        Effect under each draw, of the outcome and of the treatment that was given, shape (draws,) each.
    estimate : float
        Effect under the draw that happened.
    every : bool
        Whether the draws are all there are.

    Examples
    --------
    >>> RandomisationTest((np.array([1.0, -1.0]), np.array([1.0, -1.0])), 1.0, True).p_value()
    1.0
    """

    effects: tuple[Floats, Floats]
    estimate: float
    every: bool

    def p_value(self, effect: float = 0.0) -> float:
        """Test whether the effect is a given one for everybody.

        Parameters
        ----------
        effect : float
            The value under test.

        Returns
        -------
        float
            Share of the draws at least as far from 0 as the observed one.

        Examples
        --------
        >>> RandomisationTest((np.array([3.0, 1, -1, -3]), np.array([1.0, 0, 0, -1])), 3.0, True).p_value()
        0.5
        """
        observed = abs(self.estimate - effect)
        drawn = np.abs(self.effects[0] - effect * self.effects[1])
        reached = int((drawn >= observed - _EQUAL * (1 + abs(observed))).sum())
        return reached / len(drawn) if self.every else (reached + 1) / (len(drawn) + 1)


def randomisation_test(table: TrialTable, residual: Floats, *, draws: int = 1999, seed: Seed = 0) -> RandomisationTest:
    """Draw the trial again and again as it was randomised: whole schedules change places within strata.

    Parameters
    ----------
    table : TrialTable
        The trial.
    residual : numpy.ndarray
        Outcome less what the model without the programme says, shape (rows,).
    draws : int
        Random draws, where there are more allocations than twice that.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    RandomisationTest
        The test.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.programmes.trials.trial_table import read_trial
    >>> frame = pd.DataFrame({"v": list("aabbccdd"), "arm": [0] * 4 + [1] * 4, "y": [1.0, 2, 3, 4, 9, 8, 9, 8]})
    >>> table = read_trial(frame, outcome="y", treatment="arm", cluster="v")
    >>> test = randomisation_test(table, table.outcome - table.outcome.mean())
    >>> test.every, round(test.p_value(), 4)
    (True, 0.3333)
    """
    kinds, start = np.unique(np.nan_to_num(table.schedule, nan=-1.0), axis=0, return_inverse=True)
    start = np.asarray(start).reshape(-1)
    full = _full_schedules(table, start, len(kinds))
    allocations, every = _allocations(start, table.strata, draws, seed)
    cells = _Cells.of(table)
    effects = []
    for values in (residual, _without_base(table, table.treatment)):
        sums = cells.total(values)
        effects.append(np.concatenate([cells.effect(full[part], sums) for part in _batches(allocations)]))
    observed = float(cells.effect(full[start[None]], cells.total(residual))[0])
    return RandomisationTest((effects[0], effects[1]), observed, every)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Sums by cluster and period."""

    sizes: Floats
    base: Floats
    bread: Floats
    cell: Integers

    @classmethod
    def of(cls, table: TrialTable) -> _Cells:
        """Add the rows up."""
        periods = int(table.periods.max()) + 1
        cell = table.clusters * periods + table.periods
        count = len(table.cluster_names) * periods
        base = np.zeros((count, table.base.shape[1]))
        np.add.at(base, cell, table.base)
        sizes = np.bincount(cell, minlength=count).astype(float)
        return cls(sizes, base, inverse_information(table.base.T @ table.base, table.words), cell)

    def total(self, values: Floats) -> Floats:
        """Add values of rows up by cell."""
        return np.asarray(np.bincount(self.cell, values, minlength=len(self.sizes)), dtype=float)

    def effect(self, schedules: Floats, sums: Floats) -> Floats:
        """Return the least-squares effect under some schedules, draws by clusters by periods."""
        treated = schedules.reshape(len(schedules), -1)
        on_base = treated @ self.base
        spread = treated**2 @ self.sizes - np.einsum("di,ij,dj->d", on_base, self.bread, on_base)
        return np.asarray(treated @ sums / np.where(spread > _EQUAL, spread, np.nan), dtype=float)


def _full_schedules(table: TrialTable, start: Integers, kinds: int) -> Floats:
    """Return each kind of schedule without gaps: a cluster not observed counts as what the last seen period said."""
    schedule = table.schedule
    held = np.zeros((kinds, schedule.shape[1]))
    for kind in range(kinds):
        line = schedule[np.flatnonzero(start == kind)[0]]
        last = 0.0
        for t, value in enumerate(line):
            last = last if np.isnan(value) else float(value)
            held[kind, t] = last
    return held


def _without_base(table: TrialTable, values: Floats) -> Floats:
    """Take the columns of the base out of some values."""
    bread = inverse_information(table.base.T @ table.base, table.words)
    return np.asarray(values - table.base @ (bread @ (table.base.T @ values)), dtype=float)


def _allocations(start: Integers, strata: Integers, draws: int, seed: Seed) -> tuple[Integers, bool]:
    """Return allocations of schedules to clusters: all of them where they are few, else random ones."""
    groups = [np.flatnonzero(strata == s) for s in range(int(strata.max()) + 1)]
    if prod(_ways(start[group]) for group in groups) <= 2 * draws:
        whole = np.tile(start, (1, 1))
        rows = []
        for parts in product(*(list(_arrangements(start[group])) for group in groups)):
            one = whole[0].copy()
            for group, part in zip(groups, parts, strict=True):
                one[group] = part
            rows.append(one)
        return np.array(rows), True
    rng = generator(seed)
    drawn = np.tile(start, (draws, 1))
    for group in groups:
        order = np.argsort(rng.random((draws, len(group))), axis=1)
        drawn[:, group] = start[group][order]
    return drawn, False


def _ways(kinds: Integers) -> int:
    """Count the different orders of some labels."""
    left, ways = len(kinds), 1
    for count in np.unique(kinds, return_counts=True)[1]:
        ways *= comb(left, int(count))
        left -= int(count)
    return ways


def _arrangements(kinds: Integers) -> Iterator[Integers]:
    """Go through the different orders of some labels."""
    labels, counts = np.unique(kinds, return_counts=True)

    def place(free: tuple[int, ...], which: int) -> Iterator[dict[int, int]]:
        if which == len(labels):
            yield {}
            return
        for chosen in combinations(free, int(counts[which])):
            rest = tuple(f for f in free if f not in chosen)
            for further in place(rest, which + 1):
                yield dict.fromkeys(chosen, int(labels[which])) | further

    for found in place(tuple(range(len(kinds))), 0):
        yield np.array([found[i] for i in range(len(kinds))])


def _batches(allocations: Integers) -> Iterator[Integers]:
    """Cut draws into batches that fit into memory."""
    for start in range(0, len(allocations), _BATCH):
        yield allocations[start : start + _BATCH]
