"""The profile of cases by act, means and purpose, the three elements of trafficking in persons.

References
----------
.. [1] United Nations (2000). Protocol to Prevent, Suppress and Punish Trafficking in Persons, Especially Women and
   Children, article 3. United Nations Treaty Series 2237, 319.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, share
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.modus.flags import read_flags
from ctresearch.networks.modus.wilson_limits import wilson
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning


ASSUMPTIONS = (
    "An element that is not recorded is counted as absent.",
    (
        "Means are not needed where the person is under 18 (article 3 c); consent is irrelevant where a means was used "
        "(3 b)."
    ),
    "Cases are independent of one another.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ActMeansPurposeResult(Result):
    """Shares of cases by act, means and purpose.

    Parameters
    ----------
    combinations : pandas.DataFrame
        Every combination of acts, means and purposes that occurs, with ``cases`` and ``share``, the most frequent
        first.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Term ``share`` with keys ``element`` and ``item``; the
        element ``all`` with item ``complete`` is the share of cases that have all elements they need.

    Examples
    --------
    >>> cases = pd.DataFrame({"recruited": [1, 1, 0], "deceived": [1, 0, 1], "labour": [1, 1, 1]})
    >>> found = act_means_purpose(cases, acts=["recruited"], means=["deceived"], purposes=["labour"])
    >>> found.combinations["cases"].tolist()
    [1, 1, 1]
    """

    n: int = value_field(count("Cases", "cases", of="case"))
    combinations: pd.DataFrame = table_field(
        {
            "act": key("Acts"),
            "means": key("Means"),
            "purpose": key("Purposes"),
            "cases": count("Cases", "cases", of="case"),
            "share": share("Share of cases"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {"share": headline(share("Share of cases"))}
    keys: ClassVar[Mapping[str, Meaning]] = {"element": key("Element"), "item": key("Item")}

    def at_least(self, cases: int) -> ActMeansPurposeResult:
        """Leave out what could point at a case: combinations of few cases, and items that few have or lack.

        Parameters
        ----------
        cases : int
            Fewest cases that may have a combination, or have or lack an item.

        Returns
        -------
        ActMeansPurposeResult
            The items and the combinations that are left.

        Raises
        ------
        SpecificationError
            If ``cases`` is no whole number from 1 on.

        Examples
        --------
        >>> table = pd.DataFrame({"moved": [1, 1, 1], "force": [1, 1, 0], "labour": [1, 1, 1]})
        >>> found = act_means_purpose(table, acts=["moved"], means=["force"], purposes=["labour"])
        >>> found.at_least(2).combinations["cases"].tolist()
        [2]
        """
        kept = self.combinations[self.combinations["cases"] >= whole_number("cases", cases, low=1)]
        have = (self.estimates["estimate"] * self.n).round()
        lack = self.n - have
        enough = ((have == 0) | (have >= cases)) & ((lack == 0) | (lack >= cases))
        return replace(
            self,
            estimates=self.estimates[enough],
            combinations=kept.reset_index(drop=True),
            smallest_group=smallest_of(kept["cases"], have[enough], lack[enough]),
        )


def act_means_purpose(
    frame: pd.DataFrame,
    *,
    acts: Sequence[str],
    means: Sequence[str],
    purposes: Sequence[str],
    child: str | None = None,
    level: float = 0.95,
) -> ActMeansPurposeResult:
    """Describe cases by what was done, by which means and for which purpose.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case.
    acts, means, purposes : sequence of str
        Columns that are true where the case shows the item.
    child : str, optional
        Column that is true where the person was under 18.
    level : float
        Coverage of Wilson's limits.

    Returns
    -------
    ActMeansPurposeResult
        Share of cases with each item, with any item of each element, and with all elements they need.

    Raises
    ------
    DataError
        If a column is missing, holds something else than true and false, or stands in two elements.

    References
    ----------
    .. [1] United Nations (2000). Protocol to Prevent, Suppress and Punish Trafficking in Persons, Especially Women and
       Children, article 3. United Nations Treaty Series 2237, 319.
    .. [2] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> force, minor = [1] * 5 + [0] * 3, [0] * 6 + [1] * 2
    >>> cases = pd.DataFrame({"moved": [1] * 8, "force": force, "labour": [1] * 8, "minor": minor})
    >>> found = act_means_purpose(cases, acts=["moved"], means=["force"], purposes=["labour"], child="minor")
    >>> row = found.estimates.query("item == 'complete'").iloc[0]
    >>> print(f"{row['estimate']:.0%} of the cases have all elements they need")
    88% of the cases have all elements they need
    """
    is_frame("frame", frame)
    is_level(level)
    elements: dict[str, list[str]] = {"act": list(acts), "means": list(means), "purpose": list(purposes)}
    flat = [name for names in elements.values() for name in names]
    if len(set(flat)) < len(flat) or not all(elements.values()):
        raise DataError(
            f"acts, means and purposes are {list(elements.values())}, each needs a column and none may stand twice"
        )
    table = _flags(frame, flat + ([child] if child is not None else []))
    has = {element: table[names].any(axis=1) for element, names in elements.items()}
    is_child = table[child] if child is not None else pd.Series(False, index=table.index)
    complete = has["act"] & has["purpose"] & (has["means"] | is_child)
    rows = [(element, "any", has[element]) for element in elements]
    rows += [(element, name, table[name]) for element, names in elements.items() for name in names]
    rows.append(("all", "complete", complete))
    combined, shown = _combinations(table, elements), np.array([flags.sum() for _, _, flags in rows])
    return ActMeansPurposeResult(
        method="Profile by act, means and purpose",
        estimates=_shares(rows, len(table), level),
        n=len(table),
        smallest_group=smallest_of(combined["cases"], shown, len(table) - shown),
        level=level,
        interval="wilson",
        checks=(_check_complete(complete, is_child, child),),
        assumptions=ASSUMPTIONS,
        references=references(act_means_purpose),
        inputs=record(table, packages=("numpy", "pandas", "scipy")),
        combinations=combined,
    )


def _flags(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Take columns as true or false."""
    has_columns("frame", frame, names)
    return pd.DataFrame({name: read_flags(frame[name]) == 1 for name in names}, index=frame.index)


