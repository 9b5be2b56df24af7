"""Methods that hold actors by actors refuse a large network before memory runs out."""

import networkx as nx
import pytest

from ctresearch.core import SpecificationError
from ctresearch.networks import CriminalNetwork, brokerage, core_periphery, equivalence
from ctresearch.networks.evidence.square_table import LIMIT, refuse_too_large


def test_a_large_network_is_refused_with_the_bound_and_the_cure():
    graph = nx.path_graph(40_000)
    nx.set_node_attributes(graph, "x", "role")
    network = CriminalNetwork.from_graph(graph)
    for method in (core_periphery, equivalence, lambda one: brokerage(one, "role")):
        with pytest.raises(SpecificationError, match=r"GiB for 40,000 actors.*take a part of the network"):
            method(network)


def test_the_bound_is_a_few_gibibytes_over_all_tables():
    refuse_too_large("equivalence", 10_000, 4)
    assert LIMIT == 4 * 1024**3
    with pytest.raises(SpecificationError, match=r"equivalence needs 12 GiB for 20,000 actors, takes 4 GiB and 11,585"):
        refuse_too_large("equivalence", 20_000, 4)
    with pytest.raises(SpecificationError, match="16,384 actors at most"):
        refuse_too_large("x", 20_000, 2)


def test_exactly_the_bound_is_allowed():
    refuse_too_large("x", 16_384, 2)
    with pytest.raises(SpecificationError, match="16,384 actors at most"):
        refuse_too_large("x", 16_385, 2)
    refuse_too_large("x", 23_170, 1)
    with pytest.raises(SpecificationError, match=r"x needs 4 GiB for 23,171 actors, takes 4 GiB and 23,170 actors"):
        refuse_too_large("x", 23_171, 1)
