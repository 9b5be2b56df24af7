"""Latent classes: kinds of cases told apart by what goes together in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri, xlogy

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.networks.evidence.declared import things
from ctresearch.networks.modus.item_codes import one_spelling_each
from ctresearch.networks.modus.latent_class_em import SAME_MAXIMUM, ClassFit, Patterns, fit_classes
from ctresearch.networks.modus.latent_class_errors import ClassErrors, class_errors
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.networks.modus.latent_class_em import Floats

ASSUMPTIONS = (
    "Within a class the items are independent: what goes together does so because of the class.",
    "Answers that are missing are missing at random given the answers that are there.",
    "Cases are independent of one another.",
    "A class is a pattern in the records, not a kind of person, and says nothing about any one case.",
)
_FEW_STARTS = 0.1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LatentClassResult(Result):
    """Latent classes of a table of cases.

    Parameters
    ----------
    classes : int
        Number of classes, the largest is 1.
    models : pandas.DataFrame
        Indexed by ``classes``: ``log_likelihood``, ``parameters``, ``bic``, ``aic``, ``entropy`` (1 where classes are
        told apart without doubt, 0 where they are not at all; NaN for one class) and ``starts`` that reached the
        maximum.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Term ``share`` with key ``class``; term ``probability``
        with keys ``class``, ``item`` and ``category``. ``raw`` is the class probabilities of each case, in this process
        only.

    Examples
    --------
    >>> frame = pd.DataFrame({"debt": [1, 1, 0, 0] * 20, "violence": [1, 1, 0, 0] * 10 + [0, 1, 1, 0] * 10})
    >>> latent_classes(frame, classes=1).models.loc[1, "parameters"]
    np.int64(2)
    """

    n: int = value_field(count("Cases", "cases", of="case"))
    classes: int = value_field(things("Classes", "classes"))
    models: pd.DataFrame = table_field(
        {
            "classes": key("Classes"),
            "log_likelihood": model("Log-likelihood"),
            "parameters": things("Parameters", "parameters"),
            "bic": model("BIC"),
            "aic": model("AIC"),
            "entropy": model("How surely cases are classed"),
            "starts": things("Starts that reached the maximum", "starts"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {
        "share": model("Size of the class", "share of cases", headline=True),
        "probability": model("Probability of the category within the class"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {
        "class": key("Class"),
        "item": key("Item"),
        "category": key("Category"),
    }

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work limits on the logit scale out at another level."""
        table = self.estimates
        low, high = _logit_limits(table["estimate"].to_numpy(float), table["std_error"].to_numpy(float), level)
        return pd.Series(low, index=table.index), pd.Series(high, index=table.index)


