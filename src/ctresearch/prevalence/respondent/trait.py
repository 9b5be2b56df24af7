"""What an estimate is asked of: a trait in categories, or one that is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.validate import has_columns
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample

    Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait of n people.

    ``values`` (n, terms) holds one column a level, 1 for those who have it, or the one column of a measured trait;
    ``codes`` (n,) the level of each, all 0 for a measured trait; ``terms`` the levels, or the name of the trait.
    """

    name: str
    terms: tuple[str, ...]
    codes: Array
    values: Array
    measured: bool

    @property
    def groups(self) -> int:
        """How many groups recruitment is counted between: one for a measured trait."""
        return 1 if self.measured else len(self.terms)

    def people(self) -> Array:
        """Return people by group, shape (groups,)."""
        return np.bincount(self.codes, minlength=self.groups)

    def fewest(self) -> int:
        """Return the fewest people whom an estimate tells apart."""
        return smallest_of(self.people())


def read_trait(sample: RespondentSample, name: str) -> Trait:
    """Read a trait of a sample.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    name : str
        A column that was named in ``traits``. Text, yes or no, categories and numbers of two values are levels; numbers
        of more than two are measured.

    Returns
    -------
    Trait
        The trait.

    Raises
    ------
    DataError
        If it is no trait of the sample, a value is missing, or everybody has the same.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import RespondentSample
    >>> frame = pd.DataFrame({"id": [1, 2, 3], "recruiter": [None, 1, 1], "degree": [4, 2, 8], "debt": [1, 0, 1]})
    >>> read_trait(RespondentSample.from_frame(frame, traits=["debt"]), "debt").terms
    ('0', '1')
    """
    frame = sample.traits
    if not len(frame.columns):
        raise DataError(f"the sample has no traits, one must be {name!r}: name them with traits= when it is read")
    has_columns("the sample", frame, [name])
    frame = frame[[name]].reset_index(drop=True)
    refuse_missing(frame, [name])
    column = frame[name]
    if column.dtype.kind in "fiu" and column.nunique() > 2:
        numbers = read_numbers(frame, name)
        return Trait(name, (name,), np.zeros(len(frame), dtype=np.int64), numbers[:, None], measured=True)
    groups = read_groups(frame, name)
    if len(groups.names) < 2:
        raise DataError(
            f"trait {name!r} has {len(groups.names)} level among {len(frame)} people, must have at least two: nothing "
            "is to be estimated where all are alike"
        )
    values = (groups.codes[:, None] == np.arange(len(groups.names))).astype(np.float64)
    return Trait(name, groups.names, groups.codes, values, measured=False)


def trait_name(trait: str) -> str:
    """Return the name of a trait as an option.

    Parameters
    ----------
    trait : str
        What the user gave.

    Returns
    -------
    str
        The same.

    Examples
    --------
    >>> trait_name("debt")
    'debt'
    """
    return column_name("trait", trait)
