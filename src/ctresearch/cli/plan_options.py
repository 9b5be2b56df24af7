"""The options by which somebody says what a file is, shared by the commands that take one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.data.front_door.door import Answers

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_RULES = {
    "blank": (["no", "missing"], "What a blank among yes and no means."),
    "dates": (["day-first", "month-first"], "Which number of a date such as 03/04/2020 is the day."),
    "decimal": ([".", ","], "The mark before decimals, so that the other one parts thousands."),
    "names": (["merge", "keep"], "Whether names that differ in spelling alone, or in a letter, are one."),
    "duplicates": (["once", "join", "keep"], "Rows of one person: counted once, joined, or different people."),
    "nowhere": (["refuse", "leave out"], "What is done with people on no list."),
}


def answers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that answer the questions of a plan.

    Parameters
    ----------
    command : callable
        A command that takes them all.

    Returns
    -------
    callable
        The same.

    Examples
    --------
    >>> @click.command()
    ... @answers
    ... def command(**said): ...
    >>> "--role" in [option for one in command.params for option in one.opts]
    True
    """
    for rule, (choices, words) in reversed(_RULES.items()):
        command = click.option(f"--{rule}", type=click.Choice(choices), help=words)(command)
    for name, words in (("no", "A word that means no."), ("yes", "A word that means yes.")):
        command = click.option(f"--{name}", multiple=True, metavar="WORD", help=words)(command)
    command = click.option(
        "--role",
        "roles",
        multiple=True,
        metavar="COLUMN=ROLE",
        help="What a column is: list, count, person, source, yes or no, other, left out.",
    )(command)
    command = click.option("--shape", metavar="SHAPE", help="What the rows are: persons, person-source, counts, ...")(
        command
    )
    command = click.option("--sheet", metavar="NAME", help="Sheet of a workbook.")(command)
    return click.option("--encoding", help="Encoding of a text file; found from its bytes by default.")(command)


def as_answers(said: dict[str, Any]) -> Answers:
    """Turn options into answers.

    Parameters
    ----------
    said : dict
        Options by name.

    Returns
    -------
    Answers
        What was said.

    Raises
    ------
    click.BadParameter
        If a role has no equals sign.

    Examples
    --------
    >>> as_answers({"roles": ("NGO=list",), "yes": ("1",), "blank": "no"}).roles
    {'NGO': 'list'}
    """
    from ctresearch.data.front_door.door import Answers

    roles = {}
    for word in said.get("roles", ()):
        name, equals, role = word.rpartition("=")
        if not equals or not name:
            raise click.BadParameter(f"--role {word!r}, must be COLUMN=ROLE")
        roles[name] = role
    return Answers(
        shape=said.get("shape"),
        roles=roles,
        yes=tuple(said.get("yes", ())),
        no=tuple(said.get("no", ())),
        sheet=said.get("sheet"),
        encoding=said.get("encoding"),
        rules={rule: said[rule] for rule in _RULES if said.get(rule)},
    )


def ask_the_rest(plan: Any, file: Any, said: Answers) -> Any:
    """Ask at the terminal what is still open, one rule at a time.

    Parameters
    ----------
    plan : FilePlan
        With open questions.
    file : pathlib.Path
        The data.
    said : Answers
        What was said already.

    Returns
    -------
    FilePlan
        As the answers make it; it still has questions where they are not of this kind.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> ask_the_rest(FilePlan(shape="records", columns={}), "a.csv", None).questions
    ()
    """
    from dataclasses import replace

    from ctresearch.data.front_door.door import plan_file

    asked: set[str] = set()
    while plan.questions:
        rule = next((one for one in _RULES if f"--{one} " in plan.questions[0] and one not in asked), None)
        if rule is None:
            return plan
        asked.add(rule)
        click.echo(plan.questions[0], err=True)
        answer = click.prompt(_RULES[rule][1], type=click.Choice(_RULES[rule][0]), err=True)
        said = replace(said, rules={**(said.rules or {}), rule: answer})
        plan = plan_file(file, said)
    return plan
