"""Suppression: an attacker who sees every total recovers nothing."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.privacy import Output, all_in_one_cell, dominance, release, suppress
from ctresearch.privacy.recovery.audit import attack, with_margins

THRESHOLD = 5


def random_counts(rng, rows, columns, mean=9.0):
    """Counts with small cells, large cells and a few zeros."""
    values = rng.poisson(rng.gamma(0.8, mean, size=(rows, columns)))
    return pd.DataFrame(values, index=[f"r{i}" for i in range(rows)], columns=[f"c{j}" for j in range(columns)])


def attacker(shown):
    """Least and greatest value of every masked cell, by integer programmes written out row by row."""
    size = shown.size
    position = np.arange(size).reshape(shown.shape)
    rows = []
    for line in [*position, *position.T]:
        row = np.zeros(size)
        row[line[:-1]], row[line[-1]] = 1, -1
        rows.append(row)
    flat = shown.ravel()
    low, high = np.where(np.isnan(flat), 0, flat), np.where(np.isnan(flat), np.inf, flat)
    out = np.full((2, size), np.nan)
    for cell in np.flatnonzero(np.isnan(flat)):
        for side, sign in enumerate((1, -1)):
            aim = np.zeros(size)
            aim[cell] = sign
            found = milp(
                aim,
                constraints=LinearConstraint(np.array(rows), 0, 0),
                bounds=Bounds(low, high),
                integrality=np.ones(size),
            )
            out[side, cell] = sign * found.fun if found.status == 0 else np.inf
    return out.reshape(2, *shown.shape)


def holds(true, shown, threshold=THRESHOLD):
    """Whether every masked small cell may be anything from one below to threshold - 1 above its value."""
    low, high = attacker(shown)
    small = (true > 0) & (true < threshold)
    assert np.isnan(shown[small]).all()
    assert (shown[~np.isnan(shown)] == true[~np.isnan(shown)]).all()
    return bool((low[small] <= true[small] - 1).all() and (high[small] >= true[small] + threshold - 1).all())


@pytest.mark.parametrize("batch", [0, *(pytest.param(i, marks=pytest.mark.slow) for i in range(1, 10))])
def test_an_integer_programme_recovers_no_small_cell_of_two_hundred_tables(batch):
    rng = np.random.default_rng(batch)
    masked = 0
    for _ in range(20):
        counts = random_counts(rng, *rng.integers(2, 5, size=2))
        out = suppress(counts)
        assert holds(with_margins(counts.to_numpy(float)), out.table.to_numpy())
        masked += out.primary
    assert masked > 20  # the tables were worth attacking


def contributors(true, shown, threshold=THRESHOLD):
    """Cells that somebody who knows a masked cell, true or feared, knows to be small: by a programme of its own."""
    position = np.arange(shown.size).reshape(shown.shape)
    lines = [*position, *position.T]
    matrix = np.zeros((len(lines), shown.size))
    for row, line in zip(matrix, lines, strict=True):
        row[line[:-1]], row[line[-1]] = 1, -1
    flat, masked = shown.ravel(), np.flatnonzero(np.isnan(shown.ravel()))
    low, high = np.where(np.isnan(flat), 1, flat), np.where(np.isnan(flat), np.inf, flat)
    inner = (true > 0) & np.pad(np.ones(np.array(true.shape) - 1, dtype=bool), (0, 1))
    last = np.array(true.shape) - 1
    people = {
        i: {tuple(cell) for cell in np.argwhere(inner) if ((at == cell) | (at == last)).all()}
        for i, at in enumerate(np.argwhere(np.ones_like(inner)))
    }
    lost = set()
    for own, other in product(masked, masked):
        if people[other] <= people[own] or true.ravel()[other] >= threshold:
            continue
        for value in {1, threshold - 1, min(true.ravel()[own], threshold - 1)}:  # a large group is not counted
            at = np.arange(shown.size) == own
            found = milp(
                -np.eye(shown.size)[other],
                constraints=LinearConstraint(matrix, 0, 0),
                bounds=Bounds(np.where(at, value, low), np.where(at, value, high)),
                integrality=np.ones(shown.size),
            )
            if found.status == 0 and -found.fun < threshold - 0.5:
                lost.add((int(own), int(other)))
    return lost


@pytest.mark.slow
def test_who_stands_in_a_masked_cell_learns_of_no_other():
    rng = np.random.default_rng(20)
    for _ in range(12):
        counts = random_counts(rng, *rng.integers(2, 5, size=2))
        out = suppress(counts)
        true = with_margins(counts.to_numpy(float))
        assert not contributors(true, out.table.to_numpy())
        assert holds(true, out.table.to_numpy())
        assert out.check.status == "pass"
        assert "nor does one who stands in a masked cell" in out.check.message


def test_two_small_cells_alone_take_a_third():
    out = suppress(pd.Series({"a": 3, "b": 4, "c": 20, "d": 40}))
    assert out.table.isna().tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("labels", ["array", "frame"])
def test_the_gate_lets_through_what_suppress_returns(labels):
    rng = np.random.default_rng(21)
    for _ in range(6):
        table = suppress(random_counts(rng, *rng.integers(2, 5, size=2))).table
        counts = table.to_numpy() if labels == "array" else table
        gate = release([Output("cases", "table", "restricted", content=table.rename_axis("district"), counts=counts)])
        assert not [f for f in gate["cases"].findings if f.rule == "recoverable"], table.to_string()


def test_what_an_earlier_release_lets_a_contributor_learn_is_said():
    counts = pd.Series({"a": 4, "b": 4, "c": 20, "d": 40})
    careless = pd.Series([np.nan, np.nan, 20, 40, 68], index=[*counts.index, "Total"])
    out = suppress(counts, earlier=careless)
    assert out.check.status == "review"
    assert out.check.numbers["exposed"] == 2
    assert "may learn of 2 others" in out.check.message


def test_a_table_of_small_cells_alone_is_masked_whole_and_said_so():
    out = suppress(pd.Series({"a": 3, "b": 1}))
    assert out.table.isna().all()
    assert "Every cell is masked, totals included" in out.check.message


def test_masking_small_cells_alone_is_not_enough_and_the_attack_says_so():
    table = with_margins(np.array([[3.0, 20.0], [31.0, 40.0]]))
    small = table == 3
    found = attack(table, small, small)
    assert (found.low[0], found.high[0]) == (3, 3)


def test_the_attack_equals_enumeration():
    rng = np.random.default_rng(1)
    for _ in range(6):
        inner = rng.integers(0, 4, size=(2, 3)).astype(float)
        table = with_margins(inner)
        hidden = np.zeros(table.shape, dtype=bool)
        hidden[:2, :3] = rng.random((2, 3)) < 0.8
        possible = []
        unknown = np.flatnonzero(hidden[:2, :3].ravel())
        for guess in product(range(7), repeat=len(unknown)):
            trial = inner.ravel().copy()
            trial[unknown] = guess
            trial = trial.reshape(2, 3)
            if (trial.sum(0) == inner.sum(0)).all() and (trial.sum(1) == inner.sum(1)).all():
                possible.append(trial.ravel()[unknown])
        if not len(unknown):
            continue
        found = attack(table, hidden, hidden)
        assert found.low.tolist() == np.min(possible, axis=0).tolist()
        assert found.high.tolist() == np.max(possible, axis=0).tolist()


def test_a_row_of_categories_and_its_total():
    out = suppress(pd.Series({"a": 3, "b": 20, "c": 40}))
    assert out.table.isna().tolist() == [True, True, False, False]
    assert (out.primary, out.secondary) == (1, 1)


def test_nothing_is_masked_where_nothing_is_small():
    counts = pd.DataFrame([[10, 20], [30, 0]], index=["a", "b"], columns=["x", "y"])
    out = suppress(counts)
    assert not out.table.isna().any(axis=None)
    assert out.table.loc["Total", "Total"] == 60
    assert out.check.status == "pass"
    assert suppress(counts, zeros="mask").table.isna().loc["b", "y"]


def test_chosen_cells_are_protected_too():
    counts = pd.DataFrame([[25, 0, 0], [30, 12, 9], [14, 11, 8]], index=list("abc"), columns=list("xyz"))
    rows, _ = all_in_one_cell(counts)
    also = np.zeros(counts.shape, dtype=bool)
    also[rows] = counts.to_numpy()[rows] > 0
    shown = suppress(counts, also=also).table.to_numpy()
    low, high = attacker(shown)
    assert low[0, 0] <= 24
    assert high[0, 0] >= 29


def test_sums_keep_an_attacker_a_share_away_from_a_dominant_contributor():
    contributions = [[90.0, 4, 3], [30, 30, 25, 20, 10], [50, 40, 30, 20, 20], [44, 40, 35, 30, 10]]
    sums = pd.DataFrame(np.array([sum(c) for c in contributions]).reshape(2, 2), index=list("ab"), columns=list("xy"))
    people = pd.DataFrame([[9, 5], [5, 5]])
    unsafe = dominance(contributions).unsafe.reshape(2, 2)
    out = suppress(sums, people=people, also=unsafe, share=0.2)
    assert np.isnan(out.table.loc["a", "x"])
    assert out.pattern.intervals.low[0] <= 0.8 * 97
    assert out.pattern.intervals.high[0] >= 1.2 * 97


@pytest.mark.slow
def test_two_releases_together_give_nothing_away():
    """What was shown in either release is known; the masks of the second must hold all the same."""
    rng = np.random.default_rng(4)
    for _ in range(10):
        counts = random_counts(rng, 3, 4, mean=14.0)
        first = suppress(counts).table
        later = counts + rng.choice([0, 0, 0, 7], size=counts.shape)
        try:
            second = suppress(later, earlier=first)
        except DisclosureError:
            continue
        true, shown = with_margins(later.to_numpy(float)), second.table.to_numpy()
        same = first.to_numpy() == true
        known = np.where(np.isnan(shown) & same, true, shown)  # an attacker who guesses right which cells stood still
        low, high = attacker(known)
        small = (true > 0) & (true < THRESHOLD) & ~same
        assert (low[small] <= true[small] - 1).all()
        assert (high[small] >= true[small] + THRESHOLD - 1).all()


def test_a_count_that_moved_by_a_few_is_masked():
    first = suppress(pd.DataFrame([[30, 40], [50, 60]], index=list("ab"), columns=list("xy"))).table
    later = pd.DataFrame([[32, 140], [150, 160]], index=list("ab"), columns=list("xy"))
    out = suppress(later, earlier=first)
    assert np.isnan(out.table.loc["a", "x"])
    assert out.primary == 1


def test_what_an_earlier_release_gave_away_is_said():
    counts = pd.DataFrame([[3, 40], [50, 60]], index=list("ab"), columns=list("xy"))
    careless = suppress(counts, threshold=2).table
    out = suppress(counts, earlier=careless)
    assert out.check.status == "review"
    assert out.check.numbers["lost"] == 1
    assert np.isnan(out.table.loc["a", "x"])


def test_what_cannot_be_hidden_is_refused():
    shown = pd.DataFrame(
        [[np.nan, 40, 43], [50, 60, 110], [53, 100, 153]], index=["a", "b", "Total"], columns=["x", "y", "Total"]
    )
    counts = pd.DataFrame([[3, 40], [50, 60]], index=list("ab"), columns=list("xy"))
    with pytest.raises(DisclosureError, match="join categories"):
        suppress(counts, earlier=shown)


@pytest.mark.parametrize(
    ("counts", "options", "error", "words"),
    [
        (pd.DataFrame([[1.5]]), {}, DataError, "is a number .row 1., must be whole numbers"),
        (pd.DataFrame([[-1]]), {}, DataError, "must be whole numbers of 0 or more, without totals"),
        (pd.DataFrame([[np.nan]]), {}, DataError, "1 of 1 cells is missing"),
        ([[1, 2]], {}, DataError, "counts is a list"),
        (pd.DataFrame([[9, 9]]), {"threshold": 1}, SpecificationError, "threshold == 1"),
        (pd.DataFrame([[9, 9]]), {"zeros": "hide"}, SpecificationError, "zeros == 'hide'"),
        (pd.DataFrame([[9, 9]]), {"also": [True]}, DataError, r"also has the shape \(1,\)"),
        (pd.DataFrame([[9, 9]]), {"people": pd.Series([9])}, DataError, "people has the shape"),
        (pd.DataFrame([[9, 9]]), {"earlier": pd.DataFrame([[9]])}, DataError, "other labels"),
    ],
)
def test_bad_input_is_refused(counts, options, error, words):
    with pytest.raises(error, match=words):
        suppress(counts, **options)
