"""How gravely a check speaks, in the words that every page of a run uses.

Two kinds of failure are told apart: an estimate that does not stand has no limits anywhere; one whose reading needs
care keeps them, with the reason beside. Runs made before the two were told apart know the second kind alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.check import Check
from ctresearch.core.message import Message, as_message, say, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Word:
    """How one grade is called.

    Parameters
    ----------
    label : Message
        Before a check.
    counted : Message
        After a number of checks.

    Examples
    --------
    >>> Word(say("Review"), say("to review")).label
    'Review'
    """

    label: Message
    counted: Message


WORDS = {
    "void": Word(say("Does not stand"), say("by which a result does not stand")),
    "fail": Word(say("Mind the reading"), say("to mind")),
    "review": Word(say("Review"), say("to review")),
    "pass": Word(say("Passed"), say("passed")),
}


def grade_of(check: Mapping[str, Any]) -> str:
    """Say how gravely a published check speaks.

    Parameters
    ----------
    check : mapping
        A check of ``results.json``.

    Returns
    -------
    {"void", "fail", "review", "pass"}
        The grade; the keys of ``WORDS``, the gravest first.

    Examples
    --------
    >>> grade_of({"status": "fail"}), grade_of({"status": "fail", "voids": True})
    ('fail', 'void')
    """
    told = Check("", check["status"], "", voids=bool(check.get("voids", False)))
    return told.status if told.stands else "void"


def label_of(check: Mapping[str, Any]) -> str:
    """Call a published check by what it says.

    Parameters
    ----------
    check : mapping
        A check of ``results.json``.

    Returns
    -------
    str
        Such as ``"Does not stand"``.

    Examples
    --------
    >>> label_of({"status": "fail", "voids": True})
    'Does not stand'
    """
    return WORDS[grade_of(check)].label


def graded(checks: Iterable[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Order published checks by how gravely they speak.

    Parameters
    ----------
    checks : iterable of mapping
        Checks of ``results.json``.

    Returns
    -------
    list of tuple
        Grade and check, the gravest first.

    Examples
    --------
    >>> [grade for grade, _ in graded([{"status": "pass"}, {"status": "fail"}])]
    ['fail', 'pass']
    """
    order = list(WORDS)
    return sorted(((grade_of(one), one) for one in checks), key=lambda pair: order.index(pair[0]))


