"""One method tried on one table: an estimate, a refusal, or a method that is not for such tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.result import COLUMNS

if TYPE_CHECKING:
    from ctresearch.core.estimator import Estimator
    from ctresearch.core.result import Result
    from ctresearch.prevalence.lists.histories import CaptureHistories


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a method.

    Parameters
    ----------
    result : Result or None
        What it said, if it said anything.
    applies : bool
        Whether it is for such tables at all.
    reason : str
        Why there is no number.

    Examples
    --------
    >>> Outcome(None, False, "needs three lists").usable
    False
    """

    result: Result | None
    applies: bool = True
    reason: str = ""

    @property
    def usable(self) -> bool:
        """Whether there is a number that may be shown."""
        return not self.reason

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """Estimate, standard error and limits of the population; ``NaN`` unless usable."""
        if self.result is None or not self.usable:
            return (np.nan,) * 4
        table = self.result.estimates
        estimate, std_error, low, high = (float(table[name]["population"]) for name in COLUMNS[:4])
        return estimate, std_error, low, high


def try_method(method: Estimator, histories: CaptureHistories) -> Outcome:
    """Fit one method; a failed check takes its number away.

    Parameters
    ----------
    method : Estimator
        Any that fits capture histories and has the term ``population``.
    histories : CaptureHistories
        A table that says something about people on no list.

    Returns
    -------
    Outcome
        The result, or why there is none.

    Raises
    ------
    SpecificationError
        If the result has no term ``population``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, Chapman
    >>> try_method(Chapman(), CaptureHistories.from_published("korea")).applies
    False
    """
    try:
        result = method.fit(histories)
    except FitError as error:
        return Outcome(None, reason=str(error))
    except (SpecificationError, DataError) as error:
        return Outcome(None, applies=False, reason=str(error))
    if "population" not in result.estimates.index:
        raise SpecificationError(
            f"{type(method).__name__} gives the terms {list(result.estimates.index)}, must give 'population'"
        )
    failed = [check for check in result.checks if check.status == "fail"]
    if failed:
        return Outcome(result, reason=" ".join(f"{check.name}: {check.message}" for check in failed))
    if not np.isfinite(float(result.estimates["estimate"]["population"])):
        return Outcome(result, reason="The method gives no estimate for this table.")
    return Outcome(result)
