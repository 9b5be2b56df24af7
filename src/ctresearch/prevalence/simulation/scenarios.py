"""Populations of known size that lists see in known ways, from which tables can be drawn.

A scenario is the chance of each combination of lists for a person of the population, so that whatever makes lists
depend on one another - referrals, or differences between people - is in those chances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.core.validate import one_of, whole_number
from ctresearch.prevalence.closed.closed_population import ClosedPopulation
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.loglinear.loglinear import LogLinear

if TYPE_CHECKING:
    from ctresearch.prevalence.closed.closed_result import ClosedPopulationResult
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.loglinear_result import LogLinearResult

ScenarioName = Literal["independence", "positive", "negative", "heterogeneous", "sparse", "half_covered"]
SCENARIOS: tuple[ScenarioName, ...] = get_args(ScenarioName)
DESCRIPTIONS: dict[ScenarioName, str] = {
    "independence": "four lists see people independently",
    "positive": "being on the first list multiplies the odds of being on the second by five, as where one refers to it",
    "negative": "being on the first list divides the odds of being on the second by five, as where files are passed on",
    "heterogeneous": "a fifth of the people is three times as likely to be on each list as on average, the rest half",
    "sparse": "four independent lists see few people and have hardly anybody in common",
    "half_covered": "four independent lists, of which the fourth cannot see half of the people",
}
# Lists of 8 to 20 % see just under half of the population together, sparse ones less than a tenth.
CHANCES = np.array([0.08, 0.12, 0.16, 0.20])
SPARSE = np.array([0.015, 0.02, 0.025, 0.03])
ODDS_RATIO = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A population and the chances with which its people are on each combination of lists.

    Parameters
    ----------
    name : str
        Short name, as it stands in tables.
    description : str
        What lists and people are like.
    lists : tuple of str
        Names of the lists.
    population : int
        People, those on no list included.
    chances : numpy.ndarray
        Chance of each bit pattern, shape (2 ** lists,); the first is that of being on no list. They sum to one.

    Raises
    ------
    SpecificationError
        If the chances are not such chances, or nobody would be seen.

    Examples
    --------
    >>> scenario = Scenario.named("sparse", population=5000)
    >>> scenario.draw(np.random.default_rng(1)).n_observed
    427
    """

    name: str
    description: str
    lists: tuple[str, ...]
    population: int
    chances: Array

    def __post_init__(self) -> None:
        """Refuse chances that are none."""
        whole_number("population", self.population, low=10)
        chances = np.array(self.chances, dtype=np.float64)
        if chances.shape != (1 << len(self.lists),):
            raise SpecificationError(
                f"chances has shape {chances.shape}, must have {1 << len(self.lists)} values for {len(self.lists)} "
                "lists"
            )
        if not (np.all(chances >= 0) and np.isclose(chances.sum(), 1.0) and chances[0] < 1):
            raise SpecificationError(
                f"chances run from {chances.min():g} to {chances.max():g} and sum to {chances.sum():g}, must be 0 or "
                "more, sum to 1, and leave some chance of being seen"
            )
        chances.setflags(write=False)
        object.__setattr__(self, "chances", chances)

    @classmethod
    def named(cls, name: ScenarioName, *, population: int = 2000) -> Scenario:
        """Return one of six scenarios of four lists.

        Parameters
        ----------
        name : {"independence", "positive", "negative", "heterogeneous", "sparse", "half_covered"}
            Which; ``DESCRIPTIONS`` in this file says what each is.
        population : int
            People.

        Returns
        -------
        Scenario
            The scenario.

        Raises
        ------
        SpecificationError
            If the name is unknown.

        Examples
        --------
        >>> round(1 - Scenario.named("independence").chances[0], 3)
        np.float64(0.456)
        """
        one_of("name", name, SCENARIOS)
        return cls(name, DESCRIPTIONS[name], ("A", "B", "C", "D"), population, _chances_of(name))

    @classmethod
    def from_fit(cls, result: LogLinearResult | ClosedPopulationResult, *, name: str) -> Scenario:
        """Return the population in which a fitted model is true.

        Parameters
        ----------
        result : LogLinearResult or ClosedPopulationResult
            The model; its fitted counts and its estimate become the truth.
        name : str
            Name of the scenario.

        Returns
        -------
        Scenario
            The scenario.

        Raises
        ------
        FitError
            If the result has no estimate, or a failed check.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear
        >>> Scenario.from_fit(LogLinear("bic").fit(CaptureHistories.from_published("korea")), name="BIC").population
        157
        """
        unobserved = float(result.estimates["estimate"]["unobserved"])
        failed = ", ".join(check.name for check in result.checks if check.status == "fail")
        if failed or not np.isfinite(unobserved):
            raise FitError(f"{result.method} gives no truth to draw from: {failed or f'estimate {unobserved}'}")
        fitted = result.fitted
        patterns = sum(fitted[one].to_numpy() << i for i, one in enumerate(result.lists))
        means = np.zeros(1 << len(result.lists))
        means[patterns] = fitted["fitted"]
        means[0] = unobserved
        return cls(
            name, f"the fitted model is true: {result.method}", result.lists, round(means.sum()), means / means.sum()
        )

    def draw(self, generator: np.random.Generator) -> CaptureHistories:
        """Draw the table that the lists would give.

        Parameters
        ----------
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        CaptureHistories
            The people on at least one list.

        Examples
        --------
        >>> Scenario.named("independence").draw(np.random.default_rng(1)).lists
        ('A', 'B', 'C', 'D')
        """
        counts = generator.multinomial(self.population, self.chances)
        patterns = np.arange(1, len(counts))
        columns = {name: patterns >> i & 1 for i, name in enumerate(self.lists)}
        table = CaptureHistories.from_counts(pd.DataFrame(columns | {"count": counts[1:]}))
        return replace(table, scope=Scope(population=f"simulated people, {self.name}", definition=self.description))

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.description], show=["name", "lists", "population"])


