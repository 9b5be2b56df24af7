"""What a reader sees of a result: the same parts as text and as HTML."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Check, Result, Scope, estimates_table
from ctresearch.core.render import as_html, as_text, number, title

CHECKS = (
    Check("size", "pass", "Enough people."),
    Check("overlap", "review", "One pair of lists shares nobody."),
    Check("fit", "fail", "It fits badly."),
    Check("existence", "fail", "No maximum.", voids=True),
)


def make(checks=(), unit="persons", **options):
    rows = {"population": (11417.99, 100.0, 9267.4, 14307.0), "hidden": (0.98421, np.nan, np.nan, np.inf)}
    return Result(method="A method", estimates=estimates_table(rows, unit=unit), n=2744, checks=checks, **options)


def test_text_holds_table_scope_and_prose_in_order():
    result = make(assumptions=("Lists meet by chance.",), references=("One (2001).",), level=0.9)
    lines = as_text(result).splitlines()
    assert lines[:2] == ["A method", "========"]
    assert " ".join(" ".join(lines[2:4]).split()).startswith("Counts whom: population not stated; definition")
    assert "n = 2,744" in lines
    head = next(line for line in lines if "estimate" in line)
    assert head.split() == ["term", "estimate", "std.", "error", "90", "%", "low", "90", "%", "high", "unit"]
    assert lines[lines.index(head) + 1].split() == ["population", "11,418", "100", "9,267", "14,307", "persons"]
    assert lines[lines.index(head) + 2].split() == ["hidden", "0.9842", "–", "–", "∞", "persons"]
    assert lines[-5:] == ["Assumes:", "- Lists meet by chance.", "", "Cite:", "- One (2001)."]
    assert all(line == line.rstrip() for line in lines)
    assert lines[lines.index(head) + 3 :][:2] == ["", "Assumes:"] or lines[lines.index(head) + 3 :][:3] == [
        "",
        "",
        "Assumes:",
    ]
    bare = as_text(make(unit=""))
    assert "unit" not in bare
    assert "Assumes" not in bare
    assert "Cite" not in bare


def test_checks_stand_in_order_of_gravity():
    lines = as_text(make(CHECKS)).splitlines()
    said = [line for line in lines if any(check.message in line for check in CHECKS)]
    assert said == [
        "DOES NOT STAND ✗ existence: No maximum.",
        "MIND THE READING ✗ fit: It fits badly.",
        "? overlap: One pair of lists shares nobody.",
        "✓ size: Enough people.",
    ]
    page = as_html(make(CHECKS))
    places = [page.index(words) for words in ("No maximum", "fits badly", "shares nobody", "Enough people")]
    assert places == sorted(places)
    for label, name, colour in (
        ("DOES NOT STAND", "existence", "#b3261e"),
        ("MIND THE READING", "fit", "#b3261e"),
        ("Review", "overlap", "#8a5a00"),
        ("Passed", "size", "#1b6e3c"),
    ):
        assert f'<b style="color:{colour}">{label}: {name}.</b>' in page
        assert f"border-left:4px solid {colour}" in page


def test_html_holds_the_same_parts_escaped():
    result = make(
        assumptions=("a < b",),
        references=("One & Two (2001).",),
        scope=Scope(population="<victims>", measure="flow"),
    )
    page = as_html(result)
    assert page.startswith('<div class="ctresearch-result"><h4>A method</h4><p>Counts whom: &lt;victims&gt;;')
    assert page.endswith("</div>")
    assert "<br>n = 2,744</p><table" in page
    assert "<summary>Assumes</summary><ul><li>a &lt; b</li></ul>" in page
    assert "<summary>Cite</summary><ul><li>One &amp; Two (2001).</li></ul>" in page
    assert "<td>11,418</td>" in page
    assert "<th>0</th>" not in page
    assert 'border="0"' in page or "border=" not in page
    assert "<details>" not in as_html(make())
    assert page == result._repr_html_()


@pytest.mark.parametrize(
    ("checks", "text"),
    [
        ((), "A method"),
        (CHECKS[:2], "A method"),
        (CHECKS[:3], "A method\nMIND THE READING: fit"),
        (CHECKS, "A method\nDOES NOT STAND: existence"),
        ((CHECKS[2], Check("range", "fail", "x")), "A method\nMIND THE READING: fit, range"),
    ],
)
def test_titles_name_what_failed(checks, text):
    assert title(make(checks)) == text


def test_long_sentences_are_broken_with_an_indent():
    long = " ".join(["word"] * 60)
    lines = as_text(make((Check("c", "review", long),))).splitlines()
    broken = [line for line in lines if "word" in line]
    assert len(broken) == 4
    assert max(map(len, broken)) <= 100
    assert all(line.startswith("  word") for line in broken[1:])
    title_line = as_text(Result(method="m" * 120, estimates=pd.DataFrame(make().estimates), n=1)).splitlines()[1]
    assert title_line == "=" * 100


@pytest.mark.parametrize(
    ("value", "text"), [(1000, "1,000"), (999.96, "1000"), (np.inf, "∞"), (-1234.5, "−1,234"), (0.00012, "0.00012")]
)
def test_more_numbers(value, text):
    assert number(value) == text
