"""Complex, parsimonious and intermediate solutions of a truth table, and what they assume about cases nobody has seen.

References
----------
.. [1] Ragin, C. C. and Sonnett, J. (2005). Between complexity and parsimony: limited diversity, counterfactual cases,
   and comparative analysis. In Kropp, S. and Minkenberg, M. (eds), Vergleichen in der Politikwissenschaft, 180-197. VS
   Verlag.
.. [2] Schneider, C. Q. and Wagemann, C. (2013). Doing justice to logical remainders in QCA: moving beyond the standard
   analysis. Political Research Quarterly 66, 211-220. https://doi.org/10.1177/1065912912468269
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.qualitative.comparative.implicants import (
    covers,
    implicants_against,
    implicants_within,
    smallest_covers,
)
from ctresearch.qualitative.comparative.sets import ANY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ctresearch.qualitative.comparative.sets import Term
    from ctresearch.qualitative.comparative.truth_table import TruthTable

Model = tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """The shortest combinations, every choice of the fewest that hold all rows, and the remainders each choice uses."""

    primes: tuple[Term, ...]
    models: tuple[Model, ...]
    assumed: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Intermediate:
    """An intermediate solution of one complex and one parsimonious choice, and the remainders that divide them.

    ``easy`` remainders agree with what theory expects, ``difficult`` ones do not, and are not used.
    """

    complex_model: Model
    parsimonious_model: Model
    solution: Solution
    easy: tuple[int, ...]
    difficult: tuple[int, ...]


def complex_solution(table: TruthTable) -> Solution:
    """Join the rows that go with the outcome, without any remainder."""
    positive = table.terms("1")
    primes = implicants_within(positive, table.levels)
    models = smallest_covers(primes, positive)
    return Solution(tuple(primes), tuple(models), tuple(() for _ in models))


def parsimonious_solution(table: TruthTable, exclude: Collection[int] = ()) -> Solution:
    """Join the rows that go with the outcome with whatever remainder makes them shorter.

    Parameters
    ----------
    table : TruthTable
        The truth table.
    exclude : collection of int
        Remainders, by their place, that must not be used.

    Returns
    -------
    Solution
        ``assumed`` holds the places of the remainders that each choice uses.
    """
    positive = table.terms("1")
    forbidden = [*table.terms("0", "C"), *(table.rows[i] for i in exclude if table.out[i] == "?")]
    primes = implicants_against(positive, forbidden)
    models = smallest_covers(primes, positive)
    free = [i for i in table.having("?") if i not in set(exclude)]
    return Solution(tuple(primes), tuple(models), tuple(_used(table, model, free) for model in models))


def _used(table: TruthTable, terms: Collection[Term], free: list[int]) -> tuple[int, ...]:
    """Return the remainders that some combinations hold."""
    return tuple(i for i in free if any(covers(term, table.rows[i]) for term in terms))


def intermediate_solutions(
    table: TruthTable,
    by_rows: Solution,
    short: Solution,
    expected: Mapping[int, Collection[int]],
    exclude: Collection[int] = (),
) -> list[Intermediate]:
    """Join rows with those remainders alone that agree with what theory expects.

    Parameters
    ----------
    table : TruthTable
        The truth table.
    by_rows, short : Solution
        The complex and the parsimonious solution.
    expected : mapping of int to collection of int
        Condition to the values that theory expects to go with the outcome.
    exclude : collection of int
        Remainders that must not be used.

    Returns
    -------
    list of Intermediate
        One for each pair of choices.
    """
    positive = table.terms("1")
    free = [i for i in table.having("?") if i not in set(exclude)]
    found = []
    for long in by_rows.models:
        for model, assumed in zip(short.models, short.assumed, strict=True):
            kept = {_kept(term, inner, expected) for term in long for inner in model if _part_of(inner, term)}
            easy = tuple(i for i in _used(table, kept, free) if i in assumed)
            rows = [*positive, *(table.rows[i] for i in easy)]
            primes = [t for t in implicants_within(rows, table.levels) if any(covers(t, row) for row in positive)]
            models = smallest_covers(primes, positive)
            used = tuple(_used(table, one, list(easy)) for one in models)
            solution = Solution(tuple(primes), tuple(models), used)
            found.append(Intermediate(long, model, solution, easy, tuple(i for i in assumed if i not in easy)))
    return found


def _part_of(short: Term, long: Term) -> bool:
    """Say whether all that one combination asks another asks as well."""
    return all(a in (ANY, b) for a, b in zip(short, long, strict=True))


def _kept(long: Term, short: Term, expected: Mapping[int, Collection[int]]) -> Term:
    """Drop from a complex combination what goes against theory and is not in the parsimonious one."""
    return tuple(
        ANY if value != ANY and short[i] == ANY and i in expected and value not in expected[i] else value
        for i, value in enumerate(long)
    )


def contradictory_assumptions(one: Solution, negated: Solution) -> tuple[int, ...]:
    """Return the remainders that are assumed to go with an outcome and with its absence."""
    return tuple(sorted({i for used in one.assumed for i in used} & {i for used in negated.assumed for i in used}))


def simultaneous_rows(table: TruthTable, negated: TruthTable) -> tuple[int, ...]:
    """Return the rows that go with an outcome and with its absence."""
    return tuple(i for i in table.having("1") if negated.out[i] == "1")
