"""What every result of the room obeys; see ``lawful``. All laws are asked of one fit, and each part of it is whole."""

import pytest

import lawful

ABSENT = {
    "ClusterTrial": ("std_error", "unit"),
    "SteppedWedge": ("std_error", "unit"),
    "ReferralCascade": ("estimate", "unit"),
}  # of tests and curves, which are declared with the columns of estimates
NAMES = lawful.names_of("programmes")


@pytest.mark.parametrize("name", NAMES)
def test_a_result_obeys(name):
    result = lawful.result_of(name)
    lawful.declared_columns_are_there(name, absent=ABSENT.get(name, ()))
    lawful.limits_hold_the_estimate(name)
    lawful.it_cites_what_its_docstring_cites(name)
    lawful.its_inputs_are_told(name)
    lawful.columns_it_names_are_asked_for(name)
    lawful.what_is_no_table_is_refused(name)
    lawful.the_fewest_people_are_told(name)
    assert result.references
    assert result.assumptions
    assert all(check.status in {"pass", "review", "fail"} and check.message.strip() for check in result.checks)
    assert not any(
        value is None for check in result.checks for value in (*check.numbers.values(), *check.message.values.values())
    )
    assert len({(check.name, str(check.message)) for check in result.checks}) == len(result.checks)
    assert all(result.term_meaning(term).label for term in result.estimates.index.unique())


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name != "ScaleReliability"]
)  # which draws for a sixth of a second
def test_level_scope_and_seed_reach_the_result_and_options_are_refused_by_name(name):
    lawful.options_reach_the_result(name, exact=False)
    lawful.options_are_refused_by_name(name)


GROUPED = [
    name
    for name in NAMES
    if "age" in lawful.EXAMPLES[name].options and name not in {"ReferralCascade", "ScaleReliability"}
]


@pytest.mark.parametrize("name", GROUPED)
def test_a_group_that_is_too_small_stands_empty_under_the_same_terms(name):
    data = lawful.EXAMPLES[name].data.copy()
    data["years"] = [17, *[18] * (len(data) - 1)]
    result = lawful.ESTIMATORS[name](**lawful.EXAMPLES[name].options | {"age": "years"}).fit(data)
    table = result.estimates
    of = dict(list(table.groupby("group")))
    assert set(of) == {"adults", "children"}
    assert set(of["children"].index) <= set(of["adults"].index)
    assert len(of["children"])
    assert of["children"][["estimate", "std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert of["adults"]["estimate"].notna().any()
    checks = {check.name: check.status for check in result.checks}
    assert checks["too few children"] == "review"
    assert not [one for one in checks if one.endswith(", children")]
    assert name == "ItemResponse" or [
        one for one in checks if one.endswith(", adults")
    ]  # whose sentences name the group
