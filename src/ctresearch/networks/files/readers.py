"""Networks from files: GraphML, GEXF, Pajek, UCINET's DL, and tables, lists of ties and matrices as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.data.files.encoding import detect_encoding
from ctresearch.networks.evidence.actor_names import actor_names
from ctresearch.networks.evidence.evidence import actor_labels, unmatched_check
from ctresearch.networks.evidence.network import CriminalNetwork
from ctresearch.networks.files.dl_file import parse_dl
from ctresearch.networks.files.matrix_file import from_matrix
from ctresearch.networks.files.pajek_file import parse_pajek
from ctresearch.networks.files.text_table import SUFFIXES, read_text_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.core.check import Check
    from ctresearch.networks.evidence.network import Meaning
    from ctresearch.networks.evidence.ties import Combine


def read_network(
    path: str | Path,
    *,
    weight: str | None = None,
    weight_is: Meaning | None = None,
    directed: bool | None = None,
    two_mode: bool | None = None,
    combine: Combine | None = None,
    self_ties: Literal["refuse", "drop"] = "refuse",
    actors: pd.DataFrame | None = None,
    merge_names: bool = False,
    key: bytes | None = None,
) -> CriminalNetwork:
    r"""Read a network from a file; the end of its name says what it is.

    A text file (``.csv``, ``.tsv``, ``.txt``, ``.edgelist``, ``.edges``; cells parted by commas, semicolons, tabs or
    blanks) holds one of three things, told apart by its first line, and actors are text. *Named columns*, ``source``
    and ``target`` among them, or ``from`` and ``to``, ``sender`` and ``receiver``, ``ego`` and ``alter``. A *plain
    list*: two actors a line and at most a value; a ``.csv`` or ``.tsv`` must begin with numbers then, since it would
    have a header otherwise. A *matrix* with labels, of which the first cell is empty or missing, or which names the
    same actors on both sides; square numbers without labels are actors 1 to n: see
    :func:`ctresearch.networks.from_matrix`.

    Parameters
    ----------
    path : str or pathlib.Path
        ``.graphml``, ``.gexf``, ``.net`` (Pajek), ``.dl`` (UCINET) or a text file.
    weight : str, optional
        Attribute or column of the weights; of Pajek and DL files, plain lists and matrices it is ``"weight"``.
    weight_is : {"strength", "distance"}, optional
        What a larger weight means. The values of plain lists and matrices are weights if this or ``weight`` is given;
        otherwise every tie counts the same.
    directed : bool, optional
        Whether ties have a direction. GraphML, GEXF and Pajek files say so themselves and it must be left out; DL is
        directed and tables and lists of ties are not unless told otherwise; a matrix that is not symmetric is refused
        without it.
    two_mode : bool, optional
        Whether the columns of a matrix are events; needed where the labels leave it open.
    combine, self_ties
        As in :meth:`CriminalNetwork.from_edges`.
    actors : pandas.DataFrame, optional
        Attributes, with a column ``actor`` or indexed by actor, as text; for text and DL files.
    merge_names : bool
        Take actors whose names differ in case, accents, spaces or type alone for one; without it they are refused.
    key : bytes, optional
        The custodian's key: actors then appear by keyed digest, and attributes that hold names or other identifiers, by
        what they are called or by their values, are dropped.

    Returns
    -------
    CriminalNetwork
        The network.

    Raises
    ------
    SpecificationError
        If the end of the name is unknown, or something is given that the file states itself.
    DataError
        If the file cannot be read as what it says it is.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "ties.csv").write_text("source,target,calls\na,b,3\nb,c,1\n")
    >>> read_network(folder / "ties.csv", weight="calls", weight_is="strength")
    3 actors, 2 ties (undirected, weights are strength)
    >>> _ = (folder / "matrix.csv").write_text(",a,b,c\na,0,3,0\nb,0,0,1\nc,0,0,0\n")
    >>> read_network(folder / "matrix.csv", directed=True)
    3 actors, 2 ties (directed, without weights)
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (*_GRAPHS, ".dl", *SUFFIXES):
        raise SpecificationError(f"{path.name} ends in {kind!r}, must end in {', '.join([*_GRAPHS, '.dl', *SUFFIXES])}")
    if two_mode is not None and kind not in SUFFIXES:
        raise SpecificationError(
            f"two_mode == {two_mode!r}, but only a matrix as text can have two modes: leave it out"
        )
    if kind in _GRAPHS:
        _states_itself(kind, directed=directed, actors=actors)
        graph = _attempt(path, _GRAPHS[kind])
        return CriminalNetwork.from_graph(
            graph, weight, weight_is=weight_is, combine=combine, self_ties=self_ties, merge_names=merge_names, key=key
        )
    found = _attempt(path, _dl) if kind == ".dl" else _attempt(path, lambda p: read_text_table(p, two_mode=two_mode))
    table, everyone = found if kind == ".dl" else (found.table, None)
    if kind != ".dl" and found.kind == "matrix":
        return from_matrix(
            table,
            weighted=True if weight is not None else None,
            weight_is=weight_is,
            directed=directed,
            two_mode=two_mode,
            combine=combine,
            self_ties=self_ties,
            actors=actors,
            merge_names=merge_names,
            key=key,
        )
    if two_mode:
        raise SpecificationError(f"two_mode == True, but {path.name} holds ties: leave it out")
    if kind != ".dl" and found.kind == "list":
        weight = _list_weight(path, table, weight, weight_is)
    named, known = _known(everyone, actors, merge_names)
    built = CriminalNetwork.from_edges(
        table,
        weight=weight,
        directed=(kind == ".dl") if directed is None else directed,
        actors=known,
        weight_is=weight_is,
        combine=combine,
        self_ties=self_ties,
        merge_names=merge_names,
        key=key,
    )
    return replace(built, checks=(*built.checks, *named))


