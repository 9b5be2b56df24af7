"""Lines of flows, bundled by region: each bends towards the middle of the regions that it leaves and enters.

References
----------
.. [1] Holten, D. (2006). Hierarchical edge bundles: visualization of adjacency relations in hierarchical data. IEEE
   Transactions on Visualization and Computer Graphics 12, 741-748.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.routes.maps.geometry import Geometry

    Floats = NDArray[np.float64]

STEPS = 24
_STRENGTH = 0.8  # of Holten: 0 is straight, 1 follows the regions alone
_ASIDE = 0.3  # of a line's length, the most that it bends aside
_APART = 0.06  # of a line's length, so that there and back are two lines


def bundled(geometry: Geometry, origins: list[str], destinations: list[str], *, strength: float = _STRENGTH) -> Floats:
    """Return the line of each flow between two areas.

    Parameters
    ----------
    geometry : Geometry
        The areas.
    origins, destinations : list of str
        Codes, one a flow.
    strength : float
        How far lines bend towards the middles of regions, from 0 to 1.

    Returns
    -------
    numpy.ndarray
        Shape (flows, STEPS, 2), as the map is projected; ends are the middles of the areas.

    Examples
    --------
    >>> from ctresearch.routes.maps.geometry import Geometry
    >>> bundled(Geometry.world(), ["NGA"], ["ITA"]).shape
    (1, 24, 2)
    """
    if not origins:
        return np.empty((0, STEPS, 2))
    codes = sorted({*origins, *destinations})
    spots = dict(zip(codes, geometry.projected(np.array([geometry.area(one).middle for one in codes])), strict=True))
    hubs = _hubs(geometry, spots)
    start, end = (np.array([spots[one] for one in side]) for side in (origins, destinations))
    first, last = (
        np.array([hubs.get(geometry.area(one).subregion, spots[one]) for one in side])
        for side in (origins, destinations)
    )
    along = end - start
    control = np.stack(
        [start, _bent(first, start, along, 0.1, strength), _bent(last, start, along, 0.6, strength), end], 1
    )
    t = np.linspace(0, 1, STEPS)
    weights = np.column_stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.asarray(np.einsum("tk,fkd->ftd", weights, control))


def _bent(towards: Floats, start: Floats, along: Floats, least: float, strength: float) -> Floats:
    """Return control points that bend lines towards points, never backwards and never far aside."""
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    forward = np.clip(((towards - start) * along).sum(axis=1) / length, least, least + 0.3)
    sideways = np.clip(((towards - start) * aside).sum(axis=1) / length, -_ASIDE, _ASIDE)
    sideways = strength * sideways + _APART
    return np.asarray(start + forward[:, None] * along + sideways[:, None] * aside)


def _hubs(geometry: Geometry, spots: dict[str, Floats]) -> dict[str, Floats]:
    """Return the middle of the places of each subregion."""
    found: dict[str, list[Floats]] = {}
    for code, spot in spots.items():
        if geometry.area(code).subregion:
            found.setdefault(geometry.area(code).subregion, []).append(spot)
    return {name: np.mean(these, axis=0) for name, these in found.items()}
