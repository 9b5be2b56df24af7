"""Transcripts with pseudonyms in place of what identifies people, and a legend that is kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.cells import kind_of, shown
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.pseudonym import load_key
from ctresearch.core.render import as_card
from ctresearch.core.validate import is_a, one_of
from ctresearch.qualitative.transcripts.find import find_identifiers, words_seen
from ctresearch.qualitative.transcripts.legend import Legend, Naming
from ctresearch.qualitative.transcripts.letters import given_words, plain, words_of
from ctresearch.qualitative.transcripts.numbers import KINDS
from ctresearch.qualitative.transcripts.vocabulary import LANGUAGES, guess_language

if TYPE_CHECKING:
    from collections.abc import Collection

    from ctresearch.core.message import Message
    from ctresearch.qualitative.transcripts.numbers import Found, Kind

_COLUMNS = ["document", "start", "end", "kind", "why"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Pseudonymised:
    """Texts with pseudonyms, and what a person must still look at.

    Parameters
    ----------
    texts : mapping of str to str
        Document to its text with pseudonyms.
    replaced : pandas.DataFrame
        One row a replacement: ``document``, ``start`` and ``end`` in the text as it came, ``kind``, and ``why`` it was
        taken for an identifier. No words.
    doubtful : pandas.DataFrame
        The same for places that were left as they were and may be identifiers: a person decides, and gives the words
        as ``known=`` or ``keep=``.
    legend : Legend
        What the pseudonyms stand for: to be saved apart from the texts.
    languages : mapping of str to str
        Document to the language in which it was read.
    words : int
        Words in all texts.

    Examples
    --------
    >>> made = pseudonymise("My name is Amara.", language="en", key=b"k" * 32)
    >>> made.texts["text"][:17], len(made.replaced), len(made.doubtful)
    ('My name is [NAME-', 1, 0)
    """

    texts: Mapping[str, str]
    replaced: pd.DataFrame
    doubtful: pd.DataFrame
    legend: Legend
    languages: Mapping[str, str]
    words: int
    _frozen: tuple[str, ...] = field(default=("texts", "languages"))

    def __post_init__(self) -> None:
        """Freeze the mappings."""
        for name in self._frozen:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __repr__(self) -> str:
        return str(self.summary())

    def summary(self) -> Message:
        """Say what was done, without a word of the texts.

        Returns
        -------
        Message
            Documents, replacements and doubtful places.

        Examples
        --------
        >>> print(pseudonymise("I saw Amara in Lagos.", language="en", key=b"k" * 32).summary())
        1 documents of 5 words: 2 identifiers replaced, 0 doubtful places for a person to look at.
        """
        return say(
            "{documents} documents of {words} words: {replaced} identifiers replaced, {doubtful} doubtful places for a "
            "person to look at.",
            documents=len(self.texts),
            words=self.words,
            replaced=len(self.replaced),
            doubtful=len(self.doubtful),
        )

    def counts(self) -> pd.DataFrame:
        """Count replacements and doubtful places by kind.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``kind``: ``replaced``, ``doubtful``.

        Examples
        --------
        >>> made = pseudonymise("I saw Amara in Lagos.", language="en", key=b"k" * 32)
        >>> made.counts()["replaced"].to_dict()
        {'NAME': 1, 'PLACE': 1, 'DATE': 0, 'PHONE': 0, 'PAPER': 0, 'CONTACT': 0}
        """
        held = {"replaced": Counter(self.replaced["kind"]), "doubtful": Counter(self.doubtful["kind"])}
        kinds = pd.Index(KINDS, name="kind")
        return pd.DataFrame({name: [found[kind] for kind in KINDS] for name, found in held.items()}, index=kinds)

    def _repr_html_(self) -> str:
        return as_card(self)


def pseudonymise(
    texts: str | Mapping[str, str] | pd.Series[Any],
    *,
    language: str = "auto",
    key: bytes | None = None,
    legend: Legend | None = None,
    known: Mapping[str, str] | None = None,
    keep: Collection[str] = (),
) -> Pseudonymised:
    """Put pseudonyms in place of what identifies people in transcripts.

    Names, places smaller than a country, dates with a day or a month and a year, telephones, numbers of papers and of
    cases, and addresses on the net are found by rules and lists in Arabic, English, French, Portuguese, Romanian,
    Russian, Spanish and Vietnamese. Countries, nationalities, organisations and single years stay, since a study needs
    them. Nothing else changes, and :meth:`Legend.restore` brings back every letter.

    Parameters
    ----------
    texts : str, mapping of str to str, or pandas.Series
        One text, or texts by document.
    language : str
        ``"ar"``, ``"en"``, ``"es"``, ``"fr"``, ``"pt"``, ``"ro"``, ``"ru"``, ``"vi"``, or ``"auto"`` for each document.
    key : bytes, optional
        The custodian's key, 32 bytes; by default that of :func:`ctresearch.core.pseudonym.load_key`.
    legend : Legend, optional
        The legend of earlier transcripts, so that one name keeps one pseudonym; it is not changed.
    known : mapping of str to str, optional
        Words that identify, with their kind: ``"NAME"``, ``"PLACE"``, ``"DATE"``, ``"PHONE"``, ``"PAPER"`` or
        ``"CONTACT"``; found wherever they stand.
    keep : collection of str
        Words that stay.

    Returns
    -------
    Pseudonymised
        Texts, replacements, doubtful places, and the legend.

    Raises
    ------
    DataError
        If a document is no text, or there is no key.
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Rules miss what they have no sign for: a nickname that is a common word, a place told by what stands there ("the
    shop behind the only church"), a story that many know. A person reads every transcript before it is shared;
    ``benchmarks/results/pseudonyms.csv`` says how much is found in invented transcripts, language by language.

    References
    ----------
    .. [1] Meystre, S. M., Friedlin, F. J., South, B. R., Shen, S. and Samore, M. H. (2010). Automatic de-identification
       of textual documents in the electronic health record: a review of recent research. BMC Medical Research
       Methodology 10, 70. https://doi.org/10.1186/1471-2288-10-70

    Examples
    --------
    >>> said = "Amara took me to Kano on 3 March 2019. Later Amara called +234 803 555 0142."
    >>> made = pseudonymise(said, language="en", key=b"k" * 32)
    >>> made.counts().loc[["NAME", "PLACE", "DATE", "PHONE"], "replaced"].tolist()
    [2, 1, 1, 1]
    >>> "Amara" in made.texts["text"], made.legend.restore(made.texts["text"]) == said
    (False, True)
    """
    documents = _documents(texts)
    one_of("language", language, ("auto", *LANGUAGES))
    kinds = _kinds({} if known is None else known)
    legend = Legend() if legend is None else is_a("legend", legend, Legend)
    key = load_key() if key is None else is_a("key", key, bytes)
    stay = frozenset(map(plain, given_words("keep", keep)))
    languages = {name: guess_language(text) if language == "auto" else language for name, text in documents.items()}
    seen: dict[str, dict[str, Kind]] = {code: {} for code in set(languages.values())}
    for name, text in documents.items():
        seen[languages[name]] |= words_seen(text, languages[name])
    naming = Naming(key, legend)
    found = {
        name: find_identifiers(text, languages[name], seen=seen[languages[name]], known=kinds, keep=stay)
        for name, text in documents.items()
    }
    return Pseudonymised(
        texts={name: _replaced(text, found[name], naming) for name, text in documents.items()},
        replaced=_table(found, sure=True),
        doubtful=_table(found, sure=False),
        legend=Legend(naming.words),
        languages=languages,
        words=sum(len(words_of(text, "en")) for text in documents.values()),
    )


def _documents(texts: Any) -> dict[str, str]:
    """Return texts by the name of their document."""
    if isinstance(texts, str):
        return {"text": texts}
    if isinstance(texts, pd.Series):
        if texts.index.has_duplicates:
            raise DataError(f"{len(texts):,} texts have an index that repeats, each document needs a name of its own")
        texts = texts.to_dict()
    if not isinstance(texts, Mapping) or not texts:
        raise DataError(
            f"texts is {shown(type(texts).__name__)}, must be a text, or texts by the name of their document"
        )
    wrong = [i for i, text in enumerate(texts.values(), start=1) if not isinstance(text, str)]
    if wrong:
        kind = kind_of(list(texts.values())[wrong[0] - 1])
        raise DataError(f"{len(wrong):,} of {len(texts):,} documents are no text (number {wrong[0]:,} is {kind})")
    return {str(name): text for name, text in texts.items()}


def _kinds(known: Mapping[str, str]) -> dict[str, Kind]:
    """Check the kinds of words that a person gave."""
    if not isinstance(known, Mapping) or not all(isinstance(words, str) for words in known):
        raise SpecificationError(f"known is a {type(known).__name__}, must map words to one of {', '.join(KINDS)}")
    for kind in known.values():
        one_of("the kind of a known word", kind, tuple(map(str, KINDS)))
    pairs = [(words, one) for words, kind in known.items() for one in KINDS if one == kind]
    return {words: kind for words, kind in pairs if plain(words).strip()}


def _replaced(text: str, found: list[Found], naming: Naming) -> str:
    """Write a text with pseudonyms."""
    parts, at = [], 0
    for one in found:
        if one.sure:
            parts += [text[at : one.start], naming.tag(one.kind, text[one.start : one.end])]
            at = one.end
    return "".join([*parts, text[at:]])


def _table(found: Mapping[str, list[Found]], *, sure: bool) -> pd.DataFrame:
    """Table what was found, without its words."""
    rows = [(name, f.start, f.end, f.kind, f.why) for name, ones in found.items() for f in ones if f.sure is sure]
    return pd.DataFrame(rows, columns=_COLUMNS)
