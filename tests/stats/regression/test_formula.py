"""Formulas make the columns that they say, and are refused without a cell in the message."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import OrderedLogit, OutcomeRegression, PrevalenceRatio
from ctresearch.core import DataError, SpecificationError
from ctresearch.stats.regression.formula import formula_names, read_formula

FRAME = pd.DataFrame(
    {"age": [30.0, 31, 25, 40], "sex": ["f", "m", "f", "m"], "home.town": [1.0, 0, 1, 1], "Intercept": 2.0}
)


def test_products_and_categories_become_columns_with_their_terms():
    found = read_formula(FRAME, "age * sex")
    assert found.names == ("age", "sex[m]", "age:sex[m]")
    assert found.terms == ("age", "sex", "age:sex")
    assert found.words == found.terms
    np.testing.assert_array_equal(found.columns[:, 2], [0, 31, 0, 40])


def test_names_come_in_the_order_of_the_formula_and_in_backticks_with_dots():
    assert formula_names("sex + age:`home.town`") == ("sex", "age", "home.town")
    found = read_formula(FRAME, "`home.town` + Intercept:age")
    assert found.used == ("home.town", "Intercept", "age")
    assert found.names == ("home.town", "Intercept:age")


@pytest.mark.parametrize("formula", ["y ~ age", "age +", "age + ("])
def test_what_is_no_right_hand_side_is_refused(formula):
    with pytest.raises(SpecificationError, match="cannot be read"):
        formula_names(formula)


@pytest.mark.parametrize(
    ("frame", "formula", "said"),
    [
        (FRAME, "height", "height"),
        (FRAME.assign(age=[np.nan, 1, 2, 3]), "age", "age"),
        (FRAME.assign(age=[np.inf, 1, 2, 3]), "age", "term 'age' holds values that are not finite"),
        (FRAME.assign(sex=["f", "F", "m", "m"]), "sex", "sex"),
    ],
)
def test_tables_that_do_not_hold_it_are_refused(frame, formula, said):
    with pytest.raises(DataError, match=said):
        read_formula(frame, formula)


def test_sums_over_text_are_refused_without_its_cells():
    with pytest.raises(SpecificationError, match="cannot be read") as refused:
        read_formula(FRAME.assign(sex="Marie"), "np.log(sex)")
    assert "Marie" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_term_that_is_not_finite_is_named_by_its_place():
    frame = FRAME.assign(kind=["a", "b", "c", "a"], age=[1.0, np.inf, 2.0, np.inf], tall=[1.0, 0, 1, 0])
    with pytest.raises(DataError, match=r"^term 'age' holds values that are not finite$"):
        read_formula(frame, "tall + age")
    found = read_formula(frame, "tall + C(kind)")
    assert found.names == ("tall", "C(kind)[b]", "C(kind)[c]")
    assert found.terms == ("tall", "C(kind)", "C(kind)")
    assert found.words == ("tall", "C(kind), column 1 of 2", "C(kind), column 2 of 2")


def test_levels_that_no_row_has_make_no_column():
    kinds = pd.Categorical(["b", "a", "a", "b"], categories=["c", "a", "b"])
    found = read_formula(FRAME.assign(kind=kinds), "kind")
    assert found.names == ("kind[b]",)
    np.testing.assert_array_equal(found.columns, [[1.0], [0], [0], [1]])
    yes = read_formula(FRAME.assign(yes=[True, False, True, True]), "yes")
    assert yes.columns.sum() == 3


def test_a_column_called_as_the_constant_keeps_its_values():
    found = read_formula(FRAME, "Intercept + `home.town`:Intercept")
    assert found.used == ("Intercept", "home.town")
    assert found.terms == ("Intercept", "home.town:Intercept")
    np.testing.assert_array_equal(found.columns, [[2.0, 2], [2, 0], [2, 2], [2, 2]])


def test_names_are_found_as_words_of_their_own():
    assert formula_names("ageing + age") == ("ageing", "age")
    assert formula_names("np.log(age) + sex + age") == ("age", "sex")
    assert formula_names("`a b` + age") == ("a b", "age")


def test_what_cannot_be_calculated_names_the_columns_and_the_formula():
    with pytest.raises(SpecificationError, match=r"formula == 'np.nothing\(age\)' cannot be read"):
        read_formula(FRAME, "np.nothing(age)")
    with pytest.raises(DataError, match=r"the columns \['sex'\] cannot be used as formula \"C\(sex, contr") as refused:
        read_formula(FRAME, "C(sex, contr.treatment('zz'))")
    assert refused.value.__cause__ is None
    with pytest.raises(DataError, match="frame is a list, must be a pandas DataFrame"):
        read_formula([1, 2], "age")


def study():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.integers(0, 2, 300), "x": rng.normal(size=300), "sex": rng.choice(["f", "m"], 300)})
    frame["xm"], frame["male"] = frame["x"] * (frame["sex"] == "m"), (frame["sex"] == "m") * 1
    frame["y"] = frame["a"] + frame["xm"] + rng.normal(size=300)
    return frame.assign(ill=(rng.random(300) < 0.3) * 1, scale=np.digitize(frame["y"], [0, 1]))


def test_estimators_take_the_formula_for_the_columns_it_stands_for():
    frame = study()
    formula = OutcomeRegression(treatment="a", outcome="y", covariates="x * sex").fit(frame)
    columns = OutcomeRegression(treatment="a", outcome="y", covariates=["x", "male", "xm"]).fit(frame)
    pd.testing.assert_frame_equal(formula.estimates, columns.estimates)
    for model, outcome in ((PrevalenceRatio, "ill"), (OrderedLogit, "scale")):
        found = model(outcome=outcome, covariates="x * sex", treatment="a").fit(frame).estimates
        there = model(outcome=outcome, covariates=["a", "x", "male", "xm"]).fit(frame).estimates
        np.testing.assert_allclose(found["std_error"], there["std_error"], rtol=1e-8)
        assert "x:sex[m]" in found.index


def test_a_treatment_in_products_has_no_single_ratio_to_undo():
    frame = study()
    names = [
        {c.name for c in PrevalenceRatio(outcome="ill", covariates=f).fit(frame).checks} for f in ("a + x", "a * x")
    ]
    assert ["hidden cause" in one for one in names] == [True, False]


def test_the_treatment_of_a_formula_has_one_role():
    with pytest.raises(SpecificationError, match="'a' is named as treatment and as covariates"):
        OutcomeRegression(treatment="a", outcome="y", covariates="a * x")
