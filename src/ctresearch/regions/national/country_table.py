"""Surveys of some countries, and people and covariates of all of them, as one frozen table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_hashable

from ctresearch.core.cells import refuse_cells, row_words, wrong_cells
from ctresearch.core.columns import column_name, column_names, read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.names import name_key
from ctresearch.core.render import as_card
from ctresearch.core.scope import NOT_STATED, Scope
from ctresearch.core.validate import has_columns, in_range, is_frame
from ctresearch.regions.partial.units import refuse_mixed
from ctresearch.regions.study_table import one_measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.core.scope import Measure

    Floats = NDArray[np.float64]

WHOLE = "the region"
_SAME = 1e-12
_MOST = 1e12  # people, and weights of them: nothing that is counted is more


@dataclass(frozen=True, slots=True, eq=False)
class CountryTable:
    """Countries, some of them with a survey.

    Parameters
    ----------
    countries : tuple of str
        In the order in which the table of people names them.
    regions : tuple of str
        The region of each.
    cells : pandas.DataFrame
        Cells that people are parted into, such as sex by age: one row a cell, one column a trait.
    people : numpy.ndarray
        Shape (countries, cells).
    cases, interviewed : numpy.ndarray
        Of the surveys, over their design effects, shape (countries, cells).
    asked : numpy.ndarray
        People interviewed in each country, shape (countries,); 0 where there is no survey.
    about : pandas.DataFrame
        What is known of each country, indexed by ``country``.
    measure, definition : str
        Of all surveys; ``"not stated"`` where no column says it.

    Examples
    --------
    >>> surveys = pd.DataFrame({"country": ["Aluna"], "cases": [12], "interviewed": [1000]})
    >>> people = pd.DataFrame({"country": ["Aluna", "Borvia"], "population": [5e6, 2e6]})
    >>> CountryTable.from_frames(surveys, people).reported.tolist()
    [True, False]
    """

    countries: tuple[str, ...]
    regions: tuple[str, ...]
    cells: pd.DataFrame
    people: Floats
    cases: Floats
    interviewed: Floats
    asked: NDArray[np.int64]
    about: pd.DataFrame
    measure: Measure
    definition: str

    @property
    def reported(self) -> NDArray[np.bool_]:
        """Whether each country has a survey."""
        return self.asked > 0

    @classmethod
    def from_frames(
        cls,
        surveys: pd.DataFrame,
        people: pd.DataFrame,
        *,
        country: str = "country",
        cases: str = "cases",
        interviewed: str | None = "interviewed",
        population: str = "population",
        region: str | None = None,
        cells: Sequence[str] = (),
        design_effect: float | str = 1.0,
        weight: str | None = None,
        measure: str | None = None,
        definition: str | None = None,
    ) -> CountryTable:
        """Read surveys and people.

        Parameters
        ----------
        surveys : pandas.DataFrame
            Counts of one country, or of one cell of a country, in a row; or, without ``interviewed``, one respondent.
        people : pandas.DataFrame
            One row a country, or a country and cell, for every country that is to have an estimate: how many people
            live there, and what is known of the country.
        country : str
            Column of names in both tables.
        cases, interviewed : str
            Columns of the surveys: how many were victims, or 0 and 1 for a respondent, and how many were asked;
            ``interviewed=None`` for respondents.
        population : str
            Column of people.
        region : str, optional
            Column of ``people`` with the part of the world a country belongs to.
        cells : sequence of str
            Columns of both tables that part people, such as sex and age.
        design_effect : float or str
            By how much more the variance is than in a simple sample of the same size: one number, or a column of the
            surveys. It is at least 1.
        weight : str, optional
            Column of the weights of respondents, whose loss of precision is taken into account (Kish).
        measure, definition : str, optional
            Columns of the surveys that say what is measured and under which definition; different ones are refused.

        Returns
        -------
        CountryTable
            Checked and frozen.

        Raises
        ------
        DataError
            If something is missing, of the wrong kind, twice there, or a survey is of a country or cell that ``people``
            does not hold.

        Examples
        --------
        >>> asked = pd.DataFrame({"country": ["Aluna"] * 4, "cases": [0, 1, 0, 0]})
        >>> people = pd.DataFrame({"country": ["Aluna"], "population": [5e6]})
        >>> CountryTable.from_frames(asked, people, interviewed=None).asked.tolist()
        [4]
        """
        by = column_names("cells", cells)
        optional = [one for one in (region, interviewed, weight, measure, definition) if one is not None]
        for one in (country, cases, population, *optional):
            column_name("column", one)
        read = _read_people(people, country, population, region, by)
        own = _read_surveys(surveys, (country, cases, interviewed, weight), design_effect)
        one_measure(surveys, measure)
        refuse_mixed(surveys, definition)
        where, cell = _find(surveys, country, by, read)
        shape = read.people.shape
        size = shape[0] * shape[1]
        flat = where * shape[1] + cell
        added: list[Floats] = [
            np.asarray(np.bincount(flat, weights=one, minlength=size).reshape(shape), dtype=np.float64)
            for one in _effective(own, where)
        ]
        asked = np.bincount(where, weights=own.interviewed, minlength=shape[0]).round().astype(np.int64)
        if not 0 < added[0].sum() < added[1].sum():
            raise DataError(
                f"none or all of {int(asked.sum()):,} people interviewed are cases: how many there are elsewhere "
                "cannot be told from that"
            )
        return cls(
            *read.named,
            read.cells,
            read.people,
            added[0],
            added[1],
            asked,
            read.about,
            NOT_STATED if measure is None else name_key(surveys[measure].iloc[0]),  # type: ignore[arg-type]
            NOT_STATED if definition is None else str(surveys[definition].iloc[0]),
        )

    def scope(self, given: Scope) -> Scope:
        """Return a scope with measure and definition of the surveys, where it does not state others.

        Parameters
        ----------
        given : Scope
            What the user stated.

        Returns
        -------
        Scope
            With both.

        Raises
        ------
        DataError
            If the surveys measure something else than is stated.

        Examples
        --------
        >>> surveys = pd.DataFrame({"country": ["A"], "cases": [1], "interviewed": [9], "m": ["stock"]})
        >>> people = pd.DataFrame({"country": ["A"], "population": [100]})
        >>> CountryTable.from_frames(surveys, people, measure="m").scope(Scope()).measure
        'stock'
        """
        if NOT_STATED not in {given.measure, self.measure} and given.measure != self.measure:
            raise DataError(f"scope says {given.measure!r} and the surveys {self.measure!r}, must be one measure")
        if NOT_STATED not in {given.definition, self.definition} and given.definition != self.definition:
            raise DataError("scope and surveys state two definitions, must be one: people counted are not the same")
        return Scope(
            population=given.population,
            definition=self.definition if given.definition == NOT_STATED else given.definition,
            reference_period=given.reference_period,
            measure=self.measure if given.measure == NOT_STATED else given.measure,
        )

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.definition], show=["countries", "regions", "cells", "measure"])


@dataclass(frozen=True, slots=True)
class _People:
    """The table of people, read."""

    named: tuple[tuple[str, ...], tuple[str, ...]]
    cells: pd.DataFrame
    people: Floats
    about: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Answers:
    """Cases and interviews of each row of the surveys, weights, and design effects."""

    cases: Floats
    interviewed: Floats
    weights: Floats
    design_effect: Floats


def _read_people(
    people: pd.DataFrame, country: str, population: str, region: str | None, by: tuple[str, ...]
) -> _People:
    """Read who lives where, in the order of the table."""
    is_frame("people", people)
    used = [country, population, *([region] if region else []), *by]
    has_columns("people", people, used)
    refuse_missing(people, used)
    count = read_numbers(people, population)
    wrong = (count <= 0) | (count > _MOST)
    refuse_cells(people[population], wrong, f"must be above 0 and at most {_MOST:g}", name=population)
    codes, names = _in_order(people, country)
    cells = people[list(by)].drop_duplicates().reset_index(drop=True) if by else pd.DataFrame(index=[0])
    cell = _cell_codes(people, by, cells)
    table = np.full((len(names), len(cells)), np.nan)
    twice = int(pd.DataFrame({"c": codes, "k": cell}).duplicated().sum())
    if twice:
        raise DataError(f"{twice:,} rows of people repeat a country or a cell of one, each must stand there once")
    table[codes, cell] = count
    if np.isnan(table).any():
        raise DataError(
            f"{int(np.isnan(table).any(axis=1).sum()):,} countries lack people in some cell, must have all of "
            f"{len(cells)}: add rows"
        )
    if region is not None:
        read_groups(people, region)
    about = _about(people, codes, names, {population, *by})
    if region is not None and region not in about.columns:
        raise DataError(f"column {region!r} has several regions for one country, must have one each")
    regions = tuple(str(one) for one in about[region]) if region else (WHOLE,) * len(names)
    return _People((names, regions), cells, table, about)


def _about(people: pd.DataFrame, codes: NDArray[np.int64], names: tuple[str, ...], left: set[str]) -> pd.DataFrame:
    """Return the columns that say one thing of each country; cells that hold lists and the like say none."""
    plain = people.loc[:, [bool(people.iloc[:, i].map(is_hashable).all()) for i in range(people.shape[1])]]
    varied = plain.groupby(codes)[[c for c in plain.columns if c not in left]].nunique(dropna=False)
    about = plain.groupby(codes, sort=True).first()[[c for c in varied.columns if (varied[c] == 1).all()]]
    about.index = pd.Index(names, name="country")
    return about


def _in_order(frame: pd.DataFrame, country: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the codes of countries in the order in which they stand, and their names."""
    read = read_groups(frame, country)
    first = [int(np.flatnonzero(read.codes == i)[0]) for i in range(len(read.names))]
    order = np.argsort(first)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return back[read.codes], tuple(read.names[i] for i in order)


