"""Lists of people with covariates, read and checked: one row a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.errors import DataError
from ctresearch.core.groups import ALL, read_groups
from ctresearch.core.names import refuse_alike
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

_LEAST_OVERLAP = 2


@dataclass(frozen=True, slots=True)
class CovariateLists:
    """n people: ``on_first`` and ``on_second`` (n,) of 0 and 1, ``features`` (n, F), the ``frame`` they came from."""

    on_first: Array
    on_second: Array
    features: Array
    frame: pd.DataFrame

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self.on_first)

    def column(self, name: str) -> Array:
        """Return a column of the table, shape (n,)."""
        return np.asarray(self.frame[name].to_numpy())

    def chance(self, name: str) -> Array:
        """Return a column of chances, shape (n,)."""
        column = self.frame[name]
        chances = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = ~((chances >= 0) & (chances <= 1))
        if column.dtype.kind not in "fiu" or wrong.any():
            raise wrong_cells(column, wrong if wrong.any() else ~wrong, "must be chances from 0 to 1")
        return chances

    def groups(self, by: str | None) -> dict[str, Array]:
        """Mark the people of each group, all of them first, shape (n,) each."""
        if by is None:
            return {ALL: np.ones(self.people, dtype=bool)}
        return read_groups(self.frame, by).rows(overall=True)


def read_covariate_lists(
    people: Any, lists: Sequence[str], covariates: Sequence[str], extra: Sequence[str | None] = ()
) -> CovariateLists:
    """Read a table of people on lists.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person.
    lists : sequence of str
        Columns of 0 and 1; the first two are the lists that are compared.
    covariates : sequence of str
        Columns of numbers, text or categories.
    extra : sequence of str or None
        Further columns that must be there, such as folds.

    Returns
    -------
    CovariateLists
        The table, checked.

    Raises
    ------
    DataError
        If it cannot be used; the message says why.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 1, 0, 1], "b": [1, 0, 1, 1], "sex": ["f", "m", "f", "f"]})
    >>> read_covariate_lists(frame, ["a", "b"], ["sex"]).features.tolist()
    [[0.0], [1.0], [0.0], [0.0]]
    """
    frame = is_frame("people", people)
    wanted = [*lists, *covariates, *(name for name in extra if name is not None)]
    has_columns("people", frame, wanted)
    refuse_alike(lists, "lists")
    kept = frame[list(dict.fromkeys(wanted))].reset_index(drop=True)
    for name in kept.columns:
        missing = int(kept[name].isna().sum())
        if missing:
            raise DataError(
                f"column {name!r} misses {missing} of {len(kept)} values: fill them in or drop these people"
            )
    for name in lists:
        wrong = ~kept[name].isin([0, 1])
        refuse_cells(kept[name], wrong, "must be 1 for a person on the list and 0 otherwise")
    member = kept[list(lists)].to_numpy().astype(np.int64)
    nowhere = int((member.sum(axis=1) == 0).sum())
    if nowhere:
        raise DataError(f"{nowhere} of {len(kept)} people are on none of the lists: drop them, they were not seen")
    both = int((member[:, 0] & member[:, 1]).sum())
    if both < _LEAST_OVERLAP:
        raise DataError(
            f"lists {lists[0]!r} and {lists[1]!r} share {both} people, must share at least {_LEAST_OVERLAP}: the number"
            " on no list is learned from them"
        )
    return CovariateLists(member[:, 0], member[:, 1], _features(kept[list(covariates)]), kept)


def _features(covariates: pd.DataFrame) -> Array:
    """Turn covariates into columns of numbers: text and categories into indicators of all but their first value."""
    if covariates.shape[1] == 0:
        return np.zeros((len(covariates), 0))
    features = pd.get_dummies(covariates, drop_first=True, dtype=float)
    values = features.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        name = next(one for one in covariates.columns if not np.isfinite(_numbers(covariates[one])).all())
        raise wrong_cells(covariates[name], ~np.isfinite(_numbers(covariates[name])), "must be finite")
    return values


def _numbers(column: pd.Series[Any]) -> Array:
    """Return the numbers of a column; what is none counts as zero, since it becomes an indicator."""
    values = pd.to_numeric(column, errors="coerce") if column.dtype.kind in "fiub" else column.isna() * 0.0
    return values.to_numpy(dtype=np.float64)
