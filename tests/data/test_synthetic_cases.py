"""Case records have the columns of the source, and the associations their truth says."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import case_model as model
from ctresearch.data.synthetic import case_record_chunks, case_records

CHILD = model.AGES[:2]


@pytest.fixture(scope="module")
def made():
    """One year only, so that every probability is that of the middle year."""
    return case_records(60_000, years=(2018, 2018), seed=3)


def close(shares, truth, n):
    """Whether all shares are within 4.5 standard errors of the truth: one in 100,000 is not."""
    truth = np.asarray(truth, dtype=float)
    return np.all(abs(np.asarray(shares) - truth) <= 4.5 * np.sqrt(truth * (1 - truth) / np.asarray(n)) + 1e-12)


def test_the_columns_and_values_are_those_of_the_source(made):
    frame = made.frame
    assert tuple(frame.columns) == model.COLUMNS
    assert len(model.COLUMNS) == 27
    assert sum(name.startswith("means") for name in model.COLUMNS) == 8
    for name in model.FLAGS:
        assert set(frame[name].dropna()) == {1}, "a flag is 1 or blank"
    assert set(frame["ageBroad"].dropna()) == set(model.AGES)
    assert set(frame["gender"].dropna()) == set(model.GENDERS)
    for name in ("citizenship", "CountryOfExploitation"):
        assert all(len(code) == 3 and code.isupper() for code in frame[name].dropna().unique())


def test_what_is_reported_is_true(made):
    frame, complete = made.frame, made.tables["complete"]
    for name in model.COLUMNS:
        reported = frame[name].notna()
        assert (frame.loc[reported, name].astype(str) == complete.loc[reported, name].astype(str)).all()
    assert complete.notna().all().all()
    assert made.truth["children"] == complete["ageBroad"].isin(CHILD).sum()


def test_forms_of_exploitation_follow_age_and_gender(made):
    complete = made.tables["complete"]
    child = complete["ageBroad"].isin(CHILD)
    for is_child in (0, 1):
        for g, gender in enumerate(model.GENDERS):
            group = complete[(child == is_child) & (complete["gender"] == gender)]
            labour, sexual, both, other = model.FORM[is_child, g]
            found = group[["isForcedLabour", "isSexualExploit", "isOtherExploit"]].mean()
            assert close(found, [labour + both, sexual + both, other], len(group))
            forced = group[group["isForcedLabour"] == 1]
            assert close(forced[list(model.LABOUR)].mean(), model.LABOUR_KIND[g][:4], len(forced))
            told = made.truth["exploitation"].loc[("child" if is_child else "adult", gender)]
            assert told.tolist() == model.FORM[is_child, g].tolist()


def test_means_recruiters_and_months_follow_the_form(made):
    complete = made.tables["complete"].copy()
    complete["child"] = np.where(complete["ageBroad"].isin(CHILD), "child", "adult")
    labour, sexual = complete["isForcedLabour"] == 1, complete["isSexualExploit"] == 1
    form = np.select([labour & sexual, labour, sexual], ["labour and sexual", "labour", "sexual"], "other")
    for key, group in complete.groupby([complete["child"], form]):
        assert close(group[list(model.MEANS)].mean(), made.truth["means"].loc[key], len(group))
    for (child, sex), group in complete.groupby(["child", "isSexualExploit"]):
        assert close(group[list(model.RECRUITERS)].mean(), model.RECRUITER[int(child == "child"), sex][:4], len(group))
    months = pd.crosstab(form, complete["traffickMonths"])
    assert close(months.loc["labour"] / months.loc["labour"].sum(), model.DURATION[0], months.loc["labour"].sum())


def test_means_of_control_come_together(made):
    adults = made.tables["complete"].query("isForcedLabour == 1 and isSexualExploit == 0")
    for one, other in (("meansThreats", "meansDenyBasicNeeds"), ("meansWithholdDocs", "meansExcessiveWorkHours")):
        assert adults[one].corr(adults[other]) > 0.05  # the hidden severity gives .1; chance gives .01


def test_people_are_exploited_where_the_corridors_lead(made):
    complete = made.tables["complete"]
    n = len(complete)
    shares = complete["citizenship"].value_counts().reindex(list(model.CITIZENSHIPS)) / n
    assert close(shares, model.citizenship_shares(), n)
    country = (
        complete["CountryOfExploitation"].value_counts().reindex(list(model.exploitation_countries())).fillna(0) / n
    )
    assert close(country, model.citizenship_shares() @ model.destination_shares(), n)
    np.testing.assert_allclose(model.destination_shares().sum(axis=1), 1, rtol=1e-12)  # rounding of sums


def test_blocks_are_left_unreported_as_a_whole(made):
    frame, complete = made.frame, made.tables["complete"]
    hidden = {name: frame[name].isna() & (complete[name] == 1) for name in model.MEANS}
    pairs = (complete["meansThreats"] == 1) & (complete["meansFalsePromises"] == 1)
    assert (hidden["meansThreats"] == hidden["meansFalsePromises"])[pairs].all()
    for block, share in model.UNREPORTED.items():
        name = model.BLOCKS.get(block, (block,))[0]
        true = complete[name] == 1 if block in model.BLOCKS else pd.Series(data=True, index=complete.index)
        assert close(frame.loc[true, name].isna().mean(), share, true.sum())
    assert set(model.SEX) <= set(model.BLOCKS["sex"])


def test_records_become_more_complete_and_labour_more_frequent():
    frame = case_records(60_000, years=(2010, 2024), seed=4).frame
    early, late = frame[frame["yearOfRegistration"] < 2013], frame[frame["yearOfRegistration"] > 2021]
    assert early["ageBroad"].isna().mean() > late["ageBroad"].isna().mean() + 0.05
    assert (late["gender"] == "Man").mean() > (early["gender"] == "Man").mean() + 0.05
    assert set(frame["yearOfRegistration"]) == set(range(2010, 2025))


def test_nothing_need_be_unreported():
    made = case_records(2_000, unreported=0, seed=5)
    complete = made.tables["complete"]
    assert (made.frame[list(model.FLAGS)].fillna(0) == complete[list(model.FLAGS)]).all().all()
    assert made.frame[[c for c in model.COLUMNS if c not in model.FLAGS]].notna().all().all()
    assert (made.truth["unreported"] == 0).all()


def test_chunks_are_the_same_records():
    whole = case_records(230_000, seed=6).frame
    parts = list(case_record_chunks(230_000, seed=6))
    assert [len(part) for part in parts] == [100_000, 100_000, 30_000]
    assert pd.concat(parts, ignore_index=True).equals(whole)
    assert not parts[0].equals(parts[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n == 0"),
        ({"years": (2020, 2010)}, r"years == \(2020, 2010\)"),
        ({"years": (2010.5, 2012)}, "years == 2010.5"),
        ({"unreported": -1}, "unreported == -1"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        case_records(**options)
    with pytest.raises(SpecificationError, match=message):
        next(case_record_chunks(**{"n": 10, **options}))
