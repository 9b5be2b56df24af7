"""The head of a report word for word: estimates, whom they count, checks, data, and the page around them."""

from types import SimpleNamespace

import pytest

from ctresearch.core.tongue import Tongue
from ctresearch.studies.shown import report, standing
from ctresearch.studies.shown.contract import NO_CONTRACT, Contract
from ctresearch.studies.shown.headline import headline

ROW = {"term": "people", "estimate": 200.0, "std_error": 9.0, "ci_low": 180.0, "ci_high": 220.0, "unit": "persons"}
SCOPE = {"population": "victims", "definition": "", "reference_period": "2013"}
ENTRY = {"rows": [ROW], "level": 0.95, "status": "pass", **SCOPE}


def check(status, name, output="e", voids=False, message="Words."):
    return {"output": output, "name": name, "status": status, "voids": voids, "message": message}


def table(estimates, checks=(), contract=NO_CONTRACT):
    return headline({"estimates": estimates, "checks": list(checks)}, contract)


def body(markup):
    """Return the rows below the head of the table, the names of outputs among them."""
    inside = markup.partition("<tbody")[2].partition("</table>")[0]
    return [line for line in inside.splitlines() if line.startswith("<tr>")]


def test_one_estimate_is_a_table_and_whom_it_counts():
    assert table({"e<1>_x": ENTRY}) == (
        '<section class="estimates" aria-label="Estimates">\n<h2>Estimates</h2>\n'
        '<div class="wide" tabindex="0"><table>\n'
        '<thead><tr><th>Term</th><th class="number">Estimate</th><th class="number">95 % interval</th></tr></thead>\n'
        '<tbody>\n<tr><th colspan="3" scope="rowgroup">e&lt;1&gt; x</th></tr>\n'
        '<tr><td>people <span class="unit">persons</span></td><td class="number">200</td>'
        '<td class="number">180 to 220</td></tr>\n</tbody>\n</table></div>\n'
        "<dl>\n<dt>Population</dt><dd>victims</dd>\n<dt>Definition</dt><dd>not stated</dd>\n"
        "<dt>Reference period</dt><dd>2013</dd>\n</dl>\n</section>\n"
    )
    assert table({}) == ""
    assert "<td>people</td>" in table({"e": {**ENTRY, "rows": [{**ROW, "unit": ""}]}})


def test_levels_that_differ_stand_in_the_rows():
    found = table({"a": ENTRY, "b": {**ENTRY, "level": 0.9}})
    assert '<th class="number">Interval</th>' in found
    assert [line.count("(95 %)") + 2 * line.count("(90 %)") for line in body(found)] == [0, 1, 0, 2]
    assert "180 to 220 (95 %)</td>" in found
    assert found.count("<dl>") == 1  # both count the same people


def test_outputs_that_count_others_have_a_list_each():
    found = table({"a_b": ENTRY, "b": {**ENTRY, "population": "<calls>"}, "c": ENTRY})
    lists = found.partition("</table></div>\n")[2]
    assert lists.startswith("<p>a b, c</p>\n<dl>\n<dt>Population</dt><dd>victims</dd>")
    assert "</dl>\n<p>b</p>\n<dl>\n<dt>Population</dt><dd>&lt;calls&gt;</dd>" in lists


def test_other_columns_of_a_row_are_part_of_its_term_and_long_tables_are_counted():
    rows = [{**ROW, "year": 2010 + i, "age": "<18", "none": ""} for i in range(8)]
    lines = body(table({"e": {**ENTRY, "rows": rows}}))
    assert len(lines) == 8
    assert "<td>people, age &lt;18, year 2010 <span" in lines[1]
    assert lines[7] == '<tr><td colspan="3">and 2 more in results.json</td></tr>'
    assert len(body(table({"e": {**ENTRY, "rows": rows[:6]}}))) == 7
    assert "and 1 more" in body(table({"e": {**ENTRY, "rows": rows[:7]}}))[7]


