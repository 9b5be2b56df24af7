"""What kind of organisation stands behind a case: UNODC's four types, by indicators and a rule that can be read.

References
----------
.. [1] UNODC (2020). Global Report on Trafficking in Persons 2020. United Nations, Vienna. Chapter on traffickers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, mark, share
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.modus.flags import read_flags
from ctresearch.networks.modus.wilson_limits import wilson
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

TYPES = ("governance", "business", "opportunistic", "individual")
RULES = (
    "three or more traffickers, who control a community or territory by fear and violence",
    "three or more traffickers, who work together again and again, with trafficking at the heart of what they do",
    "two or more traffickers, without the marks of a business or governance group",
    "one trafficker",
)
_GROUP, _UNKNOWN = 3, 0.1
ASSUMPTIONS = (
    "What a court file does not mention is taken as not known, never as absent.",
    (
        "Cases that reach a court are not a sample of all cases: large groups and single offenders come to light "
        "differently."
    ),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrganisationTypesResult(Result):
    """Shares of cases by type of organisation.

    Parameters
    ----------
    rules : pandas.DataFrame
        One row a type: ``type``, the ``rule`` in words, and ``cases``; the types are tried in this order.
    not_known : int
        Cases whose indicators do not decide.
    **fields
        Everything that :class:`ctresearch.core.Result` holds: the term ``share``, one row a ``type``.

    Examples
    --------
    >>> cases = pd.DataFrame({"traffickers": [1, 4], "repeated": [False, True], "territory": [False, False]})
    >>> found = organisation_types(cases, traffickers="traffickers", repeated="repeated", territory="territory")
    >>> found.rules["cases"].tolist()
    [0, 1, 0, 1]
    """

    n: int = value_field(count("Cases", "cases", of="case"))
    rules: pd.DataFrame = table_field(
        {
            "type": key("Type of organisation"),
            "rule": mark("Rule"),
            "cases": count("Cases", "cases", of="case"),
        }
    )
    not_known: int = value_field(count("Cases whose type is not decided", "cases", of="case"))

    terms: ClassVar[Mapping[str, Meaning]] = {"share": headline(share("Share of the cases that are decided"))}
    keys: ClassVar[Mapping[str, Meaning]] = {
        "type": key("Type of organisation"),
        "cases": count("Cases", "cases", of="case"),
    }


def organisation_types(
    frame: pd.DataFrame, *, traffickers: str, repeated: str, territory: str, level: float = 0.95
) -> OrganisationTypesResult:
    """Sort cases into UNODC's types of organisation [1]_ and give their shares.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case.
    traffickers : str
        Column with the number of traffickers known in the case.
    repeated : str
        Column that is true where they worked together again and again, with trafficking at the heart of it.
    territory : str
        Column that is true where they control a community or territory by fear and violence.
    level : float
        Coverage of Wilson's limits.

    Returns
    -------
    OrganisationTypesResult
        Shares among the cases that the indicators decide, and the rule of each type in words. An indicator that is
        empty leaves a case undecided only if the answer hangs on it.

    Raises
    ------
    DataError
        If a column is missing or holds something else, or no case is decided.

    References
    ----------
    .. [1] UNODC (2020). Global Report on Trafficking in Persons 2020. United Nations, Vienna.
    .. [2] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> cases = pd.DataFrame({"n": [1, 2, 3, 5, 9], "again": [0, 1, 0, 1, 1], "rule": [0, 0, 0, 0, 1]})
    >>> found = organisation_types(cases, traffickers="n", repeated="again", territory="rule")
    >>> found.rules[["type", "cases"]].to_numpy().tolist()
    [['governance', 1], ['business', 1], ['opportunistic', 2], ['individual', 1]]
    """
    is_frame("frame", frame)
    is_level(level)
    columns = [traffickers, repeated, territory]
    has_columns("frame", frame, columns)
    kinds = decide(_numbers(frame[traffickers]), *(_flag(frame[name]) for name in columns[1:]))
    counts = np.bincount(kinds[kinds >= 0], minlength=len(TYPES))
    decided, unknown = int(counts.sum()), int((kinds < 0).sum())
    if not decided:
        raise DataError(f"none of {len(frame)} cases has indicators that decide its type: complete {columns}")
    share = counts / decided
    low, high = wilson(share, decided, level)
    error = np.sqrt(share * (1 - share) / decided)
    estimates = pd.DataFrame(
        {
            "type": TYPES,
            "estimate": share,
            "std_error": np.where(error > 0, error, np.nan),
            "ci_low": low,
            "ci_high": high,
            "unit": "proportion",
            "cases": counts,
        },
        index=pd.Index(["share"] * len(TYPES), name="term"),
    )
    part = unknown / len(frame)
    message = say(
        "{unknown} of {cases} cases have indicators that do not decide their type; they are left out.",
        unknown=unknown,
        cases=len(frame),
    )
    return OrganisationTypesResult(
        method="Types of organisation by indicators",
        estimates=estimates,
        n=decided,
        smallest_group=smallest_of(counts, decided - counts, unknown),
        level=level,
        interval="wilson",
        checks=(Check("decided", "review" if part > _UNKNOWN else "pass", message, {"share": part}),),
        assumptions=ASSUMPTIONS,
        references=references(organisation_types),
        inputs=record(frame[columns], packages=("numpy", "pandas", "scipy")),
        rules=pd.DataFrame({"type": TYPES, "rule": RULES, "cases": counts}),
        not_known=unknown,
    )


def decide(
    number: NDArray[np.float64], repeated: NDArray[np.float64], territory: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Apply the rules, and leave open what they leave open.

    Parameters
    ----------
    number : numpy.ndarray
        Traffickers of each case; NaN where not known, shape (cases,).
    repeated, territory : numpy.ndarray
        1, 0, or NaN where not known, shape (cases,).

    Returns
    -------
    numpy.ndarray
        Place of the type in ``TYPES``, -1 where the indicators do not decide, shape (cases,).

    Examples
    --------
    >>> decide(np.array([1.0, 4.0, 4.0]), np.array([np.nan, 1.0, 1.0]), np.array([np.nan, np.nan, 0.0])).tolist()
    [3, -1, 1]
    """
    many = number >= _GROUP
    rules = [number == 1, number == _GROUP - 1, many & (territory == 1), many & (territory == 0) & (repeated == 1)]
    rules.append(many & (territory == 0) & (repeated == 0))
    places = [TYPES.index(one) for one in ("individual", "opportunistic", "governance", "business", "opportunistic")]
    return np.asarray(np.select(rules, places, default=-1), dtype=np.int64)


def _numbers(column: pd.Series[float]) -> NDArray[np.float64]:
    """Take a column of whole numbers from 1, some perhaps not known."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = (np.isnan(values) & column.notna().to_numpy()) | (values < 1) | (values % 1 > 0) | np.isinf(values)
    refuse_cells(column, bad, "must be whole numbers from 1")
    return np.asarray(values)


def _flag(column: pd.Series[float]) -> NDArray[np.float64]:
    """Take a column of true and false, some perhaps not known."""
    return read_flags(column)
