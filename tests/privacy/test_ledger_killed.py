"""A ledger whose payers are killed at any moment: nothing lost, nothing spent twice, never unable to go on."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ctresearch.core import DataError, DisclosureError
from ctresearch.privacy import PrivacyBudget

PAYER = """
import sys
from ctresearch.privacy import PrivacyBudget
budget = PrivacyBudget(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    budget.spend(0.0625, purpose=f"{sys.argv[2]}-{number}")
    print(number, flush=True)
"""


def torn_head(path, entries):
    """Put back the head of a time when there were fewer entries, as two crashes before it was written leave it."""
    head = entries.splitlines()[0]
    path.write_text("\n".join([head, *path.read_text().splitlines()[1:], ""]))


def test_several_entries_that_were_written_before_their_head_count(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=1.0)
    start = path.read_text()
    for purpose in ("one", "two", "three"):
        budget.spend(0.25, purpose=purpose)
    torn_head(path, start)
    assert PrivacyBudget(path).remaining == (0.25, 0.0)
    budget.spend(0.125, purpose="four")
    assert [s.purpose for s in PrivacyBudget(path).spendings] == ["one", "two", "three", "four"]
    whole = path.read_text()
    path.write_text("\n".join(whole.splitlines()[:-1]) + "\n")  # the head was brought up to date, so a cut is noticed
    with pytest.raises(DataError, match="was changed"):
        PrivacyBudget(path)


def test_a_payment_that_is_refused_brings_the_head_up_to_date_too(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=0.5)
    start = path.read_text()
    budget.spend(0.25, purpose="one")
    budget.spend(0.25, purpose="two")
    torn_head(path, start)
    with pytest.raises(DisclosureError):
        budget.spend(0.25, purpose="three")
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(DataError, match="was changed"):
        PrivacyBudget(path)


def test_entries_behind_the_head_that_do_not_chain_are_refused(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=1.0)
    start = path.read_text()
    budget.spend(0.25, purpose="one")
    budget.spend(0.25, purpose="two")
    torn_head(path, start)
    path.write_text(path.read_text().replace("0.25", "0.05", 1))
    with pytest.raises(DataError, match="was changed"):
        budget.spend(0.25, purpose="three")


def test_a_ledger_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(KeyboardInterrupt):
        PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.0)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())
    assert PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.0).remaining == (1.0, 0.0)


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_payers_that_are_killed_lose_nothing_and_spend_nothing_twice(tmp_path, kills):
    path = tmp_path / "ledger.jsonl"
    PrivacyBudget.create(path, epsilon=1e6)
    rng = np.random.default_rng(kills)
    fork = os.fork  # a payer is a fork, so that a kill costs no start of Python
    paid = set()
    for kill in range(kills):
        read, write = os.pipe()
        child = fork()
        if child == 0:  # pragma: no cover
            os.close(read)
            budget, number = PrivacyBudget(path), 0
            while True:
                budget.spend(0.0625, purpose=f"{kill}-{number}")
                os.write(write, f"{kill}-{number}\n".encode())
                number += 1
        os.close(write)
        time.sleep(rng.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(read) as told:
            paid |= set(told.read().split())
        spent = [s.purpose for s in PrivacyBudget(path).spendings]
        assert len(spent) == len(set(spent))
        assert paid <= set(spent)
    assert len(spent) - len(paid) <= kills  # at most the one payment that each kill cut short before it was told
    PrivacyBudget(path).spend(0.0625, purpose="after all")
    assert PrivacyBudget(path).remaining[0] == 1e6 - 0.0625 * (len(spent) + 1)


def test_another_process_that_is_killed_leaves_a_ledger_to_go_on_with(tmp_path):
    path = tmp_path / "ledger.jsonl"
    PrivacyBudget.create(path, epsilon=1e6)
    with subprocess.Popen([sys.executable, "-c", PAYER, str(path), "a"], stdout=subprocess.PIPE) as payer:
        payer.stdout.readline()
        payer.stdout.readline()
        payer.kill()
    PrivacyBudget(path).spend(0.5, purpose="after")
    assert PrivacyBudget(path).spendings[-1].purpose == "after"
