"""Which tests notice a changed function: a room's tests are collected once, and all runs are forks of that process.

First each module of tests runs in a fork that sees which functions of the room each test calls and how long it takes;
what was seen is kept in ``.cache/mutation`` under a hash of that module, of the package and of what tests share, so
that an edit of one module of tests asks only that module anew. Then each mutant gets a fork in which its function has
the changed code, and the tests that reach the function run there, quickest first, until one fails. Processes that a
test starts afresh are seen and changed as well (``mutation_fresh.py``).
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import json
import os
import resource
import selectors
import signal
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import pytest
from mutation_fresh import Noted, alone, change, leave
from mutation_watch import Watch, held_by, module_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FunctionType

    from mutants import Mutant

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".cache" / "mutation"
CAP = 30  # seconds of processor time for the tests of one mutant, after which it is judged by those that ran
QUIET = ["-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider", "--import-mode=importlib", "--strict-markers"]
SECONDS = 300  # on the clock: a fork that waits for ever is ended
WAITED = 120  # on the clock, after which no further test of a mutant begins: what it starts may take its time


@dataclass(frozen=True)
class Judged:
    """What became of a mutant (killed, endless, survived or no test), and how many of the ``reaching`` tests ran."""

    mutant: Mutant
    outcome: str
    ran: int = 0
    reaching: int = 0


@dataclass
class Reached:
    """What is known of a room's tests: a hash a module, which call a function, their seconds, which fail anyway."""

    hashes: dict[str, str] = field(default_factory=dict)
    tests: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)

    def forget(self, module: str) -> None:
        """Drop what was seen of a module of tests."""
        self.hashes.pop(module, None)
        self.tests = {name: [one for one in tests if module_of(one) != module] for name, tests in self.tests.items()}
        self.seconds = {test: seconds for test, seconds in self.seconds.items() if module_of(test) != module}
        self.failing = [test for test in self.failing if module_of(test) != module]


def judge(room: str, mutants: Iterable[Mutant], wanted: int, jobs: int, minutes: float) -> list[Judged]:
    """Run the room's fast tests against the first ``wanted`` mutants that can be put in place of their functions.

    After so many minutes no further mutant is begun, and those that were are the sample.
    """
    os.environ |= {"TQDM_DISABLE": "1", "MPLBACKEND": "agg"}
    for name in ("matplotlib.pyplot", "numba", "pandas", "scipy.optimize", "scipy.sparse.csgraph", "scipy.stats"):
        importlib.import_module(name)  # before the forks, so that none of them does it again
    forks = Forks(room, mutants, wanted, jobs, minutes)
    os.chdir(ROOT)
    ended = pytest.main([*QUIET, "-m", "not slow", f"tests/{room}"], plugins=[forks])
    if ended:
        sys.exit(f"the tests of {room} could not be collected: run pytest tests/{room}")
    return forks.judged


def hashes(room: str, modules: Iterable[str], root: Path = ROOT) -> dict[str, str]:
    """Hash a room's modules of tests, each with this tool, the package and what tests of the room share."""
    shared = hashlib.sha256()
    tests = root / "tests"
    ours = Path(__file__).parent.glob("mutation_*.py")
    for path in sorted([*ours, *(root / "src").rglob("*.py"), *tests.glob("*.py"), *(tests / room).rglob("*.py")]):
        if not path.name.startswith("test_"):
            shared.update(f"{os.path.relpath(path, root)}\0".encode() + path.read_bytes())
    return {
        module: hashlib.sha256(shared.digest() + (root / module).read_bytes()).hexdigest() for module in sorted(modules)
    }


