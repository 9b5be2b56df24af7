"""What the figures that describe a group as a whole are called, in one place for all functions that give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.meaning import count, share
from ctresearch.networks.evidence.declared import of_group, things

if TYPE_CHECKING:
    from ctresearch.core.meaning import Meaning

COMMAND: dict[str, Meaning] = {
    "connectedness": of_group("Connectedness"),
    "hierarchy": of_group("Hierarchy"),
    "tree_efficiency": of_group("Efficiency of the tree of command"),
    "unity_of_command": of_group("Unity of command"),
}
SECURITY: dict[str, Meaning] = {
    "efficiency": of_group("Efficiency"),
    "security": of_group("Share of actors whom one exposed at random cannot give away"),
    "balance": of_group("Efficiency times security"),
}
_TWO_MODES: dict[str, Meaning] = {
    "first_mode": count("Actors of the first mode", "actors"),
    "second_mode": things("Nodes of the second mode", "nodes"),
    "mean_degree_first": of_group("Mean ties of an actor of the first mode", "ties"),
    "mean_degree_second": of_group("Mean ties of a node of the second mode", "ties"),
    "robins_alexander_clustering": of_group("Closed paths of three ties"),
}
DESCRIPTION: dict[str, Meaning] = {
    "actors": count("Actors", "actors"),
    "ties": things("Ties", "ties"),
    "density": of_group("Density of ties", headline=True),
    "mean_degree": of_group("Mean ties of an actor", "ties"),
    "isolates": count("Actors without a tie", "actors"),
    "components": things("Components", "components"),
    "largest_component": share("Actors in the largest component"),
    "degree_centralisation": of_group("Centralisation by ties"),
    "in_degree_centralisation": of_group("Centralisation by ties received"),
    "out_degree_centralisation": of_group("Centralisation by ties sent"),
    "betweenness_centralisation": of_group("Centralisation by betweenness"),
    "reciprocity": of_group("Ties that are returned"),
    "diameter": of_group("Longest of the shortest paths", "steps"),
    "mean_distance": of_group("Mean length of the shortest paths", "steps"),
    "global_efficiency": of_group("Global efficiency"),
    "fragmentation": of_group("Fragmentation"),
    "distance_fragmentation": of_group("Fragmentation by distance"),
    "transitivity": of_group("Triads that are closed"),
    "local_clustering": of_group("Mean share of an actor's contacts who are tied"),
    "degree_assortativity": of_group("Mixing by number of ties"),
    "largest_core": of_group("Ties that each has within the innermost core", "ties"),
    **COMMAND,
    **_TWO_MODES,
}
