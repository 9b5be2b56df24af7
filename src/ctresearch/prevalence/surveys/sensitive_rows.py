"""Answers to sensitive questions, read and fitted: what list experiments and randomised response share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.meaning import by_row, key, model
from ctresearch.core.result import Result, table_field
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.lists.declared import GOODNESS
from ctresearch.prevalence.surveys.survey_design import read_weights
from ctresearch.stats.groups.smallest import smallest_level
from ctresearch.stats.regression.climb import Design, Top, climb, refuse_far
from ctresearch.stats.regression.formula import read_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.surveys.survey_design import Floats, Ints
    from ctresearch.stats.regression.jet import Jet

INTERCEPT = "Intercept"
_FAR = 12.0  # a logit at which a share differs from none or all by less than one in a hundred thousand
_ENDS = {
    -1: "a share of some group falls to zero",
    1: "a share of some group rises to one",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SensitiveResult(Result):
    """The share of people to whom a sensitive question applies, from answers that give nobody away.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        By ``part`` and ``term``: of the share itself (``sensitive``), and of what answers hold beside it (``control``).
    tests : pandas.DataFrame, optional
        Whether the design was kept to, for list experiments.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``prevalence``.

    Examples
    --------
    >>> from ctresearch.prevalence import RandomisedResponse
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"yes": [1] * 40 + [0] * 60})
    >>> result = RandomisedResponse("yes", design="forced", truth=2 / 3, forced_yes=1 / 6).fit(answers)
    >>> result.coefficients.index.tolist()
    [('sensitive', 'Intercept')]
    """

    coefficients: pd.DataFrame = table_field(
        {
            "part": key("Part of the model"),
            "term": key("Term"),
            "estimate": by_row("part", {"*": model("Coefficient", "log odds", reader="ratio")}, "Coefficient"),
            "std_error": model("Standard error"),
            "ci_low": model("Lower limit"),
            "ci_high": model("Upper limit"),
        }
    )
    tests: pd.DataFrame | None = table_field(GOODNESS, optional=True)
    terms: ClassVar[Mapping[str, Meaning]] = {"prevalence": model("Prevalence", reader="percent", headline=True)}


@dataclass(frozen=True, slots=True)
class SensitiveRows:
    """Answers of n people.

    ``answer`` (n,) and ``matrix`` (n, P), the columns of the formula with a constant first; ``weight`` (n,) and
    ``cluster`` (n,), codes; ``robust`` says whether either was given. ``frame`` are the columns read.
    """

    answer: Ints
    matrix: Floats
    names: tuple[str, ...]
    weight: Floats
    cluster: Ints
    robust: bool
    frame: pd.DataFrame

    def mean(self, values: Floats) -> float:
        """Return a weighted mean over people."""
        return float(self.weight @ values / self.weight.sum())

    def covariance(self, top: Top, design: Design, slope: Floats) -> Floats:
        """Return that of the coefficients: the inverse information, or the sandwich over clusters."""
        if not self.robust:
            return top.covariance
        return sandwich(top.covariance, design.scores(slope) * self.weight[:, None], self.cluster)


def sandwich(bread: Floats, scores: Floats, cluster: Ints) -> Floats:
    """Return a covariance that holds whatever the variance, from scores by row, shape (n, P), and codes of clusters."""
    sums = np.column_stack([np.bincount(cluster, weights=column) for column in scores.T])
    size = len(sums)
    return np.asarray(bread @ (sums.T @ sums) @ bread.T * size / (size - 1))


def read_answers(
    people: Any,
    answer: str,
    most: int,
    *,
    formula: str | None,
    weight: str | None,
    cluster: str | None,
    more: tuple[str, ...] = (),
) -> SensitiveRows:
    """Read answers that are whole numbers from 0 to ``most``.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person.
    answer : str
        Column of answers.
    most : int
        The largest one can give.
    formula : str, optional
        Right-hand side.
    weight, cluster : str, optional
        Columns.
    more : tuple of str
        Other columns that must be there, kept in ``frame``.

    Returns
    -------
    SensitiveRows
        The answers.

    Raises
    ------
    DataError
        If they cannot be used; the message says why.
    """
    frame = is_frame("people", people).reset_index(drop=True)
    named = [n for n in (answer, *more, weight, cluster) if n is not None]
    has_columns("people", frame, named)
    refuse_missing(frame, named)
    values = read_numbers(frame, answer)
    if not np.isin(values, np.arange(most + 1)).all():
        raise DataError(f"column {answer!r} holds other answers than 0 to {most}, must be whole numbers among these")
    matrix: Floats = np.ones((len(frame), 1))
    names: tuple[str, ...] = (INTERCEPT,)
    used: tuple[str, ...] = ()
    if formula is not None:
        read = read_formula(frame, formula)
        matrix, names, used = np.hstack([matrix, read.columns]), (INTERCEPT, *read.names), read.used
        if np.linalg.matrix_rank(matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-300)) < matrix.shape[1]:
            raise DataError(
                f"the formula {formula!r} has {matrix.shape[1]} columns with the constant, of which one follows from "
                "the others, must have columns that differ: leave a term out"
            )
    groups = np.arange(len(frame), dtype=np.int64)
    if cluster is not None:
        groups = np.asarray(pd.factorize(frame[cluster])[0], dtype=np.int64)
        if groups.max() < 1:
            raise DataError(f"column {cluster!r} holds {int(groups.max()) + 1} cluster, must hold two at least")
    return SensitiveRows(
        answer=values.astype(np.int64),
        matrix=matrix,
        names=names,
        weight=np.ones(len(frame)) if weight is None else read_weights(frame[weight]),
        cluster=groups,
        robust=weight is not None or cluster is not None,
        frame=frame[list(dict.fromkeys([*named, *used]))],
    )


def optional(name: str, given: str | None) -> str | None:
    """Return a column that may be left out, checked."""
    return None if given is None else column_name(name, given)


def climb_shares(
    likelihood: Callable[[Floats], Jet], rows: SensitiveRows, parts: tuple[str, ...], start: Floats
) -> tuple[Top, Design]:
    """Fit a model whose parts are logits of shares, all with the columns of the formula."""
    design = Design((rows.matrix,) * len(parts), np.zeros(len(rows.matrix)))
    words = {(part, side): word for part in parts for side, word in _ENDS.items()}
    refuse = refuse_far(parts, dict.fromkeys(parts, _FAR), words, "leave terms out, or ask more people")
    return climb(likelihood, design, rows.weight, start, refuse), design


def mean_share(rows: SensitiveRows, beta: Floats, covariance: Floats) -> tuple[float, float]:
    """Return the mean of shares whose logits are linear, and its standard error by the delta method."""
    from scipy.special import expit

    share = expit(rows.matrix @ beta)
    slope = (rows.weight * share * (1 - share)) @ rows.matrix / rows.weight.sum()
    return rows.mean(share), float(np.sqrt(slope @ covariance @ slope))


def coefficient_table(parts: Mapping[str, tuple[Floats, Floats]], names: tuple[str, ...], level: float) -> pd.DataFrame:
    """Table coefficients with their errors by part."""
    from scipy.special import ndtri

    reach, rows = float(ndtri((1 + level) / 2)), []
    for part, (beta, error) in parts.items():
        for name, one, spread in zip(names, beta, error, strict=True):
            rows.append((part, name, one, spread, one - reach * spread, one + reach * spread))
    columns = ["part", "term", "estimate", "std_error", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns).set_index(["part", "term"])


def share_limits(share: float, error: float, level: float) -> tuple[float, float]:
    """Return normal limits of a share on its logit, within 0 and 1; on the share itself where it lies outside."""
    from scipy.special import expit, logit, ndtri

    reach = float(ndtri((1 + level) / 2))
    if not 0 < share < 1:
        return share - reach * error, share + reach * error
    middle, spread = float(logit(share)), error / (share * (1 - share))
    return float(expit(middle - reach * spread)), float(expit(middle + reach * spread))


def fewest_answers(rows: SensitiveRows) -> int:
    """Return the fewest people whom a number tells apart: a level of the formula."""
    return smallest_level(rows.matrix[:, 1:].T, len(rows.matrix))
