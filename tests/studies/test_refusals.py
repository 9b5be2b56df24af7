"""What is refused is said in one sentence that names what came, what is allowed and what to do."""

import hashlib
import json
import lzma
import struct
import zipfile
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.studies import load_study
from ctresearch.studies.asked import manifest
from ctresearch.studies.asked.manifest import DataInput, study_from_table
from ctresearch.studies.base import archive
from ctresearch.studies.base import remembered as remembered_values
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.compare import expected
from ctresearch.studies.door import current, line_magic
from ctresearch.studies.kernel import compile_again
from ctresearch.studies.received import bundles
from ctresearch.studies.release import blobs, signed, verify
from ctresearch.studies.shown import journal, pdf
from ctresearch.studies.shown.reader import reader_row, term_words, undeclared_outputs
from ctresearch.studies.signing import ledger, ssh

STUDY = {"title": "T", "notebook": "n", "seed": 1}
ESTIMATE = {"kind": "estimate", "level": "public"}


def said(kind, call, *given, **options):
    """Return the sentence of an error of a kind."""
    with pytest.raises(kind) as caught:
        call(*given, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"outputs": {"a": ESTIMATE | {"headline": True}, "b": ESTIMATE | {"headline": True}}},
            "headline is set for a, b, must be set for one estimate: the study's answer",
        ),
        (
            {"outputs": {"a": {"kind": "table", "level": "public", "headline": True}}},
            "headline is set for a, must be set for one estimate",
        ),
        (
            {"outputs": {"a": ESTIMATE | {"methods": True}, "b": ESTIMATE | {"methods": True}}},
            "methods is set for a, b, must be set for one estimate or table: what other methods say",
        ),
        ({"outputs": {"a": ESTIMATE | {"kind": "file", "methods": True}}}, "methods is set for a, must be set for one"),
        (
            {"outputs": {"a": ESTIMATE | {"answer": "x"}, "b": ESTIMATE | {"foremost": ["y"]}}},
            "answer and foremost are set for a, b, must be set where headline = true",
        ),
        (
            {"parameters": {"p": {"type": "str", "value": "a", "min": 1}}},
            "min and max have no meaning for type 'str'",
        ),
        (
            {"parameters": {"p": {"type": "list", "items": "str", "value": ["a"], "max": 1}}},
            "min and max have no meaning for type 'str'",
        ),
        (
            {"parameters": {"p": {"type": "date", "value": "2020-01-31", "min": 1}}},
            "min and max must be of type 'date'",
        ),
        ({"name": "x"}, "name == 'x' is not a key: a study is named by its folder"),
        ({"folder": "x"}, "folder == 'x' is not a key: a study is named by its folder"),
    ],
)
def test_what_a_manifest_may_not_say(tmp_path, more, sentence):
    told = said(SpecificationError, study_from_table, STUDY | more, tmp_path / "demo")
    assert str(tmp_path / "demo" / "study.toml") in told
    assert sentence in told
    assert "\n" not in told


def test_what_may_be_said_of_outputs_is_taken(tmp_path):
    outputs = {
        "a": ESTIMATE | {"headline": True, "answer": "x", "foremost": ["y"]},
        "b": {"kind": "table", "level": "public", "methods": True},
    }
    assert study_from_table(STUDY | {"outputs": outputs}, tmp_path / "demo").outputs["b"].methods


def test_a_manifest_may_have_so_many_bytes_and_no_more(tmp_path, monkeypatch):
    folder = tmp_path / "demo"
    folder.mkdir()
    text = 'title = "T"\nnotebook = "n"\nseed = 1\n'
    (folder / "study.toml").write_text(text)
    monkeypatch.setattr(manifest, "_MOST_BYTES", len(text))
    assert load_study(folder).name == "demo"
    monkeypatch.setattr(manifest, "_MOST_BYTES", len(text) - 1)
    told = said(SpecificationError, load_study, folder)
    assert told == f"{folder / 'study.toml'} has {len(text)} bytes, must have at most {len(text) - 1}"
    (folder / "study.toml").write_bytes(b"\xff")
    assert said(SpecificationError, load_study, folder).endswith("; it must be a UTF-8 TOML file")
    (tmp_path / "Demo").mkdir()
    (tmp_path / "Demo" / "study.toml").write_text(text[:-1])
    assert said(SpecificationError, load_study, tmp_path / "Demo").startswith("study == 'Demo', must be named in lower")
    assert said(SpecificationError, load_study, tmp_path).endswith(
        " holds no study.toml: give a study's name or folder"
    )


