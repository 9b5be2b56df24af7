"""From lists of persons to the table that multiple systems estimation starts from, run where the lists are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import Inputs, record, table_digest
from ctresearch.core.names import name_key, refuse_alike
from ctresearch.core.pseudonym import pseudonym
from ctresearch.core.random import Seed, recorded_seed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.linkage.codes import Coder, Columns, code_list
from ctresearch.data.linkage.divide import divide
from ctresearch.data.linkage.error_result import error_result
from ctresearch.data.linkage.inclusion import inclusion_counts
from ctresearch.data.linkage.result import Linkage
from ctresearch.data.linkage.review import compared_names, review_table
from ctresearch.data.linkage.safeguards import custodian_key, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ctresearch.data.linkage.divide import Division

MOST_DRAWS, MOST_LISTS = 1000, 60
_PACKAGES = ("numpy", "pandas", "scipy", "numba", "splink", "duckdb")


def link(
    lists: Mapping[str, pd.DataFrame],
    *,
    purpose: str,
    separation_from_enforcement: str,
    key: str | Path | bytes | None = None,
    given: str = "given_name",
    family: str = "family_name",
    birth: str = "birth_date",
    also: Sequence[str] = (),
    draws: int = 20,
    one_per_list: bool = True,
    review: tuple[float, float] = (0.05, 0.95),
    scope: Scope | None = None,
    seed: Seed = 0,
) -> Linkage:
    """Link lists of persons and give who is on which lists, with the error of the linkage.

    Names and dates are turned into keyed codes of how they are spelt, how they sound and what a slip makes of them;
    Splink weighs the agreement of the codes [1]_ [2]_. What comes back holds no name, date or code. The linkage is one
    best answer and, for intervals that are honest about it, several drawn as the match probabilities allow [3]_.

    Parameters
    ----------
    lists : mapping of str to pandas.DataFrame
        Two lists or more, one row a person, nobody twice on a list.
    purpose : str
        What the lists are linked for, in words. Codes of different purposes cannot be matched with one another.
    separation_from_enforcement : str
        How linked data are kept from immigration enforcement, in words: who holds them, under which agreement.
    key : str, pathlib.Path or bytes, optional
        File of the custodian's key, outside every study, or its 32 bytes; by default the file that the environment
        variable ``CTRESEARCH_KEY_FILE`` names.
    given, family, birth : str
        Columns of given name, family name and date of birth. Names are in Latin letters; dates are datetimes or text
        as ``1998-07-23``, ``1998-07`` or ``1998``.
    also : sequence of str
        Columns that agree or do not, such as sex and nationality.
    draws : int
        Linkages to draw, 2 to 1,000.
    one_per_list : bool
        Whether a person has at most one record on a list.
    review : tuple of float
        Match probabilities between which a clerk should look at a pair.
    scope : Scope, optional
        Whom the lists count.
    seed : int or SeedSequence
        Where the random streams start.

    Returns
    -------
    Linkage
        Counts, drawn counts, error, model and review table.

    Raises
    ------
    SpecificationError
        Without a purpose or a separation from enforcement, or if an option is out of range.
    DataError
        If a list cannot be read, or no key is there.
    MissingExtraError
        If Splink is not installed; it comes with the extra ``linkage``.
    FitError
        If the weights of the agreements cannot be estimated from the lists.

    References
    ----------
    .. [1] Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical
       Association 64(328), 1183-1210. https://doi.org/10.1080/01621459.1969.10501049
    .. [2] Linacre, R., Lindsay, S., Manassis, T., Slade, Z., Hepworth, T., Kennedy, R. and Bond, A. (2022). Splink:
       free software for probabilistic record linkage at scale. International Journal of Population Data Science 7(3).
       https://doi.org/10.23889/ijpds.v7i3.1794
    .. [3] Sadinle, M. (2017). Bayesian estimation of bipartite matchings for record linkage. Journal of the American
       Statistical Association 112(518), 600-612. https://doi.org/10.1080/01621459.2016.1148612

    Examples
    --------
    >>> from ctresearch.data.synthetic import person_lists
    >>> made = person_lists(n=400, lists=["police", "charity"], inclusion=0.4, seed=1)
    >>> linked = link(made.tables, purpose="size of the population", key=b"k" * 32, also=["sex"], draws=5,
    ...               separation_from_enforcement="invented people, of whom no office knows")
    >>> abs(int(linked.counts["count"].sum()) - made.truth["observed"]) < 5
    True
    """
    stated = in_words("purpose", purpose), in_words("separation_from_enforcement", separation_from_enforcement)
    columns = Columns(given, family, birth, tuple(also))
    _check_options(lists, draws, review)
    secret = custodian_key(key)
    coder = Coder(secret, stated[0])
    coded = {name: code_list(name, frame, columns, coder) for name, frame in lists.items()}
    found = divide(coded, also=len(columns.also), draws=draws, one_per_list=one_per_list, seed=seed)
    tables = [inclusion_counts(one, found.list_of, tuple(coded)) for one in (found.best, *found.drawn)]
    return Linkage(
        lists=tuple(coded),
        counts=tables[0],
        drawn=pd.concat([one.assign(draw=d) for d, one in enumerate(tables[1:])], ignore_index=True),
        error=error_result(found, coded, scope=scope or Scope(), inputs=_inputs(lists, columns, secret, seed)),
        model=_model_table(found, columns.also),
        review=review_table(found, tuple(coded), columns.also, review),
        purpose=stated[0],
        separation_from_enforcement=stated[1],
    )


def _check_options(lists: Mapping[str, pd.DataFrame], draws: int, review: tuple[float, float]) -> None:
    """Check what does not depend on the content of the lists."""
    if not hasattr(lists, "items") or not 2 <= len(lists) <= MOST_LISTS:
        count = len(lists) if hasattr(lists, "__len__") else 0
        raise DataError(f"lists holds {count} lists, must be a mapping of 2 to {MOST_LISTS} names to tables")
    taken = [place for place, name in enumerate(lists, start=1) if not isinstance(name, str)]
    if taken:
        raise DataError(
            f"the name of list number {taken[0]} is no text, names must be text other than 'count' and 'draw'"
        )
    reserved = next((name for name in ("count", "draw") if name in map(name_key, lists)), None)
    if reserved is not None:
        raise DataError(f"a list is called {reserved!r}, names must be text other than 'count' and 'draw'")
    refuse_alike(list(lists), "lists")
    whole_number("draws", draws, low=2, high=MOST_DRAWS)
    for bound in review:
        in_range("review", bound, 0, 1)
    if review[0] >= review[1]:
        raise SpecificationError(f"review == {review!r}, the first probability must be below the second")


def _inputs(lists: Mapping[str, pd.DataFrame], columns: Columns, secret: bytes, seed: Seed) -> Inputs:
    """Record the lists by a keyed digest, so that they cannot be guessed from it."""
    told = record(pd.DataFrame({"list": list(lists)}), seed=recorded_seed(seed), packages=_PACKAGES)
    digests = [table_digest(frame[list(columns.all)]) for frame in lists.values()]
    return replace(told, digest=pseudonym("".join(digests), secret, purpose="linkage input"), keyed=True)


def _model_table(found: Division, also: Sequence[str]) -> pd.DataFrame:
    """List the levels of agreement and what they weigh."""
    names = compared_names(also)
    rows = [
        (names.get(name, name), words, m, u, weight)
        for name, levels in found.scores.chances.items()
        for words, (m, u, weight) in levels.items()
    ]
    return pd.DataFrame(rows, columns=["comparison", "agreement", "m", "u", "weight"])
