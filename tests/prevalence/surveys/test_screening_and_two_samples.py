"""Errors of a test and two samples, against epiR, survey, Rcapture and written-out formulas."""

import numpy as np
import pandas as pd
import pytest
from surveys.invented import sample

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, Chapman, ScreenedPrevalence, SurveyTotal, TwoSample, carry_screening
from ctresearch.prevalence.surveys.binomial_limits import binomial_limits
from ctresearch.prevalence.surveys.screening import read_screening

# epiR 2.0.80, epi.prev(pos, tested, se, sp, method, units=1, conf.level=.95): true prevalence and limits
EPIR = [
    ("clopper_pearson", 4, 80, 0.9, 0.95, 0.0, -0.0426007129688685, 0.0859985134625329),
    ("clopper_pearson", 23, 200, 0.65, 0.98, 0.150793650793651, 0.0862117042734872, 0.234201499178181),
    ("clopper_pearson", 150, 1000, 0.8, 0.9, 0.0714285714285715, 0.0406068730231041, 0.105225897952909),
    ("sterne", 4, 80, 0.9, 0.95, 0.0, -0.0385213315712664, 0.0860171594763778),
    ("sterne", 23, 200, 0.65, 0.98, 0.150793650793651, 0.0901620816966694, 0.233274276742891),
    ("sterne", 150, 1000, 0.8, 0.9, 0.0714285714285715, 0.0412642845068634, 0.104867283693003),
    ("blaker", 4, 80, 0.9, 0.95, 0.0, -0.0386007129688685, 0.0832926311095916),
    ("blaker", 23, 200, 0.65, 0.98, 0.150793650793651, 0.0882751963369794, 0.231820546797229),
    ("blaker", 150, 1000, 0.8, 0.9, 0.0714285714285715, 0.0408925873088184, 0.10465446938148),
    ("wilson", 4, 80, 0.9, 0.95, 0.0, -0.035748759369948, 0.0842620729958),
    ("wilson", 23, 200, 0.65, 0.98, 0.150793650793651, 0.09184719416765, 0.232773284102977),
    ("wilson", 150, 1000, 0.8, 0.9, 0.0714285714285715, 0.0417286750186977, 0.104955226324),
]


def positives(hits, size):
    return pd.DataFrame({"y": [1] * hits + [0] * (size - hits)})


@pytest.mark.parametrize("case", EPIR, ids=[f"{c[0]}-{c[1]}" for c in EPIR])
def test_limits_are_those_of_epir_within_0_and_1(case):
    kind, hits, size, sensitivity, specificity, estimate, low, high = case
    result = ScreenedPrevalence("y", sensitivity=sensitivity, specificity=specificity, limits=kind).fit(
        positives(hits, size)
    )
    row = result.estimates.loc["prevalence"]
    # epiR looks for Blaker's limits in steps of 1e-4 of the share, and both sides of Sterne's to about 1e-8
    close = {"blaker": 1.01e-4 / (sensitivity + specificity - 1) + 1e-12, "sterne": 1e-8}.get(kind, 1e-9)
    assert row["estimate"] == pytest.approx(estimate, abs=1e-12)
    assert row["ci_low"] == pytest.approx(max(low, 0), abs=close)
    assert row["ci_high"] == pytest.approx(high, abs=close)


@pytest.mark.parametrize("kind", ["blaker", "sterne", "clopper_pearson", "wilson"])
def test_limits_of_none_and_all_mirror_one_another(kind):
    assert binomial_limits(kind, 0, 20, 0.95)[0] == 0
    assert binomial_limits(kind, 20, 20, 0.95)[1] == pytest.approx(1)
    low, high = binomial_limits(kind, 3, 20, 0.9)
    assert binomial_limits(kind, 17, 20, 0.9) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_exact_limits_cover_at_least_their_level():
    from scipy.stats import binom

    for kind in ("blaker", "sterne", "clopper_pearson"):
        ends = [binomial_limits(kind, k, 8, 0.95) for k in range(9)]
        for chance in np.linspace(0.01, 0.99, 33):
            inside = [low <= chance <= high for low, high in ends]
            assert binom.pmf(np.arange(9), 8, chance)[inside].sum() >= 0.95 - 1e-9


