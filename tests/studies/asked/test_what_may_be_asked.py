"""Parameters, manifests and cards of data at their limits: each type, each end of a range, each sentence's numbers."""

import datetime as dt
import time
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from ctresearch.core import SpecificationError
from ctresearch.core.pseudonym import KEY_VARIABLE
from ctresearch.studies import load_study
from ctresearch.studies.asked.data_card import DataCard, own_key_file, read_card
from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.asked.manifest_errors import as_specification_error
from ctresearch.studies.asked.parameters import Parameter, as_words, combinations, known, parse, resolve, to_json

DAY = dt.date(2013, 1, 31)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"type": "int", "value": 3}, "int"),
        ({"type": "int", "value": 3, "min": 1, "unit": "people"}, "int, at least 1, people"),
        ({"type": "float", "value": 0.5, "max": 1}, "float, at most 1"),
        ({"type": "float", "value": 0.5, "min": 0, "max": 1.5, "unit": "share"}, "float, 0 to 1.5, share"),
        ({"type": "date", "value": DAY, "min": DAY}, "date, at least 2013-01-31"),
        ({"type": "list", "items": "int", "value": [1], "max": 9}, "list of int, at most 9"),
        ({"type": "choice", "value": True, "choices": [True, 1, "a"]}, "one of true, 1, a"),
    ],
)
def test_a_parameter_says_what_it_holds(made, words):
    assert Parameter(**made).describe() == words


def test_empty_values_are_of_the_type():
    for kind, empty in (("str", ""), ("int", 0), ("float", 0.0)):
        one = Parameter(type=kind, value={"str": "x", "int": 1, "float": 1.0}[kind], of_the_data=True)
        assert one.unset == empty
        assert type(one.unset) is type(empty)
    assert Parameter(type="list", value=["x"], of_the_data=True).unset == ()
    for kind, value in (("bool", True), ("date", DAY)):
        with pytest.raises(ValidationError, match="of_the_data is for the types str, list, int, float, whose empty"):
            Parameter(type=kind, value=value, of_the_data=True)


@pytest.mark.parametrize(
    ("made", "fits", "not_fitting"),
    [
        ({"type": "int", "value": 3, "min": 2, "max": 4}, [2, 4], [1, 5]),
        ({"type": "int", "value": 3, "min": 2}, [2, 99], [1]),
        ({"type": "int", "value": 3, "max": 4}, [-9, 4], [5]),
        ({"type": "float", "value": 1.0, "min": 0}, [0, 0.0, 7], [-0.1, float("inf"), True, "1"]),
        ({"type": "bool", "value": True}, [False], [0, "true", None]),
        ({"type": "str", "value": ""}, ["x"], [1, None]),
        ({"type": "date", "value": DAY, "max": DAY}, ["2013-01-31", DAY], ["2013-02-01", "x", 5]),
        ({"type": "choice", "value": 1, "choices": [1, "a"]}, ["a", 1], [True, 1.0, "b"]),
        ({"type": "list", "items": "float", "value": [], "min": 0}, [[1, 2.5], (), (0,)], [[-1], 3, "a", ["x"]]),
    ],
)
def test_both_ends_of_a_range_fit_and_nothing_beyond(made, fits, not_fitting):
    one = Parameter(**made)
    for value in fits:
        assert one.accept("n", value) is not None
    for value in not_fitting:
        with pytest.raises(SpecificationError, match=r"^n == "):
            one.accept("n", value)


@pytest.mark.parametrize(
    "made",
    [
        {"type": "bool", "value": True, "max": 1},
        {"type": "list", "items": "str", "value": [], "min": 1},
        {"type": "date", "value": DAY, "min": 1},
        {"type": "date", "value": DAY, "max": 1},
        {"type": "float", "value": 1.0, "max": DAY},
        {"type": "choice", "value": "c", "choices": ["a"]},
        {"type": "list", "items": "int", "value": ["a"]},
    ],
)
def test_declarations_that_cannot_be(made):
    with pytest.raises(ValidationError):
        Parameter(**made)


