"""Posterior draws in the form that ArviZ reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import require_extra

if TYPE_CHECKING:
    from ctresearch.core.result import Result


def to_arviz(result: Result) -> Any:
    """Hand the draws of a result over to ArviZ (extra ``arviz``).

    Parameters
    ----------
    result : Result
        With draws. Those of a sampler are divided into its chains.

    Returns
    -------
    xarray.DataTree
        Group ``posterior`` with one variable a term, over ``chain`` and ``draw``; method and checks stand in its
        attributes.

    Raises
    ------
    SpecificationError
        If the result has no draws.
    MissingExtraError
        If ArviZ is not installed.

    Examples
    --------
    >>> from ctresearch.prevalence import BayesianThreshold, CaptureHistories
    >>> result = BayesianThreshold().fit(CaptureHistories.from_published("korea"))
    >>> dict(to_arviz(result)["posterior"].sizes)
    {'chain': 4, 'draw': 1000}
    """
    draws = result.draws
    if draws is None:
        raise SpecificationError(
            f"the result of {result.method!r} has no draws: fit a method that draws, or mend what failed"
        )
    chains = int(getattr(result, "chains", 1))
    values = {str(term): draws.loc[term].to_numpy().reshape(chains, -1) for term in draws.index}
    attributes = {"method": result.method, "checks": "\n".join(str(check) for check in result.checks)}
    return require_extra("arviz_base", "arviz").from_dict({"posterior": values}, attrs={"posterior": attributes})
