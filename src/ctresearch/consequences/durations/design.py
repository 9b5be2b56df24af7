"""A model formula turned into columns of numbers, standardised for the fit and brought back after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.columns import refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ctresearch.consequences.durations.durations import Floats


_CONSTANT = "Intercept"  # what formulaic calls the constant


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of a model without a constant.

    Parameters
    ----------
    names : tuple of str
        Names of the columns.
    words : tuple of str
        What a message calls each column: the term of the formula and a number, never the level of a category.
    standard : numpy.ndarray
        Columns with mean 0 and standard deviation 1, rows by columns.
    centre, spread : numpy.ndarray
        Means and standard deviations that were taken out, shape (columns,) each.
    used : tuple of str
        Columns of the table that the formula names.

    Examples
    --------
    >>> import pandas as pd
    >>> read_design(pd.DataFrame({"age": [1.0, 3.0]}), "age").standard.ravel().tolist()
    [-1.0, 1.0]
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    standard: Floats
    centre: Floats
    spread: Floats
    used: tuple[str, ...]

    def covariance(self, standard: Floats) -> Floats:
        """Bring a covariance of coefficients back to the columns' own units.

        Parameters
        ----------
        standard : numpy.ndarray
            Covariance for the standardised columns, columns by columns.

        Returns
        -------
        numpy.ndarray
            For the columns as they came, columns by columns.

        Examples
        --------
        >>> import pandas as pd
        >>> read_design(pd.DataFrame({"age": [1.0, 5.0]}), "age").covariance(np.eye(1)).tolist()
        [[0.25]]
        """
        return np.asarray(standard / np.outer(self.spread, self.spread), dtype=float)


def read_design(frame: pd.DataFrame, formula: str) -> Design:
    """Read the columns that the right-hand side of a formula asks for.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    formula : str
        Such as ``"age + C(sex)"``; the constant is dropped, since a baseline takes its place. A name with a dot or a
        space stands in backticks.

    Returns
    -------
    Design
        The columns; the first level of a category is the reference.

    Raises
    ------
    SpecificationError
        If the formula cannot be read.
    DataError
        If it names a column that is not there, a value is missing or not finite, a column is constant, or one is a
        combination of the others.

    Examples
    --------
    >>> import pandas as pd
    >>> read_design(pd.DataFrame({"age": [1.0, 3.0, 2.0], "sex": ["f", "m", "f"]}), "age + sex").names
    ('age', 'sex[m]')
    """
    from formulaic import Formula  # type: ignore[import-untyped]
    from formulaic.errors import FormulaicError  # type: ignore[import-untyped]

    is_frame("frame", frame)
    try:
        plain = _renamed_columns(frame, formula)
        parsed = Formula(f"1 + ({_rename_columns(formula, plain)})")
        back = {safe: name for name, safe in plain.items()}
        used = tuple(sorted(back.get(str(name), str(name)) for name in parsed.required_variables))
        has_columns("frame", frame, used)
        refuse_missing(frame, used)
        _refuse_levels_alike(frame, used)
        matrix = parsed.get_model_matrix(
            _without_unused_levels(frame[list(used)]).rename(columns=plain), na_action="raise"
        )
    except DataError:
        raise
    except (FormulaicError, AttributeError):
        raise SpecificationError(
            f"formula == {formula!r} cannot be read, must be columns joined by + such as 'age + C(sex)', without a left"
            " side"
        ) from None
    except (ValueError, TypeError, KeyError, ArithmeticError):  # these can hold a cell, so they are no cause
        raise DataError(
            f"the columns {list(used)} cannot be used as formula {formula!r} asks: they must hold numbers where it "
            "calculates"
        ) from None
    names = tuple(_rename(str(name).replace("[T.", "["), back) for name in matrix.columns if name != _CONSTANT)
    words = tuple(_rename(word, back) for word in _words(matrix.model_spec.term_indices))
    return _standardise(names, words, np.asarray(matrix.drop(columns=_CONSTANT), dtype=float), used)


def _words(places: Mapping[Any, Sequence[int]]) -> list[str]:
    """Call each column by its term, and where a category makes several, by their number."""
    out = []
    for term, columns in places.items():
        if str(term) != "1":
            of = f" of {len(columns)}" if len(columns) > 1 else ""
            out += [f"{term}, column {i}{of}" if of else str(term) for i in range(1, len(columns) + 1)]
    return out


def _refuse_levels_alike(frame: pd.DataFrame, used: Sequence[str]) -> None:
    """Refuse levels of a category that differ in their spelling alone, and would be two columns."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    for name in used:
        if not (is_numeric_dtype(frame[name]) or is_bool_dtype(frame[name])):
            read_names(frame[name], name, cure="")


def _renamed_columns(frame: pd.DataFrame, formula: str) -> dict[str, str]:
    """Return plain names for columns that formulaic misreads: `ph.ecog`, an attribute to it, and `Intercept`."""
    quoted = [name for name in frame.columns if isinstance(name, str) and "." in name and f"`{name}`" in formula]
    return {name: f"renamed_{i}_" for i, name in enumerate([*quoted, *({_CONSTANT} & {*frame.columns})])}


def _rename_columns(formula: str, names: dict[str, str]) -> str:
    """Replace names of columns in a formula: those in backticks, and the one that needs none."""
    return re.sub(rf"`([^`]*)`|\b{_CONSTANT}\b", lambda found: names.get(found[1] or found[0], found[0]), formula)


def _without_unused_levels(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop levels of categories that no row has, as are left after a choice of rows."""
    left = {name: frame[name].cat.remove_unused_categories() for name in frame.select_dtypes("category").columns}
    return frame.assign(**left)


def _rename(text: str, names: dict[str, str]) -> str:
    """Replace names in a text."""
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _standardise(names: tuple[str, ...], words: tuple[str, ...], columns: Floats, used: tuple[str, ...]) -> Design:
    """Take out means and standard deviations, and refuse columns that no fit can tell apart."""
    if not names:
        raise SpecificationError("formula names no column, must name at least one: Survival needs no formula")
    if not np.isfinite(columns).all():
        worst = words[int(np.argmax((~np.isfinite(columns)).sum(axis=0)))]
        raise DataError(f"term {worst!r} holds values that are not finite")
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    # a constant column differs from its mean by rounding alone
    flat = spread <= 1e-12 * np.maximum(1, np.abs(centre))
    if flat.any():
        raise DataError(f"term {words[int(np.argmax(flat))]!r} is the same in all rows, must vary: leave it out")
    standard = np.ascontiguousarray((columns - centre) / spread)
    # what is left of a standardised column once those before it are taken out; below 1e-7 it is their rounding
    corner = np.abs(np.diag(np.linalg.qr(standard, mode="r"))) / np.sqrt(len(standard))
    if len(corner) < len(names) or corner.min() < 1e-7:
        worst = words[int(np.argmin(corner))] if len(corner) == len(names) else words[-1]
        raise DataError(f"term {worst!r} is a combination of the terms before it: leave it out")
    return Design(names, words, standard, centre, spread, used)
