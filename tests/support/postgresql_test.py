"""The server that other tests stand on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from postgresql import Postgresql, PostgresqlError
from slow_way import SlowWay


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with Postgresql() as running:
        yield running


def test_what_was_committed_outlives_stop_and_kill(server: Postgresql) -> None:
    server.make_database("kept")
    server.sql("CREATE TABLE t (n INTEGER)", "kept")
    for n, end in enumerate((server.restart, server.kill)):
        server.sql(f"INSERT INTO t VALUES ({n})", "kept")
        end()
        server.start()
        assert server.sql("SELECT count(*) FROM t", "kept") == str(n + 1)


def test_a_stopped_server_takes_nobody(server: Postgresql) -> None:
    server.stop()
    with pytest.raises(PostgresqlError, match="No such file"):
        server.sql("SELECT 1")
    server.start()
    assert server.sql("SELECT 1") == "1"


def test_a_faulty_statement_is_an_error(server: Postgresql) -> None:
    with pytest.raises(PostgresqlError, match="syntax error"):
        server.sql("SELEC")


def test_its_settings_are_those_that_people_have(server: Postgresql) -> None:
    assert server.sql("SELECT current_setting('fsync'), current_setting('synchronous_commit')") == "on|on"


def test_nothing_is_left_at_the_end() -> None:
    with Postgresql() as short:
        folder, pid = short.folder, _postmaster(short.folder)
    assert not folder.exists()
    assert not _runs(pid)


@pytest.mark.parametrize("wound", ["pass", "server.kill()"])
def test_nothing_is_left_of_a_test_that_was_killed(wound: str) -> None:
    program = ("from postgresql import Postgresql; server = Postgresql(); server.start(); "
               f"print(server.folder, flush=True); input(); {wound}; print('ready', flush=True); input()")
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)}, start_new_session=True)
    assert child.stdin and child.stdout
    before = set(Path("/dev/shm").glob("PostgreSQL.*"))
    folder = Path(child.stdout.readline().strip())
    pid = _postmaster(folder)
    child.stdin.write("\n")
    child.stdin.flush()
    assert child.stdout.readline() == "ready\n"
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stdin.close()
    child.stdout.close()
    deadline = time.monotonic() + 30
    while folder.exists() or _runs(pid):
        assert time.monotonic() < deadline, f"{folder} or process {pid} is still there"
        time.sleep(0.02)  # between two looks
    assert not _segments_of_nobody()
    assert set(Path("/dev/shm").glob("PostgreSQL.*")) <= before


def _postmaster(folder: Path) -> int:
    return int((folder / "data/postmaster.pid").read_text().split()[0])


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _segments_of_nobody() -> list[str]:
    """Segments of shared memory whose maker is gone."""
    rows = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[6] == "0" and not _runs(int(row[4]))]


def test_a_slow_way_leads_there_late(server: Postgresql, tmp_path: Path) -> None:
    name = ".s.PGSQL.5432"
    with SlowWay(tmp_path / name, server.folder / name, seed=1, delay=(0.05, 0.06), stall=(0.5, 0.5), rarity=4) as way:
        begun = time.monotonic()
        url = server.url("postgres").replace(str(server.folder), str(tmp_path))
        asked = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-X", "-A", "-t", "-d", url, "-c", "SELECT 1", "-c", "SELECT 2"],
                               capture_output=True, text=True, timeout=60, check=True)
        took = time.monotonic() - begun
    assert asked.stdout == "1\n2\n"
    assert way.stalls > 0 and took >= 0.5 + 4 * 0.05  # the greeting and two answers, one of all stalled
