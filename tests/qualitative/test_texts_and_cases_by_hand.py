"""Every number of the tables on texts, mixed designs and combinations of conditions, on examples worked out by hand."""

from math import exp, log, log2, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, chi2_contingency

import lawful
from ctresearch.core import CellError, DataError, Result, SpecificationError, estimates_table
from ctresearch.qualitative import (
    Codebook,
    CodedDifference,
    CodedSegments,
    ComparativeRobustness,
    ExtractionQuality,
    JointDisplay,
    Keyness,
    ProcessTracing,
    QualitativeComparative,
    ThemeRichness,
    TopicModel,
    UnitisingAgreement,
    agreement,
    calibrate,
    case_clusters,
    check_quotes,
    code_timeline,
    double_coding,
    find_thresholds,
    keyword_in_context,
    pseudonymise,
    suggest_elements,
    tokenise,
    typology,
)
from ctresearch.qualitative.text.keyness import log_ratio

ENDS = ["ci_low", "ci_high"]
Z = 1.959963984540054


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def wilson(part, whole):
    """Return Wilson's limits at 95 %."""
    share, half = part / whole, Z / (whole + Z**2) * sqrt(part * (whole - part) / whole + Z**2 / 4)
    middle = (part + Z**2 / 2) / (whole + Z**2)
    return [share, middle - half, middle + half]


SAID = pd.DataFrame(
    {
        "who": ["a", "a", "b", "b", "b"],
        "said": ["debt debt road", "debt home", "road road home", "home debt", "road in"],
    }
)


def keyness(frame=SAID, **options):
    return Keyness(text="said", group="who", stop=False, least=1, **options).fit(frame)


def test_key_words_are_those_of_tables_of_two_by_two():
    found = keyness()
    uses = {"debt": (3, 1, 3), "home": (1, 2, 3), "in": (0, 1, 1), "road": (1, 4 - 1, 3)}
    sizes = (5, 7)
    told = found.words.set_index(["group", "word"])
    p = {}
    for word, (inside, outside, documents) in uses.items():
        table = [[inside, outside], [sizes[0] - inside, sizes[1] - outside]]
        g2 = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        p[word] = chi2.sf(g2, 1)
        for group, own, other in (("a", inside, outside), ("b", outside, inside)):
            row = told.loc[(group, word)]
            assert row[["uses", "elsewhere", "documents"]].tolist() == [own, other, documents]
            assert [row["g2"], row["p_value"]] == pytest.approx([g2, p[word]])
            rates = [max(n, 0.5) / size for n, size in zip((inside, outside), sizes, strict=True)]
            assert row["log_ratio"] == pytest.approx(log2(rates[0] / rates[1]) * (1 if group == "a" else -1))
    q = {one: min(p[o] * 4 / sum(x <= p[o] for x in p.values()) for o in p if p[o] >= p[one]) for one in p}
    assert told["q_value"].to_dict() == pytest.approx({(g, w): q[w] for g, w in told.index})
    order = sorted(told.index, key=lambda one: (-told.loc[one, "g2"], one[1], one[0]))
    assert list(told.index) == order
    assert found.estimates["estimate"].to_dict() == {"key_words": 0, "words_compared": 4}
    assert (found.n, found.smallest_group) == (5, 1)
    assert check(found, "groups").numbers == {"documents": 2}
    assert keyness(level=0.9).estimates.loc["key_words", "estimate"] == sum(one <= 0.9 for one in q.values())
    assert keyness(shortest=3).estimates.loc["words_compared", "estimate"] == 3
    few = Keyness(text="said", group="who", stop=False, least=3).fit(SAID)
    assert set(few.words["word"]) == {"debt", "home", "road"}
    with pytest.raises(DataError, match="no word stands in 4 of 5 documents"):
        Keyness(text="said", group="who", stop=False, least=4).fit(SAID)
    with pytest.raises(DataError, match="'who' has 1 group"):
        keyness(SAID.assign(who="a"))


def test_words_of_three_groups_are_as_many_tests():
    found = keyness(SAID.assign(who=list("abbcc"))).words
    assert len(found) == 12
    p = found["p_value"].to_numpy()
    wanted = [min(x * 12 / (p <= x).sum() for x in p if x >= one) for one in p]
    assert found["q_value"].tolist() == pytest.approx(wanted)
    assert log_ratio(np.array([0.0, 0.0]), np.array([4.0, 4.0])).tolist() == [log2(0.5 / 1 / (4 / 8))] * 2


