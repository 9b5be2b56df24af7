"""Folds and predictions for people whom the learner never saw."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.core import DataError, SpecificationError
from ctresearch.stats import assign_folds, cross_fit_probabilities


class Frequencies:
    """A learner that predicts the shares of the classes it saw, and remembers how many people those were."""

    def get_params(self, deep=True):
        """Return no parameters, so that it can be cloned."""
        return {}

    def fit(self, features, labels):
        """Count."""
        self.shares = np.bincount(labels) / len(labels)
        return self

    def predict_proba(self, features):
        """Repeat the shares."""
        return np.tile(self.shares, (len(features), 1))


@given(st.integers(1, 200), st.integers(1, 20), st.integers(0, 99))
def test_folds_are_even_and_follow_the_seed(rows, folds, seed):
    if rows < folds:
        with pytest.raises(DataError, match="fewer folds"):
            assign_folds(rows, folds, seed)
        return
    dealt = assign_folds(rows, folds, seed)
    sizes = np.bincount(dealt, minlength=folds)
    assert sizes.max() - sizes.min() <= 1
    assert np.array_equal(dealt, assign_folds(rows, folds, seed))


def test_predictions_come_from_the_other_folds():
    labels = np.array([0, 0, 0, 1, 1, 0, 1, 1])
    folds = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    found = cross_fit_probabilities(Frequencies(), np.zeros((8, 1)), labels, folds)
    assert found[:, 1].tolist() == [0.75] * 4 + [0.25] * 4
    whole = cross_fit_probabilities(Frequencies(), np.zeros((8, 1)), labels, np.zeros(8, dtype=int))
    assert whole[:, 1].tolist() == [0.5] * 8


def test_a_class_that_a_learner_never_sees_is_refused():
    with pytest.raises(DataError, match="nobody is of class 0"):
        cross_fit_probabilities(Frequencies(), np.zeros((4, 1)), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))


def test_a_learner_without_probabilities_is_refused():
    from sklearn.svm import LinearSVC

    with pytest.raises(SpecificationError, match="predict_proba"):
        cross_fit_probabilities(LinearSVC(), np.zeros((4, 1)), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]))
