"""What a panel must say of itself: gaps, units that come and go, dates of adoption that nobody saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.policy.panels.panel import Panel

# Below 20 clusters the usual errors are too small too often; below 6 nothing but the data themselves can say how much.
_FEW, _FEWEST = 20, 6


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


def refuse_same_outcome(panel: Panel) -> None:
    """Refuse a panel whose outcome never moves: an effect of 0 without any error would look like knowledge.

    Parameters
    ----------
    panel : Panel
        The panel.

    Raises
    ------
    DataError
        If the outcome is the same in all rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AAB"), "t": [1, 2, 1], "y": [3, 4, 5]})
    >>> refuse_same_outcome(Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response"))
    """
    known = panel.outcome[np.isfinite(panel.outcome)]
    if len(known) and known.min() == known.max():
        raise DataError(f"the outcome is the same in all {len(known):,} rows, must vary: there is no effect to see")


def check_unused(panel: Panel, *, used: Sequence[str] = (), weights: bool = False) -> tuple[Check, ...]:
    """Say which columns that the panel names an estimator leaves aside.

    Parameters
    ----------
    panel : Panel
        The panel.
    used : sequence of str
        Covariates that the estimator uses.
    weights : bool
        Whether it uses weights.

    Returns
    -------
    tuple of Check
        ``columns left aside``, to be reviewed, where there are any.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "x": [2, 2, 1, 4], "y": [3, 7, 5, 6]})
    >>> made = Panel.from_frame(frame, unit="c", time="t", outcome="y", covariates=["x"], outcome_kind="response")
    >>> print(check_unused(made)[0].message)
    The panel names covariates, which this estimator leaves aside.
    """
    spare = len([one for one in panel.covariates if one not in used])
    heavy = panel.weights is not None and not weights
    if not spare and not heavy:
        return ()
    numbers = {"covariates": spare, "weights": int(heavy)}
    if spare and heavy:
        said = say("The panel names covariates and weights, which this estimator leaves aside.")
    elif heavy:
        said = say("The panel names weights, which this estimator leaves aside.")
    else:
        said = say("The panel names covariates, which this estimator leaves aside.")
    return (Check("columns left aside", "review", said, numbers),)


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


def check_clusters(count: int, errors: str, moving: int) -> Check:
    """Judge whether there are clusters enough for the errors chosen, and enough of them treated.

    Parameters
    ----------
    count : int
        Clusters.
    errors : str
        ``"cluster"``, ``"wild"``, ``"conley"`` or ``"heteroskedastic"``.
    moving : int
        Clusters in which the treatment changes.

    Returns
    -------
    Check
        ``clusters``; with one treated cluster no limits stand, since nothing says how treated clusters differ.

    Examples
    --------
    >>> check_clusters(40, "cluster", 1).voids, check_clusters(40, "cluster", 20).status
    (True, 'pass')
    """
    numbers = {"clusters": count, "changing": moving}
    if moving < _FEWEST:
        said = say(
            "The treatment changes in {n} cluster, too few for errors that take clusters for draws: use an estimator "
            "for few treated units.",
            many="The treatment changes in {n} clusters, too few for errors that take clusters for draws: use an "
            "estimator for few treated units.",
            n=moving,
        )
        return Check("clusters", "fail", said, numbers, voids=moving < 2)
    if errors == "heteroskedastic":
        said = say("Errors are taken for independent from row to row, which rows of one unit seldom are.")
        return Check("clusters", "review", said, numbers)
    if errors == "conley":
        said = say("Errors go together over distance and time as far as was said; {n} units were seen.", n=count)
        return Check("clusters", "pass" if count >= _FEW else "review", said, numbers)
    if count < _FEWEST:
        said = say("{n} clusters are too few for any error to be trusted.", n=count)
        return Check("clusters", "fail", said, numbers)
    if count < _FEW and errors != "wild":
        said = say("{n} clusters are few: take errors='wild', whose limits hold with fewer.", n=count)
        return Check("clusters", "fail", said, numbers)
    return Check("clusters", "pass", say("{n} clusters are enough for these limits.", n=count), numbers)
