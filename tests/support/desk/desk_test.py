"""The desk around the two systems: faults, journal, what survives a kill, the page, the command."""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from desk import markup
from desk.client import Desk, DeskError, running_desk
from desk.decode import DecodeError, form_value, strict_json
from desk.profile import ProfileError, profile_from
from desk.talk import incident, kinds, raw, request, sdp, snow

SUPPORT = Path(__file__).resolve().parent.parent
KEY = "0f" * 32

# action: HTTP status or what breaks, and whether the ticket is made
FAULTS: list[tuple[str, Any, bool]] = [
    ("drop_before_commit", http.client.RemoteDisconnected, False), ("drop_after_commit", http.client.RemoteDisconnected, True),
    ("html_200", 200, False), ("hibernate", 200, False), ("status_429", 429, False), ("status_500", 500, False),
    ("status_503", 503, False), ("redirect_302", 302, False), ("status_500_after_commit", 500, True),
    ("truncate", http.client.IncompleteRead, True), ("bad_json", 201, True), ("mixed_result_error", 200, True),
    ("empty_200", 200, True), ("slow_body", 201, True), ("delay", 201, True),
]


@pytest.mark.parametrize("system", ["sdp", "snow"])
@pytest.mark.parametrize(("action", "outcome", "made"), FAULTS)
def test_faults(desk: Desk, system: str, action: str, outcome: Any, made: bool) -> None:
    desk.faults([{"match": {"system": system, "method": "POST"}, "action": action, "ms": 60}])

    def create() -> int:
        if system == "sdp":
            return sdp(desk, "POST", "/requests", {"request": {"subject": "s"}}).status
        return snow(desk, "POST", "/table/incident", {"short_description": "s"}).status
    if isinstance(outcome, int):
        assert create() == outcome
    else:
        with pytest.raises((outcome, ConnectionResetError)):
            create()
    assert len(desk.tickets(system)) == made
    assert desk.journal()[-1]["fault"] == action and desk.faults_applied() == {action: 1}
    assert create() == 201      # once only
    assert desk.violations() == []


def test_every_fault_has_a_row() -> None:
    from desk.faults import ACTIONS
    assert {f[0] for f in FAULTS} == set(ACTIONS)


def test_delay_waits_and_mixed_bodies_hold_both(desk: Desk) -> None:
    desk.faults([{"action": "delay", "ms": 150}])
    before = time.monotonic()
    sdp(desk, "GET", "/requests")
    assert time.monotonic() - before >= 0.15
    desk.faults([{"action": "mixed_result_error"}, {"action": "status_429", "retry_after": 7}])
    answer = snow(desk, "GET", "/table/incident")
    assert answer.status == 200 and answer.raw.startswith(b'{"result":[]') and b'"error"' in answer.raw
    assert snow(desk, "GET", "/table/incident").headers["Retry-After"] == "7"


def test_rules_match_by_path_body_and_turn(desk: Desk) -> None:
    desk.faults([{"match": {"path_regex": "/notes$", "nth": 2}, "action": "status_500"},
                 {"match": {"body_regex": "second"}, "action": "html_200", "after_commit": True}])
    number = request(desk)
    note = {"note": {"description": "n"}}
    assert [sdp(desk, "POST", f"/requests/{number}/notes", note).status for _ in range(3)] == [201, 500, 201]
    answer = sdp(desk, "POST", "/requests", {"request": {"subject": "second"}})
    assert answer.raw.startswith(b"<!DOCTYPE html>") and len(desk.tickets()) == 2


def test_random_faults_repeat_with_their_seed(desk: Desk) -> None:
    def run() -> list[int]:
        desk.clear_faults()
        desk.faults({"random": {"seed": 7, "rate": 0.5, "actions": ["status_500", "status_429"], "methods": ["GET"]}})
        return [sdp(desk, "GET", "/requests").status for _ in range(40)]
    first = run()
    assert first == run() and set(first) == {200, 429, 500}
    assert sdp(desk, "POST", "/requests", {"request": {"subject": "s"}}).status == 201


@pytest.mark.parametrize("script", [
    [{"action": "explode"}], [{"action": "delay", "milliseconds": 3}], [{"match": {"verb": "GET"}, "action": "delay"}],
    {"random": {"seed": 1, "rate": 1, "actions": []}}, {"random": {"speed": 1}}, "x",
])
def test_a_wrong_script_is_refused(desk: Desk, script: Any) -> None:
    with pytest.raises(DeskError):
        desk.faults(script)


def test_a_followed_redirect_shows(desk: Desk) -> None:
    desk.faults([{"action": "redirect_302"}])
    location = snow(desk, "GET", "/table/incident").headers["Location"]
    raw(desk, "GET", location, {})
    assert desk.journal()[-1]["status"] == 401 and desk.journal()[-1]["path"] == "/login.do"


def test_tickets_and_journal_survive_a_kill(tmp_path: Path) -> None:
    with running_desk(state=tmp_path) as desk:
        number = request(desk, udf_fields={"udf_sline_301": KEY})
        sdp(desk, "POST", f"/requests/{number}/notes", {"note": {"description": "n"}})
        sys_id = incident(desk, correlation_id=KEY)["sys_id"]
        before, requests = desk.tickets(), len(desk.journal())
    with (tmp_path / "tickets.jsonl").open("a") as file:
        file.write('{"ticket": {"sys')      # what a kill in the middle of a line leaves
    with running_desk(state=tmp_path) as desk:
        assert desk.tickets() == before and len(desk.journal()) == requests
        assert request(desk) == str(int(number) + 1)
        assert snow(desk, "GET", f"/table/incident/{sys_id}").status == 200
    with running_desk(state=tmp_path) as desk:
        assert len(desk.tickets()) == 3


