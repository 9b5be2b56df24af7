"""One example of every public reader: what it reads, and how it is called.

A reader is a public function, method or way of making a thing that takes a table, a column, counts, a network or a
file. ``test_no_cell_travels.py`` finds them by itself and fails for one that has no example here.
"""

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import ctresearch
import policy_examples as panels
from ctresearch import (
    causes,
    consequences,
    core,
    data,
    networks,
    policy,
    prevalence,
    privacy,
    programmes,
    qualitative,
    regions,
    routes,
    stats,
    studies,
)
from ctresearch.causes import sensitivity
from ctresearch.data import synthetic
from ctresearch.networks import CriminalNetwork
from ctresearch.prevalence import CaptureHistories, LinkedSamples, PanelHistories, PartialHistories, RespondentSample

_READS = re.compile(r"pd\.DataFrame|pd\.Series|ArrayLike|\bCounts\b|nx\.Graph|CriminalNetwork|str \| Path|: Path$")
NESTED = ("data.linkage", "data.classification", "data.synthetic", "causes.sensitivity")
# Ways out, and things of this library in: none is handed a table of a user.
NO_READERS = {
    "networks.NetworkPage.save": "writes a page",
    "privacy.PrivacyBudget.create": "writes a ledger",
    "privacy.Policy.load": "reads rules",
    "routes.Geometry.from_geojson": "reads shapes of regions",
    "routes.Geometry.from_topojson": "reads shapes of regions",
    "routes.MapPage.save": "writes a page",
    "studies.ReleasedStudy.read": "reads what the runner wrote of a bundle, whose outputs passed the gate",
    "studies.load_study": "reads a manifest",
    "studies.parameters_form": "reads a manifest",
    "studies.run_study": "runs a notebook in a kernel of its own; tests/studies look into its logs",
    "prevalence.verdict": "takes results",
    "qualitative.Codebook.page": "writes a page",
    "qualitative.CodingPage.save": "writes a page",
    "qualitative.write_coded_table": "writes a table",
    "qualitative.write_qdc": "writes a codebook",
    "qualitative.write_qdpx": "writes a project",
    "qualitative.Legend.load": "reads a legend, which holds the words that pseudonyms stand for",
    "qualitative.Legend.save": "writes a legend",
}


@dataclass(frozen=True)
class Reader:
    """What is read, by the name of the argument, and the call.

    ``as_file`` writes the one table to a file first; ``most`` is how many ways of spoiling a quick run samples.
    """

    call: Callable[..., Any]
    tables: dict[str, pd.DataFrame]
    as_file: bool = False
    most: int = 6


