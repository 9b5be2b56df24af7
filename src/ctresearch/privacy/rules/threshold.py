"""The threshold rule: a cell with too few people in it does not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy


def fit_rule(output: Output, people: NDArray[np.float64]) -> Finding | None:
    """Ask for counts that belong to the table they come with.

    Parameters
    ----------
    output : Output
        What wants to leave.
    people : numpy.ndarray
        People behind it.

    Returns
    -------
    Finding or None
        Rule ``"counts_fit"``, a review, if a table has neither one count a row nor one a cell; else ``None``.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> table = Output("ages", "table", "restricted", content=pd.DataFrame({"n": [40, 50]}))
    >>> fit_rule(table, np.array([40.0, 50.0, 90.0])).sentence
    'It has 2 rows and 1 columns, but counts for 3.'
    """
    if output.kind != "table" or people.size == 1 or not hasattr(output.content, "shape"):
        return None
    rows, columns = (*output.content.shape, 1)[:2]
    measures = sum(dtype.kind in "iufb" for dtype in output.content.dtypes) if hasattr(output.content, "columns") else 1
    if people.size in {rows, rows * columns, rows * measures}:
        return None
    sentence = say(
        "It has {rows} rows and {columns} columns, but counts for {counts}.",
        rows=rows,
        columns=columns,
        counts=people.size,
    )
    cure = say("Give one count a row, one a cell, or a single number if everything rests on the same people.")
    return Finding("counts_fit", "review", sentence, cure, {"rows": rows, "columns": columns, "counts": people.size})


def threshold_rule(output: Output, people: NDArray[np.float64], policy: Policy) -> Finding:
    """Say whether every cell of an output holds enough people.

    Parameters
    ----------
    output : Output
        What wants to leave.
    people : numpy.ndarray
        People behind each cell or mark; ``NaN`` where masked.
    policy : Policy
        The thresholds.

    Returns
    -------
    Finding
        Rule ``"threshold"``, or ``"k_anonymity"`` for record-level outputs.

    Examples
    --------
    >>> import numpy as np
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> threshold_rule(Output("ages", "table", "restricted"), np.array([3.0, 40.0]), Policy()).sentence
    '1 of 2 cells holds fewer than 5 people.'
    """
    threshold = policy.threshold(output.level)
    cells, below = int((~np.isnan(people)).sum()), int(((people > 0) & (people < threshold)).sum())
    record, zeros = output.level == "record", int((people == 0).sum())
    rule, unit = ("k_anonymity", say("rows or cells")) if record else ("threshold", say("cells"))
    numbers = {"threshold": threshold, "cells": cells, "below": below, "masked": people.size - cells}
    said: dict[str, Any] = {"cells": cells, "unit": unit, "threshold": threshold}
    if below:
        sentence = say(
            "{n} of {cells} {unit} holds fewer than {threshold} people.",
            many="{n} of {cells} {unit} hold fewer than {threshold} people.",
            n=below,
            **said,
        )
        share = say("Generalise or drop columns until at least {threshold} people share each row.", threshold=threshold)
        join = say(
            "Join categories, or mask them and as many others as it takes to hide them (suppress, "
            "threshold={threshold}).",
            threshold=threshold,
        )
        return Finding(rule, "fail", sentence, share if record else join, numbers)
    if zeros and policy.zeros == "mask":
        sentence = say(
            "{zeros} of {cells} {unit} are empty, which the policy of {owner} does not show.",
            zeros=zeros,
            owner=policy.owner,
            **said,
        )
        return Finding(
            "zeros", "fail", sentence, say("Mask the empty cells or join categories."), numbers | {"zeros": zeros}
        )
    return Finding(
        rule, "pass", say("Each of {cells} {unit} holds nobody or at least {threshold} people.", **said), "", numbers
    )
