"""Finds every word that the package says to a reader, and keeps the catalogues of other languages complete.

``make catalogue`` reads the package by its syntax tree, adds what is new to each ``.po`` file without a translation,
moves what is gone to the end, from where it comes back when it is said again, and names what is left to translate. It
guesses nothing: a sentence whose English changed is new.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "ctresearch"
FOLDER = SOURCE / "core" / "languages"
WORDS = ROOT / "tools" / "catalogue_words.txt"
LANGUAGES = ("es", "fr")
CONTEXT = "word"
_DEEPEST = 4
_DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # no clock, so that a catalogue changes with its words alone
HEADER = {
    "project": "ctresearch",
    "version": "1",
    "copyright_holder": "the ctresearch developers",
    "msgid_bugs_address": "",
    "last_translator": "the ctresearch developers",
    "creation_date": _DAY,
    "revision_date": _DAY,
    "fuzzy": False,
}
SAID = {"say", "Message", "told"}
LABEL_WORDS = {"label", "unit", "method"}
POSITIONS = {"Check": (0, 2), "Finding": (0, 2, 3), "by_row": (2,), "Meaning": (1, 2), "Word": (0, 1)}
KEYWORDS = {"Check": {"name", "message"}, "Finding": {"sentence", "cure"}, "by_row": {"label"}}
NOT_SHOWN = (
    "cli/",
    "data/sources/",
    "data/synthetic/",
    "networks/files/",
    "studies/asked/",
    "studies/base/",
    "studies/checked/",
    "studies/compare/",
    "studies/kernel/",
    "studies/release/",
    "studies/releasing/",
    "studies/running/",
)
"""Folders of commands and of the machinery behind them, which speak English alone."""
_SENTENCE = re.compile(r"(?:[A-Z]|[a-z_]+: ).*\s.*\s.*[.?]", re.DOTALL)
_SETTINGS = {"linear", "highs", "bounded", "by", "svd", "inverted_cdf", "median_unbiased", "BFGS", "L-BFGS-B"}
_SETTINGS |= {"SLSQP", "Nelder-Mead", "pass", "review", "fail", "quote", "log"}
"""Words of numerical libraries that stand under ``method=`` and that nobody reads."""
_SHARE = re.compile(r"(?:share|proportion) of (?P<of>.+)")
_PROGRAM = re.compile(r"[A-Z]+(?: [A-Z]+){2,}|[a-z]+_\w*|[a-z]\w*\.\w+|\W*|.*[a-z]_[a-z].*")

Entry = tuple[str, str | None]


@cache
def entries() -> dict[Entry, list[str]]:
    """Find every template of the package; its source is read once for all languages.

    Returns
    -------
    dict
        Template and its plural to the files that say it, in their order.
    """
    found: dict[Entry, list[str]] = defaultdict(list)
    labelled = _labelling()
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(NOT_SHOWN):
            continue
        for entry in _in_file(ast.parse(path.read_text(encoding="utf-8")), labelled):
            if _is_shown(entry[0]) and name not in found[entry]:
                found[entry].append(name)
    return {entry: files for entry, files in found.items() if files}


def _labelling() -> set[str]:
    """Name the functions of the package that give a meaning to a column, whose words are labels and units."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "Meaning" in text else ():
            returned = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
            if re.fullmatch(r"(?:dict\[str, )?Meaning\]?", returned):
                found.add(node.name)
    return found - {"by_row", "row", "called", "fitting"}


def _in_file(tree: ast.Module, labelled: set[str]) -> Iterator[Entry]:
    """Yield the templates of one file."""
    nodes = list(ast.walk(tree))
    bound = _bindings(nodes)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("meaning"):
            labelled = labelled | {one.asname for one in node.names if one.asname and one.name in labelled}
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from _in_call(node, bound, labelled)
        elif isinstance(node, ast.Dict):
            yield from _named_by_key(node, labelled)
    quiet = _quiet(nodes)
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) and id(node) not in quiet else None
        if isinstance(text, str) and _SENTENCE.fullmatch(text) and "\n" not in text:
            yield text, None


def _named_by_key(table: ast.Dict, labelled: set[str]) -> Iterator[Entry]:
    """Yield the labels of terms and columns that are called by their names: ``{"mean_events": model()}``."""
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Call):
            name = getattr(value.func, "id", getattr(value.func, "attr", ""))
            named = value.args or any(keyword.arg == "label" for keyword in value.keywords)
            if name in labelled and not named and "*" not in key.value:
                words = key.value.replace("_", " ").strip()
                yield words[:1].upper() + words[1:], None


