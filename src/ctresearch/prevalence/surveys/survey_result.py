"""What a survey answers: a total, mean or ratio, by domain, with its design effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import count, key, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SurveyResult(Result):
    """A total, a mean or a ratio from a survey.

    Parameters
    ----------
    domains : pandas.DataFrame
        One row a domain, ``all`` first: ``people`` in the sample, ``represents``, the sum of their weights,
        ``design_effect``, the variance over that of a simple random sample of as many rows, and ``freedom``.
    freedom : int
        Degrees of freedom of the design: clusters less strata.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``total``, ``mean`` or ``ratio``, by
        ``group`` where domains were asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import SurveyTotal
    >>> sample = pd.DataFrame({"worked": [1, 0, 0, 1] * 9, "w": [30.0, 20.0] * 18})
    >>> SurveyTotal("worked", statistic="mean", weight="w").fit(sample).domains["represents"].tolist()
    [900.0]
    """

    domains: pd.DataFrame = table_field(
        {
            "group": key("Group"),
            "people": count("People in the sample"),
            "represents": model("People whom they represent", "persons"),
            "design_effect": model("Design effect", "ratio"),
            "freedom": count("Degrees of freedom", "clusters", of="nobody"),
        }
    )
    freedom: int = value_field(count("Degrees of freedom", "clusters", of="nobody"), default=0)
    terms: ClassVar[Mapping[str, Meaning]] = {
        "total": model("Estimated total", headline=True),
        "mean": model("Estimated mean", headline=True),
        "ratio": model("Estimated ratio", headline=True),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"group": key("Group")}