def test_a_word_in_context_has_its_neighbours():
    frame = pd.DataFrame({"id": [7, 8], "said": ["My Debt grew, the debt!", "indebted debts"]})
    found = keyword_in_context(frame, "debt", text="said", document="id", width=4)
    assert found.to_numpy().tolist() == [
        [7, 3, "My ", "Debt", " gre"],
        [7, 18, "the ", "debt", "!"],
    ]
    assert keyword_in_context(frame, "debt*", text="said", width=3)["keyword"].tolist() == ["Debt", "debt", "debts"]
    assert keyword_in_context(frame, "the debt", text="said", width=2).to_numpy().tolist() == [
        [0, 14, ", ", "the debt", "!"]
    ]
    wide = keyword_in_context(pd.DataFrame({"said": ["x" * 50 + " debt " + "y" * 50]}), "debt", text="said")
    assert [len(wide.loc[0, one]) for one in ("before", "behind")] == [40, 40]


def test_words_are_cut_as_asked():
    assert tokenise("He was in Rome", shortest=3, drop=["was"]) == ["rome"]
    assert tokenise("He was", shortest=2) == ["he", "was"]
    assert tokenise("A b") == ["a", "b"]
    assert tokenise("被扣了", chinese="bigrams") == ["被扣", "扣了"]
    assert tokenise("被", chinese="bigrams") == ["被"]
    assert tokenise("l'agent jusqu'ici", "fr") == ["agent", "ici"]
    assert tokenise("l'agent", "en") == ["l'agent"]


def test_passages_have_their_places_and_what_denies_them():
    text = "He never threatened me. They took my passport."
    found = suggest_elements(pd.DataFrame({"id": ["x"], "said": [text]}), text="said", language="en", document="id")
    assert found.columns.tolist() == ["document", "element", "code", "start", "end", "denied", "confirmed"]
    assert set(found["document"]) == {"x"}
    assert found["start"].is_monotonic_increasing
    cut = [(text[a:b], code, denied) for a, b, code, denied in found[["start", "end", "code", "denied"]].to_numpy()]
    assert ("threatened", "threat", True) in cut
    assert any(words.startswith("took my passport") and not denied for words, _, denied in cut)
    far = "Never, in all the years that we were there, had he threatened me."
    assert not suggest_elements(pd.DataFrame({"said": [far]}), text="said", language="en")["denied"].any()
    for stop in ".!?;":
        apart = f"Never{stop} Threatened."
        assert not suggest_elements(pd.DataFrame({"said": [apart]}), text="said", language="en")["denied"].any()
    none = suggest_elements(pd.DataFrame({"said": ["Nothing here."]}), text="said", language="en")
    assert len(none) == 0
    assert none.columns.tolist() == found.columns.tolist()


PAIRS = pd.DataFrame(
    {
        "document": list("aabbccdd"),
        "code": ["x", "y"] * 4,
        "suggested": [1, 1, 1, 0, 0, 1, 1, 0],
        "confirmed": [1, 0, 1, 1, 1, 1, 1, 0],
    }
)


def test_precision_and_recall_are_counted_by_code_and_narrative():
    found = ExtractionQuality().fit(PAIRS)
    rows = found.by_code.set_index("code")
    for code, given, said, right in (("x", 4, 3, 3), ("y", 2, 2, 1)):
        assert rows.loc[code, ["documents", "suggested", "right"]].tolist() == [given, said, right]
        precision = rows.loc[code, ["precision", "precision_low", "precision_high"]].tolist()
        recall = rows.loc[code, ["recall", "recall_low", "recall_high"]].tolist()
        assert precision == pytest.approx(wilson(right, said))
        assert recall == pytest.approx(wilson(right, given))
    whole = found.estimates
    for name, parts, wholes in (("precision", [1, 1, 1, 1], [2, 1, 1, 1]), ("recall", [1, 1, 1, 1], [1, 2, 2, 1])):
        share = sum(parts) / sum(wholes)
        left = [p - share * w for p, w in zip(parts, wholes, strict=True)]
        error = sqrt(4 / 3 * sum(one**2 for one in left)) / sum(wholes)
        away = Z * error / (share * (1 - share))
        ends = [1 / (1 + exp(-(log(share / (1 - share)) + side * away))) for side in (-1, 1)]
        assert whole.loc[name, ["estimate", "std_error", *ENDS]].tolist() == pytest.approx([share, error, *ends])
    assert (found.n, found.smallest_group) == (4, 2)
    assert check(found, "size").numbers == {"n": 4, "right": 4}
    right = ExtractionQuality().fit(PAIRS.assign(suggested=PAIRS["confirmed"])).estimates
    assert right.loc["recall", ["estimate", *ENDS]].tolist() == pytest.approx(wilson(4, 4))
    assert np.isnan(right.loc["recall", "std_error"])
    for column in ("suggested", "confirmed"):
        with pytest.raises(DataError, match="of 8 pairs none was suggested or none confirmed"):
            ExtractionQuality().fit(PAIRS.assign(**{column: 0}))
        with pytest.raises(CellError) as caught:
            ExtractionQuality().fit(PAIRS.assign(**{column: [2, *[1] * 7]}))
        assert (caught.value.column, caught.value.rows) == (column, (1,))


