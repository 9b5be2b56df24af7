"""Every method of the room on small invented networks, with its options: calls whose whole answers are written down."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch import networks as n
from ctresearch.core import CtResearchError
from ctresearch.networks import CriminalNetwork, Recovery, Scheme, Strategy
from ctresearch.networks.position.centrality import KINDS
from figures import picture

STAGES = ("recruitment", "transport", "exploitation")


def group(*, directed=False, meaning="strength", isolated=False):
    """Ten actors with roles, stages and values, ties with calls and confidence."""
    rng = np.random.default_rng(12)
    graph = nx.connected_watts_strogatz_graph(10, 4, 0.3, seed=3)
    ends = [(f"p{a:02d}", f"p{b:02d}") for a, b in sorted(graph.edges)]
    people = sorted({end for pair in ends for end in pair}) + ["p99"] * isolated
    frame = pd.DataFrame(ends, columns=["source", "target"]).assign(
        calls=rng.integers(1, 9, len(ends)), sure=rng.choice([0.5, 0.8, 1.0], len(ends))
    )
    actors = pd.DataFrame(
        {
            "actor": people,
            "role": [("recruiter", "driver", "host")[i % 3] for i in range(len(people))],
            "stage": [STAGES[i % 3] for i in range(len(people))],
            "worth": [float(i * i % 7 + 1) for i in range(len(people))],
            "status": ["victim" if i == 2 else "suspect" for i in range(len(people))],
        }
    )
    return CriminalNetwork.from_edges(
        frame, weight="calls", weight_is=meaning, confidence="sure", directed=directed, actors=actors
    )


def cases(many=60):
    """Sixty invented cases with yes and no, words and steps."""
    rng = np.random.default_rng(4)
    kind = rng.random(many) < 0.5
    frame = pd.DataFrame({f"a{i}": (rng.random(many) < np.where(kind, 0.2 + 0.1 * i, 0.7 - 0.1 * i)) for i in range(5)})
    return frame.astype(int)


def attended():
    """Ten invented actors at twelve events."""
    rng = np.random.default_rng(8)
    who, where = np.nonzero(rng.random((10, 12)) < rng.random((10, 1)))
    frame = pd.DataFrame({"who": [f"p{i}" for i in who], "where": [f"m{j}" for j in where]})
    return CriminalNetwork.from_incidence(frame, actor="who", event="where")


def steps():
    """Steps of eight invented cases."""
    rng = np.random.default_rng(6)
    acts = ["recruit", "move", "house", "exploit", "pay"]
    rows = [(c, o, acts[(o + int(rng.random() < 0.3)) % 5]) for c in range(8) for o in range(3 + c % 3)]
    return pd.DataFrame(rows, columns=["case", "order", "act"])


def _calls():
    """List the calls by name."""
    for name, network in (("", group()), ("directed ", group(directed=True)), ("isolated ", group(isolated=True))):
        yield f"{name}describe", lambda network=network: n.describe(network)
        yield f"{name}structural_holes", lambda network=network: n.structural_holes(network)
        yield f"{name}weighted holes", lambda network=network: n.structural_holes(network, weighted=True)
        yield f"{name}brokerage", lambda network=network: n.brokerage(network, "role", draws=30, seed=2)
        yield (
            f"{name}brokerage groups",
            lambda network=network: n.brokerage(network, "role", null="groups", draws=30, seed=2),
        )
        yield (
            f"{name}brokerage_by_group",
            lambda network=network: n.brokerage_by_group(network, "role", draws=29, seed=2),
        )
        yield f"{name}homophily", lambda network=network: n.homophily(network, "role", draws=29, seed=2)
        yield f"{name}equivalence", lambda network=network: n.equivalence(network)
        yield f"{name}regular", lambda network=network: n.equivalence(network, "regular", rounds=2)
        yield f"{name}core", lambda network=network: n.core_periphery(network, starts=5, seed=1)
        yield f"{name}core star", lambda network=network: n.core_periphery(network, "star", weighted=True, starts=5)
        yield f"{name}continuous", lambda network=network: n.continuous_core(network, starts=3, seed=1)
        yield f"{name}groups", lambda network=network: n.groups(network, runs=5, scan=(0.5, 2.0), seed=1)
        yield f"{name}groups weighted", lambda network=network: n.groups(network, runs=5, weighted=True, resolution=1.3)
        yield f"{name}blocks", lambda network=network: n.block_model(network, blocks=[1, 2, 3], starts=3, seed=1)
        yield (
            f"{name}blocks corrected",
            lambda network=network: n.block_model(network, blocks=2, degree_corrected=True, starts=3),
        )
        yield f"{name}tie_model", lambda network=network: n.tie_model(network, ["role"])
        yield f"{name}mrqap", lambda network=network: n.mrqap(network, ["role"], weighted=True, draws=29, seed=1)
        yield f"{name}mrqap ties", lambda network=network: n.mrqap(network, ["role", "stage"], draws=29, seed=1)
        yield f"{name}role_densities", lambda network=network: n.role_densities(network, "role")
        yield f"{name}efficiency_security", lambda network=network: n.efficiency_security(network)
        if name == "isolated ":
            continue
        for kind in KINDS if name == "" else ("in_degree", "betweenness", "closeness", "pagerank"):
            for options in ({}, {"weighted": True}, {"normalized": False}):
                yield (
                    f"{name}centrality {kind} {options}",
                    lambda network=network, kind=kind, options=options: n.centrality(network, kind, **options),
                )
            yield f"{name}centralisation {kind}", lambda network=network, kind=kind: n.centralisation(network, kind)
            yield (
                f"{name}ranks {kind}",
                lambda network=network, kind=kind: n.centrality_ranks(network, kind, draws=30, level=0.9, seed=3),
            )
            yield (
                f"{name}positions {kind}",
                lambda network=network, kind=kind: n.role_positions(network, "role", kind, confidence=0.7, draws=30),
            )
        for kind in ("degree", "betweenness", "collective_influence", "optimal", "random"):
            for weighted in (False, True):
                yield (
                    f"{name}disrupt {kind} {weighted}",
                    lambda network=network, kind=kind, weighted=weighted: n.disrupt(
                        network, Strategy(kind, weighted=weighted, radius=2), steps=4, draws=20, ties="first"
                    ),
                )
        for strategy in (Strategy("role", roles=("driver",)), Strategy("value", column="worth")):
            yield (
                f"{name}disrupt {strategy}",
                lambda network=network, strategy=strategy: n.disrupt(network, strategy, steps=3, ties="last", draws=20),
            )
        for rule in ("preferential", "distance", "skill", "replacement"):
            yield (
                f"{name}recover {rule}",
                lambda network=network, rule=rule: n.disrupt(
                    network,
                    "degree",
                    Recovery(rule, rate=0.6, rounds=2, horizon=3, recovered=0.8),
                    steps=3,
                    draws=20,
                    stage="stage",
                    chain=STAGES,
                    seed=1,
                ),
            )
        yield f"{name}one shot", lambda network=network: n.disrupt(network, "degree", steps=3, one_shot=True, draws=20)
        yield (
            f"{name}compare",
            lambda network=network: n.compare_strategies(network, ["degree", "random"], steps=2, draws=20, seed=4),
        )
        for missing in ("ties", "actors"):
            yield (
                f"{name}bands {missing}",
                lambda network=network, missing=missing: n.disruption_bands(
                    network, "betweenness", missing=missing, rate=0.3, steps=2, draws=20, seed=4
                ),
            )
            yield (
                f"{name}stability {missing}",
                lambda network=network, missing=missing: n.group_stability(network, missing=missing, draws=20, seed=4),
            )
            yield (
                f"{name}deletion {missing}",
                lambda network=network, missing=missing: n.deletion_bands(
                    network, rates=[0.2, 0.4], missing=missing, draws=20, seed=4
                ),
            )
        for measure in ("fragmentation", "distance_fragmentation", "reach", "distance_reach"):
            for search in ("exact", "greedy"):
                yield (
                    f"{name}key {measure} {search}",
                    lambda network=network, measure=measure, search=search: n.key_players(
                        network, 3, measure, search=search, exclude=["p05"]
                    ),
                )
        yield f"{name}key two steps", lambda network=network: n.key_players(network, 2, "reach", steps=2, protect=False)
        yield (
            f"{name}key costs",
            lambda network=network: n.key_players(network, 3, costs="worth", budget=9.0),
        )
        yield f"{name}protected", lambda network=network: n.protected_actors(network)
        yield f"{name}phases", lambda network=network: n.phases({"one": network, "two": group()})
        yield f"{name}backbone", lambda network=network: n.backbone(network, alpha=0.4)
    yield "backbone sdsm", lambda: n.backbone(attended(), "sdsm", 0.3)
    yield "krackhardt", lambda: n.krackhardt(nx.DiGraph([("a", "b"), ("b", "c"), ("a", "d"), ("d", "c"), ("c", "e")]))
    yield "small_world", lambda: n.small_world(group(), draws=20, seed=1)
    yield "missing blocks", lambda: n.missing_ties(group(), 0.2, blocks=2, draws=40, seed=1)
    # No case of a chain that has not mixed: its path depends on the last digits of the machine's exponential.
    for substitution in ("constant", "transition"):
        yield (
            f"matching {substitution}",
            lambda substitution=substitution: n.optimal_matching(
                ["abcab", "abc", "cab", "b"], indel=0.7, substitution=substitution
            ),
        )
        yield (
            f"scripts {substitution}",
            lambda substitution=substitution: n.scripts(
                steps(), clusters=2, substitution=substitution, draws=30, seed=1
            ),
        )
    yield "associations", lambda: n.associations(cases(), min_support=0.1, max_size=3)
    yield "classes", lambda: n.latent_classes(cases(), classes=[1, 2], starts=4, seed=1)
    yield "correspondence", lambda: n.correspondence(cases().astype(str), dimensions=2)
    yield (
        "purpose",
        lambda: n.act_means_purpose(
            cases().assign(child=[i % 4 == 0 for i in range(60)]),
            acts=["a0", "a1"],
            means=["a2"],
            purposes=["a3", "a4"],
            child="child",
        ),
    )
    yield (
        "business",
        lambda: n.business_model(
            Scheme(
                price=(10, 15, 20),
                volume=(20, 25, 30),
                months=12,
                monthly_cost=(50, 60, 80),
                entry_cost=300,
                debt=(0, 50, 100),
                detection=(0.01, 0.02, 0.05),
                penalty=1000,
            ),
            draws=300,
            seed=1,
        ),
    )
    table = cases()
    yield "recruiters", lambda: n.recruiters(table, {"kin": "a0", "partner": "a1"}, level=0.9)
    yield (
        "organisations",
        lambda: n.organisation_types(
            table.assign(many=[1 + i % 4 for i in range(60)]), traffickers="many", repeated="a1", territory="a2"
        ),
    )
    yield (
        "testimony",
        lambda: n.offender_testimony(table, {"debt": "a0", "fear": "a3"}, second={"debt": "a1"}, level=0.9),
    )
    yield (
        "testimony beside",
        lambda: n.offender_testimony(table, {"fear": "a3"}, levers={"fear": "detection"}).beside(
            n.business_model(Scheme(price=30, volume=100, months=12, monthly_cost=900, detection=0.01, penalty=50_000))
        ),
    )
    for directed in (False, True):
        known = group(directed=directed)
        yield f"picture {directed}", lambda known=known: picture(n.plot_network(known, role="role", certain=0.8))
        yield f"picture labels {directed}", lambda known=known: picture(n.plot_network(known, labels=True))
        yield f"adjacency {directed}", lambda known=known: picture(n.plot_adjacency(known, "role"))
        yield f"roles {directed}", lambda known=known: picture(n.plot_roles(known, "role"))
    yield "script", lambda: picture(n.plot_script(steps(), at_least=2, most_steps=4))
    yield "script whole", lambda: picture(n.plot_script(steps()))
    for network in (group(), group(directed=True)):
        yield (
            f"page {network.directed}",
            lambda network=network: page(network, role="role", certain=0.8, title="A group"),
        )
        yield f"page named {network.directed}", lambda network=network: page(network, identifiers=True)
    for name, (end, text, options) in FILES.items():
        yield f"file {name}", lambda end=end, text=text, options=options: read(end, text, **options)


def page(network, **options):
    """Return what a page says, without its script."""
    made = n.network_page(network, **options)
    return {"actors": made.actors, "identified": made.identified, "words": re.findall(r"[A-Za-z0-9.]{2,40}", made.html)}


FILES = {
    "csv": (".csv", "source,target,calls\na,b,3\nb,c,1\n", {"weight": "calls", "weight_is": "strength"}),
    "csv names": (".csv", "Sender;Receiver;n\na;b;3\nb;c;1\n", {"weight": "n"}),
    "csv directed": (".csv", "from,to\na,b\nb,a\n", {"directed": True}),
    "tsv": (".tsv", "ego\talter\na\tb\nb\tc\n", {}),
    "list": (".txt", "a b 2\nb c 3\n", {"weight_is": "distance"}),
    "numbers": (".csv", "1,2\n2,3\n", {}),
    "repeats": (".edges", "a b\na b\nb c\n", {"combine": "count"}),
    "loops": (".edgelist", "a a\na b\nb c\n", {"self_ties": "drop"}),
    "matrix": (".csv", ",a,b,c\na,0,3,0\nb,0,0,1\nc,0,0,0\n", {"directed": True, "weight_is": "strength"}),
    "matrix square": (".txt", "0 1 0\n1 0 1\n0 1 0\n", {}),
    "matrix one way": (".csv", ",a,b,c\na,0,3,0\nb,0,0,1\nc,0,0,0\n", {}),
    "events": (".csv", ",m1,m2\na,1,0\nb,1,1\nc,0,1\n", {"two_mode": True}),
    "pajek": (".net", '*Vertices 3\n1 "a b"\n2 "c"\n3 "d"\n*Edges\n1 2 2.5\n*Arcs\n', {}),
    "pajek arcs": (
        ".net",
        '*Vertices 3\n1 "a"\n2 "c"\n3 "d"\n*Arcs\n1 2 2\n2 3 1\n',
        {"weight": "weight", "weight_is": "strength"},
    ),
    "pajek lists": (".net", "*Vertices 3\n*Edgeslist\n1 2 3\n", {}),
    "pajek matrix": (".net", "*Vertices 2\n*Matrix\n0 1\n1 0\n", {}),
    "dl list": (".dl", "dl n=3 format=edgelist1\nlabels embedded:\ndata:\na b 2\nb c 3\n", {"weight_is": "strength"}),
    "dl matrix": (".dl", "dl n=3 format=fullmatrix\nlabels:\na,b,c\ndata:\n0 1 0\n1 0 1\n0 1 0\n", {"directed": False}),
    "dl nodes": (".dl", "dl n=3 format=nodelist1\nlabels:\na,b,c\ndata:\n1 2 3\n", {"directed": False}),
    "empty": (".csv", "", {}),
    "no such end": (".xyz", "a,b", {}),
    "directed pajek": (".net", "*Vertices 2\n*Edges\n1 2\n", {"directed": True}),
}


def read(end, text, **options):
    """Read a network from a file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"network{end}"
        path.write_text(text, encoding="utf-8")
        network = n.read_network(path, **options)
    return {
        "words": repr(network),
        "nodes": list(map(str, network.nodes)),
        "ties": [f"{a} {b} {dict(kept)}" for a, b, kept in network.graph.edges(data=True)],
        "checks": [check.name for check in network.checks],
    }


def _told(call):
    """Return what a call gives in plain values, or the words of its refusal."""
    try:
        found = call()
    except CtResearchError as error:
        return {"refused": type(error).__name__}
    if isinstance(found, CriminalNetwork):
        return {"network": repr(found), "ties": sorted(f"{a}-{b}" for a, b in found.graph.edges)}
    return sorted(found) if isinstance(found, frozenset) else found


# what says the same of another network word for word, or at length
_TOLD_ONCE = re.compile(
    r"isolated (?:brokerage|weighted|structural|equivalence|regular|continuous|mrqap|blocks|core)"
    r"|directed (?:brokerage groups|phases|weighted|structural|deletion|bands|ranks (?!in_degree)|stability)"
    r"|page named|.* \{'normalized'|ranks (?!degree|betweenness|pagerank|constraint)"
)
CASES = {name: (lambda call=call: _told(call)) for name, call in _calls() if not _TOLD_ONCE.match(name)}
