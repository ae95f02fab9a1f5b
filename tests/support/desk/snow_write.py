"""Writing to the ServiceNow double: what is dropped, cut, derived and refused on the way into a record."""

from __future__ import annotations

import re
import secrets
from typing import Any

from desk.profile import SnowProfile
from desk.snow_tables import NUMBER_PREFIX, PRIORITY, Column, Schema, sys_id_of
from desk.snow_wire import SnowError, acl, data_policy
from desk.store import Store, Ticket, utc_text
from desk.wire import Call

_DATE = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
_CHOICE_COLUMNS = ("state", "impact", "urgency", "category", "subcategory", "close_code", "hold_reason", "contact_type")


def _as_text(call: Call, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return value
    call.violation("type", f"{name} is an object or a list")
    return str(value)


class Writer:
    def __init__(self, profile: SnowProfile, schema: Schema, store: Store) -> None:
        self._profile, self._schema, self._store = profile, schema, store
        self._user = sys_id_of("sys_user", profile.username)

    def _resolve(self, call: Call, column: Column, value: str, *, by_name: bool) -> str:
        records = self._schema.records.get(column.reference, [])
        if any(r["sys_id"] == value for r in records):
            return value
        if by_name:
            for record in records:
                if value in (record.get("name"), record.get("user_name"), record.get("email")):
                    return record["sys_id"]
        call.violation("unknown_reference", f"{column.name}: no such {column.reference}")
        return value[:32] if self._profile.unknown_reference == "store" else ""

    def _value(self, call: Call, table: str, column: Column, value: str, *, by_name: bool) -> str:
        if value == "":
            return ""
        if column.kind == "reference":
            return self._resolve(call, column, value, by_name=by_name)
        if column.kind == "integer" and not re.fullmatch(r"-?\d{1,9}", value):
            call.violation("type", f"{column.name} is no integer")
            return ""
        if column.kind == "glide_date_time" and not _DATE.fullmatch(value):
            call.violation("type", f"{column.name} is no date")
            return ""
        choices = self._schema.choices(table, column.name)
        if column.name in _CHOICE_COLUMNS and choices and value not in choices:
            call.violation("unlisted_choice", f"{column.name}: {value[:60]!r}")
        if len(value) > column.length:
            call.violation("over_length", f"{column.name}: {len(value)} of {column.length}")
            if self._profile.over_length == "reject":
                raise SnowError(403, "Operation Failed", f"{column.label} is longer than {column.length} characters")
            return value[:column.length]
        return value

    def _read(self, call: Call, table: str, body: dict[str, Any], by_name: bool) -> tuple[dict[str, str], list[tuple[str, str]]]:
        columns = self._schema.columns(table)
        fields: dict[str, str] = {}
        journal: list[tuple[str, str]] = []
        for name, raw in body.items():
            column = columns.get(name)
            if column is None:
                call.violation("unknown_field", f"{name[:60]!r} is dropped without a word")
                continue
            if column.read_only or (name == "priority" and self._profile.priority_derived):
                call.violation("read_only", f"{name} is ignored")
                continue
            value = self._value(call, table, column, _as_text(call, name, raw), by_name=by_name)
            if column.kind != "journal_input":
                fields[name] = value
            elif value:
                journal.append((name, value))
        return fields, journal

    def _derive(self, table: str, fields: dict[str, str], changed: dict[str, str], now_ms: int) -> None:
        if table == "incident":
            if "incident_state" in changed and "state" not in changed:
                fields["state"] = changed["incident_state"]
            fields["incident_state"] = fields["state"]
            self._check_state(fields, changed, now_ms)
        if self._profile.priority_derived:
            pair = (fields.get("impact", ""), fields.get("urgency", ""))
            fields["priority"] = PRIORITY.get(pair, fields.get("priority", "5"))

    def _check_state(self, fields: dict[str, str], changed: dict[str, str], now_ms: int) -> None:
        state = fields["state"]
        mandatory = list(self._profile.resolve_mandatory) if state in ("6", "7") else []
        if state == "3" and self._profile.hold_reason_required:
            mandatory.append("hold_reason")
        columns = self._schema.columns("incident")
        missing = [columns[name].label for name in mandatory if name in columns and not fields.get(name)]
        if missing:
            raise data_policy(missing)
        fields["active"] = "false" if state in ("7", "8") else "true"
        if state == "6" and not fields.get("resolved_at"):
            fields |= {"resolved_at": utc_text(now_ms), "resolved_by": self._user}
        if state in ("7", "8") and not fields.get("closed_at"):
            fields |= {"closed_at": utc_text(now_ms), "closed_by": self._user}
        if state in ("1", "2", "3") and ("state" in changed or "incident_state" in changed):
            fields |= {"resolved_at": "", "resolved_by": "", "closed_at": "", "closed_by": ""}

    def _append(self, ticket: Ticket, journal: list[tuple[str, str]], now_ms: int) -> None:
        for element, value in journal:
            ticket.notes.append({"id": secrets.token_hex(16), "element": element, "value": value,
                                 "created_ms": now_ms, "created_by": self._profile.username})

    def insert(self, call: Call, table: str, body: dict[str, Any], *, by_name: bool) -> Ticket:
        given, journal = self._read(call, table, body, by_name)
        columns = self._schema.columns(table)
        fields = {name: c.default for name, c in columns.items()}
        if table == "sn_si_incident":
            fields["state"] = "10"
        now = utc_text(call.now_ms)
        number = f"{NUMBER_PREFIX[table]}{self._store.next_number(table, 10001):07d}"
        fields |= {"number": number, "opened_at": now, "opened_by": self._user} | given
        notes = {name for name, _ in journal}
        missing = [columns[n].label for n in self._profile.insert_mandatory
                   if n in columns and not fields.get(n) and n not in notes]
        if missing:
            raise data_policy(missing)
        self._derive(table, fields, given, call.now_ms)
        sys_id = secrets.token_hex(16)
        fields |= {"sys_id": sys_id, "sys_created_on": now, "sys_updated_on": now, "sys_mod_count": "0",
                   "sys_created_by": self._profile.username, "sys_updated_by": self._profile.username,
                   "sys_class_name": table}
        ticket = Ticket("snow", sys_id, table, fields["number"], call.now_ms, call.now_ms, fields=fields)
        self._append(ticket, journal, call.now_ms)
        return self._store.add(ticket, self._profile.username)

    def update(self, call: Call, ticket: Ticket, body: dict[str, Any], *, by_name: bool) -> None:
        if self._profile.closed_immutable and ticket.table == "incident" and ticket.fields["state"] == "7":
            raise acl("Update")
        given, journal = self._read(call, ticket.table, body, by_name)
        fields = ticket.fields | given
        self._derive(ticket.table, fields, given, call.now_ms)
        self._append(ticket, journal, call.now_ms)
        if fields == ticket.fields and not journal:
            return
        fields |= {"sys_updated_on": utc_text(call.now_ms), "sys_updated_by": self._profile.username,
                   "sys_mod_count": str(int(fields["sys_mod_count"]) + 1)}
        ticket.fields = fields
        changes = sorted({*given, *(name for name, _ in journal)})
        self._store.save(ticket, "updated", self._profile.username, changes)
