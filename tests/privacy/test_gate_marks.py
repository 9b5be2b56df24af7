"""Marks travel: what a marked result hands out is known to the gate wherever it went."""

import networkx as nx
import pandas as pd
import pytest

from ctresearch.core import plot
from ctresearch.networks import (
    CriminalNetwork,
    Scheme,
    business_model,
    network_page,
    plot_network,
    plot_script,
    scripts,
)
from ctresearch.privacy import Output, release

EVENTS = pd.DataFrame({"case": [i // 2 for i in range(40)], "order": [1, 2] * 20, "act": ["recruit", "exploit"] * 20})


def rule(content, kind="table", roles=None):
    return release([Output("one", kind, "restricted", content=content, counts=[50], roles=roles)])["one"].rule


@pytest.fixture(scope="module")
def found():
    return scripts(EVENTS, draws=50)


def test_operational_detail_is_known_in_tables_and_pictures(found):
    picture = plot_script(EVENTS)
    money = business_model(Scheme(price=30, volume=100, months=12), draws=100)
    for table in (
        found.estimates,
        found.to_frame().reset_index(),
        found.typical[["script"]].assign(note="x"),
        money.to_frame(),
    ):
        assert rule(table) == "operational_detail"
    steps = nx.to_pandas_adjacency(found.transition_graph()).rename_axis("step")
    assert rule(steps) == "undeclared"
    assert rule(steps, roles={"step": "operational detail", "*": "model"}) == "operational_detail"
    for drawn in (picture, picture.figure, plot.as_svg(picture.figure)):
        assert rule(drawn, "figure") == "operational_detail"
    assert rule(money.bands(), roles={"term": "key", "*": "model"}) == "threshold"


def test_tables_and_pictures_about_actors_are_known():
    network = CriminalNetwork.from_graph(nx.path_graph(12))
    assert rule(network.ties) == "records"
    assert rule(network_page(network), "file") == "records"
    assert rule(network_page(network).html, "file") == "records"
    labelled = plot_network(network, labels=True)
    for drawn in (labelled, plot.as_svg(labelled.figure)):
        assert rule(drawn, "figure") == "records"
    counted = network.ties.groupby(network.ties["source"] > 5).size().rename_axis("late").rename("n").to_frame()
    assert rule(counted) != "records"


def test_own_pseudonyms_are_identifiers_in_any_text():
    actor = CriminalNetwork.from_graph(nx.path_graph(3), key=b"k" * 32).nodes[0]
    assert rule(f"The centre is {actor}, of course.", "file") == "identifier"
    cell = {"cell_type": "markdown", "source": f"The centre is {actor}.", "metadata": {}}
    assert rule({"nbformat": 4, "metadata": {}, "cells": [cell]}, "notebook") == "notebook"
    assert rule(f"Made in run {actor}.", "file") == "threshold"
    assert rule("Epidemiology 21. https://doi.org/10.1097/EDE.0b013e3181c30fb2", "file") == "threshold"
