"""The answer in a sentence: its numbers, its interval in words, and how far to trust it."""

import math

import pytest

from ctresearch.core import Check, Result, estimates_table, say
from ctresearch.core.answer import (
    Answer,
    Standing,
    answers,
    check_sentence,
    for_reader,
    in_short,
    short_answer,
    standing,
)
from ctresearch.core.tongue import ENGLISH, Tongue, digits_for

NAN, INF = math.nan, math.inf
ROW = {"term": "people", "estimate": 200.0, "std_error": 9.0, "ci_low": 180.0, "ci_high": 220.0, "unit": "persons"}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ((11417.99, 9086.4, 14736.1, "persons"), "X: about 11,400 persons, with a 90 % interval from 9,090 to 14,700."),
        ((200.0, 180.0, 220.0, ""), "X: 200, with a 90 % interval from 180 to 220."),
        ((0.5, 0.25, 0.7, "hazard ratio"), "X: 0.5 (hazard ratio), with a 90 % interval from 0.25 to 0.7."),
        ((2.0, 1.0, 3.0, "difference in score"), "X: 2 (difference in score), with a 90 % interval from 1 to 3."),
        ((30.0, 20.0, 40.0, "percent of those detected"), "X: 30 percent of those detected, with a 90 % interval "),
        ((0.3, 0.2, 0.4, "share of cases"), "X: 0.3 (share of cases), with a 90 % interval from 0.2 to 0.4."),
        ((200.0, NAN, NAN, "ties"), "X: 200 ties; there is no interval."),
        ((200.0, 200.0, 200.0, ""), "X: 200, without any uncertainty that was counted."),
        ((200.0, 180.0, INF, ""), "X: 200; the 90 % interval begins at 180 and has no upper end."),
        ((200.0, -INF, 220.0, ""), "X: 200; the 90 % interval ends at 220 and has no lower end."),
        ((200.0, -INF, INF, ""), "X: 200; the 90 % interval has no ends."),
        ((NAN, 180.0, 220.0, "persons"), "X: between 180 and 220 persons."),
        ((NAN, 180.0, 220.0, ""), "X: between 180 and 220."),
        ((NAN, 180.0, INF, ""), "X: there is no estimate."),
        (
            (3780280000.0, 3311213200.0, 4243465200.0, "GBP"),
            "X: about 3.78 billion GBP, with a 90 % interval from 3.31",
        ),
    ],
)
def test_what_is_known_of_a_number_decides_the_sentence(told, sentence):
    *numbers, unit = told
    assert Answer("X", *numbers, unit, 0.9).sentence().startswith(sentence)


def test_digits_tell_estimate_and_limits_apart():
    assert Answer("x", 12345.0, 12340.0, 12351.0).numbers() == ("12,345", "12,340", "12,351")
    assert digits_for(0.787, 0.564, 1.01) == 3
    assert digits_for(1.0, NAN, NAN) == digits_for(0.0, 0.0, 0.0) == digits_for() == 3
    assert digits_for(1e12, 1e12 + 1, 1e12) == 8
    assert digits_for(1000.0, 990.0, 1005.0) == 4  # a width of 15 takes tens to be seen


def test_numbers_are_said_with_few_digits_and_words_for_millions():
    said = [ENGLISH.about(value) for value in (999.6, 1234.5, -64105700.0, 2.5e12, 0.012345, INF, NAN, 0.0, 999999.0)]
    assert said == ["1,000", "1,230", "−64.1 million", "2.5 trillion", "0.0123", "∞", "–", "0", "1 million"]
    assert ENGLISH.per_cent(0.95) == "95 %"
    assert ENGLISH.per_cent(0.999) == "99.9 %"


def test_another_language_has_its_own_words_and_numbers():
    words = {"{what}: {much}, with a {level} interval from {low} to {high}.": "{what} : {much} (de {low} à {high})"}
    french = Tongue("fr", lambda one, many, n: words.get(one, one), lambda value: f"{value:.0f}".replace("-", "m"))
    assert french.write(Answer("X", 200.0, 180.0, 220.0).sentence(french)) == "X : 200 (de 180 à 220)"
    assert french.write("words") == "words"


