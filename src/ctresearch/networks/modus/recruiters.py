"""Who recruited: the share of cases in which a relative, a partner or somebody else did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key
from ctresearch.core.meaning import share as part_of
from ctresearch.core.message import say
from ctresearch.core.result import Result
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.modus.flags import read_flags
from ctresearch.networks.modus.wilson_limits import wilson
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNKNOWN = 0.1
_TERMS = {"share": headline(part_of("Share of cases"))}


def recruiters(frame: pd.DataFrame, relations: Mapping[str, str], *, level: float = 0.95) -> Result:
    """Give the share of cases by relation of the recruiter to the person recruited.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case.
    relations : mapping of str to str
        Relation, such as ``"kin"``, ``"partner"``, ``"friend"`` or ``"stranger"``, to the column that is true where
        such a person recruited, false where not, and empty where it is not known. More than one may have.
    level : float
        Coverage of Wilson's limits [1]_.

    Returns
    -------
    Result
        The term ``share``, one row a ``relation`` and one ``any of kin and partner`` if both are named; among the cases
        in which every relation is known.

    Raises
    ------
    DataError
        If a column is missing or holds something else, or no case is known.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> cases = pd.DataFrame({"family": [1, 0, 0, 0, None], "lover": [0, 1, 0, 0, None]})
    >>> recruiters(cases, {"kin": "family", "partner": "lover"}).estimates.set_index("relation")["estimate"].to_dict()
    {'kin': 0.25, 'partner': 0.25, 'any of kin and partner': 0.5}
    """
    is_frame("frame", frame)
    is_level(level)
    has_columns("frame", frame, list(relations.values()))
    table = pd.DataFrame({name: read_flags(frame[name]) for name in relations.values()}, index=frame.index)
    known = table.notna().all(axis=1)
    if not known.any() or not relations:
        raise DataError(
            f"{int(known.sum())} of {len(frame)} cases say who recruited: complete {list(relations.values())}"
        )
    flags = {relation: table.loc[known, name].eq(1) for relation, name in relations.items()}
    if {"kin", "partner"} <= set(flags):
        flags["any of kin and partner"] = flags["kin"] | flags["partner"]
    n = int(known.sum())
    share = np.array([one.mean() for one in flags.values()], dtype=float)
    said = np.array([one.sum() for one in flags.values()])
    return Result(
        method="Recruiters by their relation to the person recruited",
        estimates=_table(list(flags), share, n, level),
        n=n,
        smallest_group=smallest_of(said, n - said, len(frame) - n),
        level=level,
        interval="wilson",
        checks=(_known(1 - n / len(frame), len(frame) - n),),
        assumptions=("Cases that say who recruited are like those that do not.",),
        references=references(recruiters),
        inputs=record(table, packages=("numpy", "pandas", "scipy")),
        declaration=Declaration(_TERMS, keys={"relation": key("Relation of the recruiter")}),
    )


def _table(names: list[str], share: np.ndarray[tuple[int], np.dtype[np.float64]], n: int, level: float) -> pd.DataFrame:
    """Lay shares out with Wilson's limits."""
    low, high = wilson(share, n, level)
    error = np.sqrt(share * (1 - share) / n)
    columns = {
        "relation": names,
        "estimate": share,
        "std_error": np.where(error > 0, error, np.nan),
        "ci_low": low,
        "ci_high": high,
        "unit": "proportion",
    }
    return pd.DataFrame(columns, index=pd.Index(["share"] * len(names), name="term"))


def _known(part: float, number: int) -> Check:
    """Say how many cases do not tell."""
    message = say(
        "{n} case ({part:.0%}) does not say who recruited; it is left out.",
        many="{n} cases ({part:.0%}) do not say who recruited; they are left out.",
        n=number,
        part=part,
    )
    return Check("known", "review" if part > _UNKNOWN else "pass", message, {"share": part})