def _in_call(call: ast.Call, bound: dict[str, list[ast.expr]], labelled: set[str]) -> Iterator[Entry]:
    """Yield the templates of one call."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if name in SAID and call.args:
        ones = list(_texts(call.args[0], bound))
        many = list(_texts(given["many"], bound)) if "many" in given else []
        if len(ones) == len(many) or not many:
            yield from zip(ones, many or [None] * len(ones), strict=True)
        else:
            yield from ((one, other) for one, other in zip(ones * len(many), many, strict=True))
        return
    asked: list[ast.expr] = []
    if name in labelled:
        asked += call.args
    elif name in POSITIONS:
        asked += [call.args[place] for place in POSITIONS[name] if place < len(call.args)]
    wanted = LABEL_WORDS | KEYWORDS.get(name, set())
    asked += [value for word, value in given.items() if word in wanted]
    for one in asked:
        if isinstance(one, ast.JoinedStr):
            yield _with_braces(one), None
        yield from ((text, None) for text in _texts(one, bound))


def _with_braces(label: ast.JoinedStr) -> str:
    """Write a label that holds a number or a name as a template: what stands in it is called by its place."""
    parts, place = [], 0
    for part in label.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            place += 1
            parts.append(f"{{part{place}}}")
    return "".join(parts)


def _bindings(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """Gather what is assigned to each name anywhere in a file."""
    bound: dict[str, list[ast.expr]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for one in ast.walk(target):
                    if isinstance(one, ast.Name):
                        bound[one.id].append(_part_for(target, one, node.value))
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple | ast.Name):
            for one in ast.walk(node.target):
                if isinstance(one, ast.Name):
                    bound[one.id].append(node.iter)
    return bound


def _part_for(target: ast.expr, name: ast.Name, value: ast.expr) -> ast.expr:
    """Return what one name of ``one, many = TABLE[key]`` stands for: its place in each pair of the table."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Subscript):
        place = ast.Constant(target.elts.index(name))
        return ast.Subscript(value=value, slice=place, ctx=ast.Load())
    return value


def _texts(expression: ast.expr, bound: dict[str, list[ast.expr]], depth: int = 0) -> Iterator[str]:
    """Yield the texts that an expression can be, names followed to what is assigned to them."""
    if depth > _DEEPEST:
        return
    if isinstance(expression, ast.Constant):
        if isinstance(expression.value, str):
            yield expression.value
    elif isinstance(expression, ast.Subscript):
        yield from _picked(expression, bound, depth + 1)
    else:
        for one in _choices(expression, bound):
            yield from _texts(one, bound, depth + 1)


def _choices(expression: ast.expr, bound: dict[str, list[ast.expr]]) -> list[ast.expr]:
    """Return the expressions of which one is taken."""
    if isinstance(expression, ast.IfExp):
        return [expression.body, expression.orelse]
    if isinstance(expression, ast.Name):
        return bound.get(expression.id, [])
    if isinstance(expression, ast.Dict | ast.BoolOp):
        return expression.values
    return expression.elts if isinstance(expression, ast.Tuple | ast.List) else []


def _picked(picked: ast.Subscript, bound: dict[str, list[ast.expr]], depth: int) -> Iterator[str]:
    """Yield the texts that can be picked from a table: all its values, or one place of each."""
    place = picked.slice
    if isinstance(picked.value, ast.Subscript) and isinstance(place, ast.Constant) and isinstance(place.value, int):
        name = picked.value.value
        for table in bound.get(getattr(name, "id", ""), ()):
            for row in table.values if isinstance(table, ast.Dict) else ():
                if isinstance(row, ast.Tuple):
                    yield from _texts(row.elts[place.value], bound, depth)
        return
    yield from _texts(picked.value, bound, depth)


def _quiet(nodes: Iterable[ast.AST]) -> set[int]:
    """Find the texts that no reader of a result sees: docstrings, what is raised, parts of f-strings."""
    quiet: set[int] = set()
    for node in nodes:
        silent = isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            silent = name.endswith(("Error", "Warning", "warn", "require", "refuse")) or name in {"option", "command"}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent = True
        if silent:
            quiet |= {id(inner) for inner in ast.walk(node)}
    return quiet


def _is_shown(text: str) -> bool:
    """Say whether a text has words for a reader in it."""
    words = re.sub(r"\{[^}]*\}", "", text)
    plain = text in _SETTINGS or (_PROGRAM.fullmatch(words) is not None and not _SENTENCE.fullmatch(text))
    return any(letter.isalpha() for letter in words) and not plain


def chosen_words() -> tuple[list[str], list[str]]:
    """Read the words that the code puts into sentences as plain texts, and the phrases.

    Returns
    -------
    tuple of list of str
        Single words, which stand apart in a catalogue, and phrases of several.
    """
    lines = [line.strip() for line in WORDS.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line and not line.startswith("#")]
    return [one for one in kept if " " not in one], [one for one in kept if " " in one]


def _read_as_others(texts: Iterable[str]) -> list[str]:
    """Return the units under which a reader is shown others: ``percent of persons`` for ``share of persons``."""
    shares = (_SHARE.match(text) for text in texts)
    return [f"percent of {found['of']}" for found in shares if found is not None and "{" not in found["of"]]


