"""Detection is not occurrence: the one reader of what an outcome is, for every estimate of this room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.message import Message

OutcomeKind = Literal["adoption of a law", "detection", "response", "harm to victims", "occurrence", "not said"]
KINDS: tuple[OutcomeKind, ...] = (
    "adoption of a law",
    "detection",
    "response",
    "harm to victims",
    "occurrence",
    "not said",
)
Range = tuple[float, float]

_WHAT: dict[str, Message] = {
    "adoption of a law": say(
        "The outcome is the adoption of a law: what a state wrote down, and nothing of how many people are trafficked."
    ),
    "detection": say("The outcome counts detected cases: what was found, and not what occurred."),
    "response": say(
        "The outcome is a response of the state, such as prosecutions or budgets: what it did, and nothing of how many "
        "people are trafficked."
    ),
    "harm to victims": say(
        "The outcome is harm done to victims by the response itself, such as prosecution, detention or deportation, as "
        "far as it was recorded."
    ),
    "occurrence": say("The outcome is said to be occurrence, which nobody counts: it is itself an estimate."),
    "not said": say("What the outcome measures was not said: the law, detection, the response, harm, or occurrence."),
}


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What the outcome of an estimate is, and what follows from that for whoever reads it.

    Parameters
    ----------
    kind : {"adoption of a law", "detection", "response", "harm to victims", "occurrence", "not said"}
        What was measured. Police figures of victims are *detection* whatever the column is called. Where nobody said,
        the check *outcome* fails until somebody does.
    detection : tuple of tuple of float, optional
        For detected cases, what is known from outside: the smallest and the largest chance that a case is detected,
        without the policy first, then with it, as :func:`ctresearch.causes.sensitivity.detection_bounds` takes them.
    logged : bool
        Whether the outcome is a logarithm, so that an effect is the logarithm of a ratio.

    Raises
    ------
    SpecificationError
        If a word is not one of those above, a chance is out of range, or chances are given for another outcome.

    Examples
    --------
    >>> rule = OutcomeRule("detection", detection=((0.1, 0.2), (0.2, 0.4)))
    >>> low, high = rule.occurrence(1.5, 1.5)
    >>> print(f"detected cases rose by half; cases were {low:.2f} to {high:.2f} times as many")
    detected cases rose by half; cases were 0.38 to 1.50 times as many
    """

    kind: OutcomeKind
    detection: tuple[Range, Range] | None = None
    logged: bool = False

    def __post_init__(self) -> None:
        """Refuse what is not said, and chances of detection that are none."""
        one_of("outcome_kind", self.kind, KINDS)
        one_of("logged", self.logged, (True, False))
        if self.detection is not None:
            if self.kind != "detection":
                raise SpecificationError(
                    f"detection is given for outcome_kind == {self.kind!r}, must go with 'detection': leave it out"
                )
            object.__setattr__(self, "detection", _ranges(self.detection))

    @property
    def assumption(self) -> Message:
        """What was measured, as a sentence that stands with the assumptions of every estimate."""
        return _WHAT[self.kind]

    def ratio(self, effect: float, baseline: float = np.nan) -> float:
        """Return an effect as a ratio of the outcome with the policy to that without it.

        Parameters
        ----------
        effect : float
            On the scale of the outcome.
        baseline : float
            Mean of the outcome where the policy is in force, had it not been; not needed for a logarithm.

        Returns
        -------
        float
            ``NaN`` where there is no ratio, as with a mean that is not above 0.

        Examples
        --------
        >>> OutcomeRule("detection").ratio(5.0, baseline=10.0)
        1.5
        """
        if self.logged:
            return float(np.exp(effect))
        with_policy = baseline + effect
        return float(with_policy / baseline) if baseline > 0 and with_policy > 0 else np.nan

    def occurrence(self, low: float, high: float) -> Range:
        """Bound the ratio of what occurred by the limits of the ratio of what was detected.

        Parameters
        ----------
        low, high : float
            Limits of the ratio of detected cases, with the policy to without it; the same number twice for a point.

        Returns
        -------
        tuple of float
            Smallest and largest ratio of cases; 0 and infinity where nothing is known of detection.

        Examples
        --------
        >>> OutcomeRule("detection").occurrence(1.5, 1.5)
        (0.0, inf)
        """
        if self.kind != "detection":
            return (low, high)
        if self.detection is None:
            return (0.0, np.inf)
        (low0, high0), (low1, high1) = self.detection
        return (low * low0 / high1, high * high0 / low1)

    def checks(self, ratio: float = np.nan, limits: Range | None = None) -> tuple[Check, ...]:
        """Say what the estimate cannot: nothing for the adoption of a law, whose assumption says all.

        Parameters
        ----------
        ratio : float
            The effect as :meth:`ratio` gives it.
        limits : tuple of float, optional
            Limits of that ratio.

        Returns
        -------
        tuple of Check
            One, called ``"outcome"``. Of detected cases it *fails* (to be read with care) unless the chances of
            detection given settle the sign of what occurred, and says by how much detection alone would have to change.

        Examples
        --------
        >>> print(OutcomeRule("detection").checks(1.5)[0].status)
        fail
        """
        if self.kind == "detection":
            return (self._detected(ratio, limits or (ratio, ratio)),)
        if self.kind == "not said":
            told = say(
                "Nobody said what the outcome measures, so no reader can tell whether an effect is on detection or on "
                "what occurred: give outcome_kind=."
            )
            return (Check("outcome", "fail", told),)
        words = {
            "response": say("A response was measured: it says nothing of how many people are trafficked."),
            "harm to victims": say("Harm is counted where it was recorded: what nobody recorded is not in the figure."),
            "occurrence": say("Occurrence is never counted: say how it was estimated, and with what error."),
        }
        return (Check("outcome", "review", words[self.kind]),) if self.kind in words else ()

    def _detected(self, ratio: float, limits: Range) -> Check:
        """Bound what occurred, or say by how much detection would have to change."""
        tip = ratio if np.isfinite(ratio) else np.nan
        if self.detection is None or not np.isfinite(tip):
            if np.isnan(tip):
                said = say(
                    "Detected cases were measured, not occurrence: whatever changes detection reads as an effect, and "
                    "nothing here says in which direction cases went."
                )
                return Check("outcome", "fail", said)
            said = say(
                "Detected cases were measured, not occurrence: a change of the chance of detection by a factor of "
                "{factor:.3g} would explain it all. Give detection= what is known of it.",
                factor=tip,
            )
            return Check("outcome", "fail", said, {"detection_factor": tip})
        low, high = self.occurrence(*limits)
        settled = low > 1 or high < 1
        said = (
            say(
                "With the chances of detection given, cases became {low:.3g} to {high:.3g} times as many (detected "
                "cases {ratio:.3g} times): the sign is settled if those chances hold.",
                low=low,
                high=high,
                ratio=tip,
            )
            if settled
            else say(
                "With the chances of detection given, cases became {low:.3g} to {high:.3g} times as many (detected "
                "cases {ratio:.3g} times): the sign of what occurred is open.",
                low=low,
                high=high,
                ratio=tip,
            )
        )
        numbers = {"detection_factor": tip, "occurrence_low": low, "occurrence_high": high}
        return Check("outcome", "review" if settled else "fail", said, numbers)

    def carried(self, limits: Range | None = None) -> dict[str, Any]:
        """Return the fields that a :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` carries.

        Parameters
        ----------
        limits : tuple of float, optional
            Limits of the ratio of the outcome with the policy to that without it.

        Returns
        -------
        dict
            ``outcome_kind``, and for detected cases ``occurrence_low`` and ``occurrence_high``.

        Examples
        --------
        >>> OutcomeRule("response").carried()
        {'outcome_kind': 'response'}
        """
        if self.kind != "detection":
            return {"outcome_kind": self.kind}
        low, high = self.occurrence(*(limits or (np.nan, np.nan)))
        return {"outcome_kind": self.kind, "occurrence_low": low, "occurrence_high": high}

    def means(self, terms: Mapping[str, Meaning]) -> dict[str, Meaning]:
        """Write the outcome into what the terms of a result mean.

        Parameters
        ----------
        terms : mapping of str to Meaning
            Terms as the class of the result declares them.

        Returns
        -------
        dict of str to Meaning
            The same with ``outcome=`` set.

        Examples
        --------
        >>> from ctresearch.core.meaning import model
        >>> OutcomeRule("response").means({"effect": model("Effect")})["effect"].outcome
        'response'
        """
        kind = "" if self.kind == "not said" else self.kind
        return {name: replace(one, outcome=kind, rows=dict(one.rows)) for name, one in terms.items()}

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["kind", "detection", "logged"])


def _ranges(given: Any) -> tuple[Range, Range]:
    """Read the chances of detection without and with the policy."""
    try:
        (low0, high0), (low1, high1) = given
    except (TypeError, ValueError):
        raise SpecificationError(
            f"detection == {shown(given)}, must be two pairs: the least and the greatest chance without the policy, "
            "then with it, such as ((0.1, 0.3), (0.1, 0.4))"
        ) from None
    for low, high in ((low0, high0), (low1, high1)):
        in_range("detection", high, 0, 1)
        in_range("detection", low, 0, high)
        if low == 0:
            raise SpecificationError(
                f"detection has a least chance of {low:g}, must be above 0: with 0 any number of cases may lie behind "
                "each one detected, and no bound is left"
            )
    return ((float(low0), float(high0)), (float(low1), float(high1)))
