"""``%load_ext ctresearch``: the house style, the seed and the workers of a notebook, and errors that are short.

Nothing here reaches a run: under the runner a notebook has the seed and the workers of its study.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from ctresearch.core.errors import CtResearchError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.parallel import JOBS_VARIABLE, available_cores
from ctresearch.core.plot import house_style
from ctresearch.studies.door.current import FILE_VARIABLE
from ctresearch.studies.door.explained import page_of
from ctresearch.studies.door.scratch import SEED_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

NAME = "ctresearch"
HELP = """\
%ctresearch                  what is set
%ctresearch style on|off     pictures of matplotlib in the house style, or as they were
%ctresearch seed 7|off       seed of runs opened by hand (current_run().seed), or the study's own
%ctresearch threads 2|all    how many workers slow work is cut among; the numbers do not depend on it
%ctresearch traceback        the last error of the library in full
%ctresearch help             these lines"""


class _Session:
    """What one notebook has set, and what stood there before."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.before: dict[str, Any] | None = None
        self.error: BaseException | None = None

    def run(self, line: str = "") -> None:
        """Do what a line of the magic says."""
        word, *values = line.split() or ["show"]
        doing: dict[str, Callable[..., str]] = {
            "show": self.show,
            "style": self.style,
            "seed": self.seed,
            "threads": self.threads,
            "traceback": self.traceback,
            "help": lambda: HELP,
        }
        takes = int(word in {"style", "seed", "threads"})
        if word not in doing or len(values) != takes:
            raise SpecificationError(f"%ctresearch {line} is none of its lines:\n{HELP}")
        said = doing[word](*values)
        if said:
            print(said)

    def show(self) -> str:
        """Say what is set."""
        style = say("house style") if self.before is not None else say("style as it was")
        seed, jobs = os.environ.get(SEED_VARIABLE), os.environ.get(JOBS_VARIABLE)
        seeds = say("seed {seed}", seed=seed) if seed else say("the study's own seed")
        return say("{style}; {seed}; {workers} workers", style=style, seed=seeds, workers=jobs or available_cores())

    def style(self, word: str) -> str:
        """Put matplotlib into the house style, or back."""
        import matplotlib as mpl

        wanted = _switch("style", word)
        if wanted and self.before is None:
            settings = house_style()
            self.before = {name: mpl.rcParams[name] for name in settings}
            mpl.rcParams.update(cast("Any", settings))
        elif not wanted and self.before is not None:
            mpl.rcParams.update(cast("Any", self.before))
            self.before = None
        return ""

    def seed(self, word: str) -> str:
        """Set the seed of runs opened by hand."""
        _set(SEED_VARIABLE, None if word == "off" else _number("seed", word, 0))
        return self.show()

    def threads(self, word: str) -> str:
        """Set how many workers there are."""
        _set(JOBS_VARIABLE, None if word == "all" else _number("threads", word, 1))
        return self.show()

    def traceback(self) -> str:
        """Show the last error in full."""
        if self.error is None:
            return say("No error of the library has come up in this notebook.")
        self.shell.InteractiveTB(type(self.error), self.error, self.error.__traceback__)
        return ""

    def told(
        self, shell: Any, kind: type, error: BaseException, trace: TracebackType | None, tb_offset: int | None = None
    ) -> list[str]:
        """Show an error of the library as a sentence, with where to read on."""
        self.error = error.with_traceback(trace)
        lines = [
            f"{kind.__name__}: {error}",
            say("Read on: {page}", page=page_of(error, trace)),
            say("Where it came up: %ctresearch traceback"),
        ]
        shell._showtraceback(kind, error, lines)
        return lines


_sessions: dict[int, _Session] = {}


def load(shell: Any) -> None:
    """Set a notebook up: the magic, the house style and short errors; under the runner nothing."""
    if FILE_VARIABLE in os.environ:
        return
    session = _sessions[id(shell)] = _Session(shell)
    _Session.run.__doc__ = HELP
    shell.register_magic_function(session.run, "line", NAME)
    shell.set_custom_exc((CtResearchError,), session.told)
    session.style("on")


def unload(shell: Any) -> None:
    """Put everything back as it was."""
    session = _sessions.pop(id(shell), None)
    if session is not None:
        session.style("off")
        _set(SEED_VARIABLE, None)
        _set(JOBS_VARIABLE, None)
        shell.set_custom_exc((), None)
        shell.magics_manager.magics["line"].pop(NAME, None)


def _switch(name: str, word: str) -> bool:
    """Read on or off."""
    if word not in {"on", "off"}:
        raise SpecificationError(f"{name} == {word!r}, must be on or off")
    return word == "on"


def _number(name: str, word: str, low: int) -> str:
    """Read a whole number."""
    if not (word.isascii() and word.isdigit() and int(word) >= low):
        raise SpecificationError(f"{name} == {word!r}, must be a whole number from {low}")
    return word


def _set(variable: str, value: str | None) -> None:
    """Set a variable of the environment, or take it away."""
    if value is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = value
