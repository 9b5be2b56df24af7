"""How covariates stretch or shorten a duration whose end is known exactly, to an interval, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.consequences.curves.interval_survival import DATES
from ctresearch.consequences.curves.weibull import WeibullFit, fit_weibull
from ctresearch.consequences.durations.design import Design, read_design
from ctresearch.consequences.durations.durations import NONINFORMATIVE
from ctresearch.consequences.durations.hazard_checks import check_events, refuse_perfect
from ctresearch.consequences.durations.interval_rows import read_intervals
from ctresearch.core import meaning as col
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.declaration import Declaration
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.renamed import renamed
from ctresearch.core.result import Result
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level
from ctresearch.stats.groups.smallest import smallest_level

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Floats

WEIBULL = (
    "Durations follow a Weibull distribution whose shape is the same for all; a term stretches time by one factor."
)

_DECLARED = Declaration(
    {
        "constant": col.model("Constant", "log duration"),
        "log_scale": col.model("Scale", "log of the scale"),
        "*": col.model("", "log of the ratio of durations", reader="ratio"),
    }
)


class DurationModel(Options):
    """Fit a Weibull model of accelerated failure times to interval-censored durations.

    Parameters
    ----------
    formula : str, optional
        Columns of the model, such as ``"age + C(sex)"``; without one, the distribution of all people together.
    after : str
        Column of times at which it was still going on.
    before : str
        Column of times by which it had ended; missing where no end was seen, equal to ``after`` where it is known.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Estimates stand on the scale of log duration: ``to_frame(exponentiate=True)`` gives by what a term multiplies
    durations. ``log_scale`` is the log of one over Weibull's shape.

    References
    ----------
    .. [1] Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, second edition.
       Wiley. https://doi.org/10.1002/9781118032985

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> debt = rng.integers(0, 2, 300)
    >>> months = 10 * np.exp(0.5 * debt) * rng.weibull(1.5, 300)
    >>> seen = 3 * np.floor(months / 3)
    >>> frame = pd.DataFrame({"after": seen, "by": seen + 3, "debt": debt})
    >>> row = DurationModel("debt", after="after", before="by").fit(frame).to_frame(exponentiate=True).loc["debt"]
    >>> print(f"with debt {row['estimate']:.1f} times as long ({row['ci_low']:.1f} to {row['ci_high']:.1f})")
    with debt 1.7 times as long (1.5 to 2.0)
    """

    @renamed(gone="0.3", by="before")
    def __init__(
        self,
        formula: str | None = None,
        *,
        after: str,
        before: str,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.formula = None if formula is None else column_name("formula", formula)
        self.after, self.before = column_name("after", after), column_name("before", before)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> Result:
        """Estimate the coefficients.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.

        Returns
        -------
        Result
            Terms ``constant``, the columns of the model, and ``log_scale``.

        Raises
        ------
        DataError
            If a column is missing, a time is negative, an end lies before its start, no duration has an end, or columns
            cannot be told apart.
        FitError
            If the likelihood has no maximum.

        Examples
        --------
        >>> frame = pd.DataFrame({"after": [0, 3, 3, 6, 6], "by": [3, 6, 6, 12, None]})
        >>> round(float(DurationModel(after="after", before="by").fit(frame).estimates.loc["constant", "estimate"]), 3)
        1.808
        """
        after, before = read_intervals(frame, after=self.after, before=self.before)
        design = None if self.formula is None else read_design(frame, self.formula)
        if design is not None:
            refuse_perfect(design, after, np.isfinite(before), self.after)
            refuse_perfect(design, before, np.isfinite(before), self.before)
        ones = np.ones((len(after), 1))
        found = fit_weibull(after, before, ones if design is None else np.hstack([ones, design.standard]))
        names = () if design is None else design.names
        used = list(dict.fromkeys([self.after, self.before, *(() if design is None else design.used)]))
        return Result(
            declaration=_DECLARED,
            method="Weibull model of accelerated failure times, interval-censored",
            estimates=_table(found, design, self.level),
            n=len(after),
            smallest_group=smallest_level(
                [np.isfinite(before), *(() if design is None else design.standard.T)], len(after)
            ),
            level=self.level,
            scope=self.scope,
            interval="normal",
            scale="log",
            checks=(check_events(int(np.isfinite(before).sum()), len(names) + 2),),
            assumptions=(WEIBULL, DATES, NONINFORMATIVE),
            references=references(DurationModel),
            inputs=record(frame[used], packages=("numpy", "pandas", "scipy", "formulaic")),
        )


def _table(found: WeibullFit, design: Design | None, level: float) -> pd.DataFrame:
    """Build the table of coefficients in the columns' own units."""
    from scipy.special import ndtri

    names = () if design is None else design.names
    back: Floats = np.eye(len(found.point))
    if design is not None:
        back[1:-1, 1:-1] = np.diag(1 / design.spread)
        back[0, 1:-1] = -design.centre / design.spread
    estimate, std_error = back @ found.point, np.sqrt(np.diag(back @ found.covariance @ back.T))
    reach = float(ndtri((1 + level) / 2)) * std_error
    columns = {"estimate": estimate, "std_error": std_error, "ci_low": estimate - reach, "ci_high": estimate + reach}
    index = pd.Index(["constant", *names, "log_scale"], name="term", dtype="str")
    return pd.DataFrame(columns, index=index).assign(unit="log time")
