"""What every result of the room obeys; see ``lawful``."""

import numpy as np
import pytest

import lawful

NAMES = lawful.names_of("policy")
LATER = {"SyntheticControl": ["treated"]}
NOBODY = {
    "AdoptionEstimators",
    "BorrowedClauses",
    "HonestBounds",
    "LawIndex",
    "OrderedPanel",
    "PanelRegression",
    "PretestPower",
    "StaggeredAdoption",
    "SwitchingTreatment",
    "SyntheticControl",
    "SyntheticDifference",
    "TimeToAdoption",
    "TwoWayWeights",
}  # of laws, countries, explanations
ABSENT = {"TimeToAdoption": ("stratum",)}  # without strata
BESIDE = [
    since + step for since in range(-6, 6) for step in (-0.3, -0.15, 0.0, 0.15, 0.3)
]  # five estimators at one time
DRAWN = {
    "AdoptionEstimators": {"other": BESIDE},
    "JusticeFunnel": {"title": False, "other": [19.5]},  # its warning in place of a title; the middle of a range
    "TimeToAdoption": {"scale": lambda logs: np.exp(np.clip(logs, -50, 50))},
}


@pytest.mark.parametrize("name", NAMES)
def test_declared_columns_are_there_and_no_others(name):
    lawful.declared_columns_are_there(name, absent=ABSENT.get(name, ()))


@pytest.mark.parametrize("name", NAMES)
def test_limits_hold_the_estimate(name):
    lawful.limits_hold_the_estimate(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "PretestPower"])  # a fifth of a second
def test_level_scope_and_seed_reach_the_result(name):
    lawful.options_reach_the_result(name)


@pytest.mark.parametrize("name", NAMES)
def test_it_cites_what_its_docstring_cites(name):
    lawful.it_cites_what_its_docstring_cites(name)


@pytest.mark.parametrize("name", lawful.with_a_picture_of_its_own(NAMES))
def test_a_picture_draws_what_the_tables_hold(name):
    lawful.a_picture_draws_what_the_tables_hold(name, **DRAWN.get(name, {}))


@pytest.mark.parametrize("name", NAMES)
def test_its_inputs_are_told_and_asked_for(name):
    lawful.its_inputs_are_told(name)
    lawful.columns_it_names_are_asked_for(name)


@pytest.mark.parametrize("name", NAMES)
def test_no_table_is_refused_and_the_fewest_people_are_told(name):
    lawful.what_is_no_table_is_refused(name)
    lawful.the_fewest_people_are_told(name, nobody=NOBODY)


@pytest.mark.parametrize("name", NAMES)
def test_options_that_are_nothing_are_refused_by_name(name):
    lawful.options_are_refused_by_name(name, later=LATER.get(name, ()))
