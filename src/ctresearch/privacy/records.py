"""Rows about people: tables and texts that describe persons one by one, and tables with small counts in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.grid import is_number, is_whole, whole
from ctresearch.privacy.identifiers import snake

if TYPE_CHECKING:
    from ctresearch.privacy.grid import Grid

_CASE_ID = re.compile(
    r"^(?:case|victim|person|client|survivor|respondent|participant|interviewee|interview|record|beneficiary|patient"
    r"|individual|unique|suspect|offender|perpetrator)_?(?:id|no|nr|num|number|ref|code|key|uuid)$"
)
_MEMBER = re.compile(r"^(?:actor|ego|alter|key_player|kingpin)(?:_?(?:id|name|code|key))?$")
_PLAIN_ID = re.compile(r"^(?:id|uid|uuid|pid)$")
_ATTRIBUTE = re.compile(
    r"^(?:gender|sex|age|age_?(?:broad|band|group|years)?|citizenship|nationality|ethnicity|religion|marital_?status"
    r"|education|occupation|majority_?(?:status|entry)|year_of_(?:registration|birth)|birth_year|country_of_\w+"
    r"|means(?:_?of)?_\w+|is_(?:forced|sexual|other|child|adult|victim|minor)\w*|type_of_\w+|recruiter_\w+"
    r"|traffick_?months|exploitation(?:_type)?|date_of_\w+|interview_date|referral_date)$"
)
_STATISTIC = re.compile(
    r"(?:^|_)(?:n|count|counts|cases|victims|persons|people|freq|frequency|individuals|respondents|observations|survivors"
    r"|share|percent|pct|proportion|rate|mean|median|sum|total|estimate|ci_low|ci_high|std_error|number|women|men|girls"
    r"|boys|children|adults|odds|ratio|missing|unreported)(?:_|$)"
)
_COUNT = re.compile(
    r"^(?:n|size|observed|(?:\w+_)?(?:count|counts|freq|frequency|observations|women|men|girls|boys|children|adults|minors|anzahl"
    r"|nombre|número|numero))$"
    r"|(?:^|_)(?:cases|victims|persons|people|individuals|respondents|survivors|cas|victimes|personnes|casos|víctimas|victimas"
    r"|personas|fälle|opfer|personen)(?:_|$)"
)
_NOT_A_COUNT = re.compile(
    r"(?:^|_)(?:per|rate|share|percent|pct|proportion|mean|median|ratio|year|month|day|age|rank|order|level|lag|step|k|df"
    r"|degree|classes|lists|parameters|iteration|seed|code|id|score|tier|chain|lower|upper|sd|se|distinct|unique|missing|unreported)(?:_|$)"
)
_PEOPLE = r"(?:men|women|man|woman|girls?|boys?|victims?|persons?|people|child(?:ren)?|cases?|survivors?|individuals?|adults?|minors?)"
_FEW = re.compile(
    rf"(?i)(?<![\w.,/-])(\d+|one|two|three|four)\s+(?:[a-z]+\s+)?{_PEOPLE}\b(?!\s+(?:per|in|of every)\s+\d)"
)
_N_EQUALS = re.compile(r"(?<![\w.])[nN]\s*=\s*(\d+)(?![\d.,]*\d)")
_NUMERALS = {"one": 1, "two": 2, "three": 3, "four": 4}
_NARRATIVE = re.compile(
    r"(?i)\b(?:case|victim|client|survivor|respondent|person|interviewee)\s*(?:no\.?|nr\.?|id|number)?\s*[:#]?\s*"
    r"[A-Z]{0,4}-?\d{2,}\b[^.\n]{0,60}\b(?:female|male|woman|man|girl|boy|aged?\s*\d{1,2}|\d{1,2}[\s-]*(?:years?|y/o|yo))\b"
)
_TUPLE = re.compile(r"\(([^()\n]{8,})\)")
_FIELD = re.compile(
    r"^(?:woman|man|female|male|girl|boy|f|m|\d{1,2}--\d{1,2}|\d{2}\+|[A-Z]{3}|(?:19|20)\d\d)$|^(?:Woman|Man|Female|Male|Girl|Boy|F|M)$"
)


def row_level(grid: Grid) -> bool:
    """Say whether a table describes people one by one.

    Parameters
    ----------
    grid : Grid
        A table.

    Returns
    -------
    bool
        ``True`` if it numbers cases, has a row or more for each member of a network, or has three or more attributes of
        a person and no statistic beside them.

    Examples
    --------
    >>> from ctresearch.privacy.grid import Grid
    >>> row_level(Grid(("gender", "ageBroad", "citizenship"), (("Woman", "9--17", "NGA"),)))
    True
    >>> row_level(Grid(("gender", "ageBroad", "citizenship", "n"), (("Woman", "9--17", "NGA", "40"),)))
    False
    """
    if not grid.rows or grid.counts:
        return False
    names = [snake(h) for h in grid.header]
    attributes = sum(_ATTRIBUTE.match(n) is not None for n in names)
    if any(_MEMBER.match(name) and any(grid.column(i)) for i, name in enumerate(names)):
        return True
    for i, name in enumerate(names):
        values = grid.column(i)
        unique = len(set(values)) == len(values) and all(values)
        if unique and (_CASE_ID.match(name) or (_PLAIN_ID.match(name) and attributes >= 2)):
            return True
    enough = 2 if "..." in grid.header else 3  # a table too wide to print hides most of its columns
    return attributes >= enough and not any(_STATISTIC.search(n) for n in names)


def row_level_text(text: str) -> bool:
    """Say whether a text describes a person: a numbered case with sex or age, or a row printed as a tuple.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> row_level_text("Case 0417: girl, recruited by a relative"), row_level_text("In 2017, 412 girls")
    (True, False)
    >>> row_level_text("('Woman', '9--17', 'NGA', 2017)")
    True
    """
    if _NARRATIVE.search(text):
        return True
    for match in _TUPLE.finditer(text):
        fields = [field.strip() for field in match[1].split(",")]
        named = [field.split("=")[0] for field in fields if "=" in field]
        if sum(_ATTRIBUTE.match(snake(name)) is not None for name in named) >= 3:
            return True
        if len(fields) > 2 and sum(_FIELD.match(field.strip("'\"")) is not None for field in fields) >= 3:
            return True
    return False


def small_counts_text(text: str, threshold: int) -> int:
    """Count the places where a text speaks of fewer people than a threshold.

    Parameters
    ----------
    text : str
        Any text.
    threshold : int
        Smallest number that may be named.

    Returns
    -------
    int
        Places such as three men, or n = 2.

    Examples
    --------
    >>> small_counts_text("Only 3 men were found among 120 cases (n = 2)", 5)
    2
    >>> small_counts_text("2 victims per 100,000; 412 girls", 5)
    0
    """
    found = [match[1].lower() for pattern in (_FEW, _N_EQUALS) for match in pattern.finditer(text)]
    return sum(0 < _NUMERALS.get(word, 0 if not word.isdigit() else int(word)) < threshold for word in found)


def small_counts(grid: Grid, threshold: int, *, guess: bool = False) -> int:
    """Count the cells of a table that show fewer people than a threshold.

    Parameters
    ----------
    grid : Grid
        A table.
    threshold : int
        Smallest number that may be shown.
    guess : bool
        Take a table whose numbers are all whole for counts, as a cross-tabulation is, whatever its columns are called.

    Returns
    -------
    int
        Cells from 1 to one below the threshold in columns that count.

    Examples
    --------
    >>> from ctresearch.privacy.grid import Grid
    >>> small_counts(Grid(("sex", "n"), (("Woman", "12"), ("Man", "3"))), 5)
    1
    """
    counting = counting_columns(grid, guess=guess)
    return sum(is_whole(v) and 0 < whole(v) < threshold for i in counting for v in grid.column(i))


def counting_columns(grid: Grid, *, guess: bool = False) -> list[int]:
    """Find the columns of a table that count people.

    Parameters
    ----------
    grid : Grid
        A table.
    guess : bool
        Take a table whose numbers are all whole for counts.

    Returns
    -------
    list of int
        Their positions.

    Examples
    --------
    >>> from ctresearch.privacy.grid import Grid
    >>> counting_columns(Grid(("sex", "year", "n"), (("Woman", "2020", "12"),)))
    [2]
    """
    if grid.counts:
        return [len(grid.header) - 1]
    named = [i for i, h in enumerate(grid.header) if _COUNT.match(snake(h)) and not _NOT_A_COUNT.search(snake(h))]
    return _whole_columns(grid) if guess and not named else named


def is_key(grid: Grid, position: int) -> bool:
    """Say whether a column describes the rows rather than measuring them.

    Parameters
    ----------
    grid : Grid
        A table.
    position : int
        Which column.

    Returns
    -------
    bool
        ``True`` for words, and for years, ages and periods written as numbers.

    Examples
    --------
    >>> from ctresearch.privacy.grid import Grid
    >>> [is_key(Grid(("sex", "year", "n"), (("Woman", "2020", "12"),)), i) for i in range(3)]
    [True, True, False]
    """
    in_time = re.search(r"(?:^|_)(?:year|month|quarter|period|age|wave)(?:_|$)", snake(grid.header[position]))
    return in_time is not None or not all(is_number(v) for v in grid.column(position))


def _whole_columns(grid: Grid) -> list[int]:
    """Columns of a cross-tabulation: labels on the left, and every other column made of whole numbers."""
    numeric = [i for i in range(len(grid.header)) if grid.rows and all(is_number(v) for v in grid.column(i))]
    labels = [i for i in range(len(grid.header)) if i not in numeric]
    counting = [i for i in numeric if not _NOT_A_COUNT.search(snake(grid.header[i]))]
    whole = all(is_whole(v) or v == "" for i in counting for v in grid.column(i))
    spread = {v for i in counting for v in grid.column(i)} - {"0", "1", ""}
    return counting if labels and whole and spread else []