def test_people_act(desk: Desk) -> None:
    number, sys_id = request(desk), incident(desk)["sys_id"]
    assert desk.act("sdp", number, "close")["open"] is False
    assert desk.act("snow", sys_id, "resolve")["status"] == "Resolved"
    assert desk.act("snow", sys_id, "edit", fields={"short_description": "mine"})["subject"] == "mine"
    assert desk.act("sdp", number, "note", text="a <b>")["notes"][0]["text"] == "a <b>"
    assert desk.act("snow", sys_id, "reopen")["status"] == "In Progress"
    assert desk.act("sdp", number, "delete")["deleted"] is True
    assert [h["event"] for h in desk.tickets("snow")[0]["history"]][-1] == "reopen by hand"
    with pytest.raises(DeskError):
        desk.act("sdp", number, "eat")


def test_search_may_lag(desk: Desk) -> None:
    desk.profile({"sdp": {"search_lag_ms": 60_000}, "snow": {"search_lag_ms": 60_000}})
    request(desk)
    incident(desk)
    assert sdp(desk, "GET", "/requests").json["requests"] == []
    assert snow(desk, "GET", "/table/incident").json["result"] == []
    desk.advance(61)
    assert len(sdp(desk, "GET", "/requests").json["requests"]) == 1
    assert len(snow(desk, "GET", "/table/incident").json["result"]) == 1


def page(desk: Desk, query: str = "") -> str:
    answer = raw(desk, "GET", f"/{query}", {})
    assert answer.status == 200 and "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return answer.raw.decode()


def test_the_page_escapes_pages_and_finds(desk: Desk) -> None:
    assert "No tickets yet" in page(desk)
    incident(desk, short_description="<script>x</script>", comments="<b>body</b>", correlation_id="\"><i>")
    text = page(desk)
    assert "&lt;script&gt;x" in text and "<script>x" not in text and "<b>body" not in text and '"><i>' not in text
    desk.seed("sdp", 120)
    assert page(desk).count('<details class="ticket"') == 50 and "1 to 50 of 121" in page(desk)
    assert page(desk, "?system=sdp&page=3").count('<details class="ticket"') == 20
    assert page(desk, "?system=sdp&page=999").count('<details class="ticket"') == 20
    assert page(desk, "?q=host119.").count('<details class="ticket"') == 1
    assert "Nothing matches" in page(desk, "?q=%3Cscript%3Enothing")
    version = page(desk).split('data-version="')[1].split('"')[0]
    assert raw(desk, "GET", f"/?since={version}", {}).status == 204
    assert raw(desk, "GET", "/other", {}).status == 404


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
                   check=True, capture_output=True)
    return cert, key


def test_tls_and_client_certificates(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "desk"), certificate(tmp_path, "client")
    with running_desk(tls=server, client_ca=client[0]) as desk:
        def status(context: ssl.SSLContext) -> int:
            connection = http.client.HTTPSConnection("127.0.0.1", desk.port, timeout=10, context=context)
            connection.request("GET", "/snow/api/now/table/incident", headers={"Accept": "application/json"})
            return connection.getresponse().status
        context = ssl.create_default_context(cafile=str(server[0]))
        with pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError)):
            status(context)
        context.load_cert_chain(*client)
        assert status(context) == 401
        assert len(desk.journal()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_its_port_and_ends_at_once(tmp_path: Path, number: int) -> None:
    process = subprocess.Popen([sys.executable, "-m", "desk"], stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": str(SUPPORT)})
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().removeprefix("desk listening on 127.0.0.1:"))
        idle = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        idle.connect()
        process.send_signal(number)
        assert process.wait(5) == 0
        idle.close()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_wrong_profile_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[sdp]\nclosure = 'never'\n")
    with pytest.raises(DeskError, match="closure must be one of"), running_desk(profile=file):
        pass
    for tables in ({"sdp": {"nonsense": 1}}, {"jira": {}}, {"snow": {"username": 1}}):
        with pytest.raises(ProfileError):
            profile_from(tables)


@pytest.mark.parametrize("text", ["%", "%4", "%zz", "%ff"])
def test_forms_are_read_strictly(text: str) -> None:
    with pytest.raises(DecodeError):
        form_value(text)


@pytest.mark.parametrize("text", ["", "{'a':1}", '{"a":1,"a":1}', "NaN", "[" * 5000, '"\\ud800"', "[" * 60 + "]" * 60, b"\xff"])
def test_json_is_read_strictly(text: str | bytes) -> None:
    with pytest.raises(DecodeError):
        strict_json(text)


@pytest.mark.parametrize(("html", "text"), [
    ("a<br>b", "a\nb"), ("<div>a</div><div>b</div>", "a\nb"), ("a &amp; &lt;b&gt;&nbsp;c", "a & <b> c"), ("<pre>a\nb</pre>", "a\nb"),
    ("a<br><br>b", "a\n\nb"), ("", ""),
])
def test_markup_reads_as_people_see_it(html: str, text: str) -> None:
    assert markup.problems(html) == []
    assert markup.plain(markup.stored(html)) == text


def test_no_header_of_ours_leaks(desk: Desk) -> None:
    incident(desk)
    assert "snow-secret" not in str(desk.journal()) and "Basic " not in str(desk.journal())
    assert kinds(desk) == []
