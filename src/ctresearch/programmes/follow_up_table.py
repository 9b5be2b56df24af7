"""The table of a follow-up, read once: who was in which arm, who was seen again, and with what outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.study_table import design_matrix, read_clusters, refuse_constant
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.generalized_linear import Floats
    from ctresearch.causes.influence import Integers


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
        Of the columns.
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
    frame: pd.DataFrame, *, outcome: str, treatment: str, covariates: Sequence[str], cluster: str | None = None,
    low: float | None = None, high: float | None = None,
) -> FollowUpTable:  # fmt: skip
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
        If a column or a value but the outcome is missing, the treatment is not of 0 and 1, nobody of an arm was followed
        up, the outcome is constant or out of its range, or a cluster lies in both arms.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [0, 0, 1, 1, 1], "y": [1.0, 0, 3, 2, None]})
    >>> read_follow_up(frame, outcome="y", treatment="a", covariates=[]).followed
    ((2, 2), (3, 2))
    """
    known = [treatment, *covariates, *([] if cluster is None else [cluster])]
    is_frame("frame", frame)
    has_columns("frame", frame, [outcome, *known])
    refuse_missing(frame, known)
    a = read_numbers(frame, treatment)
    if not np.isin(a, (0, 1)).all() or a.min() == a.max():
        shown = ", ".join(f"{v:g}" for v in np.unique(a)[:5])
        raise DataError(f"treatment {treatment!r} holds the values {shown}, must hold both 0 and 1 and nothing else")
    seen = np.asarray(frame[outcome].notna(), dtype=float)
    for arm in (0, 1):
        if seen[a == arm].sum() < 2:
            raise DataError(
                f"{int(seen[a == arm].sum())} people with {treatment!r} == {arm} were followed up, must be at least 2: "
                "there is no outcome to compare"
            )
    followed = frame[seen == 1]
    values = read_numbers(followed, outcome)
    refuse_constant(outcome, values)
    y = np.zeros(len(frame))
    y[seen == 1] = values
    design, names = design_matrix(frame, covariates)
    clusters = read_clusters(frame, cluster)
    if clusters is not None:
        _refuse_mixed(clusters, a, str(cluster))
    return FollowUpTable(y, a, seen, design, names, clusters, _range(values, outcome, low, high))


def _refuse_mixed(clusters: Integers, treatment: Floats, cluster: str) -> None:
    """Refuse clusters that lie in both arms, which the bootstrap cannot draw within arms."""
    share = np.bincount(clusters, treatment) / np.bincount(clusters)
    mixed = int(((share > 0) & (share < 1)).sum())
    if mixed:
        raise DataError(
            f"{mixed} clusters of {cluster!r} lie in both arms, each must lie in one: leave cluster out where people, not "
            "clusters, were assigned"
        )


def _range(values: Floats, outcome: str, low: float | None, high: float | None) -> tuple[float, float] | None:
    """Return the range of the outcome, where it is known."""
    if low is None or high is None:
        return (0.0, 1.0) if np.isin(values, (0, 1)).all() else None
    if values.min() < low or values.max() > high:
        raise DataError(
            f"outcome {outcome!r} runs from {values.min():g} to {values.max():g}, must lie between {low:g} and {high:g}"
        )
    return float(low), float(high)
