"""Results written by any version are read by this one, and nobody changes a field without raising the schema."""

import hashlib
import importlib
import json
import warnings
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from packaging.version import Version
from tests.result_classes import result_classes

from ctresearch.core import DataError, Result, estimates_table, stored

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
    names = {name: sorted(f.name for f in fields(kind)) for name, kind in result_classes()}
    digest = hashlib.sha256(json.dumps(names, sort_keys=True).encode()).hexdigest()
    recorded = json.loads(RECORDED.read_text())
    assert recorded == {"schema": stored.SCHEMA, "fields": digest}, (
        "a field of a class of results came or went: raise SCHEMA in core/stored.py and give new fields a default (a class "
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
