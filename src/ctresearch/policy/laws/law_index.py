"""An index of what laws hold, coded by several people, with how far they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.result import estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, one_of
from ctresearch.policy.outcomes.policy_result import PolicyResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.policy.panels.panel_columns import Floats

_ENOUGH, _BARELY = 0.8, 0.667  # Krippendorff's own lines for firm and for tentative conclusions


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LawIndexResult(PolicyResult):
    """The index of each law and the agreement of those who coded it.

    Parameters
    ----------
    n : int
        Codings: laws by coders.
    agreement : pandas.DataFrame
        By ``provision``: Krippendorff's ``alpha`` and the share of codings that say it is there.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> frame = pd.DataFrame({"law": list("AABB"), "by": [1, 2] * 2, "labour": [1, 1, 0, 0], "sale": [1, 1, 1, 0]})
    >>> LawIndex(["labour", "sale"], law="law", coder="by").fit(frame).agreement["alpha"].round(2).tolist()
    [1.0, 0.0]
    """

    n: int = value_field(col.count("Codings", "codings", of="nobody"))
    agreement: pd.DataFrame = table_field(
        {
            "provision": col.key("Provision"),
            "alpha": col.model("Krippendorff's alpha"),
            "share": col.model("Share of codings that find it", reader="percent"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "*": col.model("Share of provisions that the law holds", reader="percent")
    }


class LawIndex(Options):
    """Say what share of a list of provisions each law holds, and between which values its coders put it.

    Parameters
    ----------
    provisions : sequence of str
        Columns of 0 and 1: whether the law holds it.
    law, coder : str
        Columns: the law, and who coded the row.
    merge_names : bool
        Take names that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    scope : Scope, optional
        Which laws these are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Limits are the lowest and the highest index that a coder gave the law: a range, and no chance is in it. Agreement is
    Krippendorff's alpha for two values [1]_; below .667 the check fails. All provisions weigh alike.

    References
    ----------
    .. [1] Hayes, A. F. and Krippendorff, K. (2007). Answering the call for a standard reliability measure for coding
       data. Communication Methods and Measures 1, 77-89. https://doi.org/10.1080/19312450709336664

    Examples
    --------
    >>> frame = pd.DataFrame({"law": list("AABB"), "by": [1, 2] * 2, "labour": [1, 1, 0, 0], "sale": [1, 1, 1, 0]})
    >>> row = LawIndex(["labour", "sale"], law="law", coder="by").fit(frame).estimates.loc["B"]
    >>> print(f"law B holds {row['ci_low']:.0%} to {row['ci_high']:.0%} of the provisions, as its coders read it")
    law B holds 0% to 50% of the provisions, as its coders read it
    """

    def __init__(
        self,
        provisions: Sequence[str],
        *,
        law: str,
        coder: str,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> None:
        self.provisions = column_names("provisions", provisions, least=1)
        self.law, self.coder = column_name("law", law), column_name("coder", coder)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> LawIndexResult:
        """Work out the index and the agreement.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a law and coder.

        Returns
        -------
        LawIndexResult
            One term a law.

        Raises
        ------
        DataError
            If a cell is missing or not 0 or 1, or a coder has two rows of one law.

        Examples
        --------
        >>> frame = pd.DataFrame({"law": list("AABB"), "by": [1, 2] * 2, "labour": [1, 1, 0, 0], "sale": [1, 1, 1, 0]})
        >>> LawIndex(["labour", "sale"], law="law", coder="by").fit(frame).estimates["estimate"].tolist()
        [1.0, 0.25]
        """
        used = [self.law, self.coder, *self.provisions]
        has_columns("frame", is_frame("frame", frame), used)
        refuse_missing(frame, used)
        laws = read_names(frame[self.law], self.law, merge=self.merge_names)
        coders = read_names(frame[self.coder], self.coder, merge=self.merge_names)
        doubled = pd.DataFrame({"law": laws.codes, "coder": coders.codes}).duplicated(keep=False).to_numpy()
        refuse_cells(frame[self.law], doubled, "must be coded once by each coder")
        codes = np.column_stack([self._column(frame, one) for one in self.provisions])
        index = codes.mean(axis=1)
        rows = {}
        for place, name in enumerate(laws.spellings):
            own = index[laws.codes == place]
            rows[str(name)] = (float(own.mean()), np.nan, float(own.min()), float(own.max()))
        alphas = [_alpha(codes[:, k], laws.codes) for k in range(codes.shape[1])]
        agreement = pd.DataFrame(
            {"alpha": alphas, "share": codes.mean(axis=0)}, index=pd.Index(self.provisions, name="provision")
        )
        return LawIndexResult(
            method="Index of provisions coded in laws",
            estimates=estimates_table(rows, unit=say("share of provisions")),
            n=len(frame),
            interval="range of coders",
            scope=self.scope,
            checks=(
                *laws.checks(f"names in {self.law!r}"),
                *coders.checks(f"names in {self.coder!r}"),
                _check_agreement(np.asarray(alphas), len(coders.spellings)),
            ),
            assumptions=(say("Each provision weighs as much as any other."), say("Coders worked apart.")),
            references=references(LawIndex),
            inputs=record(frame[used]),
            agreement=agreement,
            outcome_kind="adoption of a law",
        )

    def _column(self, frame: pd.DataFrame, name: str) -> Floats:
        """Read one provision."""
        values = read_numbers(frame, name)
        wrong = ~np.isin(values, (0.0, 1.0))
        refuse_cells(frame[name], wrong, "must be 0 or 1")
        if len(values) < 2:
            raise DataError(f"the table has {len(values)} rows of codings, must have at least two")
        return values


def _alpha(codes: Floats, laws: np.ndarray) -> float:
    """Return Krippendorff's alpha of 0 and 1; NaN where no law is coded twice, or all codes are the same."""
    size = np.bincount(laws)
    ones = np.bincount(laws, codes)
    several = size > 1
    n, n1 = float(size[several].sum()), float(ones[several].sum())
    expected = n1 * (n - n1)
    if expected == 0:
        return np.nan
    observed = float((ones[several] * (size[several] - ones[several]) / (size[several] - 1)).sum())
    return 1 - (n - 1) * observed / expected


def _check_agreement(alphas: Floats, coders: int) -> Check:
    """Judge the agreement of the coders."""
    known = alphas[np.isfinite(alphas)]
    if coders < 2 or not len(known):
        said = say("Nobody coded the same law as another, or all codes are the same: agreement is not known.")
        return Check("agreement", "fail", said, {"coders": coders})
    least = float(known.min())
    numbers = {"least_alpha": least, "coders": coders}
    said = say(
        "The provision on which {coders} coders agree least has alpha = {alpha:.2f}.", coders=coders, alpha=least
    )
    return Check("agreement", "pass" if least >= _ENOUGH else "review" if least >= _BARELY else "fail", said, numbers)
