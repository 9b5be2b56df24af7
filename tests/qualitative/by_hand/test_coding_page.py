"""The page to code on: it says nothing it may not, works by keyboard alone, and what it saves reads back to the letter."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from browser import in_browser, open_page
from ctresearch.core import DataError, SpecificationError
from ctresearch.privacy import Output, release
from ctresearch.qualitative import (
    Code,
    Codebook,
    CodedSegments,
    QdaProject,
    UnitisingAgreement,
    agreement,
    coding_page,
    read_qdpx,
    write_qdpx,
)

ODD = "</script><script>alert(1)</script><!--data-->&amp;"
BOOK = Codebook(
    (
        Code("means", definition="How it was done", codable=False),
        Code("debt", parent="means", definition="Owes money", include="Also rent", colour="#0072B2"),
        Code("threat", parent="means", definition="Was threatened"),
        Code("papers", definition="Passport or permit was taken"),
        Code("Wege hinaus & zurück", definition="Ways out"),
    ),
    name="book",
)
# One unit of UTF-16 is one code point in none of the last three.
TEXTS = {
    "one": "She owed him money. He kept her passport. They laughed at her.\nThen she ran away. Nobody came.",
    "two \U0001f600": "\U0001f600\U0001f600 أخذ جواز سفره. كان مديناً له بالمال.\nAnh ấy nợ tiền \U0001f468\u200d\U0001f469\u200d\U0001f467 hỏi. Họ giữ hộ chiếu.",
}


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def page(coder="anna", **options):
    return coding_page(TEXTS, BOOK, coder=coder, **options)


def test_it_loads_nothing_and_may_not():
    html = page().html
    tags = Tags(html).found
    assert not re.search(r"https?:|@import|\burl\(", html)
    assert not [attrs for _, attrs in tags if {"src", "href", "action"} & set(attrs)]
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|innerHTML|eval)\b", html)
    policy = next(attrs["content"] for tag, attrs in tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert len(html) < 300_000


def test_words_are_data_and_never_markup():
    html = coding_page({ODD: ODD * 2}, Codebook((Code("a", definition=ODD),)), coder=ODD, name=ODD).html
    scripts = [attrs for tag, attrs in Tags(html).found if tag == "script"]
    assert len(scripts) == 2
    assert "alert(1)</script>" not in html


def test_no_page_passes_the_gate_and_its_repr_says_no_name():
    made = page()
    assert "anna" not in repr(made)
    output = Output("page", "file", "restricted", content=made.html.encode(), counts=[40])
    assert release([output])["page"].verdict == "fail"
    assert 'sandbox="allow-scripts allow-downloads"' in made._repr_html_()


def test_the_same_input_is_the_same_page_and_another_coder_another():
    assert page() == page()
    ids = {re.search(r'"id": "(\w+)"', one.html)[1] for one in (page(), page("ben"), page(units="paragraph"))}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("documents", "options", "said"),
    [
        ("text", {}, "must be texts by the name"),
        ({}, {}, "must be texts by the name"),
        ({"a": ""}, {}, "hold no text"),
        ({"a": 3}, {}, "hold no text"),
        ({"a": "x\ud800"}, {}, "halves of characters"),
        ({"a": "x", "A ": "y"}, {}, "names but for case"),
        ({"a": "x"}, {"coder": " "}, "coder is empty"),
        ({"a": "x"}, {"language": "de"}, "language == 'de'"),
        ({"a": "x"}, {"units": 7}, "units is a int"),
        ({"a": "x"}, {"units": "word"}, "units == 'word'"),
        ({"a": "x"}, {"units": pd.DataFrame({"document": ["a"], "start": [0], "end": [9]})}, "must lie inside"),
    ],
)
def test_what_is_refused(documents, options, said):
    with pytest.raises((DataError, SpecificationError), match=re.escape(said)):
        coding_page(documents, BOOK, **{"coder": "anna", **options})


def test_earlier_work_must_fit():
    marked = pd.DataFrame({"document": ["one"], "start": [0], "end": [8], "code": ["papers"], "coder": ["ben"]})
    before = CodedSegments.from_frame(marked, texts=TEXTS)
    with pytest.raises(DataError, match="0 of 1 earlier segments are of this coder"):
        page(segments=before)
    with pytest.raises(DataError, match="another text"):
        coding_page({"one": "Other words stand here."}, BOOK, coder="ben", segments=before)
    assert '"b": 8' in page("ben", segments=before).html


def test_merging_refuses_what_is_not_blind_or_not_the_same():
    marked = pd.DataFrame({"document": ["one"], "start": [0], "end": [8], "code": ["papers"], "coder": ["ben"]})
    ben = CodedSegments.from_frame(marked, texts=TEXTS)
    anna = CodedSegments.from_frame(marked.assign(coder="anna"), texts=TEXTS)
    assert CodedSegments.merged([ben, anna]).coders == ("anna", "ben")
    with pytest.raises(DataError, match="more than one part"):
        CodedSegments.merged([ben, ben])
    other = CodedSegments.from_frame(marked.assign(coder="c"), texts={"one": TEXTS["one"] + " "})
    with pytest.raises(DataError, match="another text"):
        CodedSegments.merged([ben, other])
    bare = CodedSegments.from_frame(marked.assign(coder="c", document="three"))
    with pytest.raises(DataError, match="have no text and 2 have one"):
        CodedSegments.merged([ben, bare])
    with pytest.raises(SpecificationError, match="list of CodedSegments"):
        CodedSegments.merged(ben)


def test_marks_of_byte_order_and_form_feeds_come_back(tmp_path):
    texts = {"a": "\ufeffPage one.\fPage two.\r\nEnd."}
    marked = pd.DataFrame({"document": ["a"], "start": [5], "end": [14], "code": ["papers"], "memo": ["a\x00b"]})
    segments = CodedSegments.from_frame(marked, memo="memo", texts=texts)
    again = read_qdpx(write_qdpx(QdaProject.build(BOOK, segments), tmp_path / "a.qdpx")).segments
    assert again.texts == texts
    assert again.frame[["start", "end"]].to_numpy().tolist() == [[5, 14]]


def code_as_anna(one, folder):
    """Code six segments: by search, by number, by selecting letter by letter, with a memo and with undo."""
    one.strike("Space", "Enter")
    one.write("debt")
    one.strike("Enter")  # "She owed him money."
    one.strike("Space", "Enter")
    one.write("passport")  # stands in the definition alone
    one.strike("Enter", "F2")
    one.write("Taken on arrival; see <field notes> & \U0001f4d3")
    one.strike("Control+Enter")
    one.strike("Space", "2")  # "They laughed at her." is a threat, by number ...
    one.strike("Control+Z", "Space", "Backspace", "Delete")  # ... which was rash: undone, and nothing else removed
    one.strike("Space", "Enter")  # "Then she ran away."
    one.write("zuruck")  # accents need not be typed
    one.strike("Enter")
    one.strike("Alt+PageDown", *["ArrowLeft"] * 3)  # where a line runs from right to left, on is to the left
    one.strike(*["Control+Shift+ArrowLeft"] * 2, "3")  # after two emoji and a blank, two Arabic words
    one.strike("Space", "Space", "1")  # the sentence here, then the next
    one.strike("Space", "Shift+Space", "1")  # two Vietnamese sentences with a family of five code points
    return one.download(folder, "Control+S")


def code_as_ben(one, folder):
    """Code five segments through the lists."""
    one.strike("Space", "1", "Space", "3", "Space", "Space", "Enter", "ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    one.strike("Alt+PageDown", "Space", "3", "Space", "Enter")
    one.write("nothing like it")
    one.strike("Escape", "1")
    return one.download(folder, "Control+S")


@in_browser
def test_two_coders_work_blind_by_keyboard_alone_and_agree_in_part(tmp_path):
    saved = {}
    for coder, work in (("anna", code_as_anna), ("ben", code_as_ben)):
        with open_page(page(coder).html) as one:
            saved[coder] = work(one, tmp_path)
            assert one.asked == [] or all(asked.startswith("blob:") for asked in one.asked)
            assert one.errors == []
    assert saved["anna"].name == "coding-anna.qdpx"
    projects = {coder: read_qdpx(file) for coder, file in saved.items()}
    both = CodedSegments.merged([one.segments for one in projects.values()])
    assert dict(both.texts) == TEXTS
    told = [
        (coder, code, TEXTS[document][start:end])
        for document, start, end, code, coder in both.frame[["document", "start", "end", "code", "coder"]].to_numpy()
    ]
    assert sorted(told) == sorted(
        [
            ("anna", "means > debt", "She owed him money."),
            ("anna", "papers", "He kept her passport."),
            ("anna", "Wege hinaus & zurück", "Then she ran away."),
            ("anna", "papers", "أخذ جواز"),
            ("anna", "means > debt", "كان مديناً له بالمال."),
            ("anna", "means > debt", TEXTS["two \U0001f600"].split("\n")[1]),
            ("ben", "means > debt", "She owed him money."),
            ("ben", "papers", "He kept her passport."),
            ("ben", "Wege hinaus & zurück", "Then she ran away."),
            ("ben", "papers", TEXTS["two \U0001f600"].split(". ")[0] + "."),
            ("ben", "means > debt", "كان مديناً له بالمال."),
        ]
    )
    assert both.frame["memo"].max() == "Taken on arrival; see <field notes> & \U0001f4d3"
    assert projects["anna"].codebook.keys == BOOK.keys
    assert projects["anna"].codebook.code("means > debt").include == "Also rent"
    rated = both.ratings(code="means > debt")
    assert 0 < agreement(rated, statistic="krippendorff").estimates["estimate"].iloc[0] <= 1
    marked = (
        both.joined()
        .frame.query("code == 'means > debt'")
        .assign(length=lambda one: one["document"].map(TEXTS).str.len())
    )
    found = UnitisingAgreement(document="document", length="length", bootstrap=100).fit(marked)
    assert 0 < found.estimates.loc["u_alpha", "estimate"] < 1
    whole = QdaProject.build(BOOK, both)
    assert read_qdpx(write_qdpx(whole, tmp_path / "both.qdpx")) == whole


@in_browser
def test_work_is_there_again_after_the_page_was_closed_and_is_forgotten_when_asked(tmp_path):
    file = page().save(tmp_path / "anna.html")
    with open_page(file) as one:
        one.strike("Space", "1")
        one.go(file)
        assert one.evaluate("segments.length") == 1
        assert "taken up" in one.evaluate("said.textContent")
        one.evaluate("document.getElementById('forget').focus()")
        one.strike("Enter", "Tab", "Enter") if one.evaluate("false") else one.evaluate("forget()")
        one.go(file)
        assert one.evaluate("segments.length") == 0
        one.evaluate('localStorage.setItem(KEY, \'{"segments": [{"d": 9}]}\')')
        one.go(file)
        assert one.evaluate("segments.length") == 0
        assert one.errors == []


@in_browser
def test_what_was_saved_is_gone_on_with_and_comes_back_the_same(tmp_path):
    marked = pd.DataFrame(
        {"document": ["two \U0001f600"], "start": [3], "end": [11], "code": ["papers"], "coder": ["anna"]}
    )
    before = CodedSegments.from_frame(marked.assign(memo="first\nsecond"), memo="memo", texts=TEXTS)
    with open_page(page(segments=before).html) as one:
        project = read_qdpx(one.download(tmp_path, "Control+S"))
    assert project.segments == before
    assert project == QdaProject.build(BOOK, before, name="coding")


@in_browser
def test_everything_is_reached_by_keyboard_and_nothing_holds_it(tmp_path):
    with open_page(page().html) as one:
        seen = []
        for _ in range(40):
            one.strike("Tab")
            seen.append(one.evaluate("document.activeElement.id || document.activeElement.tagName"))
        wanted = {
            "back",
            "documents",
            "on",
            "save",
            "forget",
            "smaller",
            "larger",
            "dark",
            "help",
            "c-0",
            "unit",
            "give",
        }
        assert wanted | {"note", "remove", "text"} <= set(seen)
        one.evaluate("document.getElementById('c-0').focus()")
        one.strike("ArrowDown")
        assert one.evaluate("document.activeElement.id") == "c-1"
        assert "Owes money" in one.evaluate("document.getElementById('meaning').textContent")
        one.strike("Enter")  # gives the code to the sentence at the caret
        one.strike("p")
        assert one.evaluate("[segments.length, document.activeElement.id]") == [1, "text"]
        one.evaluate("list.focus()")
        one.strike("F2")
        one.write("a memo")
        one.strike("Control+Enter")
        assert one.evaluate("[segments[0].memo, document.activeElement.id]") == ["a memo", "segments"]
        one.strike("Delete")
        assert one.evaluate("[segments.length, document.activeElement.id]") == [0, "text"]
        one.strike("a", "b", "Enter", "Escape")
        one.write("never in the text")
        assert one.evaluate("text.textContent") == TEXTS["one"]


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("opened", [None, "choose", "memo", "help"])
def test_a_browser_finds_the_page_fit_for_everybody(scheme, opened):
    with open_page(page(language="fr").html) as one:
        one.prefer(prefers_color_scheme=scheme)
        one.strike("Space", "1", "3", "Space", "2")
        strokes = {"choose": ["Enter"], "memo": ["F2"]}.get(opened, [])
        one.strike(*strokes)
        if opened == "help":
            one.evaluate("document.getElementById('help').click()")
        assert one.violations() == {}
        assert one.evaluate("segments.length") == 3


@in_browser
def test_it_fits_a_window_of_320_pixels_as_at_400_per_cent():
    with open_page(page().html) as one:
        one.resize(320, 700)
        one.strike("Space", "1")
        assert one.evaluate("document.documentElement.scrollWidth") <= 320
        one.evaluate("for (let i = 0; i < 6; i += 1) size(1)")
        assert one.evaluate("document.documentElement.scrollWidth") <= 320
