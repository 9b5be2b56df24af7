"""Entry point: finds the command, and turns every outcome into one sentence and an exit code.

Commands are imported when they are called, so that ``ctresearch --help`` and shell completion answer at once.
"""

from __future__ import annotations

import gc
import importlib
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from types import FrameType

DONE, CHECK_FAILED, WRONG_INPUT, NOTEBOOK_CRASHED, DRIFT, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
COMMANDS = {
    "list": "Show the studies, their state and their last run.",
    "init": "Make a project in a folder: its pyproject.toml, studies, notebooks.",
    "new": "Write a study of a file of yours, or of a notebook; without words it asks.",
    "run": "Run a study, or show its parameters with --help.",
    "figures": "Write the figures of a study at the widths of a journal.",
    "check": "Run studies again and compare with what is expected.",
    "diff": "Compare two runs, estimate by estimate.",
    "release": "Write a bundle that can be cited.",
    "sign": "Vouch for a bundle with an SSH key.",
    "verify": "Check every byte of a bundle.",
    "bundle": "Write one archive with everything that the store keeps of a bundle.",
    "deposit": "Write what an archive such as Zenodo asks of a release.",
    "withdraw": "Leave a tombstone in place of a release.",
    "recall": "A person was exposed: purge a release.",
    "key": "Hand over from one signing key to another, or revoke one.",
    "data": "Describe a data file, plan how it is read, or hold it to the rules of its source.",
}


class LazyGroup(click.Group):
    """Commands by name, each imported from ``ctresearch.cli.NAME`` when it is called.

    Examples
    --------
    >>> LazyGroup("ctresearch").list_commands(click.Context(LazyGroup("ctresearch")))[:3]
    ['list', 'init', 'new']
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the work.

        Parameters
        ----------
        ctx : click.Context
            The invocation.

        Returns
        -------
        list of str
            The names.

        Examples
        --------
        >>> "verify" in LazyGroup("ctresearch").list_commands(click.Context(LazyGroup("ctresearch")))
        True
        """
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command.

        Parameters
        ----------
        ctx : click.Context
            The invocation.
        cmd_name : str
            Its name.

        Returns
        -------
        click.Command or None
            The command; ``None`` where there is none of that name.

        Examples
        --------
        >>> group = LazyGroup("ctresearch")
        >>> group.get_command(click.Context(group), "run").name
        'run'
        """
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"ctresearch.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, or say which one may have been meant.

        Parameters
        ----------
        ctx : click.Context
            The invocation.
        args : list of str
            Words from the command on.

        Returns
        -------
        tuple
            Its name, the command and the words that are left.

        Raises
        ------
        click.UsageError
            If there is no such command.

        Examples
        --------
        >>> group = LazyGroup("ctresearch")
        >>> group.resolve_command(click.Context(group), ["run", "demo"])[2]
        ['demo']
        """
        import difflib

        near = [] if args[0] in COMMANDS else difflib.get_close_matches(args[0], COMMANDS, n=1)
        if near:
            ctx.fail(f"No such command {args[0]!r}, did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any.

        Parameters
        ----------
        ctx : click.Context
            The invocation.
        formatter : click.HelpFormatter
            Where to write.

        Examples
        --------
        >>> group, formatter = LazyGroup("ctresearch"), click.HelpFormatter()
        >>> group.format_commands(click.Context(group), formatter)
        >>> "Show the studies" in formatter.getvalue()
        True
        """
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ctresearch")
def group() -> None:
    """Run, check, compare, release and verify studies.

    Exit codes: 0 done, 1 the study's own check failed, 2 wrong input, 3 the notebook crashed, 4 drift or tampering,
    5 refused by the release gate, 130 interrupted.

    For completion in bash: eval "$(_CTRESEARCH_COMPLETE=bash_source ctresearch)"; zsh and fish likewise.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : list of str, optional
        Words after ``ctresearch``; those of this process by default.

    Raises
    ------
    SystemExit
        Always, with the exit code.

    Examples
    --------
    >>> main(["--version"])
    Traceback (most recent call last):
    ...
    SystemExit: 0
    """
    gc.set_threshold(50_000, 20, 100)  # what is imported stays: looking through it for waste is half of its cost
    if arguments is None:
        signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = group.main(arguments, prog_name="ctresearch", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = WRONG_INPUT
    except (KeyboardInterrupt, click.Abort):
        code = _interrupted()
    except BrokenPipeError:
        sys.stderr.close()
        code = DONE
    except OSError as error:
        code = _say(_os_error(error), WRONG_INPUT)
    except RecursionError:
        code = _say("a file is nested too deeply to be read: no file that ctresearch writes is", DRIFT)
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        _say(str(error), code)
    sys.exit(code if isinstance(code, int) else DONE)


def exit_code(error: BaseException) -> int | None:
    """Return the exit code of an error.

    Parameters
    ----------
    error : BaseException
        What was raised.

    Returns
    -------
    int or None
        The code; ``None`` for a true fault, which keeps its traceback.

    Examples
    --------
    >>> from ctresearch.core.errors import DataError
    >>> exit_code(DataError("no")), exit_code(ZeroDivisionError())
    (2, None)
    """
    from ctresearch.core.errors import CtResearchError, DisclosureError
    from ctresearch.studies.base.errors import IntegrityError, NotebookError, NotebookInputError

    codes = (
        (NotebookInputError, WRONG_INPUT),
        (NotebookError, NOTEBOOK_CRASHED),
        (IntegrityError, DRIFT),
        (DisclosureError, REFUSED),
    )
    found = next((code for kind, code in codes if isinstance(error, kind)), None)
    return found if found is not None else WRONG_INPUT if isinstance(error, CtResearchError) else None


def _say(message: str, code: int) -> int:
    """Write a message to stderr and return the code."""
    from ctresearch.studies.shown.words import one_line

    click.echo(f"ctresearch: {one_line(message)}", err=True)
    return code


def _interrupted() -> int:
    """End at once: what would be done after the answer is left out."""
    from ctresearch.studies.kernel.caches import forget_compiled

    forget_compiled()
    return _say("interrupted: nothing half-done was left behind", INTERRUPTED)


def _os_error(error: OSError) -> str:
    """Say what the system refused: a full disk, a missing permission."""
    where = f" {error.filename}" if error.filename else ""
    return (
        f"cannot write or read{where}: {error.strerror or error}; free some space or check the permissions, then again"
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does when asked to terminate."""
    raise KeyboardInterrupt