def test_missing_numbers_are_dashes_and_missing_limits_too():
    bare = {**ROW, "estimate": None, "ci_low": None, "ci_high": None}
    line = body(table({"e": {**ENTRY, "rows": [bare]}}))[1]
    assert '<td class="number">–</td><td class="number">–</td>' in line
    line = body(table({"e": {**ENTRY, "rows": [{**ROW, "ci_low": None}]}}))[1]
    assert '<td class="number">– to 220</td>' in line
    line = body(table({"e": {**ENTRY, "rows": [{**ROW, "ci_high": None}]}}))[1]
    assert '<td class="number">180 to –</td>' in line


def test_an_estimate_that_does_not_stand_has_no_limits_and_says_why():
    checks = [check("fail", "exists<", voids=True), check("fail", "bias"), check("fail", "other", "x", voids=True)]
    name, line = body(table({"e": ENTRY}, checks))
    assert '>e <b class="void">does not stand: exists&lt;</b></th>' in name
    assert '<td class="number">200</td><td class="number">–</td>' in line
    several = table({"e": ENTRY, "f": {**ENTRY, "level": 0.5, "stands": False}}, checks)
    assert "(95 %)" not in several
    assert '>f <b class="void">does not stand</b></th>' in several


def test_an_estimate_to_be_minded_keeps_its_limits():
    name, line = body(table({"e": ENTRY}, [check("fail", "bias"), check("fail", "fit"), check("review", "few")]))
    assert '>e <b class="fail">mind the reading: bias, fit</b></th>' in name
    assert "180 to 220" in line
    assert '>e <b class="fail">mind the reading</b></th>' in body(table({"e": {**ENTRY, "status": "fail"}}))[0]
    name = body(table({"e": {**ENTRY, "status": "review"}}, [check("review", "few"), check("pass", "fine")]))[0]
    assert name.endswith(">e</th></tr>")


def test_the_answer_stands_first_and_what_the_data_reject_last_and_is_called_so():
    estimates = {"baseline": ENTRY, "other": ENTRY, "mine": ENTRY}
    checks = [check("review", "fit", "baseline"), check("review", "fit", "mine"), check("pass", "fit", "other")]
    contract = Contract("mine", words={"baseline": "Independent lists"}, labels={"other": {"people": "Found"}})
    found = table(estimates, checks, contract)
    names = [line for line in body(found) if "rowgroup" in line]
    assert [name.partition("rowgroup")[2][2:7] for name in names] == ["mine<", "other", "Indep"]
    assert names[2].count("rejected by the data: a baseline, and no answer") == 1
    assert found.count("rejected by the data") == 1
    assert found.count('<tbody class="rejected">') == 1
    assert "<td>Found <span" in found


def test_numbers_and_words_are_written_in_the_language_of_the_page():
    words = {"Estimate": "Estimation", "persons": "personnes", "{low} to {high}": "de {low} à {high}"}
    tongue = Tongue("fr", lambda one, many, n: words.get(one, one), lambda value: f"{value:g},0")
    found = headline({"estimates": {"e": ENTRY}, "checks": []}, NO_CONTRACT, tongue)
    assert '<th class="number">Estimation</th>' in found
    assert '<span class="unit">personnes</span>' in found
    assert ">200,0</td>" in found
    assert ">de 180,0 à 220,0</td>" in found


def test_grades_and_their_words():
    marks = [check("pass", "a"), check("review", "b"), check("fail", "c"), check("fail", "d", voids=True)]
    assert [standing.grade_of(one) for one in marks] == ["pass", "review", "fail", "void"]
    assert standing.grade_of({"status": "fail"}) == "fail"
    assert [standing.label_of(one) for one in marks] == ["Passed", "Review", "Mind the reading", "Does not stand"]
    assert [grade for grade, _ in standing.graded(marks)] == ["void", "fail", "review", "pass"]
    twice = [*marks, check("fail", "c"), check("fail", "e")]
    assert standing.to_mind("e", twice) == ["c", "e"]
    assert standing.voiding("e", twice) == ["d"]
    assert standing.voiding("f", twice) == standing.to_mind("f", twice) == []
    assert standing.to_mind("e", [{"name": "c", "status": "fail"}]) == []
    assert standing.without_limits(ROW) == {**ROW, "std_error": None, "ci_low": None, "ci_high": None}


