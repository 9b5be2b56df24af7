"""What averaging over graphs starts from and ends in, whether graphs are enumerated or sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.prevalence.averages.decomposable import clique_names
from ctresearch.prevalence.averages.hyper_dirichlet import Margins, margins
from ctresearch.prevalence.averages.model_prior import alike, reweighed, sparse
from ctresearch.prevalence.loglinear.model_terms import interactions

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.core.check import Check
    from ctresearch.prevalence.averages.grid_summary import GridSummary
    from ctresearch.prevalence.averages.model_prior import TermPrior
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

MAX_GRID = 1_000_000
SHOWN_MODELS = 1000


@dataclass(frozen=True, slots=True)
class GraphProblem:
    """A table of lists, a prior and a grid.

    ``margins`` Dirichlet terms of the table; ``lists`` their number; ``low`` and ``high`` ends of the grid for the
    number on no list, the latter perhaps still to be chosen; ``prior`` the logarithm of the prior as a function of an
    array of population sizes, or nothing for minus the log of the size; ``graphs_prior`` the prior of graphs, or
    nothing where all are alike.
    """

    margins: Margins
    lists: int
    low: int
    high: int | None
    prior: Callable[[Array], Array] | None
    graphs_prior: TermPrior | None = None

    @classmethod
    def from_table(
        cls,
        table: CaptureHistories,
        *,
        delta: float,
        low: int = 1,
        high: int | None = None,
        prior: Callable[[Array], Array] | None = None,
        graphs_prior: TermPrior | None = None,
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
        graphs_prior : TermPrior, optional
            Prior of graphs.

        Returns
        -------
        GraphProblem
            The problem.
        """
        terms = margins(table.patterns, table.frequencies, len(table.lists), delta)
        return cls(terms, len(table.lists), low, high, prior, graphs_prior)

    @property
    def links(self) -> TermPrior:
        """The prior of graphs, one factor a link, whether stated or not."""
        return self.graphs_prior or alike(interactions(self.lists, 2))

    def means_by_prior(self, adjacency: Array, probability: Array, means: Array) -> dict[str, tuple[float, float]]:
        """Work out the posterior mean of the population under other priors of graphs.

        Parameters
        ----------
        adjacency : numpy.ndarray
            Graphs, shape (G, lists).
        probability, means : numpy.ndarray
            Their posterior probabilities and the means on no list under each, shape (G,).

        Returns
        -------
        dict of str to tuple of float
            Mean, and the share that carries over, by ``uniform``, ``sparse`` and ``stated``.
        """
        terms = self.links.terms
        others = {"uniform": alike(terms), "sparse": sparse(terms), "stated": self.links}
        logs = {name: prior.of_graphs(adjacency) for name, prior in others.items()}
        return reweighed(probability, self.margins.people + means, logs["stated"], logs)

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
    most 1,000; ``count`` how many graphs there were; ``priors`` the mean under other priors of graphs; ``checks`` asked
    of a sampler; ``draws`` (chains, draws) of the population from a sampler, or nothing.
    """

    summary: GridSummary
    adjacency: Array
    probability: Array
    mean: Array
    count: int
    priors: dict[str, tuple[float, float]]
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
