"""Tables of durations: what is read, and which row and column an error names."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.consequences import CumulativeIncidence, FineGray, HazardModel, Survival
from ctresearch.consequences.durations.competing import read_competing
from ctresearch.consequences.durations.design import read_design
from ctresearch.consequences.durations.durations import (
    join_near_times,
    read_durations,
    read_times,
    read_weights,
    refuse_repeats,
)
from ctresearch.consequences.durations.hazard_checks import check_clusters, check_entries, check_events, require_events
from ctresearch.consequences.durations.interval_rows import read_intervals
from ctresearch.consequences.durations.observation_chances import censoring_steps, entry_steps, product_limit
from ctresearch.consequences.durations.observation_weights import fewest_entering, observation_weights
from ctresearch.core import CellError, DataError, FitError, SpecificationError

ROWS = pd.DataFrame(
    {
        "from": [0.0, 1, 0, 2],
        "to": [3.0, 4, 5, 6],
        "event": [1, 0, 1, 1],
        "end": ["b", "censor", "a", "b"],
        "x": [1, 2, 3, 5],
    }
)


def test_rows_are_read_as_they_stand():
    rows = read_durations(ROWS, duration="to", event="event", entry="from")
    assert (rows.n, rows.entry.tolist(), rows.stop.tolist()) == (4, [0, 1, 0, 2], [3, 4, 5, 6])
    assert rows.event.tolist() == [True, False, True, True]
    half = rows.where(np.array([True, False, False, True]))
    assert (half.entry.tolist(), half.stop.tolist(), half.event.tolist()) == ([0, 2], [3, 6], [True, True])
    assert np.isneginf(read_durations(ROWS, duration="to", event="event").entry).all()
    found = read_competing(ROWS, duration="to", event="end", censored="censor", entry="from")
    assert (found.causes, found.kind.tolist(), found.rows.event.tolist()) == (
        ("a", "b"),
        [2, 0, 1, 2],
        [True, False, True, True],
    )
    assert (found.number("a"), found.number("B "), found.rows.entry.tolist()) == (1, 2, [0, 1, 0, 2])
    with pytest.raises(SpecificationError, match="must be one of the 2 other labels"):
        found.number("c")
    everybody = read_competing(ROWS, duration="to", event="end", censored=None)
    assert (everybody.causes, everybody.kind.tolist()) == (("a", "b", "censor"), [2, 3, 1, 2])


def test_times_that_differ_by_rounding_are_one():
    times = np.array([1.0, 1.0 + 1e-9, 1.0 + 1e-7, 2.0, 1000.0, 1000.0 + 1e-5])
    assert join_near_times(times).tolist() == [1.0, 1.0, 1.0 + 1e-7, 2.0, 1000.0, 1000.0]
    assert (
        read_times(pd.DataFrame({"a": [0.3, 1.0], "b": [0.1 + 0.2 + 1e-9 + 1, 2.0]}), duration="b", entry="a")[0][0]
        == 0.3
    )


@pytest.mark.parametrize(
    ("change", "column", "rows", "words"),
    [
        ({"to": [3, 1, 5, 2]}, "to", (2, 4), "2 rows end at or before their entry"),
        ({"to": [3, 4, -5, 6]}, "to", (3,), "at least 0"),
        ({"from": [0, -1, 0, 2]}, "from", (2,), "at least 0"),
        ({"event": [1, 0, 2, 1]}, "event", (3,), r"0 \(censored\) and 1 \(event\) only"),
    ],
)
def test_a_row_that_cannot_be_is_named(change, column, rows, words):
    with pytest.raises(CellError, match=words) as caught:
        read_durations(ROWS.assign(**change), duration="to", event="event", entry="from")
    assert (caught.value.column, tuple(caught.value.rows)) == (column, rows)


@pytest.mark.parametrize("column", ["from", "to", "event"])
def test_what_is_missing_is_named(column):
    with pytest.raises(DataError, match=f"'{column}'"):
        read_durations(ROWS.drop(columns=column), duration="to", event="event", entry="from")
    gap = ROWS.astype({column: float})
    gap.loc[2, column] = np.nan
    with pytest.raises(DataError, match=f"column '{column}' has 1 missing"):
        read_durations(gap, duration="to", event="event", entry="from")
    with pytest.raises(DataError, match="frame is a list"):
        read_durations([1], duration="to", event="event")


def test_weights_are_above_0_and_there():
    assert read_weights(ROWS, "x").tolist() == [1, 2, 3, 5]
    with pytest.raises(CellError, match="above 0") as caught:
        read_weights(ROWS.assign(x=[1, 0, -1, 2]), "x")
    assert (caught.value.column, tuple(caught.value.rows)) == ("x", (2, 3))
    with pytest.raises(DataError, match="'x' has 4 missing"):
        read_weights(ROWS.assign(x=np.nan), "x")
    with pytest.raises(DataError, match="'y'"):
        read_weights(ROWS, "y")


def test_rows_of_a_person_may_touch_and_not_overlap():
    frame = pd.DataFrame({"who": ["a", "b", "a", "a"], "from": [0, 0, 3, 5], "to": [3, 9, 5, 6], "event": 0})
    rows = read_durations(frame, duration="to", event="event", entry="from")
    assert refuse_repeats(frame, rows, "who").codes.tolist() == [0, 1, 0, 0]
    late = frame.assign(to=[4, 9, 6, 7])
    with pytest.raises(CellError, match="2 rows begin while another row of the same person in 'who'") as caught:
        refuse_repeats(late, read_durations(late, duration="to", event="event", entry="from"), "who")
    assert (caught.value.column, tuple(caught.value.rows)) == ("who", (3, 4))


@pytest.mark.parametrize(
    ("change", "rows"),
    [({"seen": [0, -1, 4]}, (2,)), ({"gone": [2, 1, 9]}, (2,)), ({"seen": [0, 2, 0], "gone": [0, 4, 0]}, (1, 3))],
)
def test_dates_in_the_wrong_order_are_named(change, rows):
    frame = pd.DataFrame({"seen": [0, 2, 4], "gone": [2, 4, None]})
    low, high = read_intervals(frame, after="seen", before="gone")
    assert (low.tolist(), high.tolist()) == ([0, 2, 4], [2, 4, np.inf])
    with pytest.raises(CellError, match="'gone' at least 'seen' and above 0") as caught:
        read_intervals(frame.assign(**change), after="seen", before="gone")
    assert (caught.value.column, tuple(caught.value.rows)) == ("gone", rows)
    with pytest.raises(DataError, match="column 'gone' is missing in all 3 rows"):
        read_intervals(frame.assign(gone=np.nan), after="seen", before="gone")
    with pytest.raises(DataError, match="column 'seen' has 3 missing"):
        read_intervals(frame.assign(seen=np.nan), after="seen", before="gone")


def test_a_design_is_standardised_and_remembers_its_units():
    frame = pd.DataFrame({"a.b": [1.0, 2, 3, 6], "sex": list("fmmf"), "Intercept": [0.0, 1, 0, 5]})
    design = read_design(frame, "`a.b` + sex + Intercept")
    assert set(design.names) == {"a.b", "sex[m]", "Intercept"}
    assert set(design.words) == {"a.b", "sex", "Intercept"}
    assert design.used == ("Intercept", "a.b", "sex")
    place = design.names.index("a.b")
    assert (design.centre[place], design.spread[place]) == (3.0, pytest.approx(np.std([1, 2, 3, 6])))
    assert design.standard.mean(axis=0) == pytest.approx(0)
    assert design.standard.std(axis=0) == pytest.approx(1)
    assert design.standard[:, place] * design.spread[place] + 3 == pytest.approx([1, 2, 3, 6])
    unit = design.covariance(np.eye(3))
    assert np.diag(unit) == pytest.approx(1 / design.spread**2)
    levels = read_design(pd.DataFrame({"g": pd.Categorical(list("abca"), categories=list("abcd"))}), "g")
    assert levels.names == ("g[b]", "g[c]")
    assert levels.words == ("g, column 1 of 2", "g, column 2 of 2")


@pytest.mark.parametrize(
    ("formula", "kind", "words"),
    [
        ("", SpecificationError, "names no column|cannot be read"),
        ("1", SpecificationError, "names no column"),
        ("y ~ x +", SpecificationError, "formula == .* cannot be read"),
        ("z", DataError, "'z'"),
        ("same", DataError, "term 'same' is the same in all rows"),
        ("x + twice", DataError, "term '(twice|x)' is a combination of the terms before it"),
        ("endless", DataError, "term .endless. holds values that are not finite"),
        ("np.log(word)", SpecificationError, "cannot be read"),
        ("gap", DataError, "column 'gap' has 1 missing"),
    ],
)
def test_a_formula_that_makes_no_design_is_refused(formula, kind, words):
    frame = ROWS.assign(
        same=1.0, twice=2 * ROWS["x"], word=list("abcd"), gap=[1, None, 2, 3], endless=[1, np.inf, 2, 3]
    )
    with pytest.raises(kind, match=words):
        read_design(frame, formula)


def test_a_product_limit_by_hand():
    # two of four end by the event at 2 and 4; weights 1, 2, 1, 2
    entry, stop = np.array([0.0, 0.0, 3.0, 0.0]), np.array([2.0, 3.0, 4.0, 5.0])
    steps = product_limit(entry, stop, np.array([True, False, True, False]), np.array([1.0, 2.0, 1.0, 2.0]))
    assert steps.times.tolist() == [2, 4]
    assert steps.at_risk.tolist() == [5, 3]
    assert steps.step.tolist() == [1 / 5, 1 / 3]
    assert steps.before(np.array([1.0, 2.0, 4.0, 9.0])).tolist() == pytest.approx([1, 1, 0.8, 0.8 * 2 / 3])
    assert steps.upto(np.array([1.0, 2.0, 4.0])).tolist() == pytest.approx([1, 0.8, 0.8 * 2 / 3])
    gone = product_limit(np.zeros(2), np.array([1.0, 1.0]), np.ones(2, bool), np.array([0.1, 0.2]))
    assert gone.step.tolist() == [1.0]


def test_censoring_at_a_time_of_an_event_comes_together_or_after():
    entry, stop, free = np.zeros(3), np.array([1.0, 1.0, 2.0]), np.array([True, False, False])
    together, after = (censoring_steps(entry, stop, free, np.ones(3), after=value) for value in (False, True))
    assert (together.at_risk.tolist(), after.at_risk.tolist()) == ([3], [2])
    came = entry_steps(np.array([0.0, 2.0]), np.array([3.0, 4.0]), np.ones(2))
    assert came.times.tolist() == [-2, 0] or came.times.tolist() == [-2.0, -0.0]
    assert came.step.tolist() == [0.5, 1.0]


def test_weights_of_other_ends_are_one_over_their_chance():
    data = read_competing(
        pd.DataFrame({"t": [1.0, 2, 3, 4], "end": ["censor", "other", "censor", "own"]}),
        duration="t",
        event="end",
        censored="censor",
    )
    kept = observation_weights(data.rows, data.kind, data.number("own"))
    assert kept.scale.tolist() == pytest.approx([0, 4 / 3, 0, 0])
    assert kept.at(np.array([0.5, 2.0, 4.0]))[0].tolist() == pytest.approx([1, 3 / 4, 3 / 8])
    assert fewest_entering(kept) is None
    assert kept.group.tolist() == [0, 0, 0, 0]
    heavy = observation_weights(data.rows, data.kind, data.number("own"), weights=np.array([3.0, 1, 1, 1]))
    assert heavy.scale[1] == pytest.approx(2.0)
    parts = observation_weights(data.rows, data.kind, data.number("own"), groups=np.array([0, 1, 0, 1]))
    assert parts.scale[1] == 1.0
    assert [place.tolist() for place in parts.places] == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("count", "columns", "status"), [(9, 1, "review"), (10, 1, "pass"), (19, 2, "review"), (20, 2, "pass")]
)
def test_ten_events_a_coefficient(count, columns, status):
    check = check_events(count, columns)
    assert (check.name, check.status, dict(check.numbers)) == (
        "events",
        status,
        {"events": count, "coefficients": columns},
    )
    assert require_events(np.array([True, False, True]), "it") == 2
    with pytest.raises(DataError, match="it never happens in 2 rows"):
        require_events(np.zeros(2, bool), "it")


@pytest.mark.parametrize(
    ("sizes", "status", "words"),
    [
        ([2] * 29, "review", "29 clusters are few"),
        ([2] * 30, "pass", "30 groups"),
        ([1] * 30, "review", "All 30 clusters hold one row"),
    ],
)
def test_clusters_are_few_or_of_one_row(sizes, status, words):
    (check,) = check_clusters(np.repeat(np.arange(len(sizes)), sizes))
    assert (check.name, check.status) == ("clusters", status)
    assert dict(check.numbers) == {"clusters": len(sizes), "largest": max(sizes)}
    assert words in check.message
    assert check_clusters(None) == ()
    with pytest.raises(DataError, match="1 group of 3 rows"):
        check_clusters(np.zeros(3, int))


def test_late_entry_hangs_on_ten():
    assert check_entries(None) == ()
    for fewest, status in ((9, "review"), (10, "pass")):
        (check,) = check_entries(fewest)
        assert (check.name, check.status, dict(check.numbers)) == ("late entry", status, {"fewest": fewest})
        assert str(fewest) in check.message


def test_a_horizon_beyond_what_was_followed_names_the_last_row():
    frame = pd.DataFrame({"t": [1.0, 5, 2, 9, 3], "event": [1, 0, 1, 1, 0], "g": list("aabba")})
    with pytest.raises(CellError, match=r"horizon == 7, but 1 of 2 strata .* row 2\)") as caught:
        Survival(duration="t", event="event", by="g", horizon=7).fit(frame)
    assert tuple(caught.value.rows) == (2,)
    ends = frame.assign(end=["x", "censor", "x", "x", "censor"])
    with pytest.raises(CellError, match=r"horizon == 6, but 1 of 2 strata") as caught:
        CumulativeIncidence(duration="t", event="end", by="g", horizon=6).fit(ends)
    assert tuple(caught.value.rows) == (2,)
    done = frame.assign(event=[1, 1, 1, 1, 1])  # nobody is left, so the curve is known for ever
    assert Survival(duration="t", event="event", by="g", horizon=20).fit(done).horizon == 20


def test_a_group_without_an_event_and_a_copy_of_the_duration():
    frame = pd.DataFrame({"t": np.arange(1.0, 13), "event": [1, 0] * 6, "end": ["x", "censor"] * 6, "g": [0, 1] * 6})
    for model in (HazardModel("g", duration="t", event="event"), FineGray("g", duration="t", event="end", cause="x")):
        with pytest.raises(FitError, match="two groups of 'g', the one of 6 rows"):
            model.fit(frame)
    for change in (3 * frame["t"] - 1, -np.log(frame["t"])):
        with pytest.raises(FitError, match="'k' is a copy of the duration 't'"):
            HazardModel("k", duration="t", event="event").fit(frame.assign(k=change))
