"""What published tables of a national referral mechanism say: referrals, decisions, and adults who did not consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from ctresearch.consequences.burden.exact_intervals import clopper_pearson
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.groups import ALL
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.programmes.trials.trial_result import GroupedResult

if TYPE_CHECKING:
    from pathlib import Path

    from ctresearch.core.result import Result

REFERRAL, REASONABLE, CONCLUSIVE, NOTIFY = "referral", "reasonable grounds", "conclusive grounds", "duty to notify"
NOT_ONE_COHORT = (
    "Decisions of a year are not all about referrals of that year, so shares are of decisions made, not of people "
    "referred."
)
COUNTED = (
    "A referral is a potential victim, positive reasonable grounds a presumed, positive conclusive grounds an "
    "identified one."
)
NO_CONSENT = (
    "A duty to notify is about an adult who did not consent to a referral: it is counted apart, not as a failure."
)
OUTCOMES = ("positive", "negative", "suspended", "withdrawn", "awaiting")
STAGES = (REFERRAL, REASONABLE, CONCLUSIVE, NOTIFY)
_GROUPS = {"Adult": "adults", "Child": "children", "Unknown": "age not stated"}


def referral_counts(frame: pd.DataFrame, *, level: float = 0.95, scope: Scope | None = None) -> Result:
    """Return referrals and the shares of positive decisions by year, for adults and children apart.

    Parameters
    ----------
    frame : pandas.DataFrame
        As ``ctresearch.data.sources.load(path, "nrm").frame``: ``year``, ``stage``, ``count`` and, where the table has
        them, ``outcome`` and ``age_group``; finer breakdowns are added up. A count that is not published is missing;
        where the table has ``low`` and ``high``, counts are those.
    level : float
        Coverage of the limits (Clopper-Pearson), as a proportion.
    scope : Scope, optional
        Whom the counts are about.

    Returns
    -------
    Result
        Terms ``referrals``, ``presumed`` and ``identified`` (shares of decisions that were positive) and
        ``did_not_consent`` (share of adults found who were notified without being referred), by ``group`` and ``year``.
        Missing where a count that is not published takes part.

    Raises
    ------
    DataError
        If a column is missing, a count is negative, or there are no referrals and no decisions.

    References
    ----------
    .. [1] Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of
       the binomial. Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> rows = [("referral", None, 100), ("reasonable grounds", "positive", 80), ("reasonable grounds", "negative", 20)]
    >>> frame = pd.DataFrame(rows, columns=["stage", "outcome", "count"]).assign(year=2020, age_group="Adult")
    >>> found = referral_counts(frame).estimates
    >>> found.loc["presumed", "estimate"]
    np.float64(0.8)
    """
    is_level(level)
    is_frame("frame", frame)
    has_columns("frame", frame, ["year", "stage", "count"])
    used = frame.assign(
        group=_groups(frame),
        year=_years(frame),
        stage=_words(frame, "stage", STAGES),
        count=_counts(frame),
        outcome=_words(frame, "outcome", OUTCOMES) if "outcome" in frame.columns else None,
    )
    if not used["stage"].isin([REFERRAL, REASONABLE, CONCLUSIVE]).any():
        raise DataError(
            f"column 'stage' holds none of {REFERRAL!r}, {REASONABLE!r} or {CONCLUSIVE!r}, must hold one: load the file"
            " with load(path, 'nrm')"
        )
    rows: list[dict[str, Any]] = []
    for key, part in used.groupby(["year", "group"], sort=True):
        year, group = cast("tuple[Any, str]", key)
        for term, found in _terms(part, str(group), level).items():
            rows.append(dict(zip(_COLUMNS, (term, *found), strict=True)) | {"group": group, "year": int(year)})
    estimates = pd.DataFrame(rows).set_index("term")
    estimates.index = estimates.index.astype("str")
    total = float(used.loc[used["stage"] == REFERRAL, "count"].sum())
    return GroupedResult(
        method="Referral mechanism: referrals and decisions by year",
        estimates=estimates[[*_COLUMNS[1:], "group", "year"]],
        n=int(total),
        smallest_group=int(used.loc[used["count"] > 0, "count"].min()) if (used["count"] > 0).any() else None,
        level=level,
        interval="clopper-pearson",
        scope=scope or Scope(population="potential victims referred", measure="flow"),
        checks=(_check_published(used),),
        assumptions=(COUNTED, NO_CONSENT, NOT_ONE_COHORT),
        references=references(referral_counts),
        inputs=record(frame[[c for c in ("year", "stage", "outcome", "age_group", "count") if c in frame.columns]]),
    )


def load_referrals(path: str | Path, *, level: float = 0.95) -> Result:
    r"""Load a table of the United Kingdom's National Referral Mechanism and summarise it.

    Parameters
    ----------
    path : str or pathlib.Path
        File as published, or in the columns of the schema ``"nrm"``.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    Result
        As :func:`referral_counts` gives it, with the scope and the citation of the source.

    Raises
    ------
    DataError
        If the file is not such a table.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "nrm.csv")
    >>> _ = file.write_text("year,stage,outcome,age_group,count\n2020,CG,Positive,Child,9\n2020,CG,Negative,Child,1\n")
    >>> load_referrals(file).estimates.loc["identified", "estimate"]
    np.float64(0.9)
    """
    from dataclasses import replace

    from ctresearch.data import load

    loaded = load(path, "nrm")
    result = referral_counts(loaded.frame, level=level, scope=loaded.schema.scope)
    return replace(result, references=(*loaded.schema.references, *result.references))


_COLUMNS = ("term", "estimate", "std_error", "ci_low", "ci_high", "unit")
_NAN = float("nan")


def _counts(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the counts as numbers; one that was published as a symbol or a range is missing."""
    exact = (
        frame["low"].where(frame["low"] == frame["high"]) if {"low", "high"} <= set(frame.columns) else frame["count"]
    )
    published = read_numbers(exact.dropna().to_frame("count"), "count")
    given = exact.notna().to_numpy()
    values = np.full(len(frame), np.nan)
    values[given] = published
    wrong = given & ((np.nan_to_num(values) < 0) | (np.nan_to_num(values) % 1 != 0))
    refuse_cells(exact, wrong, "must be counts, whole numbers of at least 0", name="count")
    return pd.Series(values, index=frame.index)


