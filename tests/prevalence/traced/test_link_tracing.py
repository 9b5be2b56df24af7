"""Link-tracing: what it recovers, what its checks see, what it refuses."""

import numpy as np
import pandas as pd
import pytest

import ctresearch.data.synthetic.city_samples as city_samples
from ctresearch.core import CtResearchError, DataError, SpecificationError
from ctresearch.data.synthetic import city, linked_samples
from ctresearch.prevalence import LinkedSamples, LinkTracing
from ctresearch.prevalence.traced.overlap import common_people, overlap_estimate

CITY = city(12_000, seed=4)
MADE = linked_samples(CITY, 40, 90, seed=3)


def read(made=MADE, **changed):
    """Read samples of the city."""
    return LinkedSamples.from_frames(made.frame.assign(**changed), made.tables["links"])


def statuses(result):
    """Return the status of each check."""
    return {check.name: check.status for check in result.checks}


def test_a_city_is_recovered_and_nothing_is_said_against_it():
    result = LinkTracing(seed=1).fit(read())
    row = result.estimates.loc["population"]
    assert row["ci_low"] <= MADE.truth["exploited"] <= row["ci_high"]
    assert statuses(result) == dict.fromkeys(("overlap", "mixing", "orders", "start", "error"), "pass")
    assert result.n == MADE.frame["person"].nunique()
    assert row["std_error"] < result.alone
    assert 0 < result.common < 40
    assert result.estimates.loc["unobserved", "estimate"] == pytest.approx(row["estimate"] - result.n)


@pytest.mark.slow
def test_averaging_over_orders_halves_the_error():
    truth = MADE.truth["exploited"]
    rows = []
    for seed in range(8):
        made = linked_samples(CITY, 40, 90, seed=100 + seed)
        samples = read(made)
        met = [np.arange(len(one.person))[None] < one.initial for one in samples.samples]
        alone = overlap_estimate([40, 40], common_people([one.person for one in samples.samples], met)).estimate[0]
        rows.append((alone, LinkTracing(draws=200, seed=1).fit(samples).estimates["estimate"]["population"]))
    alone, averaged = np.sqrt(((np.array(rows) / truth - 1) ** 2).mean(axis=0))
    # .40 and .17 over many samples; eight of them leave an error of a quarter of each
    assert averaged < 0.8 * alone


def test_samples_that_start_with_those_who_know_many_are_seen(monkeypatch):
    degree = city_samples._friends(CITY)[1]
    traced = city_samples._traced

    def known(rng, edges, friend, first, people):
        popular = np.argsort(rng.exponential(size=degree.size) / np.maximum(degree, 0.1))
        return traced(rng, edges, friend, popular[: first.size], people)

    monkeypatch.setattr(city_samples, "_traced", known)
    result = LinkTracing(seed=1).fit(read(linked_samples(CITY, 40, 90, seed=3)))
    check = next(check for check in result.checks if check.name == "start")
    assert check.status == "review"
    assert check.numbers["degree"] > check.numbers["degree_of_orders"]


def test_samples_that_start_at_venues_count_too_few():
    made = linked_samples(CITY, 40, 90, start="venues", seed=3)
    estimate = LinkTracing(draws=200, seed=1).fit(read(made)).estimates["estimate"]["population"]
    assert estimate < 0.8 * made.truth["exploited"]


def test_limits_at_another_level():
    result = LinkTracing(seed=1).fit(read())
    low, high = (
        end["population"] for end in (result.confidence_interval(0.8).low, result.confidence_interval(0.8).high)
    )
    again = LinkTracing(seed=1, level=0.8).fit(read()).estimates.loc["population"]
    assert (low, high) == pytest.approx((again["ci_low"], again["ci_high"]))


def test_nobody_met_again_has_no_estimate():
    apart = MADE.frame.assign(person=MADE.frame["sample"] + MADE.frame["person"])
    links = pd.concat(
        [MADE.tables["links"].map(lambda p, s=s: s + p) for s in apart["sample"].unique()], ignore_index=True
    )
    links = links[links["one"].isin(apart["person"]) & links["other"].isin(apart["person"])]
    result = LinkTracing(draws=200).fit(LinkedSamples.from_frames(apart, links))
    assert statuses(result)["overlap"] == "fail"
    assert result.estimates[["ci_low", "ci_high"]].isna().all(axis=None)


def test_samples_without_links_are_chapman_and_say_so():
    frame = MADE.frame[MADE.frame["initial"] == 1].assign(degree=0)
    result = LinkTracing(draws=200).fit(LinkedSamples.from_frames(frame, MADE.tables["links"].head(0)))
    assert statuses(result)["orders"] == "review"
    both = frame["person"].duplicated().sum()
    assert result.estimates["estimate"]["population"] == pytest.approx(41 * 41 / (both + 1) - 1)
    assert result.estimates["std_error"]["population"] == pytest.approx(result.alone)


