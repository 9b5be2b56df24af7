"""Effect of taking part, among people who take part because their cluster was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.table.study_table import record_columns
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.renamed import renamed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of
from ctresearch.programmes.groups.age_groups import AGE, age_groups, checks_by_group, fit_apart, rows_that_stand
from ctresearch.programmes.groups.grouped_rows import grouped_table, t_limits
from ctresearch.programmes.trials.cluster_trial import NO_SPILL_OVER, RANDOMISED
from ctresearch.programmes.trials.trial_result import GroupedResult
from ctresearch.programmes.trials.trial_table import read_trial, trial_cells
from ctresearch.stats.clusters.bias_reduced import CORRECTIONS, Correction, robust_variance
from ctresearch.stats.clusters.estimating_equations import fit_clustered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.programmes.groups.grouped_rows import Row
    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.regression.generalized_linear import Floats

EXCLUSION = "Being in a cluster of the programme changes the outcome of those alone who take part because of it."
MONOTONE = "Nobody takes part because the cluster was not drawn (no defiers)."
# Staiger and Stock's rule of thumb: below this F, normal limits of a ratio cover less than they say
_WEAK = 10.0


@dataclass(frozen=True, slots=True)
class ComplierFit:
    """Estimates of one group.

    Parameters
    ----------
    rows : dict
        Term to estimate, standard error and limits.
    n : int
        Rows.
    checks : tuple of Check
        Strength of the assignment, and who took part unasked.

    Examples
    --------
    >>> ComplierFit({}, 3, ()).n
    3
    """

    rows: dict[str, Row]
    n: int
    checks: tuple[Check, ...]


class ComplierEffect(Options):
    """Effect of taking part, by assignment as an instrument.

    Parameters
    ----------
    outcome, treatment, received, cluster : str
        Columns: a number, 0 or 1 as randomised, 0 or 1 as received, and what was randomised together.
    covariates : sequence of str
        Columns measured before the programme that the effect is adjusted for.
    strata : str, optional
        Column of the strata within which clusters were randomised.
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        Of the variance for few clusters.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    merge_names : bool
        Take names of clusters that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Two-stage least squares. Limits are those of Anderson and Rubin [2]_: effects under which assignment has no effect
    on the outcome less the effect of taking part. They hold however few take part, and may have no end, which fails a
    check.

    References
    ----------
    .. [1] Angrist, J. D., Imbens, G. W. and Rubin, D. B. (1996). Identification of causal effects using instrumental
       variables. Journal of the American Statistical Association 91, 444-455.
       https://doi.org/10.1080/01621459.1996.10476902
    .. [2] Anderson, T. W. and Rubin, H. (1949). Estimation of the parameters of a single equation in a complete system
       of stochastic equations. Annals of Mathematical Statistics 20, 46-63. https://doi.org/10.1214/aoms/1177730090

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_trial
    >>> frame = campaign_trial(30, 30, effect=0.3, attendance=0.6, seed=2).frame
    >>> model = ComplierEffect(outcome="knows_signs", treatment="campaign", received="attended", cluster="village")
    >>> low, high = 100 * model.fit(frame).estimates.loc["complier_effect", ["ci_low", "ci_high"]].astype(float)
    >>> print(f"attending lets {low:.0f} to {high:.0f} more of those who attend in 100 name the signs")
    attending lets 23 to 50 more of those who attend in 100 name the signs
    """

    @renamed(gone="0.3", arm="treatment", stratum="strata")
    def __init__(
        self,
        *,
        outcome: str,
        treatment: str,
        received: str,
        cluster: str,
        covariates: Sequence[str] = (),
        strata: str | None = None,
        correction: Correction = "kauermann_carroll",
        age: str | None = AGE,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.treatment = column_name("outcome", outcome), column_name("treatment", treatment)
        self.received, self.cluster = column_name("received", received), column_name("cluster", cluster)
        self.covariates = column_names("covariates", covariates)
        self.strata = None if strata is None else column_name("strata", strata)
        self.correction: Correction = one_of("correction", correction, CORRECTIONS)
        self.age = None if age is None else column_name("age", age)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> GroupedResult:
        """Estimate the effect, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, without missing values in the columns used.

        Returns
        -------
        GroupedResult
            Terms ``complier_effect``, ``intention_to_treat`` and ``uptake`` (difference of the shares that take part),
            by ``group``.

        Raises
        ------
        DataError
            If the table is not that of a trial, or assignment does not raise the share that takes part.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"v": list("aabbccdd"), "arm": [0] * 4 + [1] * 4, "y": [1.0, 2, 3, 2, 9, 2, 9, 3]})
        >>> model = ComplierEffect(outcome="y", treatment="arm", received="went", cluster="v", age=None)
        >>> found = model.fit(frame.assign(went=[0, 0, 0, 0, 1, 0, 1, 0]))
        >>> found.estimates.loc["complier_effect", "estimate"].round(6)
        np.float64(7.5)
        """
        used = [self.outcome, self.treatment, self.received, self.cluster, *self.covariates]
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        cells, merged = trial_cells(
            frame,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            covariates=self.covariates,
            strata=self.strata,
            merge=self.merge_names,
        )
        refuse_missing(cells, [self.received])
        taken = read_numbers(cells, self.received)
        must = "must be 0 or 1: who took part, and who did not"
        refuse_cells(cells[self.received], ~np.isin(taken, (0, 1)), must, name=self.received)
        groups = age_groups(cells, self.age)
        found, checks = fit_apart(groups, self._fit_group)
        used += [c for c in (self.strata, self.age) if c is not None and c in frame.columns]
        fits = {name: fit for name, fit in found.items() if fit is not None}
        own = checks_by_group({name: None if fit is None else fit.checks for name, fit in found.items()})
        terms = ("complier_effect", "intention_to_treat", "uptake")
        return GroupedResult(
            method="Complier average causal effect by assignment as an instrument",
            estimates=grouped_table(
                {name: None if fit is None else rows_that_stand(fit.rows, fit.checks) for name, fit in found.items()},
                terms,
            ),
            n=sum(fit.n for fit in fits.values()),
            smallest_group=groups.smallest(self.treatment, self.outcome),
            level=self.level,
            interval="anderson-rubin",
            scope=self.scope,
            checks=(*groups.checks, *merged, *checks, *own),
            assumptions=(RANDOMISED, EXCLUSION, MONOTONE, NO_SPILL_OVER),
            references=references(ComplierEffect),
            inputs=record_columns(frame, used),
        )

    def _fit_group(self, rows: pd.DataFrame) -> ComplierFit:
        """Estimate one group of people."""
        table = read_trial(
            rows,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            covariates=self.covariates,
            strata=self.strata,
        )
        received = read_numbers(rows, self.received)
        on_outcome, error_outcome, df = _reduced_form(table, table.outcome, self.correction)
        on_receipt, error_receipt, _ = _reduced_form(table, received, self.correction)
        if on_receipt <= 1e-9:
            raise DataError(
                f"assignment changes the share with {self.received!r} by {on_receipt:.3g}, must raise it: without a "
                "difference in who takes part there is no effect of taking part to be had, so use ClusterTrial"
            )
        effect = on_outcome / on_receipt
        error = float(np.linalg.norm(error_outcome - effect * error_receipt)) / on_receipt
        low, high = _anderson_rubin(on_outcome, on_receipt, error_outcome, error_receipt, df=df, level=self.level)
        receipt_error = float(np.linalg.norm(error_receipt))
        estimates = {
            "complier_effect": (effect, error, low, high),
            "intention_to_treat": t_limits(on_outcome, float(np.linalg.norm(error_outcome)), df, self.level),
            "uptake": t_limits(on_receipt, receipt_error, df, self.level),
        }
        strength = (on_receipt / receipt_error) ** 2 if receipt_error > 0 else float("inf")
        unasked = float(received[table.treatment == 0].mean())
        return ComplierFit(estimates, table.n, (_check_strength(strength, low), _check_unasked(unasked)))


def _reduced_form(table: TrialTable, values: Floats, correction: Correction) -> tuple[float, Floats, float]:
    """Return the effect of assignment on some values, each cluster's share in its error, and degrees of freedom."""
    fit = fit_clustered(table.design, values, table.clusters, "linear", "independence", names=(*table.words, "the arm"))
    contrast = np.zeros(len(fit.coefficients))
    contrast[-1] = 1.0
    found = robust_variance(fit.grams, fit.scores, fit.bread, contrast, correction)
    return float(fit.coefficients[-1]), found.influence, found.df


