import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from causes.lalonde_like import COVARIATES, EFFECT, confounded
from ctresearch.causes import CausalGraph, DoublyRobustEffect, InverseProbability, OutcomeRegression
from ctresearch.core import DataError, FitError, SpecificationError

ROLES = {"treatment": "treated", "outcome": "outcome", "covariates": COVARIATES}
ESTIMATORS = [DoublyRobustEffect, InverseProbability, OutcomeRegression]


@pytest.fixture(scope="module")
def frame():
    return confounded(4_000, 1)


def effect(result):
    return result.estimates.loc["effect"]


@pytest.mark.parametrize("estimand", ["ate", "att", "atc"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_known_effect_lies_within_four_standard_errors(estimator, estimand, frame):
    row = effect(estimator(**ROLES, estimand=estimand).fit(frame))
    assert abs(row["estimate"] - EFFECT) < 4 * row["std_error"]
    naive = frame.groupby("treated")["outcome"].mean().diff().iloc[-1]
    assert abs(naive - EFFECT) > 0.5  # without adjustment the answer is far off


def test_the_weighted_means_are_those_of_the_formula(frame):
    design = sm.add_constant(frame[COVARIATES])
    e = np.asarray(sm.Logit(frame["treated"], design).fit(disp=0, tol=1e-12).predict(design))
    a, y = frame["treated"].to_numpy(), frame["outcome"].to_numpy()
    for estimand, w1, w0 in (("ate", 1 / e, 1 / (1 - e)), ("att", e**0, e / (1 - e)), ("atc", (1 - e) / e, e**0)):
        by_hand = np.average(y, weights=a * w1) - np.average(y, weights=(1 - a) * w0)
        row = effect(InverseProbability(**ROLES, estimand=estimand).fit(frame))
        assert row["estimate"] == pytest.approx(by_hand, rel=1e-7)  # statsmodels' Newton stops before ours
        outcome_models = [sm.OLS(y[a == k], design[a == k]).fit().predict(design) for k in (0, 1)]
        m0, m1 = (np.asarray(m) for m in outcome_models)
        target = {"ate": a**0, "att": a, "atc": 1 - a}[estimand]
        augmented = (
            np.average(m1 - m0, weights=target)
            + np.average(y - m1, weights=a * w1)
            - np.average(y - m0, weights=(1 - a) * w0)
        )
        found = effect(DoublyRobustEffect(**ROLES, estimand=estimand).fit(frame))["estimate"]
        assert found == pytest.approx(augmented, rel=1e-7)


@pytest.mark.parametrize("robust", ["HC0", "HC1", "HC2", "HC3"])
def test_a_linear_regression_is_statsmodels_to_the_last_digit(robust, frame):
    small = frame.head(120)
    theirs = sm.OLS(small["outcome"], sm.add_constant(small[["treated", *COVARIATES]])).fit(cov_type=robust)
    row = effect(OutcomeRegression(**ROLES, robust=robust).fit(small))
    assert row["estimate"] == pytest.approx(theirs.params["treated"], rel=1e-10)  # the same arithmetic
    assert row["std_error"] == pytest.approx(theirs.bse["treated"], rel=1e-10)


def test_clusters_of_copies_give_the_error_of_the_originals(frame):
    small = frame.head(200).assign(person=range(200))
    doubled = pd.concat([small, small])
    once = effect(DoublyRobustEffect(**ROLES, cluster="person").fit(small))
    twice = effect(DoublyRobustEffect(**ROLES, cluster="person").fit(doubled))
    assert twice["std_error"] == pytest.approx(once["std_error"], rel=1e-8)  # the same sums by cluster
    unclustered = effect(DoublyRobustEffect(**ROLES).fit(doubled))
    assert unclustered["std_error"] < 0.8 * once["std_error"]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_integer_weights_are_repeated_rows(estimator, frame):
    small = frame.head(300).assign(w=np.arange(300) % 3 + 1)
    repeated = small.loc[small.index.repeat(small["w"])]
    weighted, plain = estimator(**ROLES, weights="w").fit(small), estimator(**ROLES).fit(repeated)
    np.testing.assert_allclose(weighted.estimates["estimate"], plain.estimates["estimate"], rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["treatment", "outcome"])
def test_one_wrong_model_is_forgiven_and_its_error_counted(wrong):
    """The stacked standard error must agree with the spread of the estimates over repeated samples."""
    estimates, errors = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=600)
        both = rng.random(600) < 1 / (1 + np.exp(-(x if wrong == "outcome" else x**2 - 1)))
        y = both + (x**2 if wrong == "outcome" else x) + rng.normal(size=600)
        made = pd.DataFrame({"treated": both * 1, "outcome": y, "x": x})
        row = effect(DoublyRobustEffect(treatment="treated", outcome="outcome", covariates=["x"]).fit(made))
        estimates.append(row["estimate"])
        errors.append(row["std_error"])
    bias, spread = np.mean(estimates) - 1, np.std(estimates)
    assert abs(bias) < 4 * spread / np.sqrt(150)
    assert np.mean(errors) == pytest.approx(spread, rel=0.25)  # the spread of 150 draws is known to 6 %, four of them


def test_learners_are_cross_fitted_and_the_seed_decides_the_folds(frame):
    learner = (LinearRegression(), LogisticRegression(C=1e6))
    one = DoublyRobustEffect(**ROLES, learner=learner, folds=5, seed=1).fit(frame)
    again = DoublyRobustEffect(**ROLES, learner=learner, folds=5, seed=1).fit(frame)
    other = DoublyRobustEffect(**ROLES, learner=learner, folds=5, seed=2).fit(frame)
    assert json.dumps(one.to_dict()) == json.dumps(again.to_dict())
    assert effect(one)["estimate"] != effect(other)["estimate"]
    parametric = effect(DoublyRobustEffect(**ROLES).fit(frame))
    # the same models on four fifths of the rows: they differ by far less than the standard error
    assert abs(effect(one)["estimate"] - parametric["estimate"]) < 0.5 * parametric["std_error"]


@pytest.mark.slow
def test_boosted_trees_recover_a_bent_effect_and_fitting_twice_on_the_same_rows_is_flagged():
    rng = np.random.default_rng(4)
    x = rng.uniform(-2, 2, 3_000)
    a = rng.random(3_000) < 1 / (1 + np.exp(-np.sin(2 * x)))
    made = pd.DataFrame({"treated": a * 1, "x": x, "outcome": a + np.sin(2 * x) + rng.normal(size=3_000)})
    trees = {"max_iter": 40, "max_depth": 3, "random_state": 0}
    learner = (HistGradientBoostingRegressor(**trees), HistGradientBoostingClassifier(**trees))
    options = {"treatment": "treated", "outcome": "outcome", "covariates": ["x"], "learner": learner}
    row = effect(DoublyRobustEffect(**options, folds=3).fit(made))
    assert abs(row["estimate"] - 1) < 4 * row["std_error"]
    assert DoublyRobustEffect(**options).fit(made).status == "review"


def test_groups_are_estimated_apart_and_average_to_the_whole(frame):
    result = DoublyRobustEffect(**ROLES, by="married").fit(frame)
    table = result.estimates.set_index("group", append=True)["estimate"]
    share = frame["married"].mean()
    whole = (1 - share) * table["effect", "0"] + share * table["effect", "1"]
    assert whole == pytest.approx(table["effect", "all"], abs=0.02)  # normalised within the group, so not to the digit
    with pytest.raises(DataError, match="at least 20"):
        DoublyRobustEffect(**ROLES, by="g").fit(frame.assign(g=["rare"] * 10 + ["common"] * (len(frame) - 10)))


def test_a_binary_outcome_is_standardised_between_the_risks(frame):
    made = frame.assign(outcome=(frame["outcome"] > 1) * 1)
    for family in ("linear", "logistic"):
        rows = OutcomeRegression(**ROLES, family=family, interactions=True).fit(made).estimates["estimate"]
        assert 0 < rows["mean_untreated"] < rows["mean_treated"] < 1
        assert rows["effect"] == pytest.approx(rows["mean_treated"] - rows["mean_untreated"])
    with pytest.raises(DataError, match="other values than 0 and 1"):
        OutcomeRegression(**ROLES, family="logistic").fit(frame)


@pytest.mark.parametrize("estimator", [DoublyRobustEffect, InverseProbability])
def test_balance_and_overlap_are_shown(estimator, frame):
    result = estimator(**ROLES).fit(frame)
    assert result.balance["before"].abs().max() > 0.3
    assert result.balance["after"].abs().max() < 0.1
    assert result.overlap["treated"].sum() == pytest.approx(1)
    assert result.plot_balance().get_xlabel() == "absolute standardised difference"
    assert result.plot_overlap().get_xlabel() == "chance of treatment"
    assert [c.status for c in result.checks if c.name in ("balance", "overlap")] == ["pass", "pass"]


def test_a_regression_has_no_balance_to_draw(frame):
    with pytest.raises(SpecificationError, match="use InverseProbability"):
        OutcomeRegression(**ROLES).fit(frame).plot_balance()


@pytest.mark.parametrize("estimator", [DoublyRobustEffect, InverseProbability])
def test_no_overlap_is_refused(estimator, frame):
    decided = frame.assign(treated=(frame["age"] > 0) * 1)
    with pytest.raises(FitError, match=r"separate the classes perfectly \(most of all 'age'"):
        estimator(**ROLES).fit(decided)


def test_thin_overlap_is_flagged():
    rng = np.random.default_rng(1)
    x = rng.normal(size=500)
    a = rng.random(500) < 1 / (1 + np.exp(-4 * x))
    made = pd.DataFrame({"treated": a * 1, "outcome": x + rng.normal(size=500), "x": x})
    result = InverseProbability(treatment="treated", outcome="outcome", covariates=["x"]).fit(made)
    assert next(c for c in result.checks if c.name == "overlap").status == "review"


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": 1.0}, "must vary"),
        ({"treated": 1}, "both 0 and 1"),
        ({"treated": 2}, "must be 0 or 1 as treatment"),
        ({"age": np.nan}, "4,000 missing values"),
        ({"outcome": "high"}, "must hold numbers"),
        ({"school": 1.0}, "collinear"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(estimator, change, said, frame):
    with pytest.raises(DataError, match=said):
        estimator(**ROLES).fit(frame.assign(**change))


def test_options_that_do_not_go_together_are_refused():
    with pytest.raises(SpecificationError, match="folds == 5 without a learner"):
        DoublyRobustEffect(**ROLES, folds=5)
    with pytest.raises(SpecificationError, match="estimand == 'all'"):
        InverseProbability(**ROLES, estimand="all")
    with pytest.raises(SpecificationError, match="must be among covariates"):
        DoublyRobustEffect(**ROLES, outcome_covariates=["height"])
    with pytest.raises(SpecificationError, match="must be a list"):
        DoublyRobustEffect(treatment="a", outcome="b", covariates="age")


def test_clusters_of_one_and_few_clusters_are_flagged(frame):
    made = frame.assign(person=range(len(frame)), region=np.arange(len(frame)) % 5, same=1)
    for cluster, said in (("person", "hold one row"), ("region", "few")):
        checks = InverseProbability(**ROLES, cluster=cluster).fit(made).checks
        assert any(c.name == "clusters" and c.status == "review" and said in c.message for c in checks)
    with pytest.raises(DataError, match="at least 2"):
        InverseProbability(**ROLES, cluster="same").fit(made)


def test_a_graph_refuses_a_collider_and_names_what_is_left_open(frame):
    arrows = "age -> treated [+]; age -> outcome [+]; treated -> outcome; school -> treated; school -> outcome"
    graph = CausalGraph(arrows + "; married -> treated; married -> outcome; treated -> known; outcome -> known")
    with pytest.raises(SpecificationError, match="'known' follows from the outcome"):
        DoublyRobustEffect(treatment="treated", outcome="outcome", covariates=["known"], graph=graph)
    passed = DoublyRobustEffect(**ROLES, graph=graph).fit(frame)
    assert next(c for c in passed.checks if c.name == "adjustment").status == "pass"
    short = DoublyRobustEffect(treatment="treated", outcome="outcome", covariates=["school", "married"], graph=graph)
    failed = next(c for c in short.fit(frame).checks if c.name == "adjustment")
    assert failed.status == "fail"
    assert "treated <- age -> outcome" in failed.message
    assert "upwards" in failed.message


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_reports_on_detected_cases_say_so(estimator, frame):
    summary = estimator(**ROLES, detected="outcome").fit(frame).summary()
    assert "detected cases, not occurrence" in " ".join(summary.split())
    assert "undetermined" in summary
    with pytest.raises(SpecificationError, match="detected == 'seen'"):
        estimator(**ROLES, detected="seen")


def check_named(result, name):
    return next((check for check in result.checks if check.name == name), None)


def test_a_regression_says_where_it_has_nobody_to_compare(frame):
    assert check_named(OutcomeRegression(**ROLES).fit(frame), "overlap").status == "pass"
    decided = OutcomeRegression(**ROLES).fit(frame.assign(treated=(frame["age"] > 0) * 1))
    assert check_named(decided, "overlap").status == "fail"
    assert "extrapolated" in check_named(decided, "overlap").message
    rare = np.where(np.arange(len(frame)) < 40, "island", "mainland")
    partly = frame.assign(place=rare, treated=np.where(rare == "island", 0, frame["treated"]))
    found = OutcomeRegression(treatment="treated", outcome="outcome", covariates=[*COVARIATES, "place"]).fit(partly)
    assert check_named(found, "overlap").status == "review"
    thin = frame.assign(x=frame["treated"] * 4 + np.random.default_rng(1).normal(size=len(frame)))
    found = OutcomeRegression(treatment="treated", outcome="outcome", covariates=["x"]).fit(thin)
    assert check_named(found, "overlap").status == "review"


def test_a_stray_value_in_an_outcome_of_nought_and_one_is_named(frame):
    made = frame.assign(outcome=(frame["outcome"] > frame["outcome"].median()) * 1).head(300)
    assert check_named(DoublyRobustEffect(**ROLES).fit(made), "outcome") is None
    made.loc[made.index[7], "outcome"] = 2
    found = check_named(DoublyRobustEffect(**ROLES).fit(made), "outcome")
    assert found.status == "review"
    assert "299 of 300" in found.message
    assert "linear regression" in found.message
    assert check_named(DoublyRobustEffect(**ROLES, outcome_model="linear").fit(made), "outcome") is None
    assert check_named(DoublyRobustEffect(**ROLES).fit(frame), "outcome") is None