def test_topics_are_shares_of_words_and_texts():
    texts = pd.DataFrame({"said": ["debt loan debt", "loan debt loan"] * 6 + ["road bus road bus"] * 6})
    found = TopicModel(text="said", topics=2, starts=3, stop=False, least=2, top=2, seed=1).fit(texts)
    assert found.topics["topic"].tolist() == [1, 2]
    assert found.topics["documents"].tolist() == [12, 6]
    assert found.topics["share"].tolist() == pytest.approx([36 / 60, 24 / 60], abs=0.02)
    words = found.words
    assert words[["topic", "rank"]].to_numpy().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert [set(words.loc[words["topic"] == t, "word"]) for t in (1, 2)] == [{"debt", "loan"}, {"road", "bus"}]
    assert words["documents"].tolist() == [12, 12, 6, 6]
    assert words.groupby("topic")["weight"].sum().tolist() == pytest.approx([1, 1], abs=0.02)
    assert (words.groupby("topic")["weight"].diff().dropna() <= 1e-12).all()
    assert found.topics["words"].tolist() == [", ".join(words.loc[words["topic"] == t, "word"]) for t in (1, 2)]
    assert found.raw.sum(axis=1).tolist() == pytest.approx([1] * 18)
    assert found.estimates["estimate"].tolist() == pytest.approx(
        [found.topics["stability"].min(), found.topics["stability"].mean()]
    )
    assert found.topics["stability"].min() > 0.95
    assert (found.n, found.smallest_group) == (18, 6)
    with pytest.raises(DataError, match="18 documents hold 4 words often enough, must both be more than topics == 4"):
        TopicModel(text="said", topics=4, stop=False, least=2).fit(texts)
    assert len(TopicModel(text="said", topics=3, starts=2, stop=False, least=2).fit(texts).topics) == 3


def test_a_difference_is_divided_by_the_root_of_kappa():
    frame = pd.DataFrame(
        {"a": [1, 1, 1, 0, 0, 0, 0, 1], "b": [1, 1, 0, 0, 0, 0, 1, 1], "y": [3.0, 2, 2, 1, 0, 1, 0, 4]}
    )
    found = CodedDifference(first="a", second="b", outcome="y", bootstrap=400, level=0.8).fit(frame)
    first, second = 11 / 4 - 2 / 4, 9 / 4 - 4 / 4
    kappa = (6 / 8 - 0.5) / 0.5
    coded = (first + second) / 2
    assert found.estimates["estimate"].tolist() == pytest.approx([coded / sqrt(kappa), coded, kappa])
    assert (found.n, found.coded, found.smallest_group) == (8, 3, 3)
    assert check(found, "agreement").numbers == {"kappa": pytest.approx(kappa)}
    assert (found.estimates["ci_low"] < found.estimates["estimate"]).all()
    # a mean of two differences over draws of eight cases scatters about as its cases do
    assert 0.4 < found.estimates.loc["as_coded", "std_error"] < 1.2
    uneven = frame.assign(b=[1, 1, 1, 0, 0, 0, 1, 1])
    shared = (4 + 5) / 16
    chance = shared**2 + (1 - shared) ** 2
    again = CodedDifference(first="a", second="b", outcome="y", bootstrap=50).fit(uneven)
    assert again.estimates.loc["kappa", "estimate"] == pytest.approx((7 / 8 - chance) / (1 - chance))
    assert again.coded == 4
    with pytest.raises(DataError, match="'b' is the same in all 8 cases"):
        CodedDifference(first="a", second="b", outcome="y").fit(frame.assign(b=1))
    with pytest.raises(CellError, match="must be 0 or 1") as caught:
        CodedDifference(first="a", second="b", outcome="y").fit(frame.assign(a=[2, *[1, 0] * 3, 1]))
    assert caught.value.rows == (1,)
    with pytest.raises(SpecificationError, match="must be three columns"):
        CodedDifference(first="a", second="a", outcome="y")


def survey():
    table = estimates_table({"owes": (0.6, 0.03, 0.54, 0.66), "fears": (0.2, 0.1, 0.0, 0.4)}, unit="share")
    return Result(method="a survey", estimates=table, n=400, interval="normal", references=("a survey",))


