"""Words that the shell completes: studies, their parameters and their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

    from ctresearch.studies.asked.manifest import Study


def study_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a study.

    Parameters
    ----------
    ctx, param : click.Context, click.Parameter
        The invocation.
    incomplete : str
        What is typed so far.

    Returns
    -------
    list of CompletionItem
        Studies of the project; none outside a project.

    Examples
    --------
    >>> study_names(None, None, "no such beginning")
    []
    """
    from ctresearch.core.errors import CtResearchError
    from ctresearch.studies.asked.project import Project, find_root

    try:
        names = Project.at(find_root()).study_names()
    except CtResearchError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def parameter_words(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a parameter of the study already typed.

    Parameters
    ----------
    ctx, param : click.Context, click.Parameter
        The invocation.
    incomplete : str
        What is typed so far.

    Returns
    -------
    list of CompletionItem
        ``name=`` words.

    Examples
    --------
    >>> import click
    >>> parameter_words(click.Context(click.Command("run")), None, "")
    []
    """
    study = _study_typed(ctx)
    if study is None:
        return []
    shown = [(f"{name}=", one.describe()) for name, one in study.parameters.items()]
    return [CompletionItem(word, help=words) for word, words in shown if word.startswith(incomplete)]


def data_words(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a data input of the study already typed.

    Parameters
    ----------
    ctx, param : click.Context, click.Parameter
        The invocation.
    incomplete : str
        What is typed so far.

    Returns
    -------
    list of CompletionItem
        ``name=`` words.

    Examples
    --------
    >>> import click
    >>> data_words(click.Context(click.Command("run")), None, "")
    []
    """
    study = _study_typed(ctx)
    return [] if study is None else [CompletionItem(f"{name}=") for name in study.data if name.startswith(incomplete)]


def _study_typed(ctx: click.Context) -> Study | None:
    """Load the study named earlier on the line, if it is one."""
    from ctresearch.core.errors import CtResearchError
    from ctresearch.studies.asked.manifest import load_study

    name = ctx.params.get("study")
    try:
        return load_study(name) if name else None
    except CtResearchError:
        return None