def wanted() -> Catalog:
    """Return a catalogue of all that is to be translated, without translations.

    Returns
    -------
    babel.messages.catalog.Catalog
        Templates in the order of their files.
    """
    from babel.messages.catalog import Catalog

    found = entries()
    words, phrases = chosen_words()
    plurals = {text for pair in found if pair[1] is not None for text in pair}
    catalogue = Catalog()
    for (one, many), files in sorted(found.items(), key=lambda item: item[1][0]):
        if many is not None or one not in plurals:
            catalogue.add(one if many is None else (one, many), locations=[(name, None) for name in files])
    for phrase in [*phrases, *_read_as_others(one for one, _ in found)]:
        catalogue.add(phrase, locations=[(WORDS.name, None)])
    for word in words:
        catalogue.add(word, context=CONTEXT, locations=[(WORDS.name, None)])
    return catalogue


def updated(code: str) -> Catalog:
    """Return the catalogue of a language as it is to be: translations kept, what is new empty, what is gone at the end.

    Parameters
    ----------
    code : str
        The language.

    Returns
    -------
    babel.messages.catalog.Catalog
        Ready to be written.
    """
    from babel.messages.catalog import Catalog

    there = read(code)
    catalogue = Catalog(locale=code, **HEADER)
    known = {_key(one): one for one in [*there.obsolete.values(), *there] if one.id and any(one.string)}
    for one in wanted():
        if one.id:
            kept = known.pop(_key(one), None)
            empty = ("",) * catalogue.num_plurals if isinstance(one.id, tuple) else ""
            string = empty if kept is None else kept.string
            catalogue.add(one.id, string, locations=one.locations, context=one.context)
    for key in sorted(known, key=str):
        known[key].locations = []
        catalogue.obsolete[key] = known[key]
    return catalogue


def _key(message: Message) -> tuple[str, str | None]:
    """Return by what a sentence is known: its English with its plural, and its context."""
    english = message.id if isinstance(message.id, str) else " | ".join(message.id)
    return english, message.context


def read(code: str) -> Catalog:
    """Read the catalogue of a language as it stands.

    Parameters
    ----------
    code : str
        The language.

    Returns
    -------
    babel.messages.catalog.Catalog
        Empty where there is no file yet.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    path = FOLDER / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def write(code: str, catalogue: Catalog) -> None:
    """Write a catalogue, the same bytes for the same content.

    Parameters
    ----------
    code : str
        The language.
    catalogue : babel.messages.catalog.Catalog
        What to write.
    """
    from babel.messages.pofile import write_po

    with (FOLDER / f"{code}.po").open("wb") as file:
        write_po(file, catalogue, width=116, include_lineno=False)


def problems(catalogue: Catalog) -> list[str]:
    """Name what is wrong with the translations of a catalogue.

    Parameters
    ----------
    catalogue : babel.messages.catalog.Catalog
        A catalogue.

    Returns
    -------
    list of str
        A line each: what has no translation, is fuzzy, lacks a plural form, or says other names than the English.
    """
    found = []
    for one in catalogue:
        if not one.id:
            continue
        english = one.id if isinstance(one.id, tuple) else (one.id,)
        forms = one.string if isinstance(one.string, tuple) else (one.string,)
        if one.fuzzy or len(forms) != (catalogue.num_plurals if len(english) > 1 else 1) or not all(forms):
            found.append(f"without a translation: {english[0]}")
            continue
        found += [f"other names in braces: {form}" for form in forms if not _fits(form, english)]
    return found


def _fits(form: str, english: Iterable[str]) -> bool:
    """Say whether a translation takes the names of one of the English forms, each written in a way that it can be."""
    asked = fields(form)
    return any(
        set(asked) == set(given) and all(asked[name] == given[name] for name in asked) for given in map(fields, english)
    )


def fields(template: str) -> dict[str, str]:
    """Return the names in the braces of a template, and how each is written.

    Parameters
    ----------
    template : str
        A template.

    Returns
    -------
    dict of str to str
        Name to format and conversion.
    """
    parts = string.Formatter().parse(template)
    return {name: f"{form}!{conversion}" for _, name, form, conversion in parts if name is not None}


def main(arguments: list[str]) -> int:
    """Bring all catalogues up to date, or with ``--check`` say what they lack.

    Parameters
    ----------
    arguments : list of str
        Of the command line.

    Returns
    -------
    int
        1 where something is missing.
    """
    wrong = 0
    for code in LANGUAGES:
        catalogue = updated(code)
        if "--check" not in arguments:
            write(code, catalogue)
        lacking = problems(catalogue)
        wrong += len(lacking)
        print(f"{code}: {len(catalogue)} sentences and words, {len(lacking)} to do")
        for line in lacking:
            print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
