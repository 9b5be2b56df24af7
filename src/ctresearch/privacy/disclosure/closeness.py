"""What the members of a class tell about one another: l-diversity and t-closeness.

References
----------
.. [1] Machanavajjhala, A., Kifer, D., Gehrke, J. and Venkitasubramaniam, M. (2007). l-diversity: privacy beyond
   k-anonymity. ACM Transactions on Knowledge Discovery from Data, 1(1), 3. https://doi.org/10.1145/1217299.1217302
.. [2] Li, N., Li, T. and Venkatasubramanian, S. (2007). t-closeness: privacy beyond k-anonymity and l-diversity. ICDE,
   106-115. https://doi.org/10.1109/ICDE.2007.367856
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELLS = 2_000_000


def sensitive_measures(label: NDArray[np.int64], value: NDArray[np.int64], *, ordered: bool) -> tuple[int, float]:
    """Measure l-diversity and t-closeness of one column, a batch of classes at a time.

    Parameters
    ----------
    label : numpy.ndarray of int, shape (rows,)
        The class of each row.
    value : numpy.ndarray of int, shape (rows,)
        The code of its sensitive value.
    ordered : bool
        Whether the codes stand in order.

    Returns
    -------
    int
        l-diversity.
    float
        t-closeness.

    Examples
    --------
    >>> import numpy as np
    >>> sensitive_measures(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), ordered=False)
    (1, 0.25)
    """
    order = np.argsort(label, kind="stable")
    label, value = np.unique(label[order], return_inverse=True)[1], value[order]
    overall = np.bincount(value)
    batch = max(1, _CELLS // len(overall))
    starts = np.searchsorted(label, np.arange(0, int(label[-1]) + 1, batch))
    fewest, furthest = len(value), 0.0
    for start, stop in zip(starts, [*starts[1:], len(label)], strict=True):
        counts = contingency(label[start:stop], value[start:stop], len(overall))
        fewest = min(fewest, l_diversity(counts))
        furthest = max(furthest, t_closeness(counts, overall, ordered=ordered))
    return fewest, furthest


def contingency(label: NDArray[np.int64], value: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Count values by class.

    Parameters
    ----------
    label : numpy.ndarray of int, shape (rows,)
        The class of each row.
    value : numpy.ndarray of int, shape (rows,)
        The code of its sensitive value.
    width : int
        Number of values.

    Returns
    -------
    numpy.ndarray of int, shape (classes, values)
        Rows of each class with each value; only classes that occur.

    Examples
    --------
    >>> import numpy as np
    >>> contingency(np.array([0, 0, 7]), np.array([1, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    found, dense = np.unique(label, return_inverse=True)
    return np.bincount(dense * width + value, minlength=len(found) * width).reshape(len(found), width)


def l_diversity(counts: NDArray[np.int64]) -> int:
    """Return the fewest different sensitive values in a class.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (classes, values)
        Rows of each class with each value.

    Returns
    -------
    int
        1 where a class gives its value away.

    References
    ----------
    .. [1] Machanavajjhala, A., Kifer, D., Gehrke, J. and Venkitasubramaniam, M. (2007). l-diversity: privacy beyond
       k-anonymity. ACM Transactions on Knowledge Discovery from Data, 1(1), 3. https://doi.org/10.1145/1217299.1217302

    Examples
    --------
    >>> import numpy as np
    >>> l_diversity(np.array([[1, 1], [0, 4]]))
    1
    """
    return int((counts > 0).sum(axis=1).min())


def t_closeness(counts: NDArray[np.int64], overall: NDArray[np.int64], *, ordered: bool) -> float:
    """Return the largest distance of a class's values from those of the whole table.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (classes, values)
        Rows of each class with each value; for ordered values the columns stand in order.
    overall : numpy.ndarray of int, shape (values,)
        Rows of the whole table with each value.
    ordered : bool
        Earth mover's distance over ranks, for numbers; otherwise every value is equally far from every other.

    Returns
    -------
    float
        From 0 to 1.

    References
    ----------
    .. [1] Li, N., Li, T. and Venkatasubramanian, S. (2007). t-closeness: privacy beyond k-anonymity and l-diversity.
       ICDE, 106-115. https://doi.org/10.1109/ICDE.2007.367856

    Examples
    --------
    >>> import numpy as np
    >>> t_closeness(np.array([[2, 2], [0, 4]]), np.array([2, 6]), ordered=False)
    0.25
    """
    gaps = counts / counts.sum(axis=1, keepdims=True) - overall / overall.sum()
    if not ordered:
        return float((np.abs(gaps).sum(axis=1) / 2).max())
    if counts.shape[1] < 2:
        return 0.0
    return float((np.abs(np.cumsum(gaps, axis=1)[:, :-1]).sum(axis=1) / (counts.shape[1] - 1)).max())
