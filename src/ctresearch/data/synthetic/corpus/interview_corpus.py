"""Invented interviews in English and French with planted themes, and what coders with known errors make of them.

Each theme stands in an interview with a chance that depends on the group, in one passage or two; every passage is one
sentence, so where it stands is known to the letter. A coder sees a passage with a known chance, gives it another code
with another, and marks sentences without a theme with a third. What holds people there follows a formula, for
comparing cases; a survey of the same groups is drawn from the same shares, for setting numbers beside voices.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from ctresearch.data.synthetic.draws import Floats

THEMES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "debt": MappingProxyType({"domestic work": 0.35, "farm work": 0.75}),
        "deception": MappingProxyType({"domestic work": 0.60, "farm work": 0.65}),
        "threats": MappingProxyType({"domestic work": 0.45, "farm work": 0.40}),
        "isolation": MappingProxyType({"domestic work": 0.80, "farm work": 0.40}),
        "documents": MappingProxyType({"domestic work": 0.55, "farm work": 0.50}),
        "violence": MappingProxyType({"domestic work": 0.30, "farm work": 0.25}),
        "help": MappingProxyType({"domestic work": 0.40, "farm work": 0.35}),
        "way out": MappingProxyType({"domestic work": 0.50, "farm work": 0.50}),
    }
)
"""Theme to the share of interviews in which it stands, by group."""

HELD = (("debt", "isolation"), ("documents", "threats"))
"""People could not leave where all themes of one of these stand together."""

_LANGUAGES = ("en", "fr")
_TWICE, _WIDER = 0.4, 0.15


@dataclass(frozen=True, slots=True)
class _Errors:
    """Chances of each coder, all of shape (coders,)."""

    sees: Floats
    mistakes: Floats
    invents: Floats


def interview_corpus(
    interviews: int = 30,
    *,
    coders: int = 3,
    language: str = "both",
    themes: Mapping[str, Mapping[str, float]] = THEMES,
    sees: float | Sequence[float] = (0.92, 0.85, 0.78),
    mistakes: float | Sequence[float] = 0.05,
    invents: float | Sequence[float] = 0.02,
    surveyed: int = 400,
    seed: Seed = 0,
) -> Synthetic:
    """Draw interviews with planted themes, coded by coders whose errors are known.

    Parameters
    ----------
    interviews : int
        How many; groups, and languages where there are two, take turns.
    coders : int
        How many coders, called coder_1, coder_2, ...
    language : {"en", "fr", "both"}
        In which the interviews are.
    themes : mapping
        Theme to its share of interviews by group; themes are those of :data:`THEMES`, or some of them.
    sees : float or sequence of float
        Chance that a coder gives a passage its right code, for all or for each.
    mistakes : float or sequence of float
        Chance that a coder gives a passage another code instead; otherwise it is passed over.
    invents : float or sequence of float
        Chance that a coder gives a sentence without a theme some code.
    surveyed : int
        People in the survey of the same groups.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``document``, ``language``, ``group``, ``text``. ``tables``: ``planted`` (``document``, ``theme``,
        ``start``, ``end``), ``segments`` (``document``, ``start``, ``end``, ``code``, ``coder``), ``cases`` (one row an
        interview: ``document``, ``group``, ``language``, 0 or 1 for each theme, and ``could_not_leave`` by
        :data:`HELD`), ``survey`` (one row a person: ``group``, 0 or 1 for each theme). ``truth``: ``shares`` (theme by
        group, those given), ``held`` (the formula), ``passages`` planted, ``errors`` (coder by chance).

    Raises
    ------
    SpecificationError
        If an option is out of range, or a theme is none of those that there are sentences for.

    References
    ----------
    .. [1] Guest, G., Namey, E. and Chen, M. (2020). A simple method to assess and report thematic saturation in
       qualitative research. PLOS ONE, 15(5), e0232076. https://doi.org/10.1371/journal.pone.0232076

    Examples
    --------
    >>> made = interview_corpus(8, language="fr", seed=1)
    >>> made.frame.shape, made.truth["passages"] == len(made.tables["planted"])
    ((8, 4), True)
    >>> row = made.tables["planted"].iloc[0]
    >>> text = made.frame.set_index("document").loc[row["document"], "text"]
    >>> text[row["start"] : row["end"]].endswith(".")
    True
    """
    interviews, surveyed = whole_number("interviews", interviews, low=2), whole_number("surveyed", surveyed, low=0)
    count = whole_number("coders", coders, low=1)
    one_of("language", language, (*_LANGUAGES, "both"))
    shares = _shares(themes)
    chances = {"sees": sees, "mistakes": mistakes, "invents": invents}
    errors = _Errors(**{name: _each(name, value, count) for name, value in chances.items()})
    _refuse_more_than_all(errors)
    rng = generator(seed)
    tongues = _LANGUAGES if language == "both" else (language,)
    documents: list[tuple[str, str, str, str]] = []
    planted: list[tuple[str, str, int, int]] = []
    segments: list[tuple[str, int, int, str, str]] = []
    cases: list[dict[str, Any]] = []
    for i in range(interviews):
        name = f"i{i + 1:0{len(str(interviews))}d}"
        group = shares.columns[i % len(shares.columns)]
        tongue = tongues[i // len(shares.columns) % len(tongues)]
        there = rng.random(len(shares)) < shares[group].to_numpy()
        text, sentences = _interview(rng, _words(tongue), list(shares.index[there]))
        documents.append((name, tongue, group, text))
        planted += [(name, theme, start, end) for start, end, theme in sentences if theme]
        segments += [(name, *one) for one in _coded(rng, sentences, list(shares.index), errors)]
        cases.append({"document": name, "group": group, "language": tongue, **_case(shares.index, there)})
    people = rng.integers(len(shares.columns), size=surveyed)
    answers = (rng.random((surveyed, len(shares))) < shares.to_numpy().T[people]).astype(np.int64)
    survey = pd.DataFrame(answers, columns=list(shares.index))
    survey.insert(0, "group", np.asarray(shares.columns, dtype=object)[people])
    return Synthetic(
        name="interview_corpus",
        frame=pd.DataFrame(documents, columns=["document", "language", "group", "text"]),
        tables={
            "planted": pd.DataFrame(planted, columns=["document", "theme", "start", "end"]),
            "segments": pd.DataFrame(segments, columns=["document", "start", "end", "code", "coder"]),
            "cases": pd.DataFrame(cases),
            "survey": survey,
        },
        truth={
            "passages": len(planted),
            "held": " or ".join(" and ".join(one) for one in HELD if set(one) <= set(shares.index)),
            "shares": shares,
            "errors": pd.DataFrame(
                {"sees": errors.sees, "mistakes": errors.mistakes, "invents": errors.invents},
                index=[f"coder_{j + 1}" for j in range(count)],
            ),
        },
        seed=recorded_seed(seed),
    )


@cache
def _words(language: str) -> dict[str, Any]:
    """Read the sentences of a language."""
    words: dict[str, Any] = tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return words


def _refuse_more_than_all(errors: _Errors) -> None:
    """Refuse coders who would see or mistake more passages than there are."""
    most = float((errors.sees + errors.mistakes).max())
    if most > 1:
        raise SpecificationError(
            f"sees and mistakes add up to more than 1 for a coder ({most:.3g}), must be at most 1 together"
        )


def _shares(themes: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Read shares as themes by groups."""
    if not isinstance(themes, Mapping) or not themes or not all(isinstance(one, Mapping) for one in themes.values()):
        raise SpecificationError(f"themes is a {type(themes).__name__}, must map each theme to its share in each group")
    known = _words("en")["themes"]
    unknown = [one for one in themes if one not in known]
    if unknown:
        raise SpecificationError(f"themes holds {', '.join(map(repr, unknown))}, must be of {', '.join(known)}")
    groups = list(next(iter(themes.values())))
    other = [theme for theme, one in themes.items() if not groups or list(one) != groups]
    if other:
        raise SpecificationError(
            f"themes gives {other[0]!r} shares in other groups than the first, or in none, must be the same for each"
        )
    rows = [[in_range("a share", share, 0, 1) for share in one.values()] for one in themes.values()]
    return pd.DataFrame(rows, index=list(themes), columns=groups)


