"""What mutants of kernels ask of pytest: a shared cache of kernels, and which tests reach which kernel.

Kernels are compiled once for all copies of the package, since their folder in the cache is already named by what they
are compiled from. Where ``CTRESEARCH_KERNELS_WATCHED`` is set, the tests that call a kernel of each source file are
written to the file that ``CTRESEARCH_KERNELS_REACHED`` names, with the seconds of processor time of every test; while a
kernel is changed, a test that takes ten times as long is ended.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 120  # of processor time for any test: what a kernel and all that call it take to compile, and more

_watching = False
_called: set[str] = set()
_tests: dict[str, set[str]] = defaultdict(set)
_seconds: dict[str, float] = {}


def pytest_configure() -> None:
    """Share compiled kernels, and watch them where that is asked."""
    _share_kernels()
    if os.environ.pop("CTRESEARCH_KERNELS_WATCHED", None):
        _watch_kernels()


def _share_kernels() -> None:
    """Let copies of the package in different folders find the same compiled kernels."""
    from numba.core import caching

    caching.UserProvidedCacheLocator.get_suitable_cache_subpath = classmethod(lambda cls, file: "shared")  # type: ignore[method-assign]


def _watch_kernels() -> None:
    """Note the file of every kernel that Python calls."""
    global _watching
    from numba.core.registry import CPUDispatcher

    call, _watching = CPUDispatcher.__call__, True

    def noted(self: Any, *args: Any, **options: Any) -> Any:
        _called.add(self.py_func.__code__.co_filename)
        return call(self, *args, **options)

    CPUDispatcher.__call__ = noted


def _known() -> dict[str, Any]:
    """Return what was written of tests and kernels."""
    there = Path(os.environ["CTRESEARCH_KERNELS_REACHED"])
    found: dict[str, Any] = {"tests": {}, "seconds": {}}
    return json.loads(there.read_text(encoding="utf-8")) if there.is_file() else found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Time a test and note its kernels, or end one that a mutant keeps from ending."""
    began = time.process_time()
    _called.clear()
    if "CTRESEARCH_KERNEL_MUTANT" in os.environ:
        limit = int(began + SECONDS + 10 * _known()["seconds"].get(item.nodeid, 1.0))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    done = yield
    _seconds[item.nodeid] = time.process_time() - began
    for file in _called:
        _tests[file].add(item.nodeid)
    return done


def pytest_sessionfinish() -> None:
    """Write what was watched, in place of what was known of the same tests."""
    if not _watching:
        return
    known = _known()
    tests = {file: set(names) - set(_seconds) for file, names in known["tests"].items()}
    for file, names in _tests.items():
        inside = file.rpartition("/src/")[2]
        tests[inside] = tests.get(inside, set()) | names
    written = {file: sorted(names) for file, names in sorted(tests.items())}
    Path(os.environ["CTRESEARCH_KERNELS_REACHED"]).write_text(
        json.dumps(known | {"tests": written, "seconds": known["seconds"] | _seconds}), encoding="utf-8"
    )
