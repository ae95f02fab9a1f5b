"""Requests of ServiceDesk Plus: making, reading, changing, trash and merging."""

from __future__ import annotations

from typing import Any

from desk.profile import SdpProfile
from desk.sdp_fields import check_whole, full, named, read_fields
from desk.sdp_list import Lister
from desk.sdp_wire import SdpError, done, extra_key, invalid, many, no_input, not_found, one, unwrap
from desk.store import Store, Ticket
from desk.wire import Call, Reply

BY = "API"


def is_closed(ticket: Ticket) -> bool:
    return (ticket.fields.get("status") or {}).get("name") == "Closed"


def check_closure(profile: SdpProfile, info: dict[str, Any], fields: dict[str, Any]) -> None:
    have = info | {"technician": fields.get("technician"), "resolution": fields.get("resolution")}
    missing = [name for name in profile.closure_mandatory if not have.get(name)]
    if missing:
        raise SdpError(4012, fields=missing)


class Requests:
    def __init__(self, profile: SdpProfile, store: Store) -> None:
        self._profile, self._store = profile, store

    def ticket(self, ticket_id: str) -> Ticket:
        ticket = self._store.get("sdp", ticket_id)
        if ticket is not None and ticket.merged_into:
            raise SdpError(4007, f"Request has been merged with the request {ticket.merged_into}", http=404)
        if ticket is None or ticket.deleted or (ticket.trashed and not self._profile.trashed_can_be_read):
            raise not_found()
        return ticket

    def save(self, ticket: Ticket, fields: dict[str, Any]) -> None:
        if ticket.trashed:
            raise invalid("id", "Request is in trash")
        if "udf_fields" in fields:
            fields["udf_fields"] = ticket.fields.get("udf_fields", {}) | fields["udf_fields"]
        whole = ticket.fields | fields
        check_whole(self._profile, whole)
        if fields.get("status") and fields["status"]["name"] == "Closed" and not is_closed(ticket):
            if self._profile.closure == "close_endpoint":
                raise SdpError(4002, "Cannot give value for status", http=403, field="status")
            check_closure(self._profile, {}, whole)
        ticket.fields = whole
        self._store.save(ticket, "updated", BY, sorted(fields))

    def list(self, call: Call, data: Any) -> Reply:
        info = unwrap(call, data, "list_info") if data is not None else {}
        lister = Lister(call, self._profile, info)
        newest = call.now_ms - self._profile.search_lag_ms
        tickets = [t for t in self._store.all("sdp") if not t.gone and not t.trashed and t.created_ms <= newest]
        rows, echoed = lister.run(tickets)
        return many("requests", rows, echoed)

    def create(self, call: Call, data: Any) -> Reply:
        fields = read_fields(call, self._profile, unwrap(call, data, "request"))
        check_whole(self._profile, fields)
        if not fields.get("status"):
            fields["status"] = named(self._profile, "status", self._profile.values["status"][0])
        if not fields.get("template"):
            fields["template"] = named(self._profile, "template", self._profile.values["template"][0])
        ticket_id = str(self._store.next_number("sdp", 101))
        ticket = self._store.add(Ticket("sdp", ticket_id, "requests", ticket_id, call.now_ms, call.now_ms,
                                        fields=fields), BY)
        return one("request", full(self._profile, ticket), status=self._profile.create_status)

    def get(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        return one("request", full(self._profile, self.ticket(ticket_id)))

    def update(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self.ticket(ticket_id)
        self.save(ticket, read_fields(call, self._profile, unwrap(call, data, "request")))
        return one("request", full(self._profile, ticket))

    def delete(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        ticket = self.ticket(ticket_id)
        if self._profile.delete_needs_trash and not ticket.trashed:
            raise SdpError(4002, "Request is not in trash", http=403)
        ticket.deleted = True
        self._store.save(ticket, "deleted", BY)
        return done()

    def trash(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        ticket = self.ticket(ticket_id)
        ticket.trashed = True
        self._store.save(ticket, "trashed", BY)
        return done()

    def restore(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        ticket = self.ticket(ticket_id)
        ticket.trashed = False
        self._store.save(ticket, "restored", BY)
        return done()

    def summary(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        return one("summary", {"notes": len(self.ticket(ticket_id).notes), "attachments": 0, "tasks": 0})

    def merge(self, call: Call, data: Any, ticket_id: str) -> Reply:
        parent = self.ticket(ticket_id)
        for key in data or {}:
            if key != "merge_requests":
                raise extra_key(call, key, "input_data")
        items = (data or {}).get("merge_requests")
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            raise invalid("merge_requests")
        children = [self.ticket(str(item.get("id"))) for item in items]
        if parent in children:
            raise invalid("merge_requests")
        for child in children:
            child.merged_into = parent.id
            self._store.save(child, "merged", BY, parent.id)
        return done()

    def pickup(self, call: Call, data: Any, ticket_id: str) -> Reply:
        no_input(call, data)
        self.save(self.ticket(ticket_id), {"technician": self._profile.technicians[0]})
        return done()

    def assign(self, call: Call, data: Any, ticket_id: str) -> Reply:
        ticket = self.ticket(ticket_id)
        payload = unwrap(call, data, "request")
        for key in payload:
            if key not in ("technician", "group"):
                raise extra_key(call, key, "request")
        self.save(ticket, read_fields(call, self._profile, payload))
        return done()