def test_lang_and_reiczigels_limits_written_out():
    z, hits, size = 1.959963984540054, 30, 200
    test = read_screening((45, 50), (190, 200))
    n, p = size + z**2, (hits + z**2 / 2) / (size + z**2)
    se, sp, ns, np_ = 46 / 52, 191 / 202, 52, 202
    true = (p + sp - 1) / (se + sp - 1)
    shift = 2 * z**2 * (true * se * (1 - se) / ns - (1 - true) * sp * (1 - sp) / np_)
    error = np.sqrt(p * (1 - p) / n + true**2 * se * (1 - se) / ns + (1 - true) ** 2 * sp * (1 - sp) / np_)
    reach = z * error / (se + sp - 1)
    assert test.limits(hits / size, size, 0.95) == pytest.approx((true + shift - reach, true + shift + reach))
    known = read_screening(0.9, 0.95).limits(hits / size, size, 0.95)
    plain = read_screening(1.0, 1.0).limits(hits / size, size, 0.95)
    wilson = binomial_limits("wilson", hits, size, 0.95)
    assert plain == pytest.approx((p - z * np.sqrt(p * (1 - p) / n), p + z * np.sqrt(p * (1 - p) / n)))
    assert plain != pytest.approx(wilson)  # near to it, not the same
    assert known[1] - known[0] > plain[1] - plain[0]


def test_the_error_of_the_test_adds_to_that_of_the_sample():
    frame = positives(30, 200)
    known = ScreenedPrevalence("y", sensitivity=0.9, specificity=0.95).fit(frame).estimates.loc["prevalence"]
    unsure = (
        ScreenedPrevalence("y", sensitivity=(45, 50), specificity=(190, 200)).fit(frame).estimates.loc["prevalence"]
    )
    true = (0.15 - 0.05) / 0.85
    assert known["estimate"] == unsure["estimate"] == pytest.approx(true)
    assert known["std_error"] == pytest.approx(np.sqrt(0.15 * 0.85 / 200) / 0.85)
    more = true**2 * 0.09 / 50 + (1 - true) ** 2 * 0.0475 / 200
    assert unsure["std_error"] == pytest.approx(np.sqrt(0.15 * 0.85 / 200 + more) / 0.85)


def test_a_design_is_carried_through_and_so_is_any_result():
    frame = sample()
    design = {"strata": "district", "cluster": "village", "weight": "weight"}
    told = {"sensitivity": (45, 50), "specificity": (190, 200)}
    survey = SurveyTotal("forced", statistic="mean", **design).fit(frame)
    direct = ScreenedPrevalence("forced", **told, **design).fit(frame).estimates.loc["prevalence"]
    carried = carry_screening(survey, **told).estimates.loc["mean"]
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    assert carried[columns].to_numpy(dtype=float) == pytest.approx(direct[columns].to_numpy(dtype=float))
    groups = carry_screening(SurveyTotal("forced", statistic="mean", by="sex", **design).fit(frame), **told)
    assert groups.estimates["group"].tolist() == ["all", "f", "m"]
    assert {c.name for c in groups.checks} == {"test", "within", "clusters", "weights", "people"}
    with pytest.raises(DataError, match="must be from 0 to 1 with a standard error"):
        carry_screening(SurveyTotal("days", **design).fit(frame), **told)
    with pytest.raises(SpecificationError, match="must be among those of the result"):
        carry_screening(survey, terms=["prevalence"], **told)
    with pytest.raises(DataError, match="must be a result"):
        carry_screening(0.3, **told)


