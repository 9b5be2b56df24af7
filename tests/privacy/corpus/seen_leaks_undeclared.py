"""Outputs of restricted data of which a column or all of them are undeclared: none may pass.

The rules were written with these in sight.
"""

import json

import numpy as np
import pandas as pd
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import Asked, figure, file, notebook, picture, table

from ctresearch.privacy import Output


def few_with_counts_given():
    """Counts alone say nothing of the columns."""
    return table({"region": ["north", "south"], "victims": [120, 3]}, counts=[120, 3])


def few_in_an_undeclared_column():
    """The column of minors was left out."""
    data = {"region": ["north", "south"], "victims": [120, 88], "minors": [17, 2]}
    return table(data, {"region": "key", "victims": "count"})


def few_in_an_undeclared_last_year():
    """A pattern that does not reach the last year."""
    data = {"province": ["a", "b"], "2019": [31, 44], "2020": [28, 41], "year 2021": [36, 1]}
    return table(data, {"province": "place", "20*": "count"})


def declaration_of_another_table():
    """Roles for columns that are not there."""
    return table({"sex": ["f", "m"], "people": [88, 1]}, {"region": "key", "victims": "count"})


def series_without_a_name():
    """A series whose values nobody named."""
    return Output("series", "table", "restricted", content=pd.Series([71, 2], index=["labour", "begging"]), counts=[73])


def few_in_vietnamese():
    """Headings in Vietnamese."""
    return table({"tỉnh": ["A", "B"], "nạn nhân": [210, 4]}, counts=[214])


def few_in_arabic():
    """Headings in Arabic."""
    return table({"المنطقة": ["شمال", "جنوب"], "ضحايا": [64, 3]}, counts=[67])


def few_in_a_nested_index():
    """Two levels, and a cell of two."""
    data = {"region": ["n", "n", "s", "s"], "sex": ["f", "m", "f", "m"], "people": [61, 22, 48, 2]}
    return table(data, index=["region", "sex"], counts=[133])


def few_in_columns_of_two_levels():
    """Columns of two levels."""
    columns = pd.MultiIndex.from_product([["women", "men"], ["2020", "2021"]])
    frame = pd.DataFrame([[61, 70, 22, 3]], index=pd.Index(["north"], name="region"), columns=columns)
    return Output("wide", "table", "restricted", content=frame, counts=[156])


def share_that_leaves_one_over():
    """Shares beside a declared count."""
    data = {"region": ["north", "south"], "people": [125, 400], "adults": [0.992, 0.71]}
    return table(data, {"region": "key", "people": "count"})


def weighted_count_of_few():
    """Weights turn three into hundreds."""
    data = {"region": ["north", "south"], "asked": [120, 9], "weighted": [2310.4, 3.4]}
    return table(data, {"region": "key", "asked": "count"})


def mean_of_two():
    """Means of two people."""
    return table({"road": ["a", "b"], "debt": [4100.0, 9000.0]}, counts=[300, 2])


def at_risk_step_by_step():
    """A curve that falls at each person's end."""
    data = {"month": range(40), "at_risk": range(60, 20, -1), "survival": np.linspace(1, 0.4, 40)}
    return table(data, counts=[60])


def at_risk_left_out():
    """The curve is declared, the number at risk is not."""
    data = {"month": [0, 12, 24], "free": [1.0, 0.71, 0.4], "n.risk": [90, 44, 2]}
    return table(data, {"month": "key", "free": "model"}, counts=[90])


def spread_of_two():
    """Mean and deviation of two."""
    return table({"group": ["a", "b"], "mean": [22.0, 19.0], "sd": [4.0, 1.0]}, counts=[55, 2])


def fitted_and_residual():
    """Eighty rows for eighty people."""
    fitted = invented.numbers(80)
    return table({"fitted": fitted, "residual": invented.numbers(80, 2) - fitted}, counts=[80])


def residual_left_out():
    """Fitted is declared, the residual is not."""
    return table(
        {"fitted": invented.numbers(70), "residual": invented.numbers(70, 2)}, {"fitted": "model"}, counts=[70]
    )


