"""Fitting a log-linear model of flows with fixed effects by Newton's method.

References
----------
.. [1] Correia, S., Guimaraes, P. and Zylkin, T. (2020). Fast Poisson estimation with high-dimensional fixed effects.
   The Stata Journal 20, 95-115. https://doi.org/10.1177/1536867X20909691
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.routes.counts.existence import runs_away
from ctresearch.routes.counts.likelihood import count_slopes
from ctresearch.routes.gravity.effects_solver import fitted_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.routes.counts.likelihood import Counts, Slopes
    from ctresearch.routes.gravity.effects_solver import Effects

    Floats = NDArray[np.float64]

_MOST_STEPS, _MOST_HALVINGS = 200, 30
_CONVERGED = 1e-10  # of the log likelihood, relative
_EXACT = 1e-6  # of a mean: flows that are all as near to theirs leave no errors
_COLLINEAR = 1e-9  # of a covariate's variation that the effects leave
# a rough solution leaves at most a ten-thousandth of the variation unexplained, so a hundredth of it is there for sure
_ROUGH, _CLEARLY = 1e-3, 1e-2
_GONE, _HARDLY = 1e-4, 1e-6  # a mean of which next to nothing is expected, and a share of a covariate's variation
_LEAST_SIZE, _GREATEST_SIZE = 1e-3, 1e6
_FAR, _SETTLED = 2.0, 1e-7  # of the logarithm of the size: the longest step, and the last
_FLAT = 1e-11  # of the log likelihood: what a last step gains, or one where sizes fit alike
_STEP = 1e-4  # of the logarithm, over which slopes are differences: right to a hundred-millionth


@dataclass(frozen=True, slots=True, eq=False)
class GravityFit:
    """One fit of N rows and K covariates.

    ``beta`` (K,); ``mean`` (N,); ``within`` (N, K), covariates with the effects taken out; ``slope`` and ``curvature``
    (N,) of the log likelihood in the log mean; ``levels`` effects side by side; ``size`` of the negative binomial;
    ``value`` of the log likelihood; ``converged``.
    """

    beta: Floats
    mean: Floats
    within: Floats
    slope: Floats
    curvature: Floats
    covariate_levels: Floats
    levels: Floats
    size: float
    value: float
    converged: bool


def fit_gravity(counts: Counts, design: Floats, effects: Effects, *, negative_binomial: bool = False) -> GravityFit:
    """Fit by Newton's method, with the size of a negative binomial found between.

    Parameters
    ----------
    counts : Counts
        Flows, exact or as ranges.
    design : numpy.ndarray
        Shape (rows, K): covariates.
    effects : Effects
        Fixed effects.
    negative_binomial : bool
        Let the variance be ``mean + mean**2 / size``.

    Returns
    -------
    GravityFit
        The fit.

    Raises
    ------
    SpecificationError
        If the effects explain a covariate, or rows that may have nobody are all that tells of one.
    FitError
        If a step cannot be made, or every flow is met exactly.

    Examples
    --------
    >>> from ctresearch.routes.counts.likelihood import read_ranges
    >>> from ctresearch.routes.gravity.effects_solver import read_effects
    >>> y, x = np.array([1.0, 3.0, 2.0, 6.0]), np.array([0.0, 0.0, 1.0, 1.0])[:, None]
    >>> fit = fit_gravity(read_ranges(y, y), x, read_effects([np.zeros(4, dtype=np.int64)]))
    >>> round(float(fit.beta[0]), 6)
    0.693147
    """
    refuse_separated(counts, design, effects)
    size = np.inf
    middle = (counts.low + counts.high) / 2
    eta = np.log((middle + max(float(middle.mean()), 1e-8)) / 2)
    fit = _newton(counts, design, effects, eta, size)
    if negative_binomial:
        fit = _with_size(counts, design, effects, fit)
    refuse_run_off(design, effects, fit)
    return with_errors(fit)


def _with_size(counts: Counts, design: Floats, effects: Effects, fit: GravityFit) -> GravityFit:
    """Find the size at which the likelihood, highest in all else, does not rise: by secants, once it is near."""
    lowest, highest = np.log(_LEAST_SIZE), np.log(_GREATEST_SIZE)
    seen: list[tuple[float, float]] = []  # logarithms of sizes, and slopes there
    at = _best_size(counts, np.log(fit.mean))
    for _ in range(_MOST_STEPS):
        start, before = np.column_stack([fit.covariate_levels, fit.levels]), fit.value
        fit = _newton(counts, design, effects, np.log(fit.mean), float(np.exp(at)), start)
        seen.append((at, _size_slope(counts, fit)))
        bend = (seen[-1][1] - seen[-2][1]) / (at - seen[-2][0]) if len(seen) > 1 else 0.0
        following = at - seen[-1][1] / bend if bend < 0 else _best_size(counts, np.log(fit.mean))
        following = float(np.clip(np.clip(following, at - _FAR, at + _FAR), lowest, highest))
        as_poisson = min(at, following) > highest - 2 * _FAR
        flat = abs(fit.value - before) <= _FLAT * (1 + abs(fit.value))
        if abs(following - at) <= _SETTLED or flat or as_poisson:
            break
        at = following
    return fit


def _size_slope(counts: Counts, fit: GravityFit) -> float:
    """Return the slope of the log likelihood in the logarithm of the size, means as they are."""
    eta = np.log(fit.mean)
    up, down = (count_slopes(counts, eta, fit.size * np.exp(step)).value for step in (_STEP, -_STEP))
    return (up - down) / (2 * _STEP)


def refuse_separated(counts: Counts, design: Floats, effects: Effects) -> None:
    """Refuse covariates of which rows that may have nobody tell alone, and all one way: they have no estimate."""
    people = counts.low > counts.truncated
    if people.all() or not people.any() or not design.shape[1]:
        return
    weights = people.astype(np.float64)
    levels = fitted_effects(design, weights, effects, tolerance=_ROUGH)
    if _varies(design, design - effects.design @ levels, weights):
        return
    levels = fitted_effects(design, weights, effects, levels)
    left = design - effects.design @ levels
    left = np.where(np.abs(left) > 1e-8 * np.abs(design).max(axis=0), left, 0.0)
    if runs_away(left[people], left[~people]):
        raise SpecificationError(
            "a covariate stands only with flows of nobody within the effects, must vary among flows of people: it has "
            "no estimate, leave it out"
        )


def refuse_run_off(design: Floats, effects: Effects, fit: GravityFit) -> None:
    """Refuse covariates that vary only where effects made means run off to nothing: any coefficient fits there."""
    there = fit.mean > _GONE
    if there.all() or not design.shape[1]:
        return
    weights = np.where(there, fit.curvature, 0.0)
    left = design - effects.design @ fitted_effects(design, weights, effects)
    if not _varies(design, left, weights, _HARDLY):
        raise SpecificationError(
            "a covariate varies only among flows whose expected number runs off to 0, must vary within the effects "
            "among others: it has no estimate, leave it out, or take fewer effects"
        )


def _varies(design: Floats, left: Floats, weights: Floats, least: float = _CLEARLY) -> bool:
    """Say whether covariates vary within the effects, each and together, among the rows that count."""
    whole = np.sqrt(np.maximum((weights[:, None] * design**2).sum(axis=0), 1e-300))
    scaled = left / whole
    return bool(np.linalg.eigvalsh(scaled.T @ (weights[:, None] * scaled))[0] > least)


def with_errors(fit: GravityFit) -> GravityFit:
    """Return a fit, if anything is left that errors can be told by."""
    if (np.abs(fit.slope) <= _EXACT * fit.curvature).all():
        raise FitError(
            "every flow is met exactly, must vary around its mean: nothing is left to tell errors by, leave out effects"
        )
    return fit


def _newton(  # noqa: PLR0917 - one state
    counts: Counts, design: Floats, effects: Effects, eta: Floats, size: float, levels: Floats | None = None
) -> GravityFit:
    """Fit for one size."""
    found = count_slopes(counts, eta, size)
    converged, value = False, -np.inf if levels is None else found.value  # the first means are outside the model
    for _ in range(_MOST_STEPS):
        weights = found.curvature
        working = eta + found.slope / weights
        both = np.column_stack([design, working])
        levels = fitted_effects(both, weights, effects, levels)
        left = both - effects.design @ levels
        within, response = left[:, :-1], left[:, -1]
        beta = _least_squares(within, response, weights, design)
        target = working - (response - within @ beta)
        eta, after = _damped(counts, eta, target, value, size)
        gained, value, found = after.value - value, after.value, after
        if abs(gained) <= _CONVERGED * (1 + abs(found.value)):
            converged = True
            break
    last = fitted_effects(np.column_stack([design, eta]), found.curvature, effects, levels)
    within = design - effects.design @ last[:, :-1]
    beta = _least_squares(within, eta - effects.design @ last[:, -1], found.curvature, design)
    own = last[:, -1] - last[:, :-1] @ beta
    return GravityFit(
        beta=beta,
        mean=np.exp(eta),
        within=within,
        slope=found.slope,
        curvature=found.curvature,
        covariate_levels=last[:, :-1],
        levels=own,
        size=size,
        value=found.value,
        converged=converged,
    )


def _damped(counts: Counts, eta: Floats, target: Floats, value: float, size: float) -> tuple[Floats, Slopes]:
    """Step towards a target as far as the likelihood rises."""
    share = 1.0
    for _ in range(_MOST_HALVINGS):
        trial = eta + share * (target - eta)
        trial = np.clip(trial, -40.0, 40.0)
        after = count_slopes(counts, trial, size)
        if np.isfinite(after.value) and (np.isinf(value) or after.value >= value - _CONVERGED * (1 + abs(value))):
            return trial, after
        share /= 2
    return eta, count_slopes(counts, eta, size)


def _least_squares(within: Floats, response: Floats, weights: Floats, design: Floats) -> Floats:
    """Regress what is left of the response on what is left of the covariates."""
    if within.shape[1] == 0:
        return np.zeros(0)
    inside = (weights[:, None] * within**2).sum(axis=0)
    whole = (weights[:, None] * design**2).sum(axis=0)
    gone = np.flatnonzero(inside <= _COLLINEAR * np.where(whole > 0, whole, 1.0))
    if len(gone):
        raise SpecificationError(
            f"covariates number {', '.join(str(i + 1) for i in gone)} do not vary within the effects, must do so: "
            "leave them out, or the effects that explain them"
        )
    crossed = within.T @ (weights[:, None] * within)
    if np.linalg.cond(crossed / np.sqrt(np.outer(np.diag(crossed), np.diag(crossed)))) > 1e12:
        raise SpecificationError("covariates explain one another within the fixed effects, must not: leave one out")
    try:
        return np.asarray(np.linalg.solve(crossed, within.T @ (weights * response)), dtype=np.float64)
    except np.linalg.LinAlgError as error:  # pragma: no cover - the condition is tested above
        raise FitError("covariates explain one another, must not: leave one out") from error


def _best_size(counts: Counts, eta: Floats) -> float:
    """Return the logarithm of the size of the negative binomial that fits best at given means."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_size: -count_slopes(counts, eta, float(np.exp(log_size))).value,
        bounds=(np.log(_LEAST_SIZE), np.log(_GREATEST_SIZE)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(found.x)
