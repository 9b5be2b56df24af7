"""Outputs with every column declared, as a study's author would: as given, else as its name and values suggest."""

from dataclasses import replace

from ctresearch.privacy.words.suggested_roles import suggested


def declare(output, **roles):
    """Declare every column of an output that nobody has declared."""
    if output.kind == "notebook" or output.level == "public":
        return output
    names = {
        name: suggested(grid, i) for grid in output.grids for i, name in enumerate(grid.header) if grid.role(i) is None
    }
    return replace(output, roles=names | roles) if names | roles else output
