"""How much concentrated privacy loss an (epsilon, delta) allows.

References
----------
.. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
   Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
.. [2] Bun, M. and Steinke, T. (2016). Concentrated differential privacy: simplifications, extensions, and lower bounds.
   TCC, LNCS 9985, 635-658. https://doi.org/10.1007/978-3-662-53641-4_24
"""

from __future__ import annotations

import math

from ctresearch.core.validate import in_range

_HALVINGS = 60


def delta_of(rho: float, epsilon: float) -> float:
    """Return the delta at which rho-concentrated privacy is (epsilon, delta)-differential privacy.

    Parameters
    ----------
    rho : float
        Concentrated privacy loss, above 0.
    epsilon : float
        Privacy loss, above 0.

    Returns
    -------
    float
        The smallest that the conversion proves, at most 1.

    Raises
    ------
    SpecificationError
        If an argument is not above 0.

    Notes
    -----
    For every order a above 1, delta = exp((a - 1)(a rho - epsilon)) (1 - 1 / a)^a / (a - 1) holds [1]_; the search over
    a can therefore be coarse without being wrong. This is tighter than epsilon = rho + 2 sqrt(rho log(1 / delta)) of
    [2]_.

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
    .. [2] Bun, M. and Steinke, T. (2016). Concentrated differential privacy: simplifications, extensions, and lower
       bounds. TCC, LNCS 9985, 635-658. https://doi.org/10.1007/978-3-662-53641-4_24

    Examples
    --------
    >>> round(1e6 * delta_of(0.0284, 1.0), 2)
    5.01
    """
    from scipy.optimize import minimize_scalar

    in_range("rho", rho, 0, open_ends=True)
    in_range("epsilon", epsilon, 0, open_ends=True)

    def log_delta(log_order: float) -> float:
        """Evaluate the bound at one order."""
        above_one = math.exp(log_order)
        order = 1 + above_one
        return above_one * (order * rho - epsilon) - math.log(above_one) - order * math.log1p(1 / above_one)

    found = minimize_scalar(log_delta, bounds=(-10.0, 15.0), method="bounded", options={"xatol": 1e-9})
    return math.exp(min(float(found.fun), 0.0))


def rho_of(epsilon: float, delta: float) -> float:
    """Return the concentrated privacy loss that an (epsilon, delta) allows.

    Parameters
    ----------
    epsilon : float
        Privacy loss, from one millionth to 100.
    delta : float
        Above 0 and at most one half.

    Returns
    -------
    float
        The largest rho with :func:`delta_of` not above ``delta``, rounded down.

    Raises
    ------
    SpecificationError
        If an argument is out of range.

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784

    Examples
    --------
    >>> round(rho_of(1.0, 5.049e-6), 4)
    0.0284
    """
    in_range("epsilon", epsilon, 1e-6, 100)
    in_range("delta", delta, 1e-100, 0.5)
    low, high = 0.0, epsilon + 1.0
    while delta_of(high, epsilon) <= delta:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, epsilon) <= delta else (low, middle)
    return low
