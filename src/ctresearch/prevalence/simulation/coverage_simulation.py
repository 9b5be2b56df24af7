"""How far intervals can be trusted for data like one's own.

Populations of known size are drawn, lists see them as in the user's table or in a named scenario, every method is
tried on each table, and what it says is held against the truth.

References
----------
.. [1] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the quantification
   of modern slavery. Journal of the Royal Statistical Society A 185, 640-676. https://doi.org/10.1111/rssa.12803
.. [2] Morris, T. P., White, I. R. and Crowther, M. J. (2019). Using simulation studies to evaluate statistical
   methods. Statistics in Medicine 38, 2074-2102. https://doi.org/10.1002/sim.8086
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.message import Message, say, together
from ctresearch.core.parallel import map_chunks, split, workers
from ctresearch.core.random import recorded_seed, seed_sequence
from ctresearch.core.validate import is_level, whole_number
from ctresearch.prevalence.diagnostics.method_catalogue import chosen_methods, default_methods
from ctresearch.prevalence.diagnostics.method_outcome import Outcome, try_method
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.simulation.coverage_simulation_result import (
    SimulatedCoverage,
    coverage_table,
    performance_table,
)
from ctresearch.prevalence.simulation.scenarios import Scenario, scenarios_like

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.estimator import Estimator
    from ctresearch.core.random import Seed
    from ctresearch.prevalence.simulation.scenarios import ScenarioName

    _Work = tuple[Scenario, Sequence[np.random.SeedSequence]]
    Source = CaptureHistories | Scenario | ScenarioName | Sequence[Scenario | ScenarioName]

CHUNK = 5
"""Populations that one worker takes at a time."""

MOST_SILENT = 0.1
CLEARLY = 3.0
"""Monte Carlo errors by which a coverage must fall short before a method is named."""

ASSUMPTIONS = (
    "The populations drawn are like the one of interest in lists, overlaps and differences between people.",
    "Nobody is out of reach of all lists.",
    "An estimate with a failed check is not used; coverage is among populations for which there was an interval.",
)


def simulate_coverage(
    source: Source,
    methods: Mapping[str, Estimator] | Sequence[str] | None = None,
    *,
    replications: int = 100,
    level: float = 0.95,
    bootstrap: int = 200,
    seed: Seed = 0,
    jobs: int | None = None,
) -> SimulatedCoverage:
    """Measure bias, coverage and length of the intervals of every method on simulated populations.

    Work runs in parallel; a progress bar with the time that is left appears once it has taken over a second. All
    methods see the same tables, and the same seed gives the same numbers for any number of workers.

    Parameters
    ----------
    source : CaptureHistories, Scenario, str, or sequence of the last two
        A table, whose like is drawn as :func:`scenarios_like` says; or scenarios, one's own or by name:
        ``"independence"``, ``"positive"``, ``"negative"``, ``"heterogeneous"``, ``"sparse"``, ``"half_covered"``.
    methods : mapping of str to Estimator, or sequence of str, optional
        As for :func:`compare_methods`. All take time: latent classes seconds a population.
    replications : int
        Populations a scenario. A coverage near 0.95 has a Monte Carlo error of 0.022 after 100 and 0.01 after 500.
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
    SimulatedCoverage
        ``.performance`` by scenario and method, ``.runs``, ``.plot()``; ``.estimates`` are the coverages.

    Raises
    ------
    DataError
        If a table can tell nothing about people on no list.
    SpecificationError
        If a scenario or a method is unknown, or scenarios differ in their number of lists.

    References
    ----------
    .. [1] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the
       quantification of modern slavery. Journal of the Royal Statistical Society A 185, 640-676.
       https://doi.org/10.1111/rssa.12803
    .. [2] Morris, T. P., White, I. R. and Crowther, M. J. (2019). Using simulation studies to evaluate statistical
       methods. Statistics in Medicine 38, 2074-2102. https://doi.org/10.1002/sim.8086

    Examples
    --------
    >>> result = simulate_coverage(["independence", "positive"], ["Independence (Mt)"], replications=40, seed=1)
    >>> result.performance["coverage"].round(2).droplevel("method").to_dict()
    {'independence': 0.95, 'positive': 0.25}
    """
    scenarios = _scenarios(source)
    lists = len(scenarios[0].lists)
    whole_number("replications", replications, low=2, high=1_000_000)
    defaults = default_methods(lists, level=is_level(level), bootstrap=bootstrap, seed=seed)
    chosen = chosen_methods(methods, defaults, level)
    chunks = _chunks(scenarios, replications, seed)
    with nullcontext() if jobs is None else workers(jobs):
        found = map_chunks(partial(_chunk, chosen), chunks, prefer="processes", progress=f"Populations, by {CHUNK}")
    runs, never = _split_off(pd.DataFrame([row for rows in found for row in rows]))
    if runs.empty:
        raise SpecificationError(f"no method applies to {lists} lists; {never.index[0]} says: {never.iloc[0]}")
    table = performance_table(runs)
    return SimulatedCoverage(
        method=say(
            "Simulated coverage of {level:g} % intervals, {populations} populations a scenario",
            level=100 * level,
            populations=replications,
        ),
        estimates=coverage_table(table, level),
        n=replications * len(scenarios),
        level=level,
        interval="wilson",
        checks=(_check_silent(table), _check_coverage(table, level)),
        assumptions=ASSUMPTIONS,
        references=references(simulate_coverage),
        inputs=record(_truths(scenarios), seed=recorded_seed(seed), packages=("numpy", "pandas", "scipy", "numba")),
        performance=table,
        runs=runs,
        not_applicable=never.to_frame("reason"),
        nominal=level,
    )


def _scenarios(source: Source) -> tuple[Scenario, ...]:
    """Return the scenarios that are asked for."""
    if isinstance(source, CaptureHistories):
        return scenarios_like(source)
    given = [source] if isinstance(source, (str, Scenario)) else source
    if not isinstance(given, (list, tuple)) or not given:
        raise SpecificationError(f"source == {source!r}, must be capture histories, a scenario or a list of scenarios")
    found = tuple(one if isinstance(one, Scenario) else Scenario.named(one) for one in given)
    if len({len(one.lists) for one in found}) > 1 or len({one.name for one in found}) < len(found):
        sizes = ", ".join(f"{one.name} of {len(one.lists)} lists" for one in found)
        raise SpecificationError(f"source holds {sizes}: all must have as many lists, and each a name of its own")
    return found


def _chunks(scenarios: tuple[Scenario, ...], replications: int, seed: Seed) -> list[_Work]:
    """Cut the populations of each scenario into chunks, each with a seed a population."""
    seeds = seed_sequence(seed).spawn(len(scenarios))
    return [
        (scenario, populations[part.start : part.stop])
        for scenario, populations in zip(scenarios, (one.spawn(replications) for one in seeds), strict=True)
        for part in split(replications, CHUNK)
    ]


def _chunk(methods: Mapping[str, Estimator], work: _Work) -> list[dict[str, Any]]:
    """Draw some populations of a scenario and try every method on each."""
    scenario, seeds = work
    return [row for seed in seeds for row in _population(methods, scenario, seed)]


def _population(
    methods: Mapping[str, Estimator], scenario: Scenario, seed: np.random.SeedSequence
) -> list[dict[str, Any]]:
    """Draw one population and try every method on its table; a table that tells nothing has no estimates."""
    table, rows = scenario.draw(np.random.default_rng(seed)), []
    try:
        require_estimable(table)
        outcomes = {name: try_method(method, table) for name, method in methods.items()}
    except DataError as error:
        outcomes = dict.fromkeys(methods, Outcome(None, reason=str(error)))
    for name, one in outcomes.items():
        estimate, _, low, high = one.numbers
        known = {"scenario": scenario.name, "method": name, "truth": scenario.population}
        said = {"estimate": estimate, "ci_low": low, "ci_high": high}
        rows.append(known | said | {"not_for": "" if one.applies else one.reason})
    return rows


def _split_off(runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Take out the methods that are for no table of this kind, with their reason."""
    silent = runs.groupby("method", sort=False)["estimate"].transform("count") == 0
    never = runs[silent & (runs["not_for"] != "")].groupby("method", sort=False)["not_for"].first()
    kept = runs[~runs["method"].isin(never.index)].drop(columns="not_for")
    return kept.reset_index(drop=True), never


