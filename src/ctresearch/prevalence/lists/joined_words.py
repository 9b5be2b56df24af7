"""Words joined by "and", as parts of a message."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ctresearch.core.message import Message, as_message, say

if TYPE_CHECKING:
    from collections.abc import Sequence


def joined(parts: Sequence[str]) -> Message:
    """Join messages by "and".

    Parameters
    ----------
    parts : sequence of str
        One message or more.

    Returns
    -------
    Message
        All of them, each with its own template.

    Examples
    --------
    >>> joined(["one", "two", "three"])
    'one and two and three'
    """
    return reduce(lambda one, other: say("{one} and {other}", one=one, other=other), map(as_message, parts))
