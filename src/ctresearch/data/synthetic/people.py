"""Invented people with covariates, and what their covariates add up to on a scale of coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import in_range
from ctresearch.data.synthetic.draws import categories, is_distribution, normals

if TYPE_CHECKING:
    from ctresearch.data.synthetic.draws import Floats

Covariates = Mapping[str, Mapping[str, float] | tuple[float, float]]


def people(rng: np.random.Generator, n: int, covariates: Covariates) -> pd.DataFrame:
    """Draw people with independent covariates.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    n : int
        Number of people.
    covariates : mapping
        Name to shares by level for a categorical covariate, or to ``(mean, standard deviation)`` for a normal one.

    Returns
    -------
    pandas.DataFrame
        One row a person.

    Raises
    ------
    SpecificationError
        If shares are no probabilities or a standard deviation is negative.

    Examples
    --------
    >>> people(np.random.Generator(np.random.PCG64(1)), 2, {"sex": {"woman": 0.5, "man": 0.5}})["sex"].tolist()
    ['man', 'man']
    """
    columns = {}
    for name, how in covariates.items():
        if isinstance(how, Mapping):
            shares = is_distribution(f"covariates[{name!r}]", list(how.values()))
            columns[name] = np.array(list(how), dtype=object)[categories(rng, shares, n)]
        else:
            mean, deviation = how
            in_range(f"standard deviation of {name!r}", deviation, 0)
            columns[name] = np.round(mean + deviation * normals(rng, n), 2)
    return pd.DataFrame(columns, index=pd.RangeIndex(n))


def linear_predictor(frame: pd.DataFrame, effects: Mapping[str, float], centre: Covariates) -> Floats:
    """Add up coefficients over the covariates of each person.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    effects : mapping of str to float
        ``"sex=woman"`` to the coefficient of that level, or ``"age"`` to the slope in one unit from the mean.
    centre : mapping
        The covariates as :func:`people` takes them, for their means.

    Returns
    -------
    numpy.ndarray
        Sum by person, shape (n,).

    Raises
    ------
    SpecificationError
        If an effect names no covariate or no level of it.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": ["woman", "man"]})
    >>> linear_predictor(frame, {"sex=woman": 0.5}, {"sex": {"woman": 0.5, "man": 0.5}}).tolist()
    [0.5, 0.0]
    """
    total = np.zeros(len(frame))
    for term, value in effects.items():
        name, _, level = term.partition("=")
        how = centre.get(name)
        if isinstance(how, Mapping) and level in how:
            total += value * (frame[name] == level).to_numpy()
        elif isinstance(how, Sequence) and not level:
            total += value * (frame[name].to_numpy() - how[0])
        else:
            raise SpecificationError(f"effect == {term!r}, must be one of {', '.join(map(repr, term_names(centre)))}")
    return total


def term_names(covariates: Covariates) -> list[str]:
    """List the terms that an effect may name.

    Parameters
    ----------
    covariates : mapping
        As :func:`people` takes them.

    Returns
    -------
    list of str
        ``"name=level"`` for categorical covariates, ``"name"`` for others.

    Examples
    --------
    >>> term_names({"sex": {"woman": 0.5, "man": 0.5}, "age": (30.0, 8.0)})
    ['sex=woman', 'sex=man', 'age']
    """
    return [
        term
        for name, how in covariates.items()
        for term in ([f"{name}={level}" for level in how] if isinstance(how, Mapping) else [name])
    ]
