"""Noised counts by pattern of lists, with what is known of their noise, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import refuse_alike
from ctresearch.prevalence.imperfect.noised_cells import Noise
from ctresearch.prevalence.lists.table_columns import TAKEN, list_columns, read_patterns, refuse_taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

MOST_LISTS = 6
# Beyond, sums over all true counts of a cell take seconds.
_MOST = 1e6


@dataclass(frozen=True, slots=True)
class NoisedTable:
    """``counts`` (2 ** lists,) by cell, the first not used; ``private`` says that the noise is known to protect."""

    lists: tuple[str, ...]
    counts: Array
    noise: Noise
    private: bool
    frame: pd.DataFrame


def read_noised(given: Any, lists: Sequence[str] | None, count: str, declared: Noise | None) -> NoisedTable:
    """Read noised counts.

    Parameters
    ----------
    given : pandas.DataFrame or Noised
        One row a pattern; or what ``private_counts`` gave.
    lists : sequence of str, optional
        The list columns; by default all but the counts.
    count : str
        The column of counts.
    declared : Noise, optional
        The noise; needed for a plain table alone.

    Returns
    -------
    NoisedTable
        The counts by cell.

    Raises
    ------
    DataError
        If they cannot be used; the message says why.
    SpecificationError
        If the noise is not known, or given twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": [6, 4, -1]})
    >>> read_noised(frame, None, "count", Noise(False, 1.0)).counts.tolist()
    [0.0, 6.0, 4.0, -1.0]
    """
    from ctresearch.privacy.noise.noised_table import Noised

    frame, noise, private = given, declared, False
    if isinstance(given, Noised):
        if declared is not None:
            raise SpecificationError(
                f"the noise of what private_counts gave is known ({given.noise_sd:g}): leave epsilon and noise_sd out"
            )
        noise = Noise.of_spread(given.noise_sd, gaussian=given.mechanism == "gaussian")
        frame, private = _unpacked(given.table, count), given.private
    names = list_columns(frame, lists, [count])
    if noise is None:
        raise SpecificationError(
            "the noise is not known: give epsilon= or noise_sd=, or what private_counts gave in place of a table"
        )
    if len(names) > MOST_LISTS:
        raise DataError(f"the table has {len(names)} lists, must have at most {MOST_LISTS}: merge the smallest")
    refuse_alike(names, "lists")
    refuse_taken(names, (*TAKEN, "noised", "expected", "std_error"))
    patterns = read_patterns(frame, names)
    values = _whole(frame[count])
    different = np.unique(patterns[patterns > 0]).size
    if (patterns == 0).any() or different != patterns.size or different != (1 << len(names)) - 1:
        raise DataError(
            f"the table has {len(patterns)} rows with {different} different patterns of lists, must have each of the "
            f"{(1 << len(names)) - 1} once, and none of people on no list: patterns of nobody are noised as well"
        )
    counts = np.zeros(1 << len(names))
    counts[patterns] = values
    return NoisedTable(tuple(map(str, names)), counts, noise, private, frame[[*names, count]].reset_index(drop=True))


def _unpacked(table: pd.DataFrame | pd.Series[Any], count: str) -> pd.DataFrame:
    """Return a noised column whose index holds the lists as a table."""
    if isinstance(table, pd.DataFrame):
        if table.shape[1] != 1:
            raise DataError(
                f"the noised table has {table.shape[1]} columns of counts, must have one, with the lists in its index"
            )
        table = table.iloc[:, 0]
    if any(name is None for name in table.index.names):
        raise DataError(
            f"{sum(name is None for name in table.index.names)} levels of the index of the noised counts have no name, "
            "must hold the lists: table.set_index([...])[count]"
        )
    return table.rename(count).reset_index()


def _whole(column: pd.Series[Any]) -> Array:
    """Return noised counts, which may be negative."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) <= _MOST))
    if wrong.any() or column.dtype.kind not in "iuf":
        wrong = wrong if wrong.any() else np.ones(len(values), dtype=bool)
        raise wrong_cells(column, wrong, "must be whole numbers, negative ones among them, of at most a million")
    return values
