"""Forward selection against an outside package, and its p-values against scipy."""

import numpy as np
import pytest
from pins import GLM, cells_of, pinned, published_lists
from scipy.stats import poisson

from ctresearch.prevalence.loglinear import stepwise as steps_of
from ctresearch.prevalence.loglinear.model_terms import complete, write_term
from ctresearch.prevalence.loglinear.poisson import NO_MLE
from ctresearch.prevalence.loglinear.stepwise import last_step, log_tail_probabilities, stepwise

CASES = [(table, case) for table, values in pinned("sparsemse").items() for case in values["stepwise"]]


def by_name(term, lists):
    """Write an interaction as the package does."""
    return ":".join(lists[int(i) - 1] for i in write_term(term, lists))


@pytest.mark.parametrize(("table", "case"), CASES, ids=[f"{t}-{c['p_enter']}" for t, c in CASES])
def test_estimate_and_interactions_equal_sparsemse(table, case):
    lists = published_lists(table).lists
    counts = cells_of(table)
    steps = stepwise(counts, len(lists), 2, case["p_enter"])
    assert counts.sum() + steps[-1].model.unobserved == pytest.approx(case["estimate"], rel=GLM)
    # the package lists an interaction with an empty overlap apart from the rest, as it has no coefficient
    entered = [by_name(step.entered, lists) for step in steps[1:]]
    assert [name for name in entered if name in case["entered"]] == case["entered"]
    empty = [name for name in entered if name not in case["entered"]]
    assert all(pinned("sparsemse")[table]["overlaps"][name] == 0 for name in empty)


@pytest.mark.parametrize("table", sorted(pinned("multiple_systems_estimation")))
def test_estimate_equals_multiple_systems_estimation(table):
    counts, expected = cells_of(table), pinned("multiple_systems_estimation")[table]["stepwise"]["estimate"]
    steps = stepwise(counts, len(published_lists(table).lists), 2, 0.02)
    assert counts.sum() + steps[-1].model.unobserved == pytest.approx(expected, rel=GLM)


def test_p_values_equal_the_smaller_tail():
    rng = np.random.default_rng(3)
    expected = rng.uniform(0.01, 400, 500)
    observed = rng.poisson(expected * rng.choice([0.5, 1, 1.5], 500)).astype(float)
    smaller = np.minimum(poisson.cdf(observed, expected), poisson.sf(observed - 1, expected))
    np.testing.assert_allclose(np.exp(log_tail_probabilities(observed, expected)), smaller, rtol=1e-9)


def test_p_values_below_the_smallest_float_still_rank():
    lower, higher = log_tail_probabilities(np.array([5000.0, 4000.0]), np.array([1000.0, 1000.0]))
    assert lower < higher < np.log(5e-324)


def test_p_values_of_impossible_and_certain_overlaps():
    assert log_tail_probabilities(np.array([0.0, 1.0]), np.array([0.0, 0.0])).tolist() == [0.0, -np.inf]


def test_an_interaction_without_an_estimate_is_passed_over():
    # A and B share far more people than chance allows, but C shares nobody with either: [12,3] has no estimate
    counts = np.array([0, 40, 30, 60, 20, 0, 0, 0], dtype=float)
    steps = stepwise(counts, 3, 2, 0.05)
    assert 0b011 not in [step.entered for step in steps]


def test_threshold_zero_keeps_independence_and_higher_order_needs_its_parts():
    counts = cells_of("kosovo")
    assert len(stepwise(counts, 4, 2, 0.0)) == 1
    terms = stepwise(counts, 4, 3, 0.02)[-1].model.terms
    triples = [t for t in terms.tolist() if t.bit_count() == 3]
    assert triples
    assert complete(triples, 4).size <= terms.size


def test_without_any_overlap_there_is_no_first_step():
    steps = stepwise(np.array([0, 4, 5, 0], dtype=float), 2, 1, 0.02)
    assert len(steps) == 1
    assert steps[0].model.verdict == NO_MLE


@pytest.mark.parametrize(("table", "order"), [("korea", 2), ("kosovo", 3), ("uk-2013", 2), ("new-orleans", 2)])
@pytest.mark.parametrize("p_enter", [0.02, 0.2])
def test_the_compiled_walk_ends_where_the_steps_end(table, order, p_enter):
    counts = cells_of(table)
    lists, drawn = int(counts.size).bit_length() - 1, np.random.default_rng(3)
    shares = counts[1:] / counts[1:].sum()
    for people in (counts[1:].sum(), counts[1:].sum() / 8):  # the fewer, the more empty overlaps
        for _ in range(8):
            other = np.append(0, drawn.multinomial(round(people), shares))
            steps, walked = stepwise(other, lists, order, p_enter)[-1].model, last_step(other, lists, order, p_enter)
            assert walked.terms.tolist() == steps.terms.tolist()
            assert walked.verdict == steps.verdict
            assert walked.unobserved == steps.unobserved or np.isnan([walked.unobserved, steps.unobserved]).all()


def test_what_the_walk_leaves_open_is_settled_by_the_steps(monkeypatch):
    counts = cells_of("kosovo")
    asked = []
    monkeypatch.setattr(steps_of, "_walk", lambda *_: (np.array([0, 1, 2, 4, 8]), False))
    monkeypatch.setattr(steps_of, "stepwise", lambda *given: asked.append(given) or stepwise(*given))
    assert last_step(counts, 4, 2, 0.02).terms.tolist() == stepwise(counts, 4, 2, 0.02)[-1].model.terms.tolist()
    assert len(asked) == 1
