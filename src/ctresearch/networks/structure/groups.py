"""Groups within a network, and how sure it is who belongs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import key, model, share
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON, of_group, things
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.structure.leiden import engine, modularity, partition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ctresearch.core.inputs import Inputs
    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

_STEADY = 0.8


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GroupsResult(Result):
    """Who belongs together. It names people: not for release.

    Parameters
    ----------
    modularity : float
        Of the partition, at resolution 1.
    members : pandas.DataFrame
        One row an actor: ``actor``, ``group`` (from 0) and ``agreement``, the share of runs in which the actor was
        together with the rest of the group, on average; NaN for one alone.
    scan : pandas.DataFrame
        One row a resolution: ``resolution``, ``groups``, ``modularity`` and ``agreement`` between runs.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``modularity``, ``groups``, ``largest_group``
        (share of actors) and ``agreement`` (mean adjusted Rand index between runs).

    Examples
    --------
    >>> import networkx as nx
    >>> groups(nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(3))).membership.tolist()
    [0, 0, 0, 1, 1, 1]
    """

    record_level: ClassVar[bool] = True

    modularity: float = value_field(of_group("Modularity"))
    members: pd.DataFrame = table_field(
        {"actor": ACTOR, "group": key("Group"), "agreement": model("Share of runs together with the rest of the group")}
    )
    scan: pd.DataFrame = table_field(
        {
            "resolution": key("Resolution"),
            "groups": things("Groups", "groups"),
            "modularity": of_group("Modularity"),
            "agreement": model("Agreement between runs", "adjusted Rand index"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {
        "modularity": of_group("Modularity", headline=True),
        "groups": things("Groups", "groups"),
        "largest_group": share("Actors in the largest group"),
        "agreement": model("Agreement between runs", "adjusted Rand index"),
    }

    @property
    def membership(self) -> pd.Series[Any]:
        """Group by actor."""
        members = self.members
        index = pd.Index(members["actor"].tolist(), dtype=object, name="actor", tupleize_cols=False)
        return pd.Series(members["group"].to_numpy(), index=index, name="group")


def groups(
    network: CriminalNetwork | nx.Graph[Any],
    *,
    weighted: bool = False,
    resolution: float = 1.0,
    scan: Sequence[float] = (),
    runs: int = 20,
    seed: Seed = 0,
) -> GroupsResult:
    """Divide a network into groups with more ties inside than their actors' activity would give [1]_.

    The division of highest modularity among the runs is given, with the consensus between them: whoever changes
    groups from run to run belongs to none for sure. Ties are taken without direction.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        With at least one tie.
    weighted : bool
        Use the strengths of ties.
    resolution : float
        Above 1 for smaller groups, below for larger.
    scan : sequence of float
        Further resolutions to compare.
    runs : int
        Runs from different random orders.
    seed : int or SeedSequence
        Of the orders.

    Returns
    -------
    GroupsResult
        The groups.

    Raises
    ------
    SpecificationError
        If an option is out of range, or weights are asked for and not explained.
    FitError
        If there is no tie.

    References
    ----------
    .. [1] Traag, V. A., Waltman, L. and van Eck, N. J. (2019). From Louvain to Leiden: guaranteeing well-connected
       communities. Scientific Reports 9, 5233. https://doi.org/10.1038/s41598-019-41695-z
    .. [2] Lancichinetti, A. and Fortunato, S. (2012). Consensus clustering in complex networks. Scientific Reports 2,
       336. https://doi.org/10.1038/srep00336

    Examples
    --------
    >>> import networkx as nx
    >>> round(groups(nx.Graph(nx.karate_club_graph().edges)).modularity, 4)
    0.4198
    """
    one_of("weighted", weighted, (True, False))
    for value in (resolution, *scan):
        in_range("resolution", value, 0, open_ends=True)
    found = one_mode(network, "modularity")
    strengths = found.matrix_as("strength") if weighted else found.adjacency
    if found.directed:
        strengths = (strengths + strengths.T).tocsr()
    if strengths.nnz == 0:
        raise FitError(f"the network has {len(found)} actors and no tie: no group stands out")
    seeds = generator(seed).integers(0, 2**31, whole_number("runs", runs, 2)).tolist()
    method = engine()
    levels = {r: np.stack([partition(strengths, r, s, method=method) for s in seeds]) for r in (resolution, *scan)}
    best = _best(strengths, levels[resolution], resolution)
    table = pd.DataFrame([_level(strengths, r, found_runs) for r, found_runs in levels.items()])
    table = table.sort_values("resolution", ignore_index=True)
    inputs = recorded(found, seed=recorded_seed(seed), packages=(method,))
    return _result(found, best, levels[resolution], scan=table, value=modularity(strengths, best), inputs=inputs)


def _best(strengths: csr_array, runs: NDArray[np.int64], resolution: float) -> NDArray[np.int64]:
    """Choose the run of highest modularity, the first of equals."""
    values = [modularity(strengths, labels, resolution) for labels in runs]
    return np.asarray(runs[int(np.argmax(np.round(values, 12)))])


def _level(strengths: csr_array, resolution: float, runs: NDArray[np.int64]) -> dict[str, float]:
    """Sum up the runs at one resolution."""
    best = _best(strengths, runs, resolution)
    return {
        "resolution": resolution,
        "groups": int(best.max()) + 1,
        "modularity": modularity(strengths, best),
        "agreement": _agreement(runs),
    }


def _agreement(runs: NDArray[np.int64]) -> float:
    """Average the adjusted Rand index over pairs of runs."""
    from sklearn.metrics import adjusted_rand_score

    pairs = zip(*np.triu_indices(len(runs), 1), strict=True)
    return float(np.mean([adjusted_rand_score(runs[i], runs[j]) for i, j in pairs]))


def _together(runs: NDArray[np.int64], best: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give, for each actor, the mean share of runs spent with each other member of the group."""
    shares = np.full(len(best), np.nan)
    for label in range(best.max() + 1):
        inside = np.flatnonzero(best == label)
        if len(inside) > 1:
            same = np.mean([labels[inside][:, None] == labels[inside] for labels in runs], axis=0)
            shares[inside] = (same.sum(axis=1) - 1) / (len(inside) - 1)
    return shares


