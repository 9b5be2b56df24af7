"""Every check of networks on both sides of its bound: how it turns, what it counts, and whether it voids."""

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.networks import act_means_purpose, as_network, associations, organisation_types, phases, recruiters
from ctresearch.networks.dependence import ergm, mrqap
from ctresearch.networks.evidence.figure_caveats import recorded
from ctresearch.networks.missing import deletion_bands, disruption_bands, group_stability
from ctresearch.networks.missing.disruption_sight import Pair
from ctresearch.networks.missing.missing_ties_checks import check_triangles
from ctresearch.networks.modus import correspondence, latent_classes, optimal_matching, scripts
from ctresearch.networks.modus.latent_class_em import ClassFit, Patterns
from ctresearch.networks.modus.latent_class_errors import ClassErrors
from ctresearch.networks.modus.medoids import Clusters
from ctresearch.networks.motives import business_model, offender_testimony
from ctresearch.networks.removal import disruption_setup
from ctresearch.networks.structure import blockmodel, continuous_core, core_periphery, groups, small_world
from ctresearch.networks.structure.block_em import BlockFit

PATH = as_network(nx.path_graph(4))
TINY = 1e-9


def turned(checks, name):
    """Return how the check of a name turned, what it counts, and whether it voids."""
    (check,) = [one for one in checks if one.name == name]
    return check.status, dict(check.numbers), check.voids


def said(checks, name):
    """Return the sentence of the check of a name."""
    return next(str(one.message) for one in checks if one.name == name)


def test_blocks_are_for_review_beyond_a_tenth_without_one_and_at_the_most_that_were_compared():
    tau = np.eye(3)[[0, 1, 2, 2]]
    fit = BlockFit(tau, tau.mean(axis=0), np.zeros((3, 3)), -4.5, True)
    several, alone = (pd.DataFrame({"blocks": numbers}) for numbers in ([1, 2, 3], [3, 3]))
    made = blockmodel._checks(several, fit, 0.1)
    assert turned(made, "convergence") == ("pass", {"bound": -4.5}, True)
    assert turned(made, "number") == ("review", {"blocks": 3}, False)
    assert turned(made, "certainty") == ("pass", {"share": 0.1}, False)
    assert said(made, "number") == "More blocks were not compared."
    more = pd.DataFrame({"blocks": [3, 4]})
    made = blockmodel._checks(more, BlockFit(tau, tau, tau, -4.5, False), 0.1 + TINY)
    assert turned(made, "convergence")[::2] == ("fail", True)
    assert turned(made, "number")[0] == "pass"
    assert turned(made, "certainty")[0] == "review"
    assert said(made, "number") == "More blocks do not describe the ties better."
    made = blockmodel._checks(alone, fit, 0.0)
    assert (turned(made, "number")[0], said(made, "number")) == ("pass", "The number of blocks was given.")


def test_groups_on_which_runs_agree_by_four_fifths_pass(monkeypatch):
    best, scan = np.array([0, 0, 0, 1]), pd.DataFrame({"resolution": [1.0]})
    runs = np.array([best, [0, 0, 1, 1], [0, 1, 1, 2]])
    for agreement, status in ((0.8, "pass"), (0.8 - TINY, "review")):
        monkeypatch.setattr(groups, "_agreement", lambda _, agreement=agreement: agreement)
        made = groups._result(PATH, best, runs, scan=scan, value=0.25, inputs=recorded(PATH))
        assert turned(made.checks, "consensus") == (status, {"agreement": agreement, "runs": 3}, False)
        assert made.estimates["estimate"].to_dict() == {
            "modularity": 0.25,
            "groups": 2,
            "largest_group": 0.75,
            "agreement": agreement,
        }
    together = [(2 / 3 + 1 / 3) / 2, (2 / 3 + 2 / 3) / 2, (1 / 3 + 2 / 3) / 2, np.nan]
    assert made.members["agreement"].tolist() == pytest.approx(together, nan_ok=True)


