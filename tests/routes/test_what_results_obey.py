"""What every result of the room obeys; see ``lawful``."""

import pytest

import lawful

NAMES = lawful.names_of("routes")
NOBODY = {"Breaks", "Gravity", "IntervalGravity"}  # of laws, countries, explanations
EXACT = {"ChangeSplit": False}  # ranges of what is not known have no level
MORE = {"Composition": {"source": "who"}, "Trend": {"exposure": "effort", "contributor": "who"}}
DRAWN = {"Cooperation": {"other": [0.8], "labelled": False}, "Corridors": {"labelled": False}}


@pytest.mark.parametrize("name", NAMES)
def test_declared_columns_are_there_and_no_others(name):
    lawful.declared_columns_are_there(name)


@pytest.mark.parametrize("name", NAMES)
def test_limits_hold_the_estimate(name):
    lawful.limits_hold_the_estimate(name)


@pytest.mark.parametrize("name", NAMES)
def test_level_scope_and_seed_reach_the_result(name):
    lawful.options_reach_the_result(name, exact=EXACT.get(name, True))


@pytest.mark.parametrize("name", NAMES)
def test_it_cites_what_its_docstring_cites(name):
    lawful.it_cites_what_its_docstring_cites(name)


@pytest.mark.parametrize("name", lawful.with_a_picture_of_its_own(NAMES))
def test_a_picture_draws_what_the_tables_hold(name):
    lawful.a_picture_draws_what_the_tables_hold(name, **DRAWN.get(name, {}))


@pytest.mark.parametrize("name", NAMES)
def test_its_inputs_are_told_and_asked_for(name):
    lawful.its_inputs_are_told(name)
    lawful.columns_it_names_are_asked_for(name, **MORE.get(name, {}))


@pytest.mark.parametrize("name", NAMES)
def test_no_table_is_refused_and_the_fewest_people_are_told(name):
    lawful.what_is_no_table_is_refused(name)
    lawful.the_fewest_people_are_told(name, nobody=NOBODY)


@pytest.mark.parametrize("name", NAMES)
def test_options_that_are_nothing_are_refused_by_name(name):
    lawful.options_are_refused_by_name(name)
