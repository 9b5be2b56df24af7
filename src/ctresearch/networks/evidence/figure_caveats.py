"""What every figure about a criminal network must say, and the record of the network it came from.

References
----------
.. [1] Inter-Agency Coordination Group against Trafficking in Persons (2020). Non-punishment of victims of trafficking.
   ICAT Issue Brief 8.
.. [2] UNODC (2020). Female victims of trafficking for sexual exploitation as defendants: a case law analysis. Vienna.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.inputs import Inputs, record

if TYPE_CHECKING:
    from ctresearch.networks.evidence.network import CriminalNetwork

CAVEATS = (
    (
        "The network is what an investigation saw: what lies outside its view is missing, and those it watched look "
        "central."
    ),
    "Victims of trafficking may appear here as offenders (non-punishment principle): no position is evidence of guilt.",
)


def recorded(network: CriminalNetwork, *, seed: int | None = None, packages: tuple[str, ...] = ()) -> Inputs:
    """Record the structure of a network, without the names of its actors.

    Parameters
    ----------
    network : CriminalNetwork
        What a result was made from.
    seed : int, optional
        Seed of the method.
    packages : tuple of str
        Distributions that did arithmetic beside numpy, scipy and networkx.

    Returns
    -------
    Inputs
        The record; equal for networks that differ in names alone.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> one = recorded(as_network(nx.path_graph(3)))
    >>> one == recorded(as_network(nx.path_graph(["x", "y", "z"])))
    True
    """
    frame = pd.DataFrame(network.edges_index, columns=["source", "target"])
    if network.weighted:
        frame["weight"] = [data["weight"] for _, _, data in network.graph.edges(data=True)]
    whole = pd.concat([pd.DataFrame({"source": [len(network)], "target": [int(network.directed)]}), frame])
    return record(whole, seed=seed, packages=("numpy", "scipy", "networkx", *packages))
