"""Regressions on a panel: unit and period effects, instruments, and errors that fit the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table, reach, table_field, value_field
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.panels.anderson_rubin import AndersonRubin, anderson_rubin
from ctresearch.policy.panels.conley import conley_meat, kilometres
from ctresearch.policy.panels.panel import Panel, require_panel
from ctresearch.policy.panels.panel_checks import check_clusters, refuse_same_outcome
from ctresearch.policy.panels.regression_data import RegressionData, regression_data
from ctresearch.policy.panels.two_way_weights import TwoWayWeights
from ctresearch.stats.clusters.inversion import invert_test
from ctresearch.stats.clusters.wild_bootstrap import bootstrap_sums, draw_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.policy.panels.panel_columns import Floats

Errors = Literal["cluster", "wild", "conley", "heteroskedastic"]
ERRORS: tuple[Errors, ...] = ("cluster", "wild", "conley", "heteroskedastic")
_WEAK = 10.0  # the first-stage F of Staiger and Stock, below which the usual limits are not to be trusted
_MOST_PERIODS = 200  # the wild bootstrap keeps a column a period


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PanelRegressionResult(PolicyResult):
    """Coefficients of a regression on a panel.

    Parameters
    ----------
    tests : pandas.DataFrame
        By term: ``statistic`` (t), ``df`` and ``p_value``, of the wild bootstrap where that was asked for.
    first_stage : float
        F statistic of the instruments for the treatment, by clusters; NaN without instruments.
    clusters : int
        How many clusters there are.
    anderson_rubin : pandas.DataFrame or None
        The values that the instruments do not reject, as intervals ``low`` to ``high``.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": list("AABBCC"), "t": [1, 2] * 3, "x": [2, 2, 1, 4, 0, 1], "y": [3, 7, 5, 6, 1, 3]})
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", covariates=["x"], outcome_kind="response")
    >>> PanelRegression(["x"]).fit(panel).clusters
    3
    """

    tests: pd.DataFrame = table_field(
        {
            "term": col.key("Term"),
            "statistic": col.model("Statistic of the test"),
            "df": col.model("Degrees of freedom"),
            "p_value": col.model("p-value"),
        }
    )
    first_stage: float = value_field(col.model("First-stage F of the instruments"))
    clusters: int = value_field(col.count("Clusters", "clusters", of="nobody"))
    anderson_rubin: pd.DataFrame | None = table_field(
        {"low": col.model("Lower end"), "high": col.model("Upper end")}, optional=True
    )
    terms: ClassVar[Mapping[str, Meaning]] = {"*": col.model("Coefficient")}


class PanelRegression(Options):
    """Regress the outcome of a panel on its treatment and covariates.

    Parameters
    ----------
    regressors : sequence of str
        ``"treatment"`` and covariates of the panel, first those of interest.
    effects : sequence of str
        ``"unit"``, ``"time"``, both or neither: levels of their own that are taken out.
    endogenous : str, optional
        The regressor that instruments stand for.
    instruments : sequence of str
        Covariates of the panel that move ``endogenous`` and reach the outcome through it alone.
    errors : {"cluster", "wild", "conley", "heteroskedastic"}
        By clusters of the panel; the same with limits by the wild bootstrap, for few clusters; over distance; or as if
        all rows were independent, which rows of one unit seldom are.
    coordinates : tuple of str, optional
        For Conley's errors, covariates with latitude and longitude in degrees.
    reach : float, optional
        For Conley's errors, kilometres beyond which errors of one period are independent.
    lags : int
        For Conley's errors, periods beyond which errors of one unit are.
    kernel : {"bartlett", "uniform"}
        How nearness falls with distance and time.
    draws : int
        Draws of the wild bootstrap, where it does not go through all signs.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the draws.

    Raises
    ------
    SpecificationError
        If an option is not allowed, or does not go with another.

    Notes
    -----
    Unit effects are swept out exactly and period effects by one small system, whatever the gaps; coefficients and
    clustered errors are those of fixest. With an instrument, the limits of ``endogenous`` are Anderson and Rubin's
    [1]_: they hold however weak it is, and are infinite where it says nothing. Where a treatment stands among the
    regressors with both effects, the check ``two-way comparisons`` of :class:`TwoWayWeights` comes first.
    For ordered outcomes use :class:`ctresearch.causes.OrderedLogit` on ``panel.to_frame()``.

    References
    ----------
    .. [1] Andrews, I., Stock, J. H. and Sun, L. (2019). Weak instruments in instrumental variables regression: theory
       and practice. Annual Review of Economics 11, 727-753. https://doi.org/10.1146/annurev-economics-080218-025643
    .. [2] Conley, T. G. (1999). GMM estimation with cross sectional dependence. Journal of Econometrics 92, 1-45.
       https://doi.org/10.1016/S0304-4076(98)00084-0
    .. [3] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for inference with
       clustered errors. Review of Economics and Statistics 90, 414-427. https://doi.org/10.1162/rest.90.3.414

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"country": np.repeat(np.arange(60), 8), "year": np.tile(np.arange(2001, 2009), 60)})
    >>> frame["aid"] = rng.normal(size=480) + frame["country"] / 30
    >>> frame["score"] = 0.5 * frame["aid"] + frame["country"] / 10 + rng.normal(size=480)
    >>> panel = Panel.from_frame(
    ...     frame, unit="country", time="year", outcome="score", covariates=["aid"], outcome_kind="response"
    ... )
    >>> row = PanelRegression(["aid"]).fit(panel).estimates.loc["aid"]
    >>> print(f"a unit of aid goes with {row['estimate']:.2f} points ({row['ci_low']:.2f} to {row['ci_high']:.2f})")
    a unit of aid goes with 0.40 points (0.30 to 0.50)
    """

    def __init__(
        self,
        regressors: Sequence[str],
        *,
        effects: Sequence[str] = ("unit", "time"),
        endogenous: str | None = None,
        instruments: Sequence[str] = (),
        errors: Errors = "cluster",
        coordinates: tuple[str, str] | None = None,
        reach: float | None = None,
        lags: int = 0,
        kernel: Literal["bartlett", "uniform"] = "bartlett",
        draws: int = 1999,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.regressors = column_names("regressors", regressors, least=1)
        self.effects = tuple(sorted(column_names("effects", effects), reverse=True))
        for one in self.effects:
            one_of("effects", one, ("unit", "time"))
        self.endogenous = None if endogenous is None else column_name("endogenous", endogenous)
        self.instruments = column_names("instruments", instruments)
        self.errors: Errors = one_of("errors", errors, ERRORS)
        self.coordinates = None if coordinates is None else column_names("coordinates", coordinates, least=2)
        self.reach = None if reach is None else in_range("reach", reach, 0, open_ends=True)
        self.lags = whole_number("lags", lags, 0, 1000)
        self.kernel = one_of("kernel", kernel, ("bartlett", "uniform"))
        self.draws = whole_number("draws", draws, 99, 1_000_000)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed
        self._refuse_mixtures()

    def _refuse_mixtures(self) -> None:
        """Refuse options that do not go together."""
        if (self.endogenous is None) != (not self.instruments):
            raise SpecificationError(
                f"endogenous == {self.endogenous!r} with {len(self.instruments)} instruments, must both be given or "
                "neither"
            )
        if self.endogenous is not None and self.endogenous not in self.regressors:
            raise SpecificationError(f"endogenous == {self.endogenous!r}, must be one of the regressors")
        both = [name for name in self.instruments if name in self.regressors]
        if both:
            raise SpecificationError(
                f"instruments hold a regressor ({', '.join(map(repr, both))}), must be other columns: a regressor is "
                "no instrument"
            )
        if self.endogenous is not None and self.errors != "cluster":
            raise SpecificationError(f"errors == {self.errors!r} with instruments, must be 'cluster' there")
        if (self.errors == "conley") != (self.coordinates is not None and self.reach is not None):
            raise SpecificationError(
                f"errors == {self.errors!r} with coordinates == {self.coordinates!r} and reach == {self.reach!r}, must "
                "be 'conley' with both, or others with neither"
            )

    def fit(self, panel: Panel) -> PanelRegressionResult:
        """Estimate the coefficients.

        Parameters
        ----------
        panel : Panel
            With the covariates that are named.

        Returns
        -------
        PanelRegressionResult
            One term a regressor, in units of the outcome.

        Raises
        ------
        DataError
            If a column does not vary once effects are taken out, or there is one cluster only.
        SpecificationError
            If the panel has no such covariate.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABBCC"), "t": [1, 2] * 3, "x": [2, 2, 1, 4, 0, 1]})
        >>> frame["y"] = [3, 7, 5, 6, 1, 3]
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", covariates=["x"], outcome_kind="response")
        >>> float(PanelRegression(["x"]).fit(panel).estimates.loc["x", "estimate"].round(6))
        -0.928571
        """
        panel = require_panel(panel)
        refuse_same_outcome(panel)
        data = regression_data(panel, self.regressors, self.instruments, self.effects)
        self._refuse(panel, data)
        point, error, freedom = self._coefficients(panel, data)
        edge = reach(self.level, freedom) * error
        rows = {
            name: (point[k], error[k], point[k] - edge[k], point[k] + edge[k]) for k, name in enumerate(self.regressors)
        }
        p_values = _t_tests(point / error, freedom)
        checks: list[Check] = []
        interval, pieces, strength = "t", None, np.nan
        if self.errors == "wild":
            interval = "wild bootstrap"
            for k, name in enumerate(self.regressors):
                low, high, p_values[k] = self._wild(data, k, point[k], error[k])
                rows[name] = (point[k], error[k], low, high)
        if self.endogenous is not None:
            interval = "Anderson-Rubin"
            test = self._test(data)
            strength = float(test.statistic(np.array([np.inf]))[0])
            place = self.regressors.index(self.endogenous)
            ends = test.limits(self.level, point[place], error[place])
            pieces = pd.DataFrame(ends, columns=["low", "high"])
            low, high = (ends[0][0], ends[-1][1]) if ends else (np.nan, np.nan)
            rows[self.endogenous] = (point[place], error[place], low, high)
            checks.append(_check_instruments(strength, ends))
        first = rows[self.regressors[0]]
        ratio, limits = panel.ratios(first[0], first[2], first[3])
        return PanelRegressionResult(
            method=_method(self.effects, self.endogenous),
            estimates=estimates_table(rows, unit=say("units of the outcome")),
            n=len(data.outcome),
            level=self.level,
            interval=interval,
            scope=panel.scope,
            checks=(
                *self._comparisons(panel),
                *checks,
                check_clusters(data.count, self.errors, self._moving(data)),
                *panel.checks,
                *panel.rule.checks(ratio if "treatment" in self.regressors[:1] else np.nan, limits),
            ),
            assumptions=_assumptions(self, panel),
            references=references(PanelRegression),
            inputs=replace(panel.inputs, seed=recorded_seed(self.seed) if self.errors == "wild" else None),
            tests=pd.DataFrame(
                {"statistic": point / error, "df": freedom, "p_value": p_values},
                index=pd.Index(self.regressors, name="term"),
            ),
            first_stage=strength,
            clusters=data.count,
            anderson_rubin=pieces,
            **panel.rule.carried(limits if "treatment" in self.regressors[:1] else None),
        )

    def _refuse(self, panel: Panel, data: RegressionData) -> None:
        """Refuse data to which these errors do not apply."""
        if data.count < 2:
            raise DataError(
                f"all rows lie in {data.count} cluster, must lie in at least two: errors have nothing to vary over"
            )
        if self.errors == "wild" and panel.weights is not None:
            raise SpecificationError(f"errors == {self.errors!r} with weights, must be 'cluster' there")

    def _coefficients(self, panel: Panel, data: RegressionData) -> tuple[Floats, Floats, float]:
        """Return coefficients, standard errors and degrees of freedom."""
        columns = data.columns
        if self.endogenous is not None:
            exogenous = [k for k, name in enumerate(self.regressors) if name != self.endogenous]
            whole = np.column_stack([columns[:, exogenous], data.instruments])
            columns = whole @ np.linalg.lstsq(whole, columns, rcond=None)[0]
        bread = np.linalg.inv(columns.T @ columns)
        point = bread @ (columns.T @ data.outcome)
        scores = columns * (data.outcome - data.columns @ point)[:, None]
        rows, count = data.columns.shape
        if self.errors == "conley":
            meat = self._conley(panel, data, scores)
            freedom, small = np.inf, rows / (rows - data.levels - count)
        elif self.errors == "heteroskedastic":
            meat, freedom = scores.T @ scores, float(rows - data.levels - count)
            small = rows / freedom
        else:
            sums = np.asarray(np.stack([np.bincount(data.clusters, scores[:, k]) for k in range(count)], axis=1), float)
            meat, freedom = sums.T @ sums, float(data.count - 1)
            small = _small(data, count)
        variance = np.diag(bread @ meat @ bread) * small
        if (variance <= 0).any():
            raise DataError(
                f"the variances of {int((variance <= 0).sum())} of {count} coefficients come out at 0 or below, must "
                "be above: with Conley's errors take kernel='bartlett' or another reach, else more clusters"
            )
        return point, np.sqrt(variance), freedom

    def _conley(self, panel: Panel, data: RegressionData, scores: Floats) -> Floats:
        """Sum products of scores over distance and time."""
        places: list[Floats] = []
        for name in self.coordinates or ():
            if name not in panel.covariates:
                raise SpecificationError(f"the panel has no covariate {name!r}: name it in covariates= when it is read")
            values = panel.covariates[name]
            known = np.isfinite(values)
            place = np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
            used = np.zeros(len(place), dtype=bool)
            used[data.unit] = True
            if (used & ~known.any(axis=1)).any() or (np.abs(place) > (90 if not places else 180)).any():
                raise DataError(
                    f"column {name!r} holds no coordinate in degrees for some unit, must for all that are seen"
                )
            places.append(place)
        distance = kilometres(places[0], places[1])
        return conley_meat(
            scores,
            data.unit,
            data.time,
            distance,
            reach=float(self.reach or 0),
            lags=self.lags,
            bartlett=self.kernel == "bartlett",
        )

    def _wild(self, data: RegressionData, place: int, estimate: float, error: float) -> tuple[float, float, float]:
        """Return limits and p-value of one coefficient by the wild bootstrap."""
        columns = _with_periods(data, self.effects)
        order = [k for k in range(columns.shape[1]) if k != place] + [place]
        design = columns[:, order]
        sums = np.zeros((data.count, design.shape[1] ** 2 + design.shape[1]))
        for g in range(data.count):
            own = data.clusters == g
            sums[g] = np.concatenate([(design[own].T @ design[own]).ravel(), design[own].T @ data.outcome[own]])
        width = design.shape[1]
        grams, products = sums[:, : width**2].reshape(-1, width, width), sums[:, width**2 :]
        test = bootstrap_sums(grams, products, draw_weights(data.count, self.draws, self.seed))
        low, high = invert_test(test.p_value, estimate, 2 * error, self.level)
        return low, high, test.p_value(0.0)

    def _test(self, data: RegressionData) -> AndersonRubin:
        """Prepare Anderson and Rubin's test with the other regressors taken out."""
        place = self.regressors.index(str(self.endogenous))
        controls = np.delete(data.columns, place, axis=1)
        rest = np.column_stack([data.outcome, data.columns[:, place], data.instruments])
        if controls.shape[1]:
            rest = rest - controls @ np.linalg.lstsq(controls, rest, rcond=None)[0]
        small = _small(data, controls.shape[1] + data.instruments.shape[1])
        return anderson_rubin(rest[:, 0], rest[:, 1], rest[:, 2:], data.clusters, small=small)

    def _moving(self, data: RegressionData) -> int:
        """Count the clusters in which the treatment changes; all of them where no treatment is a regressor."""
        if "treatment" not in self.regressors:
            return data.count
        values = data.raw[:, self.regressors.index("treatment")]
        low, high = np.full(data.count, np.inf), np.full(data.count, -np.inf)
        np.minimum.at(low, data.clusters, values)
        np.maximum.at(high, data.clusters, values)
        return int((high > low).sum())

    def _comparisons(self, panel: Panel) -> tuple[Check, ...]:
        """Say which comparisons the model makes, where it is a two-way model of a treatment."""
        two_way = "treatment" in self.regressors and len(self.effects) == 2 and self.endogenous is None
        if not two_way or not {"adopted", "treatment"} & set(panel.names):
            return ()
        controls = {name: one for name, one in panel.covariates.items() if name in self.regressors}
        return TwoWayWeights().fit(replace(panel, covariates=controls)).checks[:1]


