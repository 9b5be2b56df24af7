"""Samples that start with people met at random and go on along links: what link-tracing methods start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words, wrong_cells
from ctresearch.core.columns import column_name, read_numbers
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.names import name_key
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


class TracedSample(NamedTuple):
    """One sample of n people, as compiled code takes it.

    ``person`` (n,) numbers people across samples, those met at random first and the others so that each is linked to
    somebody before; ``initial`` is how many were met at random; ``degree`` (n,) how many of the population each knows;
    the links of person i within the sample lead to places ``linked[first[i]:first[i + 1]]``.
    """

    person: Array
    initial: int
    degree: Array
    first: Array
    linked: Array


@dataclass(frozen=True, eq=False, repr=False)
class LinkedSamples:
    """Samples that met some people at random and followed links from them, checked.

    Build them with :meth:`from_frames`. No id is kept.

    Parameters
    ----------
    samples : tuple of TracedSample
        Two samples or more.
    people : int
        People in any of them.
    scope : Scope
        Whom the samples are of; every estimate from them carries these words.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city, linked_samples
    >>> made = linked_samples(city(4_000, seed=1), 15, 30, seed=2)
    >>> LinkedSamples.from_frames(made.frame, made.tables["links"])
    53 people in 2 samples, 30 of their rows met at random
    """

    samples: tuple[TracedSample, ...]
    people: int
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def from_frames(
        cls,
        people: pd.DataFrame,
        links: pd.DataFrame,
        *,
        sample: str = "sample",
        person: str = "person",
        initial: str = "initial",
        degree: str = "degree",
        one: str = "one",
        other: str = "other",
        scope: Scope | None = None,
    ) -> LinkedSamples:
        """Read a table of people and one of the links among them.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person and sample: who is in two samples has two rows.
        links : pandas.DataFrame
            One row a link between two people of the table, in either direction or both. All links among people of a
            sample are needed, not only those along which somebody came.
        sample, person : str
            Columns of ``people``: the sample, and an id that is the same in all samples.
        initial : str
            Column of ``people``: 1 for those met at random, 0 for those to whom a link led.
        degree : str
            Column of ``people``: how many of the population each is linked to, in a sample or not.
        one, other : str
            Columns of ``links``: the ids at both ends.
        scope : Scope, optional
            Whom the samples are of.

        Returns
        -------
        LinkedSamples
            The samples.

        Raises
        ------
        DataError
            If a column is missing, there is one sample alone, a person stands twice in one, fewer than two were met at
            random, an end of a link is nobody in the table, a degree is missing or smaller than the links there are,
            a person has two degrees, or somebody is linked to none of the sample they are in.

        Examples
        --------
        >>> people = pd.DataFrame({"sample": [1, 1, 1, 2, 2], "person": ["a", "b", "c", "a", "d"]})
        >>> people = people.assign(initial=[1, 1, 0, 1, 1], degree=[2, 1, 1, 2, 0])
        >>> links = pd.DataFrame({"one": ["a"], "other": ["c"]})
        >>> LinkedSamples.from_frames(people, links).people
        4
        """
        names = [column_name(role, name) for role, name in _roles(sample, person, initial, degree).items()]
        frame = is_frame("people", people)
        has_columns("people", frame, names)
        frame = frame[names].reset_index(drop=True)
        ends = [column_name("one", one), column_name("other", other)]
        none = isinstance(links, pd.DataFrame) and not len(links)  # nobody of them need know another
        table = links if none else is_frame("links", links)
        has_columns("links", table, ends)
        groups = read_groups(frame, sample)
        if len(groups.names) < 2:
            raise DataError(
                f"column {sample!r} has {len(groups.names)} sample, must have two or more: the size is read from who "
                "is met again"
            )
        number, ids = _people(frame, person)
        met = _met(frame, initial)
        known = _degrees(frame, degree, number, len(ids))
        pairs = _links(table, ends, ids)
        _enough(frame[degree], known, pairs, number)
        found = []
        for code in range(len(groups.names)):
            rows = np.flatnonzero(groups.codes == code)
            found.append(_one_sample(frame, (person, initial), rows, (number, met, known), pairs))
        return cls(tuple(found), len(ids), scope or Scope())

    def __repr__(self) -> str:
        met = sum(one.initial for one in self.samples)
        return f"{self.people:,} people in {len(self.samples)} samples, {met:,} of their rows met at random"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["samples"], people={"people": self.people})


def _roles(sample: str, person: str, initial: str, degree: str) -> dict[str, str]:
    """Return the columns of people by role."""
    return {"sample": sample, "person": person, "initial": initial, "degree": degree}


def _people(frame: pd.DataFrame, person: str) -> tuple[Array, dict[str, int]]:
    """Give everybody a number by their id."""
    missing = frame[person].isna()
    refuse_cells(frame[person], missing, "must name everybody")
    ids: dict[str, int] = {}
    number = [ids.setdefault(name_key(one), len(ids)) for one in frame[person]]
    return np.array(number, dtype=np.int64), ids


def _met(frame: pd.DataFrame, initial: str) -> Array:
    """Return who was met at random."""
    values = read_numbers(frame, initial)
    wrong = ~np.isin(values, (0.0, 1.0))
    refuse_cells(frame[initial], wrong, "must be 1 for people met at random and 0 for those a link led to")
    return np.asarray(values == 1.0)


def _degrees(frame: pd.DataFrame, degree: str, number: Array, people: int) -> Array:
    """Return how many each person knows, shape (people,)."""
    values = read_numbers(frame, degree)
    wrong = (values < 0) | (values != np.floor(values))
    refuse_cells(frame[degree], wrong, "must be a whole number of people of the population, at least 0")
    known = np.full(people, -1.0)
    known[number] = values
    apart = values != known[number]
    refuse_cells(frame[degree], apart, "must be the same in every row of one person")
    return known


def _links(table: pd.DataFrame, ends: list[str], ids: dict[str, int]) -> Array:
    """Return pairs of people with a link, shape (links, 2), each once and smaller number first."""
    found = np.empty((len(table), 2), dtype=np.int64)
    for place, name in enumerate(ends):
        column = table[name]
        there = column.notna().to_numpy()
        found[:, place] = [
            ids.get(name_key(one), -1) if known else -1 for one, known in zip(column, there, strict=True)
        ]
        gone = found[:, place] < 0
        refuse_cells(
            column, gone, "must be the id of somebody in the table of people: links to others count in the degree"
        )
    own = found[:, 0] == found[:, 1]
    refuse_cells(table[ends[1]], own, "must be somebody else than the other end of the link")
    return np.unique(np.sort(found, axis=1), axis=0)


def _enough(column: pd.Series[Any], known: Array, pairs: Array, number: Array) -> None:
    """Refuse degrees smaller than the links there are."""
    least = np.bincount(pairs.ravel(), minlength=known.size)
    few = (known < least)[number]
    refuse_cells(column, few, "must be at least as many as the links of that person in the table of links")


def _one_sample(
    frame: pd.DataFrame, names: tuple[str, str], rows: Array, about: tuple[Array, Array, Array], pairs: Array
) -> TracedSample:
    """Put the people of a sample in an order in which links can have led to them."""
    number, met, known = about
    person, initial = number[rows], met[rows]
    again = pd.Series(person).duplicated(keep=False).to_numpy()
    if again.any():
        where = (rows[again] + 1).tolist()
        raise CellError(
            f"column {names[0]!r}: {len(set(person[again].tolist()))} people stand twice in one sample (rows "
            f"{row_words(where)}), must have one row in each sample they are in",
            column=names[0],
            rows=where,
        )
    if initial.sum() < 2:
        raise DataError(
            f"{int(initial.sum())} people of a sample of {rows.size} were met at random (column {names[1]!r}), must be "
            "two or more: the size is read from them"
        )
    place = np.full(known.size, -1)
    place[person] = np.arange(person.size)
    inside = place[pairs[(place[pairs] >= 0).all(axis=1)]].reshape(-1, 2)
    first, linked = _rows_of_links(inside, person.size)
    order = _reached(initial, first, linked)
    if order.size < person.size:
        lost = np.ones(len(frame), dtype=bool)
        lost[rows[order]] = False
        lost[np.setdiff1d(np.arange(len(frame)), rows)] = False
        raise wrong_cells(
            frame[names[0]], lost, "must be reached by links from people of the same sample who were met at random"
        )
    to = np.empty(order.size, dtype=np.int64)
    to[order] = np.arange(order.size)
    first, linked = _rows_of_links(to[inside], person.size)
    return TracedSample(person[order], int(initial.sum()), known[person[order]], first, linked)


def _rows_of_links(pairs: Array, people: int) -> tuple[Array, Array]:
    """Lay links out by person."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=people))])
    return first.astype(np.int64), both[:, 1].astype(np.int64)


def _reached(initial: Array, first: Array, linked: Array) -> Array:
    """Return places in an order in which everybody is linked to somebody before, people met at random first."""
    order = np.flatnonzero(initial).tolist()
    seen = set(order)
    for now in order:
        for one in linked[first[now] : first[now + 1]].tolist():
            if one not in seen:
                seen.add(one)
                order.append(one)
    return np.array(order, dtype=np.int64)
