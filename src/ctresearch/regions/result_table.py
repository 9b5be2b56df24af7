"""Results of any room as a table that can be pooled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.result import Result

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        If a result has a failed check, lacks the term or gives it no standard error.
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
    rows: dict[str, tuple[float, float]] = {}
    scales = {getattr(found, "scale", None) for found in results.values()}
    for name, found in results.items():
        if not isinstance(found, Result):
            raise DataError(f"{name!r} is a {type(found).__name__}, must be a Result")
        if found.status == "fail":
            raise DataError(
                f"the result of {name!r} has a failed check, which pooling would hide: leave it out and say so"
            )
        if term not in found.estimates.index:
            raise DataError(
                f"the result of {name!r} has no term {term!r}, it has {', '.join(map(str, found.estimates.index))}"
            )
        row = found.estimates.loc[[term]].iloc[0]
        rows[name] = _on_log_scale(name, found, row) if log else (float(row["estimate"]), float(row["std_error"]))
    if len(scales) > 1:
        raise SpecificationError(
            f"scales differ ({', '.join(sorted(map(str, scales)))}), must be the same to be pooled"
        )
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "std_error"])
    without = frame.index[~np.isfinite(frame.to_numpy(dtype=float)).all(axis=1)]
    if len(without):
        raise DataError(f"the result of {without[0]!r} gives {term!r} without a standard error, which pooling needs")
    return frame.rename_axis("study")


def _on_log_scale(name: str, found: Result, row: pd.Series[Any]) -> tuple[float, float]:
    """Return the logarithm of an estimate, and its standard error from the limits."""
    from scipy.special import ndtri

    if found.scale != "identity":
        raise SpecificationError(f"log == True, but the result of {name!r} is on the {found.scale} scale already")
    point, low, high = (float(row[c]) for c in ("estimate", "ci_low", "ci_high"))
    if not 0 < low <= point <= high:
        raise SpecificationError(
            f"log == True, but {name!r} gives {point:g} ({low:g} to {high:g}), which must be above 0"
        )
    return float(np.log(point)), float(np.log(high / low) / (2 * ndtri((1 + found.level) / 2)))
