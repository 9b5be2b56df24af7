"""Goodness of fit against Rcapture and by hand."""

import numpy as np
import pytest
from pins import cells_of, pinned, published_lists

from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.goodness import fitted_table, goodness_of_fit
from ctresearch.prevalence.loglinear.model_terms import complete, read_model

CASES = [(table, model, value) for table, values in pinned("rcapture").items() for model, value in values.items()]


@pytest.mark.parametrize(("table", "model", "pin"), CASES, ids=[f"{t}-{m}" for t, m, _ in CASES])
def test_deviance_equals_rcapture(table, model, pin):
    lists = published_lists(table).lists
    terms = read_model(model, lists)
    counts = cells_of(table)
    fitted = fit_model(counts, terms)
    if fitted.status == "ok":  # Rcapture keeps cells that are empty by the model
        fit = goodness_of_fit(counts, fitted)
        assert fit.deviance == pytest.approx(pin["deviance"], rel=1e-8, abs=1e-9)
        assert fit.df == pin["df"]


def test_pearson_by_hand_and_its_p_value():
    counts = np.array([0, 60.0, 40, 45, 30, 4, 8, 3])
    fitted = fit_model(counts, complete([], 3))
    fit = goodness_of_fit(counts, fitted)
    table = fitted_table(counts, fitted, "ABC")
    assert fit.pearson == pytest.approx(float((table["residual"] ** 2).sum()), rel=1e-12)
    frame = fit.to_frame()
    assert frame.index.tolist() == ["deviance", "pearson"]
    assert (frame["p_value"] < 0.05).all()


def test_a_saturated_fit_cannot_be_judged():
    counts = np.array([0, 60.0, 40, 20])
    frame = goodness_of_fit(counts, fit_model(counts, np.array([0, 1, 2]))).to_frame()
    assert frame["df"].tolist() == [0, 0]
    assert frame["p_value"].isna().all()


def test_cells_forced_to_zero_do_not_count():
    counts = cells_of("artificial-3")
    fitted = fit_model(counts, read_model("[13,23]", "ABC"))
    fit = goodness_of_fit(counts, fitted)
    # cells AC, BC and ABC are gone: four cells, four parameters
    assert fit.df == 0
    table = fitted_table(counts, fitted, "ABC")
    assert table.loc[(table["C"] == 1) & (table["A"] + table["B"] > 0), ["fitted", "residual"]].eq(0).all(axis=None)


def test_fitted_table_has_all_patterns_of_few_lists_and_the_observed_of_many():
    few = cells_of("uk-2013")
    table = fitted_table(few, fit_model(few, complete([], 6)), published_lists("uk-2013").lists)
    assert len(table) == 63
    assert table["observed"].sum() == 2744
    many = np.zeros(1 << 13)
    many[1 << np.arange(13)] = 50
    many[3] = 10
    assert len(fitted_table(many, fit_model(many, complete([], 13)), [f"L{i}" for i in range(13)])) == 14
