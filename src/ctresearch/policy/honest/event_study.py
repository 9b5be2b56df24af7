"""An event study as honest bounds read it: coefficients, their covariance, and where the reference lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.result import reach
from ctresearch.core.validate import in_range, one_of
from ctresearch.policy.adoption.staggered_result import StaggeredResult

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Target = Literal["average", "first"] | Sequence[float]
# matrices of packages are symmetric to their last digits, not to the last bit
_ALIKE = 1e-8
_NO_REFERENCE = {
    "borusyak-jaravel-spiess": "its times before adoption come from another regression than its effects",
    "gardner": "its times before adoption are part of the fit that effects are held against",
}


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """Coefficients by time since adoption against one reference time.

    Parameters
    ----------
    since : numpy.ndarray
        Times since adoption, rising, evenly spaced but for the reference, which is left out, shape (periods,).
    estimate : numpy.ndarray
        Coefficients, shape (periods,).
    covariance : numpy.ndarray
        Their covariance, periods by periods.
    reference : float
        Time since adoption of the reference.

    Raises
    ------
    DataError
        If shapes do not agree, the covariance is none, times have gaps, or no time lies before the reference or after.

    Examples
    --------
    >>> EventStudy([-2, 0, 1], [0.0, 0.4, 0.6], np.eye(3) * 0.01).before
    1
    """

    since: ArrayLike
    estimate: ArrayLike
    covariance: ArrayLike
    reference: float = -1.0

    def __post_init__(self) -> None:
        """Read the arrays and refuse what is no event study."""
        since, estimate = _numbers("since", self.since, 1), _numbers("estimate", self.estimate, 1)
        covariance = _numbers("covariance", self.covariance, 2)
        in_range("reference", self.reference)
        many = len(since)
        if since.shape != estimate.shape or covariance.shape != (many, many) or many < 2:
            raise DataError(
                f"since has {since.size} values, estimate {estimate.size} and covariance the shape {covariance.shape}, "
                "must have as many each, at least 2, with a square covariance"
            )
        _refuse_no_covariance(covariance)
        whole = np.sort(np.append(since, self.reference))
        steps = np.diff(whole)
        if (np.diff(since) <= 0).any() or not np.isfinite(whole).all() or np.ptp(steps) > _ALIKE * steps.max():
            raise DataError(
                f"{many} times since adoption and the reference are not evenly spaced and rising, must be: leave out "
                "times beyond a gap"
            )
        if not (since < self.reference).any() or not (since >= 0).any():
            raise DataError(
                f"{int((since < self.reference).sum())} times lie before the reference and {int((since >= 0).sum())} "
                "from adoption on, must be at least one each: nothing is known of trends before"
            )
        for name, value in (("since", since), ("estimate", estimate), ("covariance", covariance)):
            value.setflags(write=False)
            object.__setattr__(self, name, value)

    @property
    def before(self) -> int:
        """How many times lie before the reference."""
        return int((np.asarray(self.since) < self.reference).sum())

    def weights(self, target: Target) -> Floats:
        """Return the weights of the times after the reference in a target.

        Parameters
        ----------
        target : {"average", "first"} or sequence of float
            All times from adoption on alike, the time of adoption, or a weight for each time after the reference.

        Returns
        -------
        numpy.ndarray
            Shape (periods - before,).

        Raises
        ------
        SpecificationError
            If there are as many weights as times after the reference in no way, or all are 0.

        Examples
        --------
        >>> EventStudy([-2, 0, 1], [0.0, 0.4, 0.6], np.eye(3) * 0.01).weights("average").tolist()
        [0.5, 0.5]
        """
        after = np.asarray(self.since)[self.before :]
        if isinstance(target, str):
            one_of("target", target, ("average", "first"))
            chosen = after >= 0 if target == "average" else after == after[after >= 0].min()
            return np.asarray(chosen / chosen.sum(), dtype=float)
        given = _numbers("target", target, 1)
        if given.shape != after.shape or not np.isfinite(given).all() or not given.any():
            raise SpecificationError(
                f"target has {given.size} weights, must have {len(after)}, one for each time after the reference, and "
                "not all 0"
            )
        return given

    def _repr_html_(self) -> str:
        import pandas as pd

        errors = np.sqrt(np.diag(self.covariance))
        table = pd.DataFrame({"since": self.since, "estimate": self.estimate, "std_error": errors}).set_index("since")
        return as_card(self, says=[], show=["reference"], tables=[table.round(4)])


def _numbers(name: str, given: ArrayLike, axes: int) -> Floats:
    """Return numbers of so many axes, as a copy."""
    try:
        found = np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{name} is a {type(given).__name__} of something else, must hold numbers alone") from None
    if found.ndim != axes:
        raise DataError(f"{name} has {found.ndim} axes, must have {axes}")
    return found


def _refuse_no_covariance(covariance: Floats) -> None:
    """Refuse a matrix that is no covariance."""
    if not np.isfinite(covariance).all():
        raise DataError(
            f"covariance has {int((~np.isfinite(covariance)).sum())} missing or infinite values, must have none: the "
            "event study has no standard errors of its own, or does not stand"
        )
    size = np.abs(covariance).max()
    apart, least = np.abs(covariance - covariance.T).max(), np.linalg.eigvalsh(covariance)[0]
    if apart > _ALIKE * size or least < -_ALIKE * size:
        raise DataError(
            f"covariance differs from its transpose by up to {apart:.3g} and has {least:.3g} as its least eigenvalue, "
            "must be symmetric with eigenvalues of at least 0: it is no covariance"
        )
    if (np.diag(covariance) <= 0).any():
        raise DataError(f"{int((np.diag(covariance) <= 0).sum())} variances are not above 0, must all be")


def read_event_study(data: Any) -> tuple[EventStudy, tuple[Check, ...]]:
    """Read an event study from a result, as far around the reference as it has errors.

    Parameters
    ----------
    data : StaggeredResult or EventStudy
        The result.

    Returns
    -------
    tuple
        The event study, and what was left out.

    Raises
    ------
    DataError
        If it is no event study, its times before adoption are not held against one reference, or it does not stand.

    Examples
    --------
    >>> from ctresearch.policy import StaggeredAdoption, simulate_adoption
    >>> result = StaggeredAdoption(base="universal").fit(simulate_adoption(units=60, cohorts=(4,), seed=1))
    >>> read_event_study(result)[0].before
    3
    """
    if isinstance(data, EventStudy):
        return data, ()
    if not isinstance(data, StaggeredResult):
        raise DataError(
            f"data is a {type(data).__name__}, must be a result of StaggeredAdoption or an EventStudy of estimates and "
            "their covariance"
        )
    if data.estimator in _NO_REFERENCE:
        raise DataError(
            f"estimator == {data.estimator!r}, must be one whose times before adoption share the reference of its "
            f"effects, but {_NO_REFERENCE[data.estimator]}: use 'callaway-santanna' with base='universal', or "
            "'sun-abraham'"
        )
    if data.base != "universal":
        raise DataError(
            f"base == {data.base!r}, must be 'universal', since times before adoption are held against one another and "
            "not against one reference: fit StaggeredAdoption(base='universal')"
        )
    table = data.event_study
    since, estimate = table["since"].to_numpy(float), table["estimate"].to_numpy(float)
    covariance = data.covariance.drop(columns="since").to_numpy(float)
    known = np.isfinite(table["std_error"].to_numpy(float))
    reference = _reference(since, data.anticipation)
    places = _around(since, known, reference)
    left = len(since) - len(places)
    said = say(
        "{left} of {all} times since adoption have no errors or lie beyond a gap, and are left out.",
        left=left,
        all=len(since),
    )
    checks = (Check("times left out", "review", said, {"left_out": left}),) if left else ()
    if not len(places):
        raise DataError(
            f"none of {len(since)} times since adoption has a standard error beside the reference, must be some: fit "
            "with inference='analytic' or 'leave-one-out', and with more treated units"
        )
    wide = _widened(table.iloc[places], data.level)
    return EventStudy(since[places], estimate[places], wide * covariance[np.ix_(places, places)], reference), checks


def _reference(since: Floats, anticipation: float) -> float:
    """Return the time that the event study leaves out: the last before what may be anticipated."""
    step = float(np.diff(since).min()) if len(since) > 1 else 1.0
    return -step * (1 + float(np.floor(anticipation / step + _ALIKE)))


def _widened(table: pd.DataFrame, level: float) -> float:
    """Return by what a covariance grows so that normal limits are those of few degrees of freedom."""
    away = (table["ci_high"] - table["estimate"]) / table["std_error"]
    return float((away.max() / float(reach(level, np.inf))) ** 2)


def _around(since: Floats, known: NDArray[np.bool_], reference: float) -> NDArray[np.int64]:
    """Return the places of the times with errors that follow one another around the reference."""
    step = float(np.diff(since).min()) if len(since) > 1 else 1.0
    place = {round((one - reference) / step): i for i, one in enumerate(since) if known[i]}
    chosen = []
    for direction in (-1, 1):
        far = direction
        while far in place:
            chosen.append(place[far])
            far += direction
    return np.array(sorted(chosen), dtype=np.int64)
