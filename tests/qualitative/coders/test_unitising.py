"""Unitising alphas, coders' errors and plans of double coding against published and other figures."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.qualitative import DawidSkene, UnitisingAgreement, agreement, double_coding

REFERENCE = Path(__file__).parents[2] / "reference/qualitative"
UNITISING = json.loads((REFERENCE / "unitising.json").read_text())
SKENE = json.loads((REFERENCE / "dawid_skene.json").read_text())


def table(rows):
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    return frame.assign(**{name: frame[name].astype(int) for name in ("start", "end") if name in frame})


THREE = table(UNITISING["unitising_three_coders"]["rows"])
ARTICLE = table(UNITISING["unitising_krippendorff1995"]["rows"])


def test_alphas_of_2016_equal_two_programs():
    wanted = UNITISING["unitising_three_coders"]["results"]["python_unitized_alpha"]
    found = UnitisingAgreement(code="category", length=20).fit(THREE)
    assert found.estimates["estimate"].tolist() == pytest.approx(
        [wanted["u_alpha"], wanted["bar_u_alpha"], wanted["cu_alpha"]], abs=1e-9
    )
    assert found.by_code["k_alpha"].tolist() == pytest.approx(
        [v["alpha"] for v in wanted["k_u_alpha"].values()], abs=1e-9
    )
    assert 100 * found.covered == pytest.approx(wanted["cu_coverage_percent"], abs=1e-9)


@pytest.mark.parametrize("stretch", UNITISING["unitising_krippendorff1995"]["stretch"])
def test_alpha_of_1995_equals_dkpro_at_every_grain(stretch):
    wanted = UNITISING["unitising_krippendorff1995"]["stretch"][stretch]["per_category"]
    k = int(stretch)
    found = UnitisingAgreement(code="category", length=24 * k).fit(
        ARTICLE.assign(start=ARTICLE["start"] * k, end=ARTICLE["end"] * k)
    )
    assert found.by_code["squared_ends"].tolist() == pytest.approx([v["alpha"] for v in wanted.values()], abs=1e-9)


def test_alpha_of_1995_is_near_the_published_figures():
    printed = UNITISING["unitising_krippendorff1995"]["published"]["large continuum (24 x 50,000)"]
    k = 50_000
    big = ARTICLE.assign(start=ARTICLE["start"] * k, end=ARTICLE["end"] * k)
    found = UnitisingAgreement(code="category", length=24 * k).fit(big).by_code.set_index("code")["squared_ends"]
    # the article's expected disagreement has a small slip, so C is off by .014
    assert {name: round(found[name], 3) for name in printed} == pytest.approx(printed, abs=0.02)


def documents(many, noise, seed=1):
    rng, rows = np.random.default_rng(seed), []
    for d in range(many):
        for start in range(10, 400, 40):
            code = ["debt", "threat"][int(rng.integers(2))]
            for coder in "ab":
                moved = start + int(rng.integers(0, noise + 1))
                rows.append((f"d{d}", coder, code, moved, moved + 20))
    return pd.DataFrame(rows, columns=["document", "coder", "code", "start", "end"]).assign(length=500)


def test_documents_give_limits_and_noise_lowers_agreement():
    asked = UnitisingAgreement(document="document", length="length", bootstrap=200)
    calm, noisy = asked.fit(documents(12, 2)), asked.fit(documents(12, 15))
    row = calm.estimates.loc["u_alpha"]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert noisy.estimates.loc["u_alpha", "ci_high"] < row["ci_low"]
    assert [c.status for c in calm.checks] == ["pass", "pass", "pass"]
    assert np.isnan(asked.fit(documents(12, 0)).estimates.loc["u_alpha", "ci_low"])  # all alike: no limits


def test_each_check_of_unitising_fails_on_what_breaks_it():
    overlapping = UnitisingAgreement(code="category", length=24).fit(ARTICLE)
    assert {c.name: c.status for c in overlapping.checks} == {
        "overlap": "fail",
        "documents": "review",
        "length": "pass",
    }
    assert overlapping.estimates["estimate"].isna().all()
    assert overlapping.by_code["squared_ends"].notna().all()
    few = UnitisingAgreement(document="document").fit(documents(4, 2))
    assert {c.name: c.status for c in few.checks} == {"overlap": "pass", "documents": "review", "length": "review"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coder": "a"}, "at least two"),
        ({"end": 0}, "must lie behind"),
        ({"start": -1}, "whole numbers from 0"),
        ({"end": 9000}, "inside the document"),
        ({"start": 5, "end": 9}, "overlap in one coder"),
    ],
)
def test_bad_segments_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        UnitisingAgreement(document="document", length="length").fit(documents(3, 2).assign(**change))


def test_dawid_and_skene_1979():
    frame, wanted = table(SKENE["rows"]), SKENE["written_out"]
    asked = DawidSkene(unit="item", coder="rater", code="rating", bootstrap=100)
    found = asked.fit(frame)
    # both stop where nothing moves by more than 1e-10
    assert found.log_likelihood == pytest.approx(wanted["log_likelihood"], abs=1e-8)
    assert found.estimates["estimate"].tolist() == pytest.approx(wanted["prior"], abs=1e-8)
    errors = found.errors["chance"].to_numpy().reshape(5, 4, 4)
    assert np.abs(errors - np.array(wanted["error_rates_rater_true_observed"])).max() < 1e-8
    assert asked.right_codes(frame).sum(axis=1).tolist() == pytest.approx([1] * 45)
    assert found.estimates["ci_low"].notna().all()


def coded(coders="abc", accuracy=0.9, units=200, seed=1):
    rng = np.random.default_rng(seed)
    right = rng.random(units) < 0.3
    rows = [
        (u, c, bool(right[u] if rng.random() < accuracy else rng.random() < 0.3)) for u in range(units) for c in coders
    ]
    return pd.DataFrame(rows, columns=["unit", "coder", "code"])


def test_coders_errors_are_recovered_and_its_checks_fail_on_what_breaks_them():
    asked = DawidSkene(unit="unit", coder="coder", code="code", bootstrap=100)
    good = asked.fit(coded("abcd"))
    row = good.estimates.set_index("code").loc["True"]
    assert row["ci_low"] < 0.3 < row["ci_high"]
    assert {c.name: c.status for c in good.checks} == {"identified": "pass", "convergence": "pass", "coders": "pass"}
    two = asked.fit(coded("ab"))
    assert not two.stands
    assert {c.name: c.status for c in asked.fit(coded("abc", units=6, accuracy=1.0)).checks}["identified"] == "review"
    guessing = pd.concat([coded("abc"), coded("z", accuracy=0.0, seed=5)])
    assert {c.name: c.status for c in asked.fit(guessing).checks}["coders"] == "fail"
    with pytest.raises(DataError):
        asked.fit(coded().assign(code="one"))


@pytest.mark.slow
@pytest.mark.parametrize("coders", [2, 3])
@pytest.mark.parametrize("wanted", [0.6, 0.85])
def test_a_plan_gives_the_width_that_it_promises(coders, wanted):
    plan = double_coding(agreement=wanted, shares=[0.7, 0.3], half_width=0.1, coders=coders)
    rng, widths = np.random.default_rng(2), []
    for _ in range(20):
        right = rng.random(plan.units) < 0.3
        guess = rng.random((plan.units, coders)) < 0.3
        given = np.where(rng.random((plan.units, coders)) < np.sqrt(wanted), right[:, None], guess)
        row = agreement(pd.DataFrame(given.astype(int))).estimates.iloc[0]
        widths.append(row["std_error"] * 1.97)
    assert np.mean(widths) == pytest.approx(0.1, rel=0.08)


def test_plans_refuse_what_cannot_be():
    for options in ({"agreement": 1.0}, {"shares": [0.5, 0.6]}, {"shares": [0.1] * 10, "coders": 6}, {"half_width": 0}):
        with pytest.raises(SpecificationError):
            double_coding(**{"agreement": 0.8, "shares": [0.5, 0.5], "half_width": 0.1} | options)
