"""Priors of models and graphs that a user states: which interactions of lists are likely before the table is seen.

Every interaction of a model brings a factor, the odds of its stated probability, and the number of interactions brings
another; models that are not hierarchical, or graphs that are not decomposable, are left out, and the rest is scaled to
one. With the sparse prior the chance of an interaction is itself unknown, with a beta prior of 1 and the number of
possible interactions, so that about one interaction is expected: the more there could be, the less likely each is [1]_.

References
----------
.. [1] Scott, J. G. and Berger, J. O. (2010). Bayes and empirical-Bayes multiplicity adjustment in the
   variable-selection problem. Annals of Statistics 38, 2587-2619. https://doi.org/10.1214/10-AOS792
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import betaln

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.validate import in_range
from ctresearch.prevalence.loglinear.model_terms import read_term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

StatedPrior = Literal["uniform", "sparse"] | Mapping[str, float]
OTHER = "other"
NAMED: tuple[Literal["uniform", "sparse"], ...] = ("uniform", "sparse")
SPARSE = "Before the table is seen about one interaction is expected, and many are less likely than few."
STATED = "Before the table is seen, interactions have these odds: {stated}."
_MOVED = 1.1
"""The posterior mean may move by a tenth from one prior of models to another before a person must look."""


@dataclass(frozen=True, slots=True)
class TermPrior:
    """A prior over models with T possible interactions: ``terms`` (T,), ``log_odds`` (T,), ``by_size`` (T + 1,)."""

    terms: Array
    log_odds: Array
    by_size: Array

    def of_models(self, models: Array) -> Array:
        """Return the logarithm of the prior of models, up to a constant.

        Parameters
        ----------
        models : numpy.ndarray
            Whether a model holds a term, shape (M, 2 ** lists).

        Returns
        -------
        numpy.ndarray
            Shape (M,).
        """
        there = models[:, self.terms]
        return np.asarray(there @ self.log_odds + self.by_size[there.sum(axis=1)])

    def of_graphs(self, adjacency: Array) -> Array:
        """Return the logarithm of the prior of graphs, up to a constant.

        Parameters
        ----------
        adjacency : numpy.ndarray
            Neighbours of each list as bit patterns, shape (G, lists).

        Returns
        -------
        numpy.ndarray
            Shape (G,).
        """
        ends = [(term.bit_length() - 1, (term & -term).bit_length() - 1) for term in self.terms.tolist()]
        there = np.stack([adjacency[:, one] >> other & 1 for one, other in ends], axis=1)
        return np.asarray(there @ self.log_odds + self.by_size[there.sum(axis=1)])


def alike(terms: Array) -> TermPrior:
    """Return the prior under which all models are equally probable.

    Parameters
    ----------
    terms : numpy.ndarray
        Interactions that models may hold, shape (T,).

    Returns
    -------
    TermPrior
        The prior.

    Examples
    --------
    >>> alike(np.array([3, 5])).by_size.tolist()
    [0.0, 0.0, 0.0]
    """
    return TermPrior(terms, np.zeros(len(terms)), np.zeros(len(terms) + 1))


def sparse(terms: Array) -> TermPrior:
    """Return the prior under which about one interaction is expected.

    Parameters
    ----------
    terms : numpy.ndarray
        Interactions that models may hold, shape (T,).

    Returns
    -------
    TermPrior
        Beta-binomial: its chance is unknown, with a beta prior of 1 and T.

    Examples
    --------
    >>> np.exp(sparse(np.array([3, 5])).by_size).round(4).tolist()
    [0.5, 0.1667, 0.1667]
    """
    size = len(terms)
    numbers = np.arange(size + 1)
    return TermPrior(terms, np.zeros(size), betaln(1 + numbers, 2 * size - numbers) - betaln(1, size))


def check_stated(name: str, prior: Any) -> StatedPrior:
    """Check a prior before any table is known.

    Parameters
    ----------
    name : str
        Name of the option.
    prior : {"uniform", "sparse"} or mapping of str to float
        What the user gave.

    Returns
    -------
    str or dict
        The same.

    Raises
    ------
    SpecificationError
        If it is neither a known name nor probabilities strictly between 0 and 1.

    Examples
    --------
    >>> check_stated("model_prior", {"police:charity": 0.9, "other": 0.2})
    {'police:charity': 0.9, 'other': 0.2}
    """
    if isinstance(prior, Mapping):
        if not prior or not all(isinstance(word, str) for word in prior):
            raise SpecificationError(
                f"{name} has {len(prior)} entries, must name interactions by text such as {{'police:charity': 0.8}}"
            )
        return {word: in_range(f"{name}[{word!r}]", value, 0, 1, open_ends=True) for word, value in prior.items()}
    known = next((one for one in NAMED if one == prior), None)
    if known is None:
        raise SpecificationError(
            f"{name} == {prior!r}, must be 'uniform', 'sparse' or a mapping of interactions to probabilities"
        )
    return known


def read_stated(name: str, prior: StatedPrior, terms: Array, lists: Sequence[str]) -> TermPrior:
    """Lay a stated prior out over the interactions of a table.

    Parameters
    ----------
    name : str
        Name of the option.
    prior : str or mapping of str to float
        As :func:`check_stated` gives it.
    terms : numpy.ndarray
        Interactions that models may hold, shape (T,).
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    TermPrior
        The prior.

    Raises
    ------
    SpecificationError
        If an interaction is not among those that models may hold, or is named twice.

    Examples
    --------
    >>> found = read_stated("model_prior", {"a:b": 0.8}, np.array([3, 5, 6]), ["a", "b", "c"])
    >>> np.exp(found.log_odds).round(6).tolist()
    [4.0, 1.0, 1.0]
    """
    if prior == "sparse":
        return sparse(terms)
    size = len(terms)
    chance = np.full(size, 0.5)
    if isinstance(prior, Mapping):
        chance[:] = prior.get(OTHER, 0.5)
        seen: set[int] = set()
        for word, value in prior.items():
            if word == OTHER:
                continue
            term = read_term(word, lists)
            if term not in terms or term in seen:
                raise SpecificationError(
                    f"{name} names {word!r}, must name each interaction that models may hold once: {size} of them link "
                    "two lists or more, up to max_order"
                )
            seen.add(term)
            chance[terms == term] = value
    return TermPrior(terms, np.log(chance / (1 - chance)), np.zeros(size + 1))


def words_of(prior: StatedPrior, uniform: str) -> str:
    """Say what is assumed of models before the table is seen.

    Parameters
    ----------
    prior : str or mapping of str to float
        As it was stated.
    uniform : str
        The sentence for the uniform prior.

    Returns
    -------
    str or Message
        An assumption.

    Examples
    --------
    >>> print(words_of({"a:b": 0.8}, "All are alike."))
    Before the table is seen, interactions have these odds: a:b 4.
    """
    if prior == "uniform":
        return uniform
    if prior == "sparse" or not isinstance(prior, Mapping):
        return SPARSE
    odds = [say("{word} {odds:.2g}", word=word, odds=value / (1 - value)) for word, value in prior.items()]
    return say(STATED, stated=odds)


def prior_table(means: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Table what the posterior mean would be under other priors of models.

    Parameters
    ----------
    means : mapping of str to tuple of float
        Prior to posterior mean in persons, and share of the weight that carries over.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``prior``.

    Examples
    --------
    >>> prior_table({"uniform": (120.0, 1.0)}).loc["uniform", "mean"]
    np.float64(120.0)
    """
    index = pd.Index(list(means), name="prior", dtype="str")
    return pd.DataFrame(list(means.values()), columns=["mean", "carried"], index=index)


