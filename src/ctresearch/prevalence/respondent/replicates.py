"""Resampled respondent-driven samples: how often each person is in one, and who recruited whom by group.

Everything an estimator needs of a resample are these two tables, so any estimator takes any of the four ways.

References
----------
.. [1] Salganik, M. J. (2006). Variance estimation, design effects, and sample size calculations for respondent-driven
   sampling. Journal of Urban Health 83 (Suppl. 1), 98-112. https://doi.org/10.1007/s11524-006-9106-x
.. [2] Gile, K. J. (2011). Improved inference for respondent-driven sampling data with application to HIV prevalence
   estimation. Journal of the American Statistical Association 106, 135-146. https://doi.org/10.1198/jasa.2011.ap09475
.. [3] Baraff, A. J., McCormick, T. H. and Raftery, A. E. (2016). Estimating uncertainty in respondent-driven sampling
   using a tree bootstrap method. Proceedings of the National Academy of Sciences 113, 14668-14673.
   https://doi.org/10.1073/pnas.1617258113
.. [4] Yauck, M., Moodie, E. E. M., Apelian, H. et al. (2022). Neighborhood bootstrap for respondent-driven sampling.
   Journal of Survey Statistics and Methodology. https://doi.org/10.1093/jssam/smab057
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.core.errors import FitError
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, seed_sequence, streams
from ctresearch.prevalence.respondent.forest import waves_and_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

METHODS = ("salganik", "gile", "tree", "neighbourhood")
_CHUNK = 100  # resamples that one worker draws from one stream
# Recruitments of four rounds of 200 trials come within a hundredth of those observed on samples of a few hundred.
_ROUNDS, _TRIALS = 4, 200


class Forest(NamedTuple):
    """A recruitment forest of n people in G groups, as compiled code takes it.

    ``group`` (n,); ``seeds`` (S,) and ``recruiters`` (R,) are people; the recruits of person i are
    ``recruits[first[i]:first[i + 1]]``, with ``first`` (n + 1,); those who were recruited by group g are
    ``pool[pool_first[g]:pool_first[g + 1]]``; ``moves`` (G, G) counts recruitments from group to group. Of group g,
    those who could have recruited, being interviewed no later than the last who did, recruited
    ``numbers[numbers_first[g]:numbers_first[g + 1]]``.
    """

    group: Array
    seeds: Array
    recruiters: Array
    first: Array
    recruits: Array
    pool_first: Array
    pool: Array
    moves: Array
    numbers_first: Array
    numbers: Array


class Stock(NamedTuple):
    """An estimated population: ``degree`` and ``copies`` (n,) of each person of the sample.

    Copies are not necessarily whole, and both are 0 for people who are left out. ``mixing`` (G, G) is how a group's
    ties are shared among groups, up to one factor a row.
    """

    degree: Array
    copies: Array
    mixing: Array


@dataclass(frozen=True, slots=True)
class Replicates:
    """Of B resamples, how often each person is in one, ``times`` (B, n), and ``moves`` between groups (B, G, G)."""

    times: Array
    moves: Array


def build_forest(recruiter: Array, group: Array, groups: int, order: Array | None = None) -> Forest:
    """Lay a forest out for compiled code.

    Parameters
    ----------
    recruiter : numpy.ndarray
        Row of everybody's recruiter, shape (n,), -1 for a seed.
    group : numpy.ndarray
        Group of each person, shape (n,).
    groups : int
        How many groups there are.
    order : numpy.ndarray, optional
        Rows in the order of the interviews, shape (n,); by wave where it is not known.

    Returns
    -------
    Forest
        The forest.

    Examples
    --------
    >>> build_forest(np.array([-1, 0, 0]), np.array([0, 1, 0]), 2).moves.tolist()
    [[1.0, 1.0], [0.0, 0.0]]
    """
    people = np.arange(recruiter.size)
    recruited = people[recruiter >= 0]
    by = recruiter[recruited]
    ordered = recruited[np.argsort(by, kind="stable")]
    counts = np.bincount(by, minlength=recruiter.size)
    pooled = recruited[np.argsort(group[by], kind="stable")]
    moves = np.zeros((groups, groups))
    np.add.at(moves, (group[by], group[recruited]), 1.0)
    numbers_first, numbers = _recruits_by_group(recruiter, group, groups, order)
    return Forest(
        group=group.astype(np.int64),
        seeds=people[recruiter < 0],
        recruiters=np.flatnonzero(counts),
        first=np.concatenate([[0], np.cumsum(counts)]),
        recruits=ordered,
        pool_first=np.concatenate([[0], np.cumsum(np.bincount(group[by], minlength=groups))]),
        pool=pooled,
        moves=moves,
        numbers_first=numbers_first,
        numbers=numbers,
    )


def _recruits_by_group(recruiter: Array, group: Array, groups: int, order: Array | None) -> tuple[Array, Array]:
    """Return where each group starts and how many its members recruited, of those who had the time to."""
    if order is None:
        order = np.argsort(waves_and_trees(recruiter)[0], kind="stable")
    counts = np.bincount(recruiter[recruiter >= 0], minlength=recruiter.size)
    last = int(np.flatnonzero(counts[order])[-1])
    able = order[: last + 1]
    able = able[np.argsort(group[able], kind="stable")]
    return np.concatenate([[0], np.cumsum(np.bincount(group[able], minlength=groups))]), counts[able]


def resample(forest: Forest, method: str, count: int, seed: Seed, stock: Stock | None = None) -> Replicates:
    """Resample a forest.

    Parameters
    ----------
    forest : Forest
        The recruitment forest.
    method : {"salganik", "gile", "tree", "neighbourhood"}
        How: chains of as many steps as people, each step to somebody who was recruited by the group of the one before;
        samples drawn anew, without replacement, from an estimated population; seeds, and then recruits of each person
        drawn, with replacement down the trees; or recruiters with replacement, each with all their recruits.
    count : int
        Resamples.
    seed : int or numpy.random.SeedSequence
        Where the streams start.
    stock : Stock, optional
        The estimated population, for ``"gile"``.

    Returns
    -------
    Replicates
        The resamples, the same for any number of workers.

    Raises
    ------
    FitError
        If a chain could not go on, since a group recruited nobody.

    Examples
    --------
    >>> forest = build_forest(np.array([-1, 0, 0, 1, 2]), np.array([0, 1, 0, 0, 1]), 2)
    >>> resample(forest, "tree", 200, seed=1).times.shape
    (200, 5)
    """
    idle = np.flatnonzero(np.diff(forest.pool_first) == 0)
    if method == "salganik" and idle.size:
        raise FitError(
            f"{idle.size} of {len(forest.moves)} levels recruited nobody, so that Salganik's chains cannot go on from "
            "there: use bootstrap='tree', or join levels"
        )
    chunks = list(zip(split(count, _CHUNK), streams(seed, len(split(count, _CHUNK))), strict=True))
    parts = map_chunks(partial(_one_chunk, forest, method, stock), chunks, progress="Bootstrap of recruitment")
    return Replicates(np.concatenate([p.times for p in parts]), np.concatenate([p.moves for p in parts]))


def calibrated(forest: Forest, stock: Stock, seed: Seed) -> Stock:
    """Find the mixing of ties under which samples show, on average, the recruitments that were observed.

    Recruitments are observed while ties run out, and groups whose members know many run out first, so the recruitments
    are not yet the mixing.

    Parameters
    ----------
    forest : Forest
        The recruitment forest.
    stock : Stock
        The estimated population, with a mixing to start from.
    seed : int or numpy.random.SeedSequence
        Where the streams start.

    Returns
    -------
    Stock
        With the mixing.

    Examples
    --------
    >>> forest = build_forest(np.array([-1, 0, 0, 1, 2]), np.array([0, 1, 0, 0, 1]), 2)
    >>> stock = Stock(np.array([4.0, 2.0, 2.0, 8.0, 8.0]), np.full(5, 3.0), forest.moves)
    >>> calibrated(forest, stock, 1).mixing.shape
    (2, 2)
    """
    if len(forest.moves) == 1:
        return stock
    for child in seed_sequence(seed).spawn(_ROUNDS):
        shown = resample(forest, "gile", _TRIALS, child, stock).moves.mean(axis=0)
        # Half a recruitment on either side keeps a pair that trials happen not to show, and one never observed at 0.
        stock = stock._replace(mixing=stock.mixing * (forest.moves + 0.5) / (shown + 0.5))
    return stock


def _one_chunk(
    forest: Forest, method: str, stock: Stock | None, chunk: tuple[range, np.random.Generator]
) -> Replicates:
    """Draw the resamples of one chunk."""
    rows, rng = chunk
    times = np.zeros((len(rows), forest.group.size), dtype=np.int32)
    moves = np.zeros((len(rows), *forest.moves.shape))
    if method == "gile":
        assert stock is not None
        draw_stock(rng, forest, stock, times, moves)
    else:
        draw = {"salganik": draw_chains, "tree": draw_trees, "neighbourhood": draw_neighbourhoods}[method]
        draw(rng, forest, times, moves)
    return Replicates(times, moves)


@kernel
def draw_chains(rng: np.random.Generator, forest: Forest, times: Array, moves: Array) -> None:
    """Draw chains of as many people as there are, from a first one drawn at random."""
    people = forest.group.size
    for b in range(times.shape[0]):
        now = int(rng.random() * people)
        times[b, now] += 1
        for _ in range(people - 1):
            group = forest.group[now]
            start = forest.pool_first[group]
            now = forest.pool[start + int(rng.random() * (forest.pool_first[group + 1] - start))]
            times[b, now] += 1
            moves[b, group, forest.group[now]] += 1


@kernel
def draw_trees(rng: np.random.Generator, forest: Forest, times: Array, moves: Array) -> None:
    """Draw seeds, and recruits of everybody who is drawn, with replacement and as many as there were."""
    seeds = forest.seeds.size
    stack = np.empty(64, dtype=np.int64)
    for b in range(times.shape[0]):
        for _ in range(seeds):
            stack[0], height = forest.seeds[int(rng.random() * seeds)], 1
            while height > 0:
                height -= 1
                now = stack[height]
                times[b, now] += 1
                start, recruits = forest.first[now], forest.first[now + 1] - forest.first[now]
                while height + recruits > stack.size:
                    stack = np.concatenate((stack, stack))
                for _ in range(recruits):
                    drawn = forest.recruits[start + int(rng.random() * recruits)]
                    moves[b, forest.group[now], forest.group[drawn]] += 1
                    stack[height] = drawn
                    height += 1


@kernel
def draw_neighbourhoods(rng: np.random.Generator, forest: Forest, times: Array, moves: Array) -> None:
    """Draw recruiters with replacement, each with all their recruits, and seeds with replacement."""
    seeds, recruiters = forest.seeds.size, forest.recruiters.size
    for b in range(times.shape[0]):
        for _ in range(seeds):
            times[b, forest.seeds[int(rng.random() * seeds)]] += 1
        for _ in range(recruiters):
            now = forest.recruiters[int(rng.random() * recruiters)]
            for place in range(forest.first[now], forest.first[now + 1]):
                recruit = forest.recruits[place]
                times[b, recruit] += 1
                moves[b, forest.group[now], forest.group[recruit]] += 1


@kernel
def draw_stock(rng: np.random.Generator, forest: Forest, stock: Stock, times: Array, moves: Array) -> None:
    """Draw samples without replacement from an estimated population, along recruitments like those observed.

    Seeds, as many as were observed, are drawn by degree. Whoever is drawn recruits as many as somebody of their group
    who had the time to. The group of a recruit is drawn by how the ties of the recruiter's group mix and by the share
    of its own ties that is left, the person by degree among the copies left. Where recruitment dies out, somebody is
    drawn by degree.
    """
    people, groups = forest.group.size, forest.moves.shape[0]
    degree, copies = stock.degree, stock.copies
    wanted = int(np.sum(copies > 0))
    left = np.empty(people, dtype=np.int64)
    ties, whole = np.empty(groups), np.empty(groups)
    queue, chance = np.empty(people, dtype=np.int64), np.empty(groups)
    for b in range(times.shape[0]):
        _whole_copies(rng, copies, left)
        ties[:] = 0.0
        for i in range(people):
            ties[forest.group[i]] += left[i] * degree[i]
        copy_into(whole, ties)
        turn = 0
        for drawn in range(wanted):
            # Whoever is first in the queue and has recruits left to bring; nobody where all have brought theirs.
            source = -1
            if drawn >= forest.seeds.size:
                while turn < drawn and queue[turn] % (people + 1) == 0:
                    turn += 1
                if turn < drawn:
                    queue[turn] -= 1
                    source = queue[turn] // (people + 1)
            _group_chances(stock.mixing, source, ties, whole, chance)
            group = _draw_place(rng, chance)
            person = _draw_person(rng.random() * ties[group], forest.group == group, left, degree)
            left[person] -= 1
            ties[group] -= degree[person]
            times[b, person] += 1
            if source >= 0:
                moves[b, source, group] += 1
            start, able = forest.numbers_first[group], forest.numbers_first[group + 1] - forest.numbers_first[group]
            number = forest.numbers[start + int(rng.random() * able)] if able > 0 else 0
            queue[drawn] = group * (people + 1) + number


@kernel
def _whole_copies(rng: np.random.Generator, copies: Array, left: Array) -> None:
    """Round copies to whole people at random, so that their sum and their expectations stay."""
    passed = rng.random()
    for i in range(copies.size):
        after = passed + copies[i]
        left[i] = int(np.floor(after)) - int(np.floor(passed))
        passed = after


@kernel
def _group_chances(mixing: Array, source: int, ties: Array, whole: Array, chance: Array) -> None:
    """Fill in the chance of each group to be the next: by mixing, or by ties left where nobody recruits."""
    total = 0.0
    for g in range(ties.size):
        chance[g] = 0.0
        if ties[g] > 0.5:
            chance[g] = mixing[source, g] * ties[g] / whole[g] if source >= 0 else ties[g]
        total += chance[g]
    if total <= 0:
        for g in range(ties.size):
            chance[g] = max(ties[g], 0.0)


@kernel
def _draw_place(rng: np.random.Generator, chance: Array) -> int:
    """Draw a place by chances that need not add up to one."""
    left = rng.random() * chance.sum()
    place, last = 0, 0
    for place in range(chance.size):
        if chance[place] > 0:
            last = place
            left -= chance[place]
            if left < 0:
                break
    return last


@kernel
def _draw_person(target: float, member: Array, left: Array, degree: Array) -> int:
    """Return the member at whom the ties of the copies that are left add up to a target."""
    last = -1
    for i in range(member.size):
        if member[i] and left[i] > 0:
            last = i
            target -= left[i] * degree[i]
            if target < 0:
                break
    return last
