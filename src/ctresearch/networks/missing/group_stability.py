"""Do groups stay together when ties are missing: the share of pairs who do, with bands.

Two questions, kept apart as elsewhere in this room: how groups hold when what was seen is thinned further, and what
they may be once ties that went unseen are put in.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, generator, recorded_seed, streams
from ctresearch.core.result import Result
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.missing.deletion_bands import chances_to_miss, seen_actors
from ctresearch.networks.missing.missing_ties import completed
from ctresearch.networks.structure.leiden import engine, modularity, partition
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Missing = Literal["ties", "actors", "attention", "unseen"]
WHOLE = ("agreement", "groups", "together", "apart")
_METHODS = {
    "ties": "Groups with {share:.0%} of ties missing",
    "actors": "Groups with {share:.0%} of actors missing",
    "attention": "Groups with {share:.0%} of attention missing",
    "unseen": "Groups with {share:.0%} of ties unseen",
}
_TERMS = {
    "agreement": model("Agreement with the groups as seen", "adjusted Rand index"),
    "groups": model("Groups", "groups"),
    "together": model("Pairs of one group who stay together", headline=True),
    "apart": model("Pairs of two groups who stay apart"),
    "held": model("Pairs of the group who stay together"),
}
_KEYS = {"group": key("Group"), "actors": count("Actors of the group", "actors")}
ASSUMPTIONS = (
    "What is missing is like what is deleted, or put in, here; bands of deletion are no confidence intervals.",
    "Groups found in an incomplete network may be those of the investigation: who was watched from whose phone.",
    *CAVEATS,
)
LARGEST, BLOCKS, _CHUNK, _HOLDS, _RUNS = 1_000, 6, 10, 0.7, 20


def group_stability(
    network: CriminalNetwork | nx.Graph[Any],
    *,
    rate: float = 0.2,
    missing: Missing = "ties",
    resolution: float = 1.0,
    draws: int = 200,
    level: float = 0.95,
    seed: Seed = 0,
) -> Result:
    """Find groups again and again in networks with missing ties, and say which pairs stay together [1]_.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        What was seen, with at least one tie; directions and weights are left aside.
    rate : float
        Share that is deleted, or of existing ties that was not seen; above 0 and below 1.
    missing : {"ties", "actors", "attention", "unseen"}
        Delete ties at random, actors with their ties, or ties of those whom few watch, as in
        :func:`ctresearch.networks.missing.deletion_bands`; or put unseen ties in, from the block model of
        :func:`ctresearch.networks.missing.missing_ties`.
    resolution : float
        Of :func:`ctresearch.networks.structure.groups`.
    draws : int
        Networks.
    level : float
        Share of them inside the band.
    seed : int or SeedSequence
        Where chance comes from.

    Returns
    -------
    Result
        ``agreement`` (adjusted Rand index with the groups that were seen [2]_), number of ``groups``, share of pairs of
        one group still ``together`` and of pairs of two groups still ``apart``; and for each ``group``, from the
        largest, with its ``actors``: ``held``, the share of its pairs still together, NaN for one alone.

    Raises
    ------
    DataError
        If there are fewer than 5 actors.
    SpecificationError
        If an option is out of range, or there are more than 1,000 actors.
    FitError
        If there is no tie.

    References
    ----------
    .. [1] Borgatti, S. P., Carley, K. M. and Krackhardt, D. (2006). On the robustness of centrality measures under
       conditions of imperfect data. Social Networks 28, 124-136. https://doi.org/10.1016/j.socnet.2005.05.001
    .. [2] Hubert, L. and Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.
       https://doi.org/10.1007/BF01908075

    Examples
    --------
    >>> import networkx as nx
    >>> table = group_stability(nx.planted_partition_graph(3, 12, 0.7, 0.03, seed=1), rate=0.2, draws=40).estimates
    >>> print(f"{table.loc['together', 'estimate']:.0%} of pairs stay together with two ties in ten gone")
    100% of pairs stay together with two ties in ten gone
    """
    found = one_mode(network, "modularity", at_least=5)
    one_of("missing", missing, ("ties", "actors", "attention", "unseen"))
    share = in_range("rate", rate, 0, 1, open_ends=True)
    in_range("resolution", resolution, 0, open_ends=True)
    draws, level = whole_number("draws", draws, low=20), is_level(level)
    if len(found) > LARGEST:
        raise SpecificationError(
            f"the network has {len(found):,} actors, group_stability takes {LARGEST:,} at most: take a part"
        )
    seen = (found.undirected_adjacency.toarray() > 0).astype(np.uint8)
    if not seen.any():
        raise FitError(f"the network has {len(found)} actors and no tie: no group stands out")
    labels = _groups(seen, resolution, generator(seed), _RUNS)
    chunks = split(draws, _CHUNK)
    work = list(zip(chunks, streams(seed, len(chunks)), strict=True))
    parts = map_chunks(partial(_again, seen, labels, missing, share, resolution), work, progress="group stability")
    return Result(
        method=say(_METHODS[missing], share=share),
        estimates=_table(np.concatenate(parts), labels, level),
        n=len(found),
        smallest_group=smallest_of(np.bincount(labels)),
        level=level,
        interval="percentile of networks",
        checks=(*found.checks, _check(np.concatenate(parts)[:, 2])),
        assumptions=ASSUMPTIONS,
        references=references(group_stability),
        inputs=recorded(found, seed=recorded_seed(seed), packages=(engine(), "numba", "scikit-learn")),
        declaration=Declaration(_TERMS, keys=_KEYS),
    )


def _groups(seen: NDArray[np.uint8], resolution: float, rng: np.random.Generator, runs: int) -> Integers:
    """Take the division of highest modularity among some runs, groups in order of size."""
    from scipy.sparse import csr_array

    ties = csr_array(seen.astype(float))
    if ties.nnz == 0:
        return np.arange(len(seen))
    found = [partition(ties, resolution, int(rng.integers(2**31)), method=engine()) for _ in range(runs)]
    best = found[int(np.argmax([round(modularity(ties, one, resolution), 12) for one in found]))]
    order = np.argsort(-np.bincount(best), kind="stable")
    return np.asarray(np.argsort(order)[best], dtype=np.int64)


def _again(  # noqa: PLR0917
    seen: NDArray[np.uint8],
    labels: Integers,
    missing: Missing,
    rate: float,
    resolution: float,
    piece: tuple[range, np.random.Generator],
) -> Floats:
    """Find the groups of each network of a chunk and compare them with those seen, shape (draws, 4 + groups)."""
    draws, rng = piece
    rows = []
    for table, stays in _networks(seen, missing, rate, len(draws), rng):
        again = _groups(table[np.ix_(stays, stays)], resolution, rng, 3)
        rows.append(_compare(labels[stays], again, int(labels.max()) + 1))
    return np.array(rows)


def _networks(
    seen: NDArray[np.uint8], missing: Missing, rate: float, count: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    """Hand out networks with something deleted or put in, and the actors who are left."""
    n, everyone = len(seen), np.ones(len(seen), dtype=bool)
    if missing == "unseen":
        for table, _ in completed(seen, None, BLOCKS, rate, count, rng):
            yield table, everyone
        return
    pairs = np.argwhere(np.triu(seen, 1))
    for _ in range(count):
        if missing == "actors":
            yield seen, seen_actors(n, rate, rng)
            continue
        kept = pairs[rng.random(len(pairs)) >= chances_to_miss(pairs, seen.sum(axis=1).astype(float), rate, missing)]
        table = np.zeros_like(seen)
        table[kept[:, 0], kept[:, 1]] = table[kept[:, 1], kept[:, 0]] = 1
        yield table, everyone


def _compare(before: Integers, after: Integers, count: int) -> list[float]:
    """Compare two divisions of the same actors: the four figures of the whole, then the pairs held in each group."""
    from sklearn.metrics import adjusted_rand_score

    crossed = np.zeros((count, int(after.max()) + 1))
    np.add.at(crossed, (before, after), 1.0)
    size = crossed.sum(axis=1)
    pairs, still = size * (size - 1) / 2, (crossed * (crossed - 1) / 2).sum(axis=1)
    joined = crossed.sum(axis=0)
    every, met = len(before) * (len(before) - 1) / 2, float((joined * (joined - 1) / 2).sum())
    inside, outside = float(pairs.sum()), every - float(pairs.sum())
    together = float(still.sum()) / inside if inside else np.nan
    apart = 1 - (met - float(still.sum())) / outside if outside else np.nan
    held = np.divide(still, pairs, out=np.full(count, np.nan), where=pairs > 0)
    return [float(adjusted_rand_score(before, after)), float(len(joined)), together, apart, *held.tolist()]


def _table(values: Floats, labels: Integers, level: float) -> pd.DataFrame:
    """Lay means and quantiles out; NaN where a figure does not exist in most networks."""
    sizes = np.bincount(labels)
    terms = [*WHOLE, *["held"] * len(sizes)]
    rows = []
    for column in values.T:
        there = column[np.isfinite(column)]
        if len(there) <= len(column) / 2:
            rows.append((np.nan,) * 4)
        elif np.ptp(there) == 0:
            rows.append((float(there[0]), np.nan, np.nan, np.nan))
        else:
            low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2])
            rows.append((float(there.mean()), float(there.std(ddof=1)), float(low), float(high)))
    frame = pd.DataFrame(
        rows, columns=["estimate", "std_error", "ci_low", "ci_high"], index=pd.Index(terms, name="term")
    )
    frame["unit"] = [
        "adjusted Rand index",
        "groups",
        "share of pairs",
        "share of pairs",
        *["share of pairs"] * len(sizes),
    ]
    return frame.assign(
        group=["all"] * 4 + [f"group {i + 1}" for i in range(len(sizes))], actors=[len(labels)] * 4 + sizes.tolist()
    )


def _check(together: Floats) -> Check:
    """Say whether groups hold well enough to speak of them."""
    there = together[np.isfinite(together)]
    mean = float(there.mean()) if len(there) else 0.0
    message = say("On average {together:.0%} of the pairs of one group stay together.", together=mean)
    return Check("stability", "pass" if mean >= _HOLDS else "review", message, {"together": mean})
