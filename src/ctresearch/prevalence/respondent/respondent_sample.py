"""People who recruited one another: the sample that respondent-driven methods start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError
from ctresearch.core.render import MASK, as_card
from ctresearch.core.result import table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, one_of
from ctresearch.prevalence.respondent.forest import recruiters_by_coupon, recruiters_by_id, waves_and_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

UnknownDegree = Literal["refuse", "leave out", "one"]


@dataclass(frozen=True, eq=False, repr=False)
class RespondentSample:
    """A respondent-driven sample, checked.

    Build one with :meth:`from_frame` or :meth:`from_coupons`. People keep the order of the table, and no id is kept.

    Parameters
    ----------
    recruiter : numpy.ndarray
        Row of everybody's recruiter, shape (n,), -1 for a seed.
    degree : numpy.ndarray
        How many people of the population each knows, shape (n,); ``NaN`` for those left out of estimates, who count
        as recruiters and recruits all the same.
    wave, tree : numpy.ndarray
        Steps from a seed, and which seed's tree, from 0, both of shape (n,).
    traits : pandas.DataFrame
        What estimates are asked of, one row a person, with the index of the table that was read.
    order : numpy.ndarray, optional
        Rows in the order of the interviews, shape (n,); ``None`` where it is not known.
    scope : Scope
        Whom the sample is of; every estimate from it carries these words.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": [1, 2, 3], "recruiter": [None, 1, 1], "degree": [4, 2, 8], "debt": [1, 0, 1]})
    >>> RespondentSample.from_frame(frame, traits=["debt"])
    3 people in 1 wave from 1 seed
    """

    recruiter: Array
    degree: Array
    wave: Array
    tree: Array
    traits: pd.DataFrame = table_field()
    order: Array | None = None
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        person: str = "id",
        recruiter: str = "recruiter",
        degree: str = "degree",
        traits: Sequence[str] = (),
        *,
        order: str | None = None,
        seed_word: str | None = None,
        unknown_degree: UnknownDegree = "refuse",
        scope: Scope | None = None,
    ) -> RespondentSample:
        """Read a table in which each person names their recruiter.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.
        person, recruiter : str
            Columns of ids; that of the recruiter is missing for a seed.
        degree : str
            Column of how many people of the population each knows.
        traits : sequence of str
            Columns that estimates are asked of: categories, or numbers of more than two values.
        order : str, optional
            Column by which interviews are put in order, such as a date; by default the order of the rows, where all
            stand behind their recruiter.
        seed_word : str, optional
            What stands in place of a recruiter for a seed, where it is not missing, blank or the word ``"seed"``, such
            as ``"0"``.
        unknown_degree : {"refuse", "leave out", "one"}
            What to do where a degree is missing or zero: refuse the table; leave the person out of estimates, though
            not of the recruitment; or, for zeros alone, take them for one, since a recruiter knew them. No degree is
            ever made up.
        scope : Scope, optional
            Whom the sample is of.

        Returns
        -------
        RespondentSample
            The sample.

        Raises
        ------
        DataError
            If a column is missing, ids are missing or repeated, a recruiter is not in the table, somebody recruited
            themselves, recruitment runs in a circle, there is no seed, or a degree is unknown.

        Examples
        --------
        >>> frame = pd.DataFrame({"id": [1, 2], "recruiter": [0, 1], "degree": [4, None]})
        >>> RespondentSample.from_frame(frame, seed_word="0", unknown_degree="leave out").degree.tolist()
        [4.0, nan]
        """
        roles = (column_name("person", person), column_name("recruiter", recruiter))
        kept, names = _columns(frame, degree, traits, order, roles)
        found = recruiters_by_id(kept, person, recruiter, seed_word)
        return cls._read(kept, found, (degree, names, order), unknown_degree, scope)

    @classmethod
    def from_coupons(
        cls,
        frame: pd.DataFrame,
        came_with: str,
        given: Sequence[str],
        degree: str = "degree",
        traits: Sequence[str] = (),
        *,
        order: str | None = None,
        unknown_degree: UnknownDegree = "refuse",
        scope: Scope | None = None,
    ) -> RespondentSample:
        """Read a table in which each person has the coupon they came with and those they were given.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.
        came_with : str
            Column of the coupon a person brought, missing for a seed.
        given : sequence of str
            Columns of the coupons a person was given to pass on.
        degree, traits, order, unknown_degree, scope
            As :meth:`from_frame` takes them.

        Returns
        -------
        RespondentSample
            The sample.

        Raises
        ------
        DataError
            If a coupon was given out or brought more than once, or was given to nobody, and as :meth:`from_frame` says.

        Examples
        --------
        >>> frame = pd.DataFrame({"came": [None, "x1", "x2"], "one": ["x1", "y1", "z1"], "two": ["x2", "y2", "z2"]})
        >>> RespondentSample.from_coupons(frame.assign(degree=5), "came", ["one", "two"]).wave.tolist()
        [0, 1, 1]
        """
        coupons = column_names("given", given, least=1)
        roles = (column_name("came_with", came_with), *coupons)
        kept, names = _columns(frame, degree, traits, order, roles)
        found = recruiters_by_coupon(kept, came_with, coupons)
        return cls._read(kept, found, (degree, names, order), unknown_degree, scope)

    @classmethod
    def _read(
        cls,
        frame: pd.DataFrame,
        recruiter: Array,
        columns: tuple[str, tuple[str, ...], str | None],
        unknown_degree: UnknownDegree,
        scope: Scope | None,
    ) -> RespondentSample:
        """Check the forest and read what else there is of each person."""
        degree, traits, order = columns
        wave, tree = waves_and_trees(recruiter)
        values = _degrees(frame[degree], one_of("unknown_degree", unknown_degree, ("refuse", "leave out", "one")))
        arrays = (recruiter, values, wave, tree)
        for one in arrays:
            one.flags.writeable = False
        return cls(*arrays, frame[list(traits)], _in_order(frame, order, recruiter), scope or Scope())

    @property
    def n(self) -> int:
        """People in the sample."""
        return int(self.recruiter.size)

    @property
    def seeds(self) -> int:
        """People who were not recruited."""
        return int((self.recruiter < 0).sum())

    @property
    def waves(self) -> pd.Series[Any]:
        """People by wave, seeds in wave 0."""
        counts = np.bincount(self.wave)
        return pd.Series(counts, index=pd.RangeIndex(counts.size, name="wave"), name="people")

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        last = int(self.wave.max())
        waves, seeds = ("wave" if last == 1 else "waves"), ("seed" if self.seeds == 1 else "seeds")
        people = "person" if self.n == 1 else "people"
        return f"{self.n:,} {people} in {last} {waves} from {self.seeds} {seeds}"

    def _repr_html_(self) -> str:
        show = ["seeds"] if self.n >= MASK else []
        return as_card(self, says=[], show=show, people={"people": self.n})


def require_sample(sample: Any) -> RespondentSample:
    """Return a sample, or say what came in its place.

    Parameters
    ----------
    sample : object
        What the user gave.

    Returns
    -------
    RespondentSample
        The same.

    Raises
    ------
    DataError
        If it is something else.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": [1, 2], "recruiter": [None, 1], "degree": [4, 3]})
    >>> require_sample(RespondentSample.from_frame(frame)).n
    2
    """
    if not isinstance(sample, RespondentSample):
        raise DataError(
            f"sample is a {type(sample).__name__}, must be a RespondentSample: make one with "
            "RespondentSample.from_frame(table)"
        )
    return sample


def _columns(
    frame: Any, degree: str, traits: Sequence[str], order: str | None, roles: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Check that all columns are there; return them, and the names of the traits."""
    table = is_frame("frame", frame)
    names = column_names("traits", traits)
    used = [*roles, column_name("degree", degree), *names, *([] if order is None else [column_name("order", order)])]
    has_columns("frame", table, used)
    return table[list(dict.fromkeys(used))], names


