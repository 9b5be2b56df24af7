"""Which comparison a two-way model would make of a panel, and whether it misleads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table, reach, table_field, value_field
from ctresearch.core.validate import is_level
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.panels.bacon import FORBIDDEN, bacon_decomposition
from ctresearch.policy.panels.cell_weights import CellWeights, cell_weights
from ctresearch.policy.panels.panel import Panel, require_panel
from ctresearch.policy.panels.panel_checks import check_clusters, refuse_same_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning

# Weight at which a wrong comparison fails rather than asks for a look: a hundredth of an effect with the wrong sign, a
# twentieth of the comparisons, a tenth of the coefficient.
_NEGATIVE, _FORBIDDEN, _MOVED = 0.01, 0.05, 0.1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TwoWayResult(PolicyResult):
    """What a two-way model makes of a panel.

    Parameters
    ----------
    comparisons : pandas.DataFrame or None
        Goodman-Bacon's decomposition: cohorts ``treated`` and ``control``, ``kind`` of control, ``weight`` and
        ``estimate``. None where the panel has gaps, covariates, weights, doses or treatments that end.
    weights : pandas.DataFrame
        By cohort (``first_treated``) and ``time``: the weight that the model gives to the effect there.
    negative_weight, forbidden_weight : float
        Sum of the negative weights of effects, as a positive number, and weight of comparisons with units treated
        already; the latter NaN without ``comparisons``.
    spread_to_zero, spread_to_reverse : float
        Standard deviation of effects between units and periods at which the average effect may be 0, and at which every
        effect may have the other sign.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 7, 5, 6]})
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
    >>> TwoWayWeights().fit(panel).comparisons["kind"].tolist()
    ['never treated']
    """

    comparisons: pd.DataFrame | None = table_field(
        {
            "treated": col.date("First treated"),
            "control": col.date("First treated, of the control"),
            "kind": col.mark("Kind of control"),
            "weight": col.model("Weight", reader="percent"),
            "estimate": col.model("Estimate of the comparison"),
        },
        optional=True,
    )
    weights: pd.DataFrame = table_field(
        {
            "first_treated": col.date("First treated"),
            "time": col.date("Period"),
            "weight": col.model("Weight of the effect", reader="percent"),
        }
    )
    negative_weight: float = value_field(col.model("Sum of negative weights", reader="percent"))
    forbidden_weight: float = value_field(col.model("Weight of controls treated already", reader="percent"))
    spread_to_zero: float = value_field(col.model("Spread of effects at which the average may be 0"))
    spread_to_reverse: float = value_field(col.model("Spread of effects at which all may have the other sign"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "two_way": col.model("Coefficient of the two-way model"),
        "clean_comparisons": col.model("Average of comparisons with units not yet treated"),
    }


class TwoWayWeights(Options):
    """Say which comparisons a model of unit and period effects makes, with what weights, before anybody reads it.

    Parameters
    ----------
    level : float
        Coverage of the limits, as a proportion.

    Raises
    ------
    SpecificationError
        If the level is none.

    Notes
    -----
    The coefficient of a two-way model is a weighted sum of comparisons of cohorts [1]_, among them those that take
    units treated already for controls, and a weighted sum of the effects of units and periods in which some weights may
    be negative [2]_: all effects may then be positive and the coefficient negative. The check ``two-way comparisons``
    fails where negative weights come to 1 %, controls treated already to 5 %, or dropping these moves the coefficient
    by a tenth of itself. It is a warning about a model, not an estimate to publish; where it fails, use an estimator
    for staggered adoption. Standard errors are clustered as the panel says, with the corrections of fixest.

    References
    ----------
    .. [1] Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of
       Econometrics 225, 254-277. https://doi.org/10.1016/j.jeconom.2021.03.014
    .. [2] de Chaisemartin, C. and D'Haultfoeuille, X. (2020). Two-way fixed effects estimators with heterogeneous
       treatment effects. American Economic Review 110, 2964-2996. https://doi.org/10.1257/aer.20181169

    Examples
    --------
    >>> laws = [(unit, year, law) for unit, law in (("A", 3), ("B", 6)) for year in range(1, 9)]
    >>> rows = [(unit, year, law, max(0, year - law + 1) ** 2) for unit, year, law in laws]
    >>> frame = pd.DataFrame(rows, columns=["unit", "year", "law", "y"])
    >>> panel = Panel.from_frame(frame, unit="unit", time="year", outcome="y", adopted="law", outcome_kind="response")
    >>> found = TwoWayWeights().fit(panel)
    >>> print(f"every effect is positive; the model says {found.estimates.loc['two_way', 'estimate']:.1f}")
    every effect is positive; the model says -7.9
    >>> found.status
    'fail'
    """

    def __init__(self, *, level: float = 0.95) -> None:
        self.level = is_level(level)

    def fit(self, panel: Panel) -> TwoWayResult:
        """Decompose the two-way coefficient of a panel.

        Parameters
        ----------
        panel : Panel
            With a treatment.

        Returns
        -------
        TwoWayResult
            Terms ``two_way`` and, where cohorts can be told apart, ``clean_comparisons``.

        Raises
        ------
        DataError
            If the panel names no treatment, or it does not vary once unit and period effects are taken out.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 7, 5, 6]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
        >>> float(TwoWayWeights().fit(panel).estimates.loc["two_way", "estimate"])
        3.0
        """
        panel = require_panel(panel)
        if not {"adopted", "treatment"} & set(panel.names):
            raise DataError(
                f"the panel names no treatment, only {', '.join(panel.names)}: name adopted= or treatment= in "
                "Panel.from_frame"
            )
        refuse_same_outcome(panel)
        seen = panel.seen
        base = np.ones(seen.shape) if panel.weights is None else np.nan_to_num(panel.weights)
        masses = np.where(seen, base, 0.0)
        found = cell_weights(panel.outcome, panel.treatment, tuple(panel.covariates.values()), masses)
        if np.isnan(found.coefficient):
            raise DataError(
                f"the treatment of {len(panel.units):,} units does not vary once each unit and period has a level of "
                "its own, must vary between units within periods: with all treated at once nobody is left to compare"
            )
        error, freedom = _clustered(found, masses, panel)
        comparisons = _comparisons(panel)
        clean = _clean(comparisons)
        edge = float(reach(self.level, freedom)) * error
        rows = {"two_way": (found.coefficient, error, found.coefficient - edge, found.coefficient + edge)}
        if comparisons is not None:
            rows["clean_comparisons"] = (clean, np.nan, np.nan, np.nan)
        negative = float(np.abs(found.weights[found.weights < 0]).sum())
        forbidden = np.nan if comparisons is None else _forbidden(comparisons)
        ratio, limits = panel.ratios(*rows["two_way"][:1], *rows["two_way"][2:])
        return TwoWayResult(
            method="Weights of a model of unit and period effects",
            estimates=estimates_table(rows, unit=say("units of the outcome")),
            n=int(seen.sum()),
            level=self.level,
            interval="t",
            scope=panel.scope,
            checks=(
                _check_comparisons(found, negative, forbidden, clean),
                check_clusters(int(panel.clusters.max()) + 1, "cluster", _changing(panel, seen)),
                *panel.checks,
                *panel.rule.checks(ratio, limits),
            ),
            assumptions=(
                panel.rule.assumption,
                "The effect is the same in every unit and period, as a two-way model needs it to be.",
                "Without the treatment, units would have changed alike (parallel trends).",
            ),
            references=references(TwoWayWeights),
            inputs=panel.inputs,
            comparisons=comparisons,
            weights=_by_cohort(panel, found),
            negative_weight=negative,
            forbidden_weight=forbidden,
            spread_to_zero=found.spread_to_zero,
            spread_to_reverse=found.spread_to_reverse,
            **panel.rule.carried(limits),
        )


def _changing(panel: Panel, seen: np.ndarray) -> int:
    """Count the clusters in which the treatment changes."""
    low, high = np.full(int(panel.clusters.max()) + 1, np.inf), np.full(int(panel.clusters.max()) + 1, -np.inf)
    np.minimum.at(low, panel.clusters, np.where(seen, panel.treatment, np.inf).min(axis=1))
    np.maximum.at(high, panel.clusters, np.where(seen, panel.treatment, -np.inf).max(axis=1))
    return int((high > low).sum())


def _clustered(found: CellWeights, masses: np.ndarray, panel: Panel) -> tuple[float, float]:
    """Return the clustered standard error of the coefficient and its degrees of freedom, with fixest's corrections."""
    clusters = int(panel.clusters.max()) + 1
    if clusters < 2:
        return np.nan, np.nan
    scores = np.bincount(panel.clusters, (found.residuals * found.errors * masses).sum(axis=1), minlength=clusters)
    bread = float((found.residuals**2 * masses).sum())
    rows = int((masses > 0).sum())
    columns = 1 + len(panel.covariates) + int((masses > 0).any(axis=0).sum())  # unit effects lie within clusters
    small = clusters / (clusters - 1) * (rows - 1) / max(rows - columns, 1)
    return float(np.sqrt((scores**2).sum() * small)) / bread, float(clusters - 1)


