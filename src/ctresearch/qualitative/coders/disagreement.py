"""Where coders part: which codes meet on one unit, and which two coders differ most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.stats.agreement.coded_units import join_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.qualitative.coders.read_ratings import Ratings

MOST_CODES, MOST_CODERS = 60, 30  # a table that a person can read


def disagreement_table(read: Ratings) -> pd.DataFrame:
    """Count how often each two codes met on one unit, and how often they would by chance.

    Parameters
    ----------
    read : Ratings
        The ratings.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``other``, ``pairs`` (ordered pairs of ratings of one unit by two coders), ``expected`` by the shares
        of the codes among these pairs; a row for every two codes that were given.
    """
    columns = ["code", "other", "pairs", "expected"]
    given = np.flatnonzero(np.bincount(read.codes[read.codes >= 0], minlength=len(read.categories)))
    if len(given) > MOST_CODES:
        return pd.DataFrame(columns=columns).astype({"pairs": np.int64, "expected": np.float64})
    units = join_units(read.codes, len(read.categories))
    counts = units.counts()[:, given].toarray()
    met = counts.T @ (units.times[:, None] * counts) - np.diag(units.times @ counts)
    margins = met.sum(axis=1)
    chance = np.outer(margins, margins) / max(met.sum(), 1)
    labels = [read.labels[i] for i in given]
    one, other = np.meshgrid(np.arange(len(given)), np.arange(len(given)), indexing="ij")
    names = np.array(labels, dtype=object)
    found = {"code": names[one.ravel()], "other": names[other.ravel()]}
    return pd.DataFrame(found).assign(pairs=met.ravel().round().astype(np.int64), expected=chance.ravel())


def pair_table(read: Ratings, measure: Callable[[Ratings], float]) -> pd.DataFrame:
    """Measure the agreement of each two coders.

    Parameters
    ----------
    read : Ratings
        The ratings.
    measure : callable
        From ratings of two coders to their coefficient.

    Returns
    -------
    pandas.DataFrame
        ``coder``, ``other``, ``units`` that both coded, ``agreement``; empty beyond 30 coders.
    """
    rows = []
    coders = len(read.coders) if len(read.coders) <= MOST_CODERS else 0
    for i in range(coders):
        for j in range(i + 1, coders):
            two = replace(
                read, codes=np.ascontiguousarray(read.codes[:, [i, j]]), coders=(read.coders[i], read.coders[j])
            )
            both = int((two.codes >= 0).all(axis=1).sum())
            rows.append((read.coders[i], read.coders[j], both, measure(two) if both > 1 else np.nan))
    return pd.DataFrame(rows, columns=["coder", "other", "units", "agreement"])
