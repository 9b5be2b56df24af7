"""Which tests notice a changed kernel: a copy of the repository, where one file is changed at a time.

A compiled kernel cannot be changed where it stands, as a plain function can, and those that call it are compiled with
it. So the room's tests run once in a copy, to see which of them call a kernel of each file and for how long; then a
kernel is changed there, and the modules of tests that call one of that file, directly or through other kernels, run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from mutants import of_kernels
from mutation_forks import PLACE, ROOT, Judged, hashes, module_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutants import Mutant

COPIED = (
    "src",
    "tests",
    "data",
    "notebooks",
    "studies",
    "benchmarks",
    "docs",
    "README.md",
    "pyproject.toml",
    "Makefile",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "GLOSSARY.md",
    "CITATION.cff",
    "environment.yml",
    "tools",
)
REACHED = "kernels-reached.json"


def has_kernels(room: str) -> bool:
    """Say whether a room compiles anything."""
    folder = ROOT / "src" / "ctresearch" / room
    return any("@kernel\n" in path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))


def judge_kernels(room: str, wanted: int, seed: int) -> list[Judged]:
    """Draw mutants of a room's kernels and run the tests that reach them against each."""
    copy = _copy(room)
    _watch(copy, room)
    mutants = [one for path in sorted((copy / "src/ctresearch" / room).rglob("*.py")) for one in of_kernels(path)]
    drawn = random.Random(seed).sample(mutants, min(wanted, len(mutants)))
    print(f"running {len(drawn)} of {len(mutants)} mutants of kernels ...", flush=True)
    judged = []
    with _pytest(copy) as ask:
        if drawn and ask(_tests(copy, drawn[0].file)[:20]) != 0:
            sys.exit(f"tests of {drawn[0].file.name} fail with its kernels as they are: run them in {copy}")
        for mutant in drawn:
            tests = _tests(copy, mutant.file)
            caught = bool(tests) and _caught(mutant, partial(ask, tests))
            outcome = "killed" if caught else "survived" if tests else "no test"
            judged.append(Judged(mutant, outcome, len(tests), len(tests)))
    return judged


def _copy(room: str) -> Path:
    """Copy what the tests of a room need into a folder of its own, or bring the last copy up to date."""
    copy = PLACE / room.replace("/", "-")
    copy.mkdir(parents=True, exist_ok=True)
    here, there = _files(ROOT), _files(copy)
    for name in there - here:
        (copy / name).unlink()
    for name in here:
        if name not in there or (ROOT / name).read_bytes() != (copy / name).read_bytes():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def _files(root: Path) -> set[str]:
    """Return the files below a folder that the tests may need."""
    found = {name for name in COPIED if (root / name).is_file()}
    for path in (path for name in COPIED if (root / name).is_dir() for path in (root / name).rglob("*")):
        if path.is_file() and not {"__pycache__", "_build"} & set(path.parts):
            found.add(path.relative_to(root).as_posix())
    return found


def _watch(copy: Path, room: str) -> None:
    """See which tests call which kernel, in the modules of tests that are new or changed."""
    now = hashes(room, [path.relative_to(copy).as_posix() for path in (copy / "tests" / room).rglob("test_*.py")], copy)
    kept = copy / REACHED
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {"tests": {}, "seconds": {}}
    before = known.get("hashes", {})
    stale = [module for module in now if before.get(module) != now[module]]
    fresh = {test for test in known["seconds"] if module_of(test) in now and module_of(test) not in stale}
    known["seconds"] = {test: seconds for test, seconds in known["seconds"].items() if test in fresh}
    known["tests"] = {file: sorted(fresh & set(tests)) for file, tests in known["tests"].items()}
    kept.write_text(json.dumps(known | {"hashes": now}), encoding="utf-8")
    print(f"seeing which kernels {len(stale)} of {len(now)} modules of tests call ...", flush=True)
    if stale:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "mutation_children", "-m", "not slow", *stale]
        environment = _environment(copy) | {"CTRESEARCH_KERNELS_WATCHED": "1"}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in {0, 5}:
            kept.unlink()
            sys.exit(f"tests of {room} fail as they are in {copy}:\n{done.stdout[-3000:]}")


def _environment(copy: Path) -> dict[str, str]:
    """Return an environment in which kernels of copies are cached apart from those in use."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(copy / "tools"), str(copy / "src")]),
        "XDG_CACHE_HOME": str(PLACE / "cache"),
        "CTRESEARCH_KERNELS_REACHED": str(copy / REACHED),
        "NUMBA_OPT": "1",  # compiles in two thirds of the time
        "TQDM_DISABLE": "1",
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _tests(copy: Path, file: Path) -> list[str]:
    """Return the tests of every module that calls a kernel compiled from a file, those that do so themselves first.

    Before them all come tests that run kernels as Python, since nothing is compiled for those.
    """
    from ctresearch.core.compile import reached_files

    known = json.loads((copy / REACHED).read_text(encoding="utf-8"))
    seconds = known["seconds"]
    calling = {
        test for name, tests in known["tests"].items() if file in reached_files(copy / "src" / name) for test in tests
    }
    modules = {module_of(test) for test in calling}
    as_python = {m for m in {module_of(test) for test in seconds} if "interpreted(" in (copy / m).read_text()}
    beside = [test for test in seconds if module_of(test) in modules | as_python]
    return sorted(beside, key=lambda test: (module_of(test) not in as_python, test not in calling, seconds[test]))


def _caught(mutant: Mutant, ask: Callable[[], int]) -> bool:
    """Say whether a test fails, or does not end, with a kernel changed."""
    original = mutant.file.read_text(encoding="utf-8")
    if original.count(mutant.before) != 1:
        sys.exit(f"{mutant.file.name} holds a kernel {original.count(mutant.before)} times, must hold it once")
    mutant.file.write_text(original.replace(mutant.before, mutant.after), encoding="utf-8")
    try:
        return ask() != 0
    finally:
        mutant.file.write_text(original, encoding="utf-8")


_ANSWER = """
import json, os, sys
import matplotlib.pyplot, numba, pandas, pytest, scipy.optimize, scipy.sparse.csgraph, scipy.stats
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        os._exit(int(pytest.main(json.loads(line))))
    print(os.waitpid(pid, 0)[1], flush=True)
"""


@contextmanager
def _pytest(copy: Path) -> Iterator[Callable[[list[str]], int]]:
    """Run tests on the copy, each time in a fork of a process that has imported what is not ours; zero if they pass."""
    environment = _environment(copy) | {"CTRESEARCH_KERNEL_MUTANT": "1"}
    words = ["-x", "-q", "-p", "mutation_children", "-m", "not slow"]
    command = [sys.executable, "-c", _ANSWER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=copy, env=environment, stdin=pipe, stdout=pipe, text=True) as server:

        def ask(tests: list[str]) -> int:
            """Run tests until one fails."""
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps([*words, *tests]) + "\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield ask
