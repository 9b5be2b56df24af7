"""Results written by any version are read by this one, and nobody changes a field without raising the schema."""

import hashlib
import importlib
import json
import math
import warnings
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from packaging.version import Version
from tests.result_classes import result_classes

from ctresearch.core import Check, DataError, Result, SpecificationError, estimates_table, say, stored

ROOT = Path(__file__).resolve().parents[2]
BUNDLES = sorted((ROOT / "studies").glob("*/releases/*.zip"))
NEWEST = {
    max(folder.glob("*.zip"), key=lambda one: Version(one.stem.rpartition("-")[2]))
    for folder in {path.parent for path in BUNDLES}
}
RECORDED = Path(__file__).parent / "result_fields.json"


def released():
    """Yield where every result stands that was released, and whether its release is the newest of its study."""
    for path in BUNDLES:
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                if "/estimates/" in name and name.endswith(".json"):
                    marks = () if path in NEWEST else pytest.mark.slow
                    yield pytest.param(path, name, id=f"{path.stem}/{Path(name).name}", marks=marks)


RELEASED = list(released())


def test_there_are_released_results():
    assert len(RELEASED) >= 40


@pytest.mark.parametrize(("path", "name"), RELEASED)
def test_every_released_result_reads_back(path, name):
    with zipfile.ZipFile(path) as bundle:
        values = json.loads(bundle.read(name))
    result = Result.from_dict(values)
    assert result.to_dict()["method"] == values["method"]
    assert result.n == values["n"]
    assert len(result.estimates) == len(values["estimates"]["$table"]["index"][0]["values"])
    again = json.loads(json.dumps(result.to_dict()))
    assert again["schema"] == stored.schema_name()
    assert Result.from_dict(again) == result


def test_results_are_named_by_their_public_name():
    found = dict(result_classes())
    assert len(found) > 40
    for name, kind in found.items():
        room, _, word = name.partition(".")
        assert getattr(importlib.import_module(f"ctresearch.{room}"), word) is kind


def test_changed_fields_need_a_new_schema():
    kinds = dict(result_classes()) | {stored.public_name(kind): kind for kind in stored.PARTS}
    names = {name: sorted(f.name for f in fields(kind)) for name, kind in kinds.items()}
    digest = hashlib.sha256(json.dumps(names, sort_keys=True).encode()).hexdigest()
    recorded = json.loads(RECORDED.read_text())
    assert recorded == {"schema": stored.SCHEMA, "fields": digest}, (
        "a field of a class of results, or of one of PARTS, came or went: raise SCHEMA in core/stored.py and give new fields a default (a class "
        f"that is new keeps SCHEMA); then record schema and digest {digest} in {RECORDED.name}"
    )


def plain(**changes):
    table = estimates_table({"x": (1.0, 1.0, 0.0, 2.0)})
    return Result(method="m", estimates=table, n=3).to_dict() | changes


def test_an_older_result_takes_defaults_and_leaves_out_what_is_gone():
    values = plain(schema="result-1", gone=7)
    del values["assumptions"]
    with pytest.warns(stored.OldResultWarning, match="gone"):
        result = Result.from_dict(values)
    assert result.assumptions == ()


def test_a_result_of_this_schema_is_whole_or_refused():
    values = plain()
    del values["assumptions"]
    with pytest.raises(DataError, match="assumptions"):
        Result.from_dict(values)
    with pytest.raises(DataError, match="gone"):
        Result.from_dict(plain(gone=7))


def whole():
    """Write a result whose parts are all there, with a check that has a field of its own for each it may have."""
    check = Check("fit", "fail", say("{n} lists.", n=3), {"low": math.inf}, voids=True)
    return plain(checks=stored.write_field((check,)))


def part_of(values, part):
    return values[part][0] if part == "checks" else values[part]


@pytest.mark.parametrize("part", ["scope", "inputs", "checks"])
def test_an_unknown_field_of_a_part_is_left_out_of_another_schema_and_refused_of_this_one(part):
    values = whole()
    expected = Result.from_dict(values)
    assert part_of(expected.to_dict(), part) == part_of(values, part)
    part_of(values, part)["added_later"] = "x"
    with pytest.raises(DataError, match=r"^the fields \['added_later'\] of \w+ are missing or unknown"):
        Result.from_dict(values)
    for schema in ("result-1", f"result-{stored.SCHEMA + 1}"):
        with pytest.warns(
            stored.OldResultWarning, match=r"^the fields \['added_later'\] of (Scope|Inputs|Check) "
        ) as told:
            assert Result.from_dict(values | {"schema": schema}) == expected
        assert [one.filename for one in told] == [__file__]


