"""Agreement against published figures and other software, its limits, its checks, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CtResearchError, DataError, SpecificationError
from ctresearch.qualitative import Agreement, agreement

REFERENCE = json.loads((Path(__file__).parents[2] / "reference/qualitative/agreement.json").read_text())
MASI = json.loads((Path(__file__).parents[2] / "reference/qualitative/masi.json").read_text())
K2011 = pd.DataFrame(REFERENCE["krippendorff2011"]["data"], dtype=float)
STATISTIC = {"bp": "brennan-prediger"}


def value(ratings, statistic="krippendorff", **options):
    return agreement(ratings, statistic, **options).estimates["estimate"].iloc[0]


def expand(table):
    rows = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return pd.DataFrame(rows, columns=["a", "b"])


@pytest.mark.parametrize("case", ["krippendorff2011", "wikipedia"])
@pytest.mark.parametrize("weights", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_equals_the_published_and_the_packages_figures(case, weights):
    data = pd.DataFrame(REFERENCE[case]["data"], dtype=float)
    # the package writes six digits
    assert value(data, weights=weights) == pytest.approx(REFERENCE[case]["krippendorff 0.9.0"][weights], abs=5e-7)


@pytest.mark.parametrize("call", REFERENCE["krippendorff2011"]["irrCAC 0.4.4"]["values"])
def test_five_coefficients_under_eight_weights_equal_irrcac_with_their_errors(call):
    weights, method = call.split("|")
    weights = "ordinal-gwet" if weights == "ordinal" else weights
    found = agreement(K2011, STATISTIC.get(method, method), weights=weights).estimates.iloc[0]
    wanted = REFERENCE["krippendorff2011"]["irrCAC 0.4.4"]["values"][call]
    # twelve digits were asked of the package
    assert [found["estimate"], found["std_error"]] == pytest.approx(wanted, abs=1e-11)


def test_ordinal_is_named():
    ranks, places = agreement(K2011, weights="ordinal"), agreement(K2011, weights="ordinal-gwet")
    assert round(ranks.estimates["estimate"].iloc[0], 3) == 0.815
    assert round(places.estimates["estimate"].iloc[0], 3) == 0.834
    assert "Krippendorff" in ranks.weights
    assert "Gwet" in places.weights


def test_fleiss_1971():
    data, wanted = pd.DataFrame(REFERENCE["fleiss1971"]["data"]), REFERENCE["fleiss1971"]
    assert value(data, "fleiss") == pytest.approx(wanted["kappa"], abs=1e-12)
    assert value(data, "brennan-prediger") == pytest.approx(wanted["randolph"], abs=1e-12)
    assert value(data) == pytest.approx(wanted["alpha"], abs=1e-12)
    assert value(data, "gwet") == pytest.approx(wanted["ac1"], abs=5e-7)


@pytest.mark.parametrize(("weights", "name"), [("nominal", "unweighted_SAS"), ("linear", "weighted_linear_SAS")])
def test_cohen_equals_sas(weights, name):
    wanted = REFERENCE["sas_3x3"][name]
    row = agreement(expand(REFERENCE["sas_3x3"]["table"]), "cohen", weights=weights).estimates.iloc[0]
    found = [row["estimate"], row["std_error"], row["ci_low"], row["ci_high"]]
    assert found == pytest.approx([wanted["kappa"], wanted["ase"], *wanted["ci"]], abs=1e-4)  # SAS prints four digits


@pytest.mark.parametrize("case", REFERENCE["cohen"])
def test_cohen_equals_statsmodels(case):
    wanted = REFERENCE["cohen"][case]
    row = agreement(expand(wanted["table"]), "cohen").estimates.iloc[0]
    found = [row["estimate"], row["std_error"], row["ci_low"], row["ci_high"]]
    assert found == pytest.approx([wanted["kappa"], wanted["se"], *wanted["ci"]], abs=1e-12)


@pytest.mark.parametrize("weights", ["None", "linear", "quadratic"])
def test_weighted_cohen(weights):
    wanted = REFERENCE["abstractors"]["statsmodels"][weights]
    name = "nominal" if weights == "None" else weights
    row = agreement(expand(REFERENCE["abstractors"]["table"]), "cohen", weights=name).estimates.iloc[0]
    assert [row["estimate"], row["std_error"]] == pytest.approx([wanted["kappa"], wanted["se"]], abs=1e-12)


@pytest.mark.parametrize("weights", ["masi", "jaccard"])
def test_sets_of_codes_equal_nltk(weights):
    long = pd.DataFrame(MASI["rows"][1:], columns=MASI["rows"][0])
    wide = long.set_index(["unit", "coder"])["codes"].unstack()  # noqa: PD010
    wanted = MASI["result"][weights]
    found = agreement(wide, weights=weights, separator="|", per_code=True)
    assert found.estimates["estimate"].iloc[0] == pytest.approx(wanted["alpha"], abs=1e-9)
    assert value(wide, "percent", weights=weights, separator="|") == pytest.approx(wanted["avg_Ao"], abs=1e-9)
    sets = wide.map(lambda cell: set(cell.split("|")))
    assert value(sets, weights=weights) == pytest.approx(wanted["alpha"], abs=1e-9)
    assert {"act", "means", "purpose"} <= set(found.estimates["code"])


def test_two_coders_give_one_kappa_under_three_names():
    table = expand([[20, 5], [10, 15]])
    assert value(table, "cohen") == pytest.approx(value(table, "conger"), abs=1e-12)
    assert value(table, "scott") == pytest.approx(value(table, "fleiss"), abs=1e-12)


def drawn(units, coders=3, accuracy=0.8, codes=4, missing=0.1, seed=1):
    rng = np.random.default_rng(seed)
    right = rng.integers(0, codes, units)
    given = np.where(rng.random((units, coders)) < accuracy, right[:, None], rng.integers(0, codes, (units, coders)))
    return pd.DataFrame(
        np.where(rng.random((units, coders)) < missing, np.nan, given), columns=list("abcdefgh")[:coders]
    )


@pytest.mark.parametrize("statistic", ["percent", "fleiss", "conger", "krippendorff", "gwet", "brennan-prediger"])
@pytest.mark.parametrize("weights", ["nominal", "ordinal"])
def test_three_kinds_of_limits_agree_on_many_units(statistic, weights):
    table = drawn(400, missing=0)  # Gwet weighs units that one coder rated in a way of his own
    errors = [
        agreement(table, statistic, weights=weights, interval=kind, seed=1).estimates["std_error"].iloc[0]
        for kind in ("analytic", "jackknife", "bootstrap")
    ]
    # the jackknife is nearly exact; 1,000 draws leave an error of 2 %, and 8 % is four of these
    assert errors[1] == pytest.approx(errors[0], rel=0.03)
    assert errors[2] == pytest.approx(errors[0], rel=0.08)


def test_limits_at_another_level():
    found = agreement(K2011)
    again = agreement(K2011, level=0.8)
    interval = found.confidence_interval(0.8)
    assert interval.low.iloc[0] == pytest.approx(again.estimates["ci_low"].iloc[0], abs=1e-12)
    assert interval.high.iloc[0] == pytest.approx(again.estimates["ci_high"].iloc[0], abs=1e-12)


def test_many_values_need_no_matrix():
    rng = np.random.default_rng(3)
    right = rng.normal(size=4000)
    table = pd.DataFrame({name: right + rng.normal(scale=0.5, size=4000) for name in "abc"})
    assert value(table, weights="interval") == pytest.approx(0.8, abs=0.02)  # a share of the variance, 1 / (1 + .25)
    few = table.head(300).round(1)
    assert value(few, weights="interval") == pytest.approx(
        value(few, weights=lambda one, other: (one - other) ** 2), abs=1e-9
    )
    with pytest.raises(SpecificationError, match="round them"):
        agreement(table, weights="linear")


def test_categories_and_tables_of_ones_own():
    words = pd.DataFrame({"a": ["low", "mid", "high", "low"] * 8, "b": ["low", "mid", "mid", "mid"] * 8})
    order = ["low", "mid", "high"]
    numbers = words.replace({"low": 1, "mid": 2, "high": 3}).astype(int)
    assert value(words, weights="linear", categories=order) == pytest.approx(value(numbers, weights="linear"))
    ordered = words.astype(pd.CategoricalDtype(order, ordered=True))
    assert value(ordered, weights="linear") == pytest.approx(value(numbers, weights="linear"))
    table = pd.DataFrame([[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]], index=order, columns=order)
    assert value(words, weights=table) == pytest.approx(value(numbers, weights="linear"))
    with pytest.raises(SpecificationError, match="have no order"):
        agreement(words, weights="linear")
    with pytest.raises(SpecificationError, match="not symmetric"):
        agreement(words, weights=table.assign(low=0.1))
    with pytest.raises(DataError, match="none of the categories"):
        agreement(words, categories=["low", "mid"])


def test_per_code_is_one_against_all_others():
    table = drawn(200, missing=0)
    found = agreement(table, per_code=True).estimates
    assert found["code"].tolist() == ["all", "0", "1", "2", "3"]
    assert found["estimate"].iloc[2] == pytest.approx(value((table == 1).astype(int)), abs=1e-12)


def test_disagreements_and_pairs():
    found = agreement(expand([[20, 5], [10, 15]]))
    table = found.disagreements.set_index(["code", "other"])["pairs"]
    assert table.to_dict() == {("0", "0"): 40, ("0", "1"): 15, ("1", "0"): 15, ("1", "1"): 30}
    assert found.pairs[["coder", "other", "units"]].to_numpy().tolist() == [["a", "b", 50]]
    assert found.plot_disagreements().get_ylabel() == "code of the other"


STATUS = {
    "variation": [
        (drawn(60), "pass"),
        (pd.DataFrame({"a": [1] * 95 + [2] * 5, "b": [1] * 94 + [2] * 6}), "review"),
        (pd.DataFrame({"a": [1] * 40, "b": [1] * 40}), "fail"),
    ],
    "units": [
        (drawn(60, missing=0), "pass"),
        (drawn(20, missing=0), "review"),
        (pd.DataFrame({"a": [1, 2] * 60, "b": [1, 1] * 20 + [None] * 80}), "review"),
    ],
    "independence": [(drawn(60), "pass"), (drawn(60).assign(copy=lambda d: d["a"]), "review")],
    "scheme": [(drawn(60), "pass"), (drawn(60).assign(other=lambda d: d["a"] + 90), "fail")],
    "no spread": [(pd.DataFrame({"a": [1, 2] * 20, "b": [1, 2] * 20}), "review")],
}


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in STATUS.items() for case in cases])
def test_each_check_fails_on_what_breaks_it(name, case):
    table, status = case
    assert {check.name: check.status for check in agreement(table).checks}[name] == status


def test_no_coefficient_and_no_spread_have_no_limits():
    nothing = agreement(pd.DataFrame({"a": [1] * 40, "b": [1] * 40}))
    assert not nothing.stands
    assert nothing.estimates[["estimate", "ci_low", "ci_high"]].isna().all(axis=None)
    for kind in ("analytic", "jackknife", "bootstrap"):
        perfect = agreement(pd.DataFrame({"a": [1, 2] * 20, "b": [1, 2] * 20}), interval=kind).estimates.iloc[0]
        assert perfect["estimate"] == 1
        assert np.isnan(perfect["ci_low"])


def test_a_rare_code_leaves_samples_without_an_estimate():
    table = pd.DataFrame({"a": [1] * 39 + [2], "b": [1] * 39 + [1]})
    check = {c.name: c for c in agreement(table, interval="bootstrap").checks}["bootstrap"]
    assert check.status == "fail"
    assert {c.name: c.status for c in agreement(drawn(60), interval="bootstrap").checks}["bootstrap"] == "pass"


BAD = {
    "one coder": pd.DataFrame({"a": [1, 2, 1]}),
    "never two": pd.DataFrame({"a": [1, None, 1], "b": [None, 2, None]}),
    "spellings": pd.DataFrame({"a": ["Debt", "debt "], "b": ["Debt", "Debt"]}),
    "identifiers": drawn(30).assign(unit=[f"u{i}" for i in range(30)]).astype(str),
    "infinite": pd.DataFrame({"a": [1.0, np.inf], "b": [1.0, 2.0]}),
    "mixed": pd.DataFrame({"a": [{"x"}, "x"], "b": [{"x"}, {"x"}]}),
    "nothing": pd.DataFrame(),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables_give_one_sentence(name):
    with pytest.raises(CtResearchError) as caught:
        agreement(BAD[name])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"statistic": "kappa"},
        {"weights": "square"},
        {"statistic": "gwet", "weights": "ordinal-ranks"},
        {"interval": "normal"},
        {"draws": 5},
        {"categories": [3, 1]},
        {"categories": "ab"},
        {"separator": ""},
        {"circle": 0},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(SpecificationError):
        Agreement(**options).fit(drawn(20))


def test_two_coder_statistics_take_two():
    with pytest.raises(SpecificationError, match="must be two"):
        agreement(drawn(20), "cohen")
    assert agreement(drawn(20), "cohen", coders=["a", "b"]).coders == 2


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(SpecificationError, match="single codes"):
        agreement(drawn(20), weights="masi")
    with pytest.raises(SpecificationError, match="below 0"):
        agreement(drawn(20) - 1, weights="ratio")
    with pytest.raises(SpecificationError, match="no distance"):
        agreement(drawn(20), weights=lambda one, other: one - other)


def test_order_of_rows_and_columns_does_not_matter():
    table = drawn(100)
    turned = table.sample(frac=1, random_state=1)[["c", "a", "b"]]
    for statistic in ("krippendorff", "conger", "gwet"):
        first, second = (agreement(one, statistic).estimates.iloc[0] for one in (table, turned))
        assert first["estimate"] == pytest.approx(second["estimate"], abs=1e-12)
        assert first["std_error"] == pytest.approx(second["std_error"], abs=1e-12)


def test_what_rests_on_few_units_is_left_out_for_a_release():
    coded = pd.DataFrame({"anna": ["debt", "none"] * 9 + ["threat"], "ben": ["debt", "none"] * 9 + ["debt"]})
    whole = agreement(coded)
    assert whole.smallest_group == 1
    left = whole.at_least(5)
    assert left.smallest_group == 19
    assert left.disagreements.empty
    assert left.estimates.equals(whole.estimates)
    assert "threat" not in set(agreement(coded, per_code=True).at_least(5).estimates["code"])
    with pytest.raises(DataError, match="0 of 1 coefficients rest on 20 units"):
        whole.at_least(20)


def test_two_coders_who_share_few_units_are_left_out():
    coded = pd.DataFrame({"a": ["x", "y"] * 10, "b": ["x", "y"] * 10, "c": ["x", "y", "x"] + [None] * 17})
    left = agreement(coded).at_least(5)
    assert left.pairs[["coder", "other"]].to_numpy().tolist() == [["a", "b"]]
    assert left.smallest_group == 20
