"""Resolution and closing of ServiceDesk Plus requests."""

from __future__ import annotations

from typing import Any

from desk import markup
from desk.profile import SdpProfile
from desk.sdp_fields import full, named
from desk.sdp_requests import BY, Requests, check_closure, is_closed
from desk.sdp_wire import SdpError, done, extra_key, invalid, no_input, one, unwrap
from desk.store import Store, display_time
from desk.wire import Call, Reply

_KEYS = {"requester_ack_resolution": bool, "requester_ack_comments": str, "closure_comments": str, "closure_code": dict}


class Closing:
    def __init__(self, profile: SdpProfile, store: Store, requests: Requests) -> None:
        self._profile, self._store, self._requests = profile, store, requests

    def resolution(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        return one("resolution", full(self._profile, self._requests.ticket(ticket_id))["resolution"])

    def resolve(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._requests.ticket(ticket_id)
        payload = unwrap(call, data, "resolution")
        for key in payload:
            if key not in ("content", "add_to_linked_requests"):
                raise extra_key(call, key, "resolution")
        content = payload.get("content")
        if not isinstance(content, str) or not content:
            raise SdpError(4012, fields=["content"])
        for problem in markup.problems(content):
            call.violation("markup", problem)
        self._requests.save(ticket, {"resolution": {"content": markup.stored(content)}})
        return one("resolution", full(self._profile, ticket)["resolution"])

    def close(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._requests.ticket(ticket_id)
        if self._profile.closure == "status_update":
            raise invalid("closure_info")
        info = self._info(call, data)
        if ticket.trashed:
            raise invalid("id", "Request is in trash")
        if is_closed(ticket) and self._profile.close_closed == "refuse":
            raise invalid("status", "Request is already closed")
        check_closure(self._profile, info, ticket.fields)
        ticket.fields |= {"status": named(self._profile, "status", "Closed"), "closure_info": info,
                          "completed_time": {"display_value": display_time(call.now_ms), "value": str(call.now_ms)}}
        self._store.save(ticket, "closed", BY, info)
        return done()

    def _info(self, call: Call, data: Any) -> dict[str, Any]:
        payload = unwrap(call, data, "request") if data is not None else {}
        for key in payload:
            if key != "closure_info":
                raise extra_key(call, key, "request")
        info = payload.get("closure_info", {})
        if not isinstance(info, dict):
            raise invalid("closure_info", "Unable to parse JSON for : closure_info")
        for key, value in info.items():
            if key not in _KEYS:
                raise extra_key(call, key, "closure_info")
            if not isinstance(value, _KEYS[key]):
                raise invalid(key, f"Unable to parse JSON for : {key}")
        code = info.get("closure_code")
        if code is not None and code.get("name") not in self._profile.values["closure_code"]:
            raise invalid("closure_code")
        return info
