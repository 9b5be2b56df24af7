"""The page to explore: it opens alone, says nothing it was not asked to, and does not pass the gate."""

import html
import re
from html.parser import HTMLParser

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from browser import in_browser, open_page
from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import CriminalNetwork, network_page
from ctresearch.privacy import Output, release

ODD = '<img src=x onerror="alert(1)">'


class Tags(HTMLParser):
    """Collect the tags and attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def named(self, tag, kind=None):
        return [attrs for name, attrs in self.found if name == tag and (kind is None or attrs.get("class") == kind)]


def group(directed=False):
    ties = pd.DataFrame({"source": ["ada", "ada", "bea"], "target": ["bea", "cyd", "cyd"], "sure": [1.0, 0.4, 0.9]})
    actors = pd.DataFrame({"actor": ["ada", "bea", "cyd", "dot"], "role": [ODD, "driver", None, "driver"]})
    return CriminalNetwork.from_edges(ties, directed=directed, actors=actors, confidence="sure")


def test_it_loads_nothing_and_may_not():
    page = network_page(group(), role="role").html
    tags = Tags(page)
    assert not re.search(r"(?i)https?:|//[a-z]|@import|url\((?!#)", page)
    assert not [attrs for _, attrs in tags.found if {"src", "href", "action"} & set(attrs)]
    assert "default-src 'none'" in page
    assert not re.search(r"\b(fetch|XMLHttpRequest|innerHTML|eval|import)\b", page)


def test_marks_and_lines_are_the_actors_and_ties():
    tags = Tags(network_page(group(), role="role", certain=0.8).html)
    assert len(tags.named("g", "actor")) == 4
    lines = tags.named("line")
    assert len(lines) == 3
    assert [line.get("class") for line in lines].count("doubt") == 1
    assert all("marker-end" in line for line in Tags(network_page(group(directed=True)).html).named("line"))
    assert len(tags.named("input")) == 3


def test_words_of_the_data_are_text_and_never_markup():
    page = network_page(group(), role="role", title=ODD).html
    assert ODD not in page
    assert not Tags(page).named("img")
    assert html.escape(ODD) in page


def test_identifiers_are_there_only_if_asked_for():
    for one in ("ada", "bea", "cyd", "dot"):
        assert one not in network_page(group(), role="role").html
        assert one in network_page(group(), role="role", identifiers=True).html
    shuffled = nx.relabel_nodes(nx.path_graph(4), {0: "d", 1: "a", 2: "c", 3: "b"})
    assert "identifiers" in repr(network_page(shuffled))


def test_the_same_network_gives_the_same_page_and_it_is_saved(tmp_path):
    one, two = network_page(nx.karate_club_graph()), network_page(nx.karate_club_graph())
    assert one == two
    assert one.save(tmp_path / "page.html").read_text(encoding="utf-8") == one.html
    assert 'sandbox="allow-scripts"' in one._repr_html_()
    with pytest.raises(SpecificationError, match="must end in"):
        one.save(tmp_path / "page.svg")


def test_no_page_passes_the_gate():
    page = network_page(group(), role="role")
    output = Output("page", "file", "restricted", content=page.html.encode(), counts=[40])
    assert release([output])["page"].verdict == "fail", "its table describes people one by one"


def test_what_is_refused():
    with pytest.raises(DataError, match="shape"):
        network_page(nx.path_graph(3), places=np.zeros((2, 2)))
    with pytest.raises(SpecificationError, match="column == 'role'"):
        network_page(nx.path_graph(3), role="role")
    with pytest.raises(SpecificationError, match="2,001 actors"):
        network_page(nx.empty_graph(2001))
    with pytest.raises(DataError, match="0 actors"):
        network_page(nx.empty_graph(0))


@in_browser
def test_a_browser_draws_it_asks_for_nothing_and_follows_the_keyboard():
    with open_page(network_page(group(), role="role").html) as page:
        assert page.asked == []
        assert page.evaluate("[...document.querySelectorAll('.actor')].every(a => a.getBoundingClientRect().width > 2)")
        view = page.evaluate("drawing.getAttribute('viewBox')")
        page.evaluate("document.querySelector('.actor').focus()")
        assert page.evaluate("drawing.classList.contains('pointing')")
        page.press("+", 187)
        assert page.evaluate("drawing.getAttribute('viewBox')") != view
        assert page.errors == []


@in_browser
def test_a_browser_finds_the_page_fit_for_everybody():
    with open_page(network_page(group(), role="role").html) as page:
        assert page.violations() == {}
