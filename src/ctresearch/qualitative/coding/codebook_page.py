"""A codebook as one page to print."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctresearch.qualitative.coding.code import Code
    from ctresearch.qualitative.coding.codebook import Codebook

_STYLE = """body{font:11pt/1.45 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111}
h1{font-size:1.5rem;margin:0}p.about{color:#444;margin:.2rem 0 1.5rem}
section{border-left:3px solid var(--c,#888);padding:.1rem 0 .1rem .8rem;margin:.9rem 0;break-inside:avoid}
h2{font-size:1.05rem;margin:0}h2 small{font-weight:normal;color:#555}dl{margin:.2rem 0 0}
dt{float:left;clear:left;width:9rem;color:#555}dd{margin:0 0 .15rem 9rem}table{border-collapse:collapse}
td,th{border-top:1px solid #999;padding:.2rem .6rem;text-align:left}@media print{body{margin:0}}"""
_PARTS = (("Definition", "definition"), ("Give it when", "include"), ("Not when", "exclude"), ("Example", "example"))


def codebook_html(book: Codebook) -> str:
    """Return the page: every word of the book is escaped, and nothing is fetched from anywhere."""
    codes = "\n".join(map(_section, book.codes))
    rows = "".join(f"<tr><td>{escape(one.version)}</td><td>{escape(one.note)}</td></tr>" for one in book.changes)
    log = f"<h1>Changes</h1><table><tr><th>Version</th><th>Why</th></tr>{rows}</table>" if rows else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(book.name)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(book.name)}</h1>"
        f'<p class="about">Version {escape(book.version)}, {len(book.codes)} codes</p>\n{codes}\n{log}</body></html>\n'
    )


def _section(code: Code) -> str:
    """Return one code as a section, indented by its depth."""
    held = [(word, getattr(code, field)) for word, field in _PARTS]
    parts = "".join(f"<dt>{word}</dt><dd>{escape(text)}</dd>" for word, text in held if text)
    above = f" <small>under {escape(code.parent)}</small>" if code.parent else ""
    heads = "" if code.codable else " <small>(heads others, is not given)</small>"
    colour = f";--c:{code.colour}" if _is_colour(code.colour) else ""
    body = f"<dl>{parts}</dl>" if parts else ""
    style = f"margin-left:{1.4 * code.depth:.1f}rem{colour}"
    return f'<section style="{style}"><h2>{escape(code.name)}{above}{heads}</h2>{body}</section>'


def _is_colour(text: str) -> bool:
    """Say whether a text is a colour and nothing else, since it stands in a style."""
    return len(text) == 7 and text[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in text[1:])
