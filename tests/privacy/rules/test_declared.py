"""Declared outputs: each role has its leaks, which fail for the rule that is named, and its harmless neighbours."""

from ast import literal_eval
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import ctresearch
from ctresearch.core import Meaning, Result, SpecificationError, estimates_table
from ctresearch.core.meaning import actor, by_row, count, key, model, operational, text
from ctresearch.core.result import table_field, value_field
from ctresearch.prevalence import PopulationResult
from ctresearch.privacy import Output, Policy, release, round_counts

WHO = ["Woman", "Man"]
BY_SEX = {"sex": "key", "n": "count"}
EIGHTY = {"fitted": np.linspace(0.1, 0.9, 80), "residual": np.linspace(-0.4, 0.4, 80)}


def output(columns, roles, *, level="restricted", kind="table", **more):
    content = pd.DataFrame(columns) if isinstance(columns, dict) else columns
    return Output("one", kind, level, content=content, roles=roles, **more)


def rows(**columns):
    """A table of two sexes with their number and what else is given."""
    return {"sex": WHO, "n": [40, 60], **columns}


def by_sex(role, name="x"):
    return BY_SEX | {name: role}


LEAKS = {
    "a small count": ("small_cells", output({"sex": WHO, "n": [40, 3]}, BY_SEX)),
    "a small count in words": ("small_cells", output({"sex": WHO, "n": ["40 (93%)", "3 (7%)"]}, BY_SEX)),
    "a small count of households": ("small_cells", output({"n": [3, 40]}, {"n": "count of households"})),
    "a count with a fraction": ("contradicted", output({"sex": WHO, "n": [40.5, 30]}, BY_SEX)),
    "a negative count": ("contradicted", output({"sex": WHO, "n": [-40, 30]}, BY_SEX)),
    "a count of words": ("contradicted", output({"sex": WHO, "n": ["forty-odd", "30"]}, BY_SEX)),
    "a count at record level": (
        "small_cells",
        output({"n": [10, 40]}, {"n": "count"}, level="record", counts=[40, 40]),
    ),
    "a weighted count of few": (
        "threshold",
        output({"n": [3, 60], "w": [900.5, 8000.1]}, {"n": "count of nobody", "w": "weighted count of n"}),
    ),
    "a weighted count that is small": ("threshold", output(rows(x=[3.4, 70.2]), by_sex("weighted count of n"))),
    "a weighted count without its base": ("no_counts", output({"w": [900.5]}, {"w": "weighted count of all"})),
    "a weighted count whose base is not there": (
        "no_counts",
        output({"w": [900.5, 3.0]}, {"w": "weighted count of people"}),
    ),
    "a share of few": ("small_cells", output(rows(x=[0.025, 0.5]), by_sex("share of n"))),
    "a share that leaves few over": ("small_cells", output(rows(x=[0.975, 0.5]), by_sex("share of n"))),
    "a share in percent": ("small_cells", output(rows(x=[2.5, 50]), by_sex("share of n"))),
    "a share in words": ("small_cells", output(rows(x=["2.5%", "50%"]), by_sex("share of n"))),
    "a small percentage of its unit": (
        "small_cells",
        output({"x": [0.5]}, {"x": Meaning("share", "Men", "percent", base="all")}, counts=400),
    ),
    "a share of all": ("small_cells", output({"x": [0.01, 0.5]}, {"x": "share of all"}, counts=100)),
    "a cut of everybody": (
        "small_cells",
        output({"k": list("abc"), "x": [0.02, 0.48, 0.5]}, {"k": "key", "x": "share of all"}, counts=[50, 50, 50]),
    ),
    "a share above all": ("contradicted", output(rows(x=[120, 50]), by_sex("share of n"))),
    "a share below nothing": ("contradicted", output(rows(x=[-0.1, 0.5]), by_sex("share of n"))),
    "a mean of few": ("threshold", output({"n": [3, 60], "x": [17.2, 21.0]}, {"n": "key", "x": "mean of n"})),
    "a mean of masked people": (
        "threshold",
        output({"n": [None, 60], "x": [17.2, 21.0]}, {"n": "count", "x": "mean of n"}),
    ),
    "a mean of nobody knows whom": ("no_counts", output({"x": [17.2]}, {"x": "mean of all"})),
    "a median of seven": ("threshold", output({"n": [7], "x": [17.0]}, {"n": "count", "x": "median of n"})),
    "a 95th percentile of forty": (
        "threshold",
        output({"n": [40], "age_p95": [44.0]}, {"n": "count", "age_p95": "quantile of n"}),
    ),
    "a least value": ("small_cells", output(rows(x=[12, 14]), by_sex("least of n"))),
    "a greatest value": ("small_cells", output(rows(x=[61.0, 58.0]), by_sex("greatest of n"))),
    "numbers at risk": (
        "small_cells",
        output({"t": [0, 1, 2], "x": [40, 39, 30]}, {"t": "key", "x": "at risk of all"}),
    ),
    "numbers at risk that end small": (
        "small_cells",
        output({"t": [0, 1, 2], "x": [40, 30, 2]}, {"t": "key", "x": "at risk of all"}, counts=40),
    ),
    "a model of four": ("threshold", output({"x": [0.3]}, {"x": "model"}, counts=4)),
    "a model of nobody knows whom": ("no_counts", output({"x": [0.3]}, {"x": "model"})),
    "a model with a small group": ("smallest_group", output({"x": [0.3]}, {"x": "model"}, counts=90, smallest_group=2)),
    "a model a row of few": ("threshold", output({"n": [3, 60], "x": [0.2, 0.4]}, {"n": "count", "x": "model"})),
    "counts called fitted": (
        "contradicted",
        output({"sex": WHO, "x": [37, 3]}, {"sex": "key", "x": "model"}, counts=40),
    ),
    "counts called a statistic": (
        "contradicted",
        output({"sex": WHO, "x": [37.0, 3.0]}, {"sex": "key", "x": "mean of all"}, counts=40),
    ),
    "counts called things": (
        "contradicted",
        output({"sex": WHO, "x": [37, 3]}, {"sex": "key", "x": "count of nobody"}, counts=40),
    ),
    "columns that fill a count": (
        "contradicted",
        output({"n": [40, 60], "women": [37, 50], "men": [3, 10]}, {"n": "count", "women": "model", "men": "model"}),
    ),
    "a cross-tabulation called a model": (
        "contradicted",
        output({"sex": WHO, "a": [20, 11], "b": [8, 2]}, {"sex": "key", "*": "model"}, counts=41),
    ),
    "a row a person": ("records", output(EIGHTY, {"*": "model"}, counts=80)),
    "a numbered row a person": (
        "records",
        output({"row": range(80), **EIGHTY}, {"row": "key", "*": "model"}, counts=80),
    ),
    "a named row a person": (
        "records",
        output({"who": [f"x{i}y" for i in range(80)], **EIGHTY}, {"who": "key", "*": "model"}, counts=90),
    ),
    "the first rows of many": ("records", output(pd.DataFrame(EIGHTY).head(10), {"*": "model"}, counts=80)),
    "numbered persons": (
        "records",
        output({"p": ["P1", "P2", "P3"], "x": [0.1, 0.2, 0.3]}, {"p": "key", "x": "model"}, counts=80),
    ),
    "a case number": (
        "records",
        output({"case_id": ["A-1", "A-2"], "x": [0.1, 0.2]}, {"case_id": "key", "x": "model"}, counts=80),
    ),
    "members": ("records", output({"m": ["a", "b"], "x": [0.1, 0.2]}, {"m": "actor", "x": "model"}, counts=80)),
    "ties": ("records", output({"from": ["a", "b"], "to": ["b", "c"]}, {"from": "key", "to": "key"})),
    "attributes": ("records", output({"place": ["x", "y"], "day": ["1", "2"]}, {"place": "place", "day": "date"})),
    "a protected person": ("protected_person", output({"m": ["a"]}, {"m": "protected person"}, counts=[50])),
    "a protected person in public": (
        "protected_person",
        output({"m": ["a"]}, {"m": "protected person"}, level="public", citation="A report (2020)."),
    ),
    "operational detail": (
        "operational_detail",
        output({"place": ["x"]}, {"place": "operational detail"}, counts=[50]),
    ),
    "a quote": ("quotes", output({"said": ["It was dark."]}, {"said": "quote"}, counts=[50])),
    "a text with few people": ("small_cells", output({"note": ["Only 3 men were found."]}, {"note": "text"})),
    "a name among labels": (
        "identifier",
        output({"k": ["Jane Example", "x"], "n": [40, 50]}, {"k": "key", "n": "count"}),
    ),
    "a name beside a table": ("identifier", output(rows(), BY_SEX, beside=b"<svg><text>Mrs Example</text></svg>")),
    "a sentence beside a table": ("small_cells", output(rows(), BY_SEX, beside="Only 3 men were found.")),
    "a column that is not declared": ("undeclared", output(rows(), {"sex": "key"})),
    "an estimate that is not declared": ("undeclared", Output("one", "estimate", "restricted", {"n": 40}, 40)),
    "money of few": ("threshold", output({"n": [3], "x": [900.0]}, {"n": "key", "x": "money of n"})),
    "a total that undoes a mask": ("recoverable", output({"sex": [*WHO, "Total"], "n": [40, None, 43]}, BY_SEX)),
    "a whole group in one cell": (
        "all_in_one_cell",
        output({"sex": ["w", "w", "m", "m"], "age": ["a", "b"] * 2, "n": [25, 0, 30, 12]}, BY_SEX | {"age": "key"}),
    ),
    "a part that leaves few over": ("small_cells", output(rows(x=[39, 30]), by_sex("count"))),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_declared_leak_is_stopped_by_its_rule(name):
    rule, leak = LEAKS[name]
    found = release([leak])["one"]
    assert found.verdict != "pass"
    assert rule in {f.rule for f in found.findings if f.verdict != "pass"}, found.sentence
    assert found.cure


HARMLESS = {
    "counts": output({"sex": WHO, "n": [40, 30]}, BY_SEX),
    "masked counts": output({"sex": WHO, "n": ["40", "<5"]}, BY_SEX),
    "households": output({"n": [40, 50]}, {"n": "count of households"}),
    "trees of small depth": output(
        {"tree": [1, 2, 3], "depth": [3, 4, 2]}, {"tree": "key", "depth": "model"}, counts=90
    ),
    "lists": output(
        {"list": ["police", "shelter"], "n": [40, 30], "lists": [2, 3]},
        {"list": "key", "n": "count", "lists": "count of nobody"},
    ),
    "shares of triads": output(
        {"triad": ["003", "012"], "x": [0.9, 0.1]}, {"triad": "key", "x": Meaning("model", of="nobody")}
    ),
    "a simulation": output({"x": [0.3, 0.4]}, {"x": Meaning("model", of="nobody")}),
    "iterations": output(
        {"method": ["a", "b"], "iterations": [4, 3]}, {"method": "key", "iterations": "model"}, counts=90
    ),
    "parameters and what is left of the data": output(
        {"model": ["a", "b"], "n": [40, 40], "k": [3, 4], "df": [37, 36]},
        {"model": "key", "n": "count", "k": "model", "df": "model"},
    ),
    "shares": output(rows(x=[0.5, 0.25]), by_sex("share of n")),
    "shares of nobody at all": output(rows(x=[0.0, 0.5]), by_sex("share of n")),
    "weighted counts": output(rows(x=[400.5, 900.1]), by_sex("weighted count of n")),
    "means": output(rows(x=[17.2, 21.0]), by_sex("mean of n")),
    "medians": output(rows(x=[17.0, 21.0]), by_sex("median of n")),
    "a 95th percentile of a hundred": output({"n": [100], "p95": [44.0]}, {"n": "count", "p95": "quantile of n"}),
    "the least of countries": output({"x": [2.0]}, {"x": Meaning("statistic", kind="least", of="nobody")}),
    "numbers at risk": output({"t": [0, 1, 2], "x": [40, 30, 20]}, {"t": "key", "x": "at risk of all"}, counts=40),
    "numbers at risk of two groups": output(
        {"arm": ["a", "a", "b", "b"], "t": [0, 1] * 2, "x": [40, 30, 41, 28]},
        {"arm": "key", "t": "key", "x": "at risk of all"},
        counts=81,
    ),
    "coefficients": output({"term": ["age", "sex"], "x": [0.2, 1.0]}, {"term": "key", "x": "model"}, counts=120),
    "a curve": output(
        {"t": np.linspace(0, 1, 50), "x": np.linspace(1, 0.4, 50)}, {"t": key("Time", "days"), "x": "model"}, counts=120
    ),
    "draws": output({"draw": range(200), "x": np.linspace(0, 1, 200)}, {"draw": "key", "x": "model"}, counts=120),
    "members that are counted": output({"role": ["a", "b"], "n": [40, 30]}, {"role": "actor", "n": "count"}),
    "a codebook": output(
        {"code": ["a", "b"], "words": ["working in fields", "at sea"]}, {"code": "key", "words": "text"}
    ),
    "checks": output({"check": ["overlap", "fit"], "status": ["pass", "review"]}, {"check": "key", "status": "mark"}),
    "money of many": output({"n": [30], "x": [900.0]}, {"n": "count", "x": "money of n"}),
    "rounded counts": output(round_counts(pd.Series({"Woman": 121, "Man": 3})), None),
    "a public table": output({"sex": WHO, "n": [1, 2]}, None, level="public", citation="A report (2020)."),
    "nested values": Output(
        "one",
        "estimate",
        "restricted",
        {"a": {"n": 40}, "b": {"low": 0.2, "high": 0.4}},
        40,
        roles={"n": "count", "b": "model"},
    ),
    "a file": Output("one", "file", "restricted", b"sex,n\nWoman,40\nMan,30\n", roles=BY_SEX),
    "a picture beside its table": output(rows(), BY_SEX, kind="figure", beside=b"\x89PNG\r\n\x1a\n\0"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_its_declared_neighbour_passes(name):
    found = release([HARMLESS[name]])["one"]
    assert found.verdict == "pass", found.sentence


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Counted(Result):
    """A result with a table of people and a number of things."""

    terms: ClassVar = {"people": count("People observed"), "*": model("{...}")}
    cells: pd.DataFrame | None = table_field({"cell": key("Cell"), "n": count("People")}, optional=True)
    rounds: int = value_field(count("Rounds", "rounds", of="nobody"), default=3)


def counted(n=300, people=40.0, **more):
    table = estimates_table({"people": (people, np.nan, np.nan, np.nan), "age": (0.2, 0.1, 0.0, 0.4)})
    return Counted(method="A count", estimates=table, n=n, interval="normal", **more)


@pytest.mark.parametrize(
    ("result", "rule"),
    [
        (counted(smallest_group=12), None),
        (counted(cells=pd.DataFrame({"cell": ["a", "b"], "n": [40, 12]})), None),
        (counted(n=4), "small_cells"),
        (counted(people=3.0), "small_cells"),
        (counted(people=3.5), "contradicted"),
        (counted(smallest_group=2), "smallest_group"),
        (counted(cells=pd.DataFrame({"cell": ["a", "b"], "n": [40, 1]})), "small_cells"),
        (counted(cells=pd.DataFrame({"cell": ["a", "b"], "n": [40, 12], "more": [1, 2]})), "undeclared"),
    ],
)
def test_a_result_brings_its_declarations(result, rule):
    verdict = release([Output("one", "estimate", "restricted", content=result)])["one"]
    assert (verdict.rule if verdict.verdict != "pass" else None) == rule, verdict.sentence


def test_a_written_result_is_read_by_its_class_and_its_smallest_group_is_told():
    estimates = estimates_table({"population": (900.2, 20.1, 860.0, 940.4)})
    written = PopulationResult(method="m", estimates=estimates, n=300).to_dict()
    assert release([Output("one", "estimate", "restricted", content=written)]).passed == ("one",)
    small = Output("one", "estimate", "restricted", content=written, smallest_group=2)
    assert release([small])["one"].rule == "smallest_group"
    added = Output("one", "estimate", "restricted", content=written | {"left_out": 2})
    assert release([added])["one"].verdict != "pass"


def test_each_unit_has_its_own_threshold():
    households = output({"n": [7, 40]}, {"n": "count of households"})
    assert release([households]).passed == ("one",)
    assert release([households], Policy(household_threshold=10, owner="a shelter"))["one"].rule == "small_cells"


def test_zeros_and_quotes_follow_the_policy():
    strict = Policy(zeros="mask", quotes="fail", owner="a shelter")
    assert release([output({"sex": WHO, "n": [0, 40]}, BY_SEX)], strict)["one"].rule == "zeros"
    assert release([LEAKS["a quote"][1]], strict)["one"].verdict == "fail"


def test_rows_of_one_column_may_mean_different_things():
    meaning = by_row("term", {"n": count("People"), "*": model("Figure")})
    table = {"term": ["n", "slope"], "value": [40, 0.3]}
    roles = {"term": key("Term"), "value": meaning}
    assert release([output(table, roles, counts=40)]).passed == ("one",)
    assert release([output(table | {"value": [3, 0.3]}, roles, counts=40)])["one"].rule == "small_cells"


def test_words_of_a_vocabulary_are_checked():
    with pytest.raises(SpecificationError, match="the role of 'n' is 'cuont'"):
        output({"n": [40]}, {"n": "cuont"})
    with pytest.raises(SpecificationError, match="smallest_group == 2"):
        output({"n": [40]}, {"n": "count"}, smallest_group=2.5)


def test_the_gate_explains_what_it_sees_and_shows_no_value():
    table = {"sex": WHO, "n": [47119, 3], "who": ["Zqx", "Yqx"], "age": [17.5, None]}
    roles = {"sex": key("Sex"), "n": count("People"), "age": "mean of n", "who": actor("Member")}
    seen = output(table, roles).explain()
    assert seen["rule"].tolist() == ["records", "small_cells", "records", "threshold"]
    assert seen["below threshold"].tolist() == ["", "yes", "", ""]
    assert seen["masked"].tolist() == [0, 0, 0, 1]
    assert not {"47119", "Zqx", "17.5"} & set(seen.to_string().split())
    assert output(table, {"sex": "key"}).explain()["role"].tolist() == ["key", *["not declared"] * 3]


def test_the_line_to_add_clears_what_was_not_declared():
    table = pd.DataFrame({"sex": WHO, "year": [2020, 2021], "victims": [40, 30], "mean_age": [17.2, 18.0]})
    cure = release([Output("one", "table", "restricted", content=table)])["one"].cure
    roles = literal_eval(cure.removeprefix("Say what they are: roles=").removesuffix("."))
    assert roles == {"sex": "key", "year": "key", "victims": "count", "mean_age": "mean of victims"}
    assert release([output(table, roles)]).passed == ("one",)


def test_privacy_names_no_other_room():
    source = Path(ctresearch.__file__).parent
    rooms = {p.parent.name for p in source.glob("*/__init__.py")} - {"core", "data", "privacy", "studies", "cli"}
    public = {name for room in rooms for name in __import__(f"ctresearch.{room}", fromlist=["x"]).__all__}
    classes = {name for name in public if name[:1].isupper() and not name.isupper()} - {
        "Change",
        "Code",
        "Path",
        "Independence",
    }  # words of their own
    told = {"(start)", "(end)", "kingpin", "key_player"}
    for path in (source / "privacy").rglob("*"):
        if path.suffix in {".py", ".pyi", ".toml"}:
            words = path.read_text(encoding="utf-8")
            assert not [room for room in rooms if f"ctresearch.{room}" in words], path
            assert not told & set(words.replace('"', " ").replace(",", " ").split()), path
            assert not classes & set(words.replace("(", " ").replace("`", " ").replace('"', " ").split()), path


def test_notes_and_details_of_methods_are_roles():
    notes = {"note": ["Converged after 4 iterations."], "place": ["x"]}
    assert (
        release([output(notes, {"note": text("Note"), "place": operational("Place")}, counts=[50])])["one"].rule
        == "operational_detail"
    )


LISTS = ["police", "shelter", "clinic"]


def on_all_three(people):
    """Tables of seven patterns of three lists, and of those on each two, when some people are on all three."""
    patterns = pd.DataFrame([[*map(int, f"{i:03b}")] for i in (4, 2, 1, 6, 5, 3, 7)], columns=LISTS)
    patterns["n"] = [40, 30, 21, 9, 12, 8, people]
    pairs = pd.DataFrame(
        [[int(patterns.n[(patterns[a] & patterns[b]) == 1].sum()) for b in LISTS] for a in LISTS],
        index=pd.Index(LISTS, name="list"),
        columns=LISTS,
    )
    shown = patterns.assign(n=patterns.n.where(patterns.n >= 5))
    both = dict.fromkeys(LISTS, Meaning("count", "People on both", "persons", lists=True))
    return [
        Output("patterns", "table", "restricted", shown, roles=dict.fromkeys(LISTS, "key") | {"n": "count"}),
        Output("pairs", "table", "restricted", pairs, roles=both | {"list": Meaning("key", "List", lists=True)}),
    ]


def test_a_pattern_that_is_held_back_follows_from_those_on_two_lists():
    for first, second in (on_all_three(3), on_all_three(3)[::-1]):
        gate = release([first, second])
        assert gate.passed == (first.name,), gate.summary()
        assert gate.refused[0].rule == "recoverable"
    assert release(on_all_three(3)[1:]).passed == ("pairs",)
    gate = release(on_all_three(7))
    assert gate.passed == ("patterns", "pairs"), gate.summary()


@pytest.mark.parametrize("declared", [False, True])
def test_sizes_of_lists_are_margins_of_patterns_whether_declared_or_named_alike(declared):
    histories = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60.0, 40.0, None]})
    keys = {name: Meaning("key", name, lists=declared) for name in ("police", "charity")}
    patterns = Output("patterns", "table", "restricted", histories, roles=keys | {"count": "count"})
    sizes = pd.DataFrame({"list": ["police", "charity"], "people": [63, 43]})
    roles = {"list": Meaning("key", "List", lists=declared), "people": "count"}
    both = release([patterns, Output("sizes", "table", "restricted", sizes, roles=roles)])
    assert [(v.verdict, v.rule) for v in both.verdicts][1] == ("fail", "recoverable")


