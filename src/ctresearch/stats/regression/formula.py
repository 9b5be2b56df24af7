"""The right-hand side of a model formula turned into columns of numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.columns import refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ctresearch.stats.regression.generalized_linear import Floats

_CONSTANT = "Intercept"  # what formulaic calls the constant


@dataclass(frozen=True, slots=True)
class FormulaColumns:
    """Columns of a model without a constant.

    Parameters
    ----------
    names : tuple of str
        Names of the columns, such as ``sex[m]`` and ``age:sex[m]``.
    words : tuple of str
        What a message calls each column: the term of the formula and a number, never the level of a category.
    terms : tuple of str
        The term of the formula that each column belongs to.
    columns : numpy.ndarray
        Rows by columns.
    used : tuple of str
        Columns of the table that the formula names, in the order in which it names them.

    Examples
    --------
    >>> FormulaColumns(("age",), ("age",), ("age",), np.zeros((2, 1)), ("age",)).columns.shape
    (2, 1)
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    terms: tuple[str, ...]
    columns: Floats
    used: tuple[str, ...]


def formula_names(formula: str) -> tuple[str, ...]:
    """Return the columns of a table that a formula names, in its order.

    Parameters
    ----------
    formula : str
        Such as ``"age * C(sex)"``.

    Returns
    -------
    tuple of str
        Each column once.

    Raises
    ------
    SpecificationError
        If the formula cannot be read.

    Examples
    --------
    >>> formula_names("age * C(sex) + `home.town`")
    ('age', 'sex', 'home.town')
    """
    formula = _right_side(formula)
    plain = _plain_names(formula)
    safe = _rename_columns(formula, plain)
    found = [str(name) for name in _parse(formula, safe).required_variables]
    back = {new: name for name, new in plain.items()}
    return tuple(back.get(name, name) for name in sorted(found, key=lambda name: _place(safe, name)))


def read_formula(frame: pd.DataFrame, formula: str) -> FormulaColumns:
    """Read the columns that the right-hand side of a formula asks for.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    formula : str
        Such as ``"age + C(sex)"`` or, with interactions, ``"age * C(sex)"``; the constant is dropped. A name with a dot
        or a space stands in backticks.

    Returns
    -------
    FormulaColumns
        The columns; the first level of a category is the reference.

    Raises
    ------
    SpecificationError
        If the formula cannot be read.
    DataError
        If it names a column that is not there, or a value is missing or not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> read_formula(pd.DataFrame({"age": [1.0, 3.0, 2.0], "sex": ["f", "m", "f"]}), "age * sex").names
    ('age', 'sex[m]', 'age:sex[m]')
    """
    is_frame("frame", frame)
    formula = _right_side(formula)
    plain = _plain_names(formula)
    parsed, used = _parse(formula, _rename_columns(formula, plain)), formula_names(formula)
    has_columns("frame", frame, used)
    refuse_missing(frame, used)
    _refuse_levels_alike(frame, used)
    back = {safe: name for name, safe in plain.items()}
    matrix = _matrix(parsed, _without_unused_levels(frame[list(used)]).rename(columns=plain), formula, used)
    names = tuple(_rename(str(name).replace("[T.", "["), back) for name in matrix.columns if name != _CONSTANT)
    terms, words = (tuple(_rename(one, back) for one in some) for some in _words(matrix.model_spec.term_indices))
    columns = np.asarray(matrix.drop(columns=_CONSTANT), dtype=float)
    if not np.isfinite(columns).all():
        worst = words[int(np.argmax((~np.isfinite(columns)).sum(axis=0)))]
        raise DataError(f"term {worst!r} holds values that are not finite")
    return FormulaColumns(names, words, terms, columns, used)


def _right_side(formula: Any) -> str:
    """Return a formula without the ``~`` that R puts before a right-hand side."""
    if not isinstance(formula, str):
        raise SpecificationError(f"formula == {shown(formula)}, must be text such as 'age + C(sex)'")
    return formula.strip().removeprefix("~").strip()


def _parse(formula: str, safe: str) -> Any:
    """Parse a formula whose names are safe, with a constant, which makes categories differ from a reference."""
    from formulaic import Formula  # type: ignore[import-untyped]
    from formulaic.errors import FormulaicError  # type: ignore[import-untyped]

    try:
        parsed = Formula(f"1 + ({safe})")
        parsed.required_variables  # noqa: B018 - a formula with a left side has none, and fails here
    except (FormulaicError, AttributeError, SyntaxError):
        raise SpecificationError(
            f"formula == {formula!r} cannot be read, must be columns joined by + such as 'age + C(sex)', without a left"
            " side"
        ) from None
    return parsed


def _matrix(parsed: Any, frame: pd.DataFrame, formula: str, used: Sequence[str]) -> Any:
    """Calculate the columns, and show no cell where that fails."""
    from formulaic.errors import FormulaicError

    try:
        return parsed.get_model_matrix(frame, na_action="raise")
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


def _words(places: Mapping[Any, Sequence[int]]) -> tuple[list[str], list[str]]:
    """Return the term of each column, and what it is called: where a term makes several columns, by their number."""
    terms, words = [], []
    for term, columns in places.items():
        if str(term) != "1":
            of = f" of {len(columns)}" if len(columns) > 1 else ""
            terms += [str(term)] * len(columns)
            words += [f"{term}, column {i}{of}" if of else str(term) for i in range(1, len(columns) + 1)]
    return terms, words


def _refuse_levels_alike(frame: pd.DataFrame, used: Sequence[str]) -> None:
    """Refuse levels of a category that differ in their spelling alone, and would be two columns."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    for name in used:
        if not (is_numeric_dtype(frame[name]) or is_bool_dtype(frame[name])):
            read_names(frame[name], name, cure="")


def _plain_names(formula: str) -> dict[str, str]:
    """Return plain names for columns such as `ph.ecog`, whose dot formulaic takes for an attribute, and `Intercept`."""
    dotted = [name for name in re.findall(r"`([^`]*)`", formula) if "." in name]
    own = [_CONSTANT] if re.search(rf"\b{_CONSTANT}\b", formula) else []
    return {name: f"renamed_{i}_" for i, name in enumerate(dict.fromkeys([*dotted, *own]))}


def _rename_columns(formula: str, names: dict[str, str]) -> str:
    """Replace names of columns in a formula: those in backticks, and the one that needs none."""
    return re.sub(rf"`([^`]*)`|\b{_CONSTANT}\b", lambda found: names.get(found[1] or found[0], found[0]), formula)


def _place(formula: str, name: str) -> int:
    """Return where a formula names a column first, as a word of its own."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", formula)
    return found.start() if found else len(formula)


def _without_unused_levels(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop levels of categories that no row has, as are left after a choice of rows."""
    left = {name: frame[name].cat.remove_unused_categories() for name in frame.select_dtypes("category").columns}
    return frame.assign(**left)


def _rename(text: str, names: dict[str, str]) -> str:
    """Replace names in a text."""
    for old, new in names.items():
        text = text.replace(old, new)
    return text
