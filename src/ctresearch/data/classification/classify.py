"""From the answers of a questionnaire to a statistical status, by published rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.data.classification.adapt import adapt
from ctresearch.data.classification.answers import read_age, read_answers
from ctresearch.data.classification.definition import Definition, Threshold
from ctresearch.data.classification.definition import definition as read_definition
from ctresearch.data.classification.result import Classification
from ctresearch.data.classification.rules import ADULT_FROM, Bounds, apply_rule, apply_rules, by_age

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

GROUPS = ("adult", "child", "age not known")


def classify(
    frame: pd.DataFrame,
    definition: str,
    *,
    age: str = "age",
    columns: Mapping[str, str] | None = None,
    not_asked: Sequence[str] = (),
    strengths: Mapping[str, str] | None = None,
    indicators: Mapping[str, tuple[str, str]] | None = None,
    threshold: Sequence[tuple[int, int]] | None = None,
) -> Classification:
    """Give every row of a questionnaire its status under a published definition.

    Adults and children have rules of their own; a child is under 18 and needs no means to count as trafficked.
    Missing answers give a lower and an upper status in place of a guess.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person, or a job of a person, with a column for each item: 0 or 1, yes or no, or missing.
    definition : {"prif", "icls-2018", "htsh"}
        Statistical definitions of the Prevalence Reduction Innovation Forum [1]_, guidelines of the 20th
        International Conference of Labour Statisticians [2]_, or Hard to see, harder to count [3]_.
        ``ctresearch.data.classification.definition(name)`` lists the items and the rules.
    age : str
        Column of age in years at the time of the work.
    columns : mapping of str to str, optional
        Item to column, where the column has another name.
    not_asked : sequence of str
        Items that the questionnaire does not have. They count as no in both bounds, so the status is that of the
        items asked, and the result says so.
    strengths : mapping of str to str, optional
        Under ``"htsh"``: items whose strength a national adaptation changed, to ``"strong"`` or ``"medium"``.
    indicators : mapping of str to (str, str), optional
        Under ``"prif"``: column to domain and strength, as the study matched its instrument to the definition.
    threshold : sequence of (int, int), optional
        Under ``"prif"``: numbers of strong and of medium indicators; an adult counts who reaches any of the pairs.

    Returns
    -------
    Classification
        Status, trace and table of thresholds.

    Raises
    ------
    SpecificationError
        If the definition is unknown or lacks what only the study can say.
    DataError
        If an item has no column, or a value is no answer.

    References
    ----------
    .. [1] Price, R. K. et al. (2022). Prevalence estimates of trafficking in persons using statistical definitions: a
       cross-sectional high-risk community survey in Cape Town, South Africa. BMJ Open 12, e063617.
       https://doi.org/10.1136/bmjopen-2022-063617
    .. [2] International Labour Organization (2018). Guidelines concerning the measurement of forced labour.
       ICLS/20/2018/Guidelines. Geneva: ILO.
    .. [3] International Labour Office (2012). Hard to see, harder to count: survey guidelines to estimate forced
       labour of adults and children. Second edition. Geneva: ILO. ISBN 978-92-2-126172-8.

    Examples
    --------
    A study that took two strong indicators, or one strong and two medium, as its threshold:

    >>> rows = pd.DataFrame({"age": [30, 16], "locked": [1, 0], "debt": [1, 0], "child_act": [None, 1],
    ...                      "child_exploitation": [None, 1]})
    >>> found = classify(rows, "prif", threshold=[(2, 0), (1, 2)], indicators={
    ...     "locked": ("freedom_of_movement", "strong"), "debt": ("debt_or_dependency", "strong")})
    >>> found.status["status"].tolist()
    ['yes', 'yes']
    """
    adapted = adapt(read_definition(definition), strengths=strengths, indicators=indicators, threshold=threshold)
    has_columns("the questionnaire", is_frame("the questionnaire", frame), [age])
    ages = read_age(frame[age])
    answers = _answers(frame, adapted, ages, dict(columns or {}), not_asked)
    first = adapted.thresholds[0]
    held = _status(first, answers, ages)
    group = np.where(np.isnan(ages), GROUPS[2], np.where(ages < ADULT_FROM, GROUPS[1], GROUPS[0]))
    status = np.where(held.lower, "yes", np.where(held.upper, "undetermined", "no"))
    table = {"group": group, "lower": held.lower.astype(int), "upper": held.upper.astype(int), "status": status}
    asked = (f"Not asked, and counted as no: {', '.join(not_asked)}.",) if not_asked else ()
    return Classification(
        definition=adapted,
        status=pd.DataFrame(table, index=frame.index),
        trace=_trace(first, adapted, answers, ages).assign(row=lambda found: frame.index[found["row"]]),
        thresholds=_thresholds(adapted, answers, ages, group),
        notes=(*asked, *adapted.choices),
    )


def _answers(
    frame: pd.DataFrame,
    applied: Definition,
    ages: NDArray[np.float64],
    columns: Mapping[str, str],
    not_asked: Sequence[str],
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Read the items that the groups in the questionnaire need, by element."""
    known = [item.name for item in applied.items]
    unknown = [name for name in (*columns, *not_asked) if name not in known]
    if unknown:
        raise DataError(f"{unknown[0]!r} is no item of {applied.name!r}; its items are {', '.join(known)}")
    needed = set()
    for one in applied.thresholds:
        needed |= set(applied.item_names(one.adult)) if (~(ages < ADULT_FROM)).any() else set()
        needed |= set(applied.item_names(one.child)) if (~(ages >= ADULT_FROM)).any() else set()
    answers: dict[str, dict[str, NDArray[np.float64]]] = {item.element: {} for item in applied.items}
    for item in applied.items:
        column = columns.get(item.name, item.name)
        if item.name in not_asked or item.name not in needed:
            continue
        if column not in frame.columns:
            raise DataError(
                f"the questionnaire has no column {column!r} for the item {item.name!r} ({item.words}): name its "
                "column in columns=, or list it in not_asked="
            )
        answers[item.element][item.name] = read_answers(frame[column])
    return answers


