"""What goes to the program that fits random graph models, what is read of its answer, and what it may say."""

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.networks import CriminalNetwork, explore_removal
from ctresearch.networks.dependence import ergm

TIES = pd.DataFrame({"source": list("abb"), "target": list("bcd")})
KNOWN = pd.DataFrame(
    {"actor": list("abcd"), "role": ["x", "x", "y", "x"], "land": ["u", "v", "w", "z"], "age": [1, 2, 3, 4]}
)


def network(directed=False, known=KNOWN):
    return CriminalNetwork.from_edges(TIES, actors=known, directed=directed)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("words", ["edges nodematch('role')", 'edges nodematch("role")'])
def test_ties_go_by_place_with_the_attributes_that_are_named(directed, words):
    graph = ergm._plain(network(directed), words)
    assert graph.is_directed() == directed
    assert list(graph.nodes(data=True)) == [(place, {"role": role}) for place, role in enumerate("xxyx")]
    assert list(graph.edges) == [(0, 1), (1, 2), (1, 3)]
    assert [data for _, data in ergm._plain(network(), "edges role").nodes(data=True)] == [{}] * 4


def test_an_attribute_that_is_named_is_known_of_all():
    gaps = network(known=KNOWN.assign(role=["x", None, "y", None]))
    with pytest.raises(DataError, match=r"^attribute 'role' is missing for 2 actors: complete it"):
        ergm._plain(gaps, "nodematch('role')")
    assert len(ergm._plain(gaps, "nodematch('age')")) == 4


def test_figures_that_occur_in_either_are_counted_where_they_are_unlike():
    def table(pvalue, most, observed):
        return SimpleNamespace(pvalue=pvalue, max=most, observed=observed)

    edge = ergm._UNLIKELY
    tables = {
        "degree": table([0.0, 0.0, edge, 1.0], [0, 1, 1, 1], [0, 0, 1, 1]),  # the first occurs in neither
        "distance": table([edge - 1e-9], [0], [1]),
    }
    asked = []
    fit = SimpleNamespace(gof=lambda seed: asked.append(seed) or tables)
    assert ergm._gaps(fit, 7) == 2 / 4
    assert asked == [7]
    tables.clear()
    assert np.isnan(ergm._gaps(fit, 7))


def test_the_fewest_share_a_word_and_numbers_are_none():
    graph = nx.empty_graph(5)
    assert ergm._fewest(graph) == 5
    nx.set_node_attributes(graph, dict(enumerate([1, 2, 3, 4, 5])), "age")
    assert ergm._fewest(graph) == 5
    nx.set_node_attributes(graph, dict(enumerate("xxxyy")), "role")
    assert ergm._fewest(graph) == 2


def test_what_the_program_says_shows_no_value_and_stays_on_a_line():
    graph = nx.empty_graph(1)
    graph.nodes[0]["role"] = "Marie"
    assert ergm._line(ValueError("no\n  such term"), graph) == "no such term"
    assert ergm._line(ValueError("no level Marie"), graph) == "ValueError"
    assert ergm._line(KeyError(), graph) == "KeyError"
    assert ergm._line(ValueError("x" * 10_000), graph) == "x" * ergm._LONGEST


def test_an_explorer_says_how_many_are_gone_and_what_is_left():
    told = explore_removal(nx.star_graph(9), steps=2, draws=1)
    assert [one[:53] for one in map(str, told.says)] == [
        "After 0 removals 100 % of the group still hang togeth",
        "After 1 removals 10 % of the group still hang togethe",
        "After 2 removals 10 % of the group still hang togethe",
    ]
    assert told.table["estimate"].tolist() == pytest.approx([100, 10, 10])
    assert list(told.table.columns) == ["estimate", "ci_low", "ci_high"]