def listed(name="a", size=1, packed=1):
    """Return an entry of an archive as its directory tells of it."""
    one = zipfile.ZipInfo(name)
    one.file_size, one.compress_size, one.external_attr = size, packed, archive._MODE
    return one


def test_an_archive_is_judged_by_its_directory(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    monkeypatch.setattr(archive, "MAX_RATIO", 10)
    monkeypatch.setattr(archive, "_SMALL", 100)
    archive._check_listing([listed("a", 500, 50), listed("b", 500, 50)])
    archive._check_listing([listed("a", 100, 1)])
    for entries, sentence in (
        ([listed(name) for name in "abc"], "the archive lists 3 files, must list at most 2"),
        (
            [listed("a", 501, 100), listed("b", 500, 100)],
            "the archive unpacks to 1001 bytes, must unpack to at most 1000: a zip bomb?",
        ),
        ([listed("a", 501, 50)], "'a' unpacks from 50 to 501 bytes, must stay under 10 to 1: a zip bomb?"),
        ([listed("a", 101, 1)], "'a' unpacks from 1 to 101 bytes, must stay under 10 to 1: a zip bomb?"),
        ([listed("é"), listed("É")], "the archive holds 'É' twice, names must differ by more than case"),
    ):
        assert said(IntegrityError, archive._check_listing, entries) == sentence
    other = listed()
    other.external_attr ^= 1 << 16
    assert "'a' in the archive is no plain file" in said(IntegrityError, archive._check_listing, [other])
    assert said(IntegrityError, archive.unpack, b"PK").startswith("this is not a zip file, or a damaged one: ")


def test_what_was_accepted_is_read_or_refused(tmp_path):
    study, file = SimpleNamespace(name="demo", folder=tmp_path), tmp_path / "expected.json"
    assert said(DataError, expected.read_expected, study) == (
        "'demo' has no expected.json: accept its outputs with `ctresearch check demo --update`"
    )
    good = {"format": expected.FORMAT, "study": "demo", "runs": []}
    for content in ([good], good | {"format": "other"}, good | {"study": "other"}, {}):
        file.write_text(json.dumps(content))
        assert said(DataError, expected.read_expected, study) == (
            f"{file} does not have format {expected.FORMAT!r} and study 'demo': accept it anew with --update"
        )
    file.write_text(json.dumps(good))
    assert expected.read_expected(study) == good
    file.write_text("[" * 200_000)
    assert "is nested too deeply to be read: accept it anew with --update" in said(
        DataError, expected.read_expected, study
    )
    file.write_text("{")
    assert said(DataError, expected.read_expected, study).startswith(f"{file} cannot be read: ")


def test_small_words_are_those_that_there_are():
    assert said(TypeError, current._write_date, {1}) == "set in a run file"
    assert said(SpecificationError, line_magic._switch, "style", "yes") == "style == 'yes', must be on or off"
    assert [line_magic._switch("style", word) for word in ("on", "off")] == [True, False]
    assert line_magic._number("jobs", "2", 2) == "2"
    for word in ("1", "-3", "x", "٣", ""):
        assert said(SpecificationError, line_magic._number, "jobs", word, 2) == (
            f"jobs == {word!r}, must be a whole number from 2"
        )
    assert said(ValueError, compile_again._meant, ["set", []]) == "a type must be a scalar, an array or a tuple"
    assert said(ValueError, compile_again._meant, "str") == "type == 'str', must be a scalar"
    for content in (b"", b"abc", struct.pack(">L", 2) + b"a"):
        assert said(ValueError, ssh._part, content) == "too short"
    assert ssh._part(struct.pack(">L", 2) + b"abc") == (b"ab", b"c")
    assert ssh._part(struct.pack(">L", 0)) == (b"", b"")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (b"@@ UNPROTECTED PRIVATE KEY @@", "others may read it: `chmod 600` it first"),
        (b"incorrect passphrase", "it is locked by a passphrase that was not given: add it to an agent with `ssh-add`"),
        (b"one\n  two  \n\n", "two"),
        (b" \n", "ssh-keygen does not say why"),
    ],
)
def test_why_nothing_was_signed_is_said_in_words(words, sentence):
    assert ssh._why(words) == sentence


def test_what_a_store_keeps_is_what_its_name_says(tmp_path):
    digest = hashlib.sha256(b"one").hexdigest()
    assert blobs.take([tmp_path], digest, 3) is None
    place = blobs.put(tmp_path, b"one")
    assert blobs.take([tmp_path / "empty", tmp_path], digest, 3) == b"one"
    place.chmod(0o600)
    place.write_bytes(lzma.compress(b"two"))
    assert said(IntegrityError, blobs.take, [tmp_path], digest, 3) == (
        f"{place} of the store holds another content than its name says"
    )
    place.write_bytes(b"no archive")
    assert said(IntegrityError, blobs.take, [tmp_path], digest, 3).startswith(f"{place} of the store is damaged: ")


