"""``results.json`` holds what the gate passed, rounded, under a schema; everything else is named and not shown."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Check, DataError, Result, Scope, estimates_table
from ctresearch.studies import Study
from ctresearch.studies.shown import gate
from ctresearch.studies.shown.results import build, estimate_entry, results_bytes, schema
from small_project import ETHICS

RUN = "ab" * 32
CITE = {"references": ["doi:10.1111/rssa.12505"]}


def study(tmp_path, restricted=False, **outputs):
    import tomllib

    more = {"data": {"cases": {"level": "restricted", "access": "ask"}}, **tomllib.loads(ETHICS)} if restricted else {}
    if more:
        from ctresearch.studies.asked.manifest import study_from_table

        table = {"title": "T", "notebook": "n", "seed": 1, "outputs": outputs, "cite": CITE, **more}
        return study_from_table(table, tmp_path / "demo")
    return Study(name="demo", folder=tmp_path, title="T", notebook="n", seed=1, outputs=outputs, cite=CITE)


CHECKS = (Check("fit", "review", "Look.", {"p": 1 / 3}),)


def result(n=40, checks=CHECKS):
    table = estimates_table({"population": (1 / 3, np.nan, -np.inf, np.inf)}, unit="persons", stratum=["all"])
    return Result(method="m", estimates=table, n=n, scope=Scope(population="potential victims"), checks=checks)


def save(folder, name, kind, content, counts=None):
    path = folder / f"{name}.{'json' if kind == 'estimate' else 'csv'}"
    path.write_text(json.dumps(content.to_dict()) if kind == "estimate" else content, encoding="utf-8")
    named = {"sex": {"role": "key", "label": "Sex"}, "people": {"role": "count", "label": "People"}}
    roles = named if kind == "table" and content.startswith("sex,people") else None
    return {name: {"kind": kind, "path": path.name, "counts": counts, "roles": roles}}


def test_the_document_fits_its_schema_and_is_canonical(tmp_path):
    saved = save(tmp_path, "e", "estimate", result()) | save(tmp_path, "t", "table", "a,n\nx,20\n", [20])
    one = study(tmp_path, e={"kind": "estimate", "level": "public"}, t={"kind": "table", "level": "public"})
    document = build(one, RUN, saved, tmp_path)
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(json.loads(results_bytes(document)))
    assert results_bytes(json.loads(results_bytes(document))) == results_bytes(document)
    assert document["tables"]["t"] | {"sha256": ""} == {"path": "t.csv", "sha256": "", "columns": ["a", "n"], "rows": 1}
    assert document["status"] == "review"
    assert document["checks"][0]["output"] == "e"


def test_numbers_are_rounded_and_whom_they_count_travels_along():
    entry = estimate_entry(result())
    assert entry["rows"] == [
        {
            "term": "population",
            "estimate": 0.33333333,
            "std_error": None,
            "ci_low": "-inf",
            "ci_high": "inf",
            "unit": "persons",
            "stratum": "all",
        }
    ]
    assert (entry["population"], entry["definition"]) == ("potential victims", "not stated")


def test_what_the_gate_keeps_back_is_named_and_not_shown(tmp_path):
    saved = save(tmp_path, "t", "table", "sex,people\nWoman,3\nMan,40\n", [3, 40])
    saved |= save(tmp_path, "safe", "table", "sex,people\nWoman,30\nMan,40\n", [30, 40])
    level = {"kind": "table", "level": "restricted"}
    document = build(study(tmp_path, True, t=level, safe=level), RUN, saved, tmp_path)
    assert list(document["tables"]) == ["safe"]
    assert document["gate"]["t"]["status"] == "fail"
    assert "Counts of too few people" in document["gate"]["t"]["message"]


def test_a_public_promise_over_restricted_data_is_judged_as_restricted(tmp_path):
    one = study(tmp_path, True, t={"kind": "table", "level": "public"})
    assert gate.effective_level(one, "t") == "restricted"
    saved = save(tmp_path, "t", "table", "sex,people\nWoman,3\nMan,40\n", [3, 40])
    assert build(one, RUN, saved, tmp_path)["tables"] == {}


def test_outputs_without_counts_of_restricted_data_wait_for_a_person(tmp_path):
    saved = save(tmp_path, "t", "table", "a,b\nx,0.5\n")
    document = build(study(tmp_path, True, t={"kind": "table", "level": "restricted"}), RUN, saved, tmp_path)
    assert document["gate"]["t"]["status"] == "review"
    assert document["tables"] == {}


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"kind": "os:system"}', "cos\nsystem\n(S'x'\ntR."])
def test_an_estimate_that_is_none_is_refused(tmp_path, content):
    saved = save(tmp_path, "e", "estimate", result())
    (tmp_path / "e.json").write_text(content)
    with pytest.raises(DataError, match="'e' cannot be read back"):
        build(study(tmp_path, e={"kind": "estimate", "level": "public"}), RUN, saved, tmp_path)


def test_a_published_source_is_cited(tmp_path):
    table = {"lists": {"source": "published:uk-2013", "level": "public"}}
    one = Study(
        name="demo",
        folder=tmp_path,
        title="T",
        notebook="n",
        seed=1,
        data=table,
        outputs={"t": {"kind": "table", "level": "public"}},
    )
    document = build(one, RUN, save(tmp_path, "t", "table", "a,n\nx,2\n"), tmp_path)
    assert "Silverman" in document["gate"]["t"]["message"]


def test_empty_table_of_cells(tmp_path):
    saved = save(tmp_path, "t", "table", pd.DataFrame({"a": []}).to_csv(index=False))
    document = build(study(tmp_path, t={"kind": "table", "level": "public"}), RUN, saved, tmp_path)
    assert document["tables"]["t"]["rows"] == 0


def test_the_whole_document_of_a_run(tmp_path):
    import hashlib

    one = result(checks=(Check("fit", "review", "Look.", {"p": 1 / 3}), Check("gone", "fail", "No.", voids=True)))
    saved = save(tmp_path, "z", "table", "a,n\nx,20\ny,30\n", [20, 30]) | save(tmp_path, "e", "estimate", one, [40])
    saved |= save(tmp_path, "f", "figure", "drawn", [40]) | save(tmp_path, "g", "file", "words", [40])
    levels = {name: {"kind": entry["kind"], "level": "public"} for name, entry in saved.items()}
    document = build(
        study(tmp_path, **levels), RUN, saved, tmp_path, {"lists": ("rows",), "other": ()}, restricted=("b", "a")
    )
    assert {key: document[key] for key in ("$schema", "format", "study", "title", "run_id")} == {
        "$schema": "results.schema.json",
        "format": "ctresearch-results/1",
        "study": "demo",
        "title": "T",
        "run_id": RUN,
    }

    def digest(name):
        return hashlib.sha256((tmp_path / saved[name]["path"]).read_bytes()).hexdigest()

    assert document["tables"] == {"z": {"path": "z.csv", "sha256": digest("z"), "columns": ["a", "n"], "rows": 2}}
    shown = {group: document[group] for group in ("figures", "files")}
    if "f" in document["figures"]:  # what the gate passes has path and hash, and nothing else
        assert shown["figures"] == {"f": {"path": "f.csv", "sha256": digest("f")}}
    assert shown["files"] in ({}, {"g": {"path": "g.csv", "sha256": digest("g")}})
    assert list(document["estimates"]) == ["e"]
    assert document["estimates"]["e"]["path"] == "e.json"
    assert document["estimates"]["e"]["sha256"] == digest("e")
    assert list(document["gate"]) == ["e", "f", "g", "z"]
    assert document["checks"] == [
        {"output": "e", "name": "fit", "status": "review", "message": "Look.", "numbers": {"p": 0.33333333}},
        {"output": "e", "name": "gone", "status": "fail", "message": "No.", "voids": True, "numbers": {}},
    ]
    assert document["replaced"] == {"lists": ["rows"], "other": []}
    assert document["restricted"] == ["a", "b"]
    assert document["status"] == "fail"
    bare = build(study(tmp_path, z=levels["z"]), RUN, {"z": saved["z"]}, tmp_path)
    assert "replaced" not in bare
    assert "restricted" not in bare
    assert bare["status"] == "pass"


def test_an_estimate_travels_with_its_method_and_words():
    made = Result(
        method="m",
        estimates=estimates_table({"x": (2.0, 1.0, 0.5, 4.0)}).assign(sure=True, year=2013),
        n=9,
        level=0.9,
        interval="profile",
        scale="log",
        assumptions=("One.", "Two."),
        references=("A (2000)",),
        scope=Scope(population="p", definition="d", reference_period="r", measure="stock"),
    )
    assert estimate_entry(made) == {
        "method": "m",
        "n": 9,
        "level": 0.9,
        "interval": "profile",
        "scale": "log",
        "status": "pass",
        "stands": True,
        "assumptions": ["One.", "Two."],
        "references": ["A (2000)"],
        "population": "p",
        "definition": "d",
        "reference_period": "r",
        "measure": "stock",
        "terms": {"x": {"role": "model", "label": "X"}},
        "rows": [
            {
                "term": "x",
                "estimate": 2.0,
                "std_error": 1.0,
                "ci_low": 0.5,
                "ci_high": 4.0,
                "unit": "",
                "sure": True,
                "year": 2013,
            }
        ],
    }


def test_the_bytes_of_a_document_are_canonical():
    assert results_bytes({"b": "é", "a": [1]}) == '{\n "a": [\n  1\n ],\n "b": "é"\n}\n'.encode()
    with pytest.raises(ValueError, match="JSON"):
        results_bytes({"a": float("nan")})
