"""Which clauses a law took from an earlier one, told by strings of characters and shown side by side."""

from __future__ import annotations

import re
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
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.result import estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, whole_number
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.panels.panel_columns import read_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.policy.panels.panel_columns import Floats

_BREAK = re.compile(r"\n\s*\n|(?<=[.;])\s+(?=(?:\(\w{1,4}\)|\d+\.|Article|Section|Art\.)\s)")
_SHORT = 40  # letters below which a clause is a heading
_MOST = 20_000  # clauses, whose similarities are worked out law by law


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BorrowedResult(PolicyResult):
    """Clauses of laws and where they stood before.

    Parameters
    ----------
    n : int
        Clauses compared.
    laws : pandas.DataFrame
        By ``law``: ``date``, ``clauses``, the ``share`` of them that stood in an earlier law, and that ``source`` from
        which most came.
    clauses : pandas.DataFrame
        Each clause that stood before: ``law``, ``date``, ``clause``, ``source``, ``source_date``, ``source_clause``,
        ``similarity``, and ``alignment``, the words that both share in order.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> frame = pd.DataFrame({"law": ["A", "B"], "year": [2001, 2004], "text": ["Whoever recruits a person by force "
    ...     "or fraud for exploitation commits an offence."] * 2})
    >>> BorrowedClauses(law="law", date="year", text="text").fit(frame).laws["source"].tolist()
    ['', 'A']
    """

    n: int = value_field(col.count("Clauses", "clauses", of="nobody"))
    laws: pd.DataFrame = table_field(
        {
            "law": col.key("Law"),
            "date": col.date("Date"),
            "clauses": col.count("Clauses", "clauses", of="nobody"),
            "share": col.model("Share that stood in an earlier law", reader="percent"),
            "source": col.mark("Law that most of them came from"),
        }
    )
    clauses: pd.DataFrame = table_field(
        {
            "law": col.key("Law"),
            "date": col.date("Date"),
            "clause": col.text("Clause"),
            "source": col.key("Earlier law"),
            "source_date": col.date("Date of the earlier law"),
            "source_clause": col.text("Clause of the earlier law"),
            "similarity": col.model("Similarity"),
            "alignment": col.text("Words in common"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "borrowed": col.model("Share of clauses that stood in an earlier law", reader="percent", headline=True)
    }


class BorrowedClauses(Options):
    """Find clauses that stood in an earlier law, by the strings of characters they share.

    Parameters
    ----------
    law, date, text : str
        Columns: the law, its year as a whole number, and its text, in full or one row a clause.
    least : float
        Similarity from which a clause counts as taken over: the cosine of weighted strings of characters.
    letters : int
        Length of these strings.
    scope : Scope, optional
        Which laws these are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Texts are cut at blank lines and before numbered clauses; pieces below 40 characters are headings. Each clause is
    compared with those of all laws of earlier years and keeps the most similar. A clause that stands in both may come
    from a third text, such as a protocol or a model law, which is therefore better among the laws given. Languages are
    not told apart: compare laws of one language, or translations by one hand.

    References
    ----------
    .. [1] Salton, G. and Buckley, C. (1988). Term-weighting approaches in automatic text retrieval. Information
       Processing and Management 24, 513-523. https://doi.org/10.1016/0306-4573(88)90021-0

    Examples
    --------
    >>> model_law = "Whoever recruits or transports a person by force or fraud for exploitation commits an offence."
    >>> own = "The consent of a victim under eighteen years of age to exploitation is of no account before a court."
    >>> frame = pd.DataFrame(
    ...     {"law": ["model", "X", "X"], "year": [2000, 2005, 2005], "text": [model_law, model_law.lower(), own]}
    ... )
    >>> found = BorrowedClauses(law="law", date="year", text="text").fit(frame)
    >>> print(f"{found.estimates.loc['borrowed', 'estimate']:.0%} of later clauses stood in an earlier law")
    50% of later clauses stood in an earlier law
    """

    def __init__(
        self,
        *,
        law: str,
        date: str,
        text: str,
        least: float = 0.6,
        letters: int = 5,
        scope: Scope | None = None,
    ) -> None:
        self.law, self.date, self.text = column_name("law", law), column_name("date", date), column_name("text", text)
        self.least = in_range("least", least, 0, 1, open_ends=True)
        self.letters = whole_number("letters", letters, 2, 12)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> BorrowedResult:
        """Compare each clause with those of earlier laws.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a law, or a clause of one.

        Returns
        -------
        BorrowedResult
            Term ``borrowed``, the share of clauses of all but the earliest laws that stood in an earlier one.

        Raises
        ------
        DataError
            If a cell is missing or of the wrong kind, a law has two dates, or none is later than another.

        Examples
        --------
        >>> frame = pd.DataFrame({"law": ["A", "B"], "year": [2001, 2004], "text": ["Whoever recruits a person by "
        ...     "force or fraud for exploitation commits an offence."] * 2})
        >>> float(BorrowedClauses(law="law", date="year", text="text").fit(frame).estimates.loc["borrowed", "estimate"])
        1.0
        """
        used = [self.law, self.date, self.text]
        has_columns("frame", is_frame("frame", frame), used)
        refuse_missing(frame, used)
        table = self._clauses(frame)
        best, source = self._nearest(table)
        later = table["date"].to_numpy() > table["date"].min()
        if not later.any():
            raise DataError(
                f"all {len(frame)} laws are of 1 date, must be of at least two: nothing was there to be taken over"
            )
        taken = best >= self.least
        share = float(taken[later].mean())
        return BorrowedResult(
            method=say("Clauses compared by strings of {letters} characters", letters=self.letters),
            estimates=estimates_table({"borrowed": (share, np.nan, np.nan, np.nan)}, unit=say("share of clauses")),
            n=len(table),
            scope=self.scope,
            checks=(_check_near(best[later], self.least),),
            assumptions=(
                say("Clauses alike in their letters were taken over, from one another or from a third text."),
                say("Texts are of one language, or translated by one hand."),
            ),
            references=references(BorrowedClauses),
            inputs=record(frame[used], packages=("numpy", "pandas", "scikit-learn")),
            laws=_laws(table, taken, source),
            clauses=_pairs(table, taken, source, best),
            outcome_kind="adoption of a law",
        )

    def _clauses(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Cut texts into clauses."""
        wrong = [not isinstance(one, str) for one in frame[self.text]]
        refuse_cells(frame[self.text], wrong, "must be text")
        names = read_names(frame[self.law], self.law, cure="")
        dates = read_times(frame, self.date)
        spread = pd.Series(dates).groupby(names.codes).nunique()
        if (spread > 1).any():
            raise DataError(f"{int((spread > 1).sum())} laws have more than one date, each must have one")
        rows = [
            (str(names.spellings[code]), int(when), " ".join(piece.split()))
            for code, when, text in zip(names.codes, dates, frame[self.text], strict=True)
            for piece in _BREAK.split(text)
            if len(" ".join(piece.split())) >= _SHORT
        ]
        if not rows or len(rows) > _MOST:
            raise DataError(
                f"the texts hold {len(rows):,} clauses of {_SHORT} characters or more, must hold 1 to {_MOST:,}"
            )
        return pd.DataFrame(rows, columns=["law", "date", "clause"])

    def _nearest(self, table: pd.DataFrame) -> tuple[Floats, np.ndarray]:
        """Return the similarity to the nearest clause of an earlier law, and which it is."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(self.letters, self.letters), sublinear_tf=True)
        matrix = vectors.fit_transform(table["clause"])
        best, source = np.zeros(len(table)), np.full(len(table), -1, dtype=np.int64)
        dates = table["date"].to_numpy()
        for when in np.unique(dates)[1:]:
            own, early = np.flatnonzero(dates == when), np.flatnonzero(dates < when)
            alike = np.asarray((matrix[own] @ matrix[early].T).todense())
            place = alike.argmax(axis=1)
            best[own], source[own] = alike[np.arange(len(own)), place], early[place]
        return best, source


def _laws(table: pd.DataFrame, taken: np.ndarray, source: np.ndarray) -> pd.DataFrame:
    """Sum up each law."""
    rows = []
    for law, when in sorted(set(zip(table["law"], table["date"], strict=True)), key=lambda pair: (pair[1], pair[0])):
        place = np.flatnonzero(table["law"] == law)
        from_laws = table["law"].to_numpy()[source[place[taken[place]]]]
        most = pd.Series(from_laws).mode()
        rows.append((law, when, len(place), float(taken[place].mean()), "" if most.empty else most.iloc[0]))
    return pd.DataFrame(rows, columns=["law", "date", "clauses", "share", "source"])


def _pairs(table: pd.DataFrame, taken: np.ndarray, source: np.ndarray, best: Floats) -> pd.DataFrame:
    """Put each clause beside the one it came from."""
    kept = np.flatnonzero(taken)
    own, other = table.iloc[kept].reset_index(drop=True), table.iloc[source[kept]].reset_index(drop=True)
    alike = [_alignment(one, two) for one, two in zip(own["clause"], other["clause"], strict=True)]
    return own.assign(
        source=other["law"],
        source_date=other["date"],
        source_clause=other["clause"],
        similarity=best[kept],
        alignment=pd.Series(alike, dtype="str"),
    )


def _alignment(one: str, two: str) -> str:
    """Return the words that two clauses share in order, with dots where either has others."""
    from difflib import SequenceMatcher

    words, others = one.split(), two.split()
    blocks = SequenceMatcher(a=[w.lower() for w in words], b=[w.lower() for w in others], autojunk=False)
    runs = [" ".join(words[match.a : match.a + match.size]) for match in blocks.get_matching_blocks() if match.size]
    return " ... ".join(runs)


def _check_near(best: Floats, least: float) -> Check:
    """Say how many clauses lie near the line, where another one would have told otherwise."""
    near = int((np.abs(best - least) < 0.1).sum())
    numbers = {"near": near, "clauses": len(best)}
    if near > 0.1 * len(best):
        said = say(
            "{near:,} of {clauses:,} clauses lie within .1 of the line least=: look at them.",
            near=near,
            clauses=len(best),
        )
        return Check("line", "review", said, numbers)
    said = say("{near:,} of {clauses:,} clauses lie within .1 of the line least=.", near=near, clauses=len(best))
    return Check("line", "pass", said, numbers)
