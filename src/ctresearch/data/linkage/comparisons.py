"""What is compared, in which levels of agreement, and which pairs are compared at all.

The levels stand from the closest to the loosest; a pair is in the first that it meets. They are written over keyed
codes alone, in DuckDB's SQL; on Spark ``list_has_any`` is ``arrays_overlap`` and ``list_contains`` ``array_contains``.
"""

from __future__ import annotations

from dataclasses import dataclass

_GIVEN_CROSSED = "given_sound_l = family_sound_r"
_FAMILY_CROSSED = "family_sound_l = given_sound_r"
_CROSSED = (
    f"({_GIVEN_CROSSED} or {_FAMILY_CROSSED}) and given_sound_l <> given_sound_r and family_sound_l <> family_sound_r"
)
DIFFERENT, EXCHANGED = "different", "names exchanged"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of agreement.

    Parameters
    ----------
    words : str
        The level in words, for the review table.
    start : float
        Chance among matches from which EM starts.
    condition : str
        SQL over the codes of a pair; empty for the last level, into which all others fall.
    frequency : str
        Column of codes whose frequency says how telling this agreement is; empty for none.

    Examples
    --------
    >>> Level("same spelling", 0.6, "given_spelling_l = given_spelling_r", "given_spelling").words
    'same spelling'
    """

    words: str
    start: float
    condition: str = ""
    frequency: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that is compared.

    Parameters
    ----------
    name : str
        Such as ``"given"``.
    silent : str
        SQL over the codes of a pair that says when nothing can be compared.
    levels : tuple of Level
        From the closest to ``different``.

    Examples
    --------
    >>> Comparison("sex", "sex_l is null or sex_r is null", (Level("same", 0.9, "sex_l = sex_r"),)).name
    'sex'
    """

    name: str
    silent: str
    levels: tuple[Level, ...]


def given_comparison() -> Comparison:
    """Compare given names, and whether given and family name stand in each other's place.

    Returns
    -------
    Comparison
        Same spelling, same sound, names exchanged, one name in the other's place, a letter apart in spelling or in
        sound.

    Examples
    --------
    >>> [level.words for level in given_comparison().levels][:3]
    ['same spelling', 'same sound', 'names exchanged']
    """
    levels = (
        Level("same spelling", 0.6, "given_spelling_l = given_spelling_r", "given_spelling"),
        Level("same sound", 0.15, "given_sound_l = given_sound_r", "given_sound"),
        Level(EXCHANGED, 0.01, f"({_GIVEN_CROSSED}) and ({_FAMILY_CROSSED})"),
        Level("one name in the other's place", 0.01, _CROSSED),
        *_letter_apart("given"),
    )
    return Comparison("given", "given_spelling_l is null or given_spelling_r is null", levels)


def family_comparison() -> Comparison:
    """Compare family names, where they do not stand in the place of given names.

    Returns
    -------
    Comparison
        Same spelling, same sound, a letter apart in spelling or in sound. An exchange is one mistake, not two, so
        the comparison of given names alone speaks of it.

    Examples
    --------
    >>> len(family_comparison().levels)
    5
    """
    levels = (
        Level("same spelling", 0.6, "family_spelling_l = family_spelling_r", "family_spelling"),
        Level("same sound", 0.15, "family_sound_l = family_sound_r", "family_sound"),
        *_letter_apart("family"),
    )
    return Comparison("family", f"family_spelling_l is null or family_spelling_r is null or ({_CROSSED})", levels)


def _letter_apart(part: str) -> tuple[Level, ...]:
    """List the levels that end both comparisons of names."""
    shared = "list_has_any({0}_l, {0}_r)"
    return (
        Level("spelling a letter apart", 0.1, shared.format(f"{part}_spelling_slips")),
        Level("sound a letter apart", 0.04, shared.format(f"{part}_sound_slips")),
        Level(DIFFERENT, 0.08),
    )


