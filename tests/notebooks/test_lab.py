"""JupyterLab as ``make lab`` opens it never writes what a notebook displayed."""

from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

CONFIG = Path(__file__).resolve().parents[2] / "tools" / "lab_config.py"


@pytest.mark.filterwarnings("ignore:Overriding existing pre_save_hook")  # the server reads its settings twice
def test_what_was_displayed_is_not_saved(tmp_path):
    from jupyter_server.services.contents.filemanager import FileContentsManager

    settings = Config()
    exec(compile(CONFIG.read_text(), str(CONFIG), "exec"), {"get_config": lambda: settings})
    shown = nbformat.v4.new_output("stream", text="Person A")
    cell = nbformat.v4.new_code_cell(
        "1", outputs=[shown], execution_count=3, metadata={"execution": {"started": "now"}}
    )
    prose = nbformat.v4.new_markdown_cell("Words.")
    manager = FileContentsManager(root_dir=str(tmp_path), config=settings)
    manager.save({"type": "notebook", "content": nbformat.v4.new_notebook(cells=[cell, prose])}, "n.ipynb")
    manager.save({"type": "file", "format": "text", "content": "words"}, "t.txt")
    kept = nbformat.read(tmp_path / "n.ipynb", as_version=4)
    assert (kept.cells[0].outputs, kept.cells[0].execution_count, kept.cells[0].source) == ([], None, "1")
    assert "execution" not in kept.cells[0].metadata
    assert kept.cells[1].source == "Words."
    assert "Person A" not in (tmp_path / "n.ipynb").read_text()
    assert (tmp_path / "t.txt").read_text() == "words"
