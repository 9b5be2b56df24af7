"""Strata estimated one by one, and a total whose interval is that of the sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import plot, render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import CtResearchError, DataError, FitError, SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.groups import ALL, refuse_reserved
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, mark, text
from ctresearch.core.message import say, together
from ctresearch.core.names import refuse_alike
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.result import COLUMNS, Result, table_field, value_field
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.declared import BY_STRATUM, COEFFICIENTS, STRATUM
from ctresearch.prevalence.lists.estimable import require_histories
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.bca import robust_spread
from ctresearch.prevalence.loglinear.coefficients import odds_ratios
from ctresearch.prevalence.trust.strata_diagnosis import gravest_of_strata
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.scope import Scope
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

ASSUMPTIONS = (
    "Nobody belongs to two strata, and the stratum of everybody on a list is known without error.",
    "Strata are estimated independently of one another.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StratifiedResult(Result):
    """Population by stratum, and in total.

    Parameters
    ----------
    strata : tuple of str
        Names of the strata.
    statuses : tuple of str
        The gravest check of each stratum.
    notes : tuple of str
        Why a stratum has no estimate, empty where it has one.
    coefficients : pandas.DataFrame, optional
        Those of the strata one below the other, with the column ``stratum``, where the estimator gives any: as in
        :class:`LogLinearResult`.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term ``population`` has one row a ``stratum``, the
        term ``total`` one with stratum ``all``. ``interval`` says how the limits of the total were made; those of a
        stratum are as the estimator makes them.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear, stratified
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> stratified(LogLinear("fixed", model="[1,2,3]"), {"one": table, "two": table}).strata
    ('one', 'two')
    """

    strata: tuple[str, ...] = value_field(key("Strata"))
    statuses: tuple[str, ...] = value_field(mark("Gravest check of each stratum"))
    notes: tuple[str, ...] = value_field(text("Why a stratum has no estimate"))
    coefficients: pd.DataFrame | None = table_field({**COEFFICIENTS, "stratum": STRATUM}, optional=True)
    terms: ClassVar[Mapping[str, Meaning]] = BY_STRATUM
    keys: ClassVar[Mapping[str, Meaning]] = {"stratum": STRATUM}

    @property
    def odds_ratios(self) -> pd.DataFrame:
        """How being on some lists multiplies the odds of being on others, by stratum.

        Indexed by ``term``: ``lists``, ``stratum``, ``odds_ratio``, ``ci_low`` and ``ci_high``.
        """
        return odds_ratios(self.coefficients, self.method)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the strata with their limits, and the total.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture, on a logarithmic axis.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear, stratified
        >>> table = CaptureHistories.from_published("hav-taiwan")
        >>> result = stratified(LogLinear("fixed", model="[1,2,3]"), {"one": table, "two": table})
        >>> [text.get_text() for text in result.plot().get_yticklabels()]
        ['one', 'two', 'total']
        """
        return plot_strata(self, ax)


@dataclass(frozen=True, slots=True)
class Total:
    """Sum over strata: estimate, standard error, limits, and how these were made."""

    estimate: float
    std_error: float
    low: float
    high: float
    interval: str


