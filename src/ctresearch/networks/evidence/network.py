"""The network of an investigation: actors, ties, the evidence behind each tie, and arrays for the engines.

A :class:`CriminalNetwork` is frozen. What networkx needs is in ``.graph``; what a compiled kernel needs is made once
and kept: ``.edges_index``, ``.adjacency``, ``.weights_as()``. Every function of the room takes either this or a plain
networkx graph, and gives its answer by the user's own actors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.render import as_card, few, number, shown
from ctresearch.core.result import table_field
from ctresearch.core.validate import one_of
from ctresearch.networks.evidence.actor_names import actor_names
from ctresearch.networks.evidence.dates import read_dates
from ctresearch.networks.evidence.declared import ACTORS_HELD, EVENTS_HELD, TIES_HELD
from ctresearch.networks.evidence.evidence import (
    actor_labels,
    attendance_columns,
    chosen_rows,
    graph_of,
    read_actors,
    read_attendances,
    shared_events,
    unmatched_check,
    without_names,
)
from ctresearch.networks.evidence.graph_nodes import node_attributes
from ctresearch.networks.evidence.ties import given_columns, merge_ties, pseudonyms, read_ties
from ctresearch.networks.protection.marked_outputs import mark_tables

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ctresearch.core.check import Check
    from ctresearch.networks.evidence.dates import Order
    from ctresearch.networks.evidence.ties import Combine

Meaning = Literal["strength", "distance"]


@dataclass(frozen=True, eq=False, repr=False)
class CriminalNetwork:
    """Actors and the ties between them, with the evidence for every tie.

    Build one with :meth:`from_edges`, :meth:`from_incidence` or :meth:`from_graph`. Weights are strengths (calls,
    meetings: more is closer) or distances (more is farther); which of them is never guessed.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Frozen; nodes are the user's own actors, or pseudonyms where a key was given.
    actors : pandas.DataFrame
        Attributes, indexed by actor in the order of the graph's nodes.
    ties : pandas.DataFrame
        The evidence, one row each: ``source``, ``target`` and what was given of ``weight``, ``kind``, ``date``,
        ``evidence`` and ``confidence``.
    weight_is : {"strength", "distance"}, optional
        What the weights mean; ``None`` where there are none or nobody said.
    combine : {"sum", "max", "min", "mean", "count", "one"}, optional
        How several rows of one pair became one tie.
    incidence : pandas.DataFrame, optional
        Two-mode data: actors by events, 0 and 1.
    checks : tuple of Check
        What came up when the tables were read: spellings that were merged, attributes that match nobody.
    dates : {"day first", "month first", "iso"}, optional
        How the text of the dates was read.

    Examples
    --------
    >>> ties = pd.DataFrame({"source": ["a", "a", "b"], "target": ["b", "c", "c"]})
    >>> CriminalNetwork.from_edges(ties)
    3 actors, 3 ties (undirected, without weights)
    """

    graph: nx.Graph[Any]
    actors: pd.DataFrame = table_field(ACTORS_HELD)
    ties: pd.DataFrame = table_field(TIES_HELD)
    weight_is: Meaning | None = None
    combine: Combine | None = None
    incidence: pd.DataFrame | None = table_field(EVENTS_HELD, optional=True)
    checks: tuple[Check, ...] = ()
    dates: Order | None = None

    def __post_init__(self) -> None:
        """Mark the tables about actors, so that the gate knows them wherever they go."""
        mark_tables(self, "record_level", ("actor", "source", "target"))

    @classmethod
    def from_edges(
        cls,
        frame: pd.DataFrame,
        source: str = "source",
        target: str = "target",
        weight: str | None = None,
        directed: bool = False,
        *,
        actors: pd.DataFrame | None = None,
        weight_is: Meaning | None = None,
        combine: Combine | None = None,
        kind: str | None = None,
        date: str | None = None,
        evidence: str | None = None,
        confidence: str | None = None,
        self_ties: Literal["refuse", "drop"] = "refuse",
        dates: Order | None = None,
        merge_names: bool = False,
        key: bytes | None = None,
    ) -> CriminalNetwork:
        """Read a table with one row a piece of evidence for a tie.

        Parameters
        ----------
        frame : pandas.DataFrame
            The evidence. Where several rows are about one pair, ``combine`` says how they make one tie.
        source, target : str
            Columns of the two actors.
        weight : str, optional
            Column of the tie's value, above 0.
        directed : bool
            Whether a tie from a to b differs from one from b to a.
        actors : pandas.DataFrame, optional
            Attributes, with a column ``actor`` or indexed by actor. Actors who appear here alone are isolated.
        weight_is : {"strength", "distance"}, optional
            What a larger weight means; asked for when a method needs to know.
        combine : {"sum", "max", "min", "mean", "count", "one"}, optional
            How several rows of one pair become one tie; needed where rows repeat a pair. The first four combine
            weights; ``"count"`` makes the number of rows the weight, a strength; ``"one"`` takes rows without weights
            as evidence of one tie. Without weights and direction, a tie named once from either side does not repeat.
        kind, date, evidence, confidence : str, optional
            Columns of the sort of tie, its date, where it is known from, and how sure it is (above 0, at most 1).
        self_ties : {"refuse", "drop"}
            What happens to a row that ties an actor to itself.
        dates : {"day first", "month first", "iso"}, optional
            How text writes dates in figures; asked for where the day or the month could come first. Dates may also be
            times or whole numbers, such as years.
        merge_names : bool
            Take actors, kinds and sources of evidence whose names differ in case, accents, spaces or type alone for
            one; without it they are refused.
        key : bytes, optional
            The custodian's key (:func:`ctresearch.core.pseudonym.load_key`): real names stay outside the network, and
            attributes that hold names or other identifiers are dropped (of a date of birth the year stays).

        Returns
        -------
        CriminalNetwork
            The network.

        Raises
        ------
        DataError
            If the table is not what is described above; the message says where.

        Examples
        --------
        >>> calls = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "calls": [9, 1]})
        >>> CriminalNetwork.from_edges(calls, weight="calls", weight_is="strength").graph["a"]["b"]["weight"]
        9.0
        """
        given_columns(frame, source=source, target=target)
        names = actor_names(
            [
                (f"column {source!r}", frame[source]),
                (f"column {target!r}", frame[target]),
                ("actors", actor_labels(actors)),
            ],
            merge=merge_names,
        )
        ties = read_ties(
            frame,
            source=source,
            target=target,
            weight=weight,
            kind=kind,
            date=date,
            evidence=evidence,
            confidence=confidence,
            self_ties=self_ties,
            key=key,
            names=names,
            merge_names=merge_names,
        )
        if date is not None:
            ties["date"], dates = read_dates(ties["date"], date, dates)
        known = read_actors(actors, key, names)
        built = _build(ties, known, directed=directed, weight_is=weight_is, combine=combine)
        checks = (*names.checks(), *unmatched_check(known, pd.concat([ties["source"], ties["target"]])))
        return replace(built, checks=checks, dates=dates)

    @classmethod
    def from_incidence(
        cls,
        frame: pd.DataFrame,
        *,
        actor: str,
        event: str,
        actors: pd.DataFrame | None = None,
        merge_names: bool = False,
        key: bytes | None = None,
    ) -> CriminalNetwork:
        """Read two-mode data, one row for each actor at each event, and tie those who share events.

        Parameters
        ----------
        frame : pandas.DataFrame
            The attendances; a repeated row counts once.
        actor, event : str
            Columns that say who and at which meeting, offence or case.
        actors : pandas.DataFrame, optional
            Attributes, as in :meth:`from_edges`.
        merge_names : bool
            Take actors, and events, whose names differ in case, accents, spaces or type alone for one; without it they
            are refused.
        key : bytes, optional
            The custodian's key.

        Returns
        -------
        CriminalNetwork
            Undirected; the weight is the number of shared events, a strength; ``.incidence`` keeps both modes.

        Raises
        ------
        DataError
            If a column is missing or has gaps.

        Examples
        --------
        >>> seen = pd.DataFrame({"who": ["a", "b", "c", "b"], "where": ["m1", "m1", "m2", "m2"]})
        >>> sorted(CriminalNetwork.from_incidence(seen, actor="who", event="where").graph.edges)
        [('a', 'b'), ('b', 'c')]
        """
        attendance_columns(frame, actor, event)
        names = actor_names([(f"column {actor!r}", frame[actor]), ("actors", actor_labels(actors))], merge=merge_names)
        attended = read_attendances(frame, actor=actor, event=event, key=key, names=names, merge_names=merge_names)
        known = read_actors(actors, key, names)
        checks = (*names.checks(), *unmatched_check(known, attended.index.to_series()))
        known = known.reindex(known.index.append(attended.index.difference(known.index, sort=False)))
        built = _build(shared_events(attended), known, directed=False, weight_is="strength", combine=None)
        attended = attended.reindex(list(built.graph), fill_value=0)
        return replace(built, incidence=attended.rename_axis(index="actor", columns="event"), checks=checks)

    @classmethod
    def from_graph(
        cls,
        graph: nx.Graph[Any],
        weight: str | None = None,
        *,
        weight_is: Meaning | None = None,
        combine: Combine | None = None,
        self_ties: Literal["refuse", "drop"] = "refuse",
        merge_names: bool = False,
        key: bytes | None = None,
    ) -> CriminalNetwork:
        """Take a networkx graph, with its node attributes.

        Parameters
        ----------
        graph : networkx graph
            Directed or not; of parallel edges ``combine`` says how they become one tie.
        weight : str, optional
            Edge attribute that holds the weights; without it every tie counts the same.
        weight_is, combine, self_ties, merge_names
            As in :meth:`from_edges`.
        key : bytes, optional
            The custodian's key; attributes that hold names or other identifiers are then dropped.

        Returns
        -------
        CriminalNetwork
            The network; later changes of ``graph`` do not reach it.

        Raises
        ------
        DataError
            If an edge has no such attribute, or ties an actor to itself.

        Examples
        --------
        >>> CriminalNetwork.from_graph(nx.krackhardt_kite_graph())
        10 actors, 18 ties (undirected, without weights)
        """
        if not isinstance(graph, nx.Graph):
            raise DataError(f"network is a {type(graph).__name__}, must be a CriminalNetwork or a networkx graph")
        rows = list(graph.edges(data=True))
        columns = {"source": [u for u, _, _ in rows], "target": [v for _, v, _ in rows]}
        frame = pd.DataFrame({role: pd.Series(values, dtype=object) for role, values in columns.items()})
        if weight is not None:
            frame["weight"] = [data.get(weight, np.nan) for _, _, data in rows]
        names = actor_names([("node", graph)], merge=merge_names)
        ties = read_ties(frame, weight="weight" if weight else None, self_ties=self_ties, key=key, names=names)
        attributes = node_attributes(graph, names)
        index = pd.Index(pseudonyms(attributes, key), dtype=object, name="actor", tupleize_cols=False)
        known = without_names(pd.DataFrame(list(attributes.values()), index=index), key)
        built = _build(ties, known, directed=graph.is_directed(), weight_is=weight_is, combine=combine)
        return replace(built, checks=names.checks())

    @property
    def directed(self) -> bool:
        """Whether ties have a direction."""
        return bool(self.graph.is_directed())

    @cached_property
    def nodes(self) -> tuple[Any, ...]:
        """The actors, in the order of every array."""
        return tuple(self.graph)

    @cached_property
    def edges_index(self) -> NDArray[np.int64]:
        """Positions of the two actors of each tie, shape (ties, 2), in the order of ``graph.edges``."""
        position = {actor: i for i, actor in enumerate(self.nodes)}
        flat = [position[end] for pair in self.graph.edges for end in pair]
        return _frozen(np.array(flat, dtype=np.int64).reshape(-1, 2))

    @cached_property
    def adjacency(self) -> csr_array:
        """Who is tied to whom, 0 and 1, shape (actors, actors); symmetric where ties have no direction."""
        return self._matrix(np.ones(len(self.edges_index)))

    @cached_property
    def undirected_adjacency(self) -> csr_array:
        """The same with every tie in both directions."""
        if not self.directed:
            return self.adjacency
        both = self.adjacency + self.adjacency.T
        both.data[:] = 1.0
        both.sort_indices()
        return both

    def weights_as(self, meaning: Meaning) -> NDArray[np.float64]:
        """Return the weights as strengths or as distances; one is the inverse of the other.

        Parameters
        ----------
        meaning : {"strength", "distance"}
            What the method needs.

        Returns
        -------
        numpy.ndarray
            One value a tie, in the order of ``edges_index``, shape (ties,).

        Raises
        ------
        SpecificationError
            If there are no weights, or nobody said what they mean.

        Examples
        --------
        >>> calls = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [4.0]})
        >>> CriminalNetwork.from_edges(calls, weight="weight", weight_is="strength").weights_as("distance").tolist()
        [0.25]
        """
        one_of("meaning", meaning, ("strength", "distance"))
        if not self.weighted:
            raise SpecificationError(
                f"this network has no weights to read as {meaning}s: name their column, as in "
                "CriminalNetwork.from_edges(frame, weight='calls', weight_is='strength') or from_graph(graph, "
                "weight='weight', ...)"
            )
        if self.weight_is is None:
            raise SpecificationError(
                f"weight_is == None, but weights are asked for as {meaning}s: must be 'strength' (more is closer) or "
                "'distance' (more is farther), said when the network is built"
            )
        values = np.array([data["weight"] for _, _, data in self.graph.edges(data=True)], dtype=float)
        return values if meaning == self.weight_is else 1.0 / values

    @property
    def weighted(self) -> bool:
        """Whether ties have weights."""
        return self.combine == "count" or "weight" in self.ties.columns

    def matrix_as(self, meaning: Meaning) -> csr_array:
        """Return the weights as a matrix.

        Parameters
        ----------
        meaning : {"strength", "distance"}
            What the method needs.

        Returns
        -------
        scipy.sparse.csr_array
            Shape (actors, actors); symmetric where ties have no direction; nothing is stored where there is no tie.

        Raises
        ------
        SpecificationError
            As in :meth:`weights_as`.

        Examples
        --------
        >>> calls = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [4.0]})
        >>> network = CriminalNetwork.from_edges(calls, weight="weight", weight_is="strength")
        >>> network.matrix_as("strength").toarray().tolist()
        [[0.0, 4.0], [4.0, 0.0]]
        """
        return self._matrix(self.weights_as(meaning))

    def select(
        self,
        *,
        kind: Hashable | None = None,
        start: Any = None,
        end: Any = None,
        min_confidence: float | None = None,
        keep_isolated: bool = False,
        dates: Order | None = None,
    ) -> CriminalNetwork:
        """Return the network that part of the evidence gives.

        Parameters
        ----------
        kind : hashable, optional
            Keep this sort of tie.
        start, end : optional
            Keep evidence dated from ``start`` on and before ``end``; evidence without a date is then left out.
        min_confidence : float, optional
            Keep evidence at least this sure.
        keep_isolated : bool
            Keep actors who then have no tie.
        dates : {"day first", "month first", "iso"}, optional
            How ``start`` and ``end`` are written, where it is text; as the evidence writes its dates unless this says
            so.

        Returns
        -------
        CriminalNetwork
            Built anew from the rows that remain.

        Raises
        ------
        SpecificationError
            If the evidence lacks the column that is asked about, has no such kind, or a date cannot be read.

        Examples
        --------
        >>> ties = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "how": ["phone", "kin"]})
        >>> CriminalNetwork.from_edges(ties, kind="how").select(kind="kin").nodes
        ('b', 'c')
        """
        ties, actors = self.ties, self.actors
        order = self.dates if dates is None else dates
        keep = chosen_rows(ties, kind=kind, start=start, end=end, min_confidence=min_confidence, dates=order)
        if not keep_isolated:
            present = set(ties.loc[keep, "source"]) | set(ties.loc[keep, "target"])
            actors = actors[[a in present for a in actors.index]]
        kept = ties[keep].reset_index(drop=True)
        built = _build(kept, actors, directed=self.directed, weight_is=self.weight_is, combine=self.combine)
        return replace(built, checks=self.checks, dates=self.dates)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        meaning = f"weights are {self.weight_is or 'not explained'}" if self.weighted else "without weights"
        kind = "directed" if self.directed else "undirected"
        return f"{len(self)} actors, {len(self.edges_index)} ties ({kind}, {meaning})"

    def _matrix(self, values: NDArray[np.float64]) -> csr_array:
        """Put one value a tie into a sparse matrix, in both directions where ties have none."""
        from scipy.sparse import csr_array

        n, edges = len(self), self.edges_index
        rows, columns = edges[:, 0], edges[:, 1]
        if not self.directed:
            rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
            values = np.concatenate([values, values])
        matrix = csr_array((values, (rows, columns)), shape=(n, n))
        matrix.sort_indices()
        return matrix

    def _repr_html_(self) -> str:
        held = [str(name) for name in self.actors.columns if name not in {"actor", "source", "target"}]
        rows = {
            "actors": few(len(self)),
            "ties": number(len(self.edges_index)),
            "rows of evidence": number(len(self.ties)),
            "directed": self.directed,
            "weights are": (self.weight_is or "not explained") if self.weighted else "none",
            "attributes": tuple(held),
        }
        return as_card(self, says=[], told={name: shown(value) for name, value in rows.items()}, checks=self.checks)


def as_network(network: CriminalNetwork | nx.Graph[Any], *, at_least: int = 1) -> CriminalNetwork:
    """Take a network or any networkx graph, whose weights are then left aside.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        What the user gave.
    at_least : int
        Fewest actors the method needs.

    Returns
    -------
    CriminalNetwork
        The network.

    Raises
    ------
    DataError
        If it is something else, or too small.

    Examples
    --------
    >>> as_network(nx.path_graph(3)).nodes
    (0, 1, 2)
    """
    found = network if isinstance(network, CriminalNetwork) else CriminalNetwork.from_graph(network)
    if len(found) < at_least:
        raise DataError(f"the network has {len(found)} actors, must have at least {at_least}")
    return found


def _build(
    ties: pd.DataFrame, actors: pd.DataFrame, *, directed: bool, weight_is: Meaning | None, combine: Combine | None
) -> CriminalNetwork:
    """Make the graph of a table of evidence and a table of actors."""
    if weight_is is not None:
        one_of("weight_is", weight_is, ("strength", "distance"))
    if combine == "count" and weight_is == "distance":
        raise SpecificationError(
            f"combine == {combine!r}, but weight_is == {weight_is!r}: a number of rows is a strength"
        )
    graph = graph_of(merge_ties(ties, directed=directed, combine=combine), actors, directed=directed)
    index = pd.Index(list(graph), dtype=object, name="actor", tupleize_cols=False)
    attributes = actors.reindex(index) if len(actors.columns) else pd.DataFrame(index=index)
    for column in attributes:
        nx.set_node_attributes(graph, dict(zip(index, attributes[column].tolist(), strict=True)), str(column))
    meaning: Meaning | None = "strength" if combine == "count" else weight_is if "weight" in ties else None
    return CriminalNetwork(nx.freeze(graph), attributes, ties.reset_index(drop=True), meaning, combine, None)


def _frozen(array: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make an array read-only, since it is handed out many times."""
    array.flags.writeable = False
    return array
