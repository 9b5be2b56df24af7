"""The classifier that learns on which lists a person is, where the user names none."""

from __future__ import annotations

from typing import Any


def default_learner() -> Any:
    """Return a multinomial logistic regression on scaled covariates.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not yet fitted.

    Examples
    --------
    >>> default_learner().steps[-1][1].C
    10000.0
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=1e4, max_iter=2000))
