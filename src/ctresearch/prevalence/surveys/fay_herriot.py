"""Small areas: direct estimates that borrow strength from one another, after Fay and Herriot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of
from ctresearch.stats.regression.formula import formula_names, read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.surveys.survey_design import Floats

_NAMES = {
    "reml": say("restricted likelihood"),
    "ml": say("likelihood"),
    "moment": say("Fay and Herriot's moment equation"),
}
ASSUMPTIONS = (
    "Direct estimates have no bias, and their sampling variances are known.",
    "Areas alike in the covariates differ by normal amounts of one variance.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SmallAreaResult(Result):
    """Estimates of areas, each drawn towards what its covariates say.

    Parameters
    ----------
    n : int
        Areas.
    coefficients : pandas.DataFrame
        Of the covariates.
    areas : pandas.DataFrame
        By area: the direct estimate and the weight that it keeps.
    between : float
        Variance between areas that covariates do not explain.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``area``, by ``group``; the standard error
        is the root of the mean squared error.

    Examples
    --------
    >>> from ctresearch.prevalence import FayHerriot
    >>> frame = pd.DataFrame({"direct": [0.1, 0.4, 0.2, 0.5], "v": [0.01, 0.01, 0.02, 0.01], "area": list("ABCD")})
    >>> FayHerriot("direct", variance="v", area="area").fit(frame).areas["weight"].round(2).tolist()
    [0.71, 0.71, 0.54, 0.71]
    """

    n: int = value_field(count("Areas", "areas", of="nobody"))
    coefficients: pd.DataFrame = table_field(
        {
            "term": key("Term"),
            "estimate": model("Coefficient"),
            "std_error": model("Standard error"),
            "ci_low": model("Lower limit"),
            "ci_high": model("Upper limit"),
        }
    )
    areas: pd.DataFrame = table_field(
        {
            "group": key("Area"),
            "direct": model("Direct estimate"),
            "std_error": model("Standard error of the direct estimate"),
            "weight": model("Weight of the direct estimate", reader="percent"),
        }
    )
    between: float = value_field(model("Variance between areas"), default=float("nan"))
    terms: ClassVar[Mapping[str, Meaning]] = {"area": model("Estimate of the area", headline=True)}
    keys: ClassVar[Mapping[str, Meaning]] = {"group": key("Area")}


@dataclass(frozen=True, slots=True)
class _Areas:
    """Direct estimates ``y`` (m,), variances ``d`` (m,) and covariates ``x`` (m, P)."""

    y: Floats
    d: Floats
    x: Floats

    def at(self, between: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Return variances, the covariance of the coefficients, these, and what they leave."""
        whole = between + self.d
        covariance: Floats = np.asarray(np.linalg.inv((self.x.T / whole) @ self.x), dtype=np.float64)
        beta = covariance @ (self.x.T @ (self.y / whole))
        return whole, covariance, beta, self.y - self.x @ beta


