"""Outputs of restricted data of which a column or all of them are undeclared: none may pass.

These were held back while the rules were written.
"""

import numpy as np
import pandas as pd
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import Asked, figure, file, picture, table

from ctresearch.core import meaning as col
from ctresearch.privacy import Output, Policy


def few_in_one_region():
    """Three people, and nobody said what the columns mean."""
    return table({"region": ["north", "south"], "victims": [120, 3]})


def few_with_honest_total():
    """One number for everybody, and a cell of two."""
    return table({"form": ["labour", "organs"], "x1": [99, 2]}, counts=[101])


def index_left_out():
    """Names of people in an index that nobody declared."""
    data = {"who": ["Maria Popescu", "Ion Rusu"], "people": [12, 31]}
    return table(data, {"people": "count"}, index=["who"])


def second_level_left_out():
    """A second level that numbers people."""
    data = {"region": ["n"] * 3, "case": [1, 2, 3], "people": [5, 6, 7]}
    return table(data, {"region": "key", "people": "count"}, index=["region", "case"])


def empty_declaration():
    """A declaration of nothing."""
    return table({"sex": ["f", "m", "other"], "people": [88, 41, 1]}, {})


def few_in_french():
    """Headings in French."""
    return table({"région": ["nord", "sud"], "victimes": [45, 2]}, counts=[47])


def few_under_letters():
    """Headings that say nothing."""
    return table({"a": ["x", "y"], "b": [33, 1]}, counts=[34])


def few_as_text():
    """Numbers as text."""
    return table({"sex": ["f", "m"], "people": ["88", "3"]}, counts=[91])


def few_with_a_percentage_in_one_cell():
    """Count and share in one cell."""
    return table({"status": ["asylum", "none"], "n (%)": ["97 (97 %)", "3 (3 %)"]}, counts=[100])


def share_of_two():
    """Two in a hundred."""
    return table({"region": ["north", "south"], "pregnant": [0.02, 0.11]}, counts=[100])


def percentage_of_two():
    """From 0 to 100."""
    return table({"sex": ["f", "m"], "percent": [97.5, 2.5]}, counts=[80])


def median_of_three():
    """A median whose number of people is declared, itself not."""
    data = {"region": ["north", "south"], "people": [60, 12], "age": [24.0, 15.0]}
    return table(data, {"region": "key", "people": "count"})


def descriptives():
    """The least and the greatest in a table of descriptives."""
    data = {"variable": ["age", "months"], "mean": [24.3, 31.0], "min": [9, 1], "max": [71, 180]}
    return table(data, counts=[420])


def greatest_left_out():
    """The column of the greatest was left out."""
    roles = {"variable": "key", "mean": "mean", "sd": "spread"}
    return table({"variable": ["age"], "mean": [24.3], "sd": [6.1], "oldest": [71]}, roles, counts=[420])


def coefficients_of_a_saturated_model():
    """Coefficients without a word on whom they rest."""
    return table({"term": ["sex", "age", "sex:age"], "estimate": [0.31, -0.2, 1.7]}, counts=[300], smallest_group=3)


def fitted_and_residual_without_counts():
    """Nothing at all is said of eighty rows."""
    return table({"yhat": invented.numbers(80), "e": invented.numbers(80, 2)})


def propensity_of_everyone():
    """A propensity a row."""
    return table({"row": range(1, 241), "ps": invented.numbers(240)}, counts=[240])


def rows_a_person():
    """Records."""
    data = {"age": [15, 19, 22, 31, 44] * 10, "sex": ["f", "m"] * 25, "months": range(50)}
    return table(data, counts=[50])


def rows_a_person_without_counts():
    """Records, and nothing said."""
    return table({"id": range(30), "citizenship": ["MD", "RO", "UA"] * 10, "age": range(15, 45)})


def case_numbers():
    """A case number a row."""
    return table({"case": [f"C-{i:04d}" for i in range(25)], "months": range(3, 28)}, counts=[25])


