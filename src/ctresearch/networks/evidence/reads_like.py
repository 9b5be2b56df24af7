"""What lets a result be used as the table, column, number or mapping that it holds."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.core.meaning import Meaning


class ReadsLike:
    """Hands whatever a class does not answer itself on to the thing that ``_held`` returns.

    Special methods are looked up on the class and never reach ``__getattr__``, so that each stands here by name.
    """

    @abstractmethod
    def _held(self) -> Any:
        """Return what this reads like."""

    def __getattr__(self, name: str) -> Any:
        # copying and unpickling ask for private names before there is anything to hand on to
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._held(), name)

    def equals(self, other: Any) -> bool:
        """Compare tables or columns as pandas does, be the other one a result or bare.

        Parameters
        ----------
        other : object
            A result that reads like a table, or a table.

        Returns
        -------
        bool
            Whether they hold the same.

        Examples
        --------
        >>> import networkx as nx
        >>> from ctresearch.networks import centrality
        >>> centrality(nx.star_graph(3)).equals(centrality(nx.star_graph(3)).table["degree"])
        True
        """
        return bool(self._held().equals(bare(other)))

    def __getitem__(self, key: Any) -> Any:
        return self._held()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held())

    def __contains__(self, key: object) -> bool:
        return key in self._held()

    def __len__(self) -> int:
        return len(self._held())

    def __bool__(self) -> bool:
        # a table has no truth of its own, and a result is there
        held = self._held()
        return bool(held) if isinstance(held, (float, dict)) else True

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = np.asarray(self._held(), dtype=dtype)
        return array.copy() if copy else array

    def __float__(self) -> float:
        return float(self._held())

    def __int__(self) -> int:
        return int(self._held())

    def __format__(self, form: str) -> str:
        return format(self._held(), form)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._held(), digits) if digits is not None else round(self._held())

    def __abs__(self) -> Any:
        return abs(self._held())

    def __neg__(self) -> Any:
        return -self._held()

    def __lt__(self, other: Any) -> Any:
        return self._held() < bare(other)

    def __le__(self, other: Any) -> Any:
        return self._held() <= bare(other)

    def __gt__(self, other: Any) -> Any:
        return self._held() > bare(other)

    def __ge__(self, other: Any) -> Any:
        return self._held() >= bare(other)

    def __add__(self, other: Any) -> Any:
        return self._held() + bare(other)

    def __radd__(self, other: Any) -> Any:
        return other + self._held()

    def __sub__(self, other: Any) -> Any:
        return self._held() - bare(other)

    def __rsub__(self, other: Any) -> Any:
        return other - self._held()

    def __mul__(self, other: Any) -> Any:
        return self._held() * bare(other)

    def __rmul__(self, other: Any) -> Any:
        return other * self._held()

    def __truediv__(self, other: Any) -> Any:
        return self._held() / bare(other)

    def __rtruediv__(self, other: Any) -> Any:
        return other / self._held()

    def __or__(self, other: Any) -> Any:
        return self._held() | bare(other)

    def __ror__(self, other: Any) -> Any:
        return other | self._held()


class KeyColumns(dict[str, "Meaning"]):
    """What the key columns of a result mean; called, it is the method ``keys`` of the thing that the result reads like.

    Parameters
    ----------
    columns : mapping of str to Meaning
        Column to meaning.
    held : object
        The thing: a table, a column or a dictionary, whose ``keys()`` make ``dict(result)``.

    Examples
    --------
    >>> KeyColumns({}, {"a": 1})()
    dict_keys(['a'])
    """

    def __init__(self, columns: Mapping[str, Meaning], held: Any) -> None:
        super().__init__(columns)
        self._held = held

    def __call__(self) -> Any:
        """Return the keys of the thing."""
        return self._held.keys()


def bare(thing: Any) -> Any:
    """Return what a thing holds, if it reads like that, and else the thing."""
    return thing._held() if isinstance(thing, ReadsLike) else thing
