"""HTML set as Typst, element by element, and formulas and figures as pictures."""

import base64

import pytest

from ctresearch.core import DataError
from ctresearch.studies.shown.figure_markup import clean_svg
from ctresearch.studies.shown.formula import formula_svg, set_formulas
from ctresearch.studies.shown.typeset import from_html, quoted

PIXEL = base64.b64encode(b"\x01\x02\xff").decode()
NS = 'xmlns="http://www.w3.org/2000/svg"'


def test_a_string_holds_nothing_that_commands():
    assert quoted('a\\b "c"\n\td\x1b\x00') == '"a\\\\b \\"c\\"\\n\\td"'


@pytest.mark.parametrize(
    ("markup", "typeset"),
    [
        ("<b>a</b>", '#strong[#text("a")]'),
        ("<i>a</i><dfn>b</dfn>", '#emph[#text("a")]#emph[#text("b")]'),
        ("<sub>a</sub><sup>b</sup>", '#sub[#text("a")]#super[#text("b")]'),
        ("<s>a</s><del>b</del><u>c</u>", '#strike[#text("a")]#strike[#text("b")]#underline[#text("c")]'),
        ("<h1>a</h1><h6>b</h6>", '#heading(level: 1)[#text("a")]\n#heading(level: 6)[#text("b")]\n'),
        ("<div>a</div>", '#block[#text("a")]\n'),
        ('<div class="formula wide">a</div>', '#align(center)[#text("a")]\n'),
        ("<blockquote>a</blockquote>", '#block[#text("a")]\n'),
        ("<ul></ul>", ""),
        ("<ul><li>a</li><li><ol><li>b</li></ol></li></ul>", '#list([#text("a")], [#enum([#text("b")])\n])\n'),
        ('<a href="mailto:a@b.c">x</a>', '#link("mailto:a@b.c")[#text("x")]'),
        ('<a href="http://b.c">x</a>', '#link("http://b.c")[#text("x")]'),
        ("<a>x</a>", '#text("x")'),
        ('<code>a "b"</code>', '#raw("a \\"b\\"")'),
        ("<hr>", "#line(length: 100%, stroke: 0.5pt + luma(200))\n"),
        ("a<br>b", '#text("a")#linebreak()#text("b")'),
        ("<pre>a  \n\n</pre>", '#block(width: 100%, fill: luma(246), inset: 6pt, raw("a"))\n'),
        ("<em>a</em> <em>b</em>", '#emph[#text("a")]#text(" ")#emph[#text("b")]'),
        ("<p>a</p> <p>b</p>", '#block[#text("a")]#block[#text("b")]'),
        ("<p>a</p> <em>b</em>", '#block[#text("a")]#emph[#text("b")]'),
        ("<em>a</em> <p>b</p>", '#emph[#text("a")]#block[#text("b")]'),
        ("<p>a \t\n b</p>", '#block[#text("a b")]'),
        (f'<img src="data:image/png;base64,{PIXEL}">', '#picture(bytes((1,2,255)), "png")\n'),
        (f'<img src="data:image/jpeg;base64,{PIXEL}">', '#picture(bytes((1,2,255)), "jpg")\n'),
        ("<img>", ""),
    ],
)
def test_an_element_is_set(markup, typeset):
    assert from_html(markup) == typeset


def test_a_drawing_is_a_picture_of_its_own():
    assert from_html("<svg><g/></svg>") == '#picture(bytes("<svg><g/></svg>"), "svg")\n'
    assert from_html("<p>a<svg/></p>") == '#block[#text("a")#picture(bytes("<svg/>"), "svg")\n]'


def test_a_formula_stands_on_the_line():
    svg = formula_svg("n^2")
    height = svg.partition('height="')[2].partition("em")[0]
    depth = svg.partition("vertical-align:-")[2].partition("em")[0]
    if not depth:  # a formula without a descender stands on the base line
        depth = svg.partition("vertical-align:")[2].partition("em")[0].removeprefix("-")
    typeset = from_html(svg)
    assert typeset == f'#box(baseline: {depth}em, image(bytes({quoted(svg)}), format: "svg", height: {height}em))'


def test_a_table_has_its_head_and_its_columns_of_numbers():
    markup = (
        "<table><thead><tr><th>a</th><th>b</th><th>c</th></tr></thead><tbody><tr><th>x</th><td>−1,200.5 %</td>"
        "<td></td></tr><tr><td>y</td><td>–</td></tr></tbody></table>"
    )
    assert from_html(markup) == (
        "#data-table((left, right, left,), table.hline(stroke: 1pt), "
        'table.header([#strong[#text("a")]], [#strong[#text("b")]], [#strong[#text("c")]]), table.hline(stroke: 0.5pt),'
        '[#text("x")], [#text("−1,200.5 %")], [], [#text("y")], [#text("–")], [], table.hline(stroke: 1pt))\n'
    )
    assert from_html("<table><tr><td>1e-3</td><td>1 x</td></tr></table>") == (
        '#data-table((right, left,), table.hline(stroke: 1pt), [#text("1e-3")], [#text("1 x")],'
        " table.hline(stroke: 1pt))\n"
    )
    assert from_html("<table><thead><tr><th>a</th></tr></thead></table>") == (
        '#data-table((left,), table.hline(stroke: 1pt), table.header([#strong[#text("a")]]),'
        " table.hline(stroke: 0.5pt), table.hline(stroke: 1pt))\n"
    )