def public_readers():
    """Find every public reader; yields room, name and the function."""
    rooms = sorted(p.parent.name for p in Path(ctresearch.__file__).parent.glob("*/__init__.py"))
    seen = set()
    for room in (*rooms, *NESTED):
        module = importlib.import_module(f"ctresearch.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            for full, function in _functions(name, thing):
                kinds = [str(p.annotation) for p in inspect.signature(function).parameters.values()]
                reads = any(map(_READS.search, kinds)) and f"{room}.{full}" not in NO_READERS
                if reads and function not in seen:
                    seen.add(function)
                    yield f"{room}.{full}", function


def _functions(name, thing):
    """Yield a public function, or the public methods of a class that an estimator's ``fit`` is not."""
    if inspect.isfunction(thing):
        yield name, thing
    elif inspect.isclass(thing):
        for method, value in vars(thing).items():
            made = isinstance(value, classmethod)
            if not method.startswith("_") and (made or inspect.isfunction(value)) and method not in ("fit", "plot"):
                yield f"{name}.{method}", getattr(thing, method)


PEOPLE = pd.DataFrame({"seen": [1, 0, 1, 1, 0] * 8, "sex": ["f", "f", "m", "m"] * 10, "y": [0, 1, 1, 0] * 10})
CASES = pd.DataFrame({"debt": [1, 1, 0, 0, 1] * 8, "farm": [1, 0, 0, 1] * 10, "flat": [0, 1, 1, 0] * 10})
COUNTS = pd.DataFrame({"0-8": [30, 20], "9-17": [31, 40], "18+": [25, 18]}, index=["Man", "Woman"])
DETECTED = pd.DataFrame(
    {"sex": ["female", "male"], "age_group": ["18+", "0-17"], "form": ["other", "forced labour"], "count": [40, 30]}
)
INHABITANTS = pd.DataFrame({"sex": list("FFMM"), "age_group": ["0-17", "18+"] * 2, "count": [1000, 3000, 1100, 2900]})
PATTERNS = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
SEEN = pd.DataFrame(
    {"who": ["p", "p", "q", "r", "s", "s"], "where": ["a", "b", "b", "a", "a", "b"], "year": [2020, 2021] * 3}
)
PERSONS = pd.DataFrame({"police": [1, 1, 0, 1, 0], "charity": [0, 1, 1, 1, 1], "sex": ["f", "m", "f", "f", "m"]})
REFERRED = pd.DataFrame(
    [("referral", None, 100), ("reasonable grounds", "positive", 80), ("reasonable grounds", "negative", 20)],
    columns=["stage", "outcome", "count"],
).assign(year=2020, age_group="Adult")
NRM = pd.DataFrame(
    {
        "year": [2020] * 2,
        "stage": ["CG"] * 2,
        "outcome": ["Positive", "Negative"],
        "age_group": ["Child"] * 2,
        "count": [9, 1],
    }
)
TRACED = pd.DataFrame(
    {
        "gender": ["Woman", "Man"] * 6,
        "ageBroad": ["9--17", "48+"] * 6,
        "meansThreats": [1, 0] * 6,
        "isForcedLabour": [1] * 12,
        "yearOfRegistration": [2019] * 12,
        "age_then": [17, 30] * 6,
    }
)
RECRUITED = pd.DataFrame(
    {"who": ["p1", "p2", "p3", "p4"], "by": [None, "p1", "p1", "p2"], "knows": [4, 2, 8, 3], "debt": [1, 0, 1, 0]}
).assign(day=[1, 2, 3, 4])
LINKED_PEOPLE = pd.DataFrame(
    {"sample": ["s1"] * 3 + ["s2"] * 3, "person": ["p1", "p2", "p3", "p1", "p4", "p5"], "initial": [1, 1, 0] * 2}
).assign(degree=[2, 1, 3, 2, 2, 1])
LINKS_AMONG = pd.DataFrame({"one": ["p1", "p1"], "other": ["p3", "p5"]})
COUPONS = pd.DataFrame(
    {"came": [None, "a1", "a2"], "one": ["a1", "b1", None], "two": ["a2", None, None], "knows": [4, 2, 8]}
).assign(debt=["yes", "no", "yes"])
HTCDS = pd.DataFrame(
    {
        "prs_Gender": ["Feminine", None],
        "vic_TypeOfExploitation": ["ForcedLabour;Other", None],
        "prs_Birthdate": ["1990-01-02", None],
        "con_Consent": [True, False],
    }
)
ASKED = pd.DataFrame(
    {"age": [30, 16], "locked": [1, 0], "debt": [1, 0], "child_act": [None, 1], "child_exploitation": [None, 1]}
)


def every_column(source, frame):
    """Give a table every column of a source, blank where it has none."""
    return frame.reindex(columns=list(data.schema(source).names))


AGREED = pd.DataFrame({"anna": ["debt", "threat"] * 10, "ben": ["debt", "none", "none", "debt"] * 5})
RATINGS = pd.DataFrame({"u": [1, 1, 1, 2, 2, 2], "c": list("abc") * 2, "x": list("yyynyn")})
SEGMENTS = pd.DataFrame(
    {"document": ["A", "A", "B"], "start": [0, 4, 2], "end": [3, 9, 8], "code": ["debt", "threat", "debt"]}
).assign(coder=["anna", "ben", "anna"], memo="a")
BOOK = pd.DataFrame({"name": ["means", "debt"], "parent": ["", "means"], "definition": ["How", "Owes"]})
FILES = {
    "lists": pd.DataFrame({"police": [1, 0, 1, 1], "charity": [0, 1, 1, 1], "count": [60, 40, 20, 3]}),
    "hotline": pd.DataFrame({"year": [2020, 2021], "unit": ["cases", "signals"], "count": ["<5", "31"]}),
    "tip-tiers": pd.DataFrame({"country": ["AAA", "BBB"], "year": [2010, 2011], "tier": ["2", "2WL"]}),
    "nrm": NRM,
    "ctdc-synthetic": every_column("ctdc-synthetic", TRACED.drop(columns="age_then")),
    "htcds": every_column("htcds", HTCDS),
    "eurostat-thb": pd.DataFrame({"geo": ["BE", "FR"], "year": [2020, 2021], "value": [3, 4], "flag": ["b", "d"]}),
    "glotip": pd.DataFrame(
        {
            "Iso3_code": ["ESP"] * 2,
            "Country": ["Spain"] * 2,
            "Region": ["Europe"] * 2,
            "Subregion": ["Southern Europe"] * 2,
            "Indicator": ["Detected trafficking victims"] * 2,
            "Dimension": ["Total"] * 2,
            "Category": ["Total"] * 2,
            "Sex": ["Total"] * 2,
            "Age": ["Total"] * 2,
            "Year": [2019, 2020],
            "Unit of measurement": ["Counts"] * 2,
            "txtVALUE": ["5", "<5"],
            "Source": ["National Authority"] * 2,
        }
    ),
}
TIES = pd.DataFrame(
    [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("e", "f"),
        ("f", "d"),
        ("f", "g"),
        ("g", "h"),
        ("e", "g"),
        ("a", "d"),
        ("b", "d"),
        ("a", "e"),
        ("d", "g"),
    ],
    columns=["source", "target"],
).assign(calls=[3, 1, 2, 5, 1, 1, 2, 4, 1, 2, 1, 3, 1, 2], sure=[0.5, 0.9] * 7)
ACTORS = pd.DataFrame({"actor": list("abcdefgh"), "role": ["lead", "driver"] * 4, "age": [30, 41] * 4})
MATRIX = pd.DataFrame([[0, 3, 1], [3, 0, 0], [1, 0, 0]], index=list("abc"), columns=list("abc")).rename_axis("name")
EVENTS = pd.DataFrame({"case": [1, 1, 2, 2, 3, 3], "order": [1, 2] * 3, "act": ["recruit", "exploit"] * 3})
CHAINS = pd.DataFrame({"one": [0.1, 0.4, 0.2, 0.7, 0.5, 0.3] * 5, "two": [0.6, 0.2, 0.5, 0.1, 0.3, 0.4] * 5})
LISTED = {
    place: pd.DataFrame(
        {
            "given_name": ["Amina", "Bea", "Cora", "Dina"] * 5,
            "family_name": list("BHKL") * 5,
            "birth_date": [f"19{70 + i}-0{1 + i % 9}-11" for i in range(20)],
            "sex": ["f", "m"] * 10,
        }
    )
    for place in ("police", "charity")
}
WORDS = {"purpose": "size of the population", "separation_from_enforcement": "invented people, of whom no office knows"}


def network(ties, actors, *, directed=False):
    """Make the network of two tables."""
    return CriminalNetwork.from_edges(
        ties, directed=directed, actors=actors, weight="calls", weight_is="strength", combine="sum", confidence="sure"
    )


def on_network(function, *given, directed=False, **options):
    """Read a network and hand it on."""
    return Reader(
        lambda ties, actors: function(network(ties, actors, directed=directed), *given, **options),
        {"ties": TIES, "actors": ACTORS},
    )


def without_places(page):
    """Take the numbers of shapes and of where they stand out of a page: they are the same whatever the table holds."""
    return re.sub(r'(?:\bd|data-[xy]|viewBox|transform|points|[xy][12]?)=(?:"|&quot;)[^"&]*', "", page)


def on(function, frame, *given, **options):
    """Hand a table on as the first argument."""
    return Reader(lambda frame: function(frame, *given, **options), {"frame": frame})


def column_of(function, column, *given, **options):
    """Hand the one column of a table on."""
    return Reader(lambda frame: function(frame["x"], *given, **options), {"frame": pd.DataFrame({"x": column})})


def on_file(function, frame, *given, **options):
    """Hand the file of a table on."""
    return Reader(lambda path: function(path, *given, **options), {"path": frame}, as_file=True)


def _chains(function):
    """Hand chains of draws on, one a row."""
    return Reader(lambda frame: function(frame.T), {"frame": CHAINS})


def _link(police, charity):
    """Link two lists."""
    return data.link({"police": police, "charity": charity}, key=b"k" * 32, also=["sex"], draws=2, **WORDS)


def _counting(people, events):
    """Part people at their events."""
    return consequences.counting_process(people, events, person="who", end="end", time="day")


def _save(frame):
    """Save an output of a run in a folder of its own."""
    import tempfile

    return studies.Run("demo", {}, 1, True, {}, {"t": "table"}, Path(tempfile.mkdtemp())).save(
        "t", frame, counts=frame["y"]
    )


_MAXQDA = {"document": "Document name", "code": "Code", "start": "Beginning", "end": "End", "coder": "Created by"}


def _path(name):
    """Return a path in a folder of its own."""
    import tempfile

    return Path(tempfile.mkdtemp(), name)


def _build(cases):
    """Make a project with cases."""
    codes = qualitative.Codebook((qualitative.Code("debt"), qualitative.Code("threat")))
    segments = qualitative.CodedSegments.from_frame(SEGMENTS, texts={"A": "x" * 20, "B": "y" * 20})
    return qualitative.QdaProject.build(codes, segments, cases=cases)


def _toml(frame):
    """Write a codebook as TOML, whatever its cells are, and read it."""
    import json

    rows = [[f"{name} = {json.dumps(str(value))}" for name, value in row.items()] for row in frame.to_dict("records")]
    path = _path("book.toml")
    path.write_text("\n".join("[[code]]\n" + "\n".join(row) for row in rows))
    return qualitative.Codebook.from_toml(path)


def _workbook(frame):
    """Write a workbook and read it."""
    path = _path("segments.xlsx")
    frame.to_excel(path, index=False)
    return qualitative.read_maxqda(path)


def _database(tables):
    """Write tables into a SQLite file."""
    import contextlib
    import sqlite3

    path = _path("data.qda")
    with contextlib.closing(sqlite3.connect(path)) as held:
        for name, table in tables.items():
            table.to_sql(name, held, index=False)
    return path


def _qualcoder(frame):
    """Write a project of QualCoder with the cells of a table in it, and read it."""
    first = frame["document"].drop_duplicates()
    source = pd.DataFrame({"id": range(len(first)), "name": first, "fulltext": "x" * 30})
    codes = pd.DataFrame({"cid": range(len(frame)), "name": frame["code"], "catid": None, "memo": frame["memo"]})
    given = pd.DataFrame(
        {"cid": codes["cid"], "fid": 0, "pos0": frame["start"], "pos1": frame["end"], "owner": frame["coder"]}
    )
    none = pd.DataFrame({"catid": [], "name": [], "supercatid": []})
    tables = {"source": source, "code_cat": none, "code_name": codes, "code_text": given}
    return qualitative.read_qualcoder(_database({name: table.astype(object) for name, table in tables.items()}))


def _taguette(frame):
    """Write a project of Taguette with the cells of a table in it, and read it."""
    rows = range(len(frame))
    tables = {
        "projects": pd.DataFrame({"id": [1], "name": ["study"]}),
        "documents": pd.DataFrame({"id": rows, "name": frame["document"], "contents": "<p>xxxxxxxxxxxxxx</p>"}),
        "tags": pd.DataFrame({"id": rows, "path": [f"{one} {i}" for i, one in enumerate(frame["code"])]}),
        "highlights": pd.DataFrame(
            {"id": rows, "document_id": rows, "start_offset": frame["start"], "end_offset": frame["end"]}
        ),
        "highlight_tags": pd.DataFrame({"highlight_id": rows, "tag_id": rows}),
    }
    tables["documents"]["project_id"] = tables["tags"]["project_id"] = 1
    tables["tags"]["description"] = ""
    return qualitative.read_taguette(_database({name: table.astype(object) for name, table in tables.items()}))


def _codes(frame):
    """Write codes as XML, whatever their names are."""
    from xml.sax.saxutils import quoteattr

    names = enumerate(frame.iloc[:, 0])
    return "".join(f'<Code guid="{i:08d}-0000-4000-8000-000000000000" name={quoteattr(str(one))}/>' for i, one in names)


def _qdc(frame):
    """Write a codebook of REFI-QDA and read it."""
    path = _path("book.qdc")
    path.write_text(f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{_codes(frame)}</Codes></CodeBook>')
    return qualitative.read_qdc(path)


def _qdpx(frame):
    """Write a project of REFI-QDA with the cells of a table in it, and read it."""
    import zipfile
    from xml.sax.saxutils import quoteattr

    spans = "".join(
        f'<PlainTextSelection guid="{i:08d}-1111-4000-8000-000000000000" startPosition={quoteattr(str(row["start"]))} '
        f"endPosition={quoteattr(str(row['end']))} name={quoteattr(str(row['memo']))}/>"
        for i, row in enumerate(frame.to_dict("records"))
    )
    source = '<TextSource guid="00000000-2222-4000-8000-000000000000" name="A"><PlainTextContent>xxxxxxxxxxxx</PlainTextContent>'
    path = _path("a.qdpx")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "project.qde",
            f'<Project xmlns="urn:QDA-XML:project:1.0"><CodeBook><Codes>{_codes(frame[["code"]])}</Codes></CodeBook>'
            f"<Sources>{source}{spans}</TextSource></Sources></Project>",
        )
    return qualitative.read_qdpx(path)


_DRAWN = {"draws": 20, "seed": 1}
_PLAIN = [
    "as_network",
    "backbone",
    "centralisation",
    "centrality",
    "describe",
    "efficiency_security",
    "equivalence",
    "key_players",
    "network_page",
    "plot_network",
    "protected_actors",
    "structural_holes",
]
NETWORKS: dict[str, Reader] = {
    **{name: on_network(getattr(networks, name), **({"k": 1} if name == "key_players" else {})) for name in _PLAIN},
    **{
        name: on_network(getattr(networks, name), "role", **_DRAWN)
        for name in ("brokerage", "brokerage_by_group", "homophily", "role_positions")
    },
    **{
        name: on_network(getattr(networks, name), "role") for name in ("plot_adjacency", "plot_roles", "role_densities")
    },
    **{
        name: on_network(getattr(networks, name), **_DRAWN)
        for name in ("centrality_ranks", "deletion_bands", "group_stability", "small_world")
    },
    "krackhardt": on_network(networks.krackhardt, directed=True),
    "groups": on_network(networks.groups, runs=2),
    "block_model": on_network(networks.block_model, blocks=2, starts=1),
    "continuous_core": on_network(networks.continuous_core, starts=1),
    "core_periphery": on_network(networks.core_periphery, starts=1),
    "explore_removal": on_network(networks.explore_removal, "degree", steps=2, draws=10),
    "disrupt": on_network(networks.disrupt, "degree", steps=2, draws=10, role="role"),
    "disruption_bands": on_network(networks.disruption_bands, "degree", steps=2, draws=20),
    "compare_strategies": on_network(networks.compare_strategies, ["degree", "random"], steps=2, draws=10),
    "missing_ties": on_network(networks.missing_ties, 0.2, blocks=2, draws=40),
    "mrqap": on_network(networks.mrqap, ["role"], draws=99),
    "tie_model": on_network(networks.tie_model, ["role"]),
    "ergm": on_network(networks.ergm, ["edges", "nodematch('role')"]),
    "phases": Reader(
        lambda ties, actors: networks.phases({"one": network(ties, actors), "two": network(TIES, ACTORS)}),
        {"ties": TIES, "actors": ACTORS},
    ),
    "plot_phases": Reader(
        lambda ties, actors: networks.plot_phases({"one": network(ties, actors), "two": network(TIES, ACTORS)}),
        {"ties": TIES, "actors": ACTORS},
    ),
    "CriminalNetwork.from_edges": Reader(
        lambda ties, actors: CriminalNetwork.from_edges(
            ties, weight="calls", weight_is="strength", actors=actors, kind="kind", date="date", confidence="sure"
        ),
        {"ties": TIES.assign(kind="phone", date="2020-01-17"), "actors": ACTORS},
    ),
    "CriminalNetwork.from_incidence": on(
        CriminalNetwork.from_incidence,
        pd.DataFrame({"who": list("abcabc"), "event": [1, 1, 1, 2, 2, 3]}),
        actor="who",
        event="event",
    ),
    "CriminalNetwork.from_graph": Reader(
        lambda ties, actors: CriminalNetwork.from_graph(network(ties, actors).graph, weight="weight"),
        {"ties": TIES, "actors": ACTORS},
    ),
    "CriminalNetwork.select": Reader(
        lambda ties: CriminalNetwork.from_edges(ties, date="date").select(start="2020-01-01"),
        {"ties": TIES.assign(date="2020-01-17")},
    ),
    "from_matrix": Reader(
        lambda frame: networks.from_matrix(frame.set_index("name"), weight_is="strength"),
        {"frame": MATRIX.reset_index()},
    ),
    "read_network": on_file(networks.read_network, TIES, weight="calls", weight_is="strength"),
    "act_means_purpose": on(
        networks.act_means_purpose, CASES, acts=["debt"], means=["farm"], purposes=["flat"], child=None
    ),
    "associations": on(networks.associations, CASES),
    "correspondence": on(networks.correspondence, PEOPLE[["sex", "y"]].astype({"y": str}), dimensions=1),
    "latent_classes": on(networks.latent_classes, CASES, classes=1, seed=1),
    "offender_testimony": on(networks.offender_testimony, CASES, {"own debts": "debt"}, second={"own debts": "farm"}),
    "organisation_types": on(
        networks.organisation_types,
        CASES.assign(n=[1, 2, 3, 5] * 10),
        traffickers="n",
        repeated="farm",
        territory="flat",
    ),
    "recruiters": on(networks.recruiters, CASES, {"kin": "debt", "partner": "farm"}),
    "scripts": on(networks.scripts, EVENTS, clusters=1),
    "plot_script": on(networks.plot_script, EVENTS),
}
LISTED_PERSONS = pd.DataFrame(
    {"id": range(40), "police": ["oui", "non"] * 20, "ONG": ["non", "oui", "oui", "oui"] * 10}
)
WAVES = pd.DataFrame({"id": [*range(20)] * 2, "wave": ["1"] * 20 + ["2"] * 20, "q1": [1, 2, 3, 4] * 10})
SCHEME = pd.DataFrame({"question": ["q1"], "dimension": "social", "lowest": 1, "highest": 5, "weight": 1.0})
DATA: dict[str, Reader] = {
    "classify": on(
        data.classify,
        ASKED,
        "prif",
        threshold=[(2, 0), (1, 2)],
        indicators={"locked": ("freedom_of_movement", "strong"), "debt": ("debt_or_dependency", "strong")},
    ),
    "completeness": on(data.completeness, TRACED, "ctdc-synthetic", by="yearOfRegistration"),
    "country_codes": column_of(data.country_codes, ["Nigerian", "Viet Nam"]),
    "describe_file": on_file(data.describe_file, PEOPLE),
    "plan_file": on_file(data.plan_file, LISTED_PERSONS),
    "read_file": on_file(data.read_file, LISTED_PERSONS),
    "reintegration_scores": Reader(
        lambda frame: data.reintegration_scores(frame, SCHEME, source="invented"), {"frame": WAVES}
    ),
    "entities": on(data.entities, HTCDS),
    "link": Reader(_link, LISTED, most=3),
    "load": on_file(data.load, FILES["lists"], "lists"),
    "validate_file": on_file(data.validate_file, FILES["lists"], "lists"),
    "protocol_elements": on(data.protocol_elements, TRACED, "ctdc-synthetic", age_at_act="age_then"),
    "translate": on(data.translate, TRACED, "ctdc-synthetic", "htcds"),
    "write_htcds": Reader(lambda frame: data.write_htcds(frame, _nowhere("h.csv")), {"frame": HTCDS}),
}
FLOWN = pd.DataFrame({"a": ["NGA", "ITA", "ROU"], "b": ["ITA"] * 3, "t": [2019, 2020, 2021], "people": [31, 9, 12]})
FLOWN = FLOWN.assign(form=["labour", "crime", "labour"])
FLOWN_AS = {"citizenship": "a", "detection": "b", "year": "t", "form": "form"}
DRAWN = {"origin": "a", "destination": "b", "value": "people", "roles": {"a": "place", "b": "place", "people": "count"}}
WHOLES = pd.DataFrame({"place": ["ITA"] * 3, "year": [2019, 2020, 2021], "low": [40, 20, 12], "high": [40, 20, 12]})
PAIRS = synthetic.flows(8, 2, seed=1).frame


def _predicted(frame):
    """Predict flows of a model that was fitted to others."""
    return routes.Gravity(["log_distance"], year="year").fit(PAIRS.iloc[:-6]).predict(frame)


BOUND = pd.DataFrame({"agreement": ["A"] * 3, "party": ["NGA", "ITA", "FRA"], "since": ["2004", "2006-05-01", "2019"]})
EXAMPLES: dict[str, Reader] = {
    "routes.Agreements.from_frame": on(
        routes.Agreements.from_frame, BOUND.assign(until=["2020", "2021", "2022"]), until="until"
    ),
    "routes.FlowTable.from_frame": on(routes.FlowTable.from_frame, FLOWN, count="people", **FLOWN_AS),
    "routes.FlowTable.from_records": on(routes.FlowTable.from_records, FLOWN, **FLOWN_AS),
    "routes.GravityResult.predict": on(_predicted, PAIRS.iloc[-6:]),
    "routes.choropleth": on(
        routes.choropleth, FLOWN, place="a", value="people", roles={"a": "place", "people": "count"}
    ),
    **{f"routes.{name}": on(getattr(routes, name), FLOWN, **DRAWN) for name in ("chord", "flow_map", "sankey")},
    "routes.map_page": on(lambda frame: without_places(routes.map_page(frame, **DRAWN).html), FLOWN),
    "routes.check_mass": on(
        lambda wholes: routes.check_mass(routes.FlowTable.from_frame(FLOWN, count="people", **FLOWN_AS), wholes), WHOLES
    ),
    **{f"networks.{name}": reader for name, reader in NETWORKS.items()},
    **{f"data.{name}": reader for name, reader in DATA.items()},
    "data.synthetic.referral_shares": on(
        synthetic.referral_shares, synthetic.referral_records(10, seed=1).tables["ends"], 180
    ),
    **{f"data.load as {name}": on_file(data.load, frame, name) for name, frame in FILES.items()},
    **{f"data.validate_file as {name}": on_file(data.validate_file, frame, name) for name, frame in FILES.items()},
    "causes.CausalGraph.test": on(causes.CausalGraph("x -> seen; seen -> y").test, PEOPLE.assign(x=range(40))),
    "causes.selection_weights": on(causes.selection_weights, PEOPLE, selected="seen", covariates=["sex"]),
    "causes.sensitivity.manski_bounds": on(sensitivity.manski_bounds, PEOPLE, treatment="seen", outcome="y"),
    "consequences.convert_prices": Reader(
        lambda frame: consequences.convert_prices(frame["x"], frame["year"], 2020, {2019: 90.0, 2020: 100.0}),
        {"frame": pd.DataFrame({"x": [3.0, 4.0], "year": [2019, 2020]})},
    ),
    "consequences.counting_process": Reader(
        _counting,
        {
            "people": pd.DataFrame({"who": list("abc"), "end": [9, 4, 7]}),
            "events": pd.DataFrame({"who": ["a", "b"], "day": [3, 2]}),
        },
    ),
    "consequences.exact_odds_ratio": on(consequences.exact_odds_ratio, PEOPLE, outcome="y", exposure="seen"),
    "consequences.outcome_shares": on(consequences.outcome_shares, PEOPLE, outcome="y", by="sex"),
    "core.read_groups": on(core.read_groups, PEOPLE, "sex"),
    "core.read_names": column_of(core.read_names, ["police", "NGO"] * 3, "x"),
    "core.record": on(core.record, PEOPLE),
    "prevalence.CaptureHistories.from_counts": on(CaptureHistories.from_counts, PATTERNS),
    "prevalence.ShownCounts.figures": on(
        lambda f: prevalence.shown_counts(CaptureHistories.from_counts(PATTERNS.assign(count=[60, 40, 2]))).figures(f),
        pd.DataFrame({"estimate": [121.4], "ci_low": [103.2], "ci_high": [150.9]}),
    ),
    "prevalence.CaptureHistories.from_records": on(CaptureHistories.from_records, PERSONS, ["police", "charity"]),
    "prevalence.CaptureHistories.from_long": on(CaptureHistories.from_long, SEEN, person="who", source="where"),
    "prevalence.CaptureHistories.from_csv": on_file(CaptureHistories.from_csv, PATTERNS),
    "prevalence.PanelHistories.from_long": on(
        PanelHistories.from_long, SEEN, person="who", source="where", year="year"
    ),
    "prevalence.PartialHistories.from_counts": on(PartialHistories.from_counts, PATTERNS.astype({"count": str})),
    "regions.pool_outcomes": on(
        regions.pool_outcomes,
        pd.DataFrame({"o": list("aabb") * 5, "s": range(20), "estimate": 0.3, "std_error": 0.1}),
        outcome="o",
        study="s",
    ),
    "regions.CountryTable.from_frames": Reader(
        lambda surveys, people: regions.CountryTable.from_frames(
            surveys, people, region="part", cells=["sex"], measure="measure", definition="said"
        ),
        {
            "surveys": pd.DataFrame(
                {
                    "country": list("aabb"),
                    "sex": ["f", "m"] * 2,
                    "cases": [3, 4, 5, 6],
                    "interviewed": 300,
                    "measure": "stock",
                    "said": "as asked",
                }
            ),
            "people": pd.DataFrame(
                {
                    "country": list("aabbcc"),
                    "sex": ["f", "m"] * 3,
                    "part": ["n"] * 4 + ["s"] * 2,
                    "population": [9e5, 8e5, 7e5, 6e5, 5e5, 4e5],
                }
            ),
        },
    ),
    "regions.illegal_profits": on(
        lambda frame: regions.illegal_profits(
            {
                (form, "world"): core.Result(
                    method="m",
                    estimates=core.estimates_table({"total": (9e5, 9e4, 7.3e5, 1.1e6)}),
                    n=9,
                    scope=core.Scope(measure="stock"),
                )
                for form in ("sexual", "labour")
            },
            frame,
            draws=400,
        ),
        pd.DataFrame({"form": ["sexual", "labour"], "region": "world", "profit": 9e3, "std_error": 800.0}),
    ),
    "privacy.all_in_one_cell": on(privacy.all_in_one_cell, COUNTS),
    "privacy.dominance": on(lambda frame: privacy.dominance([frame[c] for c in frame]), COUNTS),
    "privacy.microdata_quality": on(
        lambda frame: privacy.microdata_quality(frame, PEOPLE.astype(str)), PEOPLE.astype(str)
    ),
    "privacy.private_counts": on(privacy.private_counts, COUNTS, epsilon=1.0, seed=1),
    "privacy.private_histogram": column_of(
        privacy.private_histogram, ["Woman", "Man"] * 9, ["Woman", "Man"], epsilon=1.0, seed=1
    ),
    "privacy.private_mean": column_of(privacy.private_mean, [6, 12, 3, 24] * 9, lower=0, upper=60, epsilon=1.0, seed=1),
    "privacy.risk": on(privacy.risk, PEOPLE, ["sex", "y"], sensitive=["seen"]),
    "privacy.round_counts": on(privacy.round_counts, COUNTS, seed=1),
    "privacy.explore_threshold": on(privacy.explore_threshold, COUNTS),
    "privacy.suppress": on(privacy.suppress, COUNTS),
    "privacy.synthesize": on(
        privacy.synthesize,
        PEOPLE[["sex"]].astype(str),
        epsilon=1.0,
        delta=1e-4,
        domain={"sex": ["f", "m"]},
        n=20,
        seed=1,
    ),
    "programmes.load_referrals": on_file(programmes.load_referrals, NRM),
    "programmes.score_changes": on(
        programmes.score_changes, WAVES, person="id", wave="wave", score="q1", first="1", last="2"
    ),
    "policy.Panel.from_frame": Reader(
        lambda frame: policy.Panel.from_frame(
            frame,
            unit="country",
            time="year",
            outcome="score",
            adopted="law",
            covariates=["aid"],
            cluster="region",
            weight="rain",
            outcome_kind="response",
        ),
        {"frame": panels.COUNTRIES.assign(rain=1.5)},
    ),
    "policy.RepeatedSections.from_frame": Reader(panels.read_sections, {"frame": panels.ASKED_ONCE}),
    "policy.lag": on(policy.lag, panels.COUNTRIES, column="aid", unit="country", time="year"),
    "programmes.neighbours_within": on(
        programmes.neighbours_within,
        pd.DataFrame({"village": list("abc"), "x": [0, 3, 9], "y": [0, 4, 9]}),
        cluster="village",
        east="x",
        north="y",
        radius=5,
    ),
    "programmes.referral_counts": on(programmes.referral_counts, REFERRED),
    "prevalence.RespondentSample.from_frame": on(
        RespondentSample.from_frame,
        RECRUITED,
        person="who",
        recruiter="by",
        degree="knows",
        traits=["debt"],
        order="day",
    ),
    "prevalence.RespondentSample.from_coupons": on(
        RespondentSample.from_coupons, COUPONS, came_with="came", given=["one", "two"], degree="knows", traits=["debt"]
    ),
    "prevalence.LinkedSamples.from_frames": Reader(
        LinkedSamples.from_frames, {"people": LINKED_PEOPLE, "links": LINKS_AMONG}
    ),
    "prevalence.sdg_16_2_2": Reader(
        lambda detected, population: prevalence.sdg_16_2_2(detected, population=population),
        {"detected": DETECTED, "population": INHABITANTS},
    ),
    "prevalence.plot_overlaps": on(lambda f: prevalence.plot_overlaps(CaptureHistories.from_counts(f)), PATTERNS),
    "privacy.release": on(
        lambda frame: privacy.release([privacy.Output("t", "table", "restricted", counts=frame)]), COUNTS
    ),
    "qualitative.agreement": on(qualitative.agreement, AGREED, per_code=True),
    "qualitative.DawidSkene.right_codes": Reader(
        lambda frame: qualitative.DawidSkene(unit="u", coder="c", code="x").right_codes(frame),
        {"frame": RATINGS},
    ),
    "qualitative.case_clusters": on(qualitative.case_clusters, CASES, 2),
    "qualitative.code_timeline": on(qualitative.code_timeline, CASES.assign(year=[2020, 2021] * 20), "year"),
    "qualitative.Codebook.from_frame": on(qualitative.Codebook.from_frame, BOOK),
    "qualitative.Codebook.from_toml": on(_toml, BOOK),
    "qualitative.coding_page": Reader(
        lambda units: qualitative.coding_page(
            {"A": "x" * 20, "B": "y" * 20}, qualitative.Codebook.ready(), coder="anna", units=units
        ),
        {"units": SEGMENTS[["document", "start", "end"]]},
    ),
    "qualitative.CodedSegments.from_frame": on(qualitative.CodedSegments.from_frame, SEGMENTS, memo="memo"),
    "qualitative.CodedSegments.ratings": Reader(
        lambda units: qualitative.CodedSegments.from_frame(SEGMENTS).ratings(units=units),
        {"units": SEGMENTS[["document", "start", "end"]]},
    ),
    "qualitative.QdaProject.build": Reader(_build, {"cases": pd.DataFrame({"age": ["31", "40"]}, index=["A", "B"])}),
    "qualitative.read_maxqda": on(_workbook, SEGMENTS.rename(columns=_MAXQDA)),
    "qualitative.read_qualcoder": on(_qualcoder, SEGMENTS),
    "qualitative.read_taguette": on(_taguette, SEGMENTS),
    "qualitative.read_qdpx": on(_qdpx, SEGMENTS),
    "qualitative.read_qdc": on(_qdc, BOOK),
    "qualitative.read_coded_table": Reader(qualitative.read_coded_table, {"table": SEGMENTS}, as_file=True),
    "qualitative.calibrate": column_of(qualitative.calibrate, [1.0, 4.0, 9.0], (2, 5, 8)),
    "qualitative.find_thresholds": column_of(qualitative.find_thresholds, [1.0, 2.0, 9.0]),
    "qualitative.typology": on(qualitative.typology, CASES, ["debt", "farm"]),
    "qualitative.pseudonymise": column_of(qualitative.pseudonymise, ["It was cold.", "We slept."], key=b"k" * 32),
    "qualitative.check_quotes": on(
        qualitative.check_quotes,
        pd.DataFrame({"said": ["it was cold", "we slept"], "who": ["P1", "P2"]}),
        quote="said",
        person="who",
    ),
    "qualitative.keyword_in_context": on(
        qualitative.keyword_in_context, pd.DataFrame({"said": ["it was cold"]}), "cold", text="said"
    ),
    "qualitative.suggest_elements": on(
        qualitative.suggest_elements, pd.DataFrame({"said": ["they threatened us"]}), text="said", language="en"
    ),
    "stats.check_mixing": on(lambda frame: stats.check_mixing({"n": frame.T}), CHAINS),
    **{f"stats.{name}": _chains(getattr(stats, name)) for name in ("ess_bulk", "ess_tail", "mcse_mean", "rhat")},
    "studies.Run.save": on(_save, PEOPLE),
}


def _nowhere(name):
    """Return the path of a file that is not there, in a folder of its own."""
    import tempfile

    return Path(tempfile.mkdtemp(), name)
