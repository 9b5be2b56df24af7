"""Everything that leaves, attacked together: cells, totals and sums that tables share, in whatever order they come.

Tables are joined into one system by their labels. Tables that show different numbers under the same labels are about
different people or times and are never joined. What is masked in one table must not follow from all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.attack.groupings import groupings_of, with_lists
from ctresearch.privacy.attack.linked import families, key_of
from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ctresearch.privacy.attack.linked import Bounds, Family, Grouping, Key, Shown

    Row = tuple[frozenset[Key], Key | None, float]

_FREE = (0.0, float("inf"))
_NAMED = 4  # outputs in a sentence; the rest are counted


@dataclass(frozen=True, slots=True)
class Known:
    """What tables of the same people show.

    Parameters
    ----------
    bounds : dict
        By labels, what is known of a cell that some table shows or masks.
    threshold : dict
        By labels of a masked cell, the smallest number that may be known of it.
    sources : dict
        By labels of a masked cell, the outputs it stands in.
    """

    bounds: dict[Key, Bounds]
    threshold: dict[Key, float]
    sources: dict[Key, set[str]]


@dataclass(slots=True)
class Together:
    """Tables that the same readers see, kept apart where they are about different people.

    Parameters
    ----------
    shown_zeros : bool
        Whether cells without anybody are shown, so that a masked one holds somebody.
    """

    shown_zeros: bool = True
    _populations: list[list[Shown]] = field(default_factory=list)
    _families: dict[tuple[int, int], tuple[Family, ...]] = field(default_factory=dict)
    _lists: dict[tuple[int, bool], Shown] = field(default_factory=dict)
    _solved: dict[frozenset[Row], dict[Key, str]] = field(default_factory=dict)

    def judge(self, tables: Sequence[Shown]) -> Finding | None:
        """Say whether tables give masked cells away, with each other and with those that were added before.

        Parameters
        ----------
        tables : sequence of Shown
            What wants to leave.

        Returns
        -------
        Finding or None
            Rule ``"recoverable"``: a fail for what an outsider, a review for what a contributor may know; else
            ``None``.

        Examples
        --------
        >>> from ctresearch.privacy.attack.linked import Shown
        >>> districts = {("nord", "n1"): (12.0, 12.0), ("nord", "n2"): (0.0, np.inf), ("süd", "s1"): (30.0, 30.0)}
        >>> one = Shown("districts", 5, districts, ("region", "district"), ({}, {}))
        >>> two = Shown("regions", 5, {("nord",): (15.0, 15.0), ("süd",): (30.0, 30.0)}, ("region",), ({},))
        >>> seen = Together()
        >>> seen.add([one])
        >>> seen.judge([two]).sentence
        "Totals of 'districts' and 'regions' give away 1 masked cell."
        """
        for population in self._with(tables):
            before = [t for t in population if t not in tables]
            if not any(t.masked for t in population):
                continue
            old = self._exposed(before) if before else {}
            new = {key: who for key, who in self._exposed(population).items() if old.get(key) not in {who, "outsider"}}
            if new:
                alone = new.keys() <= self._exposed(tables).keys()
                return _given_away(new, tables if alone else population)
        return None

    def add(self, tables: Sequence[Shown]) -> None:
        """Take tables among those that are seen.

        Parameters
        ----------
        tables : sequence of Shown
            What leaves.

        Examples
        --------
        >>> Together().add([])
        """
        self._populations = self._with(tables, every=True)

    def before(self) -> list[Shown]:
        """Return every table that was added, each once.

        Returns
        -------
        list of Shown
            In the order they came.

        Examples
        --------
        >>> Together().before()
        []
        """
        return list({id(t): t for population in self._populations for t in population}.values())

    def _with(self, tables: Sequence[Shown], *, every: bool = False) -> list[list[Shown]]:
        """Add tables to each population that they may belong to; return those that grew, or all of them."""
        grown = [list(population) for population in self._populations]
        changed: dict[int, None] = {}
        for table in tables:
            same = [t for t in tables if _same_people(table, t)]
            fitting = [i for i, there in enumerate(grown) if not any(_conflict(s, t) for s in same for t in there)]
            if not fitting:
                grown.append([])
                fitting = [len(grown) - 1]
            for i in fitting:
                grown[i].append(table)
                changed[i] = None
        return grown if every else [grown[i] for i in changed]

    def _exposed(self, tables: Sequence[Shown]) -> dict[Key, str]:
        """Attack the masked cells of tables that belong together; who knows which."""
        tables = [self._with_lists(t, tables) for t in tables]
        known = _known(tables, low=1.0 if self.shown_zeros else 0.0)
        if not known.threshold:
            return {}
        groupings = groupings_of(tables)
        every = [(t.keys, self._sums(t, groupings)) for t in tables]
        out: dict[Key, str] = {}
        for component in _components(_rows(every, known)):
            signature = frozenset(component)
            if signature not in self._solved:
                self._solved[signature] = _attacked(component, known)
            out |= self._solved[signature]
        return out

    def _with_lists(self, table: Shown, beside: Sequence[Shown]) -> Shown:
        """Read the lists in a table once; whatever is made stays, so that no other takes its number."""
        found = with_lists(table, beside)
        return self._lists.setdefault((id(table), found.margins), found)

    def _sums(self, table: Shown, groupings: Sequence[Grouping]) -> tuple[Family, ...]:
        """Work out the sums of a table once."""
        told = hash(tuple(sorted((p, tuple(sorted(c))) for g in groupings for p, c in g.items())))
        at = (id(table), told)
        if at not in self._families:
            self._families[at] = tuple(families(table, groupings))
        return self._families[at]


def _conflict(one: Shown, other: Shown) -> bool:
    """Say whether two tables show different numbers under the same labels."""
    first, second = one.keys, other.keys
    return any(first[key][0] > second[key][1] or second[key][0] > first[key][1] for key in first.keys() & second.keys())


def _same_people(table: Shown, beside: Shown) -> bool:
    """Say whether a table of the same output is the same with other labels, as where counts call a total otherwise."""
    shared = len(table.keys.keys() & beside.keys.keys())
    return table is beside or (2 * shared > len(table.keys) and not _conflict(table, beside))


def _known(tables: Sequence[Shown], low: float) -> Known:
    """Put together what all tables show."""
    known = Known({}, {}, {})
    for table in tables:
        for path, bounds in table.cells.items():
            key = key_of(path)
            at = known.bounds.get(key, _FREE)
            known.bounds[key] = (max(at[0], bounds[0]), min(at[1], bounds[1]))
            if bounds[0] != bounds[1]:
                known.bounds[key] = (max(known.bounds[key][0], low), known.bounds[key][1])
                known.threshold[key] = max(known.threshold.get(key, 0.0), float(table.threshold))
                known.sources.setdefault(key, set()).add(table.source)
    return known


def _rows(every: Sequence[tuple[Mapping[Key, Bounds], Sequence[Family]]], known: Known) -> list[Row]:
    """Keep the sums that the numbers do not contradict, as equations in what is not known."""
    sums: dict[tuple[Key, frozenset[Key]], None] = {}
    own: dict[frozenset[Key], Bounds] = {}
    for shown, table in every:
        kept = list(_kept(table, known))
        sums |= dict.fromkeys(kept)
        own |= {parts: shown[whole] for whole, parts in kept if whole in shown}
    bounds = known.bounds | _derived(sums, known.bounds)
    rows: dict[Row, None] = {}
    for whole, parts in sums:
        at, told = bounds.get(whole, _FREE), own.get(parts, _FREE)  # a table knows best what its own parts add up to
        row = _row(whole, parts, bounds) if at[0] <= told[1] and told[0] <= at[1] else None
        if row is not None:
            rows[row] = None
    return _tied(list(rows), known)


def _kept(table: Sequence[Family], known: Known) -> Iterator[tuple[Key, frozenset[Key]]]:
    """Yield the sums of a table, family by family, as long as most of it agrees with what is known."""
    for family in table:
        good = [(whole, parts) for whole, parts in family if _agrees(whole, parts, known.bounds)]
        told = sum(whole in known.bounds for whole, _ in family)
        if 2 * (len(family) - len(good)) <= max(told, 1):
            yield from ((whole, frozenset(parts)) for whole, parts in good)


def _agrees(whole: Key, parts: Sequence[Key], bounds: Mapping[Key, Bounds]) -> bool:
    """Say whether parts may add up to their whole."""
    low = sum(bounds.get(p, _FREE)[0] for p in parts)
    high = sum(bounds.get(p, _FREE)[1] for p in parts)
    at = bounds.get(whole, _FREE)
    slack = sum(
        bounds.get(p, _FREE)[0] == 1 and bounds.get(p, _FREE)[1] > 1 for p in parts
    )  # they may be empty after all
    return low - slack <= at[1] and high >= at[0]


def _derived(sums: Mapping[tuple[Key, frozenset[Key]], None], bounds: Mapping[Key, Bounds]) -> dict[Key, Bounds]:
    """Work out totals that no table shows; where tables differ, the largest is of everybody."""
    out: dict[Key, Bounds] = {}
    for whole, parts in sums:
        known = [bounds.get(p, _FREE) for p in parts]
        if whole not in bounds and all(low == high for low, high in known):
            value = max(sum(low for low, _ in known), out.get(whole, _FREE)[0])
            out[whole] = (value, value)
    return out


def _row(whole: Key, parts: frozenset[Key], bounds: Mapping[Key, Bounds]) -> Row | None:
    """Write one sum with what is known of it on the right."""
    at = {key: bounds.get(key, _FREE) for key in (*parts, whole)}
    exact = {key: low for key, (low, high) in at.items() if low == high}
    unknown = frozenset(p for p in parts if p not in exact)
    total = None if whole in exact else whole
    if (not unknown and total is None) or not _agrees(whole, tuple(parts), bounds):
        return None
    right = exact.get(whole, 0.0) - sum(exact.get(p, 0.0) for p in parts)
    if total in unknown:
        return None
    return unknown, total, right


def _tied(rows: list[Row], known: Known) -> list[Row]:
    """Leave out sums to a total that nothing else speaks of."""
    while True:
        uses: dict[Key, int] = {}
        for parts, total, _ in rows:
            for key in (*parts, *(() if total is None else (total,))):
                uses[key] = uses.get(key, 0) + 1
        kept = [row for row in rows if row[1] is None or row[1] in known.bounds or uses[row[1]] > 1]
        if len(kept) == len(rows):
            return kept
        rows = kept


def _components(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Cut a system into parts that share no unknown."""
    parent: dict[Key, Key] = {}

    def root(key: Key) -> Key:
        """Follow a key to the one that stands for its part."""
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for parts, total, _ in rows:
        keys = [*parts, *(() if total is None else (total,))]
        for key in keys[1:]:
            parent[root(key)] = root(keys[0])
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(root(next(iter(row[0])) if row[0] else row[1]), []).append(row)  # type: ignore[arg-type]
    yield from found.values()


