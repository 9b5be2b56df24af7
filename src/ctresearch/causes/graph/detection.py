"""Detection is not occurrence: what a report that rests on detected cases must say.

References
----------
.. [1] VanderWeele, T. J. and Robins, J. M. (2010). Signed directed acyclic graphs for causal inference. Journal of the
   Royal Statistical Society B 72, 111-127. https://doi.org/10.1111/j.1467-9868.2009.00728.x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.causes.graph.graph import CausalGraph

Detected = Literal["outcome", "sample"]


def check_detected(detected: Detected | None) -> Detected | None:
    """Return ``detected`` if it is one of the ways in which detection enters data.

    Parameters
    ----------
    detected : {"outcome", "sample"} or None
        The outcome counts detected cases only, the rows are detected cases only, or neither.

    Returns
    -------
    str or None
        ``detected``, unchanged.

    Raises
    ------
    SpecificationError
        If it is something else.

    Examples
    --------
    >>> check_detected("outcome")
    'outcome'
    """
    return None if detected is None else one_of("detected", detected, ("outcome", "sample"))


def graph_checks(
    graph: CausalGraph | None,
    detected: Detected | None,
    treatment: str,
    outcome: str,
    covariates: Sequence[str],
    *,
    voids: bool = True,
) -> tuple[Check, ...]:
    """Hold an analysis to the graph it rests on, and say what detection does to it.

    Parameters
    ----------
    graph : CausalGraph or None
        What is assumed.
    detected : {"outcome", "sample"} or None
        How detection enters the data.
    treatment, outcome : str
        The question.
    covariates : sequence of str
        What is adjusted for.
    voids : bool
        Whether an estimate stands or falls with these covariates; not where many sets are tried.

    Returns
    -------
    tuple of Check
        ``adjustment`` where a graph is given, which voids the estimate where it is not identified; ``roles`` where the
        graph names another question; ``detection`` where cases are detected.

    Raises
    ------
    SpecificationError
        If a covariate must not be adjusted for, as a collider, a mediator or a consequence.

    Examples
    --------
    >>> print(graph_checks(None, "outcome", "debt", "trafficked", [])[0].message.split(":")[0])
    The outcome counts detected cases, not occurrence
    """
    checks = []
    if graph is not None:
        _refuse_bad_controls(graph, treatment, outcome, covariates)
        checks.append(_adjustment(graph, treatment, outcome, covariates, voids=voids))
        checks += _roles(graph, treatment, outcome, covariates)
    if detected is None and graph is not None and graph.selected:
        detected = "sample"
    if detected is not None:
        checks.append(_detection(graph, detected, treatment, outcome, covariates))
    return tuple(checks)


def _refuse_bad_controls(graph: CausalGraph, treatment: str, outcome: str, covariates: Sequence[str]) -> None:
    """Refuse covariates that open a path or block the effect itself."""
    for found in graph.bad_controls(treatment, outcome, covariates):
        if found.kind != "instrument":
            raise SpecificationError(f"covariates == {list(covariates)!r}: {found.sentence}: leave {found.name!r} out")


def _adjustment(graph: CausalGraph, treatment: str, outcome: str, covariates: Sequence[str], *, voids: bool) -> Check:
    """Say whether the covariates suffice under the graph."""
    shown = ", ".join(covariates) or "nothing"
    if graph.is_adjustment_set(treatment, outcome, covariates):
        return Check(
            "adjustment", "pass", say("Under the graph, adjusting for {shown} identifies the effect.", shown=shown)
        )
    sets = graph.adjustment_sets(treatment, outcome)
    cure = (
        say("adjust for {value}", value=", ".join(sorted(sets[0])) or "nothing")
        if sets
        else say("no observed set closes every path")
    )
    path = graph.confounding_paths(treatment, outcome, covariates)
    shown_path = say(" ({text} is open)", text=path[0].text) if path else ""
    direction = graph.bias_direction(treatment, outcome, covariates)
    return Check(
        "adjustment",
        "fail",
        say(
            "Under the graph, adjusting for {shown} leaves bias{shown_path}, direction {direction}: {cure}.",
            shown=shown,
            shown_path=shown_path,
            direction=direction,
            cure=cure,
        ),
        voids=voids,
    )


def _roles(graph: CausalGraph, treatment: str, outcome: str, covariates: Sequence[str]) -> list[Check]:
    """Say where the text of the graph names another cause, another effect, or more that is adjusted for."""
    said = []
    if graph.exposures and treatment not in graph.exposures:
        said.append(f"it names {', '.join(sorted(graph.exposures))} as exposure, and the analysis takes {treatment}")
    if graph.outcomes and outcome not in graph.outcomes:
        said.append(f"it names {', '.join(sorted(graph.outcomes))} as outcome, and the analysis takes {outcome}")
    if left := sorted(graph.adjusted - {treatment, outcome, *covariates}):
        said.append(f"it names {', '.join(left)} as adjusted for, and the analysis does not")
    return (
        [Check("roles", "review", say("The graph is drawn for another question: {said}.", said="; ".join(said)))]
        if said
        else []
    )


def _detection(
    graph: CausalGraph | None, detected: Detected, treatment: str, outcome: str, covariates: Sequence[str]
) -> Check:
    """Say what it means that only detected cases are seen."""
    direction = "undetermined"
    if graph is not None and graph.selected:
        direction = graph.detection_direction(detected, treatment, outcome, covariates)
    if detected == "outcome":
        what = "The outcome counts detected cases, not occurrence: whatever changes detection reads as an effect"
    else:
        what = "All rows are detected cases: the estimate is about them, and detection may join cause and outcome"
    return Check(
        "detection",
        "review",
        say("{what}. Direction of the bias of the ratio: {direction}.", what=what, direction=direction),
    )
