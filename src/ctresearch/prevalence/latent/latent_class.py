"""Latent classes of people, as many as the lists ask for: a Bayesian estimate that allows for heterogeneity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.prevalence.averages.posterior_result import PosteriorResult, both_terms, draws_of, summary_of
from ctresearch.prevalence.latent.latent_chain import LatentDraws, Schedule, draw_chains
from ctresearch.prevalence.latent.latent_state import Prior, observed_patterns
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.loglinear_checks import check_overlaps
from ctresearch.prevalence.trust.diagnose import diagnose
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.histories import CaptureHistories

ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "People fall into classes, and within a class lists are independent of one another.",
    "Every class has some of its people on the lists: a class that no list reaches cannot be seen.",
    "Before the data, chances of being listed are uniform, population N has weight 1/N, and concentration is gamma.",
)


class LatentClass(Options):
    """Estimate a population by a Dirichlet-process mixture of classes of people.

    Within a class lists are independent; that people of several classes are mixed makes them depend on one another. The
    number of classes in use, their chances of being on each list and the number of people on no list have a joint
    posterior, which four chains explore by Gibbs steps and moves between modes.

    Parameters
    ----------
    classes : int
        Largest number of classes; more make no difference once some stay empty.
    concentration : tuple of float
        Shape and rate of the gamma prior of the concentration: small values favour few classes.
    iterations : int
        Rounds a chain after warming up.
    warmup : int, optional
        Rounds before them that are not kept; by default a fifth of ``iterations``.
    thin : int
        One round in so many is kept.
    chains : int
        Independent chains, at least 2, so that R-hat can compare them.
    level : float
        Posterior probability of the interval.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Notes
    -----
    It fails where one list leads to another, a dependence within classes, where a group of people is out of reach of
    all lists, and where few lists tell a rare class badly: of two classes on four lists it covered 13 % in simulation.
    The data say little about the class with the smallest chances: the upper tail comes from the prior, and estimates
    tend to be well above those of log-linear models on the same lists. Where R-hat is over 1.01 or fewer than 400 draws
    are effective there is no estimate; ``.posterior`` shows what the chains had so far.

    References
    ----------
    .. [1] Manrique-Vallier, D. (2016). Bayesian population size estimation using Dirichlet process mixtures.
       Biometrics 72, 1246-1254. https://doi.org/10.1111/biom.12502
    .. [2] Papaspiliopoulos, O. and Roberts, G. O. (2008). Retrospective Markov chain Monte Carlo methods for Dirichlet
       process hierarchical models. Biometrika 95, 169-186. https://doi.org/10.1093/biomet/asm086

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = LatentClass(iterations=20_000, seed=1).fit(CaptureHistories.from_published("korea"))
    >>> print(result.status, round(float(result.estimates.loc["population", "estimate"]), -1))
    review 140.0
    """

    def __init__(
        self,
        classes: int = 10,
        *,
        concentration: tuple[float, float] = (0.25, 0.25),
        iterations: int = 100_000,
        warmup: int | None = None,
        thin: int = 10,
        chains: int = 4,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.classes = whole_number("classes", classes, low=1, high=200)
        self.concentration = _check_concentration(concentration)
        self.thin = whole_number("thin", thin, low=1)
        self.iterations = whole_number("iterations", iterations, low=4 * self.thin)
        self.warmup = iterations // 5 if warmup is None else whole_number("warmup", warmup, low=0)
        self.chains = whole_number("chains", chains, low=2, high=100)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> PosteriorResult:
        """Draw from the posterior of a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table.

        Returns
        -------
        PosteriorResult
            Terms ``population`` and ``unobserved``, in persons; NaN where the chains have not mixed. ``.models`` holds
            the numbers of classes in use.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> short = LatentClass(iterations=40, seed=1).fit(CaptureHistories.from_published("korea"))
        >>> short.status, float(short.estimates.loc["population", "estimate"])
        ('fail', nan)
        """
        table = require_estimable(histories)
        schedule = Schedule(self.warmup, self.iterations, self.thin)
        drawn = draw_chains(
            observed_patterns(table),
            self.classes,
            Prior(*self.concentration),
            schedule,
            chains=self.chains,
            seed=self.seed,
        )
        people = table.n_observed
        summary = summary_of(drawn.unobserved + people)
        mixing = check_mixing({"population": drawn.unobserved})
        return PosteriorResult(
            method=say("Dirichlet-process mixture of up to {classes} latent classes", classes=self.classes),
            estimates=self._estimates(drawn, people, mixing),
            n=people,
            level=self.level,
            interval="percentile",
            scope=table.scope,
            checks=(mixing, check_overlaps(table.overlaps()), *diagnose(table), *checks_of(table)),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(LatentClass)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=("numpy", "scipy", "numba")),
            smallest_group=fewest_people(table.cell_counts()),
            draws=draws_of(drawn.unobserved + people, people) if mixing.status == "pass" else None,
            posterior=both_terms(summary, people),
            models=classes_in_use(drawn, people),
            lists=table.lists,
            chains=self.chains,
        )

    def _estimates(self, drawn: LatentDraws, people: int, mixing: Check) -> pd.DataFrame:
        """Return median, standard deviation and limits, or nothing where the chains have not mixed."""
        if not mixing.stands:
            return population_table(people, np.nan, np.nan, (np.nan, np.nan))
        tail = (1 - self.level) / 2
        median, low, high = np.quantile(drawn.unobserved, [0.5, tail, 1 - tail])
        return population_table(people, median, drawn.unobserved.std(ddof=1), (people + low, people + high))


def classes_in_use(drawn: LatentDraws, people: int) -> pd.DataFrame:
    """Tabulate how many classes hold people, those on no list included.

    Parameters
    ----------
    drawn : LatentDraws
        The draws.
    people : int
        On at least one list.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``classes``, the most probable number first: ``probability`` and the ``mean`` of the population.

    Examples
    --------
    >>> drawn = LatentDraws(np.array([[4.0, 6.0], [5.0, 9.0]]), np.array([[2.0, 2.0], [2.0, 3.0]]))
    >>> classes_in_use(drawn, 10)["probability"].tolist()
    [0.75, 0.25]
    """
    frame = pd.DataFrame({"classes": drawn.classes.ravel().astype(int), "size": drawn.unobserved.ravel() + people})
    found = frame.groupby("classes")["size"].agg(["size", "mean"])
    table = pd.DataFrame({"probability": found["size"] / len(frame), "mean": found["mean"]})
    return table.sort_values("probability", ascending=False, kind="stable")


def _check_concentration(concentration: tuple[float, float]) -> tuple[float, float]:
    """Return shape and rate of the prior of the concentration."""
    if not isinstance(concentration, tuple) or len(concentration) != 2:
        raise SpecificationError(
            f"concentration == {concentration!r}, must be shape and rate of a gamma distribution, such as (0.25, 0.25)"
        )
    shape, rate = (
        in_range(name, value, 0, None, open_ends=True)
        for name, value in zip(("shape of the concentration", "rate of the concentration"), concentration, strict=True)
    )
    return shape, rate
