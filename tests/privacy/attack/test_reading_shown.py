"""Tables as an attacker reads them: labels, totals, groups, bands of age, and which cells add up to which."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.privacy import Output, Policy, round_counts
from ctresearch.privacy.attack.groupings import groupings_of
from ctresearch.privacy.attack.joint import Joint
from ctresearch.privacy.attack.linked import Shown, families, key_of, shown_tables
from ctresearch.privacy.attack.nesting import nesting_rule
from ctresearch.privacy.attack.together import Together
from ctresearch.privacy.words.age_bands import age_band

INF = np.inf
FREE = (0.0, INF)


def keys(*labels):
    return frozenset(labels)


def shown(content, counts=None, kind="table", level="restricted", threshold=5):
    return shown_tables(Output("t", kind, level, content=content, counts=counts), threshold)


def test_rows_totals_and_masks_are_read_by_their_labels():
    table = pd.DataFrame({"sex": ["Women", "Man", "Total"], "n": [40, None, 43]})
    (one,) = shown(table)
    assert (one.source, one.threshold, one.headers, one.masked) == ("t", 5, ("sex",), True)
    assert one.cells == {("woman",): (40, 40), ("man",): FREE, (None,): (43, 43)}
    assert one.keys == {keys("woman"): (40, 40), keys("man"): FREE, keys(): (43, 43)}
    assert one.labels(0) == ["woman", "man"]
    assert one.rows == ((("woman",), ("man",), (None,)),)
    assert not shown(table.fillna(3))[0].masked
    assert key_of(("a", None, "b")) == keys("a", "b")


def test_subtotals_stand_for_the_rows_before_or_after_them():
    rows = ["n1", "n2", "Nord total", "s1", "s2", "Total Süd", "All"]
    (one,) = shown(pd.DataFrame({"district": rows, "n": [10, 20, 30, 11, 12, 23, 53]}))
    assert one.under == ({"nord": keys("n1", "n2"), "sud": keys("s1", "s2")},)
    assert one.labels(0) == ["n1", "n2", "s1", "s2"]
    assert one.cells["nord",] == (30, 30)
    assert one.cells[None,] == (53, 53)
    first = shown(pd.DataFrame({"district": ["Nord total", "n1", "n2"], "n": [30, 10, 20]}))[0]
    assert first.under == ({"nord": keys("n1", "n2")},)


def test_wide_tables_have_their_columns_as_labels():
    table = pd.DataFrame({"region": ["A", "B"], "Women": [10, 20], "Men": [30, None], "n": [40, 50]})
    (one,) = shown(table)
    assert one.headers == ("region", "")
    assert one.cells["a", "woman"] == (10, 10)
    assert one.cells["b", "man"] == FREE
    assert one.cells["a", None] == (40, 40), "a count that is the sum of the others is the total"
    bare = shown(table.assign(n=[41, 50]))[0]
    assert ("a", None) not in bare.cells


def test_labels_without_meaning_carry_the_name_of_their_column():
    table = pd.DataFrame({"year": ["2019", "2020"], "debt": ["yes", "no"], "n": [10, 20]})
    labels = {label for path in shown(table)[0].cells for label in path}
    assert "debt=yes" in labels
    assert not {"yes", "no"} & labels
    doubled = pd.DataFrame({"from": ["A", "B"], "to": ["B", "A"], "n": [10, 20]})
    assert shown(doubled)[0].keys == {keys("from=a", "to=b"): (10, 10), keys("from=b", "to=a"): (20, 20)}


def test_what_has_rules_of_its_own_is_not_read():
    table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, 30]})
    assert len(shown(table)) == 1
    assert shown(table, level="public") == []
    assert shown(table, level="record", kind="file") == []
    assert len(shown(table, level="record")) == 1
    assert shown(table, kind="notebook") == []
    rounded = round_counts(table.set_index("sex"))
    assert shown(rounded) == []
    assert shown(pd.DataFrame({"sex": ["Woman", "Man"], "share": [0.5, 0.25]})) == []
    assert shown(None) == []


def test_people_behind_figures_stand_in_their_place():
    means = pd.DataFrame({"sex": ["Woman", "Man"], "mean": [1.5, 2.25]})
    (one,) = shown(means, counts=[40, np.nan])
    assert one.cells == {("woman",): (40, 40), ("man",): FREE}
    assert shown(means, counts=40) == []
    assert shown(means, counts=[1, 2, 3]) == []
    labelled = pd.Series([40, 30], index=pd.Index(["x", "y"], name="region"))
    three = shown(means, counts=labelled)
    assert [t.headers for t in three] == [("region",)]


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("child", (0, 17)),
        ("minor", (0, 17)),
        ("adult", (18, INF)),
        ("adults", (18, INF)),
        ("9-17", (9, 17)),
        ("9 -- 17 years", (9, 17)),
        ("18+", (18, INF)),
        ("18 and over", (18, INF)),
        ("18 or older", (18, INF)),
        ("under 18", (0, 17)),
        ("<18", (0, 17)),
        ("below 18", (0, 17)),
        ("over 18", (19, INF)),
        (">18", (19, INF)),
        ("north", None),
        ("18", None),
        ("a 9-17", None),
    ],
)
def test_bands_of_age(label, band):
    assert age_band(label) == band


def made(cells, headers, under=None, source="t", threshold=5):
    return Shown(source, threshold, cells, headers, under or tuple({} for _ in headers))


def test_groups_come_from_subtotals_columns_and_bands():
    depending = made({("nord", "n1"): (9, 9), ("nord", "n2"): (8, 8), ("sud", "s1"): (7, 7)}, ("region", "district"))
    assert groupings_of([depending]) == [{"nord": keys("n1", "n2"), "sud": keys("s1")}]
    assert groupings_of([depending, depending]) == groupings_of([depending])
    told = made({("a",): (1, 1)}, ("x",), ({"g": keys("a")},))
    assert groupings_of([told]) == [{"g": keys("a")}]
    fine = made({("0-8",): (1, 1), ("9-17",): (2, 2), ("18+",): (3, 3)}, ("age",))
    coarse = made({("under 18",): (3, 3), ("18+",): (3, 3)}, ("age",))
    assert groupings_of([fine, coarse]) == [{"under 18": keys("0-8", "9-17")}]
    gap = made({("0-8",): (1, 1), ("10-17",): (2, 2)}, ("age",))
    assert groupings_of([gap, coarse]) == []
    overlap = made({("0-9",): (1, 1), ("9-17",): (2, 2)}, ("age",))
    assert groupings_of([overlap, coarse]) == []
    short = made({("0-8",): (1, 1), ("9-16",): (2, 2)}, ("age",))
    assert groupings_of([short, coarse]) == []
    crossed = made({("a", "x"): (1, 1), ("a", "y"): (1, 1), ("b", "x"): (1, 1)}, ("p", "q"))
    assert groupings_of([crossed]) == []


def sums(table, groupings=()):
    return {frozenset((whole, frozenset(parts)) for whole, parts in family) for family in families(table, groupings)}


def test_sums_that_labels_say():
    two = made({("w", "a"): (1, 1), ("w", "b"): (2, 2), ("m", "a"): (3, 3), ("m", "b"): (4, 4)}, ("sex", "x"))
    wa, wb, ma, mb = (keys(*p) for p in ("wa", "wb", "ma", "mb"))
    assert sums(two) == {
        frozenset({(keys("w"), keys(wa, wb)), (keys("m"), keys(ma, mb))}),
        frozenset({(keys("a"), keys(wa, ma)), (keys("b"), keys(wb, mb))}),
        frozenset({(keys(), keys(wa, wb, ma, mb))}),
    }
    one = made({("n1",): (1, 1), ("n2",): (2, 2), (None,): (3, 3)}, ("d",))
    assert sums(one) == {frozenset({(keys(), keys(keys("n1"), keys("n2")))}), frozenset()} or frozenset(
        {(keys(), keys(keys("n1"), keys("n2")))}
    ) in sums(one)
    grouped = sums(one, [{"nord": keys("n1", "n2")}])
    assert frozenset({(keys("nord"), keys(keys("n1"), keys("n2")))}) in grouped
    assert grouped == sums(one, [{"nord": keys("n1", "n2"), "sud": keys("s1")}])
    assert sums(one, [{"nord": keys("n1", "n3")}]) == sums(one)


def districts(*values, source="districts", threshold=5):
    cells = {(f"n{i}",): FREE if v is None else (float(v), float(v)) for i, v in enumerate(values, start=1)}
    return Shown(source, threshold, cells, ("district",), ({},))


def regions(*values, source="regions", header="region"):
    cells = {(f"r{i}",): (float(v), float(v)) for i, v in enumerate(values, start=1)}
    return Shown(source, 5, cells, (header,), ({},))


@pytest.mark.parametrize(
    ("fine", "coarse", "told"),
    [
        (districts(12, 12, None), regions(27), True),
        (districts(12, 12, None), regions(28), True),
        (districts(12, 12, None), regions(29), False),
        (districts(12, 12, None), regions(24), False),
        (districts(12, 12, 3), regions(27), False),
        (districts(12, None, None), regions(17), True),
        (districts(12, None, None), regions(18), False),
        (districts(12, 12, None, 30), regions(27, 30), True),
        (districts(12, 12, None, 31), regions(27, 30), False),
        (districts(12, 12, None, 30, 10), regions(27, 40), True),
        (districts(12, 12, None), regions(27, header="year"), False),
        (districts(12, 12, None), regions(27, header="age"), False),
        (districts(12, 12, None, threshold=10), regions(33), True),
        (districts(12, 12, None, threshold=10), regions(34), False),
    ],
)
def test_numbers_that_fit_ask_for_somebody_to_look(fine, coarse, told):
    for tables, before in (([fine], [coarse]), ([coarse], [fine]), ([fine, coarse], [])):
        found = nesting_rule(tables, before, [])
        assert (found is not None) is told
        if found is not None:
            assert (found.rule, found.verdict) == ("recoverable", "review")
            assert found.sentence == (
                "If cells of 'districts' add up to one of 'regions', as their numbers would allow, masked cells are known."
            )
            assert found.cure.startswith("Mask both together")


def test_a_number_of_people_elsewhere_is_a_total_if_no_other_stands_there():
    table = districts(12, 12, None)
    found = nesting_rule([table], [], [27, 500])
    assert "of 'districts' add up to the number of people that another output names" in found.sentence
    assert nesting_rule([table], [], [29, 500]) is None
    assert nesting_rule([table], [], []) is None
    with_total = Shown("t", 5, table.cells | {(None,): (27.0, 27.0)}, ("district",), ({},))
    assert nesting_rule([with_total], [], [27]) is None
    assert nesting_rule([districts(12, 12, 3)], [], [27]) is None


def blocks(*values):
    cells = {(f"d{i}",): FREE if v is None else (float(v), float(v)) for i, v in enumerate(values)}
    return Shown("blocks", 5, cells, ("area",), ({},), (tuple(cells),))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((27, 12, 12, None, 70, 40, 30), True),
        ((12, 12, None, 27, 40, 30, 70), True),
        ((29, 12, 12, None, 70, 40, 30), False),
        ((27, 12, 12, 3, 70, 40, 30), False),
        ((27, 12, 12, None, 71, 40, 30), False),
        ((27, 12, 12, None), False),
        ((27, 24, None), False),
    ],
)
def test_rows_may_be_groups_and_their_members(values, told):
    found = nesting_rule([blocks(*values)], [], [])
    assert (found is not None) is told
    if found is not None:
        assert "of 'blocks' add up to another of its cells" in found.sentence


def by_region(*cells, source="by region"):
    laid = {(r, d): FREE if v is None else (float(v), float(v)) for r, d, v in cells}
    return Shown(source, 5, laid, ("region", "district"), ({}, {}))


LINKED = by_region(("nord", "n1", 12), ("nord", "n2", None), ("sud", "s1", 30))


def of_regions(*values, source="regions"):
    cells = {(r,): (float(v), float(v)) for r, v in zip(("nord", "sud"), values, strict=False)}
    return Shown(source, 5, cells, ("region",), ({},))


def test_tables_together_give_masked_cells_away():
    seen = Together()
    seen.add([LINKED])
    assert seen.before() == [LINKED]
    found = seen.judge([of_regions(15, 30)])
    assert (found.rule, found.verdict, found.sentence) == (
        "recoverable",
        "fail",
        "Totals of 'by region' and 'regions' give away 1 masked cell.",
    )
    assert dict(found.numbers) == {"exposed": 1, "outputs": 2}
    assert seen.judge([of_regions(17, 30)]) is None
    assert seen.judge([of_regions(16, 30)]) is not None
    assert seen.judge([]) is None
    assert Together().judge([LINKED]) is None
    both = Together().judge([LINKED, of_regions(15, 30)])
    assert both.sentence == "Totals of 'by region' and 'regions' give away 1 masked cell."
    # a table of other people: its numbers differ under the same labels
    others = by_region(("nord", "n1", 13), ("sud", None, 30), source="others")
    assert seen.judge([others, of_regions(15, 30)]) is not None
    apart = Together()
    apart.add([LINKED])
    apart.add([others])
    assert apart.before() == [LINKED, others]


def test_what_was_known_before_is_not_held_against_a_new_table():
    seen = Together()
    seen.add([LINKED, of_regions(15, 30)])
    assert seen.judge([regions(500)]) is None
    assert len(seen.before()) == 2


def test_a_contributor_is_asked_about_and_zeros_matter():
    two = by_region(("nord", "n1", None), ("nord", "n2", None), ("sud", "s1", 30))
    seen = Together()
    seen.add([two])
    found = seen.judge([of_regions(7, 30)])
    assert found.verdict == "review"
    assert found.sentence == (
        "Totals of 'by region' and 'regions' may give away, to somebody who knows how many are in another masked cell, "
        "2 masked cells."
    )
    assert dict(found.numbers) == {"exposed": 2, "outputs": 2}
    assert seen.judge([of_regions(5, 30)]).verdict == "fail"
    assert seen.judge([of_regions(9, 30)]) is None
    hidden = Together(shown_zeros=False)
    hidden.add([two])
    assert hidden.judge([of_regions(5, 30)]).verdict == "review"
    assert hidden.judge([of_regions(4, 30)]).verdict == "fail"


def test_one_table_alone_is_named_alone_and_many_are_counted():
    own = Shown("sex", 5, {("w",): (40.0, 40.0), ("m",): FREE, (None,): (43.0, 43.0)}, ("sex",), ({},))
    found = Together().judge([own])
    assert found.sentence == "Totals give away 1 masked cell."
    assert dict(found.numbers) == {"exposed": 1, "outputs": 1}
    seen = Together()
    for i in range(5):
        seen.add([Shown(f"other {i}", 5, {(f"x{i}",): (9.0, 9.0)}, ("x",), ({},))])
    seen.add([LINKED])
    many = seen.judge([of_regions(15, 30)])
    assert "and 3 more give away" in many.sentence
    assert many.numbers["outputs"] == 7


def output(name, labels, values, kind="table", **more):
    return Output(name, kind, "restricted", content=pd.DataFrame({labels[0]: labels[1:], "n": values}), **more)


def test_everything_that_left_is_set_beside_a_new_output():
    total = output("all", ["age", "0-17", "18+"], [13, 30])
    parts = output("sex", ["sex", "Woman", "Man"], [40, None])
    (found,) = Joint(Policy(), [total]).rule(parts)
    assert (found.verdict, found.numbers["exposed"]) == ("fail", 1)
    assert list(Joint(Policy()).rule(parts)) == []
    joint = Joint(Policy())
    assert list(joint.rule(total)) == []
    joint.add(parts)
    assert [one.verdict for one in joint.rule(total)] == ["fail"]
    named = Output("model", "estimate", "restricted", content={"n": 43}, counts=43)
    (asked,) = Joint(Policy(), [named]).rule(parts)
    assert (asked.verdict, asked.rule) == ("fail", "recoverable")
    (after,) = Joint(Policy(), [parts]).rule(named)
    assert (after.verdict, after.rule) == ("fail", "recoverable")
    far = Output("model", "estimate", "restricted", content={"n": 143}, counts=143)
    assert list(Joint(Policy(), [far]).rule(parts)) == []


@pytest.mark.parametrize(
    ("parts", "whole", "gives"),
    [
        ([[5, 5], [0, 10]], [12, 12], True),  # the masked part is 7
        ([[5, 5], [0, 10]], [15, 15], False),  # it is 10, no small count
        ([[5, 5], [0, 10], [0, 10]], [15, 15], True),  # two that are 10 together
        ([[5, 5], [0, 10], [0, 10]], [16, 16], False),  # 11 together: one may be 10
        ([[5, 5], [7, 7]], [12, 12], False),  # nothing is masked
        ([[5, 5], [0, 10]], [11, 12], False),  # the whole is not known
        ([[5, 5], [0, 10]], [5, 5], False),  # a masked cell holds somebody, so the parts do not fit
        ([[5, 5], [0, 10]], [16, 16], False),
    ],
)
def test_parts_give_a_masked_one_away_where_the_rest_is_small(parts, whole, gives):
    from ctresearch.privacy.attack.nesting import _gives

    lines = np.array([[one] for one in parts], dtype=float)
    assert _gives(lines, np.array([whole], dtype=float), 10) is gives
    beside = np.concatenate([lines, np.full((len(parts), 1, 2), 40.0)], axis=1)
    assert _gives(beside, np.array([whole, [40.0 * len(parts)] * 2]), 10) is gives  # a line beside changes nothing


@pytest.mark.parametrize(
    ("line", "told", "known"),
    [
        ([40, np.nan], {44.0}, 1),  # 4 is left, the most that a mask below 5 stands for
        ([40, np.nan], {45.0}, 0),
        ([40, np.nan], {41.0}, 1),  # 1 is left, the least
        ([40, np.nan], {40.0}, 0),
        ([40, np.nan, np.nan], {49.0}, 0),
        ([40, np.nan, np.nan], {42.0}, 2),
        ([40, np.nan, np.nan], {41.0}, 0),
        ([np.nan, np.nan], {2.0}, 0),  # nothing is shown: there is no line to fit
        ([40, 30], {70.0}, 0),
    ],
)
def test_a_number_in_the_words_gives_a_masked_cell_away_where_the_rest_fits_the_mask(line, told, known):
    from types import SimpleNamespace

    from ctresearch.privacy.attack.margins import _guessed

    block = SimpleNamespace(down=None, across=None, numbers=np.array(line, dtype=float)[:, None])
    assert _guessed(block, frozenset(told), 5) == known
    block.down = 0  # its column has a total of its own
    assert _guessed(block, frozenset(told), 5) == 0
