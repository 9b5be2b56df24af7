import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.causes import CausalGraph
from ctresearch.core import DataError, SpecificationError

M_BIAS = "u -> a; u -> m; v -> m; v -> b; a -> b; latent: u, v"
FIELD = """
poverty -> migrated [+]      # arrows with signs
poverty -> exploited [+]
migrated -> exploited
migrated -> debt; debt -> exploited
exploited -> detected [+]
selected: detected
"""


def sets(graph, a="a", b="b"):
    return [sorted(s) for s in CausalGraph(graph).adjustment_sets(a, b)]


def test_text_and_networkx_draw_the_same_graph():
    from_text = CausalGraph("a -> b [+]; c -> a; b <- c")
    drawn = nx.DiGraph([("c", "a"), ("c", "b")])
    drawn.add_edge("a", "b", sign=1)
    from_graph = CausalGraph(drawn)
    assert set(from_text.graph.edges) == set(from_graph.graph.edges)
    assert from_text.graph.edges["a", "b"]["sign"] == from_graph.graph.edges["a", "b"]["sign"] == 1


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ("a -> b", [[]]),
        ("c -> a; c -> b; a -> b", [["c"]]),
        ("a -> m; m -> b", [[]]),
        (M_BIAS, [[]]),
        ("c <- u; u -> a; c -> b; a -> b; latent: u", [["c"]]),
        ("a <-> b; a -> b", []),
        ("a -> b; a -> s; b -> s; selected: s", []),  # selected on the outcome
        ("a -> b; c -> a; c -> s; b <- d -> s; selected: s", [["c"], ["d"]]),  # selection opens c and d
        ("z1 -> a; z1 -> b; z2 -> a; z2 -> b; a -> b", [["z1", "z2"]]),
    ],
)
def test_adjustment_sets_of_textbook_graphs(graph, expected):
    assert sets(graph) == expected


def test_five_confounders_make_one_set_larger_than_the_search():
    arrows = "; ".join(f"c{i} -> a; c{i} -> b" for i in range(6)) + "; a -> b"
    assert sets(arrows) == [[f"c{i}" for i in range(6)]]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_every_set_found_blocks_and_loses_that_when_reduced(seed):
    rng = np.random.default_rng(seed)
    nodes = [f"n{i}" for i in range(7)]
    edges = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :] if rng.random() < 0.35]
    drawn = nx.DiGraph(edges)
    drawn.add_nodes_from(nodes)
    graph = CausalGraph(drawn)
    for found in graph.adjustment_sets("n3", "n6"):
        assert graph.is_adjustment_set("n3", "n6", found)
        assert not graph.bad_controls("n3", "n6", found) or all(
            b.kind in ("collider", "instrument") for b in graph.bad_controls("n3", "n6", found)
        )
        assert not any(graph.is_adjustment_set("n3", "n6", found - {one}) for one in found)


def test_adjusting_for_a_set_gives_the_effect_in_simulated_linear_data():
    rng = np.random.default_rng(1)
    n = 40_000
    c, d = rng.normal(size=(2, n))
    a = c + rng.normal(size=n)
    b = 2 * a - 3 * c + d + rng.normal(size=n)
    seen = a + b + rng.normal(size=n)
    columns = {"c": c, "d": d, "seen": seen}
    graph = CausalGraph("c -> a; c -> b; a -> b; d -> b; a -> seen; b -> seen")

    def slope(names):
        design = np.column_stack([np.ones(n), a, *(columns[name] for name in names)])
        return np.linalg.lstsq(design, b, rcond=None)[0][1]

    for names in ([], ["c"], ["c", "d"], ["c", "seen"], ["d"]):
        right = abs(slope(names) - 2) < 0.05  # ten standard errors
        assert right == graph.is_adjustment_set("a", "b", names)


def test_front_door_and_instruments():
    assert CausalGraph("a -> m; m -> b; a <-> b").front_door_sets("a", "b") == (frozenset({"m"}),)
    assert CausalGraph("a -> m; m -> b; a <-> b; a -> b").front_door_sets("a", "b") == ()
    assert CausalGraph("a -> m; m -> b; a <-> b; m <-> b").front_door_sets("a", "b") == ()
    assert CausalGraph("z -> a; a -> b; a <-> b").instruments("a", "b") == ("z",)
    assert CausalGraph("z -> a; z -> b; a -> b").instruments("a", "b") == ()
    leaky = CausalGraph("z -> a; w -> z; w -> b; a -> b; a <-> b")
    assert (leaky.instruments("a", "b"), leaky.instruments("a", "b", ["w"])) == ((), ("z",))


