"""Outputs with declared roles that expose somebody, or whose declaration lies: none may pass.

These were held back while the rules were written.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import Asked, estimate, figure, file, picture, table

from ctresearch.causes import PrevalenceRatio
from ctresearch.core import Result
from ctresearch.core import meaning as col
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
)
from ctresearch.privacy import Output, Policy


def few_in_a_nested_index():
    """The small cell stands under two levels of an index."""
    data = {"region": ["n", "n", "s", "s"], "sex": ["f", "m", "f", "m"], "people": [61, 22, 48, 2]}
    return table(data, {"region": "key", "sex": "key", "people": "count"}, index=["region", "sex"])


def few_in_a_wide_table():
    """One column a year, declared by a pattern, and four people in one of them."""
    data = {"province": ["a", "b"], "2019": [31, 44], "2020": [28, 4], "2021": [36, 51]}
    return table(data, {"province": "place", "20*": "count"})


def few_in_a_series():
    """A series is a table of one column."""
    victims = pd.Series([71, 2], index=pd.Index(["labour", "begging"], name="form"), name="victims")
    return Output("series", "table", "restricted", content=victims, roles={"form": "key", "victims": "count"})


def few_households():
    """A household of two is as easily found as a person."""
    data = {"district": ["a", "b"], "households": [31, 2]}
    return table(data, {"district": "place", "households": "count of households"})


def few_cases():
    """Three court cases of a district are known to everybody there."""
    data = {"court": ["west", "east"], "cases": [64, 3]}
    return table(data, {"court": "place", "cases": "count of cases"})


def few_groups():
    """Two groups of offenders in a town are two known groups."""
    data = {"town": ["a", "b"], "groups": [17, 2]}
    return table(data, {"town": "place", "groups": col.count("Groups", "groups", of="group")})


def few_as_floats():
    """Missing values elsewhere made floats of the counts."""
    data = {"sex": ["f", "m", "other"], "people": [88.0, 41.0, 3.0]}
    return table(data, {"sex": "key", "people": "count"})


def few_as_text():
    """Numbers read from a spreadsheet as text are numbers still."""
    return table({"sex": ["f", "m"], "people": ["88", "3"]}, {"sex": "key", "people": "count"})


def few_in_french():
    """Headings in French."""
    return table({"région": ["nord", "sud"], "victimes": [45, 2]}, {"région": "key", "victimes": "count"})


def few_in_thai():
    """Headings in Thai."""
    return table({"จังหวัด": ["ก", "ข"], "ผู้เสียหาย": [210, 4]}, {"จังหวัด": "place", "ผู้เสียหาย": "count"})


def share_that_leaves_one_over():
    """All but one are adults, so one child is shown."""
    data = {"region": ["north", "south"], "people": [125, 400], "adults": [0.992, 0.71]}
    return table(data, {"region": "key", "people": "count", "adults": "share of people"})


def percentage_of_three():
    """Written from 0 to 100, 2.5 of 120 is three."""
    roles = {"region": "key", "people": "count", "deaf": col.share("Deaf", "people", unit="percent")}
    return table({"region": ["north", "south"], "people": [120, 400], "deaf": [2.5, 7.0]}, roles)


def share_of_a_small_base():
    """Half of four is two, whatever is rounded."""
    data = {"camp": ["x", "y"], "people": [4, 60], "children": [0.5, 0.5]}
    return table(data, {"camp": "place", "people": "count", "children": "share of people"})


def everybody_has_it():
    """A share of one says of each of fourteen people that they are infected."""
    data = {"village": ["a", "b"], "people": [14, 61], "hiv": [1.0, 0.4]}
    return table(data, {"village": "place", "people": "count", "hiv": "share of people"})


def mean_of_two():
    """Whoever is one of two knows the other from their mean."""
    data = {"road": ["a", "b"], "people": [300, 2], "debt": [4100.0, 9000.0]}
    return table(data, {"road": "key", "people": "count", "debt": "mean of people"})


def uppermost_percentile_of_forty():
    """The 99th percentile of forty people is the oldest of them."""
    data = {"quantile": [0.5, 0.9, 0.99], "age": [24.0, 41.0, 67.0]}
    return table(data, {"quantile": "key", "age": "quantile of all"}, counts=[40])


def longest():
    """The longest exploitation is one person's."""
    data = {"form": ["labour", "sexual"], "people": [210, 144], "months": [131, 240]}
    return table(data, {"form": "key", "people": "count", "months": "greatest of people"})