def _years(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the years as whole numbers."""
    refuse_missing(frame, ["year"])
    years = pd.to_numeric(frame["year"], errors="coerce")
    wrong = years.isna() | (years % 1 != 0)
    refuse_cells(frame["year"], wrong, "must be whole years", name="year")
    return years.astype(int)


def _words(frame: pd.DataFrame, column: str, known: tuple[str, ...]) -> pd.Series[Any]:
    """Read a column of few words however they are spelled, and refuse others, whose counts would go missing unsaid."""
    words = {name_key(one): one for one in known}
    keys = frame[column].astype(object).map(lambda v: v if pd.isna(v) else name_key(v))
    wrong = keys.notna() & ~keys.isin(words)
    refuse_cells(frame[column], wrong, f"must be one of {', '.join(map(repr, known))}", name=column)
    return keys.map(words, na_action="ignore")


def _groups(frame: pd.DataFrame) -> pd.Series[Any]:
    """Name the age groups."""
    if "age_group" not in frame.columns:
        return pd.Series(ALL, index=frame.index)
    return _words(frame, "age_group", tuple(_GROUPS)).map(_GROUPS).fillna(_GROUPS["Unknown"])


def _terms(part: pd.DataFrame, group: str, level: float) -> dict[str, tuple[float, float, float, float, str]]:
    """Return the terms of one group and year, those whose stage the table has."""
    stages = set(part["stage"].dropna())
    out: dict[str, tuple[float, float, float, float, str]] = {}
    referred = _total(part, REFERRAL)
    if REFERRAL in stages:
        out["referrals"] = (referred, _NAN, _NAN, _NAN, "potential victims")
    for term, stage in (("presumed", REASONABLE), ("identified", CONCLUSIVE)):
        if stage in stages:
            positive, negative = _total(part, stage, "positive"), _total(part, stage, "negative")
            out[term] = (*_share(positive, positive + negative, level), "share of decisions that were positive")
    if NOTIFY in stages and REFERRAL in stages and group != "children":
        notified = _total(part, NOTIFY)
        out["did_not_consent"] = (*_share(notified, notified + referred, level), "share of adults found")
    return out


def _total(part: pd.DataFrame, stage: str, outcome: str | None = None) -> float:
    """Add counts up; missing if any that takes part is not published."""
    rows = part[part["stage"] == stage]
    if outcome is not None:
        rows = rows[rows["outcome"] == outcome]
    return float(rows["count"].sum(skipna=False)) if not rows["count"].isna().any() else _NAN


def _share(cases: float, people: float, level: float) -> tuple[float, float, float, float]:
    """Return a share with exact limits; missing where a count is or there are no decisions."""
    if not np.isfinite(people) or people == 0:
        return (_NAN,) * 4
    share = cases / people
    low, high = clopper_pearson(int(cases), int(people), level)
    return share, float(np.sqrt(share * (1 - share) / people)), low, high


def _check_published(used: pd.DataFrame) -> Check:
    """Say how many counts are not published."""
    missing = int(used["count"].isna().sum())
    numbers = {"missing": missing, "rows": len(used)}
    if missing:
        said = say(
            "{missing} of {used:,} counts are not published: what they take part in is missing, never counted as 0.",
            missing=missing,
            used=len(used),
        )
        return Check("published counts", "review", said, numbers)
    return Check("published counts", "pass", say("All {used:,} counts are published.", used=len(used)), numbers)
