"""JupyterLab's settings for ``make lab``: what a notebook displays stays on the screen and is not written to its file.

Notebooks of this project are kept without outputs, since what they display may be of a person. The server's own hook
takes outputs, counts and timings out of a notebook each time it is saved. Terminals and cells find the command
``ctresearch`` of the environment that JupyterLab runs in, whether or not it is activated.
"""

import os
import sys
from pathlib import Path
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
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
# Not a login shell, which would forget the path.
c.ServerApp.terminado_settings = {"shell_command": [os.environ.get("SHELL") or "sh"]}
# Nothing is asked of the outside, neither news nor newer versions, and nobody is asked whether it may be.
os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).with_name("lab")), os.environ.get("JUPYTER_CONFIG_PATH")])
)
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
