"""Invented interviews with planted names, places, dates, telephones and papers, to measure pseudonyms by.

Names, places and sentences of each language stand in two parts that share none: one that rules were written with, and
one that is for judging. No line was ever said by anybody.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    import numpy as np

TONGUES = ("ar", "en", "es", "fr", "pt", "ro", "ru", "vi")
Half = Literal["rules", "unseen", "both"]
_SLOT = re.compile(r"\{(name|place|date|phone|paper)(?:\.(\w+))?\}")
_FORMS = {"of": 1, "to": 2, "whom": 3, "with": 4, "into": 2, "in": 3}
_DIGITS = re.compile(r"\{(\d+)\}")


def planted_transcripts(
    documents: int = 5,
    sentences: int = 40,
    *,
    language: str = "en",
    half: Half = "both",
    identifying: float = 0.5,
    seed: Seed = 0,
) -> Synthetic:
    """Draw invented transcripts with planted identifiers.

    Parameters
    ----------
    documents, sentences : int
        Number of transcripts, and of sentences in each.
    language : str
        ``"ar"``, ``"en"``, ``"es"``, ``"fr"``, ``"pt"``, ``"ro"``, ``"ru"``, ``"vi"``, or ``"all"`` for so many
        transcripts of each.
    half : {"rules", "unseen", "both"}
        Of which names, places and sentences the transcripts are made: those that rules were written with, those that
        were kept for judging, or all.
    identifying : float
        Share of the sentences that hold an identifier.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``document``, ``language`` and ``text``. ``tables["planted"]``: ``document``, ``start``, ``end`` and
        ``kind`` of each identifier. ``truth``: ``planted``, how many there are.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Meystre, S. M., Friedlin, F. J., South, B. R., Shen, S. and Samore, M. H. (2010). Automatic de-identification
       of textual documents in the electronic health record: a review of recent research. BMC Medical Research
       Methodology 10, 70. https://doi.org/10.1186/1471-2288-10-70

    Examples
    --------
    >>> made = planted_transcripts(1, 10, language="fr", seed=1)
    >>> made.frame.shape, made.truth["planted"] == len(made.tables["planted"])
    ((1, 3), True)
    """
    documents, sentences = whole_number("documents", documents, low=1), whole_number("sentences", sentences, low=1)
    one_of("language", language, (*TONGUES, "all"))
    one_of("half", half, ("rules", "unseen", "both"))
    in_range("identifying", identifying, 0, 1)
    rng, texts, planted = generator(seed), [], []
    for tongue in TONGUES if language == "all" else (language,):
        words = _half(tongue, half)
        for i in range(1, documents + 1):
            name = f"{tongue}{i:0{len(str(documents))}d}"
            text, spans = _transcript(rng, words, sentences, identifying)
            texts.append((name, tongue, text))
            planted += [(name, *span) for span in spans]
    return Synthetic(
        name="planted_transcripts",
        frame=pd.DataFrame(texts, columns=["document", "language", "text"]),
        tables={"planted": pd.DataFrame(planted, columns=["document", "start", "end", "kind"])},
        truth={"planted": len(planted)},
        seed=recorded_seed(seed),
    )


@cache
def _words(language: str) -> dict[str, Any]:
    """Read the words of a language."""
    words: dict[str, Any] = tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return words


def _half(language: str, half: Half) -> dict[str, Any]:
    """Return the words of a language, of one part or of both."""
    words = dict(_words(language))
    unseen: dict[str, Any] = words.pop("unseen")
    if half == "unseen":
        return words | unseen
    both = {name: words[name] + unseen[name] for name in unseen}
    return words | both if half == "both" else words


def _transcript(
    rng: np.random.Generator, words: dict[str, Any], sentences: int, identifying: float
) -> tuple[str, list[tuple[int, int, str]]]:
    """Write one transcript and say where its identifiers stand."""
    text, spans = "", []
    for i in range(sentences):
        between = "" if not i else "\n" if rng.random() < 0.25 else " "
        text += between
        told = rng.random() < identifying
        sentence = _one(rng, words["templates"] if told else words["fillers"])
        at = 0
        for slot in _SLOT.finditer(sentence) if told else ():
            text += sentence[at : slot.start()]
            value = _value(rng, words, slot[1], slot[2])
            article = len("lui ") if value.startswith("lui ") else 0  # in Romanian; no part of a name
            spans.append((len(text) + article, len(text) + len(value), slot[1].upper()))
            text += value
            at = slot.end()
        text += sentence[at:]
    return text, spans


def _one(rng: np.random.Generator, choices: list[str]) -> str:
    """Draw one of some texts."""
    return choices[int(rng.integers(len(choices)))]


def _value(rng: np.random.Generator, words: dict[str, Any], slot: str, form: str | None) -> str:
    """Draw what stands in a slot."""
    if slot in ("name", "place"):
        forms = _one(rng, words[f"{slot}s"]).split("/")
        return forms[_FORMS[form] if form else 0]
    if slot == "date":
        day, month, year = int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(1990, 2023))
        shape = _one(rng, words["dates"]).replace("{month}", words["months"][month - 1])
        filled = shape.replace("{dd}", f"{day:02d}").replace("{mm}", f"{month:02d}").replace("{m}", str(month))
        return filled.replace("{d}", str(day)).replace("{y}", str(year))
    shape = _one(rng, words[f"{slot}s"])
    return _DIGITS.sub(lambda m: "".join(str(int(d)) for d in rng.integers(0, 10, int(m[1]))), shape)
