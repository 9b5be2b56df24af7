"""One treated unit, its donors and the periods before and after, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.cells import row_words, shown
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key
from ctresearch.policy.panels.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

LEAST_BEFORE = 3
Predictor = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """What a synthetic control is made from.

    Parameters
    ----------
    unit : str
        The treated unit.
    donors : tuple of str
        Units that may stand for it.
    times : numpy.ndarray
        Shape (periods,).
    before : int
        How many periods come before the treatment.
    treated : numpy.ndarray
        Outcomes of the treated unit, shape (outcomes, periods); the panel's own first.
    untreated : numpy.ndarray
        Shape (outcomes, periods, donors).
    outcomes : tuple of str
        Their names.
    left_out : dict of str to int
        Why units are no donors, and how many.
    """

    unit: str
    donors: tuple[str, ...]
    times: Integers
    before: int
    treated: Floats
    untreated: Floats
    outcomes: tuple[str, ...]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class Means:
    """Predictors of the treated unit and the donors, over how much units differ in each.

    Parameters
    ----------
    treated, donors : numpy.ndarray
        Shape (predictors,) and (predictors, donors), in standard deviations between units.
    spread : numpy.ndarray
        The standard deviations, shape (predictors,).
    """

    treated: Floats
    donors: Floats
    spread: Floats

    def without(self, j: int | np.integer[Any]) -> Means:
        """Return them without one donor."""
        return Means(self.treated, np.delete(self.donors, j, axis=1), self.spread)

    def turned(self, j: int) -> Means:
        """Return them with one donor in place of the treated unit, which is left out."""
        return Means(self.donors[:, j], np.delete(self.donors, j, axis=1), self.spread)


def is_panel(panel: object) -> Panel:
    """Return a panel, or refuse what is none, or one whose treatment no donor weights can speak of."""
    if not isinstance(panel, Panel):
        raise DataError(
            f"data are {type(panel).__name__}, must be a Panel: make one by Panel.from_frame(frame, unit=, time=, "
            "outcome=, adopted=, outcome_kind=)"
        )
    if panel.is_dose:
        raise DataError("the treatment is a dose, must be 0 or 1: a synthetic control compares with and without a law")
    if panel.switches_off:
        raise DataError(
            "the treatment is switched off again in some unit, must stay on: keep the periods up to then by "
            "panel.keep(times=), or use an estimator for treatments that end"
        )
    return panel


def read_block(
    panel: Panel, *, treated: str | None, donors: Sequence[str] | None, also: Sequence[str], anticipation: int
) -> Block:
    """Choose the treated unit and those that may stand for it.

    Parameters
    ----------
    panel : Panel
        As :func:`is_panel` returns it.
    treated : str, optional
        Which unit, where several are treated.
    donors : sequence of str, optional
        Units that may stand for it; all that are never treated by default.
    also : sequence of str
        Covariates that are further outcomes.
    anticipation : int
        Periods before the treatment that count as after it.

    Returns
    -------
    Block
        Donors are never treated and seen in every period.

    Raises
    ------
    DataError
        If no unit or several are treated, too few periods or donors are left, or the treated unit has a gap.
    SpecificationError
        If an option names what the panel does not hold.
    """
    place = _treated(panel, treated)
    matrices = [panel.outcome, *(panel.covariates[name] for name in _known(panel, also))]
    before = int((panel.times < panel.first_treated[place]).sum()) - anticipation
    if before < LEAST_BEFORE or before >= len(panel.times):
        raise DataError(
            f"the treated unit is seen in {max(before, 0)} periods before the treatment (anticipation == "
            f"{anticipation}) and {len(panel.times) - max(before, 0)} from then on, must be at least {LEAST_BEFORE} "
            "and 1: a synthetic control is judged by how it follows the unit before"
        )
    gaps = sum(int((~np.isfinite(one[place])).sum()) for one in matrices)
    if gaps:
        raise DataError(
            f"the treated unit has {gaps} outcomes missing in its {len(panel.times)} periods, must have none: keep the "
            "periods in which it was seen by panel.keep(times=)"
        )
    chosen, left_out = _donors(panel, place, donors, matrices)
    return Block(
        unit=panel.units[place],
        donors=tuple(panel.units[j] for j in chosen),
        times=panel.times,
        before=before,
        treated=np.array([one[place] for one in matrices]),
        untreated=np.array([one[chosen].T for one in matrices]),
        outcomes=(panel.names["outcome"], *also),
        left_out=left_out,
    )


def predictor_means(panel: Panel, block: Block, predictors: Sequence[Predictor]) -> Means:
    """Average predictors over their periods.

    Parameters
    ----------
    panel : Panel
        The panel.
    block : Block
        The units.
    predictors : sequence of tuple
        Name (``"outcome"`` for the outcome), first and last period; gaps within are passed over.

    Returns
    -------
    Means
        Over how much units differ.

    Raises
    ------
    DataError
        If a unit has no value of a predictor in its periods, or all units have the same.
    SpecificationError
        If the panel has no such covariate, or periods are after the treatment.
    """
    rows = [panel.units.index(block.unit), *(panel.units.index(name) for name in block.donors)]
    last_before = int(block.times[block.before - 1])
    means = np.empty((len(predictors), len(rows)))
    for k, (name, first, last) in enumerate(predictors):
        if name != "outcome":
            _known(panel, [name])
        if not first <= last <= last_before:
            raise SpecificationError(
                f"predictors[{k}] goes from {first} to {last}, must be in order and end by {last_before}, the last "
                "period before the treatment: what the law may have changed cannot predict"
            )
        values = (panel.outcome if name == "outcome" else panel.covariates[name])[rows]
        values = values[:, (panel.times >= first) & (panel.times <= last)]
        seen = np.isfinite(values)
        none = int((~seen.any(axis=1)).sum()) if values.shape[1] else len(rows)
        if none:
            raise DataError(
                f"predictors[{k}] ({name!r}, {first} to {last}) has no value in {none} of {len(rows)} units, must have "
                "one in each: take other periods, or choose donors= that have it"
            )
        means[k] = np.where(seen, values, 0.0).sum(axis=1) / seen.sum(axis=1)
    spread = means.std(axis=1, ddof=1)
    alike = np.flatnonzero(spread <= 1e-12 * np.abs(means).max(axis=1))
    if len(alike):
        raise DataError(f"predictors {row_words((alike + 1).tolist())} are the same in every unit: leave them out")
    scaled = means / spread[:, None]
    return Means(scaled[:, 0], scaled[:, 1:], spread)


def _treated(panel: Panel, treated: str | None) -> int:
    """Return the row of the treated unit."""
    within = np.flatnonzero(np.isfinite(panel.first_treated))
    if treated is not None:
        keys = [name_key(name) for name in panel.units]
        if name_key(treated) not in keys:
            raise SpecificationError(
                f"treated == {shown(treated)} is none of the {len(panel.units)} units of the panel"
            )
        place = keys.index(name_key(treated))
        if place not in within:
            raise DataError(
                f"treated == {shown(treated)} is never treated in this panel: name one of the {len(within)} that are"
            )
        return place
    if len(within) != 1:
        raise DataError(
            f"{len(within)} units are treated, must be one: name it by treated= (the others are then no donors), or "
            "use SyntheticDifference for several at once"
        )
    return int(within[0])


def _known(panel: Panel, names: Sequence[str]) -> Sequence[str]:
    """Refuse covariates that the panel does not hold."""
    for name in names:
        if name not in panel.covariates:
            held = ", ".join(map(repr, panel.covariates)) or "none"
            raise SpecificationError(
                f"the panel has no covariate {shown(name)}, it has {held}: give covariates= to Panel.from_frame"
            )
    return names


def _donors(
    panel: Panel, place: int, donors: Sequence[str] | None, matrices: list[Floats]
) -> tuple[list[int], dict[str, int]]:
    """Return the rows of the donors, and how many others are none, by reason."""
    wanted = set(range(len(panel.units))) - {place}
    if donors is not None:
        keys = {name_key(name): i for i, name in enumerate(panel.units)}
        unknown = [i + 1 for i, name in enumerate(donors) if name_key(name) not in keys]
        if unknown:
            raise SpecificationError(f"donors {row_words(unknown)} of {len(donors)} are no units of the panel")
        wanted = {keys[name_key(name)] for name in donors} - {place}
    ever = {i for i in wanted if np.isfinite(panel.first_treated[i])}
    gaps = {i for i in wanted - ever if not all(np.isfinite(one[i]).all() for one in matrices)}
    chosen = sorted(wanted - ever - gaps)
    if len(chosen) < 2:
        raise DataError(
            f"{len(chosen)} of {len(wanted)} units can be donors ({len(ever)} are treated themselves, {len(gaps)} have "
            "gaps), must be at least 2: keep fewer periods, or add units without the law"
        )
    return chosen, {"treated": len(ever), "gaps": len(gaps)}
