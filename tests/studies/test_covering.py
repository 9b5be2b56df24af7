"""Nothing in a notebook covers, moves or imitates the checks of a report; above the line all is the report's."""

import re

import pytest
from bs4 import BeautifulSoup

from browser import in_browser, open_page
from ctresearch.studies.shown.normalise import normalise_notebook
from ctresearch.studies.shown.pdf import typst_source
from ctresearch.studies.shown.report import html_page

RUN = "cd" * 32
NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
CHECKS = [{"output": "e", "name": "existence", "status": "fail", "message": "There is no estimate.", "voids": True}]
DOCUMENT = {"title": "T", "run_id": RUN, "estimates": {}, "checks": CHECKS}
COVER = "position:fixed;top:0;left:0;width:100vw;height:100vh;background:white;z-index:99999"
FAKE = '<p class="checks pass">All 14 checks passed.</p>'
MARKUP = [
    f'<div style="{COVER}">All 14 checks passed.</div>',
    f'<p style="{COVER.replace("fixed", "absolute")}">x</p>',
    f'<p style="{COVER.replace("fixed", "sticky")}">x</p>',
    '<p style="margin-top:-2000px">x</p>',
    '<p style="margin:-2000px 0 0 0">x</p>',
    '<p style="margin: -99em">x</p>',
    '<p style="margin: calc(0px - 50em)">x</p>',
    '<p style="margin: 0 0 0 99999px">x</p>',
    '<p style="transform:translateY(-900px) scale(40)">x</p>',
    '<p style="border-left:99999px solid #ffffff">x</p>',
    '<p style="font-size:900px">x</p>',
    '<p style="top:-900px;float:left;inset:0">x</p>',
    '<p style="color:var(--fail);outline:9999px solid white">x</p>',
    '<p style="box-shadow:0 0 0 9999px white">x</p>',
    '<p style="clip-path:inset(0);filter:blur(9px);mix-blend-mode:screen">x</p>',
    '<p style="pos\\69tion:fixed">x</p>',
    '<p style="/**/position/**/:/**/fixed">x</p>',
    "<!--><p style=position:fixed;margin:-900px>x</p>-->",
    FAKE,
    '<details class="checks" open><summary>Checks: 14 passed</summary></details>',
    '<section class="estimates"><h2>Estimates</h2></section>',
    '<b class="hl-k void fail">x</b><p class="meta">Run 1</p><p class="below">Below</p><div class="replaced">x</div>',
    '<div class="ctresearch-result checks">x</div>',
    '<h2 id="s1">Elsewhere</h2><p id="s2">x</p><a id="s3">x</a>',
    "<h1>All 14 checks passed</h1><h1>Again</h1>",
    "</main></body><header><p>All 14 checks passed.</p></header>",
    "<table><tr><td><div><table></table></div></td></tr></table></main></div></body>",
    '<base href="https://evil.example/"><form action="https://evil.example"><input></form>',
    '<a href="data:text/html,All 14 checks passed">x</a>',
    '<a href="//evil.example" target="_top">x</a>',
    "<p>\u202edessap skcehc 41 llA</p>",
    "<p>" + "a" + "\u0336\u0489" * 400 + "</p>",
    '<span title="a><script>x</script>">x</span>',
    '<style>.checks{display:none}</style><link rel="stylesheet" href="https://evil.example/x.css">',
    '<dialog open>x</dialog><div popover id="checks">x</div>',
]
FIGURES = [
    f'<svg {NS} style="{COVER}"><rect width="9" height="9"/></svg>',
    f'<svg {NS} class="checks pass"><rect width="9" height="9"/></svg>',
    f'<svg {NS} transform="translate(0 -900) scale(90)"><rect width="9" height="9"/></svg>',
    (
        f'<svg {NS} overflow="visible" style="overflow:visible;margin-top:-900px"><rect y="-9000" width="9" '
        'height="9"/></svg>'
    ),
    f'<svg {NS} x="-900" y="-900" id="s1"><rect id="s2" width="9" height="9"/></svg>',
    (
        f'<svg {NS}><foreignObject width="9999" height="9999"><div xmlns="http://www.w3.org/1999/xhtml" '
        f'style="{COVER}">x</div></foreignObject></svg>'
    ),
    f'<svg {NS}><g style="{COVER};transform:translateY(-900px)"><rect width="9" height="9"/></g></svg>',
    f'<svg {NS}><clipPath id="s1"><rect/></clipPath><g clip-path="url(#s1)" mask="url(#checks)"><rect/></g></svg>',
    f'<svg {NS}><use href="#s1"/><use xlink:href="#elsewhere"/></svg>',
    (
        f'<svg {NS}><defs><g id="a"><use href="#b"/><use href="#b"/></g><g id="b"><use href="#a"/></g></defs><use '
        'href="#a"/></svg>'
    ),
    f'<svg {NS}><svg style="{COVER}"><rect/></svg><a href="#s1"><rect/></a></svg>',
    f'<svg {NS} class="math" height="9999em" style="vertical-align:-9999em"><path d="M0 0"/></svg>',
]
OWN = {"code", "wide", "number", "formula", "math", "below", "stdout", "stderr"}


def cell(mime, value):
    shown = {"output_type": "display_data", "metadata": {}, "data": {mime: value}}
    return {"cell_type": "code", "source": "", "metadata": {}, "execution_count": 1, "outputs": [shown]}


def page_with(*cells):
    body = [{"cell_type": "markdown", "source": f"## Part {i}\n\nText.", "metadata": {}} for i in range(3)]
    return html_page(normalise_notebook({"cells": [*body, *cells], "metadata": {}}, RUN), DOCUMENT)


