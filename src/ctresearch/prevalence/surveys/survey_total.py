"""Totals, means and ratios from a survey, with the variance of its design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names, read_numbers, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL, read_groups
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of, whole_number
from ctresearch.prevalence.surveys.calibration import Calibration, calibrate, check_totals
from ctresearch.prevalence.surveys.linearised import Statistic, simple_variance
from ctresearch.prevalence.surveys.proportion_limits import proportion_limits
from ctresearch.prevalence.surveys.replicates import Replicates, half_samples, jackknife, rescaled_bootstrap
from ctresearch.prevalence.surveys.survey_design import SurveyDesign, design_columns, read_design
from ctresearch.prevalence.surveys.survey_result import SurveyResult
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.prevalence.surveys.linearised import Bools
    from ctresearch.prevalence.surveys.survey_design import Floats

_VARIANCES = ("linearised", "jackknife", "bootstrap", "brr", "replicates")
_LIMITS = ("t", "normal", "logit", "beta", "arcsine")
_METHODS = {
    "total": "Horvitz and Thompson's total of a survey, {variance} variance",
    "hajek": "Hajek's total of a survey, {variance} variance",
    "mean": "Weighted mean of a survey, {variance} variance",
    "ratio": "Weighted ratio of a survey, {variance} variance",
}
_WORDS = {
    "linearised": say("linearised"),
    "jackknife": say("jackknife"),
    "bootstrap": say("rescaled bootstrap"),
    "brr": say("balanced half-sample"),
    "replicates": say("replicate"),
}
ASSUMPTIONS = (
    "Everybody of the population could be drawn, and the weights are one over the chance of that.",
    "Whoever was drawn and did not answer is like those with the same weight who did.",
    "Clusters were drawn independently of one another within strata.",
)
# With fewer the variance itself is hardly known: at 10 degrees its standard error is 45 % of it.
_FEW_DEGREES = 10
_UNEQUAL = 3.0  # Kish's factor, beyond which two thirds of the sample are lost to unequal weights
_FEW_PEOPLE = 30  # in a domain, below which limits rest on the form of the distribution


@dataclass(frozen=True, slots=True)
class _Sample:
    """A sample that was read: ``weight`` (n,) after calibration, ``adjusted`` where there was one."""

    frame: pd.DataFrame
    design: SurveyDesign
    weight: Floats
    adjusted: Calibration | None
    replicates: Replicates | None
    domains: dict[str, Bools]


class SurveyTotal(Options):
    """Estimate a total, a mean or a ratio of a population from a survey.

    Each person of the sample counts for as many as the weight says; variances follow from how the sample was drawn:
    between clusters within strata, less what a finite population takes off, in as many stages as are named.

    Parameters
    ----------
    outcome : str, optional
        Column of numbers, or of 0 and 1; people are counted without it.
    statistic : {"total", "mean", "ratio"}
        What is estimated.
    denominator : str, optional
        Column that a ratio divides by.
    people : float, optional
        Known size of the population: the total is then Hajek's, the size times the weighted mean.
    weight : str, optional
        Column of weights. Without it, they follow from ``population``; without that, all are alike.
    strata : str, optional
        Column of strata.
    cluster, population : str or sequence of str, optional
        Columns of clusters, and of how many clusters (people in the last stage) each stratum or cluster has, one a
        stage.
    lone : {"refuse", "certainty", "adjust"}
        A stratum with one cluster is refused, was sure to be drawn and adds no variance, or is held against the mean
        of all strata.
    known : mapping, optional
        Known totals of the population that weights are brought to: column to a total, or to people by level. One
        column of levels is post-stratification.
    by : str, optional
        Column of domains.
    variance : {"linearised", "jackknife", "bootstrap", "brr", "replicates"}
        How it is estimated. ``"brr"`` takes two clusters a stratum.
    replicates : sequence of str, optional
        Columns of replicate weights that came with the data, for ``variance="replicates"``.
    replicate_scale : float, optional
        What multiplies their squared distances from their mean; one over their number less one by default.
    bootstrap : int
        Replicates of the rescaled bootstrap.
    limits : {"t", "normal", "logit", "beta", "arcsine"}
        Student's or normal limits; the last three are for means of 0 and 1 and stay between these.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the stream of the bootstrap starts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    It fails where part of the population could not be drawn at all, which is why hidden populations are asked for in
    other ways. Domains are parts of the whole sample: people outside them add to the variance. Degrees of freedom are
    clusters less strata, of those with anybody in the domain.

    References
    ----------
    .. [1] Horvitz, D. G. and Thompson, D. J. (1952). A generalization of sampling without replacement from a finite
       universe. Journal of the American Statistical Association 47, 663-685.
       https://doi.org/10.1080/01621459.1952.10483446
    .. [2] Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys.
       International Statistical Review 51, 279-292. https://doi.org/10.2307/1402588
    .. [3] Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. Journal of the American
       Statistical Association 83, 231-241. https://doi.org/10.1080/01621459.1988.10478591

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> sample = pd.DataFrame({"village": np.repeat(np.arange(20), 15), "villages": 200, "w": 40.0})
    >>> sample["forced"] = rng.random(300) < np.repeat(rng.beta(2, 18, 20), 15)
    >>> survey = SurveyTotal("forced", weight="w", cluster="village", population="villages")
    >>> row = survey.fit(sample).estimates.loc["total"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people in forced labour in 200 villages")
    450 to 1230 people in forced labour in 200 villages
    """

    def __init__(
        self,
        outcome: str | None = None,
        *,
        statistic: Literal["total", "mean", "ratio"] = "total",
        denominator: str | None = None,
        people: float | None = None,
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | Sequence[str] | None = None,
        population: str | Sequence[str] | None = None,
        lone: Literal["refuse", "certainty", "adjust"] = "refuse",
        known: Mapping[str, Any] | None = None,
        by: str | None = None,
        variance: Literal["linearised", "jackknife", "bootstrap", "brr", "replicates"] = "linearised",
        replicates: Sequence[str] | None = None,
        replicate_scale: float | None = None,
        bootstrap: int = 500,
        limits: Literal["t", "normal", "logit", "beta", "arcsine"] = "t",
        level: float = 0.95,
        seed: int | np.random.SeedSequence = 0,
    ) -> None:
        self.outcome = None if outcome is None else column_name("outcome", outcome)
        self.statistic = one_of("statistic", statistic, ("total", "mean", "ratio"))
        self.denominator = None if denominator is None else column_name("denominator", denominator)
        self.people = None if people is None else in_range("people", people, 1)
        self.columns = design_columns(weight, strata, cluster, population, lone=lone)
        self.known = check_totals(known)
        self.by = None if by is None else column_name("by", by)
        self.variance = one_of("variance", variance, _VARIANCES)
        self.replicates = None if replicates is None else column_names("replicates", replicates, least=2)
        self.replicate_scale = (
            None if replicate_scale is None else in_range("replicate_scale", replicate_scale, 0, open_ends=True)
        )
        self.bootstrap = whole_number("bootstrap", bootstrap, 50)
        self.limits = one_of("limits", limits, _LIMITS)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        """Refuse options that do not go together."""
        if (self.statistic == "ratio") != (self.denominator is not None):
            raise SpecificationError(
                f"statistic == {self.statistic!r} with denominator == {self.denominator!r}: a denominator goes with "
                "'ratio', and with that alone"
            )
        if self.statistic != "total" and (self.outcome is None or self.people is not None):
            raise SpecificationError(
                f"statistic == {self.statistic!r} needs an outcome and takes no people=, which is for a total"
            )
        if (self.variance == "replicates") != (self.replicates is not None):
            given = "none" if self.replicates is None else f"{len(self.replicates)} columns"
            raise SpecificationError(
                f"variance == {self.variance!r} with replicates: {given}, must be 'replicates' with columns, or "
                "another without"
            )
        if self.limits not in {"t", "normal"} and self.statistic != "mean":
            raise SpecificationError(f"limits == {self.limits!r} are for statistic == 'mean' of 0 and 1: use 't'")
        if self.variance not in {"linearised", "replicates"} and len(self.columns.cluster) > 1:
            raise SpecificationError(
                f"variance == {self.variance!r} with {len(self.columns.cluster)} stages, must be 'linearised' for more "
                "than one stage"
            )

    def fit(self, sample: pd.DataFrame) -> SurveyResult:
        """Estimate from the people of a sample.

        Parameters
        ----------
        sample : pandas.DataFrame
            One row a person, or whatever was drawn last.

        Returns
        -------
        SurveyResult
            One term, by ``group`` where domains were asked for.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or the design cannot be that of these rows.

        Examples
        --------
        >>> sample = pd.DataFrame({"age": [20, 30, 40, 50], "sex": ["f", "m", "f", "m"], "w": [1.0, 2.0, 2.0, 1.0]})
        >>> result = SurveyTotal("age", statistic="mean", weight="w", by="sex").fit(sample)
        >>> result.estimates["estimate"].round(1).tolist()
        [35.0, 33.3, 36.7]
        """
        read = self._read(is_frame("sample", sample))
        asked = self._statistic(read.frame)
        rows = [self._row(read, asked, inside) for inside in read.domains.values()]
        names = list(read.domains)
        table = estimates_table({str(i): row[0] for i, row in enumerate(rows)}, unit=self._unit(asked))
        table.index = pd.Index([self.statistic] * len(rows), name="term", dtype="str")
        if self.by:
            table = table.assign(group=names)
        domains = pd.DataFrame([row[1] for row in rows], index=pd.Index(names, name="group", dtype="str"))
        return SurveyResult(
            method=say(
                _METHODS["hajek" if self.people is not None else self.statistic], variance=_WORDS[self.variance]
            ),
            estimates=table,
            n=len(read.frame),
            level=self.level,
            interval=self.limits,
            checks=self._checks(read, domains),
            assumptions=ASSUMPTIONS,
            references=references(SurveyTotal),
            inputs=record(
                read.frame,
                seed=recorded_seed(self.seed) if self.variance == "bootstrap" else None,
                packages=("numpy", "scipy"),
            ),
            smallest_group=_fewest(read, asked),
            domains=domains,
            freedom=read.design.freedom,
        )

    def _read(self, sample: pd.DataFrame) -> _Sample:
        """Read sample and design."""
        asked = [n for n in (self.outcome, self.denominator, self.by) if n is not None]
        used = list(dict.fromkeys([*asked, *self.columns.names, *self.known, *(self.replicates or ())]))
        has_columns("sample", sample, used)
        frame = sample[used].reset_index(drop=True) if used else pd.DataFrame({"people": np.ones(len(sample))})
        refuse_missing(frame, used)
        if len(frame) < 2:
            raise DataError(f"the sample has {len(frame)} row, must have two at least")
        design = read_design(frame, self.columns)
        adjusted = calibrate(frame, design.weight, self.known) if self.known else None
        weight = design.weight if adjusted is None else design.weight * adjusted.factor
        domains = {ALL: np.ones(len(frame), dtype=bool)}
        if self.by:
            domains = read_groups(frame, self.by).rows(overall=True)
        return _Sample(frame, design, weight, adjusted, self._replicates(frame, design), domains)

    def _replicates(self, frame: pd.DataFrame, design: SurveyDesign) -> Replicates | None:
        """Make replicates, or read those that came with the data."""
        if self.variance == "linearised":
            return None
        if self.replicates is None:
            if self.variance == "bootstrap":
                return rescaled_bootstrap(design, self.bootstrap, self.seed)
            return jackknife(design) if self.variance == "jackknife" else half_samples(design)
        weights = np.column_stack([read_numbers(frame, name) for name in self.replicates])
        if (weights < 0).any():
            raise DataError(f"{int((weights < 0).sum())} replicate weights are below 0, must be 0 at least")
        scale = 1 / (len(self.replicates) - 1) if self.replicate_scale is None else self.replicate_scale
        factors = weights / design.weight[:, None]
        return Replicates(factors, np.full(len(self.replicates), scale), from_whole=False)

    def _statistic(self, frame: pd.DataFrame) -> Statistic:
        """Read outcome and denominator."""
        ones = np.ones(len(frame))
        outcome = ones if self.outcome is None else read_numbers(frame, self.outcome)
        base = ones if self.denominator is None else read_numbers(frame, self.denominator)
        if self.limits not in {"t", "normal"} and not np.isin(outcome, [0.0, 1.0]).all():
            raise DataError(
                f"column {self.outcome!r} holds other numbers than 0 and 1, must not for {self.limits} limits"
            )
        return Statistic(self.statistic, outcome, base, self.people)

    def _unit(self, asked: Statistic) -> str:
        """Return what is estimated is counted in."""
        people = self.statistic == "total" and bool(np.isin(asked.outcome, [0.0, 1.0]).all())
        return "persons" if people else ""

    def _row(
        self, read: _Sample, asked: Statistic, inside: Bools
    ) -> tuple[tuple[float, float, float, float], dict[str, float]]:
        """Return estimate, error and limits of a domain, and its design effect."""
        estimate, adds = asked.estimate(read.weight, inside), asked.adds(read.weight, inside)
        variance = self._variance(read, asked, inside, adds)
        if not np.isfinite(estimate):
            raise DataError(
                f"the weighted denominator {self.denominator!r} of {int(inside.sum()):,} people is 0, must be above: "
                "leave that domain out"
            )
        error = float(np.sqrt(max(variance, 0.0)))
        stage = read.design.stages[0]
        freedom = max(len(np.unique(stage.unit[inside])) - len(np.unique(stage.stratum[inside])), 1)
        simple = simple_variance(adds, read.weight, finite=read.design.weighted)
        low, high = self._limits_of(estimate, error, int(inside.sum()), freedom)
        return (estimate, error, low, high), {
            "people": int(inside.sum()),
            "represents": float(read.weight[inside].sum()),
            "design_effect": variance / simple if simple > 0 else float("nan"),
            "freedom": freedom,
        }

    def _variance(self, read: _Sample, asked: Statistic, inside: Bools, adds: Floats) -> float:
        """Return the variance of an estimate."""
        if read.replicates is None:
            left = adds if read.adjusted is None else read.adjusted.residuals(adds)
            return float(read.design.variance((read.weight * left)[:, None])[0, 0])
        found = []
        for factors in read.replicates.factors.T:
            weight = read.design.weight * factors
            if read.adjusted is not None:
                weight = _recalibrated(weight, read)
            found.append(asked.estimate(weight, inside))
        told = np.array(found)
        if not np.isfinite(told).all():
            raise DataError(
                f"{int((~np.isfinite(told)).sum())} of {len(told)} replicates leave nobody in a domain of "
                f"{int(inside.sum())} people: use variance='linearised', or merge domains"
            )
        return float(read.replicates.variance(told[:, None], np.array([asked.estimate(read.weight, inside)]))[0])

    def _limits_of(self, estimate: float, error: float, rows: int, freedom: int) -> tuple[float, float]:
        """Return limits of an estimate."""
        from scipy.special import ndtri, stdtrit

        tail = (1 + self.level) / 2
        if self.limits in {"t", "normal"}:
            reach = float(stdtrit(freedom, tail) if self.limits == "t" else ndtri(tail)) * error
            return estimate - reach, estimate + reach
        return proportion_limits(self.limits, estimate, error, rows=rows, freedom=freedom, level=self.level)

    def _checks(self, read: _Sample, domains: pd.DataFrame) -> tuple[Check, ...]:
        """Ask whether clusters, weights and domains carry the estimate."""
        return _check_degrees(read.design), _check_weights(read.weight), _check_people(domains)


def _recalibrated(weight: Floats, read: _Sample) -> Floats:
    """Bring the weights of a replicate to the known totals."""
    assert read.adjusted is not None
    matrix = read.adjusted.matrix
    totals = matrix.T @ read.weight
    weighted = matrix.T * weight
    step, *_ = np.linalg.lstsq(weighted @ matrix, totals - weighted.sum(axis=1))
    return np.asarray(weight * (1 + matrix @ step))


def _fewest(read: _Sample, asked: Statistic) -> int:
    """Return the fewest people whom a number tells apart: in a domain, and with the outcome or without."""
    parts: list[float] = []
    for inside in read.domains.values():
        parts.append(float(inside.sum()))
        if np.isin(asked.outcome, [0.0, 1.0]).all():
            parts += [float((inside & (asked.outcome == value)).sum()) for value in (0.0, 1.0)]
    return smallest_of(parts)


def _check_degrees(design: SurveyDesign) -> Check:
    """Say whether there are enough clusters for the variance to be known."""
    free = design.freedom
    said = say("{units:,} units were drawn first, {free:,} more than strata", units=design.units, free=free)
    numbers = {"units": float(design.units), "freedom": float(free)}
    if free >= _FEW_DEGREES:
        return Check("clusters", "pass", say("{said}.", said=said), numbers)
    return Check("clusters", "review", say("{said}: the variance itself is hardly known.", said=said), numbers)


def _check_weights(weight: Floats) -> Check:
    """Say how much unequal weights cost, by Kish's factor."""
    factor = float(len(weight) * (weight**2).sum() / weight.sum() ** 2)
    said = say("Unequal weights multiply the variance by about {factor:.2f}", factor=factor)
    if factor <= _UNEQUAL:
        return Check("weights", "pass", say("{said}.", said=said), {"factor": factor})
    return Check("weights", "review", say("{said}: few people carry most of it.", said=said), {"factor": factor})


def _check_people(domains: pd.DataFrame) -> Check:
    """Say whether the smallest domain has enough people."""
    fewest = int(domains["people"].min())
    said = say("The smallest group has {fewest:,} people of the sample", fewest=fewest)
    if fewest >= _FEW_PEOPLE:
        return Check("people", "pass", say("{said}.", said=said), {"fewest": float(fewest)})
    return Check("people", "review", say("{said}: its limits lean on few.", said=said), {"fewest": float(fewest)})
