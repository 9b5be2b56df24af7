"""Populations that could have given a table, each with how well it fits: the same table, different sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.prevalence.closed.closed_population import ClosedPopulation
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.loglinear.loglinear import LogLinear
from ctresearch.prevalence.simulation.scenarios import Scenario
from ctresearch.prevalence.trust.class_fit import fit_two_classes
from ctresearch.prevalence.trust.pair_scores import scores_of_tables

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.histories import CaptureHistories

# A population is plausible unless its fit is among the worst twentieth of those that chance would give.
PLAUSIBLE = 0.05


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scenario with the deviance of its fit to the table and its degrees of freedom."""

    scenario: Scenario
    deviance: float
    df: int

    @property
    def p_value(self) -> float:
        """Chance of a fit as bad or worse, were the scenario true; 1 where nothing is left to judge by."""
        from scipy.special import chdtrc

        return float(chdtrc(self.df, self.deviance)) if self.df > 0 else 1.0

    @property
    def plausible(self) -> bool:
        """Whether the table does not rule the scenario out."""
        return self.p_value >= PLAUSIBLE


def candidate_scenarios(histories: CaptureHistories, *, hidden: float | None = None) -> tuple[Candidate, ...]:
    """Fit to a table nine views of why lists overlap, and take each for the truth; of equal ones the first.

    Independent lists; the models of smallest BIC and AIC; one pair of lists that refers, or that repels; people who
    differ, in the three ways of Poisson, Darroch and gamma heterogeneity, and in two classes.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    hidden : float, optional
        Share of the population that no list can see, in a tenth view that is otherwise that of the smallest BIC. It
        gives the same table for any share, so nothing in the table speaks for or against it.

    Returns
    -------
    tuple of Candidate
        Those whose model has an estimate, plausible or not.

    Raises
    ------
    DataError
        If the table can tell nothing about people on no list.
    FitError
        If no model has an estimate.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> found = candidate_scenarios(CaptureHistories.from_published("hav-taiwan"))
    >>> {one.scenario.name: one.scenario.population for one in found if one.plausible}
    {'like BIC': 1313, 'like Mth Poisson': 736, 'like Mth Darroch': 1313, 'like Mth Gamma': 2631}
    """
    table = require_estimable(histories)
    found: list[Candidate] = []
    reasons: list[str] = []
    for name, model in _models(table).items():
        try:
            result = model.fit(table)
            scenario = Scenario.from_fit(result, name=name)
        except (FitError, SpecificationError) as error:
            reasons.append(str(error))
            continue
        if any(np.allclose(scenario.chances, one.scenario.chances) for one in found):
            continue
        fit = result.goodness_of_fit
        found.append(Candidate(scenario, float(fit["value"]["deviance"]), int(fit["df"]["deviance"])))
    if len(table.lists) > 3 and found:  # of three lists, two classes take more than the table has
        found.append(_of_classes(table))
    if not found:
        raise FitError(f"no model has an estimate for this table, so none gives a truth: {reasons[0]}")
    if hidden is not None:
        found.append(_with_hidden(next((one for one in found if one.scenario.name == "like BIC"), found[0]), hidden))
    return tuple(found)


def _models(table: CaptureHistories) -> dict[str, ClosedPopulation | LogLinear]:
    """Return the models by the name of their scenario."""
    models: dict[str, ClosedPopulation | LogLinear] = {
        "like independence": ClosedPopulation("Mt"),
        "like BIC": LogLinear("bic"),
        "like AIC": LogLinear("aic"),
    }
    if len(table.lists) < 3:
        return models
    scores = np.nan_to_num(scores_of_tables(table.cell_counts()[None]).pairs[0])
    pairs = list(zip(*np.triu_indices(len(table.lists), 1), strict=True))
    for name, place in (("like a pair that refers", scores.argmax()), ("like a pair that repels", scores.argmin())):
        first, second = (table.lists[i] for i in pairs[int(place)])
        models[name] = LogLinear("fixed", model=[*table.lists, f"{first}:{second}"])
    for shape in ("poisson", "darroch", "gamma"):
        models[f"like Mth {shape.capitalize()}"] = ClosedPopulation("Mth", heterogeneity=shape)
    return models


def _of_classes(table: CaptureHistories) -> Candidate:
    """Return the scenario of two classes of people."""
    fitted, lists = fit_two_classes(table.cell_counts()), len(table.lists)
    words = "two classes of people, each with its own chance of being on each list"
    scenario = Scenario("like two classes", words, table.lists, round(fitted.population), fitted.chances)
    return Candidate(scenario, fitted.deviance, (1 << lists) - 1 - (2 * lists + 2))


def _with_hidden(seen: Candidate, share: float) -> Candidate:
    """Add people to a scenario whom no list can see."""
    scenario = seen.scenario
    chances = scenario.chances * (1 - share)
    chances[0] += share
    words = f"{scenario.description}; {share:.0%} of the population are out of reach of all lists"
    name = f"{scenario.name}, {share:.0%} out of reach"
    hidden = Scenario(name, words, scenario.lists, round(scenario.population / (1 - share)), chances)
    return Candidate(hidden, seen.deviance, seen.df)
