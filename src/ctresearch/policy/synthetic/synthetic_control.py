"""Synthetic control: a weighted mean of units without the law that follows the unit with it before the law."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.policy.panels.panel_checks import check_unused
from ctresearch.policy.synthetic import control_checks as checks
from ctresearch.policy.synthetic.block import is_panel, predictor_means, read_block
from ctresearch.policy.synthetic.donors import (
    Weights,
    choose_penalty,
    choose_ridge,
    gaps_to,
    matched_weights,
    plain_weights,
    ridge_weights,
    tied_donors,
)
from ctresearch.policy.synthetic.inference import (
    conformal_limits,
    conformal_p_value,
    placebo_limits,
    placebo_p_value,
    root_mean_square,
    run_placebos,
)
from ctresearch.policy.synthetic.synthetic_control_result import SyntheticControlResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.check import Check
    from ctresearch.policy.panels.panel import Panel
    from ctresearch.policy.synthetic.block import Block, Means, Predictor
    from ctresearch.policy.synthetic.inference import Placebos

    Floats = NDArray[np.float64]

Method = Literal["simplex", "penalised", "augmented"]
METHODS: tuple[Method, ...] = ("simplex", "penalised", "augmented")
_NAMES = {
    "simplex": say("Synthetic control"),
    "penalised": say("Penalised synthetic control"),
    "augmented": say("Synthetic control augmented by ridge regression"),
}
_HELD_BACK = 3
_ASSUMPTIONS = (
    "Without the law the unit would have gone on as the weighted mean of its donors, which it followed before.",
    "The law changed nothing in the donors: nobody was displaced into them, and none of them answered it.",
    "Nothing else befell the unit alone when the law came, and it was not felt before.",
)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Weights for one unit, the periods matched and the gaps that are left."""

    found: Weights
    gaps: Floats
    synthetic: Floats


