"""Dependent random graphs: what goes to the engine, what comes back, and how its troubles read.

The engine is an extra. A stand-in shows what is handed over; where the extra is installed the real one is asked too.
"""

import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from ctresearch.core import DataError, FitError, MissingExtraError, Result, SpecificationError
from ctresearch.networks import ergm, tie_model

installed = pytest.mark.skipif(find_spec("ergmx") is None, reason="needs the extra ergm")


class DegeneracyError(RuntimeError):
    """The engine's own word for a model that draws nothing like the network."""


def table(pvalue):
    return SimpleNamespace(pvalue=np.array(pvalue), max=np.array([9, 9, 0]), observed=np.array([1, 0, 0]))


@pytest.fixture
def engine(monkeypatch):
    """Stand in for ergmx: it remembers what it was given and gives fixed numbers."""
    module = ModuleType("ergmx")
    fit = SimpleNamespace(
        names=["edges", "gwesp"],
        coef={"edges": -3.0, "gwesp": 0.5},
        stderr={"edges": 0.3, "gwesp": 0.1},
        method="MCMLE",
        converged=True,
        iterations=4,
        gof=lambda seed: {"degree": table([0.9, 0.01, 0.0]), "distance": table([0.5, 0.5, 0.0])},
    )
    module.given = []

    def fit_model(graph, formula, seed):
        module.given.append((graph, formula, seed))
        if isinstance(module.fit, Exception):
            raise module.fit
        return module.fit

    module.fit, module.ergm, module.DegeneracyError = fit, fit_model, DegeneracyError
    monkeypatch.setitem(sys.modules, "ergmx", module)
    return module


def group():
    graph = nx.relabel_nodes(nx.karate_club_graph(), lambda v: f"person {v}")
    nx.set_node_attributes(graph, "hidden", "note")
    return graph


def test_the_engine_gets_positions_and_the_attributes_that_are_named(engine):
    ergm(group(), ["edges", "nodematch('club')"], seed=3)
    graph, formula, seed = engine.given[0]
    assert formula == "edges + nodematch('club')"
    assert set(graph) == set(range(34))
    assert {key for _, data in graph.nodes(data=True) for key in data} == {"club"}
    assert nx.is_isomorphic(graph, nx.Graph(nx.karate_club_graph().edges))
    ergm(group(), ["edges"], seed=3)
    assert engine.given[1][2] == seed


def test_coefficients_and_their_limits_come_back(engine):
    result = ergm(nx.karate_club_graph(), ["edges", "gwesp(0.5, fixed=TRUE)"])
    row = result.estimates.loc["gwesp"]
    assert row[["estimate", "std_error"]].tolist() == [0.5, 0.1]
    assert row["ci_high"] == pytest.approx(0.5 + 1.959964 * 0.1, abs=1e-6)
    assert result.status == "review"
    assert result.checks[1].numbers["share"] == 0.25  # one in four of the figures that occur
    assert Result.from_dict(result.to_dict()) == result
    engine.fit.converged = False
    assert ergm(nx.karate_club_graph(), ["edges"]).status == "fail"


def test_troubles_are_one_sentence(engine):
    engine.fit = DegeneracyError("the statistics\ndid not vary")
    with pytest.raises(FitError, match="gentler terms: the statistics did not vary"):
        ergm(nx.karate_club_graph(), ["edges", "triangle"])
    engine.fit = ValueError("unknown term 'foo'")
    with pytest.raises(SpecificationError, match="unknown term 'foo'"):
        ergm(nx.karate_club_graph(), ["foo"])
    part = group()
    part.nodes["person 3"]["club"] = None
    with pytest.raises(DataError, match="'club' is missing for 1 actors"):
        ergm(part, ["edges", "nodematch('club')"])


def test_an_infinite_coefficient_is_no_estimate(engine):
    engine.fit.coef["gwesp"] = -np.inf
    with pytest.raises(FitError, match="no finite estimate of gwesp"):
        ergm(nx.karate_club_graph(), ["edges", "gwesp"])


@pytest.mark.parametrize("terms", ["edges", [], [3]])
def test_terms_are_a_list_of_texts(engine, terms):
    with pytest.raises(SpecificationError, match="must be a list of texts"):
        ergm(nx.karate_club_graph(), terms)


def test_without_the_extra_its_name_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ergmx", None)
    with pytest.raises(MissingExtraError, match="ergm"):
        ergm(nx.karate_club_graph(), ["edges"])


@installed
def test_with_independent_dyads_it_is_the_exact_model():
    graph = nx.karate_club_graph()
    ours, theirs = tie_model(graph, ["club"]).estimates, ergm(graph, ["edges", "nodematch('club')"]).estimates
    assert theirs[["estimate", "std_error"]].to_numpy() == pytest.approx(
        ours[["estimate", "std_error"]].to_numpy(), abs=1e-6
    )


@installed
def test_triangles_are_found_where_there_are_some():
    row = ergm(nx.karate_club_graph(), ["edges", "nodematch('club')", "gwesp(0.5, fixed=TRUE)"], seed=1).estimates.iloc[
        2
    ]
    assert row["ci_low"] > 0
    with pytest.raises(FitError, match="gentler terms"):
        ergm(nx.karate_club_graph(), ["edges", "triangle"], seed=1)
