"""What a result of this room carries beside its digits: words, groups, checks, tables and what it was made from."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from ctresearch.core import Scope, SpecificationError
from ctresearch.programmes import (
    ClusterTrial,
    ComplierEffect,
    DifferenceInDifferences,
    FollowUp,
    ItemResponse,
    ReferralCascade,
    ScaleReliability,
    SpillOver,
    SteppedWedge,
)
from estimators import ANSWERS, LOST, PATHS, STEPS, VILLAGES

ROLES = {"outcome": "y", "treatment": "a", "cluster": "v"}
AGED = VILLAGES.assign(age=[10, 10, 30, 30] * 30, x=range(120), s=lambda d: d["v"].str[1:].astype(int) % 2)
CROSSING = STEPS.assign(age=[10, 10, 30, 30, 30] * 24, y=lambda d: d["y"] + (d.index * 7 % 11) / 5)
KNOWN = np.random.default_rng(6).normal(size=(200, 4))
TOLD = pd.DataFrame({f"q{i}": KNOWN[:, 0] + 0.7 * KNOWN[:, i] for i in (1, 2, 3)}).round(1)
LIMITS = ["ci_low", "ci_high"]
SEEDED = {"draws": 99, "seed": 4}
# estimator, options, table; then method, interval, assumptions, a DOI and units
CASES = {
    "trial": (ClusterTrial, {**ROLES, **SEEDED, "covariates": ["x"], "strata": "s"}, AGED),
    "mixed": (ClusterTrial, {**ROLES, **SEEDED, "method": "mixed", "df": "kenward-roger"}, AGED),
    "wild": (ClusterTrial, {**ROLES, **SEEDED, "interval": "wild bootstrap", "family": "poisson"}, AGED),
    "odds": (ClusterTrial, {**ROLES, **SEEDED, "family": "logistic"}, AGED.assign(y=(AGED["y"] > 2) * 1)),
    "wedge": (SteppedWedge, {**ROLES, **SEEDED, "period": "t"}, CROSSING),
    "complier": (ComplierEffect, {**ROLES, "received": "went", "covariates": ["x"], "strata": "s"}, AGED),
    "differences": (DifferenceInDifferences, {**ROLES, **SEEDED, "wave": "t", "covariates": ["x"]}, AGED),
    "spill-over": (
        SpillOver,
        {**ROLES, "neighbours": [("v0", "v1"), ("v2", "v6"), ("v3", "far")], "strata": "s", "draws": 200, "seed": 4},
        AGED,
    ),
    "follow-up": (
        FollowUp,
        {"outcome": "y", "treatment": "a", "covariates": ["x"], "cluster": "v", "bootstrap": 50, "seed": 4},
        LOST.assign(age=[10, 30, 30] * 40),
    ),
    "scale": (
        ScaleReliability,
        {"items": ["q1", "q2", "q3"], "bootstrap": 50, "seed": 4},
        TOLD.assign(age=[10, 30] * 100),
    ),
    "items": (ItemResponse, {"items": ["q1", "q2", "q3"], "model": "rasch"}, ANSWERS.assign(age=[10, 30] * 100)),
    "cascade": (ReferralCascade, {"stages": ["seen", "helped"], "horizon": 5}, PATHS.assign(age=[10, 30, 10] * 12)),
}
GEE = "Cluster-randomised trial, intention to treat, generalised estimating equations, limits by"
SAID = {
    "trial": (f"{GEE} t (Satterthwaite)", "t", "identity", 3, {"difference in mean y"}),
    "mixed": (
        "Cluster-randomised trial, intention to treat, mixed model, limits by t (Kenward and Roger)",
        "t",
        "identity",
        3,
        {"difference in mean y"},
    ),
    "wild": (f"{GEE} wild bootstrap", "wild bootstrap", "log", 3, {"log ratio of y"}),
    "odds": (f"{GEE} t (Satterthwaite)", "t", "logit", 3, {"log odds ratio of y"}),
    "wedge": (
        "Stepped-wedge trial, intention to treat, mixed model, limits by t (Satterthwaite)",
        "t",
        "identity",
        4,
        {"difference in mean y"},
    ),
    "complier": (
        "Complier average causal effect by assignment as an instrument",
        "anderson-rubin",
        "identity",
        4,
        {""},
    ),
    "differences": ("Difference in differences, two waves", "t", "identity", 2, {"difference in mean y"}),
    "spill-over": ("Spill-over by exposure mapping", "t", "identity", 2, {"difference in mean y"}),
    "follow-up": (
        "Effect with people lost to follow-up: observed, weighted and bounded",
        "normal, and of bounded effects",
        "identity",
        3,
        {"difference in mean y"},
    ),
    "scale": ("Reliability of a scale", "feldt; percentile", "identity", 2, {"share of the score's variance"}),
    "items": (
        "Rasch model, marginal likelihood",
        "normal",
        "identity",
        1,
        {"standard deviations of knowledge", "log odds a standard deviation"},
    ),
    "cascade": (
        "Referral cascade: cumulative incidence of each stage against other ends (Aalen-Johansen)",
        "log-log",
        "identity",
        3,
        {"share of those at the stage before"},
    ),
}
SCOPE = Scope(population="people of the villages")


@pytest.fixture(scope="module")
def fitted():
    """Fit every case once, children apart."""
    return {name: kind(**options, level=0.9, scope=SCOPE).fit(frame) for name, (kind, options, frame) in CASES.items()}


def checks(result):
    return {check.name: (check.status, dict(check.numbers)) for check in result.checks}


@pytest.mark.parametrize("name", CASES)
def test_a_result_says_how_it_came_about(fitted, name):
    found, (_, options, frame) = fitted[name], CASES[name]
    method, interval, scale, assumed, units = SAID[name]
    assert (found.method, found.interval, found.scale, len(found.assumptions)) == (method, interval, scale, assumed)
    assert (found.n, found.level, found.scope) == (len(frame), 0.9, SCOPE)
    assert set(found.estimates["unit"]) == units
    assert found.inputs.seed == options.get("seed")
    assert found.references
    assert all(re.search(r"\((19|20)\d\d\)", reference) for reference in found.references)


@pytest.mark.parametrize("name", CASES)
def test_children_apart_are_the_same_people_alone(fitted, name):
    kind, options, frame = CASES[name]
    found = fitted[name]
    assert list(dict.fromkeys(found.estimates["group"])) == ["adults", "children"]
    children = frame["age"] < 18
    assert checks(found)["children"] == (
        "pass",
        {"adults": float((~children).sum()), "children": float(children.sum())},
    )
    alone = kind(**options, age=None, level=0.9).fit(frame[children])
    assert checks(alone)["children"] == ("pass", {})
    assert set(alone.estimates["group"]) == {"all"}
    numbers = alone.estimates.select_dtypes("number").columns
    part = found.estimates[found.estimates["group"] == "children"]
    pd.testing.assert_frame_equal(part[numbers], alone.estimates[numbers])
    apart = {
        check.name.removesuffix(", children"): check.numbers
        for check in found.checks
        if check.name.endswith(", children") and not check.name.startswith("consent")
    }
    assert apart == {check.name: check.numbers for check in alone.checks if check.name in apart}
    assert apart or name in {"items", "scale", "cascade"}


@pytest.mark.parametrize("name", CASES)
def test_the_digest_is_of_the_columns_that_were_used(fitted, name):
    kind, options, frame = CASES[name]
    noted = frame.assign(note=[i * 7 % 5 for i in range(len(frame))])
    model = kind(**options, level=0.9)
    assert model.fit(noted).inputs.digest == fitted[name].inputs.digest
    if name == "scale":
        return  # the bootstrap of omega takes long, and the column of ages is recorded as it is for the other scale
    moved = frame.assign(age=frame["age"].replace(30, 31))
    assert model.fit(moved).inputs.digest != fitted[name].inputs.digest


@pytest.mark.parametrize("name", CASES)
def test_without_ages_nobody_is_apart_and_that_is_said(name):
    kind, options, frame = CASES[name]
    found = kind(**options).fit(frame.drop(columns="age"))
    assert set(found.estimates["group"]) == {"all"}
    assert checks(found)["children"] == ("review", {})
    assert (found.level, found.n) == (0.95, len(frame))


@pytest.mark.parametrize("name", ["trial", "mixed", "wedge", "differences"])
def test_limits_by_t_are_those_of_the_degrees_of_freedom(fitted, name):
    found = fitted[name]
    rows = found.estimates
    if name == "differences":
        half = (rows["ci_high"] - rows["ci_low"]) / 2 / rows["std_error"]
        assert half.between(t.ppf(0.95, 10), t.ppf(0.95, 1)).all()
        assert rows["estimate"].to_numpy() == pytest.approx((rows["ci_high"] + rows["ci_low"]).to_numpy() / 2)
        return
    tests = found.tests[found.tests["test"] == "t"].set_index("group")
    rows = rows.set_index("group")
    reach = t.ppf(0.95, tests["df"]) * rows["std_error"]
    assert (rows["estimate"] - reach).to_list() == pytest.approx(rows["ci_low"].to_list())
    assert (rows["estimate"] + reach).to_list() == pytest.approx(rows["ci_high"].to_list())
    two_sided = 2 * t.sf(abs(rows["estimate"]) / rows["std_error"], tests["df"])
    assert tests["p_value"].to_list() == pytest.approx(two_sided.tolist())


def test_tables_of_a_trial_count_its_people(fitted):
    found = fitted["trial"]
    assert list(found.tests["test"]) == ["t", "wild bootstrap", "randomisation"] * 2
    assert list(found.tests.columns) == ["group", "test", "estimate", "ci_low", "ci_high", "p_value", "df"]
    arms = found.arms.set_index(["group", "arm"])
    for (group, arm), row in arms.iterrows():
        people = AGED[(AGED["a"] == arm) & ((AGED["age"] < 18) == (group == "children"))]
        sizes = people.groupby("v").size()
        assert row.tolist() == [len(sizes), len(people), sizes.min(), sizes.max(), people["y"].mean()]
    clustering = found.clustering.set_index("group")
    sizes = AGED[AGED["age"] < 18].groupby("v").size()
    expected = 1 + ((sizes**2).sum() / sizes.sum() - 1) * clustering.loc["children", "icc"]
    assert clustering.loc["children", "design_effect"] == pytest.approx(expected)
    assert list(found.clustering.columns) == ["group", "icc", "design_effect"]


def test_limits_shown_are_those_of_the_test_asked_for(fitted):
    found = fitted["wild"]
    tests = found.tests[found.tests["test"] == "wild bootstrap"]
    assert found.estimates[LIMITS].to_numpy().tolist() == tests[LIMITS].to_numpy().tolist()
    assert found.estimates["std_error"].isna().all()
    randomised = found.tests[found.tests["test"] == "randomisation"]
    assert randomised[["estimate", *LIMITS, "df"]].isna().all(axis=None)
    assert randomised["p_value"].between(0, 1).all()


def test_checks_of_clusters_count_them(fitted):
    held = checks(fitted["trial"])["clusters, adults"]
    sizes = AGED[AGED["age"] >= 18].groupby("v").size()
    numbers = {"clusters": 12.0, "smallest": sizes.min(), "largest": sizes.max(), "single": 0.0}
    assert held == ("pass", {**numbers, "cv": pytest.approx(sizes.std() / sizes.mean())})
    one = AGED[(AGED["v"] != "v3") | (AGED.index % 10 == 2)]
    few = ClusterTrial(**ROLES, draws=99, age=None).fit(one[one["v"].isin(["v0", "v3", "v4", "v6", "v7", "v9"])])
    assert checks(few)["clusters"][0] == "review"
    assert checks(few)["clusters"][1]["clusters"] == 6
    assert checks(few)["clusters of one"] == ("review", checks(few)["clusters"][1])
    assert checks(few)["clusters"][1]["single"] == 1
    said = {check.name: check.message for check in few.checks}
    assert said["clusters of one"].startswith("1 of 6 clusters")
    many = pd.concat([AGED, AGED.assign(v=AGED["v"] + "b"), AGED.assign(v=AGED["v"] + "c")]).reset_index(drop=True)
    enough = {check.name: check for check in ClusterTrial(**ROLES, draws=99, age=None).fit(many).checks}["clusters"]
    assert (enough.status, enough.numbers["clusters"]) == ("pass", 36)
    assert enough.message == "36 clusters are enough."


def test_checks_of_a_wedge_count_its_periods(fitted):
    assert checks(fitted["wedge"])["wedge, adults"] == ("pass", {"periods": 4, "with_both": 2, "gaps": 0})
    assert checks(fitted["wedge"])["wedge, children"] == ("review", {"periods": 4, "with_both": 2, "gaps": 12})


def test_an_arm_of_one_outcome_is_said():
    frame = AGED.assign(y=np.where(AGED["a"] == 1, AGED["y"], 2))
    said = checks(ClusterTrial(**ROLES, draws=99, age=None).fit(frame))
    assert said["spread"] == ("review", {"arm": 0, "persons": 60})


def test_the_complier_effect_is_the_ratio_of_its_parts(fitted):
    found = fitted["complier"]
    for _, rows in found.estimates.groupby("group"):
        assert list(rows.index) == ["complier_effect", "intention_to_treat", "uptake"]
        ratio = rows.loc["intention_to_treat", "estimate"] / rows.loc["uptake", "estimate"]
        assert rows.loc["complier_effect", "estimate"] == pytest.approx(ratio)
        strength = (rows.loc["uptake", "estimate"] / rows.loc["uptake", "std_error"]) ** 2
        status, numbers = checks(found)[f"strength of assignment, {rows['group'].iloc[0]}"]
        assert (status, numbers) == ("pass", {"f": pytest.approx(strength)})
    assert checks(found)["took part unasked, adults"] == ("pass", {"share": 0.0})
    asked = AGED.assign(went=np.where(AGED.index % 12 == 0, 1, AGED["went"]))
    unasked = ComplierEffect(**ROLES, received="went", age=None).fit(asked)
    assert checks(unasked)["took part unasked"] == ("pass", {"share": pytest.approx(5 / 60)})
    assert "8.3%" in {check.name: check.message for check in unasked.checks}["took part unasked"]


def test_weak_assignment_is_said_below_an_f_of_ten():
    went = (AGED["a"] == 1) & (AGED["v"].isin(["v6", "v7", "v8"]))
    found = ComplierEffect(**ROLES, received="went", age=None).fit(AGED.assign(went=went * 1))
    status, numbers = checks(found)["strength of assignment"]
    assert status in {"review", "fail"}
    assert 0 < numbers["f"] < 10


def test_everybody_in_the_programme_who_was_asked_is_a_perfect_instrument():
    found = ComplierEffect(**ROLES, received="a", age=None).fit(AGED)
    rows = found.estimates
    assert rows.loc["complier_effect", "estimate"] == pytest.approx(rows.loc["intention_to_treat", "estimate"])
    assert rows.loc["uptake", ["estimate", "std_error"]].to_list() == pytest.approx([1.0, 0.0], abs=1e-12)
    assert checks(found)["strength of assignment"][1]["f"] >= 1e6


def test_difference_in_differences_is_that_of_four_means(fitted):
    found = DifferenceInDifferences(**ROLES, wave="t", age=None, **SEEDED).fit(AGED).estimates["estimate"]
    mean = AGED.groupby(["a", "t"])["y"].mean()
    before, after = mean[1, 0] - mean[0, 0], mean[1, 1] - mean[0, 1]
    expected = {"effect": after - before, "baseline_difference": before, "change_without": mean[0, 1] - mean[0, 0]}
    assert found.to_dict() == pytest.approx(expected)
    assert checks(fitted["differences"])["waves, adults"] == ("pass", {"seen_once": 0, "clusters": 12})
    assert checks(fitted["differences"])["parallel trends, adults"][0] == "review"
    late = AGED[(AGED["v"] != "v2") | (AGED["t"] == 1)]
    once = DifferenceInDifferences(**ROLES, wave="t", age=None, **SEEDED).fit(late)
    assert checks(once)["waves"] == ("review", {"seen_once": 1, "clusters": 12})


def test_exposures_are_counted(fitted):
    held = checks(fitted["spill-over"])
    assert held["neighbours"] == ("review", {"unknown": 1, "pairs": 3})
    assert held["exposures, adults"] == ("pass", {"untouched": 5, "spill_over": 1, "programme": 6})
    status, numbers = held["spill over, adults"]
    assert (status, set(numbers)) == ("review", {"exposed", "untouched", "left_out"})
    assert numbers["exposed"] == 1
    assert list(fitted["spill-over"].estimates.index) == ["programme", "spill_over"] * 2


def test_tables_of_a_follow_up_count_its_people(fitted):
    found = fitted["follow-up"]
    assert list(found.bounds.columns) == ["group", "kind", "low", "high"]
    assert found.bounds["kind"].to_list() == ["lee", "worst_case"] * 2
    adults = LOST[[i % 3 > 0 for i in range(120)]]
    held = found.followed.set_index(["group", "arm"]).loc["adults"]
    for arm in (0, 1):
        here = adults[adults["a"] == arm]["y"]
        assert held.loc[arm].to_list() == [len(here), here.notna().sum(), here.notna().mean()]
    observed = adults.groupby("a")["y"].mean()
    row = found.estimates.set_index("group", append=True).loc[("effect_observed", "adults")]
    assert row["estimate"] == pytest.approx(observed[1] - observed[0])
    assert row["ci_high"] - row["estimate"] == pytest.approx(norm.ppf(0.95) * row["std_error"])
    assert checks(found)["attrition, adults"] == ("review", {"lost_without": 0.25, "lost_with": 0.25})
    status, numbers = checks(found)["weights, adults"]
    assert (status, numbers) == ("pass", {"smallest_chance": pytest.approx(0.75, abs=0.01)})


@pytest.mark.parametrize(
    ("lost", "status"), [((10, 10), "pass"), ((10, 16), "review"), ((22, 22), "review"), ((18, 20), "pass")]
)
def test_loss_is_said_where_it_is_large_or_apart(lost, status):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": np.repeat([0, 1], 100), "y": rng.normal(size=200)})
    for arm, count in enumerate(lost):
        frame.loc[100 * arm : 100 * arm + count - 1, "y"] = np.nan
    found = FollowUp(outcome="y", treatment="a", covariates=[], age=None, bootstrap=50).fit(frame)
    numbers = {"lost_without": pytest.approx(lost[0] / 100), "lost_with": pytest.approx(lost[1] / 100)}
    assert checks(found)["attrition"] == (status, numbers)
    assert f"{lost[0] / 100:.1%} without and {lost[1] / 100:.1%} with" in found.checks[1].message


def test_a_scale_is_described_item_by_item(fitted):
    found = fitted["scale"]
    answers = TOLD.iloc[1::2]
    table = found.items[found.items["group"] == "adults"].set_index("item")
    assert list(found.items.columns) == ["item", "mean", "item_rest", "alpha_without", "loading", "group"]
    for item in answers:
        others = answers.drop(columns=item)
        covariance = others.cov().to_numpy()
        assert table.loc[item, "mean"] == pytest.approx(answers[item].mean())
        rest = np.corrcoef(answers[item], others.sum(axis=1))[0, 1]
        assert table.loc[item, "item_rest"] == pytest.approx(rest, abs=1e-12)
        alpha = 2 * (1 - np.trace(covariance) / covariance.sum())
        assert table.loc[item, "alpha_without"] == pytest.approx(alpha, abs=1e-12)
    assert list(found.estimates.index) == ["alpha", "omega"] * 2
    assert found.estimates.loc["alpha", "std_error"].isna().all()
    assert found.estimates.loc["omega", ["std_error", *LIMITS]].notna().all(axis=None)


def test_limits_of_items_are_normal(fitted):
    rows = fitted["items"].estimates
    reach = norm.ppf(0.95) * rows["std_error"]
    assert (rows["estimate"] - reach).to_list() == pytest.approx(rows["ci_low"].to_list())
    assert (rows["estimate"] + reach).to_list() == pytest.approx(rows["ci_high"].to_list())
    assert list(rows.index) == (["difficulty"] * 3 + ["discrimination"] * 3) * 2
    assert rows["item"].to_list() == ["q1", "q2", "q3"] * 4
    assert rows.groupby(level=0)["unit"].first().to_dict() == {
        "difficulty": "standard deviations of knowledge",
        "discrimination": "log odds a standard deviation",
    }
    people = [check for check in fitted["items"].checks if check.name == "people"]
    assert [(one.status, one.numbers["people"]) for one in people] == [("review", 100), ("review", 100)]
    # the information is per person, so ten times the people have errors smaller by the root of ten
    more = ItemResponse(items=["q1", "q2", "q3"], model="rasch", age=None).fit(pd.concat([ANSWERS] * 10))
    once = ItemResponse(items=["q1", "q2", "q3"], model="rasch", age=None).fit(ANSWERS)
    ratio = once.estimates["std_error"] / more.estimates["std_error"]
    assert ratio.to_list() == pytest.approx([np.sqrt(10)] * 6, rel=1e-3)
    assert "people" not in checks(more)


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        (ClusterTrial, {**ROLES, "draws": 98}, "draws"),
        (ClusterTrial, {**ROLES, "interval": "normal"}, "interval"),
        (ClusterTrial, {**ROLES, "correlation": "ar1"}, "correlation"),
        (ClusterTrial, {**ROLES, "family": "probit"}, "family"),
        (ClusterTrial, {**ROLES, "method": "ols"}, "method"),
        (ClusterTrial, {**ROLES, "merge_names": "yes"}, "merge_names"),
        (ClusterTrial, {**ROLES, "strata": 3}, "strata"),
        (ClusterTrial, {**ROLES, "outcome": 3}, "outcome"),
        (ClusterTrial, {**ROLES, "treatment": 3}, "treatment"),
        (ClusterTrial, {**ROLES, "cluster": 3}, "cluster"),
        (ClusterTrial, {**ROLES, "covariates": "x"}, "covariates"),
        (ClusterTrial, {**ROLES, "age": 3}, "age"),
        (SteppedWedge, {**ROLES, "period": 3}, "period"),
        (SteppedWedge, {**ROLES, "period": "t", "draws": 98}, "draws"),
        (SteppedWedge, {**ROLES, "period": "t", "method": "ols"}, "method"),
        (SteppedWedge, {**ROLES, "period": "t", "interval": "z"}, "interval"),
        (SteppedWedge, {**ROLES, "period": "t", "strata": 1}, "strata"),
        (SteppedWedge, {**ROLES, "period": "t", "age": 1}, "age"),
        (ComplierEffect, {**ROLES, "received": 3}, "received"),
        (ComplierEffect, {**ROLES, "received": "went", "correction": "hc3"}, "correction"),
        (ComplierEffect, {**ROLES, "received": "went", "strata": 3}, "strata"),
        (DifferenceInDifferences, {**ROLES, "wave": 3}, "wave"),
        (DifferenceInDifferences, {**ROLES, "wave": "t", "draws": 98}, "draws"),
        (DifferenceInDifferences, {**ROLES, "wave": "t", "correction": "hc3"}, "correction"),
        (FollowUp, {"outcome": "y", "treatment": "a", "covariates": [], "bootstrap": 49}, "bootstrap"),
        (FollowUp, {"outcome": "y", "treatment": "a", "covariates": [], "low": 0.0}, "low"),
        (FollowUp, {"outcome": "y", "treatment": "a", "covariates": [], "cluster": 3}, "cluster"),
        (ScaleReliability, {"items": ["a", "b", "c"], "bootstrap": 49}, "bootstrap"),
        (ScaleReliability, {"items": ["a", "b"]}, "items"),
        (ItemResponse, {"items": ["a", "b", "c"], "model": "3pl"}, "model"),
        (ReferralCascade, {"stages": "seen"}, "stages"),
        (ReferralCascade, {"stages": ["seen"]}, "stages"),
        (ReferralCascade, {"stages": ["seen", "seen"]}, "stages"),
        (ReferralCascade, {"horizon": 0}, "horizon"),
        (ReferralCascade, {"person": 3}, "person"),
        (ReferralCascade, {"censored": 3}, "censored"),
    ],
)
def test_an_option_that_is_not_allowed_is_named(kind, options, name):
    with pytest.raises(SpecificationError, match=rf"\b{name}\b"):
        kind(**options)


@pytest.mark.parametrize("name", CASES)
def test_a_level_or_a_seed_that_is_none_is_refused(name):
    kind, options, _ = CASES[name]
    with pytest.raises(SpecificationError, match="level"):
        kind(**options, level=1.0)
    if "seed" in options:
        with pytest.raises(SpecificationError, match="seed"):
            kind(**{**options, "seed": -1})