def test_fewer_positives_than_errors_make_are_held_at_0_and_said():
    result = ScreenedPrevalence("y", sensitivity=0.9, specificity=0.9).fit(positives(4, 80))
    assert result.estimates.loc["prevalence", "estimate"] == 0
    assert result.estimates.loc["positive", "estimate"] == 0.05
    check = {c.name: c for c in result.checks}["within"]
    assert check.status == "review"
    assert "are positive than the test's specificity alone" in str(check.message)
    high = ScreenedPrevalence("y", sensitivity=0.6, specificity=0.9).fit(positives(70, 80))
    assert high.estimates.loc["prevalence", "estimate"] == 1
    assert high.estimates.loc["prevalence", "ci_high"] == 1
    assert "sensitivity allows" in str({c.name: c for c in high.checks}["within"].message)


def test_a_test_that_may_tell_nothing_gives_no_limits():
    result = ScreenedPrevalence("y", sensitivity=(6, 10), specificity=(6, 10)).fit(positives(30, 80))
    assert not result.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all().all()


@pytest.mark.parametrize(
    "options",
    [
        {"sensitivity": 0.5, "specificity": 0.5},
        {"sensitivity": 0.3, "specificity": 0.6},
        {"sensitivity": 1.1, "specificity": 0.9},
        {"sensitivity": (11, 10), "specificity": 0.9},
        {"sensitivity": (9, 10, 1), "specificity": 0.9},
        {"sensitivity": (9, 0), "specificity": 0.9},
        {"sensitivity": (9, 10), "specificity": 0.9, "limits": "blaker"},
        {"sensitivity": 0.9, "specificity": 0.9, "limits": "blaker", "weight": "w"},
        {"sensitivity": 0.9, "specificity": 0.9, "limits": "exact"},
    ],
)
def test_screening_options_that_are_not_allowed(options):
    with pytest.raises(SpecificationError):
        ScreenedPrevalence("y", **options)


# Chapman 1951, Seber 1970, Chao 1987 written out in R; Rcapture 1.4-4 closedp.bc agrees on the first two
TWO = [
    (200, 150, 30, 1000, 22666.6666666667, 978.064516129032, 20133.9880332986, (753.321782923061, 1319.37027044179)),
    (50, 60, 3, 1000, 297666.666666667, 776.75, 104179.6125, (380.476314653225, 1747.23368191425)),
]


@pytest.mark.parametrize("case", TWO, ids=["many", "few"])
def test_recapture(case):
    first, size, both, petersen, petersen_var, chapman, chapman_var, limits = case
    frame = positives(both, size)
    row = TwoSample("y", benchmark=first, method="chapman").fit(frame).estimates.loc["population"]
    assert row["estimate"] == pytest.approx(chapman, rel=1e-12)
    assert row["std_error"] ** 2 == pytest.approx(chapman_var, rel=1e-12)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(limits, rel=1e-12)
    plain = TwoSample("y", benchmark=first, method="petersen", limits="normal").fit(frame).estimates.loc["population"]
    assert plain["estimate"] == petersen
    assert plain["std_error"] ** 2 == pytest.approx(petersen_var, rel=1e-12)
    assert plain["ci_high"] - plain["estimate"] == pytest.approx(1.959963984540054 * plain["std_error"])
    table = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": [first - both, size - both, both]})
    lists = Chapman().fit(CaptureHistories.from_counts(table)).estimates.loc["population"]
    assert row.drop("unit").tolist() == pytest.approx(lists.drop("unit").tolist())


