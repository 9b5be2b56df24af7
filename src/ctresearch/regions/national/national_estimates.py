"""A multilevel model of surveys of some countries, poststratified to all of them, and brought to regional totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, streams
from ctresearch.core.result import estimates_table
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.regions.national.benchmarked import read_benchmarks, to_benchmarks
from ctresearch.regions.national.country_chain import CountryModel, sample_countries
from ctresearch.regions.national.country_table import CountryTable, standardised
from ctresearch.regions.national.left_out import leave_out
from ctresearch.regions.national.national_result import NationalEstimatesResult
from ctresearch.stats.chains.mixing import check_mixing
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.mixed.posterior import CHAINS
from ctresearch.stats.regression.formula import formula_names, read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.regions.national.benchmarked import Benchmarked
    from ctresearch.regions.national.country_chain import CountryDraws
    from ctresearch.regions.national.left_out import LeftOut

    Floats = NDArray[np.float64]

FEWEST, ENOUGH = 5, 12
"""Countries with a survey below which nothing is estimated, and from which limits of countries without one hold
(``benchmarks/results/coverage_national.csv``)."""
_APART = 0.95  # how sure the order of two countries must be to be called known
_ASSUMPTIONS = (
    (
        "Countries without a survey differ from what their covariates say as countries with one do: as if drawn from "
        "the same normal distribution of log odds."
    ),
    "Which countries have a survey does not depend on how many victims there are, beyond covariates in the model.",
    "Surveys count the same thing in the same way, and answers are true; nobody is asked twice.",
)
_BENCHMARK = (
    "A region's total is of the same people, definition and measure as the surveys, and of all countries in the table: "
    "the model then says how it is shared out."
)


class NationalEstimates(Options):
    """Estimate every country of a region from surveys of some.

    Parameters
    ----------
    formula : str, optional
        Covariates of countries, such as ``"log_gdp + conflict"``; columns of the table of people.
    benchmark : mapping of str to tuple of float, optional
        Region to its total and standard error, from elsewhere: draws of all its countries are multiplied by what brings
        their sum to it. One country's number then is its share of a total.
    prior_spread : float
        Scale of the half-normal prior of the spread between countries, on the logit scale.
    draws : int
        Draws kept, a multiple of 4, at most 4,000.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the surveys count; measure and definition are taken from the surveys where columns say them.
    seed : int or SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The log odds of a person in a country and cell are a line in the covariates, a shift of the cell and a level of the
    country, drawn from a normal distribution; a country with a survey has its own, one without is drawn [1]_. Slopes of
    covariates over their spread, and of cells, have standard normal priors. The Global Slavery Index of 2023 starts
    from regional totals and goes from these to countries [2]_, which ``benchmark`` does.

    With 12 surveyed countries and more, limits of countries that were left out held what they say:
    ``benchmarks/results/coverage_national.csv``.

    References
    ----------
    .. [1] Diego-Rosell, P. and Joudo Larsen, J. (2018). Modelling the risk of modern slavery. SSRN.
       https://doi.org/10.2139/ssrn.3215368
    .. [2] Walk Free (2023). Global Slavery Index 2023: methodology.
       https://www.walkfree.org/global-slavery-index/methodology/faqs/

    Examples
    --------
    >>> made = pd.DataFrame({"country": list("abcdefgh"), "population": 1e6, "poverty": [1, 2, 3, 4, 5, 6, 7, 8.0]})
    >>> surveys = pd.DataFrame({"country": list("abcdefg"), "cases": [2, 4, 5, 9, 14, 16, 31], "interviewed": 1000})
    >>> found = NationalEstimates("poverty").fit(CountryTable.from_frames(surveys, made))
    >>> last = found.countries.iloc[-1]
    >>> print(f"{last['source']}: {last['rate']:.0f} per 1,000, off by a factor of {last['left_out_error']:.1f}")
    modelled: 43 per 1,000, off by a factor of 1.1
    """

    def __init__(
        self,
        formula: str | None = None,
        *,
        benchmark: Mapping[str, tuple[float, float]] | None = None,
        prior_spread: float = 1.0,
        draws: int = 4000,
        level: float = 0.95,
        scope: Scope | None = None,
        seed: Seed = 0,
    ) -> None:
        if formula is not None:
            formula_names(formula)
        self.formula, self.benchmark = formula, benchmark
        self._benchmarks = read_benchmarks(benchmark)
        self.prior_spread = in_range("prior_spread", prior_spread, 0, open_ends=True)
        self.draws = whole_number("draws", draws, low=400, high=4000)
        if draws % CHAINS:
            raise SpecificationError(f"draws == {draws}, must be a multiple of {CHAINS}, the number of chains")
        self.level, self.scope, self.seed = is_level(level), scope or Scope(), seed
        generator(seed)

    def fit(self, table: CountryTable) -> NationalEstimatesResult:
        """Estimate every country.

        Parameters
        ----------
        table : CountryTable
            Surveys, people and covariates.

        Returns
        -------
        NationalEstimatesResult
            Terms ``total``, ``rate``, ``spread`` and slopes; countries, regions and draws of countries.

        Raises
        ------
        DataError
            If there are too few surveys, or a covariate is missing for a country or the same in all.

        Examples
        --------
        >>> people = pd.DataFrame({"country": list("abcdef"), "population": 1e6})
        >>> surveys = pd.DataFrame({"country": list("abcde"), "cases": [2, 4, 5, 9, 14], "interviewed": 1000})
        >>> NationalEstimates().fit(CountryTable.from_frames(surveys, people)).surveyed
        5
        """
        if not isinstance(table, CountryTable):
            raise DataError(f"table is a {type(table).__name__}, must be a CountryTable: make one by from_frames")
        scope = table.scope(self.scope)
        made, columns, names = self._model(table)
        main, further, wanted = streams(self.seed, 3)
        thin = 3 * (1 + made.design.shape[1] + made.traits.shape[1])
        found = sample_countries(made, main, draws=self.draws // CHAINS, thin=thin)
        shares = table.people / table.people.sum(axis=1, keepdims=True)
        left = leave_out(made, found, shares, further, draws=self.draws // CHAINS, thin=thin)
        cell = 1 / (1 + np.exp(-(found.levels[:, :, None] + found.shifts[:, None, :])))
        people = np.einsum("dcx,cx->dc", cell, table.people)
        brought = to_benchmarks(people, table.regions, self._benchmarks, wanted, self.level)
        countries, error = _countries(table, people, brought, left, self.level)
        draws = _draws(table, found, brought.people, names)
        return NationalEstimatesResult(
            method=say(
                "{countries} countries estimated from surveys of {surveyed}",
                countries=len(table.countries),
                surveyed=int(table.reported.sum()),
            ),
            estimates=_percentiles(draws, self.level),
            n=int(table.asked.sum()),
            level=self.level,
            interval="percentile",
            scope=scope,
            checks=self._checks(table, found, brought, left, columns),
            assumptions=(*_ASSUMPTIONS, *([_BENCHMARK] if self._benchmarks else [])),
            references=references(NationalEstimates),
            inputs=record(_went_in(table, columns, names), seed=recorded_seed(self.seed), packages=("numpy", "scipy")),
            draws=draws,
            smallest_group=smallest_of(table.asked[table.reported]),
            countries=countries,
            regions=_regions(table, brought, self._benchmarks, error, self.level),
            country_draws=pd.DataFrame(brought.people.T, index=pd.Index(table.countries, name="country")),
            surveyed=int(table.reported.sum()),
            left_out_error=error,
        )

    def _model(self, table: CountryTable) -> tuple[CountryModel, Floats, tuple[str, ...]]:
        """Turn the table into numbers, and refuse what does not tell enough."""
        many, columns = int(table.reported.sum()), np.empty((len(table.countries), 0))
        names: tuple[str, ...] = ()
        if self.formula is not None:
            _refuse_unknown(table, formula_names(self.formula))
            read = read_formula(table.about.reset_index(drop=True), self.formula)
            columns, names = read.columns, read.names
        least = max(FEWEST, columns.shape[1] + 3)
        if many < least:
            raise DataError(
                f"{many} countries have a survey, must be at least {least} with {columns.shape[1]} covariates: fewer "
                "say nothing of a country without one"
            )
        design = np.ones((len(table.countries), 1))
        if columns.shape[1]:
            design = np.column_stack([design, standardised(columns, table.reported)[0]])
        return (
            CountryModel(design, _traits(table), table.cases, table.interviewed, self.prior_spread),
            columns,
            names,
        )

    def _checks(
        self, table: CountryTable, found: CountryDraws, brought: Benchmarked, left: LeftOut, columns: Floats
    ) -> tuple[Check, ...]:
        """Ask what speaks against the numbers."""
        walked = {f"number {i + 1}": found.walked[..., i] for i in range(found.walked.shape[-1])}
        rates = brought.people / table.people.sum(axis=1)
        return (
            check_mixing(walked),
            _check_surveys(int(table.reported.sum())),
            _check_modelled(table),
            _check_reach(columns, table.reported),
            _check_left_out(left, self.level),
            _check_order(rates),
            *_check_benchmarks(brought, len(self._benchmarks)),
        )


def _refuse_unknown(table: CountryTable, names: tuple[str, ...]) -> None:
    """Refuse covariates that are missing or differ within a country."""
    for name in names:
        if name not in table.about.columns:
            raise DataError(
                f"the table of people has no column {name!r} with one value for each country, must have: a covariate "
                "is of a country"
            )
        missing = (np.flatnonzero(table.about[name].isna()) + 1).tolist()
        if missing:
            raise DataError(
                f"column {name!r} is missing for {len(missing):,} of {len(table.countries):,} countries (numbers "
                f"{row_words(missing)}), must be known for all that are to have a number: find it, or leave them out"
            )


def _traits(table: CountryTable) -> Floats:
    """Return the traits of cells as columns, less what is usual among those interviewed."""
    if table.cells.shape[1] == 0:
        return np.zeros((1, 0))
    asked = table.interviewed.sum(axis=0)
    columns = []
    for name in table.cells.columns:
        levels = list(dict.fromkeys(table.cells[name]))
        for level in levels[1:]:
            one = (table.cells[name] == level).to_numpy(dtype=float)
            columns.append(one - np.average(one, weights=asked))
    if not columns:
        return np.zeros((len(table.cells), 0))
    found = np.column_stack(columns)
    if np.linalg.matrix_rank(found[asked > 0]) < found.shape[1]:
        raise DataError(
            f"{int((asked == 0).sum())} of {len(asked)} cells hold nobody who was interviewed, so that cells cannot be "
            "told apart: merge cells"
        )
    return found


@dataclass(frozen=True, slots=True)
class _Summed:
    """Median, standard deviation and limits of draws, column by column."""

    estimate: Floats
    std_error: Floats
    low: Floats
    high: Floats


def _summed(draws: Floats, level: float) -> _Summed:
    """Sum draws up, shape (draws, columns)."""
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return _Summed(middle, draws.std(axis=0), low, high)


def _countries(
    table: CountryTable, people: Floats, brought: Benchmarked, left: LeftOut, level: float
) -> tuple[pd.DataFrame, float]:
    """Lay out countries, and return by what factor one without a survey is missed."""
    whole = table.people.sum(axis=1)
    own, rate = _summed(brought.people, level), _summed(1000 * brought.people / whole, level)
    plain = _summed(people / whole, level).estimate
    away = np.abs(np.log(left.prevalence / plain))
    typical = float(np.exp(np.sqrt(np.nanmean(away**2))))
    frame = pd.DataFrame(
        {
            "country": table.countries,
            "region": table.regions,
            "source": np.where(table.reported, "survey", "modelled"),
            "interviewed": table.asked,
            "estimate": own.estimate,
            "std_error": own.std_error,
            "ci_low": own.low,
            "ci_high": own.high,
            "rate": rate.estimate,
            "rate_low": rate.low,
            "rate_high": rate.high,
            "without_survey": 1000 * left.prevalence,
            "left_out_error": np.where(table.reported, np.exp(away), typical),
            "before_benchmark": plain * whole,
        }
    )
    return frame, typical


def _regions(
    table: CountryTable,
    brought: Benchmarked,
    benchmarks: Mapping[str, tuple[float, float]],
    error: float,
    level: float,
) -> pd.DataFrame:
    """Lay out regions, the draws of their countries summed one by one."""
    names = list(dict.fromkeys(table.regions))
    here = np.array([[one == name for one in table.regions] for name in names])
    found = _summed(brought.people @ here.T, level)
    return pd.DataFrame(
        {
            "region": names,
            "countries": here.sum(axis=1),
            "surveyed": (here & table.reported).sum(axis=1),
            "estimate": found.estimate,
            "std_error": found.std_error,
            "ci_low": found.low,
            "ci_high": found.high,
            "left_out_error": error,
            "benchmark": [benchmarks.get(name, (float("nan"), 0.0))[0] for name in names],
            "factor": [brought.factors.get(name, float("nan")) for name in names],
        }
    )


def _draws(table: CountryTable, found: CountryDraws, people: Floats, names: tuple[str, ...]) -> pd.DataFrame:
    """Gather draws by term."""
    flat = found.walked.reshape(-1, found.walked.shape[-1])
    named = {
        "total": people.sum(axis=1),
        "rate": 1000 * people.sum(axis=1) / table.people.sum(),
        "spread": found.spreads,
        **{f"slope {name}": flat[:, i + 1] for i, name in enumerate(names)},
    }
    return pd.DataFrame.from_dict(named, orient="index").rename_axis("term")


def _percentiles(draws: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the estimates of all terms."""
    found = _summed(draws.to_numpy(dtype=float).T, level)
    rows = zip(draws.index, found.estimate, found.std_error, found.low, found.high, strict=True)
    units = {"total": "persons", "rate": "persons per 1,000 people"}
    made = estimates_table({str(n): (float(a), float(b), float(c), float(d)) for n, a, b, c, d in rows})
    return made.assign(unit=[units.get(str(one), "") for one in made.index])


