"""Waiting for what is to come: by its condition, never by a clock that a busy machine would outrun."""

import time

import psutil

# Only a test that would hang for ever meets this; a machine with seven processes a core is still far below it.
FAR = 600.0


def until(condition, what="what was waited for", every=0.02):
    """Wait for a condition to come true, asked every few hundredths of a second, and return what it gave."""
    end = time.monotonic() + FAR
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(every)
    return found


def living(processes):
    """Keep the processes that still run; one that ended and was not yet collected does not."""
    return [one for one in processes if _state(one) not in {None, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}]


def command(process):
    """Return the command line of a process, empty where it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _state(process):
    """Return the state of a process, None where it is gone."""
    try:
        return process.status()
    except psutil.NoSuchProcess:
        return None