def test_a_joint_display_lays_voices_beside_numbers():
    coded = pd.DataFrame(
        {
            "person": [1, 2, 3, 1, 2, 4, 1],
            "code": ["debt", "debt", "Debt", "home", "home", "threat", "debt"],
            "said": ["a", None, " ", "b", "c", "d", "e"],
        }
    )
    numbers = {"debt": (survey(), "owes"), "fear": (survey(), "fears")}
    found = JointDisplay(numbers=numbers, agreement={"Debt": "agree"}, quote="said").fit(coded)
    nan = np.nan
    wanted = [
        ["debt", 3, *wilson(3, 4), "Owes", 0.6, 0.54, 0.66, "share", "agree"],
        ["home", 2, *wilson(2, 4), "", nan, nan, nan, "", "silent"],
        ["threat", 1, *wilson(1, 4), "", nan, nan, nan, "", "silent"],
        ["fear", 0, 0.0, 0.0, Z**2 / (4 + Z**2), "Fears", 0.2, 0.0, 0.4, "share", "silent"],
    ]
    columns = ["theme", "people", "share", "share_low", "share_high", "says", "estimate", *ENDS, "unit", "agreement"]
    for row, other in zip(found.display[columns].to_numpy(object).tolist(), wanted, strict=True):
        for one, two in zip(row, other, strict=True):
            assert one == (two if isinstance(two, str) else pytest.approx(two, abs=1e-12, nan_ok=True))
    assert found.estimates["estimate"].to_dict() == {"agree": 1, "partly": 0, "disagree": 0, "silent": 3}
    assert found.quotes.to_numpy().tolist() == [
        ["debt", "a"], ["home", "b"], ["home", "c"], ["threat", "d"], ["debt", "e"]
    ]  # fmt: skip
    assert (found.n, found.smallest_group) == (4, 1)
    assert check(found, "few voices").numbers == {"themes": 3}
    assert check(found, "both sides").numbers == {"silent": 3, "themes": 4}
    assert JointDisplay(numbers={}).fit(coded).quotes.empty
    with pytest.raises(DataError, match="agreement names 1 themes that have not both"):
        JointDisplay(numbers=numbers, agreement={"debt": "agree", "fear": "agree"}).fit(coded)
    with pytest.raises(SpecificationError, match=r"numbers\['debt'\] is no result with one of its terms"):
        JointDisplay(numbers={"debt": (survey(), "owes", 1)})


def test_types_are_ordered_by_how_many_and_few_are_joined():
    cases = pd.DataFrame({"x": [1, 1, 0, 0, 0, 1, 0.5], "y": [0.4, 0.2, 0.6, 1, 0.9, 0.8, 1]}, index=list("abcdefg"))
    types = typology(cases, ["x", "y"], least=2)
    assert types.cat.categories.tolist() == ["~x*y", "x*~y", "other types"]
    assert types.tolist()[:6] == [
        "x*~y", "x*~y", "~x*y", "~x*y", "~x*y", "other types"
    ]  # fmt: skip
    assert types.isna()["g"]
    assert types.name == "type"
    assert "other types" not in typology(cases, ["x", "y"], least=1).cat.categories
    assert typology(cases, ["x", "y"]).cat.categories.tolist() == ["other types"]  # five by default
    with pytest.raises(CellError, match="2 of 7 cells lie outside 0 to 1") as caught:
        typology(cases.assign(y=[2, -1, 0, 1, 0, 1, 0]), ["x", "y"])
    assert caught.value.column == "y"


FUZZY = pd.DataFrame(
    {
        "rich": [0.9, 0.8, 0.7, 0.2, 0.1, 0.3],
        "free": [0.8, 0.9, 0.2, 0.3, 0.6, 0.7],
        "held": [0.9, 0.7, 0.4, 0.1, 0.2, 0.6],
    }
)


def measures(x, y):
    """Return consistency, proportional reduction in inconsistency and coverage of a sufficient set."""
    both, mixed = np.minimum(x, y).sum(), np.minimum(np.minimum(x, y), 1 - y).sum()
    return [both / x.sum(), (both - mixed) / (x.sum() - mixed), both / y.sum()]