class FayHerriot(Options):
    """Estimate small areas from direct estimates and covariates.

    Each area's estimate lies between its direct one and what the covariates say, nearer to the latter the larger its
    sampling variance is beside the variance between areas [1]_. The mean squared error counts that this variance is
    estimated too [2]_ [3]_.

    Parameters
    ----------
    estimate, variance : str
        Columns of direct estimates and of their sampling variances.
    area : str
        Column of names, one row each.
    formula : str, optional
        Right-hand side of the covariates; a constant alone by default.
    method : {"reml", "ml", "moment"}
        How the variance between areas is estimated.
    level : float
        Coverage of the intervals, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Where the variance between areas is estimated to be 0, all areas are taken for what their covariates say, and the
    mean squared error cannot be trusted: the result is marked as one that does not stand. It fails where sampling
    variances are themselves rough: smooth them first.

    References
    ----------
    .. [1] Fay, R. E. and Herriot, R. A. (1979). Estimates of income for small places: an application of James-Stein
       procedures to census data. Journal of the American Statistical Association 74, 269-277.
       https://doi.org/10.1080/01621459.1979.10482505
    .. [2] Prasad, N. G. N. and Rao, J. N. K. (1990). The estimation of the mean squared error of small-area estimators.
       Journal of the American Statistical Association 85, 163-171. https://doi.org/10.1080/01621459.1990.10475320
    .. [3] Datta, G. S. and Lahiri, P. (2000). A unified measure of uncertainty of estimated best linear unbiased
       predictors in small area estimation problems. Statistica Sinica 10, 613-627.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> frame = pd.DataFrame({"district": range(30), "v": 0.0004, "x": rng.random(30)})
    >>> frame["direct"] = 0.05 + 0.1 * frame["x"] + rng.normal(0, 0.02, 30) + rng.normal(0, 0.02, 30)
    >>> result = FayHerriot("direct", variance="v", area="district", formula="x").fit(frame)
    >>> bool(result.estimates["std_error"].mean() < 0.02)  # the direct ones have 0.02
    True
    """

    def __init__(
        self,
        estimate: str,
        *,
        variance: str,
        area: str,
        formula: str | None = None,
        method: Literal["reml", "ml", "moment"] = "reml",
        level: float = 0.95,
    ) -> None:
        self.estimate, self.variance = column_name("estimate", estimate), column_name("variance", variance)
        self.area = column_name("area", area)
        self.formula = formula
        if formula is not None:
            formula_names(formula)
        self.method = one_of("method", method, tuple(_NAMES))
        self.level = is_level(level)

    def fit(self, areas: pd.DataFrame) -> SmallAreaResult:
        """Estimate the areas.

        Parameters
        ----------
        areas : pandas.DataFrame
            One row an area.

        Returns
        -------
        SmallAreaResult
            The term ``area``, by ``group``.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or there are too few areas.

        Examples
        --------
        >>> frame = pd.DataFrame({"direct": [0.1, 0.4, 0.2, 0.5], "v": [0.01, 0.01, 0.02, 0.01], "area": list("ABCD")})
        >>> result = FayHerriot("direct", variance="v", area="area", method="ml").fit(frame)
        >>> result.estimates["estimate"].round(3).tolist()
        [0.182, 0.364, 0.261, 0.424]
        """
        read, names, terms, frame = self._read(areas)
        between = _between(read, self.method)
        whole, covariance, beta, left = read.at(between)
        weight = between / whole
        predicted = read.x @ beta + weight * left
        error = np.sqrt(np.maximum(_mean_squared_error(read, between, self.method), 0.0))
        reach = _reach(self.level)
        table = estimates_table(
            {
                str(i): (one, spread, one - reach * spread, one + reach * spread)
                for i, (one, spread) in enumerate(zip(predicted, error, strict=True))
            },
            group=names,
        )
        table.index = pd.Index(["area"] * len(names), name="term", dtype="str")
        return SmallAreaResult(
            method=say("Small areas after Fay and Herriot, variance by {method}", method=_NAMES[self.method]),
            estimates=table,
            n=len(names),
            level=self.level,
            interval="normal",
            checks=(_check_between(between, read.d), _check_areas(len(names), len(terms))),
            assumptions=ASSUMPTIONS,
            references=references(FayHerriot),
            inputs=record(frame, packages=("numpy", "scipy", "formulaic")),
            coefficients=_coefficients(terms, beta, covariance, reach),
            areas=pd.DataFrame(
                {"direct": read.y, "std_error": np.sqrt(read.d), "weight": weight},
                index=pd.Index(names, name="group", dtype="str"),
            ),
            between=between,
        )

    def _read(self, areas: pd.DataFrame) -> tuple[_Areas, list[str], tuple[str, ...], pd.DataFrame]:
        """Read the areas, their names and those of the covariates."""
        frame = is_frame("areas", areas).reset_index(drop=True)
        named = [self.estimate, self.variance, self.area]
        has_columns("areas", frame, named)
        refuse_missing(frame, named)
        units = read_units(frame, self.area)
        if len(units.names) < len(frame):
            raise DataError(
                f"{len(frame)} rows have {len(units.names)} names of areas, must be one row an area: add up first"
            )
        variance = read_numbers(frame, self.variance)
        if (variance <= 0).any():
            raise DataError(f"{int((variance <= 0).sum())} sampling variances are 0 or below, must all be above")
        matrix: Floats = np.ones((len(frame), 1))
        terms: tuple[str, ...] = ("Intercept",)
        if self.formula is not None:
            read = read_formula(frame, self.formula)
            matrix, terms = np.hstack([matrix, read.columns]), ("Intercept", *read.names)
            named += list(read.used)
        if len(frame) < matrix.shape[1] + 2 or np.linalg.matrix_rank(matrix) < matrix.shape[1]:
            raise DataError(
                f"{len(frame)} areas stand against {matrix.shape[1]} columns with the constant, must be two more at "
                "least, and no column may follow from the others"
            )
        kept = frame[list(dict.fromkeys(named))]
        labels = [units.names[code] for code in units.codes]
        return _Areas(read_numbers(frame, self.estimate), variance, matrix), labels, terms, kept


