"""A form to run a study from JupyterLab, made of the types, ranges and words of its manifest."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import CtResearchError
from ctresearch.core.message import say
from ctresearch.core.validate import require_extra
from ctresearch.studies.asked.manifest import Study, load_study
from ctresearch.studies.running.run import run_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ctresearch.studies.asked.parameters import Parameter


class ParametersForm:
    r"""A form for the parameters of a study.

    Parameters
    ----------
    study : Study, str or pathlib.Path
        A study, its name, or its folder.
    run : callable
        What the button does with the study and its values.

    Raises
    ------
    MissingExtraError
        If ipywidgets is not installed.
    SpecificationError
        If there is no such study.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp()) / "demo"
    >>> folder.mkdir()
    >>> words = 'title = "T"\nnotebook = "n"\nseed = 7\n[parameters]\nlevel = { type = "float", value = 0.9 }'
    >>> _ = (folder / "study.toml").write_text(words)
    >>> ParametersForm(folder).values()
    {'level': 0.9}
    """

    def __init__(self, study: Study | str | Path, *, run: Callable[..., Any] = run_study) -> None:
        self._widgets = require_extra("ipywidgets", "widgets")
        self.study = study if isinstance(study, Study) else load_study(study)
        self.fields = {name: self._field(one) for name, one in self.study.parameters.items()}
        self.button = self._widgets.Button(description=say("Run"), button_style="primary", icon="play")
        self.said = self._widgets.HTML()
        self._run = run
        self.button.on_click(partial(_pressed, self))

    def values(self) -> dict[str, Any]:
        """Return what the form holds, checked as a run checks it.

        Returns
        -------
        dict
            Name to value, of the types that the manifest declares.

        Raises
        ------
        SpecificationError
            If a value does not fit.
        """
        declared = self.study.parameters
        return {name: _read(name, declared[name], field.value) for name, field in self.fields.items()}

    def press(self) -> None:
        """Run the study with these values and say where its report is, or what does not fit."""
        self.button.disabled = True
        self.said.value = _paragraph(say("Running …"))
        try:
            record = self._run(self.study, self.values())
        except CtResearchError as error:
            self.said.value = _paragraph(str(error))
        else:
            self.said.value = _paragraph(say("Done. Its report: {path}", path=str(record.folder / "report.html")))
        finally:
            self.button.disabled = False

    def _field(self, one: Parameter) -> Any:
        """Return the field of a parameter."""
        widgets, value = self._widgets, one.value
        layout = {"layout": {"flex": "0 0 16em"}}
        if one.choices:
            return widgets.Dropdown(options=list(one.choices), value=value, **layout)
        if one.type == "bool":
            return widgets.Checkbox(value=value, indent=False, **layout)
        if one.type == "date":
            day = value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
            return widgets.DatePicker(value=day, **layout)
        if one.type in {"int", "float"}:
            kind = widgets.IntText if one.type == "int" else widgets.FloatText
            return kind(value=value, **layout)
        return widgets.Text(value=", ".join(map(str, value)) if one.type == "list" else str(value), **layout)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Show the form."""
        widgets = self._widgets
        rows = [
            widgets.HBox(
                [widgets.Label(name, layout={"flex": "0 0 13em"}), field, widgets.HTML(_paragraph(_words(one), "span"))]
            )
            for (name, field), one in zip(self.fields.items(), self.study.parameters.values(), strict=True)
        ]
        head = widgets.HTML(_paragraph(self.study.title, "b"))
        bundle: dict[str, Any] = widgets.VBox([head, *rows, self.button, self.said])._repr_mimebundle_()
        return bundle


def parameters_form(study: Study | str | Path) -> ParametersForm:
    """Make a form from the types of a study's parameters; its button runs the study.

    Parameters
    ----------
    study : Study, str or pathlib.Path
        A study, its name, or its folder.

    Returns
    -------
    ParametersForm
        Shown where a cell of a notebook ends in it.

    Raises
    ------
    MissingExtraError
        If ipywidgets is not installed (extra ``widgets``).
    SpecificationError
        If there is no such study.

    Examples
    --------
    >>> parameters_form("uk-2013-prevalence").study.seed
    20131
    """
    return ParametersForm(study)


def _pressed(form: ParametersForm, _button: object) -> None:
    """Do what the button says."""
    form.press()


def _read(name: str, one: Parameter, value: Any) -> Any:
    """Return what a field holds, as the parameter takes it; lists stand in one line of text."""
    return one.parse(name, value) if one.type == "list" else one.accept(name, value)


def _words(one: Parameter) -> str:
    """Say what a parameter is for, in which unit and range."""
    least, most = one.min, one.max
    if least is None or most is None:
        ends = f"≥ {least}" if least is not None else f"≤ {most}" if most is not None else ""
    else:
        ends = f"{least} – {most}"
    return "; ".join(part for part in (one.help, one.unit, ends) if part)


def _paragraph(words: str, tag: str = "p") -> str:
    """Write words as HTML."""
    from html import escape

    return f"<{tag}>{escape(words)}</{tag}>"
