"""Whoever waits is told for what, and work is cut into chunks of a fixed size."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.core import parallel
from ctresearch.core.parallel import workers
from ctresearch.prevalence import (
    LatentClass,
    LogLinear,
    LowerBound,
    compare_methods,
    list_sensitivity,
    predictive_check,
    simulate_coverage,
)
from ctresearch.prevalence.loglinear.model_terms import complete
from ctresearch.prevalence.loglinear.resample import jackknife
from ctresearch.prevalence.loglinear.selection import FixedModel


def fitted():
    """Fit a model of three lists."""
    return LogLinear("fixed", model="[12,13]").fit(published_lists("hav-taiwan"))


@pytest.fixture
def bars(monkeypatch):
    """Keep the words of every bar and the number of chunks behind it."""
    seen = []

    class Kept(parallel._LateBar):
        def __init__(self, total, text):
            if text != "Working":  # a bar without words of its own
                seen.append((text, total))
            super().__init__(total, text)

    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(parallel, "_LateBar", Kept)
    return seen


CALLS = {
    "Bootstrap": (lambda t: LogLinear("fixed", model="[1,2,3]", bootstrap=41).fit(t), 3),
    "Simulation": (lambda _: predictive_check(fitted(), samples=101), 3),
    "Lists left out and merged": (lambda t: list_sensitivity(t, LowerBound()), 7),
    "Methods": (lambda t: compare_methods(t, {"a": LowerBound(), "b": LowerBound()}), 2),
    "Populations, by 5": (lambda _: simulate_coverage("sparse", {"a": LowerBound()}, replications=11, jobs=1), 3),
    "Latent-class chains": (lambda t: LatentClass(1, iterations=40, thin=1, chains=3).fit(t), 3),
}


@pytest.mark.parametrize("words", CALLS)
def test_a_bar_says_what_is_going_on(words, bars):
    call, chunks = CALLS[words]
    with workers(1):
        call(published_lists("hav-taiwan"))
    assert bars == [(words, chunks)]


def test_a_jackknife_of_many_patterns_is_cut_by_twenty():
    counts = np.zeros(64)
    counts[1:] = 5 + np.arange(63)
    patterns = np.arange(1, 64)
    rule = FixedModel(complete([], 6))
    with workers(1):
        found = jackknife(rule, patterns, counts[1:].astype(np.int64), 64)
    assert found.shape == (63,)
    assert np.isfinite(found).all()
    assert len(np.unique(found.round(9))) > 20
