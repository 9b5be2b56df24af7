"""Tables of evidence before they are a network: who attended what, what is known of actors, which rows are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words, shown
from ctresearch.core.check import Check
from ctresearch.core.errors import CellError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.validate import has_columns, in_range, is_frame
from ctresearch.networks.evidence.actor_names import one_spelling
from ctresearch.networks.evidence.dates import read_bound
from ctresearch.networks.evidence.ties import pseudonyms
from ctresearch.networks.protection.protected_words import column_says, year_of
from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.words.identifiers import identifying_columns

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from ctresearch.networks.evidence.actor_names import ActorNames
    from ctresearch.networks.evidence.dates import Order

_NAMES = ("label", "name", "names", "labels")  # attributes by which graph files carry real names


def read_attendances(
    frame: pd.DataFrame,
    *,
    actor: str,
    event: str,
    key: bytes | None,
    names: ActorNames | None = None,
    merge_names: bool = False,
) -> pd.DataFrame:
    """Lay out who was at which event.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each actor at each event; a repeated row counts once.
    actor, event : str
        Its columns.
    key : bytes, optional
        The custodian's key.
    names : ActorNames, optional
        Which spelling each actor keeps.
    merge_names : bool
        Take spellings of one event for one.

    Returns
    -------
    pandas.DataFrame
        0 and 1, actors by events; actors in the order in which they appear.

    Raises
    ------
    DataError
        If a column is missing or has gaps.

    Examples
    --------
    >>> seen = pd.DataFrame({"who": ["b", "a", "b"], "where": ["m1", "m1", "m2"]})
    >>> read_attendances(seen, actor="who", event="where", key=None).to_numpy().tolist()
    [[1, 1], [1, 0]]
    """
    attendance_columns(frame, actor, event)
    named = names.apply(frame[actor]) if names is not None else frame[actor]
    who = pd.Index(pseudonyms(named, key))
    where = one_spelling(frame[event], event, merge=merge_names)
    attended: pd.DataFrame = pd.crosstab(who, where.to_numpy()).clip(upper=1).loc[who.unique()]
    return attended


def attendance_columns(frame: pd.DataFrame, actor: str, event: str) -> None:
    """Refuse a table of attendances without its columns, or with gaps in them.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    actor, event : str
        Its columns.

    Raises
    ------
    DataError
        If a column is missing or has gaps.

    Examples
    --------
    >>> attendance_columns(pd.DataFrame({"who": ["b"], "where": ["m1"]}), "who", "where")
    """
    is_frame("attendances", frame)
    has_columns("attendances", frame, (actor, event))
    for column in (actor, event):
        empty = frame[column].isna() | frame[column].map(
            lambda cell: isinstance(cell, str) and not cell.strip()
        ).astype(bool)
        refuse_cells(frame[column], empty, "must be complete")


def shared_events(attended: pd.DataFrame) -> pd.DataFrame:
    """Tie those who share events.

    Parameters
    ----------
    attended : pandas.DataFrame
        0 and 1, actors by events.

    Returns
    -------
    pandas.DataFrame
        Columns ``source``, ``target`` and ``weight``, the number of events they share.

    Examples
    --------
    >>> shared_events(pd.DataFrame([[1, 1], [1, 1], [0, 0]], index=["a", "b", "c"])).to_numpy().tolist()
    [['a', 'b', 2.0]]
    """
    shared = attended.to_numpy() @ attended.to_numpy().T
    one, two = np.triu(shared, 1).nonzero()
    names = attended.index.to_numpy()
    return pd.DataFrame({"source": names[one], "target": names[two], "weight": shared[one, two].astype(float)})


def actor_labels(actors: pd.DataFrame | None) -> list[Any]:
    """List the actors of a table of attributes.

    Parameters
    ----------
    actors : pandas.DataFrame, optional
        With a column ``actor``, or indexed by actor.

    Returns
    -------
    list
        One a row; empty if nothing was given.

    Raises
    ------
    DataError
        If it is no table, or has no rows.

    Examples
    --------
    >>> actor_labels(pd.DataFrame({"actor": ["a"], "role": ["driver"]}))
    ['a']
    """
    if actors is None:
        return []
    is_frame("actors", actors.reset_index() if isinstance(actors, pd.DataFrame) else actors)
    return list(actors["actor"] if "actor" in actors.columns else actors.index)


def unmatched_check(known: pd.DataFrame, tied: pd.Series[Any]) -> tuple[Check, ...]:
    """Say where attributes and ties speak of different actors.

    Parameters
    ----------
    known : pandas.DataFrame
        Attributes, indexed by actor.
    tied : pandas.Series
        Actors of all ties.

    Returns
    -------
    tuple of Check
        A failure where no actor with attributes has a tie, a review where some do and actors with ties lack attributes.

    Examples
    --------
    >>> table = pd.DataFrame({"role": ["driver"]}, index=["x1"])
    >>> [check.status for check in unmatched_check(table, pd.Series(["a", "b"]))]
    ['fail']
    """
    if not len(known.columns):
        return ()
    there = set(tied)
    strangers = sum(actor not in there for actor in known.index)
    bare = len(there.difference(known.index))
    if not strangers or not bare:
        return ()
    numbers = {"without_ties": strangers, "with_attributes": len(known), "without_attributes": bare}
    said = say(
        "{strangers:,} of {known:,} actors with attributes have no tie, and {bare:,} actors with ties have no "
        "attributes",
        strangers=strangers,
        known=len(known),
        bare=bare,
    )
    if strangers == len(known):
        message = say("{said}: attributes match nobody, use the names that the ties use.", said=said)
        return (Check("attributes", "fail", message, numbers),)
    message = say("{said}: are some of them the same, named otherwise?", said=said)
    return (Check("attributes", "review", message, numbers),)


def read_actors(actors: pd.DataFrame | None, key: bytes | None, names: ActorNames | None = None) -> pd.DataFrame:
    """Index a table of attributes by actor.

    Parameters
    ----------
    actors : pandas.DataFrame, optional
        With a column ``actor``, or indexed by actor.
    key : bytes, optional
        The custodian's key.
    names : ActorNames, optional
        Which spelling each actor keeps.

    Returns
    -------
    pandas.DataFrame
        One row an actor; empty if nothing was given.

    Raises
    ------
    DataError
        If an actor has no name or stands there twice.

    Examples
    --------
    >>> read_actors(pd.DataFrame({"actor": ["a"], "role": ["driver"]}), None).loc["a", "role"]
    'driver'
    """
    if actors is None:
        return pd.DataFrame(index=pd.Index([], dtype=object, name="actor"))
    labels = actor_labels(actors)
    table = actors.set_index("actor") if "actor" in actors.columns else actors
    spelled = names.apply(labels) if names is not None else labels
    index = pd.Index(pseudonyms(spelled, key), dtype=object, name="actor", tupleize_cols=False)
    unnamed = np.asarray(index.isna())
    twice = np.asarray(index.duplicated()) & ~unnamed
    if twice.any() or unnamed.any():
        rows = (np.flatnonzero(twice | unnamed) + 1).tolist()
        raise CellError(
            f"actors name {int(twice.sum())} actors twice and {int(unnamed.sum())} not at all (rows {row_words(rows)}),"
            " each must stand in one row with a name",
            rows=rows,
        )
    return without_names(table.set_axis(index), key)


def without_names(actors: pd.DataFrame, key: bytes | None) -> pd.DataFrame:
    """Drop attributes that hold names or other identifiers, where a key says that these stay outside.

    Parameters
    ----------
    actors : pandas.DataFrame
        Attributes, one row an actor.
    key : bytes, optional
        The custodian's key; without one everything stays.

    Returns
    -------
    pandas.DataFrame
        What is left; of a date of birth the year, as ``birth_year``.

    Examples
    --------
    >>> table = pd.DataFrame({"full_name": ["Juan Perez"], "role": ["driver"]})
    >>> list(without_names(table, b"k" * 32))
    ['role']
    """
    if key is None or not len(actors.columns):
        return actors
    cells = actors.astype(object).where(actors.notna(), "").astype(str)
    grid = Grid(tuple(map(str, actors.columns)), tuple(cells.itertuples(index=False, name=None)))
    naming = {*identifying_columns(grid), *(str(c) for c in actors if str(c).strip().lower() in _NAMES)}
    dropped = [c for c in actors if str(c) in naming]
    left = actors.drop(columns=dropped)
    births = [c for c in dropped if column_says(c) == "birth"]
    return left.assign(birth_year=actors[births[0]].map(year_of)) if births and "birth_year" not in left else left


def chosen_rows(
    ties: pd.DataFrame,
    *,
    kind: Hashable | None,
    start: Any,
    end: Any,
    min_confidence: float | None,
    dates: Order | None = None,
) -> NDArray[np.bool_]:
    """Say which rows of the evidence are chosen.

    Parameters
    ----------
    ties : pandas.DataFrame
        The evidence.
    kind : hashable, optional
        This sort of tie.
    start, end : optional
        Dated from ``start`` on and before ``end``; rows without a date are then left out.
    min_confidence : float, optional
        At least this sure.
    dates : {"day first", "month first", "iso"}, optional
        How ``start`` and ``end`` are written.

    Returns
    -------
    numpy.ndarray
        One value a row.

    Raises
    ------
    SpecificationError
        If the evidence lacks the column that is asked about, has no such kind, or a date cannot be read.

    Examples
    --------
    >>> rows = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "kind": ["phone", "kin"]})
    >>> chosen_rows(rows, kind="kin", start=None, end=None, min_confidence=None).tolist()
    [False, True]
    """
    asked = {
        "kind": kind is not None,
        "date": start is not None or end is not None,
        "confidence": min_confidence is not None,
    }
    for column, wanted in asked.items():
        if wanted and column not in ties:
            raise SpecificationError(
                f"the evidence has no {column}: name its column in from_edges(..., {column}='...')"
            )
    keep = np.ones(len(ties), dtype=bool)
    if kind is not None:
        keep &= _of_kind(ties["kind"], kind)
    first = None if start is None else read_bound("start", start, ties["date"], dates)
    last = None if end is None else read_bound("end", end, ties["date"], dates)
    if first is not None and last is not None and first >= last:
        raise SpecificationError(
            f"start does not lie before end ({shown(start)} and {shown(end)}): evidence is kept from start "
            "on and before end"
        )
    if first is not None:
        keep &= (ties["date"] >= first).to_numpy()
    if last is not None:
        keep &= (ties["date"] < last).to_numpy()
    if min_confidence is not None:
        keep &= (ties["confidence"] >= in_range("min_confidence", min_confidence, 0, 1)).to_numpy()
    return keep


def _of_kind(kinds: pd.Series[Any], kind: Hashable) -> NDArray[np.bool_]:
    """Say which rows are of a kind, and refuse a kind that there is not."""
    chosen: NDArray[np.bool_] = (kinds == kind).to_numpy(dtype=bool)
    if not chosen.any():
        near = sum(name_key(one) == name_key(kind) for one in kinds.dropna().unique())
        raise SpecificationError(
            f"kind matches none of {kinds.nunique():,} kinds of tie"
            + (", but one that is written otherwise" if near else "")
            + ": write it as the evidence does"
        )
    return chosen


def graph_of(merged: pd.DataFrame, actors: pd.DataFrame, *, directed: bool) -> nx.Graph[Any]:
    """Draw the graph of a table with one row a tie.

    Parameters
    ----------
    merged : pandas.DataFrame
        Columns ``source``, ``target`` and attributes of the tie.
    actors : pandas.DataFrame
        Indexed by actor, whose order the nodes follow.
    directed : bool
        Whether ties have a direction.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        Actors, then those who appear in ties alone.

    Examples
    --------
    >>> rows = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [2.0]})
    >>> graph_of(rows, read_actors(None, None), directed=False)["a"]["b"]
    {'weight': 2.0}
    """
    graph: nx.Graph[Any] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(actors.index.tolist())
    names = [c for c in merged.columns if c not in ("source", "target")]
    values = [merged[c].tolist() for c in names]
    rows = zip(*values, strict=True) if values else iter(())
    pairs = zip(merged["source"].tolist(), merged["target"].tolist(), rows, strict=True)
    graph.add_edges_from((u, v, dict(zip(names, row, strict=True))) for u, v, row in pairs)
    return graph