def _comparisons(panel: Panel) -> pd.DataFrame | None:
    """Decompose by cohorts where that is exact."""
    plain = panel.is_balanced and not panel.covariates and panel.weights is None
    if not plain or panel.is_dose or panel.switches_off:
        return None
    return bacon_decomposition(panel.outcome, panel.first_treated, panel.times)


def _forbidden(comparisons: pd.DataFrame) -> float:
    """Sum the weights of comparisons with units treated already."""
    return float(comparisons.loc[comparisons["kind"] == FORBIDDEN, "weight"].sum())


def _clean(comparisons: pd.DataFrame | None) -> float:
    """Average the comparisons with units not yet treated."""
    if comparisons is None:
        return np.nan
    kept = comparisons[comparisons["kind"] != FORBIDDEN]
    total = float(kept["weight"].sum())
    return float((kept["weight"] * kept["estimate"]).sum() / total) if total > 0 else np.nan


def _by_cohort(panel: Panel, found: CellWeights) -> pd.DataFrame:
    """Sum the weights of effects by cohort and period."""
    first, code = np.unique(panel.first_treated, return_inverse=True)
    sums = np.zeros((len(first), len(panel.times)))
    np.add.at(sums, code, found.weights)
    i, j = np.nonzero(sums)
    return pd.DataFrame({"first_treated": first[i], "time": panel.times[j], "weight": sums[i, j]})