@pytest.mark.parametrize(
    ("made", "text", "value"),
    [
        ({"type": "bool", "value": True}, "NO", False),
        ({"type": "bool", "value": True}, "0", False),
        ({"type": "bool", "value": True}, "false", False),
        ({"type": "bool", "value": False}, "1", True),
        ({"type": "bool", "value": False}, "True", True),
        ({"type": "list", "value": []}, " a , b", ("a", "b")),
        ({"type": "list", "value": []}, "  ", ()),
        ({"type": "list", "items": "date", "value": []}, "2013-01-31", (DAY,)),
        ({"type": "choice", "value": 1, "choices": [1, True]}, "true", True),
        ({"type": "choice", "value": 1, "choices": [1, 2]}, "2", 2),
        ({"type": "str", "value": ""}, " a ", " a "),
    ],
)
def test_words_are_read_as_the_type(made, text, value):
    found = Parameter(**made).parse("n", text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("bool", " (true or false)"),
        ("date", " (such as 2013-01-31)"),
        ("float", " (finite)"),
        ("int", " (a whole number)"),
    ],
)
def test_a_type_that_is_easily_written_wrong_has_a_hint(kind, hint):
    one = Parameter(type=kind, value={"bool": True, "date": DAY, "float": 1.0, "int": 1}[kind])
    for refuse in (lambda: one.parse("n", "?"), lambda: one.accept("n", None)):
        with pytest.raises(SpecificationError) as refused:
            refuse()
        assert str(refused.value).endswith(f", must be of type {kind}{hint}")
    with pytest.raises(SpecificationError, match=r"must be of type str$"):
        Parameter(type="str", value="").accept("n", 1)
    with pytest.raises(SpecificationError, match=r"^n == 'x', must be a list of int$"):
        Parameter(type="list", items="int", value=[]).accept("n", "x")
    with pytest.raises(SpecificationError, match=r"^n == 'x', must be one of 'a', 1$"):
        Parameter(type="choice", value="a", choices=["a", 1]).accept("n", "x")


def test_words_for_the_command_line_and_for_json():
    values = {"a": True, "b": False, "c": ("x", 1), "d": DAY, "e": 0.5}
    assert as_words(values) == "a=true b=false c=x,1 d=2013-01-31 e=0.5"
    assert to_json({"a": (DAY, 1), "b": DAY, "c": True}) == {"a": ["2013-01-31", 1], "b": "2013-01-31", "c": True}
    assert combinations({}) == [{}]
    assert combinations({"a": [1, 2], "b": [3, 4]}) == [
        {"a": 1, "b": 3},
        {"a": 1, "b": 4},
        {"a": 2, "b": 3},
        {"a": 2, "b": 4},
    ]


def test_names_that_are_no_parameter():
    declared = {name: Parameter(type="int", value=1) for name in ("draws", "level", "seed")}
    assert resolve(declared, {"level": 2}) == {"draws": 1, "level": 2, "seed": 1}
    for name, cure in (("drawz", "did you mean draws?"), ("qqq", "did you mean draws, level, seed?")):
        with pytest.raises(SpecificationError) as refused:
            known(name, declared)
        assert str(refused.value) == f"parameter == {name!r} is not one of this study's, {cure}"
    with pytest.raises(SpecificationError, match=r"is not one of this study's, it takes none$"):
        resolve({}, {"n": 1})
    with pytest.raises(SpecificationError, match=r"^-p 'draws', must be name=value$"):
        parse(declared, ["draws"])
    with pytest.raises(SpecificationError, match=r"^parameter == 'draws' is given twice, must be given once$"):
        parse(declared, ["draws=1", "draws=1"])
    assert parse(declared, ["seed=5", "draws=2"]) == {"seed": 5, "draws": 2}


class Inner(BaseModel, extra="forbid"):
    level: int = 1
    kind: str = "a"


class Outer(BaseModel, extra="forbid"):
    seed: int
    outputs: dict[str, Inner] = {}
    one: Inner | None = None


