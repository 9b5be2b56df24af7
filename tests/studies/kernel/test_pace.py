"""A kernel goes no further ahead of its reader than a window, whatever it sends and however it writes."""

import asyncio
import os
import sys
import threading
from types import SimpleNamespace

import pytest

from ctresearch.studies.door.current import FILE_VARIABLE
from ctresearch.studies.kernel import pace
from ctresearch.studies.kernel.pace import TAKEN, WINDOW, Taken, count_taken, hold_back


class Stream:
    """A stream that notes what is written and when it is sent."""

    def __init__(self):
        self.seen = []

    def write(self, text):
        self.seen.append(text)
        return len(text)

    def flush(self):
        self.seen.append("flush")


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """A kernel whose channel notes what it sends, with a window of ten bytes and a reader that takes four a pause."""
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "run.json"))
    out, err = Stream(), Stream()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(pace, "WINDOW", 10)
    monkeypatch.setattr(pace, "_PIECE", 3)
    sent, pauses, reader = [], [], Taken(tmp_path)

    def sleep(seconds):
        pauses.append(seconds)
        reader.add(4)

    monkeypatch.setattr(pace.time, "sleep", sleep)
    thread = SimpleNamespace(send_multipart=lambda *given, **options: sent.append((given, options)), thread=None)
    hold_back(SimpleNamespace(iopub_thread=thread))
    return SimpleNamespace(thread=thread, sent=sent, pauses=pauses, reader=reader, out=out, err=err)


def test_what_is_taken_is_shared_and_counted_on_from_what_was_taken(tmp_path):
    assert (TAKEN, WINDOW) == ("taken", 16 * 2**20)
    runner = Taken(tmp_path)
    runner.add(5)
    kernel = Taken(tmp_path)
    runner.add(2**40)
    assert (runner.total, kernel.total) == (2**40 + 5, 2**40 + 5)
    again = Taken(tmp_path)
    again.add(1)
    assert runner.total == 2**40 + 6
    assert (tmp_path / "taken").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "taken").stat().st_size == 8
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "taken").symlink_to(tmp_path / "taken")
    with pytest.raises(OSError, match=r"taken"):
        Taken(tmp_path / "other")


def test_messages_wait_for_the_reader_beyond_the_window(kernel):
    kernel.thread.send_multipart([b"1234", b"567890"], "a", copy=False)
    assert kernel.pauses == []  # ten bytes ahead are allowed
    kernel.thread.send_multipart([b"1"])
    assert kernel.pauses == [0.002]
    kernel.thread.send_multipart([b"12345", b"6789"])
    assert len(kernel.pauses) == 3
    assert kernel.sent == [
        (([b"1234", b"567890"], "a"), {"copy": False}),
        (([b"1"],), {}),
        (([b"12345", b"6789"],), {}),
    ]
    kernel.thread.thread = threading.current_thread()
    kernel.thread.send_multipart([b"x" * 50])
    assert len(kernel.pauses) == 3  # the thread that sends must go on sending


def test_a_fork_of_a_kernel_waits_for_nobody(kernel, monkeypatch):
    here = os.getpid()
    monkeypatch.setattr(pace.os, "getpid", lambda: here + 1)
    kernel.thread.send_multipart([b"x" * 50])
    assert kernel.pauses == []
    assert kernel.out.write("12345678") == 8
    assert kernel.out.seen == ["12345678"]


def test_what_is_written_is_sent_in_pieces(kernel):
    assert kernel.out.write("12") == 2
    assert kernel.out.seen == ["12"]
    assert kernel.out.write("34") == 2
    assert kernel.out.seen == ["12", "34", "flush"]
    assert kernel.err.write("123456789") == 9
    assert kernel.err.seen == ["123", "flush", "456", "flush", "789", "flush"]
    assert kernel.pauses == []
    assert kernel.out.write("") == 0
    assert kernel.out.write(b"12345") == 5
    assert kernel.out.seen == ["12", "34", "flush", b"12345"]


def test_a_kernel_that_nobody_reads_is_not_held_back(tmp_path, monkeypatch):
    for given in ({}, {FILE_VARIABLE: str(tmp_path / "run.json")}):
        monkeypatch.delenv(FILE_VARIABLE, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        thread = SimpleNamespace(send_multipart=print, thread=None)
        hold_back(SimpleNamespace(iopub_thread=thread))
        assert thread.send_multipart is print
    assert not (tmp_path / "taken").exists()


def test_a_runner_notes_each_message_that_it_takes(tmp_path):
    asked = []

    async def recv_multipart(**options):
        asked.append(options)
        return [b"a", b"<IDS>", b"four"]

    session = SimpleNamespace(
        feed_identities=lambda parts: (parts[:1], parts[2:]), deserialize=lambda parts: {"content": parts}
    )
    channel = SimpleNamespace(session=session, socket=SimpleNamespace(recv_multipart=recv_multipart))
    taken = Taken(tmp_path)
    count_taken(channel, taken)
    assert asyncio.run(channel._recv(copy=True)) == {"content": [b"four"]}
    assert (taken.total, asked) == (10, [{"copy": True}])
