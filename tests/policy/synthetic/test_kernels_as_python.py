"""Kernels keep to their arrays: as Python, where a step outside is an error, they give what they give compiled."""

import numpy as np
import pytest

from ctresearch.policy.synthetic.donors import gaps_to, plain_weights
from ctresearch.policy.synthetic.predictor_weights import predictor_shares
from interpreted import interpreted


def found():
    """Weights by outcomes, and by predictors whose importance is searched."""
    rng = np.random.default_rng(1)
    donors, outcome = rng.normal(size=(3, 6)), rng.normal(size=(5, 6))
    plain = plain_weights(gaps_to(np.full(5, 0.4), outcome), 0.01).weights
    shares, error = predictor_shares(donors, gaps_to(np.zeros(5), outcome), thorough=False)
    return np.concatenate([plain, shares, [error]])


@pytest.mark.slow
def test_as_python_they_say_the_same():
    compiled = found()
    with interpreted("policy"):
        np.testing.assert_allclose(found(), compiled, rtol=1e-6, atol=1e-9)  # sums in another order
