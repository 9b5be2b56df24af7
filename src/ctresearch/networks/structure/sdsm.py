"""Which shared events are more than chance: the stochastic degree sequence model [1]_, without approximation.

Under the model each actor attends each event with a probability that keeps all expected attendances: that of the
bipartite configuration model [2]_. The number of events two actors share then follows a Poisson-binomial distribution,
whose tail is summed exactly [3]_; the usual normal approximation is poor where events are few.

References
----------
.. [1] Neal, Z. P. (2014). The backbone of bipartite projections: inferring relationships from co-authorship,
   co-sponsorship, co-attendance and other co-behaviors. Social Networks 39, 84-97.
   https://doi.org/10.1016/j.socnet.2014.06.001
.. [2] Saracco, F., Di Clemente, R., Gabrielli, A. and Squartini, T. (2015). Randomizing bipartite networks: the case of
   the World Trade Web. Scientific Reports 5, 10595. https://doi.org/10.1038/srep10595
.. [3] Hong, Y. (2013). On computing the distribution function for the Poisson binomial distribution. Computational
   Statistics and Data Analysis 59, 41-51. https://doi.org/10.1016/j.csda.2012.10.006
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 20_000
_CLOSE = 1e-10


def attendance_probabilities(incidence: NDArray[np.int64]) -> NDArray[np.float64]:
    """Fit the bipartite configuration model.

    Parameters
    ----------
    incidence : numpy.ndarray
        Actors by events, 0 and 1, shape (actors, events).

    Returns
    -------
    numpy.ndarray
        Probability of each attendance, shape (actors, events); rows and columns add up to those of the data. An actor
        or event with nothing has 0, one with everything 1.

    Raises
    ------
    FitError
        If the margins are not met after 20,000 rounds.

    Examples
    --------
    >>> attendance_probabilities(np.array([[1, 0], [0, 1]])).round(6).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    probabilities = np.zeros(incidence.shape)
    rows, columns = np.arange(incidence.shape[0]), np.arange(incidence.shape[1])
    open_rows, open_columns = incidence.sum(axis=1).astype(float), incidence.sum(axis=0).astype(float)
    while len(rows) and len(columns):  # what is empty or full is certain, and leaves a smaller problem
        sure_rows, sure_columns = open_rows == len(columns), open_columns == len(rows)
        idle_rows, idle_columns = open_rows == 0, open_columns == 0
        if not (sure_rows | idle_rows).any() and not (sure_columns | idle_columns).any():
            break
        if (sure_rows | idle_rows).any():
            probabilities[np.ix_(rows[sure_rows], columns)] = 1.0
            open_columns -= sure_rows.sum()
            rows, open_rows = rows[~(sure_rows | idle_rows)], open_rows[~(sure_rows | idle_rows)]
            continue
        probabilities[np.ix_(rows, columns[sure_columns])] = 1.0
        open_rows -= sure_columns.sum()
        columns, open_columns = columns[~(sure_columns | idle_columns)], open_columns[~(sure_columns | idle_columns)]
    if len(rows) and len(columns):
        probabilities[np.ix_(rows, columns)] = _solve(open_rows, open_columns)
    return probabilities


def _solve(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the odds x_i y_j that meet the margins, equal margins once only."""
    row, row_class, row_count = np.unique(rows, return_inverse=True, return_counts=True)
    column, column_class, column_count = np.unique(columns, return_inverse=True, return_counts=True)
    x, y = row / np.sqrt(rows.sum()), column / np.sqrt(columns.sum())
    for _ in range(_ROUNDS):
        x = row / (column_count * y / (1 + np.outer(x, y))).sum(axis=1)
        y = column / (row_count[:, None] * x[:, None] / (1 + np.outer(x, y))).sum(axis=0)
        odds = np.outer(x, y)
        share = odds / (1 + odds)
        if np.abs((share * column_count).sum(axis=1) - row).max() < _CLOSE:
            return np.asarray(share[np.ix_(row_class, column_class)])
    off = float(np.abs((share * column_count).sum(axis=1) - row).max())
    raise FitError(
        f"the configuration model misses a margin by {off:.2g} after {_ROUNDS:,} rounds: no backbone is given"
    )


@kernel
def shared_event_tails(probabilities: NDArray[np.float64], shared: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the probability that each pair of actors shares at least as many events as observed.

    Parameters
    ----------
    probabilities : numpy.ndarray
        Attendance probabilities, shape (actors, events).
    shared : numpy.ndarray
        Events shared by each pair, shape (actors, actors).

    Returns
    -------
    numpy.ndarray
        Upper tails, symmetric, shape (actors, actors), 1 on the diagonal.

    Examples
    --------
    >>> half = np.full((2, 2), 0.5)  # a quarter at each of two events
    >>> shared_event_tails(half, np.array([[1, 1], [1, 1]]))[0, 1]  # 1 - (3/4)**2
    np.float64(0.4375)
    """
    n, events = probabilities.shape
    tails = np.ones((n, n))
    mass = np.zeros(events + 1)
    for i in range(n):
        for j in range(i + 1, n):
            if shared[i, j] == 0:
                continue
            mass[:] = 0.0
            mass[0] = 1.0
            for e in range(events):
                both = probabilities[i, e] * probabilities[j, e]
                for count in range(e + 1, 0, -1):
                    mass[count] += both * (mass[count - 1] - mass[count])
                mass[0] *= 1.0 - both
            tail = 0.0
            for count in range(events, shared[i, j] - 1, -1):
                tail += mass[count]
            tails[i, j] = tails[j, i] = min(tail, 1.0)
    return tails
