"""Ordered outcomes of a panel, such as a grade of 1 to 4 that a country is given every year."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.causes.models.proportional_odds import fit_proportional_odds
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table, reach, table_field, value_field
from ctresearch.core.validate import is_level, one_of
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.panels.conditional_logit import fit_conditional
from ctresearch.policy.panels.ordered_rows import OrderedRows, average_chances, ordered_rows
from ctresearch.policy.panels.panel import Panel, require_panel
from ctresearch.stats.clusters.small_samples import CORRECTED, Spread, check_limits, information_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.policy.panels.panel_columns import Floats, Integers

Method = Literal["mundlak", "conditional"]
_FEW_MOVE = 20  # units whose outcome moves, below which the within-unit answer rests on a handful
_RARE = 5  # rows of a level


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrderedPanelResult(PolicyResult):
    """How what changes within a unit goes with the odds of a higher level.

    Parameters
    ----------
    others : pandas.DataFrame
        By ``term``: coefficients of unit means, periods and thresholds with ``std_error``; periods alone where units
        are conditioned out.
    chances : pandas.DataFrame or None
        By ``level`` of the outcome: how far its chance changes, on average over rows, where the first regressor is one
        higher (from 0 to 1 where it is one or the other), with limits. None where units are conditioned out, since no
        chance can then be worked out.
    moving : int
        Units whose outcome is not the same in all their rows.
    clusters : int
        How many clusters there are.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"c": np.repeat(np.arange(60), 6), "t": np.tile(np.arange(6), 60)})
    >>> frame["x"] = rng.normal(size=360)
    >>> frame["grade"] = np.digitize(frame["x"] + rng.logistic(size=360), [-1, 1])
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="grade", covariates=["x"], outcome_kind="response")
    >>> OrderedPanel(["x"]).fit(panel).chances.index.tolist()
    ['0', '1', '2']
    """

    others: pd.DataFrame = table_field(
        {
            "term": col.key("Term"),
            "estimate": col.model("Coefficient", "log odds of a higher level"),
            "std_error": col.model("Standard error"),
        }
    )
    chances: pd.DataFrame | None = table_field(
        {
            "level": col.key("Level of the outcome"),
            "change": col.model("Change of its chance", reader="percent"),
            "ci_low": col.model("Lower limit", reader="percent"),
            "ci_high": col.model("Upper limit", reader="percent"),
        },
        optional=True,
    )
    moving: int = value_field(col.count("Units whose outcome moves", "units", of="nobody"))
    clusters: int = value_field(col.count("Clusters", "clusters", of="nobody"))
    terms: ClassVar[Mapping[str, Meaning]] = {"*": col.model("", "log odds of a higher level", reader="ratio")}


class OrderedPanel(Options):
    """Regress an ordered outcome of a panel on what changes within its units.

    Parameters
    ----------
    regressors : sequence of str
        ``"treatment"`` and covariates of the panel, first the one asked about.
    method : {"mundlak", "conditional"}
        What is done about what a unit keeps over time: an ordered logit with the mean of each regressor over the unit's
        rows beside it [1]_; or logits at every threshold in which it is conditioned out, together [2]_.
    periods : bool
        Whether each period has a level of its own.
    level : float
        Coverage of the limits, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    There is no model with a dummy for each unit: with few periods its coefficients do not come near the truth however
    many units there are (incidental parameters), and are too large. ``"mundlak"`` uses every row and gives chances; it
    assumes that units differ in ways that go with the means of the regressors alone, its coefficients are averages over
    units, and so smaller than those within a unit, and outcomes of a unit may go together. ``"conditional"`` assumes
    nothing of how units differ, uses only units whose outcome moves, gives no chances, and asks that nothing but the
    regressors ties a unit's periods together. Where both are given and agree in sign, neither assumption matters much.
    Limits are by clusters of the panel, corrected for few. A grade is an assessment by whoever gives it.

    References
    ----------
    .. [1] Mundlak, Y. (1978). On the pooling of time series and cross section data. Econometrica 46, 69-85.
       https://doi.org/10.2307/1913646
    .. [2] Baetschmann, G., Staub, K. E. and Winkelmann, R. (2015). Consistent estimation of the fixed effects ordered
       logit model. Journal of the Royal Statistical Society A 178, 685-703. https://doi.org/10.1111/rssa.12090

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> kept = np.repeat(rng.normal(size=150), 8)
    >>> frame = pd.DataFrame({"country": np.repeat(np.arange(150), 8), "year": np.tile(np.arange(2003, 2011), 150)})
    >>> frame["aid"] = kept + rng.normal(size=1200)
    >>> frame["grade"] = np.digitize(0.5 * frame["aid"] - kept + rng.logistic(size=1200), [-2, 0, 2])
    >>> panel = Panel.from_frame(
    ...     frame, unit="country", time="year", outcome="grade", covariates=["aid"], outcome_kind="response"
    ... )
    >>> row = OrderedPanel(["aid"], method="conditional").fit(panel).to_frame(exponentiate=True).loc["aid"]
    >>> print(f"in a year with a unit more of aid the odds of a higher grade are {row['estimate']:.1f} times as high")
    in a year with a unit more of aid the odds of a higher grade are 1.8 times as high
    """

    def __init__(
        self,
        regressors: Sequence[str],
        *,
        method: Method = "mundlak",
        periods: bool = True,
        level: float = 0.95,
    ) -> None:
        self.regressors = column_names("regressors", regressors, least=1)
        self.method: Method = one_of("method", method, ("mundlak", "conditional"))
        self.periods = one_of("periods", periods, (True, False))
        self.level = is_level(level)

    def fit(self, panel: Panel) -> OrderedPanelResult:
        """Estimate the coefficients.

        Parameters
        ----------
        panel : Panel
            Whose outcome is a number of which only the order counts.

        Returns
        -------
        OrderedPanelResult
            One term a regressor, as log odds of a higher level.

        Raises
        ------
        DataError
            If the outcome has one level or more than 20, or a regressor does not vary within units.
        SpecificationError
            If the panel has no such covariate, or weights where units are conditioned out.
        FitError
            If the regressors separate the levels.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": np.repeat(np.arange(8), 3), "t": [1, 2, 3] * 8, "x": [1, 2, 4, 2, 1, 3] * 4})
        >>> frame["grade"] = [1, 2, 3, 2, 1, 1, 1, 1, 2, 3, 2, 1] * 2
        >>> roles = {"unit": "c", "time": "t", "outcome": "grade", "outcome_kind": "response"}
        >>> panel = Panel.from_frame(frame, **roles, covariates=["x"])
        >>> OrderedPanel(["x"], periods=False).fit(panel).moving
        8
        """
        panel = require_panel(panel)
        rows = ordered_rows(panel, self.regressors, periods=self.periods, means=self.method == "mundlak")
        if self.method == "conditional" and panel.weights is not None:
            raise SpecificationError(f"method == {self.method!r} with weights, must be 'mundlak' there")
        fit = _with_means(rows) if self.method == "mundlak" else _within(rows)
        count = len(self.regressors)
        spreads = [fit.spread(one) for one in np.eye(len(fit.parameters))[:count]]
        found = {}
        for name, at, one in zip(self.regressors, fit.parameters[:count], spreads, strict=True):
            away = float(reach(self.level, one.df)) * one.std_error
            found[name] = (float(at), one.std_error, float(at) - away, float(at) + away)
        others = pd.DataFrame(
            {"estimate": fit.parameters[count:], "std_error": fit.errors[count:]},
            index=pd.Index(fit.names[count:], name="term"),
        )
        return OrderedPanelResult(
            method=_METHODS[self.method],
            estimates=estimates_table(found, unit=say("log odds of a higher level")),
            n=len(rows.levels),
            level=self.level,
            interval="t" if any(one.small for one in spreads) else "normal",
            scale="logit",
            scope=panel.scope,
            checks=(
                _check_levels(rows),
                _check_moving(rows, len(panel.units)),
                *check_limits(spreads, fit.clusters, CORRECTED),
                *panel.checks,
                *panel.rule.checks(),
            ),
            assumptions=(panel.rule.assumption, _ASSUMED[self.method], _PROPORTIONAL),
            references=references(OrderedPanel),
            inputs=panel.inputs,
            others=others,
            chances=_chances_table(rows, fit, self.level) if self.method == "mundlak" else None,
            moving=rows.moving,
            clusters=int(fit.clusters.max()) + 1,
            **panel.rule.carried(),
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    """Parameters of either model, with the sums of clusters from which errors come."""

    parameters: Floats
    names: tuple[str, ...]
    inverse: Floats
    scores: Floats
    grams: Floats
    clusters: Integers

    @property
    def errors(self) -> Floats:
        """Errors of all parameters by clusters, without the correction for few."""
        moved = self.scores @ self.inverse
        return np.asarray(np.sqrt((moved**2).sum(axis=0) * len(moved) / max(len(moved) - 1, 1)), dtype=np.float64)

    def spread(self, contrast: Floats) -> Spread:
        """Return the error of a sum of parameters."""
        return information_spread(self.grams, self.scores, self.inverse, contrast)


def _with_means(rows: OrderedRows) -> _Fit:
    """Fit the ordered logit with unit means."""
    fit = fit_proportional_odds(rows.design, rows.levels, rows.weights, rows.clusters)
    assert fit.grams is not None
    scores = np.asarray(np.stack([np.bincount(rows.clusters, one) for one in fit.scores.T], axis=1), dtype=np.float64)
    cuts = tuple(f"{a}|{b}" for a, b in pairwise(rows.labels))
    return _Fit(fit.parameters, (*rows.names, *cuts), fit.covariance, scores, fit.grams, rows.clusters)


def _within(rows: OrderedRows) -> _Fit:
    """Fit the logits at every threshold together, units conditioned out of each."""
    units, periods = int(rows.unit.max()) + 1, int(rows.time.max()) + 1
    seen, high = np.zeros((2, units, periods))
    seen[rows.unit, rows.time] = 1.0
    high[rows.unit, rows.time] = rows.levels
    design = np.zeros((units, periods, rows.design.shape[1]))
    design[rows.unit, rows.time] = rows.design
    cluster = np.zeros(units, dtype=np.int64)
    cluster[rows.unit] = rows.clusters
    answers = np.stack([(high >= cut) * seen for cut in range(1, len(rows.labels))])
    says = answers.sum(axis=2)
    cut, unit = np.nonzero((says > 0) & (says < seen.sum(axis=1)))
    if not len(unit):
        raise DataError(
            f"the outcome of {units} units moves in none of them, must move: what units keep over time is taken out"
        )
    fit = fit_conditional(design[unit], answers[cut, unit], seen[unit])
    groups = np.unique(cluster[unit], return_inverse=True)[1].astype(np.int64)
    scores = np.zeros((int(groups.max()) + 1, len(fit.coefficients)))
    grams = np.zeros((len(scores), len(fit.coefficients), len(fit.coefficients)))
    np.add.at(scores, groups, fit.scores)
    np.add.at(grams, groups, fit.grams)
    return _Fit(fit.coefficients, rows.names, fit.covariance, scores, grams, groups)


def _chances_table(rows: OrderedRows, fit: _Fit, level: float) -> pd.DataFrame:
    """Say how the chance of each level changes, with limits."""
    change, slopes = average_chances(rows, fit.parameters)
    spreads = [fit.spread(one) for one in slopes]
    away = np.array([float(reach(level, one.df)) * one.std_error for one in spreads])
    values = {"change": change, "ci_low": change - away, "ci_high": change + away}
    return pd.DataFrame(values, index=pd.Index(rows.labels, name="level"))


_METHODS = {
    "mundlak": say("Ordered logit of a panel with unit means"),
    "conditional": say("Ordered logit of a panel, what units keep conditioned out"),
}
_ASSUMED = {
    "mundlak": say("What units keep over time goes with the regressors through their means alone."),
    "conditional": say("Nothing but the regressors and what a unit keeps ties its periods together."),
}
_PROPORTIONAL = say("A regressor shifts the odds of passing every threshold by the same factor.")


def _check_levels(rows: OrderedRows) -> Check:
    """Say how many rows the rarest level has."""
    counts = np.bincount(rows.levels)
    numbers = {"rarest": int(counts.min()), "rows": len(rows.levels), "levels": len(counts)}
    said = say(
        "The outcome has {levels} levels; the rarest has {rarest} of {rows:,} rows.",
        levels=numbers["levels"],
        rarest=numbers["rarest"],
        rows=numbers["rows"],
    )
    return Check("levels", "review" if counts.min() < _RARE else "pass", said, numbers)


def _check_moving(rows: OrderedRows, units: int) -> Check:
    """Say in how many units the outcome moves: the others say nothing of what goes on within a unit."""
    numbers = {"moving": rows.moving, "units": units}
    said = say("The outcome moves in {moving:,} of {units:,} units.", moving=rows.moving, units=units)
    if rows.moving < _FEW_MOVE:
        more = say("{said} That is few to learn from what moves within a unit.", said=said)
        return Check("units that move", "review", more, numbers)
    return Check("units that move", "pass", said, numbers)
