"""All that one desk holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desk import markup
from desk.faults import Faults
from desk.journal import Journal
from desk.profile import Profile, profile_from
from desk.sdp import Sdp
from desk.snow import Snow
from desk.store import Clock, Store, Ticket, utc_text


class DeskState:
    def __init__(self, profile: Profile, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self.clock = Clock()
        self.store = Store(folder, self.clock)
        self.journal = Journal(folder)
        self.faults = Faults()
        self._at_start = profile
        self.use(profile)

    def use(self, profile: Profile) -> None:
        self.profile = profile
        self.sdp = Sdp(profile.sdp, self.store)
        self.snow = Snow(profile.snow, self.store)

    def use_tables(self, tables: dict[str, Any]) -> None:
        self.use(profile_from(tables))

    def reset(self) -> None:
        self.store.clear()
        self.journal.clear()
        self.faults.clear()
        self.clock.skew_ms = 0
        self.use(self._at_start)

    def key_of(self, ticket: Ticket) -> str:
        """The key the product put there: its own field, else the last line of the text."""
        if ticket.system == "snow":
            return ticket.fields.get("correlation_id", "")
        for name in self.profile.sdp.udf_fields:
            value = ticket.fields.get("udf_fields", {}).get(name)
            if value and len(value) >= 32:
                return str(value)
        last = self.body_of(ticket).rpartition("\n")[2].split()
        return last[-1] if last and len(last[-1]) >= 40 and set(last[-1]) <= set("0123456789abcdef") else ""

    @staticmethod
    def subject_of(ticket: Ticket) -> str:
        return str(ticket.fields.get("subject" if ticket.system == "sdp" else "short_description") or "")

    @staticmethod
    def body_of(ticket: Ticket) -> str:
        """What a person reads first: the description, in ServiceNow the first additional comment."""
        if ticket.system == "sdp":
            return markup.plain(ticket.fields.get("description"))
        comments = [n["value"] for n in ticket.notes if n["element"] == "comments"]
        return comments[0] if comments else ticket.fields.get("description", "")

    def status_of(self, ticket: Ticket) -> str:
        if ticket.deleted:
            return "Deleted"
        if ticket.merged_into:
            return "Merged"
        if ticket.trashed:
            return "In trash"
        if ticket.system == "sdp":
            return (ticket.fields.get("status") or {}).get("name", "")
        state = ticket.fields.get("state", "")
        return self.snow.schema.choices(ticket.table, "state").get(state, state)

    def is_open(self, ticket: Ticket) -> bool:
        return self.status_of(ticket) not in ("Closed", "Resolved", "Canceled", "Cancelled", "Deleted", "Merged", "In trash")

    def notes_of(self, ticket: Ticket) -> list[dict[str, Any]]:
        if ticket.system == "sdp":
            return [{"id": n["id"], "element": "note", "text": markup.plain(n["description"]), "raw": n["description"],
                     "created_ms": n["created_ms"]} for n in ticket.notes]
        return [{"id": n["id"], "element": n["element"], "text": n["value"], "raw": n["value"],
                 "created_ms": n["created_ms"]} for n in ticket.notes]

    def shown(self, ticket: Ticket) -> dict[str, Any]:
        """One ticket as tests see it."""
        return {
            "system": ticket.system, "id": ticket.id, "number": ticket.number, "table": ticket.table,
            "key": self.key_of(ticket), "subject": self.subject_of(ticket), "body": self.body_of(ticket),
            "body_raw": ticket.fields.get("description") or "", "notes": self.notes_of(ticket),
            "status": self.status_of(ticket), "open": self.is_open(ticket), "fields": ticket.fields,
            "history": ticket.history, "created_ms": ticket.created_ms, "created_at": utc_text(ticket.created_ms),
            "updated_ms": ticket.updated_ms, "trashed": ticket.trashed, "deleted": ticket.deleted,
            "merged_into": ticket.merged_into,
        }
