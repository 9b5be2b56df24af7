import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.consequences.durations.durations import Durations
from ctresearch.consequences.hazards.partial_likelihood import event_terms, partial_likelihood, risk_sets
from ctresearch.consequences.hazards.score_residuals import score_residuals
from ctresearch.core import FitError
from ctresearch.stats.regression.newton import Local, maximise


def drawn(seed, n=30):
    """Draw rows with delayed entry, many ties and two columns."""
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 5, n).astype(float)
    rows = Durations(entry, entry + rng.integers(1, 6, n), rng.random(n) < 0.6)
    rows.event[0] = True
    return rows, rng.normal(size=(n, 2))


def by_hand(rows, x, point, efron):
    """Write the log likelihood down term by term, as in the papers."""
    value, risk = 0.0, np.exp(x @ point)
    for time in np.unique(rows.stop[rows.event]):
        at_risk = (rows.entry < time) & (time <= rows.stop)
        died = rows.event & (rows.stop == time)
        count = int(died.sum())
        value += (x[died] @ point).sum()
        for j in range(count):
            value -= np.log(risk[at_risk].sum() - (j / count if efron else 0) * risk[died].sum())
    return value


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_sweep_equals_the_formula(seed, efron):
    rows, x = drawn(seed)
    point = np.array([0.7, -1.1])
    here = partial_likelihood(risk_sets(rows, x), point, efron=efron)
    assert here.value == pytest.approx(by_hand(rows, x, point, efron), rel=1e-10)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_derivatives_are_those_of_the_value(seed, efron):
    rows, x = drawn(seed)
    sets, point, step = risk_sets(rows, x), np.array([0.3, 0.4]), 1e-5
    here = partial_likelihood(sets, point, efron=efron)
    for i in range(2):
        move = np.eye(2)[i] * step
        ahead, behind = (partial_likelihood(sets, point + s * move, efron=efron) for s in (1, -1))
        # Central differences of step 1e-5 are good to about nine digits of the value.
        assert here.score[i] == pytest.approx((ahead.value - behind.value) / (2 * step), rel=1e-5, abs=1e-6)
        assert here.information[i] == pytest.approx((behind.score - ahead.score) / (2 * step), rel=1e-5, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_residuals_sum_to_the_score(seed, efron):
    rows, x = drawn(seed)
    sets, point = risk_sets(rows, x), np.array([0.5, -0.2])
    residuals = score_residuals(rows, x, sets, point, efron=efron)
    # score_residuals take risks relative to the largest; the score does not see that.
    assert residuals.sum(axis=0) == pytest.approx(partial_likelihood(sets, point, efron=efron).score, abs=1e-8)


def test_weights_of_times_add_up():
    rows, x = drawn(3)
    sets = risk_sets(rows, x)
    weight = np.linspace(0.2, 0.8, len(sets.times))
    whole = partial_likelihood(sets, np.zeros(2), efron=True)
    parts = [partial_likelihood(sets, np.zeros(2), efron=True, weight=w) for w in (weight, 1 - weight)]
    assert sum(p.value for p in parts) == pytest.approx(whole.value, rel=1e-12)
    assert sum(p.information for p in parts) == pytest.approx(whole.information, rel=1e-10)


def test_steps_without_ties_are_one_over_the_sum_of_risks():
    rows = Durations(np.full(3, -np.inf), np.array([1.0, 2, 3]), np.ones(3, bool))
    terms = event_terms(risk_sets(rows, np.zeros((3, 1))), np.zeros(1), efron=True)
    assert terms.hazard.tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert terms.own.tolist() == terms.hazard.tolist()


def test_a_function_without_a_maximum_is_refused():
    with pytest.raises(FitError, match=r"no maximum.*'x'"):
        maximise(lambda b: Local(float(-np.exp(-b[0])), np.exp(-b), np.exp(-b)[:, None]), ("x",))
    with pytest.raises(FitError, match="no maximum"):
        maximise(lambda b: Local(0.0, np.ones(1), np.zeros((1, 1))), ("x",))
