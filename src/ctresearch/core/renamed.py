"""Names that changed: the old one works for one version more, and says what it is called now.

The policy. A public option, function or class that gets another name keeps the old one until the next minor version but
one: what is renamed in 0.2 warns in 0.2 and is gone in 0.3. The warning names the new name and the version in which the
old one goes. What changes meaning is never renamed in silence: the old word is refused.
"""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Function = TypeVar("Function", bound="Callable[..., Any]")


class RenamedWarning(FutureWarning):
    """A name that was changed has been used; it goes in the version that the message gives."""


def renamed(*, gone: str, **options: str) -> Callable[[Function], Function]:
    """Let a function or an ``__init__`` take options under their old names for one version more.

    Parameters
    ----------
    gone : str
        Version in which the old names go: ``"0.3"``.
    **options : str
        Old name to new name.

    Returns
    -------
    callable
        A decorator.

    Examples
    --------
    >>> @renamed(gone="0.3", adjust="covariates")
    ... def effect(*, covariates=()):
    ...     return covariates
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     effect(adjust=["age"])
    ['age']
    >>> print(said[0].message)
    adjust= is now covariates=, and goes in version 0.3: write covariates=
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **new_names(kwargs, options, gone))

        call.__renamed__ = (options, gone)  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return decorate


def new_names(given: Mapping[str, Any], options: Mapping[str, str], gone: str) -> dict[str, Any]:
    """Return keyword arguments under their new names, with a warning for each old one.

    Parameters
    ----------
    given : mapping
        Keyword arguments of a call.
    options : mapping of str to str
        Old name to new name.
    gone : str
        Version in which the old names go.

    Returns
    -------
    dict
        The arguments.

    Raises
    ------
    SpecificationError
        If an option is given under both names.

    Examples
    --------
    >>> new_names({"level": 0.9}, {"adjust": "covariates"}, "0.3")
    {'level': 0.9}
    """
    out: dict[str, Any] = {}
    for name, value in given.items():
        new = options.get(name, name)
        if new in out or (new != name and new in given):
            raise SpecificationError(f"{name}= is the old name of {new}=, and both were given: give {new}= alone")
        if new != name:
            said = f"{name}= is now {new}=, and goes in version {gone}: write {new}="
            warnings.warn(said, RenamedWarning, stacklevel=3)
        out[new] = value
    return out