def latent_classes(
    frame: pd.DataFrame,
    *,
    items: Sequence[str] | None = None,
    classes: int | Sequence[int] = 2,
    starts: int = 20,
    merge_names: bool = False,
    level: float = 0.95,
    seed: Seed = 0,
) -> LatentClassResult:
    """Fit latent classes to categorical items, and choose their number by BIC where several are offered.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case; items are categories, missing ones are NaN.
    items : sequence of str, optional
        Columns to use; all of them by default.
    classes : int or sequence of int
        Number of classes, or the numbers to choose among.
    starts : int
        Random starts for each number of classes.
    merge_names : bool
        Take categories of an item that differ in case, accents, spaces or type alone for one; without it they are
        refused.
    level : float
        Coverage of the limits, made on the logit scale.
    seed : int or numpy.random.SeedSequence
        Where the starts come from.

    Returns
    -------
    LatentClassResult
        Sizes of the classes and probabilities of each category in each, with standard errors from the observed
        information; NaN where a probability stands on its boundary.

    Raises
    ------
    DataError
        If a column is missing or an item has one category only.
    SpecificationError
        If there are more parameters than the table's patterns can identify, or an option is out of range.

    References
    ----------
    .. [1] Goodman, L. A. (1974). Exploratory latent structure analysis using both identifiable and unidentifiable
       models. Biometrika 61, 215-231. https://doi.org/10.1093/biomet/61.2.215
    .. [2] Linzer, D. A. and Lewis, J. B. (2011). poLCA: An R package for polytomous variable latent class analysis.
       Journal of Statistical Software 42(10). https://doi.org/10.18637/jss.v042.i10

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> kind = rng.random(400) < 0.3
    >>> control = pd.DataFrame({c: (rng.random(400) < np.where(kind, 0.9, 0.1)).astype(int) for c in "abcd"})
    >>> found = latent_classes(control, classes=[1, 2], seed=1)
    >>> smaller = found.estimates.iloc[1]["estimate"]
    >>> print(f"BIC chooses {found.classes} classes; the smaller holds {smaller:.0%} of cases")
    BIC chooses 2 classes; the smaller holds 33% of cases
    """
    columns = _items(frame, items)
    frame, named = one_spelling_each(frame, columns, merge=merge_names)
    offered = list(classes) if isinstance(classes, Iterable) else [classes]
    if not offered:
        raise SpecificationError(f"classes == {classes!r}, must name at least one number of classes")
    offered = sorted({whole_number("classes", k, low=1) for k in offered})
    starts, level = whole_number("starts", starts, low=1), is_level(level)
    patterns, row_of, names = _collapse(frame[columns])
    _check_identifiable(patterns, max(offered))
    fits = {
        k: fit_classes(patterns, k, starts if k > 1 else 1, rng)
        for k, rng in zip(offered, streams(seed, len(offered)), strict=True)
    }
    models = _models(fits, patterns)
    best = int(models.index[int(models["bic"].argmin())])
    errors = class_errors(patterns, fits[best])
    return LatentClassResult(
        method=say("Latent class analysis with {n} class", many="Latent class analysis with {n} classes", n=best),
        estimates=_estimates(fits[best], errors, columns, names, level),
        n=len(frame),
        smallest_group=_fewest(patterns, fits[best]),
        level=level,
        interval="logit",
        checks=(*named, *_checks(fits[best], errors, patterns)),
        assumptions=ASSUMPTIONS,
        references=references(latent_classes),
        inputs=record(frame[columns], seed=recorded_seed(seed), packages=("numpy", "numba", "scipy")),
        raw=fits[best].posterior[row_of],
        classes=best,
        models=models,
    )


def _items(frame: pd.DataFrame, items: Sequence[str] | None) -> list[str]:
    """Check the table and name its items."""
    is_frame("frame", frame)
    columns = list(frame.columns) if items is None else list(items)
    has_columns("frame", frame, columns)
    for column in columns:
        if (kinds := frame[column].nunique()) < 2:
            raise DataError(f"the item {column!r} has {kinds} category, must have at least 2: drop it")
    return columns


def _collapse(frame: pd.DataFrame) -> tuple[Patterns, np.ndarray, list[list[Any]]]:
    """Code the items, and count the distinct patterns of answers."""
    coded, names = [], []
    for column in frame.columns:
        codes, categories = pd.factorize(frame[column], sort=True)
        coded.append(codes)
        names.append(list(categories))
    rows, inverse, counts = np.unique(np.column_stack(coded), axis=0, return_inverse=True, return_counts=True)
    offsets = np.concatenate([[0], np.cumsum([len(n) for n in names])])
    return Patterns(rows.astype(np.int64), counts.astype(float), offsets.astype(np.int64)), inverse.ravel(), names


def _check_identifiable(patterns: Patterns, classes: int) -> None:
    """Refuse a model that has more parameters than the cells of the table can tell apart."""
    cells = float(np.prod(np.diff(patterns.offsets).astype(float)))
    parameters = _parameters(patterns, classes)
    if classes > 1 and parameters > cells - 1:
        raise SpecificationError(
            f"classes == {classes} needs {parameters} parameters, but {len(patterns.offsets) - 1} items make {cells:g} "
            f"patterns, which identify {cells - 1:g} at most: use fewer classes or more items"
        )


def _parameters(patterns: Patterns, classes: int) -> int:
    """Count the free parameters."""
    return int(classes - 1 + classes * (np.diff(patterns.offsets) - 1).sum())