def _anderson_rubin(
    on_outcome: float, on_receipt: float, error_outcome: Floats, error_receipt: Floats, *, df: float, level: float
) -> tuple[float, float]:
    """Solve for the effects that are not rejected: an interval between two roots, or none with ends."""
    from scipy.special import stdtrit

    critical = float(stdtrit(df, (1 + level) / 2)) ** 2
    square = on_receipt**2 - critical * float(error_receipt @ error_receipt)
    linear = on_outcome * on_receipt - critical * float(error_outcome @ error_receipt)
    constant = on_outcome**2 - critical * float(error_outcome @ error_outcome)
    inside = linear**2 - square * constant
    if square <= 0 or inside < 0:
        return float("nan"), float("nan")
    reach = float(np.sqrt(inside))
    return (linear - reach) / square, (linear + reach) / square


def _check_strength(strength: float, low: float) -> Check:
    """Say whether assignment moves people enough."""
    numbers = {"f": min(strength, 1e12)}
    if np.isnan(low):
        said = say(
            "Assignment hardly changes who takes part (F = {strength:.3g}): the limits have no end, so "
            "the effect is not known.",
            strength=strength,
        )
        return Check("strength of assignment", "fail", said, numbers, voids=True)
    if strength < _WEAK:
        said = say(
            "Assignment moves few people (F = {strength:.3g}): the estimate leans towards what is seen "
            "without randomisation.",
            strength=strength,
        )
        return Check("strength of assignment", "review", said, numbers)
    return Check(
        "strength of assignment",
        "pass",
        say("Assignment moves who takes part (F = {strength:.3g}).", strength=min(strength, 1000000.0)),
        numbers,
    )


def _check_unasked(unasked: float) -> Check:
    """Say whom the effect is about."""
    if unasked == 0:
        said = "Nobody took part without being assigned, so the effect is that on all who took part."
    else:
        said = say(
            "{unasked:.1%} took part without being assigned, so the effect is that on those whom "
            "assignment moved alone.",
            unasked=unasked,
        )
    return Check("took part unasked", "pass", said, {"share": unasked})
