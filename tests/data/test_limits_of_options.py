"""Every limit of an option: what lies just beyond is refused under the option's own name, what lies on it is taken."""

import re

import pytest

from ctresearch.core import SpecificationError
from ctresearch.data import describe_file, synthetic, validate_file
from data.test_synthetic_tables import SMALL

TINY = 1e-9
# generator: option to values just beyond, and values that are still allowed
LIMITS = {
    "campaign_evaluation": {
        "clusters": ((7,), (8,)),
        "size": ((3,), (4,)),
        "reach": ((-TINY,), (0.0,)),
        "spread": ((-TINY,), (0.0,)),
        "lost": ((-TINY, 1 + TINY), (0.0,)),
        "children": ((-TINY, 1 + TINY), (0.0, 1.0)),
    },
    "campaign_rollout": {
        "clusters": ((2,), (3,)),
        "size": ((0,), (1,)),
        "steps": ((1, 5), (2, 4)),
        "baseline": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "icc": ((-TINY, 1 + TINY), (0.0,)),
        "period_share": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "children": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "effect": ((-1 - TINY, 1 + TINY), (-1.0, 1.0)),
        "trend": ((-1 - TINY, 1 + TINY), (-1.0, 1.0)),
    },
    "campaign_trial": {
        "clusters": ((3,), (4,)),
        "size": ((1,), (2,)),
        "baseline": ((0.0, 1.0), (0.01,)),
        "effect": ((-0.35, 0.65), (-0.34, 0.64)),
        "icc": ((-TINY, 1.0), (0.0, 0.99)),
        "attendance": ((-TINY, 1 + TINY), (1.0,)),
        "lost": ((-TINY, 1 + TINY), (0.0,)),
    },
    "capture_histories": {
        "n": ((0, 1.5), ()),
        "lists": ((1, 16), (2, 3)),
        "heterogeneity": ((-TINY,), (0.0,)),
        "capture": ((0.0, 1.0), (0.01, 0.99)),
    },
    "case_records": {"n": ((0,), (1,)), "unreported": ((-TINY,), (0.0,))},
    "coded_interviews": {
        "interviews": ((0,), (1,)),
        "segments": ((0,), (1,)),
        "coders": ((1,), (2,)),
        "accuracy": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "missing": ((-TINY, 1 + TINY), (0.0,)),
    },
    "coded_testimony": {
        "n": ((0,), (1,)),
        "accuracy": ((-TINY, 1 + TINY), (1.0,)),
        "uncoded": ((-TINY, 1 + TINY), (0.0,)),
    },
    "criminal_network": {
        "n": ((3,), (4,)),
        "communities": ((0, 21), (1, 20)),
        "core": ((-1, 21), (0, 20)),
        "mean_degree": ((0.0, 19.0), (0.5,)),
        "events": ((-1,), (0,)),
    },
    "flows": {
        "countries": ((2, 501), (3,)),
        "years": ((0,), (1,)),
        "total": ((0.0,), (TINY,)),
        "dispersion": ((-TINY,), (0.0,)),
    },
    "person_lists": {
        "n": ((1,), (2,)),
        "lists": ((1, 27), (2, 26)),
        "inclusion": ((0.0, 1.0), (0.01, 0.99)),
        "errors": ((-TINY,), (0.0,)),
    },
    "policy_panel": {
        "units": ((2,), (3,)),
        "periods": ((2,), ()),
        "censored_below": ((-1,), (0,)),
        "noise": ((-TINY,), (0.0,)),
        "selection": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "effect": ((float("inf"),), ()),
        "growth": ((float("inf"),), ()),
        "differs": ((float("inf"),), ()),
        "spillover": ((float("inf"),), ()),
    },
    "referral_paths": {"n": ((0,), (1,)), "days": ((29,), (30,)), "children": ((-TINY, 1 + TINY), (0.0, 1.0))},
    "referral_records": {
        "n": ((0,), (1,)),
        "years": ((0,), (1,)),
        "start": ((1969,), (1970,)),
        "children": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "lost": ((-TINY, 1 + TINY), (0.0,)),
    },
    "respondent_sample": {
        "population": ((9, 5001), ()),
        "n": ((1, 61), (2,)),
        "seeds": ((0, 21), (1, 20)),
        "coupons": ((0,), (1,)),
        "prevalence": ((0.0, 1.0), (0.5,)),
        "mean_degree": ((0.0, 59.0), (5.0,)),
        "homophily": ((0.0,), (0.5,)),
        "activity": ((0.0,), (0.5,)),
    },
    "scale_up_survey": {
        "n": ((0,), (1,)),
        "population": ((0,), ()),
        "mean_degree": ((0.0,), (1.0,)),
        "spread": ((-TINY,), (0.0,)),
        "transmission": ((-TINY, 1 + TINY), (0.0, 1.0)),
        "barrier": ((-TINY,), (0.0,)),
    },
    "trafficking_episodes": {
        "n": ((0,), (1,)),
        "shape": ((0.0,), (0.5,)),
        "late_entry": ((-TINY,), (0.0,)),
        "follow_up": ((0.0,), (1.0,)),
        "support": ((float("inf"),), (0.0,)),
    },
    "vulnerability_survey": {
        "n": ((1,), (2,)),
        "effect": ((float("inf"),), (0.0,)),
        "risk": ((float("inf"),), (0.0,)),
        "confounding": ((float("inf"),), (0.0,)),
        "unreported": ((-TINY, 1 + TINY), (0.0,)),
    },
}
BEYOND = [(g, o, value) for g, options in LIMITS.items() for o, (wrong, _) in options.items() for value in wrong]
ALLOWED = [(g, o, value) for g, options in LIMITS.items() for o, (_, right) in options.items() for value in right]
FEWEST = {"respondent_sample": {"n": {"seeds": 1}}, "criminal_network": {"n": {"mean_degree": 1.0, "communities": 1}}}


