"""The parameters of a study as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from ctresearch.studies.asked.manifest import Study


def parameters_table(study: Study) -> pd.DataFrame:
    """Return one row a parameter: its type, value, range and what it is for."""
    rows = []
    for name, one in study.parameters.items():
        ends = ("" if end is None else str(end) for end in (one.min, one.max))
        allowed = ", ".join(map(str, one.choices)) if one.choices else " to ".join(ends)
        rows.append((name, one.type, str(one.value), "" if allowed == " to " else allowed, one.help))
    return pd.DataFrame(rows, columns=["parameter", "type", "value", "allowed", "what for"]).set_index("parameter")
