"""Where coders part: which codes meet on one unit, and which two coders differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.stats.agreement.coded_units import CodedUnits

MOST_CODES, MOST_CODERS = 60, 30  # a table that a person can read


def disagreement_table(units: CodedUnits, names: tuple[str, ...]) -> pd.DataFrame:
    """Count how often each two codes met on one unit, and how often they would by chance.

    Parameters
    ----------
    units : CodedUnits
        The ratings.
    names : tuple of str
        Names of the codes.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``other``, ``pairs`` (ordered pairs of ratings of one unit by two coders), ``expected`` by the shares
        of the codes among these pairs; a row for every two codes that were given.
    """
    columns = ["code", "other", "pairs", "expected"]
    given = np.flatnonzero(np.bincount(units.rows[units.rows >= 0], minlength=units.categories))
    if len(given) > MOST_CODES:
        return pd.DataFrame(columns=columns).astype({"pairs": np.int64, "expected": np.float64})
    counts = units.counts()[:, given].toarray()
    met = counts.T @ (units.times[:, None] * counts) - np.diag(units.times @ counts)
    margins = met.sum(axis=1)
    chance = np.outer(margins, margins) / max(met.sum(), 1)
    labels = [names[i] for i in given]
    one, other = np.meshgrid(np.arange(len(given)), np.arange(len(given)), indexing="ij")
    called = np.array(labels, dtype=object)
    found = {"code": called[one.ravel()], "other": called[other.ravel()]}
    return pd.DataFrame(found).assign(pairs=met.ravel().round().astype(np.int64), expected=chance.ravel())


def pair_table(units: CodedUnits, coders: tuple[str, ...], measure: Callable[[CodedUnits], float]) -> pd.DataFrame:
    """Measure the agreement of each two coders.

    Parameters
    ----------
    units : CodedUnits
        The ratings, coders apart.
    coders : tuple of str
        Their names.
    measure : callable
        From ratings of two coders to their coefficient.

    Returns
    -------
    pandas.DataFrame
        ``coder``, ``other``, ``units`` that both coded, ``agreement``; empty beyond 30 coders.
    """
    rows = []
    count = len(coders) if len(coders) <= MOST_CODERS else 0
    for i in range(count):
        for j in range(i + 1, count):
            two = units.of_coders(i, j)
            both = int(two.times.sum())
            rows.append((coders[i], coders[j], both, measure(two) if both > 1 else np.nan))
    return pd.DataFrame(rows, columns=["coder", "other", "units", "agreement"])
