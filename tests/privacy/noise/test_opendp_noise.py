"""OpenDP as the source of noise."""

import sys

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import MissingExtraError, SpecificationError
from ctresearch.privacy import PrivacyBudget, private_counts
from ctresearch.privacy.noise.opendp_noise import opendp_mechanism

ZEROS = pd.Series(np.zeros(20_000, dtype=int))


@pytest.mark.parametrize(("epsilon", "delta"), [(0.5, 0.0), (1.0, 0.0), (1.0, 1e-5)])
def test_opendp_noise_is_as_large_as_our_own(epsilon, delta):
    pytest.importorskip("opendp")
    noised = private_counts(ZEROS, epsilon=epsilon, delta=delta, backend="opendp")
    assert noised.private
    # standard error of a standard deviation: below 2 % for Laplace noise on 20,000 draws, five of them
    assert noised.table.std() == pytest.approx(noised.noise_sd, rel=0.06)
    assert abs(noised.table.mean()) < 5 * noised.noise_sd / np.sqrt(len(ZEROS))


@pytest.mark.parametrize(("mechanism", "scale"), [("laplace", 2.0), ("gaussian", 2.0)])
def test_opendps_own_accounting_agrees(mechanism, scale):
    dp = pytest.importorskip("opendp.prelude")
    dp.enable_features("contrib")
    counts = dp.vector_domain(dp.atom_domain(T=int))
    laplace = mechanism == "laplace"
    make, metric = (
        (dp.m.make_laplace, dp.l1_distance(T=int)) if laplace else (dp.m.make_gaussian, dp.l2_distance(T=float))
    )
    loss = make(counts, metric, scale=scale).map(1 if laplace else 1.0)
    assert loss == pytest.approx(1 / scale if laplace else 1 / (2 * scale**2), rel=1e-9)  # epsilon, and rho


def test_the_shape_and_labels_of_a_table_stay():
    pytest.importorskip("opendp")
    table = pd.DataFrame([[900, 40], [70, 12]], index=["Woman", "Man"], columns=["yes", "no"])
    noised = private_counts(table, epsilon=50.0, backend="opendp").table
    assert noised.index.equals(table.index)
    assert (noised - table).abs().to_numpy().max() <= 2  # beyond 2 in e^-100 of all draws


def test_opendp_takes_no_seed_and_no_other_name():
    with pytest.raises(SpecificationError, match="seed == 3"):
        private_counts(ZEROS, epsilon=1.0, backend="opendp", seed=3)
    with pytest.raises(SpecificationError, match="backend == 'other'"):
        private_counts(ZEROS, epsilon=1.0, backend="other")
    with pytest.raises(SpecificationError, match="mechanism == 'uniform'"):
        opendp_mechanism("uniform", 1.0)


def test_without_opendp_the_extra_is_named_and_nothing_is_paid(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "opendp", None)
    budget = PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.0)
    with pytest.raises(MissingExtraError, match=r"ctresearch\[dp\]"):
        private_counts(ZEROS, epsilon=1.0, backend="opendp", budget=budget)
    assert budget.remaining == (1.0, 0.0)
