"""Meta-regression: how estimates of studies follow what is known of the studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.regions.study_table import EXACT, one_measure, read_studies, read_unit, refuse_exact, unit_on
from ctresearch.stats.pooling.random_effects import METHODS
from ctresearch.stats.pooling.regression import pooled_regression
from ctresearch.stats.regression.formula import formula_names, read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.result import Scale
    from ctresearch.stats.pooling.random_effects import Between
    from ctresearch.stats.pooling.regression import Regression

ENOUGH_EACH = 10
"""Studies for each covariate below which a slope is a hint."""
_ASSUMPTIONS = (
    "Estimates are of the same thing, of people who do not overlap, and their errors are normal with the stated size.",
    "What covariates leave is drawn from one normal distribution.",
    "A slope says how studies differ, and nothing of what would change if a study's covariate did.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MetaRegressionResult(Result):
    """Slopes of estimates along what is known of studies.

    Parameters
    ----------
    tau2, i2 : float
        Variance between true values that is left, and its share of all that is left.
    explained : float
        Share of the variance between that covariates tell; ``NaN`` where there is none without them.
    q, q_df, q_p_value : float
        Test that nothing is left but error.
    slopes, slopes_df, slopes_p_value : float
        Test that all slopes are 0: chi-squared where ``slopes_df`` is infinite, F otherwise.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``constant`` and the columns of the formula.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.regions import MetaRegression
    >>> frame = pd.DataFrame({"estimate": [0.1, 0.5, 0.8, 1.4], "std_error": [0.1] * 4, "year": [0, 1, 2, 3]})
    >>> MetaRegression("year").fit(frame).q_df
    2.0
    """

    n: int = value_field(count("Studies", "studies", of="nobody"))
    tau2: float = value_field(model("Variance between true values that is left"))
    i2: float = value_field(model("Share of what is left that lies between true values", reader="percent"))
    explained: float = value_field(model("Share of the variance between that covariates tell", reader="percent"))
    q: float = value_field(model("Cochran's Q of what is left"))
    q_df: float = value_field(model("Degrees of freedom of Cochran's Q"))
    q_p_value: float = value_field(model("p-value of the test that nothing is left but error"))
    slopes: float = value_field(model("Test statistic of all slopes"))
    slopes_df: float = value_field(model("Degrees of freedom that are left for the slopes"))
    slopes_p_value: float = value_field(model("p-value of the test that all slopes are 0"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "constant": model("Estimate where all covariates are 0"),
        "*": model("Slope", headline=True),
    }


class MetaRegression(Options):
    """Regress estimates on covariates of their studies, true values differing beyond them.

    Parameters
    ----------
    formula : str
        Right-hand side, such as ``"year + C(region)"``.
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance that is left between true values is found.
    test : {"z", "knha"}
        Normal limits, or those of Knapp and Hartung, which count that few studies tell little.
    scale : {"identity", "log", "logit"}
        What the estimates in the table already are.
    unit : str
        What the estimates are of before logarithms, such as ``"persons"``; the result says ``"log persons"``.
    estimate, std_error : str
        Columns of the estimates and their standard errors.
    label, measure : str, optional
        Columns of names and of what each estimate measures: stock, period, flow or lifetime.
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
    .. [1] Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single
       covariate. Statistics in Medicine 22, 2693-2710. https://doi.org/10.1002/sim.1482
    .. [2] Thompson, S. G. and Higgins, J. P. T. (2002). How should meta-regression analyses be undertaken and
       interpreted? Statistics in Medicine 21, 1559-1573. https://doi.org/10.1002/sim.1187

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"estimate": [0.1, 0.6, 0.8, 1.4, 1.6], "std_error": [0.1] * 5, "year": [0, 1, 2, 3, 4]}
    ... )
    >>> row = MetaRegression("year", test="knha").fit(frame).estimates.loc["year"].drop("unit").astype(float).round(2)
    >>> print(f"a year later, higher by {row['estimate']} ({row['ci_low']} to {row['ci_high']})")
    a year later, higher by 0.38 (0.27 to 0.49)
    """

    def __init__(
        self,
        formula: str,
        *,
        method: Between = "reml",
        test: Literal["z", "knha"] = "knha",
        scale: Scale = "identity",
        unit: str = "",
        estimate: str = "estimate",
        std_error: str = "std_error",
        label: str | None = None,
        measure: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        formula_names(formula)
        self.formula = formula
        self.method: Between = one_of("method", method, METHODS)
        self.test: Literal["z", "knha"] = one_of("test", test, ("z", "knha"))
        self.scale: Scale = one_of("scale", scale, ("identity", "log", "logit"))
        self.unit = read_unit(unit)
        self.estimate, self.std_error = column_name("estimate", estimate), column_name("std_error", std_error)
        self.label = None if label is None else column_name("label", label)
        self.measure = None if measure is None else column_name("measure", measure)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> MetaRegressionResult:
        """Fit the slopes.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a study.

        Returns
        -------
        MetaRegressionResult
            Terms ``constant`` and one for each column of the formula.

        Raises
        ------
        DataError
            If a column or value is missing, covariates tell the same twice, or there are no more studies than terms.
        FitError
            If the variance between has no maximum.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"estimate": [0.0, 1.0, 2.1], "std_error": [0.2] * 3, "x": [0, 1, 2]})
        >>> round(float(MetaRegression("x").fit(frame).estimates.loc["x", "estimate"]), 2)
        1.05
        """
        studies = read_studies(frame, (self.estimate, self.std_error), label=self.label)
        one_measure(frame, self.measure)
        found = read_formula(frame, self.formula)
        design = np.column_stack([np.ones(len(frame)), found.columns])
        if len(frame) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
            raise DataError(
                f"{len(frame)} studies and {design.shape[1]} terms of rank {np.linalg.matrix_rank(design)}: must be "
                "more studies than terms, and no term the sum of others: leave terms out"
            )
        fit = pooled_regression(studies.y, studies.v, design, self.method)
        refuse_exact(self.test == "knha" and fit.scale < EXACT, len(frame), "test='knha'", "test='z'")
        alone = pooled_regression(studies.y, studies.v, design[:, :1], self.method)
        names = ("constant", *found.names)
        used = [self.estimate, self.std_error, *found.used]
        slopes, df, p_value = self._slopes(fit, len(frame), design.shape[1])
        q_df = len(frame) - design.shape[1]
        from scipy.special import chdtrc

        return MetaRegressionResult(
            method=say("Meta-regression of {n} studies", n=len(frame)),
            estimates=self._table(names, fit, q_df),
            n=len(frame),
            level=self.level,
            interval="random-effects" if self.test == "z" else "knapp-hartung",
            scale=self.scale,
            scope=self.scope,
            checks=(_check_enough(len(frame), len(found.names)), _check_left(float(chdtrc(q_df, fit.q)), fit)),
            assumptions=_ASSUMPTIONS,
            references=references(MetaRegression),
            inputs=record(frame[list(dict.fromkeys(used))], packages=("numpy", "scipy")),
            tau2=fit.tau2,
            i2=fit.i2,
            explained=max(0.0, 1 - fit.tau2 / alone.tau2) if alone.tau2 > 0 else np.nan,
            q=fit.q,
            q_df=float(q_df),
            q_p_value=float(chdtrc(q_df, fit.q)),
            slopes=slopes,
            slopes_df=df,
            slopes_p_value=p_value,
        )

    def _table(self, names: tuple[str, ...], fit: Regression, df: int) -> pd.DataFrame:
        """Lay out the coefficients."""
        from scipy.special import ndtri, stdtrit

        upper = (1 + self.level) / 2
        times = float(ndtri(upper) if self.test == "z" else stdtrit(df, upper))
        factor = 1.0 if self.test == "z" else fit.scale
        errors = np.sqrt(np.diag(fit.covariance) * factor)
        rows = {
            name: (float(one), float(error), float(one - times * error), float(one + times * error))
            for name, one, error in zip(names, fit.coefficients, errors, strict=True)
        }
        return estimates_table(rows, unit=unit_on(self.scale, self.unit))

    def _slopes(self, fit: Regression, n: int, p: int) -> tuple[float, float, float]:
        """Test all slopes at once."""
        from scipy.special import chdtrc, fdtrc

        if p == 1:
            return (np.nan, np.nan, np.nan)
        slopes, covariance = fit.coefficients[1:], fit.covariance[1:, 1:]
        value = float(slopes @ np.linalg.solve(covariance, slopes))
        if self.test == "z":
            return (value, np.inf, float(chdtrc(p - 1, value)))
        value /= fit.scale * (p - 1)
        return (value, float(n - p), float(fdtrc(p - 1, n - p, value)))


def _check_enough(studies: int, slopes: int) -> Check:
    """Say whether there are studies enough for so many slopes."""
    each = studies / max(slopes, 1)
    numbers = {"studies": studies, "slopes": slopes}
    if each >= ENOUGH_EACH:
        return Check(
            "studies", "pass", say("{studies} studies for {slopes} slopes.", **_both(studies, slopes)), numbers
        )
    said = say(
        "{studies} studies for {slopes} slopes: below ten for each, a slope is a hint and no finding.",
        **_both(studies, slopes),
    )
    return Check("studies", "review", said, numbers)


def _both(studies: int, slopes: int) -> dict[str, str]:
    """Return two numbers as words."""
    return {"studies": str(studies), "slopes": str(slopes)}


def _check_left(p_value: float, fit: Regression) -> Check:
    """Say how much is left that covariates do not tell."""
    numbers = {"p_value": p_value, "i2": fit.i2, "tau2": fit.tau2}
    if p_value < 0.1 and fit.tau2 == 0:
        said = say("Studies differ more than their errors and covariates allow (p {p_value:.2g}).", p_value=p_value)
        return Check("what is left", "fail", said, numbers)
    said = say("{i2:.0%} of what covariates leave lies between true values.", i2=fit.i2)
    return Check("what is left", "pass", said, numbers)