def _shares(rows: list[tuple[str, str, pd.Series[bool]]], n: int, level: float) -> pd.DataFrame:
    """Lay shares out with Wilson's limits."""
    share = np.array([flags.mean() for _, _, flags in rows], dtype=float)
    low, high = wilson(share, n, level)
    frame = pd.DataFrame({"element": [e for e, _, _ in rows], "item": [i for _, i, _ in rows]})
    frame.index = pd.Index(["share"] * len(rows), name="term")
    error = np.sqrt(share * (1 - share) / n)
    return frame.assign(
        estimate=share, std_error=np.where(error > 0, error, np.nan), ci_low=low, ci_high=high, unit="proportion"
    )


def _combinations(table: pd.DataFrame, elements: dict[str, list[str]]) -> pd.DataFrame:
    """Count the combinations of items that occur."""
    words = {
        element: table[names].apply(lambda row: " + ".join(n for n in row.index if row[n]) or "(none)", axis=1)
        for element, names in elements.items()
    }
    counts = pd.DataFrame(words).value_counts().rename("cases").reset_index()
    counts = counts.sort_values(["cases", *elements], ascending=[False, True, True, True], ignore_index=True)
    return counts.assign(share=counts["cases"] / len(table))


def _check_complete(complete: pd.Series[bool], is_child: pd.Series[bool], child: str | None) -> Check:
    """Say how many cases lack an element, and whether children could be told."""
    lacking = int((~complete).sum())
    numbers = {"lacking": lacking, "children": int(is_child.sum())}
    if child is None:
        message = say(
            "{n} case lacks an element; children, who need no means, are not marked.",
            many="{n} cases lack an element; children, who need no means, are not marked.",
            n=lacking,
        )
        return Check("elements", "review", message, numbers)
    message = say(
        "{n} case lacks an element it needs as coded: was it absent, or not recorded?",
        many="{n} cases lack an element they need as coded: was it absent, or not recorded?"
        if lacking
        else "{n} cases lack an element they need.",
        n=lacking,
    )
    return Check("elements", "review" if lacking else "pass", message, numbers)
