"""What trafficking costs a society: in anticipation, as a consequence, and in response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.consequences.burden.cost_items import PER, STAGES, CostItems, read_cost_items
from ctresearch.consequences.burden.uncertain import Given, Uncertain, as_uncertain
from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import MAX_DRAWS, Result, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.consequences.durations.durations import Floats

ASSUMPTIONS = (
    (
        "Unit costs apply to everybody counted, seen by services or not; those of people seen may differ from those of "
        "others."
    ),
    "Number, duration and unit costs are uncertain independently of one another.",
    "Items do not overlap, so that nothing is counted twice.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CostResult(Result):
    """A cost by stage, with the share of each item and what its uncertainty rests on.

    Parameters
    ----------
    items : pandas.DataFrame
        Indexed by item: ``stage``, ``cost`` at central values.
    sensitivity : pandas.DataFrame
        Indexed by input, the widest first: the total with that input at its ``low`` and ``high`` end and all others at
        their central values.
    bounds : pandas.DataFrame
        Indexed by term: the cost with all inputs at their low ends, and all at their high ends.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``total``, the stages that
        have items, and ``per_victim``.

    Examples
    --------
    >>> items = pd.DataFrame({"item": ["all"], "stage": ["consequence"], "cost": [328_720.0]})
    >>> result = SocietalCost(victims=(10_000, 13_000)).fit(items)
    >>> (result.bounds.loc["total"] / 1e9).round(3).tolist()
    [3.287, 4.273]
    """

    terms: ClassVar = {
        "total": col.model("Total cost", headline=True),
        "per_victim": col.model("Cost per victim"),
        "*": col.model(),
    }

    n: int = value_field(col.count("Items of cost", "items", of="nobody"))
    items: pd.DataFrame = table_field(
        {"item": col.key("Item"), "stage": col.key("Stage"), "cost": col.model("Cost at central values")}
    )
    sensitivity: pd.DataFrame = table_field(
        {
            "input": col.key("Input"),
            "low": col.model("Total with the input at its low end"),
            "high": col.model("Total with the input at its high end"),
        }
    )
    bounds: pd.DataFrame = table_field(
        {
            "": col.key("Term"),
            "low": col.model("Cost with all inputs at their low ends"),
            "high": col.model("Cost with all inputs at their high ends"),
        }
    )

    def plot_tornado(self, ax: Axes | None = None, *, most: int = 12) -> Axes:
        """Draw how far each input alone moves the total.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.
        most : int
            How many inputs to show, the widest first.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> items = pd.DataFrame({"item": ["all"], "stage": ["consequence"], "cost": [328_720.0]})
        >>> SocietalCost(victims=(10_000, 13_000)).fit(items).plot_tornado().get_yticklabels()[0].get_text()
        'victims'
        """
        from ctresearch.consequences.burden.plot_tornado import tornado

        table = self.estimates
        centre, unit = float(table["estimate"]["total"]), str(table["unit"]["total"])
        return tornado(self.sensitivity.iloc[:most], centre, label=unit, title=render.title(self), ax=ax)


class SocietalCost(Options):
    """Multiply unit costs by the number of victims and by how long they are held, with all uncertainty carried through.

    Parameters
    ----------
    victims : float, tuple of float, or Result
        A number, a range, or an estimate of prevalence, whose draws are used where it has them.
    duration : float, tuple of float, or Result
        Years a victim is held, for costs per ``"victim-year"``.
    term : str
        Term of an estimate that counts the victims.
    discount : float, optional
        Rate a year, such as 0.035; ``None`` counts all years in full, as studies that refuse to discount harm do.
    price_year : int, optional
        Year whose prices are wanted.
    price_index : mapping of int to float, optional
        Price level by year, to bring costs of different years to ``price_year``.
    currency : str
        Unit of the result.
    draws : int
        Monte Carlo draws, at most 4,000.
    level : float
        Coverage of the percentile limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the draws start.
    scope : Scope, optional
        Whom the result is about; by default those whom an estimate of ``victims`` counts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.
    FitError
        If the estimate of victims has a failed check or no limits.

    Notes
    -----
    The estimate is the product of central values, which a reader can work out by hand; limits are percentiles of the
    draws. A range without a distribution is drawn evenly: ``bounds`` gives what its two ends come to.

    References
    ----------
    .. [1] Reed, S., Roe, S., Grimshaw, J. and Oliver, R. (2018). The economic and social costs of modern slavery. Home
       Office Research Report 100.
    .. [2] Briggs, A. H., Weinstein, M. C., Fenwick, E. A. L., Karnon, J., Sculpher, M. J. and Paltiel, A. D. (2012).
       Model parameter estimation and uncertainty analysis. Medical Decision Making 32, 722-732.
       https://doi.org/10.1177/0272989X12458348

    Examples
    --------
    >>> stages = ["consequence", "response"]
    >>> items = pd.DataFrame({"item": ["harm", "police"], "stage": stages, "cost": [310_000, 18_720]})
    >>> result = SocietalCost(victims=(10_000, 13_000), currency="GBP").fit(items)
    >>> low, high = result.bounds.loc["total"] / 1e9
    >>> print(f"between {low:.3f} and {high:.3f} billion GBP, if 10,000 to 13,000 people are victims")
    between 3.287 and 4.273 billion GBP, if 10,000 to 13,000 people are victims
    """

    def __init__(
        self,
        *,
        victims: Given,
        duration: Given = 1.0,
        term: str = "population",
        discount: float | None = None,
        price_year: int | None = None,
        price_index: Mapping[int, float] | None = None,
        currency: str = "",
        draws: int = MAX_DRAWS,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.victims, self.duration = (
            as_uncertain("victims", victims, term),
            as_uncertain("duration", duration, "duration"),
        )
        self.scope = scope or (victims.scope if isinstance(victims, Result) else Scope())
        self.discount = None if discount is None else float(in_range("discount", discount, 0, 1))
        self.price_year = None if price_year is None else whole_number("price_year", price_year)
        self.price_index = None if price_index is None else dict(price_index)
        self.currency = currency
        self.draws = whole_number("draws", draws, 2, MAX_DRAWS)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, items: pd.DataFrame) -> CostResult:
        """Work the cost out.

        Parameters
        ----------
        items : pandas.DataFrame
            One row a cost: ``item``; ``stage`` (``"anticipation"``, ``"consequence"``, ``"response"``); ``cost``; where
            wanted ``low`` and ``high`` with a ``distribution`` (``"triangular"`` by default); ``per`` (``"victim"`` by
            default, ``"victim-year"``, ``"society"``); ``years`` over which it falls; ``price_year``.

        Returns
        -------
        CostResult
            Terms ``total``, the stages that have items, and ``per_victim``.

        Raises
        ------
        DataError
            If a cost is negative, an item comes twice, or the table is not as above.

        Examples
        --------
        >>> lost = {"item": "lost work", "stage": "consequence", "cost": 2e4, "per": "victim-year"}
        >>> items = pd.DataFrame([lost])
        >>> SocietalCost(victims=100, duration=2.0).fit(items).estimates.loc["total", "estimate"]
        np.float64(4000000.0)
        """
        table = read_cost_items(items, price_year=self.price_year, index=self.price_index)
        inputs = {"victims": self.victims, "duration": self.duration} | dict(zip(table.names, table.units, strict=True))
        randoms = streams(self.seed, len(inputs))
        drawn = np.array([q.draw(r, self.draws) for q, r in zip(inputs.values(), randoms, strict=True)])
        central, ends = np.array([[q.value] for q in inputs.values()]), _ends(inputs)
        draws = pd.DataFrame(self._terms(table, drawn)).T.rename_axis("term")
        values = {term: float(v[0]) for term, v in self._terms(table, central).items()}
        low, high = (self._terms(table, ends[:, [i]]) for i in (0, 1))
        return CostResult(
            method=(
                say(
                    "Cost to society, {discounting}",
                    discounting=say("undiscounted")
                    if not self.discount
                    else say("discounted at {share:.2%} a year", share=self.discount),
                )
            ),
            estimates=self._estimates(values, draws),
            n=len(table.names),
            level=self.level,
            interval="percentile",
            scope=self.scope,
            checks=_checks(table, self.scope, self.victims),
            assumptions=ASSUMPTIONS,
            references=references(SocietalCost),
            inputs=record(items, seed=recorded_seed(self.seed)),
            draws=draws,
            items=self._item_table(table, central),
            sensitivity=self._sensitivity(table, list(inputs), central[:, 0], ends),
            bounds=pd.DataFrame({"low": {t: v[0] for t, v in low.items()}, "high": {t: v[0] for t, v in high.items()}}),
        )

    def _terms(self, table: CostItems, drawn: Floats) -> dict[str, Floats]:
        """Add items up by stage; rows are victims, duration and unit costs."""
        costs = table.totals(drawn[2:], drawn[0], drawn[1], self.discount)
        total = costs.sum(axis=0)
        stages = {s: costs[[stage == s for stage in table.stages]].sum(axis=0) for s in STAGES if s in table.stages}
        each = np.divide(total, drawn[0], out=np.full(len(total), np.nan), where=drawn[0] > 0)
        return {"total": total} | stages | {"per_victim": each}

    def _estimates(self, values: dict[str, float], draws: pd.DataFrame) -> pd.DataFrame:
        """Build the table of estimates."""
        numbers = draws.to_numpy(dtype=float)
        low, high = np.quantile(numbers, [(1 - self.level) / 2, (1 + self.level) / 2], axis=1)
        columns = {
            "estimate": list(values.values()),
            "std_error": numbers.std(axis=1, ddof=1),
            "ci_low": low,
            "ci_high": high,
        }
        unit = f"{self.currency or 'currency'}{f', prices of {self.price_year}' if self.price_year else ''}"
        return pd.DataFrame(columns, index=pd.Index(list(values), name="term", dtype="str")).assign(unit=unit)

    def _item_table(self, table: CostItems, central: Floats) -> pd.DataFrame:
        """Return the cost of each item at central values."""
        costs = table.totals(central[2:], central[0], central[1], self.discount)[:, 0]
        return pd.DataFrame({"stage": table.stages, "cost": costs}, index=pd.Index(table.names, name="item"))

    def _sensitivity(self, table: CostItems, names: list[str], central: Floats, ends: Floats) -> pd.DataFrame:
        """Return the total with each input in turn at its two ends."""
        found = []
        for end in (0, 1):
            moved = np.tile(central[:, None], len(names))
            np.fill_diagonal(moved, ends[:, end])
            found.append(self._terms(table, moved)["total"])
        frame = pd.DataFrame({"low": found[0], "high": found[1]}, index=pd.Index(names, name="input", dtype="str"))
        width = frame["high"] - frame["low"]
        return frame[width > 0].loc[width[width > 0].sort_values(ascending=False, kind="stable").index]


def _ends(inputs: dict[str, Uncertain]) -> Floats:
    """Return the low and high end of each input, inputs by two."""
    return np.array([[quantity.low, quantity.high] for quantity in inputs.values()])


def _checks(table: CostItems, scope: Scope, victims: Uncertain) -> tuple[Check, ...]:
    """Say whether stages are covered, and whether the number of victims is of the kind that the costs need."""
    empty = [stage for stage in STAGES if stage not in table.stages]
    numbers = {"items": len(table.names), "empty": len(empty)}
    out = [Check("stages", "pass", "Costs of all three stages are counted.", numbers)]
    if empty:
        out = [
            Check(
                "stages",
                "review",
                say("No cost of {empty} is counted: the total leaves it out.", empty=" or ".join(empty)),
                numbers,
            )
        ]
    if scope.measure == "stock" and PER[0] in table.per:
        said = (
            "Victims are a stock, those held at one moment; costs per victim over a year need all held within the year."
        )
        out.append(Check("measure", "review", said, {"victims": victims.value}))
    return tuple(out)
