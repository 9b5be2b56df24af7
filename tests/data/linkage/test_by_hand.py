"""Small numbers of a linkage held against what a few records give by hand."""

import numpy as np
import pytest

from ctresearch.data.linkage.linkage_error import linkage_error
from ctresearch.data.linkage.posterior import Drawn, mean_log_odds


def test_the_mean_of_draws_is_that_of_their_probabilities():
    chances = np.array([[0.2, 0.9, 0.5], [0.4, 0.1, 0.5], [0.9, 0.5, 0.5]])
    drawn = [Drawn(np.zeros(1, dtype=np.int64), np.log(p / (1 - p))) for p in chances]
    mean = chances.mean(axis=0)
    assert mean_log_odds(drawn) == pytest.approx(np.log(mean / (1 - mean)))
    sure = mean_log_odds([Drawn(np.zeros(1, dtype=np.int64), np.array([800.0, -800.0]))])
    assert np.isfinite(sure).all()
    assert sure[0] > 30
    assert sure[1] < -600


def test_rates_of_errors_are_those_of_all_pairs_counted_one_by_one():
    rng = np.random.default_rng(4)
    linked, draws = rng.integers(0, 12, 30), [rng.integers(0, 12, 30) for _ in range(3)]
    pairs = [(i, j) for i in range(30) for j in range(i)]
    found = linkage_error(linked, draws)
    for d, true in enumerate(draws):
        joined, real = ({(i, j) for i, j in pairs if one[i] == one[j]} for one in (linked, true))
        assert found.false_matches[d] == pytest.approx(len(joined - real) / len(joined))
        assert found.missed_matches[d] == pytest.approx(len(real - joined) / len(real))
        assert found.joined == len(joined)
    alone = linkage_error(np.arange(4), [np.arange(4)])
    assert (np.isnan(alone.false_matches[0]), np.isnan(alone.missed_matches[0]), alone.joined) == (True, True, 0)
