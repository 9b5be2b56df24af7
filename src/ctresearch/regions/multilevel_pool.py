"""Several estimates from one study, pooled with the variance between studies and within them apart."""

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
from ctresearch.core.names import read_names
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.regions.study_table import EXACT, one_measure, read_studies, read_unit, refuse_exact, unit_on
from ctresearch.stats.pooling.multilevel import fit_multilevel, robust_errors
from ctresearch.stats.regression.formula import formula_names, read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.result import Scale
    from ctresearch.stats.pooling.multilevel import Multilevel

    Floats = NDArray[np.float64]

_FEW_DF = 4.0
"""Tipton (2015): below four degrees of freedom the size of a test by robust errors is no longer what it says."""
_FEW_STUDIES = 5
_ASSUMPTIONS = (
    "True values differ between studies, and within a study beyond that, as if drawn from normal distributions.",
    "Studies are of people who do not overlap; estimates of one study may be.",
    "The studies that exist are those that would have been published whatever they found.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MultilevelPoolResult(Result):
    """A pooled estimate from studies with several estimates each.

    Parameters
    ----------
    studies : int
        How many.
    between, within : float
        Variance between studies, and between estimates of one study.
    log_likelihood : float
        Restricted.
    degrees : float
        Degrees of freedom of the limits of the first term; infinite for normal ones.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``pooled``, or ``constant`` and the columns of
        a formula; ``prediction``, where one further estimate of a further study lies; ``between`` and ``within``.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.regions import MultilevelPool
    >>> frame = pd.DataFrame({"estimate": [0.1, 0.2, 0.9, 1.0, 0.5], "std_error": [0.2] * 5, "study": list("aabbc")})
    >>> MultilevelPool(study="study").fit(frame).studies
    3
    """

    n: int = value_field(count("Estimates", "estimates", of="nobody"))
    studies: int = value_field(count("Studies", "studies", of="nobody"))
    between: float = value_field(model("Variance between studies"))
    within: float = value_field(model("Variance between estimates of one study"))
    log_likelihood: float = value_field(model("Restricted log likelihood"))
    degrees: float = value_field(model("Degrees of freedom"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "pooled": model("Pooled estimate", reader="ratio", headline=True),
        "constant": model("Estimate where all covariates are 0"),
        "prediction": model("Estimate to be expected of a further study", reader="ratio"),
        "between": model("Variance between studies"),
        "within": model("Variance between estimates of one study"),
        "*": model("Slope"),
    }


class MultilevelPool(Options):
    """Pool estimates of which several come from one study.

    Parameters
    ----------
    study : str
        Column of the study, country or district that estimates belong to.
    formula : str, optional
        Covariates, such as ``"year + C(form)"``.
    correlation : float
        Of the errors of two estimates of one study: 0 where they are of other people, above where of the same.
    errors : {"robust", "model"}
        Errors that hold whatever the covariance within studies is, corrected for few studies, with Satterthwaite's
        degrees of freedom; or those of the model.
    scale : {"identity", "log", "logit"}
        What the estimates in the table already are.
    unit : str
        What the estimates are of before logarithms, such as ``"persons"``; the result says ``"log persons"``.
    estimate, std_error : str
        Columns of the estimates and their standard errors.
    measure : str, optional
        Column of what each estimate measures: stock, period, flow or lifetime.
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
    .. [1] Hedges, L. V., Tipton, E. and Johnson, M. C. (2010). Robust variance estimation in meta-regression with
       dependent effect size estimates. Research Synthesis Methods 1, 39-65. https://doi.org/10.1002/jrsm.5
    .. [2] Pustejovsky, J. E. and Tipton, E. (2022). Meta-analysis with robust variance estimation: expanding the range
       of working models. Prevention Science 23, 425-438. https://doi.org/10.1007/s11121-021-01246-3
    .. [3] Tipton, E. (2015). Small sample adjustments for robust variance estimation with meta-regression.
       Psychological Methods 20, 375-393. https://doi.org/10.1037/met0000011

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"estimate": [0.2, 0.3, 0.9, 1.0, 0.5, 0.6, 0.4], "std_error": [0.1] * 7, "study": list("aabbccd")}
    ... )
    >>> row = MultilevelPool(study="study").fit(frame).estimates.loc["pooled"].drop("unit").astype(float).round(2)
    >>> print(f"{row['estimate']} ({row['ci_low']} to {row['ci_high']})")
    0.54 (0.05 to 1.02)
    """

    def __init__(
        self,
        *,
        study: str,
        formula: str | None = None,
        correlation: float = 0.0,
        errors: Literal["robust", "model"] = "robust",
        scale: Scale = "identity",
        unit: str = "",
        estimate: str = "estimate",
        std_error: str = "std_error",
        measure: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.study = column_name("study", study)
        if formula is not None:
            formula_names(formula)
        self.formula = formula
        self.correlation = in_range("correlation", correlation, 0, 0.999)
        self.errors: Literal["robust", "model"] = one_of("errors", errors, ("robust", "model"))
        self.scale: Scale = one_of("scale", scale, ("identity", "log", "logit"))
        self.unit = read_unit(unit)
        self.estimate, self.std_error = column_name("estimate", estimate), column_name("std_error", std_error)
        self.measure = None if measure is None else column_name("measure", measure)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> MultilevelPoolResult:
        """Pool the estimates.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row an estimate.

        Returns
        -------
        MultilevelPoolResult
            Terms as the class describes them.

        Raises
        ------
        DataError
            If a column or value is missing, there are fewer than three studies, no study has two estimates, or
            covariates tell the same twice.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"estimate": [0.0, 0.0, 1.0, 1.0], "std_error": [0.1] * 4, "study": list("aabc")})
        >>> bool(MultilevelPool(study="study").fit(frame).between > 0.1)
        True
        """
        data = read_studies(frame, (self.estimate, self.std_error), more=[self.study], once=False)
        one_measure(frame, self.measure)
        study = read_names(frame[self.study], self.study).codes
        many = len(np.unique(study))
        if many < 3 or many == len(frame):
            raise DataError(
                f"{len(frame)} estimates come from {many} studies, must be three studies or more, and several "
                "estimates in some of them: use Pool where each has one"
            )
        found = None if self.formula is None else read_formula(frame, self.formula)
        design = np.ones((len(frame), 1)) if found is None else np.column_stack([np.ones(len(frame)), found.columns])
        if many <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
            raise DataError(
                f"{many} studies and {design.shape[1]} terms of rank {np.linalg.matrix_rank(design)}: must be more "
                "studies than terms, and no term the sum of others: leave terms out"
            )
        fit = fit_multilevel(data.y, data.v, design, study, self.correlation)
        covariance, degrees = self._errors(fit, data.y, design)
        names = ("pooled",) if found is None else ("constant", *found.names)
        used = [self.estimate, self.std_error, self.study, *(() if found is None else found.used)]
        return MultilevelPoolResult(
            method=say("{n} estimates of {studies} studies pooled", n=len(frame), studies=many),
            estimates=self._table(names, fit, covariance, degrees),
            n=len(frame),
            level=self.level,
            interval="random-effects" if self.errors == "model" else "robust",
            scale=self.scale,
            scope=self.scope,
            checks=_checks(fit, many, float(degrees.min())),
            assumptions=_ASSUMPTIONS,
            references=references(MultilevelPool),
            inputs=record(frame[list(dict.fromkeys(used))], packages=("numpy", "scipy")),
            studies=many,
            between=fit.between,
            within=fit.within,
            log_likelihood=fit.log_likelihood,
            degrees=float(degrees[0]),
        )

    def _errors(self, fit: Multilevel, y: Floats, design: Floats) -> tuple[Floats, Floats]:
        """Return the covariance of coefficients and their degrees of freedom."""
        if self.errors == "model":
            return fit.covariance, np.full(design.shape[1], np.inf)
        robust = robust_errors(fit, y, design)
        exact = bool((np.diag(robust.covariance) < EXACT * np.diag(fit.covariance)).any())
        refuse_exact(exact, len(y), "errors='robust'", "errors='model'")
        return robust.covariance, robust.df

    def _table(self, names: tuple[str, ...], fit: Multilevel, covariance: Floats, degrees: Floats) -> pd.DataFrame:
        """Lay out the terms."""
        from scipy.special import ndtri, stdtrit

        upper, nan = (1 + self.level) / 2, float("nan")
        times = [float(ndtri(upper) if np.isinf(df) else stdtrit(df, upper)) for df in degrees]
        errors = np.sqrt(np.diag(covariance))
        rows = {
            name: (float(one), float(error), float(one - reach * error), float(one + reach * error))
            for name, one, error, reach in zip(names, fit.coefficients, errors, times, strict=True)
        }
        if names == ("pooled",):
            mean, spread = float(fit.coefficients[0]), float(np.sqrt(covariance[0, 0] + fit.between + fit.within))
            rows["prediction"] = (mean, spread, mean - times[0] * spread, mean + times[0] * spread)
        rows |= {"between": (fit.between, nan, nan, nan), "within": (fit.within, nan, nan, nan)}
        unit = unit_on(self.scale, self.unit)
        return estimates_table(rows).assign(unit=["" if name in {"between", "within"} else unit for name in rows])


def _checks(fit: Multilevel, studies: int, degrees: float) -> tuple[Check, ...]:
    """Ask what speaks against the estimate."""
    if fit.converged:
        solved = Check("convergence", "pass", say("The search for both variances ended at a maximum."))
    else:
        said = say("The search for both variances did not end: there is no estimate.")
        solved = Check("convergence", "fail", said, voids=True)
    numbers = {"studies": studies, "degrees": degrees}
    if degrees < _FEW_DF or studies < _FEW_STUDIES:
        said = say(
            "{studies} studies leave {degrees:.2g} degrees of freedom: with fewer than four, limits do not hold what "
            "they say.",
            studies=studies,
            degrees=degrees,
        )
        return (solved, Check("studies", "review", said, numbers))
    said = say("{studies} studies are enough for limits from what is left in each.", studies=studies)
    return (solved, Check("studies", "pass", said, numbers))
