"""What the text of a graph means: three ways of writing it, read whole or refused with the place."""

import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.causes import (
    CausalGraph,
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    Mediation,
    NearestNeighbour,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
)
from ctresearch.causes.text.graph_text import read_graph_text
from ctresearch.core import SpecificationError

CONFOUNDED = {("x", "t"), ("x", "y"), ("t", "y")}


def confounded(n=400):
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    t = (x + rng.normal(size=n) > 0).astype(int)
    return pd.DataFrame({"x": x, "t": t, "y": x + rng.normal(size=n), "w": rng.normal(size=n)})


@pytest.mark.parametrize(
    "text",
    [
        "digraph { x -> t; x -> y; t -> y }",
        (
            'strict digraph "a graph" {\n  x -> t\n  x -> y // why\n  /* t -> x */ t:n -> y:s:w [penwidth=2; '
            'color="#000"]\n}'
        ),
        'digraph G { rankdir=LR; label="t -> x"; node [shape=box]; x -> {t; y}; subgraph cluster_a { t -> y } }',
        "digraph { x -> subgraph ends { t y }\n t -> y [label=<<b>c</b>>] }",
        'digraph { "x" -> "t" -> "y"; "x" -> "y" [tooltip="x" + " -> t"] }',
        "# a note\ndigraph {\n# x <- t\nx -> t -> y x -> y }",
        "digraph { x -> y; t -> x [dir=back]; t -> y }",
        "dag { x -> t x -> y t -> y }",
        'dag my_dag {\nbb="0,0,1,1"\nx [pos="0,1"]\nt [exposure,pos="1,1"]\ny [outcome]\nx -> {t y}\ny <- t\n}',
        'dag { t [exposure] y [outcome] x t <- x -> y "t" -> y [beta=0.4] }',
        "x -> {t y}\nt -> y  # a note",
        "{x t} -> y; x -> t",
        "x -> t // a note\nx -> y /* another\none */; t -> y",
    ],
)
def test_a_graph_is_the_same_in_every_way_of_writing_it(text):
    graph = CausalGraph(text)
    assert set(graph.graph.edges) == CONFOUNDED
    assert set(graph.graph) == {"x", "t", "y"}
    assert graph.adjustment_sets("t", "y") == (frozenset("x"),)
    result = OutcomeRegression(treatment="t", outcome="y", covariates=[], graph=graph).fit(confounded())
    assert not result.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)


def test_roles_of_dagitty_are_read_and_used():
    graph = CausalGraph(
        'dag { a [exposure,pos="0,1"] b [outcome] u [latent] v [unobserved] s [selected] c [adjusted] '
        "u -> {a b} v -> b a <-> c c -> b a -> b b -> s }"
    )
    assert (graph.exposures, graph.outcomes, graph.adjusted) == ({"a"}, {"b"}, {"c"})
    assert graph.latent == {"u", "v", "U(a,c)"}
    assert graph.selected == {"s"}
    drawn = CausalGraph("dag { a [exposure] b [outcome] c -> {a b} a -> b }")
    assert drawn.adjustment_sets() == drawn.adjustment_sets("a", "b") == (frozenset("c"),)
    with pytest.raises(SpecificationError, match="treatment == None with 0 declared"):
        CausalGraph("a -> b").adjustment_sets()
    frame = confounded().rename(columns={"t": "a", "y": "b", "x": "c"})
    asked = CausalGraph("dag { a [outcome] b [exposure] w [adjusted] c -> {a b} a -> b w -> b }")
    result = OutcomeRegression(treatment="a", outcome="b", covariates=["c"], graph=asked).fit(frame)
    (said,) = [check for check in result.checks if check.name == "roles"]
    assert said.status == "review"
    for words in ("names b as exposure", "names a as outcome", "names w as adjusted for"):
        assert words in said.message


