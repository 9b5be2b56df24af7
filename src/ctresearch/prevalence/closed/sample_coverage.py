"""The sample coverage estimators of Chao and Tsay: overlaps turned into a share of the population that is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.renamed import renamed
from ctresearch.core.result import MAX_DRAWS
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.closed.coverage_estimators import VERSIONS, Coverage, coverage_estimates
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.closed.sample_coverage_result import SampleCoverageResult
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

Version = Literal["independent", "high_coverage", "one_step"]
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Lists depend on one another in pairs; what all lists do together follows from that.",
)
# 55 % is the authors' own advice (Chao and others 2001); with less than 30 % most of the population rests on the
# correction, a convention.
_HIGH, _LOW = 0.55, 0.3


class SampleCoverage(Options):
    """Estimate a population from the share of it that the lists cover.

    The coverage is one less the mean share of each list that is on no other. ``"independent"`` divides the people seen
    by it; ``"high_coverage"`` allows for the dependence of each pair of lists, and is unstable where the coverage is
    low; ``"one_step"`` allows for part of it, is stable, and too low under positive dependence.

    Parameters
    ----------
    version : {"independent", "high_coverage", "one_step"}, optional
        Which of the three; by default ``"high_coverage"`` where the coverage is at least 55 %, as its authors advise,
        and ``"one_step"`` below.
    bootstrap : int
        Tables drawn for the standard error, at least 50.
    level : float
        Coverage of the log-normal interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Notes
    -----
    It fails where lists hardly overlap: below a coverage of 55 % no estimator of this kind corrects for all of the
    dependence, and the interval does not cover what is left out. The interval also takes the choice of the estimator
    as given.

    References
    ----------
    .. [1] Chao, A. and Tsay, P. K. (1998). A sample coverage approach to multiple-system estimation with application
       to census undercount. Journal of the American Statistical Association 93, 283-293.
    .. [2] Chao, A., Tsay, P. K., Lin, S.-H., Shau, W.-Y. and Chao, D.-Y. (2001). The applications of capture-recapture
       models to epidemiological data. Statistics in Medicine 20, 3123-3157. https://doi.org/10.1002/sim.996

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = SampleCoverage().fit(CaptureHistories.from_published("hav-taiwan"))
    >>> print(f"{result.coverage:.1%} covered, about {result.estimates.loc['population', 'estimate']:.0f} infected")
    51.3% covered, about 508 infected
    """

    @renamed(gone="0.3", estimator="version")
    def __init__(
        self,
        *,
        version: Version | None = None,
        bootstrap: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.version = one_of("version", version, (None, *VERSIONS))
        self.bootstrap = whole_number("bootstrap", bootstrap, low=50, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> SampleCoverageResult:
        """Estimate the population from a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of at least three lists.

        Returns
        -------
        SampleCoverageResult
            Terms ``population`` and ``unobserved``, in persons, and ``.estimators`` with all three.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If there are fewer than three lists.
        FitError
            If the estimate is not finite or below the number of people seen.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = SampleCoverage().fit(CaptureHistories.from_published("hav-taiwan"))
        >>> result.estimators["estimate"].round().tolist()
        [407.0, 971.0, 508.0]
        """
        table = require_estimable(histories)
        if len(table.lists) < 3:
            raise SpecificationError(
                f"the table has {len(table.lists)} lists, sample coverage needs at least 3: use Chapman for two"
            )
        found = coverage_estimates(table.patterns, table.frequencies[None, :].astype(float), len(table.lists))
        chosen = self.version or ("high_coverage" if found.coverage[0] >= _HIGH else "one_step")
        estimate = float(found.estimate(chosen)[0])
        if np.isnan(estimate):
            raise FitError(
                f"version == {chosen!r} gives no population above the {table.n_observed:,} people seen at a coverage"
                f" of {found.coverage[0]:.0%}: choose version='one_step'"
            )
        draws = self._draw(table, estimate).estimate(chosen)
        return self._result(table, found, chosen, draws)

    def _draw(self, table: CaptureHistories, estimate: float) -> Coverage:
        """Estimate again on tables drawn from a population of the estimated size."""
        size = max(round(estimate), table.n_observed)
        shares = np.concatenate([[size - table.n_observed], table.frequencies]) / size
        drawn = generator(self.seed).multinomial(size, shares, size=self.bootstrap)[:, 1:]
        return coverage_estimates(table.patterns, drawn.astype(float), len(table.lists))

    def _result(self, table: CaptureHistories, found: Coverage, chosen: str, draws: Array) -> SampleCoverageResult:
        """Put everything together."""
        people, estimate = table.n_observed, float(found.estimate(chosen)[0])
        missing = np.isnan(draws)
        usable = missing.mean() <= (1 - self.level) / 2
        std_error = float(np.std(draws[~missing], ddof=1)) if usable else float("nan")
        index = pd.Index(["population", "unobserved"], name="term")
        kept = draws[:MAX_DRAWS]
        return SampleCoverageResult(
            method=say("Sample coverage, estimator {chosen}", chosen=chosen),
            estimates=population_table(
                people, estimate - people, std_error, lognormal_limits(people, estimate - people, std_error, self.level)
            ),
            n=people,
            level=self.level,
            interval="lognormal",
            scope=table.scope,
            checks=(
                _check_coverage(float(found.coverage[0]), chosen),
                _check_draws(missing, usable=bool(usable)),
                *diagnose(table),
                *checks_of(table),
            ),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(SampleCoverage)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=("numpy",)),
            smallest_group=fewest_people(table.cell_counts()),
            draws=pd.DataFrame([kept, kept - people], index=index),
            coverage=float(found.coverage[0]),
            estimators=found.to_frame(),
        )


def _check_coverage(coverage: float, chosen: str) -> Check:
    """Say whether the lists cover enough for the estimator."""
    numbers = {"coverage": coverage}
    said = say("The lists cover {coverage:.0%} of the population", coverage=coverage)
    if coverage < _LOW:
        return Check(
            "coverage",
            "fail",
            say("{said}: too little for any estimator of this kind.", said=said),
            numbers,
            voids=True,
        )
    if coverage < _HIGH and chosen != "independent":
        return Check(
            "coverage",
            "review",
            say("{said}, below {enough:.0%}: part of the dependence stays in.", said=said, enough=_HIGH),
            numbers,
        )
    return Check("coverage", "pass", say("{said}.", said=said), numbers)


def _check_draws(missing: Array, *, usable: bool) -> Check:
    """Say on how many bootstrap tables there was no estimate."""
    gone = int(missing.sum())
    numbers = {"tables": missing.size, "without_estimate": gone}
    message = say("{gone:,} of {tables:,} bootstrap tables give no estimate.", gone=gone, tables=missing.size)
    return Check(
        "bootstrap", "fail" if not usable else "review" if gone else "pass", message, numbers, voids=not usable
    )
