"""A picture of a large table of ties in which none falls between two pixels."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray


def show_every_tie(ax: Axes, table: NDArray[Any]) -> AxesImage:
    """Show a table as an image whose pixels are as dark as the largest of their cells.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    table : numpy.ndarray
        Cells from 0 to 1, shape (rows, columns).

    Returns
    -------
    matplotlib.image.AxesImage
        The image; its array is the whole table.

    Examples
    --------
    >>> from ctresearch.core import plot
    >>> show_every_tie(plot.new_axes(2, 2), np.eye(1000)).get_array().shape
    (1000, 1000)
    """
    image: AxesImage = _image_class()(ax, cmap="Greys", interpolation="nearest")
    image.set_data(table)
    image.set_clim(0, 1.2)
    rows, columns = table.shape
    image.set_extent((-0.5, columns - 0.5, rows - 0.5, -0.5))
    image.set_clip_path(ax.patch)
    ax.set_aspect("equal")
    ax.add_image(image)
    return image


def darkest(table: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Take the largest cell of each part of a table.

    Parameters
    ----------
    table : numpy.ndarray
        Cells.
    rows, columns : int
        Parts in each direction; no more than there are cells.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns).

    Examples
    --------
    >>> darkest(np.eye(4), 2, 2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    rows, columns = min(max(rows, 1), table.shape[0]), min(max(columns, 1), table.shape[1])
    first = [np.arange(parts) * size // parts for parts, size in zip((rows, columns), table.shape, strict=True)]
    return np.asarray(np.maximum.reduceat(np.maximum.reduceat(table, first[0], axis=0), first[1], axis=1))


@cache
def _image_class() -> type[AxesImage]:
    """Make the class when it is first needed: matplotlib loads slowly."""
    from matplotlib.image import AxesImage

    class EveryTie(AxesImage):
        """An image that is worked out anew for the pixels of each canvas."""

        def make_image(self, renderer: Any, magnification: float = 1.0, unsampled: bool = False) -> Any:
            """Draw the largest cell of each pixel."""
            whole: Any = self._A  # type: ignore[has-type]
            wide, high = (abs(side) * magnification for side in self._pixels())
            self._A = np.ma.asarray(darkest(np.asarray(whole), int(high), int(wide)))
            try:
                return super().make_image(renderer, magnification, unsampled)
            finally:
                self._A = whole

        def _pixels(self) -> tuple[float, float]:
            """Measure the whole table on the canvas, the parts out of sight included."""
            left, right, bottom, top = self.get_extent()
            corners = self.axes.transData.transform([(left, bottom), (right, top)])
            return tuple((corners[1] - corners[0]).tolist())

    return EveryTie
