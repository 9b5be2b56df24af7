"""Ties from evidence: one table of who is tied to whom, checked at the door, with real names left outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.pseudonym import pseudonym
from ctresearch.core.validate import has_columns, one_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

Combine = Literal["sum", "max", "min", "mean"]
TIE_COLUMNS = ("source", "target", "weight", "kind", "date", "evidence", "confidence")
_DIGITS = 16


def read_ties(
    frame: pd.DataFrame,
    *,
    source: str = "source",
    target: str = "target",
    weight: str | None = None,
    kind: str | None = None,
    date: str | None = None,
    evidence: str | None = None,
    confidence: str | None = None,
    self_ties: Literal["refuse", "drop"] = "refuse",
    key: bytes | None = None,
) -> pd.DataFrame:
    """Check a table with one row a piece of evidence and bring it to one form.

    Parameters
    ----------
    frame : pandas.DataFrame
        The evidence; may have no rows.
    source, target : str
        Columns of the two actors.
    weight, kind, date, evidence, confidence : str, optional
        Columns of the tie's value (above 0), sort, date, source, and of its confidence as a proportion.
    self_ties : {"refuse", "drop"}
        What happens to a row that ties an actor to itself.
    key : bytes, optional
        The custodian's key: actors then appear by keyed digest only.

    Returns
    -------
    pandas.DataFrame
        Columns ``source``, ``target`` and those of the optional ones that were given.

    Raises
    ------
    DataError
        If a column is missing, an actor is unnamed, a weight is not above 0, a confidence is no proportion, or an
        actor is tied to itself.

    Examples
    --------
    >>> read_ties(pd.DataFrame({"source": ["a"], "target": ["b"]})).to_numpy().tolist()
    [['a', 'b']]
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"ties are a {type(frame).__name__}, must be a pandas DataFrame with one row a tie")
    one_of("self_ties", self_ties, ("refuse", "drop"))
    names = {"source": source, "target": target, "weight": weight, "kind": kind, "date": date,
             "evidence": evidence, "confidence": confidence}  # fmt: skip
    given = {role: name for role, name in names.items() if name is not None}
    has_columns("ties", frame, given.values())
    ties = pd.DataFrame({role: frame[name].to_numpy() for role, name in given.items()})
    _check_values(ties, given)
    loops = (ties["source"] == ties["target"]).to_numpy()
    if loops.any():
        if self_ties == "refuse":
            others = int(loops.sum()) - 1
            raise DataError(
                f"row {int(loops.argmax())} {f'and {others} more tie' if others else 'ties'} an actor to itself: "
                "correct them, or leave them out with self_ties='drop'"
            )
        ties = ties[~loops].reset_index(drop=True)
    for role in ("source", "target"):
        ties[role] = pseudonyms(ties[role], key)
    return ties


def pseudonyms(actors: Iterable[Hashable], key: bytes | None) -> list[Any]:
    """Replace actors by keyed digests, or leave them as they are where there is no key.

    Parameters
    ----------
    actors : iterable
        Names or identifiers; anything that is no text is written as text first.
    key : bytes, optional
        The custodian's key.

    Returns
    -------
    list
        The same actors in the same order, each as 16 hexadecimal digits if there is a key.

    Examples
    --------
    >>> one, two = pseudonyms(["a", "a"], b"k" * 32)
    >>> one == two, len(one), pseudonyms(["a"], None)
    (True, 16, ['a'])
    """
    listed = list(actors)
    if key is None:
        return listed
    digests = {a: pseudonym(str(a), key, purpose="actor")[:_DIGITS] for a in dict.fromkeys(listed)}
    return [digests[a] for a in listed]


def merge_ties(ties: pd.DataFrame, *, directed: bool, combine: Combine | None) -> pd.DataFrame:
    """Make one tie of all rows about the same pair.

    Parameters
    ----------
    ties : pandas.DataFrame
        From :func:`read_ties`.
    directed : bool
        Whether a tie from a to b is another one than from b to a.
    combine : {"sum", "max", "min", "mean"}, optional
        How several weights of one pair become one.

    Returns
    -------
    pandas.DataFrame
        One row a tie: ``source``, ``target``, ``rows``, and where they were given ``weight``, ``kinds``, ``sources``
        (tuples), ``first``, ``last`` and ``confidence`` (the highest of its rows).

    Raises
    ------
    DataError
        If a pair has several weights and nobody said how to combine them.
    SpecificationError
        If ``combine`` is unknown.

    Examples
    --------
    >>> calls = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "weight": [2.0, 3.0]})
    >>> merge_ties(calls, directed=False, combine="sum")["weight"].tolist()
    [5.0]
    """
    if combine is not None:
        one_of("combine", combine, ("sum", "max", "min", "mean"))
    pairs = _ordered_pairs(ties, directed=directed)
    grouped = pairs.groupby(["source", "target"], sort=False, dropna=False)
    columns: dict[str, Any] = {"rows": grouped.size()}
    if "weight" in ties:
        spread = grouped["weight"].transform("max") > grouped["weight"].transform("min")
        if combine is None and spread.any():
            raise DataError(
                f"row {int(spread.argmax())} belongs to a pair of actors with several weights, "
                "say how to combine them: combine='sum', 'max', 'min' or 'mean'"
            )
        columns["weight"] = grouped["weight"].agg(combine or "max")
    for role, name in (("kind", "kinds"), ("evidence", "sources")):
        if role in ties:
            columns[name] = grouped[role].agg(lambda values: tuple(sorted(set(values.dropna()), key=str)))
    if "date" in ties:
        columns["first"], columns["last"] = grouped["date"].min(), grouped["date"].max()
    if "confidence" in ties:
        columns["confidence"] = grouped["confidence"].max()
    return pd.DataFrame(columns).reset_index()


def _check_values(ties: pd.DataFrame, given: dict[str, str]) -> None:
    """Refuse unnamed actors, weights that are not above 0 and confidences that are no proportions."""
    for role in ("source", "target"):
        if ties[role].isna().any():
            raise DataError(
                f"column {given[role]!r} names no actor in row {int(ties[role].isna().argmax())}: complete it"
            )
    for role, high, allowed in (("weight", np.inf, "above 0"), ("confidence", 1.0, "above 0 and at most 1")):
        if role not in ties:
            continue
        try:
            values = ties[role].to_numpy(dtype=float)
        except (TypeError, ValueError) as error:
            raise DataError(f"column {given[role]!r} must hold numbers: {error}") from error
        odd = ~((values > 0) & (values <= high)) | np.isinf(values)
        if odd.any():
            row = int(odd.argmax())
            raise DataError(
                f"column {given[role]!r} holds {values[row]} in row {row}, must be {allowed}: correct or drop it"
            )
        ties[role] = values


def _ordered_pairs(ties: pd.DataFrame, *, directed: bool) -> pd.DataFrame:
    """Write every undirected pair in one order: that in which its actors first appear."""
    if directed or ties.empty:
        return ties
    codes, _ = pd.factorize(pd.concat([ties["source"], ties["target"]], ignore_index=True))
    half = len(ties)
    swap = codes[:half] > codes[half:]
    source, target = ties["source"].to_numpy(), ties["target"].to_numpy()
    return ties.assign(source=np.where(swap, target, source), target=np.where(swap, source, target))
