"""What would explain how the lists of a table overlap: nothing, some pairs of lists, people who differ, or both.

Two explanations start from different ends, all people alike or people who differ, and each takes in the pairs of lists
that it cannot do without, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.lists.cells import set_size

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# A pair enters where its score would be larger in one table in twenty, over all pairs together.
_LEVEL = 0.05
# Of six pairs of four lists, three already say more of people than of lists.
_MOST_PAIRS = 4
# Shape of the gamma model, as elsewhere in the room and in Rcapture.
_GAMMA = 3.5
# Newton's method: bounds on time, and the gain in log-likelihood, a person, below which nothing moves any more.
_STEPS, _HALVINGS, _CLOSE = 60, 30, 1e-12
# A log mean above this overflows; no table holds e ** 50 people.
_TOP = 50.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way in which a table came about.

    ``differ`` says whether people differ in it, ``tau`` how much, above 0 where they do; ``pairs`` are the
    positions of the pairs of lists that depend on one another, ``signs`` (+1, -1) whether they attract or repel;
    ``common`` is the score of one more interaction that all pairs share, ``lowest`` and ``highest`` those of the pairs
    that are left out, NaN where there is no room for them; ``deviance`` and ``df`` tell the fit, ``aic``
    ranks, ``unseen`` is the number on no list.
    """

    differ: bool
    tau: float
    pairs: tuple[int, ...]
    signs: tuple[int, ...]
    common: float
    lowest: float
    highest: float
    deviance: float
    df: int
    aic: float
    unseen: float


def explain(counts: Array, *, differ: bool) -> Explanation:
    """Explain a table by people who are alike or who differ, and as few pairs of lists as it takes.

    People who differ do so in the one of three ways - Poisson, Darroch's, gamma - that explains the table best.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.
    differ : bool
        Whether to start from people who differ.

    Returns
    -------
    Explanation
        What was found.

    Examples
    --------
    >>> found = explain(np.array([0.0, 30, 40, 10, 50, 12, 60, 9]), differ=False)
    >>> found.pairs, found.signs
    ((2,), (1,))
    """
    size = set_size(np.arange(1, len(counts))).astype(np.float64)
    if not differ:
        return _explain(counts, size, None)
    shapes = (size * (size - 1) / 2, 2.0**size - 1, np.log(_GAMMA) - np.log(_GAMMA + size))
    return min((_explain(counts, size, one) for one in shapes), key=lambda found: found.aic)


def _explain(counts: Array, size: Array, shape: Array | None) -> Explanation:
    """Take in pairs, one by one, beside lists and perhaps a column of people who differ."""
    lists, differ = len(counts).bit_length() - 1, shape is not None
    cells = np.arange(1, len(counts))
    on = (cells[:, None] >> np.arange(lists) & 1).astype(np.float64)
    first, second = np.triu_indices(lists, 1)
    joint = on[:, first] * on[:, second]
    common = size * (size - 1) / 2
    base = [np.ones((len(cells), 1)), on] + ([] if shape is None else [shape[:, None]])
    design, people = np.hstack(base), counts[1:].astype(np.float64)
    taken: list[int] = []
    fit = _fit(design, people)
    while len(taken) < min(_MOST_PAIRS, len(first) - 1 - differ):
        scores = _scores(design, people, fit.means, joint)
        scores[taken] = 0.0
        best = int(np.argmax(np.abs(np.nan_to_num(scores))))
        if not abs(scores[best]) > _entry(len(first)):
            break
        wider = np.hstack([design, joint[:, [best]]])
        trial = _fit(wider, people)
        if not trial.ended:
            break
        design, fit = wider, trial
        taken.append(best)
    others = np.delete(_scores(design, people, fit.means, joint), taken)
    left = np.nan if differ else float(_scores(design, people, fit.means, common[:, None])[0])
    coefficients = fit.beta[len(fit.beta) - len(taken) :]
    return Explanation(
        differ=differ,
        tau=float(fit.beta[lists + 1]) if differ else 0.0,
        pairs=tuple(taken),
        signs=tuple(1 if one > 0 else -1 for one in coefficients),
        common=left,
        lowest=float(np.fmin.reduce(others, initial=np.nan)),
        highest=float(np.fmax.reduce(others, initial=np.nan)),
        deviance=fit.deviance,
        df=len(cells) - design.shape[1],
        aic=fit.deviance + 2 * design.shape[1],
        unseen=float(np.exp(min(fit.beta[0], _TOP))),
    )


