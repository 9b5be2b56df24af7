"""Checks of regions on both sides of their bounds, and what draws of levels are summed up to, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from ctresearch.core import Result, estimates_table
from ctresearch.regions import federation, selection_model, trim_and_fill
from ctresearch.regions.partial.tables import _drawn_values, over_units


def turned(checks):
    """List how checks turned, what they count, and whether they void."""
    assert all(check.message.strip() for check in checks)
    return [(check.name, check.status, dict(check.numbers), check.voids) for check in checks]


def selected(counts, *, converged=True, covariance=1.0):
    return SimpleNamespace(counts=np.array(counts), converged=converged, covariance=np.full((2, 2), covariance))


def test_steps_hold_studies_and_limits_need_a_curve():
    enough = selection_model._ENOUGH
    few, many = {"studies": enough - 1, "fewest": 1}, {"studies": enough, "fewest": 1}
    assert turned(selection_model._checks(selected([1, 5]), enough)) == [
        ("steps", "pass", many, False),
        ("studies", "pass", {"studies": enough}, False),
    ]
    made = selection_model._checks(selected([1, 5]), enough - 1)
    assert turned(made) == [("steps", "pass", few, False), ("studies", "review", {"studies": enough - 1}, False)]
    assert "little about which were not published" in made[1].message
    for found, words, fewest in (
        (selected([0, 5]), "holds no study", 0),
        (selected([1, 5], converged=False), "without bound", 1),
        (selected([1, 5], covariance=np.nan), "too flat", 1),
    ):
        (check,) = selection_model._checks(found, enough)
        assert turned([check]) == [("steps", "fail", {"studies": enough, "fewest": fewest}, True)]
        assert words in check.message


def test_a_funnel_is_seen_in_studies_enough():
    enough = trim_and_fill._ENOUGH
    for missing, studies, status, words in (
        (0, enough, "pass", f"No study seems to be missing beside {enough}"),
        (2, enough, "review", f"2 studies seem to be missing beside {enough}"),
        (0, enough - 1, "review", f"{enough - 1} studies are too few"),
    ):
        checks = trim_and_fill._checks(missing, studies)
        assert turned(checks) == [("funnel", status, {"missing": missing, "studies": studies}, False)]
        assert checks[0].message.startswith(words)


class Other(Result):
    """Another kind of result."""


def result(kind):
    return kind(method="An estimate by hand", estimates=estimates_table({"x": (1.0, 0.1, 0.8, 1.2)}), n=9)


def test_countries_estimated_in_one_way_or_in_several():
    one = federation._check_methods({"a": result(Result), "b": result(Result)})
    two = federation._check_methods({"a": result(Result), "b": result(Other), "c": result(Result)})
    assert turned([one, two]) == [
        ("one method", "pass", {"kinds": 1}, False),
        ("one method", "review", {"kinds": 2}, False),
    ]
    assert "All 2 countries" in one.message
    assert "The 3 countries estimated by methods of 2 kinds" in two.message


def test_draws_of_levels_are_summed_up_by_middle_spread_and_limits():
    values = np.array([[[1.0]], [[2.0]], [[3.0]], [[8.0]], [[6.0]]])
    deviations, between = values - 2, np.array([4.0, 9, 16, 25, 36]).reshape(-1, 1, 1)
    found = {name: float(one.ravel()[0]) for name, one in _drawn_values(values, deviations, between, 0.5).items()}
    assert found == pytest.approx(
        {
            "estimate": 3,
            "std_error": np.std([1, 2, 3, 8, 6]),
            "ci_low": 2,
            "ci_high": 6,
            "deviation": 1,
            "deviation_error": np.std([1, 2, 3, 8, 6]),
            "pooling": np.var([1, 2, 3, 8, 6]) / 16,
        }
    )
    assert _drawn_values(values, deviations, between / 1e6, 0.5)["pooling"].tolist() == [[1]]


def test_units_are_laid_out_beside_mean_spread_and_a_further_one():
    random = np.random.default_rng(3)
    mean, spread = random.normal(1, 0.1, 4_000), np.full(4_000, 2.0)
    values = np.column_stack([random.normal(3, 0.5, 4_000), random.normal(-1, 0.5, 4_000)])
    made = over_units(["a", "b"], (mean, spread, values), np.random.default_rng(1), 0.9)
    held = made.units
    assert held["level"].tolist() == ["a", "b"]
    assert held["estimate"].tolist() == pytest.approx([3, -1], abs=0.05)
    assert held["ci_low"].tolist() == pytest.approx([3 - 0.822, -1 - 0.822], abs=0.06)
