"""A notebook becomes bytes that depend on what went in, and on nothing else."""

import copy

import pytest

from ctresearch.studies.shown.normalise import FOOTER_ID, normalise_notebook, notebook_bytes, without_outputs

RUN = "ab" * 32


def code(source, *outputs, **more):
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "execution_count": 1,
        "outputs": list(outputs),
        **more,
    }


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data):
    return {"output_type": "display_data", "metadata": {}, "data": {k.replace("_", "/", 1): v for k, v in data.items()}}


def only(*outputs):
    return normalise_notebook({"cells": [code("x", *outputs)], "metadata": {}}, RUN)["cells"][0]["outputs"]


def test_clocks_paths_and_ids_go_and_the_rest_stays():
    noisy = {
        "cells": [
            code(
                "1 + 1",
                id="random-1",
                metadata={"execution": {"iopub.status.busy": "now"}, "tags": ["keep"], "papermill": {"duration": 1.2}},
            )
        ],
        "metadata": {
            "papermill": {"input_path": "/home/me/x.ipynb"},
            "kernelspec": {"name": "my-own", "x": 1},
            "language_info": {"name": "python", "version": "3.11.9"},
            "widgets": {"state": {}},
        },
    }
    before = copy.deepcopy(noisy)
    done = normalise_notebook(noisy, RUN)
    assert noisy == before  # the notebook handed in is left as it was
    assert done["cells"][0]["metadata"] == {"tags": ["keep"]}
    assert done["metadata"] == {
        "ctresearch": {"run_id": RUN},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert done["cells"][-1] == {
        "cell_type": "markdown",
        "id": FOOTER_ID,
        "metadata": {},
        "source": f"---\nRun `{RUN}`",
    }
    noisy["cells"][0]["id"] = "random-2"
    assert normalise_notebook(noisy, RUN) == done


def test_normalising_again_changes_nothing_and_the_format_is_valid():
    import nbformat

    done = normalise_notebook({"cells": [code("1", stream("a\n")), code("1")], "metadata": {}}, RUN)
    assert normalise_notebook(done, RUN) == done
    nbformat.validate(nbformat.from_dict(done))
    assert len({cell["id"] for cell in done["cells"]}) == 3  # equal sources in two places get ids of their own
    read = nbformat.reads(notebook_bytes(done).decode(), as_version=4)
    assert notebook_bytes(normalise_notebook(read, RUN)) == notebook_bytes(done)


def test_the_pieces_of_a_stream_are_joined_whatever_the_timing():
    assert only(stream("a"), stream("b\n")) == only(stream("ab\n")) == [stream("ab\n")]
    assert only(stream("a"), stream("b", "stderr"))[1]["name"] == "stderr"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  0%|          | 0/10 [00:00<?, ?it/s]\r100%|##########| 10/10 [00:01<00:00,  9.4it/s]\n", None),
        ("\r 50%|#  | 5/10 [00:00<00:01]\ndone\n", "done\n"),
        ("first\rsecond\n", "second\n"),
        ("<Axes object at 0x7f3a2b4c5d6e>", "<Axes object at 0x…>"),
        ("/home/me/project/code.py:3: UserWarning: look", "code.py:3: UserWarning: look"),
        ("see https://doi.org/10.1111/rssa.12505", "see https://doi.org/10.1111/rssa.12505"),
        ("rates of 3/4/5 and 12 km/h", "rates of 3/4/5 and 12 km/h"),
    ],
)
def test_streams_lose_progress_addresses_and_folders(text, left):
    assert only(stream(text)) == ([] if left is None else [stream(left)])


def test_displayed_values_lose_addresses_and_random_ids_but_no_picture():
    html = only(shown(text_html='<style>#T_0a1b2 td {}</style><table id="T_0a1b2"><td>0x7f3a2b4c5d6e</td></table>'))
    assert html[0]["data"]["text/html"] == '<style>#T_00000 td {}</style><table id="T_00000"><td>0x…</td></table>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="/a/b/c/ 0x7f3a2b4c5d6e"/></svg>'
    assert only({"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": svg}})[0]["data"] == {
        "image/svg+xml": svg
    }


def test_progress_widgets_are_dropped_with_their_text():
    bar = {"application/vnd.jupyter.widget-view+json": {"model_id": "f3a"}, "text/plain": "  0%|  | 0/3"}
    assert only({"output_type": "display_data", "metadata": {}, "data": bar}) == []


def test_injected_parameters_leave_no_mark():
    done = normalise_notebook(
        {"cells": [code("n = 3", metadata={"tags": ["injected-parameters"]})], "metadata": {}}, RUN
    )
    assert done["cells"][0]["metadata"] == {}


def test_without_outputs_keeps_text_and_code_alone():
    done = normalise_notebook({"cells": [code("secret()", stream("9 people\n"))], "metadata": {}}, RUN)
    bare = without_outputs(done)
    assert bare["cells"][0]["source"] == "secret()"
    assert b"9 people" not in notebook_bytes(bare)
    assert b"9 people" in notebook_bytes(done)


def test_each_word_of_an_output_that_stays_is_there_and_no_other():
    result = {
        "output_type": "execute_result",
        "execution_count": 4,
        "data": {"text/plain": ["a\n", "b"], "image/png": "cGljdHVyZQ==", "application/json": {"n": 1}},
        "metadata": {"image/png": {"width": 3, "height": 4, "clock": "now"}, "text/html": {"width": 1}, "x": "y"},
        "transient": {"display_id": "random"},
    }
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ("one", "two"), "clock": "now"}
    assert only(result, error) == [
        {
            "output_type": "execute_result",
            "execution_count": 4,
            "data": {"application/json": {"n": 1}, "image/png": "cGljdHVyZQ==", "text/plain": "a\nb"},
            "metadata": {"image/png": {"width": 3, "height": 4}},
        },
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["one", "two"]},
    ]
    assert only(stream("a\n", "stderr"), stream("b\n"), stream("c\n")) == [
        stream("a\n", "stderr"),
        stream("b\nc\n"),
    ]
