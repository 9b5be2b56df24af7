"""What a card of a notebook says, taken apart: the lines it lists, the sentences it says and the cells of its tables."""

import html
import re


def listed(page):
    """Return the lines that a card lists: name to what stands beside it."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', page)
    return {html.unescape(name): html.unescape(words) for name, words in rows}


def said(page):
    """Return the sentences of a card."""
    return [html.unescape(one) for one in re.findall(r"<p>(.*?)</p>", page)]


def head(page):
    """Return the name of what a card shows."""
    return html.unescape(re.search(r"<h4>(.*?)</h4>", page)[1])


def cells(page):
    """Return the tables of a card as rows of text, without those lines that a card lists by name."""
    rows = re.findall(r"<tr.*?>\s*(.*?)\s*</tr>", page, re.DOTALL)
    parts = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL) for row in rows if 'scope="row"' not in row]
    return [[html.unescape(one) for one in row] for row in parts if row]