@pytest.mark.parametrize(
    ("text", "latent"),
    [
        ("digraph { u [latent=true]; u -> a; u -> b }", {"u"}),
        ('digraph { u [observed="no"]; u -> a; u -> b }', {"u"}),
        ("digraph { node [latent=true] u; node [latent=false]; u -> {a b} }", {"u"}),
        ("digraph { a -> b [dir=both] }", {"U(a,b)"}),
        ("a <-> b; b <-> a", {"U(a,b)"}),
        ("unobserved: u\nu -> {a, b}", {"u"}),
        ("u [latent]; u -> {a b}", {"u"}),
    ],
)
def test_what_nobody_observes_is_declared_in_many_ways(text, latent):
    graph = CausalGraph(text)
    assert graph.latent == latent
    assert graph.observed == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("a -> b [+]", 1),
        ('a -> b [label="+"]', 1),
        ("a -> b [sign=-1]", -1),
        ("a -> b [−]", -1),
        ("a -> b [?]", 0),
        ('digraph { a -> b [label="-", color=red] }', -1),
        ("digraph { a -> b [label=strong] }", 0),
        ('digraph { edge [sign="-"] a -> b }', -1),
        ("digraph { { edge [sign=1] c -> d } a -> b }", 0),
        ("dag { a -> b [+] }", 1),
    ],
)
def test_signs_of_arrows(text, sign):
    assert read_graph_text(text).edges["a", "b"] == sign


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("x -> t\nx --> y", "line 2, column 3", "arrows are '->', '<-' and '<->'"),
        ("x -> t; X -> y", "line 1, column 9", "'X' is another spelling of 'x'"),
        ("débt -> y; debt -> t", "line 1, column 12", "another spelling"),
        ("x => t", "line 1, column 3", "arrows are"),
        ("x -> t y", "line 1, column 8", "a statement reads like"),
        ("x - > t", "line 1, column 5", "arrows are"),
        ("x -> t)", "line 1, column 7", "quotation marks"),
        ("my debt -> t", "line 1, column 4", "a statement reads like"),
        ("a/b -> t", "line 1, column 2", "quotation marks"),
        ('x -> "t', "line 1, column 6", "closed"),
        ("x -> t [+, -]", "line 1, column 12", "must agree"),
        ("x -> t [good]", "line 1, column 9", "one of +, - and ?"),
        ("x [good]", "line 1, column 4", "one of latent"),
        ("{x t} [latent]", "line 1, column 7", "behind one node or behind arrows"),
        ("x -> {t", "line 1, column 6", "must be closed by '}'"),
        ("latent u", "line 1, column 8", "a statement reads like"),
        ("digraph { x -- t }", "line 1, column 13", "has no head"),
        ("digraph { x <- t }", "line 1, column 13", "write b -> a"),
        ("digraph { x -> t [dir=none] }", "line 1, column 19", "forward, back or both"),
        ("digraph { x -> t [style=invis] }", "line 1, column 19", "leave the line out"),
        ("digraph { selected: detected }", "line 1, column 11", "selected=true"),
        ("digraph { x -> node }", "line 1, column 16", "quotation marks"),
        ("digraph { x -> t } digraph { a -> b }", "line 1, column 20", "one text holds one graph"),
        ("digraph { x -> t # why\n}", "line 1, column 18", "quotation marks"),
        ("digraph { x -> t.1 }", "line 1, column 16", "quotation marks"),
        ("graph { x -- t }", "line 1, column 1", "write 'digraph' and '->'"),
        ("pdag { x -- t }", "line 1, column 1", "choose one graph of the class"),
        ("mag { x <-> t }", "line 1, column 1", "latent nodes"),
        ("dag { x -- t }", "line 1, column 9", "has no head"),
        ("dag { x @-> t }", "line 1, column 9", "arrows are"),
        ("dag { x [whatever] }", "line 1, column 10", "one of latent"),
        ("dag { x [latent=perhaps] }", "line 1, column 10", "either true or false"),
        ('a <-> b; "U(a,b)" -> c', "line 1, column 10", "hidden cause"),
    ],
)
def test_anything_else_is_refused_with_its_place(text, place, said):
    with pytest.raises(SpecificationError, match=re.escape(place)) as caught:
        read_graph_text(text)
    assert said in str(caught.value)


def test_a_slip_in_a_declaration_is_no_node_of_its_own():
    with pytest.raises(SpecificationError, match="did you mean 'poverty'"):
        CausalGraph("poverty -> debt; poverty -> hurt; latent: povetry")
    assert CausalGraph("latent: u, v1; v1 -> a; a -> b").latent == {"u", "v1"}


def test_networkx_nodes_that_are_one_to_a_reader_are_refused():
    for one, other in ((1, "1"), ("x", "X"), ("debt ", "debt")):
        with pytest.raises(SpecificationError, match="a name of its own"):
            CausalGraph(nx.DiGraph([(one, "t"), (other, "y")]))


FITS = {
    "OutcomeRegression": OutcomeRegression,
    "InverseProbability": InverseProbability,
    "DoublyRobustEffect": DoublyRobustEffect,
    "NearestNeighbour": NearestNeighbour,
}


