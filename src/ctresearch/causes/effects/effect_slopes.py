"""How an effect changes along covariates: the best straight line through it, doubly robust.

Each row's effect is estimated by the doubly robust score, which is unbiased for it and very noisy; its regression on a
few covariates is not noisy. The line is a summary and need not be the truth [1]_.

References
----------
.. [1] Semenova, V. and Chernozhukov, V. (2021). Debiased machine learning of conditional average treatment effects and
   other causal functions. Econometrics Journal 24, 264-289. https://doi.org/10.1093/ectj/utaa027
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.stats.regression.generalized_linear import slope_of
from ctresearch.stats.regression.influence import regression_share

if TYPE_CHECKING:
    from ctresearch.causes.effects.nuisance import Nuisance
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.stats.regression.generalized_linear import Floats

_FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class EffectSlopes:
    """Change of the effect for one unit of each column.

    Parameters
    ----------
    names : tuple of str
        The columns.
    values : numpy.ndarray
        Slopes, shape (columns,).
    influence : numpy.ndarray
        Each row's share in their errors, rows by columns.

    Examples
    --------
    >>> EffectSlopes(("age",), np.array([0.2]), np.zeros((3, 1))).values.tolist()
    [0.2]
    """

    names: tuple[str, ...]
    values: Floats
    influence: Floats


def effect_slopes(table: StudyTable, nuisance: Nuisance, columns: Floats, names: tuple[str, ...]) -> EffectSlopes:
    """Regress the doubly robust score on columns, with the error of the fitted models passed on.

    Parameters
    ----------
    table : StudyTable
        The data.
    nuisance : Nuisance
        Chances and predictions.
    columns : numpy.ndarray
        What the effect may change along, rows by columns, without a constant.
    names : tuple of str
        Their names.

    Returns
    -------
    EffectSlopes
        Slopes of the average effect over everybody.

    Raises
    ------
    DataError
        If a column is constant or a combination of the others.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.effects.nuisance import fit_parametric
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 1] * 4, "x": [0, 0, 1, 1, 2, 2, 3, 3], "y": [0.0, 1, 0, 2, 0, 3, 0, 4]})
    >>> table = Roles(treatment="a", outcome="y", covariates=["x"]).read(frame)
    >>> fitted = fit_parametric(table, "linear", table.design)
    >>> effect_slopes(table, fitted, table.design[:, 1:], ("x",)).values.round(6).tolist()
    [1.0]
    """
    line = np.column_stack([np.ones(table.n), columns - columns.mean(axis=0)])
    _refuse_flat(line, names)
    a, e = table.treatment, nuisance.chance
    (low, high), y = nuisance.predicted, table.outcome
    score = high - low + a / e * (y - high) - (1 - a) / (1 - e) * (y - low)
    shares = np.linalg.solve(line.T @ (line * table.weights[:, None]), (line * table.weights[:, None]).T)[1:]
    whole = np.linalg.lstsq(line * np.sqrt(table.weights)[:, None], score * np.sqrt(table.weights), rcond=None)[0]
    influence = shares * (score - line @ whole)
    passed = np.array([_passed_on(table, nuisance, share) for share in shares])
    return EffectSlopes(names, whole[1:], np.asarray((influence + passed).T, dtype=float))


def _passed_on(table: StudyTable, nuisance: Nuisance, share: Floats) -> Floats:
    """Return the influence that the fitted models pass on to one slope; none for cross-fitted learners."""
    out = np.zeros(table.n)
    a, e = table.treatment, nuisance.chance
    if nuisance.treatment_model is not None:
        moved = -a * (1 - e) / e * (table.outcome - nuisance.predicted[1])
        moved -= (1 - a) * e / (1 - e) * (table.outcome - nuisance.predicted[0])
        inverse = nuisance.treatment_model.inverse
        out += regression_share(table.design, (a - e) * table.weights, inverse, table.design.T @ (share * moved))
    if nuisance.outcome_models is not None and nuisance.outcome_design is not None:
        for arm, model in enumerate(nuisance.outcome_models):
            mine = table.treatment == arm
            moved = (2 * arm - 1) * (1 - mine / np.where(arm, e, 1 - e)) * slope_of(model.family, model.fitted)
            residual = mine * table.weights * (table.outcome - model.fitted)
            gradient = nuisance.outcome_design.T @ (share * moved)
            out += regression_share(nuisance.outcome_design, residual, model.inverse, gradient)
    return out


def _refuse_flat(line: Floats, names: tuple[str, ...]) -> None:
    """Refuse columns along which nothing can be seen."""
    corner = np.abs(np.diag(np.linalg.qr(line, mode="r")))[1:]
    size = np.sqrt((line[:, 1:] ** 2).sum(axis=0))
    flat = corner <= _FLAT * np.maximum(size, 1.0)
    if flat.any():
        raise DataError(
            f"along holds {names[int(np.argmax(flat))]!r}, which is constant or a combination of the columns before it:"
            " leave it out"
        )
