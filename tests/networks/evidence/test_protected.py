"""Who is kept out of every set of targets, and what the check says of it."""

import networkx as nx
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.networks import CriminalNetwork, as_network, protected_actors
from ctresearch.networks.evidence.protected import kept_out, protection_check, says_who_is_protected


def network(name="status", *values, graph=None):
    found = nx.path_graph(len(values) or 3) if graph is None else graph
    nx.set_node_attributes(found, {i: v for i, v in enumerate(values) if v is not ...}, name)
    return as_network(found)


def checked(found, kept=None):
    return protection_check("protection", found, protected_actors(found) if kept is None else frozenset(kept))


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("status", ["victim", "suspect", None], {0}),
        ("role", ["driver", "former victim", "guard"], {1}),
        ("victim", [True, False, None], {0}),
        ("is_minor", ["no", "yes", " "], {1}),
        ("age", [17, 18, "unknown"], {0}),
        ("age", ["15-17", "18-24", "old enough"], {0}),
        ("birth_year", [1990, 2010, None], {0, 1}),
        ("city", ["victim", "child", "minor"], set()),
    ],
)
def test_the_column_says_how_its_cells_are_read(name, values, expected):
    assert protected_actors(network(name, *values)) == expected


def test_several_columns_protect_together():
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, {0: "victim"}, "status")
    nx.set_node_attributes(graph, {1: 16, 2: 40}, "age")
    assert protected_actors(graph) == {0, 1}
    assert protected_actors(as_network(graph)) == {0, 1}


@pytest.mark.parametrize(("first", "expected"), [(2018, {0, 1}), (2019, {1}), (2020, {1})])
def test_births_are_compared_to_the_first_year_of_the_evidence(first, expected):
    ties = pd.DataFrame({"source": [0, 1], "target": [1, 2], "on": [first + 3, first]})
    people = pd.DataFrame({"actor": [0, 1, 2], "birth_year": [2000, 2005, "?"]})
    found = CriminalNetwork.from_edges(ties, date="on", actors=people)
    assert protected_actors(found) == expected
    undated = CriminalNetwork.from_edges(ties, actors=people)
    assert protected_actors(undated) == {0, 1}
    dates = ties.assign(on=pd.to_datetime([f"{first + 1}-01-01", f"{first}-12-31"]))
    assert protected_actors(CriminalNetwork.from_edges(dates, date="on", actors=people)) == expected


def test_who_is_kept_out():
    found = network("status", "suspect", "victim", "suspect", "suspect")
    assert kept_out(found, [3], protect=True) == {1, 3}
    assert kept_out(found, [3], protect=False) == {3}
    assert kept_out(found, None, protect=True) == {1}
    assert kept_out(found, None, protect=False) == frozenset()
    assert kept_out(found, iter([0]), protect=False) == {0}
    with pytest.raises(SpecificationError, match=r"exclude holds 2 of 3 actors who .* \(numbers 1 and 3\)"):
        kept_out(found, [8, 0, 9], protect=True)
    with pytest.raises(SpecificationError, match="protect == 'yes'"):
        kept_out(found, None, protect="yes")


def test_somebody_protected_who_could_be_chosen_fails():
    found = network("status", "victim", "child", "suspect")
    check = checked(found, [0])
    assert (check.name, check.status) == ("protection", "fail")
    assert check.numbers == {"excluded": 1, "unprotected": 1}
    assert check.message.startswith("1 victim, victim-defendant or child could be chosen")
    assert checked(found, []).numbers == {"excluded": 0, "unprotected": 2}
    passed = checked(found)
    assert (passed.name, passed.status) == ("protection", "pass")
    assert passed.numbers == {"excluded": 2, "unprotected": 0}
    assert passed.message == "2 actors were kept out of the choice."


def test_attributes_that_match_nobody_fail():
    ties = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
    found = CriminalNetwork.from_edges(ties, actors=pd.DataFrame({"actor": ["x"], "status": ["victim"]}))
    check = checked(found)
    assert check.status == "fail"
    assert check.name == "protection"
    assert check.numbers == {"excluded": 1, "unprotected": 0}
    assert check.message.startswith("1 actor was kept out of the choice. 1 of 1 actors with attributes have no tie")


