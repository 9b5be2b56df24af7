"""Numbers of people that a text names, so that tables and other outputs can be set against them."""

from __future__ import annotations

import re

ONE_PERSON = (
    r"(?:man|woman|girl|boy|victim|person|child|case|survivor|individual|adult|minor|male|female|transgender person)"
)
MANY_PEOPLE = (
    r"(?:men|women|girls|boys|victims|persons|people|children|cases|survivors|individuals|adults|minors|males|females|migrants|refugees|sisters|brothers|mothers|daughters|offenders"
    r"|suspects|traffickers|perpetrators|defendants|respondents|interviewees|nationals"
    r"|mineure?s|femmes|hommes|filles|garçons|enfants|victimes|personnes|cas|Opfern?|Kindern?|Frauen|Männern?|Mädchen|Jungen"
    r"|Personen|Minderjährigen?|Fällen?|mujeres|hombres|niñ[ao]s|menores|víctimas|personas|casos|mulheres|homens|donne|uomini"
    r"|minori|bambini|vittime|persone)"
)
_NO_ADJECTIVE = (
    r"(?:of|in|on|at|to|for|from|with|by|and|or|per|than|the|an?|is|are|was|were|that|which|who|out|every|each|million|thousand"
    r"|hundred|billion|dozen|percent|million\w*|\w*[^s\W]s)\b"
)
BETWEEN = rf"(?:(?!{_NO_ADJECTIVE})[^\W\d_][\w-]*[ ]){{0,3}}"
PEOPLE_NUMBER = re.compile(
    rf"(?i)(?<![\w.,/-])(\d{{1,3}}(?:[, ]\d{{3}})+|\d+)\s+{BETWEEN}{MANY_PEOPLE}\b(?!\s+(?:per|in|of "
    r"every)\s+(?!(?:19|20)\d\d\b)\d)"
)
_IN_ALL = re.compile(
    r"(?i)\b(?:total|sum|altogether|overall|in "
    r"all|insgesamt)\b(?:\s+(?:number|is|was|of|were|victims|people|persons|n)\b){0,3}\s*[:=]?\s*(\d{1,3}(?:,\d{3})+|\d+)\b(?![.,]\d|\s*%)"
)
_N = re.compile(r"(?<![\w.])[nN]\s*=\s*(\d[\d,]*)(?![\d.])")


def people_in_text(text: str) -> frozenset[float]:
    """Read the numbers of people that a text names.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    frozenset of float
        Numbers before a word for people, after a word for a total, and ``n``.

    Examples
    --------
    >>> sorted(people_in_text("There were 4,119 victims in 2020; the total is 5,000 (n = 40)."))
    [40.0, 4119.0, 5000.0]
    """
    return frozenset(float(spoken(m[1])) for p in (PEOPLE_NUMBER, _IN_ALL, _N) for m in p.finditer(text))


def spoken(text: str) -> int:
    """Read a number with separators of thousands.

    Parameters
    ----------
    text : str
        Digits, commas and spaces.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> spoken("4,119")
    4119
    """
    return int(re.sub(r"\D", "", text))
