"""Outputs with declared roles that expose somebody, or whose declaration lies: none may pass.

The rules were written with these in sight.
"""

import numpy as np
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import Asked, estimate, figure, file, picture, table

from ctresearch.consequences import (
    Survival,
)
from ctresearch.core import Result
from ctresearch.core import meaning as col
from ctresearch.privacy import Policy, release


def few_in_one_region():
    """Three people stand in one row."""
    return table({"region": ["north", "south"], "victims": [120, 3]}, {"region": "key", "victims": "count"})


def one_person_among_thousands():
    """A cell of one is no safer for the size of the others."""
    data = {"route": ["land", "sea", "air"], "people": [8210, 3344, 1]}
    return table(data, {"route": "key", "people": "count"})


def few_with_a_percentage_in_one_cell():
    """Tables of journals put the count and its share in one cell."""
    data = {"status": ["asylum", "none"], "people": ["97 (97 %)", "3 (3 %)"]}
    return table(data, {"status": "key", "people": "text"}, counts=[100])


def few_in_a_note():
    """The note beside a large count tells of two girls."""
    data = {"region": ["north", "south"], "people": [120, 80], "note": ["", "2 of them were girls under 12"]}
    return table(data, {"region": "key", "people": "count", "note": "text"})


def few_in_russian():
    """Headings in Russian."""
    return table({"регион": ["север", "юг"], "пострадавшие": [45, 1]}, {"регион": "key", "пострадавшие": "count"})


def few_in_a_romanian_note():
    """A note in Romanian tells of two minors of one village."""
    data = {"judet": ["Iasi", "Vaslui"], "victime": [61, 48], "nota": ["", "2 minore din satul Poieni"]}
    return table(data, {"judet": "place", "victime": "count", "nota": "text"})


def few_behind_a_figure_of_a_model():
    """The counts beside a table of predicted chances say that one rests on three."""
    data = {"profile": ["alone", "with family"], "chance": [0.31, 0.62]}
    return table(data, {"profile": "key", "chance": "model"}, counts=[140, 3])


def share_of_two():
    """Two in a hundred is two people."""
    data = {"region": ["north", "south"], "people": [100, 400], "pregnant": [0.02, 0.11]}
    return table(data, {"region": "key", "people": "count", "pregnant": "share of people"})


def percentage_that_leaves_two_over():
    """Written from 0 to 100, 97.5 of 80 leaves two."""
    roles = {"region": "key", "people": "count", "adults": col.share("Adults", "people", unit="percent")}
    return table({"region": ["north", "south"], "people": [80, 400], "adults": [97.5, 71.0]}, roles)


def share_of_all():
    """The base is everybody: four in a hundred of fifty is two."""
    return table({"faith": ["a", "b"], "share": [0.96, 0.04]}, {"faith": "key", "share": "share of all"}, counts=[50])


def share_rounded_to_whole_percents():
    """One percent of 290 is three people, also after rounding."""
    roles = {"sex": "key", "people": "count", "ransom": col.share("Ransom was paid", "people", unit="percent")}
    return table({"sex": ["f", "m"], "people": [290, 310], "ransom": [1, 34]}, roles)


def weighted_count_of_few():
    """Weights turn three people into a large number."""
    data = {"region": ["north", "south"], "asked": [120, 3], "weighted": [2310.4, 807.9]}
    return table(data, {"region": "key", "asked": "count", "weighted": "weighted count of asked"})


def small_weighted_count():
    """A weighted number of 3.4 is a few people in any case."""
    data = {"region": ["north", "south"], "weighted": [310.2, 3.4]}
    return table(data, {"region": "key", "weighted": "weighted count of all"}, counts=[150])


def weighted_count_with_counts_beside():
    """The counts behind the rows say that one rests on two."""
    data = {"region": ["north", "south"], "weighted": [2310.4, 95.1]}
    return table(data, {"region": "key", "weighted": "weighted count of all"}, counts=[118, 2])


def median_of_three():
    """The median of three people is one of them."""
    data = {"region": ["north", "south"], "people": [60, 3], "age": [24.0, 15.0]}
    return table(data, {"region": "key", "people": "count", "age": "median of people"})


