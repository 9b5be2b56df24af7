"""Who is protected in what words, and what the check of protection says where words are not understood."""

import networkx as nx
import pytest

from ctresearch.networks import key_players, protected_actors
from protection_cases import OPEN, PROTECTED


def marked(name, value):
    graph = nx.star_graph(4)
    nx.set_node_attributes(graph, {0: value}, name)
    return graph


@pytest.mark.parametrize(("name", "value"), PROTECTED)
def test_victims_and_children_are_protected_in_many_words(name, value):
    assert protected_actors(marked(name, value)) == {0}


@pytest.mark.parametrize(("name", "value"), OPEN)
def test_who_deals_with_victims_is_none_by_the_words_alone(name, value):
    assert protected_actors(marked(name, value)) == set()


def checked(values, name="status"):
    graph = nx.star_graph(len(values) - 1)
    nx.set_node_attributes(graph, dict(enumerate(values)), name)
    return key_players(graph, 1).checks[-1]


def test_the_cases_are_many_enough():
    assert len(PROTECTED) >= 100
    assert len(OPEN) >= 60
    assert len(set(map(str, PROTECTED))) == len(PROTECTED)


def test_an_abbreviation_protects_and_the_check_passes():
    check = checked(["VOT", "suspect", "suspect", "suspect"])
    assert check.status == "pass"
    assert check.numbers["excluded"] == 1


def test_values_that_are_not_understood_are_for_review_with_their_column_and_rows():
    check = checked(["zq", "suspect", "level 4", "offender"])
    assert check.status == "review"
    assert "Column 'status': 2 of 4 values are not understood (rows 1 and 3 of the network's actors)" in check.message
    assert "zq" not in check.message
    assert checked([1, 2, 2, 3]).status == "review", "codes say nothing"
    years = checked(["old enough", 40, 41, 42], "age")
    assert "Column 'age': 1 of 4 values is not understood (row 1" in years.message


def test_an_empty_status_tells_nothing_and_an_age_nothing_of_victims():
    assert checked([None, None, None, None]).status == "review"
    assert checked(["unknown", "?", "n/a", ""]).status == "review"
    assert checked([40, 41, 42, 43], "age").status == "review"
    some = checked(["suspect", "suspect", None, None])
    assert some.status == "review"
    assert "2 of 4 actors" in some.message
    assert "rows 3 and 4" in some.message
    assert checked(["victim", None, None, None]).status == "pass", "only victims are marked"


def test_a_marital_status_is_no_status_of_a_victim():
    assert checked(["single", "married", "single", "single"], "marital_status").status == "review"


def test_cells_that_hold_several_values_are_read():
    graph = nx.star_graph(3)
    graph.nodes[0]["roles"] = ["driver", "victim"]
    assert protected_actors(graph) == {0}
