"""Tables, pictures and files that a researcher honestly needs and that expose nobody.

These were held back while the rules were written.
"""

import numpy as np
import pandas as pd
from tests.privacy.corpus.parts import Asked, figure, file, picture, table

from ctresearch.core import meaning as col
from ctresearch.privacy import Output


def victims_by_region():
    """Counts of many people."""
    return table({"region": ["north", "south"], "victims": [120, 41]}, {"region": "key", "victims": "count"})


def years_in_rows():
    """A year a row."""
    data = {"year": range(2010, 2020), "victims": [61, 75, 80, 92, 110, 131, 140, 139, 150, 166]}
    return table(data, {"year": "date", "victims": "count"})


def three_keys():
    """Three keys and large cells."""
    rows = [(r, s, a) for r in ("n", "s") for s in ("f", "m") for a in ("child", "adult")]
    data = {"region": [r[0] for r in rows], "sex": [r[1] for r in rows], "age": [r[2] for r in rows]}
    data["people"] = [61, 92, 35, 48, 77, 120, 19, 64]
    return table(data, {"region": "key", "sex": "key", "age": "key", "people": "count"})


def codes_of_countries():
    """Three letters name a country."""
    data = {"origin": ["MDA", "UKR", "PHL"], "destination": ["ITA", "POL", "ARE"], "victims": [61, 88, 45]}
    return table(data, {"origin": "place", "destination": "place", "victims": "count"})


def masked_for_good():
    """Two masks that no total undoes."""
    data = {"form": ["labour", "begging", "organs", "army"], "victims": [120, np.nan, np.nan, 66]}
    return table(data, {"form": "key", "victims": "count"})


def masked_cell_without_a_total():
    """One mask and no total anywhere."""
    return table({"form": ["labour", "begging"], "victims": [120, np.nan]}, {"form": "key", "victims": "count"})


def households():
    """Households, all many."""
    data = {"district": ["a", "b"], "households": [31, 18]}
    return table(data, {"district": "place", "households": "count of households"})


def cases():
    """Cases of courts."""
    return table({"court": ["west", "east"], "cases": [64, 23]}, {"court": "place", "cases": "count of cases"})


def groups_of_offenders():
    """Groups, all many."""
    data = {"kind": ["family", "gang", "firm"], "groups": [17, 22, 9]}
    return table(data, {"kind": "key", "groups": "count of groups"})


def number_of_lists():
    """Six lists are nobody."""
    roles = {"source": "key", "lists": col.count("Lists", "lists", of="nobody"), "people": "count"}
    return table({"source": ["state", "charity"], "lists": [2, 4], "people": [310, 144]}, roles)


def small_numbers_of_studies():
    """Studies are nobody."""
    roles = {"continent": "key", "studies": col.count("Studies", "studies", of="nobody")}
    return table({"continent": ["Africa", "Asia", "Europe"], "studies": [3, 7, 2]}, roles, counts=[4300])


def days_of_observation():
    """Days are nobody."""
    roles = {"source": "key", "days": col.count("Days", "days", of="nobody"), "people": "count"}
    return table({"source": ["hotline", "police"], "days": [3, 31], "people": [44, 310]}, roles)


def percentages_of_many():
    """The same from 0 to 100."""
    roles = {"region": "key", "victims": "count", "children": col.share("Children", "victims", unit="percent")}
    return table({"region": ["north", "south"], "victims": [120, 200], "children": [25.0, 40.0]}, roles)


def shares_of_everybody():
    """The base is everybody."""
    return table({"faith": ["a", "b"], "share": [0.7, 0.3]}, {"faith": "key", "share": "share of all"}, counts=[500])


def share_of_nobody():
    """No one of 300 is a share of zero."""
    data = {"sex": ["f", "m"], "people": [300, 280], "soldiers": [0.0, 0.2]}
    return table(data, {"sex": "key", "people": "count", "soldiers": "share of people"})


def medians_of_forty():
    """A median of forty is nobody's."""
    data = {"region": ["north", "south"], "people": [40, 61], "age": [24.0, 31.0]}
    return table(data, {"region": "key", "people": "count", "age": "median of people"})


def means_of_many():
    """Means with their deviations."""
    data = {"group": ["a", "b"], "people": [155, 98], "mean": [22.4, 19.7], "sd": [4.1, 3.8]}
    return table(data, {"group": "key", "people": "count", "mean": "mean of people", "sd": "spread of people"})


