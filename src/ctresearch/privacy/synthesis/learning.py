"""What a classifier makes of a synthetic table: tells it from the real one, and learns from it about the real one.

References
----------
.. [1] Snoke, J., Raab, G. M., Nowok, B., Dibben, C. and Slavkovic, A. (2018). General and specific utility measures for
   synthetic data. Journal of the Royal Statistical Society A, 181, 663-688. https://doi.org/10.1111/rssa.12358
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

_LEAF = 30
_ITERATIONS = 200
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Propensity:
    """How well a classification tree tells two tables apart on rows it has not seen.

    Parameters
    ----------
    auc : float
        Area under the curve; 0.5 if it cannot.
    mean_square : float
        Mean squared difference of the predicted probability from one half; 0 if it cannot.
    """

    auc: float
    mean_square: float


def propensity(real: Codes, synthetic: Codes, sizes: NDArray[np.int64], *, seed: int = 0) -> Propensity:
    """Tell synthetic rows from real ones.

    Parameters
    ----------
    real, synthetic : numpy.ndarray
        Codes, shape (columns, rows), with the same meaning in both.
    sizes : numpy.ndarray
        Number of categories of each column.
    seed : int
        For the halves: learned on one, judged on the other.

    Returns
    -------
    Propensity
        ``NaN`` with fewer than four rows in a table.

    References
    ----------
    .. [1] Snoke, J., Raab, G. M., Nowok, B., Dibben, C. and Slavkovic, A. (2018). General and specific utility measures
       for synthetic data. Journal of the Royal Statistical Society A, 181, 663-688. https://doi.org/10.1111/rssa.12358

    Examples
    --------
    >>> zeros, ones = np.zeros((1, 200), dtype=int), np.ones((1, 200), dtype=int)
    >>> propensity(zeros, ones, np.array([2])).auc
    1.0
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.tree import DecisionTreeClassifier

    rng = generator(seed)
    n = min(real.shape[1], synthetic.shape[1])
    if n < _FEWEST:
        return Propensity(float("nan"), float("nan"))
    picked = [codes[:, rng.permutation(codes.shape[1])[:n]] for codes in (real, synthetic)]
    features = one_hot(np.concatenate(picked, axis=1), sizes)
    label = np.repeat([0, 1], n)
    learn, judge = np.split(rng.permutation(2 * n), 2)
    tree = DecisionTreeClassifier(min_samples_leaf=_LEAF, random_state=seed).fit(features[learn], label[learn])
    score = tree.predict_proba(features[judge])[:, 1]
    return Propensity(float(roc_auc_score(label[judge], score)), float(np.mean((score - 0.5) ** 2)))


def transfer(learn: Codes, judge: Codes, sizes: NDArray[np.int64], target: int, positive: int) -> float:
    """Learn to predict a column from one table and judge the prediction on another.

    Parameters
    ----------
    learn, judge : numpy.ndarray
        Codes, shape (columns, rows), with the same meaning in both.
    sizes : numpy.ndarray
        Number of categories of each column.
    target : int
        Position of the column.
    positive : int
        The code that is predicted, against all others.

    Returns
    -------
    float
        Area under the curve of a logistic regression on all other columns; ``NaN`` if there are none, or a table has
        only one class.

    References
    ----------
    .. [1] Snoke, J., Raab, G. M., Nowok, B., Dibben, C. and Slavkovic, A. (2018). General and specific utility measures
       for synthetic data. Journal of the Royal Statistical Society A, 181, 663-688. https://doi.org/10.1111/rssa.12358

    Examples
    --------
    >>> table = np.array([[0, 1] * 50, [1, 0] * 50])
    >>> transfer(table, table, np.array([2, 2]), target=0, positive=1)
    1.0
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    known, truth = learn[target] == positive, judge[target] == positive
    others = np.arange(len(sizes)) != target
    if known.all() or not known.any() or truth.all() or not truth.any() or not others.any():
        return float("nan")
    with np.errstate(over="ignore", invalid="ignore"):  # a trial step may run off; the search takes another
        model = LogisticRegression(max_iter=_ITERATIONS).fit(one_hot(learn[others], sizes[others]), known)
    return float(roc_auc_score(truth, model.predict_proba(one_hot(judge[others], sizes[others]))[:, 1]))


def one_hot(codes: Codes, sizes: NDArray[np.int64]) -> NDArray[np.float32]:
    """Write categories as columns of zeros and ones.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (columns, rows).
    sizes : numpy.ndarray
        Number of categories of each column.

    Returns
    -------
    numpy.ndarray
        Shape (rows, sum of sizes).

    Examples
    --------
    >>> one_hot(np.array([[1, 0]]), np.array([2])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return np.concatenate([np.eye(k, dtype=np.float32)[c] for c, k in zip(codes, sizes, strict=True)], axis=1)
