"""What a check writes: XML that servers read, Markdown that nothing can change, a badge whose words carry its meaning."""

import json
import math
from pathlib import Path

import pytest
from lxml import etree

from ctresearch.studies.checked.drift import Moved
from ctresearch.studies.checked.reports import badge_json, badge_svg, junit, summary_markdown
from ctresearch.studies.checked.verdict import CODES, Verdict, gravest_code
from ctresearch.studies.compare.compare import Comparison

EVIL = 'a "b" <c> & | ]]> **d**\n# e \x00\x1b[2J \ufffe \ud800'
SAME = Comparison("total", "estimate", "same", "")
DRIFTED = Comparison(EVIL, "table", "drifted", EVIL, "numbers")
MOVED = Moved("total", EVIL, 100.0, 90.0, 120.0, 130.0, 1.5, "outside", "demo-1.0")
ALL = [
    Verdict("same", "same", "", (SAME,), seconds=1.5),
    Verdict("reused", "same", "", (SAME,), reused=True),
    Verdict("moved", "moved", "", (DRIFTED, SAME), (MOVED,)),
    Verdict("drifted", "drifted", "", (DRIFTED, SAME), (MOVED,)),
    *(Verdict(status, status, EVIL) for status in CODES if status not in ("same", "moved", "drifted")),
    Verdict(EVIL, "crashed", EVIL),
]


@pytest.mark.parametrize("verdicts", [ALL, [], ALL[:1]])
def test_junit_is_what_servers_read_whatever_stands_in_it(verdicts):
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
    root = etree.fromstring(junit(verdicts).encode())
    schema.assertValid(root)
    for element in [root, *root.iter("testsuite")]:
        cases = list(element.iter("testcase"))
        assert int(element.get("tests")) == len(cases)
        assert int(element.get("failures")) == len(list(element.iter("failure")))
        assert int(element.get("errors")) == len(list(element.iter("error")))
    assert [int(one.get("skipped")) for one in root.iter("testsuite")] == [
        len(list(one.iter("skipped"))) for one in root.iter("testsuite")
    ]
    assert len(list(root.iter("testsuite"))) == len(verdicts)


def test_times_in_junit_are_those_of_the_studies_shared_among_their_cases():
    two = [Verdict("a", "same", "", (SAME, SAME, SAME), seconds=1.5), Verdict("b", "crashed", "x", seconds=0.25)]
    root = etree.fromstring(junit(two).encode())
    assert root.get("time") == "1.750"
    assert [one.get("time") for one in root.iter("testsuite")] == ["1.500", "0.250"]
    assert [one.get("time") for one in root.iter("testcase")] == ["0.500"] * 3 + ["0.250"]
    assert [one.get("name") for one in root.iter("testcase")] == ["total (estimate)"] * 3 + ["study"]
    assert [one.get("classname") for one in root.iter("testcase")] == ["a", "a", "a", "b"]
    (error,) = root.iter("error")
    assert (error.get("message"), error.get("type"), error.text) == ("x", "error", "x")
    (skipped,) = etree.fromstring(junit([Verdict("c", "not run", "why")]).encode()).iter("skipped")
    assert (dict(skipped.attrib), skipped.text) == ({"message": "why"}, None)


def test_every_error_of_a_study_is_one_in_junit_and_nothing_else_is():
    for one in ALL:
        root = etree.fromstring(junit([one]).encode())
        wrong = [*root.iter("failure"), *root.iter("error")]
        assert bool(wrong) == bool(one.code), one.status


def test_the_schema_refuses_another_shape():
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
    for wrong in ("<testsuites><testcase name='a' classname='b'/></testsuites>", "<testsuite name='a'/>"):
        assert not schema.validate(etree.fromstring(wrong))


def test_markdown_has_a_row_for_every_study_and_nothing_in_it_marks_anything_up():
    text = summary_markdown(ALL)
    rows = [line for line in text.split("\n\n## ")[0].splitlines() if line.startswith("| ")]
    assert len(rows) >= len(ALL) + 2
    assert all("\x1b" not in line and "\x00" not in line for line in text.splitlines())
    assert r"\*\*d\*\* \# e" in text
    assert "| same | same | 1 outputs |" in text
    assert "| reused | same | 1 outputs, already there |" in text
    assert "| 100 | 90 to 120 | 130 | 150 % | outside (of demo-1.0) |" in text
    assert "### moved: drifted" in text
    assert summary_markdown([]).startswith("## no study\n")


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        (ALL[:2], "2 of 2 reproduce", "brightgreen"),
        ([*ALL[:2], Verdict("a", "needs data")], "2 of 2 reproduce", "brightgreen"),
        ([*ALL[:2], Verdict("a", "not run")], "2 of 3 checked", "lightgrey"),
        ([], "not checked", "lightgrey"),
        ([ALL[0], Verdict("a", "crashed"), Verdict("b", "drifted")], "2 of 3 do not reproduce (drifted)", "red"),
    ],
)
def test_a_badge_says_what_is_known(verdicts, message, colour):
    content = json.loads(badge_json(verdicts))
    assert content == {"schemaVersion": 1, "label": "studies", "message": message, "color": colour} | (
        {"isError": True} if colour == "red" else {}
    )
    picture = etree.fromstring(badge_svg(verdicts).encode())
    assert picture.get("aria-label") == f"studies: {message}"
    assert picture.get("role") == "img"
    assert [one.text for one in picture.iter("{*}text")] == ["studies", message]
    assert all("http" not in value for one in picture.iter() for value in one.attrib.values())


def test_the_gravest_code_is_the_highest_and_every_status_has_one():
    assert gravest_code([]) == 0
    assert gravest_code(ALL) == 5
    assert gravest_code(one for one in ALL if one.status != "refused") == 4
    assert gravest_code([Verdict("a", "crashed"), Verdict("b", "wrong input")]) == 3
    assert [one.code for one in ALL] == [CODES[one.status] for one in ALL]


def test_a_verdict_is_plain_and_holds_no_clock():
    one = Verdict(
        "a", "drifted", "", (DRIFTED,), (Moved("t", "n", 1.0, math.nan, math.nan, 2.0, math.inf, "gone", ""),)
    )
    plain = one.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["moved"][0] | {"low": None, "reach": None} == plain["moved"][0]
    assert "seconds" not in plain
    assert one == Verdict("a", "drifted", "", one.outputs, one.moved, seconds=9.0)
