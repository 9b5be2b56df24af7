"""Tables, pictures and files that a researcher honestly needs and that expose nobody.

The rules were written with these in sight.
"""

import numpy as np
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import Asked, figure, file, picture, table

from ctresearch.core import meaning as col
from ctresearch.privacy import Policy


def exactly_five():
    """Five meet the threshold of five."""
    return table({"region": ["north", "south"], "victims": [120, 5]}, {"region": "key", "victims": "count"})


def zeros_where_the_policy_lets_them():
    """Nobody in a cell is no disclosure under the usual policy."""
    return table({"form": ["labour", "organs"], "victims": [120, 0]}, {"form": "key", "victims": "count"})


def years_as_keys():
    """The year is declared a key."""
    return table({"year": [2019, 2020, 2021], "victims": [140, 97, 133]}, {"year": "key", "victims": "count"})


def years_in_columns():
    """A year a column, by a pattern."""
    data = {"province": ["a", "b"], "2019": [31, 44], "2020": [28, 40], "2021": [36, 51]}
    return table(data, {"province": "place", "20*": "count"})


def bands_of_age():
    """Bands of age name the rows."""
    data = {"age": ["0-8", "9-17", "18-26", "27-38", "39+"], "people": [12, 88, 310, 205, 61]}
    return table(data, {"age": "key", "people": "count"})


def two_levels_of_an_index():
    """Region and sex as levels."""
    data = {"region": ["n", "n", "s", "s"], "sex": ["f", "m", "f", "m"], "people": [61, 22, 48, 12]}
    return table(data, {"region": "key", "sex": "key", "people": "count"}, index=["region", "sex"])


def cross_table_with_totals():
    """Nothing is masked, so totals undo nothing."""
    data = {"form": ["labour", "sexual", "total"], "women": [44, 171, 215], "men": [130, 12, 142]}
    return table(data, {"form": "key", "women": "count", "men": "count"})


def countries_of_origin():
    """Countries name the rows."""
    data = {"country": ["Moldova", "Ukraine", "Philippines", "Nigeria"], "victims": [340, 510, 275, 198]}
    return table(data, {"country": "place", "victims": "count"})


def number_of_clusters():
    """Four clusters are nobody."""
    roles = {"arm": "key", "clusters": "count of nobody", "people": "count"}
    return table({"arm": ["control", "campaign"], "clusters": [4, 4], "people": [310, 298]}, roles)


def laws_by_year():
    """Laws are nobody."""
    roles = {"year": "date", "laws": col.count("Laws adopted", "laws", of="nobody")}
    return table({"year": [2001, 2002, 2003], "laws": [1, 0, 3]}, roles, counts=[900])


def shares_of_many():
    """A quarter of 120 is thirty."""
    data = {"region": ["north", "south"], "victims": [120, 200], "children": [0.25, 0.4]}
    return table(data, {"region": "key", "victims": "count", "children": "share of victims"})


def small_shares_of_thousands():
    """One in a hundred of 9,000 is ninety."""
    data = {"region": ["north", "south"], "people": [9000, 12000], "ransom": [0.01, 0.02]}
    return table(data, {"region": "key", "people": "count", "ransom": "share of people"})


def shares_with_limits():
    """A share with the limits that a model gives."""
    roles = {"form": "key", "share": "share of all", "low": col.model("Lower limit"), "high": col.model("Upper limit")}
    data = {"form": ["labour", "sexual"], "share": [0.45, 0.55], "low": [0.41, 0.51], "high": [0.49, 0.59]}
    return table(data, roles, counts=[600])


def shares_by_year():
    """Shares of years with large bases."""
    data = {"year": [2019, 2020, 2021], "people": [810, 640, 905], "online": [0.21, 0.44, 0.52]}
    return table(data, {"year": "date", "people": "count", "online": "share of people"})


def mean_of_everybody():
    """The base is everybody."""
    return table({"what": ["age", "months"], "mean": [24.2, 31.5]}, {"what": "key", "mean": "mean"}, counts=[420])


def quartiles():
    """Quartiles of four hundred."""
    data = {"quantile": [0.25, 0.5, 0.75], "age": [18.0, 24.0, 33.0]}
    return table(data, {"quantile": "key", "age": "quantile of all"}, counts=[400])