def test_a_truth_table_and_its_solution_are_those_of_fuzzy_sets():
    rich, free, held = (FUZZY[one].to_numpy() for one in ("rich", "free", "held"))
    asked = {"outcome": "held", "conditions": ["rich", "free"]}
    found = QualitativeComparative(**asked, consistency=0.85, solution="complex").fit(FUZZY)
    corners = {1: (1 - rich, 1 - free), 2: (1 - rich, free), 3: (rich, 1 - free), 4: (rich, free)}
    table = found.truth_table.set_index("row")
    assert table["cases"].to_dict() == {1: 1, 2: 2, 3: 1, 4: 2}
    for row, sets in corners.items():
        assert table.loc[row, ["consistency", "pri"]].astype(float).tolist() == pytest.approx(
            measures(np.minimum(*sets), held)[:2]
        )
    assert table[["rich", "free"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert table["out"].to_dict() == {1: "0", 2: "0", 3: "0", 4: "1"}  # .58, .67, .75 and .92
    terms = found.solutions[found.solutions["solution"] == "complex"]
    assert found.formula == "rich*free -> held"
    whole = np.minimum(rich, free)
    assert found.estimates["estimate"].tolist() == pytest.approx(measures(whole, held))
    assert terms[["consistency", "pri", "coverage"]].iloc[0].tolist() == pytest.approx(measures(whole, held))
    assert terms["unique_coverage"].iloc[0] == pytest.approx(terms["coverage"].iloc[0])
    assert terms["cases"].iloc[0] == (whole > 0.5).sum()
    assert (found.n, found.smallest_group) == (6, 1)
    # neither alone holds nine tenths of the outcome
    either = np.maximum(rich, free)
    both = np.minimum(either, held).sum()
    wanted = [both / held.sum(), (1 - either).sum() / (1 - np.minimum(either, held)).sum(), both / either.sum()]
    assert found.necessary["expression"].tolist() == ["rich + free"]
    assert found.necessary.iloc[0, 1:].tolist() == pytest.approx(wanted)
    assert max(np.minimum(one, held).sum() / held.sum() for one in (rich, free)) < 0.9
    away = QualitativeComparative(**asked, negated=True, solution="complex").fit(FUZZY)
    assert away.formula.endswith("-> ~held")
    row = away.truth_table.set_index("row").loc[1, "consistency"]
    assert row == pytest.approx(measures(np.minimum(1 - rich, 1 - free), 1 - held)[0])


def test_rows_with_few_cases_or_at_a_cut_are_told_apart():
    cases = pd.DataFrame(
        {"a": [1] * 5 + [0] * 5 + [1], "b": [1] * 5 + [0] * 5 + [0], "y": [1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1]}
    )
    asked = {"outcome": "y", "conditions": ["a", "b"], "solution": "complex"}

    def out(**more):
        return QualitativeComparative(**asked, **more).fit(cases).truth_table.set_index("row")["out"].to_dict()

    assert out() == {1: "0", 3: "1", 4: "1"}  # four of five stand on the cut of .8
    assert out(cases=2) == {1: "0", 3: "?", 4: "1"}
    assert out(cases=5) == {1: "0", 3: "?", 4: "1"}
    assert out(cases=6) == {1: "?", 3: "?", 4: "?"}
    assert out(consistency=(0.9, 0.8)) == {1: "0", 3: "1", 4: "C"}
    assert out(consistency=(0.9, 0.81)) == {1: "0", 3: "1", 4: "0"}
    assert out(consistency=0.2) == {1: "1", 3: "1", 4: "1"}
    assert out(pri=0.8) == {1: "0", 3: "1", 4: "1"}
    assert out(pri=0.81) == {1: "0", 3: "1", 4: "0"}
    free = QualitativeComparative(**asked | {"solution": "parsimonious"}).fit(cases)
    assert free.formula == "a -> y"
    assert free.remainders.empty  # the row without cases is not needed
    assert [one.name for one in free.checks] == [
        "solution", "ambiguity", "contradictions", "diversity", "untenable assumptions", "halves"
    ]  # fmt: skip
    for wrong in ([2, 5], [1]):
        with pytest.raises(SpecificationError, match="must name remainders of the 4 rows"):
            QualitativeComparative(**asked, exclude=wrong).fit(cases)
    with pytest.raises(SpecificationError, match="expected names a value of 'a' that no case has, must be below 2"):
        QualitativeComparative(**asked, expected={"a": 2}).fit(cases)
    with pytest.raises(SpecificationError, match="conditions are 13, must be at most 12"):
        QualitativeComparative(outcome="y", conditions=[f"c{i}" for i in range(13)])
    assert len(QualitativeComparative(outcome="y", conditions=[f"c{i}" for i in range(12)]).conditions) == 12
    with pytest.raises(SpecificationError, match="conditions name 'pri', as a column of the truth table"):
        QualitativeComparative(outcome="y", conditions=["a", "pri"])
    for column, odd in (("a", 21), ("a", 1.5), ("y", 1.5)):
        with pytest.raises(CellError) as caught:
            QualitativeComparative(**asked).fit(cases.assign(**{column: [odd] + [1, 0] * 5}))
        assert caught.value.column == column
    assert QualitativeComparative(**asked).fit(cases.assign(a=[20, *[1, 0] * 5])).n == 11


def test_a_remainder_that_is_used_is_listed():
    cases = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 1, 0, 0], "y": [1, 1, 0, 0]})
    found = QualitativeComparative(outcome="y", conditions=["a", "b"], solution="parsimonious").fit(cases)
    assert set(found.solutions.loc[found.solutions["solution"] == "parsimonious", "term"]) == {"a", "b"}
    rows = found.remainders
    assert rows[["a", "b", "row", "parsimonious"]].to_numpy().tolist() == [[0, 1, 2, True], [1, 0, 3, True]]
    assert check(found, "ambiguity").numbers == {"models": 2}
    led = QualitativeComparative(outcome="y", conditions=["a", "b"], expected={"b": 0}).fit(cases)
    assert led.formula == "a -> y"  # that b stands there is not what is expected, so it is left out
    held = QualitativeComparative(outcome="y", conditions=["a", "b"], exclude=[2]).fit(cases)
    assert held.solutions.loc[held.solutions["solution"] == "parsimonious", "term"].tolist() == ["a"]


