"""The threshold rule: a cell with too few people in it does not leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy


@dataclass(frozen=True, slots=True)
class SmallCells:
    """How many cells there are, and how many of them are too small.

    Parameters
    ----------
    cells : int
        Cells that show a number.
    masked : int
        Cells that show none.
    below : int
        Cells with at least one person and fewer than the threshold.
    zeros : int
        Cells with nobody in them.
    mask : numpy.ndarray
        Which cells are below, in the shape of the counts.
    """

    cells: int
    masked: int
    below: int
    zeros: int
    mask: NDArray[np.bool_]


def small_cells(counts: NDArray[np.float64], threshold: int) -> SmallCells:
    """Count the cells below a threshold.

    Parameters
    ----------
    counts : numpy.ndarray
        People a cell, any shape; ``NaN`` where masked.
    threshold : int
        Smallest number that may be shown.

    Returns
    -------
    SmallCells
        The tally.

    Examples
    --------
    >>> import numpy as np
    >>> small_cells(np.array([[0, 4], [5, np.nan]]), 5).below
    1
    """
    masked = np.isnan(counts)
    mask = (counts > 0) & (counts < threshold)
    return SmallCells(
        cells=int((~masked).sum()),
        masked=int(masked.sum()),
        below=int(mask.sum()),
        zeros=int((counts == 0).sum()),
        mask=mask,
    )


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
    sentence = f"It has {rows} rows and {columns} columns, but counts for {people.size}."
    cure = "Give one count a row, one a cell, or a single number if everything rests on the same people."
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
    tally = small_cells(people, threshold)
    record = output.level == "record"
    rule, unit = ("k_anonymity", "rows or cells") if record else ("threshold", "cells")
    numbers = {"threshold": threshold, "cells": tally.cells, "below": tally.below, "masked": tally.masked}
    if tally.below:
        verb = "holds" if tally.below == 1 else "hold"
        cure = (
            f"Generalise or drop columns until at least {threshold} people share each row."
            if record
            else (
                "Join categories, or mask them and as many others as it takes to hide them (suppress, "
                f"threshold={threshold})."
            )
        )
        return Finding(
            rule, "fail", f"{tally.below} of {tally.cells} {unit} {verb} fewer than {threshold} people.", cure, numbers
        )
    if tally.zeros and policy.zeros == "mask":
        return Finding(
            "zeros",
            "fail",
            f"{tally.zeros} of {tally.cells} {unit} are empty, which the policy of {policy.owner} does not show.",
            "Mask the empty cells or join categories.",
            numbers | {"zeros": tally.zeros},
        )
    return Finding(
        rule, "pass", f"Each of {tally.cells} {unit} holds nobody or at least {threshold} people.", "", numbers
    )
