"""One questionnaire under several definitions: shares, who moves, errors taken out, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.classification import definition
from ctresearch.prevalence import DefinitionSpread

PARTS = {"x": ("freedom_of_movement", "strong"), "z": ("debt_or_dependency", "strong")}
UNDER = {
    "either": {"definition": "prif", "indicators": PARTS, "threshold": [(1, 0)]},
    "both": {"definition": "prif", "indicators": PARTS, "threshold": [(2, 0)]},
}
ASKED = pd.DataFrame({"age": 30, "x": [1, 0, 0, 0, 1] * 20, "z": [1, 1, 0, 0, 0] * 20})


def by_name(result, term):
    return result.estimates.loc[[term]].set_index("definition")["estimate"].to_dict()


def test_shares_and_those_who_move_by_hand():
    result = DefinitionSpread(definitions=UNDER).fit(ASKED)
    assert by_name(result, "prevalence") == pytest.approx({"either": 0.6, "both": 0.2})
    assert result.estimates.loc["ratio", "estimate"] == pytest.approx(3.0)
    row = result.moved.iloc[0]
    assert row[["both", "first_only", "second_only"]].tolist() == [20, 40, 0]
    assert row[["both_weighted", "first_only_weighted", "second_only_weighted"]].tolist() == pytest.approx([20, 40, 0])
    assert result.rules.set_index("definition")["people"].to_dict() == {"either": 60, "both": 20}
    assert result.smallest_group == 20
    assert result.n == 100


def test_weights_count_and_the_error_is_that_of_the_design():
    weights = np.where(ASKED["x"] == 1, 3.0, 1.0)
    result = DefinitionSpread(definitions=UNDER, weight="w", bootstrap=20_000).fit(ASKED.assign(w=weights))
    share = 3 * 40 + 20  # those with x, and those with z alone
    assert by_name(result, "prevalence")["either"] == pytest.approx(share / weights.sum())
    assert result.moved.loc[0, "both_weighted"] == pytest.approx(100 * 60 / weights.sum())
    plain = DefinitionSpread(definitions=UNDER, bootstrap=20_000).fit(ASKED).estimates
    error = plain[plain["definition"] == "either"].loc["prevalence", "std_error"]
    # of 20,000 replicates the spread is known to 0.5 %: three errors
    assert error == pytest.approx(np.sqrt(0.6 * 0.4 / 99), rel=0.015)


def test_missing_answers_give_a_second_share_and_are_said():
    asked = ASKED.astype(float)
    asked.loc[asked.index % 5 == 3, "z"] = np.nan
    result = DefinitionSpread(definitions=UNDER).fit(asked)
    assert by_name(result, "prevalence") == pytest.approx({"either": 0.6, "both": 0.2})
    assert by_name(result, "prevalence_upper") == pytest.approx({"either": 0.8, "both": 0.2})
    check = next(check for check in result.checks if check.name == "missing answers")
    assert check.status == "review"
    assert check.numbers["gap"] == pytest.approx(0.2)


def test_errors_of_the_classification_are_taken_out():
    errors = {"either": ((0.9, 0.0), (0.8, 0.0)), "both": ((0.9, 0.0), (0.7, 0.0))}
    result = DefinitionSpread(definitions=UNDER, errors=errors, bootstrap=20_000).fit(ASKED)
    found = by_name(result, "corrected")
    assert found["either"] == pytest.approx((0.6 + 0.8 - 1) / 0.7)
    assert np.isnan(found["both"])  # 20 % where false answers alone make 30 %
    check = next(check for check in result.checks if check.name == "errors")
    assert check.status == "review"
    assert "both" in str(check.message)
    table = result.estimates[result.estimates["definition"] == "either"]
    assert table.loc["corrected", "std_error"] == pytest.approx(table.loc["prevalence", "std_error"] / 0.7)
    unsure = {"either": ((0.9, 0.05), (0.8, 0.05))}
    wide = DefinitionSpread(definitions=UNDER, errors=unsure, bootstrap=20_000).fit(ASKED).estimates
    wider = wide[wide["definition"] == "either"].loc["corrected", "std_error"]
    # by the delta method: of the share, of sensitivity and of specificity
    corrected = 0.4 / 0.7
    delta = np.sqrt(0.24 / 99 + (corrected * 0.05) ** 2 + ((1 - corrected) * 0.05) ** 2) / 0.7
    assert wider == pytest.approx(delta, rel=0.05)  # the delta method is of first order


def test_published_definitions_stand_side_by_side():
    rows = pd.DataFrame({"age": [30] * 60})
    items = {name: [item.name for item in definition(name).items] for name in ("icls-2018", "htsh")}
    for name in dict.fromkeys(name for names in items.values() for name in names):
        rows[name] = (np.arange(60) % (3 + len(name) % 4) == 0) * 1
    result = DefinitionSpread(definitions={"icls-2018": {}, "htsh": {}}).fit(rows)
    from ctresearch.data import classify

    for name in items:
        assert by_name(result, "prevalence")[name] == pytest.approx(classify(rows, name).status["lower"].mean())
    assert set(result.rules["definition"]) <= set(items)


def test_a_definition_under_which_nobody_counts_has_no_limits_and_no_ratio():
    result = DefinitionSpread(definitions=UNDER).fit(ASKED.assign(x=[1, 0, 0, 0, 1] * 20, z=[0, 1, 0, 0, 0] * 20))
    assert by_name(result, "prevalence")["both"] == 0
    assert np.isnan(result.estimates.loc["ratio", "estimate"])
    both = result.estimates[result.estimates["definition"] == "both"]
    assert both.loc["prevalence", ["std_error", "ci_low", "ci_high"]].isna().all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"definitions": {"htsh": {}}}, "at least two names"),
        ({"definitions": {"htsh": {}, "all": {}}}, "a name other than 'all'"),
        ({"definitions": {"htsh": {}, "mine": {}}}, "must be one of 'prif', 'icls-2018', 'htsh'"),
        ({"errors": {"mine": ((0.9, 0), (0.9, 0))}}, "errors names 'mine'"),
        ({"errors": {"both": (0.9, 0.9)}}, "two pairs of a mean and its error"),
        ({"errors": {"both": ((0.5, 0.0), (0.5, 0.0))}}, "must be above 1"),
        ({"errors": {"both": ((0.9, 0.4), (0.9, 0.0))}}, "must be below 0.3"),
    ],
)
def test_options_that_are_none_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        DefinitionSpread(**{"definitions": UNDER} | options)


def test_answers_that_are_none_are_refused():
    with pytest.raises(DataError, match="0 or 1, yes or no"):
        DefinitionSpread(definitions=UNDER).fit(ASKED.assign(x=7))
