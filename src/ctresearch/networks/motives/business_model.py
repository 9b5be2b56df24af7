"""The unit economics of a scheme: what one exploited person earns those who exploit them, and what would stop it.

A scheme runs for some months for each person. It earns every month until it ends or is detected; detection ends it and
costs a penalty. All that is known loosely is given as a range, and the spread of the profit follows by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, model, operational
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.render import as_card
from ctresearch.core.result import Result, value_field
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.networks.evidence.declared import headline, things
from ctresearch.networks.motives.break_even import break_even, economics
from ctresearch.networks.protection.marked_outputs import mark_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Floats = NDArray[np.float64]

Range = float | tuple[float, float, float]
BANDS = (0.0, 1e2, 1e3, 1e4, 1e5, 1e6)
ASSUMPTIONS = (
    "Quantities that are given as ranges vary on their own, as PERT distributions over low, most likely and high.",
    "The risk of detection is the same in every month, and detection ends the scheme for that person.",
    (
        "Offenders who act for profit stop where the expected profit is not above zero; those who act from other "
        "motives do not."
    ),
    "Prices stay in the study: what is released are kinds of items and bands, from bands().",
)
_MONEY = "currency per person"
LEVERS = ("price", "volume", "monthly_cost", "entry_cost", "detection", "penalty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """What is known of a scheme, per exploited person; each a number, or low, most likely and high.

    Parameters
    ----------
    price : float or tuple
        Paid for one service or unit of work, in one currency throughout.
    volume : float or tuple
        Services or units a month.
    monthly_cost : float or tuple
        Housing, food, guards, bribes, rent of places a month.
    entry_cost : float or tuple
        Recruitment, documents and transport, once.
    debt : float or tuple
        Debt that the person is made to pay off, spread evenly over the months.
    months : float or tuple
        Time a person is exploited if nobody intervenes.
    detection : float or tuple
        Chance of detection in one month.
    penalty : float or tuple
        What detection costs: fines, seized assets, income lost in prison, by its expected value.

    Raises
    ------
    SpecificationError
        If a number is negative, a chance above 1, or a range out of order.

    Examples
    --------
    >>> Scheme(price=30, volume=(100, 150, 200), months=12).volume
    (100, 150, 200)
    """

    price: Range
    volume: Range
    months: Range
    monthly_cost: Range = 0.0
    entry_cost: Range = 0.0
    debt: Range = 0.0
    detection: Range = 0.0
    penalty: Range = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for one in fields(self):
            value = getattr(self, one.name)
            low, _, high = three = _range(one.name, value)
            for number in three:
                in_range(one.name, number, 0, 1 if one.name == "detection" else None)
            if one.name == "months" and low < 1:
                raise SpecificationError(f"months == {value!r}, must be at least 1")
            if not low <= three[1] <= high:
                raise SpecificationError(f"{one.name} == {value!r}, must be (low, most likely, high) in this order")

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=[one.name for one in fields(self)])


def _detail(label: str, unit: str) -> Meaning:
    """Mean a figure of how a scheme earns, which could help to run one."""
    return replace(operational(label), unit=unit)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BusinessModelResult(Result):
    """The economics of a scheme for one exploited person.

    Parameters
    ----------
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms ``revenue``, ``cost``, ``profit``, ``margin``,
        ``months_active``, ``loss`` (share of draws without profit), ``loss_undetected`` (the same if nobody were ever
        detected) and ``break_even``, with key ``lever``: the median, over all draws, of the value of one quantity, the
        others as they are, from which a draw no longer earns (of price and volume: from which it earns). It is 0 for a
        draw that is there at zero already and infinite for one that never gets there, so at this value half of the
        draws lose.

    Examples
    --------
    >>> business_model(Scheme(price=30, volume=100, months=12)).bands().loc["profit", "band"]
    '10,000 to 100,000'
    """

    n: int = value_field(things("Schemes", "schemes"))

    terms: ClassVar[Mapping[str, Meaning]] = {
        "revenue": _detail("Revenue", _MONEY),
        "cost": _detail("Cost", _MONEY),
        "profit": headline(_detail("Profit", _MONEY)),
        "margin": _detail("Margin", "share of revenue"),
        "months_active": _detail("Months until detection or the end", "months"),
        "loss": model("Draws that make no profit", "share of draws"),
        "loss_undetected": model("Draws that make no profit though nobody is detected", "share of draws"),
        "break_even": _detail("Value of the lever at which the scheme no longer earns", "unit of lever"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"lever": key("Lever")}
    operational_detail: ClassVar[bool] = True
    """Ask the release gate to look at this with operational detail in mind."""

    def __post_init__(self) -> None:
        """Mark the tables, so that the gate knows them wherever they go."""
        super().__post_init__()
        mark_tables(self, "operational_detail")

    def bands(self) -> pd.DataFrame:
        """Return the money terms as bands of powers of ten: what may be released.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``term``, with the ``band`` of the median; no price, volume or lever.

        Examples
        --------
        >>> business_model(Scheme(price=3, volume=10, months=2)).bands()["band"].tolist()
        ['under 100', 'under 100', 'under 100']
        """
        table = self.estimates
        return pd.DataFrame({"band": table.loc[["revenue", "cost", "profit"], "estimate"].map(_band)})


def business_model(scheme: Scheme, *, draws: int = 10_000, level: float = 0.95, seed: Seed = 0) -> BusinessModelResult:
    """Work out what a scheme earns, and at which price, cost or risk it no longer does.

    Parameters
    ----------
    scheme : Scheme
        What is known, as numbers and ranges.
    draws : int
        Monte Carlo draws from the ranges.
    level : float
        Share of the draws inside the limits.
    seed : int or numpy.random.SeedSequence
        Where the draws come from.

    Returns
    -------
    BusinessModelResult
        Medians and quantiles of the draws, per exploited person over the whole scheme.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    References
    ----------
    .. [1] Aronowitz, A., Theuermann, G. and Tyurykanova, E. (2010). Analysing the Business Model of Trafficking in
       Human Beings to Better Prevent the Crime. OSCE, Vienna.
    .. [2] Becker, G. S. (1968). Crime and punishment: an economic approach. Journal of Political Economy 76, 169-217.
       https://doi.org/10.1086/259394

    Examples
    --------
    >>> scheme = Scheme(price=(20, 30, 50), volume=(60, 100, 160), months=(6, 12, 24), monthly_cost=900,
    ...                 entry_cost=2000, detection=(0.005, 0.01, 0.03), penalty=(5000, 20000, 60000))
    >>> table = business_model(scheme).estimates
    >>> lever = table[table["lever"] == "detection"].iloc[0]
    >>> print(f"half of such schemes lose money once one in {1 / lever['estimate']:.0f} is detected a month")
    half of such schemes lose money once one in 11 is detected a month
    """
    if not isinstance(scheme, Scheme):
        raise SpecificationError(f"scheme is a {type(scheme).__name__}, must be a Scheme")
    draws, level = whole_number("draws", draws, low=100), is_level(level)
    rng = generator(seed)
    drawn = {one.name: _pert(_range(one.name, getattr(scheme, one.name)), draws, rng) for one in fields(scheme)}
    found = economics(drawn)
    free = economics(drawn | {"detection": np.zeros_like(drawn["detection"])})["profit"]
    levers = {name: break_even(drawn, name) for name in LEVERS}
    varies = any(isinstance(getattr(scheme, one.name), tuple) for one in fields(scheme))
    return BusinessModelResult(
        method="Unit economics of a scheme, by simulation",
        estimates=_table(found, levers, level, idle=float((free <= 0).mean())),
        n=1,
        level=level,
        interval="percentile of draws" if varies else "none",
        checks=_checks(found, levers, idle=float((free <= 0).mean())),
        assumptions=ASSUMPTIONS,
        references=references(business_model),
        inputs=record(pd.DataFrame({name: [str(getattr(scheme, name))] for name in drawn}), seed=recorded_seed(seed)),
    )


def _range(name: str, value: Range) -> tuple[float, float, float]:
    """Write a number as a range of no width."""
    if not isinstance(value, tuple):
        return (value, value, value)
    if len(value) != 3:
        raise SpecificationError(f"{name} == {value!r}, must be a number or (low, most likely, high)")
    return value


def _pert(three: tuple[float, float, float], draws: int, rng: np.random.Generator) -> Floats:
    """Draw from a PERT distribution, a beta between low and high with four times the weight on the most likely."""
    low, mode, high = map(float, three)
    if high == low:
        return np.full(draws, low)
    shape = 4.0 / (high - low)
    return low + (high - low) * rng.beta(1 + shape * (mode - low), 1 + shape * (high - mode), draws)


def _table(found: dict[str, Floats], levers: dict[str, Floats], level: float, *, idle: float) -> pd.DataFrame:
    """Lay medians and quantiles out."""
    rows = [(name, "", *_summary(values, level)) for name, values in found.items()]
    rows.append(("loss", "", float((found["profit"] <= 0).mean()), np.nan, np.nan, np.nan))
    rows.append(("loss_undetected", "", idle, np.nan, np.nan, np.nan))
    rows += [("break_even", name, *_summary(values, level)) for name, values in levers.items()]
    frame = pd.DataFrame(rows, columns=["term", "lever", "estimate", "std_error", "ci_low", "ci_high"]).set_index(
        "term"
    )
    units = {
        "margin": "share of revenue",
        "months_active": "months",
        "loss": "share of draws",
        "loss_undetected": "share of draws",
        "break_even": "unit of lever",
    }
    return frame.assign(unit=[units.get(str(term), _MONEY) for term in frame.index])


def _summary(values: Floats, level: float) -> tuple[float, float, float, float]:
    """Return median, standard deviation and quantiles of all draws; NaN where they are infinite."""
    there = values[~np.isnan(values)]
    if not len(there):
        return np.nan, np.nan, np.nan, np.nan
    if np.isinf(there).any():  # order alone counts, since nothing lies between a number and infinity
        ends = np.quantile(there, [(1 - level) / 2, 0.5, (1 + level) / 2], method="inverted_cdf")
        low, middle, high = np.where(np.isinf(ends), np.nan, ends)
        return float(middle), np.nan, float(low), float(high)
    if np.ptp(there) <= 1e-9 * max(1.0, abs(float(there[0]))):
        return float(there[0]), np.nan, np.nan, np.nan
    low, middle, high = np.quantile(there, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return float(middle), float(there.std(ddof=1)), float(low), float(high)


def _checks(found: dict[str, Floats], levers: dict[str, Floats], *, idle: float) -> tuple[Check, ...]:
    """Say whether the scheme earns at all, and for which levers there is a break-even."""
    loss = float((found["profit"] <= 0).mean())
    absent = [name for name, values in levers.items() if np.isfinite(values).mean() <= 0.5]
    return (
        Check(
            "profit",
            "pass" if loss < 0.5 else "review",
            say("{loss:.0%} of the draws make no profit.", loss=loss)
            if loss < 0.5
            else say("{loss:.0%} of the draws make no profit: are the ranges those of a scheme that runs?", loss=loss),
            {"loss": loss},
        ),
        Check(
            "break_even",
            "review" if absent else "pass",
            (
                say("No value of {absent} alone brings the profit to zero in most draws.", absent=absent)
                if absent
                else "Each lever alone can bring the profit to zero in most draws."
            ),
            {"absent": len(absent)},
        ),
        Check(
            "undetected",
            "review" if idle >= 0.5 else "pass",
            say(
                "{idle:.0%} of the draws lose money without any detection; their break-even of a cost or "
                "risk is 0 where they lose at 0 of it.",
                idle=idle,
            ),
            {"loss": idle},
        ),
    )


def _band(amount: float) -> str:
    """Say in which band of powers of ten an amount lies."""
    if amount < 0:
        return "loss"
    for low, high in pairwise(BANDS):
        if amount < high:
            return f"under {high:,.0f}" if low == 0 else f"{low:,.0f} to {high:,.0f}"
    return f"{BANDS[-1]:,.0f} and more"
