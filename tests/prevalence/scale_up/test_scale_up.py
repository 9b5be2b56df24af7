"""Network scale-up: against networkscaleup and survey, by hand, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from pins import FOLDER, pinned

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.synthetic import scale_up_survey
from ctresearch.prevalence import GeneralizedScaleUp, ScaleUp
from ctresearch.prevalence.scale_up.scale_up_checks import check_back_estimates, check_recall
from ctresearch.prevalence.scale_up.survey_design import SurveyDesign, read_design, rescaled_factors

SURVEY = pd.DataFrame({"hidden": [0, 2, 1, 0], "teachers": [3, 5, 2, 6], "nurses": [1, 0, 2, 1]})
MANY = pd.concat([SURVEY] * 8, ignore_index=True)
KNOWN = {"teachers": 1600, "nurses": 400}
OPTIONS = {"hidden": "hidden", "known": KNOWN, "population": 100_000}


def test_it_gives_the_maximum_likelihood_of_networkscaleup_and_its_error():
    outside = pinned("scale_up")["networkscaleup"]
    known = {f"ard{k}": outside["sizes"][k - 1] for k in outside["known"]}
    for place, hidden in enumerate(("ard3", "ard5")):
        # the ratio depends on column totals alone, so these are dealt out to as many respondents
        survey = pd.DataFrame(
            {name: total // 100 + (np.arange(100) < total % 100) for name, total in outside["totals"].items()}
        )
        result = ScaleUp(hidden=hidden, known=known, population=outside["population"]).fit(survey)
        assert result.estimates.loc["population", "estimate"] == pytest.approx(outside["mle"][place], rel=1e-12)
        assert result.killworth_std_error == pytest.approx(outside["mle_std_error"][place], rel=1e-12)
        assert result.estimates.loc["prevalence", "estimate"] == pytest.approx(outside["mle"][place] / 1e6, rel=1e-12)


def test_the_basic_and_the_generalised_estimate_are_those_written_out_with_survey():
    outside = pinned("scale_up")["generalised"]
    survey = pd.read_csv(FOLDER / "generalised_scale_up_frame.csv")
    members = pd.read_csv(FOLDER / "generalised_scale_up_members.csv")
    members = members.rename(columns={f"aware_known{k}": f"known{k}" for k in range(1, 6)})
    known = dict(zip([f"known{k}" for k in range(1, 6)], outside["known_sizes"], strict=True))
    design = {"weight": "weight", "strata": "stratum", "cluster": "cluster"}
    options = {"hidden": "hidden", "known": known, "population": outside["N_F"], "bootstrap": 4000, **design}
    found = GeneralizedScaleUp(**options, members_weight="weight").fit((survey, members)).estimates
    assert found.loc["population", "estimate"] == pytest.approx(outside["generalised_scale_up"], rel=1e-10)
    assert found.loc["basic", "estimate"] == pytest.approx(outside["basic_scale_up"], rel=1e-10)
    assert found.loc["visibility", "estimate"] == pytest.approx(outside["visibility_vHF"], rel=1e-10)
    assert found.loc["mean_degree", "estimate"] == pytest.approx(outside["mean_degree_weighted"], rel=1e-10)
    share = outside["visibility_vHF"] / outside["mean_degree_weighted"]
    assert found.loc["visible_share", "estimate"] == pytest.approx(share, rel=1e-10)
    # a bootstrap of 4,000 knows its own spread to 1.1 % (one standard error); a ratio is not linear, which adds to it
    assert found.loc["basic", "std_error"] == pytest.approx(outside["basic_se_linearised"], rel=0.05)
    basic = ScaleUp(**options).fit(survey).estimates.loc["population"]
    assert basic["estimate"] == pytest.approx(outside["basic_scale_up"], rel=1e-10)
    assert basic["std_error"] == pytest.approx(outside["basic_se_linearised"], rel=0.05)


def test_replicates_are_those_of_surveybootstrap_given_what_it_drew():
    outside = pinned("scale_up")["rescaled_bootstrap"]
    drawn = np.array([[int(one) for one in row] for row in outside["drawn"]])
    assert drawn.shape == (300, 15)
    totals = drawn * 15 / 14 @ np.array(outside["cluster_totals"])
    assert totals.mean() == pytest.approx(outside["bootstrap_mean"], rel=1e-9)
    assert totals.std(ddof=1) == pytest.approx(outside["bootstrap_sd"], rel=1e-9)


def test_our_own_replicates_spread_as_the_linearised_variance_does():
    outside = pinned("scale_up")["rescaled_bootstrap"]
    design = SurveyDesign(np.ones(15), np.arange(15), np.zeros(15, dtype=np.int64))
    values = np.array(outside["cluster_totals"])[:, None]
    drawn = design.replicates(values, 40_000, np.random.default_rng(1)).ravel()
    # exact in expectation; of 40,000 draws the spread is known to 0.4 %, the mean to 0.14 %: three errors of each
    assert drawn.std() == pytest.approx(outside["linearised_se"], rel=0.012)
    assert drawn.mean() == pytest.approx(outside["estimate"], rel=0.0042)


def test_factors_draw_one_cluster_fewer_than_a_stratum_has():
    stratum = np.array([0, 1, 0, 1, 1])
    factors = rescaled_factors(stratum, 200, np.random.default_rng(2))
    assert np.allclose(factors[:, stratum == 0].sum(axis=1), 2)
    assert set(factors[:, stratum == 0].ravel()) == {0.0, 2.0}
    assert np.allclose(factors[:, stratum == 1].sum(axis=1), 3)
    assert set(factors[:, stratum == 1].ravel()) == {0.0, 1.5, 3.0}


def test_clusters_of_two_strata_are_not_one_though_they_share_a_name():
    frame = pd.DataFrame({"s": ["a", "a", "b", "b", "b"], "c": [1, 2, 1, 2, 2], "w": [1.0, 2, 3, 4, 5]})
    design = read_design(frame, {"weight": "w", "strata": "s", "cluster": "c"})
    assert design.cluster.tolist() == [0, 1, 2, 3, 3]
    assert design.stratum.tolist() == [0, 0, 1, 1]
    assert design.freedom == 2
    assert design.totals(np.ones((5, 1))).ravel().tolist() == [1, 2, 3, 9]


def test_both_estimates_and_every_known_group_by_hand():
    result = ScaleUp(**OPTIONS).fit(MANY)
    # 3 of 20 people known, who stand for 2,000 known of 100,000
    assert result.estimates["estimate"].tolist() == pytest.approx([300.0, 0.003, 250.0])
    assert result.known_groups["estimate"].tolist() == pytest.approx([400 / 4 * 16, 1600 / 16 * 4])
    assert result.known_groups["ratio"].tolist() == pytest.approx([1.0, 1.0])
    assert result.known_groups["without"].tolist() == pytest.approx([3 / 4 * 400, 3 / 16 * 1600])
    assert result.killworth_std_error == pytest.approx(np.sqrt(100_000 * 300 / 8000))
    assert result.freedom == 31
    assert result.smallest_group == 16
    plug_in = ScaleUp(**OPTIONS, method="pimle").fit(MANY)
    degree = np.array([4, 5, 4, 7]) * 50
    expected = (SURVEY["hidden"] / degree).mean() * 100_000
    assert plug_in.estimates.loc["population", "estimate"] == pytest.approx(expected)
    assert plug_in.estimates.loc["mean_degree", "estimate"] == pytest.approx(250.0)


def test_limits_are_students_on_the_log_scale_and_can_be_worked_out_at_another_level():
    from scipy.stats import t

    result = ScaleUp(**OPTIONS, level=0.9).fit(MANY)
    row = result.estimates.loc["population"]
    reach = t.ppf(0.95, 31) * row["std_error"] / row["estimate"]
    assert np.log(row["ci_high"] / row["estimate"]) == pytest.approx(reach)
    assert row["ci_high"] * row["ci_low"] == pytest.approx(row["estimate"] ** 2)
    other = ScaleUp(**OPTIONS, level=0.5).fit(MANY).estimates
    assert result.confidence_interval(0.5).low["population"] == pytest.approx(other.loc["population", "ci_low"])


def test_respondents_without_a_known_tie_are_asked_about_by_the_plug_in_method():
    survey = pd.concat([MANY, pd.DataFrame({"hidden": [1], "teachers": [0], "nurses": [0]})], ignore_index=True)
    with pytest.raises(DataError, match="1 of 33 respondents know nobody of any known group"):
        ScaleUp(**OPTIONS, method="pimle").fit(survey)
    dropped = ScaleUp(**OPTIONS, method="pimle", zero_degree="drop").fit(survey)
    alone = ScaleUp(**OPTIONS, method="pimle").fit(MANY)
    assert dropped.estimates.loc["population", "estimate"] == pytest.approx(
        alone.estimates.loc["population", "estimate"]
    )
    assert [check.status for check in dropped.checks if check.name == "left out"] == ["review"]
    assert not [check for check in alone.checks if check.name == "left out"]
    # no answer of respondents tells how visible hidden people are, so that basic scale-up never stands unquestioned
    assert [check.status for check in alone.checks if check.name == "visibility"] == ["review"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hidden": 0}, "none of the 4 respondents knows anybody in 'hidden'"),
        ({"nurses": 0}, "none of the 4 respondents knows anybody in 'nurses'"),
        ({"hidden": [-1, 2, 1, 0]}, "whole numbers of people known, 0 or more"),
        ({"hidden": [0.5, 2, 1, 0]}, "whole numbers of people known, 0 or more"),
        ({"hidden": [None, 2, 1, 0]}, "whole numbers of people known, 0 or more"),
        ({"hidden": ["some", "2", "1", "0"]}, "whole numbers of people known, 0 or more"),
    ],
)
def test_answers_that_are_none_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        ScaleUp(**OPTIONS).fit(SURVEY.assign(**change))


def test_a_sample_that_would_often_have_no_ratio_has_no_limits():
    survey = pd.DataFrame({"hidden": [0, 1, 0, 0], "teachers": [0, 3, 0, 0], "nurses": [0, 1, 0, 0]})
    result = ScaleUp(**OPTIONS).fit(survey)
    assert result.estimates.loc["population", "estimate"] == pytest.approx(500.0)
    assert not result.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)


def test_more_respondents_than_people_are_refused():
    with pytest.raises(DataError, match="4 respondents of a population of 3,"):
        ScaleUp(hidden="hidden", known={"teachers": 2}, population=3).fit(SURVEY)
    with pytest.raises(DataError, match="1 respondents"):
        ScaleUp(**OPTIONS).fit(SURVEY.head(1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"known": {}}, "at least one column"),
        ({"known": {"teachers": 100_000}}, "must be below population"),
        ({"known": {"teachers": 0}}, "above 0"),
        ({"known": {"hidden": 10}}, "a column of its own"),
        ({"method": "mean"}, "one of 'mle', 'pimle'"),
        ({"bootstrap": 199}, "between 200 and"),
        ({"zero_degree": "max"}, "one of 'refuse', 'drop'"),
    ],
)
def test_options_that_are_none_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        ScaleUp(**OPTIONS | options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"s": ["a", "a", "a", "b"]}, "1 of 2 strata hold one cluster"),
        ({"w": [1, 0, 1, 1]}, "weights above 0"),
        ({"c": [1, None, 3, 4]}, "must be known of everybody"),
    ],
)
def test_designs_that_are_none_are_refused(change, words):
    survey = SURVEY.assign(s="a", c=[1, 2, 3, 4], w=1.0).assign(**change)
    with pytest.raises(DataError, match=words):
        ScaleUp(**OPTIONS, weight="w", strata="s", cluster="c").fit(survey)


def test_members_who_are_seen_by_nobody_are_refused():
    members = pd.DataFrame({"teachers": [0, 0], "nurses": [0, 0]})
    with pytest.raises(DataError, match="none of the 2 members says that anybody"):
        GeneralizedScaleUp(**OPTIONS).fit((SURVEY, members))
    with pytest.raises(SpecificationError, match="must be a tuple of two tables"):
        GeneralizedScaleUp(**OPTIONS).fit(SURVEY)
    with pytest.raises(DataError, match="there are 1 members"):
        GeneralizedScaleUp(**OPTIONS).fit((SURVEY, members.head(1) + 1))


def test_weights_of_the_frame_are_held_against_its_size():
    members = pd.DataFrame({"teachers": [2, 3, 1], "nurses": [1, 0, 1]})
    scale_up = GeneralizedScaleUp(**OPTIONS, weight="w")
    right = scale_up.fit((SURVEY.assign(w=25_000.0), members))
    plain = GeneralizedScaleUp(**OPTIONS).fit((SURVEY, members))
    assert right.estimates["estimate"].tolist() == pytest.approx(plain.estimates["estimate"].tolist())
    found = {check.name: check.status for check in scale_up.fit((SURVEY.assign(w=20_000.0), members)).checks}
    assert found["weights"] == "review"
    assert {check.name: check.status for check in right.checks}["weights"] == "pass"


def test_the_worst_known_group_is_named_and_uneven_recall_seen():
    sizes = np.array([1e3, 2e3, 4e3, 8e3, 16e3])
    even = pd.DataFrame({"size": sizes, "ratio": [1.1, 0.9, 1.0, 0.9, 1.1]}, index=list("abcde"))
    assert check_recall(even).status == "pass"
    uneven = even.assign(ratio=sizes**-0.3 * 10)
    assert check_recall(uneven).status == "review"
    assert check_recall(uneven).numbers["slope"] == pytest.approx(-0.3)
    assert check_recall(even.head(4)).numbers == {"groups": 4}
    worst = check_back_estimates(even.assign(ratio=[1.0, 1.9, 0.49, 1.0, 1.0]))
    assert worst.status == "review"
    assert worst.numbers["ratio"] == 0.49
    assert check_back_estimates(even.assign(ratio=[1.0, 1.9, 0.51, 1.0, 1.0])).status == "pass"
    assert check_back_estimates(even.head(1)).status == "review"


def test_one_known_group_gives_an_estimate_and_no_group_found_again():
    result = ScaleUp(hidden="hidden", known={"teachers": 1600}, population=100_000).fit(SURVEY)
    assert result.estimates.loc["population", "estimate"] == pytest.approx(300.0)
    assert result.known_groups[["estimate", "ratio", "without"]].isna().all(axis=None)


@pytest.mark.slow
def test_intervals_by_design_cover_and_killworths_do_not_where_groups_are_unevenly_known():
    known = {"teachers": 24_000, "nurses": 18_000, "fishers": 9_500, "drivers": 6_200}
    covered = []
    for seed in range(200):
        made = scale_up_survey(300, known=known, barrier=1.0, seed=seed)
        result = ScaleUp(hidden="hidden", known=known, population=1_000_000, bootstrap=300, seed=seed).fit(made.frame)
        row, reach = result.estimates.loc["population"], 1.96 * result.killworth_std_error
        covered.append((row["ci_low"] < 5000 < row["ci_high"], abs(row["estimate"] - 5000) < reach))
    # three standard errors of 200 draws at 95 % are .046
    by_design, killworth = np.mean(covered, axis=0)
    assert 0.90 <= by_design <= 0.99
    assert killworth < 0.85


@pytest.mark.parametrize("kind", ["object", "category", "Int64"])
def test_answers_and_weights_are_read_whatever_the_type_of_the_column(kind):
    weighted = MANY.assign(w=[1, 2, 1, 3] * 8)
    held = ScaleUp(**OPTIONS, weight="w").fit(weighted).estimates
    pd.testing.assert_frame_equal(ScaleUp(**OPTIONS, weight="w").fit(weighted.astype(kind)).estimates, held)


def test_nobody_knows_more_people_than_there_are():
    whole = MANY.assign(hidden=[100_000] + [1] * 31)
    assert ScaleUp(**OPTIONS).fit(whole).n == 32
    with pytest.raises(
        DataError, match=r"'hidden': 1 of 32 cells is a whole number \(row 1\), must be no more than the"
    ):
        ScaleUp(**OPTIONS).fit(MANY.assign(hidden=[100_001] + [1] * 31))


def test_a_size_of_a_known_group_is_no_share():
    ScaleUp(**{**OPTIONS, "known": {"teachers": 1}})
    with pytest.raises(SpecificationError, match=r"== 0\.016, must be below population == 100000 and at least 1"):
        ScaleUp(**{**OPTIONS, "known": {"teachers": 0.016}})
