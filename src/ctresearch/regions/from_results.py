"""Results of any room as units, each with its draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.core.result import unit_of_log
from ctresearch.core.scope import NOT_STATED
from ctresearch.regions.result_table import result_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.result import Result

    Floats = NDArray[np.float64]

_STAND_INS = 1_000  # even quantiles of a normal distribution, where a result has no draws
_FEWEST = 100  # draws of which a distribution has a shape
_SAME = 1e-12


def read_results(results: Mapping[str, Result], term: str, *, log: bool) -> tuple[pd.DataFrame, list[Floats], int]:
    """Take one term out of results, with its draws.

    Parameters
    ----------
    results : mapping of str to Result
        Results by name.
    term : str
        Which estimate.
    log : bool
        Take logarithms.

    Returns
    -------
    tuple
        Estimates and standard errors by name, draws of each, and how many results had none: even quantiles of the
        normal distribution of their estimate stand in for these.

    Raises
    ------
    DataError
        If a result cannot be pooled with the others, or definitions differ.
    """
    from scipy.special import ndtri

    table = result_table(results, term, log=log)
    definitions = {found.scope.definition for found in results.values()} - {NOT_STATED}
    if len(definitions) > 1:
        raise DataError(
            f"{len(results)} results count under {len(definitions)} definitions, must be one: people counted under "
            "different definitions are not one number"
        )
    even = ndtri((np.arange(_STAND_INS) + 0.5) / _STAND_INS)
    draws, without = [], 0
    for (name, found), row in zip(results.items(), table.to_numpy(dtype=float), strict=True):
        held = found.draws
        if held is None or list(held.index).count(term) != 1 or held.shape[1] < _FEWEST:
            draws.append(row[0] + row[1] * even)
            without += 1
            continue
        own = np.asarray(held.loc[term], dtype=np.float64)
        own = own[np.isfinite(own)]
        if len(own) < held.shape[1] or (log and (own <= 0).any()):
            raise DataError(
                f"result {list(results).index(name) + 1} of {len(results)} has draws of {term!r} that are not finite"
                + (" or not above 0, which have no logarithm" if log else "")
                + ": leave it out and say so"
            )
        one = np.log(own) if log else own
        if one.std() <= _SAME * max(1.0, float(np.abs(one).max())):
            raise DataError(
                f"result {list(results).index(name) + 1} of {len(results)} has draws of {term!r} that are all the "
                "same, which say nothing of how sure it is: leave it out and say so"
            )
        draws.append(one)
    return table, draws, without


def common_unit(results: Mapping[str, Result], term: str) -> str:
    """Return the unit of one estimate of results without its logarithm, or none where they differ.

    Examples
    --------
    >>> from ctresearch.core import Result
    >>> from ctresearch.core.result import estimates_table
    >>> one = Result(method="m", estimates=estimates_table({"size": (9.0, 1.0, 7.0, 11.0)}, unit="persons"), n=9)
    >>> common_unit({"north": one, "south": one}, "size")
    'persons'
    """
    tables = [found.estimates for found in results.values()]
    units = {str(table.loc[term, "unit"]) if "unit" in table else "" for table in tables}
    return unit_of_log(units.pop()) if len(units) == 1 else ""
