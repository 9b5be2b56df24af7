"""Refuse notebooks that carry outputs: they may hold records, and they rot."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Read the notebooks named on the command line and fail for the first that holds an output."""
    for name in sys.argv[1:]:
        cells = json.loads(Path(name).read_text(encoding="utf-8"))["cells"]
        if any(cell.get("outputs") or cell.get("execution_count") for cell in cells):
            sys.exit(f"{name} carries outputs: clear them (Edit, Clear Outputs of All Cells) and commit again")


if __name__ == "__main__":
    main()
