"""Effects by cohort and time under every estimator, in one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.policy.adoption.cell_regression import cell_regression
from ctresearch.policy.adoption.group_time import GroupTime, cohort_places, group_time
from ctresearch.policy.adoption.imputation import cell_influence, impute

if TYPE_CHECKING:
    from ctresearch.policy.adoption.group_time import Adoptions, Base, Control
    from ctresearch.policy.adoption.imputation import Imputed
    from ctresearch.policy.adoption.two_periods import Booleans, Floats, Method

EstimatorName = Literal["callaway-santanna", "sun-abraham", "borusyak-jaravel-spiess", "gardner", "two-way"]
ESTIMATORS: tuple[EstimatorName, ...] = (
    "callaway-santanna",
    "sun-abraham",
    "borusyak-jaravel-spiess",
    "gardner",
    "two-way",
)


@dataclass(frozen=True, slots=True)
class Leads:
    """Coefficients that an estimator gives by time since adoption and not by cohort.

    Parameters
    ----------
    since : numpy.ndarray
        Times since adoption, shape (leads,).
    effect : numpy.ndarray
        Coefficients, shape (leads,).
    influence : numpy.ndarray
        Units by leads.
    """

    since: Floats
    effect: Floats
    influence: Floats


@dataclass(frozen=True, slots=True)
class Estimated:
    """What an estimator found.

    Parameters
    ----------
    cells : GroupTime or None
        Effects by cohort and time; a two-way model has none.
    leads : Leads or None
        Where times before adoption, or all times, have coefficients of their own.
    one : Leads or None
        The one coefficient of a two-way model.
    adopters : numpy.ndarray or None
        1 for the units that adopt, where there are no cells, shape (units,).
    cohorts : int
        Cohorts that adopt.
    lost : int
        Treated cells that were seen and have no comparison.
    """

    cells: GroupTime | None
    leads: Leads | None = None
    one: Leads | None = None
    adopters: Floats | None = None
    cohorts: int = 1
    lost: int = 0


def interactions(panel: Adoptions, anticipation: float) -> Estimated:
    """Estimate by interactions of cohorts with times, after Sun and Abraham.

    Never-treated units, or the last cohort where there are none, are the reference, whose treated times are left out.

    Parameters
    ----------
    panel : Adoptions
        The data.
    anticipation : float
        How long before adoption the outcome may already move.

    Returns
    -------
    Estimated
        Effects by cohort and time.
    """
    first, used = panel.first, np.ones_like(panel.outcome, dtype=bool)
    if not np.isinf(first).any():
        last = first.max()
        used = np.broadcast_to(panel.times[None] < last - anticipation, used.shape)
        first = np.where(first == last, np.inf, first)
    kinds = np.unique(first)
    seen = used & np.isfinite(panel.outcome)
    base = [_before(panel.times, one - anticipation) for one in kinds]
    many = np.stack([(seen[first == one] * panel.weights[first == one, None]).sum(axis=0) for one in kinds])
    units = np.stack([seen[first == one].sum(axis=0) for one in kinds])
    cells = [
        (c, t)
        for c, one in enumerate(kinds)
        for t in range(len(panel.times))
        if np.isfinite(one) and base[c] >= 0 and t != base[c] and many[c, t] > 0
    ]
    columns = np.zeros((len(kinds), len(panel.times), len(cells)))
    for k, (c, t) in enumerate(cells):
        columns[c, t, k] = 1.0
    early = [c for c, one in enumerate(kinds) if np.isfinite(one) and base[c] < 0]
    used = used & ~np.isin(first, kinds[early])[:, None]
    changed = panel.with_first(first)
    found = cell_regression(changed, used, columns)
    kept = np.isfinite(found.coefficient)
    of, at = np.array([c for c, _ in cells])[kept], np.array([t for _, t in cells])[kept]
    return Estimated(
        GroupTime(
            cohort=kinds[of],
            time=panel.times[at],
            effect=found.coefficient[kept],
            influence=found.influence[:, kept],
            share=many[of, at] / len(first),
            treated=units[of, at],
            compared=units[-1, at],
            member=cohort_places(first, np.unique(kinds[of])),
            cohorts=np.unique(kinds[of]),
            weights=panel.weights,
            clusters=panel.clusters,
            drawn="no",
        )
    )


def imputed_cells(panel: Adoptions, anticipation: float, *, two_stage: bool) -> Estimated:
    """Estimate against imputed outcomes, after Borusyak, Jaravel and Spiess or Gardner.

    Parameters
    ----------
    panel : Adoptions
        The data.
    anticipation : float
        How long before adoption cells count as treated.
    two_stage : bool
        Standard errors of two stages, and times before adoption by their gaps.

    Returns
    -------
    Estimated
        Effects by cohort and time.
    """
    imputed = impute(panel, anticipation)
    cohorts = np.unique(panel.first[imputed.treated.any(axis=1)])
    inside = np.isin(panel.first, cohorts)[:, None]
    chosen = np.isfinite(imputed.gap) & inside if two_stage else imputed.treated
    cells = [(c, t) for c in range(len(cohorts)) for t in np.flatnonzero(chosen[panel.first == cohorts[c]].any(axis=0))]
    effect, share = np.zeros(len(cells)), np.zeros(len(cells))
    counts, influence = np.zeros((2, len(cells)), dtype=np.int64), np.zeros((len(panel.first), len(cells)))
    for k, (c, t) in enumerate(cells):
        rows = np.flatnonzero((panel.first == cohorts[c]) & chosen[:, t])
        hold = panel.weights[rows]
        effect[k], influence[:, k] = cell_influence(imputed, rows, int(t), hold / hold.sum(), squared=not two_stage)
        share[k], counts[:, k] = hold.sum() / len(panel.first), (len(rows), int(imputed.untreated[:, t].sum()))
    of, at = np.array([c for c, _ in cells]), np.array([t for _, t in cells])
    grouped = GroupTime(
        cohort=cohorts[of],
        time=panel.times[at],
        effect=effect,
        influence=influence,
        share=share,
        treated=counts[0],
        compared=counts[1],
        member=cohort_places(panel.first, cohorts),
        cohorts=cohorts,
        weights=panel.weights,
        clusters=panel.clusters,
        drawn="cells" if two_stage else "no",
        seen=chosen * panel.weights[:, None],
        times=panel.times,
    )
    return Estimated(grouped, None if two_stage else _pre_trends(panel, imputed, anticipation), lost=imputed.outside)


def two_way_model(panel: Adoptions, anticipation: float) -> Estimated:
    """Fit one coefficient for all treated cells, and one a time since adoption, beside units and times.

    Parameters
    ----------
    panel : Adoptions
        The data.
    anticipation : float
        How long before adoption the outcome may already move.

    Returns
    -------
    Estimated
        Without effects by cohort.
    """
    kinds = np.unique(panel.first)
    since = panel.times[None] - kinds[:, None]
    used = np.isfinite(panel.outcome)
    one = cell_regression(panel, used, (since >= -anticipation)[:, :, None].astype(float))
    return Estimated(
        None,
        _leads(panel, used, since, np.isfinite(since)),
        Leads(np.zeros(1), one.coefficient, one.influence),
        np.isin(panel.first, panel.cohorts).astype(float),
        len(panel.cohorts),
    )


def estimate_cells(
    panel: Adoptions, estimator: EstimatorName, *, method: Method, control: Control, base: Base, anticipation: float
) -> Estimated:
    """Estimate effects by cohort and time.

    Parameters
    ----------
    panel : Adoptions
        The data.
    estimator : str
        One of :data:`ESTIMATORS`.
    method, control, base, anticipation
        As :func:`ctresearch.policy.adoption.group_time.group_time` takes them.

    Returns
    -------
    Estimated
        What was found.
    """
    if estimator == "callaway-santanna":
        return Estimated(
            group_time(panel, method=method, control=control, base=base, anticipation=anticipation),
        )
    if estimator == "sun-abraham":
        return interactions(panel, anticipation)
    if estimator == "two-way":
        return two_way_model(panel, anticipation)
    return imputed_cells(panel, anticipation, two_stage=estimator == "gardner")


def _pre_trends(panel: Adoptions, imputed: Imputed, anticipation: float) -> Leads | None:
    """Regress untreated cells on times before adoption: a test apart from the effects."""
    since = panel.times[None] - np.unique(panel.first)[:, None]
    early = np.isfinite(since) & (since < -anticipation)
    return _leads(panel, imputed.untreated, since, early, anticipation)


def _leads(
    panel: Adoptions, used: Booleans, since: Floats, wanted: Booleans, anticipation: float = 0.0
) -> Leads | None:
    """Regress on times since adoption; the last before it is the reference."""
    before = wanted & (since < -anticipation)
    if not before.any():
        return None
    at = np.setdiff1d(np.unique(since[wanted]), [since[before].max()])
    if not len(at):
        return None
    found = cell_regression(panel, used, np.stack([since == one for one in at], axis=-1).astype(float))
    kept = np.isfinite(found.coefficient)
    return Leads(at[kept], found.coefficient[kept], found.influence[:, kept])


def _before(times: Floats, until: float) -> int:
    """Return the place of the last time before another; -1 for none."""
    return int(np.searchsorted(times, until, side="left")) - 1