def _attacked(rows: Sequence[Row], known: Known) -> dict[Key, str]:
    """Attack one part of a system."""
    from scipy.sparse import csr_array

    from ctresearch.privacy.recovery.attacker import Attacker

    keys = list(dict.fromkeys(k for parts, total, _ in rows for k in (*parts, *(() if total is None else (total,)))))
    if not any(key in known.threshold for key in keys):
        return {}
    place = {key: i for i, key in enumerate(keys)}
    entries = [(r, place[p], 1.0) for r, (parts, _, _) in enumerate(rows) for p in parts]
    entries += [(r, place[total], -1.0) for r, (_, total, _) in enumerate(rows) if total is not None]
    at, columns, values = (np.array(v) for v in zip(*entries, strict=True))
    bounds = np.array([known.bounds.get(key, _FREE) for key in keys], dtype=float)
    found = Attacker(
        csr_array((values, (at, columns)), shape=(len(rows), len(keys))),
        np.array([right for _, _, right in rows]),
        bounds[:, 0],
        bounds[:, 1],
        np.array([known.threshold.get(key, 0.0) for key in keys]),
    ).unsafe()
    who = {keys[i]: "contributor" for i in found.contributor}
    return who | {keys[i]: "outsider" for i in found.outsider}


def _given_away(new: Mapping[Key, str], tables: Sequence[Shown]) -> Finding:
    """Say how many masked cells are known, and from which outputs."""
    masked = [t for t in tables if any(key in t.keys for key in new)]
    names = list(dict.fromkeys(t.source for t in (*masked, *reversed(tables))))
    others = [repr(name) for name in names[:_NAMED]]
    others += [say("{n} more", n=len(names) - _NAMED)] if len(names) > _NAMED else []
    sure = "outsider" in new.values()
    totals = (
        say("Totals")
        if len(names) == 1
        else say("Totals of {first} and {last}", first=say("{names}", names=others[:-1]), last=others[-1])
    )
    sentence = (
        say(
            "{totals} give away {n} masked cell.",
            many="{totals} give away {n} masked cells.",
            n=len(new),
            totals=totals,
        )
        if sure
        else say(
            "{totals} may give away, to somebody who knows how many are in another masked cell, {n} masked cell.",
            many="{totals} may give away, to somebody who knows how many are in another masked cell, {n} masked cells.",
            n=len(new),
            totals=totals,
        )
    )
    cure = say("Mask further cells in all of them (suppress), or leave one of them, or its totals, out.")
    return Finding(
        "recoverable", "fail" if sure else "review", sentence, cure, {"exposed": len(new), "outputs": len(names)}
    )
