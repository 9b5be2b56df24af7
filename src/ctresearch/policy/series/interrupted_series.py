"""One series before and after a policy, against what it would have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table, reach, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.policy.outcomes.outcome_rule import OutcomeKind, OutcomeRule, Range
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.series.count_regression import CountFit, fit_counts, newey_west
from ctresearch.policy.series.serial_errors import SerialErrors, serial_errors
from ctresearch.policy.series.series_design import Series, SeriesDesign, read_series, series_design

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning
    from ctresearch.policy.panels.panel_columns import Floats

_SHORT = 12  # periods before the policy below which a trend is a guess
_EXACT = 1e-12  # dispersion below which what is left of a fit is rounding
_ALPHA = 0.05  # of the tests of autocorrelation and of a fictitious start
_LAGS = 4  # of the test of autocorrelation


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SeriesResult(PolicyResult):
    """What changed in a series when a policy began.

    Parameters
    ----------
    n : int
        Cases counted.
    periods : int
        Periods used.
    dispersion : float
        Variance over mean, or the alpha of the negative binomial.
    path : pandas.DataFrame
        By ``time`` of the series that the policy reached: ``observed``, ``fitted``, and ``expected`` without the policy
        with ``ci_low`` and ``ci_high``.
    excess : float
        Cases observed under the policy over those expected without it, less 1.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> frame = pd.DataFrame({"month": range(24), "cases": [20, 22, 21, 19] * 3 + [30, 33, 31, 29] * 3})
    >>> model = InterruptedSeries(
    ...     count="cases", time="month", start=12, outcome_kind="detection", counting_breaks={}, slope=False
    ... )
    >>> model.fit(frame).periods
    24
    """

    n: int = value_field(col.count("Cases counted", "cases"))
    periods: int = value_field(col.count("Periods", "periods", of="nobody"))
    dispersion: float = value_field(col.model("Dispersion"))
    path: pd.DataFrame = table_field(
        {
            "time": col.date("Period"),
            "observed": col.count("Observed", "cases"),
            "fitted": col.model("Fitted", "cases"),
            "expected": col.model("Expected without the policy", "cases"),
            "ci_low": col.model("Lower limit", "cases"),
            "ci_high": col.model("Upper limit", "cases"),
        }
    )
    excess: float = value_field(col.model("Cases above those expected, as a share", reader="percent"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "level": col.model("Change of level", reader="ratio", headline=True),
        "slope": col.model("Change of trend, a period", reader="ratio"),
        "trend": col.model("Trend before, a period", reader="ratio"),
        "counting: *": col.model("Change of level with a change in counting", reader="ratio"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the series, the fit, and what was to be expected without the policy.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Dots for counts, a line for the fit, a dashed line with a band for what was expected.

        Examples
        --------
        >>> frame = pd.DataFrame({"month": range(24), "cases": [20, 22, 21, 19] * 3 + [30, 33, 31, 29] * 3})
        >>> model = InterruptedSeries(
        ...     count="cases", time="month", start=12, outcome_kind="detection", counting_breaks={}, slope=False
        ... )
        >>> model.fit(frame).plot().get_xlabel()
        'Period'
        """
        from ctresearch.core import plot

        ax = plot.new_axes() if ax is None else ax
        path = self.path.reset_index()
        after = path[path["expected"].notna()]
        ax.plot(path["time"], path["observed"], "o", color=plot.BLACK, markersize=3.5, label="observed")
        ax.plot(path["time"], path["fitted"], color=plot.BLUE, label="fitted")
        ax.plot(after["time"], after["expected"], "--", color=plot.VERMILION, label="expected without the policy")
        ax.fill_between(after["time"], after["ci_low"], after["ci_high"], color=plot.VERMILION, alpha=0.15, linewidth=0)
        ax.set_xlabel("Period")
        ax.set_ylabel(f"Cases ({self.outcome_kind})")
        ax.set_ylim(bottom=0)
        ax.set_title(render.title(self))
        ax.legend()
        return plot.shows(ax, self.path, self.roles("path"))


