"""How rankings hold when still more of the network goes unseen.

What was seen is thinned further, by a stated rate and in a stated way, and the rankings of the thinned network are set
against those of the whole. That says how sturdy a ranking is; it does not say what the unseen ties are, for which see
:func:`ctresearch.networks.missing.missing_ties`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.result import Result
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.simulated_centrality import MEASURES, six_centralities
from ctresearch.networks.removal.disruption_state import compressed, new_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Missing = Literal["ties", "actors", "attention"]
AGREEMENT = ("rank_correlation", "top_1", "top_3", "top_10_percent")
_TERMS = {
    "rank_correlation": model("Rank correlation with the network as seen", headline=True),
    "top_1": model("How often the first stays first"),
    "top_3": model("Share of the first three who stay among them"),
    "top_10_percent": model("Share of the first tenth who stay among them"),
}
_METHODS = {
    "ties": say("Robustness of centralities when ties go missing"),
    "actors": say("Robustness of centralities when actors go missing"),
    "attention": say("Robustness of centralities when attention goes missing"),
}
ASSUMPTIONS = (
    "What is missing is like what is deleted here: ties at random, actors at random, or ties of those whom few watch.",
    "The band is about further loss from the network that was seen; it is no confidence interval for the true ranking.",
    *CAVEATS,
)
_CHUNK = 25


def deletion_bands(
    network: CriminalNetwork | nx.Graph[Any],
    *,
    rates: Sequence[float] = (0.1, 0.2, 0.3),
    missing: Missing = "ties",
    draws: int = 500,
    level: float = 0.95,
    seed: Seed = 0,
) -> Result:
    """Delete part of a network many times and see how far its rankings hold.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        What was seen; directions and weights are left aside.
    rates : sequence of float
        Shares that are deleted, above 0 and below 1.
    missing : {"ties", "actors", "attention"}
        What is deleted: ties at random, actors with all their ties, or ties with a chance that falls with the number of
        ties of their two actors, as where police watch those whom they know best.
    draws : int
        Thinned networks for each rate.
    level : float
        Share of them inside the band.
    seed : int or numpy.random.SeedSequence
        Where chance comes from.

    Returns
    -------
    Result
        For each centrality (key ``measure``: degree, betweenness, harmonic, eigenvector, pagerank, coreness) and
        ``rate``: ``rank_correlation`` of the thinned with the seen ranking over the actors that are left (Spearman),
        and how often the first actor, and which share of the first three and of the first tenth, are still first.

    Raises
    ------
    DataError
        If there are fewer than 5 actors.
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Borgatti, S. P., Carley, K. M. and Krackhardt, D. (2006). On the robustness of centrality measures under
       conditions of imperfect data. Social Networks 28, 124-136. https://doi.org/10.1016/j.socnet.2005.05.001

    Examples
    --------
    >>> import networkx as nx
    >>> table = deletion_bands(nx.karate_club_graph(), rates=[0.3], draws=100).estimates
    >>> row = table[table["measure"] == "betweenness"].loc["top_1"]
    >>> print(f"with three ties in ten gone, the first broker is still first in {row['estimate']:.0%} of networks")
    with three ties in ten gone, the first broker is still first in 79% of networks
    """
    found = one_mode(network, "description", at_least=5)
    one_of("missing", missing, ("ties", "actors", "attention"))
    shares = [in_range("rates", rate, 0, 1, open_ends=True) for rate in rates]
    if not shares or len(set(shares)) < len(shares):
        raise SpecificationError(f"rates == {list(rates)}, must hold at least one rate and each of them once")
    draws, level = whole_number("draws", draws, low=2), is_level(level)
    pairs = np.unique(np.sort(found.edges_index, axis=1), axis=0).astype(np.int64)
    seen = _centralities(pairs, len(found))
    chunks = [(rate, chunk) for rate in shares for chunk in split(draws, _CHUNK)]
    work = [(*piece, rng) for piece, rng in zip(chunks, streams(seed, len(chunks)), strict=True)]
    parts = map_chunks(partial(_thinned, pairs, seen, missing), work, progress="deletion bands")
    values = np.concatenate(parts).reshape(len(shares), draws, len(MEASURES), len(AGREEMENT))
    return Result(
        method=_METHODS[missing],
        estimates=_bands(values, shares, level),
        n=len(found),
        smallest_group=len(found),
        level=level,
        interval="percentile of thinned networks",
        checks=(*found.checks, _check_ties(len(pairs), len(found))),
        assumptions=ASSUMPTIONS,
        references=references(deletion_bands),
        inputs=recorded(found, seed=recorded_seed(seed), packages=("numba",)),
        declaration=Declaration(_TERMS, keys={"measure": key("Centrality"), "rate": key("Share that goes missing")}),
    )


def _centralities(pairs: Integers, n: int) -> Floats:
    """Work the six centralities of a list of ties out."""
    starts, ends, _ = compressed(new_state(n, pairs, np.ones(len(pairs))))
    return six_centralities(starts, ends)


def _thinned(
    pairs: Integers, seen: Floats, missing: Missing, piece: tuple[float, range, np.random.Generator]
) -> Floats:
    """Thin the network once for each draw of a chunk and compare the rankings, shape (draws, measures, 4)."""
    rate, draws, rng = piece
    n = seen.shape[1]
    out = np.empty((len(draws), len(MEASURES), len(AGREEMENT)))
    for draw in range(len(draws)):
        stays = seen_actors(n, rate, rng) if missing == "actors" else np.ones(n, dtype=bool)
        if missing == "actors":
            kept = pairs[stays[pairs].all(axis=1)]
        else:
            kept = pairs[rng.random(len(pairs)) >= chances_to_miss(pairs, seen[0], rate, missing)]
        thin = _centralities(kept, n)
        for place in range(len(MEASURES)):
            out[draw, place] = _agreement(seen[place][stays], thin[place][stays])
    return out


def seen_actors(n: int, rate: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Leave a share of the actors out, by lot.

    Parameters
    ----------
    n : int
        Actors; at least three are left.
    rate : float
        Share that is not seen; at least one actor, unless it is 0.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    numpy.ndarray
        Who is seen, shape (N,).

    Examples
    --------
    >>> int(seen_actors(10, 0.3, np.random.default_rng(1)).sum())
    7
    """
    stays = np.ones(n, dtype=bool)
    if rate > 0:
        stays[rng.choice(n, size=min(n - 3, max(1, round(rate * n))), replace=False)] = False
    return stays