def _stacked(answers: Mapping[str, Mapping[str, NDArray[np.float64]]], rows: int) -> dict[str, NDArray[np.float64]]:
    """Put the items of each element side by side."""
    return {element: np.column_stack([np.empty((rows, 0)), *items.values()]) for element, items in answers.items()}


def _status(
    one: Threshold, answers: Mapping[str, Mapping[str, NDArray[np.float64]]], ages: NDArray[np.float64]
) -> Bounds:
    """Apply one threshold to everybody."""
    stacked = _stacked(answers, len(ages))
    return by_age(apply_rules(one.adult, stacked), apply_rules(one.child, stacked), ages)


def _trace(
    one: Threshold,
    applied: Definition,
    answers: Mapping[str, Mapping[str, NDArray[np.float64]]],
    ages: NDArray[np.float64],
) -> pd.DataFrame:
    """List for each row, by its position, the rules that hold or may hold, and why."""
    stacked = _stacked(answers, len(ages))
    given = {name: values for items in answers.values() for name, values in items.items()}
    rows = []
    for group, rules, concerned in (
        (GROUPS[0], one.adult, ~(ages < ADULT_FROM)),
        (GROUPS[1], one.child, ~(ages >= ADULT_FROM)),
    ):
        for rule in rules:
            held = apply_rule(rule, stacked)
            read = [name for name in applied.item_names((rule,)) if name in given]
            for row in np.flatnonzero(held.upper & concerned):
                yes = [name for name in read if given[name][row] == 1]
                missing = [name for name in read if np.isnan(given[name][row])]
                holds = "yes" if held.lower[row] else "may"
                rows.append((int(row), group, rule.name, holds, ", ".join(yes), ", ".join(missing)))
    columns = ["row", "rules_for", "rule", "holds", "items_yes", "items_missing"]
    return pd.DataFrame(rows, columns=columns).sort_values("row", kind="stable", ignore_index=True)


def _thresholds(
    applied: Definition,
    answers: Mapping[str, Mapping[str, NDArray[np.float64]]],
    ages: NDArray[np.float64],
    group: NDArray[np.str_],
) -> pd.DataFrame:
    """Count the status under each threshold."""
    rows = []
    for one in applied.thresholds:
        held = _status(one, answers, ages)
        for name in GROUPS:
            of = group == name
            if of.any():
                rows.append(
                    (one.name, name, int(of.sum()), int(held.lower[of].sum()), int(held.upper[of].sum()), one.words)
                )
    return pd.DataFrame(rows, columns=["threshold", "group", "n", "lower", "upper", "words"])
