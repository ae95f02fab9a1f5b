"""What people do to tickets behind the product's back."""

from __future__ import annotations

import secrets
from typing import Any

from desk import markup
from desk.desk_state import DeskState
from desk.sdp_fields import named
from desk.store import Ticket

_BY = "a person"


class HumanError(ValueError):
    pass


def _set_status(state: DeskState, ticket: Ticket, word: str) -> None:
    if ticket.system == "sdp":
        ticket.fields["status"] = named(state.profile.sdp, "status", word)
        return
    choices = state.snow.schema.choices(ticket.table, "state")
    value = next((v for v, label in choices.items() if word in (v, label)), None)
    if value is None:
        raise HumanError(f"{ticket.table} has no state {word!r}")
    ticket.fields |= {"state": value, "active": "false" if word in ("Closed", "Canceled") else "true"}
    if ticket.table == "incident":
        ticket.fields["incident_state"] = value


def _edit(ticket: Ticket, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if ticket.system == "sdp" and name == "description":
            value = markup.stored(str(value))
        if name == "udf_fields":
            value = ticket.fields.get("udf_fields", {}) | value
        ticket.fields[name] = value


def _note(ticket: Ticket, text: str, now_ms: int) -> None:
    if ticket.system == "sdp":
        ticket.notes.append({"id": str(9_000_000 + len(ticket.notes)), "show_to_requester": False, "created_ms": now_ms,
                             "description": markup.stored(markup.escape(text)), "created_by": {"name": "Jeniffer Doe", "id": "9"}})
        return
    ticket.notes.append({"id": secrets.token_hex(16), "element": "comments", "value": text, "created_ms": now_ms,
                         "created_by": "abel.tuter"})


def act(state: DeskState, ticket: Ticket, body: dict[str, Any]) -> None:
    """{"action": close | resolve | reopen | trash | restore | delete | edit | note | merge, "fields", "text", "into"}"""
    action = body.get("action")
    match action:
        case "close":
            _set_status(state, ticket, "Closed")
        case "resolve":
            _set_status(state, ticket, "Resolved")
        case "reopen":
            _set_status(state, ticket, "Open" if ticket.system == "sdp" else "In Progress")
        case "trash" | "restore":
            if ticket.system != "sdp":
                raise HumanError("ServiceNow has no trash")
            ticket.trashed = action == "trash"
        case "delete":
            ticket.deleted = True
        case "edit":
            _edit(ticket, body["fields"])
        case "note":
            _note(ticket, str(body["text"]), state.clock.now_ms())
        case "merge":
            parent = state.store.get(ticket.system, str(body["into"]))
            if parent is None or parent is ticket:
                raise HumanError("`into` names another ticket")
            ticket.merged_into = parent.id
        case _:
            raise HumanError(f"no action {action!r}")
    if ticket.system == "snow":
        ticket.fields["sys_mod_count"] = str(int(ticket.fields.get("sys_mod_count") or 0) + 1)
        ticket.fields["sys_updated_by"] = "abel.tuter"
    state.store.save(ticket, f"{action} by hand", _BY)
