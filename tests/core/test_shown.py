"""Cards, explorers and saved pictures: what each shows, in which order, and in the digits of a language."""

import html
import math

import pandas as pd
import pytest

from ctresearch.core import Check, Explorer, Message, MissingExtraError, SpecificationError, names, plot, render, say
from ctresearch.core.render import as_card


class Thing:
    """Something that says two lines of itself."""

    people, empty, many = 12, "", ("a", "b")

    def __repr__(self):
        return "first <line>\n\nsecond"


def test_a_card_says_what_it_is_and_holds_numbers_tables_and_checks_in_order():
    checks = [Check("b", "pass", "Fine it is."), Check("a", "fail", "It <is> not.", voids=True)]
    table = pd.DataFrame({"n": [1.0, math.nan]})
    card = as_card(
        Thing(),
        show=["people", "empty", "many"],
        told={"more<": "w<"},
        people={"few": 3},
        tables=[table],
        checks=checks,
    )
    assert card.startswith('<div class="ctresearch-card"><h4>Thing</h4><p>first &lt;line&gt;</p><p>second</p><table>')
    rows = [("people", "12"), ("empty", "–"), ("many", "a, b"), ("more&lt;", "w&lt;"), ("few", "&lt;5")]
    listed = "".join(f'<tr><th scope="row">{name}</th><td>{words}</td></tr>' for name, words in rows)
    assert f"<table>{listed}</table>" in card
    order = ["second", listed, "<td>–</td>", "DOES NOT STAND: a.", "Passed: b."]
    places = [card.index(one) for one in order]
    assert places == sorted(places)
    assert "It &lt;is&gt; not." in card
    assert card.endswith("</style></div>")


def test_a_card_says_what_it_is_told_to_and_only_the_head_of_a_long_table():
    bare = as_card(Thing(), says=["said <so>", ""])
    assert "<h4>Thing</h4><p>said &lt;so&gt;</p><style>" in bare
    assert "<p>" not in as_card(Thing(), says=[])
    for rows, further in ((20, ""), (21, "<p>and 1 further rows</p>"), (1520, "<p>and 1,500 further rows</p>")):
        card = as_card(Thing(), says=[], tables=[pd.DataFrame({"n": range(rows)})])
        assert card.count("<tr>") == 20
        assert ("further rows" in card) is bool(further)
        assert further in card


@pytest.fixture
def explorer():
    table = pd.DataFrame({"estimate": [1.0, 2000.0], "ci_low": [0.5, 1500.0], "word": ["x", "y"]}, index=["a", 2])
    return Explorer("What <if>?", "Share", "People", table, ("One <1>.", "Two."))


def test_a_position_is_its_sentence_above_its_picture(explorer, monkeypatch):
    asked = []
    drawn = explorer.plot(1)
    monkeypatch.setattr(type(explorer), "plot", lambda self, place: asked.append(place) or drawn)
    monkeypatch.setattr(plot, "as_svg", lambda figure: f"<?xml?>\n<svg>{figure is drawn.figure}</svg>")
    assert explorer._at(0) == "<p>One &lt;1&gt;.</p><svg>True</svg>"
    assert explorer._at(1) == "<p>Two.</p><svg>True</svg>"
    assert asked == [0, 1]


class Widget:
    """A widget that keeps what it is given."""

    def __init__(self, *given, **more):
        self.given, self.more, self.heard = given, more, None
        self.value = given[0] if given else None

    def observe(self, hear, names):
        self.heard = (hear, names)

    def _repr_mimebundle_(self):
        return {"widget": len(self.given[0]), "text/plain": "a widget"}


class Widgets:
    """The library of widgets."""

    SelectionSlider = HTML = VBox = Widget


def test_a_slider_moves_through_the_positions(explorer, monkeypatch):
    asked = []
    monkeypatch.setattr(render, "require_extra", lambda *given: asked.append(given) or Widgets)
    monkeypatch.setattr(type(explorer), "_at", lambda self, place: f"at {place}")
    (question, slider, shown) = explorer.widget().given[0]
    assert asked == [("ipywidgets", "widgets")]
    assert question.value == "<b>What &lt;if&gt;?</b>"
    assert slider.more == {
        "options": [("a", 0), ("2", 1)],
        "description": "Share",
        "layout": {"width": "95%"},
        "style": {"description_width": "initial"},
    }
    assert shown.value == "at 0"
    hear, name = slider.heard
    assert name == "value"
    hear({"new": 1})
    assert shown.value == "at 1"