class SyntheticControl(Options):
    """Compare one treated unit with a weighted mean of others.

    Parameters
    ----------
    treated : str, optional
        The unit, where several are treated; the others are then no donors.
    donors : sequence of str, optional
        Units that may stand for it; all that are never treated by default. Leave out those that the law may reach.
    predictors : sequence of tuple
        What is matched: name of a covariate or ``"outcome"``, first and last period, of which the mean is taken. By
        default the outcome of every period before, which needs no importance.
    importance : {"nested", "best", "equal"} or sequence of float
        Of predictors: found so that the outcome before is followed best, from the two usual starts as published
        software does or from many; all alike; or given.
    method : {"simplex", "penalised", "augmented"}
        Weights of 0 or more; the same, dearer for donors far away, which makes them the only ones; or mended by ridge
        regression, which may leave the donors' range.
    penalty : float, optional
        Of the penalised method, or the ridge; chosen from the data by default.
    also : sequence of str
        Covariates that are further outcomes, followed with the same weights.
    demean : bool
        Match changes about each unit's own mean before, where levels differ.
    fit_periods : tuple of int, optional
        First and last period in which the outcome is followed, for the search of importance.
    anticipation : int
        Periods before the law that count as after it.
    inference : {"placebo", "shifts", "none"}
        Limits from donors given the treatment, or from shifts in time.
    level : float
        Coverage of the limits, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Weights are the exact minimum, where published programs stop short of it. The importance of predictors is a search
    with many valleys: a check says when another importance follows the outcome better. The estimate is refused where
    the fit before is poor; ``benchmarks/results/synthetic_fit.csv`` holds what the rule rests on.

    References
    ----------
    .. [1] Abadie, A., Diamond, A. and Hainmueller, J. (2010). Synthetic control methods for comparative case studies.
       Journal of the American Statistical Association 105, 493-505. https://doi.org/10.1198/jasa.2009.ap08746
    .. [2] Abadie, A. (2021). Using synthetic controls: feasibility, data requirements, and methodological aspects.
       Journal of Economic Literature 59, 391-425. https://doi.org/10.1257/jel.20191450
    .. [3] Ferman, B. and Pinto, C. (2021). Synthetic controls with imperfect pretreatment fit. Quantitative Economics
       12, 1197-1221. https://doi.org/10.3982/QE1596
    .. [4] Chernozhukov, V., Wuthrich, K. and Zhu, Y. (2021). An exact and robust conformal inference method for
       counterfactual and synthetic controls. Journal of the American Statistical Association 116, 1849-1864.
       https://doi.org/10.1080/01621459.2021.1920957

    Examples
    --------
    >>> from ctresearch.data.synthetic import policy_panel
    >>> from ctresearch.policy import Panel
    >>> frame = policy_panel(24, 20, adoption={2014: 0.05}, effect=0.8, growth=0.0, noise=0.1, seed=0).frame
    >>> panel = Panel.from_frame(
    ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
    ... )
    >>> found = SyntheticControl(level=0.9).fit(panel)
    >>> row = found.estimates.loc["effect"].drop("unit").astype(float).round(2)
    >>> print(f"log rate higher by {row['estimate']} ({row['ci_low']} to {row['ci_high']})")
    log rate higher by 0.74 (0.53 to 0.95)
    >>> print(f"a donor grows as far from its own control with share {found.p_placebo:.2f}")
    a donor grows as far from its own control with share 0.04
    """

    def __init__(
        self,
        *,
        treated: str | None = None,
        donors: Sequence[str] | None = None,
        predictors: Sequence[Predictor] = (),
        importance: Literal["nested", "best", "equal"] | Sequence[float] = "nested",
        method: Method = "simplex",
        penalty: float | None = None,
        also: Sequence[str] = (),
        demean: bool = False,
        fit_periods: tuple[int, int] | None = None,
        anticipation: int = 0,
        inference: Literal["placebo", "shifts", "none"] = "placebo",
        level: float = 0.95,
    ) -> None:
        self.treated = treated
        self.donors = None if donors is None else _read_donors(donors)
        self.predictors = _read_predictors(predictors)
        self.importance = _read_importance(importance, len(self.predictors))
        self.method: Method = one_of("method", method, METHODS)
        self.penalty = None if penalty is None else in_range("penalty", penalty, 0)
        self.also = column_names("also", also)
        self.demean = one_of("demean", demean, (True, False))
        self.fit_periods = _read_periods(fit_periods)
        self.anticipation = whole_number("anticipation", anticipation, low=0)
        self.inference = one_of("inference", inference, ("placebo", "shifts", "none"))
        self.level = is_level(level)
        if self.predictors and self.method != "simplex":
            raise SpecificationError(
                f"predictors are given with method == {self.method!r}, which matches the outcome before: leave them "
                "out, or use method='simplex'"
            )
        if self.method == "simplex" and penalty is not None:
            raise SpecificationError(
                f"penalty == {penalty!r} with method == {self.method!r}, must go with 'penalised' or 'augmented'"
            )

    def fit(self, panel: Panel) -> SyntheticControlResult:
        """Find the weights, the effect and what chance alone would show.

        Parameters
        ----------
        panel : Panel
            With one treated unit, or the one that ``treated=`` names.

        Returns
        -------
        SyntheticControlResult
            Term ``effect``, the mean difference after the treatment, on the scale of the outcome.

        Raises
        ------
        DataError
            If no unit or several are treated, the treatment is a dose or ends, the unit has gaps, or fewer than two
            donors or three periods before are left.
        SpecificationError
            If an option does not fit the panel.

        Examples
        --------
        >>> from ctresearch.data.synthetic import policy_panel
        >>> from ctresearch.policy import Panel
        >>> frame = policy_panel(24, 20, adoption={2014: 0.05}, seed=3).frame
        >>> panel = Panel.from_frame(
        ...     frame, unit="unit", time="year", outcome="log_rate", adopted="adopted", outcome_kind="response"
        ... )
        >>> round(float(SyntheticControl().fit(panel).weights["weight"].sum()), 9)
        1.0
        """
        block = read_block(
            is_panel(panel),
            treated=self.treated,
            donors=self.donors,
            also=self.also,
            anticipation=self.anticipation,
        )
        means = predictor_means(panel, block, self.predictors) if self.predictors else None
        fitted = self._fit(block, block.treated, block.untreated, means, thorough=False)
        # One penalty for all, since it was chosen by telling donors from one another.
        penalty = fitted.found.penalty if self.method == "penalised" else None
        placebos = run_placebos(block.untreated[0], block.before, lambda j: self._placebo(block, means, j, penalty))
        return self._result(panel, block, means, fitted, placebos)

    def _rows(self, block: Block, treated: Floats, untreated: Floats) -> tuple[Floats, Floats]:
        """Return the outcomes that are followed before, each over its own spread where there are several."""
        use = np.arange(len(block.times)) < block.before
        if self.fit_periods is not None:
            use &= (block.times >= self.fit_periods[0]) & (block.times <= self.fit_periods[1])
        if not use.any():
            raise SpecificationError(f"fit_periods == {self.fit_periods} hold no period before the treatment")
        one, other = treated[:, use], untreated[:, use]
        if len(treated) > 1:
            spread = np.maximum(other.std(axis=(1, 2)), 1e-300)
            one, other = one / spread[:, None], other / spread[:, None, None]
        return one.ravel(), other.reshape(-1, other.shape[2])

    def _level(self, block: Block, values: Floats) -> Floats:
        """Return the mean before that is taken away, for values of outcomes by periods (by donors)."""
        mean = values[:, : block.before].mean(axis=1, keepdims=True)
        return np.asarray(mean if self.demean else np.zeros_like(mean))

    def _fit(
        self,
        block: Block,
        treated: Floats,
        untreated: Floats,
        means: Means | None,
        *,
        thorough: bool,
        penalty: float | None = None,
    ) -> _Fitted:
        """Find the weights of one unit, and its gaps."""
        own, others = self._level(block, treated), self._level(block, untreated)
        one, other = self._rows(block, treated - own, untreated - others)
        if means is not None:
            scaled = gaps_to(means.treated, means.donors)
            given = None if isinstance(self.importance, str) else np.array(self.importance)
            if isinstance(self.importance, str) and self.importance == "equal":
                given = np.full(len(scaled), 1 / len(scaled))
            found = matched_weights(scaled, gaps_to(one, other), given, thorough=thorough or self.importance == "best")
        else:
            found = self._outcome_weights(block, (one, other), untreated, penalty)
        synthetic = np.einsum("otj,j->ot", untreated - others, found.weights) + own
        return _Fitted(found, treated - synthetic, synthetic)

    def _outcome_weights(
        self, block: Block, rows: tuple[Floats, Floats], untreated: Floats, penalty: float | None
    ) -> Weights:
        """Match the outcome itself."""
        gaps, penalty = gaps_to(*rows), self.penalty if penalty is None else penalty
        if self.method == "penalised":
            penalty = choose_penalty(untreated[0], block.before) if penalty is None else penalty
            return plain_weights(gaps, penalty)
        found = plain_weights(gaps)
        if self.method == "augmented":
            penalty = choose_ridge(*rows) if penalty is None else penalty
            mended = ridge_weights(*rows, found.weights, max(penalty, 1e-300))
            return Weights(mended, found.importance, penalty, found.converged)
        return found

    def _placebo(self, block: Block, means: Means | None, j: int, penalty: float | None) -> Floats:
        """Return the gaps of one donor against the others."""
        others = None if means is None else means.turned(j)
        fitted = self._fit(
            block,
            block.untreated[:, :, j],
            np.delete(block.untreated, j, axis=2),
            others,
            thorough=False,
            penalty=penalty,
        )
        return np.asarray(fitted.gaps[0])

    def _result(
        self,
        panel: Panel,
        block: Block,
        means: Means | None,
        fitted: _Fitted,
        placebos: Placebos,
    ) -> SyntheticControlResult:
        """Put everything together."""
        gaps, after = fitted.gaps[0], np.arange(len(block.times)) >= block.before
        effect, rmse = float(gaps[after].mean()), root_mean_square(gaps[~after])
        noise = float(np.diff(block.untreated[0][: block.before], axis=0).std(ddof=1))
        ratio = root_mean_square(gaps[after]) / max(rmse, 1e-300)
        low, high = self._limits(block, gaps, rmse, placebos, noise)
        left_out = self._left_out(block, means, fitted)
        ratios = [panel.rule.ratio(one, float(fitted.synthetic[0][after].mean())) for one in (effect, low, high)]
        limits = (ratios[1], ratios[2]) if np.isfinite(ratios).all() else None
        told = self._checks(block, means, fitted, left_out, (rmse, noise, low))
        terms = panel.rule.means(SyntheticControlResult.terms)
        shifts = conformal_p_value(block.treated[0], block.untreated[0], after, 0.0)
        return SyntheticControlResult(
            method=_NAMES[self.method],
            estimates=estimates_table({"effect": (effect, np.nan, low, high)}).assign(unit=panel.names["outcome"]),
            n=1 + len(block.donors),
            level=self.level,
            interval="none" if self.inference == "none" else self.inference,
            scope=panel.scope,
            checks=(
                *told,
                *panel.rule.checks(ratios[0], limits),
                *check_unused(panel, used=(*self.also, *(str(one[0]) for one in self.predictors))),
                *(one for one in panel.checks if one.name != "gaps"),
            ),
            assumptions=(*_ASSUMPTIONS, panel.rule.assumption),
            references=references(SyntheticControl),
            inputs=panel.inputs,
            declaration=Declaration(terms),
            path=_path(block, fitted),
            weights=pd.DataFrame({"weight": fitted.found.weights}, index=pd.Index(block.donors, name="unit")),
            fit_before=_fit_before(self.predictors, block, means, fitted),
            placebos=_placebo_table(block, effect, (rmse, root_mean_square(gaps[after]), ratio), placebos),
            left_out=left_out,
            outcomes=pd.DataFrame(
                {
                    "effect": fitted.gaps[:, after].mean(axis=1),
                    "rmse_before": np.sqrt((fitted.gaps[:, ~after] ** 2).mean(axis=1)),
                },
                index=pd.Index(block.outcomes, name="outcome"),
            ),
            unit=block.unit,
            treated_from=int(block.times[block.before]),
            rmse_before=rmse,
            noise=noise,
            p_placebo=placebo_p_value(ratio, placebos.ratio),
            p_shifts=shifts,
        )

    def _limits(self, block: Block, gaps: Floats, rmse: float, placebos: Placebos, noise: float) -> tuple[float, float]:
        """Return limits of a constant effect."""
        after = np.arange(len(block.times)) >= block.before
        if self.inference == "placebo":
            return placebo_limits(gaps[after], rmse, placebos.ratio, self.level)
        if self.inference == "none":
            return (np.nan, np.nan)
        scale = max(noise, float(gaps[after].std()), rmse)
        around = (float(gaps[after].mean()), scale)
        return conformal_limits(block.treated[0], block.untreated[0], after, self.level, around)

    def _left_out(self, block: Block, means: Means | None, fitted: _Fitted) -> pd.DataFrame:
        """Find the effect without each donor that has weight."""
        used = np.flatnonzero(np.abs(fitted.found.weights) > 1e-3)
        penalty = None if np.isnan(fitted.found.penalty) else fitted.found.penalty
        rows = []
        for j in used if len(block.donors) > 2 else []:
            others = None if means is None else means.without(j)
            untreated = np.delete(block.untreated, j, axis=2)
            gaps = self._fit(block, block.treated, untreated, others, thorough=False, penalty=penalty).gaps[0]
            rows.append((float(gaps[block.before :].mean()), root_mean_square(gaps[: block.before])))
        names = pd.Index([block.donors[j] for j in used][: len(rows)], name="unit", dtype=object)
        return pd.DataFrame(rows, columns=["effect", "rmse_before"], index=names, dtype=float)

    def _checks(
        self,
        block: Block,
        means: Means | None,
        fitted: _Fitted,
        left_out: pd.DataFrame,
        sizes: tuple[float, float, float],
    ) -> tuple[Check, ...]:
        """Ask what speaks against the estimate."""
        rmse, noise, low = sizes
        found, effect = fitted.found, float(fitted.gaps[0][block.before :].mean())
        held, periods = self._held_back(block)
        told = [
            checks.check_solver(found.converged),
            checks.check_fit(rmse, noise),
            checks.check_held_out(held, noise, periods),
            checks.check_donors(block, found.weights),
            checks.check_left_out(effect, min([effect, *left_out["effect"]]), max([effect, *left_out["effect"]])),
            checks.check_limits(self.inference, self.level, 1 + len(block.donors), len(block.times), np.isfinite(low)),
        ]
        if self.method == "augmented":
            told.append(checks.check_extrapolation(found.weights))
        elif self.method == "simplex":
            told.append(self._unique(block, means, fitted))
        if means is not None and isinstance(self.importance, str) and self.importance == "nested":
            best = self._fit(block, block.treated, block.untreated, means, thorough=True)
            one, other = (self._followed(block, each) for each in (fitted, best))
            told.append(checks.check_valleys(one, other, effect, float(best.gaps[0][block.before :].mean())))
        return tuple(told)

    def _followed(self, block: Block, fitted: _Fitted) -> float:
        """Return the error in the periods that the search of importance follows."""
        one, other = self._rows(block, fitted.gaps, fitted.gaps[:, :, None])
        return root_mean_square(one) if len(other) else np.nan

    def _unique(self, block: Block, means: Means | None, fitted: _Fitted) -> Check:
        """Ask whether other weights fit as well."""
        if means is not None:
            gaps = gaps_to(means.treated, means.donors) * np.sqrt(fitted.found.importance)[:, None]
        else:
            own, others = self._level(block, block.treated), self._level(block, block.untreated)
            gaps = gaps_to(*self._rows(block, block.treated - own, block.untreated - others))
        return checks.check_unique(tied_donors(fitted.found.weights, gaps.T @ gaps, np.zeros(gaps.shape[1])))

    def _held_back(self, block: Block) -> tuple[float, int]:
        """Return how far weights of the first periods miss the last ones before the treatment."""
        periods = block.before // _HELD_BACK
        first = block.before - periods
        if first < _HELD_BACK or periods < 1:
            return (np.nan, periods)
        one, other = block.treated[0][: block.before], block.untreated[0][: block.before]
        if self.demean:
            one, other = one - one[:first].mean(), other - other[:first].mean(axis=0)
        weights = plain_weights(gaps_to(one[:first], other[:first])).weights
        return (root_mean_square(one[first:] - other[first:] @ weights), periods)


