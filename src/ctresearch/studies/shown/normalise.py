"""An executed notebook turned into bytes that depend on what went in, and on nothing else.

Clocks, machine paths, memory addresses, random cell ids, progress bars and widget states go; sources, outputs and
execution counts stay, and a footer names the run. The same inputs give the same file on another day in another folder.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOOTER_ID = "ctresearch-run"
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_STYLER = re.compile(r"\bT_[0-9a-f]{5}\b")
_FOLDERS = re.compile(r"(?<![\w.<:/~-])(?:/[\w.@+~-]+){2,}/(?=[\w.<])")
_PROGRESS = re.compile(r"\d+%\||\d+it \[|\[\d+:\d\d[<,]")
_WIDGETS = "application/vnd.jupyter.widget-view+json"
_IMAGE_SIZES = ("width", "height", "needs_background")


def normalise_notebook(nb: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    r"""Strip an executed notebook of everything that differs from one execution to the next.

    Parameters
    ----------
    nb : mapping
        A notebook of format 4, as ``nbformat`` or ``json`` read it.
    run_id : str
        Id of the run, written into the footer and the metadata.

    Returns
    -------
    dict
        A new notebook; ``nb`` is left as it was. Normalising it again changes nothing.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "1 + 1", "metadata": {"execution": {"start": "now"}}, "outputs": []}
    >>> done = normalise_notebook({"cells": [cell], "metadata": {}}, run_id="ab12")
    >>> done["cells"][0]["metadata"], done["cells"][-1]["source"]
    ({}, '---\nRun `ab12`')
    """
    cells = [cell for cell in nb["cells"] if cell.get("id") != FOOTER_ID]
    footer = {"cell_type": "markdown", "id": FOOTER_ID, "metadata": {}, "source": f"---\nRun `{run_id}`"}
    return {
        "cells": [_cell(index, cell) for index, cell in enumerate(cells)] + [footer],
        "metadata": {
            "ctresearch": {"run_id": run_id},
            "kernelspec": _KERNEL,
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def notebook_bytes(nb: Mapping[str, Any]) -> bytes:
    r"""Write a notebook the way Jupyter does, with keys in order.

    Parameters
    ----------
    nb : mapping
        A notebook of format 4.

    Returns
    -------
    bytes
        UTF-8 JSON that ends in a newline.

    Examples
    --------
    >>> notebook_bytes(normalise_notebook({"cells": [], "metadata": {}}, "ab"))[:2]
    b'{\n'
    """
    import nbformat

    text: str = nbformat.writes(nbformat.from_dict(nb), version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return (text + "\n").encode()


def without_outputs(nb: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook with its text and code alone.

    Parameters
    ----------
    nb : mapping
        A notebook of format 4.

    Returns
    -------
    dict
        A copy in which no code cell shows what it computed.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "1", "outputs": [{"output_type": "stream"}], "execution_count": 3}
    >>> without_outputs({"cells": [cell]})["cells"][0]["outputs"]
    []
    """
    bare: dict[str, Any] = {"outputs": [], "execution_count": None}
    return {**nb, "cells": [{**c, **bare} if c["cell_type"] == "code" else dict(c) for c in nb["cells"]]}


def _cell(index: int, cell: Mapping[str, Any]) -> dict[str, Any]:
    """Keep type, source, author's tags and outputs of a cell; derive its id from where it stands and what it says."""
    source = _text(cell["source"])
    tags = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag != "injected-parameters"]
    kind = cell["cell_type"]
    out: dict[str, Any] = {
        "cell_type": kind,
        "id": hashlib.sha256(f"{index}\0{kind}\0{source}".encode()).hexdigest()[:12],
        "metadata": {"tags": tags} if tags else {},
        "source": source,
    }
    if kind == "code":
        out["execution_count"] = cell.get("execution_count")
        out["outputs"] = _outputs(cell.get("outputs", []))
    return out


def _outputs(outputs: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Clean each output and join the pieces of one stream, whose cuts depend on timing."""
    out: list[dict[str, Any]] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            if out and out[-1].get("name") == output["name"]:
                out[-1]["text"] += _text(output["text"])
            else:
                out.append({"output_type": "stream", "name": output["name"], "text": _text(output["text"])})
        elif kind == "error":
            shown = {key: output[key] for key in ("ename", "evalue")}
            out.append({"output_type": "error", **shown, "traceback": list(output["traceback"])})
        elif _WIDGETS not in output["data"]:
            out.append(_display(output))
    for one in out:
        if one["output_type"] == "stream":
            one["text"] = _stream(one["text"])
    return [one for one in out if one.get("text") != ""]


def _display(output: Mapping[str, Any]) -> dict[str, Any]:
    """Clean a displayed value."""
    data = {mime: _shown(mime, value) for mime, value in sorted(output["data"].items())}
    sizes = {
        mime: {key: value[key] for key in _IMAGE_SIZES if key in value}
        for mime, value in output.get("metadata", {}).items()
        if mime in data and isinstance(value, dict)
    }
    out = {"output_type": output["output_type"], "data": data, "metadata": sizes}
    if output["output_type"] == "execute_result":
        out["execution_count"] = output.get("execution_count")
    return out


def _shown(mime: str, value: Any) -> Any:
    """Clean one representation of a displayed value; pictures pass as they are."""
    if not mime.startswith("text/"):
        return _text(value) if isinstance(value, (str, list)) else value
    text = _ADDRESS.sub("0x…", _text(value))
    for place, found in enumerate(dict.fromkeys(_STYLER.findall(text))):
        text = text.replace(found, f"T_{place:05d}")
    return text if mime == "text/html" else _FOLDERS.sub("", text)


def _stream(text: str) -> str:
    """Show a stream as a terminal leaves it, without progress bars, addresses and folders."""
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    kept = [line for line in lines if not _PROGRESS.search(line)]
    return _FOLDERS.sub("", _ADDRESS.sub("0x…", "\n".join(kept))) if any(kept) else ""


def _text(value: str | list[str]) -> str:
    """Join what the format stores as a list of lines."""
    return value if isinstance(value, str) else "".join(value)
