"""An archive has one form; every other byte, and every hostile one, is found before anything is unpacked."""

import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.studies.base import archive
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.base.errors import IntegrityError

FILES = {"demo/a.txt": b"hello " * 50, "demo/empty": b"", "demo/é.bin": bytes(range(256))}


def other_zip(entries, **options):
    """Write a zip with the standard library, as an attacker would."""
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, content in entries:
            made.writestr(name, content)
    return place.getvalue()


def test_round_trip_and_other_tools_can_read_it():
    data = pack(FILES)
    assert unpack(data) == FILES
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == FILES
    assert pack(dict(reversed(FILES.items()))) == data


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?", fullmatch=True), st.binary(max_size=300), max_size=5))
def test_any_files_come_back(files):
    assert unpack(pack(files)) == files


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_every_changed_byte_is_found(flip):
    data = pack(FILES)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= flip
        with pytest.raises(IntegrityError):
            unpack(bytes(changed))


def test_every_cut_and_every_addition_is_found():
    data = pack(FILES)
    for end in range(0, len(data), 7):
        with pytest.raises(IntegrityError):
            unpack(data[:end])
    for other in (data + b"\0", b"\0" + data, data + data):
        with pytest.raises(IntegrityError):
            unpack(other)


def test_another_zlib_is_no_tampering():
    """The same content in other deflate bytes, as another zlib would write them, with the seal of its own."""
    content = FILES["demo/a.txt"]
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    stream = packer.compress(content) + packer.flush()
    entry = archive._Entry(b"demo/a.txt", zlib.crc32(content), len(content), stream)
    data = archive._assemble([entry])
    assert data != pack({"demo/a.txt": content})
    assert unpack(data) == {"demo/a.txt": content}


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "a/../../up",
        "/etc/passwd",
        "C:/x",
        "a\\b",
        "a//b",
        "./a",
        "a/",
        "",
        "a/\x00b",
        "a\nb",
        " a",
        "nul\u202e",
        "e\u0301",
    ],
)
def test_names_that_lead_out_are_refused_both_ways(name):
    with pytest.raises(IntegrityError, match="refused"):
        pack({name: b""})
    if "\x00" not in name and "\\" not in name:
        hostile = other_zip([(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), b"x")])
        with pytest.raises(IntegrityError):
            unpack(hostile)


def test_links_and_folders_are_refused():
    link = zipfile.ZipInfo("demo/link", (1980, 1, 1, 0, 0, 0))
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    folder = zipfile.ZipInfo("demo/sub", (1980, 1, 1, 0, 0, 0))
    folder.create_system, folder.external_attr = 3, (stat.S_IFDIR | 0o755) << 16
    for entry in (link, folder):
        with pytest.raises(IntegrityError, match="no plain file"):
            unpack(other_zip([(entry, b"/etc/passwd")]))


def test_doubled_names_are_refused_even_where_only_case_differs():
    sealed = archive._assemble([archive._Entry(name, 0, 0, b"\x03\x00") for name in (b"demo/A", b"demo/a")])
    with pytest.raises(IntegrityError, match="twice"):
        unpack(sealed)


def test_an_archive_of_another_tool_is_refused():
    with pytest.raises(IntegrityError):
        unpack(other_zip([("demo/a.txt", b"hello")]))


def test_bombs_are_refused_from_the_directory_alone(monkeypatch):
    bomb = pack({"demo/zeros": bytes(3 * 2**20)})
    monkeypatch.setattr(archive, "_inflate", lambda *_: pytest.fail("was unpacked"))
    with pytest.raises(IntegrityError, match="zip bomb"):
        unpack(bomb)
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    with pytest.raises(IntegrityError, match="3 files"):
        unpack(pack(FILES))


def test_a_directory_that_lies_about_sizes_unpacks_no_further_than_it_says():
    content = bytes(2**19)
    data = bytearray(pack({"demo/zeros": content}))
    end = data.rindex(b"PK\x01\x02")
    data[end + 24 : end + 28] = struct.pack("<L", 10)
    with pytest.raises(IntegrityError, match="does not unpack to the 10 bytes"):
        unpack(bytes(data))


def test_a_total_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    with pytest.raises(IntegrityError, match="zip bomb"):
        unpack(pack({"demo/a": bytes(60), "demo/b": bytes(60)}))


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + bytes(17), b"\x80\x04\x95pickle."])
def test_what_is_no_zip_is_said_so(data):
    with pytest.raises(IntegrityError, match="zip"):
        unpack(data)


def test_nested_and_encrypted_and_zip64_entries_are_refused():
    big = io.BytesIO()
    with zipfile.ZipFile(big, "w") as made, made.open("demo/x", "w", force_zip64=True) as entry:
        entry.write(b"x")
    for data in (big.getvalue(), other_zip([("demo/x", b"x")]).replace(b"\x00\x00\x08\x00", b"\x01\x00\x08\x00")):
        with pytest.raises(IntegrityError):
            unpack(data)
