"""Methods that hold actors by actors refuse a large network before memory runs out."""

import networkx as nx
import pytest

from ctresearch.core import SpecificationError
from ctresearch.networks import CriminalNetwork, brokerage, core_periphery, equivalence


def test_a_large_network_is_refused_with_the_bound_and_the_cure():
    graph = nx.path_graph(40_000)
    nx.set_node_attributes(graph, "x", "role")
    network = CriminalNetwork.from_graph(graph)
    for method in (core_periphery, equivalence, lambda one: brokerage(one, "role")):
        with pytest.raises(SpecificationError, match=r"GiB for 40,000 actors.*take a part of the network"):
            method(network)
