"""Notes of ServiceDesk Plus requests. Their list has no text: each must be read by itself."""

from __future__ import annotations

from typing import Any

from desk import markup
from desk.profile import SdpProfile
from desk.sdp_requests import BY, Requests
from desk.sdp_wire import SdpError, done, extra_key, invalid, many, no_input, not_found, one, unwrap
from desk.store import Store, Ticket, display_time
from desk.wire import Call, Reply

_KEYS = {"description", "show_to_requester", "mark_first_response", "add_to_linked_requests"}
_LIST_KEYS = {"row_count", "start_index", "page", "sort_field", "sort_order", "get_total_count"}


def _find(ticket: Ticket, note_id: str) -> dict[str, Any]:
    found = next((n for n in ticket.notes if n["id"] == note_id), None)
    if found is None:
        raise not_found()
    return found


def _shown(note: dict[str, Any]) -> dict[str, Any]:
    shown = {k: v for k, v in note.items() if k in ("id", "show_to_requester", "created_by")}
    shown["created_time"] = {"display_value": display_time(note["created_ms"]), "value": str(note["created_ms"])}
    return shown


def _whole(note: dict[str, Any]) -> dict[str, Any]:
    return _shown(note) | {"description": note["description"]}


class Notes:
    def __init__(self, profile: SdpProfile, store: Store, requests: Requests) -> None:
        self._profile, self._store, self._requests = profile, store, requests

    @property
    def _name(self) -> str:
        return self._profile.note_wrappers[0]

    def _integer(self, call: Call, info: dict[str, Any], name: str, default: int) -> int:
        value = info.get(name, default)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise invalid(name)
        if name == "row_count" and value > 100:
            call.violation("row_count", str(value))
            if self._profile.row_count_over_100 == "reject":
                raise invalid(name)
            return 100
        return value

    def list(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._requests.ticket(ticket_id)
        info = unwrap(call, data, "list_info") if data is not None else {}
        for key in info:
            if key not in _LIST_KEYS:
                raise extra_key(call, key, "list_info")
        count = self._integer(call, info, "row_count", 10)
        start = max(1, self._integer(call, info, "start_index", 1))
        if "page" in info and "start_index" not in info:
            start = (max(1, self._integer(call, info, "page", 1)) - 1) * count + 1
        page = ticket.notes[start - 1:start - 1 + count]
        echoed = {"has_more_rows": len(ticket.notes) > start - 1 + count, "start_index": start,
                  "page": (start - 1) // count + 1 if count else 1, "row_count": len(page)}
        return many(self._name + "s", [_shown(n) for n in page], echoed)

    def _read(self, call: Call, data: Any) -> dict[str, Any]:
        payload = unwrap(call, data, *self._profile.note_wrappers)
        for key in payload:
            if key not in _KEYS:
                raise extra_key(call, key, self._name)
        for key in _KEYS - {"description"}:
            if not isinstance(payload.get(key, False), bool):
                raise invalid(key, f"Unable to parse JSON for : {key}")
        text = payload.get("description")
        if text is None:
            return payload
        if not isinstance(text, str):
            raise invalid("description", "Unable to parse JSON for : description")
        for problem in markup.problems(text):
            call.violation("markup", problem)
        return payload | {"description": markup.stored(text) if text else ""}

    def add(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._requests.ticket(ticket_id)
        payload = self._read(call, data)
        if not payload.get("description"):
            raise SdpError(4012, fields=["description"])
        note = {"id": str(self._store.next_number("sdp_note", 301)), "show_to_requester": False, **payload,
                "created_ms": call.now_ms, "created_by": {"name": "Certherald", "id": "5"}}
        ticket.notes.append(note)
        self._store.save(ticket, "note added", BY, note["id"])
        return one(self._name, _whole(note), status=self._profile.create_status)

    def get(self, call: Call, data: Any, ticket_id: str, note_id: str) -> Reply:
        no_input(call, data)
        return one(self._name, _whole(_find(self._requests.ticket(ticket_id), note_id)))

    def edit(self, call: Call, data: Any, ticket_id: str, note_id: str) -> Reply:
        ticket = self._requests.ticket(ticket_id)
        note = _find(ticket, note_id)
        note.update(self._read(call, data))
        self._store.save(ticket, "note edited", BY, note_id)
        return one(self._name, _whole(note))

    def drop(self, call: Call, data: Any, ticket_id: str, note_id: str) -> Reply:
        no_input(call, data)
        ticket = self._requests.ticket(ticket_id)
        ticket.notes.remove(_find(ticket, note_id))
        self._store.save(ticket, "note deleted", BY, note_id)
        return done()
