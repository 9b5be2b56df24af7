"""Every word of the coding page that is not the user's: labels, what is said when something was done, and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.message import Message
    from ctresearch.core.tongue import Tongue

_OPEN = {name: f"{{{name}}}" for name in ("n", "all", "code", "codes", "words", "document", "file")}
_LABELS: Mapping[str, Message] = {
    "document": say("Document"),
    "previous": say("Previous document"),
    "next": say("Next document"),
    "work": say("Work"),
    "view": say("View"),
    "stretch": say("Stretch of text"),
    "undo": say("Undo"),
    "redo": say("Redo"),
    "save": say("Save as REFI-QDA"),
    "forget": say("Forget what this browser keeps"),
    "smaller": say("Smaller text"),
    "larger": say("Larger text"),
    "dark": say("Dark page"),
    "keys": say("Keys"),
    "codes": say("Codes"),
    "unit": say("Select the next unit"),
    "give": say("Give a code"),
    "memo": say("Memo"),
    "remove": say("Remove the code"),
    "which": say("Which code?"),
    "close": say("Close"),
    "done": say("Done"),
    "definition": say("Definition"),
    "include": say("Give it when"),
    "exclude": say("Do not give it when"),
    "example": say("Example"),
}
_SENTENCES: Mapping[str, Message] = {
    "none": say("No segments in this document yet."),
    "nothing": say("No code holds these words."),
    "empty": say("There is no text to give a code to."),
    "nothing_undo": say("There is nothing to undo."),
    "nothing_redo": say("There is nothing to redo."),
    "undone": say("The last change was undone."),
    "redone": say("The change was made again."),
    "no_segment": say("No coded segment stands here."),
    "memo_kept": say("The memo was kept."),
    "first": say("This is the first one."),
    "last": say("This is the last one."),
    "kept": say(
        "This page sends nothing anywhere. Segments and memos are kept in this browser on this machine until you "
        "forget them; save a file for anybody else."
    ),
    "not_kept": say("This page sends nothing anywhere, and cannot keep your work here: save a file before you close."),
    "forgotten": say("This browser keeps nothing of this page any more."),
    "forgetting": say(
        "Segments and memos that were not saved to a file are lost. Do this when you leave a machine that others use."
    ),
    "elsewhere": say("The page is open twice on this machine: what was done there is shown here."),
    "start": say("Select a stretch of text and press Enter to give it a code; Space selects the next unit."),
}


def page_words(tongue: Tongue) -> dict[str, str]:
    """Return the words of the page in a language; what stands in braces is filled in by the page."""
    filled = {
        "title": say("{document}: document {n} of {all}", **_pick("document", "n", "all")),
        "option": say("{document} ({n} segments)", **_pick("document", "n")),
        "segments": say("Segments here: {n}, in all: {all}", **_pick("n", "all")),
        "here": say("Here: {codes}", **_pick("codes")),
        "twice": say("This stretch has the code {code} already.", **_pick("code")),
        "given": say("{code} was given to: {words}", **_pick("code", "words")),
        "removed": say("The code {code} was removed.", **_pick("code")),
        "memo_of": say("Memo on {code}", **_pick("code")),
        "at": say("{code}: segment {n} of {all}", **_pick("code", "n", "all")),
        "changes": say("Changes since the last saved file: {n}.", **_pick("n")),
        "saved": say("Saved as {file}, segments: {n}.", **_pick("file", "n")),
        "recalled": say("Work was taken up where it was left, segments: {n}.", **_pick("n")),
    }
    return {name: tongue.write(one) for name, one in (dict(_LABELS) | dict(_SENTENCES) | filled).items()}


def page_keys(tongue: Tongue) -> list[tuple[str, str]]:
    """Return keys and what they do, for the page's own manual."""
    told = (
        ("\u2190 \u2191 \u2192 \u2193", say("Move through the text; with Shift, select.")),
        ("Space", say("Select the unit here, then the next; with Shift, take the next in as well.")),
        ("Backspace", say("Select the unit before.")),
        ("Enter", say("Choose a code for what is selected, by typing a part of its name; Ctrl+Enter gives several.")),
        ("1 \u2026 9", say("Give one of the first nine codes.")),
        ("F2", say("Write a memo on the segment here; Ctrl+Enter keeps it.")),
        ("Delete", say("Remove the code here.")),
        ("Alt+\u2193, Alt+\u2191", say("Next or previous segment.")),
        ("Alt+Page Down, Alt+Page Up", say("Next or previous document.")),
        ("Ctrl+Z, Ctrl+Shift+Z", say("Undo, make again.")),
        ("Ctrl+S", say("Save as REFI-QDA (.qdpx).")),
        ("Tab", say("Leave the text for segments and codes, which arrows, Enter, F2 and Delete work on as well.")),
    )
    return [(keys, tongue.write(what)) for keys, what in told]


def _pick(*names: str) -> dict[str, str]:
    """Return names in braces as their own values, so that the page can fill them in."""
    return {name: _OPEN[name] for name in names}