def test_words_about_the_data():
    assert standing.data_words({}) == ""
    assert standing.data_words({"restricted": ["a", "b"]}) == (
        "The data are restricted (a, b): what is shown here has passed the release gate, and the records may not be"
        " passed on."
    )
    gate = {"a": {"status": "pass", "rule": "threshold"}, "b": {"status": "review", "rule": "quotes"}}
    inside = standing.data_words({"restricted": ["a"], "gate": gate}, judged=False)
    assert "what the cells below display nobody has judged" in inside
    assert inside.endswith("The release gate holds back 1 of 2 saved outputs: b (quotes).")
    assert standing.data_words({"gate": {"a": gate["a"]}}, judged=False) == ""
    assert standing.replaced_words({}) == ""
    plain = "Other data were given in place of the study's own: a; b."
    assert standing.replaced_words({"a": [], "b": []}) == plain
    told = standing.replaced_words({"a": ["title", "rows"], "b": []})
    assert told.startswith("Other data were given in place of the study's own: a (title, rows: not stated); b. What is")
    assert told.endswith(" judged as restricted.")
    both = standing.data_words({"restricted": ["a"], "replaced": {"b": []}})
    assert both.endswith(" passed on. Other data were given in place of the study's own: b.")
    assert standing.data_words({"replaced": {"a": [], "b": []}}) == plain


def test_checks_are_listed_by_gravity_and_what_outputs_share_stands_once():
    assert report._checks([]) == ""
    assert report._checks([check("pass", "a"), check("pass", "b")]) == (
        '<p class="checks pass">All 2 checks passed.</p>\n'
    )
    marks = [
        check("review", "few", "a"),
        check("pass", "fine", "a"),
        check("fail", "<bias>", "a", message="Much & more."),
        check("review", "few", "b"),
        check("fail", "none", "b", voids=True),
        check("review", "few", "c", message="Others."),
    ]
    assert report._checks(marks) == (
        '<details class="checks" open><summary>Checks: 1 by which a result does not stand, 1 to mind, 3 to review, '
        "1 passed</summary>\n<ul>\n"
        '<li class="void"><b>Does not stand: b: none.</b> Words.</li>\n'
        '<li class="fail"><b>Mind the reading: a: &lt;bias&gt;.</b> Much &amp; more.</li>\n'
        '<li class="review"><b>Review: a, b: few.</b> Words.</li>\n'
        '<li class="review"><b>Review: c: few.</b> Others.</li>\n'
        "</ul></details>\n"
    )


def test_contents_need_three_headings():
    assert report._contents(["a", "b"]) == ""
    assert report._contents(["a", "b", "c"]) == (
        '<nav aria-label="Contents"><ol><li><a href="#s1">a</a></li><li><a href="#s2">b</a></li>'
        '<li><a href="#s3">c</a></li></ol></nav>\n'
    )


def test_the_body_folds_code_and_gives_headings_anchors():
    from ctresearch.studies.shown.blocks import Block

    blocks = [
        Block("code", "x = 1"),
        Block("code", "y = 2"),
        Block("prose", "<h1>Title</h1>\n<p>One.</p><h1>Again</h1>"),
        Block("code", "z"),
        Block("output", "<pre>3</pre><h1>shown</h1>"),
        Block("output", ""),
        Block("prose", "<h1>Late</h1><h2>Two <em>words</em></h2>"),
    ]
    found, headings = report._body(blocks)
    lines = found.splitlines()
    assert headings == ["Again", "Late", "Two words"]
    assert lines[0].count('<details class="code"><summary>Code</summary>') == 1
    assert lines[0].count("<pre><code>") == 2
    assert lines[0].endswith("</details>")
    assert lines[1] == '<p>One.</p><h2 id="s1">Again</h2>'
    assert lines[2].startswith('<details class="code"><summary>Code</summary><pre><code>z')
    assert lines[3] == "<pre>3</pre><h2>shown</h2>"
    assert lines[4] == '<h2 id="s2">Late</h2><h2 id="s3">Two <em>words</em></h2>'
    assert found.endswith("\n")
    assert len(lines) == 5