def range_beside_a_mean():
    """A usual table of descriptives with the least and the greatest in it."""
    roles = {"variable": "key", "mean": "mean", "sd": "spread", "min": "least", "max": "greatest"}
    data = {"variable": ["age", "months"], "mean": [24.3, 31.0], "sd": [6.1, 20.2], "min": [9, 1], "max": [71, 180]}
    return table(data, roles, counts=[420])


def result_as_a_dictionary():
    """A result that was written out, with its smallest group beside it."""
    result = Result(declaration=invented.EFFECT, method="A difference of arms", estimates=invented.effect(), n=400)
    return estimate(result.to_dict(), smallest_group=1)


def level_of_a_factor_with_two_people():
    """A prevalence ratio for a citizenship that two people have."""
    people = invented.people(400).assign(citizen=["x"] * 250 + ["y"] * 148 + ["z"] * 2)
    return estimate(PrevalenceRatio(outcome="event", covariates=["citizen"]).fit(people))


def overlap_of_two_lists_by_three():
    """The estimate of two lists gives their overlap away, which is three people."""
    lists = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 3]})
    return estimate(Chapman().fit(CaptureHistories.from_counts(lists)))


def fitted_and_residual():
    """Eighty rows for eighty people: fitted and residual give each outcome."""
    fitted = invented.numbers(80)
    roles = {"fitted": "model", "residual": "model"}
    return table({"fitted": fitted, "residual": invented.numbers(80, 2) - fitted}, roles, counts=[80])


def propensity_of_everyone():
    """A propensity a row is a row a person."""
    return table(
        {"row": range(1, 241), "propensity": invented.numbers(240)}, {"row": "key", "propensity": "model"}, counts=[240]
    )


def influence_of_everyone():
    """Cook's distance of each of sixty people, the largest first."""
    data = {"rank": range(1, 61), "distance": sorted(invented.numbers(60), reverse=True)}
    return table(data, {"rank": "key", "distance": "model"}, counts=[60])


def keys_that_number_people():
    """What numbers the rows numbers people, whatever it is called."""
    data = {"respondent": range(1, 31), "age_band": ["18-24", "25-34", "35+"] * 10, "sex": ["f", "m"] * 15}
    return table(data, {"respondent": "key", "age_band": "key", "sex": "key"}, counts=[30])


def contributions_to_one_prediction():
    """Contributions of every column to the score of each person."""
    data = {"age": invented.numbers(90), "debt": invented.numbers(90, 3), "score": invented.numbers(90, 4)}
    return table(data, {"*": "model"}, counts=[90])


def protected_person():
    """A row may be a witness."""
    data = {"role": ["recruiter", "witness"], "who": ["R1", "W1"], "degree": [0.4, 0.1]}
    return table(data, {"role": "key", "who": col.actor("Who", protected=True), "degree": "model"}, counts=[40])


def border_crossing():
    """Where people are taken across a border tells others where to cross."""
    data = {"crossing": ["Ruta 9, km 14, old mill"], "people": [64]}
    return table(data, {"crossing": "operational detail", "people": "count"})


def time_of_raids():
    """When inspectors come helps whoever hides from them."""
    data = {"hour": [5, 6, 7], "raids": [31, 44, 12]}
    roles = {"hour": "operational detail", "raids": col.count("Raids", "raids", of="nobody")}
    return table(data, roles, counts=[87])


def flagged_as_operational():
    """The researcher says that it would help an offender."""
    data = {"method": ["forged visa", "hidden in a lorry"], "people": [51, 70]}
    return table(data, {"method": "key", "people": "count"}, operational_detail=True)


def names_in_a_key():
    """First and family names name the rows."""
    data = {"contact": ["Maria Popescu", "Ion Rusu", "Elena Ceban"], "people": [12, 31, 9]}
    return table(data, {"contact": "key", "people": "count"})


