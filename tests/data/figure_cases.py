"""Every generator of invented data under its options, and what linkage, definitions and code books make of them."""

import json
from dataclasses import fields

import numpy as np
import pandas as pd

from ctresearch.data import (
    classify,
    completeness,
    countries,
    country_codes,
    crosswalk,
    describe_file,
    entities,
    ic_tip,
    link,
    load,
    protocol_elements,
    published,
    schema,
    schemas,
    synthetic,
    translate,
    validate_file,
    write_htcds,
)

SHOWN = 3
SAID = {
    "purpose": "size of the population",
    "separation_from_enforcement": "invented people, of whom no office knows",
    "key": b"k" * 32,
}
MADE = {
    "campaign evaluation": ("campaign_evaluation", {"clusters": 9, "size": 7}),
    "campaign evaluation spilling": (
        "campaign_evaluation",
        {"clusters": 8, "size": 6, "effect": 0.5, "spill_over": 0.3, "reach": 3.0, "spread": 0.4, "lost": 0.2},
    ),
    "campaign evaluation of adults": ("campaign_evaluation", {"clusters": 8, "size": 4, "lost": 0.0, "children": 0.0}),
    "campaign rollout": ("campaign_rollout", {"clusters": 7, "size": 6}),
    "campaign rollout uneven": (
        "campaign_rollout",
        {"clusters": 8, "size": 5, "steps": 4, "baseline": 0.4, "effect": -0.1, "trend": 0.03, "icc": 0.1}
        | {"period_share": 0.6, "children": 0.5},
    ),
    "campaign trial": ("campaign_trial", {"clusters": 9, "size": 7}),
    "campaign trial uneven": (
        "campaign_trial",
        {"clusters": 8, "size": 9, "baseline": 0.5, "effect": 0.2, "icc": 0.1, "attendance": 0.7, "lost": 0.2}
        | {"vary_size": True},
    ),
    "captures": ("capture_histories", {"n": 80}),
    "captures of kinds": (
        "capture_histories",
        {
            "n": 200,
            "lists": ["police", "charity", "shelter"],
            "capture": (0.3, 0.2, 0.1),
            "dependence": {"police:shelter": 0.8, "police:charity:shelter": -0.3},
            "heterogeneity": 0.7,
            "covariates": {"sex": {"woman": 0.6, "man": 0.4}, "age": (30.0, 8.0)},
            "effects": {"charity": {"sex=woman": 0.5, "age": -0.02}},
            "unreachable": {"shelter": {"sex": ["man"]}},
        },
    ),
    "captures of classes": (
        "capture_histories",
        {"n": 90, "lists": 3, "classes": ((0.7, (0.3, 0.2, 0.2)), (0.3, (0.05, 0.1, 0.6)))},
    ),
    "case records": ("case_records", {"n": 150}),
    "case records of two years": ("case_records", {"n": 90, "years": (2019, 2020), "unreported": 0.3}),
    "interviews": ("coded_interviews", {"interviews": 4, "segments": 6}),
    "interviews of four": (
        "coded_interviews",
        {"interviews": 4, "segments": 6, "coders": 4, "accuracy": (0.9, 0.8, 0.7, 0.95), "missing": 0.2}
        | {"codes": {"debt": 0.5, "threats": 0.3, "way out": 0.2}},
    ),
    "testimony": ("coded_testimony", {"n": 40}),
    "testimony of two": (
        "coded_testimony",
        {"n": 50, "themes": {"debts": 0.3, "fear": 0.6}, "accuracy": 0.8, "uncoded": 0.2},
    ),
    "network": ("criminal_network", {"n": 25, "core": 3}),
    "network of two": (
        "criminal_network",
        {"n": 30, "communities": 2, "core": 5, "mean_degree": 5.0, "events": 20, "ties": {"same_stage": 1.0}},
    ),
    "flows": ("flows", {"countries": 5, "years": 2}),
    "flows otherwise": (
        "flows",
        {"countries": 4, "years": 3, "distance": -0.8, "border": 0.3, "language": 0.2, "visa": -0.9, "gdp": 0.3}
        | {"total": 900.0, "dispersion": 0.0},
    ),
    "persons": ("person_lists", {"n": 60}),
    "persons with errors": (
        "person_lists",
        {"n": 70, "lists": ["a", "b"], "inclusion": (0.7, 0.5), "errors": 0.4},
    ),
    "panel": ("policy_panel", {"units": 12, "periods": 9}),
    "panel otherwise": (
        "policy_panel",
        {"units": 20, "periods": 10, "adoption": {2004: 0.3, 2006: 0.3}, "effect": 0.6, "growth": 0.1, "differs": 0.2}
        | {"spillover": 0.2, "selection": 0.5, "noise": 0.2, "censored_below": 8},
    ),
    "paths": ("referral_paths", {"n": 60}),
    "paths of adults": ("referral_paths", {"n": 60, "days": 400, "children": 0.1}),
    "records": ("referral_records", {"n": 120}),
    "records of two years": (
        "referral_records",
        {"n": 150, "years": 2, "start": 2015, "children": 0.5, "lost": 0.002}
        | {"detected": {"adults": 0.8, "children": 0.6}},
    ),
    "respondents": ("respondent_sample", {"n": 30, "population": 90, "seeds": 3}),
    "respondents otherwise": (
        "respondent_sample",
        {"n": 40, "population": 100, "prevalence": 0.4, "mean_degree": 8.0, "homophily": 1.0, "activity": 1.0}
        | {"seeds": 4, "coupons": 2},
    ),
    "scale-up": ("scale_up_survey", {"n": 25}),
    "scale-up with barriers": (
        "scale_up_survey",
        {"n": 30, "hidden": 800, "population": 50_000, "known": {"nurses": 900, "bakers": 300}, "mean_degree": 200.0}
        | {"spread": 0.5, "transmission": 0.7, "barrier": 0.4},
    ),
    "episodes": ("trafficking_episodes", {"n": 60}),
    "episodes otherwise": (
        "trafficking_episodes",
        {"n": 70, "shape": 1.4, "late_entry": 12.0, "follow_up": 36.0, "support": -0.2}
        | {"ends": {"left": (0.05, {"sex=woman": 0.3}), "returned": (0.01, {"child=yes": 0.5})}},
    ),
    "survey": ("vulnerability_survey", {"n": 80}),
    "survey with gaps": (
        "vulnerability_survey",
        {"n": 90, "effect": 0.2, "risk": -1.0, "confounding": 0.4, "unreported": 0.2},
    ),
}
CASES_OF_CTDC = {"n": 300, "seed": 5}


