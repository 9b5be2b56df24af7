"""Words and names turn at a number, at a scale or at a word, and their nearest neighbour does not."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Meaning
from ctresearch.privacy.declared.part import Part
from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.words.age_bands import age_band
from ctresearch.privacy.words.counted_in_words import few_in_words
from ctresearch.privacy.words.counting_columns import (
    counting_columns,
    counts_people,
    is_fractional,
    is_key,
    of_a_model,
    of_two_years,
    small_counts,
)
from ctresearch.privacy.words.prose import row_level_text, small_counts_text, small_numbers
from ctresearch.privacy.words.record_tables import is_matrix, row_level
from ctresearch.privacy.words.scales import rank_of, said_scale, whole_of
from ctresearch.privacy.words.shares_in_text import small_shares_text
from ctresearch.privacy.words.suggested_roles import FILL_IN, suggested


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("1 victim was met", 1),
        ("4 victims were met", 1),
        ("5 victims were met", 0),
        ("0 victims were met", 0),
        ("3 men and 2 women came", 2),
        ("n = 4", 1),
        ("n = 5", 0),
        ("119 of 120 victims were met", 1),
        ("116 of 120 victims were met", 1),
        ("115 of 120 victims were met", 0),
        ("120 of 120 victims were met", 0),
        ("4 of 120 victims were met", 1),
        ("5 of 120 victims were met", 0),
        ("Of 120 victims, four were men.", 1),
        ("Of 120 victims, 116 were women.", 1),
        ("Of 120 victims, 115 were women.", 0),
        ("victims: 4", 1),
        ("victims: 5", 0),
        ("All but two were women.", 1),
        ("a single victim was met", 1),
    ],
)
def test_few_people_in_a_sentence(text, places):
    assert small_counts_text(text, 5) == places


def test_the_threshold_of_words_is_the_one_that_is_asked_for():
    for n in (2, 5, 9, 11):
        assert small_counts_text(f"{n - 1} victims were met", n) == 1
        assert small_counts_text(f"{n} victims were met", n) == 0
        assert small_numbers(f"{n - 1} minore din sat", n) == 1
        assert small_numbers(f"{n} minore din sat", n) == 0
    assert small_numbers("0 minore din sat", 5) == 0


@pytest.mark.parametrize(
    ("share", "base", "small"),
    [
        ("4%", 100, 1),
        ("5%", 100, 0),
        ("0%", 100, 0),
        ("95%", 100, 0),
        ("96%", 100, 1),
        ("100%", 100, 0),
        ("four per cent", 100, 1),
        ("five per cent", 100, 0),
        ("0.4 per cent", 1000, 1),
        ("10%", 10, 1),
        ("20%", 9, 0),  # one of a few is a ratio
        ("4%", "1,000", 0),
        ("0.4%", "1,000", 1),
    ],
)
def test_shares_of_a_number_of_people_in_a_sentence(share, base, small):
    assert small_shares_text(f"Of {base} victims, {share} were men.", 5) == small


def test_shares_are_of_the_people_of_their_own_sentence():
    assert small_shares_text("There were 100 victims. Some 4% were men.", 5) == 0
    assert small_shares_text("Of 100 victims, 4% were men. Of 200 victims, 2% were men.", 5) == 2
    assert small_shares_text("Of 100 victims and 200 women, 4% were men.", 5) == 0  # of whom, nobody knows


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("(Woman, 0--8, ALB, 2019)", True),
        ("[F, 23, ITA, x]", True),
        ("('F' 23 'ITA')", True),
        ("(F, 23, here)", False),  # two kinds
        ("(23, ITA, 2019)", False),  # no sex
        ("(sex=F, age=23)", True),
        ("(sex=F, n=2300)", False),
        ("(Woman 0--8 ALB 2019)", False),
    ],
)
def test_what_stands_in_brackets_is_somebody_or_not(text, row):
    assert row_level_text(text) is row


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("p95", 0.95),
        ("q25", 0.25),
        ("p1", 0.01),
        ("age_p99.5", 0.995),
        ("0.9", 0.9),
        (".25 quantile", 0.25),
        ("90th percentile", 0.9),
        ("25%", 0.25),
        ("lower_quartile", 0.25),
        ("First quartile", 0.25),
        ("upper quartile", 0.75),
        ("third_quartile", 0.75),
        ("median", 0.5),
        ("median of 95", 0.5),
        ("age", 0.5),
    ],
)
def test_which_quantile_a_name_says(name, rank):
    assert rank_of(name) == pytest.approx(rank)


def part(name, values, meaning=None):
    """Make a part of a table."""
    return Part(name, meaning, np.arange(len(values)), pd.Series(values))


@pytest.mark.parametrize(
    ("name", "values", "unit", "whole", "said"),
    [
        ("men", [0.4, 1.0], "", 1.0, None),
        ("men", [0.4, 1.5], "", 100.0, None),
        ("men", ["40%", "50%"], "", 100.0, None),
        ("men_pct", [0.4], "", 100.0, None),
        ("percent", [0.4], "", 100.0, None),
        ("men", [0.4], "percent", 100.0, None),
        ("men", [0.4], "%", 100.0, None),
        ("rate per 1,000", [40.0], "", 1000.0, 1000.0),
        ("rate", [0.4], "per 10,000", 10_000.0, 10_000.0),
        ("rate_per_100000", [0.4], "", 100_000.0, 100_000.0),
        ("rate", [0.4], "per 1 000 000", 1_000_000.0, 1_000_000.0),
        ("per_k", [0.4], "", 1000.0, 1000.0),
        ("per 10k", [0.4], "", 10_000.0, 10_000.0),
        ("per 100 k", [0.4], "", 100_000.0, 100_000.0),
        ("rate", [0.4], "per 1,00,000", 100_000.0, 100_000.0),
        ("rate", [0.4], "per million", 1_000_000.0, 1_000_000.0),
        ("rate", [0.4], "per 10.000", 10_000.0, 10_000.0),
        ("per mille", [0.4], "", 1000.0, 1000.0),
        ("rate", ["4‰", "5‰"], "", 1000.0, 1000.0),
        ("per_year", [0.4], "", 1.0, None),
    ],
)
def test_what_all_of_the_base_is_written_as(name, values, unit, whole, said):
    one = part(name, values, Meaning("share", "Share", unit, base="n") if unit else None)
    assert whole_of(one) == whole
    assert said_scale(one) == said


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("9-17", (9.0, 17.0)),
        ("9--17 years", (9.0, 17.0)),
        ("18+", (18.0, np.inf)),
        ("18 and over", (18.0, np.inf)),
        ("under 18", (0.0, 17.0)),
        ("<18", (0.0, 17.0)),
        ("over 17", (18.0, np.inf)),
        ("18", None),
        ("9-17 men", None),
    ],
)
def test_bands_of_age_hold_their_ends(label, band):
    assert age_band(label) == band


MANY = Grid(
    ("year", "victims", "women", "percent_men", "oldest", "youngest", "hiv", "mean_age", "sd_age", "weighted_n", "pay"),
    (
        ("2020", "40", "20", "20", "61", "11", "0.025", "24.5", "2.5", "400.5", "120.5"),
        ("2021", "50", "25", "30", "62", "12", "0.035", "25.5", "3.5", "500.5", "130.5"),
    ),
)
GUESSES = [
    *("key", "count", "count", "share of victims", "greatest of victims", "least of victims", "share of victims"),
    *("mean of victims", "spread of victims", "weighted count of victims", "mean of victims"),
]


@pytest.mark.parametrize("place", range(len(GUESSES)))
def test_what_a_column_may_be_is_guessed_on_the_safe_side(place):
    assert suggested(MANY, place) == GUESSES[place]


def test_where_nobody_counts_people_there_is_a_place_to_fill_in():
    alone = Grid(("place", "hiv", "age"), (("a", "0.025", "24.5"), ("b", "0.03", "25.5")))
    assert [suggested(alone, i) for i in range(3)] == ["key", f"share of {FILL_IN}", f"mean of {FILL_IN}"]
    assert [suggested(alone, i, counted=True) for i in range(3)] == ["key", "share of all", "mean of all"]
    ties = Grid(("source", "target", "n"), (("a", "b", "3"), ("b", "c", "4")))
    assert [suggested(ties, i) for i in range(2)] == ["actor", "actor"]
    words = Grid(("note", "n"), (("It was dark when they came.", "40"), ("x", "50")))
    assert suggested(words, 0) == "text"
    model = Grid(("term", "estimate", "p_value"), (("age", "0.25", "0.01"), ("sex", "-0.5", "0.2")))
    assert [suggested(model, i) for i in range(3)] == ["key", "model", "model"]


def test_small_counts_of_a_table_are_those_of_its_people():
    table = Grid(("sex", "year", "n"), (("Woman", "2020", "12"), ("Man", "2021", "4"), ("Boy", "2022", "0")))
    assert counting_columns(table) == [2]
    assert [is_key(table, i) for i in range(3)] == [True, True, False]
    assert [small_counts(table, n) for n in (4, 5, 12, 13)] == [0, 1, 1, 2]
    assert not of_a_model(table)
    assert (is_fractional(["1.0", "2.0"]), is_fractional(["1.0", "2.5"])) == (False, True)
    assert (counts_people("n_women"), counts_people("mean_women"), counts_people("colour")) == (True, False, False)
    assert (of_two_years("victims 2020", "victims 2021"), of_two_years("victims 2020", "victims 2020")) == (True, False)


def test_a_matrix_has_its_rows_called_as_its_columns():
    assert is_matrix(Grid(("", "age", "debt"), (("age", "1", "0.3"), ("debt", "0.3", "1"))))
    assert not is_matrix(Grid(("", "age"), (("age", "1"),)))  # one row is no matrix
    assert not is_matrix(Grid(("", "age", "debt"), (("age", "1", "0.3"), ("sex", "0.3", "1"))))


def held(*columns, header="abc", counted=False):
    """Ask whether rows of columns of any name are people."""
    return row_level(Grid(tuple(header), tuple(zip(*columns, strict=True))), counted=counted)


SEXES, AGES, COUNTRIES = ["Woman", "Man"], ["23", "41"], ["NGA", "ITA"]


@pytest.mark.parametrize(
    ("table", "people"),
    [
        (held(SEXES, AGES, COUNTRIES), True),
        (held(SEXES, AGES, ["2019", "2020"]), True),
        (held(SEXES, AGES, ["Bari", "Lagos"]), True),
        (held(SEXES, AGES, ["0.5", "0.25"]), False),  # something is measured
        (held(SEXES, COUNTRIES, ["Bari", "Lagos"]), False),
        (held(["Woman"], ["23"], ["NGA"]), False),
        (held(SEXES, AGES, COUNTRIES, header=("a", "victims", "c")), False),  # ages that are counts
        (held(["A-1", "A-2"], ["x", "y"], header=("case_id", "b")), True),
        (held(["A-1", "A-1"], ["x", "y"], header=("case_id", "b")), False),
        (held(["P1", "P2", "P3"], list("xyx"), header="ab"), True),
        (held(["P1", "P2", "P3"], list("xyx"), header="ab", counted=True), False),
        (held(["P10", "P50", "P90"], list("xyx"), header="ab"), False),  # percentiles
        (held(["1", "2"], ["40", "50"], header=("id", "n")), False),
        (held(SEXES, ["9-17", "18+"], header=("gender", "ageBroad")), True),
        (held(SEXES, ["9-17", "18+"], ["40", "50"], header=("gender", "ageBroad", "n")), False),
    ],
)
def test_rows_are_people_or_groups(table, people):
    assert table is people


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("two of the boys left", 1),
        ("four of the boys left", 1),
        ("five of the boys left", 0),
        ("all of the 52 women except three came", 1),
        ("Tres mujeres", 1),
        ("exactly one boy", 1),
        ("Women: III", 1),
        ("Women = IV and men: II", 2),
        ("Women: V", 0),
        ("4 out of 60 boys", 1),
        ("5 out of 60 boys", 0),
        ("56 out of 60 boys", 1),
        ("55 out of 60 boys", 0),
        ("60 out of 60 boys", 0),
        ("4 out of 9 boys", 0),
        ("half of the 8 boys", 1),
        ("half of the 10 boys", 0),
        ("a fifth of the 20 boys", 1),
        ("a fifth of the 25 boys", 0),
        ("two thirds of the 12 boys", 1),
        ("three quarters of the 20 boys", 0),
        ("one third of the 12 boys", 1),
        ("one third of the 15 boys", 0),
    ],
)
def test_few_people_in_words(text, places):
    assert few_in_words(text, 5) == places