def edge_list_with_one_end_left_out():
    """One end of a tie is declared, the other is not."""
    data = {"i": ["A1", "A1", "B7"], "j": ["B7", "C2", "C9"], "w": [0.3, 0.1, 0.9]}
    return table(data, {"i": "key", "w": "model"}, counts=[40])


def centrality_of_members():
    """Every row is a member."""
    return table({"member": [f"A{i}" for i in range(12)], "betweenness": invented.numbers(12)}, counts=[12])


def coordinates():
    """Five digits behind the point."""
    return table({"lat": [47.02581, 46.11977], "lon": [28.83264, 27.66302], "people": [12, 31]}, counts=[12, 31])


def note_of_two_girls():
    """The note was left out of the declaration."""
    data = {"region": ["north", "south"], "people": [120, 80], "note": ["", "2 of them were girls under 12"]}
    return table(data, {"region": "key", "people": "count"})


def border_crossing():
    """Where people are taken across."""
    return table({"crossing": ["Ruta 9, km 14, old mill"], "people": [64]}, {"people": "count"})


def difference_with_an_earlier_release():
    """The new table was not declared."""
    before = table({"region": ["north", "south"], "victims": [120, 41]}, {"region": "key", "victims": "count"})
    return Asked((table({"region": ["north", "south"], "victims": [120, 42]}, name="now"),), earlier=(before,))


def patterns_and_overlaps():
    """Patterns of lists and their overlaps."""
    patterns = {"police": [1, 0, 1], "charity": [0, 1, 1], "people": [60, 40, np.nan]}
    sizes = table({"list": ["police", "charity"], "people": [63, 43]}, name="lists", counts=[63, 43])
    return [table(patterns, name="patterns", counts=[60, 40, np.nan]), sizes]


def bar_of_three():
    """A bar is a count."""
    return figure({"form": ["labour", "organs"], "victims": [96, 3]}, counts=[99])


def picture_without_data():
    """Nobody can say what it draws."""
    return Output("map", "figure", "restricted", counts=[64], beside=picture(["a", "b"], [61, 3]))


def file_of_counts():
    """A file without a word on its columns."""
    return file("region,victims\nnorth,120\nsouth,3\n", counts=[123])


def file_of_json():
    """A list of people as JSON."""
    people = [{"name": "Maria", "age": 14, "village": "Poieni"}, {"name": "Ion", "age": 17, "village": "Lunca"}]
    return file(json.dumps(people), counts=[40])


def dictionary_of_counts():
    """A dictionary that nobody declared."""
    return Output("counts", "estimate", "restricted", content={"labour": 57, "organs": 3}, counts=[60])


def notebook_that_prints_records():
    """Rows about people in what a notebook printed."""
    return notebook("   age sex  village\n0   14   f   Poieni\n1   16   m   Lunca\n2   15   f   Deleni\n")


def notebook_that_prints_a_small_cell():
    """A printed table with a cell of two."""
    return notebook("form      victims\nlabour         57\norgans          2\n")


def money_of_one():
    """Nobody said that it is money, nor whose."""
    return table({"town": ["a", "b"], "profit": [812_000.0, 130_000.0]}, counts=[40, 1])


def money_left_out():
    """Whose money it is was declared, the money was not."""
    data = {"town": ["a", "b"], "earners": [40, 9], "largest": [90_000.0, 71_000.0]}
    return table(data, {"town": "place", "earners": "count"})


def row_of_a_long_table():
    """One row counts three."""
    return table({"measure": ["people", "odds ratio"], "value": [3, 1.42]}, counts=[90])


def youngest_in_german():
    """The youngest, in German."""
    return table({"Gruppe": ["Arbeit", "Betteln"], "jüngste Person": [16, 9]}, counts=[80, 44])


def households_of_two():
    """Households that nobody declared."""
    return table({"district": ["a", "b"], "households": [31, 2]}, {"district": "place"})
