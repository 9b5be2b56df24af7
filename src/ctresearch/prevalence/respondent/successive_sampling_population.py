"""How many there are, from the degrees of a respondent-driven sample in the order of the interviews."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.prevalence.respondent.degree_order import order_curve
from ctresearch.prevalence.respondent.recruitment_checks import check_left_out
from ctresearch.prevalence.respondent.respondent_sample import require_sample
from ctresearch.prevalence.respondent.size_posterior import Plan, SizePrior, run_chain, size_model
from ctresearch.prevalence.respondent.size_result import RecruitedPopulationResult, diagnosed, summarised, thinned
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
    from ctresearch.prevalence.respondent.size_posterior import SizeModel

    Array = NDArray[Any]

ASSUMPTIONS = (
    "People enter one after the other, each time in proportion to how many they know among those who are left.",
    "People report how many of the population they know.",
    "Degrees of the population follow Conway, Maxwell and Poisson's distribution.",
    "Before the data, the size of the population is as the prior says.",
)
CHAINS = 4
_WARMUP, _THIN = 8000, 20
# A person knows at most twice as many as anybody in the sample: degrees beyond have no part in the figures.
_TOP = 2
_TIMES = 3  # the largest size, as a multiple of the guess, where none is given
_HIGH, _SHARE = 0.9, 0.025
# A posterior nearly as wide as its prior has learned little: the ratio of the middle halves on the logarithm.
_LEARNED = 0.8
_GRID = 200_000


class SuccessiveSamplingPopulation(Options):
    """Estimate the size of a population by successive sampling (SS-PSE), a Bayesian method.

    People who know many enter early. The faster degrees fall from interview to interview, the larger a part of the
    population is in the sample already [1]_.

    Parameters
    ----------
    prior_size : int
        A guess of the size, at which the prior is centred: the sampled share is Beta(1, b) or Beta(a, 1), whichever has
        no spike at its ends. For a guess of twice the sample or more, b is such that half the prior lies above it (were
        it not cut off); for a smaller one, a is such that the mean sampled share is the sample over the guess.
    prior_shape : tuple of float, optional
        Both numbers of the Beta prior of the sampled share, 1 at least, in place of those above.
    largest : int, optional
        Largest size; three times the guess by default. The posterior of a size has a long tail, which ends here.
    degree_mean, degree_sd : float, optional
        Centre of the prior of mean and standard deviation of degrees in the population, worth one and three people; by
        default those of the sample, weighted by one over the degree, as in [1]_.
    draws : int
        Draws that are kept of each of four chains, one in 20.
    level : float
        Coverage of the credible interval, as a proportion.
    seed : int or SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The likelihood is that of [1]_. The times between interviews and the degrees outside the sample, which [1]_ draws,
    are integrated out (:mod:`ctresearch.prevalence.respondent.size_posterior`), so chains walk among four numbers.

    It fails where coupons, opening hours or neighbourhoods decide who comes early, and where degrees are rounded
    guesses. Degrees say little of a population of which a few percent are in the sample: a check compares the posterior
    with its prior.

    References
    ----------
    .. [1] Handcock, M. S., Gile, K. J. and Mar, C. M. (2014). Estimating hidden population size using respondent-driven
       sampling data. Electronic Journal of Statistics 8, 1491-1521. https://doi.org/10.1214/14-EJS923

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> sample = RespondentSample.from_frame(respondent_sample(300, population=500, seed=3).frame)
    >>> row = SuccessiveSamplingPopulation(prior_size=700, draws=500, seed=1).fit(sample).estimates.loc["population"]
    >>> print(f"between {row['ci_low']:.0f} and {row['ci_high']:.0f} people; in truth 500")
    between 394 and 1194 people; in truth 500
    """

    def __init__(
        self,
        *,
        prior_size: int,
        prior_shape: tuple[float, float] | None = None,
        largest: int | None = None,
        degree_mean: float | None = None,
        degree_sd: float | None = None,
        draws: int = 2500,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.prior_size = whole_number("prior_size", prior_size, low=2)
        self.prior_shape = None if prior_shape is None else _shape(prior_shape)
        self.largest = _TIMES * self.prior_size if largest is None else whole_number("largest", largest, low=prior_size)
        self.degree_mean = None if degree_mean is None else in_range("degree_mean", degree_mean, 1, open_ends=True)
        self.degree_sd = None if degree_sd is None else in_range("degree_sd", degree_sd, 0, open_ends=True)
        self.draws = whole_number("draws", draws, low=100, high=100_000)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed

    def fit(self, sample: RespondentSample) -> RecruitedPopulationResult:
        """Estimate the size.

        Parameters
        ----------
        sample : RespondentSample
            The sample, whose order of interviews is known.

        Returns
        -------
        RecruitedPopulationResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If it is no sample, its order is not known, all degrees are the same, or it is larger than the guess.

        Examples
        --------
        >>> from ctresearch.data.synthetic import respondent_sample
        >>> from ctresearch.prevalence import RespondentSample
        >>> sample = RespondentSample.from_frame(respondent_sample(100, population=300, seed=3).frame)
        >>> SuccessiveSamplingPopulation(prior_size=400, draws=200).fit(sample).chains
        4
        """
        degree = self._degrees(require_sample(sample))
        prior = self._prior(degree)
        # Ties outside are at most those of the largest population, whose mean degree is not above that of the sample.
        curve = order_curve(degree, self.largest * float(degree.mean()))
        model = size_model(degree, curve, int(_TOP * degree.max()), prior)
        work = partial(_one_chain, model, self.prior_size, self.draws)
        drawn = np.stack(map_chunks(work, streams(self.seed, CHAINS), progress="Chains of the population's size"))
        quantities = {"population": drawn[:, 0], "mean degree": drawn[:, 1], "spread of degrees": drawn[:, 2]}
        return self._result(sample, degree, prior, quantities)

    def _degrees(self, sample: RespondentSample) -> Array:
        """Return whole degrees in the order of the interviews, or say what is wrong with them."""
        if sample.order is None:
            raise DataError(
                f"the order of {sample.n:,} interviews is not known, since some stand above their recruiter: name the "
                "date of the interview with order= when the sample is read"
            )
        degree = sample.degree[sample.order]
        degree = np.maximum(np.round(degree[np.isfinite(degree)]), 1.0)
        if degree.size > self.prior_size - 1:
            raise DataError(
                f"the sample has {degree.size:,} people and prior_size == {self.prior_size:,}, must be larger: it is a "
                "guess of how many there are in all"
            )
        if degree.size < 10 or np.ptp(degree) == 0:
            raise DataError(
                f"{degree.size} people have {np.unique(degree).size} different degrees, must be at least 10 with two "
                "or more: the size is read from how degrees fall"
            )
        return degree

    def _prior(self, degree: Array) -> SizePrior:
        """Return the prior."""
        share = degree.size / self.prior_size
        if self.prior_shape is not None:
            alpha, beta = self.prior_shape
        elif share <= 0.5:
            alpha, beta = 1.0, float(np.log(0.5) / np.log1p(-share))
        else:
            alpha, beta = share / (1 - share), 1.0
        weight = 1 / degree
        centre = degree.size / weight.sum()
        spread = np.sqrt((weight * (degree - centre) ** 2).sum() / weight.sum())
        mean, deviation = self.degree_mean or float(centre), self.degree_sd or float(spread)
        return SizePrior(alpha, beta, float(self.largest), mean, deviation)

    def _result(
        self, sample: RespondentSample, degree: Array, prior: SizePrior, quantities: dict[str, Array]
    ) -> RecruitedPopulationResult:
        """Put everything into a result."""
        population, people = quantities["population"], degree.size
        before = prior_draws(prior, people)
        low, middle, high = np.quantile(population, [(1 - self.level) / 2, 0.5, (1 + self.level) / 2])
        error = float(population.std(ddof=1))
        rows = {
            "population": (middle, error, low, high),
            "unobserved": (middle - people, error, low - people, high - people),
        }
        sizes = pd.DataFrame.from_dict(
            {"prior": summarised(before), "posterior": summarised(population)}, orient="index"
        ).rename_axis("of")
        degrees = {name: (float(one.mean()), float(one.std(ddof=1))) for name, one in list(quantities.items())[1:]}
        spreads = pd.DataFrame.from_dict(degrees, orient="index", columns=["mean", "std_dev"])
        return RecruitedPopulationResult(
            method=say(
                "Population size by successive sampling, prior guess {guess:,}, at most {largest:,}",
                guess=self.prior_size,
                largest=self.largest,
            ),
            estimates=estimates_table(rows, unit="persons"),
            n=people,
            level=self.level,
            interval="percentile",
            scope=sample.scope,
            checks=(
                check_mixing(quantities),
                check_end(population, self.largest),
                check_learned(population, before),
                *check_left_out(sample),
            ),
            assumptions=ASSUMPTIONS,
            references=references(SuccessiveSamplingPopulation),
            inputs=record(pd.DataFrame({"degree": degree}), seed=recorded_seed(self.seed), packages=("numpy", "numba")),
            draws=thinned(population, people),
            smallest_group=people,
            sizes=sizes,
            degrees=spreads.rename_axis("quantity"),
            chains_table=diagnosed(quantities),
            chains=CHAINS,
        )


def prior_draws(prior: SizePrior, people: int) -> Array:
    """Return sizes at even steps of the prior's distribution.

    Parameters
    ----------
    prior : SizePrior
        The prior.
    people : int
        People in the sample.

    Returns
    -------
    numpy.ndarray
        Sizes up to the largest.

    Examples
    --------
    >>> float(np.median(prior_draws(SizePrior(1.0, 1.0, 1e9, 5.0, 2.0), 100)))
    199.5
    """
    from scipy.special import betainc, betaincinv

    least = betainc(prior.alpha, prior.beta, people / (prior.largest + 1))
    steps = least + (1 - least) * (np.arange(_GRID) + 0.5) / _GRID
    found: Array = np.floor(people / betaincinv(prior.alpha, prior.beta, steps))
    return found


def check_end(population: Array, largest: int) -> Check:
    """Say whether the posterior leans on the largest size.

    Parameters
    ----------
    population : numpy.ndarray
        Draws of the size.
    largest : int
        Largest size.

    Returns
    -------
    Check
        Review where over 2.5 % of it lie in the last tenth.
    """
    high = float((population > _HIGH * largest).mean())
    said = say("{high:.1%} of the posterior lie in the last tenth below the largest size.", high=high)
    if high <= _SHARE:
        return Check("largest size", "pass", said, {"high": high})
    more = say("{said} The upper limit and the mean rest on largest=, which the data do not bound.", said=said)
    return Check("largest size", "review", more, {"high": high})


def check_learned(population: Array, before: Array) -> Check:
    """Say how much narrower the posterior is than the prior.

    Parameters
    ----------
    population, before : numpy.ndarray
        Draws of the size after the data, and before.

    Returns
    -------
    Check
        Review where the middle half of the posterior is over 0.8 times as wide as that of the prior, on the logarithm.
    """
    widths = [float(np.diff(np.log(np.quantile(one, [0.25, 0.75])))[0]) for one in (population, before)]
    ratio = widths[0] / widths[1]
    said = say("The middle half of the posterior is {ratio:.2f} times as wide as that of the prior.", ratio=ratio)
    return Check("learned", "pass" if ratio <= _LEARNED else "review", said, {"ratio": ratio})


def _one_chain(model: SizeModel, guess: int, draws: int, rng: np.random.Generator) -> Array:
    """Run one chain from a start of its own: a size around the guess, and the time at which it gives the sample."""
    outside = (guess - model.people) * (0.5 + 1.5 * rng.random())
    outside = min(outside, 0.9 * (model.largest - model.people))
    v = model.centre / model.spread**2
    a = v * np.log(model.centre)
    weight = a * model.degree - v * model.log_factorial
    chance = np.exp(weight - weight.max())
    time = _time_of(model, chance / chance.sum(), model.people + outside)
    state = np.array([np.log(outside + 0.5), np.log(time), a, v])
    drawn: Array = run_chain(rng, model, state, Plan(_WARMUP, draws, _THIN))
    return drawn


def _time_of(model: SizeModel, chance: Array, size: float) -> float:
    """Return the time by which as many as are in the sample have rung, kept inside the curve."""
    low, high = np.exp(model.start + model.step), np.exp(model.start + model.step * (model.height.size - 2))
    for _ in range(200):
        time = np.sqrt(low * high)
        rung = size * float((chance * -np.expm1(-model.degree * time)).sum())
        low, high = (time, high) if rung < model.people else (low, time)
    return float(np.sqrt(low * high))


def _shape(shape: Any) -> tuple[float, float]:
    """Return both numbers of a Beta prior."""
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise SpecificationError(f"prior_shape == {shape!r}, must be two numbers of at least 1, such as (1, 3)")
    return float(in_range("prior_shape", shape[0], 1)), float(in_range("prior_shape", shape[1], 1))
