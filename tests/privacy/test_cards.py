"""Cards of the gate, of noise and of masks list the figures they are named by, and a few people as a few."""

import html

import pandas as pd
import pytest

from cards import cells, head, listed, said
from ctresearch.core import Check
from ctresearch.privacy import (
    Answer,
    DataProtectionChecklist,
    Finding,
    Output,
    Override,
    Policy,
    PrivacyBudget,
    Verdict,
    dominance,
    microdata_quality,
    private_counts,
    release,
    risk,
    round_counts,
    suppress,
    synthesize,
)
from ctresearch.privacy.synthesis.quality import QUALITIES

COUNTS = pd.DataFrame([[3, 20, 7], [31, 2, 12], [9, 14, 40]], index=list("abc"), columns=list("xyz"))
NAMES = ("output", "rule", "reason", "name")


def test_findings_overrides_and_verdicts():
    found = Finding("threshold", "fail", "Two cells are small.", "Mask them.")
    page = found._repr_html_()
    assert listed(page) == {"rule": "threshold", "verdict": "fail"}
    assert said(page) == ["Two cells are small.", "Mask them."]
    aside = Override(output="map", rule="no_counts", reason="shows borders and no people", name="A. Custodian")
    page = aside._repr_html_()
    assert listed(page) == {name: getattr(aside, name) for name in NAMES}
    assert said(page) == []
    verdict = Verdict.of("table", [found])
    page = verdict._repr_html_()
    assert listed(page) == {"output": "table", "verdict": "fail", "rule": "threshold"}
    assert said(page) == ["Two cells are small.", "Mask them."]


def test_outputs_and_policies():
    page = Output("few", "estimate", "restricted", COUNTS, 4)._repr_html_()
    assert listed(page) == {"name": "few", "kind": "estimate", "level": "restricted", "content": "DataFrame 3 × 3"}
    policy = Policy(record_k=12)
    page = policy._repr_html_()
    assert set(listed(page)) == set(policy.to_dict())
    assert (listed(page)["record_k"], listed(page)["owner"]) == ("12", "ctresearch")
    assert said(page) == []


def test_a_decision_of_the_gate_lists_each_output():
    ages = pd.DataFrame({"age": ["0-8", "9-17"], "n": [12, 40]})
    roles = {"age": "key", "n": "count"}
    found = release(
        [
            Output("ages", "table", "restricted", ages, [12, 40], roles=roles),
            Output("small", "table", "restricted", ages.assign(n=[2, 40]), [2, 40], roles=roles),
        ]
    )
    page = found._repr_html_()
    assert [row[:2] for row in cells(page) if row[0] in ("ages", "small")] == [["ages", "pass"], ["small", "fail"]]
    assert cells(page)[0][1:] == ["verdict", "why"]
    assert [row[2] for row in cells(page) if row[0] in ("ages", "small")] == [one.sentence for one in found.verdicts]


def test_a_checklist_lists_the_state_of_every_principle():
    checklist = DataProtectionChecklist({"consent": Answer("met", "Form 3.")})
    page = checklist._repr_html_()
    assert [row for row in cells(page) if len(row) == 2 and row[0] in checklist.answers] == [
        [name, one.state] for name, one in checklist.answers.items()
    ]
    one = next(iter(checklist.answers.values()))
    assert listed(one._repr_html_()) == {"state": one.state}


def test_noise_and_its_ledger(tmp_path):
    ledger = PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=2.0, delta=1e-6)
    ledger.spend(0.5, 1e-7, purpose="counts by age")
    page = ledger._repr_html_()
    assert listed(page) == {"total": "2, 1e-06", "remaining": "1.5, 9e-07"}
    entry = ledger.spendings[0]
    assert listed(entry._repr_html_()) == {"epsilon": "0.5", "delta": "1e-07", "purpose": "counts by age"}
    noised = private_counts(COUNTS, epsilon=1.0, budget=ledger)
    page = noised._repr_html_()
    assert (listed(page)["table"], listed(page)["epsilon"]) == ("DataFrame 3 × 3", "1")
    assert (listed(page)["delta"], listed(page)["mechanism"]) == ("0", noised.mechanism)
    assert noised.check.message in html.unescape(page)


def test_masks_and_rounding_show_their_check():
    masked = suppress(COUNTS, threshold=5)
    page = masked._repr_html_()
    assert set(listed(page)) == {"table", "primary", "secondary"}
    assert isinstance(masked.check, Check)
    assert f"ctresearch-{masked.check.status}" in page
    rounded = round_counts(COUNTS, 5, seed=1)
    page = rounded._repr_html_()
    assert listed(page) == {"table": "DataFrame 3 × 3", "base": "5"}
    assert f"ctresearch-{rounded.check.status}" in page
    held = dominance([[95, 5], [9] * 10])
    assert listed(held._repr_html_()) == {name: f"ndarray {len(getattr(held, name))}" for name in ("nk", "p_percent")}


def rows(n=40):
    """Invent records."""
    return pd.DataFrame(
        {"sex": ["w", "m"] * (n // 2), "age": list("abcd") * (n // 4), "debt": ["yes", "no"] * (n // 2)}
    )


def test_risk_masks_few_people():
    lonely = pd.concat([rows(), pd.DataFrame({"sex": ["x"] * 3, "age": ["z"] * 3, "debt": ["yes"] * 3})])
    found = risk(lonely, ["sex", "age"], k=4)
    assert listed(found._repr_html_()) == {
        "quasi_identifiers": "sex, age",
        "sensitive": "tuple of 0",
        "required": "4",
        "l_diversity": "dict of 0",
        "t_closeness": "dict of 0",
        "n": "43",
        "k": "<5",
        "below": "<5",
    }


@pytest.mark.slow  # models are fitted to judge the rows
def test_quality_shows_every_figure():
    page = microdata_quality(rows(), rows())._repr_html_()
    assert set(listed(page)) == {*QUALITIES, "copied_uniques"}
    assert head(page) == "MicrodataQuality"


@pytest.mark.slow  # rows are drawn, and judged
def test_synthetic_rows_show_what_they_cost_and_not_what_they_are():
    made = synthesize(
        rows(), epsilon=2.0, delta=1e-3, domain={"sex": ["w", "m"], "age": list("abcd"), "debt": ["yes", "no"]}
    )
    page = made._repr_html_()
    assert listed(page)["frame"] == f"DataFrame {len(made.frame)} × 3"
    assert set(listed(page)) == {"frame", "epsilon", "delta", "rho"}
    assert all(f"ctresearch-{one.status}" in page for one in made.checks)
    report = made.report._repr_html_()
    assert report.count('<div class="ctresearch-card">') == 2
    assert said(report) == ["synthetic", "independent"]
    assert set(listed(report)) == set(QUALITIES)