def scenarios_like(histories: CaptureHistories) -> tuple[Scenario, ...]:
    """Return populations that could have given a table like this one.

    Each takes another view of why lists overlap to be the truth: independence of lists; the dependence of lists that
    the smallest BIC finds; differences between people. All see about as many people as the table has, in lists and
    overlaps of about those sizes, and differ in how many they leave unseen. :func:`calibrated_coverage` takes more
    views, and says which of them the table rules out.

    Parameters
    ----------
    histories : CaptureHistories
        The table.

    Returns
    -------
    tuple of Scenario
        Those of the three whose model has an estimate for this table.

    Raises
    ------
    DataError
        If the table can tell nothing about people on no list.
    FitError
        If no model has an estimate.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> for scenario in scenarios_like(CaptureHistories.from_published("kosovo")):
    ...     print(scenario.name, scenario.population)
    like independence 7395
    like BIC 10357
    like Mth 9328
    """
    table = require_estimable(histories)
    models: dict[str, ClosedPopulation | LogLinear] = {
        "like independence": ClosedPopulation("Mt"),
        "like BIC": LogLinear("bic"),
        "like Mth": ClosedPopulation("Mth", heterogeneity="poisson"),
    }
    found, reasons = [], []
    for name, model in models.items():
        try:
            found.append(Scenario.from_fit(model.fit(table), name=name))
        except (FitError, SpecificationError) as error:
            reasons.append(str(error))
    if not found:
        raise FitError(f"no model has an estimate for this table, so none gives a truth: {reasons[0]}")
    return tuple(found)


def _chances_of(name: ScenarioName) -> Array:
    """Return the chance of each pattern of four lists in a named scenario."""
    if name == "sparse":
        return _independent(SPARSE)
    if name == "heterogeneous":
        mixed: Array = 0.2 * _independent(3.0 * CHANCES) + 0.8 * _independent(0.5 * CHANCES)
        return mixed
    if name == "half_covered":
        without_last = np.append(CHANCES[:3], 0.0)
        half: Array = 0.5 * _independent(without_last) + 0.5 * _independent(CHANCES)
        return half
    if name == "independence":
        return _independent(CHANCES)
    ratio = ODDS_RATIO if name == "positive" else 1 / ODDS_RATIO
    odds = CHANCES[1] / (1 - CHANCES[1]) * ratio
    without, with_first = CHANCES.copy(), CHANCES.copy()
    without[0], with_first[0] = 0.0, 1.0
    with_first[1] = odds / (1 + odds)
    chances: Array = CHANCES[0] * _independent(with_first) + (1 - CHANCES[0]) * _independent(without)
    return chances


def _independent(chances: Array) -> Array:
    """Return the chance of each pattern where lists are independent, shape (2 ** lists,)."""
    patterns = np.arange(1 << len(chances))
    on = patterns[:, None] >> np.arange(len(chances)) & 1
    each: Array = np.prod(np.where(on == 1, chances, 1 - chances), axis=1)
    return each
