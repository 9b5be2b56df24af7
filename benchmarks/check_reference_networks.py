"""Every method of ``ctresearch.networks`` on published criminal networks, against R and published values.

Run ``python benchmarks/check_reference_networks.py FOLDER``, where FOLDER holds the files that ``FILES`` names
(Morselli's CAVIAR with its eleven phases, Ciel, Siren and Togo; Montagna's meetings and phone calls; a Mexican
trafficking ring with roles) and the values that others worked out of them. They are not part of this project.
``reference_networks.json`` holds what R made of them (``reference_networks.R`` says how): sums over actors and no
actor. Each measure is compared by its sum, its sum of squares and a sum weighted by the actors' places, so that a value
at the wrong actor shows. ``results/reference_networks.csv`` has one row a measure, says of differences above 1e-9 where
they come from, and holds the methods without an outside value, which are run for errors and for the same answer twice.
"""

import argparse
import json
import re
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from ctresearch import networks as room
from ctresearch.core.errors import CtResearchError
from ctresearch.core.parallel import workers
from ctresearch.networks.files.matrix_file import from_matrix
from network_measures import compared

OUT = Path(__file__).parent / "results" / "reference_networks.csv"
VALUES = Path(__file__).parent / "reference_networks.json"
CLOSE = 1e-9
FILES = {
    "caviar": "morselli_caviar.csv",
    "cielnet": "morselli_cielnet.csv",
    "siren": "morselli_siren.csv",
    "togo": "morselli_togo.csv",
    **{f"caviar_phase{i}": f"caviar_phases/phase{i}.csv" for i in range(1, 12)},
    "montagna_meetings": "montagna/Montagna_meetings_edgelist.csv",
    "montagna_calls": "montagna/Montagna_phonecalls_edgelist.csv",
    "mexico": "mexico_ht_edges.txt",
}
WHY = {
    "unity_of_command_sna": (
        "sna 2.8 asks that the least superior reach all others; by Krackhardt, and by sna's own help, "
        "all others reach the least: see unity_of_command"
    ),
    "eigenvector_igraph": (
        "igraph's iteration ends at the eigenvalue 0 and gives zeros; R's eigen() is in the row eigenvector"
    ),
    "modularity": "the best of 20 runs of a search, against the exact optimum",
    "leiden_best_of_200": "another search; a higher modularity is a better division",
    "core_missing_search": "a search without proof on the other side; a higher correlation is a better core",
    "core_star_search": "a search without proof on the other side; a higher correlation is a better core",
}
SAME = {
    "n_components": "components",
    "transitivity_global": "transitivity",
    "transitivity_avg_local_zero": "local_clustering",
    "assortativity_degree": "degree_assortativity",
    "fragmentation_F": "fragmentation",
    "centralization_degree": "degree_centralisation",
    "distance_fragmentation_DF": "distance_fragmentation",
    "centralization_betweenness": "betweenness_centralisation",
    **{name: name for name in ("density", "diameter", "mean_distance", "global_efficiency")},
}
ACTORS = {
    "degree": ("degree", {"normalized": False}),
    "betweenness_und": ("betweenness", {"normalized": False}),
    "closeness": ("closeness", {"normalized": False}),
    "harmonic": ("harmonic", {"normalized": False}),
    "eigenvector": ("eigenvector", {"normalized": False}),
    "constraint": ("constraint", {}),
    "coreness": ("coreness", {}),
    "local_clustering": ("clustering", {}),
    "pagerank": ("pagerank", {}),
    "effective_size": ("effective_size", {}),
    "strength": ("degree", {"weighted": True}),
    "constraint_weighted": ("constraint", {"weighted": True}),
}


def with_groups(network, roles):
    """Give every actor a group: the role, or the place in the order of labels modulo three; and a value."""
    order = sorted(network.nodes)
    group = [roles[actor] if roles else str(place % 3) for place, actor in enumerate(order)]
    return pd.DataFrame({"actor": order, "group": group, "value": np.arange(len(order)) % 7 + 1.0})


def read_all(folder):
    """Read each file as each sort of network that it can be."""
    table = pd.read_csv(folder / "mexico_ht_roles.csv", header=None, dtype=str, encoding="utf-8-sig")
    roles = {a: re.sub(r" ?[0-9]+$", "", r) for a, r in table.to_numpy()}
    networks = {}
    for name, file in FILES.items():
        path = folder / file
        actors = with_groups(room.read_network(path, directed=False), roles if name == "mexico" else None)
        forms = {
            f: room.read_network(path, directed=f == "directed", actors=actors) for f in ("undirected", "directed")
        }
        if name not in ("siren", "togo", "mexico"):
            for form in ("undirected", "directed"):
                forms[f"weighted_{form}"] = room.read_network(
                    path, directed=form == "directed", actors=actors, weight_is="strength", combine="sum"
                )
        networks[name] = forms
    togo = nx.Graph(networks["togo"]["undirected"].graph)
    cliques = [[a in clique for a in sorted(togo)] for clique in nx.find_cliques(togo)]
    names = [f"m{i}" for i in range(len(cliques))]
    seen = pd.DataFrame(np.array(cliques, dtype=int).T, index=sorted(togo), columns=names)
    networks["togo_cliques"] = {"two_mode": from_matrix(seen)}
    return networks


