"""The compiled ordinal alpha keeps to its arrays: as Python, where a step outside is an error, it gives what it gave."""

import numpy as np

from ctresearch.stats.agreement import ranked
from interpreted import interpreted


def test_as_python_it_says_the_same():
    rng = np.random.default_rng(3)
    rows = rng.integers(-1, 4, size=(9, 3))
    rows[:, :2] = np.abs(rows[:, :2])  # at least two codes a row
    times = np.vstack([rng.multinomial(40, np.full(9, 1 / 9), size=6), 12 * np.eye(9)[0]]).astype(float)
    compiled = ranked.ranked_parts(rows, 4, times)
    with interpreted("stats"):
        observed, expected = ranked.ranked_parts(rows, 4, times)
    np.testing.assert_array_equal(observed, compiled[0])  # one order of sums
    np.testing.assert_array_equal(expected, compiled[1])
    assert ((observed <= 1) & (expected <= 1)).all()