@pytest.mark.parametrize(
    ("row", "options", "shown", "unit"),
    [
        ({"unit": "log hazard ratio"}, {"reader": "as it is", "scale": "log"}, math.e, "hazard ratio"),
        ({"unit": "log odds"}, {"reader": "as it is", "scale": "logit"}, math.e, "odds"),
        ({"unit": ""}, {"reader": "ratio", "scale": "logit"}, math.e, ""),
        ({"unit": ""}, {"reader": "as it is", "scale": "log"}, 1.0, ""),
        ({"unit": "log time"}, {"reader": "as it is", "scale": "identity"}, 1.0, "log time"),
        ({"unit": "share of cases"}, {"reader": "as it is", "scale": "identity"}, 100.0, "percent of cases"),
        ({"unit": "proportion"}, {"reader": "as it is", "scale": "identity"}, 100.0, "percent"),
        ({"unit": ""}, {"reader": "percent", "scale": "identity"}, 100.0, "percent"),
        ({"unit": "percent"}, {"reader": "percent", "scale": "identity"}, 1.0, "percent"),
        (
            {"unit": "share of cases", "ci_high": 30.0},
            {"reader": "as it is", "scale": "identity"},
            1.0,
            "share of cases",
        ),
        ({"unit": "share of it"}, {"reader": "as it is", "scale": "identity", "role": "count"}, 1.0, "share of it"),
        ({"unit": "shares sold"}, {"reader": "as it is", "scale": "identity"}, 1.0, "shares sold"),
    ],
)
def test_a_reader_is_shown_ratios_and_per_cent(row, options, shown, unit):
    change, called = for_reader({"estimate": 1.0, "ci_low": None, "ci_high": 1.0, **row}, **options)
    assert (1.0 if change is None else change(1.0), called) == (pytest.approx(shown, abs=1e-12), unit)


def test_a_ratio_too_large_for_a_float_is_infinite():
    change, _ = for_reader({**ROW, "unit": "log odds"}, reader="as it is", scale="log")
    assert change(800.0) == INF


def test_the_answer_is_the_term_that_is_asked_for_or_marked_or_first():
    rows = [ROW, {**ROW, "term": "unseen"}, {**ROW, "term": "rate"}]
    marked = {"rate": {"label": "Rate", "headline": True}, "unseen": {"label": "Unseen"}}
    options = {"scale": "identity", "level": 0.8}
    assert [one.label for one in answers(rows, marked, term="unseen", **options)] == ["Unseen"]
    assert [one.label for one in answers(rows, marked, **options)] == ["Rate"]
    (first,) = answers(rows, {}, **options)
    assert (first.label, first.level, first.low, first.of) == ("people", 0.8, 180.0, ())
    assert answers([], {}, **options) == []


def test_rows_of_one_term_are_told_apart_by_what_differs():
    rows = [
        {**ROW, "group": name, "since": "start", "class": place} for place, name in enumerate(("adults", "children"))
    ]
    found = answers(rows, {}, scale="identity", level=0.95)
    assert [one.of for one in found] == [("adults", "class 0"), ("children", "class 1")]
    whole = answers([*rows, {**ROW, "group": "all", "since": "start", "class": 0}], {}, scale="identity", level=0.95)
    assert [one.of for one in whole] == [()]
    later = answers([{**ROW, "time": 1.0}, {**ROW, "time": 5.0, "estimate": 190.0}], {}, scale="identity", level=0.95)
    assert [one.estimate for one in later] == [190.0]


def test_a_share_without_a_unit_of_its_own_takes_that_of_its_term():
    row = {**ROW, "estimate": 0.5, "ci_low": 0.25, "ci_high": 0.75, "unit": "proportion"}
    (one,) = answers([row], {"people": {"unit": "share of cases"}}, scale="identity", level=0.95)
    assert (one.estimate, one.low, one.unit) == (50.0, 25.0, "percent of cases")


