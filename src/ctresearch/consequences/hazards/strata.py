"""Cox's likelihood over strata: each has risk sets and a baseline of its own, and all share the coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.hazards.exact_ties import exact_likelihood
from ctresearch.consequences.hazards.partial_likelihood import partial_likelihood, risk_sets
from ctresearch.consequences.hazards.score_residuals import score_residuals
from ctresearch.stats.regression.newton import Local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.durations.durations import Durations, Floats, Integers
    from ctresearch.consequences.hazards.partial_likelihood import RiskSets


@dataclass(frozen=True, slots=True)
class Stratum:
    """The rows of one stratum.

    Parameters
    ----------
    place : numpy.ndarray
        Where its rows stand in the table, shape (rows of the stratum,).
    rows : Durations
        When each was observed.
    columns : numpy.ndarray
        Covariates, rows of the stratum by columns.
    sets : RiskSets
        The same in order of the sweep.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> len(split_strata(rows, np.zeros((2, 1)), np.array([0, 1])))
    2
    """

    place: Integers
    rows: Durations
    columns: Floats
    sets: RiskSets


def split_strata(
    rows: Durations, columns: Floats, codes: Integers | None = None, weights: Floats | None = None
) -> tuple[Stratum, ...]:
    """Order the rows of each stratum for the sweep.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    columns : numpy.ndarray
        Covariates, rows by columns.
    codes : numpy.ndarray, optional
        Stratum of each row from 0, shape (rows,); one stratum by default.
    weights : numpy.ndarray, optional
        Weight of each row, shape (rows,).

    Returns
    -------
    tuple of Stratum
        In order of the codes.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(3, -np.inf), np.array([1.0, 2.0, 3.0]), np.array([True, True, False]))
    >>> [stratum.place.tolist() for stratum in split_strata(rows, np.zeros((3, 1)), np.array([1, 0, 1]))]
    [[1], [0, 2]]
    """
    if codes is None:
        return (Stratum(np.arange(rows.n), rows, columns, risk_sets(rows, columns, weights)),)
    out = []
    for code in range(int(codes.max()) + 1):
        inside = codes == code
        here, part = rows.where(inside), np.ascontiguousarray(columns[inside])
        sets = risk_sets(here, part, None if weights is None else weights[inside])
        out.append(Stratum(np.flatnonzero(inside), here, part, sets))
    return tuple(out)


def joint_likelihood(
    strata: Sequence[Stratum],
    point: Floats,
    *,
    efron: bool,
    exact: bool = False,
    clocks: Sequence[Floats] | None = None,
) -> Local:
    """Add the log partial likelihoods of the strata up, with gradient and information.

    Parameters
    ----------
    strata : sequence of Stratum
        The rows.
    point : numpy.ndarray
        Coefficients, shape (columns,).
    efron : bool
        Whether ties follow Efron; otherwise Breslow.
    exact : bool
        Whether the likelihood of ties is exact, whatever ``efron`` says.
    clocks : sequence of numpy.ndarray, optional
        What each event time counts in each stratum; 1 by default.

    Returns
    -------
    Local
        At ``point``.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> round(joint_likelihood(split_strata(rows, np.array([[1.0], [0.0]])), np.zeros(1), efron=True).value, 6)
    -0.693147
    """
    counts = [None] * len(strata) if clocks is None else clocks
    parts = [
        (
            exact_likelihood(s.sets, s.rows.entry, point, weight=c)
            if exact
            else partial_likelihood(s.sets, point, efron=efron, weight=c)
        )
        for s, c in zip(strata, counts, strict=True)
    ]
    return Local(
        sum(part.value for part in parts),
        np.sum([part.score for part in parts], axis=0),
        np.sum([part.information for part in parts], axis=0),
    )


def joint_residuals(strata: Sequence[Stratum], point: Floats, *, efron: bool) -> Floats:
    """Split the score by row, in the order of the table.

    Parameters
    ----------
    strata : sequence of Stratum
        The rows.
    point : numpy.ndarray
        Coefficients, shape (columns,).
    efron : bool
        How ties were handled.

    Returns
    -------
    numpy.ndarray
        Rows by columns; weighted rows are multiplied by their weight.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> joint_residuals(split_strata(rows, np.array([[1.0], [0.0]])), np.zeros(1), efron=True).ravel().tolist()
    [0.25, 0.25]
    """
    out = np.empty((sum(s.rows.n for s in strata), len(point)))
    for stratum in strata:
        out[stratum.place] = score_residuals(stratum.rows, stratum.columns, stratum.sets, point, efron=efron)
    return out