def birth_comparison() -> Comparison:
    """Compare dates of birth, whole or in part.

    Returns
    -------
    Comparison
        Same date (apart, where it is a first of January), day and month exchanged, two of three parts, year, a year
        apart.

    Examples
    --------
    >>> birth_comparison().levels[0].words
    'both first of January, same year'
    """
    parts = ("year_month", "year_day", "month_day")
    two_of_three = " or ".join(f"birth_{one}_l = birth_{one}_r" for one in parts)
    levels = (
        Level("both first of January, same year", 0.02, "birth_first_january_l = birth_first_january_r"),
        Level("same date", 0.75, "birth_date_l = birth_date_r"),
        Level("day and month exchanged", 0.04, "birth_date_l = birth_exchanged_r"),
        Level("two of day, month and year", 0.05, two_of_three),
        Level("same year", 0.08, "birth_year_l = birth_year_r"),
        Level("a year apart", 0.02, "list_contains(birth_near_l, birth_year_r)"),
        Level(DIFFERENT, 0.04),
    )
    return Comparison("birth", "birth_year_l is null or birth_year_r is null", levels)


def comparisons(also: int) -> tuple[Comparison, ...]:
    """List all comparisons of a linkage.

    Parameters
    ----------
    also : int
        Number of further columns that agree or do not.

    Returns
    -------
    tuple of Comparison
        Given name, family name, birth, and each further column.

    Examples
    --------
    >>> [one.name for one in comparisons(1)]
    ['given', 'family', 'birth', 'also_0']
    """
    further = []
    for column in (f"also_{i}" for i in range(also)):
        levels = (Level("same", 0.9, f"{column}_l = {column}_r", column), Level(DIFFERENT, 0.1))
        further.append(Comparison(column, f"{column}_l is null or {column}_r is null", levels))
    return (given_comparison(), family_comparison(), birth_comparison(), *further)


# a pair is compared if it meets one of these; names in exchanged order can meet because sounds share one code
BLOCKS = (
    "l.family_sound = r.family_sound and l.birth_year = r.birth_year",
    "l.given_sound = r.given_sound and l.birth_year = r.birth_year",
    "l.birth_date = r.birth_date",
    "l.given_sound = r.given_sound and l.family_sound = r.family_sound",
    "l.given_sound = r.family_sound and l.family_sound = r.given_sound",
)
_SAME_SOUND = ("same spelling", "same sound")
_SAME_DATE = ("both first of January, same year", "same date")
_SAME_YEAR = (*_SAME_DATE, "day and month exchanged", "same year")


def missed_by_blocks(chances: dict[str, dict[str, float]], *, birth_known: float) -> float:
    """Say how many matches no block lets meet, if errors in names and dates do not depend on one another.

    Parameters
    ----------
    chances : dict of str to dict of str to float
        For each comparison the chance of each level among matches, by its words.
    birth_known : float
        Share of pairs for which both years of birth are known.

    Returns
    -------
    float
        Share of matches, between 0 and 1. Pairs that agree in two of three parts of the date are taken to have
        different years, which makes it an upper limit.

    Examples
    --------
    >>> sure = {"same spelling": 1.0}
    >>> missed_by_blocks({"given": sure, "family": sure, "birth": {"same date": 1.0}}, birth_known=1.0)
    0.0
    """
    in_order = 1 - chances["given"].get(EXCHANGED, 0.0)
    given = min(1.0, sum(chances["given"].get(words, 0.0) for words in _SAME_SOUND) / max(in_order, 1e-9))
    family = sum(chances["family"].get(words, 0.0) for words in _SAME_SOUND)
    date = birth_known * sum(chances["birth"].get(words, 0.0) for words in _SAME_DATE)
    year = birth_known * sum(chances["birth"].get(words, 0.0) for words in _SAME_YEAR)
    neither = (1 - given) * (1 - family) * (year - date)
    not_both = (1 - given * family) * (1 - year)
    return float(in_order * (neither + not_both))