def small_means():
    """A mean of 2.1 children is no count."""
    data = {"region": ["north", "south"], "people": [140, 161], "children": [2.1, 1.4]}
    return table(data, {"region": "key", "people": "count", "children": "mean of people"})


def weighted_counts():
    """Weighted counts beside those who were asked."""
    data = {"region": ["north", "south"], "asked": [120, 41], "weighted": [2310.4, 807.9]}
    return table(data, {"region": "key", "asked": "count", "weighted": "weighted count of asked"})


def coefficients_with_limits():
    """Odds ratios with limits and p-values."""
    roles = {"term": "key", "odds ratio": "model", "lower": "model", "upper": "model", "p": "model"}
    data = {
        "term": ["age", "sex"],
        "odds ratio": [1.2, 0.8],
        "lower": [1.0, 0.6],
        "upper": [1.4, 1.1],
        "p": [0.03, 0.2],
    }
    return table(data, roles, counts=[310], smallest_group=88)


def degrees_of_freedom():
    """Three degrees of freedom are nobody."""
    data = {"test": ["sex", "region"], "chi2": [4.1, 9.2], "df": [1, 3], "p": [0.04, 0.03]}
    return table(data, {"test": "key", "chi2": "model", "df": "model", "p": "model"}, counts=[310], smallest_group=88)


def formulas_as_keys():
    """A formula names a row."""
    data = {"formula": ["y ~ x", "y ~ x + z", "y ~ x * z"], "aic": [410.2, 399.1, 400.3]}
    return table(data, {"formula": "key", "aic": "model"}, counts=[290], smallest_group=70)


def converged_after_four_iterations():
    """A sentence about a machine."""
    data = {"model": ["a", "b"], "status": ["Converged after 4 iterations.", "Converged after 3 iterations."]}
    return table(data, {"model": "key", "status": "text"}, counts=[310], smallest_group=40)


def folds():
    """Error of five folds."""
    data = {"fold": [1, 2, 3, 4, 5], "brier": [0.21, 0.19, 0.22, 0.2, 0.21]}
    return table(data, {"fold": "key", "brier": "model"}, counts=[500], smallest_group=100)


def calibration():
    """Groups of a hundred by predicted chance."""
    data = {
        "tenth": [1, 2, 3],
        "people": [100, 100, 100],
        "predicted": [0.11, 0.32, 0.61],
        "observed": [0.1, 0.35, 0.6],
    }
    return table(data, {"tenth": "key", "people": "count", "predicted": "model", "observed": "share of people"})


def draws_of_a_bootstrap():
    """Two thousand draws of an estimate."""
    draws = 4000 + 300 * invented.numbers(2000)
    return table(
        {"draw": range(1, 2001), "population": draws},
        {"draw": "key", "population": "model"},
        counts=[812],
        smallest_group=40,
    )


def estimates_of_a_population():
    """An estimated population of a few thousand."""
    data = {"term": ["population"], "estimate": [3120.0], "ci_low": [2640.0], "ci_high": [3890.0]}
    return table(data, {"term": "key", **col.limits("People", "persons")}, counts=[812], smallest_group=31)


def costs_with_limits():
    """Costs of a model."""
    roles = {"item": "key", "low": "model", "high": "model", "cost": "model"}
    return table({"item": ["health", "police"], "low": [2, 1], "high": [5, 4], "cost": [3, 2]}, roles, counts=[4300])


def statuses():
    """Statuses that a method gives."""
    data = {"check": ["overlap", "fit", "mixing"], "status": ["pass", "review", "pass"]}
    return table(data, {"check": "key", "status": "mark"}, counts=[500])


def yes_and_no():
    """Marks that are true or false."""
    data = {"model": ["a", "b", "c"], "converged": [True, True, False], "aic": [310.1, 311.0, 320.4]}
    return table(data, {"model": "key", "converged": "mark", "aic": "model"}, counts=[500], smallest_group=60)


def notes_of_a_method():
    """Notes that a method writes."""
    data = {
        "step": ["fit", "select"],
        "note": ["Two terms were dropped by the criterion.", "The best of 8 models was kept."],
    }
    return table(data, {"step": "key", "note": "text"}, counts=[700])


def sources():
    """Sources with their years."""
    data = {"source": ["UNODC (2022)", "ILO (2017)"], "year": [2022, 2017], "victims": [51_000, 24_900_000]}
    return table(data, {"source": "key", "year": "date", "victims": "count"})


