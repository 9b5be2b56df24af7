"""Messy files end in the table that they hold in truth, or in one sentence that names the place and the cure."""

import pytest

from ctresearch.core import DataError
from ctresearch.data import Answers, plan_file, read_file
from ctresearch.data.front_door.plan import plan_place, write_plan
from messy_files import FILES, patterns, people, read_back, truth
from more_messy_files import MORE


@pytest.mark.parametrize("case", [*FILES, *MORE], ids=[case.name for case in (*FILES, *MORE)])
def test_each_ends_in_the_truth_or_in_one_sentence(case, tmp_path):
    path = tmp_path / case.name
    case.write(path)
    if case.refused:
        with pytest.raises(DataError) as caught:
            read_file(path)
        assert case.refused in str(caught.value)
        assert "\n" not in str(caught.value)
        return
    if case.asked:
        assert any(case.asked in question for question in plan_file(path).questions)
        with pytest.raises(DataError, match="answer with"):
            read_file(path)
    plan = plan_file(path, Answers(**case.answers))
    assert plan.questions == ()
    write_plan(plan, path)
    assert read_file(path).plan == plan
    read = read_back(read_file(path).frame, case.lists)
    wanted = truth(case)
    if case.counts == "ranges":
        wanted = {pattern: str(n) if n >= 5 else "<5" for pattern, n in wanted.items()}
    if case.counts == "joined":  # two columns of one list
        marks = people()
        marks[:, 1] |= marks[:, 0]
        wanted = patterns(marks[:, 1:])
    if case.counts == 100:
        wanted = {pattern: 100 * n for pattern, n in wanted.items()}
    assert read == wanted
    assert "P0001" not in plan_place(path).read_text(encoding="utf-8")
