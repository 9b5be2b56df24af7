"""The moves of a store and the reading of what is kept, one by one: who may read it, what is cleared, what is left."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.lock import acquire, release
from ctresearch.studies.kept import store as module
from ctresearch.studies.kept.drawing import drawing_hash
from ctresearch.studies.kept.evidence import Evidence, bundle_bytes, from_bundle, from_folder, read_bundle
from ctresearch.studies.kept.record import file_hashes
from ctresearch.studies.kept.store import Store

ID, OTHER, THIRD = "a" * 64, "b" * 64, "c" * 64


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_a_run_is_found_by_the_beginning_of_its_id(store, tmp_path):
    assert store.run_folder("0123456789abcdef" + "x" * 48) == tmp_path / "0123456789abcdef"
    assert store.mark_of("0123456789abcdef" + "x" * 48) == tmp_path / "0123456789abcdef.refuted.json"


def test_who_holds_a_run_clears_its_builds_and_those_that_nobody_holds(store, tmp_path):
    for owner in (ID, OTHER, THIRD):
        (store.new_build(owner) / "half").touch()
    (tmp_path / OTHER[:16]).mkdir()  # a run that stands is no leftover
    held = acquire(tmp_path / f".lock-{THIRD[:16]}", wait=True)
    with store.locked(ID):
        assert (tmp_path / f".lock-{ID[:16]}").is_file()
        names = sorted(one.name[:24] for one in tmp_path.iterdir())
        kept = [f".build-{THIRD[:16]}", f".lock-{ID[:16]}", f".lock-{THIRD[:16]}", OTHER[:16]]
        assert [one[: len(name)] for one, name in zip(names, kept, strict=True)] == kept
        assert acquire(tmp_path / f".lock-{ID[:16]}", wait=False) is None
    release(held, tmp_path / f".lock-{THIRD[:16]}")
    with store.locked(ID):
        pass
    assert [one.name for one in tmp_path.iterdir()] == [OTHER[:16]]


def test_a_lock_is_let_go_where_the_work_fails(store, tmp_path):
    with pytest.raises(KeyError, match="stop"), store.locked(ID):
        raise KeyError("stop")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_says_why(monkeypatch, store, tmp_path):
    (tmp_path / "file").touch()
    told = f"{tmp_path / 'file' / 'runs'} cannot be written to (Not a directory): give another folder with --out"
    with pytest.raises(SpecificationError) as caught, Store(tmp_path / "file" / "runs").locked(ID):
        pass
    assert str(caught.value) == told

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only")

    with monkeypatch.context() as patch:
        patch.setattr(module, "acquire", refuse)
        with pytest.raises(SpecificationError, match=r"cannot be written to \(Read-only\)"), store.locked(ID):
            pass
    with Store(tmp_path / "deep" / "runs").locked(ID):
        assert (tmp_path / "deep" / "runs").is_dir()
    with Store(tmp_path / "deep" / "runs").locked(ID):  # it is there by now
        pass


def test_what_others_read_of_a_store_they_may_read(store, tmp_path):
    assert mode(store.new_build(ID)) == 0o755
    store.set_latest([ID, OTHER])
    assert mode(tmp_path / "latest") == 0o644
    assert (tmp_path / "latest").read_bytes() == f"{ID[:16]}\n{OTHER[:16]}\n".encode()
    mark = store.refute(ID, ["t.csv", "u.csv"])
    assert mode(mark) == 0o644
    assert json.loads(mark.read_text()) == {"run_id": ID, "files": ["t.csv", "u.csv"]}
    assert mark.read_text().startswith('{\n "run_id"')


def test_a_mark_that_cannot_be_read_acquits_nobody(store):
    assert store.refuted(ID) is None
    for content in ("{", "{}", "[]", '{"files": 3}'):
        store.mark_of(ID).write_text(content)
        assert store.refuted(ID) == []
    store.mark_of(ID).unlink()
    store.mark_of(ID).mkdir()
    assert store.refuted(ID) == []
    store.mark_of(OTHER).write_text('{"files": [1, "é"]}', encoding="utf-8")
    assert store.refuted(OTHER) == ["1", "é"]


def test_what_is_set_aside_takes_the_place_of_what_was(store, tmp_path):
    for why in ("", "", "other-bytes"):
        build = store.new_build(ID)
        (build / why).mkdir(exist_ok=True)
        place = store.set_aside(build, why)
        assert place == tmp_path / "failed" / (f"{ID[:16]}-{why}" if why else ID[:16])
    (tmp_path / ID[:16]).mkdir()
    assert store.set_aside(tmp_path / ID[:16], "damaged").name == f"{ID[:16]}-damaged"
    names = sorted(one.name for one in (tmp_path / "failed").iterdir())
    assert names == [ID[:16], f"{ID[:16]}-damaged", f"{ID[:16]}-other-bytes"]


def test_a_build_takes_an_empty_place_as_it_is(store, tmp_path):
    build = store.new_build(ID)
    (build / "x").touch()
    assert store.publish(build, ID) == tmp_path / ID[:16]
    assert [one.name for one in tmp_path.iterdir()] == [ID[:16]]
    assert (tmp_path / ID[:16] / "x").exists()


@pytest.mark.parametrize("content", ["short\n", "x" * 17 + "\n", "-" * 16 + "\n", "é" * 16 + "\n"])
def test_what_holds_no_ids_is_refused(store, tmp_path, content):
    assert store.latest() == []
    (tmp_path / "latest").write_text(content, encoding="utf-8")
    with pytest.raises(IntegrityError, match=f"^{tmp_path / 'latest'} does not hold ids of runs: delete it"):
        store.latest()


def test_who_is_interrupted_leaves_the_latest_as_they_were(monkeypatch, store, tmp_path):
    store.set_latest([ID])

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        store.set_latest([OTHER])
    assert store.latest() == [ID[:16]]
    assert [one.name for one in tmp_path.iterdir()] == ["latest"]


def evidence_of(figures, read):
    return Evidence({"figures": figures}, {}, {}, read)


def test_a_picture_is_known_by_what_can_be_seen_of_it_or_not_at_all():
    picture = '<svg id="a1"><path d="M 1.0004 2"/><use href="#a1"/></svg>'
    files = {"f.svg": picture.encode(), "g.svg": b"\xff"}
    figures = {"f": {"path": "f.svg"}, "g": {"path": "g.svg"}, "h": {"path": "h.svg"}, "i": {}}
    found = evidence_of(figures, files.__getitem__)
    assert found.drawing("f") == drawing_hash(picture)
    assert [found.drawing(name) for name in ("g", "h", "i", "j")] == [None] * 4  # damaged, lost, unknown
    assert evidence_of(figures, None).drawing("f") is None
    assert evidence_of(figures, lambda path: Path("/no/such", path).read_bytes()).drawing("f") is None


def test_two_pictures_look_alike_to_a_hundredth_of_a_point_and_whatever_their_names():
    def seen(number="12.342", name="p1", other="p2", rest=""):
        return drawing_hash(
            f'<g id="{name}"/><use href="#{name}"/><i id="{other}"/><a clip-path="url(#{other})" x="{number}"{rest}/>'
        )

    assert seen() == seen("12.3421", "q", "r") == seen("12.3419")
    assert seen("-0.001") == seen("0") == seen("0.0") == seen("1e-5")
    different = {seen(), seen("12.36"), seen("-12.342"), seen(rest=' y="1"'), seen(other="p1"), seen("12.342a")}
    assert len(different) == 6
    assert seen("#123456") != seen("#123457")  # a colour is no number
    assert seen("1234567.891") != seen("1234567.9")
    scaled = [seen(rest=f' transform="translate(3 4) scale({one} -{one})"') for one in ("0.1", "0.10000001", "0.101")]
    assert scaled[0] == scaled[1] != scaled[2], "a letter is drawn large and scaled"


def write_run(folder, run_id="ab12"):
    folder.mkdir(parents=True)
    (folder / "results.json").write_text('{"tables": {"t": {"path": "t.csv"}}, "é": 1}', encoding="utf-8")
    (folder / "provenance.json").write_text(json.dumps({"run_id": run_id, "components": {"parameters": {"n": 1}}}))
    (folder / "t.csv").write_bytes(b"a\n1\n")
    (folder / "more.txt").write_bytes(b"more")
    return folder


def test_evidence_reads_further_files_of_its_own_run(tmp_path):
    folder = write_run(tmp_path / "run")
    found = from_folder(folder)
    assert found.read("more.txt") == b"more"
    assert found.results["é"] == 1
    files = {f"top/{n}/{one.name}": one.read_bytes() for n in "ab" for one in folder.iterdir()}
    files["top/a/more.txt"] = b"of a"
    first, second = from_bundle(files, "x.zip")
    assert (first.read("more.txt"), second.read("more.txt")) == (b"of a", b"more")
    assert first == second  # what it reads by is no part of it
    with pytest.raises(FileNotFoundError):
        found.read("less.txt")


def test_a_bundle_is_read_from_its_bytes_and_says_what_the_system_said(tmp_path):
    from ctresearch.studies.base.archive import pack

    (tmp_path / "x.zip").write_bytes(pack({"a/b": b"c"}))
    assert read_bundle(tmp_path / "x.zip") == {"a/b": b"c"}
    with pytest.raises(DataError, match=f"'{tmp_path}' cannot be read: {os.strerror(errno.EISDIR)}"):
        bundle_bytes(tmp_path)


def test_every_file_of_a_run_is_hashed_but_its_own_records(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "provenance.json").write_text("{}")  # of its own, and no record of this run
    (folder / "link").symlink_to("deep")
    for name in ("run.log.json", "ro-crate-metadata.json"):
        (folder / name).touch()
    found = file_hashes(folder)
    assert list(found) == ["deep/er/provenance.json", "link", "more.txt", "results.json", "t.csv"]
    assert found["link"] == "link"
