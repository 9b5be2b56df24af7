"""Formulas stand in the report as pictures, the same each time, and stay readable where they cannot be set."""

import re

import pytest

from ctresearch.studies.shown.blocks import markdown
from ctresearch.studies.shown.formula import formula_svg
from ctresearch.studies.shown.pdf import typst_source
from ctresearch.studies.shown.report import html_page
from ctresearch.studies.shown.sanitise import clean_svg
from ctresearch.studies.shown.typeset import from_html

TEX = r"\hat{N} = n + \exp(\hat\alpha) + \frac{1}{2}\sum_{i<j} \beta_{ij}"


def test_a_formula_is_one_plain_path_on_the_baseline():
    svg = formula_svg(TEX)
    assert formula_svg(TEX) == svg
    assert svg.count("<path") == 1
    assert 'd="M' in clean_svg(svg)
    assert 'aria-label="\\hat{N} = n + \\exp(\\hat\\alpha) + \\frac{1}{2}\\sum_{i&lt;j} \\beta_{ij}"' in svg
    depth = float(re.search(r"vertical-align:-([\d.]+)em", svg)[1])
    flat = float(re.search(r"vertical-align:-([\d.]+)em", formula_svg("n"))[1])
    assert depth > 0.3 > 0.1 > flat  # a fraction reaches below the line, a letter does not


def test_the_drawing_lies_inside_its_box():
    svg = formula_svg("x^2_1")
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
    numbers = [float(one) for one in re.findall(r"-?\d+\.\d+", re.search(r' d="([^"]+)"', svg)[1])]
    # one unit of the twelve of an em leaves room for side bearings
    assert all(left - 1 <= x <= left + width + 1 for x in numbers[0::2])
    assert all(top - 1 <= y <= top + height + 1 for y in numbers[1::2])


@pytest.mark.parametrize("tex", [r"\unknown", "x_", "{", r"\begin{matrix}1\end{matrix}", ""])
def test_what_cannot_be_set_stays_as_it_was_written(tex):
    assert formula_svg(tex) is None or tex == ""
    if tex:
        assert "<svg" not in markdown(f"a ${tex}$ b")


def test_formulas_in_text_tables_and_alone():
    page = html_page(
        {"cells": [{"cell_type": "markdown", "source": f"By ${TEX}$:\n\n$$\n{TEX}\n$$\n\n| a |\n|---|\n| $n$ |\n"}]},
        {"title": "T", "run_id": "ab", "estimates": {}, "checks": []},
    )
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="math"') == 3
    assert page.count('<div class="formula">') == 1
    assert page.count("viewBox") == 3
    assert "costs $5 and $6" in markdown("costs $5 and $6")


def test_formulas_are_in_the_pdf_on_the_line():
    typst = pytest.importorskip("typst")
    assert from_html(markdown("let $n$ be")).startswith('#block[#text("let ")#box(baseline: 0.')
    cell = {"cell_type": "markdown", "source": f"By ${TEX}$ and\n\n$${TEX}$$"}
    document = {"title": "T", "run_id": "ab", "estimates": {}, "checks": []}
    source = typst_source({"cells": [cell]}, document, "2026-01-31")
    assert typst.compile(source.encode(), format="pdf", ignore_system_fonts=True)[:5] == b"%PDF-"
