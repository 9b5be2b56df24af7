"""Coefficients and errors of many models at once."""

import numpy as np
import pytest
from pins import cells_of

from ctresearch.prevalence.loglinear import model_errors as module
from ctresearch.prevalence.loglinear.coefficients import coefficients_of
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms
from ctresearch.prevalence.loglinear.model_errors import model_errors
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, OPEN
from ctresearch.prevalence.loglinear.profile_interval import standard_error


@pytest.mark.parametrize("table", ["kosovo", "korea"])  # the second has an empty overlap
def test_each_model_is_described_as_by_itself(table):
    counts = cells_of(table)
    lists = int(counts.size).bit_length() - 1
    masks = all_models(lists, lists - 1)
    masks = masks[[fit_model(counts, mask_terms(mask)).verdict == ESTIMATED for mask in masks]]
    found = model_errors(counts, masks)
    for m, mask in enumerate(masks):
        model = fit_model(counts, mask_terms(mask))
        estimate, error = coefficients_of(model)
        assert found.estimate[m, model.terms] == pytest.approx(estimate, rel=1e-9, abs=1e-9)
        assert found.error[m, model.terms] == pytest.approx(error, rel=1e-9, nan_ok=True)
        assert found.population[m] == pytest.approx(standard_error(model), rel=1e-9)
        others = np.setdiff1d(np.arange(counts.size), model.terms)
        assert np.isnan(found.estimate[m, others]).all()
        assert np.isnan(found.error[m, others]).all()


def test_what_the_kernel_leaves_open_is_fitted_by_itself(monkeypatch):
    counts, mask = cells_of("korea"), all_models(3, 1)

    def unsure(cells, models, work, verdict, found):
        verdict[:] = OPEN

    expected = model_errors(counts, mask)
    monkeypatch.setattr(module, "_describe", unsure)
    found = model_errors(counts, mask)
    assert found.estimate == pytest.approx(expected.estimate, nan_ok=True)
    assert found.population == pytest.approx(expected.population)
