"""Agreements are held to flows as bounds: no masked cell and no unsaid day is narrowed, and no state is ranked."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.routes import Agreements, Cooperation, FlowTable
from ctresearch.routes.cooperation.agreements import bound_between
from ctresearch.routes.cooperation.cooperation import BANDS, _band


def table(*rows, **options):
    frame = pd.DataFrame(rows, columns=["a", "b", "t", "n"])
    return FlowTable.from_frame(frame, citizenship="a", detection="b", year="t", count="n", **options)


def agreed(*rows, **options):
    frame = pd.DataFrame(rows, columns=["agreement", "party", "since", "until"])
    return Agreements.from_frame(frame, until="until", **options)


TWO = agreed(("A", "NGA", 2004, None), ("A", "ITA", 2004, None))
MANY = agreed(
    ("A", "NGA", 2004, None),
    ("A", "ITA", 2004, None),
    ("B", "ITA", "2019-07-01", None),
    ("B", "ALB", 2000, None),
    ("B", "GHA", 2000, 2018),
)
FLOWN = table(
    ("NGA", "ITA", 2020, 60),
    ("ALB", "ITA", 2019, 30),
    ("ALB", "ITA", 2020, 12),
    ("GHA", "ITA", 2020, "<5"),
    ("ROU", "ITA", 2020, 8),
    ("ITA", "ITA", 2020, 90),
)


def bounds(result, term="covered"):
    return tuple(result.estimates.loc[term, ["ci_low", "ci_high"]].astype(float))


def test_the_share_is_bounded_by_every_count_and_day_that_may_be():
    result = Cooperation(agreements=MANY).fit(FLOWN)
    choices = []  # the part of 2019 in force or not, the masked count from 0 to 4
    for met, masked in product((0, 1), range(5)):
        covered = 60 + 12 + 30 * met
        choices.append(covered / (60 + 30 + 12 + masked + 8))
    assert bounds(result) == pytest.approx((min(choices), max(choices)))
    assert np.isnan(result.estimates.loc["covered", "estimate"])
    assert bounds(result, "bilateral") == pytest.approx((60 / 114, 60 / 110))
    assert bounds(result, "multilateral") == pytest.approx((12 / 114, 42 / 110))
    table = result.corridors.set_index("origin")
    assert table["coverage"].to_dict() == {
        "ALB": "covered in part",
        "GHA": "not covered",
        "NGA": "covered",
        "ROU": "not covered",
    }
    assert table["kinds"].to_dict() == {"ALB": "multilateral", "GHA": "none", "NGA": "bilateral", "ROU": "none"}
    assert table.loc["ALB", ["people", "under_agreement"]].tolist() == ["42", "12 to 42"]


def test_bounds_hold_for_random_tables_and_both_ends_are_reached():
    rng = np.random.default_rng(5)
    states = ["NGA", "ITA", "FRA", "GHA", "ROU"]
    for _ in range(5):
        pairs = [(a, b) for a in states for b in states if a != b and rng.random() < 0.3]
        if not pairs:
            continue
        counts = rng.integers(0, 9, len(pairs)).tolist()
        rows = [(a, b, 2020, "<5" if n < 5 else n) for (a, b), n in zip(pairs, counts, strict=True)]
        treaties = agreed(*[(f"T{a}{b}", who, 2004, None) for a, b in pairs[::2] for who in (a, b)])
        low, high = bounds(Cooperation(agreements=treaties).fit(table(*rows)))
        signed = {frozenset(pair) for pair in pairs[::2]}
        inside = np.array([frozenset(pair) in signed for pair in pairs])
        ends = [[(0, 4) if n < 5 else (n, n) for n in counts]]
        least = np.array([a for a, _ in ends[0]], dtype=float)
        most = np.array([b for _, b in ends[0]], dtype=float)
        lowest, greatest = np.where(inside, least, most), np.where(inside, most, least)
        if lowest.sum() and greatest.sum():
            assert (low, high) == pytest.approx((lowest @ inside / lowest.sum(), greatest @ inside / greatest.sum()))


def test_masked_cells_stay_masked_wherever_they_stand():
    result = Cooperation(agreements=TWO).fit(table(("NGA", "ITA", 2020, "<5"), ("GHA", "ITA", 2020, 60)))
    assert result.corridors.set_index("origin")["people"].to_dict() == {"GHA": "60", "NGA": "<5"}
    assert result.states.set_index("state")["from_there"].to_dict() == {"GHA": "60", "ITA": "0", "NGA": "<5"}
    assert bounds(result) == pytest.approx((0, 4 / 64))
    alone = Cooperation(agreements=TWO).fit(table(("NGA", "ITA", 2020, "<5")))
    assert bounds(alone) == (1.0, 1.0)
    none = Cooperation(agreements=TWO).fit(table(("GHA", "ITA", 2020, "<5")))
    assert bounds(none) == (0.0, 0.0)


def test_uncovered_corridors_stand_by_band_and_states_by_name():
    rows = [("GHA", "ITA", 2020, 3), ("ROU", "ITA", 2020, 30), ("BGR", "ITA", 2020, 31), ("ALB", "ITA", 2020, 700)]
    result = Cooperation(agreements=TWO).fit(table(*rows))
    assert result.uncovered.to_numpy().tolist() == [
        ["100 or more", "ALB", "ITA"],
        ["25 to 99", "BGR", "ITA"],
        ["25 to 99", "ROU", "ITA"],
        ["fewer than 5", "GHA", "ITA"],
    ]
    assert result.states["state"].tolist() == sorted(result.states["state"])
    assert result.bands["not_covered"].tolist() == [1, 2, 1]
    assert result.corridors[["origin", "destination"]].to_numpy().tolist() == sorted(
        result.corridors[["origin", "destination"]].to_numpy().tolist()
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 4, "fewer than 5"),
        (5, 5, "5 to 24"),
        (4, 5, "fewer than 25"),
        (24, 25, "5 to 99"),
        (100, 900, "100 or more"),
        (30, 900, "25 or more"),
        (0, 900, "any size"),
    ],
)
def test_bands_say_what_a_range_may_be(low, high, words):
    assert _band(low, high) == words
    assert BANDS[0] == 5  # below it a count is masked, and a band of its own would say more


def test_each_state_has_its_parts():
    flows = FlowTable.from_frame(
        pd.DataFrame({"a": ["NGA", "NGA"], "by": ["NER|LBY", "NER"], "b": ["ITA", "FRA"], "t": 2020, "n": [30, 8]}),
        recruitment="a",
        transit="by",
        exploitation="b",
        year="t",
        count="n",
    )
    result = Cooperation(agreements=TWO).fit(flows)
    assert result.transit.to_numpy().tolist() == [
        ["LBY", "NGA", "ITA", "30"],
        ["NER", "NGA", "FRA", "8"],
        ["NER", "NGA", "ITA", "30"],
    ]
    nigeria = result.states.set_index("state").loc["NGA"]
    assert (nigeria["from_there"], nigeria["found_there"], nigeria["within"]) == ("38", "0", "0")
    assert (nigeria["partners"], nigeria["under_agreement"]) == (2, 1)
    assert Cooperation(agreements=TWO).fit(FLOWN).transit is None
    assert result.roles("transit")["state"].role == "operational detail"


def test_dates_say_no_more_than_they_do():
    pairs = pd.DataFrame({"origin": "NGA", "destination": "ITA", "year": range(2003, 2009)})

    def years(*rows):
        found = bound_between(agreed(*rows), pairs)
        return dict(zip(found["year"], found["whole"], strict=True))

    assert years(("A", "NGA", 2004, None), ("A", "ITA", 2004, None)) == {
        2004: False,
        **dict.fromkeys(range(2005, 2009), True),
    }
    assert years(("A", "NGA", "2004-01-01", "2006-12-31"), ("A", "ITA", "2003-06", None)) == dict.fromkeys(
        (2004, 2005, 2006), True
    )
    assert years(("A", "NGA", "2004-03-01", "2004-06-30"), ("A", "ITA", "2004-07-01", None)) == {}
    assert years(("A", "NGA", 2000, 2004), ("A", "NGA", 2007, None), ("A", "ITA", 2000, None)) == {
        2003: True,
        2004: False,
        2007: False,
        2008: True,
    }
    stamps = agreed(("A", "NGA", pd.Timestamp("2004-01-01"), None), ("A", "ITA", np.datetime64("2004-01-01"), None))
    assert bound_between(stamps, pairs)["year"].tolist() == list(range(2004, 2009))


@pytest.mark.parametrize("since", ["soon", "2004-13", "2004-02-30", 0, -5, 20040101, True, "1700", 2004.5])
def test_what_is_no_date_is_refused_without_its_cell(since):
    with pytest.raises(CellError, match="must be a year, a month") as caught:
        agreed(("A", "NGA", since, None), ("A", "ITA", "2004", None))
    assert str(since) not in str(caught.value).replace("1800 to 2200", "") or since in (True, 0)


def test_tables_of_agreements_that_cannot_be_are_refused():
    with pytest.raises(DataError, match="1 of 2 agreements have one party"):
        agreed(("A", "NGA", 2004, None), ("A", "ITA", 2004, None), ("B", "ITA", 2004, None))
    with pytest.raises(DataError, match="1 of 3 rows bind a party to an agreement that binds it already"):
        agreed(("A", "NGA", 2004, None), ("A", "NGA", 2009, None), ("A", "ITA", 2004, None))
    with pytest.raises(CellError, match="must not lie before"):
        agreed(("A", "NGA", 2004, 2001), ("A", "ITA", 2004, None))
    with pytest.raises(DataError, match="0 rows"):
        agreed()
    with pytest.raises(DataError, match="missing"):
        agreed(("A", "NGA", None, None), ("A", "ITA", 2004, None))
    with pytest.raises(CellError, match="must each name one country"):
        agreed(("A", "Atlantis", 2004, None), ("A", "ITA", 2004, None))


def test_what_cannot_be_held_to_agreements_is_refused():
    for wrong in (None, [1], FLOWN):
        with pytest.raises(SpecificationError, match="must be Agreements"):
            Cooperation(agreements=wrong)
    with pytest.raises(DataError, match="0 of 2 flows have people between two states"):
        Cooperation(agreements=TWO).fit(table(("ITA", "ITA", 2020, 60), ("NGA", "ITA", 2020, 0)))
    with pytest.raises(DataError, match="0 of 2 states of the flows are party to an agreement"):
        Cooperation(agreements=TWO).fit(table(("ROU", "FRA", 2020, 60)))
    frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [60]})
    undated = FlowTable.from_frame(frame, citizenship="a", detection="b")
    with pytest.raises(SpecificationError, match="the flows have no year and at is None"):
        Cooperation(agreements=TWO).fit(undated)
    assert bounds(Cooperation(agreements=TWO, at=2003).fit(undated)) == (0.0, 0.0)
    assert bounds(Cooperation(agreements=TWO, at=2004).fit(undated)) == (0.0, 1.0)
    assert bounds(Cooperation(agreements=TWO, at=2005).fit(undated)) == (1.0, 1.0)


def test_every_check_answers_both_ways():
    def statuses(flows, agreements):
        return {check.name: check.status for check in Cooperation(agreements=agreements).fit(flows).checks}

    clean = statuses(table(("NGA", "ITA", 2020, 60)), TWO)
    assert set(clean.values()) == {"pass"}
    broken = statuses(table(("NGA", "ITA", 2004, 60), ("GHA", "ITA", 2020, "<5"), ("ITA", None, 2020, 7)), TWO)
    assert {name for name, status in broken.items() if status == "review"} >= {
        "states in agreements",
        "years of entry",
        "share covered",
        "places known",
        "masked counts",
    }


def test_the_picture_draws_its_table():
    result = Cooperation(agreements=MANY).fit(FLOWN)
    axes = result.plot()
    widths = [[bar.get_width() for bar in bars] for bars in axes.containers]
    assert np.array(widths).T.tolist() == result.bands[["covered", "in_part", "not_covered"]].to_numpy().tolist()
