"""Outlines in degrees: how large they are, their middle, where a map cuts them, and the lines between areas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.routes.maps.projection import local_equal_area, middle_of
from ctresearch.routes.maps.read_shapes import ring_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Ring = NDArray[np.float64]
    Step = tuple[tuple[float, float], tuple[float, float]]

_EARTH = 6371.0  # kilometres


def square_kilometres(rings: tuple[Ring, ...]) -> float:
    """Return the area that rings enclose on a sphere, holes taken off.

    Parameters
    ----------
    rings : tuple of numpy.ndarray
        Longitude and latitude.

    Returns
    -------
    float
        Square kilometres.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    >>> round(square_kilometres((square,)))
    12364
    """
    total = 0.0
    for ring in rings:
        flat = local_equal_area(ring, middle_of(ring))
        total += _signed(flat)
    return abs(total) * _EARTH**2


def _signed(flat: Ring) -> float:
    """Return the signed area of a ring in a plane."""
    x, y = flat[:, 0], flat[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def ring_middle(rings: tuple[Ring, ...]) -> tuple[float, float]:
    """Return the middle of the largest ring, in degrees."""
    flats = [(local_equal_area(ring, middle_of(ring)), ring) for ring in rings]
    flat, ring = max(flats, key=lambda one: abs(_signed(one[0])))
    cross = flat[:-1, 0] * flat[1:, 1] - flat[1:, 0] * flat[:-1, 1]
    if not cross.sum():
        return middle_of(ring)
    x, y = ((flat[:-1] + flat[1:]) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return _back(x, y, middle_of(ring))


def _back(x: float, y: float, middle: tuple[float, float]) -> tuple[float, float]:
    """Turn a point of Lambert's projection back into degrees."""
    east, north = np.radians(middle)
    far = float(np.hypot(x, y))
    angle = 2 * np.arcsin(min(far / 2, 1.0))
    if far < 1e-12:
        return middle
    latitude = np.arcsin(np.cos(angle) * np.sin(north) + y * np.sin(angle) * np.cos(north) / far)
    down = far * np.cos(north) * np.cos(angle) - y * np.sin(north) * np.sin(angle)
    longitude = east + np.arctan2(x * np.sin(angle), down)
    return float((np.degrees(longitude) + 180) % 360 - 180), float(np.degrees(latitude))


def cut_at_rim(ring: Ring) -> list[Ring]:
    """Cut a ring that crosses 180 degrees of longitude into rings on either side of a map of the world."""
    if not (np.abs(np.diff(ring[:, 0])) > 180).any():
        return [ring]
    whole = np.column_stack([np.unwrap(ring[:, 0], period=360), ring[:, 1]])
    parts = [_clipped(_clipped(whole + np.array([shift, 0]), -180, 1), 180, -1) for shift in (-360, 0, 360)]
    return [part for part in parts if len(part) > 3]


def _clipped(ring: Ring, edge: float, side: int) -> Ring:
    """Keep the part of a ring on one side of a meridian (Sutherland and Hodgman)."""
    out: list[tuple[float, float]] = []
    for (x1, y1), (x2, y2) in zip(ring[:-1].tolist(), ring[1:].tolist(), strict=True):
        first, second = side * (x1 - edge) >= 0, side * (x2 - edge) >= 0
        if first:
            out.append((x1, y1))
        if first != second:
            out.append((edge, y1 + (y2 - y1) * (edge - x1) / (x2 - x1)))
    return np.array([*out, out[0]]) if out else np.empty((0, 2))


def step_key(a: tuple[float, float], b: tuple[float, float]) -> Step:
    """Return a step whichever way it runs."""
    return (a, b) if a <= b else (b, a)


def shared_steps(areas: Mapping[str, tuple[Ring, ...]], disputed: Iterable[tuple[str, str]]) -> set[Step]:
    """Find the steps that pairs of areas have in common."""
    steps = {code: {step_key(*step) for step in ring_pairs(rings)} for code, rings in areas.items()}
    found: set[Step] = set()
    if isinstance(disputed, str) or not isinstance(disputed, Iterable):
        raise SpecificationError(f"disputed is a {type(disputed).__name__}, must be pairs of codes, such as ('a', 'b')")
    for pair in disputed:
        if (
            not isinstance(pair, tuple)
            or len(pair) != 2
            or not all(isinstance(one, str) and one in steps for one in pair)
        ):
            raise SpecificationError("disputed holds something else than pairs of codes, must be such as ('a', 'b')")
        common = steps[pair[0]] & steps[pair[1]]
        if not common:
            raise SpecificationError(f"disputed names {pair!r}, which share no border, must share points of one")
        found |= common
    return found


def lines_of(areas: Mapping[str, tuple[Ring, ...]], disputed: set[Step]) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    """Cut outlines into lines that are drawn whole and lines that are dashed, each step once.

    A step that two shapes of one area share lies inside it, and is drawn only where it is disputed.
    """
    owners: dict[Step, list[str]] = {}
    for code, rings in areas.items():
        for step in ring_pairs(rings):
            owners.setdefault(step_key(*step), []).append(code)
    done: set[Step] = set()
    whole: list[Ring] = []
    broken: list[Ring] = []
    for rings in areas.values():
        for ring in rings:
            run: list[tuple[float, float]] = []
            kind = ""
            for a, b in ring_pairs((ring,)):
                key = step_key(a, b)
                inside = len(owners[key]) > 1 and len(set(owners[key])) == 1
                now = "" if key in done or a == b else "dashed" if key in disputed else "" if inside else "whole"
                done.add(key)
                if now != kind and run:
                    (whole if kind == "whole" else broken).append(np.array(run))
                    run = []
                if now:
                    run = [*run, b] if run else [a, b]
                kind = now
            if run:
                (whole if kind == "whole" else broken).append(np.array(run))
    return tuple(whole), tuple(broken)
