"""Networks of actors and events: their own density, and no measure of one mode without a word."""

import networkx as nx
import pytest

from ctresearch import networks
from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.networks import as_network
from ctresearch.networks.evidence.two_mode import modes, modes_check, one_mode

DAVIS = nx.davis_southern_women_graph()

ONE_MODE = {
    "betweenness": lambda g: networks.centrality(g, "betweenness"),
    "degree": lambda g: networks.centrality(g, "degree"),
    "ranks": lambda g: networks.centrality_ranks(g, confidence=0.9),
    "centralisation": networks.centralisation,
    "small_world": networks.small_world,
    "core_periphery": networks.core_periphery,
    "continuous_core": networks.continuous_core,
    "groups": networks.groups,
    "group_stability": networks.group_stability,
    "key_players": lambda g: networks.key_players(g, 2),
    "efficiency_security": networks.efficiency_security,
    "phases": lambda g: networks.phases({1: g, 2: g}),
    "equivalence": networks.equivalence,
    "structural_holes": networks.structural_holes,
    "backbone": networks.backbone,
    "disrupt": lambda g: networks.disrupt(g, "degree", steps=1),
    "disruption_bands": lambda g: networks.disruption_bands(g, "degree", steps=1),
    "compare_strategies": lambda g: networks.compare_strategies(g, ["degree", "random"], steps=1),
    "brokerage": lambda g: networks.brokerage(g, "bipartite"),
    "role_positions": lambda g: networks.role_positions(g, "bipartite"),
    "missing_ties": lambda g: networks.missing_ties(g, 0.1),
    "deletion_bands": networks.deletion_bands,
}


def test_two_modes_are_described_by_their_own_density():
    found = networks.describe(DAVIS)
    values = found.estimates["estimate"]
    assert values["density"] == pytest.approx(89 / (18 * 14))  # not .179, the share of all pairs of 32
    assert values["density"] == pytest.approx(nx.bipartite.density(DAVIS, DAVIS.graph["top"]))
    assert values["robins_alexander_clustering"] == pytest.approx(nx.bipartite.robins_alexander_clustering(DAVIS))
    assert (values["first_mode"], values["second_mode"], values["ties"]) == (18, 14, 89)
    assert (values["mean_degree_first"], values["mean_degree_second"]) == (
        pytest.approx(89 / 18),
        pytest.approx(89 / 14),
    )
    assert not {"transitivity", "degree_centralisation", "global_efficiency"} & set(values.index)
    check = next(c for c in found.checks if c.name == "modes")
    assert check.status == "review"
    assert "two modes" in check.message
    assert "Evelyn" not in found.summary()
    assert Result.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("name", ONE_MODE)
def test_measures_of_one_mode_are_refused_with_the_cure(name):
    with pytest.raises(SpecificationError, match=r"two modes .18 nodes .* project it") as caught:
        ONE_MODE[name](DAVIS)
    assert "Evelyn" not in str(caught.value)


def test_a_projection_and_a_network_without_the_attribute_are_taken():
    women = nx.bipartite.weighted_projected_graph(DAVIS, DAVIS.graph["top"])
    assert networks.describe(women).estimates["estimate"]["density"] == pytest.approx(nx.density(women))
    bare = nx.Graph(DAVIS.edges)
    found = networks.describe(bare)
    check = next(c for c in found.checks if c.name == "modes")
    assert check.status == "review"
    assert "14 and 18" in check.message
    assert not [c for c in networks.describe(nx.star_graph(5)).checks if c.name == "modes"]
    assert not [c for c in networks.describe(nx.karate_club_graph()).checks if c.name == "modes"]


def test_ties_inside_a_mode_make_one_network_of_it():
    graph = nx.Graph(DAVIS)
    graph.add_edge("Evelyn Jefferson", "Laura Mandeville")
    assert networks.describe(graph).estimates["estimate"]["density"] == pytest.approx(nx.density(graph))


def test_two_modes_with_directions_are_refused():
    with pytest.raises(SpecificationError, match="two modes"):
        networks.describe(nx.DiGraph(DAVIS))
    with pytest.raises(SpecificationError, match="two modes"):
        networks.krackhardt(nx.DiGraph(DAVIS))


@pytest.mark.parametrize("sides", [(0, 1), ("0", "1"), (0.0, 1.0), (False, True), ("0.0", "True")])
def test_the_attribute_says_the_side_in_any_type(sides):
    graph = nx.Graph([("a", "m"), ("b", "m")])
    nx.set_node_attributes(graph, {"a": sides[0], "b": sides[0], "m": sides[1]}, "bipartite")
    assert modes(as_network(graph)).tolist() == [False, True, False]


def test_where_a_side_is_missing_strange_or_the_only_one_there_are_no_modes():
    for given in ({"a": 0, "m": 1}, {"a": 0, "b": 2, "m": 1}, {"a": 0, "b": 0, "m": 0}, {}):
        graph = nx.Graph([("a", "m"), ("b", "m")])
        nx.set_node_attributes(graph, given, "bipartite")
        assert modes(as_network(graph)) is None
        assert len(one_mode(graph, "density")) == 3
    with pytest.raises(DataError, match="has 3 actors, must have at least 4"):
        one_mode(graph, "density", at_least=4)
    with pytest.raises(DataError, match="has 0 actors, must have at least 1"):
        one_mode(nx.Graph(), "density")
    both = nx.complete_bipartite_graph(2, 1)
    with pytest.raises(SpecificationError, match=r"\(2 nodes with bipartite == 0, 1 with 1\), and density is defined"):
        one_mode(both, "density")


def test_circles_without_a_tie_inside_two_sets_are_for_review():
    (check,) = modes_check(as_network(nx.disjoint_union(nx.complete_bipartite_graph(2, 4), nx.path_graph(2))))
    assert (check.name, check.status, dict(check.numbers)) == ("modes", "review", {"circles": 3})
    assert "of two sets, of 3 and 5 nodes" in check.message
    (ring,) = modes_check(as_network(nx.cycle_graph(4, create_using=nx.DiGraph)))
    assert dict(ring.numbers) == {"circles": 1}
    assert "of 2 and 2 nodes" in ring.message
    for none in (nx.cycle_graph(5), nx.path_graph(4), nx.disjoint_union(nx.path_graph(3), nx.path_graph(2))):
        assert modes_check(as_network(none)) == ()
