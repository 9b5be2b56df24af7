"""Inner checks and pictures of the room on both sides of what they turn on, by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.programmes import ReferralCascade, SpillOver, TrialDesign, score_changes
from ctresearch.programmes.referral.cascade_pictures import draw_ends
from ctresearch.programmes.scales import item_response
from ctresearch.programmes.trials import complier_effect, spill_over, trial_fit


def test_no_error_has_no_test_and_others_that_of_t():
    none = trial_fit._t_test(0.5, 0.0, 8.0, 0.95)
    assert (none.estimate, none.low, none.high, none.df) == (0.5, 0.5, 0.5, 8.0)
    assert np.isnan(none.p_value)
    made = trial_fit._t_test(-0.5, 0.2, 8.0, 0.95)
    reach = 2.306004135204166 * 0.2  # of Student's t with 8 degrees
    assert (made.low, made.high) == pytest.approx((-0.5 - reach, -0.5 + reach))
    assert made.p_value == pytest.approx(2 * t.sf(2.5, 8))


@pytest.mark.parametrize(
    ("group", "reasons", "status", "refused", "words"),
    [
        ("children", ["refused", "completed"], "review", 1, "1 children are recorded as refusing"),
        ("children", ["left", "completed"], "pass", 0, "None of 2 children"),
        ("adults", ["refused", "completed", "refused"], "pass", 2, "2 of 3 adults refused consent"),
        ("adults", ["left", "completed"], "review", 0, "there are 'left': if one of these"),
        ("adults", ["completed"], "pass", 0, "0 of 1 adults refused consent"),
    ],
)
def test_refusals_are_adults_own_choice_and_in_children_a_sign_of_wrong_records(group, reasons, status, refused, words):
    made = ReferralCascade(stages=["seen", "helped"], age=None)
    table = SimpleNamespace(reason=np.array(reasons, dtype=object), end=np.zeros(len(reasons)))
    made._refusal = lambda _: "refused"
    check = made._check_consent(table, group)
    assert (check.name, check.status) == (f"consent, {group}", status)
    assert dict(check.numbers) == {"refused": refused, "persons": len(reasons)}
    assert words in check.message


def test_a_trial_needs_no_fewer_clusters_than_it_can_be_planned_with():
    plan = TrialDesign(clusters=4, size=30, icc=0.05, sd=1.0)
    needed = plan.clusters_needed(0.3, power=0.9)
    assert needed % 2 == 0
    powers = [TrialDesign(clusters=many, size=30, icc=0.05, sd=1.0).power(0.3) for many in (needed - 2, needed)]
    assert powers[0] < 0.9 <= powers[1]
    assert plan.clusters_needed(50.0) == 4
    with pytest.raises(SpecificationError, match=r"^effect == 0, must differ from 0"):
        plan.clusters_needed(0)
    with pytest.raises(SpecificationError, match="needs more than 20,000 clusters"):
        plan.clusters_needed(1e-6)


def test_items_that_tell_little_or_go_the_wrong_way_are_named():
    flat, few = item_response._FLAT, item_response._FEW

    def told(*slopes, people=few):
        fit = SimpleNamespace(slopes=np.array(slopes))
        return {
            c.name: (c.status, dict(c.numbers), str(c.message))
            for c in item_response._checks(fit, ("q1", "q2", "q3"), "adults", people)
        }

    assert told(flat, 1.0, 2.0) == {}
    made = told(-0.1, flat - 1e-9, 0.0)
    assert {name: one[:2] for name, one in made.items()} == {
        "direction": ("fail", {"items": 1}),
        "telling": ("review", {"items": 2}),
    }
    assert "'q1' are answered right" in made["direction"][2]
    assert "'q2', 'q3' tell little" in made["telling"][2]
    assert told(1.0, 1.0, 1.0, people=few - 1)["people"][:2] == ("review", {"people": few - 1})


def test_whom_an_effect_is_about():
    nobody, one, some = (complier_effect._check_unasked(share) for share in (0.0, 1.0, 0.125))
    assert {check.status for check in (nobody, one, some)} == {"pass"}
    assert "Nobody took part without" in nobody.message
    assert "100.0% took part without" in one.message
    assert "12.5% took part without" in some.message
    assert dict(some.numbers) == {"share": 0.125}


def test_a_contrast_says_what_it_leaves_out():
    def of(estimate, left_out):
        found = SimpleNamespace(estimate=estimate, used=(3, 4), left_out=left_out)
        return spill_over._check_contrast("spill_over", found)

    assert of(0.5, 0) == []
    (none,), (some,) = of(np.nan, 0), of(0.5, 2)
    for check, left in ((none, 0), (some, 2)):
        assert (check.name, check.status) == ("spill over", "review")
        assert dict(check.numbers) == {"exposed": 3, "untouched": 4, "left_out": left}
    assert "3 exposed and 4 untouched clusters can be compared" in none.message
    assert "2 clusters could have had one exposure alone" in some.message


WAVES = pd.DataFrame(
    {
        "id": ["a", "b", "c", "a", "c", "d"],
        "w": ["1", "1", "1", "2", "2", "2"],
        "y": [1.0, 2.0, None, 4.0, 5.0, 6.0],
        "arm": list("xyzuvw"),
    }
)
ASKED = {"person": "id", "wave": "w", "score": "y", "first": "1", "last": "2"}


def test_changes_are_of_those_scored_at_first():
    made = score_changes(WAVES, **ASKED, keep=["arm"])
    assert list(made.columns) == ["id", "arm", "before", "after", "change"]
    assert made[["id", "arm"]].to_numpy().tolist() == [["a", "x"], ["b", "y"]]
    assert made[["before", "after", "change"]].to_numpy() == pytest.approx(
        np.array([[1, 4, 3], [2, np.nan, np.nan]]), nan_ok=True
    )
    numbered = WAVES.assign(w=[1, 1, 1, 2, 2, 2], y=WAVES["y"].map(lambda y: None if pd.isna(y) else str(y)))
    assert score_changes(numbered, **ASKED | {"first": 1, "last": 2})["change"].tolist()[0] == 3


@pytest.mark.parametrize(
    ("frame", "asked", "words"),
    [
        (WAVES.drop(columns="y"), {}, "no column 'y'"),
        (WAVES, {"first": "3"}, "^first == '3' is no wave of column 'w'"),
        (WAVES, {"last": "3"}, "^last == '3' is no wave of column 'w'"),
        (WAVES.assign(id=[None, *"bcacd"]), {}, r"^column 'id' is missing in rows 1, every row must say who"),
        (WAVES.assign(y=["?", *WAVES["y"][1:]]), {}, r"^column 'y': .*must be numbers, or missing"),
        (WAVES.assign(y=[np.inf, *WAVES["y"][1:]]), {}, r"^column 'y': .*must be numbers, or missing"),
        (WAVES.assign(id=list("aacacd")), {}, r"^column 'id': rows 2 repeat a person within one wave"),
        (WAVES.assign(y=[None, None, None, 1, 1, 1]), {}, "^nobody has a score in column 'y' at the wave '1'"),
    ],
)
def test_waves_that_cannot_be_compared_are_refused(frame, asked, words):
    with pytest.raises((DataError, CellError), match=words):
        score_changes(frame, **ASKED | asked)


def test_ends_are_drawn_from_the_left_with_those_who_wait_at_last():
    from matplotlib import pyplot

    rows = pd.DataFrame(
        {
            "group": ["all"] * 3 + ["all"] + ["few"],
            "since": ["seen"] * 3 + ["referred"] * 2,
            "outcome": ["left", "reached", "refused", "reached", "reached"],
            "estimate": [0.1, 0.5, 0.2, 0.75, np.nan],
        },
        index=["referred"] * 3 + ["helped"] * 2,
    )
    ax = draw_ends(rows, " within a year")
    names = [one.get_text() for one in ax.get_legend().get_texts()]
    assert names == ["came on", "refused", "left", "still waiting"]
    bars = {
        name: [(b.get_x(), b.get_width(), b.get_y() + b.get_height() / 2) for b in held]
        for name, held in zip(names, ax.containers, strict=True)
    }
    assert np.array(bars["came on"]) == pytest.approx(np.array([(0, 0.5, 2), (0, 0.75, 1), (0, 0, 0)]))
    assert np.array(bars["refused"]) == pytest.approx(np.array([(0.5, 0.2, 2), (0.75, 0, 1), (0, 0, 0)]))
    assert np.array(bars["left"]) == pytest.approx(np.array([(0.7, 0.1, 2), (0.75, 0, 1), (0, 0, 0)]))
    assert np.array(bars["still waiting"]) == pytest.approx(np.array([(0.8, 0.2, 2), (0.75, 0.25, 1), (0, 0, 0)]))
    assert [one.get_text() for one in ax.get_yticklabels()] == [
        "seen → referred, all",
        "referred → helped, all",
        "referred → helped, few",
    ]
    assert ax.get_xlabel() == "share of those at the stage before within a year"
    assert (ax.get_xlim(), len(ax.figure.axes)) == ((0, 1), 1)
    pyplot.close(ax.figure)


def test_pairs_and_stages_that_are_none_are_refused_in_words():
    given = {"outcome": "y", "treatment": "a", "cluster": "v"}
    for neighbours, words in (
        (7, "^neighbours is a int, must be pairs of clusters"),
        ("ab", "^neighbours is a str, must be pairs"),
        ([], "^neighbours is empty, must be pairs"),
        ([("a", "b"), ("a",)], "^number 2 of neighbours is no pair"),
        ([("a", "b"), "ab"], "^number 2 of neighbours is no pair"),
        ([3], "^number 1 of neighbours is no pair"),
    ):
        with pytest.raises(SpecificationError, match=words):
            SpillOver(**given, neighbours=neighbours)
    assert SpillOver(**given, neighbours=[("a", 1), ["b", "c"]]).neighbours == (("a", "1"), ("b", "c"))
    for stages in (7, "seen", ["seen"], ["seen", "seen"]):
        with pytest.raises(SpecificationError, match=r"^stages == .*, must be a list of at least 2 different columns"):
            ReferralCascade(stages=stages)
    assert ReferralCascade(stages=["seen", "helped"]).stages == ("seen", "helped")
