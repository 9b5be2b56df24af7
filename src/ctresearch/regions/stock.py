"""People who newly enter, or of a period, as people at one moment: by how long it lasts, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.validate import in_range
from ctresearch.regions.result_table import term_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning

_REFERENCE = (
    "Rothman, K. J., Greenland, S. and Lash, T. L. (2008). Modern Epidemiology, 3rd edition. Philadelphia: Lippincott "
    "Williams and Wilkins. Chapter 3."
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StockResult(Result):
    """People at one moment, worked out from a flow or a period.

    Parameters
    ----------
    factor : float
        What the number was multiplied by.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``stock``.

    Examples
    --------
    >>> from ctresearch.core import Result, Scope
    >>> made = Result(
    ...     method="m", estimates=estimates_table({"a": (100.0, 10.0, 82.0, 122.0)}), n=9, scope=Scope(measure="flow")
    ... )
    >>> to_stock(made, "a", duration=(2.0, 0.2)).factor
    2.0
    """

    factor: float = value_field(model("Stock over the number that was measured"))
    terms: ClassVar[Mapping[str, Meaning]] = {"stock": model("People at one moment", "persons", headline=True)}


def to_stock(result: Result, term: str, *, duration: tuple[float, float], period: float | None = None) -> StockResult:
    """Turn people who enter in a year, or who were in it in a period, into people in it at one moment.

    In a balance of those who enter and those who leave, the stock is the yearly flow times the mean duration, and of
    all people of a period a share of duration over duration and period.

    Parameters
    ----------
    result : Result
        Whose ``scope.measure`` is ``"flow"``, counted a year, or ``"period"``.
    term : str
        Which of its estimates.
    duration : tuple of float
        Mean duration in years and its standard error, above 0: what is not known of it widens the limits.
    period : float, optional
        Length of the period in years, for a period.

    Returns
    -------
    StockResult
        Term ``stock``, limits symmetrical on the log scale.

    Raises
    ------
    DataError
        If the measure is neither, the term is not there once, or the estimate is not above 0 with an error.
    SpecificationError
        If the duration has no error, or the period is missing or does not belong.

    References
    ----------
    .. [1] Rothman, K. J., Greenland, S. and Lash, T. L. (2008). Modern Epidemiology, 3rd edition. Philadelphia:
       Lippincott Williams and Wilkins. Chapter 3.

    Examples
    --------
    >>> from ctresearch.core import Result, Scope
    >>> table = estimates_table({"entered": (1000.0, 100.0, 804.0, 1196.0)})
    >>> made = Result(method="m", estimates=table, n=9, scope=Scope(measure="flow"))
    >>> row = to_stock(made, "entered", duration=(1.5, 0.3)).estimates.loc["stock"].drop("unit").astype(float).round()
    >>> print(f"at one moment {row['estimate']:.0f} ({row['ci_low']:.0f} to {row['ci_high']:.0f})")
    at one moment 1500 (968 to 2325)
    """
    from scipy.special import ndtri

    years, years_error = _read_duration(duration)
    size, error = _read_size(result, term_name(term))
    if result.scope.measure == "flow":
        if period is not None:
            raise SpecificationError("period is given for a flow, which is counted a year: leave it out")
        factor, share = years, 1.0
    elif result.scope.measure == "period":
        if period is None:
            raise SpecificationError("period is None, must be the length of the period in years")
        in_range("period", period, 0, open_ends=True)
        factor, share = years / (years + period), period / (years + period)
    else:
        raise DataError(
            f"the measure is {result.scope.measure!r}, must be 'flow' or 'period': a stock is one already, and of "
            "people who ever were nothing says when"
        )
    spread = float(np.hypot(error / size, share * years_error / years))
    reach, stock = float(ndtri((1 + result.level) / 2)), size * factor
    limits = (stock * float(np.exp(-reach * spread)), stock * float(np.exp(reach * spread)))
    numbers = {"estimate": (error / size) ** 2 / spread**2, "duration": (share * years_error / years) ** 2 / spread**2}
    return StockResult(
        method=say("Stock from a flow or a period by the mean duration"),
        estimates=estimates_table({"stock": (stock, stock * spread, *limits)}, unit="persons"),
        n=result.n,
        level=result.level,
        interval="log-normal",
        scope=replace(result.scope, measure="stock"),
        checks=(*result.checks, Check("duration", "review", _said(numbers["duration"]), numbers)),
        assumptions=(*result.assumptions, "As many enter as leave, and the mean duration did not change."),
        references=(*result.references, _REFERENCE),
        inputs=result.inputs,
        smallest_group=result.smallest_group,
        factor=factor,
    )


def _said(share: float) -> str:
    """Say how much of the uncertainty comes from the duration."""
    return say(
        "The stock holds if as many enter as leave; {share:.0%} of its uncertainty comes from the duration.",
        share=share,
    )


def _read_duration(duration: tuple[float, float]) -> tuple[float, float]:
    """Return mean duration and its error."""
    try:
        years, error = duration
    except (TypeError, ValueError):
        raise SpecificationError(
            "duration must be the mean in years and its standard error, such as (1.5, 0.3): a duration known without "
            "error there is not"
        ) from None
    return in_range("duration[0]", years, 0, open_ends=True), in_range("duration[1]", error, 0, open_ends=True)


def _read_size(result: Result, term: str) -> tuple[float, float]:
    """Return an estimate above 0 and its standard error on its own scale."""
    if not isinstance(result, Result):
        raise DataError(f"result is a {type(result).__name__}, must be a Result")
    if result.status == "fail" or result.scale != "identity":
        raise DataError(
            f"the result has status {result.status!r} on the {result.scale} scale, must have no failed check and stand "
            "on the identity scale"
        )
    if list(result.estimates.index).count(term) != 1:
        raise DataError(f"the result has {list(result.estimates.index).count(term)} rows of {term!r}, must have one")
    row = result.estimates.loc[[term], ["estimate", "std_error"]].to_numpy(dtype=float)[0]
    size, error = float(row[0]), float(row[1])
    if not (0 < size < np.inf and 0 < error < np.inf):
        raise DataError(
            "the estimate is not above 0 with a standard error, must be both: nothing else is a number of people"
        )
    return size, error
