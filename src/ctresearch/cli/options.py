"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ctresearch.cli.complete import data_words

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

worker_processes = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Worker processes for the runs of a grid.",
)
"""How many runs go on at once."""


def data_files(help_text: str) -> Decorator:
    """Return the option that names a file for an input, which may be given several times.

    Parameters
    ----------
    help_text : str
        What the file is to this command.

    Returns
    -------
    callable
        A decorator of a command.

    Examples
    --------
    >>> @click.command()
    ... @data_files("File of an input.")
    ... def command(data):
    ...     click.echo(data)
    >>> command.params[0].opts
    ['--data']
    """
    return click.option("--data", multiple=True, metavar="NAME=FILE", shell_complete=data_words, help=help_text)


def signing_key(help_text: str, *, required: bool = False) -> Decorator:
    """Return the option that names the SSH key that signs.

    Parameters
    ----------
    help_text : str
        What it signs.
    required : bool
        Whether there is nothing to do without one.

    Returns
    -------
    callable
        A decorator of a command.

    Examples
    --------
    >>> @click.command()
    ... @signing_key("SSH key that signs.")
    ... def command(key):
    ...     click.echo(key)
    >>> command.params[0].opts
    ['--key']
    """
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--key", type=kind, required=required, metavar="PATH", help=help_text)
