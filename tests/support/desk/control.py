"""The control API under /_control/, for tests only: what came in, what is held, faults, and a human's hand."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from desk import human
from desk.desk_state import DeskState
from desk.faults import FaultError
from desk.profile import ProfileError
from desk.store import Ticket
from desk.wire import Reply, json_reply


class ControlError(ValueError):
    pass


class Control:
    def __init__(self, state: DeskState) -> None:
        self.state = state

    def journal(self, args: dict[str, str], _: Any) -> Any:
        after = int(args.get("after", "0"))
        system = args.get("system")
        return [e for e in self.state.journal.entries[after:] if system in (None, e["system"])]

    def violations(self, args: dict[str, str], _: Any) -> Any:
        return self.state.journal.violations()

    def tickets(self, args: dict[str, str], _: Any) -> Any:
        found = [self.state.shown(t) for t in self.state.store.all(args.get("system"))]
        return [t for t in found if args.get("key") in (None, t["key"])]

    def counts(self, args: dict[str, str], _: Any) -> Any:
        """Tickets, and the keys that more than one live ticket of a system carries."""
        result: dict[str, Any] = {}
        for system in ("sdp", "snow"):
            tickets = self.state.store.all(system)
            keys = Counter(key for t in tickets if not t.gone and (key := self.state.key_of(t)))
            result[system] = {"tickets": len(tickets), "open": sum(self.state.is_open(t) for t in tickets),
                              "keys": len(keys), "duplicates": {k: n for k, n in keys.items() if n > 1}}
        return result

    def faults(self, args: dict[str, str], _: Any) -> Any:
        return {"rules": self.state.faults.left(), "applied": self.state.faults.applied}

    def add_faults(self, args: dict[str, str], body: Any) -> Any:
        self.state.faults.load(body)
        return self.faults(args, None)

    def clear_faults(self, args: dict[str, str], _: Any) -> Any:
        self.state.faults.clear()
        return self.faults(args, None)

    def advance(self, args: dict[str, str], body: Any) -> Any:
        self.state.clock.skew_ms += round(float(body["seconds"]) * 1000)
        return {"now_ms": self.state.clock.now_ms()}

    def profile(self, args: dict[str, str], body: Any) -> Any:
        """Other switches from here on; tickets stay."""
        self.state.use_tables(body)
        return {}

    def reset(self, args: dict[str, str], _: Any) -> Any:
        self.state.reset()
        return {}

    def seed(self, args: dict[str, str], body: Any) -> Any:
        """Many tickets quickly, by no API."""
        for number in range(int(body["count"])):
            self._seed_one(str(body["system"]), str(body.get("subject", "SSL Certificate host{n}.example.com expiry"))
                           .replace("{n}", str(number)))
        return self.counts(args, None)

    def _seed_one(self, system: str, subject: str) -> None:
        store, now = self.state.store, self.state.clock.now_ms()
        key = secrets.token_hex(32)
        if system == "sdp":
            number = str(store.next_number("sdp", 101))
            fields: dict[str, Any] = {"subject": subject, "description": f"<div>{number}</div>", "status": {"name": "Open", "id": "1"},
                                      "udf_fields": {"udf_sline_301": key}}
            store.add(Ticket("sdp", number, "requests", number, now, now, fields=fields), "seed")
            return
        number = f"INC{store.next_number('incident', 10001):07d}"
        sys_id = secrets.token_hex(16)
        fields = {name: c.default for name, c in self.state.snow.schema.columns("incident").items()}
        fields |= {"sys_id": sys_id, "number": number, "short_description": subject, "correlation_id": key,
                   "sys_class_name": "incident", "sys_mod_count": "0"}
        store.add(Ticket("snow", sys_id, "incident", number, now, now, fields=fields), "seed")

    def act(self, system: str, ticket_id: str, body: Any) -> Any:
        ticket = self.state.store.get(system, ticket_id)
        if ticket is None:
            ticket = next((t for t in self.state.store.all(system) if t.number == ticket_id), None)
        if ticket is None:
            raise ControlError(f"no ticket {ticket_id} in {system}")
        human.act(self.state, ticket, body)
        return self.state.shown(ticket)


_ROUTES = {
    ("GET", "journal"): Control.journal, ("GET", "violations"): Control.violations, ("GET", "tickets"): Control.tickets,
    ("GET", "counts"): Control.counts, ("GET", "faults"): Control.faults, ("POST", "faults"): Control.add_faults,
    ("DELETE", "faults"): Control.clear_faults, ("POST", "advance"): Control.advance, ("POST", "profile"): Control.profile,
    ("POST", "reset"): Control.reset, ("POST", "seed"): Control.seed,
}


def control_reply(control: Control, method: str, path: str, query: str, body: bytes) -> Reply:
    parts = path.removeprefix("/_control/").split("/")
    args = {k: v[-1] for k, v in parse_qs(query).items()}
    try:
        value = json.loads(body) if body else {}
        if parts[0] == "tickets" and len(parts) == 3 and method == "POST":
            return json_reply(200, control.act(parts[1], parts[2], value))
        handler = _ROUTES.get((method, "/".join(parts)))
        if handler is None:
            return json_reply(404, {"error": f"no {method} {path}"})
        return json_reply(200, handler(control, args, value))
    except (ControlError, FaultError, ProfileError, human.HumanError, ValueError, KeyError, TypeError) as error:
        return json_reply(400, {"error": f"{type(error).__name__}: {error}"})
