"""What leaves of a table with patterns of few people, attacked with all that is shown."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, milp

from ctresearch.core import SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, shown_counts
from ctresearch.privacy import Policy

FEW = {
    (1, 0, 0, 0): 270, (0, 1, 0, 0): 218, (0, 0, 1, 0): 142, (0, 0, 0, 1): 106, (1, 1, 0, 0): 31, (1, 0, 1, 0): 23,
    (1, 0, 0, 1): 20, (0, 1, 1, 0): 22, (0, 1, 0, 1): 17, (0, 0, 1, 1): 14, (1, 1, 1, 0): 6, (1, 1, 0, 1): 5,
    (1, 0, 1, 1): 4, (0, 1, 1, 1): 3, (1, 1, 1, 1): 2,
}  # fmt: skip
INDEPENDENT, PAIR, PAIRS = "[1,2,3,4]", "[12,3,4]", "[12,13,14,23,24,34]"


def table(patterns, names="ABCD"):
    """Make a table of lists from its patterns."""
    rows = [dict(zip(names, pattern, strict=True)) | {"count": count} for pattern, count in patterns.items()]
    return CaptureHistories.from_counts(pd.DataFrame(rows))


def reach(shown, people, margins):
    """Find how large each masked pattern may be, for somebody who knows all that is shown and these margins."""
    lists = [name for name in shown.patterns if name != "count"]
    on = shown.patterns[lists].to_numpy(dtype=bool)
    rows = [np.ones(len(on))] + [on[:, list(one)].all(axis=1).astype(float) for one in margins]
    right = [float(row @ people) for row in rows]
    for place, count in enumerate(shown.patterns["count"]):
        if np.isfinite(count):
            rows.append(np.eye(len(on))[place])
            right.append(float(count))
    hidden = np.flatnonzero(shown.patterns["count"].isna())
    agree = LinearConstraint(np.array(rows), right, right)
    most = []
    for place in hidden:
        found = milp(-np.eye(len(on))[place], constraints=agree, integrality=np.ones(len(on)))
        most.append(round(-found.fun))
    return most


def test_overlaps_and_lists_left_out_give_every_pattern_of_four_lists_away():
    on = np.array(list(FEW), dtype=bool)
    sizes = [on[:, [i]].all(axis=1) for i in range(4)]
    pairs = [on[:, list(pair)].all(axis=1) for pair in combinations(range(4), 2)]
    alone = [on[:, i] & (on.sum(axis=1) == 1) for i in range(4)]
    rows = np.array([np.ones(15), *sizes, *pairs, *alone], dtype=float)
    solved = np.linalg.solve(rows, rows @ np.array(list(FEW.values())))
    assert solved.round(6).tolist() == list(FEW.values())  # which is why they are masked


@pytest.mark.parametrize("models", [[INDEPENDENT], [PAIR, INDEPENDENT], [PAIR, "[12,13,4]", "[12,14,3]"]])
def test_no_masked_pattern_is_known_to_be_of_few(models):
    histories = table(FEW)
    shown = shown_counts(histories, models)
    counts = histories.counts.query("count > 0")["count"].to_numpy()
    margins = [[i] for i in range(4)] + [[i for i in range(4) if term >> i & 1] for term in shown.margins]
    assert 4 <= shown.masked < 15
    assert not (shown.patterns["count"].dropna() < 5).any()
    assert min(reach(shown, counts, margins)) >= 5
    assert [shown.allows(one) for one in models] == [True] * len(models)


def test_what_is_shown_is_true_and_overlaps_stand_where_a_model_tells_them():
    histories = table(FEW)
    shown = shown_counts(histories, [PAIR])
    told = shown.patterns["count"].notna()
    assert (shown.patterns["count"][told] == histories.counts.query("count > 0")["count"].to_numpy()[told]).all()
    whole = histories.overlaps()
    seen = shown.overlaps.notna().to_numpy()
    assert seen.tolist() == [[i == j or {i, j} == {0, 1} for j in range(4)] for i in range(4)]
    assert (shown.overlaps.to_numpy()[seen] == whole.to_numpy()[seen]).all()


def test_a_model_that_nobody_let_out_is_not_allowed():
    shown = shown_counts(table(FEW), [PAIR])
    assert shown.allows(PAIR)
    assert shown.allows(INDEPENDENT)
    assert not shown.allows("[13,2,4]")
    assert not shown.allows("[123,4]")


def test_a_model_that_gives_a_pattern_away_is_held_back_and_those_before_it_stay():
    shown = shown_counts(table(FEW), [PAIR, "[123,124,134,234]", "[12,34]"])
    assert shown.allows(PAIR)
    assert shown.allows("[12,34]")
    assert not shown.allows("[123,124,134,234]")


def test_where_the_first_model_rests_on_few_nothing_stands_beside_it():
    few = FEW | {(1, 1, 0, 0): 1, (1, 1, 1, 0): 1, (1, 1, 0, 1): 1, (1, 1, 1, 1): 1}
    shown = shown_counts(table(few), [PAIR, INDEPENDENT])
    assert shown.masked == 15
    assert shown.patterns["count"].isna().all()
    assert shown.overlaps.isna().all(axis=None)
    assert not shown.allows(INDEPENDENT)


def test_a_table_without_small_patterns_is_shown_whole():
    many = {pattern: max(count, 5) for pattern, count in FEW.items()}
    histories = table(many)
    shown = shown_counts(histories)
    estimate = LogLinear("fixed", model=list("ABCD")).fit(histories)
    assert shown.masked == 0
    assert shown.allows(PAIRS)
    assert shown.patterns["count"].tolist() == histories.counts.query("count > 0")["count"].tolist()
    assert shown.result(estimate) is estimate
    frame = pd.DataFrame({"estimate": [1234.5]})
    assert shown.figures(frame).equals(frame)
    assert shown_counts(histories, threshold=6).masked > 0


def test_an_estimate_leaves_with_three_digits_and_without_what_is_of_few():
    histories = table(FEW)
    whole = LogLinear("fixed", model=list("ABCD"), bootstrap=20, seed=1).fit(histories)
    plain = shown_counts(histories).result(whole)
    assert plain.draws is None
    assert not hasattr(plain, "coefficients")
    assert plain.checks == whole.checks
    both = plain.estimates["estimate"]
    assert both["population"] == float(f"{whole.estimates.loc['population', 'estimate']:.3g}")
    assert both["unobserved"] == both["population"] - 883
    assert plain.smallest_group == histories.n_observed
    assert plain.declaration.terms["population"].headline


def test_a_saturated_model_rests_on_its_smallest_pattern():
    patterns = {p: 5 + 3 * sum(p) for p in product((0, 1), repeat=3) if any(p)}
    patterns[1, 1, 1] = 4
    fitted = LogLinear("fixed", model="[12,13,23]").fit(table(patterns, "ABC"))
    assert fitted.estimates_only().smallest_group == 4
    assert LogLinear("fixed", model="[1,2,3]").fit(table(patterns, "ABC")).estimates_only().smallest_group == 61


def test_the_threshold_is_that_of_the_owner_or_more():
    many = {pattern: max(count, 5) for pattern, count in FEW.items()}
    strict = Policy(aggregate_threshold=10)
    shown = shown_counts(table(many), policy=strict)
    assert shown.masked > 0
    assert shown.patterns["count"].dropna().ge(10).all()
    with pytest.raises(SpecificationError, match="threshold == 9, must be a whole number at least 10"):
        shown_counts(table(many), policy=strict, threshold=9)
    with pytest.raises(SpecificationError, match="threshold == 4, must be a whole number at least 5"):
        shown_counts(table(many), threshold=4)
