import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import (
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    Mediation,
    NearestNeighbour,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
    RiskModel,
    selection_weights,
)
from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.sensitivity import manski_bounds
from ctresearch.causes.table.study_table import design_matrix, read_clusters, read_weights, record_columns
from ctresearch.core import DataError, SpecificationError
from ctresearch.core.columns import column_names

EFFECT_ESTIMATORS = [DoublyRobustEffect, InverseProbability, NearestNeighbour, OutcomeRegression]
FRAME = pd.DataFrame(
    {
        "treated": [0, 1, 1, 0],
        "outcome": [1.0, 2.0, 4.0, 3.0],
        "sex": ["f", "m", "x", "f"],
        "minor": [True, False, False, False],
        "age": [15, 22, 31, 16],
        "w": [1, 1, 2, 4],
        "village": ["b", "a", "b", "a"],
    }
)
ROLES = {"treatment": "treated", "outcome": "outcome", "covariates": ["sex", "minor", "age"]}


def test_text_becomes_indicators_with_the_first_level_as_reference():
    table = Roles(**ROLES).read(FRAME)
    assert table.names == ("constant", "sex[m]", "sex[x]", "minor", "age")
    expected = [[1, 0, 0, 1, 15], [1, 1, 0, 0, 22], [1, 0, 1, 0, 31], [1, 0, 0, 0, 16]]
    assert table.design.tolist() == expected


def test_categories_that_no_row_has_make_no_column():
    column = pd.Categorical(["a", "b", "a"], categories=["a", "b", "never"])
    design, names = design_matrix(pd.DataFrame({"c": column}), ["c"])
    assert names == ("constant", "c[b]")
    assert design.shape == (3, 2)


def test_columns_of_some_covariates_keep_their_indicators():
    table = Roles(**ROLES).read(FRAME)
    np.testing.assert_array_equal(table.columns_of(["sex"]), table.design[:, :3])
    assert table.columns_of(ROLES["covariates"]) is table.design


def test_weights_have_mean_one_and_clusters_count_from_nought():
    table = Roles(**ROLES, weights="w", cluster="village").read(FRAME)
    assert table.weights.tolist() == [0.5, 0.5, 1.0, 2.0]
    assert table.clusters.tolist() == [0, 1, 0, 1]
    assert Roles(**ROLES).read(FRAME).survey is None
    assert read_clusters(FRAME, None) is None


def test_only_an_outcome_of_nought_and_one_is_binary():
    assert not Roles(**ROLES).read(FRAME).binary
    assert Roles(**ROLES).read(FRAME.assign(outcome=[0, 0, 1, 1])).binary


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"treated": [0, 1, 2, 0]}, "1 of 4 cells is a whole number \\(row 3\\), must be 0 or 1"),
        ({"treated": ["no", "yes", "yes", "no"]}, "must hold numbers"),
        ({"outcome": [1.0, np.inf, 2.0, 3.0]}, "1 values that are not finite"),
        ({"outcome": 7}, "is the same in all 4 rows, must vary"),
        ({"age": [1, None, 2, 3]}, "'age' has 1 missing values of 4"),
        ({"sex": ["f", None, "m", "f"]}, "'sex' has 1 missing values of 4"),
        ({"w": [-1, 1, 1, 1]}, "\\(row 1\\), must be weights of at least 0"),
        ({"w": 0}, "are 0 in all 4 rows"),
        ({"village": "a"}, "holds 1 group, must hold at least 2"),
    ],
)
def test_refusals_say_what_came_and_what_is_allowed(change, said):
    with pytest.raises(DataError, match=said):
        Roles(**ROLES, weights="w", cluster="village").read(FRAME.assign(**change))


def test_missing_columns_and_other_things_than_tables_are_refused():
    with pytest.raises(DataError, match="no column 'height'"):
        Roles(treatment="treated", outcome="height", covariates=[]).read(FRAME)
    with pytest.raises(DataError, match="must be a pandas DataFrame"):
        Roles(**ROLES).read([1, 2])
    with pytest.raises(DataError, match="at least 0"):
        read_weights(pd.DataFrame({"w": [-1.0, 2.0]}), "w")