def test_settings_are_counted_one_by_one():
    raw = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [0, 1, 0, 1, 0, 1], "y": [0, 0, 0, 1, 1, 1]})
    asked = ComparativeRobustness(
        outcome="y", conditions=["a", "b"], thresholds={"a": [(3.5,), (4.5,)]}, shape="crisp", consistency=(0.8, 0.5), cases=(1, 2)
    )  # fmt: skip
    found = asked.fit(raw)
    assert found.settings[["a", "cut", "least_cases"]].to_numpy().tolist() == [
        [1, 0.8, 1], [1, 0.8, 2], [1, 0.5, 1], [1, 0.5, 2], [2, 0.8, 1], [2, 0.8, 2], [2, 0.5, 1], [2, 0.5, 2]
    ]  # fmt: skip
    one = QualitativeComparative(outcome="y", conditions=["a", "b"], consistency=0.8, solution="parsimonious")
    first = one.fit(raw.assign(a=[0, 0, 0, 1, 1, 1]))
    assert found.settings.loc[0, "formula"] == first.formula == "a -> y"
    assert found.settings.loc[0, ["consistency", "coverage"]].tolist() == [1, 1]
    formulas = found.settings["formula"]
    assert found.estimates["estimate"].tolist() == [(formulas == "a -> y").mean(), 8]
    shares = found.combinations.set_index("term")
    assert shares.loc["a", "share"] == formulas.str.contains(r"(?:^| \+ )a(?: \+| ->)", regex=True).mean()
    assert shares["share"].is_monotonic_decreasing
    assert shares.index[shares["in_first"]].tolist() == ["a"]
    assert (found.n, found.smallest_group) == (6, 6)
    assert check(found, "robustness").numbers == {"same": (formulas == "a -> y").mean(), "settings": 8}
    with pytest.raises(DataError, match="the first of 1 settings gives no solution"):
        ComparativeRobustness(outcome="y", conditions=["a", "b"], thresholds={"a": [(9,)]}, shape="crisp").fit(raw)
    with pytest.raises(SpecificationError, match="there are 5,001 settings, must be 1 to 5,000"):
        ComparativeRobustness(outcome="y", conditions=["a", "b"], thresholds={"a": [(i,) for i in range(5001)]})


def test_memberships_are_drawn_between_thresholds():
    column = pd.Series([0.0, 2, 5, 6, 10], name="x", index=list("abcde"))
    linear = calibrate(column, (2, 5, 6), shape="linear")
    assert linear.tolist() == [0, 0, 0.5, 1, 1]
    assert (linear.name, list(linear.index)) == ("x", list("abcde"))
    logistic = calibrate(column, (2, 5, 6))
    wanted = [1 / (1 + exp(-log(19) * one)) for one in (-5 / 3, -1, 0, 1, 5)]
    assert logistic.tolist() == pytest.approx(wanted)
    assert calibrate(column, (6, 5, 2)).tolist() == pytest.approx([1 - one for one in wanted])
    assert calibrate(column, (6, 5, 2), shape="linear").tolist() == [1, 1, 0.5, 0, 0]
    assert calibrate(column, (2, 6), shape="crisp").tolist() == [0, 1, 1, 2, 2]
    assert calibrate(column, (1, 2, 4, 6, 8, 9)).tolist() == [0, 0.5, 1, 1, 0]
    assert calibrate(column, (1, 2, 4, 4, 8, 9)).tolist()[2] == pytest.approx(1 - 0.5 / 4)
    for wrong in ((5, 2, 6), (2, 2, 6), (2, 6, 6), (5, 6, 2)):
        with pytest.raises(SpecificationError, match="all rising or all falling"):
            calibrate(column, wrong)
    for wrong in ((), (6, 2), (2, 2)):
        with pytest.raises(SpecificationError, match="must rise from the first to the last"):
            calibrate(column, wrong, shape="crisp")
    with pytest.raises(SpecificationError, match="must rise"):
        calibrate(column, (1, 2, 4, 3, 8, 9))
    for wrong in ((1, 2), (1, 2, 3, 4)):
        with pytest.raises(SpecificationError, match=f"thresholds are {len(wrong)}, must be 3, or 6"):
            calibrate(column, wrong)
    assert find_thresholds(pd.Series([1.0, 2, 10])) == (6.0,)
    assert find_thresholds(pd.Series([1.0, 2, 10]), 2) == (1.5, 6.0)
    with pytest.raises(SpecificationError, match="n == 3, must be below 3"):
        find_thresholds(pd.Series([1.0, 2, 10, 10]), 3)