def scores_of_a_scale():
    """Means of a scale from 0 to 4."""
    data = {"item": ["sleep", "fear", "anger"], "score": [3.0, 2.2, 1.0]}
    return table(data, {"item": "key", "score": "mean"}, counts=[260])


def at_risk_at_even_times():
    """Numbers at risk a year apart, all large."""
    data = {"month": [0, 12, 24, 36], "at_risk": [900, 644, 417, 182], "free": [1.0, 0.71, 0.55, 0.4]}
    return table(data, {"month": "key", "at_risk": "at risk", "free": "model"}, counts=[900], smallest_group=182)


def weighted_counts_of_all():
    """Weighted counts on everybody who was asked."""
    data = {"form": ["labour", "marriage"], "weighted": [41_200.0, 17_850.0]}
    return table(data, {"form": "key", "weighted": "weighted count of all"}, counts=[5200, 2300])


def coefficients():
    """Coefficients of a regression."""
    data = {"term": ["age", "sex", "debt"], "estimate": [0.31, -0.2, 1.1], "std_error": [0.1, 0.1, 0.3]}
    return table(data, {"term": "key", "estimate": "model", "std_error": "model"}, counts=[300], smallest_group=61)


def criteria_of_models():
    """AIC and BIC of five models."""
    models = ["[1,2,3]", "[12,3]", "[13,2]", "[12,13]", "[12,13,23]"]
    data = {
        "model": models,
        "aic": [61.2, 58.0, 60.9, 57.7, 59.1],
        "bic": [70, 68, 71, 69, 72],
        "parameters": [4, 5, 5, 6, 7],
    }
    roles = {
        "model": "mark",
        "aic": "model",
        "bic": "model",
        "parameters": col.count("Parameters", "parameters", of="nobody"),
    }
    return table(data, roles, counts=[810], smallest_group=23)


def depths_of_trees():
    """Depths of trees are small whole numbers, and nobody's."""
    data = {"tree": [1, 2, 3, 4, 5], "depth": [3, 4, 3, 2, 4], "leaves": [5, 7, 6, 4, 8]}
    return table(data, {"tree": "key", "depth": "model", "leaves": "model"}, counts=[1200], smallest_group=140)


def shares_of_triads():
    """Shares of triads in invented graphs."""
    data = {
        "triad": ["003", "012", "102", "300"],
        "observed": [0.812, 0.121, 0.052, 0.015],
        "expected": [0.82, 0.12, 0.05, 0.01],
    }
    return table(data, {"triad": "key", "observed": "model", "expected": "model"}, counts=[160])


def mixing_of_chains():
    """R-hat and effective draws."""
    data = {"parameter": ["alpha", "beta"], "rhat": [1.0, 1.01], "ess": [412, 398], "chains": [4, 4]}
    roles = {"parameter": "key", "rhat": "model", "ess": "model", "chains": "count of nobody"}
    return table(data, roles, counts=[640], smallest_group=70)


def ranks_of_countries():
    """Ranks from one to ten."""
    data = {"rank": range(1, 11), "country": list("ABCDEFGHIJ"), "victims": range(900, 400, -50)}
    return table(data, {"rank": "key", "country": "place", "victims": "count"})


def ranks_as_figures():
    """Ranks of terms by importance."""
    data = {"term": ["debt", "age", "road", "family"], "rank": [1, 2, 3, 4], "importance": [0.41, 0.3, 0.19, 0.1]}
    return table(data, {"term": "key", "rank": "model", "importance": "model"}, counts=[870], smallest_group=120)


def simulated_coverage():
    """Coverage by simulation."""
    data = {"people": [100, 500, 1000], "coverage": [0.93, 0.95, 0.95], "bias": [0.02, 0.0, 0.0]}
    return table(
        data, {"people": col.key("People in the simulation"), "coverage": "model", "bias": "model"}, counts=[1000]
    )


def money_of_many():
    """The profit of hundreds."""
    data = {"region": ["a", "b"], "earners": [240, 190], "profit": [8_120_000.0, 6_600_000.0]}
    return table(data, {"region": "place", "earners": "count", "profit": "money of earners"})


def money_with_even_contributions():
    """Twenty people earned much the same."""
    paid = [np.arange(10_000.0, 12_000.0, 100)]
    data = {"region": ["a"], "earners": [20], "profit": [float(paid[0].sum())]}
    return table(data, {"region": "place", "earners": "count", "profit": "money of earners"}, contributions=paid)


