"""All models of a table against an outside package, and the best of them against trying all."""

import numpy as np
import pytest
from pins import GLM, cells_of, pinned, pinned_models

from ctresearch.core.parallel import workers
from ctresearch.prevalence.loglinear import ranking
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms, model_names
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, OPEN, observed_cells
from ctresearch.prevalence.loglinear.ranking import best_model, fit_models
from ctresearch.prevalence.loglinear.search import search_all
from ctresearch.prevalence.loglinear.selection import penalty


@pytest.mark.parametrize(("table", "lists", "order"), [("korea", 3, 2), ("uk-2013-5", 5, 3)])
def test_every_model_equals_the_reference_and_no_other_has_an_estimate(table, lists, order):
    expected = pinned_models(table)
    models = search_all(cells_of(table), [str(i) for i in range(lists)], order, "bic", None).models
    with_estimate = models[models["status"].str.startswith("ok")]
    assert set(with_estimate.index) == set(expected)
    assert set(models.index) == set(model_names(lists, order))
    values = np.array([expected[name] for name in with_estimate.index])
    np.testing.assert_allclose(with_estimate["estimate"], values[:, 0], rtol=GLM)
    np.testing.assert_allclose(with_estimate["bic"], values[:, 1], rtol=1e-11)  # 15 digits were printed
    assert with_estimate["order"].tolist() == values[:, 2].tolist()
    without = models[~models["status"].str.startswith("ok")]
    assert without[["estimate", "bic", "aic"]].isna().all(axis=None)
    assert set(without["status"]) <= {"no_mle", "not_identified"}


@pytest.mark.parametrize("table", sorted(t for t, v in pinned("multiple_systems_estimation").items() if "bic" in v))
def test_the_best_models_stand_in_the_order_of_the_reference(table):
    best = pinned("multiple_systems_estimation")[table]["bic"]["best"]
    lists = {8: 3, 32: 5}[cells_of(table).size]
    models = search_all(cells_of(table), [str(i) for i in range(lists)], 2 if lists == 3 else 3, "bic", None).models
    top = models.head(len(best))
    assert top.index.tolist() == list(best)
    np.testing.assert_allclose(top["estimate"], [v[0] for v in best.values()], rtol=GLM)
    np.testing.assert_allclose(top["bic"], [v[1] for v in best.values()], rtol=1e-11)


def test_one_fit_for_models_that_differ_in_empty_terms_only():
    counts = cells_of("western-us")
    models = all_models(5, 3)[::53]
    fits = fit_models(counts, models)
    for m, mask in enumerate(models):
        alone = fit_model(counts, mask_terms(mask))
        assert fits.verdict[m] == alone.verdict
        assert fits.kept[m] == len(alone.kept)
        np.testing.assert_allclose(fits.unobserved[m], alone.unobserved, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("criterion", ["bic", "aic"])
@pytest.mark.parametrize("table", ["western-us", "new-orleans-5", "australia", "artificial-3"])
def test_the_best_of_a_sample_is_that_of_trying_all(table, criterion):
    counts = cells_of(table)
    lists = int(counts.size).bit_length() - 1
    models = all_models(lists, min(lists - 1, 3))
    rng = np.random.default_rng(7)
    for _ in range(6):
        drawn = rng.multinomial(int(counts.sum()), counts / counts.sum()).astype(float)
        value = fit_models(drawn, models).criterion(penalty(criterion, drawn))
        best = best_model(drawn, models, penalty(criterion, drawn))
        if not np.isfinite(value).any():
            assert best is None
        else:
            # models that tie to 1e-9 are equally good
            found = penalty(criterion, drawn) * len(best.terms) - 2 * best.loglik
            assert found == pytest.approx(value.min(), abs=1e-7)


@pytest.fixture
def undecided(monkeypatch):
    """Leave every model open, as the search does in doubt."""
    real = ranking._fit_models

    def leave_open(cells, ceiling, charge, masks):
        verdict, loglik, unobserved = real(cells, np.inf, charge, masks)
        return np.full_like(verdict, OPEN), loglik, unobserved

    def switch_on():
        monkeypatch.setattr(ranking, "_fit_models", leave_open)

    return switch_on


def test_models_left_open_are_settled_and_win_only_if_their_estimate_exists(undecided):
    counts, models = cells_of("korea"), all_models(3, 2)
    expected, best = fit_models(counts, models), best_model(counts, models, 2.0)
    undecided()
    found = fit_models(counts, models)
    assert found.verdict.tolist() == expected.verdict.tolist()
    np.testing.assert_array_equal(np.isnan(found.unobserved), found.verdict != ESTIMATED)
    assert best_model(counts, models, 2.0).terms.tolist() == best.terms.tolist()


def test_models_that_cannot_win_are_passed_over():
    counts, models = cells_of("kosovo"), all_models(4, 3)
    charge = penalty("bic", counts)
    verdict, loglik, _ = ranking._fit_models(observed_cells(counts), ranking._ceiling(counts, models), charge, models)
    skipped = verdict == ranking.SKIPPED
    assert 0 < skipped.sum() < len(models)
    value = fit_models(counts, models).criterion(charge)
    assert value[skipped].min() > value.min()
    assert np.isnan(loglik[skipped]).all()


@pytest.mark.parametrize("table", ["kosovo", "artificial-3", "australia"])
def test_no_model_exceeds_the_ceiling(table):
    counts = cells_of(table)
    lists = int(counts.size).bit_length() - 1
    models = all_models(lists, lists - 1)
    fits = fit_models(counts, models)
    assert fits.loglik[fits.verdict == ESTIMATED].max() <= ranking._ceiling(counts, models)


def test_the_number_of_workers_does_not_change_a_bit():
    counts, models = cells_of("madigan-york-5"), all_models(5, 3)
    found = []
    for jobs in (1, 2):
        with workers(jobs):
            found.append(fit_models(counts, models))
    assert found[0].unobserved.tobytes() == found[1].unobserved.tobytes()
    assert found[0].loglik.tobytes() == found[1].loglik.tobytes()
