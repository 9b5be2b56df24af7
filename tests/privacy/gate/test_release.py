"""The gate's policy, its overrides, its memory of earlier releases, and the record it leaves."""

import copy
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from tests.privacy.declaring import declare

from ctresearch.core import DataError, DisclosureError, Result, SpecificationError, estimates_table
from ctresearch.privacy import (
    PRINCIPLES,
    Answer,
    DataProtectionChecklist,
    Finding,
    Output,
    Override,
    Policy,
    Verdict,
    all_in_one_cell,
    dominance,
    release,
    scan_notebook,
)
from ctresearch.regions import Pool

SIGNED = {"output": "map", "rule": "no_counts", "reason": "shows borders and no people", "name": "A. Custodian"}


def by_sex(women, men=40, name="sex"):
    return Output(
        name,
        "table",
        "restricted",
        content=pd.DataFrame({"sex": ["Woman", "Man"], "n": [women, men]}),
        counts=[women, men],
        roles={"sex": "key", "n": "count"},
    )


def test_the_door_is_cheap_to_open():
    script = (
        "import sys, ctresearch.privacy.gate.release; print([m for m in ('pandas', 'scipy', 'matplotlib') if m in "
        "sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_release_lists_what_passed_and_refuses_the_rest():
    gate = release([by_sex(120), by_sex(3, name="small"), Output("map", "figure", "restricted")])
    assert gate.passed == ("sex",)
    assert [v.output for v in gate.refused] == ["small", "map"]
    assert gate["small"].cure
    with pytest.raises(DisclosureError, match="2 of 3 outputs may not leave"):
        gate.require()
    with pytest.raises(SpecificationError, match="output == 'other'"):
        gate["other"]


def test_the_record_holds_no_counts_and_no_contents():
    gate = release([by_sex(3987), by_sex(3, 4001, name="small")])
    text = json.dumps(gate.to_dict())
    assert json.loads(text)["passed"] == ["sex"]
    for secret in ("3987", "4001", "Woman"):
        assert secret not in text


@pytest.mark.parametrize("smallest", [2, 3, 4])
def test_a_verdict_never_tells_how_small_a_cell_is(smallest):
    one = release([Output("one", "table", "restricted", counts=[90, 1])])["one"]
    other = release([Output("one", "table", "restricted", counts=[90, smallest])])["one"]
    assert one.to_dict() == other.to_dict()


def test_an_override_needs_a_reason_and_a_name_and_is_recorded():
    gate = release([Output("map", "figure", "restricted")], overrides=[SIGNED])
    assert gate.passed == ("map",)
    assert gate["map"].overrides[0].name == "A. Custodian"
    assert gate.to_dict()["verdicts"][0]["overrides"] == [SIGNED]
    assert gate.to_dict()["overrides"] == [SIGNED]
    for change, words in (
        ({"reason": ""}, "reason == ''"),
        ({"name": " "}, "name == ' '"),
        ({"reason": "fine"}, "at least four words"),
    ):
        with pytest.raises(SpecificationError, match=words):
            release([Output("map", "figure", "restricted")], overrides=[SIGNED | change])
    with pytest.raises(SpecificationError, match="exactly the keys"):
        release([Output("map", "figure", "restricted")], overrides=[{"output": "map"}])
    with pytest.raises(SpecificationError, match="names the output 'map'"):
        release([by_sex(120)], overrides=[SIGNED])


@pytest.mark.parametrize("rule", ["treshold", "seeded_noise", "notebook"])
def test_an_override_names_a_rule_that_can_be_set_aside(rule):
    with pytest.raises(SpecificationError, match=f"rule == '{rule}', must be one of"):
        Override(**SIGNED | {"rule": rule})


def test_an_override_sets_one_rule_aside_and_no_other():
    output = Output("map", "figure", "restricted", content=b"<svg>someone@example.org</svg>")
    verdict = release([output], overrides=[Override(**SIGNED)])["map"]
    assert (verdict.verdict, verdict.rule) == ("fail", "identifier")
    signed = [SIGNED, SIGNED | {"rule": "identifier", "reason": "the address of the publisher itself"}]
    assert release([output], overrides=signed)["map"].verdict == "pass"


def test_a_verdict_needs_findings():
    with pytest.raises(SpecificationError, match="has no findings"):
        Verdict.of("one", [])
    with pytest.raises(SpecificationError, match="verdict == 'maybe'"):
        Finding("threshold", "maybe", "?")


def test_the_stricter_policy_wins(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text('owner = "a shelter"\naggregate_threshold = 10\nrecord_k = 3\nzeros = "mask"\n', encoding="utf-8")
    joined = Policy.load(file)
    assert (joined.aggregate_threshold, joined.record_k, joined.zeros) == (10, 11, "mask")
    for policy in (file, str(file), Policy(aggregate_threshold=10, zeros="mask", owner="a shelter")):
        assert release([by_sex(120, 9)], policy=policy)["sex"].verdict == "fail"
        assert release([by_sex(120, 0)], policy=policy)["sex"].rule == "zeros"
        assert release([by_sex(120, 10)], policy=policy)["sex"].verdict == "pass"
    loose = Policy(aggregate_threshold=2, owner="a careless owner")
    assert release([by_sex(120, 3)], policy=loose)["sex"].verdict == "fail"
    assert "a careless owner" in release([by_sex(120)], policy=loose).to_dict()["policy"]["owner"]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('owner = "x"\nthreshold = 5\n', SpecificationError, "has the key 'threshold'"),
        ("aggregate_threshold = 5\n", SpecificationError, "must also name its owner"),
        ('owner = "x"\naggregate_threshold = 1\n', SpecificationError, "aggregate_threshold == 1"),
        ('owner = "x"\nrecord_k = 2.5\n', SpecificationError, "record_k == 2.5"),
        ('owner = "x"\nzeros = "hide"\n', SpecificationError, "zeros == 'hide'"),
        ('owner = "x"\ndominance_k = 85\n', SpecificationError, "dominance_k == 85"),
        ('owner = " "\n', SpecificationError, "owner == ' '"),
        ("owner = \n", DataError, "cannot be read as TOML"),
    ],
)
def test_a_policy_file_is_read_whole_or_refused(tmp_path, text, error, words):
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        Policy.load(file)


