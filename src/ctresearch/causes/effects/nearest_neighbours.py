"""Nearest neighbours in the other arm, with all ties, and the standard error of their mean difference.

References
----------
.. [1] Abadie, A. and Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment
   effects. Econometrica 74, 235-267. https://doi.org/10.1111/j.1468-0262.2006.00655.x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.stats.regression.generalized_linear import Floats

_SAME = 1e-9


def match_arms(place: Floats, treated: NDArray[np.bool_], neighbours: int, weights: Floats) -> Any:
    """Match each treated row to its nearest untreated rows.

    Parameters
    ----------
    place : numpy.ndarray
        Coordinates, rows by dimensions.
    treated : numpy.ndarray
        Which rows are treated, shape (rows,).
    neighbours : int
        Matches each; ties at the last distance are all taken.
    weights : numpy.ndarray
        Survey weights, by which the matches of one row share it, shape (rows,); rows of weight 0 are nobody's match.

    Returns
    -------
    scipy.sparse.csr_array
        Weights that sum to 1 in each row: treated rows by all rows.

    Raises
    ------
    DataError
        If there are fewer untreated rows than neighbours.

    Examples
    --------
    >>> place = np.array([[0.0], [1.0], [5.0]])
    >>> match_arms(place, np.array([True, False, False]), 1, np.ones(3)).toarray().tolist()
    [[0.0, 1.0, 0.0]]
    """
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    others = np.flatnonzero(~treated & (weights > 0))
    if len(others) < neighbours:
        raise DataError(f"{len(others)} untreated rows cannot give {neighbours} neighbours: ask for fewer")
    tree = cKDTree(place[others])
    seekers = place[treated]
    reach = tree.query(seekers, k=[neighbours])[0][:, 0]
    found = tree.query_ball_point(seekers, reach * (1 + _SAME) + 1e-12)
    rows = np.repeat(np.arange(len(found)), [len(one) for one in found])
    columns = others[np.concatenate([np.asarray(one, dtype=np.int64) for one in found])]
    shared = weights[columns] / np.bincount(rows, weights[columns])[rows]
    return csr_array((shared, (rows, columns)), shape=(len(seekers), len(place)))


def matched_error(  # noqa: PLR0917 - arrays by position
    place: Floats, outcome: Floats, treated: NDArray[np.bool_], matched: Any, gains: Floats, weights: Floats
) -> float:
    """Return the standard error of the mean gain of the treated [1]_.

    Parameters
    ----------
    place : numpy.ndarray
        Coordinates, rows by dimensions.
    outcome : numpy.ndarray
        Shape (rows,).
    treated : numpy.ndarray
        Which rows are treated, shape (rows,).
    matched : scipy.sparse.csr_array
        From :func:`match_arms`.
    gains : numpy.ndarray
        Outcome less that of the matches, shape (treated rows,).
    weights : numpy.ndarray
        Shares of the treated in the mean, which sum to 1, shape (treated rows,).

    Returns
    -------
    float
        For the average effect on the treated in the population.

    Examples
    --------
    >>> place = np.array([[0.0], [0.1], [1.0], [1.1]])
    >>> treated, y = np.array([True, False, True, False]), np.array([1.0, 0, 3, 1])
    >>> matched = match_arms(place, treated, 1, np.ones(4))
    >>> matched_error(place, y, treated, matched, y[treated] - matched @ y, np.array([0.5, 0.5])) > 0
    True
    """
    uses = weights @ matched
    squares = weights**2 @ matched.multiply(matched)
    noise = _noise(place, outcome, treated)
    spread = weights**2 @ (gains - weights @ gains) ** 2
    extra = ((uses**2 - squares) * noise)[~treated].sum()
    return float(np.sqrt(spread + max(float(extra), 0.0)))


def _noise(place: Floats, outcome: Floats, treated: NDArray[np.bool_]) -> Floats:
    """Estimate each row's outcome variance from its nearest neighbour in its own arm."""
    from scipy.spatial import cKDTree

    found = np.zeros(len(outcome))
    for arm in (treated, ~treated):
        rows = np.flatnonzero(arm)
        if len(rows) < 2:
            raise DataError(f"an arm has {len(rows)} rows, must have at least 2 to estimate an error")
        nearest = cKDTree(place[rows]).query(place[rows], k=2)[1]
        other = np.where(nearest[:, 0] == np.arange(len(rows)), nearest[:, 1], nearest[:, 0])
        found[rows] = (outcome[rows] - outcome[rows][other]) ** 2 / 2
    return found
