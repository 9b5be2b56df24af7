"""Totals of strata, what judges them, and the words of the whole."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import Check, DataError, FitError, Result, Scope, SpecificationError, estimates_table
from ctresearch.prevalence import CaptureHistories, LogLinear, PooledStrata, stratified
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.loglinear.bca import robust_spread
from ctresearch.prevalence.partial.interval_poisson import RangeFit
from ctresearch.prevalence.strata.panel_population import _check_period
from ctresearch.prevalence.strata.pooled_fit import TAUS, PooledFit, draw_unobserved, fit_pooled, pooled_design
from ctresearch.prevalence.strata.pooled_strata import _check_scatter, _check_sizes, _interactions, _require_fit
from ctresearch.prevalence.strata.stratified import _check_strata, _independent_draws, add_up, whole_scope

TAIWAN = published_lists("hav-taiwan")


def table_of(counts, scope=None):
    """Build a table of two lists."""
    frame = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": counts})
    return CaptureHistories.from_counts(frame, scope=scope)


def result(estimate=10.0, std_error=1.0, low=8.0, draws=None):
    """Build a result of one stratum."""
    rows = estimates_table({"population": (estimate, std_error, low, 12.0)}, unit="persons")
    given = None if draws is None else pd.DataFrame([draws], index=pd.Index(["population"], name="term"))
    return Result(method="m", estimates=rows, n=5, draws=given)


def test_totals_come_from_draws_where_there_are_and_from_errors_where_not():
    rows = np.array([[100.0, 3, 90, 110], [200, 4, 190, 215]])
    draws = np.random.default_rng(3).normal([[100], [200]], [[3], [4]], (2, 400))
    total = add_up(rows, draws, 250, 0.9)
    low, high = np.quantile(draws.sum(axis=0), [0.05, 0.95])
    assert (total.estimate, total.interval) == (300, "percentile")
    assert (total.low, total.high) == pytest.approx((low, high))
    assert total.std_error == pytest.approx(robust_spread(draws.sum(axis=0)))
    plain = add_up(rows, None, 250, 0.9)
    assert (plain.estimate, plain.std_error, plain.interval) == (300, 5, "lognormal")
    assert (plain.low, plain.high) == pytest.approx(lognormal_limits(250, 50, 5, 0.9))
    gone = add_up(np.array([[100.0, 3, 90, 110], [np.nan] * 4]), draws, 250, 0.9)
    assert np.isnan([gone.estimate, gone.std_error, gone.low, gone.high]).all()
    assert gone.interval == "none"


def test_draws_are_paired_only_where_every_stratum_has_some():
    one, two = result(draws=np.arange(50.0)), result(draws=np.r_[np.arange(40.0), np.nan])
    parts = _independent_draws([one, two], 3)
    assert [len(part) for part in parts] == [40, 40]
    assert set(parts[1]) == set(np.arange(40.0))
    assert not np.array_equal(parts[1], np.arange(40.0))
    assert _independent_draws([one, "no estimate"], 3) is None
    assert _independent_draws([one, result()], 3) is None
    assert _independent_draws([one, result(low=np.nan, draws=np.arange(50.0))], 3) is None
    assert _independent_draws([one, result(draws=np.array([1.0]))], 3) is None
    assert len(_independent_draws([one, result(draws=np.array([1.0, 2.0]))], 3)[0]) == 2


@pytest.mark.parametrize(
    ("statuses", "notes", "status", "numbers", "says"),
    [
        (("pass", "pass"), ("", ""), "pass", (2, 0, 0), "All 2 strata"),
        (("review", "pass"), ("", ""), "review", (2, 0, 1), "Checks of 1 of 2 strata did not all pass: x."),
        (("fail", "review"), ("", ""), "fail", (2, 0, 2), "did not all pass: x, y."),
        (("fail", "pass"), ("too few", ""), "fail", (2, 1, 0), "x (too few)"),
        (("fail", "review"), ("too few", ""), "fail", (2, 1, 1), "1 of 2 strata have no estimate"),
        (("fail", "fail"), ("few", "none"), "fail", (2, 2, 0), "x (few); y (none)"),
    ],
)
def test_strata_are_judged_together(statuses, notes, status, numbers, says):
    check = _check_strata(("x", "y"), statuses, notes)
    assert (check.name, check.status) == ("strata", status)
    assert check.numbers == dict(zip(("strata", "without_estimate", "doubtful"), numbers, strict=True))
    assert says in check.message


def test_the_whole_is_said_in_the_words_before_the_last_division():
    of = lambda words: SimpleNamespace(scope=Scope(population=words, measure="stock"))  # noqa: E731
    assert whole_scope([of("people; area a; sex f"), of("people; area a; sex m")]).population == "people; area a"
    assert whole_scope([of("people"), of("others")]).population == "people"
    assert whole_scope([of("people; sex f"), of("people; sex f")]).population == "people; sex f"
    assert whole_scope([of("people; sex f"), of("people; sex m")]).measure == "stock"


def test_a_stratum_whose_method_gives_no_number_says_so():
    class Half:
        """Gives no estimate for tables with few people on both lists."""

        def fit(self, data):
            return result(np.nan if data.cell_counts()[3] < 5 else 50.0, low=np.nan)

    found = stratified(Half(), {"x": table_of([9, 8, 7]), "y": table_of([9, 8, 4])})
    assert found.notes == ("", "the method gave no estimate")
    assert found.statuses == ("pass", "fail")
    assert found.method == "Half in 2 strata"
    assert found.n == 45
    assert found.interval == "none"
    for wrong in ({"x": table_of([9, 8, 7])}, [1, 2], 3):
        with pytest.raises(DataError, match="must be two tables or more by name"):
            stratified(Half(), wrong)


@pytest.mark.parametrize(("both", "few"), [(6, 1), (7, 0)])
def test_strata_with_fewer_than_seven_repeats_rest_on_the_others(both, few):
    check = _check_sizes({"x": table_of([30, 20, both]), "y": table_of([30, 20, 9])})
    assert (check.name, check.status) == ("strata", "review" if few else "pass")
    assert check.numbers == {"strata": 2, "few_repeats": few, "fewest": both}
    assert ("Strata x have fewer than 7" in check.message) == bool(few)


def fit_at(weights, taus=TAUS, status="ok"):
    """Build a fit whose weights over the scatter are given."""
    gone = np.zeros(1)
    part = RangeFit(status, np.ones(1, dtype=bool), gone, gone, gone, gone, 0.0, np.ones((1, 1)))
    return PooledFit(taus, np.array(weights), (part,) * len(weights))


@pytest.mark.parametrize(("at", "status"), [(0, "pass"), (6, "pass"), (7, "review"), (18, "review"), (19, "fail")])
def test_scatter_beyond_a_factor_of_two_asks_for_review_and_at_the_end_fails(at, status):
    check = _check_scatter(fit_at(np.eye(20)[at]), "partial", 2)
    assert (check.name, check.status) == ("scatter", status)
    assert check.numbers == pytest.approx({"tau": 0.05 + 0.1 * at, "edge": 20.0 * (at == 19)})
    assert f"{np.exp(0.05 + 0.1 * at):.1f}" in check.message


def test_weight_piled_at_the_end_fails_from_twice_an_even_share():
    for last, status in ((0.1, "pass"), (0.101, "fail")):
        weights = np.r_[1 - last, np.zeros(18), last]
        assert _check_scatter(fit_at(weights), "partial", 1).status == status
    alone = _check_scatter(fit_at([1.0], np.zeros(1)), "partial", 0)
    assert (alone.name, alone.status, alone.numbers) == ("scatter", "pass", {})
    shared = _check_scatter(fit_at([1.0], np.zeros(1)), "complete", 1)
    assert (shared.name, shared.status, shared.numbers) == ("scatter", "review", {})
    assert TAUS.tolist() == pytest.approx(np.arange(0.05, 2, 0.1).tolist())


def test_fits_without_an_estimate_say_which_kind():
    with pytest.raises(FitError, match=r"the estimate of model \[12\] for these strata does not exist: leave"):
        _require_fit(fit_at([1.0], status="no_mle"), "[12]")
    with pytest.raises(FitError, match="for these strata is not identified: leave"):
        _require_fit(fit_at([1.0], status="not_identified"), "[12]")
    sound = fit_at([1.0])
    assert _require_fit(sound, "[12]") is sound


def test_the_design_of_two_strata_stands_block_by_block():
    counts = [np.array([0.0, 5, 6, 2]), np.array([0.0, 7, 8, 3])]
    terms = np.array([0, 1, 2, 3])
    found = pooled_design(counts, [0, 0], terms, deviations=True)
    block = np.array([[1.0, 1, 0], [1, 0, 1], [1, 1, 1]])
    pair = np.array([[0.0], [0], [1]])
    zero, none = np.zeros((3, 3)), np.zeros((3, 1))
    assert (
        found.table.design.tolist()
        == np.vstack([np.hstack([block, zero, pair, pair, none]), np.hstack([zero, block, pair, none, pair])]).tolist()
    )
    assert found.table.low.tolist() == [5, 6, 2, 7, 8, 3]
    assert (found.intercepts.tolist(), found.common.tolist(), found.own.tolist()) == ([0, 3], [6], [7, 8])
    assert found.terms.tolist() == [3]
    shared = pooled_design(counts, [0, 0], terms, deviations=False)
    assert shared.own.tolist() == []
    assert shared.table.design.shape == (6, 7)
    fitted = fit_pooled(shared)
    assert (fitted.taus.tolist(), fitted.weights.tolist(), len(fitted.fits)) == ([0], [1], 1)
    three = [np.array([0.0, 5, 6, 2, 4, 1, 1, 1]), np.array([0.0, 7, 8, 3, 0, 0, 0, 0])]
    without = pooled_design(three, [0, 4], np.array([0, 1, 2, 4, 3, 5]), deviations=True)
    assert without.table.design.shape == (7 + 3, 4 + 3 + 2 + 2 + 1)
    assert without.intercepts.tolist() == [0, 4]


def test_means_over_the_scatter_weigh_each_fit_and_removed_terms_stay_at_minus_infinity():
    gone = np.zeros(2)
    fits = [
        RangeFit("ok", np.array([True, False]), np.array([b, -np.inf]), gone, gone, gone, 0.0, np.diag([v, 0.0]))
        for b, v in ((1.0, 0.04), (3.0, 0.16))
    ]
    pooled = PooledFit(np.array([0.1, 0.2]), np.array([0.25, 0.75]), tuple(fits))
    assert pooled.mean().tolist() == [2.5, -np.inf]
    design = SimpleNamespace(terms=np.array([3, 5]), common=np.array([0, 1]))
    rows = _interactions(design, pooled, ("a", "b", "c"))
    assert rows.index.tolist() == ["12", "13"]
    assert rows["mean"].tolist() == [2.5, -np.inf]
    # within: 0.25 * 0.04 + 0.75 * 0.16; between: 0.25 * 1.5**2 + 0.75 * 0.5**2
    assert rows["std_error"].tolist() == pytest.approx([np.sqrt(0.13 + 0.75), 0])


def test_draws_of_the_unobserved_mix_fits_by_their_weight():
    gone = np.zeros(2)
    fits = tuple(
        RangeFit("ok", np.ones(2, dtype=bool), np.log([a, b]), gone, gone, gone, 0.0, np.eye(2) * 1e-8)
        for a, b in ((10.0, 1000.0), (100.0, 10.0))
    )
    pooled = PooledFit(np.array([0.1, 0.2]), np.array([0.3, 0.7]), fits)
    drawn = draw_unobserved(pooled, np.array([0, 1]), 4000, np.random.default_rng(2))
    assert drawn.shape == (2, 4000)
    first = drawn[1] > 500
    assert first.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 4000))
    assert drawn[0, first].mean() == pytest.approx(10, abs=4 * np.sqrt(10 / 1000))
    assert drawn[0, ~first].mean() == pytest.approx(100, abs=4 * np.sqrt(100 / 2500))
    assert abs(np.corrcoef(first, np.arange(4000))[0, 1]) < 4 / np.sqrt(4000)
    assert drawn.dtype == np.float64


def panel(repeated=3):
    """Stand for a panel of which the check needs one number."""
    return SimpleNamespace(repeated=repeated)


@pytest.mark.parametrize(
    ("estimates", "status"),
    [
        ([100.0, 200, 250], "pass"),
        ([100.0, 200, 200], "pass"),
        ([100.0, 200, 300], "pass"),
        ([100.0, 200, 199], "review"),
        ([100.0, 200, 301], "review"),
        ([100.0, 200, np.nan], "review"),
        ([100.0, 200, np.inf], "review"),
    ],
)
def test_a_period_lies_between_its_largest_year_and_all_years(estimates, status):
    check = _check_period(panel(), np.array(estimates))
    assert (check.name, check.status) == ("period", status)
    assert check.numbers == pytest.approx(
        {"largest_year": 200, "sum_of_years": 300, "period": estimates[-1], "repeated": 3}, nan_ok=True
    )


def test_lists_that_are_absent_leave_at_least_two():
    lone = CaptureHistories.from_counts(pd.DataFrame({"L1": [1], "L2": [0], "L3": [0], "count": [5]}))
    with pytest.raises(DataError, match="stratum 2 has 1 list, must have at least 2: leave it out"):
        PooledStrata("[12,3]", absent={"y": ["L2", "L3"]}).fit({"x": TAIWAN, "y": lone})
    nobody = CaptureHistories.from_counts(pd.DataFrame({"L1": [1], "L2": [0], "L3": [0], "count": [0]}))
    with pytest.raises(DataError, match="stratum 2 of 2 holds nobody: merge it with another"):
        PooledStrata("[12,3]").fit({"x": TAIWAN, "y": nobody})
    with pytest.raises(SpecificationError, match="absent names 2 strata, of which number 2 is none of the 2 strata"):
        PooledStrata("[12,3]", absent={"x": [], "z": ["L1"]}).fit({"x": TAIWAN, "y": TAIWAN})
    with pytest.raises(DataError, match="list 2 of 3 is empty in stratum 2: name it in absent"):
        PooledStrata("[12,3]").fit({"x": TAIWAN, "y": lone})
    with pytest.raises(DataError, match="a list was given, must be two tables or more by name"):
        PooledStrata("[12,3]").fit([TAIWAN, TAIWAN])
    found = PooledStrata("[1,2,3]", pooling="complete", draws=500).fit({"x": TAIWAN, "y": TAIWAN})
    plain = LogLinear("fixed", model="[1,2,3]").fit(TAIWAN).estimates["estimate"]["population"]
    assert found.estimates["estimate"].tolist() == pytest.approx([plain, plain, 2 * plain], rel=1e-6)
    assert found.tau == 0
    assert found.interactions.empty
    assert isinstance(found.checks[1], Check)
