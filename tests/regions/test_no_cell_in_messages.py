"""No message of this room shows a cell: canaries in every column of every table."""

import pandas as pd

from ctresearch.core import Result, estimates_table
from ctresearch.regions import Pool, result_table
from outcome_canaries import NUMBER, SHOWN, WORD, leaks, said

STUDIES = pd.DataFrame({"estimate": [0.2, 0.5, 0.9, 0.4], "std_error": [0.1, 0.2, 0.1, 0.1], "study": list("ABCD")})


def test_no_pool_shows_a_cell():
    for method in ("reml", "dl", "fixed"):
        assert leaks(Pool(method=method, label="study").fit, STUDIES) == []
    assert leaks(Pool(test="knha").fit, STUDIES.set_index("study")) == []
    for names in ([WORD, WORD, "c", "d"], [WORD, WORD.upper(), "c", "d"]):
        (text,) = said(lambda n=names: Pool().fit(STUDIES.set_index(pd.Index(n))))
        assert not SHOWN.search(text)


def test_no_table_of_results_shows_a_name():
    good = Result(method="m", estimates=estimates_table({"effect": (0.2, 0.1, 0.0, 0.4)}), n=9)
    bare = Result(method="m", estimates=estimates_table({"effect": (NUMBER, float("nan"), 0.0, 0.4)}), n=9)
    other = Result(method="m", estimates=estimates_table({WORD: (0.2, 0.1, 0.0, 0.4)}), n=9)
    for one in (bare, other, 3):
        for log in (False, True):
            (text,) = said(lambda r=one, g=log: result_table({"here": good, WORD: r}, "effect", log=g))
            assert not SHOWN.search(text)
    (text,) = said(lambda: result_table({WORD: good, WORD.upper(): good}, "effect"))
    assert not SHOWN.search(text)