def assert_harmless(page):
    """What stands above the line is as without the attack, and nothing below it could reach or imitate it."""
    head, _, below = page.partition("<main>")
    assert head == page_with().partition("<main>")[0]
    assert below.startswith('\n<p class="below">')
    assert below.count("</main>") == below.count("</body>") == 1
    soup = BeautifulSoup(page, "html.parser")
    for element in soup.main.find_all(True):
        assert {one for one in element.get("class", ()) if not one.startswith("hl-")} <= OWN, element
        style = element.get("style", "")
        assert not re.search(
            r"-\d|position|transform|z-index|overflow|float|inset|filter|clip|shadow|\d{3}(?:px|em)", style
        ), style
        assert element.name not in {
            "script",
            "style",
            "iframe",
            "form",
            "base",
            "link",
            "header",
            "dialog",
            "foreignobject",
        }
    ids = [element["id"] for element in soup.find_all(id=True)]
    assert [one for one in ids if re.fullmatch(r"s\d+", one)] == [
        f"s{place}" for place in range(1, 1 + sum(one.startswith("s") for one in ids))
    ]
    assert "evil.example" not in page
    assert "data:text" not in page
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    assert not re.search("[\u0336\u0489]{5}", page)
    assert soup.main.h1 is None


@pytest.mark.parametrize("attack", MARKUP)
def test_markup_neither_covers_nor_imitates_the_checks(attack):
    markdown = {"cell_type": "markdown", "source": f"x\n\n{attack}\n", "metadata": {}}
    assert_harmless(page_with(markdown))
    assert_harmless(page_with(cell("text/html", attack)))
    assert_harmless(page_with(cell("text/markdown", attack)))


@pytest.mark.parametrize("attack", FIGURES)
def test_a_figure_stays_in_its_frame(attack):
    page = page_with(cell("image/svg+xml", attack))
    assert_harmless(page)
    figure = page[page.index("<figure") :]
    outermost = re.match(r"<figure[^>]*><svg([^>]*)>", figure).group(1)
    assert not re.search(r"\s(style|transform|class|id|x|y|overflow)=", outermost)
    assert figure.count("<use") <= 3


def test_ids_of_two_figures_do_not_meet():
    figure = (
        f'<svg {NS}><clipPath id="a"><rect width="{{}}"/></clipPath><rect clip-path="url(#a)"/><use '
        'xlink:href="#a"/></svg>'
    )
    page = page_with(*(cell("image/svg+xml", figure.format(width)) for width in (1, 2)))
    assert len(set(re.findall(r'id="(f[0-9a-f]{8}-a)"', page))) == 2
    for name in re.findall(r'id="(f[0-9a-f]{8}-a)"', page):
        assert f"url(#{name})" in page
        assert f'href="#{name}"' in page


def test_a_stream_with_a_strange_name_is_a_stream():
    output = {"output_type": "stream", "name": f'x" style="{COVER}', "text": "x"}
    page = page_with({"cell_type": "code", "source": "", "metadata": {}, "execution_count": 1, "outputs": [output]})
    assert_harmless(page)


def test_the_page_may_neither_be_based_elsewhere_nor_send_forms():
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page_with()).group(1)
    assert "base-uri 'none'" in policy
    assert "form-action 'none'" in policy


def test_titles_and_messages_that_turn_or_pile_up_are_set_straight():
    evil = "\u202eT" + "\u0336" * 99 + "<b>"
    checks = [{"output": evil, "name": evil, "status": "fail", "message": evil}]
    page = html_page({"cells": []}, {**DOCUMENT, "title": evil, "checks": checks}, evil)
    assert not re.search("\u202e|\u0336{5}|<b>T", page)


def test_the_pdf_has_the_line_and_one_title_too():
    nb = normalise_notebook(
        {"cells": [{"cell_type": "markdown", "source": "# T\n\n# All passed", "metadata": {}}], "metadata": {}}, RUN
    )
    source = typst_source(nb, DOCUMENT, "2026-01-31")
    assert (
        source.index("Does not stand: e: existence.") < source.index("Below: the notebook") < source.index("All passed")
    )
    assert "#heading(level: 1)" not in source


@in_browser
def test_a_browser_shows_the_checks_whatever_the_notebook_displays(tmp_path):
    from PIL import Image, ImageChops

    pictures = []
    for name, cells in (
        ("plain", ()),
        ("attacked", [cell("text/html", one) for one in MARKUP] + [cell("image/svg+xml", one) for one in FIGURES]),
    ):
        with open_page(page_with(*cells)) as page:
            pictures.append(Image.open(page.screenshot(tmp_path / f"{name}.png")).convert("RGB"))
            assert page.asked == []
            assert page.errors == []
    above = (0, 0, 900, 330)  # title, run and checks
    assert ImageChops.difference(*(one.crop(above) for one in pictures)).getbbox() is None
    assert pictures[0].crop(above).getcolors(99999) is not None
    assert len(pictures[0].crop(above).getcolors(99999)) > 10  # something is there


@in_browser
def test_a_browser_finds_the_report_fit_for_everybody():
    table = (
        "<table><thead><tr><th>list</th><th>n</th></tr></thead><tbody><tr><td>A</td><td>31</td></tr></tbody></table>"
    )
    with open_page(page_with(cell("text/html", table), cell("image/svg+xml", f"<svg {NS}><rect/></svg>"))) as page:
        assert page.violations() == {}
