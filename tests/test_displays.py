"""What a notebook displays: every public thing has a page of its own, and no page shows a cell or a count of few people."""

import importlib
import inspect

import pandas as pd
import pytest

from ctresearch.core import Check
from ctresearch.core.render import as_card, few, shown
from ctresearch.networks import CriminalNetwork
from ctresearch.policy import Panel
from ctresearch.prevalence import CaptureHistories, RespondentSample
from ctresearch.qualitative import Code, Codebook, Legend
from ctresearch.routes import FlowTable
from result_classes import ROOMS

# Words of a sentence, read as the text they are.
WORDS = {"Interval", "Meaning", "Message"}


def displayed():
    """Find every public class that is neither an estimator nor an error."""
    for room in ROOMS:
        module = importlib.import_module(f"ctresearch.{room}")
        for name in module.__all__:
            kind = getattr(module, name)
            if inspect.isclass(kind) and not hasattr(kind, "fit") and not issubclass(kind, BaseException):
                yield f"{room}.{name}", kind


KINDS = dict(displayed())


@pytest.mark.parametrize("name", KINDS)
def test_every_public_thing_has_a_page(name):
    kind = KINDS[name]
    if not kind.__module__.startswith("ctresearch") or kind.__name__ in WORDS or getattr(kind, "_is_protocol", False):
        return
    assert {"_repr_html_", "_repr_mimebundle_"} & {*dir(kind)}, (
        f"{name} has no _repr_html_: see core/render.py, as_card"
    )


LISTS = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 3]})
TIES = pd.DataFrame({"source": ["Zorquin", "Vexana"], "target": ["Vexana", "Ulmar"]})
ACTORS = pd.DataFrame({"actor": ["Zorquin", "Vexana", "Ulmar"], "origin": ["Xanadia"] * 3})
RECRUITED = pd.DataFrame({"id": ["Zorquin", "Vexana"], "recruiter": [None, "Zorquin"], "degree": [987, 654]})


def test_a_small_overlap_is_masked_and_does_not_follow_from_the_rest():
    page = CaptureHistories.from_counts(LISTS)._repr_html_()
    assert "&lt;5" in page
    assert not any(f">{n}<" in page or f"{n} people" in page for n in (3, 43, 63, 103))
    assert "100 people on 2 lists: 1, 2" in page  # rounded: 63 + 43 - 103 would be the overlap


def test_a_published_table_is_shown_as_it_was_published():
    page = CaptureHistories.from_published("uk-2013")._repr_html_()
    assert "2,744 people" in page
    assert "masked" not in page


def test_counts_without_few_people_are_exact():
    page = CaptureHistories.from_counts(LISTS.assign(count=[61, 42, 17]))._repr_html_()
    assert ">78<" in page
    assert "120 people" in page


def held():
    """Yield things whose cells hold names, and one of each."""
    yield CriminalNetwork.from_edges(TIES, actors=ACTORS)
    yield RespondentSample.from_frame(RECRUITED)
    yield Legend({"[NAME-00c0ffee]": "Zorquin"})


def test_no_page_shows_a_cell():
    for thing in held():
        page = thing._repr_html_()
        assert not any(word in page for word in ("Zorquin", "Vexana", "Ulmar", "Xanadia", "987")), type(thing).__name__
        assert page.startswith('<div class="ctresearch-card">')


def test_a_network_is_described_by_its_numbers():
    page = CriminalNetwork.from_edges(TIES, actors=ACTORS)._repr_html_()
    assert "origin" in page
    assert "&lt;5" in page  # three actors


def test_pages_of_the_tables_that_notebooks_start_from():
    counts = pd.DataFrame({"origin": ["ALB", "ITA"], "destination": ["ITA", "FRA"], "count": [30, 40]})
    flows = FlowTable.from_frame(counts, citizenship="origin", exploitation="destination", count="count")
    years = pd.DataFrame({"state": [1, 1, 2, 2], "year": [2001, 2002] * 2, "y": [1.0, 2.0, 3.0, 4.0]})
    for thing, words in [
        (flows, "2 counts"),
        (Panel.from_frame(years, unit="state", time="year", outcome="y"), "2 units"),
        (Codebook((Code("means", definition="How somebody was made to"),)), "<td>1</td>"),  # how many, not which
        (Check("a", "fail", "It does not hold."), "ctresearch-fail"),
    ]:
        assert words in thing._repr_html_(), type(thing).__name__


def test_what_is_no_plain_value_shows_its_kind_and_size_alone():
    assert shown(pd.DataFrame({"name": ["Ana"]})) == "DataFrame 1 × 1"
    assert shown({"name": "Ana"}) == "dict of 1"
    assert shown(object()) == "…"
    assert shown(True) == "True"
    assert few(4) == "<5"
    assert few(0) == "0"


def test_a_card_follows_the_page_it_stands_on_without_a_script():
    card = as_card(Check("a", "review", "<b>"), says=["<script>"])
    assert "<script" not in card
    assert "prefers-color-scheme:dark" in card
    assert 'data-jp-theme-light="false"' in card
    assert 'data-jp-theme-light="true"' in card
