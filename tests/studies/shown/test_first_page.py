"""The first page: which number is the answer, what stands beside it, how it is drawn, and what it does not say."""

import math
import re
from types import SimpleNamespace

import pytest

from ctresearch.core.answer import Answer
from ctresearch.core.tongue import ENGLISH
from ctresearch.studies.asked.manifest import Output
from ctresearch.studies.shown.contract import (
    NO_CONTRACT,
    Contract,
    Other,
    checks_of,
    contract_of,
    headline_name,
    other_methods,
    rejected_outputs,
)
from ctresearch.studies.shown.first_page import answer_lines, first_page_html, not_said, read_first_page
from ctresearch.studies.shown.picture import Axis, axis_for, range_picture

ROW = {"term": "people", "estimate": 200.0, "std_error": 9.0, "ci_low": 180.0, "ci_high": 220.0, "unit": "persons"}
SCOPE = {"population": "victims", "definition": "", "reference_period": "2013", "measure": "period"}
ENTRY = {"rows": [ROW], "level": 0.95, "status": "pass", "method": "A <method>", "assumptions": ["Closed."], **SCOPE}
TABLE = (
    b"lists,rule,model,estimate,ci_low,ci_high,reads_as,status,checks\n"
    b"6,alone,[1],150,140,160,estimate,review,\n"
    b"6,smallest,[2],190,170,300,estimate,pass,few (review)\n"
    b"5,smallest,[2],400,300,,estimate,review,\n"
    b'5,other,[2],260,,,estimate,review,"fit (review), few (review)"\n'
    b"5,bound,[2],90,,,lower bound,pass,\n"
    b"5,broken,[2],900,,,estimate,fail,\n"
    b"5,silent,[2],,,,estimate,pass,\n"
    b"6,same,[2],200,180,220,estimate,pass,\n"
)
KEYS = {"lists": {"role": "key"}, "rule": {"role": "key"}, "model": {"role": "mark"}}


def check(status, name, output="mine", voids=False):
    return {"output": output, "name": name, "status": status, "voids": voids, "message": f"On <{name}>."}


def document(**changes):
    base = {"row": {**ROW, "estimate": 150.0, "ci_low": 140.0, "ci_high": 160.0}}
    estimates = {"mine": ENTRY, "alone": {**ENTRY, "rows": [base["row"]]}}
    tables = {"rules": {"path": "tables/rules.csv", "meanings": KEYS}}
    checks = [check("review", "fit", "alone"), check("pass", "fit"), check("review", "few")]
    return {"estimates": estimates, "tables": tables, "checks": checks, **changes}


MARKED = Contract("mine", methods="rules", table=TABLE, words={"alone": "independent lists"})


def study(**outputs):
    return SimpleNamespace(
        outputs={name: Output(kind=kind, level="public", **more) for name, (kind, more) in outputs.items()}
    )


def test_a_contract_takes_what_is_marked_and_published():
    marked = study(
        mine=("estimate", {"headline": True, "answer": "people", "foremost": ["few"], "labels": {"people": "Found"}}),
        rules=("table", {"methods": True}),
        alone=("estimate", {"help": "independent lists"}),
    )
    found = contract_of(marked, document(), {"tables/rules.csv": TABLE}.__getitem__)
    assert (found.headline, found.answer, found.foremost, found.methods) == ("mine", "people", ("few",), "rules")
    assert (found.table, found.words) == (TABLE, {"alone": "independent lists"})
    assert found.entry("mine", document())["terms"] == {"people": {"label": "Found"}}
    assert found.entry("alone", document()) == document()["estimates"]["alone"]
    held = contract_of(marked, document(tables={}, estimates={"alone": ENTRY}), {}.__getitem__)
    assert (held.headline, held.methods, held.table) == ("", "", b"")
    methods = study(mine=("estimate", {"methods": True}))
    assert contract_of(methods, document(), {}.__getitem__).methods == "mine"


def test_one_estimate_is_the_answer_and_of_several_the_marked_one():
    assert headline_name(document(), NO_CONTRACT) == ""
    assert headline_name(document(), MARKED) == "mine"
    assert headline_name(document(estimates={"alone": ENTRY}), MARKED) == "alone"
    assert headline_name(document(estimates={}), MARKED) == ""
    assert read_first_page(document()) is None
    assert first_page_html(None) == ""


