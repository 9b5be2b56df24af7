"""How a group repairs itself: by whom, how fast, and with whom lost ties are replaced.

References
----------
.. [1] Duijn, P. A. C., Kashirin, V. and Sloot, P. M. A. (2014). The relative ineffectiveness of criminal network
   disruption. Scientific Reports 4, 4238. https://doi.org/10.1038/srep04238
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ctresearch.core.compile import kernel
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range, one_of, whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ctresearch.networks.removal.disruption_state import State

    Integers = NDArray[np.int64]

Rule = Literal["preferential", "distance", "skill", "replacement"]
RULES: tuple[Rule, ...] = ("preferential", "distance", "skill", "replacement")


@dataclass(frozen=True, slots=True)
class Recovery:
    """How actors who lost a tie replace it.

    Parameters
    ----------
    rule : {"preferential", "distance", "skill", "replacement"}
        With whom: someone drawn by the number of their ties plus one; one of those who stood nearest in the network
        before it was disrupted; anyone in the role of the actor who was removed; or one substitute in that role, the
        nearest to the removed, who takes over all ties.
    rate : float
        Chance that a lost tie is replaced in one round.
    rounds : int
        Rounds after each removal.
    horizon : int
        Rounds after the last removal, in which the time to recover is measured.
    recovered : float
        Share of the starting efficiency at which the group counts as recovered.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Duijn, P. A. C., Kashirin, V. and Sloot, P. M. A. (2014). The relative ineffectiveness of criminal network
       disruption. Scientific Reports 4, 4238. https://doi.org/10.1038/srep04238

    Examples
    --------
    >>> Recovery("distance", rate=0.3).needs_roles
    False
    """

    rule: Rule = "preferential"
    rate: float = 0.5
    rounds: int = 1
    horizon: int = 10
    recovered: float = 0.9

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        one_of("recovery", self.rule, RULES)
        in_range("rate", self.rate, 0, 1)
        whole_number("rounds", self.rounds, low=0)
        whole_number("horizon", self.horizon, low=0)
        in_range("recovered", self.recovered, 0, 1)

    @property
    def needs_roles(self) -> bool:
        """Whether the rule looks at roles."""
        return self.rule in {"skill", "replacement"}

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["rule", "rate", "rounds", "horizon"])


@kernel
def recovery_round(  # noqa: PLR0917
    state: State, rule: int, rate: float, role: Integers, steps: NDArray[np.int16], rng: np.random.Generator
) -> None:
    """Let every waiting tie be replaced with some chance, in place.

    Parameters
    ----------
    state : State
        The network.
    rule : int
        Place in :data:`RULES`.
    rate : float
        Chance of a replacement.
    role : numpy.ndarray
        Role of each actor, -1 if unknown, shape (N,).
    steps : numpy.ndarray
        Distances in the network before it was disrupted, -1 where there is no path, shape (N, N).
    rng : numpy.random.Generator
        Where chance comes from.

    Examples
    --------
    >>> import numpy as np
    >>> from ctresearch.networks.removal.disruption_state import new_state, remove_actor
    >>> state = new_state(4, np.array([[0, 1], [1, 2], [2, 3]]), np.ones(3))
    >>> remove_actor(state, 0)
    >>> recovery_round(state, 0, 1.0, np.zeros(4, int), np.ones((4, 4), np.int16), np.random.default_rng(1))
    >>> state.pairs[2].tolist()  # the only one whom 1 was not tied to
    [1, 3]
    """
    count, still = state.counts[0], 0
    for place in range(state.counts[1]):
        seeker, gone, weight = state.lost[place, 0], state.lost[place, 1], state.lost_weight[place]
        partner = -1
        if rng.random() < rate:
            partner = _partner(state, rule, seeker, gone, role, steps, rng)
        if partner >= 0:
            state.pairs[count, 0], state.pairs[count, 1], state.weight[count] = seeker, partner, weight
            state.tied[seeker, partner] = state.tied[partner, seeker] = 1
            count += 1
        else:
            state.lost[still, 0], state.lost[still, 1], state.lost_weight[still] = seeker, gone, weight
            still += 1
    state.counts[0], state.counts[1] = count, still


@kernel
def _partner(  # noqa: PLR0917
    state: State, rule: int, seeker: int, gone: int, role: Integers, steps: NDArray[np.int16], rng: np.random.Generator
) -> int:
    """Choose whom an actor turns to after losing another; -1 where there is nobody."""
    if rule == 3:
        stand_in = state.substitute[gone]
        if stand_in < 0 or not state.is_alive[stand_in]:
            stand_in = state.substitute[gone] = _nearest_in_role(state, gone, role, steps, rng)
        return -1 if stand_in < 0 or stand_in == seeker or state.tied[seeker, stand_in] else stand_in
    best, total, chosen = len(role) + 1, 0.0, -1
    for other in range(len(role)):
        if not state.is_alive[other] or other == seeker or state.tied[seeker, other]:
            continue
        mass = 1.0
        if rule == 0:
            mass += state.tied[other].sum()
        elif rule == 1:
            if steps[seeker, other] < 0 or steps[seeker, other] > best:
                continue
            if steps[seeker, other] < best:
                best, total = steps[seeker, other], 0.0
        elif role[gone] < 0 or role[other] != role[gone]:
            continue
        total += mass
        if rng.random() * total < mass:
            chosen = other
    return chosen


@kernel
def _nearest_in_role(
    state: State, gone: int, role: Integers, steps: NDArray[np.int16], rng: np.random.Generator
) -> int:
    """Choose who takes a removed actor's place: the nearest in the same role, by lot among equals."""
    best, total, chosen = len(role) + 1, 0.0, -1
    for other in range(len(role)):
        if not state.is_alive[other] or role[gone] < 0 or role[other] != role[gone]:
            continue
        far = steps[gone, other] if steps[gone, other] >= 0 else len(role)
        if far < best:
            best, total = far, 0.0
        if far == best:
            total += 1.0
            if rng.random() * total < 1.0:
                chosen = other
    return chosen
