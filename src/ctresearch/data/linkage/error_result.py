"""Linkage error as a result: rates, their spread over draws, and the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.result import Result, estimates_table
from ctresearch.data.linkage import link_checks, model, partition
from ctresearch.data.linkage.linkage_error import linkage_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.inputs import Inputs
    from ctresearch.core.scope import Scope
    from ctresearch.data.linkage.divide import Division

_LEVEL = 0.95
ASSUMPTIONS = (
    "no list holds a person twice",
    "given that two records are one person, or that they are not, their agreements do not depend on one another",
    "the chances of agreement are the same for each two lists",
)

_DECLARED = Declaration(
    {
        "false_match_rate": col.model("Links that are false", reader="percent"),
        "missed_match_rate": col.model("Matches that were missed", reader="percent"),
        "persons": col.model("Persons", "persons", headline=True),
        "linked_pairs": col.model("Pairs of records that were linked", "pairs of records"),
        "missed_by_blocking": col.model("Matches that blocking cannot see", reader="percent"),
    }
)


def error_result(found: Division, coded: Mapping[str, pd.DataFrame], *, scope: Scope, inputs: Inputs) -> Result:
    """Tell how wrong the best linkage may be.

    Parameters
    ----------
    found : Division
        The linkage and its draws.
    coded : mapping of str to pandas.DataFrame
        List to its coded records.
    scope : Scope
        Whom the lists count.
    inputs : Inputs
        What went in.

    Returns
    -------
    Result
        Terms ``false_match_rate``, ``missed_match_rate``, ``persons``, ``linked_pairs`` and ``missed_by_blocking``;
        limits are those of 95 % of the draws, and NaN for the last two, which do not vary.

    Examples
    --------
    >>> from ctresearch.core import Inputs, Scope
    >>> from ctresearch.data.linkage.divide import divide
    >>> from ctresearch.data.linkage.codes import Coder, Columns, code_list
    >>> from ctresearch.data.synthetic import person_lists
    >>> made = person_lists(n=80, lists=["police", "charity"], inclusion=0.6, seed=1)
    >>> columns, coder = Columns("given_name", "family_name", "birth_date"), Coder(b"k" * 32, "an example")
    >>> coded = {name: code_list(name, table, columns, coder) for name, table in made.tables.items()}
    >>> found = divide(coded, also=0, draws=3, one_per_list=True, seed=1)
    >>> error_result(found, coded, scope=Scope(), inputs=Inputs()).estimates.index.tolist()[:2]
    ['false_match_rate', 'missed_match_rate']
    """
    error = linkage_error(found.best, found.drawn)
    draws = pd.DataFrame(
        [error.false_matches, error.missed_matches, [float(len(np.unique(one))) for one in found.drawn]],
        index=pd.Index(["false_match_rate", "missed_match_rate", "persons"], name="term"),
    )
    rows = {str(term): _row(values.to_numpy(dtype=float)) for term, values in draws.iterrows()}
    rows["persons"] = (float(len(np.unique(found.best))), *rows["persons"][1:])
    rows["linked_pairs"] = (float(error.joined), np.nan, np.nan, np.nan)
    rows["missed_by_blocking"] = (found.missed, np.nan, np.nan, np.nan)
    units = ["share of linked pairs", "share of matches", "persons", "pairs of records", "share of matches"]
    return Result(
        declaration=_DECLARED,
        method="Probabilistic record linkage of keyed codes (Fellegi and Sunter), with drawn linkages",
        estimates=estimates_table(rows).assign(unit=units),
        n=len(found.list_of),
        level=_LEVEL,
        interval="percentile",
        scope=scope,
        checks=(
            link_checks.check_error(error),
            link_checks.check_blocking(found.missed, all_pairs=found.scores.all_pairs),
            link_checks.check_overlaps(found.shares, found.sizes, tuple(coded)),
            link_checks.check_doubles(coded),
        ),
        assumptions=ASSUMPTIONS,
        references=(*references(model), *references(partition)),
        inputs=inputs,
        draws=draws.reindex(list(rows)).rename_axis("term"),
    )


def _row(values: np.ndarray) -> tuple[float, float, float, float]:
    """Return mean, spread and limits over the draws."""
    if np.isnan(values).any():
        return (np.nan,) * 4
    low, high = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(values.mean()), float(values.std(ddof=1)), float(low), float(high)
