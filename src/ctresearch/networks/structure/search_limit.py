"""When a long search has to end: after a time, after so many branches, or both; and the bar that shows how far it is.

A search that ends by proof gives the same result on every machine. One that a clock ends does not, and one that a
number of branches ends does.
"""

from __future__ import annotations

import os
import time
from copy import copy
from typing import TYPE_CHECKING, Any

from ctresearch.core.message import say
from ctresearch.core.validate import in_range, whole_number

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from ctresearch.core.message import Message

SECONDS = 10.0
"""How long a search may take where nobody says otherwise."""


class SearchLimit:
    """How much a search may spend, and its bar.

    Parameters
    ----------
    what : str
        Text of the bar, which appears once the search has taken over a second.
    seconds : float, optional
        Time from now; by default 10, and none where an effort is given.
    effort : int, optional
        Most branches.

    Raises
    ------
    SpecificationError
        If a limit is not above 0.

    Examples
    --------
    >>> with SearchLimit("search", effort=2) as limit:
    ...     [limit.reached(branches) for branches in (0, 1, 2)]
    [False, False, True]
    """

    def __init__(self, what: str, seconds: float | None = None, effort: int | None = None) -> None:
        if seconds is not None:
            in_range("seconds", seconds, 0, open_ends=True)
        self.effort = None if effort is None else whole_number("effort", effort, 1)
        self.seconds = SECONDS if seconds is None and effort is None else seconds
        self._what, self._start = what, time.monotonic()
        self._bar: Any = None
        self._end = float("inf") if self.seconds is None else self._start + self.seconds

    def __enter__(self) -> Self:
        from tqdm.auto import tqdm

        silent = bool(os.environ.get("TQDM_DISABLE"))  # tqdm's bar for notebooks does not look at it
        total = self.effort if self.seconds is None else self.seconds
        shape = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}{postfix}"
        self._bar = tqdm(total=total, desc=self._what, delay=1.0, leave=False, disable=silent, bar_format=shape)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    @property
    def left(self) -> float:
        """Seconds left, infinite without a clock."""
        return self._end - time.monotonic()

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return self._end < time.monotonic()

    def share(self, part: float) -> SearchLimit:
        """Give a part of the time that is left to one step.

        Parameters
        ----------
        part : float
            From 0 to 1.

        Returns
        -------
        SearchLimit
            A limit without a bar of its own.

        Examples
        --------
        >>> SearchLimit("search", seconds=8.0).share(0.5).left < 4.0
        True
        """
        inner = copy(self)
        inner._bar, inner._end = None, time.monotonic() + max(0.0, self.left) * part
        return inner

    def reached(self, branches: int, **shown: float) -> bool:
        """Say whether the search has to end, and move the bar.

        Parameters
        ----------
        branches : int
            Branches opened so far.
        **shown : float
            What stands beside the bar.

        Returns
        -------
        bool
            Whether time or effort is spent.

        Examples
        --------
        >>> SearchLimit("search", seconds=60.0).reached(10_000)
        False
        """
        if self._bar is not None and not self._bar.disable:
            done = branches if self.seconds is None else min(time.monotonic() - self._start, self.seconds)
            if shown:
                self._bar.set_postfix({name: f"{value:.4g}" for name, value in shown.items()}, refresh=False)
            self._bar.update(done - self._bar.n)
        return self.over or (self.effort is not None and branches >= self.effort)

    def ended_by(self, branches: int) -> Message:
        """Say in words what ended a search that proved nothing.

        Parameters
        ----------
        branches : int
            Branches opened.

        Returns
        -------
        str
            Part of a sentence.

        Examples
        --------
        >>> SearchLimit("search", effort=5).ended_by(5)
        'the search ended after 5 branches'
        """
        if self.seconds is not None and self.over:
            return say(
                "the search ended with its time, {seconds:g} s, after {branches:,} branches",
                seconds=self.seconds,
                branches=branches,
            )
        return say("the search ended after {branches:,} branches", branches=branches)
