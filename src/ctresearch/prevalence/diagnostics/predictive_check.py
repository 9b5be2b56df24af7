"""Whether tables simulated from a fitted model look like the one that was observed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import MAX_DRAWS, Result, table_field
from ctresearch.core.validate import whole_number
from ctresearch.prevalence.lists.cells import FULL_TABLE, set_size
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.goodness import count_goodness
from ctresearch.prevalence.loglinear.loglinear_result import LogLinearResult
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.loglinear.poisson import ESTIMATED
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array

_CHUNK = 50
_LEVEL = 0.95
_POOR = 0.01
MISFIT = ("deviance", "pearson", "largest_residual")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PredictiveResult(Result):
    """Statistics of the observed table beside those of simulated ones.

    Parameters
    ----------
    p_values : pandas.DataFrame
        Indexed by ``term``: ``simulated``, the mean over simulated tables, and ``p_value``, the share of them at least
        as far out: in the upper tail for measures of misfit, twice that in the nearer tail for counts.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. ``estimate`` is the statistic observed, ``std_error`` its
        standard deviation over simulated tables, and 95 % of them lie within the limits.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear, predictive_check
    >>> korea = LogLinear().fit(CaptureHistories.from_published("korea"))
    >>> predictive_check(korea, samples=100).p_values.index[:3].tolist()
    ['deviance', 'pearson', 'largest_residual']
    """

    p_values: pd.DataFrame = table_field(
        {
            "term": key("Statistic"),
            "simulated": model("Mean over simulated tables"),
            "p_value": model("p-value"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "deviance": model("Deviance"),
        "pearson": model("Pearson's statistic"),
        "largest_residual": model("Largest Pearson residual"),
        "empty_patterns": count("Patterns of lists without people", "patterns", of="nobody"),
        "on_1_list": count("People on exactly 1 list"),
        **{f"on_{k}_list": count(f"People on exactly {k} lists") for k in range(2, FULL_TABLE + 1)},
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each statistic in standard deviations of the simulated tables.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; bars hold 95 % of the simulated tables, dots are observed.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear
        >>> korea = LogLinear().fit(CaptureHistories.from_published("korea"))
        >>> predictive_check(korea, samples=100).plot().get_xlabel()
        'standard deviations from the mean of simulated tables'
        """
        rows, middle = self.estimates, self.p_values["simulated"]
        spread = rows["std_error"].where(rows["std_error"] > 0, 1.0)
        scaled = rows[["estimate", "ci_low", "ci_high"]].sub(middle, axis=0).div(spread, axis=0).assign(unit="")
        label = "standard deviations from the mean of simulated tables"
        ax = plot.forest(scaled, title=self.method, label=label, reference=0.0, ax=ax)
        return plot.shows(ax, scaled, self.roles() | {"estimate": model("Observed, in standard deviations")})


def predictive_check(result: LogLinearResult, *, samples: int = 1000, seed: Seed = 0) -> PredictiveResult:
    """Simulate tables from a log-linear model and compare them with the observed one.

    Simulated tables have the observed number of people. The model is fitted anew to each, so the tails of deviance,
    Pearson's statistic and the largest residual hold for small counts too, where those of the chi-squared do not.

    Parameters
    ----------
    result : LogLinearResult
        The fitted model, of at most twelve lists.
    samples : int
        Simulated tables.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Returns
    -------
    PredictiveResult
        Terms ``deviance``, ``pearson``, ``largest_residual``, ``empty_patterns``, and ``on_1_list`` and so on.

    Raises
    ------
    DataError
        If it is not such a result, or it has too many lists.
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge University
       Press. https://doi.org/10.1017/CBO9780511802843

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> model = LogLinear("fixed", model="[1,2,3]").fit(CaptureHistories.from_published("hav-taiwan"))
    >>> predictive_check(model, samples=200).status
    'review'
    """
    if not isinstance(result, LogLinearResult):
        raise DataError(f"a {type(result).__name__} was given, must be the result of LogLinear")
    lists = result.lists
    if len(lists) > FULL_TABLE:
        raise DataError(f"the table has {len(lists)} lists, must have at most {FULL_TABLE} to be simulated: merge some")
    whole_number("samples", samples, low=100, high=MAX_DRAWS)
    seed_sequence(seed)
    counts, means = cells_of(result.fitted, "observed", lists), cells_of(result.fitted, "fitted", lists)
    terms = read_model(result.model, lists)
    observed = table_statistics(counts, means, len(terms))
    chunks = split(samples, _CHUNK)
    work = list(zip(streams(seed, len(chunks)), map(len, chunks), strict=True))
    drawn = np.concatenate(map_chunks(partial(_simulate, means, terms, int(counts.sum())), work, progress="Simulation"))
    names = pd.Index([*MISFIT, "empty_patterns", *(f"on_{k + 1}_list" for k in range(len(lists)))], name="term")
    estimates, tails = compare(observed, drawn, names)
    return PredictiveResult(
        method=say("Predictive check of log-linear model {model}", model=result.model),
        estimates=estimates,
        n=result.n,
        level=_LEVEL,
        interval="predictive",
        scope=result.scope,
        checks=(_check_tails(tails, drawn), *(check for check in result.checks if check.name == "names")),
        assumptions=("Tables are drawn from the fitted model, its coefficients taken as they were estimated.",),
        references=references(predictive_check),
        inputs=record(result.fitted, seed=recorded_seed(seed), packages=("numpy", "scipy", "numba")),
        smallest_group=smallest_of([fewest_people(counts), *observed[names.str.startswith("on_")]]),
        draws=pd.DataFrame(drawn.T, index=names),
        p_values=tails,
    )


