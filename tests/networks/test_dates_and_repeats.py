"""Dates of evidence are read or refused, and rows that repeat a pair say how they become one tie."""

import datetime

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.networks import CriminalNetwork, from_matrix, read_network

PAIRS = {"source": list("abcd"), "target": list("bcde")}


def dated(days, **options):
    return CriminalNetwork.from_edges(pd.DataFrame(PAIRS | {"on": days}), date="on", **options)


def kept(network, **options):
    return len(network.select(**options).edges_index)


def test_days_written_as_text_are_compared_as_days():
    network = dated(["10/3/2021", "28/2/2021", "1/1/2021", "31/12/2020"])
    assert kept(network, start="1/1/2021", end="28/2/2021") == 1
    assert kept(network, start="2021-01-01", end="2021-03-11") == 3
    assert network.graph["a"]["b"]["first"] == pd.Timestamp("2021-03-10")


def test_where_day_and_month_could_change_places_the_reader_asks():
    days = ["10/3/2021", "2/2/2021", "1/4/2021", "5/6/2021"]
    with pytest.raises(CellError, match=r"3 of 4 dates could .* \(rows 1, 3 and 4\): say dates='day first'"):
        dated(days)
    assert dated(days, dates="day first").ties["date"].dt.month.tolist() == [3, 2, 4, 6]
    assert dated(days, dates="month first").ties["date"].dt.month.tolist() == [10, 2, 1, 5]
    with pytest.raises(CellError, match="4 of 4 cells are text"):
        dated(days, dates="iso")
    with pytest.raises(SpecificationError, match="dates == 'european'"):
        dated(days, dates="european")


def test_what_is_no_date_is_refused_without_being_shown():
    for wrong in ("soon", "32/1/2021", "13/13/2021", "2021-02-30", "1/2/21", "about May", True, 3.5):
        with pytest.raises(CellError, match=r"'on': 1 of 4 cells is .* \(row 2\)") as refused:
            dated(pd.Series(["2021-01-01", wrong, "2021-01-03", None], dtype=object))
        assert str(wrong) not in str(refused.value) or wrong is True
    with pytest.raises(CellError, match=r"rows? "):
        dated(["28/2/2021", "2/28/2021", "1/1/2021", "1/1/2021"])  # two orders in one column


@pytest.mark.parametrize(
    "days",
    [
        ["2021-01-01", "2021-02-01T10:00", "2021/03/01", "2021-04-01 23:59:59"],
        ["1 January 2021", "February 1, 2021", "1-Mar-2021", "1st April 2021"],
        [datetime.date(2021, 1, 1), "2021-02-01", pd.Timestamp("2021-03-01"), np.datetime64("2021-04-01")],
        pd.to_datetime(["2021-01-01", "2021-02-01", "2021-03-01", "2021-04-01"]).tz_localize("Europe/Vienna"),
        ["1/1/2021 10:15 PM", "2/1/2021 1:15 am", "3/1/2021", "4/30/2021"],
    ],
)
def test_dates_in_many_forms_are_days(days):
    network = dated(days)
    assert network.ties["date"].dt.month.tolist() == [1, 2, 3, 4]
    assert kept(network, start="2021-02-01", end="2021-04-01") == 2


def test_years_stay_numbers_and_bounds_must_be_of_their_kind():
    for years in ([2019, 2020, 2021, 2022], ["2019", "2020", "2021", "2022"], [2019.0, 2020.0, 2021.0, np.nan]):
        network = dated(years)
        assert kept(network, start=2020, end="2022") == 2
        with pytest.raises(SpecificationError, match="dated by numbers"):
            kept(network, start="2020-01-01")
    network = dated(["2021-01-01", "2021-02-01", None, "2021-04-01"])
    for bound, message in (
        (2021, "start is a number"),
        ("soon", "start is no date"),
        ("1/2/2021", "or could be two"),
        (True, "no date"),
    ):
        with pytest.raises(SpecificationError, match=message):
            network.select(start=bound)
    assert kept(network, start="1/2/2021", dates="day first") == 2
    with pytest.raises(SpecificationError, match="start does not lie before end"):
        network.select(start="2021-04-01", end="2021-02-01")


def test_a_kind_that_there_is_not_is_refused_and_no_empty_network_comes_out():
    network = CriminalNetwork.from_edges(pd.DataFrame(PAIRS | {"how": ["phone"] * 4}), kind="how")
    with pytest.raises(SpecificationError, match="1 kinds of tie, but one that is written otherwise"):
        network.select(kind="Phone")


