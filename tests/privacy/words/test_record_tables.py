"""Tables and results that speak of members of a network one by one do not leave."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import pytest
from tests.privacy.declaring import declare

from ctresearch.core import Result, estimates_table
from ctresearch.privacy import Output, release

MEMBERS = pd.DataFrame({"actor": ["p1", "p1", "p2", "p3"], "role": ["broker", "driver", "broker", "driver"]})
EGOS = pd.DataFrame({"ego": ["p1", "p2"], "brokerage": [0.5, 0.2]})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sets(Result):
    """A result whose fields name actors."""

    record_level: ClassVar[bool] = True
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Prices(Result):
    """A result with details of how an offence is carried out."""

    operational_detail: ClassVar[bool] = True


def verdict(content, kind="table"):
    return release([Output("x", kind, "restricted", content=content, counts=[40])])["x"]


@pytest.mark.parametrize("content", [MEMBERS, EGOS, MEMBERS.set_index("actor").reset_index(names="actor_id")])
def test_a_table_of_members_describes_people_one_by_one(content):
    found = verdict(content)
    assert found.verdict == "fail"
    assert "records" in {f.rule for f in found.findings if f.verdict == "fail"}


def test_a_table_of_roles_or_stages_does_not():
    roles = pd.DataFrame({"role": ["broker", "driver"], "share": [0.4, 0.6]})
    stages = pd.DataFrame({"source": ["recruitment"], "target": ["transport"], "share": [0.6]})
    for table in (roles, stages):
        assert verdict(table).rule == "undeclared"
        assert release([declare(Output("one", "table", "restricted", content=table, counts=[50]))]).passed == ("one",)


def test_a_result_that_says_it_is_about_persons_is_refused():
    table = estimates_table({"fragmentation": (0.4, 0.1, 0.2, 0.6)})
    sets = Sets(method="m", estimates=table, n=40, interval="normal", sets=("p1", "p2"))
    assert sets.to_dict()["record_level"] is True
    assert "record_level" not in Result(method="m", estimates=table, n=40, interval="normal").to_dict()
    for content in (sets, sets.to_dict()):
        assert verdict(content, "estimate").rule == "records"


def test_a_result_with_operational_detail_asks_for_a_persons_decision():
    table = estimates_table({"price": (400.0, 10.0, 380.0, 420.0)})
    prices = Prices(method="m", estimates=table, n=40, interval="normal")
    for content in (prices, prices.to_dict()):
        assert (verdict(content, "estimate").verdict, verdict(content, "estimate").rule) == (
            "review",
            "operational_detail",
        )
