"""Definitions give the status that their documents say, and bounds that no answer can leave."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.data import classify
from ctresearch.data.classification import definition
from ctresearch.data.classification.answers import read_age, read_answers

ICLS, HTSH = definition("icls-2018"), definition("htsh")


def answers(name, ages, **items):
    """Rows in which every item is no but those named."""
    frame = pd.DataFrame(0.0, index=range(len(ages)), columns=[item.name for item in definition(name).items])
    return frame.assign(age=ages, **items)


def status(name, ages, **items):
    return classify(answers(name, ages, **items), name).status["status"].tolist()


def test_icls_adults_need_involuntary_work_and_coercion():
    assert status("icls-2018", [30] * 4, very_low_or_no_wages=[1, 1, 0, 0], withheld_documents=[1, 0, 1, 0]) == [
        "yes",
        "no",
        "no",
        "no",
    ]


@pytest.mark.parametrize(
    ("item", "child", "adult"),
    [
        ("coercion_of_child_by_third_party", "yes", "no"),
        ("coercion_of_parents_by_third_party", "yes", "no"),
        ("works_for_parents_in_forced_labour", "yes", "no"),
        ("slavery_or_similar", "yes", "no"),
        ("commercial_sexual_exploitation", "yes", "no"),
        ("illicit_activities", "yes", "no"),
        ("threats_or_violence", "no", "no"),
    ],
)
def test_icls_children_have_rules_of_their_own(item, child, adult):
    assert status("icls-2018", [17, 18], **{item: 1}) == [child, adult]


@pytest.mark.parametrize(
    ("involuntary", "penalty", "expected"),
    [
        ("forced_overtime", "duress_physical_violence", "yes"),  # strong and strong
        ("forced_overtime", "duress_dismissal", "yes"),  # strong and medium
        ("inflated_debt", "duress_physical_violence", "yes"),  # medium and strong
        ("inflated_debt", "duress_dismissal", "no"),  # medium and medium
        ("forced_overtime", "leaving_physical_violence", "no"),  # of two dimensions
        ("kept_waiting_for_wages", "leaving_dismissal", "yes"),
        ("sale_of_worker", "recruitment_financial_penalties", "yes"),
        ("deceived_by_marriage", "recruitment_financial_penalties", "no"),
    ],
)
def test_htsh_needs_both_in_one_dimension_and_one_of_them_strong(involuntary, penalty, expected):
    assert status("htsh", [30], **{involuntary: 1, penalty: 1}) == [expected]
    assert status("htsh", [30], **{involuntary: 1}) == ["no"]
    assert status("htsh", [12], **{involuntary: 1, penalty: 1}) == [expected], "a child may be coerced as an adult is"


def test_htsh_children_may_be_in_forced_labour_without_coercion():
    item = "works_because_parents_in_forced_labour"
    assert status("htsh", [12, 30], **{item: 1}) == ["yes", "no"]


def test_a_national_adaptation_changes_a_strength():
    frame = answers("htsh", [30], inflated_debt=1, duress_dismissal=1)
    found = classify(frame, "htsh", strengths={"inflated_debt": "strong"})
    assert found.status["status"].tolist() == ["yes"]


def test_prif_children_need_no_means_and_adults_reach_a_threshold():
    frame = pd.DataFrame(
        {
            "age": [30, 30, 30, 17, 17],
            "locked": [1, 1, 0, 0, 1],
            "beaten": [1, 0, 0, 0, 1],
            "lied": [0, 1, 1, 0, 1],
            "late_pay": [0, 1, 1, 0, 1],
            "child_act": [0, 0, 0, 1, 0],
            "child_exploitation": [0, 0, 0, 1, 1],
        }
    )
    indicators = {
        "locked": ("freedom_of_movement", "strong"),
        "beaten": ("violence_and_threats_of_violence", "strong"),
        "lied": ("recruitment", "medium"),
        "late_pay": ("employment_practices_and_penalties", "medium"),
    }
    found = classify(frame, "prif", indicators=indicators, threshold=[(2, 0), (1, 2)])
    assert found.status["status"].tolist() == ["yes", "yes", "no", "yes", "no"]
    assert any("2 strong and 0 medium or 1 strong and 2 medium" in note for note in found.notes)
    counted = found.thresholds.query("group == 'adult'").set_index("threshold")["lower"]
    assert counted.to_dict() == {"published": 2, "one less": 2, "one more": 0}


def test_prif_leaves_indicators_and_threshold_to_the_study():
    frame = pd.DataFrame({"age": [30], "locked": [1]})
    with pytest.raises(SpecificationError, match="leaves indicators and threshold to the study"):
        classify(frame, "prif")
    strong = {"locked": ("freedom_of_movement", "strong")}
    with pytest.raises(SpecificationError, match="at least one indicator"):
        classify(frame, "prif", indicators=strong, threshold=[(0, 0)])
    with pytest.raises(SpecificationError, match="domain of 'locked' == 'food'"):
        classify(frame, "prif", indicators={"locked": ("food", "strong")}, threshold=[(1, 0)])
    with pytest.raises(SpecificationError, match="items and a rule of its own"):
        classify(answers("htsh", [30]), "htsh", threshold=[(1, 0)])


def test_missing_answers_give_bounds():
    found = classify(
        answers("icls-2018", [30, 30, 30], very_low_or_no_wages=[1, np.nan, np.nan], debt=[np.nan, 0, np.nan]),
        "icls-2018",
    )
    assert found.status["status"].tolist() == ["undetermined", "no", "undetermined"]
    assert found.status["lower"].tolist() == [0, 0, 0]
    assert found.status["upper"].tolist() == [1, 0, 1]
    trace = found.trace.set_index("row")
    assert trace.loc[0, ["holds", "items_yes", "items_missing"]].tolist() == ["may", "very_low_or_no_wages", "debt"]
    assert 1 not in trace.index


def test_without_an_age_only_what_holds_for_both_is_sure():
    frame = answers("icls-2018", [None], debt=1, no_freedom_to_leave=1)
    assert classify(frame, "icls-2018").status.loc[0, ["group", "status"]].tolist() == ["age not known", "undetermined"]
    both = frame.assign(illicit_activities=1)
    assert classify(both, "icls-2018").status["status"].tolist() == ["yes"]
    neither = answers("icls-2018", [None])
    assert classify(neither, "icls-2018").status["status"].tolist() == ["no"]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_bounds_are_those_of_all_completions(data):
    names = ("debt", "withheld_wages", "no_freedom_to_leave", "illicit_activities", "coercion_of_child_by_third_party")
    given_answers = {name: data.draw(st.sampled_from([0.0, 1.0, np.nan])) for name in names}
    age = data.draw(st.sampled_from([12.0, 30.0, np.nan]))
    bounds = classify(answers("icls-2018", [age], **given_answers), "icls-2018").status.loc[0]
    missing = [name for name, value in given_answers.items() if np.isnan(value)]
    ages = [12.0, 30.0] if np.isnan(age) else [age]
    filled = pd.DataFrame(
        list(itertools.product(ages, *[(0.0, 1.0)] * len(missing))), columns=["age", *missing], dtype=float
    )
    known = {name: value for name, value in given_answers.items() if name not in missing}
    complete = answers("icls-2018", filled["age"].tolist(), **known, **{name: filled[name] for name in missing})
    found = classify(complete, "icls-2018").status["lower"]
    assert (bounds["lower"], bounds["upper"]) == (found.min(), found.max())


@pytest.mark.parametrize("name", ["icls-2018", "htsh"])
def test_thresholds_are_nested(name):
    rng = np.random.default_rng(5)
    items = [item.name for item in definition(name).items]
    frame = pd.DataFrame(rng.random((300, len(items))) < 0.06, columns=items).assign(age=rng.integers(10, 60, 300))
    adults = classify(frame, name).thresholds.query("group == 'adult'").set_index("threshold")["lower"]
    if name == "htsh":
        assert adults["both strong"] < adults["published"] < adults["any strength"] < adults["across dimensions"]
    else:
        assert adults["two of each"] < adults["published"] < adults["either"]


@pytest.mark.parametrize("name", ["icls-2018", "htsh", "prif"])
def test_definitions_are_whole(name):
    whole = definition(name)
    names = [item.name for item in whole.items]
    assert len(set(names)) == len(names)
    assert whole.references
    assert whole.choices
    elements = {item.element for item in whole.items}
    rules = [rule for one in whole.thresholds for rule in (*one.adult, *one.child)]
    assert {element for rule in rules for element in rule.elements} <= elements, "a rule reads an element nobody asks"
    read = {element for rule in (*whole.thresholds[0].adult, *whole.thresholds[0].child) for element in rule.elements}
    assert elements == read, "an item that no published rule reads"


def test_an_item_that_was_not_asked_must_be_named():
    frame = answers("icls-2018", [30], debt=1, no_freedom_to_leave=1).drop(columns="hazardous_without_consent")
    with pytest.raises(DataError, match="no column 'hazardous_without_consent'"):
        classify(frame, "icls-2018")
    found = classify(frame, "icls-2018", not_asked=["hazardous_without_consent"])
    assert found.status["status"].tolist() == ["yes"]
    assert found.notes[0] == "Not asked, and counted as no: hazardous_without_consent."
    renamed = frame.assign(Q7=0)
    assert len(classify(renamed, "icls-2018", columns={"hazardous_without_consent": "Q7"}).status) == 1
    with pytest.raises(DataError, match="'hazard' is no item"):
        classify(frame, "icls-2018", not_asked=["hazard"])


def test_items_of_the_other_group_are_not_needed():
    adults = ICLS.item_names(ICLS.thresholds[0].adult)
    frame = pd.DataFrame(0, index=[7], columns=adults).assign(age=40)
    found = classify(frame, "icls-2018")
    assert found.status.index.tolist() == [7]
    assert "adult: 0 to 0 of 1" in repr(found)


@pytest.mark.parametrize("bad", [-99, 2, "maybe"])
def test_a_value_that_is_no_answer_is_refused(bad):
    with pytest.raises(CellError, match=r"'debt': 1 of 2 cells is .* \(row 2\), must be 0 or 1, yes or no") as caught:
        read_answers(pd.Series([1, bad], name="debt", dtype=object))
    assert str(bad) not in str(caught.value).replace("(row 2)", "").replace("1 of 2", "").replace("-99 missing", "")


@pytest.mark.parametrize("bad", [-1, 150, "young"])
def test_a_value_that_is_no_age_is_refused(bad):
    with pytest.raises(DataError, match=r"'age': 1 of 1 cells is .* \(row 1\), must be ages"):
        read_age(pd.Series([bad], name="age", dtype=object))


def test_an_unknown_definition_is_refused():
    with pytest.raises(SpecificationError, match="definition == 'palermo'"):
        classify(pd.DataFrame({"age": [1]}), "palermo")
    with pytest.raises(SpecificationError, match="no weighed item"):
        classify(answers("htsh", [30]), "htsh", strengths={"slavery_or_similar": "medium"})
