"""What a gravity model says, and what it expects of corridors that nobody reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.columns import read_numbers
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import is_level
from ctresearch.routes.gravity.gravity_data import Columns, Places, read_places_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Floats = NDArray[np.float64]

COEFFICIENTS = {
    "term": key("Term"),
    "estimate": model("Coefficient"),
    "uncorrected": model("Coefficient before the correction"),
    "bias": model("Bias that was taken out"),
    "std_error": model("Standard error"),
    "std_error_uncorrected": model("Standard error before the correction"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a prediction needs: it stays in this process, since levels of effects speak of single places.

    ``beta`` (K,), ``levels`` by kind of effect, ``spread`` of flows around their mean beyond chance (variance is ``mean
    + mean**2 * spread``), and ``seen``, the corridors and years that were fitted to.
    """

    beta: Floats
    levels: dict[str, pd.Series[float]]
    spread: float
    seen: Places
    columns: Columns


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GravityResult(Result):
    """Coefficients of a gravity model of flows.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        By ``term``: ``estimate`` and ``std_error``, both before and after the correction for many fixed effects, and
        the ``bias`` taken out; equal where none was asked for or is known.
    effects : tuple of str
        Kinds of fixed effects.
    dispersion : float
        Variance of flows around their mean beyond chance, as a share of the squared mean.
    loglik : float
        Log likelihood.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. ``n`` counts rows that tell something of the
        coefficients. Effects of single places and means of single flows are not part of it.

    Examples
    --------
    >>> from ctresearch.data.synthetic import flows
    >>> from ctresearch.routes import Gravity
    >>> result = Gravity(["log_distance"], year="year").fit(flows(10, 2, seed=1).frame)
    >>> result.effects
    ('origin-year', 'destination-year')
    """

    n: int = value_field(count("Flows that tell something", "flows", of="nobody"))
    coefficients: pd.DataFrame = table_field(COEFFICIENTS)
    effects: tuple[str, ...] = value_field(mark("Kinds of fixed effects"), default=())
    dispersion: float = value_field(model("Dispersion of flows"), default=float("nan"))
    loglik: float = value_field(model("Log likelihood"), default=float("nan"))
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("Coefficient of the log flow")}

    def predict(self, frame: pd.DataFrame, *, level: float = 0.9) -> pd.DataFrame:
        """Predict flows of corridors that were not fitted to, from their covariates.

        Parameters
        ----------
        frame : pandas.DataFrame
            Places, year and covariates, under the names that were fitted.
        level : float
            Share of future counts that the limits are to hold.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``destination``, ``year`` (where there is one), ``mean``, ``low`` and ``high`` of the count;
            ``NaN`` where a place or a year was never seen, since its effect is not known.

        Raises
        ------
        SpecificationError
            If pairs have fixed effects: that of a pair never seen is not identified. Nor is a prediction possible of a
            result that was read back or does not stand.
        DataError
            If a corridor and year was fitted to: a published or masked count stands there, and no model's guess of it.

        Examples
        --------
        >>> from ctresearch.data.synthetic import flows
        >>> from ctresearch.routes import Gravity
        >>> frame = flows(10, 2, seed=1).frame
        >>> fitted, kept_back = frame.iloc[:-5], frame.iloc[-5:]
        >>> found = Gravity(["log_distance"], year="year").fit(fitted).predict(kept_back)
        >>> bool((found["low"] <= found["high"]).all())
        True
        """
        is_level(level)
        if "pair" in self.effects:
            raise SpecificationError(
                "pairs have fixed effects, and that of a pair never seen is not identified: fit without 'pair' and "
                "with covariates of both places"
            )
        if not self.stands:
            raise SpecificationError("the estimates do not stand, must do so to predict from: see the failed check")
        if not isinstance(self.raw, Fitted):
            raise SpecificationError("the result was read back and holds no effects, must be fitted in this process")
        return _predict(self.raw, frame, level)


def _predict(fitted: Fitted, frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Predict the rows of a table."""
    from scipy.stats import nbinom, poisson

    places = read_places_of(frame, fitted.columns).table()
    asked = pd.MultiIndex.from_frame(places)
    known = asked.isin(pd.MultiIndex.from_frame(fitted.seen.table()))
    if known.any():
        raise DataError(
            f"{int(known.sum()):,} of {len(frame):,} corridors and years were fitted to, must be others: a masked "
            "count is never guessed"
        )
    eta = np.zeros(len(frame))
    for column, slope in zip(fitted.columns.covariates, fitted.beta, strict=True):
        eta += slope * read_numbers(frame, column)
    for kind, levels in fitted.levels.items():
        parts = [part for part in ("origin", "destination", "year") if part in kind.split("-")]
        index = pd.MultiIndex.from_frame(places[parts])
        eta += levels.reindex(index).to_numpy(dtype=float)
    mean = np.exp(eta)
    tail, whole = (1 - level) / 2, np.where(np.isfinite(mean), mean, 1.0)
    if fitted.spread > 0:
        size = 1 / fitted.spread
        chance = size / (size + whole)
        ends = nbinom.ppf(tail, size, chance), nbinom.ppf(1 - tail, size, chance)
    else:
        ends = poisson.ppf(tail, whole), poisson.ppf(1 - tail, whole)
    out = places if fitted.columns.year else places.drop(columns="year")
    low, high = (np.where(np.isfinite(mean), one, np.nan) for one in ends)
    return out.assign(mean=mean, low=low, high=high)
