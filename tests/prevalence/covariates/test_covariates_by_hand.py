"""Chances from covariates: weights of people, separation, columns and targeting, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import ConditionalLikelihood, DoublyRobust
from ctresearch.prevalence.covariates.conditional_fit import (
    ConditionalFit,
    _evaluate,
    _separated,
    fit_conditional,
    pair_residuals,
    weigh_people,
)
from ctresearch.prevalence.covariates.conditional_likelihood import _coefficients, read_columns
from ctresearch.prevalence.covariates.doubly_robust import _named
from ctresearch.prevalence.covariates.inverse_capture import (
    Chances,
    InverseCapture,
    bias_corrected,
    bound_chances,
    influence,
    plug_in,
)
from ctresearch.prevalence.covariates.learner import default_learner
from ctresearch.prevalence.covariates.targeting import MARGIN, ROUNDS, STOP, _move, target, targeted


def test_people_are_weighed_by_one_over_their_chance():
    chances = np.array([[0.5, 0.2], [0.3, 0.4], [0.6, 0.6]])
    seen = 1 - (1 - chances).prod(axis=1)
    columns = np.array([[1.0, 2], [1, -1], [1, 0]])
    covariance = np.diag([0.1, 0.2, 0.3, 0.4])
    fitted = ConditionalFit(np.zeros((2, 2)), covariance, chances, seen, 0.0)
    found = weigh_people(fitted, columns)
    assert found.population == pytest.approx((1 / seen).sum())
    # the slope of 1 / seen in a coefficient is -(1 - seen) / seen ** 2 times chance times column
    slope = np.array(
        [-((1 - seen) / seen**2 * chances[:, k] * columns[:, j]).sum() for k in range(2) for j in range(2)]
    )
    expected = ((1 - seen) / seen**2).sum() + slope @ covariance @ slope
    assert found.std_error == pytest.approx(np.sqrt(expected))


def test_residuals_of_a_pair_by_hand():
    member = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
    chances = np.full((4, 3), 0.5)
    seen = np.full(4, 7 / 8)
    found = pair_residuals(member, ConditionalFit(np.zeros((3, 1)), np.eye(3), chances, seen, 0.0))
    both = 0.25 / (7 / 8)
    expected = (2 - 4 * both) / np.sqrt(4 * both * (1 - both))
    assert found[0, 1] == found[1, 0] == pytest.approx(expected)
    assert np.diag(found).tolist() == [0, 0, 0]
    tilted = pair_residuals(
        member[:3, :2], ConditionalFit(np.zeros((2, 1)), np.eye(2), chances[:3, :2] * [1, 0.5], seen[:3], 0.0)
    )
    share = 0.125 / (7 / 8)
    assert tilted[0, 1] == pytest.approx((1 - 3 * share) / np.sqrt(3 * share * (1 - share)))


def test_the_likelihood_is_that_of_people_who_were_seen():
    member, logits = np.array([[1, 0], [1, 1]]), np.array([[0.3, -0.4], [1.0, 0.2]])
    chances, seen, loglik = _evaluate(member, logits)
    assert chances == pytest.approx(expit(logits))
    assert seen == pytest.approx(1 - (1 - expit(logits)).prod(axis=1))
    each = np.where(member == 1, chances, 1 - chances).prod(axis=1) / seen
    assert loglik == pytest.approx(np.log(each).sum())


def test_separation_is_where_a_list_holds_all_or_none_of_a_kind():
    member = np.array([[1, 0], [0, 1], [1, 1], [0, 1], [0, 1]])
    columns = np.column_stack([np.ones(5), [0, 0, 0, 1, 1]])
    assert _separated(member, columns)
    mixed = np.array([[1, 0], [0, 1], [1, 1], [1, 0], [0, 1], [1, 1]])
    assert not _separated(mixed, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    with pytest.raises(FitError, match="covariates separate the lists"):
        fit_conditional(np.vstack([member] * 30), np.vstack([columns] * 30))


def test_two_lists_without_covariates_have_the_chances_of_lincoln_and_petersen():
    member = np.array([[1, 0]] * 60 + [[0, 1]] * 40 + [[1, 1]] * 20)
    found = fit_conditional(member, np.ones((120, 1)))
    # a third of the second list is on the first, a quarter of the first on the second
    assert expit(found.beta.ravel()) == pytest.approx([1 / 3, 1 / 4], rel=1e-6)
    assert found.beta.shape == (2, 1)
    assert found.seen == pytest.approx(np.full(120, 0.5))
    assert found.chances[0] == pytest.approx([1 / 3, 1 / 4])
    scaled = fit_conditional(member, np.full((120, 1), 5.0))
    assert scaled.beta * 5 == pytest.approx(found.beta)
    assert scaled.covariance * 25 == pytest.approx(found.covariance)
    rows = _coefficients(scaled, ("a", "b"), ("x",))
    assert rows.to_dict("list") == {
        "list": ["a", "b"],
        "column": ["x", "x"],
        "estimate": pytest.approx(scaled.beta.ravel().tolist()),
        "std_error": pytest.approx(np.sqrt(np.diag(scaled.covariance)).tolist()),
    }


FRAME = pd.DataFrame({"age": [20.0, 30, 40, 55], "sex": ["f", "m", "f", "m"], "twice": [40.0, 60, 80, 110], "one": 1.0})


def test_columns_of_a_formula_have_names_without_machinery():
    names, columns, used = read_columns(FRAME, "age + sex")
    assert names == ("Intercept", "age", "sex[m]")
    assert columns.tolist() == [[1, 20, 0], [1, 30, 1], [1, 40, 0], [1, 55, 1]]
    assert used == ("age", "sex")
    assert read_columns(FRAME, "1")[0] == ("Intercept",)
    with pytest.raises(DataError, match="a column made of 'twice' is constant or a combination of those before it"):
        read_columns(FRAME, "age + twice")
    with pytest.raises(DataError, match="a column made of 'one' is constant"):
        read_columns(FRAME, "age + one")
    with pytest.raises(DataError, match="a column made of 'C"):
        read_columns(FRAME, "C(age)*sex")
    with pytest.raises(DataError, match=r"the columns \['age'\] of formula 'age' hold missing values"):
        read_columns(FRAME.assign(age=[1, None, 3, 4]), "age")
    with pytest.raises(DataError, match="formula 'age' gives values that are not finite"):
        read_columns(FRAME.assign(age=[1, np.inf, 3, 4]), "age")
    with pytest.raises(DataError, match="no column 'height'"):
        read_columns(FRAME, "height")
    with pytest.raises(SpecificationError, match="cannot be read, must be columns joined by"):
        read_columns(FRAME, "age +* sex")


def test_formulas_and_lists_are_checked_before_any_fit():
    for formula in ("", "  ", 3, "y ~ x"):
        with pytest.raises(SpecificationError, match="without a left side"):
            ConditionalLikelihood(formula, lists=["a", "b"])
    eight = [f"L{i}" for i in range(8)]
    assert ConditionalLikelihood(lists=eight).lists == tuple(eight)
    with pytest.raises(SpecificationError, match="lists has 9 columns, must have from 2 to 8"):
        ConditionalLikelihood(lists=[*eight, "L8"])
    with pytest.raises(DataError, match="people has no column 'b'"):
        ConditionalLikelihood(lists=["a", "b"]).fit(pd.DataFrame({"a": [1, 0]}))


RAW = Chances(np.array([0.5, 0.4, 0.3]), np.array([0.4, 0.5, 0.2]), np.array([0.2, 0.001, 0.25]))
FIRST, SECOND = np.array([1, 1, 0]), np.array([1, 0, 1])


def test_chances_are_bounded_to_be_possible_together():
    found = bound_chances(RAW, 0.05)
    assert found.both.tolist() == [0.2, 0.05, 0.25]
    assert found.first.tolist() == [0.5, 0.4, 0.3]
    # on the second list at least as often as on both given the first, and at most what is left
    assert found.second.tolist() == pytest.approx([0.4, 0.5, 0.25 / 0.3])
    tight = bound_chances(Chances(np.array([0.9]), np.array([0.9]), np.array([0.6])), 0.05)
    assert tight.second.tolist() == pytest.approx([0.7])
    part = found.of(np.array([True, False, True]))
    assert (part.first.tolist(), part.both.tolist()) == ([0.5, 0.3], [0.2, 0.25])
    low = bound_chances(Chances(np.array([0.01]), np.array([0.5]), np.array([0.02])), 0.05)
    assert (low.first.tolist(), low.second.tolist()) == ([0.05], [1.0])


def test_means_over_folds_and_their_variance_by_hand():
    chances = bound_chances(RAW, 0.05)
    inverse = chances.first * chances.second / chances.both
    ratio = SECOND / chances.second + FIRST / chances.first - FIRST * SECOND / chances.both
    corrected = influence(FIRST, SECOND, chances)
    assert corrected == pytest.approx(inverse * ratio)
    folds = np.array([0, 0, 0])
    whole = plug_in(FIRST, SECOND, chances, folds)
    assert whole.value == pytest.approx(inverse.mean())
    assert whole.variance == pytest.approx(corrected.var(ddof=1) / 3)
    assert bias_corrected(FIRST, SECOND, chances, folds).value == pytest.approx(max(corrected.mean(), 1))
    six = Chances(*(np.tile(one, 2) for one in (chances.first, chances.second, chances.both)))
    halves = np.repeat([0, 1], 3)
    both = bias_corrected(np.tile(FIRST, 2), np.r_[SECOND, [0, 0, 0]], six, halves)
    second_half = influence(FIRST, np.zeros(3), chances)
    assert both.value == pytest.approx((max(corrected.mean(), 1) + max(second_half.mean(), 1)) / 2)
    assert both.variance == pytest.approx((corrected.var(ddof=1) + second_half.var(ddof=1)) / 2 / 6)
    size, error = InverseCapture(1.5, 0.02).population(100)
    assert (size, error) == pytest.approx((150, np.sqrt(100**2 * 0.02 + 100 * 1.5 * 0.5)))


def test_one_round_of_moving_is_a_logistic_regression_through_an_offset():
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    chance, direction = rng.uniform(0.2, 0.8, 300), rng.uniform(0.5, 2.0, 300)
    seen = (rng.random(300) < expit(np.log(chance / (1 - chance)) + 0.4 * direction)) * 1.0
    fitted, length = _move(chance, seen, direction)
    other = sm.GLM(seen, direction[:, None], offset=np.log(chance / (1 - chance)), family=sm.families.Binomial()).fit(
        tol=1e-12
    )
    assert length == pytest.approx(other.params[0], rel=1e-5)
    assert fitted == pytest.approx(other.fittedvalues, rel=1e-5)


def test_targeting_settles_where_chances_are_right_and_says_how_far_it_moved():
    assert (MARGIN, STOP, ROUNDS) == (0.005, 0.005, 250)
    rng = np.random.default_rng(4)
    on = rng.random((2, 4000)) < np.array([[0.6], [0.5]])
    on = on[:, on.any(axis=0)] * 1
    total = 1 - 0.4 * 0.5
    chances = Chances(*(np.full(on.shape[1], value / total) for value in (0.6, 0.5, 0.3)))
    found = target(on[0], on[1], chances)
    assert found.converged
    assert found.last_step <= STOP
    # the true chances hardly move
    assert found.chances.first.mean() == pytest.approx(0.6 / total, abs=0.03)
    assert found.chances.both.mean() == pytest.approx(0.3 / total, abs=0.03)
    assert (found.chances.first >= found.chances.both).all()
    assert (found.chances.first + found.chances.second - found.chances.both <= 1 + 1e-9).all()
    folds = np.arange(on.shape[1]) % 2
    whole = targeted(on[0], on[1], chances, folds, 0.005)
    parts = [target(on[0][folds == f], on[1][folds == f], chances.of(folds == f)) for f in (0, 1)]
    assert whole.converged
    assert whole.last_step == max(part.last_step for part in parts)
    inverse = [(p.chances.first * p.chances.second / p.chances.both).mean() for p in parts]
    assert whole.mean.value == pytest.approx(np.mean(inverse))


def test_a_learner_of_its_own_scale_and_checks_by_group():
    scaler, model = (step for _, step in default_learner().steps)
    assert type(scaler).__name__ == "StandardScaler"
    assert (type(model).__name__, model.C, model.max_iter) == ("LogisticRegression", 10_000, 2000)
    from ctresearch.core import Check

    assert _named(Check("targeting", "pass", "x."), "north").name == "targeting in north"
    with pytest.raises(SpecificationError, match="must be three columns, and then there is no learner"):
        DoublyRobust(lists=["a", "b"], covariates=[], chances=("p", "q", "r", "s"))
    with pytest.raises(SpecificationError, match="chances"):
        DoublyRobust(lists=["a", "b"], covariates=[], chances=("p", "q"))
    assert DoublyRobust(lists=["a", "b"], covariates=[], chances=("p", "q", "r")).chances == ("p", "q", "r")
    with pytest.raises(SpecificationError, match="covariates"):
        DoublyRobust(lists=["a", "b"], covariates=[])


def test_chances_may_come_from_the_table_and_by_group():
    rng = np.random.default_rng(6)
    on = rng.random((2, 3000)) < np.array([[0.5], [0.4]])
    frame = pd.DataFrame({"a": on[0] * 1, "b": on[1] * 1})[on.any(axis=0)].reset_index(drop=True)
    total = 1 - 0.5 * 0.6
    frame = frame.assign(q1=0.5 / total, q2=0.4 / total, q12=0.2 / total, part=np.arange(len(frame)) % 3, g="x")
    options = {"lists": ["a", "b"], "covariates": [], "chances": ("q1", "q2", "q12"), "fold": "part"}
    rows = DoublyRobust(**options).fit(frame).estimates.loc["population"]
    assert abs(rows["estimate"] - 3000) < 4 * rows["std_error"]
    by = DoublyRobust(**options, by="g").fit(frame).estimates.loc["population"]
    assert by["group"].tolist() == ["all", "x"]
    assert by["estimate"].tolist() == pytest.approx([rows["estimate"]] * 2)
    tmle = DoublyRobust(**options, version="tmle").fit(frame)
    assert tmle.checks[1].numbers["stop"] == 0.005
    assert tmle.checks[1].name == "targeting"
    assert tmle.estimates.loc["population", "estimate"] == pytest.approx(rows["estimate"], rel=0.01)