def test_evidence_moves_odds_by_its_ratio():
    seen = pd.DataFrame(
        {"evidence": ["door", "gun", "straw"], "x": [0.95, 0.5, 0.6], "y": [0.6, 0.05, 0.5], "z": [0.5] * 3}
    )
    found = ProcessTracing(priors={"x": 0.5, "y": 0.2, "z": 0.3}, width=0.1).fit(seen)
    likelihood, prior = seen[["x", "y", "z"]].to_numpy(), np.array([0.5, 0.2, 0.3])

    def after(rows):
        weights = prior * rows.prod(axis=0)
        return weights / weights.sum()

    assert found.estimates["estimate"].tolist() == pytest.approx(after(likelihood))
    for i, name in enumerate("xyz"):
        low, high = (np.clip(likelihood + side, 1e-6, 1) for side in (0.1, -0.1))
        low[:, i], high[:, i] = (np.clip(likelihood[:, i] + side, 1e-6, 1) for side in (-0.1, 0.1))
        assert found.estimates.loc[name, ENDS].tolist() == pytest.approx([after(low)[i], after(high)[i]])
    assert found.evidence["ratio"].tolist() == pytest.approx((likelihood[:, 0] / likelihood[:, 2]).tolist())
    without = [after(np.delete(likelihood, i, axis=0))[0] for i in range(3)]
    assert found.evidence["without"].tolist() == pytest.approx(without)
    assert found.evidence["evidence"].tolist() == ["door", "gun", "straw"]
    assert found.priors["prior"].tolist() == prior.tolist()
    for i in range(3):
        rest = np.delete(prior * likelihood.prod(axis=0), i).sum() / np.delete(prior, i).sum()
        assert found.priors["even_prior"].iloc[i] == pytest.approx(rest / (rest + likelihood[:, i].prod()))
    assert check(found, "one piece").numbers["without"] == pytest.approx(min(without))
    kinds = ProcessTracing(priors={"x": 0.5, "y": 0.5}).fit(seen).evidence["test"].tolist()
    assert kinds == ["hoop", "smoking gun", "straw in the wind"]
    for wrong in (0, 1.1):
        with pytest.raises(CellError) as caught:
            ProcessTracing(priors={"x": 0.5, "y": 0.5}).fit(seen.assign(y=[0.5, 1, wrong]))
        assert (caught.value.column, caught.value.rows) == ("y", (3,))
    with pytest.raises(SpecificationError, match=r"priors are 2 that add to 1\.1"):
        ProcessTracing(priors={"x": 0.5, "y": 0.6})
    with pytest.raises(SpecificationError, match="evidence == 'x' is an explanation as well"):
        ProcessTracing(priors={"x": 0.5, "y": 0.5}, evidence="x")


def test_quotations_are_judged_one_by_one():
    long = "we were told to pay back all of it before we could leave"
    frame = pd.DataFrame(
        {
            "words": [long, "We saw Omar Said there.", "it was cold", long + " then"],
            "who": ["p1", "p2", "p3", "p3"],
            "theme": ["debt", "debt", "cold", "debt"],
        }
    )
    before = pd.DataFrame({"words": ["they said " + long], "who": ["p1"]})
    found = check_quotes(frame, quote="words", person="who", language="en", released=before, theme="theme", least=3)
    assert found.quotes["identifiers"].tolist() == [0, 1, 0, 0]
    assert found.quotes["released_before"].tolist() == [1, 0, 0, 1]
    assert found.quotes["longest_run"].tolist() == [13, 0, 0, 13]
    assert found.quotes["as_another"].tolist() == [False, False, False, True]
    assert found.quotes["said_by"].tolist() == [3, 3, 1, 3]
    assert found.quotes["verdict"].tolist() == ["review", "fail", "review", "fail"]
    assert {one.name: (one.status, dict(one.numbers)) for one in found.checks} == {
        "identifiers": ("fail", {"quotes": 1}),
        "released before": ("fail", {"joined": 1, "again": 1}),
        "few voices": ("review", {"quotes": 2}),
    }
    alone = check_quotes(frame[2:3], quote="words", person="who", language="en")
    assert alone.quotes["verdict"].tolist() == ["pass"]
    assert [one.status for one in alone.checks] == ["pass"] * 3
    same = check_quotes(frame[:1], quote="words", person="who", language="en", released=before)
    assert [one.status for one in same.checks] == ["pass", "review", "review"]
    texts = check_quotes(frame[:1], quote="words", person="who", language="en", released=[long])
    assert texts.quotes["as_another"].tolist() == [True]  # nobody says whose it was
    short = check_quotes(frame[:1], quote="words", person="who", language="en", released=["told to pay back all"])
    assert short.quotes["released_before"].tolist() == [0]
    five = check_quotes(frame[:1], quote="words", person="who", language="en", released=["told to pay back all"], run=5)
    assert five.quotes["longest_run"].tolist() == [5]
    with pytest.raises(DataError, match="released holds 2 entries that are not all texts"):
        check_quotes(frame, quote="words", person="who", released=["a", 3])
    with pytest.raises(CellError, match="must be words") as caught:
        check_quotes(frame.assign(words=["a", " ", "b", 3]), quote="words", person="who")
    assert caught.value.rows == (2, 4)


