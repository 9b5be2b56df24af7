"""How many units to code twice, so that agreement is known as well as wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.result import reach
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.stats.agreement.coded_units import CodedUnits
from ctresearch.stats.agreement.coefficients import Ready, influences
from ctresearch.stats.agreement.weights import IdentityWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATTERNS = 20_000


@dataclass(frozen=True, slots=True)
class DoubleCodingPlan:
    """How many units to code twice.

    Parameters
    ----------
    units : int
        How many, for the width wanted.
    expected_uses : int
        How often the rarest code is then to be met.
    half_width : float
        What the limits then lie from the estimate.

    Examples
    --------
    >>> double_coding(agreement=0.8, shares=[0.5, 0.5], half_width=0.1).units
    141
    """

    units: int
    expected_uses: int
    half_width: float

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["units", "expected_uses", "half_width"])


def double_coding(
    *, agreement: float, shares: Sequence[float], half_width: float, coders: int = 2, level: float = 0.95
) -> DoubleCodingPlan:
    """Say how many units to code twice for limits of a wanted width.

    Parameters
    ----------
    agreement : float
        Krippendorff's alpha that is expected, above 0 and below 1.
    shares : sequence of float
        How often each code is expected, summing to one.
    half_width : float
        How far the limits may lie from the estimate.
    coders : int
        How many coders rate each of these units.
    level : float
        Coverage of the limits.

    Returns
    -------
    DoubleCodingPlan
        The number of units, 10 at least.

    Raises
    ------
    SpecificationError
        If an option is out of range, shares do not sum to one, or the plan has too many codes and coders.

    Notes
    -----
    Coders are taken to know the right code with a chance whose square is the agreement, and to guess by the shares
    otherwise; the variance is Gwet's linearisation over all patterns of codes that this model gives.

    Examples
    --------
    >>> plan = double_coding(agreement=0.7, shares=[0.9, 0.1], half_width=0.1)
    >>> print(f"{plan.units} segments: a rare code needs many, and is met in about {plan.expected_uses} of them")
    572 segments: a rare code needs many, and is met in about 57 of them
    """
    in_range("agreement", agreement, 0, 1, open_ends=True)
    in_range("half_width", half_width, 0, 1, open_ends=True)
    coders, level = whole_number("coders", coders, low=2, high=10), is_level(level)
    try:
        p = np.asarray(list(shares), dtype=float)
    except (TypeError, ValueError):
        p = np.empty(0)
    if p.ndim != 1 or len(p) < 2 or (p <= 0).any() or not np.isclose(p.sum(), 1):
        raise SpecificationError(
            f"shares == {shown(shares)}, must be at least two numbers above 0 that sum to 1, one a code"
        )
    if len(p) ** coders > _PATTERNS:
        raise SpecificationError(
            f"coders == {coders} with {len(p)} codes give {len(p) ** coders:,} patterns, must be at most "
            f"{_PATTERNS:,}: plan with the commonest codes"
        )
    rows = np.array(np.meshgrid(*[np.arange(len(p))] * coders, indexing="ij")).reshape(coders, -1).T
    knows = np.sqrt(agreement)
    given = knows * np.eye(len(p)) + (1 - knows) * p
    chance = np.einsum("k,kn->n", p, np.prod(given[:, rows], axis=2))
    million = 1e6  # as good as no small-sample part
    units = CodedUnits(rows.astype(np.int64), chance * million, np.arange(len(rows)), len(p))
    values = influences(Ready(units, "krippendorff", IdentityWeights()))
    variance = float(chance @ (values - chance @ values) ** 2)
    needed = 10
    for _ in range(50):
        away = float(reach(level, float(needed - 1)))
        again = max(10, int(np.ceil(variance * (away / half_width) ** 2)))
        if again == needed:
            break
        needed = again
    width = float(reach(level, float(needed - 1))) * float(np.sqrt(variance / needed))
    return DoubleCodingPlan(needed, round(needed * float(p.min())), width)
