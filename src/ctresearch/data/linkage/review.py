"""The pairs that a clerk should look at, by the numbers of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.data.linkage.divide import Division

NOT_KNOWN = "not known"


def review_table(
    found: Division, lists: Sequence[str], also: Sequence[str], between: tuple[float, float]
) -> pd.DataFrame:
    """List the doubtful pairs, the most doubtful first, with how each thing agrees and no name.

    Parameters
    ----------
    found : Division
        The linkage.
    lists, also : sequence of str
        Names of the lists, and of the further columns that were compared.
    between : tuple of float
        Match probabilities between which a pair is doubtful.

    Returns
    -------
    pandas.DataFrame
        ``list_left``, ``row_left``, ``list_right``, ``row_right`` (rows count from 0), ``probability``, ``joined``,
        and a column in words for each comparison.

    Examples
    --------
    >>> from ctresearch.data.linkage.divide import divide
    >>> from ctresearch.data.linkage.codes import Coder, Columns, code_list
    >>> from ctresearch.data.synthetic import person_lists
    >>> made = person_lists(n=80, lists=["police", "charity"], inclusion=0.6, seed=1)
    >>> columns, coder = Columns("given_name", "family_name", "birth_date"), Coder(b"k" * 32, "an example")
    >>> coded = {name: code_list(name, table, columns, coder) for name, table in made.tables.items()}
    >>> found = divide(coded, also=0, draws=3, one_per_list=True, seed=1)
    >>> review_table(found, tuple(coded), (), (0.0, 1.0)).columns.tolist()[:3]
    ['list_left', 'row_left', 'list_right']
    """
    scores = found.scores
    probability = expit(found.log_odds)
    rows = np.flatnonzero((probability >= between[0]) & (probability <= between[1]))
    rows = rows[np.argsort(np.abs(probability[rows] - 0.5), kind="stable")]
    starts = np.r_[0, np.cumsum(found.sizes)]
    columns: dict[str, object] = {}
    for side, records in (("left", scores.left[rows]), ("right", scores.right[rows])):
        columns[f"list_{side}"] = np.array(lists, dtype=object)[found.list_of[records]]
        columns[f"row_{side}"] = records - starts[found.list_of[records]]
    columns["probability"] = probability[rows]
    columns["joined"] = found.best[scores.left[rows]] == found.best[scores.right[rows]]
    names = compared_names(also)
    for i, (name, levels) in enumerate(scores.chances.items()):
        words = np.array([*levels, NOT_KNOWN], dtype=object)
        columns[names.get(name, name)] = words[scores.levels[rows, i]]
    return pd.DataFrame(columns)


def compared_names(also: Sequence[str]) -> dict[str, str]:
    """Give the columns' names back to comparisons that have numbers.

    Parameters
    ----------
    also : sequence of str
        The further columns.

    Returns
    -------
    dict of str to str
        ``also_0`` to its column, and so on.

    Examples
    --------
    >>> compared_names(["sex"])
    {'also_0': 'sex'}
    """
    return {f"also_{i}": column for i, column in enumerate(also)}
