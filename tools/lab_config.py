"""JupyterLab's settings for ``make lab``: what a notebook displays stays on the screen and is not written to its file.

Notebooks of this project are kept without outputs, since what they display may be of a person. The server's own hook
takes outputs, counts and timings out of a notebook each time it is saved.
"""

from typing import Any


def without_outputs(model: dict[str, Any], **_: Any) -> None:
    """Take what was displayed out of a notebook that is about to be saved."""
    if model["type"] != "notebook" or model["content"].get("nbformat") != 4:
        return
    for cell in model["content"]["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        cell.get("metadata", {}).pop("execution", None)


c = get_config()  # noqa: F821  (JupyterLab defines it)
c.FileContentsManager.pre_save_hook = without_outputs
