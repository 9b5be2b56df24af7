"""What a comparative analysis says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from ctresearch.core.errors import DataError
from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning

_FIT = {
    "consistency": model("Consistency"),
    "pri": model("Proportional reduction in inconsistency"),
    "coverage": model("Coverage"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ComparativeResult(Result):
    """Combinations of conditions that go with an outcome.

    Parameters
    ----------
    formula : str
        The first model of the solution asked for: ``"DEV*STB + ~URB -> SURV"``.
    solutions : pandas.DataFrame
        One row a combination: ``solution`` (complex, parsimonious, intermediate), ``model`` (1, 2, ... where several
        are as short), ``term``, ``consistency``, ``pri``, ``coverage`` and ``unique_coverage``, ``cases`` that stand in
        it.
    truth_table : pandas.DataFrame
        One row a combination of all conditions: the conditions, ``row``, ``cases``, ``consistency``, ``pri`` and
        ``out``: 1, 0, C for a contradiction, ? for a remainder.
    remainders : pandas.DataFrame
        The remainders that a solution uses: the conditions, ``row``, ``parsimonious`` and ``intermediate`` (whether it
        is used there) and ``contradictory`` (whether the absence of the outcome is assumed there as well).
    necessary : pandas.DataFrame
        Each condition and each longer expression that is necessary and telling: ``expression``, ``consistency``,
        ``relevance``, ``coverage``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.qualitative import QualitativeComparative
    >>> cases = pd.DataFrame({"rich": [1, 1, 1, 0, 0], "stable": [1, 1, 0, 1, 0], "survived": [1, 1, 0, 0, 0]})
    >>> QualitativeComparative(outcome="survived", conditions=["rich", "stable"], consistency=1.0).fit(cases).formula
    'rich*stable -> survived'
    """

    n: int = value_field(count("Cases", "cases", of="case"))
    formula: str = value_field(mark("Solution"), default="")
    solutions: pd.DataFrame = table_field(
        {
            "solution": key("Solution"),
            "model": key("Model"),
            "term": key("Combination"),
            **_FIT,
            "unique_coverage": model("Unique coverage"),
            "cases": count("Cases in the combination", "cases", of="case"),
        }
    )
    truth_table: pd.DataFrame = table_field(
        {
            "*": key("Condition"),
            "row": key("Row"),
            "cases": count("Cases in the row", "cases", of="case"),
            "consistency": _FIT["consistency"],
            "pri": _FIT["pri"],
            "out": mark("Goes with the outcome"),
        }
    )
    remainders: pd.DataFrame = table_field(
        {
            "*": key("Condition"),
            "row": key("Row"),
            "parsimonious": mark("Used by the parsimonious solution"),
            "intermediate": mark("Used by the intermediate solution"),
            "contradictory": mark("Assumed for the absence as well"),
        }
    )
    necessary: pd.DataFrame = table_field(
        {
            "expression": key("Expression"),
            "consistency": _FIT["consistency"],
            "relevance": model("Relevance of necessity"),
            "coverage": _FIT["coverage"],
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "consistency": model("Consistency of the solution", headline=True),
        "pri": model("Proportional reduction in inconsistency of the solution"),
        "coverage": model("Coverage of the solution"),
    }

    def at_least(self, cases: int) -> Self:
        """Return what rests on so many cases at least, for a release.

        Parameters
        ----------
        cases : int
            Fewest cases that a row of the truth table, or a combination of a solution, may hold.

        Returns
        -------
        ComparativeResult
            Without rows and combinations of fewer cases, and without the remainders, which tell of rows of few or none.
            ``smallest_group`` is the fewest cases behind what is left.

        Raises
        ------
        DataError
            If no row is left.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.qualitative import QualitativeComparative
        >>> rich, stable = [1] * 6 + [0] * 7, [1] * 6 + [0] * 6 + [1]
        >>> cases = pd.DataFrame({"rich": rich, "stable": stable, "held": rich})
        >>> found = QualitativeComparative(outcome="held", conditions=["rich", "stable"]).fit(cases)
        >>> found.smallest_group, found.at_least(5).smallest_group
        (1, 6)
        """
        least = whole_number("cases", cases, low=1)
        rows = self.truth_table[self.truth_table["cases"] >= least]
        if rows.empty:
            raise DataError(
                f"0 of {len(self.truth_table):,} combinations are shown by {least} cases, must be some: ask for fewer"
            )
        covered = self.solutions[self.solutions["cases"] >= least]
        return replace(
            self,
            truth_table=rows,
            solutions=covered,
            remainders=self.remainders.iloc[:0],
            smallest_group=int(min(rows["cases"].min(), *covered["cases"])),
        )
