"""A respondent-driven sample from a hidden population whose network and traits are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli, categories, normals, shuffled
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats

MOST_PEOPLE = 5_000


def respondent_sample(
    n: int = 400,
    *,
    population: int = 2_000,
    prevalence: float = 0.3,
    mean_degree: float = 12.0,
    homophily: float = 2.0,
    activity: float = 1.5,
    seeds: int = 8,
    coupons: int = 3,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a respondent-driven sample.

    Parameters
    ----------
    n : int
        Size of the sample.
    population : int
        Size of the hidden population, at most 5,000.
    prevalence : float
        Share of the population with the trait, ``exploited``.
    mean_degree : float
        Mean number of ties within the population.
    homophily : float
        How many times likelier a tie is between two people alike in the trait.
    activity : float
        Ratio of the propensity to tie of those with the trait to that of the others; it makes the raw share wrong.
    seeds : int
        Respondents to start from, drawn by degree. Where all chains end early, another is drawn.
    coupons : int
        People whom each respondent may recruit, at random among the ties that have not taken part.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``id``, ``recruiter`` (missing for a seed), ``degree``, ``exploited``, ``wave``, in the order of
        the interviews. ``tables["ties"]``: the whole network. ``truth``: ``population``, ``prevalence``,
        ``mean_degree``, ``within`` (the share of ties between people alike).

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Heckathorn, D. D. (1997). Respondent-driven sampling: a new approach to the study of hidden populations.
       Social Problems, 44(2), 174-199. https://doi.org/10.2307/3096941
    .. [2] Gile, K. J. and Handcock, M. S. (2010). Respondent-driven sampling: an assessment of current methodology.
       Sociological Methodology, 40(1), 285-327. https://doi.org/10.1111/j.1467-9531.2010.01223.x

    Examples
    --------
    >>> made = respondent_sample(100, population=500, seed=1)
    >>> made.frame.shape, int(made.frame["recruiter"].isna().sum())
    ((100, 5), 8)
    """
    population = whole_number("population", population, low=10, high=MOST_PEOPLE)
    n = whole_number("n", n, low=2, high=population)
    seeds, coupons = whole_number("seeds", seeds, low=1, high=n), whole_number("coupons", coupons, low=1)
    in_range("prevalence", prevalence, 0, 1, open_ends=True)
    in_range("mean_degree", mean_degree, 0, population - 1, open_ends=True)
    in_range("homophily", homophily, 0, open_ends=True)
    in_range("activity", activity, 0, open_ends=True)
    rng = generator(seed)
    trait = np.zeros(population, dtype=np.int8)
    trait[shuffled(rng, population)[: max(1, round(prevalence * population))]] = 1
    tied = _network(rng, trait, mean_degree, homophily, activity)
    frame = _sample(rng, tied, n, seeds, coupons)
    person = frame["id"].to_numpy()
    frame["degree"], frame["exploited"] = tied.sum(axis=1)[person], trait[person]
    one, other = np.nonzero(np.triu(tied))
    frame = frame.assign(id=_names(person), recruiter=_names(frame["recruiter"].to_numpy()))
    return Synthetic(
        name="respondent_sample",
        frame=frame[["id", "recruiter", "degree", "exploited", "wave"]],
        tables={"ties": pd.DataFrame({"source": _names(one), "target": _names(other)})},
        seed=recorded_seed(seed),
        truth={
            "population": population,
            "prevalence": float(trait.mean()),
            "mean_degree": float(tied.sum() / population),
            "within": float((trait[one] == trait[other]).mean()) if len(one) else float("nan"),
        },
    )


def _network(
    rng: np.random.Generator, trait: NDArray[np.int8], mean_degree: float, homophily: float, activity: float
) -> NDArray[np.bool_]:
    """Tie people by their propensities and by whether they are alike; everybody has a tie."""
    n = len(trait)
    propensity = np.exp(0.5 * normals(rng, n)) * np.where(trait == 1, activity, 1.0)
    weight = np.outer(propensity, propensity) * np.where(trait[:, None] == trait[None, :], homophily, 1.0)
    np.fill_diagonal(weight, 0)
    chance = np.minimum(1.0, weight * mean_degree * n / weight.sum())
    drawn = np.triu(bernoulli(rng, chance), k=1).astype(bool)
    lonely = np.flatnonzero(~(drawn | drawn.T).any(axis=1))
    partner = categories(rng, propensity, len(lonely))
    drawn[lonely, np.where(partner == lonely, (lonely + 1) % n, partner)] = True
    return np.asarray(drawn | drawn.T, dtype=bool)


def _sample(rng: np.random.Generator, tied: NDArray[np.bool_], n: int, seeds: int, coupons: int) -> pd.DataFrame:
    """Let respondents recruit one another, wave after wave."""
    degree: Floats = tied.sum(axis=1).astype(float)
    free = np.ones(len(tied), dtype=bool)
    rows: list[tuple[int, int, int]] = []

    def enter(person: int, recruiter: int, wave: int) -> None:
        free[person] = False
        rows.append((person, recruiter, wave))

    turn = 0
    while len(rows) < n:
        if len(rows) < seeds or turn == len(rows):
            enter(int(categories(rng, degree * free, 1)[0]), -1, 0)
            continue
        recruiter, _, wave = rows[turn]
        willing = np.flatnonzero(tied[recruiter] & free)
        for person in willing[shuffled(rng, len(willing))][: min(coupons, n - len(rows))]:
            enter(int(person), recruiter, wave + 1)
        turn += 1
    return pd.DataFrame(rows, columns=["id", "recruiter", "wave"])


def _names(numbers: Any) -> pd.Series[Any]:
    """Name people; -1 is nobody."""
    return pd.Series([f"p{number:04d}" if number >= 0 else None for number in numbers], dtype="str")
