"""Which groups do the brokering: the brokerage of a whole group, set against groups dealt out at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import is_level, whole_number
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import sizes_check
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.brokerage import PATHS, ROLES, actor_groups, count_roles, open_paths
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

_KEYS = {
    "group": key("Group"),
    "chance": model("Open paths expected by chance", "open paths"),
    "chance_low": model("Lower limit of chance", "open paths"),
    "chance_high": model("Upper limit of chance", "open paths"),
    "p_value": model("p value"),
    "actors": count("Actors of the group", "actors"),
}


def brokerage_by_group(
    network: CriminalNetwork | nx.Graph[Any], role: str, *, draws: int = 999, level: float = 0.95, seed: Seed = 0
) -> Result:
    """Count the brokerage of each group as a whole, and say what chance would give [1]_.

    The five roles are those of :func:`ctresearch.networks.position.brokerage`; here the counts of a group's actors are
    added up, so that nobody is named. Chance deals the groups to the actors at random and leaves every tie where it is:
    a group that stands out brokers more, or less, than its size and the shape of the network explain.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors.
    role : str
        Attribute that holds the group, such as the stage of the trafficking chain.
    draws : int
        Deals.
    level : float
        Share of the deals between ``chance_low`` and ``chance_high``.
    seed : int or SeedSequence
        Of the deals.

    Returns
    -------
    Result
        Terms are the five roles, one row a ``group``: ``estimate`` is the number of open paths brokered, beside
        ``chance`` (mean over the deals), ``chance_low``, ``chance_high``, ``p_value`` (two-sided: the share of deals as
        far from their mean, the data counted as one) and ``actors``. Counts of what was seen have no interval of their
        own.

    Raises
    ------
    DataError
        If an actor has no group, or there are fewer than three.
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Gould, R. V. and Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126. https://doi.org/10.2307/270949

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.star_graph(8)
    >>> nx.set_node_attributes(graph, {i: ("hub", "source", "market")[i and 1 + i % 2] for i in graph}, "stage")
    >>> table = brokerage_by_group(graph, "stage", draws=99).estimates
    >>> table[table["estimate"] > 0][["group", "estimate"]].reset_index().to_numpy().tolist()
    [['itinerant', 'hub', 24.0], ['liaison', 'hub', 32.0]]
    """
    whole_number("draws", draws, 19)
    is_level(level)
    found = one_mode(network, "brokerage", at_least=3)
    codes, names = pd.factorize(actor_groups(found, role), sort=True)
    paths, random = open_paths(found.adjacency), generator(seed)
    observed = group_counts(paths, codes)
    dealt = np.stack([group_counts(paths, random.permutation(codes)) for _ in range(draws)])
    mean = dealt.mean(axis=0)
    far = np.abs(dealt - mean) >= np.abs(observed - mean) - 1e-12
    low, high = np.quantile(dealt, [(1 - level) / 2, (1 + level) / 2], axis=0)
    chance = {"chance": mean, "chance_low": low, "chance_high": high, "p_value": (far.sum(axis=0) + 1) / (draws + 1)}
    sizes = np.bincount(codes)
    return Result(
        method=say("Brokerage of groups by {role}, against groups dealt at random", role=role),
        estimates=_table(names, sizes, observed, chance),
        n=len(found),
        smallest_group=smallest_of(sizes),
        level=level,
        checks=(
            *found.checks,
            sizes_check("group", sizes, of=role),
        ),
        assumptions=(*CAVEATS, "By chance every actor could have stood in any group."),
        references=references(brokerage_by_group),
        inputs=recorded(found, seed=recorded_seed(seed)),
        declaration=Declaration(PATHS, keys=_KEYS),
    )


def group_counts(paths: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up the roles of the actors of each group.

    Parameters
    ----------
    paths : numpy.ndarray
        Open paths: start, broker and end, shape (paths, 3).
    groups : numpy.ndarray
        Group of each actor from 0, shape (actors,).

    Returns
    -------
    numpy.ndarray
        Paths by group of the broker and role, shape (groups, 5).

    Examples
    --------
    >>> group_counts(np.array([[0, 1, 2]]), np.array([0, 0, 1])).tolist()
    [[0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    return np.eye(groups.max() + 1)[groups].T @ count_roles(paths, groups)


def _table(
    names: NDArray[Any], sizes: NDArray[np.int64], observed: NDArray[np.float64], chance: dict[str, NDArray[np.float64]]
) -> pd.DataFrame:
    """Lay the counts out, one row a role and group."""
    nan, parts = float("nan"), []
    for place, term in enumerate(ROLES):
        for group, name in enumerate(names):
            row = estimates_table({term: (float(observed[group, place]), nan, nan, nan)}, unit="open paths")
            beside = {column: float(values[group, place]) for column, values in chance.items()}
            parts.append(row.assign(group=str(name), **beside, actors=int(sizes[group])))
    return pd.concat(parts)