def _cell_codes(frame: pd.DataFrame, by: tuple[str, ...], cells: pd.DataFrame) -> NDArray[np.int64]:
    """Return which cell each row is of, -1 for one that is not there."""
    if not by:
        return np.zeros(len(frame), dtype=np.int64)
    known = {tuple(map(name_key, row)): i for i, row in enumerate(cells.itertuples(index=False))}
    rows = frame[list(by)].itertuples(index=False)
    return np.array([known.get(tuple(map(name_key, row)), -1) for row in rows], dtype=np.int64)


def _read_surveys(
    surveys: pd.DataFrame, columns: tuple[str, str, str | None, str | None], effect: float | str
) -> _Answers:
    """Read cases and interviews from the columns of countries, cases, interviews and weights."""
    country, cases, interviewed, weight = columns
    is_frame("surveys", surveys)
    used = [country, cases, *(one for one in (interviewed, weight) if one)]
    used += [effect] if isinstance(effect, str) else []
    has_columns("surveys", surveys, used)
    refuse_missing(surveys, used)
    if weight is not None and interviewed is not None:
        raise DataError(
            f"weight == {weight!r} is of respondents, must not stand beside interviewed == {interviewed!r}: "
            "leave one out"
        )
    one = read_numbers(surveys, cases)
    asked = np.ones(len(one)) if interviewed is None else read_numbers(surveys, interviewed)
    wrong = (one < 0) | (one != np.floor(one)) | (one > asked)
    if wrong.any():
        must = "must be 0 or 1" if interviewed is None else "must be whole numbers from 0 to the number interviewed"
        raise wrong_cells(surveys[cases], wrong, must, name=cases)
    if interviewed is not None:
        wrong = (asked <= 0) | (asked != np.floor(asked)) | (asked > _MOST)
        refuse_cells(surveys[interviewed], wrong, f"must be whole numbers from 1 to {_MOST:g}", name=interviewed)
    weights = np.ones(len(one)) if weight is None else read_numbers(surveys, weight)
    wrong = (weights < 1 / _MOST) | (weights > _MOST)
    if wrong.any():
        must = f"must be above 0, from {1 / _MOST:g} to {_MOST:g}"
        raise wrong_cells(surveys[str(weight)], wrong, must, name=weight)
    if isinstance(effect, str):
        effects = read_numbers(surveys, effect)
        refuse_cells(surveys[effect], effects < 1, "must be at least 1", name=effect)
    else:
        effects = np.full(len(one), in_range("design_effect", effect, 1))
    return _Answers(one, asked, weights, effects)


