"""Draws of the table as it will be once every record has arrived.

Given who is on which lists, whether a record has arrived is a matter of the list and of the time since the case alone.
So a person seen on some lists may be on more of them, and some people are not seen on any yet. Both are drawn by data
augmentation: people by the pattern they truly have, given the shares of patterns; the shares, given the people.

References
----------
.. [1] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
   https://doi.org/10.1002/9780470316696
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.imperfect.delays import Delays
    from ctresearch.prevalence.lists.cells import Array

# Between two tables that are kept the chain forgets: what is missing is a small part of what is there.
FIRST_SWEEPS, SWEEPS = 60, 20


@dataclass(frozen=True, slots=True)
class Completion:
    """Completed tables.

    ``tables`` (draws, 2 ** lists) people by cell, those not seen yet among them; ``unseen`` (draws,) how many they are;
    ``mix`` (2 ** lists,) mean share of each pattern.
    """

    tables: Array
    unseen: Array
    mix: Array


def arrived_by_unit(shares: Sequence[Array], waited: Array) -> Array:
    """Return the share of each list's records that have arrived, by unit of the case.

    Parameters
    ----------
    shares : sequence of numpy.ndarray
        For each list, by delay, shape (D + 1,).
    waited : numpy.ndarray
        How many units lie between each unit and the cut, shape (units,).

    Returns
    -------
    numpy.ndarray
        Shape (units, lists).

    Examples
    --------
    >>> arrived_by_unit([np.array([0.4, 1.0])], np.array([2, 1, 0])).ravel().tolist()
    [1.0, 1.0, 0.4]
    """
    return np.stack([one[np.minimum(waited, one.size - 1)] for one in shares], axis=1)


def missing_chances(arrived: Array) -> Array:
    """Return the chance that exactly the records of a pattern are missing, by unit.

    Parameters
    ----------
    arrived : numpy.ndarray
        Shares arrived, shape (units, lists).

    Returns
    -------
    numpy.ndarray
        Product over the lists of a pattern of one minus the share arrived, shape (units, 2 ** lists).

    Examples
    --------
    >>> missing_chances(np.array([[0.5, 0.75]])).tolist()
    [[1.0, 0.5, 0.25, 0.125]]
    """
    units, lists = arrived.shape
    out = np.ones((units, 1 << lists))
    for place in range(lists):
        inside = (np.arange(1 << lists) >> place & 1).astype(bool)
        out[:, inside] *= 1.0 - arrived[:, [place]]
    return out


def complete_tables(
    seen: Array,
    waited: Array,
    delays: Sequence[Delays],
    draws: int,
    generator: np.random.Generator,
    *,
    constant: bool,
) -> Completion:
    """Draw completed tables.

    Parameters
    ----------
    seen : numpy.ndarray
        People by unit and cell as they came, shape (units, 2 ** lists).
    waited : numpy.ndarray
        How many units lie between each unit and the cut, shape (units,).
    delays : sequence of Delays
        Of each list.
    draws : int
        How many tables.
    generator : numpy.random.Generator
        Where the draws come from.
    constant : bool
        Whether all units share one mix of patterns.

    Returns
    -------
    Completion
        The tables.

    Examples
    --------
    >>> from ctresearch.prevalence.imperfect.delays import Delays
    >>> done = Delays(np.array([99.0]), np.array([99.0]))
    >>> seen = np.array([[0, 30, 40, 20]])
    >>> generator = np.random.default_rng(1)
    >>> complete_tables(seen, np.array([0]), [done, done], 2, generator, constant=True).tables[0].tolist()
    [0, 30, 40, 20]
    """
    units, cells = seen.shape
    unit, pattern = np.nonzero(seen)
    people = seen[unit, pattern]
    within = (pattern[:, None] & np.arange(cells)) == pattern[:, None]
    mix = np.full((1 if constant else units, cells - 1), 1.0 / (cells - 1))
    tables, unseen, mixes = np.zeros((draws, cells), dtype=np.int64), np.zeros(draws, dtype=np.int64), []
    for draw in range(draws):
        missing = missing_chances(arrived_by_unit([one.draw(generator) for one in delays], waited))
        lost = np.where(within, missing[unit[:, None], pattern[:, None] ^ np.arange(cells)], 0.0)
        for _ in range(SWEEPS if draw else FIRST_SWEEPS):
            truth, unseen[draw] = _fill(seen.sum(axis=1), people, unit, lost, missing, mix=mix, generator=generator)
            counted = truth.sum(axis=0, keepdims=True) if constant else truth
            gammas = generator.gamma(counted[:, 1:] + 1.0 / (cells - 1))
            mix = gammas / gammas.sum(axis=1, keepdims=True)
        tables[draw] = truth.sum(axis=0)
        mixes.append(mix.mean(axis=0))
    return Completion(tables, unseen, np.append(0.0, np.mean(mixes, axis=0)))


def _fill(
    seen: Array,
    people: Array,
    unit: Array,
    lost: Array,
    missing: Array,
    *,
    mix: Array,
    generator: np.random.Generator,
) -> tuple[Array, int]:
    """Draw people by unit and true cell, and how many of them are not seen yet, given the mix of patterns."""
    units, cells = missing.shape
    full = np.concatenate([np.zeros((len(mix), 1)), mix], axis=1)
    by_unit = np.broadcast_to(full, (units, cells))
    weights = lost * by_unit[unit]
    truth = np.zeros((units, cells), dtype=np.int64)
    np.add.at(truth, unit, generator.multinomial(people, weights / weights.sum(axis=1, keepdims=True)))
    hidden = missing * by_unit
    chance = np.minimum(hidden.sum(axis=1), 1.0 - 1e-9)
    waiting = np.where(seen > 0, generator.negative_binomial(np.maximum(seen, 1), 1.0 - chance), 0)
    waiting = np.where(chance > 0, waiting, 0)
    total = hidden.sum(axis=1, keepdims=True)
    truth += generator.multinomial(waiting, np.divide(hidden, total, out=by_unit.copy(), where=total > 0))
    return truth, int(waiting.sum())
