"""Estimates that countries worked out themselves and released, set side by side: of one thing, each cited once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import refuse_alike
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.scope import NOT_STATED, Scope
from ctresearch.core.validate import is_a, one_of
from ctresearch.regions.federation_result import FederationResult
from ctresearch.regions.result_table import on_log_scale, term_name

if TYPE_CHECKING:
    from ctresearch.core.scope import Measure

SAME = ("definition", "measure", "reference_period")
_WORDS = {"definition": "definition", "measure": "measure", "reference_period": "reference period"}
_CURES = {
    "definition": "numbers of different things have no mean, so leave it out, or bring them under one definition",
    "measure": "people at one moment, of a period, who newly enter and who ever were are not one number, so bring them "
    "to a stock by to_stock(duration=)",
    "reference_period": "leave it out, or take same=('definition', 'measure') and say why the years may differ",
}
_SHOWN = 80
_CITED = {"study": "study", "version": "version", "released": "date", "digest": "digest", "citation": "citation"}
_SCOPE = ("population", "definition", "reference_period", "measure")
_COLUMNS = ("study", "version", "released", "method", "status", "people", *_SCOPE, "digest", "citation")
ASSUMPTIONS = (
    "No person is counted by two countries.",
    "Each country applied the definition that it states.",
)


class Released(Protocol):
    """A release as this room takes it: a result, how it is cited, and whether it still stands."""

    @property
    def digest(self) -> str:
        """SHA-256 of the bundle."""

    @property
    def citation(self) -> str:
        """How to cite it."""

    def result(self, name: str) -> Result:
        """Return one of its estimates."""


def federate(
    releases: Mapping[str, Released | Result],
    *,
    term: str,
    estimate: str | Mapping[str, str] = "estimate",
    log: bool = False,
    per: Mapping[str, float] | None = None,
    unit: str | None = None,
    same: Sequence[str] = SAME,
) -> FederationResult:
    """Set the estimates of countries side by side, or say which country does not belong and why.

    Each country computes inside; what it releases is all that is read here. Nothing is pooled that is not of one
    definition, one measure and one period, that no longer stands, or that would count a country twice.

    Parameters
    ----------
    releases : mapping of str to Released or Result
        Country to its release, as ``run.data(country)`` returns it, or to a result that came another way.
    term : str
        Which estimate, such as ``"population"``.
    estimate : str or mapping of str to str
        Name of the output that holds it, for all countries or for each.
    log : bool
        Take logarithms, with standard errors from the limits: for sizes and rates above 0.
    per : mapping of str to float, optional
        What each estimate is divided by, such as its residents in hundreds of thousands; known without error.
    unit : str, optional
        Unit of what comes out; needed with ``per``, and that of the results without.
    same : sequence of str
        Which of ``definition``, ``measure`` and ``reference_period`` must be one; the first two always must.

    Returns
    -------
    FederationResult
        Terms are the countries, in the order given; ``releases`` cites each.

    Raises
    ------
    DataError
        If a country has another definition, measure or period than the others or does not state it, was withdrawn, has
        a failed check or no such estimate with an error, or is in the mapping twice; the message names it.
    SpecificationError
        If an option is not one of those allowed.

    Examples
    --------
    >>> made = {
    ...     name: Result(
    ...         method="m", n=90, interval="lognormal", estimates=estimates_table({"rate": (value, 1.0, 2.0, 9.0)}),
    ...         scope=Scope(definition="potential victims", reference_period="2023", measure="period"),
    ...     )
    ...     for name, value in {"kenya": 4.0, "uganda": 5.0}.items()
    ... }
    >>> both = federate(made, term="rate", log=True)
    >>> both.to_frame(exponentiate=True)["estimate"].round(1).to_dict()
    {'kenya': 4.0, 'uganda': 5.0}
    >>> print(both.checks[1].message)
    All 2 countries state one definition, one measure and one reference period.
    """
    _read_options(releases, log=log, per=per, unit=unit, same=same)
    _refuse_withdrawn(releases)
    _refuse_twice(releases)
    results = {name: _result(name, one, estimate) for name, one in releases.items()}
    shared = [field for field in SAME if field in {*same, "definition", "measure"}]
    for field in shared:
        _refuse_mixed({name: str(getattr(found.scope, field)) for name, found in results.items()}, field)
    rows = {name: _row(name, found, term_name(term), log=log) for name, found in results.items()}
    table = _estimates(results, rows, log=log, per=per, unit=_one_unit(results) if unit is None else unit)
    return FederationResult(
        method=say("Estimates of {countries} countries, each as released", countries=len(results)),
        estimates=table,
        n=len(results),
        smallest_group=min(int(found.n) for found in results.values()),
        level=_one_level(results),
        interval=_one_interval(results),
        scale="log" if log else next(iter(results.values())).scale,
        scope=_scope(results),
        checks=(_check_released(releases), _check_one(results), _check_methods(results), _check_carried(results)),
        assumptions=ASSUMPTIONS,
        references=tuple(str(getattr(one, "citation", "")) for one in releases.values() if hasattr(one, "citation")),
        inputs=record(table, packages=("numpy", "pandas")),
        releases=_releases(releases, results),
    )


def _read_options(releases: object, *, log: bool, per: object, unit: str | None, same: Sequence[str]) -> None:
    """Refuse options that are none of those allowed."""
    if not isinstance(releases, Mapping) or len(releases) < 2:
        many = f"a mapping of {len(releases)}" if isinstance(releases, Mapping) else f"a {type(releases).__name__}"
        raise DataError(f"releases is {many}, must be a mapping of at least two countries to what they released")
    wrong = [name for name in releases if not isinstance(name, str) or not name.strip()]
    if wrong:
        raise DataError(f"{len(wrong)} of {len(releases)} countries are not named by words, must be")
    refuse_alike(list(releases), "releases")
    one_of("log", log, (True, False))
    if isinstance(same, str) or not isinstance(same, Iterable):
        raise SpecificationError(f"same is a {type(same).__name__}, must be a list of words of {', '.join(SAME)}")
    for field in same:
        one_of("same", field, SAME)
    if unit is not None:
        is_a("unit", unit, str)
    if per is None:
        return
    if not isinstance(per, Mapping) or set(per) != set(releases):
        raise SpecificationError(f"per must be a mapping of the {len(releases)} countries to numbers, each once")
    if not isinstance(unit, str) or not unit.strip():
        raise SpecificationError(
            f"unit == {unit!r}, must say what an estimate divided by per is, such as 'per 100,000'"
        )
    for name, value in per.items():
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < np.inf:
            raise SpecificationError(f"per[{name!r}] must be a number above 0")


def _refuse_withdrawn(releases: Mapping[str, Any]) -> None:
    """Refuse a release that no longer stands."""
    for name, one in releases.items():
        why = getattr(one, "withdrawn", "")
        if why:
            raise DataError(f"{name} was withdrawn ({str(why)[:_SHOWN]}): leave it out, or take the release after it")


def _refuse_twice(releases: Mapping[str, Any]) -> None:
    """Refuse one bundle, one study, or a bundle and one that rests on it under two names: people would count twice."""
    seen: dict[str, str] = {}
    for name, one in releases.items():
        for kind in ("digest", "study"):
            word = str(getattr(one, kind, ""))
            if word and f"{kind} {word}" in seen:
                raise DataError(
                    f"{name} is the same {'bundle' if kind == 'digest' else 'study'} as {seen[f'{kind} {word}']}, and "
                    "each country must stand there once: leave one out"
                )
            seen[f"{kind} {word}"] = name
    for name, one in releases.items():
        inside = [seen[f"digest {word}"] for word in getattr(one, "rests_on", ()) if f"digest {word}" in seen]
        if inside:
            raise DataError(f"{name} rests on the bundle of {inside[0]}, whose people would count twice: leave one out")


def _result(name: str, one: Released | Result, estimate: str | Mapping[str, str]) -> Result:
    """Take the estimate of one country out of its release."""
    if isinstance(one, Result):
        return one
    if not hasattr(one, "result"):
        raise DataError(f"{name} is a {type(one).__name__}, must be a released bundle or a Result")
    which = estimate if isinstance(estimate, str) else estimate.get(name)
    if which is None:
        raise SpecificationError(f"estimate names no output for {name}, must name one for each country")
    try:
        found = one.result(which)
    except (DataError, SpecificationError) as error:
        raise DataError(f"{name}: {error}") from None
    if not isinstance(found, Result):
        raise DataError(f"{name} gives a {type(found).__name__}, must be a Result")
    return found


def _refuse_mixed(said: Mapping[str, str], field: str) -> None:
    """Refuse countries that do not state the same, by name."""
    words = _WORDS[field]
    silent = [name for name, word in said.items() if word == NOT_STATED]
    if silent:
        raise DataError(
            f"{', '.join(silent)} does not state its {words}, must state it to be set beside others: ask for a release "
            "that does"
        )
    groups: dict[str, list[str]] = {}
    for name, word in said.items():
        groups.setdefault(" ".join(word.split()).casefold(), []).append(name)
    if len(groups) > 1:
        order = sorted(groups.values(), key=len, reverse=True)
        told = "; ".join(f"{', '.join(names)}: {said[names[0]][:_SHOWN]!r}" for names in order)
        raise DataError(f"the {words} is not one ({told}): {_CURES[field]}")


def _row(name: str, found: Result, term: str, *, log: bool) -> tuple[float, float, float, float]:
    """Return estimate, error and limits of one country, on the scale that is pooled."""
    if found.status == "fail":
        failed = next(check.name for check in found.checks if check.status == "fail")
        raise DataError(f"{name} has a failed check ({failed}), which pooling would hide: leave it out and say so")
    times = list(found.estimates.index).count(term)
    if times != 1:
        there = ", ".join(dict.fromkeys(map(str, found.estimates.index[:8])))
        raise DataError(f"{name} has {times} rows of the term {term!r}, must have one; it has {there}")
    row = found.estimates.loc[[term]].iloc[0]
    point, error, low, high = (float(row[c]) for c in ("estimate", "std_error", "ci_low", "ci_high"))
    if log:
        point, error = on_log_scale(name, found, row)
        low, high = float(np.log(low)), float(np.log(high))
    if not (np.isfinite(point) and np.isfinite(error) and error > 0):
        raise DataError(f"{name} gives {term!r} without a standard error, which pooling needs: leave it out and say so")
    return point, error, low, high


def _estimates(
    results: Mapping[str, Result],
    rows: Mapping[str, tuple[float, float, float, float]],
    *,
    log: bool,
    per: Mapping[str, float] | None,
    unit: str,
) -> pd.DataFrame:
    """Return the table of the countries, divided by what was asked."""
    scales = {found.scale for found in results.values()}
    if len(scales) > 1:
        told = "; ".join(f"{name}: {found.scale}" for name, found in results.items())
        raise DataError(f"the scale is not one ({told}), must be to be pooled")
    table = estimates_table(dict(rows)).drop(columns="unit", errors="ignore")
    if per is not None:
        by = pd.Series({name: float(per[name]) for name in rows})
        points = ["estimate", "ci_low", "ci_high"]
        if log or scales == {"log"}:
            table[points] = table[points].sub(np.log(by), axis=0)
        elif scales == {"identity"}:
            table = table[[*points, "std_error"]].div(by, axis=0)[["estimate", "std_error", "ci_low", "ci_high"]]
        else:
            raise SpecificationError(
                f"per is given for estimates on the scale {' and '.join(sorted(scales))}, which nothing divides: "
                "leave it out"
            )
    return table.assign(unit=f"log {unit}".strip() if log else unit)


def _one_unit(results: Mapping[str, Result]) -> str:
    """Return the unit of all results, or none where they differ."""
    units = {str(word) for found in results.values() for word in found.estimates.get("unit", pd.Series([""])).iloc[:1]}
    return units.pop() if len(units) == 1 else ""


def _one_level(results: Mapping[str, Result]) -> float:
    """Return the level of all limits, and refuse limits of several."""
    levels = {float(found.level) for found in results.values()}
    if len(levels) > 1:
        told = "; ".join(f"{name}: {found.level:g}" for name, found in results.items())
        raise DataError(f"the level of the limits is not one ({told}), must be to stand in one table")
    return levels.pop()


def _one_interval(results: Mapping[str, Result]) -> str:
    """Return the kind of all limits, or say that they are each country's own."""
    kinds = {found.interval for found in results.values()}
    return kinds.pop() if len(kinds) == 1 else "as released"