def _read_donors(donors: Sequence[str]) -> tuple[str, ...]:
    """Return names of donors."""
    if isinstance(donors, str | bytes) or not isinstance(donors, Iterable) or not np.ndim(donors):
        raise SpecificationError(f"donors is a {type(donors).__name__}, must be a list of names of units")
    return tuple(donors)


def _read_predictors(predictors: Sequence[Predictor]) -> tuple[Predictor, ...]:
    """Refuse predictors that are no name with two periods."""
    if not isinstance(predictors, Sequence) or isinstance(predictors, str | bytes):
        raise SpecificationError(
            f"predictors is a {type(predictors).__name__}, must be a list of names with two periods"
        )
    for k, one in enumerate(predictors):
        if not isinstance(one, list | tuple) or len(one) != 3 or not isinstance(one[0], str):
            raise SpecificationError(
                f"predictors[{k}] must be a name with first and last period, such as ('gdp', 1981, 1990)"
            )
        whole_number(f"predictors[{k}][1]", one[1])
        whole_number(f"predictors[{k}][2]", one[2])
    return tuple((name, int(first), int(last)) for name, first, last in predictors)


def _read_importance(importance: object, predictors: int) -> str | tuple[float, ...]:
    """Return a word or shares."""
    if isinstance(importance, str):
        return one_of("importance", importance, ("nested", "best", "equal"))
    if not isinstance(importance, Sequence) or len(importance) != predictors:
        raise SpecificationError(
            f"importance must be 'nested', 'best', 'equal' or one number for each of the {predictors} predictors"
        )
    values = [in_range(f"importance[{k}]", one, 0) for k, one in enumerate(importance)]
    if sum(values) <= 0:
        raise SpecificationError(f"importance is 0 for all {predictors} predictors, must be above 0 for one at least")
    return tuple(one / sum(values) for one in values)


