"""What an estimate becomes when lists are left out or merged.

References
----------
.. [1] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the quantification
   of modern slavery. Journal of the Royal Statistical Society A 185, 640-676. https://doi.org/10.1111/rssa.12803
"""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import CtResearchError, SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.parallel import map_chunks
from ctresearch.prevalence.lists.estimable import require_histories

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.histories import CaptureHistories


def list_sensitivity(histories: CaptureHistories, estimator: Estimator) -> pd.DataFrame:
    """Estimate again without each list and with each pair of lists merged.

    An estimate that moves little is no proof, but one that hangs on a single list is a warning.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at least three lists.
    estimator : Estimator
        Any that fits such tables and has the term ``population``.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``table``: ``all lists``, ``without A``, ``A and B merged``, with columns ``lists``, ``n``,
        ``estimate``, ``ci_low``, ``ci_high``, ``model`` (where there is one), ``status`` (the gravest of the checks)
        and ``note``, which says why there is no estimate, or why the one there is does not stand and has no limits.

    Raises
    ------
    SpecificationError
        If the estimator has no method ``fit``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> table = list_sensitivity(CaptureHistories.from_published("korea"), LogLinear("stepwise"))
    >>> table["estimate"].round(1).head(2).tolist()
    [268.8, 349.1]
    """
    require_histories(histories)
    if isinstance(estimator, type) or not isinstance(estimator, Estimator):
        raise SpecificationError(f"estimator == {estimator!r}, must have a method fit, such as LogLinear('stepwise')")
    tables = {"all lists": histories}
    if len(histories.lists) > 2:
        tables |= {f"without {name}": histories.drop(name) for name in histories.lists}
        pairs = combinations(histories.lists, 2)
        tables |= {f"{one} and {two} merged": histories.merge([one, two], f"{one}+{two}") for one, two in pairs}
    rows = map_chunks(partial(_row, estimator), list(tables.values()), progress="Lists left out and merged")
    return pd.DataFrame(rows, index=pd.Index(list(tables), name="table"))


def _row(estimator: Estimator, histories: CaptureHistories) -> dict[str, Any]:
    """Estimate from one table, or say why there is no estimate."""
    known = {"lists": len(histories.lists), "n": histories.n_observed}
    try:
        result = estimator.fit(histories)
    except CtResearchError as error:
        gone = dict.fromkeys(("estimate", "ci_low", "ci_high"), np.nan)
        return known | gone | {"model": "", "status": "fail", "note": str(error)}
    estimates = result.estimates
    numbers = {name: float(estimates[name]["population"]) for name in ("estimate", "ci_low", "ci_high")}
    note = " ".join(f"Does not stand: {check.message}" for check in result.checks if not check.stands)
    return known | numbers | {"model": getattr(result, "model", ""), "status": result.status, "note": note}
