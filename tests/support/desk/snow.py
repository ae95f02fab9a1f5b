"""ServiceNow Table API over incidents and their kin, the dictionary, choices, people and journal history."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from desk import snow_query
from desk.profile import SnowProfile
from desk.snow_tables import TASK_TABLES, Column, Schema
from desk.snow_wire import Gate, SnowError, acl, check_headers, flag, no_record, no_rights, read_body, read_query
from desk.snow_write import Writer
from desk.store import Store, Ticket, utc_text
from desk.wire import Call, Reply, json_reply

_TABLE = re.compile(r"/api/now(?:/(v1|v2))?/table/([A-Za-z0-9_]+)(?:/([^/]+))?")
_DEFAULT_LIMIT = 10_000
Record = dict[str, str]


class Snow:
    def __init__(self, profile: SnowProfile, store: Store) -> None:
        self.profile, self._store, self.gate = profile, store, Gate(profile)
        self.schema = Schema(profile)
        self._writer = Writer(profile, self.schema, store)

    def handle(self, call: Call) -> Reply:
        rate: dict[str, str] = {}
        try:
            self.gate.check_credentials(call)
            rate = self.gate.rate_headers(call.now_ms)
            reply = self._dispatch(call)
        except SnowError as error:
            reply = error.reply()
        reply.headers |= {k.replace("_", "-"): v for k, v in rate.items()}
        return reply

    def _dispatch(self, call: Call) -> Reply:
        match = _TABLE.fullmatch(call.path)
        if match is None:
            call.violation("path", call.path[:200])
            raise SnowError(400, "Requested URI does not represent any resource")
        check_headers(call)
        params = read_query(call)
        version, table, sys_id = match.groups()
        if not self.schema.has(table):
            call.violation("path", f"no table {table[:60]}")
            raise SnowError(400, f"Invalid table {table}", f"Table {table} does not exist")
        handler = {("GET", False): self._list, ("POST", False): self._create, ("GET", True): self._get,
                   ("PATCH", True): self._update, ("PUT", True): self._update,
                   ("DELETE", True): self._delete}.get((call.method, sys_id is not None))
        if handler is None:
            call.violation("method", f"{call.method} {call.path[:100]}")
            raise SnowError(405, "Method not allowed", f"{call.method} is not supported for this resource")
        return handler(call, params, table, sys_id or "", version or "v2")

    # Records

    def _own(self, ticket: Ticket, table: str) -> bool:
        return not ticket.gone and (ticket.table == table or table == "task")

    def _ticket(self, table: str, sys_id: str) -> Ticket:
        ticket = self._store.get("snow", sys_id)
        if ticket is None or not self._own(ticket, table):
            raise no_record()
        return ticket

    def _records(self, table: str, now_ms: int) -> list[Record]:
        tickets = [t for t in self._store.all("snow") if not t.gone and t.created_ms <= now_ms - self.profile.search_lag_ms]
        if table in TASK_TABLES:
            return [t.fields for t in tickets if self._own(t, table)]
        if table == "sys_journal_field":
            if not self.profile.journal_readable:
                raise no_rights()
            return [self._journal_record(t, n) for t in tickets for n in t.notes]
        if table in ("sys_dictionary", "sys_choice") and not self.profile.dictionary_readable:
            raise no_rights()
        return self.schema.records[table]

    @staticmethod
    def _journal_record(ticket: Ticket, note: dict[str, Any]) -> Record:
        at = utc_text(note["created_ms"])
        return {"sys_id": note["id"], "name": ticket.table, "element": note["element"], "element_id": ticket.id,
                "value": note["value"], "sys_created_on": at, "sys_created_by": note["created_by"],
                "sys_updated_on": at, "sys_updated_by": note["created_by"], "sys_mod_count": "0"}

    def _referenced(self, column: Column, value: str) -> Record:
        return next((r for r in self.schema.records.get(column.reference, []) if r["sys_id"] == value), {})

    def _column(self, table: str, path: str) -> Column | None:
        base, _, rest = path.partition(".")
        column = self.schema.columns(table).get(base)
        if column is None or not rest:
            return column
        if column.kind != "reference" or not self.schema.has(column.reference):
            return None
        return self.schema.columns(column.reference).get(rest)

    def _read(self, table: str, record: Record, path: str) -> str:
        base, _, rest = path.partition(".")
        column = self.schema.columns(table).get(base)
        if column is None or column.kind == "journal_input":
            return ""
        value = record.get(base, "")
        return self._referenced(column, value).get(rest, "") if rest else value

    # Showing

    def _display(self, table: str, column: Column, value: str, record: Record) -> str:
        if column.kind == "reference":
            found = self._referenced(column, value)
            return found.get("name", value)
        return self.schema.choices(record.get("sys_class_name", table), column.name).get(value, value)

    def _shown(self, call: Call, params: dict[str, str], table: str, record: Record) -> dict[str, Any]:
        real = record.get("sys_class_name", table) if table in TASK_TABLES else table
        asked = params.get("sysparm_fields", "")
        names = [n for n in asked.split(",") if self._column(real, n)] if asked else list(self.schema.columns(table))
        mode = params.get("sysparm_display_value", "false").lower()
        result: dict[str, Any] = {}
        for name in names:
            column = self._column(real, name)
            if column is None:
                continue
            value = self._read(real, record, name)
            shown = self._display(real, column, value, record)
            link = f"{call.origin}/snow/api/now/table/{column.reference}/{quote(value)}"
            linked = column.kind == "reference" and value and not flag(params, "sysparm_exclude_reference_link")
            if mode == "all":
                result[name] = {"display_value": shown, "value": value} | ({"link": link} if linked else {})
            elif linked:
                result[name] = {"link": link, **({"display_value": shown} if mode == "true" else {"value": value})}
            else:
                result[name] = shown if mode == "true" else value
        return result

    # Verbs

    def _number(self, call: Call, params: dict[str, str], name: str, default: int) -> int:
        text = params.get(name, str(default))
        if re.fullmatch(r"\d{1,9}", text):
            return int(text)
        call.violation("query_parameter", f"{name}={text[:40]!r}")
        if text.startswith("-"):
            raise SnowError(400, "Invalid value", f"{name} must not be negative")
        return default

    def _filtered(self, call: Call, params: dict[str, str], table: str, records: list[Record]) -> list[Record]:
        bare = {k: v for k, v in params.items() if not k.startswith("sysparm_")}
        text = params.get("sysparm_query")
        if bare and text is not None:
            call.violation("query_parameter", "sysparm_query beside name=value filters: these are ignored")
        elif bare:
            text = "^".join(f"{k}={v.replace('^', '^^')}" for k, v in bare.items())
        query = snow_query.parse(text or "", lambda path: self._column(table, path) is not None)
        if query.javascript:
            call.violation("javascript", "a value that the server would evaluate")
        if query.dropped:
            call.violation("invalid_query", f"ignored: {', '.join(query.dropped)[:200]}")
            if self.profile.invalid_query == "no_rows":
                return []
        return snow_query.select(query, records, lambda record, path: self._read(table, record, path))

    def _list(self, call: Call, params: dict[str, str], table: str, _: str, version: str) -> Reply:
        records = self._filtered(call, params, table, self._records(table, call.now_ms))
        limit = self._number(call, params, "sysparm_limit", _DEFAULT_LIMIT)
        offset = self._number(call, params, "sysparm_offset", 0)
        page = records[offset:offset + limit]
        if not records and version == "v1":
            raise no_record()
        reply = json_reply(200, {"result": [self._shown(call, params, table, r) for r in page]})
        if not flag(params, "sysparm_no_count"):
            reply.headers["X-Total-Count"] = str(len(records))
            if not flag(params, "sysparm_suppress_pagination_header"):
                reply.headers["Link"] = self._links(call, params, offset, limit, len(records))
        return reply

    @staticmethod
    def _links(call: Call, params: dict[str, str], offset: int, limit: int, total: int) -> str:
        last = max(0, (total - 1) // limit * limit) if limit else 0
        places = {"first": 0, "prev": offset - limit, "next": offset + limit, "last": last}
        wanted = {rel: at for rel, at in places.items()
                  if not (rel == "prev" and offset == 0) and not (rel == "next" and offset + limit >= total)}
        base = f"{call.origin}/snow{call.path}?"
        return ",".join(f'<{base}{urlencode({**params, "sysparm_limit": limit, "sysparm_offset": max(0, at)})}>;rel="{rel}"'
                        for rel, at in wanted.items())

    def _get(self, call: Call, params: dict[str, str], table: str, sys_id: str, _: str) -> Reply:
        if table in TASK_TABLES:
            record = self._ticket(table, sys_id).fields
        else:
            record = next((r for r in self._records(table, call.now_ms) if r["sys_id"] == sys_id), {})
        if not record:
            raise no_record()
        return json_reply(200, {"result": self._shown(call, params, table, record)})

    def _create(self, call: Call, params: dict[str, str], table: str, _: str, version: str) -> Reply:
        body = read_body(call)
        if table not in TASK_TABLES:
            raise acl("Insert")
        ticket = self._writer.insert(call, table, body, by_name=flag(params, "sysparm_input_display_value"))
        location = f"{call.origin}/snow/api/now/table/{table}/{ticket.id}"
        if call.headers.get("X-no-response-body", "").lower() == "true":
            return Reply(201, headers={"Location": location})
        return json_reply(201, {"result": self._shown(call, params, table, ticket.fields)}, Location=location)

    def _update(self, call: Call, params: dict[str, str], table: str, sys_id: str, _: str) -> Reply:
        body = read_body(call)
        if table not in TASK_TABLES:
            raise acl("Update")
        ticket = self._ticket(table, sys_id)
        self._writer.update(call, ticket, body, by_name=flag(params, "sysparm_input_display_value"))
        return json_reply(200, {"result": self._shown(call, params, table, ticket.fields)})

    def _delete(self, call: Call, params: dict[str, str], table: str, sys_id: str, _: str) -> Reply:
        if table not in TASK_TABLES or not self.profile.delete_allowed:
            raise acl("Delete")
        ticket = self._ticket(table, sys_id)
        ticket.deleted = True
        self._store.save(ticket, "deleted", self.profile.username)
        return Reply(204)
