"""Masks under totals by hand, counts that run on, rates without a base, ledgers, notebooks and names, at their limits."""

import hashlib
import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from ctresearch.core import SpecificationError
from ctresearch.core.meaning import count
from ctresearch.privacy import (
    DataProtectionChecklist,
    Output,
    Policy,
    PrivacyBudget,
    explore_threshold,
    release,
    scan_notebook,
)
from ctresearch.privacy.attack.margins import recoverable_rule
from ctresearch.privacy.gate.notebook import notebook_rule
from ctresearch.privacy.recovery.attacker import Attacker
from ctresearch.privacy.recovery.audit import equations, with_margins
from ctresearch.privacy.words.person_names import names_in_text

NAMES = ["Woman", "Man", "Other", "Not stated", "Unknown"]


@pytest.mark.parametrize("rest", range(8))
@pytest.mark.parametrize("masked", [1, 2, 3])
@pytest.mark.parametrize("shown", [0, 1, 2])
def test_a_total_gives_away_what_it_narrows_down_to_fewer_than_a_mask_says(rest, masked, shown):
    known = [40, 31][:shown]
    cells = [*known, *[None] * masked, sum(known) + rest]
    table = pd.DataFrame({"sex": [*NAMES[: shown + masked], "Total"], "n": cells})
    found = recoverable_rule(Output("sex", "table", "restricted", content=table), 5)
    low = rest if masked == 1 else 0  # what the masked cells share may all be in one of them
    away = masked if 0 < rest < 5 and rest - low < 3 else 0
    assert (0 if found is None else found.numbers["exposed"]) == away
    if found is not None:
        assert found.verdict == "fail"
        assert found.sentence == f"Totals give away {away} masked cell{'s' * (away > 1)}."


def broken(columns, roles, **more):
    """Count the cells of which a rule says that they are too few."""
    one = Output("one", "table", "restricted", content=pd.DataFrame(columns), roles=roles, **more)
    return sum(
        f.numbers["cells"] for f in release([one])["one"].findings if f.rule == "small_cells" and f.verdict != "pass"
    )


@pytest.mark.parametrize(
    ("name", "label", "runs"),
    [("x", "Cumulative cases", True), ("cumulative", "Cases", True), ("x", "Cases", False), ("x", "", False)],
)
def test_counts_run_on_where_name_or_label_says_so(name, label, runs):
    roles = {"t": "key", name: count(label) if label else "count"}
    assert bool(broken({"t": [1, 2, 3], name: [40, 44, 90]}, roles)) is runs
    assert not broken({"t": [1, 2, 3], name: [40, 45, 90]}, roles)
    assert not broken({"t": [1, 2, 3], name: [44, 40, 90]}, roles)  # what falls does not run on


@pytest.mark.parametrize(("people", "rate", "few"), [(100, 30.0, 1), (99, 30.0, 0), (1000, 4.0, 1), (1000, 5.0, 0)])
def test_a_rate_without_a_base_is_tried_on_those_that_may_be_meant(people, rate, few):
    columns = {"sex": ["Woman", "Man"], "n": [people, 5000], "rate": [rate, 60.0]}
    assert broken(columns, {"sex": "key", "n": "count", "rate": "share of n"}) == few


def test_a_ledger_is_written_to_the_byte_as_others_read_it(tmp_path):
    budget = PrivacyBudget.create(tmp_path / "ledger", epsilon=2.0)
    budget.spend(0.5, purpose="a table")
    head, *lines = (tmp_path / "ledger").read_text(encoding="utf-8").splitlines()
    wanted = [{"delta": 0.0, "epsilon": 2.0}, {"delta": 0.0, "epsilon": 0.5, "purpose": "a table"}]
    before = ["", *lines]
    for line, entry, last in zip(lines, wanted, before, strict=False):
        after = hashlib.sha256(last.encode()).hexdigest()
        assert line == json.dumps({"after": after} | entry)  # names in the order of the alphabet
    last = hashlib.sha256(lines[-1].encode()).hexdigest()
    assert head == json.dumps({"entries": "00000002", "last": last})


def cell(source, *texts):
    """A cell of a notebook that printed texts."""
    shown = [{"output_type": "stream", "name": "stdout", "text": text} for text in texts]
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": shown}