def test_a_call_log_keeps_its_volume_or_says_how_it_loses_it():
    log = pd.DataFrame({"source": ["a", "a", "a", "b"], "target": ["b", "b", "b", "c"]})
    with pytest.raises(DataError, match=r"rows 2 and 3 repeat a pair .* combine='count'.* combine='one'"):
        CriminalNetwork.from_edges(log)
    volume = CriminalNetwork.from_edges(log, combine="count")
    assert volume.weighted
    assert (volume.weight_is, volume.graph["a"]["b"]["weight"]) == ("strength", 3.0)
    assert volume.weights_as("strength").tolist() == [3.0, 1.0]
    one = CriminalNetwork.from_edges(log, combine="one")
    assert not one.weighted
    assert one.graph["a"]["b"]["rows"] == 3
    with pytest.raises(SpecificationError, match="a number of rows is a strength"):
        CriminalNetwork.from_edges(log, combine="count", weight_is="distance")
    with pytest.raises(SpecificationError, match="ties have no weights"):
        CriminalNetwork.from_edges(log, combine="sum")


def test_equal_weights_of_a_pair_ask_as_unequal_ones_do():
    for calls in ([2, 2, 1], [2, 5, 1]):
        log = pd.DataFrame({"source": ["a", "b", "b"], "target": ["b", "a", "c"], "calls": calls})
        with pytest.raises(DataError, match=r"row 2 repeats a pair .* 'count' of rows"):
            CriminalNetwork.from_edges(log, weight="calls", weight_is="strength")
        summed = CriminalNetwork.from_edges(log, weight="calls", weight_is="strength", combine="sum")
        assert summed.graph["a"]["b"]["weight"] == sum(calls[:2])
        assert len(CriminalNetwork.from_edges(log, weight="calls", directed=True).edges_index) == 3
        with pytest.raises(SpecificationError, match="combine == 'one'"):
            CriminalNetwork.from_edges(log, weight="calls", combine="one")


def test_a_tie_named_from_either_side_does_not_repeat_without_weights():
    both = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"]})
    assert len(CriminalNetwork.from_edges(both).edges_index) == 1
    assert CriminalNetwork.from_edges(both, combine="count").graph["a"]["b"]["weight"] == 2


def test_rows_are_counted_as_they_came_where_ties_to_oneself_are_dropped():
    log = pd.DataFrame({"source": ["z", "a", "a"], "target": ["z", "b", "b"]})
    with pytest.raises(DataError, match="row 3 repeats"):
        CriminalNetwork.from_edges(log, self_ties="drop")


def test_graphs_and_files_ask_too(tmp_path):
    many = nx.MultiGraph([("a", "b"), ("b", "a"), ("b", "c")])
    (tmp_path / "log.csv").write_text("source,target\na,b\na,b\n", encoding="utf-8")
    (tmp_path / "log.net").write_text('*Vertices 2\n1 "a"\n2 "b"\n*Edges\n1 2\n1 2\n', encoding="utf-8")
    (tmp_path / "log.dl").write_text("dl n=2 format=edgelist1\nlabels embedded:\ndata:\na b\na b\n", encoding="utf-8")
    for read in (
        lambda **options: CriminalNetwork.from_graph(many, **options),
        *(
            lambda name=name, **options: read_network(tmp_path / name, **options)
            for name in ("log.csv", "log.net", "log.dl")
        ),
    ):
        with pytest.raises(DataError, match="combine="):
            read()
        assert read(combine="count").graph["a"]["b"]["weight"] == 2
    table = pd.DataFrame([[0, 3], [2, 0]], index=list("ab"), columns=list("ab"))
    assert from_matrix(table, weight_is="strength", directed=False, combine="count").graph["a"]["b"]["weight"] == 2


def test_dates_and_counts_stay_in_a_part_of_the_network():
    log = pd.DataFrame({"source": list("aab"), "target": list("bbc"), "on": ["1/2/2021", "2/3/2021", "3/4/2021"]})
    network = CriminalNetwork.from_edges(log, date="on", dates="day first", combine="count")
    part = network.select(start="1/3/2021")
    assert part.graph["a"]["b"]["weight"] == 1
    assert (part.dates, part.combine, part.weight_is) == ("day first", "count", "strength")
