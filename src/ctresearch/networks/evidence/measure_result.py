"""The result of a measure: the table, column, number or mapping it reads like, with checks, caveats and inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.meaning import actor, count, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.networks.evidence.declared import ACTOR
from ctresearch.networks.evidence.reads_like import KeyColumns, ReadsLike, bare
from ctresearch.networks.protection.marked_outputs import mark_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.message import Message
    from ctresearch.networks.evidence.network import CriminalNetwork

Form = Literal["table", "column", "number", "mapping"]
ALL_CONNECTED = say("All actors are connected, ties taken without direction.")
_SIZES = {
    ("role", False): ("The smallest role has {n} actor.", "The smallest role has {n} actors."),
    ("group", False): ("The smallest group has {n} actor.", "The smallest group has {n} actors."),
    ("role", True): (
        "The smallest role of {attribute!r} has {n} actor.",
        "The smallest role of {attribute!r} has {n} actors.",
    ),
    ("group", True): (
        "The smallest group of {attribute!r} has {n} actor.",
        "The smallest group of {attribute!r} has {n} actors.",
    ),
}
# below five people a role or group is nearly a person, as in the release gate's own threshold
FEW = 5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MeasureResult(ReadsLike, Result):
    """A measure of a group as a whole; it reads like the table that it holds.

    Whatever a result has no answer for is asked of what it holds: ``measure["hierarchy"]``, ``measure.loc[...]``,
    iteration, ``len``, arithmetic, comparison with numbers, ``float`` and ``numpy.asarray``. Names that every result
    has (``to_dict``, ``to_frame``, ``plot``, ``n``, ``level``) are the result's; ``table`` has the other ones. Two
    results are equal if everything in them is.

    Parameters
    ----------
    table : pandas.DataFrame
        What was measured.
    reads_as : {"table", "column", "number", "mapping"}
        Whether it reads like the table, its only column as a series, its only cell as a float, or that column as a
        dictionary by row.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import centralisation
    >>> star = centralisation(nx.star_graph(5))
    >>> float(star), star > 0.5, star.checks[0].name
    (1.0, True, 'connected')
    """

    table: pd.DataFrame = table_field({"*": model()})
    reads_as: Form = value_field(mark("What it reads like"), default="table")

    terms: ClassVar[Mapping[str, Meaning]] = {"*": model()}
    _keys: ClassVar[Mapping[str, Meaning]] = {}

    def __post_init__(self) -> None:
        """Hold the result to its shape, and give a square table its labels back: JSON knows the words alone."""
        super().__post_init__()
        table = self.table
        if table.shape[0] == table.shape[1] and list(map(str, table.index)) == list(map(str, table.columns)):
            table.columns = table.index.rename(table.columns.name)
            object.__setattr__(self, "table", table)

    @property
    def keys(self) -> Any:
        """What the key columns of its estimates mean; called, the keys of what it reads like, as of a dictionary."""
        return KeyColumns(self.__dict__.get("keys", self._keys), self._held())

    @keys.setter
    def keys(self, columns: Mapping[str, Meaning]) -> None:
        self.__dict__["keys"] = columns

    def _held(self) -> Any:
        """Return what this reads like."""
        table = self.table
        if self.reads_as == "table":
            return table
        column = table.iloc[:, 0]
        if self.reads_as == "column":
            return column
        return column.to_dict() if self.reads_as == "mapping" else float(column.iloc[0])

    def __eq__(self, other: object) -> Any:
        return Result.__eq__(self, other) if isinstance(other, Result) else self._held() == bare(other)

    def __hash__(self) -> int:
        return Result.__hash__(self)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ActorsResult(MeasureResult):
    """A measure of actors, one by one; it reads like the table that it holds. It names people: not for release.

    Parameters
    ----------
    **fields
        Everything that :class:`MeasureResult` holds; rows of the table are actors, and ``actor`` is a key of the
        estimates where they are too.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import centrality
    >>> between = centrality(nx.path_graph(["a", "b", "c"]), "betweenness")
    >>> between["b"], between.idxmax(), between.record_level
    (np.float64(1.0), 'b', True)
    """

    table: pd.DataFrame = table_field({"actor": ACTOR, "*": model()})

    record_level: ClassVar[bool] = True
    _keys: ClassVar[Mapping[str, Meaning]] = {"actor": ACTOR}

    def __post_init__(self) -> None:
        """Mark the tables too, so that the release gate knows them wherever they go."""
        super().__post_init__()
        mark_tables(self, "record_level", ("actor",))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SequencesResult(MeasureResult):
    """A measure of sequences, one by one; it reads like the table that it holds. Rows are cases: not for release.

    Parameters
    ----------
    **fields
        Everything that :class:`MeasureResult` holds; rows of the table are sequences in the order they came.

    Examples
    --------
    >>> from ctresearch.networks import optimal_matching
    >>> optimal_matching(["ab", "b"]).loc[0, 1]
    np.float64(1.0)
    """

    table: pd.DataFrame = table_field({"*": actor("Distance from one sequence")})
    n: int = value_field(count("Sequences", "sequences", of="case"))

    record_level: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Mark the table too, so that the release gate knows it wherever it goes."""
        super().__post_init__()
        self.__dict__["table"].attrs["record_level"] = True