def _truths(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Table what is simulated, for the record of inputs."""
    rows = [{"name": one.name, "population": one.population, "chances": one.chances.tolist()} for one in scenarios]
    return pd.DataFrame(rows)


def _check_silent(table: pd.DataFrame) -> Check:
    """Say which methods often give no interval; the coverage is then that of the easier populations."""
    share = 1 - table["with_interval"] / table["populations"]
    silent = table.assign(share=share)[share > MOST_SILENT].reset_index()
    numbers = {"pairs": len(table), "silent": len(silent), "largest_share": float(share.max())}
    if silent.empty:
        words = say(
            "Every method gives an interval for at least {share:.0%} of the populations.",
            share=1 - MOST_SILENT,
        )
        return Check("no interval", "pass", words, numbers)
    names = _named(silent, "share")
    return Check(
        "no interval",
        "review",
        say("No interval for more than {share:.0%} of populations: {names}.", share=MOST_SILENT, names=names),
        numbers,
    )


def _named(rows: pd.DataFrame, share: str) -> Message:
    """Name methods with their scenario and one of their shares."""
    told = zip(rows["method"], rows["scenario"], rows[share], strict=True)
    return together(
        [say("{method} ({scenario}, {share:.0%})", method=m, scenario=s, share=v) for m, s, v in told], "; "
    )


def _check_coverage(table: pd.DataFrame, level: float) -> Check:
    """Say which methods cover the truth less often than they claim, beyond Monte Carlo error."""
    expected = np.sqrt(level * (1 - level) / table["with_interval"].where(table["with_interval"] > 0))
    short = table[table["coverage"] < level - CLEARLY * expected].reset_index()
    numbers = {"pairs": len(table), "short": len(short)}
    if short.empty:
        words = say(
            "No method covers the truth clearly less often than in {level:g} % of the populations.", level=100 * level
        )
        return Check("coverage", "pass", words, numbers)
    words = say(
        "{short} of {pairs} cover the truth clearly less often than in {level:g} %: {names}.",
        short=len(short),
        pairs=len(table),
        level=100 * level,
        names=_named(short, "coverage"),
    )
    return Check("coverage", "review", words, numbers)
