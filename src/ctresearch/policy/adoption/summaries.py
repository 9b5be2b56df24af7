"""The averages that a reader is shown, whatever the estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.policy.adoption.aggregate import by_cohort, calendar, dynamic, simple

if TYPE_CHECKING:
    from ctresearch.policy.adoption.estimated_cells import Estimated, Leads
    from ctresearch.policy.adoption.group_time import GroupTime, Integers
    from ctresearch.policy.adoption.two_periods import Booleans, Floats

Kind = Literal["simple", "dynamic", "group", "calendar", "event", "cohort", "time"]


@dataclass(frozen=True, slots=True)
class Summaries:
    """Averages side by side.

    Parameters
    ----------
    kind : numpy.ndarray of str
        Which average: ``simple``, ``dynamic``, ``group`` and ``calendar`` over all; ``event``, ``cohort`` and ``time``
        at one place, shape (averages,).
    place : numpy.ndarray
        Time since adoption, cohort or time of those at one place, NaN for others.
    effect : numpy.ndarray
        The averages, shape (averages,).
    influence : numpy.ndarray
        Influence of each unit, units by averages.
    part : numpy.ndarray
        Share of each treated unit in each average, units by averages.
    cells : numpy.ndarray
        How much each effect by cohort and time counts in each average, averages by cells; without columns where an
        average is not made of them.
    """

    kind: np.ndarray
    place: Floats
    effect: Floats
    influence: Floats
    part: Floats
    cells: Floats

    def of(self, kind: Kind) -> Booleans:
        """Mark the averages of a kind.

        Parameters
        ----------
        kind : str
            Which.

        Returns
        -------
        numpy.ndarray
            Shape (averages,).
        """
        return np.asarray(self.kind == kind, dtype=bool)

    def keys(self) -> list[tuple[str, float]]:
        """Return the name of each average.

        Returns
        -------
        list of tuple
            Kind and place, 0 where there is no place.
        """
        return list(zip(self.kind.tolist(), np.nan_to_num(self.place).tolist(), strict=True))


def summaries(found: Estimated) -> Summaries:
    """Average what an estimator found.

    Parameters
    ----------
    found : Estimated
        Effects by cohort and time, or coefficients by time since adoption.

    Returns
    -------
    Summaries
        The averages, that over all treated cells first.

    Raises
    ------
    DataError
        If no effect lies at or after adoption.
    """
    if found.cells is None:
        return _two_way(found)
    cells = found.cells
    treated = cells.time >= cells.cohort
    kinds: list[tuple[str, float]] = []
    parts: list[tuple[Floats, Floats, Floats]] = []
    if not treated.any():
        raise DataError(
            f"{len(cells.effect):,} effects by cohort and time have a comparison, and none lies at or after adoption: "
            "give units that adopt later or never, and periods after adoption"
        )
    events = dynamic(cells)
    whole = {"simple": simple(cells, treated), "dynamic": events}
    whole |= {"group": by_cohort(cells, treated), "calendar": calendar(cells, treated)}
    for name, average in whole.items():
        kinds.append((name, np.nan))
        parts.append((np.array([average.overall]), average.overall_influence[:, None], average.overall_cells[None]))
    split = {"event": events, "cohort": whole["group"], "time": whole["calendar"]}
    for name, average in split.items():
        kinds += [(name, float(one)) for one in average.place]
        parts.append((average.effect, average.influence, average.cells))
    effect, influence = np.concatenate([one for one, *_ in parts]), np.hstack([two for _, two, _ in parts])
    weights = np.vstack([three for *_, three in parts])
    share = _unit_shares(cells, weights)
    made = Summaries(
        np.array([k for k, _ in kinds]), np.array([a for _, a in kinds]), effect, influence, share, weights
    )
    return made if found.leads is None else _with_leads(made, found.leads)


def _unit_shares(cells: GroupTime, weights: Floats) -> Floats:
    """Share the weights of cells among the units of their cohorts."""
    place = np.searchsorted(cells.cohorts, cells.cohort)
    by = np.stack([np.abs(weights[:, place == c]).sum(axis=1) for c in range(len(cells.cohorts))])
    inside = cells.member >= 0
    total = np.bincount(cells.member[inside], cells.weights[inside], minlength=len(cells.cohorts))
    out = np.zeros((len(cells.member), len(weights)))
    own = cells.member[inside]
    out[inside] = by[own] * (cells.weights[inside] / total[own])[:, None]
    return out


def _with_leads(made: Summaries, leads: Leads) -> Summaries:
    """Put coefficients by time before adoption behind the averages."""
    new = leads.since < 0
    many = int(new.sum())
    return Summaries(
        np.concatenate([made.kind, np.full(many, "event")]),
        np.concatenate([made.place, leads.since[new]]),
        np.concatenate([made.effect, leads.effect[new]]),
        np.hstack([made.influence, leads.influence[:, new]]),
        np.hstack([made.part, np.repeat(made.part[:, made.of("dynamic")], many, axis=1)]),
        np.zeros((many + len(made.place), 0)),
    )


def _two_way(found: Estimated) -> Summaries:
    """Lay out the one coefficient of a two-way model and those by time since adoption."""
    assert found.one is not None
    assert found.adopters is not None
    one, leads = found.one, found.leads
    since = np.zeros(0) if leads is None else leads.since
    coefficients = np.zeros(0) if leads is None else leads.effect
    moved = np.zeros((len(one.influence), 0)) if leads is None else leads.influence
    mean = (since >= 0) / max(int((since >= 0).sum()), 1)
    many = 2 + len(since)
    return Summaries(
        np.array(["simple", "dynamic", *(["event"] * len(since))]),
        np.concatenate([[np.nan, np.nan], since]),
        np.concatenate([one.effect, [mean @ coefficients if mean.any() else np.nan], coefficients]),
        np.column_stack([one.influence, moved @ mean, moved]),
        np.repeat((found.adopters / found.adopters.sum())[:, None], many, axis=1),
        np.zeros((many, 0)),
    )


def clusters_behind(part: Floats, clusters: Integers) -> Integers:
    """Count the clusters that are treated in each average.

    Parameters
    ----------
    part : numpy.ndarray
        Share of each unit, units by averages.
    clusters : numpy.ndarray
        Cluster of each unit from 0.

    Returns
    -------
    numpy.ndarray
        Shape (averages,).
    """
    out = np.zeros((int(clusters.max()) + 1, part.shape[1]))
    np.add.at(out, clusters, part)
    return np.asarray((out > 0).sum(axis=0), dtype=np.int64)
