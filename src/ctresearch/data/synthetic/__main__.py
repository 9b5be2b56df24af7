"""Write the generated tables again: ``python -m ctresearch.data.synthetic --write data/synthetic``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ctresearch.data.synthetic.tables import RECIPES, write


def main(arguments: list[str] | None = None) -> None:
    """Write all tables into a folder, or list how each is made.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments of the command line; those of the process by default.

    Examples
    --------
    >>> import tempfile
    >>> main(["--write", tempfile.mkdtemp()])
    """
    parser = argparse.ArgumentParser(prog="python -m ctresearch.data.synthetic", description=__doc__)
    parser.add_argument("--write", metavar="DIR", type=Path, help="folder to write the tables into")
    folder = parser.parse_args(arguments).write
    if folder is None:
        for name, recipe in RECIPES.items():
            print(f"{name}.csv: {recipe.call}")
    else:
        write(folder)


if __name__ == "__main__":
    main()
