"""Synthetic difference in differences: units and periods weighted so that before the law the two run side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.policy.panels.panel_checks import check_unused
from ctresearch.policy.synthetic.block import is_panel
from ctresearch.policy.synthetic.control_checks import CLOSE_DIFFERENCE, FAR_DIFFERENCE, check_fit, check_solver
from ctresearch.policy.synthetic.difference_errors import (
    Groups,
    bootstrap_effects,
    fit_groups,
    jackknife_error,
    placebo_effects,
)
from ctresearch.policy.synthetic.difference_weights import (
    Cohort,
    noise_level,
    overall,
    ridges_of,
    with_weights,
)
from ctresearch.policy.synthetic.inference import root_mean_square
from ctresearch.policy.synthetic.synthetic_difference_result import SyntheticDifferenceResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.policy.panels.panel import Panel

    Floats = NDArray[np.float64]

Errors = Literal["placebo", "jackknife", "bootstrap", "none"]
ERRORS: tuple[Errors, ...] = ("placebo", "jackknife", "bootstrap", "none")
_LEAST_BEFORE = 2
# The standard deviation of 15 placebos is itself uncertain by a fifth.
_ENOUGH_PLACEBOS = 15
_ASSUMPTIONS = (
    "Without the law the treated would have moved as the weighted untreated did, from the weighted periods before on.",
    "The law changed nothing in the untreated, and was not felt before it came.",
)
_BY_ERRORS = {
    "placebo": "Errors of the treated are of the size of those of the untreated, from which they are taken.",
    "jackknife": "Treated and untreated are drawn from many alike, and weights would hardly change without any one.",
    "bootstrap": "Treated and untreated are drawn from many alike.",
}


@dataclass(frozen=True, slots=True)
class _Compared:
    """Who is compared: outcomes, names of the untreated, and how many had the law from the first period on."""

    groups: Groups
    names: tuple[str, ...]
    always: int


class SyntheticDifference(Options):
    """Estimate the effect on the treated by a difference in differences whose weights make it fit.

    Parameters
    ----------
    errors : {"placebo", "jackknife", "bootstrap", "none"}
        Standard error from untreated units given the treatment, which works for one treated unit; from leaving out each
        unit; or from drawing units anew, which asks for many treated.
    draws : int
        Placebos or resamples. With one treated unit each untreated unit is a placebo once.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Weights are the exact minimum of the published objective. The authors' program stops before it: -15.6038 for
    Proposition 99, where the minimum gives -15.6054. Cohorts of different first periods are estimated apart, each
    against the units never treated, and averaged by their treated units and periods.

    References
    ----------
    .. [1] Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic
       difference-in-differences. American Economic Review 111, 4088-4118. https://doi.org/10.1257/aer.20190159

    Examples
    --------
    >>> from ctresearch.data.synthetic import policy_panel
    >>> from ctresearch.policy import Panel
    >>> frame = policy_panel(40, 16, adoption={2010: 0.2}, effect=0.5, growth=0.0, seed=2).frame
    >>> panel = Panel.from_frame(
    ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
    ... )
    >>> row = SyntheticDifference(seed=1).fit(panel).estimates.loc["effect"].drop("unit").astype(float).round(2)
    >>> print(f"log rate higher by {row['estimate']} ({row['ci_low']} to {row['ci_high']})")
    log rate higher by 0.55 (0.32 to 0.78)
    """

    def __init__(self, *, errors: Errors = "placebo", draws: int = 200, level: float = 0.95, seed: Seed = 0) -> None:
        self.errors: Errors = one_of("errors", errors, ERRORS)
        self.draws = whole_number("draws", draws, low=20)
        self.level, self.seed = is_level(level), seed
        generator(seed)

    def fit(self, panel: Panel) -> SyntheticDifferenceResult:
        """Find weights, effect and error.

        Parameters
        ----------
        panel : Panel
            With units that are treated from some period on, and others that never are.

        Returns
        -------
        SyntheticDifferenceResult
            Term ``effect``, the mean effect on a treated unit and period.

        Raises
        ------
        DataError
            If there are gaps, no unit is treated or too few are not, the treatment is a dose or ends, or a cohort has
            fewer than two periods before.

        Examples
        --------
        >>> from ctresearch.data.synthetic import policy_panel
        >>> from ctresearch.policy import Panel
        >>> frame = policy_panel(40, 12, seed=3).frame
        >>> panel = Panel.from_frame(
        ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
        ... )
        >>> SyntheticDifference(errors="jackknife").fit(panel).cohorts["units"].tolist()
        [10, 10, 10]
        """
        who = _read(is_panel(panel), self.errors)
        cohorts = fit_groups(who.groups)
        error, placebos = self._error(who.groups, cohorts)
        return self._result(panel, who, cohorts, error, placebos)

    def _error(self, groups: Groups, cohorts: list[Cohort]) -> tuple[float, Floats]:
        """Return the standard error, and the placebos where they were made."""
        rng = generator(self.seed)
        if self.errors == "jackknife":
            return jackknife_error(groups, cohorts), np.zeros(0)
        if self.errors == "bootstrap":
            return float(bootstrap_effects(groups, self.draws, rng).std(ddof=1)), np.zeros(0)
        if self.errors == "none":
            return float("nan"), np.zeros(0)
        made = placebo_effects(groups, self.draws, rng)
        return float(made.std(ddof=1)), made

    def _result(
        self, panel: Panel, who: _Compared, cohorts: list[Cohort], error: float, placebos: Floats
    ) -> SyntheticDifferenceResult:
        """Put everything together."""
        from scipy.special import ndtri

        groups = who.groups
        effect, reach = overall(cohorts, groups.sizes), float(ndtri((1 + self.level) / 2)) * error
        noise = noise_level(groups.untreated, max(groups.begins))
        baseline = float(np.mean([one.synthetic[one.begins :].mean() for one in cohorts]))
        ratios = [panel.rule.ratio(one, baseline) for one in (effect, effect - reach, effect + reach)]
        limits = (ratios[1], ratios[2]) if np.isfinite(ratios).all() else None
        farther = float(np.mean(np.abs(placebos) >= abs(effect) * (1 - 1e-12))) if len(placebos) else np.nan
        told = (*self._checks(who, cohorts, error, noise), *panel.rule.checks(ratios[0], limits))
        table = estimates_table({"effect": (effect, error, effect - reach, effect + reach)})
        return SyntheticDifferenceResult(
            method=say("Synthetic difference in differences"),
            estimates=table.assign(unit=panel.names["outcome"]),
            n=len(who.names) + sum(groups.sizes),
            level=self.level,
            interval="none" if np.isnan(error) else "normal",
            scope=panel.scope,
            checks=(*told, *check_unused(panel), *(check for check in panel.checks if check.name != "gaps")),
            assumptions=(*_ASSUMPTIONS, *_by_errors(self.errors), panel.rule.assumption),
            references=references(SyntheticDifference),
            inputs=replace(panel.inputs, seed=recorded_seed(self.seed)),
            declaration=Declaration(panel.rule.means(SyntheticDifferenceResult.terms)),
            path=_path(panel, cohorts),
            cohorts=_cohort_table(panel, groups, cohorts),
            weights=_weights(panel, who, cohorts),
            period_weights=_period_weights(panel, cohorts),
            compared=_compared(groups, cohorts, effect),
            noise=noise,
            p_placebo=farther,
        )

    def _checks(self, who: _Compared, cohorts: list[Cohort], error: float, noise: float) -> tuple[Check, ...]:
        """Ask what speaks against the estimate."""
        before = [one.curve[: one.begins] for one in cohorts]
        worst = max(root_mean_square(one - one.mean()) for one in before)
        return (
            check_solver(all(one.converged for one in cohorts)),
            check_fit(worst, noise, CLOSE_DIFFERENCE, FAR_DIFFERENCE),
            _check_compared(len(who.names), sum(who.groups.sizes), who.always),
            _check_error(self.errors, error, len(who.names), who.groups.sizes),
        )


def _by_errors(errors: Errors) -> tuple[str, ...]:
    """Return what the standard error assumes."""
    return (_BY_ERRORS[errors],) if errors in _BY_ERRORS else ()


def _read(panel: Panel, errors: Errors) -> _Compared:
    """Sort the units into cohorts; those treated from the first period on are left out and counted."""
    first, outcome = panel.first_treated, panel.outcome
    always = first <= panel.times[0]
    gaps = int((~np.isfinite(outcome[~always])).sum())
    if gaps:
        raise DataError(
            f"{gaps:,} outcomes are missing in {int((~always).sum())} units and {len(panel.times)} periods, must be "
            "none: use panel.balanced(), or panel.keep(times=)"
        )
    starts = sorted(set(first[np.isfinite(first) & ~always].tolist()))
    never = ~np.isfinite(first)
    treated = [outcome[first == start].copy() for start in starts]
    needed = sum(map(len, treated)) + 2 if errors == "placebo" else 2
    if not starts or int(never.sum()) < needed:
        raise DataError(
            f"{int(never.sum())} units are never treated and {sum(map(len, treated))} become so, must be at least one "
            f"that does and {needed} that do not (errors == {errors!r}): placebos take as many untreated units as are "
            "treated, errors='jackknife' does not"
        )
    begins = [int((panel.times < start).sum()) for start in starts]
    if begins[0] < _LEAST_BEFORE:
        raise DataError(
            f"the first cohort is seen in {begins[0]} periods before its treatment, must be at least {_LEAST_BEFORE}: "
            "weights are made from them"
        )
    names = tuple(name for name, out in zip(panel.units, never, strict=True) if out)
    untreated = outcome[never].copy()
    ridges = [ridges_of(untreated, len(own), place) for own, place in zip(treated, begins, strict=True)]
    return _Compared(Groups(untreated, treated, begins, ridges), names, int(always.sum()))


def _check_compared(untreated: int, treated: int, always: int) -> Check:
    """Say who is compared with whom."""
    numbers = {"untreated": untreated, "treated": treated, "always": always}
    if always:
        said = say(
            "{treated} units are compared with {untreated} never treated; {always} with the law from the first period "
            "on are left out, since nothing is known of them without it.",
            treated=treated,
            untreated=untreated,
            always=always,
        )
        return Check("who is compared", "review", said, numbers)
    said = say("{treated} units are compared with {untreated} never treated.", treated=treated, untreated=untreated)
    return Check("who is compared", "pass", said, numbers)


def _check_error(errors: Errors, error: float, untreated: int, sizes: list[int]) -> Check:
    """Say whether the standard error can be had from so few."""
    numbers = {"untreated": untreated, "treated": sum(sizes)}
    if errors == "none":
        return Check("standard error", "review", say("No standard error was asked for."), numbers)
    if np.isnan(error):
        said = say(
            "A cohort has one treated unit alone, or one untreated unit has all the weight: the jackknife has no "
            "standard error. Use errors='placebo'."
        )
        return Check("standard error", "review", said, numbers)
    if errors == "placebo" and untreated < _ENOUGH_PLACEBOS:
        said = say(
            "{untreated} untreated units are few to learn the size of errors from: limits may be too narrow or too "
            "wide.",
            untreated=untreated,
        )
        return Check("standard error", "review", said, numbers)
    if errors != "placebo" and sum(sizes) < _ENOUGH_PLACEBOS:
        said = say(
            "{treated} treated units are few to draw from: limits by {errors} are too narrow. Use errors='placebo'.",
            treated=sum(sizes),
            errors=errors,
        )
        return Check("standard error", "review", said, numbers)
    said = say("{untreated} untreated and {treated} treated units.", untreated=untreated, treated=sum(sizes))
    return Check("standard error", "pass", said, numbers)


def _path(panel: Panel, cohorts: list[Cohort]) -> pd.DataFrame:
    """Lay out the paths of all cohorts."""
    parts = [
        pd.DataFrame(
            {
                "cohort": int(panel.times[one.begins]),
                "time": panel.times,
                "treated": one.treated,
                "synthetic": one.synthetic,
                "gap": one.curve,
            }
        )
        for one in cohorts
    ]
    return pd.concat(parts, ignore_index=True)


def _cohort_table(panel: Panel, groups: Groups, cohorts: list[Cohort]) -> pd.DataFrame:
    """Lay out what each cohort says."""
    after = [len(panel.times) - one.begins for one in cohorts]
    shares = np.array([size * many for size, many in zip(groups.sizes, after, strict=True)], dtype=float)
    columns = {
        "units": groups.sizes,
        "periods": after,
        "effect": [one.effect for one in cohorts],
        "share": shares / shares.sum(),
        "rmse_before": [root_mean_square(one.curve[: one.begins] - one.curve[: one.begins].mean()) for one in cohorts],
    }
    return pd.DataFrame(columns, index=pd.Index([int(panel.times[one.begins]) for one in cohorts], name="cohort"))


def _weights(panel: Panel, who: _Compared, cohorts: list[Cohort]) -> pd.DataFrame:
    """Lay out the weights of the untreated."""
    parts = [
        pd.DataFrame({"cohort": int(panel.times[one.begins]), "unit": who.names, "weight": one.units})
        for one in cohorts
    ]
    return pd.concat(parts, ignore_index=True)


def _period_weights(panel: Panel, cohorts: list[Cohort]) -> pd.DataFrame:
    """Lay out the weights of the periods before."""
    parts = [
        pd.DataFrame({"cohort": int(panel.times[one.begins]), "time": panel.times[: one.begins], "weight": one.periods})
        for one in cohorts
    ]
    return pd.concat(parts, ignore_index=True)


def _compared(groups: Groups, cohorts: list[Cohort], effect: float) -> pd.DataFrame:
    """Work out what other weights give."""

    def by(periods: bool, units: bool) -> float:
        again = []
        for own, one in zip(groups.treated, cohorts, strict=True):
            flat = np.full(one.begins, 1 / one.begins), np.full(len(groups.untreated), 1 / len(groups.untreated))
            weights = (one.units if units else flat[1], one.periods if periods else flat[0])
            again.append(with_weights(groups.untreated, own.mean(axis=0), one.begins, weights))
        return overall(again, groups.sizes)

    rows = {
        "units and periods": effect,
        "units alone": by(periods=False, units=True),
        "periods alone": by(periods=True, units=False),
        "none": by(periods=False, units=False),
    }
    return pd.DataFrame({"effect": rows}).rename_axis("by")
