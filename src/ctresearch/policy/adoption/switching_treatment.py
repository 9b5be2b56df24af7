"""Effects of a treatment that rises and falls, or comes in doses, such as a tier that changes both ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table, reach, table_field
from ctresearch.core.result import value_field as value
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.policy.adoption.adoption_checks import check_trends
from ctresearch.policy.adoption.multiplier import cluster_influence, covariance
from ctresearch.policy.adoption.switches import SwitchEffect, Switches, find_switches, switch_effect
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.panels.panel import Panel
from ctresearch.policy.panels.panel_checks import check_unused, refuse_same_outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.core.scope import Scope
    from ctresearch.policy.adoption.group_time import Integers
    from ctresearch.policy.adoption.two_periods import Floats

# with fewer switchers, errors that stretch by n / (n - 1) still fall short: see the table of few treated
_FEW = 20
PARALLEL_START = (
    "Without the change, units whose treatment changed would have moved by as much as units that had the same "
    "treatment at the start and had not changed theirs."
)
NO_CARRY = "Treatments before the panel begins no longer matter, and none was anticipated."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SwitchResult(PolicyResult):
    """Effects of having been under more treatment, by periods since the first change.

    Parameters
    ----------
    event_study : pandas.DataFrame
        One row a period ``since`` the change (0 is its own, -2 the first placebo): ``estimate``, ``std_error``,
        ``ci_low``, ``ci_high``, ``per_dose`` (the effect over the ``dose`` received by then), ``units`` that changed
        and ``compared``.
    **fields
        Everything that :class:`ctresearch.policy.PolicyResult` holds. Terms are ``per_unit_of_treatment``, the total
        effect over the total of treatment, and ``mean_effect``, the mean over all changes and periods.

    Examples
    --------
    >>> from ctresearch.policy import SwitchingTreatment, simulate_adoption
    >>> result = SwitchingTreatment(effects=2, placebos=1).fit(simulate_adoption(units=100, seed=1))
    >>> result.event_study["since"].tolist()
    [-2.0, 0.0, 1.0]
    """

    terms: ClassVar = {
        "per_unit_of_treatment": col.model("Effect of one more unit of treatment", headline=True),
        "mean_effect": col.model("Mean effect of the changes"),
    }

    n: int = value(col.count("Units", "units", of="nobody"))
    event_study: pd.DataFrame = table_field(
        {
            "since": col.key("Time since the change"),
            **col.limits("Effect"),
            "per_dose": col.model("Effect over the treatment received"),
            "dose": col.model("More treatment received by then"),
            "units": col.count("Units that changed", "units", of="nobody"),
            "compared": col.count("Units compared", "units", of="nobody"),
        }
    )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the effects by time since the change.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Effects with their limits; placebos with open marks.

        Examples
        --------
        >>> from ctresearch.policy import SwitchingTreatment, simulate_adoption
        >>> SwitchingTreatment(effects=2).fit(simulate_adoption(units=100, seed=1)).plot().get_ylabel()
        'effect on the outcome'
        """
        from ctresearch.policy.adoption.plot_event_study import plot_event_study

        table = self.event_study.assign(band_low=np.nan, band_high=np.nan)
        roles = self.roles("event_study")
        roles |= {"band_low": col.model("Lower limit of the band"), "band_high": col.model("Upper limit of the band")}
        return plot_event_study(table, roles, title=render.title(self), ax=ax)


