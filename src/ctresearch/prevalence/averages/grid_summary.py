"""A posterior on a grid of population sizes: what it says, and whether the grid is long enough for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

# A mean that still moves by 1 % when the grid is ten times longer follows the end of the grid, not the data.
MEAN_MOVES = 0.01
REFUSED = 0.1
LONGER = 10


@dataclass(frozen=True, slots=True)
class GridSummary:
    """A posterior over J population sizes, and what a grid ten times as long would change.

    ``population`` (J,) increasing sizes; ``mass`` (J,) their probabilities, adding up to 1; ``beyond`` the
    probability that the longer grid gives to sizes past the end; ``longer_mean`` its posterior mean.
    """

    population: Array
    mass: Array
    beyond: float
    longer_mean: float

    @property
    def mean(self) -> float:
        """Posterior mean."""
        return float(self.mass @ self.population)

    @property
    def std_dev(self) -> float:
        """Posterior standard deviation."""
        return float(np.sqrt(self.mass @ (self.population - self.mean) ** 2))

    def quantiles(self, levels: Sequence[float] | Array) -> list[float]:
        """Return the smallest sizes whose cumulative probability reaches the levels.

        Parameters
        ----------
        levels : sequence of float
            Between 0 and 1.

        Returns
        -------
        list of float
            One a level.
        """
        at = np.searchsorted(self.mass.cumsum(), levels).clip(max=self.mass.size - 1)
        return [float(size) for size in self.population[at]]

    def table(self, percents: Sequence[float]) -> dict[str, float]:
        """Return mean, standard deviation, mode and quantiles.

        Parameters
        ----------
        percents : sequence of float
            Quantiles, in per cent.

        Returns
        -------
        dict of str to float
            In persons.
        """
        quantiles = self.quantiles([percent / 100 for percent in percents])
        named = {f"q{percent:g}": value for percent, value in zip(percents, quantiles, strict=True)}
        return {"mean": self.mean, "std_dev": self.std_dev, **named}

    def sample(self, count: int, random: np.random.Generator) -> Array:
        """Draw sizes, one from each of ``count`` equally probable parts of the posterior, in random order.

        Parameters
        ----------
        count : int
            How many.
        random : numpy.random.Generator
            Where the draws come from.

        Returns
        -------
        numpy.ndarray
            Shape (count,).
        """
        return random.permutation(self.quantiles((np.arange(count) + random.random(count)) / count))


def coarse_grid(low: int, high: int, nodes: int) -> tuple[Array, Array]:
    """Stand few values for all whole numbers of a range, closer together where they are small.

    Parameters
    ----------
    low, high : int
        Ends of the range.
    nodes : int
        Values at most.

    Returns
    -------
    tuple of numpy.ndarray
        Values, and how many whole numbers each stands for.

    Examples
    --------
    >>> values, width = coarse_grid(1, 1000, 50)
    >>> float(values[-1]), float(width.sum())
    (1000.0, 1000.0)
    """
    values = np.unique(np.geomspace(low + 1, high + 1, nodes).round()) - 1.0
    edges = np.concatenate([[low - 0.5], (values[1:] + values[:-1]) / 2, [high + 0.5]])
    return values, np.diff(edges)


def check_grid(summary: GridSummary, level: float) -> Check:
    """Say whether the grid cuts the posterior so early that limits are those of the grid.

    Parameters
    ----------
    summary : GridSummary
        The posterior.
    level : float
        Coverage of the interval.

    Returns
    -------
    Check
        Fails where the mass past the end is more than what the upper limit leaves out, in review above a tenth of it.
    """
    allowed = (1 - level) / 2
    end, numbers = summary.population[-1], {"beyond": summary.beyond, "allowed": allowed}
    said = say(
        "A grid {longer} times as long gives {beyond:.2%} of the posterior to sizes above {end:,.0f}",
        longer=LONGER,
        beyond=summary.beyond,
        end=end,
    )
    if summary.beyond > allowed:
        return Check(
            "grid",
            "fail",
            say(
                "{said}: the grid cuts the posterior; raise unobserved_max, and if that does not help the "
                "table does not bound the population.",
                said=said,
            ),
            numbers,
            voids=True,
        )
    return Check("grid", "review" if summary.beyond > allowed / 10 else "pass", say("{said}.", said=said), numbers)


def check_mean(summary: GridSummary) -> Check:
    """Say whether the posterior mean follows the end of the grid.

    Parameters
    ----------
    summary : GridSummary
        The posterior.

    Returns
    -------
    Check
        Fails where the mean moves over 1 % when the grid is ten times longer.
    """
    moved = summary.longer_mean / summary.mean - 1
    numbers = {"mean": summary.mean, "longer_mean": summary.longer_mean}
    said = say(
        "The posterior mean goes from {mean:,.0f} to {longer_mean:,.0f} ({moved:+.1%}) when the "
        "grid is {longer} times longer",
        mean=summary.mean,
        longer_mean=summary.longer_mean,
        moved=moved,
        longer=LONGER,
    )
    if abs(moved) > MEAN_MOVES:
        return Check("grid_mean", "fail", say("{said}: quote the median, never the mean.", said=said), numbers)
    return Check("grid_mean", "pass", say("{said}.", said=said), numbers)
