"""Criminal networks with planted roles, stages, communities and a core.

Each pair of actors co-offends with a probability whose log-odds add up over what the two share. An intercept is set so
that the mean degree is the one asked for.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.data.synthetic.draws import bernoulli, categories, poissons, shuffled
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.data.synthetic.draws import Floats, Integers

STAGES = ("recruitment", "transport", "exploitation", "coordination")
ROLES: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "recruiter": ("recruitment", 0.22),
        "document forger": ("transport", 0.06),
        "transporter": ("transport", 0.20),
        "host": ("transport", 0.12),
        "controller": ("exploitation", 0.20),
        "madam": ("exploitation", 0.08),
        "money handler": ("coordination", 0.06),
        "organiser": ("coordination", 0.06),
    }
)
"""Role to the stage it works in and its share of the actors."""

TIES: Mapping[str, float] = MappingProxyType(
    {"same_stage": 1.9, "same_community": 1.4, "both_core": 2.0, "one_coordinates": 0.7}
)
"""Log-odds of a tie for what two actors share; 1.9 makes a tie in the same stage about seven times as likely."""


def criminal_network(
    n: int = 80,
    *,
    communities: int = 3,
    core: int = 6,
    mean_degree: float = 4.0,
    events: int = 60,
    ties: Mapping[str, float] = TIES,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a co-offending network whose structure is known.

    Parameters
    ----------
    n : int
        Number of actors, called ``a001``, ``a002``, ...
    communities : int
        Number of cells that the actors fall into.
    core : int
        Actors at the centre, who work with one another across cells. Coordinators enter it first.
    mean_degree : float
        Expected number of ties of an actor.
    events : int
        Number of events, such as calls, meetings or transports, at which actors are seen together.
    ties : mapping of str to float
        Log-odds of ``same_stage``, ``same_community``, ``both_core`` and ``one_coordinates``; what is left out is 0.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ties with ``source``, ``target`` and ``weight``. ``tables["actors"]``: ``actor``, ``role``,
        ``stage``, ``community``, ``core``. ``tables["attendance"]``: ``actor`` and ``event``, two-mode. ``truth``:
        ``log_odds`` with the intercept, ``core``, ``expected_density``.

    Raises
    ------
    SpecificationError
        If an option is out of range or names no such tie.

    References
    ----------
    .. [1] Campana, P. (2016). The structure of human trafficking: lifting the bonnet on a Nigerian transnational
       network. British Journal of Criminology, 56(1), 68-86.
    .. [2] Duijn, P. A. C., Kashirin, V. and Sloot, P. M. A. (2014). The relative ineffectiveness of criminal network
       disruption. Scientific Reports, 4, 4238. https://doi.org/10.1038/srep04238

    Examples
    --------
    >>> made = criminal_network(40, core=4, seed=1)
    >>> made.frame.columns.tolist(), len(made.truth["core"])
    (['source', 'target', 'weight'], 4)
    """
    n = whole_number("n", n, low=4)
    communities = whole_number("communities", communities, low=1, high=n)
    core = whole_number("core", core, low=0, high=n)
    in_range("mean_degree", mean_degree, 0, n - 1, open_ends=True)
    events = whole_number("events", events, low=0)
    _check_ties(ties)
    rng = generator(seed)
    actors = _actors(rng, n, communities, core)
    source, target = np.triu_indices(n, k=1)
    score = _shared(actors, source, target) @ np.array([ties.get(name, 0.0) for name in TIES])
    intercept = tie_intercept(score, mean_degree / (n - 1))
    tied = np.flatnonzero(bernoulli(rng, expit(intercept + score)))
    names = actors["actor"].to_numpy()
    frame = pd.DataFrame({"source": names[source[tied]], "target": names[target[tied]]})
    frame["weight"] = 1 + poissons(rng, 0.5 + np.maximum(score[tied], 0))
    return Synthetic(
        name="criminal_network",
        frame=frame,
        seed=recorded_seed(seed),
        tables={"actors": actors, "attendance": _attendance(rng, names, source[tied], target[tied], events)},
        truth={
            "log_odds": pd.Series({"intercept": intercept, **{name: ties.get(name, 0.0) for name in TIES}}),
            "core": tuple(names[actors["core"]]),
            "expected_density": mean_degree / (n - 1),
        },
    )


def tie_intercept(score: Floats, density: float) -> float:
    """Find the intercept at which ties have a given density on average.

    Parameters
    ----------
    score : numpy.ndarray
        Log-odds of each pair without the intercept, shape (pairs,).
    density : float
        Mean probability of a tie, between 0 and 1.

    Returns
    -------
    float
        The intercept, to ten digits.

    Examples
    --------
    >>> tie_intercept(np.zeros(3), 0.5)
    0.0
    """
    reach = 50 + float(np.abs(score).max(initial=0))
    found = brentq(lambda value: float(expit(value + score).mean()) - density, -reach, reach, xtol=1e-12)
    return round(float(found), 10) + 0.0


def _check_ties(ties: Mapping[str, float]) -> None:
    """Check the log-odds of ties."""
    for name, value in ties.items():
        one_of("ties", name, tuple(TIES))
        in_range(f"ties[{name!r}]", value)


def _actors(rng: np.random.Generator, n: int, communities: int, core: int) -> pd.DataFrame:
    """Draw actors with roles; coordinators come first into the core."""
    roles = list(ROLES)
    role = categories(rng, [share for _, share in ROLES.values()], n)
    stage = np.array([ROLES[name][0] for name in roles])[role]
    order = np.lexsort((shuffled(rng, n), stage != "coordination"))
    inside = np.zeros(n, dtype=bool)
    inside[order[:core]] = True
    width = max(3, len(str(n)))
    return pd.DataFrame(
        {
            "actor": [f"a{i:0{width}d}" for i in range(1, n + 1)],
            "role": np.array(roles)[role],
            "stage": stage,
            "community": 1 + shuffled(rng, n) % communities,
            "core": inside,
        }
    )


def _shared(actors: pd.DataFrame, source: Integers, target: Integers) -> Floats:
    """Say what the two of each pair share, in the order of ``TIES``."""
    stage, community, core = (actors[name].to_numpy() for name in ("stage", "community", "core"))
    coordinates = stage == "coordination"
    columns = (
        stage[source] == stage[target],
        community[source] == community[target],
        core[source] & core[target],
        coordinates[source] ^ coordinates[target],
    )
    return np.asarray(np.column_stack(columns), dtype=float)


def _attendance(rng: np.random.Generator, names: Any, source: Integers, target: Integers, events: int) -> pd.DataFrame:
    """Draw events: one tie meets at each, and those tied to both join with a chance of a half."""
    rows: list[tuple[str, str]] = []
    adjacent = np.zeros((len(names), len(names)), dtype=bool)
    adjacent[source, target] = adjacent[target, source] = True
    meetings = categories(rng, np.ones(max(len(source), 1)), events if len(source) else 0)
    for number, tie in enumerate(meetings, start=1):
        joins = adjacent[source[tie]] & adjacent[target[tie]] & (rng.random(len(names)) < 0.5)
        joins[[source[tie], target[tie]]] = True
        rows += [(str(name), f"e{number:03d}") for name in names[joins]]
    return pd.DataFrame(rows, columns=["actor", "event"])
