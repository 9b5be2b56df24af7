"""Encodings and delimiters."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError
from ctresearch.data.files.encoding import DELIMITERS, detect_delimiter, detect_encoding, first_lines

WORDS = st.text(st.sampled_from("abcxyz ñéüßçøÁî"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(WORDS, min_size=1, max_size=20), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
)
def test_unicode_is_always_read_as_it_was_written(tmp_path, words, encoding):
    text = "\n".join(["header", *words])
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    assert (tmp_path / "t.csv").read_bytes().decode(detect_encoding(tmp_path / "t.csv")) == text


def test_a_letter_cut_by_the_end_of_a_block_is_no_other_encoding(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a" * ((1 << 20) - 1) + "ñ".encode() + b"b")
    assert detect_encoding(tmp_path / "t.csv") == "utf-8"
    (tmp_path / "t.csv").write_bytes(b"a\xc3")
    assert detect_encoding(tmp_path / "t.csv") in {"cp1252", "latin_1"}


@given(st.sampled_from(DELIMITERS), st.integers(2, 6), st.integers(2, 8))
def test_the_delimiter_is_the_one_of_most_lines(delimiter, columns, rows):
    lines = [delimiter.join(f"v{i}" for i in range(columns))] * rows
    assert detect_delimiter(["A title of the table", *lines]) == delimiter


def test_a_delimiter_without_a_header_does_not_serve():
    lines = ["freq,unit,geo\\TIME_PERIOD\t2019\t2020", "A,NR,BE\t1\t2"]
    assert detect_delimiter(lines, lambda d: d == "\t") == "\t"
    assert detect_delimiter([]) == ","


def test_a_wrong_encoding_is_an_error(tmp_path):
    (tmp_path / "t.csv").write_bytes("año".encode("latin-1"))
    with pytest.raises(DataError, match=r"encoding == 'utf-8' does not fit t\.csv"):
        first_lines(tmp_path / "t.csv", "utf-8", 2)
