"""Explorer of masking: move the threshold, and see how much of a table is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import Explorer
from ctresearch.core.validate import whole_number
from ctresearch.privacy.masks.suppress import suppress

if TYPE_CHECKING:
    from collections.abc import Sequence


def explore_threshold(
    counts: pd.DataFrame | pd.Series[float], thresholds: Sequence[int] = (3, 5, 8, 10, 15, 20)
) -> Explorer:
    """Move the smallest count that is shown, and see how many cells are masked for it and for its neighbours.

    Parameters
    ----------
    counts : pandas.DataFrame or pandas.Series
        Counts without totals, as :func:`suppress` takes them.
    thresholds : sequence of int
        What to try, each at least 2.

    Returns
    -------
    Explorer
        A slider in JupyterLab, a table elsewhere; neither shows a count.

    Raises
    ------
    DataError
        If counts are negative, missing or not whole.
    SpecificationError
        If a threshold is out of range.

    Examples
    --------
    >>> counts = pd.DataFrame({"0-17": [3, 20, 12], "18+": [31, 40, 18]}, index=["A", "B", "C"])
    >>> explore_threshold(counts, [3, 5]).table["small"].tolist()
    [0, 1]
    """
    given = list(thresholds) if isinstance(thresholds, (list, tuple, range)) else []
    tried = {whole_number("thresholds", one, low=2): None for one in given}
    if not given or len(tried) < len(given):
        raise SpecificationError(
            f"thresholds is a {type(thresholds).__name__} of {len(given)} numbers, must be a list of different numbers"
        )
    rows, says = [], []
    for threshold in tried:
        masked = suppress(counts, threshold=threshold)
        every = masked.primary + masked.secondary
        rows.append((100.0 * every / counts.size, masked.primary, masked.secondary))
        says.append(
            say(
                "{small} cells hold fewer than {threshold} people, and {others} more are masked so that nobody can "
                "subtract their way back.",
                small=masked.primary,
                threshold=threshold,
                others=masked.secondary,
            )
        )
    index = pd.Index(list(tried), name="threshold")
    return Explorer(
        question=say("How much of the table is left to show?"),
        moves=say("Smallest count shown"),
        axis=say("Cells masked (%)"),
        table=pd.DataFrame(rows, index=index, columns=["estimate", "small", "others"]),
        says=tuple(says),
    )
