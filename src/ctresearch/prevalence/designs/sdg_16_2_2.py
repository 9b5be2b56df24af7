"""SDG indicator 16.2.2: victims of trafficking per 100,000 people, those detected apart from those estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import by_row, count, key, mark, model, share
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import whole_number
from ctresearch.prevalence.designs.sdg_cells import (
    AGES,
    FORMS,
    SERIES,
    SEXES,
    TOTAL,
    inhabitants_of,
    read_detected,
    read_inhabitants,
    tabulate,
)
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning

DATAFLOW = "IAEG-SDGs:DF_SDG_GLH"
_WHOLE = ("URBANISATION", "INCOME_WEALTH_QUANTILE", "EDUCATION_LEV", "OCCUPATION", "CUST_BREAKDOWN")
_REST = ("COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY", "PRODUCT")
_REFERENCE = (
    "United Nations Statistics Division. SDG indicator metadata, 16.2.2: number of victims of human trafficking per "
    "100,000 population, by sex, age and form of exploitation."
)
_DETECTED = "Detected victims are those whom authorities found: more of them may mean that more was looked for."
_ESTIMATED = "The estimate stands or falls with the assumptions of the method it comes from, which are its own."
# A share of victims without sex, age or form above which the breakdown says little of those who have one.
_MANY_UNKNOWN = 0.1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SDGResult(Result):
    """Indicator 16.2.2: detected victims in one table, estimated ones in another, and no number made of both.

    Parameters
    ----------
    detected : pandas.DataFrame
        One row a sex, age group and form of exploitation, totals among them: ``victims``, ``inhabitants``, and ``rate``
        per 100,000. Victims of whom sex, age or form is not known stand in totals alone.
    estimated : pandas.DataFrame, optional
        One row a sex and age group that was estimated: ``estimate`` and ``rate`` per 100,000, with limits.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``detected``, and ``estimated`` and
        ``estimated_rate`` where there is an estimate of all.

    Examples
    --------
    >>> from ctresearch.prevalence import sdg_16_2_2
    >>> cells = [("female", "18+", "sexual exploitation", 90), ("male", "18+", "forced labour", 60)]
    >>> victims = pd.DataFrame(cells, columns=["sex", "age_group", "form", "count"])
    >>> people = pd.DataFrame(
    ...     [("female", "0-17", 1e6), ("female", "18+", 3e6), ("male", "0-17", 1e6), ("male", "18+", 3e6)],
    ...     columns=["sex", "age_group", "count"],
    ... )
    >>> result = sdg_16_2_2(victims, population=people)
    >>> result.detected.query("sex == 'male' and age_group == '18+' and form == 'total'")["rate"].item()
    2.0
    """

    detected: pd.DataFrame = table_field(
        {
            "sex": key("Sex"),
            "age_group": key("Age", "years"),
            "form": key("Form of exploitation"),
            "victims": count("Detected victims"),
            "inhabitants": count("Inhabitants"),
            "rate": share("Detected victims per 100,000 people", "inhabitants", unit="per 100,000", reader="as it is"),
        }
    )
    estimated: pd.DataFrame | None = table_field(
        {
            "sex": key("Sex"),
            "age_group": key("Age", "years"),
            "estimate": model("Estimated victims", "persons"),
            "ci_low": model("Lower limit", "persons"),
            "ci_high": model("Upper limit", "persons"),
            "inhabitants": count("Inhabitants"),
            "rate": model("Estimated victims per 100,000 people", "persons per 100,000"),
            "rate_low": model("Lower limit of the rate", "persons per 100,000"),
            "rate_high": model("Upper limit of the rate", "persons per 100,000"),
            "method": mark("Method"),
        },
        optional=True,
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "detected": count("Detected victims"),
        "estimated": model("Estimated victims", "persons", headline=True),
        "estimated_rate": model("Estimated victims per 100,000 people", "persons per 100,000"),
    }

    def to_sdmx(self, reference_area: int, year: int, *, source: str = "") -> pd.DataFrame:
        """Return detected victims in the columns and codes of the United Nations' harmonised flow, ready for a CSV.

        Estimates have no series there, and are left out. Save the table in a study with
        ``roles=SDGResult.sdmx_roles()``, so that the release gate judges it as it judges ``detected``.

        Parameters
        ----------
        reference_area : int
            Code of the country in the United Nations' M49 standard.
        year : int
            In which victims were detected.
        source : str
            Who counted them, for ``SOURCE_DETAIL``.

        Returns
        -------
        pandas.DataFrame
            One row a series, sex and age: numbers under ``VC_HTF_DETV`` and rates under ``VC_HTF_DETVR``, by form of
            exploitation under the same with ``SX``, ``FL``, ``OG`` and ``OP``.

        Raises
        ------
        SpecificationError
            If the area or the year is no such code.

        Examples
        --------
        >>> from ctresearch.prevalence import sdg_16_2_2
        >>> victims = pd.DataFrame({"sex": ["F"], "age_group": ["child"], "form": ["other"], "count": [12]})
        >>> people = pd.DataFrame({"sex": list("FFMM"), "age_group": ["child", "adult"] * 2, "count": [1e6] * 4})
        >>> table = sdg_16_2_2(victims, population=people).to_sdmx(442, 2024)
        >>> table.loc[table["SERIES"] == "VC_HTF_DETVOPR", ["SEX", "AGE", "OBS_VALUE"]].iloc[0].tolist()
        ['F', 'Y0T17', np.float64(1.2)]
        """
        area = whole_number("reference_area", reference_area, low=1, high=999)
        period = whole_number("year", year, low=1900, high=2200)
        if not isinstance(source, str):
            raise SpecificationError(f"source is a {type(source).__name__}, must be words")
        rows = [row for cell in self.detected.to_dict("records") for row in _series(cell)]
        table = pd.DataFrame(rows, columns=["SERIES", "SEX", "AGE", "OBS_VALUE", "UNIT_MEASURE"])
        front: dict[str, Any] = {"DATAFLOW": DATAFLOW, "FREQ": "A", "REPORTING_TYPE": "N", "REF_AREA": area}
        whole = dict.fromkeys((*_WHOLE, *_REST), "_T")
        back: dict[str, Any] = {
            "TIME_PERIOD": period,
            "OBS_STATUS": "A",
            "UNIT_MULT": 0,
            "NATURE": "C",
        }
        ordered = ["DATAFLOW", "FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", *whole, "TIME_PERIOD"]
        ordered += ["OBS_VALUE", "OBS_STATUS", "UNIT_MULT", "UNIT_MEASURE", "NATURE", "SOURCE_DETAIL"]
        return table.assign(**front, **whole, **back, SOURCE_DETAIL=source)[ordered]

    @staticmethod
    def sdmx_roles() -> dict[str, Meaning]:
        """Return what the columns of :meth:`to_sdmx` mean, for the release gate.

        Returns
        -------
        dict of str to Meaning
            Column to meaning.

        Examples
        --------
        >>> SDGResult.sdmx_roles()["OBS_VALUE"].role
        'count'
        """
        # What a rate is of stands in no column here, and its number in another row of the table, which the gate judges.
        numbers = {
            "NUMBER": count("Detected victims"),
            "PER_100000_POP": model("Rate of detected victims"),
        }
        value = by_row("UNIT_MEASURE", numbers, "Observed value")
        return {"SEX": key("Sex"), "AGE": key("Age"), "SERIES": key("Series"), "OBS_VALUE": value, "*": mark()}


def sdg_16_2_2(
    detected: pd.DataFrame,
    estimated: Result | Mapping[tuple[str, str], Result] | None = None,
    *,
    population: pd.DataFrame,
    sex: str = "sex",
    age: str = "age_group",
    form: str = "form",
    count: str = "count",
    scope: Scope | None = None,
) -> SDGResult:
    """Tabulate victims of trafficking per 100,000 people, by sex, age and form of exploitation.

    Detected victims are counted and estimated ones are inferred, and the two are never added, divided or averaged: each
    has a table of its own.

    Parameters
    ----------
    detected : pandas.DataFrame
        One row a cell: sex (female, male), age (0-17, 18+), form (sexual exploitation, forced labour, removal of
        organs, other), each missing where not known, and the number of victims.
    estimated : Result, or mapping of tuple of str to Result, optional
        An estimate with a term ``population``, of all victims or by sex and age, such as
        ``{("female", "total"): result}``.
    population : pandas.DataFrame
        Inhabitants, four rows: women and men by 0-17 and 18+.
    sex, age, form, count : str
        Names of the columns, in both tables.
    scope : Scope, optional
        Whom ``detected`` counts, under which definition and when.

    Returns
    -------
    SDGResult
        Both tables; ``.to_sdmx()`` gives the detected one in the codes of the United Nations.

    Raises
    ------
    DataError
        If a column or a row is missing, a word is unknown or a count is none.
    SpecificationError
        If an estimate does not stand or has no such term.

    Examples
    --------
    >>> cells = [("female", "18+", "sexual exploitation", 90), ("male", "18+", "forced labour", 60)]
    >>> victims = pd.DataFrame(cells, columns=["sex", "age_group", "form", "count"])
    >>> people = pd.DataFrame({"sex": list("FFMM"), "age_group": ["0-17", "18+"] * 2, "count": [1e6, 3e6] * 2})
    >>> print(sdg_16_2_2(victims, population=people).summary().splitlines()[0])
    SDG indicator 16.2.2, detected victims per 100,000 people
    """
    names = {"sex": sex, "age": age, "form": form, "count": count}
    columns = {role: column_name(role, name) for role, name in names.items()}
    victims = read_detected(detected, columns)
    inhabitants = read_inhabitants(population, columns)
    table = tabulate(victims, inhabitants)
    given = {(TOTAL, TOTAL): estimated} if isinstance(estimated, Result) else dict(estimated or {})
    figures = _estimated(given, inhabitants) if given else None
    cited = tuple(dict.fromkeys(work for one in given.values() for work in one.references))
    people = int(victims["count"].sum())
    what = "SDG indicator 16.2.2, detected and estimated victims per 100,000 people, apart"
    return SDGResult(
        method=say(what if given else "SDG indicator 16.2.2, detected victims per 100,000 people"),
        estimates=_terms(people, figures),
        n=people,
        level=next(iter(given.values())).level if given else 0.95,
        interval="of each method" if given else "none",
        scope=scope or Scope(),
        checks=(_check_known(victims),),
        assumptions=(_DETECTED, *([_ESTIMATED] if given else [])),
        references=(_REFERENCE, *cited),
        inputs=record(victims.astype({"count": float})),
        smallest_group=smallest_of(victims["count"], table["victims"]),
        detected=table,
        estimated=figures,
    )


def _series(cell: Mapping[Any, Any]) -> list[tuple[Any, ...]]:
    """Return the two observations of a cell: the number and the rate."""
    name = SERIES + FORMS[cell["form"]]
    at = (SEXES[cell["sex"]], AGES[cell["age_group"]])
    return [(name, *at, cell["victims"], "NUMBER"), (f"{name}R", *at, round(cell["rate"], 5), "PER_100000_POP")]


def _estimated(given: Mapping[tuple[str, str], Result], inhabitants: pd.DataFrame) -> pd.DataFrame:
    """Table estimates with their rates."""
    levels = {one.level for one in given.values() if isinstance(one, Result)}
    if len(levels) > 1:
        raise SpecificationError(
            f"estimated holds results of the levels {', '.join(f'{one:g}' for one in sorted(levels))}, must be of one: "
            "fit them with one level="
        )
    rows = []
    for cell, one in given.items():
        if cell not in inhabitants.index:
            raise SpecificationError(
                f"estimated has the key {cell!r}, must be sex ({', '.join(SEXES)}) and age ({', '.join(AGES)})"
            )
        row, people = population_row(one), inhabitants_of(inhabitants, cell)
        values = [float(row[name]) for name in ("estimate", "ci_low", "ci_high")]
        rows.append((*cell, *values, people, *(value / people * 1e5 for value in values), str(one.method)))
    columns = ["sex", "age_group", "estimate", "ci_low", "ci_high", "inhabitants", "rate", "rate_low", "rate_high"]
    return pd.DataFrame(rows, columns=[*columns, "method"])


def population_row(result: Any) -> pd.Series[Any]:
    """Return the row of a result that says how many there are.

    Parameters
    ----------
    result : Result
        With one row of the term ``population``.

    Returns
    -------
    pandas.Series
        Estimate, error and limits.

    Raises
    ------
    DataError
        If it is no result.
    SpecificationError
        If it does not stand, or has no such row or several.

    Examples
    --------
    >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
    >>> float(population_row(Result(method="m", estimates=table, n=9))["ci_low"])
    6.1
    """
    if not isinstance(result, Result):
        raise DataError(f"an estimate is a {type(result).__name__}, must be a Result")
    if not result.stands:
        failed = ", ".join(check.name for check in result.checks if check.status == "fail")
        raise SpecificationError(f"an estimate does not stand, since checks failed ({failed}): leave it out and say so")
    rows = result.estimates[result.estimates.index == "population"]
    if len(rows) != 1 or result.scale != "identity" or not np.isfinite(rows["estimate"].iloc[0]):
        raise SpecificationError(
            f"an estimate has {len(rows)} rows of the term 'population', must have one, on the identity scale: take "
            "one group at a time"
        )
    return rows.iloc[0]


def _terms(people: int, figures: pd.DataFrame | None) -> pd.DataFrame:
    """Table the headline: what was detected, and what is estimated of all where that was."""
    nan = float("nan")
    rows = {"detected": (float(people), nan, nan, nan)}
    units = ["persons"]
    if figures is not None:
        whole = figures[(figures["sex"] == TOTAL) & (figures["age_group"] == TOTAL)]
        for row in whole.to_dict("records"):
            rows["estimated"] = (row["estimate"], nan, row["ci_low"], row["ci_high"])
            rows["estimated_rate"] = (row["rate"], nan, row["rate_low"], row["rate_high"])
            units += ["persons", "persons per 100,000"]
    return estimates_table(rows).assign(unit=units)


def _check_known(victims: pd.DataFrame) -> Check:
    """Say of how many victims sex, age or form is not known."""
    unknown = (victims[["sex", "age", "form"]] == "not known").any(axis=1)
    part = float(victims.loc[unknown, "count"].sum() / victims["count"].sum())
    said = say("Of {share:.0%} of detected victims sex, age or form is not known.", share=part)
    if part <= _MANY_UNKNOWN:
        return Check("breakdown", "pass", said, {"share": part})
    more = say("{said} They stand in totals alone, so that parts are too small.", said=said)
    return Check("breakdown", "review", more, {"share": part})
