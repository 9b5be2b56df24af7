"""A fit of every estimator, under several of its options, and the pictures of what they give."""

from functools import cache

import numpy as np

import ctresearch.prevalence as room
from ctresearch.core import Result, estimates_table
from ctresearch.prevalence import compare_designs, convergence, describe_recruitment
from estimators import EXAMPLES
from figures import picture


def _fit(name, data=None, **options):
    """Fit the example of an estimator later, with other options."""
    example = EXAMPLES[name]
    given = {key: value for key, value in (example.options | options).items() if value is not ...}
    return lambda: getattr(room, name)(**given).fit(example.data if data is None else data)


def _designs():
    """Compare three designs that are made up."""
    rows = {"household": (900.0, 90.0, 740.0, 1094.0), "lists": (1200.0, 150.0, 940.0, 1532.0), "venues": (480.0,) * 4}
    results = {
        name: Result(method="made up", estimates=estimates_table({"population": row}, unit="persons"), n=300)
        for name, row in rows.items()
    }
    bias, methods = {"interviews": (0.9, 0.1)}, {"household": "interviews"}
    return compare_designs(results, methods=methods, bias=bias, headline="lists")


@cache
def _plans():
    """Plan two designs whose samples are made up: one covers the truth, one lies beside it."""

    def fit(mean):
        """Estimate with a known error."""
        row = {"population": (mean, 50.0, mean - 98, mean + 98)}
        return Result(method="made up", estimates=estimates_table(row, unit="persons"), n=9)

    plans = {
        "survey": room.DesignPlan(lambda seed: np.random.default_rng(seed).normal(1000, 50), fit, 30.0),
        "lists": room.DesignPlan(lambda seed: np.random.default_rng(seed).normal(700, 40), fit, 12.0, truth=900),
    }
    return room.plan_designs(plans, truth=1000, against=1300, draws=20, seed=4)