def test_a_listing_has_one_form():
    good = {"format": verify.FORMATS[0], "study": "k", "version": "1", "runs": [""], "files": {"provenance.json": {}}}

    def read(change, top="k-1", more=()):
        content = verify.results.results_bytes({**good, **change})
        return verify._listing({f"{top}/bundle.json": content, **dict.fromkeys(more, b"")})

    assert read({})[0]["study"] == "k"
    assert said(IntegrityError, read, {"format": "x"}) == (
        f"bundle.json does not say a format of {', '.join(verify.FORMATS)}"
    )
    assert said(IntegrityError, read, {}, "k-2") == "bundle.json is not as `ctresearch release` writes it"
    assert said(IntegrityError, read, {"runs": ["", "a"]}) == "bundle.json lists 2 runs, and the archive holds 1"
    assert said(IntegrityError, read, {"files": {}}) == "bundle.json lists 1 runs, and the archive holds 0"
    assert said(IntegrityError, read, {}, more=["other/a"]) == (
        "the archive holds ['k-1', 'other'], must hold one folder with a bundle.json"
    )
    assert said(IntegrityError, verify._listing, {"k-1/bundle.json": b"[]"}).startswith("bundle.json does not say")


def test_a_tombstone_that_nobody_wrote_is_not_entered(tmp_path, monkeypatch):
    file = tmp_path / "demo-1.0.withdrawn.json"
    content = json.dumps({"study": "demo", "version": "1.0"}).encode()
    monkeypatch.setattr(signed, "read_tombstone", lambda *_: None)
    assert said(DataError, signed._enter_stone, tmp_path, file, content, None) == (
        f"{file} is no tombstone that `ctresearch withdraw` wrote"
    )
    for wrong, kind in ((b"{", "JSONDecodeError"), (b"{}", "KeyError"), (b"[]", "TypeError")):
        assert said(DataError, signed._enter_stone, tmp_path, file, wrong, None) == (
            f"the tombstone {file} cannot be read: {kind}"
        )
    entered = []
    monkeypatch.setattr(signed, "read_tombstone", lambda *given: given)
    monkeypatch.setattr(signed, "enter_gone", lambda *given, **more: entered.append((*given, more)))
    for more, kind in (({}, "withdraw"), ({"kind": "recall"}, "recall"), ({"kind": "x"}, "withdraw")):
        content = json.dumps({"study": "demo", "version": "1.0", **more}).encode()
        signed._enter_stone(tmp_path / "shelf", file, content, tmp_path / "key")
        digest = hashlib.sha256(content).hexdigest()
        stone = (tmp_path, "demo", "1.0")
        assert entered.pop() == (tmp_path / "shelf", kind, stone, digest, {"key": tmp_path / "key"})


def test_what_cannot_be_set_is_a_fault_of_the_page(monkeypatch):
    class TypstError(Exception):
        pass

    def compile_nothing(*_, **__):
        raise TypstError("no such font")

    typst = SimpleNamespace(TypstError=TypstError, compile=compile_nothing)
    for module in (journal, pdf):
        monkeypatch.setattr(module, "require_extra", lambda *_: typst)
    monkeypatch.setattr(pdf, "renderer", lambda: "typst")
    document = {"title": "How many?", "run_id": "ab" * 32, "estimates": {}, "checks": []}
    assert said(FitError, pdf.render, {"cells": []}, document, "2026-01-31") == (
        f"the PDF of run {'ab' * 8} cannot be set: no such font"
    )
    assert said(FitError, journal._as_pdf, "<svg/>", 80.0) == "a figure cannot be set as PDF: no such font"


def test_a_ledger_is_whole_or_refused(tmp_path, monkeypatch):
    assert said(IntegrityError, ledger.read_ledger, b"{}") == "the last line of releases.jsonl is cut short"
    assert ledger.read_ledger(b"") == ()
    monkeypatch.setattr(ledger, "_MAX_BYTES", 3)
    assert said(IntegrityError, ledger.read_ledger, b"{}\n\n") == (
        "releases.jsonl has more than 3 bytes, must have fewer"
    )
    made = SimpleNamespace(text="signed", key=SimpleNamespace(fingerprint="SHA256:a"))
    monkeypatch.setattr(ledger, "sign", lambda content, key: made)
    assert ledger._sign(b"", tmp_path, "SHA256:a") == "signed"
    assert said(SpecificationError, ledger._sign, b"", tmp_path, "SHA256:b") == (
        f"key == {str(tmp_path)!r} signs as SHA256:a, and the file .pub beside it is SHA256:b: put its own there"
    )


