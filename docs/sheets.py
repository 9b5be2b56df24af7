"""Write a cheat sheet a room: one page of A4 with a recipe, the methods, and the functions."""

import html
import inspect
import re
from pathlib import Path

from rooms import keep_only, public, rooms, save, sections

HERE = Path(__file__).parent
LONGEST = 64
LEFT_OUT = ("stats",)


def recipe(room):
    """Return a few lines that work: the first of a page of questions that uses the room, else of a docstring."""
    for page in sorted((HERE / "questions").glob("*.md")):
        cells = re.findall(
            r"^```\{code-cell\} python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        if cells and f"from ctresearch.{room} import" in cells[0]:
            return cells[0].strip()
    for one in sorted(public(room), key=lambda one: not one.is_estimator):
        example = sections(inspect.getdoc(one.thing) or "").get("Examples", "")
        lines = [line[4:] for line in example.splitlines() if line.startswith((">>> ", "... "))]
        if len(lines) > 1:
            return "\n".join([f"from ctresearch.{room} import {one.name}", *lines[:12]])
    return ""


def short(sentence):
    """Cut a sentence at a word."""
    words = sentence.split(": ")[0] if len(sentence) > LONGEST else sentence
    if len(words) > LONGEST:
        words = words[: LONGEST + 1].rpartition(" ")[0] + " …"
    return html.escape(words.rstrip("."))


def _entry(one):
    return f'<div><dt><a href="../{one.page}.html">{one.name}</a></dt><dd>{short(one.sentence)}</dd></div>'


def _list(title, ones):
    if not ones:
        return ""
    return f"<h2>{title}</h2><dl>{''.join(map(_entry, ones))}</dl>"


def _page_of(room):
    ones = public(room)
    lists = [one for one in ones if not one.is_estimator and isinstance(one.thing, type) and _reads(one.thing)]
    parts = [
        _list("Start from", lists),
        _list("Methods: options, then <code>fit(data)</code>", [one for one in ones if one.is_estimator]),
        _list("Functions", [one for one in ones if not isinstance(one.thing, type)]),
    ]
    every = (
        "<p><b>Every result</b>: <code>summary()</code>, <code>estimates</code>, <code>checks</code>, <code>plot()</code>, "
        "<code>assumptions</code>, <code>references</code>, <code>to_dict()</code>. Limits that are not shown do not exist.</p>"
    )
    lines = ["---", "orphan: true", "---", f"# Cheat sheet: {room}", "", rooms()[room], ""]
    lines += ["```python", recipe(room), "```", ""]
    lines += ["```{raw} html", f'<div class="sheet">{"".join(parts)}{every}</div>', "```", ""]
    return "\n".join(lines)


def _reads(kind):
    """Say whether a class takes a table in."""
    return any(name.startswith("from_") and name != "from_dict" for name in vars(kind))


def write(folder):
    """Write all sheets and the page that leads to them."""
    told = [room for room in rooms() if "." not in room and room not in LEFT_OUT]
    written = [save(folder / f"{room}.md", _page_of(room)) for room in told]
    lines = [
        "# Cheat sheets",
        "",
        "One page of A4 a room, to print (*Ctrl P*): a recipe that runs, the methods, the functions.",
        "",
    ]
    lines += [f"- [{room}]({room}.md): {rooms()[room]}" for room in told]
    written.append(save(folder / "index.md", "\n".join(lines) + "\n"))
    keep_only(folder, written)