def telephone_in_a_mark():
    """A telephone number of an advert."""
    data = {"advert": ["+373 69 123 456", "+40 721 555 013"], "people": [12, 31]}
    return table(data, {"advert": "mark", "people": "count"})


def coordinates_of_a_house():
    """Five digits behind the point lead to a door."""
    data = {"where": ["47.02581, 28.83264", "46.11977, 27.66302"], "people": [12, 31]}
    return table(data, {"where": "place", "people": "count"})


def ties_between_members():
    """An edge list names two members a row."""
    data = {"from": ["A1", "A1", "B7", "C2", "C9"], "to": ["B7", "C2", "C9", "C9", "A1"], "calls": [7, 9, 12, 30, 6]}
    roles = {"from": "actor", "to": "actor", "calls": col.count("Calls", "calls", of="nobody")}
    return table(data, roles, counts=[40])


def matrix_of_ties():
    """A matrix of who knows whom has a row and a column for each member."""
    names = ["Zmei", "Lupu", "Baba", "Toto"]
    data = {"member": names, **{name: [0, 1, 1, 0] for name in names}}
    return table(data, {"member": "key", "*": "model"}, counts=[4])


def mask_undone_by_another_table():
    """One table masks the south, the other gives everybody."""
    masked = table({"region": ["north", "south"], "victims": [120, np.nan]}, {"region": "key", "victims": "count"})
    whole = {"region": ["north", "south"], "women": [80, 1], "men": [40, 2]}
    roles = {"region": "key", "women": "count", "men": "count"}
    return [masked, table(whole, roles, name="by sex")]


def mask_as_words_beside_a_total():
    """The mask is written as a word, the total undoes it."""
    data = {"form": ["labour", "organs", "total"], "victims": ["96", "<5", "98"]}
    return table(data, {"form": "key", "victims": "count"})


def mask_undone_by_a_mean():
    """A sum over a mean is a number of people: 27,000 over 9,000."""
    data = {"town": ["a", "b"], "people": [40, np.nan], "paid": [200_000, 27_000], "mean_paid": [5000, 9000]}
    roles = {"town": "place", "people": "count", "paid": "money of people", "mean_paid": "mean of people"}
    return table(data, roles)


def difference_with_an_earlier_release():
    """Since the last release one person was added in the south."""
    roles = {"region": "key", "victims": "count"}
    now = table({"region": ["north", "south"], "victims": [120, 42]}, roles)
    before = table({"region": ["north", "south"], "victims": [120, 41]}, roles, name="last year")
    return Asked((now,), earlier=(before,))


def difference_under_an_index():
    """The same with labels in the index, and three people."""
    roles = {"age": "key", "people": "count"}
    ages = ["0-17", "18-29", "30+"]
    now = table({"age": ages, "people": [61, 95, 80]}, roles, index=["age"])
    before = table({"age": ages, "people": [58, 95, 80]}, roles, index=["age"], name="before")
    return Asked((now,), earlier=(before,))


def models_that_differ_by_one_person():
    """The same model with and without one person."""
    one = Result(
        declaration=invented.EFFECT, method="A regression", estimates=invented.effect(0.5), n=200, smallest_group=60
    )
    other = Result(
        declaration=invented.EFFECT, method="A regression", estimates=invented.effect(0.62), n=199, smallest_group=60
    )
    return [estimate(one, name="all"), estimate(other, name="without one")]


def bar_of_three():
    """A bar is a count."""
    return figure({"form": ["labour", "organs"], "victims": [96, 3]}, {"form": "key", "victims": "count"})


def point_a_person():
    """A cloud of points draws everybody."""
    data = {"age": np.round(15 + 20 * invented.numbers(60)), "months": np.round(60 * invented.numbers(60, 2))}
    return figure(data, {"age": "statistic", "months": "statistic"}, counts=[60])


def note_in_a_picture():
    """The data are harmless, the note in the picture is not."""
    data, roles = {"form": ["labour", "sexual"], "victims": [96, 44]}, {"form": "key", "victims": "count"}
    drawn = picture(data["form"], data["victims"], note="2 girls aged 13 from Soroca")
    return figure(data, roles, beside=drawn)


