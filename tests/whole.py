"""Every error, check and result that a test of a room brings about is whole.

A test asks of an error that it comes and of a check how it turns; that its sentence has a value in each place, that its
numbers go by their names and that a result says what it rests on is asked here of all of them at once.
"""

import re
from dataclasses import fields

import numpy as np
import pytest

from ctresearch.core import CellError, Check, CtResearchError, Result, Scope, message

NAME = re.compile(r"[a-z][a-z0-9_' -]*")  # of a check or of one of its numbers
PLAIN = {"float": (int, float, np.number), "int": (int, np.integer), "str": str, "bool": (bool, np.bool_)}
FEWEST = 3  # words of an error that says what came and what is allowed


def error_is_whole(error, *told):
    """Ask that an error says something in words, and that one of cells says where they stand."""
    assert isinstance(told[0], str)
    assert len(told[0].split()) >= FEWEST, told[0]
    assert not told[0].startswith("None "), told[0]
    if isinstance(error, CellError):
        assert isinstance(error.column, str)
        assert all(isinstance(row, int) and row > 0 for row in error.rows)


def check_is_whole(check):
    """Ask that a check has a name, a sentence, and numbers under names."""
    assert NAME.fullmatch(check.name), check.name
    assert check.message.strip()
    assert all(NAME.fullmatch(name) for name in check.numbers), list(check.numbers)
    assert isinstance(check.voids, bool)


def result_is_whole(result):
    """Ask that a result says by what, from what, on which grounds and in which units it speaks."""
    assert len(str(result.method).split()) > 1
    assert isinstance(result.scope, Scope)
    assert result.references or type(result) is Result  # which speaks for no method of ours
    assert all(isinstance(one, str) and one for one in (*result.references, *result.assumptions))
    assert all(isinstance(unit, str) for unit in result.estimates["unit"])
    assert NAME.fullmatch(result.interval.removeprefix("Anderson-R")), result.interval
    assert result.smallest_group is None or result.smallest_group > 0
    for field in fields(result):
        assert isinstance(getattr(result, field.name), PLAIN.get(field.type, object)), field.name


@pytest.fixture(autouse=True)
def whole(monkeypatch):
    """Look at each error, sentence, check and result when it is made."""
    kept = {
        "error": CtResearchError.__init__,
        "cell": CellError.__init__,
        "check": Check.__post_init__,
        "filled": message._filled,
        "result": Result.__post_init__,
    }

    def error(self, *told):
        error_is_whole(self, *told) if not isinstance(self, CellError) else None
        Exception.__init__(self, *told)

    def cell(self, told, **where):
        kept["cell"](self, told, **where)
        error_is_whole(self, told)

    def check(self):
        kept["check"](self)
        check_is_whole(self)

    def filled(template, values):
        assert template != "None"
        assert not any(value is None for value in values.values()), template
        return kept["filled"](template, values)

    def result(self):
        kept["result"](self)
        result_is_whole(self)

    monkeypatch.setattr(CtResearchError, "__init__", error)
    monkeypatch.setattr(CellError, "__init__", cell)
    monkeypatch.setattr(Check, "__post_init__", check)
    monkeypatch.setattr(message, "_filled", filled)
    monkeypatch.setattr(Result, "__post_init__", result)


def what_checks_say(*beside):
    """Make a fixture: a number in the sentence of a check is one of the numbers that it keeps, but for those named."""

    @pytest.fixture(autouse=True)
    def said(monkeypatch):
        kept = Check.__post_init__

        def check(self):
            kept(self)
            for name, value in self.message.values.items():
                if isinstance(value, (int, float)) and not isinstance(value, bool) and (self.name, name) not in beside:
                    assert any(value == pytest.approx(one, nan_ok=True) for one in self.numbers.values()), (
                        self.name,
                        name,
                    )

        monkeypatch.setattr(Check, "__post_init__", check)

    return said
