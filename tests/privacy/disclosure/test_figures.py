"""Figures of disclosure risk, each by hand: classes, diversity, closeness, uniques, words."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.privacy import risk
from ctresearch.privacy.disclosure import classes as module
from ctresearch.privacy.disclosure import closeness
from ctresearch.privacy.disclosure.classes import classes, codes, single_values, sizes
from ctresearch.privacy.disclosure.closeness import contingency, l_diversity, sensitive_measures, t_closeness
from ctresearch.privacy.disclosure.uniques import population_uniques

FRAME = pd.DataFrame(
    {
        "sex": ["W", "W", "W", "M", "M", None, "W"],
        "age": [1, 1, 1, 2, 2, 2, 3],
        "form": ["a", "b", "a", "a", "a", "c", "b"],
        "months": [1, 2, 3, 4, 4, 6, 1],
    }
)


def test_codes_and_classes_by_hand():
    assert codes(FRAME, ["sex", "age"]).T.tolist() == [[0, 0, 0, 1, 1, 2, 0], [0, 0, 0, 1, 1, 1, 2]]
    assert codes(FRAME, []).shape == (7, 0)
    assert codes(FRAME, ["sex"]).dtype == np.int64
    label = classes(codes(FRAME, ["sex", "age"]))
    assert label.tolist() == [0, 0, 0, 4, 4, 7, 2]
    assert sizes(label).tolist() == [3, 3, 3, 2, 2, 1, 1]
    assert classes(np.zeros((3, 0), dtype=np.int64)).tolist() == [0, 0, 0]
    assert classes(np.zeros((0, 2), dtype=np.int64)).tolist() == []


def test_many_combinations_are_numbered_densely(monkeypatch):
    numbered = np.array([[0, 0, 0], [5, 5, 5], [0, 5, 0], [5, 5, 5], [0, 0, 5]])
    plain = classes(numbered)
    monkeypatch.setattr(module, "_DENSE", 6)
    dense = classes(numbered)
    assert dense.max() < len(numbered)
    assert (plain[:, None] == plain).tolist() == (dense[:, None] == dense).tolist()
    wide = np.arange(600)[:, None].repeat(4, axis=1)
    monkeypatch.undo()
    assert len(set(classes(wide).tolist())) == 600


def test_cells_with_several_values_are_named_by_type_and_column():
    single_values(FRAME, FRAME.columns)
    with pytest.raises(DataError, match=r"^'x' has a cell that is a list, must hold single values"):
        single_values(pd.DataFrame({"x": ["a", [1]], "y": [1, 2]}), ["y", "x"])
    single_values(pd.DataFrame({"x": ["a", [1]], "y": [1, 2]}), ["y"])
    single_values(pd.DataFrame({"x": [("a", 1), None]}), ["x"])


def test_counts_by_class_and_what_they_tell():
    table = contingency(np.array([4, 4, 9, 9, 9]), np.array([0, 2, 2, 2, 1]), 3)
    assert table.tolist() == [[1, 0, 1], [0, 1, 2]]
    assert l_diversity(table) == 2
    assert l_diversity(np.array([[1, 2, 3], [0, 0, 4]])) == 1
    overall = table.sum(axis=0)
    # gaps: [.3, -.2, -.1], [-.2, 2/15, 1/15]
    assert t_closeness(table, overall, ordered=False) == pytest.approx(0.3, abs=1e-15)
    assert t_closeness(table, overall, ordered=True) == pytest.approx((0.3 + 0.1) / 2, abs=1e-15)
    assert t_closeness(np.array([[3]]), np.array([3]), ordered=True) == 0.0
    assert t_closeness(np.array([[3]]), np.array([3]), ordered=False) == 0.0
    two = t_closeness(np.array([[2, 0], [0, 2]]), np.array([2, 2]), ordered=True)
    assert two == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("cells", [2_000_000, 6, 3, 1])
def test_measures_do_not_depend_on_batches(monkeypatch, cells):
    monkeypatch.setattr(closeness, "_CELLS", cells)
    label = np.array([7, 3, 7, 1, 1, 3, 9, 9, 9])
    value = np.array([0, 1, 2, 0, 0, 2, 0, 1, 2])
    found = sensitive_measures(label, value, ordered=False)
    assert found[0] == 1
    assert found[1] == pytest.approx(5 / 9, abs=1e-15)  # the class of two zeros against 4, 2 and 3 of 9
    ordered = sensitive_measures(label, value, ordered=True)
    assert ordered[1] == pytest.approx((5 / 9 + 3 / 9) / 2, abs=1e-15)
    whole = sensitive_measures(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0]), ordered=False)
    assert whole == (2, 0.0)


def test_the_report_by_hand():
    report = risk(FRAME, ["sex", "age"], sensitive=["form", "months"], k=3, max_combination=2)
    assert (report.n, report.quasi_identifiers, report.sensitive) == (7, ("sex", "age"), ("form", "months"))
    assert (report.k, report.required, report.below, report.sample_uniques) == (1, 3, 4, 2)
    assert report.class_sizes.tolist() == [3, 3, 3, 2, 2, 1, 1]
    assert report.l_diversity == {"form": 1, "months": 1}
    assert report.t_closeness["form"] == pytest.approx(1 - 1 / 7, abs=1e-15)
    assert np.isnan(report.population_uniques)
    assert np.isnan(report.unique_match)
    assert report.rare.to_numpy().tolist() == [
        ["sex", 1, 3, 2, 3],
        ["age", 1, 3, 1, 1],
        ["sex x age", 2, 4, 3, 4],
    ]
    assert list(report.rare.columns) == ["columns", "size", "combinations", "rare", "rows"]
    assert report.rare_rows.tolist() == [False, False, False, True, True, True, True]
    assert (report.check.name, report.check.status) == ("k_anonymity", "fail")
    assert report.check.message == "4 of 7 rows share their quasi-identifiers with fewer than 2 others."
    assert report.check.numbers == {"required": 3, "below": 4}
    alone = risk(FRAME, ["sex", "age"], k=3, max_combination=1)
    assert len(alone.rare) == 2
    assert alone.l_diversity == {}


def test_defaults_of_the_report():
    frame = pd.DataFrame({c: ["x"] * 11 for c in "abcd"})
    report = risk(frame, list("abcd"))
    assert (report.required, report.k, report.below, report.check.status) == (11, 11, 0, "pass")
    assert report.rare["size"].max() == 3
    assert not report.rare_rows.any()
    assert risk(frame, list("abcd"), k=12).check.status == "fail"
    assert risk(frame, list("abcd"), max_combination=4).rare["size"].max() == 4
    assert risk(frame, ["a"], k=2).required == 2
    for options, words in (
        ({"k": 1}, "k == 1"),
        ({"max_combination": 0}, "max_combination == 0"),
        ({"max_combination": 5}, "max_combination == 5"),
        ({"fraction": 1.1}, "fraction == 1.1"),
        ({"fraction": 0}, "fraction == 0"),
    ):
        with pytest.raises(SpecificationError, match=words):
            risk(frame, ["a"], **options)
    with pytest.raises(DataError, match="frame is a list"):
        risk([1], ["a"])
    with pytest.raises(DataError, match="frame has no column 'z'"):
        risk(frame, ["a"], sensitive=["z"])
    with pytest.raises(CellError, match="'a'"):
        risk(frame.assign(a=["x"] * 10 + ["X"]), ["a"])
    with pytest.raises(CellError, match="'b'"):
        risk(frame.assign(b=["x"] * 10 + ["X"]), ["a"], sensitive=["b"])


def test_the_words_say_the_numbers():
    words = risk(FRAME, ["sex", "age"], sensitive=["form", "months"], k=3).attacker
    assert "knows that person's sex, age, is left with 1 row in the worst case. 2 of 7 rows (28.6%) are alone" in words
    assert "right with probability 1 at worst and 0.571 on average" in words
    assert "one that is alone" not in words
    assert "he learns form, months of everyone" in words
    known = risk(FRAME, ["sex", "age"], fraction=0.5).attacker
    match = population_uniques(np.array([3, 2, 1, 1]), 0.5).match
    assert f"finds one that is alone, is right with probability {match:.3g}." in known
    assert "Without finding" not in known
    pairs = risk(pd.concat([FRAME, FRAME]), ["age"], sensitive=["form"], k=2)
    assert "is left with 2 rows in the worst case" in pairs.attacker
    assert "probability 0.5 at worst" in pairs.attacker


def test_numbers_are_ordered_and_words_and_truths_are_not():
    frame = pd.DataFrame({"q": ["a", "a", "b", "b", "c", "c"], "v": [1, 1, 2, 2, 3, 3]})
    near = risk(frame, ["q"], sensitive=["v"]).t_closeness["v"]
    assert near == pytest.approx((2 / 3 + 1 / 3) / 2, abs=1e-15)
    words = risk(frame.assign(v=frame["v"].map(str)), ["q"], sensitive=["v"]).t_closeness["v"]
    assert words == pytest.approx(2 / 3, abs=1e-15)
    shuffled = risk(frame.iloc[[4, 0, 2, 5, 1, 3]], ["q"], sensitive=["v"]).t_closeness["v"]
    assert shuffled == pytest.approx(near, abs=1e-15), "the order of values and not of rows"
    truths = pd.DataFrame({"q": ["a", "a", "b", "b"], "v": [True, True, False, True]})
    assert risk(truths, ["q"], sensitive=["v"]).t_closeness["v"] == pytest.approx(0.25, abs=1e-15)


def test_people_alone_in_the_population():
    found = population_uniques(np.array([1, 1, 1, 1, 1, 2, 2, 3, 5, 9]), 0.3)
    assert found.match == pytest.approx(0.3 * 5 / (0.3 * 5 + 2 * 0.7 * 2), rel=1e-12)
    # the search stops at a millionth of its own scale
    assert found.expected == pytest.approx(5.2027, abs=1e-3)
    assert found.theta == pytest.approx(5.4711, abs=1e-3)
    assert found.alpha == pytest.approx(0, abs=1e-6)
    none = population_uniques(np.array([2, 2, 3]), 0.3)
    assert none.expected == 0.0
    assert np.isnan(none.match)
    assert np.isnan(none.alpha)
    whole = population_uniques(np.array([1, 1, 2, 2, 3]), 1.0)
    assert (whole.expected, whole.match) == (2.0, 1.0)
    report = risk(FRAME, ["sex", "age"], fraction=0.5)
    same = population_uniques(np.array([3, 2, 1, 1]), 0.5)
    assert (report.population_uniques, report.unique_match) == (same.expected, same.match)
    assert risk(FRAME, ["sex", "age"], fraction=1).population_uniques == 2.0


def test_a_positive_alpha_is_found_where_classes_grow_without_end():
    sizes_of = np.r_[np.ones(60, dtype=int), np.full(12, 2), np.full(5, 3), [5, 8, 40]]
    found = population_uniques(sizes_of, 0.1)
    # where the likelihood is largest, by a search from elsewhere; the search stops at a millionth of its own scale
    assert (found.alpha, found.theta) == pytest.approx((0.72087, 6.0073), abs=2e-4)
    assert 60 < found.expected < 600
    assert found.match == pytest.approx(0.1 * 60 / (0.1 * 60 + 2 * 0.9 * 12), rel=1e-12)
