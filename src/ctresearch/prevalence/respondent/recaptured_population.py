"""How many there are, from two respondent-driven samples of one population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, seed_sequence
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import is_level, whole_number
from ctresearch.prevalence.lists.population_table import PopulationResult
from ctresearch.prevalence.respondent.respondent_sample import require_sample
from ctresearch.prevalence.respondent.trait import trait_name
from ctresearch.prevalence.respondent.trait_fit import bootstrap_options
from ctresearch.prevalence.respondent.volz_heckathorn import VolzHeckathorn
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample

ASSUMPTIONS = (
    "The population did not change between the two samples.",
    "Whether people of the second sample were in the first is known of everybody, without error.",
    "Given how many they know, people of the first sample are no likelier than others to be in the second.",
)
# Robson and Regier (1964): with seven people in both or more the bias of the ratio is negligible.
_FEW = 7


class RecapturedPopulation(Options):
    """Estimate the size of a population from two respondent-driven samples of it.

    The share of the population that was in the first sample is a trait like any other, and the second sample estimates
    it with weights of one over the degree. The first sample's people over that share are the population, as field
    studies of two captures have it [1]_. Weights take away what both samples have in common, that people who know many
    are likelier to be in either [2]_.

    Parameters
    ----------
    again : str
        Trait of the second sample: 1 for those who were in the first, 0 for the others.
    first : int
        People in the first sample.
    bootstrap : {"tree", "neighbourhood"}
        How to resample the second sample for the interval: :class:`VolzHeckathorn` says how.
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
    It fails where both samples start from the same seeds or places and do not leave them: they then meet the same
    people again, and the population comes out too small.

    References
    ----------
    .. [1] Doshi, R. H., Apodaca, K., Ogwal, M. et al. (2019). Estimating the size of key populations in Kampala,
       Uganda: 3-source capture-recapture study. JMIR Public Health and Surveillance 5, e12118. https://doi.org/10.2196/12118
    .. [2] Gile, K. J. and Handcock, M. S. (2010). Respondent-driven sampling: an assessment of current methodology.
       Sociological Methodology 40, 285-327. https://doi.org/10.1111/j.1467-9531.2010.01223.x

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> made = respondent_sample(400, population=2000, prevalence=0.15, activity=1.0, seed=3)
    >>> second = RespondentSample.from_frame(made.frame.rename(columns={"exploited": "again"}), traits=["again"])
    >>> row = RecapturedPopulation("again", first=300, seed=1).fit(second).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people; in truth 2000")
    1062 to 3947 people; in truth 2000
    """

    def __init__(
        self,
        again: str,
        *,
        first: int,
        bootstrap: Literal["tree", "neighbourhood"] = "tree",
        n_boot: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.again = trait_name(again)
        self.first = whole_number("first", first, low=1)
        self.bootstrap, self.n_boot = bootstrap_options(bootstrap, n_boot, ("tree", "neighbourhood"), needed=True)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed

    def fit(self, sample: RespondentSample) -> PopulationResult:
        """Estimate the size from the second sample.

        Parameters
        ----------
        sample : RespondentSample
            The second sample.

        Returns
        -------
        PopulationResult
            Terms ``population`` and ``unobserved``, people in neither sample.

        Raises
        ------
        DataError
            If it is no sample, the trait is not 0 and 1, or more people were in the first sample than it had.

        Examples
        --------
        >>> from ctresearch.prevalence import RespondentSample
        >>> frame = pd.DataFrame({"id": range(40), "recruiter": [None, *range(39)], "degree": 5})
        >>> second = RespondentSample.from_frame(frame.assign(again=[1, 0, 0, 0] * 10), traits=["again"])
        >>> RecapturedPopulation("again", first=50).fit(second).estimates["estimate"].round(6).tolist()
        [200.0, 120.0]
        """
        found = require_sample(sample)
        shares = VolzHeckathorn(
            self.again, bootstrap=self.bootstrap, n_boot=self.n_boot, level=self.level, seed=self.seed
        ).fit(found)
        both = self._both(found, shares.estimates.index.tolist())
        seen = self.first + found.n - both
        drawn = shares.draws
        assert drawn is not None
        share = drawn.loc["1"].to_numpy()
        with np.errstate(divide="ignore"):
            population = self.first / share
        estimate = self.first / float(shares.estimates["estimate"]["1"])
        ends = np.quantile(population, [(1 - self.level) / 2, (1 + self.level) / 2], method="inverted_cdf")
        error = float(population.std(ddof=1)) if np.isfinite(population).all() else float("nan")
        rows = {
            "population": (estimate, error, *ends),
            "unobserved": (estimate - seen, error, ends[0] - seen, ends[1] - seen),
        }
        finite = np.isfinite(population).all()
        index = pd.Index(["population", "unobserved"], name="term", dtype="str")
        return PopulationResult(
            method=say("People of a first sample over their share in a second, respondent-driven one"),
            estimates=estimates_table(rows, unit="persons"),
            n=seen,
            level=self.level,
            interval="percentile",
            scope=found.scope,
            checks=(_check_both(both), *(c for c in shares.checks if c.name != "interval"), _check_finite(population)),
            assumptions=(*shares.assumptions, *ASSUMPTIONS),
            references=references(RecapturedPopulation),
            inputs=shares.inputs,
            draws=pd.DataFrame(np.stack([population, population - seen]), index=index) if finite else None,
            smallest_group=smallest_of([both, found.n - both, self.first - both]),
        )

    def _both(self, sample: RespondentSample, levels: list[str]) -> int:
        """Count people of both samples."""
        if levels != ["0", "1"]:
            raise DataError(
                f"trait {self.again!r} has {len(levels)} levels, must be 1 for those who were in the first sample and "
                "0 for the others"
            )
        both = int(pd.to_numeric(sample.traits[self.again]).sum())
        if both > self.first:
            raise DataError(
                f"{both:,} people of the second sample were in the first and first == {self.first:,}, must be at least "
                "as many: it counts everybody in the first sample"
            )
        return both


def _check_both(both: int) -> Check:
    """Say whether enough people were in both samples."""
    said = say("{n} person was in both samples.", many="{n} people were in both samples.", n=both)
    if both >= _FEW:
        return Check("overlap", "pass", said, {"overlap": both})
    more = say("{said} With fewer than {few} the estimate leans on single people.", said=said, few=_FEW)
    return Check("overlap", "review", more, {"overlap": both})


def _check_finite(population: Any) -> Check:
    """Say whether all resamples held somebody of the first sample."""
    lost = int((~np.isfinite(population)).sum())
    said = say("{lost:,} of {made:,} resamples held nobody of the first sample.", lost=lost, made=population.size)
    return Check("interval", "fail" if lost else "pass", said, {"lost": lost}, voids=True)
