"""Rules by which a model is chosen from a table, so that a choice can be repeated on other tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from ctresearch.prevalence.loglinear.bounded_search import best_models
from ctresearch.prevalence.loglinear.downhill import downhill
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model
from ctresearch.prevalence.loglinear.poisson import ESTIMATED
from ctresearch.prevalence.loglinear.ranking import best_model
from ctresearch.prevalence.loglinear.stepwise import last_step

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

Criterion = Literal["bic", "aic"]


class Rule(Protocol):
    """A way to choose a model from a table."""

    def choose(self, counts: Array, /) -> FittedModel | None:
        """Choose a model.

        Parameters
        ----------
        counts : numpy.ndarray
            People by cell, shape (2 ** lists,).

        Returns
        -------
        FittedModel or None
            A model with an estimate; nothing where the rule finds none.
        """
        ...


def penalty(criterion: Criterion, counts: Array) -> float:
    """Return what a criterion charges for one term.

    Parameters
    ----------
    criterion : {"bic", "aic"}
        The criterion.
    counts : numpy.ndarray
        People by cell.

    Returns
    -------
    float
        The log of the number of people, or 2.

    Examples
    --------
    >>> penalty("aic", np.array([0, 3]))
    2.0
    """
    return float(np.log(counts[1:].sum())) if criterion == "bic" else 2.0


@dataclass(frozen=True, slots=True)
class FixedModel:
    """Always the same terms, (P,)."""

    terms: Array

    def choose(self, counts: Array) -> FittedModel | None:
        """Fit the model."""
        model = fit_model(counts, self.terms)
        return model if model.verdict == ESTIMATED else None


@dataclass(frozen=True, slots=True)
class BestOf:
    """The model of smallest criterion among masks of models, (M,), likely winners first."""

    models: Array
    criterion: Criterion

    def choose(self, counts: Array) -> FittedModel | None:
        """Find the best model."""
        return best_model(counts, self.models, penalty(self.criterion, counts))


@dataclass(frozen=True, slots=True)
class BestOfAll:
    """The model of smallest criterion among all hierarchical models, found by bounds; ``likely`` (L,) winners first."""

    lists: int
    order: int
    criterion: Criterion
    likely: Array

    def choose(self, counts: Array) -> FittedModel | None:
        """Find the best model."""
        found = best_models(counts, self.lists, self.order, penalty(self.criterion, counts), self.likely)
        return found.models[0] if found.models else None


@dataclass(frozen=True, slots=True)
class Stepwise:
    """Forward selection by Poisson p-values."""

    lists: int
    order: int
    p_enter: float

    def choose(self, counts: Array) -> FittedModel | None:
        """Walk forward."""
        model = last_step(counts, self.lists, self.order, self.p_enter)
        return model if model.verdict == ESTIMATED else None


@dataclass(frozen=True, slots=True)
class Downhill:
    """Downhill search in a criterion."""

    lists: int
    order: int
    criterion: Criterion = field(default="bic")

    def choose(self, counts: Array) -> FittedModel | None:
        """Walk downhill."""
        model = downhill(counts, self.lists, self.order, penalty(self.criterion, counts))[0]
        return model if model.verdict == ESTIMATED else None
