"""Adults and children apart: what helps one need not help the other, and consent differs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.columns import read_numbers
from ctresearch.core.errors import CtResearchError, DataError
from ctresearch.core.groups import ALL
from ctresearch.core.message import say
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.stats.groups.smallest import smallest_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ctresearch.programmes.groups.grouped_rows import Row

Found = TypeVar("Found")
AGE = "age"
# the Palermo protocol, article 3 (d), calls everybody under 18 a child
ADULT = 18
# nobody has reached it: a larger number is a year of birth or a code for "unknown"
_OLDEST = 130


@dataclass(frozen=True, slots=True)
class AgeGroups:
    """Rows of a table by age group.

    Parameters
    ----------
    parts : tuple of (str, pandas.DataFrame)
        ``adults`` and ``children``, those of them that there are, or ``all``.
    checks : tuple of Check
        What a reader must know of the grouping.

    Examples
    --------
    >>> age_groups(pd.DataFrame({"age": [17, 18]}), "age").names
    ('adults', 'children')
    """

    parts: tuple[tuple[str, pd.DataFrame], ...]
    checks: tuple[Check, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(name for name, _ in self.parts)

    def smallest(self, arm: str | None = None, outcome: str | None = None) -> int:
        """Return the fewest people in a group, in an arm of it, or with an outcome of two in that arm.

        Parameters
        ----------
        arm, outcome : str, optional
            Columns to cross with the groups.

        Returns
        -------
        int
            People; a missing outcome is one of its own.

        Examples
        --------
        >>> frame = pd.DataFrame({"age": [17, 18, 30, 40, 50], "arm": [0, 0, 0, 1, 1]})
        >>> age_groups(frame.iloc[1:], "age").smallest("arm")
        2
        """
        cells = []
        for _, part in self.parts:
            groups = np.zeros(len(part)) if arm is None else part[arm].to_numpy()
            happened = groups if outcome is None else part[outcome].to_numpy()
            cells.append(smallest_cell(groups, happened))
        return min(cells)


def age_groups(frame: pd.DataFrame, age: str | None) -> AgeGroups:
    """Part adults from children (under 18).

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    age : str or None
        Column of ages in years, or of truth values that say who is a child. ``None`` keeps everybody together.

    Returns
    -------
    AgeGroups
        The parts; all together, with a check, if the column is the usual ``age`` and there is none.

    Raises
    ------
    DataError
        If the column is missing under another name, an age is missing or impossible, or all are 0 or 1.

    Examples
    --------
    >>> age_groups(pd.DataFrame({"x": [1]}), "age").checks[0].status
    'review'
    """
    is_frame("frame", frame)
    if age is None:
        said = "Adults and children were analysed together, as age=None asks."
        return AgeGroups(((ALL, frame),), (Check("children", "pass", said),))
    if age == AGE and age not in frame.columns:
        said = (
            "There is no column 'age', so children are not apart: name it in age=, or say age=None if all are adults."
        )
        return AgeGroups(((ALL, frame),), (Check("children", "review", said),))
    child = _is_child(frame, age)
    parts = tuple((name, frame[rows]) for name, rows in (("adults", ~child), ("children", child)) if rows.any())
    numbers = {"adults": float((~child).sum()), "children": float(child.sum())}
    said = say(
        "{adults:,} adults and {children:,} children (under {adult}), each apart.",
        adults=int(numbers["adults"]),
        children=int(numbers["children"]),
        adult=ADULT,
    )
    return AgeGroups(parts, (Check("children", "pass", said, numbers),))


def fit_apart(groups: AgeGroups, fit: Callable[[pd.DataFrame], Found]) -> tuple[dict[str, Found | None], list[Check]]:
    """Fit each group by itself; one that is too small is left without an estimate, and never joined to the other.

    Parameters
    ----------
    groups : AgeGroups
        The parts.
    fit : callable
        Takes the rows of a group.

    Returns
    -------
    tuple
        What was found by group, None where nothing can be estimated, and the checks that say so.

    Raises
    ------
    CtResearchError
        If no group can be estimated.

    Examples
    --------
    >>> parts = age_groups(pd.DataFrame({"age": [17, 18, 30]}), "age")
    >>> fit_apart(parts, len)[0]
    {'adults': 2, 'children': 1}
    """
    found: dict[str, Found | None] = {}
    problems: dict[str, CtResearchError] = {}
    for name, rows in groups.parts:
        try:
            found[name] = fit(rows)
        except CtResearchError as error:
            found[name], problems[name] = None, error
    if len(problems) == len(found):
        raise next(iter(problems.values()))
    checks = [
        Check(
            f"too few {name}",
            "review",
            say("No estimate for {name}, who are not joined to the others: {error}.", name=name, error=error),
        )
        for name, error in problems.items()
    ]
    return found, checks


def checks_by_group(found: Mapping[str, Sequence[Check] | None]) -> list[Check]:
    """Join the checks of all groups, each with the name of its group where there are several.

    Parameters
    ----------
    found : mapping
        Group to its checks; None where nothing could be estimated.

    Returns
    -------
    list of Check
        No two groups share a name of a check. What voids one group does not void the result while another stands:
        :func:`rows_that_stand` takes that group's limits away.

    Examples
    --------
    >>> one = Check("clusters", "pass", "There are 40 clusters.")
    >>> [check.name for check in checks_by_group({"adults": [one], "children": [one]})]
    ['clusters, adults', 'clusters, children']
    """
    some_stand = any(checks is not None and all(check.stands for check in checks) for checks in found.values())
    return [
        replace(check, name=f"{check.name}, {group}", voids=check.voids and not some_stand) if len(found) > 1 else check
        for group, checks in found.items()
        for check in checks or ()
    ]


def rows_that_stand(rows: Mapping[str, Row], checks: Sequence[Check]) -> dict[str, Row]:
    """Take errors and limits away from a group whose estimates do not stand, whatever becomes of the other group.

    Parameters
    ----------
    rows : mapping of str to tuple
        Term to estimate, standard error and limits.
    checks : sequence of Check
        Of the group.

    Returns
    -------
    dict of str to tuple
        The same where every check stands.

    Examples
    --------
    >>> rows_that_stand({"effect": (1.0, 0.1, 0.8, 1.2)}, [Check("strength", "fail", "Weak.", voids=True)])["effect"]
    (1.0, nan, nan, nan)
    """
    nan = float("nan")
    stands = all(check.stands for check in checks)
    return {term: row if stands else (row[0], nan, nan, nan) for term, row in rows.items()}


def _is_child(frame: pd.DataFrame, age: str) -> pd.Series[bool]:
    """Say who is under 18."""
    has_columns("frame", frame, [age])
    missing = int(frame[age].isna().sum())
    if missing:
        raise DataError(
            f"column {age!r} has {missing:,} missing values of {len(frame):,}, must have none: people of unknown age "
            "are neither adults nor children, so drop them knowingly, or say age=None"
        )
    if pd.api.types.is_bool_dtype(frame[age]):
        return frame[age].astype(bool)
    if not pd.api.types.is_numeric_dtype(frame[age]):
        raise DataError(
            f"column {age!r} is of type {frame[age].dtype}, must hold ages in years as numbers, or truth values that "
            "say who is a child: make a bool column 'child' and say age='child'"
        )
    years = read_numbers(frame, age)
    if np.isin(years, (0, 1)).all():
        raise DataError(
            f"column {age!r} holds only 0 and 1, which as ages make everybody a child, must hold ages in years or truth"
            f" values: if 1 says who is a child, give frame[{age!r}].astype(bool)"
        )
    impossible = (years < 0) | (years > _OLDEST)
    refuse_cells(frame[age], impossible, f"must be years from 0 to {_OLDEST}", name=age)
    return pd.Series(years < ADULT, index=frame.index)
