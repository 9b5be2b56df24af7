"""Outputs with every column declared, as a study's author would: as given, else as its name and values suggest."""

from dataclasses import replace

from ctresearch.privacy.words.suggested_roles import FILL_IN, suggested


def declare(output, **roles):
    """Declare every column of an output that nobody has declared."""
    if output.kind == "notebook" or output.level == "public":
        return output
    rows = output.people is not None and output.people.size > 1
    names = {
        name: _filled_in(suggested(grid, i, counted=rows))
        for grid in output.grids
        for i, name in enumerate(grid.header)
        if grid.role(i) is None
    }
    return replace(output, roles=names | roles) if names | roles else output


def _filled_in(role):
    """Fill in what the author knows: what rests on nobody in the table is a figure of a model."""
    return "model" if FILL_IN in role else role
