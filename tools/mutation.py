"""Tests that are proven to catch: change a room in a small way, many times over, and see whether its tests notice.

``make mutation ROOM=stats MUTANTS=150 KERNELS=30 SEED=1`` draws mutants of the room by the seed, runs the tests of
that room against each, prints those that no test noticed and writes a row to ``benchmarks/results/mutation.csv``.

Plain functions are mutated and run by mutmut, which knows which tests reach which function; a mutant that no test
reaches has survived. Compiled kernels, which mutmut leaves alone, are changed here with mutmut's own operators, one
file at a time, and only the modules of tests that call a kernel of that file run, directly or through other kernels.
Changes of prose in messages are left out, since no test should pin a sentence word by word. Doctests do not count: they
show, they do not check.

``--again`` keeps what the last run of the room learned and asks only those modules of tests that changed since, which
makes a second seed cheap.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib.metadata
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".cache" / "mutation"
TABLE = ROOT / "benchmarks" / "results" / "mutation.csv"
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
NO_TESTS = 33
KERNELS_REACHED = "kernels-reached.json"
_RUN = """
import sys
from mutmut.__main__ import cli
from mutmut.workers.isolation import ForkRunner
# every test has just passed in the pass that sees what it reaches; a second pass would also fill the caches of the
# process that mutants start from, so that a mutated function might never be called
ForkRunner.run_clean_tests = lambda self, tests: 0
cli()
"""
TOOL = [sys.executable, "-c", _RUN, "run"]
STRING = re.compile(r"""[rbuf]*("([^"\\]|\\.)*"|'([^'\\]|\\.)*')""", re.IGNORECASE)