def test_columns_of_numbers_are_flush_right_under_their_heads():
    table = (
        "<table><thead><tr><th>a</th><th>b</th><th>c</th></tr></thead><tbody><tr><td>x</td><td>1,200</td><td></td></tr>"
        '<tr><td>2</td><td>−3.5 %</td><td>4</td></tr><tr><td colspan="2">5</td><td>1 to 2</td></tr></tbody></table>'
    )
    assert report._tables(f"<p>{table}</p>") == (
        '<p><div class="wide" tabindex="0"><table><thead><tr><th>a</th><th class="number">b</th><th class="number">c</th></tr>'
        '</thead><tbody><tr><td>x</td><td class="number">1,200</td><td class="number"></td></tr><tr><td>2</td>'
        '<td class="number">−3.5 %</td><td class="number">4</td></tr><tr><td colspan="2">5</td>'
        '<td class="number">1 to 2</td></tr></tbody></table></div></p>'
    )
    drawn = "<table><tr><td>1</td><td><svg viewBox='0'/></td></tr></table>"
    assert report._tables(drawn) == f'<div class="wide" tabindex="0">{drawn}</div>'
    odd = '<table><tbody><tr><td colspan="x">1</td><td>a</td></tr></tbody></table>'
    assert '<td class="number" colspan="x">1</td><td>a</td>' in report._tables(odd).replace(
        'colspan="x" class="number"', 'class="number" colspan="x"'
    )


@pytest.mark.parametrize(
    ("word", "is_number"), [("–", True), ("∞", True), ("1e-3", True), ("nan", True), ("1 x", False)]
)
def test_what_counts_as_a_number_in_a_table(word, is_number):
    found = report._tables(f"<table><tbody><tr><td>{word}</td></tr></tbody></table>")
    assert ('class="number"' in found) is is_number


def test_code_has_four_colours_and_shows_what_is_markup():
    assert report._highlight("if a < 1: # no\n    'x'") == (
        '<pre><code><span class="hl-k">if</span> a &lt; <span class="hl-n">1</span>: <span class="hl-c"># no</span>\n'
        '    <span class="hl-s">\'</span><span class="hl-s">x</span><span class="hl-s">\'</span></code></pre>'
    )


def test_the_page_puts_what_was_checked_above_the_line():
    cells = [
        {"cell_type": "markdown", "source": "# Mine\n\nWords.", "id": "a"},
        {"cell_type": "markdown", "source": "gone", "id": report.FOOTER_ID},
    ]
    document = {
        "title": "How <many>?",
        "run_id": "ab" * 32,
        "estimates": {"e": ENTRY},
        "checks": [check("pass", "a")],
        "restricted": ["cases<"],
    }
    page = report.html_page({"cells": cells}, document, "by <me>")
    assert "<title>How &lt;many&gt;?</title>" in page
    assert "<h1>How &lt;many&gt;?</h1>\n" in page
    assert f'<p class="meta">Run {"ab" * 8} · by &lt;me&gt;</p>\n<p class="replaced">The data are restricted' in page
    assert "(cases&lt;)" in page
    order = [
        "replaced",
        "<h2>Estimates</h2>",
        "The one check passed.",
        'class="below"',
        "<p>Words.</p>",
        "<footer>Run ",
    ]
    assert [page.index(one) for one in order] == sorted(page.index(one) for one in order)
    assert f"<footer>Run {'ab' * 32}. The same" in page
    assert "gone" not in page
    assert "Mine" not in page
    bare = report.html_page({"cells": []}, {**document, "estimates": {}, "checks": [], "restricted": []})
    assert f'<p class="meta">Run {"ab" * 8}</p>\n</header>' in bare


def test_the_byline_leaves_out_what_is_not_known():
    parts = {"packages": {}, "python": "3.11", "seed": 7}
    nobody = SimpleNamespace(authors=[])
    assert report.byline(nobody, parts) == "ctresearch · Python 3.11 · seed 7"
    two = SimpleNamespace(authors=[SimpleNamespace(name="A"), SimpleNamespace(name="B")])
    assert report.byline(two, {**parts, "packages": {"ctresearch": "1.0"}}) == (
        "ctresearch 1.0 · Python 3.11 · seed 7 · A, B"
    )
