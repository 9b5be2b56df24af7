"""How frequent a name is, judged from lists that may hold the same person more than once among them.

Two records of one person make a rare name look as if two people had it, and then an agreement on it seems less telling
than it is. So frequencies are counted list by list, where nobody stands twice, and each name seen on a list gives up
the same fraction of a count to the names not seen [1]_: what remains of a name seen once is what Good and Turing would
leave it.

References
----------
.. [1] Ney, H., Essen, U. and Kneser, R. (1994). On structuring probabilistic dependences in stochastic language
   modelling. Computer Speech and Language 8(1), 1-38. https://doi.org/10.1006/csla.1994.1001
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_LEFT = 0.05


def code_frequency(columns: Sequence[pd.Series[Any]]) -> pd.Series[float]:
    """Estimate the frequency of each code of a column.

    Parameters
    ----------
    columns : sequence of pandas.Series
        The column on each list, missing where not known.

    Returns
    -------
    pandas.Series
        Frequency by code. They add up to less than 1; the rest belongs to values that no list holds.

    Examples
    --------
    Of seven people on a list, three share a name, two another and two have one of their own.

    >>> code_frequency([pd.Series([1, 1, 1, 2, 2, 3, 4])]).round(3).tolist()
    [0.357, 0.214, 0.071, 0.071]
    """
    kept: list[pd.Series[Any]] = []
    total = 0
    for column in columns:
        counts = column.dropna().value_counts()
        once, twice = int((counts == 1).sum()), int((counts == 2).sum())
        discount = min(once / (once + 2 * twice), 1 - _LEAST_LEFT) if once else 0.0
        kept.append(counts - discount)
        total += int(counts.sum())
    summed: pd.Series[float] = pd.concat(kept).groupby(level=0).sum()
    return summed / max(total, 1)
