"""What terms, lists and tables mean that several results of the room share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.meaning import by_row, count, key, mark, model, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ctresearch.core.meaning import Meaning

POPULATION: Mapping[str, Meaning] = {
    "population": model("Estimated population", "persons", headline=True),
    "unobserved": model("Estimated number on no list", "persons"),
}
"""The two terms of every method for overlapping lists."""

BY_STRATUM: Mapping[str, Meaning] = {
    "population": model("Estimated population of the stratum", "persons"),
    "total": model("Estimated population of all strata", "persons", headline=True),
    "period_population": model("Estimated population of the whole period", "persons", headline=True),
}
"""Terms of a table of strata or years."""

STRATUM = key("Stratum")
LISTS = key("Lists")
MODEL = mark("Model")

CELLS: Mapping[str, Meaning] = {
    "*": key(),
    "observed": count("People observed"),
    "fitted": model("People expected by the model", "persons"),
    "residual": model("Pearson residual"),
}
"""Observed and fitted counts by pattern; all other columns are lists, 1 where a pattern has them."""

MODELS: Mapping[str, Meaning] = {
    "model": key("Model"),
    "estimate": model("Estimated population", "persons"),
    "bic": model("BIC"),
    "aic": model("AIC"),
    "parameters": count("Parameters", "parameters", of="nobody"),
    "order": count("Lists that an interaction links at most", "lists", of="nobody"),
    "status": mark("Whether its estimate exists"),
    "p_value": model("p-value of the term that entered"),
}
"""Models that were considered, one a row."""

GOODNESS: Mapping[str, Meaning] = {
    "statistic": key("Statistic"),
    "value": model("Value"),
    "df": model("Degrees of freedom"),
    "p_value": model("p-value"),
}
"""Deviance and Pearson's statistic."""

COEFFICIENT = by_row(
    "term",
    {
        "intercept": model("Logarithm of the number on no list", "log persons"),
        "*": model("Coefficient", "log odds", reader="ratio"),
    },
    "Coefficient",
)
"""Coefficients of a model of log counts: exponentiated, all but the first are ratios of odds."""

COEFFICIENTS: Mapping[str, Meaning] = {
    "term": key("Term"),
    "lists": key("Lists"),
    "order": count("Lists that it links", "lists", of="nobody"),
    "estimate": COEFFICIENT,
    "std_error": model("Standard error"),
    "ci_low": model("Lower limit"),
    "ci_high": model("Upper limit"),
}
"""Coefficients of a model, or of one averaged over models or strata, on the log scale."""

NOT_APPLICABLE: Mapping[str, Meaning] = {"method": key("Method"), "reason": text("Why it is not for such a table")}
"""Methods that are not for a table, one a row."""


def meanings_of_lists(lists: Sequence[str], *, overlaps: bool) -> dict[str, Meaning]:
    """Say what the columns of a table of patterns, or of one of overlaps, mean."""
    if overlaps:
        shared = {name: replace(count(f"People also on {name}"), lists=True) for name in lists}
        return {"list": replace(key("List"), lists=True)} | shared
    return {name: replace(key(f"On {name}"), lists=True) for name in lists} | {"count": count("People")}


def described(people: int, overlaps: pd.DataFrame) -> str:
    """Describe a table of lists in one line."""
    shared = overlaps.to_numpy()
    pairs = shared[np.triu_indices(len(shared), 1)]
    sizes = ", ".join(f"{name} {size:,}" for name, size in zip(overlaps.columns, np.diag(shared), strict=True))
    return (
        f"{people:,} people on {len(shared)} lists: {sizes}; "
        f"{int((pairs > 0).sum())} of {len(pairs)} pairs of lists overlap"
    )
