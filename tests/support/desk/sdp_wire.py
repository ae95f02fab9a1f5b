"""ServiceDesk Plus on the wire: envelopes, errors in two levels, input_data, the key and its lock."""

from __future__ import annotations

from collections import deque
from typing import Any

from desk.decode import DecodeError, form_fields, strict_json
from desk.profile import SdpProfile
from desk.wire import Call, Reply, json_reply

FORM = "application/x-www-form-urlencoded"
ACCEPT = "application/vnd.manageengine.sdp.v3+json"
EXTRA_KEY = "Extra key found in JSON"
BLOCKED = "URL blocked as maximum access limit exceeded"


class SdpError(Exception):
    def __init__(self, code: int, message: str = "", *, http: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.http = http
        self.message: dict[str, Any] = {"status_code": code, "type": "failed", **more}
        if message:
            self.message["message"] = message

    def reply(self) -> Reply:
        return json_reply(self.http, {"response_status": {
            "status_code": 4000, "messages": [self.message], "status": "failed"}})


def extra_key(call: Call, key: str, where: str) -> SdpError:
    call.violation("extra_key", f"{key!r} in {where}")
    return SdpError(4001, EXTRA_KEY, field=key)


def invalid(field: str, message: str = "Invalid Input") -> SdpError:
    return SdpError(4001, message, field=field)


def not_found() -> SdpError:
    return SdpError(4007, "Invalid URL", http=404)


def no_input(call: Call, data: Any) -> None:
    """Some calls take no input_data at all."""
    if data is not None:
        call.violation("extra_param", f"input_data on {call.method} {call.path}")
        raise SdpError(4000, "Extra parameter(s) not allowed", field="input_data")


def one(name: str, value: Any, *, status: int = 200) -> Reply:
    return json_reply(status, {name: value, "response_status": {"status_code": 2000, "status": "success"}})


def done() -> Reply:
    return json_reply(200, {"response_status": {"status_code": 2000, "status": "success"}})


def many(name: str, rows: list[Any], list_info: dict[str, Any]) -> Reply:
    return json_reply(200, {"response_status": [{"status_code": 2000, "status": "success"}],
                            "list_info": list_info, name: rows})


class Gate:
    """The key, its lock after too many failures, and the threshold of each URL."""

    def __init__(self, profile: SdpProfile) -> None:
        self._profile = profile
        self._failures: deque[int] = deque()
        self._locked_until = 0
        self._calls: dict[str, deque[int]] = {}

    def _blocked(self) -> SdpError:
        return SdpError(4015, BLOCKED, http=self._profile.blocked_status)

    def check(self, call: Call) -> None:
        if call.now_ms < self._locked_until:
            raise self._blocked()
        key = call.headers.get("authtoken") or call.headers.get("TECHNICIAN_KEY")
        if key != self._profile.token:
            self._count_failure(call.now_ms)
            raise SdpError(401, "AuthToken in the request is invalid")
        self._count_call(call)
        accept = call.headers.get("Accept", "")
        if self._profile.accept_required and ACCEPT not in accept:
            call.violation("accept", accept or "none")
            raise SdpError(4001, "Invalid Accept header")

    def _count_failure(self, now_ms: int) -> None:
        self._failures.append(now_ms)
        while self._failures[0] <= now_ms - 60_000:
            self._failures.popleft()
        if len(self._failures) >= self._profile.auth_failures_per_minute:
            self._locked_until = now_ms + self._profile.auth_lock_seconds * 1000
            self._failures.clear()

    def _count_call(self, call: Call) -> None:
        limit = self._profile.url_calls_per_minute
        if limit == 0:
            return
        times = self._calls.setdefault(f"{call.method} {call.path}", deque())
        while times and times[0] <= call.now_ms - 60_000:
            times.popleft()
        if len(times) >= limit:
            raise self._blocked()
        times.append(call.now_ms)

    def reset(self) -> None:
        self._failures.clear()
        self._calls.clear()
        self._locked_until = 0


def _only_input_data(call: Call, text: str, where: str, tolerant: bool) -> str | None:
    try:
        fields = form_fields(text)
    except DecodeError as error:
        call.violation("form_encoding", f"{where}: {error}")
        raise SdpError(4001, f"Unable to parse input_data: {error}") from error
    found: str | None = None
    for name, value, clean in fields:
        if name != "input_data" or found is not None:
            call.violation("extra_param", f"{name[:60]!r} in the {where}")
            raise SdpError(4000, "Extra parameter(s) not allowed", field=name[:100])
        if not clean:
            call.violation("form_encoding", f"characters of the {where} are not percent-encoded")
            if not tolerant:
                raise SdpError(4001, "Unable to parse input_data")
        found = value
    return found


def read_input(call: Call, profile: SdpProfile) -> dict[str, Any] | None:
    """The one field of a request, from its body or its query string; None where there is none."""
    tolerant = profile.form_tolerates_unencoded
    in_query = _only_input_data(call, call.query, "query", tolerant)
    in_body: str | None = None
    if call.body:
        kind = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if call.method in ("GET", "DELETE"):
            call.violation("body", f"a body on {call.method}")
            raise SdpError(4000, "Extra parameter(s) not allowed")
        if kind != FORM or call.body.lstrip()[:1] == b"{":
            call.violation("not_a_form", kind or "no Content-Type")
            raise SdpError(4000, "input_data is missing")
        in_body = _only_input_data(call, call.body.decode("latin-1"), "body", tolerant)
    if in_query is not None and in_body is not None:
        call.violation("extra_param", "input_data in both query and body")
        raise SdpError(4000, "Extra parameter(s) not allowed", field="input_data")
    text = in_body if in_body is not None else in_query
    if text is None:
        return None
    try:
        value = strict_json(text)
    except DecodeError as error:
        call.violation("json", str(error))
        raise SdpError(4001, "Unable to parse JSON for : input_data", field="input_data") from error
    call.decoded = value
    if not isinstance(value, dict):
        call.violation("json", "input_data is not an object")
        raise SdpError(4001, "Unable to parse JSON for : input_data", field="input_data")
    return value


def unwrap(call: Call, data: dict[str, Any] | None, *names: str) -> dict[str, Any]:
    """The object under the one wrapper key that this call takes."""
    if data is None:
        call.violation("input_data", "missing")
        raise SdpError(4000, "input_data is missing")
    for key in data:
        if key not in names:
            raise extra_key(call, key, "input_data")
    if len(data) != 1:
        raise SdpError(4001, "Invalid Input")
    value = next(iter(data.values()))
    if not isinstance(value, dict):
        raise invalid(next(iter(data)), f"Unable to parse JSON for : {next(iter(data))}")
    return value