def chances_to_miss(pairs: Integers, degree: Floats, rate: float, missing: Missing) -> Floats:
    """Return the chance that each tie goes missing.

    Parameters
    ----------
    pairs : numpy.ndarray
        Ties, shape (ties, 2).
    degree : numpy.ndarray
        Ties of each actor, shape (actors,).
    rate : float
        Mean of the chances.
    missing : {"ties", "attention"}
        Equal chances, or chances that fall with the ties of the two actors.

    Returns
    -------
    numpy.ndarray
        Shape (ties,).

    Examples
    --------
    >>> pairs = np.array([[0, 1], [0, 2], [1, 2], [2, 3]])
    >>> chances_to_miss(pairs, np.array([2.0, 2.0, 3.0, 1.0]), 0.3, "attention").round(2).tolist()
    [0.33, 0.27, 0.27, 0.33]
    """
    if missing == "ties" or rate == 0 or not len(pairs):
        return np.full(len(pairs), rate)
    obscurity = 1.0 / degree[pairs].sum(axis=1)
    chance = rate * obscurity / obscurity.mean()
    for _ in range(50):  # what is cut off at 1 is spread over the others
        chance = np.minimum(chance * rate / chance.mean(), 1.0)
    return np.asarray(chance, dtype=float)


def _agreement(before: Floats, after: Floats) -> tuple[float, float, float, float]:
    """Compare two scores of the same actors: rank correlation, and overlap at the top; ties share their places."""
    ranks = [_ranks(values) for values in (before, after)]
    spread = ranks[0].std() * ranks[1].std()
    correlation = (
        float(np.mean((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())) / spread) if spread else np.nan
    )
    tops = [_overlap(before, after, size) for size in (1, 3, max(1, round(len(before) / 10)))]
    return correlation, tops[0], tops[1], tops[2]


def _ranks(values: Floats) -> Floats:
    """Rank values, equal ones by their mean place."""
    _, inverse, counts = np.unique(values.round(9), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], dtype=float)


def _overlap(before: Floats, after: Floats, size: int) -> float:
    """Say which share of the first ``size`` is still among them; equal ones at the edge count in part."""
    weights = [_membership(values.round(9), size) for values in (before, after)]
    return float(np.minimum(*weights).sum() / size)


def _membership(values: Floats, size: int) -> Floats:
    """Say how far each actor belongs to the first ``size``: 1, 0, or the share of places left for its equals."""
    edge = np.partition(values, -size)[-size]
    above, equal = values > edge, values == edge
    return np.where(above, 1.0, np.where(equal, (size - above.sum()) / equal.sum(), 0.0))


def _bands(values: Floats, rates: Sequence[float], level: float) -> pd.DataFrame:
    """Lay means and quantiles out by rate, measure and kind of agreement."""
    keys = [(term, measure, rate) for rate in rates for measure in MEASURES for term in AGREEMENT]
    flat = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
    exists = np.isfinite(flat).all(axis=0)
    varies = exists & (np.ptp(flat, axis=0) > 0)
    low, high = np.quantile(flat, [(1 - level) / 2, (1 + level) / 2], axis=0)
    frame = pd.DataFrame(keys, columns=["term", "measure", "rate"]).set_index("term")
    frame["estimate"] = np.where(exists, flat.mean(axis=0), np.nan)
    limits = zip(("std_error", "ci_low", "ci_high"), (flat.std(axis=0, ddof=1), low, high), strict=True)
    for column, limit in limits:
        frame[column] = np.where(varies, limit, np.nan)
    return frame.assign(unit="proportion")


def _check_ties(ties: int, actors: int) -> Check:
    """Say whether there is enough to thin."""
    if ties >= actors:
        return Check(
            "ties", "pass", say("{ties} ties among {actors} actors.", ties=ties, actors=actors), {"ties": ties}
        )
    message = say(
        "{ties} ties among {actors} actors: many actors are tied to one other or none, and rankings mean little.",
        ties=ties,
        actors=actors,
    )
    return Check("ties", "review" if ties else "fail", message, {"ties": ties}, voids=not ties)
