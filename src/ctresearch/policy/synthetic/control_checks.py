"""What speaks for and against a synthetic control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.message import Message
    from ctresearch.policy.synthetic.block import Block

    Floats = NDArray[np.float64]

# In usual changes of an outcome from one period to the next. benchmarks/results/synthetic_fit.csv, panels in which
# nothing happened and tests at 10 %: up to the first they reject in 4 to 13 %, and misfit alone moves the effect by
# less than one change; beyond the second it moves it by three, and shifts in time reject in a quarter and more.
CLOSE, FAR = 0.75, 1.75
# A difference in differences forgives levels and is stricter: limits of 90 % miss in 9 % up to the first, in a third
# and more beyond the second.
CLOSE_DIFFERENCE, FAR_DIFFERENCE = 0.5, 1.25
HELD_OUT = 2.0
"""Periods before that the weights have not seen may be missed by this many times the usual change."""
_ALMOST_ALL = 0.9
_DEEPER = 0.8


def check_solver(converged: bool) -> Check:
    """Say whether the weights are the minimum."""
    if converged:
        return Check("solver", "pass", say("The weights are the exact minimum: no donor would improve the fit."))
    return Check("solver", "fail", say("The search for the weights did not end: there is no estimate."), voids=True)


def check_fit(rmse: float, noise: float, close: float = CLOSE, far: float = FAR) -> Check:
    """Say whether the unit is followed before the treatment."""
    reach = rmse / noise if noise > 0 else (0.0 if rmse == 0 else np.inf)
    numbers = {"rmse_before": rmse, "noise": noise, "ratio": min(reach, 1e300)}
    if reach <= close:
        said = say(
            "Before the treatment the donors follow the unit within {ratio:.2g} times the usual change from one period "
            "to the next.",
            ratio=reach,
        )
        return Check("fit before", "pass", said, numbers)
    if reach <= far:
        said = say(
            "Before the treatment the donors miss the unit by {ratio:.2g} times the usual change from one period to "
            "the next: part of the difference after may be this misfit.",
            ratio=reach,
        )
        return Check("fit before", "review", said, numbers)
    said = say(
        "Before the treatment the donors miss the unit by {ratio:.3g} times the usual change from one period to the "
        "next (at most {most} is borne): no weighted mean of them stands for it. Use demean=True where levels differ, "
        "method='augmented', or other donors.",
        ratio=min(reach, 1e300),
        most=far,
    )
    return Check("fit before", "fail", said, numbers, voids=True)


def check_held_out(rmse: float, noise: float, periods: int) -> Check:
    """Say whether periods before are followed that the weights have not seen."""
    if np.isnan(rmse):
        said = say(
            "Too few periods before the treatment to hold some back: that the fit is no accident cannot be seen."
        )
        return Check("periods held back", "review", said)
    reach = rmse / noise if noise > 0 else (0.0 if rmse == 0 else np.inf)
    numbers = {"rmse": rmse, "noise": noise, "periods": periods}
    if reach <= HELD_OUT:
        said = say(
            "Weights made without the last {periods} periods before the treatment follow them within {ratio:.2g} times "
            "the usual change.",
            periods=periods,
            ratio=reach,
        )
        return Check("periods held back", "pass", said, numbers)
    said = say(
        "Weights made without the last {periods} periods before the treatment miss them by {ratio:.3g} times the usual "
        "change: the fit before may be an accident, or the law was felt before it came.",
        periods=periods,
        ratio=min(reach, 1e300),
    )
    return Check("periods held back", "review", said, numbers)


def check_donors(block: Block, weights: Floats) -> Check:
    """Say who stands for the unit."""
    most, used = float(np.abs(weights).max()), int((np.abs(weights) > 1e-3).sum())
    numbers = {"donors": len(block.donors), "used": used, "largest": most} | block.left_out
    donors, treated, gaps = len(block.donors), block.left_out["treated"], block.left_out["gaps"]
    if most > _ALMOST_ALL:
        said = say(
            "One donor has {most:.0%} of the weight: what happened there reads as an effect. ({donors} donors; "
            "{treated} units with the law and {gaps} with gaps are none.)",
            most=most,
            donors=donors,
            treated=treated,
            gaps=gaps,
        )
        return Check("donors", "review", said, numbers)
    said = say(
        "{used} of {donors} donors have weight; {treated} units with the law and {gaps} with gaps are no donors.",
        used=used,
        donors=donors,
        treated=treated,
        gaps=gaps,
    )
    return Check("donors", "pass", said, numbers)


def check_unique(ways: int) -> Check:
    """Say whether other weights fit as well."""
    if ways <= 0:
        return Check("one solution", "pass", say("No other weights fit as well."), {"ways": 0})
    said = say(
        "Other weights fit just as well ({ways} dimensions of them): the difference after depends on which are taken. "
        "Use method='penalised', or fewer donors.",
        ways=ways,
    )
    return Check("one solution", "review", said, {"ways": ways})


def check_valleys(found: float, best: float, effect: float, other: float) -> Check:
    """Say whether another importance of predictors follows the outcome better."""
    numbers = {"rmse": found, "best_rmse": best, "effect": effect, "other_effect": other}
    if best > _DEEPER * found:
        said = say("From other starts no importance of predictors was found that follows the outcome much better.")
        return Check("importance of predictors", "pass", said, numbers)
    said = say(
        "The usual search for the importance of predictors ends at an error of {found:.3g}; another importance has "
        "{best:.3g}, and with it the effect is {other:.3g}, not {effect:.3g}. Take importance='best' for that one, and "
        "report both.",
        found=found,
        best=best,
        effect=effect,
        other=other,
    )
    return Check("importance of predictors", "review", said, numbers)


def check_left_out(effect: float, low: float, high: float) -> Check:
    """Say whether the effect rests on one donor."""
    numbers = {"effect": effect, "low": low, "high": high}
    if np.isnan(low) or low * high > 0:
        said = say(
            "Without any one donor the effect keeps its sign (from {low:.3g} to {high:.3g}).", low=low, high=high
        )
        return Check("each donor left out", "pass", said, numbers)
    said = say(
        "Without one of the donors the effect changes its sign (from {low:.3g} to {high:.3g}): it rests on that donor.",
        low=low,
        high=high,
    )
    return Check("each donor left out", "review", said, numbers)


def check_extrapolation(weights: Floats) -> Check:
    """Say how far weights below 0 leave the range of the donors."""
    below = float(-weights[weights < 0].sum())
    if below < 0.2:
        said = say("Weights below 0 add up to {below:.2g}: the donors' range is hardly left.", below=below)
        return Check("weights below 0", "pass", said, {"below": below})
    said = say(
        "Weights below 0 add up to {below:.2g}: the estimate leaves the range of the donors, and leans on a line "
        "through them.",
        below=below,
    )
    return Check("weights below 0", "review", said, {"below": below})


def check_limits(inference: str, level: float, units: int, periods: int, made: bool) -> Check:
    """Say whether the level can be reached with so few units or periods."""
    if inference == "none":
        return Check("limits", "review", say("No limits were asked for: how far chance goes is not told."))
    number = units if inference == "placebo" else periods
    numbers = {"number": number, "least": 1 / number}
    if 1 / number > 1 - level + 1e-12:
        return Check("limits", "review", _too_few(inference, number, level), numbers)
    if not made:
        said = say("No constant effect fits the differences after: they change too much over time for limits.")
        return Check("limits", "review", said, numbers)
    if inference == "placebo":
        said = say(
            "Limits hold if the treated unit is to be taken for one of the {units} units at random, and its effect is "
            "the same in all periods.",
            units=units,
        )
        return Check("limits", "pass", said, numbers)
    said = say(
        "Limits hold if differences before and after come from one process over {periods} periods, and the effect is "
        "the same in all.",
        periods=periods,
    )
    return Check("limits", "pass", said, numbers)


def _too_few(inference: str, number: int, level: float) -> Message:
    """Say that the level cannot be reached."""
    if inference == "placebo":
        return say(
            "With {units} units the smallest share of placebos is {least:.2g}: limits at {level:.0%} do not exist. Use "
            "a lower level, or inference='shifts'.",
            units=number,
            least=1 / number,
            level=level,
        )
    return say(
        "With {periods} periods the smallest share of shifts is {least:.2g}: limits at {level:.0%} do not exist. Use a "
        "lower level, or inference='placebo'.",
        periods=number,
        least=1 / number,
        level=level,
    )