@pytest.mark.parametrize("error", [0.0, 40.0])
def test_a_multiplier_carries_both_errors(error):
    frame = sample()
    design = {"strata": "district", "cluster": "village", "weight": "weight"}
    share = SurveyTotal("forced", statistic="mean", **design).fit(frame).estimates.loc["mean"]
    found = TwoSample("forced", benchmark=900, benchmark_error=error, limits="log", **design).fit(frame)
    row = found.estimates.loc["population"]
    whole = 900 / share["estimate"]
    spread = whole * np.sqrt((error / 900) ** 2 + (share["std_error"] / share["estimate"]) ** 2)
    assert row["estimate"] == pytest.approx(whole)
    assert row["std_error"] == pytest.approx(spread)
    ratio = np.exp(1.959963984540054 * spread / whole)
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([whole / ratio, whole * ratio])
    assert found.estimates.loc["unobserved", "estimate"] == pytest.approx(whole - 900)
    student = TwoSample("forced", benchmark=900, benchmark_error=error, **design).fit(frame).estimates.loc["population"]
    assert np.log(student["ci_high"] / whole) / (spread / whole) == pytest.approx(
        2.2621571628, rel=1e-8
    )  # t, 9 degrees
    parts = {c.name: c for c in found.checks}["parts"]
    assert parts.status == ("pass" if error else "review")
    if error:
        assert parts.numbers["of_count"] == pytest.approx((error / 900) ** 2 / (spread / whole) ** 2)


def test_results_in_place_of_numbers_and_rows():
    frame = sample()
    design = {"strata": "district", "cluster": "village", "weight": "weight"}
    share = SurveyTotal("forced", statistic="mean", **design).fit(frame)
    rows = TwoSample("forced", benchmark=900, benchmark_error=30, limits="log", **design).fit(frame)
    told = TwoSample("mean", benchmark=900, benchmark_error=30, limits="log").fit(share)
    assert told.estimates.loc["population"].drop("unit").tolist() == pytest.approx(
        rows.estimates.loc["population"].drop("unit").tolist()
    )
    counted = TwoSample("y", benchmark=200, method="chapman").fit(positives(30, 150))
    both = TwoSample("mean", benchmark=counted).fit(share).estimates.loc["population"]
    line = counted.estimates.loc["population"]
    by_hand = TwoSample("mean", benchmark=line["estimate"], benchmark_error=line["std_error"]).fit(share)
    assert both["std_error"] == pytest.approx(by_hand.estimates.loc["population", "std_error"])
    with pytest.raises(SpecificationError, match="holds 0 rows of term 'share'"):
        TwoSample("share", benchmark=900).fit(share)
    with pytest.raises(SpecificationError, match="goes with 'multiplier' and none"):
        TwoSample("mean", benchmark=900, method="chapman").fit(share)


def test_samples_that_tell_nothing_are_refused():
    with pytest.raises(DataError, match="none of the 50 people of the sample was counted"):
        TwoSample("y", benchmark=100).fit(positives(0, 50))
    with pytest.raises(FitError, match="all 50 people of the sample were counted"):
        TwoSample("y", benchmark=100).fit(positives(50, 50))
    with pytest.raises(DataError, match="30 people of the sample were counted and benchmark == 20"):
        TwoSample("y", benchmark=20, method="chapman").fit(positives(30, 50))
    assert TwoSample("y", benchmark=30, method="chapman").fit(positives(30, 50)).n == 50
    for few, status in ((6, "review"), (7, "pass")):
        checks = {c.name: c.status for c in TwoSample("y", benchmark=100).fit(positives(few, 50)).checks}
        assert checks["overlap"] == status


@pytest.mark.parametrize(
    "options",
    [
        {"benchmark": 0},
        {"benchmark": 100, "benchmark_error": -1},
        {"benchmark": 100, "method": "chapman", "benchmark_error": 3},
        {"benchmark": 100, "method": "chapman", "weight": "w"},
        {"benchmark": 100, "method": "chapman", "limits": "log"},
        {"benchmark": 100, "limits": "lognormal"},
        {"benchmark": 100, "method": "schnabel"},
    ],
)
def test_two_sample_options_that_are_not_allowed(options):
    with pytest.raises(SpecificationError):
        TwoSample("y", **options)
