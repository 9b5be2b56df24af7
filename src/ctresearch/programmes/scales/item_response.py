"""How hard and how telling each question of a test of knowledge is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.programmes.groups.age_groups import AGE, age_groups, fit_apart
from ctresearch.programmes.scales.item_likelihood import ItemFit, fit_items
from ctresearch.programmes.scales.scale_items import answer_cells, read_items
from ctresearch.programmes.trials.trial_result import GroupedResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.generalized_linear import Floats

Model = Literal["rasch", "2pl"]
MODELS: tuple[Model, ...] = ("rasch", "2pl")
NORMAL = "Knowledge is normal in the people asked, and alone makes answers go together."
# over the middle two thirds of people, a discrimination of 0.5 moves the odds of an answer by e alone
_FLAT, _FEW = 0.5, 200


class ItemResponse(Options):
    """Rasch or two-parameter logistic model of the items of a test; no person is given a score.

    Parameters
    ----------
    items : sequence of str
        Columns of 0 (wrong) and 1 (right), at least three.
    model : {"2pl", "rasch"}
        Whether items differ in how telling they are.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Knowledge has mean 0 and standard deviation 1 in each group, so difficulties of adults and children are on scales of
    their own. In a Rasch model the one discrimination stands with every item.

    References
    ----------
    .. [1] Bock, R. D. and Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of
       an EM algorithm. Psychometrika 46, 443-459. https://doi.org/10.1007/BF02293801

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_evaluation
    >>> frame = campaign_evaluation(24, 40, lost=0.0, seed=1).frame
    >>> found = ItemResponse(items=[f"q{i}" for i in range(1, 7)], age=None).fit(frame).estimates
    >>> hardest = found.loc["difficulty"].set_index("item")["estimate"].idxmax()
    >>> print(f"{hardest} is the hardest question")
    q6 is the hardest question
    """

    def __init__(
        self,
        *,
        items: Sequence[str],
        model: Model = "2pl",
        age: str | None = AGE,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.items = column_names("items", items, least=3)
        self.model: Model = one_of("model", model, MODELS)
        self.age = None if age is None else column_name("age", age)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> GroupedResult:
        """Estimate the items, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, without missing answers.

        Returns
        -------
        GroupedResult
            Terms ``difficulty`` and ``discrimination`` by ``item`` and ``group``.

        Raises
        ------
        DataError
            If an answer is missing or not of 0 and 1, or an item is constant.
        FitError
            If the estimate does not exist.

        Examples
        --------
        >>> from ctresearch.data.synthetic import campaign_evaluation
        >>> frame = campaign_evaluation(24, 40, lost=0.0, seed=1).frame
        >>> ItemResponse(items=["q1", "q2", "q3"], model="rasch", age=None).fit(frame).estimates["item"].tolist()
        ['q1', 'q2', 'q3', 'q1', 'q2', 'q3']
        """
        answer_cells(frame, self.items, binary=True)
        groups = age_groups(frame, self.age)
        found, checks = fit_apart(groups, self._fit_group)
        parts, people = [], 0
        for name, pair in found.items():
            fit, count = pair if pair is not None else (None, 0)
            people += count
            parts.append(self._rows(fit).assign(group=name))
            if fit is not None:
                checks += _checks(fit, self.items, name, count)
        used = [*self.items] + ([self.age] if self.age is not None and self.age in frame.columns else [])
        return GroupedResult(
            method={
                "rasch": "Rasch model, marginal likelihood",
                "2pl": "Two-parameter logistic model, marginal likelihood",
            }[self.model],
            estimates=pd.concat(parts),
            n=people,
            smallest_group=min(groups.smallest(None, item) for item in self.items),
            level=self.level,
            interval="normal",
            scope=self.scope,
            checks=(*groups.checks, *checks),
            assumptions=(NORMAL,),
            references=references(ItemResponse),
            inputs=record(frame[used]),
        )

    def _fit_group(self, rows: pd.DataFrame) -> tuple[ItemFit, int]:
        """Estimate one group of people."""
        answers = read_items(rows, self.items, binary=True)
        return fit_items(answers, rasch=self.model == "rasch"), len(answers)

    def _rows(self, fit: ItemFit | None) -> pd.DataFrame:
        """Return difficulties and discriminations with limits; missing without a fit."""
        from scipy.special import ndtri

        count = len(self.items)
        nothing = np.full(count, np.nan)
        values = (nothing, nothing) if fit is None else (fit.difficulties, fit.slopes)
        errors = (nothing, nothing) if fit is None else _errors(fit)
        reach = float(ndtri((1 + self.level) / 2))
        frame = pd.DataFrame(
            {
                "term": ["difficulty"] * count + ["discrimination"] * count,
                "estimate": np.concatenate(values),
                "std_error": np.concatenate(errors),
                "unit": "standard deviations of knowledge",
                "item": list(self.items) * 2,
            }
        )
        frame.loc[count:, "unit"] = "log odds a standard deviation"
        frame["ci_low"] = frame["estimate"] - reach * frame["std_error"]
        frame["ci_high"] = frame["estimate"] + reach * frame["std_error"]
        return frame.astype({"term": "str"}).set_index("term")


def _errors(fit: ItemFit) -> tuple[Floats, Floats]:
    """Return standard errors of difficulties, by the delta method, and of discriminations."""
    count = len(fit.slopes)
    hard, steep = np.zeros(count), np.zeros(count)
    for i in range(count):
        at = count + i if len(fit.covariance) == 2 * count else count
        part = fit.covariance[np.ix_([i, at], [i, at])]
        gradient = np.array([-1 / fit.slopes[i], fit.intercepts[i] / fit.slopes[i] ** 2])
        hard[i], steep[i] = np.sqrt(gradient @ part @ gradient), np.sqrt(part[1, 1])
    return hard, steep


def _checks(fit: ItemFit, items: tuple[str, ...], group: str, people: int) -> list[Check]:
    """Name items that tell little, or go the wrong way, and say if people are few."""
    checks = []
    wrong = [item for item, slope in zip(items, fit.slopes, strict=True) if slope < 0]
    flat = [item for item, slope in zip(items, fit.slopes, strict=True) if 0 <= slope < _FLAT]
    if wrong:
        said = say(
            "{items} are answered right by those who know less ({group}): check the scoring key.",
            items=", ".join(map(repr, wrong)),
            group=group,
        )
        checks.append(Check("direction", "fail", said, {"items": len(wrong)}))
    if flat:
        said = say(
            "{items} tell little of what people know ({group}): think of leaving them out.",
            items=", ".join(map(repr, flat)),
            group=group,
        )
        checks.append(Check("telling", "review", said, {"items": len(flat)}))
    if people < _FEW:
        said = say(
            "{people} {group} answered: below about {few}, discriminations are hardly known.",
            people=people,
            group=group,
            few=_FEW,
        )
        checks.append(Check("people", "review", said, {"people": people}))
    return checks
