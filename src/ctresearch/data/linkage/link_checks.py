"""The questions asked of a linkage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.check import Status
    from ctresearch.data.linkage.linkage_error import LinkageError

MISSED_BY_BLOCKING = 0.02
ERROR_RATE = 0.05
FEW_MATCHES = 30


def check_blocking(missed: float, *, all_pairs: bool) -> Check:
    """Ask whether pairs that never met may be matches.

    Parameters
    ----------
    missed : float
        Expected share of matches that no block lets meet.
    all_pairs : bool
        Whether every pair was compared.

    Returns
    -------
    Check
        ``review`` above 2 %.

    Examples
    --------
    >>> check_blocking(0.0, all_pairs=True).status, check_blocking(0.05, all_pairs=False).status
    ('pass', 'review')
    """
    numbers = {"missed_by_blocking": missed}
    if all_pairs:
        return Check("blocking", "pass", "Every pair of records from two lists was compared.", numbers)
    status: Status = "review" if missed > MISSED_BY_BLOCKING else "pass"
    more = (
        say("; no draw can join them, so estimates of the population are too large by about as much") if missed else ""
    )
    return Check(
        "blocking",
        status,
        say("About {missed:.1%} of the matches were never compared{more}.", missed=missed, more=more),
        numbers,
    )


def check_error(error: LinkageError) -> Check:
    """Ask whether the best linkage may be taken for the truth.

    Parameters
    ----------
    error : LinkageError
        Rates by draw.

    Returns
    -------
    Check
        ``fail`` if nothing was joined, ``review`` if a rate is above 5 %.

    Examples
    --------
    >>> from ctresearch.data.linkage.linkage_error import LinkageError
    >>> check_error(LinkageError(np.array([0.01]), np.array([0.08]), 90)).status
    'review'
    """
    if not error.joined:
        return Check(
            "error", "fail", "No record of one list was joined to a record of another.", {"joined": 0}, voids=True
        )
    false, missed = float(np.nanmean(error.false_matches)), float(np.nanmean(error.missed_matches))
    words = say(
        "About {false:.1%} of the joined pairs are two people, and {missed:.1%} of the matches are not joined",
        false=false,
        missed=missed,
    )
    large = max(false, missed) > ERROR_RATE
    more = say(": an interval must carry this, so estimate from the drawn linkages") if large else ""
    numbers = {"false_match_rate": false, "missed_match_rate": missed}
    return Check("error", "review" if large else "pass", say("{words}{more}.", words=words, more=more), numbers)


def check_overlaps(shares: Mapping[tuple[int, int], float], sizes: list[int], lists: tuple[str, ...]) -> Check:
    """Ask whether each two lists share enough people to learn from.

    Parameters
    ----------
    shares : mapping of tuple of int to float
        Share of matching pairs by pair of lists.
    sizes : list of int
        Records on each list.
    lists : tuple of str
        Names of the lists.

    Returns
    -------
    Check
        ``review`` where two lists are expected to share fewer than 30 people.

    Examples
    --------
    >>> check_overlaps({(0, 1): 0.01}, [100, 100], ("police", "charity")).status
    'pass'
    """
    expected = {f"{lists[i]}, {lists[j]}": share * sizes[i] * sizes[j] for (i, j), share in shares.items()}
    few = {pair: count for pair, count in expected.items() if count < FEW_MATCHES}
    if not few:
        return Check(
            "overlaps",
            "pass",
            say("Each two lists share about {few_matches} people or more.", few_matches=FEW_MATCHES),
            expected,
        )
    words = "; ".join(few)
    return Check(
        "overlaps",
        "review",
        say(
            "These lists share fewer than {few_matches} people, too few to weigh evidence by: {words}.",
            few_matches=FEW_MATCHES,
            words=words,
        ),
        expected,
    )


def check_doubles(coded: Mapping[str, pd.DataFrame]) -> Check:
    """Ask whether a list holds somebody twice.

    Parameters
    ----------
    coded : mapping of str to pandas.DataFrame
        List to its coded records.

    Returns
    -------
    Check
        ``review`` if rows of one list agree in the sounds of both names and the whole date.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"given_sound": [1, 1], "family_sound": [2, 2], "birth_date": [3, 4]})
    >>> check_doubles({"police": one}).status
    'pass'
    """
    columns = ["given_sound", "family_sound", "birth_date"]
    doubles = {name: float(frame[columns].dropna().duplicated().sum()) for name, frame in coded.items()}
    if not any(doubles.values()):
        return Check("doubles", "pass", "No list holds two rows of the same names and date of birth.", doubles)
    words = ", ".join(say("{name} {count:.0f}", name=name, count=count) for name, count in doubles.items() if count)
    return Check(
        "doubles",
        "review",
        say("Rows that repeat an earlier one in names and date, by list: {words}.", words=words),
        doubles,
    )
