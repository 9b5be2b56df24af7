"""Bounds of an effect if trends were not quite parallel, and the value at which nothing is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import Inputs, record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, reach, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.policy.honest.coefficients import Coefficients
from ctresearch.policy.honest.event_study import EventStudy, Target, read_event_study
from ctresearch.policy.honest.relative import rejects, relative_limits
from ctresearch.policy.honest.smoothness import fixed_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.policy.adoption.staggered_result import StaggeredResult
    from ctresearch.policy.honest.event_study import Floats

Restriction = Literal["relative_magnitudes", "smoothness"]
RESTRICTIONS: tuple[Restriction, ...] = ("relative_magnitudes", "smoothness")
_RELATIVE = (0.5, 1.0, 1.5, 2.0)
_OF_BEND = (0.0, 0.5, 1.0, 2.0)
# critical values of the first stage are quantiles of .995; 10,000 draws fix them to about .04 standard errors
_DRAWS = 10_000
_HALVINGS, _MOST = 18, 64.0
ASSUMED = {
    "relative_magnitudes": (
        "After adoption, the difference in trends moves from one time to the next by at most the bound times its "
        "largest move before."
    ),
    "smoothness": "The slope of the difference in trends changes from one time to the next by at most the bound.",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HonestResult(Result):
    """What is left of an effect under bounds on how trends may differ.

    Parameters
    ----------
    bounds : pandas.DataFrame
        One row a ``bound``: ``ci_low`` and ``ci_high`` of the effect.
    restriction : str
        ``"relative_magnitudes"`` or ``"smoothness"``.
    breakdown : float
        Largest bound at which no effect is rejected; 0 where it never is, infinite where it always is.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``honest`` (limits at ``bound=``), ``parallel``
        (limits as if trends were parallel) and ``breakdown``.

    Examples
    --------
    >>> from ctresearch.policy import EventStudy, HonestBounds
    >>> HonestBounds().fit(EventStudy([-2, 0], [0.01, 0.5], np.eye(2) * 0.001)).restriction
    'relative_magnitudes'
    """

    terms: ClassVar = {
        "honest": col.model("Effect, honest about trends", headline=True),
        "parallel": col.model("Effect as if trends were parallel"),
        "breakdown": col.model("Bound at which no effect can be ruled out"),
    }

    n: int = value_field(col.count("Times since adoption", "times", of="nobody"))
    bounds: pd.DataFrame = table_field(
        {"bound": col.key("Bound"), "ci_low": col.model("Lower limit"), "ci_high": col.model("Upper limit")}
    )
    restriction: str = value_field(col.mark("Restriction"))
    breakdown: float = value_field(col.model("Bound at which no effect can be ruled out"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the limits against the bound.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Limits that widen with the bound, and a line at no effect.

        Examples
        --------
        >>> from ctresearch.policy import EventStudy, HonestBounds
        >>> study = EventStudy([-2, 0], [0.01, 0.5], np.eye(2) * 0.001)
        >>> HonestBounds().fit(study).plot().get_ylabel()
        'effect on the outcome'
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        table = self.bounds
        ax.vlines(table["bound"], table["ci_low"], table["ci_high"], color=plot.BLUE, linewidth=3)
        ax.axhline(0, color=plot.GREY, linewidth=1, linestyle="--")
        ax.set_xticks(table["bound"])
        ax.set_xlabel(
            "moves of the trend after adoption, in largest moves before"
            if self.restriction == "relative_magnitudes"
            else "change of slope from one time to the next"
        )
        ax.set_ylabel("effect on the outcome")
        ax.set_title(render.title(self), loc="left", fontsize=11)
        return plot.shows(ax, table, self.roles("bounds"))


class HonestBounds(Options):
    """Limits of an effect that allow trends to differ as much as, or more than, they did before.

    Parameters
    ----------
    restriction : {"relative_magnitudes", "smoothness"}
        Bound the moves of the difference in trends by multiples of its largest move before, or the changes of its
        slope.
    bound : float, optional
        At which bound the term ``honest`` stands: 1 for relative magnitudes, and for smoothness the largest change of
        slope seen before adoption.
    bounds : sequence of float, optional
        Bounds of the table; by default .5, 1, 1.5 and 2, for smoothness that many times the largest change seen before
        and 0, a straight line.
    target : {"average", "first"} or sequence of float
        Effect that is bounded: the mean from adoption on, that at adoption, or weights for the times after the
        reference.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the draws that the first stage of the test needs.
    scope : Scope, optional
        Whom the estimate is about; that of the event study by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Relative magnitudes are tested by the hybrid of a conditional and a least-favourable test (C-LF), smoothness by the
    shortest intervals of fixed length, with the exact quantile of a folded normal. Where few were treated, the
    covariance is widened by what Student's t adds.

    References
    ----------
    .. [1] Rambachan, A. and Roth, J. (2023). A more credible approach to parallel trends. Review of Economic Studies
       90, 2555-2591. https://doi.org/10.1093/restud/rdad018

    Examples
    --------
    >>> study = EventStudy([-3, -2, 0, 1], [0.01, 0.0, 0.4, 0.6], np.eye(4) * 0.002)
    >>> result = HonestBounds().fit(study)
    >>> print(f"an effect remains unless trends moved {result.breakdown:.1f} times as much as they did before")
    an effect remains unless trends moved 2.9 times as much as they did before
    """

    def __init__(
        self,
        *,
        restriction: Restriction = "relative_magnitudes",
        bound: float | None = None,
        bounds: Sequence[float] | None = None,
        target: Target = "average",
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.restriction: Restriction = one_of("restriction", restriction, RESTRICTIONS)
        self.bound = None if bound is None else float(in_range("bound", bound, 0))
        self.bounds = None if bounds is None else _read_bounds(bounds)
        self.target: Target = _read_target(target)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope

    def fit(self, data: StaggeredResult | EventStudy) -> HonestResult:
        """Bound the effect.

        Parameters
        ----------
        data : StaggeredResult or EventStudy
            An event study with one reference, by :class:`StaggeredAdoption` with ``base="universal"`` or from outside.

        Returns
        -------
        HonestResult
            Terms ``honest``, ``parallel`` and ``breakdown``.

        Raises
        ------
        DataError
            If it is no event study with one reference, nothing was seen before it, or the result does not stand.

        Examples
        --------
        >>> study = EventStudy([-3, -2, 0], [0.0, 0.0, 0.5], np.eye(3) * 0.002)
        >>> len(HonestBounds(restriction="smoothness", bounds=[0, 0.1], bound=0.1).fit(study).bounds)
        2
        """
        study, left_out = read_event_study(data)
        weights = study.weights(self.target)
        limits = _Limits(self.restriction, study, weights, level=self.level, seed=self.seed)
        unit = 1.0 if self.restriction == "relative_magnitudes" else largest_bend(study)
        bound = unit if self.bound is None else self.bound
        usual = _RELATIVE if self.restriction == "relative_magnitudes" else tuple(unit * one for one in _OF_BEND)
        table = [(one, *limits(one)) for one in (self.bounds or tuple(dict.fromkeys(usual)))]
        low, high = limits(bound)
        after = slice(study.before, None)
        point = float(weights @ np.asarray(study.estimate)[after])
        error = float(np.sqrt(weights @ np.asarray(study.covariance)[after, after] @ weights))
        away = float(reach(self.level, np.inf)) * error
        breakdown = limits.breakdown(unit)
        nan = float("nan")
        told = getattr(data, "scope", None) or Scope()
        return HonestResult(
            method=say("Honest bounds: relative magnitudes")
            if self.restriction == "relative_magnitudes"
            else say("Honest bounds: smoothness"),
            estimates=estimates_table(
                {
                    "honest": (point, nan, low, high),
                    "parallel": (point, error, point - away, point + away),
                    "breakdown": (breakdown if np.isfinite(breakdown) else nan, nan, nan, nan),
                }
            ),
            n=len(np.asarray(study.since)),
            level=self.level,
            interval="honest",
            scope=self.scope or told,
            checks=(*left_out, *_carried(data), *_checks(bound, low, high, breakdown, self.restriction)),
            assumptions=(ASSUMED[self.restriction],),
            references=references(HonestBounds),
            inputs=_record(study, self.seed),
            bounds=pd.DataFrame(table, columns=["bound", "ci_low", "ci_high"]),
            restriction=self.restriction,
            breakdown=breakdown,
        )


class _Limits:
    """Limits of one target at any bound."""

    def __init__(
        self, restriction: Restriction, study: EventStudy, weights: Floats, *, level: float, seed: Seed
    ) -> None:
        self.restriction, self.level = restriction, level
        self.covariance = np.asarray(study.covariance)
        self.study = Coefficients(np.asarray(study.estimate), self.covariance, study.before, weights)
        values, vectors = np.linalg.eigh(self.covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))).T
        self.noise = generator(seed).standard_normal((_DRAWS, len(values))) @ root

    def __call__(self, bound: float) -> tuple[float, float]:
        """Return the limits."""
        if self.restriction == "smoothness":
            found = fixed_length(self.study, bound, self.level)
            return found.low, found.high
        return relative_limits(self.study, bound, self.level, self.noise)

    def rules_out(self, bound: float) -> bool:
        """Say whether no effect is rejected."""
        if self.restriction == "smoothness":
            low, high = self(bound)
            return not low <= 0 <= high
        return rejects(0.0, self.study, bound, self.level, self.noise)

    def breakdown(self, unit: float) -> float:
        """Return the largest bound at which no effect is rejected, by halving."""
        if not self.rules_out(0.0):
            return 0.0
        error = float(np.sqrt(np.diag(self.covariance).max()))
        inside, outside = 0.0, unit if unit > 0 else error
        while self.rules_out(outside):
            inside, outside = outside, outside * 2
            if outside > _MOST * max(unit, error):
                return float("inf")
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if self.rules_out(middle):
                inside = middle
            else:
                outside = middle
        return inside


def largest_bend(study: EventStudy) -> float:
    """Return the largest change of slope seen up to the reference; that of one error where there is one time before.

    Parameters
    ----------
    study : EventStudy
        The event study.

    Returns
    -------
    float
        Above 0.

    Examples
    --------
    >>> largest_bend(EventStudy([-3, -2, 0], [0.3, 0.1, 0.5], np.eye(3)))
    0.1
    """
    line = np.append(np.asarray(study.estimate)[: study.before], 0.0)
    bends = np.abs(np.diff(line, n=2))
    error = float(np.sqrt(np.diag(np.asarray(study.covariance))[: study.before].min()))
    return float(bends.max().round(12)) if len(bends) and bends.max() > 0 else error


def _read_bounds(given: Sequence[float]) -> tuple[float, ...]:
    """Read the bounds of the table."""
    if (
        isinstance(given, str)
        or not isinstance(given, Sequence | np.ndarray)
        or not np.size(given)
        or not np.ndim(given)
    ):
        raise SpecificationError(
            f"bounds == {shown(given)}, must be a list of numbers of at least 0, such as [0.5, 1, 2]"
        )
    return tuple(float(in_range("bounds", one, 0)) for one in given)


def _read_target(given: Any) -> Target:
    """Read the target: a word or weights."""
    if isinstance(given, str):
        return one_of("target", given, ("average", "first"))
    if not isinstance(given, Sequence | np.ndarray) or not np.ndim(given):
        raise SpecificationError(
            f"target is a {type(given).__name__}, must be 'average', 'first' or a weight for each time after the "
            "reference"
        )
    return tuple(float(in_range("target", one)) for one in given)


def _carried(data: Any) -> tuple[Check, ...]:
    """Carry over what the event study says of its outcome, its treated and its model."""
    kept = {"outcome", "few treated", "forbidden comparisons"}
    return tuple(one for one in getattr(data, "checks", ()) if one.name in kept)


def _checks(bound: float, low: float, high: float, breakdown: float, restriction: str) -> tuple[Check, ...]:
    """Say what is left of the effect, and at which bound nothing is."""
    numbers = {"bound": bound, "breakdown": breakdown}
    if breakdown == 0:
        said = say("No effect can be ruled out even if the bound is 0.")
        return (Check("bound", "fail", said, numbers),)
    if low <= 0 <= high:
        said = (
            say(
                "An effect is left only while trends move less than {breakdown:.2g} times as much as they did before.",
                breakdown=breakdown,
            )
            if restriction == "relative_magnitudes"
            else say("An effect is left only while slopes change by less than {breakdown:.2g}.", breakdown=breakdown)
        )
        return (Check("bound", "review", said, numbers),)
    said = (
        say(
            "An effect is left unless trends move {breakdown:.2g} times as much as they did before.",
            breakdown=breakdown,
        )
        if restriction == "relative_magnitudes"
        else say("An effect is left unless slopes change by {breakdown:.2g}.", breakdown=breakdown)
    )
    return (Check("bound", "pass", said, numbers),)


def _record(study: EventStudy, seed: Seed) -> Inputs:
    """Record the event study."""
    table = pd.DataFrame(np.asarray(study.covariance)).add_prefix("v")
    table = table.assign(since=np.asarray(study.since), estimate=np.asarray(study.estimate))
    return replace(record(table, packages=("numpy", "scipy", "scikit-learn")), seed=recorded_seed(seed))
