"""What other programs read of a scan: each format parsed by what reads it, of real servers, whole and stopped in the middle."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from command import Certherald, Outcome
from estate import Estate

SERVERS = ("healthy", "expired", "expiring", "self_signed", "odd_name", "weak", "refused")


def scan(certherald: Certherald, estate: Estate, kind: str, *names: str) -> Outcome:
    targets = [estate[name].target for name in names or SERVERS]
    return certherald.run("scan", "--format", kind, "--trust", estate.root, *targets, timeout=120)


def test_testssl_is_a_list_of_findings(certherald: Certherald, estate: Estate) -> None:
    findings = json.loads(scan(certherald, estate, "testssl").expect(3).stdout)
    assert all({"id", "ip", "port", "severity", "finding"} <= finding.keys() for finding in findings)
    assert all(isinstance(value, str) for finding in findings for value in finding.values())
    said = {(finding["port"], finding["id"]): finding for finding in findings}
    assert said[str(estate["expired"].port), "cert_expirationStatus"]["severity"] == "HIGH"
    assert said[str(estate["healthy"].port), "cert_expirationStatus"]["severity"] == "OK"
    assert said[str(estate["healthy"].port), "TLS1_2"]["finding"] == "offered"
    assert said[str(estate["refused"].port), "scanProblem"]["severity"] == "FATAL"


def test_tlsx_is_a_line_an_address(certherald: Certherald, estate: Estate) -> None:
    lines = {line["port"]: line for line in scan(certherald, estate, "tlsx").expect(3).json_lines()}
    assert len(lines) == len(SERVERS)
    expired, refused = lines[str(estate["expired"].port)], lines[str(estate["refused"].port)]
    assert expired["probe_status"] and expired["expired"] and "self_signed" not in expired
    assert expired["fingerprint_hash"]["sha256"] == estate["expired"].fingerprint
    assert lines[str(estate["self_signed"].port)]["self_signed"] is True
    assert refused["probe_status"] is False and refused["error"]


def test_junit_has_a_case_for_each_check(certherald: Certherald, estate: Estate) -> None:
    root = ElementTree.fromstring(scan(certherald, estate, "junit").expect(3).stdout)
    assert root.tag == "testsuites" and len(root) == len(SERVERS)
    for suite in root:
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[kind]) == len(suite.findall(f"testcase/{tag}")), suite.attrib
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    failed = {case.attrib["name"] for case in root.iter("testcase") if case.find("failure") is not None}
    assert {"expiry", "weak_key", "weak_signature"} <= failed


def test_sarif_has_what_its_readers_ask_for(certherald: Certherald, estate: Estate) -> None:
    report = json.loads(scan(certherald, estate, "sarif").expect(3).stdout)
    assert report["version"] == "2.1.0" and report["$schema"].endswith("sarif-2.1.0.json")
    (run,) = report["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["shortDescription"]["text"] and "## How to mend it" in rule["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"] and result["level"] in {"none", "note", "warning", "error"}
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("tls://")
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False and len(invocation["toolExecutionNotifications"]) == 1


@pytest.mark.parametrize(("name", "code", "state"), [
    ("healthy", 0, "OK"), ("expiring", 1, "WARNING"), ("expired", 2, "CRITICAL"), ("refused", 2, "CRITICAL")])
def test_nagios_follows_its_convention(certherald: Certherald, estate: Estate, name: str, code: int, state: str) -> None:
    outcome = scan(certherald, estate, "nagios", name).expect(code)
    assert outcome.stdout.startswith(f"TLS {state} - ") and outcome.stdout.count("\n") == 1
    if name != "refused":
        assert re.search(r" \| 'days left [^'=|]+'=-?\d+;30:;0:$", outcome.stdout.rstrip("\n")), outcome


def validate(kind: str, text: str) -> Any:
    return ElementTree.fromstring(text) if kind == "junit" else json.loads(text)


@pytest.mark.parametrize("kind", ["testssl", "sarif", "junit"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_scan_prints_what_it_knows(certherald: Certherald, estate: Estate, kind: str, number: int) -> None:
    # A server that accepts and says nothing holds the scan up for as long as it takes to stop it.
    with socket.create_server(("127.0.0.1", 0)) as mute:
        running = certherald.start("scan", "--format", kind, "--trust", estate.root, estate["expired"].target,
                                   f"127.0.0.1:{mute.getsockname()[1]}")
        running.await_true(lambda: "expiry" in running.stdout.read_text() or "cert_exp" in running.stdout.read_text())
        running.await_true(lambda: str(estate["expired"].port) in running.stdout.read_text())
        running.signal(number)
        outcome = running.finish(5).expect(3)
    validate(kind, outcome.stdout)
    assert "1 of 2 targets are done" in outcome.stderr, outcome
    assert "stopped before its end" in outcome.stdout and str(estate["expired"].port) in outcome.stdout


def test_ranges_and_ports_are_scanned_each(certherald: Certherald, estate: Estate) -> None:
    ports = sorted(estate[name].port for name in ("healthy", "expired"))
    outcome = certherald.run("scan", "--format", "json", "--trust", estate.root, f"127.0.0.1-1:{ports[0]},{ports[1]}")
    assert sorted(line["port"] for line in outcome.json_lines()) == ports


def test_progress_is_for_terminals_alone(certherald: Certherald, estate: Estate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        target = f"127.0.0.1:{mute.getsockname()[1]}"
        assert certherald.run("scan", "--timeout", "1s", target).stderr == ""
        in_terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
        terminal = certherald.run("scan", "--timeout", "1s", target, estate["expired"].target, prefix=in_terminal)
    assert re.search(r"\x1b\[K[012]/2 \(\d+%\).*, \d problem", terminal.stdout), terminal


def test_explain_is_the_page_of_the_documentation(certherald: Certherald) -> None:
    page = Path(__file__).resolve().parents[2] / "doc/checks/expiry.md"
    assert certherald.run("explain", "expiry").expect(0).stdout == page.read_text()
    assert "did you mean 'expiry'?" in certherald.run("explain", "expiri").expect(2).stderr
