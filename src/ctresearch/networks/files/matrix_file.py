"""Networks from matrices: actors by actors, or actors by events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.names import refuse_alike, unknown_names
from ctresearch.core.validate import one_of
from ctresearch.networks.evidence.actor_names import actor_names
from ctresearch.networks.evidence.evidence import actor_labels
from ctresearch.networks.evidence.network import CriminalNetwork
from ctresearch.networks.files.fields import is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.actor_names import ActorNames
    from ctresearch.networks.evidence.network import Meaning
    from ctresearch.networks.evidence.ties import Combine

_EMPTY = ("", "-", "nan", "None")


def from_matrix(
    table: pd.DataFrame | NDArray[np.float64],
    *,
    weighted: bool | None = None,
    weight_is: Meaning | None = None,
    directed: bool | None = None,
    two_mode: bool | None = None,
    combine: Combine | None = None,
    self_ties: Literal["refuse", "drop"] = "refuse",
    actors: pd.DataFrame | None = None,
    merge_names: bool = False,
    key: bytes | None = None,
) -> CriminalNetwork:
    """Read a matrix of ties, or of attendances.

    Parameters
    ----------
    table : pandas.DataFrame or numpy.ndarray
        Cells are 0 where there is no tie and above 0 where there is one. Actors by actors with the same labels, shape
        (actors, actors), where a tie goes from the row to the column; or actors by events, 0 and 1, shape (actors,
        events).
    weighted : bool, optional
        Whether the cells are weights; without it, they are if ``weight_is`` is given. Otherwise every tie counts the
        same.
    weight_is : {"strength", "distance"}, optional
        What a larger cell means.
    directed : bool, optional
        Whether ties have a direction. A symmetric matrix has none unless this says so; of another matrix it must be
        said. Without direction, the two cells of a pair are two pieces of evidence (``combine``), those of a symmetric
        matrix one.
    two_mode : bool, optional
        Whether the columns are events. Without it, equal labels mean actors by actors, and a matrix that is not square
        and whose rows and columns share no label means actors by events; anything else must be said.
    combine, self_ties, actors, merge_names, key
        As in :meth:`CriminalNetwork.from_edges`; self ties stand on the diagonal, which may be left empty.

    Returns
    -------
    CriminalNetwork
        All actors of the rows, in their order. Of two modes, as :meth:`CriminalNetwork.from_incidence` makes it.

    Raises
    ------
    DataError
        If labels, cells or symmetry are not as described; the message counts rows and columns from 1, labels left out.
    SpecificationError
        If an option does not fit two modes.

    Examples
    --------
    >>> calls = pd.DataFrame([[0, 3, 0], [3, 0, 1], [0, 1, 0]], index=list("abc"), columns=list("abc"))
    >>> from_matrix(calls, weight_is="strength")
    3 actors, 2 ties (undirected, weights are strength)
    >>> seen = pd.DataFrame([[1, 0], [1, 1], [0, 1]], index=list("abc"), columns=["m1", "m2"])
    >>> from_matrix(seen).incidence.to_numpy().tolist()
    [[1, 0], [1, 1], [0, 1]]
    """
    one_of("self_ties", self_ties, ("refuse", "drop"))
    table, names = _named(_labelled(table), two_mode, actors, merge_names)
    if _is_two_mode(table, two_mode):
        if directed or weight_is == "distance":
            given = "directed == True" if directed else "weight_is == 'distance'"
            raise SpecificationError(
                f"{given}, but shared events have no direction and are strengths: leave it out for two modes"
            )
        return _with_checks(_from_attendances(table, actors, names, key), names)
    cells = _square_cells(table[table.index], self_ties)
    one_way = _has_direction(cells, directed)
    with_weights = weighted if weighted is not None else weight_is is not None
    if with_weights and not one_way and combine is None and _asymmetric(cells):
        row, column = _first(cells != cells.T)
        raise DataError(
            f"row {row}, column {column} of the matrix differs from row {column}, column {row}: say how the two weights"
            " of a pair become one, combine='sum', 'mean', 'max', 'min' or 'count', or directed=True"
        )
    once = np.triu(cells) if not one_way and not _asymmetric(cells) else cells
    rows, columns = once.nonzero()
    actor = table.index.to_numpy(dtype=object)
    ties = pd.DataFrame({"source": actor[rows], "target": actor[columns]}, dtype=object)
    if with_weights:
        ties["weight"] = once[rows, columns]
    built = CriminalNetwork.from_edges(
        ties,
        weight="weight" if with_weights else None,
        directed=one_way,
        actors=_everyone(table.index, actors, names),
        weight_is=weight_is,
        combine=combine,
        key=key,
    )
    return _with_checks(built, names)


def _labelled(table: pd.DataFrame | NDArray[np.float64]) -> pd.DataFrame:
    """Take the matrix with its labels, each of which must stand once."""
    if isinstance(table, np.ndarray) and table.ndim == 2:
        table = pd.DataFrame(table)
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"the matrix is a {type(table).__name__}, must be a pandas DataFrame or an array of two dimensions"
        )
    for side, labels in (("row", table.index), ("column", table.columns)):
        wrong = np.asarray(labels.isna()) | (labels.astype(str).str.strip() == "")
        if wrong.any():
            raise DataError(f"{side} {int(wrong.argmax()) + 1} of the matrix has no label: name it")
        if labels.has_duplicates:
            place = int(np.asarray(labels.duplicated()).argmax()) + 1
            raise DataError(f"{side} {place} of the matrix has a label that stands there twice: name each {side} once")
    return table


def _named(
    table: pd.DataFrame, two_mode: bool | None, actors: pd.DataFrame | None, merge: bool
) -> tuple[pd.DataFrame, ActorNames]:
    """Give each actor one spelling beside and above the matrix; two rows or columns of one actor are refused."""
    refuse_alike(list(table.index), "rows of the matrix")
    refuse_alike(list(table.columns), "columns of the matrix")
    above = [] if two_mode else [("columns of the matrix,", table.columns)]
    names = actor_names([("rows of the matrix,", table.index), *above, ("actors", actor_labels(actors))], merge=merge)
    if not names.merged:
        return table, names
    index = pd.Index(names.apply(table.index), dtype=object, tupleize_cols=False)
    columns = table.columns if two_mode else pd.Index(names.apply(table.columns), dtype=object, tupleize_cols=False)
    return table.set_axis(index).set_axis(columns, axis=1), names


def _with_checks(network: CriminalNetwork, names: ActorNames) -> CriminalNetwork:
    """Say that spellings were merged, where they were."""
    return replace(network, checks=(*names.checks(), *network.checks))


def _is_two_mode(table: pd.DataFrame, two_mode: bool | None) -> bool:
    """Say whether the columns are events; refuse what could be read either way."""
    shared = len(table.index.intersection(table.columns))
    rows, columns = table.shape
    same = shared == rows == columns
    if two_mode is None and not same and (shared or rows == columns):
        raise DataError(
            f"{shared} of {rows} rows and {columns} columns have the same label, must be all (actors by actors) or none"
            " and not square: correct the labels, or say two_mode=True if the columns are events"
        )
    if two_mode is False and not same:
        raise DataError(
            f"{shared} of {rows} rows and {columns} columns have the same label, must be all where actors stand on both"
            " sides: correct the labels"
        )
    return not same if two_mode is None else two_mode


def _square_cells(table: pd.DataFrame, self_ties: str) -> NDArray[np.float64]:
    """Check the cells of a matrix of actors by actors, and empty the diagonal."""
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes):
        values = np.array(table.to_numpy(), dtype=object)
        empty = [str(cell).strip() in _EMPTY for cell in values.diagonal()]
        values[np.diag_indices_from(values)] = np.where(empty, 0, values.diagonal())
        table = pd.DataFrame(values, index=table.index, columns=table.columns)
    elif table.isna().any(axis=None):
        table = table.mask(table.isna() & np.eye(len(table), dtype=bool), 0)
    cells = _numbers(table)
    loops = np.diagonal(cells) != 0
    if loops.any() and self_ties == "refuse":
        place, others = int(loops.argmax()) + 1, int(loops.sum()) - 1
        raise DataError(
            f"row {place}, column {place} of the matrix "
            f"{f'and {others} more cells of the diagonal tie' if others else 'ties'} an actor to itself: correct them, "
            "or leave them out with self_ties='drop'"
        )
    cells[np.diag_indices_from(cells)] = 0
    return cells


def _numbers(table: pd.DataFrame) -> NDArray[np.float64]:
    """Turn cells into numbers of 0 or more, or say which is none."""
    values = np.array(table.to_numpy(), dtype=object)
    wrong = np.array([not _is_number(cell) for cell in values.ravel()], dtype=bool).reshape(values.shape)
    if not wrong.any():
        values = values.astype(float)
        wrong = ~(values >= 0) | np.isinf(values)
    if wrong.any():
        row, column = _first(wrong)
        others = int(wrong.sum()) - 1
        raise DataError(
            f"row {row}, column {column} of the matrix{f' and {others:,} more' if others else ''} must hold 0 or a "
            "finite number above 0: correct it"
        )
    return np.asarray(values, dtype=float)


def _is_number(cell: object) -> bool:
    """Say whether a cell can be read as a number."""
    if isinstance(cell, str):
        return is_number(cell)
    try:
        float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _first(wrong: NDArray[np.bool_]) -> tuple[int, int]:
    """Place the first cell that is marked, counted from 1."""
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return int(row) + 1, int(column) + 1


def _asymmetric(cells: NDArray[np.float64]) -> bool:
    """Say whether a cell differs from its mirror."""
    return bool((cells != cells.T).any())


def _has_direction(cells: NDArray[np.float64], directed: bool | None) -> bool:
    """Say whether ties have a direction; never guess where the matrix is not symmetric."""
    if directed is None and _asymmetric(cells):
        row, column = _first(cells != cells.T)
        raise DataError(
            f"directed == None, but row {row}, column {column} of the matrix differs from row {column}, column {row}: "
            "say directed=True, or directed=False (with combine= for weights)"
        )
    return bool(directed)


def _from_attendances(
    table: pd.DataFrame, actors: pd.DataFrame | None, names: ActorNames, key: bytes | None
) -> CriminalNetwork:
    """Read actors by events."""
    cells = _numbers(table)
    if (cells > 1).any() or ((cells > 0) & (cells < 1)).any():
        row, column = _first(~np.isin(cells, (0, 1)))
        raise DataError(
            f"row {row}, column {column} of the matrix must hold 1 for an actor who attended an event and 0 otherwise: "
            "correct it"
        )
    who, where = cells.nonzero()
    if not len(who):
        raise DataError(
            f"the matrix has shape {cells.shape} and holds nobody who attended anything: there is no network"
        )
    seen = pd.DataFrame(
        {"actor": table.index.to_numpy(dtype=object)[who], "event": table.columns.to_numpy(dtype=object)[where]},
        dtype=object,
    )
    built = CriminalNetwork.from_incidence(
        seen, actor="actor", event="event", actors=_everyone(table.index, actors, names), key=key
    )
    attended = built.incidence
    assert attended is not None
    attended = attended.reindex(columns=pd.Index(table.columns, name="event"), fill_value=0)
    return replace(built, incidence=attended)


def _everyone(labels: pd.Index[str], actors: pd.DataFrame | None, names: ActorNames) -> pd.DataFrame:
    """List all actors of the rows, with what is known of them, so that those without ties stay."""
    if actors is None:
        return pd.DataFrame({"actor": labels.to_numpy(dtype=object)}, dtype=object)
    known = actors.set_index("actor") if "actor" in actors else actors
    known = known.set_axis(pd.Index(names.apply(known.index), dtype=object, name="actor", tupleize_cols=False))
    strangers = unknown_names(known.index, labels)
    if strangers:
        raise CellError(
            f"{len(strangers)} of {len(known)} actors with attributes (rows {row_words(strangers)}) stand in no row of "
            "the matrix: correct them",
            rows=strangers,
        )
    if known.index.has_duplicates:
        rows = (np.flatnonzero(known.index.duplicated()) + 1).tolist()
        raise CellError(
            f"actors name {len(rows)} actors twice (rows {row_words(rows)}): each must stand in one row", rows=rows
        )
    return known.reindex(labels)