def edge_list():
    """Who knows whom."""
    data = {"from": ["A1", "A1", "B7", "C2"], "to": ["B7", "C2", "C9", "C9"], "calls": [7, 9, 12, 30]}
    return table(data, counts=[40])


def matrix_of_ties():
    """A row and a column for each member."""
    names = ["Zmei", "Lupu", "Baba", "Toto"]
    return table({"member": names, **{name: [0, 1, 1, 0] for name in names}}, index=["member"], counts=[40])


def ranks_of_members():
    """Ranks are declared, whom they rank is not."""
    data = {"alias": ["Zmei", "Lupu", "Baba"], "rank": [1, 2, 3], "degree": [0.9, 0.4, 0.2]}
    return table(data, {"rank": "key", "degree": "model"}, counts=[60])


def words_of_a_victim():
    """A quotation."""
    data = {"theme": ["debt"], "people": [41], "said": ["They told me my sister would pay if I left"]}
    return table(data, {"theme": "key", "people": "count"})


def names_in_a_column():
    """First and family names."""
    return table({"contact": ["Maria Popescu", "Ion Rusu"], "people": [12, 31]}, counts=[12, 31])


def telephone_in_a_column():
    """Telephones of adverts."""
    return table({"advert": ["+373 69 123 456", "+40 721 555 013"], "people": [12, 31]}, counts=[12, 31])


def days_of_birth():
    """A day of birth a row."""
    born = pd.to_datetime([f"{1985 + i}-0{1 + i % 9}-{10 + i}" for i in range(18)])
    return table({"born": born, "sex": ["f", "m"] * 9}, counts=[18])


def mask_beside_a_total():
    """The total gives the masked cell."""
    return table({"region": ["north", "south", "total"], "victims": [120, np.nan, 123]}, counts=[120, np.nan, 123])


def mask_in_a_margin():
    """The total was left out of the declaration."""
    data = {"region": ["north", "south"], "women": [71, 44], "men": [30, np.nan], "total": [101, 47]}
    return table(data, {"region": "key", "women": "count", "men": "count"})


def two_tables_that_differ_by_two():
    """Neither was declared."""
    everybody = table({"region": ["north", "south"], "victims": [120, 41]}, name="all", counts=[120, 41])
    papers = table({"region": ["north", "south"], "victims": [118, 41]}, name="papers", counts=[118, 41])
    return [everybody, papers]


def point_a_person():
    """A cloud of points."""
    return figure(
        {"age": np.round(15 + 20 * invented.numbers(60)), "months": np.round(60 * invented.numbers(60, 2))}, counts=[60]
    )


def picture_whose_marks_are_left_out():
    """The heights are declared, what stands below is not."""
    return figure(
        {"who": ["Maria", "Ion"], "calls": [14, 31]}, {"calls": "count"}, beside=picture(["Maria", "Ion"], [14, 31])
    )


def file_of_records():
    """Records in a file."""
    rows = "\n".join(f"{15 + i},{'fm'[i % 2]},{3 * i}" for i in range(30))
    return file(f"age,sex,months\n{rows}\n", counts=[30])


def row_that_no_meaning_reaches():
    """The rows are declared one by one, and one of them was forgotten."""
    measure = col.by_row("measure", {"odds ratio": col.model("Odds ratio"), "people": col.count("People")})
    data = {"measure": ["people", "odds ratio", "girls"], "value": [90, 1.42, 2]}
    return table(data, {"measure": "key", "value": measure})


def zeros_under_a_policy_that_masks():
    """Nobody declared it, and the owner masks zeros."""
    shown = table({"region": ["north", "south"], "victims": [120, 0]}, counts=[120, 0])
    return Asked((shown,), policy=Policy(zeros="mask", owner="a shelter"))


def result_whose_dictionary_lost_its_class():
    """A table of a result, written out by hand."""
    rows = [{"term": "x", "estimate": 0.3, "events": 2}, {"term": "y", "estimate": 0.1, "events": 41}]
    return Output("rows", "estimate", "restricted", content={"estimates": rows}, counts=[90])