class Forks:
    """A plugin of pytest that runs, in place of each test once, each mutant's tests in a fork."""

    def __init__(self, room: str, mutants: Iterable[Mutant], wanted: int, jobs: int, minutes: float) -> None:
        self.room, self.mutants, self.wanted, self.jobs, self.minutes = room, mutants, wanted, jobs, minutes
        self.kept = PLACE / f"{room.replace('/', '-')}.json"
        self.judged: list[Judged] = []
        self.fresh = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """See what reaches which function, then try the mutants."""
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        session.config.pluginmanager.getplugin("capturemanager").suspend_global_capture(in_=True)
        self.known = Reached(**json.loads(self.kept.read_text(encoding="utf-8"))) if self.kept.is_file() else Reached()
        self._see()
        self._try()
        return True

    def _see(self) -> None:
        """Ask the modules of tests that are new or changed which functions they call."""
        now = hashes(self.room, {module_of(test) for test in self.items})
        for module in [one for one in self.known.hashes if self.known.hashes[one] != now.get(one)]:
            self.known.forget(module)
        stale = [module for module in now if module not in self.known.hashes]
        print(f"seeing what {len(stale)} of {len(now)} modules of tests reach ...", file=sys.__stdout__, flush=True)
        if stale:
            self.watch = Watch(ROOT / "src", ROOT / "src" / "ctresearch" / self.room)
        works = [partial(self._watched, module) for module in stale]
        for place, seen in in_forks(works, self.jobs, 1800):
            if not isinstance(seen, dict):
                sys.exit(f"{stale[place]} does not run in a fork: {seen}")
            for name, tests in seen["tests"].items():
                self.known.tests.setdefault(name, []).extend(tests)
            self.known.seconds |= seen["seconds"]
            self.known.failing += seen["failing"]
            self.fresh = seen["fresh"]
            self.known.hashes[stale[place]] = now[stale[place]]
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            self.kept.write_text(json.dumps(vars(self.known)), encoding="utf-8")
        if not self.fresh:
            print("what runs in processes started afresh sees no mutant: this system refuses", file=sys.__stdout__)
        if self.known.failing:
            print(f"fail as they are, and do not count: {', '.join(self.known.failing)}", file=sys.__stdout__)

    def _watched(self, module: str) -> dict[str, Any]:
        """Run a module of tests and return which functions of the room each test calls, and for how long.

        A test whose calls are in other processes takes the time on the clock: it does not know what those spend.
        """
        calls: dict[str, list[str]] = {}
        noted = Noted(ROOT / "src" / "ctresearch" / self.room, self.watch.keys) if leave() else None
        waits: dict[str, float] = {}
        test, began = "", 0.0

        def start(item: pytest.Item | None) -> None:
            """Keep what the test before called, and begin with the next."""
            nonlocal test, began
            elsewhere = noted.take() if noted else set()
            for name in self.watch.called | elsewhere:
                calls.setdefault(name, []).append(test)
            if elsewhere:
                waits[test] = time.monotonic() - began
            if item is not None:
                test, began = item.nodeid, time.monotonic()
                self.watch.start()

        seconds, failing = self._run([test for test in self.items if module_of(test) == module], start, stop=False)
        start(None)
        return {"tests": calls, "seconds": seconds | waits, "failing": failing, "fresh": noted is not None}

    def _run(
        self, tests: list[str], start: Callable[[pytest.Item], None] | None = None, *, stop: bool = True
    ) -> tuple[dict[str, float], list[str]]:
        """Run tests, until one fails where ``stop`` is set; return the seconds of each and which failed."""
        failing: list[str] = []

        class Heard:
            """Hear of each test that fails."""

            @staticmethod
            def pytest_runtest_logreport(report: pytest.TestReport) -> None:
                """Note a test that failed."""
                if report.failed and report.nodeid not in failing:
                    failing.append(report.nodeid)

        self.session.config.pluginmanager.register(Heard())
        seconds: dict[str, float] = {}
        end = time.monotonic() + WAITED
        for test, following in zip(tests, [*tests[1:], None], strict=True):
            item, after = self.items[test], self.items[following] if following else None
            began = _spent()
            if start:
                start(item)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            seconds[test] = _spent() - began
            if stop and (failing or time.monotonic() > end):
                break
        return seconds, failing

    def _try(self) -> None:
        """Run the tests that reach each mutant's function with the function changed, and say what became of it."""
        drawn: list[tuple[Mutant, list[str]]] = []
        for mutant in self.mutants:
            if len(drawn) == self.wanted:
                break
            if _changed_code(mutant) is not None:
                drawn.append((mutant, self._reaching(mutant)))
        print(f"running {len(drawn)} mutants ...", file=sys.__stdout__, flush=True)
        end = time.monotonic() + 60 * self.minutes
        works = (partial(self._noticed, *one) for one in drawn if time.monotonic() < end)  # begun one by one
        noticed: dict[int, object] = {}
        for place, seen in in_forks(works, self.jobs, SECONDS):
            noticed[place] = seen
            print("." if seen == [] else "x", end="", file=sys.__stdout__, flush=True)
        print(file=sys.__stdout__)
        drawn = drawn[: len(noticed)]
        sound = self._sound([_blamed(noticed[place], tests) for place, (_, tests) in enumerate(drawn)])
        for place, (mutant, tests) in enumerate(drawn):
            seen, ran = noticed[place], self._afford(tests)
            outcome = "killed" if isinstance(seen, list) else "endless"
            if not tests:
                outcome = "no test"
            elif not sound[_blamed(seen, tests)]:
                outcome = "survived"
            self.judged.append(Judged(mutant, outcome, len(ran), len(tests)))

    def _reaching(self, mutant: Mutant) -> list[str]:
        """Return the tests that call a mutant's function and pass as it is, quickest first."""
        file = mutant.file.relative_to(ROOT / "src" / "ctresearch" / self.room).as_posix()
        tests = set(self.known.tests.get(f"{file}::{mutant.name}", [])) - set(self.known.failing)
        return sorted(tests & set(self.items), key=lambda test: (self.known.seconds[test], test))

    def _afford(self, tests: list[str]) -> list[str]:
        """Return the first tests, as many as ``CAP`` seconds allow and one at least."""
        spent = list(accumulate(self.known.seconds[test] for test in tests))
        return [test for place, test in enumerate(tests) if not place or spent[place] <= CAP]

    def _noticed(self, mutant: Mutant | None, tests: list[str], *, stop: bool = True) -> list[str]:
        """Run tests with a function changed, or with all as it is, and return the one that failed, if any.

        Without a stop all run, and all that failed are returned.
        """
        limit = int(4 * CAP + 30 + time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        if mutant is not None and tests:
            put(mutant)
            if leave():
                change(mutant)
        return self._run(self._afford(tests) if stop else tests, stop=stop)[1]

    def _sound(self, blamed: list[tuple[str, ...]]) -> dict[tuple[str, ...], bool]:
        """Run the tests that are said to have noticed a mutant with nothing changed: they must pass.

        Tests that noticed one on their own run together, a module in a fork, so that what they share is made once.
        """
        groups = sorted({tests for tests in blamed if tests})
        modules: dict[str, list[str]] = {}
        for test in (tests[0] for tests in groups if len(tests) == 1):
            modules.setdefault(module_of(test), []).append(test)
        together = [partial(self._noticed, None, tests, stop=False) for tests in modules.values()]
        passed: dict[tuple[str, ...], bool] = {(): False}
        for place, failed in in_forks(together, self.jobs, SECONDS):
            if isinstance(failed, list):
                passed |= {(test,): test not in failed for test in list(modules.values())[place]}
        alone = [tests for tests in groups if tests not in passed]
        works = [partial(self._noticed, None, list(tests)) for tests in alone]
        passed |= {alone[place]: failed == [] for place, failed in in_forks(works, self.jobs, SECONDS)}
        for tests in [tests for tests, sound in passed.items() if tests and not sound]:
            print(f"fails, or does not end, with nothing changed: {tests[0]}", file=sys.__stdout__)
        return passed


def _blamed(seen: object, tests: list[str]) -> tuple[str, ...]:
    """Return the tests that noticed a mutant: the one that failed, or all of a fork that did not end well."""
    return tuple(seen) if isinstance(seen, list) else tuple(tests)


def put(mutant: Mutant) -> None:
    """Put a mutant in the place of its function, its defaults included, for all who hold the function."""
    function, code = _function(mutant), _changed_code(mutant)
    assert function is not None
    assert code is not None
    function.__code__ = code
    body: list[ast.stmt] = ast.parse(mutant.source).body
    *classes, name = mutant.name.split(".")
    for one in classes:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == one)
    given = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name][-1].args
    function.__defaults__ = tuple(_value(default, function.__globals__) for default in given.defaults) or None
    named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    function.__kwdefaults__ = {one.arg: _value(value, function.__globals__) for one, value in named if value} or None


