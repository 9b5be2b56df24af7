"""Answers to "how many people do you know who ...", read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, shown
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import refuse_alike
from ctresearch.core.validate import has_columns, in_range, is_frame
from ctresearch.prevalence.scale_up.survey_design import SurveyDesign, read_design
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.scale_up.survey_design import Floats


@dataclass(frozen=True, slots=True)
class RelationalData:
    """What a survey says of whom its respondents know.

    ``hidden`` (n,) and ``known`` (n, groups) are numbers of people known, ``sizes`` (groups,) those of the known
    groups, ``names`` their names, ``population`` that of all whom respondents could know, ``frame`` the columns read.
    """

    hidden: Floats
    known: Floats
    sizes: Floats
    names: tuple[str, ...]
    population: float
    design: SurveyDesign
    frame: pd.DataFrame

    @property
    def degree(self) -> Floats:
        """People each respondent knows, by the known groups, shape (n,)."""
        return np.asarray(self.known.sum(axis=1) * self.population / self.sizes.sum())

    @property
    def fewest(self) -> int:
        """The fewest respondents whose answers a number rests on: those who know somebody of one group."""
        return smallest_of((self.hidden > 0).sum(), (self.known > 0).sum(axis=0))


def read_known(known: Mapping[str, float], hidden: str, population: float) -> dict[str, float]:
    """Check the sizes of the known groups against the population.

    Parameters
    ----------
    known : mapping of str to float
        Column to size of the group.
    hidden : str
        Column of the hidden group.
    population : float
        Of all whom respondents could know.

    Returns
    -------
    dict
        Column to size.

    Raises
    ------
    SpecificationError
        If there are none, a size is not between 0 and the population, or the hidden group is among them.

    Examples
    --------
    >>> read_known({"teachers": 24_000}, "hidden", 1_000_000)
    {'teachers': 24000.0}
    """
    in_range("population", population, 1)
    column_name("hidden", hidden)
    if not isinstance(known, Mapping) or not known:
        raise SpecificationError(
            f"known == {shown(known)}, must map at least one column to the size of its group, such as "
            "{'teachers': 24_000}"
        )
    for name, size in known.items():
        column_name("known", name)
        if not 1 <= in_range(f"size of {name!r}", size, 0, open_ends=True) < population:
            raise SpecificationError(
                f"size of {name!r} == {size!r}, must be below population == {population!r} and at least 1: is it a "
                "share?"
            )
    if hidden in known:
        raise SpecificationError(f"hidden == {hidden!r} is one of the known groups, must be a column of its own")
    return {name: float(size) for name, size in known.items()}


def read_relational(
    frame: Any, hidden: str, known: Mapping[str, float], population: float, columns: dict[str, str | None]
) -> RelationalData:
    """Read a survey.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a respondent.
    hidden : str
        Column of the hidden group.
    known : mapping of str to float
        Column to size of the group.
    population : float
        Of all whom respondents could know.
    columns : dict
        Columns of the design.

    Returns
    -------
    RelationalData
        The answers.

    Raises
    ------
    DataError
        If a column is missing, an answer is no whole number from 0 to the population, nobody knows anybody of a
        group, or there are more respondents than people.

    Examples
    --------
    >>> survey = pd.DataFrame({"hidden": [0, 1], "teachers": [3, 5]})
    >>> design = dict.fromkeys(("weight", "strata", "cluster"))
    >>> read = read_relational(survey, "hidden", {"teachers": 100.0}, 1000, design)
    >>> read.degree.tolist()
    [30.0, 50.0]
    """
    is_frame("survey", frame)
    refuse_alike([hidden, *known], "groups")
    design = [name for name in columns.values() if name is not None]
    has_columns("survey", frame, [hidden, *known, *design])
    kept = frame[list(dict.fromkeys([hidden, *known, *design]))].reset_index(drop=True)
    if not 2 <= len(kept) <= population:
        raise DataError(
            f"the survey has {len(kept):,} respondents of a population of {population:,.0f}, must have at least 2 and "
            "no more than there are people: check population="
        )
    answers = read_answers(kept, [hidden, *known])
    for name, told in zip([hidden, *known], answers.T, strict=True):
        refuse_cells(kept[name], told > population, "must be no more than the people of the population")
    _refuse_silent(answers, [hidden, *known])
    return RelationalData(
        hidden=answers[:, 0],
        known=answers[:, 1:],
        sizes=np.array(list(known.values())),
        names=tuple(known),
        population=float(population),
        design=read_design(kept, columns),
        frame=kept,
    )


def read_answers(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Read numbers of people known.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a respondent.
    names : sequence of str
        Columns of answers.

    Returns
    -------
    numpy.ndarray
        Shape (n, columns).

    Raises
    ------
    DataError
        If one is missing, negative or no whole number.

    Examples
    --------
    >>> read_answers(pd.DataFrame({"teachers": [3, 5]}), ["teachers"]).ravel().tolist()
    [3.0, 5.0]
    """
    read = []
    for name in names:
        column = frame[name].astype(object).infer_objects() if frame[name].dtype.kind == "O" else frame[name]
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
        wrong |= np.full(len(values), column.dtype.kind not in "fiu")
        refuse_cells(column, wrong, "must be whole numbers of people known, 0 or more")
        read.append(values)
    return np.column_stack(read)


def _refuse_silent(answers: Floats, names: Sequence[str]) -> None:
    """Refuse a question to which everybody answered 0."""
    silent = [name for name, known in zip(names, answers.sum(axis=0), strict=True) if known == 0]
    if silent:
        raise DataError(
            f"none of the {len(answers):,} respondents knows anybody in {silent[0]!r}, so that nothing can be scaled "
            "up by it: leave a known group out, or ask more people"
        )
