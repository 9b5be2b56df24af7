"""What ``ctresearch.networks`` says of a network, measure by measure, under the names of ``reference/networks/measures.R``.

``python network_measures.py FOLDER`` writes the networks of :func:`shipped` for R.
"""

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core import FitError
from ctresearch.data import synthetic
from ctresearch.networks import (
    CriminalNetwork,
    backbone,
    brokerage,
    centralisation,
    centrality,
    core_periphery,
    describe,
    disrupt,
    efficiency_security,
    equivalence,
    from_matrix,
    groups,
    homophily,
    key_players,
    krackhardt,
    mrqap,
    structural_holes,
    tie_model,
)

SMALL = 45  # actors up to which R went through all sets of three
TINY = 16  # actors up to which R went through all cores
FEW = 36  # actors up to which R found the best division into groups


def sums(values):
    """Add up what may be told: sums over actors."""
    values = np.atleast_1d(np.asarray(values, dtype=float)).ravel()
    ok = np.isfinite(values)
    kept, places = values[ok], np.flatnonzero(ok) + 1.0
    return {
        "finite": int(ok.sum()),
        "sum": kept.sum(),
        "squares": (kept**2).sum(),
        "placed": (kept * places).sum() / len(values),
    }


def compared(network, form):
    """Work out all measures for which R has a value."""
    if form == "two_mode":
        return {name: sums(value) for name, value in _two_mode(network).items()}
    measures = _weighted(network) if "weighted" in form else _binary(network, form)
    return {name: sums(value) for name, value in measures.items() if value is not None}


def _sorted(series):
    """Bring values by actor into the order of labels."""
    return series.loc[sorted(series.index)].to_numpy()


def _eigenvector(network, *, weighted):
    try:
        return _sorted(centrality(network, "eigenvector", weighted=weighted, normalized=False))
    except FitError:
        return None


def _binary(network, form):
    """Measures of ties that are there or not."""
    order = sorted(network.nodes)
    table = describe(network).estimates["estimate"]
    made = {name: table[name] for name in table.index if name not in ("actors", "ties")}
    for kind in ("degree", "betweenness", "closeness", "harmonic", "in_degree", "out_degree"):
        made[kind] = _sorted(centrality(network, kind, normalized=False))
    made["closeness_normalized"] = _sorted(centrality(network, "closeness"))
    for kind in ("pagerank", "coreness", "clustering", "collective_influence", "constraint", "effective_size"):
        made[kind] = _sorted(centrality(network, kind))
    made["eigenvector"] = made["eigenvector_igraph"] = _eigenvector(network, weighted=False)
    holes = structural_holes(network)
    made["constraint_formula"], made["contacts"] = _sorted(holes["constraint"]), _sorted(holes["contacts"])
    made["security"] = efficiency_security(network)["security"]
    made |= _by_group(network, order)
    alike = equivalence(network).loc[order, order].to_numpy()
    made["structural_equivalence"] = alike[np.triu_indices(len(order), 1)]
    if len(order) <= TINY:
        made["core_missing"] = core_periphery(network).correlation
        made["core_star"] = core_periphery(network, "star").correlation
    if form == "directed":
        made["reciprocity_sna"], made["unity_of_command_sna"] = made["reciprocity"], made["unity_of_command"]
        made |= krackhardt(network)
        return made
    made["closeness_centralisation"] = centralisation(network, "closeness")
    made |= _sets(network)
    if len(order) <= FEW:
        made["modularity"] = groups(network).modularity
    by_label = _in_order(network, order)
    for kind in ("degree", "betweenness"):
        curve = disrupt(by_label, kind, steps=8, ties="last", exclude=[], draws=1).curve("largest_component")
        made[f"disrupt_{kind}"] = curve["estimate"].to_numpy()
    return made


def _in_order(network, order):
    graph = nx.Graph()
    graph.add_nodes_from(order)
    graph.add_edges_from(network.graph.edges)
    return graph


def _by_group(network, order):
    """Measures of groups of actors."""
    table = brokerage(network, "group").loc[order]
    mixed = homophily(network, "group", draws=19).estimates["estimate"]
    fitted = tie_model(network, ["group"]).estimates
    slopes = mrqap(network, ["group"], draws=19).estimates["estimate"].to_numpy()
    return {
        "brokerage": table["count"],
        "brokerage_expected": table["expected"],
        "brokerage_std_dev": table["std_dev"],
        "brokerage_z": table["z"],
        "assortativity": mixed["assortativity"],
        "ei_index": mixed["ei_index"],
        "tie_model": np.concatenate([fitted["estimate"], fitted["std_error"]]),
        "mrqap": slopes,
        "mrqap_sna": slopes,
    }


