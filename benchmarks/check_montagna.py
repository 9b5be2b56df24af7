"""The published disruption curves of the Montagna operation, made again from the authors' files.

Run ``python benchmarks/check_montagna.py FOLDER``, where FOLDER holds the two edge lists
``Montagna_meetings_edgelist.csv`` and ``Montagna_phonecalls_edgelist.csv`` and, in ``sequential/meeting`` and
``sequential/phone_calls``, the authors' ``df_Unweighted_5nrem.csv`` and ``df_Weighted_5nrem.csv`` (data and code of
Cavallaro et al. 2020, https://doi.org/10.1371/journal.pone.0236476; not part of this project). The table of differences
goes to ``benchmarks/results/montagna.csv``.

Among actors of equal score the authors' code removes the last: in the order of the network for degree and betweenness,
and by the largest identifier for collective influence, which it sorts as a structured array. With the order of the
network there too, two of the twelve curves (phone calls by collective influence) differ by up to 0.034. Their weighted
betweenness takes the number of meetings as a distance, and their collective influence stops at one step.
"""

import argparse
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.parallel import workers
from ctresearch.networks import CriminalNetwork, Strategy, disrupt

FILES = {"meeting": "Montagna_meetings_edgelist.csv", "phone_calls": "Montagna_phonecalls_edgelist.csv"}
KINDS = {"Degree": "degree", "Betweenness": "betweenness", "Collective Influence": "collective_influence"}
OUT = Path(__file__).parent / "results" / "montagna.csv"


def read(path):
    graph = nx.Graph()
    for line in path.read_text().splitlines():
        one, two, weight = map(int, line.split())
        graph.add_edge(one, two, weight=weight)
    return graph


def by_identifier(graph):
    ordered = nx.Graph()
    ordered.add_nodes_from(sorted(graph))
    ordered.add_edges_from(graph.edges(data=True))
    return ordered


def difference(graph, kind, published, *, weighted):
    meaning = "distance" if kind == "betweenness" else "strength"
    network = CriminalNetwork.from_graph(graph, weight="weight", weight_is=meaning)
    result = disrupt(network, Strategy(kind, weighted=weighted), steps=len(published) - 1, ties="last")
    return float(np.abs(result.curve("largest_component")["estimate"].to_numpy() - published).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rows = []
    for name, file in FILES.items():
        graph = read(folder / file)
        for weights in ("Unweighted", "Weighted"):
            curves = pd.read_csv(folder / "sequential" / name / f"df_{weights}_5nrem.csv")
            for column, kind in KINDS.items():
                published, weighted = curves[column].to_numpy(), weights == "Weighted"
                ordered = by_identifier(graph) if kind == "collective_influence" else graph
                rows.append(
                    {
                        "network": name,
                        "weights": weights,
                        "strategy": kind,
                        "steps": len(published) - 1,
                        "largest_difference": difference(ordered, kind, published, weighted=weighted),
                        "in_network_order": difference(graph, kind, published, weighted=weighted),
                    }
                )
    OUT.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    with workers(1):
        main()
