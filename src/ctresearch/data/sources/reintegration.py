"""Scores of the Reintegration Sustainability Survey by dimension, under a scheme whose source is named.

IOM's survey asks returnees about the economic, social and psychosocial dimensions of reintegration. Which answer scores
what, and with which weight, belongs to the edition of the survey that was used: it is read from a table that names its
source, and none is built in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import has_columns, in_range, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

DIMENSIONS = ("economic", "social", "psychosocial")
_SCHEME = ("question", "dimension", "lowest", "highest", "weight")


def reintegration_scores(
    frame: pd.DataFrame,
    scheme: pd.DataFrame,
    *,
    source: str,
    composite: Mapping[str, float] | None = None,
    answered: float = 1.0,
) -> pd.DataFrame:
    """Score the answers of each person and wave by dimension, from 0 to 1.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person and wave; a column of numbers a question, missing where it was not answered.
    scheme : pandas.DataFrame
        One row a question: ``question`` (the column), ``dimension`` (``economic``, ``social`` or ``psychosocial``),
        ``lowest`` and ``highest`` (the answers that score 0 and 1; the first may be the larger one) and ``weight``.
    source : str
        Where the scheme was published, such as an edition of the Reintegration Handbook; kept in ``attrs["source"]``.
    composite : mapping of str to float, optional
        Weights of the dimensions in the composite score; the weights of their questions by default.
    answered : float
        Share of the weight of a dimension that must be answered, above 0; the score of fewer is missing. Where not all
        is answered, what is answered stands for all.

    Returns
    -------
    pandas.DataFrame
        Index of ``frame``; columns ``economic``, ``social``, ``psychosocial`` (those that the scheme has) and
        ``composite``, missing where one of them is.

    Raises
    ------
    DataError
        If a question is no column, or an answer is no number within its range.
    SpecificationError
        If the scheme is none, or no source is named.

    References
    ----------
    .. [1] International Organization for Migration (2019). Reintegration Handbook: practical guidance on the design,
       implementation and monitoring of reintegration assistance. Geneva: IOM. ISBN 978-92-9068-811-2

    Examples
    --------
    >>> rows = [("q1", "economic", 1, 5, 2.0), ("q2", "economic", 5, 1, 1.0), ("q3", "social", 0, 1, 1.0)]
    >>> scheme = pd.DataFrame(rows, columns=["question", "dimension", "lowest", "highest", "weight"])
    >>> asked = pd.DataFrame({"q1": [5, 3], "q2": [1, 1], "q3": [0, None]})
    >>> reintegration_scores(asked, scheme, source="an invented scheme").round(2).values.tolist()
    [[1.0, 0.0, 0.75], [0.67, nan, nan]]
    """
    if not isinstance(source, str) or not source.strip():
        raise SpecificationError(
            f"source names nothing ({type(source).__name__}), must say where the scheme of scores was published"
        )
    in_range("answered", answered, 0, 1)
    if answered == 0:
        raise SpecificationError(f"answered == {answered:g}, must be above 0: a score needs an answer")
    _refuse_scheme(is_frame("scheme", scheme))
    has_columns("the table of answers", is_frame("the table of answers", frame), list(scheme["question"]))
    scores = {}
    weights = {}
    for dimension in DIMENSIONS:
        part = scheme[scheme["dimension"] == dimension]
        if len(part):
            scores[dimension] = _dimension(frame, part, answered)
            weights[dimension] = float(part["weight"].sum())
    table = pd.DataFrame(scores, index=frame.index)
    shares = _composite_weights(weights, composite)
    table["composite"] = sum(table[name] * share for name, share in shares.items())
    table.attrs["source"] = source.strip()
    return table


def _dimension(frame: pd.DataFrame, part: pd.DataFrame, answered: float) -> pd.Series:
    """Score one dimension."""
    total = np.zeros(len(frame))
    known = np.zeros(len(frame))
    columns = (part[name].tolist() for name in _SCHEME if name != "dimension")
    for question, lowest, highest, weight in zip(*columns, strict=True):
        cells = frame[question]
        values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        low, high = sorted((float(lowest), float(highest)))
        wrong = cells.notna().to_numpy() & ~((values >= low) & (values <= high))
        refuse_cells(cells, wrong, f"must be numbers from {low:g} to {high:g}, or missing", name=str(question))
        score = (values - float(lowest)) / (float(highest) - float(lowest))
        there = ~np.isnan(values)
        total[there] += float(weight) * score[there]
        known[there] += float(weight)
    enough = known >= answered * float(part["weight"].sum()) - 1e-12  # a sum of weights is exact to rounding alone
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.Series(np.where(enough & (known > 0), total / known, np.nan), index=frame.index)


def _composite_weights(weights: Mapping[str, float], composite: Mapping[str, float] | None) -> dict[str, float]:
    """Return the weights of the dimensions in the composite, which add up to 1."""
    given = dict(weights if composite is None else composite)
    if set(given) != set(weights) or not all(value >= 0 for value in given.values()) or not sum(given.values()) > 0:
        raise SpecificationError(
            f"composite == {dict(composite or {})!r}, must give a weight of at least 0 to each of {', '.join(weights)}"
        )
    whole = sum(given.values())
    return {name: value / whole for name, value in given.items()}


def _refuse_scheme(scheme: pd.DataFrame) -> None:
    """Refuse a scheme that is none."""
    try:
        has_columns("the scheme", scheme, _SCHEME)
    except DataError as error:
        raise SpecificationError(str(error)) from None
    if not len(scheme) or scheme["question"].duplicated().any():
        raise SpecificationError("the scheme must hold each question once, and one at least")
    if not set(scheme["dimension"]) <= set(DIMENSIONS):
        raise SpecificationError(f"a dimension of the scheme is not known, must be one of {', '.join(DIMENSIONS)}")
    numbers = scheme[["lowest", "highest", "weight"]].apply(pd.to_numeric, errors="coerce")
    if not np.isfinite(numbers.to_numpy()).all() or (numbers["weight"] <= 0).any():
        wrong = int((~np.isfinite(numbers.to_numpy()).all(axis=1) | (numbers["weight"] <= 0).to_numpy()).sum())
        raise SpecificationError(
            f"{wrong} of {len(scheme)} questions of the scheme lack a number, must have lowest, highest and a weight "
            "above 0"
        )
    if (numbers["lowest"] == numbers["highest"]).any():
        alike = int((numbers["lowest"] == numbers["highest"]).sum())
        raise SpecificationError(
            f"lowest and highest of {alike} questions are one, must be the answers that score 0 and 1"
        )