def _reach(level: float) -> float:
    """Return the normal quantile of a level."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def _between(areas: _Areas, method: str) -> float:
    """Return the variance between areas: where its equation is solved, or 0."""
    from scipy.optimize import brentq

    def equation(between: float) -> float:
        whole, covariance, _, left = areas.at(between)
        if method == "moment":
            return float((left**2 / whole).sum()) - float(len(left) - areas.x.shape[1])
        trace = float((1 / whole).sum())
        if method == "reml":
            scaled = areas.x / whole[:, None]
            trace -= float(np.trace(covariance @ (scaled.T @ scaled)))
        return (float((left**2 / whole**2).sum()) - trace) * float(areas.d.mean())

    if equation(0.0) <= 0:
        return 0.0
    high = float(areas.y.var()) + float(areas.d.mean())
    while equation(high) > 0:
        high *= 2
    return float(brentq(equation, 0.0, high, xtol=1e-14 * high, rtol=1e-14))


def _mean_squared_error(areas: _Areas, between: float, method: str) -> Floats:
    """Return the mean squared error of each area, shape (m,), right to the order of one over their number."""
    whole, covariance, _, _ = areas.at(between)
    away = areas.d / whole
    known = between * away
    fixed = away**2 * np.einsum("ij,jk,ik->i", areas.x, covariance, areas.x)
    one, two = float((1 / whole).sum()), float((1 / whole**2).sum())
    variance = 2 * len(whole) / one**2 if method == "moment" else 2 / two
    estimated = areas.d**2 / whole**3 * variance
    bias = 0.0
    if method == "ml":
        scaled = areas.x / whole[:, None]
        bias = -float(np.trace(covariance @ (scaled.T @ scaled))) / two
    if method == "moment":
        bias = 2 * (len(whole) * two - one**2) / one**3
    return np.asarray(known + fixed + 2 * estimated - bias * away**2)


def _coefficients(terms: tuple[str, ...], beta: Floats, covariance: Floats, reach: float) -> pd.DataFrame:
    """Table the coefficients."""
    error = np.sqrt(np.diag(covariance))
    return pd.DataFrame(
        {"estimate": beta, "std_error": error, "ci_low": beta - reach * error, "ci_high": beta + reach * error},
        index=pd.Index(terms, name="term", dtype="str"),
    )


def _check_between(between: float, sampling: Floats) -> Check:
    """Say whether the variance between areas could be told."""
    ratio = between / float(np.median(sampling))
    numbers = {"between": between, "ratio": ratio}
    if between > 0:
        said = say("The variance between areas is {ratio:.2f} times the median sampling variance.", ratio=ratio)
        return Check("between", "pass", said, numbers, voids=True)
    return Check(
        "between",
        "fail",
        say("The variance between areas is estimated to be 0, so that the error of their estimates cannot be told."),
        numbers,
        voids=True,
    )


def _check_areas(areas: int, terms: int) -> Check:
    """Say whether there are enough areas for approximations of their number."""
    numbers = {"areas": float(areas), "coefficients": float(terms)}
    said = say("{areas:,} areas stand against {terms:,} coefficients", areas=areas, terms=terms)
    if areas - terms >= 15:  # where simulations of the papers begin
        return Check("areas", "pass", say("{said}.", said=said), numbers)
    return Check("areas", "review", say("{said}: errors are approximations for many areas.", said=said), numbers)
