"""What every estimator looks like.

Options are keyword-only and checked in ``__init__``, where nothing is fitted. ``fit`` returns a new frozen result and
leaves the estimator as it was, so one estimator can be fitted to many tables.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ctresearch.core.errors import UnknownOptionError
from ctresearch.core.renamed import new_names
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_a

if TYPE_CHECKING:
    from collections.abc import Callable

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


class Options:
    """What an estimator was told, kept as it was given: to be read, shown and copied.

    An estimator that inherits from this class has a readable ``repr``, the ``get_params`` that
    ``sklearn.base.clone`` needs, and an error for a misspelled option that says which one may have been meant.

    Examples
    --------
    >>> class Mean(Options):
    ...     def __init__(self, *, level=0.95, weights=None):
    ...         self.level = level
    >>> Mean(level=0.9), Mean().get_params()
    (Mean(level=0.9), {'level': 0.95, 'weights': None})
    """

    _given: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in cls.__dict__:
            cls.__init__ = _remembering(cls.__init__)  # type: ignore[method-assign]

    def get_params(self, deep: bool = False) -> dict[str, Any]:  # as scikit-learn calls it
        """Return every option with its value, those left out with their default.

        Parameters
        ----------
        deep : bool
            Taken for the sake of scikit-learn; estimators hold no options of other estimators under names of their own.

        Returns
        -------
        dict
            Option to value, in the order of the signature.

        Examples
        --------
        >>> class Mean(Options):
        ...     def __init__(self, *, level=0.95):
        ...         self.level = level
        >>> Mean(level=0.9).get_params()
        {'level': 0.9}
        """
        return dict(self._given)

    def __repr__(self) -> str:
        shown = []
        for name, parameter in inspect.signature(type(self)).parameters.items():
            value = self._given[name]
            shape = getattr(value, "shape", None)  # a table or an array is told by its size, never by its cells
            text = repr(value) if shape is None else f"<{type(value).__name__} of {' by '.join(map(str, shape))}>"
            if inspect.isroutine(value):  # the repr of a function holds an address, which no two processes share
                text = value.__name__
            if value is parameter.default or text == repr(parameter.default):
                continue
            positional = parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
            shown.append(text if positional else f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _remembering(init: Callable[..., None]) -> Callable[..., None]:
    """Let an ``__init__`` keep what it was given, and refuse an unknown option with the nearest known one."""
    signature = inspect.signature(init)
    known = [name for name in signature.parameters if name != "self"]
    former, gone = getattr(init, "__renamed__", ({}, ""))

    @functools.wraps(init)
    def remember(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs = new_names(kwargs, former, gone)
        unknown = next((name for name in kwargs if name not in known), None)
        if unknown is not None:
            near = difflib.get_close_matches(unknown, known, n=1)
            meant = f": did you mean {near[0]!r}?" if near else f"; its options are {', '.join(known)}"
            raise UnknownOptionError(f"{type(self).__name__} has no option {unknown!r}{meant}")
        if kwargs.get("scope") is not None:
            is_a("scope", kwargs["scope"], Scope)
        init(self, *args, **kwargs)
        if type(self).__init__ is remember:  # not where a subclass calls this one
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            self._given = {name: bound.arguments[name] for name in known}

    return remember
