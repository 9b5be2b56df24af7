"""The table of a follow-up, read once: who was in which arm, who was seen again, and with what outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.table.study_table import design_matrix, read_clusters
from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError, FitError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.programmes.trials.trial_table import one_spelling, plain_words, refuse_spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers


@dataclass(frozen=True, slots=True)
class FollowUpTable:
    """Columns of a follow-up as arrays.

    Parameters
    ----------
    outcome, treatment, seen : numpy.ndarray
        Outcome (0 where lost), 0 or 1, and 1 for the followed up, shape (rows,) each.
    design : numpy.ndarray
        A constant and the covariates, rows by columns.
    names : tuple of str
        What messages call the columns.
    clusters : numpy.ndarray or None
        Cluster of each row from 0.
    range : tuple of float or None
        Smallest and largest outcome there can be, where known.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [0, 0, 1, 1, 1], "y": [1.0, 0, 1, 0, None]})
    >>> read_follow_up(frame, outcome="y", treatment="a", covariates=[]).range
    (0.0, 1.0)
    """

    outcome: Floats
    treatment: Floats
    seen: Floats
    design: Floats
    names: tuple[str, ...]
    clusters: Integers | None
    range: tuple[float, float] | None

    @property
    def followed(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Persons and followed up, by arm."""
        counts = [(int((self.treatment == a).sum()), int(self.seen[self.treatment == a].sum())) for a in (0, 1)]
        return counts[0], counts[1]


def read_follow_up(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str],
    cluster: str | None = None,
    low: float | None = None,
    high: float | None = None,
) -> FollowUpTable:
    """Read a follow-up of one row a person.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    outcome, treatment : str
        Columns: a number, missing for the lost, and 0 or 1.
    covariates : sequence of str
        Columns known for all.
    cluster : str, optional
        Column of clusters; each lies in one arm.
    low, high : float, optional
        Range of the outcome.

    Returns
    -------
    FollowUpTable
        The arrays.

    Raises
    ------
    DataError
        If a column or a value but the outcome is missing, the treatment is not of 0 and 1, nobody of an arm was
        followed up, the outcome is constant or out of its range, or a cluster lies in both arms.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [0, 0, 1, 1, 1], "y": [1.0, 0, 3, 2, None]})
    >>> read_follow_up(frame, outcome="y", treatment="a", covariates=[]).followed
    ((2, 2), (3, 2))
    """
    known = [treatment, *covariates, *([] if cluster is None else [cluster])]
    follow_up_cells(frame, outcome=outcome, treatment=treatment, known=known, low=low, high=high)
    a = read_numbers(frame, treatment)
    if a.min() == a.max():
        raise DataError(f"treatment {treatment!r} is the same in all {len(a):,} rows, must hold both 0 and 1")
    seen = np.asarray(frame[outcome].notna(), dtype=float)
    for arm in (0, 1):
        if seen[a == arm].sum() < 2:
            raise DataError(
                f"{int(seen[a == arm].sum())} people with {treatment!r} == {arm} were followed up, must be at least 2: "
                "there is no outcome to compare"
            )
    followed = frame[seen == 1]
    values = read_numbers(followed, outcome)
    _refuse_no_spread(values, a[seen == 1], outcome, treatment)
    y = np.zeros(len(frame))
    y[seen == 1] = values
    refuse_spellings(frame, covariates)
    design, names = design_matrix(frame, covariates)
    if cluster is not None:
        one_spelling(frame, cluster, merge=False)
    clusters = read_clusters(frame, cluster)
    if clusters is not None:
        _refuse_mixed(clusters, a, str(cluster))
    return FollowUpTable(y, a, seen, design, plain_words(names, covariates), clusters, _range(values, low, high))


def follow_up_cells(
    frame: pd.DataFrame, *, outcome: str, treatment: str, known: Sequence[str], low: float | None, high: float | None
) -> None:
    """Look at every cell of a follow-up before its people are parted by age, so that errors name rows of the table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    outcome, treatment : str
        As :func:`read_follow_up` takes them.
    known : sequence of str
        Columns that must be complete, the treatment among them.
    low, high : float, optional
        Range of the outcome.

    Raises
    ------
    DataError
        If a column or value is missing or not what it must be.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [0, 1], "y": [1.0, None]})
    >>> follow_up_cells(frame, outcome="y", treatment="a", known=["a"], low=0.0, high=2.0)
    """
    is_frame("frame", frame)
    has_columns("frame", frame, [outcome, *known])
    refuse_missing(frame, known)
    values = read_numbers(frame, treatment)
    other = ~np.isin(values, (0, 1))
    refuse_cells(frame[treatment], other, "must be 0 or 1", name=treatment)
    seen = frame[outcome].notna().to_numpy()
    if not seen.any():
        raise DataError(
            f"0 people were followed up (column {outcome!r} is missing in all {len(frame):,} rows), must be at least 2"
        )
    found = np.zeros(len(frame))
    found[seen] = read_numbers(frame[seen], outcome)
    if low is not None and high is not None:
        outside = seen & ((found < low) | (found > high))
        refuse_cells(frame[outcome], outside, f"must lie between {low:g} and {high:g}", name=outcome)


def _refuse_no_spread(values: Floats, treatment: Floats, outcome: str, arm: str) -> None:
    """Refuse an outcome that is the same for everybody, or for everybody of an arm in both of them."""
    if values.min() == values.max():
        raise DataError(
            f"outcome {outcome!r} is the same for all {len(values):,} people, must vary: there is no effect to see"
        )
    if all(np.ptp(values[treatment == one]) == 0 for one in (0, 1)):
        raise FitError(
            f"the outcome {outcome!r} is the treatment {arm!r} itself among the followed up, which leaves no error to "
            "judge an effect by: name another outcome"
        )


def _refuse_mixed(clusters: Integers, treatment: Floats, cluster: str) -> None:
    """Refuse clusters that lie in both arms, which the bootstrap cannot draw within arms."""
    share = np.bincount(clusters, treatment) / np.bincount(clusters)
    mixed = int(((share > 0) & (share < 1)).sum())
    if mixed:
        raise DataError(
            f"{mixed} clusters of {cluster!r} lie in both arms, each must lie in one: leave cluster out where people, "
            "not clusters, were assigned"
        )


def _range(values: Floats, low: float | None, high: float | None) -> tuple[float, float] | None:
    """Return the range of the outcome, where it is known."""
    if low is None or high is None:
        return (0.0, 1.0) if np.isin(values, (0, 1)).all() else None
    return float(low), float(high)
