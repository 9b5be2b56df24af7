"""Checks, scopes, citations, digests and numbers as they read."""

import hashlib
import pickle

import numpy as np
import pandas as pd
import pytest

import ctresearch
from ctresearch.core import (
    CellError,
    Check,
    Inputs,
    MissingExtraError,
    Scope,
    SpecificationError,
    record,
    worst,
)
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


def test_a_scope_reads_in_one_line():
    scope = Scope(population="cases", definition="a law", reference_period="2013", measure="stock")
    assert str(scope) == "cases; a law; 2013; point prevalence (stock)"
    for measure, words in (
        ("period", "period prevalence"),
        ("flow", "flow (newly entering)"),
        ("lifetime", "lifetime prevalence"),
        ("not stated", "measure not stated"),
    ):
        assert str(Scope(measure=measure)).endswith(f"reference period not stated; {words}")
    assert str(Scope()).startswith("population not stated; definition not stated; ")
    for name in ("definition", "reference_period"):
        for value in (" ", None, 3):
            with pytest.raises(SpecificationError, match=f"^{name} == .*, must be words"):
                Scope(**{name: value})


def test_a_digest_counts_values_names_and_order():
    frame = pd.DataFrame({"a": [1, 2], "t": ["x", None], "b": [True, False]})
    whole = hashlib.sha256()
    numbers = [np.array([1.0, 2.0]), np.array([1.0, 0.0])]
    whole.update(b"a\n" + hashlib.sha256(numbers[0].tobytes()).digest())
    whole.update(b"t\n" + hashlib.sha256(b't\nx\n""\n').digest())
    whole.update(b"b\n" + hashlib.sha256(numbers[1].tobytes()).digest())
    assert table_digest(frame) == whole.hexdigest()
    assert table_digest(frame.astype({"a": "Int64"})) == table_digest(frame.astype({"a": float})) == whole.hexdigest()
    assert table_digest(frame[["t", "a", "b"]]) != whole.hexdigest()
    assert table_digest(frame.rename(columns={"a": "c"})) != whole.hexdigest()
    assert len({table_digest(pd.DataFrame({"a": pd.array([v], dtype="Int64")})) for v in (None, 0)}) == 2


def test_a_record_names_packages_that_are_not_there():
    made = record(pd.DataFrame({"a": [1]}), packages=("numpy", "no-such-package"))
    assert made.versions == {
        "ctresearch": ctresearch.__version__,
        "numpy": np.__version__,
        "no-such-package": "not installed",
    }
    assert (made.seed, made.keyed) == (None, False)
    assert Inputs() == Inputs(digest="", keyed=False, seed=None, versions={})
    with pytest.raises(TypeError):
        made.versions["numpy"] = "0"
    other = Inputs(digest="a", keyed=True, seed=2, versions={"x": "1"})
    assert other.to_dict() == {"digest": "a", "keyed": True, "seed": 2, "versions": {"x": "1"}}
    assert pickle.loads(pickle.dumps(other)) == other


def test_identifiers_are_found_without_the_stop_behind_them():
    assert doi("See https://doi.org/10.1214/20-BA1221, and more") == "10.1214/20-BA1221"
    assert doi("doi:10.1002/(SICI)1097-0258(19980815)17:15<1661;x") == "10.1002/(SICI)1097-0258(19980815)17:15<1661"
    assert doi("10.12/too-short") is None


def test_a_missing_package_and_a_cell_survive_another_process():
    error = pickle.loads(pickle.dumps(CellError("two cells", column="age", rows=[1, 2])))
    assert (str(error), error.column, error.rows) == ("two cells", "age", (1, 2))
    assert (CellError("x").column, CellError("x").rows) == ("", ())
    said = str(MissingExtraError("igraph", "networks"))
    assert said.startswith("this needs the package 'igraph'")
    assert "pip install 'ctresearch[networks]'" in said
