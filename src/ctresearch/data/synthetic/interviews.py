"""Interviews cut into segments and coded by several coders, with known agreement.

A coder either recognises the right code, with a known chance, or guesses by the frequencies of the codes. Then the
chance-corrected agreement of two coders is the product of their chances exactly, by Cohen's, Scott's and
Krippendorff's definition alike, since all coders have the same marginals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import categories, is_distribution
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from ctresearch.data.synthetic.draws import Floats, Integers

CODES: Mapping[str, float] = MappingProxyType(
    {
        "debt": 0.24,
        "deception": 0.20,
        "threats": 0.16,
        "isolation": 0.12,
        "documents withheld": 0.10,
        "violence": 0.09,
        "help received": 0.06,
        "way out": 0.03,
    }
)
"""Code to its share of the segments."""


def coded_interviews(
    interviews: int = 30,
    segments: int = 12,
    *,
    coders: int = 3,
    accuracy: float | Sequence[float] = 0.85,
    codes: Mapping[str, float] = CODES,
    missing: float = 0.0,
    seed: Seed = 0,
) -> Synthetic:
    """Draw interviews coded by several coders.

    Parameters
    ----------
    interviews, segments : int
        Number of interviews, and of segments in each.
    coders : int
        Number of coders, called coder_1, coder_2, ...
    accuracy : float or sequence of float
        Chance that a coder recognises the right code rather than guesses, for all or for each coder.
    codes : mapping of str to float
        Code to its share of the segments.
    missing : float
        Chance that a coder leaves a segment out.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: units by coders, indexed by ``segment``. ``tables["segments"]``: ``segment``, ``interview`` and the
        right ``code``. ``truth``: ``agreement`` (chance-corrected, mean over pairs of coders), ``pairs``, ``percent``
        (expected share of agreement), ``codes_seen`` (expected number of codes seen after each interview).

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement.
       British Journal of Mathematical and Statistical Psychology, 61(1), 29-48.
       https://doi.org/10.1348/000711006X126600
    .. [2] Guest, G., Namey, E. and Chen, M. (2020). A simple method to assess and report thematic saturation in
       qualitative research. PLOS ONE, 15(5), e0232076. https://doi.org/10.1371/journal.pone.0232076

    Examples
    --------
    >>> made = coded_interviews(10, 8, accuracy=[0.9, 0.8, 0.7], seed=1)
    >>> made.frame.shape, round(made.truth["agreement"], 4)
    ((80, 3), 0.6367)
    """
    interviews, segments = whole_number("interviews", interviews, low=1), whole_number("segments", segments, low=1)
    right = _accuracies(accuracy, whole_number("coders", coders, low=2))
    shares = is_distribution("codes", list(codes.values()))
    in_range("missing", missing, 0, 1)
    rng = generator(seed)
    code = categories(rng, shares, interviews * segments)
    given = code_segments(rng, code, shares, right)
    names = np.array(list(codes), dtype=object)
    labels = names[given]
    labels[rng.random(given.shape) < missing] = None
    width = len(str(interviews * segments))
    units = pd.Index([f"s{i:0{width}d}" for i in range(1, len(code) + 1)], name="segment", dtype="str")
    frame = pd.DataFrame(labels, index=units, columns=[f"coder_{i}" for i in range(1, len(right) + 1)])
    interview = np.repeat([f"i{i:0{len(str(interviews))}d}" for i in range(1, interviews + 1)], segments)
    table = pd.DataFrame({"segment": units, "interview": interview, "code": names[code]})
    truth = _truth(shares, right, interviews, segments)
    return Synthetic(
        name="coded_interviews", frame=frame, tables={"segments": table}, truth=truth, seed=recorded_seed(seed)
    )


def code_segments(rng: np.random.Generator, code: Integers, shares: Floats, accuracy: Floats) -> Integers:
    """Let coders recognise or guess.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    code : numpy.ndarray
        Right code of each segment, shape (segments,).
    shares : numpy.ndarray
        Shares of the codes, by which coders guess.
    accuracy : numpy.ndarray
        Chance that each coder recognises, shape (coders,).

    Returns
    -------
    numpy.ndarray
        Codes given, shape (segments, coders).

    Examples
    --------
    >>> rng = np.random.Generator(np.random.PCG64(1))
    >>> code_segments(rng, np.array([0, 1]), np.array([0.5, 0.5]), np.array([1.0, 1.0])).tolist()
    [[0, 0], [1, 1]]
    """
    knows = rng.random((len(code), len(accuracy))) < accuracy
    guess = categories(rng, shares, knows.size).reshape(knows.shape)
    return np.where(knows, code[:, None], guess)


def _accuracies(accuracy: float | Sequence[float], coders: int) -> Floats:
    """Read one accuracy for each coder."""
    values = list(accuracy) if isinstance(accuracy, Sequence) else [accuracy] * coders
    if len(values) != coders:
        raise SpecificationError(f"accuracy == {values}, must be one chance or {coders}, one for each coder")
    return np.array([in_range("accuracy", value, 0, 1) for value in values])


def _truth(shares: Floats, accuracy: Floats, interviews: int, segments: int) -> dict[str, object]:
    """Work out agreement and saturation."""
    first, second = np.triu_indices(len(accuracy), k=1)
    pairs = accuracy[first] * accuracy[second]
    index = [f"coder_{i + 1}:coder_{j + 1}" for i, j in zip(first, second, strict=True)]
    agreement, chance = float(pairs.mean()), float((shares**2).sum())
    read = np.arange(1, interviews + 1)
    seen = (1 - (1 - shares[None, :]) ** (segments * read[:, None])).sum(axis=1)
    return {
        "agreement": agreement,
        "pairs": pd.Series(pairs, index=index),
        "percent": agreement + (1 - agreement) * chance,
        "codes_seen": pd.Series(seen, index=pd.Index(read, name="interviews")),
    }