@pytest.mark.parametrize(("generator", "option", "value"), BEYOND)
def test_what_lies_beyond_a_limit_is_refused_by_name(generator, option, value):
    with pytest.raises(SpecificationError, match=rf"^{re.escape(option)}(\[.*\])? == .*, must "):
        getattr(synthetic, generator)(**SMALL[generator] | {option: value}, seed=1)


@pytest.mark.parametrize(("generator", "option", "value"), ALLOWED)
def test_what_lies_on_a_limit_is_taken(generator, option, value):
    others = FEWEST.get(generator, {}).get(option, {})
    made = getattr(synthetic, generator)(**SMALL[generator] | others | {option: value}, seed=1)
    assert len(made.frame.columns)


@pytest.mark.parametrize(
    ("generator", "options", "told"),
    [
        ("scale_up_survey", {"known": {"hidden": 10}}, r"known == \['hidden'\], must not"),
        ("scale_up_survey", {"known": {"respondent": 10}}, r"known == \['respondent'\], must not"),
        ("scale_up_survey", {"known": {"nurses": 0}}, "size of 'nurses' == 0, must be"),
        ("scale_up_survey", {"hidden": 0}, "size of 'hidden' == 0, must be"),
        ("campaign_evaluation", {"effect": 5.1}, r"effect == 5\.1 and spill_over == 0\.0, must be"),
        ("campaign_evaluation", {"spill_over": -5.1}, r"effect == 0\.8 and spill_over == -5\.1, must be"),
        ("coded_testimony", {"themes": {}}, "themes == {}, must name"),
        ("coded_testimony", {"themes": {"debt": 1.1}}, r"themes\['debt'\] == 1\.1, must be"),
        ("coded_interviews", {"accuracy": (0.9, 0.9)}, r"accuracy == .*, must be one chance or 3"),
        ("case_records", {"years": (2015, 2014)}, r"years == \(2015, 2014\), must be"),
        ("case_records", {"years": (1899, 2014)}, "years == 1899, must be"),
        ("case_records", {"years": (2015, 2101)}, "years == 2101, must be"),
        ("criminal_network", {"ties": {"same_stage": float("inf")}}, r"ties\['same_stage'\] == inf, must be"),
        ("referral_paths", {"onward": {"referred": 0.0}}, r"onward\['referred'\] == 0\.0, must be"),
        ("policy_panel", {"adoption": {2000: 0.1}}, "adoption == 2000, must be"),
        ("policy_panel", {"adoption": {2003: 1.1}}, r"adoption\[2003\] == 1\.1, must be"),
        ("policy_panel", {"adoption": {2002: 0.6, 2003: 0.5}}, "its shares must add up"),
        ("trafficking_episodes", {"ends": {"left": (0.0, {})}}, r"rate of 'left' == 0\.0, must be"),
        ("capture_histories", {"lists": ["a", "a"]}, "lists == .*, must be 2 to 15 different names"),
        ("capture_histories", {"lists": "ab"}, "lists == 'ab', must be 2 to 15 different names"),
        ("capture_histories", {"capture": (0.1, 0.2)}, r"capture == \[0\.1, 0\.2\], must be one chance or 4"),
        ("capture_histories", {"dependence": {"A:A": 1.0}}, "dependence == 'A:A', must name two or more"),
        ("capture_histories", {"dependence": {"A": 1.0}}, "dependence == 'A', must name two or more"),
        ("capture_histories", {"dependence": {"A:Z": 1.0}}, "list == 'Z', must be one of A, B, C, D"),
        ("capture_histories", {"unreachable": {"A": {"sex": ["man"]}}}, "unreachable == 'sex', must name"),
        ("capture_histories", {"covariates": {"age": (30.0, -1.0)}}, r"standard deviation of 'age' == -1\.0, must"),
        ("capture_histories", {"covariates": {"sex": {"w": 0.5, "m": 0.6}}}, r"covariates\['sex'\] == .*, must be"),
        ("person_lists", {"lists": ["a", "a"]}, "lists == .*, must be at least two different names"),
        ("person_lists", {"inclusion": (0.1, 0.2)}, "inclusion has 2 chances, must have one for each of the 3 lists"),
        ("person_lists", {"errors": {"none": 0.1}}, "errors names 'none', must be among"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(generator, options, told):
    with pytest.raises(SpecificationError, match=told):
        getattr(synthetic, generator)(**SMALL[generator] | options, seed=1)


def test_limits_of_readers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("year,unit,count\n2020,cases,12\n")
    assert validate_file(path, "hotline", chunk_rows=1, max_listed=0).ok
    assert describe_file(path, threshold=1).threshold == 1
    for call in (
        lambda: validate_file(path, "hotline", chunk_rows=0),
        lambda: validate_file(path, "hotline", max_listed=-1),
        lambda: describe_file(path, threshold=0),
    ):
        with pytest.raises(SpecificationError, match=r"^(chunk_rows == 0|max_listed == -1|threshold == 0), must be"):
            call()


def test_a_known_group_of_one_and_one_of_everybody_are_taken():
    made = synthetic.scale_up_survey(20, known={"nurses": 1, "all": 50_000}, hidden=1, population=50_000, seed=1)
    assert made.tables["known"].iloc[:, -1].tolist() == [1, 50_000]
    with pytest.raises(SpecificationError, match=r"^size of 'all' == 50001, must be"):
        synthetic.scale_up_survey(20, known={"all": 50_001}, population=50_000, seed=1)


def test_a_population_of_ten_is_the_smallest():
    made = synthetic.respondent_sample(5, population=10, mean_degree=4.0, seeds=1, seed=1)
    assert made.truth["population"] == 10
