"""What others did: the share of neighbours, of a region, or of parties to a treaty that have adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import DataError, SpecificationError

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel import Panel
    from ctresearch.policy.panels.panel_columns import Floats


def adopted_state(outcome: Floats) -> Floats:
    """Return whether each unit has adopted by each period: once it has, it stays so.

    Parameters
    ----------
    outcome : numpy.ndarray
        Units by times: 0 for no law, above 0 for a law, NaN where not known.

    Returns
    -------
    numpy.ndarray
        Units by times: 0, 1, or NaN.

    Examples
    --------
    >>> adopted_state(np.array([[0.0, np.nan, 1.0, np.nan]])).tolist()
    [[0.0, nan, 1.0, 1.0]]
    """
    known = np.where(np.isfinite(outcome), (outcome > 0).astype(np.float64), np.nan)
    ever = np.maximum.accumulate(np.nan_to_num(known), axis=1)
    return np.where(ever > 0, 1.0, known)


def share_adopted(state: Floats, ties: Floats) -> Floats:
    """Return the share of each unit's others that have adopted.

    Parameters
    ----------
    state : numpy.ndarray
        As :func:`adopted_state` returns it, units by times.
    ties : numpy.ndarray
        Weight of each other unit, units by units; a unit is none of its own others.

    Returns
    -------
    numpy.ndarray
        Units by times; NaN where nobody else is known.

    Examples
    --------
    >>> share_adopted(np.array([[0.0, 1.0], [0.0, 0.0], [1.0, 1.0]]), np.ones((3, 3))).tolist()
    [[0.5, 0.5], [0.5, 1.0], [0.0, 0.5]]
    """
    others = ties * (1 - np.eye(len(ties)))
    known = np.isfinite(state)
    total = others @ known
    share = others @ np.where(known, state, 0.0)
    found = np.divide(share, total, out=np.full(state.shape, np.nan), where=total > 0)
    return np.asarray(found, dtype=np.float64)


def read_ties(panel: Panel, name: str, given: object) -> Floats:
    """Return the weights of others that a diffusion term names.

    Parameters
    ----------
    panel : Panel
        The panel.
    name : str
        Name of the term, for the message.
    given : object
        ``"cluster"``, a covariate that numbers groups, or a table of units by units.

    Returns
    -------
    numpy.ndarray
        Units by units.

    Raises
    ------
    SpecificationError
        If it is something else.
    DataError
        If a table does not name every unit, or holds a weight below 0.

    Examples
    --------
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AB"), "t": [1, 2], "law": [0, 0], "region": [3, 3]})
    >>> panel = Panel.from_frame(
    ...     frame, unit="c", time="t", outcome="law", covariates=["region"], outcome_kind="adoption of a law"
    ... )
    >>> read_ties(panel, "near", "region").tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    if isinstance(given, pd.DataFrame):
        return _table(panel, name, given)
    if given == "cluster":
        groups = panel.clusters.astype(np.float64)
    elif isinstance(given, str) and given in panel.covariates:
        values = panel.covariates[given]
        low, high = np.nanmin(values, axis=1, initial=np.inf), np.nanmax(values, axis=1, initial=-np.inf)
        if (low < high).any():
            raise DataError(
                f"covariate {given!r} changes within {int((low < high).sum())} units, must number their groups: give a "
                "table of units by units for ties that change"
            )
        groups = low
    else:
        raise SpecificationError(
            f"diffusion names {name!r} without its others, must give 'cluster', a covariate that numbers groups, or a "
            "table of units by units"
        )
    return np.asarray(groups[:, None] == groups, dtype=np.float64)


def _table(panel: Panel, name: str, given: pd.DataFrame) -> Floats:
    """Read a table of units by units."""
    rows, columns = [str(one) for one in given.index], [str(one) for one in given.columns]
    absent = [k for k, one in enumerate(panel.units, start=1) if one not in rows or one not in columns]
    if absent or len(set(rows)) < len(rows) or len(set(columns)) < len(columns):
        raise DataError(
            f"the table of ties {name!r} does not name {len(absent)} of {len(panel.units)} units once in rows and "
            f"columns (units {row_words(absent or [1])}), must name every unit once in both"
        )
    try:
        values = given.to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"the table of ties {name!r} holds text, must hold weights of at least 0") from None
    if not np.isfinite(values).all() or (values < 0).any():
        raise DataError(f"the table of ties {name!r} holds missing weights or such below 0, must hold none")
    at, to = [rows.index(one) for one in panel.units], [columns.index(one) for one in panel.units]
    return np.asarray(values[np.ix_(at, to)], dtype=np.float64)