def _went_in(table: CountryTable, columns: Floats, names: tuple[str, ...]) -> pd.DataFrame:
    """Return everything the estimates rest on as one table, for its digest."""
    cells = range(table.people.shape[1])
    return pd.DataFrame(
        {
            "country": table.countries,
            "region": table.regions,
            **{f"people {i}": table.people[:, i] for i in cells},
            **{f"cases {i}": table.cases[:, i] for i in cells},
            **{f"interviewed {i}": table.interviewed[:, i] for i in cells},
            **{name: columns[:, i] for i, name in enumerate(names)},
        }
    )


def _check_surveys(surveyed: int) -> Check:
    """Say whether there are enough surveys for limits of countries without one to hold."""
    numbers = {"surveyed": surveyed, "enough": ENOUGH}
    if surveyed >= ENOUGH:
        said = say("{surveyed} countries have a survey: enough to see how countries differ.", surveyed=surveyed)
        return Check("surveys", "pass", said, numbers)
    said = say(
        "{surveyed} countries have a survey; with fewer than {enough}, limits depend on the prior of the spread "
        "between countries.",
        surveyed=surveyed,
        enough=ENOUGH,
    )
    return Check("surveys", "review", said, numbers)


def _check_modelled(table: CountryTable) -> Check:
    """Say of how many countries the number is the model's alone."""
    modelled, many = int((~table.reported).sum()), len(table.countries)
    numbers = {"modelled": modelled, "countries": many}
    if not modelled:
        return Check("modelled", "pass", say("All {countries} countries have a survey.", countries=many), numbers)
    said = say(
        "{modelled} of {countries} countries have no survey: their numbers are modelled, nobody was counted there.",
        modelled=modelled,
        countries=many,
    )
    return Check("modelled", "review", said, numbers)


