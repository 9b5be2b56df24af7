"""Cross-fitting: predictions for each part of the data from learners that never saw it.

References
----------
.. [1] Chernozhukov, V., Chetverikov, D., Demirer, M., Duflo, E., Hansen, C., Newey, W. and Robins, J. (2018).
   Double/debiased machine learning for treatment and structural parameters. Econometrics Journal 21, C1-C68.
   https://doi.org/10.1111/ectj.12097
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.random import Seed, generator

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def assign_folds(rows: int, folds: int, seed: Seed) -> Integers:
    """Deal rows to folds at random, as evenly as can be.

    Parameters
    ----------
    rows : int
        How many.
    folds : int
        Number of folds; 1 puts all rows in one.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Returns
    -------
    numpy.ndarray
        Fold of each row from 0, shape (rows,).

    Raises
    ------
    DataError
        If there are fewer rows than folds.

    Examples
    --------
    >>> np.bincount(assign_folds(7, 3, seed=1)).tolist()
    [3, 2, 2]
    """
    if rows < folds:
        raise DataError(f"there are {rows} rows for {folds} folds, must be at least one a fold: use fewer folds")
    dealt = np.arange(rows) % folds
    return np.asarray(generator(seed).permutation(dealt), dtype=np.int64)


def cross_fit_probabilities(learner: Any, features: Floats, labels: Integers, folds: Integers) -> Floats:
    """Predict the probability of each class for every row by learners fitted to the other folds.

    Parameters
    ----------
    learner : scikit-learn classifier
        With ``fit`` and ``predict_proba``; it is cloned for each fold and left as it was.
    features : numpy.ndarray
        Rows by columns.
    labels : numpy.ndarray
        Class of each row from 0, shape (rows,).
    folds : numpy.ndarray
        Fold of each row, shape (rows,); with one fold the learner predicts the rows it was fitted to.

    Returns
    -------
    numpy.ndarray
        Rows by classes.

    Raises
    ------
    DataError
        If the other folds lack a class.
    SpecificationError
        If the learner cannot predict probabilities.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> features, labels = np.arange(8.0)[:, None], np.array([0, 1, 0, 1, 0, 1, 1, 1])
    >>> cross_fit_probabilities(LogisticRegression(), features, labels, assign_folds(8, 2, seed=1)).shape
    (8, 2)
    """
    from sklearn.base import clone

    if not (hasattr(learner, "fit") and hasattr(learner, "predict_proba")):
        raise SpecificationError(
            f"learner == {learner!r}, must be a scikit-learn classifier with fit and predict_proba"
        )
    classes = int(labels.max()) + 1
    found = np.empty((len(labels), classes))
    parts = np.unique(folds)
    for part in parts:
        inside = folds == part
        outside = ~inside if len(parts) > 1 else inside
        missing = np.flatnonzero(np.bincount(labels[outside], minlength=classes) == 0)
        if len(missing):
            raise DataError(
                f"outside fold {part} nobody is of class {missing[0]}, so its probability cannot be learned: use fewer "
                "folds or merge groups"
            )
        fitted = clone(learner).fit(features[outside], labels[outside])
        found[inside] = fitted.predict_proba(features[inside])
    return found
