"""What a panel must say of itself: gaps, units that come and go, dates of adoption that nobody saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel import Panel


def panel_checks(panel: Panel) -> tuple[Check, ...]:
    """Check gaps, units that come and go, and dates of adoption.

    Parameters
    ----------
    panel : Panel
        The panel.

    Returns
    -------
    tuple of Check
        ``gaps``, ``units that come and go``, and ``dates of adoption`` where a treatment was named.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AAB"), "t": [1, 2, 1], "y": [3, 4, 5]})
    >>> made = Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")
    >>> [check.status for check in panel_checks(made)]
    ['review', 'review']
    """
    dated = () if not {"adopted", "treatment"} & set(panel.names) else (_check_dates(panel),)
    return (_check_gaps(panel), _check_lives(panel), *dated)


def _check_gaps(panel: Panel) -> Check:
    """Say how many units and periods are not seen."""
    seen = panel.seen
    absent, cells = int((~seen).sum()), seen.size
    numbers = {"missing": absent, "cells": cells, "units": int((~seen).any(axis=1).sum())}
    if absent == 0:
        return Check("gaps", "pass", say("All {cells:,} units and periods are seen.", cells=cells), numbers)
    said = say(
        "{absent:,} of {cells:,} units and periods are not seen ({share:.0%}), in {units:,} of {all_units:,} units; "
        "gaps() names them.",
        absent=absent,
        cells=cells,
        share=absent / cells,
        units=numbers["units"],
        all_units=len(panel.units),
    )
    return Check("gaps", "review", said, numbers)


def _check_lives(panel: Panel) -> Check:
    """Say how many units begin late or end early, as countries that split or merge do."""
    late = int((~panel.present[:, 0]).sum())
    early = int((~panel.present[:, -1]).sum())
    numbers = {"begin_late": late, "end_early": early}
    if late + early == 0:
        said = say("All {units:,} units have rows from the first period to the last.", units=len(panel.units))
        return Check("units that come and go", "pass", said, numbers)
    said = say(
        "{late:,} units begin after the first period and {early:,} end before the last: where a country split or "
        "merged, declare it in crosswalk=.",
        late=late,
        early=early,
    )
    return Check("units that come and go", "review", said, numbers)


def _check_dates(panel: Panel) -> Check:
    """Say how many dates of adoption fall on a period that nobody saw, or outside the panel."""
    first, last = panel.times[0], panel.times[-1]
    dates = panel.first_treated
    dated = np.isfinite(dates)
    already, later = int((dated & (dates <= first)).sum()), int((dated & (dates > last)).sum())
    unsure = _unsure(panel)
    numbers = {"treated_from_the_start": already, "treated_after_the_end": later, "unsure": unsure}
    if already + later + unsure == 0:
        said = say("Every unit that is treated was seen just before and when its treatment began.")
        return Check("dates of adoption", "pass", said, numbers)
    said = say(
        "{already:,} units are treated from the first period, so that nobody saw them without; {later:,} adopt after "
        "the last; of {unsure:,} the date is not sure, since the row before it or its own is missing.",
        already=already,
        later=later,
        unsure=unsure,
    )
    return Check("dates of adoption", "review", said, numbers)


def _unsure(panel: Panel) -> int:
    """Count units whose treatment began at or just after a period without a row."""
    within = np.isfinite(panel.first_treated) & (panel.first_treated > panel.times[0])
    within &= panel.first_treated <= panel.times[-1]
    units = np.flatnonzero(within)
    at = np.searchsorted(panel.times, panel.first_treated[units])
    known = panel.present & np.isfinite(panel.treatment)
    return int((~known[units, at - 1] | ~known[units, at]).sum())