def _value(default: ast.expr, names: dict[str, Any]) -> Any:
    """Work out a default in the module of its function."""
    return eval(compile(ast.Expression(default), "<default>", "eval"), names)  # noqa: S307 - the package's own source


def _function(mutant: Mutant) -> FunctionType | None:
    """Return the function that a mutant changes; nothing where its name holds something else by now."""
    return held_by(importlib.import_module(module_name(mutant.file.relative_to(ROOT / "src"))), mutant.name)


def _changed_code(mutant: Mutant) -> CodeType | None:
    """Compile a mutant; nothing where it cannot take the place of its function, as where ``super()`` goes."""
    codes, function = [compile(mutant.source, str(mutant.file), "exec", dont_inherit=True)], _function(mutant)
    for code in codes:  # grows while it is read
        codes += [one for one in code.co_consts if isinstance(one, CodeType)]
    changed = [code for code in codes if code.co_qualname == mutant.name][-1]
    return changed if function and changed.co_freevars == function.__code__.co_freevars else None


def in_forks(works: Iterable[Callable[[], object]], jobs: int, seconds: float) -> Iterator[tuple[int, object]]:
    """Do each work in a fork, ``jobs`` at a time; give its place and what it returned, as a text why it did not.

    What a work returns travels as JSON. A fork leads a group of processes of its own, which is ended whole after
    ``seconds``; where the system allows it, it sees no others.
    """
    waiting, running = iter(enumerate(works)), selectors.DefaultSelector()
    while True:
        while len(running.get_map()) < jobs and (one := next(waiting, None)):
            reader, process = _fork(one[1])
            running.register(reader, selectors.EVENT_READ, (one[0], process, time.monotonic() + seconds, bytearray()))
        if not running.get_map():
            return
        running_now = list(running.get_map().values())
        ready = {key.fd for key, _ in running.select(1)}
        for key in running_now:
            place, process, end, said = key.data
            part = os.read(key.fd, 1 << 16) if key.fd in ready else None
            said += part or b""
            if part == b"" or time.monotonic() > end:
                running.unregister(key.fd)
                os.close(key.fd)
                yield place, _ended(process, said)


def _fork(work: Callable[[], object]) -> tuple[int, int]:
    """Begin a work in a quiet fork; return the end of the pipe where its answer comes, and its process."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return reader, process
    try:
        os.setsid()
        alone()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        answer = work()
    except BaseException as error:  # whatever ends a run of tests is the answer
        answer = repr(error)
    with os.fdopen(writer, "wb") as file:
        file.write(json.dumps(answer).encode())
    os._exit(0)


def _ended(process: int, said: bytes) -> object:
    """End a fork and all it started; return its answer, or how it ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    code = abs(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])) % 128  # whoever waits for it adds 128 to a signal
    return json.loads(said) if said else f"ended by {code}"


def module_of(test: str) -> str:
    """Return the module of a test."""
    return test.partition("::")[0]


def _spent() -> float:
    """Return the seconds of processor time of this process and of those it has waited for."""
    return sum(os.times()[:4])
