"""Pictures of networks: the same bytes again, shapes by role, dashes for doubt, and heights that are counts."""

import base64
import io
import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib import image

from ctresearch.core import DataError, SpecificationError, plot
from ctresearch.networks import (
    CriminalNetwork,
    describe,
    plot_adjacency,
    plot_network,
    plot_phases,
    plot_roles,
    plot_script,
    role_densities,
)
from ctresearch.networks.pictures.plot_network import layout


def doubtful():
    ties = pd.DataFrame({"source": ["a", "a", "b"], "target": ["b", "c", "c"], "sure": [1.0, 0.4, 0.9]})
    actors = pd.DataFrame({"actor": ["a", "b", "c", "d"], "role": ["host", "driver", None, "host"]})
    return CriminalNetwork.from_edges(ties, actors=actors, confidence="sure")


def test_same_network_same_bytes():
    one, two = (plot.as_svg(plot_network(nx.karate_club_graph(), role="club").figure) for _ in range(2))
    assert one == two


def test_uncertain_ties_are_dashed_and_roles_have_shapes():
    ax = plot_network(doubtful(), role="role", certain=0.8)
    lines = [c for c in ax.collections if hasattr(c, "get_segments")]
    assert [len(c.get_segments()) for c in lines] == [2, 1]
    assert lines[0].get_linestyle()[0][1] is None
    assert lines[1].get_linestyle()[0][1] is not None
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["driver", "host", "unknown"]
    assert not [t for t in ax.texts if t.get_text() in set("abcd")]  # identifiers only if one asks for them
    assert len(plot_network(doubtful(), labels=True).texts) == 4


def test_many_roles_are_pooled():
    graph = nx.path_graph(12)
    nx.set_node_attributes(graph, {v: f"role {v:02d}" for v in graph}, "role")
    assert [t.get_text() for t in plot_network(graph, role="role").get_legend().get_texts()][-1] == "other"


def test_components_and_isolated_actors_stand_apart():
    graph = nx.disjoint_union(nx.complete_graph(5), nx.path_graph(3))
    graph.add_node(99)
    places = layout(graph)
    assert places[:5, 0].max() < places[5:8, 0].min()
    assert places[8, 1] < places[:8, 1].min()


def test_phases_keep_actors_in_place():
    phases = {"one": nx.path_graph(4), "two": nx.path_graph(3)}
    panels = plot_phases(phases).child_axes
    spots = [panel.collections[-1].get_offsets() for panel in panels]
    assert np.allclose(spots[0][:3], spots[1])
    with pytest.raises(SpecificationError):
        plot_phases({})


def test_adjacency_is_ordered_by_block():
    graph = nx.karate_club_graph()
    ax = plot_adjacency(graph, "club")
    assert ax.images[0].get_array().sum() == 2 * 78
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Mr. Hi", "Officer"]
    parts = pd.Series({v: v % 3 for v in graph})
    assert plot_adjacency(graph, parts).get_title() == "34 actors in 3 blocks"
    with pytest.raises(DataError, match="no block for 33"):
        plot_adjacency(graph, parts.iloc[:1])


def rendered(ax, dpi, kind="png"):
    """Save a picture, read it back, and return how dark each pixel of it is."""
    buffer = io.BytesIO()
    ax.figure.savefig(buffer, format=kind, dpi=dpi)
    if kind == "svg":
        inside = re.search(rb'base64,([^"]+)"', buffer.getvalue().replace(b"\n", b"")).group(1)
        buffer = io.BytesIO(base64.b64decode(inside))
    buffer.seek(0)
    picture = image.imread(buffer)
    return 1 - picture[..., :3].min(axis=-1) if kind == "png" else (picture[..., :3].max(axis=-1) < 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("actors", [1000, 3000])
@pytest.mark.parametrize(("dpi", "kind"), [(72, "png"), (300, "png"), (110, "svg")])
def test_no_tie_of_a_large_network_falls_between_pixels(actors, dpi, kind):
    ties = [
        (2 * i, 2 * i + 1) for i in range(actors // 2 - 1)
    ]  # a diagonal of single dots, far apart where they are few
    for alone in ties[:: actors // 7]:
        graph = nx.empty_graph(actors)
        graph.add_edge(*alone)
        ax = plot_adjacency(graph, pd.Series("all actors", index=graph))
        ax.set_title("")
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        assert (rendered(ax, dpi, kind) > 0.5).sum() >= 1


def test_dots_stand_where_their_ties_are_at_every_resolution():
    graph = nx.empty_graph(1000)
    graph.add_edges_from((i, i + 1) for i in range(0, 1000, 50))
    ax = plot_adjacency(graph, pd.Series("one", index=graph))
    assert ax.images[0].get_array().shape == (1000, 1000)
    assert ax.images[0].get_array().sum() == 40
    dark = rendered(ax, 110) > 0.7
    assert dark.sum() >= 20


@pytest.mark.parametrize("directed", [False, True])
def test_densities_by_role_average_to_that_of_the_network(directed):
    graph = nx.gnp_random_graph(30, 0.2, seed=5, directed=directed)
    nx.set_node_attributes(graph, {v: "abc"[v % 3] for v in graph}, "role")
    density = role_densities(graph, "role")
    pairs = np.full((3, 3), 100.0) - np.diag([10.0] * 3)  # ten actors a role
    mean = (density.to_numpy() * pairs).sum() / pairs.sum()
    assert mean == pytest.approx(describe(graph).estimates.loc["density", "estimate"], abs=1e-12)
    assert (
        density.loc["a", "b"]
        == sum(graph.has_edge(u, v) for u in graph for v in graph if (u % 3, v % 3) == (0, 1)) / 100
    )


def test_the_picture_by_role_has_no_mark_for_an_actor():
    graph = nx.relabel_nodes(nx.star_graph(6), lambda v: f"id{v}")
    nx.set_node_attributes(graph, {v: "host" if v == "id0" else "driver" for v in graph}, "role")
    ax = plot_roles(graph, "role")
    assert len(ax.collections[0].get_offsets()) == 2
    words = " ".join(text.get_text() for text in ax.texts)
    assert "id" not in words
    assert "one actor" in words
    assert "6 actors, density 0.000" in words
    assert [line.get_linewidth() for line in ax.lines] == [14.0]


def test_boxes_of_a_script_are_as_high_as_their_cases():
    rows = [(c, i, a) for c in range(4) for i, a in enumerate(["recruit", "move"] if c < 3 else ["recruit"])]
    ax = plot_script(pd.DataFrame(rows, columns=["case", "order", "act"]))
    heights = sorted(round(patch.get_height(), 6) for patch in ax.patches)
    assert heights == [0.25, 0.75, 0.75, 1.0]
    assert "rare" in plot_script(pd.DataFrame(rows, columns=["case", "order", "act"]), at_least=2).get_title()


def test_what_is_refused():
    with pytest.raises(DataError, match="shape"):
        plot_network(nx.path_graph(3), places=np.zeros((2, 2)))
    with pytest.raises(SpecificationError, match="column == 'role'"):
        plot_network(nx.path_graph(3), role="role")
    with pytest.raises(SpecificationError, match="at_least == 0"):
        plot_script(pd.DataFrame({"case": [1], "order": [1], "act": ["a"]}), at_least=0)