@pytest.mark.parametrize(
    ("graph", "name", "kind", "said"),
    [
        ("a -> m; m -> b", "m", "mediator", "removes part of the effect"),
        ("a -> m; m -> b; m -> x", "x", "consequence", "follows from a mediator"),
        ("a -> b; b -> x", "x", "consequence", "selects on the outcome"),
        (M_BIAS, "m", "collider", "opens the path a <- u -> m <- v -> b"),
        (M_BIAS + "; m -> x", "x", "collider", "opens the path"),
        ("z -> a; a -> b; a <-> b", "z", "instrument", "amplifies hidden bias"),
    ],
)
def test_bad_controls_are_named_in_words(graph, name, kind, said):
    (bad,) = CausalGraph(graph).bad_controls("a", "b", [name])
    assert (bad.name, bad.kind) == (name, kind)
    assert said in bad.sentence


def test_good_controls_are_left_alone():
    graph = CausalGraph("c -> a; c -> b; a -> b; d -> b")
    assert graph.bad_controls("a", "b", ["c", "d"]) == ()
    with_parent = CausalGraph(M_BIAS.replace("latent: u, v", "latent: v"))
    assert with_parent.bad_controls("a", "b", ["m", "u"]) == ()  # u closes what m opens


@pytest.mark.parametrize(
    ("graph", "given", "direction"),
    [
        ("u -> a [+]; u -> b [+]; a -> b", [], "upwards"),
        ("u -> a [+]; u -> b [-]; a -> b", [], "downwards"),
        ("u -> a [-]; u -> b [-]; a -> b", [], "upwards"),
        ("u -> a [+]; u -> b; a -> b", [], "undetermined"),
        ("u -> a [+]; u -> b [+]; v -> a [+]; v -> b [-]; a -> b", [], "undetermined"),
        ("u -> a [+]; u -> b [+]; v -> a [+]; v -> b [-]; a -> b", ["v"], "upwards"),
        ("u -> a [+]; u -> b [+]; a -> b", ["u"], "none"),
        ("u -> a [+]; u -> b [+]; a -> b [+]; b -> s [+]", ["s"], "undetermined"),
    ],
)
def test_signed_arrows_give_the_direction_of_confounding(graph, given, direction):
    assert CausalGraph(graph).bias_direction("a", "b", given) == direction


def test_the_direction_of_confounding_is_that_of_simulated_data():
    rng = np.random.default_rng(2)
    u = rng.integers(0, 2, 50_000)
    for sign, direction in ((1, "upwards"), (-1, "downwards")):
        a = rng.random(50_000) < 0.3 + 0.4 * u
        b = rng.random(50_000) < 0.4 + 0.1 * a + sign * 0.2 * u
        naive = b[a].mean() - b[~a].mean()
        mark = "+" if sign > 0 else "-"
        assert CausalGraph(f"u -> a [+]; u -> b [{mark}]; a -> b [+]").bias_direction("a", "b") == direction
        assert (naive > 0.1) == (direction == "upwards")


@pytest.mark.parametrize(
    ("graph", "detected", "direction"),
    [
        ("a -> b; b -> s; a -> s [+]; selected: s", "outcome", "upwards"),
        ("a -> b; b -> s; a -> s [-]; selected: s", "outcome", "downwards"),
        ("a -> b; b -> s; selected: s", "outcome", "none"),
        ("a -> b; b -> s; a -> p [+]; p -> s [-]; selected: s", "outcome", "downwards"),
        ("a -> b; b -> s; a -> s; selected: s", "outcome", "undetermined"),
        ("a -> b; u -> b; u -> s [+]; b -> s; selected: s", "outcome", "undetermined"),  # b is a collider
        ("a -> b; a -> s; selected: s", "sample", "none"),
        ("a -> b; b -> s; selected: s", "sample", "none for the odds ratio, undetermined for others"),
        ("a -> b; b -> s; a -> s; selected: s", "sample", "undetermined"),
    ],
)
def test_signed_arrows_give_the_direction_of_detection(graph, detected, direction):
    assert CausalGraph(graph).detection_direction(detected, "a", "b") == direction


