"""Natural direct and indirect effects through a mediator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.effects.natural_effects import PathModels
from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.table.effect_result import check_arms, interval_of, jackknifed, limits
from ctresearch.causes.table.perfect_fit import refuse_copies, refuse_perfect_fit
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import read_numbers
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.result import Result, estimates_table
from ctresearch.stats.clusters.small_samples import CORRECTED, check_limits
from ctresearch.stats.regression.generalized_linear import fit_regression

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.scope import Scope
    from ctresearch.stats.clusters.small_samples import Spread
    from ctresearch.stats.regression.generalized_linear import Floats

NO_CROSS_WORLD = (
    "Nothing but treatment and covariates affects both mediator and outcome, and nothing that treatment changes does "
    "(no cross-world confounding). No experiment on treatment alone can test that."
)

_DECLARED = Declaration(
    {
        "total": col.model("Total effect of the treatment", headline=True),
        "direct": col.model("Direct effect, not through the mediator"),
        "indirect": col.model("Indirect effect, through the mediator"),
    }
)


class Mediation(Options):
    """Split a treatment's effect into what passes through a mediator and what does not.

    The outcome is linear in treatment, mediator, their product and the covariates; the mediator is a linear regression,
    or a logistic one where it is 0 or 1.

    Parameters
    ----------
    treatment, mediator, outcome : str
        Columns: 0 or 1, and numbers.
    covariates : sequence of str
        Columns adjusted for in both models; they must precede treatment.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    graph : CausalGraph, optional
        What is assumed: colliders and mediators among the covariates are then refused, and open paths fail a check,
        from treatment to outcome and from mediator to outcome.
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

    References
    ----------
    .. [1] Pearl, J. (2001). Direct and indirect effects. Proceedings of the 17th Conference on Uncertainty in
       Artificial Intelligence, 411-420. https://doi.org/10.48550/arXiv.1301.2300
    .. [2] VanderWeele, T. J. (2015). Explanation in Causal Inference: Methods for Mediation and Interaction. Oxford
       University Press.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> a = rng.integers(0, 2, 5000)
    >>> debt = a + rng.normal(size=5000)
    >>> frame = pd.DataFrame({"fees": a, "debt": debt, "hours": 2 * debt + a + rng.normal(size=5000)})
    >>> model = Mediation(treatment="fees", mediator="debt", outcome="hours", covariates=[])
    >>> found = model.fit(frame).estimates["estimate"]
    >>> print(f"of {found['total']:.1f} hours that fees add, {found['indirect']:.1f} pass through debt")
    of 3.0 hours that fees add, 1.9 pass through debt
    """

    def __init__(
        self,
        *,
        treatment: str,
        mediator: str,
        outcome: str,
        covariates: Sequence[str],
        weights: str | None = None,
        cluster: str | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.mediator = mediator
        if len({treatment, mediator, outcome}) < 3 or mediator in covariates:
            raise SpecificationError(f"mediator == {mediator!r}, must differ from treatment, outcome and covariates")
        self.roles = Roles(
            treatment=treatment,
            outcome=outcome,
            covariates=covariates,
            weights=weights,
            cluster=cluster,
            graph=graph,
            detected=detected,
            level=level,
            scope=scope,
            others={"mediator": mediator},
        )

    def fit(self, frame: pd.DataFrame) -> Result:
        """Estimate the effects.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, without missing values in the columns used.

        Returns
        -------
        Result
            Terms ``total``, ``direct`` and ``indirect``: the natural direct effect holds the mediator where it would be
            without treatment, and the two add up to the total.

        Raises
        ------
        DataError
            If the table does not hold what the options name, or the mediator does not vary.
        FitError
            If treatment or covariates separate a mediator of 0 and 1.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "m": [0, 1, 1, 0, 0, 1, 1, 1] * 10})
        >>> frame["y"] = [0.0, 3, 2, 3, 1, 2, 2, 4] * 10
        >>> table = Mediation(treatment="a", mediator="m", outcome="y", covariates=[]).fit(frame).estimates["estimate"]
        >>> bool(abs(table["direct"] + table["indirect"] - table["total"]) < 1e-9)
        True
        """
        table = self.roles.read(frame)
        between = self._mediator(frame, table)
        zero_one = bool(((between == 0) | (between == 1)).all())
        models = _path_models(table, between, zero_one=zero_one)
        values, spreads = _contrasts(models)
        rows = {
            name: limits(value, one.std_error, self.roles.level, one.df)
            for (name, value), one in zip(values.items(), spreads, strict=True)
        }
        return Result(
            declaration=_DECLARED,
            method="Mediation, natural direct and indirect effects",
            estimates=estimates_table(rows),
            interval=interval_of(spreads),
            **self.roles.about(table),
            checks=(
                *self.roles.checks(frame),
                _cross_world(),
                *check_arms(table),
                *check_limits(spreads, table.clusters, CORRECTED if models.few else jackknifed(table)),
            ),
            assumptions=(NO_CROSS_WORLD, "Both models are right: the outcome's is linear in the mediator."),
            references=references(Mediation),
        )

    def _mediator(self, frame: pd.DataFrame, table: StudyTable) -> Floats:
        """Read the mediator, which must vary and neither follow from the other columns nor give the outcome."""
        between = read_numbers(frame, self.mediator)
        if between.min() == between.max():
            raise DataError(f"mediator {self.mediator!r} is the same in all {len(between):,} rows, must vary")
        others = np.column_stack([table.design, table.treatment])
        sources = (*table.sources, self.roles.treatment or "")
        refuse_copies(others, sources, between, self.mediator, "mediator", table.weights)
        alone = np.column_stack([np.ones(table.n), between])
        names = ("constant", self.mediator)
        refuse_copies(alone, names, table.outcome, self.roles.outcome, "outcome", table.weights)
        return between


def _path_models(table: StudyTable, mediator: Floats, *, zero_one: bool) -> PathModels:
    """Fit both models."""
    first = np.column_stack([table.design, table.treatment])
    second = np.column_stack([first, mediator, table.treatment * mediator])
    middle = fit_regression(first, mediator, "logistic" if zero_one else "linear", weights=table.weights)
    last = fit_regression(second, table.outcome, "linear", weights=table.weights)
    refuse_perfect_fit(table.outcome, last.fitted, "the outcome", table.weights)
    residuals = ((mediator - middle.fitted) * table.weights, (table.outcome - last.fitted) * table.weights)
    return PathModels(table.design, table.weights, (first, second), (middle, last), residuals, table.clusters)


def _contrasts(models: PathModels) -> tuple[dict[str, float], list[Spread]]:
    """Return the effects and their errors."""
    neither, direct, both = (models.mean(*arms) for arms in ((0, 0), (1, 0), (1, 1)))
    pairs = {"total": (both, neither), "direct": (direct, neither), "indirect": (both, direct)}
    values = {name: high.value - low.value for name, (high, low) in pairs.items()}
    return values, [models.spread(high, low) for high, low in pairs.values()]


def _cross_world() -> Check:
    """Say what no data can show."""
    said = "That nothing which treatment changes confounds mediator and outcome is assumed, not shown."
    return Check("cross-world", "review", said)
