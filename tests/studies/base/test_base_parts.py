"""What every part stands on, step by step: locks that are let go, files that are whole, folders with room."""

import fcntl
import hashlib
import io
import os
import stat
import sys
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.studies.base import archive, lock, remembered, schemas, temporary, whole
from ctresearch.studies.base.errors import IntegrityError


def is_open(handle):
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True


def test_a_lock_is_a_small_file_that_others_may_read_and_is_gone_with_its_release(tmp_path):
    place = tmp_path / "lock"
    handle = lock.acquire(place, wait=True)
    assert stat.S_IMODE(place.stat().st_mode) & ~0o644 == 0
    assert lock.acquire(place, wait=False) is None
    lock.release(None, place)
    assert place.is_file()
    lock.release(handle, place)
    assert not place.exists()
    assert not is_open(handle)
    lock.release(lock.acquire(place, wait=False), place)


def test_who_does_not_get_a_lock_holds_nothing_open(monkeypatch, tmp_path):
    opened, asked = [], []
    monkeypatch.setattr(lock, "os", SimpleNamespace(**{name: getattr(os, name) for name in dir(os)}))
    monkeypatch.setattr(lock.os, "open", lambda *given: opened.append(os.open(*given)) or opened[-1])

    def refuse(handle, how):
        asked.append(how)
        raise BlockingIOError if how & fcntl.LOCK_NB else KeyboardInterrupt

    monkeypatch.setattr(lock, "fcntl", SimpleNamespace(flock=refuse, LOCK_EX=fcntl.LOCK_EX, LOCK_NB=fcntl.LOCK_NB))
    assert lock.acquire(tmp_path / "lock", wait=False) is None
    with pytest.raises(KeyboardInterrupt):
        lock.acquire(tmp_path / "lock", wait=True)
    assert asked == [fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_EX]
    assert not any(map(is_open, opened))


def test_a_lock_whose_file_was_deleted_meanwhile_is_taken_anew(monkeypatch, tmp_path):
    place, locked = tmp_path / "lock", []

    def flock(handle, how):
        locked.append(handle)
        if len(locked) == 1:
            place.unlink()  # by who held it before
        elif len(locked) == 2:
            place.unlink()
            place.touch()  # and somebody else made it anew

    monkeypatch.setattr(lock, "fcntl", SimpleNamespace(flock=flock, LOCK_EX=2, LOCK_NB=4))
    handle = lock.acquire(place, wait=True)
    assert len(locked) == 3
    assert os.fstat(handle).st_ino == place.stat().st_ino
    lock.release(handle, place)


