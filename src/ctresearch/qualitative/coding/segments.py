"""Coded segments: which stretch of which document bears which code, by which coder."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key, read_names, refuse_alike
from ctresearch.core.render import as_card, number
from ctresearch.core.validate import has_columns, is_a, is_frame, is_mapping, one_of, whole_number
from ctresearch.qualitative.coding.codebook import Codebook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning

COLUMNS = ("document", "start", "end", "code", "coder", "memo")
CASES_ROLES: dict[str, Meaning] = {"document": col.actor("Document"), "*": col.mark("Code in the document")}
TIES_ROLES: dict[str, Meaning] = {
    "source": col.key("Code"),
    "target": col.key("Other code"),
    "documents": col.count("Documents with both", "documents", of="case"),
}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CodedSegments:
    """A frozen table of coded segments; texts are kept apart and never shown.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``document``, ``start``, ``end`` (first place and the one behind the last, in characters from 0),
        ``code``, ``coder`` and ``memo``.
    texts : mapping of str to str
        Document to its text, where texts are at hand.

    Examples
    --------
    >>> marked = pd.DataFrame({"doc": ["A", "A"], "from": [0, 4], "to": [9, 12], "tag": ["debt", "threat"]})
    >>> CodedSegments.from_frame(marked, document="doc", start="from", end="to", code="tag")
    CodedSegments: 2 segments, 1 document, 2 codes, 1 coder
    """

    table: pd.DataFrame
    texts: Mapping[str, str]

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        document: str = "document",
        start: str = "start",
        end: str = "end",
        code: str = "code",
        coder: str | None = "coder",
        memo: str | None = None,
        texts: Mapping[str, str] | None = None,
        codebook: Codebook | None = None,
        merge_names: bool = False,
    ) -> CodedSegments:
        """Read coded segments from a table.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a stretch with one code by one coder.
        document, start, end, code : str
            Columns.
        coder, memo : str, optional
            Columns; one coder made all where there is no such column.
        texts : mapping of str to str, optional
            Document to its text; segments must lie inside.
        codebook : Codebook, optional
            Codes must be of it, by key or, where only one code is called so, by name.
        merge_names : bool
            Take names that differ in case, accents or spaces alone for one; they are refused otherwise.

        Returns
        -------
        CodedSegments
            The segments.

        Raises
        ------
        DataError
            If a column or value is missing, places are no whole numbers or lie outside a text, a code is none of the
            codebook, or names differ in spelling alone.

        Examples
        --------
        >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [9], "code": ["debt"], "coder": ["anna"]})
        >>> CodedSegments.from_frame(marked).codes
        ('debt',)
        """
        is_frame("segments", frame)
        asked = {"document": document, "code": code, "start": start, "end": end}
        held = {name: column_name(name, column) for name, column in asked.items()}
        one_of("merge_names", merge_names, (True, False))
        has_columns("segments", frame, held.values())
        named = None if coder is None else column_name("coder", coder)
        if named == "coder" and named not in frame.columns:
            named = None
        has_columns(
            "segments", frame, [*([named] if named else []), *([] if memo is None else [column_name("memo", memo)])]
        )
        refuse_missing(frame, [*held.values(), *([named] if named else [])])
        made = {one: _names(frame[held[one]], held[one], merge_names) for one in ("document", "code")}
        made["coder"] = (
            _names(frame[named], named, merge_names) if named else np.full(len(frame), "coder", dtype=object)
        )
        made["start"], made["end"] = (_places(frame[held[one]], held[one]) for one in ("start", "end"))
        made["memo"] = (
            frame[memo].fillna("").astype(str).to_numpy(object) if memo is not None else np.full(len(frame), "", object)
        )
        table = pd.DataFrame(made)[list(COLUMNS)]
        wrong = (table["end"] <= table["start"]).to_numpy()
        refuse_cells(frame[end], wrong, f"must lie behind {start!r} of the same row")
        if codebook is not None:
            table["code"] = _by_codebook(table["code"], frame[code], is_a("codebook", codebook, Codebook))
        known = MappingProxyType(dict(is_mapping("texts", {} if texts is None else texts)))
        odd = sum(not isinstance(text, str) for text in known.values())
        if odd:
            raise SpecificationError(f"{odd} of {len(known)} values of texts are no text, must map documents to texts")
        _refuse_outside(table, frame, end, known)
        return cls(table, known)

    def __repr__(self) -> str:
        parts = [("segment", len(self.table)), ("document", len(self.documents)), ("code", len(self.codes))]
        parts.append(("coder", len(self.coders)))
        return "CodedSegments: " + ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for word, n in parts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CodedSegments):
            return NotImplemented
        return self.frame.equals(other.frame) and dict(self.texts) == dict(other.texts)

    def __hash__(self) -> int:
        return hash((len(self.table), self.documents, self.codes, self.coders))

    @property
    def frame(self) -> pd.DataFrame:
        """A copy of the table, sorted by document, place, code and coder."""
        return self.table.sort_values(["document", "start", "end", "code", "coder"], ignore_index=True)

    @property
    def documents(self) -> tuple[str, ...]:
        """Documents with a segment, and those with a text, sorted."""
        return tuple(sorted({*self.table["document"], *self.texts}))

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes that were given, sorted."""
        return tuple(sorted(set(self.table["code"])))

    @property
    def coders(self) -> tuple[str, ...]:
        """Coders, sorted."""
        return tuple(sorted(set(self.table["coder"])))

    def joined(self) -> CodedSegments:
        """Join segments of one code, coder and document that overlap or touch; memos are put one after the other.

        Returns
        -------
        CodedSegments
            Without such overlaps, as unitising agreement needs them.

        Examples
        --------
        >>> two = pd.DataFrame({"document": "A", "start": [0, 4], "end": [5, 9], "code": "debt"})
        >>> CodedSegments.from_frame(two).joined().frame[["start", "end"]].to_numpy().tolist()
        [[0, 9]]
        """
        order = self.table.sort_values(["document", "coder", "code", "start", "end"], ignore_index=True)
        same = (order[["document", "coder", "code"]] == order[["document", "coder", "code"]].shift()).all(axis=1)
        group = (~same).cumsum()
        furthest = order.groupby(group)["end"].cummax().shift()
        fresh = ~same | (order["start"] > furthest)
        parts = order.groupby(fresh.cumsum(), sort=False)
        first = parts.first()
        memos = parts["memo"].agg(lambda one: "\n".join(text for text in one if text))
        table = first.assign(end=parts["end"].max(), memo=memos)[list(COLUMNS)].reset_index(drop=True)
        return CodedSegments(table, self.texts)

    @classmethod
    def merged(cls, parts: Sequence[CodedSegments]) -> CodedSegments:
        """Join what several coders made apart, without a look at one another's work.

        Parameters
        ----------
        parts : sequence of CodedSegments
            One or more of each coder, each coder in one part alone.

        Returns
        -------
        CodedSegments
            All segments, and all texts.

        Raises
        ------
        DataError
            If a document has another text in another part, names differ in spelling alone, or a coder is in two parts.

        Examples
        --------
        >>> made = pd.DataFrame({"document": ["A"], "start": [0], "end": [9], "code": ["debt"]})
        >>> one, two = (CodedSegments.from_frame(made.assign(coder=who)) for who in ("anna", "ben"))
        >>> CodedSegments.merged([one, two])
        CodedSegments: 2 segments, 1 document, 1 code, 2 coders
        """
        held = [] if isinstance(parts, CodedSegments) else list(parts)
        if not held or not all(isinstance(one, cls) for one in held):
            given = f"holds {len(held)} things" if held else f"is a {type(parts).__name__}, or holds nothing"
            raise SpecificationError(f"parts {given}, must be a list of CodedSegments alone, at least one")
        coders = [one for part in held for one in part.coders]
        twice = len(coders) - len(set(map(name_key, coders)))
        if twice:
            raise DataError(f"{twice} coders stand in more than one part, must each be in one: rename a coder")
        texts: dict[str, str] = {}
        other = sum(texts.setdefault(name, text) != text for part in held for name, text in part.texts.items())
        if other:
            raise DataError(
                f"{other} documents have another text in another part, must be the same to the letter: coders must be "
                "given the same files"
            )
        refuse_alike(sorted({one for part in held for one in part.documents}), "documents")
        table = pd.concat([part.table for part in held], ignore_index=True)
        bare = set(table["document"]) - set(texts)
        if texts and bare:
            raise DataError(f"{len(bare)} documents have no text and {len(texts)} have one, must all have one or none")
        return cls(table, MappingProxyType(texts))

    def overlaps(self) -> pd.DataFrame:
        """Count how often each two codes of one coder lie upon each other.

        Returns
        -------
        pandas.DataFrame
            ``code``, ``other``, ``pairs`` of segments, ``characters`` they share; a row for every two codes that meet.

        Examples
        --------
        >>> two = pd.DataFrame({"document": "A", "start": [0, 4], "end": [5, 9], "code": ["debt", "threat"]})
        >>> CodedSegments.from_frame(two).overlaps().to_numpy().tolist()
        [['debt', 'threat', 1, 1]]
        """
        found: dict[tuple[str, str], list[int]] = {}
        for _, part in self.table.groupby(["document", "coder"], sort=False):
            rows = part.sort_values("start")[["start", "end", "code"]].to_numpy(object)
            for i, (start, end, code) in enumerate(rows):
                for start_b, end_b, other in rows[i + 1 :]:
                    if start_b >= end:
                        break
                    if code != other:
                        pair = found.setdefault((min(code, other), max(code, other)), [0, 0])
                        pair[0] += 1
                        pair[1] += min(end, end_b) - max(start, start_b)
        met = [(*pair, *counts) for pair, counts in sorted(found.items())]
        return pd.DataFrame(met, columns=["code", "other", "pairs", "characters"])

    def ratings(self, *, units: str | int | pd.DataFrame = "segment", code: str | None = None) -> pd.DataFrame:
        """Lay the coding out as units by coders, for :func:`ctresearch.qualitative.agreement`.

        Parameters
        ----------
        units : {"segment", "document"}, int or DataFrame
            What is compared: every stretch that some coder marked (equal stretches are one), whole documents, windows
            of so many characters, or a table of ``document``, ``start`` and ``end``.
        code : str, optional
            One code, as 0 and 1; else each cell is the set of codes, for MASI.

        Returns
        -------
        pandas.DataFrame
            One row a unit, one column a coder; empty where a coder has no segment in the document at all.

        Raises
        ------
        SpecificationError
            If the units or the code are not as above.

        Notes
        -----
        A unit bears a code where a segment covers at least half of it. Units made of what coders marked leave out all
        that nobody marked, so agreement looks lower than over windows; ``UnitisingAgreement`` needs no units at all.

        Examples
        --------
        >>> two = pd.DataFrame({"document": "A", "start": [0, 0], "end": [5, 5], "code": "debt", "coder": ["a", "b"]})
        >>> CodedSegments.from_frame(two).ratings(code="debt").to_numpy().tolist()
        [[1.0, 1.0]]
        """
        if code is not None and is_a("code", code, str) not in self.codes:
            raise SpecificationError(f"code is none of the {len(self.codes)} codes that were given: see .codes")
        cut = self._units(units)
        sets = _cover(cut, self.table, self.coders)
        seen = self.table.groupby(["document", "coder"]).size()
        held: dict[str, list[Any]] = {}
        for j, coder in enumerate(self.coders):
            there = [(document, coder) in seen.index for document in cut["document"]]
            cells = sets[j]
            held[coder] = [
                (frozenset(one) if code is None else float(code in one)) if known else None
                for one, known in zip(cells, there, strict=True)
            ]
        index = pd.MultiIndex.from_frame(cut)
        return pd.DataFrame(held, index=index)

    def case_matrix(self, *, values: str = "any") -> pd.DataFrame:
        """Lay the coding out as documents by codes.

        Parameters
        ----------
        values : {"any", "count", "share"}
            Whether the code was given by anybody, how many segments bear it, or the share of coders who gave it.

        Returns
        -------
        pandas.DataFrame
            Indexed by document, one column a code.

        Examples
        --------
        >>> two = pd.DataFrame({"document": ["A", "B"], "start": [0, 0], "end": [5, 5], "code": ["debt", "threat"]})
        >>> CodedSegments.from_frame(two).case_matrix().to_numpy().tolist()
        [[1, 0], [0, 1]]
        """
        one_of("values", values, ("any", "count", "share"))
        counts = self.table.groupby(["document", "code"]).size().unstack(fill_value=0)  # noqa: PD010
        counts = counts.reindex(index=list(self.documents), columns=list(self.codes), fill_value=0)
        counts = counts.rename_axis(index="document", columns=None)
        if values == "count":
            return counts
        if values == "any":
            return (counts > 0).astype(np.int64)
        gave = self.table.drop_duplicates(["document", "code", "coder"]).groupby(["document", "code"]).size()
        worked = self.table.groupby("document")["coder"].nunique()
        wide = gave.unstack(fill_value=0).reindex(index=counts.index, columns=counts.columns, fill_value=0)  # noqa: PD010
        return wide.div(worked.reindex(counts.index), axis=0).fillna(0.0)

    def for_causes(self) -> tuple[pd.DataFrame, dict[str, Meaning]]:
        """Return one row a document with a column of 0 and 1 a code, and what the columns mean.

        Returns
        -------
        tuple
            A plain table for models of causes, and its roles for ``run.save``.

        Examples
        --------
        >>> two = pd.DataFrame({"document": ["A", "B"], "start": 0, "end": 5, "code": ["debt", "threat"]})
        >>> CodedSegments.from_frame(two).for_causes()[0].columns.tolist()
        ['document', 'debt', 'threat']
        """
        if "document" in self.codes:
            raise DataError("a code is named 'document', as a column of the table: rename it")
        return self.case_matrix().reset_index(), dict(CASES_ROLES)

    def for_networks(self) -> tuple[pd.DataFrame, dict[str, Meaning]]:
        """Return the ties of codes that stand in one document, and what the columns mean.

        Returns
        -------
        tuple
            ``source``, ``target`` and ``documents``, a plain table for networks, and its roles for ``run.save``.

        Examples
        --------
        >>> two = pd.DataFrame({"document": "A", "start": [0, 6], "end": [5, 9], "code": ["debt", "threat"]})
        >>> CodedSegments.from_frame(two).for_networks()[0].to_numpy().tolist()
        [['debt', 'threat', 1]]
        """
        there = self.case_matrix()
        both = there.to_numpy().T @ there.to_numpy()
        codes = list(there.columns)
        rows = [
            (codes[i], codes[j], int(both[i, j]))
            for i in range(len(codes))
            for j in range(i + 1, len(codes))
            if both[i, j]
        ]
        return pd.DataFrame(rows, columns=["source", "target", "documents"]), dict(TIES_ROLES)

    def recoded(self, book: Codebook) -> tuple[CodedSegments, pd.DataFrame]:
        """Move segments to a later version of their codebook.

        Parameters
        ----------
        book : Codebook
            The later version, with its log of changes.

        Returns
        -------
        CodedSegments
            Codes renamed and joined as the log says; segments of codes that ended or were split are left out.
        pandas.DataFrame
            Those segments, for a person: ``document``, ``start``, ``end``, ``code``, ``coder``, and ``choose`` among.

        Examples
        --------
        >>> from ctresearch.qualitative import Code, Codebook
        >>> two = pd.DataFrame({"document": "A", "start": [0, 6], "end": [5, 9], "code": ["debts", "debt bondage"]})
        >>> book = Codebook((Code("debts"), Code("debt bondage")))
        >>> new = book.revised("2", "one is enough", joined={"debts": ["debt bondage"]})
        >>> CodedSegments.from_frame(two).recoded(new)[0].codes
        ('debts',)
        """
        is_a("book", book, Codebook)
        now = {one: one for one in self.codes}
        choose: dict[str, tuple[str, ...]] = {}
        for change in book.changes:
            for first, last in list(now.items()):
                if last in dict(change.split):
                    choose[first] = dict(change.split)[last]
                    del now[first]
                elif last in change.gone:
                    choose[first] = ()
                    del now[first]
                else:
                    now[first] = change.moved.get(last, last)
        kept = self.table["code"].isin(now)
        moved = self.table[kept].assign(code=self.table.loc[kept, "code"].map(now)).drop_duplicates(list(COLUMNS[:5]))
        left = self.table[~kept]
        asks = left.assign(choose=[", ".join(choose[one]) for one in left["code"]]).drop(columns="memo")
        return CodedSegments(moved.reset_index(drop=True), self.texts), asks.reset_index(drop=True)

    def _units(self, units: str | int | pd.DataFrame) -> pd.DataFrame:
        """Cut the documents into units."""
        if isinstance(units, pd.DataFrame):
            columns = ["document", "start", "end"]
            has_columns("units", is_frame("units", units), columns)
            refuse_missing(units, columns)
            start, end = (_places(units[one], one) for one in columns[1:])
            refuse_cells(units["end"], end <= start, "must lie behind 'start' of the same row")
            return pd.DataFrame({"document": _names(units["document"], "document", False), "start": start, "end": end})
        last = self.table.groupby("document")["end"].max()
        length = {one: max(len(self.texts.get(one, "")), int(last.get(one, 0))) for one in self.documents}
        if isinstance(units, int) and not isinstance(units, bool):
            size = whole_number("units", units, low=1)
            rows = [(d, i, min(i + size, n)) for d, n in length.items() for i in range(0, n, size)]
            return pd.DataFrame(rows, columns=["document", "start", "end"])
        if not isinstance(units, str):
            raise SpecificationError(
                f"units is a {type(units).__name__}, must be 'segment', 'document', a number of characters or "
                "a DataFrame"
            )
        one_of("units", units, ("segment", "document"))
        if units == "document":
            rows = [(d, 0, n) for d, n in length.items() if n]
            return pd.DataFrame(rows, columns=["document", "start", "end"])
        return (
            self.table[["document", "start", "end"]]
            .drop_duplicates()
            .sort_values(["document", "start", "end"], ignore_index=True)
        )

    def _repr_html_(self) -> str:
        sizes = {"documents": len(self.documents), "codes": len(self.codes), "coders": len(self.coders)}
        told = {"segments": number(len(self.table))} | {name: number(size) for name, size in sizes.items()}
        return as_card(self, says=[], told=told)


