"""Illegal profits of forced labour: victims by form and region, times what each brings, neither of which is sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import render
from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, limits, model
from ctresearch.core.message import say
from ctresearch.core.names import name_key, read_names
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, whole_number
from ctresearch.regions.from_results import read_results
from ctresearch.regions.result_table import term_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Floats = NDArray[np.float64]

_REFERENCES = (
    (
        "International Labour Organization (2024). Profits and poverty: the economics of forced labour. Second "
        "edition. Geneva: ILO. https://policycommons.net/artifacts/11756929/untitled/12648215/"
    ),
)
_ASSUMPTIONS = (
    "Victims at one moment stand for those of the whole year, and what one brings is for a whole year.",
    (
        "Profits of forced labour other than sexual exploitation are wages withheld: what would be paid without force, "
        "less what is paid. Recruitment fees, taxes and social contributions that were not paid are not in them."
    ),
    "How sure numbers of victims are, and how sure profits are, does not hang together.",
)
_MOST_MONEY, _MOST_TIMES = 1e15, 100.0  # a year of one victim in any currency; an error over its profit
_MOST = 0.5  # a share of the variance of a total beyond which one of two things is what is least known
_TABLE = {
    "form": key("Form of exploitation"),
    "region": key("Region"),
    **limits(),
    "estimate": model("Illegal profits a year", "currency"),
    "victims": model("Victims at one moment", "persons"),
    "profit_each": model("Profits a year of one victim", "currency"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IllegalProfitsResult(Result):
    """Illegal profits a year.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row a form and region: profits with limits, ``victims`` and ``profit_each``.
    forms, regions : pandas.DataFrame
        The same summed over regions and over forms, draw by draw.
    from_victims : float
        Share of the variance of the logarithm of the total that comes from numbers of victims.
    currency : str
        Of all amounts, and the year of its prices.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``total`` and ``each``, profits over victims.

    Examples
    --------
    >>> IllegalProfitsResult.terms["total"].label
    'Illegal profits a year'
    """

    n: int = value_field(count("Forms and regions", "rows", of="nobody"))
    cells: pd.DataFrame = table_field(_TABLE)
    forms: pd.DataFrame = table_field(_TABLE)
    regions: pd.DataFrame = table_field(_TABLE)
    from_victims: float = value_field(
        model("Share of the uncertainty that comes from numbers of victims", reader="percent")
    )
    currency: str = value_field(key("Currency and year of its prices"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "total": model("Illegal profits a year", "currency", headline=True),
        "each": model("Profits a year of one victim, on average", "currency"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the profits of each form with their limits.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            One row a form, on a logarithmic axis.

        Examples
        --------
        >>> IllegalProfitsResult.plot.__name__
        'plot'
        """
        from ctresearch.core import plot

        table = self.forms.set_index("form")[["estimate", "std_error", "ci_low", "ci_high"]]
        drawn = plot.forest(
            table.assign(unit=self.currency), title=render.title(self), label=f"{self.currency} a year", log=True, ax=ax
        )
        return plot.shows(drawn, table.reset_index(), {name: _TABLE[name] for name in ("form", *table.columns)})


