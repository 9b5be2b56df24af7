"""The smaller sources: each with the trap its files are known for."""

import pytest

from ctresearch.core import SpecificationError
from ctresearch.data import load


@pytest.fixture
def read(tmp_path):
    def write_and_load(text, source):
        (tmp_path / "file.csv").write_text(text, encoding="utf-8")
        return load(tmp_path / "file.csv", source)

    return write_and_load


def rules(loaded):
    return loaded.report.violations[["row", "column", "rule"]].values.tolist()


def test_victim_perpetrator_cells_are_parted_one_column_at_a_time(read):
    names = (
        "yearRegister,gender,majorityStatus,isForcedLabour,isSexualExploit,UN_COO_Region,UN_COE_Region,IP_Exploiter,"
        "IP_Gender,IP_ageBroad,IP_citizen_UNRegion,IP_Relation,IP_PayMoney,IP_RecruiterBroker,IP_TransactionProcess,"
        "IP_ControlAbuseKidnap\n"
    )
    rows = ",Female,Adult,1.0,,Europe,Europe,1,Female;Male,,Europe,StrangerUnknownOther,No;Yes,1,1,1\n"
    rows += "2019,Male,Minor,1,,Asia,Asia,,,30--38;39--47,,,No,,,\n"
    rows += "2019,Male,Minor,1,,Asia,Asia,,Male;Male,,,Cousin,,,,\n"
    loaded = read(names + rows, "ctdc-victim-perpetrator")
    assert loaded.frame.shape == (3, 16)
    assert rules(loaded) == [[2, "IP_Gender", "repeated_code"], [2, "IP_Relation", "code_list"]]
    parts = loaded.explode("IP_Gender").fillna("-")
    assert parts.to_numpy().tolist() == [[0, "Female"], [0, "Male"], [1, "-"], [2, "-"]]
    with pytest.raises(SpecificationError, match="column == 'gender', must hold several values in a cell: 'IP_Gender'"):
        loaded.explode("gender")


def test_tip_tiers_keep_the_watch_list_apart_and_special_cases_unranked(read):
    text = "country,year,tier\nA,2010,2.5\nB,2010,Tier 2 Watch List\nC,2010,Special Case\nD,2010,4\nE,1999,1\nF,2010,\n"
    loaded = read(text, "tip-tiers")
    assert loaded.frame["tier"].astype(object).fillna("-").tolist() == ["2WL", "2WL", "special", "-", "1", "-"]
    assert rules(loaded) == [[3, "tier", "code_list"], [4, "year", "range"], [5, "tier", "required"]]
    assert loaded.report.repairs["repaired"].tolist() == ["2WL", "2WL", "special"]


def test_3p_scores_run_from_1_to_5(read):
    loaded = read("country,year,prosecution,prevention,protection,p\nA,2010,5,5,3,13\nB,2010,0,2,2,4\n", "3p-index")
    assert loaded.frame["overall"].tolist() == [13, 4]
    assert rules(loaded) == [[1, "prosecution", "range"]]


def test_dtm_answers_are_no_identification_and_silence_is_no_no(read):
    text = "age,worked_without_pay,forced_work\n23,Yes,no\n31,No answer,\n40,perhaps,yes\n"
    loaded = read(text, "dtm-survey")
    assert loaded.frame["unpaid_work"].astype(object).fillna("-").tolist() == [True, "-", "-"]
    assert loaded.frame["forced_work"].astype(object).fillna("-").tolist() == [False, "-", True]
    assert rules(loaded) == [[2, "unpaid_work", "boolean"]]
    assert loaded.scope.measure == "not stated"
    assert "not an identification" in loaded.scope.definition


WIDE = (
    "freq,citizen,unit,geo\\TIME_PERIOD\t2019 \t2020 \t2021 \nA,TOTAL,NR,BE\t247 \t: \t 12 bd\nA,NAT,P_HTHAB,AT\t1.5 "
    "p\t: z\t-3 \n"
)


def test_eurostat_wide_and_long_files_give_the_same_table(tmp_path, read):
    (tmp_path / "thb.tsv").write_text(WIDE)
    wide = load(tmp_path / "thb.tsv", "eurostat-thb")
    assert wide.frame.columns.tolist() == ["freq", "citizen", "unit", "geo", "year", "value", "flag"]
    assert wide.frame["value"].fillna(-1).tolist() == [247, -1, 12, 1.5, -1, -1]
    assert wide.frame["flag"].fillna("-").tolist() == ["-", "-", "bd", "p", "z", "-"]
    assert rules(wide) == [[5, "value", "range"]]
    long = read(
        "geo,citizen,TIME_PERIOD,OBS_VALUE,OBS_FLAG,footnote\nBE,TOTAL,2021,12,bd,counts "
        "referrals\nBE,TOTAL,2020,:,,\n",
        "eurostat-thb",
    )
    assert long.frame["value"].fillna(-1).tolist() == [12, -1]
    assert long.frame["note"].tolist()[0] == "counts referrals"
    assert "not formally identified" in " ".join(wide.report.notices)


def test_nrm_symbols_are_missing_and_never_0(read):
    text = "year,quarter,stage,age at exploitation,gender,nationality,count\n"
    text += (
        "x,1,Referrals,Adult (18 or"
        ' over),Male,Albanian,"1,045"\n2023,Q2,RG,Child,Female,UK,[c]\n2023,Q5,CG,Adult,Male,UK,<5\n'
    )
    loaded = read(text, "nrm")
    assert loaded.frame["high"].fillna(-1).tolist() == [1045, -1, 4]
    assert loaded.frame["age_group"].tolist() == ["Adult", "Child", "Adult"]
    assert loaded.frame["nationality"].tolist() == ["Albanian", "UK", "UK"]
    assert rules(loaded) == [[0, "year", "whole_number"], [2, "quarter", "code_list"]], "[c] is withheld, and said so"


def test_hotline_units_stay_apart(read):
    loaded = read("year,unit,count\n2020,Signals,51\n2020,case,10\n2020,likely_victims,16\n2020,people,3\n", "hotline")
    assert loaded.frame["unit"].astype(object).fillna("-").tolist() == ["signals", "cases", "likely victims", "-"]
    assert rules(loaded) == [[3, "unit", "code_list"]]
    assert "never add them" in " ".join(loaded.report.notices)


def test_lists_hold_0_and_1_and_a_blank_is_refused(read):
    loaded = read("Police,NGO,count\n1,0,12\n0,1,7\n1,,3\n1,2,x\n", "lists")
    assert loaded.frame["count"].fillna(-1).tolist() == [12, 7, 3, -1]
    assert rules(loaded) == [[2, "NGO", "required"], [3, "NGO", "flag"], [3, "count", "whole_number"]]
    assert read("A,B\n1,0\n1,0\n", "lists").report.ok
