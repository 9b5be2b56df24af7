"""What a kernel holds is looked at however soon it ends."""

import os

import psutil

from ctresearch.studies.kernel.memory import MemoryWatch


def test_a_kernel_that_ends_at_once_held_memory_too():
    with MemoryWatch(os.getpid(), 10**6) as watch:
        pass
    assert 1 < watch.peak_mb <= psutil.virtual_memory().total / 2**20
    assert not watch.exceeded