def reweighed(
    probability: Array, means: Array, stated: Array, others: Mapping[str, Array]
) -> dict[str, tuple[float, float]]:
    """Work out posterior means under other priors from those of models under one.

    Parameters
    ----------
    probability, means : numpy.ndarray
        Posterior probabilities of models and means under each, shape (R,).
    stated : numpy.ndarray
        Logarithm of the prior that was used, shape (R,).
    others : mapping of str to numpy.ndarray
        Logarithms of other priors, shape (R,) each.

    Returns
    -------
    dict of str to tuple of float
        Posterior mean, and the effective share of the models that carries over.

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> reweighed(half, np.array([10.0, 20.0]), np.zeros(2), {"uniform": np.log([4.0, 1.0])})
    {'uniform': (12.0, 0.735294117647)}
    """
    found = {}
    for name, log_prior in others.items():
        shift = log_prior - stated
        ratio = np.exp(shift - shift.max())
        weight = probability * ratio
        carried = weight.sum() ** 2 / (probability.sum() * (probability * ratio**2).sum())
        found[name] = (float(weight @ means / weight.sum()), round(float(carried), 12))
    return found


def check_models_prior(table: pd.DataFrame) -> Check:
    """Say how far the prior of models moves the posterior mean.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`prior_table` makes it, with rows ``uniform``, ``sparse`` and ``stated``.

    Returns
    -------
    Check
        Review where the largest is over 1.1 times the smallest.

    Examples
    --------
    >>> means = {"uniform": (100.0, 1.0), "sparse": (101.0, 1.0), "stated": (102.0, 1.0)}
    >>> check_models_prior(prior_table(means)).status
    'pass'
    """
    mean = {str(name): float(value) for name, value in table["mean"].items()}
    factor = max(mean.values()) / min(mean.values())
    said = say(
        "With all models equally probable the posterior mean is {uniform:,.0f}, with few interactions expected "
        "{sparse:,.0f}, as stated {stated:,.0f}.",
        uniform=mean["uniform"],
        sparse=mean["sparse"],
        stated=mean["stated"],
    )
    return Check("model_prior", "review" if factor > _MOVED else "pass", said, {**mean, "factor": factor})