def _find(
    surveys: pd.DataFrame, country: str, by: tuple[str, ...], people: _People
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the country and the cell of each row of the surveys."""
    has_columns("surveys", surveys, by)
    refuse_missing(surveys, by)
    read = read_groups(surveys, country)
    known = {name_key(name): i for i, name in enumerate(people.named[0])}
    own = np.array([known.get(name_key(name), -1) for name in read.names], dtype=np.int64)
    where, cell = own[read.codes], _cell_codes(surveys, by, people.cells)
    for what, codes in (("country", where), ("cell", cell)):
        rows = (np.flatnonzero(codes < 0) + 1).tolist()
        if rows:
            raise CellError(
                f"{len(rows):,} rows of surveys (rows {row_words(rows)}) are of a {what} that the table of people does "
                "not hold: add it there, or spell it alike",
                column=country if what == "country" else by[0],
                rows=rows,
            )
    return where, cell


def _effective(own: _Answers, where: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return cases and interviews over design effects; with weights, as Kish has it for each country."""
    if own.weights.min() == own.weights.max():
        return own.cases / own.design_effect, own.interviewed / own.design_effect
    total, square = (np.bincount(where, weights=one) for one in (own.weights, own.weights**2))
    share = (total / square)[where] * own.weights / own.design_effect
    return np.asarray(own.cases * share), np.asarray(share)


def standardised(columns: Floats, reported: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Return covariates less their mean over reported countries and over their spread there.

    Parameters
    ----------
    columns : numpy.ndarray
        Shape (countries, covariates).
    reported : numpy.ndarray
        Whether each country has a survey.

    Returns
    -------
    tuple of numpy.ndarray
        The columns, their means and their spreads.

    Raises
    ------
    DataError
        If a covariate is the same in all reported countries, or one is the sum of others.
    """
    means, spreads = columns[reported].mean(axis=0), columns[reported].std(axis=0)
    same = int((spreads <= _SAME * np.maximum(1.0, np.abs(means))).sum())
    if same:
        raise DataError(f"{same} covariates are the same in all countries with a survey, must differ: leave them out")
    out = (columns - means) / spreads
    if np.linalg.matrix_rank(np.column_stack([np.ones(int(reported.sum())), out[reported]])) <= out.shape[1]:
        raise DataError(f"{out.shape[1]} covariates tell the same twice in countries with a survey: leave one out")
    return out, means, spreads
