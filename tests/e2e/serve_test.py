"""The server: schedules run by themselves, tickets arrive, and it stops, reloads and recovers without losing anything."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest

from command import Certherald
from configuration import SECRETS, configuration
from desk.client import Desk
from estate import Estate
from serving import Serving, schedule

NAMES = ("healthy", "expiring", "expired", "weak")


@pytest.fixture(autouse=True)
def secrets(certherald: Certherald) -> None:
    certherald.environment.update(SECRETS)


def write_configuration(certherald: Certherald, text: str) -> Path:
    certherald.folder.mkdir(parents=True, exist_ok=True)
    path = certherald.folder / "certherald.toml"
    path.write_text(text)
    return path


def tickets(desk: Desk) -> Counter[tuple[str, str]]:
    return Counter((ticket["system"], ticket["key"]) for ticket in desk.tickets())


def runs(certherald: Certherald) -> list[dict]:
    return certherald.run("list", "runs", "--json").json_lines()


def test_schedules_run_by_themselves_and_tickets_arrive(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    text = (configuration(estate, desk, NAMES) + schedule("often", "expiry_notification")
            + schedule("scan often", "vulnerability_scan"))
    server = Serving(certherald, "--config", write_configuration(certherald, text)).await_ready()
    server.running.await_true(lambda: sum(tickets(desk).values()) == 8, 90)
    assert server.get("/healthz") == (200, "ok\n")
    assert server.get("/elsewhere")[0] == 404
    assert server.metric("certherald_endpoints") == 4
    assert server.metric('certherald_runs_total{outcome="succeeded",task="vulnerability_scan"}') is not None
    outcome = server.stop()
    assert "stopped" in outcome.stderr
    recorded = runs(certherald)
    assert {(run["started_by"], run["outcome"]) for run in recorded} >= {("schedule", "succeeded")}
    assert set(tickets(desk).values()) == {1}


def test_what_was_under_way_when_it_stopped_goes_on_after_a_restart(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    path = write_configuration(certherald, configuration(estate, desk, NAMES) + schedule("scan often", "vulnerability_scan"))
    for _ in range(4):
        server = Serving(certherald, "--config", path)
        server.await_log("run (begins|taken over)", 60)
        server.stop()
    server = Serving(certherald, "--config", path).await_ready()
    server.running.await_true(lambda: sum(tickets(desk).values()) == 4, 90)
    server.stop()
    assert set(tickets(desk).values()) == {1}
    assert all(run["outcome"] in ("succeeded", "running") for run in runs(certherald))


def test_a_killed_server_is_inherited_by_the_next_at_once(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    path = write_configuration(certherald, configuration(estate, desk, NAMES) + schedule("scan often", "vulnerability_scan"))
    server = Serving(certherald, "--config", path)
    server.await_log("run begins", 60)
    server.running.kill()
    heir = Serving(certherald, "--config", path)
    heir.await_log("run (taken over|begins)", 20)
    heir.running.await_true(lambda: sum(tickets(desk).values()) == 4, 90)
    heir.stop()
    assert set(tickets(desk).values()) == {1}


def test_run_beside_serve_waits_for_its_turn_and_shares_the_work(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    path = write_configuration(certherald, configuration(estate, desk, NAMES) + schedule("scan often", "vulnerability_scan"))
    server = Serving(certherald, "--config", path).await_ready()
    for _ in range(3):
        certherald.run("run", "vulnerability-scan", timeout=120).expect(0)
    server.stop()
    assert set(tickets(desk).values()) == {1}
    by_hand = [run for run in runs(certherald) if run["started_by"] == "command line"]
    assert len(by_hand) == 3 and all(run["outcome"] == "succeeded" for run in by_hand)
    spans = sorted((run["started_at"], run["ended_at"]) for run in runs(certherald) if run["ended_at"])
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False)), "two runs overlapped"


def test_reload_takes_a_new_configuration_and_refuses_a_broken_one(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    path = write_configuration(certherald, configuration(estate, desk, ("healthy",)))
    server = Serving(certherald, "--config", path).await_ready()
    path.write_text("[server]\nno_such_key = 1\n")
    server.reload()
    server.await_log("not reloaded.*no_such_key")
    path.write_text(configuration(estate, desk, NAMES))
    server.reload()
    server.await_log("info  reloaded")
    assert len(certherald.run("list", "endpoints", "--json").json_lines()) == len(NAMES)
    server.stop()


def test_a_broken_configuration_is_told_at_the_start(certherald: Certherald) -> None:
    path = write_configuration(certherald, "[server]\nno_such_key = 1\n")
    outcome = certherald.run("serve", "--config", path).expect(2)
    assert f"{path}:2" in outcome.stderr


def test_a_taken_port_is_told_at_the_start(certherald: Certherald) -> None:
    server = Serving(certherald).await_ready()
    port = server.await_log(r"listening metrics=127\.0\.0\.1:(\d+)").group(1)
    outcome = certherald.run("serve", "--metrics-listen", f"127.0.0.1:{port}")
    assert outcome.code != 0 and port in outcome.stderr
    server.stop()


def test_a_second_signal_does_not_wait(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    text = configuration(estate, desk, ("expiring",), timeout="40s") + schedule("often", "expiry_notification")
    desk.faults({"random": {"seed": 1, "rate": 1, "actions": ["delay"], "ms": 30_000}})
    server = Serving(certherald, "--config", write_configuration(certherald, text))
    server.await_log("run ended", 60)
    server.running.signal(signal.SIGTERM)
    server.await_log("stopping")
    server.running.signal(signal.SIGTERM)
    server.running.finish(15).expect(0)
    desk.clear_faults()
    heir = Serving(certherald, "--config", certherald.folder / "certherald.toml")
    heir.running.await_true(lambda: sum(tickets(desk).values()) == 2, 90)
    heir.stop()
    assert set(tickets(desk).values()) == {1}