def test_a_baseline_is_rejected_by_its_fit_and_the_answer_never_is():
    assert rejected_outputs(document(), "mine") == ["alone"]
    assert rejected_outputs(document(), "alone") == []
    assert (
        rejected_outputs(document(checks=[check("pass", "fit", "alone"), check("review", "few", "alone")]), "mine")
        == []
    )
    assert [one.name for one in checks_of("mine", document())] == ["fit", "few"]


def test_other_methods_come_from_estimates_and_from_the_table_of_methods():
    found = other_methods(document(), MARKED, "mine", "people")
    assert [(one.label, one.estimate, one.rejected) for one in found] == [
        ("independent lists", 150.0, True),
        ("smallest, 6 lists", 190.0, False),
        ("smallest, 5 lists", 400.0, False),
        ("other, 5 lists", 260.0, True),
        ("silent, 5 lists", pytest.approx(math.nan, nan_ok=True), False),
        ("same, 6 lists", 200.0, False),
    ]
    assert math.isnan(found[2].high)
    elsewhere = document()["estimates"] | {"alone": {**ENTRY, "population": "others"}}
    assert other_methods(document(estimates=elsewhere), Contract("mine"), "mine", "people") == []
    compared = {**ENTRY, "rows": [{**ROW, "term": "A"}, {**ROW, "term": "B", "estimate": 300.0}]}
    of_estimate = other_methods(
        document(estimates={"mine": ENTRY, "all": compared}), Contract("mine", methods="all"), "mine", "people"
    )
    assert [one.label for one in of_estimate] == ["A", "B"]


def test_the_page_says_answer_trust_whom_and_what_it_does_not_say():
    page = read_first_page(document(), Contract("mine", methods="rules", table=TABLE))
    assert [one.estimate for one in page.others] == [150.0, 190.0, 400.0, 260.0]
    shown = first_page_html(page)
    heads = re.findall(r'<h2 id="h-[a-z-]+">(.*?)</h2>', shown)
    assert heads == ["The answer", "How far to trust it", "Whom it counts", "What it does not say"]
    assert '<p class="told">people: 200 persons, with a 95 % interval from 180 to 220.</p>' in shown
    assert '<p class="grade review"><b>With care.</b> 1 of 2 checks asks to be read beside the number.</p>' in shown
    assert "<li>Few: On &lt;few&gt;.</li>" in shown
    assert "<dt>Population</dt><dd>victims</dd>\n<dt>Definition</dt><dd>not stated</dd>" in shown
    assert "<dt>Measure</dt><dd>all who were there at any time in the period</dd>" in shown
    said = not_said(page)
    assert said[0] == (
        "Which method is right, which the interval does not hold: 2 other defensible methods say from 190 to 400."
    )
    assert said[1].startswith("How many there are at any one moment")
    assert said[2] == "What nobody stated: Definition."
    assert said[3] == "Whether what it rests on holds: Closed."
    assert len(said) == 5


def test_what_does_not_stand_has_no_number_on_the_page():
    page = read_first_page(document(checks=[check("fail", "exists", voids=True)]), MARKED)
    shown = first_page_html(page)
    assert '<p class="told">No number of this study is to be quoted.</p>' in shown
    assert '<p class="grade void"><b>Do not quote.</b>' in shown
    assert "<svg" not in shown
    assert "200" not in shown
    assert answer_lines(page)[0].startswith("Do not quote.")


def test_a_verdict_of_the_run_lowers_the_grade():
    told = {**ENTRY, "trust": {"status": "do not quote", "reason": "Groups of lists share nobody."}}
    page = read_first_page(document(estimates={"mine": told}), Contract("mine"))
    assert (page.trusted.grade, page.shown) == ("do not quote", ())
    assert answer_lines(page)[0] == "Do not quote. Groups of lists share nobody."


def test_shares_are_per_cent_in_answer_and_methods_alike():
    row = {**ROW, "estimate": 0.2, "ci_low": 0.1, "ci_high": 0.3, "unit": "share of cases"}
    estimates = {"mine": {**ENTRY, "rows": [row]}, "alone": {**ENTRY, "rows": [{**row, "estimate": 0.4}]}}
    page = read_first_page(document(estimates=estimates), Contract("mine"))
    assert (page.told[0].estimate, page.others[0].estimate, page.others[0].low) == (20.0, 40.0, 10.0)


