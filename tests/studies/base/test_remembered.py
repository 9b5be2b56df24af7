"""What is remembered: taken only while all that it rests on is the same, and never a reason to fail."""

import os
from pathlib import Path

import pytest

from ctresearch.studies.asked import identity, inputs
from ctresearch.studies.base import remembered as module
from ctresearch.studies.base.remembered import remembered, stamps


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_file", lambda place: tmp_path / "cache" / f"{place}.json")
    return tmp_path / "cache"


def never():
    raise AssertionError("it was remembered")


def test_a_value_is_made_once_for_a_key(cache):
    assert remembered("a", "1", lambda: {"n": 3}) == {"n": 3}
    assert remembered("a", "1", never) == {"n": 3}
    assert remembered("a", "2", lambda: 4) == 4
    assert remembered("b", "1", lambda: 5) == 5
    assert sorted(path.name for path in cache.iterdir()) == ["a.json", "b.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": "1"}', "[" * 100_000, "\xff"])
def test_a_file_that_holds_nothing_of_ours_is_as_good_as_none(cache, text):
    cache.mkdir()
    (cache / "a.json").write_bytes(text.encode("latin-1"))
    assert remembered("a", "1", lambda: 7) == 7
    assert remembered("a", "1", never) == 7


def test_a_folder_that_cannot_be_written_to_costs_time_and_nothing_else(cache):
    cache.write_text("a file")
    assert remembered("a", "1", lambda: 7) == 7


def test_what_is_installed_is_looked_up_anew_where_any_distribution_changed(tmp_path, cache, monkeypatch):
    place = tmp_path / "x-1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Version: 1.0")
    before = stamps([str(tmp_path), "no such folder"])
    assert stamps([str(tmp_path), "no such folder"]) == before
    os.utime(place / "METADATA", ns=(1, 1))
    assert len({before, stamps([str(tmp_path)])}) == 2
    (tmp_path / "y.egg-info").touch()
    assert len({before, stamps([str(tmp_path)]), stamps([])}) == 3
    kept = identity.installed.__wrapped__()
    assert kept == identity._installed(()) | {} == dict(sorted(kept.items())) | {}
    monkeypatch.setattr(identity, "_installed", never)
    assert identity.installed.__wrapped__() == kept


def test_the_digest_of_a_published_table_is_that_of_the_table(cache, monkeypatch):
    from ctresearch.data import published

    digest = published("uk-2013").digest
    assert inputs._published_digest("uk-2013") == digest
    monkeypatch.setattr("ctresearch.data.published", lambda name: never())
    assert inputs._published_digest("uk-2013") == digest
    with pytest.raises(AssertionError):
        inputs._published_digest("../uk-2013")
    monkeypatch.setattr(inputs, "source_hash", lambda: "another package")
    with pytest.raises(AssertionError):
        inputs._published_digest("uk-2013")


def test_each_environment_has_a_place_of_its_own(monkeypatch):
    here = module._file("a")
    monkeypatch.setattr(module.sys, "prefix", "/elsewhere")
    assert module._file("a") != here
    assert isinstance(here, Path)
