"""The classical models of a closed population: M0, Mt, Mh, Mth, Mb and Mbh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.prevalence.closed.behaviour import behaviour_size
from ctresearch.prevalence.closed.closed_design import THETA, ClosedDesign, Heterogeneity, Model, closed_design
from ctresearch.prevalence.closed.closed_result import ClosedPopulationResult, closed_profile
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_in_design, fewest_people
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear import loglinear_checks as checks
from ctresearch.prevalence.loglinear.goodness import count_goodness, count_table
from ctresearch.prevalence.loglinear.poisson_design import DesignFit, fit_design, require_existence
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.trust.diagnose import Allowed

MODELS: tuple[Model, ...] = ("M0", "Mt", "Mh", "Mth", "Mb", "Mbh")
HETEROGENEITY: tuple[Heterogeneity, ...] = ("chao", "poisson", "darroch", "gamma")
ORDERED = ("Mb", "Mbh")
_MANY = 3
# One table in twenty of people who are all alike has a coefficient so far below 0.
_CLEARLY = 1.645
_ALLOWS: dict[str, tuple[Allowed, ...]] = {
    "chao": ("bound",),
    **dict.fromkeys(("poisson", "darroch", "gamma"), ("differences",)),
}
_EQUAL = "All lists hold a person with the same chance."
_INDEPENDENT = "Lists do not depend on one another: being on one says nothing about the others."
_ASSUMED = {
    "M0": (_EQUAL, _INDEPENDENT, "All people have the same chance of being listed."),
    "Mt": (_INDEPENDENT, "All people have the same chance of being on a given list."),
    "Mh": (_EQUAL, "Lists depend on one another only because people differ, in the way that was chosen."),
    "Mth": ("Lists depend on one another only because people differ, in the way that was chosen.",),
    "Mb": (_EQUAL, "Lists are occasions in order, and a first capture changes the chance of later ones once for all."),
    "Mbh": (_EQUAL, "As Mb, but on the first occasion the chance may be another than on later ones before capture."),
}
_CLOSED = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
)


class ClosedPopulation(Options):
    """Estimate a population by one of the classical models of capture and recapture.

    Each is a Poisson regression of the counts by pattern of lists. ``M0`` holds all chances equal; ``Mt`` lets lists
    differ; ``Mh`` lets people differ, and ``Mth`` both; under ``Mb`` a first capture changes the chance of later ones,
    and ``Mbh`` lets the first occasion differ besides. These two are about occasions in time: lists of identified
    people have no such order.

    How people differ is a choice that counts cannot settle: ``"chao"`` makes no assumption and gives a lower bound;
    ``"poisson"``, ``"darroch"`` and ``"gamma"`` mean ever heavier tails, and the estimate grows with them though the
    fit is the same.

    Parameters
    ----------
    model : {"M0", "Mt", "Mh", "Mth", "Mb", "Mbh"}
        What the chance of being listed depends on.
    heterogeneity : {"chao", "poisson", "darroch", "gamma"}, optional
        How people differ; required for ``Mh`` and ``Mth``, which need at least three lists.
    theta : float, optional
        Shape for ``"poisson"`` (above 1; 2 by default) and ``"gamma"`` (above 0; 3.5 by default).
    occasions_ordered : bool
        States that the lists are occasions that followed one another in the order of the table, which ``Mb`` and
        ``Mbh`` need.
    level : float
        Coverage of the interval, as a proportion: profile-likelihood limits, log-normal ones for ``Mb`` and ``Mbh``.

    Raises
    ------
    SpecificationError
        If options do not go together.

    Notes
    -----
    It fails where lists refer people to one another or serve different people: dependence of that kind moves ``Mt``
    by any amount, and the interval knows nothing of it. A heterogeneity whose coefficient comes out negative, people
    who differ less than chance, is a sign of this.

    References
    ----------
    .. [1] Otis, D. L., Burnham, K. P., White, G. C. and Anderson, D. R. (1978). Statistical inference from capture
       data on closed animal populations. Wildlife Monographs 62.
    .. [2] Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for capture-recapture in R. Journal of
       Statistical Software 19(5). https://doi.org/10.18637/jss.v019.i05
    .. [3] Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of Chao's moment estimator for the
       size of a closed population. Biometrics 63, 999-1006.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = ClosedPopulation("Mt").fit(CaptureHistories.from_published("uk-2013-5"))
    >>> print(f"{result.estimates.loc['population', 'estimate']:,.0f} potential victims if lists are independent")
    13,444 potential victims if lists are independent
    """

    def __init__(
        self,
        model: Model = "Mt",
        *,
        heterogeneity: Heterogeneity | None = None,
        theta: float | None = None,
        occasions_ordered: bool = False,
        level: float = 0.95,
    ) -> None:
        self.model: Model = one_of("model", model, MODELS)
        self.heterogeneity: Heterogeneity | None = one_of("heterogeneity", heterogeneity, (None, *HETEROGENEITY))
        if (model in ("Mh", "Mth")) != (heterogeneity is not None):
            raise SpecificationError(
                f"heterogeneity == {heterogeneity!r} does not go with model == {model!r}: "
                f"give one of {', '.join(map(repr, HETEROGENEITY))} with 'Mh' and 'Mth', and none otherwise"
            )
        self.theta = _check_theta(heterogeneity, theta)
        self.occasions_ordered = one_of("occasions_ordered", occasions_ordered, (True, False))
        if model in ORDERED and not occasions_ordered:
            raise SpecificationError(
                f"model == {model!r} is for occasions that followed one another, and lists of people have no order: "
                "choose 'Mt' or 'Mth', or state occasions_ordered=True if they did"
            )
        self.level = is_level(level)

    def fit(self, histories: CaptureHistories) -> ClosedPopulationResult:
        """Estimate the population from a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table; for ``Mb`` and ``Mbh`` its lists stand in the order of the occasions.

        Returns
        -------
        ClosedPopulationResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If there are too few lists for the model.
        FitError
            If the estimate does not exist or says that nobody is left to be caught.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = ClosedPopulation("Mth", heterogeneity="chao").fit(CaptureHistories.from_published("hav-taiwan"))
        >>> round(float(result.estimates.loc["population", "estimate"]), 3)
        478.674
        """
        table = require_estimable(histories)
        needed = _MANY if self.model in ("Mh", "Mth", "Mbh") else 2
        if len(table.lists) < needed:
            raise SpecificationError(
                f"model == {self.model!r} needs at least {needed} lists, the table has {len(table.lists)}: choose 'Mt'"
            )
        counts, theta = table.cell_counts(), self.theta
        design = closed_design(len(table.lists), self.model, self.heterogeneity, 0.0 if theta is None else theta)
        fitted = self._fit(counts, design)
        size = self._size(counts, design, fitted)
        return self._result(table, counts, design, fitted, size)

    def _name(self) -> str:
        """Return the model in words."""
        shape = "" if self.theta is None else f" {self.theta:g}"
        return self.model + (f" {self.heterogeneity.capitalize()}{shape}" if self.heterogeneity else "")

    def _fit(self, counts: Array, design: ClosedDesign) -> DesignFit:
        """Fit the model and require that its estimate exists; under Chao's that is clear once terms have left."""
        observed, people = design.matrix[1:], counts[1:]
        if not design.may_leave.any():
            require_existence(observed, people, self._name())
            return fit_design(observed, people, design.may_leave)
        fitted = fit_design(observed, people, design.may_leave)
        require_existence(observed[:, fitted.columns], people, self._name())
        return fitted

    def _size(self, counts: Array, design: ClosedDesign, fitted: DesignFit) -> _Size:
        """Turn coefficients into a population size with its limits."""
        people = float(counts[1:].sum())
        if self.model in ORDERED:
            moved = behaviour_size(fitted, len(counts).bit_length() - 1)
            low, high = lognormal_limits(people, moved.estimate - people, moved.std_error, self.level)
            return _Size(moved.estimate - people, moved.std_error, "lognormal", low, high)
        unobserved = float(np.exp(fitted.beta[0]))
        std_error = float(np.sqrt(unobserved + unobserved**2 * fitted.covariance[0, 0]))
        profile = closed_profile(counts, design, unobserved, self.level)
        return _Size(unobserved, std_error, "profile", profile.low, profile.high, profile.estimate)

    def _result(
        self, table: CaptureHistories, counts: Array, design: ClosedDesign, fitted: DesignFit, size: _Size
    ) -> ClosedPopulationResult:
        """Put everything together."""
        people = table.n_observed
        means = np.concatenate([[0.0], fitted.means])
        fit = count_goodness(counts, means, len(fitted.columns))
        names = pd.Index([design.names[c] for c in fitted.columns], name="term")
        errors = np.sqrt(np.diag(fitted.covariance))
        return ClosedPopulationResult(
            method=say("Closed-population model {name}", name=self._name()),
            estimates=population_table(people, size.unobserved, size.std_error, (size.low, size.high)),
            n=people,
            level=self.level,
            interval=size.interval,
            scope=table.scope,
            checks=(
                Check("existence", "pass", "The maximum-likelihood estimate exists and is identified."),
                checks.check_overlaps(table.overlaps()),
                checks.check_fit(fit),
                checks.check_limits(size.low, size.high, size.interval),
                *self._check_heterogeneity(design, fitted),
                *_check_boundary(size.unobserved),
                *diagnose(table, allows=_ALLOWS.get(self.heterogeneity or "", ())),
                *checks_of(table),
            ),
            assumptions=(*_CLOSED, *_ASSUMED[self.model]),
            references=(*table.references, *references(ClosedPopulation)),
            inputs=record(table.counts, packages=("numpy", "scipy", "numba")),
            smallest_group=min(fewest_people(counts), fewest_in_design(counts[1:], design.matrix[1:, fitted.columns])),
            model=self.model,
            heterogeneity=self.heterogeneity,
            theta=float("nan") if self.theta is None else self.theta,
            profile_estimate=size.profile,
            coefficients=pd.DataFrame({"estimate": fitted.beta, "std_error": errors}, index=names),
            goodness_of_fit=fit.to_frame(),
            fitted=count_table(counts, means, table.lists),
            lists=table.lists,
        )

    def _check_heterogeneity(self, design: ClosedDesign, fitted: DesignFit) -> tuple[Check, ...]:
        """Say whether the counts show the differences between people that the model allows for."""
        if self.heterogeneity is None:
            return ()
        if self.heterogeneity == "chao":
            left = int(design.may_leave.sum() - design.may_leave[fitted.columns].sum())
            numbers = {"allowed": design.may_leave.sum(), "at_zero": left}
            message = say(
                "{at_zero} of {allowed} terms of heterogeneity are 0; the estimate is a lower bound.",
                at_zero=left,
                allowed=design.may_leave.sum(),
            )
            return (Check("heterogeneity", "pass" if left < design.may_leave.sum() else "review", message, numbers),)
        tau = float(fitted.beta[-1])
        numbers = {"tau": tau, "std_error": float(np.sqrt(fitted.covariance[-1, -1]))}
        if tau < -_CLEARLY * numbers["std_error"]:
            return (
                Check(
                    "heterogeneity",
                    "review",
                    say(
                        "The coefficient of heterogeneity is {tau:.3g}: overlaps of many lists are rarer than if "
                        "all people were alike, which no differences between people explain. Lists repel one "
                        "another.",
                        tau=tau,
                    ),
                    numbers,
                ),
            )
        return (
            Check("heterogeneity", "pass", say("The coefficient of heterogeneity is {tau:.3g}.", tau=tau), numbers),
        )


@dataclass(frozen=True, slots=True)
class _Size:
    """Number on no list, standard error, kind and limits of the interval, and top of the profile, of the population."""

    unobserved: float
    std_error: float
    interval: str
    low: float
    high: float
    profile: float = float("nan")


def _check_theta(heterogeneity: Heterogeneity | None, theta: float | None) -> float | None:
    """Return the shape of the distribution of people's chances, where it has one."""
    if heterogeneity not in THETA:
        if theta is not None:
            raise SpecificationError(f"theta == {theta!r} goes with heterogeneity 'poisson' or 'gamma' only")
        return None
    if theta is None:
        return THETA[heterogeneity]
    return in_range("theta", theta, 1 if heterogeneity == "poisson" else 0, None, open_ends=True)


def _check_boundary(unobserved: float) -> tuple[Check, ...]:
    """Say so where the model leaves hardly anybody unseen."""
    if unobserved >= 1:
        return ()
    numbers = {"unobserved": unobserved}
    return (Check("boundary", "review", "The model leaves less than one person unobserved.", numbers),)
