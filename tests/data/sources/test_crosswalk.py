"""Crosswalks: what has an equal goes over, what has none is listed and never guessed."""

import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data import codelist, crosswalk, ic_tip, schema, translate
from ctresearch.data.sources.crosswalk import MAPPED


def lost(translated):
    return {(r.column, r.value): r.n for r in translated.lost.itertuples()}


def test_ctdc_to_htcds_keeps_equals_and_lists_the_rest():
    cases = pd.DataFrame(
        {
            "gender": ["Woman", "Man", "Trans/Transgender/NonConforming", None],
            "citizenship": ["NGA", None, "PHL", "UKR"],
            "CountryOfExploitation": ["ITA", None, None, "POL"],
            "ageBroad": ["9--17", None, None, None],
            "meansThreats": pd.array([1, None, None, None], dtype="Int8"),
            "meansFalsePromises": pd.array([1, 1, None, 0], dtype="Int8"),
            "meansWithholdDocs": pd.array([1, None, None, None], dtype="Int8"),
            "typeOfLabourConstruction": pd.array([1, 1, None, None], dtype="Int8"),
            "typeOfLabourHospitality": pd.array([1, None, None, None], dtype="Int8"),
        }
    )
    there = translate(cases, "ctdc-synthetic", "htcds")
    frame = there.frame
    assert frame["prs_Gender"].fillna("-").tolist() == ["Feminine", "Masculine", "-", "-"]
    assert frame["vic_MethodsOfControl"].fillna("-").tolist() == [
        "FalsePromises;WithholdsDocuments",
        "FalsePromises",
        "-",
        "-",
    ]
    assert frame["hte_Type"].fillna("-").tolist() == ["Exploitation", "-", "-", "Exploitation"]
    assert frame["vic_ForcedLabourIndustry"].fillna("-").tolist() == ["-", "F_Construction", "-", "-"]
    assert lost(there) == {
        ("ageBroad", "9--17"): 1,
        ("gender", "Trans/Transgender/NonConforming"): 1,
        ("meansFalsePromises", "0"): 1,
        ("meansThreats", "1"): 1,
        ("typeOfLabourConstruction; typeOfLabourHospitality", "*"): 1,
    }


def test_htcds_to_ctdc_says_what_became_broader():
    records = pd.DataFrame(
        {
            "prs_Gender": ["TransgenderFeminine", "Feminine"],
            "vic_MethodsOfControl": ["PhysicalThreats;ThreatsLawEnforcement", "RestrictsFinancialAccess"],
            "prs_Citizenship": ["NG", "NG;GH"],
            "hte_Country": ["Italy", "Libya"],
            "hte_Type": ["Exploitation", "Transit"],
            "vic_TraffickingStatus": ["PossibleVictimOfTrafficking", None],
        }
    )
    there = translate(records, "htcds", "ctdc-synthetic")
    frame = there.frame
    assert frame["gender"].tolist() == ["Trans/Transgender/NonConforming", "Woman"]
    assert frame["meansThreats"].fillna(-1).tolist() == [1, -1]
    assert frame["citizenship"].fillna("-").tolist() == ["NGA", "-"]
    assert frame["CountryOfExploitation"].fillna("-").tolist() == ["ITA", "-"]
    told = lost(there)
    assert told[("hte_Country", "*")] == 1
    assert told[("prs_Citizenship", "*")] == 1
    assert told[("vic_MethodsOfControl", "RestrictsFinancialAccess")] == 1
    assert told[("vic_MethodsOfControl", "PhysicalThreats")] == 1
    assert told[("vic_TraffickingStatus", "PossibleVictimOfTrafficking")] == 1
    assert told[("prs_Gender", "TransgenderFeminine")] == 1


def test_a_missing_cell_never_becomes_a_no():
    cases = pd.DataFrame({name: [None] for name in schema("ctdc-synthetic").names})
    there = translate(cases, "ctdc-synthetic", "htcds")
    assert there.frame.isna().all().all()
    assert there.lost.empty


@pytest.mark.parametrize("source", MAPPED)
def test_the_crosswalk_to_ic_tip_names_real_columns_and_variables_and_all_of_them(source):
    rules = crosswalk(source, "ic-tip")
    assert set(rules["column"]) == set(schema(source).names)
    assert set(rules["to_column"]) <= {*ic_tip().variables, ""}
    back = crosswalk("ic-tip", source)
    assert set(back["column"]) == set(ic_tip().variables)
    assert len(rules[rules["relation"] != "lost"]) == len(back[back["relation"] != "lost"])


def test_every_value_of_the_crosswalk_is_a_code():
    for source, target in (("ctdc-synthetic", "htcds"), ("htcds", "ctdc-synthetic")):
        rules = crosswalk(source, target)
        assert set(rules["column"]) == set(schema(source).names)
        for rule in rules[rules["to_column"] != ""].itertuples():
            for name, value, side in ((rule.column, rule.value, source), (rule.to_column, rule.to_value, target)):
                column = schema(side).column(name)
                allowed = {"*", "1"} if column.codes is None or column.kind == "country" else set(column.codes.codes)
                assert value in allowed


def test_there_is_no_crosswalk_between_others():
    with pytest.raises(SpecificationError, match="no crosswalk from 'glotip' to 'htcds'"):
        crosswalk("glotip", "htcds")
    with pytest.raises(SpecificationError, match="not from 'htcds' to 'ic-tip'"):
        translate(pd.DataFrame({"prs_Gender": ["Feminine"]}), "htcds", "ic-tip")
    assert codelist("ic-tip/event").codes[:3] == ("act", "means", "purpose")


def test_what_was_lost_is_counted_and_not_shown():
    cases = pd.DataFrame({"gender": ["Woman", "Marie Dupont"], "caseworker": ["Rosa Lima", None]})
    made = translate(cases, "ctdc-synthetic", "htcds")
    assert "caseworker: 1 x no column of the source" in repr(made)
    assert not any(name in repr(made) for name in ("Marie", "Rosa"))
