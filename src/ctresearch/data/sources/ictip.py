"""IC-TIP as a vocabulary, and how completely records fill it.

The International Classification for Administrative Data on Trafficking in Persons was adopted by the United Nations
Statistical Commission in 2025. This vocabulary names its four blocks (event, victim, perpetrator, reporting entity) and
the variables of each, under names of this library: it is for completeness and crosswalks, and is not the list of codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, is_frame, one_of
from ctresearch.data.contents.codelist import codelist
from ctresearch.data.sources.crosswalk import IC_TIP, MAPPED, crosswalk

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "2025"
ANSWERED = ("block", "variable", "collected", "n", "reported", "share")
BLOCKS = ("event", "victim", "perpetrator", "reporting entity")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The variables of IC-TIP.

    Parameters
    ----------
    version : str
        Year in which it was adopted.
    variables : dict of str to tuple
        Variable to its block and label.

    Examples
    --------
    >>> ic_tip().variables["victim_age_at_event"]
    ('victim', 'age at the act')
    """

    version: str
    variables: dict[str, tuple[str, str]]

    def to_frame(self) -> pd.DataFrame:
        """Return the vocabulary as a table.

        Returns
        -------
        pandas.DataFrame
            ``block``, ``variable``, ``label``.

        Examples
        --------
        >>> ic_tip().to_frame()["block"].unique().tolist()
        ['event', 'victim', 'perpetrator', 'reporting entity']
        """
        rows = [(block, name, label) for name, (block, label) in self.variables.items()]
        return pd.DataFrame(rows, columns=["block", "variable", "label"])

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["version", "variables"])


def ic_tip(version: str = VERSION) -> Vocabulary:
    """Return the vocabulary of IC-TIP.

    Parameters
    ----------
    version : {"2025"}
        Year of adoption.

    Returns
    -------
    Vocabulary
        Variables by block.

    Raises
    ------
    SpecificationError
        If there is no such version.

    References
    ----------
    .. [1] International Organization for Migration and United Nations Office on Drugs and Crime (2025). International
       Classification for Administrative Data on Trafficking in Persons (IC-TIP). United Nations Statistical Commission,
       56th session.

    Examples
    --------
    >>> len(ic_tip().variables)
    30
    """
    one_of("version", version, (VERSION,))
    lists = {block: codelist(f"{IC_TIP}/{block}") for block in BLOCKS}
    return Vocabulary(version, {code: (b, label) for b, one in lists.items() for code, label in one.labels.items()})


def completeness(frame: pd.DataFrame, source: str, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Say how completely records fill the variables of IC-TIP.

    A variable with several columns counts as reported where any of them is. Where a source has flags that are 1 or
    blank, nobody can tell an absence from silence: the share is that of records that report something.

    Parameters
    ----------
    frame : pandas.DataFrame
        A loaded table.
    source : {"ctdc-synthetic", "ctdc-k-anonymised", "ctdc-victim-perpetrator", "htcds"}
        What it was loaded as.
    by : str or sequence of str
        Columns that part the records, such as the year and the source of a record; a missing group is shown.

    Returns
    -------
    pandas.DataFrame
        ``block``, ``variable``, the columns of ``by``, ``collected`` (whether the table has a column for it), ``n``
        records, ``reported`` and ``share`` of them, which is missing where the variable is not collected.

    Raises
    ------
    DataError
        If ``frame`` is not a table or lacks a column of ``by``.
    SpecificationError
        If the source has no crosswalk to IC-TIP, or ``by`` is no names of columns, or one that the answer has itself.

    References
    ----------
    .. [1] International Organization for Migration and United Nations Office on Drugs and Crime (2025). International
       Classification for Administrative Data on Trafficking in Persons (IC-TIP). United Nations Statistical Commission,
       56th session.

    Examples
    --------
    >>> cases = pd.DataFrame({"gender": ["Woman", None, "Man"], "yearOfRegistration": [2019, 2019, 2020]})
    >>> shares = completeness(cases, "ctdc-synthetic", by="yearOfRegistration")
    >>> shares[shares["variable"] == "victim_sex"]["share"].tolist()
    [0.5, 1.0]
    """
    is_frame("frame", frame)
    one_of("source", source, MAPPED)
    keys = _keys(by)
    has_columns("frame", frame, keys)
    rules = crosswalk(source, IC_TIP)
    parts = []
    for name, (block, _) in ic_tip().variables.items():
        columns = [c for c in rules.loc[rules["to_column"] == name, "column"] if c in frame.columns]
        reported = frame[columns].notna().any(axis=1)
        counted = _count(reported, frame[keys]).assign(block=block, variable=name, collected=bool(columns))
        parts.append(counted.assign(share=counted["reported"] / counted["n"] if columns else np.nan))
    order = ["block", "variable", *keys, "collected", "n", "reported", "share"]
    return pd.concat(parts, ignore_index=True)[order]


def _keys(by: str | Sequence[str]) -> list[str]:
    """Return the columns of ``by``, each once."""
    keys = [by] if isinstance(by, str) else list(dict.fromkeys(by)) if isinstance(by, (list, tuple)) else None
    if keys is None or not all(isinstance(key, str) for key in keys):
        raise SpecificationError(f"by == {by!r}, must be the name of a column or several in a list")
    taken = next((key for key in keys if key in ANSWERED), None)
    if taken is not None:
        raise SpecificationError(f"by == {taken!r} is a column of the answer itself: rename it in the table first")
    return keys


def _count(reported: pd.Series[Any], groups: pd.DataFrame) -> pd.DataFrame:
    """Count records and reports by group."""
    if not groups.shape[1]:
        return pd.DataFrame({"n": [len(reported)], "reported": [int(reported.sum())]})
    by = reported.groupby([groups[name] for name in groups], dropna=False, observed=True)
    return by.agg(n="size", reported="sum").reset_index()
