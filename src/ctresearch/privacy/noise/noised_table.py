"""A noised table: its figures, what they cost, and the marks by which the gate knows it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.render import as_card
from ctresearch.privacy.noise.entropy import entropy_check
from ctresearch.privacy.noise.protection_seal import Loss, seal

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.core.check import Check

    Mechanism = Literal["laplace", "gaussian"]


@dataclass(frozen=True, slots=True, eq=False)
class Noised:
    """A noised table and what it cost.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        The noised figures; ``attrs["private"]`` and a seal over the figures tell the gate whether the noise protects.
    epsilon, delta : float
        The privacy loss.
    mechanism : {"laplace", "gaussian"}
        Which noise.
    noise_sd : float
        Standard deviation of the noise of a count, to be carried into intervals.
    check : Check
        Whether the randomness protects: failed for a seed.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy import private_counts
    >>> private_counts(pd.Series({"Woman": 1210}), epsilon=0.5).epsilon
    0.5
    """

    table: pd.DataFrame | pd.Series[Any]
    epsilon: float
    delta: float
    mechanism: Mechanism
    noise_sd: float
    check: Check

    @property
    def private(self) -> bool:
        """Whether the noise can protect anyone."""
        return self.check.status == "pass"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["table", "epsilon", "delta", "mechanism"], checks=[self.check])


def noised_table(
    table: pd.DataFrame | pd.Series[Any],
    loss: tuple[float, float],
    mechanism: Mechanism,
    noise_sd: float,
    seed: int | None,
) -> Noised:
    """Mark a noised table with what its noise is worth.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        The noised figures; they are marked in place.
    loss : tuple of float
        Epsilon and delta.
    mechanism : {"laplace", "gaussian"}
        Which noise.
    noise_sd : float
        Standard deviation of the noise of a count.
    seed : int or None
        Where the noise came from; ``None`` is the operating system.

    Returns
    -------
    Noised
        The table, private only without a seed.

    Examples
    --------
    >>> import pandas as pd
    >>> noised_table(pd.Series({"Woman": 1207}), (1.0, 0.0), "laplace", 1.36, seed=1).private
    False
    """
    check = entropy_check(seed)
    noise = f"{mechanism} noise of standard deviation {noise_sd:.3g} (epsilon = {loss[0]:g})"
    seal(table, noise, private=check.status == "pass", loss=Loss(float(loss[0]), float(loss[1]), float(noise_sd)))
    return Noised(table, *loss, mechanism, noise_sd, check)
