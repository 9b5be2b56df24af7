"""Programmes with known effects: a campaign that is rolled out step by step, and one that is evaluated in all parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli, normals, poissons, shuffled
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats, Integers

DISCRIMINATION = (1.4, 1.1, 0.8, 1.6, 1.0, 1.2)
DIFFICULTY = (-0.8, -0.3, 0.0, 0.3, 0.7, 1.1)
_SIDE, _LOW, _HIGH = 20.0, 0.01, 0.99


def campaign_rollout(
    clusters: int = 12,
    size: int = 20,
    steps: int = 3,
    *,
    baseline: float = 0.3,
    effect: float = 0.15,
    trend: float = 0.02,
    icc: float = 0.05,
    period_share: float = 0.3,
    children: float = 0.3,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a stepped wedge: villages get a campaign one group after the other, and new people are asked each quarter.

    The share that knows the signs is the sum of baseline, trend, effect, a normal effect of the village and one of the
    village in the quarter, held between 0.01 and 0.99.

    Parameters
    ----------
    clusters : int
        Number of villages.
    size : int
        People asked in each village and quarter.
    steps : int
        Groups of villages that cross one after the other; there is one quarter more.
    baseline, effect, trend : float
        Share that knows the signs at first, what the campaign adds, and what each quarter adds.
    icc : float
        Correlation of two people of one village and quarter.
    period_share : float
        Share of that correlation that is of the quarter alone.
    children : float
        Share of the people who are 14 to 17 years old; the others are 18 to 59.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``village``, ``quarter`` (from 1), ``campaign``, ``age``, ``knows_signs``. ``truth``: ``effect``,
        ``trend``, ``icc``.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Hussey, M. A. and Hughes, J. P. (2007). Design and analysis of stepped wedge cluster randomized trials.
       Contemporary Clinical Trials 28, 182-191. https://doi.org/10.1016/j.cct.2006.05.007

    Examples
    --------
    >>> made = campaign_rollout(9, 10, seed=1)
    >>> made.frame.groupby("quarter")["campaign"].mean().round(2).tolist()
    [0.0, 0.33, 0.67, 1.0]
    """
    clusters, size = whole_number("clusters", clusters, low=3), whole_number("size", size, low=1)
    steps = whole_number("steps", steps, 2, clusters)
    for name, value in {"baseline": baseline, "icc": icc, "period_share": period_share, "children": children}.items():
        in_range(name, value, 0, 1)
    in_range("effect", effect, -1, 1)
    in_range("trend", trend, -1, 1)
    rng = generator(seed)
    crosses = np.empty(clusters, np.int64)
    crosses[shuffled(rng, clusters)] = 1 + np.arange(clusters) * steps // clusters
    variance = icc * baseline * (1 - baseline)
    lasting = np.sqrt(variance * (1 - period_share)) * normals(rng, clusters)
    passing = np.sqrt(variance * period_share) * normals(rng, (clusters, steps + 1))
    village = np.repeat(np.arange(clusters), (steps + 1) * size)
    quarter = np.tile(np.repeat(np.arange(steps + 1), size), clusters)
    campaign = (quarter >= crosses[village]).astype(np.int8)
    share = baseline + trend * quarter + effect * campaign + lasting[village] + passing[village, quarter]
    frame = pd.DataFrame(
        {
            "village": _names(clusters)[village],
            "quarter": quarter + 1,
            "campaign": campaign,
            "age": _ages(rng, len(village), children),
            "knows_signs": bernoulli(rng, np.clip(share, _LOW, _HIGH)),
        }
    )
    truth = {"effect": effect, "trend": trend, "icc": icc}
    return Synthetic(name="campaign_rollout", frame=frame, truth=truth, seed=recorded_seed(seed))


