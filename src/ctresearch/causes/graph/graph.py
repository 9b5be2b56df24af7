"""What is assumed, drawn as a graph: the one place from which adjustment, bad controls and biases follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from ctresearch.causes.graph.adjustment import is_front_door, minimal_sets
from ctresearch.causes.graph.bad_controls import BadControl, find_bad_controls
from ctresearch.causes.graph.graph_columns import column_checks
from ctresearch.causes.graph.graph_reading import copy_networkx, draw_text, refuse_cycle, require_node
from ctresearch.causes.graph.implied_independence import Independence, check_independences, implied_independences
from ctresearch.causes.graph.paths import (
    Direction,
    Path,
    back_door_graph,
    causal_nodes,
    direction_between,
    forbidden_nodes,
    open_paths,
    separated,
)
from ctresearch.causes.text.graph_drawing import NOTHING
from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.core.result import Result


class CausalGraph:
    """A causal graph: arrows from causes to effects, with what nobody observes and what decides who is in the data.

    Parameters
    ----------
    graph : str or networkx.DiGraph
        Text of arrows, such as ``"poverty -> trafficked [+]; trafficked <-> migrated"``, text of DOT
        (``"digraph { a -> {b c} }"``) or dagitty (``"dag { a [exposure] b [outcome] a -> b }"``), or a graph whose
        edges may carry a ``sign`` of 1 or -1.
    latent : collection of str
        Nodes nobody observes, beside those the text declares.
    selected : collection of str
        Nodes that decide who enters the data, such as detection; they are conditioned on in every question.

    Raises
    ------
    SpecificationError
        If the graph has a cycle, a declared node is missing, two nodes differ in spelling alone, a sign is not 1, -1 or
        0, or the text is not understood; the message then gives line and column.

    Notes
    -----
    Names in text are of letters, digits and ``_``; others stand in quotation marks. Where an analysis is given the
    graph, each node that is neither latent nor selected must be a column of the table: without it the estimate does not
    stand, and where the name is a slip of a column's it is refused.

    References
    ----------
    .. [1] Pearl, J. (2009). Causality: Models, Reasoning and Inference, second edition. Cambridge University Press.
       https://doi.org/10.1017/CBO9780511803161
    .. [2] Bareinboim, E. and Pearl, J. (2016). Causal inference and the data-fusion problem. Proceedings of the
       National Academy of Sciences 113, 7345-7352. https://doi.org/10.1073/pnas.1510507113

    Examples
    --------
    >>> graph = CausalGraph("poverty -> migrated; poverty -> exploited; migrated -> exploited; exploited -> detected")
    >>> graph.adjustment_sets("migrated", "exploited")
    (frozenset({'poverty'}),)
    >>> print(graph.bad_controls("migrated", "exploited", ["poverty", "detected"])[0].sentence)
    'detected' follows from the outcome, so adjusting for it selects on the outcome
    """

    def __init__(
        self, graph: str | nx.DiGraph[str], *, latent: Collection[str] = (), selected: Collection[str] = ()
    ) -> None:
        drawn, read = draw_text(graph) if isinstance(graph, str) else (copy_networkx(graph), NOTHING)
        for option, names in (("latent", latent), ("selected", selected)):
            if isinstance(names, str):
                raise SpecificationError(f"{option} == {names!r}, must be a list of nodes")
        self.latent = read.latent | frozenset(latent)
        self.selected = read.selected | frozenset(selected)
        self.exposures, self.outcomes, self.adjusted = read.exposure, read.outcome, read.adjusted
        for name in sorted(self.latent | self.selected):
            require_node(drawn, name)
        if self.latent & self.selected:
            both = sorted(self.latent & self.selected)[0]
            raise SpecificationError(
                f"node {both!r} is both latent and selected, must be one: who enters the data is observed"
            )
        if self.latent & self.adjusted:
            both = sorted(self.latent & self.adjusted)[0]
            raise SpecificationError(
                f"node {both!r} is both latent and adjusted, must be one: nobody can hold fixed what nobody observes"
            )
        refuse_cycle(drawn)
        self._graph: nx.DiGraph[str] = nx.freeze(drawn)

    @property
    def graph(self) -> nx.DiGraph[str]:
        """The graph, which cannot be changed; hidden common causes are nodes of their own."""
        return self._graph

    @property
    def observed(self) -> frozenset[str]:
        """Nodes that data can hold: neither latent nor selected."""
        return frozenset(self._graph.nodes) - self.latent - self.selected

    def is_adjustment_set(self, treatment: str, outcome: str, covariates: Iterable[str]) -> bool:
        """Say whether adjusting for some covariates identifies the total effect.

        Parameters
        ----------
        treatment, outcome : str
            The question.
        covariates : iterable of str
            What is adjusted for; selected nodes are conditioned on beside.

        Returns
        -------
        bool
            Whether they block every path but the causal ones and hold no consequence of those.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        Examples
        --------
        >>> CausalGraph("c -> a; c -> b; a -> b").is_adjustment_set("a", "b", ["c"])
        True
        """
        given = self._given(treatment, outcome, covariates)
        if given & (forbidden_nodes(self._graph, treatment, outcome) | self.latent):
            return False
        return separated(back_door_graph(self._graph, treatment, outcome), treatment, outcome, given)

    def adjustment_sets(self, treatment: str | None = None, outcome: str | None = None) -> tuple[frozenset[str], ...]:
        """List the smallest sets of covariates that identify the total effect.

        Parameters
        ----------
        treatment, outcome : str, optional
            The question; by default the one exposure and the one outcome that the text declares.

        Returns
        -------
        tuple of frozenset
            Minimal sets of up to four covariates, the smallest first; one larger set where only such suffice; none
            where no observed set does, as when cases are selected on the outcome.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        Examples
        --------
        >>> CausalGraph("c -> a; c -> m; m -> b; a -> b").adjustment_sets("a", "b")
        (frozenset({'c'}), frozenset({'m'}))
        """
        treatment, outcome = self._question(treatment, outcome)
        self._given(treatment, outcome, ())
        forbidden = forbidden_nodes(self._graph, treatment, outcome)
        if self.selected & forbidden:
            return ()
        cut = back_door_graph(self._graph, treatment, outcome)
        relevant = set().union(*(nx.ancestors(cut, node) | {node} for node in {treatment, outcome} | self.selected))
        usable = sorted((relevant & self.observed) - forbidden)
        found = minimal_sets(usable, 0, lambda chosen: separated(cut, treatment, outcome, chosen | self.selected))
        if not found:
            larger = nx.find_minimal_d_separator(
                cut, {treatment}, {outcome}, included=set(self.selected), restricted=set(usable) | self.selected
            )
            found = [] if larger is None else [frozenset(larger) - self.selected]
        return tuple(found)

    def front_door_sets(self, treatment: str | None = None, outcome: str | None = None) -> tuple[frozenset[str], ...]:
        """List the sets of mediators through which the effect is identified although confounded.

        Parameters
        ----------
        treatment, outcome : str, optional
            The question; by default the one exposure and the one outcome that the text declares.

        Returns
        -------
        tuple of frozenset
            Minimal sets that intercept every causal path and whose own links are unconfounded given the treatment.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        Examples
        --------
        >>> CausalGraph("a -> m; m -> b; a <-> b").front_door_sets("a", "b")
        (frozenset({'m'}),)
        """
        treatment, outcome = self._question(treatment, outcome)
        self._given(treatment, outcome, ())
        between = sorted((causal_nodes(self._graph, treatment, outcome) - {outcome}) & self.observed)
        return tuple(
            minimal_sets(
                between, 1, lambda chosen: is_front_door(self._graph, treatment, outcome, chosen, self.selected)
            )
        )

    def instruments(self, treatment: str, outcome: str, given: Iterable[str] = ()) -> tuple[str, ...]:
        """List the observed nodes that move the treatment and reach the outcome through it alone.

        Parameters
        ----------
        treatment, outcome : str
            The question.
        given : iterable of str
            What is adjusted for.

        Returns
        -------
        tuple of str
            Names, in order.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        Examples
        --------
        >>> CausalGraph("z -> a; a -> b; a <-> b").instruments("a", "b")
        ('z',)
        """
        fixed = self._given(treatment, outcome, given)
        cut = back_door_graph(self._graph, treatment, outcome)
        after = nx.descendants(self._graph, treatment)
        return tuple(
            node
            for node in sorted(self.observed - fixed - {treatment, outcome} - after)
            if not separated(self._graph, node, treatment, fixed) and separated(cut, node, outcome, fixed)
        )

    def bad_controls(self, treatment: str, outcome: str, covariates: Iterable[str]) -> tuple[BadControl, ...]:
        """Name the covariates that must not be adjusted for, and why.

        Parameters
        ----------
        treatment, outcome : str
            The question.
        covariates : iterable of str
            What is meant to be adjusted for.

        Returns
        -------
        tuple of BadControl
            Of kind ``"mediator"``, ``"consequence"``, ``"collider"`` or ``"instrument"``, each with a sentence.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        Examples
        --------
        >>> CausalGraph("a -> b; a -> s; b -> s").bad_controls("a", "b", ["s"])[0].kind
        'consequence'
        """
        chosen = list(covariates)
        self._given(treatment, outcome, chosen)
        return find_bad_controls(self._graph, treatment, outcome, chosen, self.selected)

    def confounding_paths(self, treatment: str, outcome: str, covariates: Iterable[str] = ()) -> tuple[Path, ...]:
        """List the paths other than causal ones that stay open after adjustment.

        Parameters
        ----------
        treatment, outcome : str
            The question.
        covariates : iterable of str
            What is adjusted for.

        Returns
        -------
        tuple of Path
            The shortest first; where there are very many, not all.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        Examples
        --------
        >>> CausalGraph("u -> a; u -> b").confounding_paths("a", "b")[0].text
        'a <- u -> b'
        """
        given = self._given(treatment, outcome, covariates)
        return open_paths(back_door_graph(self._graph, treatment, outcome), treatment, outcome, given)

    def bias_direction(self, treatment: str, outcome: str, covariates: Iterable[str] = ()) -> Direction:
        """Say in which direction open paths bias the effect, where signed arrows imply one.

        Parameters
        ----------
        treatment, outcome : str
            The question.
        covariates : iterable of str
            What is adjusted for.

        Returns
        -------
        str
            ``"none"``, ``"upwards"``, ``"downwards"``, or ``"undetermined"`` where arrows have no sign, signs
            disagree, a path runs through a collider [1]_ or there are too many paths to see each. Signs mean monotone
            effects, at every value of the other causes.

        Raises
        ------
        SpecificationError
            If a name is not a node.

        References
        ----------
        .. [1] VanderWeele, T. J. and Robins, J. M. (2010). Signed directed acyclic graphs for causal inference.
           Journal of the Royal Statistical Society B 72, 111-127. https://doi.org/10.1111/j.1467-9868.2009.00728.x

        Examples
        --------
        >>> CausalGraph("u -> a [+]; u -> b [+]; a -> b").bias_direction("a", "b")
        'upwards'
        """
        chosen = list(covariates)
        if self.is_adjustment_set(treatment, outcome, chosen):
            return "none"
        if (self.selected | set(chosen)) & forbidden_nodes(self._graph, treatment, outcome):
            return "undetermined"
        after = nx.descendants(self._graph, treatment) | nx.descendants(self._graph, outcome)
        if set(chosen) & after:
            return "undetermined"
        given = self._given(treatment, outcome, chosen)
        return direction_between(back_door_graph(self._graph, treatment, outcome), treatment, outcome, given)

    def detection_direction(
        self, detected: Detected, treatment: str, outcome: str, covariates: Iterable[str] = ()
    ) -> str:
        """Say in which direction detection biases the ratio of outcomes, where signed arrows imply one.

        Parameters
        ----------
        detected : {"outcome", "sample"}
            The outcome counts detected cases only, or the rows are detected cases only.
        treatment, outcome : str
            The question, with the true outcome.
        covariates : iterable of str
            What is adjusted for.

        Returns
        -------
        str
            ``"none"``, ``"upwards"``, ``"downwards"`` or ``"undetermined"``; for samples of detected cases also
            ``"none for the odds ratio, undetermined for others"``, where detection depends on the outcome alone. With
            a detected outcome the ratio is multiplied by the ratio of the chances of detection [1]_.

        Raises
        ------
        SpecificationError
            If a name is not a node or the graph has no selected node.

        References
        ----------
        .. [1] VanderWeele, T. J. and Hernan, M. A. (2012). Results on differential and dependent measurement error of
           the exposure and the outcome using signed directed acyclic graphs. American Journal of Epidemiology 175,
           1303-1310. https://doi.org/10.1093/aje/kwr458

        Examples
        --------
        >>> graph = CausalGraph("raid -> detected [+]; raid -> exploited; exploited -> detected; selected: detected")
        >>> graph.detection_direction("outcome", "raid", "exploited")
        'upwards'
        """
        if not self.selected:
            raise SpecificationError(
                f"selected == [] in a graph of {len(self._graph)} nodes, must name the node of detection: add "
                "'selected: detected' to the graph"
            )
        fixed = self._given(treatment, outcome, covariates) - self.selected
        if detected == "outcome":
            given = fixed | {outcome}
            found = {direction_between(self._graph, treatment, node, given) for node in self.selected} - {"none"}
            return "none" if not found else found.pop() if len(found) == 1 else "undetermined"
        if all(separated(self._graph, node, outcome, fixed | {treatment}) for node in self.selected):
            return "none"
        if all(separated(self._graph, node, treatment, fixed | {outcome}) for node in self.selected):
            return "none for the odds ratio, undetermined for others"
        return "undetermined"

    def implications(self) -> tuple[Independence, ...]:
        """List the independences among observed nodes that the graph implies.

        Returns
        -------
        tuple of Independence
            One for each pair without an arrow between them that some observed set separates.

        Examples
        --------
        >>> print(CausalGraph("a -> m; m -> b").implications()[0])
        a independent of b given m
        """
        return implied_independences(self._graph, self.observed, self.selected)

    def test(self, frame: pd.DataFrame, *, level: float = 0.95) -> Result:
        """Test the implied independences on data.

        Parameters
        ----------
        frame : pandas.DataFrame
            Columns named like the nodes; what would need a column that is not there is not tested, and a check says so.
        level : float
            Coverage of the limits, as a proportion.

        Returns
        -------
        Result
            A partial correlation for each implied independence, and a check that fails if one is refuted after
            Holm's correction.

        Raises
        ------
        DataError
            If no implied independence can be tested with these columns.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> a, b = np.random.default_rng(1).normal(size=(2, 200))
        >>> CausalGraph("a -> c; b -> c").test(pd.DataFrame({"a": a, "b": b, "c": a + b})).status
        'pass'
        """
        checks = column_checks(self, frame, voids=False)  # what was tested stands, whatever was not
        return check_independences(self.implications(), frame, level, checks=checks)

    def plot(self, treatment: str | None = None, outcome: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the graph, causes on the left.

        Parameters
        ----------
        treatment, outcome : str, optional
            The question, which colours the nodes.
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            Latent nodes are dashed, selected ones boxed; signs stand at the arrows.

        Examples
        --------
        >>> CausalGraph("a -> b [+]").plot("a", "b").get_title(loc="left")
        'a on b: adjust for nothing'
        """
        from ctresearch.causes.graph.graph_plot import draw_graph

        return draw_graph(self, treatment, outcome, ax)

    def __repr__(self) -> str:
        arrows = "; ".join(f"{a} -> {b}" for a, b in self._graph.edges)
        return f"CausalGraph({arrows!r}, latent={sorted(self.latent)}, selected={sorted(self.selected)})"

    def _question(self, treatment: str | None, outcome: str | None) -> tuple[str, str]:
        """Return treatment and outcome, those that the text declares where none are named."""
        found = []
        for option, name, declared in (("treatment", treatment, self.exposures), ("outcome", outcome, self.outcomes)):
            if name is None and len(declared) != 1:
                raise SpecificationError(
                    f"{option} == None with {len(declared)} declared in the graph, must be named where not just one is "
                    "declared"
                )
            found.append(next(iter(declared)) if name is None else name)
        return found[0], found[1]

    def _given(self, treatment: str, outcome: str, covariates: Iterable[str]) -> frozenset[str]:
        """Check the names of a question and return what is conditioned on."""
        if isinstance(covariates, str):
            raise SpecificationError(f"covariates == {covariates!r}, must be a list of nodes")
        chosen = frozenset(covariates)
        for name in (treatment, outcome, *sorted(chosen)):
            require_node(self._graph, name)
        if treatment == outcome or chosen & {treatment, outcome}:
            raise SpecificationError(
                f"treatment {treatment!r}, outcome {outcome!r} and covariates {sorted(chosen)} overlap, must differ"
            )
        return chosen | self.selected

    def _repr_html_(self) -> str:
        arrows = [f"{cause} → {effect}" for cause, effect in self._graph.edges]
        hidden = {"latent": ", ".join(sorted(self.latent)), "selected": ", ".join(sorted(self.selected))}
        return as_card(self, says=[*arrows, *(f"{name}: {words}" for name, words in hidden.items() if words)])