def _models(fits: dict[int, ClassFit], patterns: Patterns) -> pd.DataFrame:
    """Tabulate the fit of each number of classes."""
    people, rows = patterns.counts.sum(), []
    for k, fit in fits.items():
        parameters = _parameters(patterns, k)
        doubt = -float(patterns.counts @ xlogy(fit.posterior, fit.posterior).sum(axis=1))
        rows.append(
            {
                "log_likelihood": fit.log_likelihood,
                "parameters": parameters,
                "bic": -2 * fit.log_likelihood + parameters * np.log(people),
                "aic": -2 * fit.log_likelihood + 2 * parameters,
                "entropy": 1 - doubt / (people * np.log(k)) if k > 1 else np.nan,
                "starts": _agreeing(fit),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(list(fits), name="classes"))


def _agreeing(fit: ClassFit) -> int:
    """Count the starts that reached the maximum."""
    return int((fit.start_log_likelihoods > fit.start_log_likelihoods.max() - SAME_MAXIMUM).sum())


def _fewest(patterns: Patterns, fit: ClassFit) -> int:
    """Find the fewest cases behind one number: those of a category of an item, or about those of the smallest class."""
    counts = np.zeros(int(patterns.offsets[-1]))
    for item, first in enumerate(patterns.offsets[:-1]):
        there = patterns.codes[:, item] >= 0
        np.add.at(counts, first + patterns.codes[there, item], patterns.counts[there])
    return smallest_of(counts, patterns.counts.sum() * fit.shares)


def _estimates(
    fit: ClassFit, errors: ClassErrors, items: list[str], names: list[list[Any]], level: float
) -> pd.DataFrame:
    """Lay sizes and probabilities out, one row each."""
    keys = [("share", k + 1, "", "") for k in range(len(fit.shares))]
    pairs = [(item, str(name)) for item, categories in zip(items, names, strict=True) for name in categories]
    keys += [("probability", k + 1, item, name) for k in range(len(fit.shares)) for item, name in pairs]
    estimate = np.concatenate([fit.shares, fit.probabilities.ravel()])
    std_error = np.concatenate([errors.shares, errors.probabilities.ravel()])
    low, high = _logit_limits(estimate, std_error, level)
    frame = pd.DataFrame(keys, columns=["term", "class", "item", "category"]).set_index("term")
    return frame.assign(estimate=estimate, std_error=std_error, ci_low=low, ci_high=high, unit="proportion")


def _logit_limits(estimate: Floats, std_error: Floats, level: float) -> tuple[Floats, Floats]:
    """Return limits that stay between 0 and 1; NaN where there is no standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = ndtri((1 + level) / 2) * std_error / (estimate * (1 - estimate))
        return expit(logit(estimate) - reach), expit(logit(estimate) + reach)


def _checks(fit: ClassFit, errors: ClassErrors, patterns: Patterns) -> tuple[Check, ...]:
    """Ask whether the maximum was found, is unique, and lies inside the boundary."""
    starts, agreeing = len(fit.start_log_likelihoods), _agreeing(fit)
    at_edge = int(np.isnan(errors.probabilities).sum()) if errors.identified else 0
    enough = agreeing >= max(2, _FEW_STARTS * starts) or len(fit.shares) == 1
    return (
        Check(
            "convergence",
            "pass" if fit.converged else "fail",
            "The likelihood stopped rising." if fit.converged else "The likelihood was still rising at the last step.",
            voids=True,
        ),
        Check(
            "identified",
            "pass" if errors.identified else "fail",
            (
                "The likelihood bends in every direction at its maximum."
                if errors.identified
                else "The likelihood is flat in some direction: other parameters fit equally well."
            ),
            {"condition": errors.condition},
            voids=True,
        ),
        Check(
            "starts",
            "pass" if enough else "review",
            say("{agreeing} of {starts} starts reached the best maximum.", agreeing=agreeing, starts=starts)
            if enough
            else say(
                "{agreeing} of {starts} starts reached the best maximum: use more starts.",
                agreeing=agreeing,
                starts=starts,
            ),
            {"agreeing": agreeing, "starts": starts},
        ),
        Check(
            "boundary",
            "review" if at_edge else "pass",
            (
                say(
                    "{n} probability stands at 0 or 1 and has no standard error.",
                    many="{n} probabilities stand at 0 or 1 and have no standard error.",
                    n=at_edge,
                )
                if at_edge
                else "All probabilities lie between 0 and 1."
            ),
        ),
        Check(
            "sparse",
            "review" if patterns.counts.sum() * fit.shares.min() < 10 else "pass",
            say("The smallest class rests on about {cases:.0f} cases.", cases=patterns.counts.sum() * fit.shares.min()),
            {"cases": patterns.counts.sum() * fit.shares.min()},
        ),
    )
