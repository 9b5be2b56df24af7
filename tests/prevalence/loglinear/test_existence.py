"""Existence and identifiability of single models against an outside package."""

import numpy as np
import pytest
from pins import cells_of, pinned, published_lists

from ctresearch.prevalence.loglinear import existence
from ctresearch.prevalence.loglinear.existence import fit_model, status_word
from ctresearch.prevalence.loglinear.model_terms import complete, interactions, read_model
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, NO_MLE, NOT_IDENTIFIED, OPEN, Fit

CODES = {0: {"ok", "ok_extended"}, 1: {"no_mle"}, 2: {"not_identified"}, 3: {"not_identified", "no_mle"}}
TABLES = sorted(pinned("sparsemse"))


@pytest.mark.parametrize("table", TABLES)
def test_statuses_equal_those_of_sparsemse(table):
    codes, lists, counts = pinned("sparsemse")[table]["checkident"], published_lists(table).lists, cells_of(table)
    pairs = interactions(len(lists), 2)
    assert fit_model(counts, complete([], len(lists))).status in CODES[codes["main"]]
    assert fit_model(counts, complete(pairs.tolist(), len(lists))).status in CODES[codes["all_pairs"]]
    for name, code in codes["single_pairs"].items():
        others = [one for one in lists if one not in name.split(":")]
        assert fit_model(counts, read_model([name, *others], lists)).status in CODES[code], name


def test_all_three_ways_of_a_small_table():
    counts = cells_of("artificial-3")
    assert fit_model(counts, read_model("[12,3]", "ABC")).verdict == NO_MLE
    assert fit_model(counts, read_model("[12,13,23]", "ABC")).verdict == NOT_IDENTIFIED
    both_empty = fit_model(counts, read_model("[13,23]", "ABC"))
    assert both_empty.status == "ok_extended"
    # with C alone and apart, what is left is two lists: 40 x 30 / 6
    assert both_empty.unobserved == pytest.approx(40 * 30 / 6, rel=1e-12)


def test_all_interactions_of_all_lists_are_not_identified():
    model = fit_model(np.arange(8.0), complete([7], 3))
    assert model.status == "not_identified"
    assert np.isnan(model.unobserved)


def test_the_linear_programme_settles_what_the_search_leaves_open(monkeypatch):
    real = existence.fit

    def undecided(cells, terms, work):
        found = real(cells, terms, work)
        return found if cells.exists else Fit(OPEN, found.loglik, found.kept, found.unobserved)

    monkeypatch.setattr(existence, "fit", undecided)
    counts = cells_of("korea")
    assert fit_model(counts, read_model("[12,23]", "bcd")).verdict == ESTIMATED
    assert fit_model(counts, read_model("[12,13]", "bcd")).verdict == NO_MLE


def test_an_estimate_beyond_double_precision_is_not_identified(monkeypatch):
    monkeypatch.setattr(existence, "fit", lambda cells, terms, work: Fit(OPEN, 0.0, len(terms), 1.0))
    monkeypatch.setattr(existence, "_recedes", lambda counts, kept, dead: False)
    model = fit_model(np.array([0, 60, 40, 20]), np.array([0, 1, 2]))
    assert model.verdict == NOT_IDENTIFIED
    assert np.isnan(model.unobserved)


def test_words():
    assert status_word(ESTIMATED, all_kept=True) == "ok"
    assert status_word(NO_MLE, all_kept=True) == "no_mle"
