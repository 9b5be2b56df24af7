"""All models of a table against an outside package, and the best of them against trying all."""

import numpy as np
import pytest
from pins import GLM, cells_of, pinned, pinned_models

from ctresearch.core.parallel import workers
from ctresearch.prevalence import ranking
from ctresearch.prevalence.existence import fit_model
from ctresearch.prevalence.hierarchy import all_models, mask_terms, model_names
from ctresearch.prevalence.poisson import ESTIMATED, OPEN
from ctresearch.prevalence.ranking import best_model, fit_models
from ctresearch.prevalence.search import search_all
from ctresearch.prevalence.selection import penalty


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


def test_a_model_left_open_wins_only_if_its_estimate_exists(monkeypatch):
    models = all_models(3, 2)
    names = model_names(3, 2)
    counts = cells_of("korea")
    wins, fails = names.index("[12,23]"), names.index("[12,13]")

    def undecided(cells, masks, charge):
        return -1, np.inf, np.array([fails, wins]), np.array([1.0, 2.0])

    monkeypatch.setattr(ranking, "_best_model", undecided)
    best = best_model(counts, models, 2.0)
    assert best.terms.tolist() == mask_terms(models[wins]).tolist()


def test_open_models_of_a_ranking_are_settled(monkeypatch):
    real = ranking._fit_models

    def undecided(cells, masks):
        verdict, loglik, unobserved = real(cells, masks)
        return np.full_like(verdict, OPEN), loglik, unobserved

    counts, models = cells_of("korea"), all_models(3, 2)
    expected = fit_models(counts, models)
    monkeypatch.setattr(ranking, "_fit_models", undecided)
    found = fit_models(counts, models)
    assert found.verdict.tolist() == expected.verdict.tolist()
    np.testing.assert_array_equal(np.isnan(found.unobserved), found.verdict != ESTIMATED)


def test_the_number_of_workers_does_not_change_a_bit():
    counts, models = cells_of("madigan-york-5"), all_models(5, 3)
    found = []
    for jobs in (1, 2):
        with workers(jobs):
            found.append(fit_models(counts, models))
    assert found[0].unobserved.tobytes() == found[1].unobserved.tobytes()
    assert found[0].loglik.tobytes() == found[1].loglik.tobytes()