def _small(data: RegressionData, columns: int) -> float:
    """Return fixest's correction for few clusters and rows."""
    rows, clusters = len(data.outcome), data.count
    return clusters / (clusters - 1) * (rows - 1) / max(rows - columns - data.absorbed, 1)


def _t_tests(statistic: Floats, freedom: float) -> Floats:
    """Return two-sided p-values."""
    from scipy.special import ndtr, stdtr

    far = -np.abs(statistic)
    return np.asarray(2 * (ndtr(far) if np.isinf(freedom) else stdtr(freedom, far)), dtype=np.float64)


def _with_periods(data: RegressionData, effects: Sequence[str]) -> Floats:
    """Return the regressors with a column for each period but the first, since a bootstrap draw moves their levels."""
    periods = np.unique(data.time)
    if "time" not in effects:
        return data.columns if effects else np.column_stack([data.columns, np.ones(len(data.time))])
    if len(periods) > _MOST_PERIODS:
        raise DataError(
            f"the panel has {len(periods):,} periods, must have at most {_MOST_PERIODS} for the wild bootstrap: take "
            "errors='cluster'"
        )
    marks = (data.time[:, None] == periods[None, 1:]).astype(np.float64)
    if "unit" not in effects:
        return np.column_stack([data.columns, np.ones(len(data.time)), marks])
    size = np.bincount(data.unit)
    means = np.stack([np.bincount(data.unit, marks[:, k]) for k in range(marks.shape[1])], axis=1)
    return np.column_stack([data.columns, marks - (means / np.maximum(size, 1)[:, None])[data.unit]])


