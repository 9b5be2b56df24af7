"""Every output says what it is: each field, column and term of every result is declared, and no sentence is written out.

The suite finds the classes of results and the estimators by itself.
"""

import ast
from dataclasses import fields
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import ctresearch
from ctresearch.core import Meaning, Message, Result
from ctresearch.core.declaration import find_meaning, undeclared
from ctresearch.core.message import as_message
from ctresearch.core.result import Table, _held
from ctresearch.core.tongue import read_catalogue
from estimators import EXAMPLES
from fitted import fit
from result_classes import ROOMS, result_classes

SOURCE = Path(ctresearch.__file__).parent
SENTENCE = {"Check": (2, "message"), "Finding": (2, "sentence")}
SECOND = {"Finding": (3, "cure")}
NO_WORDS = {"smallest_group", "raw", "declaration"}


CLASSES = dict(result_classes())


def is_label(words):
    """Say whether words are a reader's and not a program's."""
    return bool(words.strip()) and "_" not in words


@pytest.mark.parametrize("name", CLASSES)
def test_every_field_of_a_result_is_declared_with_a_label(name):
    kind = CLASSES[name]
    missing = []
    for one in fields(kind):
        table = next((vars(c)[one.name] for c in kind.__mro__ if isinstance(vars(c).get(one.name), Table)), None)
        if one.name in NO_WORDS or one.name == "estimates":
            continue
        if table is not None:
            missing += [] if table.columns else [one.name]
            missing += [f"{one.name}.{c}" for c, m in table.columns.items() if "*" not in c and not is_label(m.label)]
        elif not isinstance(one.metadata.get("meaning"), Meaning) or not is_label(one.metadata["meaning"].label):
            missing.append(one.name)
    assert not missing, f"{name}: {missing} are not declared: table_field(columns) or value_field(meaning)"


@pytest.mark.parametrize("name", CLASSES)
def test_every_result_declares_its_terms(name):
    kind = CLASSES[name]
    if kind is Result or kind.terms:
        assert all(is_label(m.label) or "*" in term for term, m in kind.terms.items())
        return
    pytest.fail(f"{name} has no terms: declare them in the class, '*' for those that a formula names")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_column_and_term_of_a_fitted_result_is_declared(name):
    result = fit(name).result
    missing = []
    for field, meaning in result.meanings().items():
        held = getattr(result, field)
        if isinstance(held, pd.DataFrame) and field != "draws":
            missing += [f"{field}.{column}" for column in undeclared(meaning, held)]
    terms = result.estimates.index.unique()
    missing += [f"term {term}" for term in terms if result.terms and find_meaning(result.terms, term) is None]
    assert not missing
    labels = [m.label for m in result.roles().values()] + [result.term_meaning(term).label for term in terms]
    assert all(labels)
    units = result.estimates["unit"].astype(str)
    assert not [u for u in units if "_" in u]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_fitted_result_knows_its_smallest_group(name):
    result = fit(name).result
    if result.meanings()["n"].of == "nobody":  # costs and pooled studies count no people
        assert result.smallest_group is None
        return
    assert isinstance(result.smallest_group, int)
    assert result.smallest_group > 0
    assert "smallest_group" not in result.to_dict()


@cache
def written():
    """Gather every text that stands in the source of the package."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value, node.value.replace("{", "{{").replace("}", "}}")}
    return found


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_check_is_said_by_a_template_of_the_package(name):
    for check in fit(name).result.checks:
        assert isinstance(check.message, Message)
        assert not [one for one in check.message.templates() if one not in written()]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_assumption_and_method_is_said_by_a_template_of_the_package(name):
    result = fit(name).result
    for words in (result.method, *result.assumptions):
        templates = words.templates() if isinstance(words, Message) else [words]
        assert not [one for one in templates if one not in written()]


@cache
def translated():
    """Return all that a catalogue holds; a test of the catalogues says that the languages hold the same."""
    return {text for entry in read_catalogue("fr").entries for text in entry if text is not None}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_all_that_a_fitted_result_says_is_in_the_catalogues(name):
    result = fit(name).result
    said = (result.method, *result.assumptions, *(check.message for check in result.checks))
    templates = [one for words in said for one in as_message(words).templates()]
    sentences = [one for one in templates if " " in one and not one.startswith("{part1}")]  # not names of lists
    assert [one for one in sentences if one not in translated()] == []
    names = [check.name for check in result.checks]
    assert [one for one in names if read_catalogue("fr")(one) == one and one not in translated()] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_label_and_unit_of_a_class_of_results_is_in_the_catalogues(name):
    kind = CLASSES[name]
    columns = [m for held in _held(kind).values() for m in (held.values() if isinstance(held, dict) else [held])]
    named = [*columns, *kind.terms.values(), *(one for m in columns for one in m.rows.values())]
    french = read_catalogue("fr")
    words = {text for one in named for text in (one.label, one.unit) if any(map(str.isalpha, text))}
    assert [one for one in words if one not in translated() and one not in french.words and french(one) == one] == []


def _sentences(tree):
    """Yield the expressions that become the sentence of a check or a finding, with the names they are made of."""
    for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Module)]:
        asked, names = [], set()
        for call in [n for n in ast.walk(function) if isinstance(n, ast.Call)]:
            kind = getattr(call.func, "id", getattr(call.func, "attr", ""))
            for position, word in [s[kind] for s in (SENTENCE, SECOND) if kind in s]:
                asked += call.args[position : position + 1]
                asked += [k.value for k in call.keywords if k.arg == word]
        for one in asked:
            names |= {n.id for n in ast.walk(one) if isinstance(n, ast.Name)}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)} & names:
                    asked.append(node.value)
        yield from asked


def _written_out(expression):
    """Say whether an expression writes a sentence out: an f-string, or texts that are added to each other."""
    said = {
        id(inner)
        for node in ast.walk(expression)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"say", "together"}
        for inner in ast.walk(node)
    }
    return any(
        isinstance(node, ast.JoinedStr)
        and id(node) not in said
        and sum(letter.isspace() for v in node.values if isinstance(v, ast.Constant) for letter in v.value) > 1
        for node in ast.walk(expression)
    )


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_of_a_check_or_a_verdict_is_written_out(room):
    found = []
    for path in (SOURCE / room).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if any(f"{kind}(" in text for kind in {*SENTENCE, *SECOND}):
            expressions = _sentences(ast.parse(text))
            found += [f"{path.relative_to(SOURCE)}:{e.lineno}" for e in expressions if _written_out(e)]
    assert not found, f"say(template, name=value) in place of f-strings: {sorted(set(found))}"


def test_no_function_makes_a_bare_result_that_says_nothing_of_its_terms():
    bare = []
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "Result(" in text else ():
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Result"
            if made and not any(one.arg in {"declaration", None} for one in node.keywords):
                bare.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert not bare
