"""What a classical model of a closed population says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import key, mark
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.closed.closed_design import THETA, ClosedDesign, Heterogeneity, Model, closed_design
from ctresearch.prevalence.lists.declared import CELLS, COEFFICIENT, GOODNESS, LISTS, MODEL, POPULATION
from ctresearch.prevalence.loglinear.poisson_design import fit_design
from ctresearch.prevalence.loglinear.profile_interval import Profile, climb_profile, multinomial_height

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClosedPopulationResult(Result):
    """Population size from a classical closed-population model.

    Parameters
    ----------
    model : str
        ``"M0"``, ``"Mt"``, ``"Mh"``, ``"Mth"``, ``"Mb"`` or ``"Mbh"``.
    heterogeneity : str or None
        How people differ, where they do.
    theta : float
        Shape of that distribution, NaN where there is none.
    profile_estimate : float
        Where the profile likelihood of the population is highest, in persons; NaN for ``Mb`` and ``Mbh``.
    coefficients : pandas.DataFrame
        Indexed by ``term`` with ``estimate`` and ``std_error``, on the scale of log counts.
    goodness_of_fit : pandas.DataFrame
        Deviance and Pearson's statistic.
    fitted : pandas.DataFrame
        Observed and fitted counts by pattern, with Pearson residuals.
    lists : tuple of str
        Names of the lists.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, ClosedPopulation
    >>> result = ClosedPopulation("Mt").fit(CaptureHistories.from_published("uk-2013-5"))
    >>> round(result.profile_estimate)
    13438
    """

    model: Model = value_field(MODEL)
    heterogeneity: Heterogeneity | None = value_field(mark("How people differ"))
    theta: float = value_field(model_figure("Shape of the distribution of chances"))
    profile_estimate: float = value_field(model_figure("Population where its profile likelihood is highest", "persons"))
    coefficients: pd.DataFrame = table_field(
        {"term": key("Term"), "estimate": COEFFICIENT, "std_error": model_figure("Standard error")}
    )
    goodness_of_fit: pd.DataFrame = table_field(GOODNESS)
    fitted: pd.DataFrame = table_field(CELLS)
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Climb the profile again at another level."""
        if self.interval != "profile":
            return super()._limits(level)
        cells = np.zeros(1 << len(self.lists))
        fitted = self.fitted
        patterns = sum(fitted[name].to_numpy() << i for i, name in enumerate(self.lists))
        cells[patterns] = fitted["observed"]
        theta = THETA.get(self.heterogeneity or "", 0.0) if np.isnan(self.theta) else self.theta
        design = closed_design(len(self.lists), self.model, self.heterogeneity, theta)
        profile = closed_profile(cells, design, float(self.estimates["estimate"]["unobserved"]), level)
        terms = self.estimates.index
        low, high = profile.low, profile.high
        return pd.Series([low, low - self.n], index=terms), pd.Series([high, high - self.n], index=terms)


def closed_profile(counts: Array, design: ClosedDesign, unobserved: float, level: float) -> Profile:
    """Find the population sizes that the multinomial likelihood of a closed-population model does not rule out.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.
    design : ClosedDesign
        The model; coefficients that may not be negative are left out anew at every size.
    unobserved : float
        Where to start.
    level : float
        Coverage as a proportion.

    Returns
    -------
    Profile
        Maximum and limits, as numbers of persons.

    Examples
    --------
    >>> profile = closed_profile(np.array([0.0, 60, 40, 20]), closed_design(2, "Mt", None, 0.0), 120.0, 0.95)
    >>> round(profile.low), round(profile.high)
    (182, 339)
    """
    people = float(counts[1:].sum())
    filled = counts.astype(np.float64)

    def height(missing: float) -> float:
        filled[0] = missing
        fitted = fit_design(design.matrix, filled, design.may_leave)
        return multinomial_height(fitted.loglik, people, missing)

    return climb_profile(height, people, unobserved, level)
