"""A group whose people all fall into one cell is found, with totals beside it or without."""

import numpy as np
import pytest

from ctresearch.core import DataError
from ctresearch.privacy import all_in_one_cell
from ctresearch.privacy.rules.concentration import concentration_rule

TABLE = np.array([[25.0, 0.0, 0.0], [30.0, 12.0, 9.0], [14.0, 7.0, 8.0]])
SPREAD = np.array([[25.0, 5.0], [30.0, 12.0], [14.0, 7.0]])


def with_totals(table, *, first=False, rows=True, columns=True):
    if columns:
        total = table.sum(axis=1, keepdims=True)
        table = np.hstack([total, table] if first else [table, total])
    if rows:
        total = table.sum(axis=0, keepdims=True)
        table = np.vstack([total, table] if first else [table, total])
    return table


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize("columns", [True, False])
def test_totals_are_no_categories(first, rows, columns):
    finding = concentration_rule(with_totals(TABLE, first=first, rows=rows, columns=columns))
    assert (finding.verdict, finding.numbers["groups"]) == ("review", 1)
    assert concentration_rule(with_totals(SPREAD, first=first, rows=rows, columns=columns)) is None


def test_what_may_be_hidden_is_not_told():
    masked = TABLE.copy()
    masked[0, 1] = np.nan
    assert concentration_rule(masked) is None


def test_only_two_way_tables_have_rows_and_columns():
    assert concentration_rule(np.array([25.0, 0.0])) is None
    with pytest.raises(DataError, match="3 dimensions"):
        all_in_one_cell(np.zeros((2, 2, 2)))
