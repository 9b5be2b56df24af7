"""Masks by hand: which cells go, what an attacker still knows, what each option does and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from ctresearch.core import CellError, DataError, DisclosureError, SpecificationError
from ctresearch.privacy import suppress
from ctresearch.privacy.masks.counts import alike, read_counts, refuse_alike_values
from ctresearch.privacy.masks.guard import Reader, exposures, guard
from ctresearch.privacy.masks.secondary import hide
from ctresearch.privacy.recovery.attacker import Attacker
from ctresearch.privacy.recovery.audit import attack, equations, with_margins
from ctresearch.privacy.recovery.moves import Moves

COUNTS = pd.DataFrame([[3, 20, 7], [31, 2, 12], [9, 14, 40]], index=list("abc"), columns=list("xyz"))
TABLE = with_margins(COUNTS.to_numpy(dtype=float))
NAN = float("nan")
INF = np.inf


def cells(*places, shape=(4, 4)):
    out = np.zeros(shape, dtype=bool)
    for place in places:
        out[place] = True
    return out


def shown(table):
    return [[None if np.isnan(v) else v for v in row] for row in np.atleast_2d(table).tolist()]


def test_margins_and_their_equations():
    assert TABLE.tolist() == [[3, 20, 7, 30], [31, 2, 12, 45], [9, 14, 40, 63], [43, 36, 59, 138]]
    assert with_margins(np.array([1.0, 2.0])).tolist() == [1, 2, 3]
    assert equations((2, 3)).toarray().tolist() == [
        [1, 0, 0, -1, 0, 0],
        [0, 1, 0, 0, -1, 0],
        [0, 0, 1, 0, 0, -1],
        [1, 1, -1, 0, 0, 0],
        [0, 0, 0, 1, 1, -1],
    ]
    cube = with_margins(np.arange(8.0).reshape(2, 2, 2))
    assert cube.shape == (3, 3, 3)
    assert not (equations(cube.shape) @ cube.ravel()).any()


def test_what_an_attacker_knows_of_masked_cells():
    apart = cells((0, 0), (1, 1))
    found = attack(TABLE, apart, apart)
    assert (found.low.tolist(), found.high.tolist()) == ([3, 2], [3, 2])
    square = cells((0, 0), (0, 1), (1, 0), (1, 1))
    found = attack(TABLE, square, square)
    assert found.low.tolist() == [1, 0, 11, 0]
    assert found.high.tolist() == [23, 22, 33, 22]
    one = attack(TABLE, square, cells((1, 0)))
    assert (one.low.tolist(), one.high.tolist()) == ([11], [33])
    every = attack(TABLE, np.ones((4, 4), dtype=bool), cells((0, 0)))
    assert (every.low.tolist(), every.high.tolist()) == ([0], [INF])
    halves = with_margins(np.array([[0.5, 1.0], [1.0, 0.5]]))
    square = cells((0, 0), (0, 1), (1, 0), (1, 1), shape=(3, 3))
    found = attack(halves, square, square, whole=False)
    assert (found.low.tolist(), found.high.tolist()) == ([0, 0, 0, 0], [1.5] * 4)


def test_the_cheapest_change_uses_masked_cells_first_and_no_total_if_it_can():
    moves = Moves(TABLE)
    nothing = np.zeros((4, 4), dtype=bool)
    assert np.array_equal(moves.cheapest(nothing, {0: (7.0, 7.0)}), cells((0, 0), (0, 1), (1, 0), (1, 1)))
    assert moves.cheapest(nothing, {0: (3.0, 3.0)}).sum() == 0
    assert moves.cheapest(nothing, {0: (2.0, 9.0)}).sum() == 0, "it lies there already"
    free = cells((0, 0), (0, 2), (2, 0), (2, 2))
    assert np.array_equal(moves.cheapest(free, {0: (7.0, 7.0)}), free)
    assert np.array_equal(moves.cheapest(free, {0: (2.0, 2.0)}), free)
    # further up than the cells beside it can go down: others join
    assert moves.cheapest(nothing, {0: (60.0, 60.0)})[-1].any()
    known = cells((0, 3), (1, 3), (3, 0), (3, 1), (2, 0), (0, 1), (0, 2))
    assert Moves(TABLE, known).cheapest(nothing, {0: (7.0, 7.0)}) is None
    line = Moves(np.array([3.0, 0.0, 20.0, 23.0]))
    assert line.cheapest(np.zeros(4, dtype=bool), {0: (7.0, 7.0)}).tolist() == [True, False, True, False]
    few = Moves(np.array([3.0, 4.0, 7.0]))
    both = np.array([True, True, False])
    assert few.cheapest(both, {0: (5.0, 5.0)}, 2.0).tolist() == [True, True, False]
    assert few.cheapest(both, {0: (6.0, 6.0)}, 2.0).tolist() == [True, True, True]
    assert few.cheapest(both, {0: (5.0, INF)}).tolist() == [True, True, False]
    assert few.cheapest(both, {0: (-INF, 1.0)}).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("counts", "options", "expected", "primary", "secondary"),
    [
        (COUNTS, {}, [[None] * 3 + [30], [None] * 3 + [45], [9, 14, 40, 63], [43, 36, 59, 138]], 2, 4),
        (
            COUNTS,
            {"threshold": 3},
            [[3, None, None, 30], [31, None, None, 45], [9, 14, 40, 63], [43, 36, 59, 138]],
            1,
            3,
        ),
        (
            COUNTS,
            {"threshold": 10},
            [[None] * 3 + [30], [None] * 3 + [45], [None] * 3 + [63], [43, 36, 59, 138]],
            4,
            5,
        ),
        (
            COUNTS.replace(3, 0),
            {},
            [[0, None, None, 27], [31, None, None, 45], [9, 14, 40, 63], [40, 36, 59, 135]],
            1,
            3,
        ),
        (
            COUNTS.replace(3, 0),
            {"zeros": "mask"},
            [[None] * 3 + [27], [None] * 3 + [45], [None, None, 40, 63], [40, 36, 59, 135]],
            2,
            6,
        ),
        (pd.Series([3, 4, 20, 40]), {}, [[None, None, None, 40, 67]], 2, 1),
        (pd.Series([3, 30, 20, 40]), {}, [[None, 30, None, 40, 93]], 1, 1),
        (pd.Series([5, 30, 20, 40]), {}, [[5, 30, 20, 40, 95]], 0, 0),
        (pd.Series([5, 30, 20, 40]), {"threshold": 6}, [[None, 30, None, 40, 95]], 1, 1),
    ],
)
def test_which_cells_are_masked(counts, options, expected, primary, secondary):
    found = suppress(counts, **options)
    assert shown(found.table) == expected
    assert (found.primary, found.secondary) == (primary, secondary)
    masked = sum(v is None for row in expected for v in row)
    assert found.check.numbers == {"masked": masked, "primary": primary, "lost": 0, "exposed": 0}
    assert (found.check.name, found.check.status) == ("suppression_audit", "pass")
    assert found.check.message.startswith(f"{masked} of {found.table.size} cells are masked, and an integer")
    assert found.check.message.endswith("nor does one who stands in a masked cell and knows how many are in it.")
    least = options.get("threshold", 5)
    hidden = found.pattern.primary & ~found.pattern.lost
    value = with_margins(counts.to_numpy(dtype=float))[hidden]
    assert (found.pattern.intervals.low <= np.maximum(value - 1, 0)).all()
    assert (found.pattern.intervals.high >= value + least - 1).all()


def test_labels_of_masked_tables():
    found = suppress(COUNTS.rename_axis("row"))
    assert found.table.index.tolist() == ["a", "b", "c", "Total"]
    assert found.table.columns.tolist() == ["x", "y", "z", "Total"]
    assert found.table.index.name == "row"
    line = suppress(pd.Series([30, 20], index=pd.Index(["p", "q"], name="kind"), name="n"))
    assert (line.table.name, line.table.index.name, line.table["Total"]) == ("n", "kind", 50)


def test_sums_are_judged_by_the_people_behind_them():
    sums = pd.DataFrame([[300.0, 20.0, 70.0], [310.0, 200.5, 120.0]])
    people = pd.DataFrame([[30, 2, 7], [31, 20, 12]])
    found = suppress(sums, people=people)
    assert shown(found.table) == [[300, None, None, 390], [310, None, None, 630.5], [610, 220.5, 190, 1020.5]]
    assert (found.primary, found.secondary) == (1, 3)
    assert found.check.message.endswith("recovers none of those that need protection.")
    assert found.pattern.intervals.low[0] <= 18
    assert found.pattern.intervals.high[0] >= 22
    with pytest.raises(DataError, match=r"people has the shape \(1, 3\), must have that of the sums, \(2, 3\)"):
        suppress(sums, people=people.iloc[:1])
    with pytest.raises(DataError, match="people, number 1"):
        suppress(sums, people=people - 20.5)
    with pytest.raises(DataError, match="must be whole numbers"):
        suppress(sums)


def test_further_cells_can_be_chosen():
    also = np.zeros((3, 3), dtype=bool)
    also[2, 2] = True
    found = suppress(COUNTS + 10, also=also)
    assert np.isnan(found.table.loc["c", "z"])
    assert found.primary == 1
    assert found.secondary >= 3
    assert suppress(COUNTS + 10, also=also.tolist()).primary == 1
    with pytest.raises(DataError, match=r"also has the shape \(4, 4\), must have that of the counts, \(3, 3\)"):
        suppress(COUNTS, also=np.zeros((4, 4)))


def test_an_earlier_release_is_known_and_small_moves_are_masked():
    before = suppress(COUNTS + 10).table
    moved = COUNTS + 10
    moved.loc["a", "x"] += 4
    found = suppress(moved, earlier=before)
    assert np.isnan(found.table.loc["a", "x"])
    assert found.primary == 4, "the cell and its totals moved by fewer than five"
    reordered = suppress(moved, earlier=before.loc[::-1, ::-1])
    assert shown(reordered.table) == shown(found.table)
    moved.loc["a", "x"] += 1
    assert suppress(moved, earlier=before).primary == 0
    for wrong in (before.drop(index="a"), before.drop(columns="x"), before["x"]):
        with pytest.raises(DataError, match="with other labels than the counts with their totals"):
            suppress(moved, earlier=wrong)
    line = pd.Series([3, 30, 20, 40])
    lost = suppress(line, earlier=pd.Series([3, 30, 20, 40, 93], index=[0, 1, 2, 3, "Total"]))
    assert lost.check.status == "review"
    assert lost.check.numbers["lost"] == 1
    assert "1 of them were shown in an earlier release, which cannot be taken back." in lost.check.message


def test_a_table_masked_whole_says_so():
    found = suppress(pd.DataFrame([[1, 2], [2, 1]]))
    assert found.table.isna().all(axis=None)
    assert found.check.message.startswith("Every cell is masked, totals included, and an integer")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"threshold": 1}, "threshold == 1"),
        ({"threshold": 2.5}, "threshold == 2.5"),
        ({"zeros": "hide"}, "zeros == 'hide'"),
        ({"share": 0}, "share == 0"),
        ({"share": 1}, "share == 1"),
    ],
)
def test_options_out_of_range(options, words):
    with pytest.raises(SpecificationError, match=words):
        suppress(COUNTS, **options)


def test_totals_are_added_and_never_given():
    for table in (COUNTS.rename(index={"c": "total "}), COUNTS.rename(columns={"z": "TOTAL"})):
        with pytest.raises(DataError, match=r"counts have a total among their labels \(number 3\)"):
            suppress(table)
    assert suppress(pd.Series([2, 30])).primary == 1


def test_counts_are_read_or_told_by_place():
    assert read_counts(COUNTS).tolist() == COUNTS.to_numpy().tolist()
    assert read_counts(pd.Series([1, 2.0, True])).tolist() == [1, 2, 1]
    assert read_counts(pd.Series([0.5]), whole=False).tolist() == [0.5]
    for wrong in (-1, 0.5, NAN, INF, "3", b"3", None, [1]):
        table = pd.DataFrame({"a": [1, 2], "b": pd.Series([1, wrong], dtype=object)})
        with pytest.raises(
            CellError, match=r"counts, number 2.*: 1 of 2 cells .*\(row 2\), must be whole numbers of 0"
        ):
            read_counts(table)
    with pytest.raises(CellError, match=r"money, number 1.*must be amounts of 0 or more, so there"):
        read_counts(pd.Series([-0.5]), "money", whole=False, hint=", so there")
    for wrong in ([1], pd.DataFrame(), pd.Series([], dtype=float)):
        with pytest.raises(DataError, match=r"^x is a .*, must be a pandas DataFrame or Series with at least one cell"):
            read_counts(wrong, "x")
    for table, where in (
        (COUNTS.rename(index={"b": "A"}), "rows of counts"),
        (COUNTS.rename(columns={"y": "X"}), "columns of counts"),
        (pd.Series([1, 2], index=["a", "A"]), "rows of counts"),
    ):
        with pytest.raises(CellError, match=f"2 of . {where} .numbers 1 and 2"):
            read_counts(table)


def test_labels_that_read_alike():
    alike(["a", "a", "b"], "labels")
    alike([("a", "b"), ("a", "c")], "labels")
    for labels in (["a", "b", "A "], [("a", 1), ("x", 2), ("A", "1")]):
        with pytest.raises(CellError, match=r"2 of 3 labels \(numbers 1 and 3\)"):
            alike(labels, "labels")
    frame = pd.DataFrame({"w": ["a", "A"], "n": [1, 2], "d": pd.to_datetime(["2020-01-01", "2020-01-02"])})
    refuse_alike_values(frame, ["n", "d"])
    with pytest.raises(CellError, match="column 'w': 1 name is") as refused:
        refuse_alike_values(frame, ["n", "w"])
    assert "merge_names" not in str(refused.value)


def attacker(matrix, right, low, high, threshold, **options):
    return Attacker(
        csr_array(np.array(matrix, dtype=float)),
        *(np.array(v, dtype=float) for v in (right, low, high, threshold)),
        **options,
    )


def three(total, low=(1, 1, 1), high=(INF,) * 3, threshold=(5, 5, 5)):
    return attacker([[1, 1, 1]], [total], low, high, threshold)


@pytest.mark.parametrize(
    ("total", "outsider", "contributor"),
    [
        (3, {0, 1, 2}, set()),
        (6, {0, 1, 2}, set()),
        (7, set(), {0, 1, 2}),
        (9, set(), {0, 1, 2}),
        (10, set(), set()),
        (30, set(), set()),
    ],
)
def test_three_masked_cells_and_their_total(total, outsider, contributor):
    found = three(total).unsafe()
    assert (found.outsider, found.contributor) == (outsider, contributor)


def test_who_learns_what_from_where():
    assert list(three(9).learned()) == [(0, 4.0, {1, 2}), (1, 4.0, {0})]
    assert list(three(9).learned({0, 1, 2})) == []
    assert list(three(9, threshold=(5, 5, 0)).learned()) == [(0, 4.0, {1}), (1, 4.0, {0})]
    assert list(three(9, threshold=(5, 0, 0)).learned()) == []
    two = attacker([[1, 1]], [8], [1, 1], [INF] * 2, [5, 5])
    assert list(two.learned()) == [(0, 4.0, {1}), (1, 4.0, {0})]
    wide = attacker([[1, 1]], [9], [1, 1], [INF] * 2, [5, 5])
    assert list(wide.learned()) == []
    uneven = attacker([[1, 1]], [9], [1, 1], [INF] * 2, [5, 9])
    assert list(uneven.learned()) == [(0, 1.0, {1}), (1, 8.0, {0})]
    assert (uneven.unsafe().outsider, uneven.unsafe().contributor) == ({1}, {0})


def test_parts_of_ones_own_cell_are_known_to_be_no_larger():
    nested = attacker([[1, 1, -1]], [0], [1, 1, 1], [INF] * 3, [5, 5, 5])
    assert nested.unsafe().outsider == set()
    assert nested.unsafe().contributor == set()
    beside = attacker([[1, 1, -1], [0, 0, 1]], [0, 7], [1, 1, 1], [INF] * 3, [5, 5, 0])
    assert beside.unsafe().contributor == {0, 1}


def test_numbers_that_contradict_one_another_still_tell():
    for total in (1, -1):
        found = attacker([[1, 1]], [total], [1, 1], [INF] * 2, [5, 5])
        assert found.low[:2].tolist() == [0, 0]
        assert found.unsafe().outsider == {0, 1}
    clash = attacker([[1, 1], [1, 1]], [20, 22], [1, 1], [INF] * 2, [5, 5])
    assert clash.unsafe().outsider == set()


def test_a_mask_that_says_small_is_known_to_be_small_and_no_more():
    def said(total, high):
        return attacker([[1, 1]], [total], [1, 1], high, [5, 5]).outsider()

    assert said(4, [4, 4]) == {0, 1}
    assert said(5, [4, 4]) == set()
    assert said(7, [4, 4]) == {0, 1}
    assert said(20, [4, INF]) == set()
    assert said(4, [4, INF]) == {0, 1}


def test_guards_mask_until_nobody_learns_and_say_what_they_cannot():
    line = np.array([3.0, 4.0, 20.0, 40.0, 67.0])
    hidden, exposed = guard(line, line < 5, Moves(line), Reader(5.0))
    assert hidden.tolist() == [True, True, True, False, False]
    assert not exposed.any()
    known = np.array([False, False, True, True, True])
    stuck, exposed = guard(line, line < 5, Moves(line, known), Reader(5.0))
    assert stuck.tolist() == (line < 5).tolist()
    assert exposed.tolist() == [True, True, False, False, False]
    safe = np.array([30.0, 40.0, 20.0, 90.0])
    kept, exposed = guard(safe, np.array([True, True, False, False]), Moves(safe), Reader(5.0))
    assert kept.sum() == 2
    assert not exposed.any()
    assert list(exposures(line, np.zeros(5, dtype=bool), Reader(5.0), [])) == []
    assert Reader(5.0) == Reader(5.0, 1.0) != Reader(5.0, 0.0)
    possible = []
    found = list(
        exposures(np.array([3.0, 4.0, 20.0, 27.0]), np.array([True, True, False, False]), Reader(5.0), possible)
    )
    assert found == [({0: (4.0, 4.0)}, 1, 1.0), ({1: (4.0, 4.0)}, 0, 1.0)]
    assert all(one.sum() == 54 for one in possible)
    outside = list(exposures(np.array([1.0, 2.0, 20.0, 23.0]), np.array([True, True, False, False]), Reader(5.0), []))
    assert outside == [({}, 0, 1.0), ({}, 1, 1.0)]


def test_patterns_of_hiding():
    line = np.array([3.0, 20.0, 40.0, 63.0])
    nothing = np.zeros(4, dtype=bool)
    found = hide(line, line < 5, down=np.ones(4), up=np.full(4, 4.0), known=nothing)
    assert found.hidden.tolist() == [True, True, False, False]
    assert found.primary.tolist() == [True, False, False, False]
    assert not found.lost.any()
    assert not found.exposed.any()
    assert (found.intervals.low.tolist(), found.intervals.high.tolist()) == ([0], [23])
    lost = hide(line, line < 5, down=np.ones(4), up=np.full(4, 4.0), known=line < 5)
    assert lost.lost.tolist() == [True, False, False, False]
    assert lost.hidden.tolist() == [True, False, False, False]
    assert lost.intervals.low.size == 0
    with pytest.raises(DisclosureError, match="no masks of the 4 cells protect every small one"):
        hide(line, line < 5, down=np.ones(4), up=np.full(4, 4.0), known=line >= 5)