def mean_of_two_without_their_number_as_column():
    """The number of people stands in the counts alone."""
    return table({"road": ["a", "b"], "debt": [4100.0, 9000.0]}, {"road": "key", "debt": "mean"}, counts=[300, 2])


def youngest():
    """The least age is one child's."""
    data = {"region": ["north", "south"], "people": [210, 144], "youngest": [7, 11]}
    return table(data, {"region": "key", "people": "count", "youngest": "least of people"})


def at_risk_step_by_step():
    """The number at risk falls by one at each person's end."""
    data = {"month": range(40), "at_risk": range(60, 20, -1), "survival": np.linspace(1, 0.4, 40)}
    return table(data, {"month": "key", "at_risk": "at risk", "survival": "model"}, counts=[60])


def last_two_at_risk():
    """At the end of the curve two are left."""
    data = {"month": [0, 12, 24, 36], "at_risk": [90, 44, 17, 2], "free": [1.0, 0.71, 0.5, 0.4]}
    return table(data, {"month": "key", "at_risk": "at risk", "free": "model"}, counts=[90])


def spread_of_two():
    """Mean and deviation of two people give both values."""
    data = {"group": ["a", "b"], "people": [55, 2], "mean": [22.0, 19.0], "sd": [4.0, 1.0]}
    return table(data, {"group": "key", "people": "count", "mean": "mean of people", "sd": "spread of people"})


def result_of_few():
    """A result over three people."""
    return estimate(
        Result(declaration=invented.EFFECT, method="A mean", estimates=invented.effect(), n=3, smallest_group=3)
    )


def result_with_a_small_arm():
    """Four hundred people, and an arm of two."""
    return estimate(
        Result(
            declaration=invented.EFFECT,
            method="A difference of arms",
            estimates=invented.effect(),
            n=400,
            smallest_group=2,
        )
    )


def coefficients_of_a_saturated_model():
    """Every coefficient of a saturated model rests on its cell, and one cell holds three."""
    data = {"term": ["sex", "age", "sex:age"], "estimate": [0.31, -0.2, 1.7], "std_error": [0.1, 0.1, 0.6]}
    return table(data, {"term": "key", "estimate": "model", "std_error": "model"}, counts=[300], smallest_group=3)


def survival_of_a_group_of_three():
    """A curve for three people shows when each of them returned."""
    people = invented.people(200).assign(group=["a"] * 197 + ["b"] * 3)
    return estimate(Survival(duration="months", event="event", by="group").fit(people))


def case_numbers_as_keys():
    """A case number is a person's."""
    data = {"case": [f"C-{i:04d}" for i in range(25)], "months": range(3, 28)}
    return table(data, {"case": "key", "months": "mean"}, counts=[25])


def rows_a_person_as_means():
    """A mean of one person each."""
    data = {"record": range(50), "age": [15, 19, 22, 31, 44] * 10, "children": [0, 1, 2, 0, 3] * 10}
    return table(data, {"record": "key", "age": "mean", "children": "mean"}, counts=[50])


def rows_a_person_with_counts_of_one():
    """Every row counts one person."""
    data = {"age": range(14, 34), "sex": ["f", "m"] * 10, "people": [1] * 20}
    return table(data, {"age": "key", "sex": "key", "people": "count"})


def centrality_of_members():
    """Every row is one member of a group."""
    data = {"member": [f"A{i}" for i in range(12)], "betweenness": invented.numbers(12)}
    return table(data, {"member": "actor", "betweenness": "model"}, counts=[12])


def words_of_a_victim():
    """A quotation may be recognised by whoever heard it."""
    data = {"theme": ["debt"], "people": [41], "said": ["They told me my sister would pay if I left"]}
    return table(data, {"theme": "key", "people": "count", "said": "quote"})


def quotation_called_a_text():
    """A quotation under the name of a note is one still."""
    said = "\u201cHe kept my passport and said he would burn my mother\u2019s house\u201d (woman, 19, Moldova)"
    return table(
        {"theme": ["control"], "people": [41], "note": [said]}, {"theme": "key", "people": "count", "note": "text"}
    )


def address_in_a_text():
    """An address for e-mails in a note."""
    data = {"region": ["north"], "people": [60], "note": ["reported by a.lungu1987@mail.example.md"]}
    return table(data, {"region": "key", "people": "count", "note": "text"})