def _each(name: str, value: float | Sequence[float], coders: int) -> Floats:
    """Read one chance for each coder."""
    given = list(value) if isinstance(value, Sequence) else [value] * coders
    if len(given) < coders:
        raise SpecificationError(f"{name} holds {len(given)} chances, must be one, or one for each of {coders} coders")
    return np.array([in_range(name, one, 0, 1) for one in given[:coders]])


def _interview(rng: np.random.Generator, words: dict[str, Any], themes: list[str]) -> tuple[str, list[Any]]:
    """Write one interview; return its text and where each sentence of the answers stands, with its theme or none."""
    said: list[tuple[str, str]] = []
    for theme in themes:
        many = 1 + int(rng.random() < _TWICE)
        said += [(words["themes"][theme][k], theme) for k in rng.choice(6, many, replace=False)]
    many = 10 + int(rng.integers(6))
    said += [(words["fillers"][k], "") for k in rng.choice(len(words["fillers"]), many, replace=False)]
    order = [said[k] for k in rng.permutation(len(said))]
    asks = [words["asks"][k] for k in rng.permutation(len(words["asks"]))]
    text, sentences = "", []
    for k, (sentence, theme) in enumerate(order):
        if k % 4 == 0:
            text += ("\n" if text else "") + f"Q: {asks[k // 4 % len(asks)]}\nA:"
        text += " "
        sentences.append((len(text), len(text) + len(sentence), theme))
        text += sentence
    return text + "\n", sentences


def _coded(
    rng: np.random.Generator, sentences: list[Any], codes: list[str], errors: _Errors
) -> list[tuple[int, int, str, str]]:
    """Let each coder read one interview."""
    made: list[tuple[int, int, str, str]] = []
    for j in range(len(errors.sees)):
        for k, (start, end, theme) in enumerate(sentences):
            drawn, other, wide = rng.random(), int(rng.integers(len(codes))), rng.random() < _WIDER
            code = ""
            if not theme:
                code = codes[other] if drawn < errors.invents[j] else ""
            elif drawn < errors.sees[j]:
                code = theme
            elif drawn < errors.sees[j] + errors.mistakes[j]:
                code = next((one for one in (*codes[other:], *codes) if one != theme), "")
            if code:
                # Some begin a little early, at the end of what was said before.
                early = sentences[k - 1][1] if wide and k % 4 else start
                made.append((early, end, code, f"coder_{j + 1}"))
    return made


def _case(themes: pd.Index[Any], there: Any) -> dict[str, int]:
    """Return the themes of one case and whether it was held."""
    case = {theme: int(one) for theme, one in zip(themes, there, strict=True)}
    return {**case, "could_not_leave": int(any(all(case.get(one) for one in way) for way in HELD))}
