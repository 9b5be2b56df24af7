"""Lists whose records arrive late: the table as it will be, and an estimate that carries the doubt about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.imperfect.carried import (
    FEWEST_TABLES,
    carry,
    completed_table,
    is_estimator,
    plain_estimate,
    table_of,
)
from ctresearch.prevalence.imperfect.late_draws import arrived_by_unit, complete_tables, missing_chances
from ctresearch.prevalence.imperfect.late_records import UNITS, is_numbered, read_late, unit_of
from ctresearch.prevalence.lists.declared import LISTS, POPULATION
from ctresearch.prevalence.lists.fewest_people import fewest_people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.estimator import Estimator
    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.imperfect.carried import Carried
    from ctresearch.prevalence.imperfect.delays import Delays
    from ctresearch.prevalence.imperfect.late_draws import Completion
    from ctresearch.prevalence.imperfect.late_records import LateRecords
    from ctresearch.prevalence.lists.cells import Array

# Of the newest unit a tenth must be there: each record then stands for ten at most.
_LEAST_ARRIVED = 0.1
# Standard errors: several lists are looked at, so two would be passed by chance too often.
_FAR = 3.0
# A list of which more than one record in a hundred came in the last quarter of the time there was to come is likely
# to have others that have not come yet.
_TAIL, _LATE_SHARE = 0.75, 0.01
_UNLIKELY = 0.01
MOST_UNITS = 400
ASSUMPTIONS = (
    "How long a record takes depends on its list alone: not on the time of the case, on the person or on other lists.",
    "No record takes longer than the longest delay that was seen on its list.",
)
_CONSTANT = "Who is on which lists has the same mix in all units of the reference period."
_METHOD = "{method}; completed for records that are late on {date} by {tables} draws"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LateResult(Result):
    """Population size from lists whose records arrive late.

    Parameters
    ----------
    completed : pandas.DataFrame
        One row a pattern: ``observed`` people as they had come by the cut, ``completed``, the mean of the draws of the
        table once all have come, and ``std_error``, their spread.
    delays : pandas.DataFrame
        One row a list and delay: ``records`` with that delay, ``arrived``, the share of records that take no longer,
        and ``std_error``.
    as_it_is : float
        The population by the same estimator from the table as it had come, NaN where that has none.
    lists : tuple of str
        Names of the lists.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population``, ``unobserved``, ``waiting``
        (people all of whose records are still to come) and ``completion_share``.

    Examples
    --------
    >>> from ctresearch.prevalence import LateLists, LogLinear
    >>> rng = np.random.default_rng(1)
    >>> on = rng.random((2, 1500)) < 0.5
    >>> who, case = np.arange(1500), rng.integers(0, 12, 1500)
    >>> rows = [pd.DataFrame({"who": who[on[j]], "list": name, "case": case[on[j]]}) for j, name in enumerate("ab")]
    >>> frame = pd.concat(rows).assign(came=lambda d: d["case"] + rng.binomial(3, 0.4, len(d)))
    >>> late = LateLists(LogLinear("fixed", model="[1,2]"), person="who", source="list", case="case", arrived="came",
    ...     as_of=11, since=9)
    >>> late.fit(frame).delays.query("list == 'a'")["arrived"].round(1).tolist()
    [0.2, 0.7, 0.9, 1.0]
    """

    completed: pd.DataFrame = table_field(
        {
            "*": key(),
            "observed": count("People observed"),
            "completed": model_figure("People once all records have come", "persons"),
            "std_error": model_figure("Standard error", "persons"),
        }
    )
    delays: pd.DataFrame = table_field(
        {
            "list": key("List"),
            "delay": key("Delay"),
            "records": count("Records"),
            "arrived": model_figure("Share of records that take no longer", reader="percent"),
            "std_error": model_figure("Standard error"),
        }
    )
    as_it_is: float = value_field(model_figure("Population from the table as it had come", "persons"))
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = {
        **POPULATION,
        "waiting": model_figure("People all of whose records are still to come", "persons"),
        "completion_share": model_figure("Share of the variance that comes from late records", reader="percent"),
    }


class LateLists(Options):
    """Estimate a population from lists of which the newest records have not all arrived.

    The newest cases are missing from all lists alike, so that they look like people who are hard to find: the
    population comes out too small where lists are independent, and wrong in an unknown direction where they are not.
    How long records take is learned from those that came, which are the fast ones among the newest cases [1]_. The
    table as it will be is then drawn several times, any estimator is fitted to each draw, and the results are combined
    [2]_, so that the interval carries both kinds of doubt.

    Parameters
    ----------
    estimator : Estimator
        What estimates the population from a table of lists, with a standard error or draws.
    person, source, case, arrived : str
        Columns that say who, on which list, when the case is dated (one date a person) and when the record arrived.
        Dates, or whole numbers of units.
    as_of : str, date or int
        The cut: records that arrived after its unit are left out.
    unit : {"day", "week", "month", "quarter", "year"}
        In which delays are counted.
    since, until : str, date or int, optional
        First and last unit of cases that the population is estimated for; all by default. Earlier cases teach delays.
    mix : {"constant", "free"}
        Whether the shares of patterns are the same in all units, or each unit has its own.
    imputations : int
        How many tables are drawn.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    It fails where delays have changed of late, which a check looks for, and where a person's records are late
    together, as when one office sends both lists.

    References
    ----------
    .. [1] Lawless, J. F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported
       events. Canadian Journal of Statistics 22, 15-31.
    .. [2] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
       https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> from ctresearch.prevalence import LogLinear
    >>> rng = np.random.default_rng(4)
    >>> on = rng.random((2, 6000)) < 0.4
    >>> who, case = np.arange(6000), rng.integers(0, 12, 6000)
    >>> rows = [pd.DataFrame({"who": who[on[j]], "list": name, "case": case[on[j]]}) for j, name in enumerate("ab")]
    >>> frame = pd.concat(rows).assign(came=lambda d: d["case"] + rng.binomial(3, 0.4, len(d)))
    >>> late = LateLists(LogLinear("fixed", model="[1,2]"), person="who", source="list", case="case", arrived="came",
    ...     as_of=11, since=9, seed=1)
    >>> result = late.fit(frame)
    >>> whole, truth = result.estimates.loc["population"], (case >= 9).sum()
    >>> print(f"{whole['ci_low']:.0f} to {whole['ci_high']:.0f}; as it came {result.as_it_is:.0f}; in truth {truth}")
    1336 to 1822; as it came 1275; in truth 1463
    """

    def __init__(
        self,
        estimator: Estimator,
        *,
        person: str,
        source: str,
        case: str,
        arrived: str,
        as_of: Any,
        unit: Literal["day", "week", "month", "quarter", "year"] = "month",
        since: Any = None,
        until: Any = None,
        mix: Literal["constant", "free"] = "constant",
        imputations: int = 20,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.estimator = is_estimator(estimator)
        names = {"person": person, "source": source, "case": case, "arrived": arrived}
        self.columns = tuple(column_name(option, name) for option, name in names.items())
        if len(set(self.columns)) < len(self.columns):
            raise SpecificationError(
                f"person, source, case and arrived name {len(set(self.columns))} columns, must be 4"
            )
        self.unit = one_of("unit", unit, tuple(UNITS))
        self.as_of, self.since, self.until = as_of, since, until
        self.mix = one_of("mix", mix, ("constant", "free"))
        self.imputations = whole_number("imputations", imputations, low=FEWEST_TABLES, high=1000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, records: pd.DataFrame) -> LateResult:
        """Estimate the population from a table of records.

        Parameters
        ----------
        records : pandas.DataFrame
            One row a record: a person on a list.

        Returns
        -------
        LateResult
            Terms ``population``, ``unobserved`` and ``waiting``, in persons, and ``completion_share``.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, a person has cases of two dates, or too little of the newest unit
            has arrived.
        FitError
            If too many of the completed tables have no estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import LogLinear
        >>> rng = np.random.default_rng(1)
        >>> frame = pd.DataFrame({"who": np.repeat(np.arange(900), 2), "list": ["a", "b"] * 900})
        >>> frame["case"], frame["came"] = frame["who"] % 12, frame["who"] % 12 + rng.integers(0, 2, 1800)
        >>> late = LateLists(LogLinear("fixed", model="[1,2]"), person="who", source="list", case="case",
        ...     arrived="came", as_of=11)
        >>> late.fit(frame[rng.random(1800) < 0.6]).n > 600
        True
        """
        read = read_late(records, self.columns, self.unit, self.as_of)  # type: ignore[arg-type]
        first, last = self._period(read, numeric=is_numbered(records[self.columns[2]]))
        seen, waited = read.seen(first, last), read.cut - np.arange(first, last + 1)
        if not seen.any():
            raise DataError(f"nobody's case lies in the {last - first + 1:,} units from since to until: widen them")
        delays = read.delays()
        here = arrived_by_unit([one.shares for one in delays], waited)
        self._refuse_little(here)
        whole = complete_tables(
            seen, waited, delays, self.imputations, generator(self.seed), constant=self.mix == "constant"
        )
        tables = [table_of(cells, read.lists, Scope()) for cells in whole.tables]
        carried = carry(self.estimator, tables, self.level)
        asked = [_check_drift(read, delays), _check_tail(read, delays)]
        asked += [_check_mix(seen, here, whole.mix)] if self.mix == "constant" and len(seen) > 1 else []
        return self._result(read, seen.sum(axis=0), carried, whole, (*asked, *carried.checks, *read.checks))

    def _result(
        self, read: LateRecords, seen: Array, carried: Carried, whole: Completion, checks: tuple[Check, ...]
    ) -> LateResult:
        """Put the parts together."""
        waiting = whole.unseen.astype(float)
        tail = (1 - self.level) / 2
        ends = np.quantile(waiting, [tail, 1 - tail])
        table = carried.estimates
        table.loc["waiting"] = [waiting.mean(), waiting.std(ddof=1), *ends, "persons"]
        frame = {"person": read.person, "source": read.source, "unit": read.unit, "delay": read.delay}
        return LateResult(
            method=say(_METHOD, method=carried.first.method, date=str(self.as_of), tables=self.imputations),
            estimates=table,
            n=int(seen.sum()),
            level=self.level,
            interval=carried.interval,
            scope=carried.first.scope,
            checks=checks,
            assumptions=(*carried.first.assumptions, *ASSUMPTIONS, *([_CONSTANT] if self.mix == "constant" else [])),
            references=(*carried.first.references, *references(LateLists)),
            inputs=record(pd.DataFrame(frame), seed=recorded_seed(self.seed)),
            smallest_group=min(fewest_people(seen), *(fewest_people(cells) for cells in whole.tables)),
            draws=None if carried.draws is None else carried.draws.reindex(table.index),
            completed=completed_table(seen, whole.tables, read.lists),
            delays=_delay_table(read),
            as_it_is=plain_estimate(self.estimator, table_of(seen, read.lists, Scope())),
            lists=read.lists,
        )

    def _period(self, read: LateRecords, *, numeric: bool) -> tuple[int, int]:
        """Return the first and the last unit of the reference period."""
        given = {"since": int(read.unit.min()), "until": read.cut}
        told = {name: getattr(self, name) for name in given}
        told = {name: unit_of(name, one, self.unit, numeric=numeric) for name, one in told.items() if one is not None}
        first, last = (given | told).values()
        if not first <= last <= read.cut or last - first >= MOST_UNITS:
            raise SpecificationError(
                f"since, until and as_of span {last - first + 1:,} units and end {read.cut - last:,} before the cut, "
                f"must be in that order and at most {MOST_UNITS} units"
            )
        return first, last

    def _refuse_little(self, here: Array) -> None:
        """Refuse a period of whose newest unit next to nothing has arrived."""
        place = int(here[-1].argmin())
        if here[-1, place] < _LEAST_ARRIVED:
            raise DataError(
                f"of the newest {self.unit} {here[-1, place]:.1%} of the records of list {place + 1} of "
                f"{here.shape[1]} are there, must be at least {_LEAST_ARRIVED:.0%}: end the period earlier with until="
            )


def _delay_table(read: LateRecords) -> pd.DataFrame:
    """Table how long records of each list take."""
    parts = [
        pd.DataFrame(
            {
                "list": name,
                "delay": np.arange(one.events.size),
                "records": one.events.astype(np.int64),
                "arrived": one.shares,
                "std_error": one.std_error,
            }
        )
        for name, one in zip(read.lists, read.delays(), strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def _check_drift(read: LateRecords, delays: list[Delays]) -> Check:
    """Say whether delays changed over time."""
    from ctresearch.prevalence.imperfect.delays import drift

    found = [drift(*read.of_list(place), read.cut, one.shares) for place, one in enumerate(delays)]
    place = int(np.abs(found).argmax())
    said = say(
        "Delays on {name} grew longer over time by {deviations:.1f} standard errors, the most of all lists."
        if found[place] > 0
        else "Delays on {name} grew shorter over time by {deviations:.1f} standard errors, the most of all lists.",
        name=read.lists[place],
        deviations=abs(found[place]),
    )
    return Check("delays", "review" if abs(found[place]) > _FAR else "pass", said, {"largest": found[place]})


def _check_tail(read: LateRecords, delays: list[Delays]) -> Check:
    """Say whether records were still coming in at the end of the time there was to come."""
    start = int(np.ceil(_TAIL * (read.cut - int(read.unit.min()))))
    late = [1.0 - float(one.shares[start - 1]) if 0 < start < one.events.size else 0.0 for one in delays]
    place = int(np.argmax(late))
    said = say(
        "On {name} {late:.1%} of the records take {start} units or more, of {units} that can be seen.",
        name=read.lists[place],
        late=late[place],
        start=start,
        units=read.cut - int(read.unit.min()) + 1,
    )
    return Check("longest delay", "review" if late[place] > _LATE_SHARE else "pass", said, {"late": late[place]})


def _check_mix(seen: Array, here: Array, mix: Array) -> Check:
    """Say whether the first and the second half of the people have patterns as one mix would give."""
    from scipy.special import chdtrc

    cells = np.arange(seen.shape[1])
    there = missing_chances(1.0 - here)
    lost = missing_chances(here)
    within = (cells[:, None] & cells) == cells[:, None]
    over = np.where(within, cells[:, None] ^ cells, 0)
    chance = there * (np.where(within, lost[:, over], 0.0) * mix).sum(axis=2)
    expected = chance[:, 1:] / chance[:, 1:].sum(axis=1, keepdims=True) * seen.sum(axis=1, keepdims=True)
    half = np.cumsum(seen.sum(axis=1)) <= seen.sum() / 2
    half[0] = True
    pairs = [(seen[side, 1:].sum(axis=0), expected[side].sum(axis=0)) for side in (half, ~half)]
    enough = np.min([one[1] for one in pairs], axis=0) >= 5.0
    statistic = sum(float((((o - e) ** 2 / e)[enough]).sum()) for o, e in pairs)
    p_value = float(chdtrc(max(int(enough.sum()) - 1, 1), statistic)) if enough.sum() > 1 else 1.0
    said = say("That all units share one mix of patterns has a p-value of {p_value:.3f}.", p_value=p_value)
    return Check("one mix", "review" if p_value < _UNLIKELY else "pass", said, {"p_value": p_value})