def _scope(results: Mapping[str, Result]) -> Scope:
    """Return what all countries state alike; periods that differ stand side by side."""
    scopes = [found.scope for found in results.values()]
    populations = {one.population for one in scopes}
    periods = sorted({one.reference_period for one in scopes} - {NOT_STATED})
    measure: Measure = scopes[0].measure
    return Scope(
        population=populations.pop() if len(populations) == 1 else "as each country states",
        definition=scopes[0].definition,
        reference_period=", ".join(periods) or NOT_STATED,
        measure=measure,
    )


def _releases(releases: Mapping[str, Any], results: Mapping[str, Result]) -> pd.DataFrame:
    """Return how each country is cited."""
    rows = {
        name: {
            **{out: str(getattr(one, held, "") or "") for out, held in _CITED.items()},
            "method": str(results[name].method),
            "status": results[name].status,
            "people": int(results[name].n),
            **{field: str(getattr(results[name].scope, field)) for field in _SCOPE},
        }
        for name, one in releases.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("country")[list(_COLUMNS)]


def _check_released(releases: Mapping[str, Any]) -> Check:
    """Say whether every estimate is known by the digest of a bundle."""
    bare = sum(not getattr(one, "digest", "") for one in releases.values())
    if bare:
        said = say(
            "{bare} of {n} estimates came without a bundle: nobody can look up what they rest on.",
            bare=bare,
            n=len(releases),
        )
        return Check("released", "review", said, {"without": bare})
    said = say("All {n} estimates come from bundles that are cited by their SHA-256.", n=len(releases))
    return Check("released", "pass", said, {"without": 0})


def _check_one(results: Mapping[str, Result]) -> Check:
    """Say whether the countries state one definition, measure and period; the first two were asked for."""
    periods = {" ".join(found.scope.reference_period.split()).casefold() for found in results.values()}
    silent = sum(found.scope.reference_period == NOT_STATED for found in results.values())
    if len(periods) == 1 and not silent:
        said = say("All {n} countries state one definition, one measure and one reference period.", n=len(results))
        return Check("one definition", "pass", said, {"periods": 1})
    said = say(
        "The {n} countries state one definition and one measure, and {periods} reference periods: a difference between "
        "them may be one of years.",
        n=len(results),
        periods=len(periods),
    )
    return Check("one definition", "review", said, {"periods": len(periods)})


def _check_methods(results: Mapping[str, Result]) -> Check:
    """Say whether the countries estimated in one way."""
    kinds = {type(found).__name__ for found in results.values()}
    if len(kinds) == 1:
        said = say("All {n} countries estimated by methods of one kind.", n=len(results))
        return Check("one method", "pass", said, {"kinds": 1})
    said = say(
        "The {n} countries estimated by methods of {kinds} kinds: a difference between them may be one of methods.",
        n=len(results),
        kinds=len(kinds),
    )
    return Check("one method", "review", said, {"kinds": len(kinds)})


def _check_carried(results: Mapping[str, Result]) -> Check:
    """Carry what the countries' own checks ask a reader to look at."""
    asked = [name for name, found in results.items() if found.status == "review"]
    if not asked:
        said = say("No check of the {n} countries asks for a second look.", n=len(results))
        return Check("checks of the countries", "pass", said, {"review": 0})
    said = say(
        "The own checks of {names} ask for a second look: read them in their releases before the pooled number.",
        names=", ".join(asked),
    )
    return Check("checks of the countries", "review", said, {"review": len(asked)})
