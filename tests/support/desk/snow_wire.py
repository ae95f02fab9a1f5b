"""ServiceNow on the wire: errors, headers, Basic auth, rate limits, the query string."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from desk.decode import DecodeError, form_fields, strict_json
from desk.profile import SnowProfile
from desk.wire import Call, Reply, json_reply

RULE_ID = "3b1f0a7c97e1011086d3b4b3f153af0c"
_HOUR_MS = 3_600_000
_ILLEGAL_IN_QUERY = re.compile(r"[^A-Za-z0-9\-._~!$'()*+,;:@/?=%&]")
_KNOWN = {"sysparm_query", "sysparm_fields", "sysparm_limit", "sysparm_offset", "sysparm_display_value",
          "sysparm_input_display_value", "sysparm_exclude_reference_link", "sysparm_no_count", "sysparm_view",
          "sysparm_suppress_pagination_header", "sysparm_query_no_domain"}


class SnowError(Exception):
    def __init__(self, http: int, message: str, detail: str | None = None, **headers: str) -> None:
        super().__init__(message)
        self.http, self.message, self.detail, self.headers = http, message, detail, headers

    def reply(self) -> Reply:
        return json_reply(self.http, {"error": {"message": self.message, "detail": self.detail},
                                      "status": "failure"}, **self.headers)


def no_record() -> SnowError:
    return SnowError(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def acl(verb: str) -> SnowError:
    return SnowError(403, "Operation Failed", f"ACL Exception {verb} Failed due to security constraints")


def no_rights() -> SnowError:
    return SnowError(403, "Insufficient rights to query records")


def data_policy(labels: list[str]) -> SnowError:
    return SnowError(403, "Operation Failed",
                     f"Data Policy Exception: The following fields are mandatory: {', '.join(labels)}")


class Gate:
    """Credentials and the hourly rate rule."""

    def __init__(self, profile: SnowProfile) -> None:
        self._profile = profile
        self._window = -1
        self._used = 0

    def check_credentials(self, call: Call) -> None:
        if self._profile.basic_auth_restricted or not self._matches(call.headers.get("Authorization", "")):
            raise SnowError(401, "User Not Authenticated", "Required to provide Auth information",
                            WWW_Authenticate='BASIC realm="Service-now"')

    def _matches(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(token.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return given == f"{self._profile.username}:{self._profile.password}"

    def rate_headers(self, now_ms: int) -> dict[str, str]:
        """Counts one request. Raises when the hour's are used up."""
        limit = self._profile.rate_limit_per_hour
        if limit == 0:
            return {}
        window = now_ms // _HOUR_MS
        if window != self._window:
            self._window, self._used = window, 0
        reset = (window + 1) * _HOUR_MS // 1000
        headers = {"X_RateLimit_Limit": str(limit), "X_RateLimit_Reset": str(reset), "X_RateLimit_Rule": RULE_ID}
        if self._used >= limit:
            raise SnowError(429, "Rate limit exceeded", f"Rate limit of {limit} requests per hour for Table API exceeded",
                            Retry_After=str(reset - now_ms // 1000), **headers)
        self._used += 1
        return headers

    def reset(self) -> None:
        self._window = -1


def check_headers(call: Call) -> None:
    accept = call.headers.get("Accept")
    if accept is None:
        call.violation("accept", "no Accept header")
        raise SnowError(400, "Accept header is required")
    types = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if "application/json" not in types:
        call.violation("accept", accept[:100])
        if "*/*" not in types:
            raise SnowError(406, "Not acceptable", f"Unsupported media type in Accept: {accept[:100]}")
    for name in ("X-HTTP-Method-Override", "X-Method-Override"):
        if name in call.headers:
            call.violation("method_override", call.headers[name])


def read_body(call: Call) -> dict[str, Any]:
    kind = call.headers.get("Content-Type")
    if kind is None:
        call.violation("content_type", "no Content-Type")
        raise SnowError(400, "Content-Type header is required")
    if kind.partition(";")[0].strip().lower() != "application/json":
        call.violation("content_type", kind[:100])
        raise SnowError(415, "Unsupported media type", kind[:100])
    try:
        value = strict_json(call.body)
    except DecodeError as error:
        call.violation("json", str(error))
        raise SnowError(400, "Exception while reading request", str(error)) from error
    call.decoded = value
    if isinstance(value, list) and value:
        if len(value) > 1:
            call.violation("many_records", f"{len(value)} records sent, one is made")
        value = value[0]
    if not isinstance(value, dict):
        call.violation("json", "the body is not an object")
        raise SnowError(400, "Exception while reading request", "The payload is not valid JSON.")
    return value


def read_query(call: Call) -> dict[str, str]:
    if _ILLEGAL_IN_QUERY.search(call.query):
        call.violation("query_encoding", "characters of the query are not percent-encoded")
    try:
        fields = form_fields(call.query)
    except DecodeError as error:
        call.violation("query_encoding", str(error))
        raise SnowError(400, "Malformed query string", str(error)) from error
    result: dict[str, str] = {}
    for name, value, _ in fields:
        if name in result:
            call.violation("query_parameter", f"{name[:60]!r} twice")
        if name.startswith("sysparm_") and name not in _KNOWN:
            call.violation("query_parameter", f"{name[:60]!r} is unknown and ignored")
        result[name] = value
    return result


def flag(params: dict[str, str], name: str) -> bool:
    return params.get(name, "false").lower() == "true"
