"""Kernels run as the Python they are written in.

Compiled code reads and writes past the end of an array, and takes memory that nobody filled for numbers, without a word:
the answer is then right by luck. As Python the first is an error, and fresh memory holds what no answer survives.
"""

import sys
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from numba.core.registry import CPUDispatcher


class FreshMemory:
    """Numpy, but for arrays that nobody has filled: not-a-number, or an index that no array has."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def empty(shape, dtype=np.float64):
        return _spoil(np.empty(shape, dtype=dtype))

    @staticmethod
    def empty_like(array, dtype=None):
        return _spoil(np.empty_like(array, dtype=dtype))


def _spoil(array):
    kind = array.dtype.kind
    if kind in "iu":
        array[...] = np.iinfo(array.dtype).max // 2
    elif kind == "b":
        array[...] = True
    else:
        array[...] = np.nan
    return array


@contextmanager
def interpreted(room):
    """Replace every compiled function by the Python it was compiled from, and spoil the fresh memory of a room."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "overflow encountered in scalar")  # whole numbers wrap around, as compiled
        for name, module in list(sys.modules.items()):
            if not name.startswith("ctresearch."):
                continue
            held = dict(vars(module))
            kernels = {key: one for key, one in held.items() if isinstance(one, CPUDispatcher)}
            for key, one in kernels.items():
                patch.setattr(module, key, one.py_func)
            own = any(one.py_func.__module__ == name for one in kernels.values())
            if own and name.startswith(f"ctresearch.{room}") and held.get("np") is np:
                patch.setattr(module, "np", FreshMemory())
        yield