def test_a_core_that_half_of_the_starts_reach_passes_and_one_that_moves_is_void():
    ties = PATH.adjacency.toarray().astype(float)
    fit = continuous_core.Places(np.array([1.0, 2, 2, 1]), np.array([1.0, 2, 2, 1]), 3.0, True)
    for agree, status in ((0.5, "pass"), (0.5 - TINY, "review")):
        made = continuous_core._result(PATH, ties, fit, agree, 0)
        assert turned(made.checks, "starts") == (status, {"share": agree}, False)
        assert turned(made.checks, "convergence")[::2] == ("pass", True)
    assert made.estimates.loc["explained", "estimate"] == 1 - 3 / 6  # six squared ties, each pair twice
    assert made.members["core"].tolist() == [0.5, 1, 1, 0.5]
    moving = continuous_core.Places(fit.sends, fit.receives, 3.0, False)
    assert turned(continuous_core._result(PATH, ties, moving, 1.0, 0).checks, "convergence")[0] == "fail"


def test_a_core_is_proven_to_the_last_digits_and_alone_where_all_were_tried():
    proven, tied = core_periphery._checks(1e-9, 1, tried_all=True, seconds=None)
    assert (proven.status, dict(proven.numbers), tied.status, dict(tied.numbers)) == (
        *("pass", {"gap": 1e-9}),
        *("pass", {"cores": 1}),
    )
    assert tied.message == "One core alone fits best."
    open_, tied = core_periphery._checks(1.1e-9, 2, tried_all=True, seconds=None)
    assert (open_.status, tied.status, tied.message) == ("review", "review", "2 cores fit equally well: one is given.")
    assert "time" not in open_.message
    ended, tied = core_periphery._checks(0.25, 1, tried_all=False, seconds=2.5)
    assert (ended.status, tied.status) == ("review", "review")
    assert "at most 0.250" in ended.message
    assert "its time, 2.5 s" in ended.message
    assert "not every core was tried" in tied.message
    assert "time" not in core_periphery._checks(0.0, 1, tried_all=False, seconds=2.5)[0].message


@pytest.mark.parametrize(
    ("clustered", "status"),
    [([2.0, 3], "pass"), ([0.5, 0.75], "pass"), ([0.9, 3], "review"), ([1.0, 1.0, 3], "review")],
)
def test_a_small_world_is_apart_where_no_random_network_has_its_ratio(clustered, status):
    each = np.column_stack([clustered, np.ones(len(clustered))])
    made = small_world._result(PATH, each, np.array([3.0, 2.0]), 1 - TINY, 0)
    assert turned(made.checks, "chance")[0] == status
    assert turned(made.checks, "chance")[1] == pytest.approx({"low": min(clustered), "high": max(clustered)})
    assert made.estimates["estimate"].tolist() == [3.0, 2.0, 1.5]
    assert made.estimates["std_error"].isna().all()


def test_the_smallest_phase_has_five_actors():
    for smaller, status in ((5, "pass"), (4, "review")):
        made = phases({"a": nx.path_graph(6), "b": nx.path_graph(smaller)})
        assert turned(made.checks, "phase sizes") == (status, {"phases": 2, "smallest": smaller}, False)
        assert (made.n, made.smallest_group) == (6, smaller)


def test_groups_that_seven_tenths_of_their_pairs_hold_pass():
    def of(*together):
        check = group_stability._check(np.array(together))
        return check.status, dict(check.numbers)

    assert of(0.7) == ("pass", {"together": 0.7})
    assert of(0.6, 0.8, np.nan) == ("pass", {"together": pytest.approx(0.7)})
    assert of(0.7 - TINY)[0] == "review"
    assert of(np.nan) == ("review", {"together": 0.0})


@pytest.mark.parametrize(("ties", "status", "voids"), [(0, "fail", True), (4, "review", False), (5, "pass", False)])
def test_as_many_ties_as_actors_are_enough_to_thin(ties, status, voids):
    check = deletion_bands._check_ties(ties, 5)
    assert (check.name, check.status, dict(check.numbers), check.voids) == ("ties", status, {"ties": ties}, voids)
    assert ("mean little" in check.message) == (status != "pass")