def voiding(output: str, checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the checks by which an estimate does not stand.

    Parameters
    ----------
    output : str
        Name of the estimate.
    checks : iterable of mapping
        Checks of ``results.json``.

    Returns
    -------
    list of str
        Their names; empty where it stands.

    Examples
    --------
    >>> voiding("e", [{"output": "e", "name": "existence", "status": "fail", "voids": True}])
    ['existence']
    """
    return _named("void", output, checks)


def to_mind(output: str, checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the checks that a reader of an estimate must mind.

    Parameters
    ----------
    output : str
        Name of the estimate.
    checks : iterable of mapping
        Checks of ``results.json``.

    Returns
    -------
    list of str
        Their names; empty where there are none.

    Examples
    --------
    >>> to_mind("e", [{"output": "e", "name": "bias", "status": "fail"}])
    ['bias']
    """
    return _named("fail", output, checks)


def without_limits(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of an estimate that does not stand: its limits are shown nowhere.

    Parameters
    ----------
    row : mapping
        A row of ``results.json``.

    Returns
    -------
    dict
        The row, its limits and standard error missing.

    Examples
    --------
    >>> without_limits({"estimate": 3.0, "ci_low": 1.0, "ci_high": 9.0, "std_error": 2.0})["ci_low"] is None
    True
    """
    return {**row, "std_error": None, "ci_low": None, "ci_high": None}


def data_words(document: Mapping[str, Any], *, judged: bool = True) -> Message:
    """Say what a reader must know of the data first: that not everybody may see them, or that they are other ones.

    Parameters
    ----------
    document : mapping
        What ``results.json`` holds.
    judged : bool
        Whether all that stands on the page passed the release gate; on the page of a run, what its cells display did
        not.

    Returns
    -------
    Message
        Sentences; empty where the data are public and the study's own.

    Examples
    --------
    >>> data_words({"restricted": ["lists"]})  # doctest: +ELLIPSIS
    'The data are restricted (lists): what is shown here has passed the release gate, and the records may not be ...'
    """
    names = list(document.get("restricted", ()))
    told = say(
        "The data are restricted ({names}): what is shown here has passed the release gate, and the records may not be "
        "passed on.",
        names=names,
    )
    inside = say(
        "The data are restricted ({names}): estimates and checks at the head of this page have passed the release "
        "gate; what the cells below display nobody has judged. Keep this page with the records: the one to pass on is "
        "made by `ctresearch release`.",
        names=names,
    )
    held = "" if judged else held_back_words(document)
    first = (told if judged else inside) if names else ""
    return together((first, held, replaced_words(document.get("replaced", {}))))


def held_back(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the verdicts on saved outputs that did not pass.

    Parameters
    ----------
    document : mapping
        What ``results.json`` holds.

    Returns
    -------
    dict of str to mapping
        Output to verdict.

    Examples
    --------
    >>> list(held_back({"gate": {"a": {"status": "pass"}, "b": {"status": "review", "rule": "undeclared"}}}))
    ['b']
    """
    return {name: one for name, one in document.get("gate", {}).items() if one["status"] != "pass"}


def held_back_words(document: Mapping[str, Any]) -> Message:
    """Say which saved outputs wait at the gate, and by which rule.

    Parameters
    ----------
    document : mapping
        What ``results.json`` holds.

    Returns
    -------
    Message
        A sentence; empty where all passed.

    Examples
    --------
    >>> held_back_words({"gate": {"a": {"status": "pass"}, "b": {"status": "review", "rule": "undeclared"}}})
    'The release gate holds back 1 of 2 saved outputs: b (undeclared).'
    """
    held = held_back(document)
    if not held:
        return say("")
    return say(
        "The release gate holds back {held} of {saved} saved outputs: {named}.",
        held=len(held),
        saved=len(document["gate"]),
        named=[say("{name} ({rule})", name=name, rule=as_message(one["rule"])) for name, one in held.items()],
    )


def replaced_words(replaced: Mapping[str, Sequence[str]]) -> Message:
    """Say that a run had other data than its study names, and what is not known of them.

    Parameters
    ----------
    replaced : mapping of str to sequence of str
        Input to what nobody has stated of the data that were given for it; of ``results.json``.

    Returns
    -------
    Message
        A sentence or two; empty where the data are the study's own.

    Examples
    --------
    >>> print(replaced_words({"people": ["title", "rows"]}).partition(". ")[0])
    Other data were given in place of the study's own: people (title, rows: not stated)
    """
    if not replaced:
        return say("")
    told = [
        say("{name} ({missing}: not stated)", name=name, missing=list(missing)) if missing else as_message(name)
        for name, missing in replaced.items()
    ]
    words = say("Other data were given in place of the study's own: {told}.", told=together(told, "; "))
    if not any(replaced.values()):
        return words
    unknown = say(
        "What is not stated of them is not known here: no words of the study speak of these data, and every output is "
        "judged as restricted."
    )
    return together((words, unknown))


def check_words(check: Mapping[str, Any]) -> Message:
    """Return the sentence of a published check, its words and numbers apart where they were kept.

    Parameters
    ----------
    check : mapping
        A check of ``results.json``.

    Returns
    -------
    Message
        Its sentence.

    Examples
    --------
    >>> check_words({"message": "3 lists", "said": say("{n} lists", n=3).to_dict()}).template
    '{n} lists'
    """
    return Message.from_dict(check["said"]) if "said" in check else as_message(check["message"])


def check_heading(grade: str, name: str, outputs: Sequence[str]) -> Message:
    """Say how gravely a check speaks, of which outputs, and what it is.

    Parameters
    ----------
    grade : str
        From :func:`grade_of`.
    name : str
        Of the check.
    outputs : sequence of str
        Outputs that share it.

    Returns
    -------
    Message
        Words.

    Examples
    --------
    >>> print(check_heading("review", "fit", ["estimate"]))
    Review: estimate: fit.
    """
    of = together([as_message(output) for output in outputs], ", ")
    return say("{grade}: {outputs}: {name}.", grade=WORDS[grade].label, outputs=of, name=as_message(name))


def _named(grade: str, output: str, checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the checks of one grade of one output."""
    return list(dict.fromkeys(one["name"] for one in checks if one.get("output") == output and grade_of(one) == grade))
