"""Words that one group of texts uses more than the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_groups
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.qualitative.text.documents import count_words, read_texts
from ctresearch.qualitative.transcripts.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.qualitative.text.tokens import Chinese

    Floats = NDArray[np.float64]

# Added to counts of a word that one side lacks, before a logarithm is taken (Hardie 2014).
_NOUGHT = 0.5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class KeynessResult(Result):
    """Words that tell groups of texts apart.

    Parameters
    ----------
    words : pandas.DataFrame
        One row a group and a word: ``group``, ``word``, ``uses`` and ``elsewhere`` (how often it stands in the group
        and in the others), ``documents`` that hold it, ``log_ratio`` (how many times its rate doubles), ``g2`` with its
        ``p_value``, and ``q_value``, the rate of false discoveries among words at least as telling.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> texts = ["my debt grew"] * 6 + ["my boss shouted"] * 6
    >>> said = pd.DataFrame({"text": texts, "sector": ["farm"] * 6 + ["home"] * 6})
    >>> sorted(Keyness(text="text", group="sector").fit(said).words["group"].unique())
    ['farm', 'home']
    """

    n: int = value_field(count("Documents", "documents"))
    words: pd.DataFrame = table_field(
        {
            "group": key("Group"),
            "word": key("Word"),
            "uses": count("Uses in the group", "uses", of="nobody"),
            "elsewhere": count("Uses in the others", "uses", of="nobody"),
            "documents": count("Documents with the word", "documents"),
            "log_ratio": model("Doublings of the rate"),
            "g2": model("Log-likelihood"),
            "p_value": model("p-value"),
            "q_value": model("Rate of false discoveries"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "key_words": model("Words that tell groups apart", "words", of="nobody", headline=True),
        "words_compared": model("Words compared", "words", of="nobody"),
    }


class Keyness(Options):
    """Find the words that one group of texts uses more, or less, than the others.

    The log-likelihood ratio says how surely the rates differ [1]_, the logarithm of the ratio of rates by how much;
    both are needed, since a long text makes any difference sure.

    Parameters
    ----------
    text, group : str
        Columns of the texts and of their group.
    language : str, optional
        Code of the language of all texts, for elisions and words that every text holds.
    stop : bool
        Whether such words are left out.
    least : int
        In how many documents a word must stand to be compared: a word of few documents tells of few people.
    level : float
        Rate of false discoveries at which a word counts as telling [2]_.
    chinese, shortest
        As for :func:`tokenise`.
    scope : Scope, optional
        Whose texts they are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Uses of a word in one document are not independent, so a word that one person repeats looks more telling than it is:
    ``documents`` stands beside it, and a check says how many key words rest on a few documents.

    References
    ----------
    .. [1] Dunning, T. (1993). Accurate methods for the statistics of surprise and coincidence. Computational
       Linguistics 19, 61-74.
    .. [2] Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful
       approach to multiple testing. Journal of the Royal Statistical Society B 57, 289-300.
       https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> texts = ["my debt grew"] * 6 + ["my boss shouted"] * 6
    >>> said = pd.DataFrame({"text": texts, "sector": ["farm"] * 6 + ["home"] * 6})
    >>> words = Keyness(text="text", group="sector").fit(said).words
    >>> words[words["q_value"] < 0.05].groupby("group")["word"].first().to_dict()
    {'farm': 'boss', 'home': 'boss'}
    """

    def __init__(
        self,
        *,
        text: str,
        group: str,
        language: str | None = None,
        stop: bool = True,
        least: int = 5,
        level: float = 0.05,
        chinese: Chinese = "bigrams",
        shortest: int = 2,
        scope: Scope | None = None,
    ) -> None:
        self.text, self.group = column_name("text", text), column_name("group", group)
        self.language = language
        if language is not None:
            one_of("language", language, (*LANGUAGES, "zh"))
        self.stop = one_of("stop", stop, (True, False))
        self.least = whole_number("least", least, low=1)
        self.level = in_range("level", level, 0, 1, open_ends=True)
        self.chinese: Chinese = one_of("chinese", chinese, ("bigrams", "characters"))
        self.shortest = whole_number("shortest", shortest, low=1)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> KeynessResult:
        """Compare the words of each group with those of the others.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a document.

        Returns
        -------
        KeynessResult
            Terms ``key_words`` and ``words_compared``; the words themselves in ``words``, the most telling first.

        Raises
        ------
        DataError
            If a column is missing, a document has no text, or there is one group alone.

        Examples
        --------
        >>> said = pd.DataFrame({"text": ["debt"] * 5 + ["work"] * 5, "who": ["a"] * 5 + ["b"] * 5})
        >>> float(Keyness(text="text", group="who", stop=False).fit(said).estimates.loc["words_compared", "estimate"])
        2.0
        """
        texts = read_texts(frame, self.text, self.group)
        groups = read_groups(frame, self.group)
        if len(groups.names) < 2:
            raise DataError(f"{self.group!r} has {len(groups.names)} group, must have two or more to be compared")
        options: Any = {"chinese": self.chinese, "shortest": self.shortest, "stop": self.stop, "least": self.least}
        counted = count_words(texts, language=self.language, **options)
        words = self._compare(counted, groups.codes, groups.names)
        told = words.loc[words["q_value"] <= self.level]
        nan = float("nan")
        size = int(np.bincount(groups.codes).min())
        return KeynessResult(
            method=say("Words that tell {n} groups of texts apart", n=len(groups.names)),
            estimates=estimates_table(
                {
                    "key_words": (told["word"].nunique(), nan, nan, nan),
                    "words_compared": (len(counted.words), nan, nan, nan),
                },
                unit="words",
            ),
            n=len(texts),
            scope=self.scope,
            checks=(_check_spread(told), _check_groups(size)),
            assumptions=("Each use of a word is one draw from the words of its group.",),
            references=references(type(self)),
            inputs=record(frame[[self.text, self.group]]),
            smallest_group=int(min(words["documents"].min(), size)),
            words=words,
        )

    def _compare(self, counted: Any, codes: Any, names: tuple[str, ...]) -> pd.DataFrame:
        """Table every group and every word."""
        from scipy.special import chdtrc
        from scipy.stats import false_discovery_control

        whole = np.asarray(counted.counts.sum(axis=0)).ravel()
        tables = []
        for code, name in enumerate(names):
            inside = np.asarray(counted.counts[np.flatnonzero(codes == code)].sum(axis=0)).ravel()
            g2 = log_likelihood(inside, whole - inside)
            ratio = log_ratio(inside, whole - inside)
            columns = {"group": name, "word": counted.words, "uses": inside.astype(int)}
            columns |= {"elsewhere": (whole - inside).astype(int), "documents": counted.documents()}
            tables.append(pd.DataFrame({**columns, "log_ratio": ratio, "g2": g2, "p_value": chdtrc(1, g2)}))
        found = pd.concat(tables, ignore_index=True)
        if len(names) == 2:  # the two sides of one comparison are one test
            q = np.tile(false_discovery_control(tables[0]["p_value"]), 2)
        else:
            q = false_discovery_control(found["p_value"])
        return found.assign(q_value=q).sort_values(
            ["g2", "word", "group"], ascending=[False, True, True], ignore_index=True
        )


def log_likelihood(inside: Floats, outside: Floats) -> Floats:
    """Measure how surely rates of words differ between two sides: Dunning's G2 on the four cells of each word.

    Parameters
    ----------
    inside, outside : numpy.ndarray
        Uses of each word on the two sides, shape (words,).

    Returns
    -------
    numpy.ndarray
        Shape (words,); about chi-square on one degree of freedom where rates are the same.

    Examples
    --------
    >>> log_likelihood(np.array([10.0, 90.0]), np.array([10.0, 90.0])).round(3).tolist()
    [0.0, 0.0]
    """
    cells = np.stack([inside, outside, inside.sum() - inside, outside.sum() - outside])
    n = inside.sum() + outside.sum()
    rows, columns = np.array([inside + outside, n - inside - outside]), np.array([inside.sum(), outside.sum()])
    expected = np.stack([rows[0] * columns[0], rows[0] * columns[1], rows[1] * columns[0], rows[1] * columns[1]]) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(cells > 0, cells * np.log(cells / expected), 0.0)
    return np.asarray(np.maximum(2 * parts.sum(axis=0), 0.0))


def log_ratio(inside: Floats, outside: Floats) -> Floats:
    """Return by how many doublings the rate of each word is higher inside; one half stands for none at all."""
    a, b = np.maximum(inside, _NOUGHT), np.maximum(outside, _NOUGHT)
    return np.asarray(np.log2((a / max(inside.sum(), 1.0)) / (b / max(outside.sum(), 1.0))))


def _check_spread(told: pd.DataFrame) -> Check:
    """Say how many key words rest on few documents."""
    few = int((told["documents"] * 4 < told["uses"] + told["elsewhere"]).sum())
    numbers = {"key_words": float(len(told)), "repeated": float(few)}
    if few:
        words = say(
            "{n} key words are used more than four times a document on average: a few people may repeat them.", n=few
        )
        return Check("spread", "review", words, numbers)
    return Check("spread", "pass", say("No key word is used more than four times a document on average."), numbers)


def _check_groups(size: int) -> Check:
    """Say whether each group has documents enough."""
    words = say("The smallest group has {n} documents.", n=size)
    return Check("groups", "pass" if size >= 5 else "review", words, {"documents": float(size)})