def _column(values):
    """Tell a column in five numbers that no change of one cell leaves alone."""
    codes, levels = pd.factorize(values.astype(object).map(str))
    missing = int(values.isna().sum())
    place = np.arange(1, len(values) + 1)
    if len(values) and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype(float).fillna(-1.0).to_numpy()
        return [missing, float(numbers.sum()), float(numbers @ place), float(numbers.min()), float(numbers.max())]
    return [missing, len(levels), float(codes.sum()), float(codes @ place), "|".join(map(str, levels[:8]))[:60]]


def _table(frame):
    """Tell a table by its columns, as long as it may be."""
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(str(frame.name))
    plain = frame.reset_index() if frame.index.name or frame.index.nlevels > 1 else frame
    return {"rows": len(plain)} | {str(name): _column(plain[name]) for name in plain}


def _truth(value):
    """Tell a truth; what is long by its columns."""
    if isinstance(value, (pd.DataFrame, pd.Series)):
        return _table(value) if value.size > 20 else value.reset_index().astype(object).to_dict("list")
    if isinstance(value, np.ndarray):
        return _table(pd.Series(value, name="value"))
    if hasattr(value, "items"):
        return {str(key): _truth(one) for key, one in value.items()}
    return value


def _made(name, options):
    """Make invented data later."""

    def told():
        found = getattr(synthetic, name)(**options, seed=11)
        tables = {key: _table(table) for key, table in found.tables.items()}
        return {
            "name": found.name,
            "seed": found.seed,
            "said": repr(found),
            "frame": _table(found.frame),
            "tables": tables,
            "truth": {key: _truth(value) for key, value in found.truth.items()},
        }

    return told


def _linked(**options):
    """Link invented people."""
    made = synthetic.person_lists(n=150, lists=["police", "charity", "clinic"], inclusion=0.5, seed=3)
    found = link(made.tables, **SAID, **options)
    return {
        "lists": list(found.lists),
        "counts": _table(found.counts),
        "drawn": _table(found.drawn),
        "model": _table(found.model),
        "review": _table(found.review),
        "people": _table(found.people()),
        "error": {key: value for key, value in found.error.to_dict().items() if key not in {"inputs", "references"}},
        "said": [found.purpose, found.separation_from_enforcement],
    }