def _check_reach(columns: Floats, reported: NDArray[np.bool_]) -> Check:
    """Say whether countries without a survey lie within what those with one span."""
    own, other = columns[reported], columns[~reported]
    outside = int(((other < own.min(axis=0)) | (other > own.max(axis=0))).any(axis=1).sum()) if columns.size else 0
    if outside:
        said = say(
            "{n} country without a survey has covariates beyond those of all countries with one: its number is "
            "extended, not interpolated.",
            many="{n} countries without a survey have covariates beyond those of all countries with one: their numbers "
            "are extended, not interpolated.",
            n=outside,
        )
        return Check("reach", "review", said, {"outside": outside})
    said = say("Covariates of all countries lie within those of countries with a survey.")
    return Check("reach", "pass", said, {"outside": 0})


def _check_left_out(left: LeftOut, level: float) -> Check:
    """Say whether surveys lie where the model without them says that they would."""
    from scipy.stats import binom

    place = left.place[np.isfinite(left.place)]
    outside = int(((place < (1 - level) / 2) | (place > (1 + level) / 2)).sum())
    most = int(binom.ppf(0.975, len(place), 1 - level))
    numbers = {"outside": outside, "surveys": len(place), "refitted": left.again}
    if outside > most:
        said = say(
            "{outside} surveys of {surveys} lie outside what the model says of their country without them, more than "
            "chance allows: its limits are too narrow for a country without a survey.",
            outside=outside,
            surveys=len(place),
        )
        return Check("left out", "review", said, numbers)
    said = say(
        "{n} of {surveys} surveys lies outside what the model says of its country without it, as chance allows.",
        many="{n} of {surveys} surveys lie outside what the model says of their country without them, as chance "
        "allows.",
        n=outside,
        surveys=len(place),
    )
    return Check("left out", "pass", said, numbers)