@pytest.mark.parametrize("seed", range(5))
def test_joining_policies_is_symmetric_and_never_looser(seed):
    rng = np.random.default_rng(seed)
    one, two = (
        Policy(
            record_k=int(rng.integers(2, 30)),
            aggregate_threshold=int(rng.integers(2, 30)),
            p_percent=float(rng.uniform(0.01, 0.9)),
        )
        for _ in range(2)
    )
    joined = one.stricter(two)
    assert joined == two.stricter(one)
    assert joined.stricter(one) == joined
    assert all(
        joined.threshold(level) >= max(one.threshold(level), two.threshold(level)) for level in ("record", "restricted")
    )


@pytest.mark.parametrize(
    ("earlier", "now", "verdict"),
    [
        (by_sex(120), by_sex(122), "fail"),
        (by_sex(120), by_sex(116), "fail"),
        (by_sex(120), by_sex(120), "pass"),
        (by_sex(120), by_sex(130, 50), "pass"),
        (by_sex(120, 40), by_sex(127, 36), "fail"),  # a cell and, 160 against 163, the sum of both
        (by_sex(120, 40), by_sex(130, 32), "fail"),  # no cell, but the sum of both
        (by_sex(120), by_sex(122, 41, name="adults"), "review"),
        (by_sex(120), by_sex(122, 400, name="another form"), "review"),
        (by_sex(120), by_sex(122, 31, name="another people"), "pass"),
    ],
)
def test_releases_are_set_against_earlier_ones(earlier, now, verdict):
    for before in (earlier, release([earlier])):
        assert release([now], earlier=[before])[now.name].verdict == verdict
    shown = Output(earlier.name, "table", "restricted", content=earlier.content)  # as a bundle holds it, without counts
    assert release([now], earlier=[shown])[now.name].verdict == verdict


def test_a_table_is_set_against_the_sums_of_a_finer_one():
    fine = pd.DataFrame({"9-17": [60, 20], "18+": [60, 20]}, index=pd.Index(["Woman", "Man"], name="sex"))
    finer = declare(Output("sex and age", "table", "restricted", content=fine, counts=fine))
    assert release([by_sex(122, 43)], earlier=[finer])["sex"].verdict == "review"
    assert release([by_sex(120, 40)], earlier=[finer])["sex"].verdict == "pass"
    assert release([finer, by_sex(122, 43)])["sex"].rule == "differencing"
    long = fine.reset_index().melt(id_vars="sex", var_name="age", value_name="n")
    longer = declare(Output("sex and age", "table", "restricted", content=long, counts=[62, 20, 60, 20]))
    assert release([longer], earlier=[finer])["sex and age"].verdict == "fail"


def test_published_tables_are_not_set_against_one_another():
    tables = [
        Output(n, "table", "public", by_sex(w).content, citation="Silverman (2014).")
        for n, w in (("a", 120), ("b", 122))
    ]
    assert release(tables).passed == ("a", "b")


