"""Random-effects pooling of estimates from countries, strata or studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say, together
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.result import estimates_table
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.regions.pool_result import PoolResult
from ctresearch.regions.study_table import EXACT, one_measure, read_studies, read_unit, refuse_exact, unit_on
from ctresearch.stats.pooling.asymmetry import SIZES, mixed_test, rank_test, weighted_test
from ctresearch.stats.pooling.influence import influence
from ctresearch.stats.pooling.prediction import bootstrap_limits, higgins_limits, partlett_limits
from ctresearch.stats.pooling.random_effects import METHODS, pooled_mean, share_between, tau2_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.result import Scale
    from ctresearch.regions.study_table import Studies
    from ctresearch.stats.pooling.random_effects import Between, PooledMean

    Floats = NDArray[np.float64]

NAMES = {
    "reml": say("REML"),
    "ml": say("ML"),
    "dl": say("DerSimonian and Laird"),
    "pm": say("Paule and Mandel"),
    "fixed": say("one common value"),
}
ASSUMPTIONS = (
    "Estimates are of the same thing, of people who do not overlap, and their errors are normal with the stated size.",
    (
        "True values differ as if drawn from one normal distribution; the pooled estimate is its mean, not that of any "
        "place."
    ),
    "The studies that exist are those that would have been published whatever they found.",
)
COMMON = ("Estimates are of one common value, and their errors are normal with the stated size.", ASSUMPTIONS[2])
Prediction = Literal["normal", "higgins", "hartung-knapp", "sidik-jonkman", "bootstrap"]
PREDICTIONS: tuple[Prediction, ...] = ("normal", "higgins", "hartung-knapp", "sidik-jonkman", "bootstrap")
ENOUGH_FOR_PREDICTION = 30
"""Studies below which normal limits of a prediction cover too seldom (benchmarks/results/coverage_pool.csv)."""
# below five, the variance between is hardly known; below ten, Egger's test finds next to nothing
FEW, FEW_FOR_ASYMMETRY, FEWEST_TO_PREDICT = 5, 10, 3
# tests of heterogeneity and asymmetry have little power with the usual number of studies, so 0.1 stands in for 0.05
_DOUBTFUL = 0.1


class Pool(Options):
    """Pool estimates whose true values may differ.

    Parameters
    ----------
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance between true values is found: restricted or full maximum likelihood, DerSimonian and Laird,
        Paule and Mandel; ``"fixed"`` says that there is none.
    test : {"z", "knha"}
        Normal limits, or those of Knapp and Hartung, which count that few studies tell little about how they differ.
    scale : {"identity", "log", "logit"}
        What the estimates in the table already are: take logarithms of ratios and sizes, and log odds of shares, with
        the standard errors of these, before. Ratios, sizes or odds come from ``to_frame(exponentiate=True)``.
    unit : str
        What the estimates are of before logarithms, such as ``"persons"``; the result says ``"log persons"``.
    estimate, std_error : str
        Columns of the estimates and their standard errors.
    label : str, optional
        Column of names; the index by default.
    measure : str, optional
        Column of what each estimate measures (stock, period, flow or lifetime); different ones are refused.
    prediction : {"normal", "higgins", "hartung-knapp", "sidik-jonkman", "bootstrap"}
        Limits for a further study: from the same quantile as the pooled estimate; with two degrees of freedom less than
        studies, from moments or after REML; or Nagashima, Noma and Furukawa's, which hold with few studies.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.
    seed : int or SeedSequence
        Where the random stream of the bootstrap starts.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The variance between is found from few values and then taken as known, so limits are too narrow where studies are
    few, those of the prediction most: ``benchmarks/results/coverage_pool.csv`` holds the coverage with 5, 12 and 30
    studies, and of the other kinds of prediction with few. With five, limits by bootstrap held 94 in 100.

    References
    ----------
    .. [1] Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
       Journal of Educational and Behavioral Statistics 30, 261-293. https://doi.org/10.3102/10769986030003261
    .. [2] Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single
       covariate. Statistics in Medicine 22, 2693-2710. https://doi.org/10.1002/sim.1482
    .. [3] Riley, R. D., Higgins, J. P. T. and Deeks, J. J. (2011). Interpretation of random effects meta-analyses. BMJ
       342, d549. https://doi.org/10.1136/bmj.d549
    .. [4] Nagashima, K., Noma, H. and Furukawa, T. A. (2019). Prediction intervals for random-effects meta-analysis: a
       confidence distribution approach. Statistical Methods in Medical Research 28, 1689-1702.
       https://doi.org/10.1177/0962280218773520
    .. [5] Egger, M., Davey Smith, G., Schneider, M. and Minder, C. (1997). Bias in meta-analysis detected by a simple,
       graphical test. BMJ 315, 629-634. https://doi.org/10.1136/bmj.315.7109.629

    Examples
    --------
    >>> frame = pd.DataFrame({"estimate": [0.2, 0.5, 0.9, 0.4, 0.6], "std_error": [0.1, 0.2, 0.1, 0.1, 0.2]})
    >>> table = Pool().fit(frame).estimates.round(2)
    >>> row, next_one = table.loc["pooled"], table.loc["prediction"]
    >>> print(f"mean {row['estimate']} ({row['ci_low']} to {row['ci_high']})")
    mean 0.52 (0.26 to 0.77)
    >>> print(f"a further place {next_one['ci_low']} to {next_one['ci_high']}")
    a further place -0.05 to 1.08
    """

    def __init__(
        self,
        *,
        method: Between = "reml",
        test: Literal["z", "knha"] = "z",
        scale: Scale = "identity",
        unit: str = "",
        estimate: str = "estimate",
        std_error: str = "std_error",
        label: str | None = None,
        measure: str | None = None,
        prediction: Prediction = "normal",
        level: float = 0.95,
        scope: Scope | None = None,
        seed: Seed = 0,
    ) -> None:
        self.method: Between = one_of("method", method, METHODS)
        self.test: Literal["z", "knha"] = one_of("test", test, ("z", "knha"))
        self.scale: Scale = one_of("scale", scale, ("identity", "log", "logit"))
        self.unit = read_unit(unit)
        self.estimate, self.std_error = column_name("estimate", estimate), column_name("std_error", std_error)
        self.label = None if label is None else column_name("label", label)
        self.measure = None if measure is None else column_name("measure", measure)
        self.prediction: Prediction = one_of("prediction", prediction, PREDICTIONS)
        if method == "fixed" and prediction != "normal":
            raise SpecificationError(
                f"prediction == {prediction!r} with method == 'fixed', by which a further study is like all others: "
                "take another method"
            )
        self.level, self.scope, self.seed = is_level(level), scope or Scope(), seed
        generator(seed)

    def fit(self, frame: pd.DataFrame) -> PoolResult:
        """Pool the estimates.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a study.

        Returns
        -------
        PoolResult
            Terms ``pooled``, ``prediction`` (limits of the true value in a further study), ``tau2`` (variance between
            true values, limits from the distribution of Cochran's Q) and ``i2`` (its share of the whole, 0 to 1).

        Raises
        ------
        DataError
            If a column or value is missing, a standard error is not above 0, a study stands there twice or there are
            fewer than two.
        FitError
            If the variance between has no maximum.

        Examples
        --------
        >>> frame = pd.DataFrame({"estimate": [0.0, 2.0], "std_error": [1.0, 1.0]}, index=["a", "b"])
        >>> float(Pool(method="dl").fit(frame).estimates.loc["tau2", "estimate"])
        1.0
        """
        data = read_studies(frame, (self.estimate, self.std_error), label=self.label)
        one_measure(frame, self.measure)
        y, v, names = data.y, data.v, data.names
        found = pooled_mean(y, v, self.method)
        used = [self.estimate, self.std_error, *([self.label] if self.label else [])]
        without = self._influence(y, v, names)
        q_p_value = _q_p_value(found, len(y))
        asymmetry = _egger(y, v)
        return PoolResult(
            method=say(
                "{studies} studies pooled: {model}"
                if self.test == "z"
                else "{studies} studies pooled: {model}, Knapp and Hartung",
                studies=len(y),
                model=NAMES[self.method],
            ),
            estimates=self._estimates(y, v, found),
            n=len(y),
            level=self.level,
            scope=self.scope,
            interval="random-effects" if self.test == "z" else "knapp-hartung",
            scale=self.scale,
            checks=(
                _check_count(len(y), self.method, self.test),
                _check_alike(q_p_value, found, self.method),
                _check_asymmetry(asymmetry),
                *_check_prediction(self.prediction, len(y), self.method),
            ),
            assumptions=COMMON if self.method == "fixed" else ASSUMPTIONS,
            references=references(Pool),
            inputs=record(frame[used], seed=self._recorded_seed(), packages=("numpy", "scipy")),
            studies=self._studies(data, found, without),
            q=found.q,
            q_df=float(len(y) - 1),
            q_p_value=q_p_value,
            asymmetry_p_value=asymmetry,
            influence=without,
            asymmetry=_asymmetry_table(y, v, self.method),
        )

    def _recorded_seed(self) -> int | None:
        """Return the seed where it was used."""
        return recorded_seed(self.seed) if self.prediction == "bootstrap" else None

    def _predict(self, y: Floats, v: Floats) -> tuple[float, float] | None:
        """Return limits of a further study, where they are not the usual ones."""
        if self.prediction == "normal":
            return None
        if len(y) < FEWEST_TO_PREDICT:
            raise DataError(
                f"{len(y)} studies, must be at least {FEWEST_TO_PREDICT} for prediction == {self.prediction!r}"
            )
        if self.prediction == "higgins":
            return higgins_limits(y, v, self.level)
        if self.prediction == "bootstrap":
            return bootstrap_limits(y, v, self.level, generator(self.seed))
        return partlett_limits(y, v, self.level, self.prediction)

    def _influence(self, y: Floats, v: Floats, names: pd.Index[str]) -> pd.DataFrame | None:
        """Return what each study does to the rest; nothing of two studies."""
        if len(y) <= 2:
            return None
        found = influence(y, v, self.method)
        columns = {
            "studentised": found.studentised,
            "moves": found.moves,
            "cook": found.cook,
            "covariance_ratio": found.covariance_ratio,
            "pooled_without": found.without,
            "std_error_without": found.error_without,
            "tau2_without": found.tau2_without,
            "q_without": found.q_without,
        }
        return pd.DataFrame(columns, index=names)

    def _multiplier(self, studies: int) -> float:
        """Return the quantile of the limits."""
        from scipy.stats import norm, t

        upper = (1 + self.level) / 2
        return float(norm.ppf(upper) if self.test == "z" else t.ppf(upper, studies - 1))

    def _estimates(self, y: Floats, v: Floats, found: PooledMean) -> pd.DataFrame:
        """Return the four terms."""
        variance, times, nan = found.variance, self._multiplier(len(y)), float("nan")
        if self.test == "knha":
            variance = float(found.weights @ (y - found.mean) ** 2) / (len(y) - 1)
            refuse_exact(variance < EXACT * found.variance, len(y), "test='knha'", "test='z'")
        error, spread = float(np.sqrt(variance)), float(np.sqrt(variance + found.tau2))
        rows = {
            "pooled": (found.mean, error, found.mean - times * error, found.mean + times * error),
            "prediction": (found.mean, spread, found.mean - times * spread, found.mean + times * spread),
        }
        other = self._predict(y, v)
        if other is not None:
            rows["prediction"] = (found.mean, nan, *other)
        low, high = (nan, nan) if self.method == "fixed" else tau2_limits(y, v, self.level)
        rows["tau2"] = (found.tau2, nan, low, high)
        rows["i2"] = (found.i2, nan, share_between(low, found.within), share_between(high, found.within))
        if self.method == "fixed":
            rows = {"pooled": rows["pooled"]} | dict.fromkeys(("prediction", "tau2", "i2"), (nan, nan, nan, nan))
        unit = unit_on(self.scale, self.unit)
        return estimates_table(rows).assign(unit=[unit, unit, "", ""])

    def _studies(self, data: Studies, found: PooledMean, without: pd.DataFrame | None) -> pd.DataFrame:
        """Return what each study says, weighs, and what the others say without it."""
        from scipy.special import ndtri

        y, reach = data.y, ndtri((1 + self.level) / 2) * np.sqrt(data.v)
        columns = {
            "estimate": y,
            "ci_low": y - reach,
            "ci_high": y + reach,
            "weight": found.weights,
            "pooled_without": y[::-1] if without is None else without["pooled_without"].to_numpy(),
        }
        return pd.DataFrame(columns, index=data.names)


def _q_p_value(found: PooledMean, studies: int) -> float:
    """Return how often as large a Q comes about where all true values are the same."""
    from scipy.stats import chi2

    return float(chi2.sf(found.q, studies - 1))


def _egger(y: Floats, v: Floats) -> float:
    """Return the p value of the constant in a regression of standardised estimates on precision."""
    if len(y) < FEW_FOR_ASYMMETRY:
        return float("nan")
    from scipy.stats import linregress, t

    precision = 1 / np.sqrt(v)
    if np.ptp(precision) <= 1e-9 * precision.max():
        return float("nan")  # all studies are of one size: there is no slope to see
    line = linregress(precision, y * precision)
    return float(2 * t.sf(abs(line.intercept) / line.intercept_stderr, len(y) - 2))


def _check_count(studies: int, method: Between, test: str) -> Check:
    """Say whether there are enough studies to see how they differ."""
    if studies >= FEW or method == "fixed":
        return Check("studies", "pass", say("{studies} studies.", studies=studies), {"studies": studies})
    message = say(
        "{studies} studies say little about how much true values differ: limits of pooled and prediction are too "
        "narrow.",
        studies=studies,
    )
    cure = say("Read the single studies." if test == "knha" else "Use test='knha' and read the single studies.")
    return Check("studies", "review", together([message, cure]), {"studies": studies})


def _check_alike(p_value: float, found: PooledMean, method: Between) -> Check:
    """Say whether one common value would do, where it is assumed; and how much studies differ in any case."""
    numbers = {"p_value": p_value, "i2": found.i2}
    if method == "fixed" and p_value < _DOUBTFUL:
        message = say(
            "Studies differ more than one common value allows (p {p_value:.2g}): pool with method='reml'.",
            p_value=p_value,
        )
        return Check("heterogeneity", "fail", message, {"p_value": p_value})
    if method == "fixed":
        return Check(
            "heterogeneity",
            "pass",
            say("Studies differ as chance allows (p {p_value:.2g}).", p_value=p_value),
            {"p_value": p_value},
        )
    message = say(
        "{i2:.0%} of the variance lies between true values: read the prediction beside the pooled estimate.",
        i2=found.i2,
    )
    return Check("heterogeneity", "pass", message, numbers)


def _check_asymmetry(p_value: float) -> Check:
    """Say whether small studies find the same as large ones."""
    if np.isnan(p_value):
        message = say(
            "Fewer than {enough} studies, or all of one size: whether small ones find more cannot be seen.",
            enough=FEW_FOR_ASYMMETRY,
        )
        return Check("asymmetry", "review", message)
    if p_value >= _DOUBTFUL:
        return Check(
            "asymmetry",
            "pass",
            say("Small studies find what large ones do (p {p_value:.2g}).", p_value=p_value),
            {"p_value": p_value},
        )
    message = say(
        "Small studies find something else than large ones (Egger's test, p {p_value:.2g}): some may be unpublished.",
        p_value=p_value,
    )
    return Check("asymmetry", "review", message, {"p_value": p_value})


def _check_prediction(prediction: Prediction, studies: int, method: Between) -> tuple[Check, ...]:
    """Say whether limits of a prediction hold with so few studies."""
    if method == "fixed":
        return ()
    if prediction == "bootstrap" or studies >= ENOUGH_FOR_PREDICTION:
        said = say("Limits for a further study hold what they say with {studies} studies.", studies=studies)
        return (Check("prediction", "pass", said, {"studies": studies}),)
    said = say(
        "Limits for a further study are too narrow with {studies} studies: use prediction='bootstrap'.", studies=studies
    )
    return (Check("prediction", "review", said, {"studies": studies}),)


def _asymmetry_table(y: Floats, v: Floats, method: Between) -> pd.DataFrame | None:
    """Make every test that goes by Egger's name, and the one by ranks, each by its own."""
    if len(y) < FEWEST_TO_PREDICT or np.ptp(v) <= 1e-9 * v.max():
        return None
    rows = {}
    for name, size in SIZES.items():
        rows[f"mixed model on the {name}"] = mixed_test(y, v, size(v), method)
        rows[f"common value on the {name}"] = mixed_test(y, v, size(v), "fixed")
        rows[f"weighted least squares on the {name}"] = weighted_test(y, v, size(v))
    rows["rank correlation"] = rank_test(y, v)
    columns = {
        "statistic": [one.statistic for one in rows.values()],
        "df": [one.df for one in rows.values()],
        "p_value": [one.p_value for one in rows.values()],
        "limit": [one.limit for one in rows.values()],
    }
    return pd.DataFrame(columns, index=pd.Index(list(rows), name="test"))
