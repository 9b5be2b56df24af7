"""Reading tables: the same table in any dress is the same table, and nothing a file holds is ever an error."""

import io
import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.privacy import Output, release, scan_notebook
from ctresearch.privacy.reading.reading import decoded, read_grids
from ctresearch.privacy.words.counting_columns import small_counts
from ctresearch.privacy.words.identifiers import identifiers_in_text, identifying_columns, snake
from ctresearch.privacy.words.person_names import looks_like_a_person
from ctresearch.privacy.words.prose import row_level_text, small_counts_text
from ctresearch.privacy.words.record_tables import row_level

COUNTS = st.lists(st.integers(0, 2000), min_size=3, max_size=6)
AGES = ["0--8", "9--17", "18--20", "21--23", "24--26", "27--29"]


def dressed(frame):
    """Write one table in every way it may turn up."""
    drawn = frame.to_string(index=False).splitlines()
    bars = ["│ " + " │ ".join(line.split()) + " │" for line in drawn]
    yield "frame", frame
    yield "csv", frame.to_csv(index=False)
    yield "csv with row numbers", frame.to_csv()
    yield "semicolons", frame.to_csv(index=False, sep=";").encode("utf-8-sig")
    yield "tabs", frame.to_csv(index=False, sep="\t").encode("utf-16")
    yield "html", frame.to_html()
    yield "html without row numbers", "<p>By age</p>" + frame.to_html(index=False)
    yield "json records", frame.to_json(orient="records")
    yield "nested json", json.dumps({"data": {"rows": frame.to_dict("records")}})
    yield "python records", repr(frame.to_dict("records"))
    yield "printed", frame.to_string()
    yield "printed under a title", "By age\n" + frame.to_string(index=False)
    yield "latex", "\\begin{tabular}{lr}\n" + "\n".join(" & ".join(line.split()) + r" \\" for line in drawn)
    yield "bars", "\n".join(["┌────┬───┐", bars[0], "├────┼───┤", *bars[1:], "└────┴───┘"])


@given(COUNTS)
@settings(max_examples=25, deadline=None)
def test_small_counts_are_the_same_in_every_dress(counts):
    frame = pd.DataFrame({"age": AGES[: len(counts)], "victims": counts})
    truth = sum(0 < n < 5 for n in counts)
    for name, text in dressed(frame):
        found = sum(small_counts(grid, 5) for grid in read_grids(text))
        assert found == truth, name
    series = frame.set_index("age")["victims"].rename("count")
    assert sum(small_counts(grid, 5) for grid in read_grids(repr(series))) == truth
    assert sum(small_counts(grid, 5) for grid in read_grids(series)) == truth


def test_records_are_records_in_every_dress():
    frame = pd.DataFrame({"gender": ["Woman", "Man"], "ageBroad": ["9--17", "48+"], "citizenship": ["NGA", "MEX"]})
    for name, text in dressed(frame):
        assert any(map(row_level, read_grids(text))), name


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
@settings(max_examples=300, deadline=None)
def test_nothing_that_a_file_holds_is_an_error(content):
    output = Output("one", "file", "restricted", content=content, counts=[50])
    assert release([output])["one"].verdict in {"pass", "review", "fail"}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_no_nested_value_is_an_error(value):
    read_grids(value)
    read_grids(json.dumps(value))
    shown = {"output_type": "display_data", "data": {"application/json": value}, "metadata": {}}
    cell = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [shown]}
    stripped, findings = scan_notebook({"nbformat": 4, "metadata": {}, "cells": [cell]})
    taken_out = "data" not in stripped["cells"][0]["outputs"][0]
    assert taken_out == bool(findings)


