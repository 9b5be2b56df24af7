"""What every estimator looks like.

Options are keyword-only and checked in ``__init__``, where nothing is fitted. ``fit`` returns a new frozen result and
leaves the estimator as it was, so one estimator can be fitted to many tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from ctresearch.core.result import Result


@runtime_checkable
class Estimator(Protocol):
    """A method: options in, data to :meth:`fit`, a result out.

    Examples
    --------
    >>> class Mean:
    ...     def fit(self, data): ...
    >>> isinstance(Mean(), Estimator)
    True
    """

    def fit(self, data: Any, /) -> Result:
        """Estimate from data.

        Parameters
        ----------
        data : object
            The table that the method's page describes.

        Returns
        -------
        Result
            A new, frozen result.
        """
        ...