def test_somebody_kept_out_without_ties_beside_somebody_unknown_fails():
    ties = pd.DataFrame({"source": ["a", "b", "c"], "target": ["b", "c", "d"]})
    told = pd.DataFrame({"actor": ["x", "a", "b"], "status": ["victim", "suspect", "suspect"]})
    found = CriminalNetwork.from_edges(ties, actors=told)
    check = checked(found)
    assert (check.name, check.status) == ("protection", "fail")
    assert (
        "1 of the 1 kept out have no tie, and nothing is known of 2 actors who have (rows 4 and 5 of" in check.message
    )
    assert check.message.startswith("1 actor was kept out")
    assert check.numbers == {"excluded": 1, "unprotected": 0}
    known = pd.DataFrame({"actor": ["x", "a", "b", "c", "d"], "status": ["victim"] + ["suspect"] * 4})
    assert checked(CriminalNetwork.from_edges(ties, actors=known)).status == "pass"
    tied = pd.DataFrame({"actor": ["a", "b"], "status": ["victim", "suspect"]})
    assert checked(CriminalNetwork.from_edges(ties, actors=tied)).status == "review"
    # kept out by hand, where nothing is known of anybody
    lonely = nx.path_graph(3)
    lonely.add_node("x")
    by_hand = checked(as_network(lonely), ["x"])
    assert by_hand.status == "review"


def test_nothing_that_tells_is_for_review():
    for found in (
        network(),
        network("role", "driver", "guard", "boss"),
        network("age", 40, 41, 42),
        network("status", None, None, "unknown"),
    ):
        check = checked(found)
        assert check.status == "review"
        assert check.message == (
            "Nothing says who is a victim, a victim-defendant or a child: mark them in the attribute 'status'."
        )
    by_hand = checked(network(), [1])
    assert by_hand.message.startswith("1 actor was kept out of the choice. Nothing says")
    assert by_hand.numbers == {"excluded": 1, "unprotected": 0}


@pytest.mark.parametrize(
    ("name", "values", "tells"),
    [
        ("status", ["suspect", None, None], True),
        ("status", ["victim", None, None], True),
        ("status", ["zq", "unknown", None], False),
        ("victim", [False, None, None], True),
        ("victim", [None, None, None], False),
        ("role", ["victim", "driver", None], True),
        ("role", ["driver", "driver", None], False),
        ("age", [12, 40, None], False),
        ("birth_year", [2015, 1980, None], False),
        ("city", ["victim", "x", None], False),
    ],
)
def test_what_tells_who_is_protected(name, values, tells):
    assert says_who_is_protected(network(name, *values)) is tells


def test_values_not_understood_are_counted_by_column_and_row():
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, dict(enumerate(["victim", "zq", "suspect", 5])), "status")
    nx.set_node_attributes(graph, dict(enumerate([40, "old enough", 30, 20])), "age")
    nx.set_node_attributes(graph, dict(enumerate(["x", "y", "z", "w"])), "date_of_birth")
    nx.set_node_attributes(graph, dict(enumerate(["x", "y", "z", "w"])), "role")
    check = checked(as_network(graph))
    assert check.status == "review"
    assert "Column 'status': 2 of 4 values are not understood (rows 2 and 4 of the network's actors)" in check.message
    assert "Column 'age': 1 of 4 values is not understood (row 2 of the network's actors)" in check.message
    assert "Column 'date_of_birth': 4 of 4 values are not understood (rows 1, 2, 3 and 4 of" in check.message
    assert "'role'" not in check.message
    assert check.message.startswith("1 actor was kept out of the choice. Column 'status'")


def test_an_empty_status_counts_where_others_have_one():
    found = network("status", "suspect", None, "victim", "unknown", None)
    check = checked(found)
    assert check.status == "review"
    assert "Nothing says of 3 of 5 actors whether they are victims (rows 2, 4 and 5 of the network's" in check.message
    excluded = checked(found, [1, 2, 4])
    assert "of 1 of 5 actors whether they are victims (rows 4 of" in excluded.message
    assert checked(found, [1, 2, 3, 4]).status == "pass"
    assert checked(network("status", "victim", None, None)).status == "pass", "only the protected are marked"
    unread = checked(network("status", "victim", "zq", None))
    assert "of 1 of 3 actors" in unread.message


def test_two_columns_that_tell_fill_each_other():
    graph = nx.path_graph(3)
    nx.set_node_attributes(graph, {0: "suspect", 1: "suspect"}, "status")
    nx.set_node_attributes(graph, {2: False}, "victim")
    assert checked(as_network(graph)).status == "pass"
    graph.nodes[2].pop("victim")
    graph.nodes[1]["victim"] = False
    check = checked(as_network(graph))
    assert check.status == "review"
    assert "of 1 of 3 actors whether they are victims (rows 3 of" in check.message


def test_blank_marks_and_ages_are_no_answer():
    found = network("victim", False, " ", "?")
    assert "of 2 of 3 actors" in checked(found).message
    ages = nx.path_graph(3)
    nx.set_node_attributes(ages, dict(enumerate(["suspect"] * 3)), "status")
    nx.set_node_attributes(ages, dict(enumerate([None, "unknown", 20])), "age")
    nx.set_node_attributes(ages, dict(enumerate([None, "unknown", 1980])), "birth_year")
    assert checked(as_network(ages), protected_actors(as_network(ages))).status == "pass"
