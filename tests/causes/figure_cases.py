"""One fit of every estimator of the room under each of its options, on sixty invented rows."""

import numpy as np
import pandas as pd

from ctresearch.causes import (
    CausalGraph,
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    Mediation,
    NearestNeighbour,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
    RiskModel,
    migrant_vulnerability,
    negative_control,
    pool_imputations,
    selection_weights,
    sensitivity,
)
from ctresearch.core import Scope
from figures import picture

N = 60
AT = np.arange(N)
ROWS = pd.DataFrame(
    {
        "debt": (AT * 7 % 11 + AT * 5 % 7 > 8) * 1,
        "x": np.round(np.sin(AT * 1.7) + AT % 5 / 4, 3),
        "age": 20.0 + AT * 13 % 31,
        "region": np.array(["north", "south", "west"])[AT * 4 % 7 % 3],
        "w": 1.0 + AT * 3 % 4 / 2,
        "site": AT % 15,
        "exposure": 1.0 + AT % 3,
    }
).assign(
    pay=lambda d: 3 + 1.2 * d["debt"] + 0.8 * d["x"] + np.round(np.cos(AT * 2.3), 3),
    harm=lambda d: (d["debt"] + d["x"] + 1.5 * np.sin(AT * 3.1) > 0.9) * 1,
    visits=lambda d: (np.abs(np.round(d["debt"] + d["x"] + 2 * np.sin(AT * 2.9)))).astype(int),
    stress=lambda d: np.clip(np.round(1 + d["debt"] + d["x"] + np.cos(AT * 1.3)), 0, 3),
    fear=lambda d: np.round(0.6 * d["debt"] + 0.4 * d["x"] + np.sin(AT * 5.3), 3),
    afraid=lambda d: (d["fear"] > 0.3) * 1,
    twin=lambda d: np.round(d["x"] * 0.5 + np.cos(AT * 4.1), 3),
)
CLASSES = {"treatment": "debt", "outcome": "pay", "covariates": ["x", "region"]}
RISK = {**CLASSES, "outcome": "harm"}
SURVEY = {"weights": "w", "cluster": "site"}
SCOPE = Scope(population="sixty rows", measure="period", reference_period="2020", definition="Palermo")
CANDIDATES = {"outcome": "pay", "candidates": ["debt", "x", "age", "twin", "fear"], "size": 2}
GAPS = ROWS.assign(age=ROWS["age"].where(AT % 9 > 0), twin=ROWS["twin"].where(AT % 8 > 1))
ENDS = ("debt", "exploitation")
SIGNED = CausalGraph("u -> a [+]; u -> y [-]; a -> m [+]; m -> y [+]; a -> y; y -> s [-]", latent=["u"], selected=["s"])
DRAWN = CausalGraph("x -> debt; x -> pay; debt -> pay; region -> pay; debt -> fear; pay -> fear")
LONG = pd.concat([ROWS, ROWS.assign(pay=ROWS["pay"] + np.sin(AT)), ROWS.assign(x=ROWS["x"][::-1].to_numpy())]).assign(
    far=lambda d: (d["region"] == "north") * 1
)
BIG = pd.concat(
    [ROWS.assign(pay=ROWS["pay"] + np.sin(AT * (k + 1)), x=ROWS["x"] + np.cos(AT * k)) for k in range(8)]
).assign(
    site=lambda d: np.arange(len(d)) // 2, far=lambda d: (d["region"] == "north") * 1
)  # enough rows and clusters for normal limits
PAIR = {"cases": (30, 20), "people": (100, 120)}


def _graph(graph, one, other, given):
    """Ask a graph everything about two of its nodes."""
    return {
        "adjust": [sorted(found) for found in graph.adjustment_sets(one, other)],
        "front": [sorted(found) for found in graph.front_door_sets(one, other)],
        "instruments": list(graph.instruments(one, other)),
        "bad": [[bad.name, bad.kind, bad.sentence] for bad in graph.bad_controls(one, other, given)],
        "paths": [[list(p.nodes), list(p.colliders), p.sign] for p in graph.confounding_paths(one, other, given)],
        "direction": graph.bias_direction(one, other, given),
        "implied": [[i.one, i.other, list(i.given)] for i in graph.implications()],
        "right": graph.is_adjustment_set(one, other, given),
    }