def names_under_the_bars():
    """The data are harmless, the marks under the bars are people."""
    data, roles = {"form": ["labour", "sexual"], "victims": [96, 44]}, {"form": "key", "victims": "count"}
    return figure(data, roles, beside=picture(["Maria Popescu", "Ion Rusu"], [96, 44]))


def drawing_that_cannot_be_read():
    """A drawing in place of a picture's bytes carries its note unread."""
    data, roles = {"form": ["labour", "sexual"], "victims": [96, 44]}, {"form": "key", "victims": "count"}
    drawn = Figure()
    drawn.subplots().set_title("2 girls aged 13 from Soroca")
    return figure(data, roles, beside=drawn)


def file_of_counts():
    """A file is a table too."""
    return file("region,victims\nnorth,120\nsouth,3\n", {"region": "key", "victims": "count"})


def row_of_a_long_table():
    """Rows of one column mean different things, and one of them counts three."""
    measure = col.by_row("measure", {"people": col.count("People"), "*": col.model("Figure")})
    data = {"measure": ["people", "odds ratio", "aic"], "value": [3, 1.42, 310.2]}
    return table(data, {"measure": "key", "value": measure})


def least_as_a_row():
    """One row of descriptives is the youngest person's age."""
    rows = {"mean": col.statistic("Mean age", "years"), "least": col.statistic("Youngest", "years", kind="least")}
    return table(
        {"what": ["mean", "least"], "age": [24.1, 9.0]}, {"what": "key", "age": col.by_row("what", rows)}, counts=[120]
    )


def seven_under_a_threshold_of_ten():
    """The owner asks for ten."""
    shown = table({"region": ["north", "south"], "victims": [120, 7]}, {"region": "key", "victims": "count"})
    return Asked((shown,), policy=Policy(aggregate_threshold=10, owner="a police force"))


def counts_called_a_model_with_a_total_below():
    """The last row is the total of the others."""
    data = {"form": ["labour", "begging", "organs", "total"], "index": [44, 31, 2, 77]}
    return table(data, {"form": "key", "index": "model"}, counts=[77])


def counts_called_means():
    """Whole numbers that add up to everybody are no means."""
    return table(
        {"form": ["labour", "sexual", "organs"], "level": [70, 27, 3]}, {"form": "key", "level": "mean"}, counts=[100]
    )


def counts_called_money():
    """Whole numbers that add up to everybody are no money."""
    return table({"form": ["labour", "organs"], "sum": [58, 2]}, {"form": "key", "sum": "money of all"}, counts=[60])


def money_of_two():
    """The profit of two people gives each the other's."""
    data = {"town": ["a", "b"], "earners": [40, 2], "profit": [812_000.0, 260_000.0]}
    return table(data, {"town": "place", "earners": "count", "profit": "money of earners"})


def labels_of_one_person_each():
    """Every key is so fine that it has one person."""
    data = {"age": [14, 15, 16, 17], "village": ["Poieni", "Rosu", "Lunca", "Deleni"], "people": [1, 1, 2, 1]}
    return table(data, {"age": "key", "village": "place", "people": "count"})


def number_of_people_in_a_key():
    """A heading tells how many stand behind its row."""
    data = {"group": ["minors (n = 3)", "adults (n = 88)"], "odds": [1.4, 1.0]}
    return table(data, {"group": "key", "odds": "model"}, counts=[91], smallest_group=40)


def part_that_leaves_two_over():
    """Of 120 victims 118 are women, so two are men."""
    roles = {"region": "key", "victims": "count", "women": col.count("Women among them")}
    return table({"region": ["north", "south"], "victims": [120, 90], "women": [118, 61]}, roles)


def words_of_a_victim_in_spanish():
    """A quotation in Spanish."""
    data = {"tema": ["deuda"], "personas": [41], "cita": ["Me dijo que mi hermana pagaría si yo me iba"]}
    return table(data, {"tema": "key", "personas": "count", "cita": "quote"})


def victims_under_a_pattern_of_things():
    """A pattern says that all columns count nobody, one of them counts victims."""
    roles = {"town": "place", "*": col.count("", "", of="nobody")}
    return table({"town": ["a", "b"], "raids": [4, 2], "victims": [61, 3]}, roles, counts=[64])