def stratified(estimator: Estimator, strata: Mapping[str, CaptureHistories], *, seed: Seed = 0) -> StratifiedResult:
    """Fit every stratum and add up.

    Limits cannot be added up: strata that are independent are seldom all too low at once. Where the estimator gives
    draws, the total has the limits of their sum, drawn independently; where it gives standard errors, log-normal ones.

    Parameters
    ----------
    estimator : Estimator
        Any that fits tables of lists and has the term ``population``.
    strata : mapping of str to CaptureHistories
        Tables by stratum, such as from :meth:`CaptureHistories.by`.
    seed : int or numpy.random.SeedSequence
        Where the streams start that pair the draws of strata at random.

    Returns
    -------
    StratifiedResult
        Terms ``population`` by ``stratum`` and ``total``; no total where a stratum has no estimate.

    Raises
    ------
    DataError
        If there are fewer than two strata or one is no table.
    FitError
        If no stratum has an estimate.

    References
    ----------
    .. [1] Sekar, C. C. and Deming, W. E. (1949). On a method of estimating birth and death rates and the extent of
       registration. Journal of the American Statistical Association 44, 101-115.
       https://doi.org/10.1080/01621459.1949.10483294

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> result = stratified(LogLinear("fixed", model="[1,2,3]"), {"one": table, "two": table})
    >>> one, _, total = result.estimates["std_error"]
    >>> round(float(total / one), 3)
    1.414
    """
    if not isinstance(estimator, Estimator):
        raise SpecificationError(f"estimator == {estimator!r}, must have a method fit, such as LogLinear('stepwise')")
    if not hasattr(strata, "items") or len(strata) < 2:
        raise DataError(f"strata is a {type(strata).__name__}, must be two tables or more by name, as from .by(column)")
    tables = read_strata_tables(strata)
    fitted = [_fit(estimator, table) for table in tables.values()]
    notes = tuple(one if isinstance(one, str) else "" for one in fitted)
    if all(notes):
        raise FitError(f"none of {len(tables)} strata has an estimate; of the first: {notes[0]}")
    first = next(one for one in fitted if isinstance(one, Result))
    people = sum(table.n_observed for table in tables.values())
    rows, draws = [_row(one) for one in fitted], _independent_draws(fitted, seed)
    total = add_up(np.array(rows), None if draws is None else np.array(draws), people, first.level)
    statuses = tuple("fail" if isinstance(one, str) else one.status for one in fitted)
    rows.append((total.estimate, total.std_error, total.low, total.high))
    index = pd.Index([*["population"] * len(tables), "total"], name="term", dtype="str")
    estimates = pd.DataFrame(rows, columns=list(COLUMNS[:4]), index=index)
    counts = pd.concat([table.counts.assign(stratum=name) for name, table in tables.items()])
    return StratifiedResult(
        method=say("{estimator} in {strata} strata", estimator=type(estimator).__name__, strata=len(tables)),
        estimates=estimates.assign(unit="persons", stratum=[*tables, ALL]),
        n=people,
        level=first.level,
        interval=total.interval,
        scope=whole_scope(list(tables.values())),
        checks=(
            _check_strata(tuple(tables), statuses, notes),
            *gravest_of_strata(
                {name: one.checks for name, one in zip(tables, fitted, strict=True) if isinstance(one, Result)}
            ),
            *checks_of(*tables.values()),
        ),
        assumptions=(*first.assumptions, *ASSUMPTIONS),
        references=(*first.references, *references(stratified)),
        inputs=record(counts, seed=recorded_seed(seed)),
        smallest_group=smallest_of(
            [fewest_people(table.cell_counts()) for table in tables.values() if table.n_observed]
        ),
        draws=_draws_table(draws, [*tables, ALL]),
        strata=tuple(tables),
        statuses=statuses,
        notes=notes,
        coefficients=stack_coefficients(dict(zip(tables, fitted, strict=True))),
    )


def stack_coefficients(fitted: Mapping[str, Result | str]) -> pd.DataFrame | None:
    """Put the coefficients of strata one below the other.

    Parameters
    ----------
    fitted : mapping of str to Result or str
        Results by stratum, or why there is none.

    Returns
    -------
    pandas.DataFrame or None
        With the column ``stratum``; nothing where no result has coefficients of a log-linear model.

    Examples
    --------
    >>> stack_coefficients({"north": "holds nobody"}) is None
    True
    """
    tables = {name: getattr(one, "coefficients", None) for name, one in fitted.items()}
    found = [
        table[["lists", "order"]].assign(stratum=name, **{column: table[column] for column in COLUMNS[:4]})
        for name, table in tables.items()
        if isinstance(table, pd.DataFrame) and {"lists", "order"} <= set(table.columns)
    ]
    return pd.concat(found) if found else None


def read_strata_tables(strata: Mapping[str, CaptureHistories]) -> dict[str, CaptureHistories]:
    """Return tables by the names of their strata, none of which may be another's or that of all together.

    Parameters
    ----------
    strata : mapping of str to CaptureHistories
        Tables by stratum.

    Returns
    -------
    dict of str to CaptureHistories
        The same.

    Raises
    ------
    DataError
        If one is no table, two names differ in their spelling alone, or one reads ``"all"``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> list(read_strata_tables({2019: CaptureHistories.from_published("korea")}))
    ['2019']
    """
    refuse_alike(list(strata), "strata")
    for name in strata:
        refuse_reserved(name, "a stratum")
    return {str(name): require_histories(table) for name, table in strata.items()}


def plot_strata(result: Result, ax: Axes | None = None) -> Axes:
    """Draw estimates by stratum, labelled by their strata.

    Parameters
    ----------
    result : Result
        Its terms are ``population`` by ``stratum`` and, perhaps, others, which keep their names.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> rows = estimates_table({"population": (10.0, 1, 8, 12)}, unit="persons", stratum=["north"])
    >>> [text.get_text() for text in plot_strata(Result(method="m", estimates=rows, n=5)).get_yticklabels()]
    ['north']
    """
    rows = result.estimates
    is_stratum = rows.index == "population"
    labels = np.where(is_stratum, rows["stratum"].astype(str), rows.index)
    ax = plot.forest(rows.set_axis(pd.Index(labels), axis=0), title=render.title(result), log=True, ax=ax)
    return plot.shows(ax, rows, result.roles())