def _pooled(**options):
    """Pool three fits, each to rows in which another part of the outcome was made up."""
    tables = [ROWS.assign(pay=ROWS["pay"] + np.where(k == AT % 3, 0.3 * (k + 1), 0)) for k in range(3)]
    return pool_imputations([OutcomeRegression(**CLASSES, **options).fit(table) for table in tables])


def _learned(data=ROWS, **options):
    """Cross-fit with learners of scikit-learn."""
    from sklearn.linear_model import LinearRegression, LogisticRegression

    learner = (LinearRegression(), LogisticRegression(C=1.0))
    return DoublyRobustEffect(**CLASSES, learner=learner, folds=3, seed=4, **options).fit(data)


def _fit(kind, data=None, /, **options):
    """Fit later, so that a case costs nothing until it is asked."""
    return lambda: kind(**options).fit(ROWS if data is None else data)


def _selected(**options):
    """Return weights of selection and their check."""
    found = selection_weights(ROWS, selected="afraid", covariates=["x", "region"], **options)
    return {"weights": found.weights, "check": found.check.to_dict()}


FITS = {
    "big regression": _fit(OutcomeRegression, BIG, **CLASSES),
    "big regression HC0": _fit(OutcomeRegression, BIG, **CLASSES, robust="HC0", estimand="att", interactions=True),
    "big regression HC1": _fit(OutcomeRegression, BIG, **CLASSES, robust="HC1"),
    "big regression HC3": _fit(OutcomeRegression, BIG, **CLASSES, robust="HC3", weights="w"),
    "big regression clusters": _fit(OutcomeRegression, BIG, **RISK, family="logistic", **SURVEY),
    "big weighting": _fit(InverseProbability, BIG, **CLASSES, **SURVEY),
    "big doubly robust": _fit(DoublyRobustEffect, BIG, **RISK),
    "big doubly robust by": _fit(DoublyRobustEffect, BIG, **CLASSES, by="far", along=["x"], **SURVEY),
    "big doubly robust counts": _fit(
        DoublyRobustEffect, BIG, **{**CLASSES, "outcome": "visits"}, outcome_model="poisson", estimand="att"
    ),
    "big matching": _fit(NearestNeighbour, BIG, **CLASSES, neighbours=2),
    "big mediation": _fit(Mediation, BIG, **CLASSES, mediator="fear", **SURVEY),
    "big ordered": _fit(OrderedLogit, BIG, outcome="stress", covariates=["debt", "x"], **SURVEY),
    "big ratio": _fit(PrevalenceRatio, BIG, outcome="harm", covariates=["x"], treatment="debt", cluster="site"),
    "big ratio rows": _fit(PrevalenceRatio, BIG, outcome="visits", covariates=["x", "debt"], weights="w"),
    "big ratio quasi": _fit(PrevalenceRatio, BIG, outcome="visits", covariates=["x"], errors="quasi"),
    "big bounds": _fit(ExtremeBounds, BIG, **CANDIDATES, errors="robust", cluster="site"),
    "regression": _fit(OutcomeRegression, **CLASSES),
    "regression att": _fit(OutcomeRegression, **CLASSES, estimand="att", interactions=True, scope=SCOPE, level=0.9),
    "regression atc": _fit(OutcomeRegression, **CLASSES, estimand="atc", interactions=True, **SURVEY),
    "regression HC0": _fit(OutcomeRegression, **CLASSES, robust="HC0"),
    "regression HC1": _fit(OutcomeRegression, **CLASSES, robust="HC1"),
    "regression HC3": _fit(OutcomeRegression, **CLASSES, robust="HC3"),
    "regression weighted": _fit(OutcomeRegression, **CLASSES, weights="w"),
    "regression logistic": _fit(OutcomeRegression, **RISK, family="logistic"),
    "regression poisson": _fit(OutcomeRegression, **{**CLASSES, "outcome": "visits"}, family="poisson"),
    "regression firth": _fit(OutcomeRegression, **RISK, family="logistic", penalised="firth"),
    "regression firth att": _fit(
        OutcomeRegression, **RISK, family="logistic", penalised="firth", estimand="att", level=0.9
    ),
    "regression clusters": _fit(OutcomeRegression, **RISK, family="logistic", cluster="site"),
    "regression formula": _fit(OutcomeRegression, **{**CLASSES, "covariates": "x + x^2 + region"}),
    "weighting": _fit(InverseProbability, **CLASSES),
    "weighting att": _fit(InverseProbability, **RISK, estimand="att", level=0.9, scope=SCOPE),
    "weighting atc": _fit(InverseProbability, **RISK, estimand="atc", **SURVEY),
    "doubly robust": _fit(DoublyRobustEffect, **CLASSES),
    "doubly robust att": _fit(DoublyRobustEffect, **RISK, estimand="att", outcome_covariates=["x"]),
    "doubly robust atc": _fit(DoublyRobustEffect, **RISK, estimand="atc", outcome_model="linear", **SURVEY),
    "doubly robust by": _fit(DoublyRobustEffect, LONG, **CLASSES, by="far", weights="w"),
    "doubly robust along": _fit(DoublyRobustEffect, **CLASSES, along=["x"], level=0.9, scope=SCOPE),
    "doubly robust learned": _learned,
    "doubly robust learned att": lambda: _learned(LONG, estimand="att", by="far"),
    "matching": _fit(NearestNeighbour, **CLASSES),
    "matching corrected": _fit(NearestNeighbour, **CLASSES, neighbours=3, correct_bias=True, weights="w"),
    "matching propensity": _fit(NearestNeighbour, **RISK, distance="propensity", neighbours=2, level=0.9),
    "mediation": _fit(Mediation, **CLASSES, mediator="fear"),
    "mediation yes or no": _fit(Mediation, **CLASSES, mediator="afraid", **SURVEY, level=0.9),
    "ordered": _fit(OrderedLogit, outcome="stress", covariates=["debt", "x", "region"]),
    "ordered clusters": _fit(OrderedLogit, outcome="stress", covariates=["x"], treatment="debt", **SURVEY),
    "ordered weights": _fit(OrderedLogit, outcome="stress", covariates=["x", "debt"], weights="w", level=0.9),
    "ratio": _fit(PrevalenceRatio, outcome="harm", covariates=["x", "debt", "region"]),
    "ratio treatment": _fit(PrevalenceRatio, outcome="harm", covariates=["x"], treatment="debt", cluster="site"),
    "ratio quasi": _fit(PrevalenceRatio, outcome="visits", covariates=["x"], errors="quasi", exposure="exposure"),
    "ratio model": _fit(PrevalenceRatio, outcome="visits", covariates=["x", "debt"], errors="model", level=0.9),
    "ratio weights": _fit(PrevalenceRatio, outcome="visits", covariates=["x"], treatment="debt", weights="w"),
    "risk": _fit(RiskModel, outcome="harm", predictors=["x", "debt", "age"], groups=3, seed=3),
    "risk thresholds": _fit(
        RiskModel, outcome="harm", predictors=["x", "region"], folds=3, groups=3, thresholds=(0.25, 0.5), level=0.9
    ),
    "bounds": _fit(ExtremeBounds, **CANDIDATES),
    "bounds robust": _fit(ExtremeBounds, **CANDIDATES, errors="robust", fixed=["exposure"], focus=["debt"]),
    "bounds clusters": _fit(ExtremeBounds, **CANDIDATES, errors="robust", cluster="site", level=0.9, scope=SCOPE),
    "bounds gaps": _fit(ExtremeBounds, GAPS, **CANDIDATES),
    "bounds each": _fit(ExtremeBounds, GAPS, **CANDIDATES, missing="per_model", errors="robust"),
    "bounds graph": _fit(
        ExtremeBounds,
        **CANDIDATES,
        weights="equal",
        graph=CausalGraph("x -> debt; x -> pay; debt -> pay; age -> pay; twin -> pay; debt -> fear; pay -> fear"),
    ),
    "regression graph": _fit(OutcomeRegression, **CLASSES, graph=DRAWN),
    "pooled": _pooled,
    "pooled logistic": lambda: _pooled(level=0.9, robust="HC3"),
}
OTHERS = {
    "selection": _selected,
    "selection cut": lambda: _selected(longest=1.2),
    "detection corrected": lambda: sensitivity.detection_corrected(**PAIR, detection=(0.5, 0.4)),
    "detection errors": lambda: sensitivity.detection_corrected(
        **PAIR, detection=(0.6, 0.7), errors=(0.02, 0.01), level=0.9
    ),
    "detection bounds": lambda: sensitivity.detection_bounds(**PAIR, detection=((0.4, 0.6), (0.5, 0.9))),
    "manski": lambda: sensitivity.manski_bounds(ROWS, treatment="debt", outcome="harm"),
    "manski monotone": lambda: sensitivity.manski_bounds(
        ROWS, treatment="debt", outcome="pay", low=-1.0, high=8.0, monotone=True
    ),
    "rosenbaum": lambda: sensitivity.rosenbaum_bounds(ROWS["pay"].to_numpy() - 3.5),
    "rosenbaum gammas": lambda: sensitivity.rosenbaum_bounds(ROWS["fear"].to_numpy(), gammas=(1.0, 4.0)),
    "e-value": lambda: [
        [found.estimate, found.limit, found.sentence]
        for found in (
            sensitivity.e_value(2.0, 1.5, 2.7),
            sensitivity.e_value(0.5, 0.3, 0.8),
            sensitivity.e_value(1.2, 0.9, 1.6),
            sensitivity.e_value(3.0, 2.5, 4.0, null=2.0),
            sensitivity.e_value(1.5, 1.2, 1.9, null=2.0),
        )
    ],
    "omitted": lambda: [
        [found.partial_r2, found.robustness, found.robustness_level, found.level]
        for found in (
            sensitivity.omitted_variable(1.0, 0.3, 40),
            sensitivity.omitted_variable(-1.0, 0.3, 40, level=0.9),
            sensitivity.omitted_variable(0.1, 0.3, 40),
        )
    ],
    "negative control": lambda: negative_control(
        OutcomeRegression(**CLASSES).fit(ROWS), OutcomeRegression(**{**CLASSES, "outcome": "twin"}).fit(ROWS)
    ),
    "negative control fails": lambda: negative_control(
        OutcomeRegression(**CLASSES).fit(ROWS), OutcomeRegression(**{**CLASSES, "outcome": "harm"}).fit(ROWS), level=0.5
    ),
    "negative control passes": lambda: negative_control(
        OutcomeRegression(**CLASSES).fit(ROWS), OutcomeRegression(**{**CLASSES, "outcome": "exposure"}).fit(ROWS)
    ),
    "graph": lambda: _graph(DRAWN, "debt", "pay", ["fear"]),
    "graph of a front door": lambda: _graph(
        CausalGraph("u -> a; u -> y; a -> m; m -> y; z -> a; a -> c; y -> c; c -> s", latent=["u"], selected=["s"]),
        "a",
        "y",
        ["c", "m"],
    ),
    "graph of vulnerability": lambda: list(_graph(migrant_vulnerability(), *ENDS, [])["adjust"]),
    "graph with signs": lambda: _graph(SIGNED, "a", "y", []),
    "graph tested": lambda: CausalGraph("x -> debt; x -> pay; debt -> pay; region -> pay").test(ROWS, level=0.9),
}
PICTURES = {
    "picture of balance": lambda: picture(FITS["weighting"]().plot_balance()),
    "picture of overlap": lambda: picture(FITS["weighting"]().plot_overlap()),
    "picture of effects": lambda: picture(FITS["regression"]().plot()),
    "picture of ratios": lambda: picture(FITS["ratio"]().plot()),
    "picture of calibration": lambda: picture(FITS["risk thresholds"]().plot_calibration()),
    "picture of decisions": lambda: picture(FITS["risk thresholds"]().plot_decision()),
    "picture of omission": lambda: picture(sensitivity.omitted_variable(1.0, 0.3, 40).plot()),
    "picture of omission below": lambda: picture(sensitivity.omitted_variable(-1.0, 0.2, 60, level=0.9).plot(0.2)),
    "picture of a graph": lambda: picture(SIGNED.plot("a", "y")),
    "picture of causes": lambda: picture(SIGNED.plot()),
}
CASES = FITS | OTHERS | PICTURES
