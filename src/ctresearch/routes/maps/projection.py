"""Equal-area projections of a sphere of radius 1, in closed form: what is twice as large is drawn twice as large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796  # Savric, Patterson and Jenny, equation 11
_M = np.sqrt(3) / 2


def equal_earth(degrees: Floats) -> Floats:
    """Project the whole world by Equal Earth.

    Parameters
    ----------
    degrees : numpy.ndarray
        Shape (points, 2): longitude and latitude.

    Returns
    -------
    numpy.ndarray
        Shape (points, 2).

    References
    ----------
    .. [1] Savric, B., Patterson, T. and Jenny, B. (2019). The Equal Earth map projection. International Journal of
       Geographical Information Science 33, 454-465. https://doi.org/10.1080/13658816.2018.1504949

    Examples
    --------
    >>> equal_earth(np.array([[0.0, 0.0], [180.0, 0.0], [0.0, 90.0]])).round(4).tolist()
    [[0.0, 0.0], [2.7066, 0.0], [0.0, 1.3174]]
    """
    longitude, latitude = np.radians(np.asarray(degrees, dtype=float).reshape(-1, 2)).T
    theta = np.arcsin(np.clip(_M * np.sin(latitude), -_M, _M))
    square = theta**2
    sixth = square**3
    down = _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
    x = longitude * np.cos(theta) / (_M * down)
    return np.column_stack([x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))])


def local_equal_area(degrees: Floats, middle: tuple[float, float]) -> Floats:
    """Project a part of the world by Lambert's azimuthal equal-area projection around a point.

    Parameters
    ----------
    degrees : numpy.ndarray
        Shape (points, 2): longitude and latitude.
    middle : tuple of float
        Longitude and latitude of the point that is drawn at (0, 0).

    Returns
    -------
    numpy.ndarray
        Shape (points, 2). The point opposite to the middle has no place; what is near it is pushed to the rim.

    References
    ----------
    .. [1] Snyder, J. P. (1987). Map projections: a working manual. U.S. Geological Survey Professional Paper 1395.

    Examples
    --------
    >>> local_equal_area(np.array([[10.0, 50.0], [10.0, 60.0]]), (10.0, 50.0)).round(4).tolist()
    [[0.0, 0.0], [0.0, 0.1743]]
    """
    longitude, latitude = np.radians(np.asarray(degrees, dtype=float).reshape(-1, 2)).T
    east, north = np.radians(middle)
    turned = longitude - east
    cosine = np.sin(north) * np.sin(latitude) + np.cos(north) * np.cos(latitude) * np.cos(turned)
    scale = np.sqrt(2 / np.maximum(1 + cosine, 1e-9))
    x = np.cos(latitude) * np.sin(turned)
    y = np.cos(north) * np.sin(latitude) - np.sin(north) * np.cos(latitude) * np.cos(turned)
    return np.column_stack([scale * x, scale * y])


def middle_of(degrees: Floats) -> tuple[float, float]:
    """Return the middle direction of points on the sphere, so that those on both sides of 180 degrees have one.

    Parameters
    ----------
    degrees : numpy.ndarray
        Shape (points, 2): longitude and latitude.

    Returns
    -------
    tuple of float
        Longitude and latitude.

    Examples
    --------
    >>> [round(one, 6) for one in middle_of(np.array([[170.0, 10.0], [-170.0, 10.0]]))][0]
    180.0
    """
    longitude, latitude = np.radians(np.asarray(degrees, dtype=float).reshape(-1, 2)).T
    x, y, z = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)
    east, north, up = x.mean(), y.mean(), z.mean()
    return float(np.degrees(np.arctan2(north, east))), float(np.degrees(np.arctan2(up, np.hypot(east, north))))
