"""ServiceDesk Plus, on-premises, API v3: requests, their notes, resolutions, closing, trash and merging."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from desk import markup
from desk.profile import SdpProfile
from desk.sdp_fields import check_whole, full, named, read_fields
from desk.sdp_list import Lister
from desk.sdp_wire import Gate, SdpError, done, extra_key, invalid, many, not_found, one, read_input, unwrap
from desk.store import Store, Ticket, display_time
from desk.wire import Call, Reply

_BASE = "/api/v3"
_LOOKUPS = {  # list of names: the field whose values it shows
    "priorities": "priority", "statuses": "status", "modes": "mode", "levels": "level", "urgencies": "urgency",
    "impacts": "impact", "categories": "category", "subcategories": "subcategory", "items": "item",
    "support_groups": "group", "sites": "site", "request_types": "request_type", "request_templates": "template",
    "closure_codes": "closure_code",
}
_NOTE_KEYS = {"description", "show_to_requester", "mark_first_response", "add_to_linked_requests"}
_CLOSURE_KEYS = {"requester_ack_resolution", "requester_ack_comments", "closure_comments", "closure_code"}
BY = "API"


class Sdp:
    def __init__(self, profile: SdpProfile, store: Store) -> None:
        self.profile, self._store, self.gate = profile, store, Gate(profile)
        self._routes: list[tuple[str, str, Callable[..., Reply]]] = [
            ("GET", r"/requests", self._list), ("POST", r"/requests", self._create),
            ("GET", r"/requests/(\d+)", self._get), ("PUT", r"/requests/(\d+)", self._update),
            ("DELETE", r"/requests/(\d+)", self._delete),
            ("GET", r"/requests/(\d+)/notes", self._notes), ("POST", r"/requests/(\d+)/notes", self._add_note),
            ("GET", r"/requests/(\d+)/notes/(\d+)", self._note),
            ("PUT", r"/requests/(\d+)/notes/(\d+)", self._edit_note),
            ("DELETE", r"/requests/(\d+)/notes/(\d+)", self._drop_note),
            ("GET", r"/requests/(\d+)/resolutions", self._resolution),
            ("POST", r"/requests/(\d+)/resolutions", self._resolve),
            ("PUT", r"/requests/(\d+)/resolutions", self._resolve),
            ("PUT", r"/requests/(\d+)/close", self._close),
            ("PUT", r"/requests/(\d+)/pickup", self._pickup), ("PUT", r"/requests/(\d+)/assign", self._assign),
            ("PUT", r"/requests/(\d+)/merge_requests", self._merge),
            ("GET", r"/requests/(\d+)/summary", self._summary),
            ("DELETE", r"/requests/(\d+)/move_to_trash", self._trash),
            ("PUT", r"/requests/(\d+)/restore_from_trash", self._restore),
            ("GET", r"/(" + "|".join(_LOOKUPS) + ")", self._lookup),
            ("GET", r"/(users|technicians)", self._people),
        ]

    def handle(self, call: Call) -> Reply:
        try:
            self.gate.check(call)
            return self._dispatch(call)
        except SdpError as error:
            return error.reply()

    def _dispatch(self, call: Call) -> Reply:
        if not call.path.startswith(_BASE + "/"):
            call.violation("path", call.path[:200])
            raise not_found()
        path = call.path[len(_BASE):]
        methods = {method: (handler, match) for method, pattern, handler in self._routes
                   if (match := re.fullmatch(pattern, path))}
        if not methods:
            call.violation("path", call.path[:200])
            raise not_found()
        if call.method not in methods:
            call.violation("method", f"{call.method} {call.path}")
            raise SdpError(self.profile.wrong_method_code, "Invalid HTTP method")
        kind = call.headers.get("Content-Type", "")
        if call.body.lstrip()[:1] == b"{" and "json" in kind and self.profile.raw_json == "swallow":
            call.violation("not_a_form", kind)
            return done()
        handler, match = methods[call.method]
        return handler(call, read_input(call, self.profile), *match.groups())

    def _ticket(self, ticket_id: str) -> Ticket:
        ticket = self._store.get("sdp", ticket_id)
        if ticket is not None and ticket.merged_into:
            raise SdpError(4007, f"Request has been merged with the request {ticket.merged_into}", http=404)
        if ticket is None or ticket.deleted or (ticket.trashed and not self.profile.trashed_can_be_read):
            raise not_found()
        return ticket

    @staticmethod
    def _no_input(call: Call, data: Any) -> None:
        if data is not None:
            call.violation("extra_param", f"input_data on {call.method} {call.path}")
            raise SdpError(4000, "Extra parameter(s) not allowed", field="input_data")

    # Requests

    def _list(self, call: Call, data: Any) -> Reply:
        info = unwrap(call, data, "list_info") if data is not None else {}
        lister = Lister(call, self.profile, info)
        newest = call.now_ms - self.profile.search_lag_ms
        tickets = [t for t in self._store.all("sdp") if not t.gone and not t.trashed and t.created_ms <= newest]
        rows, echoed = lister.run(tickets)
        return many("requests", rows, echoed)

    def _create(self, call: Call, data: Any) -> Reply:
        fields = read_fields(call, self.profile, unwrap(call, data, "request"))
        check_whole(self.profile, fields)
        fields.setdefault("status", named(self.profile, "status", self.profile.values["status"][0]))
        fields.setdefault("template", named(self.profile, "template", self.profile.values["template"][0]))
        ticket_id = str(self._store.next_number("sdp", 101))
        ticket = self._store.add(Ticket("sdp", ticket_id, "requests", ticket_id, call.now_ms, call.now_ms,
                                        fields=fields), BY)
        return one("request", full(self.profile, ticket), status=self.profile.create_status)

    def _get(self, call: Call, data: Any, ticket_id: str) -> Reply:
        self._no_input(call, data)
        return one("request", full(self.profile, self._ticket(ticket_id)))

    def _update(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        fields = read_fields(call, self.profile, unwrap(call, data, "request"))
        self._save(ticket, fields)
        return one("request", full(self.profile, ticket))

    def _save(self, ticket: Ticket, fields: dict[str, Any]) -> None:
        if ticket.trashed:
            raise invalid("id", "Request is in trash")
        if "udf_fields" in fields:
            fields["udf_fields"] = ticket.fields.get("udf_fields", {}) | fields["udf_fields"]
        whole = ticket.fields | fields
        check_whole(self.profile, whole)
        if fields.get("status") and fields["status"]["name"] == "Closed" and not self._is_closed(ticket):
            if self.profile.closure == "close_endpoint":
                raise SdpError(4002, "Cannot give value for status", http=403, field="status")
            self._check_closure({}, whole)
        ticket.fields = whole
        self._store.save(ticket, "updated", BY, sorted(fields))

    def _delete(self, call: Call, data: Any, ticket_id: str) -> Reply:
        self._no_input(call, data)
        ticket = self._ticket(ticket_id)
        if self.profile.delete_needs_trash and not ticket.trashed:
            raise SdpError(4002, "Request is not in trash", http=403)
        ticket.deleted = True
        self._store.save(ticket, "deleted", BY)
        return done()

    def _trash(self, call: Call, data: Any, ticket_id: str) -> Reply:
        return self._set_trashed(call, data, ticket_id, True)

    def _restore(self, call: Call, data: Any, ticket_id: str) -> Reply:
        return self._set_trashed(call, data, ticket_id, False)

    def _set_trashed(self, call: Call, data: Any, ticket_id: str, trashed: bool) -> Reply:
        self._no_input(call, data)
        ticket = self._ticket(ticket_id)
        ticket.trashed = trashed
        self._store.save(ticket, "trashed" if trashed else "restored", BY)
        return done()

    def _summary(self, call: Call, data: Any, ticket_id: str) -> Reply:
        self._no_input(call, data)
        ticket = self._ticket(ticket_id)
        return one("summary", {"notes": len(ticket.notes), "attachments": 0, "tasks": 0})

    def _merge(self, call: Call, data: Any, ticket_id: str) -> Reply:
        parent = self._ticket(ticket_id)
        items = (data or {}).get("merge_requests")
        if not isinstance(items, list) or not items:
            raise invalid("merge_requests")
        children = [self._ticket(str(item.get("id"))) for item in items if isinstance(item, dict)]
        for child in children:
            if child is parent:
                raise invalid("merge_requests")
            child.merged_into = parent.id
            self._store.save(child, "merged", BY, parent.id)
        return done()

    def _pickup(self, call: Call, data: Any, ticket_id: str) -> Reply:
        self._no_input(call, data)
        ticket = self._ticket(ticket_id)
        self._save(ticket, {"technician": self.profile.technicians[0]})
        return done()

    def _assign(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        payload = unwrap(call, data, "request")
        for key in payload:
            if key not in ("technician", "group"):
                raise extra_key(call, key, "request")
        self._save(ticket, read_fields(call, self.profile, payload))
        return done()

    # Notes

    def _find_note(self, ticket: Ticket, note_id: str) -> dict[str, Any]:
        found = next((n for n in ticket.notes if n["id"] == note_id), None)
        if found is None:
            raise not_found()
        return found

    @staticmethod
    def _shown(note: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        shown = {k: v for k, v in note.items() if k in ("id", "show_to_requester", "created_by")}
        shown["created_time"] = {"display_value": display_time(note["created_ms"]), "value": str(note["created_ms"])}
        return shown | ({"description": note["description"]} if whole else {})

    def _notes(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        info = unwrap(call, data, "list_info") if data is not None else {}
        count = info.get("row_count", 10)
        start = max(1, int(info.get("start_index", 1)))
        if not isinstance(count, int) or count > 100:
            call.violation("row_count", str(count))
            raise invalid("row_count")
        page = ticket.notes[start - 1:start - 1 + count]
        echoed = {"has_more_rows": len(ticket.notes) > start - 1 + count, "start_index": start, "page": 1,
                  "row_count": len(page)}
        return many(self._note_name() + "s", [self._shown(n, whole=False) for n in page], echoed)

    def _note_name(self) -> str:
        return self.profile.note_wrappers[0]

    def _read_note(self, call: Call, data: Any) -> dict[str, Any]:
        payload = unwrap(call, data, *self.profile.note_wrappers)
        for key in payload:
            if key not in _NOTE_KEYS:
                raise extra_key(call, key, self._note_name())
        text = payload.get("description")
        if text is not None:
            if not isinstance(text, str):
                raise invalid("description", "Unable to parse JSON for : description")
            for problem in markup.problems(text):
                call.violation("markup", problem)
            payload = payload | {"description": markup.stored(text)}
        for key in _NOTE_KEYS - {"description"}:
            if not isinstance(payload.get(key, False), bool):
                raise invalid(key, f"Unable to parse JSON for : {key}")
        return payload

    def _add_note(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        payload = self._read_note(call, data)
        if not payload.get("description"):
            raise SdpError(4012, fields=["description"])
        note = {"id": str(self._store.next_number("sdp_note", 301)), "show_to_requester": False, **payload,
                "created_ms": call.now_ms, "created_by": {"name": "Certherald", "id": "5"}}
        ticket.notes.append(note)
        self._store.save(ticket, "note added", BY, note["id"])
        return one(self._note_name(), self._shown(note, whole=True), status=self.profile.create_status)

    def _note(self, call: Call, data: Any, ticket_id: str, note_id: str) -> Reply:
        self._no_input(call, data)
        return one(self._note_name(), self._shown(self._find_note(self._ticket(ticket_id), note_id), whole=True))

    def _edit_note(self, call: Call, data: Any, ticket_id: str, note_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        note = self._find_note(ticket, note_id)
        note.update(self._read_note(call, data))
        self._store.save(ticket, "note edited", BY, note_id)
        return one(self._note_name(), self._shown(note, whole=True))

    def _drop_note(self, call: Call, data: Any, ticket_id: str, note_id: str) -> Reply:
        self._no_input(call, data)
        ticket = self._ticket(ticket_id)
        ticket.notes.remove(self._find_note(ticket, note_id))
        self._store.save(ticket, "note deleted", BY, note_id)
        return done()

    # Resolution and closing

    def _resolution(self, call: Call, data: Any, ticket_id: str) -> Reply:
        self._no_input(call, data)
        return one("resolution", full(self.profile, self._ticket(ticket_id))["resolution"])

    def _resolve(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        payload = unwrap(call, data, "resolution")
        for key in payload:
            if key not in ("content", "add_to_linked_requests"):
                raise extra_key(call, key, "resolution")
        content = payload.get("content")
        if not isinstance(content, str):
            raise SdpError(4012, fields=["content"])
        for problem in markup.problems(content):
            call.violation("markup", problem)
        self._save(ticket, {"resolution": {"content": markup.stored(content)}})
        return one("resolution", full(self.profile, ticket)["resolution"])

    @staticmethod
    def _is_closed(ticket: Ticket) -> bool:
        return (ticket.fields.get("status") or {}).get("name") == "Closed"

    def _check_closure(self, info: dict[str, Any], fields: dict[str, Any]) -> None:
        have = info | {"technician": fields.get("technician"), "resolution": fields.get("resolution")}
        missing = [name for name in self.profile.closure_mandatory if not have.get(name)]
        if missing:
            raise SdpError(4012, fields=missing)

    def _close(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self._ticket(ticket_id)
        if self.profile.closure == "status_update":
            raise invalid("closure_info")
        info = self._closure_info(call, data)
        if self._is_closed(ticket) and self.profile.close_closed == "refuse":
            raise invalid("status", "Request is already closed")
        self._check_closure(info, ticket.fields)
        ticket.fields |= {"status": named(self.profile, "status", "Closed"), "closure_info": info,
                          "completed_time": {"display_value": display_time(call.now_ms), "value": str(call.now_ms)}}
        self._store.save(ticket, "closed", BY, info)
        return done()

    def _closure_info(self, call: Call, data: Any) -> dict[str, Any]:
        payload = unwrap(call, data, "request") if data is not None else {}
        for key in payload:
            if key != "closure_info":
                raise extra_key(call, key, "request")
        info = payload.get("closure_info", {})
        if not isinstance(info, dict):
            raise invalid("closure_info", "Unable to parse JSON for : closure_info")
        for key in info:
            if key not in _CLOSURE_KEYS:
                raise extra_key(call, key, "closure_info")
        code = info.get("closure_code")
        names = self.profile.values["closure_code"]
        if code is not None and (not isinstance(code, dict) or code.get("name") not in names):
            raise invalid("closure_code")
        return info

    # Lookups

    def _lookup(self, call: Call, data: Any, plural: str) -> Reply:
        field = _LOOKUPS[plural]
        return self._page(call, data, plural, [named(self.profile, field, n) for n in self.profile.values[field]])

    def _people(self, call: Call, data: Any, plural: str) -> Reply:
        return self._page(call, data, plural,
                          self.profile.technicians if plural == "technicians" else self.profile.requesters)

    @staticmethod
    def _page(call: Call, data: Any, plural: str, rows: list[Any]) -> Reply:
        if data is not None:
            unwrap(call, data, "list_info")
        return many(plural, rows, {"has_more_rows": False, "start_index": 1, "page": 1, "row_count": len(rows)})