def _result(
    network: CriminalNetwork,
    best: NDArray[np.int64],
    runs: NDArray[np.int64],
    *,
    scan: pd.DataFrame,
    value: float,
    inputs: Inputs,
) -> GroupsResult:
    """Put the groups and their steadiness into words."""
    agreement, nan = _agreement(runs), float("nan")
    rows = {
        "modularity": value,
        "groups": best.max() + 1.0,
        "largest_group": np.bincount(best).max() / len(best),
        "agreement": agreement,
    }
    actors = pd.Series(list(network.nodes), dtype=object)
    return GroupsResult(
        method=say("Groups by modularity, {name} algorithm", name="Leiden" if engine() == "igraph" else "Louvain"),
        estimates=estimates_table({term: (one, nan, nan, nan) for term, one in rows.items()}),
        n=len(network),
        smallest_group=ONE_PERSON,
        checks=(
            *network.checks,
            Check(
                "consensus",
                "pass" if agreement >= _STEADY else "review",
                say("Runs agree with an adjusted Rand index of {agreement:.2f} on average.", agreement=agreement),
                {"agreement": agreement, "runs": len(runs)},
            ),
        ),
        assumptions=(
            *CAVEATS,
            "Modularity can miss groups with fewer ties inside than about the square root of twice all ties.",
        ),
        references=references(groups),
        inputs=inputs,
        modularity=value,
        members=pd.DataFrame({"actor": actors, "group": best, "agreement": _together(runs, best)}),
        scan=scan,
    )