def actor_index(network: CriminalNetwork) -> pd.Index[Any]:
    """Return the actors as an index, tuples among them whole."""
    return pd.Index(network.nodes, dtype=object, name="actor", tupleize_cols=False)


def without_limits(values: Mapping[str, float], *, unit: str = "") -> pd.DataFrame:
    """Lay figures of what was seen out as estimates, which have no limits."""
    nan = float("nan")
    return estimates_table({term: (value, nan, nan, nan) for term, value in values.items()}, unit=unit)


def by_row(table: pd.DataFrame, units: Mapping[str, str], *, key: str = "actor") -> pd.DataFrame:
    """Lay columns of a table out as estimates, one row a term and label of the table."""
    return pd.concat([_term(str(name), table[name], unit, key) for name, unit in units.items()])


def _term(name: str, column: pd.Series[Any], unit: str, key: str) -> pd.DataFrame:
    """Lay one column out."""
    nan = np.full(len(column), np.nan)
    parts = {"estimate": column.to_numpy(dtype=float), "std_error": nan, "ci_low": nan, "ci_high": nan, "unit": unit}
    index = pd.Index([name] * len(column), name="term", dtype="str")
    return pd.DataFrame(parts | {key: np.asarray(column.index)}, index=index)


def connected_check(network: CriminalNetwork) -> Check:
    """Say whether all actors are connected, ties taken without direction."""
    from scipy.sparse.csgraph import connected_components

    parts = int(connected_components(network.adjacency, directed=False)[0])
    if parts == 1:
        return Check("connected", "pass", ALL_CONNECTED, {"components": 1})
    said = say("The network falls into {parts} components, ties taken without direction.", parts=parts)
    return Check("connected", "review", said, {"components": parts})


def sizes_check(what: Literal["role", "group"], sizes: np.ndarray[Any, Any], *, of: str = "") -> Check:
    """Say whether a role or group is so small that it is nearly a person."""
    smallest = int(sizes.min())
    one, many = _SIZES[what, bool(of)]
    message = say(one, many=many, n=smallest, **({"attribute": of} if of else {}))
    return Check(f"{what} sizes", "pass" if smallest >= FEW else "review", message, {"smallest": smallest})


def undefined_check(what: Message, values: Any) -> Check:
    """Say how many values do not exist."""
    missing = int(np.isnan(np.asarray(values, dtype=float)).sum())
    message = say(
        "{missing} of {every} {what} do not exist and are left empty.",
        missing=missing,
        every=np.size(values),
        what=what,
    )
    return Check("defined", "review" if missing else "pass", message, {"missing": missing})
