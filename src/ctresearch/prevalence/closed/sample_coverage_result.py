"""What the sample coverage says about a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ctresearch.core.meaning import key, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.lists.declared import POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SampleCoverageResult(Result):
    """Population size from the sample coverage.

    Parameters
    ----------
    coverage : float
        Estimated share of the population that the lists cover, each list's chances as weights.
    estimators : pandas.DataFrame
        Indexed by ``estimator``: the estimates for independent lists, high coverage and one step, NaN where one says
        that there are fewer people than were seen.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, SampleCoverage
    >>> round(SampleCoverage().fit(CaptureHistories.from_published("hav-taiwan")).coverage, 3)
    0.513
    """

    coverage: float = value_field(model("Estimated share of the population on the lists", reader="percent"))
    estimators: pd.DataFrame = table_field(
        {"estimator": key("Estimator"), "estimate": model("Estimated population", "persons")}
    )
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work log-normal limits out at another level from the standard error."""
        import pandas as pd

        from ctresearch.prevalence.closed.lognormal import lognormal_limits

        table = self.estimates
        unseen, std_error = float(table["estimate"]["unobserved"]), float(table["std_error"]["unobserved"])
        low, high = lognormal_limits(self.n, unseen, std_error, level)
        terms = table.index
        return pd.Series([low, low - self.n], index=terms), pd.Series([high, high - self.n], index=terms)
