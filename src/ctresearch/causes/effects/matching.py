"""Effects by matching each unit to its nearest neighbours in the other arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.causes.effects.inverse_probability import NO_HIDDEN_CAUSE, ONE_VERSION, POSITIVITY
from ctresearch.causes.effects.nearest_neighbours import match_arms, matched_error
from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.sensitivity.hidden_cause import check_effect
from ctresearch.causes.table.balance import balance_table, check_balance, overlap_table
from ctresearch.causes.table.effect_result import EffectResult, interval_of, limits
from ctresearch.causes.table.perfect_fit import refuse_one_sided_arm
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.renamed import renamed
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import one_of, whole_number
from ctresearch.stats.clusters.small_samples import Spread, check_limits, few_units
from ctresearch.stats.regression.generalized_linear import fit_regression

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.scope import Scope
    from ctresearch.stats.regression.generalized_linear import Floats

Distance = Literal["mahalanobis", "propensity"]


class NearestNeighbour(Options):
    """Effect on the treated by matching with replacement, each treated unit to its nearest untreated ones.

    Parameters
    ----------
    treatment, outcome : str
        Columns: 0 or 1, and a number.
    covariates : sequence of str
        Columns matched on; text becomes indicators.
    distance : {"mahalanobis", "propensity"}
        Between covariates, or between the fitted chances of treatment.
    neighbours : int
        Matches of each treated unit; ties beyond them are all used, and weighted equally.
    correct_bias : bool
        Take out what a regression among the matches says of the differences left in covariates.
    weights : str, optional
        Column of survey weights: each treated unit then counts by its weight, and so does each of its matches that are
        equally near. The fitted chances are those in the population.
    graph : CausalGraph, optional
        What is assumed: colliders and mediators among the covariates are then refused, and open paths fail a check.
    detected : {"outcome", "sample"}, optional
        How detection enters: the outcome counts detected cases only, or the rows are detected cases only.
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
    The standard error is Abadie and Imbens', with the outcome's variance taken from the nearest unit of the same arm; a
    bootstrap would be wrong [1]_. Matching on fitted chances leaves their error out and so errs on the wide side for
    average effects; for effects on the treated it may err either way, which a check says.

    References
    ----------
    .. [1] Abadie, A. and Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment
       effects. Econometrica 74, 235-267. https://doi.org/10.1111/j.1468-0262.2006.00655.x
    .. [2] Abadie, A. and Imbens, G. W. (2011). Bias-corrected matching estimators for average treatment effects.
       Journal of Business and Economic Statistics 29, 1-11. https://doi.org/10.1198/jbes.2009.07333

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": range(80)})
    >>> frame["y"] = frame["x"] + 3 * frame["a"] + [0.1, -0.1, -0.1, 0.1] * 20
    >>> result = NearestNeighbour(treatment="a", outcome="y", covariates=["x"], neighbours=2).fit(frame)
    >>> row = result.estimates.loc["effect"]
    >>> print(f"treatment adds about {row['estimate']:.1f}")
    treatment adds about 3.0
    """

    @renamed(gone="0.3", adjust="correct_bias")
    def __init__(
        self,
        *,
        treatment: str,
        outcome: str,
        covariates: Sequence[str],
        distance: Distance = "mahalanobis",
        neighbours: int = 1,
        correct_bias: bool = False,
        weights: str | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.roles = Roles(
            treatment=treatment,
            outcome=outcome,
            covariates=covariates,
            weights=None if weights is None else column_name("weights", weights),
            graph=graph,
            detected=detected,
            level=level,
            scope=scope,
            least=1,
        )
        self.distance: Distance = one_of("distance", distance, ("mahalanobis", "propensity"))
        self.neighbours = whole_number("neighbours", neighbours, low=1, high=100)
        self.correct_bias = one_of("correct_bias", correct_bias, (True, False))

    def fit(self, frame: pd.DataFrame) -> EffectResult:
        """Estimate the effect on the treated.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, without missing values in the columns used.

        Returns
        -------
        EffectResult
            Terms ``effect``, ``mean_treated`` and ``mean_untreated``; the means have no standard errors of their own.

        Raises
        ------
        DataError
            If the table does not hold what the options name, or an arm has too few rows.
        FitError
            If covariates separate the arms and the distance is between chances.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"a": [0, 1] * 20, "x": [1.0, 1, 2, 2] * 10, "y": [1.0, 3, 2, 4] * 9 + [2.0, 4, 1, 3]})
        >>> result = NearestNeighbour(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> float(result.estimates.loc["effect", "estimate"])
        2.0
        """
        table = self.roles.read(frame)
        refuse_one_sided_arm(table.outcome, table.treatment, self.roles.outcome)
        place = self._place(table)
        treated = table.treatment == 1
        share = treated * table.weights / table.weights[treated].sum()
        matched = match_arms(place, treated, self.neighbours, table.weights)
        untreated = self._counterfactual(table, matched, share[treated])
        estimates, spread = self._estimates(table, place, matched, untreated)
        balance = balance_table(
            table.design, table.names, table.treatment, table.weights, (share[treated] @ matched, share)
        )
        return EffectResult(
            method=say("Nearest-neighbour matching with replacement ({distance}), ATT", distance=self.distance),
            estimates=estimates,
            interval=interval_of([spread]),
            **self.roles.about(table),
            checks=(
                *self.roles.checks(frame),
                check_balance(balance),
                check_effect(estimates, table),
                *self._distance_check(),
                _reuse(matched),
                *check_limits([spread], None, "one less than treated rows"),
            ),
            assumptions=(NO_HIDDEN_CAUSE, POSITIVITY, ONE_VERSION),
            references=(*references(NearestNeighbour), *references(check_effect)),
            estimand="att",
            balance=balance,
            overlap=overlap_table(place[:, 0], table.treatment) if self.distance == "propensity" else None,
        )

    def _estimates(
        self, table: StudyTable, place: Floats, matched: Floats, untreated: Floats
    ) -> tuple[pd.DataFrame, Spread]:
        """Return the effect with its limits and both means, and the effect's error."""
        treated = table.treatment == 1
        own = table.weights[treated]
        gains = table.outcome[treated] - untreated
        error = matched_error(place, table.outcome, treated, matched, gains, own / own.sum())
        free = int(treated.sum()) - 1
        spread = Spread(error, float(max(free, 1)) if few_units(free) else np.inf)
        nan = float("nan")
        rows = {
            "effect": limits(_mean(gains, own), error, self.roles.level, spread.df),
            "mean_treated": (_mean(table.outcome[treated], own), nan, nan, nan),
            "mean_untreated": (_mean(untreated, own), nan, nan, nan),
        }
        return estimates_table(rows), spread

    def _place(self, table: StudyTable) -> Floats:
        """Return coordinates in which straight distances are the ones asked for."""
        if self.distance == "propensity":
            model = fit_regression(table.design, table.treatment, "logistic", names=table.names, weights=table.survey)
            return model.fitted[:, None]
        centred = table.design[:, 1:] - table.design[:, 1:].mean(axis=0)
        inverse = np.linalg.pinv(centred.T @ centred / (table.n - 1))
        values, vectors = np.linalg.eigh(inverse)
        return np.asarray(centred @ vectors * np.sqrt(np.maximum(values, 0)), dtype=float)

    def _counterfactual(self, table: StudyTable, matched: Floats, share: Floats) -> Floats:
        """Return each treated unit's outcome without treatment, from its matches."""
        found = matched @ table.outcome
        if not self.correct_bias:
            return np.asarray(found, dtype=float)
        model = fit_regression(table.design, table.outcome, "linear", weights=len(share) * (share @ matched))
        left = model.fitted[table.treatment == 1] - matched @ model.fitted
        return np.asarray(found + left, dtype=float)

    def _distance_check(self) -> tuple[Check, ...]:
        """Say that the standard error takes fitted chances as known."""
        if self.distance == "mahalanobis":
            return ()
        said = "The standard error takes the fitted chances as known, so it may be too large or too small."
        return (Check("standard error", "review", said),)


def _mean(values: Floats, weights: Floats) -> float:
    """Return the weighted mean."""
    return float(weights @ values / weights.sum())


def _reuse(matched: Floats) -> Check:
    """Say how few untreated units stand for all treated ones."""
    uses = np.asarray(matched.sum(axis=0))
    numbers = {"untreated_used": float((uses > 0).sum()), "most_used": float(uses.max())}
    said = say(
        "{untreated_used:,.0f} untreated rows stand for {pairs:,} treated; one serves {max:.3g} times",
        untreated_used=numbers["untreated_used"],
        pairs=matched.shape[0],
        max=uses.max(),
    )
    many = uses.max() > max(5.0, 0.05 * matched.shape[0])
    return Check("reuse", "review" if many else "pass", say("{said}.", said=said), numbers)
