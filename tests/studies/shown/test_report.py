"""The report opens offline, says first what must not be missed, and is the same bytes each time."""

import html.parser

import pytest

from ctresearch.studies.shown.normalise import normalise_notebook
from ctresearch.studies.shown.report import html_page, write_html

RUN = "cd" * 32
CHECKS = [
    {"output": "estimate", "name": "fit", "status": "pass", "message": "Fine."},
    {"output": "estimate", "name": "overlap", "status": "review", "message": "3 pairs share nobody."},
    {"output": "estimate", "name": "existence", "status": "fail", "message": "No <b>estimate</b>."},
]


def notebook(*cells):
    made = [
        {"cell_type": kind, "source": source, "metadata": {}}
        | ({"execution_count": 1, "outputs": list(outputs)} if kind == "code" else {})
        for kind, source, *outputs in cells
    ]
    return normalise_notebook({"cells": made, "metadata": {}}, RUN)


def shown(mime, value):
    return {"output_type": "display_data", "metadata": {}, "data": {mime: value}}


class Tags(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.opened, self.addresses = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.opened.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "xlink:href"}]


def document(checks=(), estimates=None, title="T"):
    return {"title": title, "run_id": RUN, "estimates": estimates or {}, "checks": list(checks)}


def estimate(*rows, level=0.95, status="pass", population="potential <victims>"):
    keys = ("term", "estimate", "ci_low", "ci_high", "unit")
    return {
        "rows": [dict(zip(keys, row, strict=True)) for row in rows],
        "level": level,
        "status": status,
        "population": population,
        "definition": "",
        "reference_period": "2013",
    }


def test_the_answer_comes_first_then_checks_then_the_notebook_with_its_contents():
    found = {"estimate": estimate(("population", 11417.991, 9830.3059, 15505.426, "persons"))}
    cells = [("markdown", f"## Part {i}") for i in range(3)]
    page = html_page(notebook(*cells), document(CHECKS, found), "ctresearch 1.0")
    order = ("The answer", "How far to trust it", "Whom it counts", "What it does not say")
    order += ("<h2>Estimates</h2>", "Checks: ", "<main>", "Below: the notebook", "<nav")
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "population: about 11,400 persons, with a 95 % interval from 9,830 to 15,500." in page
    assert '<td class="number">11,418</td><td class="number">9,830 to 15,505</td>' in page
    assert '<th class="number">95 % interval</th>' in page
    assert "<dt>Population</dt><dd>potential &lt;victims&gt;</dd>" in page
    assert "<dt>Definition</dt><dd>not stated</dd>" in page
    assert f'<p class="meta">Run {RUN[:16]} · ctresearch 1.0</p>' in page


def test_estimates_that_differ_in_level_people_or_standing_say_so():
    found = {
        "a": estimate(("x", None, None, None, "persons"), status="fail"),
        "b": estimate(*[("y", 1.0, "-inf", "inf", "")] * 9, level=0.9, population="others"),
    }
    page = html_page(notebook(), document(estimates=found))
    assert '<b class="fail">mind the reading</b>' in page
    assert '<td class="number">–</td><td class="number">– (95 %)</td>' in page
    assert page.count("−∞ to ∞ (90 %)") == 6
    assert "and 3 more in results.json" in page
    assert page.count("<dl>") == 2  # two estimates and no word which is the answer: no first page
    assert "The answer" not in page
    assert "<h2>Estimates" not in html_page(notebook(), document())


def test_checks_stand_in_one_list_the_failed_ones_foremost_and_shared_ones_once():
    shared = {**CHECKS[1], "output": "independence"}
    page = html_page(notebook(("markdown", "Body text.")), document([*CHECKS, shared]))
    failed, review = (
        page.index("Mind the reading: estimate: existence"),
        page.index("Review: estimate, independence: overlap"),
    )
    assert 0 < failed < review < page.index("Body text.")
    assert page.count("3 pairs share nobody.") == 1
    assert '<details class="checks" open><summary>Checks: 1 to mind, 2 to review, 1 passed</summary>' in page
    assert "No &lt;b&gt;estimate&lt;/b&gt;." in page
    assert "Fine." not in page
    assert "The one check passed." in html_page(notebook(), document(CHECKS[:1]))


def test_code_cells_that_show_nothing_between_them_fold_into_one():
    page = html_page(
        notebook(("code", "a = 1"), ("code", "b = 2"), ("markdown", "Then."), ("code", "c = 3")), document()
    )
    assert page.count("<summary>Code</summary>") == 2
    assert page.count("<pre><code>") == 3


