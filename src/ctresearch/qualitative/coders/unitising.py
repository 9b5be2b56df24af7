"""Agreement of coders who cut texts themselves: where units begin and end, and which code they bear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import refuse_reserved
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.random import generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.stats.agreement.unitising import Marks, overlap, overlapping, squared_ends, unitised
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.stats.agreement.unitising import Overlap

    Floats = NDArray[np.float64]

_NO_SPREAD = 1e-9
_FEW_DOCUMENTS = 10  # fewer do not show how much documents differ
ASSUMPTIONS = (
    say("Coders worked alone on the same documents, and every document was read whole by every coder."),
    say("Places are counted alike: characters of one and the same text."),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UnitisingResult(Result):
    """Agreement on stretches of texts.

    Parameters
    ----------
    by_code : pandas.DataFrame
        One row a code: ``code``, ``units`` that were marked, ``u_alpha`` of that code alone, ``k_alpha`` (against other
        codes, where two coders marked something), ``covered`` (share of its length on which that rests) and
        ``squared_ends`` (the coefficient of 1995).
    covered : float
        Share of the texts on which ``code_alpha`` rests.
    coders, documents : int
        How many there are.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``u_alpha`` (where units are and which code
        they bear), ``border_alpha`` (where they are) and ``code_alpha`` (which code, where two coders marked
        something).

    Examples
    --------
    >>> marked = pd.DataFrame({"coder": ["a", "b"], "code": "debt", "start": [2, 4], "end": [10, 10]})
    >>> UnitisingAgreement(coder="coder", code="code", length=24).fit(marked).by_code["units"].tolist()
    [2]
    """

    terms: ClassVar = {
        "u_alpha": col.model("Agreement on units and codes", "coefficient", headline=True),
        "border_alpha": col.model("Agreement on where units are", "coefficient"),
        "code_alpha": col.model("Agreement on codes of units that meet", "coefficient"),
    }

    n: int = value_field(col.count("Units marked", "units", of="case"))
    by_code: pd.DataFrame = table_field(
        {
            "code": col.key("Code"),
            "units": col.count("Units marked", "units", of="case"),
            "u_alpha": col.model("Agreement on where it is"),
            "k_alpha": col.model("Agreement on it against other codes"),
            "covered": col.model("Share of its length with another coder's unit"),
            "squared_ends": col.model("Agreement by squared ends (1995)"),
        }
    )
    covered: float = value_field(col.model("Share of the texts where two coders marked something"))
    coders: int = value_field(col.count("Coders", "coders", of="nobody"))
    documents: int = value_field(col.count("Documents", "documents", of="case"))


class UnitisingAgreement(Options):
    """Measure agreement of coders who marked stretches of texts.

    Parameters
    ----------
    coder, code : str
        Columns of the coder and of the code.
    start, end : str
        Columns of the first place of a stretch and of the one behind its last, as whole numbers from 0.
    document : str, optional
        Column of the document; all rows are of one document without it.
    length : str or int, optional
        Column of the document's length, or the length itself where there is one document; by default where the last
        unit ends, and a check says so.
    bootstrap : int
        Samples of documents from which the limits come; with fewer than two documents there are none.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the bootstrap starts.
    scope : Scope, optional
        What was coded.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Where a coder lets units of different codes overlap, the coefficients over all codes do not exist; those of each
    code alone do. Units of one code that overlap in one coder are refused: join them first.

    References
    ----------
    .. [1] Krippendorff, K., Mathet, Y., Bouvry, S. and Widlocher, A. (2016). On the reliability of unitizing textual
       continua: further developments. Quality and Quantity 50, 2347-2364. https://doi.org/10.1007/s11135-015-0266-1
    .. [2] Krippendorff, K. (1995). On the reliability of unitizing continuous data. Sociological Methodology 25, 47-76.
       https://doi.org/10.2307/271061

    Examples
    --------
    >>> marked = pd.DataFrame(
    ...     [("a", "debt", 2, 5), ("a", "threat", 12, 20), ("b", "debt", 2, 5), ("b", "threat", 10, 15)],
    ...     columns=["coder", "code", "start", "end"],
    ... )
    >>> found = UnitisingAgreement(coder="coder", code="code", length=20).fit(marked)
    >>> print(f"{found.estimates.loc['u_alpha', 'estimate']:.2f}: coders agree on debt, not on where threats begin")
    0.46: coders agree on debt, not on where threats begin
    """

    def __init__(
        self,
        *,
        coder: str = "coder",
        code: str = "code",
        start: str = "start",
        end: str = "end",
        document: str | None = None,
        length: str | int | None = None,
        bootstrap: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        names = {"coder": coder, "code": code, "start": start, "end": end}
        self.coder, self.code, self.start, self.end = (column_name(one, value) for one, value in names.items())
        self.document = None if document is None else column_name("document", document)
        self.length = length if length is None or isinstance(length, str) else whole_number("length", length, low=1)
        self.bootstrap = whole_number("bootstrap", bootstrap, low=100, high=100_000)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, segments: pd.DataFrame) -> UnitisingResult:
        """Measure the agreement.

        Parameters
        ----------
        segments : pandas.DataFrame
            One row a unit that a coder marked.

        Returns
        -------
        UnitisingResult
            Terms ``u_alpha``, ``border_alpha`` and ``code_alpha``.

        Raises
        ------
        DataError
            If a column or value is missing, places are no whole numbers or lie outside, there is one coder alone, or
            units of one code and coder overlap.

        Examples
        --------
        >>> marked = pd.DataFrame({"coder": ["a", "b"], "code": "debt", "start": [2, 2], "end": [10, 10]})
        >>> UnitisingAgreement(length=24).fit(marked).estimates.loc["u_alpha", "estimate"]
        np.float64(1.0)
        """
        columns = [self.coder, self.code, self.start, self.end, *([self.document] if self.document else [])]
        has_columns("segments", is_frame("segments", segments), columns)
        refuse_missing(segments, columns)
        coders = read_names(segments[self.coder], self.coder, cure="")
        codes = read_names(segments[self.code], self.code, cure="")
        if len(coders.spellings) < 2:
            raise DataError(
                f"column {self.coder!r} holds 1 coder, must hold at least two who marked the same documents"
            )
        documents = self._documents(segments, coders.codes, codes.codes)
        return self._result(segments, documents, tuple(map(str, codes.spellings)), len(coders.spellings))

    def _documents(self, segments: pd.DataFrame, coder: np.ndarray, code: np.ndarray) -> list[Marks]:
        """Cut the table into documents."""
        place = np.zeros(len(segments), dtype=np.int64)
        if self.document is not None:
            place = read_names(segments[self.document], self.document, cure="").codes
        start, end = (_places(segments, name) for name in (self.start, self.end))
        refuse_cells(segments[self.end], end <= start, f"must lie behind {self.start!r} of the same row")
        long = self._lengths(segments, place, end)
        refuse_cells(segments[self.end], end > long[place], "must lie inside the document")
        out = []
        for i in range(int(place.max()) + 1):
            own = place == i
            marks = Marks(start[own], end[own], coder[own], code[own], int(long[i]))
            for one in np.unique(marks.code):
                if overlapping(marks.of_code(int(one))):
                    raise DataError(
                        "units of one code overlap in one coder and document: join them first, as "
                        "CodedSegments.joined() does"
                    )
            out.append(marks)
        return out

    def _lengths(self, segments: pd.DataFrame, place: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the length of each document."""
        documents = int(place.max()) + 1
        if isinstance(self.length, str):
            has_columns("segments", segments, [self.length])
            given = _places(segments, self.length)
            first = np.zeros(documents, dtype=np.int64)
            np.maximum.at(first, place, given)
            refuse_cells(segments[self.length], first[place] != given, "must be one length a document")
            return first
        if self.length is not None:
            if documents > 1:
                raise DataError(
                    f"length == {self.length} for {documents} documents, must be the column of their lengths"
                )
            return np.array([self.length], dtype=np.int64)
        last = np.zeros(documents, dtype=np.int64)
        np.maximum.at(last, place, end)
        return last

    def _result(
        self, segments: pd.DataFrame, documents: list[Marks], codes: tuple[str, ...], coders: int
    ) -> UnitisingResult:
        """Put everything together."""
        for name in codes:
            refuse_reserved(name, "a code")
        many = sum(overlapping(one) for one in documents)
        parts = [overlap(one, coders, len(codes)) for one in documents] if not many else []
        rows = self._rows(parts)
        whole = unitised(_sum(parts)) if parts else None
        return UnitisingResult(
            method=say("Agreement on units (Krippendorff's alphas for unitising)"),
            estimates=estimates_table(rows, unit=say("coefficient")),
            n=len(segments),
            smallest_group=smallest_of(np.bincount(np.concatenate([one.code for one in documents]))),
            level=self.level,
            interval="percentile of documents" if parts and len(documents) > 1 else "none",
            scope=self.scope,
            checks=(
                self._check_overlap(many),
                self._check_documents(len(documents)),
                self._check_length(),
            ),
            assumptions=ASSUMPTIONS,
            references=references(UnitisingAgreement),
            inputs=record(segments.astype(str), seed=recorded_seed(self.seed)),
            by_code=_by_code(documents, codes, coders, whole),
            covered=whole.covered if whole else np.nan,
            coders=coders,
            documents=len(documents),
        )

    def _rows(self, parts: list[Overlap]) -> dict[str, tuple[float, float, float, float]]:
        """Estimate the coefficients over all codes, with limits from documents drawn anew."""
        names = ("u_alpha", "border_alpha", "code_alpha")
        none = (np.nan,) * 3
        if not parts:
            return dict.fromkeys(names, (np.nan, *none))
        now = unitised(_sum(parts))
        found = (now.units, now.borders, now.codes)
        if len(parts) < 2:
            return {name: (value, *none) for name, value in zip(names, found, strict=True)}
        rng, drawn = generator(self.seed), []
        for _ in range(self.bootstrap):
            one = unitised(_sum([parts[i] for i in rng.integers(0, len(parts), len(parts))]))
            drawn.append((one.units, one.borders, one.codes))
        return {
            name: self._row(value, draws) for name, value, draws in zip(names, found, np.array(drawn).T, strict=True)
        }

    def _row(self, value: float, draws: Floats) -> tuple[float, float, float, float]:
        """Return an estimate with its limits; none where no document differs from another."""
        held = draws[~np.isnan(draws)]
        error = float(held.std(ddof=1)) if len(held) > 1 else 0.0
        if not error > _NO_SPREAD:
            return value, np.nan, np.nan, np.nan
        low, high = np.quantile(held, [(1 - self.level) / 2, (1 + self.level) / 2])
        return value, error, float(low), float(high)

    def _check_overlap(self, many: int) -> Check:
        """Say whether codes lie upon one another."""
        if many:
            said = say(
                "{n} unit lies upon a unit of another code by the same coder: the coefficients over all codes do not "
                "exist. Read each code alone.",
                many="{n} units lie upon a unit of another code by the same coder: the coefficients over all codes do "
                "not exist. Read each code alone.",
                n=many,
            )
            return Check("overlap", "fail", said, {"units": many}, voids=True)
        return Check("overlap", "pass", say("No coder let units of different codes overlap."), {"units": 0})

    def _check_documents(self, documents: int) -> Check:
        """Say whether there are enough documents for limits."""
        numbers = {"documents": documents}
        if documents < 2:
            said = say("One document alone gives no limits: nothing says how much documents differ.")
            return Check("documents", "review", said, numbers)
        if documents < _FEW_DOCUMENTS:
            said = say(
                "{documents} documents: with fewer than {few} the limits are too narrow.",
                documents=documents,
                few=_FEW_DOCUMENTS,
            )
            return Check("documents", "review", said, numbers)
        return Check("documents", "pass", say("{documents} documents were drawn anew.", documents=documents), numbers)

    def _check_length(self) -> Check:
        """Say whether the length of the texts was given."""
        if self.length is None:
            said = say(
                "Each text was taken to end where its last unit ends: what lies behind is agreement that does not "
                "count. Give length=."
            )
            return Check("length", "review", said)
        return Check("length", "pass", say("The lengths of the texts were given."))