def check(status, name="fit", voids=False):
    return Check(name, status, f"On {name}.", voids=voids)


@pytest.mark.parametrize(
    ("checks", "options", "grade", "names"),
    [
        ([], {}, "not checked", []),
        ([check("pass")], {}, "sound", []),
        ([check("pass"), check("review", "few")], {}, "with care", ["few"]),
        ([check("fail", "bias"), check("review", "few")], {}, "with care", ["bias", "few"]),
        ([check("review", "few"), check("fail", "bias")], {}, "with care", ["bias", "few"]),
        ([check("review", "few"), check("fail", "gone", voids=True)], {}, "do not quote", ["gone", "few"]),
        ([check("pass")], {"stands": False}, "do not quote", []),
        ([check("review", n) for n in "abc"], {"foremost": ["c", "b"]}, "with care", ["c", "b"]),
        ([check("pass")], {"said": "with care", "why": "Lists repel."}, "with care", []),
        ([check("review", "few")], {"said": "do not quote", "why": "Lists repel."}, "do not quote", ["few"]),
        ([check("review", "few")], {"said": "sound", "why": "Nothing."}, "with care", ["few"]),
        ([check("pass")], {"said": "nonsense"}, "sound", []),
    ],
)
def test_checks_and_a_verdict_decide_how_far_to_trust(checks, options, grade, names):
    found = standing(checks, **options)
    assert (found.grade, [one.name for one in found.checks]) == (grade, names)
    if options.get("why") and options["said"] == grade:
        assert found.reason == options["why"]


def test_the_reason_counts_the_checks():
    assert standing([check("pass")] * 3).sentence() == "Sound. None of 3 checks speaks against it."
    assert standing([check("pass")]).sentence() == "Sound. The one check made does not speak against it."
    assert (
        standing([check("review"), check("pass"), check("fail")]).sentence().startswith("With care. 2 of 3 checks ask ")
    )
    assert standing([]).sentence().startswith("Not checked. No check was made")
    assert standing([], stands=False).sentence().startswith("Do not quote. The estimate does not exist,")


def test_what_is_not_to_be_quoted_has_no_number_and_many_rows_are_counted():
    told = [Answer("X", float(place)) for place in range(5)]
    lines = in_short(told, standing([check("review")]))
    assert [line[:4] for line in lines] == ["X: 0", "X: 1", "X: 2", "2 mo", "With", "Fit:"]
    assert lines[3] == "2 more numbers of this kind follow."
    assert in_short(told[:4], standing([check("pass")]))[3] == "1 more number of this kind follows."
    gone = in_short(told, standing([check("fail", voids=True)]))
    assert [line[:12] for line in gone] == ["Do not quote", "Fit: On fit."]
    assert check_sentence(check("review", "people differ")) == "People differ: On people differ."


def test_a_result_begins_with_its_answer():
    table = estimates_table({"population": (1234.5, 20.0, 1200.0, 1300.0)}, unit="persons")
    result = Result(method="m", estimates=table, n=5, checks=(check("review"),))
    first, second, third = short_answer(result)
    assert first == "Population: about 1,230 persons, with a 95 % interval from 1,200 to 1,300."
    assert (second[:10], third) == ("With care.", "Fit: On fit.")
    lines = result.summary().splitlines()
    assert lines[2:5] == [first, second, third]
    assert lines[5] == ""
    assert Standing("sound", say("Fine.")).sentence() == "Sound. Fine."


@pytest.mark.parametrize(("unit", "read"), [("log odds", "odds"), ("log of the ratio of means", "ratio of means")])
def test_a_logarithm_is_read_as_what_it_is_the_logarithm_of(unit, read):
    row = {"estimate": 0.0, "ci_low": -1.0, "ci_high": 1.0, "unit": unit}
    change, shown = for_reader(row, reader="as it is", scale="log")
    assert (change(0.0), shown) == (1.0, read)