class SwitchingTreatment(Options):
    """Effects after de Chaisemartin and D'Haultfoeuille, as their command did_multiplegt_dyn gives them.

    Parameters
    ----------
    effects : int
        For how many periods from the first change on effects are shown; fewer where nobody compares.
    placebos : int
        How many periods before are shown as placebos.
    changes : {"both", "up", "down"}
        Which first changes count; a change downwards counts with a minus, so that an effect is always that of more
        treatment.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about; that of the panel by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    A unit is compared with units that had the same treatment at the start, so doses that are all different compare
    nobody. Once a treatment has been on both sides of its start, later periods are left out.

    References
    ----------
    .. [1] de Chaisemartin, C. and D'Haultfoeuille, X. (2024). Difference-in-differences estimators of intertemporal
       treatment effects. Review of Economics and Statistics. https://doi.org/10.1162/rest_a_01414

    Examples
    --------
    >>> from ctresearch.policy import simulate_adoption
    >>> row = SwitchingTreatment(effects=3).fit(simulate_adoption(units=400, effect=2.0, seed=3)).estimates.iloc[0]
    >>> print(f"if trends were parallel, a year more of the policy added {row['estimate']:.1f} a year")
    if trends were parallel, a year more of the policy added 1.9 a year
    """

    def __init__(
        self,
        *,
        effects: int = 5,
        placebos: int = 2,
        changes: str = "both",
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.effects = whole_number("effects", effects, 1, 1000)
        self.placebos = whole_number("placebos", placebos, 0, 1000)
        self.changes = one_of("changes", changes, ("both", "up", "down"))
        self.level, self.scope = is_level(level), scope

    def fit(self, panel: Panel) -> SwitchResult:
        """Estimate the effects.

        Parameters
        ----------
        panel : Panel
            With ``treatment=`` or ``adopted=``.

        Returns
        -------
        SwitchResult
            Terms ``per_unit_of_treatment`` and ``mean_effect``.

        Raises
        ------
        DataError
            If it is no panel with a treatment, no treatment changes, or nobody compares.

        Examples
        --------
        >>> from ctresearch.policy import simulate_adoption
        >>> SwitchingTreatment(effects=1, placebos=0).fit(simulate_adoption(units=100, seed=1)).n
        100
        """
        _refuse_no_treatment(panel)
        refuse_same_outcome(panel)
        outcome, treatment = np.asarray(panel.outcome, float), np.asarray(panel.treatment, float)
        weights = np.ones(len(outcome)) if panel.weights is None else np.nanmean(panel.weights, axis=1)
        changes = self._chosen(find_switches(treatment))
        steps = [(k - 1, k, False) for k in range(1, self.effects + 1)]
        steps = [(-k - 1, k, True) for k in range(self.placebos, 0, -1)] + steps
        found: dict[float, SwitchEffect] = {}
        for since, ahead, placebo in steps:
            effect = switch_effect(outcome, treatment, weights, changes, ahead, placebo=placebo)
            if effect is not None:
                found[float(since) * panel.every] = effect
        after = {since: one for since, one in found.items() if since >= 0}
        if not after:
            raise DataError(
                f"{int((changes.sign != 0).sum())} units change their treatment, and none has a unit of the same "
                "treatment at the start to be compared with: put doses into few classes, or give units that change "
                "later or never"
            )
        return self._result(panel, changes, found, after)

    def _chosen(self, changes: Switches) -> Switches:
        """Leave out units whose first change is of the other direction."""
        if self.changes == "both":
            return changes
        kept = changes.sign != (-1.0 if self.changes == "up" else 1.0)
        return replace(changes, usable=changes.usable & kept[:, None], sign=np.where(kept, changes.sign, 0.0))

    def _result(
        self, panel: Panel, changes: Switches, found: dict[float, SwitchEffect], after: dict[float, SwitchEffect]
    ) -> SwitchResult:
        """Lay out what was found."""
        units = len(panel.units)
        clusters = np.asarray(panel.clusters, dtype=np.int64)
        many = np.array([one.switchers for one in after.values()], dtype=float)
        influence = np.column_stack([one.influence for one in after.values()])
        mean = float(many @ [one.effect for one in after.values()] / many.sum())
        gain = float(many @ [one.gain for one in after.values()] / many.sum())
        moved = influence @ many / many.sum()
        error = float(_errors(moved[:, None], clusters, units)[0])
        away = float(reach(self.level, np.inf))
        rows = {"per_unit_of_treatment": gain, "mean_effect": 1.0}
        estimates = estimates_table(
            {
                term: (mean / by, error / by, (mean - away * error) / by, (mean + away * error) / by)
                for term, by in rows.items()
            }
        )
        rule = panel.rule
        return SwitchResult(
            method="Treatments that rise and fall: de Chaisemartin and D'Haultfoeuille",
            estimates=estimates,
            n=units,
            level=self.level,
            interval="normal",
            scope=self.scope or panel.scope,
            checks=(
                *panel.checks,
                *_checks(changes, found, clusters, units),
                *check_unused(panel, weights=True),
                *rule.checks(),
            ),
            assumptions=(PARALLEL_START, NO_CARRY, rule.assumption),
            references=references(SwitchingTreatment),
            inputs=panel.inputs,
            declaration=Declaration(rule.means(SwitchResult.terms)),
            outcome_kind=rule.kind,
            event_study=_table(found, clusters, units, away),
        )


def _refuse_no_treatment(panel: Any) -> None:
    """Refuse what is no panel with a treatment that changes."""
    if not isinstance(panel, Panel):
        raise DataError(
            f"data is a {type(panel).__name__}, must be a Panel: make one with Panel.from_frame(frame, unit=, time=, "
            "outcome=, treatment=, outcome_kind=)"
        )
    if not {"adopted", "treatment"} & set(panel.names):
        raise DataError(
            f"the panel names no treatment, only {', '.join(panel.names)}: name adopted= or treatment= in "
            "Panel.from_frame"
        )
    if not np.isfinite(panel.first_change).any():
        raise DataError(f"the treatment of none of {len(panel.units):,} units changes, so there is no effect to see")


def _errors(influence: Floats, clusters: Integers, units: int) -> Floats:
    """Return standard errors clustered as the panel says."""
    return np.asarray(np.sqrt((cluster_influence(influence, clusters) ** 2).sum(axis=0)) / units, dtype=float)


def _table(found: dict[float, SwitchEffect], clusters: Integers, units: int, away: float) -> pd.DataFrame:
    """Write the effects by time since the change."""
    rows = []
    for since, one in found.items():
        error = float(_errors(one.influence[:, None], clusters, units)[0])
        error = error if error > 0 else float("nan")
        limits = (one.effect, error, one.effect - away * error, one.effect + away * error)
        per_dose = one.effect / one.dose if since >= 0 and one.dose > 0 else float("nan")
        dose = one.dose if since >= 0 else float("nan")
        rows.append((since, *limits, "", per_dose, dose, one.switchers, one.compared))
    names = ["since", "estimate", "std_error", "ci_low", "ci_high", "unit", "per_dose", "dose", "units", "compared"]
    return pd.DataFrame(rows, columns=names)


def _checks(changes: Switches, found: dict[float, SwitchEffect], clusters: Integers, units: int) -> tuple[Check, ...]:
    """Say how many change, how many cross their start, and whether trends differed before."""
    changed = int((changes.sign != 0).sum())
    down = int((changes.sign < 0).sum())
    first = next(one for since, one in found.items() if since >= 0)
    numbers = {"changed": changed, "down": down, "compared": first.switchers}
    said = say(
        "{changed:,} units change their treatment, {down:,} of them downwards first; {compared:,} have somebody with "
        "the same treatment at the start to be compared with.",
        changed=changed,
        down=down,
        compared=first.switchers,
    )
    few = first.switchers < _FEW
    out = [Check("changes", "review" if first.switchers < changed else "pass", said, numbers)]
    if few:
        words = say(
            "{switchers} units that changed: limits take the spread among so few as known and may be too narrow.",
            switchers=first.switchers,
        )
        out.append(Check("few treated", "fail", words, {"switchers": first.switchers}, voids=first.switchers < 2))
    if changes.crossed:
        words = say(
            "{crossed:,} units have been on both sides of their treatment at the start: their later periods are left "
            "out.",
            crossed=changes.crossed,
        )
        out.append(Check("treatments that cross", "review", words, {"crossed": changes.crossed}))
    before = [one for since, one in found.items() if since < 0]
    moved = np.column_stack([one.influence for one in before]) if before else np.zeros((units, 0))
    spread = covariance(cluster_influence(moved, clusters), units)
    out.append(check_trends(np.array([one.effect for one in before]), spread, min([first.switchers])))
    return tuple(out)
