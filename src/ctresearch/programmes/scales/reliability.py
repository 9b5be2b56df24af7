"""Whether the items of a scale measure one thing, and how well: Cronbach's alpha and McDonald's omega."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import FitError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, whole_number
from ctresearch.programmes.groups.age_groups import AGE, age_groups, checks_by_group, fit_apart
from ctresearch.programmes.groups.grouped_rows import grouped_table
from ctresearch.programmes.scales.one_factor import fit_one_factor
from ctresearch.programmes.scales.scale_items import answer_cells, read_items
from ctresearch.programmes.trials.trial_result import GroupedResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.programmes.groups.grouped_rows import Row
    from ctresearch.programmes.scales.one_factor import OneFactor
    from ctresearch.stats.regression.generalized_linear import Floats

ONE_FACTOR = "omega: one factor makes the items go together, and their errors are unrelated."
EQUAL_LOADINGS = "alpha: each item measures the same thing equally well; otherwise it is a lower bound."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReliabilityResult(GroupedResult):
    """Reliability of a scale, with what each item adds.

    Parameters
    ----------
    items : pandas.DataFrame
        One row a group and item: ``mean``, ``item_rest`` (correlation with the sum of the others), ``alpha_without``
        and ``loading`` (standardised).
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``alpha`` and ``omega``, by ``group``.

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_evaluation
    >>> frame = campaign_evaluation(8, 20, lost=0.0, seed=1).frame
    >>> ScaleReliability(items=["q1", "q2", "q3"], age=None, bootstrap=50).fit(frame).items["item"].tolist()
    ['q1', 'q2', 'q3']
    """

    terms: ClassVar = {
        "alpha": col.model("Cronbach's alpha", headline=True),
        "omega": col.model("McDonald's omega"),
    }

    items: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "item": col.key("Question"),
            "mean": col.statistic("Mean answer"),
            "item_rest": col.model("Correlation with the sum of the others"),
            "alpha_without": col.model("Alpha without the question"),
            "loading": col.model("Standardised loading"),
        }
    )


class ScaleReliability(Options):
    """Cronbach's alpha and McDonald's omega of a scale of knowledge, attitudes or practice.

    Parameters
    ----------
    items : sequence of str
        Columns of the answers, at least three, all scored in one direction.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    bootstrap : int
        Draws of people for the limits of omega.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the bootstrap.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Limits of alpha are Feldt's; those of omega are percentiles. A scale that holds together need not measure what it is
    meant to measure.

    References
    ----------
    .. [1] Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334.
       https://doi.org/10.1007/BF02310555
    .. [2] McDonald, R. P. (1999). Test Theory: A Unified Treatment. Mahwah: Erlbaum.
    .. [3] Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient
       twenty. Psychometrika 30, 357-370. https://doi.org/10.1007/BF02289499

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_evaluation
    >>> frame = campaign_evaluation(24, 40, lost=0.0, seed=1).frame
    >>> scale = ScaleReliability(items=[f"q{i}" for i in range(1, 7)], age=None, bootstrap=100)
    >>> alpha = scale.fit(frame).estimates.loc["alpha", "estimate"]
    >>> print(f"alpha {alpha:.2f}: fit for comparing groups, not for judging a person")
    alpha 0.67: fit for comparing groups, not for judging a person
    """

    def __init__(
        self,
        *,
        items: Sequence[str],
        age: str | None = AGE,
        bootstrap: int = 500,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.items = column_names("items", items, least=3)
        self.age = None if age is None else column_name("age", age)
        self.bootstrap = whole_number("bootstrap", bootstrap, 50, 100_000)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope or Scope()

    def fit(self, frame: pd.DataFrame) -> ReliabilityResult:
        """Estimate both, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, without missing answers.

        Returns
        -------
        ReliabilityResult
            Terms ``alpha`` and ``omega`` by ``group``.

        Raises
        ------
        DataError
            If a column or an answer is missing, or an item is constant.
        FitError
            If the factor model has no solution.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5, 3], "b": [1, 3, 2, 4, 5, 3], "c": [2, 2, 3, 3, 5, 4]})
        >>> found = ScaleReliability(items=["a", "b", "c"], age=None, bootstrap=50).fit(frame)
        >>> found.estimates.loc["alpha", "estimate"].round(4)
        np.float64(0.9318)
        """
        answer_cells(frame, self.items, binary=False)
        groups = age_groups(frame, self.age)
        found, checks = fit_apart(groups, self._fit_group)
        fits = {name: fit for name, fit in found.items() if fit is not None}
        own = checks_by_group({name: None if fit is None else fit[2] for name, fit in found.items()})
        used = [*self.items] + ([self.age] if self.age is not None and self.age in frame.columns else [])
        import pandas as pd

        return ReliabilityResult(
            method="Reliability of a scale",
            estimates=grouped_table(
                {name: None if fit is None else fit[0] for name, fit in found.items()},
                ("alpha", "omega"),
                unit="share of the score's variance",
            ),
            n=sum(fit[3] for fit in fits.values()),
            smallest_group=groups.smallest(),
            level=self.level,
            interval="feldt; percentile",
            scope=self.scope,
            checks=(*groups.checks, *checks, *own),
            assumptions=(EQUAL_LOADINGS, ONE_FACTOR),
            references=references(ScaleReliability),
            inputs=record(frame[used], seed=recorded_seed(self.seed)),
            items=pd.concat([fit[1].assign(group=name) for name, fit in fits.items()], ignore_index=True),
        )

    def _fit_group(self, rows: pd.DataFrame) -> tuple[dict[str, Row], pd.DataFrame, tuple[Check, ...], int]:
        """Estimate one group of people."""
        answers = read_items(rows, self.items, binary=False)
        covariance = np.cov(answers, rowvar=False)
        factor = fit_one_factor(covariance)
        alpha = cronbach_alpha(covariance)
        nothing = (float("nan"),) * 3  # at the edge omega is not identified, whatever the draws say
        limits = nothing if factor.at_edge else _bootstrap(answers, self.bootstrap, self.level, self.seed)
        estimates = {
            "alpha": (alpha, float("nan"), *_feldt(alpha, len(answers), len(self.items), self.level)),
            "omega": (factor.omega, *limits),
        }
        return estimates, _item_table(answers, self.items, factor), _checks(answers, self.items, factor), len(answers)


def cronbach_alpha(covariance: Floats) -> float:
    """Return Cronbach's alpha from the covariances of the items.

    Parameters
    ----------
    covariance : numpy.ndarray
        Items by items.

    Returns
    -------
    float
        At most 1; may be negative.

    Examples
    --------
    >>> cronbach_alpha(np.array([[1.0, 0.5], [0.5, 1.0]])).__round__(6)
    0.666667
    """
    count = len(covariance)
    return float(count / (count - 1) * (1 - np.trace(covariance) / covariance.sum()))


def _feldt(alpha: float, people: int, items: int, level: float) -> tuple[float, float]:
    """Return limits by the F distribution."""
    from scipy.special import fdtri

    df = (people - 1.0, (people - 1.0) * (items - 1))
    low, high = (1 - (1 - alpha) * float(fdtri(*df, p)) for p in ((1 + level) / 2, (1 - level) / 2))
    return low, high


def _bootstrap(answers: Floats, draws: int, level: float, seed: Seed) -> tuple[float, float, float]:
    """Return the standard error and percentile limits of omega over draws of people."""
    rng = generator(seed)
    values = []
    for _ in range(draws):
        drawn = answers[(rng.random(len(answers)) * len(answers)).astype(int)]
        covariance = np.cov(drawn, rowvar=False)
        if np.diag(covariance).min() > 0:
            try:
                values.append(fit_one_factor(covariance).omega)
            except FitError:
                continue
    if len(values) < 0.9 * draws:
        return float("nan"), float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(np.std(values, ddof=1)), float(low), float(high)


def _item_table(answers: Floats, items: tuple[str, ...], factor: OneFactor) -> pd.DataFrame:
    """Describe each item."""
    import pandas as pd

    total = answers.sum(axis=1)
    rows = []
    for place, item in enumerate(items):
        others = [i for i in range(len(items)) if i != place]
        covariance = np.cov(answers[:, others], rowvar=False)
        rest = total - answers[:, place]
        rows.append(
            {
                "item": item,
                "mean": float(answers[:, place].mean()),
                "item_rest": float(np.corrcoef(answers[:, place], rest)[0, 1]) if rest.std() > 0 else np.nan,
                "alpha_without": cronbach_alpha(covariance) if covariance.sum() > 0 else np.nan,
                "loading": float(factor.loadings[place] / answers[:, place].std(ddof=1)),
            }
        )
    return pd.DataFrame(rows)


def _checks(answers: Floats, items: tuple[str, ...], factor: OneFactor) -> tuple[Check, ...]:
    """Look for items that are scored the other way, and for a factor that is one item."""
    correlation = np.asarray(np.corrcoef(answers, rowvar=False), dtype=float)
    against = [item for place, item in enumerate(items) if correlation[place].sum() - 1 < 0]
    checks = []
    if against:
        said = say(
            "{items} go against the other items: score all in one direction.", items=", ".join(map(repr, against))
        )
        checks.append(Check("direction", "fail", said, {"items": len(against)}))
    if factor.at_edge:
        said = say(
            "One item has no variance of its own, so that the factor is that item: omega is not identified and has no "
            "limits, alpha stands."
        )
        checks.append(Check("factor", "fail", said))
    return tuple(checks)