@pytest.mark.parametrize(
    ("columns", "verdict"),
    [({"2019": [40, 44], "2020": [38, 41]}, "pass"), ({"people": [40, 44], "women": [38, 41]}, "review")],
)
def test_years_beside_each_other_are_no_parts_and_other_counts_may_be(columns, verdict):
    frame = pd.DataFrame({"province": ["a", "b"], **columns})
    one = Output("t", "table", "restricted", frame, roles={"province": "place", **dict.fromkeys(columns, "count")})
    assert release([one])["t"].verdict == verdict


def test_shares_that_are_whole_people_are_no_model_and_weights_that_must_be_whole_may_be():
    for people, verdict in ((60, "fail"), (1000, "pass")):  # every weight of two digits is whole people of a thousand
        frame = pd.DataFrame({"form": ["a", "b", "c"], "weight": [0.6, 0.35, 0.05]})
        one = Output("t", "table", "restricted", frame, counts=[people], roles={"form": "key", "weight": "model"})
        assert release([one])["t"].verdict == verdict


@pytest.mark.parametrize(
    ("note", "verdict"),
    [
        ("2 minore din sat", "review"),
        ("Converged after 4 iterations", "pass"),
        ("Model 3 fits, see table 2", "pass"),
        ("Since 2 March 2020 all 3 regions", "pass"),
    ],
)
def test_small_numbers_in_words_are_looked_at_where_they_may_be_people(note, verdict):
    frame = pd.DataFrame({"place": ["a", "b"], "n": [61, 48], "note": ["", note]})
    one = Output("t", "table", "restricted", frame, roles={"place": "place", "n": "count", "note": "text"})
    assert release([one])["t"].verdict == verdict


def test_a_picture_of_what_nobody_hands_in_is_looked_at():
    assert (
        release([Output("map", "figure", "restricted", counts=[64], beside=b"<svg></svg>")])["map"].verdict == "review"
    )
