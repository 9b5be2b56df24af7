"""How often each interval would have held the truth, had it been any of the populations that fit a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.message import Message, say, together
from ctresearch.core.random import Seed, recorded_seed
from ctresearch.core.result import table_field
from ctresearch.core.validate import in_range
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.simulation.candidates import PLAUSIBLE, Candidate, candidate_scenarios
from ctresearch.prevalence.simulation.coverage_simulation import ASSUMPTIONS, simulate_coverage
from ctresearch.prevalence.simulation.coverage_simulation_result import SimulatedCoverage, coverage_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from ctresearch.core.estimator import Estimator
    from ctresearch.prevalence.lists.histories import CaptureHistories

METHODS = ("BIC average", "AIC average", "Independence (Mt)", "Mth range")
"""Those tried by default: the ones whose limits need no bootstrap."""

# A limit below what most readers would take for an interval of 95 %.
_SHORT = 0.9


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CalibratedCoverage(SimulatedCoverage):
    """The least coverage of each method over populations that fit the table; terms are methods.

    The key column ``scenario`` of the estimates says under which of them it is least.

    Parameters
    ----------
    scenarios : pandas.DataFrame
        Indexed by ``scenario``: ``population``, ``deviance`` of its fit to the table with ``df`` and ``p_value``, and
        whether it is ``plausible``, which the least coverage is taken over.
    **fields
        Everything that :class:`SimulatedCoverage` holds, for the plausible scenarios, or for all where none is.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, calibrated_coverage
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> result = calibrated_coverage(table, ["Independence (Mt)"], replications=20, seed=1)
    >>> result.estimates.loc["Independence (Mt)", "estimate"]
    np.float64(0.0)
    """

    scenarios: pd.DataFrame = table_field(
        {
            "scenario": key("Scenario"),
            "population": model("True population", "persons"),
            "deviance": model("Deviance of its fit to the table"),
            "df": count("Degrees of freedom", "degrees", of="nobody"),
            "p_value": model("p-value of its fit"),
            "plausible": mark("Whether the table leaves it open"),
        }
    )


def calibrated_coverage(
    histories: CaptureHistories,
    methods: Mapping[str, Estimator] | Sequence[str] | None = None,
    *,
    replications: int = 20,
    hidden: float | None = None,
    level: float = 0.95,
    bootstrap: int = 100,
    seed: Seed = 0,
    jobs: int | None = None,
) -> CalibratedCoverage:
    """Ask of each method how often its interval would have held the truth, had it been any population that fits.

    Different populations give the same table: independent lists, lists that refer or repel, people who differ in
    several ways [2]_. Nine are fitted to the table; tables are drawn from those that it does not rule out, and every
    method is tried on them [1]_. What is reported is the least coverage over them: a bound from a list of nine, no
    guarantee. Populations of yet other sizes give the same table, above all where some people are out of reach of all
    lists, which ``hidden`` adds.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    methods : mapping of str to Estimator, or sequence of str, optional
        As for :func:`compare_methods`; by default four whose limits need no bootstrap. Five lists then take ten
        seconds; ``"Log-linear AIC"``, whose bootstrap repeats the choice of a model, takes as long again by itself.
    replications : int
        Populations a scenario. A coverage near 0.95 has a Monte Carlo error of 0.05 after 20, which finds what is far
        from it, and of 0.022 after 100.
    hidden : float, optional
        Share of the population that no list can see, in one more scenario. Its fit is that of the smallest BIC for any
        share, so that no table can speak against it.
    level : float
        Coverage that the intervals aim at, and level of the limits of the coverage found.
    bootstrap : int
        Bootstrap tables of the default methods that draw them.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.
    jobs : int, optional
        Workers; by default as :func:`ctresearch.core.workers` says.

    Returns
    -------
    CalibratedCoverage
        ``.estimates`` are the least coverages, ``.scenarios`` the populations, ``.performance`` all of it.

    Raises
    ------
    DataError
        If the table can tell nothing about people on no list.
    FitError
        If no model has an estimate, or no method an interval on any table drawn.
    SpecificationError
        If a method is unknown or an option out of range.

    References
    ----------
    .. [1] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the
       quantification of modern slavery. Journal of the Royal Statistical Society A 185, 640-676.
       https://doi.org/10.1111/rssa.12803
    .. [2] Link, W. A. (2003). Nonidentifiability of population size from capture-recapture data with heterogeneous
       detection probabilities. Biometrics 59, 1123-1130. https://doi.org/10.1111/j.0006-341X.2003.00129.x

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> result = calibrated_coverage(table, ["Mth range"], replications=20, seed=1)
    >>> result.scenarios.query("plausible")["population"].to_dict()["like Mth Gamma"]
    2631
    """
    table = require_estimable(histories)
    if hidden is not None:
        in_range("hidden", hidden, 0, 0.95, open_ends=True)
    candidates = candidate_scenarios(table, hidden=hidden)
    found = simulate_coverage(
        [one.scenario for one in candidates if one.plausible] or [one.scenario for one in candidates],
        list(METHODS) if methods is None else methods,
        replications=replications,
        level=level,
        bootstrap=bootstrap,
        seed=seed,
        jobs=jobs,
    )
    scenarios = _table_of(candidates)
    if not found.performance["coverage"].notna().any():
        raise FitError(
            f"no method has an interval on any of {found.n} tables drawn: give methods whose limits exist on such "
            "tables, or more bootstrap samples"
        )
    least = _least(found.performance)
    return CalibratedCoverage(
        method=say(
            "Least coverage of {level:g} % intervals over {plausible} populations that fit the table",
            level=100 * level,
            plausible=int(scenarios["plausible"].sum()),
        ),
        estimates=coverage_table(least, level),
        n=found.n,
        level=level,
        interval="wilson",
        scope=table.scope,
        checks=(_check_scenarios(scenarios), _check_least(least, level), found.checks[0], *checks_of(table)),
        assumptions=(*ASSUMPTIONS[1:], "The truth is like one of the populations that were fitted to the table."),
        references=(*table.references, *references(calibrated_coverage)),
        inputs=record(table.counts, seed=recorded_seed(seed), packages=("numpy", "pandas", "scipy", "numba")),
        smallest_group=fewest_people(table.cell_counts()),
        performance=found.performance,
        runs=found.runs,
        not_applicable=found.not_applicable,
        nominal=level,
        scenarios=scenarios,
    )


def _table_of(candidates: Sequence[Candidate]) -> pd.DataFrame:
    """Table the scenarios with how well each fits."""
    rows = {
        one.scenario.name: {
            "population": one.scenario.population,
            "deviance": one.deviance,
            "df": one.df,
            "p_value": one.p_value,
            "plausible": one.plausible,
        }
        for one in candidates
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")


def _least(performance: pd.DataFrame) -> pd.DataFrame:
    """Take the scenario of least coverage for each method that has an interval."""
    kept = performance[performance["coverage"].notna()]
    worst = kept.groupby("method", sort=False)["coverage"].idxmin()
    return kept.loc[pd.MultiIndex.from_tuples(worst.tolist(), names=kept.index.names)]


def _check_scenarios(scenarios: pd.DataFrame) -> Check:
    """Say how far apart the populations are that fit the table."""
    kept = scenarios[scenarios["plausible"]]
    numbers = {"scenarios": len(scenarios), "plausible": len(kept)}
    if kept.empty:
        words = say(
            "None of {n} populations fits the table at the {level:.0%} level: coverage is given over all of them.",
            n=len(scenarios),
            level=PLAUSIBLE,
        )
        return Check("scenarios", "review", words, numbers)
    low, high = float(kept["population"].min()), float(kept["population"].max())
    words = say(
        "{plausible} of {n} populations fit the table; they have {low:,.0f} to {high:,.0f} people.",
        plausible=len(kept),
        n=len(scenarios),
        low=low,
        high=high,
    )
    return Check("scenarios", "review" if high > 1.5 * low else "pass", words, numbers | {"low": low, "high": high})


def _check_least(least: pd.DataFrame, level: float) -> Check:
    """Name the methods whose least coverage is clearly short."""
    short = least[least["coverage"] + 2 * least["coverage_se"] < min(_SHORT, level)]
    numbers = {"methods": len(least), "short": len(short)}
    if short.empty:
        words = say("Each of {n} methods covers {least:.0%} or more in all of them.", n=len(least), least=_SHORT)
        return Check("least coverage", "pass", words, numbers)
    names = together([_told(row) for row in short.reset_index().to_dict("records")], "; ")
    words = say("{short} of {n} methods cover too rarely: {names}.", short=len(short), n=len(least), names=names)
    return Check("least coverage", "review", words, numbers)


def _told(row: Mapping[Hashable, Any]) -> Message:
    """Name a method with its least coverage and the scenario of it."""
    words = "{method} ({coverage:.0%}, {scenario})"
    return say(words, method=row["method"], coverage=row["coverage"], scenario=row["scenario"])
