"""Results of any room as a table that can be pooled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import refuse_alike
from ctresearch.core.result import Result
from ctresearch.core.scope import NOT_STATED
from ctresearch.core.validate import one_of
from ctresearch.regions.study_table import refuse_measures


def result_table(results: Mapping[str, Result], term: str, *, log: bool = False) -> pd.DataFrame:
    """Take one term out of the results of several countries, strata or studies.

    Parameters
    ----------
    results : mapping of str to Result
        Results by name, all on the same scale, of people who do not overlap.
    term : str
        Which estimate, such as ``"effect"`` or ``"population"``.
    log : bool
        Take logarithms, and standard errors from the limits: for estimates above 0 whose limits are not symmetrical,
        such as sizes of populations. Pool them with ``Pool(scale="log")``.

    Returns
    -------
    pandas.DataFrame
        Indexed by name, columns ``estimate`` and ``std_error``.

    Raises
    ------
    DataError
        If a result has a failed check, lacks the term or gives it no standard error, or they measure different things:
        stock, period, flow, lifetime.
    SpecificationError
        If scales differ, or logarithms are asked of what is a logarithm or not above 0.

    Examples
    --------
    >>> from ctresearch.core import Result
    >>> from ctresearch.core.result import estimates_table
    >>> made = {
    ...     name: Result(method="m", estimates=estimates_table({"effect": (value, 0.1, 0.0, 1.0)}), n=9)
    ...     for name, value in {"north": 0.2, "south": 0.4}.items()
    ... }
    >>> result_table(made, "effect")["estimate"].to_dict()
    {'north': 0.2, 'south': 0.4}
    """
    if not isinstance(results, Mapping) or not results:
        raise DataError(f"results is a {type(results).__name__}, must be a mapping of at least one name to a Result")
    term_name(term)
    one_of("log", log, (True, False))
    refuse_alike(list(results), "results")
    rows: dict[str, tuple[float, float]] = {}
    scales = {getattr(found, "scale", None) for found in results.values()}
    for place, (name, found) in enumerate(results.items(), start=1):
        which = f"result {place} of {len(results)}"
        if not isinstance(found, Result):
            raise DataError(f"{which} is a {type(found).__name__}, must be a Result")
        if found.status == "fail":
            raise DataError(f"{which} has a failed check, which pooling would hide: leave it out and say so")
        times = list(found.estimates.index).count(term)
        if times != 1:
            has = f"has {times} rows of the term {term!r}" if times else f"has no term {term!r}"
            raise DataError(
                f"{which} {has} among its {len(found.estimates):,} rows, must have one: pool one group at a time"
            )
        row = found.estimates.loc[[term]].iloc[0]
        rows[name] = on_log_scale(which, found, row) if log else (float(row["estimate"]), float(row["std_error"]))
    if len(scales) > 1:
        raise SpecificationError(
            f"scales differ ({', '.join(sorted(map(str, scales)))}), must be the same to be pooled"
        )
    refuse_measures({str(found.scope.measure) for found in results.values()} - {NOT_STATED})
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "std_error"])
    without = (np.flatnonzero(~np.isfinite(frame.to_numpy(dtype=float)).all(axis=1)) + 1).tolist()
    if without:
        raise DataError(
            f"{len(without)} of {len(frame)} results (numbers {row_words(without)}) give {term!r} without a standard "
            "error, which pooling needs: leave them out and say so"
        )
    return frame.rename_axis("study")


def on_log_scale(which: str, found: Result, row: pd.Series[Any]) -> tuple[float, float]:
    """Return the logarithm of an estimate, and its standard error from the limits."""
    from scipy.special import ndtri

    if found.scale != "identity":
        raise SpecificationError(f"log == True, but {which} is on the {found.scale} scale already")
    point, low, high = (float(row[c]) for c in ("estimate", "ci_low", "ci_high"))
    if not 0 < low <= point <= high:
        raise SpecificationError(
            f"log == True, but {which} gives an estimate or limits that are not above 0 or not in order, must be both"
        )
    return float(np.log(point)), float(np.log(high / low) / (2 * ndtri((1 + found.level) / 2)))


def term_name(term: str) -> str:
    """Return the name of a term, and refuse what is none."""
    if not isinstance(term, str) or not term:
        raise SpecificationError(f"term is a {type(term).__name__}, must be the name of an estimate")
    return term
