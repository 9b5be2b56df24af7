"""A panel as the arrays of a regression, with unit and period effects taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.policy.panels.two_way_residuals import two_way_residuals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.policy.panels.panel import Panel
    from ctresearch.policy.panels.panel_columns import Floats, Integers

_COLLINEAR = 1e-9  # share of a column that the others leave; below this is rounding


@dataclass(frozen=True, slots=True)
class RegressionData:
    """Rows of a regression, weighted by roots of weights, effects taken out.

    Parameters
    ----------
    outcome : numpy.ndarray
        Shape (rows,).
    columns, instruments : numpy.ndarray
        Rows by columns.
    raw : numpy.ndarray
        Regressors before effects were taken out, rows by columns.
    unit, time : numpy.ndarray
        Places of each row, shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    absorbed : int
        Effects that count against the degrees of freedom where units lie within clusters.
    levels : int
        All effects.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 7, 5, 6]})
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
    >>> regression_data(panel, ["treatment"], [], ("unit",)).columns.ravel().tolist()
    [-0.5, 0.5, 0.0, 0.0]
    """

    outcome: Floats
    columns: Floats
    instruments: Floats
    raw: Floats
    unit: Integers
    time: Integers
    clusters: Integers
    absorbed: int
    levels: int

    @property
    def count(self) -> int:
        """Number of clusters."""
        return int(self.clusters.max()) + 1


def regression_data(
    panel: Panel, regressors: Sequence[str], instruments: Sequence[str], effects: Sequence[str]
) -> RegressionData:
    """Take the columns of a regression out of a panel.

    Parameters
    ----------
    panel : Panel
        The panel.
    regressors, instruments : sequence of str
        ``"treatment"`` or covariates of the panel.
    effects : sequence of str
        ``"unit"``, ``"time"``, both or neither; without either a constant is taken out.

    Returns
    -------
    RegressionData
        Rows in which all of them are known.

    Raises
    ------
    SpecificationError
        If the panel has no such covariate.
    DataError
        If too few rows are left, or a column does not vary beside the others once effects are taken out.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "x": [2, 2, 1, 4], "y": [3, 7, 5, 6]})
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", covariates=["x"], outcome_kind="response")
    >>> regression_data(panel, ["x"], [], ()).levels
    1
    """
    known = {"treatment": panel.treatment, **panel.covariates}
    missing = [one for one in (*regressors, *instruments) if one not in known]
    if missing:
        raise SpecificationError(
            f"the panel has no covariate {missing[0]!r}, must be one of {', '.join(known)}: name it in covariates= "
            "when the panel is read"
        )
    stack = np.stack([panel.outcome, *(known[one] for one in (*regressors, *instruments))])
    base = np.ones(panel.outcome.shape) if panel.weights is None else np.nan_to_num(panel.weights)
    masses = np.where(np.isfinite(stack).all(axis=0), base, 0.0)
    left = _without_effects(stack, masses, effects)
    i, j = np.nonzero(masses)
    scale = np.sqrt(masses[i, j])
    flat = left[:, i, j] * scale
    count, size = len(regressors), flat.shape[1]
    with_rows = np.asarray((masses > 0).any(axis=1))
    units, times = int(with_rows.sum()), int((masses > 0).any(axis=0).sum())
    levels = 1 + ("unit" in effects) * (units - 1) + ("time" in effects) * (times - 1)
    if size <= levels + count:
        raise DataError(
            f"{size:,} rows are seen and {levels + count:,} coefficients are to be estimated, must be fewer: name "
            "fewer regressors or effects"
        )
    raw = stack[1 : 1 + count, i, j] * scale
    _refuse_collinear(flat[1 : 1 + count], raw, regressors)
    if instruments:
        _refuse_collinear(flat[1 + count :], stack[1 + count :, i, j] * scale, instruments)
    groups = np.zeros(len(with_rows), dtype=np.int64)
    groups[with_rows] = np.unique(panel.clusters[with_rows], return_inverse=True)[1]
    return RegressionData(
        outcome=flat[0],
        columns=flat[1 : 1 + count].T.copy(),
        instruments=flat[1 + count :].T.copy(),
        raw=raw.T.copy(),
        unit=i,
        time=j,
        clusters=groups[i],
        absorbed=1 + ("time" in effects) * (times - 1),
        levels=levels,
    )


def _without_effects(stack: Floats, masses: Floats, effects: Sequence[str]) -> Floats:
    """Take unit and period effects, or a constant, out of matrices."""
    if len(effects) == 2:
        return two_way_residuals(stack, masses)
    clean = np.where(masses > 0, stack, 0.0)
    axis = (2,) if "unit" in effects else (1,) if "time" in effects else (1, 2)
    total = np.expand_dims(masses, 0).sum(axis=axis, keepdims=True)
    means = (clean * masses).sum(axis=axis, keepdims=True) / np.where(total > 0, total, 1.0)
    return np.where(masses > 0, clean - means, 0.0)


def _refuse_collinear(columns: Floats, raw: Floats, names: Sequence[str]) -> None:
    """Refuse a column that effects and the columns before it leave nothing of."""
    kept = np.zeros((0, columns.shape[1]))
    for one, before, name in zip(columns, raw, names, strict=True):
        rest = one - kept.T @ (kept @ one)
        rest = rest - kept.T @ (kept @ rest)
        size = float(np.linalg.norm(rest))
        if size <= _COLLINEAR * max(float(np.linalg.norm(before)), 1e-300):
            raise DataError(
                f"column {name!r} does not vary once effects and the other columns are taken out, must vary within "
                "units and periods: leave it out, or an effect"
            )
        kept = np.vstack([kept, rest / size])
