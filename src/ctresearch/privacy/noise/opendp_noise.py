"""Noise from OpenDP, for those who want a library that others have vetted.

References
----------
.. [1] Gaboardi, M., Hay, M. and Vadhan, S. (2020). A programming framework for OpenDP.
   https://projects.iq.harvard.edu/opendp
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.validate import one_of, require_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

_UP = 1 + 1e-12


def opendp_mechanism(mechanism: Literal["laplace", "gaussian"], scale: float) -> Callable[[Counts], Counts]:
    """Return OpenDP's discrete Laplace or Gaussian mechanism for whole numbers.

    Parameters
    ----------
    mechanism : {"laplace", "gaussian"}
        Which noise.
    scale : float
        Above 0: scale of the Laplace, standard deviation of the Gaussian distribution.

    Returns
    -------
    callable
        Takes counts of any shape and returns them with noise, from OpenDP's own secure source.

    Raises
    ------
    MissingExtraError
        If OpenDP is not installed.
    SpecificationError
        If the mechanism is neither.

    References
    ----------
    .. [1] Gaboardi, M., Hay, M. and Vadhan, S. (2020). A programming framework for OpenDP.
       https://projects.iq.harvard.edu/opendp

    Examples
    --------
    >>> noisy = opendp_mechanism("laplace", 1e-6)(np.array([[40, 12]]))  # doctest: +SKIP
    >>> noisy.tolist()  # doctest: +SKIP
    [[40, 12]]
    """
    one_of("mechanism", mechanism, ("laplace", "gaussian"))
    require_extra("opendp", "dp")
    dp = importlib.import_module("opendp.prelude")
    dp.enable_features("contrib")
    counts = dp.vector_domain(dp.atom_domain(T=int))
    if mechanism == "laplace":
        measurement = dp.m.make_laplace(counts, dp.l1_distance(T=int), scale=scale * _UP)
    else:
        measurement = dp.m.make_gaussian(counts, dp.l2_distance(T=float), scale=scale * _UP)

    def noised(values: Counts) -> Counts:
        """Add the noise, keeping the shape."""
        return np.array(measurement(values.ravel().tolist()), dtype=np.int64).reshape(values.shape)

    return noised
