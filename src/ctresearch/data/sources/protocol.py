"""Act, means and purpose of the Palermo Protocol, as far as the flags of a record indicate them.

Article 3 of the Protocol: (a) trafficking in persons is an act, by a means, for the purpose of exploitation; (c) for a
child no means is needed; (d) a child is a person under eighteen. What is indicated here is **not a legal finding**: a
flag is what an organisation recorded, and whether the elements are met is for a court or a competent authority.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import has_columns, is_frame, one_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

INDICATED, NOT_INDICATED, UNDETERMINED = "indicated", "not indicated", "undetermined"
_STATES = pd.CategoricalDtype([INDICATED, NOT_INDICATED, UNDETERMINED])
_AGES = pd.CategoricalDtype(["child", "adult", UNDETERMINED])
SOURCES = ("ctdc-synthetic", "ctdc-k-anonymised", "ctdc-victim-perpetrator", "htcds")
AT_REGISTRATION = {
    "ctdc-synthetic": ("ageBroad", "yearOfRegistration"),
    "ctdc-k-anonymised": ("ageBroad", "majorityStatus", "yearOfRegistration"),
    "ctdc-victim-perpetrator": ("majorityStatus", "yearOfRegistration", "IP_ageBroad"),
    "htcds": ("prs_Birthdate",),
}
_ADULT, _OLDEST = 18, 120


def protocol_elements(frame: pd.DataFrame, source: str, age_at_act: str | None = None) -> pd.DataFrame:
    """Say which elements of trafficking in persons the flags of each record indicate.

    An element is *indicated* where a flag for it is set; *not indicated* only where every one of its flags is reported
    as absent; *undetermined* otherwise, since a blank is never a no. Whether somebody was a child is told by the age at
    the act alone: an age band or a majority status at registration (``ageBroad``, ``majorityStatus``) never decides it,
    and an unknown age is undetermined.

    Parameters
    ----------
    frame : pandas.DataFrame
        A loaded table.
    source : {"ctdc-synthetic", "ctdc-k-anonymised", "ctdc-victim-perpetrator", "htcds"}
        What it was loaded as.
    age_at_act : str, optional
        Column with the age in years at the act, 0 to 120, or with ``Adult`` and ``Minor`` at the act; by default
        ``majorityStatusAtExploit`` or ``vic_AgeWhenTrafficked``, where the source has them.

    Returns
    -------
    pandas.DataFrame
        ``act``, ``means``, ``purpose``; ``age`` (child, adult, undetermined); ``means_needed`` (missing where the age
        is undetermined); and ``elements``: indicated where act and purpose are and, unless the person was a child, the
        means too. Same index as ``frame``.

    Raises
    ------
    DataError
        If ``frame`` is not a table, lacks ``age_at_act``, or holds a number in it that is no age, such as -99.
    SpecificationError
        If the source is none of these, or ``age_at_act`` is a column that the source fills at registration.

    References
    ----------
    .. [1] United Nations (2000). Protocol to Prevent, Suppress and Punish Trafficking in Persons, Especially Women and
       Children, article 3. General Assembly resolution 55/25, annex II.

    Examples
    --------
    >>> cases = pd.DataFrame({
    ...     "recruiterRelationFriend": [1, 1], "meansThreats": [1, None], "isForcedLabour": [1, 1],
    ...     "ageBroad": ["18--20", "9--17"], "age_then": [17, None],
    ... })
    >>> protocol_elements(cases, "ctdc-synthetic")["elements"].tolist()
    ['indicated', 'undetermined']
    >>> protocol_elements(cases, "ctdc-synthetic", age_at_act="age_then")["age"].tolist()
    ['child', 'undetermined']
    """
    is_frame("frame", frame)
    one_of("source", source, SOURCES)
    table = _flags()[source]
    named = age_at_act or next((column for column, _ in table["age"]), "")
    if age_at_act is not None:
        has_columns("frame", frame, [age_at_act])
        _check_at_act(age_at_act, source)
    states = {name: _element(frame, table[name]) for name in ("act", "means", "purpose")}
    child, adult = _child(frame[named]) if named in frame else _nobody(len(frame))
    out: dict[str, Any] = {name: pd.Categorical(_word(*state), dtype=_STATES) for name, state in states.items()}
    out["age"] = pd.Categorical(np.where(child, "child", np.where(adult, "adult", UNDETERMINED)), dtype=_AGES)
    out["means_needed"] = pd.Series(adult, index=frame.index, dtype="boolean").mask(~(child | adult))
    out["elements"] = pd.Categorical(_word(*_together(states, child, adult)), dtype=_STATES)
    return pd.DataFrame(out, index=frame.index)


def _element(frame: pd.DataFrame, flags: list[tuple[str, str]]) -> tuple[Bools, Bools]:
    """Say where an element is indicated, and where it is reported as absent by every flag; shapes (rows,)."""
    there = [(column, code) for column, code in flags if column in frame]
    indicated, absent = np.zeros(len(frame), dtype=bool), np.ones(len(frame), dtype=bool)
    for column, code in there:
        cells = frame[column]
        text = cells.astype(object).map(lambda cell: "" if pd.isna(cell) else str(cell))
        if code == "*":
            indicated |= (text != "").to_numpy()
            absent[:] = False
        elif code == "1":
            number = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            indicated |= number == 1
            absent &= number == 0
        else:
            indicated |= text.str.split(";").map(lambda parts, code=code: code in parts).to_numpy(dtype=bool)
            absent[:] = False
    complete = bool(there) and len(there) == len(flags)
    return indicated, absent & ~indicated & complete


def _child(ages: pd.Series[Any]) -> tuple[Bools, Bools]:
    """Say who was under 18 and who was not at the act; shapes (rows,)."""
    years = pd.to_numeric(ages.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = (years < 0) | (years > _OLDEST)
    if bad.any():
        must = (
            f"must be ages at the act from 0 to {_OLDEST}, Adult or Minor, or missing: make codes such as -99 missing "
            "first"
        )
        raise wrong_cells(ages, bad, must)
    words = ages.astype(object)
    return (years < _ADULT) | (words == "Minor").to_numpy(), (years >= _ADULT) | (words == "Adult").to_numpy()


def _check_at_act(column: str, source: str) -> None:
    """Refuse a column that tells of the time of registration."""
    if column in AT_REGISTRATION[source]:
        raise SpecificationError(
            f"age_at_act == {column!r} tells of the registration in {source!r}, must be a column of the age at the act"
        )


def _nobody(rows: int) -> tuple[Bools, Bools]:
    """Say that nobody's age at the act is known."""
    return np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)


def _together(states: dict[str, tuple[Bools, Bools]], child: Bools, adult: Bools) -> tuple[Bools, Bools]:
    """Say where all elements that are needed are indicated, and where one of them is reported as absent."""
    (act, no_act), (means, no_means), (purpose, no_purpose) = (states[name] for name in ("act", "means", "purpose"))
    return act & purpose & (means | child), no_act | no_purpose | (no_means & adult)


def _word(indicated: Bools, absent: Bools) -> NDArray[np.str_]:
    """Put two truths into a word."""
    return np.where(indicated, INDICATED, np.where(absent, NOT_INDICATED, UNDETERMINED))


@cache
def _flags() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Read which flags stand for which element, by source."""
    path = files("ctresearch.data") / "crosswalks" / "protocol.csv"
    out: dict[str, dict[str, list[tuple[str, str]]]] = {
        source: {name: [] for name in ("act", "means", "purpose", "age")} for source in SOURCES
    }
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        out[row["source"]][row["element"]] += [(column, row["code"]) for column in row["columns"].split("|")]
    return out