def row(name, form, measure, ours, outside, call, *, part="value"):
    """Compare two numbers, in proportion to their size where they are above 1."""
    difference = abs(ours - outside) / max(1.0, abs(outside))
    why = WHY.get(measure, "unexplained") if difference > CLOSE else ""
    return {
        "network": name,
        "form": form,
        "measure": measure,
        "part": part,
        "ours": ours,
        "outside": outside,
        "call": call,
        "difference": difference,
        "why": why,
    }


def against_r(networks):
    """Compare with what R made of the same files."""
    outside = json.loads(VALUES.read_text())
    for name, forms in networks.items():
        for form, network in forms.items():
            kinds = (
                ("weighted", "weighted_directed")
                if "weighted" in form
                else ("both", "directed", "undirected", "two_mode")
            )
            calls = {measure: call for kind in kinds for measure, call in outside["calls"][kind].items()}
            ours, theirs = compared(network, form), outside["values"][name][form]
            for measure in sorted(set(ours) & set(theirs)):
                for part in ("finite", "sum", "squares", "placed"):
                    yield row(
                        name,
                        form,
                        measure,
                        float(ours[measure][part]),
                        theirs[measure][part],
                        calls[measure],
                        part=part,
                    )


def against_published(folder, networks):
    """Compare with values that others worked out, actor by actor."""
    given = json.loads((folder / "values_caviar_montagna.json").read_text())
    for name, key in (("caviar", "caviar_full_und"), ("montagna_meetings", "montagna_meetings_zenodo")):
        network, values = networks[name]["undirected"], given["r_igraph_oracle"]["nets"][key]
        # these values keep the larger of the two directions of a pair; those of reference_networks.R add them up
        valued = room.read_network(folder / FILES[name], directed=False, weight_is="strength", combine="max")
        mine = room.describe(network).estimates["estimate"]
        for measure, term in SAME.items():
            yield row(
                name, "undirected", measure, float(mine[term]), float(values[measure]), "values_caviar_montagna.json"
            )
        for measure, (kind, options) in ACTORS.items():
            if values[measure] is not None:
                found = room.centrality(valued if options.get("weighted") else network, kind, **options)
                yield farthest(name, "undirected", measure, found, values[measure], "values_caviar_montagna.json")
    yield from best_sets(given, networks)
    phases = json.loads((folder / "caviar_phases_igraph.json").read_text())["phases"]
    for i, values in enumerate(phases.values(), start=1):
        network, name = networks[f"caviar_phase{i}"]["directed"], f"caviar_phase{i}"
        mine = room.describe(network).estimates["estimate"]
        for measure, term in (
            ("density", "density"),
            ("reciprocity", "reciprocity"),
            ("transitivity_und", "transitivity"),
            ("components", "components"),
        ):
            yield row(name, "directed", measure, float(mine[term]), float(values[measure]), "caviar_phases_igraph.json")
        for measure, kind in (("betweenness", "betweenness"), ("indeg", "in_degree"), ("outdeg", "out_degree")):
            found = room.centrality(network, kind, normalized=False)
            yield farthest(name, "directed", measure, found, values[measure], "caviar_phases_igraph.json")


def best_sets(given, networks):
    """Compare sets of key players, cores and groups."""
    for name, key in (("caviar", "caviar_full_und"), ("montagna_meetings", "montagna_meetings")):
        network, values = networks[name]["undirected"], given["kpp_exhaustive"]["nets"][key]
        for measure, question, k in (
            ("F_k1", "fragmentation", 1),
            ("F_k2", "fragmentation", 2),
            ("DF_k1", "distance_fragmentation", 1),
        ):
            found = room.key_players(network, k, question, exclude=[])
            yield row(name, "undirected", measure, found.value, values[measure]["value"], "exhaustive search")
            hit = set(values[measure]["nodes"]) in [set(members) for members in found.sets]
            yield row(name, "undirected", f"{measure}_set", float(hit), 1.0, "exhaustive search")
    network = networks["caviar"]["undirected"]
    for ideal, key in (("missing", "missing"), ("star", "star_or")):
        value = given["core_periphery"]["nets"]["caviar_full_und"][key]["corr"]
        yield row(
            "caviar",
            "undirected",
            f"core_{ideal}_search",
            room.core_periphery(network, ideal).correlation,
            value,
            "greedy search",
        )
    value = given["leiden_modularity"]["nets"]["caviar_full_und"]["leiden_best_of_200"]
    yield row(
        "caviar",
        "undirected",
        "leiden_best_of_200",
        room.groups(network).modularity,
        value,
        given["leiden_modularity"]["meta"]["call"],
    )


