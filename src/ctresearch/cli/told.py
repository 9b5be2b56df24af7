"""What ``ctresearch check`` says, where and when: lines as studies are finished, files kept up to date, a summary."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.studies.checked.verdict import Verdict


class Told:
    """The verdicts of a check, told as they come.

    Files are opened before anything runs, so that one that cannot be written is known at once, and JUnit and badge are
    written anew after every study: whatever ends the check, what was finished stands in them.

    Parameters
    ----------
    names : sequence of str
        The studies, in the order in which a summary tells of them.
    options : mapping
        Options of the command: ``as_markdown``, ``as_json``, ``jsonl``, ``ordered``, ``junit``, ``badge``.

    Examples
    --------
    >>> off = dict.fromkeys(("as_markdown", "as_json", "jsonl", "ordered", "junit", "badge"))
    >>> Told(["demo"], off).verdicts()[0].status
    'not run'
    """

    def __init__(self, names: Sequence[str], options: Mapping[str, Any]) -> None:
        from ctresearch.studies.checked.many import NOT_RUN
        from ctresearch.studies.checked.verdict import Verdict

        self._options = options
        self._found = {name: Verdict(name, "not run", NOT_RUN) for name in names}
        self._waiting: list[str] = list(names)
        self._done: list[str] = []
        self._ended = False
        self._as_text = not (options["as_markdown"] or options["as_json"] or options["jsonl"] == "-")
        self._lines: TextIO | None = None
        if options["jsonl"] == "-":
            self._lines = sys.stdout
        elif options["jsonl"]:
            self._lines = Path(options["jsonl"]).open("w", encoding="utf-8")  # noqa: SIM115  # closed at the end
        self._write_files()

    def verdicts(self) -> list[Verdict]:
        """Return what was found, in the order of the names; *not run* for what was not.

        Returns
        -------
        list of Verdict
            One a study.

        Examples
        --------
        >>> off = dict.fromkeys(("as_markdown", "as_json", "jsonl", "ordered", "junit", "badge"))
        >>> len(Told([], off).verdicts())
        0
        """
        return list(self._found.values())

    def hear(self, word: str, verdict: Verdict) -> None:
        """Take the verdict on one study, and tell of it at once, or when its turn has come.

        Parameters
        ----------
        word : str
            The word by which the study was asked for.
        verdict : Verdict
            What was found.

        Examples
        --------
        >>> from ctresearch.studies.checked.verdict import Verdict
        >>> off = dict.fromkeys(("as_markdown", "as_json", "jsonl", "ordered", "junit", "badge"))
        >>> Told(["demo"], off).hear("demo", Verdict("demo", "same"))
        demo: same, 0 outputs
        """
        self._found[word] = verdict
        self._done.append(word)
        if not self._as_text and len(self._found) > 1:
            place = f"[{len(self._done)}/{len(self._found)}]"
            click.echo(f"{place} {verdict.study}: {verdict.status} after {verdict.seconds:.1f} s", err=True)
        if not self._options["ordered"]:
            self._waiting.remove(word)
            self._tell(verdict)
        while self._options["ordered"] and self._waiting and self._waiting[0] in self._done:
            self._tell(self._found[self._waiting.pop(0)])
        self._write_files()

    def end(self) -> None:
        """Tell once of what was not told yet: studies that were not run, and the summary.

        Examples
        --------
        >>> off = dict.fromkeys(("as_markdown", "as_json", "jsonl", "ordered", "junit", "badge"))
        >>> Told(["demo"], off).end()
        demo: not run: the check was interrupted before its end
        """
        from ctresearch.studies.checked.reports import summary_markdown

        if self._ended:
            return
        self._ended = True
        for word in self._waiting:
            self._tell(self._found[word])
        if self._lines is not None and self._lines is not sys.stdout:
            self._lines.close()
        if self._options["as_markdown"]:
            click.echo(summary_markdown(self.verdicts()))
        if self._options["as_json"]:
            rows = [one.to_dict() for one in self.verdicts()]
            sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def _tell(self, verdict: Verdict) -> None:
        """Write the lines of one study."""
        if self._lines is not None:
            line = json.dumps(verdict.to_dict(), ensure_ascii=False, allow_nan=False)
            self._lines.write(line + "\n")
            self._lines.flush()
        if self._as_text:
            _say(verdict)

    def _write_files(self) -> None:
        """Write JUnit and badge anew, whole or not at all."""
        from ctresearch.studies.checked.reports import badge_json, badge_svg, junit

        if self._options["junit"]:
            _replace(self._options["junit"], junit(self.verdicts()))
        if self._options["badge"]:
            draw = badge_svg if self._options["badge"].suffix == ".svg" else badge_json
            _replace(self._options["badge"], draw(self.verdicts()))


def _say(verdict: Verdict) -> None:
    """Say what was found about one study, and which outputs are not the same."""
    from ctresearch.studies.checked.reports import in_words
    from ctresearch.studies.shown.words import one_line

    joint = ": " if verdict.message else ", "
    click.echo(one_line(f"{verdict.study}: {verdict.status}{joint}{in_words(verdict)}"))
    for each in verdict.outputs:
        if each.status != "same":
            click.echo("  " + one_line(f"{each.status}: {each.output} ({each.kind}): {each.message}"))
    for row in verdict.moved:
        where = f"{row.output}, {row.term}: {row.released:g} to {row.now:g}, {row.place}"
        click.echo("  " + one_line(f"moved: {where} ({row.low:g} to {row.high:g} in {row.source})"))


def _replace(path: Path, text: str) -> None:
    """Write a file in place of an earlier one."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
