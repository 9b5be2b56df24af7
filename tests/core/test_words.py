"""Checks, scopes, citations, digests and numbers as they read."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Check, Inputs, Scope, SpecificationError, record, worst
from ctresearch.core.cite import doi, references
from ctresearch.core.inputs import table_digest
from ctresearch.core.render import number


def test_the_gravest_status_wins():
    make = [Check("a", status, "A sentence.") for status in ("pass", "review", "fail")]
    assert worst(make) == "fail"
    assert worst(make[:2]) == "review"
    assert worst(make[:1]) == "pass"
    with pytest.raises(SpecificationError, match="status == 'maybe'"):
        Check("a", "maybe", "A sentence.")


def test_a_scope_holds_words_and_a_known_measure():
    with pytest.raises(SpecificationError, match="population == '', must be words"):
        Scope(population="")
    with pytest.raises(SpecificationError, match="measure == 'rate'"):
        Scope(measure="rate")
    assert str(Scope()).count("not stated") == 4


def cited():
    """Do nothing.

    References
    ----------
    .. [1] One, A. (2001). First. https://doi.org/10.1000/one.
    .. [2] Two, B. (2002). Second,
       on two lines.

    Examples
    --------
    None.
    """


def test_citations_come_from_the_docstring():
    assert references(cited) == (
        "One, A. (2001). First. https://doi.org/10.1000/one.",
        "Two, B. (2002). Second, on two lines.",
    )
    assert doi(references(cited)[0]) == "10.1000/one"
    assert doi("no identifier") is None
    assert references(len) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [(11417.99, "11,418"), (999.94, "999.9"), (0.98421, "0.9842"), (-2.5, "−2.5"), (np.nan, "–"), (-np.inf, "−∞")],
)
def test_numbers_read_well(value, text):
    assert number(value) == text


def test_a_record_holds_digest_seed_and_versions():
    frame = pd.DataFrame({"a": [1, 2]})
    made = record(frame, seed=4)
    assert made.seed == 4
    assert made.digest == table_digest(frame.set_axis([5, 6])) != table_digest(frame.iloc[::-1])
    assert set(made.versions) == {"ctresearch", "numpy", "pandas"}
    assert Inputs.from_dict(made.to_dict()) == made
