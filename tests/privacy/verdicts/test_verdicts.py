"""Outputs, marks, policies, findings and overrides: each rule at its bounds, each sentence with its numbers."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.privacy import Finding, Output, Override, Policy, Verdict
from ctresearch.privacy.verdicts.marks import MARKS, carries_mark
from ctresearch.privacy.verdicts.verdict import RULES

DEFAULTS = {
    "record_k": 11,
    "aggregate_threshold": 5,
    "household_threshold": 5,
    "case_threshold": 5,
    "group_threshold": 5,
    "zeros": "pass",
    "dominance_n": 2,
    "dominance_k": 0.85,
    "p_percent": 0.10,
    "operational_detail": "review",
    "quotes": "review",
    "max_epsilon": 10.0,
    "max_delta": 1e-5,
    "least_noise": 1.25,
    "owner": "ctresearch",
}


def test_the_default_policy():
    assert Policy().to_dict() == DEFAULTS
    assert [Policy().threshold(level) for level in ("public", "restricted", "record")] == [5, 5, 11]
    assert Policy(aggregate_threshold=20).threshold("record") == 20
    households = Policy(household_threshold=8)
    assert [households.threshold("restricted", of) for of in ("person", "household", "case", "group")] == [5, 8, 5, 5]
    assert households.threshold("record", "household") == 11
    assert Policy(aggregate_threshold=20).threshold("restricted", "household") == 20
    with pytest.raises(SpecificationError, match="level == 'secret', must be one of 'public', 'restricted', 'record'"):
        Policy().threshold("secret")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("record_k", (2, 100), (1, 2.5)),
        ("aggregate_threshold", (2, 100), (1, 2.5)),
        ("household_threshold", (2, 100), (1, 2.5)),
        ("case_threshold", (2, 100), (1, 2.5)),
        ("group_threshold", (2, 100), (1, 2.5)),
        ("zeros", ("pass", "mask"), ("hide",)),
        ("quotes", ("review", "fail"), ("pass",)),
        ("dominance_n", (1, 5), (0, 1.5)),
        ("dominance_k", (0.01, 0.99), (0, 1)),
        ("p_percent", (0.01, 0.99), (0, 1)),
        ("operational_detail", ("review", "fail"), ("pass",)),
        ("max_epsilon", (0.1, 100), (0, -1)),
        ("max_delta", (0, 0.5), (-1e-9, 0.51)),
        ("least_noise", (0, 50), (-0.1,)),
        ("owner", ("a",), ("", "  ", 3)),
    ],
)
def test_a_policy_at_its_bounds(name, good, bad):
    for value in good:
        assert getattr(Policy(**{name: value}), name) == value
    for value in bad:
        with pytest.raises(SpecificationError, match=f"{name} == "):
            Policy(**{name: value})


STRICT = {
    "record_k": 20,
    "aggregate_threshold": 10,
    "household_threshold": 10,
    "case_threshold": 10,
    "group_threshold": 10,
    "zeros": "mask",
    "dominance_n": 3,
    "dominance_k": 0.5,
    "p_percent": 0.2,
    "operational_detail": "fail",
    "quotes": "fail",
    "max_epsilon": 1.0,
    "max_delta": 1e-9,
    "least_noise": 3.0,
}


@pytest.mark.parametrize("name", STRICT)
def test_of_two_policies_the_stricter_rule_counts(name):
    one, other = Policy(), Policy(**{name: STRICT[name]}, owner="a shelter")
    for joined in (one.stricter(other), other.stricter(one)):
        assert joined.to_dict() | {"owner": ""} == DEFAULTS | {name: STRICT[name], "owner": ""}
    assert one.stricter(other).owner == "ctresearch and a shelter"
    assert other.stricter(one).owner == "a shelter and ctresearch"
    assert one.stricter(one).owner == "ctresearch"


def test_a_policy_from_a_file(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('owner = "é"\naggregate_threshold = 3\nrecord_k = 30\n', encoding="utf-8")
    found = Policy.load(str(path))
    assert (found.aggregate_threshold, found.record_k, found.owner) == (5, 30, "ctresearch and é")
    for text in ("owner = ", None):
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=r"^the policy file .*policy.toml' cannot be read as TOML"):
            Policy.load(path)
    path.write_bytes(b'owner = "\xff"')
    with pytest.raises(DataError, match="cannot be read as TOML"):
        Policy.load(path)
    with pytest.raises(
        SpecificationError, match="the policy has the key 'a', must be one of record_k, aggregate_thres"
    ):
        Policy.from_dict({"owner": "x", "b": 1, "a": 1})
    with pytest.raises(SpecificationError, match=r"the policy has the keys \['record_k'\], must also name its owner"):
        Policy.from_dict({"record_k": 12})
    assert Policy.from_dict({"owner": "x", "record_k": 5}).record_k == 5


def test_findings_are_frozen_and_plain():
    found = Finding("threshold", "fail", "Small.", "Mask it.", {"cells": 2})
    assert found.to_dict() == {
        "rule": "threshold",
        "verdict": "fail",
        "sentence": "Small.",
        "cure": "Mask it.",
        "numbers": {"cells": 2.0},
    }
    assert type(found.to_dict()["numbers"]) is dict
    with pytest.raises(TypeError):
        found.numbers["cells"] = 3
    assert (Finding("a", "pass", "b").cure, dict(Finding("a", "pass", "b").numbers)) == ("", {})
    with pytest.raises(SpecificationError, match="verdict == 'bad', must be one of 'pass', 'review', 'fail'"):
        Finding("a", "bad", "b")


SIGNED = {"output": "map", "rule": "no_counts", "reason": "shows no people here", "name": "A. B."}


def test_overrides_are_words_of_a_person():
    signed = Override(**SIGNED)
    assert signed.to_dict() == SIGNED
    assert Override.of(SIGNED) == signed
    assert Override.of(signed) is signed
    for key in SIGNED:
        for wrong in ("", " ", None, 3):
            with pytest.raises(SpecificationError, match=f"^{key} == .* in an override, must be words"):
                Override(**SIGNED | {key: wrong})
        with pytest.raises(SpecificationError, match="must have exactly the keys output, rule, reason, name"):
            Override.of({k: v for k, v in SIGNED.items() if k != key})
    for wrong in (SIGNED | {"more": "x"}, [1], None):
        with pytest.raises(SpecificationError, match="must have exactly the keys"):
            Override.of(wrong)
    with pytest.raises(SpecificationError, match=r"^reason == 'three words only' in an override, must say why in at"):
        Override(**SIGNED | {"reason": "three words only"})
    for rule in RULES:
        assert Override(**SIGNED | {"rule": rule}).rule == rule
    for rule in ("seeded_noise", "nothing"):
        with pytest.raises(SpecificationError, match="rule == "):
            Override(**SIGNED | {"rule": rule})
    assert len(RULES) == 22


def finding(rule, verdict, **more):
    return Finding(rule, verdict, f"{rule} says {verdict}.", f"cure of {rule}", {"n": len(rule)}, **more)


def test_the_gravest_finding_decides_and_the_first_among_equals():
    some = [
        finding("zeros", "pass"),
        finding("threshold", "review"),
        finding("records", "fail"),
        finding("citation", "fail"),
    ]
    found = Verdict.of("ages", some)
    assert (found.output, found.verdict, found.rule, found.cure) == ("ages", "fail", "records", "cure of records")
    assert found.sentence == "records says fail."
    assert dict(found.numbers) == {"n": 7}
    assert (found.findings, found.overrides) == (tuple(some), ())
    assert Verdict.of("ages", some[:2]).rule == "threshold"
    passed = Verdict.of("ages", some[:1])
    assert (passed.verdict, passed.rule, passed.cure) == ("pass", "zeros", "")
    with pytest.raises(SpecificationError, match=r"^output == 'ages' has no findings"):
        Verdict.of("ages", [])
    assert found.to_dict() == {
        "output": "ages",
        "verdict": "fail",
        "rule": "records",
        "numbers": {"n": 7.0},
        "cure": "cure of records",
        "sentence": "records says fail.",
        "findings": [one.to_dict() for one in some],
        "overrides": [],
    }
    assert (found.check.name, found.check.status) == ("records", "fail")
    assert found.check.message == "ages: records says fail. cure of records"
    assert found.check.numbers == {"n": 7}
    assert passed.check.message == "ages: zeros says pass."


def test_overrides_set_aside_their_own_rule_on_their_own_output():
    some = [finding("no_counts", "review"), finding("zeros", "pass")]
    signed = Override(**SIGNED)
    found = Verdict.of("map", some, [signed])
    assert (found.output, found.verdict, found.rule, found.cure) == ("map", "pass", "override", "")
    assert found.sentence == "no_counts says review. Set aside by A. B.: shows no people here."
    assert dict(found.numbers) == {"n": 9}
    assert found.overrides == (signed,)
    assert found.findings == tuple(some)
    assert found.to_dict()["overrides"] == [SIGNED]
    assert Verdict.of("other", some, [signed]).verdict == "review"
    worse = Verdict.of("map", [*some, finding("records", "fail")], [signed])
    assert (worse.verdict, worse.rule, worse.overrides) == ("fail", "records", (signed,))
    idle = Override(**SIGNED | {"rule": "zeros"})
    assert Verdict.of("map", some, [idle]).overrides == ()
    assert Verdict.of("map", some, [idle]).verdict == "review"
    alone = Verdict.of("map", some[:1], [signed])
    assert (alone.verdict, alone.rule) == ("pass", "override")
    two = Verdict.of(
        "map",
        [*some, finding("records", "fail")],
        [Override(**SIGNED | {"rule": "records", "reason": "these are no people.", "name": "C."}), signed],
    )
    assert two.sentence == (
        "records says fail. Set aside by C.: these are no people. Set aside by A. B.: shows no people here."
    )


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"name": ""}, SpecificationError, "name == ''"),
        ({"name": "  "}, SpecificationError, "must be the output's name"),
        ({"name": 3}, SpecificationError, "name == 3"),
        (
            {"kind": "map"},
            SpecificationError,
            "kind == 'map', must be one of 'table', 'figure', 'estimate', 'file', 'note",
        ),
        ({"level": "secret"}, SpecificationError, "level == 'secret', must be one of 'public', 'restricted', 'record'"),
        ({"operational_detail": "no"}, SpecificationError, "operational_detail == 'no'"),
        ({"counts": [1, -1, np.inf]}, CellError, r"counts of 'a': 2 of 3 cells .* \(number 2 and 3\), must be 0 or"),
        ({"counts": ["few"]}, DataError, "counts of 'a' hold what is no number"),
        ({"counts": [[1], [1, 2]]}, DataError, "counts of 'a' hold what is no number"),
    ],
)
def test_outputs_that_cannot_be_judged(change, error, words):
    with pytest.raises(error, match=words):
        Output(**{"name": "a", "kind": "table", "level": "restricted"} | change)


def test_people_behind_an_output():
    output = Output("a", "table", "restricted")
    assert (output.people, output.everybody, output.content, output.citation) == (None, frozenset(), None, None)
    assert output.operational_detail is False
    assert Output("a", "table", "restricted", counts=[[1, np.nan], [0, 4]]).people.shape == (2, 2)
    assert Output("a", "table", "restricted", counts=40).everybody == {40.0}
    assert Output("a", "table", "restricted", counts=[[40]]).everybody == {40.0}
    assert Output("a", "table", "restricted", counts=[40, 40]).everybody == frozenset()
    with pytest.raises(CellError) as refused:
        Output("a", "table", "restricted", counts=[[1, 2], [-1, 2]])
    assert list(refused.value.rows) == [3]
    assert "content" not in repr(Output("a", "table", "restricted", content="x"))


def table(**marks):
    found = pd.DataFrame({"price": [30], "actor": ["x"]})
    found.attrs.update(marks)
    return found


class Drawn:
    """A picture with marks on itself or on its axes."""

    def __init__(self, axes=(), **marks):
        self.axes = list(axes)
        self.__dict__.update(marks)


@pytest.mark.parametrize(
    ("content", "mark", "carried"),
    [
        (table(operational_detail=True), "operational_detail", True),
        (table(operational_detail=True), "record_level", False),
        (table(record_level=["actor"]), "record_level", True),
        (table(record_level=["actor"]).drop(columns="actor"), "record_level", False),
        (table(record_level=("actor",)).set_index("actor"), "record_level", True),
        (table(record_level="yes"), "record_level", False),
        (table(record_level=1), "record_level", False),
        ([1, {"a": (table(record_level=True),)}], "record_level", True),
        ({"record_level": True}, "record_level", True),
        ({"record_level": "yes"}, "record_level", False),
        ({"record_level": False, "x": {"record_level": True}}, "record_level", True),
        (Drawn(record_level=True), "record_level", True),
        (Drawn(record_level=1), "record_level", False),
        (Drawn([Drawn(), Drawn(record_level=True)]), "record_level", True),
        (Drawn([Drawn()]), "record_level", False),
        ('<svg><g id="record_level"></g></svg>', "record_level", True),
        (b'<html><p id="record_level"></p></html>', "record_level", True),
        ('<svgs><g id="record_level"></g>', "record_level", False),
        ('id="record_level"', "record_level", False),
        ("<svg></svg>", "record_level", False),
        ("from (start) to (end)", "operational_detail", False),  # a declaration says so, and no words of one room
        (pd.DataFrame({"n": [1.5], "d": pd.to_datetime(["2020-01-01"])}), "operational_detail", False),
        (None, "record_level", False),
        (3, "record_level", False),
    ],
)
def test_marks_are_found_wherever_they_stand(content, mark, carried):
    assert carries_mark(content, mark) is carried


def test_marks_lie_no_deeper_than_asked():
    deep = table(record_level=True)
    for _ in range(5):
        deep = [deep]
    assert carries_mark(deep, "record_level")
    assert not carries_mark([deep], "record_level")
    assert carries_mark(deep, "record_level", depth=6)
    assert not carries_mark(deep, "record_level", depth=5)
    assert MARKS == ("private", "protected", "operational_detail", "record_level")


def test_a_written_result_is_read_a_few_times_however_many_draws_and_columns_it_has(monkeypatch):
    from ctresearch.core import Result, estimates_table
    from ctresearch.privacy import release

    table = estimates_table({"population": (40.0, 4.0, 30.0, 50.0)}, unit="persons")
    draws = pd.DataFrame(np.arange(30.0)[None], index=pd.Index(["population"], name="term", dtype="str"))
    written = Result(method="m", estimates=table, n=90, draws=draws).to_dict() | {f"x{i}": [i] for i in range(40)}
    read, decode = [], Result.from_dict
    monkeypatch.setattr(Result, "from_dict", lambda told: read.append(1) or decode(told))
    release([Output("x", "estimate", "restricted", content=written, counts=[90])])
    assert 0 < len(read) <= 4  # once for its tables, once for what it is, and by two rules that ask on their own
