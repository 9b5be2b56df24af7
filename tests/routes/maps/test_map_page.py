"""The page to explore: whole in one file, small, the same for every masked count, and fit for everybody."""

import re

import numpy as np
import pandas as pd
import pytest

from browser import in_browser, open_page
from ctresearch.core import CellError, SpecificationError
from ctresearch.data import countries
from ctresearch.privacy import Output, release
from ctresearch.privacy.reading.reading import read_grids
from ctresearch.routes import Corridors, FlowTable, Geometry, map_page

ODD = '<img src=x onerror="alert(1)">'


FEW = Geometry.tiles(["ITA", "NGA", "MLT", "ALB", "GBR"])


def flows(few="<5", **more):
    frame = pd.DataFrame(
        {
            "a": ["NGA", "NGA", "ITA", "MLT", "ALB"],
            "b": ["ITA", "ITA", "ITA", "ITA", "GBR"],
            "y": [2020, 2021, 2021, 2021, 2021],
            "n": [31, few, 12, few, 0],
        }
    )
    return FlowTable.from_frame(frame, citizenship="a", detection="b", year="y", count="n", **more)


def like_unodc():
    """Make a table in the shape of UNODC's: 2,600 corridors by 16 years, of which some 8,700 are listed, half masked."""
    rng = np.random.default_rng(1)
    codes = countries()["alpha3"].to_numpy()
    corridors = rng.choice(len(codes) ** 2, 2600, replace=False)
    rows = [
        (codes[one // len(codes)], codes[one % len(codes)], 2007 + year)
        for one in corridors
        for year in rng.choice(16, rng.integers(1, 7), replace=False)
    ]
    frame = pd.DataFrame(rows, columns=["a", "b", "y"])
    counts = rng.lognormal(3, 1.5, len(frame)).round().astype(int).astype(str)
    frame["n"] = np.where(rng.random(len(frame)) < 0.55, "<5", counts)
    return FlowTable.from_frame(frame, citizenship="a", detection="b", year="y", count="n")


def test_it_loads_nothing_and_may_not():
    page = map_page(flows(), title=ODD).html
    assert not re.search(r"(?i)https?:|//[a-z]|@import|url\((?!#)", page)
    assert "default-src 'none'" in page
    assert not re.search(r"\b(fetch|XMLHttpRequest|innerHTML|eval|import)\b", page)
    assert ODD not in page
    assert "stop, search, refuse or suspect" in page
    assert "imply no endorsement" in page


def test_a_masked_count_leaves_no_trace_in_the_page():
    one, two = (map_page(flows(few), geometry=FEW, mask_below=5).html for few in (1, 4))
    assert one == two == map_page(flows("<5"), geometry=FEW, mask_below=5).html
    assert map_page(flows(5), geometry=FEW, mask_below=5).html != one
    assert one.count("<td>&lt;5") == 2


def test_its_table_is_what_it_draws():
    page = map_page(flows(), geometry=FEW)
    (grid,) = read_grids(page.html)
    assert grid.header == ("From", "To", "2020", "2021")
    assert ("NGA", "ITA", "31", "<5") in grid.rows
    assert ("ALB", "GBR", "", "0") in grid.rows
    assert page.table["people"].tolist().count("<5") == 2
    assert repr(page) == "page of 5 counts on 5 areas"
    assert "sandbox" in page._repr_html_()


def test_the_gate_judges_the_page_and_its_table():
    def verdict(page, kind="table", **more):
        content = page.table if kind == "table" else page.html.encode()
        return release([Output("page", kind, "restricted", content=content, **more)])["page"].verdict

    fine, few = (map_page(flows(n), geometry=FEW) for n in ("<5", 2))
    assert verdict(fine, roles=fine.roles) == "pass"
    assert verdict(few, roles=few.roles) == "fail"
    assert verdict(few, "file", counts=[40]) != "pass"


def test_a_page_of_a_table_like_that_of_the_united_nations_is_small():
    table = like_unodc()
    assert len(table) > 8600
    page = map_page(table)
    assert len(page.html.encode()) < 600_000
    assert len(page.table) == len(table)


def test_other_tables_and_shapes_are_drawn():
    result = map_page(Corridors().fit(flows()))
    assert sorted(result.table["people"]) == ["0", "12", "31 to 35", "<5"]
    given = pd.DataFrame({"from": ["north"], "to": ["south"], "n": ["<5"]})
    roles = {"from": "place", "to": "place", "n": "count"}
    page = map_page(
        given, geometry=Geometry.tiles(["north", "south"]), origin="from", destination="to", value="n", roles=roles
    )
    assert page.places == 2
    assert "imply no endorsement" not in page.html
    by_region = map_page(flows(), geometry=Geometry.regions("region")).table
    assert by_region["origin"].tolist() == ["Africa", "Africa", "Europe"]
    assert by_region["people"].tolist() == ["31", "<5", "12 to 16"]


def test_what_is_refused(tmp_path):
    page = map_page(flows(), geometry=FEW)
    assert page.save(tmp_path / "map.html").read_text(encoding="utf-8") == page.html
    with pytest.raises(SpecificationError, match=r"must end in '\.html'"):
        page.save(tmp_path / "map.svg")
    with pytest.raises(SpecificationError, match="must come without"):
        map_page(flows(), value="n")
    with pytest.raises(CellError, match="must each name an area"):
        map_page(flows(), geometry=Geometry.tiles(["north"]), unmatched="refuse")
    with pytest.raises(SpecificationError, match="no role 'transit'"):
        map_page(flows(), origin="transit")


@in_browser
def test_a_browser_follows_the_keyboard_and_says_what_it_shows():
    with open_page(map_page(flows()).html) as page:
        assert page.asked == []
        said = "document.getElementById('said').textContent"
        name = "document.activeElement.dataset.name"
        assert page.evaluate("document.querySelectorAll('.area[tabindex=\"0\"]').length") == 1
        assert page.evaluate("document.querySelectorAll('.area.cm').length") == 0
        page.evaluate("choose('Italy'); choose(''); byName.get('Italy').focus(); hold(byName.get('Italy'))")
        assert page.evaluate(said) == "Italy: 43 to 51 people"
        page.press("ArrowDown", 40)
        assert page.evaluate(name) != "Italy"
        page.press("Home", 36)
        assert page.evaluate(name) == "Afghanistan"
        page.evaluate("byName.get('Italy').focus()")
        page.press("Enter", 13)
        assert page.evaluate(said) == "Flows of Italy are shown."
        rows = "[...document.querySelectorAll('#shown tbody tr')].map((r) => r.textContent)"
        assert page.evaluate(rows) == ["Italy12", "Maltafewer than 5", "Nigeria31 to 35"]
        assert page.evaluate("document.querySelectorAll('.flow.masked').length") == 1
        page.press("Escape", 27)
        page.evaluate(
            "document.getElementById('side').value = 'origin'; document.getElementById('year').value = '2021'; draw()"
        )
        assert page.evaluate(rows) == ["Albania0", "Italy12", "Maltafewer than 5", "Nigeriafewer than 5"]
        looks = "['Malta', 'Nigeria'].map((n) => byName.get(n).getAttribute('class'))"
        assert page.evaluate(looks) == ["area cm", "area cm"]
        assert page.evaluate("byName.get('Albania').getAttribute('class')") == "area cz"
        assert page.evaluate("byName.get('France').getAttribute('aria-label')") == "France: nothing published"
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.evaluate("document.getElementById('theme').click()")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        assert page.errors == []


@in_browser
def test_a_browser_finds_the_page_fit_for_everybody_in_light_and_dark():
    with open_page(map_page(flows()).html) as page:
        page.evaluate("choose('Italy'); document.querySelector('details').open = true")
        assert page.violations() == {}
        page.evaluate("document.getElementById('theme').click()")
        assert page.violations() == {}