def cells_of(fitted: pd.DataFrame, column: str, lists: tuple[str, ...]) -> Array:
    """Put one column of a table by pattern into cells.

    Parameters
    ----------
    fitted : pandas.DataFrame
        Columns of 0 and 1, one a list, and others.
    column : str
        Which.
    lists : tuple of str
        Names of the lists.

    Returns
    -------
    numpy.ndarray
        Floats by bit pattern, shape (2 ** lists,), zero for people on no list.

    Examples
    --------
    >>> cells_of(pd.DataFrame({"A": [1, 0], "B": [0, 1], "observed": [6, 4]}), "observed", ("A", "B")).tolist()
    [0.0, 6.0, 4.0, 0.0]
    """
    cells = np.zeros(1 << len(lists))
    patterns = sum(fitted[name].to_numpy() << i for i, name in enumerate(lists))
    cells[patterns] = fitted[column]
    return cells


def table_statistics(counts: Array, means: Array, parameters: int) -> Array:
    """Summarise one table.

    Parameters
    ----------
    counts, means : numpy.ndarray
        People by cell and what a model expects, shape (2 ** lists,); the first is not used.
    parameters : int
        Parameters of the model.

    Returns
    -------
    numpy.ndarray
        Deviance, Pearson's statistic, largest absolute residual, empty patterns, people on one list, two, and so on;
        shape (4 + lists,).

    Examples
    --------
    >>> table_statistics(np.array([0, 60, 40, 20]), np.array([0, 60.0, 40.0, 20.0]), 3).tolist()
    [0.0, 0.0, 0.0, 0.0, 100.0, 20.0]
    """
    fit = count_goodness(counts[1:], means[1:], parameters)
    alive = means[1:] > 0
    residuals = np.abs(counts[1:] - means[1:])[alive] / np.sqrt(means[1:][alive])
    sizes = set_size(np.arange(1, counts.size))
    on = np.bincount(sizes, weights=counts[1:])[1:]
    return np.array([fit.deviance, fit.pearson, residuals.max(initial=0.0), float((counts[1:] == 0).sum()), *on])


def compare(observed: Array, drawn: Array, names: pd.Index[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set observed statistics beside simulated ones.

    Parameters
    ----------
    observed : numpy.ndarray
        Shape (S,).
    drawn : numpy.ndarray
        Shape (samples, S); NaN where the model has no estimate on a simulated table.
    names : pandas.Index
        Names of the statistics, measures of misfit first.

    Returns
    -------
    tuple of pandas.DataFrame
        Estimates, and means with p-values.

    Examples
    --------
    >>> names = pd.Index(["deviance"], name="term")
    >>> compare(np.array([3.0]), np.array([[1.0], [2.0], [4.0]]), names)[1]["p_value"].tolist()
    [0.5]
    """
    usable = np.isfinite(drawn)
    above = (1 + (usable & (drawn >= observed - 1e-9)).sum(axis=0)) / (1 + usable.sum(axis=0))
    below = (1 + (usable & (drawn <= observed + 1e-9)).sum(axis=0)) / (1 + usable.sum(axis=0))
    misfit = names.isin(MISFIT)
    p_value = np.where(misfit, above, np.minimum(1.0, 2 * np.minimum(above, below)))
    low, high = np.nanquantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    spread = np.nanstd(drawn, axis=0, ddof=1)
    unit = np.where(misfit, "", np.where(names == "empty_patterns", "patterns", "persons"))
    columns = {"estimate": observed, "std_error": spread, "ci_low": low, "ci_high": high, "unit": unit}
    tails = pd.DataFrame({"simulated": np.nanmean(drawn, axis=0), "p_value": p_value}, index=names)
    return pd.DataFrame(columns, index=names), tails


def _simulate(means: Array, terms: Array, people: int, work: tuple[np.random.Generator, int]) -> Array:
    """Draw tables of one stream, fit the model to each and summarise it."""
    generator, samples = work
    rows = []
    for counts in generator.multinomial(people, means / means.sum(), size=samples).astype(float):
        fitted = fit_model(counts, terms)
        row = table_statistics(counts, fitted.means, len(terms))
        if fitted.verdict != ESTIMATED:
            row[: len(MISFIT)] = np.nan
        rows.append(row)
    return np.array(rows)


def _check_tails(tails: pd.DataFrame, drawn: Array) -> Check:
    """Say which statistics the model does not reproduce."""
    missing = int(np.isnan(drawn[:, 0]).sum())
    smallest, name = float(tails["p_value"].min()), str(tails["p_value"].idxmin())
    numbers = {"smallest_p_value": smallest, "tables": len(drawn), "without_estimate": missing}
    said = say(
        "Of {statistics} statistics, {name} is the least like those of {tables:,} simulated tables "
        "(p = {p_value:.2g}); {missing:,} of those had no estimate"
        if missing
        else "Of {statistics} statistics, {name} is the least like those of {tables:,} simulated tables "
        "(p = {p_value:.2g})",
        statistics=len(tails),
        name=name,
        tables=len(drawn),
        p_value=smallest,
        missing=missing,
    )
    if smallest < _POOR or missing > len(drawn) / 10:
        return Check("predictive", "review", say("{said}: the model misses something.", said=said), numbers)
    return Check("predictive", "pass", say("{said}.", said=said), numbers)
