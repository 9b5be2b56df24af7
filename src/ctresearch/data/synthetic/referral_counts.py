"""Invented records of a referral mechanism as an office would publish them: counts by year, small ones masked."""

from __future__ import annotations

import pandas as pd

_LEAST = 5
_COLUMNS = ["year", "stage", "outcome", "age_group", "count"]


def yearly_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Count referrals, decisions and adults who refused to be referred, by year and age group.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`referral_records` makes it.

    Returns
    -------
    pandas.DataFrame
        In the columns of the schema ``"nrm"``: ``year``, ``stage``, ``outcome``, ``age_group`` and ``count``, as text;
        from 1 to 4 it is ``[c]``, not published.

    Examples
    --------
    >>> from ctresearch.data.synthetic import referral_records
    >>> yearly_counts(referral_records(2_000, seed=1).frame).tail(1)["count"].item()
    '58'
    """
    who = frame["age"].lt(18).map({True: "Child", False: "Adult"})
    ended = frame["reason"] == "negative decision"
    before = ended & frame["referred"].notna() & frame["presumed"].isna()
    parts = [
        ("Referral", "", frame["referred"]),
        ("RG", "Positive", frame["presumed"]),
        ("RG", "Negative", frame["end"].where(before)),
        ("CG", "Positive", frame["identified"]),
        ("CG", "Negative", frame["end"].where(ended & ~before)),
        ("Duty to notify", "", frame["end"].where((frame["reason"] == "refused") & frame["referred"].isna())),
    ]
    rows = [
        pd.DataFrame({"year": when.dt.year, "stage": stage, "outcome": outcome, "age_group": who})[when.notna()]
        for stage, outcome, when in parts
    ]
    counted = pd.concat(rows).groupby(_COLUMNS[:-1]).size().rename("count").reset_index()
    masked = counted["count"].astype(str).where(counted["count"] >= _LEAST, "[c]")
    return counted.assign(year=counted["year"].astype("int64"), count=masked)[_COLUMNS]
