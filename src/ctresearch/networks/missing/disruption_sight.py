"""One draw of a disruption by those who see part of a group, beside the same one under full sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ctresearch.networks.missing.block_sampler import seen_again
from ctresearch.networks.missing.deletion_bands import chances_to_miss, seen_actors
from ctresearch.networks.missing.missing_ties import closed_triples, completed
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.removal.disruption_run import Group, Plan, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Table = NDArray[np.uint8]

Missing = Literal["ties", "actors", "attention", "unseen"]
MISSING: tuple[Missing, ...] = ("ties", "actors", "attention", "unseen")
BLOCKS, _EVERY = 6, 5


class Pair(NamedTuple):
    """Runs of one chunk, shapes (draws, steps, 3) and (draws, removals): under part sight and under full sight.

    ``closed`` holds the triples that networks seen anew from the block model close, empty but for ``"unseen"``.
    """

    seen: Floats
    full: Floats
    seen_removed: Integers
    full_removed: Integers
    closed: Floats


def run_chunk(
    group: Group,
    plan: Plan,
    missing: Missing,
    rate: float,
    piece: tuple[range, np.random.Generator, np.random.Generator],
) -> Pair:
    """Do the draws of one chunk, twice each with the same chance: seeing a part, and seeing all.

    Parameters
    ----------
    group : Group
        The network that is given.
    plan : Plan
        What is done.
    missing : str
        What is not seen.
    rate : float
        Which share.
    piece : tuple
        The draws, the stream of the runs, and the stream of what is seen.

    Returns
    -------
    Pair
        The runs.

    Examples
    --------
    >>> none = np.full(3, -1)
    >>> path = np.array([[0, 1], [1, 2]])
    >>> group = Group(path, np.ones(2), np.ones(3, bool), np.zeros(3), none, none, -1, np.zeros((0, 0), np.int16))
    >>> plan = Plan(0, False, 1, 2, False, 1, -1, 0.0, 0, 0)
    >>> made = run_chunk(group, plan, "ties", 0.0, (range(2), np.random.default_rng(1), np.random.default_rng(2)))
    >>> bool((made.seen[:, :, 0] == made.full[:, :, 0]).all())
    True
    """
    draws, chance, sight = piece
    runs, closed = [], []
    for whole, hidden, known, again in _sights(group, plan, missing, rate, len(draws), sight):
        key = int(chance.integers(2**63))  # of this draw alone: the two runs may use different numbers of its numbers
        full = run(whole, plan, np.random.default_rng(key))
        part = run(whole._replace(hidden=hidden, may_go=whole.may_go & known), plan, np.random.default_rng(key))
        runs.append((part[0], full[0], part[1], full[1]))
        closed.extend(again)
    outcomes = [np.array([one[side] for one in runs]) for side in (0, 1)]
    removed = [np.array([one[side] for one in runs]) for side in (2, 3)]
    return Pair(outcomes[0], outcomes[1], removed[0], removed[1], np.array(closed))


def _sights(  # noqa: PLR0917
    group: Group, plan: Plan, missing: Missing, rate: float, count: int, rng: np.random.Generator
) -> Iterator[tuple[Group, Table, NDArray[np.bool_], list[float]]]:
    """Hand out whole networks, the pairs whose tie is hidden, the actors who are known, and triples closed anew."""
    n = len(group.may_go)
    everyone = np.ones(n, dtype=bool)
    if missing == "unseen":
        yield from _completed(group, plan, rate, count, rng)
        return
    degree = np.bincount(group.pairs.ravel(), minlength=n).astype(float)
    for _ in range(count):
        if missing == "actors":
            known = seen_actors(n, rate, rng)
            yield group, (~known[:, None] | ~known).astype(np.uint8), known, []
            continue
        gone = rng.random(len(group.pairs)) < chances_to_miss(group.pairs, degree, rate, missing)
        yield group, _mark(_later(n, plan, rate, rng), group.pairs, gone), everyone, []


def _completed(
    group: Group, plan: Plan, rate: float, count: int, rng: np.random.Generator
) -> Iterator[tuple[Group, Table, NDArray[np.bool_], list[float]]]:
    """Take what is given for what was seen, and put in ties that were not."""
    from scipy.sparse import csr_array

    n = len(group.may_go)
    given = _mark(np.zeros((n, n), np.uint8), group.pairs, np.ones(len(group.pairs), dtype=bool))
    own = np.random.default_rng(rng.bit_generator.seed_seq.spawn(1)[0])  # type: ignore[attr-defined]
    for draw, (table, block) in enumerate(completed(given, None, BLOCKS, rate, count, rng)):
        pairs = np.array(np.argwhere(np.triu(table, 1)), np.int64, order="C")  # as given: else compiled anew
        steps = distances(csr_array(table.astype(float))) if len(group.steps) else group.steps
        hidden = _mark(_later(n, plan, rate, own), pairs, given[pairs[:, 0], pairs[:, 1]] == 0)
        again = [closed_triples(seen_again(given, block, BLOCKS, own))] if draw % _EVERY == 0 else []
        yield (
            group._replace(pairs=pairs, weight=np.ones(len(pairs)), steps=steps),
            hidden,
            np.ones(n, dtype=bool),
            again,
        )


def _mark(table: Table, pairs: Integers, value: NDArray[np.bool_]) -> Table:
    """Write a value into both places of each pair."""
    table[pairs[:, 0], pairs[:, 1]] = table[pairs[:, 1], pairs[:, 0]] = value
    return table


def _later(n: int, plan: Plan, rate: float, rng: np.random.Generator) -> Table:
    """Draw which ties will not be seen if the group makes them later; none where it makes none."""
    hidden = np.zeros((n, n), np.uint8)
    if plan.rule >= 0:
        for row in range(1, n):  # row by row: a square of chances would take eight times the table
            hidden[row, :row] = rng.random(row) < rate
    return hidden | hidden.T