def _sets(network):
    """Best sets and how many share their value, all proven."""
    made, largest = {}, 3 if len(network) <= SMALL else 2
    questions = {
        "fragmentation": {},
        "distance_fragmentation": {},
        "distance_reach": {},
        "reach_1": {"steps": 1},
        "reach_2": {"steps": 2},
    }
    for name, options in questions.items():
        for k in range(1, largest + 1):
            found = key_players(network, k, name.rsplit("_", 1)[0] if "reach_" in name else name, exclude=[], **options)
            made[f"{name}_{k}"] = [found.value, len(found.sets)] if found.proven else [np.nan, np.nan]
    return made


def _kept(network, method, *, level=0.5):
    """Count ties below 0.05, and add up the levels below a half."""
    levels = np.array([p for _, _, p in backbone(network, method, level).graph.edges(data="p_value")])
    return [(levels < 0.05).sum(), levels.sum()]


def _weighted(network):
    """Measures of ties with strengths."""
    names = {"degree": "strength", "in_degree": "in_strength", "out_degree": "out_strength"}
    kinds = (
        "degree",
        "in_degree",
        "out_degree",
        "betweenness",
        "closeness",
        "harmonic",
        "pagerank",
        "constraint",
        "effective_size",
    )
    made = {names.get(k, k): _sorted(centrality(network, k, weighted=True, normalized=False)) for k in kinds}
    made["eigenvector"] = made["eigenvector_igraph"] = _eigenvector(network, weighted=True)
    made["constraint_formula"] = made["constraint"]
    made["disparity"] = _kept(network, "disparity")
    made["mrqap"] = mrqap(network, ["group"], weighted=True, draws=19).estimates["estimate"]
    return made


def _two_mode(network):
    """Measures of actors by events."""
    order = np.argsort(np.array(network.nodes, dtype=object))
    shared = network.matrix_as("strength").toarray()[np.ix_(order, order)]
    return {"shared_events": shared[np.triu_indices(len(shared), 1)], "sdsm": _kept(network, "sdsm")}


def shipped():
    """Make the networks that may be shipped, as matrices with labels and groups, and one of two modes."""
    made = {}
    for name, graph, group in (
        ("karate", nx.karate_club_graph(), "club"),
        ("lesmis", nx.les_miserables_graph(), None),
        ("florentine", nx.florentine_families_graph(), None),
        ("pieces", _pieces(), None),
    ):
        labels = [str(v) for v in graph]
        table = pd.DataFrame(nx.to_numpy_array(graph), index=labels, columns=labels)
        ordered = {a: str(place % 3) for place, a in enumerate(sorted(labels))}
        chosen = [str(graph.nodes[v][group]) if group else ordered[str(v)] for v in graph]
        made[name] = (table, pd.DataFrame({"actor": labels, "group": chosen}))
    invented = synthetic.criminal_network(40, mean_degree=6, seed=3)
    network = CriminalNetwork.from_edges(invented.frame, actors=invented.tables["actors"])
    labels = [str(a) for a in network.nodes]
    table = pd.DataFrame(network.adjacency.toarray(), index=labels, columns=labels)
    made["invented"] = (table, pd.DataFrame({"actor": labels, "group": network.actors["stage"].astype(str).to_numpy()}))
    davis = nx.davis_southern_women_graph()
    women, events = davis.graph["top"], davis.graph["bottom"]
    seen = nx.bipartite.biadjacency_matrix(davis, women, events).toarray()
    return made, {"davis": pd.DataFrame(seen, index=women, columns=events)}


def _pieces():
    """Draw a directed network of several parts, with actors who have no tie and counts that repeat."""
    graph = nx.gnp_random_graph(30, 0.05, seed=8, directed=True)
    random = np.random.default_rng(5)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(random.integers(1, 7))
    return graph


def forms(table, actors):
    """Read a matrix as each sort of network that it can be."""
    found = {
        "undirected": from_matrix(table, directed=False, actors=actors),
        "directed": from_matrix(table, directed=True, actors=actors),
    }
    cells = table.to_numpy()
    if len(np.unique(cells[cells > 0])) > 1:
        options = {"weight_is": "strength", "combine": "sum", "actors": actors}
        found["weighted_undirected"] = from_matrix(table, directed=False, **options)
        found["weighted_directed"] = from_matrix(table, directed=True, **options)
    return found


def main():
    """Write the networks for R."""
    folder = Path(sys.argv[1])
    one_mode, two_mode = shipped()
    for name, (table, actors) in one_mode.items():
        table.to_csv(folder / f"{name}_matrix.csv")
        actors.to_csv(folder / f"{name}_groups.csv", index=False)
    for name, table in two_mode.items():
        table.to_csv(folder / f"{name}_attended.csv")


if __name__ == "__main__":
    main()
