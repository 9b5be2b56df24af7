"""Covariates that must not be adjusted for, each named in words.

References
----------
.. [1] Cinelli, C., Forney, A. and Pearl, J. (2024). A crash course in good and bad controls. Sociological Methods and
   Research 53, 1071-1104. https://doi.org/10.1177/00491241221099552
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import networkx as nx

from ctresearch.causes.graph.path_search import find_paths
from ctresearch.causes.graph.paths import back_door_graph, causal_nodes, describe_path, forbidden_nodes, separated
from ctresearch.core.render import as_card

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Kind = Literal["mediator", "consequence", "collider", "instrument"]


@dataclass(frozen=True, slots=True)
class BadControl:
    """A covariate that does harm.

    Parameters
    ----------
    name : str
        The covariate.
    kind : {"mediator", "consequence", "collider", "instrument"}
        Why; an instrument only widens errors and strengthens what bias there is.
    sentence : str
        The reason in words.

    Examples
    --------
    >>> BadControl("debt", "mediator", "'debt' lies between").name
    'debt'
    """

    name: str
    kind: Kind
    sentence: str

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.sentence], show=["name", "kind"])


def find_bad_controls(
    graph: nx.DiGraph[str], treatment: str, outcome: str, covariates: Sequence[str], selected: Collection[str]
) -> tuple[BadControl, ...]:
    """Name the covariates that must not be adjusted for.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    treatment, outcome : str
        The question.
    covariates : sequence of str
        What is meant to be adjusted for.
    selected : collection of str
        What is conditioned on in any case.

    Returns
    -------
    tuple of BadControl
        In the order of the covariates.

    Examples
    --------
    >>> g = nx.DiGraph([("u", "a"), ("u", "s"), ("v", "s"), ("v", "b"), ("a", "b")])
    >>> find_bad_controls(g, "a", "b", ["s"], [])[0].kind
    'collider'
    """
    found = []
    for name in covariates:
        others = (set(covariates) | set(selected)) - {name}
        bad = (
            _after_treatment(graph, treatment, outcome, name)
            or _collider(graph, treatment, outcome, name, others)
            or _instrument(graph, treatment, outcome, name, others)
        )
        if bad is not None:
            found.append(bad)
    return tuple(found)


def _after_treatment(graph: nx.DiGraph[str], treatment: str, outcome: str, name: str) -> BadControl | None:
    """Say whether a covariate lies on, or follows from, a causal path."""
    if name not in forbidden_nodes(graph, treatment, outcome):
        return None
    if name in causal_nodes(graph, treatment, outcome):
        return BadControl(
            name,
            "mediator",
            f"{name!r} lies between treatment and outcome, so adjusting for it removes part of the effect",
        )
    if name in nx.descendants(graph, outcome):
        return BadControl(
            name, "consequence", f"{name!r} follows from the outcome, so adjusting for it selects on the outcome"
        )
    return BadControl(
        name, "consequence", f"{name!r} follows from a mediator, so adjusting for it removes part of the effect"
    )


def _collider(
    graph: nx.DiGraph[str], treatment: str, outcome: str, name: str, others: Collection[str]
) -> BadControl | None:
    """Say whether adjusting for a covariate opens a path, and closes none."""
    cut = back_door_graph(graph, treatment, outcome)
    fixed, both = set(others), {*others, name}
    seen = fixed.union(*(nx.ancestors(graph, node) for node in fixed)) if fixed else set()
    harmed = separated(cut, treatment, outcome, fixed) and not separated(cut, treatment, outcome, both)
    opened = find_paths(cut, treatment, outcome, both, passing=lambda turn: turn[1] and turn[0] not in seen, most=1)
    if not harmed:
        closed = find_paths(cut, treatment, outcome, fixed, passing=lambda turn: turn == (name, False), most=1)
        if not opened.nodes or not closed.complete:  # a search that was cut short may have missed what it closes
            return None
    path = f"the path {describe_path(cut, opened.nodes[0]).text}" if opened.nodes else "a path"
    return BadControl(name, "collider", f"{name!r} is a collider or follows from one, so adjusting for it opens {path}")


def _instrument(
    graph: nx.DiGraph[str], treatment: str, outcome: str, name: str, others: Collection[str]
) -> BadControl | None:
    """Say whether a covariate moves the treatment and reaches the outcome through it alone."""
    if name not in nx.ancestors(graph, treatment):
        return None
    if not separated(back_door_graph(graph, treatment, outcome), name, outcome, others):
        return None
    return BadControl(
        name,
        "instrument",
        f"{name!r} acts on the outcome through the treatment alone, so adjusting for it amplifies hidden bias",
    )
