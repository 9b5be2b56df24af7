"""One run of a disruption, compiled: remove, let the group recover, measure, and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.networks.position.shortest_paths import path_sums
from ctresearch.networks.position.weighted_paths import weighted_betweenness
from ctresearch.networks.removal.chain_flow import count_chains
from ctresearch.networks.removal.disruption_state import (
    State,
    compressed,
    in_sight,
    inverse_distances,
    largest_component,
    new_state,
    remove_actor,
)
from ctresearch.networks.removal.recovery import recovery_round
from ctresearch.networks.removal.removal_scores import (
    collective_influence,
    degrees,
    fragmentation_without,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

RANDOM, FIRST, LAST = 0, 1, 2
SAME_SCORE = 1e-9
"""Scores whose difference is below this share of the largest are equal: betweenness differs in its last digits."""
OUTCOMES = ("largest_component", "efficiency", "flow")
FULL_SIGHT = np.zeros((0, 0), np.uint8)
"""What is hidden from those who choose whom to remove: nothing."""


class Group(NamedTuple):
    """What does not change while a network of N actors is disrupted.

    ``pairs`` (M, 2) and ``weight`` (M,) its ties; ``may_go`` (N,) who may be removed; ``fixed`` (N,) scores that do not
    depend on the ties; ``role`` (N,) and ``stage`` (N,) -1 where unknown; ``last`` the last stage, -1 if flow is not
    wanted; ``steps`` (N, N) distances at the start, or (0, 0) where the recovery does not look at them; ``hidden`` (N,
    N) 1 for pairs whose tie, old or new, those who choose whom to remove do not see, or (0, 0) where they see all.
    """

    pairs: Integers
    weight: Floats
    may_go: NDArray[np.bool_]
    fixed: Floats
    role: Integers
    stage: Integers
    last: int
    steps: NDArray[np.int16]
    hidden: NDArray[np.uint8] = FULL_SIGHT


class Plan(NamedTuple):
    """What is done in a run.

    ``kind`` of strategy, whether ``weighted``, ``radius``, how ``ties`` are broken (random, first, last), whether
    ``one_shot``, number of ``removals``; then the recovery: ``rule`` (-1 for none), ``rate``, ``rounds`` after each
    removal and ``horizon`` rounds after the last.
    """

    kind: int
    weighted: bool
    radius: int
    ties: int
    one_shot: bool
    removals: int
    rule: int
    rate: float
    rounds: int
    horizon: int


@kernel
def run(group: Group, plan: Plan, rng: np.random.Generator) -> tuple[Floats, Integers]:
    """Disrupt a group once.

    Parameters
    ----------
    group : Group
        The network.
    plan : Plan
        What is done.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    tuple of numpy.ndarray
        The outcomes of :data:`OUTCOMES` at the start, after each removal and each round of the horizon, shape
        (1 + removals + horizon, 3): actors in the largest component, sum of inverse distances, separate chains (NaN
        where not wanted). And who was removed, -1 for nobody, shape (removals,).

    Examples
    --------
    >>> none = np.full(3, -1)
    >>> path = np.array([[0, 1], [1, 2]])
    >>> group = Group(path, np.ones(2), np.ones(3, bool), np.zeros(3), none, none, -1, np.zeros((0, 0), np.int16))
    >>> outcomes, removed = run(group, Plan(0, False, 1, LAST, False, 1, -1, 0.0, 0, 0), np.random.default_rng(1))
    >>> outcomes[:, 0].tolist(), removed.tolist()
    ([3.0, 1.0], [1])
    """
    state = new_state(len(group.may_go), group.pairs, group.weight)
    outcomes = np.empty((1 + plan.removals + plan.horizon, 3))
    removed = np.full(plan.removals, -1)
    _measure(state, group, outcomes[0])
    scores = _scores(state, group, plan)
    for step in range(plan.removals):
        if step and not plan.one_shot:
            scores = _scores(state, group, plan)
        target = _pick(scores, state, group, plan, rng)
        if target >= 0:
            removed[step] = target
            remove_actor(state, target)
        if plan.rule >= 0 and not plan.one_shot:
            for _ in range(plan.rounds):
                recovery_round(state, plan.rule, plan.rate, group.role, group.steps, rng)
        _measure(state, group, outcomes[1 + step])
    for later in range(plan.horizon):
        recovery_round(state, plan.rule, plan.rate, group.role, group.steps, rng)
        _measure(state, group, outcomes[1 + plan.removals + later])
    return outcomes, removed


@kernel
def _measure(state: State, group: Group, out: Floats) -> None:
    """Write the outcomes of the network as it stands into a row."""
    starts, ends, _ = compressed(state)
    out[0] = largest_component(starts, ends, state.is_alive)
    out[1] = inverse_distances(starts, ends)
    out[2] = np.nan
    if group.last >= 0:
        stage = group.stage.copy()
        for actor in range(len(stage)):
            if not state.is_alive[actor]:
                stage[actor] = -1
        out[2] = count_chains(starts, ends, stage, group.last)


@kernel
def _scores(state: State, group: Group, plan: Plan) -> Floats:
    """Score every actor: 0 degree, 1 betweenness, 2 collective influence, 3 optimal, 4 random, 5 role, 6 value."""
    starts, ends, weights = compressed(in_sight(state, group.hidden))
    if plan.kind == 0:
        return degrees(starts, weights)
    if plan.kind == 1:
        return weighted_betweenness(starts, ends, weights) if plan.weighted else path_sums(starts, ends)[0]
    if plan.kind == 2:
        return collective_influence(starts, ends, weights, plan.radius)
    if plan.kind == 3:
        return fragmentation_without(starts, ends, state.is_alive)
    if plan.kind == 5:
        return _only(degrees(starts, weights), group.fixed)
    return group.fixed


@kernel
def _only(scores: Floats, chosen: Floats) -> Floats:
    """Leave the scores of those with a mark, and no score to others, in place."""
    for actor in range(len(scores)):
        if chosen[actor] <= 0:
            scores[actor] = -np.inf
    return scores


@kernel
def _pick(scores: Floats, state: State, group: Group, plan: Plan, rng: np.random.Generator) -> int:
    """Choose the actor with the highest score among those who may go; -1 where there is nobody."""
    best, equals, chosen = -np.inf, 0.0, -1
    slack = 0.0
    for score in scores:
        if np.isfinite(score):
            slack = max(slack, SAME_SCORE * abs(score))
    for actor in range(len(scores)):
        if not state.is_alive[actor] or not group.may_go[actor] or scores[actor] == -np.inf:
            continue
        if scores[actor] > best + slack:
            best, equals, chosen = scores[actor], 1.0, actor
        elif scores[actor] >= best - slack:
            equals += 1.0
            if plan.ties == LAST or (plan.ties == RANDOM and rng.random() * equals < 1.0):
                chosen = actor
    return chosen
