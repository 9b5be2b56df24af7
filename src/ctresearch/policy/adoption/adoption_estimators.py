"""Every estimator of staggered adoption on one panel, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import table_field, value_field
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.policy.adoption.estimated_cells import ESTIMATORS
from ctresearch.policy.adoption.group_time import CONTROLS, Control
from ctresearch.policy.adoption.staggered_adoption import KEPT, NO_ANTICIPATION, NO_SPILL, PARALLEL, StaggeredAdoption
from ctresearch.policy.outcomes.policy_result import PolicyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.core.scope import Scope
    from ctresearch.policy.adoption.staggered_result import StaggeredResult
    from ctresearch.policy.panels.panel import Panel

# by how many standard errors the average of two estimators of one thing may differ before somebody must look
_APART = 2.0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EstimatorsResult(PolicyResult):
    """What each estimator of staggered adoption says of one panel.

    Parameters
    ----------
    event_studies : pandas.DataFrame
        One row an ``estimator`` and time ``since`` adoption: ``estimate``, ``std_error``, ``ci_low``, ``ci_high``.
    **fields
        Everything that :class:`ctresearch.policy.PolicyResult` holds. Terms are the estimators; each is the average
        effect over all treated cells.

    Examples
    --------
    >>> from ctresearch.policy import AdoptionEstimators, simulate_adoption
    >>> len(AdoptionEstimators().fit(simulate_adoption(units=100, seed=1)).estimates)
    5
    """

    terms: ClassVar = {
        "callaway-santanna": col.model("Callaway and Sant'Anna", headline=True),
        "sun-abraham": col.model("Sun and Abraham"),
        "borusyak-jaravel-spiess": col.model("Borusyak, Jaravel and Spiess"),
        "gardner": col.model("Gardner, two stages"),
        "two-way": col.model("Two-way fixed effects, not to be quoted"),
    }

    n: int = value_field(col.count("Units", "units", of="nobody"))
    event_studies: pd.DataFrame = table_field(
        {"estimator": col.key("Estimator"), "since": col.key("Time since adoption"), **col.limits("Effect")}
    )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the event studies of all estimators in one picture.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            A mark for each estimator.

        Examples
        --------
        >>> from ctresearch.policy import AdoptionEstimators, simulate_adoption
        >>> AdoptionEstimators().fit(simulate_adoption(units=100, seed=1)).plot().get_xlabel()
        'time since adoption'
        """
        from ctresearch.policy.adoption.plot_event_study import plot_side_by_side

        return plot_side_by_side(self.event_studies, self.roles("event_studies"), title=render.title(self), ax=ax)