def _method(effects: Sequence[str], endogenous: str | None) -> str:
    """Say what was done."""
    words = {
        ("unit", "time"): say("unit and period effects"),
        ("unit",): say("unit effects"),
        ("time",): say("period effects"),
        (): say("a constant"),
    }[tuple(effects)]
    if endogenous is None:
        return say("Least squares on a panel with {effects}", effects=words)
    return say("Two-stage least squares on a panel with {effects}", effects=words)


def _assumptions(model: PanelRegression, panel: Panel) -> tuple[str, ...]:
    """Say what must hold."""
    said = [panel.rule.assumption, say("What is not in the model does not move regressors and outcome together.")]
    if model.endogenous is not None:
        said.append(say("Instruments reach the outcome through the instrumented regressor alone."))
    return tuple(said)


def _check_instruments(strength: float, ends: Sequence[tuple[float, float]]) -> Check:
    """Judge whether instruments say anything."""
    numbers = {"first_stage": strength}
    if not ends:
        said = say("The instruments contradict one another: no value of the effect is in keeping with all of them.")
        return Check("instruments", "fail", said, numbers, voids=True)
    if np.isinf(ends[0][0]) or np.isinf(ends[-1][1]):
        said = say(
            "First-stage F = {strength:.3g}: the instruments are too weak to bound the effect, and its limits are "
            "infinite on at least one side.",
            strength=strength,
        )
        return Check("instruments", "fail", said, numbers)
    if strength < _WEAK:
        said = say(
            "First-stage F = {strength:.3g}: the instruments are weak; the limits hold all the same, and the estimate "
            "leans towards that without instruments.",
            strength=strength,
        )
        return Check("instruments", "review", said, numbers)
    said = say("First-stage F = {strength:.3g}; the limits hold whatever it is.", strength=strength)
    return Check("instruments", "pass", said, numbers)
