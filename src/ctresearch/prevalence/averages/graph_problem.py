"""What averaging over graphs starts from and ends in, whether graphs are enumerated or sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.prevalence.averages.decomposable import clique_names
from ctresearch.prevalence.averages.hyper_dirichlet import Margins, margins

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.core.check import Check
    from ctresearch.prevalence.averages.grid_summary import GridSummary
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

MAX_GRID = 1_000_000
SHOWN_MODELS = 1000


@dataclass(frozen=True, slots=True)
class GraphProblem:
    """A table of lists, a prior and a grid.

    ``margins`` Dirichlet terms of the table; ``lists`` their number; ``low`` and ``high`` ends of the grid for the
    number on no list, the latter perhaps still to be chosen; ``prior`` the logarithm of the prior as a function of an
    array of population sizes, or nothing for minus the log of the size.
    """

    margins: Margins
    lists: int
    low: int
    high: int | None
    prior: Callable[[Array], Array] | None

    @classmethod
    def from_table(
        cls,
        table: CaptureHistories,
        *,
        delta: float,
        low: int = 1,
        high: int | None = None,
        prior: Callable[[Array], Array] | None = None,
    ) -> GraphProblem:
        """Set the problem for one table.

        Parameters
        ----------
        table : CaptureHistories
            The table.
        delta : float
            Prior people in every pattern of lists.
        low : int
            Least number on no list.
        high : int, optional
            Largest number on no list.
        prior : callable, optional
            Logarithm of the prior of population sizes.

        Returns
        -------
        GraphProblem
            The problem.
        """
        terms = margins(table.patterns, table.frequencies, len(table.lists), delta)
        return cls(terms, len(table.lists), low, high, prior)

    def log_prior(self, unobserved: Array) -> Array:
        """Return the logarithm of the prior at some numbers on no list.

        Parameters
        ----------
        unobserved : numpy.ndarray
            Shape (J,).

        Returns
        -------
        numpy.ndarray
            Shape (J,).

        Raises
        ------
        SpecificationError
            If the prior given is not one number a size, finite or minus infinity.
        """
        sizes = self.margins.people + unobserved
        if self.prior is None:
            return np.asarray(-np.log(sizes))
        values: Array = np.asarray(self.prior(sizes), dtype=np.float64)
        if values.shape != sizes.shape or np.isnan(values).any() or (values == np.inf).any():
            raise SpecificationError(
                f"log_prior returned values of shape {values.shape} for sizes of shape {sizes.shape}, must be one a "
                "size, finite or minus infinity"
            )
        return values


@dataclass(frozen=True, slots=True)
class GraphAverage:
    """A posterior averaged over graphs.

    ``summary`` the posterior of the population; ``adjacency`` (G, lists), ``probability`` (G,) and ``mean`` (G,) the
    graphs, their probabilities and the posterior mean of the population under each, the most probable first and at
    most 1,000; ``count`` how many graphs there were; ``checks`` asked of a sampler; ``draws`` (chains, draws) of the
    population from a sampler, or nothing.
    """

    summary: GridSummary
    adjacency: Array
    probability: Array
    mean: Array
    count: int
    checks: tuple[Check, ...] = ()
    draws: Array | None = None

    def models(self, lists: tuple[str, ...]) -> pd.DataFrame:
        """Return the table of graphs.

        Parameters
        ----------
        lists : tuple of str
            Names of the lists.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``model``, with ``probability`` and ``mean``.
        """
        index = pd.Index(clique_names(self.adjacency, lists), name="model", dtype="str")
        return pd.DataFrame({"probability": self.probability, "mean": self.mean}, index=index)
