"""Passages that may speak of an act, a means or a purpose of trafficking: suggestions, for a person to confirm."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key
from ctresearch.core.meaning import model as model_meaning
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of
from ctresearch.qualitative.text.documents import named_texts
from ctresearch.qualitative.transcripts.letters import composed, plain
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.groups.wilson import wilson_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.core.groups import Groups
    from ctresearch.core.meaning import Meaning

CUE_LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
# A word of denial so near before a cue that it may deny it; the person who confirms sees the mark.
_DENIALS = {
    "en": "not never no didn't wasn't without nobody",
    "fr": "ne n' pas jamais sans aucun aucune personne",
    "es": "no nunca sin nadie jamas ningun ninguna",
    "ru": "не никогда без нет никто",
    "ar": "لم لا ليس ما لن دون بدون",
    "zh": "没 不 没有 从未 未",
}
_NEAR = 24
_LEANS = "(?:و|ف)?(?:ب|ل|ك)?(?:ال)?"


def suggest_elements(frame: pd.DataFrame, *, text: str, language: str, document: str | None = None) -> pd.DataFrame:
    """Suggest passages that may speak of the act, the means and the purpose of trafficking.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a narrative.
    text : str
        Column of the narratives.
    language : {"ar", "en", "es", "fr", "ru", "zh"}
        In which they are written.
    document : str, optional
        Column that names them; the index by default.

    Returns
    -------
    pandas.DataFrame
        One row a passage: ``document``, ``element`` (act, means, purpose), ``code``, ``start`` and ``end`` in the text,
        ``denied`` (whether a word of denial stands before it), and ``confirmed``, empty: a person writes yes or no
        there, and :class:`ExtractionQuality` says how good the suggestions were. A suggestion is no finding.

    Raises
    ------
    DataError
        If a column is missing or a narrative has no text.
    SpecificationError
        If the language is none of these.

    Examples
    --------
    >>> told = pd.DataFrame({"text": ["She threatened me and I was never paid."]})
    >>> found = suggest_elements(told, text="text", language="en")
    >>> found[["element", "code"]].to_numpy().tolist()
    [['means', 'threat'], ['purpose', 'forced_labour']]
    """
    one_of("language", language, CUE_LANGUAGES)
    names, texts = named_texts(frame, text, document)
    rows = [(name, *passage) for name, said in zip(names, texts, strict=True) for passage in _passages(said, language)]
    found = pd.DataFrame(rows, columns=["document", "element", "code", "start", "end", "denied"])
    return found.assign(confirmed=pd.array([pd.NA] * len(found), dtype="boolean"))


@cache
def _cues(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Compile the cues of a language."""
    lists = tomllib.loads(files(__package__).joinpath("cues.toml").read_text(encoding="utf-8"))
    found = []
    for element, codes in lists.items():
        for code, by_language in codes.items():
            written = "|".join(_written(cue, language) for cue in by_language[language])
            edged = written if language == "zh" else rf"(?<!\w)(?:{written})(?!\w)"
            found.append((element, code, re.compile(edged)))
    return tuple(found)


def _written(cue: str, language: str) -> str:
    """Write one cue as a pattern of plain letters; a star alone is one word or two."""
    words = [r"\w+(?:\s\w+)?" if word == "*" else re.escape(plain(word)).replace(r"\*", r"\w*") for word in cue.split()]
    return (_LEANS if language == "ar" else "") + r"\s+".join(words)