def _degrees(column: pd.Series[Any], unknown: UnknownDegree) -> Array:
    """Return degrees, those that are not known as NaN."""
    if column.dtype.kind not in "fiu":
        numbers = pd.to_numeric(column, errors="coerce")
        wrong = (numbers.isna() & column.notna()).to_numpy() | np.full(len(column), column.dtype.kind == "b")
        refuse_cells(column, wrong, "must be how many people of the population each knows")
        column = numbers.rename(str(column.name))
    values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    wrong = (values < 0) | np.isinf(values)
    refuse_cells(column, wrong, "must be how many people of the population each knows, at least 1")
    if unknown == "one":
        values[values == 0] = 1.0
    gone = ~(values >= 1)
    if gone.any() and unknown != "leave out":
        cure = "unknown_degree='leave out' keeps these people out of estimates"
        cure += "" if unknown == "one" else ", and 'one' takes a zero for one"
        raise wrong_cells(column, gone, f"must be at least 1 and known: {cure}")
    values[gone] = np.nan
    if gone.all():
        raise DataError(f"none of {len(values)} people has a degree of at least 1, estimates need some")
    return values


def _in_order(frame: pd.DataFrame, order: str | None, recruiter: Array) -> Array | None:
    """Return rows in the order of interviews; None where the rows stand in none."""
    recruits = np.flatnonzero(recruiter >= 0)
    if order is None:
        ordered = np.arange(recruiter.size)
        return ordered if bool((recruiter[recruits] < recruits).all()) else None
    missing = frame[order].isna()
    refuse_cells(frame[order], missing, "must put everybody in order")
    ordered = np.argsort(pd.factorize(frame[order], sort=True)[0], kind="stable")
    rank = np.empty(ordered.size, dtype=np.int64)
    rank[ordered] = np.arange(ordered.size)
    early = np.zeros(recruiter.size, dtype=bool)
    early[recruits] = rank[recruiter[recruits]] > rank[recruits]
    refuse_cells(frame[order], early, "must be after that of the recruiter")
    return ordered