def farthest(name, form, measure, found, values, call):
    """Compare actor by actor and tell the largest difference only."""
    off = max(abs(float(found[a]) - (np.nan if v in (None, "NA", "NaN") else float(v))) for a, v in values.items())
    return {
        **row(name, form, measure, float(found.sum()), float(found.sum()), call, part="largest difference by actor"),
        "difference": off,
        "why": "" if off <= CLOSE else "unexplained",
    }


def untested(network):
    """Give the methods that draw at random or have no peer, as functions without arguments."""
    strategies = [room.Strategy(k) for k in ("degree", "betweenness", "collective_influence", "optimal", "random")]
    strategies += [
        room.Strategy("role", roles=(network.actors["group"].iloc[0],), column="group"),
        room.Strategy("value", column="value"),
    ]
    yield "centrality_ranks", lambda: float(room.centrality_ranks(network, confidence=0.8, draws=20)["rank"].sum())
    yield "role_positions", lambda: room.role_positions(network, "group", confidence=0.8, draws=20)
    yield "brokerage, groups dealt", lambda: float(room.brokerage(network, "group", null="groups", draws=50)["z"].sum())
    yield "brokerage_by_group", lambda: room.brokerage_by_group(network, "group", draws=50)
    yield "block_model", lambda: room.block_model(network, blocks=[1, 2, 3], starts=3)
    yield "block_model, degree-corrected", lambda: room.block_model(network, blocks=2, degree_corrected=True, starts=3)
    yield "continuous_core", lambda: room.continuous_core(network, starts=3)
    yield "core_periphery", lambda: room.core_periphery(network, starts=5, effort=500)
    yield "core_periphery, star", lambda: room.core_periphery(network, "star", starts=5, effort=500)
    yield "groups", lambda: room.groups(network, runs=5)
    yield "group_stability", lambda: room.group_stability(network, draws=20)
    yield "small_world", lambda: room.small_world(network, draws=20)
    yield "deletion_bands", lambda: room.deletion_bands(network, draws=20)
    yield "missing_ties", lambda: room.missing_ties(network, 0.2, draws=50)
    yield "equivalence, regular", lambda: room.equivalence(network, "regular").to_numpy().sum()
    yield "efficiency_security", lambda: room.efficiency_security(network)["balance"]
    yield "compare_strategies", lambda: room.compare_strategies(network, ["random", "degree"], steps=3, draws=20)
    for strategy in strategies:
        yield (
            f"disrupt, {strategy}",
            lambda s=strategy: (
                room.disrupt(network, s, steps=3, draws=20, exclude=[]).curve("largest_component")["estimate"].sum()
            ),
        )
    for rule in ("preferential", "distance", "skill", "replacement"):
        yield (
            f"disrupt, {rule}",
            lambda r=rule: (
                room.disrupt(network, "degree", r, role="group", steps=3, draws=20, exclude=[])
                .curve("largest_component")["estimate"]
                .sum()
            ),
        )


def told(answer):
    """Reduce an answer to one number."""
    return float(np.nansum(answer.estimates["estimate"]) if hasattr(answer, "estimates") else answer)


def run_alone(networks):
    """Run what has no outside value, twice, and note what it says or refuses."""
    for name, forms in networks.items():
        for form in ("undirected", "directed"):
            for method, ask in untested(forms[form]) if form in forms else ():
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("error")
                        one, two = told(ask()), told(ask())
                    yield row(name, form, method, one, two, "the same call again")
                except CtResearchError as error:
                    yield {**row(name, form, method, np.nan, np.nan, "refused"), "why": str(error)}
    phases = room.phases({i: networks[f"caviar_phase{i}"]["directed"] for i in range(1, 12)})
    yield row(
        "caviar",
        "directed",
        "phases, actors",
        float(phases["actors"].sum()),
        359.0,
        "sum of n in caviar_phases_igraph.json",
    )


def summed(table):
    """Return one row a measure: how many values were compared, how many agree, and where the others come from."""
    rows = table.assign(agree=table["difference"].abs() <= CLOSE)
    keys = ["form", "measure", "call", "why"]
    out = rows.groupby(keys, sort=False, dropna=False).agg(
        networks=("network", "nunique"),
        compared=("ours", "size"),
        agree=("agree", "sum"),
        largest_difference=("difference", "max"),
    )
    versions = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "networkx": nx.__version__}
    return out.reset_index().round({"largest_difference": 15}).assign(**versions)


def main():
    """Write the table of differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    networks = read_all(folder)
    table = pd.DataFrame([*against_r(networks), *against_published(folder, networks), *run_alone(networks)])
    OUT.parent.mkdir(exist_ok=True)
    summed(table).to_csv(OUT, index=False, lineterminator="\n")
    odd = table[table["why"] != ""]
    print(odd.groupby(["measure", "why"])["difference"].agg(["size", "max"]).to_string())
    print(f"{len(table)} values of {table['network'].nunique()} networks, {len(odd)} of them differ or were refused")


if __name__ == "__main__":
    with workers(1):
        main()