def test_a_bundle_is_named_by_study_and_version_or_by_its_place(tmp_path):
    project = SimpleNamespace(root=tmp_path, studies=tmp_path / "studies")
    declared = DataInput(source="bundle:k@1.0")

    def where(given, declared=declared):
        return bundles._where("k", declared, given, project)

    assert said(SpecificationError, where, "published:uk-2013") == (
        "data.k == 'published:uk-2013', but this input is a released bundle: give its zip file"
    )
    source, place = where("elsewhere/k-1.0.zip")
    assert (source.path, str(place)) == ("k-1.0.zip", "elsewhere/k-1.0.zip")
    assert said(SpecificationError, where, "bundle:").startswith("data.k: ")
    assert said(SpecificationError, where, "bundle:../k-1.0.zip").startswith("data.k")
    source, place = where(None)
    assert (source.study, place.name) == ("k", "k-1.0.zip")
    told = said(DataError, bundles._refuse_missing, "k", source, place, [])
    assert told == (
        "data.k: the bundle k-1.0.zip is in none of bundles/, store/, studies/k/releases/: put what was released "
        "there, with the .sha256 beside it"
    )


def test_a_bundle_that_verified_is_looked_at_until_something_that_counts_changes(tmp_path, monkeypatch):
    path, shelf, asked = tmp_path / "k" / "k-1.0.zip", tmp_path / "shelf", []
    for folder in (path.parent, shelf):
        folder.mkdir()
    path.write_bytes(b"one")
    monkeypatch.setattr(remembered_values, "_file", lambda place: tmp_path / hashlib.sha256(place.encode()).hexdigest())
    monkeypatch.setattr(bundles, "_verified", lambda *given: asked.append(given) or b"x")

    def looked(pinned=None):
        before = len(asked)
        assert bundles._looked_at("k", path, pinned, [shelf]) == path.read_bytes()
        return len(asked) - before

    assert (looked(), looked()) == (1, 0)
    assert asked == [("k", path, None, [shelf])]
    assert (looked("ab"), looked("ab"), looked("cd")) == (1, 0, 1)
    looked()
    for changed in (
        path,
        path.with_name("k-1.0.withdrawn.json"),
        shelf / "other-1.0.withdrawn.json",
        path.with_name("k-1.0.zip.sig"),
        path.with_name("k-1.0.zip.sha256"),
        tmp_path / "releases.jsonl",
    ):
        changed.write_bytes(b"another")
        assert (looked(), looked()) == (1, 0), changed
    (shelf / "note.txt").touch()
    assert looked() == 0
    monkeypatch.setattr(bundles, "source_hash", lambda: "another")
    assert looked() == 1


def test_a_row_is_shown_as_its_term_is_read():
    entry = {"scale": "log", "terms": {"age": {"role": "model", "label": "Age", "reader": "ratio"}}}
    row = {"term": "age", "estimate": 0.0, "ci_low": None, "ci_high": 0.0, "std_error": 1.0, "unit": "log odds ratio"}
    assert reader_row(entry, row) == row | {"estimate": 1.0, "ci_high": 1.0, "std_error": None, "unit": "odds ratio"}
    assert reader_row({"terms": {}}, row) == row
    assert reader_row({}, row) == row
    assert (term_words(entry, "age"), term_words(entry, "sex"), term_words({}, "sex")) == ("Age", "sex", "sex")


def test_all_that_nobody_explained_is_named():
    document = {
        "gate": {"secret": {"rules": ["undeclared"]}, "small": {"rules": ["threshold"]}, "fine": {}},
        "tables": {"ages": {"columns": ["age", "n"], "meanings": {"age": {}}}, "bare": {"columns": ["x"]}},
        "figures": {"map": {}, "drawn": {"drawn_from": "ages"}, "given": {"data": "d.csv"}},
        "estimates": {
            "total": {"rows": [{"term": "a"}, {"term": "b"}, {"term": "b"}], "terms": {"a": {}}},
            "old": {"rows": [{"term": "c"}]},
        },
    }
    assert undeclared_outputs(document) == {
        "secret": ["held back by the gate as undeclared"],
        "ages": ["n"],
        "bare": ["x"],
        "map": ["data"],
        "total": ["b"],
        "old": ["c"],
    }
    assert undeclared_outputs({"tables": {}, "figures": {}, "estimates": {}}) == {}
