"""No message of a measure of networks shows an actor, or a cell of the table of actors."""

import traceback

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch import networks
from ctresearch.core import CellError, CtResearchError
from ctresearch.networks import Strategy

CANARY = "Marie Kanarie"


@pytest.fixture
def group():
    names = [f"{CANARY} {i}" for i in range(8)]
    ties = pd.DataFrame({"source": names[:-1], "target": names[1:]})
    actors = pd.DataFrame(
        {
            "actor": names,
            "fee": [f"{CANARY} fee", *["1.5"] * 7],
            "role": [f"{CANARY} role", *["driver"] * 6, None],
        }
    )
    return networks.CriminalNetwork.from_edges(ties, actors=actors)


WRONG = {
    "costs": lambda g: networks.key_players(g, 1, costs="fee", budget=3.0),
    "costs by hand": lambda g: networks.key_players(g, 1, costs=g.actors["fee"].to_dict(), budget=3.0),
    "value": lambda g: networks.disrupt(g, Strategy("value", column="fee"), steps=1),
    "no role": lambda g: networks.disrupt(g, Strategy("role", roles=["host"]), steps=1),
    "brokerage": lambda g: networks.brokerage(g, "role"),
    "role_positions": lambda g: networks.role_positions(g, "nothing"),
    "budget": lambda g: networks.key_players(g, 1, costs=dict.fromkeys(g.nodes, 9.0), budget=3.0),
    "blocks": lambda g: networks.plot_adjacency(g, pd.Series({g.nodes[0]: 1})),
    "eigenvector": lambda g: networks.centrality(nx.disjoint_union(g.graph, g.graph), "eigenvector"),
    "places": lambda g: networks.plot_network(g, places=np.zeros((2, 2))),
    "core": lambda g: networks.core_periphery(nx.create_empty_copy(g.graph)),
    "groups": lambda g: networks.groups(nx.create_empty_copy(g.graph)),
    "small world": networks.small_world,
    "hierarchy": networks.krackhardt,
    "too few": lambda g: networks.describe(g.graph.subgraph(g.nodes[:2])),
    "confidence": networks.centrality_ranks,
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_name_columns_and_counts_and_no_actor(group, name):
    with pytest.raises(CtResearchError) as caught:
        WRONG[name](group)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_cost_or_value_that_is_no_number_is_named_by_column_and_row(group):
    for name in ("costs", "value"):
        with pytest.raises(CellError, match="'fee'") as caught:
            WRONG[name](group)
        assert list(caught.value.rows) == [1]
