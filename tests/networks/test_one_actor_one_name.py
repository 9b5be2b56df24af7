"""Actors, events and codes have one name each: names that are one are refused, or merged and said, in every reader."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError
from ctresearch.networks import CriminalNetwork, from_matrix, key_players, protected_actors, read_network

RING = pd.DataFrame({"source": [1, 2, 3, 4, 5, 6], "target": [2, 3, 4, 5, 6, 1]})
STAR = pd.DataFrame({"source": [1] * 5, "target": [2, 3, 4, 5, 6]})


def attributes(names, **first):
    table = pd.DataFrame({"actor": names, "status": ["victim"] + ["suspect"] * (len(names) - 1)})
    return table.assign(**first)


def test_attributes_with_another_type_of_name_never_double_the_actors():
    known = attributes([str(i) for i in range(1, 7)])
    with pytest.raises(CellError, match=r"6 actors are spelled .* merge_names=True"):
        CriminalNetwork.from_edges(STAR, actors=known)
    merged = CriminalNetwork.from_edges(STAR, actors=known, merge_names=True)
    assert len(merged) == 6
    assert merged.nodes == (1, 2, 3, 4, 5, 6)
    assert [check.name for check in merged.checks] == ["names"]
    assert protected_actors(merged) == {1}
    found = key_players(merged, 1)
    assert (1,) not in found.sets
    assert found.checks[-1].status == "pass"


@pytest.mark.parametrize("names", [("Ana", "Ana "), (1, "1"), ("José", "JOSE"), ("Ana", "ana"), ("Li-Wei", "Li–Wei")])
def test_spellings_of_one_actor_are_refused_or_merged_and_said(names):
    one, two = names
    ties = pd.DataFrame({"source": [one, two, "Bo"], "target": ["Bo", "Cy", "Cy"]}, dtype=object)
    with pytest.raises(CellError, match=r"1 actor is spelled .* column 'source' rows 1 and 2") as refused:
        CriminalNetwork.from_edges(ties)
    assert str(two) not in str(refused.value).replace("rows 1 and 2", "").replace("1 actor", "") or len(str(two)) == 1
    merged = CriminalNetwork.from_edges(ties, merge_names=True)
    assert len(merged) == 3
    assert merged.checks[0].numbers["merged"] == 1


def test_a_tie_between_two_spellings_of_an_actor_is_a_tie_to_oneself():
    ties = pd.DataFrame({"source": ["Ana", "Ana"], "target": ["ana ", "Bo"]})
    with pytest.raises(DataError, match="row 1 ties an actor to itself"):
        CriminalNetwork.from_edges(ties, merge_names=True)


def test_graphs_attendances_and_matrices_read_names_alike(tmp_path):
    graph = nx.Graph([("Ana", "Bo"), ("ana ", "Cy")])
    seen = pd.DataFrame({"who": ["Ana", "Bo", "ana", "Cy"], "where": ["m1", "m1", "m2", "m2"]})
    beside = pd.DataFrame([[0, 1], [1, 0]], index=["Ana", "Bo"], columns=["ana ", "Bo"])
    (tmp_path / "ties.csv").write_text("source,target\nAna,Bo\nana,Cy\n", encoding="utf-8")
    nx.write_graphml(graph, tmp_path / "g.graphml")
    nx.write_gexf(graph, tmp_path / "g.gexf")
    nx.write_pajek(graph, tmp_path / "g.net")
    (tmp_path / "g.dl").write_text(
        "dl n=3 format=edgelist1\nlabels embedded:\ndata:\nAna Bo\nana Cy\n", encoding="utf-8"
    )
    readers = [
        (lambda **options: CriminalNetwork.from_graph(graph, **options), 3),
        (lambda **options: CriminalNetwork.from_incidence(seen, actor="who", event="where", **options), 3),
        (lambda **options: from_matrix(beside, two_mode=False, **options), 2),
        (lambda **options: read_network(tmp_path / "ties.csv", **options), 3),
        (lambda **options: read_network(tmp_path / "g.graphml", **options), 3),
        (lambda **options: read_network(tmp_path / "g.gexf", **options), 3),
        (lambda **options: read_network(tmp_path / "g.net", **options), 3),
        (lambda **options: read_network(tmp_path / "g.dl", **options), 3),
    ]
    for read, actors in readers:
        with pytest.raises(CellError, match="merge_names=True") as refused:
            read()
        assert "na" not in str(refused.value).lower().replace("names", "").replace("name", "").replace("alone", "")
        merged = read(merge_names=True)
        assert len(merged) == actors
        assert "names" in {check.name for check in merged.checks}


def test_events_and_kinds_have_one_name_each():
    seen = pd.DataFrame({"who": ["a", "b", "c"], "where": ["m1", "M1 ", "m1"]})
    with pytest.raises(CellError, match="'where': 1 name is spelled"):
        CriminalNetwork.from_incidence(seen, actor="who", event="where")
    merged = CriminalNetwork.from_incidence(seen, actor="who", event="where", merge_names=True)
    assert merged.incidence.shape == (3, 1)
    ties = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "how": ["Phone", "phone"]})
    with pytest.raises(CellError, match="'how': 1 name is spelled"):
        CriminalNetwork.from_edges(ties, kind="how")
    assert len(CriminalNetwork.from_edges(ties, kind="how", merge_names=True).select(kind="Phone").edges_index) == 2
    with pytest.raises(CellError, match="columns of the matrix"):
        from_matrix(pd.DataFrame([[1, 0], [0, 1], [1, 1]], index=list("abc"), columns=["m1", "M1"]))


def test_two_rows_about_one_actor_and_two_nodes_that_contradict_are_refused():
    known = pd.DataFrame({"actor": ["a", "A"], "role": ["driver", "guard"]})
    ties = pd.DataFrame({"source": ["a"], "target": ["b"]})
    with pytest.raises(DataError, match=r"1 actors twice .*rows 2"):
        CriminalNetwork.from_edges(ties, actors=known, merge_names=True)
    graph = nx.Graph([("a", "b"), ("A", "c")])
    graph.nodes["a"]["role"], graph.nodes["A"]["role"] = "driver", "guard"
    with pytest.raises(CellError, match="values of 1 attributes differ"):
        CriminalNetwork.from_graph(graph, merge_names=True)
    graph.nodes["A"]["role"] = "driver"
    assert CriminalNetwork.from_graph(graph, merge_names=True).actors["role"].dropna().tolist() == ["driver"]


def test_attributes_that_match_nobody_fail_and_so_does_protection(tmp_path):
    known = attributes([f"x{i}" for i in range(1, 7)])
    apart = CriminalNetwork.from_edges(STAR, actors=known)
    assert [(check.name, check.status) for check in apart.checks] == [("attributes", "fail")]
    found = key_players(apart, 1)
    assert found.checks[-1].status == "fail"
    assert "match nobody" in found.checks[-1].message
    some = CriminalNetwork.from_edges(STAR, actors=attributes([1, 2, "x3", "x4"]))
    assert [check.status for check in some.checks] == ["review"]
    alone = CriminalNetwork.from_edges(STAR, actors=attributes([1, 2, 3, 4, 5, 6, 7]))
    assert alone.checks == (), "actors without ties beside those with them are no slip"
    seen = pd.DataFrame({"who": ["a", "b"], "where": ["m", "m"]})
    attended = CriminalNetwork.from_incidence(seen, actor="who", event="where", actors=known)
    assert [check.status for check in attended.checks] == ["fail"]
    (tmp_path / "g.dl").write_text("dl n=2 format=edgelist1\nlabels embedded:\ndata:\na b\n", encoding="utf-8")
    assert [check.status for check in read_network(tmp_path / "g.dl", actors=known).checks] == ["fail"]
    (tmp_path / "g.csv").write_text("source,target\na,b\n", encoding="utf-8")
    assert [check.status for check in read_network(tmp_path / "g.csv", actors=known).checks] == ["fail"]


def test_the_checks_stay_with_a_part_of_the_network():
    known = attributes([str(i) for i in range(1, 7)])
    merged = CriminalNetwork.from_edges(RING.assign(how="kin"), kind="how", actors=known, merge_names=True)
    assert merged.select(kind="kin").checks == merged.checks


def test_a_network_shows_its_sizes_and_nobody():
    ties = pd.DataFrame({"source": ["Marie Dupont"], "target": ["Jean Petit"]})
    network = CriminalNetwork.from_edges(
        ties, actors=pd.DataFrame({"actor": ["Marie Dupont"], "note": ["lives in Lille"]})
    )
    assert repr(network) == str(network) == "2 actors, 1 ties (undirected, without weights)"
    assert not any(word in network._repr_html_() for word in ("Marie", "Dupont", "Jean", "Petit", "Lille"))


@pytest.mark.slow
def test_many_actors_are_read_in_little_time():
    rng = np.random.default_rng(1)
    ends = rng.integers(0, 50_000, (100_000, 2))
    ties = pd.DataFrame(ends[ends[:, 0] != ends[:, 1]], columns=["source", "target"]).drop_duplicates()
    named = ties.map(lambda number: f"person {number}")
    assert len(CriminalNetwork.from_edges(named)) == len(CriminalNetwork.from_edges(ties))


@pytest.mark.parametrize("name", ["Silva, Ana", "Ana_Silva", "A. Silva", "Anna Silva"])
@pytest.mark.parametrize("column", ["role", "status"])
def test_a_victim_whose_attributes_stand_under_another_name_never_passes_as_kept_out(name, column):
    ties = pd.DataFrame([("Ana Silva", "B"), ("B", "C"), ("C", "D"), ("Ana Silva", "D")], columns=["source", "target"])
    told = pd.DataFrame({"actor": [name, "B", "C", "D"], column: ["victim"] + ["suspect"] * 3})
    result = key_players(CriminalNetwork.from_edges(ties, actors=told), 1)
    check = next(check for check in result.checks if check.name == "protection")
    assert check.status == "fail"
    assert "under two names" in check.message
    assert "Silva" not in check.message.replace("'Silva, Ana' and 'Ana Silva'", "")


def test_a_victim_without_ties_is_kept_out_where_everybody_is_known():
    ties = pd.DataFrame([("A", "B"), ("B", "C")], columns=["source", "target"])
    told = pd.DataFrame({"actor": list("ABCV"), "role": ["suspect"] * 3 + ["victim"]})
    result = key_players(CriminalNetwork.from_edges(ties, actors=told), 1)
    assert next(check for check in result.checks if check.name == "protection").status == "pass"