@pytest.mark.parametrize(
    "piece", ["1.2-", " ", "& ", "(", "a b c\n", "Case 12 ", "+1 ", "[", "name: ", "Aa ", "|-", "1,"]
)
def test_a_hostile_text_takes_no_more_than_its_length(piece):
    def seconds(letters):
        text = piece * (letters // len(piece))
        start = time.process_time()
        read_grids(text)
        identifiers_in_text(text)
        row_level_text(text)
        small_counts_text(text, 5)
        return time.process_time() - start

    # four times the text takes four times as long where work is linear, and sixteen or for ever where a rule goes back
    assert seconds(16_000) < 9 * max(seconds(4_000), 0.05)


def test_what_is_no_text_is_told_from_what_is():
    picture, archive = b"\x89PNG\r\n\x1a\n\0\0", io.BytesIO()
    np.savez(archive, np.arange(3))
    assert decoded(picture) is None
    assert decoded(archive.getvalue()) is None
    assert decoded(b"%PDF-1.7") is None
    assert decoded("sexe;cas é".encode("latin-1")) == "sexe;cas é"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("dateOfBirth", "date_of_birth"),
        ("Case ID", "case_id"),
        ("  n ", "n"),
        ("CountryOfExploitation", "country_of_exploitation"),
    ],
)
def test_column_names_are_compared_in_one_spelling(name, written):
    assert snake(name) == written


@pytest.mark.parametrize(
    "value", ["Jane Example", "Jean-Luc Exemple", "María de la Ejemplo", "O'Example Jane", "Jane Q. Example"]
)
def test_names_look_like_names(value):
    assert looks_like_a_person(value)
    assert identifying_columns(read_grids(pd.DataFrame({"who": [value], "n": [50]}))[0]) == ["who"]


@pytest.mark.parametrize(
    "value",
    [
        "United Kingdom",
        "Sri Lanka",
        "uk-2013",
        "Forced Labour",
        "bic",
        "2013",
        "",
        "All Victims",
        7,
        None,
        "Local Authority",
        "Non-governmental organisation",
    ],
)
def test_places_terms_and_options_do_not(value):
    assert not looks_like_a_person(value)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("https://doi.org/10.1111/rssa.12505", 0),
        ("0.1234, 0.5678 and 1e+10", 0),
        ("from 2013-01-01 to 2013-12-31", 0),
        ("Table 1: Victims by Age", 0),
        ("someone@example.org, +44 20 7946 0958", 2),
        ("name: Jane Example", 1),
        ("Mr. Example, born on 1 May 1999", 2),
    ],
)
def test_identifiers_are_told_from_figures(text, kinds):
    assert len(identifiers_in_text(text)) == kinds


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("two girls and 12 boys", 1),
        ("n=4, N = 412", 1),
        ("n = 4,120", 0),
        ("3 persons per 100,000", 0),
        ("version 0.3 people", 0),
        ("1 of 10 pairs of lists shares nobody", 0),
        ("children under 5 years, 2013 victims", 0),
    ],
)
def test_few_people_in_prose(text, places):
    assert small_counts_text(text, 5) == places


def test_lines_of_a_citation_are_no_table_under_a_line_of_prose():
    text = (
        "Counts whom: presumed victims; six years taken together, so a person is counted\n"
        "  once in the whole period; 2010-2015; period prevalence.\n"
        "? fit: Deviance 448.9 on 56 degrees of freedom (p = 1.1e-62): the model misses part.\n"
        "Cite: Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems estimation for\n"
        "  sparse capture data: inferential challenges when there are lists that nobody shares.\n"
    )
    assert not [grid for grid in read_grids(text) if "once" in grid.header]


def test_a_header_is_words_or_years_above_something_else():
    from ctresearch.privacy.reading.nested_values import headed

    found = {
        (("a", "b"),): (("", ""), 1),  # one line alone is no header
        (("a", "b"), ("1", "2")): (("a", "b"), 1),
        (("country", "2019"), ("XX", "3")): (("country", "2019"), 1),
        (("2019", "2020"), ("4", "3")): (("", ""), 2),  # years alone may be numbers
        (("country", "219"), ("XX", "3")): (("", ""), 2),
        (("country", "1819"), ("XX", "3")): (("", ""), 2),
    }
    for rows, (header, left) in found.items():
        grid = headed(rows)
        assert (grid.header, len(grid.rows)) == (header, left), rows
