"""Invented interviews hold what was planted, where it was planted, and coders err as often as they were told to."""

import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import interview_corpus

MADE = interview_corpus(400, surveyed=4000, seed=7)


def test_every_planted_place_is_a_sentence_of_its_theme():
    texts = MADE.frame.set_index("document")["text"]
    planted = MADE.tables["planted"]
    said = [texts[row.document][row.start : row.end] for row in planted.itertuples()]
    assert all(one.endswith(".") and "\n" not in one for one in said)
    by_theme = pd.DataFrame({"theme": planted["theme"], "said": said}).drop_duplicates()
    assert by_theme["said"].is_unique
    assert (by_theme["theme"].value_counts() == 12).all()  # six sentences in each language


def test_shares_by_group_are_those_given_in_interviews_and_in_the_survey():
    shares = MADE.truth["shares"]
    for table, people in ((MADE.tables["cases"], 200), (MADE.tables["survey"], 1900)):
        found = table.groupby("group")[list(shares.index)].mean().T[shares.columns]
        error = (shares * (1 - shares) / people) ** 0.5
        assert ((found - shares).abs() < 4 * error).all(axis=None)


def test_themes_of_a_case_are_those_planted_and_the_outcome_follows_its_formula():
    cases = MADE.tables["cases"].set_index("document")
    there = pd.crosstab(MADE.tables["planted"]["document"], MADE.tables["planted"]["theme"]).clip(upper=1)
    assert there.reindex(cases.index, fill_value=0).equals(cases[list(there.columns)].rename_axis(columns="theme"))
    held = (cases["debt"] & cases["isolation"]) | (cases["documents"] & cases["threats"])
    assert (held == cases["could_not_leave"]).all()
    assert MADE.truth["held"] == "debt and isolation or documents and threats"


def test_coders_err_as_often_as_they_were_told():
    segments, planted = MADE.tables["segments"], MADE.tables["planted"]
    met = segments.merge(planted, on=["document", "end"], how="outer", indicator=True)
    for coder, given in MADE.truth["errors"].iterrows():
        own = met[met["coder"] == coder]
        passages = len(planted)
        sees = (own["code"] == own["theme"]).sum() / passages
        mistakes = ((own["_merge"] == "both") & (own["code"] != own["theme"])).sum() / passages
        assert abs(sees - given["sees"]) < 4 * (given["sees"] * (1 - given["sees"]) / passages) ** 0.5
        assert abs(mistakes - given["mistakes"]) < 4 * (0.05 * 0.95 / passages) ** 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"language": "de"}, "language == 'de'"),
        ({"sees": 0.99, "mistakes": 0.2}, "add up to more than 1"),
        ({"sees": [0.9]}, "sees holds 1 chances"),
        ({"themes": {"rain": {"a": 0.5}}}, "themes holds 'rain'"),
        ({"themes": {"debt": {"a": 0.5}, "threats": {"b": 0.5}}}, "in other groups than the first"),
        ({"themes": {}}, "must map each theme"),
        ({"interviews": 1}, "interviews == 1"),
    ],
)
def test_what_is_refused(options, said):
    with pytest.raises(SpecificationError, match=said):
        interview_corpus(**options)


def test_one_language_or_both():
    assert set(MADE.frame["language"]) == {"en", "fr"}
    assert set(interview_corpus(4, language="fr", seed=1).frame["language"]) == {"fr"}
