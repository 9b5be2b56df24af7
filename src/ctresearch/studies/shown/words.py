"""Words that others wrote, set into lines, tables and Markdown of ours as words and nothing else.

Titles, messages, terms and file names may come from a stranger's notebook or bundle. A line break in one could look
like a line of ours, an escape sequence could repaint a terminal, and a bar or an asterisk could change a table.
"""

from __future__ import annotations

import re

from ctresearch.studies.shown.sanitise import clean_text

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&])")


def one_line(text: str) -> str:
    r"""Write text as part of one line, without anything that a terminal obeys.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same with white space made single spaces, and control characters shown by their codes.

    Examples
    --------
    >>> print(one_line("a\n  b \x1b[2Jc"))
    a b \x1b[2Jc
    """
    joined = " ".join(clean_text(text).split())
    return "".join(letter if letter.isprintable() or ord(letter) > 0x1FFF else repr(letter)[1:-1] for letter in joined)


def as_markdown(text: str) -> str:
    r"""Write text as words of Markdown, in which nothing marks anything up.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        One line with a backslash before what Markdown would read.

    Examples
    --------
    >>> print(as_markdown("a | **b**\n# <c>"))
    a \| \*\*b\*\* \# \<c\>
    """
    return _MARKUP.sub(r"\\\1", one_line(text))