def main() -> None:
    """Draw, run, print and record."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("room", help="a folder of src/ctresearch, or one inside it such as causes/graph")
    options.add_argument("--mutants", type=int, default=150, help="how many mutants of plain functions (0: none)")
    options.add_argument("--kernels", type=int, default=30, help="how many mutants of compiled kernels (0: none)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2, help="processes")
    options.add_argument("--again", action="store_true", help="keep what the last run of the room learned")
    options.add_argument("--no-record", action="store_true", help="do not write the table")
    asked = options.parse_args()
    source = ROOT / "src" / "ctresearch" / asked.room
    if not source.is_dir():
        sys.exit(f"room == {asked.room!r}, must be a folder of src/ctresearch")
    copy = _copy(asked.room, again=asked.again)
    _prepare(copy, asked.room, asked.jobs)
    rows = []
    if asked.mutants:
        rows.append(_plain(copy, asked.room, asked.mutants, asked.seed, asked.jobs))
    if not asked.no_record:
        _record(rows)
    if asked.kernels and any("@kernel\n" in path.read_text(encoding="utf-8") for path in source.rglob("*.py")):
        rows.append(_kernels(copy, asked.room, asked.kernels, asked.seed))
    if not asked.no_record:
        _record(rows)
    for row in rows:
        print(
            f"{row['room']}, {row['kind']}: {row['killed']} of {row['mutants']} killed ({row['share']}), "
            f"{row['no_tests']} reached by no test"
        )


def _prepare(copy: Path, room: str, jobs: int) -> None:
    """Make every mutant of plain functions and see which tests reach which function and kernel."""
    (copy / "setup.cfg").write_text(_config(room), encoding="utf-8")
    print("making mutants and seeing which tests reach them ...", flush=True)
    # a pattern that nothing matches makes and measures everything, and runs nothing
    command = [*TOOL, "--max-children", str(jobs), "no.such.mutant"]
    made = subprocess.run(command, cwd=copy, env=_environment(copy), capture_output=True, text=True, check=False)
    if not _results(copy) or "Filtered for specific mutants" not in made.stdout + made.stderr:
        sys.exit(f"mutmut made no mutants of {room}; it said:\n{(made.stdout + made.stderr)[-3000:]}")


def _plain(copy: Path, room: str, wanted: int, seed: int, jobs: int) -> dict[str, object]:
    """Draw mutants of plain functions and let mutmut run them."""
    results = _results(copy)
    drawn = _draw(copy, sorted(results), wanted, random.Random(seed))
    reached = _reached(copy)
    missed = [name for name in drawn if name.partition("__mutmut_")[0] not in reached]
    tried = [name for name in drawn if name not in missed]
    print(f"running {len(tried)} of {len(results)} mutants ...", flush=True)
    done = subprocess.run(
        [*TOOL, "--max-children", str(jobs), *tried],
        cwd=copy,
        env=_environment(copy),
        capture_output=True,
        text=True,
        check=False,
    )
    results = _results(copy)
    unknown = [name for name in tried if results[name] is None]
    if unknown:
        sys.exit(
            f"{len(unknown)} of {len(tried)} mutants were not run, such as {unknown[0]}; mutmut"
            f" said:\n{done.stderr[-3000:]}{done.stdout[-2000:]}"
        )
    survived = [name for name in tried if results[name] in (0, NO_TESTS)]
    for name, change in sorted(_differences(copy, survived + missed).items()):
        print(f"\n{'no test reaches' if name in missed else 'survived'}: {name}\n{change}", flush=True)
    endless = sorted(name for name in tried if results[name] not in (0, 1, 3, NO_TESTS))
    if endless:
        print(f"\ncaught by their tests not ending: {', '.join(endless)}", flush=True)
    return _row(room, "functions", len(drawn), len(drawn) - len(survived) - len(missed), len(missed), seed)


def _copy(room: str, *, again: bool) -> Path:
    """Copy what the tests of a room need into a folder of its own, or bring the last copy up to date."""
    copy = PLACE / room.replace("/", "-")
    changed = _changed(copy) if again and copy.is_dir() else None
    tests = re.compile(r"tests/(.*/)?test_[^/]*\.py")
    if changed is None or any(name.startswith(("src/", "tests/")) and not tests.fullmatch(name) for name in changed):
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        changed = _changed(copy)
    for name in changed:
        for there in (copy / name, copy / "mutants" / name):
            there.unlink(missing_ok=True)
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    _forget(copy, {name for name in changed if tests.fullmatch(name)})
    return copy


def _changed(copy: Path) -> list[str]:
    """Return the files that differ between this repository and a copy of it, those only one of them has included."""
    here, there = _files(ROOT), _files(copy)
    return sorted(
        name
        for name in here | there
        if not (name in here and name in there and (ROOT / name).read_bytes() == (copy / name).read_bytes())
    )


def _files(root: Path) -> set[str]:
    """Return the files below a folder that the tests may need."""
    found = {name for name in COPIED if (root / name).is_file()}
    for path in (path for name in COPIED if (root / name).is_dir() for path in (root / name).rglob("*")):
        if path.is_file() and not {"__pycache__", "_build"} & set(path.parts):
            found.add(path.relative_to(root).as_posix())
    return found


def _forget(copy: Path, changed: set[str]) -> None:
    """Drop what is known of the tests in changed files: they are asked anew."""
    stats = copy / "mutants" / "mutmut-stats.json"
    if changed and stats.is_file():
        known = json.loads(stats.read_text(encoding="utf-8"))
        seconds, reached = known["duration_by_test"], known["tests_by_mangled_function_name"]
        known["duration_by_test"] = {test: s for test, s in seconds.items() if test.split("::")[0] not in changed}
        known["tests_by_mangled_function_name"] = {
            name: [test for test in tests if test.split("::")[0] not in changed] for name, tests in reached.items()
        }
        stats.write_text(json.dumps(known), encoding="utf-8")


def _tests(room: str) -> str:
    """Return the folder of the room's tests."""
    return f"tests/{room}"


def _config(room: str) -> str:
    """Write mutmut's settings for one room."""
    others = "\n".join(f"    {name}" for name in COPIED if name not in {"src", "tests", "pyproject.toml"})
    return (
        f"[mutmut]\nsource_paths=src\nonly_mutate=src/ctresearch/{room}/*\nmutate_only_covered_lines=false\n"
        f"pytest_add_cli_args_test_selection={_tests(room)}\npytest_add_cli_args=\n    -m\n    not slow\n"
        "    -p\n    mutation_children\n"
        f"use_git_change_detection=false\nalso_copy=\n{others}\n"
    )


