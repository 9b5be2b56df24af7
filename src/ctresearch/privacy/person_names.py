"""Values that look like the name of a person, as a parameter or a variable may hold one.

There is no list of all names of the world. A value is taken for a name if it is two to four capitalised words none of
which is known to belong to a place, an institution or a method; or if what it is assigned to says that it names a
person.
"""

from __future__ import annotations

import re

_SHAPE = re.compile(
    r"^[A-ZÀ-Þ][\w'’-]*\.?(?:\s+(?:(?:de|da|dos|del|la|van|von|der|den|bin|al|el|di)\s+){0,2}[A-ZÀ-Þ][\w'’-]*\.?){1,3}$"
)
_WORDS = re.compile(r"^[^\W\d_]+(?:\s+[^\W\d_]+){1,3}$")
_CAPITALISED = re.compile(r"^[A-ZÀ-Þ][a-zà-ÿ'’-]+(?:\s|$)")
_NAMES_A_PERSON = re.compile(
    r"^(?:(?:first|last|given|family|full)_?name|name|surname|alias|(?:the_)?(?:victim|survivor|person|witness|suspect|trafficker"
    r"|offender|perpetrator|interviewee|respondent|child|client|mother|father)(?:_?name)?)$"
)
_PLACES = """
    united kingdom states america arab emirates south north east west central new republic democratic people saudi arabia
    korea africa asia europe pacific caribbean latin sri lanka zealand costa rica el salvador burkina faso sierra leone
    cabo verde cape ivory coast côte papua guinea trinidad tobago saint san marino holy see hong kong puerto rico great
    britain northern ireland bosnia herzegovina equatorial islands island solomon marshall dominican czech macedonia
    viet nam lao brunei darussalam antigua barbuda eastern western southern middle gulf bay sea river city province
    district region new york los angeles buenos aires addis ababa phnom penh kuala lumpur
"""
_TERMS = """
    forced labour labor sexual exploitation trafficking human modern slavery national referral mechanism multiple systems
    estimation estimate model average latent class police local authority non governmental organisation government office
    ministry health social care general public domestic work servitude marriage child adult women men girls boys victims
    potential presumed identified all other unknown not reported data table list lists north-west bayesian poisson
    log-linear negative binomial random effects fixed international organization migration nations border force hope
    foundation shelter hotline report study survey january february march april may june july august september october
    november december debt bondage organ removal begging criminal activity year quarter total
"""
_NOT_PERSONS = frozenset((_PLACES + _TERMS).split())


def looks_like_a_person(value: object, variable: str = "") -> bool:
    """Say whether a value looks like the name of a person.

    Parameters
    ----------
    value : object
        Value of a parameter; only text can be a name.
    variable : str
        What it is assigned to.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> looks_like_a_person("Jane Example"), looks_like_a_person("United Kingdom"), looks_like_a_person("uk-2013")
    (True, False, False)
    >>> looks_like_a_person("Jane", variable="victim_name")
    True
    """
    if not isinstance(value, str):
        return False
    words = re.findall(r"[\w'’-]+", value.lower())
    if any(word in _NOT_PERSONS for word in words):
        return False
    if _NAMES_A_PERSON.match(variable.lower()) and (_CAPITALISED.match(value) or _WORDS.match(value)):
        return True
    return _SHAPE.match(value.strip()) is not None
