"""What latent classes with covariates say about a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.latent.class_likelihood import Parameters, chances_of
from ctresearch.prevalence.lists.declared import POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.latent.class_fit import ClassFit
    from ctresearch.prevalence.latent.class_likelihood import ClassData
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LatentClassRegressionResult(Result):
    """Population size from latent classes with covariates.

    Parameters
    ----------
    classes : pandas.DataFrame
        Indexed by ``class``, the one with the most people first: its ``share`` of the population, the chance of being
        ``seen`` on any list, and the ``estimate`` of its people.
    list_chances : pandas.DataFrame
        By ``class`` and ``list``, the chance of being on the list, over the people of the class.
    coefficients : pandas.DataFrame
        By ``part`` (class, list, covariate, pair), ``of`` and ``column``: ``estimate`` on the logit scale and its
        ``std_error``, NaN where the parameter is at the edge.
    fits : pandas.DataFrame
        Indexed by ``classes``, the numbers of classes that were tried: ``estimate``, ``loglik``, ``bic``, ``aic``,
        ``parameters``, ``status``.
    loglik : float
        Conditional log-likelihood.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import LatentClassRegression
    >>> frame = pd.DataFrame({"a": [1, 0, 1] * 20, "b": [0, 1, 1] * 20})
    >>> LatentClassRegression(1, lists=["a", "b"]).fit(frame).classes["seen"].round(3).tolist()
    [0.75]
    """

    classes: pd.DataFrame = table_field(
        {
            "class": key("Class"),
            "share": model("Share of the population", reader="percent"),
            "seen": model("Chance of being on a list", reader="percent"),
            "estimate": model("Estimated people of the class", "persons"),
        }
    )
    list_chances: pd.DataFrame = table_field(
        {
            "class": key("Class"),
            "list": key("List"),
            "chance": model("Chance of being on the list", reader="percent"),
        }
    )
    coefficients: pd.DataFrame = table_field(
        {
            "part": key("Part of the model"),
            "of": key("Class, list or pair of lists"),
            "column": key("Covariate"),
            "estimate": model("Coefficient", "log odds", reader="ratio"),
            "std_error": model("Standard error", "log odds"),
        }
    )
    fits: pd.DataFrame = table_field(
        {
            "classes": key("Number of classes"),
            "estimate": model("Estimated population", "persons"),
            "loglik": model("Log-likelihood"),
            "bic": model("BIC"),
            "aic": model("AIC"),
            "parameters": count("Parameters", "parameters", of="nobody"),
            "status": mark("Whether its estimate exists"),
        }
    )
    loglik: float = value_field(model("Log-likelihood"))
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION


@dataclass(frozen=True, slots=True)
class Named:
    """Names of lists, of the columns of both designs with the scale each was divided by, and of pairs."""

    lists: tuple[str, ...]
    weights: tuple[str, ...]
    weight_scale: Array
    effects: tuple[str, ...]
    effect_scale: Array
    pairs: tuple[str, ...]


def class_table(fit: ClassFit, data: ClassData) -> pd.DataFrame:
    """Table the classes: share, chance of being seen, people."""
    chances = chances_of(Parameters.read(fit.vector, fit.classes, data), data)
    people = data.counts.sum(axis=1) / (1 - chances.unseen)
    inside = people @ chances.classes
    unseen = people @ (chances.classes * chances.cells[:, :, 0])
    index = pd.RangeIndex(1, fit.classes + 1, name="class")
    columns = {"share": inside / inside.sum(), "seen": 1 - unseen / inside, "estimate": inside}
    return pd.DataFrame(columns, index=index)


def chance_table(fit: ClassFit, data: ClassData, lists: Sequence[str]) -> pd.DataFrame:
    """Table the chance of every list in every class, over its people."""
    chances = chances_of(Parameters.read(fit.vector, fit.classes, data), data)
    people = (data.counts.sum(axis=1) / (1 - chances.unseen))[:, None] * chances.classes
    on = np.einsum("sc,sck->ck", people / people.sum(axis=0), chances.cells @ data.bits.T)
    columns: dict[str, Any] = {
        "class": np.repeat(np.arange(1, fit.classes + 1), len(lists)),
        "list": np.tile(list(lists), fit.classes),
        "chance": on.ravel(),
    }
    return pd.DataFrame(columns)


def coefficient_rows(fit: ClassFit, data: ClassData, names: Named) -> pd.DataFrame:
    """Table the coefficients in the units of the covariates."""
    classes, intercept = range(1, fit.classes + 1), "Intercept"
    rows = [("class", f"{one}", column) for one in classes[1:] for column in names.weights]
    rows += [("list", f"{name} ({one})", intercept) for one in classes for name in names.lists]
    rows += [("covariate", name, column) for column in names.effects for name in names.lists]
    rows += [("pair", pair, intercept) for pair in names.pairs]
    scale = Parameters(
        np.tile(names.weight_scale, (fit.classes - 1, 1)),
        np.ones((fit.classes, len(names.lists))),
        np.repeat(names.effect_scale[:, None], len(names.lists), axis=1),
        np.ones(len(names.pairs)),
    ).vector()
    table = pd.DataFrame(rows, columns=["part", "of", "column"])
    error = np.sqrt(np.maximum(np.diag(fit.covariance), 0))
    return table.assign(estimate=fit.vector / scale, std_error=error / scale)


def fit_table(fits: Sequence[ClassFit], people: float) -> pd.DataFrame:
    """Table the numbers of classes that were tried."""
    status = ["ok" if one.usable else "not identified" if one.converged else "not converged" for one in fits]
    columns: dict[str, Any] = {
        "estimate": [one.population if one.usable else np.nan for one in fits],
        "loglik": [one.loglik for one in fits],
        "bic": [one.bic(people) for one in fits],
        "aic": [one.aic() for one in fits],
        "parameters": [one.parameters for one in fits],
        "status": status,
    }
    return pd.DataFrame(columns, index=pd.Index([one.classes for one in fits], name="classes"))
