"""Trim and fill: what pooling would find if the studies that an uneven funnel lacks were there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.regions.study_table import read_studies, read_unit, unit_on
from ctresearch.stats.pooling.asymmetry import mixed_test
from ctresearch.stats.pooling.random_effects import METHODS, pooled_mean
from ctresearch.stats.pooling.trim_fill import trim_and_fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.result import Scale
    from ctresearch.stats.pooling.random_effects import Between
    from ctresearch.stats.pooling.trim_fill import Missing, Side

_ENOUGH = 10
_ASSUMPTIONS = (
    "The funnel is uneven because studies are missing on one side, and for no other reason.",
    "Studies filled in mirror those on the other side.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrimAndFillResult(Result):
    """A pooled estimate with and without the studies that seem to be missing.

    Parameters
    ----------
    missing : int
        How many were filled in.
    missing_error : float
        Standard error of that number.
    side : str
        Where they are missing.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``filled`` and ``pooled``, as the studies are.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.regions import TrimAndFill
    >>> frame = pd.DataFrame({"estimate": [0.2, 0.5, 0.9, 0.4], "std_error": [0.1, 0.2, 0.1, 0.1]})
    >>> TrimAndFill(side="left").fit(frame).side
    'left'
    """

    n: int = value_field(count("Studies", "studies", of="nobody"))
    missing: int = value_field(count("Studies filled in", "studies", of="nobody"))
    missing_error: float = value_field(model("Standard error of the studies filled in"))
    side: str = value_field(mark("Side on which studies are missing"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "filled": model("Pooled estimate with the studies filled in", reader="ratio", headline=True),
        "pooled": model("Pooled estimate", reader="ratio"),
    }


class TrimAndFill(Options):
    """Fill in the studies that an uneven funnel lacks, and pool again.

    Parameters
    ----------
    estimator : {"L0", "R0", "Q0"}
        How the number missing is estimated.
    side : {"left", "right"}, optional
        Where studies are missing; by default away from the small studies, as Egger's regression finds them.
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance between true values is found.
    scale : {"identity", "log", "logit"}
        What the estimates in the table already are.
    unit : str
        What the estimates are of before logarithms, such as ``"persons"``; the result says ``"log persons"``.
    estimate, std_error : str
        Columns of the estimates and their standard errors.
    label : str, optional
        Column of names; the index by default.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    It says how far an even funnel would move the estimate, and is no correction of it.

    References
    ----------
    .. [1] Duval, S. and Tweedie, R. (2000). Trim and fill: a simple funnel-plot-based method of testing and adjusting
       for publication bias in meta-analysis. Biometrics 56, 455-463. https://doi.org/10.1111/j.0006-341X.2000.00455.x

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"estimate": [0.2, 0.3, 0.9, 0.4, 1.2], "std_error": [0.1, 0.1, 0.4, 0.1, 0.5]})
    >>> found = TrimAndFill(method="fixed").fit(frame)
    >>> print(f"{found.missing} studies are missing on the {found.side}")
    2 studies are missing on the left
    """

    def __init__(
        self,
        *,
        estimator: Missing = "L0",
        side: Side | None = None,
        method: Between = "reml",
        scale: Scale = "identity",
        unit: str = "",
        estimate: str = "estimate",
        std_error: str = "std_error",
        label: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.estimator: Missing = one_of("estimator", estimator, ("L0", "R0", "Q0"))
        self.side: Literal["left", "right"] | None = None if side is None else one_of("side", side, ("left", "right"))
        self.method: Between = one_of("method", method, METHODS)
        self.scale: Scale = one_of("scale", scale, ("identity", "log", "logit"))
        self.unit = read_unit(unit)
        self.estimate, self.std_error = column_name("estimate", estimate), column_name("std_error", std_error)
        self.label = None if label is None else column_name("label", label)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> TrimAndFillResult:
        """Fill in and pool.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a study, three or more.

        Returns
        -------
        TrimAndFillResult
            Terms ``filled`` and ``pooled``.

        Raises
        ------
        DataError
            If a column or value is missing, or there are fewer than three studies.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"estimate": [0.2, 0.3, 0.4], "std_error": [0.1, 0.1, 0.1]})
        >>> TrimAndFill(side="left").fit(frame).missing
        0
        """
        from scipy.special import ndtri

        data = read_studies(frame, (self.estimate, self.std_error), label=self.label, least=3)
        side = self.side
        if side is None:
            alike = np.ptp(data.v) <= 1e-12 * data.v.max()
            slope = 1.0 if alike else mixed_test(data.y, data.v, np.sqrt(data.v), self.method).statistic
            side = "right" if slope < 0 else "left"
        filled = trim_and_fill(data.y, data.v, self.method, self.estimator, side)
        reach, rows = float(ndtri((1 + self.level) / 2)), {}
        for name, y, v in (("filled", filled.y, filled.v), ("pooled", data.y, data.v)):
            found = pooled_mean(y, v, self.method)
            error = float(np.sqrt(found.variance))
            rows[name] = (found.mean, error, found.mean - reach * error, found.mean + reach * error)
        used = [self.estimate, self.std_error, *([self.label] if self.label else [])]
        return TrimAndFillResult(
            method=say("Trim and fill of {n} studies", n=len(frame)),
            estimates=estimates_table(rows, unit=unit_on(self.scale, self.unit)),
            n=len(frame),
            level=self.level,
            interval="random-effects",
            scale=self.scale,
            scope=self.scope,
            checks=_checks(filled.missing, len(frame)),
            assumptions=_ASSUMPTIONS,
            references=references(TrimAndFill),
            inputs=record(frame[used], packages=("numpy", "scipy")),
            missing=filled.missing,
            missing_error=filled.std_error,
            side=side,
        )


def _checks(missing: int, studies: int) -> tuple[Check, ...]:
    """Ask what speaks against the estimate."""
    numbers = {"missing": missing, "studies": studies}
    if studies < _ENOUGH:
        said = say("{studies} studies are too few to see whether a funnel is even.", studies=studies)
        return (Check("funnel", "review", said, numbers),)
    if missing:
        said = say("{missing} studies seem to be missing beside {studies}.", missing=missing, studies=studies)
        return (Check("funnel", "review", said, numbers),)
    return (Check("funnel", "pass", say("No study seems to be missing beside {studies}.", studies=studies), numbers),)
