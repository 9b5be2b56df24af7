"""The first page in a real browser: fit for everybody, no wider than the screen, and whole on paper."""

import base64

import pytest

from browser import in_browser, open_page
from ctresearch.studies.shown.contract import Contract
from ctresearch.studies.shown.normalise import normalise_notebook
from ctresearch.studies.shown.report import html_page

RUN = "ef" * 32
ROW = {
    "term": "people",
    "estimate": 11417.99,
    "std_error": 900.0,
    "ci_low": 9086.4,
    "ci_high": 14736.1,
    "unit": "persons",
}
SCOPE = {"population": "potential victims", "definition": "", "reference_period": "2013", "measure": "period"}
ENTRY = {"rows": [ROW], "level": 0.95, "status": "review", "method": "A method", "assumptions": ["Closed."], **SCOPE}
CHECKS = [
    {"output": "estimate", "name": "overlap", "status": "review", "message": "2 pairs of lists share nobody. " * 6},
    {"output": "alone", "name": "fit", "status": "review", "message": "The model misses part of the table."},
]
RESULT = (
    "<h4>A method</h4><table><thead><tr><th></th><th>a</th></tr></thead>"
    "<tbody>"
    + f"<tr>{'<td>11,417.99 to 14,736.12</td>' * 9}</tr>" * 3
    + "</tbody></table><details><summary>Assumes</summary><ul><li>Nobody enters or leaves.</li></ul></details>"
)
FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" width="500" height="90"><text x="9" y="20">Lists</text></svg>'


def page():
    shown = [{"output_type": "display_data", "metadata": {}, "data": {kind: content}} for kind, content in (
        ("text/html", RESULT), ("image/svg+xml", FIGURE)
    )]  # fmt: skip
    cell = {"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": shown}
    prose = {"cell_type": "markdown", "source": "## Part\n\nText.", "metadata": {}}
    estimates = {"estimate": ENTRY, "alone": {**ENTRY, "rows": [{**ROW, "estimate": 12213.9}]}}
    document = {"title": "How many?", "run_id": RUN, "estimates": estimates, "tables": {}, "checks": CHECKS}
    return html_page(
        normalise_notebook({"cells": [prose, cell], "metadata": {}}, RUN), document, "", Contract("estimate")
    )


@in_browser
@pytest.mark.parametrize("width", [400, 800, 1280])
def test_a_browser_finds_the_first_page_fit_for_everybody_and_no_wider_than_the_screen(width):
    with open_page(page(), size=(width, 900)) as opened:
        assert opened.violations() == {}
        assert opened.evaluate("document.documentElement.scrollWidth") == width
        cut = "[...document.querySelectorAll('.first *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
        assert opened.evaluate(f"{cut}.length") == 0
        numbers = (
            "[...document.querySelectorAll('.estimates td')].filter(e => e.getBoundingClientRect().right > innerWidth)"
        )
        assert opened.evaluate(f"{numbers}.length") == 0
        top = "document.querySelector('.answer .told').getBoundingClientRect().top"
        assert opened.evaluate(top) < 300  # the answer is seen without scrolling
        assert opened.asked == opened.errors == []


@in_browser
def test_on_paper_nothing_is_folded_away_and_the_answer_has_a_page_of_its_own():
    with open_page(page()) as opened:
        opened._call("Emulation.setEmulatedMedia", media="print")
        assert opened.violations() == {}
        seen = "[...document.querySelectorAll('main details:not(.code) li')].every(e => e.checkVisibility())"
        assert opened.evaluate(seen) is True
        assert opened.evaluate("getComputedStyle(document.querySelector('.first')).breakAfter") == "page"
        printed = base64.b64decode(opened._call("Page.printToPDF", preferCSSPageSize=True)["data"])
        assert printed.count(b"/Type /Page\n") >= 2
