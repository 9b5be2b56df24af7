"""The fixed words of a report's pages, in one place: headings, heads of columns, and what stands beside a picture."""

from __future__ import annotations

from ctresearch.core.message import Message, say, together

ANSWER = say("The answer")
TRUST = say("How far to trust it")
WHOM = say("Whom it counts")
NOT_SAID = say("What it does not say")
BY_METHOD = say("What other defensible methods say")
NO_ANSWER = say("This study gives no single number; its tables and pictures stand below.")

ESTIMATES = say("Estimates")
CONTENTS = say("Contents")
CODE = say("Code")
FIGURE = say("Figure")
TABLE = say("Table")
OUTPUT, TERM, ESTIMATE, INTERVAL, UNIT = (
    say("Output"),
    say("Term"),
    say("Estimate"),
    say("Interval"),
    say("Unit"),
)
NOT_STATED = say("not stated")
REJECTED = say("rejected by the data")
REJECTED_ESTIMATE = say("rejected by the data: a baseline, and no answer")
BELOW = say("Below: the notebook, in the words of its authors. What was checked stands above this line.")

OTHER_LANGUAGE = say(
    "The notebook, the title and the words of the study stand in the language in which they were written."
)

SCOPE: dict[str, Message] = {
    "population": say("Population"),
    "definition": say("Definition"),
    "reference_period": say("Reference period"),
    "measure": say("Measure"),
}
MEASURES: dict[str, Message] = {
    "stock": say("all there are at one moment (stock)"),
    "period": say("all who were there at any time in the period"),
    "flow": say("all who enter within the period (flow)"),
    "lifetime": say("all to whom it ever happened (lifetime)"),
}
NOT_OF_MEASURE: dict[str, Message] = {
    "stock": say("How many come to be there over a year: it counts those who are there at one moment."),
    "period": say("How many there are at any one moment: it counts all who were there at some time in the period."),
    "flow": say("How many there are at any one moment: it counts those who enter within the period."),
    "lifetime": say("How many there are now: it counts everybody to whom it ever happened."),
}


def below(code: str) -> Message:
    """Say what stands below the line, and in which language.

    Parameters
    ----------
    code : str
        Language of the page.

    Returns
    -------
    Message
        One sentence, and a second where the page was written in another language than its study.

    Examples
    --------
    >>> below("en") == BELOW
    True
    """
    return BELOW if code == "en" else together((BELOW, OTHER_LANGUAGE))
