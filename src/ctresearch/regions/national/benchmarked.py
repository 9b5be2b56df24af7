"""Draws of countries brought to the total of their region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key, refuse_alike
from ctresearch.core.validate import in_range, is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Benchmarked:
    """Draws of countries after benchmarking.

    Parameters
    ----------
    people : numpy.ndarray
        Shape (draws, countries).
    factors : dict of str to float
        For each region with a benchmark, its median over that of the model.
    outside : tuple of str
        Regions whose benchmark lies outside the limits of the model.
    """

    people: Floats
    factors: dict[str, float]
    outside: tuple[str, ...]


def read_benchmarks(given: Mapping[str, tuple[float, float]] | None) -> dict[str, tuple[float, float]]:
    """Read totals of regions with their standard errors.

    Parameters
    ----------
    given : mapping of str to tuple of float
        Region to total and standard error.

    Returns
    -------
    dict
        The same, checked.

    Raises
    ------
    SpecificationError
        If a total is not above 0 or an error below 0.
    """
    if given is None:
        return {}
    refuse_alike(list(is_mapping("benchmark", given)), "benchmark")
    out = {}
    for name, pair in given.items():
        try:
            total, error = pair
        except (TypeError, ValueError):
            raise SpecificationError(
                f"benchmark has a {type(pair).__name__}, must map each region to its total and standard error"
            ) from None
        in_range("total of a benchmark", total, 0, 1e15, open_ends=True)
        error = in_range("error of a benchmark", error, 0, 100 * float(total))
        out[str(name)] = (float(total), float(error))
    return out


def to_benchmarks(
    people: Floats,
    regions: tuple[str, ...],
    benchmarks: Mapping[str, tuple[float, float]],
    random: np.random.Generator,
    level: float,
) -> Benchmarked:
    """Multiply the draws of all countries of a region by what brings their sum to its total.

    Parameters
    ----------
    people : numpy.ndarray
        Shape (draws, countries).
    regions : tuple of str
        Of each country.
    benchmarks : mapping of str to tuple of float
        Total and standard error, which is carried as a log-normal distribution.
    random : numpy.random.Generator
        The stream.
    level : float
        Of the limits that a benchmark is compared with.

    Returns
    -------
    Benchmarked
        Draws, factors, and regions where both disagree.

    Raises
    ------
    DataError
        If a benchmark is of a region without a country.
    """
    keys = np.array([name_key(one) for one in regions])
    out, factors, outside = people.copy(), {}, []
    for place, (name, (total, error)) in enumerate(benchmarks.items(), start=1):
        here = keys == name_key(name)
        if not here.any():
            raise DataError(
                f"benchmark {place} of {len(benchmarks)} is of a region that no country belongs to: spell it as the "
                "table of people does"
            )
        own = people[:, here].sum(axis=1)
        shape = np.sqrt(np.log1p((error / total) ** 2))
        wanted = total * np.exp(shape * random.standard_normal(len(people)) - shape**2 / 2)
        out[:, here] = people[:, here] * (wanted / own)[:, None]
        factors[name] = float(np.median(wanted) / np.median(own))
        reach = np.quantile(np.log(wanted / own), [(1 - level) / 2, (1 + level) / 2])
        if not reach[0] <= 0 <= reach[1]:
            outside.append(name)
    return Benchmarked(out, factors, tuple(outside))
