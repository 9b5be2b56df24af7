"""Starts the kernel of a run, without the debugger of JupyterLab: nobody is there, and its import costs as much again."""

import sys

sys.modules["debugpy"] = None  # type: ignore[assignment]

from ipykernel.kernelapp import launch_new_instance  # noqa: E402

if __name__ == "__main__":
    launch_new_instance()