def _places(segments: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column of whole numbers from 0."""
    column = segments[name]
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(values) | (values < 0) | (values != np.floor(np.nan_to_num(values, nan=0.5)))
    refuse_cells(column, wrong, "must be whole numbers from 0")
    return values.astype(np.int64)


def _sum(parts: list[Overlap]) -> Overlap:
    """Add up documents."""
    whole = parts[0]
    for one in parts[1:]:
        whole = whole + one
    return whole


def _by_code(documents: list[Marks], codes: tuple[str, ...], coders: int, whole: object) -> pd.DataFrame:
    """Measure each code alone."""
    rows = []
    offsets = np.concatenate([[0], np.cumsum([one.length for one in documents])])
    for k, name in enumerate(codes):
        own = [one.of_code(k) for one in documents]
        alone = unitised(_sum([overlap(one, coders, 1) for one in own]))
        joined = Marks(
            np.concatenate([one.start + at for one, at in zip(own, offsets, strict=False)]),
            np.concatenate([one.end + at for one, at in zip(own, offsets, strict=False)]),
            np.concatenate([one.coder for one in own]),
            np.concatenate([one.code for one in own]),
            int(offsets[-1]),
        )
        k_alpha = getattr(whole, "by_code", np.full(len(codes), np.nan))[k]
        covered = getattr(whole, "covered_by_code", np.full(len(codes), np.nan))[k]
        ends = squared_ends(joined, coders).alpha
        rows.append((name, len(joined.start), alone.borders, float(k_alpha), float(covered), ends))
    columns = ["code", "units", "u_alpha", "k_alpha", "covered", "squared_ends"]
    return pd.DataFrame(rows, columns=columns).sort_values("code", ignore_index=True)
