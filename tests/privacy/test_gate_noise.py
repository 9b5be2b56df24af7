"""Noise that protects nobody is no seal: the policy says how large a loss may be, and how little noise."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.privacy import Output, Policy, private_counts, private_mean, release, synthesize

COUNTS = pd.Series({"Woman": 1210, "Man": 3})
PEOPLE = pd.DataFrame({"sex": ["Woman", "Man"] * 200, "adult": ["yes", "no"] * 200})
DOMAIN = {"sex": ["Woman", "Man"], "adult": ["yes", "no"]}


def verdict(noised, policy=None, level="restricted", kind="table"):
    return release([Output("noised", kind, level, content=noised)], policy)["noised"]


@pytest.mark.parametrize(
    "options",
    [
        {"epsilon": 100},
        {"epsilon": 11, "cells_per_person": 100},
        {"epsilon": 8},  # a standard deviation of 0.03: the true counts
        {"epsilon": 1, "delta": 0.5},
        {"epsilon": 1, "delta": 1e-4},
    ],
)
def test_a_seal_with_too_little_noise_does_not_pass(options):
    noised = private_counts(COUNTS, **options)
    for content in (noised, noised.table, noised.table.copy()):
        found = verdict(content)
        assert (found.verdict, found.rule) == ("fail", "weak_noise"), found.sentence
    assert any(f.rule == "no_counts" for f in verdict(noised).findings), "the seal must not stand for the threshold"


@pytest.mark.parametrize(
    "options", [{"epsilon": 1}, {"epsilon": 0.5, "delta": 1e-6}, {"epsilon": 10, "cells_per_person": 20}]
)
def test_a_seal_with_enough_noise_passes(options):
    assert verdict(private_counts(COUNTS, **options)).verdict == "pass"


def test_the_owner_of_the_data_may_ask_for_more_and_not_for_less(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text('owner = "a shelter"\nmax_epsilon = 0.5\n')
    assert verdict(private_counts(COUNTS, epsilon=1), file).rule == "weak_noise"
    assert verdict(private_counts(COUNTS, epsilon=0.5), file).verdict == "pass"
    assert verdict(private_counts(COUNTS, epsilon=1), Policy(least_noise=2.0, owner="a shelter")).rule == "weak_noise"
    assert (
        verdict(private_counts(COUNTS, epsilon=1, delta=1e-6), Policy(max_delta=1e-7, owner="x")).rule == "weak_noise"
    )
    loose = Policy(max_epsilon=1000, max_delta=0.5, least_noise=0.0, owner="careless")
    assert verdict(private_counts(COUNTS, epsilon=100), loose).rule == "weak_noise"


def test_a_person_may_sign_for_a_larger_loss_and_the_true_counts_stay_inside():
    signed = [
        {"output": "noised", "rule": rule, "reason": "agreed with the data owner", "name": "A. Custodian"}
        for rule in ("weak_noise", "no_counts", "undeclared")
    ]
    near = Output("noised", "table", "restricted", content=private_counts(COUNTS, epsilon=100))
    assert release([near], overrides=signed)["noised"].rule == "small_cells"
    many = private_counts(pd.Series({"Woman": 1210, "Man": 403}), epsilon=12)
    assert (
        release([Output("noised", "table", "restricted", content=many)], overrides=signed)["noised"].verdict == "pass"
    )


def test_a_mean_with_too_little_noise_does_not_pass():
    months = np.tile([6.0, 12.0, 3.0, 24.0], 100)
    assert verdict(private_mean(months, lower=0, upper=60, epsilon=100)).rule == "weak_noise"
    assert verdict(private_mean(months, lower=0, upper=60, epsilon=1)).verdict == "pass"


def test_synthetic_rows_obey_the_policy_too():
    for epsilon, delta, weak in ((50, 1e-6, True), (1, 1e-2, True), (1, 1e-6, False)):
        made = synthesize(PEOPLE, epsilon=epsilon, delta=delta, domain=DOMAIN, n=400)
        found = verdict(made.frame, level="record", kind="file")
        assert any(f.rule == "weak_noise" for f in found.findings) == weak
    strict = Policy(max_epsilon=0.5, owner="a shelter")
    made = synthesize(PEOPLE, epsilon=1, delta=1e-6, domain=DOMAIN, n=400)
    assert verdict(made.frame, strict, level="record", kind="file").rule == "weak_noise"


def test_a_policy_for_noise_is_checked():
    for wrong in ({"max_epsilon": 0}, {"max_delta": 1.0}, {"least_noise": -1.0}):
        with pytest.raises(SpecificationError):
            Policy(**wrong)
    joined = Policy(max_epsilon=1.0).stricter(Policy(max_delta=1e-9, least_noise=3.0, owner="b"))
    assert (joined.max_epsilon, joined.max_delta, joined.least_noise) == (1.0, 1e-9, 3.0)