def _classified(name, **options):
    """Hold invented answers against a definition."""
    from ctresearch.data.classification import definition

    items = [item.name for item in definition(name).items]
    at = np.arange(60)
    answers = pd.DataFrame(
        {
            item: np.where((at * (k + 3)) % 17 < 2, np.nan, ((at * (2 * k + 3) + k) % 11 < 2) * 1.0)
            for k, item in enumerate(items)
        }
    ).assign(age=np.where(at % 13 == 0, np.nan, 10.0 + at % 20))
    found = classify(answers, name, **options)
    return {
        "items": _table(
            pd.DataFrame([[getattr(i, f.name) for f in fields(i)] for i in found.definition.items]).map(str)
        ),
        "status": _table(found.status),
        "trace": _table(found.trace),
        "thresholds": _table(found.thresholds),
        "notes": len(found.notes),
    }


def _schema(name):
    """Tell what a file is held to."""
    one = schema(name)
    rows = [[str(getattr(column, field.name)) for field in fields(column)] for column in one.columns]
    return {
        "said": [one.title, one.version, one.rows, one.blank, one.extra, one.needs, len(one.notes)],
        "missing": list(one.missing),
        "counted": list(one.counted),
        "columns": _table(pd.DataFrame(rows, columns=[field.name for field in fields(one.columns[0])])),
    }


def _published(name):
    """Tell a published table whole."""
    one = published(name)
    return {
        "said": [one.name, one.title, str(one.scope), one.note],
        "frame": _table(one.frame),
        "lists": one.list_names,
    }


def _records():
    """Make invented case records with every flag reported now and then."""
    return synthetic.case_records(**CASES_OF_CTDC).frame


def _read_back():
    """Write case records of another standard, read them, describe them and part them into entities."""
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp())
    there = translate(_records(), "ctdc-synthetic", "htcds")
    loaded = load(write_htcds(there.frame, folder / "a.csv"), "htcds")
    described = describe_file(folder / "a.csv")
    strict = describe_file(folder / "a.csv", threshold=30)
    return {
        "lost": _table(there.lost),
        "frame": _table(there.frame),
        "report": json.loads(json.dumps(loaded.report.to_dict())),
        "again": json.loads(json.dumps(validate_file(folder / "a.csv", "htcds", chunk_rows=70).to_dict())),
        "entities": {name: _table(part) for name, part in entities(loaded.frame).items()},
        "described": [described.file, described.rows, described.threshold, len(described.notices)],
        "columns": [json.dumps(one, sort_keys=True, default=str)[:120] for one in described.columns[:12]],
        "strict": [json.dumps(one, sort_keys=True, default=str)[:120] for one in strict.columns[:12]],
    }


CASES = {f"made: {name}": _made(*one) for name, one in MADE.items()} | {
    "linked": _linked,
    "linked otherwise": lambda: _linked(
        also=["sex", "nationality"], draws=5, one_per_list=False, review=(0.2, 0.9), seed=8
    ),
    "icls": lambda: _classified("icls-2018"),
    "htsh": lambda: _classified("htsh"),
    "schemas": lambda: {name: _schema(name) for name in schemas()},
    "published": lambda: {name: _published(name) for name in published()["name"]},
    "countries": lambda: _table(countries()),
    "country codes": lambda: [
        country_codes(["Nigeria", "ITA", "gb", "Côte d'Ivoire", "nowhere", None], to=to).fillna("-").tolist()
        for to in ("alpha3", "alpha2")
    ],
    "crosswalks": lambda: [_table(crosswalk("ctdc-synthetic", "htcds")), _table(crosswalk("htcds", "ctdc-synthetic"))],
    "ic-tip": lambda: _table(pd.DataFrame(ic_tip().variables).T),
    "completeness": lambda: [
        _table(completeness(_records(), "ctdc-synthetic")),
        _table(completeness(_records(), "ctdc-synthetic", by="yearOfRegistration")),
    ],
    "protocol": lambda: _table(protocol_elements(_records(), "ctdc-synthetic")),
    "read back": _read_back,
}
