"""What every result of this room carries: which outcome it is of, and what may have occurred behind detected cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core.result import Result, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PolicyResult(Result):
    """An estimate of what a policy did, with the kind of outcome it is about.

    Parameters
    ----------
    n : int
        Units and periods, such as country-years, that the estimate rests on.
    outcome_kind : str
        Adoption of a law, detection, response, harm to victims, or occurrence.
    occurrence_low, occurrence_high : float
        Where detected cases were measured: the least and greatest ratio of cases that occurred, with the policy to
        without it, under the chances of detection given; 0 and infinity where none were. ``NaN`` for other outcomes.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.policy import Panel, TwoWayWeights
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 7, 5, 6]})
    >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="detection")
    >>> TwoWayWeights().fit(panel).outcome_kind
    'detection'
    """

    n: int = value_field(col.count("Units and periods", "rows", of="nobody"))
    outcome_kind: str = value_field(col.mark("What was measured"))
    occurrence_low: float = value_field(col.model("Least ratio of cases that occurred"), default=np.nan)
    occurrence_high: float = value_field(col.model("Greatest ratio of cases that occurred"), default=np.nan)
    terms: ClassVar[Mapping[str, Meaning]] = {"*": col.model("Effect")}