def rates():
    """Rates per 100,000 of a population of millions."""
    roles = {"country": "place", "victims": "count", "rate": col.model("Rate", "persons per 100,000")}
    return table({"country": ["A", "B"], "victims": [340, 510], "rate": [3.0, 4.2]}, roles)


def transitions():
    """Chances to go from one state to another."""
    data = {"from": ["seen", "helped"], "seen": [0.4, 0.1], "helped": [0.6, 0.9]}
    return table(data, {"from": "key", "seen": "model", "helped": "model"}, counts=[900], smallest_group=120)


def flows_between_countries():
    """Countries on both sides, and many people a row."""
    data = {"from": ["MD", "MD", "UA", "NG"], "to": ["IT", "RU", "PL", "IT"], "people": [310, 206, 415, 122]}
    return table(data, {"from": "place", "to": "place", "people": "count"})


def patterns_and_sizes():
    """Patterns with the sizes of the lists, all large."""
    patterns = {"police": [1, 0, 1], "charity": [0, 1, 1], "people": [60, 40, 33]}
    sizes = {"list": ["police", "charity"], "people": [93, 73]}
    roles = {"police": "key", "charity": "key", "people": "count"}
    return [table(patterns, roles, name="patterns"), table(sizes, {"list": "key", "people": "count"}, name="lists")]


def two_tables_that_differ_by_many():
    """The difference is forty people."""
    roles = {"region": "key", "victims": "count"}
    everybody = table({"region": ["north", "south"], "victims": [160, 91]}, roles, name="everybody")
    return [everybody, table({"region": ["north", "south"], "victims": [120, 41]}, roles, name="adults")]


def two_tables_of_other_things():
    """By region and by sex: nothing to subtract."""
    first = table(
        {"region": ["north", "south"], "victims": [120, 41]}, {"region": "key", "victims": "count"}, name="region"
    )
    return [first, table({"sex": ["f", "m"], "victims": [100, 61]}, {"sex": "key", "victims": "count"}, name="sex")]


def two_tables_with_chance_neighbours():
    """Numbers of two different things that happen to lie close."""
    origin = {"origin": ["Moldova", "Ukraine"], "victims": [122, 90]}
    year = {"year": [2019, 2020], "victims": [121, 91]}
    first = table(origin, {"origin": "place", "victims": "count"}, name="origin")
    return [first, table(year, {"year": "date", "victims": "count"}, name="year")]


def a_year_later():
    """Since the last release many were added."""
    roles = {"region": "key", "victims": "count"}
    now = table({"region": ["north", "south"], "victims": [171, 80]}, roles)
    return Asked((now,), earlier=(table({"region": ["north", "south"], "victims": [120, 41]}, roles, name="before"),))


def a_new_year_beside_an_old_one():
    """The earlier table is of another year, and says so."""
    roles = {"year": "date", "victims": "count"}
    now = table({"year": [2021], "victims": [133]}, roles)
    return Asked((now,), earlier=(table({"year": [2020], "victims": [131]}, roles, name="before"),))


def bars():
    """Bars of many people."""
    return figure({"form": ["labour", "sexual"], "victims": [96, 144]}, {"form": "key", "victims": "count"})


def bars_with_a_title():
    """A title and a note that name nobody."""
    data, roles = {"form": ["labour", "sexual"], "victims": [96, 144]}, {"form": "key", "victims": "count"}
    drawn = picture(data["form"], data["victims"], title="Victims by form, 2021", note="Source: hotline")
    return figure(data, roles, beside=drawn)


def curve_at_even_times():
    """A survival curve of nine hundred, month by month."""
    data = {"month": range(37), "free": np.linspace(1, 0.4, 37)}
    return figure(data, {"month": "key", "free": "model"}, counts=[900], smallest_group=180)


def traces_of_chains():
    """Traces of four chains."""
    data = {"draw": range(500), **{f"chain {i}": invented.numbers(500, i) for i in range(4)}}
    return figure(data, {"draw": "key", "chain *": "model"}, counts=[812], smallest_group=31)


def sentence_in_a_file():
    """A report that names nobody."""
    return file("Of the 610 people interviewed, 340 had been in debt when they left.", counts=[610, 340])


