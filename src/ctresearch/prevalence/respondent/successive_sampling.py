"""Gile's estimator: the population is small enough for people who know many to run out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, seed_sequence
from ctresearch.core.validate import is_level, whole_number
from ctresearch.prevalence.respondent.inclusion import inclusion_of
from ctresearch.prevalence.respondent.shares import successive_weights, weighted_shares
from ctresearch.prevalence.respondent.trait import trait_name
from ctresearch.prevalence.respondent.trait_fit import Asked, Resampling, ask, bootstrap_options, conclude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.respondent_result import RespondentResult
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample

    Array = NDArray[Any]

ASSUMPTIONS = (
    "People enter one after the other, each time in proportion to how many they know among those who are left.",
    "The population is as large as was said.",
)
# Populations at which the estimate is shown, as multiples of the one that was given, where they exceed the sample.
_MULTIPLES = (0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0)
# A share that moves by over two points as the population is halved or doubled rests on the number that was given.
_MOVES = 0.02


class SuccessiveSampling(Options):
    """Estimate shares or a mean by successive sampling from a population of a given size (Gile's estimator).

    People enter without replacement, each time in proportion to their degree among those who are left. In a small
    population those who know many are nearly all in the sample, so their weights are close to one another, where RDS-II
    would weight by one over the degree. Weights and numbers by degree in the population are found from one another
    [1]_.

    Parameters
    ----------
    trait : str
        A trait in levels, or measured.
    population : int
        People in the population. There is no default: the estimate moves with it, as ``sensitivity`` shows. It is
        never replaced by RDS-II, however large it is.
    bootstrap : {None, "gile", "tree", "neighbourhood", "salganik"}
        How to resample for an interval; None by default, and then no interval. ``"gile"`` draws samples like the one
        observed, without replacement, from the population that the weights imply [1]_; :class:`VolzHeckathorn` says
        what the others do.
    n_boot : int
        Resamples, 20 to 4,000.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The chances of inclusion are computed, not simulated as in [1]_: :mod:`ctresearch.prevalence.respondent.inclusion`
    says how. So the estimate has no Monte Carlo error, and is repeated until no chance moves.

    In Gile's bootstrap a recruiter's group draws the group of the recruit by the recruitments observed and by the share
    of ties of that group that is left; numbers of recruits are drawn from those of the recruiter's group.

    References
    ----------
    .. [1] Gile, K. J. (2011). Improved inference for respondent-driven sampling data with application to HIV prevalence
       estimation. Journal of the American Statistical Association 106, 135-146.
       https://doi.org/10.1198/jasa.2011.ap09475

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> made = respondent_sample(400, population=1000, seed=3)
    >>> sample = RespondentSample.from_frame(made.frame, traits=["exploited"])
    >>> result = SuccessiveSampling("exploited", population=1000, bootstrap="gile", seed=1).fit(sample)
    >>> share = result.estimates.loc["1"]
    >>> print(f"{share['ci_low']:.0%} to {share['ci_high']:.0%} are exploited if they are 1000; in truth 30%")
    26% to 37% are exploited if they are 1000; in truth 30%
    """

    def __init__(
        self,
        trait: str,
        *,
        population: int,
        bootstrap: Literal["gile", "tree", "neighbourhood", "salganik"] | None = None,
        n_boot: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.trait = trait_name(trait)
        self.population = whole_number("population", population, low=2)
        self.bootstrap, self.n_boot = bootstrap_options(
            bootstrap, n_boot, ("gile", "tree", "neighbourhood", "salganik")
        )
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed

    def fit(self, sample: RespondentSample) -> RespondentResult:
        """Estimate the share of each level, or the mean of a measured trait.

        Parameters
        ----------
        sample : RespondentSample
            The sample.

        Returns
        -------
        RespondentResult
            Terms are the levels, or the name of a measured trait; ``sensitivity`` by assumed population.

        Raises
        ------
        DataError
            If it is no sample or larger than the population, all are seeds, or the trait cannot be used.
        FitError
            If the weights do not settle, or Salganik's bootstrap is asked for where it cannot go on.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.prevalence import RespondentSample
        >>> frame = pd.DataFrame({"id": range(40), "recruiter": [None, *range(39)], "degree": [2, 8] * 20})
        >>> sample = RespondentSample.from_frame(frame.assign(debt=frame["degree"] > 4), traits=["debt"])
        >>> SuccessiveSampling("debt", population=40).fit(sample).estimates["estimate"].tolist()
        [0.5, 0.5]
        """
        asked = ask(sample, self.trait)
        if asked.sample.n > self.population:
            raise DataError(
                f"the sample has {asked.sample.n:,} people and population == {self.population:,}, must be at least as "
                "large: it counts everybody who could have been recruited"
            )
        degree = asked.sample.degree
        known = np.isfinite(degree)
        chance = np.ones(degree.size)
        chance[known] = inclusion_of(degree[known], self.population)

        def estimate(times: Array, _moves: Array) -> Array:
            weights = successive_weights(times, degree, float(self.population), chance)
            return weighted_shares(asked.trait.values, weights)

        sensitivity = _by_population(asked, self.population)
        method = say("Means weighted by successive sampling from {population:,} people", population=self.population)
        return conclude(
            asked,
            estimate,
            Resampling(self.bootstrap, self.n_boot, self.level, self.seed, float(self.population)),
            np.where(known, 1 / chance, 0.0),
            (SuccessiveSampling, method, ASSUMPTIONS),
            checks=(_check_population(asked, sensitivity, self.population),),
            sensitivity=sensitivity,
        )


def _by_population(asked: Asked, population: int) -> pd.DataFrame:
    """Estimate for populations of other sizes, the sample's own the smallest."""
    sizes = sorted({max(asked.sample.n, round(population * one)) for one in _MULTIPLES})
    known = np.isfinite(asked.sample.degree)
    rows = []
    for size in sizes:
        weights = 1 / inclusion_of(asked.sample.degree[known], size)
        shares = weighted_shares(asked.trait.values[known], weights[None])[0]
        rows += [(term, size, float(one)) for term, one in zip(asked.trait.terms, shares, strict=True)]
    return pd.DataFrame(rows, columns=["term", "population", "estimate"])


def _check_population(asked: Asked, sensitivity: pd.DataFrame, population: int) -> Check:
    """Say how far the estimate moves as the population is half or twice as large."""
    low, high = max(asked.sample.n, round(population * 0.5)), population * 2
    near = sensitivity[sensitivity["population"].between(low, high)].groupby("term")["estimate"]
    moves = near.max() - near.min()
    scale = float(asked.trait.values.std()) if asked.trait.measured else 1.0
    moved = float(moves.max())
    numbers = {"least": low, "most": high, "moves": moved, "sampled": asked.sample.n / population}
    said = say(
        "{sampled:.0%} of the population is in the sample; between {low:,} and {high:,} people an estimate moves by "
        "{moved:.3f} at most.",
        sampled=asked.sample.n / population,
        low=low,
        high=high,
        moved=moved,
    )
    return Check("population", "pass" if moved <= _MOVES * scale else "review", said, numbers)