def _environment(copy: Path) -> dict[str, str]:
    """Return an environment in which kernels of copies are cached apart from those in use."""
    return os.environ | {
        "PYTHONPATH": str(copy / "tools"),
        "XDG_CACHE_HOME": str(PLACE / "cache"),
        "CTRESEARCH_KERNELS_REACHED": str(copy / KERNELS_REACHED),
        "NUMBA_OPT": "1",  # compiles in two thirds of the time
        "TQDM_DISABLE": "1",
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _results(copy: Path) -> dict[str, int | None]:
    """Return the exit code of every mutant, ``None`` where it was not run."""
    found: dict[str, int | None] = {}
    for meta in (copy / "mutants").rglob("*.meta"):
        found |= json.loads(meta.read_text(encoding="utf-8")).get("exit_code_by_key", {})
    return found


def _reached(copy: Path) -> set[str]:
    """Return the functions that some test of the room calls."""
    stats = json.loads((copy / "mutants" / "mutmut-stats.json").read_text(encoding="utf-8"))
    return {name for name, tests in stats["tests_by_mangled_function_name"].items() if tests}


def _draw(copy: Path, names: list[str], wanted: int, chance: random.Random) -> list[str]:
    """Draw mutants that change more than the prose of a message."""
    shuffled = chance.sample(names, len(names))
    drawn: list[str] = []
    for start in range(0, len(shuffled), wanted):
        some = shuffled[start : start + wanted]
        changes = _differences(copy, some)
        drawn += [name for name in some if not _only_prose(changes[name])]
        if len(drawn) >= wanted:
            break
    return drawn[:wanted]


_SHOW = """
import json, sys
from mutmut.mutation.diff_apply import get_diff_for_mutant
print("\\n" + json.dumps({name: get_diff_for_mutant(name) for name in json.load(sys.stdin)}))
"""


def _differences(copy: Path, names: list[str]) -> dict[str, str]:
    """Return what mutants change, each as a unified difference."""
    shown = subprocess.run(
        [sys.executable, "-c", _SHOW],
        input=json.dumps(names),
        cwd=copy,
        env=_environment(copy),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(shown.stdout.splitlines()[-1])
    return found


def _only_prose(difference: str) -> bool:
    """Say whether a change touches nothing but words: a text with a space in it, or a part of an error or a check."""
    gone = [line[1:] for line in difference.splitlines() if line.startswith("-") and not line.startswith("---")]
    come = [line[1:] for line in difference.splitlines() if line.startswith("+") and not line.startswith("+++")]
    if len(gone) != len(come):
        return False
    for before, after in zip(gone, come, strict=True):
        if STRING.sub('""', before) != STRING.sub('""', after):
            return False
        words = [a[0] for a, b in zip(_strings(before), _strings(after), strict=False) if a != b]
        if not all(" " in word for word in words):
            return False
    return True


def _strings(line: str) -> list[tuple[str]]:
    """Return the string literals of a line."""
    return [(match.group(0),) for match in STRING.finditer(line)]


def _kernels(copy: Path, room: str, wanted: int, seed: int) -> dict[str, object]:
    """Draw mutants of compiled kernels and run the tests that reach them against each."""
    place = copy / "src" / "ctresearch" / room
    mutants = [mutant for path in sorted(place.rglob("*.py")) for mutant in _kernel_mutants(path)]
    drawn = random.Random(seed).sample(mutants, min(wanted, len(mutants)))
    print(f"running {len(drawn)} of {len(mutants)} mutants of kernels ...", flush=True)
    killed, missed = 0, 0
    with _pytest(copy) as ask:
        if drawn and ask(_tests_of_kernels(copy, drawn[0][0].relative_to(copy))[:20]) != 0:
            sys.exit(f"tests of {drawn[0][0].name} fail with its kernels as they are: run them in {copy / 'mutants'}")
        for path, function, changed, words in drawn:
            name = path.relative_to(copy)
            reached = bool(_tests_of_kernels(copy, name))
            caught = reached and _caught(copy, name, function, changed, ask)
            killed, missed = killed + caught, missed + (not reached)
            if not caught:
                print(f"\n{'survived' if reached else 'no test reaches'}: {name}\n{words}", flush=True)
    return _row(room, "kernels", len(drawn), killed, missed, seed)


def _tests_of_kernels(copy: Path, name: Path) -> list[str]:
    """Return the tests of every module that calls a kernel compiled from a file, those that do so themselves first.

    Before them all come tests that run kernels as Python, since nothing is compiled for those.
    """
    from ctresearch.core.compile import reached_files

    known = json.loads((copy / KERNELS_REACHED).read_text(encoding="utf-8"))
    seconds = known["seconds"]
    calling = {
        test
        for file, tests in known["tests"].items()
        if copy / name in reached_files(copy / "src" / file)
        for test in tests
    }
    modules = {test.split("::")[0] for test in calling}
    as_python = {m for m in {test.split("::")[0] for test in seconds} if "interpreted(" in (copy / m).read_text()}
    beside = [test for test in seconds if test.split("::")[0] in modules | as_python]
    return sorted(beside, key=lambda test: (test.split("::")[0] not in as_python, test not in calling, seconds[test]))


def _kernel_mutants(path: Path) -> list[tuple[Path, str, str, str]]:
    """Return every mutant of the kernels in a file: the file, a kernel, the kernel changed, and what changed."""
    import difflib

    import libcst as cst
    from mutmut.mutation.mutators import mutation_operators

    text = path.read_text(encoding="utf-8")
    if "@kernel\n" not in text:
        return []
    module = cst.parse_module(text)
    found = []
    for function in module.body:
        if not (isinstance(function, cst.FunctionDef) and any(_is_kernel(one) for one in function.decorators)):
            continue
        for node in _nodes(function.body):
            for kind, operator in mutation_operators:
                if not isinstance(node, kind) or _is_docstring(node):
                    continue
                for changed in operator(node):
                    before = module.code_for_node(function)
                    after = module.code_for_node(function.deep_replace(node, changed))
                    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
                    found.append((path, before.strip(), after.strip(), "\n".join(list(lines)[3:])))
    # arrays set to None do not compile: no test is needed for those
    return [one for one in found if "None" not in one[-1]]


def _nodes(node: object) -> list[object]:
    """Return a node of a syntax tree and all below it."""
    return [node, *(below for child in node.children for below in _nodes(child))]  # type: ignore[attr-defined]


def _is_kernel(decorator: object) -> bool:
    """Say whether a decorator compiles."""
    return getattr(getattr(decorator, "decorator", None), "value", "") == "kernel"


def _is_docstring(node: object) -> bool:
    """Say whether a node is a text: kernels hold none but their docstrings."""
    return type(node).__name__ in {"SimpleString", "ConcatenatedString", "FormattedString"}


def _caught(copy: Path, name: Path, function: str, changed: str, ask: Callable[[list[str]], int]) -> bool:
    """Say whether a test fails, or does not end, with a kernel changed.

    The kernel is changed in the copy that mutmut made, where plain functions stand beside their mutants and run as they
    were: all other kernels have been compiled there.
    """
    path = copy / "mutants" / name
    original = path.read_text(encoding="utf-8")
    if original.count(function) != 1:
        sys.exit(f"{name} holds a kernel {original.count(function)} times, must hold it once")
    path.write_text(original.replace(function, changed), encoding="utf-8")
    try:
        return ask(_tests_of_kernels(copy, name)) != 0
    finally:
        path.write_text(original, encoding="utf-8")


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
    environment = _environment(copy) | {"MUTANT_UNDER_TEST": "", "CTRESEARCH_KERNEL_MUTANT": "1"}
    environment["PYTHONPATH"] += f"{os.pathsep}{copy / 'mutants' / 'src'}"
    words = ["-x", "-q", "-p", "mutation_children", "-m", "not slow"]
    command = [sys.executable, "-c", _ANSWER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=copy / "mutants", env=environment, stdin=pipe, stdout=pipe, text=True) as server:

        def ask(tests: list[str]) -> int:
            """Run tests until one fails."""
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps([*words, *tests]) + "\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield ask


def _row(room: str, kind: str, mutants: int, killed: int, missed: int, seed: int) -> dict[str, object]:
    """Return a row of the table."""
    return {
        "room": room,
        "kind": kind,
        "seed": seed,
        "mutants": mutants,
        "killed": killed,
        "no_tests": missed,
        "share": f"{killed / max(mutants, 1):.3f}",
        "date": datetime.date.today().isoformat(),
        "versions": f"Python {platform.python_version()}, mutmut {importlib.metadata.version('mutmut')}",
    }


def _record(rows: list[dict[str, object]]) -> None:
    """Put rows into the table, in place of older ones of the same room, kind and seed."""
    if not rows:
        return
    old = list(csv.DictReader(TABLE.open(encoding="utf-8"))) if TABLE.is_file() else []
    fresh = {(str(r["room"]), str(r["kind"]), str(r["seed"])): r for r in [*old, *rows]}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(fresh[key] for key in sorted(fresh))


if __name__ == "__main__":
    main()
