"""Words, topics, suggestions, joint displays and codes as variables recover what was planted."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, SpecificationError, estimates_table
from ctresearch.data.synthetic import coded_testimony
from ctresearch.qualitative import (
    CONCORDANCE_ROLES,
    CodedDifference,
    ExtractionQuality,
    JointDisplay,
    Keyness,
    TopicModel,
    keyword_in_context,
    stop_words,
    suggest_elements,
    tokenise,
    typology,
)
from ctresearch.qualitative.text.keyness import log_likelihood, log_ratio
from ctresearch.qualitative.text.topics import stability


def status(result, name):
    return next(check.status for check in result.checks if check.name == name)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("The boss's debt-bond, again!", "en", ["the", "boss's", "debt-bond", "again"]),
        ("L'agent qu'elle a payé", "fr", ["agent", "elle", "a", "payé"]),
        ("أَخَذُوا جـواز السفر", "ar", ["اخذوا", "جواز", "السفر"]),
        ("Паспорт забрали в 2019", "ru", ["паспорт", "забрали", "в"]),
        ("Me quitó el pasaporte", "es", ["me", "quitó", "el", "pasaporte"]),
        ("护照被扣 and 钱", "zh", ["护照", "照被", "被扣", "and", "钱"]),
    ],
)
def test_words_of_the_languages_of_the_united_nations(text, language, words):
    assert tokenise(text, language) == words


def test_chinese_by_single_signs_and_stop_words():
    assert tokenise("我的护照", chinese="characters", drop=stop_words("zh")) == ["护", "照"]
    assert "的" in stop_words("zh")
    with pytest.raises(SpecificationError):
        stop_words("xx")
    with pytest.raises(DataError):
        tokenise(3)


def test_log_likelihood_is_that_of_a_table_of_two_by_two():
    from scipy.stats import chi2_contingency

    inside, outside = np.array([30.0, 70.0, 0.0]), np.array([10.0, 180.0, 10.0])
    for i in range(3):
        rows = [[inside[i], outside[i]], [inside.sum() - inside[i], outside.sum() - outside[i]]]
        expected = chi2_contingency(rows, correction=False, lambda_="log-likelihood").statistic
        assert log_likelihood(inside, outside)[i] == pytest.approx(expected, rel=1e-12)
    assert log_ratio(np.array([8.0, 92.0]), np.array([2.0, 98.0]))[0] == pytest.approx(2.0)


def test_key_words_are_found_and_false_ones_are_few():
    rng = np.random.Generator(np.random.PCG64(2))
    vocabulary = np.array([f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200)])
    rates = np.full(200, 1 / 200)
    other = rates.copy()
    other[:10] *= 4
    other /= other.sum()
    texts = [" ".join(rng.choice(vocabulary, 60, p=p)) for p in [rates] * 40 + [other] * 40]
    frame = pd.DataFrame({"text": texts, "group": ["a"] * 40 + ["b"] * 40})
    words = Keyness(text="text", group="group", stop=False).fit(frame).words
    told = set(words.loc[words["q_value"] < 0.05, "word"])
    assert len(told & set(vocabulary[:10])) == 10
    assert len(told - set(vocabulary[:10])) <= 3
    same = frame.assign(text=[" ".join(rng.choice(vocabulary, 60, p=rates)) for _ in range(80)])
    assert (Keyness(text="text", group="group", stop=False).fit(same).words["q_value"] < 0.05).sum() <= 2
    loud = frame.assign(
        text=[
            "wzz " * 40 + t if i % 8 == 0 and g == "a" else t
            for i, (t, g) in enumerate(zip(texts, frame["group"], strict=True))
        ]
    )
    assert status(Keyness(text="text", group="group", stop=False).fit(loud), "spread") == "review"
    assert status(Keyness(text="text", group="group", stop=False).fit(frame), "spread") == "pass"


def planted_topics(seed, topics=3, documents=90):
    """Draw texts of topics with words of their own."""
    rng = np.random.Generator(np.random.PCG64(seed))
    own = [[f"t{chr(97 + t)}{chr(97 + i)}" for i in range(12)] for t in range(topics)]
    which = rng.integers(0, topics, documents)
    return [" ".join(rng.choice(own[t], 40)) for t in which], which


@pytest.mark.parametrize("method", ["nmf", pytest.param("lda", marks=pytest.mark.slow)])
def test_planted_topics_are_recovered_and_stable(method):
    texts, which = planted_topics(1)
    result = TopicModel(text="text", topics=3, method=method, starts=4, stop=False).fit(pd.DataFrame({"text": texts}))
    assert method == "lda" or status(result, "stability") == "pass"  # LDA ends in other places from some starts
    found = result.raw.to_numpy().argmax(axis=1)
    assert all(len(set(found[which == t])) == 1 for t in range(3))
    assert result.topics["share"].sum() == pytest.approx(1)


def test_topics_of_noise_are_not_stable():
    rng = np.random.Generator(np.random.PCG64(3))
    words = [f"n{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)]
    noise = pd.DataFrame({"text": [" ".join(rng.choice(words, 40)) for _ in range(80)]})
    assert status(TopicModel(text="text", topics=8, starts=4, stop=False).fit(noise), "stability") == "fail"
    assert stability(np.eye(2), [np.ones((2, 2))])[0] == pytest.approx(np.sqrt(0.5))


def test_a_word_in_its_places():
    frame = pd.DataFrame({"id": ["a", "b"], "text": ["La dette, une DETTE.", "护照被扣了"]})
    found = keyword_in_context(frame, "dettes*", text="text")
    assert len(found) == 0
    assert keyword_in_context(frame, "dette", text="text", document="id")["keyword"].tolist() == ["dette", "DETTE"]
    assert keyword_in_context(frame, "护照", text="text", width=2)["behind"].tolist() == ["被扣"]
    assert {CONCORDANCE_ROLES[name].role for name in ("before", "keyword", "behind")} == {"quote"}
    with pytest.raises(SpecificationError):
        keyword_in_context(frame, " * ", text="text")


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        (
            "en",
            "They recruited her, took my passport and forced me into prostitution.",
            {"recruitment", "abuse_of_vulnerability", "force", "sexual_exploitation"},
        ),
        ("fr", "On m'a menacée et je travaillais sans salaire.", {"threat", "forced_labour"}),
        ("es", "Me engañaron, me golpearon y nunca me pagaron.", {"deception", "force", "forced_labour"}),
        ("ru", "Меня обманули, били и не платили.", {"deception", "force", "forced_labour"}),
        ("ar", "هددني وأخذوا جوازي وأجبرني على التسول", {"threat", "force", "begging"}),
        ("zh", "他们威胁我，没收护照，不给工资。", {"threat", "abuse_of_vulnerability", "forced_labour"}),
    ],
)
def test_passages_are_suggested_in_the_languages_of_the_united_nations(language, text, codes):
    found = suggest_elements(pd.DataFrame({"text": [text]}), text="text", language=language)
    assert codes <= set(found["code"])
    assert found["confirmed"].isna().all()
    assert all(0 <= row.start < row.end <= len(text) for row in found.itertuples())


def test_a_denied_passage_is_marked():
    found = suggest_elements(
        pd.DataFrame({"text": ["He never threatened me. She threatened me."]}), text="text", language="en"
    )
    assert found["denied"].tolist() == [True, False]


def test_precision_and_recall_cover_the_truth():
    rng = np.random.Generator(np.random.PCG64(9))
    inside = 0
    for _ in range(60):
        confirmed = rng.random((60, 4)) < 0.4
        easy = rng.random((60, 1)) < 0.5  # narratives differ in how plainly they are told
        suggested = np.where(confirmed, rng.random((60, 4)) < np.where(easy, 0.95, 0.65), rng.random((60, 4)) < 0.1)
        frame = pd.DataFrame(
            {
                "document": np.repeat(range(60), 4),
                "code": np.tile(list("abcd"), 60),
                "suggested": suggested.ravel() * 1,
                "confirmed": confirmed.ravel() * 1,
            }
        )
        row = ExtractionQuality().fit(frame).estimates.loc["recall"]
        inside += row["ci_low"] <= 0.8 <= row["ci_high"]
    assert inside >= 52  # 95 % of 60 is 57; three Monte Carlo errors are 5.1
    with pytest.raises(DataError, match="each pair must stand once"):
        ExtractionQuality().fit(pd.concat([frame, frame]))
    lost = frame.assign(suggested=frame["suggested"].where(frame["code"] != "a", 0))
    assert status(ExtractionQuality().fit(lost), "codes") == "review"
    assert status(ExtractionQuality().fit(frame), "codes") == "pass"


def survey(value=0.6):
    table = estimates_table({"debt": (value, 0.03, value - 0.06, value + 0.06)})
    return Result(method="a survey", estimates=table, n=400, interval="normal")


def test_a_joint_display_needs_a_judgement_where_both_sides_speak():
    coded = pd.DataFrame(
        {
            "person": [*range(10), 1, 2],
            "code": ["debt"] * 6 + ["threats"] * 4 + ["Threats"] * 2,
            "said": ["a"] + [None] * 11,
        }
    )
    with pytest.raises(DataError, match="agreement stated"):
        JointDisplay(numbers={"debt": (survey(), "debt")}).fit(coded)
    shown = JointDisplay(numbers={"debt": (survey(), "debt")}, agreement={"debt": "partly"}, quote="said").fit(coded)
    display = shown.display.set_index("theme")
    assert display.loc["debt", "people"] == 6
    assert display.loc["threats", "people"] == 6
    assert display.loc["debt", "share_low"] < 0.6 < display.loc["debt", "share_high"]
    assert shown.estimates["estimate"].to_dict() == {"agree": 0, "partly": 1, "disagree": 0, "silent": 1}
    assert shown.quotes.to_numpy().tolist() == [["debt", "a"]]
    with pytest.raises(DataError, match="not both"):
        JointDisplay(numbers={}, agreement={"debt": "agree"}).fit(coded)
    with pytest.raises(SpecificationError, match="must be"):
        JointDisplay(numbers={"debt": (survey(), "nothing")})
    few = coded.iloc[[0, 6, 7]]
    assert status(JointDisplay(numbers={}).fit(few), "few voices") == "review"
    assert status(shown, "few voices") == "pass"


def test_types_of_cases_are_categories_for_a_model():
    cases = pd.DataFrame({"a": [1, 1, 1, 0, 0, 0.5, 1], "b": [0, 0, 0, 1, 1, 1, 1]})
    types = typology(cases, ["a", "b"], least=2)
    assert types.cat.categories.tolist() == ["a*~b", "~a*b", "other types"]
    assert types.isna().tolist() == [False] * 5 + [True, False]
    with pytest.raises(DataError):
        typology(cases.assign(a=3), ["a"])


def test_a_difference_is_put_right_for_the_errors_of_coders():
    inside = naive = 0
    for seed in range(30):
        made = coded_testimony(400, themes={"debt": 0.4}, accuracy=0.8, uncoded=0.0, seed=seed)
        rng = np.random.Generator(np.random.PCG64(seed))
        # The first coder recognises with chance 0.8: draw outcomes from a truth that both coders saw alike.
        truth = rng.random(400) < 0.4
        knows = rng.random((400, 2)) < 0.8
        codes = np.where(knows, truth[:, None], rng.random((400, 2)) < 0.4)
        frame = pd.DataFrame({"a": codes[:, 0] * 1, "b": codes[:, 1] * 1, "y": rng.normal(2.0 * truth, 1)})
        table = CodedDifference(first="a", second="b", outcome="y", bootstrap=200, seed=seed).fit(frame).estimates
        inside += table.loc["difference", "ci_low"] <= 2 <= table.loc["difference", "ci_high"]
        naive += table.loc["as_coded", "ci_low"] <= 2 <= table.loc["as_coded", "ci_high"]
        assert made.truth["kappa"] == pytest.approx(0.64)
    assert (
        inside >= 24
    )  # 95 % of 30 is 28.5; three Monte Carlo errors are 3.6, and 200 samples narrow the limits a little
    assert naive <= 5


def test_coders_who_agree_by_chance_alone_give_no_estimate():
    rng = np.random.Generator(np.random.PCG64(1))
    frame = pd.DataFrame({"a": [0, 1] * 50, "b": [1, 0] * 50, "y": rng.normal(size=100)})
    result = CodedDifference(first="a", second="b", outcome="y", bootstrap=60).fit(frame)
    assert not result.stands
    assert result.estimates[["ci_low", "ci_high"]].isna().all(axis=None)