def _states_itself(kind: str, *, directed: bool | None, actors: pd.DataFrame | None) -> None:
    """Refuse what a graph file says itself."""
    if directed is not None:
        raise SpecificationError(
            f"directed == {directed!r}, but a {kind} file says itself whether ties have a direction"
        )
    if actors is not None:
        raise SpecificationError(f"actors are given, but a {kind} file holds attributes itself: leave them out")


def _list_weight(path: Path, table: pd.DataFrame, weight: str | None, weight_is: Meaning | None) -> str | None:
    """Say which column of a plain list holds the weights, if they are asked for."""
    if weight is None and weight_is is None:
        return None
    if "weight" not in table:
        raise DataError(
            f"{path.name} holds two columns, must hold a third with the weights: leave weight and weight_is out"
        )
    return "weight"


def _known(
    everyone: pd.DataFrame | None, actors: pd.DataFrame | None, merge_names: bool
) -> tuple[tuple[Check, ...], pd.DataFrame | None]:
    """Join the actors whom the file names with what is known of them, and say where these are others."""
    if everyone is None:
        return (), actors
    if actors is None:
        names = actor_names([("the file", everyone["actor"])], merge=merge_names)
        return (), pd.DataFrame({"actor": list(dict.fromkeys(names.apply(everyone["actor"])))}, dtype=object)
    labels = actor_labels(actors)
    names = actor_names([("the file", everyone["actor"]), ("actors", labels)], merge=merge_names)
    known = actors.set_index("actor") if "actor" in actors else actors
    known = known.set_axis(pd.Index(names.apply(labels), dtype=object, name="actor", tupleize_cols=False))
    if known.index.has_duplicates:
        return (), actors  # refused with the rows where the table is read
    listed = pd.Index(dict.fromkeys(names.apply(everyone["actor"])), dtype=object)
    whole = known.reindex(listed.append(known.index.difference(listed, sort=False)))
    return unmatched_check(known, listed.to_series()), whole


def _attempt(path: Path, read: Callable[[Path], Any]) -> Any:
    """Read a file, and turn whatever its reader objects to into one sentence."""
    try:
        return read(path)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: correct the path") from None
    except (OSError, ValueError, KeyError, IndexError, TypeError, SyntaxError, nx.NetworkXException) as error:
        raise DataError(
            f"{path.name} cannot be read as {path.suffix} ({type(error).__name__}{_where(error)}): save it anew, or as "
            "a table"
        ) from None


def _where(error: Exception) -> str:
    """Say in which line a reader stopped, where it tells; its own words may hold what the file holds."""
    line = getattr(error, "lineno", None) or next(iter(getattr(error, "position", ())), None)
    return f" in line {line}" if line is not None else ""


def _xml(path: Path) -> Path:
    """Refuse XML that declares entities, which could blow up in memory or read other files."""
    from defusedxml import ElementTree

    ElementTree.parse(path)
    return path


def _dl(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a DL file."""
    actors, ties = parse_dl(path.read_text(encoding=detect_encoding(path)))
    return pd.DataFrame(ties, columns=["source", "target", "weight"]), pd.DataFrame({"actor": actors})


_GRAPHS: dict[str, Callable[[Path], Any]] = {
    ".graphml": lambda path: nx.read_graphml(_xml(path)),
    ".gexf": lambda path: nx.read_gexf(_xml(path)),
    ".net": lambda path: parse_pajek(path.read_text(encoding=detect_encoding(path))),
}
