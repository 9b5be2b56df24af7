"""Synthetic records, their judgement and the gate on small invented tables: calls whose answers are written down."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.privacy import Output, microdata_quality, release, round_counts, suppress, synthesize
from ctresearch.privacy.noise.entropy import entropy
from ctresearch.privacy.synthesis.accounting import delta_of, rho_of
from ctresearch.privacy.synthesis.domain import encode
from ctresearch.privacy.synthesis.estimation import estimate, fit_margins, shrink, to_simplex
from ctresearch.privacy.synthesis.learning import propensity, transfer
from ctresearch.privacy.synthesis.measurement import join_rare, measure
from ctresearch.privacy.synthesis.moves import match_pairs
from ctresearch.privacy.synthesis.quality import cramers_v
from ctresearch.privacy.synthesis.synthesize import draw_rows
from ctresearch.privacy.synthesis.tree import draw_from_tree, mutual_information

DOMAIN = {
    "sex": ["Woman", "Man", None],
    "debt": ["yes", "no"],
    "region": [f"r{i}" for i in range(8)],
    "age": list("abc"),
}


def records(many=300, seed=1):
    """Invented records in which region and debt go together."""
    rng = np.random.default_rng(seed)
    region = np.minimum(rng.geometric(0.4, many) - 1, 7)
    return pd.DataFrame(
        {
            "sex": rng.choice(np.array(["Woman", "Man", None], dtype=object), many, p=[0.6, 0.3, 0.1]),
            "debt": np.where(rng.random(many) < 0.2 + 0.1 * region, "yes", "no"),
            "region": [f"r{i}" for i in region],
            "age": rng.choice(list("abc"), many),
        }
    )


def _measured(rho=0.5, many=300):
    """Measure the records."""
    coded = encode(records(many), DOMAIN)
    return measure(coded.codes, coded.sizes, rho, entropy(4))


def _measures(rho):
    """Tell noisy counts."""
    found = _measured(rho)
    return {
        "columns": [one.tolist() for one in found.columns],
        "variances": [float(v) for v in (*found.column_variances, *found.pair_variances.values())],
        "groups": [one.tolist() for one in found.groups],
        "pairs": {str(pair): one.tolist() for pair, one in found.pairs.items()},
        "rho": float(found.rho),
    }


def _estimates(rho):
    """Tell what is made of noisy counts."""
    found = estimate(_measured(rho))
    return {
        "total": found.total,
        "columns": [one.tolist() for one in found.columns],
        "pairs": {str(pair): one.tolist() for pair, one in found.pairs.items()},
        "within": [one.tolist() for one in found.within],
    }


def _matched():
    """Tell rows before and after they are matched."""
    found = estimate(_measured())
    rng = np.random.default_rng(2)
    rows = draw_from_tree(found, 80, rng)
    wanted = {pair: table * (80 / found.total) for pair, table in found.pairs.items()}
    widths = np.array([len(c) for c in found.columns])
    return {"drawn": rows.ravel().tolist(), "matched": match_pairs(rows, wanted, widths, rng).ravel().tolist()}


def _synthetic(**options):
    """Tell synthetic rows and what stands beside them."""
    made = synthesize(records(), epsilon=2.0, **{"delta": 1e-3, "domain": DOMAIN, "seed": 5} | options)
    return {
        "rows": [len(made.frame), *made.frame.astype(str).value_counts().sort_index().tolist()],
        "columns": list(made.frame.columns),
        "first": made.frame.head(5).astype(str).to_numpy().ravel().tolist(),
        "cost": [made.epsilon, made.delta, made.rho],
        "checks": [f"{check.name} {check.status}" for check in made.checks],
        "private": [made.private, made.frame.attrs["private"]],
        "told": dict(made.frame.attrs["protected"]),
        "head": made.summary().split("\n")[0],
        "report": made.report.table.fillna(-1).to_numpy().ravel().tolist(),
        "names": made.report.table.index.tolist(),
    }


def _judged(*outputs, **options):
    """Tell what the gate says."""
    found = release(list(outputs), **options)
    return {o.name: [found[o.name].verdict, found[o.name].rule] for o in outputs}


def _gate():
    """List outputs of every kind with the verdict they must get."""
    ages = pd.DataFrame({"age": ["0-8", "9-17", "18+"], "n": [12, 40, 31]})
    small = ages.assign(n=[2, 40, 31])
    totals = pd.DataFrame({"age": ["0-8", "9-17", "18+", "Total"], "n": [np.nan, 40, 31, 73]})
    rows = pd.DataFrame({"case_id": ["a1", "a2"], "age": [17, 16]})
    names = pd.DataFrame({"victim_name": ["Ehi Osazuwa"], "n": [40]})
    marked = ages.copy()
    marked.attrs["operational_detail"] = True
    by_age = {"age": "key", "n": "count"}
    return [
        Output("undeclared", "table", "restricted", ages, [12, 40, 31]),
        Output("ages", "table", "restricted", ages, [12, 40, 31], roles=by_age),
        Output("small", "table", "restricted", small, [2, 40, 31]),
        Output("record", "table", "record", ages, [12, 40, 31]),
        Output("record small", "table", "record", ages.assign(n=[10, 40, 31]), [10, 40, 31]),
        Output("totals", "table", "restricted", totals, [np.nan, 40, 31, 73]),
        Output("rows", "table", "restricted", rows, [40, 40]),
        Output("names", "table", "restricted", names, [40]),
        Output("detail", "table", "restricted", marked, [12, 40, 31]),
        Output("detail told", "table", "restricted", ages, [12, 40, 31], operational_detail=True),
        Output("no counts", "table", "restricted", ages[["n"]].rename(columns={"n": "x"}) / 7, roles={"x": "model"}),
        Output("public", "table", "public", ages, citation="A report (2020)."),
        Output("public bare", "table", "public", ages),
        Output("zeros", "table", "restricted", ages.assign(n=[0, 40, 31]), [0, 40, 31], roles=by_age),
        Output("unfit", "table", "restricted", ages, [12, 40], roles=by_age),
        Output("text", "file", "restricted", b"Ehi Osazuwa, a witness, told the court.", [40]),
        Output("figure", "figure", "restricted", None, [12, 40]),
        Output("estimate", "estimate", "restricted", {"share": 0.25}, 40, roles={"share": "share of all"}),
        Output("few", "estimate", "restricted", {"share": 0.25}, 4),
        Output(
            "dominated",
            "table",
            "restricted",
            pd.DataFrame({"kind": ["a", "b"], "money": [100.0, 90.0]}),
            [10, 10],
            contributions=[[95, 5], [9] * 10],
        ),
    ]


def _cases():
    """List the calls by name."""
    for rho in (0.05, 0.5):
        yield f"measure {rho}", lambda rho=rho: _measures(rho)
        yield f"estimate {rho}", lambda rho=rho: _estimates(rho)
    yield "match", _matched
    yield "draw rows", lambda: draw_rows(_measured(), 50, entropy(9)).ravel().tolist()
    yield "draw as many", lambda: list(draw_rows(_measured(), None, entropy(9)).shape)
    yield "synthesis", _synthetic
    yield "synthesis few", lambda: _synthetic(n=40, target="debt")
    yield "synthesis learned", lambda: _synthetic(delta=None, domain=None)
    yield "losses", lambda: [delta_of(*a) for a in ((0.03, 1.0), (1.0, 1.0), (0.1, 2.0), (5.0, 1.0))]
    yield "rhos", lambda: [rho_of(*a) for a in ((1.0, 1e-6), (0.5, 1e-3), (10.0, 0.1), (1e-6, 0.5))]
    yield "simplex", lambda: to_simplex(np.array([6.0, 5.0, -8.0, 0.5]), 10.0)
    yield (
        "shrink",
        lambda: shrink(np.array([[30, 20, 5], [20, 40, 9]]), np.array([55.0, 69.0]), np.array([50.0, 60, 14]), 9.0),
    )
    yield (
        "margins",
        lambda: fit_margins(np.array([[30.0, -2, 5], [20, 40, 9]]), np.array([55.0, 69]), np.array([50.0, 60, 14])),
    )
    yield "rare", lambda: join_rare(np.array([900, 3, 700, -2, 5, 20, 19]), 10.0)
    yield "information", lambda: mutual_information(np.array([[30.0, 0, 5], [20, 40, 9]]))
    yield "cramer", lambda: cramers_v(np.array([[30, 0, 5], [20, 0, 9]]))
    quality = lambda **options: microdata_quality(records(), records(seed=2), **options).to_series()  # noqa: E731
    yield "quality", quality
    yield "quality target", lambda: quality(target="region", seed=3)
    yield "quality absent", lambda: quality(absent=("no", "a"))
    one, two = (encode(records(seed=s), DOMAIN) for s in (1, 2))
    yield "propensity", lambda: [propensity(one.codes, two.codes, one.sizes, seed=s).auc for s in (0, 1)]
    yield "propensity square", lambda: propensity(one.codes[:, :70], two.codes, one.sizes).mean_square
    yield "transfer", lambda: [transfer(one.codes, two.codes, one.sizes, t, 0) for t in range(4)]
    for output in _gate():
        yield f"gate {output.name}", lambda output=output: _judged(output)
    yield "gate all", lambda: _judged(*_gate())
    counts = pd.DataFrame([[3, 20, 7], [31, 2, 12], [9, 14, 40]], index=list("abc"), columns=list("xyz"))
    for threshold in (3, 5, 10):
        yield (
            f"suppress {threshold}",
            lambda threshold=threshold: suppress(counts, threshold=threshold).table.fillna(-1),
        )
    yield "round", lambda: round_counts(counts, 5, method="controlled", seed=8).table


CASES = dict(_cases())
