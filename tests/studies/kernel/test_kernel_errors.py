"""What leaves a kernel of an error: a class, a line, and our own sentence where it repeats no cell of a table."""

import json
import types

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.validate import in_range
from ctresearch.studies.kernel.kernel_errors import VARIABLE, Told, guard, holds_a_cell, tell

WITHHELD = "its message may repeat a cell of the data and is withheld"


def caught(work):
    """Return what a piece of work raises."""
    try:
        work()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_of_other_libraries_errors_the_class_alone_is_told():
    assert str(tell(caught(lambda: {}["Marie"]))) == f"KeyError; {WITHHELD}"
    assert str(tell(caught(lambda: float("Marie")))) == f"ValueError; {WITHHELD}"
    assert str(tell(caught(lambda: np.zeros(2) @ np.zeros(3)))) == f"ValueError; {WITHHELD}"
    assert str(Told("KeyError", 3)) == f"KeyError in line 3 of the cell; {WITHHELD}"
    assert str(Told("KeyError", 3, "no such column")) == "KeyError in line 3 of the cell: no such column"
    assert str(Told("KeyError", None, "no such column")) == "KeyError: no such column"


def test_our_own_sentence_is_told_where_we_raised_it():
    said = str(tell(caught(lambda: in_range("level", 2, 0, 1))))
    assert said == "SpecificationError: level == 2, must be between 0 and 1 (both included)"

    def theirs():
        """Raise our class elsewhere, with a cell in it."""
        raise SpecificationError("Marie Dupont is 17")

    assert str(tell(caught(theirs))) == f"SpecificationError; {WITHHELD}"
    assert str(tell(SpecificationError("never raised"))) == f"SpecificationError; {WITHHELD}"


def test_a_sentence_of_ours_that_repeats_a_cell_of_an_input_is_withheld(tmp_path, monkeypatch):
    from ctresearch.studies.door.current import FILE_VARIABLE

    (tmp_path / "a.csv").write_text("age,who\n17,Marie Dupont\n")
    told = {"locators": {"lists": {"path": str(tmp_path / "a.csv")}, "other": {"published": "korea"}}}
    (tmp_path / "run.json").write_text(json.dumps(told))
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "run.json"))
    assert str(tell(caught(lambda: in_range("level", "Marie", 0, 1)))).endswith(WITHHELD)
    assert "level == 2" in str(tell(caught(lambda: in_range("level", 2, 0, 1))))
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "none.json"))
    assert "'Marie'" in str(tell(caught(lambda: in_range("level", "Marie", 0, 1))))


def test_an_error_that_a_notebook_made_goes_by_its_base():
    made = types.new_class("Marie", (ValueError,), exec_body=lambda space: space.update(__module__="__main__"))
    assert str(tell(made("x"))).startswith("ValueError;")


def test_the_line_is_the_last_one_of_the_cell():
    code = compile("a = 1\nfor one in [0]:\n    float('x')\n", "/tmp/ipykernel_1/2.py", "exec")
    assert str(tell(caught(lambda: exec(code, {})))) == f"ValueError in line 3 of the cell; {WITHHELD}"
    code = compile("\n1 / 0\n", "<ipython-input-1>", "exec")
    assert str(tell(caught(lambda: exec(code, {})))) == f"ZeroDivisionError in line 2 of the cell; {WITHHELD}"
    assert str(tell(caught(lambda: compile("a = \n\nb = (", "x", "exec")))).startswith("SyntaxError in line 1")


@pytest.mark.parametrize(
    ("message", "holds"),
    [
        ("who 'Marie Dupont' is text", True),
        ("Marie Dupont is text", True),
        ("'Marie' is no column", True),
        ('"Dupont" is no column', True),
        ("Marie is a name", False),  # a word alone, and not in quotes
        ("'Ann' is no column", True),
        ("'Al' is no column", False),  # two letters may be anything
        ("Ann came", True),
        ("no Annex", False),
        ("12345 is large", True),
        ("1234 is no year", False),  # four digits may be a year
        ("column 'who' is text", False),
        ("'town' is no column", False),  # the name of a column, though a cell repeats it
        ("Lima, Peru", False),
        ("Lima or Cusco", True),
        ("", False),
    ],
)
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_message_holds_a_cell_where_it_repeats_its_words(tmp_path, message, holds, mark):
    rows = [
        ("who", "town", "n"),
        ("Marie Dupont", " Cusco ", "1234"),
        ("Ann", "town", "12345"),
        ("Al", "who", "7"),
    ]
    (tmp_path / "a.csv").write_text("\n".join(mark.join(row) for row in rows))
    (tmp_path / "b.csv").write_text("")
    assert holds_a_cell(message, [tmp_path / "b.csv", tmp_path / "a.csv"]) is holds
    assert not holds_a_cell(message, [])


def test_a_kernel_is_guarded_where_its_run_asks_for_that(monkeypatch):
    shown = []
    shell = types.SimpleNamespace(_showtraceback=lambda *told: shown.append(told))
    before = shell._showtraceback
    monkeypatch.delenv(VARIABLE, raising=False)
    guard(shell)
    assert shell._showtraceback is before
    monkeypatch.setenv(VARIABLE, "1")
    guard(shell)
    shell._showtraceback(KeyError, KeyError("Marie"), ["Marie"])
    [(kind, told, lines)] = shown
    assert (kind, str(told), lines) == (Told, f"KeyError; {WITHHELD}", [f"KeyError; {WITHHELD}"])
    shell._showtraceback(None, None, ["Marie"])
    assert str(shown[1][1]) == f"Error; {WITHHELD}"
