"""Topics of many texts, and whether they are there again from another start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import one_of, whole_number
from ctresearch.qualitative.text.documents import count_words, read_texts
from ctresearch.qualitative.transcripts.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed
    from ctresearch.qualitative.text.documents import Counted
    from ctresearch.qualitative.text.tokens import Chinese

    Floats = NDArray[np.float64]

# Mean cosine of a topic, less the words of all texts, with its like from half of the texts: below it a topic is an
# accident. Texts drawn without topics stay below 0.75, planted topics of NMF are above 0.98.
_STABLE = 0.8
_PART, _FULL = 0.5, 3
_STARTS = 10


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TopicResult(Result):
    """Topics, by their words.

    Parameters
    ----------
    topics : pandas.DataFrame
        One row a topic: ``topic``, its most telling words as ``words``, its ``share`` of all uses, the ``documents`` in
        which it is the greatest, and its ``stability``: mean cosine with its like from half of the texts and another
        start.
    words : pandas.DataFrame
        ``topic``, ``rank``, ``word``, ``weight`` (share of the topic), ``documents`` that hold the word.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. ``raw`` is the table of documents by topics, which stays
        in this process.

    Examples
    --------
    >>> said = ["debt money owed", "debt owed pay money", "passport visa border", "border visa papers passport"] * 6
    >>> result = TopicModel(text="text", topics=2, stop=False).fit(pd.DataFrame({"text": said}))
    >>> len(result.topics)
    2
    """

    n: int = value_field(count("Documents", "documents"))
    topics: pd.DataFrame = table_field(
        {
            "topic": key("Topic"),
            "words": key("Most telling words"),
            "share": model("Share of all uses", reader="percent"),
            "documents": count("Documents in which it is the greatest", "documents"),
            "stability": model("Stability over starts"),
        }
    )
    words: pd.DataFrame = table_field(
        {
            "topic": key("Topic"),
            "rank": key("Rank"),
            "word": key("Word"),
            "weight": model("Share of the topic"),
            "documents": count("Documents with the word", "documents"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "stability": model("Stability of the least stable topic", headline=True),
        "mean_stability": model("Mean stability of topics"),
    }


class TopicModel(Options):
    """Find topics: words that stand together in many texts.

    Parameters
    ----------
    text : str
        Column of the texts.
    topics : int
        How many topics.
    method : {"nmf", "lda"}
        Non-negative factors of weighted counts [1]_, or latent Dirichlet allocation [2]_.
    language : str, optional
        Code of the language of all texts.
    stop : bool
        Whether words that every text holds are left out.
    least : int
        In how many documents a word must stand.
    starts : int
        How often the topics are sought again, each time in half of the texts and from another start; stability is
        measured over these [3]_.
    top : int
        How many words of a topic are shown.
    chinese, shortest
        As for :func:`tokenise`.
    seed : int or numpy.random.SeedSequence
        Where the stream of starts begins.
    scope : Scope, optional
        Whose texts they are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    References
    ----------
    .. [1] Lee, D. D. and Seung, H. S. (1999). Learning the parts of objects by non-negative matrix factorization.
       Nature 401, 788-791. https://doi.org/10.1038/44565
    .. [2] Hoffman, M. D., Blei, D. M. and Bach, F. (2010). Online learning for latent Dirichlet allocation. Advances in
       Neural Information Processing Systems 23, 856-864.
    .. [3] Greene, D., O'Callaghan, D. and Cunningham, P. (2014). How many topics? Stability analysis for topic models.
       Machine Learning and Knowledge Discovery in Databases, 498-513. https://doi.org/10.1007/978-3-662-44848-9_32

    Examples
    --------
    >>> said = ["debt money owed", "debt owed pay money", "passport visa border", "border visa papers passport"] * 6
    >>> result = TopicModel(text="text", topics=2, stop=False).fit(pd.DataFrame({"text": said}))
    >>> sorted(words.split(", ")[0] for words in result.topics["words"])
    ['border', 'debt']

    One topic of debt and one of papers, both the same from every start.
    """

    def __init__(
        self,
        *,
        text: str,
        topics: int = 10,
        method: Literal["nmf", "lda"] = "nmf",
        language: str | None = None,
        stop: bool = True,
        least: int = 5,
        starts: int = _STARTS,
        top: int = 10,
        chinese: Chinese = "bigrams",
        shortest: int = 2,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.text = column_name("text", text)
        self.topics = whole_number("topics", topics, low=2, high=200)
        self.method: Literal["nmf", "lda"] = one_of("method", method, ("nmf", "lda"))
        self.language = language
        if language is not None:
            one_of("language", language, (*LANGUAGES, "zh"))
        self.stop = one_of("stop", stop, (True, False))
        self.least, self.starts = whole_number("least", least, low=1), whole_number("starts", starts, low=2, high=200)
        self.top, self.shortest = whole_number("top", top, low=1), whole_number("shortest", shortest, low=1)
        self.chinese: Chinese = one_of("chinese", chinese, ("bigrams", "characters"))
        self.seed, self.scope = seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, frame: pd.DataFrame) -> TopicResult:
        """Find the topics.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a document.

        Returns
        -------
        TopicResult
            Terms ``stability`` and ``mean_stability``, from 0 to 1.

        Raises
        ------
        DataError
            If a column is missing, a document has no text, or there are fewer documents or words than topics.

        Examples
        --------
        >>> said = pd.DataFrame({"text": ["debt owed", "visa border"] * 8})
        >>> result = TopicModel(text="text", topics=2, stop=False, starts=3).fit(said)
        >>> float(result.estimates.loc["stability", "estimate"].round(3))
        1.0
        """
        texts = read_texts(frame, self.text)
        options: Any = {"chinese": self.chinese, "shortest": self.shortest, "stop": self.stop, "least": self.least}
        counted = count_words(texts, language=self.language, **options)
        if min(counted.counts.shape) <= self.topics:
            documents, words = counted.counts.shape
            raise DataError(
                f"{documents:,} documents hold {words:,} words often enough, must both be more than topics == "
                f"{self.topics}: ask for fewer topics, or lower least="
            )
        seeds = [int(child.generate_state(1)[0]) for child in seed_sequence(self.seed).spawn(self.starts)]
        by_word, by_document, _ = max(
            (self._topics(counted.counts, seed) for seed in seeds[:_FULL]), key=lambda one: one[2]
        )
        others = [self._topics(counted.counts[_part(len(texts), seed)], seed)[0] for seed in seeds]
        common = np.asarray(counted.counts.sum(axis=0)).ravel() / counted.counts.sum()
        alike = stability(by_word - common, [one - common for one in others])
        order = np.argsort(-by_document.sum(axis=0), kind="stable")
        return self._result(frame, counted, by_word[order], by_document[:, order], alike[order])

    def _topics(self, counts: Any, seed: int) -> tuple[Floats, Floats, float]:
        """Return topics by words, documents by topics, and how well they fit, from one start."""
        import warnings

        from sklearn.decomposition import NMF, LatentDirichletAllocation
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.feature_extraction.text import TfidfTransformer

        # A perfect fit leaves an error of minus nothing under the root.
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", ConvergenceWarning)  # stability over starts says what this would
            if self.method == "lda":
                fitted = LatentDirichletAllocation(self.topics, max_iter=50, random_state=seed)
                documents = fitted.fit_transform(counts)
                fit = float(fitted.score(counts))
            else:
                weighted = TfidfTransformer().fit_transform(counts)
                fitted = NMF(self.topics, init="random", max_iter=500, random_state=seed)
                documents = fitted.fit_transform(weighted)
                fit = -float(np.nan_to_num(fitted.reconstruction_err_))
        topics = np.asarray(fitted.components_, dtype=float)
        size = topics.sum(axis=1, keepdims=True)
        shares = np.asarray(documents, dtype=float) * (size.T if self.method == "nmf" else 1.0)
        whole = shares.sum(axis=1, keepdims=True)
        return topics / np.maximum(size, 1e-12), shares / np.maximum(whole, 1e-12), fit

    def _result(
        self, frame: pd.DataFrame, counted: Counted, by_word: Floats, by_document: Floats, alike: Floats
    ) -> TopicResult:
        """Put the topics together."""
        documents = counted.documents()
        lengths = np.asarray(counted.counts.sum(axis=1)).ravel()
        share = (by_document * lengths[:, None]).sum(axis=0) / max(lengths.sum(), 1.0)
        greatest = np.bincount(by_document.argmax(axis=1), minlength=self.topics)
        rows = []
        for t in range(self.topics):
            best = np.argsort(-by_word[t], kind="stable")[: self.top]
            rows += [(t + 1, r, counted.words[w], by_word[t, w], documents[w]) for r, w in enumerate(best, start=1)]
        words = pd.DataFrame(rows, columns=["topic", "rank", "word", "weight", "documents"])
        topics = pd.DataFrame(
            {
                "topic": range(1, self.topics + 1),
                "words": [", ".join(words.loc[words["topic"] == t + 1, "word"]) for t in range(self.topics)],
                "share": share,
                "documents": greatest,
                "stability": alike,
            }
        )
        nan = float("nan")
        rows_of_estimates = {"stability": (alike.min(), nan, nan, nan), "mean_stability": (alike.mean(), nan, nan, nan)}
        return TopicResult(
            method=say("{n} topics of {documents} texts", n=self.topics, documents=len(by_document)),
            estimates=estimates_table(rows_of_estimates),
            n=len(by_document),
            scope=self.scope,
            checks=(_check_stable(alike),),
            assumptions=("A topic is a set of words that stand together; what it means is for a reader to say.",),
            references=references(type(self)),
            inputs=record(frame[[self.text]], seed=recorded_seed(self.seed), packages=("scikit-learn",)),
            smallest_group=int(min(words["documents"].min(), max(greatest.min(), 1))),
            topics=topics,
            words=words,
            raw=pd.DataFrame(by_document, index=frame.index, columns=range(1, self.topics + 1)),
        )


def _part(documents: int, seed: int) -> NDArray[np.int64]:
    """Draw half of the documents."""
    return np.sort(generator(seed).permutation(documents)[: int(np.ceil(_PART * documents))])


def stability(topics: Floats, others: list[Floats]) -> Floats:
    """Measure how like topics are to their likes from other starts.

    Parameters
    ----------
    topics : numpy.ndarray
        Shape (topics, words).
    others : list of numpy.ndarray
        The same from other starts, in any order.

    Returns
    -------
    numpy.ndarray
        Shape (topics,): mean cosine with the topic that is matched to it, one to one.

    Examples
    --------
    >>> one = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> stability(one, [one[::-1]]).tolist()
    [1.0, 1.0]
    """
    from scipy.optimize import linear_sum_assignment

    total = np.zeros(len(topics))
    length = np.maximum(np.linalg.norm(topics, axis=1, keepdims=True), 1e-12)
    for other in others:
        cosine = (topics / length) @ (other / np.maximum(np.linalg.norm(other, axis=1, keepdims=True), 1e-12)).T
        rows, columns = linear_sum_assignment(-cosine)
        total[rows] += cosine[rows, columns]
    return total / max(len(others), 1)


def _check_stable(alike: Floats) -> Check:
    """Say whether every topic is there again."""
    accidents = int((alike < _STABLE).sum())
    numbers = {"least": float(alike.min()), "unstable": float(accidents)}
    if accidents:
        words = say(
            "{n} of {topics} topics are not there again from another start: ask for fewer topics.",
            n=accidents,
            topics=len(alike),
        )
        return Check("stability", "fail", words, numbers)
    return Check("stability", "pass", say("Every topic is there again from every other start."), numbers)