class AdoptionEstimators(Options):
    """Fit every estimator of staggered adoption to one panel and show them together.

    Parameters
    ----------
    control : {"never", "not_yet"}
        Whom Callaway and Sant'Anna compare adopters with.
    anticipation : float
        How long before adoption the outcome may already move.
    inference : {"auto", "analytic", "leave-one-out"}
        As :class:`StaggeredAdoption` takes it.
    draws : int
        Draws of the bands.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the draws.
    scope : Scope, optional
        Whom the estimates are about; that of the panel by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Times before adoption are held against the last one before it, but for imputation and two stages, whose times before
    are held against the fit to all of them: compare shapes there, and not sizes [1]_.

    References
    ----------
    .. [1] Sun, L. and Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous
       treatment effects. Journal of Econometrics 225, 175-199. https://doi.org/10.1016/j.jeconom.2020.09.006

    Examples
    --------
    >>> from ctresearch.policy import simulate_adoption
    >>> table = AdoptionEstimators().fit(simulate_adoption(units=300, effect=1.0, growth=0.5, seed=4)).estimates
    >>> low, high = table["estimate"].iloc[:4].min(), table["estimate"].iloc[:4].max()
    >>> print(f"the estimators say {low:.2f} to {high:.2f}; the two-way model says {table['estimate']['two-way']:.2f}")
    the estimators say 1.64 to 1.72; the two-way model says 1.43
    """

    def __init__(
        self,
        *,
        control: Control = "never",
        anticipation: float = 0,
        inference: str = "auto",
        draws: int = 999,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.control: Control = one_of("control", control, CONTROLS)
        self.anticipation = float(in_range("anticipation", anticipation, 0))
        self.inference = one_of("inference", inference, ("auto", "analytic", "leave-one-out"))
        self.draws = whole_number("draws", draws, 99, 1_000_000)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope

    def fit(self, panel: Panel) -> EstimatorsResult:
        """Fit all.

        Parameters
        ----------
        panel : Panel
            Units that adopt once and keep what they adopted.

        Returns
        -------
        EstimatorsResult
            One term an estimator.

        Raises
        ------
        DataError
            Where :class:`StaggeredAdoption` refuses the panel.

        Examples
        --------
        >>> from ctresearch.policy import simulate_adoption
        >>> AdoptionEstimators().fit(simulate_adoption(units=100, seed=1)).n
        100
        """
        found: dict[str, StaggeredResult] = {}
        for name in ESTIMATORS:
            found[name] = StaggeredAdoption(
                method="regression",
                estimator=name,
                control=self.control,
                base="universal",
                anticipation=self.anticipation,
                inference=self.inference,  # type: ignore[arg-type]
                draws=self.draws,
                level=self.level,
                seed=self.seed,
                scope=self.scope,
            ).fit(panel)
        first = found["callaway-santanna"]
        rows = [one.estimates.loc[["simple"]].rename(index={"simple": name}) for name, one in found.items()]
        columns = ["since", "estimate", "std_error", "ci_low", "ci_high", "unit"]
        events = [one.event_study[columns].assign(estimator=name) for name, one in found.items()]
        kept = [check for check in first.checks if check.name not in {"times without limits"}]
        return EstimatorsResult(
            method="Estimators of staggered adoption, side by side",
            estimates=pd.concat(rows),
            n=first.n,
            level=self.level,
            interval=first.interval,
            scope=first.scope,
            checks=(*kept, *_two_way(found), _check_together(found)),
            assumptions=(PARALLEL, NO_ANTICIPATION, NO_SPILL, KEPT, panel.rule.assumption),
            references=(*references(StaggeredAdoption),),
            inputs=replace(first.inputs, seed=recorded_seed(self.seed)),
            declaration=Declaration(panel.rule.means(EstimatorsResult.terms)),
            outcome_kind=panel.rule.kind,
            occurrence_low=first.occurrence_low,
            occurrence_high=first.occurrence_high,
            event_studies=pd.concat(events, ignore_index=True)[["estimator", *columns]],
        )


def _two_way(found: dict[str, StaggeredResult]) -> tuple[Check, ...]:
    """Take over what is said of the two-way model."""
    return tuple(one for one in found["two-way"].checks if one.name == "forbidden comparisons")


def _check_together(found: dict[str, StaggeredResult]) -> Check:
    """Say whether the estimators that allow effects to differ agree."""
    rows = [one.estimates.loc["simple"] for name, one in found.items() if name != "two-way"]
    values = np.array([row["estimate"] for row in rows], dtype=float)
    error = np.array([row["std_error"] for row in rows], dtype=float)
    apart, size = float(np.ptp(values)), float(np.nanmax(error)) if np.isfinite(error).any() else float("nan")
    numbers = {"lowest": float(values.min()), "highest": float(values.max()), "std_error": size}
    if apart > _APART * size:
        said = say(
            "Estimators that all allow effects to differ lie {lowest:.3g} to {highest:.3g}, further apart than chance: "
            "adopters and their comparison moved apart before adoption, since they use these times differently.",
            lowest=numbers["lowest"],
            highest=numbers["highest"],
        )
        return Check("agreement", "review", said, numbers)
    said = say(
        "Estimators that all allow effects to differ agree: {lowest:.3g} to {highest:.3g}.",
        lowest=numbers["lowest"],
        highest=numbers["highest"],
    )
    return Check("agreement", "pass", said, numbers)
