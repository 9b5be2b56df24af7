"""Covariates and lists: logistic chances of being listed, fitted to those who were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check, Status
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.covariates.conditional_fit import (
    ConditionalFit,
    fit_conditional,
    pair_residuals,
    weigh_people,
)
from ctresearch.prevalence.lists.declared import POPULATION
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_in_design
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.lists.population_table import population_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array

MOST_LISTS = 8
# Someone with a chance of 5 % stands for twenty people; one per cent of the people should not make up a tenth of the
# estimate.
_RARE, _MANY = 0.05, 0.1
# Standard errors: the largest of all pairs of lists is looked at, so two would be passed by chance too often.
_FAR = 3.0
_DEPENDENT = 1e-9
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Given the covariates, lists are independent. Two lists cannot test that.",
    "The logit of the chance of being on a list is linear in the covariates, as the formula says.",
    "Whatever the covariates, everybody has some chance of being on a list.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ConditionalResult(Result):
    """Population size from chances of being listed.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        One row a list and column: ``list``, ``column``, ``estimate`` on the logit scale and ``std_error``.
    loglik : float
        Conditional log-likelihood.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import ConditionalLikelihood
    >>> frame = pd.DataFrame({"a": [1, 0, 1] * 20, "b": [0, 1, 1] * 20})
    >>> ConditionalLikelihood("1", lists=["a", "b"]).fit(frame).coefficients["estimate"].round(6).tolist()
    [0.0, 0.0]
    """

    coefficients: pd.DataFrame = table_field(
        {
            "list": key("List"),
            "column": key("Covariate"),
            "estimate": model("Coefficient", "log odds", reader="ratio"),
            "std_error": model("Standard error", "log odds"),
        }
    )
    loglik: float = value_field(model("Log-likelihood"))
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION


class ConditionalLikelihood(Options):
    """Estimate a population from lists that are independent once covariates are known.

    The chance of being on each list is logistic in the covariates, with coefficients of its own, and is fitted to the
    people who are on one at least. Everybody seen then counts for as many as have the same covariates and were not.

    Parameters
    ----------
    formula : str
        Columns that the chances depend on, such as ``"age + C(sex)"``; ``"1"`` for none.
    lists : sequence of str
        Columns of 0 and 1, from two to eight.
    level : float
        Coverage of the log-normal interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    It fails where lists depend on one another beyond what the covariates explain, or on covariates nobody wrote down:
    the estimate is then too low if who is on one list is likelier to be on another. With three lists or more a check
    compares overlaps with what independence expects.

    References
    ----------
    .. [1] Huggins, R. M. (1989). On the statistical analysis of capture experiments. Biometrika 76, 133-140.
       https://doi.org/10.1093/biomet/76.1.133
    .. [2] Alho, J. M. (1990). Logistic regression in capture-recapture models. Biometrics 46, 623-635.
       https://doi.org/10.2307/2531605

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> age = rng.uniform(-1, 1, 2000)
    >>> on = rng.random((2, 2000)) < 1 / (1 + np.exp(-(np.array([[0.2], [-0.2]]) + age)))
    >>> frame = pd.DataFrame({"police": on[0] * 1, "charity": on[1] * 1, "age": age})[on.any(axis=0)]
    >>> row = ConditionalLikelihood("age", lists=["police", "charity"]).fit(frame).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, if age explains why lists overlap; in truth 2000")
    1925 to 2162 people, if age explains why lists overlap; in truth 2000
    """

    def __init__(self, formula: str = "1", *, lists: Sequence[str], level: float = 0.95) -> None:
        if not isinstance(formula, str) or not formula.strip() or "~" in formula:
            raise SpecificationError(f"formula == {formula!r}, must be columns joined by +, without a left side")
        if len(column_names("lists", lists, least=2)) > MOST_LISTS:
            raise SpecificationError(f"lists has {len(lists)} columns, must have from 2 to {MOST_LISTS} different ones")
        self.formula = formula
        self.lists = tuple(lists)
        self.level = is_level(level)

    def fit(self, people: pd.DataFrame) -> ConditionalResult:
        """Estimate the population from a table of the people seen.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who is on a list.

        Returns
        -------
        ConditionalResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If columns are missing or have gaps, somebody is on no list, or the lists do not overlap.
        SpecificationError
            If the formula cannot be read.
        FitError
            If covariates separate the lists.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [1, 0, 1] * 20, "b": [0, 1, 1] * 20})
        >>> ConditionalLikelihood(lists=["a", "b"]).fit(frame).estimates["estimate"].round().tolist()
        [80.0, 20.0]
        """
        frame = is_frame("people", people)
        has_columns("people", frame, self.lists)
        table = require_estimable(CaptureHistories.from_records(frame[list(self.lists)], list(self.lists)))
        names, columns, used = read_columns(frame, self.formula)
        member = frame[list(self.lists)].to_numpy().astype(np.int64)
        fitted = fit_conditional(member, columns)
        weighted = weigh_people(fitted, columns)
        unseen = weighted.population - table.n_observed
        limits = lognormal_limits(table.n_observed, unseen, weighted.std_error, self.level)
        return ConditionalResult(
            method=say(
                "Conditional likelihood of {lists} lists given {formula}", lists=len(self.lists), formula=self.formula
            ),
            estimates=population_table(table.n_observed, unseen, weighted.std_error, limits),
            n=table.n_observed,
            level=self.level,
            interval="lognormal",
            scope=table.scope,
            checks=(_check_weights(fitted), _check_independence(pair_residuals(member, fitted), self.lists)),
            assumptions=ASSUMPTIONS,
            references=references(ConditionalLikelihood),
            inputs=record(frame[[*self.lists, *used]], packages=("numpy", "scipy", "formulaic")),
            smallest_group=_fewest(member, columns),
            coefficients=_coefficients(fitted, self.lists, names),
            loglik=fitted.loglik,
        )


def read_columns(frame: pd.DataFrame, formula: str) -> tuple[tuple[str, ...], Array, tuple[str, ...]]:
    """Read the columns that a formula asks for, the intercept first.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    formula : str
        Such as ``"age + C(sex)"``.

    Returns
    -------
    tuple
        Names of the columns, the columns, shape (n, P), and the names of the columns of ``frame`` that were used.

    Raises
    ------
    DataError
        If a column is missing, has gaps or is a combination of others.
    SpecificationError
        If the formula cannot be read.

    Examples
    --------
    >>> read_columns(pd.DataFrame({"age": [1.0, 3.0], "sex": ["f", "m"]}), "sex")[0]
    ('Intercept', 'sex[m]')
    """
    from formulaic import Formula  # type: ignore[import-untyped]
    from formulaic.errors import FormulaicError  # type: ignore[import-untyped]

    try:
        parsed = Formula(f"1 + {formula}")
        used = tuple(sorted(str(name) for name in parsed.required_variables))
        has_columns("people", frame, used)
        matrix = parsed.get_model_matrix(frame, na_action="raise")
    except DataError:
        raise
    except (FormulaicError, AttributeError):
        raise SpecificationError(
            f"formula == {formula!r} cannot be read, must be columns joined by + such as 'age + C(sex)'"
        ) from None
    except ValueError:
        raise DataError(
            f"the columns {list(used)} of formula {formula!r} hold missing values: fill them in or drop these people"
        ) from None
    names = tuple(str(name).replace("[T.", "[") for name in matrix.columns)
    columns = np.asarray(matrix, dtype=np.float64)
    if not np.isfinite(columns).all():
        raise DataError(f"formula {formula!r} gives values that are not finite: correct them or drop these people")
    scaled = columns / np.maximum(np.abs(columns).max(axis=0), 1e-300)
    corner = np.abs(np.diag(np.linalg.qr(scaled, mode="r"))) / np.sqrt(len(columns))
    if len(corner) < len(names) or corner.min() < _DEPENDENT:
        worst = names[int(np.argmin(corner))] if len(corner) == len(names) else names[-1]
        made = worst.split("[")[0]  # not the level behind it, which is a cell
        raise DataError(f"a column made of {made!r} is constant or a combination of those before it: leave it out")
    return names, columns, used


def _coefficients(fitted: ConditionalFit, lists: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """Table the coefficients, list after list."""
    columns: dict[str, Any] = {
        "list": np.repeat(list(lists), len(names)),
        "column": np.tile(list(names), len(lists)),
        "estimate": fitted.beta.ravel(),
        "std_error": np.sqrt(np.diag(fitted.covariance)),
    }
    return pd.DataFrame(columns)


def _fewest(member: Array, columns: Array) -> int:
    """Return the fewest people, on a list or off it, whom a column of the design sets apart."""
    sides = [side.astype(np.int64) for on in member.T for side in (on == 1, on == 0) if side.any()]
    return min(fewest_in_design(side, columns) for side in sides)


def _check_weights(fitted: ConditionalFit) -> Check:
    """Say whether a few people stand for very many."""
    weights = 1 / fitted.seen
    heaviest = float(np.sort(weights)[-max(1, len(weights) // 100) :].sum() / weights.sum())
    rare = float((fitted.seen < _RARE).mean())
    numbers = {"smallest_chance": fitted.seen.min(), "rare": rare, "top_percent": heaviest}
    said = say(
        "The smallest chance of being on a list is {smallest:.3f}; the heaviest hundredth of people stands for "
        "{heaviest:.0%} of the estimate",
        smallest=fitted.seen.min(),
        heaviest=heaviest,
    )
    if rare or heaviest > _MANY:
        return Check(
            "weights",
            "review",
            say("{said}: the estimate leans on people who are hardly ever seen.", said=said),
            numbers,
        )
    return Check("weights", "pass", say("{said}.", said=said), numbers)


def _check_independence(residuals: Array, lists: Sequence[str]) -> Check:
    """Say whether overlaps are those of independent lists; two lists cannot tell."""
    if len(lists) == 2:
        return Check("independence", "review", "Two lists cannot show whether the covariates explain how they overlap.")
    at = np.unravel_index(int(np.abs(residuals).argmax()), residuals.shape)
    worst, one, other = float(residuals[at]), lists[int(min(at))], lists[int(max(at))]
    said = say(
        "The overlap of {one} and {other} is {deviations:.1f} standard deviations above what independence given the "
        "covariates expects, the most of all pairs."
        if worst > 0
        else "The overlap of {one} and {other} is {deviations:.1f} standard deviations below what independence given "
        "the covariates expects, the most of all pairs.",
        one=one,
        other=other,
        deviations=abs(worst),
    )
    status: Status = "review" if abs(worst) > _FAR else "pass"
    return Check("independence", status, said, {"largest": worst})
