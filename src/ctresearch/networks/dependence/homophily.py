"""Do actors deal with their like: mixing by role, stage or country."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import whole_number
from ctresearch.networks.evidence.declared import of_group
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import sizes_check
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.brokerage import actor_groups

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

_TERMS = {
    "assortativity": of_group("Mixing with their like", headline=True),
    "ei_index": of_group("Ties between groups less those within, as a share"),
    "same_share": of_group("Ties within groups, as a share"),
}


def homophily(network: CriminalNetwork | nx.Graph[Any], attribute: str, *, draws: int = 999, seed: Seed = 0) -> Result:
    """Measure how far ties join actors who share an attribute.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        With at least one tie.
    attribute : str
        Such as role, stage or country; known for every actor.
    draws : int
        Times that the attribute is dealt to the actors at random, for the p values.
    seed : int or SeedSequence
        Of the dealing.

    Returns
    -------
    Result
        Terms ``assortativity`` [1]_ (1: like with like only; 0: as the activity of the groups gives), ``ei_index`` [2]_
        (ties outside less ties inside, over all) and ``same_share`` (ties inside over all), each with a two-sided
        ``p_value`` under random dealing: the share of deals as far from their mean, the data counted as one.

    Raises
    ------
    DataError
        If the attribute is missing for someone.
    FitError
        If there is no tie, or all actors share one value.

    References
    ----------
    .. [1] Newman, M. E. J. (2003). Mixing patterns in networks. Physical Review E 67, 026126.
       https://doi.org/10.1103/PhysRevE.67.026126
    .. [2] Krackhardt, D. and Stern, R. N. (1988). Informal networks and organizational crises: an experimental
       simulation. Social Psychology Quarterly 51, 123-140. https://doi.org/10.2307/2786835

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.planted_partition_graph(2, 15, 0.5, 0.1, seed=2)
    >>> nx.set_node_attributes(graph, {i: "abroad" if i < 15 else "at home" for i in graph}, "country")
    >>> result = homophily(graph, "country")
    >>> mixing = result.estimates.loc["assortativity"]
    >>> round(float(mixing["estimate"]), 2), mixing["p_value"]
    (0.77, np.float64(0.001))
    """
    whole_number("draws", draws, 19)
    found = one_mode(network, "homophily")
    codes, values = pd.factorize(actor_groups(found, attribute))
    edges = found.edges_index
    if not len(edges) or len(values) < 2:
        raise FitError(f"{len(edges)} ties and {len(values)} values of {attribute!r}: there is nothing to compare")
    observed = mixing(edges, codes, directed=found.directed)
    random = generator(seed)
    dealt = np.stack([mixing(edges, random.permutation(codes), directed=found.directed) for _ in range(draws)])
    far = np.abs(dealt - dealt.mean(axis=0)) >= np.abs(observed - dealt.mean(axis=0)) - 1e-12
    levels = ((far.sum(axis=0) + 1) / (draws + 1)).tolist()
    nan = float("nan")
    terms = zip(("assortativity", "ei_index", "same_share"), observed.tolist(), strict=True)
    return Result(
        method=say("Mixing by {attribute}", attribute=attribute),
        estimates=estimates_table({term: (value, nan, nan, nan) for term, value in terms}, p_value=levels),
        n=len(found),
        smallest_group=len(found),
        checks=(*found.checks, sizes_check("group", np.bincount(codes), of=attribute)),
        assumptions=CAVEATS,
        references=references(homophily),
        inputs=recorded(found, seed=recorded_seed(seed)),
        declaration=Declaration(_TERMS, keys={"p_value": model("p value")}),
    )


def mixing(edges: NDArray[np.int64], groups: NDArray[np.int64], *, directed: bool) -> NDArray[np.float64]:
    """Work out assortativity, E-I index and the share of ties inside groups.

    Parameters
    ----------
    edges : numpy.ndarray
        Positions of the two actors of each tie, shape (ties, 2).
    groups : numpy.ndarray
        Group of each actor from 0, shape (actors,).
    directed : bool
        Whether ties have a direction.

    Returns
    -------
    numpy.ndarray
        The three, shape (3,); the assortativity is NaN where all ties end in one group.

    Examples
    --------
    >>> mixing(np.array([[0, 1], [2, 3]]), np.array([0, 0, 1, 1]), directed=False).tolist()
    [1.0, -1.0, 1.0]
    """
    number = int(groups.max()) + 1
    cells = np.bincount(groups[edges[:, 0]] * number + groups[edges[:, 1]], minlength=number**2).reshape(number, number)
    share = (cells if directed else cells + cells.T) / ((1 if directed else 2) * len(edges))
    inside, chance = float(np.trace(share)), float(share.sum(axis=1) @ share.sum(axis=0))
    assortativity = (inside - chance) / (1 - chance) if chance < 1 - 1e-12 else float("nan")
    return np.array([assortativity, 1 - 2 * inside, inside])
