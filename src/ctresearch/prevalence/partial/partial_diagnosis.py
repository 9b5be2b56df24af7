"""What a table seen in part shows against an estimate from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Collection

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.partial_histories import PartialHistories
    from ctresearch.prevalence.trust.diagnose import Allowed


def diagnose_partial(
    table: PartialHistories, expected: Array, *, allows: Collection[Allowed] = ()
) -> tuple[Check, ...]:
    """Diagnose a table seen in part as :func:`diagnose` does one seen whole.

    Parameters
    ----------
    table : PartialHistories
        The table.
    expected : numpy.ndarray
        People by possible cell in canonical order, shape (C,): known counts, and of a range what a fitted model
        expects. They are rounded, and what a model expects speaks for that model: few of them should be ranges.
    allows : collection of str
        As for :func:`diagnose`.

    Returns
    -------
    tuple of Check
        Those of :func:`diagnose`; or one for somebody to look at, where some patterns are impossible or the table tells
        nothing, since scores take every pattern for possible.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, PartialHistories
    >>> table = PartialHistories.from_histories(CaptureHistories.from_published("hav-taiwan"))
    >>> [check.status for check in diagnose_partial(table, table.counts["low"].to_numpy())]
    ['pass', 'pass', 'review', 'pass', 'pass']
    """
    impossible = int((~table.possible).sum())
    if impossible:
        return (_not_asked(impossible),)
    frame = table.counts[list(table.lists)].assign(count=np.rint(expected).astype(np.int64))
    try:
        return diagnose(CaptureHistories.from_counts(frame, list(table.lists)), allows=allows)
    except DataError:  # nobody is expected on two lists, though somebody may be
        return (_not_asked(0),)


def _not_asked(impossible: int) -> Check:
    """Say that nothing was asked."""
    numbers = {"impossible": impossible}
    if not impossible:
        words = say(
            "Hardly anybody is on two lists: whether people differ or lists depend on one another cannot be told."
        )
        return Check("diagnosis", "review", words, numbers)
    words = say(
        "{n} pattern of lists is impossible: whether people differ or lists depend on one another is asked only of "
        "tables where every pattern can be.",
        many="{n} patterns of lists are impossible: whether people differ or lists depend on one another is asked only "
        "of tables where every pattern can be.",
        n=impossible,
    )
    return Check("diagnosis", "review", words, numbers)
