"""What pieces of evidence from one case say for one explanation against others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.validate import has_columns, in_range, is_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Floats = NDArray[np.float64]

_CLEAR = 0.9


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProcessTracingResult(Result):
    """How probable each explanation is after the evidence.

    Parameters
    ----------
    evidence : pandas.DataFrame
        One row a piece: ``evidence``, its ``ratio`` (likelihood under the leading explanation over that under its best
        rival), its ``test`` (hoop, smoking gun, doubly decisive, straw in the wind), and ``without``: how probable the
        leading explanation is if the piece is left out.
    priors : pandas.DataFrame
        ``explanation``, its prior, and the prior at which it would be as probable as not, all else in proportion.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> seen = pd.DataFrame({"piece": ["ledger of debts kept"], "debt": [0.7], "no other work": [0.1]})
    >>> asked = ProcessTracing(priors={"debt": 0.5, "no other work": 0.5}, evidence="piece")
    >>> round(float(asked.fit(seen).estimates.loc["debt", "estimate"]), 3)
    0.875
    """

    n: int = value_field(count("Pieces of evidence", "pieces", of="nobody"))
    evidence: pd.DataFrame = table_field(
        {
            "evidence": key("Piece of evidence"),
            "ratio": model("Ratio of likelihoods", of="nobody"),
            "test": mark("Kind of test"),
            "without": model("Leading explanation without the piece", of="nobody", reader="percent"),
        }
    )
    priors: pd.DataFrame = table_field(
        {
            "explanation": key("Explanation"),
            "prior": model("Prior", of="nobody", reader="percent"),
            "even_prior": model("Prior at which it is as probable as not", of="nobody", reader="percent"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("Probability of the explanation", of="nobody")}


class ProcessTracing(Options):
    """Weigh explanations of one case by the evidence, with likelihoods that a researcher states.

    Each piece of evidence is given a probability under each explanation: how surely one would see it if that were what
    happened [1]_ [2]_. Whoever states them states a range where they are unsure, and the answer then is a range.

    Parameters
    ----------
    priors : mapping of str to float
        Explanation to its prior; at least two, together 1. One of them should be that none of the others is right.
    evidence : str
        Column that names the pieces.
    width : float
        How far each likelihood may be off: 0.1 lets 0.6 be anything from 0.5 to 0.7.

    Raises
    ------
    SpecificationError
        If priors do not add to one.

    References
    ----------
    .. [1] Bennett, A. (2015). Disciplining our conjectures: systematizing process tracing with Bayesian analysis. In
       Bennett, A. and Checkel, J. T. (eds), Process tracing: from metaphor to analytic tool, 276-298. Cambridge
       University Press. https://doi.org/10.1017/CBO9781139858472
    .. [2] Fairfield, T. and Charman, A. E. (2017). Explicit Bayesian analysis for process tracing: guidelines,
       opportunities, and caveats. Political Analysis 25, 363-380. https://doi.org/10.1017/pan.2017.14

    Examples
    --------
    Was a worker held by debt, or did she stay for want of other work?

    >>> seen = pd.DataFrame({
    ...     "piece": ["ledger of debts kept", "passport found with employer", "left when another job came"],
    ...     "debt": [0.7, 0.6, 0.1], "no other work": [0.1, 0.1, 0.5],
    ... })
    >>> asked = ProcessTracing(priors={"debt": 0.5, "no other work": 0.5}, evidence="piece", width=0.05)
    >>> row = asked.fit(seen).estimates.loc["debt", ["estimate", "ci_low", "ci_high"]].astype(float).round(2)
    >>> float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"])
    (0.89, 0.59, 0.98)

    Debt is the better explanation; the third piece keeps it from being a clear one.
    """

    def __init__(self, *, priors: Mapping[str, float], evidence: str = "evidence", width: float = 0.0) -> None:
        if not isinstance(priors, Mapping):
            raise SpecificationError(f"priors is a {type(priors).__name__}, must map explanations to probabilities")
        self.priors = {str(name): in_range("priors", value, 0, 1, open_ends=True) for name, value in priors.items()}
        if len(self.priors) < 2 or abs(sum(self.priors.values()) - 1) > 1e-9:
            raise SpecificationError(
                f"priors are {len(self.priors)} that add to {sum(self.priors.values()):g}, must be two or more that "
                "add to 1"
            )
        if column_name("evidence", evidence) in self.priors:
            raise SpecificationError(f"evidence == {evidence!r} is an explanation as well, must be another column")
        self.evidence, self.width = evidence, in_range("width", width, 0, 0.5)

    def fit(self, frame: pd.DataFrame) -> ProcessTracingResult:
        """Weigh the evidence.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a piece: its name, and a column for each explanation with the probability of seeing the piece.

        Returns
        -------
        ProcessTracingResult
            A term for each explanation: how probable it is, and the least and the greatest it can be if every
            likelihood is off by up to ``width``.

        Raises
        ------
        DataError
            If a column is missing, or a likelihood is not above 0 and at most 1.

        Examples
        --------
        >>> seen = pd.DataFrame({"evidence": ["a", "b"], "x": [0.9, 0.5], "y": [0.3, 0.5]})
        >>> result = ProcessTracing(priors={"x": 0.5, "y": 0.5}).fit(seen)
        >>> round(float(result.estimates.loc["x", "estimate"]), 2)
        0.75
        """
        names = list(self.priors)
        is_frame("evidence", frame)
        has_columns("evidence", frame, [self.evidence, *names])
        refuse_missing(frame, [self.evidence, *names])
        likelihood = np.column_stack([_likelihoods(frame, name) for name in names])
        prior = np.array(list(self.priors.values()))
        posterior = _posterior(prior, likelihood)
        low, high = self._range(prior, likelihood)
        nan = float("nan")
        rows = {name: (posterior[i], nan, low[i], high[i]) for i, name in enumerate(names)}
        lead = int(np.argmax(posterior))
        pieces = _pieces(frame[self.evidence], prior, likelihood, lead)
        return ProcessTracingResult(
            method=say("Process tracing: {n} pieces of evidence, {names} explanations", n=len(frame), names=len(names)),
            estimates=estimates_table(rows),
            n=len(frame),
            interval="range" if self.width else "none",
            checks=(
                _check_clear(posterior[lead], low[lead]),
                _check_one_piece(pieces, posterior[lead]),
                _check_prior(prior, likelihood, lead),
            ),
            assumptions=(
                "One of the explanations is right, and no two of them at once.",
                "Given an explanation, one piece of evidence says nothing of another: pieces from one source are one.",
                "The likelihoods were stated before the case was judged.",
            ),
            references=references(type(self)),
            inputs=record(frame[[self.evidence, *names]]),
            evidence=pieces,
            priors=pd.DataFrame(
                {
                    "explanation": names,
                    "prior": prior,
                    "even_prior": [_even(prior, likelihood, i) for i in range(len(names))],
                }
            ),
        )

    def _range(self, prior: Floats, likelihood: Floats) -> tuple[Floats, Floats]:
        """Return the least and the greatest posterior of each explanation."""
        if not self.width:
            nothing = np.full(len(prior), np.nan)
            return nothing, nothing
        down = np.clip(likelihood - self.width, 1e-6, 1)
        up = np.clip(likelihood + self.width, 1e-6, 1)
        low, high = np.empty(len(prior)), np.empty(len(prior))
        for i in range(len(prior)):
            against, for_it = up.copy(), down.copy()
            against[:, i], for_it[:, i] = down[:, i], up[:, i]
            low[i], high[i] = _posterior(prior, against)[i], _posterior(prior, for_it)[i]
        return low, high


def _likelihoods(frame: pd.DataFrame, name: str) -> Floats:
    """Read the likelihoods under one explanation."""
    values = read_numbers(frame, name)
    wrong = (values <= 0) | (values > 1)
    refuse_cells(frame[name], wrong, "must be probabilities above 0 and at most 1: nothing is impossible to see")
    return values


def _posterior(prior: Floats, likelihood: Floats) -> Floats:
    """Return probabilities after the evidence; shapes (explanations,) and (pieces, explanations)."""
    logs = np.log(prior) + np.log(likelihood).sum(axis=0)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), dtype=float)


def _pieces(names: pd.Series, prior: Floats, likelihood: Floats, lead: int) -> pd.DataFrame:
    """Say of each piece how strong it is, and what the answer is without it."""
    posterior = _posterior(prior, likelihood)
    others = np.delete(np.arange(len(prior)), lead)
    rival = others[np.argmax(posterior[others])]
    ratio = likelihood[:, lead] / likelihood[:, rival]
    tests = [_test(likelihood[i, lead], likelihood[i, rival]) for i in range(len(names))]
    without = [_posterior(prior, np.delete(likelihood, i, axis=0))[lead] for i in range(len(names))]
    return pd.DataFrame({"evidence": list(names), "ratio": ratio, "test": tests, "without": without})


Test = Literal["hoop", "smoking gun", "doubly decisive", "straw in the wind"]


def _test(lead: float, rival: float) -> Test:
    """Name the test: certain pieces must be there if the explanation holds, unique ones are there only then."""
    certain, unique = lead >= _CLEAR, rival <= 1 - _CLEAR
    if certain:
        return "doubly decisive" if unique else "hoop"
    return "smoking gun" if unique and lead > rival else "straw in the wind"


def _even(prior: Floats, likelihood: Floats, i: int) -> float:
    """Return the prior at which an explanation would be as probable as not, the others in proportion."""
    logs = np.log(likelihood).sum(axis=0)
    rest = np.delete(prior, i) / np.delete(prior, i).sum()
    others = float(np.log((rest * np.exp(np.delete(logs, i) - logs[i])).sum()))
    return float(1 / (1 + np.exp(-others)))


def _check_clear(posterior: float, low: float) -> Check:
    """Say whether one explanation is clearly the better one, whatever the stated ranges."""
    least = posterior if np.isnan(low) else low
    numbers = {"posterior": posterior, "least": least}
    words = say("The leading explanation has probability {p:.2f}, at least {least:.2f}.", p=posterior, least=least)
    return Check("clear", "pass" if least >= _CLEAR else "review", words, numbers)


def _check_one_piece(pieces: pd.DataFrame, posterior: float) -> Check:
    """Say whether the answer hangs on one piece."""
    least = float(pieces["without"].min())
    numbers = {"posterior": posterior, "without": least}
    words = say("Without its strongest piece the leading explanation has probability {p:.2f}.", p=least)
    return Check("one piece", "pass" if least > 0.5 else "review", words, numbers)


def _check_prior(prior: Floats, likelihood: Floats, lead: int) -> Check:
    """Say whether another prior would turn the answer."""
    even = _even(prior, likelihood, lead)
    numbers = {"prior": float(prior[lead]), "even_prior": even}
    words = say("The leading explanation stays the more probable one down to a prior of {prior:.2f}.", prior=even)
    return Check("prior", "pass" if even <= 0.25 else "review", words, numbers)