def whole_scope(tables: Sequence[CaptureHistories]) -> Scope:
    """Return whom the strata count together: the words of the first without its own stratum where they differ.

    Parameters
    ----------
    tables : sequence of CaptureHistories
        Tables by stratum.

    Returns
    -------
    Scope
        The words.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> korea = CaptureHistories.from_published("korea")
    >>> whole_scope([korea, korea]) == korea.scope
    True
    """
    first = tables[0].scope
    if all(table.scope == first for table in tables) or "; " not in first.population:
        return first
    return replace(first, population=first.population.rsplit("; ", 1)[0])


def add_up(rows: Array, draws: Array | None, people: int, level: float) -> Total:
    """Add estimates of independent strata up.

    Parameters
    ----------
    rows : numpy.ndarray
        Estimate, standard error and limits by stratum, shape (S, 4).
    draws : numpy.ndarray, optional
        Independent draws by stratum, shape (S, draws).
    people : int
        On at least one list, in all strata.
    level : float
        Coverage of the limits.

    Returns
    -------
    Total
        Without an estimate where a stratum has none.

    Examples
    --------
    >>> add_up(np.array([[100.0, 3, 90, 110], [200.0, 4, 190, 210]]), None, 250, 0.95).std_error
    5.0
    """
    estimate, std_error = float(rows[:, 0].sum()), float(np.sqrt(np.sum(rows[:, 1] ** 2)))
    if not np.isfinite(estimate):
        return Total(np.nan, np.nan, np.nan, np.nan, "none")
    if draws is not None:
        low, high = np.quantile(draws.sum(axis=0), [(1 - level) / 2, (1 + level) / 2])
        return Total(estimate, robust_spread(draws.sum(axis=0)), float(low), float(high), "percentile")
    if not np.isfinite(std_error):
        return Total(estimate, np.nan, np.nan, np.nan, "none")
    return Total(estimate, std_error, *lognormal_limits(people, estimate - people, std_error, level), "lognormal")


def _fit(estimator: Estimator, table: CaptureHistories) -> Result | str:
    """Estimate one stratum, or say why that cannot be done."""
    try:
        result = estimator.fit(table)
    except CtResearchError as error:
        return str(error)
    return result if np.isfinite(result.estimates["estimate"]["population"]) else "the method gave no estimate"


def _row(fitted: Result | str) -> tuple[float, ...]:
    """Return estimate, standard error and limits of one stratum."""
    if isinstance(fitted, str):
        return (np.nan,) * 4
    rows = fitted.estimates
    return tuple(float(rows[name]["population"]) for name in COLUMNS[:4])


def _independent_draws(fitted: Sequence[Result | str], seed: Seed) -> list[Array] | None:
    """Return draws by stratum in an order of their own; every stratum was drawn from the same seed."""
    parts = []
    for one, random in zip(fitted, streams(seed, len(fitted)), strict=True):
        draws = None if isinstance(one, str) or np.isnan(one.estimates["ci_low"]["population"]) else one.draws
        if draws is None:  # nor where a stratum has no limits: the total would have some from what is left of its draws
            return None
        values = draws.loc["population"].to_numpy(dtype=float)
        parts.append(random.permutation(values[np.isfinite(values)]))
    fewest = min(map(len, parts))
    return [part[:fewest] for part in parts] if fewest > 1 else None


def _draws_table(draws: list[Array] | None, words: list[str]) -> pd.DataFrame | None:
    """Table draws by term and stratum, the total last."""
    if draws is None:
        return None
    terms = [*["population"] * len(draws), "total"]
    index = pd.MultiIndex.from_arrays([terms, words], names=["term", "stratum"])
    return pd.DataFrame(np.vstack([*draws, np.sum(draws, axis=0)]), index=index)


def _check_strata(strata: tuple[str, ...], statuses: tuple[str, ...], notes: tuple[str, ...]) -> Check:
    """Say which strata have no estimate and which ask for care."""
    gone = [say("{name} ({note})", name=name, note=note) for name, note in zip(strata, notes, strict=True) if note]
    doubtful = [
        name for name, status, note in zip(strata, statuses, notes, strict=True) if status != "pass" and not note
    ]
    failed = any(status == "fail" for status in statuses)
    numbers = {"strata": len(strata), "without_estimate": len(gone), "doubtful": len(doubtful)}
    if gone:
        said = say(
            "{gone} of {strata} strata have no estimate, so there is no total: merge strata, or pool them with "
            "PooledStrata. {reasons}",
            gone=len(gone),
            strata=len(strata),
            reasons=together(gone, "; "),
        )
        return Check("strata", "fail", said, numbers)
    if doubtful:
        said = say(
            "Checks of {doubtful} of {strata} strata did not all pass: {names}.",
            doubtful=len(doubtful),
            strata=len(strata),
            names=doubtful,
        )
        return Check("strata", "fail" if failed else "review", said, numbers)
    return Check(
        "strata",
        "pass",
        say("All {strata} strata have an estimate and pass their checks.", strata=len(strata)),
        numbers,
    )
