"""Every place where a rule speaks: by which rule, how gravely, of which column, of how many cells, and with what cure."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Meaning
from ctresearch.core.meaning import model, quote
from ctresearch.privacy import Output, Policy, release
from ctresearch.privacy.verdicts.verdict import RULES

REGIONS, PEOPLE = ["north", "south", "coast", "east"], [40, 50, 60, 70]
KEYED = {"region": "key", "n": "count"}
TEN = [f"D-{k}" for k in range(11, 21)]


def output(columns, roles, **more):
    """Declare a table."""
    return Output("one", "table", more.pop("level", "restricted"), content=pd.DataFrame(columns), roles=roles, **more)


def beside(values, role, name="x", **more):
    """A column beside the people of each region."""
    return output({"region": REGIONS, "n": PEOPLE, name: values}, KEYED | {name: role}, **more)


def figures(**labels):
    """Figures of a model of 900 people under some labels."""
    rows = len(next(iter(labels.values())))
    return output(
        labels | {"x": np.linspace(0.15, 0.85, rows)}, dict.fromkeys(labels, "key") | {"x": "model"}, counts=900
    )


def attributes(**more):
    """Two attributes of people, and what else is given with its role."""
    columns = {"sex": ["w", "m", "w"], "nationality": ["Xan", "Yan", "Zan"]}
    roles = {"sex": "key", "nationality": "key"}
    return output(columns | {k: v for k, (v, _) in more.items()}, roles | {k: role for k, (_, role) in more.items()})


DATES = pd.to_datetime(["2024-01-02", "2024-02-02", "2024-03-02", "2024-04-03"])
# what it is: the output, the rule, the verdict, the column that is named and the cells that are counted
PLACES = {
    "words among figures": (beside(["24.1", "a nurse", "", "<5"], "mean of n"), "contradicted", "fail", "x", 1),
    "percentages among figures": (beside(["2.5%", "4%", "5.1", "6"], "median of n"), "contradicted", "fail", "x", 2),
    "people called a model": (beside([3, 2, 9, 5], "model", "girls"), "contradicted", "review", "girls", 2),
    "people called a mark": (beside([3, 2, 1, 4], "mark", "girls"), "contradicted", "review", "girls", 4),
    "the oldest called a mean": (
        beside([61.0, 70.0, None, 93.0], "mean of n", "oldest"),
        "contradicted",
        "review",
        "oldest",
        3,
    ),
    "first dates called a label": (beside(DATES, "key", "first_rescue"), "contradicted", "review", "first_rescue", 4),
    "extremes among rows": (
        output(
            {"stat": ["mean", "std", "min", "max"], "age": [23.4, 8.1, 11.5, 61.2]},
            {"stat": "key", "age": "model"},
            counts=[40],
            smallest_group=40,
        ),
        "contradicted",
        "review",
        "age",
        2,
    ),
    "a protected person": (
        output({"m": ["a", ""]}, {"m": "protected person"}, counts=[50]),
        "protected_person",
        "fail",
        "m",
        1,
    ),
    "operational detail": (
        output({"place": ["x", "y", ""]}, {"place": "operational detail"}, counts=[50]),
        "operational_detail",
        "review",
        "place",
        2,
    ),
    "a quote": (output({"words": ["It was dark."]}, {"words": "quote"}, counts=[50]), "quotes", "review", "words", 1),
    "words of a child": (
        output({"words": ["It was dark.", ""]}, {"words": quote("Words", of="child")}, counts=[50]),
        "childrens_words",
        "fail",
        "words",
        1,
    ),
    "few people in words": (
        output(
            {"k": ["a", "b"], "n": [40, 50], "note": ["", "Only 3 men were found."]},
            {"k": "key", "n": "count", "note": "text"},
        ),
        "small_cells",
        "review",
        "note",
        1,
    ),
    "members": (
        output({"m": ["a", "b", ""], "x": [0.1, 0.2, 0.3]}, {"m": "actor", "x": "model"}, counts=80),
        "records",
        "fail",
        "m",
        2,
    ),
    "a case number": (
        output({"case_id": ["A-1", "A-2"], "x": [0.1, 0.2]}, {"case_id": "key", "x": "model"}, counts=80),
        "records",
        "fail",
        "case_id",
        2,
    ),
    "rows numbered as records": (figures(item=TEN), "records", "review", "item", 10),
    "ties": (figures(one=["a1", "b2", "c3"], other=["b2", "c3", "a1"]), "records", "review", "one", 6),
    "coordinates": (
        output({"place": ["41.1234, 20.4567", "a"], "n": [40, 50]}, {"place": "place", "n": "count"}),
        "identifier",
        "fail",
        "place",
        1,
    ),
    "attributes beside things": (attributes(days=([10, 20, 30], "count of nobody")), "records", "review", "sex", 3),
    "attributes and nothing measured": (attributes(), "records", "fail", "sex", 3),
    "a negative count": (beside([-9, 30, -8, 40], "count"), "contradicted", "fail", "x", 2),
    "a count with a fraction": (beside([9.5, 30, 8, 40], "count"), "contradicted", "fail", "x", 1),
    "small counts": (beside([4, 30, 3, 0], Meaning("count", "Cases", of="case")), "small_cells", "fail", "x", 2),
    "what a part leaves over": (beside([38, 47, 20, 30], "count"), "small_cells", "review", "x", 2),
    "a share above all": (beside([120.0, 50.0, 130.0, 10.0], "share of n"), "contradicted", "fail", "x", 2),
    "small shares": (beside([0.05, 0.5, 0.95, 0.0], "share of n"), "small_cells", "fail", "x", 2),
    "shares of everybody": (beside([1.0, 0.5, 1.0, 0.3], "share of n"), "all_in_one_cell", "review", "x", 2),
    "a rate per nobody knows what": (
        output({"region": REGIONS, "n": [4000] * 4, "rate": [1.0, 20.0, 0.75, 2.0]}, KEYED | {"rate": "share of n"}),
        "small_cells",
        "review",
        "rate",
        2,
    ),
    "means of few": (
        output({"n": [3, 60, None], "x": [17.25, 21.0, 20.5]}, {"n": "key", "x": "mean of n"}),
        "threshold",
        "fail",
        "x",
        2,
    ),
    "means of nobody knows whom": (output({"x": [17.25, 18.5]}, {"x": "mean of all"}), "no_counts", "review", "x", 2),
    "one number for all rows": (
        output({"region": REGIONS, "x": [17.25, 18.5, 19.25, 18.0]}, {"region": "key", "x": "mean of all"}, counts=300),
        "no_counts",
        "review",
        "x",
        4,
    ),
    "a smaller group": (
        output({"x": [0.25, 0.5]}, {"x": "model"}, counts=90, smallest_group=2),
        "smallest_group",
        "fail",
        "x",
        1,
    ),
    "least values": (beside([12.0, 14.0, None, 13.0], "least of n"), "small_cells", "fail", "x", 3),
    "numbers at risk": (
        output({"t": [0, 1, 2], "x": [400, 397, 300]}, {"t": "key", "x": "at risk of all"}, counts=400),
        "small_cells",
        "fail",
        "x",
        1,
    ),
    "counts called a model": (
        output({"sex": ["w", "m"], "x": [37, 13]}, {"sex": "key", "x": "model"}, counts=50),
        "contradicted",
        "fail",
        "x",
        1,
    ),
    "columns that fill the people": (
        output({"n": [40, 60], "a": [37, 50], "b": [3, 10]}, {"n": "count", "a": "model", "b": "model"}),
        "contradicted",
        "fail",
        "a",
        2,
    ),
    "rows of few people each": (figures(row=list(range(200))), "records", "fail", "x", 200),
    "rows of nobody knows what": (
        output({"x": [0.15, 0.25, 0.35]}, {"x": "model"}, counts=900),
        "records",
        "review",
        "x",
        3,
    ),
    "columns of few people each": (
        output({"t": [0.5, 1.5], **{f"c{k}": [0.1 * k, 0.2] for k in range(6)}}, {"t": "key", "*": "model"}, counts=11),
        "records",
        "fail",
        "c0",
        6,
    ),
    "rests of shares": (
        output(
            {"region": REGIONS, "n": [100] * 4, "farms": [0.5, 0.2, 0.5, 0.3], "mines": [0.46, 0.5, 0.2, 0.66]},
            KEYED | {"farms": "share of n", "mines": "share of n"},
        ),
        "small_cells",
        "review",
        "farms",
        2,
    ),
    "gaps between shares": (
        output(
            {"region": REGIONS, "n": [100] * 4, "farms": [0.5, 0.5, 0.3, 0.3], "mines": [0.46, 0.2, 0.3, 0.27]},
            KEYED | {"farms": "share of n", "mines": "share of n"},
        ),
        "small_cells",
        "review",
        "farms",
        2,
    ),
    "steps of what runs on": (
        output({"t": [1, 2, 3, 4], "cumulative_cases": [40, 43, 47, 90]}, {"t": "key", "cumulative_cases": "count"}),
        "small_cells",
        "review",
        "cumulative_cases",
        2,
    ),
    "people who do not differ": (beside([0.0, 2.5, 0.0, 1.5], "spread of n"), "all_in_one_cell", "review", "x", 2),
    "figures that fit the people": (beside([0.025, 0.02, 0.05, 0.0143], "mean of n"), "contradicted", "review", "x", 4),
    "a column that nobody declared": (
        output({"region": REGIONS, "n": PEOPLE, "kind": list("abcd")}, {"region": "key", "n": "count"}),
        "undeclared",
        "review",
        "kind",
        1,
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_rule_says_where_and_how_many_and_what_to_do(name):
    one, rule, verdict, column, cells = PLACES[name]
    found = release([one])["one"].findings
    said = [
        f
        for f in found
        if (f.rule, f.verdict) == (rule, verdict) and repr(column) in f.sentence and f.numbers.get("cells") == cells
    ]
    assert said, [(f.rule, f.verdict, str(f.sentence)) for f in found]
    assert all(f.rule in RULES or f.rule in {"contradicted", "childrens_words"} for f in said)
    assert all(len(f.cure.split()) > 3 for f in said)
    if rule not in {"undeclared", "smallest_group"}:
        assert any(str(cells) in f.sentence.replace(",", "") for f in said) or "add up to" in said[0].sentence


def findings(one, policy=None):
    """Return what was found that does not pass, by rule and verdict."""
    return {
        (f.rule, f.verdict) for f in release([one], policy=policy or Policy())["one"].findings if f.verdict != "pass"
    }


# the nearest neighbour of a place above, of which its rule says nothing
NEIGHBOURS = {
    "the least, as it is called": ("contradicted", beside([61.0, 70.0, 44.0, 93.0], "least of n", "oldest")),
    "largest groups": ("contradicted", beside([61.5, 70.5, 44.5, 93.5], "mean of n", "largest_group")),
    "nine coded rows": ("records", figures(item=TEN[:9])),
    "coded rows that are counted": (
        "records",
        output(
            {"item": TEN, "n": [40] * 10, "x": np.linspace(0.15, 0.85, 10)},
            {"item": "key", "n": "count", "x": "mean of n"},
        ),
    ),
    "ends that share less than half": ("records", figures(one=["a1", "b2", "c3"], other=["d4", "e5", "a1"])),
    "a place to a tenth of a degree": (
        "identifier",
        output({"place": ["41.1, 20.5", "a"], "n": [40, 50]}, {"place": "place", "n": "count"}),
    ),
    "one attribute": (
        "records",
        output({"sex": ["w", "m"], "days": [10, 20]}, {"sex": "key", "days": "count of nobody"}),
    ),
    "shares that cut all up": (
        "small_cells",
        output(
            {"region": REGIONS, "n": [100] * 4, "a": [0.5, 0.2, 0.5, 0.3], "b": [0.5, 0.8, 0.5, 0.7]},
            KEYED | {"a": "share of n", "b": "share of n"},
        ),
    ),
    "shares of everybody in every row": ("all_in_one_cell", beside([1.0] * 4, "share of n")),
    "shares of everybody where nobody is": (
        "all_in_one_cell",
        output({"region": REGIONS, "n": [0, 50, 60, 70], "x": [1.0, 0.5, 0.4, 0.3]}, KEYED | {"x": "share of n"}),
    ),
    "a part that is declared apart": (
        "small_cells",
        output(
            {"region": REGIONS, "n": PEOPLE, "x": [38, 47, 20, 30]},
            {"region": "key", "n": Meaning("count", "A", base="all"), "x": Meaning("count", "B", base="all")},
        ),
    ),
    "one row for one number": (
        "no_counts",
        output({"region": ["all"], "x": [17.25]}, {"region": "key", "x": "mean of all"}, counts=300),
    ),
    "rows of a simulation": ("records", output({"x": [0.15, 0.25, 0.35]}, {"x": model("X", of="nobody")}, counts=900)),
    "draws": (
        "records",
        output({"draw": range(200), "x": np.linspace(0.1, 0.9, 200)}, {"draw": "key", "x": "model"}, counts=900),
    ),
    "counts of a running number": (
        "contradicted",
        output({"sex": ["w", "m"], "x": [0, 1]}, {"sex": "key", "x": "model"}, counts=1000),
    ),
    "figures that fit none": ("contradicted", beside([0.31, 0.44, 0.27, 0.52], "mean of n")),
    "published data": (
        "records",
        Output(
            "one",
            "table",
            "public",
            pd.DataFrame({"m": ["a"], "x": [0.5]}),
            roles={"m": "actor", "x": "model"},
            citation="A report (2020).",
        ),
    ),
    "published quotes": (
        "quotes",
        Output(
            "one",
            "table",
            "public",
            pd.DataFrame({"words": ["It was dark."]}),
            roles={"words": "quote"},
            citation="A report (2020).",
        ),
    ),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_rule_says_nothing_of_the_nearest_neighbour(name):
    rule, one = NEIGHBOURS[name]
    assert rule not in {found for found, _ in findings(one)}


def test_a_policy_may_refuse_what_others_ask_about():
    detail = PLACES["operational detail"][0]
    words = PLACES["a quote"][0]
    assert ("operational_detail", "fail") in findings(detail, Policy(operational_detail="fail"))
    assert ("quotes", "fail") in findings(words, Policy(quotes="fail"))


def test_what_cannot_be_looked_into_is_asked_about_unless_it_is_published():
    for level, asked in (("restricted", True), ("public", False)):
        one = Output("one", "file", level, b"\x00\x01\x02\xff\xfe", [40], citation="A report (2020).")
        assert (("unreadable", "review") in findings(one)) is asked


def test_an_identifier_in_a_text_or_a_column_is_refused_and_counted():
    text = Output("one", "file", "restricted", b"Write to ann@example.org or call +44 20 7946 0958.", [40])
    (found,) = [f for f in release([text])["one"].findings if f.rule == "identifier"]
    assert (found.verdict, dict(found.numbers)) == ("fail", {"kinds": 2})
    assert " and " in found.sentence
    frame = pd.DataFrame({"victim_name": ["a", "b"], "phone": ["1", "2"], "n": [40, 50]})
    (found,) = [
        f for f in release([Output("one", "table", "restricted", frame)])["one"].findings if f.rule == "identifier"
    ]
    assert (found.verdict, dict(found.numbers)) == ("fail", {"columns": 2})


def test_small_counts_that_nobody_declared_are_counted():
    frame = pd.DataFrame({"age": ["0-8", "9-17", "18+"], "victims": [2, 40, 3]})
    for counts in (None, 45):
        one = Output("one", "table", "restricted", frame, counts)
        (found,) = [f for f in release([one])["one"].findings if f.rule == "small_cells"]
        assert (found.verdict, dict(found.numbers)) == ("fail", {"below": 2, "threshold": 5})
