"""The tool that tries the tests changes what it says it changes, and only there."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
CODE = '''
from functools import cache

class Scale:
    """A scale."""

    def __init__(self, step=2, *, start=10):
        self.step, self.start = step, start

    def __repr__(self):
        return super().__repr__() + str(self.step)

@cache
def kept(n):
    return n + 1

def refuse(n):
    """Refuse nothing."""
    if n < 3:
        raise ValueError("n must be 3 or more")
    return [one for one in range(n)]
'''


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Load the tool on a package of one file."""
    monkeypatch.syspath_prepend(str(TOOLS))
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "changed_here.py").write_text(CODE, encoding="utf-8")
    import mutants
    import mutation_forks

    monkeypatch.setattr(mutation_forks, "ROOT", tmp_path)
    yield mutants, mutation_forks, tmp_path / "src"
    for name in ("changed_here", "mutants", "mutation_forks", "mutation_fresh"):
        sys.modules.pop(name, None)


def asked_afresh(folder, words):
    """Return what a process started afresh says."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import changed_here; {words}"
    return subprocess.run([sys.executable, "-P", "-c", code], env={}, capture_output=True, text=True, check=True).stdout


def test_mutants_are_of_plain_functions_and_of_more_than_prose(tools):
    mutants, _, folder = tools
    drawn = list(mutants.draw(folder, random.Random(1)))
    assert {one.name for one in drawn} == {"Scale.__init__", "Scale.__repr__", "refuse"}
    assert not [one for one in drawn if "must" in one.change and '+        raise ValueError("' in one.change]
    assert any("+    if n <= 3:" in one.change for one in drawn)
    assert len({one.source for one in drawn}) == len(drawn)
    same = [one.change for one in mutants.draw(folder, random.Random(1))]
    assert same == [one.change for one in drawn]


def test_a_mutant_is_there_in_its_fork_alone(tools):
    mutants, forks, folder = tools
    import changed_here

    def met(mutant):
        """Return the defaults that a caller meets."""
        forks.put(mutant)
        return [changed_here.Scale().step, changed_here.Scale().start]

    drawn = [one for one in mutants.draw(folder, random.Random(1)) if "-def __init__" in one.change]
    found = forks.in_forks([lambda one=one: met(one) for one in drawn], 1, 60)
    assert sorted(defaults for _, defaults in found) == [[2, 11], [3, 10]]
    assert [changed_here.Scale().step, changed_here.Scale().start] == [2, 10]


def test_forks_say_how_they_ended(tools):
    _, forks, _ = tools
    found = dict(forks.in_forks([lambda: [1], lambda: 1 / 0, lambda: os.kill(os.getpid(), 15)], 2, 60))
    assert found[0] == [1]
    assert found[1] == "ZeroDivisionError('division by zero')"
    assert found[2] == "ended by 15"
    assert dict(forks.in_forks([lambda: time.sleep(600)], 2, 0.5)) == {0: "ended by 9"}


def test_a_mutant_sees_no_process_but_its_own(tools):
    _, forks, _ = tools
    import mutation_fresh

    def processes():
        return [os.getpid(), sorted(int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit())]

    ((_, (own, seen)),) = forks.in_forks([processes], 1, 60)
    if not mutation_fresh._may_be_alone():
        pytest.skip("this system lets nobody have processes of their own")
    assert seen == [1, own]  # the one that takes in others, and itself


def test_a_process_started_afresh_sees_the_mutant_of_its_fork_alone(tools):
    mutants, forks, folder = tools
    import mutation_fresh

    mutant = next(one for one in mutants.draw(folder, random.Random(1)) if "+    if n <= 3:" in one.change)
    words = "print(changed_here.refuse(3))"

    def met():
        """Return what is said where the function is changed, if the system lets it be."""
        if not mutation_fresh.leave():
            return "refused"
        mutation_fresh.change(mutant)
        return asked_afresh(folder, f"exec('try: {words}\\nexcept ValueError: print(1)')")

    ((_, said),) = forks.in_forks([met], 1, 60)
    assert said in {"1\n", "refused"}
    assert asked_afresh(folder, words) == "[0, 1, 2]\n"


def test_what_a_process_started_afresh_calls_is_noted(tools):
    _, forks, folder = tools
    import mutation_fresh

    def seen():
        """Return which functions were called, and which since."""
        if not mutation_fresh.leave():
            return "refused"
        keys = ["changed_here.py::Scale.__init__", "changed_here.py::Scale.__repr__", "changed_here.py::refuse"]
        noted = mutation_fresh.Noted(folder, keys)
        said = asked_afresh(folder, "print(changed_here.Scale().step, len(changed_here.refuse(3)))")
        return [said, sorted(noted.take()), sorted(noted.take())]

    ((_, found),) = forks.in_forks([seen], 1, 60)
    called = ["changed_here.py::Scale.__init__", "changed_here.py::refuse"]
    assert found in (["2 3\n", called, []], "refused")
