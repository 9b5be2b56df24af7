"""Samples of an invented city, one by each design that a prevalence team may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import one_of, whole_number
from ctresearch.data.synthetic.city import GROUPS, LISTS, VENUES, draw_lists
from ctresearch.data.synthetic.draws import bernoulli, shuffled, uniforms
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Draw = Callable[[Synthetic, int, np.random.Generator], pd.DataFrame]
    Design = Literal["household", "members", "recapture", "time-location", "respondent-driven", "lists", "registered"]

_HOUSEHOLDS_EACH = 10
_NIGHTS, _EACH_EVENT = 14, 25
_COUPONS, _SEEDS = 3, 8


def city_sample(made: Synthetic, design: Design, n: int, *, seed: Seed = 0) -> pd.DataFrame:
    """Draw a sample of a city.

    Parameters
    ----------
    made : Synthetic
        What :func:`city` made.
    design : str
        ``"household"``: areas within zones, ten households in each, every adult; with ``weight`` and, of whom they
        know, ``knows_`` and a group, and ``knows_exploited``. ``"members"``: exploited people by how many they know, as
        a recruitment among them would; with ``weight`` and how many of each group are aware of them. ``"recapture"``:
        exploited people met at venues in two rounds, ``first`` and ``second``. ``"time-location"``: venues on one of
        fourteen nights drawn at random, and up to 25 adults at each; with ``event``, the number of ``events`` to which
        anybody comes, how many ``attended``, and the ``nights`` they go out. ``"respondent-driven"``: exploited people
        who recruit each other, with ``id``, ``recruiter``, ``degree`` among them, ``wave``, ``woman`` and which lists
        of the city they are on. ``"lists"``: exploited people on at least one list, drawn anew. ``"registered"``: the
        same, and a random survey of exploited people, ``survey``.
    n : int
        People, or people a round; of ``"household"`` about so many adults.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    pandas.DataFrame
        One row a person who was met.

    Raises
    ------
    SpecificationError
        If the design is unknown, or the city was not made by :func:`city`.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city
    >>> made = city(4_000, seed=1)
    >>> city_sample(made, "lists", 1, seed=1).columns.tolist()
    ['police', 'charity', 'inspectorate']
    """
    one_of("design", design, tuple(_DRAWS))
    whole_number("n", n, low=1)
    if not isinstance(made, Synthetic) or made.name != "city":
        raise SpecificationError(
            f"made is a {type(made).__name__} and no city, must be what ctresearch.data.synthetic.city() gave"
        )
    return _DRAWS[design](made, n, generator(seed))


def _neighbours(
    made: Synthetic, members: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return, tie by tie, which of some people, whom they know, and whether they are aware of them."""
    ties, place = made.tables["ties"], np.full(len(made.frame), -1)
    place[members] = np.arange(members.size)
    one, other = ties["one"].to_numpy() - 1, ties["other"].to_numpy() - 1
    ends = ((one, other, ties["one_aware"].to_numpy()), (other, one, ties["other_aware"].to_numpy()))
    parts = [(place[a][place[a] >= 0], b[place[a] >= 0], seen[place[a] >= 0] == 1) for a, b, seen in ends]
    who, whom, seen = (np.concatenate(one) for one in zip(*parts, strict=True))
    return who, whom, seen


