"""What changed between two runs, estimate by estimate and table by table, and what did it.

That is an input, a parameter, the code or a package.

Both sides are read from what the release gate passed, so a difference shows nothing that a release would not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core import render
from ctresearch.studies.asked.identity import explain
from ctresearch.studies.shown.words import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ctresearch.studies.kept.evidence import Evidence

_NOT_KEYS = frozenset({"estimate", "std_error", "ci_low", "ci_high", "unit"})


@dataclass(frozen=True, slots=True)
class EstimateChange:
    """One row of one estimate, then and now.

    Parameters
    ----------
    output : str
        Name of the output.
    term : str
        The term, with the key columns of its row where it has some.
    old, new : float
        Estimates; ``NaN`` where one side has none.
    old_interval, new_interval : tuple of float
        Limits, ``NaN`` where there are none.
    unit : str
        What is counted.

    Examples
    --------
    >>> change = EstimateChange("estimate", "population", 100.0, 120.0, (90.0, 115.0), (110.0, 130.0), "persons")
    >>> change.change, change.reading
    (20.0, 'beyond the old interval')
    """

    output: str
    term: str
    old: float
    new: float
    old_interval: tuple[float, float]
    new_interval: tuple[float, float]
    unit: str
    stands: bool = True

    @property
    def change(self) -> float:
        """New minus old."""
        return self.new - self.old

    @property
    def reading(self) -> str:
        """What the change means against the old interval; no test, since both rest on much the same data."""
        if not self.stands:
            return "does not stand"
        if math.isnan(self.old):
            return "new" if not math.isnan(self.new) else "no estimate on either side"
        if math.isnan(self.new):
            return "gone"
        if self.change == 0:
            return "same" if _same_limits(self.old_interval, self.new_interval) else "interval changed"
        low, high = self.old_interval
        if math.isnan(low) or math.isnan(high):
            return "no interval to compare with"
        return "within the old interval" if low <= self.new <= high else "beyond the old interval"


@dataclass(frozen=True, slots=True)
class OutputChange:
    """A table, figure or file, then and now.

    Parameters
    ----------
    output, kind : str
        Which.
    change : str
        ``same``, ``new``, ``gone`` or what changed.

    Examples
    --------
    >>> OutputChange("map", "figure", "same").change
    'same'
    """

    output: str
    kind: str
    change: str


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that differs between two runs.

    Parameters
    ----------
    old, new : str
        Ids of the runs.
    causes : tuple of str
        What went in differently, one sentence each.
    estimates : tuple of EstimateChange
        Row by row.
    outputs : tuple of OutputChange
        Tables, figures and files.
    caution : str
        What a reader must know before comparing; empty for two runs of one study.

    Examples
    --------
    >>> Diff("ab", "ab", (), (), ()).causes
    ()
    """

    old: str
    new: str
    causes: tuple[str, ...]
    estimates: tuple[EstimateChange, ...]
    outputs: tuple[OutputChange, ...]
    caution: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the differences as plain values; missing numbers are ``None``.

        Returns
        -------
        dict
            Ready for :func:`json.dumps`.

        Examples
        --------
        >>> sorted(Diff("ab", "cd", (), (), ()).to_dict())
        ['causes', 'caution', 'estimates', 'new', 'old', 'outputs']
        """
        rows = [
            {
                "output": one.output,
                "term": one.term,
                "unit": one.unit,
                "old": _plain(one.old),
                "new": _plain(one.new),
                "change": _plain(one.change),
                "old_interval": [_plain(v) for v in one.old_interval],
                "new_interval": [_plain(v) for v in one.new_interval],
                "reading": one.reading,
            }
            for one in self.estimates
        ]
        outputs = [{"output": one.output, "kind": one.kind, "change": one.change} for one in self.outputs]
        return {
            "old": self.old,
            "new": self.new,
            "caution": self.caution,
            "causes": list(self.causes),
            "estimates": rows,
            "outputs": outputs,
        }

    def rows(self) -> list[list[str]]:
        """Return the estimates as cells to read.

        Returns
        -------
        list of list of str
            Output, term, old, its interval, new, its interval, change, reading.

        Examples
        --------
        >>> Diff("ab", "cd", (), (), ()).rows()
        []
        """
        return [
            [
                one.output,
                one.term,
                render.number(one.old),
                _interval(one.old_interval),
                render.number(one.new),
                _interval(one.new_interval),
                _change(one),
                one.reading,
            ]
            for one in self.estimates
        ]

    def markdown(self) -> str:
        """Return the differences as Markdown.

        Returns
        -------
        str
            Causes, estimates and other outputs.

        Examples
        --------
        >>> Diff("ab", "ab", (), (), ()).markdown().splitlines()[2]
        'Nothing that went in differs.'
        """
        lines = [f"### Run {self.old[:16]} to {self.new[:16]}", ""]
        lines += [f"**{as_markdown(self.caution)}**", ""] if self.caution else []
        lines += [f"- {as_markdown(cause)}" for cause in self.causes] or ["Nothing that went in differs."]
        if self.estimates:
            lines += ["", f"| {' | '.join(HEADS)} |", "| --- | --- | ---: | --- | ---: | --- | ---: | --- |"]
            lines += [f"| {' | '.join(map(as_markdown, row))} |" for row in self.rows()]
        if self.outputs:
            lines += ["", "| output | kind | change |", "| --- | --- | --- |"]
            lines += [f"| {one.output} | {one.kind} | {one.change} |" for one in self.outputs]
        return "\n".join(lines) + "\n"


HEADS = ("output", "term", "old", "interval", "new", "interval", "change", "against the old interval")


def diff_runs(old: Evidence, new: Evidence) -> Diff:
    """Compare two runs.

    Parameters
    ----------
    old, new : Evidence
        Their published sides.

    Returns
    -------
    Diff
        What differs.

    Examples
    --------
    >>> from ctresearch.studies.kept.evidence import Evidence
    >>> empty = {"estimates": {}, "tables": {}, "figures": {}, "files": {}}
    >>> one = Evidence(empty, {"run_id": "ab", "components": {"seed": 1}}, {})
    >>> two = Evidence(empty, {"run_id": "cd", "components": {"seed": 2}}, {})
    >>> diff_runs(one, two).causes
    ('seed: 1 -> 2',)
    """
    return Diff(
        old=old.run_id,
        new=new.run_id,
        causes=tuple(explain(old.provenance["components"], new.provenance["components"])),
        estimates=tuple(estimate_changes(old.results["estimates"], new.results["estimates"])),
        outputs=tuple(_outputs(old, new)),
        caution=_caution(str(old.results.get("study", "")), str(new.results.get("study", ""))),
    )


def _caution(old: str, new: str) -> str:
    """Warn of a comparison between studies."""
    return "" if old == new else f"Two studies, {old} and {new}: they may count different people."


def estimate_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[EstimateChange]:
    """Pair the rows of all estimates by their term and keys.

    Parameters
    ----------
    old, new : mapping
        Estimates by name, as ``results.json`` and ``expected.json`` hold them.

    Yields
    ------
    EstimateChange
        One a row.

    Examples
    --------
    >>> row = {"term": "population", "estimate": 9.0, "ci_low": 5.0, "ci_high": 12.0}
    >>> [one.reading for one in estimate_changes({"e": {"rows": [row]}}, {"e": {"rows": [row | {"estimate": 10.0}]}})]
    ['within the old interval']
    """
    for name in dict.fromkeys([*old, *new]):
        before, after = _by_key(old.get(name, {})), _by_key(new.get(name, {}))
        stands = bool(new.get(name, {}).get("stands", True))
        for key in dict.fromkeys([*before, *after]):
            then, now = before.get(key, {}), after.get(key, {})
            yield EstimateChange(
                name,
                key,
                _float(then.get("estimate")),
                _float(now.get("estimate")),
                (_float(then.get("ci_low")), _float(then.get("ci_high"))),
                (_float(now.get("ci_low")), _float(now.get("ci_high"))),
                str((now or then).get("unit", "")),
                stands,
            )


def _by_key(entry: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Name the rows of an estimate by their term and key columns."""
    named = {}
    for row in entry.get("rows", ()):
        keys = [f"{column} {value}" for column, value in row.items() if column not in _NOT_KEYS | {"term"}]
        named[", ".join([str(row["term"]), *keys])] = row
    return named