def mean_debt():
    """A mean amount of many."""
    data = {"route": ["land", "air"], "people": [310, 122], "debt": [4100.0, 9000.0]}
    return table(data, {"route": "key", "people": "count", "debt": "money of people"})


def costs_by_item():
    """Costs of society in millions."""
    data = {"item": ["health", "police", "lost work"], "cost": [12.1, 4.0, 31.9]}
    return table(data, {"item": "key", "cost": col.money("Cost", "million euros of 2022")}, counts=[4300])


def definitions():
    """A code list with its words."""
    data = {
        "code": ["LAB", "SEX"],
        "meaning": ["Exploitation for labour", "Exploitation for sex"],
        "victims": [210, 311],
    }
    return table(data, {"code": "key", "meaning": "text", "victims": "count"})


def days_of_registration():
    """Months as dates with large counts."""
    months = pd.date_range("2021-01-01", periods=6, freq="MS")
    return table({"month": months, "victims": [61, 55, 70, 82, 64, 59]}, {"month": "date", "victims": "count"})


def months_as_words():
    """Months as words."""
    data = {"month": ["2021-01", "2021-02", "2021-03"], "calls": [610, 455, 702]}
    return table(data, {"month": "date", "calls": "count of cases"})


def rates_of_a_population():
    """Prevalence per thousand with its base."""
    data = {"country": ["A", "B"], "people": [1_400_000, 900_000], "victims": [7000, 5200]}
    return table(data, {"country": "place", "people": "count", "victims": "count"})


def correlations():
    """A matrix of correlations."""
    data = {"": ["age", "debt", "months"], "age": [1.0, 0.2, 0.1], "debt": [0.2, 1.0, 0.4], "months": [0.1, 0.4, 1.0]}
    return table(data, {"": "key", "*": "model"}, counts=[640], smallest_group=640)


def pairs_of_lists():
    """Overlaps of lists, all large."""
    data = {"first": ["police", "police", "charity"], "second": ["charity", "court", "court"], "both": [31, 25, 20]}
    return table(data, {"first": "key", "second": "key", "both": "count"})


def patterns_of_lists():
    """Patterns of three lists, all large."""
    lists = {"police": [1, 1, 0, 1, 1, 0, 0], "charity": [1, 1, 1, 0, 0, 1, 0], "court": [1, 0, 1, 1, 0, 0, 1]}
    data = {**lists, "people": [11, 17, 9, 14, 60, 52, 47]}
    return table(data, {"police": "key", "charity": "key", "court": "key", "people": "count"})


def the_same_as_before():
    """Nothing changed since the last release."""
    roles = {"region": "key", "victims": "count"}
    data = {"region": ["north", "south"], "victims": [120, 41]}
    return Asked((table(data, roles),), earlier=(table(data, roles, name="before"),))


def three_outputs_of_a_study():
    """A table, its figure and its model."""
    roles = {"form": "key", "victims": "count"}
    data = {"form": ["labour", "sexual"], "victims": [96, 144]}
    model = {"term": ["form"], "estimate": [0.4], "std_error": [0.1]}
    fit = table(
        model, {"term": "key", "estimate": "model", "std_error": "model"}, name="fit", counts=[240], smallest_group=96
    )
    return [table(data, roles), figure(data, roles, beside=picture(data["form"], data["victims"])), fit]


def forest_of_estimates():
    """Estimates with limits, drawn."""
    data = {"term": ["age", "debt"], "estimate": [0.2, 0.9], "ci_low": [0.1, 0.4], "ci_high": [0.3, 1.4]}
    return figure(data, {"term": "key", **col.limits()}, counts=[410], smallest_group=77)


def map_of_regions():
    """A map by region."""
    data = {"region": ["North-East", "Centre", "South"], "rate": [3.1, 4.4, 2.0], "victims": [210, 340, 96]}
    return figure(data, {"region": "place", "rate": "model", "victims": "count"})


def histogram():
    """A histogram of ages with large bars."""
    data = {"from": [10, 20, 30, 40], "to": [20, 30, 40, 50], "people": [88, 210, 133, 40]}
    return figure(data, {"from": "key", "to": "key", "people": "count"})


def density_of_draws():
    """A posterior density on a grid."""
    grid = np.linspace(1000, 9000, 200)
    density = np.exp(-(((grid - 4000) / 900) ** 2))
    return figure(
        {"population": grid, "density": density},
        {"population": "key", "density": "model"},
        counts=[812],
        smallest_group=31,
    )