def test_the_page_runs_nothing_and_fetches_nothing():
    evil = "<script src='https://cdn.example/x.js'></script><img src='https://cdn.example/p.gif'>"
    page = html_page(
        notebook(("markdown", evil + "\n\ntext"), ("code", "x", shown("text/html", evil))), document(title="<i>T</i>")
    )
    tags = Tags(page)
    assert not {"script", "link", "iframe", "object", "base"} & set(tags.opened)
    assert all(address.startswith("#") for address in tags.addresses)
    assert "cdn.example" not in page
    assert "default-src 'none'" in page
    assert "<title>&lt;i&gt;T&lt;/i&gt;</title>" in page


def test_code_is_folded_away_and_escaped():
    page = html_page(notebook(("code", "if a < b: print('</details><script>')")), document())
    folded = page[page.index('<details class="code">') : page.index("</details>")]
    assert "a &lt; b" in folded
    assert "<script>" not in page


def test_the_notebooks_title_gives_way_and_sections_are_listed():
    page = html_page(
        notebook(("markdown", "# Own title\n\nIntro."), *[("markdown", f"## Part {i}") for i in range(3)]), document()
    )
    assert "Own title" not in page
    assert '<li><a href="#s2">Part 1</a></li>' in page
    assert '<h2 id="s2">Part 1</h2>' in page
    assert page.count("<h1>") == 1


@pytest.mark.parametrize(
    ("cell", "flush"),
    [
        ("11,418", True),
        ("−0.5", True),
        ("12 %", True),
        ("–", True),
        ("−1.5 to ∞", True),
        ("9,830 to 15,505", True),
        ("2013a", False),
        ("to", False),
        ("LA", False),
    ],
)
def test_numbers_stand_flush_right(cell, flush):
    table = f"<table><thead><tr><th>a head</th></tr></thead><tr><td>{cell}</td></tr></table>"
    page = html_page(notebook(("code", "x", shown("text/html", table))), document())
    assert (f'<td class="number">{cell}</td>' in page) is flush
    assert ('<th class="number">a head</th>' in page) is flush
    assert '<div class="wide" tabindex="0"><table' in page


def test_a_head_over_several_columns_shifts_those_behind_it():
    table = (
        '<table><thead><tr><th colspan="2">both</th><th>n</th></tr></thead>'
        "<tr><td colspan='x'>A</td><td>B</td><td>1</td></tr><tr><td>C</td><td>D</td><td>2</td></tr></table>"
    )
    page = html_page(notebook(("code", "x", shown("text/html", table))), document())
    assert '<th class="number">n</th>' in page
    assert page.count('class="number"') == 3


def test_figures_come_in_the_richest_safe_form():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    both = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/plain": "<Figure>", "image/svg+xml": svg, "image/png": "iVBORw0KGgo="},
    }
    page = html_page(notebook(("code", "x", both), ("code", "y", shown("image/png", "iVBORw0KGgo="))), document())
    assert page.count("<svg") == 1
    assert page.count('src="data:image/png;base64,iVBORw0KGgo="') == 1
    assert "&lt;Figure&gt;" not in page


def test_an_error_is_shown_by_its_name_without_the_traceback():
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "no <b>",
        "traceback": ["File /home/me/x.py secret"],
    }
    page = html_page(notebook(("code", "x", error)), document())
    assert "ValueError: no &lt;b&gt;" in page
    assert "secret" not in page


def test_same_bytes_each_time_and_the_run_at_head_and_foot(tmp_path):
    nb = notebook(("markdown", "é"), ("code", "x", {"output_type": "stream", "name": "stdout", "text": "1\n"}))
    for name in ("a", "b"):
        write_html(nb, tmp_path / name, document(CHECKS))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    page = (tmp_path / "a").read_text(encoding="utf-8")
    assert page.count(RUN) == 1
    assert page.index(RUN[:16]) < page.index("<main>") < page.index("<footer>") < page.index(RUN)


def test_a_result_that_does_not_stand_shows_no_limits_and_one_to_mind_keeps_them_beside_the_reason():
    found = {name: estimate(("x", 11417.0, 9830.0, 15505.0, "persons"), status="fail") for name in ("void", "mind")}
    checks = [
        {"output": "void", "name": "existence", "status": "fail", "message": "Infinite.", "voids": True},
        {"output": "mind", "name": "bias", "status": "fail", "message": "Small numbers."},
    ]
    page = html_page(notebook(), document(checks, found))
    assert page.count("9,830 to 15,505") == 1
    assert '<b class="void">does not stand: existence</b>' in page
    assert '<b class="fail">mind the reading: bias</b>' in page
    assert (
        '<tr><td>x <span class="unit">persons</span></td><td class="number">11,417</td><td class="number">–</td></tr>'
        in page
    )
    assert "<summary>Checks: 1 by which a result does not stand, 1 to mind</summary>" in page
    places = [page.index(words) for words in ("Does not stand: void: existence.", "Mind the reading: mind: bias.")]
    assert places == sorted(places)
    old = html_page(notebook(), document([{k: v for k, v in one.items() if k != "voids"} for one in checks], found))
    assert old.count("9,830 to 15,505") == 2  # runs made before failures were of two kinds know the second alone
