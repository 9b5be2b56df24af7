"""What an effect estimate says, beside the effect: balance, overlap and the means of both arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ctresearch.causes.table.balance import plot_balance, plot_overlap
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, reach, table_field, value_field
from ctresearch.stats.clusters.small_samples import Spread, arm_spread, influence_spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.stats.regression.generalized_linear import Floats


HIDDEN_CAUSE = "hidden cause"
"""Name of the check that says how strong a hidden cause would have to be to undo an effect."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EffectResult(Result):
    """Effect of a treatment, with balance and overlap.

    Parameters
    ----------
    estimand : {"ate", "att", "atc"}
        Average over everybody, the treated or the untreated.
    balance : pandas.DataFrame, optional
        Standardised difference of each covariate ``before`` and ``after`` weighting; None without a treatment model.
    overlap : pandas.DataFrame, optional
        Shares of each arm by bins of the chance of treatment; None without a treatment model.
    coefficients : pandas.DataFrame, optional
        Log odds ratios of a penalised logistic regression with their profile limits; None elsewhere.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``effect``, ``mean_treated`` and
        ``mean_untreated``, with key column ``group`` where groups are estimated; the check ``hidden cause`` says how
        strong a hidden cause would have to be to undo the effect.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ctresearch.causes import InverseProbability
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"a": rng.integers(0, 2, 200), "x": rng.normal(size=200)})
    >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(
    ...     frame.assign(y=frame["a"] + frame["x"] ** 2)
    ... )
    >>> list(result.balance.columns)
    ['before', 'after']
    """

    terms: ClassVar = {
        "effect": col.model("Effect of the treatment", headline=True),
        "mean_treated": col.model("Mean outcome under treatment"),
        "mean_untreated": col.model("Mean outcome without treatment"),
        "*": col.model(),
    }
    keys: ClassVar = {"group": col.key("Group")}

    estimand: str = value_field(col.mark("Estimand"))
    balance: pd.DataFrame | None = table_field(
        {
            "covariate": col.key("Covariate"),
            "before": col.model("Standardised difference before weighting"),
            "after": col.model("Standardised difference after weighting"),
        },
        optional=True,
    )
    overlap: pd.DataFrame | None = table_field(
        {
            "chance": col.key("Chance of treatment"),
            "treated": col.share("Share of the treated"),
            "untreated": col.share("Share of the untreated"),
        },
        optional=True,
    )
    coefficients: pd.DataFrame | None = table_field(
        {
            "term": col.key("Term"),
            **col.limits("Log odds ratio", reader="ratio"),
            "p_value": col.model("P-value"),
        },
        optional=True,
    )

    def __post_init__(self) -> None:
        """Take limits away from an effect that does not stand, those in words too."""
        super().__post_init__()
        held = tuple(while_standing(c, self.checks) if c.name == HIDDEN_CAUSE else c for c in self.checks)
        object.__setattr__(self, "checks", held)

    def plot_balance(self, ax: Axes | None = None) -> Axes:
        """Draw the standardised differences before and after weighting.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Raises
        ------
        SpecificationError
            If the method has no treatment model.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.causes import InverseProbability
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": range(80)})
        >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> result.plot_balance().get_xlabel()
        'absolute standardised difference'
        """
        return plot_balance(_have(self.balance, "balance"), ax)

    def plot_overlap(self, ax: Axes | None = None) -> Axes:
        """Draw how the chances of treatment are spread in each arm.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Raises
        ------
        SpecificationError
            If the method has no treatment model.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.causes import InverseProbability
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": range(80)})
        >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> result.plot_overlap().get_xlabel()
        'chance of treatment'
        """
        return plot_overlap(_have(self.overlap, "overlap"), ax)


def effect_table(values: tuple[float, float], spreads: Sequence[Spread], level: float) -> pd.DataFrame:
    """Return the effect and the means of both arms with limits.

    Parameters
    ----------
    values : tuple of float
        Means under no treatment and under treatment.
    spreads : sequence of Spread
        Errors of the effect, and of the means under treatment and under no treatment.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    pandas.DataFrame
        Terms ``effect``, ``mean_treated`` and ``mean_untreated``.

    Examples
    --------
    >>> effect_table((1.0, 3.0), [Spread(0.1, 5.0)] * 3, 0.95)["estimate"].tolist()
    [2.0, 3.0, 1.0]
    """
    points = (values[1] - values[0], values[1], values[0])
    terms = ("effect", "mean_treated", "mean_untreated")
    rows = zip(terms, points, spreads, strict=True)
    return estimates_table({term: limits(point, one.std_error, level, one.df) for term, point, one in rows})


