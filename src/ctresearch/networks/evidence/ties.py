"""Ties from evidence: one table of who is tied to whom, checked at the door, with real names left outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.pseudonym import pseudonym
from ctresearch.core.validate import has_columns, one_of
from ctresearch.networks.evidence.actor_names import one_spelling

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ctresearch.networks.evidence.actor_names import ActorNames

Combine = Literal["sum", "max", "min", "mean", "count", "one"]
COMBINES = ("sum", "max", "min", "mean", "count", "one")
_OF_WEIGHTS = COMBINES[:4]
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
    names: ActorNames | None = None,
    merge_names: bool = False,
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
    names : ActorNames, optional
        Which spelling each actor keeps.
    merge_names : bool
        Take spellings of one kind or source of evidence for one.

    Returns
    -------
    pandas.DataFrame
        Columns ``source``, ``target`` and those of the optional ones that were given; its index counts the rows that
        came.

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
    one_of("self_ties", self_ties, ("refuse", "drop"))
    given = given_columns(
        frame,
        source=source,
        target=target,
        weight=weight,
        kind=kind,
        date=date,
        evidence=evidence,
        confidence=confidence,
    )
    ties = pd.DataFrame({role: frame[name].to_numpy() for role, name in given.items()})
    _check_values(ties, given)
    for role in {"kind", "evidence"} & set(given):
        ties[role] = one_spelling(ties[role], given[role], merge=merge_names)
    if names is not None:
        ties = ties.assign(source=names.apply(ties["source"]), target=names.apply(ties["target"]))
    loops = (ties["source"] == ties["target"]).to_numpy()
    if loops.any():
        if self_ties == "refuse":
            _refuse_loops(loops)
        ties = ties[~loops]
    for role in ("source", "target"):
        ties[role] = pd.Series(
            pseudonyms(ties[role], key), index=ties.index, dtype=ties[role].dtype if key is None else object
        )
    return ties


def given_columns(frame: pd.DataFrame, **names: str | None) -> dict[str, str]:
    """Check that a table has the columns that were named.

    Parameters
    ----------
    frame : pandas.DataFrame
        The evidence.
    **names : str, optional
        The column of each role.

    Returns
    -------
    dict of str to str
        Those that were given.

    Raises
    ------
    DataError
        If it is no table, or a column is missing.

    Examples
    --------
    >>> given_columns(pd.DataFrame({"a": [1]}), source="a", weight=None)
    {'source': 'a'}
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"ties are a {type(frame).__name__}, must be a pandas DataFrame with one row a tie")
    given = {role: name for role, name in names.items() if name is not None}
    has_columns("ties", frame, given.values())
    return given


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
    combine : {"sum", "max", "min", "mean", "count", "one"}, optional
        How several rows of one pair become one tie: by their weights, by their number, or as one tie without a weight.

    Returns
    -------
    pandas.DataFrame
        One row a tie: ``source``, ``target``, ``rows``, and where they were given ``weight``, ``kinds``, ``sources``
        (tuples), ``first``, ``last`` and ``confidence`` (the highest of its rows).

    Raises
    ------
    DataError
        If rows repeat a pair and nobody said how to combine them. Without weights, a tie that is named once from either
        side does not repeat.
    SpecificationError
        If ``combine`` is unknown, or does not fit ties with or without weights.

    Examples
    --------
    >>> calls = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "weight": [2.0, 3.0]})
    >>> merge_ties(calls, directed=False, combine="sum")["weight"].tolist()
    [5.0]
    """
    weighted = "weight" in ties
    _check_combine(combine, weighted=weighted)
    pairs = _ordered_pairs(ties, directed=directed)
    if combine is None:
        _refuse_repeats(pairs if weighted else ties, weighted=weighted)
    grouped = pairs.groupby(["source", "target"], sort=False, dropna=False)
    columns: dict[str, Any] = {"rows": grouped.size()}
    if combine == "count":
        columns["weight"] = grouped.size().astype(float)
    elif weighted:
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
        unnamed = ties[role].isna() | ties[role].map(lambda name: isinstance(name, str) and not name.strip())
        refuse_cells(ties[role], unnamed, "must name an actor: complete it", name=given[role])
    for role, high, allowed in (("weight", np.inf, "above 0"), ("confidence", 1.0, "above 0 and at most 1")):
        if role not in ties:
            continue
        values = pd.to_numeric(ties[role], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        odd = ~((values > 0) & (values <= high)) | np.isinf(values)
        refuse_cells(ties[role], odd, f"must be numbers {allowed}: correct or drop them", name=given[role])
        ties[role] = values


def _refuse_loops(loops: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    """Refuse rows that tie an actor to itself."""
    rows = (np.flatnonzero(loops) + 1).tolist()
    tie, row = ("ties", "row") if len(rows) == 1 else ("tie", "rows")
    raise CellError(
        f"{row} {row_words(rows)} {tie} an actor to itself: correct them, or leave them out with self_ties='drop'",
        rows=rows,
    )


def _check_combine(combine: Combine | None, *, weighted: bool) -> None:
    """Refuse a way to combine rows that their weights, or the lack of them, do not allow."""
    if combine is None:
        return
    one_of("combine", combine, COMBINES)
    if weighted and combine == "one":
        raise SpecificationError(
            f"combine == 'one', but ties have weights: {', '.join(map(repr, COMBINES[:5]))} keep one each"
        )
    if not weighted and combine in _OF_WEIGHTS:
        raise SpecificationError(
            f"combine == {combine!r}, but ties have no weights: name their column, count the rows with combine='count',"
            " or take rows of one pair as one tie with combine='one'"
        )


def _refuse_repeats(pairs: pd.DataFrame, *, weighted: bool) -> None:
    """Refuse rows that repeat a pair of actors, whose weights or number would be lost in silence."""
    repeated = pairs.duplicated(["source", "target"]).to_numpy(dtype=bool)
    if not repeated.any():
        return
    rows = (pairs.index[repeated] + 1).tolist()
    repeat, row = ("repeats", "row") if len(rows) == 1 else ("repeat", "rows")
    ways = (
        "combine='sum', 'mean', 'max' or 'min' of their weights, or 'count' of rows"
        if weighted
        else (
            "combine='count', where the number of rows becomes the weight, or combine='one', where each pair has "
            "one tie"
        )
    )
    raise CellError(
        f"{row} {row_words(rows)} {repeat} a pair of actors that stands above, say how to combine several rows of one "
        f"pair: {ways}",
        rows=rows,
    )


def _ordered_pairs(ties: pd.DataFrame, *, directed: bool) -> pd.DataFrame:
    """Write every undirected pair in one order: that in which its actors first appear."""
    if directed or ties.empty:
        return ties
    codes, _ = pd.factorize(pd.concat([ties["source"], ties["target"]], ignore_index=True))
    half = len(ties)
    swap = codes[:half] > codes[half:]
    source, target = ties["source"].to_numpy(), ties["target"].to_numpy()
    return ties.assign(source=np.where(swap, target, source), target=np.where(swap, source, target))
