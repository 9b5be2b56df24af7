"""From the words of a user to the arrays and numbers of a compiled disruption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.validate import one_of, whole_number
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.removal.disruption_run import FIRST, LAST, RANDOM, Group, Plan
from ctresearch.networks.removal.recovery import RULES, Recovery
from ctresearch.networks.removal.strategies import KINDS, Strategy, attribute, fixed_scores, tie_weights

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from numpy.typing import NDArray

    from ctresearch.core.message import Message
    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.removal.recovery import Rule
    from ctresearch.networks.removal.strategies import Kind

CHAIN = ("recruitment", "transport", "exploitation")
LARGEST = 5_000
"""Most actors: the network is held as a square table."""
TIES = {"random": RANDOM, "first": FIRST, "last": LAST}


def tactic_of(strategy: Kind | Strategy) -> Strategy:
    """Take a strategy, or its name.

    Parameters
    ----------
    strategy : str or Strategy
        Either.

    Returns
    -------
    Strategy
        The strategy.

    Examples
    --------
    >>> tactic_of("degree").kind
    'degree'
    """
    return strategy if isinstance(strategy, Strategy) else Strategy(one_of("strategy", strategy, KINDS))


def answer_of(recovery: Rule | Recovery | None) -> Recovery | None:
    """Take a recovery, its name, or none.

    Parameters
    ----------
    recovery : str or Recovery, optional
        Either, or none.

    Returns
    -------
    Recovery or None
        The recovery.

    Examples
    --------
    >>> answer_of("distance").rate
    0.5
    """
    if recovery is None or isinstance(recovery, Recovery):
        return recovery
    return Recovery(one_of("recovery", recovery, RULES))


def who_may_go(network: CriminalNetwork, kept: Collection[Any], steps: int | None) -> tuple[NDArray[np.bool_], int]:
    """Say who may be removed, and how many are.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    kept : collection
        Actors who are never removed.
    steps : int, optional
        Removals asked for; ten, or all who may go, by default.

    Returns
    -------
    tuple
        Whether each actor may go, shape (N,), and the number of removals.

    Raises
    ------
    SpecificationError
        If more removals are asked for than there are actors who may go.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> may_go, steps = who_may_go(as_network(nx.path_graph(3)), {1}, None)
    >>> may_go.tolist(), steps
    ([True, False, True], 2)
    """
    may_go = np.array([actor not in kept for actor in network.nodes], dtype=bool)
    most = max(1, int(may_go.sum()))
    return may_go, min(10, most) if steps is None else whole_number("steps", steps, low=1, high=most)


def group_of(  # noqa: PLR0917
    network: CriminalNetwork,
    strategy: Strategy,
    recovery: Recovery | None,
    may_go: NDArray[np.bool_],
    role: str,
    stage: str | None,
    chain: Sequence[Hashable],
) -> Group:
    """Bring the network into the arrays of a run.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    strategy : Strategy
        Whom to remove.
    recovery : Recovery, optional
        How the group answers.
    may_go : numpy.ndarray
        Who may be removed, shape (N,).
    role, stage : str
        Attributes; without ``stage`` no flow is counted.
    chain : sequence
        The stages in order.

    Returns
    -------
    Group
        The arrays, under full sight.

    Raises
    ------
    SpecificationError
        If the network is too large, an attribute is missing, or a pair has two weights.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> path = as_network(nx.path_graph(3))
    >>> group_of(path, Strategy(), None, np.ones(3, bool), "role", None, CHAIN).pairs.tolist()
    [[0, 1], [1, 2]]
    """
    n = len(network)
    if n > LARGEST:
        raise SpecificationError(
            f"the network has {n:,} actors, a disruption takes {LARGEST:,} at most: take a part of it"
        )
    if network.directed and strategy.weighted:
        raise SpecificationError(
            f"weighted == True, but the {len(network.edges_index):,} ties have directions: a disruption leaves "
            "directions aside, and a pair with two weights has no single one; build the network with directed=False "
            "and say with combine= how two are joined"
        )
    pairs, first = np.unique(np.sort(network.edges_index, axis=1), axis=0, return_index=True)
    by_distance = recovery is not None and recovery.rule in {"distance", "replacement"}
    roles = np.full(n, -1)
    if recovery is not None and recovery.needs_roles:
        roles, _ = pd.factorize(attribute(network, role))
    return Group(
        pairs=np.array(pairs, np.int64, order="C"),  # arrays of one kind: for each kind numba compiles anew
        weight=tie_weights(network, strategy)[first],
        may_go=may_go,
        fixed=np.array(fixed_scores(network, strategy)),
        role=roles.astype(np.int64),
        stage=_stages(network, stage, chain),
        last=len(chain) - 1 if stage is not None else -1,
        steps=distances(network.undirected_adjacency) if by_distance else np.zeros((0, 0), np.int16),
    )


def _stages(network: CriminalNetwork, stage: str | None, chain: Sequence[Hashable]) -> NDArray[np.int64]:
    """Return the place of each actor in the chain, -1 for those in none of its stages."""
    if stage is None:
        return np.full(len(network), -1)
    stages = pd.Index(list(chain)).get_indexer(pd.Index(attribute(network, stage)))
    missing = [c for place, c in enumerate(chain) if not (stages == place).any()]
    if missing:
        raise SpecificationError(
            f"chain == {tuple(chain)!r}, but no actor has the stage {missing[0]!r}: correct the chain"
        )
    return stages.astype(np.int64)


def plan_of(strategy: Strategy, recovery: Recovery | None, steps: int, one_shot: bool, ties: str) -> Plan:
    """Write the options as numbers.

    Parameters
    ----------
    strategy : Strategy
        Whom to remove.
    recovery : Recovery, optional
        How the group answers.
    steps : int
        Removals.
    one_shot : bool
        Whether all go at once.
    ties : {"random", "first", "last"}
        Who goes among equals.

    Returns
    -------
    Plan
        The numbers.

    Raises
    ------
    SpecificationError
        If ``one_shot`` or ``ties`` is not allowed.

    Examples
    --------
    >>> plan_of(Strategy("betweenness"), None, 3, False, "first").kind
    1
    """
    one_of("one_shot", one_shot, (True, False))
    broken = TIES[one_of("ties", ties, tuple(TIES))]
    if strategy.kind == "random":
        broken = RANDOM
    shared = (KINDS.index(strategy.kind), strategy.weighted, strategy.radius, broken, one_shot, steps)
    if recovery is None:
        return Plan(*shared, -1, 0.0, 0, 0)
    return Plan(*shared, RULES.index(recovery.rule), float(recovery.rate), recovery.rounds, recovery.horizon)


def method_of(strategy: Strategy, recovery: Recovery | None, *, one_shot: bool) -> Message:
    """Say in words what is done.

    Parameters
    ----------
    strategy : Strategy
        Whom to remove.
    recovery : Recovery, optional
        How the group answers.
    one_shot : bool
        Whether all go at once.

    Returns
    -------
    str
        The words.

    Examples
    --------
    >>> method_of(Strategy(), None, one_shot=False)
    'Disruption by degree, one by one, without recovery'
    """
    done = "Disruption by {strategy}, all at once" if one_shot else "Disruption by {strategy}, one by one"
    if recovery is None:
        return say("{done}, without recovery", done=say(done, strategy=str(strategy)))
    return say(
        "{done}, with {rule} recovery at rate {rate:g}",
        done=say(done, strategy=str(strategy)),
        rule=recovery.rule,
        rate=recovery.rate,
    )


def run_checks(removed: NDArray[np.int64], outcomes: NDArray[np.float64]) -> tuple[Check, ...]:
    """Say whether the strategy ran out of actors, and whether there was anything to cut.

    Parameters
    ----------
    removed : numpy.ndarray
        Who was removed, -1 for nobody, shape (runs, removals).
    outcomes : numpy.ndarray
        Outcomes of the runs, shape (runs, steps, 3).

    Returns
    -------
    tuple of Check
        ``removals`` and ``ties``.

    Examples
    --------
    >>> [check.status for check in run_checks(np.array([[0, -1]]), np.ones((1, 3, 3)))]
    ['review', 'pass']
    """
    idle = float((removed < 0).mean())
    has_ties = bool(outcomes[0, 0, 1] > 0)
    return (
        Check(
            "removals",
            "review" if idle else "pass",
            (
                say("In {idle:.0%} of the removals nobody was left whom the strategy may remove.", idle=idle)
                if idle
                else "There was somebody to remove at every step."
            ),
            {"idle": idle},
        ),
        Check(
            "ties",
            "pass" if has_ties else "fail",
            (
                "The network holds together somewhere."
                if has_ties
                else "The network has no ties: there is nothing to disrupt."
            ),
            voids=not has_ties,
        ),
    )