def passport_in_a_key():
    """A number of a passport."""
    data = {"document": ["passport P1234567", "passport P7654321"], "people": [10, 12]}
    return table(data, {"document": "key", "people": "count"})


def account_in_a_mark():
    """A bank account of a recruiter."""
    data = {"account": ["DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19"], "payments": [40, 31]}
    return table(data, {"account": "mark", "payments": col.count("Payments", "payments", of="nobody")}, counts=[71])


def street_and_number():
    """An address leads to a door."""
    data = {"where": ["Strada Florilor 14, ap. 3", "Calle Mayor 22, 4B"], "people": [12, 31]}
    return table(data, {"where": "place", "people": "count"})


def days_of_birth():
    """A day of birth a row."""
    born = [f"{1985 + i}-0{1 + i % 9}-{10 + i}" for i in range(18)]
    return table({"born": born, "sex": ["f", "m"] * 9}, {"born": "date", "sex": "key"}, counts=[18])


def ties_under_keys():
    """An edge list whose members are called keys."""
    data = {"from": ["A1", "A1", "B7", "C2", "C9"], "to": ["B7", "C2", "C9", "C9", "A1"], "weight": invented.numbers(5)}
    return table(data, {"from": "key", "to": "key", "weight": "model"}, counts=[5])


def mask_beside_a_total():
    """The total gives the masked cell."""
    data = {"region": ["north", "south", "total"], "victims": [120, np.nan, 123]}
    return table(data, {"region": "key", "victims": "count"})


def mask_in_a_margin():
    """A row's total gives its masked cell, three people."""
    data = {"region": ["north", "south"], "women": [71, 44], "men": [30, np.nan], "total": [101, 47]}
    return table(data, {"region": "key", "women": "count", "men": "count", "total": "count"})


def mask_undone_by_a_share():
    """The share of everybody gives the masked count."""
    data = {"form": ["labour", "organs"], "victims": [120, np.nan], "share": [0.968, 0.032]}
    return table(data, {"form": "key", "victims": "count", "share": "share of all"}, counts=[124])


def two_tables_that_differ_by_two():
    """Everybody less those without papers is two people."""
    roles = {"region": "key", "victims": "count"}
    everybody = table({"region": ["north", "south"], "victims": [120, 41]}, roles, name="everybody")
    return [everybody, table({"region": ["north", "south"], "victims": [118, 41]}, roles, name="with papers")]


def patterns_and_overlaps():
    """The overlap of two lists less the pattern of all three gives the masked pattern."""
    lists = {"police": [1, 1, 0, 1, 1, 0, 0], "charity": [1, 1, 1, 0, 0, 1, 0], "court": [1, 0, 1, 1, 0, 0, 1]}
    patterns = {**lists, "people": [11, np.nan, 9, 14, 60, 52, 47]}
    roles = {"police": "key", "charity": "key", "court": "key", "people": "count"}
    pairs = {"first": ["police", "police", "charity"], "second": ["charity", "court", "court"], "both": [13, 25, 20]}
    shown = table(pairs, {"first": "key", "second": "key", "both": "count"}, name="pairs")
    return [table(patterns, roles, name="patterns"), shown]


def patterns_and_sizes_of_lists():
    """The size of a list less its other patterns gives the masked one."""
    data = {"police": [1, 0, 1], "charity": [0, 1, 1], "people": [60, 40, np.nan]}
    patterns = table(data, {"police": "key", "charity": "key", "people": "count"}, name="patterns")
    return [
        patterns,
        table({"list": ["police", "charity"], "people": [63, 43]}, {"list": "key", "people": "count"}, name="lists"),
    ]


def title_with_a_telephone():
    """The title names a telephone."""
    data, roles = {"form": ["labour", "sexual"], "victims": [96, 44]}, {"form": "key", "victims": "count"}
    return figure(data, roles, beside=picture(["a", "b"], [96, 44], title="Adverts of +373 69 123 456"))


def curve_by_every_person():
    """The data behind a survival curve step at each person."""
    data = {"time": np.arange(1.0, 51), "survival": 1 - np.arange(1, 51) / 52, "at_risk": np.arange(51, 1, -1)}
    return figure(data, {"time": "key", "survival": "model", "at_risk": "at risk"}, counts=[52])


