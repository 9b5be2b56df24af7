"""A record of what went into an estimate: digest of the data, seed, versions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.render import as_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an estimate was made from.

    Parameters
    ----------
    digest : str
        SHA-256 of the data, or its keyed digest where the data are restricted; empty if none was taken.
    keyed : bool
        Whether the digest needs a custodian's key, so that a small table cannot be guessed from it.
    seed : int, optional
        Where the random streams started; ``None`` where nothing was drawn.
    versions : mapping of str to str
        Packages that did the arithmetic.

    Examples
    --------
    >>> Inputs(seed=1).seed
    1
    """

    digest: str = ""
    keyed: bool = False
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the versions."""
        object.__setattr__(self, "versions", MappingProxyType(dict(self.versions)))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Inputs, (self.digest, self.keyed, self.seed, dict(self.versions)))

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values.

        Returns
        -------
        dict
            Its fields.

        Examples
        --------
        >>> Inputs().to_dict()["keyed"]
        False
        """
        return {"digest": self.digest, "keyed": self.keyed, "seed": self.seed, "versions": dict(self.versions)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Inputs:
        """Read a record back.

        Parameters
        ----------
        values : mapping
            What :meth:`to_dict` made.

        Returns
        -------
        Inputs
            The record.

        Examples
        --------
        >>> Inputs.from_dict(Inputs(digest="ab").to_dict()).digest
        'ab'
        """
        return cls(**values)

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["digest", "keyed", "seed", "versions"])


def record(frame: pd.DataFrame, *, seed: int | None = None, packages: tuple[str, ...] = ("numpy", "pandas")) -> Inputs:
    """Record a table, the seed and the versions in use.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data of the estimate, in canonical order.
    seed : int, optional
        Seed of the method.
    packages : tuple of str
        Distributions that did the arithmetic; ctresearch itself is always among them.

    Returns
    -------
    Inputs
        The record.

    Examples
    --------
    >>> import pandas as pd
    >>> len(record(pd.DataFrame({"a": [1, 2]})).digest)
    64
    """
    return Inputs(digest=table_digest(frame), seed=seed, versions={p: _version(p) for p in ("ctresearch", *packages)})


def table_digest(frame: pd.DataFrame) -> str:
    """Hash a table by its values and column names, whatever its index; a million rows take no time.

    Numbers count by value, whatever their type; other columns as they are written.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.

    Returns
    -------
    str
        SHA-256 as hexadecimal digits; the order of the rows counts.

    Examples
    --------
    >>> import pandas as pd
    >>> table_digest(pd.DataFrame({"a": [1]})) == table_digest(pd.DataFrame({"a": [2]}))
    False
    """
    whole = hashlib.sha256()
    for name, column in frame.items():
        whole.update(f"{name}\n".encode() + _column_digest(column))
    return whole.hexdigest()


def _column_digest(column: pd.Series[Any]) -> bytes:
    """Hash one column by its values."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if is_numeric_dtype(column) or is_bool_dtype(column):
        return hashlib.sha256(np.ascontiguousarray(column.to_numpy(dtype=float, na_value=np.nan)).data).digest()
    return hashlib.sha256(column.to_csv(index=False, lineterminator="\n").encode()).digest()


@cache  # reading it takes as long as a small fit, and what is loaded stays loaded
def _version(package: str) -> str:
    """Say which version of a package is installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
