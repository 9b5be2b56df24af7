"""Whether a comparative solution outlives other thresholds, consistencies and numbers of cases."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_mapping, one_of
from ctresearch.qualitative.comparative.calibration import calibrate
from ctresearch.qualitative.comparative.qca import QualitativeComparative

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.qualitative.comparative.calibration import Shape
    from ctresearch.qualitative.comparative.qca_result import ComparativeResult

_TAKEN = {"cut", "least_cases", "formula", "consistency", "coverage"}
_MOST_SETTINGS = 5_000
_SAME = 0.9  # share of the settings in which the solution must stand to be called robust


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RobustnessResult(Result):
    """How a solution fares under other settings.

    Parameters
    ----------
    settings : pandas.DataFrame
        One row a setting: the place of its threshold for each column (from 1, as they were given), ``cut`` (least
        consistency of a row), ``least_cases``, the ``formula``, and its ``consistency`` and ``coverage``.
    combinations : pandas.DataFrame
        ``term`` and the ``share`` of settings in whose solution it stands; ``in_first`` says whether it is one of the
        first setting's.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> raw = pd.DataFrame({"debt": [9, 7, 5, 2, 1], "alone": [1, 1, 0, 1, 0], "held": [1, 1, 0, 0, 0]})
    >>> asked = ComparativeRobustness(
    ...     outcome="held", conditions=["debt", "alone"], thresholds={"debt": [(6,), (4,), (1.5,)]}, shape="crisp"
    ... )
    >>> isinstance(asked.fit(raw), RobustnessResult)
    True
    """

    n: int = value_field(count("Cases", "cases", of="case"))
    settings: pd.DataFrame = table_field(
        {
            "*": key("Threshold"),
            "cut": key("Least consistency of a row"),
            "least_cases": key("Fewest cases of a row"),
            "formula": mark("Solution"),
            "consistency": model("Consistency", of="nobody"),
            "coverage": model("Coverage", of="nobody"),
        }
    )
    combinations: pd.DataFrame = table_field(
        {
            "term": key("Combination"),
            "share": model("Share of the settings", of="nobody", reader="percent"),
            "in_first": mark("In the first setting"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "same": model("Share of the settings with the same solution", of="nobody", reader="percent", headline=True),
        "settings": model("Settings", of="nobody"),
    }


class ComparativeRobustness(Options):
    """Ask a comparative analysis again under other thresholds, consistencies and numbers of cases.

    Parameters
    ----------
    outcome : str
        Column of the outcome.
    conditions : sequence of str
        Columns of the conditions.
    thresholds : mapping of str to sequence of tuple
        Column to the thresholds under which it is calibrated, those of the main analysis first; columns that are not
        named are memberships already. Every choice meets every other.
    shape : {"logistic", "linear", "crisp"}
        As for :func:`calibrate`.
    consistency : sequence of float
        Least consistencies of a row, that of the main analysis first.
    cases : sequence of int
        Fewest cases of a row, that of the main analysis first.
    solution, negated, expected, exclude
        As for :class:`QualitativeComparative`.

    Raises
    ------
    SpecificationError
        If an option is not allowed, or there are more than 5,000 settings.

    References
    ----------
    .. [1] Oana, I.-E. and Schneider, C. Q. (2024). A robustness test protocol for applied QCA: theory and R software
       application. Sociological Methods and Research 53, 57-88. https://doi.org/10.1177/00491241211036158

    Examples
    --------
    >>> raw = pd.DataFrame({"debt": [9, 7, 5, 2, 1], "alone": [1, 1, 0, 1, 0], "held": [1, 1, 0, 0, 0]})
    >>> asked = ComparativeRobustness(
    ...     outcome="held", conditions=["debt", "alone"], thresholds={"debt": [(6,), (4,), (1.5,)]}, shape="crisp"
    ... )
    >>> result = asked.fit(raw)
    >>> round(float(result.estimates.loc["same", "estimate"]), 2)
    0.33

    Each threshold has a solution of its own: what the analysis says hangs on where debt begins.
    """

    def __init__(
        self,
        *,
        outcome: str,
        conditions: Sequence[str],
        thresholds: Mapping[str, Sequence[Sequence[float]]],
        shape: Shape = "logistic",
        consistency: Sequence[float] = (0.8,),
        cases: Sequence[int] = (1,),
        solution: str = "parsimonious",
        negated: bool = False,
        expected: Mapping[str, Any] | None = None,
        exclude: Any = "none",
    ) -> None:
        both = column_names("conditions", conditions, least=2), column_name("outcome", outcome)
        several = [*is_mapping("thresholds", thresholds).values(), consistency, cases]
        if not all(isinstance(one, (tuple, list)) for one in several + [cut for one in several[:-2] for cut in one]):
            raise SpecificationError(
                "thresholds must map columns to lists of tuples of numbers, consistency and cases be lists"
            )
        self.thresholds = {name: [tuple(one) for one in several] for name, several in thresholds.items()}
        for name in self.thresholds:
            one_of("thresholds", name, (*both[0], both[1]))
            if name in _TAKEN:
                raise SpecificationError(f"thresholds name {name!r}, as a column of the settings: rename it")
        self.shape: Shape = one_of("shape", shape, ("logistic", "linear", "crisp"))
        self.consistency, self.cases = tuple(consistency), tuple(cases)
        settings = len(self.consistency) * len(self.cases) * int(np.prod([len(v) for v in self.thresholds.values()]))
        if not 1 <= settings <= _MOST_SETTINGS:
            raise SpecificationError(f"there are {settings:,} settings, must be 1 to {_MOST_SETTINGS:,}: give fewer")
        self._fixed: dict[str, Any] = {
            "outcome": outcome,
            "conditions": conditions,
            "solution": solution,
            "negated": negated,
            "expected": expected,
            "exclude": exclude,
        }
        for cut in self.consistency:
            for least in self.cases:
                QualitativeComparative(consistency=cut, cases=least, **self._fixed)

    def fit(self, raw: pd.DataFrame) -> RobustnessResult:
        """Ask again under every setting.

        Parameters
        ----------
        raw : pandas.DataFrame
            One row a case, as measured.

        Returns
        -------
        RobustnessResult
            Term ``same``: the share of settings whose solution is that of the first.

        Raises
        ------
        DataError
            If a column is missing or the first setting has no solution.

        Examples
        --------
        >>> raw = pd.DataFrame({"a": [9, 7, 5, 2], "b": [1, 1, 0, 1], "y": [1, 1, 0, 0]})
        >>> options = {"thresholds": {"a": [(6,), (3,)]}, "shape": "crisp"}
        >>> len(ComparativeRobustness(outcome="y", conditions=["a", "b"], **options).fit(raw).settings)
        2
        """
        is_frame("cases", raw)
        has_columns("cases", raw, [*self._fixed["conditions"], self._fixed["outcome"]])
        rows: list[dict[str, Any]] = []
        found = []
        for chosen, cut, least in self._settings():
            formula, terms, fit = self._one(raw, chosen, cut, least)
            rows.append({**{name: at + 1 for name, at in chosen.items()}, "cut": cut, "least_cases": least})
            rows[-1] |= {"formula": formula, "consistency": fit[0], "coverage": fit[1]}
            found.append(terms)
        if not found[0]:
            raise DataError(
                f"the first of {len(found):,} settings gives no solution, must give one: it is the main analysis"
            )
        return self._result(raw, pd.DataFrame(rows), found)

    def _settings(self) -> Iterable[tuple[dict[str, int], float, int]]:
        """Yield every setting: the place of each threshold, the consistency and the number of cases."""
        places = [range(len(several)) for several in self.thresholds.values()]
        for chosen in product(*places):
            for cut, least in product(self.consistency, self.cases):
                yield dict(zip(self.thresholds, chosen, strict=True)), cut, least

    def _one(
        self, raw: pd.DataFrame, chosen: dict[str, int], cut: float, least: int
    ) -> tuple[str, frozenset[str], tuple[float, float]]:
        """Analyse under one setting; without a solution there are no terms."""
        frame = raw[[*self._fixed["conditions"], self._fixed["outcome"]]].copy()
        for name, at in chosen.items():
            frame[name] = calibrate(raw[name], self.thresholds[name][at], shape=self.shape)
        nothing = ("nothing", frozenset[str](), (float("nan"), float("nan")))
        try:
            result = QualitativeComparative(consistency=cut, cases=least, **self._fixed).fit(frame)
        except (FitError, DataError) as error:
            if isinstance(error, DataError) and "is the same in all" not in str(error):
                raise
            return nothing
        if not result.stands:
            return nothing
        fit = result.estimates["estimate"]
        return result.formula, _terms(result), (float(fit["consistency"]), float(fit["coverage"]))

    def _result(self, raw: pd.DataFrame, settings: pd.DataFrame, found: list[frozenset[str]]) -> RobustnessResult:
        """Put the settings together."""
        same = float(np.mean([terms == found[0] for terms in found]))
        shares = {term: float(np.mean([term in terms for terms in found])) for one in found for term in one}
        ordered = sorted(shares, key=lambda term: (-shares[term], term))
        combinations = pd.DataFrame(
            {"term": ordered, "share": [shares[t] for t in ordered], "in_first": [t in found[0] for t in ordered]}
        )
        nan = float("nan")
        return RobustnessResult(
            method=say("A comparative solution under {n} settings", n=len(found)),
            estimates=estimates_table({"same": (same, nan, nan, nan), "settings": (len(found), nan, nan, nan)}),
            n=len(raw),
            checks=(_check_same(same, len(found)),),
            assumptions=("The settings that are asked are those that could be defended.",),
            references=references(type(self)),
            inputs=record(raw[[*self._fixed["conditions"], self._fixed["outcome"]]]),
            smallest_group=len(raw),
            settings=settings,
            combinations=combinations,
        )


def _terms(result: ComparativeResult) -> frozenset[str]:
    """Return the combinations of the solution asked for."""
    return frozenset(result.formula.rpartition(" -> ")[0].split(" + "))


def _check_same(same: float, settings: int) -> Check:
    """Say whether the solution stands."""
    numbers = {"same": same, "settings": float(settings)}
    words = say("The solution of the first setting is that of {share:.0%} of {n} settings.", share=same, n=settings)
    return Check("robustness", "pass" if same >= _SAME else "review", words, numbers)
