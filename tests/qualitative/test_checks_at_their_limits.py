"""Every check of the room turns at its limit, keeps one name whatever it says, and carries the numbers it judged by."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ctresearch.qualitative import Saturation
from ctresearch.qualitative.coders import agreement_checks as coders
from ctresearch.qualitative.coders import dawid_skene
from ctresearch.qualitative.comparative import process_tracing, qca
from ctresearch.qualitative.mixed import coded_difference, joint_display
from ctresearch.qualitative.text import keyness, suggestions, topics
from ctresearch.qualitative.themes import cooccurrence, richness
from ctresearch.qualitative.themes.incidence import Incidence
from ctresearch.stats.agreement.coded_units import join_units

UP, DOWN = np.inf, -np.inf


def after(value):
    return np.nextafter(value, UP)


def before(value):
    return np.nextafter(value, DOWN)


def units(*columns):
    """Join units from what each coder gave, a letter a unit."""
    given = np.array([["abcd".index(letter) for letter in one] for one in columns]).T
    return join_units(given, int(given.max()) + 1, coders_apart=True)


def rated(coded, of=3):
    """Make ratings of two codes by three coders, of whom all rated ``coded`` units."""
    given = np.zeros((coded + 1, of, 2))
    given[:, :, 0] = 1
    given[-1, 0, 0] = 0
    return SimpleNamespace(coders=tuple(range(of)), codes=("a", "b"), given=given)


def table(out, consistency=1.0, rows=None, n=None, pri=None, halves=()):
    """Make a truth table from what its rows go with."""
    return SimpleNamespace(
        rows=list(out),
        out=list(out),
        n=np.array([one != "?" for one in out], dtype=int) if n is None else np.array(n),
        pri=np.ones(len(out)) if pri is None else np.array(pri),
        row_of=np.array([0, *halves]),
        having=lambda one: [i for i, each in enumerate(out) if each == one],
    )


def incidence(*counts, of=40):
    return Incidence(np.array(counts, dtype=np.int64), of)


def themes(held):
    return richness._checks(held, None)[0]


def accuracy(right):
    """One coder of two codes, each in half of the units, right in a share of both."""
    return dawid_skene._check_coders(np.array([0.5, 0.5]), np.array([[[right, 1 - right], [1 - right, right]]]))


def pieces(*without):
    return process_tracing._check_one_piece(pd.DataFrame({"without": without}), 0.9)


def prior(own, ratio):
    """Two explanations of one piece of evidence that is so many times as probable under the first."""
    return process_tracing._check_prior(np.array([own, 1 - own]), np.array([[0.1 * ratio, 0.1]]), 0)


def assumed(kind, **more):
    """Make what was found, with one remainder assumed by each kind of solution."""
    one, other = (SimpleNamespace(assumed=[[i]]) for i in (1, 2))
    held = {"contradictory": (), "simultaneous": (), "solutions": {"parsimonious": one}}
    found = held | {"intermediate": [SimpleNamespace(solution=other)]} | more
    return qca._check_assumptions(SimpleNamespace(**found), kind)


def words(*rows):
    return keyness._check_spread(pd.DataFrame(rows, columns=["documents", "uses", "elsewhere"]))


ORDER, REACHED = Saturation()._check_order, Saturation()._check_reached
WEAK, CLEAR, STABLE = qca._WEAK, process_tracing._CLEAR, topics._STABLE
CODES = pd.DataFrame({"right": [0, 1, 0], "documents": [1, 1, 0]})
STANDS, FALLEN = ((SimpleNamespace(stands=one), "x") for one in (True, False))
FEW = coders._FEW_UNITS
SAME, OTHER = "ab" * 50, "ba" * 50


def cases():
    """Make all checks anew: a name, and for each check what it must say, whether it voids and some of its numbers."""
    return {
        "variation": [
            (coders.check_variation(units("aaab", "aaab"), exists=True), "pass", False, {"codes": 2, "largest": 0.75}),
            (coders.check_variation(units("aaab", "aaab"), exists=False), "fail", True, {"codes": 2}),
            (
                coders.check_variation(units("a" * 99 + "b", "a" * 100), exists=True),
                "review",
                False,
                {"largest": 0.995},
            ),
        ],
        "units": [
            (coders.check_units(units("ab" * FEW, "ab" * FEW), FEW), "pass", False, {"units": FEW, "single": FEW}),
            (coders.check_units(units("ab" * FEW, "ab" * FEW), FEW - 1), "review", False, {"units": FEW - 1}),
            (coders.check_units(units("ab" * 5 * FEW, "ab" * 5 * FEW), FEW), "review", False, {"single": 9 * FEW}),
        ],
        "independence": [
            (coders.check_apart(units(SAME, SAME)), "review", False, {"pairs": 1}),
            (coders.check_apart(units(SAME, SAME, OTHER)), "review", False, {"pairs": 1}),
            (coders.check_apart(units(SAME, OTHER)), "pass", False, {"pairs": 0}),
            (coders.check_apart(units("a" * 100, "a" * 100)), "pass", False, {"pairs": 0}),  # nothing to part on
            (coders.check_apart(units(SAME[: coders._COPIED], SAME[: coders._COPIED])), "review", False, {"pairs": 1}),
            (coders.check_apart(units(SAME[: coders._COPIED - 1], SAME[: coders._COPIED - 1])), "pass", False, {}),
        ],
        "scheme": [
            (coders.check_shared_codes(units("abab", "aabb")), "pass", False, {"coders": 0}),
            (coders.check_shared_codes(units("abab", "aabb", "cdcd")), "fail", False, {"coders": 1}),
        ],
        "no spread": [(coders.no_limits(9), "review", False, {"units": 9})],
        "bootstrap": [
            (coders.check_draws(1000, int(1000 * coders._SOME)), "pass", True, {"samples": 1000}),
            (coders.check_draws(1000, int(1000 * coders._SOME) + 1), "review", True, {}),
            (coders.check_draws(1000, int(1000 * coders._MANY)), "review", True, {"without": 1000 * coders._MANY}),
            (coders.check_draws(1000, int(1000 * coders._MANY) + 1), "fail", True, {}),
        ],
        "identified": [
            (dawid_skene._check_identified(rated(9, of=2)), "fail", True, {"coders": 2}),
            (
                dawid_skene._check_identified(rated(8)),
                "pass",
                False,
                {"units": 8},
            ),  # two codes times three coders and one
            (dawid_skene._check_identified(rated(7)), "review", False, {"units": 7}),
        ],
        "coders": [
            (accuracy(0.5 + dawid_skene._CHANCE + 1e-9), "pass", False, {"coders": 0}),
            (accuracy(0.5 + dawid_skene._CHANCE - 1e-9), "fail", False, {"coders": 1}),
        ],
        "varies": [
            (cooccurrence._check_varies(0), "pass", False, {"codes": 0}),
            (cooccurrence._check_varies(1), "review", False, {"codes": 1}),
        ],
        "rare pairs": [
            (cooccurrence._check_sparse(pd.DataFrame({"expected": [1.0, 0.9]})), "pass", False, {"share": 0.5}),
            (cooccurrence._check_sparse(pd.DataFrame({"expected": [0.5, 2, 0.9]})), "review", False, {"share": 2 / 3}),
        ],
        "repeated": [
            (themes(incidence(1, 1, 1)), "fail", True, {"once": 3, "twice": 0}),
            (themes(incidence(1, 1, 1, 1, 1, 2)), "fail", False, {"once": 5, "twice": 1}),
            (themes(incidence(1, 1, 9)), "review", False, {"once": 2, "twice": 0}),
            (themes(incidence(1, 9, 9)), "pass", False, {"once": 1}),
            (themes(incidence(1, 1, 2, 9)), "pass", False, {"once": 2, "twice": 1}),
        ],
        "interviews": [
            (richness._check_interviews(incidence(2, of=richness._FEW)), "pass", False, {"interviews": richness._FEW}),
            (richness._check_interviews(incidence(2, of=richness._FEW - 1)), "review", False, {}),
        ],
        "reached": [(REACHED(np.nan), "fail", True, {}), (REACHED(7.0), "pass", False, {"reached": 7})],
        "order": [(ORDER(0.2), "review", False, {"share": 0.2}), (ORDER(1.0), "pass", False, {"share": 1})],
        "solution": [
            (qca._check_solved(table("10?"), WEAK), "pass", False, {"rows": 1, "rows_with_cases": 2}),
            (qca._check_solved(table("10?"), before(WEAK)), "review", False, {}),
            (qca._check_solved(table("00?"), 1.0), "fail", True, {"rows": 0}),
            (qca._check_solved(table("11?"), 1.0), "fail", True, {"rows": 2}),
        ],
        "ambiguity": [
            (qca._check_ambiguous([((),)]), "pass", False, {"models": 1}),
            (qca._check_ambiguous([((),), ((),)]), "review", False, {"models": 2}),
        ],
        "contradictions": [
            (qca._check_contradictions(table("10")), "pass", False, {"contradictions": 0, "low_pri": 0}),
            (qca._check_contradictions(table("1C")), "review", False, {"contradictions": 1, "low_pri": 0}),
            (qca._check_contradictions(table("10", pri=[0.5, 0])), "pass", False, {"low_pri": 0}),
            (qca._check_contradictions(table("10", pri=[0.49, 1])), "review", False, {"low_pri": 1}),
        ],
        "diversity": [
            (qca._check_diversity(table("10??")), "pass", False, {"rows_seen": 2, "rows": 4}),
            (qca._check_diversity(table("1???")), "review", False, {"rows_seen": 1}),
        ],
        "untenable assumptions": [
            (assumed("parsimonious"), "pass", False, {"assumed": 1, "contradictory": 0}),
            (assumed("parsimonious", contradictory=(1,)), "fail", False, {"contradictory": 1}),
            (assumed("parsimonious", contradictory=(2,)), "pass", False, {}),
            (assumed("intermediate", contradictory=(2,)), "fail", False, {"assumed": 1, "contradictory": 1}),
            (assumed("intermediate", contradictory=(1,)), "pass", False, {}),
            (assumed("complex", contradictory=(1, 2)), "pass", False, {"assumed": 0}),
            (assumed("complex", simultaneous=(3,)), "fail", False, {"contradictory": 1}),
        ],
        "halves": [
            (qca._check_halves(table("10")), "pass", False, {"cases": 0}),
            (qca._check_halves(table("10", halves=(-1, 1, -1))), "fail", False, {"cases": 2}),
        ],
        "clear": [
            (process_tracing._check_clear(CLEAR, np.nan), "pass", False, {"posterior": CLEAR, "least": CLEAR}),
            (process_tracing._check_clear(before(CLEAR), np.nan), "review", False, {}),
            (process_tracing._check_clear(0.99, before(CLEAR)), "review", False, {"posterior": 0.99}),
        ],
        "one piece": [
            (pieces(0.8, 0.51), "pass", False, {"posterior": 0.9, "without": 0.51}),
            (pieces(0.5, 0.8), "review", False, {"without": 0.5}),
        ],
        "prior": [
            (prior(0.5, 3.001), "pass", False, {"prior": 0.5, "even_prior": 1 / 4.001}),
            (prior(0.3, 2.999), "review", False, {"prior": 0.3, "even_prior": 1 / 3.999}),
        ],
        "spread": [
            (words((2, 7, 1), (9, 9, 9)), "pass", False, {"key_words": 2, "repeated": 0}),
            (words((2, 7, 2), (9, 9, 9)), "review", False, {"key_words": 2, "repeated": 1}),
        ],
        "groups": [
            (keyness._check_groups(5), "pass", False, {"documents": 5}),
            (keyness._check_groups(4), "review", False, {"documents": 4}),
        ],
        "stability": [
            (topics._check_stable(np.array([STABLE, 1.0])), "pass", False, {"least": STABLE, "unstable": 0}),
            (topics._check_stable(np.array([before(STABLE), 1.0])), "fail", False, {"unstable": 1}),
        ],
        "size": [
            (suggestions._check_pairs(30, 20), "pass", False, {"n": 30, "right": 20}),
            (suggestions._check_pairs(29, 20), "review", False, {"n": 29}),
            (suggestions._check_pairs(30, 19), "review", False, {"right": 19}),
        ],
        "codes": [
            (suggestions._check_every_code(CODES), "review", False, {"codes": 1}),
            (suggestions._check_every_code(CODES[1:]), "pass", False, {"codes": 0}),
        ],
        "agreement": [
            (coded_difference._check_agreement(0.4, stands=True), "pass", False, {"kappa": 0.4}),
            (coded_difference._check_agreement(before(0.4), stands=True), "review", False, {}),
            (coded_difference._check_agreement(0.0, stands=False), "fail", True, {"kappa": 0}),
        ],
        "samples": [
            (coded_difference._check_samples(10, 1000), "pass", False, {"lost": 10}),
            (coded_difference._check_samples(11, 1000), "fail", False, {"lost": 11}),
            (coded_difference._check_samples(200, 1000), "fail", False, {}),
            (coded_difference._check_samples(201, 1000), "fail", True, {}),
        ],
        "few voices": [
            (joint_display._check_few(pd.DataFrame({"people": [0, 5]})), "pass", False, {"themes": 0}),
            (joint_display._check_few(pd.DataFrame({"people": [1, 4, 5]})), "review", False, {"themes": 2}),
        ],
        "numbers": [
            (joint_display._check_results({"a": STANDS}), "pass", False, {"fallen": 0}),
            (joint_display._check_results({"a": STANDS, "b": FALLEN}), "fail", False, {"fallen": 1}),
        ],
        "both sides": [
            (joint_display._check_silent(pd.DataFrame({"agreement": ["silent", "x"]})), "pass", False, {"silent": 1}),
            (
                joint_display._check_silent(pd.DataFrame({"agreement": ["silent"] * 2 + ["x"]})),
                "review",
                False,
                {"themes": 3},
            ),
        ],
    }


CASES = tuple(cases())


@pytest.mark.parametrize("name", CASES)
def test_a_check_turns_at_its_limit(name):
    for place, (check, status, voids, numbers) in enumerate(cases()[name]):
        assert (check.name, check.status, check.voids) == (name, status, voids), place
        assert check.message
        assert {key: check.numbers[key] for key in numbers} == pytest.approx(numbers), place
        assert np.isfinite(list(check.numbers.values())).all(), place


def test_ratios_of_narratives_have_the_limits_of_a_ratio_of_means():
    rng = np.random.default_rng(2)
    at = np.repeat(np.arange(12), 5)
    whole = rng.random(60) < 0.8
    part = whole & (rng.random(60) < 0.6)
    share, error, low, high = suggestions._clustered(part, whole, at, 0.9)
    assert share == pytest.approx(part.sum() / whole.sum())
    x, y = (np.array([one[at == g].sum() for g in range(12)]) for one in (part, whole))
    left = x - share * y
    assert error == pytest.approx(np.sqrt(left @ left / 11 * 12) / y.sum())  # Cochran's, the narratives drawn
    odds = [np.log(one / (1 - one)) for one in (low, share, high)]
    assert np.diff(odds) == pytest.approx([1.6448536269514722 * error / (share * (1 - share))] * 2)
    said, right = np.ones(4, dtype=bool), np.array([True, False, True, True])
    assert np.isnan(suggestions._clustered(right, said, np.zeros(4, dtype=int), 0.9)[1:]).all()  # one narrative
    assert np.isfinite(suggestions._clustered(right, said, np.array([0, 0, 1, 1]), 0.9)).all()


def test_a_share_of_nothing_is_not_known():
    assert np.isnan(suggestions._wilson(0, 0, 0.95)[0])
    # Wilson 1927 by hand for 5 of 10: the middle stays, half a width is z / sqrt(n + z^2) / 2
    z = 1.959963984540054
    half = z / np.sqrt(10 + z**2) / 2
    assert suggestions._wilson(5, 10, 0.95) == pytest.approx((0.5, 0.5 - half, 0.5 + half))
