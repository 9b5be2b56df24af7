"""Linkage of synthetic persons: accuracy, honesty about error, and what never leaves."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, Result, SpecificationError
from ctresearch.core.pseudonym import create_key
from ctresearch.data import link
from ctresearch.data.linkage import model
from ctresearch.data.linkage.comparisons import missed_by_blocks
from ctresearch.data.linkage.safeguards import custodian_key, in_words
from ctresearch.data.synthetic import person_lists

SAID = {
    "purpose": "size of the population",
    "separation_from_enforcement": "invented people, of whom no office knows",
    "key": b"k" * 32,
}


@pytest.fixture(scope="module")
def made():
    return person_lists(n=600, lists=["police", "charity", "clinic"], inclusion=0.4, seed=3)


@pytest.fixture(scope="module")
def linked(made):
    return link(made.tables, also=["sex", "nationality"], draws=10, seed=1, **SAID)


@pytest.mark.slow
def test_the_lists_are_linked_nearly_without_error(made, linked):
    persons = made.truth["persons"]
    member = pd.crosstab(pd.Series(persons), made.frame["list"])[["police", "charity", "clinic"]] > 0
    true = member.astype(int).value_counts()
    found = linked.counts.set_index(["police", "charity", "clinic"])["count"]
    # default errors leave single doubtful pairs: no cell is off by more than 3 people
    assert (found - true).abs().max() <= 3
    assert linked.error.estimates.loc["persons", "estimate"] == linked.counts["count"].sum() == len(linked.people())


def test_expected_errors_agree_with_the_truth(linked):
    rates = linked.error.estimates["estimate"]
    assert 0 <= rates["false_match_rate"] < 0.02
    assert 0 <= rates["missed_match_rate"] < 0.02
    assert rates["missed_by_blocking"] == 0, "short lists are compared whole"
    assert linked.error.estimates.loc["linked_pairs", ["std_error", "ci_low"]].isna().all()


def test_draws_differ_and_add_up(linked, made):
    tables = linked.tables()
    assert len(tables) == 10
    sizes = [int((table["police"] * table["count"]).sum()) for table in tables]
    assert set(sizes) == {len(made.tables["police"])}, "every record is somebody on its list"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_linkage(made, linked):
    again = link(made.tables, also=["sex", "nationality"], draws=10, seed=1, **SAID)
    pd.testing.assert_frame_equal(again.drawn, linked.drawn)
    pd.testing.assert_frame_equal(again.model, linked.model)
    assert again.error == linked.error


def test_no_identifier_leaves(made, linked):
    text = " ".join(
        [repr(linked), linked.counts.to_csv(), linked.drawn.to_csv(), linked.review.to_csv(), linked.model.to_csv()]
    )
    words = set(made.frame["given_name"]) | set(made.frame["family_name"]) | set(made.frame["birth_date"])
    assert not [word for word in words if len(word) > 4 and word in text]
    assert set(linked.people().columns) == {"police", "charity", "clinic"}
    assert linked.error.inputs.keyed


def test_the_error_is_a_result_that_survives_json(linked):
    assert Result.from_dict(linked.error.to_dict()) == linked.error
    assert {check.name for check in linked.error.checks} == {"error", "blocking", "overlaps", "doubles"}
    assert "Sadinle" in " ".join(linked.error.references)


def test_the_review_table_gives_rows_not_names(made):
    harder = person_lists(n=500, lists=["police", "charity"], inclusion=0.4, errors=3.0, seed=2)
    found = link(harder.tables, also=["sex"], draws=5, review=(0.02, 0.98), **SAID).review
    assert len(found) > 0
    assert list(found.columns) == [
        "list_left",
        "row_left",
        "list_right",
        "row_right",
        "probability",
        "joined",
        "given",
        "family",
        "birth",
        "sex",
    ]
    assert found["probability"].between(0.02, 0.98).all()
    assert (found["row_left"] < len(harder.tables["police"])).all()
    distance = (found["probability"] - 0.5).abs()
    assert distance.is_monotonic_increasing, "the most doubtful first"


@pytest.mark.slow
def test_long_lists_are_compared_within_blocks(made, linked, monkeypatch):
    monkeypatch.setattr(model, "_ALL_PAIRS", 0)
    blocked = link(made.tables, also=["sex", "nationality"], draws=5, seed=1, **SAID)
    rates = blocked.error.estimates["estimate"]
    assert 0 < rates["missed_by_blocking"] < 0.02
    # besides the matches that never met, blocks and all pairs differ by single doubtful pairs only
    unmet = rates["missed_by_blocking"] * rates["linked_pairs"]
    assert abs(blocked.counts["count"].sum() - linked.counts["count"].sum()) <= 3 + unmet


def test_share_missed_by_blocks_by_hand():
    names = {"same sound": 0.8, "different": 0.2}
    birth = {"same date": 0.5, "same year": 0.3, "different": 0.2}
    missed = missed_by_blocks({"given": names, "family": names, "birth": birth}, birth_known=1.0)
    # same year but not date: missed if neither name sounds alike; another year: missed unless both do
    assert missed == pytest.approx(0.3 * 0.2 * 0.2 + 0.2 * (1 - 0.8 * 0.8))


@pytest.mark.parametrize("said", ["", "yes", "no", True, None, "for research"])
@pytest.mark.parametrize("name", ["purpose", "separation_from_enforcement"])
def test_refused_without_a_purpose_and_separation(made, name, said):
    with pytest.raises(SpecificationError, match=f"{name} == {said!r}"):
        link(made.tables, **(SAID | {name: said}))


@pytest.mark.parametrize(
    "said",
    [
        "none at the moment",
        "n/a for this study",
        "no separation at all",
        "there is no separation",
        "not applicable here now",
        "data are not kept apart",
        "n/a n/a n/a",
        "to be decided later on",
        "without any safeguards for now",
    ],
)
def test_a_statement_that_denies_is_refused(said):
    with pytest.raises(SpecificationError, match="must say in 3 words or more"):
        in_words("separation_from_enforcement", said)


@pytest.mark.parametrize(
    "said",
    [
        "no data are shared with immigration enforcement",
        "records are held by the statistics office alone",
        "an agreement keeps them from the police, who are not told",
        "not one office of enforcement has access",
    ],
)
def test_a_statement_that_says_something_is_taken(said):
    assert in_words("separation_from_enforcement", f" {said} ") == said


@pytest.mark.parametrize("content", [None, "ab" * 8, "no key at all", "00" * 32])
def test_a_key_file_that_is_no_key_is_refused(tmp_path, monkeypatch, content):
    if content is not None:
        (tmp_path / "key").write_text(content)
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises((DataError, SpecificationError), match="key file"):
        custodian_key(None)


def test_a_key_that_the_environment_names_stays_outside_too(tmp_path, monkeypatch):
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(tmp_path / "key")))
    assert len(custodian_key(None)) == 32
    (tmp_path / "study.toml").write_text("")
    with pytest.raises(SpecificationError, match="lies within"):
        custodian_key(None)


def test_the_key_stays_outside_the_study(made, tmp_path, monkeypatch):
    monkeypatch.delenv("CTRESEARCH_KEY_FILE", raising=False)
    with pytest.raises(DataError, match="custodian's key"):
        link(made.tables, **(SAID | {"key": None}))
    with pytest.raises(SpecificationError, match="key has 3 bytes"):
        link(made.tables, **(SAID | {"key": b"abc"}))
    key = create_key(tmp_path / "key")
    (tmp_path / "study.toml").write_text("")
    with pytest.raises(SpecificationError, match="lies within"):
        link(made.tables, **(SAID | {"key": key}))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"draws": 1}, SpecificationError, "draws == 1"),
        ({"review": (0.9, 0.1)}, SpecificationError, "review"),
        ({"review": (0.1, 1.5)}, SpecificationError, "review == 1.5"),
        ({"also": ["colour"]}, DataError, "no column 'colour'"),
    ],
)
def test_bad_options_are_refused(made, options, error, message):
    with pytest.raises(error, match=message):
        link(made.tables, **(SAID | options))


def test_one_list_is_no_linkage(made):
    with pytest.raises(DataError, match="holds 1 lists"):
        link({"police": made.tables["police"]}, **SAID)
    with pytest.raises(DataError, match="called 'count'"):
        link({"police": made.tables["police"], "count": made.tables["charity"]}, **SAID)


def test_lists_that_share_nobody_fail_the_check():
    one = person_lists(n=150, inclusion=0.5, seed=5).tables["A"]
    other = person_lists(n=150, inclusion=0.5, seed=6).tables["A"]
    found = link({"police": one, "charity": other}, draws=5, **SAID)
    assert found.error.status in ("review", "fail")
    share = found.counts.query("police == 1 and charity == 1")["count"].sum() / len(one)
    assert share < 0.05, "names are drawn anew, so a few agree by chance"


@pytest.mark.slow
def test_a_list_that_holds_people_twice_is_told(made):
    doubled = pd.concat([made.tables["police"], made.tables["police"].head(5)], ignore_index=True)
    found = link({"police": doubled, "charity": made.tables["charity"]}, draws=3, **SAID)
    check = next(one for one in found.error.checks if one.name == "doubles")
    assert check.status == "review"
    whole = made.tables["police"].head(5)["birth_date"].str.len() == 10
    assert check.numbers["police"] >= whole.sum()


def test_synthetic_persons_are_the_same_for_the_same_seed(made):
    again = person_lists(n=600, lists=["police", "charity", "clinic"], inclusion=0.4, seed=3)
    pd.testing.assert_frame_equal(again.frame, made.frame)
    assert made.truth["persons"] == again.truth["persons"]
    assert len(np.unique(made.truth["persons"])) == made.truth["observed"]
    exact = person_lists(n=300, errors=0.0, seed=1)
    rows = exact.frame.drop(columns="list").assign(person=exact.truth["persons"])
    assert rows.drop_duplicates()["person"].is_unique, "without errors a person is spelt one way"


@pytest.mark.parametrize(
    "options",
    [
        {"lists": 1},
        {"lists": ["A", "A"]},
        {"inclusion": 1.2},
        {"inclusion": [0.1]},
        {"errors": {"fire": 0.1}},
        {"n": 1},
    ],
)
def test_synthetic_persons_refuse_bad_options(options):
    with pytest.raises(SpecificationError):
        person_lists(**({"n": 50} | options))


def test_lists_that_differ_in_spelling_alone_are_refused_without_their_names(made):
    police, charity = made.tables["police"], made.tables["charity"]
    with pytest.raises(CellError, match=r"2 of 2 lists \(numbers 1 and 2\) differ"):
        link({"police": police, "Police ": charity}, **SAID)
    with pytest.raises(DataError, match="called 'count'"):
        link({"police": police, "Count ": charity}, **SAID)
    with pytest.raises(DataError, match="name of list number 2 is no text"):
        link({"police": police, 1871: charity}, **SAID)