def _passages(said: str, language: str) -> Iterator[tuple[str, str, int, int, bool]]:
    """Yield the passages of one text, in its order."""
    whole = composed(said)
    small = plain(whole.text)
    denials = "|".join(re.escape(plain(word)) for word in _DENIALS[language].split())
    denial = re.compile(denials if language == "zh" else rf"(?<!\w)(?:{denials})(?!\w)")
    found = []
    for element, code, pattern in _cues(language):
        for match in pattern.finditer(small):
            before = re.split(r"[.!?;:。！？；،؛\n]", small[max(match.start() - _NEAR, 0) : match.start()])[-1]
            denied = denial.search(before) is not None
            found.append((element, code, whole.place(match.start()), whole.place(match.end()), denied))
    return iter(sorted(found, key=lambda one: (one[2], one[3], one[1])))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExtractionResult(Result):
    """How good suggestions are.

    Parameters
    ----------
    by_code : pandas.DataFrame
        One row a code: ``code``, ``documents`` that a person gave it, ``suggested``, ``right`` (both), ``precision``
        and ``recall`` with their limits.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> read = pd.DataFrame({
    ...     "document": [1, 2, 3, 4] * 2, "code": ["debt"] * 4 + ["threat"] * 4,
    ...     "suggested": [1, 1, 0, 0, 1, 0, 1, 0], "confirmed": [1, 0, 1, 0, 1, 0, 1, 0],
    ... })
    >>> sorted(ExtractionQuality().fit(read).estimates.index)
    ['precision', 'recall']
    """

    n: int = value_field(count("Narratives", "narratives"))
    by_code: pd.DataFrame = table_field(
        {
            "code": key("Code"),
            "documents": count("Narratives with the code", "narratives", base="all"),
            "suggested": count("Narratives for which it was suggested", "narratives", base="all"),
            "right": count("Narratives with both", "narratives", base="documents"),
            "precision": model_meaning("Precision", reader="percent"),
            "precision_low": model_meaning("Precision, lower limit", reader="percent"),
            "precision_high": model_meaning("Precision, upper limit", reader="percent"),
            "recall": model_meaning("Recall", reader="percent"),
            "recall_low": model_meaning("Recall, lower limit", reader="percent"),
            "recall_high": model_meaning("Recall, upper limit", reader="percent"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "precision": model_meaning("Share of suggestions that a person confirms", reader="percent", headline=True),
        "recall": model_meaning("Share of a person's codes that were suggested", reader="percent"),
    }


class ExtractionQuality(Options):
    """Measure suggested codes against those that a person confirmed.

    Parameters
    ----------
    document, code, suggested, confirmed : str
        Columns: which narrative, which code, whether it was suggested there, and whether a person gives it there. Every
        narrative that was read stands with every code, so that what was missed is seen.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whose narratives they are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Limits by code are Wilson's [1]_. Over all codes, narratives are drawn as a whole: pairs of one narrative are not
    independent, so limits come of the spread between narratives, on the scale of log odds.

    References
    ----------
    .. [1] Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical
       Science 16, 101-133. https://doi.org/10.1214/ss/1009213286

    Examples
    --------
    >>> read = pd.DataFrame({
    ...     "document": [1, 2, 3, 4] * 2, "code": ["debt"] * 4 + ["threat"] * 4,
    ...     "suggested": [1, 1, 0, 0, 1, 0, 1, 0], "confirmed": [1, 0, 1, 0, 1, 0, 1, 0],
    ... })
    >>> result = ExtractionQuality().fit(read)
    >>> result.estimates["estimate"].round(2).to_dict()
    {'precision': 0.75, 'recall': 0.75}
    """

    def __init__(
        self,
        *,
        document: str = "document",
        code: str = "code",
        suggested: str = "suggested",
        confirmed: str = "confirmed",
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.document, self.code = column_name("document", document), column_name("code", code)
        self.suggested, self.confirmed = column_name("suggested", suggested), column_name("confirmed", confirmed)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> ExtractionResult:
        """Measure the suggestions.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a narrative and a code.

        Returns
        -------
        ExtractionResult
            Terms ``precision`` and ``recall`` over all codes.

        Raises
        ------
        DataError
            If a column is missing, a pair stands there twice, or nothing was suggested or confirmed.

        Examples
        --------
        >>> read = pd.DataFrame({"document": [1, 2], "code": "debt", "suggested": [1, 1], "confirmed": [1, 0]})
        >>> float(ExtractionQuality().fit(read).estimates.loc["precision", "estimate"])
        0.5
        """
        columns = [self.document, self.code, self.suggested, self.confirmed]
        is_frame("codes", frame)
        has_columns("codes", frame, columns)
        narratives, codes = read_units(frame, self.document), read_units(frame, self.code)
        doubled = int(pd.DataFrame({"document": narratives.codes, "code": codes.codes}).duplicated().sum())
        if doubled:
            raise DataError(f"{doubled:,} rows repeat a narrative and a code, each pair must stand once")
        suggested, confirmed = (_yes_or_no(frame[name]) for name in (self.suggested, self.confirmed))
        if not suggested.any() or not confirmed.any():
            raise DataError(f"of {len(frame):,} pairs none was suggested or none confirmed, must hold both")
        both = suggested & confirmed
        rows = {
            "precision": _clustered(both, suggested, narratives.codes, self.level),
            "recall": _clustered(both, confirmed, narratives.codes, self.level),
        }
        by_code = self._by_code(codes, suggested, confirmed)
        n = len(narratives.names)
        return ExtractionResult(
            method=say("Suggested codes held against those a person confirmed: {n} narratives", n=n),
            estimates=estimates_table(rows),
            n=n,
            level=self.level,
            interval="normal",
            scope=self.scope,
            checks=(_check_pairs(n, both.sum()), _check_every_code(by_code)),
            assumptions=("A person read each narrative whole, and not only where something was suggested.",),
            references=references(type(self)),
            inputs=record(frame[columns]),
            smallest_group=smallest_of(by_code["documents"], by_code["suggested"]),
            by_code=by_code,
        )

    def _by_code(self, codes: Groups, suggested: Any, confirmed: Any) -> pd.DataFrame:
        """Table every code."""
        rows = []
        for code, on in codes.rows().items():
            given, said = int(confirmed[on].sum()), int(suggested[on].sum())
            right = int((suggested & confirmed)[on].sum())
            rows.append(
                (code, given, said, right, *_wilson(right, said, self.level), *_wilson(right, given, self.level))
            )
        ends = ("", "_low", "_high")
        names = [f"{word}{end}" for word in ("precision", "recall") for end in ends]
        return pd.DataFrame(rows, columns=["code", "documents", "suggested", "right", *names])


def _yes_or_no(column: pd.Series[Any]) -> Any:
    """Read a column of yes and no."""
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = ~numbers.isin([0, 1]).to_numpy(dtype=bool, na_value=False)
    refuse_cells(column, wrong, "must be 0 or 1, yes or no as True and False")
    return numbers.to_numpy(dtype=float).astype(bool)


def _wilson(part: int, whole: int, level: float) -> tuple[float, float, float]:
    """Return a share and its limits; NaN of nothing."""
    share = part / whole if whole else float("nan")
    return share, *wilson_limits(share, whole, level)


def _clustered(part: Any, whole: Any, at: Any, level: float) -> tuple[float, float, float, float]:
    """Return a ratio of sums with limits of the spread between narratives, on the scale of log odds."""
    from scipy.special import ndtri

    right, all_ = np.bincount(at, weights=part.astype(float)), np.bincount(at, weights=whole.astype(float))
    m, share = int((all_ > 0).sum()), float(right.sum() / all_.sum())
    if share in (0.0, 1.0):  # no spread to see: as if each narrative spoke once
        return share, float("nan"), *wilson_limits(share, m, level)
    if m < 2:
        return share, float("nan"), float("nan"), float("nan")
    spread = (right - share * all_) / all_.sum()
    error = float(np.sqrt(m / (m - 1) * (spread**2).sum()))
    reach = float(ndtri(0.5 + level / 2)) * error / (share * (1 - share))
    odds = np.log(share / (1 - share))
    return share, error, float(1 / (1 + np.exp(-(odds - reach)))), float(1 / (1 + np.exp(-(odds + reach))))


def _check_pairs(n: int, right: int) -> Check:
    """Say whether there is enough to measure by."""
    words = say(
        "{n} narratives were read, with {right} codes that were suggested and confirmed.", n=n, right=int(right)
    )
    return Check("size", "pass" if n >= 30 and right >= 20 else "review", words, {"n": float(n), "right": float(right)})


def _check_every_code(by_code: pd.DataFrame) -> Check:
    """Say whether some code was never suggested, or never confirmed."""
    lost = int(((by_code["right"] == 0) & (by_code["documents"] > 0)).sum())
    if lost:
        words = say("{n} codes that a person gave were never suggested where they stand.", n=lost)
        return Check("codes", "review", words, {"codes": float(lost)})
    return Check("codes", "pass", say("Every code that a person gave was suggested somewhere rightly."), {"codes": 0.0})
