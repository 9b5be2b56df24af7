"""Networks from files: GraphML, GEXF, Pajek, UCINET's DL, and tables of ties as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.networks.dl_file import parse_dl
from ctresearch.networks.network import CriminalNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.networks.network import Meaning
    from ctresearch.networks.ties import Combine


def read_network(
    path: str | Path,
    *,
    weight: str | None = None,
    weight_is: Meaning | None = None,
    directed: bool | None = None,
    combine: Combine | None = None,
    self_ties: Literal["refuse", "drop"] = "refuse",
    key: bytes | None = None,
) -> CriminalNetwork:
    r"""Read a network from a file; the end of its name says what it is.

    Parameters
    ----------
    path : str or pathlib.Path
        ``.graphml``, ``.gexf``, ``.net`` (Pajek), ``.dl`` (UCINET) or ``.csv`` (columns ``source`` and ``target``).
    weight : str, optional
        Attribute or column of the weights; of Pajek and DL files it is ``"weight"``.
    weight_is : {"strength", "distance"}, optional
        What a larger weight means.
    directed : bool, optional
        Whether ties have a direction. GraphML, GEXF and Pajek files say so themselves and it must be left out; DL is
        directed and CSV is not unless told otherwise.
    combine, self_ties
        As in :meth:`CriminalNetwork.from_edges`.
    key : bytes, optional
        The custodian's key: actors then appear by keyed digest, and attributes called label or name are dropped.

    Returns
    -------
    CriminalNetwork
        The network.

    Raises
    ------
    SpecificationError
        If the end of the name is unknown, or a direction is given that the file states itself.
    DataError
        If the file cannot be read as what it says it is.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "ties.csv"
    >>> _ = path.write_text("source,target,calls\na,b,3\nb,c,1\n")
    >>> read_network(path, weight="calls", weight_is="strength")
    3 actors, 2 ties (undirected, weights are strength)
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (*_GRAPHS, ".dl", ".csv"):
        raise SpecificationError(f"{path.name} ends in {kind!r}, must end in {', '.join([*_GRAPHS, '.dl', '.csv'])}")
    if kind in _GRAPHS:
        if directed is not None:
            raise SpecificationError(
                f"directed == {directed!r}, but a {kind} file says itself whether ties have a direction"
            )
        graph = _attempt(path, _GRAPHS[kind])
        return CriminalNetwork.from_graph(
            graph, weight, weight_is=weight_is, combine=combine, self_ties=self_ties, key=key
        )
    table, actors = _attempt(path, _dl if kind == ".dl" else _csv)
    one_way = (kind == ".dl") if directed is None else directed
    return CriminalNetwork.from_edges(
        table, weight=weight, directed=one_way, actors=actors, weight_is=weight_is, combine=combine,
        self_ties=self_ties, key=key,
    )  # fmt: skip


def _attempt(path: Path, read: Callable[[Path], Any]) -> Any:
    """Read a file, and turn whatever its reader objects to into one sentence."""
    try:
        return read(path)
    except DataError:
        raise
    except (OSError, ValueError, KeyError, IndexError, TypeError, SyntaxError, nx.NetworkXException) as error:
        raise DataError(f"{path.name} cannot be read as {path.suffix}: {type(error).__name__}: {error}") from error


def _xml(path: Path) -> Path:
    """Refuse XML that declares entities, which could blow up in memory or read other files."""
    from defusedxml import ElementTree

    ElementTree.parse(path)
    return path


def _dl(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a DL file."""
    actors, ties = parse_dl(path.read_text(encoding="utf-8-sig"))
    return pd.DataFrame(ties, columns=["source", "target", "weight"]), pd.DataFrame({"actor": actors})


def _csv(path: Path) -> tuple[pd.DataFrame, None]:
    """Read a table of ties, actors as text."""
    return pd.read_csv(path, dtype={"source": str, "target": str}, encoding="utf-8-sig", keep_default_na=True), None


_GRAPHS: dict[str, Callable[[Path], Any]] = {
    ".graphml": lambda path: nx.read_graphml(_xml(path)),
    ".gexf": lambda path: nx.read_gexf(_xml(path)),
    ".net": nx.read_pajek,
}