def sentence(table):
    with pytest.raises(ValidationError) as found:
        Outer.model_validate(table, strict=True)
    return str(as_specification_error(Path("study.toml"), found.value, Outer))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "seed is missing"),
        ({"seed": 1, "sede": 2}, "sede == 2 is not a key, did you mean seed?"),
        ({"seed": 1, "zzz": "v"}, "zzz == 'v' is not a key, the keys are seed, outputs, one"),
        ({"seed": 1, "outputs": {"t": {"levl": 2}}}, "outputs.t.levl == 2 is not a key, did you mean level?"),
        ({"seed": 1, "one": {"x": 2}}, "one.x == 2 is not a key, the keys are level, kind"),
        ({"seed": "x"}, "seed == 'x', must be a valid integer"),
        (
            {"a": 1, "b": 2, "c": 3},
            (
                "seed is missing; a == 1 is not a key, the keys are seed, outputs, one; b == 2 is not a key, the keys are "
                "seed, outputs, one; and 1 more"
            ),
        ),
        (
            {"seed": 1, "a": 1, "b": 2, "c": 3},
            (
                "a == 1 is not a key, the keys are seed, outputs, one; b == 2 is not a key, the keys are seed, outputs, one;"
                " c == 3 is not a key, the keys are seed, outputs, one"
            ),
        ),
    ],
)
def test_what_is_wrong_in_a_manifest_is_one_sentence(table, said):
    assert sentence(table) == f"study.toml: {said}"


def test_a_card_says_what_is_not_stated():
    assert DataCard().missing == ("title", "level", "rows", "scope")
    assert DataCard(level="restricted").missing == ("title", "scope")
    full = DataCard(title=" T ", level="public", rows="invented", scope={"population": "people"})
    assert (full.missing, full.title) == ((), "T")
    with pytest.raises(ValidationError, match="rows == 'published' is for public data: leave rows out, or set level"):
        DataCard(level="restricted", rows="published")
    for wrong in ({"scope": {"measure": "no such measure"}}, {"title": " "}, {"scope": {"place": "x"}}, {"size": 1}):
        with pytest.raises((ValidationError, SpecificationError)):
            DataCard(**wrong)


def test_a_card_stands_beside_its_file(tmp_path):
    data, card = tmp_path / "lists.csv", tmp_path / "lists.csv.toml"
    assert read_card(data) == DataCard()
    card.write_text('title = "Ä"\nlevel = "public"', encoding="utf-8")
    assert (read_card(data).title, read_card(data).level) == ("Ä", "public")
    card.write_bytes(b'title = "\xff"')
    with pytest.raises(SpecificationError, match=r"lists.csv.toml cannot be read \(UnicodeDecodeError\): it must be a"):
        read_card(data)
    card.write_text("levl = 1")
    with pytest.raises(SpecificationError, match=r"lists.csv.toml: levl == 1 is not a key, did you mean level\?"):
        read_card(data)


def test_a_key_of_one_s_own_is_made_once_and_the_custodian_s_goes_before(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    place = own_key_file()
    assert place == tmp_path / "ctresearch" / "key"
    made = place.read_bytes()
    assert own_key_file() == place
    assert place.read_bytes() == made
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "other"))
    assert own_key_file() is None
    monkeypatch.delenv(KEY_VARIABLE)
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert own_key_file() == tmp_path / "home" / ".local" / "share" / "ctresearch" / "key"
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "repo"))
    with pytest.raises(SpecificationError):
        own_key_file()


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 50_000 + "]" * 50_000,
        "x = " + "{a=" * 3_000 + "1" + "}" * 3_000,
        ".".join(["a"] * 5_000) + " = 1",
        'x = "' + "a" * 1_900_000 + '"',
        'x = "' + "a" * 2_100_000 + '"',
    ],
    ids=["brackets", "tables", "dots", "long", "too long"],
)
def test_a_manifest_without_end_is_refused_in_one_short_sentence(tmp_path, text):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "study.toml").write_text(f'title = "T"\nnotebook = "n"\nseed = 1\n{text}\n')
    with pytest.raises(SpecificationError) as caught:
        load_study(folder)
    assert len(str(caught.value)) < 1_000


def test_a_grid_of_a_million_runs_is_counted_and_not_planned(tmp_path):
    axes = {name: list(range(1, size + 1)) for name, size in (("n", 100), ("m", 10_000))}
    parameters = {name: {"type": "int", "value": 1} for name in axes}
    study = study_from_table(
        {"title": "T", "notebook": "n", "seed": 1, "parameters": parameters, "grid": axes}, tmp_path / "demo"
    )
    began = time.process_time()
    with pytest.raises(
        SpecificationError, match=r"has 1,000,000 runs \(n 100, m 10,000\), must have at most 10,000: name"
    ):
        study.parameter_sets()
    assert time.process_time() - began < 1
    assert len(study.parameter_sets({"m": 3})) == 100