def _check_order(rates: Floats) -> Check:
    """Say of how many pairs of countries it is known which has the higher rate."""
    pairs = [(i, j) for i in range(rates.shape[1]) for j in range(i)]
    sure = [max(above, 1 - above) for above in (float(np.mean(rates[:, i] > rates[:, j])) for i, j in pairs)]
    known = float(np.mean(np.array(sure) >= _APART))
    if known == 1:
        return Check("order", "pass", say("Rates of all pairs of countries are apart."), {"known": 1.0})
    said = say(
        "Which country has the higher rate is known of {known:.0%} of all pairs: these numbers are no ranking, and "
        "stand in the order of the table they came from.",
        known=known,
    )
    return Check("order", "review", said, {"known": known})


def _check_benchmarks(brought: Benchmarked, many: int) -> tuple[Check, ...]:
    """Say whether the model agrees with the totals that it was brought to."""
    if not many:
        return ()
    numbers = {"outside": len(brought.outside), "benchmarks": many}
    if brought.outside:
        said = say(
            "{outside} of {benchmarks} regional totals lie outside the limits of the model: what was counted there and "
            "here is not the same, or one of both is off.",
            outside=len(brought.outside),
            benchmarks=many,
        )
        return (Check("benchmark", "review", said, numbers),)
    said = say("The model agrees with all {benchmarks} regional totals that it was brought to.", benchmarks=many)
    return (Check("benchmark", "pass", said, numbers),)
