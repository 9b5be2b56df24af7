"""Tables of evidence before they are a network: who attended what, what is known of actors, which rows are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import has_columns, in_range, is_frame
from ctresearch.networks.protected_words import column_says, year_of
from ctresearch.networks.ties import pseudonyms
from ctresearch.privacy.grid import Grid
from ctresearch.privacy.identifiers import identifying_columns

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

_NAMES = ("label", "name", "names", "labels")  # attributes by which graph files carry real names


def read_attendances(frame: pd.DataFrame, *, actor: str, event: str, key: bytes | None) -> pd.DataFrame:
    """Lay out who was at which event.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each actor at each event; a repeated row counts once.
    actor, event : str
        Its columns.
    key : bytes, optional
        The custodian's key.

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
    is_frame("attendances", frame)
    has_columns("attendances", frame, (actor, event))
    for column in (actor, event):
        if frame[column].isna().any():
            raise DataError(f"column {column!r} is empty in row {int(frame[column].isna().argmax())}: complete it")
    who = pd.Index(pseudonyms(frame[actor], key), name="actor")
    attended: pd.DataFrame = pd.crosstab(who, frame[event].to_numpy()).clip(upper=1).loc[who.unique()]
    return attended


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


def read_actors(actors: pd.DataFrame | None, key: bytes | None) -> pd.DataFrame:
    """Index a table of attributes by actor.

    Parameters
    ----------
    actors : pandas.DataFrame, optional
        With a column ``actor``, or indexed by actor.
    key : bytes, optional
        The custodian's key.

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
    is_frame("actors", actors.reset_index() if isinstance(actors, pd.DataFrame) else actors)
    table = actors.set_index("actor") if "actor" in actors.columns else actors
    index = pd.Index(pseudonyms(table.index.tolist(), key), dtype=object, name="actor", tupleize_cols=False)
    if index.has_duplicates or index.hasnans:
        raise DataError(
            f"actors name {int(index.duplicated().sum())} actors twice and {int(np.sum(index.isna()))} not at all, "
            "each must stand in one row with a name"
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
    ties: pd.DataFrame, *, kind: Hashable | None, start: Any, end: Any, min_confidence: float | None
) -> NDArray[np.bool_]:
    """Say which rows of the evidence are chosen.

    Parameters
    ----------
    ties : pandas.DataFrame
        The evidence.
    kind : hashable, optional
        This sort of tie.
    start, end : optional
        Dated from ``start`` on and before ``end``.
    min_confidence : float, optional
        At least this sure.

    Returns
    -------
    numpy.ndarray
        One value a row.

    Raises
    ------
    SpecificationError
        If the evidence lacks the column that is asked about.

    Examples
    --------
    >>> rows = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "kind": ["phone", "kin"]})
    >>> chosen_rows(rows, kind="kin", start=None, end=None, min_confidence=None).tolist()
    [False, True]
    """
    asked = {"kind": kind is not None, "date": start is not None or end is not None,
             "confidence": min_confidence is not None}  # fmt: skip
    for column, wanted in asked.items():
        if wanted and column not in ties:
            raise SpecificationError(
                f"the evidence has no {column}: name its column in from_edges(..., {column}='...')"
            )
    keep = np.ones(len(ties), dtype=bool)
    if kind is not None:
        keep &= (ties["kind"] == kind).to_numpy()
    if start is not None:
        keep &= (ties["date"] >= start).to_numpy()
    if end is not None:
        keep &= (ties["date"] < end).to_numpy()
    if min_confidence is not None:
        keep &= (ties["confidence"] >= in_range("min_confidence", min_confidence, 0, 1)).to_numpy()
    return keep


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
