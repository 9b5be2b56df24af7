"""Quantities that are not known exactly: a value, its limits, and the distribution that they stand for."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ctresearch.core.cells import row_words
from ctresearch.core.columns import read_numbers
from ctresearch.core.errors import CellError, DataError, FitError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.result import Result
from ctresearch.core.validate import in_range, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.consequences.durations.durations import Floats

Shape = Literal["fixed", "uniform", "triangular", "lognormal", "gamma", "beta"]
# limits of a table are taken to be those of 95 %, which published costs and burdens give
_NORMAL = 1.959963984540054
Given = float | tuple[float, float] | Result


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value with its limits and a distribution.

    Parameters
    ----------
    value : float
        The central value.
    low, high : float
        The ends for ``"uniform"`` and ``"triangular"``, otherwise 95 % limits.
    shape : {"fixed", "uniform", "triangular", "lognormal", "gamma", "beta"}
        Log-normal has its median where the limits have their geometric mean; gamma and beta have their mean at
        ``value`` and the standard deviation that the limits imply for a normal one.
    sample : tuple of float
        Draws that stand in place of a distribution.

    Raises
    ------
    DataError
        If the limits are not in order, or the distribution does not allow them.

    Examples
    --------
    >>> Uncertain(2.0, 1.0, 4.0, "triangular").draw(np.random.default_rng(0), 3).shape
    (3,)
    """

    value: float
    low: float
    high: float
    shape: Shape = "fixed"
    sample: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Hold the limits to their order and to what the distribution allows."""
        one_of("distribution", self.shape, get_args(Shape))
        broken = broken_rule(self.value, self.low, self.high, self.shape)
        if broken:
            raise DataError(f"a quantity of {self.value:g} with limits {self.low:g} and {self.high:g} {broken}")

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """Draw from the distribution.

        Parameters
        ----------
        random : numpy.random.Generator
            Source of the draws.
        count : int
            How many.

        Returns
        -------
        numpy.ndarray
            Shape (count,).

        Examples
        --------
        >>> Uncertain(2.0, 2.0, 2.0).draw(np.random.default_rng(0), 2).tolist()
        [2.0, 2.0]
        """
        if self.sample:
            return random.choice(np.array(self.sample), count)
        if self.shape == "fixed" or self.low == self.high:
            return np.full(count, self.value)
        return _draw(self, random, count)

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["value", "low", "high", "shape"])


def broken_rule(value: float, low: float, high: float, shape: Shape) -> str:
    """Say what a quantity must be and is not; empty where it is.

    Parameters
    ----------
    value, low, high : float
        The central value and its limits.
    shape : str
        The distribution.

    Returns
    -------
    str
        Words that name no value.

    Examples
    --------
    >>> broken_rule(3.0, 1.0, 2.0, "triangular"), broken_rule(1.5, 1.0, 2.0, "triangular")
    ('must lie between its limits', '')
    """
    if not all(np.isfinite((value, low, high))) or not low <= value <= high:
        return "must lie between its limits"
    if shape in {"lognormal", "gamma"} and low <= 0:
        return f"must have a lower limit above 0 to be {shape}: use 'triangular'"
    if shape == "beta" and not (0 < value < 1 and low >= 0 and high <= 1):
        return "must lie between 0 and 1 to be beta"
    return ""


def read_uncertain(
    name: str, value: Floats, low: Floats, high: Floats, shapes: Sequence[Shape]
) -> tuple[Uncertain, ...]:
    """Read quantities from the columns of a table.

    Parameters
    ----------
    name : str
        Column of the central values, for the message.
    value, low, high : numpy.ndarray
        Shape (rows,) each.
    shapes : sequence of str
        One distribution a row.

    Returns
    -------
    tuple of Uncertain
        One a row.

    Raises
    ------
    CellError
        If a row breaks a rule; the message says which rows and what they must be.

    Examples
    --------
    >>> one = np.ones(1)
    >>> read_uncertain("cost", one, one, one, ["fixed"])[0].value
    1.0
    """
    rows = [(float(v), float(a), float(b), shape) for v, a, b, shape in zip(value, low, high, shapes, strict=True)]
    rules = [broken_rule(*row) for row in rows]
    first = next((rule for rule in rules if rule), "")
    if first:
        wrong = [i for i, rule in enumerate(rules, start=1) if rule == first]
        raise CellError(
            f"column {name!r}: {len(wrong):,} of {len(rules):,} quantities (rows {row_words(wrong)}) {first}",
            column=name,
            rows=wrong,
        )
    return tuple(Uncertain(*row) for row in rows)


def read_limits(frame: pd.DataFrame, column: str, value: Floats) -> Floats:
    """Read a column of limits; where one is missing the quantity is known.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    column : str
        The column, which need not be there.
    value : numpy.ndarray
        Central values, shape (rows,).

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    DataError
        If it holds something else than finite numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> read_limits(pd.DataFrame({"low": [1.0, None]}), "low", np.array([2.0, 3.0])).tolist()
    [1.0, 3.0]
    """
    out = np.array(value, dtype=float)
    given = frame[column].notna().to_numpy() if column in frame else np.zeros(len(frame), dtype=bool)
    if given.any():
        out[given] = read_numbers(frame[given], column)
    return out


def as_uncertain(name: str, given: Given, term: str = "population") -> Uncertain:
    """Read a number, a range or an estimate as a quantity.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    given : float, tuple of float, or Result
        A known number; two ends, between which every value is as likely; or an estimate, whose draws are used where it
        has them and otherwise the log-normal distribution of its limits.
    term : str
        Term of the estimate.

    Returns
    -------
    Uncertain
        The quantity.

    Raises
    ------
    SpecificationError
        If it is none of these, or is negative.
    FitError
        If a check of the estimate failed, or it has no limits.

    Examples
    --------
    >>> as_uncertain("victims", (10_000, 13_000)).value
    11500.0
    """
    if isinstance(given, Result):
        return _from_result(name, given, term)
    if isinstance(given, tuple):
        if len(given) != 2:
            raise SpecificationError(f"{name} has {len(given)} parts, must be a number, a pair (low, high) or a Result")
        low, high = (float(in_range(name, end, 0)) for end in given)
        if low > high:
            raise SpecificationError(f"{name} == {given!r}, must have its lower end first")
        return Uncertain((low + high) / 2, low, high, "uniform")
    if not isinstance(given, numbers.Real):
        raise SpecificationError(
            f"{name} is a {type(given).__name__}, must be a number, a pair (low, high) or a Result"
        )
    value = float(in_range(name, given, 0))
    return Uncertain(value, value, value)


def _draw(quantity: Uncertain, random: np.random.Generator, count: int) -> Floats:
    """Draw from a distribution that has a width."""
    value, low, high = quantity.value, quantity.low, quantity.high
    deviation = (high - low) / (2 * _NORMAL)
    if quantity.shape == "uniform":
        return random.uniform(low, high, count)
    if quantity.shape == "triangular":
        return random.triangular(low, value, high, count)
    if quantity.shape == "lognormal":
        return random.lognormal(np.log(low * high) / 2, np.log(high / low) / (2 * _NORMAL), count)
    if quantity.shape == "gamma":
        return random.gamma((value / deviation) ** 2, deviation**2 / value, count)
    size = value * (1 - value) / deviation**2 - 1
    return random.beta(value * size, (1 - value) * size, count)


def _from_result(name: str, result: Result, term: str) -> Uncertain:
    """Take the draws of an estimate, or the log-normal distribution of its limits."""
    table = result.estimates
    if list(table.index).count(term) != 1:
        raise SpecificationError(
            f"{name} has {len(table):,} terms, {list(table.index).count(term)} of them {term!r}, must have one term "
            f"{term!r}"
        )
    estimate = float(table["estimate"][term])
    if result.status == "fail" or not np.isfinite(estimate):
        raise FitError(f"{name} rests on an estimate with a failed check ({result.method}): settle that first")
    draws = result.draws
    if draws is not None and term in draws.index:
        sample = draws.loc[term].to_numpy(dtype=float)
        low, high = (float(v) for v in np.quantile(sample, [0.025, 0.975]))
        value = min(max(estimate, low), high)
        return Uncertain(value, low, high, "fixed", tuple(float(v) for v in sample))
    interval = result.confidence_interval(0.95)
    low, high = float(interval.low[term]), float(interval.high[term])
    if not (np.isfinite([low, high]).all() and low > 0):
        raise FitError(f"{name} is an estimate with limits {low:g} and {high:g}, must have limits above 0 or draws")
    return Uncertain(estimate, low, high, "lognormal")