def _cover(cut: pd.DataFrame, table: pd.DataFrame, coders: tuple[str, ...]) -> list[list[set[str]]]:
    """Return the codes of each unit by coder: documents bear what stands in them, other units what covers half."""
    whole = cut.groupby("document")["start"].transform("size").eq(1) & cut["start"].eq(0)
    parts = dict(list(table.groupby(["document", "coder"], sort=False)))
    found = []
    for coder in coders:
        cells: list[set[str]] = []
        for (document, start, end), all_of in zip(cut.itertuples(index=False), whole, strict=True):
            own = parts.get((document, coder))
            if own is None:
                cells.append(set())
                continue
            shared = np.minimum(own["end"], end) - np.maximum(own["start"], start)
            cells.append(set(own["code"][(shared > 0) if all_of else (2 * shared >= end - start)]))
        found.append(cells)
    return found


def _names(column: pd.Series[Any], name: str, merge: bool) -> np.ndarray:
    """Return a column of names in one spelling each, as text."""
    read = read_names(column, name, merge=merge)
    return np.array([str(one) for one in read.spellings], dtype=object)[read.codes]


def _places(column: pd.Series[Any], name: str) -> np.ndarray:
    """Return a column of places as whole numbers from 0."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values >= 0) & (np.floor(np.nan_to_num(values)) == values))
    refuse_cells(column, wrong, "must be whole numbers from 0", name=name)
    return values.astype(np.int64)


def _by_codebook(codes: pd.Series[Any], given: pd.Series[Any], book: Codebook) -> pd.Series[Any]:
    """Return codes as keys of a codebook."""
    by_name: dict[str, list[str]] = {}
    for one in book.codes:
        by_name.setdefault(one.name, []).append(one.key)
    alone = {name: keys[0] for name, keys in by_name.items() if len(keys) == 1}
    known = alone | {key: key for key in book.keys}
    found = codes.map(known)
    refuse_cells(given, found.isna(), "must be keys of the codebook, or names that only one of its codes has")
    return found


def _refuse_outside(table: pd.DataFrame, frame: pd.DataFrame, end: str, texts: Mapping[str, str]) -> None:
    """Refuse segments that end behind their text."""
    if not texts:
        return
    length = table["document"].map({name: len(text) for name, text in texts.items()})
    if length.isna().any():
        raise DataError(
            f"{int(length.isna().sum()):,} segments are of documents without a text: give all texts, or none"
        )
    outside = (table["end"] > length).to_numpy()
    refuse_cells(frame[end], outside, "must lie inside the text")
