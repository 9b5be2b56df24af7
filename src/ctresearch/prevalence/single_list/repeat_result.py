"""What models of one list answer: how many there are, coefficients, frequencies and the fit to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import by_row, count, key, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.lists.declared import GOODNESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RepeatCountResult(Result):
    """Population size from one list on which people stand once or more often.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        By ``part`` (``mean``, ``dispersion``, ``inflation`` or ``twice``) and ``term``, on the log or logit scale.
    groups : pandas.DataFrame, optional
        One row a group of ``by=``: people seen and population.
    frequencies : pandas.DataFrame, optional
        People seen so many times, and how many the model expects; the last row gathers those where it expects fewer
        than five.
    goodness_of_fit : pandas.DataFrame, optional
        Pearson's statistic and the likelihood ratio of these frequencies.
    log_likelihood, aic, bic : float
        Of the model at its maximum, for those of whom its likelihood speaks.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import ZeroTruncated
    >>> seen = pd.DataFrame({"times": [1, 2, 3], "people": [500, 120, 20]})
    >>> result = ZeroTruncated(count="times", frequency="people").fit(seen)
    >>> result.goodness_of_fit["df"].tolist()
    [1, 1]
    """

    coefficients: pd.DataFrame = table_field(
        {
            "part": key("Part of the model"),
            "term": key("Term"),
            "estimate": by_row(
                "part",
                {
                    "mean": model("Coefficient", "log mean count", reader="ratio"),
                    "dispersion": model("Coefficient of the dispersion", "log dispersion", reader="ratio"),
                    "*": model("Coefficient of a share", "log odds", reader="ratio"),
                },
                "Coefficient",
            ),
            "std_error": model("Standard error"),
            "ci_low": model("Lower limit"),
            "ci_high": model("Upper limit"),
        }
    )
    groups: pd.DataFrame | None = table_field(
        {
            "group": key("Group"),
            "people": count("People seen"),
            "estimate": model("Estimated population", "persons"),
            "std_error": model("Standard error", "persons"),
            "ci_low": model("Lower limit", "persons"),
            "ci_high": model("Upper limit", "persons"),
        },
        optional=True,
    )
    frequencies: pd.DataFrame | None = table_field(
        {
            "times": key("Times seen"),
            "observed": count("People seen so many times"),
            "fitted": model("People expected by the model", "persons"),
        },
        optional=True,
    )
    goodness_of_fit: pd.DataFrame | None = table_field(GOODNESS, optional=True)
    log_likelihood: float = value_field(model("Log-likelihood"), default=float("nan"))
    aic: float = value_field(model("AIC"), default=float("nan"))
    bic: float = value_field(model("BIC"), default=float("nan"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "population": model("Estimated population", "persons", headline=True),
        "unobserved": model("Estimated number never seen", "persons"),
    }
