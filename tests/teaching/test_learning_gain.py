"""The gain of a class is that of textbooks, its checks fail where they should, and no person is in it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ctresearch.core import CellError, DataError
from ctresearch.stats.regression.influence import FEW_CLUSTERS
from ctresearch.teaching import LearningGain, questions
from ctresearch.teaching.questions import CHOICES, right_answers

KEY = right_answers()


def answered(people, before=0.3, after=0.7, seed=1, asked=tuple(KEY), classes=None):
    """Invent the answers of a class."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"p{p}", test, name, KEY[name] if rng.random() < chance else "d")
        for p in range(people)
        for test, chance in (("before", before), ("after", after))
        for name in asked
    ]
    table = pd.DataFrame(rows, columns=["person", "test", "question", "answer"])
    return table if classes is None else table.assign(school=table["person"].str[1:].astype(int) % classes)


def shares(table):
    right = table["answer"] == table["question"].map(KEY)
    return table.assign(right=100.0 * right).pivot_table(index="person", columns="test", values="right")


def test_one_class_has_the_limits_of_paired_differences():
    table = answered(18)
    found = LearningGain(level=0.9).fit(table).estimates
    change = shares(table)["after"] - shares(table)["before"]
    low, high = stats.ttest_1samp(change, 0).confidence_interval(0.9)
    assert found.loc["gain", ["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([change.mean(), low, high])
    assert found.loc["before", "estimate"] == pytest.approx(shares(table)["before"].mean())
    assert found.loc["after", "std_error"] == pytest.approx(shares(table)["after"].sem())


def test_classes_of_one_size_have_the_limits_of_their_means():
    table = answered(40, classes=8)
    found = LearningGain(group="school").fit(table).estimates.loc["gain"]
    change = (shares(table)["after"] - shares(table)["before"]).groupby(lambda p: int(p[1:]) % 8).mean()
    low, high = stats.ttest_1samp(change, 0).confidence_interval(0.95)
    assert [found["estimate"], found["ci_low"], found["ci_high"]] == pytest.approx([change.mean(), low, high])


def test_lessons_are_told_apart():
    table = answered(12)
    lessons = LearningGain().fit(table).lessons
    assert lessons["lesson"].tolist() == [1, 2, 3, 4, 5]
    assert lessons["questions"].sum() == 10
    gain = LearningGain().fit(table).estimates.loc["gain", "estimate"]
    assert (lessons["gain"] * lessons["questions"]).sum() / 10 == pytest.approx(gain)


def status(result, name):
    return next(check.status for check in result.checks if check.name == name)


def test_checks_pass_where_nothing_is_wrong():
    found = LearningGain().fit(answered(18))
    assert {check.name: check.status for check in found.checks} == dict.fromkeys(
        ["spread", "lost", "room", "limits"], "pass"
    ) | {check.name: check.status for check in found.checks if check.name == "clusters"}


@pytest.mark.parametrize(("lost", "told"), [(0, "pass"), (4, "review"), (8, "fail")])
def test_people_lost_between_the_tests_are_said(lost, told):
    table = answered(20)
    gone = table["person"].isin([f"p{p}" for p in range(lost)]) & (table["test"] == "after")
    found = LearningGain().fit(table[~gone])
    assert status(found, "lost") == told
    assert found.n == 20 - lost
    assert found.smallest_group == 20 - lost


def test_a_class_that_knew_it_before_has_no_room():
    assert status(LearningGain().fit(answered(12, before=0.95)), "room") == "review"


def test_a_gain_that_is_the_same_for_all_has_no_limits():
    found = LearningGain().fit(answered(12, before=0.0, after=1.0))
    assert status(found, "spread") == "fail"
    assert not found.stands
    assert found.estimates.loc["gain", ["ci_low", "ci_high"]].isna().all()


def test_few_classes_are_said():
    found = LearningGain(group="school").fit(answered(30, classes=3))
    assert status(found, "clusters") == "review"
    assert FEW_CLUSTERS > 3


def test_a_question_that_was_not_answered_is_not_right():
    table = answered(12)
    gone = table["person"] == "p0"
    first = LearningGain().fit(table.assign(answer=table["answer"].mask(gone, "d"))).estimates
    second = LearningGain().fit(table.assign(answer=table["answer"].mask(gone))).estimates
    assert first.equals(second)


def test_no_person_is_in_the_result():
    table = answered(12)
    text = str(LearningGain().fit(table.assign(person="Maria " + table["person"])).to_dict())
    assert "Maria" not in text


BAD = {
    "a test alone": lambda t: t[t["test"] == "before"],
    "other questions after": lambda t: t[(t["test"] == "before") | (t["question"] != "effort")],
    "four people": lambda t: t[t["person"].isin(["p0", "p1", "p2", "p3"])],
    "a choice there is not": lambda t: t.assign(answer="e"),
    "a question there is not": lambda t: t.assign(question="pool"),
    "nobody": lambda t: t.assign(person=None),
    "another test": lambda t: t.assign(test="during"),
    "twice": lambda t: pd.concat([t, t.head(1)]),
    "no column": lambda t: t.drop(columns="answer"),
    "empty": lambda t: t.head(0),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_bad_tables_are_refused(spoil):
    with pytest.raises(DataError):
        LearningGain().fit(spoil(answered(12)))


def test_a_person_of_two_classes_and_one_class_alone_are_refused():
    table = answered(12)
    with pytest.raises(CellError, match="second class"):
        LearningGain(group="school").fit(table.assign(school=(table["test"] == "after").astype(int)))
    with pytest.raises(DataError, match="one class"):
        LearningGain(group="school").fit(table.assign(school=1))


def test_the_questions_are_whole_and_their_answers_kept_back():
    asked = questions()
    assert asked["question"].is_unique
    assert asked.groupby("lesson").size().to_dict() == dict.fromkeys(range(1, 6), 2)
    assert list(asked.columns) == ["lesson", "question", "text", *CHOICES] or set(asked.columns) == {
        "lesson", "question", "text", *CHOICES
    }  # fmt: skip
    assert set(KEY.values()) == {"a", "b", "c"}, "the right choice is not always the same, and never not to know"


def test_every_number_of_a_class_is_that_of_its_people():
    asked = list(KEY)[:3]
    lesson = questions().set_index("question")["lesson"]
    right = {
        "before": [[1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 1]],
        "after": [[1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 1, 0], [1, 1, 1]],
    }
    rows = [
        (f"p{p}", test, name, KEY[name] if right[test][p][i] else "d")
        for test in right for p in range(5) for i, name in enumerate(asked)
    ]  # fmt: skip
    found = LearningGain(level=0.8).fit(pd.DataFrame(rows, columns=["person", "test", "question", "answer"]))
    before, after = (100 * np.array(right[one]) for one in ("before", "after"))
    for name, values in (
        ("gain", (after - before).mean(axis=1)),
        ("before", before.mean(axis=1)),
        ("after", after.mean(axis=1)),
    ):
        error = values.std(ddof=1) / np.sqrt(5)
        away = stats.t.ppf(0.9, 4) * error
        assert found.estimates.loc[name, ["estimate", "std_error", "ci_low", "ci_high"]].tolist() == pytest.approx(
            [values.mean(), error, values.mean() - away, values.mean() + away]
        )
    assert found.estimates["unit"].tolist() == ["percentage points", "% of questions", "% of questions"]
    assert found.estimates.index.tolist() == ["gain", "before", "after"]
    assert (found.interval, found.level, found.n, found.smallest_group) == ("t", 0.8, 5, 5)
    order = sorted(asked)
    for row in found.lessons.itertuples():
        own = [asked.index(one) for one in order if lesson[one] == row.lesson]
        first, second = before[:, own].mean(axis=1), after[:, own].mean(axis=1)
        assert [row.questions, row.before, row.after, row.gain] == pytest.approx(
            [len(own), first.mean(), second.mean(), (second - first).mean()]
        )
        low, high = stats.ttest_1samp(second - first, 0).confidence_interval(0.8)
        assert [row.ci_low, row.ci_high] == pytest.approx([low, high], nan_ok=True)
    assert check_of(found, "room").numbers == {"before": pytest.approx(before.mean())}
    assert check_of(found, "lost").numbers == {"tested": 5, "lost": 0}


def check_of(result, name):
    return next(one for one in result.checks if one.name == name)


def test_two_classes_are_enough_and_people_who_took_one_test_are_in_neither():
    table = answered(12, classes=2)
    assert LearningGain(group="school").fit(table).n == 12
    alone = table[(table["school"] == 0) | ((table["test"] == "before") & (table["person"] == "p1"))]
    with pytest.raises(DataError, match="all 6 people are of one class"):
        LearningGain(group="school").fit(alone)


def test_groups_of_unlike_sizes_have_the_errors_of_kauermann_and_carroll():
    from ctresearch.teaching.learning_gain import mean_limits

    values, group = np.array([1.0, 2, 4, 7, 3, 9, 5]), np.array([0, 0, 0, 1, 1, 2, 2])
    (mean, error, low, high), spread = mean_limits(values, group, 0.9)
    left = np.bincount(group, values - values.mean())
    shares = np.bincount(group) / 7
    wanted = np.sqrt((left**2 / (1 - shares)).sum()) / 7  # a cluster's sum, by the root of what its share leaves
    assert (mean, error) == pytest.approx((values.mean(), wanted))
    away = stats.t.ppf(0.95, spread.df) * error
    assert (low, high) == pytest.approx((mean - away, mean + away))
    nothing, none = mean_limits(np.full(4, 2.0), None, 0.9)
    assert nothing[0] == 2
    assert np.isnan(nothing[1:]).all()
    assert none.std_error == 0
