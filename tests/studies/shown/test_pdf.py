"""The PDF says what the report says, is the same bytes each time, and nothing in a notebook commands its typesetter."""

import re

import pytest

from ctresearch.studies.shown.normalise import normalise_notebook
from ctresearch.studies.shown.pdf import render, renderer, typst_source
from ctresearch.studies.shown.typeset import from_html, quoted

typst = pytest.importorskip("typst")

RUN = "ab" * 32
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="900pt" height="9pt"><clipPath id="c"><path d="M0 '
    '0h9v9z"/></clipPath></svg>'
)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HEAD = "<thead><tr><th>list</th><th>n</th></tr></thead>"
TABLE = f"<table>{HEAD}<tr><td>LA</td><td>1,032</td></tr><tr><td>b</td></tr></table>"
INJECTION = 'x") #read("/etc/passwd") #{panic()} $ ` \\ " * _ @ <l> // /* ~'


def notebook(*markdown, html=()):
    data = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": one}} for one in html]
    cells = [{"cell_type": "markdown", "source": one, "metadata": {}} for one in markdown]
    cells += [{"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": data}]
    return normalise_notebook({"cells": cells, "metadata": {}}, RUN)


def document(title="T", checks=(), estimates=None):
    return {"title": title, "run_id": RUN, "checks": checks, "estimates": estimates or {}}


def text_of(markup):
    """Have Typst itself read the markup and say which words it shows."""
    read = typst.query(f"#metadata(repr([{markup}])) <all>".encode(), "<all>", field="value", one=True)
    return "".join(re.findall(r"\[([^\[\]]*)\]", read))


@pytest.mark.parametrize("words", [INJECTION, "#", "\\", '"', "a\nb", "é–−∞", "[x]", "\u202e\x07"])
def test_words_stay_words(words):
    kept = "".join(letter for letter in words if letter.isprintable() or letter == "\n")
    answer = typst.query(f"#metadata({quoted(words)}) <all>".encode(), "<all>", field="value", one=True)
    assert answer == f'"{kept}"' or __import__("json").loads(answer) == kept


def test_nothing_in_a_notebook_is_a_command():
    nb = notebook(
        f"# {INJECTION}\n\n{INJECTION}\n\n| a | b |\n|---|---|\n| {INJECTION} | `{INJECTION[:9]}` |\n\n- {INJECTION}",
        html=[f"<pre>{INJECTION}</pre>", f'<a href="https://example.org/{INJECTION[:2]}">{INJECTION}</a>'],
    )
    checks = [{"output": INJECTION, "name": INJECTION, "status": "fail", "message": INJECTION}]
    page = render(nb, document(INJECTION, checks), "2026-01-31")
    assert page.startswith(b"%PDF-")  # a command would have failed: reading outside its folder, or panic()
    assert b"root:" not in page


def test_same_bytes_each_time_and_the_day_is_the_releases():
    nb = notebook(
        "# T\n\nText with **bold**, *stress*, `code`, [a link](https://doi.org/10.1111/rssa.12505).\n\n1. one\n2. "
        "two\n\n> said\n\n---",
        html=[TABLE, f"<figure>{SVG}</figure>", f'<img src="data:image/png;base64,{PNG}">'],
    )
    first = render(nb, document(), "2026-01-31")
    assert render(nb, document(), "2026-01-31") == first
    assert b"D:20260131" in first
    assert render(nb, document(), "2026-02-01") != first


@pytest.mark.parametrize(
    ("markup", "typeset"),
    [
        ("<p>a <strong>b</strong></p>", '#block[#text("a ")#strong[#text("b")]]'),
        ("<h2>Part</h2>", '#heading(level: 2)[#text("Part")]\n'),
        ("<ul><li>x</li></ul>", '#list([#text("x")])\n'),
        ("<ol><li>x</li></ol>", '#enum([#text("x")])\n'),
        ('<a href="#s1">x</a>', '#text("x")'),
        ('<a href="#fnref-1">back</a>', ""),
        ('<a href="https://example.org">x</a>', '#link("https://example.org")[#text("x")]'),
        ("<pre>a\n b</pre>", '#block(width: 100%, fill: luma(246), inset: 6pt, raw("a\\n b"))\n'),
        ('<img src="https://example.org/x.png">', ""),
        ("<table></table>", ""),
        ("<span>x</span>", '#text("x")'),
    ],
)
def test_each_element_is_set(markup, typeset):
    assert from_html(markup) == typeset


def test_tables_keep_head_alignment_and_short_rows():
    out = from_html(TABLE)
    assert out.startswith('#data-table((left, right,), table.hline(stroke: 1pt), table.header([#strong[#text("list")]]')
    assert out.count("[]") == 1  # the cell that the last row lacks


def test_figures_keep_the_spelling_that_svg_needs():
    assert "viewBox" in from_html(SVG)
    assert "clipPath" in from_html(SVG)


def test_checks_stand_first_and_code_stays_out():
    checks = [{"output": "e", "name": "fit", "status": s, "message": f"it {s}s"} for s in ("pass", "review", "fail")]
    source = typst_source(notebook("Body."), document(checks=checks), "2026-01-31")
    assert source.index("it fails") < source.index("it reviews") < source.index("Body.")
    assert "it passs" not in source
    assert f"Run {RUN}" in source


def test_the_answer_stands_first():
    row = {"term": "population", "estimate": 11417.99, "ci_low": 9830.3, "ci_high": 15505.4, "unit": INJECTION}
    entry = {
        "rows": [row],
        "level": 0.95,
        "status": "pass",
        "population": "potential victims",
        "definition": "",
        "reference_period": "2013",
    }
    source = typst_source(notebook("Body."), document(estimates={"estimate": entry}), "2026-01-31")
    assert source.index("11,400") < source.index("potential victims") < source.index("11,418") < source.index("Body.")
    assert render(notebook("Body."), document(estimates={"estimate": entry}), "2026-01-31").startswith(b"%PDF-")


def test_without_typst_there_is_no_pdf(monkeypatch):
    from ctresearch.studies.shown import pdf

    monkeypatch.setattr(pdf, "renderer", lambda: None)
    assert pdf.render(notebook(), document(), "2026-01-31") is None
    assert renderer().startswith("typst ")
