"""Effects by cohort and time from repeated cross-sections: other people each time, of places that adopt.

Four groups are compared, the cohort and the others, before and after. Every estimator is a sum of weighted means, and
its influence function follows from theirs and from those of the regressions inside them [1]_.

References
----------
.. [1] Sant'Anna, P. H. C. and Zhao, J. (2020). Doubly robust difference-in-differences estimators. Journal of
   Econometrics 219, 101-122. https://doi.org/10.1016/j.jeconom.2020.06.003
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.policy.adoption.group_time import Adoptions, GroupTime, cohort_places, periods_compared
from ctresearch.policy.adoption.two_periods import TRIM, gram, propensity

if TYPE_CHECKING:
    from ctresearch.policy.adoption.group_time import Base, Control, Pair
    from ctresearch.policy.adoption.repeated_sections import RepeatedSections
    from ctresearch.policy.adoption.two_periods import Booleans, Floats, Method


@dataclass(frozen=True, slots=True)
class FourGroups:
    """Rows of a cohort and its comparison at two times.

    Parameters
    ----------
    outcome : numpy.ndarray
        Shape (rows,).
    treated, after : numpy.ndarray
        Whether a row is of the cohort, and of the later time, shape (rows,).
    weights : numpy.ndarray
        Shape (rows,).
    design : numpy.ndarray
        Constant and covariates, rows by columns.
    """

    outcome: Floats
    treated: Booleans
    after: Booleans
    weights: Floats
    design: Floats


@dataclass
class _Sum:
    """A sum of weighted means, while it grows, with what it owes to the regressions inside."""

    rows: FourGroups
    effect: float = 0.0
    influence: Floats = field(default_factory=lambda: np.zeros(0))
    slopes: dict[tuple[bool, bool], Floats] = field(default_factory=dict)
    chances: Floats | None = None

    def add(
        self,
        sign: float,
        weights: Floats,
        lines: dict[tuple[bool, bool], float],
        fits: dict[tuple[bool, bool], Floats],
        *,
        outcome: bool,
        chances: bool = False,
    ) -> None:
        """Add a weighted mean of the outcome, of fitted lines, or of what is left between them."""
        design = self.rows.design
        value = self.rows.outcome * outcome
        for group, times in lines.items():
            value = value + times * (design @ fits[group])
        total = weights.mean()
        mean = float((weights * value).mean() / total)
        self.effect += sign * mean
        self.influence = self.influence + sign * weights * (value - mean) / total
        for group, times in lines.items():
            moved = sign * times * (design.T @ weights) / len(weights) / total
            self.slopes[group] = self.slopes.get(group, np.zeros(design.shape[1])) + moved
        if chances:
            own = sign * (design.T @ (weights * (value - mean))) / len(weights) / total
            self.chances = own if self.chances is None else self.chances + own


def four_groups(rows: FourGroups, method: Method) -> tuple[float, Floats]:
    """Estimate the effect on a cohort between two times.

    Parameters
    ----------
    rows : FourGroups
        The rows.
    method : str
        How covariates are used.

    Returns
    -------
    tuple
        The effect, and the influence of each row, shape (rows,).

    Raises
    ------
    DataError
        If one of the four groups is empty.
    FitError
        If covariates are collinear in a group, or tell the cohort exactly.

    Examples
    --------
    >>> y = np.array([1.0, 4, 0, 1])
    >>> rows = FourGroups(y, np.array([1, 1, 0, 0]) > 0, np.array([0, 1, 0, 1]) > 0, np.ones(4), np.ones((4, 1)))
    >>> four_groups(rows, "regression")[0]
    2.0
    """
    arm, after, weights = rows.treated, rows.after, rows.weights
    cells = {(one, late): weights * (arm == one) * (after == late) for one in (True, False) for late in (True, False)}
    empty = sum(not cell.any() for cell in cells.values())
    if empty:
        raise DataError(f"a cohort and its comparison at two times lack rows in {empty} of 4 cells: nothing compares")
    total = _Sum(rows, influence=np.zeros(len(weights)))
    control = {} if method == "weighting" else {g: _line(rows, cells[g]) for g in ((False, True), (False, False))}
    own, odds, score = weights * arm, None, np.zeros(0)
    if method != "regression":
        share, score = propensity(rows.design, arm.astype(float), weights)
        odds = np.where(arm, 0.0, weights * share / (1 - share) * (share < TRIM))
    fits = {group: fit[0] for group, fit in control.items()}
    lines = {late: {} if method == "weighting" else {(False, late): -1.0} for late in (True, False)}
    if method == "regression":
        total.add(1, cells[True, True], {}, fits, outcome=True)
        total.add(-1, cells[True, False], {}, fits, outcome=True)
        total.add(-1, own, {(False, True): 1.0, (False, False): -1.0}, fits, outcome=False)
    else:
        assert odds is not None
        for late, sign in ((True, 1), (False, -1)):
            total.add(sign, cells[True, late], lines[late], fits, outcome=True)
            total.add(-sign, odds * (after == late), lines[late], fits, outcome=True, chances=True)
    if method == "doubly_robust":
        for late, sign in ((True, 1), (False, -1)):
            control[True, late] = _line(rows, cells[True, late])
            fits[True, late] = control[True, late][0]
            gained = {(True, late): 1.0, (False, late): -1.0}
            total.add(sign, own, gained, fits, outcome=False)
            total.add(-sign, cells[True, late], gained, fits, outcome=False)
    influence = total.influence
    for group, slope in total.slopes.items():
        influence = influence + control[group][1] @ slope
    if total.chances is not None:
        influence = influence + score @ total.chances
    return total.effect, influence


def _line(rows: FourGroups, weights: Floats) -> tuple[Floats, Floats]:
    """Regress the outcome on the design in one group; return coefficients and the influence of each row on them."""
    bread = np.linalg.inv(gram(rows.design, weights))
    slopes = bread @ (rows.design.T @ (weights * rows.outcome)) / len(weights)
    left = weights * (rows.outcome - rows.design @ slopes)
    return slopes, (left[:, None] * rows.design) @ bread


def section_cells(
    data: RepeatedSections, *, method: Method, control: Control, base: Base, anticipation: float
) -> GroupTime:
    """Estimate every effect by cohort and time that has a comparison.

    Parameters
    ----------
    data : RepeatedSections
        The rows.
    method, control, base, anticipation
        As :func:`ctresearch.policy.adoption.group_time.group_time` takes them.

    Returns
    -------
    GroupTime
        One cell a cohort and time, with rows in place of units.

    Raises
    ------
    DataError
        If nobody adopts within the times, or nobody compares.
    """
    times = np.unique(data.time)
    skeleton = Adoptions(
        np.zeros((data.n, 0)), data.first, times, data.weights, data.clusters, np.zeros((data.n, 0, 0))
    )
    design = np.column_stack([np.ones(data.n), data.covariates])
    effect, influence, counts, kept = [], [], [], []
    for pair in periods_compared(skeleton, control, base, anticipation):
        late = data.time == times[pair.now]
        own = data.first == pair.cohort
        rows = np.flatnonzero((own | pair.outside) & (late | (data.time == times[pair.base])))
        groups = FourGroups(data.outcome[rows], own[rows], late[rows], data.weights[rows], design[rows])
        cells = np.bincount(2 * groups.treated + groups.after, minlength=4)
        if not cells.all():
            continue
        found, moved = four_groups(groups, method)
        spread = np.zeros(data.n)
        spread[rows] = moved * (data.n / len(rows))
        effect.append(found)
        influence.append(spread)
        counts.append((int(cells[2:].min()), int(cells[:2].min())))
        kept.append(pair)
    if not kept:
        raise DataError(
            f"{len(skeleton.cohorts)} cohorts adopt between the second time and the last, and none has rows of its own "
            "and of a comparison at two times: give places that adopt later or never"
        )
    return _as_cells(skeleton, kept, effect, influence, counts)


def _as_cells(
    skeleton: Adoptions, pairs: list[Pair], effect: list[float], influence: list[Floats], counts: list[tuple[int, int]]
) -> GroupTime:
    """Gather the cells that were estimated."""
    cohorts = np.unique([one.cohort for one in pairs])
    member = cohort_places(skeleton.first, cohorts)
    inside = member >= 0
    shares = np.bincount(member[inside], skeleton.weights[inside], minlength=len(cohorts)) / len(member)
    of = np.array([one.cohort for one in pairs])
    many = np.array(counts, dtype=np.int64)
    return GroupTime(
        cohort=of,
        time=skeleton.times[[one.now for one in pairs]],
        effect=np.array(effect),
        influence=np.column_stack(influence),
        share=shares[np.searchsorted(cohorts, of)],
        treated=many[:, 0],
        compared=many[:, 1],
        member=member,
        cohorts=cohorts,
        weights=skeleton.weights,
        clusters=skeleton.clusters,
    )
