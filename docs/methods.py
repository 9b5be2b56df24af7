"""Write a page a method from one template: what, when, assumptions, formula, checks, evidence, limits, example, references.

What it is, takes and cites stands in its docstring, what it assumes and checks in its code, what it showed in the committed
tables, when to take it in the guides. Formulas, and limits that no code knows, are added in ``methods.toml``.
"""

import ast
import importlib
import inspect
import re
import tomllib
from functools import cache
from pathlib import Path

import evidence
from rooms import estimators, keep_only, rooms, save, sections

from ctresearch.core.cite import doi, references
from ctresearch.core.message import Message

HERE = Path(__file__).parent
GUIDES = sorted([*(HERE / "guide").glob("*.md"), *(HERE / "questions").glob("*.md")])
CHECKED = (
    "Each check is written beside the estimate as *pass*, *review* or *fail*. Which of them apply depends on the options and "
    "the data."
)


@cache
def added():
    """Return what is written by hand: formulas, limits and tables of evidence, by method."""
    return tomllib.loads((HERE / "methods.toml").read_text(encoding="utf-8"))


@cache
def _tree(path):
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _texts(value):
    """Flatten constants into the sentences they hold."""
    if isinstance(value, str | Message):
        return [str(value)]
    if isinstance(value, tuple | list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return []


def assumptions(one):
    """Return the sentences that the code of a method may state as its assumptions, where they are constants."""
    module = importlib.import_module(one.thing.__module__)
    found = []
    for call in ast.walk(_tree(module.__file__)):
        if not isinstance(call, ast.keyword) or call.arg != "assumptions":
            continue
        for node in ast.walk(call.value):
            if isinstance(node, ast.Name):
                found += _texts(getattr(module, node.id, ()))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                found.append(node.value)
    if not found:
        found = [text for name in vars(module) if "ASSUM" in name for text in _texts(getattr(module, name))]
    return [text for text in dict.fromkeys(found) if text.count(" ") >= 2 and "{" not in text]


def checks(one):
    """Return the names of the checks that the code of a method, and the files of checks it imports, may give."""
    module = importlib.import_module(one.thing.__module__)
    files = {module.__file__}
    for node in ast.walk(_tree(module.__file__)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ctresearch."):
            for name in [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]:
                spec = _source_of(name)
                if spec and "check" in name.rpartition(".")[2]:
                    files.add(spec)
    names = [name for path in sorted(files) for name in _named_checks(path)]
    return list(dict.fromkeys(names))


@cache
def _named_checks(path):
    """Return the names of the checks that a file makes."""
    calls = [
        node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Check"
    ]
    first = [call.args[0] for call in calls if call.args]
    return [one.value for one in first if isinstance(one, ast.Constant) and isinstance(one.value, str)]


@cache
def _source_of(name):
    """Return the file of a module of ours; nothing for what is no module."""
    path = Path(*name.split("."))
    file = Path(importlib.import_module("ctresearch").__file__).parents[1] / path.with_suffix(".py")
    return str(file) if file.exists() else None


def _as_rst(text):
    """Turn the inline marks of Markdown into those of reStructuredText."""
    text = re.sub(r"\{\w+\}`[^`]*`", lambda m: m.group().split("`")[1].split(" <")[0].rpartition(".")[2], text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", text)
    return re.sub(r"(?<![*\w])\*\*(.+?)\*\*", r"**\1**", text)


@cache
def _text_of(page):
    return page.read_text(encoding="utf-8")


def whens(one):
    """Return the rows of the guides' tables that name a method, and the guides that speak of it."""
    rows, guides = [], []
    for page in GUIDES:
        text = _text_of(page)
        if one.name not in text:
            continue
        place = f"/{page.parent.name}/{page.stem}"
        guides.append(f":doc:`{place}`")
        heads = []
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
            if not cells:
                heads = []
            elif not heads:
                heads = cells
            elif re.search(rf"`{one.name}\b", line) and len(cells) == len(heads):
                pairs = [
                    (h, c) for h, c in zip(heads, cells, strict=True) if c and not c.strip("`").startswith(one.name)
                ]
                rows.append(
                    "; ".join(f"*{h}*: {_as_rst(c)}" if h else _as_rst(c) for h, c in pairs) + f" (:doc:`{place}`)"
                )
    return rows, guides


@cache
def _words_of_tests():
    """Return the words of every file of tests."""
    root = HERE.parent / "tests"
    files = sorted(root.rglob("test_*.py"))
    return {str(p.relative_to(root.parent)): set(re.findall(r"\w+", p.read_text(encoding="utf-8"))) for p in files}


def tests_of(one):
    """Return the files of tests that name a method."""
    return [name for name, words in _words_of_tests().items() if one.name in words]


def _titled(title, lines):
    return [title, "-" * len(title), "", *lines, ""] if any(lines) else []


def _when(one):
    rows, guides = whens(one)
    lines = [f"- {row}" for row in rows]
    lines += ["", added()[one.name]["when"]] if "when" in added().get(one.name, {}) else []
    return [*lines, "", f"Read about it in {', '.join(guides)}."] if guides else lines


def _evidence(one):
    more = added().get(one.name, {}).get("evidence", [])
    found = evidence.about(one.name) + [t for t in evidence.every() if t.name in more and one.name not in t.about]
    lines = [line for table in found for line in evidence.excerpt(table, one.name)]
    held = tests_of(one)
    if not found:
        lines += ["No table of its own is committed yet: what holds it are its tests.", ""]
    if held:
        lines += [
            f"{len(held)} files of tests name it, among them " + ", ".join(f"``{name}``" for name in held[:6]) + ".",
            "",
        ]
    return lines


def _references(one):
    lines = []
    for number, text in enumerate(references(one.thing), 1):
        found = doi(text)
        words = re.sub(r"\s*https?://(dx\.)?doi\.org/\S+", "", text) if found else text
        lines.append(f"{number}. {words}" + (f" `doi:{found} <https://doi.org/{found}>`__" if found else ""))
    return lines


def page_of(one):
    """Write the page of a method."""
    parts, hand = sections(inspect.getdoc(one.thing)), added().get(one.name, {})
    first, _, rest = parts[""].partition("\n\n")
    prose = re.sub(r"\s?\[(\d+)\]_", r" [\1]", f"{first}\n\n{rest}")
    notes = re.sub(r"\s?\[(\d+)\]_", r" [\1]", parts.get("Notes", ""))
    module = f"ctresearch.{one.room}"
    lines = [":orphan:", "", one.name, "=" * len(one.name), ""]
    lines += [f":doc:`Methods <index>` / :doc:`{one.room}` / :doc:`options and results </{one.page}>`", ""]
    lines += [f".. currentmodule:: {module}", ""]
    lines += _titled("What it does", [*prose.strip().splitlines(), "", *notes.splitlines()])
    lines += _titled("When to take it", _when(one))
    lines += _titled("What it assumes", [f"- {text}" for text in assumptions(one)])
    if "formula" in hand:
        lines += _titled("Formula", [".. math::", "", *(f"   {row}" for row in hand["formula"].strip().splitlines()),
                                     "", hand.get("where", "")])  # fmt: skip
    names = checks(one)
    lines += _titled("What it checks", [CHECKED, "", ", ".join(f"*{name}*" for name in names) + "."] if names else [])
    lines += _titled("Evidence", _evidence(one))
    lines += _titled("Limits", _limits(hand, parts))
    lines += _titled("Example", parts.get("Examples", "").splitlines())
    lines += _titled("References", _references(one))
    return "\n".join(lines)


def _limits(hand, parts):
    """Say where a method fails: by hand, in its docstring, and where its options are refused."""
    lines = [*hand.get("limits", "").splitlines(), "", *parts.get("Warnings", "").splitlines(), ""]
    raised = " ".join(line.strip() for line in parts.get("Raises", "").splitlines() if line.startswith(" "))
    return [
        *lines,
        *([f"It refuses rather than misleads: an error comes {raised[0].lower()}{raised[1:]}"] if raised else []),
    ]


def _room_page(room, ones):
    title = f"Methods of {room}"
    lines = [
        title,
        "=" * len(title),
        "",
        rooms()[room],
        "",
        ".. list-table::",
        "   :widths: 30 70",
        "   :class: names",
        "",
    ]
    for one in ones:
        lines += [f"   * - :doc:`{one.name}`", f"     - {one.sentence}"]
    return "\n".join([*lines, ""])


def write(folder):
    """Write the pages of all methods, and pages that lead to them by room."""
    by_room = {room: [one for one in estimators() if one.room == room] for room in rooms()}
    by_room = {room: ones for room, ones in by_room.items() if ones}
    written = [save(folder / f"{one.name}.rst", page_of(one)) for one in estimators()]
    written += [save(folder / f"{room}.rst", _room_page(room, ones)) for room, ones in by_room.items()]
    index = [
        "Methods",
        "=======",
        "",
        ".. toctree::",
        "   :maxdepth: 1",
        "   :hidden:",
        "",
        *[f"   {r}" for r in by_room],
        "",
    ]
    index += [
        f"{len(estimators())} methods, each with a page from one template: what it does, when to take it, what it assumes,"
    ]
    index += [
        "its formula, what it checks, the evidence with its committed table, its limits, an example and its references.",
        "",
    ]
    for room, ones in by_room.items():
        links = " · ".join(f":doc:`{one.name}`" for one in ones)
        index += [f":doc:`{room}`", f"   {rooms()[room]}", "", f"   {links}", ""]
    written.append(save(folder / "index.rst", "\n".join(index)))
    keep_only(folder, written)
