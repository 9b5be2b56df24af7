"""What a comparative analysis says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.result import Result, table_field, value_field

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
