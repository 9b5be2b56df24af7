import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.causes import CausalGraph
from ctresearch.causes.graph.path_search import find_paths
from ctresearch.causes.graph.paths import (
    back_door_graph,
    causal_nodes,
    describe_path,
    forbidden_nodes,
    joint_direction,
    open_paths,
    separated,
)
from ctresearch.causes.text.graph_text import read_graph_text
from ctresearch.core import SpecificationError


def random_graph(seed, size=6, chance=0.4):
    rng = np.random.default_rng(seed)
    nodes = [f"n{i}" for i in range(size)]
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    for i, one in enumerate(nodes):
        for other in nodes[i + 1 :]:
            if rng.random() < chance:
                graph.add_edge(one, other, sign=int(rng.choice([-1, 1])))
    return graph, rng


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_no_open_path_is_left_exactly_where_nodes_are_separated(seed):
    """Two routes to one answer: paths listed one by one, and networkx's reachability."""
    graph, rng = random_graph(seed)
    given_nodes = [node for node in ("n1", "n2", "n4") if rng.random() < 0.5]
    assert (not open_paths(graph, "n0", "n5", given_nodes)) == separated(graph, "n0", "n5", given_nodes)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_what_is_forbidden_follows_from_a_causal_node(seed):
    graph, _ = random_graph(seed)
    between = causal_nodes(graph, "n1", "n4")
    after = set().union(*(nx.descendants(graph, node) | {node} for node in between | {"n4"}))
    assert forbidden_nodes(graph, "n1", "n4") == after | {"n1"}
    assert ("n4" in between) == nx.has_path(graph, "n1", "n4")
    cut = back_door_graph(graph, "n1", "n4")
    assert not nx.has_path(cut, "n1", "n4")
    assert set(graph.edges) - set(cut.edges) == {("n1", node) for node in between if graph.has_edge("n1", node)}


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_the_sign_of_a_path_is_the_sign_of_its_covariance(seed):
    """In a chain or fork of linear effects the covariance has the product of the signs."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1, 1], 3)
    graph = nx.DiGraph()
    turns = [("u", "a"), ("u", "m"), ("m", "b")]
    for (one, other), sign in zip(turns, signs, strict=True):
        graph.add_edge(one, other, sign=int(sign))
    u = rng.normal(size=4_000)
    a = signs[0] * u + 0.1 * rng.normal(size=4_000)
    b = signs[2] * signs[1] * u + 0.1 * rng.normal(size=4_000)
    (path,) = open_paths(graph, "a", "b", [])
    assert path.sign == np.sign(np.cov(a, b)[0, 1])
    assert path.text == "a <- u -> m -> b"


def test_a_collider_opens_by_what_follows_from_it():
    graph = nx.DiGraph([("a", "c"), ("b", "c"), ("c", "d")])
    assert open_paths(graph, "a", "b", []) == ()
    for given_node in ("c", "d"):
        (path,) = open_paths(graph, "a", "b", [given_node])
        assert (path.colliders, path.sign) == (("c",), 0)


def test_paths_that_agree_have_a_direction():
    graph = nx.DiGraph()
    graph.add_edge("u", "a", sign=1)
    graph.add_edge("u", "b", sign=1)
    up = open_paths(graph, "a", "b", [])
    graph.edges["u", "b"]["sign"] = -1
    down = open_paths(graph, "a", "b", [])
    assert [joint_direction(p) for p in ((), up, down, up + down)] == ["none", "upwards", "downwards", "undetermined"]


def test_text_is_read_with_comments_chains_signs_and_hidden_causes():
    read = read_graph_text("""
        # who is exploited
        poverty -> debt -> exploited [+]   # a chain shares its sign
        exploited <- law [-]; debt <-> exploited [−]
        latent: law
        selected: detected, reported
        alone
        """)
    assert read.edges["poverty", "debt"] == read.edges["debt", "exploited"] == 1
    assert read.edges["law", "exploited"] == -1
    hidden = "U(debt,exploited)"
    assert read.edges[hidden, "debt"] * read.edges[hidden, "exploited"] == -1
    assert read.latent == {"law", hidden}
    assert read.selected == {"detected", "reported"}
    assert {"alone", "detected", "reported"} <= set(read.nodes)


@pytest.mark.parametrize("text", ["-> a", "a -> -> b", "two words", "a -> b [+]; b <- a [-]"])
def test_text_that_says_nothing_clear_is_refused(text):
    with pytest.raises(SpecificationError, match="graph"):
        read_graph_text(text)


def linked(count):
    """Draw confounders that all cause each other, the treatment and the outcome."""
    names = [f"c{i:02d}" for i in range(count)]
    arrows = [f"{one} -> {other} [+]" for i, one in enumerate(names) for other in [*names[i + 1 :], "a", "b"]]
    return "; ".join([*arrows, "a -> b"]), names


def test_many_linked_confounders_are_confounding_whose_direction_is_not_known():
    graph = CausalGraph(linked(13)[0])
    paths = graph.confounding_paths("a", "b")
    assert not graph.is_adjustment_set("a", "b", [])
    assert [path.text for path in paths[:2]] == ["a <- c00 -> b", "a <- c01 -> b"]
    assert [len(path.nodes) for path in paths] == sorted(len(path.nodes) for path in paths)
    assert graph.bias_direction("a", "b") == "undetermined"


def test_a_long_path_is_found_and_signed():
    chain = "; ".join(f"u{i} -> u{i + 1} [+]" for i in range(9)) + "; u0 -> a [+]; a -> b"
    graph = CausalGraph(chain + "; u9 -> b [+]")
    assert graph.bias_direction("a", "b") == "upwards"
    assert len(graph.confounding_paths("a", "b")[0].nodes) == 12
    detected = CausalGraph(chain + "; u9 -> d [-]; b -> d [+]; selected: d")
    assert detected.detection_direction("outcome", "a", "b") == "downwards"


def test_a_collider_among_many_linked_confounders_is_still_one():
    arrows, names = linked(8)
    graph = CausalGraph(arrows + "; u -> a; u -> m; v -> m; v -> b; latent: u, v")
    for covariates in (["m"], [*names, "m"], [*names[:3], "m"]):
        (bad,) = graph.bad_controls("a", "b", covariates)
        assert (bad.name, bad.kind) == ("m", "collider")
        assert "a <- u -> m <- v -> b" in bad.sentence


def test_a_proxy_of_a_confounder_is_no_collider_however_many_others_there_are():
    graph = CausalGraph(linked(10)[0] + "; u -> a; u -> b; u -> m; latent: u")
    assert graph.bad_controls("a", "b", ["m"]) == ()


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_open_paths_are_those_among_all_paths_that_no_node_blocks(seed):
    graph, rng = random_graph(seed)
    fixed = {node for node in ("n1", "n2", "n4") if rng.random() < 0.5}
    opened = fixed.union(*(nx.ancestors(graph, node) for node in fixed))
    expected = set()
    for nodes in nx.all_simple_paths(graph.to_undirected(), "n0", "n5"):
        path = describe_path(graph, tuple(nodes))
        if not (set(nodes[1:-1]) - set(path.colliders)) & fixed and set(path.colliders) <= opened:
            expected.add(path.nodes)
    found = find_paths(graph, "n0", "n5", fixed)
    assert found.complete
    assert set(found.nodes) == expected
    assert list(found.nodes) == sorted(found.nodes, key=lambda nodes: (len(nodes), nodes))