def test_a_file_is_safe_on_disk_before_it_takes_its_place(monkeypatch, tmp_path):
    place, order = tmp_path / "a.json", []
    place.write_bytes(b"before")
    real = Path.replace
    monkeypatch.setattr(whole.os, "fsync", lambda handle: order.append((os.fstat(handle).st_size, place.read_bytes())))
    monkeypatch.setattr(Path, "replace", lambda one, target: order.append(one.name[:7]) or real(one, target))
    whole.write_whole(place, b"content")
    assert order == [(7, b"before"), ".draft-"]
    assert place.read_bytes() == b"content"
    assert stat.S_IMODE(place.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]

    def full(_):
        raise OSError("no space left on it")

    monkeypatch.setattr(whole.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        whole.write_whole(place, b"more")
    assert place.read_bytes() == b"content"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
    assert (whole.read_beginning(place, 3), whole.read_beginning(place, 99)) == (b"con", b"content")


def test_who_holds_a_folder_clears_drafts_there_and_one_below(tmp_path):
    folder, store = tmp_path / "new" / "folder", tmp_path / "store"
    (store / "ab" / "deep").mkdir(parents=True)
    drafts = [store / "ab" / ".draft-1", store / "ab" / "deep" / ".draft-2", store / ".draft-3"]
    for one in (*drafts, store / "ab" / "kept"):
        one.touch()
    with whole.locked(folder):
        (folder / ".draft-9").touch()
        handle = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it was let go
    os.close(handle)
    with whole.locked(folder, store):
        assert list(folder.iterdir()) == []
    assert [one.exists() for one in drafts] == [False, True, True]
    assert (store / "ab" / "kept").exists()


@pytest.mark.parametrize(("length", "base"), [(59, "its own"), (60, "/tmp"), (61, "/tmp")])
def test_names_of_sockets_fit_in_the_folder_for_temporary_files(monkeypatch, length, base):
    own = "/" + "x" * (length - 1)
    monkeypatch.setattr(temporary.tempfile, "gettempdir", lambda: own)
    assert temporary._base() == Path(own if base == "its own" else base)


@pytest.mark.parametrize(
    ("usual", "room", "chosen"),
    [
        ("/tmp", {"/tmp", "/var/tmp"}, "/var/tmp"),
        ("/tmp/own", {"/tmp", "/var/tmp"}, "/var/tmp"),
        ("/var/tmp", {"/tmp", "/var/tmp"}, "/tmp"),
        ("/home/own", {"/tmp", "/var/tmp"}, "/tmp"),
        ("/home/own", {"/var/tmp"}, "/var/tmp"),
        ("/tmp", set(), "/tmp"),
    ],
)
def test_a_run_made_again_is_made_in_another_folder_where_there_is_room(monkeypatch, usual, room, chosen):
    monkeypatch.setattr(temporary, "_base", lambda: Path(usual))
    monkeypatch.setattr(temporary, "_has_room", lambda folder: str(folder) in room)
    assert temporary._other_base() == Path(chosen)


@pytest.mark.parametrize(
    ("free", "writable", "there", "room"), [(10**9 + 1, 1, 1, 1), (10**9, 1, 1, 0), (10**12, 0, 1, 0)]
)
def test_room_is_a_gigabyte_in_a_folder_that_may_be_written_to(monkeypatch, tmp_path, free, writable, there, room):
    asked = []
    monkeypatch.setattr(temporary.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    monkeypatch.setattr(temporary.os, "access", lambda folder, how: asked.append((folder, how)) or bool(writable))
    assert temporary._has_room(tmp_path) is bool(room)
    assert asked == [(tmp_path, os.W_OK | os.X_OK)]
    assert not temporary._has_room(tmp_path / "missing")


def test_a_folder_is_made_where_it_was_asked_for_and_its_lock_is_let_go(monkeypatch, tmp_path):
    usual, other = tmp_path / "usual", tmp_path / "other"
    usual.mkdir()
    other.mkdir()
    cleared, registered = [], []
    monkeypatch.setattr(temporary, "_base", lambda: usual)
    monkeypatch.setattr(temporary, "_other_base", lambda: other)
    monkeypatch.setattr(temporary, "_clear_stale", cleared.append)
    monkeypatch.setattr(temporary.atexit, "register", lambda *given: registered.append(given))
    for elsewhere, base in ((False, usual), (True, other)):
        cleared.clear()
        with temporary.temporary_folder(elsewhere=elsewhere) as folder:
            assert folder.parent == base
            assert temporary._OURS.fullmatch(folder.name)
            assert not folder.name.startswith(".")
            assert lock.acquire(folder / "lock", wait=False) is None
            (folder / "a").mkdir()
            (folder / "a" / "b").touch()
        assert not folder.exists()
        assert sorted(cleared) == [other, usual]  # of both, whichever is used
    folder = temporary.folder_of_process()
    assert folder.parent == usual
    ((remove, place, handle),) = registered
    assert place == folder
    assert is_open(handle)
    remove(place, handle)
    assert not folder.exists()
    assert not is_open(handle)
    temporary._remove(folder, None)  # what is gone is gone


def stale(base, name, *, mode=0o700, age=0.0, locked=True):
    folder = base / name
    folder.mkdir()
    if locked:
        (folder / "lock").touch()
    folder.chmod(mode)
    os.utime(folder, (1000.0 - age, 1000.0 - age))
    return folder


def test_a_folder_is_stale_without_its_process_and_a_fresh_one_has_a_minute_for_its_lock(monkeypatch, tmp_path):
    monkeypatch.setattr(temporary.time, "time", lambda: 1000.0)
    gone = [
        stale(tmp_path, "ctr-0gone000"),
        stale(tmp_path, "ctr-0sticky0", mode=0o1700),
        stale(tmp_path, "ctr-0never00", age=61.0, locked=False),
        stale(tmp_path, ".ctr-0hidden0"),
    ]
    kept = [
        stale(tmp_path, "ctr-0minute0", age=60.0, locked=False),
        stale(tmp_path, "ctr-0open000", mode=0o750),
        stale(tmp_path, "ctr-0short", age=99.0),
        stale(tmp_path, "xctr-0other00"),
    ]
    held = stale(tmp_path, "ctr-0held000")
    handle = lock.acquire(held / "lock", wait=True)
    temporary._clear_stale(tmp_path)
    os.close(handle)
    assert [one.exists() for one in gone] == [False] * len(gone)
    assert [one.exists() for one in (*kept, held)] == [True] * 5
    monkeypatch.setattr(temporary.os, "getuid", lambda: os.geteuid() + 1)
    temporary._clear_stale(tmp_path)  # now all are somebody else's
    assert held.exists()


def test_the_lock_of_a_stale_folder_is_let_go_even_where_it_cannot_be_cleared(monkeypatch, tmp_path):
    folder, opened = stale(tmp_path, "ctr-0stuck00"), []
    monkeypatch.setattr(
        temporary, "acquire", lambda *given, **more: opened.append(lock.acquire(*given, **more)) or opened[0]
    )

    def fail(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(temporary, "_delete", fail)
    with pytest.raises(KeyboardInterrupt):
        temporary._clear_stale(tmp_path)
    assert not is_open(opened[0])
    assert folder.exists()


def test_a_schema_is_loaded_without_a_grammar_unless_that_is_loaded_already(monkeypatch):
    for name in ("jsonschema", "rfc3987_syntax"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with schemas.without_iri_grammar():
        assert sys.modules["rfc3987_syntax"] is None  # so its import fails, and jsonschema does without
    assert "rfc3987_syntax" not in sys.modules
    with pytest.raises(KeyError, match="stop"), schemas.without_iri_grammar():
        raise KeyError("stop")
    assert "rfc3987_syntax" not in sys.modules
    for name in ("jsonschema", "rfc3987_syntax"):
        monkeypatch.setitem(sys.modules, name, "loaded")
        with schemas.without_iri_grammar():
            assert sys.modules.get("rfc3987_syntax", "loaded") == "loaded"
        assert sys.modules[name] == "loaded"
        monkeypatch.delitem(sys.modules, name)


def test_what_is_remembered_is_the_users_alone_and_whole(monkeypatch, tmp_path):
    import platformdirs

    asked = []
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *given, **more: asked.append((given, more)) or tmp_path)
    place = remembered._file("a place")
    assert asked == [(("ctresearch",), {"appauthor": False})]
    said = f"{sys.prefix}\0{sys.version}\0a place".encode()
    assert place == tmp_path / "remembered" / f"{hashlib.sha256(said).hexdigest()[:20]}.json"
    remembered._write(place, "é")
    assert place.read_text(encoding="utf-8") == "é"
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.stat().st_mode) == 0o600

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        remembered._write(place, "other")
    assert [one.name for one in place.parent.iterdir()] == [place.name]


def test_the_state_of_a_distribution_is_that_of_its_metadata(tmp_path):
    place = tmp_path / "x.dist-info"
    assert remembered._stamp(place) == ""
    place.mkdir()
    os.utime(place, ns=(5, 5))
    assert remembered._stamp(place) == f"{place.stat().st_size} 5"
    (place / "PKG-INFO").write_text("abc")
    os.utime(place / "PKG-INFO", ns=(7, 7))
    assert remembered._stamp(place) == "3 7"
    (place / "METADATA").write_text("abcd")
    os.utime(place / "METADATA", ns=(9, 9))
    assert remembered._stamp(place) == "4 9"


def test_the_state_of_a_folder_names_its_distributions_in_order_and_the_working_folder_as_well(monkeypatch, tmp_path):
    for name in ("b.dist-info", "a.egg-info", "c.py"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, ns=(5, 5))
    size = (tmp_path / "c.py").stat().st_size

    def named(folder):
        said = "".join(f"{folder}/{name} {size} 5\0" for name in ("a.egg-info", "b.dist-info"))
        return hashlib.sha256(said.encode()).hexdigest()

    assert remembered.stamps([str(tmp_path)]) == named(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert remembered.stamps([""]) == named("")


def test_every_entry_says_the_same_of_itself_but_its_name_and_its_content():
    data = archive.pack({"b/é.txt": b"hello " * 50, "a.txt": b""})
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        listed, seal = read.infolist(), read.comment
    assert [one.filename for one in listed] == ["a.txt", "b/é.txt"]
    for one in listed:
        assert one.date_time == (1980, 1, 1, 0, 0, 0)
        assert (one.create_system, one.create_version, one.extract_version) == (3, 20, 20)  # Unix; deflate needs 2.0
        assert one.flag_bits == 0x800  # the name is UTF-8
        assert one.compress_type == zipfile.ZIP_DEFLATED
        assert one.external_attr == (stat.S_IFREG | 0o644) << 16
        assert (one.internal_attr, one.extra, one.comment, one.volume) == (0, b"", b"", 0)
    end = data.rindex(b"PK\5\6")
    assert seal == b"sha256 " + hashlib.sha256(data[:end]).hexdigest().encode()
    assert archive.drop(data, ["a.txt"]) == archive.pack({"b/é.txt": b"hello " * 50})


def test_a_large_file_is_packed_once_and_a_small_or_huge_one_each_time(monkeypatch):
    packed = []
    monkeypatch.setattr(archive, "_SMALL", 10)
    monkeypatch.setattr(archive, "_KEPT", 20)
    monkeypatch.setattr(archive, "_deflate", lambda content, effort: packed.append((len(content), effort)) or b"")
    monkeypatch.setattr(archive, "_deflate_once", lambda content, effort: packed.append((len(content), "once")) or b"")
    archive.pack({str(size): bytes(size) for size in (10, 11, 20, 21)}, effort=3)
    assert packed == [(10, 3), (11, "once"), (20, "once"), (21, 3)]
    packed.clear()
    archive.pack({"a": b"1"})
    assert packed == [(1, 9)]  # the smallest


def test_effort_is_that_of_zlib():
    content = bytes(range(256)) * 8
    raw = zlib.compressobj(0, zlib.DEFLATED, -15)
    assert archive._deflate(content, 0) == raw.compress(content) + raw.flush()
    assert len(archive._deflate(content, 9)) < len(archive._deflate(content, 0))


def test_each_limit_of_an_archive_is_held_at_its_bound(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    monkeypatch.setattr(archive, "MAX_BYTES", 20)
    monkeypatch.setattr(archive, "_SMALL", 5)
    monkeypatch.setattr(archive, "MAX_RATIO", 3)

    def listed(*sizes, packed=10):
        made = [zipfile.ZipInfo(f"f{n}") for n, _ in enumerate(sizes)]
        for one, size in zip(made, sizes, strict=True):
            one.file_size, one.compress_size, one.external_attr = size, packed, archive._MODE
        return made

    archive._check_listing(listed(10, 10))
    archive._check_listing(listed(5, packed=0))
    archive._check_listing(listed(6, packed=2))
    for wrong, said in (
        (listed(1, 1, 1), "lists 3 files, must list at most 2"),
        (listed(10, 11), "unpacks to 21 bytes, must unpack to at most 20"),
        (listed(7, packed=2), "unpacks from 2 to 7 bytes, must stay under 3 to 1"),
    ):
        with pytest.raises(IntegrityError, match=said):
            archive._check_listing(wrong)


def test_a_name_has_fewer_than_a_kibibyte():
    archive.check_name("é" * 511 + "a")
    with pytest.raises(IntegrityError, match="is refused"):
        archive.check_name("é" * 512)
    archive.check_name("a b/c d")
    with pytest.raises(IntegrityError, match="is refused"):
        archive.check_name("a/b ")


def test_an_entry_is_unpacked_as_far_as_it_claims_and_all_of_it_is_used():
    content = b"hello " * 50
    stream = archive._deflate(content, 9)
    one = zipfile.ZipInfo("a.txt")
    one.file_size = len(content)
    assert archive._inflate(one, stream) == content
    for wrong in (stream[:-1], stream + b"x"):
        with pytest.raises(IntegrityError, match=r"'a\.txt' in the archive does not unpack to the 300 bytes it claims"):
            archive._inflate(one, wrong)
    with pytest.raises(IntegrityError, match=r"'a\.txt' in the archive is damaged: Error -3"):
        archive._inflate(one, b"\xff\xff")


def test_the_stream_of_an_entry_lies_behind_its_name():
    one = zipfile.ZipInfo("é.txt")
    one.header_offset, one.compress_size, one.compress_type = 2, 3, zipfile.ZIP_DEFLATED
    data = b"xx" + bytes(30) + "é.txt".encode() + b"abcd"
    assert archive._stream(data, one) == b"abc"
    with pytest.raises(IntegrityError, match="is cut short"):
        archive._stream(data[:-2], one)
    one.compress_type = zipfile.ZIP_STORED
    with pytest.raises(IntegrityError, match="packed by another method than deflate"):
        archive._stream(data, one)
