"""A bound on square tables of actors by actors, so that a large network is refused before memory runs out."""

from __future__ import annotations

from ctresearch.core.errors import SpecificationError

LIMIT = 4 * 2**30
"""Bytes that square tables may take together: what a laptop can spare."""
_CELL = 8


def refuse_too_large(what: str, actors: int, tables: int) -> None:
    """Refuse a method that would need more memory than the limit.

    Parameters
    ----------
    what : str
        What needs it.
    actors : int
        Actors of the network.
    tables : int
        Square tables of numbers that are held at once.

    Raises
    ------
    SpecificationError
        If they take more than 4 GiB.

    Examples
    --------
    >>> refuse_too_large("equivalence", 1_000, 4)
    """
    needed = _CELL * tables * actors * actors
    if needed > LIMIT:
        most = int((LIMIT / (_CELL * tables)) ** 0.5)
        raise SpecificationError(
            f"{what} needs {needed / 2**30:,.0f} GiB for {actors:,} actors, takes {LIMIT / 2**30:.0f} GiB and {most:,} "
            "actors at most: take a part of the network, such as one component, or merge actors into groups"
        )
