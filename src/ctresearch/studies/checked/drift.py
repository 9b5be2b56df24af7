"""How far an estimate has moved, measured on the interval that was released with it.

A change on new data is no fault of a study. It is news where the new estimate leaves the interval within which the
released one said that the truth lies; well within, it is what the interval was there for.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.studies.compare.diff import estimate_changes
from ctresearch.studies.compare.expected import run_key
from ctresearch.studies.kept.evidence import from_bundle, read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.compare.compare import Comparison
    from ctresearch.studies.compare.diff import EstimateChange
    from ctresearch.studies.kept.evidence import Evidence

Place = Literal["within", "at edge", "outside", "no interval", "does not stand", "new", "gone"]
Alarm = Literal["any", "edge", "outside"]
#: From this share of the way to the limit on, an estimate is at the edge: the next batch of data may carry it over.
EDGE = 0.8
_UNMOVED = frozenset({"same", "no estimate on either side"})
_HARMLESS: dict[Alarm, frozenset[str]] = {
    "edge": frozenset({"within"}),
    "outside": frozenset({"within", "at edge"}),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One row of an estimate that is no longer what was released.

    Parameters
    ----------
    output, term : str
        Which.
    released : float
        The estimate that was released.
    low, high : float
        Its interval.
    now : float
        The estimate now.
    reach : float
        Share of the way from the released estimate to the limit on that side; above 1 is outside.
    place : str
        ``within``, ``at edge`` (from 0.8 of the way on), ``outside``, or why it cannot be said: ``no interval``,
        ``does not stand``, ``new``, ``gone``.
    source : str
        What it is held to: the name of a release, or ``expected.json``.

    Examples
    --------
    >>> Moved("estimate", "population", 100.0, 90.0, 120.0, 118.0, 0.9, "at edge", "demo-1.0").place
    'at edge'
    """

    output: str
    term: str
    released: float
    low: float
    high: float
    now: float
    reach: float
    place: Place
    source: str


def moved_estimates(accepted: Mapping[str, Any], releases: Path, runs: Sequence[Evidence]) -> tuple[Moved, ...]:
    """Hold the estimates of a study to those of its latest release; to what was accepted where that has none.

    Parameters
    ----------
    accepted : mapping
        Content of ``expected.json``.
    releases : pathlib.Path
        Folder of the study's bundles.
    runs : sequence of Evidence
        The runs as they are now.

    Returns
    -------
    tuple of Moved
        One row for each that changed, in the order of the outputs.

    Examples
    --------
    >>> from pathlib import Path
    >>> moved_estimates({"runs": []}, Path("no such folder"), [])
    ()
    """
    name, released = _latest_release(releases)
    old = [(name, one.parameters, one.results["estimates"]) for one in released]
    old += [("expected.json", one["parameters"], one["estimate"]) for one in accepted["runs"]]
    found: list[Moved] = []
    for run in runs:
        source, _, before = next((one for one in old if one[1] == run.parameters), ("", {}, {}))
        which = f" [{run_key(run.parameters)}]" if len(runs) > 1 else ""
        changes = estimate_changes(before, run.results["estimates"])
        found += [_moved(one, which, source) for one in changes if one.reading not in _UNMOVED]
    return tuple(found)


def position(estimate: float, low: float, high: float, now: float) -> tuple[float, Place]:
    """Say how far a number has moved on the way to the limit of an interval.

    Parameters
    ----------
    estimate, low, high : float
        The released number and its limits.
    now : float
        The number as it is now.

    Returns
    -------
    tuple
        Share of the way, and the place.

    Examples
    --------
    >>> position(100.0, 90.0, 120.0, 105.0)
    (0.25, 'within')
    >>> position(100.0, 90.0, 120.0, 89.0)
    (1.1, 'outside')
    """
    limit = high if now > estimate else low
    if now == estimate:
        return 0.0, "within"
    if not math.isfinite(limit) or not math.isfinite(estimate) or not math.isfinite(now):
        return math.nan, "no interval"
    # A limit on the wrong side of its estimate cannot be approached: whatever moved towards it has left the interval.
    way = limit - estimate if now > estimate else estimate - limit
    reach = abs(now - estimate) / way if way > 0 else math.inf
    return reach, "within" if reach < EDGE else "at edge" if reach <= 1 else "outside"


def harmless(outputs: Sequence[Comparison], moved: Sequence[Moved], alarm: Alarm) -> bool:
    """Say whether outputs that drifted only did what new data may do to them.

    Parameters
    ----------
    outputs : sequence of Comparison
        Every output against what was accepted.
    moved : sequence of Moved
        How far estimates moved.
    alarm : {"any", "edge", "outside"}
        From which place on a move is news.

    Returns
    -------
    bool
        Whether every estimate that changed has a place before that of the alarm, nothing about an estimate but its
        numbers changed, and no output is new or gone. Tables, figures and files may change.

    Examples
    --------
    >>> harmless([], [], "outside")
    True
    """
    drifted = [one for one in outputs if one.status == "drifted"]
    if alarm == "any":
        return not drifted
    if any(one.place not in _HARMLESS[alarm] for one in moved):
        return False
    placed = {one.output for one in moved}
    return all(
        (one.change == "numbers" and one.output in placed)
        if one.kind == "estimate"
        else one.change not in ("new", "gone")
        for one in drifted
    )


def _moved(one: EstimateChange, which: str, source: str) -> Moved:
    """Place one change."""
    low, high = one.old_interval
    reach, place = position(one.old, low, high, one.new)
    if one.reading in ("does not stand", "new", "gone"):
        place = one.reading  # type: ignore[assignment]
    return Moved(one.output + which, one.term, one.old, low, high, one.new, round(reach, 3), place, source)


def _latest_release(folder: Path) -> tuple[str, list[Evidence]]:
    """Read the runs of the release with the highest version."""
    there = sorted(folder.glob(f"{folder.parent.name}-*.zip"), key=lambda path: tuple(_numbers(path.stem)))
    return (there[-1].stem, from_bundle(read_bundle(there[-1]), there[-1].name)) if there else ("", [])


def _numbers(version: str) -> Iterator[tuple[int, int, str]]:
    """Part a version into numbers and words, so that 1.10 comes after 1.9."""
    for part in re.findall(r"\d+|[^\d]+", version):
        yield (1, int(part), "") if part.isdigit() else (0, 0, part)