def test_the_direction_of_detection_is_that_of_simulated_data():
    """Where the cause raises detection, detected cases overstate the ratio of occurrence."""
    rng = np.random.default_rng(3)
    a = rng.random(200_000) < 0.5
    b = rng.random(200_000) < 0.1 + 0.1 * a
    seen = b & (rng.random(200_000) < 0.2 + 0.3 * a)
    true, naive = b[a].mean() / b[~a].mean(), seen[a].mean() / seen[~a].mean()
    assert naive > 2 * true  # detection is 2.5 times as likely
    assert CausalGraph(FIELD).detection_direction("outcome", "migrated", "exploited") == "none"


def test_implied_independences_hold_in_data_from_the_graph_and_fail_elsewhere():
    rng = np.random.default_rng(4)
    a = rng.normal(size=3_000)
    m = a + rng.normal(size=3_000)
    frame = pd.DataFrame({"a": a, "m": m, "b": m + rng.normal(size=3_000)})
    graph = CausalGraph("a -> m; m -> b")
    assert [str(i) for i in graph.implications()] == ["a independent of b given m"]
    assert graph.test(frame).status == "pass"
    wrong = graph.test(frame.assign(b=frame["b"] + 0.3 * a))
    assert wrong.status == "fail"
    assert "a independent of b given m" in wrong.summary()
    by_hand = np.corrcoef(*(frame[x] - np.polyval(np.polyfit(frame["m"], frame[x], 1), frame["m"]) for x in "ab"))[0, 1]
    assert graph.test(frame).estimates["estimate"].iloc[0] == pytest.approx(by_hand, abs=1e-10)  # same residuals


def test_tests_need_their_columns():
    with pytest.raises(DataError, match="add columns"):
        CausalGraph("a -> m; m -> b").test(pd.DataFrame({"a": [1, 2], "b": [1, 2]}))
    with pytest.raises(DataError, match="too few"):
        CausalGraph("a -> m; m -> b").test(pd.DataFrame({"a": [1, 2], "b": [1, 2], "m": [0, 1]}))


def test_detection_is_latent_to_nobody_and_conditioned_on_always():
    graph = CausalGraph(FIELD)
    assert graph.observed == {"poverty", "migrated", "exploited", "debt"}
    assert graph.adjustment_sets("migrated", "exploited") == ()
    assert graph.adjustment_sets("poverty", "migrated") == ()  # detection follows from both


@pytest.mark.parametrize(
    ("graph", "options", "said"),
    [
        ("a -> b; b -> c; c -> a", {}, "has the cycle a -> b -> c -> a"),
        ("a -> a", {}, "cycle"),
        ("a b c", {}, "not understood"),
        ("a -> ", {}, "not understood"),
        ("a -> b [+]; a -> b [-]", {}, "stated twice"),
        ("a -> b", {"latent": ["x"]}, "'x' is not in the graph"),
        ("a -> b", {"selected": "b"}, "must be a list"),
        ("a -> b; latent: b; selected: b", {}, "both latent and selected"),
        (nx.Graph(), {}, "must be text or a networkx DiGraph"),
    ],
)
def test_what_is_no_causal_graph_is_refused(graph, options, said):
    with pytest.raises(SpecificationError, match=said):
        CausalGraph(graph, **options)


def test_questions_must_be_about_the_graph():
    graph = CausalGraph("a -> b")
    with pytest.raises(SpecificationError, match="'x' is not in the graph"):
        graph.adjustment_sets("x", "b")
    with pytest.raises(SpecificationError, match="overlap"):
        graph.is_adjustment_set("a", "b", ["a"])
    with pytest.raises(SpecificationError, match="must name the node of detection"):
        graph.detection_direction("outcome", "a", "b")


def test_the_picture_shows_every_node_and_the_advice():
    ax = CausalGraph(FIELD).plot("migrated", "exploited")
    words = {text.get_text() for text in ax.texts}
    assert {"poverty", "migrated", "exploited", "debt", "detected", "+"} <= words
    assert ax.get_title(loc="left") == "migrated on exploited: no observed set suffices"
    assert CausalGraph("a -> b; c <-> a").plot().get_title(loc="left") == "Assumed causes"


def test_a_graph_cannot_be_changed():
    graph = CausalGraph("a -> b")
    with pytest.raises(nx.NetworkXError):
        graph.graph.add_edge("b", "a")