def arm_spreads(
    influence: tuple[Floats, Floats], table: StudyTable, *, columns: int, inside: Floats | None = None
) -> list[Spread]:
    """Return the errors of the effect, and of the means under treatment and under no treatment.

    Parameters
    ----------
    influence : tuple of numpy.ndarray
        Each row's share in the error of the means under no treatment and under treatment, shape (rows,) each.
    table : StudyTable
        Treatment and cluster of each row.
    columns : int
        Parameters that the estimates rest on.
    inside : numpy.ndarray, optional
        Above 0 for the rows that they are about; all by default.

    Returns
    -------
    list of Spread
        Three.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 1, 0, 1], "y": [1, 2, 4, 3]})
    >>> own = np.array([0.1, -0.1, 0.1, -0.1])
    >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(frame)
    >>> [one.df for one in arm_spreads((own, -own), table, columns=2)]
    [2.0, 2.0, 2.0]
    """
    low, high = influence
    found = []
    for one, about in ((high - low, (0, 1)), (high, (1,)), (low, (0,))):
        small = None
        if table.clusters is not None:
            small = arm_spread(one, table.clusters, table.treatment, about=about, inside=inside)
        found.append(small or influence_spread(one, table.clusters, columns=columns, inside=inside))
    return found


def check_arms(table: StudyTable) -> tuple[Check, ...]:
    """Say whether each arm has more than one cluster; with one, nobody can tell the arm from its cluster.

    Parameters
    ----------
    table : StudyTable
        Treatment and cluster of each row.

    Returns
    -------
    tuple of Check
        ``arms``, a failure that voids, where an arm is a single cluster; else nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 0, 0, 1], "y": [1, 2, 4, 3], "village": ["p", "q", "q", "r"]})
    >>> table = Roles(treatment="a", outcome="y", covariates=[], cluster="village").read(frame)
    >>> [(check.name, check.stands) for check in check_arms(table)]
    [('arms', False)]
    """
    if table.clusters is None:
        return ()
    fewest = min(len(np.unique(table.clusters[table.treatment == arm])) for arm in (0, 1))
    if fewest > 1:
        return ()
    said = say(
        "All rows of one arm are of one cluster, so that what the treatment does and what is peculiar to that cluster "
        "cannot be told apart, and no error can be had: find more clusters, or compare rows within clusters."
    )
    return (Check("arms", "fail", said, {"fewest_clusters": fewest}, voids=True),)


def jackknifed(table: StudyTable) -> str:
    """Say what made the degrees of freedom of an estimate that comes as influence values.

    Parameters
    ----------
    table : StudyTable
        What it rests on.

    Returns
    -------
    str
        Words for a check.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 1, 1], "y": [1, 2, 4]})
    >>> jackknifed(Roles(treatment="a", outcome="y", covariates=[]).read(frame))
    'rows less fitted parameters'
    """
    if table.clusters is None:
        return "rows less fitted parameters"
    none, arms = np.zeros(table.n), table.treatment
    by_arm = len(arms) > 0 and arm_spread(none, table.clusters, arms, about=(0, 1)) is not None
    return "clusters less arms, errors by arm" if by_arm else "one less than clusters, errors by jackknife"


def interval_of(spreads: Sequence[Spread]) -> str:
    """Return what the limits of a result are called.

    Parameters
    ----------
    spreads : sequence of Spread
        Errors of its terms.

    Returns
    -------
    str
        ``"t"`` where one is Student's, else ``"normal"``.

    Examples
    --------
    >>> interval_of([Spread(0.1, 5.0)]), interval_of([Spread(0.1, float("inf"))])
    ('t', 'normal')
    """
    return "t" if any(one.small for one in spreads) else "normal"


def limits(estimate: float, error: float, level: float, df: float = float("inf")) -> tuple[float, float, float, float]:
    """Return an estimate, its standard error and its limits.

    Parameters
    ----------
    estimate, error : float
        Point and standard error.
    level : float
        Coverage, as a proportion.
    df : float
        Degrees of freedom; normal limits by default.

    Returns
    -------
    tuple of float
        Estimate, standard error, lower and upper limit.

    Examples
    --------
    >>> [round(v, 2) for v in limits(0.0, 1.0, 0.95)], [round(v, 2) for v in limits(0.0, 1.0, 0.95, 5.0)]
    ([0.0, 1.0, -1.96, 1.96], [0.0, 1.0, -2.57, 2.57])
    """
    far = float(reach(level, df)) * error
    return estimate, error, estimate - far, estimate + far


def _have(table: pd.DataFrame | None, name: str) -> Any:
    """Return a table, or say that this method makes none."""
    if table is None:
        raise SpecificationError(
            f"{name} is None, since this method models no chance of treatment: use InverseProbability"
        )
    return table


def while_standing(check: Check, others: Iterable[Check]) -> Check:
    """Take the figures away from a judgement of an effect that does not stand.

    Parameters
    ----------
    check : Check
        How strong a hidden cause would have to be; it rests on the limits.
    others : iterable of Check
        What else was asked of the effect.

    Returns
    -------
    Check
        The same, or a review without figures.

    Examples
    --------
    >>> void = Check("adjustment", "fail", "Bias is left.", voids=True)
    >>> while_standing(Check("hidden cause", "pass", "3.1 each."), [void]).message
    'The effect does not stand, so there is nothing for a hidden cause to undo.'
    """
    if all(one.stands for one in others):
        return check
    return Check(HIDDEN_CAUSE, "review", "The effect does not stand, so there is nothing for a hidden cause to undo.")