def test_a_number_without_interval_says_that_chance_is_not_told():
    page = read_first_page(document(estimates={"mine": {**ENTRY, "rows": [{**ROW, "ci_low": None, "ci_high": None}]}}))
    assert not_said(page)[0] == "How far chance moves it: there is no interval."
    plain = read_first_page(document(estimates={"mine": ENTRY}))
    assert not_said(plain)[0].startswith("How wrong the data may be")


def numbers(markup, pattern):
    return [float(one) for one in re.findall(pattern, markup)]


def test_the_picture_draws_answer_methods_and_what_is_rejected_on_one_axis():
    others = [
        Other("a", 190.0),
        Other("b", 400.0),
        Other("<c>", 150.0, 140.0, 160.0, True),
        Other("d", 260.0, rejected=True),
    ]
    drawn = range_picture([Answer("People", 200.0, 180.0, 220.0, "persons")], others, ENGLISH)
    axis = axis_for([200.0, 180.0, 220.0, 190.0, 400.0, 150.0, 140.0, 160.0, 260.0])
    centres = numbers(drawn, r'cx="([\d.]+)"')
    assert centres == [pytest.approx(axis.place(value), abs=0.01) for value in (200.0, 190.0, 400.0, 150.0, 260.0)]
    assert "Rejected by the data: &lt;c&gt;" in drawn
    assert "1 more rejected by the data" in drawn
    assert "2 other defensible methods" in drawn
    assert ">200 (180 to 220)</text>" in drawn
    assert drawn.index("<title") < drawn.index("<desc") < drawn.index("<line")
    assert "Rejected by the data: d (260)." in drawn.partition("</desc>")[0]
    assert drawn.count('stroke-dasharray="4 3"') == 1  # the interval of the one that has one
    assert drawn.count('fill="#fff"') == 2
    assert range_picture([Answer("X", math.nan)], others, ENGLISH) == ""


def test_a_long_label_stands_above_its_numbers_and_a_very_long_one_is_cut():
    one = range_picture([Answer("L" * 40, 3.78e9, 3.31e9, 4.24e9, "GBP")], [], ENGLISH)
    assert f'<text y="-9" x="8" fill="#1d1f21" font-weight="600">{"L" * 40}</text>' in one
    assert f">{'M' * 45}…</text>" in range_picture([Answer("M" * 60, 1.0)], [], ENGLISH)
    assert '<text y="6" x="8"' in range_picture([Answer("L", 1.0)], [], ENGLISH)


def test_the_axis_holds_its_numbers_and_marks_nothing_where_it_is_within():
    assert axis_for([5.0]).low < 5.0 < axis_for([5.0]).high
    assert axis_for([0.0]).low < 0.0 < axis_for([0.0]).high
    assert not axis_for([1.0, 8.0]).logarithmic
    assert axis_for([1.0, 8.1]).logarithmic
    assert not axis_for([-1.0, 800.0]).logarithmic
    effect = range_picture([Answer("Effect", 0.5, -0.5, 1.5)], [], ENGLISH)
    assert effect.count('stroke-dasharray="2 2"') == 1
    assert 'stroke-dasharray="2 2"' not in range_picture([Answer("Effect", 0.5, 0.2, 1.5)], [], ENGLISH)
    assert (Axis(0.0, 10.0, False).place(-5.0), Axis(0.0, 10.0, False).place(50.0)) == (8.0, 352.0)


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis(0.0, 10.0, False), [0.0, 5.0, 10.0]),
        (Axis(4400.0, 28600.0, False), [5000.0, 10000.0, 15000.0, 20000.0, 25000.0]),
        (Axis(0.09, 0.22, False), [0.1, 0.15, 0.2]),
        (Axis(1.0, 100.0, True), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]),
        (Axis(1600.0, 90000.0, True), [2000.0, 5000.0, 10000.0, 20000.0, 50000.0]),
        (Axis(1.0, 1e12, True), [1.0, 1e3, 1e6, 1e9, 1e12]),
        (Axis(300.0, 900.0, True), [400.0, 600.0, 800.0]),
    ],
)
def test_ticks_are_round_and_few(axis, ticks):
    found = axis.ticks()
    assert 2 <= len(found) <= 6
    assert all(axis.low <= value <= axis.high for value in found)
    if len(ticks) <= 5:
        assert found == pytest.approx(ticks)