def illegal_profits(
    victims: Mapping[tuple[str, str], Result],
    profits: pd.DataFrame,
    *,
    term: str = "total",
    form: str = "form",
    region: str = "region",
    profit: str = "profit",
    std_error: str = "std_error",
    due: str | None = None,
    paid: str | None = None,
    correlation: float = 1.0,
    currency: str = "US dollars",
    draws: int = 4000,
    level: float = 0.95,
    seed: Seed = 0,
) -> IllegalProfitsResult:
    """Carry numbers of victims, with their draws, into the profits that are made from them.

    Parameters
    ----------
    victims : mapping of tuple of str to Result
        Form and region to a result of any room whose ``scope.measure`` is ``"stock"``. Results of one fit are carried
        draw by draw together, others as independent.
    profits : pandas.DataFrame
        One row a form and region: what one victim brings in a year, and its standard error, which is carried as a
        log-normal distribution.
    term : str
        Which estimate of the results.
    form, region, profit, std_error : str
        Columns of ``profits``.
    due, paid : str, optional
        Columns of the pay a year that would be due without force, and of what is paid: where both are known, one victim
        brings the difference, whose error stands in ``std_error``.
    correlation : float
        Between the errors of any two profits of a victim: 1 where one method found them all, so that they are too high
        or too low together, which gives the widest limits of a total.
    currency : str
        Of all amounts, with the year of its prices.
    draws : int
        At most 4,000.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    IllegalProfitsResult
        Terms ``total`` and ``each``; tables by form and region.

    Raises
    ------
    DataError
        If a result measures something other than people at one moment, has a failed check or no error, a form and
        region stand on one side alone, or a profit is not above 0 with an error.
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    What one victim brings is taken as given, or as pay withheld: the report derives it by sector from value added,
    labour's share of income and wages, in formulae that could not be held against its text here and are not repeated.

    With the figures of the report of 2024 [1]_, 6.3 million people in forced sexual exploitation at 27,252 dollars a
    year and 17.3 million in other forced labour of private actors at 3,687, this is the 236 billion that it gives.

    References
    ----------
    .. [1] International Labour Organization (2024). Profits and poverty: the economics of forced labour. Second
       edition. Geneva: ILO. https://policycommons.net/artifacts/11756929/untitled/12648215/

    Examples
    --------
    >>> from ctresearch.core import Result, Scope
    >>> def people(size):
    ...     table = estimates_table({"total": (size, size / 10, 0.82 * size, 1.22 * size)})
    ...     return Result(method="m", estimates=table, n=9, scope=Scope(measure="stock"))
    >>> each = pd.DataFrame(
    ...     {"form": ["sexual", "other"], "region": "world", "profit": [27_252, 3_687], "std_error": [2_700, 370]}
    ... )
    >>> asked = {("sexual", "world"): people(6.3e6), ("other", "world"): people(17.3e6)}
    >>> row = (illegal_profits(asked, each).estimates.loc["total"].drop("unit").astype(float) / 1e9).round()
    >>> print(f"about {row['estimate']:.0f} billion dollars a year ({row['ci_low']:.0f} to {row['ci_high']:.0f})")
    about 235 billion dollars a year (183 to 299)
    """
    columns = (column_name("form", form), column_name("region", region))
    whole_number("draws", draws, low=400, high=4000)
    in_range("correlation", correlation, 0, 1)
    is_level(level)
    if not isinstance(currency, str) or not currency.strip():
        raise SpecificationError(f"currency == {currency!r}, must be words, such as 'US dollars of 2021'")
    each = _read_profits(profits, columns, (profit, std_error), (due, paid))
    results = _matched(victims, each)
    many, costs, _ = streams(seed, 3)
    people, without = _people(results, term_name(term), many, draws)
    amounts = _amounts(each, correlation, costs, draws)
    money = people * amounts
    named = {"total": money.sum(axis=1), "each": money.sum(axis=1) / people.sum(axis=1)}
    held = pd.DataFrame.from_dict(named, orient="index").rename_axis("term")
    share = _share(people, each["profit"].to_numpy(dtype=float), named["total"])
    scopes = {found.scope for found in results}
    return IllegalProfitsResult(
        method=say("Illegal profits of {rows} forms and regions", rows=len(each)),
        estimates=_rows(held.to_numpy(dtype=float).T, list(named), level, currency),
        n=len(each),
        level=level,
        interval="percentile",
        scope=scopes.pop() if len(scopes) == 1 else Scope(measure="stock"),
        checks=(*_checks_of(results), _check_draws(without, len(each)), _check_source(share)),
        assumptions=_ASSUMPTIONS,
        references=_REFERENCES,
        inputs=record(each, seed=recorded_seed(seed), packages=("numpy", "scipy")),
        draws=held,
        cells=_summed(each, people, money, ["form", "region"], level),
        forms=_summed(each, people, money, ["form"], level),
        regions=_summed(each, people, money, ["region"], level),
        from_victims=share,
        currency=currency,
    )


