"""How sure an actor's rank is, when each tie is only as sure as its evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import recorded_seed, streams
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import ActorsResult, actor_index, by_row
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.position.centrality import KINDS, KINDS_SAID, actor_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

_CHUNK = 25
_TERMS = {
    "value": model("Centrality"),
    "rank": model("Rank", headline=True),
    "first": model("Share of draws in which the actor comes first"),
}
_COLUMNS = {
    "actor": ACTOR,
    **_TERMS,
    "rank_low": model("Rank, lower limit"),
    "rank_high": model("Rank, upper limit"),
}


def centrality_ranks(
    network: CriminalNetwork | nx.Graph[Any],
    kind: str = "degree",
    *,
    confidence: float | None = None,
    draws: int = 200,
    level: float = 0.95,
    seed: Seed = 0,
) -> ActorsResult:
    """Rank actors by a centrality, with the ranks that the doubt about each tie allows.

    In every draw each tie is kept with its confidence, and the actors are ranked anew. This is doubt about what was
    seen; for what was not, use :func:`ctresearch.networks.missing.missing_ties`.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network, with a confidence for each tie unless one is given here.
    kind : str
        As in :func:`ctresearch.networks.position.centrality`.
    confidence : float, optional
        Probability that a tie is real, for all ties alike.
    draws : int
        Networks drawn.
    level : float
        Share of the draws inside the interval of ranks.
    seed : int or SeedSequence
        Of the draws.

    Returns
    -------
    ActorsResult
        It reads like a table by ``actor``, the most central first: ``value``, ``rank`` (1 is the most central, equals
        share a mean rank), ``rank_low``, ``rank_high`` and ``first``, the share of draws in which nobody ranked above.
        Its estimates are the terms ``value``, ``rank`` (with limits, where a tie is in doubt) and ``first``, one row an
        actor. Rows about people: not for release.

    Raises
    ------
    SpecificationError
        If nobody said how sure the ties are, or an option is out of range.

    References
    ----------
    .. [1] Borgatti, S. P., Carley, K. M. and Krackhardt, D. (2006). On the robustness of centrality measures under
       conditions of imperfect data. Social Networks 28, 124-136. https://doi.org/10.1016/j.socnet.2005.05.001

    Examples
    --------
    >>> ranks = centrality_ranks(nx.star_graph(5), confidence=0.8, seed=1)
    >>> ranks.index[0], ranks.iloc[0]["rank_high"] < 2
    (0, np.True_)
    """
    one_of("kind", kind, KINDS)
    found = one_mode(network, "centrality")
    is_level(level)
    whole_number("draws", draws, 20)
    sure = tie_confidence(found, confidence)
    value = actor_values(found, kind)
    drawn = drawn_ranks(found, kind, sure, draws=draws, seed=seed)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    best = drawn.min(axis=1, keepdims=True)
    columns = {
        "value": value,
        "rank": ranks_of(value),
        "rank_low": low,
        "rank_high": high,
        "first": (drawn == best).mean(axis=0),
    }
    table = pd.DataFrame(columns, index=actor_index(found)).sort_values("rank", kind="stable")
    doubtful = bool((sure < 1).any())
    return ActorsResult(
        method=say("Ranks of actors by {kind}, ties kept with their confidence", kind=KINDS_SAID[kind]),
        estimates=_estimates(table, doubtful=doubtful),
        table=table,
        n=len(found),
        smallest_group=ONE_PERSON,
        level=level,
        interval="percentile of draws" if doubtful else "none",
        checks=(*found.checks, *modes_check(found), doubt_check(doubtful=doubtful)),
        assumptions=(*CAVEATS, "Each tie is real or not whatever the others are; none is missing."),
        references=references(centrality_ranks),
        inputs=recorded(found, seed=recorded_seed(seed)),
        declaration=Declaration(_TERMS, tables={"table": _COLUMNS}),
    )


def _estimates(table: pd.DataFrame, *, doubtful: bool) -> pd.DataFrame:
    """Lay the ranks out, with limits where a tie is in doubt."""
    rows = by_row(table, {"value": "", "rank": "rank", "first": "share of draws"})
    if doubtful:
        rows.loc["rank", ["ci_low", "ci_high"]] = table[["rank_low", "rank_high"]].to_numpy()
    return rows


def doubt_check(*, doubtful: bool) -> Check:
    """Say whether there is an interval."""
    stated = "Each tie was kept with its confidence." if doubtful else "Every tie was taken as certain: no interval."
    return Check("doubt", "pass" if doubtful else "review", stated)


def drawn_ranks(
    network: CriminalNetwork, kind: str, sure: NDArray[np.float64], *, draws: int, seed: Seed
) -> NDArray[np.float64]:
    """Rank the actors of networks in which each tie is kept with its confidence.

    Parameters
    ----------
    network : CriminalNetwork
        What was seen.
    kind : str
        As in :func:`ctresearch.networks.position.centrality`.
    sure : numpy.ndarray
        Confidence of each tie, shape (ties,).
    draws : int
        Networks drawn.
    seed : int or SeedSequence
        Of the draws.

    Returns
    -------
    numpy.ndarray
        Ranks, 1 for the most central, shape (draws, actors).

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> star = as_network(nx.star_graph(3))
    >>> drawn_ranks(star, "degree", np.ones(3), draws=1, seed=0).tolist()
    [[1.0, 3.0, 3.0, 3.0]]
    """

    def ranked(chunk: tuple[range, np.random.Generator]) -> NDArray[np.float64]:
        """Rank the actors of the networks of one chunk, shape (draws, actors)."""
        return np.stack(
            [ranks_of(actor_values(_kept(network, chunk[1].random(len(sure)) < sure), kind)) for _ in chunk[0]]
        )

    chunks = split(draws, _CHUNK)
    return np.concatenate(map_chunks(ranked, list(zip(chunks, streams(seed, len(chunks)), strict=True))))


def tie_confidence(network: CriminalNetwork, confidence: float | None) -> NDArray[np.float64]:
    """Give the confidence of each tie.

    Parameters
    ----------
    network : CriminalNetwork
        What was seen.
    confidence : float, optional
        One for all ties; by default that of their evidence.

    Returns
    -------
    numpy.ndarray
        Shape (ties,).

    Raises
    ------
    SpecificationError
        If neither is there, or it is out of range.

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> tie_confidence(as_network(nx.path_graph(3)), 0.9).tolist()
    [0.9, 0.9]
    """
    if confidence is not None:
        return np.full(len(network.edges_index), in_range("confidence", confidence, 0, 1))
    if "confidence" not in network.ties:
        raise SpecificationError(
            f"confidence == None and the {len(network.edges_index):,} ties carry none: name their column in "
            "from_edges(..., confidence='...') or give one"
        )
    return np.array([data["confidence"] for _, _, data in network.graph.edges(data=True)], dtype=float)


def _kept(network: CriminalNetwork, keep: NDArray[np.bool_]) -> CriminalNetwork:
    """Make the network of some of the ties, with all actors."""
    graph: nx.Graph[Any] = nx.DiGraph() if network.directed else nx.Graph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from(edge for edge, there in zip(network.graph.edges, keep.tolist(), strict=True) if there)
    return replace(network, graph=graph)


def ranks_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank from the highest down.

    Parameters
    ----------
    values : numpy.ndarray
        One an actor.

    Returns
    -------
    numpy.ndarray
        Ranks from 1; equals, and those without a value at the end, share a mean rank.

    Examples
    --------
    >>> ranks_of(np.array([2.0, 5.0, 2.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    from scipy.stats import rankdata

    # twelve digits: sums in another order must not part equals
    return np.asarray(rankdata(-np.nan_to_num(np.round(values, 12), nan=-np.inf)))