READERS = {
    "clusters": lambda frame: case_clusters(frame, 2),
    "timeline": lambda frame: code_timeline(frame, "year"),
    "words": lambda frame: keyword_in_context(frame, "debt", text="said"),
    "elements": lambda frame: suggest_elements(frame, text="said", language="en"),
    "quotes": lambda frame: check_quotes(frame, quote="said", person="who"),
    "types": lambda frame: typology(frame, ["debt"]),
    "segments": CodedSegments.from_frame,
    "codebook": Codebook.from_frame,
    "ratings": agreement,
}


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_table_is_named(name):
    with pytest.raises(DataError, match=r"^[a-z]+ is a list, must be a pandas DataFrame"):
        READERS[name](["no", "table"])


def test_a_theme_seen_in_none_but_frequent_ones_is_all_there_is():
    often = pd.DataFrame({"n": [10, 9, 8, 7]})  # nobody spoke of one alone
    table = ThemeRichness(frequency="n", interviews=10, bootstrap=100).fit(often).estimators.set_index("estimator")
    assert table.loc[
        ["chao2", "ichao2", "ice", "ice-1", "jackknife-1", "jackknife-2"], "estimate"
    ].tolist() == pytest.approx([4] * 6)


def test_units_that_lie_on_others_are_counted_in_words():
    rows = pd.DataFrame(
        [("a", "debt", 0, 4), ("a", "threat", 2, 6), ("b", "debt", 0, 4), ("b", "threat", 3, 6)],
        columns=["coder", "code", "start", "end"],
    )
    found = check(UnitisingAgreement(length=9).fit(rows), "overlap")
    assert found.numbers == {"units": 2}
    assert str(found.message).startswith("2 units lie upon")
    one = check(UnitisingAgreement(length=9).fit(rows.iloc[[0, 1, 2]]), "overlap")
    assert str(one.message).startswith("1 unit lies upon")


def test_a_star_in_a_cue_stands_for_a_word_or_two():
    for words, found in (
        ("offered me a job", True),
        ("offered a job", True),
        ("offered me such a good job", False),
        ("offered job", False),
    ):
        said = pd.DataFrame({"said": [f"They {words} there."]})
        codes = suggest_elements(said, text="said", language="en")
        assert ("recruitment" in set(codes["code"])) is found, words


ROWS = pd.DataFrame(
    {"document": ["x", "y"], "start": 0, "end": [2, 3], "code": ["d", "e"], "coder": ["p", "q"], "on": [0, 1]}
)
OPTIONS = {
    "segments": (CodedSegments.from_frame, {"frame": ROWS}, "frame"),
    "words": (keyword_in_context, {"frame": ROWS, "keyword": "x", "text": "document"}, "frame"),
    "elements": (suggest_elements, {"frame": ROWS, "text": "document", "language": "en"}, "frame"),
    "quotes": (check_quotes, {"frame": ROWS, "quote": "document", "person": "coder"}, "frame"),
    "types": (typology, {"frame": ROWS, "conditions": ["on"]}, "frame"),
    "clusters": (case_clusters, {"interviews": ROWS[["on"]], "clusters": 2}, ""),
    "plan": (double_coding, {"agreement": 0.8, "shares": [0.5, 0.5], "half_width": 0.1}, ""),
    "pseudonyms": (pseudonymise, {"texts": "a", "key": b"k" * 32}, ""),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_of_a_reader_is_refused_by_its_name(name):
    read, given, but = OPTIONS[name]
    lawful.options_of_a_reader_are_refused_by_name(read, given, but=[but])