@pytest.mark.parametrize(
    ("part", "name", "default"),
    [("scope", "measure", "not stated"), ("inputs", "versions", {}), ("checks", "numbers", {})],
)
def test_a_field_of_a_part_that_was_not_written_takes_its_default_in_another_schema_alone(part, name, default):
    values = whole()
    del part_of(values, part)[name]
    with pytest.raises(DataError, match=rf"\['{name}'\] of \w+ are missing"):
        Result.from_dict(values)
    for schema in ("result-2", f"result-{stored.SCHEMA + 1}"):
        read = Result.from_dict(values | {"schema": schema}).to_dict()
        assert part_of(read, part)[name] == default


def test_a_field_of_a_check_that_has_no_default_is_missed_in_every_schema():
    for schema in ("result-1", stored.schema_name(), f"result-{stored.SCHEMA + 1}"):
        values = whole() | {"schema": schema}
        del values["checks"][0]["status"]
        with pytest.raises(DataError, match=r"\['status'\] of Check are missing"):
            Result.from_dict(values)


def test_checks_that_lack_a_field_are_told_of_once():
    values = whole() | {"schema": f"result-{stored.SCHEMA + 1}"}
    values["checks"] = [{**values["checks"][0], "b": 1}, {**values["checks"][0], "a": 1}]
    with pytest.warns(stored.OldResultWarning, match=r"\['a', 'b'\] of Check") as told:
        assert len(Result.from_dict(values).checks) == 2
    assert len(told) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scope": None}, "Scope is written as a NoneType, must be its fields by name"),
        ({"inputs": ["a"]}, "Inputs is written as a list, must be its fields by name"),
        ({"checks": ["a"]}, "Check is written as a str, must be its fields by name"),
        ({"checks": {"name": "a"}}, "checks are written as a dict, must be a list"),
        ({"numbers": 3}, "Check holds what cannot be read"),
        ({"numbers": {"low": "Maria"}}, "Check holds what cannot be read"),
        ({"numbers": {"low": {"$float": "Maria"}}}, "Check holds what cannot be read"),
        ({"said": {"values": {}}}, "Check holds what cannot be read"),
        ({"status": "new"}, "status == 'new', must be"),
    ],
)
def test_a_part_that_cannot_be_read_is_refused_in_a_sentence(changes, sentence):
    values = whole()
    target = values if set(changes) <= set(values) else values["checks"][0]
    target.update(changes)
    with pytest.raises((DataError, SpecificationError)) as caught:
        Result.from_dict(values)
    assert str(caught.value).startswith(sentence)
    assert "Maria" not in str(caught.value)


@pytest.mark.parametrize("schema", [0, "2", True, 2, "result-0", "result--1", "result-1.5", "result-", None])
def test_a_damaged_schema_is_refused(schema):
    with pytest.raises(DataError, match="schema =="):
        Result.from_dict(plain(schema=schema))


def test_an_old_field_without_default_is_missed():
    values = plain(schema="result-1")
    del values["n"]
    with pytest.raises(DataError, match=r"\['n'\]"):
        Result.from_dict(values)


def test_a_renamed_class_is_found(monkeypatch):
    monkeypatch.setattr(stored, "RENAMED", {"core.Former": "core.Result", "prevalence.Former": "core.Result"})
    assert Result.from_dict(plain(kind="core.Former")).n == 3
    assert Result.from_dict(plain(kind="ctresearch.prevalence.former:Former", schema="result-1")).n == 3


@pytest.mark.parametrize(
    "kind",
    [
        "os:system",
        "ctresearch.core.errors:DataError",
        "ctresearch.nowhere:Thing",
        "core.Check",
        "os.system",
        "core.",
        "",
        "ctresearch.core.result.Result",
        "prevalence.LogLinear",
        "core.result",
        None,
        3,
        ["core.Result"],
    ],
)
def test_only_results_of_this_library_are_read_back(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match="kind =="):
            Result.from_dict(plain(kind=kind))


def test_a_class_of_one_room_is_not_read_as_another():
    @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    class Other(Result):
        extra: int = 0

    with pytest.raises(DataError, match="must be a Other"):
        Other.from_dict(plain())
