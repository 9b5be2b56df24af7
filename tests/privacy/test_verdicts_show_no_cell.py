"""What the gate says of an output holds none of its cells, and a name that is not plain text is a name all the same."""

import json

import numpy as np
import pandas as pd
import pytest

from ctresearch.privacy import Output, release

CANARY, NUMBER = "Zebulon Quixworth", 7919.0
TABLES = {
    "names": pd.DataFrame({"victim": [CANARY, "x"], "n": [NUMBER, 3]}),
    "records": pd.DataFrame({"age": [NUMBER, 9], "sex": [CANARY, "Man"]}),
    "masks": pd.DataFrame({"sex": [CANARY, "Man", "Total"], "n": [NUMBER, np.nan, NUMBER + 3]}),
    "labels": pd.DataFrame({"n": [NUMBER, 3]}, index=[CANARY, "y"]),
    "objects": pd.DataFrame({"note": [{CANARY: NUMBER}, [CANARY]], "n": [3, 4]}),
    "a text": f"{CANARY} told 3 victims of {NUMBER:.0f} others.",
    "a page": f"<table><tr><th>name<th>n</tr><tr><td>{CANARY}<td>3</tr></table>",
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("level", ["restricted", "record"])
def test_no_verdict_finding_or_page_repeats_a_cell(name, level):
    gate = release([Output(name, "table", level, content=TABLES[name], counts=[3, 40]) for _ in [0]])
    pages = [getattr(one, "_repr_html_", str)() for one in (gate, *gate.verdicts, gate.verdicts[0].check)]
    said = [gate.summary(), repr(gate), json.dumps(gate.to_dict()), *map(repr, gate.verdicts), *pages]
    assert gate.refused
    assert not [text for text in said for word in (*CANARY.split(), "7919", "7922") if word in text]


@pytest.mark.parametrize(
    "value",
    [("Marie", "Dupont"), ["Marie", "Dupont"], b"Marie Dupont", {"who": "Marie Dupont"}, frozenset({"Marie Dupont"})],
)
def test_a_name_that_is_no_plain_text_is_a_name(value):
    table = pd.DataFrame({"victim": [value, value], "n": [40, 50]})
    found = release([Output("t", "table", "restricted", content=table, counts=[40, 50])])["t"].findings
    assert [f.verdict for f in found if f.rule == "identifier"] == ["fail"]
