"""Selection models: pooling that counts the studies which were not published because of what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.regions.study_table import read_studies, read_unit, unit_on
from ctresearch.stats.pooling.selection import select_by_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.result import Scale
    from ctresearch.stats.pooling.selection import Alternative, Selected

_ENOUGH = 10
_ASSUMPTIONS = (
    "Whether a study is published depends on its p value alone, by the steps given.",
    "True values differ as if drawn from one normal distribution, and errors are normal with the stated size.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SelectionModelResult(Result):
    """A pooled estimate that counts what was not published.

    Parameters
    ----------
    steps : pandas.DataFrame
        Indexed by ``to``, the end of a step of the p value: ``studies`` and ``chance`` of publication over that of the
        first step, with its ``std_error``.
    tau2 : float
        Variance between true values.
    ratio, ratio_df, ratio_p_value : float
        Likelihood ratio test that all are published alike.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``pooled``.

    Examples
    --------
    >>> from ctresearch.regions import SelectionModel
    >>> frame = pd.DataFrame({"estimate": [0.2, 0.5, 0.9, 0.1, 0.3, 0.7], "std_error": [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]})
    >>> SelectionModel().fit(frame).steps["studies"].tolist()
    [4, 2]
    """

    n: int = value_field(count("Studies", "studies", of="nobody"))
    steps: pd.DataFrame = table_field(
        {
            "to": key("p value up to"),
            "studies": count("Studies", "studies", of="nobody"),
            "chance": model("Chance of publication over that of the first step"),
            "std_error": model("Standard error"),
        }
    )
    tau2: float = value_field(model("Variance between true values"))
    ratio: float = value_field(model("Likelihood ratio"))
    ratio_df: float = value_field(model("Degrees of freedom of the likelihood ratio"))
    ratio_p_value: float = value_field(model("p-value of the test that all are published alike"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "pooled": model("Pooled estimate of all studies, published or not", reader="ratio", headline=True)
    }


class SelectionModel(Options):
    """Pool by Vevea and Hedges' step function of the p value.

    Parameters
    ----------
    steps : sequence of float
        One-sided p values at which the chance of publication may change; 1 is added at the end.
    alternative : {"greater", "less"}
        Which estimates were wanted: large or small ones.
    between : bool
        Whether true values differ.
    scale : {"identity", "log", "logit"}
        What the estimates in the table already are.
    unit : str
        What the estimates are of before logarithms, such as ``"persons"``; the result says ``"log persons"``.
    estimate, std_error : str
        Columns of the estimates and their standard errors.
    label : str, optional
        Column of names; the index by default.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    References
    ----------
    .. [1] Vevea, J. L. and Hedges, L. V. (1995). A general linear model for estimating effect size in the presence of
       publication bias. Psychometrika 60, 419-435. https://doi.org/10.1007/BF02294384

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> error = rng.uniform(0.1, 0.4, 200)
    >>> y = rng.normal(0.1, error)
    >>> seen = (y / error > 1.96) | (rng.random(200) < 0.3)
    >>> frame = pd.DataFrame({"estimate": y[seen], "std_error": error[seen]})
    >>> found = SelectionModel(between=False).fit(frame)
    >>> mean, chance = found.estimates.loc["pooled", "estimate"], found.steps["chance"].iloc[1]
    >>> print(f"{mean:.1f}, and those above .025 are published {chance:.1f} times as often")
    0.1, and those above .025 are published 0.3 times as often
    """

    def __init__(
        self,
        *,
        steps: Sequence[float] = (0.025,),
        alternative: Alternative = "greater",
        between: bool = True,
        scale: Scale = "identity",
        unit: str = "",
        estimate: str = "estimate",
        std_error: str = "std_error",
        label: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.steps = _read_steps(steps)
        self.alternative: Alternative = one_of("alternative", alternative, ("greater", "less"))
        self.between = one_of("between", between, (True, False))
        self.scale: Scale = one_of("scale", scale, ("identity", "log", "logit"))
        self.unit = read_unit(unit)
        self.estimate, self.std_error = column_name("estimate", estimate), column_name("std_error", std_error)
        self.label = None if label is None else column_name("label", label)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> SelectionModelResult:
        """Fit the chances of publication and the estimate of all studies.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a study, three or more.

        Returns
        -------
        SelectionModelResult
            Term ``pooled``.

        Raises
        ------
        DataError
            If a column or value is missing, or there are fewer than three studies.

        Examples
        --------
        >>> frame = pd.DataFrame({"estimate": [0.2, 0.5, 0.1, 0.3], "std_error": [0.1, 0.2, 0.1, 0.2]})
        >>> SelectionModel().fit(frame).ratio_df
        1.0
        """
        from scipy.special import chdtrc, ndtri

        data = read_studies(frame, (self.estimate, self.std_error), label=self.label, least=3)
        ends = np.array([*self.steps, 1.0])
        found = select_by_steps(data.y, data.v, ends, self.alternative, between=self.between)
        error, reach = float(np.sqrt(found.covariance[0, 0])), float(ndtri((1 + self.level) / 2))
        spread = np.sqrt(np.diag(found.covariance)[1 + self.between :])
        ratio = max(0.0, 2 * (found.log_likelihood - found.without))
        used = [self.estimate, self.std_error, *([self.label] if self.label else [])]
        row = (found.mean, error, found.mean - reach * error, found.mean + reach * error)
        return SelectionModelResult(
            method=say("Selection model of {n} studies by steps of the p value", n=len(frame)),
            estimates=estimates_table({"pooled": row}, unit=unit_on(self.scale, self.unit)),
            n=len(frame),
            level=self.level,
            interval="normal",
            scale=self.scale,
            scope=self.scope,
            checks=_checks(found, len(frame)),
            assumptions=_ASSUMPTIONS,
            references=references(SelectionModel),
            inputs=record(frame[used], packages=("numpy", "scipy")),
            steps=pd.DataFrame(
                {
                    "studies": found.counts,
                    "chance": found.chances,
                    "std_error": found.chances * np.concatenate([[np.nan], spread]),
                },
                index=pd.Index(ends, name="to"),
            ),
            tau2=found.tau2,
            ratio=ratio,
            ratio_df=float(len(self.steps)),
            ratio_p_value=float(chdtrc(len(self.steps), ratio)),
        )


def _read_steps(steps: Sequence[float]) -> tuple[float, ...]:
    """Refuse steps that do not rise between 0 and 1."""
    if (
        isinstance(steps, str)
        or not isinstance(steps, Sequence | np.ndarray)
        or not np.size(steps)
        or not np.ndim(steps)
    ):
        raise SpecificationError("steps must be p values that rise between 0 and 1, such as (0.025, 0.5)")
    values = tuple(in_range(f"steps[{k}]", one, 0, 1, open_ends=True) for k, one in enumerate(steps))
    if sorted(set(values)) != list(values):
        raise SpecificationError(f"steps == {values}, must rise")
    return values


def _checks(found: Selected, studies: int) -> tuple[Check, ...]:
    """Ask what speaks against the estimate."""
    numbers = {"studies": studies, "fewest": int(found.counts.min())}
    if found.counts.min() == 0 or not found.converged:
        said = say("A step holds no study, or its chance is without bound: the steps are not told apart. Take fewer.")
        return (Check("steps", "fail", said, numbers, voids=True),)
    if not np.isfinite(found.covariance).all():
        said = say("The likelihood is too flat for standard errors: the estimate has no limits.")
        return (Check("steps", "fail", said, numbers, voids=True),)
    solved = Check("steps", "pass", say("Every step holds studies, and the likelihood has a maximum."), numbers)
    if studies < _ENOUGH:
        said = say("{studies} studies say little about which were not published.", studies=studies)
        return (solved, Check("studies", "review", said, {"studies": studies}))
    return (solved, Check("studies", "pass", say("{studies} studies.", studies=studies), {"studies": studies}))