def campaign_evaluation(
    clusters: int = 24,
    size: int = 40,
    *,
    effect: float = 0.8,
    spill_over: float = 0.0,
    reach: float = 2.0,
    spread: float = 0.2,
    lost: float = 0.12,
    children: float = 0.25,
    seed: Seed = 0,
) -> Synthetic:
    """Draw an evaluation: villages on a map, a campaign in half of those of each region, and a test of knowledge.

    Six questions follow a two-parameter logistic model of a person's knowledge, before and after. People of campaign
    villages attend the more the more they knew. Knowledge rises by ``effect`` for those who attend, and by
    ``spill_over`` for people of other villages within ``reach`` of a campaign. Those who knew little and did not attend
    are lost more often.

    Parameters
    ----------
    clusters : int
        Number of villages.
    size : int
        Mean number of people in each, at least 4.
    effect, spill_over : float
        In standard deviations of knowledge.
    reach : float
        Kilometres on a map of 20 by 20.
    spread : float
        Variance of knowledge between villages; within them it is 1.
    lost : float
        Share lost to follow-up where all else is average.
    children : float
        Share of the people who are 14 to 17 years old.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``village``, ``region``, ``east`` and ``north`` in km, ``campaign``, ``attended``, ``age``,
        ``woman``, ``score_before``, ``q1`` to ``q6`` and ``score`` (missing for those lost). ``truth``:
        ``intention_to_treat`` and ``effect_of_attending`` on the score without spill-over, for the people drawn,
        ``discrimination`` and ``difficulty``.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Birnbaum, A. (1968). Some latent trait models and their use in inferring an examinee's ability. In: Lord, F.
       M. and Novick, M. R., Statistical Theories of Mental Test Scores. Addison-Wesley.

    Examples
    --------
    >>> made = campaign_evaluation(8, 10, seed=1)
    >>> bool(0 < made.truth["intention_to_treat"] < made.truth["effect_of_attending"])
    True
    """
    clusters, size = whole_number("clusters", clusters, low=8), whole_number("size", size, low=4)
    for name, value in {"spread": spread, "reach": reach}.items():
        in_range(name, value, 0)
    for name, value in {"lost": lost, "children": children}.items():
        in_range(name, value, 0, 1)
    if abs(effect) > 5 or abs(spill_over) > 5:
        raise SpecificationError(f"effect == {effect!r} and spill_over == {spill_over!r}, must be between -5 and 5")
    rng = generator(seed)
    place = _SIDE * rng.random((clusters, 2))
    region = (place[:, 1] > np.median(place[:, 1])).astype(np.int64)
    campaign = np.zeros(clusters, np.int8)
    for one in (0, 1):
        here = np.flatnonzero(region == one)
        campaign[here[shuffled(rng, len(here))[: len(here) // 2]]] = 1
    village = np.repeat(np.arange(clusters), np.maximum(poissons(rng, np.full(clusters, float(size))), 4))
    n = len(village)
    age, woman = _ages(rng, n, children), bernoulli(rng, np.full(n, 0.52))
    knowledge = np.sqrt(spread) * normals(rng, clusters)[village] + normals(rng, n) - 0.2 * (age < 18)
    willing = 1 / (1 + np.exp(-(0.6 + 0.5 * knowledge)))
    attended = bernoulli(rng, willing) * campaign[village]
    near = _near(place, campaign, reach)[village] * (1 - campaign[village])
    before = _answers(rng, knowledge)
    after = _answers(rng, knowledge + effect * attended + spill_over * near)
    gone = rng.random(n) < _chance_of_loss(lost, before.sum(axis=1), attended)
    frame = pd.DataFrame(
        {
            "village": _names(clusters)[village],
            "region": np.array(["south", "north"])[region[village]],
            "east": place[village, 0].round(2),
            "north": place[village, 1].round(2),
            "campaign": campaign[village],
            "attended": attended,
            "age": age,
            "woman": woman,
            "score_before": before.sum(axis=1),
        }
    )
    for number in range(len(DIFFICULTY)):
        frame[f"q{number + 1}"] = pd.arrays.IntegerArray(after[:, number].astype(np.int64), gone.copy())
    frame["score"] = pd.arrays.IntegerArray(after.sum(axis=1).astype(np.int64), gone)
    gain = _expected(knowledge + effect) - _expected(knowledge)
    truth = {
        "intention_to_treat": float((willing * gain).mean()),
        "effect_of_attending": float((willing * gain).sum() / willing.sum()),
        "discrimination": list(DISCRIMINATION),
        "difficulty": list(DIFFICULTY),
    }
    return Synthetic(name="campaign_evaluation", frame=frame, truth=truth, seed=recorded_seed(seed))


def _names(clusters: int) -> NDArray[np.str_]:
    """Name the villages."""
    return np.array([f"v{i:0{len(str(clusters))}d}" for i in range(1, clusters + 1)])


def _ages(rng: np.random.Generator, n: int, children: float) -> Integers:
    """Draw ages: some children of 14 to 17, the others from 18 to 59."""
    child = rng.random(n) < children
    return np.where(child, 14 + (rng.random(n) * 4).astype(np.int64), 18 + (rng.random(n) * 42).astype(np.int64))


def _near(place: Floats, campaign: NDArray[np.int8], reach: float) -> NDArray[np.int8]:
    """Say which villages have another with a campaign within reach."""
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    return np.asarray(((apart <= reach) & (campaign == 1)).any(axis=1), dtype=np.int8)


def _chances(knowledge: Floats) -> Floats:
    """Return the chance of each right answer, people by questions."""
    pull = np.array(DISCRIMINATION) * (knowledge[:, None] - np.array(DIFFICULTY))
    return np.asarray(1 / (1 + np.exp(-pull)), dtype=float)


def _expected(knowledge: Floats) -> Floats:
    """Return the expected score."""
    return np.asarray(_chances(knowledge).sum(axis=1), dtype=float)


def _answers(rng: np.random.Generator, knowledge: Floats) -> Integers:
    """Draw right and wrong answers, people by questions."""
    return bernoulli(rng, _chances(knowledge)).astype(np.int64)


def _chance_of_loss(lost: float, score: Integers, attended: Integers) -> Floats:
    """Return the chance of being lost: higher for those who knew little, lower for those who attended."""
    if lost in {0.0, 1.0}:
        return np.full(len(score), lost)
    lean = np.log(lost / (1 - lost)) - 0.25 * (score - 3) - 0.5 * attended
    return np.asarray(1 / (1 + np.exp(-lean)), dtype=float)
