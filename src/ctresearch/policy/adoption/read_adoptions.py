"""From a panel to what the estimators of staggered adoption read, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.policy.adoption.group_time import Adoptions, never_treated
from ctresearch.policy.panels.panel import Panel
from ctresearch.policy.panels.panel_checks import refuse_same_outcome

if TYPE_CHECKING:
    from ctresearch.policy.adoption.two_periods import Booleans, Floats

_STEADY = 1e-9  # change of a weight within a unit, as a share of its mean, that is rounding


def read_adoptions(panel: Any, *, control: str, anticipation: float) -> tuple[Adoptions, tuple[Check, ...]]:
    """Read a panel of units that adopt once and keep what they adopted.

    Parameters
    ----------
    panel : Panel
        The panel.
    control : {"never", "not_yet", "never or last"}
        Whom adopters are compared with; with the third, those that never adopt where there are any.
    anticipation : float
        How long before adoption the outcome may already move.

    Returns
    -------
    tuple
        The data without units treated from the start, and what to say of them.

    Raises
    ------
    DataError
        If it is no panel, names no treatment, a treatment falls or has doses, nobody adopts, all adopt at once, or
        nobody can be compared.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 4, 5, 6]})
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
    >>> read_adoptions(panel, control="never", anticipation=0)[0].cohorts.tolist()
    [2.0]
    """
    _refuse_no_panel(panel)
    refuse_same_outcome(panel)
    first, times = np.asarray(panel.first_treated, dtype=float), np.asarray(panel.times, dtype=float)
    early = first <= times[0] + anticipation
    empty = ~np.isfinite(panel.outcome).any(axis=1)
    if (early | empty).all():
        raise DataError(
            f"all {len(first):,} units are treated from the first period on or were never seen, must be seen before "
            "adoption: begin the panel earlier"
        )
    kept = ~(early | empty)
    data = _laid_out(panel, first, times).keep(kept)
    never = never_treated(data, anticipation)
    if control == "never or last":
        control = "never" if never.any() else "not_yet"
    _refuse_no_contrast(data, never, control)
    return data, (_check_left_out(early, empty), _check_compared(data, never, control), *_check_weights(panel))


def _refuse_no_panel(panel: Any) -> None:
    """Refuse what is no panel of adoptions."""
    if not isinstance(panel, Panel):
        raise DataError(
            f"data is a {type(panel).__name__}, must be a Panel: make one with Panel.from_frame(frame, unit=, time=, "
            "outcome=, adopted=, outcome_kind=), or RepeatedSections.from_frame for other people each time"
        )
    if not {"adopted", "treatment"} & set(panel.names):
        raise DataError(
            f"the panel names no treatment, only {', '.join(panel.names)}: name adopted= or treatment= in "
            "Panel.from_frame"
        )
    if panel.switches_off or panel.is_dose:
        what = "falls again in some unit" if panel.switches_off else "has more values than 0 and 1"
        raise DataError(
            f"the treatment {what}, must be adopted once and kept: SwitchingTreatment takes treatments that rise and "
            "fall, and doses"
        )


def _laid_out(panel: Panel, first: Floats, times: Floats) -> Adoptions:
    """Write a panel as arrays."""
    weights = np.ones(len(first))
    if panel.weights is not None:
        seen = np.isfinite(panel.weights)
        weights = np.where(seen.any(axis=1), np.nansum(panel.weights, axis=1) / np.maximum(seen.sum(axis=1), 1), 1.0)
    covariates = (
        np.stack(list(panel.covariates.values()), axis=2) if panel.covariates else np.zeros((*panel.outcome.shape, 0))
    )
    return Adoptions(
        outcome=np.asarray(panel.outcome, dtype=float),
        first=first,
        times=times,
        weights=weights / weights.mean(),
        clusters=np.asarray(panel.clusters, dtype=np.int64),
        covariates=covariates,
    )


def _refuse_no_contrast(data: Adoptions, never: Booleans, control: str) -> None:
    """Refuse data in which nobody adopts, all adopt at once, or nobody never adopts and that is asked for."""
    cohorts = data.cohorts
    if not len(cohorts):
        raise DataError(
            f"none of {len(never):,} units adopts between the second period and the last, so there is no effect to "
            "see: look at the dates of adoption with panel.plot()"
        )
    if never.any():
        return
    if len(cohorts) == 1:
        raise DataError(
            f"all {len(never):,} units adopt at the same time, so what the policy did cannot be told from what the "
            "time did: give units that adopt later or never, or use InterruptedSeries and name its rivals"
        )
    if control == "never":
        raise DataError(
            f"all {len(never):,} units adopt in the end, so control == 'never' has nobody: use control='not_yet'"
        )


def _check_left_out(early: Booleans, empty: Booleans) -> Check:
    """Say how many units were treated before anybody looked."""
    numbers = {"treated_from_start": int(early.sum()), "never_seen": int((empty & ~early).sum())}
    if not numbers["treated_from_start"] + numbers["never_seen"]:
        said = say("All {units:,} units were seen before they adopted, or never adopt.", units=len(early))
        return Check("units left out", "pass", said, numbers)
    said = say(
        "{early:,} units were treated from the start and {empty:,} were never seen: they say nothing of a change and "
        "are left out.",
        early=numbers["treated_from_start"],
        empty=numbers["never_seen"],
    )
    return Check("units left out", "review", said, numbers)


def _check_weights(panel: Panel) -> tuple[Check, ...]:
    """Say where weights change within units, whose mean is then used."""
    if panel.weights is None:
        return ()
    held = pd.DataFrame(panel.weights)
    changes = float(((held.max(axis=1) - held.min(axis=1)) / held.mean(axis=1)).max())
    if not changes > _STEADY:
        return ()
    said = say(
        "Weights change within units, by up to {changes:.0%} of a unit's mean: each unit's mean is used in all its "
        "periods.",
        changes=changes,
    )
    return (Check("weights", "review", said, {"largest_change": changes}),)


def _check_compared(data: Adoptions, never: Booleans, control: str) -> Check:
    """Say who is compared with whom."""
    treated, others = int(np.isin(data.first, data.cohorts).sum()), int(never.sum())
    numbers = {"treated": treated, "never": others, "cohorts": len(data.cohorts)}
    said = say(
        "{treated:,} units adopt in {cohorts:,} cohorts and {never:,} never do; adopters are compared with those that "
        "never adopt."
        if control == "never"
        else "{treated:,} units adopt in {cohorts:,} cohorts and {never:,} never do; adopters are compared with those "
        "that have not adopted yet.",
        treated=treated,
        never=others,
        cohorts=len(data.cohorts),
    )
    return Check("comparison", "pass" if others >= 2 or control == "not_yet" else "review", said, numbers)
