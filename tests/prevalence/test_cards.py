"""Cards of tables of lists, samples and verdicts: the figures they are named by, and no count of few people."""

import numpy as np
import pandas as pd

from cards import cells, head, listed, said
from ctresearch.core import Check, Scope, say
from ctresearch.prevalence import (
    CaptureHistories,
    LinkedSamples,
    PartialHistories,
    PopulationVerdict,
    RespondentSample,
    Scenario,
    shown_counts,
)

PLAIN = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [614, 427, 123]})


def table_of(page):
    """Return the rows of numbers of a card."""
    return [row for row in cells(page) if len(row) == 3]


def test_a_table_without_few_people_is_exact():
    page = CaptureHistories.from_counts(PLAIN, scope=Scope(population="adults"))._repr_html_()
    assert head(page) == "CaptureHistories"
    assert said(page) == ["1,164 people on 2 lists: 1, 2", f"Counts whom: {Scope(population='adults').said}."]
    assert table_of(page) == [["", "1", "2"], ["1", "737", "123"], ["2", "123", "550"]]


def test_a_table_with_few_people_is_rounded_to_tens():
    page = CaptureHistories.from_counts(PLAIN.assign(count=[614, 427, 4]))._repr_html_()
    assert said(page)[0] == "1,040 people on 2 lists: 1, 2"
    assert "counts are rounded to 10 or masked" in said(page)[1]
    assert table_of(page)[1:] == [["1", "620", "<5"], ["2", "<5", "430"]]
    few = CaptureHistories.from_counts(PLAIN.assign(count=[3, 4, 6]))._repr_html_()
    assert table_of(few)[1:] == [["1", "10", "10"], ["2", "10", "10"]]  # 9, 6 and 10: never below what is masked
    five = CaptureHistories.from_counts(PLAIN.assign(count=[61, 42, 5]))._repr_html_()
    assert "108 people" in five


def test_a_published_table_names_its_lists_and_its_source():
    table = CaptureHistories.from_published("uk-2013")
    page = table._repr_html_()
    assert said(page)[0] == f"2,744 people on 6 lists: {', '.join(table.lists)}"
    assert said(page)[-len(table.references) :] == list(table.references)
    assert [row[0] for row in cells(page) if len(row) == 7] == ["", *table.lists]


def test_ranges_of_counts_show_their_ends_together():
    ranges = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["<5", "40", "20-30"]})
    page = PartialHistories.from_counts(ranges, smallest=1)._repr_html_()
    assert listed(page) == {"lists": "A, B", "at least": "61", "at most": "74"}
    assert said(page) == []


def chain(n):
    """Let the first recruit the second, and so on."""
    ids = [f"p{k}" for k in range(n)]
    return RespondentSample.from_frame(pd.DataFrame({"id": ids, "recruiter": [None, *ids[:-1]], "degree": 3}))


def test_people_who_recruited_each_other_are_few_or_counted():
    assert listed(chain(5)._repr_html_()) == {"seeds": "1", "people": "5"}
    assert listed(chain(4)._repr_html_()) == {"people": "<5"}


def test_samples_that_follow_links_count_people_once():
    people = pd.DataFrame(
        {
            "sample": ["one"] * 4 + ["two"] * 3,
            "person": list("abcd") + list("aef"),
            "initial": [1, 1, 0, 0, 1, 1, 0],
            "degree": [2] * 7,
        }
    )
    links = pd.DataFrame({"one": ["a", "b", "a", "e"], "other": ["c", "d", "e", "f"]})
    made = LinkedSamples.from_frames(people, links)
    assert listed(made._repr_html_())["people"] == str(made.people) == "6"


def test_verdicts_and_invented_populations():
    check = Check("overlaps", "review", "Few people are on two lists.")
    found = PopulationVerdict("with care", "Chapman", say("The table is small."), (check,))
    page = found._repr_html_()
    assert listed(page) == {"status": "with care", "first": "Chapman"}
    assert said(page) == ["The table is small."]
    assert "ctresearch-review" in page
    assert str(found).split("\n")[0] == "With care, first Chapman. The table is small."
    assert (len(found), list(found), found[0], found[:1]) == (1, [check], check, (check,))
    scenario = Scenario("s", "How it was made.", ("A", "B"), 900, np.array([0.25, 0.25, 0.25, 0.25]))
    assert listed(scenario._repr_html_()) == {"name": "s", "lists": "A, B", "population": "900"}
    assert said(scenario._repr_html_()) == ["How it was made."]


def test_masked_counts_say_so_on_their_card():
    three = pd.DataFrame({"A": [1, 0, 0, 1, 1, 0, 1], "B": [0, 1, 0, 1, 0, 1, 1], "C": [0, 0, 1, 0, 1, 1, 1]})
    table = CaptureHistories.from_counts(three.assign(count=[400, 300, 250, 60, 3, 40, 20]))
    shown = shown_counts(table, threshold=5)
    page = shown._repr_html_()
    assert listed(page)["masked"] == str(shown.masked)
    assert sum(row.count("masked") for row in cells(page)) == int(shown.patterns.isna().sum().sum()) + int(
        shown.overlaps.isna().sum().sum()
    )
    assert shown.patterns.isna().any(axis=None)
