"""What must be said of a table of lists, passed on to every result that is made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.lists.partial_histories import PartialHistories


def checks_of(*tables: CaptureHistories | PartialHistories) -> tuple[Check, ...]:
    """Return the checks of some tables, each once.

    Parameters
    ----------
    *tables : CaptureHistories or PartialHistories
        The tables that a result is made from.

    Returns
    -------
    tuple of Check
        Empty where nothing was done to the tables that a reader must know.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import CaptureHistories
    >>> seen = pd.DataFrame({"who": [1, 1, 2], "where": ["police", "NGO", "ngo "]})
    >>> table = CaptureHistories.from_long(seen, person="who", source="where", merge_names=True)
    >>> print(*checks_of(table, table))
    ? names: 1 of 2 lists was spelled in more than one way; as asked, spellings were merged.
    """
    return each_once(check for table in tables for check in table.checks)


def each_once(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Leave out checks that are there already.

    Parameters
    ----------
    checks : iterable of Check
        Checks, some perhaps equal.

    Returns
    -------
    tuple of Check
        The same, each at its first place.

    Examples
    --------
    >>> from ctresearch.core import Check
    >>> len(each_once([Check("n", "pass", "Enough."), Check("n", "pass", "Enough.")]))
    1
    """
    kept: list[Check] = []
    for check in checks:
        if check not in kept:
            kept.append(check)
    return tuple(kept)
