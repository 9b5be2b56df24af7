"""Gravity models of flows whose counts are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.routes.counts.likelihood import read_ranges
from ctresearch.routes.gravity.effects_solver import read_effects
from ctresearch.routes.gravity.gravity import (
    TWO_WAY,
    Corrected,
    check_clusters,
    check_converged,
    check_domestic,
    check_left_out,
    check_repeated,
    gravity_result,
)
from ctresearch.routes.gravity.gravity_data import CLUSTERS, Columns, read_gravity, read_kinds
from ctresearch.routes.gravity.gravity_errors import added_by_size, clustered_variance
from ctresearch.routes.gravity.gravity_fit import fit_gravity
from ctresearch.routes.gravity.weidner_zylkin import as_pairs, bias_and_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.routes.counts.likelihood import Counts
    from ctresearch.routes.gravity.effects_solver import Effects
    from ctresearch.routes.gravity.gravity_data import GravityData
    from ctresearch.routes.gravity.gravity_fit import GravityFit
    from ctresearch.routes.gravity.gravity_result import GravityResult

_MANY_ABSENT = 0.1  # share of the corridors of those who report from which leaving nobody out moves coefficients
_TWICE = 2.0  # by how much corridors of nobody that are expected may differ from those that are not listed
_NO_SIZE = 2e-3  # of a negative binomial truncated at zero, below which it is as good as a logarithmic series
_MOSTLY = 0.8  # share of masked counts from which what is known hangs on the distribution that was chosen


class IntervalGravity(Options):
    """Fit a gravity model to counts that are known exactly or as ranges, by the likelihood of the ranges.

    A cell ``<5`` says that the count is one of 0, 1, 2, 3 and 4, and has the probability of these together. Nothing is
    put in its place.

    Parameters
    ----------
    covariates : sequence of str
        Columns of the covariates.
    low, high : str
        Columns of the least and the greatest count of each row, as :meth:`FlowTable.panel` gives them.
    origin, destination : str
        Columns of the places.
    year : str, optional
        Column of the year.
    distribution : {"negative binomial", "poisson"}
        Of a count around its mean. What is known of a masked count hangs on it.
    listed : {"all", "positive"}
        Which corridors the rows are: all of those that could be, or only those with people. Of the latter the
        likelihood is truncated at zero, and a range that begins at 0 begins at 1.
    effects : sequence of str
        Kinds of fixed effects, as :class:`Gravity` takes them.
    cluster : {"pair", "origin", "destination", "both", "none"}
        Within what errors may depend on one another.
    corrected : bool
        Put back what effects of places and years take from errors clustered by pair.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the flows count.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Scores that are left in a fit with many effects vary less than the true ones, all the more where most counts are
    ranges and tell little; the share that the effects took up is put back as Weidner and Zylkin do for known counts.
    Bias, error and coverage against midpoints and dropped cells are in ``benchmarks/results/coverage_gravity.csv``.
    Where corridors without people are not listed they are best given as zeros (``FlowTable.panel(unlisted="zero")``).
    A table of the listed ones alone is one of corridors that were found, and its coefficients are too small unless
    ``listed="positive"`` says so. What corridors of nobody would tell then follows from the distribution, which a
    check holds against how many are not listed; limits allow for the size of the negative binomial being estimated.

    References
    ----------
    .. [1] Santos Silva, J. M. C. and Tenreyro, S. (2006). The log of gravity. Review of Economics and Statistics 88,
       641-658. https://doi.org/10.1162/rest.88.4.641
    .. [2] Cameron, A. C. and Trivedi, P. K. (2013). Regression Analysis of Count Data, 2nd edition. Cambridge
       University Press. https://doi.org/10.1017/CBO9781139013567
    .. [3] Weidner, M. and Zylkin, T. (2021). Bias and consistency in three-way gravity models. Journal of International
       Economics 132, 103513. https://doi.org/10.1016/j.jinteco.2021.103513

    Examples
    --------
    >>> from ctresearch.data.synthetic import flows
    >>> frame = flows(20, 3, distance=-1.2, seed=1).frame
    >>> small = frame["flow"] < 5
    >>> frame = frame.assign(low=frame["flow"].mask(small, 0), high=frame["flow"].mask(small, 4))
    >>> row = IntervalGravity(["log_distance", "border"], year="year").fit(frame).estimates.loc["log_distance"]
    >>> print(f"a corridor twice as long carries {2 ** row['ci_low']:.0%} to {2 ** row['ci_high']:.0%} of the people")
    a corridor twice as long carries 28% to 42% of the people
    """

    def __init__(
        self,
        covariates: Sequence[str],
        *,
        low: str = "low",
        high: str = "high",
        origin: str = "origin",
        destination: str = "destination",
        year: str | None = None,
        distribution: Literal["negative binomial", "poisson"] = "negative binomial",
        listed: Literal["all", "positive"] = "all",
        effects: Sequence[str] = ("origin-year", "destination-year"),
        cluster: Literal["pair", "origin", "destination", "both", "none"] = "pair",
        corrected: bool = True,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.covariates = column_names("covariates", covariates, least=1)
        self.low, self.high = column_name("low", low), column_name("high", high)
        self.origin, self.destination = column_name("origin", origin), column_name("destination", destination)
        self.year = None if year is None else column_name("year", year)
        self.distribution = one_of("distribution", distribution, ("negative binomial", "poisson"))
        self.listed = one_of("listed", listed, ("all", "positive"))
        self.effects = read_kinds(effects, year)
        self.cluster = one_of("cluster", cluster, CLUSTERS)
        self.corrected = one_of("corrected", corrected, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> GravityResult:
        """Fit the model.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a pair and year.

        Returns
        -------
        GravityResult
            A term a covariate, on the scale of the log flow. No count is guessed, and no mean of a masked count given.

        Raises
        ------
        DataError
            If a column is missing, an end is negative, or a row is of nobody where only corridors with people are
            listed.
        SpecificationError
            If counts are not whole, a range is too wide to be added up, or the effects explain a covariate.
        FitError
            If the effects do not settle.

        Examples
        --------
        >>> from ctresearch.data.synthetic import flows
        >>> frame = flows(10, 2, seed=1).frame.assign(low=lambda d: d["flow"], high=lambda d: d["flow"])
        >>> IntervalGravity(["log_distance"], year="year", distribution="poisson").fit(frame).dispersion
        0.0
        """
        columns = Columns((self.low, self.high), self.origin, self.destination, self.year, self.covariates)
        least = int(self.listed == "positive")
        data = read_gravity(frame, columns, self.effects, least=least)
        if (data.low % 1).any() or (data.high % 1).any():
            raise SpecificationError("counts have fractions, must be whole numbers: Gravity takes amounts")
        wide = self.distribution == "negative binomial"
        counts = read_ranges(data.low, data.high, truncated=bool(least))
        effects = read_effects(data.effects)
        fit = fit_gravity(counts, data.design, effects, negative_binomial=wide)
        found = self._errors(data, fit, counts, effects)
        checks = (
            check_converged(converged=fit.converged),
            _check_masked(data.low < data.high, wide=wide),
            *self._check_corridors(data, fit, zeros=bool(((frame[self.low] == 0) & (frame[self.high] == 0)).any())),
            check_left_out(data.left_out, len(frame), least=least),
            *check_repeated(data.repeated),
            check_domestic(data.domestic),
            check_clusters(found.df, self.cluster),
            _check_errors(corrected=found.known, wanted=self.corrected, cluster=self.cluster),
        )
        return gravity_result(
            data,
            fit,
            found,
            columns=columns,
            kinds=self.effects,
            spread=1 / fit.size if wide else 0.0,
            method=(
                say(
                    "Gravity model of counts and ranges, {distribution} truncated at zero",
                    distribution=self.distribution,
                )
                if least
                else say("Gravity model of counts and ranges, {distribution}", distribution=self.distribution)
            ),
            references=references(IntervalGravity),
            checks=checks,
            level=self.level,
            scope=self.scope,
            frame=frame,
        )

    def _check_corridors(self, data: GravityData, fit: GravityFit, *, zeros: bool) -> tuple[Check, ...]:
        """Say what corridors that are not listed do to the estimates."""
        if self.listed == "all":
            return (_check_listed(data, zeros=zeros),)
        return (_check_expected(data, fit), *([_check_size(fit.size)] if np.isfinite(fit.size) else []))

    def _errors(self, data: GravityData, fit: GravityFit, counts: Counts, effects: Effects) -> Corrected:
        """Return the errors, with what effects of places and years took up put back where that is known."""
        clusters = data.clusters(self.cluster)
        variance, df = clustered_variance(fit.within, fit.curvature, fit.slope, clusters, data.effects)
        added = np.zeros_like(variance)
        if counts.truncated and np.isfinite(fit.size) and fit.size > _NO_SIZE:
            added = added_by_size(counts, fit, effects, clusters, data.effects)
        variance = variance + added
        by_place = {"origin", "destination"} if self.year is None else TWO_WAY
        known = self.corrected and self.cluster == "pair" and set(self.effects) == by_place and not data.repeated
        if not known:
            return Corrected(fit.beta, variance, df, np.zeros(len(fit.beta)), variance, known=False)
        working = fit.slope + fit.curvature  # the flow whose Poisson score and weight are those of the range
        ends = data.origin, data.destination
        pairs = as_pairs(working, fit.curvature, fit.within, data.pair, data.year, ends)
        _, by_pair = bias_and_variance(pairs, three_way=False)
        by_pair = by_pair * (df + 1) / max(df, 1) + added
        return Corrected(fit.beta, by_pair, df, np.zeros(len(fit.beta)), variance, known=True)


def _check_masked(masked: NDArray[np.bool_], *, wide: bool) -> Check:
    """Say how much hangs on the distribution of masked counts."""
    share = float(masked.mean())
    message = say("{share:.0%} of the counts are ranges; what they tell hangs on the distribution chosen.", share=share)
    doubtful = share > _MOSTLY or (not wide and share > 0)
    return Check("masked counts", "review" if doubtful else "pass", message, {"share": share})


def _check_listed(data: GravityData, *, zeros: bool) -> Check:
    """Say whether corridors of nobody seem to be left out."""
    reports = len(np.unique(data.destination * (int(data.year.max()) + 1) + data.year))
    origins = int(data.origin.max()) + 1 - (not data.domestic.any())
    there = len(data.low) - data.repeated
    possible = max(reports * origins, there)
    absent = possible - there
    numbers = {"absent": absent, "possible": possible}
    if zeros or absent <= _MANY_ABSENT * possible:
        message = say(
            "{absent:,} of {possible:,} corridors of places and years that report are not there.",
            absent=absent,
            possible=possible,
        )
        return Check("corridors listed", "pass", message, numbers)
    message = say(
        "{absent:,} of {possible:,} corridors of places and years that report are not there, and none is there with "
        "nobody: if nobody was found in them give them as zeros, or say that only corridors with people are listed; "
        "else coefficients are too small.",
        absent=absent,
        possible=possible,
    )
    return Check("corridors listed", "review", message, numbers)


def _check_expected(data: GravityData, fit: GravityFit) -> Check:
    """Hold the corridors of nobody that are expected against those that are not listed."""
    years = int(data.year.max()) + 1
    seen = [np.unique(place * years + data.year) % years for place in (data.origin, data.destination)]
    origins, destinations = (np.bincount(one, minlength=years) for one in seen)
    at_home = 0 if data.domestic.any() else int(np.minimum(origins, destinations).sum())
    there = len(data.low) - data.repeated
    absent = max(int(origins @ destinations) - at_home, there) - there
    log_zero = -fit.mean if np.isinf(fit.size) else -fit.size * np.log1p(fit.mean / fit.size)
    expected = float((np.exp(log_zero) / -np.expm1(log_zero)).sum())
    numbers = {"absent": absent, "expected": expected}
    if max(expected, absent) <= _TWICE * min(expected, absent) or max(expected, absent) <= _MANY_ABSENT * len(data.low):
        message = say(
            "{absent:,} corridors of places and years that report are not listed, and {expected:,.0f} of nobody are "
            "expected.",
            absent=absent,
            expected=expected,
        )
        return Check("corridors listed", "pass", message, numbers)
    message = say(
        "{absent:,} corridors of places and years that report are not listed, but {expected:,.0f} of nobody are "
        "expected: the distribution does not fit, or corridors are not listed for another reason.",
        absent=absent,
        expected=expected,
    )
    return Check("corridors listed", "review", message, numbers)


def _check_size(size: float) -> Check:
    """Say whether the size of a negative binomial truncated at zero has an estimate."""
    if size > _NO_SIZE:
        return Check("size", "pass", say("The size of the negative binomial has an estimate."), voids=True)
    message = say(
        "Flows of corridors with people vary so much that any number of corridors of nobody goes with them: there is "
        "no estimate."
    )
    return Check("size", "fail", message, voids=True)


def _check_errors(*, corrected: bool, wanted: bool, cluster: str) -> Check:
    """Say whether what the effects take from the errors was put back."""
    if corrected:
        message = say("What effects of places and years take from the errors was put back.")
        return Check("incidental effects", "pass", message)
    message = (
        say("What these effects take from the errors is not known, and was not put back: limits may be too narrow.")
        if wanted
        else say("What many effects take from the errors was not put back: limits may be too narrow.")
    )
    return Check("incidental effects", "pass" if cluster not in {"pair", "none"} else "review", message)