def test_few_people_met_again_are_said():
    people = pd.DataFrame({"sample": ["a"] * 8 + ["b"] * 8, "person": [*range(8), *range(5, 13)], "initial": 1})
    result = LinkTracing(draws=200).fit(
        LinkedSamples.from_frames(people.assign(degree=0), pd.DataFrame({"one": [], "other": []}))
    )
    assert statuses(result)["overlap"] == "review"
    assert result.estimates["ci_low"].notna().all()


def test_the_variance_that_cannot_be_told_is_replaced_and_said():
    from ctresearch.prevalence.traced.tracing_checks import check_error

    assert check_error(-3.0, 40.0).status == "review"
    assert check_error(3.0, 40.0).status == "pass"


def test_all_links_followed_by_waves():
    hidden = CITY.frame.loc[CITY.frame["exploited"] == 1, "person"].to_numpy()
    ties = CITY.tables["ties"]
    ties = ties[ties["one"].isin(hidden) & ties["other"].isin(hidden)]
    pairs = np.concatenate([ties[["one", "other"]].to_numpy(), ties[["other", "one"]].to_numpy()])
    degree = pd.Series(pairs[:, 0]).value_counts()
    rng, parts = np.random.default_rng(5), []
    for name in "12":
        start = set(rng.choice(hidden, 12, replace=False).tolist())
        met = start | {int(b) for a, b in pairs if a in start}
        parts.append(
            pd.DataFrame({"sample": name, "person": sorted(met)}).assign(
                initial=lambda d, s=start: d["person"].isin(s).astype(int)
            )
        )
    people = pd.concat(parts).assign(degree=lambda d: d["person"].map(degree).fillna(0))
    inside = ties["one"].isin(people["person"]) & ties["other"].isin(people["person"])
    samples = LinkedSamples.from_frames(people, ties[inside])
    result = LinkTracing(tracing="all", waves=1, draws=200, seed=1).fit(samples)
    assert result.estimates["estimate"].notna().all()
    with pytest.raises(DataError, match="does not meet just its"):
        LinkTracing(tracing="all", waves=2).fit(samples)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sample": "one"}, "has 1 sample, must have two or more"),
        ({"person": None}, "must name everybody"),
        ({"person": "p1"}, "same in every row of one person"),
        ({"initial": 2}, "must be 1 for people met at random"),
        ({"initial": 0}, "0 people of a sample of 90 were met at random"),
        ({"degree": -1}, "must be a whole number of people"),
        ({"degree": 1.5}, "must be a whole number of people"),
        ({"degree": 0}, "at least as many as the links"),
        ({"degree": np.nan}, "degree"),
        ({"initial": lambda d: ((d.index % 90) < 2).astype(int)}, "must be reached by links"),
    ],
)
def test_people_that_cannot_be_used(change, words):
    with pytest.raises(CtResearchError, match=words):
        read(**change)


def test_a_person_stands_once_in_a_sample():
    twice = pd.concat([MADE.frame, MADE.frame.head(1)])
    with pytest.raises(DataError, match="1 people stand twice in one sample"):
        LinkedSamples.from_frames(twice, MADE.tables["links"])


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ({"one": ["nobody"], "other": ["p0001"]}, "must be the id of somebody"),
        ({"one": [None], "other": ["p0001"]}, "must be the id of somebody"),
        ({"one": ["{0}"], "other": ["{0}"]}, "somebody else than the other end"),
    ],
)
def test_links_that_cannot_be_used(ends, words):
    person = MADE.frame["person"].iloc[0]
    links = pd.DataFrame({name: [v and v.format(person) for v in values] for name, values in ends.items()})
    with pytest.raises(DataError, match=words):
        LinkedSamples.from_frames(MADE.frame, links.assign(one=links["one"].replace("p0001", person)))


def test_links_may_stand_in_both_directions_and_spellings():
    links = MADE.tables["links"]
    both = pd.concat([links, links.rename(columns={"one": "other", "other": "one"})]).map(str.upper)
    one, other = read(), LinkedSamples.from_frames(MADE.frame, both)
    assert [s.linked.tolist() for s in one.samples] == [s.linked.tolist() for s in other.samples]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tracing": "coupons"}, "tracing == 'coupons'"),
        ({"tracing": "all"}, "waves == None with tracing == 'all'"),
        ({"waves": 2}, "waves == 2 with tracing == 'one'"),
        ({"draws": 10}, "draws == 10"),
        ({"tracing": "all", "waves": 0}, "waves == 0"),
    ],
)
def test_options_that_cannot_be_used(options, words):
    with pytest.raises(SpecificationError, match=words):
        LinkTracing(**options)


@pytest.mark.parametrize("wrong", [None, [1], MADE.frame])
def test_other_things_are_no_samples(wrong):
    with pytest.raises(DataError, match="must be LinkedSamples"):
        LinkTracing().fit(wrong)