@pytest.mark.parametrize(("few", "of", "blocks", "shared"), [(1, 10, "pass", "pass"), (1, 11, "review", "pass"), (1, 20, "review", "pass"), (1, 21, "review", "review")])  # fmt: skip
def test_triangles_as_many_as_a_tenth_of_the_drawn_close_pass(few, of, blocks, shared):
    anew = np.array([0.5] * few + [0.2] * (of - few) + [np.nan])
    check = check_triangles(0.5, anew)
    assert (check.name, check.status) == ("triangles", blocks)
    assert dict(check.numbers) == pytest.approx(
        {"seen": 0.5, "model": (0.5 * few + 0.2 * (of - few)) / of, "share": few / of}
    )
    assert check_triangles(0.5, anew, "shared partners").status == shared
    assert check_triangles(0.5, 1 - anew, "shared partners").status == shared  # too many are as unlike as too few
    assert check_triangles(0.5, 1 - anew).status == "pass"


@pytest.mark.parametrize(("seen", "anew"), [(np.nan, [0.5]), (0.5, []), (0.5, [np.nan])])
def test_without_triples_there_are_no_triangles_to_compare(seen, anew):
    check = check_triangles(seen, np.array(anew))
    assert (check.name, check.status, dict(check.numbers)) == ("triangles", "pass", {})


def test_coders_agree_from_six_tenths():
    for kappas, status, numbers in (
        ({"a": 0.6, "b": 0.9}, "pass", {"least": 0.6}),
        ({"a": 0.9, "b": 0.6 - TINY}, "review", {"least": 0.6 - TINY}),
        ({"a": 0.7, "b": np.nan}, "pass", {"least": 0.7}),
    ):
        check = offender_testimony._agreement(kappas)
        assert (check.name, check.status, dict(check.numbers)) == ("agreement", status, numbers)
    assert "Only one coder" in offender_testimony._agreement({}).message
    assert "do not vary" in offender_testimony._agreement({"a": np.nan}).message
    assert {offender_testimony._agreement(none).status for none in ({}, {"a": np.nan})} == {"review"}


def test_a_scheme_is_for_review_where_half_of_its_draws_lose():
    half, less = np.array([1.0, 0.0]), np.array([1.0, 1.0, 0.0])
    reached, never = np.array([1.0, 2.0, np.inf]), np.array([1.0, np.inf])
    made = business_model._checks({"profit": less}, {"price": reached, "penalty": reached}, idle=0.5 - TINY)
    assert turned(made, "profit") == ("pass", {"loss": 1 / 3}, False)
    assert turned(made, "break_even") == ("pass", {"absent": 0}, False)
    assert turned(made, "undetected") == ("pass", {"loss": 0.5 - TINY}, False)
    made = business_model._checks({"profit": half}, {"price": never, "penalty": reached}, idle=0.5)
    assert turned(made, "profit") == ("review", {"loss": 0.5}, False)
    assert turned(made, "break_even") == ("review", {"absent": 1}, False)
    assert turned(made, "undetected") == ("review", {"loss": 0.5}, False)
    assert "price" in said(made, "break_even")
    assert "penalty" not in said(made, "break_even")


