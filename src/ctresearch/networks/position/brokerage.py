"""Who stands between groups: the five brokerage roles of Gould and Fernandez, with what chance would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.validate import has_columns, one_of, whole_number
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON, things
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import ActorsResult, actor_index, sizes_check, undefined_check
from ctresearch.networks.evidence.square_table import refuse_too_large
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.brokerage_null import random_groups, random_ties

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.position.brokerage_null import RoleMoments

ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
_CHANCE = {
    "ties": "By chance every two actors are as likely to be tied.",
    "groups": "By chance every actor could have stood in any group.",
}
_METHODS = {
    "ties": "Brokerage of actors by {role}, against ties at random",
    "groups": "Brokerage of actors by {role}, against groups at random",
}
PATHS = {
    "coordinator": things("Open paths within one group", "open paths"),
    "itinerant": things("Open paths between two of one other group", "open paths"),
    "gatekeeper": things("Open paths into the own group", "open paths"),
    "representative": things("Open paths out of the own group", "open paths"),
    "liaison": things("Open paths between two other groups", "open paths"),
}
_CHANCES = {
    "expected": model("Open paths expected by chance", "open paths"),
    "std_dev": model("Standard deviation by chance", "open paths"),
    "z": model("Standard deviations from chance"),
    "p_value": model("p value"),
}
_COLUMNS = {
    "actor": ACTOR,
    "role": key("Role of the broker"),
    "group": key("Group"),
    "count": things("Open paths", "open paths"),
    **_CHANCES,
}


def brokerage(
    network: CriminalNetwork | nx.Graph[Any],
    role: str,
    *,
    null: Literal["ties", "groups"] = "ties",
    draws: int = 1000,
    seed: Seed = 0,
) -> ActorsResult:
    """Count how often each actor brokers between two others who are not tied [1]_.

    A broker stands in an open path a -> broker -> b without a -> b. By the groups of the three the broker is a
    *coordinator* (all of one group), an *itinerant* (a and b of one, the broker of another), a *gatekeeper* (a of
    another), a *representative* (b of another) or a *liaison* (three groups). Undirected paths are counted in both
    directions, so that gatekeeper and representative agree.

    The counts stand beside what chance would give: ties that fall at random with the density of the network, groups
    fixed (as in the paper, exact moments), or groups dealt at random to the actors, ties fixed.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    role : str
        Attribute that holds the group, such as the stage of the trafficking chain, role or country.
    null : {"ties", "groups"}
        What falls at random.
    draws : int
        Random assignments for ``"groups"``.
    seed : int or SeedSequence
        Of the assignments.

    Returns
    -------
    ActorsResult
        It reads like a table of one row an ``actor`` and brokerage ``role``: ``group``, ``count``, ``expected``,
        ``std_dev``, ``z`` (NaN where chance leaves no room) and, for ``"groups"``, ``p_value``: the share of
        assignments, the observed one included, with at least this count. Terms of its estimates are the five roles, one
        row an actor. Rows about people: not for release.

    Raises
    ------
    DataError
        If an actor has no group.

    References
    ----------
    .. [1] Gould, R. V. and Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126. https://doi.org/10.2307/270949

    Examples
    --------
    >>> import networkx as nx
    >>> path = nx.path_graph(3, create_using=nx.DiGraph)
    >>> nx.set_node_attributes(path, {0: "recruiter", 1: "driver", 2: "exploiter"}, "stage")
    >>> brokerage(path, "stage").query("count > 0")[["role", "count", "expected"]].round(3).to_numpy().tolist()
    [['liaison', 1, 0.148]]
    """
    one_of("null", null, ("ties", "groups"))
    whole_number("draws", draws, 1)
    found = one_mode(network, "brokerage", at_least=3)
    refuse_too_large("brokerage", len(found), 2)
    groups = actor_groups(found, role)
    codes, _ = pd.factorize(groups)
    paths = open_paths(found.adjacency)
    counts = count_roles(paths, codes)
    if null == "ties":
        density = found.adjacency.nnz / (len(found) * (len(found) - 1.0))
        chance = random_ties(codes, density, directed=found.directed)
    else:
        chance = random_groups(counts, codes, lambda dealt: count_roles(paths, dealt), draws, generator(seed))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(chance.std_dev > 0, (counts - chance.expected) / chance.std_dev, np.nan)
    table = _rows(found, groups, counts, chance, z)
    return ActorsResult(
        method=say(_METHODS[null], role=role),
        estimates=_estimates(table),
        table=table,
        n=len(found),
        smallest_group=ONE_PERSON,
        checks=(
            *found.checks,
            sizes_check("group", np.bincount(codes), of=role),
            undefined_check(say("scores z"), z),
        ),
        assumptions=(*CAVEATS, _CHANCE[null]),
        references=references(brokerage),
        inputs=recorded(found, seed=recorded_seed(seed) if null == "groups" else None),
        declaration=Declaration(PATHS, keys={"actor": ACTOR, **_CHANCES}, tables={"table": _COLUMNS}),
    )


def _rows(
    network: CriminalNetwork,
    groups: NDArray[np.object_],
    counts: NDArray[np.int64],
    chance: RoleMoments,
    z: NDArray[np.float64],
) -> pd.DataFrame:
    """Lay counts out beside what chance would give, one row an actor and role."""
    n = len(network)
    index = pd.Index(np.repeat(actor_index(network).to_numpy(), len(ROLES)), name="actor", tupleize_cols=False)
    columns = {
        "role": list(ROLES) * n,
        "group": np.repeat(groups, len(ROLES)),
        "count": counts.ravel(),
        "expected": chance.expected.ravel(),
        "std_dev": chance.std_dev.ravel(),
        "z": z.ravel(),
        "p_value": chance.tail.ravel(),
    }
    return pd.DataFrame(columns, index=index)


def _estimates(table: pd.DataFrame) -> pd.DataFrame:
    """Lay the counts out as estimates; counts of what was seen have no interval."""
    nan = {"std_error": np.nan, "ci_low": np.nan, "ci_high": np.nan}
    rows = pd.DataFrame({"estimate": table["count"].astype(float), **nan, "unit": "open paths"})
    rows = rows.assign(actor=table.index.to_numpy(), expected=table["expected"], z=table["z"])
    return rows.set_index(pd.Index(table["role"].to_numpy(), name="term", dtype="str"))


def open_paths(adjacency: csr_array) -> NDArray[np.int64]:
    """List the open paths of two steps.

    Parameters
    ----------
    adjacency : scipy.sparse.csr_array
        Ties, shape (actors, actors).

    Returns
    -------
    numpy.ndarray
        Start, broker and end of each path a -> broker -> b with a and b different and a -> b absent, shape (paths, 3).

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> import networkx as nx
    >>> open_paths(as_network(nx.path_graph(3)).adjacency).tolist()
    [[0, 1, 2], [2, 1, 0]]
    """
    tied = adjacency.toarray() > 0
    np.fill_diagonal(tied, True)
    incoming = adjacency.T.tocsr()
    blocks = [np.empty((0, 3), dtype=np.int64)]
    for broker in range(len(tied)):
        starts = incoming.indices[incoming.indptr[broker] : incoming.indptr[broker + 1]]
        ends = adjacency.indices[adjacency.indptr[broker] : adjacency.indptr[broker + 1]]
        a, b = np.nonzero(~tied[np.ix_(starts, ends)])
        blocks.append(np.column_stack([starts[a], np.full(len(a), broker), ends[b]]).astype(np.int64))
    return np.concatenate(blocks)


def count_roles(paths: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort open paths by the groups of the three.

    Parameters
    ----------
    paths : numpy.ndarray
        From :func:`open_paths`.
    groups : numpy.ndarray
        Group of each actor, shape (actors,).

    Returns
    -------
    numpy.ndarray
        Paths by broker and role, in the order of ``ROLES``, shape (actors, 5).

    Examples
    --------
    >>> count_roles(np.array([[0, 1, 2]]), np.array([0, 0, 1]))[1].tolist()
    [0, 0, 0, 1, 0]
    """
    start, middle, end = groups[paths.T]
    same_start, same_end, same_ends = start == middle, middle == end, start == end
    role = np.full(len(paths), 4)
    role[same_start & ~same_end] = 3
    role[~same_start & same_end] = 2
    role[same_ends & ~same_start] = 1
    role[same_start & same_end] = 0
    cells = np.bincount(paths[:, 1] * len(ROLES) + role, minlength=len(groups) * len(ROLES))
    return cells.reshape(len(groups), len(ROLES))


def actor_groups(network: CriminalNetwork, role: str) -> NDArray[np.object_]:
    """Return the group of every actor.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    role : str
        Attribute that holds the group.

    Returns
    -------
    numpy.ndarray
        Groups in the order of the actors, shape (actors,).

    Raises
    ------
    DataError
        If the attribute is missing, for all or for some, or groups differ in their spelling alone.

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> import networkx as nx
    >>> graph = nx.path_graph(2)
    >>> nx.set_node_attributes(graph, {0: "driver", 1: "guard"}, "role")
    >>> actor_groups(as_network(graph), "role").tolist()
    ['driver', 'guard']
    """
    actors = network.actors
    has_columns("actors", actors, [role])
    groups = actors[role]
    if groups.isna().any():
        raise DataError(
            f"{int(groups.isna().sum())} of {len(actors)} actors have no {role!r}: complete it or leave them out"
        )
    read_names(groups, role, cure="")
    return groups.to_numpy(dtype=object)
