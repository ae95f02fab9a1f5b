"""The runner, tried on a shell script in the product's place."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from command import Certherald


@pytest.fixture
def script(tmp_path: Path) -> Certherald:
    binary = tmp_path / "script"
    binary.write_text('#!/bin/sh\neval "$1"\n')
    binary.chmod(0o755)
    return Certherald(binary, tmp_path / "world")


def test_what_it_prints_and_how_it_ends(script: Certherald) -> None:
    outcome = script.run('echo \'{"a":1}\'; echo oops >&2; exit 3')
    assert (outcome.code, outcome.stderr) == (3, "oops\n")
    assert outcome.json_lines() == [{"a": 1}]
    with pytest.raises(AssertionError, match="expected exit code 0"):
        outcome.expect(0)


def test_standard_input(script: Certherald) -> None:
    assert script.run("wc -c", stdin="x" * 200_000).stdout.strip() == "200000"


def test_its_world_is_its_own(script: Certherald, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTHERALD_STRAY", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    script.environment["DESK_TOKEN"] = "secret"
    outcome = script.run('echo "$CERTHERALD_STRAY$HTTPS_PROXY|$DESK_TOKEN|$CERTHERALD_DATA|$(pwd)|$HOME"')
    world = script.folder
    assert outcome.stdout.strip() == f"|secret|{world}/data|{world}|{world}/home"


def test_a_hang_is_ended_with_all_its_children(script: Certherald) -> None:
    with pytest.raises(AssertionError, match="took longer than 0.3 s(.|\n)*begun"):
        script.run("echo begun; sleep 60 & echo $! >child; wait", timeout=0.3)
    child = int((script.folder / "child").read_text())
    _await_end(child)


def test_kill_is_sigkill(script: Certherald) -> None:
    running = script.start('trap "" TERM INT; echo ready; while :; do sleep 1; done')
    running.await_true(lambda: running.stdout.read_text())
    running.signal(signal.SIGTERM)
    assert running.kill().code == -signal.SIGKILL


def test_waiting_notices_an_early_end(script: Certherald) -> None:
    running = script.start("echo broken >&2; exit 2")
    with pytest.raises(AssertionError, match="ended too early(.|\n)*broken"):
        running.await_true(lambda: False)


def test_close_ends_what_runs(script: Certherald) -> None:
    running = script.start("sleep 60")
    script.close()
    assert not _runs(running.process.pid)


def _await_end(pid: int) -> None:
    """A killed process that is not our child ends when the kernel comes to it, not when kill(2) returns."""
    deadline = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.01)  # between two looks at the process


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
