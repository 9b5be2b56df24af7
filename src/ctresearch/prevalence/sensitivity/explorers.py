"""Explorers for a table of lists: leave a list out, bend the assumption that two lists are independent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ctresearch.core.message import say
from ctresearch.core.render import Explorer, number
from ctresearch.prevalence.sensitivity.list_sensitivity import list_sensitivity
from ctresearch.prevalence.sensitivity.odds_ratio_sensitivity import odds_ratio_sensitivity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.estimator import Estimator
    from ctresearch.prevalence.lists.histories import CaptureHistories

_RATIOS = (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)


def explore_lists(histories: CaptureHistories, estimator: Estimator) -> Explorer:
    """Leave each list out, or merge two, and see what the estimate does.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at least three lists.
    estimator : Estimator
        Any that fits such tables and has the term ``population``.

    Returns
    -------
    Explorer
        A slider in JupyterLab, a table elsewhere.

    Raises
    ------
    SpecificationError
        If the estimator has no method ``fit``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> explorer = explore_lists(CaptureHistories.from_published("korea"), LogLinear("stepwise"))
    >>> explorer.table["estimate"].round(1).head(2).tolist()
    [268.8, 349.1]
    """
    table = list_sensitivity(histories, estimator)
    whole = float(table["estimate"].iloc[0])
    says = []
    for estimate, note in zip(table["estimate"].astype(float), table["note"], strict=True):
        if math.isnan(estimate):
            says.append(say("No estimate here: {why}", why=note))
        else:
            says.append(
                say(
                    "{people} people, {ratio} times the estimate from all lists. What moves much hangs on one list; "
                    "what moves little is no proof.",
                    people=number(estimate),
                    ratio=f"{estimate / whole:.2f}",
                )
            )
    return Explorer(
        question=say("Does the estimate hang on one list?"),
        moves=say("Lists"),
        axis=say("Estimated population (persons)"),
        table=table[["n", "estimate", "ci_low", "ci_high"]],
        says=tuple(says),
    )


def explore_dependence(
    histories: CaptureHistories, pair: tuple[str, str], *, odds_ratios: Sequence[float] = _RATIOS
) -> Explorer:
    """Bend the assumption that two lists are independent, and see what the estimate does.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at most ten lists.
    pair : tuple of str
        The two lists.
    odds_ratios : sequence of float
        Values to assume: above 1, who is on one list is likelier to be on the other.

    Returns
    -------
    Explorer
        A slider in JupyterLab, a table elsewhere.

    Raises
    ------
    SpecificationError
        If the pair is not two of the lists.
    FitError
        If the estimate does not exist or is not identified.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
    >>> histories = CaptureHistories.from_counts(table)
    >>> explore_dependence(histories, ("police", "charity"), odds_ratios=[1, 2]).table["estimate"].round().tolist()
    [240.0, 360.0]
    """
    rows = odds_ratio_sensitivity(histories, pair, odds_ratios=odds_ratios).estimates.set_index("odds_ratio")
    says = tuple(
        _bent(len(histories.lists), number(ratio), number(people))
        for ratio, people in zip(rows.index.to_numpy(float), rows["estimate"].to_numpy(float), strict=True)
    )
    return Explorer(
        question=say("What if being on {one} and being on {other} go together?", one=pair[0], other=pair[1]),
        moves=say("Odds ratio assumed"),
        axis=say("Estimated population (persons)"),
        table=rows[["estimate", "ci_low", "ci_high"]],
        says=says,
    )


def _bent(lists: int, ratio: str, people: str) -> str:
    """Say what follows from an odds ratio; between two lists alone nothing can test it."""
    if lists == 2:
        return say(
            "If the odds ratio were {ratio}: {people} people. Nothing in two lists can tell which ratio is true.",
            ratio=ratio,
            people=people,
        )
    return say("If the odds ratio were {ratio}: {people} people.", ratio=ratio, people=people)