@pytest.mark.parametrize("name", FITS)
def test_a_node_that_the_table_lacks_is_a_failed_check(name):
    options = {"treatment": "t", "outcome": "y", "covariates": ["x"]}
    arrows = "x -> t; x -> y; t -> y; income -> t"
    result = FITS[name](**options, graph=CausalGraph(arrows)).fit(confounded())
    (said,) = [check for check in result.checks if check.name == "columns of the graph"]
    assert (said.status, said.voids, result.stands) == ("fail", True, False)
    assert "income" in said.message
    declared = FITS[name](**options, graph=CausalGraph(arrows, latent=["income"])).fit(confounded())
    assert declared.stands
    assert declared.estimates.loc["effect", "ci_low"] < declared.estimates.loc["effect", "estimate"]
    assert FITS[name](**options, graph=CausalGraph(arrows)).fit(confounded().assign(income=1.0)).stands


@pytest.mark.parametrize("slip", ["Income", "incme", "imcome", "inocme", "incomes", " income"])
def test_a_slip_between_graph_and_table_is_refused_wherever_they_meet(slip):
    frame = confounded().assign(scale=np.arange(400) % 3, count=np.arange(400) % 4).rename(columns={"w": slip})
    effect = {"treatment": "t", "outcome": "y", "covariates": ["x"]}
    graph = CausalGraph("x -> {t y scale count}; t -> {y scale count}; income -> {t}")
    fits = [
        *(kind(**effect, graph=graph) for kind in FITS.values()),
        Mediation(
            treatment="t",
            mediator="y",
            outcome="count",
            covariates=["x"],
            graph=CausalGraph("x -> {t y count}; t -> {y count}; y -> count; income -> t"),
        ),
        OrderedLogit(outcome="scale", covariates=["t", "x"], graph=graph),
        PrevalenceRatio(outcome="count", covariates=["t", "x"], graph=graph),
        ExtremeBounds(outcome="y", candidates=["t", "x"], size=1, graph=graph),
    ]
    for one in fits:
        with pytest.raises(
            SpecificationError, match=f"'income' of the graph is no column of frame: did you mean '{slip}'"
        ):
            one.fit(frame)
    with pytest.raises(SpecificationError, match="did you mean"):
        graph.test(frame)


def test_names_that_differ_in_a_digit_are_two_names():
    graph = CausalGraph("x -> t; x -> y; t -> y; debt_2018 -> t; latent: debt_2018")
    frame = confounded().assign(debt_2019=1.0)
    assert OutcomeRegression(treatment="t", outcome="y", covariates=["x"], graph=graph).fit(frame).stands


def test_extreme_bounds_and_tests_stand_beside_a_graph_that_says_more():
    """Neither rests on one set of covariates, so what the graph adds is a word of caution."""
    graph = CausalGraph("x -> t; x -> y; t -> y; income -> t; income -> y")
    bounds = ExtremeBounds(
        outcome="y",
        candidates=["t", "x", "w"],
        focus=["t"],
        size=1,
        graph=CausalGraph("x -> t; x -> y; t -> y; income -> t; income -> y"),
    )
    result = bounds.fit(confounded())
    assert result.status == "fail"
    assert result.stands
    tested = CausalGraph("x -> t; t -> y; income -> x").test(confounded())
    assert [check.name for check in tested.checks] == ["columns of the graph", "implications"]
    assert tested.stands
    with pytest.raises(SpecificationError, match="did you mean 'income'"):
        graph.adjustment_sets("incme", "y")


# Random graphs in each way of writing, and random slips of the pen.

WORDS = [
    "debt",
    "x",
    "re78",
    "_u",
    "Armut",
    "бедность",
    "गरीबी",
    "فقر",
    "my debt",
    "a.b",
    "node",
    "x -> y",
    'the "boss"',
    "1",
    "−",
]


@st.composite
def graphs(draw):
    names = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=6, unique=True))
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8))
    signs = draw(st.lists(st.sampled_from([1, -1, 0]), min_size=len(edges), max_size=len(edges)))
    roles = draw(
        st.lists(
            st.sampled_from(["", "latent", "selected", "exposure", "outcome"]), min_size=len(names), max_size=len(names)
        )
    )
    return dict(zip(names, roles, strict=True)), dict(zip(edges, signs, strict=True))


def quoted(name, *, always=False):
    bare = re.fullmatch(r"[A-Za-z_]\w*", name) and name not in {"node"}
    return name if bare and not always else '"' + name.replace('"', '\\"') + '"'