def _check_comparisons(found: CellWeights, negative: float, forbidden: float, clean: float) -> Check:
    """Judge whether the two-way coefficient misleads."""
    numbers = {"negative_weight": negative, "spread_to_zero": found.spread_to_zero}
    moved = abs(clean - found.coefficient) / max(abs(found.coefficient), 1e-12) if np.isfinite(clean) else 0.0
    if np.isfinite(forbidden):
        numbers |= {"forbidden_weight": forbidden, "clean_comparisons": clean}
        wrong = negative >= _NEGATIVE or forbidden >= _FORBIDDEN or moved >= _MOVED
        some = forbidden > 0 or negative > 0
    else:
        wrong, some = negative >= _NEGATIVE, True
    if np.isfinite(clean):
        said = say(
            "A two-way model gives {forbidden:.1%} of its weight to comparisons with units treated already and "
            "{negative:.1%} to effects with the wrong sign; it says {two_way:.3g}, comparisons with units not yet "
            "treated say {clean:.3g}.",
            forbidden=forbidden,
            negative=negative,
            two_way=found.coefficient,
            clean=clean,
        )
    elif np.isfinite(forbidden):
        said = say("A two-way model compares with units treated already alone: no unit is seen without the treatment.")
    else:
        said = say(
            "A two-way model gives {negative:.1%} of its weight to effects with the wrong sign; cohorts cannot be "
            "compared one by one, since the panel has gaps, covariates, weights, doses or treatments that end.",
            negative=negative,
        )
    return Check("two-way comparisons", "fail" if wrong else "review" if some else "pass", said, numbers)