def rows_of_a_long_table():
    """People, ratios and criteria in one column, each with its meaning."""
    measure = col.by_row("measure", {"people": col.count("People"), "*": col.model("Figure")})
    data = {"measure": ["people", "odds ratio", "df", "aic"], "value": [310, 1.42, 3, 310.2]}
    return table(data, {"measure": "key", "value": measure}, counts=[310], smallest_group=80)


def victims_in_thai():
    """Headings in Thai."""
    return table({"จังหวัด": ["ก", "ข"], "ผู้เสียหาย": [210, 64]}, {"จังหวัด": "place", "ผู้เสียหาย": "count"})


def victims_in_spanish_with_shares():
    """Headings in Spanish."""
    data = {"año": [2020, 2021], "víctimas": [310, 295], "menores": [0.2, 0.18]}
    return table(data, {"año": "date", "víctimas": "count", "menores": "share of víctimas"})


def victims_in_arabic():
    """Headings in Arabic."""
    return table({"المنطقة": ["شمال", "جنوب"], "ضحايا": [64, 83]}, {"المنطقة": "place", "ضحايا": "count"})


def counts_as_text_with_separators():
    """Large counts as text."""
    return table({"sex": ["f", "m"], "people": ["8,812", "3,020"]}, {"sex": "key", "people": "count"})


def counts_as_floats():
    """Large counts as floats."""
    return table({"sex": ["f", "m"], "people": [88.0, 41.0]}, {"sex": "key", "people": "count"})


def one_row_for_everybody():
    """One number."""
    return table({"people": [412]}, {"people": "count"})


def flow_of_a_sample():
    """How many were left after each step, each step loses many."""
    data = {"step": ["asked", "answered", "complete"], "people": [910, 702, 640]}
    return table(data, {"step": "key", "people": "count"})


def stages_of_referral():
    """A cascade of many."""
    data = {"stage": ["seen", "referred", "helped"], "people": [800, 540, 310], "share": [1.0, 0.675, 0.3875]}
    return table(data, {"stage": "key", "people": "count", "share": col.share("Share of all seen")}, counts=[800])


def weights_of_studies():
    """Weights of studies in a pooled estimate."""
    data = {
        "study": ["Zimmerman 2015", "Kiss 2015", "Pocock 2016"],
        "weight": [0.4, 0.35, 0.25],
        "people": [1102, 1015, 446],
    }
    return table(data, {"study": "key", "weight": "model", "people": "count"})


def agreement_of_coders():
    """Two coders and a kappa."""
    roles = {"code": "key", "kappa": "model", "coders": "count of nobody", "texts": "count of nobody"}
    return table(
        {"code": ["debt", "fear"], "kappa": [0.81, 0.7], "coders": [2, 2], "texts": [44, 31]}, roles, counts=[120]
    )


def confusion_by_rate():
    """Sensitivity and specificity."""
    data = {"cut": [0.2, 0.5], "sensitivity": [0.9, 0.6], "specificity": [0.5, 0.9]}
    return table(data, {"cut": "key", "sensitivity": "model", "specificity": "model"}, counts=[900], smallest_group=140)


def shares_with_a_remainder_of_many():
    """What is left of the shares is sixty people."""
    data = {"form": ["labour", "sexual"], "share": [0.5, 0.4]}
    return table(data, {"form": "key", "share": "share of all"}, counts=[600])


def small_effects_near_whole_numbers():
    """Estimates that are 1, 2 and 3 by chance."""
    data = {"term": ["a", "b", "c"], "estimate": [1.0, 2.0, 3.0], "std_error": [0.5, 0.5, 0.5]}
    return table(data, {"term": "key", "estimate": "model", "std_error": "model"}, counts=[350], smallest_group=50)


def twelve_under_a_threshold_of_ten():
    """Twelve meet an owner's ten."""
    shown = table({"region": ["north", "south"], "victims": [120, 12]}, {"region": "key", "victims": "count"})
    return Asked((shown,), policy=Policy(aggregate_threshold=10, owner="a police force"))


def importance_of_columns():
    """Importance of columns in a model."""
    data = {"column": ["debt", "age", "schooling"], "importance": [0.5, 0.3, 0.2]}
    return table(data, {"column": "key", "importance": "model"}, counts=[1500], smallest_group=230)


def versions():
    """Versions of packages."""
    data = {"package": ["numpy", "pandas"], "version": ["2.3.1", "3.0.0"]}
    return table(data, {"package": "key", "version": "mark"}, counts=[800])