def _read_profits(
    profits: pd.DataFrame,
    columns: tuple[str, str],
    numbers: tuple[str, str],
    pay: tuple[str | None, str | None],
) -> pd.DataFrame:
    """Read what one victim brings, row by row."""
    is_frame("profits", profits)
    if (pay[0] is None) != (pay[1] is None):
        raise SpecificationError(
            f"due == {pay[0]!r} and paid == {pay[1]!r} are the two sides of pay withheld: give both or neither"
        )
    used = [*columns, column_name("std_error", numbers[1])]
    column_name("profit", numbers[0])
    has_columns("profits", profits, used)
    refuse_missing(profits, used)
    for name in columns:
        read_names(profits[name], name, cure="")
    if pay[0] is None or pay[1] is None:
        has_columns("profits", profits, [numbers[0]])
        refuse_missing(profits, [numbers[0]])
        amount, where = read_numbers(profits, numbers[0]), numbers[0]
    else:
        amount, where = (
            _withheld(profits, numbers[0], (column_name("due", pay[0]), column_name("paid", pay[1]))),
            pay[0],
        )
    refuse_cells(profits[where], amount <= 0, "must give profits above 0: pay due above pay that is paid", name=where)
    refuse_cells(profits[where], amount > _MOST_MONEY, f"must be at most {_MOST_MONEY:g}", name=where)
    error = read_numbers(profits, numbers[1])
    refuse_cells(
        profits[numbers[1]],
        error <= 0,
        "must be above 0: a profit known without error there is not",
        name=numbers[1],
    )
    if (error > _MOST_TIMES * amount).any():
        must = f"must be at most {_MOST_TIMES:g} times the profit: one as little known is none"
        raise wrong_cells(profits[numbers[1]], error > _MOST_TIMES * amount, must, name=numbers[1])
    out = pd.DataFrame(
        {
            "form": profits[columns[0]].astype(str).to_numpy(),
            "region": profits[columns[1]].astype(str).to_numpy(),
            "profit": amount,
            "std_error": error,
        }
    )
    keys = pd.Series(list(zip(out["form"].map(name_key), out["region"].map(name_key), strict=True)))
    if keys.duplicated().any():
        raise DataError(f"{int(keys.duplicated().sum())} rows of profits repeat a form and region, each must be once")
    return out


def _withheld(profits: pd.DataFrame, profit: str, pay: tuple[str, str]) -> Floats:
    """Return pay due less pay that is paid, where both are known; elsewhere what is said of profits, or 0."""
    has_columns("profits", profits, pay)
    known = profits[list(pay)].notna().all(axis=1).to_numpy()
    due, paid, own = np.zeros((3, len(profits)))
    due[known], paid[known] = (read_numbers(profits[known], one) for one in pay)
    if profit in profits.columns:
        said = ~known & profits[profit].notna().to_numpy()
        own[said] = read_numbers(profits[said], profit)
    return np.where(known, due - paid, own)


def _matched(victims: Mapping[tuple[str, str], Result], each: pd.DataFrame) -> list[Result]:
    """Return the result of each row of profits."""
    if not isinstance(victims, Mapping) or not victims:
        raise DataError(f"victims is a {type(victims).__name__}, must map form and region to a Result, at least one")
    known: dict[tuple[str, str], Result] = {}
    for place, (names, found) in enumerate(victims.items(), start=1):
        if not (isinstance(names, tuple) and len(names) == 2):
            raise DataError(f"key {place} of victims is a {type(names).__name__}, must be a form and a region: a pair")
        if not isinstance(found, Result):
            raise DataError(f"entry {place} of victims is a {type(found).__name__}, must be a Result")
        if found.scope.measure != "stock":
            raise DataError(
                f"entry {place} of victims has the measure {found.scope.measure!r}, must be 'stock', people at one "
                "moment: what one brings is for a whole year; bring flows and periods there by to_stock(duration=)"
            )
        if found.scale != "identity":
            raise DataError(f"entry {place} of victims is on the {found.scale} scale, must be a number of people")
        known[name_key(names[0]), name_key(names[1])] = found
    wanted = [(name_key(one), name_key(two)) for one, two in zip(each["form"], each["region"], strict=True)]
    alone = len(set(wanted) ^ set(known))
    if alone or len(known) < len(victims):
        raise DataError(
            f"{alone} forms and regions stand on one side alone, or twice, must be the same in victims "
            f"({len(victims)}) and profits ({len(wanted)}): spell them alike, and leave none out"
        )
    return [known[one] for one in wanted]


