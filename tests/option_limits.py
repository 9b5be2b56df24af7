"""Every limit of an option: what lies just beyond is refused under the option's own name, what lies on it is taken.

A room's module holds ``LIMITS``: a name for each thing called, what is called, the options it needs, and for each
option the values just beyond its limits and those that lie on them.
"""

import re

import pytest

from ctresearch.core import SpecificationError

TINY = 1e-9
LEVEL = {"level": ((0.0, 1.0, "0.9"), (0.5, 1 - TINY))}
FLAG = (("yes", 2, None), (True, False))


def beyond(limits):
    """List what must be refused: name, option, value."""
    return [
        (name, o, value) for name, (*_, rows) in limits.items() for o, (wrong, _) in rows.items() for value in wrong
    ]


def allowed(limits):
    """List what must be taken: name, option, value."""
    return [
        (name, o, value) for name, (*_, rows) in limits.items() for o, (_, right) in rows.items() for value in right
    ]


def refuses(limits, name, option, value):
    """Say that a value is refused by a sentence that begins with the option's name."""
    call, needed, _ = limits[name]
    with pytest.raises(SpecificationError, match=rf"^{re.escape(option)}\S* (== .*|is an? \w+), must be "):
        call(**needed | {option: value})


def takes(limits, name, option, value):
    """Say that a value is taken, and kept where the options are kept."""
    call, needed, _ = limits[name]
    made = call(**needed | {option: value})
    assert made is not None
    if hasattr(made, "get_params"):
        assert made.get_params()[option] == value