def _outputs(old: Evidence, new: Evidence) -> Iterator[OutputChange]:
    """Compare tables cell by cell, figures and files by their bytes."""
    for group, kind in (("tables", "table"), ("figures", "figure"), ("files", "file")):
        before, after = old.results[group], new.results[group]
        for name in dict.fromkeys([*before, *after]):
            if name not in after or name not in before:
                change = "gone" if name in before else "new"
            elif before[name]["sha256"] == after[name]["sha256"]:
                change = "same"
            else:
                change = _cells_changed(old.tables[name], new.tables[name]) if kind == "table" else "changed"
            yield OutputChange(name, kind, change)


def _cells_changed(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> str:
    """Say how much of a table changed."""
    if old[:1] != new[:1]:
        return "other columns"
    if len(old) != len(new):
        return f"{len(old) - 1} rows to {len(new) - 1}"
    pairs = [(a, b) for before, after in zip(old, new, strict=True) for a, b in zip(before, after, strict=False)]
    return f"{sum(a != b for a, b in pairs)} of {len(pairs) - len(old[0])} cells"


def _float(value: Any) -> float:
    """Read a published number; ``None`` is missing."""
    return math.nan if value is None else float(value)


def _plain(value: float) -> float | None:
    """Write a number for JSON."""
    return value if math.isfinite(value) else None


def _same_limits(old: tuple[float, float], new: tuple[float, float]) -> bool:
    """Say whether two intervals are one, missing limits included."""
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(old, new, strict=True))


def _interval(limits: tuple[float, float]) -> str:
    """Write an interval."""
    low, high = limits
    return "" if math.isnan(low) and math.isnan(high) else f"{render.number(low)} to {render.number(high)}"


def _change(one: EstimateChange) -> str:
    """Write a change with its sign and per cent."""
    if math.isnan(one.change):
        return "–"
    if one.change == 0:
        return "same"
    sign = "+" if one.change > 0 else ""
    share = f" ({100 * one.change / abs(one.old):+.1f} %)".replace("-", "−") if one.old else ""
    share = "" if share in {" (+0.0 %)", " (−0.0 %)"} else share
    return f"{sign}{render.number(one.change)}{share}"
