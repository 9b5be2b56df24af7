"""Shares pooled from their counts, so that shares of nobody and of everybody count too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.stats.pooling.binomial import POINTS, pooled_proportion

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.stats.pooling.binomial import PooledProportion

    Floats = NDArray[np.float64]

_FEW = 5
_ASSUMPTIONS = (
    "In each study people have it or not independently, with one chance for all of them.",
    "Log odds differ between studies as if drawn from one normal distribution.",
    "The studies that exist are those that would have been published whatever they found.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BinomialPoolResult(Result):
    """A pooled share, on the scale of log odds.

    Parameters
    ----------
    studies : int
        How many; ``n`` is the people asked in all of them.
    without : int
        Studies in which nobody had it.
    everybody : int
        Studies in which everybody had it.
    share, share_low, share_high : float
        The share of a study in the middle, with limits.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``pooled``, ``prediction`` and ``tau2``.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.regions import BinomialPool
    >>> frame = pd.DataFrame({"with": [0, 2, 5, 1], "asked": [20, 30, 40, 25]})
    >>> BinomialPool(events="with", total="asked").fit(frame).without
    1
    """

    studies: int = value_field(count("Studies", "studies", of="nobody"))
    without: int = value_field(count("Studies in which nobody had it", "studies", of="nobody"))
    everybody: int = value_field(count("Studies in which everybody had it", "studies", of="nobody"))
    share: float = value_field(model("Share in a study in the middle", reader="percent"))
    share_low: float = value_field(model("Lower limit of the share", reader="percent"))
    share_high: float = value_field(model("Upper limit of the share", reader="percent"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "pooled": model("Pooled log odds", reader="ratio", headline=True),
        "prediction": model("Log odds to be expected of a further study", reader="ratio"),
        "tau2": model("Variance between true values"),
    }


class BinomialPool(Options):
    """Pool shares by the exact likelihood of their counts.

    Parameters
    ----------
    events, total : str
        Columns: people with it, and people asked.
    points : int
        Points of the quadrature over what differs between studies.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the shares are about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Nothing is added to zeros. The pooled share is that of a study in the middle: the mean share of all studies is
    nearer to one half where they differ.

    References
    ----------
    .. [1] Stijnen, T., Hamza, T. H. and Ozdemir, P. (2010). Random effects meta-analysis of event outcome in the
       framework of the generalized linear mixed model with applications in sparse data. Statistics in Medicine 29,
       3046-3067. https://doi.org/10.1002/sim.4040

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"with": [0, 2, 5, 1, 3, 9], "asked": [20, 30, 40, 25, 22, 60]})
    >>> found = BinomialPool(events="with", total="asked").fit(frame)
    >>> print(f"{found.share:.3f} ({found.share_low:.3f} to {found.share_high:.3f})")
    0.102 (0.066 to 0.152)
    """

    def __init__(
        self, *, events: str, total: str, points: int = POINTS, level: float = 0.95, scope: Scope | None = None
    ) -> None:
        self.events, self.total = column_name("events", events), column_name("total", total)
        self.points = whole_number("points", points, low=1, high=100)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> BinomialPoolResult:
        """Pool the shares.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a study.

        Returns
        -------
        BinomialPoolResult
            Terms on the scale of log odds.

        Raises
        ------
        DataError
            If a column or value is missing, a count is no whole number or above its total, or there are fewer than two
            studies, or nobody or everybody had it in all of them.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"with": [5, 5], "asked": [10, 10]})
        >>> round(BinomialPool(events="with", total="asked").fit(frame).share, 6)
        0.5
        """
        events, total = self._read(frame)
        found = pooled_proportion(events, total, self.points)
        from scipy.special import expit, ndtri

        reach, nan = float(ndtri((1 + self.level) / 2)), float("nan")
        spread = float(np.sqrt(found.std_error**2 + found.tau2))
        rows = {
            "pooled": (found.mean, found.std_error, *_about(found.mean, reach * found.std_error)),
            "prediction": (found.mean, spread, *_about(found.mean, reach * spread)),
            "tau2": (found.tau2, nan, nan, nan),
        }
        checks = _checks(found, len(frame))
        stands = all(one.stands for one in checks)
        low, high = _about(found.mean, reach * found.std_error) if stands else (nan, nan)
        return BinomialPoolResult(
            method=say("Shares of {n} studies pooled by their counts", n=len(frame)),
            estimates=estimates_table(rows).assign(unit=["log odds", "log odds", ""]),
            n=int(total.sum()),
            studies=len(frame),
            level=self.level,
            interval="normal",
            scale="logit",
            scope=self.scope,
            checks=checks,
            assumptions=_ASSUMPTIONS,
            references=references(BinomialPool),
            inputs=record(frame[[self.events, self.total]], packages=("numpy", "scipy")),
            smallest_group=int(total.min()),
            without=int((events == 0).sum()),
            everybody=int((events == total).sum()),
            share=float(expit(found.mean)),
            share_low=float(expit(low)),
            share_high=float(expit(high)),
        )

    def _read(self, frame: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return the counts."""
        is_frame("studies", frame)
        has_columns("studies", frame, [self.events, self.total])
        if len(frame) < 2:
            raise DataError(f"studies have {len(frame)} rows, must have at least 2 to be pooled")
        refuse_missing(frame, [self.events, self.total])
        events, total = read_numbers(frame, self.events), read_numbers(frame, self.total)
        wrong = (total < 1) | (total != np.round(total))
        refuse_cells(frame[self.total], wrong, "must be whole numbers of 1 or more", name=self.total)
        wrong = (events < 0) | (events != np.round(events)) | (events > total)
        if wrong.any():
            must = f"must be whole numbers from 0 to {self.total}"
            raise wrong_cells(frame[self.events], wrong, must, name=self.events)
        if events.sum() in {0, total.sum()}:
            raise DataError(
                f"in all {len(frame)} studies nobody or everybody has it: log odds are without bound, and there is no "
                "pooled share; give the upper limit of the whole instead"
            )
        return events, total


def _about(middle: float, reach: float) -> tuple[float, float]:
    """Return limits on both sides."""
    return (middle - reach, middle + reach)


def _checks(found: PooledProportion, studies: int) -> tuple[Check, ...]:
    """Ask what speaks against the estimate."""
    if found.converged and np.isfinite(found.std_error):
        solved = Check("convergence", "pass", say("The likelihood has a maximum, and curves down around it."))
    else:
        said = say("The likelihood has no maximum within reach: there is no estimate.")
        solved = Check("convergence", "fail", said, voids=True)
    numbers = {"studies": studies}
    if studies < _FEW:
        said = say("{studies} studies say little about how much shares differ: limits are too narrow.", studies=studies)
        return (solved, Check("studies", "review", said, numbers))
    return (solved, Check("studies", "pass", say("{studies} studies.", studies=studies), numbers))
