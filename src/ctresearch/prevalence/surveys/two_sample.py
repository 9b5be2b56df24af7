"""A population from two samples: marked and met again, or a count of those served times a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.population_table import PopulationResult
from ctresearch.prevalence.surveys.linearised import Statistic
from ctresearch.prevalence.surveys.survey_design import design_columns, read_design
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_METHODS = {
    "multiplier": "Multiplier: people counted over the share of a survey who say they were",
    "chapman": "Two samples, Chapman's correction",
    "petersen": "Two samples, Lincoln and Petersen's estimate",
}
# Robson and Regier (1964): with seven people in both samples or more the bias of Chapman's estimate is negligible.
_FEW = 7
_DEFAULT = {"multiplier": "log_t", "chapman": "lognormal", "petersen": "lognormal"}
_ALLOWED = {
    "multiplier": ("log_t", "log", "normal"),
    "chapman": ("lognormal", "normal"),
    "petersen": ("lognormal", "normal"),
}
_CLOSED = "The population is closed between count and survey, and both are of the same people, place and time."
_MATCHED = "Whoever was counted says so in the survey, and nobody else does: no mark is lost, forgotten or invented."
_SAMPLE = {
    "multiplier": "The survey meets people who were counted as often as others, as its weights say.",
    "chapman": "All people have the same chance of being in the second sample, whether they were in the first or not.",
}


class TwoSample(Options):
    """Estimate a population from a count of people and a sample that says how many of them were counted.

    The count may be of people who got a token or came to a service, and the sample a second visit, a survey or one
    driven by respondents: counted over the share who say so. Both the count and the share bring their error along.

    Parameters
    ----------
    counted : str
        Column of 0 and 1: who of the sample was counted. Where a result is fitted in place of rows, its term.
    benchmark : float or Result
        How many were counted, or a result of which ``benchmark_term`` is that number with its error.
    benchmark_error : float
        Standard error of the count; 0 where it is known.
    benchmark_term : str
        Term of a result given as benchmark.
    method : {"multiplier", "chapman", "petersen"}
        The first for any design; the others for a simple random sample of people each of whom is met once, with the
        hypergeometric variance.
    weight, strata, cluster, population, lone
        The design of the sample, as for :class:`SurveyTotal`.
    limits : str, optional
        ``"log_t"``, ``"log"`` or ``"normal"`` for the multiplier, ``"lognormal"`` or ``"normal"`` for the others; the
        first of each by default.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    It fails where those counted are easier or harder to meet again: a survey at the service that gave the count makes
    the estimate too low. Several benchmarks that disagree show that, and should all be reported.

    References
    ----------
    .. [1] Chapman, D. G. (1951). Some properties of the hypergeometric distribution with applications to zoological
       sample censuses. University of California Publications in Statistics 1, 131-160.
    .. [2] Seber, G. A. F. (1970). The effects of trap response on tag recapture estimates. Biometrics 26, 13-22.
    .. [3] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532

    Examples
    --------
    >>> import pandas as pd
    >>> survey = pd.DataFrame({"served": [1] * 30 + [0] * 120})
    >>> row = TwoSample("served", benchmark=200, benchmark_error=15).fit(survey).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, if the survey meets those served like others")
    700 to 1428 people, if the survey meets those served like others
    """

    def __init__(
        self,
        counted: str,
        *,
        benchmark: float | Result,
        benchmark_error: float = 0.0,
        benchmark_term: str = "population",
        method: Literal["multiplier", "chapman", "petersen"] = "multiplier",
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | Sequence[str] | None = None,
        population: str | Sequence[str] | None = None,
        lone: Literal["refuse", "certainty", "adjust"] = "refuse",
        limits: str | None = None,
        level: float = 0.95,
    ) -> None:
        self.counted = column_name("counted", counted)
        error = in_range("benchmark_error", benchmark_error, 0)
        if isinstance(benchmark, Result):
            benchmark, error = _term(benchmark, benchmark_term)
        self.benchmark, self.error = float(in_range("benchmark", benchmark, 1)), float(error)
        self.method = one_of("method", method, tuple(_METHODS))
        self.columns = design_columns(weight, strata, cluster, population, lone=lone)
        if method != "multiplier" and (self.columns.names or self.error):
            raise SpecificationError(
                f"method == {method!r} is for a simple random sample and a count that is known: use 'multiplier'"
            )
        self.limits = one_of("limits", _DEFAULT[method] if limits is None else limits, _ALLOWED[method])
        self.level = is_level(level)

    def fit(self, sample: pd.DataFrame | Result) -> PopulationResult:
        """Estimate the population from the people of the sample, or from a result that holds the share.

        Parameters
        ----------
        sample : pandas.DataFrame or Result
            One row a person of the second sample, or a share with its standard error.

        Returns
        -------
        PopulationResult
            Terms ``population`` and ``unobserved``, people who were not counted, in persons.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, nobody of the sample was counted, or more were than there are.
        FitError
            If everybody of the sample was counted.

        Examples
        --------
        >>> import pandas as pd
        >>> sample = pd.DataFrame({"marked": [1] * 30 + [0] * 120})
        >>> result = TwoSample("marked", benchmark=200, method="chapman").fit(sample)
        >>> round(float(result.estimates.loc["population", "estimate"]))
        978
        """
        if isinstance(sample, Result):
            return self._from_result(sample)
        frame = is_frame("sample", sample)
        has_columns("sample", frame, [self.counted, *self.columns.names])
        frame = frame[list(dict.fromkeys([self.counted, *self.columns.names]))].reset_index(drop=True)
        counted = read_numbers(frame, self.counted)
        if not np.isin(counted, [0.0, 1.0]).all() or len(frame) < 2:
            raise DataError(f"column {self.counted!r} must hold 0 and 1 for two people at least")
        both, size = int(counted.sum()), len(frame)
        self._refuse_one_sided(both, size)
        if self.method != "multiplier":
            population, error = self._recaptured(both, size)
            return self._result(frame, population, error, freedom=size - 1, sizes=(both, size - both))
        design = read_design(frame, self.columns)
        asked, everybody = Statistic("mean", counted, np.ones(size), None), np.ones(size, dtype=bool)
        share = asked.estimate(design.weight, everybody)
        variance = float(design.variance((design.weight * asked.adds(design.weight, everybody))[:, None])[0, 0])
        population, error = self._multiplied(share, float(np.sqrt(variance)))
        return self._result(frame, population, error, freedom=design.freedom, sizes=(both, size - both))

    def _from_result(self, result: Result) -> PopulationResult:
        """Estimate from a share and its standard error."""
        if self.method != "multiplier" or self.columns.names:
            raise SpecificationError(
                f"a result in place of rows came with method == {self.method!r} and the design columns "
                f"{list(self.columns.names)}, goes with 'multiplier' and none"
            )
        share, error = _term(result, self.counted)
        if not 0 < share <= 1:
            raise DataError(f"term {self.counted!r} is {share:g}, must be a share above 0 and at most 1")
        population, spread = self._multiplied(share, error)
        table = result.estimates.reset_index()[["term", "estimate", "std_error"]]
        least = 1 if result.smallest_group is None else result.smallest_group
        return self._result(table, population, spread, freedom=None, sizes=(least,), n=result.n)

    def _refuse_one_sided(self, both: int, size: int) -> None:
        """Refuse a sample in which nobody or everybody was counted, or more people than were."""
        if not both:
            raise DataError(
                f"none of the {size:,} people of the sample was counted, so that the share counted cannot be told: "
                "check that both are of the same people, or sample more"
            )
        if both == size:
            raise FitError(
                f"all {size:,} people of the sample were counted, so that nobody else can be told: sample more"
            )
        if both > self.benchmark and not self.error:
            raise DataError(
                f"{both:,} people of the sample were counted and benchmark == {self.benchmark:,.0f}, must be at least "
                "as many"
            )

    def _recaptured(self, both: int, size: int) -> tuple[float, float]:
        """Return population and standard error of a simple random sample."""
        first = self.benchmark
        if self.method == "petersen":
            variance = first * size * (first - both) * (size - both) / both**3
            return first * size / both, float(np.sqrt(variance))
        top = (first + 1) * (size + 1) * (first - both) * (size - both)
        variance = top / ((both + 1) ** 2 * (both + 2))
        return (first + 1) * (size + 1) / (both + 1) - 1, float(np.sqrt(variance))

    def _multiplied(self, share: float, error: float) -> tuple[float, float]:
        """Return population and standard error of a count over a share, both with an error."""
        population = self.benchmark / share
        return population, population * float(np.hypot(self.error / self.benchmark, error / share))

    def _ends(self, population: float, error: float, freedom: int | None, seen: float) -> tuple[float, float]:
        """Return the limits."""
        from scipy.special import ndtri, stdtrit

        tail = (1 + self.level) / 2
        if self.limits == "lognormal":
            return lognormal_limits(seen, population - seen, error, self.level)
        student = self.limits == "log_t" and freedom is not None
        reach = float(stdtrit(max(freedom or 1, 1), tail) if student else ndtri(tail))
        if self.limits == "normal":
            return population - reach * error, population + reach * error
        ratio = float(np.exp(reach * error / population))
        return population / ratio, population * ratio

    def _result(
        self,
        frame: pd.DataFrame,
        population: float,
        error: float,
        *,
        freedom: int | None,
        sizes: tuple[int, ...],
        n: int | None = None,
    ) -> PopulationResult:
        """Return the result."""
        seen = self.benchmark if self.method == "multiplier" else self.benchmark + len(frame) - sizes[0]
        low, high = self._ends(population, error, freedom, seen)
        rows = {
            "population": (population, error, low, high),
            "unobserved": (population - seen, error, low - seen, high - seen),
        }
        return PopulationResult(
            method=say(_METHODS[self.method]),
            estimates=estimates_table(rows, unit="persons"),
            n=len(frame) if n is None else n,
            level=self.level,
            interval=self.limits,
            checks=(_check_overlap(sizes), _check_parts(self.error / self.benchmark, error / population)),
            assumptions=(_CLOSED, _MATCHED, _SAMPLE["multiplier" if self.method == "multiplier" else "chapman"]),
            references=references(TwoSample),
            inputs=record(frame, packages=("numpy", "scipy")),
            smallest_group=smallest_of(sizes),
        )


def _term(result: Result, term: str) -> tuple[float, float]:
    """Return a term of a result with its standard error."""
    table: Any = result.estimates
    rows = table[table.index == term]
    if len(rows) != 1 or not result.stands:
        raise SpecificationError(
            f"the result holds {len(rows)} rows of term {term!r}, must hold one, and stand: its terms are "
            f"{sorted(set(table.index))}"
        )
    return float(rows["estimate"].iloc[0]), float(rows["std_error"].iloc[0])


def _check_overlap(sizes: tuple[int, ...]) -> Check:
    """Say whether enough people of the sample were counted, and enough were not."""
    few = min(sizes)
    said = say("At least {few:,} people of the sample were counted, and as many were not", few=few)
    if few >= _FEW:
        return Check("overlap", "pass", say("{said}.", said=said), {"fewest": float(few)})
    return Check("overlap", "review", say("{said}: the estimate leans on single people.", said=said), {"fewest": few})


def _check_parts(count: float, whole: float) -> Check:
    """Say how much of the error comes from the count, which an error of 0 takes for known."""
    share = (count / whole) ** 2 if whole else 0.0
    said = say("{share:.0%} of the variance comes from the count, the rest from the sample", share=share)
    if count:
        return Check("parts", "pass", say("{said}.", said=said), {"of_count": share})
    return Check(
        "parts", "review", say("{said}: the count is taken for known, people counted twice and all.", said=said), {}
    )
