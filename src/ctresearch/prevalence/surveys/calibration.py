"""Weights brought to known totals: post-strata and linear calibration, and what that takes off the variance.

References
----------
.. [1] Deville, J.-C. and Särndal, C.-E. (1992). Calibration estimators in survey sampling. Journal of the American
   Statistical Association 87, 376-382. https://doi.org/10.1080/01621459.1992.10475217
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key, read_names
from ctresearch.core.validate import has_columns, in_range

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.prevalence.surveys.survey_design import Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """Known totals of a sample of n rows.

    ``matrix`` (n, K) are the columns whose totals are known, ``weight`` (n,) those of the design and ``factor`` (n,)
    what brings them to the totals.
    """

    matrix: Floats
    weight: Floats
    factor: Floats

    def residuals(self, values: Floats) -> Floats:
        """Return what the known columns leave of a variable, shape (n,) or (n, sums)."""
        weighted = self.matrix.T * self.weight
        return np.asarray(values - self.matrix @ np.linalg.lstsq(weighted @ self.matrix, weighted @ values)[0])


def check_totals(known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return known totals, checked.

    Parameters
    ----------
    known : mapping of str to float or mapping, optional
        Column to the total of a number, or to how many people have each level.

    Returns
    -------
    dict
        The same.

    Raises
    ------
    SpecificationError
        If it is no such mapping.

    Examples
    --------
    >>> check_totals({"sex": {"f": 510, "m": 490}})
    {'sex': {'f': 510, 'm': 490}}
    """
    if known is None:
        return {}
    if not isinstance(known, Mapping):
        raise SpecificationError(
            f"known is a {type(known).__name__}, must be a mapping of a column to its total, or to people by level"
        )
    for name, total in known.items():
        column_name("known", name)
        for one in total.values() if isinstance(total, Mapping) else [total]:
            in_range(f"known[{name!r}]", one)
    return {name: dict(total) if isinstance(total, Mapping) else total for name, total in known.items()}


def calibrate(frame: pd.DataFrame, weight: Floats, known: Mapping[str, Any]) -> Calibration:
    """Bring weights to known totals, as near to their own as can be.

    Parameters
    ----------
    frame : pandas.DataFrame
        The sample.
    weight : numpy.ndarray
        Weights of the design, shape (n,).
    known : mapping
        Of :func:`check_totals`.

    Returns
    -------
    Calibration
        Columns and factors.

    Raises
    ------
    DataError
        If levels do not agree, or no positive weights reach the totals.

    Examples
    --------
    >>> import pandas as pd
    >>> sample = pd.DataFrame({"sex": ["f", "f", "m"]})
    >>> calibrate(sample, np.ones(3), {"sex": {"f": 6, "m": 4}}).factor.tolist()
    [3.0, 3.0, 4.0]
    """
    has_columns("sample", frame, known)
    refuse_missing(frame, known)
    columns, totals = [], []
    for name, total in known.items():
        if isinstance(total, Mapping):
            codes, people = _levels(frame, name, total)
            columns += [codes == i for i in range(len(people))]
            totals += people
        else:
            columns.append(read_numbers(frame, name))
            totals.append(float(total))
    matrix = np.column_stack(columns).astype(float)
    weighted = matrix.T * weight
    step, *_ = np.linalg.lstsq(weighted @ matrix, np.array(totals) - weighted.sum(axis=1))
    factor = np.asarray(1 + matrix @ step)
    reached = matrix.T @ (weight * factor)
    if not np.allclose(reached, totals, rtol=1e-7):
        raise DataError(
            f"the {len(totals)} known totals contradict one another, must describe one population: check that they add "
            "up"
        )
    if (factor <= 0).any():
        raise DataError(
            f"{int((factor <= 0).sum())} of {len(factor)} weights would be 0 or below to reach the known totals, must "
            "all stay above: use fewer totals, or merge levels"
        )
    return Calibration(matrix, weight, factor)


def _levels(frame: pd.DataFrame, name: str, people: Mapping[Any, float]) -> tuple[Any, list[float]]:
    """Return the level of each row, and the people of each level."""
    names = read_names(frame[name], name, cure="")
    place = {name_key(level): i for i, level in enumerate(people)}
    codes = np.array([place.get(name_key(one), -1) for one in names.spellings])[names.codes]
    missing = len(place) - len(np.unique(codes[codes >= 0]))
    if (codes < 0).any() or missing:
        raise DataError(
            f"{int((codes < 0).sum())} rows of column {name!r} have a level without known people, and {missing} levels "
            "with known people have no row, must agree: merge levels"
        )
    return codes, [float(one) for one in people.values()]
