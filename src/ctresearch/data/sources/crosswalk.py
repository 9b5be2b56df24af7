"""Crosswalks between case standards: what becomes of each column and value, and what is lost on the way.

The correspondences are data (``crosswalks/*.csv``). Where a standard is finer than the other, a value is not guessed:
CTDC's ``meansThreats`` may be three different codes of HTCDS, so it is lost that way, and broader the other way.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import is_frame
from ctresearch.data.contents.codelist import codelist
from ctresearch.data.contents.countries import country_codes
from ctresearch.data.contents.report import table
from ctresearch.data.contents.schema import Schema, schema
from ctresearch.data.files.opened_file import as_text

_FOLDER = files("ctresearch.data") / "crosswalks"
_PAIR = ("ctdc-synthetic", "htcds")
IC_TIP = "ic-tip"
MAPPED = ("ctdc-synthetic", "ctdc-k-anonymised", "ctdc-victim-perpetrator", "htcds")
_LOST = {"column": "str", "value": "str", "n": "int64", "why": "str"}
_RULES = {"column": "str", "value": "str", "to_column": "str", "to_value": "str", "relation": "str"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Translated:
    """A table in the terms of another standard.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns of the target that the source fills; as many rows as the source.
    lost : pandas.DataFrame
        ``column``, ``value``, ``n`` cells and ``why``: everything that the target cannot hold, and what became broader.

    Examples
    --------
    >>> from ctresearch.data import translate
    >>> cases = pd.DataFrame({"gender": ["Woman", None], "ageBroad": ["9--17", "48+"]})
    >>> sorted(translate(cases, "ctdc-synthetic", "htcds").lost["value"])
    ['48+', '9--17']
    """

    frame: pd.DataFrame
    lost: pd.DataFrame

    def __repr__(self) -> str:
        """Say how much was lost of which columns, without a cell."""
        sums = self.lost.groupby(["column", "why"], sort=False)["n"].sum().reset_index()
        head = (
            f"{len(self.frame):,} records in {self.frame.shape[1]} columns; {int(sums.n.sum()):,} cells lost or broader"
        )
        return "\n".join([head, *(f"  {column}: {n:,} x {why}" for column, why, n in sums.itertuples(index=False))])

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["frame", "lost"])


def crosswalk(source: str, target: str) -> pd.DataFrame:
    """Return the correspondence of two standards.

    Parameters
    ----------
    source, target : {"ctdc-synthetic", "htcds", "ic-tip"}
        Also ``"ctdc-k-anonymised"`` and ``"ctdc-victim-perpetrator"`` with ``"ic-tip"``, which is a vocabulary of
        variables and has no table of its own.

    Returns
    -------
    pandas.DataFrame
        ``column``, ``value``, ``to_column``, ``to_value`` and ``relation``: ``exact``, ``broader`` (the target's value
        says less), ``partial`` (the target's variable is filled in part) or ``lost``. ``*`` is any value. Columns of
        the source that are in no correspondence are listed as lost.

    Raises
    ------
    SpecificationError
        If there is no crosswalk between the two.

    Examples
    --------
    >>> rules = crosswalk("ctdc-synthetic", "htcds")
    >>> rules.loc[rules["column"] == "ageBroad", "relation"].tolist()
    ['lost']
    """
    if IC_TIP in (source, target) and {source, target} & set(MAPPED):
        rules = _variables(source if target == IC_TIP else target)
        swapped = {"column": "to_column", "to_column": "column", "value": "to_value", "to_value": "value"}
        rules = rules if target == IC_TIP else rules.rename(columns=swapped)
        names = codelist_of_variables() if source == IC_TIP else schema(source).names
    elif {source, target} == set(_PAIR):
        rules, names = _values(forward=source == _PAIR[0]), schema(source).names
    else:
        known = "ctdc-synthetic and htcds, and of each, ctdc-k-anonymised and ctdc-victim-perpetrator with ic-tip"
        raise SpecificationError(f"there is no crosswalk from {source!r} to {target!r}, must be one of {known}")
    alone = [name for name in names if name not in set(rules["column"])]
    lost = pd.DataFrame({"column": alone, "value": "*", "to_column": "", "to_value": "", "relation": "lost"})
    return table(_RULES, pd.concat([rules[list(_RULES)], lost]))


def translate(frame: pd.DataFrame, source: str, target: str) -> Translated:
    """Put records of one standard into the terms of another.

    Parameters
    ----------
    frame : pandas.DataFrame
        A loaded table of the source.
    source, target : {"ctdc-synthetic", "htcds"}
        From which to which.

    Returns
    -------
    Translated
        The table, and what was lost. A cell that is missing stays missing; nothing becomes a no.

    Raises
    ------
    SpecificationError
        If records cannot be translated between the two.
    DataError
        If ``frame`` is not a table.

    Examples
    --------
    >>> cases = pd.DataFrame({"gender": ["Woman", None], "meansFalsePromises": [1, None], "ageBroad": ["9--17", "48+"]})
    >>> there = translate(cases, "ctdc-synthetic", "htcds")
    >>> there.frame["vic_MethodsOfControl"].tolist()[0], there.lost[["column", "value", "n"]].values.tolist()
    ('FalsePromises', [['ageBroad', '48+', 1], ['ageBroad', '9--17', 1]])
    """
    if {source, target} != set(_PAIR):
        raise SpecificationError(f"records go between {_PAIR[0]!r} and {_PAIR[1]!r}, not from {source!r} to {target!r}")
    is_frame("frame", frame)
    rules = crosswalk(source, target)
    rules = rules[rules["column"].isin(frame.columns)]
    used, lost = _place_of_exploitation(frame)
    held = _held(used, schema(source))
    columns: dict[str, pd.Series[Any]] = {}
    for name in dict.fromkeys(rules.loc[rules["relation"] != "lost", "to_column"]):
        columns[name], crowded = _filled(held, rules[rules["to_column"] == name], schema(target), name)
        lost += crowded
    lost += _losses(held, rules)
    lost += [(str(n), "*", int(frame[n].notna().sum()), "no column of the source") for n in frame if n not in held]
    rows = table(_LOST, lost)
    rows = rows[rows["n"] > 0].sort_values(["column", "value"], ignore_index=True)
    return Translated(frame=pd.DataFrame(columns, index=frame.index), lost=rows)


def codelist_of_variables() -> tuple[str, ...]:
    """List the variables of IC-TIP, block after block.

    Returns
    -------
    tuple of str
        Names of the variables.

    Examples
    --------
    >>> codelist_of_variables()[:2]
    ('act', 'means')
    """
    blocks = ("event", "victim", "perpetrator", "reporting entity")
    return tuple(code for block in blocks for code in codelist(f"{IC_TIP}/{block}").codes)


def _held(frame: pd.DataFrame, one: Schema) -> dict[str, pd.Series[Any]]:
    """Return each column of the source as the sets of values in its cells; a missing cell is an empty set."""
    out = {}
    for column in one.columns:
        if column.name in frame:
            parts = frame[column.name].astype(object)
            apart = column.kind in ("codes", "countries")
            out[column.name] = parts.map(
                lambda v, apart=apart: set() if pd.isna(v) else set(str(v).split(";")) if apart else {as_text(v)}
            )
    return out


def _filled(
    held: dict[str, pd.Series[Any]], rules: pd.DataFrame, target: Schema, name: str
) -> tuple[pd.Series[Any], list[tuple[str, str, int, str]]]:
    """Fill one column of the target, and say what found no place in it."""
    column, index = target.column(name), next(iter(held.values())).index
    met: list[list[str]] = [[] for _ in range(len(index))]
    for rule in rules[rules["relation"] != "lost"].itertuples(index=False):
        for here, cell in zip(met, held[str(rule.column)], strict=True):
            if rule.value == "*":
                here.extend(sorted(cell) if rule.to_value == "*" else [str(rule.to_value)] * bool(cell))
            elif rule.value in cell:
                here.append(str(rule.to_value))
    apart = [list(dict.fromkeys(here)) for here in met]
    several = column.kind in ("codes", "countries")
    texts = [";".join(here) if here and (several or len(here) == 1) else None for here in apart]
    names = "; ".join(dict.fromkeys(rules["column"]))
    told = [] if several else [(names, "*", sum(len(here) > 1 for here in apart), f"{name} holds one value only")]
    if column.kind == "flag":
        return pd.Series([1 if text else None for text in texts], index=index, dtype="Int8"), told
    out = pd.Series(texts, index=index, dtype="str")
    if column.kind == "country":
        codes = country_codes(out)
        told.append((names, "*", int((codes.isna() & out.notna()).sum()), f"{name}: words that name no one country"))
        return codes, told
    return out, told


def _place_of_exploitation(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str, int, str]]]:
    """Keep the country of an HTCDS event only where the event is the exploitation."""
    if "hte_Country" not in frame:
        return frame, []
    kind = frame["hte_Type"].astype(object) if "hte_Type" in frame else pd.Series(index=frame.index, dtype=object)
    other = (kind != "Exploitation") & frame["hte_Country"].notna()
    told = [("hte_Country", "*", int(other.sum()), "not said to be the place of exploitation")]
    return frame.assign(hte_Country=frame["hte_Country"].mask(other)), told


def _losses(held: dict[str, pd.Series[Any]], rules: pd.DataFrame) -> list[tuple[str, str, int, str]]:
    """Count the values that the target cannot hold, or holds as something broader."""
    out = []
    for name, part in rules.groupby("column", sort=False):
        known = {r.value: r.relation for r in part[part["relation"] != "lost"].itertuples(index=False)}
        met = held[str(name)].explode().dropna().value_counts()
        for value, n in met.items():
            relation = known.get(str(value), known.get("*", "lost"))
            if relation == "lost" and value != "0":
                out.append((str(name), str(value), int(n), "no equal value"))
            elif relation == "broader":
                out.append((str(name), str(value), int(n), "broader value"))
            elif value == "0":
                out.append((str(name), "0", int(n), "the target holds no reported absence"))
    return out


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    """Read a packaged crosswalk."""
    return tuple(csv.DictReader((_FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


def _values(*, forward: bool) -> pd.DataFrame:
    """Return the correspondence of values in one direction."""
    left, right, way = ("left", "right", "forward") if forward else ("right", "left", "backward")
    rows = [
        (r[f"{left}_column"], r[f"{left}_code"], r[f"{right}_column"], r[f"{right}_code"], r[way])
        for r in _rows("--".join(_PAIR))
    ]
    return pd.DataFrame(rows, columns=list(_RULES))


def _variables(source: str) -> pd.DataFrame:
    """Return the correspondence of a source's columns with the variables of IC-TIP."""
    rows = [
        (column, "*", r["variable"], "*", {"full": "exact"}.get(r["fit"], r["fit"]))
        for r in _rows(IC_TIP)
        if r["source"] == source
        for column in r["columns"].split("|")
    ]
    return pd.DataFrame(rows, columns=list(_RULES))
