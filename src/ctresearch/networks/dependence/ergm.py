"""Exponential random graph models whose ties depend on each other, fitted by the optional package ergmx."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import is_level, require_extra
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

EXTRA = "ergm"
_UNLIKELY, _MANY, _LONGEST = 0.05, 0.2, 160


def ergm(
    network: CriminalNetwork | nx.Graph[Any], terms: Sequence[str], *, level: float = 0.95, seed: Seed = 0
) -> Result:
    """Fit a random graph model with terms for triangles, degrees and the like [1]_, by Monte Carlo maximum likelihood.

    Needs the extra ``ergm`` (the package ergmx, whose licence is the GPL, version 3). Without it
    :func:`ctresearch.networks.dependence.tie_model` fits the models whose dyads are independent.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors; weights are left aside.
    terms : sequence of str
        In the words of R's ergm, such as ``"edges"``, ``"nodematch('stage')"`` or ``"gwesp(0.5, fixed=TRUE)"``.
        Attributes that are named must be known of every actor.
    level : float
        Coverage of the intervals, from the normal approximation.
    seed : int or SeedSequence
        Of the simulated networks.

    Returns
    -------
    Result
        One row a coefficient, as log odds of a tie; ``to_frame(exponentiate=True)`` gives odds ratios. ``.raw`` is the
        fit of ergmx. The check ``goodness`` compares degrees, shared partners and distances with those of networks
        drawn from the model.

    Raises
    ------
    MissingExtraError
        If ergmx is not installed.
    SpecificationError
        If a term is not known or not one of this kind of network.
    DataError
        If an attribute is missing for someone.
    FitError
        If the model is degenerate: what it draws is unlike the network, or no finite estimate exists.

    References
    ----------
    .. [1] Robins, G., Pattison, P., Kalish, Y. and Lusher, D. (2007). An introduction to exponential random graph (p*)
       models for social networks. Social Networks 29, 173-191. https://doi.org/10.1016/j.socnet.2006.08.002
    .. [2] Hunter, D. R. and Handcock, M. S. (2006). Inference in curved exponential family models for networks. Journal
       of Computational and Graphical Statistics 15, 565-583. https://doi.org/10.1198/106186006X133069

    Examples
    --------
    >>> try:
    ...     result = ergm(nx.karate_club_graph(), ["edges", "nodematch('club')"])
    ...     stronger = bool(result.estimates["estimate"].iloc[1] > 0)
    ... except ImportError:  # without the extra
    ...     stronger = True
    >>> stronger
    True
    """
    is_level(level)
    found = one_mode(network, "the model of ties", at_least=3)
    if isinstance(terms, str) or not terms or not all(isinstance(one, str) for one in terms):
        raise SpecificationError(
            f"terms == {terms!r}, must be a list of texts such as ['edges', \"nodematch('stage')\"]"
        )
    ergmx = require_extra("ergmx", EXTRA)
    draw = int(generator(seed).integers(2**31))
    graph = _plain(found, " ".join(terms))
    try:
        fit = ergmx.ergm(graph, " + ".join(terms), seed=draw)
        gaps = _gaps(fit, draw)
    except (ergmx.DegeneracyError, np.linalg.LinAlgError) as error:
        raise FitError(
            f"the model {' + '.join(terms)!r} cannot be fitted, take gentler terms: {_line(error, graph)}"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise SpecificationError(f"terms == {list(terms)}, which ergmx does not take: {_line(error, graph)}") from None
    return _result(found, fit, gaps, level, seed=recorded_seed(seed), fewest=_fewest(graph))


def _plain(network: CriminalNetwork, words: str) -> nx.Graph[Any]:
    """Copy the ties by position with the attributes that the terms name, so that no identifier goes further."""
    graph: nx.Graph[Any] = nx.DiGraph() if network.directed else nx.Graph()
    graph.add_nodes_from(range(len(network)))
    graph.add_edges_from(network.edges_index.tolist())
    for column in network.actors:
        if f"'{column}'" not in words and f'"{column}"' not in words:
            continue
        values = network.actors[column]
        if values.isna().any():
            raise DataError(f"attribute {column!r} is missing for {int(values.isna().sum())} actors: complete it")
        nx.set_node_attributes(graph, dict(enumerate(values.tolist())), str(column))
    return graph


def _gaps(fit: Any, seed: int) -> float:
    """Give the share of figures, of those that occur in either, in which the network is unlike those of the model."""
    tables = fit.gof(seed=seed)
    values, there = [], []
    for kind in ("degree", "espartners", "distance", "idegree", "odegree"):
        try:
            table = tables[kind]
        except KeyError:
            continue
        values.append(np.asarray(table.pvalue, dtype=float))
        there.append((np.asarray(table.max, dtype=float) > 0) | (np.asarray(table.observed, dtype=float) > 0))
    if not values:
        return float("nan")
    unlikely = np.concatenate(values)[np.concatenate(there)] < _UNLIKELY
    return float(unlikely.mean())


def _fewest(graph: nx.Graph[Any]) -> int:
    """Find the fewest actors who share a word of an attribute, since a term may speak of them alone."""
    words = {name for _, data in graph.nodes(data=True) for name, value in data.items() if isinstance(value, str)}
    sizes = [list(Counter(nx.get_node_attributes(graph, name).values()).values()) for name in words]
    return smallest_of(len(graph), *sizes)


def _result(network: CriminalNetwork, fit: Any, gaps: float, level: float, *, seed: int | None, fewest: int) -> Result:
    """Put the coefficients and what is wrong with them into words."""
    from scipy.special import ndtri

    estimate = np.array([fit.coef[name] for name in fit.names], dtype=float)
    error = np.array([fit.stderr[name] for name in fit.names], dtype=float)
    if not np.isfinite(estimate).all():
        lost = [name for name, value in zip(fit.names, estimate, strict=True) if not np.isfinite(value)]
        raise FitError(f"no finite estimate of {', '.join(lost)} exists: the term is at its limit in this network")
    half = float(ndtri((1 + level) / 2)) * error
    rows = {
        name: (e, s, e - h, e + h) if np.isfinite(s) else (e, np.nan, np.nan, np.nan)
        for name, e, s, h in zip(fit.names, estimate.tolist(), error.tolist(), half.tolist(), strict=True)
    }
    stood = "The estimate had settled." if fit.converged else "The estimate had not settled: it must not be used."
    unlike = say(
        "The network is unlike those that the model draws in {gaps:.0%} of degrees, shared partners and distances.",
        gaps=gaps,
    )
    return Result(
        method=say("Exponential random graph model ({method})", method=str(fit.method)),
        estimates=estimates_table(rows, unit="log odds of a tie"),
        n=len(network),
        smallest_group=fewest,
        scale="log",
        level=level,
        interval="normal",
        checks=(
            *network.checks,
            Check(
                "convergence",
                "pass" if fit.converged else "fail",
                stood,
                {"iterations": float(fit.iterations)},
                voids=True,
            ),
            Check("goodness", "review" if not gaps <= _MANY else "pass", unlike, {"share": gaps}),
        ),
        assumptions=(*CAVEATS, "Actors whom nobody saw would not change which ties go together."),
        references=references(ergm),
        inputs=recorded(network, seed=seed, packages=("ergmx",)),
        raw=fit,
        declaration=Declaration({"*": model("", "log odds of a tie", reader="ratio")}),
    )


def _line(error: Exception, graph: nx.Graph[Any]) -> str:
    """Put what another package says onto one short line, unless an actor's value stands in it."""
    said = " ".join(str(error).split())[:_LONGEST]
    values = {str(value) for _, data in graph.nodes(data=True) for value in data.values()}
    return type(error).__name__ if not said or any(value in said for value in values) else said