def _people(results: Sequence[Result], term: str, random: np.random.Generator, draws: int) -> tuple[Floats, int]:
    """Draw victims, those of one fit together, shape (draws, rows)."""
    _, own, without = read_results({f"{i + 1}": one for i, one in enumerate(results)}, term, log=True)
    kinds = {len(one) for one in own}
    shared: dict[tuple[object, ...], NDArray[np.int64]] = {}
    out = np.empty((draws, len(own)))
    for i, (one, found) in enumerate(zip(own, results, strict=True)):
        digest = found.inputs.digest
        fit = (digest, found.inputs.seed, len(one)) if digest and found.draws is not None else (i, len(kinds))
        if fit not in shared:
            shared[fit] = random.integers(len(one), size=draws)
        out[:, i] = np.exp(one[shared[fit]])
    return out, without


def _amounts(each: pd.DataFrame, correlation: float, random: np.random.Generator, draws: int) -> Floats:
    """Draw what one victim brings, shape (draws, rows): log-normal, with the mean and error that were given."""
    mean, error = each["profit"].to_numpy(dtype=float), each["std_error"].to_numpy(dtype=float)
    shape = np.sqrt(np.log1p((error / mean) ** 2))
    common, own = random.standard_normal((draws, 1)), random.standard_normal((draws, len(mean)))
    noise = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    return np.asarray(mean * np.exp(shape * noise - shape**2 / 2), dtype=np.float64)


def _share(people: Floats, profit: Floats, total: Floats) -> float:
    """Return the share of the variance of the total, on the log scale, that numbers of victims bring."""
    return min(1.0, float(np.var(np.log(people @ profit))) / float(np.var(np.log(total))))


def _rows(columns: Floats, names: Sequence[str], level: float, unit: str) -> pd.DataFrame:
    """Lay out medians and limits of draws, shape (draws, names)."""
    low, middle, high = np.quantile(columns, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    spread = columns.std(axis=0)
    rows = {name: (float(middle[i]), float(spread[i]), float(low[i]), float(high[i])) for i, name in enumerate(names)}
    return estimates_table(rows, unit=unit)


def _summed(each: pd.DataFrame, people: Floats, money: Floats, by: list[str], level: float) -> pd.DataFrame:
    """Sum draws over the rows that share form or region, and lay them out."""
    codes = each.groupby(by, sort=False).ngroup().to_numpy()
    onto = (codes[:, None] == np.arange(codes.max() + 1)).astype(float)
    sums, heads = money @ onto, people @ onto
    table = _rows(sums, [str(i) for i in range(sums.shape[1])], level, "").reset_index(drop=True)
    names = each.drop_duplicates(by)[by].reset_index(drop=True)
    return pd.concat([names, table[["estimate", "std_error", "ci_low", "ci_high"]]], axis=1).assign(
        victims=np.median(heads, axis=0), profit_each=np.median(sums / heads, axis=0)
    )


def _checks_of(results: Sequence[Result]) -> tuple[Check, ...]:
    """Say how many numbers of victims have a check that asks to be read."""
    wary = sum(found.status != "pass" for found in results)
    numbers = {"wary": wary, "results": len(results)}
    if wary:
        said = say(
            "{n} of {results} numbers of victims has checks that ask to be read beside it.",
            many="{n} of {results} numbers of victims have checks that ask to be read beside them.",
            n=wary,
            results=len(results),
        )
        return (Check("victims", "review", said, numbers),)
    return (Check("victims", "pass", say("All {results} numbers of victims passed.", results=len(results)), numbers),)


def _check_draws(without: int, many: int) -> Check:
    """Say whether the shape of what is not known of victims is known."""
    if without:
        said = say(
            "{without} of {results} numbers of victims have no draws: a log-normal distribution stands in for them.",
            without=without,
            results=many,
        )
        return Check("draws", "review", said, {"without": without})
    return Check("draws", "pass", say("All {results} numbers of victims bring their draws.", results=many))


def _check_source(share: float) -> Check:
    """Say whether numbers of victims or profits of one are what is least known."""
    numbers = {"from_victims": share}
    if share > _MOST:
        said = say("{share:.0%} of what is not known of the total comes from numbers of victims.", share=share)
        return Check("source", "pass", said, numbers)
    said = say(
        "{share:.0%} of what is not known of the total comes from numbers of victims, the rest from profits of one, "
        "whose errors were stated and not measured here.",
        share=share,
    )
    return Check("source", "review", said, numbers)
