"""Rules on answers of which some are missing: what holds for sure, and what may hold.

All rules count items and none is undone by a yes. So a person has the status for sure if the rules hold with every
missing answer taken as no, and cannot have it if they fail with every missing answer taken as yes. No completion of
the answers leaves these bounds, and some completion reaches each [1]_.

References
----------
.. [1] Horowitz, J. L. and Manski, C. F. (1998). Censoring of outcomes and regressors due to survey nonresponse:
   identification and estimation using weights and imputations. Journal of Econometrics 84(1), 37-58.
   https://doi.org/10.1016/S0304-4076(97)00077-8
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.data.classification.definition import Rule

ADULT_FROM = 18


@dataclass(frozen=True, slots=True)
class Bounds:
    """Whether something holds for sure, ``lower`` (persons,), and whether it may hold, ``upper`` (persons,)."""

    lower: NDArray[np.bool_]
    upper: NDArray[np.bool_]


def apply_rule(rule: Rule, answers: Mapping[str, NDArray[np.float64]]) -> Bounds:
    """Apply one rule.

    Parameters
    ----------
    rule : Rule
        The rule.
    answers : mapping of str to numpy.ndarray
        Element to answers of its items, 1, 0 or NaN, shape (persons, items).

    Returns
    -------
    Bounds
        Whether the rule holds.

    Examples
    --------
    >>> from ctresearch.data.classification.definition import Rule
    >>> held = apply_rule(Rule("debt", ((("debt",), 1),)), {"debt": np.array([[1.0], [0.0], [np.nan]])})
    >>> held.lower.tolist(), held.upper.tolist()
    ([True, False, False], [True, False, True])
    """
    persons = len(next(iter(answers.values())))
    lower, upper = np.ones(persons, dtype=bool), np.ones(persons, dtype=bool)
    for elements, count in rule.needs:
        given = np.column_stack([np.empty((persons, 0)), *(answers[e] for e in elements if e in answers)])
        yes, missing = (given == 1).sum(axis=1), np.isnan(given).sum(axis=1)
        lower &= yes >= count
        upper &= yes + missing >= count
    return Bounds(lower, upper)


def apply_rules(rules: tuple[Rule, ...], answers: Mapping[str, NDArray[np.float64]]) -> Bounds:
    """Ask whether any of some rules holds.

    Parameters
    ----------
    rules : tuple of Rule
        The rules; without any, nobody has the status.
    answers : mapping of str to numpy.ndarray
        As for :func:`apply_rule`.

    Returns
    -------
    Bounds
        Whether one holds.

    Examples
    --------
    >>> apply_rules((), {"debt": np.array([[1.0]])}).upper.tolist()
    [False]
    """
    persons = len(next(iter(answers.values())))
    lower, upper = np.zeros(persons, dtype=bool), np.zeros(persons, dtype=bool)
    for held in (apply_rule(rule, answers) for rule in rules):
        lower |= held.lower
        upper |= held.upper
    return Bounds(lower, upper)


def by_age(adult: Bounds, child: Bounds, age: NDArray[np.float64]) -> Bounds:
    """Take the rules of a person's own group; where the age is not known, what both allow.

    Parameters
    ----------
    adult, child : Bounds
        What the rules for each say.
    age : numpy.ndarray
        Age in years at the time of the work, NaN where not known, shape (persons,).

    Returns
    -------
    Bounds
        Children are under 18.

    Examples
    --------
    >>> yes, no = (Bounds(np.array([known] * 3), np.array([known] * 3)) for known in (True, False))
    >>> mixed = by_age(yes, no, np.array([20.0, 17.0, np.nan]))
    >>> mixed.lower.tolist(), mixed.upper.tolist()
    ([True, False, False], [True, False, True])
    """
    unknown, under = np.isnan(age), age < ADULT_FROM
    return Bounds(
        np.where(unknown, adult.lower & child.lower, np.where(under, child.lower, adult.lower)),
        np.where(unknown, adult.upper | child.upper, np.where(under, child.upper, adult.upper)),
    )