def report_with_two_people():
    """A sentence of a report."""
    return file("Of the 61 women, 2 had been sold by their husbands in Vaslui.", counts=[61])


def share_as_a_row():
    """A row says that one percent of two hundred are deaf."""
    rows = {"deaf": col.share("Deaf", "all"), "*": col.model("Figure")}
    return table(
        {"what": ["deaf", "r2"], "value": [0.01, 0.4]}, {"what": "key", "value": col.by_row("what", rows)}, counts=[200]
    )


def zeros_under_a_policy_that_masks():
    """The owner of the data regards nobody as a disclosure."""
    shown = table({"region": ["north", "south"], "victims": [120, 0]}, {"region": "key", "victims": "count"})
    return Asked((shown,), policy=Policy(zeros="mask", owner="a shelter"))


def counts_called_a_model_up_to_everybody():
    """Whole numbers that add up to everybody are no figures of a model."""
    return table(
        {"form": ["labour", "sexual", "organs"], "figure": [40, 17, 3]}, {"form": "key", "figure": "model"}, counts=[60]
    )


def counts_called_a_model_up_to_a_column():
    """Whole numbers that add up to a declared count are counts."""
    data = {"region": ["n", "s"], "people": [70, 64], "a": [51, 60], "b": [19, 4]}
    return table(data, {"region": "key", "people": "count", "a": "model", "b": "model"})


def counts_of_persons_called_nobody():
    """A number of victims counts somebody."""
    roles = {"form": "key", "victims": col.count("Victims", "persons", of="nobody")}
    return table({"form": ["labour", "organs"], "victims": [57, 3]}, roles, counts=[60])


def counts_called_keys():
    """A number of victims names no row."""
    return table({"form": ["labour", "organs"], "victims": [57, 3]}, {"form": "key", "victims": "key"}, counts=[60])


def counts_called_marks():
    """A tally is no mark of a method."""
    return table({"form": ["labour", "organs"], "seen": ["57", "3"]}, {"form": "key", "seen": "mark"}, counts=[60])


def counts_under_a_pattern():
    """A pattern for everything takes in the number of victims."""
    data = {"form": ["labour", "organs"], "estimate": [0.31, 1.2], "victims": [61, 3]}
    return table(data, {"form": "key", "*": "model"}, counts=[64])


def shares_called_a_model():
    """Parts of sixty that are whole people are no figures of a model."""
    return table(
        {"form": ["labour", "sexual", "organs"], "weight": [0.6, 0.35, 0.05]},
        {"form": "key", "weight": "model"},
        counts=[60],
    )


def money_of_one_among_many():
    """One of twelve earned nearly everything."""
    data = {"town": ["a"], "earners": [12], "profit": [1_000_000.0]}
    paid = [np.array([940_000.0, *[60_000 / 11] * 11])]
    return table(data, {"town": "place", "earners": "count", "profit": "money of earners"}, contributions=paid)


def money_of_two_among_many():
    """Two of nine earned nine tenths, so either knows the other."""
    data = {"road": ["east"], "earners": [9], "profit": [500_000.0]}
    paid = [np.array([230_000.0, 225_000.0, 10_000, 9_000, 8_000, 7_000, 5_000, 4_000, 2_000])]
    return table(data, {"road": "key", "earners": "count", "profit": "money of earners"}, contributions=paid)


def whole_group_in_one_cell():
    """All fourteen of a village are in one of two columns."""
    data = {"village": ["a", "b", "c"], "infected": [14, 30, 22], "healthy": [0, 31, 18]}
    return table(data, {"village": "place", "infected": "count", "healthy": "count"})


def difference_with_an_earlier_verdict():
    """What was released before is given as the gate's own answer."""
    roles = {"form": "key", "people": "count"}
    before = table({"form": ["labour", "begging"], "people": [88, 40]}, roles, name="spring")
    now = table({"form": ["labour", "begging"], "people": [88, 43]}, roles, name="autumn")
    return Asked((now,), earlier=(release([before]),))


def column_a_person():
    """Records turned on their side: a column for each of forty people."""
    data = {"question": ["fear", "sleep", "anger"], **{f"P{i:02d}": [i % 5, i % 3, i % 4] for i in range(40)}}
    return table(data, {"question": "key", "P*": "mean"}, counts=[40])