def clusters(silhouette, sizes):
    """Make clusters of so many objects each, of weight 1."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return Clusters(np.arange(len(sizes)), labels, np.zeros(len(labels)), silhouette, 0.0), np.ones(len(labels))


def test_scripts_stand_apart_from_a_quarter_and_hold_five_cases():
    made = scripts._checks(*clusters(0.25, [6, 5]))
    assert turned(made, "silhouette") == ("pass", {"silhouette": 0.25}, False)
    assert turned(made, "sizes") == ("pass", {"cases": 5}, False)
    made = scripts._checks(*clusters(0.25 - TINY, [6, 4]))
    assert turned(made, "silhouette")[0] == turned(made, "sizes")[0] == "review"
    assert "hardly stand apart" in said(made, "silhouette")
    assert "4 cases: too few" in said(made, "sizes")
    assert turned(scripts._checks(*clusters(0.0, [5])), "silhouette")[0] == "pass"  # one cluster has none to part from


def test_one_cluster_is_given_where_several_hardly_part(monkeypatch):
    offered = {1: 0.0, 2: 0.25, 3: 0.24}
    asked = []

    def around(_distances, _weights, k):
        asked.append(k)
        return clusters(offered[k], [1] * k)[0]

    monkeypatch.setattr(scripts, "around_medoids", around)
    three = np.ones((3, 3))
    assert len(scripts._cluster(three, np.ones(3), None).medoids) == 2
    assert asked == [2, 3]
    offered[2] = 0.25 - TINY
    assert len(scripts._cluster(three, np.ones(3), None).medoids) == 1
    assert len(scripts._cluster(three, np.ones(3), 3).medoids) == 3
    asked.clear()
    offered.update(dict.fromkeys(range(2, 9), 0.3))
    scripts._cluster(np.ones((9, 9)), np.ones(9), None)
    assert asked == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(("longest", "status"), [(4, "pass"), (5, "review")])
def test_sequences_are_at_most_twice_as_long_as_others(longest, status):
    check = optimal_matching._lengths(np.array([3, 2, longest]))
    assert (check.name, check.status, dict(check.numbers)) == ("lengths", status, {"shortest": 2, "longest": longest})


@pytest.mark.parametrize(("many", "status"), [(9, "pass"), (8, "review")])
def test_a_tenth_of_the_cases_may_be_unknown(many, status):
    kin = pd.DataFrame({"kin": [1.0] + [0.0] * (many - 1) + [None]})
    check = recruiters(kin, {"kin": "kin"}).checks[0]
    assert (check.name, check.status, dict(check.numbers)) == (
        "known",
        status,
        {"share": pytest.approx(1 / (many + 1))},
    )
    table = pd.DataFrame({"n": [1.0] * many + [None], "again": 0, "rule": 0})
    kinds = organisation_types(table, traffickers="n", repeated="again", territory="rule")
    check = kinds.checks[0]
    assert (check.name, check.status, dict(check.numbers)) == ("decided", status, {"share": 1 / (many + 1)})
    assert (kinds.n, kinds.not_known, kinds.smallest_group) == (many, 1, 1)


def classes(agreeing, starts, shares=(0.6, 0.4), *, people=25.0, converged=True):
    """Make a fit of classes that so many starts reached."""
    reached = np.array([-10.0] * agreeing + [-10.0001] * (starts - agreeing))
    shares = np.array(shares)
    fit = ClassFit(shares, np.full((len(shares), 2), 0.5), np.ones((1, len(shares))), -10.0, reached, converged)
    return fit, Patterns(np.array([[0]]), np.array([people]), np.array([0, 2]))


def test_classes_rest_on_two_starts_a_tenth_of_them_and_ten_cases():
    def of(*given, errors=(0.1, 0.1), identified=True, **options):
        fit, patterns = classes(*given, **options)
        return latent_classes._checks(fit, ClassErrors(np.zeros(2), np.array(errors), identified, 0.5), patterns)

    made = of(2, 20)
    assert turned(made, "convergence") == ("pass", {}, True)
    assert turned(made, "identified") == ("pass", {"condition": 0.5}, True)
    assert turned(made, "starts") == ("pass", {"agreeing": 2, "starts": 20}, False)
    assert turned(made, "boundary")[::2] == ("pass", False)
    assert turned(made, "sparse") == ("pass", {"cases": pytest.approx(10.0)}, False)
    assert turned(of(1, 2), "starts")[0] == "review"  # two at least
    assert turned(of(2, 21), "starts")[0] == "review"
    assert turned(of(1, 20, (1.0,)), "starts")[0] == "pass"  # one class has one maximum
    assert turned(of(2, 2, people=24.9), "sparse")[0] == "review"
    assert turned(of(2, 2, converged=False), "convergence")[::2] == ("fail", True)
    assert turned(of(2, 2, identified=False), "identified")[::2] == ("fail", True)
    assert "2 probabilities" in said(of(2, 2, errors=(np.nan, np.nan)), "boundary")
    assert turned(of(2, 2, errors=(np.nan, 0.1)), "boundary")[0] == "review"
    assert turned(of(2, 2, errors=(np.nan, np.nan), identified=False), "boundary")[0] == "pass"  # none were sought


def plane(contributions, adjusted):
    """Make a plane of which the checks see contributions and inertias alone."""
    return SimpleNamespace(contributions=np.array(contributions)[:, None], adjusted=np.array(adjusted))


def test_rare_categories_are_those_of_fewer_than_five_that_make_over_a_tenth_of_an_axis():
    table = np.array([[1.0, 0, 1], [1, 0, 1], [1, 0, 1], [1, 1, 0], [0, 1, 1]])
    assert correspondence._RARE == 5
    made = correspondence._checks(table, plane([0.1, 0.11, 0.2], [0.5 + TINY, np.nan]))
    assert turned(made, "rare") == ("review", {"categories": 2}, False)
    assert turned(made, "shown") == ("pass", {"share": 0.5 + TINY}, False)
    made = correspondence._checks(np.vstack([table, table]), plane([0.9, 0.1, 0.9], [0.25, 0.25]))
    assert turned(made, "rare") == ("pass", {"categories": 0}, False)
    assert turned(made, "shown") == ("review", {"share": 0.5}, False)


@pytest.mark.parametrize(("draws", "status"), [(999, "pass"), (998, "review")])
def test_a_thousandth_is_the_smallest_level_of_a_permutation(draws, status):
    made = mrqap._result(PATH, ["intercept", "x"], np.array([1.0, 2.0]), [np.nan, 0.5], draws=draws, seed=0)
    assert turned(made.checks, "permutations") == (status, {"draws": draws}, False)
    assert made.estimates["p_value"].tolist() == pytest.approx([np.nan, 0.5], nan_ok=True)
    assert f"{1 / (draws + 1):.4f}" in said(made.checks, "permutations")


def model(**other):
    """Make what ergmx gives of a model that settled."""
    given = {"names": ["edges", "x"], "coef": {"edges": -1.0, "x": 0.5}, "stderr": {"edges": 0.2, "x": np.nan}}
    return SimpleNamespace(**given | {"converged": True, "iterations": 4, "method": "mcmle"} | other)


def test_a_random_graph_model_is_unlike_beyond_a_share_of_its_figures():
    most = ergm._MANY
    for gaps, status in ((most, "pass"), (most + TINY, "review"), (np.nan, "review")):
        made = ergm._result(PATH, model(), gaps, 0.95, seed=0, fewest=2)
        assert turned(made.checks, "goodness")[0] == status
    assert turned(made.checks, "convergence") == ("pass", {"iterations": 4.0}, True)
    reach = 0.2 * 1.959963984540054
    assert made.estimates.loc["edges", ["ci_low", "ci_high"]].tolist() == pytest.approx([-1 - reach, -1 + reach])
    assert made.estimates.loc["x", ["std_error", "ci_low", "ci_high"]].isna().all()
    assert (made.smallest_group, made.scale, made.interval) == (2, "log", "normal")
    moving = ergm._result(PATH, model(converged=False), 0.0, 0.95, seed=0, fewest=2)
    assert turned(moving.checks, "convergence")[::2] == ("fail", True)


def test_removals_of_nobody_and_networks_without_ties_are_told():
    outcomes = np.ones((2, 3, 3))
    made = disruption_setup.run_checks(np.array([[0, 1], [2, -1]]), outcomes)
    assert turned(made, "removals") == ("review", {"idle": 0.25}, False)
    assert turned(made, "ties") == ("pass", {}, False)
    outcomes[0, 0, 1] = 0.0  # the first row of the first run is the network as it was
    made = disruption_setup.run_checks(np.array([[0]]), outcomes)
    assert turned(made, "removals") == ("pass", {"idle": 0.0}, False)
    assert turned(made, "ties") == ("fail", {}, True)


@pytest.mark.parametrize(
    ("part", "low", "high", "status"),
    [(0.5, 0.5, 0.7, "pass"), (0.5, 0.3, 0.5, "pass"), (0.5, 0.6, 0.7, "review"), (0.5, 0.3, 0.4, "review"), (0.6, np.nan, np.nan, "pass"), (0.5, np.nan, np.nan, "review")],
)  # fmt: skip
def test_what_is_not_seen_matters_beyond_the_band_of_full_sight(part, low, high, status):
    row = {"estimate": part, "full_sight": 0.6, "full_low": low, "full_high": high}
    check = disruption_bands._check_sight(pd.DataFrame(row, index=["robustness"]))
    assert (check.name, check.status) == ("sight", status)
    assert dict(check.numbers) == {"robustness": part, "full_sight": 0.6}


def test_blocks_that_make_too_few_triangles_are_told_of_a_disruption():
    whole, gone = np.ones((2, 2, 3)), np.zeros((2, 1), int)
    for closed, status in ((np.ones(20), "pass"), (np.zeros(20), "review")):
        network = as_network(nx.complete_graph(4))
        seen, triangles = disruption_bands._model_checks(network, Pair(whole, whole, gone, gone, closed))
        assert (seen.name, seen.status, dict(seen.numbers)) == ("seen ties", "pass", {"ties": 6})
        assert (triangles.name, triangles.status) == ("triangles", status)
        assert ("bridge more" in triangles.message) == (status == "review")


def test_cases_that_lack_an_element_are_for_review():
    table = pd.DataFrame({"moved": [1, 1, 1], "force": [1, 0, 1], "labour": [1, 1, 0], "minor": [0, 1, 0]})
    sorts = {"acts": ["moved"], "means": ["force"], "purposes": ["labour"]}

    def of(rows, **more):
        return turned(act_means_purpose(table[rows], **sorts, **more).checks, "elements")

    assert of(slice(0, 2), child="minor") == ("pass", {"lacking": 0, "children": 1}, False)
    assert of(slice(0, 3), child="minor") == ("review", {"lacking": 1, "children": 1}, False)
    assert of(slice(0, 2)) == ("review", {"lacking": 1, "children": 0}, False)  # without children means are needed


def test_no_rule_is_for_review():
    alike = pd.DataFrame({"a": [1, 0] * 20, "b": [1, 1, 0, 0] * 10})
    assert turned(associations(alike).checks, "rules") == ("review", {"kept": 0, "tested": 2}, False)
    always = alike.assign(b=alike["a"])
    assert turned(associations(always).checks, "rules") == ("pass", {"kept": 2, "tested": 2}, False)


def test_what_stands_and_what_does_not_are_told_apart():
    """Of each check that turns on one fact alone, the words on both sides."""
    still, moving = "stopped to", "must not be used"
    tau = np.eye(2)
    for converged, words in ((True, still), (False, moving)):
        fit = BlockFit(tau, tau, tau, 0.0, converged)
        assert words in said(blockmodel._checks(pd.DataFrame({"blocks": [2]}), fit, 0.0), "convergence")
    ties = PATH.adjacency.toarray().astype(float)
    for converged, words in ((True, still), (False, "do not use them")):
        places = continuous_core.Places(np.array([1.0, 2, 2, 1]), np.array([1.0, 2, 2, 1]), 3.0, converged)
        assert words in said(continuous_core._result(PATH, ties, places, 1.0, 0).checks, "convergence")
    for stands, words in ((True, ("stopped rising", "bends in every")), (False, ("still rising", "flat in some"))):
        fit, patterns = classes(2, 2, converged=stands)
        told = latent_classes._checks(fit, ClassErrors(np.zeros(2), np.full(2, 0.1), stands, 0.5), patterns)
        assert words[0] in said(told, "convergence")
        assert words[1] in said(told, "identified")
        assert said(told, "boundary") == "All probabilities lie between 0 and 1."
        assert "use more starts" not in said(told, "starts")
    fit, patterns = classes(1, 2)
    told = latent_classes._checks(fit, ClassErrors(np.zeros(2), np.full(2, 0.1), True, 0.5), patterns)
    assert said(told, "starts") == "1 of 2 starts reached the best maximum: use more starts."
    for converged, words in ((True, "had settled"), (False, moving)):
        told = ergm._result(PATH, model(converged=converged), 0.0, 0.95, seed=0, fewest=2).checks
        assert words in said(told, "convergence")
    for removed, inside, words in (([[0]], 1.0, ("somebody", "holds together")), ([[-1]], 0.0, ("nobody", "no ties"))):
        told = disruption_setup.run_checks(np.array(removed), np.full((1, 2, 3), inside))
        assert words[0] in said(told, "removals")
        assert words[1] in said(told, "ties")
    table = np.array([[1.0, 0], [0, 1]])
    assert "hangs on a rare" in said(correspondence._checks(table, plane([0.0, 0.0], [1.0])), "rare")
    assert "1 category of fewer than 5" in said(correspondence._checks(table, plane([0.5, 0.0], [1.0])), "rare")
