"""The manifest of a new study, table by table: what is kept of the notebook's own, and what is said of these data."""

import datetime as dt
import tomllib

import pytest

from ctresearch.studies.asked import new, new_from
from ctresearch.studies.asked.new_from import Stated

OWN = """# of another study
title = "Another"
notebook = "n"
seed = 1

# its parameters
[parameters]
n = { type = "int", value = 3 }


[data.lists]
source = "published:uk-2013"
level = "public"

[data.other]
level = "restricted"

# what it promises
[outputs]
t = { kind = "table", level = "public" }


[cite]
licence = "CC-BY-4.0"
"""


@pytest.fixture
def today(monkeypatch):
    class Clock(dt.datetime):
        @classmethod
        def now(cls, zone=None):
            return cls(2026, 1, 31, 12, tzinfo=zone)

    monkeypatch.setattr(new_from.dt, "datetime", Clock)


def test_tables_follow_one_another_with_one_line_between_and_the_data_in_their_place(today):
    stated = Stated(title='How "many"?', whom="people", authors=("Ana P", "B"))
    made = new_from._manifest("mine", OWN, {"lists": "f.csv", "other": "published:nl-2015"}, stated)
    assert "#" not in made.partition("[parameters]")[0]
    assert "\n\n\n" not in made
    assert made.endswith("\n")
    assert not made.endswith("\n\n")
    titles = [line for line in made.splitlines() if line.startswith("[")]
    assert titles == ["[parameters]", "[data.lists]", "[data.other]", "[outputs]", "[cite]", "[ethics]"]
    read = tomllib.loads(made)
    assert (read["title"], read["notebook"], read["seed"]) == ('How "many"?', "n", 1)
    assert read["authors"] == [{"name": "Ana P"}, {"name": "B"}]
    assert read["data"]["lists"]["level"] == "restricted"
    assert read["data"]["lists"]["access"] == "not stated"
    assert read["data"]["lists"]["scope"]["population"] == "people"
    assert read["data"]["other"] == {"source": "published:nl-2015", "level": "public"}
    assert (read["ethics"]["agreement_ends"], read["ethics"]["retain_until"]) == (dt.date(2026, 5, 1),) * 2
    assert read["ethics"]["permitted_uses"] == ["not stated"]
    words = {"legal_basis", "purpose", "consent", "approval", "agreement", "children", "immigration_enforcement"}
    assert {key for key, value in read["ethics"].items() if value == "not stated"} == words


def test_a_study_of_published_tables_needs_no_terms_and_a_place_for_authors():
    made = new_from._manifest("my-new_study", OWN, {"lists": "published:uk-2013"}, Stated())
    assert 'title = "My new study"' in made
    assert '# authors = [{ name = "...", orcid = "0000-0000-0000-0000" }]' in made
    assert "[ethics]" not in made


def test_what_is_stated_makes_the_scope_and_what_is_not_says_so():
    bare = dict.fromkeys(("population", "definition", "reference_period", "measure"), "not stated")
    assert Stated().scope == bare
    assert Stated(where="here").scope["population"] == "here"
    said = Stated(whom="people", where="here", definition="d", when="2013", measure="period").scope
    assert said == {"population": "people, here", "definition": "d", "reference_period": "2013", "measure": "period"}


def test_text_is_written_as_toml_takes_it():
    for text in ('a "b" \\ c', "é\n", "\x7f", "\x01"):
        assert tomllib.loads(f"x = {new_from._text(text)}") == {"x": text}
    assert new_from._text("é") == '"é"'


def test_a_copied_manifest_loses_what_was_said_of_others_and_keeps_the_rest():
    text = (
        'title = "Another"\nauthors = [\n  { name = "A" },\n]\ndescription = """Two\nlines"""\nnotebook = "n"\n\n'
        '[outputs]\ntitle = "kept"\n\n[[overrides]]\noutput = "t"\nreason = "r"\n\n[[overrides]]\noutput = "u"\n'
        '[cite]\ndoi = "10.1/x"\nlicence = "CC0-1.0"\n'
    )
    made = new._retitled(text, "my-copy")
    assert tomllib.loads(made) == {
        "title": "My copy",
        "notebook": "n",
        "outputs": {"title": "kept"},
        "cite": {"licence": "CC0-1.0"},
    }
