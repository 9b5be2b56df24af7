"""How common an outcome is among people asked, and how its odds differ with an exposure; exact limits throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.consequences.burden.exact_intervals import clopper_pearson, conditional_odds
from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.groups import ALL, read_groups
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import Result
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.stats.groups.smallest import smallest_cell

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Booleans

SERVICE_USERS = (
    "Those asked stand for those spoken of: people reached through services differ from people never seen, in a "
    "direction that is undetermined."
)
ALIKE = "The people are independent of one another: none is counted twice, and they were not chosen by groups."

_SHARES = Declaration({"*": col.model("", "share of persons", reader="percent")})

_RATIO = Declaration({"log_odds_ratio": col.model("Odds ratio", "log odds", reader="ratio", headline=True)})


def outcome_shares(
    frame: pd.DataFrame, *, outcome: str, by: str | None = None, level: float = 0.95, scope: Scope | None = None
) -> Result:
    """Return the share of people with an outcome, with Clopper-Pearson limits.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    outcome : str
        Column of 0 and 1.
    by : str, optional
        Column of groups, each a term of its own.
    level : float
        Coverage, at least this much whatever the share.
    scope : Scope, optional
        Whom the result is about.

    Returns
    -------
    Result
        Terms ``all`` and the groups. Limits are those of the binomial, so there is no standard error.

    Raises
    ------
    DataError
        If a column or value is missing, or the outcome is not of 0 and 1.

    References
    ----------
    .. [1] Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of
       the binomial. Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> frame = pd.DataFrame({"anxiety": [1, 1, 0, 1, 0, 0, 1, 1]})
    >>> row = outcome_shares(frame, outcome="anxiety").estimates.loc["all"]
    >>> print(f"{row['estimate']:.1%} ({row['ci_low']:.1%} to {row['ci_high']:.1%}) of those asked")
    62.5% (24.5% to 91.5%) of those asked
    """
    is_level(level)
    happened = _binary(frame, outcome)
    groups: dict[str, Booleans] = {ALL: np.ones(len(frame), bool)}
    if by is not None:
        groups = read_groups(frame, by).rows(overall=True)
    rows = [_share(happened[rows], level) for rows in groups.values()]
    smallest = min(int(rows.sum()) for rows in groups.values())
    return Result(
        declaration=_SHARES,
        method="Share of people with an outcome, exact binomial limits",
        estimates=pd.DataFrame(rows, index=pd.Index(list(groups), name="term", dtype="str")).assign(
            unit="share of persons"
        ),
        n=len(frame),
        smallest_group=min(smallest_cell(rows[rows], happened[rows]) for rows in groups.values()),
        level=level,
        scope=scope or Scope(),
        interval="clopper-pearson",
        checks=(_check_size(smallest),),
        assumptions=(ALIKE, SERVICE_USERS),
        references=references(outcome_shares),
        inputs=record(frame[[outcome] if by is None else [outcome, by]]),
    )


def exact_odds_ratio(
    frame: pd.DataFrame, *, outcome: str, exposure: str, level: float = 0.95, scope: Scope | None = None
) -> Result:
    """Return the odds ratio of an outcome for the exposed, given the margins of the table, with exact limits.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    outcome, exposure : str
        Columns of 0 and 1.
    level : float
        Coverage, at least this much whatever the ratio.
    scope : Scope, optional
        Whom the result is about.

    Returns
    -------
    Result
        Term ``log_odds_ratio`` on the log scale: ``to_frame(exponentiate=True)`` gives the ratio. With an empty cell
        the estimate is not finite: it is ``NaN``, the check fails, and the finite limit stands.

    Raises
    ------
    DataError
        If a column or value is missing, a column is not of 0 and 1, or everybody or nobody has the outcome or exposure.

    References
    ----------
    .. [1] Cornfield, J. (1956). A statistical problem arising from retrospective studies. Proceedings of the Third
       Berkeley Symposium on Mathematical Statistics and Probability 4, 135-148.
    .. [2] Agresti, A. (1992). A survey of exact inference for contingency tables. Statistical Science 7, 131-153.
       https://doi.org/10.1214/ss/1177011454

    Examples
    --------
    >>> frame = pd.DataFrame({"violence": [1, 1, 1, 1, 0, 0, 0, 0], "anxiety": [1, 1, 1, 0, 1, 0, 0, 0]})
    >>> row = exact_odds_ratio(frame, outcome="anxiety", exposure="violence").to_frame(exponentiate=True).iloc[0]
    >>> limits = f"{row['ci_low']:.1f} to {row['ci_high']:.0f}"
    >>> print(f"odds ratio {row['estimate']:.1f} ({limits}): eight people say little")
    odds ratio 6.4 (0.2 to 626): eight people say little
    """
    is_level(level)
    happened, exposed = _binary(frame, outcome), _binary(frame, exposure)
    for name, values in ((outcome, happened), (exposure, exposed)):
        if values.all() or not values.any():
            raise DataError(
                f"column {name!r} is the same for all {len(frame):,} people, must be 0 and 1: no ratio can be had"
            )
    table = np.array([[(happened[e] == o).sum() for o in (True, False)] for e in (exposed, ~exposed)])
    found = conditional_odds(table, level)
    estimate = found.log_ratio if np.isfinite(found.log_ratio) else float("nan")
    row = {
        "estimate": estimate,
        "std_error": np.nan,
        "ci_low": found.low,
        "ci_high": found.high,
        "unit": "log odds ratio",
    }
    return Result(
        declaration=_RATIO,
        method="Conditional odds ratio, exact limits",
        estimates=pd.DataFrame([row], index=pd.Index(["log_odds_ratio"], name="term", dtype="str")),
        n=len(frame),
        smallest_group=smallest_cell(exposed, happened),
        level=level,
        scope=scope or Scope(),
        interval="exact",
        scale="log",
        checks=(_check_cells(table, found.p_value),),
        assumptions=(ALIKE, "The ratio is no effect of the exposure: nothing is adjusted for.", SERVICE_USERS),
        references=references(exact_odds_ratio),
        inputs=record(frame[[outcome, exposure]]),
    )


def _binary(frame: pd.DataFrame, name: str) -> Booleans:
    """Read a column of 0 and 1."""
    is_frame("frame", frame)
    has_columns("frame", frame, [name])
    refuse_missing(frame, [name])
    values = read_numbers(frame, name)
    other = ~np.isin(values, (0, 1))
    refuse_cells(frame[name], other, "must hold 0 and 1 only", name=name)
    return np.asarray(values == 1, dtype=bool)


def _share(happened: Booleans, level: float) -> dict[str, float]:
    """Return a row of the table of shares."""
    cases, people = int(happened.sum()), len(happened)
    low, high = clopper_pearson(cases, people, level)
    return {"estimate": cases / people, "std_error": float("nan"), "ci_low": low, "ci_high": high}


def _check_size(smallest: int) -> Check:
    """Say whether the smallest group says anything."""
    if smallest < 10:
        said = say(
            "The smallest group has {smallest} people: its limits are wide, and its share may identify a person.",
            smallest=smallest,
        )
        return Check("group size", "review", said, {"smallest": smallest})
    return Check(
        "group size",
        "pass",
        say("The smallest group has {smallest:,} people.", smallest=smallest),
        {"smallest": smallest},
    )


def _check_cells(table: np.ndarray[tuple[int, ...], np.dtype[np.int64]], p_value: float) -> Check:
    """Say whether a cell is empty."""
    numbers = {"smallest": float(table.min()), "p_value": p_value}
    if table.min() == 0:
        return Check(  # the ratio is infinite, but the exact limit on its other side holds as often as it says
            "empty cell", "fail", "A cell is empty: the ratio has no finite estimate, only one limit.", numbers
        )
    return Check(
        "empty cell",
        "pass",
        say("All four cells hold people; Fisher's exact p = {p_value:.3g}.", p_value=p_value),
        numbers,
    )