@pytest.mark.parametrize("names", ["age", ["age", "age"], []])
def test_names_are_a_list_of_different_columns(names):
    with pytest.raises(SpecificationError, match="must be a list of at least 1 different columns"):
        column_names("covariates", names, least=1)


def test_the_digest_follows_values_names_and_order_and_nothing_else():
    base = record_columns(FRAME, ["age", "sex"]).digest
    assert record_columns(FRAME.set_index("w"), ["age", "sex"]).digest == base
    assert record_columns(FRAME.assign(outcome=0), ["age", "sex"]).digest == base
    assert record_columns(FRAME.astype({"age": float}), ["age", "sex"]).digest == base
    others = [
        record_columns(FRAME.assign(age=[15, 22, 31, 17]), ["age", "sex"]),
        record_columns(FRAME.iloc[::-1], ["age", "sex"]),
        record_columns(FRAME, ["sex", "age"]),
        record_columns(FRAME.rename(columns={"age": "years"}), ["years", "sex"]),
    ]
    assert len({base, *(one.digest for one in others)}) == 5


A_Y = {"treatment": "a", "outcome": "y"}


@pytest.mark.parametrize(
    ("estimator", "options", "name"),
    [
        *((one, {**A_Y, "covariates": [name, "x"]}, name) for one in EFFECT_ESTIMATORS for name in ("a", "y")),
        *((one, {**A_Y, "covariates": ["x"], "weights": "y"}, "y") for one in EFFECT_ESTIMATORS),
        (DoublyRobustEffect, {**A_Y, "covariates": ["x"], "by": "y"}, "y"),
        (DoublyRobustEffect, {**A_Y, "covariates": ["x"], "along": ["y"]}, "y"),
        (OutcomeRegression, {"treatment": "y", "outcome": "y", "covariates": ["x"]}, "y"),
        (Mediation, {**A_Y, "mediator": "m", "covariates": ["y"]}, "y"),
        (PrevalenceRatio, {"outcome": "y", "covariates": ["a", "y"]}, "y"),
        (PrevalenceRatio, {"outcome": "y", "covariates": ["a"], "exposure": "y"}, "y"),
        (OrderedLogit, {"outcome": "y", "covariates": ["a", "y"]}, "y"),
        (RiskModel, {"outcome": "y", "predictors": ["a", "y"]}, "y"),
    ],
)
def test_a_column_has_one_role_and_no_graph_is_needed_to_say_so(estimator, options, name):
    with pytest.raises(SpecificationError, match=f"column '{name}' is named as .* and as .*, must have one role"):
        estimator(**options)


def test_functions_refuse_a_column_of_two_roles_too():
    frame = pd.DataFrame({"a": [0, 1] * 20, "x": range(40)})
    with pytest.raises(SpecificationError, match="'a' is named as selected and as covariates"):
        selection_weights(frame, selected="a", covariates=["x", "a"])
    with pytest.raises(SpecificationError, match="'a' is named as treatment and as outcome"):
        manski_bounds(frame, treatment="a", outcome="a")


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        *((one, {**A_Y, "covariates": ["x", "z"]}) for one in EFFECT_ESTIMATORS),
        (Mediation, {**A_Y, "mediator": "z", "covariates": ["x"]}),
        (PrevalenceRatio, {"outcome": "a", "covariates": ["z", "x"]}),
        (OrderedLogit, {"outcome": "a", "covariates": ["z", "x"]}),
        (RiskModel, {"outcome": "a", "predictors": ["z", "x"]}),
        (ExtremeBounds, {"outcome": "y", "candidates": ["z", "x"], "size": 1}),
    ],
)
def test_infinity_in_a_covariate_is_named(estimator, options):
    rng = np.random.default_rng(1)
    x, y, z = rng.normal(size=(3, 200))
    x[7] = np.inf
    with pytest.raises(DataError, match="column 'x' holds 1 infinite values of 200, must be finite"):
        estimator(**options).fit(pd.DataFrame({"a": [0, 1] * 100, "x": x, "y": y, "z": z}))
