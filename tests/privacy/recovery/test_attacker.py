"""The attacker asks for many cells in one programme: what anybody learns is what single programmes say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from ctresearch.privacy.recovery.attacker import Attacker
from ctresearch.privacy.recovery.audit import equations, with_margins


def masked(seed: int, shape: tuple[int, ...]) -> Attacker:
    """A random table with its small cells and some more masked, as guard attacks it."""
    rng = np.random.default_rng(seed)
    table = with_margins(rng.negative_binomial(1, 0.1, size=shape).astype(float))
    hidden = ((table > 0) & (table < 5)) | ((rng.random(table.shape) < 0.3) & (table > 0))
    unknown = np.flatnonzero(hidden.ravel())
    matrix = equations(table.shape)
    right = -(matrix @ np.where(hidden, 0.0, table).ravel())
    many = np.ones(len(unknown))
    return Attacker(csr_array(matrix[:, unknown]), right, many, np.inf * many, 5 * many)


@pytest.mark.parametrize("shape", [(6,), (3, 3), (4, 4), (2, 3, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_asking_for_many_cells_at_once_changes_nothing(seed, shape, monkeypatch):
    together = masked(seed, shape)
    learned = list(together.learned(together.outsider()))
    monkeypatch.setattr(Attacker, "_foresee", lambda *_: None)
    one_by_one = masked(seed, shape)
    assert learned == list(one_by_one.learned(one_by_one.outsider()))
    assert together.unsafe() == one_by_one.unsafe()


def test_a_table_that_is_known_to_agree_is_believed_only_where_no_masked_cell_of_it_is_empty():
    sum_of_two = csr_array([[1.0, 1.0]])
    ones, more = np.ones(2), np.full(2, np.inf)
    agrees = Attacker(sum_of_two, np.array([12.0]), ones, more, 5 * ones, found=[np.array([4.0, 8.0])])
    assert agrees.low.tolist() == [1.0, 1.0]
    assert len(agrees.found) == 1
    empty = Attacker(sum_of_two, np.array([1.0]), ones, more, 5 * ones, found=[np.array([0.0, 1.0])])
    assert empty.low.tolist() == [0.0, 0.0]
    assert empty.unsafe().outsider == {0, 1}


def test_tables_that_were_found_satisfy_everything_that_is_shown():
    attacker = masked(5, (4, 4))
    list(attacker.learned(attacker.outsider()))
    assert len(attacker.found) > 1
    for table in attacker.found:
        assert (attacker._matrix @ table == attacker._right).all()
        assert (table >= attacker.low).all()
        assert (table == np.round(table)).all()