def test_formulas_are_pictures_or_the_words_they_were():
    assert formula_svg(r"\nothing") is None
    assert set_formulas(r'<span class="math">\(a &lt; \nothing\)</span>') == r"<code>a &lt; \nothing</code>"
    line = set_formulas(r'<span class="math">\(a\)</span>')
    assert line.startswith('<svg xmlns="http://www.w3.org/2000/svg" class="math" role="img" aria-label="a" viewBox="0 ')
    block = set_formulas('<div class="math">$$\na\n$$</div>')
    assert block == f'<div class="formula">{line}</div>'
    assert 'aria-label="a &lt; b"' in formula_svg("a < b")
    assert formula_svg("a\n  b").partition("viewBox")[2] == formula_svg("a b").partition("viewBox")[2]


def test_a_formula_keeps_its_size_and_its_base_line():
    svg = formula_svg("p")
    box = [float(one) for one in svg.partition('viewBox="')[2].partition('"')[0].split()]
    width, height = (float(svg.partition(f'{name}="')[2].partition("em")[0]) for name in ("width", "height"))
    assert (box[2] / 12, box[3] / 12) == (pytest.approx(width, abs=1e-3), pytest.approx(height, abs=1e-3))
    depth = -float(svg.partition("vertical-align:")[2].partition("em")[0])
    assert depth > 0.1  # the letter reaches below the line
    assert -box[1] / 12 == pytest.approx(height - depth, abs=1e-3)
    path = svg.partition('<path d="')[2].partition('"')[0]
    assert path.startswith("M")
    assert path.endswith("Z")
    assert set(path) <= set("MLQCZ0123456789. -")
    numbers = [float(one) for one in "".join(" " if letter in "MLQCZ" else letter for letter in path).split()]
    down = numbers[1::2]
    # below the line is down: the letter spans the box but for the air about it
    assert max(down) == pytest.approx(12 * depth, abs=1.0)
    assert min(down) < -4
    assert -1 < min(numbers[::2]) < max(numbers[::2]) <= box[2] + 0.5


def test_a_figure_keeps_what_paints_and_makes_ids_its_own():
    cleaned = clean_svg(
        f'<svg {NS} viewBox="0 0 1 1" x="5" id="page" style="fill: red; position: fixed" onload="x()"><defs>'
        '<g id="a"/></defs><use href="#a" style="stroke: url(#a); filter: url(#a)"/><g clip-path="url(#a)"/>'
        '<rect fill="url(http://x)"/><image href="data:image/png;base64,AA=="/><image href="http://x/y.png"/>'
        '<use href="data:image/png;base64,AA=="/><foo/><script>x</script></svg>'
    )
    named = cleaned.partition('<g id="')[2].partition('"')[0]
    assert named.endswith("-a")
    assert len(named) == len("f12345678-a")
    assert 'viewBox="0 0 1 1"' in cleaned
    assert 'style="fill: red"' in cleaned
    for gone in ('x="5"', "page", "position", "onload", "filter", "http://x", "foo", "script"):
        assert gone not in cleaned.replace("http://www.w3.org", "")
    assert f'<use href="#{named}" style="stroke: url(#{named})" />' in cleaned
    assert f'<g clip-path="url(#{named})" />' in cleaned
    assert "<rect />" in cleaned
    assert cleaned.count("data:image/png") == 1
    assert "stroke-linejoin" not in cleaned
    joined = clean_svg(f"<svg {NS}><style>*{{stroke-linejoin: round; stroke-linecap: butt}}</style><g/>tail</svg>")
    assert 'stroke-linejoin="round" stroke-linecap="butt"' in joined
    assert "<style" not in joined


def test_ids_differ_between_figures_and_nested_uses_go():
    one, two = (clean_svg(f'<svg {NS}><g id="a" opacity="{i}"/></svg>') for i in (0, 1))
    assert one.partition('id="')[2][:9] != two.partition('id="')[2][:9]
    nested = clean_svg(
        f'<svg {NS}><g id="a"/><g id="b"><use href="#a"/></g><use href="#b"/><use href="#a"/><use id="c" href="#a"/>'
        '<use href="#c"/></svg>'
    )
    assert nested.count("<use") == 3  # those of plain elements alone


def test_what_is_no_drawing_is_refused():
    with pytest.raises(DataError, match="the root of an SVG figure is 'html', must be 'svg'"):
        clean_svg("<html/>")
    with pytest.raises(DataError, match=r"cannot be read as plain XML \(ParseError\): save it again"):
        clean_svg("<svg")


def test_spaces_that_hold_a_number_together_are_kept():
    assert quoted("11\N{NARROW NO-BREAK SPACE}418\N{NO-BREAK SPACE}%\x07") == (
        '"11\N{NARROW NO-BREAK SPACE}418\N{NO-BREAK SPACE}%"'
    )