def written(dialect, nodes, edges, draw):
    mark = {1: "+", -1: "-", 0: "?"}
    put = lambda name: quoted(name, always=draw(st.booleans()))  # noqa: E731
    if dialect == "arrows":
        lines = [f"{role}: {put(name)}" if role else put(name) for name, role in nodes.items()]
        lines += [
            f"{put(b)} <- {put(a)} [{mark[sign]}]" if draw(st.booleans()) else f"{put(a)}->{put(b)}[{mark[sign]}] # {a}"
            for (a, b), sign in edges.items()
        ]
        return "\n".join(lines)
    lines = [
        f"{put(n)} [{role + ('=true' if dialect == 'dot' else '')}]" if role else put(n) for n, role in nodes.items()
    ]
    for (a, b), sign in edges.items():
        said = f'[label="{mark[sign]}"]' if sign else draw(st.sampled_from(["", "[color=red]"]))
        lines.append(f"{put(a)} -> {draw(st.sampled_from(['{ %s }', '%s'])) % put(b)} {said}")
    glue = draw(st.sampled_from(["\n", "; ", " ", " /* -> */ ", " // x -> y\n"]))
    return f"{'digraph' if dialect == 'dot' else 'dag'} {{ {glue.join(lines)} }}"


@pytest.mark.parametrize("dialect", ["arrows", "dot", "dagitty"])
@given(graph=graphs(), data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_random_graph_reads_back_the_same(dialect, graph, data):
    nodes, edges = graph
    read = read_graph_text(written(dialect, nodes, edges, data.draw))
    assert read.edges == edges
    assert set(read.nodes) == set(nodes)
    for role in ("latent", "selected", "exposure", "outcome"):
        assert getattr(read, role) == {name for name, its in nodes.items() if its == role}


PLAIN = re.compile(r"[a-z]\w*")


def plainly(text):
    """Read single arrows between plain names by regular expressions alone; None where there is more or less than that."""
    whole = re.fullmatch(r"\s*(?:(?:strict\s+)?digraph|dag)\s*(?:\w+\s*)?\{(.*)\}\s*", text, re.DOTALL)
    edges, nodes = set(), set()
    for statement in re.split(r"[;\n]", whole.group(1) if whole else text):
        parts = re.split(r"\s*(<->|->|<-)\s*", statement.strip())
        if parts == [""]:
            continue
        if not all(PLAIN.fullmatch(name) for name in parts[0::2]):
            return None
        nodes |= set(parts[0::2])
        for a, arrow, b in zip(parts[0::2], parts[1::2], parts[2::2], strict=False):
            edges |= {"->": {(a, b)}, "<-": {(b, a)}, "<->": {(f"U({a},{b})", a), (f"U({a},{b})", b)}}[arrow]
    return nodes, edges


@pytest.mark.parametrize("dialect", ["arrows", "dot", "dagitty"])
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_slip_of_the_pen_gives_what_stands_there_or_an_error(dialect, data):
    """Never another graph in silence: what is read after a slip is what a plain reading of the text says."""
    statements = ["x -> t", "x -> y", "t -> y", "debt -> t"]
    head = {"arrows": "%s", "dot": "digraph { %s }", "dagitty": "dag { %s }"}[dialect]
    text = head % data.draw(st.sampled_from(["; ", "\n"])).join(statements)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(text)))
        put = data.draw(st.sampled_from([*"-><{}[]()=:.,+?@|~*!x1_ \n", "", "--", "->", "<-", "é", "\u2192", "\u200b"]))
        text = text[:place] + put + text[place + data.draw(st.integers(0, 1)) :]
    try:
        read = read_graph_text(text)
    except SpecificationError:
        return
    expected = plainly(text)
    if expected is None:
        # Braces, brackets or names side by side, which the plain reading does not know: no name and no arrow is made
        # up.
        assert {name for name in read.nodes if not name.startswith("U(")} <= set(re.findall(r"[^\W\d][\w.]*|\d+", text))
        assert len(read.edges) <= 2 * len(re.findall(r"->|<-", text)) * max(1, text.count("{") * len(read.nodes))
    else:
        hidden = {name for name in read.nodes if name.startswith("U(")}
        assert (set(read.nodes) - hidden, set(read.edges)) == expected


@pytest.mark.parametrize("head", ["inv", "tee", "crow", "dot", "box", "invempty", "odiamond"])
@pytest.mark.parametrize("end", ["arrowhead", "arrowtail"])
def test_heads_that_do_not_point_from_cause_to_effect_are_refused(head, end):
    for text in (f"digraph {{ t -> x [{end}={head}]; x -> y }}", f"digraph {{ edge [{end}={head}]; t -> x -> y }}"):
        with pytest.raises(SpecificationError, match=rf"'{end}' draws a head"):
            CausalGraph(text)


def test_heads_that_point_are_read():
    plain = CausalGraph("t -> x; x -> y")
    drawn = CausalGraph("digraph { t -> x [arrowhead=vee]; x -> y [arrowhead=normal] }")
    assert set(drawn.graph.edges) == set(plain.graph.edges) == {("t", "x"), ("x", "y")}
