"""How the whole group is built: cohesion, hierarchy, core, groups, blocks."""
