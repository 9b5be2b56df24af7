"""The rules that look into what an output shows: identifiers, rows about people, small counts, seeded noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctresearch.core.message import say
from ctresearch.privacy.noise.protection_seal import protection, seeded
from ctresearch.privacy.reading.plain_values import is_frame, plain, unread
from ctresearch.privacy.reading.reading import decoded, unread_figures
from ctresearch.privacy.verdicts.marks import carries_mark
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.counting_columns import small_counts
from ctresearch.privacy.words.identifiers import column_words, identifiers_in_text
from ctresearch.privacy.words.prose import row_level_text, small_counts_text
from ctresearch.privacy.words.quoted import words_of_persons
from ctresearch.privacy.words.record_tables import row_level
from ctresearch.privacy.words.texts import plain_content, sentences_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.core.message import Message
    from ctresearch.privacy.reading.grid import Grid
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy


def content_rules(output: Output, policy: Policy) -> Iterator[Finding]:
    """Look into an output.

    Parameters
    ----------
    output : Output
        What wants to leave.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        One for each rule that is broken: ``unreadable``, ``identifier``, ``records``, ``small_cells``,
        ``quotes``, ``seeded_noise``.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> letter = Output("letter", "file", "public", content=b"from someone@example.org", citation="A report (2020).")
    >>> [finding.sentence for finding in content_rules(letter, Policy())]
    ['It holds an e-mail address.']
    """
    text = text_of(output.content, output.tables, output.beside)
    yield from _unreadable(output, plain_content(output.content))
    yield from _identifiers(output, text)
    if seeded(output.content):
        yield Finding(
            "seeded_noise",
            "fail",
            say("Its noise or rounding came from a seed, so anyone who has the seed can take it away."),
            say("Make it again without seed=, once, and keep the artefact."),
        )
    if output.level != "public":
        yield from _people(output, sentences_of(output.content, output.grids, output.beside), text, policy)
        if output.kind == "file" and (told := words_of_persons(text)):
            sentence = say("Words that persons may have said of themselves: {n}.", n=told)
            cure = say("Have somebody who knows them judge whether they give them away; then sign an override.")
            yield Finding("quotes", policy.quotes, sentence, cure, {"passages": told})


def _unreadable(output: Output, content: Any) -> Iterator[Finding]:
    """Say what nobody has looked into; published data, and pictures of known people, may hold it."""
    kinds = sorted({*unread(content), *unread(plain(output.beside))})
    text = decoded(content) if isinstance(content, bytes) else content
    if kinds:
        what = say("It holds what cannot be looked into: {kinds}.", kinds=kinds)
    elif isinstance(content, bytes) and text is None:
        what = say("It is a file that cannot be looked into.")
    elif isinstance(text, str) and not output.tables and unread_figures(text):
        what = say("It is a text with figures in a layout that cannot be read.")
    elif content is None and output.beside is not None:
        kinds, what = ["picture"], say("It is a picture, and what it is drawn of was not handed in.")
    else:
        return
    if output.level == "public" or (output.kind == "figure" and not kinds):
        return
    cure = say("Hand the table itself to the gate, or sign an override that says who looked into the file.")
    yield Finding("unreadable", "review", what, cure)


def _identifiers(output: Output, text: str) -> Iterator[Finding]:
    """Direct identifiers, at any level."""
    named = is_frame(output.content) or output.roles is not None or output.is_result
    columns = [words for grid in output.grids for words in column_words(grid, named=named)]
    kinds = identifiers_in_text(text)
    if columns:
        yield Finding(
            "identifier",
            "fail",
            say("It has columns that name or locate people: {columns}.", columns=columns),
            say("Drop them, or rename a column that names something else, such as a country."),
            {"columns": len(columns)},
        )
    elif kinds:
        cure = say("Remove it; link people by keyed pseudonyms at the custodian.")
        yield Finding("identifier", "fail", say("It holds {kinds}.", kinds=_listed(kinds)), cure, {"kinds": len(kinds)})


def _listed(kinds: list[str]) -> Message:
    """Put kinds of identifiers one after the other."""
    last = (
        say("{first} and {second}", first=kinds[-2], second=kinds[-1])
        if len(kinds) > 1
        else say("{kind}", kind=kinds[0])
    )
    return last if len(kinds) < 3 else say("{first} and {second}", first=_listed(kinds[:-1]), second=kinds[-1])


def _people(output: Output, prose: list[str], text: str, policy: Policy) -> Iterator[Finding]:
    """Rows about people and small counts in what is shown and not declared, and in its words."""
    marked = carries_mark(output.content, "record_level")
    one_by_one = marked or any(row_level(grid, counted=_counted(output, grid)) for grid in output.grids)
    if output.level != "record" and (one_by_one or row_level_text(text)):
        yield Finding(
            "records",
            "fail",
            say("It describes people one by one."),
            say("Count or summarise them; record-level data leave at level 'record' only, k-anonymous."),
            {"tables": len(output.grids)},
        )
        return
    if protection(output.content, policy) is not None:
        return  # the rule of the threshold names what protects it
    threshold = policy.threshold(output.level)
    people = output.people
    guess = (
        output.kind in {"table", "figure", "file"} and output.level != "record" and (people is None or people.size == 1)
    )
    below = sum(small_counts(grid, threshold, guess=guess) for grid in output.grids)
    below += sum(small_counts_text(words, threshold) for words in prose)
    if below:
        yield Finding(
            "small_cells",
            "fail",
            say(
                "It shows {n} count of fewer than {threshold} people.",
                many="It shows {n} counts of fewer than {threshold} people.",
                n=below,
                threshold=threshold,
            ),
            say("Mask them and enough others, or join categories (suppress)."),
            {"below": below, "threshold": threshold},
        )


def _counted(output: Output, grid: Grid) -> bool:
    """Say whether the people behind each row of a table are counted, so that a row is a group."""
    people = output.people
    return people is not None and people.size > 1 and people.shape[0] == len(grid.rows)