class InterruptedSeries(Options):
    """Estimate how the level and the trend of a series changed when a policy began.

    Parameters
    ----------
    count, time : str
        Columns of counts, and of periods as whole numbers.
    start : int
        First period with the policy.
    outcome_kind : {"adoption of a law", "detection", "response", "harm to victims", "occurrence"}
        What is counted; detected cases are not what occurred.
    counting_breaks : mapping of str to int or None
        Changes in *counting*: what changed (a new form, a new mandate) to its first period; empty where it is known
        that nothing did. Each is a rival of the policy: it has a step of its own; where it comes with the policy the
        two cannot be told apart and nothing stands. None where nobody looked, and the result says so.
    full : int, optional
        First period with all of the policy, where it was phased in from ``start``.
    phase : {"ramp", "leave out"}
        Let the policy grow in a straight line in between, or leave those periods out.
    slope : bool
        Whether the trend may change as well.
    population : str, optional
        Column of people at risk: rates are then compared.
    control : str, optional
        Column that is 0 for a series that the policy did not reach and 1 for the other: the change in the former is
        taken off.
    family : {"quasi-poisson", "negative binomial"}
        How counts vary beyond chance.
    harmonics : int
        Pairs of sine and cosine for seasons.
    period : float
        Periods in a year.
    newey_west : int, optional
        Periods within which errors go together, such as 6 months; none by default.
    corrected : bool
        Whether errors by ``newey_west`` are corrected for how short the series is; without it they are those of other
        software.
    detection : tuple, optional
        Of detected cases, the least and greatest chance of detection without the policy, then with it.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the counts are about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Where the trend may change, ``level`` is the change at ``start``, and ``slope`` what comes on top each period.
    ``path`` takes policy and trend change away and leaves changes in counting in. Newey and West's errors [2]_ are put
    up by what they are expected to miss in a series this short, with degrees of freedom of their own (as for few
    clusters [3]_): of 95 % limits, 84 in 100 held without them and 94 with them where errors of near months go
    together, and where errors last for long 91 with six months and 92 with twelve
    (``benchmarks/results/coverage_policy.csv``).

    References
    ----------
    .. [1] Lopez Bernal, J., Cummins, S. and Gasparrini, A. (2017). Interrupted time series regression for the
       evaluation of public health interventions: a tutorial. International Journal of Epidemiology 46, 348-355.
       https://doi.org/10.1093/ije/dyw098
    .. [2] Newey, W. K. and West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and autocorrelation
       consistent covariance matrix. Econometrica 55, 703-708. https://doi.org/10.2307/1913610
    .. [3] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
       hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
       https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"month": range(72)})
    >>> frame["referrals"] = rng.poisson(40 * np.exp(0.005 * frame["month"] + 0.3 * (frame["month"] >= 36)))
    >>> model = InterruptedSeries(
    ...     count="referrals", time="month", start=36, outcome_kind="detection", counting_breaks={}, slope=False
    ... )
    >>> row = model.fit(frame).to_frame(exponentiate=True).loc["level"]
    >>> print(f"{row['estimate']:.2f} times as many were referred; how many there were, nobody counted")
    1.29 times as many were referred; how many there were, nobody counted
    """

    def __init__(
        self,
        *,
        count: str,
        time: str,
        start: int,
        outcome_kind: OutcomeKind = "not said",
        counting_breaks: Mapping[str, int] | None = None,
        full: int | None = None,
        phase: Literal["ramp", "leave out"] = "ramp",
        slope: bool = True,
        population: str | None = None,
        control: str | None = None,
        family: Literal["quasi-poisson", "negative binomial"] = "quasi-poisson",
        harmonics: int = 0,
        period: float = 12,
        newey_west: int | None = None,
        corrected: bool = True,
        detection: tuple[Range, Range] | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.start = whole_number("start", start)
        self.outcome_kind = outcome_kind
        self.rule = OutcomeRule(outcome_kind, detection, logged=True)
        self.counting_breaks = _breaks(counting_breaks)
        self.full = self.start if full is None else whole_number("full", full, self.start)
        self.phase = one_of("phase", phase, ("ramp", "leave out"))
        self.slope = one_of("slope", slope, (True, False))
        self.population = None if population is None else column_name("population", population)
        self.control = None if control is None else column_name("control", control)
        self.family = one_of("family", family, ("quasi-poisson", "negative binomial"))
        self.harmonics = whole_number("harmonics", harmonics, 0, 6)
        self.period = in_range("period", period, 2)
        if 2 * self.harmonics > self.period:
            raise SpecificationError(
                f"harmonics == {harmonics} in {period:g} periods a year, must be at most half as many"
            )
        self.newey_west = None if newey_west is None else whole_number("newey_west", newey_west, 0, 1000)
        self.corrected = one_of("corrected", corrected, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> SeriesResult:
        """Estimate the changes.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a period, or a period and series.

        Returns
        -------
        SeriesResult
            Terms ``level``, ``slope``, ``trend`` and one a change in counting, as logarithms of ratios.

        Raises
        ------
        DataError
            If a cell is missing or of the wrong kind, or too few periods lie on either side.
        FitError
            If the likelihood has no maximum.

        Examples
        --------
        >>> frame = pd.DataFrame({"month": range(24), "cases": [20, 22, 21, 19] * 3 + [30, 33, 31, 29] * 3})
        >>> model = InterruptedSeries(
        ...     count="cases", time="month", start=12, outcome_kind="detection", counting_breaks={}, slope=False
        ... )
        >>> float(np.exp(model.fit(frame).estimates.loc["level", "estimate"]).round(2))
        1.53
        """
        series = read_series(frame, count=self.count, time=self.time, population=self.population, control=self.control)
        breaks = dict(self.counting_breaks or {})
        rivals = [name for name, first in breaks.items() if self.start <= first <= self.full]
        told = {name: first for name, first in breaks.items() if name not in rivals}
        design = self._design(series, told)
        fit, covariance, near = self._fit(series, design)
        error, freedom = _errors(fit, covariance, near)
        edge = reach(self.level, freedom) * error
        rows = {}
        for k, name in enumerate(design.names):
            if name in {"level", "slope", "trend"} or name.startswith("counting: "):
                at = float(fit.coefficients[k])
                rows[name] = (at, float(error[k]), at - float(edge[k]), at + float(edge[k]))
        path, excess = self._path(series, design, fit, covariance, near)
        limits = (float(np.exp(rows["level"][2])), float(np.exp(rows["level"][3])))
        used = [one for one in (self.count, self.time, self.population, self.control) if one is not None]
        counts = series.counts[design.kept]
        return SeriesResult(
            method=say("Interrupted series, {family} regression", family=_WORDS[self.family]),
            estimates=estimates_table(rows, unit=say("log ratio")),
            n=int(counts.sum()),
            smallest_group=int(max(1, counts[counts > 0].min(initial=np.inf))) if (counts > 0).any() else 1,
            level=self.level,
            interval="normal" if np.isinf(freedom).all() else "t",
            scale="log",
            scope=self.scope,
            checks=(
                _check_rivals(self.counting_breaks, rivals),
                self._check_moved(series, rows, told),
                self._check_errors(series, design, fit),
                self._check_placebo(series, told),
                _check_length(series, design, self.start, self.full),
                *self.rule.checks(float(np.exp(rows["level"][0])), limits),
            ),
            assumptions=self._assumptions(),
            references=references(InterruptedSeries),
            inputs=record(frame[used]),
            periods=int(design.kept.sum()),
            dispersion=fit.dispersion,
            path=path,
            excess=excess,
            **self.rule.carried(limits),
        )

    def _assumptions(self) -> tuple[str, ...]:
        """Say what must hold."""
        said = [self.rule.assumption, say("Without the policy, the trend before would have gone on.")]
        if self.control is not None:
            said.append(say("What else changed then changed the control series as much."))
        else:
            said.append(say("Nothing else that moves the series changed when the policy began."))
        return tuple(said)

    def _design(self, series: Series, breaks: Mapping[str, int], start: int | None = None) -> SeriesDesign:
        """Build the columns, with another start where one is given."""
        first = self.start if start is None else start
        return series_design(
            series,
            start=first,
            full=first if start is not None else self.full,
            leave_out=self.phase == "leave out",
            slope=self.slope and start is None,
            harmonics=self.harmonics,
            period=self.period,
            breaks=breaks,
        )

    def _fit(self, series: Series, design: SeriesDesign) -> tuple[CountFit, Floats, SerialErrors | None]:
        """Fit the rows that are kept, and return the covariance asked for, and its correction in short series."""
        kept, binomial = design.kept, self.family == "negative binomial"
        columns, counts = design.columns[kept], series.counts[kept]
        if len(counts) <= columns.shape[1]:
            raise DataError(
                f"{len(counts)} periods are used and {columns.shape[1]} coefficients are to be estimated, must be "
                "fewer: take fewer harmonics or changes in counting"
            )
        fit = fit_counts(columns, counts, np.log(series.exposure[kept]), negative_binomial=binomial, names=design.names)
        if not binomial and fit.dispersion < _EXACT:
            raise DataError(
                f"{len(counts)} periods lie on the fit without any distance, from which errors come: a series "
                "that does not vary by chance is no count of cases"
            )
        if self.newey_west is None:
            return fit, fit.covariance, None
        order = np.column_stack([series.time[kept], series.affected[kept]])
        if self.corrected:
            near = serial_errors(columns, counts, fit, order, self.newey_west, negative_binomial=binomial)
            if near is not None:
                return fit, near.seen, near
        return fit, newey_west(columns, counts, fit, order, self.newey_west, negative_binomial=binomial), None

    def _path(
        self, series: Series, design: SeriesDesign, fit: CountFit, covariance: Floats, near: SerialErrors | None
    ) -> tuple[pd.DataFrame, float]:
        """Return what was seen, fitted, and expected without the policy."""
        own = design.kept & (series.affected == 1)
        columns, exposure = design.columns[own], series.exposure[own]
        without = np.where(design.policy, 0.0, columns)
        line = without @ fit.coefficients
        if near is None:
            variance, freedom = np.einsum("ia,ab,ib->i", without, covariance, without), fit.freedom
        else:
            variance, freedom = (
                near.variance(without),
                near.freedom(np.eye(len(design.names))[design.names.index("level")]),
            )
        edge = float(reach(self.level, freedom)) * np.sqrt(variance)
        under = design.force[own] > 0
        expected = np.where(under, exposure * np.exp(line), np.nan)
        path = pd.DataFrame(
            {
                "observed": series.counts[own],
                "fitted": exposure * np.exp(columns @ fit.coefficients),
                "expected": expected,
                "ci_low": np.where(under, exposure * np.exp(line - edge), np.nan),
                "ci_high": np.where(under, exposure * np.exp(line + edge), np.nan),
            },
            index=pd.Index(series.time[own], name="time"),
        )
        return path, float(series.counts[own][under].sum() / expected[under].sum() - 1)

    def _check_moved(self, series: Series, rows: Mapping[str, tuple[float, ...]], told: Mapping[str, int]) -> Check:
        """Say how far the effect moves when changes in counting are taken for nothing."""
        if not told:
            return Check("effect of counting", "pass", say("No change in counting away from the policy was declared."))
        plain = self._design(series, {})
        place = plain.names.index("level")
        other = float(self._fit(series, plain)[0].coefficients[place])
        at, error = rows["level"][0], rows["level"][1]
        numbers = {"with": float(np.exp(at)), "without": float(np.exp(other))}
        said = say(
            "With changes in counting the level changed {with_them:.3g} times, without them {without:.3g} times.",
            with_them=numbers["with"],
            without=numbers["without"],
        )
        return Check("effect of counting", "review" if abs(at - other) > error else "pass", said, numbers)

    def _check_errors(self, series: Series, design: SeriesDesign, fit: CountFit) -> Check:
        """Test whether errors of near periods go together."""
        from scipy.special import chdtrc

        kept = design.kept
        left = (series.counts[kept] - fit.fitted) / np.sqrt(fit.fitted)
        total, statistic = 0, 0.0
        for one in np.unique(series.affected[kept]):
            own = left[series.affected[kept] == one]
            own = own - own.mean()
            scale = max(float(own @ own), 1e-300)
            for lag in range(1, min(_LAGS, len(own) - 2) + 1):
                found = float(own[lag:] @ own[:-lag]) / scale
                statistic += len(own) * (len(own) + 2) * found**2 / (len(own) - lag)
                total += 1
        p_value = float(chdtrc(total, statistic))
        numbers = {"p_value": p_value}
        if p_value >= _ALPHA:
            said = say("No sign that errors of near periods go together (p = {p_value:.2g}).", p_value=p_value)
            return Check("autocorrelation", "pass", said, numbers)
        if self.newey_west and not self.corrected:
            said = say(
                "Errors of near periods go together (p = {p_value:.2g}); limits allow for it and are still too narrow "
                "in short series.",
                p_value=p_value,
            )
            return Check("autocorrelation", "review", said, numbers)
        if self.newey_west:
            said = say(
                "Errors of near periods go together (p = {p_value:.2g}); limits allow for it as far as newey_west= "
                "reaches, and for how short the series is.",
                p_value=p_value,
            )
            return Check("autocorrelation", "review", said, numbers)
        said = say(
            "Errors of near periods go together (p = {p_value:.2g}), so that limits are too narrow: take newey_west=.",
            p_value=p_value,
        )
        return Check("autocorrelation", "fail", said, numbers)

    def _check_placebo(self, series: Series, told: Mapping[str, int]) -> Check:
        """Ask for the same change halfway to the policy, where there should be none."""
        before = series.time < self.start
        times = np.unique(series.time[before & (series.affected == 1)])
        middle = int(times[len(times) // 2]) if len(times) else self.start
        part = Series(
            series.counts[before], series.time[before], series.exposure[before], series.affected[before], gaps=0
        )
        early = {name: first for name, first in told.items() if times[0] < first < self.start and first != middle}
        try:
            design = self._design(part, early, middle)
            fit, covariance, near = self._fit(part, design)
        except (DataError, FitError):
            said = say("Too few periods lie before the policy for a fictitious start among them.")
            return Check("fictitious start", "review", said)
        from scipy.special import fdtrc

        place = design.names.index("level")
        error, freedom = _errors(fit, covariance, near)
        free = min(float(freedom[place]), 1e12)  # of a normal distribution, near enough
        p_value = float(fdtrc(1, free, (fit.coefficients[place] / error[place]) ** 2))
        numbers = {"p_value": p_value, "ratio": float(np.exp(fit.coefficients[place]))}
        if p_value < _ALPHA:
            said = say(
                "A start halfway to the policy, when nothing began, shows a change of {ratio:.3g} times (p = "
                "{p_value:.2g}): the series changes by itself.",
                ratio=numbers["ratio"],
                p_value=p_value,
            )
            return Check("fictitious start", "fail", said, numbers)
        said = say("A start halfway to the policy shows no change (p = {p_value:.2g}).", p_value=p_value)
        return Check("fictitious start", "pass", said, numbers)


def _errors(fit: CountFit, covariance: Floats, near: SerialErrors | None) -> tuple[Floats, Floats]:
    """Return standard errors and degrees of freedom of the coefficients."""
    columns = len(fit.coefficients)
    if near is None:
        return np.sqrt(np.diag(covariance)), np.full(columns, fit.freedom)
    every = np.eye(columns)
    return np.sqrt(near.variance(every)), np.array([near.freedom(one) for one in every])


_WORDS = {"quasi-poisson": say("quasi-Poisson"), "negative binomial": say("negative binomial")}


def _breaks(given: Mapping[str, int] | None) -> Mapping[str, int] | None:
    """Read changes in counting."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or not all(isinstance(name, str) and name.strip() for name in given):
        raise SpecificationError(
            f"counting_breaks == {shown(given)}, must be a mapping of what changed in counting to its first period, "
            "{} where it is known that nothing did, None where nobody looked"
        )
    for first in given.values():
        whole_number("counting_breaks", first)
    return dict(given)


def _check_rivals(breaks: Mapping[str, int] | None, rivals: list[str]) -> Check:
    """Say whether a change in counting came with the policy."""
    if breaks is None:
        said = say(
            "Nobody said whether counting changed: a new form, a new mandate or a new count of the same cases would "
            "look like an effect. Declare counting_breaks=."
        )
        return Check("counting", "review", said)
    numbers = {"declared": len(breaks), "with_the_policy": len(rivals)}
    if rivals:
        said = say(
            "{n} change in counting came with the policy, and nothing in the series tells the two apart.",
            many="{n} changes in counting came with the policy, and nothing in the series tells them apart from it.",
            n=len(rivals),
        )
        return Check("counting", "fail", said, numbers, voids=True)
    said = say("No change in counting that was declared came with the policy.")
    return Check("counting", "pass", said, numbers)


def _check_length(series: Series, design: SeriesDesign, start: int, full: int) -> Check:
    """Judge how long the series is on either side."""
    own = design.kept & (series.affected == 1)
    before, after = int((own & (series.time < start)).sum()), int((own & (series.time >= full)).sum())
    numbers = {"before": before, "after": after, "gaps": series.gaps}
    said = say(
        "{before} periods lie before the policy and {after} after it; {gaps} in between are missing.",
        before=before,
        after=after,
        gaps=series.gaps,
    )
    return Check("length", "review" if before < _SHORT or series.gaps else "pass", said, numbers)