def file_of_counts():
    """A file with large counts."""
    return file("region,victims\nnorth,120\nsouth,41\n", {"region": "key", "victims": "count"})


def descriptives_by_row():
    """Mean and deviation by row."""
    rows = {"mean": col.statistic("Mean age", "years"), "deviation": col.statistic("Spread", "years", kind="spread")}
    data = {"what": ["mean", "deviation"], "age": [24.1, 6.0]}
    return table(data, {"what": "key", "age": col.by_row("what", rows)}, counts=[420])


def victimes_par_region():
    """Headings in French."""
    return table({"région": ["nord", "sud"], "victimes": [45, 62]}, {"région": "place", "victimes": "count"})


def victims_in_russian():
    """Headings in Russian."""
    return table({"регион": ["север", "юг"], "пострадавшие": [45, 81]}, {"регион": "place", "пострадавшие": "count"})


def series_of_counts():
    """A series of large counts."""
    victims = pd.Series([71, 22], index=pd.Index(["labour", "begging"], name="form"), name="victims")
    return Output("series", "table", "restricted", content=victims, roles={"form": "key", "victims": "count"})


def columns_of_two_levels():
    """Columns of two levels read as words in a row."""
    columns = pd.MultiIndex.from_product([["women", "men"], ["2020", "2021"]])
    frame = pd.DataFrame([[61, 70, 22, 31]], index=pd.Index(["north"], name="region"), columns=columns)
    roles = {"region": "place", "women *": "count", "men *": "count"}
    return Output("wide", "table", "restricted", content=frame, roles=roles)


def balance_before_and_after():
    """Standardised differences."""
    data = {"covariate": ["age", "sex"], "before": [0.41, 0.2], "after": [0.03, 0.01]}
    return table(data, {"covariate": "key", "before": "model", "after": "model"}, counts=[540], smallest_group=210)


def weights_in_summary():
    """Effective sample sizes of weights."""
    data = {"arm": ["a", "b"], "people": [210, 330], "effective": [180.4, 301.2]}
    return table(data, {"arm": "key", "people": "count", "effective": "model"})


def heterogeneity_of_studies():
    """I-squared, tau and Q of seven studies."""
    data = {"figure": ["Q", "df", "I2", "tau"], "value": [14.1, 6, 0.57, 0.2]}
    return table(data, {"figure": "key", "value": "model"}, counts=[5200], smallest_group=310)


def themes_of_interviews():
    """How many spoke of a theme."""
    data = {"theme": ["debt", "family", "police"], "people": [31, 44, 12]}
    return table(data, {"theme": "key", "people": "count"})


def power_of_a_trial():
    """Power by number of clusters."""
    data = {"clusters": [4, 8, 16], "power": [0.31, 0.6, 0.87]}
    return table(data, {"clusters": col.count("Clusters", "clusters", of="nobody"), "power": "model"}, counts=[600])


def hyperparameters():
    """Settings of a machine."""
    data = {"setting": ["depth", "trees", "rate"], "value": [3, 500, 0.05]}
    return table(data, {"setting": "key", "value": "model"}, counts=[2100], smallest_group=300)


def periods_as_keys():
    """Periods and waves."""
    data = {"wave": [1, 2, 3], "period": ["2015-2016", "2017-2018", "2019-2020"], "people": [310, 290, 305]}
    return table(data, {"wave": "key", "period": "date", "people": "count"})


def counts_rounded_to_five():
    """Counts rounded to multiples of five, none below."""
    return table({"form": ["labour", "sexual", "other"], "people": [95, 140, 10]}, {"form": "key", "people": "count"})


def seven_under_the_usual_policy():
    """Seven meet the threshold of five."""
    return table({"region": ["north", "south"], "victims": [120, 7]}, {"region": "key", "victims": "count"})


def dose_and_response():
    """Predicted chances along a grid of ages."""
    data = {"age": range(15, 60), "chance": np.linspace(0.6, 0.2, 45)}
    return table(data, {"age": "key", "chance": "model"}, counts=[45 * 30], smallest_group=400)


def times_of_a_computation():
    """Seconds that a machine took."""
    data = {"step": ["read", "fit", "draw"], "seconds": [1, 4, 2]}
    return table(data, {"step": "key", "seconds": "model"}, counts=[800])