def _household(made: Synthetic, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw areas within zones, households within areas, and ask every adult whom they know."""
    frame = made.frame
    adults_each = _HOUSEHOLDS_EACH * made.truth["adults"] / frame["household"].nunique()
    each_zone = max(2, round(n / adults_each / frame["zone"].nunique()))
    parts = []
    for _, zone in frame.groupby("zone"):
        areas = np.sort(zone["area"].unique())
        for area in areas[shuffled(rng, len(areas))[:each_zone]]:
            homes = np.sort(zone.loc[zone["area"] == area, "household"].unique())
            taken = homes[shuffled(rng, len(homes))[:_HOUSEHOLDS_EACH]]
            weight = len(areas) / min(each_zone, len(areas)) * len(homes) / len(taken)
            parts.append(zone[zone["household"].isin(taken) & (zone["adult"] == 1)].assign(weight=weight))
    found = pd.concat(parts)
    members = found.index.to_numpy()
    who, whom, seen = _neighbours(made, members)
    asked = found[["zone", "area", "household", "weight", "woman", "exploited"]].reset_index(drop=True)
    for name in GROUPS:
        belongs = frame[name].to_numpy()[whom]
        asked[f"knows_{name}"] = np.bincount(who, weights=belongs, minlength=members.size).astype(np.int64)
    asked["knows_exploited"] = np.bincount(who, weights=seen, minlength=members.size).astype(np.int64)
    return asked


def _members(made: Synthetic, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw exploited people by how many people they know, and ask who is aware of them."""
    hidden = np.flatnonzero(made.frame["exploited"].to_numpy() == 1)
    ties = made.tables["ties"]
    degree = np.bincount(np.concatenate([ties["one"], ties["other"]]) - 1, minlength=len(made.frame))[hidden]
    chance = _chances(np.maximum(degree, 1), n)
    order = shuffled(rng, hidden.size)
    # every whole number that the sum of chances passes is a draw: each person is in with just their chance
    passed = np.floor(np.append(0.0, np.cumsum(chance[order]).round(9)) + uniforms(rng, 1)[0])
    place = np.sort(order[np.diff(passed) > 0])
    taken = hidden[place]
    aware_of = _aware_of(made, taken)
    sample = pd.DataFrame({"weight": 1 / chance[place]})
    for name in GROUPS:
        sample[f"knows_{name}"] = aware_of(made.frame[name].to_numpy())
    return sample


def _chances(size: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return chances in proportion to a size that add up to n; who would have more than 1 is in for certain."""
    certain = np.zeros(size.size, dtype=bool)
    while True:
        left = np.where(certain, 0, size)
        chance = np.where(certain, 1.0, (n - certain.sum()) * left / max(left.sum(), 1))
        if n >= size.size or not (chance > 1).any():
            return np.ones(size.size) if n >= size.size else chance
        certain |= chance > 1


def _aware_of(made: Synthetic, members: NDArray[np.int64]) -> Callable[[NDArray[np.int8]], NDArray[np.int64]]:
    """Return a function that counts, for each of some people, those of a group who are aware of them."""
    ties, place = made.tables["ties"], np.full(len(made.frame), -1)
    place[members] = np.arange(members.size)
    one, other = ties["one"].to_numpy() - 1, ties["other"].to_numpy() - 1
    parts = [(one, other, ties["other_aware"].to_numpy()), (other, one, ties["one_aware"].to_numpy())]
    chosen = [(place[a] >= 0) & (seen == 1) for a, _, seen in parts]
    who = np.concatenate([place[a][keep] for (a, _, _), keep in zip(parts, chosen, strict=True)])
    whom = np.concatenate([b[keep] for (_, b, _), keep in zip(parts, chosen, strict=True)])
    return lambda group: np.bincount(who, weights=group[whom], minlength=members.size).astype(np.int64)


def _recapture(made: Synthetic, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Meet exploited people at venues in two rounds, each as often as they go out."""
    out = made.frame[(made.frame["exploited"] == 1) & (made.frame["nights"] > 0)]
    chance = np.minimum(n * out["nights"].to_numpy() / out["nights"].sum(), 1.0)
    rounds = pd.DataFrame({name: bernoulli(rng, chance) for name in ("first", "second")})
    return rounds[rounds.any(axis=1)].reset_index(drop=True)


def _time_location(made: Synthetic, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw venues on some nights, and interview up to so many of the adults who are there."""
    out = made.frame[made.frame["nights"] > 0].assign(nights=lambda one: one["nights"].clip(upper=_NIGHTS))
    rank = np.argsort(np.argsort(uniforms(rng, (len(out), _NIGHTS)), axis=1), axis=1)
    person, night = np.nonzero(rank < out["nights"].to_numpy()[:, None])
    event = (out["venue"].to_numpy()[person] - 1) * _NIGHTS + night
    attended = np.bincount(event, minlength=VENUES * _NIGHTS)
    held = np.flatnonzero(attended)
    drawn = held[shuffled(rng, held.size)[: max(2, -(-n // _EACH_EVENT))]]
    order = shuffled(rng, person.size)
    there = pd.DataFrame({"person": person[order], "event": event[order]})
    there = there[there["event"].isin(drawn)].groupby("event").head(_EACH_EVENT).sort_values(["event", "person"])
    met = out.iloc[there["person"]][["venue", "nights", "woman", "exploited"]].reset_index(drop=True)
    event = there["event"].to_numpy()
    return pd.DataFrame(met.assign(event=event, events=held.size, attended=attended[event]))


def _respondent_driven(made: Synthetic, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Let exploited people recruit each other, three coupons each, from seeds drawn by degree."""
    hidden, degree, edges, friend = _friends(made)
    by_degree = np.argsort(-np.log(uniforms(rng, hidden.size)) / np.maximum(degree, 1e-9), kind="stable")
    start = by_degree[degree[by_degree] > 0][:_SEEDS]
    free, rows, turn = np.ones(hidden.size, dtype=bool), [(int(p), -1, 0) for p in start], 0
    free[start] = False
    while turn < len(rows) < n:
        person, _, wave = rows[turn]
        willing = friend[edges[person] : edges[person + 1]]
        willing = willing[free[willing]]
        for one in willing[shuffled(rng, willing.size)[: min(_COUPONS, n - len(rows))]]:
            free[one] = False
            rows.append((int(one), person, wave + 1))
        turn += 1
    table = pd.DataFrame(rows, columns=["id", "recruiter", "wave"]).head(n)
    names = np.array([f"p{number:04d}" for number in range(hidden.size)])
    table["degree"] = degree[table["id"].to_numpy()]
    recruiter = pd.Series([names[r] if r >= 0 else None for r in table["recruiter"]], dtype="str")
    traits = made.frame.iloc[hidden[table["id"].to_numpy()]][["woman", *LISTS]].reset_index(drop=True)
    return table.assign(id=names[table["id"].to_numpy()], recruiter=recruiter).join(traits)


def _friends(
    made: Synthetic,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the exploited people, how many each knows of them, and whom: ``friend[edges[i]:edges[i + 1]]``."""
    hidden = np.flatnonzero(made.frame["exploited"].to_numpy() == 1)
    who, whom, _ = _neighbours(made, hidden)
    inside = made.frame["exploited"].to_numpy()[whom] == 1
    place = np.full(len(made.frame), -1)
    place[hidden] = np.arange(hidden.size)
    order = np.argsort(who[inside], kind="stable")
    degree = np.bincount(who[inside], minlength=hidden.size)
    return hidden, degree, np.append(0, np.cumsum(degree)), place[whom[inside]][order]


def linked_samples(
    made: Synthetic,
    initial: int = 60,
    people: int = 150,
    *,
    samples: int = 2,
    start: Literal["anybody", "venues"] = "anybody",
    seed: Seed = 0,
) -> Synthetic:
    """Draw exploited people of a city at random, and follow their ties to others, several times.

    Parameters
    ----------
    made : Synthetic
        What :func:`city` made.
    initial : int
        Exploited people whom each sample starts from, drawn at random.
    people : int
        People of each sample in all. One tie at a time is drawn of all that lead out of the sample, and who is at its
        other end comes in; a sample ends early where none leads out.
    samples : int
        How many samples.
    start : {"anybody", "venues"}
        Whether the first people are drawn from all, or met at venues as often as they go out.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: one row a person and sample, with ``sample``, ``person``, ``initial`` and ``degree`` (exploited
        people known). ``tables["links"]``: ``one`` and ``other``, ties among people of the samples. ``truth``:
        ``exploited``.

    Raises
    ------
    SpecificationError
        If the city was not made by :func:`city`, or a number is out of range.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city
    >>> drawn = linked_samples(city(4_000, seed=1), 15, 30, seed=2)
    >>> drawn.frame.groupby("sample")["initial"].sum().tolist(), sorted(drawn.tables["links"])
    ([15, 15], ['one', 'other'])
    """
    if not isinstance(made, Synthetic) or made.name != "city":
        raise SpecificationError(
            f"made is no city but a {type(made).__name__}, must be what ctresearch.data.synthetic.city() gave"
        )
    hidden, degree, edges, friend = _friends(made)
    people = whole_number("people", people, low=2, high=hidden.size)
    initial = whole_number("initial", initial, low=2, high=people)
    rng = generator(seed)
    one_of("start", start, ("anybody", "venues"))
    weight = np.ones(hidden.size) if start == "anybody" else made.frame["nights"].to_numpy()[hidden]
    met = []
    for _ in range(whole_number("samples", samples, low=2)):
        first = np.argsort(-np.log(uniforms(rng, hidden.size)) / np.maximum(weight, 1e-9), kind="stable")[:initial]
        met.append(_traced(rng, edges, friend, first, people))
    names = np.array([f"p{number:04d}" for number in range(hidden.size)])
    parts = [
        pd.DataFrame(
            {
                "sample": f"sample {number + 1}",
                "person": names[one],
                "initial": (np.arange(one.size) < initial).astype(np.int8),
                "degree": degree[one],
            }
        )
        for number, one in enumerate(met)
    ]
    inside = np.zeros(hidden.size, dtype=bool)
    inside[np.concatenate(met)] = True
    who = np.repeat(np.arange(hidden.size), degree)
    kept = inside[who] & inside[friend] & (who < friend)
    return Synthetic(
        name="linked samples",
        frame=pd.concat(parts, ignore_index=True),
        tables={"links": pd.DataFrame({"one": names[who[kept]], "other": names[friend[kept]]})},
        truth={"exploited": int(hidden.size)},
        seed=recorded_seed(seed),
    )


def _traced(
    rng: np.random.Generator, edges: NDArray[np.int64], friend: NDArray[np.int64], first: NDArray[np.int64], people: int
) -> NDArray[np.int64]:
    """Draw ties out of a sample one at a time, and take who is at their other end."""
    met = list(first)
    free = np.ones(edges.size - 1, dtype=bool)
    free[met] = False
    ends = np.concatenate([friend[edges[one] : edges[one + 1]] for one in met])
    while len(met) < people:
        ends = ends[free[ends]]
        if not ends.size:
            break
        new = ends[int(uniforms(rng, 1)[0] * ends.size)]
        free[new] = False
        met.append(new)
        ends = np.append(ends, friend[edges[new] : edges[new + 1]])
    return np.array(met)


def _lists(made: Synthetic, _: int, rng: np.random.Generator) -> pd.DataFrame:
    """Put exploited people on lists anew, and return those who are on one."""
    table = draw_lists(rng, made.frame[made.frame["exploited"] == 1])
    return table[table.any(axis=1)].reset_index(drop=True)


def _registered(made: Synthetic, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Put exploited people on lists anew, and draw some of them at random beside it."""
    table = draw_lists(rng, made.frame[made.frame["exploited"] == 1])
    survey = np.zeros(len(table), dtype=np.int64)
    survey[shuffled(rng, len(table))[:n]] = 1
    table = table.assign(survey=survey)
    return table[table.any(axis=1)].reset_index(drop=True)


_DRAWS: Mapping[str, Draw] = {
    "household": _household,
    "members": _members,
    "recapture": _recapture,
    "time-location": _time_location,
    "respondent-driven": _respondent_driven,
    "lists": _lists,
    "registered": _registered,
}