TAIWAN = room.CaptureHistories.from_published("hav-taiwan")
KOREA = room.CaptureHistories.from_published("korea")
INDEPENDENT = room.LogLinear("fixed", model="[1,2,3]")
PAIR = room.LogLinear("fixed", model="[12,3]")
FACTORS = [0.5, 1.0, 2.0]
identified = cache(_fit("IdentifiedPopulation", version="plug_in", seed=..., ratios=FACTORS))
strata = cache(lambda: room.stratified(INDEPENDENT, {"one": TAIWAN, "two": KOREA}))
wrong_entries = cache(_fit("FalseEntries"))
known_groups = cache(_fit("ScaleUp"))
RECRUITS = EXAMPLES["VolzHeckathorn"].data
PLAIN = {"variance": "linearised", "bootstrap": ..., "seed": ..., "by": ...}
CASES = {
    "survey bootstrap": _fit("SurveyTotal"),
    "survey linearised": _fit("SurveyTotal", **PLAIN),
    "survey jackknife": _fit("SurveyTotal", **PLAIN | {"variance": "jackknife"}),
    "survey mean": _fit("SurveyTotal", **PLAIN, statistic="mean", limits="logit", level=0.9),
    "survey hajek": _fit("SurveyTotal", **PLAIN, people=4000),
    "screened": _fit("ScreenedPrevalence"),
    "two samples": _fit("TwoSample"),
    "list experiment": _fit("ListExperiment"),
    "list experiment linear": _fit("ListExperiment", method="linear"),
    "randomised response": _fit("RandomisedResponse"),
    "small areas": _fit("FayHerriot"),
    "small areas ml": _fit("FayHerriot", method="ml", level=0.9),
    "time-location": _fit("TimeLocation"),
    "geometric": _fit("ZeroTruncated"),
    "poisson": _fit("ZeroTruncated", distribution="poisson", by=...),
    "poisson normal": _fit("ZeroTruncated", distribution="poisson", by=..., limits="normal"),
    "one-inflated": _fit("ZeroTruncated", distribution="poisson", by=..., ones="inflated"),
    "zelterman": _fit("Zelterman"),
    "chao": _fit("ChaoLowerBound"),
    "scale-up": known_groups,
    "generalised scale-up": _fit("GeneralizedScaleUp"),
    "definitions": _fit("DefinitionSpread"),
    "rds one": _fit("SalganikHeckathorn"),
    "rds two measured": _fit("VolzHeckathorn"),
    "rds two levels": _fit("VolzHeckathorn", trait="exploited", bootstrap="neighbourhood"),
    "rds two alone": _fit("VolzHeckathorn", trait="exploited", bootstrap=..., level=0.9),
    "successive": _fit("SuccessiveSampling"),
    "successive tree": _fit("SuccessiveSampling", population=900, bootstrap="tree"),
    "recaptured": _fit("RecapturedPopulation"),
    "link-tracing": _fit("LinkTracing"),
    "recruitment": lambda: describe_recruitment(RECRUITS, "exploited"),
    "convergence": lambda: convergence(RECRUITS, "exploited"),
    "convergence picture": lambda: picture(convergence(RECRUITS, "exploited").plot()),
    "designs": _designs,
    "designs picture": lambda: picture(_designs().plot()),
    "conditional": _fit("ConditionalLikelihood"),
    "partial": _fit("PartialLogLinear"),
    "partial aic": _fit("PartialLogLinear", select="aic", max_order=1, level=0.9),
    "pooled strata": _fit("PooledStrata"),
    "pooled strata picture": lambda: picture(_fit("PooledStrata")().plot()),
    "late lists": _fit("LateLists"),
    "designed sample": _fit("DesignedSample"),
    "wrong entries": wrong_entries,
    "wrong entries picture": lambda: picture(wrong_entries().plot_curve()),
    "pending": _fit("PendingDecisions"),
    "trimmed": _fit("TrimmedDualSystem"),
    "referral": _fit("DatedReferral"),
    "chapman": _fit("Chapman"),
    "chapman normal": _fit("Chapman", interval="normal", level=0.9),
    **{
        f"closed {model} {kind or ''}".strip(): _fit("ClosedPopulation", model=model, heterogeneity=kind)
        for model, kind in (("M0", None), ("Mt", None), ("Mh", "chao"), ("Mh", "poisson"), ("Mth", "gamma"))
    },
    "lower bound": _fit("LowerBound"),
    "lower bound equal": _fit("LowerBound", list_chances="equal", bias_corrected=True),
    "sample coverage": _fit("SampleCoverage"),
    "sample coverage one step": _fit("SampleCoverage", version="one_step"),
    "weighted": _fit("WeightedAverage"),
    "weighted aic": _fit("WeightedAverage", criterion="aic", max_order=1),
    "robust lists": _fit("DoublyRobustLists"),
    "identified plug-in": identified,
    "identified picture": lambda: picture(identified().plot()),
    "log-linear": lambda: PAIR.fit(TAIWAN),
    "log-linear aic": lambda: room.LogLinear("aic", level=0.9).fit(KOREA),
    "strata": strata,
    "strata picture": lambda: picture(strata().plot()),
    "odds": lambda: room.odds_ratio_sensitivity(KOREA, ("b", "c"), odds_ratios=FACTORS),
    "highest order": lambda: room.highest_order_sensitivity(TAIWAN, factors=FACTORS),
    "highest order picture": lambda: picture(room.highest_order_sensitivity(TAIWAN, factors=FACTORS).plot()),
    "validity": lambda: room.internal_validity(TAIWAN, room.LogLinear("fixed", model="[1,2]")),
    "validity picture": lambda: picture(room.internal_validity(TAIWAN, room.LogLinear("fixed", model="[1,2]")).plot()),
    "lists left out": lambda: room.list_sensitivity(TAIWAN, room.LogLinear()),
    "diagnosis": lambda: room.diagnose(TAIWAN),
    "overlaps picture": lambda: picture(room.plot_overlaps(KOREA)),
    "heterogeneity picture": lambda: picture(room.plot_heterogeneity(KOREA)),
    "recruitment picture": lambda: picture(describe_recruitment(RECRUITS, "exploited").plot()),
    "recruits picture": lambda: picture(room.plot_recruitment(RECRUITS, "exploited")),
    "bottleneck picture": lambda: picture(convergence(RECRUITS, "exploited").plot_bottleneck()),
    "known groups picture": lambda: picture(known_groups().plot_known_groups()),
    "plans": _plans,
    "plans picture": lambda: picture(_plans().plot()),
}
