"""Plain HTTP towards the desk, as raw as a test needs it."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from desk.client import SDP_TOKEN, SNOW_PASSWORD, SNOW_USER, Desk

FORM = "application/x-www-form-urlencoded"
BASIC = "Basic " + base64.b64encode(f"{SNOW_USER}:{SNOW_PASSWORD}".encode()).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def sdp_code(self) -> int:
        """The diagnostic code, or 2000."""
        status = self.json["response_status"]
        status = status[0] if isinstance(status, list) else status
        return status["messages"][0]["status_code"] if "messages" in status else status["status_code"]


def raw(desk: Desk, method: str, target: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=20)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return Answer(reply.status, dict(reply.getheaders()), reply.read())
    finally:
        connection.close()


def input_data(value: Any) -> str:
    return "input_data=" + quote_plus(json.dumps(value))


def sdp(desk: Desk, method: str, path: str, value: Any = None, *, text: str | None = None, query: str = "",
        headers: dict[str, str] | None = None) -> Answer:
    """`value` goes as input_data where it belongs: in the query for GET, else in the body. `text`: a body as it is."""
    sent = {"authtoken": SDP_TOKEN}
    body: bytes | None = None
    if value is not None and method == "GET":
        query = "input_data=" + quote(json.dumps(value), safe="")
    elif value is not None or text is not None:
        sent["Content-Type"] = FORM
        body = (text if text is not None else input_data(value)).encode()
    return raw(desk, method, f"/sdp/api/v3{path}" + (f"?{query}" if query else ""), sent | (headers or {}), body)


def request(desk: Desk, **fields: Any) -> str:
    """A request made properly; its id."""
    answer = sdp(desk, "POST", "/requests", {"request": {"subject": "a subject", **fields}})
    assert answer.status == 201, answer.raw
    return str(answer.json["request"]["id"])


def snow(desk: Desk, method: str, path: str, value: Any = None, *, query: str = "", text: bytes | None = None,
         headers: dict[str, str | None] | None = None) -> Answer:
    """`headers`: more of them, None takes one away."""
    sent: dict[str, str | None] = {"Authorization": BASIC, "Accept": "application/json"}
    body = text if text is not None else json.dumps(value).encode() if value is not None else None
    if body is not None:
        sent["Content-Type"] = "application/json"
    sent |= headers or {}
    target = f"/snow/api/now{path}" + (f"?{query}" if query else "")
    return raw(desk, method, target, {k: v for k, v in sent.items() if v is not None}, body)


def incident(desk: Desk, **fields: Any) -> dict[str, Any]:
    answer = snow(desk, "POST", "/table/incident", {"short_description": "a subject", **fields})
    assert answer.status == 201, answer.raw
    return answer.json["result"]


def kinds(desk: Desk) -> list[str]:
    return [v["kind"] for v in desk.violations()]