def least_deviance(design: Array, people: Array) -> float:
    """Return the least deviance of a Poisson regression, or what it comes as near to as one likes.

    Parameters
    ----------
    design : numpy.ndarray
        Cells by columns, shape (C, P).
    people : numpy.ndarray
        People by cell, shape (C,).

    Returns
    -------
    float
        Twice the log-likelihood that the regression falls short of one parameter a cell.

    Examples
    --------
    >>> round(least_deviance(np.ones((2, 1)), np.array([30.0, 50.0])), 3)
    5.053
    """
    return _fit(design, people).deviance


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Coefficients, means and deviance of a regression, and whether its search has ended."""

    beta: Array
    means: Array
    deviance: float
    ended: bool


def _fit(design: Array, people: Array) -> _Fitted:
    """Fit a Poisson regression by Newton's method; compiling one would cost a first call more than it saves."""
    weights = np.sqrt(people + 0.1)
    beta = np.linalg.lstsq(design * weights[:, None], weights * np.log(people + 0.1), rcond=None)[0]
    means, ended = np.exp(np.minimum(design @ beta, _TOP)), False
    for _ in range(_STEPS):
        step = np.linalg.lstsq(design.T @ (design * means[:, None]), design.T @ (people - means), rcond=None)[0]
        beta, means, gain = _stride(design, people, beta, step)
        if gain < _CLOSE * (1 + people.sum()):
            ended = True
            break
    seen = people > 0
    logs = float(np.sum(people[seen] * np.log(people[seen] / np.maximum(means[seen], 1e-300))))
    return _Fitted(beta, means, max(0.0, 2 * (logs - float(people.sum() - means.sum()))), ended)


def _stride(design: Array, people: Array, beta: Array, step: Array) -> tuple[Array, Array, float]:
    """Take the step, halved until the likelihood does not fall; return what it gains."""
    linear = np.minimum(design @ beta, _TOP)
    height, gain = float(people @ linear - np.exp(linear).sum()), 0.0
    for _ in range(_HALVINGS):
        trial = np.minimum(design @ (beta + step), _TOP)
        gain = float(people @ trial - np.exp(trial).sum()) - height
        if gain >= -1e-12 * (1 + abs(height)):
            return beta + step, np.exp(trial), gain
        step = step / 2
    return beta, np.exp(linear), 0.0


def _scores(design: Array, people: Array, means: Array, columns: Array) -> Array:
    """Return the score of each further column over its standard error, shape (columns,)."""
    weighted = design * means[:, None]
    shared = weighted.T @ columns
    whole = means @ columns**2
    try:
        left = whole - np.sum(shared * np.linalg.solve(design.T @ weighted, shared), axis=0)
    except np.linalg.LinAlgError:
        return np.full(columns.shape[1], np.nan)
    room = left > 1e-8 * whole
    return np.where(room, (people - means) @ columns / np.sqrt(np.where(room, left, 1.0)), np.nan)


def _entry(pairs: int) -> float:
    """Return the statistic above which a pair enters."""
    from scipy.special import ndtri

    return float(ndtri(1 - _LEVEL / (2 * pairs)))


def independence_p_value(counts: Array) -> float:
    """Return the chance of a table as far from independent lists as this one, by the deviance.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,), of at least three lists; the first is not used.

    Returns
    -------
    float
        From the chi-squared distribution, rough where counts are small.

    Examples
    --------
    >>> round(independence_p_value(np.array([0.0, 69, 55, 21, 63, 17, 18, 28])), 4)
    0.0
    """
    from scipy.special import chdtrc

    lists = len(counts).bit_length() - 1
    on = (np.arange(1, len(counts))[:, None] >> np.arange(lists) & 1).astype(np.float64)
    fitted = _fit(np.hstack([np.ones((len(on), 1)), on]), counts[1:].astype(np.float64))
    return float(chdtrc(len(on) - lists - 1, fitted.deviance))