def test_a_notebook_is_offered_the_slider_beside_the_table_and_a_run_the_table_alone(explorer, monkeypatch):
    monkeypatch.setattr(render, "require_extra", lambda *_: Widgets)
    monkeypatch.delenv("CTRESEARCH_RUN_FILE", raising=False)
    page = explorer._repr_html_()
    monkeypatch.setattr(type(explorer), "_repr_html_", lambda self: page)
    table = {"text/plain": "What <if>?", "text/html": page}
    assert explorer._repr_mimebundle_() == table | {"widget": 3}
    monkeypatch.setenv("CTRESEARCH_RUN_FILE", "run.json")
    assert explorer._repr_mimebundle_() == table
    monkeypatch.delenv("CTRESEARCH_RUN_FILE")

    def missing(package, extra):
        raise MissingExtraError(package, extra)

    monkeypatch.setattr(render, "require_extra", missing)
    assert explorer._repr_mimebundle_() == table
    assert "<p>What &lt;if&gt;?</p>" in page
    for words in ("<td>2,000</td>", "<td>x</td>", f"<td>{html.escape('One <1>.')}</td>", "<th>reads</th>"):
        assert words in page


def test_a_page_in_a_frame_reaches_nothing_and_is_saved_as_html(tmp_path):
    framed = render.framed('<p a="b">', "A title", 300)
    assert 'sandbox="allow-scripts" title="A title" style="width:100%;height:300px;border:0"' in framed
    assert 'srcdoc="&lt;p a=&quot;b&quot;&gt;"' in framed
    assert 'sandbox="allow-scripts allow-downloads"' in render.framed("", "t", 1, saves=True)
    for name in ("a.html", "b.HTM"):
        assert render.save_page("é\n", tmp_path / name).read_bytes() == "é\n".encode()
    with pytest.raises(SpecificationError, match=r"^path ends in '\.txt', must end in '\.html'$"):
        render.save_page("", tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("ending", "width", "metadata"),
    [(".svg", 89, {"Date": None, "Creator": None}), (".pdf", None, {"CreationDate": None}), (".pdf", 89, None)],
)
def test_a_picture_is_saved_without_a_clock_and_whole_where_a_width_was_asked_for(tmp_path, ending, width, metadata):
    figure, asked = plot.new_axes(3.0, 2.0).figure, []
    figure.draw_without_rendering = lambda: asked.append("drawn")
    figure.savefig = lambda path, **given: asked.append((path, given))
    plot.save(figure, tmp_path / f"a{ending}", width=width)
    cut = None if width is None else figure.bbox_inches
    options = {"format": ending[1:], "metadata": metadata or {"CreationDate": None}, "bbox_inches": cut}
    assert asked == ["drawn", (tmp_path / f"a{ending}", options)]


def test_a_translated_sentence_writes_every_number_in_the_digits_of_the_language():
    def find(template, many, n):
        return {"{n} people": "{n} personnes", "{n} persons": "{n} gens"}.get(template, template)

    def digits(text):
        return text.replace(".", ",")

    inner = say("{n} people", n=1.5)
    whole = say("{n} persons", n=(1.5, inner, "x"))
    assert whole.translated(find, digits) == "1,5, 1,5 personnes, x gens"
    assert whole.translated(find) == "1.5, 1.5 personnes, x gens"
    assert say("{a:.2f} {b}", a=0.125, b=True).translated(find, digits) == "0,12 True"
    several = say("{n} person", many="{n} persons", n=2)
    assert several.translated(lambda one, many, n: f"{n} of {one} or {many}") == "2 of 2 person or 2 persons"
    assert several.templates() == ["{n} person", "{n} persons"]
    assert Message.from_dict(several.to_dict()) == several == "2 persons"


def test_of_spellings_the_most_used_is_kept_and_of_equals_the_first():
    def kept(*column):
        return names.read_names(pd.Series(column, dtype=object), "x", merge=True)

    assert kept("a", "A", "A", "b").spellings == ("A", "b")
    assert kept("a", "A").spellings == ("a",)
    assert kept("a", "A", "a", "A", None).codes.tolist() == [0, 0, 0, 0, -1]
    assert kept("A", "a", "b", "B", "B").spellings == ("A", "B")
    assert kept("a", "a", "A").spellings == ("a",)
    assert kept("A", "a", "A").merged == 1