def test_a_notebook_says_how_many_parts_go_and_by_which_rules():
    small = "gender\nWoman  40\nMan  3\nName: count, dtype: int64"
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["Traceback (most recent call last):"]}
    broken_cell = cell("1 / 0") | {"outputs": [error]}
    notebook = {
        "nbformat": 4,
        "metadata": {},
        "cells": [cell("x", small), cell("y", small), broken_cell, cell("z", "ok")],
    }
    found = notebook_rule(notebook, Policy(), "restricted")
    assert (found.rule, found.verdict, dict(found.numbers)) == ("notebook", "fail", {"parts": 3})
    assert found.sentence == "3 parts of it must not be seen (small_cells, traceback)."
    parts = scan_notebook(notebook)[1]
    assert [(f.rule, dict(f.numbers)) for f in parts] == [
        ("small_cells", {"cell": 0, "output": 0}),
        ("small_cells", {"cell": 1, "output": 0}),
        ("traceback", {"cell": 2, "output": 0}),
    ]
    for part in parts:
        assert part.sentence.startswith(f"Cell {part.numbers['cell']:.0f}, output 0 ")
    clean = notebook_rule({"nbformat": 4, "metadata": {}, "cells": [cell("z", "ok")]}, Policy(), "restricted")
    assert (clean.verdict, dict(clean.numbers)) == ("pass", {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Santos, Maria", True),
        ("file:Santos, Maria;place:Lagos", True),
        ("Lagos, Nigeria", False),
        ("Police, Shelter", False),
        ("file:Lagos, Nigeria", False),
        ("\u738b\u5c0f\u660e", True),
        ("\u4eba\u53e3", False),
    ],
)
def test_a_comma_makes_a_name_of_names_alone(text, found):
    assert names_in_text(text) is found


def test_tables_that_are_foreseen_save_programmes_and_are_true():
    rng = np.random.default_rng(0)
    table = with_margins(rng.negative_binomial(1, 0.1, size=(4, 4)).astype(float))
    hidden = ((table > 0) & (table < 5)) | ((rng.random(table.shape) < 0.3) & (table > 0))
    unknown = np.flatnonzero(hidden.ravel())
    matrix, many = equations(table.shape), np.ones(len(unknown))
    right = -(matrix @ np.where(hidden, 0.0, table).ravel())
    attacker = Attacker(csr_array(matrix[:, unknown]), right, many, np.inf * many, 5 * many)
    list(attacker.learned(attacker.outsider()))
    assert attacker._beyond
    for one in attacker.found:
        assert np.allclose(matrix[:, unknown] @ one, right)
    assert all(np.array_equal(one, np.round(one)) for one, _ in pairwise(attacker.found))


def test_a_checklist_is_equal_to_a_checklist_of_the_same_answers_alone():
    one = DataProtectionChecklist({})
    assert one == DataProtectionChecklist({})
    assert one != dict(one.answers)
    assert one != "a checklist"


def test_thresholds_are_tried_one_by_one_and_refused_by_name():
    counts = pd.DataFrame({"0-17": [3, 20, 12], "18+": [31, 40, 18]}, index=["A", "B", "C"])
    shown = explore_threshold(counts, (4, 2))
    assert shown.table.index.tolist() == [4, 2]
    assert shown.table["small"].tolist() == [1, 0]
    others = shown.table["others"].tolist()
    assert shown.table["estimate"].tolist() == pytest.approx([100 * (1 + others[0]) / 6, 0])
    assert shown.says[0] == (
        f"1 cells hold fewer than 4 people, and {others[0]} more are masked so that nobody can subtract their way back."
    )
    assert explore_threshold(counts).table.index.tolist() == [3, 5, 8, 10, 15, 20]
    for wrong, words in (([1], "thresholds == 1, must be"), ([2.5], "thresholds == 2.5, must be")):
        with pytest.raises(SpecificationError, match=f"^{words}"):
            explore_threshold(counts, wrong)
    for wrong in ([], [3, 3], 5):
        with pytest.raises(
            SpecificationError, match=r"^thresholds is an? \w+ of \d numbers, must be a list of different"
        ):
            explore_threshold(counts, wrong)
