"""A fit of every estimator of surveys, single lists, scale-up and recruitment, under several of its options."""

import ctresearch.prevalence as room
from ctresearch.core import estimates_table
from ctresearch.core.result import Result
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
    "scale-up": _fit("ScaleUp"),
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
}
