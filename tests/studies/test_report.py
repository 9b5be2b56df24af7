"""The report opens offline, says first what must not be missed, and is the same bytes each time."""

import html.parser

import pytest

from ctresearch.studies.normalise import normalise_notebook
from ctresearch.studies.report import html_page, write_html

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


def test_checks_that_did_not_pass_stand_first_the_failed_ones_foremost():
    page = html_page(notebook(("markdown", "Body text.")), "T", RUN, CHECKS)
    assert (
        0
        < page.index("Failed: estimate, existence")
        < page.index("Review: estimate, overlap")
        < page.index("Body text.")
    )
    assert "No &lt;b&gt;estimate&lt;/b&gt;." in page
    assert "Fine." not in page
    assert "All 1 checks passed." in html_page(notebook(), "T", RUN, CHECKS[:1])


def test_the_page_runs_nothing_and_fetches_nothing():
    evil = "<script src='https://cdn.example/x.js'></script><img src='https://cdn.example/p.gif'>"
    page = html_page(
        notebook(("markdown", evil + "\n\ntext"), ("code", "x", shown("text/html", evil))), "<i>T</i>", RUN, []
    )
    tags = Tags(page)
    assert not {"script", "link", "iframe", "object", "base"} & set(tags.opened)
    assert all(address.startswith("#") for address in tags.addresses)
    assert "cdn.example" not in page
    assert "default-src 'none'" in page
    assert "<title>&lt;i&gt;T&lt;/i&gt;</title>" in page


def test_code_is_folded_away_and_escaped():
    page = html_page(notebook(("code", "if a < b: print('</details><script>')")), "T", RUN, [])
    folded = page[page.index('<details class="code">') : page.index("</details>")]
    assert "a &lt; b" in folded
    assert "<script>" not in page


def test_the_notebooks_title_gives_way_and_sections_are_listed():
    page = html_page(
        notebook(("markdown", "# Own title\n\nIntro."), *[("markdown", f"## Part {i}") for i in range(3)]), "T", RUN, []
    )
    assert "Own title" not in page
    assert '<li><a href="#s2">Part 1</a></li>' in page
    assert '<h2 id="s2">Part 1</h2>' in page
    assert page.count("<h1>") == 1


@pytest.mark.parametrize(
    ("cell", "flush"), [("11,418", True), ("−0.5", True), ("12 %", True), ("–", True), ("2013a", False), ("LA", False)]
)
def test_numbers_stand_flush_right(cell, flush):
    table = f"<table><thead><tr><th>a head</th></tr></thead><tr><td>{cell}</td></tr></table>"
    page = html_page(notebook(("code", "x", shown("text/html", table))), "T", RUN, [])
    assert (f'<td class="number">{cell}</td>' in page) is flush
    assert ('<th class="number">a head</th>' in page) is flush
    assert '<div class="wide"><table' in page


def test_figures_come_in_the_richest_safe_form():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    both = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/plain": "<Figure>", "image/svg+xml": svg, "image/png": "iVBORw0KGgo="},
    }
    page = html_page(notebook(("code", "x", both), ("code", "y", shown("image/png", "iVBORw0KGgo="))), "T", RUN, [])
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
    page = html_page(notebook(("code", "x", error)), "T", RUN, [])
    assert "ValueError: no &lt;b&gt;" in page
    assert "secret" not in page


def test_same_bytes_each_time_and_the_run_at_head_and_foot(tmp_path):
    nb = notebook(("markdown", "é"), ("code", "x", {"output_type": "stream", "name": "stdout", "text": "1\n"}))
    for name in ("a", "b"):
        write_html(nb, tmp_path / name, "T", RUN, CHECKS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    page = (tmp_path / "a").read_text(encoding="utf-8")
    assert page.count(RUN) == 2
    assert page.index(RUN) < page.index("<main>") < page.index("<footer>") < page.rindex(RUN)