def _read_periods(periods: tuple[int, int] | None) -> tuple[int, int] | None:
    """Refuse periods that are not two in order."""
    if periods is None:
        return None
    must = f"fit_periods == {shown(periods)}, must be the first and the last period, such as (1960, 1969)"
    if not isinstance(periods, list | tuple) or len(periods) != 2:
        raise SpecificationError(must)
    first, last = (whole_number("fit_periods", one) for one in periods)
    if first > last:
        raise SpecificationError(must)
    return first, last


def _path(block: Block, fitted: _Fitted) -> pd.DataFrame:
    """Lay out both paths."""
    phase = np.where(np.arange(len(block.times)) < block.before, "before", "after")
    columns = {"treated": block.treated[0], "synthetic": fitted.synthetic[0], "gap": fitted.gaps[0], "phase": phase}
    return pd.DataFrame(columns, index=pd.Index(block.times, name="time"))


def _fit_before(predictors: Sequence[Predictor], block: Block, means: Means | None, fitted: _Fitted) -> pd.DataFrame:
    """Lay out what is matched: predictors, or the mean of each outcome before."""
    weights = fitted.found.weights
    if means is not None:
        rows = pd.DataFrame(
            {
                "treated": means.spread * means.treated,
                "synthetic": means.spread * (means.donors @ weights),
                "donors": means.spread * means.donors.mean(axis=1),
                "importance": fitted.found.importance,
            },
            index=[
                f"{name}, {first} to {last}" if first < last else f"{name}, {first}" for name, first, last in predictors
            ],
        )
        return rows.rename_axis("what")
    before = slice(0, block.before)
    rows = pd.DataFrame(
        {
            "treated": block.treated[:, before].mean(axis=1),
            "synthetic": fitted.synthetic[:, before].mean(axis=1),
            "donors": block.untreated[:, before].mean(axis=(1, 2)),
            "importance": np.nan,
        },
        index=list(block.outcomes),
    )
    return rows.rename_axis("what")


def _placebo_table(block: Block, effect: float, own: tuple[float, float, float], placebos: Placebos) -> pd.DataFrame:
    """Lay out the treated unit and every placebo."""
    columns = {
        "effect": [effect, *placebos.gaps[:, block.before :].mean(axis=1)],
        "rmse_before": [own[0], *placebos.rmse_before],
        "rmse_after": [own[1], *placebos.rmse_after],
        "ratio": [own[2], *placebos.ratio],
    }
    return pd.DataFrame(columns, index=pd.Index([block.unit, *block.donors], name="unit"))