def test_a_number_of_studies_is_set_against_no_number_of_people():
    def pooled(studies):
        made = Pool(method="dl").fit(pd.DataFrame({"estimate": np.arange(studies) / 10, "std_error": 0.2}))
        return Output(f"{studies} studies", "estimate", "restricted", made.to_dict(), counts=[900])

    def counted(people):
        table = estimates_table({"total": (900.0, 30.0, 850.0, 950.0)})
        made = Result(method="m", estimates=table, n=people)
        return Output(f"{people} people", "estimate", "restricted", made.to_dict(), counts=[900])

    def rules(*outputs):
        return {finding.rule for verdict in release(outputs).verdicts for finding in verdict.findings}

    assert "differencing" not in rules(pooled(4), pooled(8))
    assert "differencing" not in rules(pooled(12), counted(14))
    assert "differencing" in rules(counted(40), counted(42))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Output("", "table", "public"), SpecificationError, "name == ''"),
        (lambda: Output("a", "map", "public"), SpecificationError, "kind == 'map'"),
        (lambda: Output("a", "table", "secret"), SpecificationError, "level == 'secret'"),
        (
            lambda: Output("a", "table", "public", operational_detail="yes"),
            SpecificationError,
            "operational_detail == 'yes'",
        ),
        (lambda: Output("a", "table", "public", counts=[-1]), DataError, "counts of 'a': 1 of . cells are negative"),
        (lambda: Output("a", "table", "public", counts=["x"]), DataError, "counts of 'a' hold what is no number"),
        (lambda: release([by_sex(9), by_sex(9)]), SpecificationError, "'sex' stands 2 times"),
        (lambda: release([by_sex(9)], policy=5), SpecificationError, "policy == 5"),
        (lambda: scan_notebook("no"), DataError, "no JSON"),
        (lambda: scan_notebook({"metadata": {}}), DataError, "without cells"),
        (lambda: dominance([[-1, 2]]), DataError, "contributions to cell 1: 1 of"),
        (lambda: all_in_one_cell([1, 2]), DataError, "1 dimensions"),
        (lambda: Answer("met"), SpecificationError, "must say how or why"),
        (lambda: DataProtectionChecklist({"luck": Answer()}), SpecificationError, "principle == 'luck'"),
        (lambda: DataProtectionChecklist.from_dict({"consent": {"by": "x"}}), SpecificationError, "has the key 'by'"),
    ],
)
def test_bad_input_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_stripped_notebook_passes_and_keeps_its_code():
    small = {"output_type": "execute_result", "data": {"text/plain": "sex    n\nWoman  40\nMan     2"}, "metadata": {}}
    fine = {"output_type": "stream", "name": "stdout", "text": ["done\n", "in 3 s"]}
    cells = [
        {
            "cell_type": "code",
            "source": "who = 'Jane Example'\nn = 3",
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
        },
        {"cell_type": "code", "source": "table", "metadata": {}, "outputs": [fine, small]},
    ]
    notebook = {
        "nbformat": 4,
        "metadata": {"papermill": {"parameters": {"who": "Jane Example", "n": 3}}},
        "cells": cells,
    }
    before = copy.deepcopy(notebook)
    stripped, findings = scan_notebook(notebook)
    assert notebook == before
    assert [f.rule for f in findings] == ["parameter", "small_cells", "parameter"]
    assert findings[1].numbers == {"cell": 1, "output": 1}
    assert stripped["cells"][1]["outputs"][0] == fine
    assert stripped["cells"][1]["source"] == "table"
    assert stripped["metadata"]["papermill"]["parameters"]["n"] == 3
    assert "Jane" not in json.dumps(stripped) + json.dumps([f.to_dict() for f in findings])
    again, nothing = scan_notebook(json.dumps(stripped))
    assert (again, nothing) == (stripped, ())
    assert release([Output("notebook", "notebook", "restricted", stripped)]).passed == ("notebook",)


def test_dominance_follows_the_two_rules():
    # by hand: 97 of 100 is above 85 %; 100 - 50 - 48 = 2 is below 10 % of 50; 40 + 30 of 100 breaks neither
    cells = [[97, 1, 1, 1], [50, 48, 2], [40, 30, 15, 15], [0, 0], []]
    found = dominance(cells, n=1, k=0.85, p=0.10)
    assert found.nk.tolist() == [True, False, False, False, False]
    assert found.p_percent.tolist() == [True, True, False, False, False]


def test_the_thirteen_principles_are_those_of_the_manual():
    assert list(PRINCIPLES) == [
        "lawful and fair collection",
        "specified and legitimate purpose",
        "data quality",
        "consent",
        "transfer to third parties",
        "confidentiality",
        "access and transparency",
        "data security",
        "retention of personal data",
        "application of the principles",
        "ownership of personal data",
        "oversight, compliance and internal remedies",
        "exceptions",
    ]
    answered = DataProtectionChecklist({name: Answer("met", "As the protocol says.") for name in PRINCIPLES})
    assert answered.check.status == "pass"
    broken = DataProtectionChecklist(dict(answered) | {"consent": Answer("not met", "Nobody was asked.")})
    assert broken.check.status == "fail"
    assert DataProtectionChecklist.from_dict(json.loads(json.dumps(broken.to_dict()))) == broken
    assert hash(broken) != hash(answered)
